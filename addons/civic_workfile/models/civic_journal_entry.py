from odoo import fields, models


class CivicJournalEntry(models.Model):
    _inherit = 'civic.journal.entry'

    event_type = fields.Selection(selection_add=[
        ('filing', "Filing"),
        ('removal', "Taking out of the file"),
        ('split', "Division"),
        ('merge', "Merging"),
        ('reclassification', "Re-classification"),
        ('reopening', "Opening again"),
    ])
