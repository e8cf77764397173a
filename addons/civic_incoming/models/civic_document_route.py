from dataclasses import replace

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..const import HANDLING_STATES, HELD_ASSIGNMENT_STATES


class CivicDocument(models.Model):
    """Incoming documents on routes.

    Without a route that fits, a document goes the default way: the leader assigns, the lead unit finishes. With
    one, registration puts it on the route, and two kinds of steps follow what people do on the document itself:

    * *assign* is done when the document has a lead unit, whoever of those who may assign named it; who is asked by
      the step, and whoever substitutes for that person, may assign it like a leader. A leader who assigns before
      the turn overtakes the steps that were still to come before it.
    * *handle* is done when the lead unit has finished. If the unit returns the document, or the leader takes it
      back, the step before it, *assign*, is opened again.

    Steps after *handle*, such as the approval of the result, hold the document: it is done only when the route is
    at its end. Whoever returns it from there gives the lead unit its task back, with the reason.
    """

    _inherit = 'civic.document'

    # === STATES === #

    def _register_documents(self, date=None):
        result = super()._register_documents(date)
        self.filtered(lambda document: document.direction == 'incoming')._start_route()
        return result

    def _move_to(self, state, **values):
        if state == 'done':
            held = self._filter_held_by_route()
            if held:
                held.filtered(lambda document: document.state == 'assigned')._move_to('handling')
                if self - held:
                    super(CivicDocument, self - held)._move_to(state, **values)
                return
        given_back = self.browse()
        if state == 'registered':
            given_back = self.filtered(lambda document: document.state in HANDLING_STATES)
        super()._move_to(state, **values)
        if given_back:
            given_back._send_back_on_route('handle', 'assign')

    def _filter_held_by_route(self):
        """The documents that the lead unit finishes now and that have steps to come after that."""
        using = self.filtered(lambda document: (
            document.state in HANDLING_STATES
            and self.env['civic.route']._uses_kind(document.company_id.id, 'handle')))
        if not using:
            return using
        # sudo: the unit finishes, whatever it may read of the route
        tasks = self.env['civic.route.task'].sudo().search(
            Domain('document_id', 'in', using.ids) & Domain('state', '=', 'open') & Domain('kind', '=', 'handle'))
        held = tasks.filtered(lambda task: any(
            step.stage > task.step_id.stage and step.kind != 'inform' for step in task.step_id.version_id.step_ids))
        return using.filtered(lambda document: document.id in held.document_id.ids)

    # === HOOKS OF ASSIGNING === #

    def _on_assigned(self, assignments):
        super()._on_assigned(assignments)
        using = self.filtered(lambda document: self.env['civic.route']._uses_kind(document.company_id.id))
        if not using:
            return
        led = assignments.filtered(lambda assignment: assignment.kind == 'lead').document_id & using
        led._complete_route('assign')
        # passed on for information only: there is nothing to handle
        ended = (using - led).filtered(lambda document: document.state == 'done')
        if ended:
            ended._stop_route(self.env._("Passed on for information: there is nothing to handle."))

    def _on_assignment_finished(self, assignments):
        super()._on_assignment_finished(assignments)
        led = assignments.filtered(lambda assignment: assignment.kind == 'lead').document_id
        led.filtered(
            lambda document: self.env['civic.route']._uses_kind(document.company_id.id, 'handle')
        )._complete_route('handle')

    # === HOOKS OF ROUTES === #

    def _on_route_opened(self, tasks):
        super()._on_route_opened(tasks)
        opened = tasks.filtered(lambda task: task.state == 'open' and task.document_id.direction == 'incoming')
        assigning = opened.filtered(lambda task: task.kind == 'assign')
        assigning._submit_to_people()
        assigning._take_from_lead()
        opened.filtered(lambda task: task.kind == 'handle')._give_back_to_lead()

    def _on_route_done(self, cases):
        super()._on_route_done(cases)
        cases.document_id._end_after_route()

    def _on_route_stopped(self, cases):
        super()._on_route_stopped(cases)
        cases.document_id._end_after_route()

    def _on_route_sent_home(self, cases):
        super()._on_route_sent_home(cases)
        cases.document_id._end_after_route()

    def _end_after_route(self):
        """What the lead unit has finished, and the route held, is done now."""
        finished = self.filtered(lambda document: (
            document.state in HANDLING_STATES
            and any(line.kind == 'lead' and line.state == 'done' for line in document.assignment_ids)))
        if finished:
            finished._move_to('done', done_at=fields.Datetime.now())

    # === WHO MAY ASSIGN === #

    def _get_own_assign_tasks(self):
        """The open steps that ask the user, or somebody whom the user substitutes, to assign these documents."""
        using = self.filtered(lambda document: self.env['civic.route']._uses_kind(document.company_id.id, 'assign'))
        if not using:
            return self.env['civic.route.task']
        # sudo: the step says who may; the document itself is checked by the act
        return self.env['civic.route.task'].sudo().search(
            Domain('document_id', 'in', using.ids) & Domain('kind', '=', 'assign') & Domain('is_for_me', '=', True))

    def _filtered_may_assign(self):
        allowed = super()._filtered_may_assign()
        if self - allowed:
            asked = set((self - allowed)._get_own_assign_tasks().document_id.ids)
            allowed |= self.filtered(lambda document: document._origin.id in asked)
        return allowed

    def _check_may_assign(self):
        asked = self._get_own_assign_tasks().document_id.ids
        rest = self.filtered(lambda document: document.id not in asked)
        if rest or not self:
            super(CivicDocument, rest)._check_may_assign()
        (self - rest).check_access('read')

    def _get_substituted_leaders(self):
        found = super()._get_substituted_leaders()
        led = self.company_id.filtered(lambda company: self.env.user in self._get_acting_leaders(company))
        rest = self.filtered(lambda document: document.id not in found and document.company_id not in led)
        tasks = rest._get_own_assign_tasks()
        for task_id, user_id in tasks._get_principals().items():
            if user_id != self.env.uid:
                found[tasks.browse(task_id).document_id.id] = self.env['res.users'].browse(user_id)
        return found

    @api.model
    def _get_substituted_domain(self):
        """What waits for absent people, in the agency of the substitution, may be read in their place:

        * what they have to handle, and what the user finished for them;
        * of the head of a unit, what the unit has to handle;
        * of a leader, what is submitted or waits for a decision, and what the user assigned in that place.
        """
        domain = super()._get_substituted_domain()
        acted = Domain.FALSE
        for company_id, user_ids in self.env.user._get_substituted_by_company().items():
            acted |= Domain('company_id', '=', company_id) & Domain('user_id', 'in', user_ids) & (
                Domain('state', 'in', HELD_ASSIGNMENT_STATES) | Domain('done_by_id', '=', self.env.uid))
        # what names a unit waits for its head; what is for named people only needs a name
        acted |= Domain('unit_id', 'in', list(self.env.user._get_replaced_heads())) & Domain(
            'state', 'in', HELD_ASSIGNMENT_STATES) & Domain('document_id.access_level', '=', 'unit')
        acted &= Domain('kind', '!=', 'inform')
        for company_id, user_ids in self._get_replaced_leaders().items():
            domain |= (
                Domain('company_id', '=', company_id) & Domain('direction', '=', 'incoming')
                & Domain('leader_id', 'in', user_ids)
                & (Domain('state', '=', 'registered') | Domain('waits_for_decision', '=', True)))
            acted |= (
                Domain('company_id', '=', company_id) & Domain('substituted_id', 'in', user_ids)
                & Domain('assigned_by_id', '=', self.env.uid) & Domain('state', 'in', HELD_ASSIGNMENT_STATES))
        if not acted.is_false():
            # sudo: it says what may be read, so it cannot ask what may be read
            query = self.env['civic.assignment'].sudo()._search(acted)
            domain |= Domain('id', 'in', query.subselect(SQL.identifier('civic_assignment', 'document_id')))
        return domain

    def _open_on_route(self):
        action = super()._open_on_route()
        if self.direction == 'incoming':
            name = 'leader' if self._get_acting_leaders(self.company_id) else 'incoming'
            action['views'] = [(self.env.ref(f'civic_incoming.civic_document_view_form_{name}').id, 'form')]
        return action

    # === WHO HOLDS IT === #

    @api.depends('route_task_ids.state', 'route_task_ids.user_ids')
    def _compute_holder_summary(self):
        super()._compute_holder_summary()
        using = self.filtered(lambda document: (
            document.direction == 'incoming'
            and self.env['civic.route']._uses_kind(document.company_id.id)))
        if not using:
            return
        # sudo: names of people and steps are no secret, whoever may read the document
        tasks = self.env['civic.route.task'].sudo().search(
            Domain('document_id', 'in', using.ids) & Domain('state', '=', 'open')
            & Domain('kind', 'in', [
                kind for kind in self.env['civic.route.task']._get_return_kinds() if kind != 'inform'])
        ).grouped('document_id')
        tasks = {document.id: members for document, members in tasks.items()}
        for document in using:
            if document._origin.id in tasks:
                document.holder_summary = tasks[document._origin.id]._get_holder_summary()

    def _prepare_registration_facts(self):
        facts = super()._prepare_registration_facts()
        if self.direction == 'incoming':
            # filled in by assigning, which comes after
            facts.update(unit_id=False, handler_id=False, done_at=False)
        return facts


class CivicRouteVersion(models.Model):
    _inherit = 'civic.route.version'

    def _get_problems(self):
        problems, warnings = super()._get_problems()
        own = self.step_ids.filtered(lambda step: step.kind in ('assign', 'handle'))
        if own and self.direction != 'incoming':
            problems.append(self.env._("Only incoming documents are assigned and handled: choose other steps."))
        for step in self.step_ids.filtered(lambda step: step.kind == 'handle'):
            if not any(other.kind == 'assign' and other.stage < step.stage for other in self.step_ids):
                problems.append(self.env._("%s: nobody handles a document before it is assigned.", step.name))
        for kind in ('assign', 'handle'):
            if len(own.filtered(lambda step, kind=kind: step.kind == kind).mapped('stage')) > 1:
                warnings.append(self.env._(
                    "Several steps wait for the same act: a document is assigned once and finished once."))
        return problems, warnings


class CivicRouteStep(models.Model):
    _inherit = 'civic.route.step'

    kind = fields.Selection(
        selection_add=[('assign', "Instruct and assign"), ('handle', "Handle the document")],
        ondelete={'assign': 'set default', 'handle': 'set default'})
    actor = fields.Selection(
        selection_add=[('handler', "Whoever leads the handling")], ondelete={'handler': 'set default'})
    escalate_actor = fields.Selection(
        selection_add=[('handler', "Whoever leads the handling")], ondelete={'handler': 'set null'})

    def _get_other_people(self, actor, documents):
        if actor != 'handler':
            return super()._get_other_people(actor, documents)
        # a document as it was registered has no unit yet: a simulation takes the one that it got
        real = documents._origin
        heads = self._get_heads(real.unit_id)
        return {
            document.id: tuple(document.handler_id.filtered('active').ids) or heads.get(document.unit_id.id, ())
            for document in real}

    def _is_known_later(self):
        return self.actor == 'handler' or super()._is_known_later()

    def _get_engine_step(self):
        step = super()._get_engine_step()
        # what the unit gives back goes to whoever assigned it, however many steps lie between
        return replace(step, return_to='any') if self.kind == 'handle' else step


class CivicRouteTask(models.Model):
    _inherit = 'civic.route.task'

    def action_assign_document(self):
        """Say who handles the documents."""
        self._check_may_act()
        return self.document_id.action_assign()

    def _submit_to_people(self):
        """The document waits in the list of the leader whom the step names."""
        for user, tasks in self.filtered(
                lambda task: task.user_ids and task.document_id.leader_id not in task.user_ids
        ).grouped(lambda task: task.user_ids[0]).items():
            # sudo: the route decides to whom a document is submitted
            tasks.document_id.sudo().write({'leader_id': user.id})

    def _get_return_reason(self):
        self.ensure_one()
        returned = self.case_id.task_ids.filtered(lambda task: task.state == 'returned').sorted('id')[-1:]
        return returned.comment or ""

    def _give_back_to_lead(self):
        """Returned from a step after the handling: the lead unit has it to do again, with the reason."""
        for task in self.filtered(lambda task: task.document_id.state in HANDLING_STATES):
            lead = task.document_id.assignment_ids.filtered(
                lambda line: line.kind == 'lead' and line.state == 'done')
            if lead:
                reason = task._get_return_reason()
                lead.write({'state': 'handling', 'done_at': False, 'review_note': reason})
                lead._journal('return', reason=reason, again=True)
                lead._schedule_handling()

    def _take_from_lead(self):
        """Returned to the step that assigns: the document has no lead unit any more."""
        for task in self.filtered(lambda task: task.document_id.state in HANDLING_STATES):
            lead = task.document_id.assignment_ids.filtered(
                lambda line: line.kind == 'lead' and line.state == 'done')
            if lead:
                reason = task._get_return_reason()
                lead.write({'state': 'returned', 'closed_at': fields.Datetime.now(), 'return_reason': reason})
                lead._journal('return', reason=reason)
                task.document_id._move_to('registered', unit_id=False, handler_id=False)
