from odoo import api, fields, models


class ResCompany(models.Model):
    """How documents reach the agency by e-mail, and how their receipt is acknowledged."""

    _inherit = 'res.company'

    incoming_alias_id = fields.Many2one(
        'mail.alias', string="Alias of Incoming Documents", readonly=True, copy=False, ondelete='set null')
    incoming_alias_name = fields.Char(
        "E-mail for Documents", compute='_compute_incoming_alias_name', inverse='_inverse_incoming_alias_name',
        help="What stands before the @ of the address to which others send documents. Each message becomes a draft.")
    incoming_alias_email = fields.Char("Address for Documents", compute='_compute_incoming_alias_name')
    incoming_acknowledge_on_registration = fields.Boolean(
        "Acknowledge on Registration", default=True,
        help="Tell the sender of an electronic document that it arrived when it is registered, unless it was done before.")

    @api.depends('incoming_alias_id.alias_name', 'incoming_alias_id.alias_full_name')
    def _compute_incoming_alias_name(self):
        for company in self:
            # sudo: the address of an agency is no secret
            alias_sudo = company.sudo().incoming_alias_id
            company.incoming_alias_name = alias_sudo.alias_name
            company.incoming_alias_email = alias_sudo.alias_full_name

    def _inverse_incoming_alias_name(self):
        # sudo: who may write the agency may give it an address; aliases are otherwise the system administrator's
        for company in self.sudo():
            name = (company.incoming_alias_name or '').strip()
            alias = company.incoming_alias_id
            if not name:
                company.incoming_alias_id = False
                alias.unlink()
            elif alias:
                alias.alias_name = name
            else:
                company.incoming_alias_id = alias.create({
                    'alias_name': name,
                    'alias_domain_id': company.alias_domain_id.id,
                    'alias_model_id': self.env['ir.model']._get_id('civic.document'),
                    'alias_contact': 'everyone',
                    'alias_defaults': repr({
                        'company_id': company.id, 'direction': 'incoming', 'arrival_channel': 'email'}),
                })

    @api.model
    def _get_incoming_addresses(self):
        """The addresses of all agencies here to which documents are sent."""
        return set(filter(None, self.search([('incoming_alias_id', '!=', False)]).mapped('incoming_alias_id.alias_full_name')))
