from odoo import fields, models


class CivicFinishWizard(models.TransientModel):
    """What came out of the handling."""

    _name = 'civic.finish.wizard'
    _description = "Finish Handling"

    assignment_id = fields.Many2one('civic.assignment', required=True, readonly=True, ondelete='cascade')
    result = fields.Text(required=True)

    def action_finish(self):
        self.ensure_one()
        self.assignment_id._finish(self.result)
        return {'type': 'ir.actions.act_window_close'}
