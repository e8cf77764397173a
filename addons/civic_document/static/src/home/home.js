import { _t } from "@web/core/l10n/translation";
import { browser } from "@web/core/browser/browser";
import { getActiveHotkey } from "@web/core/hotkeys/hotkey_service";
import { registry } from "@web/core/registry";
import { user } from "@web/core/user";
import { useService } from "@web/core/utils/hooks";
import { useDebounced } from "@web/core/utils/timing";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";
import { Component, onMounted, onPatched, onWillDestroy, onWillStart, useExternalListener, useRef, useState } from "@odoo/owl";

const STALE_AFTER = 30_000;
const TAB_KEY = "civic_home.section";

/**
 * What waits for the person: a section per role, blocks of cards, numbers or rows.
 *
 * All of it comes in one call and is read anew when the server says that something changed, when
 * the window comes back to the front, and after each act from a card.
 */
export class CivicHome extends Component {
    static template = "civic_document.Home";
    static props = { ...standardActionServiceProps };
    static path = "civic-home";

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.root = useRef("root");
        this.state = useState({ home: null, section: null, busy: null });
        this.loadedAt = 0;
        this.focusKey = null;
        const refresh = useDebounced(() => this.load(), 800);
        const bus = useService("bus_service");
        onWillStart(async () => {
            await this.load();
            bus.subscribe("civic_home", refresh);
        });
        useExternalListener(browser, "focus", () => {
            if (Date.now() - this.loadedAt > STALE_AFTER) {
                refresh();
            }
        });
        useExternalListener(browser, "keydown", (ev) => this.onKeydown(ev));
        onMounted(() => this.restoreFocus());
        onPatched(() => this.restoreFocus());
        onWillDestroy(() => bus.unsubscribe("civic_home", refresh));
        this.env.config.setDisplayName(_t("Home"));
    }

    async load() {
        const home = await this.orm.silent.call("civic.home", "get_home", []);
        this.loadedAt = Date.now();
        const keys = home.sections.map((section) => section.key);
        const wanted = this.state.section || browser.sessionStorage.getItem(TAB_KEY);
        this.state.home = home;
        this.state.section = keys.includes(wanted) ? wanted : home.role;
    }

    get sections() {
        return this.state.home.sections;
    }

    get blocks() {
        return this.state.home.blocks.filter((block) => block.section === this.state.section);
    }

    get figureBlocks() {
        return this.blocks.filter((block) => block.kind === "figures");
    }

    get tableBlocks() {
        return this.blocks.filter((block) => block.kind === "table");
    }

    get cardBlocks() {
        return this.blocks.filter((block) => block.kind === "cards");
    }

    formatCount(count) {
        const limit = this.state.home.limit;
        return count >= limit ? `${limit - 1}+` : `${count}`;
    }

    selectSection(key) {
        this.state.section = key;
        browser.sessionStorage.setItem(TAB_KEY, key);
        this.focusKey = null;
    }

    /** Open the list behind a title or a number, narrowed to what was counted. */
    async open(target) {
        if (!target) {
            return;
        }
        if (!target.domain) {
            return this.action.doAction(target.xmlid);
        }
        const action = await this.action.loadAction(target.xmlid);
        return this.action.doAction({
            ...action,
            name: target.name,
            domain: target.domain,
            context: { ...(target.context || {}), create: false },
        });
    }

    openCard(block, card) {
        return this.action.doAction(card.action || block.action.xmlid, {
            viewType: "form",
            props: { resId: card.id },
        });
    }

    /** Act on a card where it lies; the server checks who may do what. */
    async act(block, card, button) {
        if (this.state.busy) {
            return;
        }
        this.state.busy = card.key;
        try {
            await this.action.doActionButton({
                type: "object",
                name: button.method,
                resModel: button.model,
                resId: button.id,
                resIds: [button.id],
                // the person's language: dialogs and refusals speak it
                context: { ...user.context },
                onClose: () => this.load(),
            });
        } finally {
            this.state.busy = null;
        }
        await this.load();
    }

    // --- keyboard ---

    restoreFocus() {
        if (!this.focusKey || !this.root.el || document.activeElement !== document.body) {
            return;
        }
        this.root.el.querySelector(`[data-card="${this.focusKey}"]`)?.focus();
    }

    onFocusCard(card) {
        this.focusKey = card.key;
    }

    onKeydown(ev) {
        if (ev.defaultPrevented || document.querySelector(".modal, .o_popover, .o_command_palette")) {
            return;
        }
        const inside = this.root.el?.contains(ev.target);
        if (!inside && ev.target !== document.body) {
            return;
        }
        const hotkey = getActiveHotkey(ev);
        const current = ev.target.closest?.("[data-card]");
        if (hotkey.startsWith("arrow")) {
            if (ev.target.closest?.("[role=tablist], input, textarea, select")) {
                return;
            }
            if (this.moveFocus(current, hotkey)) {
                ev.preventDefault();
            }
            return;
        }
        if (!current) {
            return;
        }
        const [block, card] = this.findCard(current.dataset.card);
        if (!card) {
            return;
        }
        if (hotkey === "enter" && ev.target === current) {
            ev.preventDefault();
            this.openCard(block, card);
            return;
        }
        const button = card.buttons.find((candidate) => candidate.hotkey === hotkey);
        if (button) {
            ev.preventDefault();
            this.act(block, card, button);
        }
    }

    findCard(key) {
        for (const block of this.cardBlocks) {
            const card = block.items.find((item) => item.key === key);
            if (card) {
                return [block, card];
            }
        }
        return [];
    }

    /** Up and down within a column, left and right to the card beside. */
    moveFocus(current, hotkey) {
        const columns = [...this.root.el.querySelectorAll("[data-block]")]
            .map((column) => [...column.querySelectorAll("[data-card]")])
            .filter((cards) => cards.length);
        if (!columns.length) {
            return false;
        }
        const column = columns.findIndex((cards) => cards.includes(current));
        if (column < 0) {
            columns[0][0].focus();
            return true;
        }
        const row = columns[column].indexOf(current);
        const next = {
            arrowup: [column, row - 1],
            arrowdown: [column, row + 1],
            arrowleft: [column - 1, row],
            arrowright: [column + 1, row],
        }[hotkey];
        const cards = next && columns[next[0]];
        if (!cards || next[1] < 0) {
            return false;
        }
        const target = cards[Math.min(next[1], cards.length - 1)];
        target.focus();
        target.scrollIntoView({ block: "nearest" });
        return true;
    }
}

registry.category("actions").add("civic_home", CivicHome);
