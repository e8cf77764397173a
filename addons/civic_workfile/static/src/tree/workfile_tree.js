import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { Layout } from "@web/search/layout";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";
import { Component, onWillStart, useRef, useState } from "@odoo/owl";
import { IncomingUploadDialog } from "@civic_incoming/components/incoming_upload/incoming_upload_dialog";
import { uploadFiles } from "@civic_incoming/components/incoming_upload/incoming_upload_hook";
import { foldRow, unfoldRow, useTree, walkTree } from "@civic_base/tree/tree_rows";

const TYPE = "application/x-civic-documents";

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
        this.http = useService("http");
        this.dialog = useService("dialog");
        this.notification = useService("notification");
        this.tree = useTree({ by: "plan", rows: [] });
        this.state = useState({ documents: [], more: false, search: "", chosen: {}, over: false });
        onWillStart(() => Promise.all([this.tree.rows.length || this.reload(), this.readDocuments(0)]));
    }

    // Filing: documents beside the tree, and files of the computer, are dropped onto an open file

    async readDocuments(offset) {
        const answer = await this.orm.call("civic.document", "get_unfiled", [this.state.search, offset]);
        this.state.documents = offset ? [...this.state.documents, ...answer.documents] : answer.documents;
        this.state.more = answer.more;
        if (!offset) {
            this.state.chosen = {};
        }
    }

    async onSearchKey(ev) {
        if (ev.key === "Enter") {
            ev.preventDefault();
            await this.readDocuments(0);
        }
    }

    choose(document) {
        if (this.state.chosen[document.id]) {
            delete this.state.chosen[document.id];
        } else {
            this.state.chosen[document.id] = true;
        }
    }

    /** The keyboard chooses documents with the space bar and files them with Enter, by the form with its suggestions. */
    async onDocumentKey(ev, document) {
        if (ev.key === " ") {
            this.choose(document);
        } else if (ev.key === "Enter") {
            await this.action.doAction(await this.orm.call("civic.document", "action_file", [this.getDragged(document)]), {
                onClose: () => this.readDocuments(0),
            });
        } else {
            return;
        }
        ev.preventDefault();
    }

    /** What is dragged: all that are chosen, if this one is among them. */
    getDragged(document) {
        const chosen = Object.keys(this.state.chosen).map(Number);
        return chosen.includes(document.id) ? chosen : [document.id];
    }

    onDragstart(ev, document) {
        ev.dataTransfer.setData(TYPE, JSON.stringify(this.getDragged(document)));
        ev.dataTransfer.effectAllowed = "copy";
    }

    onDragover(ev, row) {
        const { types } = ev.dataTransfer;
        if (row.kind === "file" && row.state === "open" && (types.includes(TYPE) || types.includes("Files"))) {
            ev.preventDefault();
            this.state.over = row.id;
        }
    }

    onDragleave(row) {
        if (this.state.over === row.id) {
            this.state.over = false;
        }
    }

    async onDrop(ev, row) {
        ev.preventDefault();
        this.state.over = false;
        const files = [...ev.dataTransfer.files];
        const ids = ev.dataTransfer.getData(TYPE);
        if (files.length) {
            const results = await uploadFiles(this.http, files, { url: `/civic/workfile/${row.key}/upload` });
            row.count += results.filter((result) => result.ok).length;
            if (results.some((result) => !result.ok || result.message)) {
                this.dialog.add(IncomingUploadDialog, { results, openDocument: (id) => this.openDocument(id) });
            }
        } else if (ids) {
            const documents = JSON.parse(ids);
            const message = await this.orm.call("civic.document", "file_into", [documents, row.key]);
            this.notification.add(message, { type: "success" });
            row.count += documents.length;
            await this.readDocuments(0);
        }
    }

    async openDocument(id) {
        await this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "civic.document",
            res_id: id,
            views: [[false, "form"]],
        });
    }

    // The tree

    async reload() {
        this.tree.rows = await this.read([], 0);
    }

    async setBy(by) {
        this.tree.by = by;
        await this.reload();
    }

    /** Return the rows of one page of children, ready to stand in the flat list of visible rows. */
    async read(path, offset) {
        const answer = await this.orm.call("civic.workfile", "get_tree", [path, this.tree.by, offset]);
        const rows = answer.nodes.map((node) => ({
            ...node,
            id: [...path, node.kind, node.key].join("/"),
            path: [...path, node.key],
            depth: path.length + 1,
            isOpen: false,
            isLeaf: node.kind === "file",
            icon: ICONS[node.kind],
        }));
        if (answer.more) {
            rows.push({
                kind: "more",
                id: [...path, "more", offset].join("/"),
                path,
                depth: path.length + 1,
                isLeaf: true,
                offset: offset + answer.nodes.length,
                icon: "fa-ellipsis-h",
            });
        }
        return rows;
    }

    async toggle(row) {
        const { rows } = this.tree;
        if (row.kind === "file") {
            await this.openFile(row);
        } else if (row.kind === "more") {
            const more = await this.read(row.path, row.offset);
            rows.splice(rows.indexOf(row), 1, ...more);
        } else if (row.isOpen) {
            foldRow(rows, row);
        } else {
            await unfoldRow(rows, row, () => this.read(row.path, 0));
        }
    }

    async openFile(row) {
        await this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "civic.workfile",
            res_id: row.key,
            views: [[false, "form"]],
        });
    }

    onKeydown(ev, row) {
        return walkTree(ev, this.root.el, row, (one) => this.toggle(one));
    }
}

registry.category("actions").add("civic_workfile_tree", WorkfileTree);
