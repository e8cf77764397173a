from odoo import fields, models


class CivicPhrase(models.Model):
    _inherit = 'civic.phrase'

    kind = fields.Selection(
        selection_add=[('hold_release', "Reason for releasing a hold")], ondelete={'hold_release': 'cascade'})
