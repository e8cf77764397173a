from odoo.tests import BaseCase, tagged

from ..tools import intake
from ..tools.separation import Segment, Sheet, find_segments, invert, make_code, parse_code, parse_pages, parse_starts
from ..tools.separator_sheet import make_sheets

PAGE = {'codes': [], 'blank': False}
BLANK = {'codes': [], 'blank': True}
SHEET = {'codes': ['https://vi.du', make_code('7', 'urgent')], 'blank': False}


@tagged('post_install', '-at_install')
class TestIntakeTools(BaseCase):

    def test_codes(self):
        self.assertEqual(parse_code(make_code('7', 'urgent', 'hand')), Sheet('7', 'urgent', 'hand'))
        self.assertEqual(parse_code(make_code('7')), Sheet('7'))
        for text in ('', None, 'CIVIC-SEP/2/7', 'CIVIC-SEP/1/../x', 'xCIVIC-SEP/1/7', "CIVIC-SEP/1/7'--"):
            self.assertIsNone(parse_code(text))

    def test_segments(self):
        sheet = Sheet('7', 'urgent')
        for pages, expected in (
            ([PAGE, PAGE], []),
            ([PAGE, SHEET, PAGE], [Segment(1, 1), Segment(3, 3, sheet)]),
            ([SHEET, PAGE, SHEET], [Segment(2, 2, sheet)]),
            ([SHEET, SHEET, PAGE], [Segment(3, 3, sheet)]),
            ([SHEET, BLANK, PAGE, BLANK], [Segment(3, 4, sheet)]),
            ([SHEET, BLANK, SHEET, BLANK], []),
            ([BLANK, PAGE, SHEET, PAGE], [Segment(1, 2), Segment(4, 4, sheet)]),
            ([SHEET, BLANK, BLANK, PAGE], [Segment(4, 4, sheet)]),
            ([], []),
        ):
            self.assertEqual(find_segments(pages), expected)

    def test_page_lists(self):
        self.assertEqual(parse_starts('4, 9', 12), [(1, 3), (4, 8), (9, 12)])
        self.assertEqual(parse_starts('2 2;1', 2), [(1, 1), (2, 2)])
        self.assertEqual(parse_pages('2 - 3, 7', 9), [(2, 3), (7, 7)])
        self.assertEqual(invert([(2, 3), (7, 7)], 9), [(1, 1), (4, 6), (8, 9)])
        for parse, text in ((parse_starts, '13'), (parse_starts, ''), (parse_pages, '3-2'), (parse_pages, '0'),
                            (parse_pages, '')):
            with self.assertRaises(ValueError):
                parse(text, 12)

    def test_a_sheet_is_found_upside_down_too(self):
        code = make_code('7', 'express', 'post')
        pdf = make_sheets([{'code': code, 'agency': "UBND", 'title': "TỜ PHÂN CÁCH", 'note': "", 'lines': []}])
        import io

        import pikepdf

        turned = io.BytesIO()
        with pikepdf.open(io.BytesIO(pdf)) as document:
            document.pages[0].rotate(180, relative=True)
            document.save(turned)
        with intake.workplace() as folder:
            for name, raw in (('a.pdf', pdf), ('b.pdf', turned.getvalue())):
                pages = intake.read_pages(folder, intake.put(folder, raw, name), max_pages=5)
                self.assertIn(code, pages[0]['codes'])

    def test_a_task_that_hangs_is_ended(self):
        with intake.workplace() as folder, self.assertRaises(intake.IntakeFailed) as caught:
            intake.read_pages(folder, '/dev/zero', max_pages=5, limits=(1, 3))
        self.assertIn(caught.exception.code, ('unreadable', 'corrupt'))
