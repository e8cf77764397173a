from odoo import fields, models

from odoo.addons.civic_report.wizard.civic_form_wizard import FORMATS


class CivicRegisterBookWizard(models.TransientModel):
    """Which part of a register is printed."""

    _name = 'civic.register.book.wizard'
    _description = "Print a Register"

    register_id = fields.Many2one('civic.register', required=True, readonly=True, ondelete='cascade')
    date_from = fields.Date()
    date_to = fields.Date()
    number_from = fields.Integer()
    number_to = fields.Integer()
    extension = fields.Selection(FORMATS, string="Format", required=True, default='pdf')

    def action_print(self):
        self.ensure_one()
        form = self.env['civic.form.register_book']
        values = {
            'register_id': self.register_id.id,
            'date_from': fields.Date.to_string(self.date_from) or None,
            'date_to': fields.Date.to_string(self.date_to) or None,
            'number_from': self.number_from,
            'number_to': self.number_to,
        }
        form._prepare_options(values)       # what is wrong is said here, and not on an empty page
        return form._get_print_action(self.extension, values)
