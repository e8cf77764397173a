import { _t } from "@web/core/l10n/translation";
import { odooExceptionTitleMap, WarningDialog } from "@web/core/errors/error_dialogs";
import { registry } from "@web/core/registry";

// The client knows error classes by name: without this a refused file would look like a fault of the program.
const CONTENT_REFUSED = "odoo.addons.civic_document.exceptions.ContentRefused";

odooExceptionTitleMap.set(CONTENT_REFUSED, _t("The file was not accepted"));
registry.category("error_dialogs").add(CONTENT_REFUSED, WarningDialog);
