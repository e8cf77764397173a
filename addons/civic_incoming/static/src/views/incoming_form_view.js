import { useHotkey } from "@web/core/hotkeys/hotkey_hook";
import { registry } from "@web/core/registry";
import { SIZES } from "@web/core/ui/ui_service";
import { append, createElement } from "@web/core/utils/xml";
import { FormController } from "@web/views/form/form_controller";
import { FormRenderer } from "@web/views/form/form_renderer";
import { formView } from "@web/views/form/form_view";
import { useEffect } from "@odoo/owl";

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

export class IncomingFormRenderer extends FormRenderer {
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
        // opening the form is what reading means: from here on nobody can take the document back
        useEffect(
            (resId, isUnread) => {
                if (resId && isUnread) {
                    this.orm.silent.call(this.props.resModel, "action_mark_read", [[resId]]);
                }
            },
            () => [this.model.root.resId, this.model.root.data.is_unread]
        );
        useHotkey("control+enter", () => this.saveAndOpenNext(), { bypassEditableProtection: true });
    }

    /** Saves the form and opens the next document of the list, the way a clerk works through a pile. */
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
    Controller: IncomingFormController,
    Renderer: IncomingFormRenderer,
};

registry.category("views").add("civic_incoming_form", incomingFormView);
