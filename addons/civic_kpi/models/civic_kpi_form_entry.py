from odoo import api, fields, models


class CivicKpiFormEntry(models.Model):
    """What the system does not know and an agency enters for a form."""

    _name = 'civic.kpi.form.entry'
    _description = "Entry of a Statistics Form"
    _order = 'period_id, company_id, line_id'
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
    def _sum_up(self, companies, kind, start, end):
        """Return {line: number} of what the agencies entered for the very period."""
        return dict(self._read_group([
            ('company_id', 'in', companies.ids), ('period_id.kind', '=', kind), ('period_id.date_from', '=', start),
            ('period_id.date_to', '=', end)], ['line_id'], ['value:sum']))
