from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..const import CHANNELS, DISPATCH_STATES


class CivicDispatch(models.Model):
    """One sending of a document to one recipient, and the proof of it: sent, received, read, or why not.

    Rows are written by the acts of the document and of the receiver alone.
    """

    _name = 'civic.dispatch'
    _description = "Dispatch"
    _inherit = ['civic.document.part']
    _order = 'document_id desc, id'
    _rec_name = 'label'

    document_id = fields.Many2one('civic.document', required=True, readonly=True, index=True, ondelete='cascade')
    company_id = fields.Many2one('res.company', "Agency", required=True, readonly=True, ondelete='restrict')
    recipient_id = fields.Many2one(
        'civic.document.recipient', "Line of the Draft", readonly=True, index='btree_not_null', ondelete='set null')
    label = fields.Char("Recipient", required=True, readonly=True)
    partner_id = fields.Many2one('res.partner', readonly=True, ondelete='restrict')
    unit_id = fields.Many2one('hr.department', "Unit", readonly=True, ondelete='restrict')
    channel = fields.Selection(CHANNELS, required=True, readonly=True)
    copies = fields.Integer("Paper Copies", readonly=True)
    state = fields.Selection(DISPATCH_STATES, required=True, readonly=True, default='waiting')
    sent_at = fields.Datetime("Sent on", readonly=True)
    sent_by_id = fields.Many2one('res.users', "Sent by", readonly=True, ondelete='restrict')
    received_at = fields.Datetime("Received on", readonly=True)
    read_at = fields.Datetime("Read on", readonly=True)
    attempts = fields.Integer(readonly=True, aggregator=None)
    message = fields.Char("What Happened", readonly=True)
    incoming_id = fields.Many2one(
        'civic.document', "Document at the Receiver", readonly=True, index='btree_not_null', ondelete='set null',
        groups=fields.NO_ACCESS)
    mail_id = fields.Many2one('mail.mail', readonly=True, ondelete='set null', groups=fields.NO_ACCESS)
    recalled_at = fields.Datetime("Recalled on", readonly=True)

    _company_idx = models.Index("(company_id, sent_at DESC, id DESC)")
    _open_idx = models.Index("(company_id, state) WHERE state IN ('waiting', 'failed')")

    # === ACTIONS === #

    def action_retry(self):
        """Send once more what failed, and nothing else."""
        self._check_clerk()
        failed = self.filtered(lambda line: line.state in ('failed', 'waiting'))
        if not failed:
            raise UserError(self.env._("Only what failed is sent once more."))
        for line in failed.sudo():
            if line.recipient_id.channel and line.recipient_id.channel != line.channel:
                line.channel = line.recipient_id.channel        # the clerk chose another way
        failed.sudo()._send()
        return True

    def action_mark_received(self):
        """Note that the paper arrived, as the receipt says."""
        self._check_clerk()
        for line in self:
            if line.state != 'sent':
                raise UserError(self.env._("“%s” has not been sent, or its receipt was noted already.", line.label))
        # sudo: nobody writes dispatches by hand
        self.sudo()._note_received()
        return True

    def action_mark_failed(self):
        """Note that it came back."""
        self._check_clerk()
        for line in self:
            if line.state not in ('sent', 'received'):
                raise UserError(self.env._("Only what was sent can come back: “%s” was not.", line.label))
        self.sudo()._note_failed(self.env._("Came back"))
        return True

    def action_open_recipient(self):
        """Show how the recipient is reached, to put in the address that is missing."""
        self.ensure_one()
        self._check_clerk()
        return {
            'type': 'ir.actions.act_window',
            'name': self.label,
            'res_model': 'civic.document.recipient',
            'res_id': self.recipient_id.id,
            'view_mode': 'form',
            'target': 'new',
        }

    def _check_clerk(self):
        self.check_access('read')
        if not self.env.su and not self.env.user.has_group('civic_base.group_clerk'):
            raise AccessError(self.env._("Only the records office sends documents."))

    # === SENDING === #

    def _send(self):
        """Send each line by its channel; one that fails says why and stops no other (as superuser)."""
        for line in self:
            try:
                with self.env.cr.savepoint():
                    values = getattr(line, f'_send_{line.channel}')()
            except (UserError, AccessError) as error:
                line.invalidate_recordset()
                values = {'state': 'failed', 'message': str(error.args[0])[:500]}
            line.write({
                'attempts': line.attempts + 1, 'sent_by_id': self.env.uid,
                **({'sent_at': fields.Datetime.now(), 'message': False} if values.get('state') != 'failed' else {}),
                **values})
        self._journal('dissemination')

    def _send_unit(self):
        """Own units and people read it in the system: they are named on it and told."""
        self.ensure_one()
        document = self.document_id
        if self.unit_id:
            document._write_by_system({'unit_ids': [fields.Command.link(self.unit_id.id)]})
            head = self.unit_id.manager_id.user_id
            self.env['civic.notification']._notify('outgoing_issued', head, document.sudo(False))
        return {'state': 'received', 'received_at': fields.Datetime.now()}

    def _send_post(self):
        """The paper goes out with the book of post; the receipt is noted when it comes back."""
        self.ensure_one()
        self.recipient_id._check_addresses()
        return {'state': 'sent'}

    def _send_email(self):
        """A mail with the signed file; what the mail server says is taken over by `_refresh_mails`."""
        self.ensure_one()
        address = self.partner_id.email
        if not address:
            raise UserError(self.env._("“%s” has no e-mail address.", self.label))
        document = self.document_id
        content = document._get_issued_content()
        company = document.company_id
        mail = self.env['mail.mail'].create({
            'subject': self.env._(
                "%(agency)s: %(reference)s %(subject)s", agency=company.name, reference=document.reference or '',
                subject=document.subject or ''),
            'body_html': self.env['ir.qweb']._render('civic_outgoing.mail_dispatch', {
                'document': document, 'company': company}),
            'email_to': address,
            'email_from': company.email_formatted or self.env.user.email_formatted,
            'auto_delete': False,
            'attachment_ids': [fields.Command.create({
                'name': content.name, 'raw': content.attachment_id.raw, 'mimetype': content.mimetype})],
        })
        return {'state': 'sent', 'mail_id': mail.id}

    def _send_exchange(self):
        """Over the document exchange, when its room is installed."""
        self.ensure_one()
        return self._dispatch_exchange()

    def _dispatch_exchange(self):
        """Hook for the room of the document exchange: hand the document over, return the values of the line."""
        raise UserError(self.env._("The document exchange is not set up: choose another channel for “%s”.", self.label))

    # === PROOF === #

    def _note_received(self, message=False):
        waiting = self.filtered(lambda line: line.state in ('waiting', 'sent'))
        if waiting:
            waiting.write({'state': 'received', 'received_at': fields.Datetime.now(), 'message': message})
            waiting._journal('receipt')

    def _note_read(self):
        unread = self.filtered(lambda line: line.state in ('sent', 'received'))
        now = fields.Datetime.now()
        for line in unread:
            line.write({'state': 'read', 'read_at': now, 'received_at': line.received_at or now})

    def _note_failed(self, message):
        if not self:
            return
        self.write({'state': 'failed', 'message': message})
        self._journal('dissemination', outcome='failure')

    @api.model
    def _cron_refresh_mails(self):
        """Take over what the mail server said about the mails that were sent."""
        # sudo: the job acts for the system
        lines = self.sudo().search([
            ('channel', '=', 'email'), ('state', '=', 'sent'), ('mail_id.state', '=', 'exception')], limit=500)
        for line in lines:
            line._note_failed(line.mail_id.failure_reason or self.env._("The mail could not be delivered."))

    def _journal(self, event_type, outcome='success'):
        details = {}
        for document, lines in self.grouped('document_id').items():
            details[document.id] = {'dispatch': [
                {'to': line.label, 'channel': line.channel, 'state': line.state,
                 **({'message': line.message} if line.message else {})} for line in lines]}
        if details:
            self.env['civic.journal.entry']._append(
                event_type, self.document_id.sudo(False), outcome=outcome, details=details)
