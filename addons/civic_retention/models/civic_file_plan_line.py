from odoo import api, fields, models
from odoo.tools import SQL


class CivicFilePlanLine(models.Model):
    """A class has rules, which its files inherit."""

    _inherit = 'civic.file.plan.line'

    retention_rule_ids = fields.Many2many(
        'civic.retention.rule', 'civic_file_plan_line_retention_rule_rel', 'line_id', 'rule_id', "Retention Rules",
        domain="[('state', '!=', 'draft'), '|', ('company_id', '=', False), ('company_id', '=', company_id)]",
        help="The files of this class follow them; of several, the one that keeps them longest.")

    @api.model_create_multi
    def create(self, vals_list):
        reasons = [values.get('change_reason') or '' for values in vals_list]
        lines = super().create(vals_list)
        for reason, some in lines.grouped(dict(zip(lines, reasons, strict=True)).get).items():
            some.filtered('retention_rule_ids')._take_over_rules(reason)
        return lines

    def write(self, vals):
        reason = vals.get('change_reason') or ''
        result = super().write(vals)
        if 'retention_rule_ids' in vals:
            self._take_over_rules(reason)
        return result

    def _take_over_rules(self, reason=''):
        """Show the longest rule as the period of the class, and compute the files of the class anew."""
        if not self:
            return
        for line in self:
            term = line.retention_rule_ids._get_longest_term()
            if term and term != line.retention_term_id:
                line.write({'retention_term_id': term.id, 'change_reason': reason})
        self.flush_recordset()
        ids = [id_ for [id_] in self.env.execute_query(SQL(
            "SELECT id FROM civic_workfile WHERE plan_line_id = ANY(%s)", list(self.ids)))]
        # sudo: files follow their class, whoever may see them
        self.env['civic.workfile'].sudo().browse(ids)._recompute_retention()


class CivicRetentionRule(models.Model):
    _inherit = 'civic.retention.rule'

    def _get_longest_term(self):
        """The period of the rule that would keep a file longest, whatever the dates."""
        order = {'permanent': 2, 'until_event': 1, 'fixed': 0}
        longest = max(self, key=lambda rule: (order[rule.kind], rule.years), default=self.browse())
        return longest.term_id
