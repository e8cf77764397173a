import logging
from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command, Domain
from odoo.tools import format_datetime

from odoo.addons.civic_base.const import DEFAULT_TZ

from ..const import BUTTON_KINDS, LATENESS_BATCH, TASK_NOTES, TASK_STATES
from ..tools import engine

_logger = logging.getLogger(__name__)

EVENT_BY_KIND = {'opinion': 'opinion', 'inform': 'access'}       # any other step is an approval


class CivicRouteTask(models.Model):
    """One step of a route, put before the people who act on it.

    Any one of them acts for all. Who substitutes for one of them acts on his or her behalf, for the days of the
    substitution; both names stay. Rows are written by the engine only.
    """

    _name = 'civic.route.task'
    _description = "Step to Act on"
    _order = 'deadline, id'
    _rec_name = 'step_id'

    case_id = fields.Many2one('civic.route.case', required=True, readonly=True, index=True, ondelete='cascade')
    document_id = fields.Many2one('civic.document', required=True, readonly=True, index=True, ondelete='cascade')
    company_id = fields.Many2one('res.company', "Agency", required=True, readonly=True, ondelete='restrict')
    step_id = fields.Many2one('civic.route.step', required=True, readonly=True, index=True, ondelete='restrict')
    route_id = fields.Many2one(related='case_id.route_id')
    kind = fields.Selection(
        selection=lambda self: self.env['civic.route.step']._fields['kind']._description_selection(self.env),
        string="What to Do", required=True, readonly=True)
    round = fields.Integer(required=True, readonly=True)
    user_ids = fields.Many2many('res.users', 'civic_route_task_user_rel', string="Asked", readonly=True)
    granted_user_ids = fields.Many2many(
        'res.users', 'civic_route_task_granted_rel', readonly=True, export_string_translation=False)
    state = fields.Selection(TASK_STATES, required=True, readonly=True, default='open')
    acted_by_id = fields.Many2one('res.users', "Done by", readonly=True, ondelete='restrict')
    principal_id = fields.Many2one('res.users', "On Behalf of", readonly=True, ondelete='restrict')
    opened_at = fields.Datetime("Since", required=True, readonly=True)
    deadline = fields.Datetime(readonly=True)
    late_from = fields.Datetime(readonly=True)
    late_on = fields.Date("Last Followed up", readonly=True)
    done_at = fields.Datetime("Done on", readonly=True)
    comment = fields.Text(readonly=True)
    note = fields.Selection(TASK_NOTES, "Explanation", readonly=True)

    subject = fields.Char(related='document_id.subject')
    urgency = fields.Selection(related='document_id.urgency')
    is_for_me = fields.Boolean("Waits for Me", compute='_compute_is_for_me', search='_search_is_for_me')
    on_behalf_of_id = fields.Many2one(
        'res.users', "I Act for", compute='_compute_is_for_me', help="The absent person for whom you act.")
    is_late = fields.Boolean("Late", compute='_compute_is_late', search='_search_is_late')
    next_summary = fields.Char("What Comes Next", compute='_compute_next_summary')

    _open_idx = models.Index("(company_id, deadline, id) WHERE state = 'open'")
    _late_idx = models.Index("(late_from) WHERE state = 'open' AND late_from IS NOT NULL")
    _open_document_idx = models.Index("(document_id) WHERE state = 'open'")

    # === COMPUTE === #

    @api.depends('step_id.name', 'document_id.display_name')
    def _compute_display_name(self):
        for task in self:
            task.display_name = f"{task.step_id.name or ''} · {task.document_id.display_name or ''}"

    @api.depends('state', 'user_ids')
    @api.depends_context('uid')
    def _compute_is_for_me(self):
        principals = self._get_principals()
        for task in self:
            principal = task.state == 'open' and principals.get(task.id)
            task.is_for_me = bool(principal)
            task.on_behalf_of_id = principal if principal and principal != self.env.uid else False

    def _search_is_for_me(self, operator, value):
        if operator != 'in':
            return NotImplemented
        return Domain('state', '=', 'open') & (Domain('user_ids', 'in', [self.env.uid]) | self._get_substituted_domain())

    @api.depends('state', 'deadline')
    def _compute_is_late(self):
        now = fields.Datetime.now()
        for task in self:
            task.is_late = bool(task.state == 'open' and task.deadline and task.deadline < now)

    def _search_is_late(self, operator, value):
        if operator != 'in':
            return NotImplemented
        return Domain('state', '=', 'open') & Domain('deadline', '<', fields.Datetime.now())

    @api.depends('step_id', 'state')
    @api.depends_context('lang')
    def _compute_next_summary(self):
        for task in self:
            # sudo: names of steps are known in the house
            step = task.sudo().step_id
            following = step.version_id.step_ids.filtered(lambda other, step=step: other.stage > step.stage)
            first = following.filtered(lambda other, following=following: other.stage == following[0].stage)
            task.next_summary = " + ".join(
                f"{other.name} ({other.who})" for other in first) or self.env._("End of the route")

    # === WHO MAY ACT === #

    @api.model
    def _get_substituted_domain(self):
        """Open tasks that the user acts on today for somebody else."""
        domains = []
        for absent in self.env['civic.substitute']._get_active(self.env.uid, self.env['civic.document']._today()):
            domain = Domain('company_id', '=', absent.company_id) & Domain('user_ids', 'in', [absent.user_id])
            if absent.task_id:
                domain &= Domain('id', '=', absent.task_id)
            elif absent.route_ids is not None:
                domain &= (
                    Domain('case_id.route_id', 'in', absent.route_ids)
                    | Domain('step_id.group_id', 'in', absent.group_ids))
            domains.append(domain)
        return Domain('state', '=', 'open') & Domain.OR(domains) if domains else Domain.FALSE

    def _get_principals(self):
        """Return {task id: id of the person in whose name the user may act}."""
        principals = {}
        active = self.env['civic.substitute']._get_active(self.env.uid, self.env['civic.document']._today())
        # sudo: the task says who may act on it
        for task in self.sudo():
            users = task.user_ids.ids
            if self.env.uid in users:
                principals[task.id] = self.env.uid
                continue
            for absent in active:
                if absent.user_id in users and absent.covers(
                        task.company_id.id, task.id, task.case_id.route_id.id, task.step_id.group_id.id):
                    principals[task.id] = absent.user_id
                    break
        return principals

    def _check_may_act(self):
        """Return who acts in whose name, or refuse."""
        self.check_access('read')
        principals = self._get_principals()
        for task in self:
            if task.state != 'open':
                raise UserError(task._get_closed_message())
            if task.id not in principals:
                raise AccessError(self.env._(
                    "The step “%(step)s” of “%(document)s” does not wait for you.",
                    step=task.sudo().step_id.name, document=task.document_id.display_name))
        return principals

    def _get_closed_message(self):
        self.ensure_one()
        task = self.sudo()
        if task.acted_by_id:
            return self.env._(
                "%(person)s has already acted on the step “%(step)s” of “%(document)s” on %(date)s.",
                person=task.acted_by_id.name, step=task.step_id.name, document=task.document_id.display_name,
                date=format_datetime(self.env, task.done_at, dt_format='short'))
        return self.env._(
            "The step “%(step)s” of “%(document)s” waits for nobody any more: %(state)s.",
            step=task.step_id.name, document=task.document_id.display_name,
            state=dict(self._fields['state']._description_selection(self.env))[task.state])

    # === ACTIONS === #

    def action_approve(self):
        """Approve, or note what is for information: one tap, for one document or many."""
        self._check_may_act()
        if any(task.kind not in self._get_button_kinds() or task.kind == 'opinion' for task in self):
            raise UserError(self.env._("Only steps to approve and steps for information are done with one tap."))
        self._act()
        return True

    def action_comment(self):
        """Open the form to approve, or to give an opinion, with a text."""
        self._check_may_act()
        return self._open_act_wizard('act')

    def action_return(self):
        """Open the form to return the document to an earlier step."""
        self._check_may_act()
        return self._open_act_wizard('return')

    def action_delegate(self):
        """Open the form to let somebody else do it, for some days."""
        self.ensure_one()
        self._check_may_delegate()
        return {
            **self.env['ir.actions.act_window']._for_xml_id('civic_workflow.civic_route_delegate_wizard_action'),
            'context': {'default_task_id': self.id},
        }

    def action_open_document(self):
        self.ensure_one()
        self.document_id.check_access('read')
        return self.document_id._open_on_route()

    def _open_act_wizard(self, outcome):
        return {
            **self.env['ir.actions.act_window']._for_xml_id('civic_workflow.civic_route_act_wizard_action'),
            'context': {'default_task_ids': self.ids, 'default_outcome': outcome},
        }

    # === ACT === #

    @api.model
    def _get_button_kinds(self):
        """The kinds of steps that are finished by their own button; rooms that add such kinds extend it."""
        return BUTTON_KINDS

    @api.model
    def _get_return_kinds(self):
        """The kinds of steps from which a document is returned by a button, and that stand on one's list."""
        return self._get_button_kinds()

    def _act(self, comment=''):
        """Do the steps, with a comment if there is one."""
        self._run('act', comment)

    def _return(self, comment, step=None):
        """Return the documents to an earlier step, with the reason."""
        if not (comment or '').strip():
            raise UserError(self.env._("Say why you return the document."))
        self._run('return', comment, step)

    def _run(self, outcome, comment='', step=None):
        self._check_may_act()
        comment = (comment or '').strip()
        allowed = self._get_button_kinds() if outcome == 'act' else self._get_return_kinds()
        if any(task.kind not in allowed for task in self):
            raise UserError(self.env._(
                "This step is done by its own act on the document, not here."))
        if outcome == 'act' and not comment and any(task.kind == 'opinion' for task in self):
            raise UserError(self.env._("Write your opinion."))
        if comment:
            self.document_id._check_secret_text(comment, where='comment', model=self._name, res_id=self[:1].id)
        self.case_id.sudo()._lock()
        principals = self._check_may_act()
        remaining = self
        while remaining:
            # one task per case at a time: an act may close another one of the same case
            batch = self.browse(tasks[0].id for tasks in remaining.grouped('case_id').values())
            batch._run_batch(outcome, comment, step, principals)
            remaining = (remaining - batch).filtered(lambda task: task.sudo().state == 'open')

    def _run_batch(self, outcome, comment, step, principals):
        tasks = self.sudo()
        cases = tasks.case_id
        facts = cases._get_facts()
        for event_type, members in tasks.grouped(
                lambda task: 'return' if outcome == 'return' else EVENT_BY_KIND.get(task.kind, 'approval')).items():
            progresses, details = {}, {}
            for task in members:
                case = task.case_id
                route = facts[case].batch.route
                state = case._get_engine_tasks(route)
                principal = principals[task.id]
                try:
                    if outcome == 'return':
                        stage = step.stage if step else None
                        progresses[case] = engine.send_back(
                            route, facts[case], state, task.id, principal, stage)
                    else:
                        progresses[case] = engine.act(route, facts[case], state, task.id, principal)
                except engine.TooManyReturns as error:
                    raise UserError(self.env._(
                        "“%(document)s” was returned %(count)s times already. Approve it, or ask the records "
                        "administrator to stop the route.",
                        document=task.document_id.display_name, count=route.max_returns)) from error
                except engine.CannotReturn as error:
                    raise UserError(self.env._(
                        "“%s” cannot be returned to that step from here.", task.document_id.display_name)) from error
                details[case] = task._prepare_journal(outcome, comment, principal)
            members.case_id.sudo(False)._apply(
                event_type, progresses, details, {task: comment for task in members})

    def _prepare_journal(self, outcome, comment, principal):
        self.ensure_one()
        detail = {'act': outcome, 'step': self.step_id.name}
        if principal and principal != self.env.uid:
            detail['on_behalf_of'] = self.env['res.users'].sudo().browse(principal).login
        if comment and self.document_id.access_level != 'restricted':
            detail['comment'] = comment
        return detail

    def _get_return_steps(self):
        """The earlier steps to which this task may return the document."""
        self.ensure_one()
        task = self.sudo()
        route = task.step_id.version_id._get_engine_route()
        tasks = task.case_id._get_engine_tasks(route)
        mine = next(item for item in tasks if item.key == task.id)
        return self.env['civic.route.step'].browse(
            step.key for step in engine.get_return_targets(route, tasks, mine))

    # === DELEGATE === #

    def _check_may_delegate(self):
        """Whoever is asked may let somebody else do it; the administrator may, for anybody."""
        self.check_access('read')
        for task in self:
            if task.state != 'open':
                raise UserError(task._get_closed_message())
            if self.env.user not in task.sudo().user_ids and not self.env.user.has_group(
                    'civic_base.group_records_admin'):
                raise AccessError(self.env._("Only who is asked can let somebody else do it."))

    def _delegate(self, user, date_from, date_to, reason):
        """Let the person do the own step on one's behalf, for some days."""
        self.ensure_one()
        self._check_may_delegate()
        if self.env.user not in self.sudo().user_ids:
            raise AccessError(self.env._("Only who is asked can let somebody else do it."))
        # as the person: whose absence may be entered is checked there
        row = self.env['civic.substitute'].create({
            'user_id': self.env.uid,
            'substitute_id': user.id,
            'company_id': self.company_id.id,
            'date_from': date_from,
            'date_to': date_to,
            'reason': reason,
            'scope': 'task',
            'task_id': self.id,
        })
        task = self.sudo()
        task.case_id.sudo(False)._journal('delegation', {task.case_id: {
            'act': 'delegate', 'step': task.step_id.name, 'to': user.login,
            'from': fields.Date.to_string(row.date_from), 'until': fields.Date.to_string(row.date_to),
            'reason': reason}})
        task._refresh_activities(task)
        task._tell('route_turn')

    def _hand_over(self, user, reason):
        """The records administrator puts the step before another person for good."""
        if not self.env.user.has_group('civic_base.group_records_admin'):
            raise AccessError(self.env._("Only a records administrator of the agency can hand a step over."))
        self._check_may_delegate()
        self.case_id.sudo()._lock()
        self._check_may_delegate()
        self.document_id._check_secret_text(reason, where='reason', model=self._name, res_id=self[:1].id)
        for task in self.sudo():
            if task.company_id not in user.sudo().company_ids or not user.sudo().active:
                raise UserError(self.env._(
                    "%(person)s does not work for %(agency)s.", person=user.name, agency=task.company_id.name))
        tasks = self.sudo()
        tasks._revoke_readers()
        tasks.write({'user_ids': [Command.set(user.ids)], 'note': False})
        tasks._grant_readers()
        tasks.case_id.sudo(False)._journal('delegation', {
            task.case_id: {'act': 'hand_over', 'step': task.step_id.name, 'to': user.login, 'reason': reason}
            for task in tasks})
        tasks._refresh_activities(tasks)
        tasks._tell('route_turn')

    # === OPEN === #

    @api.model
    def _open(self, vals_list):
        """Create the tasks and let the people who are asked read the documents."""
        tasks = self.create(vals_list)
        tasks.filtered(lambda task: task.state == 'open')._grant_readers()
        return tasks

    def _grant_readers(self):
        """Name the people on documents that not the whole agency reads, as the record rules read that field."""
        lacking = defaultdict(lambda: self.env['civic.document'].sudo())
        granted = defaultdict(lambda: self.env['civic.route.task'].sudo())
        for task in self:
            if task.document_id.access_level == 'agency':
                continue
            for user in task.user_ids - task.document_id.user_ids:
                lacking[user] |= task.document_id
                granted[user] |= task
        for user, documents in lacking.items():
            documents._write_by_system({'user_ids': [Command.link(user.id)]})
            granted[user].write({'granted_user_ids': [Command.link(user.id)]})

    def _revoke_readers(self):
        """Who was named only to act, and did not, is named no longer."""
        revoked = defaultdict(lambda: self.env['civic.document'].sudo())
        for task in self:
            if not task.granted_user_ids:
                continue
            others = task.document_id.route_task_ids - self
            needed = others.filtered(lambda other: other.state == 'open').user_ids
            needed |= task.document_id.route_task_ids.mapped('acted_by_id')
            needed |= task.document_id.route_task_ids.mapped('principal_id')
            for user in task.granted_user_ids - needed:
                revoked[user] |= task.document_id
        for user, documents in revoked.items():
            documents._write_by_system({'user_ids': [Command.unlink(user.id)]})

    # === ACTIVITIES === #

    def _is_notified(self):
        """Whether the step puts the document on the list of the people; other rooms have lists of their own."""
        return self.kind in self._get_return_kinds()

    def _refresh_activities(self, opened):
        """Put the documents on the list of those whose turn it is, and take them off everybody else's."""
        documents = self.document_id.with_prefetch()
        if not documents:
            return
        activity_type = self.env.ref('civic_workflow.mail_activity_type_route')
        # sudo: the tasks belong to other people
        Activity = self.env['mail.activity'].sudo()
        waiting = self.sudo().search(
            Domain('document_id', 'in', documents.ids) & Domain('state', '=', 'open')).filtered(
                lambda task: task._is_notified())
        substitutes = self.env['civic.substitute']._get_substitutes(waiting)
        wanted = {}
        for task in waiting.sorted('id'):
            for user_id in (*task.user_ids.filtered('active').ids, *substitutes.get(task.id, ())):
                wanted.setdefault((task.document_id.id, user_id), task)
        present = Activity.search(
            Domain('res_model', '=', 'civic.document') & Domain('res_id', 'in', documents.ids)
            & Domain('activity_type_id', '=', activity_type.id))
        present.filtered(lambda activity: (activity.res_id, activity.user_id.id) not in wanted).unlink()
        kept = {(activity.res_id, activity.user_id.id) for activity in present.exists()}
        today = self.env['civic.document']._today()
        local = self.with_context(tz=DEFAULT_TZ)
        activities = Activity.with_context(mail_activity_quick_update=True, civic_route_reminder=True).create([
            {
                'res_model_id': self.env['ir.model']._get_id('civic.document'),
                'activity_type_id': activity_type.id,
                'automated': True,
                'res_id': document_id,
                'user_id': user_id,
                'summary': task.step_id.name,
                'date_deadline': max(
                    task.deadline and fields.Datetime.context_timestamp(local, task.deadline).date() or today, today),
            }
            for (document_id, user_id), task in wanted.items()
            if (document_id, user_id) not in kept
        ])
        # each activity keeps the name of its document: read them at once, not one by one
        documents.sudo().mapped('display_name')
        activities.flush_recordset(['res_name'])

    def _tell(self, event):
        """Tell the people of the open steps, and who substitutes for them, in the way that each chose."""
        opened = self.sudo().filtered(lambda task: task.state == 'open')
        substitutes = self.env['civic.substitute']._get_substitutes(opened) if opened else {}
        groups = defaultdict(lambda: self.env['civic.route.task'].sudo())
        for task in opened:
            groups[(*sorted(task.user_ids.ids), *substitutes.get(task.id, ()))] |= task
        for user_ids, tasks in groups.items():
            self.env['civic.notification']._notify(
                event, self.env['res.users'].browse(user_ids), tasks.document_id.sudo(False),
                body={task.document_id.id: task.step_id.name for task in tasks})

    def _get_holder_summary(self):
        """Who holds the document, since when and until when: one line for the open tasks of one case."""
        parts = []
        for task in self.sudo():
            people = ", ".join(task.user_ids[:3].mapped('name'))
            if len(task.user_ids) > 3:
                people = self.env._("%(people)s and %(count)s more", people=people, count=len(task.user_ids) - 3)
            values = {
                'step': task.step_id.name, 'people': people or self.env._("nobody"),
                'since': format_datetime(self.env, task.opened_at, dt_format='short'),
            }
            if task.deadline:
                parts.append(self.env._(
                    "%(step)s: %(people)s since %(since)s, due %(due)s",
                    due=format_datetime(self.env, task.deadline, dt_format='short'), **values))
            else:
                parts.append(self.env._("%(step)s: %(people)s since %(since)s", **values))
        return " · ".join(parts)

    # === PEOPLE WHO LEFT === #

    @api.model
    def _reroute_after_leaving(self, users):
        """Put before the administrators what waits only for people who left; nothing gets lost."""
        tasks = self.sudo().search(Domain('state', '=', 'open') & Domain('user_ids', 'in', users.ids)).filtered(
            lambda task: not task.user_ids.filtered('active'))
        if not tasks:
            return
        for company, members in tasks.grouped('company_id').items():
            people = self.env['civic.route.step']._get_fallback_people(company)
            members.write({'user_ids': [Command.set(list(people))], 'note': 'left'})
        tasks._grant_readers()
        tasks.case_id._journal('routing', {
            task.case_id: {'act': 'left', 'step': task.step_id.name, 'to': task.user_ids.mapped('login')}
            for task in tasks})
        tasks._refresh_activities(tasks)
        tasks._tell('route_turn')

    # === LATENESS === #

    @api.model
    def _get_late_domain(self):
        today = self.env['civic.document']._today()
        return (
            Domain('state', '=', 'open') & Domain('late_from', '<', fields.Datetime.now())
            & (Domain('late_on', '=', False) | Domain('late_on', '<', today)))

    @api.model
    def _cron_follow_lateness(self):
        """Once a day per late step: remind, bring in others, or pass over it, as the step says."""
        commit = self.env['ir.cron']._commit_progress
        domain = self._get_late_domain()
        commit(remaining=self.search_count(domain))
        last = 0
        while tasks := self.search(domain & Domain('id', '>', last), order='id', limit=LATENESS_BATCH):
            last = tasks[-1].id
            # the case is what acts lock: a step that somebody acts on at this moment is left for tomorrow
            cases = tasks.case_id.try_lock_for_update(allow_referencing=True)
            locked = tasks.filtered(lambda task, cases=cases: task.case_id in cases).filtered_domain(domain)
            try:
                with self.env.cr.savepoint():
                    locked._follow_lateness()
            except UserError:
                _logger.exception("late steps %s could not be followed up", locked.ids)
            if not commit(len(tasks)):
                break

    def _follow_lateness(self):
        if not self:
            return
        self.write({'late_on': self.env['civic.document']._today()})
        for action, tasks in self.grouped(lambda task: task.step_id.late_action).items():
            match action:
                case 'skip':
                    tasks._skip_late()
                case 'escalate':
                    tasks._escalate()
                case _:
                    tasks._remind()

    def _remind(self):
        """Put the overdue step on the list of its people again, with the deadline that has passed."""
        activity_type = self.env.ref('civic_workflow.mail_activity_type_route')
        deadlines = {task.document_id.id: task for task in self}
        activities = self.env['mail.activity'].sudo().search(
            Domain('res_model', '=', 'civic.document') & Domain('res_id', 'in', list(deadlines))
            & Domain('activity_type_id', '=', activity_type.id))
        for lang, members in activities.grouped(lambda activity: activity.user_id.lang).items():
            members.write({'summary': self.with_context(lang=lang).env._("Reminder: this step is late")})
        self._tell('route_late')
        self.case_id._journal('routing', {
            task.case_id: {'act': 'remind', 'step': task.step_id.name, 'people': task.user_ids.mapped('login')}
            for task in self})

    def _escalate(self):
        """Ask others as well, once; from then on all are reminded."""
        again = self.filtered(lambda task: task.note == 'escalated')
        if again:
            again._remind()
        first = self - again
        if not first:
            return
        for step, tasks in first.grouped('step_id').items():
            people = step._get_people(tasks.document_id, 'escalate_')
            for users, members in tasks.grouped(lambda task, people=people: people.get(task.document_id.id, ())).items():
                users = users or step._get_fallback_people(members[:1].company_id)
                members.write({
                    'user_ids': [Command.link(user_id) for user_id in users], 'note': 'escalated'})
        first._grant_readers()
        first.case_id._journal('routing', {
            task.case_id: {'act': 'escalate', 'step': task.step_id.name, 'people': task.user_ids.mapped('login')}
            for task in first})
        first._refresh_activities(first)
        first._tell('route_late')

    def _skip_late(self):
        """Pass over opinions and information that did not come in time."""
        remaining = self
        while remaining:
            batch = self.browse(tasks[0].id for tasks in remaining.grouped('case_id').values())
            facts = batch.case_id._get_facts()
            progresses, details = {}, {}
            for task in batch:
                case = task.case_id
                route = facts[case].batch.route
                progresses[case] = engine.skip(route, facts[case], case._get_engine_tasks(route), task.id)
                details[case] = {'act': 'skip', 'step': task.step_id.name}
            batch.case_id._apply('routing', progresses, details)
            remaining = (remaining - batch).filtered(lambda task: task.state == 'open')
