import { useSetupAction } from "@web/search/action_hook";
import { toRaw, useComponent, useState } from "@odoo/owl";

/** What trees share whose visible rows are one flat list of `{ depth, isOpen, isLeaf, … }`, each drawn as a button. */

/**
 * Return the state of a tree, kept in that of its action: who comes back by the breadcrumb or by the browser's button finds the
 * tree as it was.
 */
export function useTree(initial) {
    const tree = useState({ ...initial, ...useComponent().props.globalState?.tree });
    useSetupAction({ getGlobalState: () => ({ tree: JSON.parse(JSON.stringify(toRaw(tree))) }) });
    return tree;
}

/** Take the rows below one off the list. */
export function foldRow(rows, row) {
    const start = rows.indexOf(row) + 1;
    let end = start;
    while (end < rows.length && rows[end].depth > row.depth) {
        end++;
    }
    rows.splice(start, end - start);
    row.isOpen = false;
}

/** Put what `read` brings below a row, unless it was closed meanwhile. */
export async function unfoldRow(rows, row, read) {
    row.isOpen = true;
    const parts = await read();
    if (row.isOpen) {
        rows.splice(rows.indexOf(row) + 1, 0, ...parts);
    }
}

/** Arrows walk through the tree as in any other: up and down from row to row, right opens, left closes. */
export async function walkTree(ev, root, row, toggle) {
    const buttons = [...root.querySelectorAll("button.o_civic_tree_row")];
    const index = buttons.indexOf(ev.currentTarget);
    if (ev.key === "ArrowDown" || ev.key === "ArrowUp") {
        ev.preventDefault();
        buttons[index + (ev.key === "ArrowDown" ? 1 : -1)]?.focus();
    } else if (ev.key === "ArrowRight" || ev.key === "ArrowLeft") {
        ev.preventDefault();
        if (!row.isLeaf && row.isOpen === (ev.key === "ArrowLeft")) {
            await toggle(row);
        }
    }
}
