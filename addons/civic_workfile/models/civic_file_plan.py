from odoo import api, fields, models

from ..const import PLAN_STATES


class CivicFilePlan(models.Model):
    """Danh mục hồ sơ: the files that an agency expects to make in a year (Decree 30/2020, Article 28).

    Units draft plans of their own and submit them; they are merged into that of the agency, which its head approves.
    """

    _name = 'civic.file.plan'
    _description = "Plan of Files"
    _inherit = ['mail.thread', 'civic.journal.mixin', 'civic.reason.mixin']
    _order = 'year desc, unit_id, id'
    _check_company_auto = True

    company_id = fields.Many2one('res.company', "Agency", required=True, default=lambda self: self.env.company)
    unit_id = fields.Many2one(
        'hr.department', "Unit", check_company=True, index='btree_not_null', ondelete='restrict',
        help="Empty for the plan of the whole agency.")
    year = fields.Integer(required=True, aggregator=None, default=lambda self: fields.Date.context_today(self).year)
    state = fields.Selection(PLAN_STATES, required=True, default='draft', copy=False, readonly=True)
    line_ids = fields.One2many('civic.file.plan.line', 'plan_id', "Headings")

    _plan_uniq = models.UniqueIndex(
        '(company_id, year, COALESCE(unit_id, 0))', "There is already a plan of this agency or unit for the year.")
    _year_fits = models.Constraint('CHECK (year BETWEEN 1900 AND 2999)', "A year has four digits.")

    @api.depends('year', 'unit_id', 'company_id')
    def _compute_display_name(self):
        for plan in self:
            plan.display_name = f"{plan.year} – {(plan.unit_id or plan.company_id).name or ''}"
