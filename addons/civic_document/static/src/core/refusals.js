import { _t } from "@web/core/l10n/translation";
import { odooExceptionTitleMap, WarningDialog } from "@web/core/errors/error_dialogs";
import { registry } from "@web/core/registry";

// The client knows error classes by name: without this a refusal would look like a fault of the program.
const errorDialogs = registry.category("error_dialogs");

/**
 * Show errors of a class of the server as what they are: a reason in plain words.
 *
 * @param {string} name of the class, with its module
 * @param {string} [title]
 */
export function showAsRefusal(name, title) {
    if (title) {
        odooExceptionTitleMap.set(name, title);
    }
    errorDialogs.add(name, WarningDialog);
}

showAsRefusal(
    "odoo.addons.civic_document.exceptions.ContentRefused",
    _t("The file was not accepted"),
);
showAsRefusal("odoo.addons.civic_document.exceptions.SecretRefused");
showAsRefusal("odoo.exceptions.LockError");
