import { Chatter } from "@mail/chatter/web_portal/chatter";
import { registry } from "@web/core/registry";
import { SIZES } from "@web/core/ui/ui_service";
import { useBus } from "@web/core/utils/hooks";
import { append, createElement } from "@web/core/utils/xml";
import { _t } from "@web/core/l10n/translation";
import { FormController } from "@web/views/form/form_controller";
import { FormRenderer } from "@web/views/form/form_renderer";
import { formView } from "@web/views/form/form_view";
import { Component, useEffect, useRef, useState, useSubEnv } from "@odoo/owl";

import { DeskModel, useDesk } from "../desk/desk";
import { useDeskKeys } from "../desk/desk_keys";

/**
 * The class `o_attachment_preview` makes mail's form compiler lay out the
 * conversation for a form that has a preview beside its sheet.
 *
 * @this {import("@web/views/form/form_compiler").FormCompiler}
 */
function compilePreview(el, params) {
    const preview = createElement("div");
    preview.className = "o_attachment_preview o_civic_preview";
    for (const child of el.children) {
        append(preview, this.compileNode(child, params));
    }
    return preview;
}

registry.category("form_compilers").add("civic_preview_compiler", {
    selector: "div.o_civic_preview",
    fn: compilePreview,
});

/** A draft has no conversation yet: it is fetched when somebody asks for it, and not with each of 150 letters a day. */
export class DeskChatter extends Component {
    static template = "civic_incoming.DeskChatter";
    static components = { Chatter };
    static props = ["*"];

    setup() {
        this.state = useState({ opened: false });
    }

    get isShown() {
        return !this.env.civicDesk?.isActive || this.state.opened === this.props.threadId;
    }
}

export class IncomingFormRenderer extends FormRenderer {
    setup() {
        super.setup();
        this.mailComponents = { ...this.mailComponents, Chatter: DeskChatter };
        const desk = this.env.civicDesk;
        this.rootElement = useRef("compiled_view_root");
        if (desk) {
            useEffect(() => this.markFields(desk));
            useBus(desk.bus, "SUGGESTIONS", () => this.markFields(desk));
            useEffect(
                (root) => {
                    if (!root) {
                        return;
                    }
                    const onFocus = (ev) => this.onFocusIn(desk, ev);
                    const onLeave = (ev) => this.onFocusOut(desk, ev);
                    const onPaste = (ev) => this.onPaste(desk, ev);
                    // changing a value is saying no to what was read: either way it is no suggestion any more
                    const onInput = (ev) => desk.confirm(desk.getFieldName(ev.target));
                    root.addEventListener("input", onInput);
                    root.addEventListener("focusin", onFocus);
                    root.addEventListener("focusout", onLeave);
                    root.addEventListener("paste", onPaste, { capture: true });
                    return () => {
                        root.removeEventListener("input", onInput);
                        root.removeEventListener("focusin", onFocus);
                        root.removeEventListener("focusout", onLeave);
                        root.removeEventListener("paste", onPaste, { capture: true });
                    };
                },
                () => [this.rootElement.el]
            );
        }
    }

    /** Attributes, not classes or rows: nothing is mounted anew, and nothing that is being typed is lost. */
    markFields(desk) {
        const root = this.rootElement.el;
        if (!root) {
            return;
        }
        const pinned = new Set(desk.isActive ? desk.carry.names : []);
        for (const element of root.querySelectorAll(".o_field_widget[name]")) {
            const name = element.getAttribute("name");
            const isSuggested = desk.isSuggested(name);
            element.toggleAttribute("data-civic-suggested", isSuggested);
            element.toggleAttribute("data-civic-pinned", pinned.has(name));
            const title = isSuggested
                ? _t("Suggestion, not confirmed")
                : pinned.has(name) ? _t("Kept for the next documents (Alt+G)") : null;
            const input = element.querySelector("input, textarea, select");
            if (title) {
                element.title = title;
                input?.setAttribute("aria-description", title);
            } else if (element.title && input?.hasAttribute("aria-description")) {
                element.removeAttribute("title");
                input.removeAttribute("aria-description");
            }
        }
    }

    onFocusIn(desk, ev) {
        const name = desk.getFieldName(ev.target);
        if (name) {
            desk.lastField = name;
            desk.bus.trigger("FOCUS", { name });
        }
    }

    onFocusOut(desk, ev) {
        const name = desk.getFieldName(ev.target);
        if (name && desk.getFieldName(ev.relatedTarget) !== name) {
            // leaving a field is saying yes to it; going to the page or to another window is not
            if (ev.relatedTarget && desk.getFieldName(ev.relatedTarget)) {
                desk.confirm(name);
            }
            desk.bus.trigger("BLUR", { name });
        }
    }

    /** A whole line of a mail pasted into the number field is taken apart; a mere number is pasted as it is. */
    onPaste(desk, ev) {
        if (!desk.isActive || !["reference", "code_notation"].includes(desk.getFieldName(ev.target))) {
            return;
        }
        const text = ev.clipboardData.getData("text");
        if (/\d\s*\/\s*\D/.test(text) && /\s/.test(text.trim())) {
            ev.preventDefault();
            ev.stopPropagation();
            desk.paste(text);
        }
    }

    get hasPreview() {
        return Boolean(this.props.record.data.preview_contents?.length) && !this.env.inDialog;
    }

    /**
     * @override of mail's layout, which only knows the attachments of the conversation.
     * "COMBO": preview beside, conversation under the sheet. Any other name holding
     * "COMBO": preview under the sheet, conversation last.
     */
    mailLayout(hasAttachmentContainer) {
        if (!hasAttachmentContainer || !this.hasPreview) {
            return super.mailLayout(false);
        }
        return this.uiService.size >= SIZES.XL ? "COMBO" : "COMBO_BELOW";
    }
}

export class IncomingFormController extends FormController {
    setup() {
        super.setup();
        this.desk = useDesk(this);
        useSubEnv({ civicDesk: this.desk });
        useDeskKeys(this.desk);
        // opening the form is what reading means: from here on nobody can take the document back
        useEffect(
            (resId, isUnread) => {
                if (resId && isUnread) {
                    this.orm.silent.call(this.props.resModel, "action_mark_read", [[resId]]);
                }
            },
            () => [this.model.root.resId, this.model.root.data.is_unread]
        );
    }

    /** Saves the form and opens the next document of the list, the way one works through a pile. */
    async saveAndOpenNext() {
        const { resId, resIds } = this.model.root;
        const offset = resIds.indexOf(resId) + 1;
        if (!resId || offset >= resIds.length) {
            await this.model.root.save();
            return;
        }
        await this.onPagerUpdate({ offset, resIds });
    }
}

export const incomingFormView = {
    ...formView,
    Model: DeskModel,
    Controller: IncomingFormController,
    Renderer: IncomingFormRenderer,
};

registry.category("views").add("civic_incoming_form", incomingFormView);
