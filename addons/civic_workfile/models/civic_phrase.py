from odoo import fields, models


class CivicPhrase(models.Model):
    _inherit = 'civic.phrase'

    kind = fields.Selection(
        selection_add=[('reopening', "Reason for opening a file again")], ondelete={'reopening': 'cascade'})
