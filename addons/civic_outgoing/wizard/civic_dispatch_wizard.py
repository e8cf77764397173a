from odoo import fields, models
from odoo.exceptions import UserError

from ..const import CHANNELS


class CivicDispatchWizard(models.TransientModel):
    """Send an issued document to more recipients than the draft named."""

    _name = 'civic.dispatch.wizard'
    _description = "Send to Others"

    document_id = fields.Many2one('civic.document', required=True, readonly=True, ondelete='cascade')
    partner_ids = fields.Many2many('res.partner', string="Agencies and People", required=True)
    channel = fields.Selection(CHANNELS, help="Empty: as each of them is reached best.")

    def action_confirm(self):
        """Add the recipients and send to them alone."""
        self.ensure_one()
        document = self.document_id
        document._check_may_issue()
        document.check_access('write')
        if document.state != 'issued':
            raise UserError(self.env._("“%s” is not issued.", document.display_name))
        if not self.partner_ids:
            raise UserError(self.env._("Say who receives “%s”.", document.display_name))
        # sudo: the recipients of an issued document stand for everybody else
        recipients = self.env['civic.document.recipient'].sudo().create([
            {'document_id': document.id, 'partner_id': partner.id, 'kind': 'receiver', 'sequence': 90,
             **({'channel': self.channel} if self.channel else {})}
            for partner in self.partner_ids])
        document._dispatch(recipients)
        return {'type': 'ir.actions.act_window_close'}
