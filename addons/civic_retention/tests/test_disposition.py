import base64
import io
from datetime import date

import openpyxl

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import TODAY, CivicRetentionCommon


@tagged('post_install', '-at_install')
class TestDisposition(CivicRetentionCommon):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # the rule of 2016 says ten years, so what ended in 2015 or before has expired
        cls.expired, cls.second = (cls._create_workfile(date(2014, 6, 5), closed=True) for _ in range(2))
        cls.recent = cls._create_workfile(date(2025, 6, 5), closed=True)
        cls.permanent = cls._create_workfile(date(2010, 6, 5), line=cls.line_permanent, closed=True)
        cls.waiting = cls._create_workfile(date(2010, 6, 5), line=cls.line_event, closed=True)

    def _list(self, case, file, **values):
        return self.env['civic.disposition.line'].with_user(self.archivist).create({
            'disposition_id': case.id, 'workfile_id': file.id, **values})

    # === candidates === #

    def test_the_system_lists_what_has_expired_and_nothing_else(self):
        held = self._create_workfile(date(2014, 6, 5), closed=True)
        self._create_hold(held)
        opened = self._create_workfile(date(2014, 6, 5))
        case = self._create_case(self.env['civic.workfile'])
        case.action_find_candidates()
        files = case.line_ids.workfile_id
        self.assertEqual(files & (self.expired | self.second | held | opened | self.recent | self.permanent | self.waiting),
                         self.expired | self.second)

    def test_permanent_held_open_recent_and_eventless_never_qualify(self):
        """Rules 38, 39 and 40."""
        held = self._create_workfile(date(2014, 6, 5), closed=True)
        self._create_hold(held)
        opened = self._create_workfile(date(2014, 6, 5))
        for file, words in ((self.permanent, "permanently"), (held, "held"), (opened, "not closed"), (self.recent, "has not expired"),
                            (self.waiting, "event")):
            for reason in ('expired', 'duplicate'):
                if file == self.recent and reason == 'duplicate':
                    continue                    # a duplicate may go before its time
                case = self._create_case(self.env['civic.workfile'])
                with self.subTest(words, reason=reason), self.assertRaisesRegex(UserError, words):
                    self._list(case, file, reason=reason)

    def test_a_listed_file_is_locked(self):
        case = self._create_case(self.expired)
        case.action_open_council()
        with self.assertRaisesRegex(UserError, "considered for destruction"):
            self.expired._check_may_change('place')
        other = self._create_case(self.expired | self.second)
        with self.assertRaisesRegex(UserError, "already on the list"):
            other.action_open_council()
        case._apply_reason('_cancel', "Nhầm")
        self.expired._check_may_change('place')
        other.action_open_council()

    # === council === #

    def test_rule_41_the_council_of_the_regime_of_2011(self):
        """VN-2019: chair, secretary-archivist and a member of the owning unit; VN-2025: chair and secretary."""
        for date_, role, refused in (('2025-06-30', 'owner', True), ('2025-07-01', 'owner', False), ('2025-07-01', 'secretary', True),
                                     ('2025-07-01', 'chair', True)):
            with self.subTest(date=date_, role=role):
                case = self._create_case(self.expired, date=date_)
                case.member_ids.filtered(lambda member, role=role: member.role == role).is_absent = True
                if refused:
                    with self.assertRaisesRegex(UserError, "cannot meet"):
                        case.action_open_council()
                else:
                    case.action_open_council()
                    case._apply_reason('_cancel', "Thử")

    def test_the_secretary_is_an_archivist_and_each_unit_has_its_member(self):
        case = self._create_case(self.expired)
        case.member_ids.filtered(lambda member: member.role == 'secretary').user_id = self.clerk
        with self.assertRaisesRegex(UserError, "archivist"):
            case.action_open_council()
        old = self._create_case(self._create_workfile(date(2014, 1, 5), closed=True, unit_id=self.unit_finance.id), date='2025-01-01')
        with self.assertRaisesRegex(UserError, "Phòng Tài chính"):
            old.action_open_council()

    def test_votes_of_strangers_absent_and_out_of_season_are_refused(self):
        case = self._create_case(self.expired)
        line = case.line_ids
        with self.assertRaisesRegex(UserError, "while it meets"):
            line.with_user(self.leader)._vote('destroy')
        case.member_ids.filtered(lambda member: member.role == 'owner').is_absent = True
        case.action_open_council()
        for user, words in ((self.manager, "Only members"), (self.records_admin, "Only members"), (self.unit_head, "absent")):
            with self.subTest(user.login), self.assertRaisesRegex(AccessError, words):
                line.with_user(user).action_vote_destroy()
        for user in (self.specialist, self.foreign_clerk):
            with self.subTest(user.login), self.assertRaises(AccessError):
                line.with_user(user).action_vote_destroy()
        with self.assertRaises(AccessError):
            self.env['civic.disposition.vote'].with_user(self.leader).create({
                'line_id': line.id, 'member_id': case.member_ids[0].id, 'choice': 'destroy'})
        self.assertFalse(line.vote_ids)

    def test_who_votes_as_proposed_is_told_on_how_much(self):
        case = self._create_case(self.expired | self.second)
        case.action_open_council()
        first, second = case.line_ids
        first.with_user(self.leader)._vote('keep')
        own = case.with_user(self.leader)
        self.assertIn("voted on 1 files", own.action_vote_all()['params']['message'])
        self.assertEqual((first.with_user(self.leader).my_vote, second.with_user(self.leader).my_vote), ("Keep", "Destroy"))
        self.assertIn("every file already", own.action_vote_all()['params']['message'])

    def test_majority_decides_a_tie_keeps_and_nobody_is_forgotten(self):
        case = self._create_case(self.expired | self.second)
        case.action_open_council()
        first, second = case.line_ids
        first.with_user(self.leader)._vote('destroy')
        case.meeting_date = TODAY
        with self.assertRaisesRegex(UserError, "has not voted on 1"):
            case.action_close_meeting()
        first.with_user(self.archivist)._vote('destroy')
        first.with_user(self.unit_head)._vote('keep', "Còn tranh chấp ranh giới")
        second.with_user(self.leader)._vote('destroy')
        second.with_user(self.archivist)._vote('keep', "Còn dùng")
        case.action_close_meeting()
        self.assertEqual((first.state, second.state), ('approved', 'kept'))

    def test_rule_45_dissent_stands_in_the_minutes(self):
        case = self._create_case(self.expired)
        case.action_open_council()
        self._vote(case, users=(self.leader, self.archivist))
        self.env['civic.disposition.vote.wizard'].with_user(self.unit_head).create({
            'line_ids': [(6, 0, case.line_ids.ids)], 'choice': 'keep', 'note': "Còn tranh chấp ranh giới"}).action_vote()
        case.meeting_date = TODAY
        case.action_close_meeting()
        form = self.env['civic.form.disposition_minutes'].with_user(self.archivist)
        [row] = form._iter_rows(form._prepare_options({'disposition_id': case.id}))
        self.assertEqual(row.values[1:4], (2, 1, 0))
        self.assertIn("Town unit_head: Keep (Còn tranh chấp ranh giới)", row.values[5])

    def test_every_paper_prints_in_both_regimes(self):
        for day in ('2025-01-01', TODAY):
            case = self._create_case(self._create_workfile(date(2013, 1, 5), closed=True), date=day)
            self._bring_to_opinion(case)
            for name in ('list', 'statement', 'minutes', 'handover', 'destruction'):
                for extension in ('pdf', 'docx', 'xlsx'):
                    with self.subTest(name=name, extension=extension):
                        output = io.BytesIO()
                        self.env[f'civic.form.disposition_{name}'].with_user(self.archivist)._print(
                            output, extension, {'disposition_id': case.id})
                        self.assertGreater(len(output.getvalue()), 1000)
        with self.assertRaises(AccessError):
            self.env['civic.form.disposition_list'].with_user(self.other_specialist)._print(
                io.BytesIO(), 'pdf', {'disposition_id': case.id})

    # === opinion and decision === #

    def test_rule_42_no_decision_before_the_opinion(self):
        case = self._create_case(self.expired)
        case.action_open_council()
        self._vote(case)
        with self.assertRaisesRegex(UserError, "which day the council met"):
            case.action_close_meeting()
        case.meeting_date = TODAY
        case.action_close_meeting()
        decision = self._create_decision()
        with self.assertRaisesRegex(UserError, "can no longer be changed"):
            case.decision_document_id = decision
        with self.assertRaisesRegex(UserError, "record the opinion"):
            case.with_user(self.leader).action_decide()
        with self.assertRaisesRegex(UserError, "Say who gave the opinion"):
            case.action_record_opinion()
        case.write({'opinion_by': "Lưu trữ", 'opinion_date': '2026-03-01', 'opinion_text': "Nhất trí"})
        with self.assertRaisesRegex(UserError, "earlier than the meeting"):
            case.action_record_opinion()
        case.opinion_date = TODAY
        case.action_record_opinion()
        with self.assertRaisesRegex(UserError, "Choose the outgoing document"):
            case.with_user(self.leader).action_decide()
        case.decision_document_id = self._create_document(direction='outgoing', code_notation='QĐ-UBND')
        with self.assertRaisesRegex(UserError, "no decision in force"):
            case.with_user(self.leader).action_decide()
        case.decision_document_id = decision
        for state in ('signed', 'recalled', 'cancelled'):
            decision.sudo()._write_by_system({'state': state})
            with self.subTest(state), self.assertRaisesRegex(UserError, "no decision in force"):
                case.with_user(self.leader).action_decide()
        decision.sudo()._write_by_system({'state': 'registered'})
        with self.assertRaises(AccessError):
            case.with_user(self.archivist).action_decide()
        case.with_user(self.leader).action_decide()
        self.assertRecordValues(case, [{
            'state': 'decided', 'decision_number': '77/QĐ-UBND', 'decision_date': date(2026, 3, 16),
            'destruction_due': date(2026, 3, 31)}])

    def test_the_decision_is_drafted_as_an_outgoing_document(self):
        case = self._create_case(self.expired)
        with self.assertRaisesRegex(UserError, "does not change any more"):
            case.action_draft_decision()
        self._bring_to_opinion(case)
        case.action_draft_decision()
        self.assertRecordValues(case.decision_document_id, [{
            'direction': 'outgoing', 'state': 'draft', 'type_id': self.type_decision.id, 'drafter_id': self.archivist.id}])

    def test_a_hold_after_the_votes_stops_the_decision(self):
        case = self._create_case(self.expired)
        self._bring_to_opinion(case)
        case.decision_document_id = self._create_decision()
        self._create_hold(self.expired)
        with self.assertRaisesRegex(UserError, "it is held"):
            case.with_user(self.leader).action_decide()

    def test_states_are_not_written_by_hand(self):
        case = self._create_case(self.expired)
        for values in ({'state': 'decided'}, {'decision_number': '1'}, {'keep_until': TODAY}, {'is_overdue': True}):
            with self.subTest(values), self.assertRaises(AccessError):
                case.write(values)
        with self.assertRaises(AccessError):
            case.line_ids.write({'state': 'approved'})
        case.action_open_council()
        with self.assertRaises(UserError):
            case.line_ids.write({'proposal': 'keep'})
        with self.assertRaises(UserError):
            case.unlink()

    # === the spreadsheet === #

    def _export(self, case):
        output = io.BytesIO()
        self.env['civic.form.disposition_sheet'].with_user(self.archivist)._print(output, 'xlsx', {'disposition_id': case.id})
        return openpyxl.load_workbook(output)

    def _import(self, case, book, **values):
        output = io.BytesIO()
        book.save(output)
        return self.env['civic.disposition.import'].with_user(self.archivist).create({
            'disposition_id': case.id, 'file': base64.b64encode(output.getvalue()), 'file_name': 'danh-muc.xlsx', **values})

    def _find_row(self, book, line):
        return next(row for row in book.active.iter_rows() if row[0].value == line.key)

    def test_the_spreadsheet_goes_out_and_comes_back(self):
        case = self._create_case(self.expired | self.second)
        first, second = case.line_ids
        book = self._export(case)
        row = self._find_row(book, first)
        row[7].value, row[11].value = "Keep", "Còn dùng"
        self._find_row(book, second)[6].value = "Duplicate"
        wizard = self._import(case, book)
        wizard.action_check()
        self.assertIn("2 lines would change, 0 were changed", wizard.result)
        self.assertEqual(first.proposal, 'destroy')
        wizard.action_apply()
        self.assertRecordValues(case.line_ids, [
            {'proposal': 'keep', 'note': "Còn dùng", 'reason': 'expired'}, {'proposal': 'destroy', 'note': False, 'reason': 'duplicate'}])
        case.sheet_ids.with_user(self.archivist).action_undo()
        self.assertRecordValues(case.line_ids, [
            {'proposal': 'destroy', 'note': False, 'reason': 'expired'}, {'proposal': 'destroy', 'note': False, 'reason': 'expired'}])
        with self.assertRaisesRegex(UserError, "undone already"):
            case.sheet_ids.with_user(self.archivist).action_undo()

    def test_conflicts_are_shown_and_left(self):
        case = self._create_case(self.expired | self.second)
        first, second = case.line_ids
        book = self._export(case)
        self._find_row(book, first)[11].value = "Từ bảng"
        self._find_row(book, second)[11].value = "Từ bảng"
        first.note = "Sửa ở đây"
        wizard = self._import(case, book)
        wizard.action_check()
        self.assertIn("1 lines would change, 1 were changed", wizard.result)
        self.assertIn("here “Sửa ở đây”, there “Từ bảng”", wizard.result)
        wizard.action_apply()
        self.assertEqual((first.note, second.note), ("Sửa ở đây", "Từ bảng"))
        second.note = "Sửa lại"
        notice = case.sheet_ids.with_user(self.archivist).action_undo()
        self.assertIn(second.workfile_id.display_name, notice['params']['message'])
        self.assertEqual(second.note, "Sửa lại")
        wizard = self._import(case, book, overwrites=True)
        wizard.action_apply()
        self.assertEqual(first.note, "Từ bảng")

    def test_a_bad_spreadsheet_is_told_row_by_row(self):
        case = self._create_case(self.expired | self.second)
        book = self._export(case)
        self._find_row(book, case.line_ids[0])[7].value = "Đốt"
        self._find_row(book, case.line_ids[1])[0].value = '00000000-0000-4000-8000-000000000000'
        wizard = self._import(case, book)
        wizard.action_check()
        self.assertIn("“Đốt” is unknown in the column “Proposed”", wizard.result)
        self.assertIn("names a line that is not on this list", wizard.result)
        with self.assertRaisesRegex(UserError, "Nothing in the spreadsheet"):
            wizard.action_apply()
        empty = openpyxl.Workbook()
        empty.active.append(['a', 'b'])
        with self.assertRaisesRegex(UserError, "No row has a key"):
            self._import(case, empty).action_check()
        wizard.file = base64.b64encode(b'%PDF-1.4')
        with self.assertRaisesRegex(UserError, "no spreadsheet"):
            wizard.action_check()
