from odoo import models


class CivicAssignment(models.Model):
    _name = 'civic.assignment'
    _inherit = ['civic.assignment', 'civic.export.mixin']
