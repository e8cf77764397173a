import contextlib
import os
from datetime import date
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..models.civic_disposition_erase import CivicDispositionLine, erase
from .common import TODAY, CivicRetentionCommon


@tagged('post_install', '-at_install')
class TestDestruction(CivicRetentionCommon):

    def setUp(self):
        """Anew for each test: no roll-back brings bytes back that were overwritten."""
        super().setUp()
        self.file = self._create_filled(date(2014, 6, 5), count=2)
        self.papers = self.file.entry_ids.document_id
        self.attachment_ids = self.papers.content_ids.attachment_id.ids
        self.paths = [content._get_path() for content in self.papers.content_ids]

    def _find(self, words):
        return self.env['civic.document'].search([('search_text', 'ilike', words)])

    def test_rule_44_content_is_gone_and_the_stub_stays(self):
        subjects = self.papers.mapped('subject')
        self.assertTrue(all(map(os.path.exists, self.paths)))
        self.assertTrue(self._find("noi dung bi mat") & self.papers)
        case = self._create_case(self.file)
        self._destroy(case)
        self.assertEqual((case.state, case.gone_count, case.progress), ('done', 1, 100.0))
        # gone: rows, bytes, words
        self.assertFalse(self.papers.content_ids)
        self.assertFalse(any(map(os.path.exists, self.paths)))
        self.assertFalse(self.env['ir.attachment'].search([('id', 'in', self.attachment_ids)]))
        self.assertFalse(self._find("noi dung bi mat") & self.papers)
        self.env.cr.execute("SELECT body FROM civic_document_text WHERE document_id = ANY(%s)", [self.papers.ids])
        self.assertEqual([body for [body] in self.env.cr.fetchall() if body], [])
        # there: number, dates, subject, decision; found by its metadata
        self.assertEqual(self.papers.mapped('subject'), subjects)
        self.assertEqual(set(self.papers.mapped('state')), {'destroyed'})
        self.assertEqual(set(self.papers.mapped('destruction_number')), {'77/QĐ-UBND'})
        self.assertTrue(all(self.papers.mapped('register_number')))
        self.assertEqual(self._find(subjects[0]) & self.papers[:1], self.papers[:1])
        self.assertRecordValues(self.file, [{'state': 'destroyed', 'destruction_number': '77/QĐ-UBND', 'doc_count': 2}])
        self.assertTrue(self.file.code)
        # the proof
        self.assertEqual(set(case.destroyed_content_ids.mapped('state')), {'erased'})
        self.assertEqual(len(case.destroyed_content_ids), 2)
        self.assertEqual(case.keep_until, date(2046, 12, 31))
        events = self.env['civic.journal.entry'].search([('res_model', '=', 'civic.workfile'), ('res_id', '=', self.file.id)])
        self.assertIn('deletion', events.mapped('event_type'))
        with self.assertRaisesRegex(UserError, "at least 20 years"):
            case.unlink()
        with self.assertRaises(UserError):
            case.destroyed_content_ids.sudo().unlink()
        with self.assertRaises(AccessError):
            case.destroyed_content_ids.with_user(self.archivist).write({'state': 'pending'})

    def test_a_stub_never_changes_and_its_code_is_never_reissued(self):
        """Rule 6."""
        case = self._create_case(self.file)
        self._destroy(case)
        with self.assertRaises(UserError):
            self.papers[0].with_user(self.clerk).write({'subject': "Khác"})
        with self.assertRaises(UserError):
            self.papers[0].with_user(self.clerk)._attach_content('x.txt', b'them', 'appendix')
        with self.assertRaises(UserError):
            self.file.sudo().write({'title': "Khác"})
        with self.assertRaises(UserError):
            self.file.sudo().unlink()

    def test_bytes_that_another_record_uses_stay(self):
        twin = self._create_document(paper_original=False, code_number='9999', access_level='agency')
        twin.sudo()._attach_content('ban-sao.pdf', self.papers[0].sudo().content_ids.attachment_id.raw)
        case = self._create_case(self.file)
        self._destroy(case)
        self.assertEqual(sorted(case.destroyed_content_ids.mapped('state')), ['erased', 'shared'])
        self.assertTrue(os.path.exists(twin.content_ids._get_path()))
        self.assertFalse(twin.content_ids._verify_digest())

    def test_a_document_that_lies_in_a_living_file_stays(self):
        living = self._create_workfile(date(2025, 6, 5))
        self._put(living, self.papers[0])
        case = self._create_case(self.file)
        self._destroy(case)
        self.assertEqual(self.papers[0].state, 'registered')
        self.assertTrue(self.papers[0].content_ids)
        self.assertEqual(self.papers[1].state, 'destroyed')

    def test_a_hold_that_comes_at_the_last_moment_saves_the_file(self):
        other = self._create_filled(date(2014, 6, 5))
        case = self._create_case(self.file | other)
        self._decide(case)
        case.write({'destroyer_name': "Kho", 'destruction_place': "Kho"})
        case.action_destroy()
        hold = self._create_hold(self.file)
        case._job_destroy()
        self.assertEqual((self.file.state, other.state, case.state), ('closed', 'destroyed', 'destroying'))
        line = case.line_ids.filtered(lambda line: line.workfile_id == self.file)
        self.assertIn("held", line.problem)
        self.assertTrue(all(map(os.path.exists, self.paths)))
        hold._apply_reason('_release', "Xong")
        case._job_destroy()
        self.assertEqual((self.file.state, case.state), ('destroyed', 'done'))

    def test_interrupted_half_way_it_goes_on_and_knows_what_is_gone(self):
        other = self._create_filled(date(2014, 6, 5))
        other_path = other.entry_ids.document_id.content_ids._get_path()
        case = self._create_case(self.file | other)
        self._decide(case)
        case.write({'destroyer_name': "Kho", 'destruction_place': "Kho"})
        case.action_destroy()

        def fail(line):
            raise SystemExit
        with patch.object(CivicDispositionLine, '_erase_bytes', fail), contextlib.suppress(SystemExit):
            case._job_destroy()         # no assertRaises here: it would roll back what a kill leaves
        case.invalidate_recordset()
        self.assertEqual(sorted(case.line_ids.mapped('state')), ['approved', 'erasing'])
        self.assertEqual(set(case.destroyed_content_ids.mapped('state')), {'pending'})
        self.assertTrue(all(map(os.path.exists, [*self.paths, other_path])))
        case._job_destroy()
        self.assertEqual(set(case.line_ids.mapped('state')), {'destroyed'})
        self.assertEqual(len(case.destroyed_content_ids.filtered(lambda content: content.state == 'erased')), 3)
        self.assertFalse(any(map(os.path.exists, [*self.paths, other_path])))

    def test_rule_43_late_minutes_are_recorded(self):
        """VN-2025: within 15 days after the decision."""
        case = self._create_case(self.file)
        self._destroy(case)
        self.assertFalse(case.is_overdue)
        case.minutes_date = '2026-03-31'
        self.assertFalse(case.is_overdue)
        case.minutes_date = '2026-04-01'
        self.assertTrue(case.is_overdue)

    def test_who_may_destroy_and_when(self):
        case = self._create_case(self.file)
        with self.assertRaisesRegex(UserError, "First"):
            case.action_destroy()
        self._decide(case)
        with self.assertRaisesRegex(UserError, "who destroys"):
            case.action_destroy()
        case.write({'destroyer_name': "Kho", 'destruction_place': "Kho"})
        for user in (self.leader, self.unit_head, self.manager):
            with self.subTest(user.login), self.assertRaises(AccessError):
                case.with_user(user).action_destroy()
        decision = case.decision_document_id.sudo()
        decision._write_by_system({'state': 'recalled'})
        with self.assertRaisesRegex(UserError, "no decision in force"):
            case.action_destroy()
        self.assertEqual(case.state, 'decided')

    def test_context_keys_open_nothing(self):
        content = self.papers[0].content_ids
        for key in ('civic_destroy_token', 'civic_content_token', 'civic_disposition_token', 'civic_workfile_token'):
            with self.subTest(key), self.assertRaises(UserError):
                content.sudo().with_context(**{key: True}).unlink()

    def test_overwritten_before_it_is_unlinked(self):
        path, other = (os.path.join(self.env['ir.attachment']._filestore(), name) for name in ('civic-erase-test', 'civic-erase-link'))
        with open(path, 'wb') as stream:
            stream.write(b'bi mat' * 1000)
        os.chmod(path, 0o400)
        os.link(path, other)
        self.addCleanup(os.unlink, other)
        erase(path)
        self.assertFalse(os.path.exists(path))
        with open(other, 'rb') as stream:
            self.assertEqual(stream.read(), b'\0' * 6000)
        erase(path)                             # once more does no harm

    def test_the_case_is_a_file_of_its_own_that_is_kept_twenty_years(self):
        """Archives law, Article 28: its papers lie in it, from the list to the minutes of the destruction."""
        case = self._create_case(self._create_filled(date(2014, 6, 5)))
        self._destroy(case)
        file = case.workfile_id
        self.assertEqual((case.state, file.state, file.retention_term_id.years), ('done', 'open', 20))
        self.assertEqual(file.notation.split('.')[1], 'HTL')
        subjects = file.entry_ids.document_id.mapped('subject')
        for words in ("List of records", "Statement on records", "Minutes of the council", "Minutes of the hand-over",
                      "Minutes of the destruction"):
            self.assertEqual(len([subject for subject in subjects if subject.startswith(words)]), 1, subjects)
        self.assertIn(case.decision_document_id, file.entry_ids.document_id)
        self.assertTrue(all(file.entry_ids.document_id.mapped('main_content_id') | case.decision_document_id.main_content_id))
        self.assertEqual(str(file.retention_until), '2046-12-31')
        self.assertEqual(case.keep_until, file.retention_until)
        # nothing is in its way but what people must do: it closes
        file.with_user(self.archivist).web_read({'quality_score': {}})
        with self.assertRaisesRegex(UserError, "has not expired|not closed"):
            self._create_case(file)

    def test_a_held_file_of_the_case_stops_no_destruction(self):
        case = self._create_case(self._create_filled(date(2014, 6, 5)))
        self._decide(case)
        self._create_hold(case.workfile_id, name="Thanh tra hồ sơ hủy")
        count = case.workfile_id.doc_count
        case.write({'destroyer_name': "Trần Văn Kho", 'destruction_place': "Kho lưu trữ"})
        case.action_destroy()
        case._job_destroy()
        self.assertEqual((case.state, case.workfile_id.doc_count), ('done', count))

    def test_home_shows_what_waits_for_whom(self):
        case = self._create_case(self._create_filled(date(2014, 6, 5)))

        def figures(user):
            home = self.env['civic.home'].with_user(user).with_company(self.agency)
            blocks = home.get_home()['blocks']
            return {item['key']: item['value'] for block in blocks if block['key'] in ('retention', 'council') for item in block['items']}

        self.assertGreater(figures(self.archivist)['expired'], 0)
        self.assertNotIn('votes', figures(self.leader))
        case.action_open_council()
        self.assertEqual(figures(self.leader)['votes'], 1)
        self.assertEqual(figures(self.unit_head)['votes'], 1)
        self.assertNotIn('votes', figures(self.specialist))
        self._vote(case)
        self.assertNotIn('votes', figures(self.unit_head))
        case.meeting_date = TODAY
        case.action_close_meeting()
        self.assertEqual(figures(self.leader)['minutes'], 1)
