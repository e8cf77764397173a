import io
from datetime import date

import openpyxl

from odoo.tests import TransactionCase, tagged

from ..models.civic_file_plan import to_roman
from ..tools import plan_sheet
from ..tools.deadline import get_due_date

HEAD = ["Số và ký hiệu hồ sơ", "Tên đề mục và tiêu đề hồ sơ", "Thời hạn bảo quản", "Người lập hồ sơ", "Ghi chú"]


def make_book(rows):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    output = io.BytesIO()
    book.save(output)
    return output.getvalue()


@tagged('post_install', '-at_install')
class TestTools(TransactionCase):

    def test_days_of_delivery(self):
        """Archives rules 11 to 13; decree, rules 75 and 76."""
        for rule, end, due in (
            ({'after_end_months': 12}, date(2022, 3, 10), date(2023, 3, 10)),
            ({'after_end_months': 3}, date(2022, 1, 15), date(2022, 4, 15)),
            ({'after_end_months': 3}, date(2026, 3, 15), date(2026, 6, 15)),
            ({'year_end_plus': 1}, date(2025, 9, 1), date(2026, 12, 31)),
            ({'after_end_months': 12}, date(2024, 2, 29), date(2025, 2, 28)),
        ):
            self.assertEqual(get_due_date(rule, end), due)

    def test_roman_numbers(self):
        self.assertEqual([to_roman(number) for number in (1, 4, 9, 14, 40)], ['I', 'IV', 'IX', 'XIV', 'XL'])

    def test_a_sheet_with_a_head_numbers_and_totals_is_read(self):
        rows = plan_sheet.parse(plan_sheet.read_cells(make_book([
            ["ỦY BAN NHÂN DÂN"], ["DANH MỤC HỒ SƠ"], HEAD, ["(1)", "(2)", "(3)", "(4)", "(5)"],
            ["I", "Tổ chức cán bộ", None, None, None], [1, "Tuyển dụng", None, None, None],
            ["01.TCCB", "Hồ sơ tuyển dụng", "20 năm", "Nguyễn Văn An", None], [None],
            ["Danh mục này có 1 hồ sơ", None, None, None, None]])))
        self.assertEqual([(row.number, row.level, row.notation) for row in rows], [
            (5, 1, 'I'), (6, 2, '1'), (7, 0, '01.TCCB')])

    def test_wrong_columns_and_broken_files_say_so(self):
        for cells, code in (
            ([["Tên", "Ngày"], ["a", "b"]], 'columns'),
            ([HEAD], 'empty'),
        ):
            with self.assertRaises(plan_sheet.SheetError) as refusal:
                plan_sheet.parse(cells)
            self.assertEqual(refusal.exception.code, code)
        for raw in (b'', b'PK\x03\x04 broken', b'<html/>'):
            with self.assertRaises(plan_sheet.SheetError) as refusal:
                plan_sheet.read_cells(raw)
            self.assertEqual(refusal.exception.code, 'unreadable')
