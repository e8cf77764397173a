from datetime import timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, JsonRpcException, tagged
from odoo.tools import mute_logger

from odoo.addons.civic_document.tests.pdf import make_pdf

from .common import CivicIncomingCommon

SPECIFICATION = {'reference': {}, 'subject': {}, 'lock_label': {}, 'issuer_id': {'fields': {'display_name': {}}}}


class DeskCommon(CivicIncomingCommon):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.leases = cls.env['civic.document.lease']

    @classmethod
    def _create_pile(cls, count, **values):
        """Drafts in the order of the pile: the last one of the list comes first."""
        return cls.env['civic.document'].with_user(cls.clerk).create([
            cls._prepare_document(code_number=str(300 + number), **values) for number in range(count)])


@tagged('post_install', '-at_install')
class TestQueue(DeskCommon):

    def test_urgent_ones_come_first_then_the_own_list_then_the_pile(self):
        ordinary = self._create_pile(4)
        urgent = self._create_document(code_number='999', urgency='express', arrival_date='2025-03-04')
        documents = ordinary.with_user(self.clerk)
        self.assertEqual(documents[0]._lease_next(documents.ids), urgent)
        self.assertEqual(documents[0]._lease_next(documents.ids, [urgent.id]), documents[1])
        self.assertEqual(documents[3]._lease_next(documents.ids, [urgent.id]), documents[0])
        # nothing said of a list: the newest first
        self.assertEqual(self.env['civic.document'].with_user(self.clerk)._lease_next((), [urgent.id]), documents[3])

    def test_count_is_what_the_clerk_sees_in_one_query(self):
        self._create_pile(3)
        self._create_document(code_number='998', urgency='urgent')
        self._create_document(user=self.foreign_clerk, code_number='997')
        documents = self.env['civic.document'].with_user(self.clerk)
        documents.get_queue_count()
        self.env.flush_all()
        with self.assertQueryCount(1):
            count = documents.get_queue_count()
        self.assertEqual(count, {'total': 4, 'urgent': 1})

    def test_next_skips_what_a_colleague_has_open(self):
        first, second, third = self._create_pile(3).with_user(self.clerk)[::-1]
        first.with_user(self.second_clerk).desk_open()
        answer = self.env['civic.document'].with_user(self.clerk).desk_next(SPECIFICATION)
        self.assertEqual(answer['next']['id'], second.id)
        # what was read beforehand is held too: the colleague is not given the same one
        answer = first.with_user(self.second_clerk).desk_next(SPECIFICATION)
        self.assertEqual(answer['next']['id'], third.id)

    def test_lease_is_shown_to_the_others_and_ends_by_itself(self):
        document = self._create_document()
        with freeze_time('2026-03-03 08:00:00'):
            self.assertFalse(document.desk_open()['lock'])
            colleague = document.with_user(self.second_clerk)
            self.assertEqual(colleague.lock_label, f"{self.clerk.name} has it open")
            self.assertEqual(colleague.locked_by_id, self.clerk)
            self.assertFalse(document.lock_label)
            self.assertEqual(colleague.desk_open()['lock']['user'], self.clerk.name)
            with self.assertRaisesRegex(UserError, f"{self.clerk.name} has .* open"):
                colleague.action_register()
        with freeze_time('2026-03-03 08:03:00'):
            colleague.invalidate_recordset()
            self.assertFalse(colleague.lock_label)
            self.assertTrue(colleague.desk_open()['is_mine'])
            self.assertEqual(document.with_user(self.clerk).desk_open()['lock']['user'], self.second_clerk.name)

    def test_renewing_keeps_since_when_it_is_open(self):
        document = self._create_document()
        with freeze_time('2026-03-03 08:00:00'):
            document.desk_open()
        with freeze_time('2026-03-03 08:01:30'):
            document.desk_open()
        with freeze_time('2026-03-03 08:03:00'):
            colleague = document.with_user(self.second_clerk)
            self.assertEqual(colleague.locked_at, fields.Datetime.to_datetime('2026-03-03 08:00:00'))

    def test_taking_over_tells_the_colleague(self):
        document = self._create_document()
        document.desk_open()
        document.with_user(self.second_clerk).desk_take_over()
        self.assertEqual(document.with_user(self.clerk).desk_open()['lock']['user'], self.second_clerk.name)
        values = self.env.cr.precommit.data['bus.bus.values']
        self.assertIn('civic_desk_taken', values[-1]['message'])
        document.with_user(self.second_clerk).action_register()
        self.assertEqual(document.state, 'registered')

    def test_release_ends_only_ones_own_lease(self):
        document = self._create_document()
        document.desk_open()
        document.with_user(self.second_clerk).desk_release()
        self.assertEqual(document.with_user(self.second_clerk).locked_by_id, self.clerk)
        document.desk_release()
        document.invalidate_recordset()
        self.assertFalse(document.locked_by_id)

    def test_register_and_next_in_one_call(self):
        first, second = self._create_pile(2).with_user(self.clerk)[::-1]
        first.desk_open()
        answer = first.desk_register({'subject': "Nội dung vừa nhập"}, SPECIFICATION)
        self.assertEqual((answer['ok'], answer['number']), (True, first.register_label))
        self.assertRecordValues(first, [{'state': 'registered', 'subject': "Nội dung vừa nhập"}])
        self.assertEqual(answer['next']['id'], second.id)
        self.assertEqual(answer['next']['values']['reference'], second.reference)
        self.assertEqual(answer['queue'], {'total': 1, 'urgent': 0})
        self.assertEqual(self.leases._get_holders(first | second), {second.id: (self.clerk.id, second.locked_at)})
        # the browser has the next one already: it is not read again
        third = self._create_document(code_number='600')
        answer = second.desk_register({}, SPECIFICATION, next_id=third.id)
        self.assertEqual(answer['next'], {'id': third.id, 'values': False, 'findings': []})
        self.assertFalse(third.desk_register({}, SPECIFICATION)['next'])

    def test_next_that_was_lost_meanwhile_is_replaced(self):
        first, second, third = self._create_pile(3).with_user(self.clerk)[::-1]
        second.with_user(self.second_clerk).desk_take_over()
        answer = first.desk_register({}, SPECIFICATION, next_id=second.id)
        self.assertEqual(answer['next']['id'], third.id)
        self.assertTrue(answer['next']['values'])

    def test_refusal_names_the_fields_and_writes_nothing(self):
        document = self._create_document(subject=False, issuer_id=False)
        answer = document.desk_register({'signer_name': "Người ký mới"}, SPECIFICATION)
        self.assertFalse(answer['ok'])
        self.assertEqual(answer['fields'], ['issuer_id', 'subject'])
        self.assertIn("Subject", answer['message'])
        self.assertRecordValues(document, [{'state': 'draft', 'signer_name': "Trần Thị Bính", 'register_number': 0}])
        answer = document.desk_register({'subject': "Có", 'issuer_name': "Công ty A", 'paper_original': False}, SPECIFICATION)
        self.assertEqual(answer['fields'], ['paper_original'])
        answer = document.desk_register(
            {'subject': "Có", 'issuer_name': "Công ty A", 'issue_date': '2025-04-01'}, SPECIFICATION)
        self.assertEqual((answer['ok'], answer['fields']), (False, []))
        self.assertIn("issued", answer['message'])
        self.assertEqual(document.state, 'draft')

    def test_returning_gives_the_next_one(self):
        first, second = self._create_pile(2).with_user(self.clerk)[::-1]
        answer = first.desk_return("Gửi nhầm địa chỉ", SPECIFICATION)
        self.assertEqual(answer['next']['id'], second.id)
        self.assertRecordValues(first, [{'state': 'returned', 'return_reason': "Gửi nhầm địa chỉ"}])
        with self.assertRaisesRegex(UserError, "reason"):
            second.desk_return("  ", SPECIFICATION)

    def test_steps_of_the_desk_take_few_queries_whatever_the_pile(self):
        def step():
            documents = self.env['civic.document'].with_user(self.clerk)
            self.leases.search([]).unlink()
            return self._count_statements(lambda: documents.desk_next(SPECIFICATION))
        self._create_pile(3)
        step()
        few = step()
        self._create_pile(40)
        self.assertEqual(step(), few)
        self.assertLessEqual(few, 25)


@tagged('post_install', '-at_install')
class TestLeaseRace(DeskCommon):
    """Two clerks at the same draft in two transactions: one has it, the other gets nothing, and nobody an error."""

    def _take(self, cr, user, document_id):
        env = self.env(cr=cr, user=user.id)
        return env['civic.document.lease']._take(env['civic.document'].browse(document_id)).ids

    def test_only_one_of_two_transactions_gets_the_lease(self):
        with self.registry.cursor() as setup:
            env = self.env(cr=setup, user=1)
            company = env['res.company'].search([], limit=1)
            document = env['civic.document'].create({
                'direction': 'incoming', 'subject': "Đua giành khóa", 'company_id': company.id})
            users = env['res.users'].search([('share', '=', False)], limit=1) | env.ref('base.user_root')
            document_id = document.id
            first_user, second_user = users[0], users[-1]
            self.assertNotEqual(first_user, second_user)
            setup.commit()
        try:
            with self.registry.cursor() as first, self.registry.cursor() as second:
                # both see the pile as it was before
                second.execute("SELECT count(*) FROM civic_document_lease")
                self.assertEqual(self._take(first, first_user, document_id), [document_id])
                first.commit()
                self.assertEqual(self._take(second, second_user, document_id), [])
                # and the transaction of the loser goes on
                second.execute("SELECT 1")
                self.assertEqual(second.fetchone(), (1,))
                second.commit()
                # renewed in one window while another one of the same clerk looks on
                second.execute("SELECT count(*) FROM civic_document_lease")
                self.assertEqual(self._take(first, first_user, document_id), [document_id])
                first.commit()
                self.assertEqual(self._take(second, first_user, document_id), [])
                second.rollback()
                # saving and registering touch another row: they never collide with the lease
                second.execute("SELECT count(*) FROM civic_document")
                self._take(first, first_user, document_id)
                first.commit()
                second.execute("UPDATE civic_document SET subject = 'Đã sửa' WHERE id = %s", (document_id,))
                second.commit()
        finally:
            with self.registry.cursor() as cleanup:
                cleanup.execute("DELETE FROM civic_document_lease WHERE document_id = %s", (document_id,))
                cleanup.execute("DELETE FROM civic_document_text WHERE document_id = %s", (document_id,))
                cleanup.execute("DELETE FROM civic_document WHERE id = %s", (document_id,))
                cleanup.commit()


@tagged('post_install', '-at_install')
class TestGuards(DeskCommon):

    def _check(self, **values):
        return self.env['civic.document'].with_user(self.clerk).check_guards({
            'reference': "123/QĐ-BNV", 'issuer_id': self.ministry.id, **values})

    def _get_codes(self, **values):
        return [finding['code'] for finding in self._check(**values)]

    def test_all_three_equal_is_a_duplicate_two_are_not(self):
        """Decree 30/2020, Annex VI, III.1.h."""
        twin = self._create_registered()
        [finding] = self._check()
        self.assertEqual((finding['code'], finding['document_id'], finding['field']), ('duplicate', twin.id, 'reference'))
        self.assertIn("arrival number", finding['message'])
        self.assertEqual(self._get_codes(reference="0123/qd-bnv"), ['duplicate'])
        for values in (
            {'reference': "123/QĐ-UBND"}, {'reference': "124/QĐ-BNV"}, {'issuer_id': self.agency.partner_id.id},
            {'issuer_id': False}, {'reference': "123"}, {'reference': False},
        ):
            with self.subTest(values):
                self.assertFalse(self._check(**values))
        twin._cancel("Nhập thử")
        self.assertFalse(self._check())

    def test_issuer_as_written_counts_like_a_known_one(self):
        self._create_registered(issuer_id=False, issuer_name="Công ty Sông Xanh")
        self.assertEqual(self._get_codes(issuer_id=False, issuer_name=" công ty sông xanh "), ['duplicate'])

    def test_same_file(self):
        data = make_pdf("CUNG MOT TEP")
        documents = self.env['civic.document'].with_user(self.clerk)
        values = {'direction': 'incoming', 'company_id': self.agency.id}
        first = documents._capture('a.pdf', data, **values)
        second = documents._capture('b.pdf', data, **values)
        found = self._check(id=second.id, reference=False)
        self.assertEqual(
            [(finding['code'], finding['document_id']) for finding in found if finding['code'] != 'signature'],
            [('same_file', first.id)])

    def test_nearly_the_same_subject_within_days(self):
        subject = "Về việc triển khai Kế hoạch chuyển đổi số năm 2025 trên địa bàn Thành phố"
        twin = self._create_registered(subject=subject, issue_date='2025-03-03')
        typed = {'reference': False, 'subject': "V/v trien khai ke hoach chuyen doi so nam 2025 trên địa bàn thanh phố",
                 'issue_date': '2025-03-05'}
        [finding] = self._check(**typed)
        self.assertEqual((finding['code'], finding['document_id'], finding['level']), ('similar', twin.id, 'warning'))
        for values in (
            {**typed, 'issue_date': '2025-03-25'}, {**typed, 'issue_date': False},
            {**typed, 'subject': "Báo cáo tình hình tài chính quý I của các đơn vị trực thuộc"},
            {**typed, 'subject': "Mời họp"}, {**typed, 'id': twin.id}, {**typed, 'issuer_id': self.agency.partner_id.id},
            # letters of a series differ by their figures alone
            {**typed, 'subject': typed['subject'].replace('2025', '2026')},
        ):
            with self.subTest(values):
                self.assertFalse(self._check(**values))

    def test_similar_subjects_are_found_by_the_index(self):
        documents = self.env['civic.document'].with_user(self.clerk)
        self._create_pile(300, issue_date='2025-03-03', subject="Về việc triển khai Kế hoạch chuyển đổi số năm 2025")
        self.env.flush_all()
        self.env.cr.execute("ANALYZE civic_document")
        self.env.cr.execute("SET LOCAL enable_seqscan = off")
        queries = []
        cursor = type(self.env.cr)

        def execute(cr, query, params=None, log_exceptions=True):
            queries.append(cr.mogrify(query, params).decode() if not hasattr(query, 'code') else cr.mogrify(
                query.code, query.params).decode())
            return original(cr, query, params, log_exceptions)
        original = cursor.execute
        self.patch(cursor, 'execute', execute)
        found = documents._guard_subject(documents, {
            'subject': "Triển khai kế hoạch chuyển đổi số năm 2025", 'issue_date': '2025-03-04'})
        self.assertEqual(len(found), 5)
        [query] = [query for query in queries if 'similarity' in query]
        self.patch(cursor, 'execute', original)
        self.env.cr.execute('EXPLAIN ' + query)
        plan = '\n'.join(row[0] for row in self.env.cr.fetchall())
        self.assertIn('subject_idx', plan)

    def test_wrong_addressee(self):
        documents = self.env['civic.document'].with_user(self.clerk)
        for index, (line, expected) in enumerate((
            ("Kính gửi: UBND TP Hoa Phượng", []),
            ("Kính gửi: Ủy ban nhân dân Thành phố Hoa Phượng.", []),
            ("Kính gửi: Các sở, ban, ngành Thành phố", []),
            ("Kính gửi: Ủy ban nhân dân tỉnh Đồng Xanh.", ['addressee']),
            ("Kính gửi:\n- Sở Tài chính;\n- Sở Nội vụ.", ['addressee']),
            ("Không có nơi gửi", []),
        )):
            with self.subTest(line):
                document = documents.create({'direction': 'incoming', 'company_id': self.agency.id})
                self.env['civic.document.text'].sudo()._append_body(
                    document, f"BỘ NỘI VỤ\nSố: {index}/BNV-VP\n{line}\nThực hiện kế hoạch")
                self.assertEqual(self._get_codes(id=document.id, reference=False), expected)

    def test_signature(self):
        document = self._create_document(paper_original=False, code_number='55')
        self.assertEqual(document.signature_state, 'unknown')
        for state, level in (
            ('unknown', None), ('valid', None), ('none', 'warning'), ('warning', 'warning'), ('failed', 'warning'),
            ('invalid', 'danger'),
        ):
            document._write_by_system({'signature_state': state})
            found = self._check(id=document.id, reference=False)
            self.assertEqual([finding['level'] for finding in found], [level] if level else [])
        with self.assertRaises(AccessError):
            document.write({'signature_state': 'valid'})

    def test_a_document_whose_signature_is_not_valid_can_only_be_returned(self):
        """Rule 44 (Art. 21.2): refused, and returned with a reason; the paper original is another matter."""
        document = self._create_document(paper_original=False, code_number='56')
        document._attach_content('a.pdf', make_pdf("VAN BAN"), 'original')
        document._write_by_system({'signature_state': 'invalid'})
        with self.assertRaisesRegex(UserError, "return it to the sender"):
            document.action_register()
        self.assertRecordValues(document, [{'state': 'draft', 'register_number': 0}])
        document._return_to_sender("Chữ ký số không hợp lệ")
        self.assertEqual(document.state, 'returned')
        paper = self._create_document(code_number='57')
        paper._write_by_system({'signature_state': 'invalid'})
        paper._register_documents()
        self.assertEqual(paper.state, 'registered')

    def test_a_warning_never_blocks(self):
        self._create_registered()
        twin = self._create_document()
        self.assertEqual(self._get_codes(id=twin.id), ['duplicate', 'similar'][:1])
        self.assertTrue(twin.desk_register({}, SPECIFICATION)['ok'])

    def test_checking_takes_few_queries(self):
        self._create_pile(30, subject="Về việc triển khai Kế hoạch chuyển đổi số năm 2025")
        document = self._create_document(code_number='700')
        self.env.flush_all()
        values = {'id': document.id, 'subject': "Triển khai kế hoạch chuyển đổi số năm 2025", 'issue_date': '2025-03-03'}
        self._check(**values)
        self.env.invalidate_all()
        before = self.cr.sql_log_count
        self.assertTrue(self._check(**values))
        self.assertLessEqual(self.cr.sql_log_count - before, 12)

    def test_only_clerks_ask(self):
        for role in ('specialist', 'unit_head', 'leader', 'archivist', 'manager', 'records_admin'):
            documents = self.env['civic.document'].with_user(self.users[role])
            for method, args in (
                ('check_guards', [{}]), ('parse_pasted_text', ["1/QĐ"]), ('parse_picked_text', ['subject', "a"]),
            ):
                with self.subTest(role=role, method=method), self.assertRaises(AccessError):
                    getattr(documents, method)(*args)

    def test_documents_of_others_are_not_told(self):
        hidden = self._create_registered(access_level='restricted', user_ids=self.leader.ids, user=self.second_clerk)
        self.assertEqual(hidden.code_number, '123')
        self.assertFalse(self._check())


@tagged('post_install', '-at_install')
class TestSameDocument(DeskCommon):

    def test_draft_is_discarded_and_brought_back(self):
        kept = self._create_registered()
        draft = self._create_document()
        following = self._create_document(code_number='400')
        answer = draft.desk_discard(kept.id, "", SPECIFICATION)
        self.assertEqual(answer['next']['id'], following.id)
        self.assertRecordValues(draft, [{'state': 'cancelled', 'duplicate_of_id': kept.id, 'register_number': 0}])
        self.assertIn("same document", draft.cancel_reason)
        # both keep their own journal, and each names the other
        self.assertIn('creation', self._get_events(draft))
        self.assertIn('cancellation', self._get_events(draft))
        self.assertEqual(self._get_events(kept)[-1], 'modification')
        draft.invalidate_recordset()
        self.assertTrue(draft.can_undo_discard)
        draft.action_undo_discard()
        self.assertRecordValues(draft, [{
            'state': 'draft', 'duplicate_of_id': False, 'cancel_reason': False, 'cancelled_by_id': False}])
        self.assertEqual(self._get_events(draft)[-1], 'withdrawal')
        draft.desk_register({}, SPECIFICATION)
        self.assertEqual(draft.state, 'registered')

    def test_cancelled_documents_do_not_come_back(self):
        for document in (self._create_registered(), self._create_document(code_number='9')):
            document._cancel("Nhập nhầm")
            with self.assertRaises(UserError):
                document.action_undo_discard()
            self.assertEqual(document.state, 'cancelled')

    def test_only_a_draft_and_only_for_another_of_the_agency(self):
        kept = self._create_registered()
        draft = self._create_document()
        foreign = self._create_document(user=self.foreign_clerk)
        outgoing = self._create_document(direction='outgoing', arrival_date=False)
        for document, other in ((draft, draft), (kept, draft), (draft, outgoing)):
            with self.assertRaises(UserError):
                document._discard_as_duplicate(other, "")
        with self.assertRaises(AccessError):
            draft._discard_as_duplicate(foreign.with_user(self.clerk), "")
        with self.assertRaises(AccessError):
            draft.with_user(self.specialist).desk_discard(kept.id, "", SPECIFICATION)
        self.assertEqual(draft.state, 'draft')


@tagged('post_install', '-at_install')
class TestFillIn(DeskCommon):

    def test_what_is_pasted_fills_the_form(self):
        values = self.env['civic.document'].with_user(self.clerk).parse_pasted_text(
            "Quyết định số 45/QĐ-BNV ngày 5/3/2025 của Bộ Nội vụ về việc công nhận kết quả")
        self.assertEqual(values, {
            'reference': "45/QĐ-BNV",
            'issue_date': '2025-03-05',
            'issuer_id': {'id': self.ministry.id, 'display_name': self.ministry.display_name},
            'type_id': {'id': self.type_decision.id, 'display_name': self.type_decision.display_name},
            'subject': "công nhận kết quả",
        })

    def test_type_follows_from_the_notation(self):
        documents = self.env['civic.document'].with_user(self.clerk)
        self.assertEqual(documents.parse_pasted_text("4292/KH-UBND")['type_id']['id'], self.type_plan.id)
        self.assertFalse(documents.parse_pasted_text("không có gì"))

    def test_words_picked_on_the_page_are_read_by_field(self):
        documents = self.env['civic.document'].with_user(self.clerk)
        for name, text, expected in (
            ('issue_date', "Hà Nội, ngày 05 tháng 3 năm 2025", {'issue_date': '2025-03-05'}),
            ('issue_date', "không có ngày", {}),
            ('reference', "Số: 45/QĐ-BNV", {'reference': "45/QĐ-BNV"}),
            ('subject', " Về  việc\nABC ", {'subject': "Về việc ABC"}),
            ('issuer_id', "BỘ NỘI VỤ", {'issuer_id': {'id': self.ministry.id, 'display_name': self.ministry.display_name}}),
            ('issuer_id', "CÔNG TY SÔNG XANH", {'issuer_id': False, 'issuer_name': "CÔNG TY SÔNG XANH"}),
            ('type_id', "QUYẾT ĐỊNH", {'type_id': {
                'id': self.type_decision.id, 'display_name': self.type_decision.display_name}}),
            ('urgency', "HỎA TỐC", {'urgency': 'express'}),
            ('page_count', "05 trang", {'page_count': 5}),
            ('no_such_field', "a", {}),
        ):
            with self.subTest(name=name, text=text):
                self.assertEqual(documents.parse_picked_text(name, text), expected)

    def test_entry_models_are_private_unless_shared(self):
        models = self.env['civic.entry.model'].with_user(self.clerk)
        models.save_entry_model("Công văn Bộ", {'issuer_id': self.ministry.id, 'access_level': 'unit'}, shortcut=1)
        [mine] = models.get_entry_models()
        self.assertEqual(mine['values']['issuer_id'], {'id': self.ministry.id, 'display_name': self.ministry.display_name})
        colleague = self.env['civic.entry.model'].with_user(self.second_clerk)
        self.assertEqual(colleague.get_entry_models(), [])
        own = models.browse(mine['id'])
        with self.assertRaises(AccessError):
            own.with_user(self.second_clerk).read(['values'])
        models.save_entry_model("Công văn Bộ", {'issuer_id': self.ministry.id}, shortcut=1, is_shared=True)
        [shared] = colleague.get_entry_models()
        self.assertEqual((shared['name'], shared['is_own']), ("Công văn Bộ", False))
        for act in (lambda: own.with_user(self.second_clerk).write({'name': "x"}), lambda: own.with_user(self.second_clerk).unlink()):
            with self.assertRaises(AccessError):
                act()
        self.assertFalse(self.env['civic.entry.model'].with_user(self.foreign_clerk).get_entry_models())
        for role in ('specialist', 'leader', 'manager', 'records_admin'):
            with self.subTest(role=role), self.assertRaises(AccessError):
                self.env['civic.entry.model'].with_user(self.users[role]).get_entry_models()

    def test_a_model_of_the_same_key_gives_it_up(self):
        models = self.env['civic.entry.model'].with_user(self.clerk)
        models.save_entry_model("Một", {'urgency': 'urgent'}, shortcut=2)
        answer = models.save_entry_model("Hai", {'urgency': 'express'}, shortcut=2)
        self.assertEqual({model['name']: model['shortcut'] for model in answer}, {"Một": 0, "Hai": 2})

    def test_a_model_holds_only_what_may_repeat(self):
        models = self.env['civic.entry.model'].with_user(self.clerk)
        for values in (
            {'state': 'registered'}, {'register_number': 1}, {'reference': "1/QĐ"}, {'issuer_id': "x"},
            {'subject': "a" * 3000}, {'unit_ids': ["x"]}, {'subject': ["x"]},
        ):
            with self.subTest(values), self.assertRaises(UserError):
                models.save_entry_model("Sai", values)
        with self.assertRaises(UserError):
            models.save_entry_model(" ", {})
        with self.assertRaises(UserError):
            models.create({'name': "Của người khác", 'user_id': self.second_clerk.id, 'values': {}})

    def test_state_secrets_stay_out_of_models(self):
        with self.assertRaises(UserError):
            self.env['civic.entry.model'].with_user(self.clerk).save_entry_model("Mẫu", {'subject': "TUYỆT MẬT"})

    def test_carried_fields_are_the_users_own_choice(self):
        settings = self.env['res.users.settings'].with_user(self.clerk)._find_or_create_for_user(self.clerk)
        settings.with_user(self.clerk).set_res_users_settings({'civic_carry_fields': 'issuer_id,type_id'})
        self.assertEqual(settings.civic_carry_fields, 'issuer_id,type_id')
        with self.assertRaises(UserError):
            settings.with_user(self.clerk).set_res_users_settings({'civic_carry_fields': 'state'})

    def test_reasons_for_return(self):
        reasons = self.env['civic.return.reason'].with_user(self.clerk)
        self.assertGreaterEqual(reasons.search_count([('company_id', '=', False)]), 4)
        own = reasons.create({'name': "Thiếu phụ lục"})
        self.assertEqual(own.company_id, self.agency)
        self.assertFalse(self.env['civic.return.reason'].with_user(self.foreign_clerk).search([('id', '=', own.id)]))
        with self.assertRaises(AccessError):
            reasons.search([('company_id', '=', False)], limit=1).write({'name': "x"})
        with self.assertRaises(AccessError):
            self.env['civic.return.reason'].with_user(self.specialist).search([])


@tagged('post_install', '-at_install')
class TestDeskRpc(DeskCommon, HttpCase):

    def _call(self, user, method, *args, **kwargs):
        self.authenticate(user.login, user.login)
        return self.make_jsonrpc_request(f'/web/dataset/call_kw/civic.document/{method}', {
            'model': 'civic.document', 'method': method, 'args': list(args), 'kwargs': kwargs})

    def test_desk_is_for_clerks_of_the_agency(self):
        document = self._create_document()
        for user in (self.specialist, self.leader, self.manager, self.archivist, self.records_admin, self.foreign_clerk):
            for method, args in (
                ('desk_open', []), ('desk_next', [SPECIFICATION]), ('desk_register', [{}, SPECIFICATION]),
                ('desk_return', ["Lý do", SPECIFICATION]), ('desk_release', []), ('desk_take_over', []),
                ('desk_discard', [document.id, "", SPECIFICATION]), ('action_undo_discard', []),
            ):
                with (
                    self.subTest(user=user.login, method=method),
                    mute_logger('odoo.http'),
                    self.assertRaisesRegex(JsonRpcException, "AccessError|UserError"),
                ):
                    self._call(user, method, document.ids, *args)
        self.assertEqual(document.state, 'draft')
        self.assertFalse(self.leases.search([]))

    def test_leases_have_no_door_of_their_own(self):
        document = self._create_document()
        document.desk_open()
        for method, args in (
            ('search_read', [[]]), ('write', [[1], {'user_id': self.second_clerk.id}]), ('unlink', [[1]]),
            ('create', [{'document_id': document.id, 'user_id': self.second_clerk.id}]),
        ):
            self.authenticate(self.second_clerk.login, self.second_clerk.login)
            with self.subTest(method), mute_logger('odoo.http'), self.assertRaisesRegex(JsonRpcException, "AccessError"):
                self.make_jsonrpc_request(f'/web/dataset/call_kw/civic.document.lease/{method}', {
                    'model': 'civic.document.lease', 'method': method, 'args': args, 'kwargs': {}})

    def test_a_clerk_works_through_the_pile(self):
        documents = self._create_pile(3)
        answer = self._call(self.clerk, 'desk_next', [], SPECIFICATION)
        numbers = []
        for _document in documents:
            answer = self._call(self.clerk, 'desk_register', [answer['next']['id']], {}, SPECIFICATION)
            numbers.append(int(answer['number']))
        self.assertFalse(answer['next'])
        self.assertEqual(numbers, list(range(numbers[0], numbers[0] + 3)))
        self.assertEqual(answer['queue'], {'total': 0, 'urgent': 0})
        self.assertGreater(fields.Datetime.now() + timedelta(seconds=1), documents[0].registered_at)
