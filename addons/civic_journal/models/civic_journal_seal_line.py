from odoo import fields, models

from ..fields import FrozenMany2one


class CivicJournalSealLine(models.Model):
    """The place of one journal line in its batch, and its digest."""

    _name = 'civic.journal.seal.line'
    _inherit = ['civic.journal.frozen']
    _description = "Sealed journal line"
    _order = 'seal_id, position'
    _rec_name = 'entry_number'
    _log_access = False

    seal_id = FrozenMany2one('civic.journal.seal', "Batch", required=True, readonly=True)
    position = fields.Integer(required=True, readonly=True)
    # No many2one: the screen must show also a line that somebody took out of the table.
    entry_number = fields.Integer("Line", required=True, readonly=True, aggregator=None)
    company_id = FrozenMany2one('res.company', "Agency", required=True, readonly=True)
    digest = fields.Char(size=64, required=True, readonly=True)

    _position_uniq = models.UniqueIndex(
        '(seal_id, position)', "Two lines cannot have one place in a batch.")
    _entry_uniq = models.UniqueIndex('(entry_number)', "A line is sealed once.")
