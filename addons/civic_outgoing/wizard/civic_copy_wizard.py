import base64

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.civic_document_copy import COPY_TARGETS


class CivicCopyWizard(models.TransientModel):
    """Which copy of a document is made, onto what, and who signs it.

    Neither the extract nor the PIN is a stored field: the copy is made in the transaction that brings them.
    """

    _name = 'civic.copy.wizard'
    _description = "Make a Copy"

    document_id = fields.Many2one('civic.document', required=True, readonly=True, ondelete='cascade')
    company_id = fields.Many2one(related='document_id.company_id')
    type_id = fields.Many2one(
        'civic.document.type', "Form of Copy", required=True, domain="[('kind', '=', 'copy')]", ondelete='cascade')
    type_code = fields.Char(related='type_id.code')
    target = fields.Selection(COPY_TARGETS, "Onto", required=True, default='electronic')
    authority_id = fields.Many2one(
        'civic.signing.authority', "Copy Signed by", ondelete='cascade',
        domain="[('company_id', '=', company_id), ('may_sign_copies', '=', True)]",
        compute='_compute_authority_id', store=True, readonly=False)
    extract_name = fields.Char()
    extract = fields.Binary("Extract (PDF)", compute='_compute_nothing', inverse='_inverse_act', store=False)
    certificate_id = fields.Many2one(
        'civic.certificate', "Certificate of the Agency", compute='_compute_certificate_id')
    pin = fields.Char("PIN", compute='_compute_nothing', inverse='_inverse_act', store=False)
    recipients = fields.Text("Recipients", help="Lines of “Nơi nhận” on a copy on paper; “Lưu: VT.” is added.")
    copied_id = fields.Many2one('civic.document', readonly=True, ondelete='cascade')

    @api.depends('document_id')
    def _compute_authority_id(self):
        authorities = self.env['civic.signing.authority']
        for wizard in self:
            wizard.authority_id = authorities.search(
                authorities._get_copy_domain(wizard.document_id.company_id), limit=1) if wizard.document_id else False

    @api.depends('document_id', 'target')
    def _compute_certificate_id(self):
        for wizard in self:
            wizard.certificate_id = wizard.target == 'electronic' and wizard.document_id and self.env[
                'civic.certificate']._get_for_agency(wizard.document_id.company_id)

    def _compute_nothing(self):
        self.extract = False
        self.pin = False

    def _inverse_act(self):
        for wizard in self:
            if wizard.pin or (wizard.extract and not wizard.certificate_id):
                wizard._run(wizard.pin)

    def _run(self, pin):
        self.ensure_one()
        if self.copied_id:
            raise UserError(self.env._("The copy was made already."))
        signing = None
        if self.certificate_id:
            signing = self.certificate_id, self.certificate_id._open_key(pin)
        extract = (self.extract_name or "Trich sao.pdf", base64.b64decode(self.extract)) if self.extract else None
        self.copied_id = self.document_id._make_copy(
            self.type_id, self.target, self.authority_id, extract, signing,
            [line.strip(' -;') for line in (self.recipients or '').splitlines() if line.strip(' -;')])

    def action_confirm(self):
        """Make the copy, if no PIN was needed, and open it."""
        self.ensure_one()
        if not self.copied_id:
            self._run(None)
        return self.copied_id.get_formview_action()
