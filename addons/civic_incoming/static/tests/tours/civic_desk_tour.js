import { registry } from "@web/core/registry";

/** Presses a key where the cursor is, as a keyboard does. */
function press(key, { alt = false, ctrl = false, code } = {}) {
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

const fieldInput = (name) => document.querySelector(`.o_field_widget[name=${name}] :is(input, textarea)`);
const fieldOfCursor = () => document.activeElement.closest(".o_field_widget")?.getAttribute("name");

/** Names of the methods called on the server since the last look. */
let called = [];
function watchCalls() {
    const observer = new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) {
            if (entry.name.includes("/web/dataset/call_kw/")) {
                called.push(entry.name.split("/").pop().split("?")[0]);
            }
        }
    });
    observer.observe({ type: "resource" });
}

registry.category("web_tour.tours").add("civic_desk_keyboard", {
    steps: () => [
        {
            content: "open the first draft of the pile",
            trigger: ".o_data_row:first td[name=subject]",
            run: "click",
        },
        {
            content: "the cursor is in a field, the page beside it, and the count above",
            trigger: ".o_form_view:has(.o_civic_word):has(.o_civic_queue_count b)",
            async run() {
                await new Promise((resolve) => setTimeout(resolve, 1200));
                watchCalls();
                assert(fieldOfCursor(), "the cursor is in no field");
                assert(document.querySelectorAll("[data-civic-suggested]").length >= 3, "suggestions are not marked");
                press("/", { alt: true, code: "Slash" });
            },
        },
        {
            content: "the help lists the keys; Esc closes it",
            trigger: ".o_civic_key_help [data-key=registerAndNext] kbd:contains('Ctrl+Enter')",
            run() {
                assert(document.querySelector(".o_civic_key_help [data-key=pick]"), "the page's keys are missing");
                press("Escape");
            },
        },
        {
            content: "the key that picks words of the page",
            trigger: "body:not(:has(.modal)) .o_form_view",
            run() {
                fieldInput("subject").focus();
                press("w", { alt: true, code: "KeyW" });
            },
        },
        {
            content: "arrows go to a word, Space takes the next one along, Enter fills in",
            trigger: ".o_civic_page_scroller.o_civic_picking",
            async run() {
                press("Home");
                press(" ");
                press("Enter");
            },
        },
        {
            content: "the words are in the field, and the cursor is back in it",
            trigger: ".o_form_view:has(.o_field_widget[name=subject]):not(:has(.o_civic_picking))",
            async run() {
                await new Promise((resolve) => setTimeout(resolve, 300));
                assert(fieldOfCursor() === "subject", `the cursor is in ${fieldOfCursor()}`);
                assert(fieldInput("subject").value.split(" ").length >= 2, `“${fieldInput("subject").value}”`);
                assert(!fieldInput("subject").closest("[data-civic-suggested]"), "what was picked is no suggestion");
            },
        },
        {
            content: "a field that is lacking is named, and the cursor goes there",
            trigger: ".o_field_widget[name=subject] textarea",
            async run(helpers) {
                await helpers.clear();
                press("Enter", { ctrl: true, code: "Enter" });
            },
        },
        {
            content: "refused",
            trigger: ".o_civic_desk_message [role=alert]",
            run() {
                assert(fieldOfCursor() === "subject", `the cursor is in ${fieldOfCursor()}`);
            },
        },
        {
            content: "fill it in and register",
            trigger: ".o_field_widget[name=subject] textarea",
            async run(helpers) {
                await helpers.edit("Văn bản thứ nhất bằng bàn phím");
                await new Promise((resolve) => setTimeout(resolve, 1200));
                called = [];
                press("Enter", { ctrl: true, code: "Enter" });
            },
        },
        {
            content: "the number is shown, the next draft is there without being read now",
            trigger: ".o_civic_stamped b:contains(/[0-9]/)",
            async run() {
                assert(fieldInput("subject").value !== "Văn bản thứ nhất bằng bàn phím", "still the same draft");
                assert(fieldOfCursor(), "the cursor is in no field");
                await new Promise((resolve) => setTimeout(resolve, 60));
                const before = called.filter((name) => name !== "desk_next");
                assert(!before.includes("web_read") && !before.includes("web_save"), `read again: ${before}`);
                assert(before.filter((name) => name === "desk_register").length === 1, `calls: ${before}`);
            },
        },
        {
            content: "put the second one aside",
            trigger: ".o_form_view:has(.o_civic_word)",
            async run() {
                await new Promise((resolve) => setTimeout(resolve, 1000));
                press("n", { alt: true, code: "KeyN" });
                await new Promise((resolve) => setTimeout(resolve, 1000));
                press("e", { alt: true, code: "KeyE" });
            },
        },
        {
            content: "two keys return the third one: Alt+E and the digit",
            trigger: ".modal .o_civic_return_reasons button",
            run() {
                press("1", { code: "Digit1" });
            },
        },
        {
            content: "nothing is left that was not put aside: back in the list",
            trigger: ".o_list_view .o_data_row",
        },
    ],
});

registry.category("web_tour.tours").add("civic_desk_locked", {
    steps: () => [
        {
            content: "the list tells who has the draft open",
            trigger: ".o_data_row td[name=lock_label]:contains('Town clerk')",
        },
        {
            content: "open it all the same",
            trigger: ".o_data_row:has(td[name=lock_label]:contains('Town clerk')) td[name=subject]",
            run: "click",
        },
        {
            content: "the form tells it, too; register refuses",
            trigger: ".o_civic_desk_locked .o_civic_lock_holder:contains('Town clerk')",
            run() {
                press("Enter", { ctrl: true, code: "Enter" });
            },
        },
        {
            content: "refused",
            trigger: ".o_civic_desk_message [role=alert]:contains('Town clerk')",
            run() {
                press("l", { alt: true, code: "KeyL" });
            },
        },
        {
            content: "taken over: now it is registered",
            trigger: ".o_civic_desk_bar:not(.o_civic_desk_locked)",
            async run() {
                await new Promise((resolve) => setTimeout(resolve, 500));
                press("Enter", { ctrl: true, code: "Enter" });
            },
        },
        {
            content: "registered; nothing else waits",
            trigger: ".o_view_nocontent",
        },
    ],
});
