from odoo import fields, models


class CivicQuarantine(models.Model):
    _name = 'civic.quarantine'
    _description = "Refused file"

    name = fields.Char(required=True)
