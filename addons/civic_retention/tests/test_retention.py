import random
from datetime import date

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from ..tools.expiry import Candidate, get_expiry, get_rank, pick_longest
from .common import CivicRetentionCommon


@tagged('post_install', '-at_install')
class TestRetention(CivicRetentionCommon):

    def test_rule_37_and_its_sentence(self):
        """05/06/2016 + 5 years → 31/12/2021; the rule in force on the day says 10."""
        file = self._create_workfile(date(2016, 6, 5))
        self.assertEqual(file.retention_rule_id, self.rule_10_old)      # in force in 2016: TT 09/2011
        self.assertEqual(file.retention_until, date(2026, 12, 31))
        newer = self._create_workfile(date(2023, 6, 5))
        self.assertEqual(newer.retention_until, date(2028, 12, 31))
        self.assertEqual(
            newer.retention_explanation,
            "Work ended 05/06/2023 + 5 years → 31/12/2028 (TT10-05, Thông tư 10/2022/TT-BNV (19/12/2022; hiệu lực 15/02/2023))")

    def test_a_file_inherits_from_its_class_and_follows_it(self):
        file = self._create_workfile(date(2024, 6, 5))
        self.assertEqual(file.retention_rule_id, self.rule_5)
        self.assertEqual(file.retention_term_id, self.rule_5.term_id)
        self.line_5.write({'retention_rule_ids': [(4, self.rule_20.id)], 'change_reason': "Quy định mới"})
        self.assertEqual(file.retention_rule_id, self.rule_20)
        self.assertEqual(file.retention_until, date(2044, 12, 31))
        self.assertIn("the longest of 2 rules", file.retention_explanation)

    def test_an_open_file_has_no_date_yet(self):
        file = self._create_workfile()
        self.assertEqual((file.retention_state, file.retention_until), ('open', False))
        self.assertIn("not recorded yet", file.retention_explanation)
        file.date_end = date(2026, 2, 1)
        self.assertEqual(file.retention_until, date(2031, 12, 31))

    def test_permanent_never_expires(self):
        file = self._create_workfile(date(2024, 6, 5), line=self.line_permanent)
        self.assertEqual((file.retention_state, file.retention_until, file.is_expired), ('permanent', False, False))
        self.assertIn("Kept permanently (TT10-01", file.retention_explanation)

    def test_until_superseded_waits_for_its_event(self):
        """Rule 39: while the text is in force the file is not eligible."""
        file = self._create_workfile(date(2012, 6, 5), line=self.line_event)
        self.assertEqual(file.retention_state, 'event')
        self.assertIn("The document is no longer in force", file.retention_explanation)
        waiting = self.env['civic.workfile'].search([('retention_state', '=', 'event')])
        self.assertIn(file, waiting)
        wizard = self.env['civic.retention.event.wizard'].with_user(self.archivist).create({
            'workfile_ids': [(6, 0, file.ids)], 'date': '2024-03-01', 'evidence': "Thay bằng 12/2024/QĐ-UBND"})
        wizard.action_record()
        self.assertEqual((file.retention_state, file.retention_until), ('dated', date(2024, 12, 31)))
        self.assertTrue(file.is_expired)
        self.assertIn("no longer in force on 01/03/2024", file.retention_explanation)
        file.retention_event_ids.with_user(self.archivist).unlink()
        self.assertEqual(file.retention_state, 'event')

    def test_an_event_to_come_is_refused(self):
        file = self._create_workfile(date(2012, 6, 5), line=self.line_event)
        with self.assertRaisesRegex(ValidationError, "when it has happened"):
            self.env['civic.retention.event'].with_user(self.archivist).create({
                'workfile_id': file.id, 'trigger': 'superseded', 'date': '2027-01-01', 'evidence': "x"})
        with self.assertRaises(AccessError):
            self.env['civic.retention.event'].with_user(self.specialist).create({
                'workfile_id': file.id, 'trigger': 'superseded', 'date': '2024-01-01', 'evidence': "x"})

    def test_override_needs_reason_role_and_is_not_shorter(self):
        file = self._create_workfile(date(2024, 6, 5), closed=True)
        with self.assertRaisesRegex(UserError, "reason"):
            file.with_user(self.archivist)._override_retention(self.rule_20, "  ")
        with self.assertRaises(AccessError):
            file.with_user(self.specialist)._override_retention(self.rule_20, "Quan trọng")
        file.with_user(self.archivist)._override_retention(self.rule_20, "Vụ việc quan trọng")
        self.assertEqual(file.retention_until, date(2044, 12, 31))
        self.assertIn("own rule because: Vụ việc quan trọng", file.retention_explanation)
        permanent = self._create_workfile(date(2024, 6, 5), line=self.line_permanent, closed=True)
        with self.assertRaisesRegex(ValidationError, "never shorter"):
            permanent.with_user(self.archivist)._override_retention(self.rule_20, "Ngắn thôi")

    def test_a_file_without_rules_follows_its_term(self):
        file = self._create_workfile(date(2020, 6, 5))
        self.line_5.write({'retention_rule_ids': [(5,)], 'change_reason': "Quy định mới"})
        file.invalidate_recordset()
        self.assertFalse(file.retention_rule_id)
        self.assertEqual(file.retention_until, date(2025, 12, 31))
        self.assertTrue(file.is_expired)
        self.assertIn("without a rule", file.retention_explanation)

    def test_results_are_not_written_by_hand(self):
        file = self._create_workfile(date(2024, 6, 5))
        for values in ({'retention_until': '2000-01-01'}, {'retention_state': 'dated'}, {'retention_rule_id': self.rule_20.id},
                       {'destruction_number': '1'}):
            with self.subTest(values), self.assertRaises(AccessError):
                file.with_user(self.specialist).write(values)

    def test_sql_says_what_plain_python_says(self):
        """Two hundred files with random rules, dates and events; the set-based statement against the reference."""
        chance = random.Random(4292)
        rules = self.env['civic.retention.rule'].search([
            ('schedule_id.code', '=', 'TT09-2011'), ('family', 'not in', self._get_rule('TT10-05').schedule_id.rule_ids.mapped('family'))])
        files = self.env['civic.workfile']
        for number in range(200):
            end = chance.choice([None, date(chance.randint(2011, 2022), chance.randint(1, 12), chance.randint(1, 28))])
            own = self.env['civic.retention.rule'].browse(chance.sample(rules.ids, chance.randint(1, 4)))
            file = self._create_workfile(end)
            self.env.cr.execute(
                "INSERT INTO civic_workfile_retention_rule_rel (workfile_id, rule_id) SELECT %s, unnest(%s)", [file.id, own.ids])
            for trigger in {rule.trigger for rule in own} - {'end_of_work'}:
                if chance.random() < 0.5:
                    self.env['civic.retention.event'].create({
                        'workfile_id': file.id, 'trigger': trigger, 'evidence': "x",
                        'date': date(chance.randint(2015, 2025), 5, number % 28 + 1)})
            files |= file
        files.invalidate_recordset()
        self.env['civic.workfile']._recompute_retention()
        for file in files:
            days = {event.trigger: event.date for event in file.retention_event_ids}
            days['end_of_work'] = file.date_end or None
            candidates = [
                Candidate(rule.code, rule.kind, rule.years, days.get(rule.trigger)) for rule in file.retention_rule_ids]
            longest = pick_longest(candidates)
            self.assertEqual(file.retention_until or None, get_expiry(longest), (candidates, file.retention_explanation))
            self.assertEqual({3: 'permanent', 1: 'dated'}.get(get_rank(longest), 'waits'),
                             file.retention_state if file.retention_state in ('permanent', 'dated') else 'waits')

    def test_recompute_takes_one_statement_whatever_the_number(self):
        files = self.env['civic.workfile'].concat(*(self._create_workfile(date(2024, 6, 5)) for _ in range(20)))
        files._recompute_retention()
        self.env.flush_all()
        for some in (files[:1], files):
            with self.assertQueryCount(1):
                some._recompute_retention()
