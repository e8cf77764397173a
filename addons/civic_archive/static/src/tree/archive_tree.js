import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { Layout } from "@web/search/layout";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";
import { Component, onWillStart, useRef } from "@odoo/owl";
import { foldRow, unfoldRow, useTree, walkTree } from "@civic_base/tree/tree_rows";

const ICONS = {
    fonds: "fa-university",
    subfonds: "fa-building-o",
    series: "fa-bookmark-o",
    subseries: "fa-bookmark-o",
    file: "fa-folder-o",
    item: "fa-file-text-o",
    more: "fa-ellipsis-h",
};

/** Fonds and what is described below them; a level is read when it is opened. */
export class ArchiveTree extends Component {
    static template = "civic_archive.ArchiveTree";
    static components = { Layout };
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.display = { controlPanel: {} };
        this.root = useRef("root");
        this.state = useTree({ rows: [] });
        onWillStart(async () => {
            if (!this.state.rows.length) {
                this.state.rows = await this.read(false, 1, 0);
            }
        });
    }

    /** Return the rows of one page of parts, ready to stand in the flat list of visible rows. */
    async read(parentId, depth, offset) {
        const answer = await this.orm.call("civic.archive.description", "get_tree", [parentId, offset]);
        const rows = answer.nodes.map((node) => ({
            ...node,
            key: node.id,
            depth,
            isOpen: false,
            isLeaf: !node.count,
            icon: ICONS[node.level],
        }));
        if (answer.more) {
            const next = offset + answer.nodes.length;
            rows.push({ key: `${parentId}/${next}`, level: "more", parentId, depth, next, isLeaf: true, icon: ICONS.more });
        }
        return rows;
    }

    async toggle(row) {
        const { rows } = this.state;
        if (row.level === "more") {
            const more = await this.read(row.parentId, row.depth, row.next);
            rows.splice(rows.indexOf(row), 1, ...more);
        } else if (row.isLeaf) {
            await this.openForm(row);
        } else if (row.isOpen) {
            foldRow(rows, row);
        } else {
            await unfoldRow(rows, row, () => this.read(row.id, row.depth + 1, 0));
        }
    }

    async openForm(row) {
        await this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "civic.archive.description",
            res_id: row.id,
            views: [[false, "form"]],
        });
    }

    onKeydown(ev, row) {
        return walkTree(ev, this.root.el, row, (one) => this.toggle(one));
    }
}

registry.category("actions").add("civic_archive_tree", ArchiveTree);
