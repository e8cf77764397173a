from uuid import uuid4

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..const import LINE_STATES, PENDING_STATES, PROPOSALS, REASONS

# What a spreadsheet may bring back.
SHEET_FIELDS = ('reason', 'proposal', 'group', 'note', 'bundle', 'volume')


class CivicDispositionLine(models.Model):
    """One file on the list: why it shall go, what the council said, and what became of it."""

    _name = 'civic.disposition.line'
    _description = "Candidate for Destruction"
    _inherit = ['civic.secrecy.mixin']
    _order = 'disposition_id desc, sequence, id'
    _rec_name = 'workfile_id'
    _civic_secrecy_texts = ('note', 'group')
    _civic_secrecy_model = None

    disposition_id = fields.Many2one('civic.disposition', "Case", required=True, index=True, ondelete='cascade')
    company_id = fields.Many2one(related='disposition_id.company_id', store=True, precompute=True)
    key = fields.Char(
        required=True, readonly=True, copy=False, default=lambda self: str(uuid4()), export_string_translation=False,
        help="Names this line in a spreadsheet that goes out and comes back.")
    revision = fields.Integer(readonly=True, copy=False, default=1, aggregator=None, export_string_translation=False)
    sequence = fields.Integer(default=10)
    workfile_id = fields.Many2one('civic.workfile', "File", required=True, index=True, ondelete='restrict')
    file_code = fields.Char(related='workfile_id.code')
    file_title = fields.Char(related='workfile_id.title', string="Title")
    retention_until = fields.Date(related='workfile_id.retention_until')
    retention_explanation = fields.Char(related='workfile_id.retention_explanation')
    bundle = fields.Char("Bundle No.")
    volume = fields.Char("Volume No.")
    reason = fields.Selection(REASONS, required=True, default='expired')
    group = fields.Char("Group of Records")
    proposal = fields.Selection(PROPOSALS, "Proposed", required=True, default='destroy')
    note = fields.Char()
    state = fields.Selection(LINE_STATES, required=True, default='listed', readonly=True, copy=False)
    vote_ids = fields.One2many('civic.disposition.vote', 'line_id', "Votes", readonly=True)
    my_vote = fields.Char("My Vote", compute='_compute_my_vote')
    destroyed_at = fields.Datetime(readonly=True, copy=False)
    disposition_state = fields.Selection(related='disposition_id.state', string="State of the Case")

    _file_uniq = models.UniqueIndex('(disposition_id, workfile_id)', "The file is on the list already.")
    _key_uniq = models.UniqueIndex('(key)', "There is already a line with this key.")

    @api.depends('vote_ids')
    @api.depends_context('uid')
    def _compute_my_vote(self):
        labels = dict(self.env['civic.disposition.vote']._fields['choice']._description_selection(self.env))
        own = {vote.line_id.id: labels[vote.choice] for vote in self.env['civic.disposition.vote'].search(
            [('line_id', 'in', self.ids), ('user_id', '=', self.env.uid)])}
        for line in self:
            line.my_vote = own.get(line._origin.id)

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su and any({'state', 'key', 'revision', 'destroyed_at', 'vote_ids'} & set(values) for values in vals_list):
            raise AccessError(self.env._("Key and state of a line are given by the system."))
        lines = super().create(vals_list)
        lines.disposition_id._check_lister()
        for line in lines:
            if line.workfile_id.company_id != line.company_id:
                raise UserError(self.env._("“%s” belongs to another agency.", line.workfile_id.display_name))
        lines._check_qualified()
        return lines

    def write(self, vals):
        if not self.env.su:
            if set(vals) - {*SHEET_FIELDS, 'sequence'}:
                raise AccessError(self.env._("File, key and state of a line are given by the system."))
            self.disposition_id._check_lister()
        if set(vals) & set(SHEET_FIELDS):
            for line in self:
                super(CivicDispositionLine, line).write({**vals, 'revision': line.revision + 1})
            self._check_qualified()
            return True
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_decided(self):
        self.disposition_id._check_lister()

    # === BUSINESS === #

    def _check_qualified(self):
        """Permanent, held, not yet expired or open files never qualify, whatever the reason given."""
        problems = self._get_disqualified()
        if problems:
            raise UserError("\n".join([self.env._("These files cannot be destroyed:")] + [
                f"• {line.workfile_id.display_name}: {reason}" for line, reason in list(problems.items())[:30]]))

    def _get_disqualified(self):
        """Return {line: why it cannot be destroyed}."""
        problems = {}
        today = fields.Date.context_today(self)
        files = self.workfile_id.sudo()         # sudo: the guard must see every file
        held = files._get_hold_names()
        for line in self:
            if line.proposal != 'destroy' or line.state in ('kept', 'destroyed', 'erasing'):
                continue
            file = line.workfile_id.sudo()
            if file.retention_state == 'permanent':
                problems[line] = self.env._("it is kept permanently")
            elif file.id in held:
                problems[line] = self.env._("it is held (%s)", held[file.id])
            elif file.state not in ('closed', 'delivered'):
                problems[line] = self.env._("it is not closed")
            elif file.retention_state == 'event':
                problems[line] = self.env._("the event that ends its use is not recorded")
            elif line.reason == 'expired' and not (file.retention_until and file.retention_until < today):
                problems[line] = self.env._("its retention period has not expired: %s", file.retention_explanation)
            elif file.retention_state in ('none', 'open'):
                problems[line] = self.env._("its retention period is not known")
        return problems

    def _check_alone(self):
        """A file is on one list at a time."""
        other = self.sudo().search([
            ('workfile_id', 'in', self.workfile_id.ids), ('id', 'not in', self.ids), ('state', '!=', 'kept'),
            ('disposition_id.state', 'in', PENDING_STATES)], limit=1)      # sudo: lists of colleagues count too
        if other:
            raise UserError(self.env._(
                "“%(file)s” is already on the list of “%(case)s”.",
                file=other.workfile_id.display_name, case=other.disposition_id.name))

    # === VOTES === #

    def action_vote_destroy(self):
        """Vote for the destruction."""
        return self._vote('destroy')

    def action_vote_keep(self):
        """Vote for keeping."""
        return self._vote('keep')

    def action_vote_dissent(self):
        """Open the form that takes a vote with its reason."""
        self.disposition_id._check_may_vote()
        return {
            'type': 'ir.actions.act_window',
            'name': self.env._("Vote with a Reason"),
            'res_model': 'civic.disposition.vote.wizard',
            'view_mode': 'form',
            'target': 'new',
            'context': {'default_line_ids': self.ids},
        }

    def _vote(self, choice, note=None):
        """Note the vote of the user on each line, in place of an earlier one; members present only."""
        self.check_access('read')
        votes_sudo = self.env['civic.disposition.vote'].sudo()      # sudo: votes are written by this method alone
        for disposition, lines in self.grouped('disposition_id').items():
            member = disposition._check_may_vote()
            earlier = votes_sudo.search([('line_id', 'in', lines.ids), ('member_id', '=', member.id)])
            earlier.write({'choice': choice, 'note': note, 'voted_at': fields.Datetime.now()})
            votes_sudo.create([
                {'line_id': line.id, 'member_id': member.id, 'choice': choice, 'note': note}
                for line in lines - earlier.line_id])
            self.env['civic.journal.entry']._append('appraisal', disposition, detail={
                'act': 'vote', 'choice': choice, 'lines': len(lines)})
        self.invalidate_recordset(['my_vote', 'vote_ids'])
        return True

    def _count_votes(self):
        """Approve what more members present want destroyed than kept; a tie, and silence, keep."""
        tallies = {}
        votes_sudo = self.env['civic.disposition.vote'].sudo()      # sudo: all votes count
        for line, choice, count in votes_sudo._read_group(
                [('line_id', 'in', self.ids), ('member_id.is_absent', '=', False)], ['line_id', 'choice'], ['__count']):
            tallies.setdefault(line.id, {})[choice] = count
        unvoted = self.filtered(lambda line: line.proposal == 'destroy' and not tallies.get(line.id))
        if unvoted:
            raise UserError(self.env._(
                "The council has not voted on %(count)s of the files, such as “%(file)s”.",
                count=len(unvoted), file=unvoted[0].workfile_id.display_name))
        approved = self.filtered(lambda line: (
            line.proposal == 'destroy' and tallies[line.id].get('destroy', 0) > tallies[line.id].get('keep', 0)))
        # sudo: states are written by the acts of the case, which checked the role
        approved.sudo().write({'state': 'approved'})
        (self - approved).sudo().write({'state': 'kept'})
