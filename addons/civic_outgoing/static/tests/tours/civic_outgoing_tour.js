import { registry } from "@web/core/registry";

registry.category("web_tour.tours").add("civic_outgoing_draft", {
    steps: () => [
        { content: "begin a draft", trigger: ".o_list_button_add", run: "click" },
        {
            content: "choose the type",
            trigger: ".o_field_widget[name=type_id] input",
            run: "edit Kế hoạch",
        },
        {
            content: "plan",
            trigger: ".o-autocomplete--dropdown-item:contains('(KH)')",
            run: "click",
        },
        {
            content: "the notation follows the type",
            trigger: ".o_field_widget[name=code_notation] input:value('KH-UBND')",
        },
        {
            content: "what it is about",
            trigger: ".o_field_widget[name=subject] textarea",
            run: "edit Kế hoạch soạn trong trình duyệt",
        },
        {
            content: "who signs",
            trigger: ".o_field_widget[name=signer_id] input",
            run: "edit Town leader",
        },
        {
            content: "the leader",
            trigger: ".o-autocomplete--dropdown-item:contains('Town leader')",
            run: "click",
        },
        {
            content: "a recipient",
            trigger: ".o_field_widget[name=recipient_ids] .o_field_x2many_list_row_add a",
            run: "click",
        },
        {
            content: "by its name",
            trigger: ".o_field_widget[name=recipient_ids] .o_field_widget[name=partner_id] input",
            run: "edit Bộ Nội vụ",
        },
        {
            content: "the ministry",
            trigger: ".o-autocomplete--dropdown-item:contains('Bộ Nội vụ')",
            run: "click",
        },
        { content: "make the document", trigger: "button[name=action_generate]:visible", run: "click" },
        { content: "the first version is there", trigger: "button[name=action_submit]:visible" },
        {
            content: "its PDF is being made, and that is told",
            trigger: ".o_civic_pdf_pending",
        },
    ],
});

registry.category("web_tour.tours").add("civic_outgoing_submit", {
    steps: () => [
        {
            content: "open the draft",
            trigger: ".o_data_row:contains('soạn trong trình duyệt') [name=subject]",
            run: "click",
        },
        { content: "the page stands beside the form", trigger: ".o_civic_preview iframe" },
        { content: "submit", trigger: "button[name=action_submit]", run: "click" },
        { content: "it waits for the head", trigger: ".o_civic_route_state_open:contains('Town unit_head')" },
    ],
});

const check = (step) => [
    {
        content: "what waits for me",
        trigger: ".o_data_row:contains('soạn trong trình duyệt') td[name=step_id]",
    },
    {
        content: "it is right",
        trigger: ".o_data_row:contains('soạn trong trình duyệt') button[name=action_approve]:visible",
        run: "click",
    },
    { content: step, trigger: ".o_view_nocontent" },
];

registry.category("web_tour.tours").add("civic_outgoing_check_content", { steps: () => check("content checked") });
registry.category("web_tour.tours").add("civic_outgoing_check_form", { steps: () => check("form checked") });

registry.category("web_tour.tours").add("civic_outgoing_sign", {
    steps: () => [
        {
            content: "the card says what it is",
            trigger: ".o_kanban_record:contains('soạn trong trình duyệt')",
        },
        {
            content: "nothing is wider than the telephone",
            trigger: "body",
            run() {
                if (document.documentElement.scrollWidth > document.documentElement.clientWidth + 1) {
                    console.error("the list to sign is wider than the screen");
                }
            },
        },
        {
            content: "sign",
            trigger: ".o_kanban_record:contains('soạn trong trình duyệt') button[name=action_sign]",
            run: "click",
        },
        {
            content: "the PIN, once",
            trigger: ".modal .o_field_widget[name=pin] input",
            run: "edit 2468",
        },
        { content: "sign with it", trigger: ".modal button[name=action_confirm]", run: "click" },
        { content: "nothing waits any more", trigger: ".o_view_nocontent" },
    ],
});

registry.category("web_tour.tours").add("civic_outgoing_issue", {
    steps: () => [
        {
            content: "open the signed document",
            trigger: ".o_data_row:contains('soạn trong trình duyệt') [name=subject]",
            run: "click",
        },
        { content: "number", trigger: "button[name=action_number]", run: "click" },
        {
            content: "the next number is shown",
            trigger: ".modal .o_field_widget[name=next_label]:contains('01/KH-UBND')",
        },
        {
            content: "the PIN of the agency",
            trigger: ".modal .o_field_widget[name=pin] input",
            run: "edit 2468",
        },
        { content: "give it", trigger: ".modal button[name=action_confirm]", run: "click" },
        { content: "the number stands on the form", trigger: "h2 [name=reference]:contains('01/KH-UBND')" },
        { content: "issue", trigger: "button[name=action_issue]", run: "click" },
        { content: "issued, and the recipients have their lines", trigger: ".o_notebook .nav-link[name=dispatches]" },
    ],
});
