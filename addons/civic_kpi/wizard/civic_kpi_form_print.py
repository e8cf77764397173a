from odoo import fields, models


class CivicKpiFormPrint(models.TransientModel):
    """Which form is printed, of which agency and period."""

    _name = 'civic.kpi.form.print'
    _description = "Print a Statistics Form"

    form_id = fields.Many2one(
        'civic.kpi.form', required=True, ondelete='cascade',
        default=lambda self: self.env['civic.kpi.form'].search([('active', '=', True)], limit=1))
    period_id = fields.Many2one(
        'civic.kpi.period', required=True, ondelete='cascade', domain="[('kind', '!=', 'week')]",
        default=lambda self: self.env['civic.kpi.period'].search([('kind', '=', 'year')], limit=1))
    company_id = fields.Many2one(
        'res.company', "Agency", default=lambda self: self.env.company, ondelete='cascade', help="Empty: all agencies.",
        domain=lambda self: [('id', 'in', self.env.user.company_ids.ids)])
    extension = fields.Selection([('pdf', "PDF"), ('xlsx', "Excel (XLSX)")], "Format", required=True, default='pdf')

    def action_print(self):
        self.ensure_one()
        form = self.env['civic.form.kpi_statistics']
        values = {'form_id': self.form_id.id, 'period_id': self.period_id.id, 'company_id': self.company_id.id or None,
                  'is_city': not self.company_id}
        form._check_form_access()
        form._prepare_options(values)       # what is wrong is said here, and not on an empty page
        return form._get_print_action(self.extension, values)
