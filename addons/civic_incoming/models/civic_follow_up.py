from collections import defaultdict

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL, split_every

from ..const import OPEN_ASSIGNMENT_STATES

REMIND_BATCH = 500
CLOSED_ASSIGNMENT_STATES = ('done', 'returned', 'withdrawn')
WHOM = [
    ('handler', "Person or unit that handles it"),
    ('follow_up', "Follow-up person"),
    ('unit_head', "Head of the unit"),
    ('leader', "Leader who assigned it"),
    ('manager', "Managers"),
]


class CivicEscalationRule(models.Model):
    """Who is told, so many working days before or after the deadline (Decree 30/2020, Art. 24.1; Annex VI, III.1.o).

    The levels are data: the agency adds, changes and archives its own.
    """

    _name = 'civic.escalation.rule'
    _description = "Level of Follow-up"
    _inherit = ['civic.shared.mixin']
    _order = 'days, id'
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        'res.company', string="Agency", index='btree_not_null', ondelete='cascade',
        help="Leave empty for every agency. An agency that has levels of its own goes by those alone.")
    days = fields.Integer(
        string="Working Days", required=True, help="Working days after the deadline; before it if negative.")
    repeat = fields.Boolean(string="Every Working Day From Then On")
    whom = fields.Selection(WHOM, string="Who Is Told", required=True)
    event_id = fields.Many2one(
        'civic.notification.event', string="Told As", required=True, ondelete='restrict',
        default=lambda self: self.env.ref('civic_incoming.notification_event_overdue', raise_if_not_found=False),
        help="The kind of event, for which each person chooses how to hear of it.")

    @api.model
    def _get_levels(self, company):
        """Return the levels of the agency: its own, else the general ones."""
        # sudo: the job reminds on behalf of the agency
        levels = self.sudo().search([('company_id', 'in', (False, company.id))])
        return levels.filtered('company_id') or levels

    def _is_due(self, late, told):
        """Say whether the level is reached today, and was not when the follow-up last looked.

        :param late: working days after the deadline, negative before it
        :param told: the same on the day of the last look, None if there was none
        """
        self.ensure_one()
        if late < self.days or self.days < 0 < late:        # nobody hears that a deadline comes near once it is past
            return False
        return self.repeat or told is None or told < self.days


class CivicAssignment(models.Model):
    _inherit = 'civic.assignment'

    reminded_on = fields.Date(readonly=True, help="When the follow-up last looked at it.")
    reminder_count = fields.Integer(string="Reminders", readonly=True, aggregator='sum')
    days_held = fields.Integer(
        aggregator='sum', readonly=True,
        help="Working days from the assignment to its end; open ones grow overnight.")
    days_late = fields.Integer(
        aggregator='sum', readonly=True, help="Working days after the deadline; open ones grow overnight.")
    type_id = fields.Many2one(related='document_id.type_id')
    issuer_id = fields.Many2one(related='document_id.issuer_id')

    _open_deadline_idx = models.Index(
        "(company_id, deadline) WHERE state IN ('pending', 'handling') AND deadline IS NOT NULL")
    _coordinated_idx = models.Index("(done_by_id, id) WHERE kind = 'coordinate' AND state = 'done'")
    _assigned_idx = models.Index('(company_id, assigned_at)')

    def write(self, vals):
        result = super().write(vals)
        if vals.get('state') in CLOSED_ASSIGNMENT_STATES:
            self._note_days()
        return result

    def _note_days(self):
        """What the assignment took, once it is over."""
        Holding = self.env['civic.holding']
        ends = [row.done_at or row.closed_at or fields.Datetime.now() for row in self]
        held = Holding._count_days([
            (row.company_id, row.assigned_at, end) for row, end in zip(self, ends, strict=True)])
        known = {}
        for assignment, end, days in zip(self, ends, held, strict=True):
            late = 0
            if assignment.deadline:
                key = (assignment.company_id, assignment.deadline, Holding._get_local_day(end))
                if key not in known:
                    known[key] = max(0, key[0]._working_days_between(key[1], key[2]))
                late = known[key]
            if (assignment.days_held, assignment.days_late) != (days, late):
                assignment.write({'days_held': days, 'days_late': late})

    @api.model
    def _refresh_days(self):
        """Let the figures of open assignments grow with the day; and of those that never had any."""
        Holding = self.env['civic.holding']
        end = Holding._sql_day('done_at', SQL("COALESCE(r.closed_at, %s)", fields.Datetime.now()))
        stale = SQL("(r.state IN ('pending', 'handling') OR r.days_held IS NULL)")
        Holding._refresh_days(self._name, 'days_held', Holding._sql_day('assigned_at'), end, stale)
        stale = SQL("(r.state IN ('pending', 'handling') OR r.days_late IS NULL) AND r.deadline IS NOT NULL")
        Holding._refresh_days(self._name, 'days_late', SQL("r.deadline"), end, stale)

    # === REMINDERS === #

    @api.model
    def _cron_follow_up(self):
        """Remind those who are late, and those above them, once on each working day."""
        self.env['civic.holding']._refresh_open()
        self._refresh_days()
        self.env['civic.document']._refresh_days()
        self.env['civic.document']._withdraw_deputies_reminders()
        commit = self.env['ir.cron']._commit_progress
        today = self.env['civic.document']._today()
        companies = self.env['res.company'].search([('active', '=', True)]).filtered(lambda company: company._is_working_day(today))
        due = {company: self._search_due(company, today) for company in companies}
        waiting = {company: self.env['civic.document']._search_waiting(company, today) for company in companies}
        commit(remaining=sum(map(len, due.values())) + sum(map(len, waiting.values())))
        for company in companies:
            for todo, domain in ((due[company], self._get_due_domain(company, today)),
                                 (waiting[company], self.env['civic.document']._get_waiting_domain(company, today))):
                for batch in split_every(REMIND_BATCH, todo.ids, todo.browse):
                    batch = batch.try_lock_for_update(allow_referencing=True).filtered_domain(domain)
                    batch._remind(company, today)
                    if not commit(len(batch)):
                        return

    @api.model
    def _get_due_domain(self, company, today):
        """Open assignments that some level may concern, and that nobody has looked at today."""
        before = max((-level.days for level in self.env['civic.escalation.rule']._get_levels(company)), default=0)
        return (
            Domain('company_id', '=', company.id) & Domain('state', 'in', OPEN_ASSIGNMENT_STATES)
            & Domain('deadline', '<=', company._add_working_days(today, max(before, 0)))
            & (Domain('reminded_on', '=', False) | Domain('reminded_on', '<', today))
        )

    @api.model
    def _search_due(self, company, today):
        # sudo: the job looks at the assignments of everybody, whoever runs it
        return self.sudo().search(self._get_due_domain(company, today), order='deadline, id')

    def _remind(self, company, today):
        """Tell whom the levels name of the assignments of self; call with one agency's, as superuser."""
        levels = self.env['civic.escalation.rule']._get_levels(company)
        people = _People(self.env, company)
        told = defaultdict(lambda: defaultdict(set))            # event → user → documents
        bodies, reminded = {}, self.browse()
        known = {}

        def count(start, end):
            if (start, end) not in known:
                known[start, end] = company._working_days_between(start, end)
            return known[start, end]

        localised = self.with_context(lang=company.partner_id.lang)
        for assignment in self:
            late = count(assignment.deadline, today)
            before = assignment.reminded_on and count(assignment.deadline, assignment.reminded_on)
            users = self.env['res.users']
            for level in levels:
                if level._is_due(late, None if before is False else before):
                    found = people._get(level.whom, assignment)
                    users |= found
                    for user in found:
                        told[level.event_id.code][user].add(assignment.document_id.id)
            if users:
                reminded |= assignment
                bodies[assignment.document_id.id] = localised._get_lateness(late)
        for event, documents in told.items():
            self.env['civic.notification']._notify_each(
                event, {user: self.env['civic.document'].browse(ids) for user, ids in documents.items()}, bodies)
        self.reminded_on = today
        for assignment in reminded:
            assignment.reminder_count += 1

    def _get_lateness(self, late):
        if late > 0:
            return self.env._("%s working days late", late)
        if late == 0:
            return self.env._("due today")
        return self.env._("due in %s working days", -late)


class _People:
    """Whom the levels mean, asked once for all assignments of a run."""

    def __init__(self, env, company):
        self.env = env
        self.company = company
        self.managers = None

    def _get(self, whom, assignment):
        unit = assignment.unit_id
        if whom == 'handler':
            return assignment._get_next_person()
        if whom == 'unit_head':
            return unit.manager_id.user_id
        if whom == 'leader':
            return assignment.assigned_by_id
        if whom == 'follow_up':
            return unit.follow_up_user_id or self.company.incoming_follow_up_user_id
        if self.managers is None:
            self.managers = self.env['res.users'].search([
                ('all_group_ids', 'in', self.env.ref('civic_base.group_manager').ids),
                ('company_ids', 'in', self.company.ids)])
        return self.managers


class CivicDocument(models.Model):
    _inherit = 'civic.document'

    reminded_on = fields.Date(readonly=True, copy=False, export_string_translation=False)
    days_handled = fields.Integer(
        string="Working Days Taken", readonly=True, copy=False, aggregator='sum',
        help="Working days from arrival to the end of handling; open ones grow overnight.")
    days_late = fields.Integer(
        string="Working Days Late", readonly=True, copy=False, aggregator='sum',
        help="Working days after the deadline; open ones grow overnight.")
    calendar_color = fields.Integer(compute='_compute_calendar_color', export_string_translation=False)

    _registered_at_idx = models.Index(
        "(company_id, registered_at) WHERE direction = 'incoming' AND registered_at IS NOT NULL")

    @api.depends('state', 'deadline')
    def _compute_calendar_color(self):
        """Red for what is overdue, orange for what is due, green for what is done, blue for the rest."""
        today = self._today()
        for document in self:
            if document.state == 'done':
                document.calendar_color = 10
            elif document.deadline and document.deadline < today:
                document.calendar_color = 1
            else:
                document.calendar_color = 2 if document.deadline == today else 4

    @api.model
    def _get_system_fields(self):
        return super()._get_system_fields() | {'reminded_on', 'days_handled', 'days_late'}

    def _move_to(self, state, **values):
        result = super()._move_to(state, **values)
        if state == 'done':
            self.filtered(lambda document: document.direction == 'incoming')._note_days()
        return result

    def _note_days(self):
        """What the document took, once it is done."""
        Holding = self.env['civic.holding']
        groups = defaultdict(list)
        # sudo: the unit may not write the document, only answer for its own assignment
        for document in self.sudo():
            end = Holding._get_local_day(document.done_at or fields.Datetime.now())
            company = document.company_id
            taken = company._working_days_between(document.arrival_date, end) if document.arrival_date else 0
            late = company._working_days_between(document.deadline, end) if document.deadline else 0
            groups[max(0, taken), max(0, late)].append(document.id)
        for (taken, late), ids in groups.items():
            self.sudo().browse(ids)._write_by_system({'days_handled': taken, 'days_late': late})

    @api.model
    def _refresh_days(self):
        Holding = self.env['civic.holding']
        end = Holding._sql_day('done_at')
        for target, start in (('days_handled', 'arrival_date'), ('days_late', 'deadline')):
            stale = SQL(
                "r.direction = 'incoming' AND r.%(start)s IS NOT NULL AND (r.state IN ('registered', 'assigned', 'handling')"
                " OR (r.state = 'done' AND r.%(target)s IS NULL))",
                start=SQL.identifier(start), target=SQL.identifier(target))
            Holding._refresh_days(self._name, target, SQL("r.%s", SQL.identifier(start)), end, stale)

    # === WAITING FOR A LEADER === #

    @api.model
    def _get_waiting_domain(self, company, today):
        """Registered documents that no leader has dealt with in time (Decree 30/2020, Art. 23.1)."""
        return (
            Domain('company_id', '=', company.id) & Domain('direction', '=', 'incoming')
            & Domain('state', '=', 'registered') & Domain('submit_deadline', '<', today)
            & (Domain('reminded_on', '=', False) | Domain('reminded_on', '<', today))
        )

    @api.model
    def _search_waiting(self, company, today):
        # sudo: the job looks at everybody's documents, whoever runs it
        return self.sudo().search(self._get_waiting_domain(company, today), order='submit_deadline, id')

    def _remind(self, company, today):
        """Tell the leader, and the follow-up person, of documents that wait to be assigned."""
        told = defaultdict(set)
        bodies = {}
        localised = self.env['civic.assignment'].with_context(lang=company.partner_id.lang)
        for document in self:
            for user in document.leader_id | company.incoming_follow_up_user_id:
                told[user].add(document.id)
            bodies[document.id] = localised._get_lateness(company._working_days_between(document.submit_deadline, today))
        self.env['civic.notification']._notify_each(
            'incoming_overdue', {user: self.browse(ids) for user, ids in told.items()}, bodies)
        if self:
            self._write_by_system({'reminded_on': today})


class HrDepartment(models.Model):
    _inherit = 'hr.department'

    follow_up_user_id = fields.Many2one(
        'res.users', string="Follow-up Person", ondelete='set null',
        help="Who follows up the documents of this unit; else the follow-up person of the agency.")


class ResCompany(models.Model):
    _inherit = 'res.company'

    incoming_follow_up_user_id = fields.Many2one(
        'res.users', string="Follow-up Person", ondelete='set null',
        help="Decree 30/2020, Article 24.1: whom the head names to follow up incoming documents.")
