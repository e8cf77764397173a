import base64
import io
from unittest.mock import patch

from openpyxl import Workbook

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from odoo.addons.civic_package.tools import vn2019

from ..models import civic_archive_import
from .common import CivicArchiveCommon

HEADINGS = ("Mã hồ sơ", "Tiêu đề hồ sơ", "Cấp mô tả", "Thuộc", "Thời gian bắt đầu", "Thời gian kết thúc", "Số tờ", "Chế độ sử dụng")


@tagged('post_install', '-at_install')
class TestImport(CivicArchiveCommon):

    def make(self, raw, name='muc-luc.xlsx', user=None):
        return self.env['civic.archive.import'].with_user(user or self.keeper).create({
            'name': name, 'file': base64.b64encode(raw), 'fonds_id': self.fonds.id})

    def workbook(self, rows, headings=HEADINGS):
        book = Workbook()
        for row in (headings, *rows):
            book.active.append(row)
        output = io.BytesIO()
        book.save(output)
        return output.getvalue()

    def run_jobs(self, one, limit=50):
        """Do what the queue would do, one job after the other."""
        one._write_state(state='running')
        for _turn in range(limit):
            if one.state != 'running':
                return
            one._job_import()

    def messages(self, one):
        return {line.row_number: line.message for line in one.line_ids}

    def test_rows_become_descriptions_and_the_others_are_told(self):
        one = self.make(self.workbook([
            ["TH", "Tổng hợp", "Series", None, None, None, None, None],
            ["TH.01", "Hồ sơ hội nghị", None, "TH", "01/02/1990", "1991", "12", "01"],
            ["TH.01.1", "Kế hoạch", "item", "TH.01", None, None, None, None],
            ["", "Không mã", None, None, None, None, None, None],
            ["TH.02", "Ngày sai", None, "TH", "32/01/1990", None, "x", None],
            ["TH.03", "Mồ côi", None, "YY", None, None, None, None],
            ["TH.01", "Trùng", None, "TH", None, None, None, None],
            ["TH.04", "TUYỆT MẬT", None, "TH", None, None, None, None],
            [None] * 8,
        ]))
        self.run_jobs(one)
        self.assertEqual((one.state, one.created_count, one.problem_count), ('done', 3, 5))
        file = self.units.search([('fonds_id', '=', self.fonds.id), ('reference_code', '=', 'TH.01')])
        self.assertRecordValues(file, [{
            'title': "Hồ sơ hội nghị", 'level': 'file', 'sheet_count': 12, 'access_mode': '01'}])
        self.assertEqual((str(file.date_from), str(file.date_to)), ('1990-02-01', '1991-12-31'))
        self.assertEqual((file.parent_id.reference_code, file.child_count), ('TH', 1))
        messages = self.messages(one)
        self.assertEqual(set(messages), {5, 6, 7, 8, 9})
        self.assertIn("Reference Code", messages[5])
        self.assertIn("32/01/1990", messages[6])
        self.assertIn("YY", messages[7])
        self.assertIn("already", messages[8])

    def test_a_broken_off_import_goes_on_where_it_stopped(self):
        one = self.make(self.workbook([[f'A.{n}', f"Hồ sơ {n}"] for n in range(25)], HEADINGS[:2]))
        self.patch(civic_archive_import, 'BATCH', 10)
        one._write_state(state='running')
        one._job_import()
        self.assertEqual((one.next_row, one.created_count), (10, 10))
        with self.assertRaises(ZeroDivisionError), self.env.cr.savepoint():
            one._job_import()
            raise ZeroDivisionError                     # the process is gone before its transaction ends
        self.env.invalidate_all()
        self.assertEqual((one.next_row, one.created_count), (10, 10))
        one.action_pause()
        one._job_import()
        self.assertEqual(one.next_row, 10)
        self.run_jobs(one)
        self.assertEqual((one.state, one.created_count, one.problem_count), ('done', 25, 0))
        again = self.make(self.workbook([[f'A.{n}', f"Hồ sơ {n}"] for n in range(25)], HEADINGS[:2]))
        self.run_jobs(again)
        self.assertEqual((again.created_count, again.problem_count), (0, 25))

    def test_csv_with_semicolons_and_vietnamese(self):
        one = self.make("\ufeffMã hồ sơ;Tiêu đề hồ sơ;Số trang\n01;Hồ sơ “một”;1.200\n".encode(), 'a.csv')
        self.run_jobs(one)
        self.assertEqual(one.state, 'done', one.message)
        self.assertEqual(self.units.search([('reference_code', '=', '01'), ('fonds_id', '=', self.fonds.id)]).page_count, 1200)

    def test_files_that_are_no_holdings(self):
        for raw, word in (
            (b'%PDF-1.4', "no workbook"), (b'PK\x03\x04rubbish', "damaged"), (b'\xff\x00\xfe\xfd\x80;\x81\n', ""),
            (self.workbook([], ["Mã hồ sơ", "Khác"]), "Missing: Title"), (self.workbook([], ["Mã", "Code", "Title"]), "Two columns"),
        ):
            one = self.make(raw)
            self.run_jobs(one)
            with self.subTest(raw[:20]):
                self.assertEqual(one.state, 'failed')
                self.assertIn(word, one.message)

    def test_no_batch_reads_the_whole_file(self):
        one = self.make(self.workbook([[f'A.{n}', f"Hồ sơ {n}"] for n in range(25)], HEADINGS[:2]))
        self.patch(civic_archive_import, 'BATCH', 10)
        with patch.object(self.registry['ir.attachment'], '_file_read', side_effect=AssertionError("read whole")):
            self.run_jobs(one)
        self.assertEqual((one.state, one.created_count, one.problem_count), ('done', 25, 0))

    def test_too_many_rows(self):
        self.env['civic.rule.value'].search([('key', '=', 'archive.import_max_rows')]).value = '3'
        one = self.make(self.workbook([[f'A.{n}', "Hồ sơ"] for n in range(5)], HEADINGS[:2]))
        self.run_jobs(one)
        self.assertIn("more than 3 rows", one.message)

    def test_a_batch_costs_the_same_statements_whatever_its_size(self):
        counts = []
        for size, prefix in ((20, 'A'), (200, 'B')):
            one = self.make(self.workbook([[f'{prefix}.{n}', "Hồ sơ"] for n in range(size)], HEADINGS[:2]))
            one._write_state(state='running')
            one._read_file()
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            one._import_batch()
            self.env.flush_all()
            counts.append(self.cr.sql_log_count - before)
        self.assertLessEqual(counts[1], counts[0] + 3)

    def test_who_may_import(self):
        raw = self.workbook([], HEADINGS[:2])
        for user in (self.specialist, self.centre_manager, self.archivist):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self.make(raw, user=user).action_start()
        one = self.make(raw)
        with self.assertRaises(AccessError):
            one.with_user(self.centre_manager).action_start()
        with self.assertRaises(UserError):
            one.write({'state': 'done'})
        one.action_start()
        self.assertEqual(one.state, 'running')
        self.assertTrue(self.env['queue.job'].sudo().search([('model_name', '=', one._name)]))

    def circular(self, form, *changes):
        """A table of files by Circular 02/2019/TT-BNV, one row for each dict of changes."""
        output = io.BytesIO()
        vn2019.write('files', [{
            'FileCode': f'H29.1.2021.{number:02d}.TH', 'OrganId': 'H29.1', 'FileCatalog': '2021', 'FileNotation': f'{number:02d}.TH',
            'Title': f"Hồ sơ {number}", 'Maintenance': '01', 'StartDate': '01/02/2021', 'EndDate': '31/12/2021', 'TotalDoc': '12',
            'SheetNumber': '20', **change} for number, change in enumerate(changes, 1)], output, form)
        return output.getvalue()

    def test_a_table_of_the_circular_is_checked_row_by_row_before_anything_is_taken_over(self):
        changes = {}, {'Title': 'x' * 1001}, {'FileCatalog': '21'}, {'StartDate': '2021-02-01'}, {'FileCode': ''}
        for form, first in (('csv', 2), ('xml', 1)):
            with self.subTest(form):
                one = self.make(self.circular(form, *changes), f'tt02.{form}')
                one.action_check()
                self.assertEqual((one.state, one.row_count, one.problem_count, one.created_count), ('draft', 5, 4, 0))
                messages = self.messages(one)
                self.assertEqual(set(messages), {first + 1, first + 2, first + 3, first + 4})
                self.assertIn("VN19-2: Title has 1001 characters, at most 1000", messages[first + 1])
                self.assertIn("VN19-3: FileCatalog", messages[first + 2])
                self.assertIn("VN19-1: FileCode is missing", messages[first + 4])
                self.assertFalse(self.units.search_count([('fonds_id', '=', self.fonds.id), ('reference_code', '=like', 'H29.1.2021%')]))

    def test_what_was_checked_is_taken_over_and_told_once(self):
        one = self.make(self.circular('xml', {}, {'Title': ''}), 'tt02.xml')
        one.action_check()
        one.action_start()
        self.run_jobs(one)
        self.assertEqual((one.state, one.created_count, one.problem_count, len(one.line_ids)), ('done', 1, 1, 1))
        unit = self.units.search([('fonds_id', '=', self.fonds.id), ('reference_code', '=', 'H29.1.2021.01.TH')])
        self.assertEqual((unit.title, unit.maintenance, unit.document_count, unit.sheet_count), ("Hồ sơ 1", '01', 12, 20))

    def test_another_file_is_checked_anew(self):
        one = self.make(self.circular('csv', {'Title': ''}), 'tt02.csv')
        one.action_check()
        self.assertEqual(one.problem_count, 1)
        one.file = base64.b64encode(self.circular('csv', {}))
        self.assertFalse(one.line_ids)
        one.action_check()
        self.assertEqual((one.problem_count, one.message), (0, "All 1 rows can be read."))

    def test_xml_that_is_no_such_table_is_refused_in_words(self):
        for raw in (
                b'<x/>', b'<vn2019 table="files"><row>',
                b'<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]><vn2019 table="files"/>'):
            one = self.make(raw, 'tt02.xml')
            one.action_check()
            self.assertEqual(one.state, 'failed')
            self.assertIn("Circular 02/2019", one.message)
