import { registry } from "@web/core/registry";

/** A valid PDF of one empty page. */
function makePdf() {
    const objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << >> >>",
    ];
    let body = "%PDF-1.4\n";
    const offsets = objects.map((object, index) => {
        const offset = body.length;
        body += `${index + 1} 0 obj\n${object}\nendobj\n`;
        return offset;
    });
    const start = body.length;
    body += `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n`;
    body += offsets.map((offset) => `${String(offset).padStart(10, "0")} 00000 n \n`).join("");
    body += `trailer\n<< /Size ${objects.length + 1} /Root 1 0 R >>\nstartxref\n${start}\n%%EOF\n`;
    return new File([body], "cong-van.pdf", { type: "application/pdf" });
}

registry.category("web_tour.tours").add("civic_incoming_upload", {
    steps: () => [
        {
            content: "hand a file to the upload button",
            trigger: ".o_civic_incoming_upload:enabled",
            run() {
                const transfer = new DataTransfer();
                transfer.items.add(makePdf());
                const input = document.querySelector(".o_civic_incoming_file_input");
                input.files = transfer.files;
                input.dispatchEvent(new Event("change"));
            },
        },
        {
            content: "the draft opens with the page beside it",
            trigger: ".o_form_view .o_civic_preview .o_civic_page_surface img",
        },
        {
            content: "the whole file is one click away",
            trigger: ".o_civic_toggle_viewer",
            run: "click",
        },
        {
            content: "the file",
            trigger: ".o_form_view .o_civic_preview iframe",
        },
        {
            content: "type the subject",
            trigger: ".o_field_widget[name=subject] textarea",
            run: "edit Văn bản tải lên",
        },
        {
            content: "save",
            trigger: ".o_form_button_save",
            run: "click",
        },
        {
            // what was typed makes the form dirty only when the field is left: before that it looks saved
            content: "saved, and the file is still there",
            trigger:
                ".o_form_view:has(.o_form_status_indicator_buttons.invisible) .o_form_saved .o_civic_preview iframe",
        },
    ],
});

registry.category("web_tour.tours").add("civic_incoming_register", {
    steps: () => [
        {
            content: "open the draft",
            trigger: ".o_data_row:contains('123/QĐ-BNV') td[name=reference]",
            run: "click",
        },
        {
            content: "type the subject",
            trigger: ".o_field_widget[name=subject] textarea",
            run: "edit Về việc triển khai kế hoạch",
        },
        {
            content: "register",
            trigger: "button[name=action_register]",
            run: "click",
        },
        {
            content: "the number is drawn",
            trigger: ".o_field_widget[name=register_label]:contains(/[0-9]/)",
        },
    ],
});

registry.category("web_tour.tours").add("civic_incoming_assign", {
    steps: () => [
        {
            content: "assign from the card",
            trigger: ".o_kanban_record:contains('123/QĐ-BNV') button[name=action_assign]",
            run: "click",
        },
        {
            content: "look for the lead unit",
            trigger: ".modal .o_field_widget[name=lead_unit_id] input",
            run: "edit Phòng Văn xã",
        },
        {
            content: "choose the lead unit",
            trigger: ".o-autocomplete--dropdown-menu a:contains('Phòng Văn xã')",
            run: "click",
        },
        {
            content: "say what shall be done",
            trigger: ".modal .o_field_widget[name=instruction] textarea",
            run: "edit Tham mưu trả lời",
        },
        {
            content: "the deadline is there already: assign",
            trigger: ".modal:has(.o_field_widget[name=deadline]:not(.o_field_empty)) button[name=action_assign]",
            run: "click",
        },
        {
            content: "the card has left the pile",
            trigger: "body:not(.modal-open) .o_kanban_view:not(:has(.o_kanban_record:contains('123/QĐ-BNV')))",
        },
    ],
});

registry.category("web_tour.tours").add("civic_incoming_handle", {
    steps: () => [
        {
            content: "open the document of the unit",
            trigger: ".o_data_row:contains('123/QĐ-BNV') td[name=reference]",
            run: "click",
        },
        {
            content: "start",
            trigger: "button[name=action_start]",
            run: "click",
        },
        {
            content: "done",
            trigger: "button[name=action_finish].btn-primary",
            run: "click",
        },
        {
            content: "say what came out",
            trigger: ".modal .o_field_widget[name=result] textarea",
            run: "edit Đã trả lời",
        },
        {
            content: "finish",
            trigger: ".modal button[name=action_finish]",
            run: "click",
        },
        {
            content: "the document is done",
            trigger: "body:not(.modal-open) .o_arrow_button_current[data-value=done]",
        },
    ],
});
