import { browser } from "@web/core/browser/browser";
import { Dialog } from "@web/core/dialog/dialog";
import { _t } from "@web/core/l10n/translation";
import { user } from "@web/core/user";
import { Component, useExternalListener, useState } from "@odoo/owl";

/** What letters of one sender share; the server holds the same list (`ENTRY_FIELDS`) and refuses any other field. */
export const ENTRY_FIELDS = [
    "issuer_id", "issuer_name", "type_id", "code_notation", "subject", "signer_name", "signer_position", "urgency",
    "arrival_channel", "leader_id", "access_level", "unit_ids", "user_ids", "circulation_mark", "paper_original",
    "description",
];
const LAST_KEY = "civic_desk_last";

/** Which fields repeat is the clerk's choice, kept with the user; what they repeat is the last registered draft. */
export class CarryOver {
    get names() {
        return (user.settings?.civic_carry_fields || "").split(",").filter(Boolean);
    }

    accepts(name) {
        return ENTRY_FIELDS.includes(name);
    }

    toggle(name) {
        const names = new Set(this.names);
        const isPinned = !names.delete(name);
        if (isPinned) {
            names.add(name);
        }
        const value = [...names].join(",");
        user.updateUserSettings("civic_carry_fields", value);
        user.setUserSettings("civic_carry_fields", value);
        return isPinned;
    }

    /** Values of the fields that may repeat, as `fill` of the desk takes them; empty ones are left out. */
    collect(data, fields) {
        const values = {};
        for (const name of ENTRY_FIELDS) {
            const value = data[name];
            const type = fields[name]?.type;
            if (type === "many2one" && value) {
                values[name] = { id: value.id, display_name: value.display_name };
            } else if (type === "many2many" && value?.currentIds.length) {
                values[name] = value.records.map(({ resId, data: item }) => ({
                    id: resId,
                    display_name: item.display_name,
                }));
            } else if (["char", "text", "selection", "boolean"].includes(type) && value) {
                values[name] = value;
            }
        }
        return values;
    }

    remember(data, fields) {
        browser.sessionStorage.setItem(LAST_KEY, JSON.stringify({ uid: user.userId, values: this.collect(data, fields) }));
    }

    getValues() {
        const { uid, values } = JSON.parse(browser.sessionStorage.getItem(LAST_KEY) || "{}");
        return uid === user.userId
            ? Object.fromEntries(this.names.filter((name) => name in values).map((name) => [name, values[name]]))
            : {};
    }
}

/** Lists the entry models, and keeps what the form shows as one. */
export class EntryModelPalette extends Component {
    static template = "civic_incoming.EntryModelPalette";
    static components = { Dialog };
    static props = {
        models: Array,
        values: Object,
        labels: Object,
        onApply: Function,
        onSave: Function,
        onDelete: Function,
        close: Function,
    };

    setup() {
        const names = Object.keys(this.props.values);
        const taken = new Set(this.props.models.filter((model) => model.is_own).map((model) => model.shortcut));
        this.state = useState({
            models: this.props.models,
            name: "",
            isShared: false,
            shortcut: [1, 2, 3, 4, 5, 6, 7, 8, 9].find((digit) => !taken.has(digit)) || 0,
            // what tells one letter from the next is not kept unless it is asked for
            chosen: Object.fromEntries(names.map((name) => [name, !["subject", "description"].includes(name)])),
            error: "",
        });
        useExternalListener(window, "keydown", (ev) => this.onKeydown(ev), { capture: true });
    }

    get names() {
        return Object.keys(this.props.values);
    }

    describe(model) {
        return Object.keys(model.values).map((name) => this.props.labels[name]).join(", ");
    }

    onKeydown(ev) {
        const isTyping = ev.target.matches("input[type=text]");
        const model = this.state.models.find((candidate) => String(candidate.shortcut) === ev.key);
        if (model && !isTyping && !ev.ctrlKey) {
            ev.preventDefault();
            ev.stopPropagation();
            this.apply(model);
        }
    }

    apply(model) {
        this.props.close();
        this.props.onApply(model);
    }

    async save() {
        if (!this.state.name.trim()) {
            this.state.error = _t("Give the entry model a name.");
            return;
        }
        const values = {};
        for (const name of this.names.filter((candidate) => this.state.chosen[candidate])) {
            const value = this.props.values[name];
            values[name] = Array.isArray(value) ? value.map((item) => item.id) : value.id ?? value;
        }
        await this.props.onSave({
            name: this.state.name.trim(),
            values,
            shortcut: Number(this.state.shortcut),
            isShared: this.state.isShared,
        });
        this.props.close();
    }

    async remove(model) {
        this.state.models = await this.props.onDelete(model);
    }
}
