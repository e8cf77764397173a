from odoo import fields, models


class CivicFinishWizard(models.TransientModel):
    """What came out of the handling."""

    _name = 'civic.finish.wizard'
    _description = "Finish Handling"
    _inherit = ['civic.secrecy.mixin']

    _civic_secrecy_texts = ('result', 'reply_reference')
    _civic_secrecy_model = None

    assignment_id = fields.Many2one('civic.assignment', required=True, readonly=True, ondelete='cascade')
    needs_approval = fields.Boolean(related='assignment_id.needs_approval')
    result = fields.Text()
    reply_document_id = fields.Many2one(
        'civic.document', string="Reply", help="The document that answers this one, if it is in the system.")
    reply_reference = fields.Char(
        string="Reply: Number and Notation", help="Such as 45/UBND-VX, if the reply is not in the system.")

    def action_finish(self):
        self.ensure_one()
        self.assignment_id._finish(self.result, self.reply_document_id, self.reply_reference)
        return {'type': 'ir.actions.act_window_close'}
