from odoo import fields, models


class CivicJournalEntry(models.Model):
    _inherit = 'civic.journal.entry'

    event_type = fields.Selection(selection_add=[
        ('routing', "Routing"),
        ('opinion', "Opinion"),
        ('delegation', "Delegation"),
    ])
