import io

from pypdf import PdfReader

from odoo.tests import BaseCase, tagged

from odoo.addons.civic_report.tools.canvas import MM, PdfCanvas
from odoo.addons.civic_report.tools.overlay import OverlayFailed

from ..tools.copy_block import CopyBlock, lay_out, make_paper_copy

BLOCK = CopyBlock(
    form="SAO Y", agency="Ủy ban nhân dân Thành phố Hoa Phượng", reference="05/SY-UBND",
    place_date="Hoa Phượng, ngày 05 tháng 3 năm 2026", titles=("TL. CHỦ TỊCH", "CHÁNH VĂN PHÒNG"), signer="Võ Thành Nhân",
    recipients=("Sở Nội vụ",))


def make_paper(lines, pages=1):
    """A4 sheets whose last one bears so many lines, 6 mm each from the top margin of 20 mm."""
    output = io.BytesIO()
    canvas = PdfCanvas(output)
    for page in range(pages):
        canvas.begin_page(210 * MM, 297 * MM)
        for line in range(lines if page == pages - 1 else 40):
            canvas.text(30 * MM, (297 - 20 - 6 * line) * MM, f"Dòng {line}", size=13)
    canvas.close()
    return output.getvalue()


@tagged('post_install', '-at_install')
class TestCopyBlock(BaseCase):
    """The block of a copy on paper (Decree 30/2020, Annex I, Part II)."""

    def test_it_stands_right_below_the_end_of_the_text_on_the_same_sheet(self):
        for lines in (3, 15, 25):
            with self.subTest(lines=lines):
                raw, place = make_paper_copy(make_paper(lines, pages=2), BLOCK)
                self.assertEqual((place['page'], place['is_new_page']), (2, False))
                end = 20 + 6 * (lines - 1)
                self.assertGreater(place['y'], end)
                self.assertLess(place['y'], end + 9, "no empty room between the text and the block")
                text = PdfReader(io.BytesIO(raw)).pages[1].extract_text()
                self.assertIn("Dòng 2", text)
                self.assertIn("05/SY-UBND", text)

    def test_it_gets_a_sheet_of_its_own_where_there_is_no_room(self):
        raw, place = make_paper_copy(make_paper(42), BLOCK)
        self.assertEqual((place['page'], place['y'], place['is_new_page']), (2, 20, True))
        pages = PdfReader(io.BytesIO(raw)).pages
        self.assertNotIn("SAO Y", pages[0].extract_text())
        self.assertIn("SAO Y", pages[1].extract_text())

    def test_form_and_agency_are_upper_case_and_bold_in_the_sizes_of_the_annex(self):
        """(1) upper case, bold, 13 to 14; the others in the order of the template."""
        lines, _height = lay_out(BLOCK)
        by_text = {text: (size, style) for _x, _y, text, size, style, _align in lines}
        self.assertEqual(by_text["SAO Y"], (14, 'bold'))
        self.assertEqual(by_text["Số: 05/SY-UBND"], (13, 'regular'))
        self.assertEqual(by_text["Võ Thành Nhân"], (13, 'bold'))
        self.assertEqual([text for *_rest, text, _size, _style, _align in lines][-1], "Võ Thành Nhân")
        left = [text for x, _y, text, *_rest in lines if text.startswith(('Nơi', '- '))]
        self.assertEqual(left, ["Nơi nhận:", "- Sở Nội vụ;", "- Lưu: VT."])

    def test_the_same_paper_gives_the_same_bytes_and_a_broken_one_an_error(self):
        paper = make_paper(10)
        self.assertEqual(make_paper_copy(paper, BLOCK)[0], make_paper_copy(paper, BLOCK)[0])
        for broken in (b'%PDF-1.4 cut', paper[:300]):
            with self.subTest(size=len(broken)), self.assertRaises(OverlayFailed):
                make_paper_copy(broken, BLOCK)
