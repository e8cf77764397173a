from odoo import fields, models


class CivicRegisterSeries(models.Model):
    _name = 'civic.register.series'
    _description = "Number series"

    name = fields.Char(required=True)
