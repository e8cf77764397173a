from odoo import models


class MailScheduledMessage(models.Model):
    _name = 'mail.scheduled.message'
    _inherit = ['mail.scheduled.message', 'civic.secrecy.mixin']
