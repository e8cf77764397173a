import gc
import io
import random
import re
import time
import tracemalloc
import unicodedata
import zipfile
from datetime import date, datetime
from unittest.mock import patch

import openpyxl
import pikepdf
import zxingcpp
from PIL import Image

from odoo.tests import BaseCase, tagged

from ..tools import fonts, pdf
from ..tools.barcode import decode_code128, encode_code128, get_code128
from ..tools.canvas import MM
from ..tools.docx import DocxReport
from ..tools.layout import Closing, Column, Cover, Group, Heading, Mark, Row, format_value, wrap
from ..tools.stamp import STAMP_HEIGHT, STAMP_WIDTH, Label, Sheet, Stamp, write_sheet, write_stamp
from ..tools.xlsx import XlsxReport, get_sheet_name
from .files import get_table, read_docx, read_pdf, render_pdf

MARK = Mark("In từ hệ thống Civic Records bởi Nguyễn Văn Ất lúc 10:15:00, 05/03/2026")
COLUMNS = [
    Column("Ngày đến", 1, 'date'), Column("Số đến", 0.8, 'integer'), Column("Tác giả", 2),
    Column("Tên loại và trích yếu nội dung văn bản", 4), Column("Ghi chú", 1.5)]
SUBJECT = "Quyết định về việc phê duyệt kế hoạch chuyển đổi số của Ủy ban nhân dân Thành phố"
HOSTILE = [
    "=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(1)", "=HYPERLINK(\"http://x\")", "http://example.org", "007", "\x00\x08\x1b]0;x\x07",
    "𝒳" * 40, "🙂" * 30, "שלום עולם", "مرحبا بالعالم", "\u202egnp.exe\u202c", "a" * 5000, "ẩ" * 300, "<b>&amp;</b>", "{{7*7}}", "\ud800",
    "dòng một\ndòng hai\r\ndòng ba", "A\u0302\u0301", "\ufffe\uffff", "]]>", "%s%n%(x)s", ") Tj ET Q", "\\", "/" * 400,
]


def make_rows(count):
    for number in range(1, count + 1):
        yield Row((date(2025, 3, 5), number, "Bộ Nội vụ", SUBJECT, ''))


def make_pdf_table(rows, **values):
    output = io.BytesIO()
    report = pdf.TableReport(output, columns=COLUMNS, mark=MARK, **values)
    report.write(rows)
    report.close()
    return output.getvalue()


def make_file(report_class, rows, **values):
    output = io.BytesIO()
    report = report_class(output, columns=COLUMNS, mark=MARK, **{'title': "Sổ", **values})
    report.write(rows)
    report.close()
    return output.getvalue()


class NullFile:
    """A file that keeps nothing, so that only the memory of the writer is measured."""

    def __init__(self):
        self.size = 0

    def write(self, data):  # pylint: disable=method-required-super  # no model
        self.size += len(data)
        return len(data)


@tagged('post_install', '-at_install')
class TestFonts(BaseCase):

    def test_every_style_has_every_vietnamese_letter(self):
        for style in fonts.STYLES:
            self.assertEqual(fonts.get_font(style).get_missing(fonts.get_alphabet()), set(), style)

    def test_widths_are_those_of_times_new_roman(self):
        """Times New Roman: A 722, i 278, ư and đ as wide as their letters, space 250."""
        font = fonts.get_font('regular')
        self.assertEqual([round(font.measure(char, 1000)) for char in 'Ai đ'], [722, 278, 250, 500])

    def test_a_font_with_gaps_is_not_taken(self):
        fonts.get_font.cache_clear()
        self.addCleanup(fonts.get_font.cache_clear)
        with patch.object(fonts.Font, 'get_missing', return_value={'ắ'}), self.assertRaises(fonts.FontMissing):
            fonts.get_font('regular')

    def test_text_is_composed_and_without_what_cannot_be_seen(self):
        clean = fonts.get_font('regular').clean
        self.assertEqual(clean(unicodedata.normalize('NFD', "Ủy ban nhân dân")), "Ủy ban nhân dân")
        self.assertEqual(clean("a\u202eb\u200bc\x00d"), "abcd")
        self.assertEqual(clean("Số 🙂"), "Số □")


@tagged('post_install', '-at_install')
class TestLayout(BaseCase):

    def test_no_line_is_wider_than_its_column(self):
        font = fonts.get_font('regular')
        generator = random.Random(20250305)
        letters = sorted(fonts.get_alphabet()) + [' '] * 30
        for _ in range(200):
            text = ''.join(generator.choices(letters, k=generator.randint(1, 300)))
            width = generator.uniform(30, 300)
            lines = wrap(text, font, 11, width)
            self.assertLessEqual(max(font.measure(line, 11) for line in lines), width + 1e-6)
            self.assertEqual(''.join(''.join(lines).split()), ''.join(text.split()))

    def test_values_as_they_stand_on_paper(self):
        self.assertEqual(format_value(date(2025, 3, 5), 'date'), '05/03/2025')
        self.assertEqual(format_value(datetime(2025, 3, 5, 7, 5), 'datetime'), '05/03/2025 07:05')
        self.assertEqual([format_value(value) for value in (None, False, '', 0, 12, 1.5)], ['', '', '', '0', '12', '1,5'])
        self.assertEqual([format_value(value, 'boolean') for value in (True, False)], ['x', ''])


@tagged('post_install', '-at_install')
class TestPdfTable(BaseCase):

    def test_page_is_a4_in_the_margins_of_the_decree(self):
        """Annex I, I.1: A4; top and bottom 20 to 25 mm, left 30 to 35 mm, right 15 to 20 mm."""
        for frame, size in ((pdf.LANDSCAPE, (297, 210)), (pdf.PORTRAIT, (210, 297))):
            data = make_pdf_table(make_rows(80), frame=frame)
            with pikepdf.open(io.BytesIO(data)) as document:
                box = [float(value) / MM for value in document.pages[0].mediabox]
            self.assertEqual([round(value, 1) for value in box], [0, 0, *size])
            dpi = 72
            picture = render_pdf(data, 2, dpi).point(lambda shade: 255 if shade < 160 else 0)
            # the table alone: without the number above it and the mark below
            scale = dpi / 25.4
            table = picture.crop((0, int(16 * scale), picture.width, int((size[1] - 19) * scale)))
            left, _top, right, _bottom = (side / scale for side in table.getbbox())
            self.assertAlmostEqual(left, 30, delta=0.6)
            self.assertAlmostEqual(size[0] - right, 15, delta=0.6)

    def test_number_stands_on_top_from_the_second_page_on(self):
        """Annex I, I.7."""
        pages = read_pdf(make_pdf_table(make_rows(60)), '-layout')
        self.assertGreater(len(pages), 3)
        self.assertEqual(pages[0].split()[0], 'Ngày')
        self.assertEqual([page.split()[0] for page in pages[1:]], [str(number) for number in range(2, len(pages) + 1)])

    def test_headings_and_mark_are_on_every_page(self):
        pages = read_pdf(make_pdf_table(make_rows(100), numbers_columns=True))
        for page in pages:
            text = ' '.join(page.split())
            for column in COLUMNS:
                self.assertTrue(set(column.title.split()) <= set(text.split()), column.title)
            self.assertIn(MARK.text, text)
            self.assertEqual(re.findall(r'\((\d)\)', text), list('12345'))

    def test_text_is_found_again_letter_by_letter(self):
        text = ' '.join(sorted(letter for letter in fonts.get_alphabet() if letter.isalpha()))
        pages = read_pdf(make_pdf_table([Row((None, 1, text, SUBJECT.upper(), ''))]))
        found = unicodedata.normalize('NFC', ''.join(pages))
        self.assertLessEqual({letter for letter in fonts.get_alphabet() if letter.isalpha()}, set(found))
        self.assertIn("QUYẾT ĐỊNH VỀ VIỆC PHÊ DUYỆT", ' '.join(found.split()))

    def test_no_row_lies_over_two_pages(self):
        rows = [Row((None, number, f"đầu{number}", "nội dung " * 12 + f"cuối{number}", '')) for number in range(1, 121)]
        for page in read_pdf(make_pdf_table(rows)):
            self.assertEqual(
                sorted(set(re.findall(r'đầu(\d+)', page)), key=int), sorted(set(re.findall(r'cuối(\d+)', page)), key=int))

    def test_a_row_taller_than_a_page_goes_on_overleaf(self):
        words = [f"từ{number}" for number in range(600)]
        pages = read_pdf(make_pdf_table([
            Row((None, 1, ' '.join(words), "ngắn", '')), Row((None, 2, "sau", "đó", ''))]))
        self.assertGreater(len(pages), 1)
        self.assertEqual(re.findall(r'từ\d+', ' '.join(pages)), words)
        self.assertIn("sau", pages[-1])

    def test_hostile_text_prints(self):
        data = make_pdf_table([Row((None, 1, text, text, text)) for text in HOSTILE])
        with pikepdf.open(io.BytesIO(data)) as document:
            self.assertFalse(document.check_pdf_syntax())
        text = ' '.join(read_pdf(data))
        self.assertIn("=cmd|'", text)
        self.assertIn(") Tj ET Q", text)
        self.assertNotIn("\u202e", text)

    def test_void_rows_and_groups(self):
        data = make_pdf_table([
            Group("Phòng Văn xã"), Row((None, 1, "A", "B", "Hủy"), True), Group("Phòng Tài chính", 1), (None, 2, "C", "D", '')])
        text = ' '.join(read_pdf(data)[0].split())
        for part in ("Phòng Văn xã", "Phòng Tài chính", "Hủy"):
            self.assertIn(part, text)

    def test_cover_heading_and_closing(self):
        cover = Cover("Bộ Nội vụ", "Cục Văn thư", "Sổ đăng ký văn bản đến", (("Năm:", "2025"), ("Quyển số:", "01")))
        heading = Heading("Báo cáo", "Bộ Nội vụ", "Cục Văn thư", True, "Hà Nội, ngày 05 tháng 3 năm 2025")
        closing = Closing(("Cộng: 3",), (("Người lập", "(Ký)"), ("Thủ trưởng", "")))
        pages = read_pdf(make_pdf_table(make_rows(3), cover=cover, heading=heading, closing=closing))
        self.assertIn("SỔ ĐĂNG KÝ VĂN BẢN ĐẾN", ' '.join(pages[0].split()))
        rest = ' '.join(pages[1].split())
        for part in ("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập - Tự do - Hạnh phúc", "CỤC VĂN THƯ", "Cộng: 3", "NGƯỜI LẬP"):
            self.assertIn(part, rest)

    def test_who_signs_stands_on_the_page_of_the_last_row(self):
        closing = Closing(("Cộng: 3",), (("Người lập", "(Ký)"), ("Thủ trưởng", "")))
        counts = set()
        for count in range(8, 22):
            pages = read_pdf(make_pdf_table([(None, number, f"dòng{number}", "", '') for number in range(count)], closing=closing))
            counts.add(len(pages))
            self.assertIn(f"dòng{count - 1}", pages[-1], count)
            self.assertIn("NGƯỜI LẬP", pages[-1], count)
        self.assertEqual(counts, {1, 2})

    def test_dates_and_headings_stay_in_one_piece(self):
        columns = [Column("STT", 0.1), Column("Ngày", 0.1, 'date'), Column("Trích yếu", 9)]
        output = io.BytesIO()
        report = pdf.TableReport(output, columns=columns, mark=MARK)
        report.write([(1, date(2025, 12, 30), SUBJECT)])
        report.close()
        words = read_pdf(output.getvalue())[0].split()
        self.assertIn('STT', words)
        self.assertIn('30/12/2025', words)

    def test_forty_columns_are_printed(self):
        columns = [Column(f"Cột {number}", 1, 'date' if number % 2 else 'text') for number in range(40)]
        output = io.BytesIO()
        report = pdf.TableReport(output, columns=columns, mark=MARK, size=7)
        report.write([[date(2025, 12, 30) if number % 2 else SUBJECT for number in range(40)]] * 3)
        report.close()
        edges = report._edges
        self.assertAlmostEqual(edges[-1], report.right)
        self.assertEqual(edges, sorted(edges))

    def test_an_empty_table_is_a_page(self):
        self.assertEqual(len(read_pdf(make_pdf_table([]))), 1)


@tagged('post_install', '-at_install')
class TestStreaming(BaseCase):
    """10 000 rows go through a writer that keeps none of them."""

    def _measure(self, make, count):
        gc.collect()
        tracemalloc.start()
        try:
            make(make_rows(count))
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    def _check_memory(self, make):
        make(make_rows(5))                  # fonts and templates are loaded once
        small, large = self._measure(make, 300), self._measure(make, 3000)
        # ten times the rows: a writer that kept them would need some 10 MB more
        self.assertLess(large - small, 1_000_000)

    def test_pdf_needs_the_same_memory_whatever_the_rows(self):
        def make(rows):
            report = pdf.TableReport(NullFile(), columns=COLUMNS, mark=MARK)
            report.write(rows)
            report.close()
        self._check_memory(make)

    def test_xlsx_needs_the_same_memory_whatever_the_rows(self):
        def make(rows):
            report = XlsxReport(io.BytesIO(), columns=COLUMNS, mark=MARK, title="Sổ")
            report.write(rows)
            report.close()
        self._check_memory(make)

    def test_docx_needs_the_same_memory_whatever_the_rows(self):
        def make(rows):
            report = DocxReport(io.BytesIO(), columns=COLUMNS, mark=MARK, title="Sổ")
            report.write(rows)
            report.close()
        with patch('odoo.addons.civic_report.tools.docx.SPOOL', 65536):
            self._check_memory(make)

    def test_ten_thousand_rows_take_ten_times_a_thousand(self):
        def take(count):
            start = time.process_time()
            report = pdf.TableReport(NullFile(), columns=COLUMNS, mark=MARK)
            report.write(make_rows(count))
            report.close()
            return time.process_time() - start, report.canvas.page_count
        take(100)
        (thousand, _pages), (ten_thousand, pages) = take(1000), take(10_000)
        self.assertGreater(pages, 500)
        # linear, with much room for a busy machine; a layout that looks back would take a hundred times as long
        self.assertLess(ten_thousand, 25 * thousand)

    def test_pages_are_written_as_they_end(self):
        output = NullFile()
        report = pdf.TableReport(output, columns=COLUMNS, mark=MARK)
        sizes = []
        for _ in range(5):
            report.write(make_rows(100))
            sizes.append(output.size)
        self.assertEqual(sizes, sorted(set(sizes)))
        report.close()


@tagged('post_install', '-at_install')
class TestXlsx(BaseCase):

    def test_texts_stay_texts(self):
        """A cell that begins with = is no formula, a web address no link, 007 no number."""
        data = make_file(XlsxReport, [Row((None, 1, text, text, text)) for text in HOSTILE])
        rows = get_table(data, "Ngày đến")[1:]
        self.assertEqual(rows[0][2], HOSTILE[0])
        self.assertEqual(rows[6][2], '007')
        book = openpyxl.load_workbook(io.BytesIO(data))
        for row in book.active.iter_rows():
            for cell in row:
                self.assertNotEqual(cell.data_type, 'f', cell.value)
                self.assertIsNone(cell.hyperlink)
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            self.assertNotIn(b'<f>', archive.read('xl/worksheets/sheet1.xml'))

    def test_dates_and_numbers_stay_what_they_are(self):
        rows = get_table(make_file(XlsxReport, [
            Row((date(2025, 3, 5), 7, "A", "B", '')), Row((date(1850, 3, 5), 10**18, True, None, 1.5))]), "Ngày đến")
        self.assertEqual((rows[1][0].date(), rows[1][1]), (date(2025, 3, 5), 7))
        self.assertEqual((rows[2][0], rows[2][1]), ('05/03/1850', str(10**18)))

    def test_rows_are_as_high_as_their_longest_text(self):
        """LibreOffice shows a row as high as the file says: a remark of several lines must not be cut."""
        data = make_file(XlsxReport, [Row((None, 1, "A", "B", '')), Row((None, 2, "A", "B", SUBJECT * 2))], is_landscape=False)
        sheet = openpyxl.load_workbook(io.BytesIO(data)).active
        [short, long] = [row[0].row for row in sheet.iter_rows() if row[1].value in (1, 2)]
        self.assertIsNone(sheet.row_dimensions[short].height)
        # 85 of its widths are those of 9.3 parts of the page, the remark has 1.5 of them: less than 16 letters a line
        self.assertGreater(sheet.row_dimensions[long].height, len(SUBJECT * 2) / 16 * 15)

    def test_print_titles_page_and_mark(self):
        data = make_file(XlsxReport, make_rows(3), numbers_columns=True, cover=Cover("A", "B", "C"))
        sheet = openpyxl.load_workbook(io.BytesIO(data)).active
        self.assertEqual(sheet.page_setup.paperSize, 9)
        self.assertEqual(sheet.page_setup.orientation, 'landscape')
        self.assertRegex(sheet.print_title_rows, r'^\$\d+:\$\d+$')
        self.assertIn("In từ hệ thống Civic Records", sheet.oddFooter.left.text)
        self.assertEqual([row[0].value for row in sheet.iter_rows()][-1], MARK.text)

    def test_mark_with_signs_of_the_format(self):
        output = io.BytesIO()
        report = XlsxReport(output, columns=COLUMNS, mark=Mark("Sở A & B &P " + "x" * 400), title="[]:*?/\\'")
        report.close()
        self.assertLessEqual(len(openpyxl.load_workbook(io.BytesIO(output.getvalue())).active.oddFooter.left.text), 250)
        self.assertEqual(openpyxl.load_workbook(io.BytesIO(output.getvalue())).active.title, 'Sheet1')

    def test_names_of_sheets(self):
        self.assertEqual(get_sheet_name("Sổ đăng ký: văn bản đến 2025/2026"), "Sổ đăng ký văn bản đến 2025 202")
        self.assertEqual(get_sheet_name("''"), 'Sheet1')


@tagged('post_install', '-at_install')
class TestDocx(BaseCase):

    def test_document_has_columns_rows_and_mark(self):
        data = make_file(
            DocxReport, [*make_rows(2), Group("Nhóm"), Row((None, 3, "C", "D", "Hủy"), True)], numbers_columns=True,
            heading=Heading("", "Bộ", "Cục", True), closing=Closing((), (("Người lập", "(Ký)"), ("Thủ trưởng", ""))))
        _paragraphs, tables = read_docx(data)
        table = tables[1]
        self.assertEqual(table[0], [column.title for column in COLUMNS])
        self.assertEqual(table[2], ['05/03/2025', '1', "Bộ Nội vụ", SUBJECT, ''])
        self.assertEqual((table[4][0], table[5][4]), ("Nhóm", "Hủy"))
        self.assertEqual(tables[2], [["NGƯỜI LẬP\n(Ký)", "THỦ TRƯỞNG\n"]])
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = {name: archive.read(name).decode() for name in archive.namelist() if name.endswith('.xml')}
        self.assertEqual(sum(MARK.text in text for name, text in parts.items() if 'footer' in name), 2)
        self.assertIn('w:tblHeader', parts['word/document.xml'])
        self.assertIn('<w:strike/>', parts['word/document.xml'])
        self.assertNotIn('civic-rows-go-here', parts['word/document.xml'])

    def test_hostile_text_is_text(self):
        data = make_file(DocxReport, [Row((None, 1, text, text, text)) for text in HOSTILE])
        _paragraphs, [table] = read_docx(data)
        self.assertEqual(len(table), len(HOSTILE) + 1)
        self.assertEqual(table[1][2], HOSTILE[0])
        self.assertEqual(table[1 + HOSTILE.index("<b>&amp;</b>")][2], "<b>&amp;</b>")


@tagged('post_install', '-at_install')
class TestStamp(BaseCase):
    stamp = Stamp(
        "Ủy ban nhân dân Thành phố Hoa Phượng", "1234", "05/03/2025", url="https://civic.example.vn/odoo/incoming-documents/12345")

    def test_stamp_has_the_size_and_words_of_the_form(self):
        """Decree 30/2020, Annex IV, form V: 35 × 50 mm."""
        output = io.BytesIO()
        self.assertEqual(write_stamp(output, self.stamp, with_qr=False), (STAMP_WIDTH, STAMP_HEIGHT))
        self.assertEqual((STAMP_HEIGHT, STAMP_WIDTH), (35, 50))
        with pikepdf.open(io.BytesIO(output.getvalue())) as document:
            box = [float(value) / MM for value in document.pages[0].mediabox]
        self.assertEqual([round(value, 2) for value in box], [0, 0, 50, 35])
        text = ' '.join(' '.join(read_pdf(output.getvalue())).split())
        for part in ("ỦY BAN NHÂN DÂN", "ĐẾN", "Số: 1234", "Ngày: 05/03/2025", "Chuyển:", "Số và ký hiệu HS:"):
            self.assertIn(part, text)

    def test_frame_is_red_and_fills_the_size(self):
        output = io.BytesIO()
        write_stamp(output, self.stamp, with_qr=False)
        picture = render_pdf(output.getvalue(), 1, 254, mode='RGB')      # ten points per millimetre
        red = picture.split()[0].point(lambda shade: 255 if shade > 150 else 0)
        other = picture.split()[1].point(lambda shade: 255 if shade < 90 else 0)
        frame = Image.composite(other, Image.new('L', picture.size, 0), red)
        left, top, right, low = frame.getbbox()
        self.assertAlmostEqual((right - left) / 10, 50, delta=0.3)
        self.assertAlmostEqual((low - top) / 10, 35, delta=0.3)

    def test_long_names_and_values_stay_inside(self):
        for name in ("A" * 300, "Ủy ban nhân dân " * 20, "X", "", "🙂"):
            output = io.BytesIO()
            write_stamp(output, Stamp(name, "1" * 50, "05/03/2025", "Phòng " * 40, "01.TCCB " * 20), with_qr=False)
            self.assertIn("ĐẾN", read_pdf(output.getvalue())[0])

    def test_codes_of_a_label_can_be_read_by_a_machine(self):
        for sheet in (Sheet(210, 297, 70, 37, 3, 8), Sheet(50, 30, 50, 30), Sheet(70, 50, 70, 50)):
            output = io.BytesIO()
            label = Label("UBND Thành phố Hoa Phượng", "Số đến: 1234", "05/03/2025", SUBJECT, "12/ĐT/2025", self.stamp.url)
            self.assertEqual(write_sheet(output, sheet, [label]), 1)
            codes = zxingcpp.read_barcodes(render_pdf(output.getvalue(), 1, 300))
            self.assertEqual({decode_code128(code.text) for code in codes}, {"12/ĐT/2025", self.stamp.url}, sheet)

    def test_a_bar_code_leads_back_to_its_text(self):
        for text in ('H29.1.2026.01.ĐT', "Hộp 1/Đ", '100%', 'A~B c'):
            self.assertTrue(get_code128(encode_code128(text)))
            self.assertEqual(decode_code128(encode_code128(text)), text)

    def test_sheets_are_filled_from_the_place_that_is_said(self):
        sheet = Sheet(210, 297, 70, 37, 3, 8)
        output = io.BytesIO()
        labels = [Label("UBND", f"Số đến: {number}", "05/03/2025") for number in range(1, 31)]
        self.assertEqual(write_sheet(output, sheet, iter(labels), start=20), 30)
        pages = read_pdf(output.getvalue())
        self.assertEqual([page.count("Số đến:") for page in pages], [4, 24, 2])
        self.assertEqual(sheet.get_place(0), (0, (297 - 37) * MM))
        self.assertAlmostEqual(sheet.get_place(5)[0], 140 * MM)
