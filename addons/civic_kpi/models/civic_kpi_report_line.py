from odoo import fields, models
from odoo.exceptions import AccessError

from ..tools.figures import show


class CivicKpiReportLine(models.Model):
    """A figure of a report: it points at the figure of the period, which nobody changes once the period is closed."""

    _name = 'civic.kpi.report.line'
    _description = "Figure of a Report"
    _order = 'report_id, indicator_sequence, id'
    _rec_name = 'indicator_id'

    report_id = fields.Many2one('civic.kpi.report', required=True, index=True, readonly=True, ondelete='cascade')
    value_id = fields.Many2one('civic.kpi.value', "Figure", required=True, index=True, readonly=True, ondelete='restrict')
    previous_value_id = fields.Many2one('civic.kpi.value', "Year before", readonly=True, ondelete='restrict', index='btree_not_null')
    indicator_id = fields.Many2one(related='value_id.indicator_id', store=True)
    indicator_sequence = fields.Integer(related='indicator_id.sequence', store=True, string="Sequence")
    shown = fields.Char(related='value_id.shown', string="Shown")
    previous_shown = fields.Char(related='previous_value_id.shown', string="Shown, Year before")
    target = fields.Float(related='value_id.target')
    verdict = fields.Selection(related='value_id.verdict')
    reason = fields.Text("Reason", help="Why it is off its target.")

    def write(self, vals):
        if not self.env.su and vals.keys() - {'reason'}:
            raise AccessError(self.env._("Figures are gathered, not written; the reason is yours."))
        return super().write(vals)

    def _describe(self):
        """One sentence of the report."""
        self.ensure_one()
        figure = self.value_id
        text = f"- {figure.indicator_id.name}: {figure._show()}"
        if figure.denominator:
            text += f" ({figure.numerator}/{figure.denominator})"
        if figure.verdict in ('pass', 'near', 'fail'):
            text += self.env._(", target %(target)s: %(verdict)s", target=show(str(figure.target)), verdict=dict(
                figure._fields['verdict']._description_selection(self.env))[figure.verdict].lower())
        if figure.excluded:
            text += self.env._("; with the %(count)s that are left out %(shown)s", count=figure.excluded, shown=figure.shown_all)
        if self.previous_value_id and self.previous_value_id._get_exact() is not None:
            text += self.env._("; a year before %s", self.previous_value_id._show())
        return text + '.'
