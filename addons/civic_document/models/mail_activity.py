from odoo import models


class MailActivity(models.Model):
    _name = 'mail.activity'
    _inherit = ['mail.activity', 'civic.secrecy.mixin']

    _civic_secrecy_texts = ('summary', 'note', 'feedback')
    _civic_secrecy_model = 'res_model'

    def _get_civic_model(self, values):
        if values.get('res_model_id'):
            # sudo: people may not read the table of models
            return self.env['ir.model'].sudo().browse(values['res_model_id']).model
        return super()._get_civic_model(values)
