"""The layout of Annex I of Decree 30/2020/NĐ-CP: what we ship obeys it, and each way to break it is named."""
import copy
import os
import re
import subprocess
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from odoo.tests import BaseCase, tagged

from odoo.addons.civic_document.tools import soffice

from ..tools import compare, layout, office, shipped, template
from ..tools.components import make_pdf_sheet
from ..tools.finding import COMPONENTS, MESSAGES, Finding, ToolError
from ..tools.package import open_package, parse_xml, tag, write_package

KNOWN = (
    'type_code', 'type_name', 'agency', 'agency_parent', 'notation', 'number', 'place', 'date', 'subject', 'signing_lines',
    'signer_title', 'signer_name', 'urgency', 'circulation')


def get_expected(values, **changes):
    return {**{name: values.get(name) for name in KNOWN}, **changes}


def get_values(name):
    """A sample of several pages: what is checked of a full second page must be there."""
    values = shipped.get_sample(name)
    if name in ('ke_hoach', 'cong_van'):
        values['body'] = values['body'] * 6
        values['urgency'] = 'KHẨN'
    return values


class Draft:
    """A document that is changed by hand, as a drafter would."""

    def __init__(self, docx):
        self.parts = open_package(docx).parts
        self.root = parse_xml(self.parts['word/document.xml'])
        self.header = next(
            name for name, raw in self.parts.items() if name.startswith('word/header') and b'PAGE' in raw)
        self.header_root = parse_xml(self.parts[self.header])

    def find(self, start):
        return next(p for p in self.root.iter(tag('w:p')) if self.text(p).startswith(start))

    def find_all(self, *starts):
        return [p for p in self.root.iter(tag('w:p')) if self.text(p).startswith(starts)]

    @staticmethod
    def text(paragraph):
        return ''.join(element.text or '' for element in paragraph.iter(tag('w:t')))

    def say(self, start, old, new):
        """Replace words in a paragraph."""
        paragraph = self.find(start)
        texts = list(paragraph.iter(tag('w:t')))
        for element in texts:
            if old in (element.text or ''):
                element.text = element.text.replace(old, new)
                return
        whole = self.text(paragraph)
        assert old in whole, (old, whole)
        texts[0].text = whole.replace(old, new)
        for element in texts[1:]:
            element.text = ''

    def style(self, start, name, value=None, *, root=None):
        """Set a property of all runs of a paragraph: ('sz', '40'), ('b', '0') …"""
        for paragraph in [self.find(start)] if root is None else root.iter(tag('w:p')):
            for run in paragraph.iter(tag('w:r')):
                look = run.find(tag('w:rPr'))
                if look is None:
                    look = etree.Element(tag('w:rPr'))
                    run.insert(0, look)
                for element in look.findall(tag(f'w:{name}')):
                    look.remove(element)
                element = etree.SubElement(look, tag(f'w:{name}'))
                if isinstance(value, dict):
                    for key, item in value.items():
                        element.set(tag(f'w:{key}'), item)
                elif value is not None:
                    element.set(tag('w:val'), value)

    def set(self, paragraph, name, **values):
        """Set a property of a paragraph: jc, ind, spacing."""
        properties = paragraph.find(tag('w:pPr'))
        element = properties.find(tag(f'w:{name}'))
        if element is None:
            element = etree.SubElement(properties, tag(f'w:{name}'))
        for key, value in values.items():
            element.set(tag(f'w:{key}'), value)

    def page(self, name, **values):
        for element in self.root.iter(tag(f'w:{name}')):
            for key, value in values.items():
                element.set(tag(f'w:{key}'), value)

    def drop(self, *starts):
        for paragraph in self.find_all(*starts):
            cell = paragraph.getparent()
            cell.remove(paragraph)
            if cell.find(tag('w:p')) is None:
                etree.SubElement(cell, tag('w:p'))

    def move(self, start, other):
        """Put a paragraph behind another one."""
        paragraph = self.find(start)
        cell = paragraph.getparent()
        other.addnext(paragraph)
        if cell.find(tag('w:p')) is None:
            etree.SubElement(cell, tag('w:p'))

    def by_style(self, style):
        return next(
            p for p in self.root.iter(tag('w:p'))
            if (element := p.find(f"{tag('w:pPr')}/{tag('w:pStyle')}")) is not None and element.get(tag('w:val')) == style)

    def unrule(self, style):
        """Take the line out of the paragraph that draws it."""
        properties = self.by_style(style).find(tag('w:pPr'))
        properties.remove(properties.find(tag('w:pStyle')))

    def save(self):
        parts = dict(self.parts)
        parts['word/document.xml'] = etree.tostring(self.root)
        parts[self.header] = etree.tostring(self.header_root)
        return write_package(parts)


# component: (template, how its paragraph begins)
PLACES = {
    'nation': ('ke_hoach', 'CỘNG HÒA'),
    'motto': ('ke_hoach', 'Độc lập'),
    'agency_parent': ('ke_hoach', 'ỦY BAN NHÂN DÂN'),
    'agency': ('ke_hoach', 'SỞ NỘI VỤ'),
    'reference': ('ke_hoach', 'Số:'),
    'place_date': ('ke_hoach', 'Thành phố Hồ Chí Minh,'),
    'type_name': ('ke_hoach', 'KẾ HOẠCH'),
    'subject': ('ke_hoach', 'Nâng cao chất lượng công tác văn thư, lưu trữ'),
    'letter_subject': ('cong_van', 'V/v'),
    'addressee': ('cong_van', 'Kính gửi'),
    'basis': ('ke_hoach', 'Căn cứ Nghị định'),
    'body': ('ke_hoach', 'Nâng cao chất lượng công tác văn thư, lưu trữ;'),
    'signer_title': ('ke_hoach', 'KT. GIÁM ĐỐC'),
    'signer_name': ('ke_hoach', 'Nguyễn Thị Minh An'),
    'recipients_label': ('ke_hoach', 'Nơi nhận'),
    'recipients': ('ke_hoach', '- Ủy ban nhân dân Thành phố'),
    'urgency': ('ke_hoach', 'KHẨN'),
    'circulation': ('phieu_gui', 'LƯU HÀNH'),
}
PARTS = {name: row['part'] for name, row in layout.load_profile()['components'].items()}
WORD_ONLY = re.compile(r'-(?:line|line-length|align|indent|line-spacing|gap|place)$')


def _size(start):
    return lambda draft: draft.style(start, 'sz', '20')


def _look(start, name, value):
    return lambda draft: draft.style(start, name, value)


def _lower(start):
    def change(draft):
        for element in draft.find(start).iter(tag('w:t')):
            element.text = element.text.lower()
    return change


def _drop(*starts):
    return lambda draft: draft.drop(*starts)


def _say(start, old, new):
    return lambda draft: draft.say(start, old, new)


def _page(name, **values):
    return lambda draft: draft.page(name, **values)


def make_mutations():
    """Yield (rule, template, change, changes of what is expected)."""
    for name, row in layout.load_profile()['components'].items():
        paper, start = PLACES[name]
        rule = f"ND30-{row['part']}-{name}"
        yield f'{rule}-size', paper, _size(start), {}
        for aspect, element in (('bold', 'b'), ('italic', 'i')):
            if row.get(aspect) is True:
                yield f'{rule}-{aspect}', paper, _look(start, element, '0'), {}
            elif row.get(aspect) is False:
                yield f'{rule}-not-{aspect}', paper, _look(start, element, '1'), {}
        if row.get('upper'):
            yield f'{rule}-upper', paper, _lower(start), {}
        if row.get('required') and name not in ('body', 'addressee', 'signer_title', 'recipients'):
            yield f'{rule}-missing', paper, _drop(start), {}
    yield from _make_page_mutations()
    yield from _make_head_mutations()
    yield from _make_content_mutations()


def _make_page_mutations():
    yield 'ND30-I.I.1-page-size', 'ke_hoach', _page('pgSz', w='12240', h='15840'), {}
    yield 'ND30-I.I.2-orientation', 'ke_hoach', _page('pgSz', w='16838', h='11906'), {}
    for side, value in (('top', '500'), ('bottom', '600'), ('left', '1134'), ('right', '567')):
        yield f'ND30-I.I.3-margin-{side}', 'ke_hoach', _page('pgMar', **{side: value}), {}
    yield 'ND30-I.I.4-body-font', 'ke_hoach', _look(
        PLACES['body'][1], 'rFonts', {'ascii': 'DejaVu Sans', 'hAnsi': 'DejaVu Sans', 'cs': 'DejaVu Sans'}), {}
    yield 'ND30-I.I.7-page-number-missing', 'ke_hoach', lambda draft: [
        run.getparent().remove(run) for run in list(draft.header_root.iter(tag('w:r')))], {}
    yield 'ND30-I.I.7-page-number-first', 'ke_hoach', lambda draft: [
        element.getparent().remove(element) for element in list(draft.root.iter(tag('w:titlePg')))], {}
    yield 'ND30-I.I.7-page-number-place', 'ke_hoach', lambda draft: [
        draft.set(p, 'jc', val='right') for p in draft.header_root.iter(tag('w:p'))], {}
    yield 'ND30-I.I.7-page-number-size', 'ke_hoach', lambda draft: draft.style(
        '', 'sz', '20', root=draft.header_root), {}


def _make_head_mutations():
    yield 'ND30-I.II.1-nation-text', 'ke_hoach', _say('CỘNG', 'HÒA', 'HOÀ'), {}
    yield 'ND30-I.II.1-motto-text', 'ke_hoach', _say('Độc lập', ' - ', ' – '), {}
    yield 'ND30-I.II.1-sizes-together', 'ke_hoach', _look('CỘNG', 'sz', '26'), {}
    yield 'ND30-I.II.1-motto-line', 'ke_hoach', lambda draft: draft.unrule('CivicRuleMotto'), {}
    yield 'ND30-I.II.2-agency-line', 'ke_hoach', lambda draft: draft.unrule('CivicRuleAgency'), {}
    yield 'ND30-I.II.5-subject-line', 'ke_hoach', lambda draft: draft.unrule('CivicRuleSubject'), {}
    yield 'ND30-I.II.2-agency-line-length', 'ke_hoach', lambda draft: draft.set(
        draft.by_style('CivicRuleAgency'), 'ind', left='0', right='0'), {}
    yield 'ND30-I.II.2-agency-text', 'ke_hoach', _say('SỞ NỘI VỤ', 'NỘI VỤ', 'Y TẾ'), {}
    yield 'ND30-I.II.2-agency_parent-text', 'ke_hoach', _say('ỦY BAN', 'HỒ CHÍ MINH', 'ĐÀ NẴNG'), {}
    yield 'ND30-I.II.2-agency_parent-missing', 'ke_hoach', _drop('ỦY BAN'), {}
    yield 'ND30-I.II.3-reference-form', 'ke_hoach', _say('Số:', '15/KH-SNV', '15-KH-SNV'), {}
    yield 'ND30-I.II.3-reference-zero', 'ke_hoach', _say('Số:', '15', '5'), {}
    yield 'ND30-I.II.3-reference-notation', 'ke_hoach', _say('Số:', 'KH-', 'TB-'), {}
    yield 'ND30-I.II.3-reference-type', 'ke_hoach', _say('Số:', 'KH-', 'TB-'), {'notation': '', 'type_abbreviation': 'KH'}
    yield 'ND30-I.II.3-reference-letter', 'cong_van', _say('Số:', 'SNV-VP', 'CV-SNV'), {'notation': ''}
    yield 'ND30-I.II.4-place_date-form', 'ke_hoach', _say('Thành phố Hồ Chí Minh,', 'Minh,', 'Minh'), {}
    yield 'ND30-I.II.4-place_date-form', 'ke_hoach', _say('Thành phố Hồ Chí Minh,', 'ngày 05 tháng 3 năm 2026', '05/3/2026'), {}
    yield 'ND30-I.II.4-place_date-zero', 'ke_hoach', _say('Thành phố Hồ Chí Minh,', 'ngày 05', 'ngày 5'), {}
    yield 'ND30-I.II.4-place_date-zero', 'ke_hoach', _say('Thành phố Hồ Chí Minh,', 'tháng 3', 'tháng 03'), {}
    yield 'ND30-I.II.4-place_date-text', 'ke_hoach', _say('Thành phố Hồ Chí Minh,', 'ngày 05', 'ngày 06'), {}
    yield 'ND30-I.II.4-place_date-text', 'ke_hoach', _say('Thành phố Hồ Chí Minh,', 'Thành phố Hồ Chí Minh', 'Hà Nội'), {}
    yield 'ND30-I.II.4-place_date-line', 'ke_hoach', lambda draft: draft.move(
        'Thành phố Hồ Chí Minh,', draft.by_style('CivicRuleMotto')), {}
    yield 'ND30-I.II.1-nation-place', 'ke_hoach', lambda draft: draft.move('CỘNG HÒA', draft.by_style('CivicRuleAgency')), {}
    yield 'ND30-I.II.3-reference-place', 'ke_hoach', lambda draft: draft.move('Số:', draft.find('Thành phố Hồ Chí Minh,')), {}
    yield 'ND30-I.II.5-type_name-text', 'ke_hoach', _say('KẾ HOẠCH', 'KẾ HOẠCH', 'CHƯƠNG TRÌNH'), {}
    yield 'ND30-I.II.5-subject-text', 'ke_hoach', _say('Nâng cao', 'năm 2026', 'năm 2027'), {}
    yield 'ND30-I.II.5-letter_subject-text', 'cong_van', _say('V/v', 'năm 2026', 'năm 2027'), {}
    yield 'ND30-I.II.5-letter_subject-mark', 'cong_van', _say('V/v', 'V/v', 'Về việc'), {}
    yield 'ND30-I.II.5-type_name-type-unwanted', 'cong_van', _add_type_name, {}
    yield 'ND30-I.III.2-urgency-missing', 'ke_hoach', _drop('KHẨN'), {}


def _add_type_name(draft):
    paragraph = copy.deepcopy(draft.find('Kính gửi'))
    draft.find('Kính gửi').addprevious(paragraph)
    draft.say('Kính gửi', 'Kính gửi:', 'CÔNG VĂN')
    draft.style('CÔNG VĂN', 'b', '1')
    draft.set(paragraph, 'jc', val='center')
    draft.set(paragraph, 'ind', left='0')


def _make_content_mutations():
    start = PLACES['body'][1]
    yield 'ND30-I.II.6-basis-mark', 'ke_hoach', _say('Căn cứ Nghị định', 'văn thư;', 'văn thư,'), {}
    yield 'ND30-I.II.6-body-end-mark', 'ke_hoach', lambda draft: [
        draft.say(Draft.text(p), './.', '.') for p in draft.find_all('Văn phòng Sở') if './.' in Draft.text(p)], {}
    yield 'ND30-I.II.6-body-align', 'ke_hoach', lambda draft: draft.set(draft.find(start), 'jc', val='left'), {}
    yield 'ND30-I.II.6-body-indent', 'ke_hoach', lambda draft: draft.set(draft.find(start), 'ind', firstLine='0'), {}
    yield 'ND30-I.II.6-body-line-spacing', 'ke_hoach', lambda draft: draft.set(
        draft.find(start), 'spacing', line='480', lineRule='auto'), {}
    yield 'ND30-I.II.6-body-gap', 'ke_hoach', lambda draft: draft.set(draft.find(start), 'spacing', after='0'), {}
    yield 'ND30-I.II.7-signer_title-prefix', 'ke_hoach', _drop('KT.'), {}
    yield 'ND30-I.II.7-signer_title-missing', 'ke_hoach', _drop('KT.', 'PHÓ GIÁM ĐỐC'), {}
    yield 'ND30-I.II.7-signer_title-text', 'ke_hoach', _say('PHÓ GIÁM ĐỐC', 'PHÓ GIÁM ĐỐC', 'CHÁNH VĂN PHÒNG'), {}
    yield 'ND30-I.II.7-signer_name-text', 'ke_hoach', _say('Nguyễn Thị Minh An', 'Minh An', 'Bình'), {}
    yield 'ND30-I.II.9-recipients-archive', 'ke_hoach', _say('- Lưu', 'VT, VP', 'VP'), {}
    yield 'ND30-I.II.9-recipients-mark', 'ke_hoach', _say('- Ủy ban', ';', ''), {}
    yield 'ND30-I.II.9-recipients-missing', 'ke_hoach', lambda draft: [
        p.getparent().remove(p) for p in draft.find_all('- ') if b'CivicRecipients' in etree.tostring(p)], {}
    yield 'ND30-I.II.9-addressee-missing', 'cong_van', _drop(
        'Kính gửi', '- Các sở', '- Ủy ban nhân dân các', '- Các đơn vị'), {}


@tagged('post_install', '-at_install')
class TestLayout(BaseCase):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.profile = layout.load_profile()
        cls.values = {name: get_values(name) for name in shipped.get_names()}
        cls.papers = {
            name: template.render.here(shipped.get_template_path(name).read_bytes(), values)
            for name, values in cls.values.items()}
        cls.mutations = []
        for rule, paper, change, changes in make_mutations():
            draft = Draft(cls.papers[paper])
            change(draft)
            cls.mutations.append((rule, draft.save(), get_expected(cls.values[paper], **changes)))
        shown = [(name, docx) for name, docx in cls.papers.items()]
        shown += [(None, docx) for rule, docx, _expected in cls.mutations if not WORD_ONLY.search(rule)]
        pdfs = office.to_pdf_many([docx for _name, docx in shown], timeout=240)
        cls.pdfs = {name: pdf for (name, _docx), pdf in zip(shown, pdfs, strict=True) if name}
        cls.changed_pdfs = pdfs[len(cls.papers):]

    def test_what_we_ship_obeys_the_annex(self):
        for name, docx in self.papers.items():
            expected = get_expected(self.values[name])
            with self.subTest(name, format='docx'):
                self.assertEqual([item.message for item in layout.check_docx.here(docx, self.profile, expected)], [])
            with self.subTest(name, format='pdf'):
                self.assertEqual([item.message for item in layout.check_pdf(self.pdfs[name], self.profile, expected)], [])

    def test_what_we_ship_obeys_the_annex_with_nothing_known_of_it(self):
        for name, docx in self.papers.items():
            expected = {'type_code': self.values[name]['type_code']}
            with self.subTest(name):
                self.assertEqual([item.message for item in layout.check_docx.here(docx, self.profile, expected)], [])
                self.assertEqual([item.message for item in layout.check_pdf(self.pdfs[name], self.profile, expected)], [])

    def test_each_deviation_in_word_is_named_and_nothing_else(self):
        for rule, docx, expected in self.mutations:
            with self.subTest(rule):
                self.assertEqual([item.rule for item in layout.check_docx.here(docx, self.profile, expected)], [rule])

    def test_each_deviation_in_pdf_is_named_and_nothing_else(self):
        visible = [(rule, expected) for rule, _docx, expected in self.mutations if not WORD_ONLY.search(rule)]
        self.assertGreater(len(visible), 70)
        for (rule, expected), pdf in zip(visible, self.changed_pdfs, strict=True):
            with self.subTest(rule):
                self.assertEqual([item.rule for item in layout.check_pdf(pdf, self.profile, expected)], [rule])

    def test_every_rule_has_a_mutation(self):
        rules = {rule for rule, _docx, _expected in self.mutations}
        keys = {
            item.key for rule, docx, expected in self.mutations for item in layout.check_docx.here(docx, self.profile, expected)}
        self.assertEqual({key for key in MESSAGES if key.startswith('layout_')} - keys, {'layout_unreadable'})
        for name, row in self.profile['components'].items():
            self.assertIn(f"ND30-{row['part']}-{name}-size", rules)

    def test_a_finding_names_article_component_and_values(self):
        draft = Draft(self.papers['ke_hoach'])
        draft.page('pgMar', left='1134')
        finding, = layout.check_docx(draft.save(), self.profile, {'type_code': 'kh'})
        self.assertEqual(finding.rule, 'ND30-I.I.3-margin-left')
        self.assertEqual(finding.article, 'Phụ lục I, Phần I, Mục I, điểm 3')
        self.assertEqual((finding.found, finding.wanted, finding.severity), ('20', '30–35', 'warning'))
        self.assertEqual(finding.message, "The left margin is 20 mm; 30–35 mm is wanted.")
        self.assertEqual(Finding.from_dict(finding.to_dict()), finding)
        draft = Draft(self.papers['ke_hoach'])
        draft.style('Số:', 'sz', '20')
        finding, = layout.check_docx(draft.save(), self.profile, {'type_code': 'kh'})
        self.assertEqual((finding.box, finding.params['component']), ('3', 'reference'))
        self.assertEqual(finding.message, "Number and notation: the size is 10; 13 is wanted.")

    def test_a_draft_without_number_and_date_is_in_order(self):
        for name in ('cong_van', 'quyet_dinh'):
            values = {**self.values[name], 'number': '', 'date': '', 'year': '2026'}
            docx = template.render.here(shipped.get_template_path(name).read_bytes(), values)
            self.assertEqual(layout.check_docx.here(docx, self.profile, get_expected(values)), [])

    def test_a_draft_saved_by_libreoffice_is_still_in_order(self):
        """The editors of drafts write the same look in ways of their own."""
        names = ('quyet_dinh_ban_hanh', 'cong_van', 'bien_ban')
        with tempfile.TemporaryDirectory() as folder:
            for name in names:
                Path(folder, f'{name}.docx').write_bytes(self.papers[name])
            soffice.make_profile(folder)
            subprocess.run(
                [office.PROGRAM, f'-env:UserInstallation=file://{folder}/profile', '--headless', '--convert-to', 'docx:MS Word 2007 XML',
                 '--outdir', f'{folder}/saved', *(f'{folder}/{name}.docx' for name in names)],
                check=True, timeout=60, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**os.environ, 'HOME': folder})
            for name in names:
                with self.subTest(name):
                    saved = Path(folder, 'saved', f'{name}.docx').read_bytes()
                    self.assertNotEqual(saved, self.papers[name])
                    expected = get_expected(self.values[name])
                    self.assertEqual([item.rule for item in layout.check_docx.here(saved, self.profile, expected)], [])
                    changes = compare.count_changes(compare.compare(self.papers[name], saved))
                    self.assertEqual(changes, {'insert': 0, 'delete': 0, 'replace': 0})

    def test_another_law_is_another_profile(self):
        profile = layout.load_profile()
        profile.update(code='ND99', severity='error')
        profile['margins']['left'] = [20, 25]
        findings = layout.check_docx.here(self.papers['ke_hoach'], profile, {'type_code': 'kh'})
        self.assertEqual([(item.rule, item.severity) for item in findings], [('ND99-I.I.3-margin-left', 'error')])
        self.assertEqual(layout.load_profile()['margins']['left'], [30, 35])

    def test_the_profile_and_the_messages_know_the_same_components(self):
        self.assertLessEqual(set(self.profile['components']), set(COMPONENTS))
        self.assertEqual(self.profile['valid_from'], '2020-03-05')
        self.assertEqual(set(PARTS), set(self.profile['components']))

    def test_every_message_can_be_written(self):
        params = dict.fromkeys(('part', 'target', 'field', 'detail', 'where', 'found', 'wanted'), 'x')
        for key in MESSAGES:
            self.assertTrue(Finding(rule='x', key=key, params={**params, 'component': 'body'}).message)

    def test_room_for_number_and_signature_is_found_on_the_pdf(self):
        values = {**self.values['cong_van'], 'number': '', 'date': '', 'year': '2026'}
        docx = template.render.here(shipped.get_template_path('cong_van').read_bytes(), values)
        pdf, = office.to_pdf_many([docx])
        places = layout.find_places(pdf, get_expected(values))
        self.assertEqual(set(places), {'number', 'day', 'month', 'signature', 'seal', 'attached'})
        self.assertGreater(places['number']['x1'] - places['number']['x0'], 25)
        for name in ('day', 'month'):
            self.assertGreater(places[name]['x1'] - places[name]['x0'], 13)
        self.assertEqual([places[name]['page'] for name in ('number', 'signature')], [1, 3])
        signature, seal = places['signature'], places['seal']
        self.assertGreater(signature['y1'] - signature['y0'], 60)
        # the seal covers the left third of the signature
        self.assertAlmostEqual(seal['x1'], signature['x0'] + (signature['x1'] - signature['x0']) / 3)
        self.assertLess(seal['x0'], signature['x0'])
        self.assertNotIn('number', layout.find_places(self.pdfs['cong_van'], {}))

    def test_a_pdf_that_is_none_is_an_error_and_an_empty_one_a_finding(self):
        with self.assertRaises(ToolError) as caught:
            layout.check_pdf(b'%PDF-1.7 nothing', self.profile, {})
        self.assertEqual(caught.exception.code, 'corrupt')
        self.assertEqual(make_pdf_sheet('').items, [])

    def test_a_head_set_with_tabs_is_understood(self):
        draft = Draft(self.papers['ke_hoach'])
        table = next(draft.root.iter(tag('w:tbl')))
        lines = (
            ('SỞ NỘI VỤ', 'CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM'),
            ('Số: 15/KH-SNV', 'Thành phố Hồ Chí Minh, ngày 05 tháng 3 năm 2026'))
        for left, right in lines:
            table.addprevious(etree.fromstring(
                f'<w:p xmlns:w="{tag("w:p")[1:-2]}"><w:r><w:rPr><w:sz w:val="26"/></w:rPr><w:t>{left}</w:t><w:tab/>'
                f'<w:t>{right}</w:t></w:r></w:p>'))
        table.getparent().remove(table)
        rules = {item.rule for item in layout.check_docx.here(draft.save(), self.profile, {'type_code': 'kh'})}
        self.assertIn('ND30-I.II.1-motto-missing', rules)
        self.assertFalse({rule for rule in rules if rule.endswith(('-place', 'nation-missing', 'agency-missing', 'reference-missing'))})

    @settings(max_examples=25, deadline=None, derandomize=True, database=None)
    @given(st.lists(st.tuples(
        st.integers(-50, 3000), st.integers(-50, 2000), st.integers(-5, 1500), st.integers(0, 80), st.integers(0, 4),
        st.text(max_size=40) | st.sampled_from([
            'Số: 5/', 'Nơi nhận:', '- Lưu: VT', 'Kính gửi:', 'Căn cứ', 'CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM']),
    ), max_size=40))
    def test_no_page_breaks_the_check(self, lines):
        rows = ''.join(
            f'<text top="{top}" left="{left}" width="{width}" height="{height}" font="{font}">{text}</text>'
            for top, left, width, height, font, text in lines)
        sheet = make_pdf_sheet(
            '<page number="1" position="absolute" top="0" left="0" height="2525" width="1785">'
            f'<fontspec id="0" size="39" family="A+LiberationSerif-Bold" color="#000000"/>{rows}</page>')
        for code in ('cv', 'qd', 'bb'):
            for finding in layout._Check(sheet, self.profile, {'type_code': code}).run():
                self.assertTrue(finding.message)
