from odoo import api, models


class MailMessage(models.Model):
    _name = 'mail.message'
    _inherit = ['mail.message', 'civic.secrecy.mixin']

    @api.model_create_multi
    def create(self, vals_list):
        messages = super().create(vals_list)
        messages.filtered('attachment_ids')._check_civic_attachments()
        messages.filtered('partner_ids')._leave_out_strangers()
        return messages

    def write(self, vals):
        result = super().write(vals)
        if 'attachment_ids' in vals:
            self._check_civic_attachments()
        if 'partner_ids' in vals:
            self._leave_out_strangers()
        return result

    def _check_civic_attachments(self):
        """Refuse state secrets in files that hang elsewhere and are only shown by a message on a record of ours."""
        # sudo: what the message shows is checked, whoever may read it
        for message in self.sudo():
            if not (message.model or '').startswith('civic.'):
                continue
            for attachment in message.attachment_ids:
                if not attachment._is_scanned(attachment.res_model):
                    attachment._check_civic_secrecy(
                        {'name': attachment.name, 'raw': attachment.raw}, message.model, message.res_id)

    def _leave_out_strangers(self):
        """Do not address people who may not read the document: they could read the message and its title."""
        # sudo: who may write a message need not be allowed to write it anew
        for message in self.sudo():
            if message.model != 'civic.document' or not message.res_id:
                continue
            document = self.env['civic.document'].browse(message.res_id)
            strangers = message.partner_ids.filtered(
                lambda partner, document=document: not document._is_readable_by(partner.user_ids[:1]))
            if strangers:
                message.partner_ids -= strangers
