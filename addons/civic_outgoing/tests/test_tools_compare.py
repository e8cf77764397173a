"""What changed between two versions of a draft: found word by word, shown without danger."""
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import html

from odoo.tests import BaseCase, tagged

from ..tools import shipped, template
from ..tools.compare import Difference, compare, compare_words, count_changes, normalise, read_blocks, to_html
from ..tools.finding import ToolError


@tagged('post_install', '-at_install')
class TestCompare(BaseCase):

    def render(self, **changes):
        values = {**shipped.get_sample('cong_van'), **changes}
        return template.render.here(shipped.get_template_path('cong_van').read_bytes(), values)

    def test_the_same_document_has_no_difference(self):
        differences = compare(self.render(), self.render())
        self.assertEqual({item.op for item in differences}, {'equal'})
        self.assertEqual(count_changes(differences), {'insert': 0, 'delete': 0, 'replace': 0})

    def test_a_changed_word_is_the_only_difference(self):
        differences = compare(self.render(), self.render(signer_name="Nguyễn Thị Minh Hà"))
        changed = [item for item in differences if item.op != 'equal']
        self.assertEqual(len(changed), 1)
        self.assertEqual([item for item in changed[0].words if item[0] != 'equal'], [('replace', "An", "Hà")])

    def test_paragraphs_that_came_and_went_are_told_from_changed_ones(self):
        old = ["Một đoạn không đổi.", "Đoạn này sẽ bị xóa hẳn.", "Hạn nộp báo cáo là ngày 31 tháng 3 năm 2026."]
        new = ["Một đoạn không đổi.", "Hạn nộp báo cáo là ngày 15 tháng 4 năm 2026.", "Hoàn toàn mới."]
        self.assertEqual([(item.op, item.old, item.new) for item in compare(old, new)], [
            ('equal', old[0], new[0]), ('delete', old[1], ''), ('replace', old[2], new[1]), ('insert', '', new[2])])

    def test_a_table_row_is_one_block(self):
        blocks = read_blocks.here(self.render())
        self.assertIn(
            "Số: 15/SNV-VP V/v hướng dẫn lập hồ sơ điện tử năm 2026 KHẨN | Thành phố Hồ Chí Minh, ngày 05 tháng 3 năm 2026", blocks)

    def test_a_document_can_be_compared_with_lines_of_text(self):
        docx = self.render()
        self.assertEqual({item.op for item in compare(docx, read_blocks.here(docx))}, {'equal'})
        with self.assertRaises(ToolError):
            compare(docx, b'no document')

    def test_the_markup_holds_the_text_and_no_tag_of_it(self):
        markup = to_html(compare(["<script>alert(1)</script> & cũ"], ["<img src=x onerror=alert(1)> & mới"]))
        tree = html.fromstring(str(markup))
        self.assertEqual({element.tag for element in tree.iter()}, {'div', 'p', 'ins', 'del'})
        self.assertFalse(tree.xpath('//@onerror'))
        self.assertIn("alert(1)", tree.text_content())

    def test_what_did_not_change_is_folded(self):
        lines = [f"Đoạn {number}" for number in range(20)]
        changed = [*lines[:10], "Đoạn mới", *lines[10:]]
        differences = compare(lines, changed)
        tree = html.fromstring(str(to_html(differences, context=1)))
        self.assertEqual([p.text_content() for p in tree.iter('p')], ["…", "Đoạn 9", "Đoạn mới", "Đoạn 10", "…"])
        self.assertEqual(len(list(html.fromstring(str(to_html(differences, context=None))).iter('p'))), 21)

    def test_large_versions_are_compared_within_bounds(self):
        differences = compare([f"a{n}" for n in range(5000)], [f"b{n}" for n in range(5000)])
        self.assertEqual([item.op for item in differences], ['delete', 'insert'])

    @settings(max_examples=100, deadline=None, derandomize=True, database=None)
    @given(st.lists(st.text(alphabet='ab <&\n', max_size=12), max_size=12), st.lists(st.text(alphabet='ab <&\n', max_size=12), max_size=12))
    def test_both_versions_can_be_read_from_the_differences(self, old, new):
        differences = compare(old, new)
        for version, name in ((old, 'old'), (new, 'new')):
            wanted = [text for text in map(normalise, version) if text]
            self.assertEqual([getattr(item, name) for item in differences if getattr(item, name)], wanted)
        for item in differences:
            self.assertIsInstance(item, Difference)
            if item.op == 'replace':
                self.assertEqual(''.join(old for _op, old, _new in item.words), item.old)
                self.assertEqual(''.join(new for _op, _old, new in item.words), item.new)
        html.fromstring(str(to_html(differences)))

    @settings(max_examples=60, deadline=None, derandomize=True, database=None)
    @given(st.text(max_size=80), st.text(max_size=80))
    def test_no_word_is_lost(self, old, new):
        words = compare_words(old, new)
        self.assertEqual(''.join(item[1] for item in words), old)
        self.assertEqual(''.join(item[2] for item in words), new)
