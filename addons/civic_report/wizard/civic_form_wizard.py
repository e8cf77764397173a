from odoo import api, fields, models

FORMATS = [('pdf', "PDF"), ('xlsx', "Excel (XLSX)"), ('docx', "Word (DOCX)")]


class CivicFormWizard(models.TransientModel):
    """Which form is printed, for which agency and period."""

    _name = 'civic.form.wizard'
    _description = "Print a Form"

    form = fields.Selection('_selection_form', required=True, default=lambda self: self._default_form())
    extension = fields.Selection(FORMATS, string="Format", required=True, default='pdf')
    company_id = fields.Many2one(
        'res.company', "Agency", required=True, default=lambda self: self.env.company, ondelete='cascade',
        domain=lambda self: [('id', 'in', self.env.user.company_ids.ids)])
    date_from = fields.Date(default=lambda self: fields.Date.context_today(self).replace(month=1, day=1))
    date_to = fields.Date(default=fields.Date.context_today)
    legal_basis = fields.Char(compute='_compute_legal_basis')

    @api.model
    def _selection_form(self):
        return [
            (form._name.removeprefix('civic.form.'), form._get_title({'company': self.env.company}))
            for form in self.env['civic.form']._get_period_forms()]

    @api.model
    def _default_form(self):
        forms = self._selection_form()
        return forms[0][0] if forms else False

    @api.depends('form')
    def _compute_legal_basis(self):
        for wizard in self:
            form = wizard.form and self.env['civic.form']._find_form(wizard.form)
            wizard.legal_basis = form._get_legal_basis() if form is not None and form is not False else False

    def action_print(self):
        self.ensure_one()
        form = self.env['civic.form']._find_form(self.form)
        values = self._prepare_values()
        form._check_form_access()
        form._prepare_options(values)       # what is wrong is said here, and not on an empty page
        return form._get_print_action(self.extension, values)

    def _prepare_values(self):
        return {
            'company_id': self.company_id.id,
            'date_from': fields.Date.to_string(self.date_from) or None,
            'date_to': fields.Date.to_string(self.date_to) or None,
        }
