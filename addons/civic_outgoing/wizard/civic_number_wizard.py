from odoo import api, fields, models
from odoo.exceptions import UserError


class CivicNumberWizard(models.TransientModel):
    """The clerk gives number and date to signed documents (Decree 30/2020, Article 15)."""

    _name = 'civic.number.wizard'
    _inherit = 'civic.pin.mixin'
    _description = "Number and Date"

    document_ids = fields.Many2many('civic.document', string="Documents", required=True)
    number_date = fields.Date("Date", required=True, default=lambda self: self.env['civic.document']._today())
    register_id = fields.Many2one('civic.register', "Register", compute='_compute_next')
    next_label = fields.Char("Next Number", compute='_compute_next')
    last_date = fields.Date("Date of the Last Number", compute='_compute_next')
    certificate_id = fields.Many2one(
        'civic.certificate', "Certificate of the Agency", compute='_compute_certificate_id')
    issue_at_once = fields.Boolean("Issue at Once", help="Send the documents to their recipients as soon as they are numbered.")

    @api.depends('document_ids', 'number_date')
    def _compute_next(self):
        for wizard in self:
            wizard.register_id = wizard.next_label = wizard.last_date = False
            document = wizard.document_ids[:1]._origin
            if not document or not wizard.number_date or len(wizard.document_ids) > 1:
                continue
            series = self.env['civic.register.series']._find(
                document.company_id, 'outgoing', document.type_id, document.issuer_id, create=False)
            # sudo: which number comes next is shown to the clerk who gives it
            register = self.env['civic.register'].sudo().search([
                ('series_id', '=', series.id), ('year', '=', wizard.number_date.year)], limit=1)
            number = (register.last_number or 0) + 1
            label = self.env['civic.register']._format_number(number)
            wizard.register_id = register.sudo(False)
            wizard.last_date = register.last_date
            wizard.next_label = f"{label}/{document.code_notation or ''}"

    @api.depends('document_ids')
    def _compute_certificate_id(self):
        for wizard in self:
            company = wizard.document_ids.company_id[:1]
            signed = any(document.signature_ids for document in wizard.document_ids)
            wizard.certificate_id = signed and company and self.env['civic.certificate']._get_for_agency(company)

    def _run(self, pin):
        """Give the numbers, in the order in which the documents were signed, and sign for the agency."""
        self.ensure_one()
        documents = self.document_ids.sorted(lambda document: (document.signed_at or fields.Datetime.now(), document.id))
        documents._check_may_number()
        if self.is_done or not documents:
            raise UserError(self.env._("Choose the documents to number."))
        if self.certificate_id:
            documents = documents._with_agency_signing(self.certificate_id, self.certificate_id._open_key(pin))
        documents._register_documents(self.number_date)
        if self.issue_at_once:
            documents._issue()
        self.is_done = True
