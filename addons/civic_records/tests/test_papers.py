import re
import unicodedata
from datetime import date
from io import BytesIO
from unittest.mock import patch

from pypdf import PdfReader

from odoo.tests import BaseCase, TransactionCase, tagged

from ..tools import papers


def pages_of(pdf):
    return PdfReader(BytesIO(pdf)).pages


def text_of(pdf):
    """The text layer as one line, without page numbers: line breaks are layout."""
    texts = [page.extract_text().rstrip() for page in pages_of(pdf)]
    texts[1:] = [text.removesuffix(str(number)) for number, text in enumerate(texts[1:], 2)]
    return ' '.join(' '.join(texts).split())


def sample(**values):
    return papers.Paper(**{
        'agency': 'Sở Nội vụ',
        'parent_agency': 'ỦY BAN NHÂN DÂN\nTHÀNH PHỐ HỒ CHÍ MINH',
        'type_name': 'Công văn',
        'number': 5,
        'symbol': 'SNV-VTLT',
        'date': date(2026, 2, 5),
        'subject': 'Đề nghị phối hợp kiểm tra công tác văn thư, lưu trữ',
        'addressees': ('Ủy ban nhân dân Phường Bến Thành',),
        'body': ('Thực hiện kế hoạch công tác, Sở Nội vụ đề nghị quý cơ quan phối hợp.', 'Trân trọng./.'),
        'recipients': ('UBND Thành phố (để báo cáo)',),
        'archive_line': 'Lưu: VT, VTLT.',
        'signature': papers.Signature(('KT. GIÁM ĐỐC', 'PHÓ GIÁM ĐỐC'), 'Trần Thị Minh Hạnh'),
        **values,
    })


@tagged('post_install', '-at_install')
class TestRules(BaseCase):

    def test_a_date_takes_a_zero_below_ten_and_in_the_first_two_months_only(self):
        """Decree 30/2020, Annex I, II.4.b."""
        self.assertEqual(papers.date_text(date(2020, 1, 5)), 'ngày 05 tháng 01 năm 2020')
        self.assertEqual(papers.date_text(date(2019, 6, 29)), 'ngày 29 tháng 6 năm 2019')
        months = [papers.date_text(date(2026, month, 10)).split()[3] for month in range(1, 13)]
        self.assertEqual(months, ['01', '02', '3', '4', '5', '6', '7', '8', '9', '10', '11', '12'])

    def test_numbers_below_ten_take_a_zero(self):
        """Decree 30/2020, Annex I, II.3.c."""
        self.assertEqual(papers.reference(5, 'QĐ-UBND'), '05/QĐ-UBND')
        self.assertEqual(papers.reference(15, 'QĐ-UBND'), '15/QĐ-UBND')
        self.assertEqual(papers.reference(4292, 'KH-UBND'), '4292/KH-UBND')
        with self.assertRaises(papers.PaperError):
            papers.reference(0, 'QĐ-UBND')

    def test_an_official_letter_names_the_drafting_unit_instead_of_a_type(self):
        """Decree 30/2020, Annex I, II.3.b."""
        self.assertEqual(papers.notation('Công văn', 'UBND', 'VX'), 'UBND-VX')
        with self.assertRaises(papers.PaperError):
            papers.notation('Công văn', 'UBND')
        with self.assertRaises(papers.PaperError):
            papers.notation('Kế hoạch', '')
        with self.assertRaises(papers.PaperError):
            papers.notation('Bản cam kết', 'UBND')

    def test_notations_keep_the_case_of_the_law(self):
        """Decree 30/2020, Annex III: 29 types, 27 of them with an abbreviation."""
        self.assertEqual(len(papers.ADMINISTRATIVE_TYPES), 29)
        with_abbreviation = {name: short for name, short in papers.ADMINISTRATIVE_TYPES if short}
        self.assertEqual(len(with_abbreviation), 27)
        for name, short in with_abbreviation.items():
            self.assertEqual(papers.notation(name, 'UBND'), f'{short}-UBND')
        self.assertEqual(papers.notation('Quy định', 'UBND'), 'QyĐ-UBND')
        self.assertEqual(papers.notation('Chương trình', 'UBND'), 'CTr-UBND')
        self.assertEqual(papers.notation('Tờ trình', 'UBND'), 'TTr-UBND')


@tagged('post_install', '-at_install')
class TestTypes(TransactionCase):

    def test_the_list_is_that_of_the_database(self):
        types = self.env['civic.document.type'].with_context(lang='vi_VN').search([('kind', '=', 'administrative')])
        self.assertEqual(
            {(item.name.split(' (')[0], item.abbreviation or '') for item in types},
            set(papers.ADMINISTRATIVE_TYPES))


@tagged('post_install', '-at_install')
class TestPaper(BaseCase):

    def test_the_text_layer_says_what_was_written(self):
        text = text_of(papers.paper(sample()))
        for part in (
            'ỦY BAN NHÂN DÂN THÀNH PHỐ HỒ CHÍ MINH SỞ NỘI VỤ', papers.NATION, papers.MOTTO, 'Số: 05/SNV-VTLT',
            'Thành phố Hồ Chí Minh, ngày 05 tháng 02 năm 2026',
            'V/v đề nghị phối hợp kiểm tra công tác văn thư, lưu trữ',
            'Kính gửi: Ủy ban nhân dân Phường Bến Thành.', 'Sở Nội vụ đề nghị quý cơ quan phối hợp.',
            'Nơi nhận: - Như trên; - UBND Thành phố (để báo cáo); - Lưu: VT, VTLT.',
            'KT. GIÁM ĐỐC PHÓ GIÁM ĐỐC Trần Thị Minh Hạnh', papers.SPECIMEN,
        ):
            self.assertIn(part, text)

    def test_every_vietnamese_letter_survives(self):
        words = ' '.join(papers.VIETNAMESE_LETTERS)
        text = text_of(papers.paper(sample(body=(words, 'Hết./.'))))
        self.assertEqual([letter for letter in papers.VIETNAMESE_LETTERS if letter not in text], [])

    def test_decomposed_input_becomes_composed(self):
        subject = unicodedata.normalize('NFD', 'Tổ chức Hội nghị tổng kết công tác lưu trữ')
        text = text_of(papers.paper(sample(type_name='Thông báo', symbol='TB-SNV', subject=subject)))
        self.assertIn('Tổ chức Hội nghị tổng kết công tác lưu trữ', text)
        self.assertEqual(text, unicodedata.normalize('NFC', text))

    def test_the_same_paper_has_the_same_bytes(self):
        self.assertEqual(papers.paper(sample()), papers.paper(sample()))
        self.assertNotEqual(papers.paper(sample()), papers.paper(sample(number=6)))

    def test_a_dict_will_do(self):
        values = {name: getattr(sample(), name) for name in papers.Paper.__dataclass_fields__}
        self.assertEqual(papers.paper(values), papers.paper(sample()))

    def _get_heads(self, page):
        """What stands in the top margin: [(text, x)]."""
        heads = []

        def visit(text, _matrix, position, _font, _size):
            if position[5] > papers.A4[1] - papers.TOP and text.strip():
                heads.append((text.strip(), position[4]))

        page.extract_text(visitor_text=visit)
        return heads

    def test_page_numbers_begin_on_the_second_page(self):
        """Decree 30/2020, Annex I, I.7: centred at the top, none on the first page."""
        pages = pages_of(papers.paper(sample(body=tuple(f'Đoạn văn bản thứ {n} của công văn.' for n in range(90)))))
        self.assertGreaterEqual(len(pages), 3)
        found = []
        for page in pages:
            heads = self._get_heads(page)
            found.append([text for text, _x in heads])
            for text, x in heads:
                width = papers.pdfmetrics.stringWidth(text, 'Paper', 13)
                self.assertAlmostEqual(x + width / 2, papers.LEFT + papers.WIDTH / 2, delta=1)
        self.assertEqual(found, [[], *([str(number)] for number in range(2, len(pages) + 1))])

    def test_the_page_is_a4_and_text_stays_within_the_margins(self):
        """Decree 30/2020, Annex I, I.3: top and bottom 20–25, left 30–35, right 15–20 mm."""
        for margin, low, high in ((papers.TOP, 20, 25), (papers.BOTTOM, 20, 25), (papers.LEFT, 30, 35), (papers.RIGHT, 15, 20)):
            self.assertTrue(low <= margin / papers.mm <= high)
        page = pages_of(papers.plan_4292())[0]
        self.assertEqual([round(float(side)) for side in page.mediabox[2:]], [595, 842])

    def test_an_urgent_paper_bears_the_stamp(self):
        for urgency, stamp in (('urgent', 'KHẨN'), ('very_urgent', 'THƯỢNG KHẨN'), ('express', 'HỎA TỐC')):
            self.assertIn(stamp, text_of(papers.paper(sample(urgency=urgency))))
        self.assertNotIn('KHẨN', text_of(papers.paper(sample())))
        with self.assertRaises(papers.PaperError):
            papers.paper(sample(urgency='secret'))

    def test_an_unknown_type_is_refused(self):
        with self.assertRaises(papers.PaperError):
            papers.paper(sample(type_name='Giấy đi đường'))

    def test_a_missing_font_is_told_with_its_remedy(self):
        papers._register_fonts.cache_clear()
        self.addCleanup(papers._register_fonts.cache_clear)
        with patch.object(papers, 'FONT_FOLDERS', ('/nowhere',)), self.assertRaisesRegex(
            papers.FontMissingError, 'fonts-liberation2',
        ):
            papers.paper(sample())

    def test_a_font_that_lacks_letters_is_not_used(self):
        papers._register_fonts.cache_clear()
        self.addCleanup(papers._register_fonts.cache_clear)
        with patch.object(papers, 'VIETNAMESE_LETTERS', papers.VIETNAMESE_LETTERS + '\U00020000'), self.assertRaisesRegex(
            papers.FontMissingError, r'lacks \d+ Vietnamese letters',
        ):
            papers.paper(sample())


@tagged('post_install', '-at_install')
class TestPlan4292(BaseCase):

    def test_the_plan_is_whole(self):
        spec = papers.plan_4292_spec()
        pdf = papers.plan_4292()
        text = text_of(pdf)
        paragraphs = [item if isinstance(item, str) else item[1] for item in spec.body]
        self.assertEqual(len(paragraphs), 43)
        squeezed = re.sub(r'\s', '', text)
        self.assertEqual([paragraph for paragraph in paragraphs if re.sub(r'\s', '', paragraph) not in squeezed], [])
        self.assertIn('Số: 4292/KH-UBND', text)
        self.assertIn('Thành phố Hồ Chí Minh, ngày 06 tháng 11 năm 2020', text)
        self.assertIn('TM. ỦY BAN NHÂN DÂN', text)

    def test_other_text_may_be_given(self):
        text = 'Thực hiện Quyết định số 458/QĐ-TTg, ban hành Kế hoạch như sau:\n\n  I. MỤC ĐÍCH\n\n  Hết./.'
        self.assertEqual(
            papers.plan_4292_spec(text).body,
            ('Thực hiện Quyết định số 458/QĐ-TTg, ban hành Kế hoạch như sau:', ('part', 'I. MỤC ĐÍCH'), 'Hết./.'))
