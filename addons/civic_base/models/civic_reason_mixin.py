from odoo import models
from odoo.exceptions import UserError


class CivicReasonMixin(models.AbstractModel):
    """Actions that need a reason in writing.

    The inheriting model lists in `_civic_reason_methods` the methods that the reason wizard may
    call; each takes the reason as its only argument and checks the rights and the state itself.
    """

    _name = 'civic.reason.mixin'
    _description = "Action with a Reason"

    _civic_reason_methods = ()

    def _apply_reason(self, method, reason):
        """Call the allow-listed method with the reason, on all of self at once."""
        if method not in self._civic_reason_methods:
            raise UserError(self.env._("This action does not take a reason."))
        reason = (reason or '').strip()
        if not reason:
            raise UserError(self.env._("Give a reason."))
        return getattr(self, method)(reason)

    def _open_reason_wizard(self, method, title):
        """Return the action that asks for the reason and then calls the method."""
        return {
            'type': 'ir.actions.act_window',
            'name': title,
            'res_model': 'civic.reason.wizard',
            'view_mode': 'form',
            'target': 'new',
            'context': {
                'default_res_model': self._name,
                'default_res_ids': self.ids,
                'default_method': method,
                'default_title': title,
            },
        }
