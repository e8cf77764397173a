import { useDropzone } from "@web/core/dropzone/dropzone_hook";
import { useService } from "@web/core/utils/hooks";
import { useRef, useState } from "@odoo/owl";
import { IncomingUploadDialog } from "@civic_incoming/components/incoming_upload/incoming_upload_dialog";
import { uploadFiles } from "@civic_incoming/components/incoming_upload/incoming_upload_hook";

/**
 * Gives a component the button and the drop zone that put files of the computer
 * into work files. Its root element has the reference "root".
 *
 * @param {Object} params
 * @param {() => number | false} params.getWorkfileId the file into which they go; none: nothing is taken
 * @param {() => Promise<void>} params.reload
 * @param {() => Promise<boolean>} [params.prepare] whether they may be sent now
 */
export function useWorkfileUpload({ getWorkfileId, reload, prepare = async () => true }) {
    const action = useService("action");
    const dialog = useService("dialog");
    const http = useService("http");
    const state = useState({ isUploading: false, done: 0, total: 0 });
    const fileInput = useRef("workfileFileInput");

    const openDocument = (documentId) =>
        action.doAction({
            type: "ir.actions.act_window",
            res_model: "civic.document",
            res_id: documentId,
            views: [[false, "form"]],
        });

    async function upload(fileList) {
        const files = [...fileList];
        const workfileId = getWorkfileId();
        if (!files.length || !workfileId || state.isUploading || !(await prepare())) {
            return;
        }
        state.isUploading = true;
        let results;
        try {
            results = await uploadFiles(http, files, {
                url: `/civic/workfile/${workfileId}/upload`,
                onProgress: (done, total) => Object.assign(state, { done, total }),
            });
        } finally {
            state.isUploading = false;
        }
        if (results.some((result) => !result.ok || result.message)) {
            dialog.add(IncomingUploadDialog, { results, openDocument });
        }
        await reload();
    }

    useDropzone(
        useRef("root"),
        (ev) => upload(ev.dataTransfer.files),
        "o_civic_workfile_dropzone",
        () => Boolean(getWorkfileId()) && !state.isUploading
    );

    return {
        state,
        get canUpload() {
            return Boolean(getWorkfileId());
        },
        pick: () => fileInput.el.click(),
        onPicked: async (ev) => {
            const files = [...ev.target.files];
            // picking the same file again must raise a change again
            ev.target.value = "";
            await upload(files);
        },
    };
}
