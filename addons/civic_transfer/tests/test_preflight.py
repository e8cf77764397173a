from contextlib import contextmanager
from datetime import date
from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import TransferCommon


@tagged('post_install', '-at_install')
class TestPreflight(TransferCommon):

    def test_all_findings_at_once_with_rule_article_and_where_to_mend(self):
        file = self._create_delivered(count=3)
        documents = file.entry_ids.document_id
        transfer = self._create_transfer(file)
        self._let_council_agree(transfer)
        documents[0]._write_by_system({'subject': "D" * 501, 'code_notation': 'K' * 31})
        documents[1]._write_by_system({'type_id': False})
        content = documents[2].content_ids
        self.env['civic.format.policy'].create({
            'puid': content.puid, 'name': "PDF", 'status': 'refused', 'company_id': self.centre.id})
        self.env.cr.execute("UPDATE civic_content SET signature_state = 'invalid' WHERE id = %s", [content.id])
        content.invalidate_recordset()
        with self.assertRaisesRegex(UserError, "findings stand in the way"):
            transfer.action_register()
        findings = transfer.line_ids.finding_ids
        found = {(finding.rule, finding.res_model, finding.field_name) for finding in findings if finding.is_blocking}
        for expected in (
            ('VN05-15', 'civic.document', 'subject'), ('VN05-15', 'civic.document', 'code_notation'),
            ('VN05-14', 'civic.document', 'type_id'), ('entry.metadata', 'civic.document', 'type_id'),
            ('transfer.format', 'civic.document', 'content_ids'), ('transfer.signature', 'civic.document', 'signature_state'),
        ):
            self.assertIn(expected, found)
        self.assertTrue(all(finding.article for finding in findings))
        subject = findings.filtered(lambda finding: finding.field_name == 'subject')
        action = subject.with_user(self.archivist).action_mend()
        self.assertEqual((action['res_model'], action['res_id'], action['context']['civic_focus_field']),
                         ('civic.document', documents[0].id, 'subject'))
        self.assertNotIn('DDDD', ''.join(findings.mapped('message')), "a finding never tells the subject")

    def test_a_file_that_is_gone_from_the_store_is_named(self):
        file = self._create_delivered(count=1)
        transfer = self._create_transfer(file)
        with patch('odoo.addons.civic_transfer.models.civic_transfer_preflight.os.path.exists', lambda path: False):
            transfer.action_preflight()
        self.assertIn('transfer.content', transfer.line_ids.finding_ids.mapped('rule'))

    def test_paper_is_told_and_does_not_block_unless_nothing_is_electronic(self):
        file = self._create_filled(date(2025, 9, 30), 1, line=self.line_permanent, closed=False)
        self.env['civic.workfile.entry'].create({
            'workfile_id': file.id, 'kind': 'minutes', 'name': "Biên bản họp", 'date': date(2025, 9, 1), 'pages': 1})
        paper = self._create_workfile(date(2025, 9, 30), line=self.line_permanent)
        self.env['civic.workfile.entry'].create({
            'workfile_id': paper.id, 'kind': 'minutes', 'name': "Biên bản họp", 'date': date(2025, 9, 1), 'pages': 1})
        for one in file | paper:
            one._write_by_system({'state': 'closed', 'closed_on': date(2025, 9, 30)}, 'close')
            one._write_by_system({'state': 'delivered', 'delivered_on': date(2026, 2, 2)}, 'deliver')
        transfer = self._create_transfer(file | paper)
        transfer.action_preflight()
        by_file = {line.workfile_id: line for line in transfer.line_ids}
        self.assertFalse(by_file[file].blocking_count)
        self.assertIn('transfer.paper', by_file[file].finding_ids.mapped('rule'))
        self.assertIn('transfer.nothing', by_file[paper].finding_ids.filtered('is_blocking').mapped('rule'))

    def test_a_hold_that_came_after_the_list_blocks(self):
        file = self._create_delivered(count=1)
        transfer = self._create_transfer(file)
        self._create_hold(file)
        transfer.action_preflight()
        self.assertIn('transfer.held', transfer.line_ids.finding_ids.filtered('is_blocking').mapped('rule'))

    def test_a_hundred_files_take_as_many_queries_as_ten(self):
        """The list of candidates and the examination ask the database a fixed number of times."""
        counts = {}
        for number in (10, 100):
            files = self.env['civic.workfile'].union(*(self._create_delivered(count=1) for _one in range(number)))
            self.env.flush_all()
            self.env.invalidate_all()
            with self.count_queries() as listed:
                rows = self.env['civic.transfer.candidate'].search_fetch(
                    [('workfile_id', 'in', files.ids)], ['due_date', 'target_date', 'unit_id'])
                rows.mapped('due_basis')
            transfer = self._create_transfer(files)
            self.env.flush_all()
            self.env.invalidate_all()
            with self.count_queries() as examined:
                transfer._preflight()
                self.env.flush_all()
            self.assertFalse(transfer.finding_count, transfer.line_ids.finding_ids.mapped('message'))
            counts[number] = (listed[0], examined[0])
        self.assertEqual(counts[100][0], counts[10][0])
        self.assertLessEqual(counts[100][1], counts[10][1] + 8, counts)

    @contextmanager
    def count_queries(self):
        start, result = self.env.cr.sql_log_count, [0]
        yield result
        result[0] = self.env.cr.sql_log_count - start
