from odoo import fields, models


class CivicRegisterEntry(models.Model):
    _name = 'civic.register.entry'
    _description = "Register entry"

    number = fields.Integer()
