import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { SIZES } from "@web/core/ui/ui_service";
import { useService } from "@web/core/utils/hooks";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";
import { Component, onWillStart, onWillUpdateProps, useRef, useState } from "@odoo/owl";

import { DocumentPreview, documentPreview } from "../document_preview/document_preview";
import { insertPhrase } from "../phrase_text/phrase_text_field";

/**
 * What a leader does with a document on a telephone: see its first page, tap a unit, tap a phrase, assign.
 *
 * The first unit tapped leads, the others co-ordinate; a second tap takes a unit out again.
 */
export class LeaderPanel extends Component {
    static template = "civic_incoming.LeaderPanel";
    static props = { ...standardWidgetProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.notification = useService("notification");
        this.text = useRef("text");
        this.state = useState({ panel: {}, chosen: [], text: "", picture: true, busy: false });
        onWillStart(() => this.load(this.props));
        onWillUpdateProps(async (nextProps) => {
            if (this.getKey(nextProps) !== this.key) {
                await this.load(nextProps);
            }
        });
    }

    /** What the panel was loaded for: another document, or another state of it, loads it anew. */
    getKey({ record }) {
        const { state, can_assign, waits_for_decision } = record.data;
        return [record.resId, state, can_assign, waits_for_decision].join();
    }

    async load(props) {
        const { resId } = props.record;
        if (resId !== this.resId) {
            Object.assign(this.state, { chosen: [], text: "", picture: true });
        }
        this.resId = resId;
        this.key = this.getKey(props);
        this.state.panel = resId ? await this.orm.call("civic.document", "get_leader_panel", [[resId]]) : {};
    }

    get panel() {
        return this.state.panel;
    }

    get canAssign() {
        return this.panel.can_assign && this.panel.state === "registered";
    }

    get pictureUrl() {
        return `/civic/content/${this.panel.picture}/page/1.png?dpi=110`;
    }

    /** @returns {"lead" | "coordinate" | ""} what the chip of the unit stands for */
    getRole(unit) {
        const position = this.state.chosen.indexOf(unit.id);
        return position < 0 ? "" : position ? "coordinate" : "lead";
    }

    getRoleName(unit) {
        return { lead: _t("Lead"), coordinate: _t("Co-ordinates"), "": "" }[this.getRole(unit)];
    }

    get leadName() {
        return this.panel.units?.find((unit) => unit.id === this.state.chosen[0])?.name;
    }

    toggleUnit(unit) {
        const before = this.leadName;
        const { chosen } = this.state;
        this.state.chosen = chosen.includes(unit.id)
            ? chosen.filter((id) => id !== unit.id)
            : [...chosen, unit.id];
        // the instruction names the unit that leads now
        if (before) {
            this.state.text = this.state.text.replaceAll(before, this.leadName || "{unit}");
        }
        this.state.text = this.fill(this.state.text);
    }

    fill(text) {
        if (this.leadName) {
            text = text.replaceAll("{unit}", this.leadName);
        }
        return this.panel.deadline_label ? text.replaceAll("{deadline}", this.panel.deadline_label) : text;
    }

    getPhraseLabel(phrase) {
        return this.fill(phrase.text).replaceAll(/\{(unit|deadline)\}/g, "…");
    }

    pickPhrase(phrase) {
        this.state.text = insertPhrase(this.state.text, this.fill(phrase.text));
        this.orm.silent.call("civic.phrase", "note_use", [[phrase.id]]);
    }

    /** One tap, one act: a second tap while the first is on its way does nothing. */
    async act(callback) {
        if (this.state.busy) {
            return;
        }
        this.state.busy = true;
        try {
            await callback();
        } finally {
            this.state.busy = false;
        }
    }

    call(method, ...args) {
        return this.orm.call("civic.document", method, [[this.resId], ...args]);
    }

    async reload() {
        await this.props.record.load();
        await this.load(this.props);
    }

    /** Back to the pile, or stay if the document was opened by itself. */
    async leave() {
        if (this.env.config.breadcrumbs?.length > 1) {
            this.env.config.historyBack();
        } else {
            await this.reload();
        }
    }

    assign() {
        return this.act(async () => {
            const [lead, ...others] = this.state.chosen;
            if (!lead) {
                const action = await this.call("action_assign");
                action.context = { ...action.context };
                if (this.state.text) {
                    action.context.default_instruction = this.state.text;
                }
                await this.action.doAction(action, { onClose: () => this.reload() });
                return;
            }
            const action = await this.call("assign_quickly", lead, others, [], this.state.text);
            await this.action.doAction(action);
            await this.leave();
        });
    }

    assignAsProposed() {
        return this.act(async () => {
            await this.action.doAction(await this.call("action_confirm_proposal"));
            await this.leave();
        });
    }

    inform() {
        return this.act(async () => {
            await this.call("note_for_information", this.state.chosen, this.state.text);
            this.notification.add(_t("Noted for information; nobody has to handle it."), { type: "success" });
            await this.leave();
        });
    }

    note() {
        if (!this.state.text.trim()) {
            this.text.el.focus();
            this.notification.add(_t("Write the note first, or tap a phrase."), { type: "info" });
            return;
        }
        return this.act(async () => {
            await this.call("add_leader_note", this.state.text);
            this.state.text = "";
            await this.load(this.props);
        });
    }

    decide(decision, verdict) {
        return this.act(async () => {
            const answer = await this.orm.call(decision.model, decision[verdict], [[decision.id]]);
            if (answer?.type) {
                await this.action.doAction(answer, { onClose: () => this.reload() });
            } else {
                await this.reload();
            }
        });
    }

    openDocument(documentId) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "civic.document",
            res_id: documentId,
            views: [[false, "form"]],
        });
    }
}

registry.category("view_widgets").add("civic_leader_panel", {
    component: LeaderPanel,
    fieldDependencies: [
        { name: "state", type: "selection", readonly: true },
        { name: "can_assign", type: "boolean", readonly: true },
        { name: "waits_for_decision", type: "boolean", readonly: true },
    ],
});

/** The file beside the form; a telephone shows the first page in the panel and loads no viewer. */
export class LeaderPreview extends DocumentPreview {
    setup() {
        super.setup();
        this.ui = useService("ui");
    }

    get content() {
        return this.ui.size >= SIZES.XL ? super.content : undefined;
    }
}

registry.category("view_widgets").add("civic_leader_preview", { ...documentPreview, component: LeaderPreview });
