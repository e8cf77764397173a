import { _t } from "@web/core/l10n/translation";
import { useService } from "@web/core/utils/hooks";
import { useEffect, useExternalListener } from "@odoo/owl";

/**
 * The keys of the clerk's form. This one table both registers them and is what the key help shows, so the help
 * cannot tell of a key that does nothing.
 *
 * - `id`: the action, looked up in the handlers of the desk
 * - `hotkey`: as the hotkey service writes it; `keys` instead where the service does not know the key
 * - `shown`: how the help writes it, if not as the hotkey
 * - `when`: "desk" (a draft is open, the default) or "always"
 */
export const DESK_KEYS = [
    { id: "registerAndNext", hotkey: "control+enter", group: "work", label: _t("Register and open the next one") },
    { id: "skip", hotkey: "alt+n", group: "work", label: _t("Put aside, open the next one") },
    { id: "returnToSender", hotkey: "alt+e", group: "work", label: _t("Return to the sender: then the digit of the reason") },
    { id: "takeOver", hotkey: "alt+l", group: "work", label: _t("Take over from the colleague who has it open") },
    { id: "openDuplicate", hotkey: "alt+d", group: "work", label: _t("Open the document found; Esc comes back") },
    { id: "discardDuplicate", hotkey: "alt+y", group: "work", label: _t("Discard the draft: the same document as the one found") },
    { id: "backToQueue", hotkey: "alt+q", group: "work", label: _t("Back to the list") },
    { id: "paste", hotkey: "alt+v", group: "fill", label: _t("Read what was copied: number, date, issuer, type, subject") },
    { id: "pin", hotkey: "alt+g", group: "fill", label: _t("Keep this field for the next documents, or no longer") },
    { id: "palette", hotkey: "alt+m", group: "fill", label: _t("Entry models: choose one, keep one") },
    { id: "applyModel", hotkeys: digits(), shown: "Alt+1 … 9", group: "fill", label: _t("Fill in the entry model of that key") },
    { id: "reject", hotkey: "escape", group: "fill", label: _t("In a suggested field: reject the suggestion") },
    { id: "pick", hotkey: "alt+w", group: "page", label: _t("Pick words on the page: arrows move, Space extends, Enter fills in") },
    { id: "zoomIn", hotkey: "alt+arrowup", group: "page", label: _t("Larger") },
    { id: "zoomOut", hotkey: "alt+arrowdown", group: "page", label: _t("Smaller") },
    { id: "pageDown", hotkey: "alt+pagedown", group: "page", label: _t("Next page") },
    { id: "pageUp", hotkey: "alt+pageup", group: "page", label: _t("Previous page") },
    { id: "toggleViewer", hotkey: "alt+o", group: "page", label: _t("Whole file, or page with words") },
    { id: "help", keys: isHelpKey, shown: "?  /  Alt+/", group: "help", when: "always", label: _t("Show the keys") },
];

export const KEY_GROUPS = [
    { id: "work", label: _t("The pile") },
    { id: "fill", label: _t("Filling in") },
    { id: "page", label: _t("The page") },
    { id: "help", label: _t("Help") },
];

const KEY_NAMES = {
    control: "Ctrl",
    alt: "Alt",
    shift: "Shift",
    enter: "Enter",
    escape: "Esc",
    arrowup: "↑",
    arrowdown: "↓",
    pagedown: "Page Down",
    pageup: "Page Up",
};

function digits() {
    return [1, 2, 3, 4, 5, 6, 7, 8, 9].map((digit) => `alt+${digit}`);
}

/** "?" where it is not typed into a text, Alt and its key anywhere. */
function isHelpKey(ev) {
    if (ev.altKey && ev.code === "Slash") {
        return true;
    }
    const isText = ev.target.matches?.("input:not([type=checkbox]):not([type=radio]), textarea, [contenteditable=true]");
    return ev.key === "?" && !ev.ctrlKey && !ev.metaKey && !isText;
}

export function formatHotkey(entry) {
    return entry.shown || entry.hotkey.split("+").map((key) => KEY_NAMES[key] || key.toUpperCase()).join("+");
}

/** The keys that do something at this moment, in their groups: what the help shows. */
export function getKeyHelp(desk) {
    return KEY_GROUPS.map((group) => ({
        ...group,
        keys: DESK_KEYS.filter((entry) => entry.group === group.id && desk.handlers[entry.id]).map((entry) => ({
            id: entry.id,
            keys: formatHotkey(entry),
            label: entry.label,
        })),
    })).filter((group) => group.keys.length);
}

/** Registers the keys of the table for a desk: `desk.run(id, argument, target)` does what they say. */
export function useDeskKeys(desk) {
    const hotkeyService = useService("hotkey");
    useEffect(
        () => {
            const removers = [];
            for (const entry of DESK_KEYS) {
                for (const hotkey of entry.hotkeys || (entry.hotkey ? [entry.hotkey] : [])) {
                    const argument = entry.hotkeys ? Number(hotkey.slice(-1)) : undefined;
                    removers.push(
                        hotkeyService.add(hotkey, ({ target }) => desk.run(entry.id, argument, target), {
                            bypassEditableProtection: true,
                            allowRepeat: entry.group === "page",
                            isAvailable: (target) => desk.canRun(entry, target, argument),
                        })
                    );
                }
            }
            return () => removers.forEach((remove) => remove());
        },
        () => []
    );
    useExternalListener(
        window,
        "keydown",
        (ev) => {
            const entry = DESK_KEYS.find((candidate) => candidate.keys?.(ev));
            if (entry && desk.canRun(entry, ev.target)) {
                ev.preventDefault();
                ev.stopPropagation();
                desk.run(entry.id, undefined, ev.target);
            }
        },
        { capture: true }
    );
}
