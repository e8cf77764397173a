from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import CivicWorkfileCommon


@tagged('post_install', '-at_install')
class TestTree(CivicWorkfileCommon):

    def _read(self, path, by='plan', offset=0, user=None):
        model = self.env['civic.workfile'].with_user(user or self.specialist)
        return model.get_tree(path, by, offset)

    def test_years_units_lines_and_files(self):
        self._publish_plan()
        planned = self._create_workfile(plan_line_id=self.line.id)
        loose = self._create_workfile()
        [year] = self._read([])['nodes']
        self.assertEqual((year['key'], year['count']), (2026, 2))
        heading, others = self._read([2026])['nodes']
        self.assertEqual((heading['key'], heading['count'], others['key'], others['count']), (self.heading.id, 1, 0, 1))
        [line] = self._read([2026, self.heading.id])['nodes']
        self.assertEqual(line['count'], 1)
        self.assertEqual([node['key'] for node in self._read([2026, self.heading.id, self.line.id])['nodes']], [planned.id])
        self.assertEqual([node['key'] for node in self._read([2026, 0])['nodes']], [loose.id])
        [unit] = self._read([2026], 'unit')['nodes']
        self.assertEqual((unit['key'], unit['count']), (self.unit_culture.id, 2))

    def test_a_node_of_a_thousand_costs_as_many_queries_as_one_of_ten(self):
        lines = self.env['civic.file.plan.line'].create([
            {'plan_id': self.plan.id, 'parent_id': self.heading.id, 'notation': f'{number}.XX', 'title': f"Hồ sơ {number}",
             'user_id': self.specialist.id, 'retention_term_id': self.term_20.id} for number in range(300)])
        other = self.env['civic.file.plan.line'].create({'plan_id': self.plan.id, 'is_heading': True, 'title': "Nhỏ"})
        lines[:10].parent_id = other
        self.env.flush_all()

        def count(heading):
            self.env.invalidate_all()
            start = self.cr.sql_log_count
            answer = self._read([2026, heading.id])
            return self.cr.sql_log_count - start, len(answer['nodes']), answer['more']

        count(other)
        few, many = count(other), count(self.heading)
        self.assertEqual(few[0], many[0])
        self.assertEqual((few[1:], many[1:]), ((10, False), (40, True)))
        page = self._read([2026, self.heading.id], offset=280)
        self.assertEqual((len(page['nodes']), page['more']), (11, False))

    def test_files_that_one_may_not_read_are_neither_counted_nor_shown(self):
        self._create_workfile()
        self.assertFalse(self._read([], user=self.other_specialist)['nodes'])
        self.assertFalse(self._read([], user=self.foreign_leader)['nodes'])

    def test_nonsense_is_refused(self):
        for path, by, offset in (([], 'state', 0), (['x'], 'plan', 0), ([2026], 'plan', -1), ([1] * 40, 'plan', 0), ('ab', 'plan', 0)):
            with self.assertRaises(UserError):
                self._read(path, by, offset)

    def test_the_form_of_a_file_shows_the_first_of_its_contents(self):
        workfile = self._create_workfile()
        self._create_many(workfile, 120)
        self.assertEqual(workfile.first_entry_ids.mapped('ordinal'), list(range(1, 41)))

    def test_a_file_of_thousands_opens_with_as_many_queries_as_one_of_a_hundred(self):
        """Form and first page of the list, as the client reads them."""
        large, small = self._create_workfile(), self._create_workfile()
        self._create_many(large, 3000)
        self._create_many(small, 100)
        (large | small)._refresh_quality()
        shown = {name: {} for name in ('ordinal', 'title', 'entry_date')}

        def count(workfile):
            self.env.invalidate_all()
            start = self.cr.sql_log_count
            [values] = workfile.web_read({'doc_count': {}, 'quality_score': {}, 'first_entry_ids': {'fields': shown}})
            page = workfile.env['civic.workfile.entry'].web_search_read(
                [('workfile_id', '=', workfile.id)], shown, limit=80, order='ordinal', count_limit=10001)
            self.assertEqual((len(values['first_entry_ids']), len(page['records']), page['length']), (40, 80, workfile.doc_count))
            return self.cr.sql_log_count - start

        count(small)
        self.assertEqual(count(large), count(small))

    def test_the_timeline_is_the_journal_of_the_file(self):
        workfile = self._create_workfile()
        self._add(workfile, self._create_registered())
        workfile._close()
        acts = workfile.get_timeline()
        self.assertEqual([act['event'] for act in acts], ['creation', 'filing', 'closing'])
        self.assertEqual(acts[0]['agent'], self.specialist.name)

    def test_the_timeline_names_the_acts_and_says_why(self):
        self._publish_plan()
        first, second = self._create_workfile(), self._create_workfile()
        entries = self._add(first, self._create_registered() | self._create_registered(code_number='4'))
        code = second.code
        first._move_entries(entries[1], second, 'split')
        first._merge(second)
        first._reclassify(line=self.line, reason="Mở nhầm đề mục")
        entries[1].unlink()
        first._close()
        first.with_user(self.archivist)._reopen("Còn thiếu phụ lục")
        acts = first.get_timeline()
        self.assertEqual([(act['event'], act['note']) for act in acts[2:]], [
            ('split', f"into {code}"), ('merge', f"from {code}"), ('reclassification', "Mở nhầm đề mục"),
            ('removal', ""), ('closing', ""), ('reopening', "Còn thiếu phụ lục")])
        self.assertNotIn('modification', [act['event'] for act in acts])

    def test_home_blocks_count_what_waits(self):
        workfile = self._create_workfile(year=2025, date_start='2025-01-02', date_end='2025-02-01')
        for user, key in ((self.specialist, 'own_files'), (self.archivist, 'files')):
            home = self.env['civic.home'].with_user(user).get_home()
            [block] = [block for block in home['blocks'] if block['key'] == key]
            figures = {item['key']: item['value'] for item in block['items']}
            self.assertEqual((figures['files_open'], figures['files_late']), (1, 1), workfile.delivery_due)
