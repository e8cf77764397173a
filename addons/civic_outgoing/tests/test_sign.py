from unittest.mock import patch

from odoo.exceptions import AccessError, LockError, UserError
from odoo.tests import tagged

from .common import CivicOutgoingCommon


@tagged('post_install', '-at_install')
class TestSign(CivicOutgoingCommon):
    """The signature of the competent person (Decree 30/2020, Articles 11 to 13)."""

    def test_nobody_signs_what_was_not_checked_and_approved(self):
        """Art. 11.1 and 12."""
        document = self._create_submitted()
        with self.assertRaises(AccessError):
            document.with_user(self.leader)._sign()
        self._act(document, self.unit_head)
        with self.assertRaises(AccessError):
            document.with_user(self.leader)._sign()
        self._act(document, self.clerk)
        with self.assertRaises(AccessError):
            document.with_user(self.deputy)._sign()
        document.with_user(self.leader)._sign()
        self.assertEqual(document.state, 'signed')

    def test_a_route_without_checks_lets_nobody_sign_unless_the_agency_says_so(self):
        route = self.env['civic.route'].with_user(self.records_admin).create({
            'name': "Chỉ ký", 'company_id': self.agency.id, 'direction': 'outgoing',
            'version_ids': [(0, 0, {'step_ids': [(0, 0, {
                'name': "Ký", 'kind': 'sign', 'actor': 'field', 'actor_field': 'signer_id'})]})]})
        route.version_ids._publish(self.env['civic.document']._today())
        document = self._create_submitted()
        self.assertEqual(document.state, 'to_sign')
        with self.assertRaisesRegex(UserError, "Article 12"):
            document.with_user(self.leader)._sign()
        self.env.ref('civic_outgoing.rule_value_outgoing_checks_before_signing').value = 'false'
        document.with_user(self.leader)._sign()
        self.assertEqual(document.state, 'signed')

    def test_the_authority_must_hold_on_the_day_of_the_signature(self):
        document = self._create_to_sign(signer_id=self.deputy.id)
        self.deputy_authority.date_to = '2021-01-01'
        with self.assertRaisesRegex(UserError, "does not hold"):
            document.with_user(self.deputy)._sign()
        self.deputy_authority.date_to = False
        document.with_user(self.deputy)._sign()
        self.assertRecordValues(document, [{
            'signed_capacity': 'kt', 'signer_position': "PHÓ CHỦ TỊCH", 'signer_name': "Lê Văn Đức"}])

    def test_there_must_be_a_pdf_to_sign(self):
        document = self._create_draft()
        version = self._make_version(document, make_pdf=False)
        document._submit()
        self._act(document, self.unit_head)
        self._act(document, self.clerk)
        with self.assertRaisesRegex(UserError, "still being made"):
            document.with_user(self.leader)._sign()
        version.sudo().write({'pdf_state': 'failed', 'pdf_error': "LibreOffice"})
        with self.assertRaisesRegex(UserError, "no PDF"):
            document.with_user(self.leader)._sign()

    def test_what_was_signed_is_known_by_its_digest_and_never_changes(self):
        """Art. 18; Annex VI, III.5.d."""
        document = self._create_signed()
        self.assertEqual(document.signed_sha256, document.current_version_id.pdf_content_id.sha256)
        for values in ({'subject': "Khác"}, {'signer_name': "Khác"}, {'code_notation': 'QĐ-UBND'}, {'urgency': 'urgent'},
                       {'issue_date': '2025-01-01'}, {'circulation_mark': 'internal'}):
            with self.subTest(values), self.assertRaises(UserError):
                document.with_user(self.clerk).write(values)
        with self.assertRaisesRegex(UserError, "its file never changes"):
            document.with_user(self.clerk)._generate()
        with self.assertRaises(UserError):
            document.recipient_ids[:1].with_user(self.clerk).unlink()
        with self.assertRaisesRegex(UserError, "cannot be removed"):
            document.version_ids.content_id.with_user(self.clerk).unlink()

    def test_two_sign_at_once_and_one_is_told(self):
        document = self._create_to_sign()
        with patch.object(type(document), 'lock_for_update', side_effect=LockError("locked")), \
                self.assertRaisesRegex(UserError, "at this moment"):
            document.with_user(self.leader)._sign()
        document.with_user(self.leader)._sign()
        with self.assertRaisesRegex(UserError, "already signed by"):
            document.with_user(self.leader)._sign()

    def test_many_are_signed_in_one_act_and_exceptions_are_told(self):
        good = self._create_to_sign() | self._create_to_sign()
        early = self._create_submitted()
        documents = (good | early).with_user(self.leader)
        action = documents.action_sign()
        documents.invalidate_recordset()
        self.assertEqual(documents.mapped('state'), ['signed', 'signed', 'review'])
        result = self.env['civic.batch.result'].with_user(self.leader).browse(action['res_id'])
        self.assertEqual((result.title, result.problem_count), ("Signed: 2 of 3", 1))
        self.assertIn("does not wait for your signature", result.problems)

    def test_the_signer_has_a_list_of_what_waits(self):
        waiting, early = self._create_to_sign(), self._create_submitted()
        documents = self.env['civic.document'].with_user(self.leader)
        found = documents.search([('waits_for_signature', '=', True)])
        self.assertIn(waiting, found)
        self.assertNotIn(early, found)
        self.assertFalse(documents.with_user(self.deputy).search([('waits_for_signature', '=', True)]) & waiting)
        self.assertTrue(waiting.with_user(self.leader).can_sign)
        self.assertFalse(early.with_user(self.leader).can_sign)

    def test_what_waits_follows_the_route(self):
        """The mark behind the list is stored: each act that moves the question to somebody else moves it, too."""
        document = self._create_submitted()
        self.assertFalse(document.signature_asked)                              # asked: the head of the unit
        self._act(document, self.unit_head)
        self._act(document, self.clerk)
        self.assertTrue(document.signature_asked)                               # asked: the signer
        task = document.route_task_ids.filtered(lambda task: task.state == 'open')
        task.with_user(self.records_admin)._hand_over(self.deputy, "Nhầm người")
        self.assertFalse(document.signature_asked)                              # asked: the deputy, who is not the signer
        task.with_user(self.records_admin)._hand_over(self.leader, "Trả lại")
        self.assertTrue(document.signature_asked)
        document.with_user(self.leader)._sign()
        self.assertFalse(document.signature_asked)                              # signed: nobody is asked

    def test_a_mistake_found_before_the_number_gives_the_document_back(self):
        document = self._create_signed()
        with self.assertRaises(AccessError):
            document.with_user(self.specialist)._give_up_signature("Sai số liệu")
        document.with_user(self.clerk)._give_up_signature("Sai số liệu")
        document.invalidate_recordset()
        self.assertRecordValues(document, [{
            'state': 'draft', 'signed_by_id': False, 'signed_sha256': False, 'content_checked_at': False,
            'approved_at': False}])
        document._submit()
        self._act(document, self.unit_head)
        self._act(document, self.clerk)
        document.with_user(self.leader)._sign()
        self.assertEqual(document.state, 'signed')

    def test_the_list_to_sign_costs_no_query_per_document(self):
        documents = self.env['civic.document'].browse()
        for _number in range(2):
            documents |= self._create_to_sign()
        fields = ['type_id', 'subject', 'urgency', 'unit_id', 'drafter_id', 'submitted_at']
        specification = {name: {'fields': {'display_name': {}}} if name.endswith('_id') else {} for name in fields}

        def count(limit):
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.env['civic.document'].with_user(self.leader).web_search_read(
                [('waits_for_signature', '=', True)], specification, limit=limit)
            return self.env.cr.sql_log_count - before

        count(1)
        self.assertEqual(count(1), count(2))
