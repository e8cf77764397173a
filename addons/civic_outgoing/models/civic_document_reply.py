from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tools import format_date

from odoo.addons.civic_incoming.const import OPEN_ASSIGNMENT_STATES


class CivicDocument(models.Model):
    """The two ends of one letter: an incoming document that is answered, and one that another agency here sent."""

    _inherit = 'civic.document'

    reply_to_id = fields.Many2one(
        'civic.document', "Answers", index='btree_not_null', ondelete='restrict', copy=False, check_company=True,
        domain="[('direction', '=', 'incoming'), ('state', '!=', 'draft')]")
    reply_ids = fields.One2many('civic.document', 'reply_to_id', "Replies")
    can_reply = fields.Boolean(compute='_compute_can_reply')

    @api.depends('direction', 'state')
    def _compute_can_reply(self):
        for document in self:
            document.can_reply = document.direction == 'incoming' and document.state in (
                'registered', 'assigned', 'handling', 'done')

    # === REPLY === #

    def action_draft_reply(self):
        """Draft the reply with addressee, reference and unit, and open it."""
        self.ensure_one()
        return self._draft_reply()._open_outgoing()

    def _draft_reply(self):
        """Return the draft of a reply to this incoming document; a draft of one's own that is there is opened."""
        self.ensure_one()
        self.check_access('read')
        if not self.can_reply:
            raise UserError(self.env._("Only a registered incoming document is answered."))
        existing = self.search([
            ('reply_to_id', '=', self.id), ('drafter_id', '=', self.env.uid), ('state', '=', 'draft')], limit=1)
        if existing:
            return existing
        issuer = self.issuer_id
        recipients = [{'kind': 'addressee', 'partner_id': issuer.id, 'name': False if issuer else self.issuer_name,
                       'sequence': 1}]
        if not issuer and not self.issuer_name:
            recipients = []
        recipients.append({'kind': 'archive', 'name': "VT", 'sequence': 99})
        reply = self.env['civic.document'].with_context(civic_drafting=True).create({
            'direction': 'outgoing',
            'company_id': self.company_id.id,
            'type_id': self.env.ref('civic_document.civic_document_type_cv').id,
            'subject': self._get_reply_subject(),
            'bases': False,
            'body': self._get_reply_opening(),
            'urgency': self.urgency,
            'deadline': self.deadline if self.deadline and self.deadline >= self._today() else False,
            'reply_to_id': self.id,
            'signer_id': self.sudo().leader_id.id,
            'recipient_ids': [Command.create(values) for values in recipients],
        })
        self.env['civic.journal.entry']._append('start', self, detail={'act': 'reply', 'document': reply.id})
        return reply

    def _get_reply_subject(self):
        subject = (self.subject or '').strip()
        for opening in ("V/v ", "Về việc ", "về việc "):
            subject = subject.removeprefix(opening)
        return f"trả lời {self.reference or ''} về {subject}".replace("  ", " ")[:500]

    def _get_reply_opening(self):
        """The sentence with which a reply begins: what it answers, by number, date, issuer and subject."""
        # sudo: the name of the issuer stands on the document
        issuer = self.sudo().issuer_id.name or self.issuer_name or ""
        words = [f"{self.company_id.name} nhận được {self.sudo().type_id.name or 'văn bản'}"]
        if self.reference:
            words.append(f"số {self.reference}")
        if self.issue_date:
            month = f'{self.issue_date:%m}' if self.issue_date.month < 3 else str(self.issue_date.month)
            words.append(f"ngày {self.issue_date:%d} tháng {month} năm {self.issue_date.year}")
        if issuer:
            words.append(f"của {issuer}")
        return f"{' '.join(words)} về {(self.subject or '').strip()}."

    def _on_issued(self):
        super()._on_issued()
        for document in self.filtered('reply_to_id'):
            document._finish_answered()

    def _finish_answered(self):
        """Issuing the reply finishes the assignment of the unit that answers."""
        self.ensure_one()
        # sudo: the clerk who issues is not the one who was to answer
        source = self.sudo().reply_to_id
        drafter = self.sudo().drafter_id
        units = self.sudo().unit_id
        lines = source.assignment_ids.filtered(
            lambda line: line.state in OPEN_ASSIGNMENT_STATES and line.kind != 'inform')
        own = lines.filtered(lambda line: line.user_id == drafter) or lines.filtered(
            lambda line: line.unit_id in units) or (lines.filtered(lambda line: line.kind == 'lead') if not drafter else lines[:0])
        for line in own.sorted(lambda line: line.kind != 'lead')[:1]:
            person = line.user_id or line.unit_id.manager_id.user_id or drafter
            try:
                with self.env.cr.savepoint():
                    line.with_user(person).with_company(source.company_id)._finish(
                        self.env._("Answered by %s", self.reference), reply_document=self.with_user(person))
            except (UserError, AccessError) as error:
                # the document is issued all the same; who handles it ends the assignment by hand
                source.with_user(drafter or self.env.user).message_post(body=self.env._(
                    "The reply %(reference)s was issued, but the assignment could not be finished: %(problem)s",
                    reference=self.reference, problem=error.args[0]))

    # === RECEIVED FROM AN AGENCY IN THIS SYSTEM === #

    def _on_received_inside(self):
        """The records office of the receiver hears of it."""
        clerks = self.env['res.users'].sudo().search([
            ('all_group_ids', 'in', self.env.ref('civic_base.group_clerk').ids),
            ('company_ids', 'in', self.company_id.ids), ('share', '=', False)])
        self.env['civic.notification']._notify('outgoing_received', clerks, self.sudo(False))

    def _register_documents(self, date=None):
        result = super()._register_documents(date)
        self._get_source_dispatches()._note_received()
        return result

    def _return_to_sender(self, reason):
        result = super()._return_to_sender(reason)
        self._get_source_dispatches()._note_failed(self.env._("Returned by the receiver: %s", reason))
        return result

    def _move_to(self, state, **values):
        result = super()._move_to(state, **values)
        if state in ('assigned', 'handling', 'done'):
            self._get_source_dispatches()._note_read()
        return result

    def _get_source_dispatches(self):
        """The dispatches by which agencies in this system sent these documents."""
        exchanged = self.filtered(
            lambda document: document.direction == 'incoming' and document.arrival_channel == 'exchange')
        # sudo: the proof belongs to the agency that sent it
        return exchanged.sudo().source_dispatch_id

    # === RECALLED BY THE SENDER === #

    def _note_sender_recall(self, reason):
        """The agency that sent it recalls it: who has it sees so at once, the clerk carries it out (as superuser)."""
        for document in self:
            document._write_by_system({
                'sender_recall_reason': reason, 'sender_recalled_at': fields.Datetime.now()})
            self.env['civic.journal.entry']._append('withdrawal', document, detail={
                'act': 'recalled_by_sender', 'reason': reason})
            clerks = self.env['res.users'].search([
                ('all_group_ids', 'in', self.env.ref('civic_base.group_clerk').ids),
                ('company_ids', 'in', document.company_id.ids), ('share', '=', False)])
            holders = document.assignment_ids.filtered(
                lambda line: line.state in OPEN_ASSIGNMENT_STATES).user_id | document.leader_id
            self.env['civic.notification']._notify(
                'outgoing_recalled', clerks | holders, document.sudo(False), reason)

    def action_carry_out_recall(self):
        """Remove the content of documents that their sender recalled (Decree 30/2020, Art. 18.4.b; Annex VI, III.8)."""
        self._carry_out_recall()
        return True

    def _carry_out_recall(self):
        self._check_may_receive()
        self.check_access('write')
        for document in self:
            if not document.sender_recalled_at:
                raise UserError(self.env._("The sender did not recall “%s”.", document.display_name))
            if document.recall_done_at:
                raise UserError(self.env._(
                    "The content of “%(document)s” was removed on %(date)s already.", document=document.display_name,
                    date=format_date(self.env, document.recall_done_at)))
            # sudo: the clerk's act; files of registered documents are removed by nobody else
            sudo = document.sudo()
            digests = sudo.content_ids.mapped('sha256')
            sudo._write_by_system({'main_content_id': False})
            sudo.content_ids._remove_recalled()
            sudo._write_by_system({
                'recall_done_at': fields.Datetime.now(), 'access_level': 'restricted',
                'user_ids': [Command.set((document.registered_by_id or self.env.user).ids)]})
            self.env['civic.journal.entry']._append('deletion', document, detail={
                'act': 'recall', 'reason': document.sender_recall_reason, 'sha256': digests})
            if sudo.source_dispatch_id:
                sudo.source_dispatch_id.write({
                    'state': 'recalled', 'message': self.env._("Content removed by the receiver")})
