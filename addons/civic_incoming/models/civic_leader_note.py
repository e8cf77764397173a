from odoo import fields, models


class CivicLeaderNote(models.Model):
    """What a leader wrote on a document without assigning it: the “bút phê” (Decree 30/2020, Art. 23.2).

    Rows are written by `civic.document._add_leader_note` alone, and never change.
    """

    _name = 'civic.leader.note'
    _description = "Note of a Leader"
    _order = 'id desc'
    _rec_name = 'text'

    document_id = fields.Many2one('civic.document', required=True, index=True, ondelete='cascade')
    company_id = fields.Many2one(
        related='document_id.company_id', string="Agency", store=True, precompute=True, index=True)
    text = fields.Text(string="Note", required=True)
    user_id = fields.Many2one('res.users', string="Leader", required=True, ondelete='restrict')
    substituted_id = fields.Many2one('res.users', string="On Behalf of", ondelete='restrict')
    written_at = fields.Datetime(required=True)
