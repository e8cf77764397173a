from odoo import api, fields, models


class CivicRouteActWizard(models.TransientModel):
    _inherit = 'civic.route.act.wizard'

    phrase_id = fields.Many2one(
        'civic.phrase', "Saved Phrase", store=False, domain="[('kind', 'in', ('return', 'opinion'))]")

    @api.onchange('phrase_id')
    def _onchange_phrase_id(self):
        if self.phrase_id:
            self.comment = " ".join(filter(None, (self.comment, self.phrase_id.text)))
            self.phrase_id = False
