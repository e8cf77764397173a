import { registry } from "@web/core/registry";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";
import { Component } from "@odoo/owl";
import { useWorkfileUpload } from "./workfile_upload_hook";

/** Files dropped on it, or picked, go into the work file of the form. */
export class WorkfileDrop extends Component {
    static template = "civic_workfile.WorkfileDrop";
    static props = { ...standardWidgetProps };

    setup() {
        this.upload = useWorkfileUpload({
            getWorkfileId: () => !this.props.readonly && this.props.record.resId,
            prepare: () => this.props.record.save(),
            reload: () => this.props.record.load(),
        });
    }
}

registry.category("view_widgets").add("civic_workfile_drop", { component: WorkfileDrop });
