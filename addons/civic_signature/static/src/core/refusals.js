import { _t } from "@web/core/l10n/translation";
import { showAsRefusal } from "@civic_document/core/refusals";

showAsRefusal("odoo.addons.civic_signature.exceptions.SigningRefused", _t("Nothing was signed"));
