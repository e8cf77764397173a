from odoo import fields, models


class ResCompany(models.Model):
    _inherit = 'res.company'

    incoming_leader_id = fields.Many2one(
        'res.users', string="Incoming Documents Go To", ondelete='set null',
        domain=lambda self: [('all_group_ids', 'in', self.env.ref('civic_base.group_leader').ids)],
        help="The leader to whom incoming documents are submitted, unless the clerk chooses another one.")
