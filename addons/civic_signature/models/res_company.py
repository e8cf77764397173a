from odoo import fields, models


class ResCompany(models.Model):
    _inherit = 'res.company'

    timestamp_authority_id = fields.Many2one(
        'civic.timestamp.authority', "Time Stamp Authority", ondelete='restrict',
        help="Signatures of the agency get a time stamp from it.")
