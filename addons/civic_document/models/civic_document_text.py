from odoo import fields, models


class CivicDocument(models.Model):
    _inherit = 'civic.document'

    search_text = fields.Char("Search", store=False, search='_search_search_text')
    snippet = fields.Char(compute='_compute_snippet')

    def _search_search_text(self, operator, value):
        return [('subject', operator, value)]

    def _compute_snippet(self):
        self.snippet = False
