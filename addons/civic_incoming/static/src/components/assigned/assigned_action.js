import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";

/**
 * Says that documents were assigned, with a button that takes them back while nobody has read them.
 *
 * @param {import("@web/env").OdooEnv} env
 * @param {{ params: { assignment_ids: number[], message: string } }} action
 */
function showAssigned(env, { params }) {
    const { action, notification, orm } = env.services;
    const close = notification.add(params.message, {
        type: "success",
        autocloseDelay: 12000,
        buttons: [
            {
                name: _t("Take Back"),
                primary: true,
                onClick: async () => {
                    close();
                    const message = await orm.call("civic.assignment", "action_undo", [params.assignment_ids]);
                    notification.add(message, { type: "info" });
                    await action.doAction("soft_reload");
                },
            },
        ],
    });
    return { type: "ir.actions.act_window_close" };
}

registry.category("actions").add("civic_incoming_assigned", showAssigned);
