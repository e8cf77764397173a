from datetime import datetime, time

import pytz

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import format_date

from odoo.addons.civic_base.const import DEFAULT_TZ
from odoo.addons.civic_document.models.civic_home import COUNT_LIMIT

from ..const import HANDLING_STATES, OPEN_ASSIGNMENT_STATES, WAITING_STATES

# Cards of one block; the rest is behind the title.
CARD_LIMIT = 30
# What one person can have open at once and still get it sorted.
PILE_LIMIT = 500
ROW_LIMIT = 12
NOTE_LENGTH = 240
CARD_FIELDS = (
    'subject', 'reference', 'register_label', 'issuer_id', 'issuer_name', 'urgency', 'urgency_rank', 'state', 'deadline',
    'submit_deadline', 'company_id', 'direction',
)
ASSIGNMENT_FIELDS = (
    'document_id', 'kind', 'unit_id', 'user_id', 'state', 'deadline', 'instruction', 'unit_instruction', 'read_at',
)
MINE = 'civic_incoming.civic_document_action_mine'
TO_REGISTER = 'civic_incoming.civic_document_action_to_register'
TO_ASSIGN = 'civic_incoming.civic_document_action_to_assign'
OVERDUE = 'civic_incoming.civic_document_action_overdue'
INCOMING = 'civic_incoming.civic_document_action_incoming'
UNACKNOWLEDGED = 'civic_incoming.civic_document_action_unacknowledged'
ROUTE_TASKS = 'civic_workflow.civic_route_task_action_mine'
MY_UNIT = 'civic_incoming.civic_document_action_my_unit'
FOR_INFORMATION = 'civic_incoming.civic_document_action_for_information'


class CivicHome(models.AbstractModel):
    _inherit = 'civic.home'

    @api.model
    def _has_section(self, key, groups):
        # who acts for a leader or a head today does so from that section
        return super()._has_section(key, groups) or (
            key == 'leader' and self.env['civic.document']._is_acting_leader()
            or key == 'unit_head' and bool(self.env.user._get_replaced_heads()))

    @api.model
    def _get_blocks(self, sections):
        blocks = super()._get_blocks(sections)
        blocks = self._get_route_blocks('leader' if 'leader' in sections else 'specialist') + blocks
        for section, prepare in (
            ('clerk', self._get_clerk_blocks),
            ('leader', self._get_leader_blocks),
            ('unit_head', self._get_unit_blocks),
            ('manager', self._get_manager_blocks),
            ('specialist', self._get_own_blocks),
        ):
            if section in sections:
                blocks = prepare() + blocks
        return blocks

    # === CLERK === #

    @api.model
    def _get_clerk_blocks(self):
        Document = self.env['civic.document']
        today = Document._today()
        drafts = Domain('direction', '=', 'incoming') & Domain('state', '=', 'draft')
        urgent = drafts & Domain('urgency', '!=', 'normal')
        late = drafts & Domain('submit_deadline', '<', today)
        waiting = Domain('direction', '=', 'incoming') & Domain('state', '=', 'registered')
        started = self._get_start_of_day()
        received = Domain('direction', '=', 'incoming') & Domain('date_sort', '=', today)
        registered = Domain('direction', '=', 'incoming') & Domain('registered_at', '>=', started)
        assigned = Domain('kind', '=', 'lead') & Domain('assigned_at', '>=', started)
        count = self._count('civic.document', drafts)
        queue = [
            self._prepare_figure('to_register', self.env._("To register"), count, TO_REGISTER),
            self._prepare_counted('urgent', self.env._("Urgent"), 'civic.document', urgent, TO_REGISTER, tone='warning'),
            self._prepare_counted('late', self.env._("Overdue"), 'civic.document', late, TO_REGISTER, tone='danger'),
            self._prepare_counted('with_leader', self.env._("With the leaders"), 'civic.document', waiting, INCOMING),
        ]
        figures = [
            {'key': 'queue', 'section': 'clerk', 'kind': 'figures', 'title': self.env._("Queue"),
             'items': queue + self._get_queue_figures(drafts)},
            {'key': 'today', 'section': 'clerk', 'kind': 'figures', 'title': self.env._("Today"), 'items': [
                self._prepare_counted('received', self.env._("Received"), 'civic.document', received, INCOMING),
                self._prepare_counted('registered', self.env._("Registered"), 'civic.document', registered, INCOMING),
                self._prepare_figure(
                    'assigned', self.env._("Assigned"), self._count('civic.assignment', assigned), INCOMING,
                    domain=Domain('assignment_ids', 'any', assigned)),
            ]},
        ]
        cards = self._search_cards(drafts, 'urgency_rank desc, submit_deadline, id')
        return [*figures, {
            'key': 'to_register', 'section': 'clerk', 'kind': 'cards', 'title': self.env._("To register"),
            'hint': self.env._("Nothing waits to be registered."),
            'count': count, 'overdue': figures[0]['items'][2]['value'], 'action': self._prepare_action(TO_REGISTER),
            'items': [self._prepare_card(document, deadline=document.submit_deadline) for document in cards],
        }]

    @api.model
    def _get_queue_figures(self, drafts):
        """More numbers of the queue: senders that wait for an answer (Decree 30/2020, Art. 21.2.c)."""
        Document = self.env['civic.document']
        unanswered = Domain('direction', '=', 'incoming') & Document._get_unacknowledged_domain()
        return [self._prepare_counted(
            'unacknowledged', self.env._("Unanswered acknowledgements"), 'civic.document', unanswered, UNACKNOWLEDGED,
            tone='warning')]

    @api.model
    def _get_start_of_day(self):
        """The moment (UTC) when the agency's day began."""
        today = self.env['civic.document']._today()
        local = pytz.timezone(DEFAULT_TZ).localize(datetime.combine(today, time.min))
        return local.astimezone(pytz.utc).replace(tzinfo=None)

    # === LEADER === #

    @api.model
    def _get_leader_blocks(self):
        Document = self.env['civic.document']
        waiting = (
            Domain('direction', '=', 'incoming') & Domain('state', '=', 'registered')
            & Document._get_led_domain(lambda leader_ids: Domain('leader_id', 'in', [*leader_ids, False]))
        )
        overdue = self._get_overdue_domain()
        documents = self._search_cards(waiting, 'urgency_rank desc, submit_deadline, id')
        urgent = waiting & Domain('urgency', '!=', 'normal')
        due = self._get_handling_domain() & Domain('deadline', '=', Document._today())
        return [
            {
                'key': 'branch', 'section': 'leader', 'kind': 'figures', 'title': self.env._("Agency"), 'items': [
                    self._prepare_counted(
                        'urgent', self.env._("Urgent to assign"), 'civic.document', urgent, TO_ASSIGN, tone='warning'),
                    self._prepare_counted('overdue', self.env._("Overdue"), 'civic.document', overdue, OVERDUE, tone='danger'),
                    self._prepare_counted('due_today', self.env._("Due today"), 'civic.document', due, INCOMING, tone='warning'),
                ]},
            {
                'key': 'to_assign', 'section': 'leader', 'kind': 'cards', 'title': self.env._("To assign"),
                'hint': self.env._("Nothing waits to be assigned."),
                'count': self._count('civic.document', waiting),
                'overdue': self._count(
                    'civic.document', waiting & Domain('submit_deadline', '<', Document._today())),
                'action': self._prepare_action(TO_ASSIGN, self.env._("To assign"), waiting),
                'items': [
                    self._prepare_card(document, deadline=document.submit_deadline, buttons=[
                        self._prepare_button('assign', self.env._("Assign"), document, 'action_assign', 'a', primary=True),
                    ])
                    for document in documents
                ],
            },
            *self._get_approval_blocks(),
        ]

    @api.model
    def _get_approval_blocks(self):
        """What the leader decides on: results, and more time that was asked for."""
        results, extensions = self._get_decision_domains()
        blocks = []
        for key, title, model_name, domain, get_text, get_buttons in (
            ('results', self.env._("Results to approve"), 'civic.assignment', results,
             lambda row: " · ".join(filter(None, (row.result, row.reply_reference))), self._get_result_buttons),
            ('extensions', self.env._("More time asked for"), 'civic.deadline.extension', extensions,
             lambda row: row.reason, self._get_extension_buttons),
        ):
            # sudo: only ids; the block shows what the person may read
            rows = self._filter_readable(self.env[model_name].sudo().search(domain, limit=PILE_LIMIT, order='id'))
            if rows:
                blocks.append({
                    'key': key, 'section': 'leader', 'kind': 'cards', 'title': title, 'hint': "",
                    'count': len(rows), 'overdue': 0,
                    'action': self._prepare_action(INCOMING, title, Domain('id', 'in', rows.document_id.ids)),
                    'items': [
                        self._prepare_card(
                            row.document_id, key=f'{key}_{row.id}', deadline=row.document_id.deadline,
                            note=self._shorten(get_text(row)), holder=row.unit_id.name or "", buttons=get_buttons(row))
                        for row in rows[:CARD_LIMIT]
                    ],
                })
        return blocks

    @api.model
    def _get_decision_domains(self):
        """The assignments whose results wait for the user, and the requests for more time that do."""
        asked = self.env['civic.document']._get_led_domain(self._get_asked_domain)
        agencies = Domain('company_id', 'in', self.env.companies.ids)
        return (
            agencies & Domain('state', '=', 'review') & asked,
            agencies & Domain('state', '=', 'asked') & Domain('assignment_id', 'any', asked))

    @api.model
    def _get_asked_domain(self, leader_ids):
        """Assignments on which these leaders decide: who assigned them, or for whom that was done.

        What was assigned by somebody who is no leader, or no longer, waits for every leader of the agency.
        """
        role = self.env['civic.document']._get_leader_role()
        leads = Domain('active', '=', True) & Domain('all_group_ids', 'in', [role])
        own, nobody = Domain('substituted_id', '=', False), Domain('substituted_id', 'not any', leads)
        return (
            Domain('substituted_id', 'in', leader_ids) | (Domain('substituted_id', '!=', False) & nobody)
            | own & (Domain('assigned_by_id', 'in', leader_ids) | Domain('assigned_by_id', 'not any', leads)))

    @api.model
    def _filter_readable(self, rows_sudo):
        """The rows (given as superuser) that the person may read, of documents that the person may read."""
        rows = rows_sudo.sudo(False)._filtered_access('read')
        documents = self.env['civic.document'].search_fetch([('id', 'in', rows.document_id.ids)], CARD_FIELDS)
        return rows.filtered(lambda row: row.document_id in documents)

    @api.model
    def _get_route_blocks(self, section):
        """Steps of routes that wait for the person, whatever the role; handling has its own list."""
        waiting = Domain('is_for_me', '=', True) & Domain('kind', '!=', 'handle')
        # sudo: only ids; the block shows what the person may read
        tasks = self._filter_readable(self.env['civic.route.task'].sudo().search(
            waiting & Domain('company_id', 'in', self.env.companies.ids), limit=PILE_LIMIT))
        if not tasks:
            return []
        title = self.env._("Steps that wait for me")
        now = fields.Datetime.now()
        return [{
            'key': 'route_tasks', 'section': section, 'kind': 'cards', 'title': title, 'hint': "", 'count': len(tasks),
            'overdue': len(tasks.filtered(lambda task: task.deadline and task.deadline < now)),
            'action': self._prepare_action(ROUTE_TASKS, title, waiting),
            'items': [
                {**self._prepare_card(
                    task.document_id, key=f'route_tasks_{task.id}', deadline=task.document_id.deadline,
                    note=task.step_id.sudo().display_name or "",
                    holder=task.on_behalf_of_id.sudo().name or ""), 'action': INCOMING}
                for task in tasks[:CARD_LIMIT]
            ],
        }]

    @api.model
    def _get_result_buttons(self, assignment):
        return [
            self._prepare_button(
                'approve', self.env._("Approve"), assignment, 'action_approve_result', 'p', primary=True),
            self._prepare_button('refuse', self.env._("Give Back"), assignment, 'action_refuse_result', 'x'),
        ]

    @api.model
    def _get_extension_buttons(self, extension):
        return [
            self._prepare_button('approve', self.env._("Approve"), extension, 'action_approve', 'p', primary=True),
            self._prepare_button('refuse', self.env._("Refuse"), extension, 'action_refuse', 'x'),
        ]

    # === UNIT HEAD === #

    @api.model
    def _get_unit_blocks(self):
        Assignment = self.env['civic.assignment']
        today = self.env['civic.document']._today()
        units = (
            Domain('unit_id', 'in', self.env.user._get_headed_units().ids) & Domain('kind', '!=', 'inform')
            & Domain('state', 'in', OPEN_ASSIGNMENT_STATES)
        )
        unnamed = units & Domain('user_id', '=', False)
        late = units & Domain('deadline', '<', today)
        soon = units & Domain('deadline', '>=', today) & Domain('deadline', '<=', self._get_soon_date())
        by_person = Assignment._read_group(units, ['user_id'], ['__count'], limit=COUNT_LIMIT)
        late_by_person = dict(Assignment._read_group(late, ['user_id'], ['__count'], limit=COUNT_LIMIT))
        count = sum(number for _user, number in by_person)
        overdue = sum(late_by_person.values())
        rows = [
            {
                'key': f'user_{user.id or 0}',
                'label': user.name or self.env._("Nobody named yet"),
                'value': number,
                'overdue': late_by_person.get(user, 0),
                'action': self._prepare_action(INCOMING, user.name or self.env._("Nobody named yet"), Domain(
                    'assignment_ids', 'any', units & Domain('user_id', '=', user.id))),
            }
            for user, number in by_person
        ]
        return [
            {
                'key': 'unit', 'section': 'unit_head', 'kind': 'figures', 'title': self.env._("My unit"), 'items': [
                    self._prepare_figure('open', self.env._("With us"), count, MY_UNIT),
                    self._prepare_figure('overdue', self.env._("Overdue"), overdue, MY_UNIT,
                                         domain=Domain('assignment_ids', 'any', late), tone='danger'),
                    self._prepare_figure(
                        'soon', self.env._("Due soon"), Assignment.search_count(soon, limit=COUNT_LIMIT), MY_UNIT,
                        domain=Domain('assignment_ids', 'any', soon), tone='warning'),
                ]},
            {
                'key': 'by_person', 'section': 'unit_head', 'kind': 'table', 'title': self.env._("Who has what"),
                'hint': self.env._("Nobody in your unit has anything to handle."), 'count': count, 'overdue': overdue,
                'action': self._prepare_action(MY_UNIT), 'items': self._share_rows(rows),
            },
            self._prepare_assignment_block(
                'unnamed', 'unit_head', self.env._("To give to a person"), unnamed, MY_UNIT,
                hint=self.env._("Everything of your unit has its person.")),
        ]

    # === MANAGER === #

    @api.model
    def _get_manager_blocks(self):
        Document = self.env['civic.document']
        handling, overdue = self._get_handling_domain(), self._get_overdue_domain()
        due = handling & Domain('deadline', '=', Document._today())
        waiting = (
            Domain('direction', '=', 'incoming') & Domain('state', 'in', WAITING_STATES)
            & Domain('submit_deadline', '<', Document._today())
        )
        by_unit, by_person, by_day = Document._read_grouping_sets(
            overdue, [['unit_id'], ['handler_id'], ['deadline:day']], ['__count'])
        total = sum(number for _unit, number in by_unit)
        return [
            {
                'key': 'agency', 'section': 'manager', 'kind': 'figures', 'title': self.env._("Agency"), 'items': [
                    self._prepare_counted('open', self.env._("Being handled"), 'civic.document', handling, INCOMING),
                    self._prepare_figure('overdue', self.env._("Overdue"), total, OVERDUE, domain=overdue, tone='danger'),
                    self._prepare_counted('due_today', self.env._("Due today"), 'civic.document', due, INCOMING, tone='warning'),
                    self._prepare_counted(
                        'not_submitted', self.env._("Not handed over in time"), 'civic.document', waiting, OVERDUE, tone='danger'),
                ]},
            self._prepare_overdue_table('overdue_by_unit', self.env._("Overdue by unit"), overdue, total, [
                (f'unit_{unit.id or 0}', unit.name or self.env._("No unit"), number,
                 Domain('unit_id', '=', unit.id))
                for unit, number in by_unit
            ]),
            self._prepare_overdue_table('overdue_by_person', self.env._("Overdue by person"), overdue, total, [
                (f'user_{user.id or 0}', user.name or self.env._("Nobody named yet"), number,
                 Domain('handler_id', '=', user.id))
                for user, number in by_person
            ]),
            self._prepare_overdue_table(
                'ageing', self.env._("How late"), overdue, total, self._get_ageing_rows(by_day), ordered=True),
        ]

    @api.model
    def _get_ageing_rows(self, by_day):
        """How many are how late, in the steps of the rule `follow_up.ageing_working_days`."""
        company, today = self.env.company, self.env['civic.document']._today()
        steps = self.env['civic.rule.value']._get('follow_up.ageing_working_days', today, company)
        rows, last, upper = [], 0, today
        for step in sorted(steps):
            lower = company._add_working_days(today, -step)
            label = self.env._("%(first)s–%(last)s working days", first=last + 1, last=step)
            span = Domain('deadline', '>=', lower) & Domain('deadline', '<', upper)
            rows.append((f'up_to_{step}', label, sum(
                number for day, number in by_day if lower <= day < upper), span))
            last, upper = step, lower
        rows.append(('more', self.env._("more than %s working days", last), sum(
            number for day, number in by_day if day < upper), Domain('deadline', '<', upper)))
        return rows

    @api.model
    def _prepare_overdue_table(self, key, title, overdue, total, rows, *, ordered=False):
        items = [
            {'key': row, 'label': label, 'value': number, 'action': self._prepare_action(OVERDUE, label, overdue & domain)}
            for row, label, number, domain in rows if number
        ]
        if not ordered:
            items.sort(key=lambda item: -item['value'])
        return {
            'key': key, 'section': 'manager', 'kind': 'table', 'title': title, 'count': total, 'overdue': 0,
            'hint': self.env._("Nothing is overdue."), 'action': self._prepare_action(OVERDUE, title, overdue),
            'items': self._share_rows(items[:ROW_LIMIT]),
        }

    # === EVERYBODY: MY WORK === #

    @api.model
    def _get_own_blocks(self):
        """Three columns: what to do now, what others have to do first, what one only reads."""
        opened = Domain('state', 'in', OPEN_ASSIGNMENT_STATES)
        mine = opened & Domain('kind', '!=', 'inform') & (
            self.env['civic.assignment']._get_mine_domain())
        information = Domain('state', '=', 'pending') & Domain('kind', '=', 'inform') & (
            self.env['civic.assignment']._get_own_domain())
        return [
            self._prepare_assignment_block(
                'do_now', 'specialist', self.env._("Do now"), mine, MINE,
                hint=self.env._("Nothing waits for you.")),
            self._prepare_assignment_block(
                'waiting', 'specialist', self.env._("Waiting for others"), self._get_waiting_domain(), INCOMING,
                hint=self.env._("You wait for nobody."), acting=False),
            self._prepare_assignment_block(
                'information', 'specialist', self.env._("For information"), information, FOR_INFORMATION,
                hint=self.env._("Nothing new to read.")),
        ]

    @api.model
    def _get_waiting_domain(self):
        """What one has done one's part of, or has given to somebody else, and others still work on.

        The latest ones that one did are looked up by an index of their own first: asking all of the archive
        whether its document is still open would cost more every year.
        """
        # sudo: only ids; the block reads them with the rights of the person
        Assignment = self.env['civic.assignment'].sudo()
        done = Assignment.search(
            Domain('kind', '=', 'coordinate') & Domain('state', '=', 'done') & Domain('done_by_id', '=', self.env.uid),
            order='id desc', limit=PILE_LIMIT)
        waiting = done.filtered(lambda row: (
            row.document_id.direction == 'incoming' and row.document_id.state in HANDLING_STATES))
        # what one answered, or somebody in one's place, and a leader has not approved yet
        waiting |= Assignment.search(
            Domain('state', '=', 'review')
            & (Domain('done_by_id', '=', self.env.uid) | Domain('user_id', '=', self.env.uid)),
            order='id desc', limit=PILE_LIMIT)
        if self.env.user.has_group('civic_base.group_unit_head'):
            waiting |= Assignment.search(
                Domain('unit_id', 'in', self.env.user.civic_unit_ids.ids) & Domain('kind', '!=', 'inform')
                & Domain('state', 'in', OPEN_ASSIGNMENT_STATES) & Domain('user_id', 'not in', [self.env.uid, False]),
                order='deadline, id', limit=PILE_LIMIT)
        return Domain('id', 'in', waiting.ids)

    @api.model
    def _prepare_assignment_block(self, key, section, title, domain, xmlid, *, hint, acting=True):
        """A block of cards, one per assignment: the urgent first, then by deadline."""
        assignments = self.env['civic.assignment'].search_fetch(
            domain, ASSIGNMENT_FIELDS, limit=PILE_LIMIT, order='deadline, id')
        documents = self.env['civic.document'].search_fetch(
            [('id', 'in', assignments.document_id.ids)], CARD_FIELDS)
        # only what one may read; the rules of assignments are a little wider than those of documents
        readable = assignments.filtered(lambda assignment: assignment.document_id in documents).sorted(
            lambda assignment: (
                -assignment.document_id.urgency_rank, str(assignment.deadline or '9999'), assignment.id))
        today = self.env['civic.document']._today()
        return {
            'key': key, 'section': section, 'kind': 'cards', 'title': title, 'hint': hint,
            'count': len(readable),
            'overdue': len(readable.filtered(lambda row: row.deadline and row.deadline < today and row.kind != 'inform')),
            'action': self._prepare_action(xmlid) if xmlid != INCOMING else self._prepare_action(
                xmlid, title, Domain('id', 'in', readable.document_id.ids)),
            'items': [self._prepare_assignment_card(row, acting) for row in readable[:CARD_LIMIT]],
        }

    @api.model
    def _prepare_assignment_card(self, assignment, acting):
        note = "\n".join(filter(None, (assignment.instruction, assignment.unit_instruction)))
        return self._prepare_card(
            assignment.document_id,
            key=f'assignment_{assignment.id}',
            deadline=assignment.deadline if assignment.kind != 'inform' else False,
            note=self._shorten(note),
            unread=not assignment.read_at,
            holder="" if acting and assignment.user_id == self.env.user else assignment._get_holder_name(),
            buttons=self._get_assignment_buttons(assignment) if acting else [],
        )

    @api.model
    def _get_assignment_buttons(self, assignment):
        """What one can do with the assignment where it lies; each act checks rights and state itself."""
        if assignment.kind == 'inform':
            return [self._prepare_button(
                'read', self.env._("Read"), assignment.document_id, 'action_mark_read', 'r', primary=True)]
        buttons = []
        if assignment.state == 'pending':
            buttons.append(self._prepare_button(
                'start', self.env._("Start"), assignment, 'action_start', 'g', primary=True))
        if not assignment.user_id and assignment._heads_unit():
            buttons.append(self._prepare_button('delegate', self.env._("Give"), assignment, 'action_delegate', 'i'))
        buttons.append(self._prepare_button(
            'finish', self.env._("Done"), assignment, 'action_finish', 'd', primary=assignment.state == 'handling'))
        buttons.append(self._prepare_button('return', self.env._("Return"), assignment, 'action_return', 'e'))
        return buttons

    # === HELPERS === #

    @api.model
    def _get_handling_domain(self):
        return Domain('direction', '=', 'incoming') & Domain('state', 'in', HANDLING_STATES)

    @api.model
    def _get_overdue_domain(self):
        """Documents whose time limit to handle (Decree 30/2020, Art. 24) has passed."""
        return self._get_handling_domain() & Domain('deadline', '<', self.env['civic.document']._today())

    @api.model
    def _get_soon_date(self):
        company, today = self.env.company, self.env['civic.document']._today()
        days = self.env['civic.rule.value']._get('follow_up.soon_working_days', today, company)
        return company._add_working_days(today, days)

    @api.model
    def _search_cards(self, domain, order):
        return self.env['civic.document'].search_fetch(domain, CARD_FIELDS, limit=CARD_LIMIT, order=order)

    @api.model
    def _shorten(self, text):
        """As much of a text as a card has room for."""
        text = text or ""
        return text if len(text) <= NOTE_LENGTH else text[:NOTE_LENGTH - 1].rstrip() + "…"

    @api.model
    def _share_rows(self, rows):
        """Say how long the bar of each row is."""
        longest = max((row['value'] for row in rows), default=0)
        for row in rows:
            row['share'] = round(100 * row['value'] / longest)
        return rows

    @api.model
    def _prepare_button(self, key, label, target, method, hotkey, *, primary=False):
        return {
            'key': key, 'label': label, 'model': target._name, 'method': method, 'id': target.id, 'hotkey': hotkey,
            'primary': primary,
        }

    @api.model
    def _prepare_card(self, document, *, key=None, deadline=False, note="", unread=False, holder="", buttons=()):
        labels = dict(document._fields['urgency']._description_selection(self.env))
        # sudo: the name of the issuer is on the document
        issuer = document.sudo().issuer_id.name or document.issuer_name or ""
        due, due_text = self._get_due(document.company_id, deadline)
        return {
            'key': key or f'document_{document.id}',
            'id': document.id,
            'title': document.subject or document.display_name,
            'reference': document.reference or "",
            'label': document.register_label or "",
            'issuer': issuer,
            'urgency': document.urgency if document.urgency != 'normal' else False,
            'urgency_label': labels[document.urgency],
            'deadline': deadline and format_date(self.env, deadline) or "",
            'due': due,
            'due_text': due_text,
            'note': note,
            'unread': unread,
            'holder': holder,
            'buttons': list(buttons),
        }

    @api.model
    def _get_due(self, company, deadline):
        """How pressing a deadline is, and the words for it."""
        if not deadline:
            return 'none', ""
        today = self.env['civic.document']._today()
        day = format_date(self.env, deadline, date_format='dd/MM')
        if deadline < today:
            days = company._working_days_between(deadline, today)
            return 'overdue', self.env._("%(day)s, %(count)s working days late", day=day, count=days)
        if deadline == today:
            return 'today', self.env._("%s, today", day)
        days = company._working_days_between(today, deadline)
        due = 'soon' if deadline <= self._get_soon_date() else 'later'
        return due, self.env._("%(day)s, %(count)s working days left", day=day, count=days)


class CivicNotification(models.AbstractModel):
    _inherit = 'civic.notification'

    @api.model
    def _may_show_body(self, record):
        if record._name == 'civic.document' and record.access_level == 'restricted':
            return False
        return super()._may_show_body(record)

    @api.model
    def _get_digest_links(self):
        return super()._get_digest_links() | {
            'urgent': '/odoo/civic-home', 'overdue': '/odoo/civic-incoming-overdue', 'waiting': '/odoo/civic-home'}

    @api.model
    def _get_digest_numbers(self, users, today):
        """Three numbers per person, from four grouped queries for all of them."""
        numbers = super()._get_digest_numbers(users, today)
        company = self.env.company
        # sudo: the job counts for everybody; each person hears the number of the own work alone
        Assignment, Document = self.env['civic.assignment'].sudo(), self.env['civic.document'].sudo()
        opened = (
            Domain('company_id', '=', company.id) & Domain('state', 'in', OPEN_ASSIGNMENT_STATES)
            & Domain('kind', '!=', 'inform')
        )
        held = Assignment._read_group(opened, ['user_id', 'unit_id', 'document_id.urgency'], ['__count'])
        late = Assignment._read_group(opened & Domain('deadline', '<', today), ['user_id', 'unit_id'], ['__count'])
        registered = Document._read_group(
            Domain('company_id', '=', company.id) & Domain('direction', '=', 'incoming')
            & Domain('state', '=', 'registered'), ['leader_id', 'urgency'], ['__count'])
        overdue = Document.search_count(
            Domain('company_id', '=', company.id) & self.env['civic.home']._get_overdue_domain())
        for user in users:
            # the own work, and that of absent people whom the user replaces today
            leaders = self.env['civic.document'].with_user(user)._get_acting_leaders(company)
            people = user | user._get_substituted_users(today, company)
            units = user._get_headed_units()
            own = [
                (urgency, count) for person, unit, urgency, count in held
                if person in people or (not person and unit in units)
            ]
            if leaders:
                own += [(urgency, count) for leader, urgency, count in registered if not leader or leader in leaders]
            if leaders or user.has_group('civic_base.group_manager'):
                behind = overdue
            else:
                behind = sum(count for person, unit, count in late if person in people or unit in units)
            numbers[user.id] = {
                'urgent': sum(count for urgency, count in own if urgency != 'normal'),
                'overdue': behind,
                'waiting': sum(count for _urgency, count in own),
            }
        return numbers


class CivicDocument(models.Model):
    _inherit = 'civic.document'

    def _on_assigned(self, assignments):
        """Tell whose turn it is; an urgent document at once, another one in the morning."""
        super()._on_assigned(assignments)
        self._tell_next_people(assignments)

    def _tell_next_people(self, assignments):
        told = {}
        # sudo: the next person hears of it whatever the rights of the one who passes it on
        for assignment in assignments.sudo():
            document = assignment.document_id
            event = 'incoming_assigned' if document.urgency == 'normal' else 'incoming_assigned_urgent'
            person = assignment._get_next_person()
            if person:
                people = told.setdefault(event, {})
                people[person] = people.get(person, self.sudo().browse()) | document
        for event, people in told.items():
            self.env['civic.notification']._notify_each(event, people)

    def _on_assignment_returned(self, assignments):
        """Tell the leader who assigned it."""
        super()._on_assignment_returned(assignments)
        self._tell_leaders('incoming_returned', assignments, 'return_reason')

    def _on_assignment_finished(self, assignments):
        """Tell the leader who assigned it, if the leader wants to hear of it."""
        super()._on_assignment_finished(assignments)
        self._tell_leaders('incoming_done', assignments, 'result')

    def _tell_leaders(self, event, assignments, text):
        told, bodies = {}, {}
        # sudo: as above
        for assignment in assignments.sudo():
            for leader in assignment._get_leaders_to_tell():
                told[leader] = told.get(leader, self.sudo().browse()) | assignment.document_id
            bodies[assignment.document_id.id] = (assignment[text] or "")[:NOTE_LENGTH]
        self.env['civic.notification']._notify_each(event, told, bodies)

    def _register_documents(self, date=None):
        """Tell the leader, and who acts for the leader, of an urgent document at once (Decree 30/2020, Art. 23.1)."""
        result = super()._register_documents(date)
        urgent = self.filtered(lambda document: (
            document.direction == 'incoming' and document.urgency != 'normal' and document.leader_id))
        told = {}
        for document in urgent:
            for person in self._with_deputies(document.leader_id, document.company_id):
                told[person] = told.get(person, self.browse()) | document
        if told:
            self.env['civic.notification']._notify_each('incoming_registered_urgent', told)
        return result
