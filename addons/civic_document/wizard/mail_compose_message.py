from odoo import models


class MailComposeMessage(models.TransientModel):
    _name = 'mail.compose.message'
    _inherit = ['mail.compose.message', 'civic.secrecy.mixin']
