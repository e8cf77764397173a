import { _t } from "@web/core/l10n/translation";
import { useDropzone } from "@web/core/dropzone/dropzone_hook";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";
import { Component, useRef, useState } from "@odoo/owl";
import { IncomingUploadDialog } from "@civic_incoming/components/incoming_upload/incoming_upload_dialog";

/** Put one file of the computer into a work file; return what to tell. */
export async function sendFile(http, workfileId, file) {
    try {
        const answer = await http.post(
            `/civic/workfile/${workfileId}/upload`,
            { csrf_token: odoo.csrf_token, files: [file] },
            "json"
        );
        return answer.results;
    } catch (error) {
        const message =
            error.message === "Content too large"
                ? _t("The file is larger than the server accepts.")
                : _t("The file did not reach the server. Check the connection and try again.");
        return [{ name: file.name, ok: false, document_id: false, message }];
    }
}

/** Files dropped on it, or picked, go into the work file; each in a request of its own. */
export class WorkfileDrop extends Component {
    static template = "civic_workfile.WorkfileDrop";
    static props = { ...standardWidgetProps };

    setup() {
        this.http = useService("http");
        this.dialog = useService("dialog");
        this.action = useService("action");
        this.state = useState({ isUploading: false, done: 0, total: 0 });
        this.fileInput = useRef("fileInput");
        useDropzone(
            useRef("root"),
            (ev) => this.upload(ev.dataTransfer.files),
            "o_civic_workfile_dropzone",
            () => this.canUpload
        );
    }

    get canUpload() {
        return !this.props.readonly && Boolean(this.props.record.resId) && !this.state.isUploading;
    }

    async onPicked(ev) {
        const files = [...ev.target.files];
        // picking the same file again must raise a change again
        ev.target.value = "";
        await this.upload(files);
    }

    async upload(fileList) {
        const files = [...fileList];
        if (!files.length || !this.canUpload || !(await this.props.record.save())) {
            return;
        }
        const results = [];
        Object.assign(this.state, { isUploading: true, done: 0, total: files.length });
        try {
            for (const file of files) {
                results.push(...(await sendFile(this.http, this.props.record.resId, file)));
                this.state.done++;
            }
        } finally {
            this.state.isUploading = false;
        }
        if (results.some((result) => !result.ok || result.message)) {
            this.dialog.add(IncomingUploadDialog, { results, openDocument: (id) => this.open(id) });
        }
        await this.props.record.load();
    }

    async open(documentId) {
        await this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "civic.document",
            res_id: documentId,
            views: [[false, "form"]],
        });
    }
}

registry.category("view_widgets").add("civic_workfile_drop", { component: WorkfileDrop });
