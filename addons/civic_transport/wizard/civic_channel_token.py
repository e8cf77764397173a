from odoo import fields, models


class CivicChannelToken(models.TransientModel):
    """Shows a new token once, to be handed to the partner."""

    _name = 'civic.channel.token'
    _description = "Token for the partner"

    channel_id = fields.Many2one('civic.channel', required=True, readonly=True, ondelete='cascade')
    token = fields.Char(readonly=True)

    def action_close(self):
        """Forget the token: only its digest stays, with the channel."""
        self.unlink()
        return {'type': 'ir.actions.act_window_close'}
