import { registry } from "@web/core/registry";

/** Wait until the browser has been given a file: the download helper takes its frame away again. */
async function waitFor(check) {
    for (let count = 0; count < 200; count++) {
        if (check()) {
            return;
        }
        await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error("nothing came back");
}

let received = [];

registry.category("web_tour.tours").add("civic_incoming_export", {
    steps: () => [
        {
            content: "listen for what is downloaded",
            trigger: ".o_list_view .o_data_row",
            run() {
                received = [];
                const send = XMLHttpRequest.prototype.send;
                XMLHttpRequest.prototype.send = function (data) {
                    this.addEventListener("loadend", () => {
                        if (this.responseURL.includes("/civic/list/export")) {
                            received.push(this.response.type);
                        }
                    });
                    return send.call(this, data);
                };
            },
        },
        { content: "open the menu of the list", trigger: ".o_cp_action_menus .o-dropdown", run: "click" },
        {
            content: "export to PDF",
            trigger: ".o_civic_export_pdf",
            run: "click",
        },
        {
            content: "the file came",
            trigger: ".o_list_view",
            run: () => waitFor(() => received.includes("application/pdf")),
        },
        { content: "choose a row", trigger: ".o_data_row:first .o_list_record_selector input", run: "click" },
        { content: "actions on the chosen row", trigger: ".o_cp_action_menus .dropdown-toggle:last", run: "click" },
        { content: "export the chosen row to Word", trigger: ".o-dropdown--menu .o_menu_item:has(.fa-file-word-o)", run: "click" },
        {
            content: "the file came",
            trigger: ".o_list_view",
            run: () => waitFor(() => received.some((type) => type.includes("wordprocessingml"))),
        },
    ],
});

registry.category("web_tour.tours").add("civic_incoming_stamp", {
    steps: () => [
        { content: "stamp", trigger: "button[name=action_stamp]", run: "click" },
        { content: "it was added", trigger: ".o_notification:contains('(den 01).pdf')" },
        { content: "and is not asked for again", trigger: ".o_form_view:not(:has(button[name=action_stamp]))" },
    ],
});
