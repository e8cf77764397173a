from odoo import api, models


class CivicReasonMixin(models.AbstractModel):
    _inherit = 'civic.reason.mixin'

    @api.model
    def _get_phrase_kind(self, method):
        """Return the kind of the saved phrases that fit the reason which ``method`` takes; without one none are offered."""
        return False
