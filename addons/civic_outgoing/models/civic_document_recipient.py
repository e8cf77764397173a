from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..const import CHANNELS, RECIPIENT_KINDS, REVIEW_STATES


class CivicDocumentRecipient(models.Model):
    """One line of “Kính gửi” or “Nơi nhận”: an agency, an own unit or a person, and by which channel (Annex I, II.9)."""

    _name = 'civic.document.recipient'
    _description = "Recipient"
    _inherit = ['civic.document.part']
    _part_write = True
    _order = 'document_id, sequence, id'
    _rec_name = 'label'

    document_id = fields.Many2one('civic.document', required=True, index=True, ondelete='cascade')
    company_id = fields.Many2one(related='document_id.company_id')
    sequence = fields.Integer(default=10)
    kind = fields.Selection(RECIPIENT_KINDS, required=True, default='receiver')
    partner_id = fields.Many2one(
        'res.partner', "Agency or Person", index='btree_not_null', ondelete='restrict')
    unit_id = fields.Many2one(
        'hr.department', "Own Unit", ondelete='restrict', domain="[('company_id', '=', company_id)]",
        index='btree_not_null')
    name = fields.Char("As Written", help="How the recipient stands in the document, if not by its name.")
    label = fields.Char(compute='_compute_label', store=True, precompute=True)
    address = fields.Char(
        "Postal Address", help="Where the paper goes, if not to the address of the agency or person.")
    copies = fields.Integer("Paper Copies", help="How many copies on paper go to this recipient.")
    channel = fields.Selection(
        CHANNELS, compute='_compute_channel', store=True, readonly=False, precompute=True,
        help="How the document gets there. Agencies that work in this system receive it in their queue.")

    _copies_not_negative = models.Constraint('CHECK (copies >= 0)', "A recipient cannot get fewer than no copies.")

    @api.depends('partner_id', 'unit_id', 'name')
    def _compute_label(self):
        for recipient in self:
            # sudo: the names of recipients stand on the document
            recipient.label = (
                recipient.name or recipient.sudo().partner_id.name or recipient.sudo().unit_id.name or "")

    @api.depends('partner_id', 'unit_id', 'kind')
    def _compute_channel(self):
        for recipient in self:
            # sudo: whether an agency works in this system is no secret
            partner = recipient.sudo().partner_id
            own = recipient.sudo().document_id.company_id
            if recipient.unit_id or recipient.kind == 'archive':
                recipient.channel = 'unit'
            elif partner.agency_company_ids - own:
                recipient.channel = 'inside'
            elif partner.email:
                recipient.channel = 'email'
            else:
                recipient.channel = 'post'

    def _get_address_lines(self):
        """Return the lines of the postal address, none if nobody knows it."""
        self.ensure_one()
        if self.address:
            return [self.address]
        # sudo: the address of a recipient stands on the envelope
        partner = self.sudo().partner_id
        if not (partner.street or partner.street2 or partner.city):
            return []
        return list(filter(None, (
            partner.street, partner.street2, ' '.join(filter(None, (partner.city, partner.zip))), partner.state_id.name)))

    def _check_addresses(self):
        nowhere = self.filtered(lambda recipient: not recipient._get_address_lines())
        if nowhere:
            raise UserError(self.env._(
                "No postal address is known of: %s. Enter it in the line of the recipient, or at the agency or person.",
                "; ".join(nowhere.mapped('label'))))

    @api.constrains('partner_id', 'unit_id', 'name')
    def _check_named(self):
        for recipient in self:
            if not recipient.label:
                raise ValidationError(self.env._("A recipient is an agency, an own unit, a person, or at least a name."))
            if recipient.unit_id and recipient.sudo().unit_id.company_id != recipient.sudo().document_id.company_id:
                raise ValidationError(self.env._("“%s” is no unit of the agency.", recipient.label))

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        recipients = super().create(vals_list)
        recipients._check_open()
        return recipients

    def write(self, vals):
        if 'document_id' in vals and any(line.document_id.id != vals['document_id'] for line in self):
            raise UserError(self.env._("A recipient stays with its document."))
        if set(vals) - {'channel', 'copies', 'sequence', 'address'}:
            self._check_open()
        self._check_not_sent()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_fixed(self):
        self._check_open()
        self._check_not_sent()

    def _check_open(self):
        """The recipients of the draft change with it; once it is signed, clerks may only add who gets it as well."""
        if self.env.su:
            return
        for document in self.document_id:
            if not document._is_drafted() or document.state == 'draft':
                continue
            if document.state in REVIEW_STATES or document.state in ('recalled', 'cancelled'):
                raise UserError(self.env._(
                    "“%s” is no longer a draft: its recipients stand. Return it to the drafter to change them.",
                    document.display_name))
            raise UserError(self.env._(
                "“%s” is signed: its recipients stand. Send it to others with “Send to Others”.", document.display_name))

    def _check_not_sent(self):
        # sudo: what was sent is a fact, whoever asks
        if not self.env.su and self.sudo().env['civic.dispatch'].search_count(
                [('recipient_id', 'in', self.ids), ('state', '!=', 'failed')], limit=1):
            raise UserError(self.env._("The document was sent to this recipient already."))
