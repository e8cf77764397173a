from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

from odoo.addons.civic_base.const import AGENCY_LEVELS

from ..const import FORM_COLUMNS, FORM_PERIODS
from ..tools.figures import add_up, calculate, parse_formula
from .civic_kpi_period import get_bounds


class CivicKpiFormColumn(models.Model):
    """A column of a statistics form: words of the line, a number of a period and of some agencies or units, or what is
    computed from the other numbers of the line.
    """

    _name = 'civic.kpi.form.column'
    _description = "Column of a Statistics Form"
    _order = 'form_id, sequence, id'

    form_id = fields.Many2one('civic.kpi.form', required=True, index=True, ondelete='cascade')
    sequence = fields.Integer(default=100)
    kind = fields.Selection(FORM_COLUMNS, "Holds", required=True, default='count')
    name = fields.Char("Heading", translate=True, help="Empty: as what it holds is called.")
    code = fields.Char("Letter", size=8, help="By which computed columns name it, such as A.")
    period = fields.Selection(FORM_PERIODS, required=True, default='this')
    agency_level = fields.Selection(AGENCY_LEVELS, "Of Agencies", help="Empty: of all levels.")
    field_id = fields.Many2one('civic.work.field', "Field of Work", index='btree_not_null', ondelete='restrict',
                               help="Empty: of all units.")
    formula = fields.Char(
        size=200, help="Computed: arithmetic over the letters of other columns, such as 100 * A / B. "
        "Counted: measures of the source in place of those of the line.")

    _code_uniq = models.UniqueIndex('(form_id, code) WHERE code IS NOT NULL', "Two columns have the same letter.")

    @api.depends('name', 'kind', 'period')
    @api.depends_context('lang')
    def _compute_display_name(self):
        kinds, periods = (dict(self._fields[name]._description_selection(self.env)) for name in ('kind', 'period'))
        for column in self:
            is_other_period = column.kind == 'count' and column.period != 'this'
            column.display_name = column.name or (periods[column.period] if is_other_period else kinds.get(column.kind))

    @api.constrains('kind', 'code', 'formula', 'form_id')
    def _check_formula(self):
        for column in self.form_id.column_ids:
            if column.code and not column.code.isidentifier():
                raise ValidationError(self.env._("“%s” is no letter by which a formula can name a column.", column.code))
            if column.kind == 'formula':
                try:
                    calculate(column.formula or '', dict.fromkeys(column._get_numbers(), 1))
                except ValueError:
                    raise ValidationError(self.env._(
                        "The column “%(column)s” is computed from the letters of counted columns (%(letters)s) by + - * / and whole "
                        "numbers: “%(formula)s” is not.", column=column.display_name, formula=column.formula or '',
                        letters=', '.join(column._get_numbers()) or '–')) from None
            elif column.kind == 'count' and column.formula:
                known = {name for source in self.env['civic.kpi.source']._get_sources().values() for name in source.measures}
                unknown = [name for name in parse_formula(column.formula) if name not in known]
                if unknown:
                    raise ValidationError(self.env._(
                        "The column “%(column)s” refers to nothing: no source counts “%(measure)s”.",
                        column=column.display_name, measure=unknown[0]))

    def _get_numbers(self):
        """Return the counted columns of the form that have a letter, {letter: column}."""
        self.ensure_one()
        return {one.code: one for one in self.form_id.column_ids if one.kind == 'count' and one.code}

    def _get_span(self, period):
        """Return first and last day of what the column counts for a period of the form."""
        self.ensure_one()
        if self.period == 'previous':
            return get_bounds(period.kind, period.date_from - relativedelta(days=1))
        if self.period == 'last_year':
            return get_bounds(period.kind, period.date_from - relativedelta(years=1))
        if self.period == 'to_date':
            return period.date_from.replace(month=1, day=1), period.date_to
        return period.date_from, period.date_to

    def _get_companies(self, company):
        """Return the agencies that count, of the one of the form or of all."""
        self.ensure_one()
        domain = Domain('active', 'in', (True, False))          # an agency that ended has its numbers
        if company:
            domain &= Domain('id', '=', company.id)
        if self.agency_level:
            domain &= Domain('agency_level', '=', self.agency_level)
        return self.env['res.company'].sudo().search(domain)    # sudo: which agencies there are is no secret

    def _count(self, lines, company, period, read):
        """Return {line: number or None} of what is counted of an agency, or of all if there is none.

        :param read: returns rows ``(agency id, unit id, measure, number)`` of a source from a first to a last day
        """
        self.ensure_one()
        Source = self.env['civic.kpi.source']
        sources, span = Source._get_sources(), self._get_span(period)
        companies = self._get_companies(company)
        # sudo: which units have a field is no secret
        company_ids, unit_ids = set(companies.ids), set(self.field_id.sudo().unit_ids.ids)
        entries = {}
        if not self.field_id and not self.formula:          # what is entered is of no unit, and of its line alone
            # sudo: sums tell nothing of single agencies but the one that is asked for
            entries = self.env['civic.kpi.form.entry'].sudo()._sum_up(companies, period.kind, *span)
        result = {}
        for line in lines:
            words = parse_formula(self.formula or line.formula)
            if not line.source:
                result[line] = entries.get(line)
            elif Source._get_missing_room(line.source) or not sources[line.source].measures.keys() >= set(words):
                result[line] = None
            else:
                sums = {}
                for company_id, unit_id, measure, number in read(line.source, *span):
                    if company_id in company_ids and (not self.field_id or unit_id in unit_ids):
                        sums[measure] = sums.get(measure, 0) + number
                result[line] = add_up(words, sums)
        return result
