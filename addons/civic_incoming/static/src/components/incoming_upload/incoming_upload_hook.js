import { browser } from "@web/core/browser/browser";
import { _t } from "@web/core/l10n/translation";
import { useDropzone } from "@web/core/dropzone/dropzone_hook";
import { user } from "@web/core/user";
import { useService } from "@web/core/utils/hooks";
import { onWillStart, useRef, useState } from "@odoo/owl";

import { IncomingUploadDialog } from "./incoming_upload_dialog";

const UPLOAD_URL = "/civic/incoming/upload";
const CHANNEL_KEY = "civic_incoming.upload_channel";
// How a paper may have come that is now uploaded; the other ways bring their documents by themselves.
const CHANNELS = ["", "post", "hand", "other"];

/**
 * Sends each file in a request of its own, so that one large or refused file
 * neither delays nor spoils the others, and answers one result per file.
 *
 * @param {{ post: Function }} http
 * @param {File[]} files
 * @param {Object} [options]
 * @param {string} [options.url] where they go
 * @param {Object} [options.params] form values sent along with every file
 * @param {(done: number, total: number) => void} [options.onProgress]
 * @returns {Promise<{ name: string, ok: boolean, document_id: number | false, message: string }[]>}
 */
export async function uploadFiles(http, files, { url = UPLOAD_URL, params = {}, onProgress = () => {} } = {}) {
    const results = [];
    for (const [index, file] of files.entries()) {
        onProgress(index, files.length);
        try {
            const answer = await http.post(
                url,
                { csrf_token: odoo.csrf_token, ...params, files: [file] },
                "json"
            );
            results.push(...answer.results);
        } catch (error) {
            const message =
                error.message === "Content too large"
                    ? _t("The file is larger than the server accepts.")
                    : _t("The file did not reach the server. Check the connection and try again.");
            results.push({ name: file.name, ok: false, document_id: false, message });
        }
    }
    onProgress(files.length, files.length);
    return results;
}

/**
 * Gives a list or kanban controller the upload button and the drop zone of
 * incoming documents. Only clerks receive documents, so nobody else sees them.
 *
 * @param {Object} params
 * @param {(documentId: number) => Promise<void>} params.openDocument
 * @param {() => Promise<void>} params.reload
 */
export function useIncomingUpload({ openDocument, reload }) {
    const http = useService("http");
    const dialog = useService("dialog");
    const remembered = browser.localStorage.getItem(CHANNEL_KEY) || "";
    const state = useState({
        canUpload: false,
        isUploading: false,
        done: 0,
        total: 0,
        channel: CHANNELS.includes(remembered) ? remembered : "",
    });
    const fileInput = useRef("incomingFileInput");

    onWillStart(async () => {
        state.canUpload = await user.hasGroup("civic_base.group_clerk");
    });

    async function upload(fileList) {
        const files = [...fileList];
        if (!files.length || state.isUploading) {
            return;
        }
        state.isUploading = true;
        let results;
        try {
            results = await uploadFiles(http, files, {
                params: {
                    company_ids: JSON.stringify(user.context.allowed_company_ids || []),
                    channel: state.channel,
                },
                onProgress: (done, total) => Object.assign(state, { done, total }),
            });
        } finally {
            state.isUploading = false;
        }
        const received = results.filter((result) => result.ok);
        // What became of many files stays in sight until it is closed; one that went well opens at once.
        if (results.length > 1 || results.some((result) => !result.ok || result.message)) {
            dialog.add(IncomingUploadDialog, { results, openDocument });
        }
        if (results.length === 1 && received.length) {
            await openDocument(received[0].document_id);
        } else if (received.length) {
            await reload();
        }
    }

    useDropzone(
        useRef("root"),
        (ev) => upload(ev.dataTransfer.files),
        "o_civic_incoming_dropzone",
        () => state.canUpload && !state.isUploading
    );

    return {
        state,
        channels: [
            { value: "", label: _t("Arrived by …") },
            { value: "post", label: _t("Post") },
            { value: "hand", label: _t("By hand") },
            { value: "other", label: _t("Other") },
        ],
        onChannel: (ev) => {
            state.channel = ev.target.value;
            browser.localStorage.setItem(CHANNEL_KEY, state.channel);
        },
        pick: () => fileInput.el.click(),
        onPicked: async (ev) => {
            const files = [...ev.target.files];
            // picking the same file again must raise a change again
            ev.target.value = "";
            await upload(files);
        },
        upload,
    };
}
