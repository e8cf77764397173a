from odoo import api, models


class MailMessage(models.Model):
    _inherit = 'mail.message'

    @api.model_create_multi
    def create(self, vals_list):
        for values in vals_list:
            self._check_civic_secrecy(values, values.get('model'), values.get('res_id'))
        return super().create(vals_list)

    def write(self, vals):
        if any(vals.get(field) for field in ('body', 'subject')):
            for message in self:
                self._check_civic_secrecy(vals, message.model, message.res_id)
        return super().write(vals)

    def _check_civic_secrecy(self, values, model, res_id):
        """Refuse a message on a record of ours that carries a mark of state secrecy, whoever writes it and how."""
        if not model or not model.startswith('civic.'):
            return
        documents = self.env['civic.document']
        for field in ('subject', 'body'):
            if values.get(field):
                documents._check_secret_text(values[field], where='message', model=model, res_id=res_id)
