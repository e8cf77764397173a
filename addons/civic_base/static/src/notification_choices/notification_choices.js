import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";
import { Component } from "@odoo/owl";

/** One line per event, one button per way of hearing of it. */
export class NotificationChoices extends Component {
    static template = "civic_base.NotificationChoices";
    static props = { ...standardFieldProps };

    get rows() {
        return this.props.record.data[this.props.name] || [];
    }

    get choices() {
        return [
            { key: "none", label: _t("Not at all") },
            { key: "digest", label: _t("In the morning digest") },
            { key: "now", label: _t("At once") },
        ];
    }

    choose(code, choice) {
        const rows = this.rows.map((row) => (row.code === code ? { ...row, choice } : row));
        return this.props.record.update({ [this.props.name]: rows });
    }
}

registry.category("fields").add("civic_notification_choices", {
    component: NotificationChoices,
    supportedTypes: ["json"],
});
