from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL, format_date

from ..const import CATEGORIES, DIRECTIONS, UNITS
from ..tools.figures import parse_formula


class CivicKpiIndicator(models.Model):
    """What is measured: a formula over the measures of a source, of whom, in which unit, and which way is good.

    An indicator is data: the city adds its own. What a measure counts is the source's (`civic.kpi.source`).
    """

    _name = 'civic.kpi.indicator'
    _description = "Indicator"
    _inherit = ['civic.journal.mixin']
    _order = 'sequence, code, id'
    _rec_names_search = ['code', 'name']

    code = fields.Char(required=True)
    name = fields.Char("Indicator", required=True, translate=True)
    sequence = fields.Integer(default=100)
    category = fields.Selection(CATEGORIES, required=True, default='operation')
    source = fields.Selection('_selection_source', required=True)
    numerator = fields.Char(
        required=True, help="Measures of the source, added up: “due_late + due_open”.")
    denominator = fields.Char(help="Measures of the source, added up. Empty for a plain number.")
    measures_help = fields.Text("Measures of the Source", compute='_compute_measures_help')
    population = fields.Text(translate=True, help="Of whom or of what it is measured, and what is left out by its nature.")
    unit = fields.Selection(UNITS, required=True, default='percent')
    direction = fields.Selection(DIRECTIONS, required=True, default='higher')
    in_city = fields.Boolean("Whole City", default=True, help="Also measured for the city as a whole.")
    in_units = fields.Boolean("By Unit", default=True, help="Also measured for each unit of an agency.")
    has_weeks = fields.Boolean("Weekly", help="Also measured by week, for the heat map.")
    legal_basis = fields.Text(translate=True)
    active = fields.Boolean(default=True)
    missing_room = fields.Char(compute='_compute_missing_room', help="The part of the system that will count it.")
    target_ids = fields.One2many('civic.kpi.target', 'indicator_id', "Targets")
    exclusion_ids = fields.One2many('civic.kpi.exclusion', 'indicator_id', "Exclusions")

    _code_uniq = models.Constraint('UNIQUE (code)', "There is already an indicator with this code.")

    @api.model
    def _selection_source(self):
        return [(key, source.label) for key, source in self.env['civic.kpi.source']._get_sources().items()]

    @api.depends('code', 'name')
    def _compute_display_name(self):
        for indicator in self:
            indicator.display_name = f"{indicator.code or ''} – {indicator.name or ''}"

    @api.depends('source')
    def _compute_measures_help(self):
        sources = self.env['civic.kpi.source']._get_sources()
        for indicator in self:
            known = sources.get(indicator.source)
            indicator.measures_help = known and "\n".join(f"{key}: {label}" for key, label in known.measures.items())

    @api.depends('source')
    def _compute_missing_room(self):
        Source = self.env['civic.kpi.source']
        names = Source._get_room_names()
        for indicator in self:
            room = Source._get_missing_room(indicator.source) if indicator.source else None
            indicator.missing_room = names.get(room)

    @api.constrains('source', 'numerator', 'denominator', 'unit')
    def _check_formula(self):
        sources = self.env['civic.kpi.source']._get_sources()
        for indicator in self:
            known = sources.get(indicator.source)
            if not known:
                raise ValidationError(self.env._("The indicator %s has no source.", indicator.code))
            parts = [indicator.numerator] + ([indicator.denominator] if indicator.unit != 'count' else [])
            for formula in parts:
                words = parse_formula(formula)
                unknown = [word for word in words if word not in known.measures]
                if not words or unknown:
                    raise ValidationError(self.env._(
                        "The formula “%(formula)s” of %(code)s refers to nothing: the source “%(origin)s” counts %(measures)s.",
                        formula=formula or '', code=indicator.code, origin=known.label,
                        measures=', '.join(known.measures)))

    @api.model_create_multi
    def create(self, vals_list):
        indicators = super().create(vals_list)
        self.env['civic.journal.entry']._append('configuration', indicators, detail={'act': 'create'})
        return indicators

    def write(self, vals):
        result = super().write(vals)
        self.env['civic.journal.entry']._append('configuration', self, detail={'act': 'write', 'fields': sorted(vals)})
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_frozen(self):
        # sudo: figures of every agency count
        if self.env['civic.kpi.value'].sudo().search_count(
                [('indicator_id', 'in', self.ids), ('period_id.state', '=', 'closed')], limit=1):
            raise UserError(self.env._("Figures of closed periods go by this indicator: archive it instead."))

    # === TARGETS AND EXCLUSIONS === #

    def _get_targets(self, date):
        """Return {(indicator id, agency id or False): target} in force on the date: one query."""
        targets = self.env['civic.kpi.target'].sudo().search(      # sudo: targets are no secret
            Domain('indicator_id', 'in', self.ids) & self.env['civic.kpi.target']._get_valid_domain(date))
        return {(target.indicator_id.id, target.company_id.id): target for target in targets}

    def _get_exclusions(self, date):
        """Return {indicator: exclusions} that are approved and in force on the date."""
        Exclusion = self.env['civic.kpi.exclusion'].sudo()      # sudo: they count for everybody's figures
        found = Exclusion.search(
            Domain('indicator_id', 'in', self.ids) & Domain('state', '=', 'approved')
            & Domain('legal_basis', '!=', False) & Exclusion._get_valid_domain(date))
        return found.grouped('indicator_id')


class CivicKpiValidityMixin(models.AbstractModel):
    """Something that holds from a day until a day; open ends have none."""

    _name = 'civic.kpi.validity.mixin'
    _description = "Dates of Validity"

    date_from = fields.Date("Valid from", required=True)
    date_to = fields.Date("Valid until")

    @api.constrains('date_from', 'date_to')
    def _check_dates_in_order(self):
        for row in self:
            if row.date_to and row.date_to < row.date_from:
                raise ValidationError(self.env._("The validity of “%s” ends before it begins.", row.display_name))

    @api.model
    def _get_valid_domain(self, date):
        return Domain('date_from', '<=', date) & (Domain('date_to', '=', False) | Domain('date_to', '>=', date))


class CivicKpiTarget(models.Model):
    """What an indicator shall reach, from when until when; an agency's own goes before the general one."""

    _name = 'civic.kpi.target'
    _description = "Target"
    _inherit = ['civic.kpi.validity.mixin', 'civic.journal.mixin']
    _order = 'indicator_id, company_id, date_from desc'

    indicator_id = fields.Many2one('civic.kpi.indicator', required=True, index=True, ondelete='cascade')
    company_id = fields.Many2one(
        'res.company', "Agency", index='btree_not_null', ondelete='cascade', help="Empty: every agency and the city.")
    value = fields.Float("Target", required=True, digits=(16, 4), aggregator=None)
    legal_basis = fields.Text("Basis", translate=True)

    @api.depends('indicator_id', 'value', 'date_from')
    def _compute_display_name(self):
        for target in self:
            target.display_name = f"{target.indicator_id.code or ''}: {target.value:g}"

    @api.constrains('indicator_id', 'company_id', 'date_from', 'date_to')
    def _check_overlap(self):
        for target in self:
            domain = (
                Domain('id', '!=', target.id) & Domain('indicator_id', '=', target.indicator_id.id)
                & Domain('company_id', '=', target.company_id.id)
                & (Domain('date_to', '=', False) | Domain('date_to', '>=', target.date_from)))
            if target.date_to:
                domain &= Domain('date_from', '<=', target.date_to)
            # sudo: also those of agencies that the person does not see
            other = self.sudo().search(domain, limit=1)
            if other:
                raise ValidationError(self.env._(
                    "From %(start)s the target of %(indicator)s is already %(value)s: two targets cannot hold on the same "
                    "day. End that one first.", start=format_date(self.env, max(other.date_from, target.date_from)),
                    indicator=target.indicator_id.code, value=f"{other.value:g}"))

    @api.model_create_multi
    def create(self, vals_list):
        targets = super().create(vals_list)
        self.env['civic.journal.entry']._append('configuration', targets, detail={'act': 'create'})
        return targets

    def write(self, vals):
        result = super().write(vals)
        if 'company_id' in vals:
            self.check_access('write')          # the rules hold for the new agency as well
        self.env['civic.journal.entry']._append('configuration', self, detail={'act': 'write', 'fields': sorted(vals)})
        return result


class CivicKpiExclusion(models.Model):
    """What is left out of an indicator because the law says so; nothing without its legal basis and an approver.

    draft ──► approved ──► revoked
    """

    _name = 'civic.kpi.exclusion'
    _description = "Exclusion"
    _inherit = ['civic.kpi.validity.mixin', 'civic.journal.mixin']
    _order = 'indicator_id, date_from desc, id'

    name = fields.Char("Exclusion", required=True)
    indicator_id = fields.Many2one('civic.kpi.indicator', required=True, index=True, ondelete='cascade')
    company_id = fields.Many2one('res.company', "Agency", index='btree_not_null', ondelete='cascade')
    unit_id = fields.Many2one(
        'hr.department', "Unit", index='btree_not_null', ondelete='cascade', domain="[('company_id', '=', company_id)]")
    type_ids = fields.Many2many('civic.document.type', string="Document Types")
    document_ids = fields.Many2many('civic.document', string="Documents", domain="[('company_id', '=', company_id)]")
    legal_basis = fields.Text(help="The law that excepts it; without one nothing is left out.")
    state = fields.Selection(
        [('draft', "Draft"), ('approved', "Approved"), ('revoked', "Revoked")], required=True, default='draft',
        readonly=True, copy=False)
    approved_by_id = fields.Many2one('res.users', "Approved by", readonly=True, copy=False, ondelete='restrict')
    approved_at = fields.Datetime("Approved on", readonly=True, copy=False)

    _approved_with_basis = models.Constraint(
        "CHECK (state <> 'approved' OR (legal_basis IS NOT NULL AND legal_basis <> '' AND approved_by_id IS NOT NULL))",
        "An exclusion is approved with its legal basis and by somebody.")

    @api.model_create_multi
    def create(self, vals_list):
        self._check_system_fields(vals_list)
        exclusions = super(CivicKpiExclusion, self.with_context({
            key: value for key, value in self.env.context.items()
            if key not in ('default_state', 'default_approved_by_id', 'default_approved_at')})).create(vals_list)
        exclusions._check_scope()
        return exclusions.with_env(self.env)

    def write(self, vals):
        self._check_system_fields([vals])
        if not self.env.su and any(exclusion.state != 'draft' for exclusion in self) and vals.keys() - {'date_to'}:
            raise UserError(self.env._(
                "An approved exclusion does not change: end its validity or revoke it, and make a new one."))
        result = super().write(vals)
        if 'company_id' in vals:
            self.check_access('write')          # the rules hold for the new agency as well
        if not self.env.su:
            self._check_scope()
        return result

    def _check_system_fields(self, vals_list):
        if not self.env.su and any({'state', 'approved_by_id', 'approved_at'} & vals.keys() for vals in vals_list):
            raise UserError(self.env._("An exclusion is approved and revoked by its buttons only."))

    def _check_scope(self):
        for exclusion in self:
            if not (exclusion.company_id or exclusion.type_ids):
                raise UserError(self.env._(
                    "“%s” would leave out everything: say which agency, unit, document type or documents.", exclusion.name))
            source = self.env['civic.kpi.source']._get_sources()[exclusion.indicator_id.source]
            if (exclusion.type_ids or exclusion.document_ids or exclusion.unit_id) and not source.has_documents:
                raise UserError(self.env._(
                    "%s does not count documents: only whole agencies can be left out.", exclusion.indicator_id.code))

    @api.ondelete(at_uninstall=False)
    def _unlink_except_approved(self):
        if any(exclusion.state != 'draft' for exclusion in self):
            raise UserError(self.env._("An exclusion that was approved stays on record: revoke it."))

    def action_approve(self):
        """Approve: from now on it is left out of the figures of open periods."""
        self._check_may_decide()
        for exclusion in self:
            if exclusion.state != 'draft':
                raise UserError(self.env._("“%s” was decided already.", exclusion.name))
            if not (exclusion.legal_basis or '').strip():
                raise UserError(self.env._(
                    "“%s” has no legal basis: nothing is left out of a figure without one. Enter the article of the law.",
                    exclusion.name))
            exclusion._check_scope()
        # sudo: the state is written by these acts alone
        self.sudo().write({
            'state': 'approved', 'approved_by_id': self.env.uid, 'approved_at': fields.Datetime.now()})
        self.env['civic.journal.entry']._append('approval', self, details={
            exclusion.id: {'indicator': exclusion.indicator_id.code, 'basis': exclusion.legal_basis} for exclusion in self})
        self._recount()
        return True

    def action_revoke(self):
        """Revoke: open periods count it again; closed ones keep their figures."""
        self._check_may_decide()
        if any(exclusion.state != 'approved' for exclusion in self):
            raise UserError(self.env._("Only an approved exclusion is revoked."))
        # sudo: as above
        self.sudo().write({'state': 'revoked'})
        self.env['civic.journal.entry']._append('withdrawal', self)
        self._recount()
        return True

    def _check_may_decide(self):
        self.check_access('write')

    def _recount(self):
        # sudo: figures are the system's
        self.env['civic.kpi.daily'].sudo()._refresh()
        periods = self.env['civic.kpi.period'].sudo().search([('state', '=', 'open')])
        periods._recount(self.indicator_id.sudo())

    def _sql_where(self):
        """SQL: the documents ``d`` that one of these leaves out."""
        parts = []
        for exclusion in self.sudo():       # sudo: named documents count whoever asks
            conditions = []
            if exclusion.company_id:
                conditions.append(SQL("d.company_id = %s", exclusion.company_id.id))
            if exclusion.unit_id:
                conditions.append(SQL("d.unit_id = %s", exclusion.unit_id.id))
            if exclusion.type_ids:
                conditions.append(SQL("d.type_id = ANY(%s)", exclusion.type_ids.ids))
            if exclusion.document_ids:
                conditions.append(SQL("d.id = ANY(%s)", exclusion.document_ids.ids))
            parts.append(SQL("(%s)", SQL(" AND ").join(conditions)))
        return SQL("(%s)", SQL(" OR ").join(parts))
