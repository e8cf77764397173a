import re
from collections import Counter

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command, Domain
from odoo.tools import format_date

from odoo.addons.civic_base.tools.text import reference_key

from ..const import HANDLING_STATES

SUGGESTED_UNITS = 3
# The earlier documents that are looked at for suggestions: enough to tell a habit, few enough to cost nothing.
EARLIER_DOCUMENTS = 50
THREAD_DOCUMENTS = 4
# Numbers and notations of other documents, as a subject cites them: 123/QĐ-UBND, 45/2025/NĐ-CP.
REFERENCE = re.compile(r'\b\d{1,6}(?:/\d{4})?/[^\W\d_][\w-]*', re.UNICODE)


class CivicDocument(models.Model):
    """What the leader sees and decides with a tap: the proposal of the office, the units that had such documents
    before, what waits for approval, and notes without assigning (Decree 30/2020, Art. 23)."""

    _inherit = 'civic.document'

    leader_note_ids = fields.One2many('civic.leader.note', 'document_id', string="Notes of Leaders")
    extension_ids = fields.One2many('civic.deadline.extension', 'document_id', string="Extensions")

    proposed_unit_id = fields.Many2one(
        'hr.department', string="Proposed Lead Unit", readonly=True, copy=False, ondelete='set null')
    proposed_user_id = fields.Many2one(
        'res.users', string="Proposed Person", readonly=True, copy=False, ondelete='set null')
    proposed_unit_ids = fields.Many2many(
        'hr.department', 'civic_document_proposed_unit_rel', string="Proposed Co-ordinating Units", readonly=True,
        copy=False)
    proposed_deadline = fields.Date(readonly=True, copy=False)
    proposed_instruction = fields.Text(readonly=True, copy=False)
    proposed_by_id = fields.Many2one(
        'res.users', string="Proposed by", readonly=True, copy=False, ondelete='restrict')
    proposed_at = fields.Datetime(readonly=True, copy=False)

    waits_for_decision = fields.Boolean(
        string="Waits for a Decision", compute='_compute_waits_for_decision', store=True, precompute=True,
        help="A result, or a request for more time, waits for the leader.")
    decision_summary = fields.Char(string="To Decide", compute='_compute_decision_summary')
    can_decide = fields.Boolean(compute='_compute_can_decide')

    _waits_for_decision_idx = models.Index("(company_id) WHERE waits_for_decision")
    _earlier_lead_idx = models.Index(
        "(company_id, issuer_id, id) WHERE direction = 'incoming' AND unit_id IS NOT NULL")

    # === COMPUTE === #

    @api.depends('assignment_ids.state', 'extension_ids.state')
    def _compute_waits_for_decision(self):
        for document in self:
            document.waits_for_decision = (
                any(assignment.state == 'review' for assignment in document.assignment_ids)
                or any(extension.state == 'asked' for extension in document.extension_ids))

    @api.depends('waits_for_decision', 'assignment_ids.state', 'extension_ids.state')
    @api.depends_context('lang')
    def _compute_decision_summary(self):
        for document in self:
            document.decision_summary = document.waits_for_decision and "; ".join(
                decision['title'] for decision in document._prepare_decisions()) or False

    @api.depends('waits_for_decision')
    @api.depends_context('uid')
    def _compute_can_decide(self):
        may_decide = self.filtered('waits_for_decision')._filtered_may_assign()
        for document in self:
            document.can_decide = document in may_decide

    @api.depends('waits_for_decision')
    def _compute_holder_summary(self):
        super()._compute_holder_summary()

    @api.model
    def _get_transitions(self):
        transitions = super()._get_transitions()
        # what nobody has to handle is done when the leader has seen it
        transitions['registered']['done'] = ('civic_base.group_leader',)
        return transitions

    @api.model
    def _get_system_fields(self):
        return super()._get_system_fields() | {
            'waits_for_decision', 'leader_note_ids', 'extension_ids', 'proposed_unit_id', 'proposed_user_id',
            'proposed_unit_ids', 'proposed_deadline', 'proposed_instruction', 'proposed_by_id', 'proposed_at',
        }

    def _get_holder_summary(self):
        if self.state in HANDLING_STATES and self.waits_for_decision:
            return self.env._(
                "%(holder)s; next: the leader decides", holder=self._get_holder_name())
        return super()._get_holder_summary()

    # === ACTIONS === #

    def action_propose(self):
        """Ask the office whom it proposes, for the leader to confirm."""
        self._check_may_propose()
        return self.env['ir.actions.act_window']._for_xml_id('civic_incoming.civic_proposal_wizard_action') | {
            'context': {'default_document_ids': self.ids},
        }

    def action_confirm_proposal(self):
        """Assign each document the way the office proposed."""
        self._check_may_assign()
        lacking = self.filtered(lambda document: not document.proposed_unit_id)
        if lacking:
            raise UserError(self.env._(
                "Nobody proposed a unit for “%s”: assign it yourself.", lacking[0].display_name))
        assignments = self.env['civic.assignment'].sudo()
        for document in self:
            assignments |= document._assign(document._get_proposed_tasks(), document.proposed_instruction)
        return self._tell_assigned(assignments)

    def action_approve(self):
        """Approve what waits on the documents: results, and requests for more time."""
        self._check_may_assign()
        for document in self:
            assignments, extensions = document._get_decisions()
            if not assignments and not extensions:
                raise UserError(self.env._("Nothing waits for a decision on “%s”.", document.display_name))
            # more time first: an approved result leaves nothing to extend
            extensions._approve()
            assignments._approve_result()
        return True

    def action_refuse(self):
        """Ask for the reason, then give back what waits: the result, else the request for more time."""
        self._check_may_assign()
        assignments, extensions = self.ensure_one()._get_decisions()
        if assignments:
            return assignments[0].action_refuse_result()
        if extensions:
            return extensions[0].action_refuse()
        raise UserError(self.env._("Nothing waits for a decision on “%s”.", self.display_name))

    # === NOTES === #

    def add_leader_note(self, text):
        """Write a note of the leader on the documents, without assigning them.

        Called by the leader's screen; the rights are checked here.
        """
        self._add_leader_note(text)
        return True

    def _add_leader_note(self, text):
        self._check_may_assign()
        text = (text or '').strip()
        if not text:
            raise UserError(self.env._("Write the note first."))
        self._check_secret_text(text, where='note', model='civic.leader.note')
        if any(document.direction != 'incoming' or document.state == 'draft' for document in self):
            raise UserError(self.env._("Notes are written on registered incoming documents."))
        substituted = self._get_substituted_leaders()
        # sudo: leaders may not write documents, only say what shall be done
        notes = self.env['civic.leader.note'].sudo().create([
            {
                'document_id': document.id,
                'text': text,
                'user_id': self.env.uid,
                'substituted_id': document.id in substituted and substituted[document.id].id,
                'written_at': fields.Datetime.now(),
            }
            for document in self
        ])
        self.env['civic.journal.entry']._append('instruction', self, details={
            note.document_id.id: {
                'note': note.id, **({'on_behalf_of': note.substituted_id.login} if note.substituted_id else {})}
            for note in notes})
        return notes

    # === FOR INFORMATION ONLY === #

    def note_for_information(self, unit_ids=(), text=''):
        """Nobody has to handle the documents: units are informed, and the documents are done.

        Art. 23.2 asks for a lead where several units handle a document; one that nobody handles has none.
        Called by the leader's screen; the rights are checked here.
        """
        self._check_may_assign()
        self._check_assignable()
        if self - self._needs_lead():
            raise UserError(self.env._("A unit handles this document already: add others for information instead."))
        units = self.env['hr.department'].browse(dict.fromkeys(unit_ids)).exists()
        tasks = [
            {'kind': 'inform', 'unit': unit, 'user': self.env['res.users'], 'deadline': False} for unit in units]
        if any(document.access_level == 'restricted' for document in self) and tasks:
            raise UserError(self.env._("Only named people may read this document: assign it to a person."))
        for unit in units:
            self._check_unit(unit)
            self._check_unit_of_agency(unit)
        if text:
            self._add_leader_note(text)
        now = fields.Datetime.now()
        substituted = self._get_substituted_leaders()
        # sudo: leaders may not write documents, only say what shall be done
        informed = self.sudo().with_context(tracking_disable=True)
        # sudo: as above
        assignments = self.env['civic.assignment'].sudo().create([
            {
                'document_id': document.id,
                'kind': 'inform',
                'unit_id': task['unit'].id,
                'instruction': (text or '').strip(),
                'assigned_by_id': self.env.uid,
                'substituted_id': document.id in substituted and substituted[document.id].id,
                'assigned_at': now,
                'grants_unit': task['unit'] not in document.unit_ids,
            }
            for document in informed
            for task in tasks
        ])
        informed._grant_readers(units)
        informed._move_to('done', done_at=now)
        self.env['civic.journal.entry']._append('instruction', self, details={
            document.id: {
                'for_information': True, 'units': units.mapped('name'),
                **({'on_behalf_of': substituted[document.id].sudo().login} if document.id in substituted else {})}
            for document in self})
        informed._close_activities('civic_incoming.mail_activity_type_assign')
        informed._on_assigned(assignments)
        return True

    def _check_unit_of_agency(self, unit):
        """Refuse a unit of another agency than that of each of the documents."""
        # sudo: which units there are is known in the house
        agency = unit.sudo().company_id
        foreign = self.filtered(lambda document: agency and document.company_id != agency)
        if foreign:
            raise UserError(self.env._(
                "%(unit)s is no unit of %(agency)s.", unit=unit.name, agency=foreign[0].company_id.name))

    # === PROPOSAL OF THE OFFICE === #

    @api.model
    def _check_may_propose(self):
        if not self.env.user.has_group('civic_base.group_clerk'):
            raise AccessError(self.env._("Only clerks of the records office propose who shall handle a document."))

    def _propose(self, unit, user=None, units=None, deadline=False, instruction=''):
        """Keep what the office proposes; the leader confirms it with one tap."""
        self._check_may_propose()
        self.check_access('write')
        if not unit:
            raise UserError(self.env._("Name the unit that shall lead."))
        for document in self:
            if document.direction != 'incoming' or document.state not in ('draft', 'registered'):
                raise UserError(self.env._(
                    "“%s” no longer waits to be assigned: there is nothing to propose.", document.display_name))
        units = units or self.env['hr.department']
        for candidate in unit | units:
            self._check_unit(candidate)
            self._check_unit_of_agency(candidate)
        if user:
            self._check_person(user, unit)
        instruction = (instruction or '').strip()
        if instruction:
            self._check_secret_text(instruction, where='instruction', model=self._name, res_id=self[:1].id)
        # sudo: the fields of the proposal are written by this act alone
        self.sudo()._write_by_system({
            'proposed_unit_id': unit.id,
            'proposed_user_id': user and user.id,
            'proposed_unit_ids': [Command.set((units - unit).ids)],
            'proposed_deadline': deadline,
            'proposed_instruction': instruction,
            'proposed_by_id': self.env.uid,
            'proposed_at': fields.Datetime.now(),
        })
        self.env['civic.journal.entry']._append('instruction', self, detail={
            'proposal': unit.name, 'co-ordinating': (units - unit).mapped('name'),
            'deadline': fields.Date.to_string(deadline) or None})

    def _get_proposed_tasks(self):
        """The tasks that the office proposed for this document."""
        self.ensure_one()
        deadline = self._get_first_deadline()
        nobody = self.env['res.users']
        return [
            {'kind': 'lead', 'unit': self.proposed_unit_id, 'user': self.proposed_user_id, 'deadline': deadline},
            *(
                {'kind': 'coordinate', 'unit': unit, 'user': nobody, 'deadline': deadline}
                for unit in self.proposed_unit_ids
            ),
        ]

    def _get_first_deadline(self):
        """The earliest deadline that the office proposed, else that of the rules."""
        today = self._today()
        proposed = [
            document.proposed_deadline for document in self
            if document.proposed_deadline and document.proposed_deadline >= today]
        return min(proposed, default=False) or self._get_default_deadline()

    # === THE LEADER'S SCREEN === #

    def get_leader_panel(self):
        """Everything that the leader's screen shows beside the fields of the document.

        Called by the screen; who may not assign gets no chips.
        """
        self.ensure_one()
        self.check_access('read')
        may_assign = bool(self._filtered_may_assign())
        registered = may_assign and self.state == 'registered'
        deadline = self._get_first_deadline() if registered else False
        return {
            'state': self.state,
            'can_assign': self.can_assign,
            'can_take_back': self.can_take_back,
            'deadline_label': format_date(self.env, deadline) if deadline else "",
            'units': self._get_suggested_units() if registered else [],
            'proposal': self._prepare_proposal() if registered else False,
            'phrases': self.env['civic.phrase'].get_phrases('instruction') if self.can_assign else [],
            'decisions': self._prepare_decisions() if may_assign and self.waits_for_decision else [],
            'notes': [
                {'id': note.id, 'text': note.text, 'who': note.sudo().user_id.name,
                 'when': format_date(self.env, note.written_at)}
                for note in self.leader_note_ids
            ],
            'thread': self._get_thread(),
            'picture': self.main_content_id.mimetype in ('application/pdf',) and self.main_content_id.id,
            'file': self.preview_contents[:1] if self.preview_contents else [],
        }

    def assign_quickly(self, lead_unit_id, coordinate_unit_ids=(), inform_unit_ids=(), instruction='',
                       user_id=False, needs_approval=False):
        """Assign with the chips of the leader's screen, until the day that the rules give.

        Called by the screen; :meth:`_assign` checks the rights and the units.
        """
        self.ensure_one()
        Unit = self.env['hr.department']
        nobody = self.env['res.users']
        deadline = self._get_first_deadline()
        tasks = []
        if lead_unit_id:
            tasks.append({
                'kind': 'lead', 'unit': Unit.browse(lead_unit_id).exists(), 'deadline': deadline,
                'user': nobody.browse(user_id).exists() if user_id else nobody, 'needs_approval': needs_approval})
        tasks += [
            {'kind': kind, 'unit': unit, 'user': nobody, 'deadline': deadline if kind == 'coordinate' else False}
            for kind, unit_ids in (('coordinate', coordinate_unit_ids), ('inform', inform_unit_ids))
            for unit in Unit.browse(unit_ids).exists()
        ]
        return self._tell_assigned(self._assign(tasks, instruction))

    def _tell_assigned(self, assignments):
        """The message after assigning, with a button to take it back while nobody has read it."""
        documents = assignments.document_id
        return {
            'type': 'ir.actions.client',
            'tag': 'civic_incoming_assigned',
            'params': {
                'assignment_ids': assignments.ids,
                'message': self.env._(
                    "%(count)s document(s) assigned: %(units)s",
                    count=len(documents), units=", ".join(assignments.unit_id.mapped('name'))),
            },
        }

    def _get_decisions(self):
        """What waits for the leader on this document: results, requests for more time."""
        self.ensure_one()
        return (
            self.assignment_ids.filtered(lambda assignment: assignment.state == 'review'),
            self.extension_ids.filtered(lambda extension: extension.state == 'asked'),
        )

    def _prepare_decisions(self):
        assignments, extensions = self._get_decisions()
        return [
            {
                'model': 'civic.deadline.extension', 'id': extension.id,
                'approve': 'action_approve', 'refuse': 'action_refuse',
                'title': self.env._(
                    "%(unit)s asks for time until %(day)s", unit=extension.unit_id.name,
                    day=format_date(self.env, extension.proposed_date)),
                'text': extension.reason,
            }
            for extension in extensions
        ] + [
            {
                'model': 'civic.assignment', 'id': assignment.id,
                'approve': 'action_approve_result', 'refuse': 'action_refuse_result',
                'title': self.env._("Result of %s to approve", assignment.unit_id.name),
                'text': " · ".join(filter(None, (assignment.result, assignment.reply_reference))),
            }
            for assignment in assignments
        ]

    def _prepare_proposal(self):
        if not self.proposed_unit_id:
            return False
        tasks = self._get_proposed_tasks()
        return {
            'unit': self.proposed_unit_id.name,
            'person': self.proposed_user_id.name or "",
            'units': self.proposed_unit_ids.mapped('name'),
            'deadline': format_date(self.env, tasks[0]['deadline']),
            'text': self._fill_instruction(self.proposed_instruction, tasks),
            'by': self.proposed_by_id.name,
        }

    def _get_suggested_units(self):
        """Units that led earlier documents of the same issuer, of the same type first, then of anybody.

        :return: list of dicts with `id`, `name` and `count`
        """
        self.ensure_one()
        # sudo: only which units lead what comes out, not what the earlier documents say
        documents_sudo = self.sudo()
        common = (
            Domain('company_id', '=', self.company_id.id) & Domain('direction', '=', 'incoming')
            & Domain('unit_id', '!=', False) & Domain('id', '!=', self.id))
        score = Counter()
        if self.issuer_id:
            for earlier in documents_sudo.search_fetch(
                    common & Domain('issuer_id', '=', self.issuer_id.id), ['unit_id', 'type_id'],
                    order='id desc', limit=EARLIER_DOCUMENTS):
                # the same type weighs more than all documents of other types together
                score[earlier.unit_id] += EARLIER_DOCUMENTS if earlier.type_id == self.type_id else 1
        active = {unit: points for unit, points in score.items() if unit.active}
        if len(active) < SUGGESTED_UNITS:
            for earlier in documents_sudo.search_fetch(
                    common, ['unit_id'], order='id desc', limit=EARLIER_DOCUMENTS):
                if earlier.unit_id.active:
                    active.setdefault(earlier.unit_id, 0)
        ranked = sorted(active.items(), key=lambda item: (-item[1], item[0].id))[:SUGGESTED_UNITS]
        return [{'id': unit.id, 'name': unit.name, 'count': points} for unit, points in ranked]

    def _get_thread(self):
        """Earlier documents that this one cites, then the last ones of the same issuer, as far as the user may read."""
        self.ensure_one()
        found = self.browse()
        cited = {reference_key(*citation.split('/', 1)) for citation in REFERENCE.findall(self.subject or '')}
        if cited:
            found = self.search(
                Domain('company_id', '=', self.company_id.id) & Domain('reference_key', 'in', sorted(cited))
                & Domain('id', '!=', self.id), limit=THREAD_DOCUMENTS)
        if self.issuer_id and len(found) < THREAD_DOCUMENTS:
            found |= self.search(
                Domain('company_id', '=', self.company_id.id) & Domain('issuer_id', '=', self.issuer_id.id)
                & Domain('direction', '=', 'incoming') & Domain('unit_id', '!=', False)
                & Domain('id', 'not in', (self | found).ids),
                order='id desc', limit=THREAD_DOCUMENTS - len(found))
        return [
            {
                'id': document.id, 'name': document.reference or document.display_name, 'subject': document.subject or "",
                'unit': document.sudo().unit_id.name or "",
            }
            for document in found
        ]
