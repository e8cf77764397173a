from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import format_date

from ..const import DISPOSITION_STATES, PENDING_STATES

# Only code that holds this object may write what the acts fill in.
_BY_SYSTEM = object()
KEEPERS = ('civic_base.group_archivist', 'civic_base.group_records_admin')
LEADERS = ('civic_base.group_leader',)
MAX_CANDIDATES = 20_000


class CivicDisposition(models.Model):
    """The appraisal and destruction of files as a case: who proposed what, who voted how, who decided, what is gone.

    draft ─► council ─► review ─► opinion ─► decided ─► destroying ─► done
      └────────┴──────────┴─────────┴───────────┴─► cancelled

    The archivist lists and lays before the council; members vote; an authority outside gives its opinion; the leader
    decides by an outgoing document. The regime on the day of the case says who must sit in the council and how soon
    after the decision the records are destroyed.
    """

    _name = 'civic.disposition'
    _description = "Appraisal and Destruction"
    _inherit = ['mail.thread', 'mail.activity.mixin', 'civic.journal.mixin', 'civic.reason.mixin', 'civic.secrecy.mixin']
    _order = 'id desc'
    _check_company_auto = True
    _civic_reason_methods = ('_cancel',)
    _civic_secrecy_texts = ('name', 'history', 'opinion_text', 'destruction_place')
    _civic_secrecy_model = None

    name = fields.Char("Subject", required=True)
    company_id = fields.Many2one('res.company', "Agency", required=True, default=lambda self: self.env.company)
    state = fields.Selection(DISPOSITION_STATES, required=True, default='draft', readonly=True, copy=False, tracking=True)
    date = fields.Date("Begun", required=True, readonly=True, default=fields.Date.context_today, copy=False)
    profile_id = fields.Many2one(
        'civic.rule.profile', "Rules in Force", readonly=True, copy=False, ondelete='restrict',
        help="The legal regime on the day the case began.")
    history = fields.Text(
        "How the Records Came About", help="Statement, part 1: who made them, how many they are, of which time.")
    line_ids = fields.One2many('civic.disposition.line', 'disposition_id', "Candidates")
    line_count = fields.Integer("Files", compute='_compute_counts')
    destroy_count = fields.Integer("To Destroy", compute='_compute_counts')
    keep_count = fields.Integer("To Keep", compute='_compute_counts')
    gone_count = fields.Integer("Destroyed", compute='_compute_counts')
    progress = fields.Float("Progress", compute='_compute_counts', aggregator=None)

    # council
    member_ids = fields.One2many('civic.disposition.member', 'disposition_id', "Council")
    council_document_id = fields.Many2one(
        'civic.document', "Decision on the Council", check_company=True, ondelete='restrict', index='btree_not_null')
    meeting_date = fields.Date("Meeting on", copy=False)
    vote_ids = fields.One2many('civic.disposition.vote', 'disposition_id', "Votes", readonly=True)
    is_member = fields.Boolean(compute='_compute_is_member')

    # opinion and decision
    opinion_by = fields.Char("Opinion of", copy=False, help="The authority or superior agency that gave it.")
    opinion_date = fields.Date(copy=False)
    opinion_text = fields.Text("Opinion", copy=False)
    opinion_document_id = fields.Many2one(
        'civic.document', "Opinion in Writing", check_company=True, ondelete='restrict', index='btree_not_null', copy=False)
    decision_document_id = fields.Many2one(
        'civic.document', "Decision", check_company=True, ondelete='restrict', index='btree_not_null', copy=False,
        domain="[('direction', '=', 'outgoing'), ('company_id', '=', company_id)]")
    decision_number = fields.Char("Number of the Decision", readonly=True, copy=False)
    decision_date = fields.Date("Date of the Decision", readonly=True, copy=False)
    decided_by_id = fields.Many2one('res.users', "Decided By", readonly=True, copy=False, ondelete='restrict')

    # destruction
    destruction_due = fields.Date("Destroy By", readonly=True, copy=False)
    destruction_place = fields.Char("Place of the Destruction", copy=False)
    destroyer_name = fields.Char("Who Destroys", copy=False)
    destroyed_on = fields.Date(readonly=True, copy=False)
    minutes_date = fields.Date("Minutes of the Destruction of", copy=False)
    is_overdue = fields.Boolean(
        "Late", readonly=True, copy=False, help="The minutes are later than the law allows after the decision.")
    keep_until = fields.Date("Case Kept Until", readonly=True, copy=False)
    cancel_reason = fields.Text(readonly=True, copy=False)

    _state_idx = models.Index('(company_id, state, id DESC)')

    # === COMPUTE === #

    @api.depends('line_ids.state', 'line_ids.proposal')
    def _compute_counts(self):
        counts = {}
        for disposition, state, proposal, count in self.env['civic.disposition.line']._read_group(
                [('disposition_id', 'in', self.ids)], ['disposition_id', 'state', 'proposal'], ['__count']):
            row = counts.setdefault(disposition.id, {'all': 0, 'destroy': 0, 'gone': 0})
            row['all'] += count
            if state in ('approved', 'erasing', 'destroyed') or state == 'listed' and proposal == 'destroy':
                row['destroy'] += count
            if state == 'destroyed':
                row['gone'] += count
        for disposition in self:
            row = counts.get(disposition._origin.id, {'all': 0, 'destroy': 0, 'gone': 0})
            disposition.line_count = row['all']
            disposition.destroy_count = row['destroy']
            disposition.keep_count = row['all'] - row['destroy']
            disposition.gone_count = row['gone']
            disposition.progress = 100.0 * row['gone'] / row['destroy'] if row['destroy'] else 0.0

    @api.depends('member_ids.user_id')
    @api.depends_context('uid')
    def _compute_is_member(self):
        for disposition in self:
            disposition.is_member = bool(disposition._get_member())

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        for values in vals_list:
            self._check_system_values(values)
            day = fields.Date.to_date(values.get('date')) or fields.Date.context_today(self)
            values['profile_id'] = self.env['civic.rule.profile']._for_date(day).id
        dispositions = super().create(vals_list)
        self.env['civic.journal.entry']._append('creation', dispositions)
        return dispositions

    def write(self, vals):
        if self.env.context.get('civic_disposition_token') is not _BY_SYSTEM:
            names = {name for name in vals if not name.startswith(('message_', 'activity_'))}
            self._check_system_values(vals)
            for disposition in self:
                refused = names - disposition._get_open_fields()
                if refused:
                    raise UserError(self.env._(
                        "“%(case)s” is in the state “%(state)s”: %(fields)s can no longer be changed.",
                        case=disposition.display_name, state=disposition._get_state_label(),
                        fields=', '.join(self._fields[name]._description_string(self.env) for name in sorted(refused))))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_begun(self):
        for disposition in self:
            if disposition.state != 'draft':
                raise UserError(self.env._(
                    "“%s” has been before the council: the case is kept for at least 20 years.", disposition.display_name))

    @api.model
    def _get_system_fields(self):
        return {
            'state', 'profile_id', 'vote_ids', 'decision_number', 'decision_date', 'decided_by_id', 'destruction_due',
            'destroyed_on', 'is_overdue', 'keep_until', 'cancel_reason'}

    @api.model
    def _check_system_values(self, values):
        given = {name for name in self._get_system_fields() if values.get(name)} - ({'state'} if values.get('state') == 'draft' else set())
        if given:
            raise AccessError(self.env._("State, votes and decision of a case are filled in by its acts alone."))

    def _get_open_fields(self):
        """What people may still write, by the state."""
        self.ensure_one()
        later = {'opinion_by', 'opinion_date', 'opinion_text', 'opinion_document_id'}
        decision = {'decision_document_id'}
        end = {'destruction_place', 'destroyer_name', 'minutes_date'}
        return {
            'draft': {'name', 'company_id', 'date', 'history', 'line_ids', 'member_ids', 'council_document_id', 'meeting_date'},
            'council': {'member_ids', 'council_document_id', 'meeting_date', 'history'},
            'review': later,
            'opinion': decision,
            'decided': end,
            'destroying': end,
            'done': {'minutes_date'},
        }.get(self.state, set())

    def _write_by_system(self, vals):
        # sudo: the act has checked who may do it
        return self.sudo().with_context(civic_disposition_token=_BY_SYSTEM).write(vals)

    # === STATES === #

    @api.model
    def _get_transitions(self):
        """Return {state: {next state: groups}}."""
        return {
            'draft': {'council': KEEPERS, 'cancelled': KEEPERS},
            'council': {'review': KEEPERS, 'cancelled': KEEPERS},
            'review': {'opinion': KEEPERS, 'cancelled': KEEPERS},
            'opinion': {'decided': LEADERS, 'cancelled': (*KEEPERS, *LEADERS)},
            'decided': {'destroying': KEEPERS, 'cancelled': LEADERS},
            'destroying': {'done': ()},
        }

    def _check_move(self, state):
        self.check_access('read')
        transitions = self._get_transitions()
        labels = dict(self._fields['state']._description_selection(self.env))
        for disposition in self:
            groups = transitions.get(disposition.state, {}).get(state)
            if groups is None:
                raise UserError(self.env._(
                    "“%(case)s” is in the state “%(state)s” and cannot become “%(next)s”. First: %(hint)s.",
                    case=disposition.display_name, state=labels[disposition.state], next=labels[state],
                    hint=disposition._get_hint()))
            if groups and not self.env.su and not self.env.user.has_groups(','.join(groups)):
                raise AccessError(self.env._("Your role does not move a case of destruction to “%s”.", labels[state]))

    def _get_hint(self):
        self.ensure_one()
        return {
            'draft': self.env._("list the candidates and lay them before the council"),
            'council': self.env._("let the council vote and close its meeting"),
            'review': self.env._("record the opinion of the authority"),
            'opinion': self.env._("let the leader decide"),
            'decided': self.env._("hand the records over and destroy them"),
            'destroying': self.env._("wait until everything is erased"),
        }.get(self.state, self.env._("nothing is left to do"))

    def _get_state_label(self):
        return dict(self._fields['state']._description_selection(self.env))[self.state]

    def _move_to(self, state, **values):
        self._check_move(state)
        self._write_by_system({'state': state, **values})

    # === ACTIONS === #

    def action_find_candidates(self):
        """Let the system list every file that has expired and is neither permanent, held nor listed elsewhere."""
        self.ensure_one()
        self._check_lister()
        files = self._find_candidates()
        if not files:
            raise UserError(self.env._("No file of the agency has expired that is not held or listed already."))
        self.env['civic.disposition.line'].create([
            {'disposition_id': self.id, 'workfile_id': file.id, 'reason': 'expired'} for file in files])
        return True

    def action_open_lines(self):
        """Show the candidates as a list of their own."""
        self.ensure_one()
        self.check_access('read')
        return {
            'type': 'ir.actions.act_window',
            'name': self.env._("Candidates"),
            'res_model': 'civic.disposition.line',
            'view_mode': 'list,kanban,form',
            'domain': [('disposition_id', '=', self.id)],
            'context': {'default_disposition_id': self.id},
        }

    def action_open_council(self):
        """Lay the list before the council."""
        for disposition in self:
            disposition._check_move('council')
            lines = disposition.line_ids
            if not lines:
                raise UserError(self.env._("There is nothing on the list: let the system find candidates."))
            disposition._check_council()
            lines._check_qualified()
            lines._check_alone()
            disposition._move_to('council')
        self.env['civic.journal.entry']._append('appraisal', self, details={
            disposition.id: {'act': 'council', 'files': len(disposition.line_ids)} for disposition in self})
        return True

    def action_close_meeting(self):
        """Count the votes: what most members present want destroyed goes on, the rest is kept."""
        for disposition in self:
            disposition._check_move('review')
            if not disposition.meeting_date:
                raise UserError(self.env._("Say on which day the council met."))
            disposition.line_ids._count_votes()
            disposition._move_to('review')
        self.env['civic.journal.entry']._append('appraisal', self, details={
            disposition.id: {'act': 'votes', 'destroy': disposition.destroy_count, 'keep': disposition.keep_count}
            for disposition in self})
        return True

    def action_record_opinion(self):
        """Note that the authority outside gave its opinion."""
        for disposition in self:
            disposition._check_move('opinion')
            if not disposition.opinion_by or not disposition.opinion_date or not (disposition.opinion_text or '').strip():
                raise UserError(self.env._("Say who gave the opinion, on which day, and what it says."))
            if disposition.meeting_date and disposition.opinion_date < disposition.meeting_date:
                raise UserError(self.env._("The opinion cannot be earlier than the meeting of the council (%s).",
                                           format_date(self.env, disposition.meeting_date)))
            disposition._move_to('opinion')
        self.env['civic.journal.entry']._append('appraisal', self, details={
            disposition.id: {'act': 'opinion', 'by': disposition.opinion_by,
                             'date': fields.Date.to_string(disposition.opinion_date)} for disposition in self})
        return True

    def action_draft_decision(self):
        """Draft the decision as an outgoing document."""
        self.ensure_one()
        self._check_lister(states=('opinion',))
        document = self.env['civic.document'].with_context(civic_drafting=True).create({
            'direction': 'outgoing',
            'company_id': self.company_id.id,
            'type_id': self.env.ref('civic_document.civic_document_type_qd').id,
            'subject': self.env._("Destruction of records: %s", self.name)[:500],
            'access_level': 'agency',
            'drafter_id': self.env.uid,
        })
        # sudo: the right was checked; the field is open in this state
        self.sudo().decision_document_id = document
        return {
            'type': 'ir.actions.act_window', 'res_model': 'civic.document', 'res_id': document.id, 'views': [(False, 'form')]}

    def action_decide(self):
        """The leader decides, by the outgoing document that bears number and date."""
        for disposition in self:
            disposition._check_move('decided')
            document_sudo = disposition._get_decision()
            day = document_sudo.issue_date
            if day < disposition.opinion_date:
                raise UserError(self.env._(
                    "The decision (%(decision)s) is older than the opinion (%(opinion)s): it must follow it.",
                    decision=format_date(self.env, day), opinion=format_date(self.env, disposition.opinion_date)))
            disposition.line_ids.filtered(lambda line: line.state == 'approved')._check_qualified()
            days = disposition._get_rule('retention.destruction_days', day)
            disposition._move_to(
                'decided', decision_number=document_sudo.reference, decision_date=day, decided_by_id=self.env.uid,
                destruction_due=fields.Date.add(day, days=days) if days else False)
        self.env['civic.journal.entry']._append('approval', self, details={
            disposition.id: {'act': 'decision', 'number': disposition.decision_number} for disposition in self})
        return True

    def _get_decision(self):
        """Return the decision as superuser; refuse when there is none, or none in force any more."""
        self.ensure_one()
        document_sudo = self.decision_document_id.sudo()    # sudo: only number, date and state are asked
        if not document_sudo:
            raise UserError(self.env._("Choose the outgoing document by which it is decided."))
        if document_sudo.direction != 'outgoing' or document_sudo.state not in ('registered', 'issued'):
            raise UserError(self.env._(
                "“%s” is no decision in force: choose an outgoing document that was signed and numbered, and neither "
                "cancelled nor recalled.", document_sudo.display_name))
        return document_sudo

    def action_cancel(self):
        """Ask for the reason, then give the files free."""
        self._check_move('cancelled')
        return self._open_reason_wizard('_cancel', self.env._("Cancel the Case"))

    def _cancel(self, reason):
        self.env['civic.document']._check_secret_text(reason, where='cancel_reason', model=self._name)
        self._move_to('cancelled', cancel_reason=reason)
        self.env['civic.journal.entry']._append('cancellation', self, detail={'reason': reason})

    # === PAPERS === #

    def _print(self, name, extension='pdf'):
        self.ensure_one()
        self.check_access('read')
        return self.env[f'civic.form.{name}']._get_print_action(extension, {'disposition_id': self.id})

    def action_print_list(self):
        """Print the list of records to be destroyed."""
        return self._print('disposition_list')

    def action_print_statement(self):
        """Print the statement on the records."""
        return self._print('disposition_statement')

    def action_print_minutes(self):
        """Print the minutes of the council, with dissent."""
        return self._print('disposition_minutes')

    def action_print_handover(self):
        """Print the minutes of the hand-over to whoever destroys."""
        return self._print('disposition_handover')

    def action_print_destruction(self):
        """Print the minutes of the destruction."""
        return self._print('disposition_destruction')

    def action_export_candidates(self):
        """Download the candidates as a spreadsheet that can be read back in."""
        self.ensure_one()
        self._check_lister()
        return self._print('disposition_sheet', 'xlsx')

    def action_import_candidates(self):
        """Open the form that reads the spreadsheet back in."""
        self.ensure_one()
        self._check_lister()
        return {
            'type': 'ir.actions.act_window',
            'name': self.env._("Read the Spreadsheet Back In"),
            'res_model': 'civic.disposition.import',
            'view_mode': 'form',
            'target': 'new',
            'context': {'default_disposition_id': self.id},
        }

    # === BUSINESS === #

    def _get_rule(self, key, day=None):
        return self.env['civic.rule.value']._get(key, day or self.date, self.company_id)

    def _check_lister(self, states=('draft',)):
        self.check_access('write')
        if not self.env.su and not self.env.user.has_groups(','.join(KEEPERS)):
            raise AccessError(self.env._("Archivists make the list of records to be destroyed."))
        for disposition in self:
            if disposition.state not in states:
                raise UserError(self.env._(
                    "“%(case)s” is in the state “%(state)s”: the list does not change any more.",
                    case=disposition.display_name, state=disposition._get_state_label()))

    def _find_candidates(self):
        """Expired, closed, not held, not permanent, no event missing, and in no other list that is under way."""
        self.ensure_one()
        return self.env['civic.workfile'].search(
            Domain('company_id', '=', self.company_id.id)
            & Domain('state', 'in', ('closed', 'delivered'))
            & Domain('retention_state', '=', 'dated')
            & Domain('is_expired', '=', True)
            & Domain('is_held', '=', False)
            & Domain('disposition_line_ids', 'not any', [
                ('disposition_id.state', 'in', ('draft', *PENDING_STATES)), ('state', '!=', 'kept')])
            & Domain('id', 'not in', self.line_ids.workfile_id.ids),
            limit=MAX_CANDIDATES, order='retention_until, id')

    def _get_member(self):
        """The membership of the user, present ones only."""
        self.ensure_one()
        return self.sudo().member_ids.filtered(lambda member: member.user_id == self.env.user)[:1]     # sudo: own row

    def _check_council(self):
        """The regime of the case says who must sit in it (archives law, 5.2)."""
        self.ensure_one()
        labels = dict(self.env['civic.disposition.member']._fields['role']._description_selection(self.env))
        present = self.member_ids.filtered(lambda member: not member.is_absent)
        missing = [labels[role] for role in self._get_rule('retention.council_roles') if role not in present.mapped('role')]
        if missing:
            raise UserError(self.env._(
                "The council cannot meet: %(missing)s missing or absent (%(profile)s).",
                missing=', '.join(missing), profile=self.profile_id.code))
        secretaries = present.filtered(lambda member: member.role == 'secretary')
        if not any(user.has_group('civic_base.group_archivist') for user in secretaries.user_id):
            raise UserError(self.env._("The secretary of the council is an archivist of the agency."))
        owners = self.line_ids.workfile_id.unit_id
        if 'owner' in self._get_rule('retention.council_roles') and owners:
            there = present.filtered(lambda member: member.role == 'owner').user_id.sudo().civic_unit_ids    # sudo: units of colleagues
            absent = owners - there
            if absent:
                raise UserError(self.env._(
                    "Units that own records on the list have no member in the council: %s.", ', '.join(absent.mapped('name'))))


class CivicWorkfile(models.Model):
    _inherit = 'civic.workfile'

    disposition_line_ids = fields.One2many('civic.disposition.line', 'workfile_id', "Cases of Destruction", readonly=True)
    destroyed_on = fields.Date(readonly=True, copy=False)
    destruction_number = fields.Char("Decision on the Destruction", readonly=True, copy=False)

    @api.model
    def _get_system_fields(self):
        return super()._get_system_fields() | {'destroyed_on', 'destruction_number'}

    @api.model
    def _get_transitions(self):
        transitions = super()._get_transitions()
        for state in ('closed', 'delivered'):
            transitions[state] = {**transitions.get(state, {}), 'destroyed': ('destroy', KEEPERS)}
        return transitions

    def _check_not_listed(self, act):
        """What waits for the council or its destruction is locked: no change, no loan, no move."""
        if act == 'destroy' or not self.ids:
            return
        # sudo: whoever is refused is told why
        line = self.env['civic.disposition.line'].sudo().search(
            [('workfile_id', 'in', self.ids), ('state', '!=', 'kept'), ('disposition_id.state', 'in', PENDING_STATES)], limit=1)
        if line:
            raise UserError(self.env._(
                "“%(file)s” is considered for destruction (%(case)s): until that is decided it is locked.",
                file=line.workfile_id.display_name, case=line.disposition_id.name))
