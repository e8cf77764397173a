from odoo import fields, models


class CivicRegister(models.Model):
    _name = 'civic.register'
    _description = "Register"

    name = fields.Char()
    company_id = fields.Many2one('res.company', required=True)
