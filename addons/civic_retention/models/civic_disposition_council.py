from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..const import MEMBER_ROLES, VOTES


class CivicDispositionMember(models.Model):
    """A member of the council, with the role that the regime knows."""

    _name = 'civic.disposition.member'
    _description = "Member of the Council"
    _order = 'disposition_id, sequence, id'
    _rec_name = 'user_id'

    disposition_id = fields.Many2one('civic.disposition', "Case", required=True, index=True, ondelete='cascade')
    company_id = fields.Many2one(related='disposition_id.company_id', store=True, precompute=True)
    sequence = fields.Integer(default=10)
    user_id = fields.Many2one(
        'res.users', "Person", required=True, index=True, ondelete='restrict',
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]")
    role = fields.Selection(MEMBER_ROLES, required=True, default='member')
    is_absent = fields.Boolean("Absent, Excused")

    _person_uniq = models.UniqueIndex('(disposition_id, user_id)', "This person is in the council already.")

    @api.model_create_multi
    def create(self, vals_list):
        members = super().create(vals_list)
        members.disposition_id._check_lister(states=('draft', 'council'))
        return members

    def write(self, vals):
        self.disposition_id._check_lister(states=('draft', 'council'))
        if {'user_id', 'disposition_id'} & set(vals) and self._has_voted():
            raise UserError(self.env._("A member who has voted stays in the council."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_voted(self):
        self.disposition_id._check_lister(states=('draft', 'council'))
        if self._has_voted():
            raise UserError(self.env._("A member who has voted stays in the council."))

    def _has_voted(self):
        # sudo: votes of others count as well
        return bool(self.env['civic.disposition.vote'].sudo().search_count([('member_id', 'in', self.ids)], limit=1))


class CivicDispositionVote(models.Model):
    """What a member said on one line; written by the acts of voting alone."""

    _name = 'civic.disposition.vote'
    _description = "Vote"
    _order = 'disposition_id, line_id, id'
    _rec_name = 'choice'

    line_id = fields.Many2one('civic.disposition.line', "Line", required=True, readonly=True, index=True, ondelete='cascade')
    disposition_id = fields.Many2one(related='line_id.disposition_id', store=True, index=True, precompute=True)
    company_id = fields.Many2one(related='line_id.company_id', store=True, precompute=True)
    member_id = fields.Many2one('civic.disposition.member', "Member", required=True, readonly=True, index=True, ondelete='restrict')
    user_id = fields.Many2one(related='member_id.user_id', store=True, precompute=True)
    choice = fields.Selection(VOTES, required=True, readonly=True)
    note = fields.Text("Reason", readonly=True)
    voted_at = fields.Datetime(required=True, readonly=True, default=fields.Datetime.now)

    _once = models.UniqueIndex('(line_id, member_id)', "The member has voted on this line already.")


class CivicDisposition(models.Model):
    _inherit = 'civic.disposition'

    def _check_may_vote(self):
        """Return the membership of the user; refuse everybody else, and votes out of season."""
        self.ensure_one()
        if self.state != 'council':
            raise UserError(self.env._(
                "“%(case)s” is in the state “%(state)s”: the council votes while it meets.",
                case=self.display_name, state=self._get_state_label()))
        member = self._get_member()
        if not member:
            raise AccessError(self.env._("Only members of the council vote. You are not one of “%s”.", self.display_name))
        if member.is_absent:
            raise AccessError(self.env._("You are noted as absent: who is absent does not vote."))
        return member

    def action_vote_all(self):
        """Vote for what is proposed, on every line on which the user has not voted yet."""
        self.ensure_one()
        self._check_may_vote()
        lines = self.line_ids.filtered(lambda line: not line.my_vote)
        for proposal, some in lines.grouped('proposal').items():
            some._vote(proposal)
        return {
            'type': 'ir.actions.client', 'tag': 'display_notification',
            'params': {
                'type': 'success' if lines else 'info',
                'message': self.env._("You voted on %s files.", len(lines)) if lines else self.env._(
                    "You have voted on every file already. To vote differently, open the file in the list."),
                'next': {'type': 'ir.actions.client', 'tag': 'soft_reload'}}}
