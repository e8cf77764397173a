from odoo import fields, models


class CivicFinishWizard(models.TransientModel):
    """What came out of the handling."""

    _name = 'civic.finish.wizard'
    _description = "Finish Handling"
    _inherit = ['civic.secrecy.mixin']

    _civic_secrecy_texts = ('result',)
    _civic_secrecy_model = None

    assignment_id = fields.Many2one('civic.assignment', required=True, readonly=True, ondelete='cascade')
    result = fields.Text(required=True)

    def action_finish(self):
        self.ensure_one()
        self.assignment_id._finish(self.result)
        return {'type': 'ir.actions.act_window_close'}
