import io
from unittest.mock import patch

import pikepdf
import zxingcpp
from PIL import Image, ImageDraw

from odoo.tests import BaseCase, tagged

from ..tools import overlay, pdf
from ..tools.canvas import MM
from ..tools.layout import Heading, Mark
from ..tools.overlay import OverlayFailed, stamp_file
from ..tools.stamp import Stamp
from .files import read_pdf, render_pdf

STAMP = Stamp("UBND Thành phố Hoa Phượng", "1234", "05/03/2025", url="https://civic.example.vn/odoo/incoming-documents/12")
TEXT = "Căn cứ Luật Tổ chức chính quyền địa phương ngày 19 tháng 6 năm 2015; xét đề nghị của Giám đốc Sở Nội vụ. " * 2


def make_letter(paragraphs=8, gap=60):
    """A letter as Decree 30/2020 lays it out, with room below the notation."""
    output = io.BytesIO()
    report = pdf.PageReport(output, mark=Mark("văn bản mẫu"))
    report.begin_page()
    report.draw_heading(Heading(
        superior="Bộ Nội vụ", agency="Cục Văn thư", is_official=True, place_date="Hà Nội, ngày 03 tháng 3 năm 2025"))
    report.y -= gap * MM
    for _ in range(paragraphs):
        report.paragraph(TEXT, gap=4)
    report.close()
    return output.getvalue()


def change(data, **entries):
    """Return the PDF with these entries in its first page."""
    output = io.BytesIO()
    with pikepdf.open(io.BytesIO(data)) as document:
        for name, value in entries.items():
            document.pages[0].obj[f'/{name}'] = value
        document.save(output)
    return output.getvalue()


def get_ink(picture):
    return picture.point(lambda shade: 255 if shade < 140 else 0)


@tagged('post_install', '-at_install')
class TestOverlay(BaseCase):

    def _check(self, source, dpi=101.6, **values):
        """Stamp, and see on the rendered pages that the stamp stands where nothing stood."""
        data, place = stamp_file(source, STAMP, **values)
        self.assertTrue(place['is_free'], place)
        before, after = render_pdf(source, 1, dpi), render_pdf(data, 1, dpi)
        self.assertEqual(before.size, after.size)
        scale = before.width / place['page_width']
        box = [round(value * scale) for value in (
            place['x'], place['y'], place['x'] + place['width'], place['y'] + place['height'])]
        self.assertIsNone(get_ink(before.crop(box)).getbbox(), "the stamp covers what was there")
        drawn = get_ink(after.crop(box)).getbbox()
        self.assertGreater(drawn[3] - drawn[1], 0.95 * (box[3] - box[1]))
        return data, place

    def test_stamp_stands_below_the_head_and_over_nothing(self):
        source = make_letter()
        for corner in ('left', 'right'):
            data, place = self._check(source, corner=corner)
            self.assertLess(place['y'] + place['height'], 297 * 0.45)
            center = place['x'] + place['width'] / 2
            self.assertEqual(center < 105, corner == 'left')
            text = ' '.join(' '.join(read_pdf(data)).split())
            for part in ("ĐẾN", "Số: 1234", "Ngày: 05/03/2025", "Căn cứ Luật"):
                self.assertIn(part, text)

    def test_qr_leads_to_the_record(self):
        data, place = stamp_file(make_letter(), STAMP)
        self.assertTrue(place['has_qr'])
        self.assertEqual([code.text for code in zxingcpp.read_barcodes(render_pdf(data, 1, 200))], [STAMP.url])

    def test_the_same_again_is_the_same_file(self):
        source = make_letter()
        self.assertEqual(stamp_file(source, STAMP)[0], stamp_file(source, STAMP)[0])
        self.assertNotEqual(stamp_file(source, STAMP)[0], stamp_file(source, STAMP._replace(number='1235'))[0])

    def test_rotated_pages_and_any_box(self):
        letter = make_letter(3)
        for rotation in (0, 90, 180, 270, -90, 450):
            for box in (None, [10, 20, 560, 800], [560, 800, 10, 20], [-50, -50, 900, 900]):
                entries = {'Rotate': rotation, **({'CropBox': box} if box else {})}
                with self.subTest(**entries):
                    data, _place = self._check(change(letter, **entries))
                    # upright as the reader sees it: machines read codes either way, so look at the words
                    self.assertIn("Số: 1234", ' '.join(' '.join(read_pdf(data)).split()))
        shifted = change(letter, MediaBox=[-100, -200, 495.276, 641.89])
        self._check(shifted)

    def test_a_full_page_gets_the_stamp_where_it_covers_least(self):
        source = make_letter(30, gap=0)
        data, place = stamp_file(source, STAMP)
        self.assertFalse(place['is_free'])
        self.assertIn("Số: 1234", ' '.join(' '.join(read_pdf(data)).split()))

    def _make_scan(self, shade=238, noise=True):
        picture = render_pdf(make_letter(), 1, 150).point(lambda value: min(value, shade))
        if noise:
            draw = ImageDraw.Draw(picture)
            for number in range(400):
                draw.point(((number * 7919) % picture.width, (number * 104729) % picture.height), fill=0)
        return picture

    def test_scans_are_pages_too(self):
        """Pictures without a text layer, on grey paper and with specks."""
        picture = self._make_scan()
        output = io.BytesIO()
        picture.save(output, 'PDF', resolution=150)
        data, place = stamp_file(output.getvalue(), STAMP)
        self.assertTrue(place['is_free'])
        self.assertLess(place['y'], 297 * 0.45)
        self.assertIn("ĐẾN", ' '.join(read_pdf(data)))
        for kind in ('PNG', 'JPEG'):
            output = io.BytesIO()
            picture.save(output, kind, dpi=(150, 150))
            data, place = stamp_file(output.getvalue(), STAMP, is_picture=True)
            self.assertTrue(place['is_free'])
            self.assertAlmostEqual(place['page_width'], 210, delta=1)

    def test_a_page_smaller_than_the_stamp(self):
        with pikepdf.new() as document:
            document.add_blank_page(page_size=(100, 60))
            output = io.BytesIO()
            document.save(output)
        _data, place = stamp_file(output.getvalue(), STAMP)
        self.assertFalse(place['is_free'])

    def test_what_cannot_be_opened_is_refused(self):
        protected = io.BytesIO()
        with pikepdf.open(io.BytesIO(make_letter())) as document:
            document.save(protected, encryption=pikepdf.Encryption(owner='a', user='b'))
        huge = change(make_letter(), MediaBox=[0, 0, 14400, 14400])
        bomb = io.BytesIO()
        Image.new('1', (20000, 20000)).save(bomb, 'PNG')
        for source, code, values in (
            (b'', 'corrupt', {}), (b'%PDF-1.7 nothing', 'corrupt', {}), (make_letter()[:500], 'corrupt', {}),
            (protected.getvalue(), 'encrypted', {}), (huge, 'too_large', {}), (b'no picture', 'corrupt', {'is_picture': True}),
            (bomb.getvalue(), 'corrupt', {'is_picture': True}),
        ):
            with self.subTest(code=code, size=len(source)), self.assertRaises(OverlayFailed) as caught:
                stamp_file(source, STAMP, **values)
            self.assertEqual(caught.exception.code, code)

    def test_a_child_that_hangs_or_dies_costs_seconds_only(self):
        with patch.object(overlay, 'CHILD', '/dev/null'), self.assertRaises(OverlayFailed):
            stamp_file(make_letter(), STAMP)
        with patch.object(overlay, '_run', side_effect=OverlayFailed('timeout')), self.assertRaises(OverlayFailed):
            stamp_file(make_letter(), STAMP)
        with self.assertRaises(OverlayFailed) as caught:
            stamp_file(make_letter(), STAMP, timeout=0.01)
        self.assertEqual(caught.exception.code, 'timeout')

    def test_other_pages_stay(self):
        source = make_letter(60)
        pages = read_pdf(source)
        data, _place = stamp_file(source, STAMP)
        self.assertGreater(len(pages), 1)
        self.assertEqual(read_pdf(data)[1:], pages[1:])
        self.assertNotIn("ĐẾN", ' '.join(read_pdf(data)[1:]))
