from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import SQL

from odoo.addons.civic_journal.models import civic_journal_seal
from odoo.addons.civic_journal.tools.verify_journal import GENESIS, RULE

from .common import JournalCase


@tagged('post_install', '-at_install')
class TestSeal(JournalCase):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        while cls.seals._seal_batch():
            pass
        cls.last = cls.seals.search([], limit=1)
        cls.lines = cls.journal._append('access', cls.papers)

    def test_each_line_is_sealed_once_in_the_order_of_numbers(self):
        sealed = self.seal_all(limit=20).sorted('number')
        self.assertEqual(sealed.mapped('line_count'), [20, 20, 10])
        self.assertEqual(sealed.line_ids.mapped('entry_number'), self.lines.ids)
        self.assertEqual(sealed[0].line_ids.mapped('position'), list(range(1, 21)))
        self.assertEqual(
            (sealed[1].first_number, sealed[1].last_number), (self.lines[20].id, self.lines[39].id))
        self.assertFalse(self.seals._count_pending())
        self.assertFalse(self.seals._seal_batch())

    def test_batches_are_a_chain(self):
        sealed = self.seal_all(limit=20).sorted('number')
        self.assertEqual(sealed[0].previous, self.last.digest or GENESIS)
        self.assertEqual(sealed[1:].mapped('previous'), sealed[:-1].mapped('digest'))
        self.assertEqual(
            sealed.mapped('number'), [(self.last.number or 0) + index for index in (1, 2, 3)])
        self.assertEqual(set(sealed.mapped('rule')), {RULE})

    def test_the_work_grows_with_new_lines_not_with_the_archive(self):
        self.seal_all()
        self.journal._append('access', self.papers[:3])
        with self.assertQueryCount(9):
            self.seals._seal_batch()
        self.env.cr.execute(SQL(
            "EXPLAIN SELECT entry_number FROM civic_journal_pending ORDER BY entry_number LIMIT 10"))
        plan = '\n'.join(row[0] for row in self.env.cr.fetchall())
        self.assertNotIn('civic_journal_entry', plan)

    def test_the_job_seals_all_and_reports_its_progress(self):
        cron = self.env.ref('civic_journal.ir_cron_seal_journal')
        with patch.object(civic_journal_seal, 'SEAL_BATCH_SIZE', 2000), self.enter_registry_test_mode():
            cron.method_direct_trigger()
        self.assertFalse(self.seals._count_pending())
        new = self.seals.search([('number', '>', self.last.number or 0)])
        self.assertEqual(new.line_ids.mapped('entry_number'), self.lines.ids)
        with self.enter_registry_test_mode():
            cron.method_direct_trigger()
        self.assertEqual(self.seals.search([('number', '>', self.last.number or 0)]), new)

    def test_a_line_written_past_the_api_is_sealed_too(self):
        [[number]] = self.env.execute_query(SQL(
            """
            INSERT INTO civic_journal_entry (
                event_type, event_at, outcome, company_id, user_id, agent, source)
            VALUES ('access', now(), 'success', %s, 1, 'psql', 'system') RETURNING id
            """, self.office.id))
        self.assertIn(number, self.seal_all().line_ids.mapped('entry_number'))

    def test_a_line_that_vanishes_before_it_is_sealed_is_told(self):
        with self.without_protection():
            self.env.cr.execute(SQL(
                "DELETE FROM civic_journal_entry WHERE id = %s", self.lines[7].id))
        with self.assertLogs('odoo.addons.civic_journal', 'ERROR') as logs:
            seal = self.seals._seal_batch()
        self.assertIn(str(self.lines[7].id), logs.output[0])
        self.assertEqual(seal.line_count, 49)

    # --- what "Verify now" says about damage done by the owner of the tables

    def damage(self, statement, *values):
        seal = self.seals._seal_batch()
        with self.without_protection():
            self.env.cr.execute(SQL(statement, *values))
        return seal, seal.action_verify()['params']

    def test_an_intact_batch_verifies(self):
        result = self.seals._seal_batch().action_verify()['params']
        self.assertEqual(result['type'], 'success')
        line = self.journal.search([], limit=1)
        self.assertEqual((line.event_type, line.outcome), ('fixity_check', 'success'))

    def test_a_changed_line_is_named(self):
        for column, value in {
            'agent': 'somebody', 'detail': '{"number":13}', 'outcome': 'failure', 'res_id': 1,
            'event_at': '2020-11-06 08:00:00', 'company_id': self.ward.id, 'user_id': 2,
            'object_ref': "Công văn khác", 'remote_ip': '203.0.113.9', 'source': 'rpc',
            'event_type': 'deletion', 'res_model': 'res.users',
        }.items():
            with self.subTest(column=column), self.env.cr.savepoint() as savepoint:
                _seal, result = self.damage(
                    "UPDATE civic_journal_entry SET %s = %s WHERE id = %s",
                    SQL.identifier(column), value, self.lines[7].id)
                self.assertEqual(result['type'], 'danger')
                self.assertIn(f"line {self.lines[7].id} (position 8) was changed", result['message'])
                savepoint.rollback()
            self.env.invalidate_all()

    def test_a_removed_line_is_named(self):
        _seal, result = self.damage(
            "DELETE FROM civic_journal_entry WHERE id = %s", self.lines[7].id)
        self.assertIn(f"line {self.lines[7].id}, position 8", result['message'])
        line = self.journal.search([], limit=1)
        self.assertEqual((line.event_type, line.outcome), ('fixity_check', 'failure'))

    def test_a_line_removed_with_its_seal_line_is_named(self):
        _seal, result = self.damage(
            "DELETE FROM civic_journal_seal_line WHERE entry_number = %s", self.lines[7].id)
        self.assertIn(f"near line {self.lines[8].id}, position 8", result['message'])

    def test_exchanged_lines_are_named(self):
        _seal, result = self.damage(
            """
            UPDATE civic_journal_seal_line SET entry_number = -entry_number
            WHERE entry_number IN (%(a)s, %(b)s);
            UPDATE civic_journal_seal_line
            SET entry_number = CASE entry_number WHEN -%(a)s THEN %(b)s ELSE %(a)s END
            WHERE entry_number < 0
            """.replace('%(a)s', str(self.lines[7].id)).replace('%(b)s', str(self.lines[8].id)))
        self.assertIn(f"line {self.lines[7].id} (position 9) is out of order", result['message'])

    def test_a_batch_sealed_again_is_named(self):
        seal = self.seals._seal_batch(20)
        self.seals._seal_batch(20)
        with self.without_protection():
            self.env.cr.execute(SQL(
                "DELETE FROM civic_journal_seal_line WHERE seal_id = %s AND position > 19", seal.id))
            self.env.cr.execute(SQL(
                "INSERT INTO civic_journal_pending "
                "SELECT entry_number FROM civic_journal_seal_line WHERE seal_id = %s", seal.id))
            self.env.cr.execute(SQL(
                "DELETE FROM civic_journal_seal_line WHERE seal_id = %s", seal.id))
            self.env.cr.execute(SQL("DELETE FROM civic_journal_seal WHERE id = %s", seal.id))
            entries = [
                self.seals._prepare_entry(row) for row in self.env.execute_query(SQL(
                    "SELECT %s FROM civic_journal_entry entry JOIN civic_journal_pending p "
                    "ON p.entry_number = entry.id WHERE entry.id <= %s ORDER BY entry.id",
                    self.seals._get_entry_columns(), self.lines[18].id))]
            # the number of the removed batch is free again, its successor still points to it
            with patch.object(
                self.registry['civic.journal.seal'], '_get_last_seal',
                lambda model: (self.last.number or 0, self.last.digest or GENESIS),
            ):
                forged = self.seals._insert_seal(entries, [entry['id'] for entry in entries])
        result = forged.action_verify()['params']
        self.assertIn("sealed again", result['message'])
