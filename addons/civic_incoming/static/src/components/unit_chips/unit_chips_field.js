import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";
import { Component } from "@odoo/owl";

/** The units that led earlier documents of the same issuer: one tap names the lead unit. */
export class UnitChipsField extends Component {
    static template = "civic_incoming.UnitChipsField";
    static props = { ...standardFieldProps };

    get units() {
        return this.props.record.data[this.props.name] || [];
    }

    get leadId() {
        return this.props.record.data.lead_unit_id?.id;
    }

    pick(unit) {
        this.props.record.update({ lead_unit_id: { id: unit.id, display_name: unit.name } });
    }
}

registry.category("fields").add("civic_unit_chips", {
    component: UnitChipsField,
    displayName: _t("Suggested Units"),
    supportedTypes: ["json"],
});
