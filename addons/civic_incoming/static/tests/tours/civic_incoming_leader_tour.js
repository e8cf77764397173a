import { registry } from "@web/core/registry";

const WIDTH = 360;
let taps = 0;
let listener;

/** The page never scrolls sideways, whatever is on it. */
function checkWidth() {
    const { scrollWidth } = document.documentElement;
    if (scrollWidth > WIDTH) {
        throw new Error(`The page is ${scrollWidth} pixels wide`);
    }
}

function countTaps() {
    taps = 0;
    document.removeEventListener("click", listener, true);
    listener = (ev) => {
        // a label clicks its input by itself: one tap of a person is one event on what was touched
        taps += ev.target.closest("input") ? 0 : 1;
    };
    document.addEventListener("click", listener, true);
}

/** @param {number} expected */
function checkTaps(expected) {
    document.removeEventListener("click", listener, true);
    if (taps !== expected) {
        throw new Error(`${taps} taps instead of ${expected}`);
    }
    checkWidth();
}

registry.category("web_tour.tours").add("civic_incoming_leader_three_taps", {
    steps: () => [
        {
            content: "the pile of the leader",
            trigger: ".o_civic_leader_kanban .o_kanban_record:contains('123/QĐ-BNV')",
            run() {
                checkWidth();
                countTaps();
            },
        },
        {
            content: "first tap: open",
            trigger: ".o_civic_leader_kanban .o_kanban_record:contains('123/QĐ-BNV') .text-break",
            run: "click",
        },
        {
            content: "the bar lies under the thumb, large enough for it",
            trigger: ".o_civic_leader_bar .o_civic_assign",
            run() {
                checkWidth();
                const button = document.querySelector(".o_civic_assign").getBoundingClientRect();
                if (button.height < 44 || button.bottom > window.innerHeight) {
                    throw new Error(`The button is ${button.height} high and ends at ${button.bottom}`);
                }
            },
        },
        {
            content: "second tap: the unit that had such documents before",
            trigger: ".o_civic_unit_chip:contains('Phòng Văn xã')",
            run: "click",
        },
        {
            content: "it leads",
            trigger: ".o_civic_unit_chip.btn-primary:contains('Phòng Văn xã')",
        },
        {
            content: "third tap: assign",
            trigger: ".o_civic_assign",
            run: "click",
        },
        {
            content: "back at the pile, with a way to take it back",
            trigger: ".o_notification .o_notification_buttons button",
        },
        {
            content: "three taps",
            trigger: ".o_civic_leader_kanban:not(:has(.o_kanban_record:contains('123/QĐ-BNV')))",
            run: () => checkTaps(3),
        },
    ],
});

registry.category("web_tour.tours").add("civic_incoming_leader_take_back", {
    steps: () => [
        {
            content: "open",
            trigger: ".o_civic_leader_kanban .o_kanban_record:contains('123/QĐ-BNV') .text-break",
            run: "click",
        },
        {
            content: "tap a phrase",
            trigger: ".o_civic_phrase_chip:contains('nghiên cứu, đề xuất')",
            run: "click",
        },
        {
            content: "tap the unit: it stands in the phrase",
            trigger: ".o_civic_unit_chip:contains('Phòng Văn xã')",
            run: "click",
        },
        {
            content: "write a note first: the document stays",
            trigger: ".o_civic_leader_text",
            run() {
                checkWidth();
                if (document.querySelector(".o_civic_leader_text").value !== "Chuyển Phòng Văn xã nghiên cứu, đề xuất.") {
                    throw new Error("The phrase does not name the unit");
                }
            },
        },
        {
            content: "note",
            trigger: ".o_civic_note_button",
            run: "click",
        },
        {
            content: "the note stands there",
            trigger: ".o_civic_note_text:contains('Chuyển Phòng Văn xã nghiên cứu, đề xuất.')",
        },
        {
            content: "assign",
            trigger: ".o_civic_assign:enabled",
            run: "click",
        },
        {
            content: "take back",
            trigger: ".o_notification .o_notification_buttons button",
            run: "click",
        },
        {
            content: "the document is in the pile again",
            trigger: ".o_civic_leader_kanban .o_kanban_record:contains('123/QĐ-BNV')",
            run: checkWidth,
        },
    ],
});

registry.category("web_tour.tours").add("civic_incoming_leader_approve", {
    steps: () => [
        {
            content: "what waits for a decision is a card of the same pile",
            trigger: ".o_civic_leader_kanban .o_kanban_record:contains('123/QĐ-BNV') .o_civic_decision",
            run() {
                checkWidth();
                countTaps();
            },
        },
        {
            content: "open",
            trigger: ".o_civic_leader_kanban .o_kanban_record:contains('123/QĐ-BNV') .text-break",
            run: "click",
        },
        {
            content: "approve",
            trigger: ".o_civic_leader_bar .o_civic_approve_first",
            run: "click",
        },
        {
            content: "two taps, and it is done",
            trigger: ".o_civic_leader_panel:not(:has(.o_civic_decision))",
            run: () => checkTaps(2),
        },
    ],
});

registry.category("web_tour.tours").add("civic_incoming_bulk_retry", {
    steps: () => [
        {
            content: "choose all",
            trigger: ".o_list_view thead .o_list_record_selector input",
            run: "click",
        },
        {
            content: "assign",
            trigger: ".o_control_panel button[name=action_assign], .o_list_view button[name=action_assign]",
            run: "click",
        },
        {
            content: "a suggested unit leads",
            trigger: ".modal .o_civic_unit_chip:contains('Phòng Văn xã')",
            run: "click",
        },
        {
            content: "find a phrase by typing",
            trigger: ".modal .o_field_widget[name=instruction] textarea",
            run: "edit nghien cuu",
        },
        {
            content: "pick it",
            trigger: ".modal .o_civic_phrase:first:contains('Chuyển Phòng Văn xã nghiên cứu, đề xuất.')",
            run: "click",
        },
        {
            content: "assign",
            trigger: ".modal button[name=action_assign]",
            run: "click",
        },
        {
            content: "one failed, with the reason",
            trigger: ".modal .o_field_widget[name=result_ids] .o_data_row:contains('3/QĐ-BNV') button[name=action_open_document]",
        },
        {
            content: "change the instruction for it",
            trigger: ".modal button[name=action_change]",
            run: "click",
        },
        {
            content: "name a person",
            trigger: ".modal .o_field_widget[name=lead_user_id] input",
            run: "edit Town specialist",
        },
        {
            content: "choose the person",
            trigger: ".o-autocomplete--dropdown-menu a:contains('Town specialist')",
            run: "click",
        },
        {
            content: "assign the failed one",
            trigger: ".modal button[name=action_assign]",
            run: "click",
        },
        {
            content: "all are assigned",
            trigger: "body:not(.modal-open) .o_notification .o_notification_buttons button",
        },
    ],
});

registry.category("web_tour.tours").add("civic_incoming_deputy", {
    steps: () => [
        {
            content: "who acts for the leader has the section of leaders",
            trigger: ".o_civic_home [data-section=leader].active",
        },
        {
            content: "assign from the card",
            trigger: "[data-block=to_assign] .o_civic_home_card:contains('2/QĐ-BNV') button[name=assign]",
            run: "click",
        },
        {
            content: "a suggested unit leads",
            trigger: ".modal .o_civic_unit_chip:contains('Phòng Văn xã')",
            run: "click",
        },
        {
            content: "assign",
            trigger: ".modal button[name=action_assign]",
            run: "click",
        },
        {
            content: "the card is gone, the other one stays",
            trigger: "[data-block=to_assign]:has(.o_civic_home_card:contains('3/QĐ-BNV')):not(:has(.o_civic_home_card:contains('2/QĐ-BNV')))",
        },
        {
            content: "close the message",
            trigger: ".o_notification_close",
            run: "click",
        },
        {
            content: "the menu of incoming documents",
            trigger: ".o_menu_sections [data-menu-xmlid='civic_incoming.civic_incoming_menu']",
            run: "click",
        },
        {
            content: "has the pile of the leader",
            trigger: ".dropdown-item[data-menu-xmlid='civic_incoming.civic_incoming_menu_to_assign']",
            run: "click",
        },
        {
            content: "open",
            trigger:
                "body:not(:has(.o_notification)) .o_civic_leader_kanban .o_kanban_record:contains('3/QĐ-BNV') .text-break",
            run: "click",
        },
        {
            content: "the unit",
            trigger: ".o_civic_unit_chip:contains('Phòng Văn xã')",
            run: "click",
        },
        {
            content: "assign",
            trigger: ".o_civic_assign:enabled",
            run: "click",
        },
        {
            content: "take back",
            trigger: ".o_notification:contains('Phòng Văn xã') .o_notification_buttons button",
            run: "click",
        },
        {
            content: "the document is in the pile again",
            trigger: ".o_civic_leader_kanban .o_kanban_record:contains('3/QĐ-BNV')",
        },
    ],
});
