import { describe, expect, test } from "@odoo/hoot";
import { manuallyDispatchProgrammaticEvent, queryAllTexts, queryOne, waitFor } from "@odoo/hoot-dom";
import { animationFrame } from "@odoo/hoot-mock";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import { defineModels, fields, models, mountView, onRpc } from "@web/../tests/web_test_helpers";

class Entry extends models.Model {
    _name = "civic.workfile.entry";

    name = fields.Char();

    _records = [{ id: 1, name: "Biên bản" }];
    _views = {
        list: `<list js_class="civic_workfile_entry_list"><field name="name"/></list>`,
        search: `<search/>`,
    };
}

defineMailModels();
defineModels([Entry]);
describe.current.tags("desktop");

const dragOver = (dataTransfer) =>
    manuallyDispatchProgrammaticEvent(queryOne(".o_list_renderer"), "dragenter", { dataTransfer });

function makeTransfer(...names) {
    const dataTransfer = new DataTransfer();
    for (const name of names) {
        dataTransfer.items.add(new File(["%PDF"], name, { type: "application/pdf" }));
    }
    return dataTransfer;
}

test("what is dropped on the contents of a file goes into it, and the list shows it", async () => {
    onRpc("/civic/workfile/7/upload", async (request) => {
        const { name } = (await request.formData()).get("files");
        expect.step(name);
        const ok = name !== "hong.pdf";
        if (ok) {
    
        }
        return { results: [{ name, ok, document_id: ok && 5, message: ok ? "" : "Tệp bị hỏng" }] };
    });
    onRpc("civic.workfile.entry", "web_search_read", () => {
        expect.step("read");
    });
    await mountView({
        type: "list",
        resModel: "civic.workfile.entry",
        context: { default_workfile_id: 7 },
    });
    expect(".o_civic_workfile_upload").toHaveCount(1);
    const dataTransfer = makeTransfer("tot.pdf", "hong.pdf");
    await dragOver(dataTransfer);
    await waitFor(".o_civic_workfile_dropzone");
    await manuallyDispatchProgrammaticEvent(queryOne(".o_civic_workfile_dropzone"), "drop", { dataTransfer });
    await waitFor(".o_civic_upload_refused");
    expect(queryAllTexts(".o_civic_upload_refused li div")).toEqual(["hong.pdf", "Tệp bị hỏng"]);
    await animationFrame();
    expect.verifySteps(["read", "tot.pdf", "hong.pdf", "read"]);
});

test("a list of the contents of many files takes nothing", async () => {
    await mountView({ type: "list", resModel: "civic.workfile.entry" });
    expect(".o_civic_workfile_upload").toHaveCount(0);
    await dragOver(makeTransfer("tot.pdf"));
    await animationFrame();
    expect(".o_civic_workfile_dropzone").toHaveCount(0);
});
