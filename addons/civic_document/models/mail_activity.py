from odoo import api, models


class MailActivity(models.Model):
    _inherit = 'mail.activity'

    @api.model_create_multi
    def create(self, vals_list):
        for values in vals_list:
            model = values.get('res_model')
            if not model and values.get('res_model_id'):
                model = self.env["ir.model"].sudo().browse(values["res_model_id"]).model
            self._check_civic_secrecy(values, model, values.get('res_id'))
        return super().create(vals_list)

    def write(self, vals):
        if any(vals.get(field) for field in ('summary', 'note', 'feedback')):
            for activity in self:
                self._check_civic_secrecy(vals, activity.res_model, activity.res_id)
        return super().write(vals)

    def _check_civic_secrecy(self, values, model, res_id):
        """Refuse an activity on a record of ours that carries a mark of state secrecy."""
        if not model or not model.startswith('civic.'):
            return
        documents = self.env['civic.document']
        for field in ('summary', 'note', 'feedback'):
            if values.get(field):
                documents._check_secret_text(values[field], where='activity', model=model, res_id=res_id)
