from odoo import fields, models


class CivicDeliveryPart(models.Model):
    """One file of a delivery. What it holds is for the room that the delivery is for, and for nobody else."""

    _name = 'civic.delivery.part'
    _description = "File of a delivery"
    _order = 'delivery_id, number'

    delivery_id = fields.Many2one('civic.delivery', required=True, readonly=True, index=True, ondelete='cascade')
    company_id = fields.Many2one(related='delivery_id.company_id', store=True, index=True)
    number = fields.Integer(required=True, readonly=True, aggregator=None)
    name = fields.Char("File name", required=True, readonly=True)
    size = fields.Float("Size (bytes)", digits=(16, 0), required=True, readonly=True)
    sha256 = fields.Char("SHA-256", size=64, required=True, readonly=True)
    mimetype = fields.Char("MIME type", readonly=True)
    attachment_id = fields.Many2one(
        'ir.attachment', readonly=True, index='btree_not_null', ondelete='restrict', groups=fields.NO_ACCESS)

    def _open(self):
        """Return the bytes as an open binary file.

        :raises OSError: if they are not in the store any more
        """
        self.ensure_one()
        return self.sudo().attachment_id._civic_open()      # sudo: closed to everyone; the caller sends or processes
