from contextlib import suppress

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tools import SQL, format_datetime

from ..const import CASE_STATES
from ..facts import BatchFacts
from ..tools import engine


class CivicDocument(models.Model):
    """Where a document is on its route."""

    _inherit = 'civic.document'

    route_case_ids = fields.One2many('civic.route.case', 'document_id', "Routes", copy=False)
    route_task_ids = fields.One2many('civic.route.task', 'document_id', "Steps of the Route", copy=False)
    route_case_id = fields.Many2one('civic.route.case', "Route", compute='_compute_route_case_id')
    route_state = fields.Selection(CASE_STATES, "State of the Route", compute='_compute_route_case_id')
    route_summary = fields.Char(
        "On the Route", compute='_compute_route_summary', help="Who holds the document on its route, since when.")
    route_strip = fields.Html("Way of the Document", compute='_compute_route_strip', sanitize=False)
    own_route_task_id = fields.Many2one('civic.route.task', "My Step", compute='_compute_own_route_task_id')
    own_route_kind = fields.Char(compute='_compute_own_route_task_id', export_string_translation=False)
    own_route_label = fields.Char("My Part", compute='_compute_own_route_task_id')
    is_substituted = fields.Boolean(
        "Waits for Whom I Substitute", compute='_compute_is_substituted', search='_search_is_substituted')

    # === COMPUTE === #

    @api.depends('route_case_ids.state')
    def _compute_route_case_id(self):
        cases = dict(self.env['civic.route.case']._read_group(
            [('document_id', 'in', self.ids)], ['document_id'], ['id:max']))
        for document in self:
            case = self.env['civic.route.case'].browse(cases.get(document._origin, ()))
            document.route_case_id = case
            document.route_state = case.state

    @api.depends('route_case_ids.state', 'route_task_ids.state', 'route_task_ids.user_ids')
    @api.depends_context('lang', 'tz')
    def _compute_route_summary(self):
        cases = self.env['civic.route.case'].search(
            Domain('document_id', 'in', self.ids) & Domain('state', '=', 'running'))
        summaries = {case.document_id.id: case.holder_summary for case in cases}
        for document in self:
            document.route_summary = summaries.get(document._origin.id, False)

    @api.depends('route_case_ids.state', 'route_task_ids.state', 'route_task_ids.user_ids')
    @api.depends_context('lang', 'tz')
    def _compute_route_strip(self):
        for document in self:
            document.route_strip = document._render_route() if document.route_case_id else False

    @api.depends('route_task_ids.state', 'route_task_ids.user_ids')
    @api.depends_context('uid', 'lang')
    def _compute_own_route_task_id(self):
        tasks = self.env['civic.route.task'].search(
            Domain('document_id', 'in', self.ids) & Domain('is_for_me', '=', True)).grouped('document_id')
        for document in self:
            task = tasks.get(document._origin, self.env['civic.route.task'])[:1]
            document.own_route_task_id = task
            document.own_route_kind = task.kind
            document.own_route_label = (
                self.env._("%(step)s, on behalf of %(person)s",
                           step=task.step_id.name, person=task.on_behalf_of_id.sudo().name)
                if task.on_behalf_of_id else task.step_id.name)

    @api.depends_context('uid')
    def _compute_is_substituted(self):
        domain = self._get_substituted_domain()
        found = set()
        if not domain.is_false():
            # sudo: this says what may be read, so it cannot ask what may be read
            found = set(self.sudo().with_context(active_test=False).search(domain & Domain('id', 'in', self.ids)).ids)
        for document in self:
            document.is_substituted = document._origin.id in found

    def _search_is_substituted(self, operator, value):
        if operator != 'in':
            return NotImplemented
        return self._get_substituted_domain()

    @api.model
    def _get_substituted_domain(self):
        """Documents that wait today for somebody whom the user substitutes; other rooms add their own."""
        domain = self.env['civic.route.task']._get_substituted_domain()
        if domain.is_false():
            return Domain.FALSE
        # sudo: it says what may be read, see above; who substitutes for somebody finds the few documents that wait for that person
        query = self.env['civic.route.task'].sudo()._search(domain)
        return Domain('id', 'in', query.subselect(SQL.identifier('civic_route_task', 'document_id')))

    # === ACTIONS === #

    def action_route_approve(self):
        """Approve the own step of the document."""
        self._get_own_route_task().action_approve()
        return True

    def action_route_comment(self):
        return self._get_own_route_task().action_comment()

    def action_route_return(self):
        return self._get_own_route_task().action_return()

    def action_route_delegate(self):
        return self._get_own_route_task().action_delegate()

    def action_route_withdraw(self):
        self.check_access('read')
        return self.route_case_id.action_withdraw()

    def action_route_stop(self):
        self.check_access('read')
        return self.route_case_id.action_stop()

    def action_open_route(self):
        """All steps of the document, past and present."""
        self.ensure_one()
        self.check_access('read')
        return {
            **self.env['ir.actions.act_window']._for_xml_id('civic_workflow.civic_route_task_action_document'),
            'domain': [('document_id', '=', self.id)],
        }

    def _get_own_route_task(self):
        self.check_access('read')
        tasks = self.env['civic.route.task'].search(
            Domain('document_id', 'in', self.ids) & Domain('is_for_me', '=', True))
        if self - tasks.document_id:
            raise AccessError(self.env._("No step of this document waits for you."))
        return tasks

    def _open_on_route(self):
        """The form of the document; rooms that have a form of their own extend it."""
        self.ensure_one()
        return {
            'type': 'ir.actions.act_window',
            'name': self.display_name,
            'res_model': 'civic.document',
            'res_id': self.id,
            'view_mode': 'form',
            'views': [(False, 'form')],
        }

    # === ROUTE === #

    def _start_route(self):
        """Put the documents on the first route that fits each of them; the others go the default way.

        :return: the new cases, as superuser
        """
        found = self.env['civic.route']._find_versions(self)
        if not found:
            return self.env['civic.route.case'].sudo()
        return self.env['civic.route.case']._start(found)

    def _get_running_cases(self):
        # sudo: the rooms ask on behalf of whoever acts on the document
        return self.env['civic.route.case'].sudo().search(
            Domain('document_id', 'in', self.ids) & Domain('state', '=', 'running'))

    def _complete_route(self, kind, task_event='routing'):
        """Somebody did, by an act of its own, what steps of the kind ask for: note it on the routes."""
        cases = self._get_running_cases()
        if not cases:
            return
        cases._lock()
        cases = cases.filtered(lambda case: case.state == 'running')
        facts = cases._get_facts()
        progresses, details = {}, {}
        for case in cases:
            route = facts[case].batch.route
            tasks = case._get_engine_tasks(route)
            principal = case._get_principal_of(kind)
            progress = engine.overtake(route, facts[case], tasks, kind, principal)
            if progress:
                progresses[case] = progress
                details[case] = {'act': kind}
                if principal != self.env.uid:
                    details[case]['on_behalf_of'] = self.env['res.users'].sudo().browse(principal).login
        moved = cases.browse(case.id for case in progresses)
        if moved:
            moved.sudo(False)._apply(task_event, progresses, details)

    def _send_back_on_route(self, kind, target_kind):
        """The people of an open step of the kind gave the document back: open the step of the other kind before it.

        Where the route does not allow that, it ends: the document goes the default way.
        """
        cases = self._get_running_cases().filtered(
            lambda case: any(task.state == 'open' and task.kind == kind for task in case.task_ids))
        if not cases:
            return
        cases._lock()
        facts = cases._get_facts()
        progresses, details, stuck = {}, {}, cases.browse()
        for case in cases:
            route = facts[case].batch.route
            tasks = case._get_engine_tasks(route)
            task = next(task for task in tasks if task.state == engine.OPEN and task.step.kind == kind)
            stages = [
                step.stage for step in route.steps if step.kind == target_kind and step.stage < task.step.stage]
            try:
                progresses[case] = engine.send_back(
                    route, facts[case], tasks, task.key, self.env.uid, max(stages, default=0))
            except engine.RouteError:
                stuck |= case
            else:
                details[case] = {'act': 'return', 'kind': kind}
        moved = cases.browse(case.id for case in progresses)
        if moved:
            moved.sudo(False)._apply('routing', progresses, details)
        stuck.sudo(False)._stop(self.env._("The document was given back and its route has no earlier step for it."))

    def _stop_route(self, reason):
        """Take the documents off their routes because of what happened to them."""
        self._get_running_cases().sudo(False)._stop(reason)

    def _cancel(self, reason):
        super()._cancel(reason)
        self._stop_route(reason)

    # === HOOKS === #

    def _on_route_opened(self, tasks):
        """Hook, after ``tasks`` (as superuser) were put before their people."""

    def _on_route_closed(self, tasks):
        """Hook, after ``tasks`` (as superuser) were done, returned, passed over or no longer needed."""

    def _on_route_done(self, cases):
        """Hook, after ``cases`` (as superuser) came to the end of their routes."""

    def _on_route_sent_home(self, cases):
        """Hook, after ``cases`` (as superuser) were returned with no earlier step to go to."""

    def _on_route_stopped(self, cases):
        """Hook, after ``cases`` (as superuser) were stopped or withdrawn."""

    def message_subscribe(self, partner_ids=None, subtype_ids=None):
        # Only one's own turn notifies: who is asked once need not hear of all that comes after.
        if self.env.context.get('civic_route_reminder'):
            return True
        return super().message_subscribe(partner_ids=partner_ids, subtype_ids=subtype_ids)

    # === SIMULATION === #

    def _prepare_registration_facts(self):
        """Return {field: value} that the document had when it was registered, where today's value is of no use.
        Rooms that add fields which are filled in later extend it."""
        self.ensure_one()
        return {'state': 'registered'}

    # === STRIP === #

    def _render_route(self):
        """The way of the document: what was done, who holds it, what comes next."""
        self.ensure_one()
        # sudo: names of steps and people are known in the house, and the user may read the document
        case = self.route_case_id.sudo()
        by_step = {}
        for task in case.task_ids.sorted('id'):
            by_step[task.step_id] = task
        facts = BatchFacts(case.version_id, self) if case.state == 'running' else None
        stages = []
        for _stage, steps in case.version_id.step_ids.grouped('stage').items():
            cards = [self._render_route_step(step, by_step.get(step), case, facts) for step in steps]
            cards = [card for card in cards if card]
            if cards:
                stages.append(Markup('<div class="o_civic_route_stage">%s</div>') % Markup().join(cards))
        return Markup('<div class="o_civic_route_strip">%s</div>') % Markup().join(stages)

    def _render_route_step(self, step, task, case, facts):
        task = task if task and (task.state == 'open' or task.round == case.round or task.state == 'done') else None
        lines, state = [], 'todo'
        if task:
            state = 'late' if task.is_late else task.state
            if task.state == 'open':
                lines.append(", ".join(task.user_ids.mapped('name')) or self.env._("nobody"))
                lines.append(self.env._("since %s", format_datetime(self.env, task.opened_at, dt_format='short')))
                if task.deadline:
                    lines.append(self.env._("due %s", format_datetime(self.env, task.deadline, dt_format='short')))
            else:
                labels = dict(task._fields['state']._description_selection(self.env))
                who = task.acted_by_id.name
                if task.principal_id:
                    who = self.env._("%(person)s for %(absent)s", person=who, absent=task.principal_id.name)
                lines += [who or labels[task.state]]
                if task.done_at and who:
                    lines.append(format_datetime(self.env, task.done_at, dt_format='short'))
                if task.comment:
                    lines.append(f"“{task.comment}”")
            if task.note:
                lines.append(dict(task._fields['note']._description_selection(self.env))[task.note])
        elif not facts:
            return ""
        else:
            item = facts.of(self)
            engine_step = facts.route.step(step.id)
            # a step whose condition is broken stays: the case will stop there and say so
            with suppress(engine.BrokenCondition):
                if not item.applies(engine_step):
                    return ""
            people = self.env['res.users'].sudo().browse(item.people(engine_step)[:4])
            lines.append(", ".join(people[:3].mapped('name')) + ("…" if len(people) > 3 else "") or step.who or "")
            lines.append(step._get_deadline_label())
        return Markup(
            '<div class="o_civic_route_step o_civic_route_state_%s"><div class="fw-bold">%s</div>%s</div>') % (
            state, step.name, Markup().join(Markup('<div class="small">%s</div>') % line for line in lines if line))
