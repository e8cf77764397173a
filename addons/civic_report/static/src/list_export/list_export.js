import { Component } from "@odoo/owl";

import { DropdownItem } from "@web/core/dropdown/dropdown_item";
import { _t } from "@web/core/l10n/translation";
import { download } from "@web/core/network/download";
import { evaluateBooleanExpr } from "@web/core/py_js/py";
import { registry } from "@web/core/registry";
import { session } from "@web/session";
import { useBus } from "@web/core/utils/hooks";
import { patch } from "@web/core/utils/patch";
import { STATIC_ACTIONS_GROUP_NUMBER } from "@web/search/action_menus/action_menus";
import { ListController } from "@web/views/list/list_controller";

const EVENT = "civic-list-export";
// What has no place in a cell of a printed list.
const FORBIDDEN_TYPES = [
    "binary", "image", "json", "properties", "properties_definition", "reference", "many2one_reference",
];

function isExportable(resModel) {
    return (session.civic_export_models || []).includes(resModel);
}

export function getExportFormats() {
    return [
        { extension: "docx", label: _t("Export to Word"), icon: "fa-file-word-o" },
        { extension: "pdf", label: _t("Export to PDF"), icon: "fa-file-pdf-o" },
        { extension: "xlsx", label: _t("Export to Excel"), icon: "fa-file-excel-o" },
    ];
}

/** Entries in the cog menu: export what the list shows. */
export class ListExport extends Component {
    static template = "civic_report.ListExport";
    static components = { DropdownItem };
    static props = {};

    get formats() {
        return getExportFormats();
    }

    onSelected(extension) {
        this.env.searchModel.trigger(EVENT, { extension });
    }
}

registry.category("cogMenu").add(
    "civic-list-export",
    {
        Component: ListExport,
        groupNumber: STATIC_ACTIONS_GROUP_NUMBER,
        isDisplayed: (env) =>
            env.config.viewType === "list" &&
            isExportable(env.searchModel.resModel) &&
            !env.model.root.selection.length,
    },
    { sequence: 11 }
);

patch(ListController.prototype, {
    setup() {
        super.setup();
        useBus(this.env.searchModel, EVENT, ({ detail }) => this.exportCivicList(detail.extension));
    },

    getStaticActionMenuItems() {
        const items = super.getStaticActionMenuItems();
        if (isExportable(this.props.resModel)) {
            getExportFormats().forEach(({ extension, label, icon }, index) => {
                items[`civic_export_${extension}`] = {
                    sequence: 11 + index,
                    icon: `fa ${icon}`,
                    description: label,
                    callback: () => this.exportCivicList(extension),
                };
            });
        }
        return items;
    },

    /** The columns that the person sees, in their order and with their headings. */
    getCivicExportFields() {
        const fields = [];
        for (const column of this.archInfo.columns) {
            if (
                column.type !== "field" ||
                fields.some((field) => field.name === column.name) ||
                FORBIDDEN_TYPES.includes(this.props.fields[column.name].type) ||
                (column.optional && !this.optionalActiveFields[column.name]) ||
                evaluateBooleanExpr(column.column_invisible, this.props.context)
            ) {
                continue;
            }
            fields.push({ name: column.name, label: column.label });
        }
        return fields;
    },

    async exportCivicList(extension) {
        const root = this.model.root;
        const ids =
            !root.isDomainSelected && root.selection.length
                ? root.selection.map((record) => record.resId)
                : false;
        await download({
            url: "/civic/list/export",
            data: {
                extension,
                options: JSON.stringify({
                    model: root.resModel,
                    domain: root.domain,
                    ids,
                    fields: this.getCivicExportFields(),
                    groupby: root.groupBy,
                    order: root.orderBy.map(({ name, asc }) => `${name} ${asc ? "asc" : "desc"}`).join(", "),
                    context: {
                        active_test: root.context.active_test,
                        allowed_company_ids: root.context.allowed_company_ids,
                    },
                    title: this.env.config.getDisplayName(),
                }),
            },
        });
    },
});
