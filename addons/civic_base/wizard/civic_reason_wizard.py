from odoo import fields, models
from odoo.exceptions import UserError


class CivicReasonWizard(models.TransientModel):
    _name = 'civic.reason.wizard'
    _description = "Give a Reason"

    res_model = fields.Char(required=True, readonly=True, export_string_translation=False)
    res_ids = fields.Json(required=True, readonly=True, export_string_translation=False)
    method = fields.Char(required=True, readonly=True, export_string_translation=False)
    title = fields.Char(readonly=True)
    reason = fields.Text(required=True)

    def action_confirm(self):
        """Hand the reason to the records; they check the method, the rights and the state."""
        self.ensure_one()
        model = self.env.get(self.res_model)
        if model is None or not hasattr(model, '_apply_reason'):
            raise UserError(self.env._("This action does not take a reason."))
        targets = model.browse(self.res_ids).exists()
        if not targets:
            raise UserError(self.env._("There is nothing left to apply the reason to."))
        result = targets._apply_reason(self.method, self.reason)
        return result if isinstance(result, dict) else {'type': 'ir.actions.act_window_close'}
