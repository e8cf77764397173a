import { Dialog } from "@web/core/dialog/dialog";
import { Component } from "@odoo/owl";

/** What became of each file of one upload: refused ones first, with the reason. */
export class IncomingUploadDialog extends Component {
    static template = "civic_incoming.IncomingUploadDialog";
    static components = { Dialog };
    static props = {
        close: Function,
        openDocument: Function,
        results: {
            type: Array,
            element: {
                type: Object,
                shape: { name: String, ok: Boolean, document_id: [Number, Boolean], message: String },
            },
        },
    };

    get refused() {
        return this.props.results.filter((result) => !result.ok);
    }

    get received() {
        return this.props.results.filter((result) => result.ok);
    }

    async open(result) {
        this.props.close();
        await this.props.openDocument(result.document_id);
    }
}
