import json
from datetime import date
from unittest.mock import patch

from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import AccessError, LockError, UserError, ValidationError
from odoo.tests import Form, tagged

from .common import CivicDocumentCommon


@tagged('post_install', '-at_install')
class TestDocumentFlow(CivicDocumentCommon):

    def _get_line(self, document, event_type):
        line = self.env['civic.journal.entry'].search([
            ('res_model', '=', 'civic.document'), ('res_id', '=', document.id), ('event_type', '=', event_type)])
        line.ensure_one()
        return line

    # === REGISTERING === #

    def test_registering_gives_number_person_time_and_rules(self):
        document = self._create_document()
        with freeze_time('2025-03-05 03:00:00'):
            document.action_register()
        self.assertRecordValues(document, [{
            'state': 'registered',
            'register_number': 1,
            'register_label': '01',
            'registered_by_id': self.clerk.id,
            'code_number': '123',
            'reference': '123/QĐ-BNV',
            'profile_id': self.env['civic.rule.profile']._for_date(date(2025, 3, 5)).id,
        }])
        self.assertEqual(str(document.registered_at), '2025-03-05 03:00:00')
        self.assertEqual(document.register_id.company_id, self.agency)
        self.assertEqual(document.register_id.year, 2025)
        line = self._get_line(document, 'registration')
        self.assertEqual(line.user_id, self.clerk)
        self.assertEqual(json.loads(line.detail), {
            'register': document.register_id.id, 'number': 1, 'date': '2025-03-05', 'direction': 'incoming'})

    def test_the_rules_of_the_day_are_frozen(self):
        """VN-2019 until 30 June 2025, VN-2025 from 1 July 2025, by the date of the event."""
        for arrived, code in ((date(2025, 6, 30), 'VN-2019'), (date(2025, 7, 1), 'VN-2025')):
            with self.subTest(arrived=arrived):
                document = self._create_registered(arrival_date=arrived)
                self.assertEqual(document.profile_id.code, code)

    def test_many_documents_are_numbered_in_their_order(self):
        documents = self.env['civic.document'].with_user(self.clerk).create(
            [self._prepare_document(subject=f"Văn bản {index}") for index in range(1, 4)])
        documents.action_register()
        self.assertEqual(documents.mapped('register_number'), [1, 2, 3])

    def test_a_day_given_on_registering_counts(self):
        document = self._create_document()
        document._register_documents(date(2025, 3, 6))
        self.assertEqual(json.loads(self._get_line(document, 'registration').detail)['date'], '2025-03-06')

    def test_an_own_document_bears_the_number_of_the_register(self):
        document = self._create_document(
            direction='outgoing', issuer_id=self.agency.partner_id.id, code_number=False, code_notation='QĐ-UBND',
            arrival_date=False)
        document._register_documents()
        self.assertRecordValues(document, [{
            'register_number': 1, 'code_number': '01', 'reference': '01/QĐ-UBND', 'reference_key': '1/qd-ubnd',
            'issue_date': date(2025, 3, 3)}])

    def test_a_draft_lacking_something_is_refused_by_name(self):
        for values, message in (
            ({'subject': False}, "Fill in.*Subject"),
            ({'issuer_id': False}, "who issued"),
            ({'paper_original': False}, "has no file"),
            ({'direction': 'internal', 'type_id': False}, "Fill in.*Document Type"),
            ({'direction': 'outgoing', 'code_notation': False}, "Fill in.*Notation"),
            ({'direction': 'none'}, "incoming, outgoing or internal"),
            ({'access_level': 'restricted', 'user_ids': False}, "at least one name"),
        ):
            with self.subTest(values=values):
                document = self._create_document(**values)
                with self.assertRaisesRegex(UserError, message), self.env.cr.savepoint():
                    document._register_documents()
                self.assertEqual(document.state, 'draft')
                self.assertFalse(document.register_number)

    def test_an_issuer_outside_the_directory_is_enough_with_its_name(self):
        document = self._create_registered(issuer_id=False, issuer_name="Công ty Sao Mai")
        self.assertEqual(document.state, 'registered')

    def test_no_number_under_a_day_to_come(self):
        document = self._create_document(direction='internal', arrival_date=False, issue_date=date(2999, 1, 1))
        with self.assertRaisesRegex(UserError, "day to come"):
            document._register_documents()

    def test_no_number_for_an_agency_that_did_not_exist(self):
        self.agency.agency_valid_to = date(2025, 3, 4)
        with self.assertRaisesRegex(UserError, "did not exist"):
            self._create_document()._register_documents()

    def test_a_type_out_of_use_is_refused(self):
        self.type_decision.valid_to = date(2025, 3, 2)
        with self.assertRaisesRegex(UserError, "was not in use"):
            self._create_document()._register_documents()

    def test_a_second_registration_says_who_was_first(self):
        document = self._create_registered()
        with self.assertRaisesRegex(UserError, "already registered under number 01 by Town clerk"):
            document.with_user(self.second_clerk).action_register()
        self.assertEqual(document.register_number, 1)

    def test_two_clerks_at_the_same_moment(self):
        """The row is locked by the other one's transaction, which is not over yet."""
        document = self._create_document()
        with (
            patch.object(type(document), 'lock_for_update', side_effect=LockError("locked")),
            self.assertRaisesRegex(UserError, "Someone else is registering this document"),
        ):
            document.action_register()
        self.assertEqual(document.state, 'draft')

    def test_only_clerks_register(self):
        document = self._create_document()
        for role in ('specialist', 'unit_head', 'leader', 'archivist', 'manager', 'records_admin'):
            with self.subTest(role=role), self.assertRaises(AccessError):
                document.with_user(self.users[role]).action_register()
        self.assertEqual(document.state, 'draft')

    # === MOVES === #

    def test_moves_outside_the_table_are_refused(self):
        document = self._create_registered()
        document._cancel("Nhập trùng")
        for state in ('draft', 'registered', 'cancelled', 'nowhere'):
            with self.subTest(state=state), self.assertRaisesRegex(UserError, "cannot become"):
                document._move_to(state)
        with self.assertRaisesRegex(UserError, "cannot become"):
            document.sudo()._move_to('registered')

    def test_moves_need_the_role_of_the_table(self):
        document = self._create_document()
        with self.assertRaisesRegex(AccessError, "Your role"):
            document.with_user(self.leader)._move_to('cancelled')

    def test_moves_need_the_right_to_read(self):
        document = self._create_document()
        with self.assertRaises(AccessError):
            document.with_user(self.foreign_clerk)._move_to('cancelled')

    # === FROZEN === #

    def test_what_stands_since_registration_cannot_be_written(self):
        """Annex VI, III.5.d and rule 36: number, date, register and signer stay; the superuser's write as well."""
        document = self._create_registered()
        for values in (
            {'code_number': '124'}, {'code_notation': 'KH-BNV'}, {'reference': '124/QĐ-BNV'},
            {'issue_date': date(2025, 3, 2)}, {'arrival_date': date(2025, 3, 6)}, {'signer_name': "Khác"},
            {'signer_position': "Khác"}, {'direction': 'internal'},
            {'paper_original': False},
        ):
            for writer in (document, document.sudo()):
                with self.subTest(values=values), self.assertRaisesRegex(UserError, "no longer a draft"):
                    writer.write(values)
        for values in ({'register_number': 2}, {'register_label': '02'}, {'register_id': False}, {'state': 'draft'}):
            for writer in (document, document.sudo()):
                with self.subTest(values=values), self.assertRaises(AccessError):
                    writer.write(values)
        self.assertRecordValues(document, [{
            'reference': '123/QĐ-BNV', 'signer_name': "Trần Thị Bính", 'register_number': 1, 'state': 'registered'}])

    def test_the_rest_can_be_completed_and_the_journal_tells(self):
        document = self._create_registered()
        with Form(document) as form:
            form.subject = "Trích yếu đúng hơn"
            form.deadline = date(2025, 3, 20)
        self.assertEqual(set(json.loads(self._get_line(document, 'modification').detail)['changes']), {
            'subject', 'deadline'})

    def test_a_cancelled_document_stands_as_it_is(self):
        document = self._create_registered()
        document._cancel("Nhập trùng")
        for values in ({'subject': "Khác"}, {'urgency': 'express'}, {'unit_id': self.unit_culture.id}):
            with self.subTest(values=values), self.assertRaisesRegex(UserError, "no longer a draft"):
                document.write(values)

    def test_named_people_cannot_all_be_taken_away(self):
        document = self._create_registered(access_level='restricted', user_ids=[Command.link(self.leader.id)])
        with self.assertRaisesRegex(ValidationError, "at least one name"), self.env.cr.savepoint():
            document.user_ids = False

    # === CORRECTING === #

    def test_a_clerk_corrects_what_was_typed_wrongly(self):
        """Decree 30/2020, Annex VI, III.1.g (rule 84): a logged right of the records office."""
        document = self._create_registered()
        wizard = Form(self.env['civic.document.correction'].with_user(self.clerk).with_context(
            default_document_id=document.id))
        self.assertEqual(wizard.code_number, '123')
        wizard.code_number = '132'
        wizard.signer_name = "Trần Thị Bình"
        wizard.reason = "Đọc nhầm bản giấy"
        wizard.save().action_confirm()
        self.assertRecordValues(document, [{
            'reference': '132/QĐ-BNV', 'reference_key': '132/qd-bnv', 'signer_name': "Trần Thị Bình"}])
        self.assertEqual(json.loads(self._get_line(document, 'modification').detail), {
            'changes': {'code_number': ['123', '132'], 'signer_name': ["Trần Thị Bính", "Trần Thị Bình"]},
            'reason': "Đọc nhầm bản giấy",
        })

    def test_corrections_have_their_limits(self):
        document = self._create_registered()
        with self.assertRaisesRegex(UserError, "Give a reason"):
            document._correct({'code_number': '1'}, "  ")
        with self.assertRaisesRegex(UserError, "never corrected"):
            document._correct({'register_number': 9}, "Sửa số")
        with self.assertRaisesRegex(AccessError, "Only clerks"):
            document.with_user(self.leader)._correct({'code_number': '1'}, "Sửa số")
        with self.assertRaisesRegex(UserError, "nothing to correct"):
            self._create_document()._correct({'code_number': '1'}, "Sửa số")
        own = self._create_registered(direction='internal', arrival_date=False, code_number=False)
        with self.assertRaisesRegex(UserError, r"Article 18\.3"):
            own._correct({'signer_name': "Khác"}, "Sửa người ký")

    # === CANCELLING === #

    def test_cancelling_keeps_the_number_and_says_why(self):
        document = self._create_registered()
        action = document.action_cancel()
        wizard = self.env['civic.reason.wizard'].with_user(self.clerk).with_context(
            **action['context']).create({'reason': "Văn bản trùng"})
        wizard.action_confirm()
        self.assertRecordValues(document, [{
            'state': 'cancelled', 'register_number': 1, 'register_label': '01', 'cancel_reason': "Văn bản trùng",
            'cancelled_by_id': self.clerk.id}])
        self.assertEqual(json.loads(self._get_line(document, 'cancellation').detail), {
            'reason': "Văn bản trùng", 'number': 1})
        self.assertEqual(self._create_registered().register_number, 2)

    def test_cancelling_needs_a_reason_and_a_clerk(self):
        document = self._create_registered()
        with self.assertRaisesRegex(UserError, "Give a reason"):
            document._apply_reason('_cancel', " ")
        with self.assertRaises(UserError):
            document._apply_reason('unlink', "Xóa")
        for role in ('specialist', 'leader', 'records_admin'):
            with self.subTest(role=role), self.assertRaises(AccessError):
                document.with_user(self.users[role])._cancel("Hủy")
        self.assertEqual(document.state, 'registered')

    def test_a_draft_can_be_cancelled_without_a_number(self):
        document = self._create_document()
        document._cancel("Gửi nhầm")
        self.assertRecordValues(document, [{'state': 'cancelled', 'register_number': 0}])

    def test_registered_and_cancelled_documents_are_never_deleted(self):
        document = self._create_registered()
        for _step in range(2):
            for remover in (document, document.sudo()):
                with self.assertRaisesRegex(UserError, "Only drafts can be deleted"):
                    remover.unlink()
            if document.state == 'registered':
                document._cancel("Nhập trùng")
        self.assertTrue(document.exists())

    # === JOURNAL BUTTON === #

    def test_the_journal_of_a_document_opens_from_it(self):
        document = self._create_registered()
        action = document.action_open_journal()
        lines = self.env[action['res_model']].with_user(self.clerk).search(action['domain'])
        self.assertEqual(sorted(lines.mapped('event_type')), ['creation', 'registration'])
