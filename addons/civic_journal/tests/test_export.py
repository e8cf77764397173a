import io
import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools.misc import file_path

from odoo.addons.civic_journal.tools.verify_journal import read_anchors

from .common import JournalCase


@tagged('post_install', '-at_install')
class TestExport(JournalCase):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        while cls.seals._seal_batch():
            pass
        cls.theirs = cls.paper.copy({'company_id': cls.ward.id, 'name': "Việc của phường"})
        cls.lines = cls.journal._append('access', cls.papers, detail={'trang': "hòa/hoà"})
        cls.their_line = cls.journal._append('access', cls.theirs)
        cls.batches = cls.seals._seal_batch(30) + cls.seals._seal_batch(30)
        cls.tail = cls.journal._append('download', cls.papers[:3])

    def anchors(self):
        output = io.BytesIO()
        self.seals._export_seals(output)
        return output.getvalue().splitlines()

    def test_an_export_verifies(self):
        report = self.check(self.export())
        self.assertEqual(report.findings, [])
        self.assertEqual(report.last_digest, self.batches[1].digest)
        self.assertEqual(report.last_seal, self.batches[1].number)
        self.assertEqual(report.unsealed, 3)
        self.assertEqual(
            report.lines + 3, self.journal.with_context(active_test=False).search_count([]))

    def test_an_export_verifies_against_its_anchor(self):
        anchors = read_anchors(self.anchors())
        self.assertEqual(anchors[self.batches[0].number], self.batches[0].digest)
        self.assertTrue(self.check(self.export(), anchors=anchors).ok)
        anchors[self.batches[0].number] = 'f' * 64
        report = self.check(self.export(), anchors=anchors)
        self.assertEqual(
            [(finding.code, finding.seal) for finding in report.findings],
            [('resealed', self.batches[0].number)])

    def test_an_export_of_one_agency_shows_its_lines_alone(self):
        values = self.export(company=self.ward)
        shown = [value['entry'] for value in values
                 if value['kind'] in ('line', 'unsealed') and value['entry']]
        self.assertEqual([entry['id'] for entry in shown], self.their_line.ids)
        self.assertNotIn("Công văn số", json.dumps(values, ensure_ascii=False))
        report = self.check(values)
        self.assertEqual(report.findings, [])
        self.assertEqual(report.withheld, report.lines - 1)

    def test_a_line_of_the_agency_itself_cannot_be_withheld(self):
        values = self.export(company=self.ward)
        for value in values:
            if value['kind'] == 'line' and value['entry']:
                value['entry'] = None
        report = self.check(values)
        self.assertEqual(
            [(finding.code, finding.entry_number) for finding in report.findings],
            [('missing', self.their_line.id)])

    def test_an_export_since_a_moment_starts_there_and_verifies(self):
        values = self.export(since=self.batches[1].sealed_at)
        self.assertEqual(
            [value['number'] for value in values if value['kind'] == 'seal'],
            [self.batches[1].number])
        report = self.check(values)
        self.assertEqual(report.findings, [])
        self.assertIn(f"starts at batch {self.batches[1].number}", report.notes[0])
        self.assertEqual(report.unsealed, 3)
        tomorrow = fields.Date.today() + timedelta(days=2)
        self.assertEqual(self.check(self.export(since=tomorrow)).seals, 0)

    def test_a_wrong_start_is_refused(self):
        with self.assertRaises(UserError):
            self.export(since='yesterday')

    def test_a_line_taken_out_of_the_queue_is_in_the_export(self):
        self.env.cr.execute("DELETE FROM civic_journal_pending")
        self.assertEqual(self.check(self.export()).unsealed, 3)

    def test_the_verifier_runs_alone(self):
        """As an auditor runs it: another interpreter, no Odoo, files on disk."""
        script = file_path('civic_journal/tools/verify_journal.py')
        with TemporaryDirectory() as folder:
            export, anchor = Path(folder, 'journal.jsonl'), Path(folder, 'seals.jsonl')
            with export.open('wb') as output:
                self.seals._export(output)
            anchor.write_bytes(b'\n'.join(self.anchors()))

            def run(*arguments):
                result = subprocess.run(
                    [sys.executable, '-I', script, str(export), *arguments],
                    capture_output=True, text=True, check=False, encoding='utf-8',
                    env={'PYTHONIOENCODING': 'utf-8'}, cwd=folder)
                return result.returncode, result.stdout + result.stderr

            code, text = run('--anchor', str(anchor))
            self.assertEqual(code, 0, text)
            self.assertIn("OK", text)
            self.assertIn("3 lines not sealed yet", text)
            self.assertIn(self.batches[1].digest, text)

            export.write_text(
                export.read_text().replace('"agent": "__system__"', '"agent": "ai đó"', 1))
            code, text = run()
            self.assertEqual(code, 1, text)
            self.assertIn("was changed", text)

            export.write_text("không phải JSON")
            self.assertEqual(run()[0], 2)
            export.write_text("")
            self.assertEqual(run()[0], 2)
            export.unlink()
            self.assertEqual(run()[0], 2)
