import { describe, expect, test } from "@odoo/hoot";
import {
    click,
    manuallyDispatchProgrammaticEvent,
    queryAllTexts,
    queryOne,
    select,
    waitFor,
} from "@odoo/hoot-dom";
import { animationFrame } from "@odoo/hoot-mock";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import {
    allowTranslations,
    defineModels,
    fields,
    models,
    mountView,
    onRpc,
    patchWithCleanup,
} from "@web/../tests/web_test_helpers";
import { browser } from "@web/core/browser/browser";
import { user } from "@web/core/user";
import { uploadFiles } from "@civic_incoming/components/incoming_upload/incoming_upload_hook";

class Document extends models.Model {
    _name = "civic.document";

    subject = fields.Char();

    _records = [{ id: 1, subject: "Kế hoạch" }];
    _views = {
        list: `<list js_class="civic_incoming_list"><field name="subject"/></list>`,
        form: `<form><field name="subject"/></form>`,
        search: `<search/>`,
    };
}

defineMailModels();
defineModels([Document]);
describe.current.tags("desktop");

function makeFile(name) {
    return new File(["%PDF"], name, { type: "application/pdf" });
}

async function dropFiles(selector, files) {
    const dataTransfer = new DataTransfer();
    for (const file of files) {
        dataTransfer.items.add(file);
    }
    await manuallyDispatchProgrammaticEvent(queryOne(".o_list_renderer"), "dragenter", { dataTransfer });
    await waitFor(selector);
    await manuallyDispatchProgrammaticEvent(queryOne(selector), "drop", { dataTransfer });
    await animationFrame();
}

function allowUpload(isClerk = true) {
    patchWithCleanup(user, {
        hasGroup: async (group) => (group === "civic_base.group_clerk" ? isClerk : false),
    });
}

test("each file goes in a request of its own, and a lost one spoils no other", async () => {
    allowTranslations();
    const sent = [];
    const http = {
        async post(url, params) {
            expect(url).toBe("/civic/incoming/upload");
            sent.push(params.files.map((file) => file.name));
            if (params.files[0].name === "to.pdf") {
                throw new Error("Content too large");
            }
            return {
                results: [{ name: params.files[0].name, ok: true, document_id: 7, message: "" }],
            };
        },
    };
    const results = await uploadFiles(http, ["mot.pdf", "to.pdf", "hai.pdf"].map(makeFile));
    expect(sent).toEqual([["mot.pdf"], ["to.pdf"], ["hai.pdf"]]);
    expect(results.map((result) => result.ok)).toEqual([true, false, true]);
    expect(results[1].message).toInclude("larger");
});

test("only clerks see the upload button", async () => {
    allowUpload(false);
    await mountView({ type: "list", resModel: "civic.document" });
    expect(".o_civic_incoming_upload").toHaveCount(0);
});

test("dropped files are sent, and the refused one is told with its reason", async () => {
    allowUpload();
    onRpc("/civic/incoming/upload", async (request) => {
        const name = (await request.formData()).get("files").name;
        expect.step(name);
        const ok = name !== "hong.pdf";
        return {
            results: [{ name, ok, document_id: ok && 1, message: ok ? "" : "Tệp bị hỏng" }],
        };
    });
    await mountView({ type: "list", resModel: "civic.document" });
    expect(".o_civic_incoming_upload").toHaveCount(1);
    await dropFiles(".o_civic_incoming_dropzone", [makeFile("tot.pdf"), makeFile("hong.pdf")]);
    await waitFor(".o_civic_upload_refused");
    expect.verifySteps(["tot.pdf", "hong.pdf"]);
    expect(queryAllTexts(".o_civic_upload_refused li div")).toEqual(["hong.pdf", "Tệp bị hỏng"]);
    expect(queryAllTexts(".o_civic_upload_received li a")).toEqual(["tot.pdf"]);
    await click(".modal-footer button");
    await animationFrame();
    expect(".modal").toHaveCount(0);
});

test("results of many files stay until closed, and the way they arrived is sent and remembered", async () => {
    allowTranslations();
    allowUpload();
    onRpc("/civic/incoming/upload", async (request) => {
        const form = await request.formData();
        expect.step(`${form.get("files").name}: ${form.get("channel")}`);
        return {
            results: [{ name: form.get("files").name, ok: true, document_id: 1, message: "" }],
        };
    });
    await mountView({ type: "list", resModel: "civic.document" });
    await select("hand", { target: ".o_civic_incoming_channel" });
    await animationFrame();
    await dropFiles(".o_civic_incoming_dropzone", [makeFile("mot.pdf"), makeFile("hai.pdf")]);
    await waitFor(".o_civic_upload_received");
    expect.verifySteps(["mot.pdf: hand", "hai.pdf: hand"]);
    expect(queryAllTexts(".o_civic_upload_received li a")).toEqual(["mot.pdf", "hai.pdf"]);
    expect(browser.localStorage.getItem("civic_incoming.upload_channel")).toBe("hand");
});
