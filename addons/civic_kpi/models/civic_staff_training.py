from odoo import api, fields, models
from odoo.exceptions import ValidationError


class CivicStaffTraining(models.Model):
    _name = 'civic.staff.training'
    _description = "Training of Staff"
    _order = 'date desc, id'

    duty_id = fields.Many2one('civic.staff.duty', required=True, index=True, ondelete='cascade')
    company_id = fields.Many2one(related='duty_id.company_id', store=True, index=True)
    name = fields.Char("Course", required=True)
    date = fields.Date(required=True)
    days = fields.Integer()
    certificate = fields.Char()

    @api.constrains('date')
    def _check_date(self):
        today = self.env['civic.kpi.period']._today()
        if any(training.date > today for training in self):
            raise ValidationError(self.env._("A training that is still to come is no training yet."))
