from urllib.parse import quote

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import format_date, format_datetime

from odoo.addons.civic_base.const import URGENCY_RANK

from ..const import (
    ARRIVAL_CHANNELS,
    ASSIGNMENT_KINDS,
    ASSIGNMENT_STATES,
    HANDLING_STATES,
    HELD_ASSIGNMENT_STATES,
    OPEN_ASSIGNMENT_STATES,
    WAITING_STATES,
)

# What browsers show by themselves.
IMAGE_TYPES = ('image/png', 'image/jpeg', 'image/gif', 'image/webp')


class CivicDocument(models.Model):
    """The way of an incoming document (Decree 30/2020, Art. 20): receive, register, submit and assign,
    handle and follow up.

    draft ──► registered ──► assigned ──► handling ──► done
      │            ▲            │            │
      │            └────────────┴────────────┘  taken back while unread, or returned by the unit
      └──► returned to the sender: it never gets a number (Art. 21.2)

    The leader assigns; exactly one unit leads, with a deadline; others co-ordinate or are informed. Units
    answer through their `civic.assignment`; the lead's answer moves the document.
    """

    _inherit = 'civic.document'

    _civic_reason_methods = ('_cancel', '_return_to_sender')

    state = fields.Selection(
        selection_add=[
            ('assigned', "Assigned"),
            ('handling', "Being handled"),
            ('done', "Done"),
            ('returned', "Returned to the sender"),
            ('cancelled',),
        ],
        ondelete={
            'assigned': lambda documents: documents._write_by_system({'state': 'registered'}),
            'handling': lambda documents: documents._write_by_system({'state': 'registered'}),
            'done': lambda documents: documents._write_by_system({'state': 'registered'}),
            'returned': lambda documents: documents._write_by_system({'state': 'cancelled'}),
        },
    )

    arrival_channel = fields.Selection(
        ARRIVAL_CHANNELS, string="Arrived by", help="How the document came to the agency.")
    leader_id = fields.Many2one(
        'res.users', string="Submitted to", compute='_compute_leader_id', store=True, readonly=False, precompute=True,
        index='btree_not_null', ondelete='restrict', copy=False,
        domain=lambda self: [('all_group_ids', 'in', self.env.ref('civic_base.group_leader').ids)],
        help="The leader who says what shall be done with the document.")
    handler_id = fields.Many2one(
        'res.users', string="Handled by", readonly=True, copy=False, index='btree_not_null', ondelete='restrict',
        help="The person of the lead unit who handles the document, if one is named.")
    return_reason = fields.Text(string="Reason for Return", readonly=True, copy=False)
    returned_by_id = fields.Many2one(
        'res.users', string="Returned by", readonly=True, copy=False, ondelete='restrict')

    urgency_rank = fields.Integer(
        compute='_compute_urgency_rank', store=True, precompute=True, aggregator=None, export_string_translation=False)
    submit_deadline = fields.Date(
        compute='_compute_submit_deadline', store=True, precompute=True,
        help="Until when the document must be registered and handed over.")
    held_since = fields.Datetime(readonly=True, copy=False, help="Since when its present holder has the document.")
    done_at = fields.Datetime(readonly=True, copy=False)

    assignment_ids = fields.One2many('civic.assignment', 'document_id', string="Assignments")
    lead_unit_id = fields.Many2one(related='unit_id', string="Lead Unit")

    holder_summary = fields.Char(
        string="Holder", compute='_compute_holder_summary',
        help="Who holds the document, since when, and what happens next.")
    next_deadline = fields.Date(
        string="Due", compute='_compute_next_deadline',
        help="The deadline of the next step: handing over first, handling afterwards.")
    is_overdue = fields.Boolean(string="Overdue", compute='_compute_is_overdue', search='_search_is_overdue')
    own_assignment_id = fields.Many2one(
        'civic.assignment', string="My Assignment", compute='_compute_own_assignment')
    own_assignment_kind = fields.Selection(ASSIGNMENT_KINDS, string="My Role", compute='_compute_own_assignment')
    own_assignment_state = fields.Selection(
        ASSIGNMENT_STATES, string="State of My Assignment", compute='_compute_own_assignment')
    own_instruction = fields.Text(
        string="Instruction", compute='_compute_own_assignment',
        help="What the leader, and the head of the unit, want from you.")
    is_unread = fields.Boolean(string="Unread", compute='_compute_own_assignment', search='_search_is_unread')
    is_mine = fields.Boolean(string="Mine to Handle", compute='_compute_is_concerned', search='_search_is_mine')
    is_of_my_unit = fields.Boolean(
        string="With My Unit", compute='_compute_is_concerned', search='_search_is_of_my_unit')
    is_for_information = fields.Boolean(
        string="For My Information", compute='_compute_is_concerned', search='_search_is_for_information')
    can_delegate = fields.Boolean(compute='_compute_own_assignment')
    preview_contents = fields.Json(compute='_compute_preview_contents')

    _submit_deadline_idx = models.Index(
        "(company_id, submit_deadline) WHERE direction = 'incoming' AND state IN ('draft', 'registered')")

    # === COMPUTE === #

    @api.depends('company_id', 'direction')
    def _compute_leader_id(self):
        for document in self:
            if document.direction != 'incoming':
                document.leader_id = False
            elif not document.leader_id:
                document.leader_id = document.company_id._get_incoming_leader_id()

    @api.depends('urgency')
    def _compute_urgency_rank(self):
        for document in self:
            document.urgency_rank = URGENCY_RANK.get(document.urgency, 0)

    @api.depends('company_id', 'direction', 'arrival_date', 'urgency')
    def _compute_submit_deadline(self):
        for document in self:
            if document.direction != 'incoming' or not document.arrival_date:
                document.submit_deadline = False
                continue
            days = 0
            if document.urgency == 'normal':
                days = self.env['civic.rule.value']._get(
                    'incoming.submit_working_days', document.arrival_date, document.company_id)
            # Art. 23.1: the same day, at the latest the next working day; an urgent one right after reception
            document.submit_deadline = document.company_id._add_working_days(document.arrival_date, days)

    @api.depends('state', 'direction', 'held_since', 'unit_id', 'handler_id', 'leader_id', 'deadline', 'submit_deadline')
    @api.depends_context('lang', 'tz')
    def _compute_holder_summary(self):
        for document in self:
            document.holder_summary = document.direction == 'incoming' and document._get_holder_summary()

    @api.depends('state', 'deadline', 'submit_deadline')
    def _compute_next_deadline(self):
        for document in self:
            if document.state in WAITING_STATES and document.direction == 'incoming':
                document.next_deadline = document.submit_deadline
            else:
                document.next_deadline = document.deadline

    @api.depends('state', 'direction', 'deadline', 'submit_deadline')
    def _compute_is_overdue(self):
        today = self._today()
        for document in self:
            if document.direction != 'incoming':
                due = False
            elif document.state in WAITING_STATES:
                due = document.submit_deadline
            else:
                due = document.state in HANDLING_STATES and document.deadline
            document.is_overdue = bool(due and due < today)

    def _search_is_overdue(self, operator, value):
        if operator != 'in':
            return NotImplemented
        today = self._today()
        return Domain('direction', '=', 'incoming') & (
            (Domain('state', 'in', WAITING_STATES) & Domain('submit_deadline', '<', today))
            | (Domain('state', 'in', HANDLING_STATES) & Domain('deadline', '<', today))
        )

    @api.depends('assignment_ids.state', 'assignment_ids.user_id', 'assignment_ids.unit_id', 'assignment_ids.read_at')
    @api.depends_context('uid')
    def _compute_own_assignment(self):
        Assignment = self.env['civic.assignment']
        own = Assignment.search(
            Domain('document_id', 'in', self.ids) & Domain('state', 'in', OPEN_ASSIGNMENT_STATES)
            & Assignment._get_own_domain())
        rank = {'lead': 0, 'coordinate': 1, 'inform': 2}
        # the own ones before those of an absent person
        principals = own._get_principals()
        first = {}
        unread = set()
        for assignment in own.sorted(lambda assignment: (
                assignment.id in principals, rank[assignment.kind], assignment.id)):
            first.setdefault(assignment.document_id.id, assignment)
            if not assignment.read_at or (assignment.user_id == self.env.user and not assignment.user_read_at):
                unread.add(assignment.document_id.id)
        units = self.env.user._get_headed_units()
        for document in self:
            assignment = first.get(document._origin.id)
            document.own_assignment_id = assignment
            document.own_assignment_kind = assignment and assignment.kind
            document.own_assignment_state = assignment and assignment.state
            document.own_instruction = assignment and "\n".join(
                filter(None, (assignment.instruction, assignment.unit_instruction)))
            document.is_unread = document._origin.id in unread
            document.can_delegate = bool(
                assignment and assignment.kind != 'inform' and (
                    assignment.unit_id in units
                    or (assignment.may_pass_on and assignment.user_id == self.env.user)))

    def _search_is_unread(self, operator, value):
        if operator != 'in':
            return NotImplemented
        return self._get_assignment_domain(
            self.env['civic.assignment']._get_own_domain() & (
                Domain('read_at', '=', False)
                | (Domain('user_id', '=', self.env.uid) & Domain('user_read_at', '=', False))))

    @api.depends('assignment_ids.state', 'assignment_ids.user_id', 'assignment_ids.unit_id', 'assignment_ids.kind')
    @api.depends_context('uid')
    def _compute_is_concerned(self):
        for name, search in (
            ('is_mine', self._search_is_mine),
            ('is_of_my_unit', self._search_is_of_my_unit),
            ('is_for_information', self._search_is_for_information),
        ):
            found = self.search(Domain('id', 'in', self.ids) & search('in', [True]))
            for document in self:
                document[name] = document._origin in found

    def _search_is_mine(self, operator, value):
        """Documents that wait for the person: in the own name, in that of who is absent, or of an own unit where
        nobody is named."""
        if operator != 'in':
            return NotImplemented
        return self._get_assignment_domain(
            self.env['civic.assignment']._get_mine_domain() & Domain('kind', '!=', 'inform'))

    def _search_is_of_my_unit(self, operator, value):
        if operator != 'in':
            return NotImplemented
        user = self.env.user
        units = user.civic_unit_ids | user._get_headed_units()
        return self._get_assignment_domain(Domain('unit_id', 'in', units.ids) & Domain('kind', '!=', 'inform'))

    def _search_is_for_information(self, operator, value):
        """Documents that the person or the unit was sent for information, read ones too."""
        if operator != 'in':
            return NotImplemented
        user = self.env.user
        return Domain('direction', '=', 'incoming') & Domain('assignment_ids', 'any', (
            Domain('kind', '=', 'inform')
            & Domain('state', 'in', ('pending', 'done'))
            & (Domain('user_id', '=', user.id) | Domain('unit_id', 'in', user.civic_unit_ids.ids))
        ))

    @api.model
    def _get_assignment_domain(self, domain):
        """Incoming documents with an open assignment of the kind."""
        return Domain('direction', '=', 'incoming') & Domain(
            'assignment_ids', 'any', Domain('state', 'in', OPEN_ASSIGNMENT_STATES) & domain)

    @api.depends('content_ids.name', 'main_content_id')
    def _compute_preview_contents(self):
        for document in self:
            contents = document.main_content_id | document.content_ids
            document.preview_contents = [document._prepare_preview(content) for content in contents]

    def _prepare_preview(self, content):
        """What the preview beside the form needs to know of one file."""
        if content.mimetype == 'application/pdf':
            kind = 'pdf'
        elif content.is_inline and content.mimetype.startswith(('audio/', 'video/')):
            kind = content.mimetype.partition('/')[0]
        elif content.mimetype in ('message/rfc822', 'text/plain'):
            kind = 'text'
        else:
            kind = 'image' if content.mimetype in IMAGE_TYPES else 'other'
        url = f"/civic/content/{content.id}/{quote(content.name or 'file', safe='')}"
        return {
            'id': content.id,
            'name': content.name,
            'mimetype': content.mimetype or "",
            'size': self.env._("%s kB", (content.size or 0) // 1024 + 1),
            'kind': kind,
            'url': url,
            'download_url': f"{url}?download=1",
        }

    @api.onchange('reference', 'issuer_id', 'issuer_name')
    def _onchange_warn_duplicate(self):
        """Annex VI, III.1.h: same number, notation and issuer: warn while the clerk still types."""
        if self.direction == 'incoming' and self.state == 'draft' and self.duplicate_ids:
            return {'warning': {
                'title': self.env._("Perhaps registered already"),
                'message': "\n".join(
                    document.register_label and self.env._(
                        "%(name)s, arrival number %(number)s of %(date)s",
                        name=document.display_name, number=document.register_label,
                        date=format_date(self.env, document.arrival_date)) or document.display_name
                    for document in self.duplicate_ids._origin),
                'type': 'notification',
            }}

    # === STATES === #

    @api.model
    def _get_transitions(self):
        transitions = super()._get_transitions()
        transitions['draft']['returned'] = ('civic_base.group_clerk',)
        transitions['registered']['assigned'] = ('civic_base.group_leader',)
        # the unit moves these through its assignment, which knows who the unit is
        transitions.setdefault('assigned', {}).update(
            {'registered': (), 'handling': (), 'done': ()})
        transitions.setdefault('handling', {}).update({'registered': (), 'done': ()})
        return transitions

    def _move_to(self, state, **values):
        values.setdefault('held_since', fields.Datetime.now())
        return super()._move_to(state, **values)

    @api.model
    def _get_system_fields(self):
        return super()._get_system_fields() | {
            'handler_id', 'return_reason', 'returned_by_id', 'held_since', 'done_at', 'submit_deadline',
            'assignment_ids', 'urgency_rank',
        }

    @api.model
    def _get_journalled_fields(self):
        return super()._get_journalled_fields() | {'arrival_channel', 'leader_id'}

    def write(self, vals):
        waiting = self.browse()
        if vals.get('leader_id'):
            waiting = self.filtered(lambda document: (
                document.state == 'registered' and document.leader_id.id != vals['leader_id']))
        result = super().write(vals)
        if waiting:
            waiting._close_activities('civic_incoming.mail_activity_type_assign')
            waiting._schedule_assigning()
        return result

    def _check_before_registration(self, day):
        super()._check_before_registration(day)
        if self.direction == 'incoming' and self.signature_state == 'invalid' and not self.paper_original:
            raise UserError(self.env._(
                "The signature of “%s” is not valid, or the content was changed after signing. Such a document is not "
                "accepted: return it to the sender with the reason (Decree 30/2020, Art. 21.2).", self.display_name))
        if self.direction == 'incoming' and self.leader_id and not self.leader_id._get_working_company_ids():
            raise UserError(self.env._(
                "%s no longer works here: choose another leader to submit the document to.", self.leader_id.name))

    def _register_documents(self, date=None):
        # What arrives in the ordinary way waits in the leader's list; a reminder of its own is for what is urgent.
        # It comes first: from the number on, the other clerks of the register wait for this transaction.
        self.filtered(lambda document: (
            document.direction == 'incoming' and document.state == 'draft' and document.urgency != 'normal'
        ))._schedule_assigning()
        return super()._register_documents(date)

    def _cancel(self, reason):
        super()._cancel(reason)
        # sudo: the clerk closes what co-ordinating units still had to do
        self.sudo().assignment_ids.filtered(
            lambda assignment: assignment.state in HELD_ASSIGNMENT_STATES
        )._withdraw()
        self._close_activities('civic_incoming.mail_activity_type_assign')
        self._close_activities('civic_incoming.mail_activity_type_handle')

    # === ACTIONS === #

    def action_start(self):
        self._get_own_assignment()._start()
        return True

    def action_finish(self):
        return self._get_own_assignment().action_finish()

    def action_return(self):
        return self._get_own_assignment().action_return()

    def action_delegate(self):
        return self._get_own_assignment().action_delegate()

    def action_return_to_sender(self):
        """Ask for the reason, then note that the document went back without a number."""
        self._check_may_receive()
        return self._open_reason_wizard('_return_to_sender', self.env._("Return to the sender"))

    def action_mark_read(self):
        """Note that the unit has opened the documents; called by the form when it shows one."""
        self.check_access('read')
        # sudo: which rows are one's own is asked again below, for the person
        self.sudo().assignment_ids.sudo(False)._mark_read()
        return True

    @api.model
    def _get_phrase_kind(self, method):
        kinds = {'_return_to_sender': 'return', '_cancel': 'cancellation'}
        return kinds.get(method) or super()._get_phrase_kind(method)

    # === RECEIVE === #

    @api.model
    def _check_may_receive(self):
        if not self.env.su and not self.env.user.has_group('civic_base.group_clerk'):
            raise AccessError(self.env._("Only clerks receive and return incoming documents."))

    def _return_to_sender(self, reason):
        """Wrong addressee or not in order: back to the sender, with the reason and without a number (Art. 21.2)."""
        self._check_may_receive()
        self.check_access('write')
        for document in self:
            if document.direction != 'incoming':
                raise UserError(self.env._("“%s” did not come from a sender.", document.display_name))
            if document.state != 'draft':
                raise UserError(self.env._(
                    "“%(document)s” can no longer be returned to the sender: it has the state “%(state)s”. "
                    "A registered document is cancelled, and keeps its number.",
                    document=document.display_name,
                    state=dict(self._fields['state']._description_selection(self.env))[document.state]))
        self._check_secret_text(reason, where='reason', model=self._name, res_id=self[:1].id)
        self._move_to('returned', return_reason=reason, returned_by_id=self.env.uid)
        self.env['civic.journal.entry']._append('return', self, detail={'to': 'sender', 'reason': reason})

    # === WHO HOLDS IT === #

    def _get_holder_summary(self):
        """Who holds the document, since when, and what happens next: one line."""
        self.ensure_one()
        since = self.held_since or self.registered_at or self.create_date
        values = {
            'holder': self._get_holder_name(),
            'since': since and format_datetime(self.env, since, dt_format='short') or "",
            'due': self.next_deadline and format_date(self.env, self.next_deadline) or "",
        }
        match self.state:
            case 'draft':
                return self.env._("%(holder)s since %(since)s; next: register by %(due)s", **values)
            case 'registered':
                return self.env._("%(holder)s since %(since)s; next: assign by %(due)s", **values)
            case 'assigned':
                return self.env._("%(holder)s since %(since)s; next: start, finish by %(due)s", **values)
            case 'handling':
                return self.env._("%(holder)s since %(since)s; next: finish by %(due)s", **values)
            case 'done':
                return self.env._("Done by %(holder)s on %(since)s", **values)
            case 'returned':
                return self.env._("Returned to the sender on %(since)s", **values)
        return self.env._("Cancelled on %(since)s", **values)

    def _get_holder_name(self):
        self.ensure_one()
        # sudo: the names of units and people are no secret, whoever may read the document
        document_sudo = self.sudo()
        if self.state in ('assigned', 'handling', 'done'):
            return " · ".join(filter(None, (document_sudo.unit_id.name, document_sudo.handler_id.name)))
        if self.state == 'registered':
            return document_sudo.leader_id.name or self.env._("Leaders")
        return self.env._("Records office")

    # === REMINDERS === #

    def _schedule_assigning(self, note=False):
        """Put the documents on the leader's list, and on that of those who act for the leader."""
        today = self._today()
        self._schedule_activities('civic_incoming.mail_activity_type_assign', [
            {
                'res_id': document.id,
                'user_id': person.id,
                'date_deadline': max(document.submit_deadline or today, today),
                'note': note,
            }
            for document in self
            if document.leader_id
            for person in self._with_deputies(document.leader_id, document.company_id)
        ])

    @api.model
    def _withdraw_deputies_reminders(self):
        """Take documents off the lists of those who do not act for their leader any more."""
        # sudo: the tasks belong to other people
        activities = self.env['mail.activity'].sudo().search(
            Domain('res_model', '=', 'civic.document') & Domain('automated', '=', True)
            & Domain('activity_type_id', '=', self.env.ref('civic_incoming.mail_activity_type_assign').id))
        documents = {document.id: document for document in self.sudo().browse(set(activities.mapped('res_id'))).exists()}
        activities.filtered(lambda activity: (
            (document := documents.get(activity.res_id)) and document.leader_id
            and activity.user_id not in document._with_deputies(document.leader_id, document.company_id))).unlink()

    def _schedule_activities(self, xmlid, vals_list):
        """Create the activities in one go, without a mail for each."""
        if not vals_list:
            return
        # no summary: the name of the type shows instead, to each in their own language
        common = {
            'res_model_id': self.env['ir.model']._get_id('civic.document'),
            'activity_type_id': self.env.ref(xmlid).id,
            'automated': True,
        }
        # sudo: the next person gets the task whatever the rights of the one who passes it on
        self.env['mail.activity'].sudo().with_context(mail_activity_quick_update=True, civic_reminder=True).create(
            [{**common, **values} for values in vals_list])

    def message_subscribe(self, partner_ids=None, subtype_ids=None):
        # Only one's own turn notifies: who passes a document on need not hear of all that comes after.
        if self.env.context.get('civic_reminder'):
            return True
        return super().message_subscribe(partner_ids=partner_ids, subtype_ids=subtype_ids)

    def _close_activities(self, xmlid, user=None):
        """Take the documents off the list of the person, or of everybody."""
        domain = (
            Domain('res_model', '=', 'civic.document') & Domain('res_id', 'in', self.ids)
            & Domain('activity_type_id', '=', self.env.ref(xmlid).id)
        )
        if user:
            domain &= Domain('user_id', '=', user.id)
        # sudo: the task belongs to another person
        self.env['mail.activity'].sudo().search(domain).unlink()
