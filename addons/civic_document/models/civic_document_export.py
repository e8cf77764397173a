from odoo import models


class CivicDocument(models.Model):
    _name = 'civic.document'
    _inherit = ['civic.document', 'civic.export.mixin']
