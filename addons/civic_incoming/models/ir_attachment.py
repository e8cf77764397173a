from odoo import api, models


class IrAttachment(models.Model):
    _inherit = 'ir.attachment'

    @api.model
    def _get_private_models(self):
        return (*super()._get_private_models(), 'civic.arrival')
