from odoo import fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain


class CivicRegisterBookWizard(models.TransientModel):
    """Which part of a register is printed."""

    _name = 'civic.register.book.wizard'
    _description = "Print a Register"

    register_id = fields.Many2one('civic.register', required=True, readonly=True, ondelete='cascade')
    date_from = fields.Date()
    date_to = fields.Date()
    number_from = fields.Integer()
    number_to = fields.Integer()

    def action_print(self):
        self.ensure_one()
        if self.date_from and self.date_to and self.date_to < self.date_from:
            raise UserError(self.env._("The period ends before it begins."))
        if self.number_to and self.number_to < self.number_from:
            raise UserError(self.env._("The last number comes before the first."))
        return self.env.ref('civic_document.civic_register_report_book_period').report_action(self, config=False)

    def _get_entry_domain(self):
        self.ensure_one()
        domain = Domain.TRUE
        if self.date_from:
            domain &= Domain('number_date', '>=', self.date_from)
        if self.date_to:
            domain &= Domain('number_date', '<=', self.date_to)
        if self.number_from:
            domain &= Domain('number', '>=', self.number_from)
        if self.number_to:
            domain &= Domain('number', '<=', self.number_to)
        return domain
