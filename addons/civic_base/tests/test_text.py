"""Plain Python: runs inside Odoo's suite and, by `python test_text.py`, without Odoo."""
import importlib.util
import unicodedata
import unittest
from datetime import date
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

try:
    from odoo.tests import BaseCase
except ImportError:
    BaseCase = unittest.TestCase

_path = Path(__file__).resolve().parents[1] / 'tools' / 'text.py'
_spec = importlib.util.spec_from_file_location('civic_base_text', _path)
text = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(text)

SETTINGS = settings(database=None, deadline=None, max_examples=300)
NOTATION = st.lists(
    st.text('ABCDĐGHKLMNOPQSTUVXYƯƠÂÊ', min_size=1, max_size=6), min_size=1, max_size=4).map('-'.join)


class TestFold(BaseCase):

    def test_old_and_new_orthography_fall_together(self):
        for left, right in (
            ("hòa", "hoà"), ("thủy", "thuỷ"), ("ĐẤT", "dat"), ("Ủy ban", "Uỷ  BAN"), ("Ðà Nẵng", "đà nẵng"),
        ):
            self.assertEqual(text.fold(left), text.fold(right), (left, right))

    def test_every_vietnamese_letter_becomes_ascii(self):
        letters = "aàáảãạăằắẳẵặâầấẩẫậeèéẻẽẹêềếểễệiìíỉĩịoòóỏõọôồốổỗộơờớởỡợuùúủũụưừứửữựyỳýỷỹỵđ"
        for letter in letters + letters.upper():
            folded = text.fold(letter)
            self.assertTrue(folded.isascii() and folded.islower() and len(folded) == 1, letter)

    def test_nothing_folds_to_nothing(self):
        for empty in (None, False, '', '   ', '\u0301'):
            self.assertEqual(text.fold(empty), '')

    @SETTINGS
    @given(st.text())
    def test_folding_twice_changes_nothing(self, anything):
        once = text.fold(anything)
        self.assertEqual(text.fold(once), once)

    @SETTINGS
    @given(st.text())
    def test_composition_does_not_matter(self, anything):
        self.assertEqual(
            text.fold(unicodedata.normalize('NFC', anything)), text.fold(unicodedata.normalize('NFD', anything)))


class TestParseReference(BaseCase):

    def test_what_people_type(self):
        for typed, expected in {
            "Số: 123/QĐ-UBND ngày 5/3/2025": ('123', 'QĐ-UBND', date(2025, 3, 5)),
            "số 123/QĐ-UBND ngày 05 tháng 3 năm 2025": ('123', 'QĐ-UBND', date(2025, 3, 5)),
            "So: 123/QD-UBND": ('123', 'QD-UBND', None),
            "123/QĐ-UBND, 2025-03-05": ('123', 'QĐ-UBND', date(2025, 3, 5)),
            "123/QĐ-UBND 5.3.2025": ('123', 'QĐ-UBND', date(2025, 3, 5)),
            "05/2024/NĐ-CP": ('05', '2024/NĐ-CP', None),
            "30/2020/NĐ-CP ngày 05/3/2020": ('30', '2020/NĐ-CP', date(2020, 3, 5)),
            "4292 / KH - UBND": ('4292', 'KH-UBND', None),
            "4292/KH–UBND": ('4292', 'KH-UBND', None),
            "Số, ký hiệu: 12/UBND-VX": ('12', 'UBND-VX', None),
            "12a/TB-SNV": ('12a', 'TB-SNV', None),
            "05/SY-UBND": ('05', 'SY-UBND', None),
            "123": ('123', None, None),
            "123/": ('123', None, None),
            "ngày 5/3/2025": (None, None, date(2025, 3, 5)),
            "5/3/2025": (None, None, date(2025, 3, 5)),
        }.items():
            self.assertEqual(text.parse_reference(typed), expected, typed)

    def test_what_is_no_reference_is_not_repaired(self):
        for typed in (
            None, '', "kế hoạch số hóa", "QĐ-UBND", "2024/2025", "123/QĐ-UBND ngày 31/2/2025", "05/2024",
            "123/QĐ-UBND và 124/QĐ-UBND", "123456789012/QĐ", "số", "123/../QĐ",
        ):
            self.assertEqual(text.parse_reference(typed), (None, None, None), typed)

    def test_a_long_text_is_read_at_once(self):
        self.assertEqual(text.parse_reference('1/' + 'A-' * 100_000).number, None)
        self.assertEqual(text.parse_reference('1 ' * 100_000).number, None)

    @SETTINGS
    @given(st.integers(1, 10**9), NOTATION, st.dates(date(1945, 9, 2), date(2099, 12, 31)))
    def test_written_out_it_is_read_back(self, number, notation, issued):
        for written in (
            f'Số: {number:02}/{notation} ngày {issued.day}/{issued.month}/{issued.year}',
            f'{number:02}/{notation} ngày {issued:%d} tháng {issued.month} năm {issued.year}',
            f'{number:02}/{notation}, {issued.isoformat()}',
        ):
            self.assertEqual(text.parse_reference(written), (f'{number:02}', notation, issued), written)

    @SETTINGS
    @given(st.text())
    def test_no_text_breaks_it(self, anything):
        reference = text.parse_reference(anything)
        self.assertTrue(reference.notation is None or reference.number is not None)


class TestParsePasted(BaseCase):

    def test_each_part_is_found_by_itself(self):
        for pasted, expected in {
            "Số: 123/QĐ-UBND ngày 5/3/2025 của UBND Thành phố Hoa Phượng":
                ('123', 'QĐ-UBND', date(2025, 3, 5), 'UBND Thành phố Hoa Phượng', None, None),
            "Quyết định số 123/QĐ-UBND ngày 05 tháng 3 năm 2025 của Ủy ban nhân dân TP về việc phê duyệt kế hoạch (lần 2).":
                ('123', 'QĐ-UBND', date(2025, 3, 5), 'Ủy ban nhân dân TP', 'Quyết định', 'phê duyệt kế hoạch (lần 2)'),
            "Công văn số 45/SNV-VP ngày 1.2.2025 của Sở Nội vụ V/v báo cáo":
                ('45', 'SNV-VP', date(2025, 2, 1), 'Sở Nội vụ', 'Công văn', 'báo cáo'),
            "30/2020/NĐ-CP ngày 05/3/2020 của Chính phủ về công tác văn thư":
                ('30', '2020/NĐ-CP', date(2020, 3, 5), 'Chính phủ', None, 'công tác văn thư'),
            "Thông báo số 7/TB-BNV ngày 1/2/2025 do Bộ Nội vụ ban hành":
                ('7', 'TB-BNV', date(2025, 2, 1), 'Bộ Nội vụ', 'Thông báo', None),
            "123/QĐ-UBND": ('123', 'QĐ-UBND', None, None, None, None),
            "ngày 31/2/2025": (None, None, None, None, None, None),
            "05/03/2025": (None, None, date(2025, 3, 5), None, None, None),
            "Giấy mời": (None, None, None, None, None, None),
            "": (None, None, None, None, None, None),
        }.items():
            self.assertEqual(text.parse_pasted(pasted), expected, pasted)

    def test_a_long_text_is_read_at_once(self):
        for piece in ('A-', '1 ', '1/', 'của ', 'a '):
            self.assertIsNotNone(text.parse_pasted(f'1/{piece * 100_000}'))

    @SETTINGS
    @given(st.integers(1, 10**9), NOTATION, st.dates(date(1945, 9, 2), date(2099, 12, 31)))
    def test_written_out_it_is_read_back(self, number, notation, issued):
        pasted = text.parse_pasted(f'Kế hoạch số {number}/{notation} ngày {issued.day}/{issued.month}/{issued.year}')
        self.assertEqual(pasted[:3], (str(number), notation, issued))

    @SETTINGS
    @given(st.text())
    def test_no_text_breaks_it(self, anything):
        text.parse_pasted(anything)
        self.assertEqual(text.subject_key(text.subject_key(anything)), text.subject_key(anything))


class TestSubjectKey(BaseCase):

    def test_what_is_written_in_front_does_not_count(self):
        for subject in ("V/v triển khai Kế hoạch – số 5", "Về việc: triển khai kế hoạch số 5.", "triển khai  KẾ HOẠCH, số 5"):
            self.assertEqual(text.subject_key(subject), 'trien khai ke hoach so 5')
        self.assertEqual(text.subject_key(None), '')

    def test_alike_texts_differ_in_few_bits(self):
        one = text.word_bits('trien khai ke hoach chuyen doi so nam 2025')
        self.assertLessEqual((one ^ text.word_bits('trien khai ke hoach chuyen doi so nam 2026')).bit_count(), 2)
        self.assertGreater((one ^ text.word_bits('bao cao tinh hinh tai chinh quy mot')).bit_count(), 8)
        self.assertEqual(text.word_bits(''), 0)
        self.assertLess(text.word_bits(' '.join(map(str, range(500)))), 2**31)


class TestReferenceKey(BaseCase):

    def test_zeros_accents_case_and_spaces_do_not_count(self):
        for number, notation in (('05', 'QĐ-UBND'), ('5', 'qd-ubnd'), ('005', 'QĐ – UBND'), (5, ' QĐ -UBND ')):
            self.assertEqual(text.reference_key(number, notation), '5/qd-ubnd')
        self.assertEqual(text.reference_key('05', '2024/NĐ-CP'), '5/2024/nd-cp')
        self.assertEqual(text.reference_key('12A', 'TB-SNV'), '12a/tb-snv')
        self.assertEqual(text.reference_key('07', None), '7')
        self.assertEqual(text.reference_key(None, None), '')
        self.assertEqual(text.reference_key(None, 'QĐ-UBND'), '/qd-ubnd')
        self.assertEqual(text.reference_key('000', None), '0')

    @SETTINGS
    @given(st.integers(1, 10**9), NOTATION)
    def test_the_key_of_a_parsed_reference_is_the_key_of_its_parts(self, number, notation):
        reference = text.parse_reference(f'Số: {number:04}/{notation.lower()}')
        self.assertEqual(
            text.reference_key(reference.number, reference.notation), text.reference_key(number, notation))


if __name__ == '__main__':
    unittest.main()
