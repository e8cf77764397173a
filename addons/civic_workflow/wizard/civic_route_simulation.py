import json
from collections import Counter, defaultdict

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import split_every

from ..const import SIMULATION_BATCH
from ..facts import BatchFacts
from ..tools import engine


class CivicRouteSimulation(models.TransientModel):
    """Try a version on documents that really were registered, beside the version in force.

    The engine is that of production; nothing but the result is written. What the clerk entered is taken as it was
    at registration, as far as the journal remembers changes; people, roles and units are those of today. Every
    person is taken to act in the last moment that the deadline allows.
    """

    _name = 'civic.route.simulation'
    _description = "Simulation of a Route"
    _rec_name = 'version_id'

    version_id = fields.Many2one('civic.route.version', "New Version", required=True, readonly=True)
    route_id = fields.Many2one(related='version_id.route_id')
    base_version_id = fields.Many2one(
        'civic.route.version', "Compared with", compute='_compute_base_version_id', store=True, readonly=False,
        domain="[('route_id', '=', route_id), ('id', '!=', version_id), ('state', '!=', 'draft')]",
        help="Empty: documents that took no route.")
    date_from = fields.Date(
        "Registered from", required=True, default=lambda self: self.env['civic.route.version']._get_default_period()[0])
    date_to = fields.Date(
        "Registered until", required=True, default=lambda self: self.env['civic.route.version']._get_default_period()[1])
    is_done = fields.Boolean(readonly=True)

    document_count = fields.Integer("Documents", readonly=True)
    old_count = fields.Integer("Took the Old Version", readonly=True)
    new_count = fields.Integer("Take the New Version", readonly=True)
    differing_count = fields.Integer("Documents That Differ", readonly=True)
    first_count = fields.Integer("With Another First Person", readonly=True)
    added_count = fields.Integer("Steps Added", readonly=True)
    dropped_count = fields.Integer("Steps Dropped", readonly=True)
    nobody_count = fields.Integer("Steps That Nobody Could Act on", readonly=True)
    late_count = fields.Integer("Steps after the Deadline of the Document", readonly=True)
    summary = fields.Text(readonly=True)
    line_ids = fields.One2many('civic.route.simulation.line', 'simulation_id', "By Document", readonly=True)
    load_ids = fields.One2many('civic.route.simulation.load', 'simulation_id', "By Person", readonly=True)

    @api.depends('version_id')
    def _compute_base_version_id(self):
        for simulation in self:
            simulation.base_version_id = simulation.route_id.current_version_id

    @api.constrains('version_id')
    def _check_version(self):
        # what the form shows of the version comes from fields that are read for everybody
        self.sudo(False).version_id.check_access('write')

    # === ACTIONS === #

    def action_run(self):
        """Run both versions over the documents of the period and show the result."""
        self.ensure_one()
        # who writes routes may try them
        self.sudo(False).version_id.check_access('write')
        if self.date_to < self.date_from:
            raise UserError(self.env._("The period cannot end before it begins."))
        if not self.version_id.step_ids:
            raise UserError(self.env._("The route has no step: add at least one."))
        if self.base_version_id and self.base_version_id.route_id != self.route_id:
            raise UserError(self.env._("Compare with a version of the same route."))
        self._run()
        return True

    def action_open_lines(self):
        """The result by document in a list of its own, to filter, group and export."""
        self.ensure_one()
        return {
            **self.env['ir.actions.act_window']._for_xml_id('civic_workflow.civic_route_simulation_line_action'),
            'domain': [('simulation_id', '=', self.id)],
        }

    # === RUN === #

    def _get_document_domain(self):
        """Documents registered in the period, of the agency and direction of the route, and of its types."""
        version = self.version_id
        types = version.type_ids | self.base_version_id.type_ids
        domain = (
            Domain('company_id', '=', version.company_id.id) & Domain('direction', '=', version.direction)
            & Domain('registered_at', '!=', False)
            & Domain('date_sort', '>=', self.date_from) & Domain('date_sort', '<=', self.date_to))
        if version.type_ids and (self.base_version_id.type_ids or not self.base_version_id):
            domain &= Domain('type_id', 'in', types.ids)
        return domain

    def _run(self):
        self.line_ids.unlink()
        self.load_ids.unlink()
        new = self.version_id
        first_routes = self.env['civic.route'].search(new._get_domain_before())
        today = self.env['civic.document']._today()
        before = [version for route in first_routes if (version := route._get_version_on(today))]
        totals, loads = Counter(), defaultdict(Counter)
        days = new._get_calendar(new.company_id)
        ids = self.env['civic.document'].search(self._get_document_domain(), order='date_sort, id').ids
        for batch_ids in split_every(SIMULATION_BATCH, ids):
            documents = self.env['civic.document'].browse(batch_ids)
            vals_list = self._simulate(documents, before, days, totals, loads)
            self.env['civic.route.simulation.line'].create(vals_list)
            # a year of documents need not stay in memory
            self.env['civic.route.simulation.line'].flush_model()
            self.env['civic.route.simulation.line'].invalidate_model()
            documents.invalidate_recordset()
        self.env['civic.route.simulation.load'].create([
            {'simulation_id': self.id, 'user_id': user_id, 'old_count': load['old'], 'new_count': load['new'],
             'change': load['new'] - load['old']}
            for user_id, load in loads.items()])
        self.write({**totals, 'is_done': True, 'document_count': len(ids)})
        self.summary = self._get_summary()
        if new.state == 'draft':
            new._note_simulation(self.summary)

    def _simulate(self, documents, before, days, totals, loads):
        """Return the values of one line per document of the batch, and count."""
        facts_as_registered = documents._get_as_registered()
        taken_before = self.env['civic.route']._find_versions(facts_as_registered, versions=before) if before else {}
        mine = facts_as_registered.filtered(lambda document: document._origin.id not in taken_before)
        plans = {
            'new': self._rehearse(self.version_id, mine, days),
            'old': self._rehearse(self.base_version_id, mine, days) if self.base_version_id else {},
        }
        steps = {step.id: step for step in self.version_id.step_ids | self.base_version_id.step_ids}
        names = self._get_names(plans)
        vals_list = []
        for document in documents:
            old, new = plans['old'].get(document.id), plans['new'].get(document.id)
            vals_list.append(self._compare(document, old, new, steps, names, totals, loads))
        return vals_list

    def _rehearse(self, version, documents, days):
        """Return {document id: the plan} of the documents that the version takes."""
        taken = version._filter_documents(documents.sudo())
        facts = BatchFacts(version, taken)
        plans = {}

        def get_deadline(start, step):
            return version._get_deadline(days, start, step)

        for document in taken:
            plans[document._origin.id] = engine.rehearse(
                facts.route, facts.of(document), document.registered_at, get_deadline)
        return plans

    @api.model
    def _get_names(self, plans):
        ids = {person for by_document in plans.values() for plan in by_document.values() for item in plan
               for person in item.people}
        # sudo: names of people are known in the house
        return {user.id: user.name for user in self.env['res.users'].sudo().browse(ids)}

    def _compare(self, document, old, new, steps, names, totals, loads):
        def is_later(item):
            return item.note == engine.NOBODY and steps[item.step.key]._is_known_later()

        def signature(plan):
            return [(steps[item.step.key].code, item.people, item.deadline, item.asked) for item in plan or ()]

        def first(plan):
            return next((item for item in plan or () if item.asked and item.step.blocks), None)

        def words(plan):
            return "\n".join(
                self.env._(
                    "%(step)s: %(people)s (%(deadline)s)", step=steps[item.step.key].name,
                    people=steps[item.step.key].who if is_later(item) else self._get_people_words(item.people, names),
                    deadline=self._format(item.deadline) or "–")
                for item in plan or () if item.asked)

        old_codes = {steps[item.step.key].code for item in old or () if item.asked}
        new_codes = {steps[item.step.key].code for item in new or () if item.asked}
        old_first, new_first = first(old), first(new)
        deadline = document.deadline
        nobody = sum(item.note == engine.NOBODY and not is_later(item) for item in new or ())
        late = sum(
            bool(deadline and item.deadline and item.deadline.date() > deadline) for item in new or ())
        differs = signature(old) != signature(new)
        has_other_first = (old_first and old_first.people) != (new_first and new_first.people)
        for side, plan in (('old', old), ('new', new)):
            for item in plan or ():
                if item.asked and not is_later(item):
                    for person in item.people:
                        loads[person][side] += 1
        added, dropped = len(new_codes - old_codes), len(old_codes - new_codes)
        totals.update({
            'old_count': old is not None, 'new_count': new is not None, 'differing_count': differs,
            'first_count': has_other_first, 'added_count': added, 'dropped_count': dropped,
            'nobody_count': nobody, 'late_count': late,
        })
        return {
            'simulation_id': self.id,
            'document_id': document.id,
            'differs': differs,
            'has_other_first': has_other_first,
            'old_first': old_first and self._get_people_words(old_first.people, names),
            'new_first': new_first and self._get_people_words(new_first.people, names),
            'old_deadline': old_first and old_first.deadline,
            'new_deadline': new_first and new_first.deadline,
            'old_end': max((item.deadline for item in old or () if item.deadline), default=False),
            'new_end': max((item.deadline for item in new or () if item.deadline), default=False),
            'old_steps': words(old),
            'new_steps': words(new),
            'added_count': added,
            'dropped_count': dropped,
            'nobody_count': nobody,
            'late_count': late,
        }

    def _get_people_words(self, people, names):
        words = ", ".join(names[person] for person in people[:3])
        if len(people) > 3:
            return self.env._("%(people)s and %(count)s more", people=words, count=len(people) - 3)
        return words or self.env._("nobody")

    @api.model
    def _format(self, moment):
        return moment and fields.Datetime.context_timestamp(self, moment).strftime('%d/%m/%Y %H:%M')

    def _get_summary(self):
        self.ensure_one()
        return self.env._(
            "%(documents)s documents registered from %(start)s to %(end)s: %(old)s took the old version, %(new)s take "
            "the new one. %(differ)s differ, %(first)s have another first person; %(added)s steps are added, "
            "%(dropped)s dropped; %(nobody)s steps find nobody to act, %(late)s end after the deadline of the "
            "document.",
            documents=self.document_count, start=self.date_from.strftime('%d/%m/%Y'),
            end=self.date_to.strftime('%d/%m/%Y'), old=self.old_count, new=self.new_count,
            differ=self.differing_count, first=self.first_count, added=self.added_count, dropped=self.dropped_count,
            nobody=self.nobody_count, late=self.late_count)


class CivicDocument(models.Model):
    """Documents as they were when they were registered."""

    _inherit = 'civic.document'

    def _get_as_registered(self):
        """Return the documents with the metadata that they had at registration, as new records of which these are
        the origin; what changed since is taken back as far as the journal remembers it."""
        # sudo: the journal says what the document was; the user may read the document itself
        lines = self.env['civic.journal.entry'].sudo().search_fetch(
            Domain('res_model', '=', 'civic.document') & Domain('res_id', 'in', self.ids)
            & Domain('event_type', '=', 'modification'), ['res_id', 'event_at', 'detail'], order='id')
        earlier = defaultdict(dict)
        registered = {document.id: document.registered_at for document in self}
        for line in lines:
            if not line.detail or line.event_at < registered[line.res_id]:
                continue
            changes = json.loads(line.detail).get('changes') or {}
            for name, (before, _after) in changes.items():
                earlier[line.res_id].setdefault(name, before)
        documents = self.browse()
        for document in self:
            values = document._prepare_registration_facts()
            for name, before in earlier[document.id].items():
                field = self._fields.get(name)
                if field is None or (isinstance(before, str) and before.startswith('sha256:')):
                    continue
                if field.type == 'many2one':
                    before = before[0] if before else False
                values[name] = before
            documents |= self.new(values, origin=document)
        return documents


class CivicRouteSimulationLine(models.TransientModel):
    """What the simulation found for one document."""

    _name = 'civic.route.simulation.line'
    _description = "Simulation of a Route, by Document"
    _order = 'differs desc, nobody_count desc, late_count desc, id'
    _rec_name = 'document_id'

    simulation_id = fields.Many2one('civic.route.simulation', required=True, index=True, ondelete='cascade')
    document_id = fields.Many2one('civic.document', required=True, index=True, ondelete='cascade')
    subject = fields.Char(related='document_id.subject')
    type_id = fields.Many2one(related='document_id.type_id')
    differs = fields.Boolean()
    has_other_first = fields.Boolean("Another First Person")
    old_first = fields.Char("First Person, Old")
    new_first = fields.Char("First Person, New")
    old_deadline = fields.Datetime("First Deadline, Old")
    new_deadline = fields.Datetime("First Deadline, New")
    old_end = fields.Datetime("At the Latest, Old")
    new_end = fields.Datetime("At the Latest, New")
    old_steps = fields.Text("Steps, Old")
    new_steps = fields.Text("Steps, New")
    added_count = fields.Integer("Steps Added")
    dropped_count = fields.Integer("Steps Dropped")
    nobody_count = fields.Integer("Nobody Could Act")
    late_count = fields.Integer("After the Deadline")

    def action_open_document(self):
        self.ensure_one()
        self.check_access('read')
        self.document_id.check_access('read')
        return self.document_id._open_on_route()


class CivicRouteSimulationLoad(models.TransientModel):
    """How many steps one person gets under each version."""

    _name = 'civic.route.simulation.load'
    _description = "Simulation of a Route, by Person"
    _order = 'new_count desc, id'
    _rec_name = 'user_id'

    simulation_id = fields.Many2one('civic.route.simulation', required=True, index=True, ondelete='cascade')
    user_id = fields.Many2one('res.users', "Person", required=True, ondelete='cascade')
    old_count = fields.Integer("Steps, Old")
    new_count = fields.Integer("Steps, New")
    change = fields.Integer()
