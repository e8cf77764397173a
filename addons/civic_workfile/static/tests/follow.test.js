import { describe, expect, test } from "@odoo/hoot";
import { advanceTime, animationFrame } from "@odoo/hoot-mock";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import { contains, defineModels, fields, models, mountView, onRpc } from "@web/../tests/web_test_helpers";

class Batch extends models.Model {
    _name = "civic.workfile.batch";

    state = fields.Char();
    done_count = fields.Integer();
    note = fields.Char();

    _records = [{ id: 1, state: "running", done_count: 0 }];
}

defineMailModels();
defineModels([Batch]);
describe.current.tags("desktop");

const mountBatch = () =>
    mountView({
        type: "form",
        resModel: "civic.workfile.batch",
        resId: 1,
        arch: `
            <form>
                <field name="state"/>
                <widget name="civic_follow" invisible="state != 'running'"/>
                <field name="done_count" readonly="1"/>
                <field name="note"/>
            </form>`,
    });

test("the form follows work in the background until it ends", async () => {
    let done = 0;
    onRpc("civic.workfile.batch", "web_read", ({ parent }) => {
        const [values] = parent();
        done += 50;
        expect.step(done);
        return [{ ...values, done_count: done, state: done < 150 ? "running" : "done" }];
    });
    await mountBatch();
    expect(".o_civic_follow").toHaveCount(1);
    await advanceTime(2000);
    await animationFrame();
    expect(".o_field_widget[name=done_count]").toHaveText("100");
    await advanceTime(2000);
    await animationFrame();
    expect(".o_field_widget[name=done_count]").toHaveText("150");
    expect(".o_civic_follow").toHaveCount(0);
    await advanceTime(10000);
    expect.verifySteps([50, 100, 150]);
});

test("what somebody types is not lost", async () => {
    onRpc("civic.workfile.batch", "web_read", () => {
        expect.step("read");
    });
    await mountBatch();
    await contains(".o_field_widget[name=note] input").edit("Ghi chú", { confirm: false });
    await advanceTime(6000);
    await animationFrame();
    expect(".o_field_widget[name=note] input").toHaveValue("Ghi chú");
    expect.verifySteps(["read"]);
});
