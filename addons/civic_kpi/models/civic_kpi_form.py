from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..tools.figures import add_up, parse_formula


class CivicKpiForm(models.Model):
    """A statutory statistics form: its lines are data, so that a new circular is a new form."""

    _name = 'civic.kpi.form'
    _description = "Statistics Form"
    _inherit = ['civic.kpi.validity.mixin']
    _order = 'code, date_from desc'

    code = fields.Char(required=True)
    name = fields.Char(required=True, translate=True)
    legal_basis = fields.Char(translate=True)
    line_ids = fields.One2many('civic.kpi.form.line', 'form_id', "Lines")
    active = fields.Boolean(default=True)

    @api.depends('code', 'name')
    def _compute_display_name(self):
        for form in self:
            form.display_name = f"{form.code or ''} – {form.name or ''}"

    @api.model
    def _count(self, forms, company, period):
        """Return {line: number or None}: what is counted of the agency, or of all if there is none; one query per source."""
        Source = self.env['civic.kpi.source'].sudo()        # sudo: sums tell nothing of single documents
        as_of = min(period.date_to, period._today())
        exact = period.date_to < period._today()
        entries = self.env['civic.kpi.form.entry'].sudo()._sum_up(company, period)
        counted, result = {}, {}
        for line in forms.line_ids:
            if not line.source:
                result[line] = entries.get(line)
                continue
            if Source._get_missing_room(line.source):
                result[line] = None
                continue
            if line.source not in counted:
                sums = {}
                for company_id, _unit_id, measure, number in Source._get_rows(line.source, period.date_from, as_of, exact=exact):
                    if not company or company_id == company.id:
                        sums[measure] = sums.get(measure, 0) + number
                counted[line.source] = sums
            result[line] = add_up(line.formula, counted[line.source])
        return result


class CivicKpiFormLine(models.Model):
    _name = 'civic.kpi.form.line'
    _description = "Line of a Statistics Form"
    _order = 'form_id, sequence, id'

    form_id = fields.Many2one('civic.kpi.form', required=True, index=True, ondelete='cascade')
    sequence = fields.Integer(default=100)
    number = fields.Char(help="As printed, such as 1.2.")
    name = fields.Char(required=True, translate=True)
    uom = fields.Char("Unit", translate=True)
    is_heading = fields.Boolean("Heading")
    source = fields.Selection('_selection_source', help="Empty: entered by hand.")
    formula = fields.Char("Measures", help="Measures of the source, added up.")

    @api.model
    def _selection_source(self):
        return self.env['civic.kpi.indicator']._selection_source()

    @api.constrains('source', 'formula')
    def _check_formula(self):
        sources = self.env['civic.kpi.source']._get_sources()
        for line in self:
            words = parse_formula(line.formula)
            if line.source and (not words or any(word not in sources[line.source].measures for word in words)):
                raise ValidationError(self.env._(
                    "The line “%(line)s” refers to nothing: the source counts %(measures)s.",
                    line=line.name, measures=', '.join(sources[line.source].measures)))


class CivicKpiFormEntry(models.Model):
    """What the system does not know and an agency enters for a form."""

    _name = 'civic.kpi.form.entry'
    _description = "Entry of a Statistics Form"
    _order = 'period_id desc, company_id, line_id'
    _rec_name = 'line_id'

    line_id = fields.Many2one(
        'civic.kpi.form.line', "Line", required=True, index=True, ondelete='restrict',
        domain="[('source', '=', False), ('is_heading', '=', False)]")
    period_id = fields.Many2one(
        'civic.kpi.period', required=True, index=True, ondelete='restrict', domain="[('kind', '!=', 'week')]")
    company_id = fields.Many2one(
        'res.company', "Agency", required=True, index=True, default=lambda self: self.env.company, ondelete='restrict')
    value = fields.Integer(aggregator=None)

    _entry_uniq = models.Constraint('UNIQUE (line_id, period_id, company_id)', "This line is entered already.")
    _not_negative = models.Constraint('CHECK (value >= 0)', "A number of a form is not negative.")

    @api.model
    def _sum_up(self, company, period):
        """Return {line: number} of the agency, or of all if there is none."""
        domain = [('period_id', '=', period.id)] + ([('company_id', '=', company.id)] if company else [])
        return dict(self._read_group(domain, ['line_id'], ['value:sum']))
