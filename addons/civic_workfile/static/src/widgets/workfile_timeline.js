import { deserializeDateTime, formatDateTime } from "@web/core/l10n/dates";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";
import { Component, onWillStart, onWillUpdateProps, useState } from "@odoo/owl";

/** The acts in the life of a work file, as its journal has them. */
export class WorkfileTimeline extends Component {
    static template = "civic_workfile.WorkfileTimeline";
    static props = { ...standardWidgetProps };

    setup() {
        this.orm = useService("orm");
        this.state = useState({ acts: [] });
        onWillStart(() => this.load(this.props.record.resId));
        onWillUpdateProps((props) => this.load(props.record.resId));
    }

    async load(resId) {
        const acts = resId ? await this.orm.call("civic.workfile", "get_timeline", [[resId]]) : [];
        this.state.acts = acts.map((act) => ({
            ...act,
            time: formatDateTime(deserializeDateTime(act.at.slice(0, 19).replace("T", " "))),
        }));
    }
}

registry.category("view_widgets").add("civic_workfile_timeline", { component: WorkfileTimeline });
