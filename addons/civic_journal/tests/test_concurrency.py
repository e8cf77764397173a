import io
import threading
from unittest.mock import patch

from psycopg2.errors import InsufficientPrivilege

from odoo import modules
from odoo.tests import TransactionCase, tagged
from odoo.tools import mute_logger

from odoo.addons.civic_journal.tools.verify_journal import verify

from .common import ScratchJournal


@tagged('post_install', '-at_install')
class TestConcurrency(TransactionCase):
    """Real transactions that run at the same time, in tables of their own."""

    def setUp(self):
        super().setUp()
        self.scratch = ScratchJournal(self.registry)
        self.scratch.__enter__()
        self.addCleanup(self.scratch.__exit__, None, None, None)

    def append(self, env, count=1):
        papers = env['res.partner'].search([], limit=1)
        for _index in range(count):
            env['civic.journal.entry']._append('access', papers)
        return env['civic.journal.entry'].search([], limit=count).sorted('id')

    def sealed_numbers(self):
        env = self.scratch.env()
        return [
            seal.line_ids.mapped('entry_number')
            for seal in env['civic.journal.seal'].search([], order='number')]

    def verify_all(self):
        output = io.BytesIO()
        self.scratch.env()['civic.journal.seal']._export(output)
        return verify(output.getvalue().splitlines())

    def test_a_line_committed_late_is_sealed_in_a_later_batch(self):
        slow, quick, sealer = self.scratch.env(), self.scratch.env(), self.scratch.env()
        late = self.append(slow)
        early = self.append(quick)
        self.assertLess(late.id, early.id)
        quick.cr.commit()

        sealer['civic.journal.seal']._cron_seal()
        self.assertEqual(self.sealed_numbers(), [[early.id]])
        slow.cr.commit()
        sealer['civic.journal.seal']._cron_seal()
        self.assertEqual(self.sealed_numbers(), [[early.id], [late.id]])
        sealer['civic.journal.seal']._cron_seal()
        self.assertEqual(len(self.sealed_numbers()), 2)
        self.assertTrue(self.verify_all().ok)

    def test_a_line_rolled_back_was_never_there(self):
        undone, kept, sealer = self.scratch.env(), self.scratch.env(), self.scratch.env()
        self.append(undone, 3)
        line = self.append(kept)
        undone.cr.rollback()
        kept.cr.commit()
        sealer['civic.journal.seal']._cron_seal()
        self.assertEqual(self.sealed_numbers(), [line.ids])
        self.assertTrue(self.verify_all().ok)

    def test_writers_do_not_wait_for_each_other_nor_for_the_job(self):
        first, second, sealer = self.scratch.env(), self.scratch.env(), self.scratch.env()
        for env in (first, second, sealer):
            env.cr.execute("SET LOCAL lock_timeout = '2s'")
        self.append(first)
        self.append(second)
        second.cr.commit()
        self.assertTrue(sealer['civic.journal.seal']._seal_batch())
        self.append(second)
        second.cr.commit()
        first.cr.commit()
        sealer.cr.commit()
        sealer['civic.journal.seal']._cron_seal()
        self.assertEqual(sum(map(len, self.sealed_numbers())), 3)

    def test_one_job_seals_at_a_time(self):
        writer, one, two = self.scratch.env(), self.scratch.env(), self.scratch.env()
        line = self.append(writer)
        writer.cr.commit()
        self.assertTrue(one['civic.journal.seal']._seal_batch())
        self.assertFalse(two['civic.journal.seal']._seal_batch(), "the other one holds the lock")
        one.cr.commit()
        # The second job still looks at the state before: the index stops it, it gives up.
        self.assertFalse(two['civic.journal.seal']._seal_batch())
        two.cr.commit()
        self.assertFalse(two['civic.journal.seal']._seal_batch())
        self.assertEqual(self.sealed_numbers(), [line.ids])

    def test_a_job_that_dies_leaves_nothing_half_done(self):
        writer, dying, sealer = self.scratch.env(), self.scratch.env(), self.scratch.env()
        line = self.append(writer)
        writer.cr.commit()
        self.assertTrue(dying['civic.journal.seal']._seal_batch())
        dying.cr.rollback()
        self.assertEqual(self.sealed_numbers(), [])
        sealer['civic.journal.seal']._cron_seal()
        self.assertEqual(self.sealed_numbers(), [line.ids])

    def test_many_writers_and_two_jobs_at_once(self):
        writers = [self.scratch.env() for _index in range(4)]
        sealers = [self.scratch.env() for _index in range(2)]
        writing = threading.Event()
        errors = []

        def write(env, name):
            try:
                for index in range(25):
                    self.append(env, 2)
                    if name == 0 and index % 5 == 0:
                        env.cr.rollback()
                    env.cr.commit()
            except Exception as error:      # noqa: BLE001 shown by the assertion below
                errors.append(error)

        def seal(env):
            try:
                while not writing.is_set():
                    env['civic.journal.seal']._cron_seal()
            except Exception as error:      # noqa: BLE001 shown by the assertion below
                errors.append(error)

        writer_threads = [
            threading.Thread(target=write, args=(env, name)) for name, env in enumerate(writers)]
        sealer_threads = [threading.Thread(target=seal, args=(env,)) for env in sealers]
        for thread in writer_threads + sealer_threads:
            thread.start()
        for thread in writer_threads:
            thread.join(60)
        writing.set()
        for thread in sealer_threads:
            thread.join(60)
        self.assertEqual(errors, [])
        sealers[0]['civic.journal.seal']._cron_seal()
        sealed = [number for batch in self.sealed_numbers() for number in batch]
        lines = self.scratch.env()['civic.journal.entry'].search([], order='id').ids
        self.assertEqual(len(lines), 4 * 50 - 10)
        self.assertEqual(sorted(sealed), lines)
        report = self.verify_all()
        self.assertEqual(report.findings, [])
        self.assertEqual((report.lines, report.unsealed), (190, 0))

    def test_a_refusal_stays_when_the_act_is_rolled_back(self):
        env = self.scratch.env()
        self.append(env)
        with (
            patch.object(modules.module, 'current_test', False),
            patch.object(type(self.registry), 'cursor', lambda registry, **kw: self.scratch.cursor()),
        ):
            env['civic.journal.entry']._append_outside('refusal', object_ref="mật.pdf")
        env.cr.rollback()
        lines = self.scratch.env()['civic.journal.entry'].search([])
        self.assertEqual(lines.mapped('object_ref'), ["mật.pdf"])

    def test_committed_lines_cannot_be_removed(self):
        env = self.scratch.env()
        self.append(env)
        env.cr.commit()
        with mute_logger('odoo.sql_db'), self.assertRaises(InsufficientPrivilege):
            env.cr.execute("DELETE FROM civic_journal_entry")
        env.cr.rollback()
        self.assertEqual(self.scratch.env()['civic.journal.entry'].search_count([]), 1)
