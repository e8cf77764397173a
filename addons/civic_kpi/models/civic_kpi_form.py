from odoo import api, fields, models

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
            result[line] = add_up(parse_formula(line.formula), counted[line.source])
        return result
