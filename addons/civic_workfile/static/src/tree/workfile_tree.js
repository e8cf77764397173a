import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { Layout } from "@web/search/layout";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";
import { Component, onWillStart, useRef, useState } from "@odoo/owl";

const ICONS = {
    year: "fa-calendar-o",
    unit: "fa-users",
    heading: "fa-bookmark-o",
    line: "fa-folder-o",
    file: "fa-folder-open-o",
};

/** Years, units or headings of the plan, and the files below them; a level is read when it is opened. */
export class WorkfileTree extends Component {
    static template = "civic_workfile.WorkfileTree";
    static components = { Layout };
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.display = { controlPanel: {} };
        this.root = useRef("root");
        this.state = useState({ by: "plan", rows: [] });
        onWillStart(() => this.reload());
    }

    async reload() {
        this.state.rows = await this.read([], 0);
    }

    async setBy(by) {
        this.state.by = by;
        await this.reload();
    }

    /** Return the rows of one page of children, ready to stand in the flat list of visible rows. */
    async read(path, offset) {
        const answer = await this.orm.call("civic.workfile", "get_tree", [path, this.state.by, offset]);
        const rows = answer.nodes.map((node) => ({
            ...node,
            id: [...path, node.kind, node.key].join("/"),
            path: [...path, node.key],
            level: path.length + 1,
            isOpen: false,
            icon: ICONS[node.kind],
        }));
        if (answer.more) {
            rows.push({
                kind: "more",
                id: [...path, "more", offset].join("/"),
                path,
                level: path.length + 1,
                offset: offset + answer.nodes.length,
                icon: "fa-ellipsis-h",
            });
        }
        return rows;
    }

    async toggle(row) {
        const { rows } = this.state;
        const index = rows.indexOf(row);
        if (row.kind === "file") {
            return this.openFile(row);
        }
        if (row.kind === "more") {
            rows.splice(index, 1, ...(await this.read(row.path, row.offset)));
            return;
        }
        if (row.isOpen) {
            let end = index + 1;
            while (end < rows.length && rows[end].level > row.level) {
                end++;
            }
            rows.splice(index + 1, end - index - 1);
            row.isOpen = false;
            return;
        }
        row.isOpen = true;
        const children = await this.read(row.path, 0);
        rows.splice(rows.indexOf(row) + 1, 0, ...children);
    }

    async openFile(row) {
        await this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "civic.workfile",
            res_id: row.key,
            views: [[false, "form"]],
        });
    }

    /** Arrows walk through the tree as in any other. */
    async onKeydown(ev, row) {
        const buttons = [...this.root.el.querySelectorAll("button.o_civic_tree_row")];
        const index = buttons.indexOf(ev.currentTarget);
        if (ev.key === "ArrowDown" || ev.key === "ArrowUp") {
            buttons[index + (ev.key === "ArrowDown" ? 1 : -1)]?.focus();
        } else if ((ev.key === "ArrowRight" && !row.isOpen) || (ev.key === "ArrowLeft" && row.isOpen)) {
            if (row.kind !== "file") {
                await this.toggle(row);
            }
        } else {
            return;
        }
        ev.preventDefault();
    }
}

registry.category("actions").add("civic_workfile_tree", WorkfileTree);
