from odoo import api, fields, models
from odoo.exceptions import UserError


class CivicSignWizard(models.TransientModel):
    """Sign one document or many with one's own certificate."""

    _name = 'civic.sign.wizard'
    _inherit = 'civic.pin.mixin'
    _description = "Sign"

    document_ids = fields.Many2many('civic.document', string="Documents", required=True)
    summary = fields.Char("What Is Signed", compute='_compute_summary')
    certificate_id = fields.Many2one(
        'civic.certificate', "Certificate", compute='_compute_certificate_id', store=True, readonly=False,
        domain="[('kind', '=', 'person'), ('user_id', '=', uid)]", ondelete='cascade')
    result_id = fields.Many2one('civic.batch.result', readonly=True, ondelete='cascade')

    @api.depends('document_ids')
    def _compute_summary(self):
        for wizard in self:
            documents = wizard.document_ids
            wizard.summary = documents.display_name if len(documents) == 1 else self.env._(
                "%s documents", len(documents))

    @api.depends('document_ids')
    def _compute_certificate_id(self):
        for wizard in self:
            wizard.certificate_id = self.env['civic.certificate']._get_for_user(
                wizard.document_ids.company_id[:1] or self.env.company)

    def _run(self, pin):
        """Open the key once and sign; of several documents, those that cannot be signed are told."""
        self.ensure_one()
        documents = self.document_ids
        if self.is_done or not documents:
            raise UserError(self.env._("Choose the documents to sign."))
        signing = documents._open_signing(self.certificate_id, pin)
        if len(documents) == 1:
            documents._sign(signing)
        else:
            self.result_id = documents._sign_many(signing)
        self.is_done = True

    def action_confirm(self):
        """Show what came of it, too."""
        closing = super().action_confirm()
        return self.result_id._get_action() if self.result_id else closing
