"""Templates with merge fields: what they may ask for, what comes out, and that nothing of the text becomes a command."""
import re
from pathlib import Path
from unittest.mock import patch

from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from odoo.tests import BaseCase, tagged

from ..tools import build_templates, sandbox, shipped, template
from ..tools.adjust import TWIPS_MM, get_style, measure
from ..tools.finding import ToolError
from ..tools.package import open_package, parse_xml, tag, write_package
from ..tools.paragraphs import read_text

BODY = 'word/document.xml'


def make_template(*lines, base='chung'):
    """Return a template whose body is these lines, one paragraph each."""
    parts = dict(open_package(shipped.get_template_path(base).read_bytes()).parts)
    root = parse_xml(parts[BODY])
    body = root.find(tag('w:body'))
    for element in list(body):
        if element.tag != tag('w:sectPr'):
            body.remove(element)
    for index, line in enumerate(lines):
        paragraph = etree.Element(tag('w:p'))
        text = etree.SubElement(etree.SubElement(paragraph, tag('w:r')), tag('w:t'))
        text.text = line
        body.insert(index, paragraph)
    parts[BODY] = etree.tostring(root)
    for name in [name for name in parts if name.startswith('word/footer')]:
        parts[name] = re.sub(rb'\{.*?\}', b'', parts[name])
    return write_package(parts)


def get_lines(docx):
    return [paragraph.text for paragraph in read_text(docx).paragraphs if not paragraph.is_empty]


@tagged('post_install', '-at_install')
class TestTemplate(BaseCase):

    def check(self, *lines):
        return template.find_template_faults.here(make_template(*lines), template.FIELDS)

    def render(self, *lines, **values):
        return get_lines(template.render.here(make_template(*lines), values))

    # --- what ships --- #

    def test_the_shipped_files_are_what_the_script_builds(self):
        self.assertEqual(set(build_templates.PAPERS), {path.stem for path in build_templates.FOLDER.glob('*.docx')})
        self.assertEqual(set(build_templates.PAPERS), set(shipped.get_names()))
        for name, build in build_templates.PAPERS.items():
            with self.subTest(name):
                self.assertTrue(build() == shipped.get_template_path(name).read_bytes(), "run tools/build_templates.py")

    def test_the_shipped_templates_ask_for_known_fields_alone(self):
        for name in shipped.get_names():
            with self.subTest(name):
                self.assertEqual(template.find_template_faults.here(shipped.get_template_path(name).read_bytes(), template.FIELDS), [])

    def test_every_type_has_a_template(self):
        codes = (
            'nq qd ct qc qyd tc tb hd ctr kh pa da_scheme da_project bc bb ttr hdong cv cd bgn btt guq gm ggt gnp pg pc pb '
            'thu_cong').split()
        self.assertEqual(len(codes), 29)
        for code in codes:
            for name in shipped.get_template_names(code):
                self.assertTrue(shipped.get_template_path(name).is_file(), code)

    def test_every_field_is_used_or_offered_and_has_an_example(self):
        used = set()
        for name in shipped.get_names():
            used |= template.get_fields.here(shipped.get_template_path(name).read_bytes())
        self.assertLessEqual(used, set(template.FIELDS))
        # number, date … are shown through what is made of them
        through = {'date', 'year', 'number', 'drafting_unit', 'drafter_sign', 'copies', 'code'}
        self.assertEqual(set(template.FIELDS) - used, through)
        for field in template.FIELDS.values():
            self.assertTrue(field.meaning)

    def test_rendering_twice_gives_the_same_bytes(self):
        raw, values = shipped.get_template_path('quyet_dinh').read_bytes(), shipped.get_sample('quyet_dinh')
        self.assertEqual(template.render.here(raw, values), template.render(raw, values))

    def test_the_line_below_the_agency_is_as_long_as_its_name_asks(self):
        raw, values = shipped.get_template_path('cong_van').read_bytes(), shipped.get_sample('cong_van')
        lengths = []
        for agency in ("Sở Nội vụ", "Trung tâm Lưu trữ lịch sử"):
            docx = template.render.here(raw, {**values, 'agency': agency})
            rule = next(p for p in read_text(docx).paragraphs if p.style == 'CivicRuleAgency')
            lengths.append((rule.room - rule.left - rule.right) / measure(agency.upper(), 13, bold=True))
        for share in lengths:
            self.assertAlmostEqual(share, 0.4, places=1)

    def test_a_mark_of_urgency_has_the_frame_of_the_decree(self):
        raw, values = shipped.get_template_path('cong_van').read_bytes(), shipped.get_sample('cong_van')
        for text, width in (("Khẩn", 20), ("Thượng khẩn", 40), ("Hỏa tốc", 30)):
            mark = next(
                p for p in read_text(template.render.here(raw, {**values, 'urgency': text})).paragraphs if p.style == 'CivicMark')
            self.assertEqual(mark.text, text.upper())
            self.assertAlmostEqual(mark.room - mark.left - mark.right, width, places=0)
        docx = template.render.here(raw, {**values, 'urgency': ''})
        self.assertFalse([p for p in read_text(docx).paragraphs if p.style == 'CivicMark'])

    def test_the_content_ends_with_its_mark_and_stays_with_the_signature(self):
        docx = template.render.here(shipped.get_template_path('quyet_dinh').read_bytes(), shipped.get_sample('quyet_dinh'))
        root = open_package(docx).read_xml(BODY)
        table = [element for element in root.iter(tag('w:tbl'))][-1]
        last = table.getprevious()
        self.assertTrue(''.join(last.itertext()).endswith('Quyết định này./.'))
        self.assertIsNotNone(last.find(f"{tag('w:pPr')}/{tag('w:keepNext')}"))
        self.assertIsNotNone(table.find(f".//{tag('w:cantSplit')}"))
        self.assertEqual(get_style(last), 'CivicBody')
        self.assertGreater(TWIPS_MM, 56)

    def test_a_long_list_of_recipients_goes_on_below_the_signature(self):
        raw, values = shipped.get_template_path('cong_van').read_bytes(), shipped.get_sample('cong_van')
        for count, rows in ((0, 1), (template.FIRST_RECIPIENTS, 1), (template.FIRST_RECIPIENTS + 1, 2), (168, 2)):
            docx = template.render.here(raw, {**values, 'recipients': [f"Ủy ban nhân dân phường {n}" for n in range(count)]})
            listed = [p for p in read_text(docx).paragraphs if p.style == 'CivicRecipients' and not p.is_empty]
            self.assertEqual(len(listed), count + 1)
            self.assertEqual(listed[-1].text, "- Lưu: VT, VP. LVC.(30)")
            self.assertEqual(len({p.cell[1] for p in listed}), rows)
            self.assertTrue(all(p.text.endswith(';') for p in listed[:-1]))

    # --- checking --- #

    def test_an_unknown_field_is_named_with_its_place(self):
        findings = self.check("Kính gửi: {{ addressee_only }}", "V/v {{ subjekt }}")
        finding, = findings
        self.assertEqual((finding.rule, finding.severity), ('template-unknown_field', 'error'))
        self.assertEqual(finding.params['field'], 'subjekt')
        self.assertIn("¶ 2: V/v {{ subjekt }}", finding.params['where'])

    def test_a_broken_tag_is_named_with_its_place(self):
        for line in ("{{ subject", "{% if subject %}", "{{ subject }", "{%p endfor %}", "{{ subject | }}", "{% unknown %}", "{{ }}"):
            with self.subTest(line):
                findings = self.check("Số: {{ number_text }}", line)
                self.assertEqual([item.key for item in findings], ['broken_tag'])
                self.assertIn(' ¶ ', ' ' + findings[0].params['where'].replace(',', ''))

    def test_a_tag_that_does_not_end_swallows_nothing_unseen(self):
        for line in ("{{ subject", "{% if subject", "{{ subject {{ number }}", "subject }}", "{{ subject %}", "{%{%"):
            docx = make_template(line, "{%p if number %}", "{{ number_text }}", "{%p endif %}")
            with self.subTest(line):
                finding, = template.find_template_faults.here(docx, template.FIELDS)
                self.assertEqual((finding.key, finding.params['where']), ('broken_tag', f'document, ¶ 1: {line}'))
                for function in (template.get_fields.here, lambda raw: template.render.here(raw, {})):
                    with self.assertRaises(ToolError) as caught:
                        function(docx)
                    self.assertEqual(caught.exception.code, 'broken_tag')
        # a value with such marks is text
        self.assertEqual(self.render("{{ subject }}", subject="{{ a %}"), ["{{ a %}"])

    def test_a_template_that_takes_too_long_is_a_finding(self):
        docx = make_template("{{ subject }}")
        self.assertEqual(template.check_template(docx, template.FIELDS), [])
        with patch.object(sandbox, 'CHILD', Path(__file__).with_name('no_such_child.py')):
            self.assertEqual([item.rule for item in template.check_template(docx, template.FIELDS)], ['template-crash'])
        finding, = template.check_template(b'no document', template.FIELDS)
        self.assertEqual((finding.rule, finding.severity), ('template-not_docx', 'error'))

    def test_the_subject_of_a_letter_has_its_mark_once(self):
        raw, values = shipped.get_template_path('cong_van').read_bytes(), shipped.get_sample('cong_van')
        for subject in ("hướng dẫn lập hồ sơ", "V/v hướng dẫn lập hồ sơ", "Về việc: hướng dẫn lập hồ sơ"):
            self.assertIn("V/v hướng dẫn lập hồ sơ", get_lines(template.render.here(raw, {**values, 'subject': subject})))

    def test_a_template_without_fields_is_none(self):
        self.assertEqual([item.key for item in self.check("Không có trường nào")], ['no_field'])

    def test_a_tag_that_word_has_cut_into_runs_is_read(self):
        docx = make_template("x")
        parts = dict(open_package(docx).parts)
        parts[BODY] = parts[BODY].replace(
            b'<w:r><w:t>x</w:t></w:r>', b'<w:r><w:t>{</w:t></w:r><w:r><w:t>{ sub</w:t></w:r><w:r><w:t>ject }}</w:t></w:r>')
        docx = write_package(parts)
        self.assertEqual(template.get_fields.here(docx), {'subject'})
        self.assertEqual(get_lines(template.render.here(docx, {'subject': "Kế hoạch"})), ["Kế hoạch"])

    def test_nothing_but_data_can_be_reached(self):
        hostile = (
            "{{ ''.__class__ }}", "{{ subject.__class__.__mro__ }}", "{{ subject['__class__'] }}", "{{ body[0]['__class__'] }}",
            "{{ subject.upper() }}", "{{ range(9) }}", "{{ cycler.__init__.__globals__ }}",
            "{{ self }}{{ self._TemplateReference__context }}",
            "{{ lipsum.__globals__ }}", "{{ subject|attr('__class__') }}", "{{ subject|safe }}", "{{ subject|map('upper')|list }}",
            "{{ 'a' * 99999999 }}", "{{ 9 ** 9 ** 9 }}", "{{ 1 + 1 }}", "{% include 'x' %}", "{% import 'x' as y %}", "{% extends 'x' %}",
            "{% set x = 1 %}", "{% macro a() %}{% endmacro %}", "{% call a() %}{% endcall %}", "{% filter upper %}x{% endfilter %}",
            "{% block a %}{% endblock %}", "{% autoescape false %}{{ subject }}{% endautoescape %}", "{% with a = 1 %}{% endwith %}",
            "{% for a in body recursive %}{{ loop(a) }}{% endfor %}", "{{ loop.__init__ }}", "{{ body[subject] }}", "{{ subject[0:9] }}",
            "{% for a in body %}{% for b in body %}{% for c in body %}{% for d in body %}x{% endfor %}{% endfor %}{% endfor %}{% endfor %}",
        )
        for line in hostile:
            with self.subTest(line):
                docx = make_template(line)
                keys = {item.key for item in template.find_template_faults.here(docx, template.FIELDS)}
                self.assertTrue(keys & {'forbidden_tag', 'broken_tag', 'unknown_field'}, keys)
                with self.assertRaises(ToolError) as caught:
                    template.render.here(docx, {'subject': "x", 'body': template.parse_body("x\ny")})
                self.assertIn(caught.exception.code, ('forbidden_tag', 'broken_tag', 'unknown_field'))

    def test_a_field_of_the_wrong_kind_is_an_error_and_not_a_crash(self):
        for line in ("{% for a in subject %}{{ a.text }}{% endfor %}", "{{ body.text }}", "{{ body[99] }}"):
            with self.subTest(line), self.assertRaises(ToolError):
                template.render.here(make_template(line), {'subject': "abc"})

    def test_the_title_of_the_file_is_no_way_in(self):
        docx = make_template("{{ subject }}")
        parts = dict(open_package(docx).parts)
        parts['docProps/core.xml'] = parts['docProps/core.xml'].replace(
            b'<dc:title></dc:title>', b'<dc:title>{{ lipsum.__globals__ }}</dc:title>').replace(
            b'<dc:title/>', b'<dc:title>{{ lipsum.__globals__ }}</dc:title>')
        self.assertIn(b'lipsum', parts['docProps/core.xml'])
        with self.assertRaises(ToolError) as caught:
            template.render.here(write_package(parts), {'subject': "x"})
        self.assertIn(caught.exception.code, ('forbidden_tag', 'unknown_field'))

    # --- values --- #

    def test_text_stays_text(self):
        nasty = '<w:p/> & "x" {{ agency }} {% raw %} {_{ agency }_} ]]> &amp; \u202e\x00\x0b\x0c\x07 A\ud800'
        line, = self.render("[{{ signer_name }}]", signer_name=nasty)
        self.assertEqual(line, '[<w:p/> & "x" {{ agency }} {% raw %} {{ agency }} ]]> &amp;  A]')

    def test_lines_are_kept_where_a_field_has_lines(self):
        self.assertEqual(self.render("{{ agency }}", agency="Ủy ban nhân dân\r\nphường Sài Gòn"), ["Ủy ban nhân dân\nphường Sài Gòn"])
        self.assertEqual(self.render("{{ signer_name }}", signer_name="Nguyễn\nAn"), ["Nguyễn An"])

    def test_what_is_not_given_is_empty_and_room_is_left_for_number_and_date(self):
        self.assertEqual(self.render("[{{ urgency }}]"), ["[]"])
        date_line, = self.render("{{ date_line }}")
        self.assertEqual(
            date_line, f'ngày {template.DAY_GAP} tháng {template.DAY_GAP} năm {template.YEAR_GAP}')
        number, date_line = self.render("Số: {{ number_text }}/", "{{ date_line }}", year='2026')
        self.assertEqual(number, 'Số: ' + template.NUMBER_GAP + '/')
        self.assertEqual(date_line, f'ngày {template.DAY_GAP} tháng {template.DAY_GAP} năm 2026')

    def test_date_and_number_are_written_as_the_annex_says(self):
        for value, written in (
            ('2020-01-05', 'ngày 05 tháng 01 năm 2020'), ('2019-06-29', 'ngày 29 tháng 6 năm 2019'),
            ('2026-02-28', 'ngày 28 tháng 02 năm 2026'), ('2026-12-01', 'ngày 01 tháng 12 năm 2026'),
        ):
            self.assertEqual(template.format_date(value), written)
        self.assertEqual([template.format_number(value) for value in ('5', '15', '05', '5a')], ['05', '15', '05', '5a'])
        self.assertEqual(template.format_archive_line(), 'Lưu: VT.')
        self.assertEqual(template.format_archive_line('VX'), 'Lưu: VT, VX.')
        self.assertEqual(template.format_archive_line('VX', 'PL', '300'), 'Lưu: VT, VX. PL.(300)')

    def test_marks_at_the_end_of_lists_are_put_right(self):
        lines = self.render(
            "{%p for line in bases %}", "{{ line }}", "{%p endfor %}", "{{ addressee_only }}",
            bases=["Căn cứ Luật A;", "Căn cứ Nghị định B", " "], addressees=["Sở Y tế."])
        self.assertEqual(lines, ["Căn cứ Luật A;", "Căn cứ Nghị định B.", "Sở Y tế"])

    def test_a_value_of_the_wrong_form_is_named(self):
        for name, value in (
            ('subject', ['x']), ('bases', "Căn cứ"), ('bases', [1]), ('body', ["x"]), ('body', [{'level': 'h1'}]),
            ('body', [{'level': 'normal', 'text': 3}]), ('date', '05/03/2026'), ('date', '2026-02-30'), ('recipients', ['x'] * 6000),
        ):
            with self.subTest(name), self.assertRaises(ToolError) as caught:
                template.prepare_values({name: value})
            self.assertEqual((caught.exception.code, caught.exception.params), ('bad_value', {'field': name}))

    def test_a_plain_text_becomes_parts_articles_clauses_and_points(self):
        items = template.parse_body(
            "Chương I\nQuy định chung\nĐiều 1. Phạm vi\n1. Quy chế này quy định về văn thư.\nđ) Điểm đ;\n- gạch;\nMục 2. Trách nhiệm\n"
            "IV. Tổ chức thực hiện\n1.1. Nội dung.\nĐiều 2. Quyết định này có hiệu lực từ ngày ký.\n\nVăn bản thường.")
        self.assertEqual([(item['level'], item['label'], item['title'], item['text']) for item in items], [
            ('chapter', 'Chương I', 'QUY ĐỊNH CHUNG', ''),
            ('article', 'Điều 1.', 'Phạm vi', ''),
            ('clause', '1.', '', 'Quy chế này quy định về văn thư.'),
            ('point', 'đ)', '', 'Điểm đ;'),
            ('dash', '-', '', 'gạch;'),
            ('section', 'Mục 2', 'TRÁCH NHIỆM', ''),
            ('heading', 'IV.', 'Tổ chức thực hiện', ''),
            ('clause', '1.1.', '', 'Nội dung.'),
            ('article', 'Điều 2.', '', 'Quyết định này có hiệu lực từ ngày ký.'),
            ('normal', '', '', 'Văn bản thường.'),
        ])

    @settings(max_examples=20, deadline=None, derandomize=True, database=None)
    @given(st.text(max_size=200), st.text(max_size=60))
    def test_no_text_breaks_the_document(self, text, name):
        """Whatever is typed comes out as text: the file opens, and has as many paragraphs as it was given lines."""
        items = template.parse_body(text)
        lines = self.render(
            "{%p for p in body_unended %}", "[{{ p.label }}|{{ p.title }}|{{ p.text }}]", "{%p endfor %}",
            "[{{ signer_name }}]", body=items, signer_name=name)
        self.assertEqual(len(lines), len(items) + 1)
        self.assertTrue(all(line[0] == '[' and line[-1] == ']' for line in lines))

    @settings(max_examples=25, deadline=None, derandomize=True, database=None)
    @given(st.text(alphabet='{}%# |._[]()\'"abp10endforifsubject', max_size=40))
    def test_no_tag_breaks_the_check(self, line):
        findings = self.check("{{ subject }}", line)
        self.assertTrue(all(item.message for item in findings))
        if not findings:
            try:
                template.render.here(make_template("{{ subject }}", line), {'subject': "x"})
            except ToolError as error:
                self.assertTrue(error.text)
