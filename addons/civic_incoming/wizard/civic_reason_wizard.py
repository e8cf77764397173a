from odoo import api, fields, models


class CivicReasonWizard(models.TransientModel):
    _inherit = 'civic.reason.wizard'

    phrase_kind = fields.Char(compute='_compute_phrase_kind', export_string_translation=False)

    @api.depends('res_model', 'method')
    def _compute_phrase_kind(self):
        for wizard in self:
            model = self.env.get(wizard.res_model or '')
            wizard.phrase_kind = hasattr(model, '_get_phrase_kind') and model._get_phrase_kind(wizard.method)
