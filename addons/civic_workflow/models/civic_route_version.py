from datetime import timedelta
from zoneinfo import ZoneInfo

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command, Domain
from odoo.tools import format_date

from odoo.addons.civic_base.const import DEFAULT_TZ

from ..const import VERSION_STATES
from ..facts import filter_by_domain, parse_domain
from ..tools import calendar, engine

# Only code that holds this object moves a version or writes what the system fills in.
_BY_SYSTEM = object()


class CivicRouteVersion(models.Model):
    """One state of a route: which documents it takes, and its steps.

    draft ──► published ──► retired

    A draft changes freely. A published version never changes again: documents that are under way finish on it,
    whatever is published later. To change a route, copy its version into a new draft, try it on the documents of
    last month, and publish it from a day on.
    """

    _name = 'civic.route.version'
    _description = "Version of a Route"
    _inherit = ['civic.journal.mixin']
    _order = 'route_id, number desc'

    route_id = fields.Many2one('civic.route', required=True, index=True, ondelete='cascade')
    company_id = fields.Many2one(related='route_id.company_id', string="Agency", store=True, index=True)
    direction = fields.Selection(related='route_id.direction')
    number = fields.Integer("Version", required=True, readonly=True, default=1)
    state = fields.Selection(VERSION_STATES, required=True, readonly=True, default='draft', copy=False)
    note = fields.Char("What Changed", translate=True)

    valid_from = fields.Date("In Force from", copy=False)
    published_by_id = fields.Many2one('res.users', "Published by", readonly=True, copy=False, ondelete='restrict')
    published_at = fields.Datetime(readonly=True, copy=False)

    type_ids = fields.Many2many(
        'civic.document.type', string="Document Types", help="Empty: documents of every type.")
    document_model = fields.Char(compute='_compute_document_model', export_string_translation=False)
    domain = fields.Char("Condition", help="Only documents that meet it take the route. Empty: all of them.")
    ask_once = fields.Boolean(
        "Ask Nobody Twice", default=True,
        help="Who has just approved is not asked again when the next step names the same person.")
    step_ids = fields.One2many('civic.route.step', 'version_id', "Steps", copy=True)

    simulated_at = fields.Datetime("Tried on", readonly=True, copy=False)
    simulation_summary = fields.Text(readonly=True, copy=False)

    case_count = fields.Integer("Documents", compute='_compute_case_count')
    strip = fields.Html("Steps at a Glance", compute='_compute_strip', sanitize=False)
    problems = fields.Text("To Correct", compute='_compute_problems')
    warnings = fields.Text("To Consider", compute='_compute_problems')

    _number_uniq = models.UniqueIndex('(route_id, number)', "A route has only one version of each number.")
    _one_draft = models.UniqueIndex("(route_id) WHERE state = 'draft'", "The route already has a draft: change that one.")
    _valid_from_uniq = models.UniqueIndex(
        "(route_id, valid_from) WHERE state = 'published'",
        "Another version of the route comes into force on the same day.")
    _published_has_date = models.Constraint(
        "CHECK (state = 'draft' OR valid_from IS NOT NULL)", "A published version has a first day.")

    # === COMPUTE === #

    @api.depends('route_id.name', 'number')
    def _compute_display_name(self):
        for version in self:
            version.display_name = self.env._(
                "%(route)s, version %(number)s", route=version.route_id.name or "", number=version.number)

    def _compute_document_model(self):
        self.document_model = 'civic.document'

    def _compute_case_count(self):
        counts = dict(self.env['civic.route.case']._read_group(
            [('version_id', 'in', self.ids)], ['version_id'], ['__count']))
        for version in self:
            version.case_count = counts.get(version, 0)

    @api.depends(lambda self: [f'step_ids.{name}' for name in self.env['civic.route.step']._get_content_fields()])
    @api.depends_context('lang')
    def _compute_strip(self):
        for version in self:
            version.strip = version._render_strip()

    @api.depends(lambda self: ['type_ids', 'domain', 'route_id.company_id', *(
        f'step_ids.{name}' for name in self.env['civic.route.step']._get_content_fields())])
    @api.depends_context('lang')
    def _compute_problems(self):
        for version in self:
            problems, warnings = version._get_problems()
            version.problems = "\n".join(f"• {problem}" for problem in problems) or False
            version.warnings = "\n".join(f"• {warning}" for warning in warnings) or False

    @api.constrains('domain')
    def _check_domain(self):
        for version in self:
            # the rights of who types it: constraints run as superuser
            self.env['civic.route.step'].sudo(False)._check_condition(version.domain)

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        vals_list = [dict(values) for values in vals_list]
        if self.env.context.get('civic_route_token') is not _BY_SYSTEM:
            for values in vals_list:
                for name in self._get_system_fields():
                    values.pop(name, None)
        route_ids = {values['route_id'] for values in vals_list if values.get('route_id')}
        numbers = {route.id: last for route, last in self._read_group(
            [('route_id', 'in', list(route_ids))], ['route_id'], ['number:max'])}
        for values in vals_list:
            numbers[values.get('route_id')] = values['number'] = numbers.get(values.get('route_id'), 0) + 1
        # what a context proposes for a draft is no way to publish it
        return super(CivicRouteVersion, self.with_context({
            key: value for key, value in self.env.context.items()
            if key.removeprefix('default_') not in self._get_system_fields()})).create(vals_list)

    def write(self, vals):
        if self.env.context.get('civic_route_token') is not _BY_SYSTEM:
            if self._get_system_fields() & set(vals):
                raise AccessError(self.env._("A version is published by its button, not by writing its state."))
            self._check_draft()
            if 'route_id' in vals:
                raise UserError(self.env._("A version stays with its route."))
            if {'type_ids', 'domain', 'ask_once', 'step_ids'} & set(vals):
                self._forget_simulation()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_published(self):
        if any(version.state != 'draft' for version in self):
            raise UserError(self.env._("A version that was published is kept: documents may have followed it."))

    def copy_data(self, default=None):
        raise UserError(self.env._("Use “New Draft” on the route: it copies the version and its steps."))

    @api.model
    def _get_system_fields(self):
        return {'state', 'number', 'published_by_id', 'published_at', 'simulated_at', 'simulation_summary'}

    def _write_by_system(self, vals):
        if 'state' in vals:
            self.env.registry.clear_cache()         # see civic.route._get_versions_in_force
        return self.with_context(civic_route_token=_BY_SYSTEM).write(vals)

    def _check_draft(self):
        """A published version is as it is: cases rely on it."""
        for version in self:
            if version.state != 'draft':
                raise UserError(self.env._(
                    "“%s” is published and cannot be changed any more. Make a new draft of the route: documents "
                    "that are under way finish on the version they began with.", version.display_name))

    def _forget_simulation(self):
        self.filtered('simulated_at')._write_by_system({'simulated_at': False, 'simulation_summary': False})

    # === ACTIONS === #

    def _open_form(self):
        return {
            'type': 'ir.actions.act_window',
            'name': self.display_name,
            'res_model': 'civic.route.version',
            'res_id': self.id,
            'view_mode': 'form',
            'views': [(False, 'form')],
        }

    def action_open(self):
        """Open the version in a page of its own."""
        return self.ensure_one()._open_form()

    def action_new_draft(self):
        """Copy the version into the draft of its route."""
        self.ensure_one()
        self.check_access('write')
        return self._copy_to_draft()._open_form()

    def action_publish(self):
        """Show what the publication would change, and ask from which day on."""
        self.ensure_one()
        self._check_publishable()
        return {
            **self.env['ir.actions.act_window']._for_xml_id('civic_workflow.civic_route_publish_wizard_action'),
            'context': {'default_version_id': self.id},
        }

    def action_simulate(self):
        """Try the version on the documents of last month."""
        self.ensure_one()
        self.check_access('write')
        return {
            **self.env['ir.actions.act_window']._for_xml_id('civic_workflow.civic_route_simulation_action'),
            'context': {'default_version_id': self.id},
        }

    def action_add_circuit(self):
        """Ask several units and people for their opinion side by side."""
        self.ensure_one()
        self.check_access('write')
        return {
            **self.env['ir.actions.act_window']._for_xml_id('civic_workflow.civic_route_circuit_wizard_action'),
            'context': {'default_version_id': self.id},
        }

    def action_preview(self):
        """Show who would act on a document that the administrator chooses."""
        self.ensure_one()
        self.check_access('read')
        return {
            **self.env['ir.actions.act_window']._for_xml_id('civic_workflow.civic_route_preview_action'),
            'context': {'default_version_id': self.id},
        }

    def action_retire(self):
        """Let no new document take the version; those under way finish."""
        for version in self:
            if version.state != 'published':
                raise UserError(self.env._("“%s” is not in use.", version.display_name))
        self.check_access('write')
        self._write_by_system({'state': 'retired'})
        self.env['civic.journal.entry']._append('configuration', self, detail={'act': 'retire'})
        return True

    def action_open_cases(self):
        """The documents that follow, or followed, this version."""
        self.ensure_one()
        action = self.env['ir.actions.act_window']._for_xml_id('civic_workflow.civic_route_case_action')
        return {**action, 'domain': [('version_id', '=', self.id)], 'context': {}}

    # === PUBLISH === #

    def _check_publishable(self):
        """Refuse a draft that would leave documents lying about."""
        self.check_access('write')
        for version in self:
            if version.state == 'published':
                raise UserError(self.env._(
                    "“%(version)s” is already published, by %(person)s, in force from %(date)s.",
                    version=version.display_name, person=version.published_by_id.name,
                    date=format_date(self.env, version.valid_from)))
            version._check_draft()
            if not version.company_id:
                raise UserError(self.env._("“%s” is a template. Copy it to your agency first.", version.route_id.name))
            problems, _warnings = version._get_problems()
            if problems:
                raise UserError(self.env._(
                    "“%(version)s” cannot be published yet:\n%(problems)s",
                    version=version.display_name, problems="\n".join(f"• {problem}" for problem in problems)))

    def _publish(self, valid_from):
        """Put the draft in force from the day on; what it replaces from today on is retired."""
        self.ensure_one()
        self.lock_for_update(allow_referencing=True)
        self._check_publishable()
        today = self.env['civic.document']._today()
        valid_from = fields.Date.to_date(valid_from)
        if not valid_from:
            raise UserError(self.env._("Say from which day on the version holds."))
        if valid_from < today:
            raise UserError(self.env._(
                "The version cannot come into force in the past (%s): documents of those days have gone their way.",
                format_date(self.env, valid_from)))
        published = self.route_id.version_ids.filtered(lambda version: version.state == 'published')
        later = published.filtered(lambda version: version.valid_from >= valid_from and version.valid_from > today)
        if later:
            raise UserError(self.env._(
                "%(version)s comes into force on %(date)s. Choose a later day, or retire that version first.",
                version=later[0].display_name, date=format_date(self.env, later[0].valid_from)))
        if valid_from == today:
            published._write_by_system({'state': 'retired'})
        self._write_by_system({
            'state': 'published',
            'valid_from': valid_from,
            'published_by_id': self.env.uid,
            'published_at': fields.Datetime.now(),
        })
        self.env['civic.journal.entry']._append('configuration', self, detail={
            'act': 'publish',
            'valid_from': fields.Date.to_string(valid_from),
            'simulated': bool(self.simulated_at),
            'steps': [step._prepare_journal() for step in self.step_ids],
        })

    @api.model
    def _cron_retire(self):
        """Retire the versions that a later one has replaced since."""
        today = self.env['civic.document']._today()
        published = self.search([('state', '=', 'published'), ('valid_from', '<=', today)])
        replaced = published - self.browse().union(*(
            route._get_version_on(today) for route in published.route_id))
        replaced._write_by_system({'state': 'retired'})

    def _prepare_copy_values(self):
        """Values of a draft with the same content."""
        self.ensure_one()
        return {
            'type_ids': [Command.set(self.type_ids.ids)],
            'domain': self.domain,
            'ask_once': self.ask_once,
            'step_ids': [Command.create(step._prepare_copy_values()) for step in self.step_ids],
        }

    def _copy_to_draft(self):
        self.ensure_one()
        draft = self.route_id.draft_version_id
        if draft:
            raise UserError(self.env._("The route already has a draft, “%s”: change that one.", draft.display_name))
        return self.create({'route_id': self.route_id.id, **self._prepare_copy_values()})

    # === MATCH === #

    def _filter_documents(self, documents):
        """The documents that this version takes; a condition that cannot be read takes none."""
        self.ensure_one()
        route, types = self.route_id, self.type_ids
        fitting = documents.filtered(lambda document: (
            document.company_id == route.company_id and document.direction == route.direction
            and (not types or document.type_id in types)))
        try:
            ids = filter_by_domain(fitting, self.domain)
        except engine.BrokenCondition:
            return documents.browse()
        return fitting.filtered(lambda document: document._origin.id in ids)

    # === ENGINE === #

    def _get_engine_route(self):
        """The version as the engine takes it."""
        self.ensure_one()
        company = self.company_id or self.env.company
        return engine.Route(
            tuple(step._get_engine_step() for step in self.step_ids),
            ask_once=self.ask_once,
            max_returns=self.env['civic.rule.value']._get('route.max_returns', company=company),
        )

    @api.model
    def _get_calendar(self, company):
        """Working days and hours of the agency."""
        periods = self.env['civic.rule.value']._get('route.working_hours', company=company)
        return calendar.Calendar(company._is_working_day, tuple((float(begin), float(end)) for begin, end in periods))

    @api.model
    def _get_deadline(self, days_of, start, step):
        """Return the deadline (UTC) of a step of the engine that begins at the moment (UTC)."""
        zone = ZoneInfo(DEFAULT_TZ)
        local = start.replace(tzinfo=ZoneInfo('UTC')).astimezone(zone).replace(tzinfo=None)
        due = days_of.add(local, step.days, step.hours)
        return due and due.replace(tzinfo=zone).astimezone(ZoneInfo('UTC')).replace(tzinfo=None)

    @api.model
    def _get_late_from(self, days_of, deadline, step):
        """Return from when on (UTC) something happens because the step is late."""
        if not deadline or not step.grace:
            return deadline
        zone = ZoneInfo(DEFAULT_TZ)
        local = deadline.replace(tzinfo=ZoneInfo('UTC')).astimezone(zone).replace(tzinfo=None)
        due = days_of.add_days(local, step.grace)
        return due.replace(tzinfo=zone).astimezone(ZoneInfo('UTC')).replace(tzinfo=None)

    # === PROBLEMS === #

    def _get_problems(self):
        """Return what forbids to publish the version, and what its administrator should think about, in words."""
        self.ensure_one()
        problems, warnings = [], []
        steps = self.step_ids
        if not steps:
            problems.append(self.env._("The route has no step: add at least one."))
        elif all(step.kind == 'inform' for step in steps):
            warnings.append(self.env._("Every step is for information: the route ends as soon as it begins."))
        try:
            domain = parse_domain(self.domain)
            self.env['civic.route.step']._check_domain_fields(domain, self.env['civic.document'])
        except (ValueError, SyntaxError, TypeError, ValidationError, UserError) as error:
            problems.append(self.env._("The condition of the route cannot be read: %s", error))
        for step in steps:
            step_problems, step_warnings = step._get_problems()
            problems += [f"{step.name or step.stage}: {problem}" for problem in step_problems]
            warnings += [f"{step.name or step.stage}: {warning}" for warning in step_warnings]
        for stage, members in steps.grouped('stage').items():
            blocking = members.filtered(lambda step: step.kind != 'inform')
            if len(set(blocking.mapped(lambda step: (step.join, step.join == 'count' and step.join_count)))) > 1:
                problems.append(self.env._(
                    "The steps with order %s run side by side and must agree on how many of them are needed.", stage))
            for step in blocking[:1]:
                if step.join == 'count' and not 1 <= step.join_count <= len(blocking):
                    problems.append(self.env._(
                        "Of the steps with order %(stage)s, %(needed)s are needed but there are only %(given)s.",
                        stage=stage, needed=step.join_count, given=len(blocking)))
        return problems, warnings

    # === STRIP === #

    def _render_strip(self):
        """The steps from left to right as plain HTML, those side by side below each other."""
        self.ensure_one()
        stages = []
        for _stage, steps in sorted(self.step_ids.grouped('stage').items()):
            cards = [step._render_card() for step in steps]
            join = steps[0]._get_join_label() if len(steps) > 1 else ""
            stages.append(Markup('<div class="o_civic_route_stage">%s%s</div>') % (
                Markup().join(cards),
                Markup('<div class="o_civic_route_join">%s</div>') % join if join else ""))
        return Markup('<div class="o_civic_route_strip">%s</div>') % Markup().join(stages) if stages else False

    # === SIMULATION === #

    @api.model
    def _get_default_period(self):
        """Last month, as two days."""
        today = self.env['civic.document']._today()
        last = today.replace(day=1) - timedelta(days=1)
        return last.replace(day=1), last

    def _note_simulation(self, summary):
        self.sudo()._write_by_system({'simulated_at': fields.Datetime.now(), 'simulation_summary': summary})

    @api.model
    def _get_domain_before(self):
        """Routes that come first take their documents before this one is asked."""
        self.ensure_one()
        return Domain('company_id', '=', self.company_id.id) & (
            Domain('sequence', '<', self.route_id.sequence)
            | (Domain('sequence', '=', self.route_id.sequence) & Domain('id', '<', self.route_id.id)))
