from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import AccessError, LockError, UserError
from odoo.fields import Command, Domain

from ..const import CASE_STATES
from ..facts import BatchFacts
from ..tools import engine


class CivicRouteCase(models.Model):
    """One document on its way along one version of a route.

    Nobody writes rows directly: documents start cases, people act through their `civic.route.task`, and the
    engine says what follows. Every act locks the case first, so that two people cannot both act.
    """

    _name = 'civic.route.case'
    _description = "Document on a Route"
    _inherit = ['civic.reason.mixin']
    _order = 'id desc'
    _rec_name = 'document_id'

    _civic_reason_methods = ('_withdraw', '_stop_by_administrator')

    document_id = fields.Many2one('civic.document', required=True, readonly=True, index=True, ondelete='cascade')
    company_id = fields.Many2one('res.company', "Agency", required=True, readonly=True, ondelete='restrict')
    version_id = fields.Many2one(
        'civic.route.version', "Version of the Route", required=True, readonly=True, index=True, ondelete='restrict')
    route_id = fields.Many2one('civic.route', readonly=True, required=True, index=True, ondelete='restrict')
    state = fields.Selection(CASE_STATES, required=True, readonly=True, default='running')
    round = fields.Integer(
        required=True, readonly=True, default=1, help="Grows with every return to an earlier step.")
    started_by_id = fields.Many2one('res.users', "Started by", required=True, readonly=True, ondelete='restrict')
    started_at = fields.Datetime("Started", required=True, readonly=True)
    ended_at = fields.Datetime("Ended", readonly=True)
    stop_reason = fields.Text("Why It Was Stopped", readonly=True)
    task_ids = fields.One2many('civic.route.task', 'case_id', "Steps", readonly=True)

    holder_summary = fields.Char("Where It Is", compute='_compute_holder_summary')
    deadline = fields.Datetime(compute='_compute_holder_summary')
    can_withdraw = fields.Boolean(compute='_compute_can_withdraw')

    _one_running = models.UniqueIndex("(document_id) WHERE state = 'running'", "The document is on a route already.")
    _running_idx = models.Index("(company_id, route_id, id DESC) WHERE state = 'running'")

    # === COMPUTE === #

    @api.depends('state', 'task_ids.state', 'task_ids.deadline')
    @api.depends_context('lang', 'tz')
    def _compute_holder_summary(self):
        # sudo: where a document is may be known to whoever may read the case
        opened = self.env['civic.route.task'].sudo().search(
            Domain('case_id', 'in', self.ids) & Domain('state', '=', 'open')).grouped('case_id')
        for case in self:
            tasks = opened.get(case.sudo(), self.env['civic.route.task'].sudo())
            blocking = tasks.filtered(lambda task: task.kind != 'inform')
            case.holder_summary = blocking._get_holder_summary() if case.state == 'running' else (
                dict(self._fields['state']._description_selection(self.env))[case.state])
            case.deadline = min(filter(None, blocking.mapped('deadline')), default=False)

    @api.depends('state', 'started_by_id', 'task_ids.acted_by_id')
    @api.depends_context('uid')
    def _compute_can_withdraw(self):
        for case in self:
            case.can_withdraw = (
                case.state == 'running' and case.started_by_id == self.env.user
                and not any(case.sudo().task_ids.mapped('acted_by_id')))

    # === ACTIONS === #

    def action_withdraw(self):
        """Ask for the reason, then take the document off its route while nobody has acted."""
        self._check_may_withdraw()
        return self._open_reason_wizard('_withdraw', self.env._("Take off the Route"))

    def action_stop(self):
        """Ask for the reason, then stop the route."""
        self._check_may_stop()
        return self._open_reason_wizard('_stop_by_administrator', self.env._("Stop the Route"))

    def action_open_document(self):
        self.ensure_one()
        self.document_id.check_access('read')
        return self.document_id._open_on_route()

    # === START === #

    @api.model
    def _start(self, version_by_document):
        """Start the documents on their versions: a fixed number of queries, whatever their number.

        A document of which no step asks anything is not started: it goes the default way.
        """
        now = fields.Datetime.now()
        progresses = {}
        batches = defaultdict(list)
        for document_id, version in version_by_document.items():
            batches[version].append(document_id)
        vals_list = []
        for version, ids in batches.items():
            # sudo: who registers need not see the settings, nor the next people the document of the register
            documents = self.env['civic.document'].sudo().browse(ids)
            facts = BatchFacts(version, documents)
            for document in documents:
                progress = engine.start(facts.route, facts.of(document))
                if progress.finished and not any(opening.state == engine.OPEN for opening in progress.openings):
                    continue
                progresses[document.id] = progress
                vals_list.append({
                    'document_id': document.id,
                    'company_id': document.company_id.id,
                    'version_id': version.id,
                    'route_id': version.route_id.id,
                    'started_by_id': self.env.uid,
                    'started_at': now,
                })
        # sudo: nobody has the right to create cases by hand
        cases = self.sudo().create(vals_list)
        cases._apply('routing', {case: progresses[case.document_id.id] for case in cases}, {
            case: {'act': 'start'} for case in cases})
        return cases

    # === ACT === #

    def _lock(self):
        """Let one person act at a time; another one gets a clear message instead of waiting."""
        try:
            self.lock_for_update(allow_referencing=True)
        except LockError as error:
            raise UserError(self.env._(
                "Somebody else is acting on this document at this moment. Open it again to see what was done.",
            )) from error
        self.invalidate_recordset(['state', 'round'])
        self.task_ids.invalidate_recordset(['state', 'acted_by_id', 'done_at'])

    def _get_engine_tasks(self, route):
        """The tasks of the case as the engine takes them."""
        self.ensure_one()
        return [
            engine.Task(
                task.id, route.step(task.step_id.id), task.round, task.state, tuple(task.user_ids.ids),
                task.principal_id.id or task.acted_by_id.id or None, task.note)
            for task in self.task_ids.sorted('id')]

    def _get_facts(self):
        """Return {case: facts of its document}, in one batch per version."""
        facts = {}
        for version, cases in self.grouped('version_id').items():
            batch = BatchFacts(version, cases.document_id)
            for case in cases:
                facts[case] = batch.of(case.document_id)
        return facts

    def _apply(self, event_type, progress_by_case, details, comments=None, principals=None):
        """Write what the engine says about these cases, put the next people to work and journal it.

        :param dict details: facts for the journal, by case
        :param dict comments: {task: text} of those who acted
        """
        self = self.sudo().with_prefetch()
        now = fields.Datetime.now()
        Task = self.env['civic.route.task'].sudo()
        closed = self._close_tasks(progress_by_case, now, comments or {})
        opened = Task._open(self._prepare_openings(progress_by_case, now))
        for number, cases in self.grouped(lambda case: progress_by_case[case].round).items():
            cases.filtered(lambda case, number=number: case.round != number).write({'round': number})
        finished = self.filtered(lambda case: progress_by_case[case].finished)
        finished.write({'state': 'done', 'ended_at': now})
        sent_home = self.filtered(lambda case: progress_by_case[case].sent_home)
        sent_home.write({'state': 'stopped', 'ended_at': now})
        self._journal(event_type, details, opened)
        (opened | closed)._refresh_activities(opened)
        opened._tell('route_turn')
        documents = self.document_id.with_prefetch()
        documents._on_route_opened(opened)
        if closed:
            documents._on_route_closed(closed)
        if finished:
            finished.document_id._on_route_done(finished)
        if sent_home:
            sent_home.document_id._on_route_sent_home(sent_home)
        return opened

    def _close_tasks(self, progress_by_case, now, comments):
        Task = self.env['civic.route.task'].sudo()
        groups = defaultdict(list)
        for progress in progress_by_case.values():
            for closing in progress.closings:
                groups[closing.state, closing.acted_by, closing.note].append(closing.key)
        closed = Task
        for (state, principal, note), ids in groups.items():
            tasks = Task.browse(ids)
            values = {'state': state, 'done_at': now}
            if note:
                values['note'] = note
            if state in (engine.DONE, engine.RETURNED):
                values['acted_by_id'] = self.env.uid
                values['principal_id'] = principal if principal != self.env.uid else False
            tasks.write(values)
            closed |= tasks
        for comment, tasks in self._group_comments(comments).items():
            tasks.write({'comment': comment})
        closed._revoke_readers()
        return closed

    @api.model
    def _group_comments(self, comments):
        groups = {}
        for task, comment in comments.items():
            if comment:
                groups[comment] = groups.get(comment, self.env['civic.route.task'].sudo()) | task.sudo()
        return groups

    def _prepare_openings(self, progress_by_case, now):
        """Values of the tasks that the engine opens; those of one agency share a calendar."""
        calendars = {}
        Version = self.env['civic.route.version']
        vals_list = []
        for case, progress in progress_by_case.items():
            case = case.sudo()
            company = case.company_id
            if company not in calendars:
                calendars[company] = Version._get_calendar(company)
            for opening in progress.openings:
                asked = opening.state == engine.OPEN
                deadline = asked and Version._get_deadline(calendars[company], now, opening.step) or False
                vals_list.append({
                    'case_id': case.id,
                    'document_id': case.document_id.id,
                    'company_id': company.id,
                    'step_id': opening.step.key,
                    'kind': opening.step.kind,
                    'round': opening.round,
                    'user_ids': [Command.set(list(opening.people))],
                    'state': opening.state,
                    'note': opening.note,
                    'opened_at': now,
                    'deadline': deadline,
                    'late_from': Version._get_late_from(calendars[company], deadline, opening.step),
                    'done_at': False if asked else now,
                    'acted_by_id': opening.acted_by if opening.note != engine.OVERTAKEN else self.env.uid,
                })
        return vals_list

    # === END === #

    def _check_may_withdraw(self):
        self.check_access('read')
        for case in self:
            if case.started_by_id != self.env.user:
                raise AccessError(self.env._("Only who started the route can take the document off it."))
            if case.state != 'running':
                raise UserError(self.env._("“%s” is not on a route any more.", case.document_id.display_name))
            acted = case.sudo().task_ids.filtered('acted_by_id')
            if acted:
                raise UserError(self.env._(
                    "%(person)s has already acted on “%(document)s”: it can no longer be taken off the route.",
                    person=acted[0].acted_by_id.name, document=case.document_id.display_name))

    def _withdraw(self, reason):
        """Take the documents off their route, for a reason, while nobody has acted."""
        self._check_may_withdraw()
        self._lock()
        self._check_may_withdraw()
        self._stop(reason, 'withdrawal')

    def _check_may_stop(self):
        self.check_access('read')
        if not self.env.user.has_group('civic_base.group_records_admin'):
            raise AccessError(self.env._("Only a records administrator of the agency can stop a route."))
        for case in self:
            if case.state != 'running':
                raise UserError(self.env._("“%s” is not on a route any more.", case.document_id.display_name))

    def _stop_by_administrator(self, reason):
        """Stop the routes for a reason; the documents go the default way from where they are."""
        self._check_may_stop()
        self._lock()
        self._check_may_stop()
        self._stop(reason, 'cancellation')

    def _stop(self, reason, event_type='cancellation'):
        """End the cases without an act of the people who were asked."""
        if not self:
            return
        self.document_id._check_secret_text(reason, where='stop_reason', model=self._name, res_id=self[:1].id)
        # sudo: the caller has checked who may do it
        cases = self.sudo()
        now = fields.Datetime.now()
        tasks = cases.task_ids.filtered(lambda task: task.state == 'open')
        tasks.write({'state': 'cancelled', 'note': 'stopped', 'done_at': now})
        tasks._revoke_readers()
        cases.write({'state': 'stopped', 'ended_at': now, 'stop_reason': reason})
        cases._journal(event_type, {case: {'act': 'stop', 'reason': reason} for case in cases})
        tasks._refresh_activities(tasks.browse())
        cases.document_id._on_route_stopped(cases)

    # === JOURNAL === #

    def _journal(self, event_type, details, opened=None):
        """One line per document: what was done on which route, and who is next (Decree 30/2020, Annex VI, III.5.a)."""
        following = (opened or self.env['civic.route.task']).sudo().grouped('case_id')
        facts = {}
        for case in self.sudo():
            facts[case.document_id.id] = {
                'route': case.route_id.id,
                'version': case.version_id.number,
                **details.get(case, {}),
            }
            if case in following:
                facts[case.document_id.id]['next'] = [
                    {
                        'step': task.step_id.name,
                        'people': task.user_ids.mapped('login'),
                        'deadline': fields.Datetime.to_string(task.deadline) or None,
                        'state': task.state,
                    }
                    for task in following[case]]
        self.env['civic.journal.entry']._append(
            event_type, self.sudo(False).document_id.with_prefetch(), details=facts)

    def _get_principal_of(self, kind):
        """In whose name the user does what a step of the kind asks for: the own one, or that of an absent person."""
        self.ensure_one()
        opened = self.task_ids.filtered(lambda task: task.state == 'open' and task.kind == kind)
        principals = opened.with_env(self.env)._get_principals()
        return next(iter(principals.values()), self.env.uid)
