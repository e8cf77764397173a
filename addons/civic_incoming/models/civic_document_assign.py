from datetime import timedelta

import psycopg2

from odoo import fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tools import format_date

from odoo.addons.civic_base.const import DEFAULT_TZ

from ..const import HANDLING_STATES, OPEN_ASSIGNMENT_STATES


class CivicDocument(models.Model):
    """What the leader says about an incoming document: who leads, who co-ordinates, who is informed (Art. 23.2)."""

    _inherit = 'civic.document'

    # === ACTIONS === #

    def action_assign(self):
        """Open the form in which the leader says who shall do what, for one document or many."""
        self._check_may_assign()
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

    # === ASSIGN === #

    def _check_may_assign(self):
        """Only a leader of the agency says who handles its documents (Art. 23.2)."""
        self.check_access('read')
        if not self.env.user.has_group('civic_base.group_leader'):
            raise AccessError(self.env._("Only a leader of the agency can assign documents or take them back."))

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

    def _assign(self, tasks, instruction=''):
        """Give the documents to units, with the leader's instruction.

        :param tasks: list of dicts with `kind`, `unit` (hr.department), `user` (res.users, may be empty) and
            `deadline` (date or False), the same for every document of self
        :return: the new assignments, as superuser
        """
        self._check_may_assign()
        self._check_assignable()
        instruction = (instruction or '').strip()
        self._check_tasks(tasks)
        if instruction:
            self._check_secret_text(instruction, where='instruction', model='civic.assignment')
        assigned = self.sudo().with_context(tracking_disable=True)
        now = fields.Datetime.now()
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
                'instruction': instruction,
                'assigned_by_id': self.env.uid,
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
        assignments._journal('assignment')
        assigned._close_activities('civic_incoming.mail_activity_type_assign')
        assignments._schedule_handling()
        assigned._on_assigned(assignments)
        return assignments

    def _assign_each(self, tasks, instruction=''):
        """Assign every document that allows it; say for each of the others why not.

        What fits is assigned in one go, with as many queries for a hundred documents as for one. Only if the
        database refuses that, each document gets a savepoint of its own.

        :param tasks: as for :meth:`_assign`; those of the lead are left out for documents that already have one
        :return: list of dicts with `document_id`, `ok` and `message`, in the order of self
        """
        problems = self._get_assign_problems(tasks)
        fit = self.filtered(lambda document: document.id not in problems)
        for documents in fit.grouped(lambda document: document.state == 'registered').values():
            fitting = documents[0]._filter_tasks(tasks)
            try:
                with self.env.cr.savepoint():
                    documents._assign(fitting, instruction)
            except (UserError, AccessError, psycopg2.IntegrityError):
                problems.update(documents._assign_one_by_one(fitting, instruction))
        return [
            {'document_id': document.id, 'ok': document.id not in problems, 'message': problems.get(document.id, "")}
            for document in self
        ]

    def _check_tasks(self, tasks):
        """Refuse an instruction that the law, or the calendar, does not allow for these documents."""
        self._check_task_people(tasks)
        for document in self:
            document._check_own_tasks(tasks)

    def _check_task_people(self, tasks):
        """Refuse units and people that cannot take a task, whatever the document."""
        today = self._today()
        for task in tasks:
            # sudo: which units and people there are is known in the house
            unit, user, deadline = task['unit'].sudo(), task['user'].sudo(), task['deadline']
            if not unit:
                raise UserError(self.env._("Name the unit that shall handle the document."))
            if not unit.active:
                raise UserError(self.env._(
                    "%s was closed: choose the unit that took over its work.", unit.name))
            if user and not user.active:
                raise UserError(self.env._(
                    "%(person)s no longer works here: choose another person of %(unit)s, or leave it to the unit.",
                    person=user.name, unit=unit.name))
            if user and user not in task['unit']._get_civic_people():
                raise UserError(self.env._("%(person)s does not work in %(unit)s.", person=user.name, unit=unit.name))
            if task['kind'] == 'inform':
                continue
            if not deadline:
                raise UserError(self.env._("Give %s a deadline.", unit.name))
            if deadline < today:
                raise UserError(self.env._(
                    "The deadline of %(unit)s (%(deadline)s) has already passed.",
                    unit=unit.name, deadline=format_date(self.env, deadline)))

    def _check_own_tasks(self, tasks):
        """Refuse what does not fit this document; the people were checked before."""
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
        opened = {
            (assignment.unit_id, assignment.user_id) for assignment in self.sudo().assignment_ids
            if assignment.state in OPEN_ASSIGNMENT_STATES}
        for task in tasks:
            unit, user, deadline = task['unit'], task['user'], task['deadline']
            if (unit, user) in seen:
                raise UserError(self.env._("%s is named twice.", unit.name))
            seen.add((unit, user))
            if (unit, user) in opened:
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
        for document in readable:
            try:
                document._check_may_assign()
                document._check_assignable()
                document._check_own_tasks(document._filter_tasks(tasks))
            except (UserError, AccessError) as error:
                problems[document.id] = str(error)
        return problems

    def _filter_tasks(self, tasks):
        """Leave the lead out where the document already has one, if others are named."""
        if self._needs_lead() or not any(task['kind'] != 'lead' for task in tasks):
            return tasks
        return [task for task in tasks if task['kind'] != 'lead']

    def _assign_one_by_one(self, tasks, instruction):
        """Return {document id: message} of those that the database refused."""
        problems = {}
        for document in self:
            try:
                with self.env.cr.savepoint():
                    document._assign(tasks, instruction)
            except (UserError, AccessError) as error:
                problems[document.id] = str(error)
            except psycopg2.IntegrityError:
                problems[document.id] = self.env._("Somebody else assigned this document just now: look at it again.")
        return problems

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
