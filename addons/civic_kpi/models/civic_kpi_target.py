from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import format_date


class CivicKpiTarget(models.Model):
    """What an indicator shall reach, from when until when; an agency's own goes before the general one."""

    _name = 'civic.kpi.target'
    _description = "Target"
    _inherit = ['civic.kpi.validity.mixin', 'civic.journal.mixin', 'civic.shared.mixin']
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
        self.env['civic.kpi.period']._mark_stale()
        return targets

    def write(self, vals):
        result = super().write(vals)
        self.env['civic.journal.entry']._append('configuration', self, detail={'act': 'write', 'fields': sorted(vals)})
        self.env['civic.kpi.period']._mark_stale()
        return result
