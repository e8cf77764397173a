from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import tagged

from .common import CivicOutgoingCommon


@tagged('post_install', '-at_install')
class TestIssue(CivicOutgoingCommon):
    """Issuing with proof per recipient, recall, and the effect of later documents (Decree 30/2020, Article 18)."""

    def _to(self, *recipients):
        return [Command.create({'kind': 'receiver', **recipient}) for recipient in recipients]

    def test_nothing_is_issued_without_a_number_nor_by_others_than_the_records_office(self):
        """Art. 14, 4.2."""
        document = self._create_signed()
        with self.assertRaisesRegex(UserError, "no number yet"):
            document.with_user(self.clerk)._issue()
        document.with_user(self.clerk)._register_documents()
        for user in (self.specialist, self.leader, self.unit_head, self.records_admin):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                document.with_user(user)._issue()

    def test_an_agency_in_the_system_gets_it_in_its_queue(self):
        document = self._create_issued(recipient_ids=self._to({'partner_id': self.other_agency.partner_id.id}))
        line = document.dispatch_ids
        self.assertEqual((line.channel, line.state), ('inside', 'sent'))
        incoming = line.sudo().incoming_id
        self.assertRecordValues(incoming, [{
            'company_id': self.other_agency.id, 'direction': 'incoming', 'state': 'draft', 'arrival_channel': 'exchange',
            'code_number': '01', 'code_notation': 'KH-UBND', 'subject': "Chuyển đổi số năm 2026",
            'issuer_id': self.agency.partner_id.id, 'signer_name': "Trần Thị Cúc", 'issue_date': document.issue_date}])
        self.assertEqual(incoming.main_content_id.sha256, document.main_content_id.sha256)
        with self.assertRaises(AccessError):
            incoming.with_user(self.clerk).with_context(allowed_company_ids=self.agency.ids).read(['subject'])
        received = incoming.with_user(self.foreign_clerk).with_context(allowed_company_ids=self.other_agency.ids)
        received._register_documents()
        document.invalidate_recordset()
        self.assertEqual(line.state, 'received')
        self.assertTrue(line.received_at)
        self.assertEqual(document.dispatch_summary, "1 of 1 arrived")

    def test_what_the_receiver_returns_is_told_to_the_sender_and_can_be_sent_again(self):
        document = self._create_issued(recipient_ids=self._to({'partner_id': self.other_agency.partner_id.id}))
        incoming = document.dispatch_ids.sudo().incoming_id
        incoming.with_user(self.foreign_clerk).with_context(
            allowed_company_ids=self.other_agency.ids)._return_to_sender("Gửi nhầm địa chỉ")
        line = document.dispatch_ids
        line.invalidate_recordset()
        self.assertEqual(line.state, 'failed')
        self.assertIn("Gửi nhầm địa chỉ", line.message)
        document.with_user(self.clerk).action_retry_dispatch()
        line.invalidate_recordset()
        self.assertEqual(line.state, 'sent')
        self.assertNotEqual(line.sudo().incoming_id, incoming)

    def test_one_recipient_that_fails_stops_no_other_and_only_it_is_retried(self):
        self.citizen.email = 'at@example.com'
        nobody = self.env['res.partner'].create({'name': "Không có thư"})
        document = self._create_issued(recipient_ids=self._to(
            {'partner_id': self.citizen.id},
            {'partner_id': nobody.id, 'channel': 'email'},
            {'partner_id': self.ministry.id, 'channel': 'exchange'},
            {'partner_id': self.ministry.id, 'channel': 'post'}))
        self.assertEqual(document.state, 'issued')
        lines = document.dispatch_ids
        self.assertEqual(lines.mapped('state'), ['sent', 'failed', 'failed', 'sent'])
        self.assertIn("no e-mail address", lines[1].message)
        self.assertIn("exchange is not set up", lines[2].message)
        mail = lines[0].sudo().mail_id
        self.assertEqual(mail.email_to, 'at@example.com')
        self.assertEqual(mail.attachment_ids.mimetype, 'application/pdf')
        self.assertIn('01/KH-UBND', mail.subject)
        nobody.email = 'co@example.com'
        document.with_user(self.clerk).action_retry_dispatch()
        lines.invalidate_recordset()
        self.assertEqual(lines.mapped('state'), ['sent', 'sent', 'failed', 'sent'])
        self.assertEqual(lines.mapped('attempts'), [1, 2, 2, 1])
        mail.write({'state': 'exception', 'failure_reason': "Mailbox unavailable"})
        self.env['civic.dispatch']._cron_refresh_mails()
        self.assertEqual((lines[0].state, lines[0].message), ('failed', "Mailbox unavailable"))

    def test_paper_without_an_address_goes_nowhere_until_the_clerk_enters_it(self):
        """A recipient known by its name alone has no address, and neither has an agency whose address nobody entered."""
        stranger = self.env['res.partner'].create({'name': "Hợp tác xã Bình Minh"})
        document = self._create_issued(recipient_ids=self._to(
            {'partner_id': stranger.id, 'channel': 'post'},
            {'name': "Ông Nguyễn Văn Tám", 'channel': 'post'},
            {'name': "Bà Trần Thị Chín", 'channel': 'post', 'address': "12 Lê Lợi, Hoa Phượng"},
            {'partner_id': self.ministry.id, 'channel': 'post'}))
        self.assertEqual(document.state, 'issued')
        lines = document.dispatch_ids
        self.assertEqual(lines.mapped('state'), ['failed', 'failed', 'sent', 'sent'])
        self.assertIn("No postal address is known of: Hợp tác xã Bình Minh", lines[0].message)
        stranger.street = "3 Hai Bà Trưng"
        action = lines[1].with_user(self.clerk).action_open_recipient()
        recipient = self.env[action['res_model']].with_user(self.clerk).browse(action['res_id'])
        recipient.address = "7 Đồng Khởi"
        document.with_user(self.clerk).action_retry_dispatch()
        lines.invalidate_recordset()
        self.assertEqual(set(lines.mapped('state')), {'sent'})
        self.assertEqual(lines.mapped('attempts'), [2, 2, 1, 1])
        with self.assertRaisesRegex(UserError, "sent to this recipient already"):
            recipient.address = "9 Nguyễn Huệ"
        with self.assertRaises(AccessError):
            lines[1].with_user(self.specialist).action_open_recipient()

    def test_what_failed_goes_another_way_if_the_clerk_says_so(self):
        document = self._create_issued(recipient_ids=self._to({'partner_id': self.ministry.id, 'channel': 'exchange'}))
        line = document.dispatch_ids
        self.assertEqual(line.state, 'failed')
        line.recipient_id.with_user(self.clerk).channel = 'post'
        line.with_user(self.clerk).action_retry()
        self.assertEqual((line.channel, line.state), ('post', 'sent'))

    def test_only_what_was_sent_comes_back(self):
        document = self._create_issued(recipient_ids=self._to({'partner_id': self.ministry.id, 'channel': 'post'}))
        line = document.dispatch_ids.with_user(self.clerk)
        line.action_mark_failed()
        self.assertEqual(line.state, 'failed')
        with self.assertRaisesRegex(UserError, "Only what was sent can come back"):
            line.action_mark_failed()

    def test_own_units_read_it(self):
        document = self._create_issued()
        self.assertIn(self.unit_finance, document.unit_ids)
        self.assertTrue(document.with_user(self.finance_head).has_access('read'))

    def test_more_recipients_are_sent_to_alone(self):
        document = self._create_issued()
        before = document.dispatch_ids
        wizard = self.env['civic.dispatch.wizard'].with_user(self.clerk).create({
            'document_id': document.id, 'partner_ids': [Command.set(self.other_agency.partner_id.ids)]})
        wizard.action_confirm()
        document.invalidate_recordset()
        self.assertEqual((document.dispatch_ids - before).channel, 'inside')
        self.assertEqual(set(before.mapped('attempts')), {1})
        with self.assertRaises(AccessError):
            self.env['civic.dispatch.wizard'].with_user(self.specialist).create({
                'document_id': document.id, 'partner_ids': [Command.set(self.ministry.ids)]})

    def test_dispatches_are_written_by_nobody(self):
        line = self._create_issued().dispatch_ids[:1]
        for user in (self.specialist, self.clerk, self.records_admin):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                line.with_user(user).write({'state': 'received'})
        with self.assertRaises(AccessError):
            line.with_user(self.specialist).action_mark_received()
        line.with_user(self.clerk).action_mark_received()
        self.assertEqual(line.state, 'received')

    def test_recall_freezes_tells_and_the_receiver_removes_the_content(self):
        """Art. 18.4; Annex VI, III.8."""
        self.citizen.email = 'at@example.com'
        document = self._create_issued(recipient_ids=self._to(
            {'partner_id': self.other_agency.partner_id.id}, {'partner_id': self.citizen.id}))
        incoming = document.dispatch_ids.sudo().incoming_id.with_user(self.foreign_clerk).with_context(
            allowed_company_ids=self.other_agency.ids)
        incoming._register_documents()
        with self.assertRaisesRegex(UserError, "did not recall"):
            incoming._carry_out_recall()
        with self.assertRaises(AccessError):
            document.with_user(self.leader)._recall("Sai thẩm quyền")
        document.with_user(self.clerk)._recall("Sai thẩm quyền")
        document.invalidate_recordset()
        self.assertEqual((document.state, document.recall_reason), ('recalled', "Sai thẩm quyền"))
        with self.assertRaises(UserError):
            document.with_user(self.clerk).write({'description': "Ghi chú"})
        self.assertIn("Recalled", self.env['mail.mail'].search([('email_to', '=', 'at@example.com')]).mapped('subject')[0]
                      + self.env['mail.mail'].search([('email_to', '=', 'at@example.com')]).mapped('subject')[-1])
        incoming.invalidate_recordset()
        self.assertEqual(incoming.sender_recall_reason, "Sai thẩm quyền")
        incoming.action_carry_out_recall()
        incoming.invalidate_recordset()
        self.assertFalse(incoming.content_ids)
        self.assertTrue(incoming.recall_done_at)
        self.assertTrue(incoming.register_number, "the record of the process stays")
        self.assertFalse(self.env['civic.document'].with_user(self.foreign_leader).with_context(
            allowed_company_ids=self.other_agency.ids).search([('search_text', 'ilike', "nâng cao hiệu quả")]))
        self.assertEqual(document.dispatch_ids[0].state, 'recalled')
        with self.assertRaisesRegex(UserError, "was removed on"):
            incoming._carry_out_recall()
        self.assertIn('deletion', self.env['civic.journal.entry'].search(
            [('res_model', '=', 'civic.document'), ('res_id', '=', incoming.id)]).mapped('event_type'))

    def test_who_holds_a_document_sees_that_a_later_one_replaces_it(self):
        """Art. 18.3."""
        first = self._create_issued(recipient_ids=self._to({'partner_id': self.other_agency.partner_id.id}))
        second = self._create_issued(relation='replaces', related_id=first.id)
        first.invalidate_recordset()
        self.assertEqual(first.effect_summary, f"Replaced by {second.reference}")
        self.assertEqual(first.dispatch_ids.sudo().incoming_id.sender_effect, first.effect_summary)

    def test_paper_copies_are_planned_where_the_system_does_not_meet_annex_vi(self):
        """Art. 19.2.b-c."""
        self.assertFalse(self._create_issued().activity_ids)
        self.agency.outgoing_paper_copy = True
        document = self._create_issued()
        self.assertEqual(document.activity_ids.user_id, self.clerk | self.specialist)
        self.assertEqual(document.paper_count, 2, "what the recipients call for (Art. 17.1.a)")

    def test_every_act_leaves_a_line_in_the_journal(self):
        events = self._get_events(self._create_issued())
        for event in ('creation', 'modification', 'routing', 'approval', 'registration', 'issue', 'dissemination'):
            self.assertIn(event, events)
