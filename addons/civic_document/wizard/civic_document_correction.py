from odoo import api, fields, models


class CivicDocumentCorrection(models.TransientModel):
    """Correct what was typed wrongly from the paper, with a reason that goes into the journal."""

    _name = 'civic.document.correction'
    _description = "Correction of Metadata"
    _inherit = ['civic.secrecy.mixin']

    _civic_secrecy_texts = ('reason', 'code_number', 'code_notation', 'signer_name', 'signer_position')
    _civic_secrecy_model = None

    document_id = fields.Many2one('civic.document', required=True, readonly=True, ondelete='cascade')
    code_number = fields.Char("Number")
    code_notation = fields.Char("Notation")
    issue_date = fields.Date()
    signer_name = fields.Char()
    signer_position = fields.Char()
    paper_original = fields.Boolean()
    reason = fields.Text(required=True)

    @api.model
    def default_get(self, fields):
        values = super().default_get(fields)
        document = self.env['civic.document'].browse(values.get('document_id'))
        if document:
            for name in document._get_correctable_fields().intersection(fields):
                values[name] = document[name]
        return values

    def action_confirm(self):
        """Write what differs."""
        self.ensure_one()
        names = self.document_id._get_correctable_fields().intersection(self._fields)
        values = {name: self[name] for name in names if self[name] != self.document_id[name]}
        if values:
            self.document_id._correct(values, self.reason)
        return {'type': 'ir.actions.act_window_close'}
