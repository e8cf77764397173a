from odoo import api, fields, models
from odoo.exceptions import UserError


class CivicNumberWizard(models.TransientModel):
    """The clerk gives number and date to signed documents (Decree 30/2020, Article 15)."""

    _name = 'civic.number.wizard'
    _description = "Number and Date"

    document_ids = fields.Many2many('civic.document', string="Documents", required=True)
    number_date = fields.Date("Date", required=True, default=lambda self: self.env['civic.document']._today())
    register_id = fields.Many2one('civic.register', "Register", compute='_compute_next')
    next_label = fields.Char("Next Number", compute='_compute_next')
    last_date = fields.Date("Date of the Last Number", compute='_compute_next')
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

    def action_confirm(self):
        """Give the numbers, in the order in which the documents were signed."""
        self.ensure_one()
        self.document_ids._check_may_number()
        documents = self.document_ids.sorted(lambda document: (document.signed_at or fields.Datetime.now(), document.id))
        if not documents:
            raise UserError(self.env._("Choose the documents to number."))
        documents._register_documents(self.number_date)
        if self.issue_at_once:
            documents._issue()
        return {'type': 'ir.actions.client', 'tag': 'soft_reload'}
