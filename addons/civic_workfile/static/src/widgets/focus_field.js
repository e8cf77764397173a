import { patch } from "@web/core/utils/patch";
import { FormController } from "@web/views/form/form_controller";
import { onMounted } from "@odoo/owl";

/** A form that was opened to mend one field begins with the cursor in it. */
patch(FormController.prototype, {
    setup() {
        super.setup(...arguments);
        const name = this.props.context?.civic_focus_field;
        if (name) {
            onMounted(() => {
                const field = this.rootRef.el?.querySelector(`.o_field_widget[name="${CSS.escape(name)}"]`);
                field?.scrollIntoView({ block: "center" });
                field?.querySelector("input, textarea, select, button")?.focus();
            });
        }
    },
});
