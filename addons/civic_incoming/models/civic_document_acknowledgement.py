from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command, Domain

from ..const import ELECTRONIC_CHANNELS

# Where nobody waits for an answer any more: the sender has had another one.
ANSWERED_STATES = ('returned', 'cancelled')


class CivicDocument(models.Model):
    """The receipt of what came electronically is acknowledged the same day (Decree 30/2020, Art. 21.2.c)."""

    _inherit = 'civic.document'

    acknowledge_deadline = fields.Date(
        "Acknowledge by", compute='_compute_acknowledge_deadline', store=True, precompute=True,
        help="Until when the sender must be told that the document arrived.")
    acknowledged_at = fields.Datetime("Acknowledged on", readonly=True, copy=False)
    acknowledged_by_id = fields.Many2one(
        'res.users', "Acknowledged by", readonly=True, copy=False, ondelete='restrict')
    is_unacknowledged = fields.Boolean(
        "Not Acknowledged", compute='_compute_is_unacknowledged', search='_search_is_unacknowledged')
    is_acknowledgement_overdue = fields.Boolean(
        "Acknowledgement Overdue", compute='_compute_is_unacknowledged', search='_search_is_acknowledgement_overdue')

    _unacknowledged_idx = models.Index(
        "(company_id, acknowledge_deadline) WHERE acknowledge_deadline IS NOT NULL AND acknowledged_at IS NULL "
        "AND state NOT IN ('returned', 'cancelled')")

    # === COMPUTE === #

    @api.depends('company_id', 'direction', 'arrival_date', 'arrival_channel')
    def _compute_acknowledge_deadline(self):
        for document in self:
            if (
                document.direction != 'incoming' or document.arrival_channel not in ELECTRONIC_CHANNELS
                or not document.arrival_date
            ):
                document.acknowledge_deadline = False
                continue
            days = self.env['civic.rule.value']._get(
                'incoming.acknowledge_working_days', document.arrival_date, document.company_id)
            document.acknowledge_deadline = document.company_id._add_working_days(document.arrival_date, days)

    @api.depends('acknowledge_deadline', 'acknowledged_at', 'state')
    def _compute_is_unacknowledged(self):
        today = self._today()
        for document in self:
            waits = bool(
                document.acknowledge_deadline and not document.acknowledged_at
                and document.state not in ANSWERED_STATES)
            document.is_unacknowledged = waits
            document.is_acknowledgement_overdue = waits and document.acknowledge_deadline < today

    def _search_is_unacknowledged(self, operator, value):
        if operator != 'in':
            return NotImplemented
        return self._get_unacknowledged_domain()

    def _search_is_acknowledgement_overdue(self, operator, value):
        if operator != 'in':
            return NotImplemented
        return self._get_unacknowledged_domain() & Domain('acknowledge_deadline', '<', self._today())

    @api.model
    def _get_unacknowledged_domain(self):
        """Documents whose sender has not been told that they arrived."""
        return (
            Domain('acknowledge_deadline', '!=', False) & Domain('acknowledged_at', '=', False)
            & Domain('state', 'not in', ANSWERED_STATES)
        )

    # === CRUD === #

    @api.model
    def _get_system_fields(self):
        return super()._get_system_fields() | {'acknowledge_deadline', 'acknowledged_at', 'acknowledged_by_id'}

    # === ACTIONS === #

    def action_acknowledge(self):
        """Tell the senders that their documents arrived; those that were told, or came on paper, are left out."""
        self._check_may_receive()
        waiting = self.filtered('is_unacknowledged')
        if not waiting:
            raise UserError(self.env._(
                "There is nothing to acknowledge: the sender was told before, or the document did not come "
                "electronically."))
        answerable = waiting._get_answerable()
        waiting._acknowledge()
        message = self.env._("Acknowledged: %s.", len(waiting))
        if waiting - answerable:
            message += " " + self.env._(
                "%s of them are only noted here: tell their senders by the channel they used.", len(waiting - answerable))
        return {
            'type': 'ir.actions.client',
            'tag': 'display_notification',
            'params': {
                'type': 'success',
                'message': message,
                'next': {'type': 'ir.actions.client', 'tag': 'soft_reload'},
            },
        }

    # === BUSINESS === #

    def _acknowledge(self):
        """Send the acknowledgement by the channel of each document, and note that it was sent."""
        self._check_may_receive()
        self.check_access('write')
        answerable = self._get_answerable()
        for documents in answerable.grouped('arrival_channel').values():
            documents._send_acknowledgement()
        self._write_by_system({'acknowledged_at': fields.Datetime.now(), 'acknowledged_by_id': self.env.uid})
        self.env['civic.journal.entry']._append('receipt', self, details={
            document.id: {
                'act': 'acknowledge', 'channel': document.arrival_channel, 'to': document.sender_email or False,
                'sent': document in answerable}
            for document in self})

    def _get_answerable(self):
        """Those whose senders the system itself can tell; the room of another channel adds its own."""
        return self.filtered(lambda document: document.arrival_channel == 'email' and document.sender_email)

    def _send_acknowledgement(self):
        """Send the acknowledgement by the channel that the documents, all of one, came by.

        The base knows e-mail. The room of another channel sends its own message for the documents of that channel
        and leaves the others to super().
        """
        by_mail = self.filtered(lambda document: document.arrival_channel == 'email' and document.sender_email)
        by_mail._send_to_sender('civic_incoming.mail_template_acknowledgement')

    def _send_refusal(self):
        """Tell the sender that the document was returned, and why; the same way as `_send_acknowledgement`."""
        by_mail = self.filtered(lambda document: document.arrival_channel == 'email' and document.sender_email)
        by_mail._send_to_sender('civic_incoming.mail_template_return')

    def _send_to_sender(self, xmlid):
        # sudo: the agency writes, whoever of its people presses the button
        template_sudo = self.env.ref(xmlid).sudo()
        for company, documents in self.grouped('company_id').items():
            mails_sudo = template_sudo.with_context(lang=company.partner_id.lang or self.env.lang).send_mail_batch(
                documents.ids, email_values={
                    # no machine answers an answer of a machine
                    'headers': {'Auto-Submitted': 'auto-replied', 'X-Auto-Response-Suppress': 'All'},
                })
            addresses = {document.id: document.sender_email for document in documents}
            for mail_sudo in mails_sudo:
                mail_sudo.write({'email_to': addresses[mail_sudo.res_id], 'recipient_ids': [Command.clear()]})

    def _register_documents(self, date=None):
        result = super()._register_documents(date)
        # only what the system can tell the sender: it does not claim an answer that nobody sent
        waiting = self._get_answerable().filtered(lambda document: (
            document.is_unacknowledged and document.company_id.incoming_acknowledge_on_registration))
        if waiting:
            waiting._acknowledge()
        return result

    def _return_to_sender(self, reason):
        result = super()._return_to_sender(reason)
        self._send_refusal()
        return result
