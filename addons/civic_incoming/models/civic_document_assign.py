from datetime import timedelta

import psycopg2

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command, Domain
from odoo.tools import format_date

from odoo.addons.civic_base.const import DEFAULT_TZ

from ..const import HANDLING_STATES, HELD_ASSIGNMENT_STATES, OPEN_ASSIGNMENT_STATES


class CivicDocument(models.Model):
    """What the leader says about an incoming document: who leads, who co-ordinates, who is informed (Art. 23.2)."""

    _inherit = 'civic.document'

    can_assign = fields.Boolean(compute='_compute_can_assign')
    can_take_back = fields.Boolean(compute='_compute_can_assign')
    can_take_back_delegation = fields.Boolean(compute='_compute_can_take_back_delegation')

    # === COMPUTE === #

    @api.depends('state', 'direction', 'assignment_ids.state', 'assignment_ids.read_at')
    @api.depends_context('uid')
    def _compute_can_assign(self):
        may_assign = self._filtered_may_assign()
        unread, leads_read = set(), set()
        if may_assign:
            for assignment in self.env['civic.assignment'].search(
                Domain('document_id', 'in', may_assign.ids) & Domain('state', 'in', OPEN_ASSIGNMENT_STATES)
            ):
                if not assignment.read_at:
                    unread.add(assignment.document_id.id)
                elif assignment.kind == 'lead':
                    leads_read.add(assignment.document_id.id)
        for document in self:
            document.can_assign = (
                document in may_assign and document.direction == 'incoming'
                and document.state in ('registered', *HANDLING_STATES))
            document.can_take_back = document._origin.id in unread - leads_read

    @api.depends('assignment_ids.user_id', 'assignment_ids.user_read_at', 'assignment_ids.state')
    @api.depends_context('uid')
    def _compute_can_take_back_delegation(self):
        """Whether the user gave the document to a person who has not read it."""
        given = self.env['civic.assignment.delegation'].search([
            ('document_id', 'in', self.ids), ('given_by_id', '=', self.env.uid),
            ('read_at', '=', False), ('taken_back_at', '=', False),
            ('assignment_id.state', 'in', OPEN_ASSIGNMENT_STATES)])
        for document in self:
            document.can_take_back_delegation = document._origin in given.document_id

    @api.depends('company_id', 'direction')
    def _compute_leader_id(self):
        super()._compute_leader_id()
        # a draft must come in even if the leader of the settings has left: the clerk names another one
        for document in self:
            if document.leader_id and not document._origin and not self._is_leader(
                    document.leader_id, document.company_id):
                document.leader_id = False

    # === CONSTRAINTS === #

    @api.constrains('leader_id', 'company_id')
    def _check_leader(self):
        """Documents are submitted to a leader of the agency (Art. 23.1), whatever list a browser showed."""
        for document in self:
            leader, company = document.leader_id, document.company_id
            if leader and not self._is_leader(leader, company):
                raise ValidationError(self.env._(
                    "%(person)s is no leader of %(agency)s, or no longer works here: "
                    "choose a leader of the agency to submit the document to.",
                    person=leader.sudo().name, agency=company.name))

    @api.model
    def _is_leader(self, user, company):
        # sudo: who leads which agency is known in the house
        return user.sudo().has_group('civic_base.group_leader') and company.id in user._get_working_company_ids()

    # === ACTIONS === #

    def action_assign(self):
        """Open the form in which the leader says who shall do what, for one document or many."""
        self._check_may_assign()
        if len(self) == 1:
            self._check_assignable()
        return self.env['ir.actions.act_window']._for_xml_id('civic_incoming.civic_assign_wizard_action') | {
            'context': {'default_document_ids': self.ids},
        }

    def action_take_back(self):
        """Take back what nobody has read yet."""
        self._check_may_assign()
        for document in self:
            opened = document.assignment_ids.filtered(lambda line: line.state in OPEN_ASSIGNMENT_STATES)
            lead = opened.filtered(lambda line: line.kind == 'lead')
            unread = opened.filtered(lambda line: not line.read_at)
            if not unread and not lead:
                raise UserError(self.env._("There is nothing to take back on “%s”.", document.display_name))
            # with the lead goes the instruction: a read lead refuses for all
            (unread | lead)._take_back()
        return True

    def action_take_back_delegation(self):
        """Take the document back from the person of the unit who has not read it yet."""
        for document in self:
            document.check_access('read')
            # sudo: the rows are found for the person, who is checked by the act
            given = document.sudo().assignment_ids.filtered(lambda line: (
                line.state in OPEN_ASSIGNMENT_STATES
                and line._get_last_delegation().given_by_id == self.env.user))
            if not given:
                raise UserError(self.env._("There is nothing to take back on “%s”.", document.display_name))
            given.sudo(False)._take_back_delegation()
        return True

    def action_ask_extension(self):
        """Ask the leader for more time."""
        return self._get_own_assignment().action_ask_extension()

    # === WHO MAY === #

    @api.model
    def _get_leader_role(self):
        """The id of the role of leaders, which costs no query."""
        return self.env['ir.model.data']._xmlid_to_res_id('civic_base.group_leader')

    @api.model
    def _get_replaced_leaders(self):
        """Return {agency id: ids of its leaders in whose place the user acts there today}."""
        found = {}
        for item in self.env['civic.substitute']._get_active(self.env.uid, self._today()):
            # who stands in for given routes or one step only does not lead; who stands in for the role does
            if item.covers_role(self._get_leader_role()) and self._is_leader(
                    self.env['res.users'].browse(item.user_id), self.env['res.company'].browse(item.company_id)):
                found.setdefault(item.company_id, []).append(item.user_id)
        return found

    @api.model
    def _get_acting_leaders(self, company):
        """The leaders of the agency that the user acts as today: oneself, and those whom one substitutes for there."""
        user = self.env.user
        leaders = user.browse(self._get_replaced_leaders().get(company.id, ()))
        return user | leaders if self._is_leader(user, company) else leaders

    @api.model
    def _is_acting_leader(self):
        """Whether the user leads, or acts for a leader, in any agency."""
        return self.env.user.has_group('civic_base.group_leader') or bool(self._get_replaced_leaders())

    @api.model
    def _get_led_domain(self, make_domain):
        """What waits for the user as a leader, or as the substitute of one in the agency of the substitution.

        :param make_domain: function that returns the domain of what waits for leaders with the given ids
        """
        domains = [
            Domain('company_id', '=', company_id) & make_domain(user_ids)
            for company_id, user_ids in self._get_replaced_leaders().items()]
        if self.env.user.has_group('civic_base.group_leader'):
            domains.append(make_domain([self.env.uid]))
        return Domain.OR(domains)

    @api.model
    def _with_deputies(self, leader, company):
        """The leader, and those who act for the leader today in the agency; without a query."""
        return leader | leader.browse(
            self.env['civic.substitute']._get_deputies(leader.id, company.id, self._get_leader_role()))

    def _filtered_may_assign(self):
        """The documents of agencies in which the user acts as a leader."""
        companies = self.company_id.filtered(self._get_acting_leaders)
        return self.filtered(lambda document: document.company_id in companies)

    def _check_may_assign(self):
        """Only a leader of the agency, or who acts for one, says who handles its documents (Art. 23.2)."""
        self.check_access('read')
        if not self._is_acting_leader() or self - self._filtered_may_assign():
            raise AccessError(self.env._("Only a leader of the agency can assign documents or take them back."))

    def _get_substituted_leaders(self):
        """Return {document id: the leader in whose place the user acts on it}; not where the user is a leader."""
        found = {}
        # sudo: to whom a document is submitted decides, not what the user may read of it
        for company, documents in self.sudo().grouped('company_id').items():
            leaders = self._get_acting_leaders(company)
            if leaders and self.env.user not in leaders:
                for document in documents:
                    found[document.id] = document.leader_id if document.leader_id in leaders else leaders[0]
        return found

    def _check_assignable(self):
        for document in self:
            if document.direction != 'incoming':
                raise UserError(self.env._(
                    "“%s” is not an incoming document: it is not assigned.", document.display_name))
            if document.state == 'draft':
                # Art. 22.1: what is not registered need not be handled
                raise UserError(self.env._(
                    "“%s” is not registered yet and cannot be assigned (Decree 30/2020, Article 22.1).",
                    document.display_name))
            if document.state not in ('registered', *HANDLING_STATES):
                raise UserError(self.env._(
                    "“%(document)s” can no longer be assigned: it has the state “%(state)s”.",
                    document=document.display_name,
                    state=dict(self._fields['state']._description_selection(self.env))[document.state]))

    def _needs_lead(self):
        """The documents of self that no unit leads at present."""
        return self.filtered(lambda document: document.state == 'registered')

    # === ASSIGN === #

    def _assign(self, tasks, instruction=''):
        """Give the documents to units, with the leader's instruction.

        :param tasks: list of dicts with `kind`, `unit` (hr.department), `user` (res.users, may be empty),
            `deadline` (date or False) and, if wanted, `instruction` for this unit and `needs_approval`; the same
            for every document of self
        :return: the new assignments, as superuser
        """
        self._check_may_assign()
        self._check_assignable()
        self._check_tasks(tasks)
        instruction = self._fill_instruction(instruction, tasks)
        for text in filter(None, (instruction, *(task.get('instruction') for task in tasks))):
            self._check_secret_text(text, where='instruction', model='civic.assignment')
        # sudo: who assigns has no right to write documents that others entered
        assigned = self.sudo().with_context(tracking_disable=True)
        now = fields.Datetime.now()
        substituted = self._get_substituted_leaders()
        # a lead that was just taken back must be out of the way of the new one, in the database too
        self.env['civic.assignment'].flush_model(['state'])
        # sudo: people have no right to write assignments, only to act on them
        assignments = self.env['civic.assignment'].sudo().create([
            {
                'document_id': document.id,
                'kind': task['kind'],
                'unit_id': task['unit'].id,
                'user_id': task['user'].id,
                'deadline': task['deadline'],
                'instruction': "\n".join(filter(None, (instruction, (task.get('instruction') or '').strip()))),
                'needs_approval': bool(task.get('needs_approval')) and task['kind'] != 'inform',
                'assigned_by_id': self.env.uid,
                'substituted_id': document.id in substituted and substituted[document.id].id,
                'assigned_at': now,
                'grants_unit': task['unit'] not in document.unit_ids,
                'grants_user': bool(task['user']) and task['user'] not in document.user_ids,
            }
            for document in assigned
            for task in tasks
        ])
        for task in tasks:
            assigned._grant_readers(task['unit'], task['user'])
            if task['kind'] == 'lead':
                assigned._move_to(
                    'assigned', unit_id=task['unit'].id, handler_id=task['user'].id, deadline=task['deadline'])
        assignments._journal('assignment', {
            assignment.id: assignment.substituted_id for assignment in assignments if assignment.substituted_id})
        assigned._close_activities('civic_incoming.mail_activity_type_assign')
        assignments._schedule_handling()
        assigned._on_assigned(assignments)
        return assignments

    def _assign_each(self, tasks, instruction=''):
        """Assign every document that allows it; say for each of the others why not.

        What fits is assigned in one go, with as many queries for a hundred documents as for one. Only if the
        database refuses that, each document gets a savepoint of its own.

        :param tasks: as for :meth:`_assign`; that of the lead is left out for documents that already have one
        :return: list of dicts with `document_id`, `ok`, `message` and `assignment_ids`, in the order of self
        """
        problems = self._get_assign_problems(tasks)
        created = self.env['civic.assignment'].sudo()
        fit = self.filtered(lambda document: document.id not in problems)
        for documents in fit.grouped(lambda document: document.state == 'registered').values():
            fitting = documents[0]._filter_tasks(tasks)
            try:
                with self.env.cr.savepoint():
                    created |= documents._assign(fitting, instruction)
            except (UserError, AccessError, psycopg2.IntegrityError):
                made, refused = documents._assign_one_by_one(fitting, instruction)
                created |= made
                problems.update(refused)
        assignment_ids = created.grouped('document_id')
        return [
            {
                'document_id': document.id,
                'ok': document.id not in problems,
                'message': problems.get(document.id, ""),
                'assignment_ids': assignment_ids.get(document, created.browse()).ids,
            }
            for document in self
        ]

    def _assign_one_by_one(self, tasks, instruction):
        """Return the new assignments, and {document id: message} of what the database refused."""
        created = self.env['civic.assignment'].sudo()
        problems = {}
        for document in self:
            try:
                with self.env.cr.savepoint():
                    created |= document._assign(tasks, instruction)
            except (UserError, AccessError) as error:
                problems[document.id] = str(error)
            except psycopg2.IntegrityError:
                problems[document.id] = self.env._("Somebody else assigned this document just now: look at it again.")
        return created, problems

    def _fill_instruction(self, instruction, tasks):
        """Put the unit and the day into the places that a saved phrase leaves for them."""
        instruction = (instruction or '').strip()
        lead = next((task for task in tasks if task['kind'] == 'lead'), None) or next(iter(tasks), None)
        if lead:
            instruction = instruction.replace('{unit}', lead['unit'].name or "").replace(
                '{deadline}', lead['deadline'] and format_date(self.env, lead['deadline']) or "…")
        return instruction

    # === WHAT FITS === #

    def _check_tasks(self, tasks):
        """Refuse an instruction that the law, or the calendar, does not allow for these documents."""
        self._check_task_people(tasks)
        for document in self:
            document._check_own_tasks(tasks)

    def _check_task_people(self, tasks):
        """Refuse units and people that cannot take a task, whatever the document."""
        today = self._today()
        for task in tasks:
            unit, user, deadline = task['unit'], task['user'], task['deadline']
            if not unit:
                raise UserError(self.env._("Name the unit that shall handle the document."))
            self._check_unit(unit)
            if user:
                self._check_person(user, unit)
            if task['kind'] == 'inform':
                continue
            if not deadline:
                raise UserError(self.env._("Give %s a deadline.", unit.name))
            if deadline < today:
                raise UserError(self.env._(
                    "The deadline of %(unit)s (%(deadline)s) has already passed.",
                    unit=unit.name, deadline=format_date(self.env, deadline)))

    @api.model
    def _check_unit(self, unit):
        # sudo: which units there are is known in the house
        if not unit.sudo().active:
            raise UserError(self.env._("%s was closed: choose the unit that took over its work.", unit.sudo().name))

    @api.model
    def _check_person(self, user, unit):
        """Refuse who left, and who works elsewhere."""
        # sudo: who works where is known in the house
        user, unit = user.sudo(), unit.sudo()
        if not user.active:
            raise UserError(self.env._(
                "%(person)s no longer works here: choose another person of %(unit)s, or leave it to the unit.",
                person=user.name, unit=unit.name))
        if user not in unit._get_civic_people():
            raise UserError(self.env._("%(person)s does not work in %(unit)s.", person=user.name, unit=unit.name))

    def _check_own_tasks(self, tasks):
        """Refuse what does not fit this document; units and people were checked before."""
        self.ensure_one()
        leads = [task for task in tasks if task['kind'] == 'lead']
        if len(leads) > 1 or (leads and not self._needs_lead()):
            raise UserError(self.env._(
                "“%(document)s” can have only one lead unit (Decree 30/2020, Article 23.2).",
                document=self.display_name))
        if not leads and self._needs_lead():
            raise UserError(self.env._(
                "Name the lead unit for “%s” (Decree 30/2020, Article 23.2).", self.display_name))
        if not tasks:
            raise UserError(self.env._("Name at least one unit."))
        latest = leads[0]['deadline'] if leads else self.deadline
        seen = set()
        # sudo: whoever may assign the document may know who has it already
        held = {
            (assignment.unit_id, assignment.user_id) for assignment in self.sudo().assignment_ids
            if assignment.state in HELD_ASSIGNMENT_STATES}
        for task in tasks:
            unit, user, deadline = task['unit'], task['user'], task['deadline']
            if (unit, user) in seen:
                raise UserError(self.env._("%s is named twice.", unit.name))
            seen.add((unit, user))
            if (unit, user) in held:
                raise UserError(self.env._(
                    "%(unit)s already has “%(document)s” to handle.", unit=unit.name, document=self.display_name))
            # sudo: which units there are is known in the house
            if unit.sudo().company_id and unit.sudo().company_id != self.company_id:
                raise UserError(self.env._(
                    "%(unit)s is no unit of %(agency)s.", unit=unit.name, agency=self.company_id.name))
            if self.access_level == 'restricted' and not user:
                raise UserError(self.env._(
                    "Only named people may read “%(document)s”: name a person of %(unit)s.",
                    document=self.display_name, unit=unit.name))
            if task['kind'] == 'coordinate' and latest and deadline > latest:
                raise UserError(self.env._(
                    "%(unit)s co-ordinates: its deadline (%(deadline)s) cannot be after that of the lead unit (%(lead)s).",
                    unit=unit.name, deadline=format_date(self.env, deadline), lead=format_date(self.env, latest)))

    def _get_assign_problems(self, tasks):
        """Return {document id: why the instruction does not fit it}, without touching anything."""
        self._check_task_people(tasks)
        problems = {}
        readable = self._filtered_access('read')
        for document in self - readable:
            problems[document.id] = self.env._("You may not read this document.")
        may_assign = readable._filtered_may_assign()
        for document in readable - may_assign:
            problems[document.id] = self.env._("Only a leader of the agency can assign this document.")
        for document in may_assign:
            try:
                document._check_assignable()
                document._check_own_tasks(document._filter_tasks(tasks))
            except UserError as error:
                problems[document.id] = str(error)
        return problems

    def _filter_tasks(self, tasks):
        """Leave the lead out where the document already has one, if others are named."""
        if self._needs_lead() or all(task['kind'] == 'lead' for task in tasks):
            return tasks
        return [task for task in tasks if task['kind'] != 'lead']

    def _get_default_deadline(self):
        """The earliest deadline that the rules, or the document itself, give for handling."""
        now = fields.Datetime.now()
        today = self._today()
        deadlines = []
        for document in self:
            if document.deadline and document.deadline >= today:
                deadlines.append(document.deadline)
                continue
            company = document.company_id
            rule = self.env['civic.rule.value']
            if document.urgency == 'normal':
                days = rule._get('incoming.handle_working_days', today, company)
                deadlines.append(company._add_working_days(today, days))
            else:
                # Art. 24.2: "at once", which the agency's regulation turns into hours
                hours = rule._get('incoming.urgent_hours', today, company)
                local = self.with_context(tz=DEFAULT_TZ)
                deadlines.append(fields.Datetime.context_timestamp(local, now + timedelta(hours=hours)).date())
        return min(deadlines, default=False)

    def _grant_readers(self, units=None, users=None):
        """Let the units and people read the documents, as the record rules read these fields."""
        # sudo: who gives a document on need not have the right to write it
        documents_sudo = self.sudo()
        for name, readers in (('unit_ids', units), ('user_ids', users)):
            for reader in readers or ():
                lacking = documents_sudo.filtered(lambda document, name=name, reader=reader: reader not in document[name])
                if lacking:
                    lacking._write_by_system({name: [Command.link(reader.id)]})

    def _get_own_assignment(self):
        """The assignment that the user is to answer on this document."""
        self.ensure_one()
        self.check_access('read')
        if not self.own_assignment_id:
            raise AccessError(self.env._("This document is not assigned to you or to your unit."))
        return self.own_assignment_id

    # === HOOKS === #

    def _on_assigned(self, assignments):
        """Hook, after `assignments` (as superuser, of documents of self) were given out."""

    def _on_assignment_finished(self, assignments):
        """Hook, after `assignments` (as superuser, of documents of self) were done, by the unit or with its lead."""

    def _on_assignment_returned(self, assignments):
        """Hook, after the unit gave `assignments` (as superuser, of documents of self) back to the leader."""
