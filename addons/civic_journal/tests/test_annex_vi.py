"""Decree 30/2020/NĐ-CP, Annex VI, Part I: the items that the journal carries."""
from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import JournalCase


@tagged('post_install', '-at_install')
class TestAnnexVI(JournalCase):

    def test_iii_6_b_accesses_to_the_system_are_counted(self):
        journal = self.env['civic.journal.entry']
        domain = [('event_type', '=', 'login'), ('user_id', '=', self.env.uid)]
        before = journal.search_count(domain)
        for _number in range(3):
            self.env.user._update_last_login()
        self.assertEqual(journal.search_count(domain) - before, 3)
        [[_day, count]] = journal._read_group([*domain, ('id', '>', 0)], ['event_at:year'], ['__count'])[-1:]
        self.assertGreaterEqual(count, 3)

    def test_iii_6_l_the_history_is_kept_for_good(self):
        line = self.env['civic.journal.entry']._append('access', self.env.company)
        for act in (line.unlink, lambda: line.write({'outcome': 'failure'})):
            with self.assertRaises(AccessError):
                act()
        self.assertTrue(line.exists())
