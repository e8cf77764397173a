from odoo import fields, models
from odoo.exceptions import UserError

from ..const import VOTES


class CivicDispositionVoteWizard(models.TransientModel):
    """A vote with its reason: dissent stands in the minutes."""

    _name = 'civic.disposition.vote.wizard'
    _description = "Vote with a Reason"

    line_ids = fields.Many2many('civic.disposition.line', string="Files", required=True)
    choice = fields.Selection(VOTES, required=True, default='keep')
    note = fields.Text("Reason", required=True)

    def action_vote(self):
        """Vote."""
        if not (self.note or '').strip():
            raise UserError(self.env._("Give a reason."))
        self.env['civic.document']._check_secret_text(self.note, where='note', model='civic.disposition.vote')
        self.line_ids._vote(self.choice, self.note)
        return {'type': 'ir.actions.act_window_close'}
