import { browser } from "@web/core/browser/browser";
import { _t } from "@web/core/l10n/translation";
import { useBus } from "@web/core/utils/hooks";
import { Component, onMounted, onPatched, onWillStart, onWillUnmount, onWillUpdateProps, useEffect, useExternalListener, useRef, useState } from "@odoo/owl";

import { findAt, findInBox, getLine, getRange, getText, layOut, move } from "./page_words";

const ZOOM_STEP = 1.2;
const ZOOM_RANGE = [0.6, 4];
/** The head of a page, where the decree puts issuer, number, date, type and subject. */
const HEAD = 0.4;
const VIEW_KEY = "civic_desk_view";
/** One word of these says little: the line in which it stands is meant. */
const LINE_FIELDS = ["issue_date", "issuer_id", "issuer_name", "type_id", "signer_name", "signer_position"];
const ARROWS = ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Home", "End"];

/**
 * A page of the file with its words: a click, or arrows and Enter, put them into the field that the clerk is in.
 *
 * The component stays when the next document comes, and with it zoom and place on the page.
 */
export class PageReader extends Component {
    static template = "civic_incoming.PageReader";
    static props = { content: Object, desk: Object, onFailed: Function };

    setup() {
        this.desk = this.props.desk;
        this.scroller = useRef("scroller");
        this.surface = useRef("surface");
        this.view = JSON.parse(browser.localStorage.getItem(VIEW_KEY) || "null");
        this.state = useState({
            number: 1,
            words: [],
            ratio: 1.414,
            message: "",
            zoom: this.view?.zoom || 1,
            cursor: -1,
            anchor: -1,
            isPicking: false,
            isDragging: false,
            isExtending: false,
            box: null,
        });
        this.needsPlacing = !this.view;

        onWillStart(() => this.load(this.props.content, 1));
        onWillUpdateProps(async (nextProps) => {
            if (nextProps.content.id !== this.props.content.id) {
                await this.load(nextProps.content, 1);
            }
        });
        onMounted(() => {
            Object.assign(this.desk.handlers, this.handlers);
            this.place();
        });
        onWillUnmount(() => {
            for (const [id, handler] of Object.entries(this.handlers)) {
                if (this.desk.handlers[id] === handler) {
                    delete this.desk.handlers[id];
                }
            }
        });
        // words that came later: the head of the first page fills the pane, unless the clerk chose otherwise
        useEffect(() => this.place(), () => [this.state.words]);
        onPatched(() => this.scroll());
        useBus(this.desk.bus, "FOCUS", ({ detail }) => this.onFieldFocus(detail.name));
        useBus(this.desk.bus, "BLUR", () => (this.state.box = null));
        useBus(this.desk.bus, "SUGGESTIONS", () => this.onFieldFocus(this.desk.lastField));
        useBus(this.desk.bus, "PAGES", () => this.load(this.props.content, this.state.number));
        useExternalListener(window, "mouseup", (ev) => this.onMouseUp(ev));
    }

    handlers = {
        pick: () => this.startPicking(),
        zoomIn: () => this.zoomBy(ZOOM_STEP),
        zoomOut: () => this.zoomBy(1 / ZOOM_STEP),
        pageDown: () => this.turn(1),
        pageUp: () => this.turn(-1),
    };

    // ---------------------------------------------------------------- what is shown

    async load(content, number) {
        const ticket = (this.ticket = {});
        const page = await this.desk.pages.get(content.id, number);
        if (ticket !== this.ticket) {
            return;
        }
        const height = page.height || 842;
        const width = page.width || 595;
        Object.assign(this.state, {
            number,
            words: layOut(page.words || []),
            ratio: height / width,
            message: page.state === "ready" ? "" : page.message || "",
            cursor: -1,
            anchor: -1,
            isPicking: false,
            isDragging: false,
            isExtending: false,
            box: null,
        });
    }

    get pictureUrl() {
        return this.desk.pages.getPictureUrl(this.props.content.id, this.state.number);
    }

    get pageCount() {
        return this.props.content.page_count || 1;
    }

    get pageLabel() {
        return _t("Page %(number)s of %(count)s", { number: this.state.number, count: this.pageCount });
    }

    get surfaceStyle() {
        return `width: ${this.state.zoom * 100}%; aspect-ratio: 1 / ${this.state.ratio};`;
    }

    getStyle({ x0, y0, x1, y1 }) {
        return `left:${x0 * 100}%;top:${y0 * 100}%;width:${(x1 - x0) * 100}%;height:${(y1 - y0) * 100}%;`;
    }

    get boxStyle() {
        const [x0, y0, x1, y1] = this.state.box;
        return this.getStyle({ x0: x0 - 0.005, y0: y0 - 0.004, x1: x1 + 0.005, y1: y1 + 0.004 });
    }

    get selected() {
        return new Set(this.selection);
    }

    get selection() {
        const { words, cursor, anchor } = this.state;
        return cursor < 0 ? [] : getRange(words, anchor < 0 ? cursor : anchor, cursor);
    }

    /** Zooms on the head of the page, if the clerk has not chosen a place of their own. */
    place() {
        const scroller = this.scroller.el;
        if (!scroller || !scroller.clientWidth) {
            return;
        }
        if (this.view) {
            scroller.scrollTop = this.view.top * this.surface.el.offsetHeight;
            scroller.scrollLeft = this.view.left * this.surface.el.offsetWidth;
            return;
        }
        const head = this.state.words.filter((word) => word.y1 < HEAD);
        if (!head.length) {
            return;
        }
        const left = Math.max(Math.min(...head.map((word) => word.x0)) - 0.02, 0);
        const right = Math.min(Math.max(...head.map((word) => word.x1)) + 0.02, 1);
        const top = Math.max(Math.min(...head.map((word) => word.y0)) - 0.02, 0);
        this.state.zoom = Math.min(Math.max(1 / (right - left), 1), 2);
        this.wanted = { left, top };
        this.scroll();
    }

    /** Goes to the place that `place` wants, once the page has the size for it. */
    scroll() {
        if (this.wanted && this.scroller.el) {
            this.scroller.el.scrollLeft = this.wanted.left * this.surface.el.offsetWidth;
            this.scroller.el.scrollTop = this.wanted.top * this.surface.el.offsetHeight;
            const width = this.scroller.el.clientWidth * this.state.zoom;
            if (Math.abs(this.surface.el.offsetWidth - width) < 2) {
                this.wanted = null;
            }
        }
    }

    remember() {
        this.wanted = null;
        const { scrollTop, scrollLeft } = this.scroller.el;
        this.view = {
            zoom: this.state.zoom,
            top: scrollTop / this.surface.el.offsetHeight,
            left: scrollLeft / this.surface.el.offsetWidth,
        };
        browser.localStorage.setItem(VIEW_KEY, JSON.stringify(this.view));
    }

    zoomBy(factor) {
        const [least, most] = ZOOM_RANGE;
        this.state.zoom = Math.min(Math.max(this.state.zoom * factor, least), most);
        browser.requestAnimationFrame(() => this.scroller.el && this.remember());
    }

    /** Back to the head of the page, as it is shown at first. */
    fitHead() {
        this.view = null;
        browser.localStorage.removeItem(VIEW_KEY);
        this.place();
    }

    onWheel(ev) {
        // the clerk moves about: the place stays for the next document
        browser.clearTimeout(this.wheelTimer);
        this.wheelTimer = browser.setTimeout(() => this.scroller.el && this.remember(), 200);
    }

    async turn(step) {
        const number = Math.min(Math.max(this.state.number + step, 1), this.pageCount);
        if (number !== this.state.number) {
            await this.load(this.props.content, number);
        }
    }

    /** Shows where the value of the field was read, as long as nobody has confirmed it. */
    async onFieldFocus(name) {
        const suggestion = this.desk.isSuggested(name) ? this.desk.getSuggestion(name) : null;
        if (!suggestion?.box) {
            this.state.box = null;
            return;
        }
        if (suggestion.page && suggestion.page !== this.state.number && suggestion.page <= this.pageCount) {
            await this.load(this.props.content, suggestion.page);
        }
        this.state.box = suggestion.box;
        this.reveal(suggestion.box[1], suggestion.box[3]);
    }

    /** Scrolls a part of the page into view, and no further than it needs. */
    reveal(y0, y1) {
        const scroller = this.scroller.el;
        const height = this.surface.el?.offsetHeight;
        if (!scroller || !height) {
            return;
        }
        const margin = 24;
        if (y0 * height < scroller.scrollTop + margin) {
            scroller.scrollTop = y0 * height - margin;
        } else if (y1 * height > scroller.scrollTop + scroller.clientHeight - margin) {
            scroller.scrollTop = y1 * height - scroller.clientHeight + margin;
        }
    }

    // ---------------------------------------------------------------- picking with the mouse

    getPoint(ev) {
        const box = this.surface.el.getBoundingClientRect();
        return [(ev.clientX - box.left) / box.width, (ev.clientY - box.top) / box.height];
    }

    onMouseDown(ev) {
        // the cursor stays in the field that is to be filled
        ev.preventDefault();
        const index = findAt(this.state.words, ...this.getPoint(ev));
        if (ev.button || index < 0) {
            return;
        }
        if (!(ev.shiftKey && this.state.cursor >= 0)) {
            this.state.anchor = index;
        }
        this.state.cursor = index;
        this.state.isDragging = true;
    }

    onMouseMove(ev) {
        if (this.state.isDragging) {
            const index = findAt(this.state.words, ...this.getPoint(ev), 0.05);
            if (index >= 0) {
                this.state.cursor = index;
            }
        }
    }

    async onMouseUp() {
        if (this.state.isDragging) {
            this.state.isDragging = false;
            await this.fill();
        }
    }

    // ---------------------------------------------------------------- picking with the keyboard

    startPicking() {
        if (!this.state.words.length) {
            this.desk.state.notice = this.state.message || _t("No words were found on this page.");
            return;
        }
        const name = this.desk.lastField;
        const suggestion = name && this.desk.getSuggestion(name);
        let cursor = suggestion && suggestion.page === this.state.number ? findInBox(this.state.words, suggestion.box) : -1;
        if (cursor < 0) {
            cursor = this.state.cursor >= 0 ? this.state.cursor : 0;
        }
        Object.assign(this.state, { cursor, anchor: cursor, isPicking: true, isExtending: false });
        this.scroller.el.focus();
        this.revealCursor();
    }

    revealCursor() {
        const word = this.state.words[this.state.cursor];
        if (word) {
            this.reveal(word.y0, word.y1);
        }
    }

    stopPicking() {
        this.state.isPicking = false;
        const name = this.desk.lastField;
        if (name) {
            this.desk.focusField(name);
        }
    }

    async onKeydown(ev) {
        if (!this.state.isPicking || ev.altKey || ev.ctrlKey || ev.metaKey) {
            return;
        }
        const { words, cursor } = this.state;
        if (ARROWS.includes(ev.key)) {
            this.state.cursor = move(words, cursor, ev.key);
            if (!ev.shiftKey && !this.state.isExtending) {
                this.state.anchor = this.state.cursor;
            }
            this.revealCursor();
        } else if (ev.key === " ") {
            // from here on arrows extend; the first press takes the next word along
            this.state.isExtending = true;
            this.state.cursor = move(words, cursor, "ArrowRight");
        } else if (ev.key === "Enter") {
            await this.fill();
            this.stopPicking();
        } else if (ev.key === "Escape") {
            this.stopPicking();
        } else {
            return;
        }
        ev.preventDefault();
        ev.stopPropagation();
    }

    async fill() {
        const name = this.desk.lastField;
        let words = this.selection;
        if (!words.length) {
            return;
        }
        if (!name) {
            this.desk.state.notice = _t("Go into the field that is to be filled first.");
            return;
        }
        const text = getText(words);
        if (words.length === 1 && LINE_FIELDS.includes(name)) {
            words = getLine(this.state.words, this.state.cursor);
        }
        await this.desk.fillPicked(name, getText(words), text);
    }
}
