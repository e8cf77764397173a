from odoo import fields, models


class CivicAssignWizardResult(models.TransientModel):
    """What became of one document of a bulk instruction."""

    _name = 'civic.assign.wizard.result'
    _description = "Result of an Instruction"
    _order = 'is_done, id'

    wizard_id = fields.Many2one('civic.assign.wizard', required=True, index=True, ondelete='cascade')
    document_id = fields.Many2one('civic.document', required=True, readonly=True, ondelete='cascade')
    is_done = fields.Boolean(string="Assigned", readonly=True)
    message = fields.Text(string="What Stands in the Way", readonly=True)

    def action_open_document(self):
        """Open the document to mend what stands in the way."""
        self.ensure_one()
        self.document_id.check_access('read')
        return {
            'type': 'ir.actions.act_window',
            'res_model': 'civic.document',
            'res_id': self.document_id.id,
            'views': [(False, 'form')],
            'target': 'new',
            'context': {'dialog_size': 'extra-large'},
        }
