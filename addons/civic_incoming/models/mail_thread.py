import email
import xmlrpc.client
from email import policy

from odoo import api, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import email_split, plaintext2html

MAX_HEADERS = 256 * 1024
RECIPIENT_HEADERS = ('Delivered-To', 'X-Original-To', 'To', 'Cc', 'Resent-To', 'Resent-Cc')


class MailThread(models.AbstractModel):
    _inherit = 'mail.thread'

    @api.model
    def message_process(self, model, message, custom_values=None, save_original=False, strip_attachments=False,
                        thread_id=None):
        """Take a message to an agency's address for documents out of the general gateway.

        The gateway opens a message in the server itself and hangs its files on the chatter. A document comes from
        outside: it is opened in a sandbox, its files are checked one by one, and the message is kept as it came.
        """
        raw = message.data if isinstance(message, xmlrpc.client.Binary) else message
        raw = raw.encode() if isinstance(raw, str) else bytes(raw)
        # sudo: whose address it is decides, not who fetches the mail
        gateway_sudo = self.sudo()
        recipients = gateway_sudo._get_civic_recipients(raw)
        companies, has_others = gateway_sudo._find_civic_agencies(recipients)
        if not companies and model == 'civic.document' and not thread_id:
            companies = self.env.company
        if model == 'civic.document' or companies:
            self._check_civic_gateway()
        if not companies:
            return super().message_process(
                model, message, custom_values=custom_values, save_original=save_original,
                strip_attachments=strip_attachments, thread_id=thread_id)
        thread = self.env['civic.document']
        for company in companies:
            thread = self.env['civic.arrival']._receive_mail(company, raw) or thread
        if has_others:
            super(MailThread, self.with_context(civic_mail_taken=True)).message_process(
                model if model != 'civic.document' else False, message, custom_values=custom_values,
                save_original=save_original, strip_attachments=strip_attachments, thread_id=thread_id)
        return thread.id

    @api.model
    def _check_civic_gateway(self):
        """Documents are delivered by the mail server, not by whoever can call this method."""
        if not self.env.su and not self.env.user.has_group('base.group_system'):
            raise AccessError(self.env._("Only the mail server delivers messages to the records office."))

    @api.model
    def _get_civic_recipients(self, raw):
        """Read the addresses of a message from its head alone."""
        head, _separator, _body = raw[:MAX_HEADERS].replace(b'\r\n', b'\n').partition(b'\n\n')
        headers = email.message_from_bytes(head + b'\n\n', policy=policy.compat32)
        values = (str(value) for name in RECIPIENT_HEADERS for value in headers.get_all(name) or ())
        return {address.lower() for value in values for address in email_split(value)}

    @api.model
    def _find_civic_agencies(self, recipients):
        """Return the agencies that the addresses belong to, and whether others get the message, too."""
        if not recipients:
            return self.env['res.company'], False
        local_parts = [address.partition('@')[0] for address in recipients]
        aliases = self.env['mail.alias'].search(
            Domain('alias_full_name', 'in', list(recipients))
            | (Domain('alias_name', 'in', local_parts) & Domain('alias_incoming_local', '=', True)))
        companies = self.env['res.company'].search([('incoming_alias_id', 'in', aliases.ids)])
        return companies, bool(aliases - companies.incoming_alias_id)

    @api.model
    def message_route(self, message, message_dict, model=None, thread_id=None, custom_values=None):
        routes = super().message_route(message, message_dict, model, thread_id, custom_values)
        if self.env.context.get('civic_mail_taken'):
            return [route for route in routes if route[0] != 'civic.document' or route[1]]
        return routes


class CivicDocument(models.Model):
    _inherit = 'civic.document'

    def message_update(self, msg_dict, update_vals=None):
        """An answer by e-mail to a message on a document: its files follow the rules for files, too."""
        self._check_reply_files(msg_dict)
        return super().message_update(msg_dict, update_vals)

    @api.model
    def _check_reply_files(self, msg_dict):
        kept, refused = [], []
        for attachment in msg_dict.get('attachments') or ():
            name, content = attachment[0], attachment[1]
            raw = content.encode() if isinstance(content, str) else content
            if not isinstance(raw, bytes):
                raw = bytes(raw)            # a message in the message
            try:
                self._inspect_content(name or '', raw)
            except UserError as error:
                refused.append(str(error))
            else:
                kept.append(attachment)
        msg_dict['attachments'] = kept
        if refused:
            msg_dict['body'] = (msg_dict.get('body') or '') + plaintext2html("\n".join(
                [self.env._("Refused, kept in quarantine:"), *refused]))
