import { registry } from "@web/core/registry";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";
import { Component, useState } from "@odoo/owl";

/** The strip above a draft: what waits, the number just given, who else has it open. Its height never changes. */
export class DeskBar extends Component {
    static template = "civic_incoming.DeskBar";
    static props = { ...standardWidgetProps };

    setup() {
        this.desk = this.env.civicDesk;
        this.state = useState(this.desk ? this.desk.state : {});
    }

    get isShown() {
        return Boolean(this.desk?.isClerk) && !this.env.inDialog;
    }

    get isReading() {
        return this.isDraft && ["waiting", "reading"].includes(this.props.record.data.reading_state);
    }

    get readingMessage() {
        return this.isDraft ? this.props.record.data.reading_message : "";
    }

    get isDraft() {
        return this.desk.isActive;
    }
}

registry.category("view_widgets").add("civic_desk_bar", {
    component: DeskBar,
    fieldDependencies: [
        { name: "direction", type: "selection", readonly: true },
        { name: "state", type: "selection", readonly: true },
        { name: "suggestions", type: "json", readonly: true },
        { name: "reading_state", type: "char", readonly: true },
        { name: "reading_message", type: "text", readonly: true },
    ],
});

/** What speaks against the draft, under the fields that say it: read out politely, never in the way. */
export class GuardPanel extends Component {
    static template = "civic_incoming.GuardPanel";
    static props = { ...standardWidgetProps };

    setup() {
        this.desk = this.env.civicDesk;
        this.state = useState(this.desk ? this.desk.state : { findings: [] });
    }

    get findings() {
        if (!this.desk?.isActive) {
            return [];
        }
        // the first of each kind is seen without scrolling, however many there are of one
        const isFirst = (finding, index, all) => all.findIndex(({ code }) => code === finding.code) === index;
        const { findings } = this.state;
        return [...findings.filter(isFirst), ...findings.filter((...args) => !isFirst(...args))];
    }

    get firstDuplicate() {
        return this.findings.find((finding) => this.isDuplicate(finding));
    }

    isDuplicate(finding) {
        return Boolean(finding.document_id) && finding.document_id !== this.props.record.resId;
    }
}

registry.category("view_widgets").add("civic_guard_panel", { component: GuardPanel });
