from odoo import fields, models


class CivicContent(models.Model):
    _name = 'civic.content'
    _description = "Content file"
    _order = 'sequence, id'

    document_id = fields.Many2one('civic.document', required=True, index=True, ondelete='cascade')
    name = fields.Char(required=True)
    sha256 = fields.Char("SHA-256", index=True)
    role = fields.Selection([('original', "Original"), ('rendition', "Rendition"), ('appendix', "Appendix")])
    sequence = fields.Integer()
