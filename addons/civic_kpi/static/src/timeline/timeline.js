import { Component, onWillStart, useRef, useState } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";

/** The duties of a plan on a line of time: a word, a pattern and a colour say the same of each. */
export class CivicPlanTimeline extends Component {
    static template = "civic_kpi.Timeline";
    static props = { ...standardActionServiceProps };
    static path = "civic-timeline";

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.root = useRef("root");
        this.state = useState({ data: null });
        this.filters = { plan_id: false, company_id: false };
        this.env.config.setDisplayName(_t("Timeline"));
        onWillStart(() => this.load());
    }

    get data() {
        return this.state.data;
    }

    get legend() {
        return [["done", _t("Done")], ["doing", _t("Under way")], ["todo", _t("Not started")], ["late", _t("Overdue")]];
    }

    async load() {
        this.state.data = await this.orm.call("civic.plan.task", "get_timeline", [this.filters]);
    }

    choose(name, ev) {
        this.filters[name] = Number(ev.target.value) || false;
        return this.load();
    }

    describe(row) {
        return [row.code, row.name, row.who, row.state_label, row.done, row.dates].filter(Boolean).join(", ");
    }

    open(row) {
        return this.action.doAction({
            type: "ir.actions.act_window", res_model: "civic.plan.task", res_id: row.id, views: [[false, "form"]],
        });
    }

    /** Arrow keys, Home and End go from duty to duty; Enter opens. */
    onKeydown(ev) {
        const bars = [...this.root.el.querySelectorAll(".o_civic_timeline_row")];
        const place = bars.indexOf(document.activeElement);
        const target = { ArrowDown: place + 1, ArrowUp: place - 1, Home: 0, End: bars.length - 1 }[ev.key];
        if (place >= 0 && target !== undefined && bars[target]) {
            ev.preventDefault();
            bars[target].focus();
        }
    }

    print() {
        browser.print();
    }
}

registry.category("actions").add("civic_plan_timeline", CivicPlanTimeline);
