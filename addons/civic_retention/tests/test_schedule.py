import base64
import io
from collections import Counter
from datetime import date

import openpyxl

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import CivicRetentionCommon

NEW_CSV = """code,group_vi,title_vi,retention_years,trigger,replaces,source,confidence
N-05,2.1,Công văn trao đổi về công tác quy hoạch,15,,TT10-05,Thông tư mới,S
N-06,3,Điều lệ,10,,TT10-06,Thông tư mới,S
N-99,3,Trăng tròn,10,full_moon,,Thông tư mới,S
"""


@tagged('post_install', '-at_install')
class TestSchedule(CivicRetentionCommon):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.system = cls._create_person('system', 'records_admin', cls.unit_culture)
        cls.system.group_ids += cls.env.ref('base.group_system')

    def _create_new(self, **values):
        return self.env['civic.retention.schedule'].with_user(self.system).create({
            'code': 'NEW-2026', 'name': "Thông tư mới", 'legal_basis': "Thông tư mới", 'valid_from': '2026-01-01',
            'supersedes_id': self.rule_5.schedule_id.id, 'company_id': False, **values})

    def _load(self, schedule, text=NEW_CSV):
        wizard = self.env['civic.retention.load'].with_user(schedule.env.user).create({
            'schedule_id': schedule.id, 'file': base64.b64encode(text.encode()), 'file_name': 'x.csv'})
        wizard.action_load()
        return wizard.result

    def test_shipped_rows_keep_source_and_confidence(self):
        rules = self.env['civic.retention.rule'].search([('schedule_id.code', 'in', (
            'TT09-2011', 'TT10-2022', 'ND174-2016', 'LLT-2011'))])
        counts = Counter(rule.schedule_id.code for rule in rules)
        self.assertEqual(counts, {'TT09-2011': 274, 'TT10-2022': 10, 'ND174-2016': 3, 'LLT-2011': 1})
        self.assertEqual(Counter(rule.confidence for rule in rules), {'S': 280, 'S_TRANSLATED': 4, 'K': 4})
        self.assertTrue(all(rules.mapped('source')))

    def test_superseded_circulars_are_superseded_with_dates(self):
        old = self.rule_10_old.schedule_id
        self.assertEqual((old.state, old.valid_to), ('superseded', date(2023, 2, 14)))
        self.assertEqual(self.rule_5.schedule_id.state, 'in_force')
        self.assertEqual(self.rule_5.family, self.rule_10_old.family)

    def test_unknown_trigger_is_told_with_its_row_and_the_others_load(self):
        schedule = self._create_new()
        result = self._load(schedule)
        self.assertIn("2 rules loaded, 1 rows not", result)
        self.assertIn("Row 4 (N-99): the trigger “full_moon” is unknown", result)
        self.assertEqual(schedule.rule_ids.mapped('code'), ['N-05', 'N-06'])
        self.assertIn("the schedule has this code already", self._load(schedule))

    def test_what_if_shows_what_changes_and_changes_nothing(self):
        recent, older = self._create_workfile(date(2026, 2, 2)), self._create_workfile(date(2024, 2, 2))
        schedule = self._create_new()
        self._load(schedule)
        look = self.env['civic.retention.what.if'].with_user(self.archivist).create({'schedule_id': schedule.id})
        line = look.line_ids.filtered(lambda line: line.workfile_id == recent)
        self.assertRecordValues(line, [{
            'change': 'longer', 'old_until': date(2031, 12, 31), 'new_until': date(2041, 12, 31)}])
        self.assertNotIn(older, look.line_ids.workfile_id)
        self.assertEqual(recent.retention_until, date(2031, 12, 31))
        self.assertEqual(schedule.state, 'draft')

        schedule.action_adopt()
        self.assertEqual(recent.retention_until, date(2041, 12, 31))
        self.assertEqual(older.retention_until, date(2029, 12, 31))
        self.assertEqual(self.rule_5.schedule_id.state, 'superseded')
        self.assertEqual(self.rule_5.schedule_id.valid_to, date(2025, 12, 31))

    def test_what_if_has_all_files_in_pages_and_as_a_spreadsheet(self):
        files = self.env['civic.workfile'].concat(*(self._create_workfile(date(2026, 2, 2)) for _ in range(45)))
        schedule = self._create_new()
        self._load(schedule)
        action = schedule.with_user(self.archivist).action_what_if()
        look = self.env['civic.retention.what.if'].with_user(self.archivist).browse(action['res_id'])
        self.assertEqual(look.line_ids.workfile_id & files, files)
        self.assertEqual(look.line_count, len(look.line_ids))
        self.assertEqual(len(look.first_line_ids), 40)
        listed = self.env['civic.retention.what.if.line'].with_user(self.archivist).search(look.action_open_lines()['domain'])
        self.assertEqual(listed, look.line_ids)
        output = io.BytesIO()
        self.env['civic.form.retention_what_if'].with_user(self.archivist)._print(output, 'xlsx', {'what_if_id': look.id})
        cells = [cell for row in openpyxl.load_workbook(output).active.iter_rows(values_only=True) for cell in row]
        self.assertLessEqual(set(files.mapped('code')), set(cells))
        with self.assertRaises(AccessError):
            self.env['civic.form.retention_what_if'].with_user(self.records_admin)._print(
                io.BytesIO(), 'xlsx', {'what_if_id': look.id})

    def test_older_files_follow_the_new_schedule_if_the_agency_says_so(self):
        older = self._create_workfile(date(2024, 2, 2))
        schedule = self._create_new()
        self._load(schedule)
        schedule.action_adopt()
        self.env.ref('civic_retention.rule_value_retention_follow_new').value = 'true'
        self.env['civic.workfile']._recompute_retention()
        self.assertEqual(older.retention_until, date(2039, 12, 31))

    def test_an_adopted_schedule_is_not_edited(self):
        schedule = self.rule_5.schedule_id.with_user(self.system)
        with self.assertRaisesRegex(UserError, "adopted"):
            schedule.name = "Khác"
        with self.assertRaisesRegex(UserError, "adopted"):
            self.rule_5.with_user(self.system).years = 1
        with self.assertRaisesRegex(UserError, "adopted"):
            self.rule_5.with_user(self.system).unlink()
        with self.assertRaises(AccessError):
            self._create_new(state='in_force')

    def test_what_holds_for_all_agencies_is_not_changed_by_one(self):
        shared = self._create_new()
        self._load(shared)
        for act in (
            lambda theirs: theirs.write({'name': "Khác"}), lambda theirs: theirs.rule_ids[0].write({'years': 1}),
            lambda theirs: theirs.action_adopt(), lambda theirs: theirs.unlink(),
        ):
            with self.assertRaises(AccessError):
                act(shared.with_user(self.records_admin))
        own = self.env['civic.retention.schedule'].with_user(self.records_admin).create({
            'code': 'OWN-2026', 'name': "Bảng riêng", 'legal_basis': "Quyết định", 'valid_from': '2026-01-01',
            'supersedes_id': self.rule_5.schedule_id.id})
        self.assertEqual(own.company_id, self.agency)
        self._load(own, NEW_CSV)
        with self.assertRaisesRegex(UserError, "same agencies"):
            own.action_adopt()
        with self.assertRaises(AccessError):
            own.company_id = False
        own.supersedes_id = False
        own.action_adopt()
        self.assertEqual((own.state, self.rule_5.schedule_id.state), ('in_force', 'in_force'))

    def test_adoption_needs_day_and_rules(self):
        schedule = self._create_new(valid_from=False)
        with self.assertRaisesRegex(UserError, "from which day"):
            schedule.action_adopt()
        schedule.valid_from = '2026-01-01'
        with self.assertRaisesRegex(UserError, "no rules"):
            schedule.action_adopt()
        self._load(schedule)
        superseded = self.env['civic.retention.schedule'].search([('state', '=', 'superseded')], limit=1)
        until = superseded.valid_to
        for old in (self._create_new(code='KHAC'), superseded, schedule):
            schedule.supersedes_id = old
            with self.subTest(old=old.state), self.assertRaisesRegex(UserError, "is not in force"):
                schedule.action_adopt()
        self.assertEqual(superseded.valid_to, until)
        with self.assertRaises(AccessError):
            schedule.with_user(self.archivist).action_adopt()
