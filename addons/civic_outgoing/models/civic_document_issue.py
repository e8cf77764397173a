from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import AccessError, UserError


class CivicDocument(models.Model):
    """Issuing: to each recipient by its channel, with proof; recall; and what one document does to another
    (Decree 30/2020, Articles 14 and 18)."""

    _inherit = 'civic.document'

    dispatch_ids = fields.One2many('civic.dispatch', 'document_id', "Dispatches", readonly=True)
    dispatch_summary = fields.Char("Sent to", compute='_compute_dispatch_summary')
    issued_at = fields.Datetime("Issued on", readonly=True, copy=False)
    issued_by_id = fields.Many2one('res.users', "Issued by", readonly=True, copy=False, ondelete='restrict')
    recalled_at = fields.Datetime("Recalled on", readonly=True, copy=False)
    recalled_by_id = fields.Many2one('res.users', "Recalled by", readonly=True, copy=False, ondelete='restrict')
    recall_reason = fields.Text("Reason for Recall", readonly=True, copy=False)
    source_dispatch_id = fields.Many2one(
        'civic.dispatch', "Dispatch of the Sender", readonly=True, copy=False, index='btree_not_null', ondelete='set null',
        groups=fields.NO_ACCESS)
    sender_recall_reason = fields.Text(
        "Recalled by the Sender", readonly=True, copy=False,
        help="The agency that issued this document recalls it (Decree 30/2020, Article 18.4).")
    sender_recalled_at = fields.Datetime("Recalled by the Sender on", readonly=True, copy=False)
    recall_done_at = fields.Datetime("Content Removed on", readonly=True, copy=False)
    sender_effect = fields.Char(
        "Later Effect at the Sender", readonly=True, copy=False,
        help="A later document of the sender replaces, amends or corrects this one.")

    @api.depends('dispatch_ids.state')
    def _compute_dispatch_summary(self):
        counts = {}
        for document, state, count in self.env['civic.dispatch']._read_group(
                [('document_id', 'in', self.ids)], ['document_id', 'state'], ['__count']):
            counts.setdefault(document.id, {})[state] = count
        for document in self:
            states = counts.get(document._origin.id)
            if not states:
                document.dispatch_summary = False
                continue
            total = sum(states.values())
            failed = states.get('failed', 0)
            arrived = states.get('received', 0) + states.get('read', 0)
            document.dispatch_summary = self.env._(
                "%(arrived)s of %(total)s arrived", arrived=arrived, total=total)
            if failed:
                document.dispatch_summary += self.env._(", %s failed", failed)

    @api.model
    def _get_system_fields(self):
        return super()._get_system_fields() | {
            'source_dispatch_id', 'sender_recall_reason', 'sender_recalled_at', 'recall_done_at', 'sender_effect'}

    # === ACTIONS === #

    def action_issue(self):
        """Send the documents to their recipients."""
        self._issue()
        return True

    def action_retry_dispatch(self):
        """Send once more what failed."""
        self.check_access('read')
        return self.dispatch_ids.filtered(lambda line: line.state == 'failed').action_retry()

    def action_print_envelopes(self):
        """Print the envelopes of the recipients by post."""
        return self._print_for_post('civic.form.envelope')

    def action_print_mailing_notes(self):
        """Print the notes (phiếu gửi) that go with the paper and come back signed."""
        return self._print_for_post('civic.form.mailing_note')

    def action_print_address_labels(self):
        """Print the labels with the addresses of the recipients by post."""
        return self._print_for_post('civic.form.address_label')

    def _print_for_post(self, name):
        self._check_may_issue()
        form = self.env[name]
        values = {'document_ids': self.ids}
        form._prepare_options(values)       # what is wrong is said here, and not on an empty page
        return form._get_print_action('pdf', values)

    def action_recall(self):
        """Ask for the reason, then recall what was issued."""
        self._check_may_recall()
        return self._open_reason_wizard('_recall', self.env._("Recall the Document"))

    def action_send_to_others(self):
        """Open the form that sends an issued document to more recipients."""
        self.ensure_one()
        self._check_may_issue()
        return {
            'type': 'ir.actions.act_window',
            'name': self.env._("Send to Others"),
            'res_model': 'civic.dispatch.wizard',
            'view_mode': 'form',
            'target': 'new',
            'context': {'default_document_id': self.id},
        }

    # === ISSUE === #

    def _check_may_issue(self):
        self.check_access('read')
        if not self.env.su and not self.env.user.has_group('civic_base.group_clerk'):
            raise AccessError(self.env._("Only the records office issues documents (Decree 30/2020, Article 18)."))

    def _issue(self):
        """Send the registered documents; one recipient that cannot be reached stops no other."""
        self._check_may_issue()
        for document in self:
            if document.direction != 'outgoing':
                raise UserError(self.env._("Only outgoing documents are issued."))
            if not document.register_number:
                raise UserError(self.env._(
                    "“%s” has no number yet: number and register it first (Decree 30/2020, Article 14).",
                    document.display_name))
            if not document.recipient_ids.filtered(lambda line: line.kind != 'archive'):
                raise UserError(self.env._("Say who receives “%s”.", document.display_name))
        self._move_to('issued', issued_at=fields.Datetime.now(), issued_by_id=self.env.uid)
        self.env['civic.journal.entry']._append('issue', self, details={
            document.id: {
                'number': document.register_label, 'late': document._is_issued_late(),
                'copies': document.paper_count or None}
            for document in self})
        for document in self:
            document._dispatch(document.recipient_ids.filtered(lambda line: line.kind != 'archive'))
            document._tell_effect()
            document._plan_paper_copies()
        self._complete_route('issue', 'issue')
        self._on_issued()

    def _is_issued_late(self):
        self.ensure_one()
        return bool(self.issue_due_at and self.issued_at and self.issued_at > self.issue_due_at)

    def _on_issued(self):
        """Hook, after the documents were issued."""

    def _dispatch(self, recipients):
        """Make one line per recipient and send it."""
        self.ensure_one()
        # sudo: nobody writes dispatches by hand; the right to issue was checked
        lines = self.env['civic.dispatch'].sudo().create([
            {
                'document_id': self.id,
                'company_id': self.company_id.id,
                'recipient_id': recipient.id,
                'label': recipient.label,
                'partner_id': recipient.partner_id.id,
                'unit_id': recipient.unit_id.id,
                'channel': recipient.channel or 'post',
                'copies': recipient.copies,
            }
            for recipient in recipients.sudo()
        ])
        lines._send()
        return lines

    def _get_issued_content(self):
        """The file that is sent: the original, signed and numbered."""
        self.ensure_one()
        # sudo: the file goes out on behalf of the agency
        document = self.sudo()
        originals = document.content_ids.filtered(lambda content: content.role == 'original')
        content = document.main_content_id if document.main_content_id in originals else originals[:1]
        if not content:
            raise UserError(self.env._("“%s” has no file that could be sent.", self.display_name))
        return content._get_latest_signed()     # with the time stamp that came after it

    def _plan_paper_copies(self):
        """Art. 19.2.c: where the system does not meet Annex VI yet, paper copies are made."""
        self.ensure_one()
        if self.paper_original or not self.company_id.outgoing_paper_copy:
            return
        for summary, user in (
            (self.env._("Print, seal and keep a paper copy of %s at the records office", self.reference), self.env.user),
            (self.env._("Put a paper copy of %s into the work file", self.reference), self.sudo().drafter_id),
        ):
            # sudo: the task belongs to another person
            self.sudo().activity_schedule(
                'mail.mail_activity_data_todo', summary=summary, user_id=(user or self.env.user).id)

    # === EFFECT ON OTHER DOCUMENTS === #

    def _tell_effect(self):
        """Art. 18.3: everybody who holds the other document sees that it is replaced, amended or corrected."""
        self.ensure_one()
        other = self.sudo().related_id
        if not self.relation or not other:
            return
        words = other.effect_summary
        self.env['civic.journal.entry']._append('modification', other.sudo(False), detail={
            'act': self.relation, 'by': self.reference})
        held = other.dispatch_ids.incoming_id
        if held:
            held._write_by_system({'sender_effect': words})
            self.env['civic.journal.entry'].sudo()._append('modification', held, detail={
                'act': self.relation, 'by': self.reference})
        other.sudo(False).message_post(body=words or "")

    # === RECALL === #

    def _check_may_recall(self):
        self._check_may_issue()
        self._check_move('recalled')

    def _recall(self, reason):
        """Freeze the documents and tell every receiver (Annex VI, III.8.a)."""
        self._check_may_recall()
        reason = (reason or '').strip()
        self._check_secret_text(reason, where='recall_reason', model=self._name, res_id=self[:1].id)
        now = fields.Datetime.now()
        self._move_to('recalled', recalled_at=now, recalled_by_id=self.env.uid, recall_reason=reason)
        self.env['civic.journal.entry']._append('withdrawal', self, detail={'act': 'recall', 'reason': reason})
        for document in self.sudo():
            document.dispatch_ids._recall(reason)


class CivicDispatch(models.Model):
    _inherit = 'civic.dispatch'

    def _send_inside(self):
        """Straight into the queue of the receiving agency, as a draft that its clerk registers."""
        self.ensure_one()
        document = self.document_id
        company = self.partner_id.agency_company_ids[:1]
        if not company:
            raise UserError(self.env._("“%s” does not work in this system: choose another channel.", self.label))
        if not company._is_agency_valid():
            raise UserError(self.env._("“%s” does not exist any more.", self.label))
        if self.incoming_id and self.incoming_id.state not in ('returned', 'cancelled'):
            return {'state': 'sent'}
        content = document._get_issued_content()
        # as the system: who sends has no rights at the receiver, and no part in what is received there
        receiving = self.env['civic.document'].with_user(SUPERUSER_ID).with_company(company).with_context(
            allowed_company_ids=company.ids, lang=company.partner_id.lang or self.env.lang)
        incoming = receiving.create(self._prepare_incoming_values(company))
        incoming._write_by_system({'source_dispatch_id': self.id})
        for source in (content | document.content_ids.filtered(lambda other: other.role == 'appendix')):
            raw = (source.signed_ids[:1] or source).attachment_id.raw if source.role == 'appendix' else source.attachment_id.raw
            incoming._store_content(incoming._inspect_content(source.name, raw), raw, source.role)
        incoming._on_received_inside()
        return {'state': 'sent', 'incoming_id': incoming.id}

    def _prepare_incoming_values(self, company):
        document = self.document_id
        return {
            'company_id': company.id,
            'direction': 'incoming',
            'arrival_channel': 'exchange',
            'arrival_date': document._today(),
            'type_id': document.type_id.id,
            'code_number': document.code_number,
            'code_notation': document.code_notation,
            'issue_date': document.issue_date,
            'issuer_id': (document.issuer_id or document.company_id.partner_id).id,
            'subject': document.subject,
            'language': document.language,
            'signer_name': document.signer_name,
            'signer_position': document.signer_position,
            'urgency': document.urgency,
            'circulation_mark': document.circulation_mark,
        }

    def _recall(self, reason):
        """Tell the receivers (as superuser): inside the system their document says so, others get a mail or a call."""
        now = fields.Datetime.now()
        for line in self:
            values = {'recalled_at': now}
            if line.state in ('waiting', 'failed'):
                values['state'] = 'recalled'
            elif line.incoming_id:
                line.incoming_id._note_sender_recall(reason)
            elif line.channel == 'email' and line.partner_id.email:
                line._mail_recall(reason)
            line.write(values)

    def _mail_recall(self, reason):
        document, company = self.document_id, self.document_id.company_id
        self.env['mail.mail'].create({
            'subject': self.env._("Recalled: %s", document.reference or document.subject),
            'body_html': self.env['ir.qweb']._render('civic_outgoing.mail_recall', {
                'document': document, 'company': company, 'reason': reason}),
            'email_to': self.partner_id.email,
            'email_from': company.email_formatted or self.env.user.email_formatted,
        })
