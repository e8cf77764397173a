import { DESK_KEYS } from "@civic_incoming/desk/desk_keys";
import { registry } from "@web/core/registry";

const CODES = { "/": "Slash" };
/** Keys of the desk that `civic_desk_keyboard` and `civic_desk_locked` press. */
const PRESSED_ELSEWHERE = ["registerAndNext", "skip", "returnToSender", "takeOver", "pick", "help"];
const pressed = new Set();

/** Presses a key where the cursor is, as a keyboard does; `id` is the entry of the table that the key belongs to. */
function press(key, { id, alt = false, ctrl = false } = {}) {
    if (id) {
        pressed.add(id);
    }
    const code = CODES[key] || (/^[a-z]$/.test(key) ? `Key${key.toUpperCase()}` : /^[0-9]$/.test(key) ? `Digit${key}` : key);
    const target = document.activeElement || document.body;
    for (const type of ["keydown", "keyup"]) {
        target.dispatchEvent(
            new KeyboardEvent(type, { key, code, altKey: alt, ctrlKey: ctrl, bubbles: true, cancelable: true, composed: true })
        );
    }
}

function assert(condition, message) {
    if (!condition) {
        throw new Error(message);
    }
}

async function waitUntil(check, message) {
    for (let count = 0; count < 100; count++) {
        if (check()) {
            return;
        }
        await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(message());
}

const find = (selector) => document.querySelector(selector);
const widget = (name) => find(`.o_form_view .o_field_widget[name=${name}]`);
const input = (name) => widget(name).querySelector("input, textarea");
/** The date is a button until it is empty. */
const shown = (name) => (input(name) || widget(name)).value ?? widget(name).textContent;
const fieldOfCursor = () => document.activeElement.closest(".o_field_widget")?.getAttribute("name");
const words = () => [...document.querySelectorAll(".o_civic_page_surface .o_civic_word")];

/** What the clerk copied in another window. */
function copy(text) {
    Object.defineProperty(navigator.clipboard, "readText", { configurable: true, value: async () => text });
}

/** Each word of the head of the page is in sight, and the page is larger than the whole of it would be. */
function checkHead() {
    const scroller = find(".o_civic_page_scroller").getBoundingClientRect();
    const surface = find(".o_civic_page_surface").getBoundingClientRect();
    const head = words()
        .map((word) => word.getBoundingClientRect())
        .filter((box) => box.bottom - surface.top < surface.height * 0.4);
    assert(head.length > 5, `${head.length} words in the head`);
    assert(surface.width > scroller.width * 1.15, `the page is ${surface.width} wide in ${scroller.width}`);
    for (const box of head) {
        assert(box.left >= scroller.left - 1 && box.right <= scroller.right + 1, "a word of the head is cut off at the side");
    }
    const top = Math.min(...head.map((box) => box.top));
    assert(top >= scroller.top - 1 && top < scroller.top + scroller.height * 0.2, `the head begins at ${top - scroller.top}`);
}

const OPEN_FIRST = {
    content: "open the first draft, as somebody who has never chosen a place on the page",
    trigger: ".o_data_row:first td[name=subject]",
    async run(helpers) {
        localStorage.removeItem("civic_desk_view");
        await helpers.click();
    },
};

registry.category("web_tour.tours").add("civic_desk_all_keys", {
    steps: () => [
        OPEN_FIRST,
        {
            content: "the page is shown by its head",
            trigger: ".o_form_view:has(.o_civic_word):has(.o_civic_queue_count b)",
            async run() {
                await waitUntil(() => fieldOfCursor(), () => "the cursor is in no field");
                await waitUntil(() => find(".o_civic_page_surface img").naturalWidth, () => "no picture of the page");
                checkHead();
            },
        },
        {
            content: "larger, smaller, next page, previous page, whole file and back",
            trigger: ".o_civic_page_reader",
            async run() {
                const width = () => find(".o_civic_page_surface").offsetWidth;
                const before = width();
                press("ArrowUp", { id: "zoomIn", alt: true });
                await waitUntil(() => width() > before * 1.1, () => "not larger");
                press("ArrowDown", { id: "zoomOut", alt: true });
                await waitUntil(() => Math.abs(width() - before) < 3, () => "not smaller");
                press("PageDown", { id: "pageDown", alt: true });
                await waitUntil(() => words().some((word) => word.title === "HAI"), () => "not the second page");
                press("PageUp", { id: "pageUp", alt: true });
                await waitUntil(() => !words().some((word) => word.title === "HAI"), () => "not the first page");
                press("o", { id: "toggleViewer", alt: true });
                await waitUntil(() => find(".o_civic_preview iframe"), () => "not the whole file");
                press("o", { alt: true });
                await waitUntil(() => find(".o_civic_page_surface"), () => "not the page");
            },
        },
        {
            content: "Esc in a suggested field says no",
            trigger: ".o_field_widget[name=subject][data-civic-suggested] textarea",
            async run() {
                input("subject").focus();
                await waitUntil(() => find(".o_civic_suggestion_box"), () => "the page does not show where it was read");
                press("Escape", { id: "reject" });
                await waitUntil(() => !input("subject").value, () => `still “${input("subject").value}”`);
                await waitUntil(() => !widget("subject").hasAttribute("data-civic-suggested"), () => "still a suggestion");
                assert(fieldOfCursor() === "subject", `the cursor is in ${fieldOfCursor()}`);
            },
        },
        {
            content: "what was copied is taken apart into the fields",
            trigger: ".o_field_widget[name=reference] input",
            async run() {
                input("reference").focus();
                copy("Số: 457/QĐ-UBND ngày 5/3/2025 về việc phân bổ kinh phí");
                press("v", { id: "paste", alt: true });
                await waitUntil(() => input("reference").value === "457/QĐ-UBND", () => `number: ${input("reference").value}`);
                await waitUntil(() => shown("issue_date").includes("2025"), () => `date: ${shown("issue_date")}`);
                await waitUntil(() => /phân bổ kinh phí/i.test(input("subject").value), () => `subject: ${input("subject").value}`);
                assert(fieldOfCursor() === "reference", `the cursor is in ${fieldOfCursor()}`);
            },
        },
        {
            content: "a number differs from letter to letter: it is not kept",
            trigger: ".o_form_view",
            async run() {
                press("g", { id: "pin", alt: true });
                await waitUntil(() => find(".o_civic_desk_message")?.textContent.trim(), () => "nothing is said");
                assert(!widget("reference").hasAttribute("data-civic-pinned"), "the number is kept");
            },
        },
        { content: "the signer", trigger: ".o_field_widget[name=signer_name] input", run: "edit Trần Văn Bút" },
        {
            content: "is kept for the next letters",
            trigger: ".o_field_widget[name=signer_name] input",
            async run() {
                input("signer_name").focus();
                press("g", { alt: true });
                await waitUntil(() => widget("signer_name").hasAttribute("data-civic-pinned"), () => "the signer is not kept");
                press("m", { id: "palette", alt: true });
            },
        },
        {
            content: "what letters of this sender share becomes an entry model",
            trigger: ".modal .o_civic_entry_models .o_civic_model_name",
            run: "edit Thư của Sông Xanh",
        },
        { content: "keep it", trigger: ".modal footer .btn-primary", run: "click" },
        {
            content: "register",
            trigger: "body:not(:has(.modal)) .o_form_view",
            async run() {
                await waitUntil(() => fieldOfCursor(), () => "the cursor is in no field");
                press("Enter", { ctrl: true });
            },
        },
        {
            content: "the next letter has the signer that was kept",
            trigger: ".o_form_view:has(.o_civic_stamped b):has(.o_civic_word[title=NHI])",
            async run() {
                await waitUntil(() => input("signer_name").value === "Trần Văn Bút", () => `signer: ${input("signer_name").value}`);
                assert(!input("issuer_name").value, "the issuer is there already");
                press("1", { id: "applyModel", alt: true });
                await waitUntil(() => input("issuer_name").value === "Công ty Sông Xanh", () => `issuer: ${input("issuer_name").value}`);
            },
        },
        {
            content: "number and issuer are those of a registered letter: it is one key away",
            trigger: ".o_civic_guard_duplicate:contains('88/CV-SX')",
            async run() {
                input("reference").focus();
                press("d", { id: "openDuplicate", alt: true });
            },
        },
        {
            content: "the letter found; Esc comes back",
            trigger: ".modal .o_form_view:contains('Thư đã đăng ký')",
            run: () => press("Escape"),
        },
        {
            content: "in the field where one was",
            trigger: "body:not(:has(.modal)) .o_civic_guard_duplicate",
            async run() {
                await waitUntil(() => fieldOfCursor() === "reference", () => `the cursor is in ${fieldOfCursor()}`);
                press("y", { id: "discardDuplicate", alt: true });
            },
        },
        {
            content: "discarded, and the next letter is there",
            trigger: ".o_form_view:has(.o_civic_word[title=TAM])",
            async run() {
                await waitUntil(() => find(".o_notification .o_notification_buttons button"), () => "no way back");
                await waitUntil(() => fieldOfCursor(), () => "the cursor is in no field");
                press("q", { id: "backToQueue", alt: true });
            },
        },
        {
            content: "back in the list; every key of the help was pressed",
            trigger: "body:not(:has(.o_form_view)) .o_list_view:has(.o_data_row):not(:has(.o_data_row:contains('88/CV-SX')))",
            run() {
                const missing = DESK_KEYS.map(({ id }) => id).filter((id) => !pressed.has(id) && !PRESSED_ELSEWHERE.includes(id));
                assert(!missing.length, `no tour presses ${missing}`);
            },
        },
    ],
});

/** Presses, moves and releases the mouse on the page: what lies under the pointer gets the events. */
function drag(from, to = from) {
    const middle = (word) => {
        const box = word.getBoundingClientRect();
        return { clientX: box.left + box.width / 2, clientY: box.top + box.height / 2 };
    };
    for (const [type, word] of [["mousedown", from], ["mousemove", to], ["mouseup", to]]) {
        const at = middle(word);
        document
            .elementFromPoint(at.clientX, at.clientY)
            .dispatchEvent(new MouseEvent(type, { ...at, button: 0, bubbles: true, cancelable: true }));
    }
}

registry.category("web_tour.tours").add("civic_desk_click_word", {
    steps: () => [
        OPEN_FIRST,
        {
            content: "a click on a word fills the field of the cursor, and the cursor stays",
            trigger: ".o_form_view:has(.o_civic_word):has(.o_civic_queue_count b)",
            async run() {
                await waitUntil(() => fieldOfCursor(), () => "the cursor is in no field");
                checkHead();
                input("subject").focus();
                drag(words().find((word) => word.title === "HUU"));
                await waitUntil(() => input("subject").value === "HUU", () => `“${input("subject").value}”`);
                assert(fieldOfCursor() === "subject", `the cursor is in ${fieldOfCursor()}`);
            },
        },
        {
            content: "words that are dragged over come together",
            trigger: ".o_field_widget[name=subject] textarea",
            async run() {
                input("subject").focus();
                const all = words();
                drag(all.find((word) => word.title === "KE"), all.find((word) => word.title === "HOACH"));
                await waitUntil(() => input("subject").value === "KE HOACH", () => `“${input("subject").value}”`);
                assert(!widget("subject").hasAttribute("data-civic-suggested"), "what was clicked is no suggestion");
            },
        },
        {
            content: "one word of a date means its line",
            trigger: ".o_field_widget[name=issue_date]",
            async run() {
                widget("issue_date").querySelector("input, button").focus();
                drag(words().find((word) => word.title === "ngày"));
                await waitUntil(() => /2025/.test(shown("issue_date")), () => `date: ${shown("issue_date")}`);
                find(".o_form_button_save").click();
            },
        },
        { content: "saved", trigger: ".o_form_saved" },
    ],
});
