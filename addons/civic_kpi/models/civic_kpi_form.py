import functools

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Command

from ..tools.figures import calculate, round_half_up


class CivicKpiForm(models.Model):
    """A statutory statistics form: its lines and columns are data, so that a new circular is a new form."""

    _name = 'civic.kpi.form'
    _description = "Statistics Form"
    _inherit = ['civic.kpi.validity.mixin']
    _order = 'code, date_from desc'
    _rec_names_search = ['code', 'name']

    code = fields.Char(required=True)
    name = fields.Char(required=True, translate=True)
    legal_basis = fields.Char(translate=True)
    line_ids = fields.One2many('civic.kpi.form.line', 'form_id', "Lines", copy=True)
    column_ids = fields.One2many('civic.kpi.form.column', 'form_id', "Columns", copy=True, default=lambda self: [
        Command.create({'kind': kind, 'sequence': sequence})
        for sequence, kind in enumerate(('number', 'name', 'uom', 'count', 'remark'), start=1)])
    active = fields.Boolean(default=True)

    @api.depends('code', 'name')
    def _compute_display_name(self):
        for form in self:
            form.display_name = f"{form.code or ''} – {form.name or ''}"

    @api.constrains('column_ids')
    def _check_columns(self):
        for form in self:
            if not {'name', 'count'} <= set(form.column_ids.mapped('kind')):
                raise ValidationError(self.env._("“%s” needs a column that names the lines and one that counts.", form.name))
        self.column_ids._check_formula()        # a letter may have gone

    def _count(self, company, period):
        """Return {line: {column: number or None}} of an agency, or of all if there is none; one query per source and span."""
        self.ensure_one()
        self.env.flush_all()        # sources are asked by SQL
        Source = self.env['civic.kpi.source'].sudo()        # sudo: sums tell nothing of single documents
        today = period._today()

        @functools.cache
        def read(source, start, end):
            return Source._get_rows(source, start, min(end, today), exact=end < today)

        lines = self.line_ids.filtered(lambda line: not line.is_heading)
        result = {line: {} for line in lines}
        for column in self.column_ids.filtered(lambda column: column.kind == 'count'):
            for line, number in column._count(lines, company, period, read).items():
                result[line][column] = number
        for column in self.column_ids.filtered(lambda column: column.kind == 'formula'):
            letters = column._get_numbers()
            for numbers in result.values():
                value = calculate(column.formula, {letter: numbers[one] for letter, one in letters.items()})
                numbers[column] = None if value is None else float(round_half_up(value))
        return result
