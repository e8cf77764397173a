from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain

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
    @api.depends_context('lang')
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

    def _get_measures(self):
        """Return the measures of which the indicator is made."""
        self.ensure_one()
        return parse_formula(self.numerator) + (parse_formula(self.denominator) if self.unit != 'count' else ())

    def _show_bound(self, number):
        """Write a target or a limit as it stands beside a figure."""
        return f'{number:g}'.replace('.', ',') + (' %' if self.unit == 'percent' else '')

    @api.model_create_multi
    def create(self, vals_list):
        indicators = super().create(vals_list)
        self.env['civic.journal.entry']._append('configuration', indicators, detail={'act': 'create'})
        self.env['civic.kpi.period']._mark_stale()
        return indicators

    def write(self, vals):
        result = super().write(vals)
        self.env['civic.journal.entry']._append('configuration', self, detail={'act': 'write', 'fields': sorted(vals)})
        self.env['civic.kpi.period']._mark_stale()
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
