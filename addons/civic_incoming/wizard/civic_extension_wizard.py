from odoo import fields, models


class CivicExtensionWizard(models.TransientModel):
    """Until when more time is asked for, and why."""

    _name = 'civic.extension.wizard'
    _description = "Ask for More Time"
    _inherit = ['civic.secrecy.mixin']

    _civic_secrecy_texts = ('reason',)
    _civic_secrecy_model = None

    assignment_id = fields.Many2one('civic.assignment', required=True, readonly=True, ondelete='cascade')
    current_deadline = fields.Date(related='assignment_id.deadline', string="Present Deadline")
    proposed_date = fields.Date(string="New Deadline", required=True)
    reason = fields.Text(required=True)

    def action_ask(self):
        self.ensure_one()
        self.assignment_id._ask_extension(self.proposed_date, self.reason)
        return {'type': 'ir.actions.act_window_close'}
