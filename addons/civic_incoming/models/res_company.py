from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import ormcache


class ResCompany(models.Model):
    _inherit = 'res.company'

    incoming_leader_id = fields.Many2one(
        'res.users', string="Incoming Documents Go To", ondelete='set null',
        domain=lambda self: [('all_group_ids', 'in', self.env.ref('civic_base.group_leader').ids)],
        help="The leader to whom incoming documents are submitted, unless the clerk chooses another one.")
    incoming_close_with_lead = fields.Boolean(
        string="The Lead Unit Ends All", default=True,
        help="When the lead unit finishes, what co-ordinating and informed units still had open ends with it.")
    incoming_extend_overdue = fields.Boolean(
        string="More Time after the Deadline",
        help="More time may be asked for even when the deadline has already passed.")

    @api.constrains('incoming_leader_id')
    def _check_incoming_leader(self):
        for company in self:
            leader = company.incoming_leader_id
            if leader and not self.env['civic.document']._is_leader(leader, company):
                raise ValidationError(self.env._(
                    "%(person)s is no leader of %(agency)s: choose a leader who works there.",
                    person=leader.name, agency=company.name))

    def write(self, vals):
        if not {'incoming_leader_id', 'user_ids'}.isdisjoint(vals):
            self.env.registry.clear_cache()     # see _get_incoming_leader_id and res.users._get_working_company_ids
        return super().write(vals)

    @ormcache('self.id')
    def _get_incoming_leader_id(self):
        """The id of the leader to whom documents go: asked with every draft, changed once in years."""
        # sudo: kept for the whole registry, the answer names nothing but an id
        return self.sudo().incoming_leader_id.id
