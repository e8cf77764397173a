import { registry } from "@web/core/registry";

/** Nothing of the page is wider than the screen of the telephone. */
function checkWidth() {
    const { scrollWidth, clientWidth } = document.documentElement;
    if (scrollWidth > clientWidth) {
        throw new Error(`The page is ${scrollWidth} px wide on a screen of ${clientWidth} px`);
    }
}

registry.category("web_tour.tours").add("civic_incoming_annex_vi_mobile", {
    steps: () => [
        {
            content: "the pile, as cards",
            trigger: ".o_kanban_view .o_kanban_record:contains('Văn bản trên điện thoại')",
            run: checkWidth,
        },
        {
            content: "open the document",
            trigger: ".o_kanban_view .o_kanban_record:contains('Văn bản trên điện thoại')",
            run: "click",
        },
        { content: "read it", trigger: ".o_form_view:contains('Văn bản trên điện thoại')", run: checkWidth },
    ],
});
