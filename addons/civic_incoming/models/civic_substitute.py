from odoo import models


class CivicSubstitute(models.Model):
    _inherit = 'civic.substitute'

    def _changed(self):
        super()._changed()
        self.env['civic.document']._withdraw_deputies_reminders()
