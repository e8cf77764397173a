import { _t } from "@web/core/l10n/translation";
import { formatDate } from "@web/core/l10n/dates";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { TextField, textField } from "@web/views/fields/text/text_field";
import { Component, onWillStart, useRef, useState } from "@odoo/owl";

const SHOWN = 4;
const LOADED = 40;

/** The letters that a person types when in a hurry: no accents, no barred d, no capitals. */
export function foldText(text) {
    return text
        .normalize("NFD")
        .replace(/\p{M}/gu, "")
        .replace(/[đĐ]/g, "d")
        .toLowerCase()
        .trim();
}

/**
 * @param {string} text what stands in the field
 * @param {string} phrase
 * @returns {string} the text with the phrase in place of the last line, if that line was typed to find
 *     the phrase, else on a line of its own
 */
export function insertPhrase(text, phrase) {
    const lines = (text || "").split("\n");
    const last = foldText(lines.at(-1));
    if (!last || foldText(phrase).includes(last)) {
        lines.pop();
    }
    return [...lines, phrase].join("\n");
}

/**
 * A text with the saved phrases of its kind below it: tapped, or found by typing a few of their letters and
 * pressing the down arrow.
 */
export class PhraseTextField extends Component {
    static template = "civic_incoming.PhraseTextField";
    static components = { TextField };
    static props = { ...TextField.props, kind: { type: String }, kindField: { type: String, optional: true } };

    setup() {
        this.orm = useService("orm");
        this.notification = useService("notification");
        this.root = useRef("root");
        this.state = useState({ phrases: [], typed: "", all: false });
        onWillStart(async () => {
            if (!this.props.readonly && this.kind) {
                this.state.phrases = await this.orm.call("civic.phrase", "get_phrases", [this.kind], {
                    limit: LOADED,
                });
            }
        });
    }

    get textProps() {
        const { kind, kindField, ...props } = this.props;
        return props;
    }

    /** Which phrases fit: of the field, or of the act that another field tells; without a kind none are offered. */
    get kind() {
        return this.props.kindField ? this.props.record.data[this.props.kindField] : this.props.kind;
    }

    get value() {
        return this.props.record.data[this.props.name] || "";
    }

    get phrases() {
        const words = foldText(this.state.typed).split(/\s+/).filter(Boolean);
        const found = this.state.phrases.filter((phrase) => {
            const text = foldText(phrase.text);
            return words.every((word) => text.includes(word));
        });
        const offered = words.length && found.length ? found : this.state.phrases;
        return this.state.all ? offered : offered.slice(0, SHOWN);
    }

    get hasMore() {
        return this.state.phrases.length > SHOWN;
    }

    get moreTitle() {
        return this.state.all ? _t("Fewer phrases") : _t("All phrases");
    }

    /** The unit and the day stand in the phrase as soon as they are known. */
    fill(text) {
        const { lead_unit_id: unit, deadline } = this.props.record.data;
        if (unit?.display_name) {
            // the name of the unit alone, without those above it, as an instruction names it
            text = text.replaceAll("{unit}", unit.display_name.split(" / ").at(-1));
        }
        return deadline?.isValid ? text.replaceAll("{deadline}", formatDate(deadline)) : text;
    }

    label(phrase) {
        return this.fill(phrase.text).replaceAll(/\{(unit|deadline)\}/g, "…");
    }

    onInput(ev) {
        this.state.typed = ev.target.value.split("\n").at(-1);
    }

    onKeydown(ev) {
        const chips = [...this.root.el.querySelectorAll(".o_civic_phrase")];
        const position = chips.indexOf(ev.target);
        if (ev.key === "ArrowDown" && position < 0 && chips.length) {
            const { value, selectionEnd } = ev.target;
            if (selectionEnd === value?.length) {
                ev.preventDefault();
                chips[0].focus();
            }
        } else if (["ArrowDown", "ArrowRight"].includes(ev.key) && position >= 0) {
            ev.preventDefault();
            chips[Math.min(position + 1, chips.length - 1)].focus();
        } else if (["ArrowUp", "ArrowLeft"].includes(ev.key) && position >= 0) {
            ev.preventDefault();
            const target = position ? chips[position - 1] : this.root.el.querySelector("textarea");
            target.focus();
        }
    }

    async pick(phrase) {
        const typed = this.root.el.querySelector("textarea")?.value ?? this.value;
        await this.props.record.update({ [this.props.name]: insertPhrase(typed, this.fill(phrase.text)) });
        this.state.typed = "";
        this.orm.silent.call("civic.phrase", "note_use", [[phrase.id]]);
    }

    async keep() {
        const text = this.root.el.querySelector("textarea")?.value ?? this.value;
        const phrase = await this.orm.call("civic.phrase", "keep_phrase", [this.kind, text]);
        if (!this.state.phrases.some((known) => known.id === phrase.id)) {
            this.state.phrases.unshift(phrase);
        }
        this.state.typed = "";
        this.notification.add(_t("The phrase is kept for you."), { type: "success" });
    }
}

export const phraseTextField = {
    ...textField,
    component: PhraseTextField,
    displayName: _t("Text with Saved Phrases"),
    extractProps: (fieldInfo, dynamicInfo) => ({
        ...textField.extractProps(fieldInfo, dynamicInfo),
        kind: fieldInfo.options?.kind || "instruction",
        kindField: fieldInfo.options?.kind_field,
    }),
};

registry.category("fields").add("civic_phrase_text", phraseTextField);
