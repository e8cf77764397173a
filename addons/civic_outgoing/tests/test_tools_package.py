"""Word documents from outside: what would harm, fetch or start something is refused before anything else reads it."""
import io
import random
import zipfile

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from ..tools import adjust, compare, sandbox, shipped, template
from ..tools.finding import Finding, ToolError
from ..tools.package import MAX_FILE, MAX_PARTS, open_package, write_package
from ..tools.paragraphs import read_text

RELATIONS = 'word/_rels/document.xml.rels'
BODY = 'word/document.xml'
KIND = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships'


def relation(kind, target, mode=' TargetMode="External"'):
    return f'<Relationship Id="rId999" Type="{KIND}/{kind}" Target="{target}"{mode}/></Relationships>'.encode()


@tagged('post_install', '-at_install')
class TestPackage(BaseCase):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.docx = shipped.get_template_path('cong_van').read_bytes()
        cls.parts = open_package(cls.docx).parts

    def change(self, **parts):
        changed = dict(self.parts)
        changed.update(parts.pop('new', {}))
        for name, (old, new) in parts.pop('edit', {}).items():
            self.assertIn(old, changed[name])
            changed[name] = changed[name].replace(old, new, 1)
        return write_package(changed)

    def assertRefused(self, docx, code, **options):
        with self.assertRaises(ToolError) as caught:
            open_package(docx, **options)
        self.assertEqual(caught.exception.code, code)
        self.assertTrue(str(caught.exception))
        self.assertEqual(caught.exception.to_finding('template').severity, 'error')

    def test_the_same_parts_give_the_same_bytes(self):
        shuffled = list(self.parts.items())
        random.Random(4).shuffle(shuffled)
        self.assertEqual(write_package(dict(shuffled)), write_package(self.parts))
        self.assertEqual(open_package(write_package(self.parts)).parts, self.parts)

    def test_what_is_no_word_document_is_refused(self):
        for raw in (b'', b'PK', b'hello', b'%PDF-1.7', b'\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1' + b'\0' * 600):
            with self.subTest(raw[:4]), self.assertRaises(ToolError) as caught:
                open_package(raw)
            self.assertIn(caught.exception.code, ('not_docx', 'corrupt'))
        target = io.BytesIO()
        with zipfile.ZipFile(target, 'w') as archive:
            archive.writestr('a.txt', 'a')
        self.assertRefused(target.getvalue(), 'not_docx')
        self.assertRefused(self.docx[:len(self.docx) // 2], 'corrupt')
        self.assertRefused(self.change(edit={BODY: (b'<w:body>', b'<w:body><w:p>')}), 'corrupt')
        self.assertRefused(self.change(edit={'[Content_Types].xml': (b'document.main+xml', b'template.main+xml')}), 'not_docx')

    def test_a_protected_document_is_told_from_a_damaged_one(self):
        head = b'\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1' + b'\0' * 504
        self.assertRefused(head + 'EncryptedPackage'.encode('utf-16-le'), 'encrypted')

    def test_a_bomb_is_refused_before_it_is_unpacked(self):
        self.assertRefused(self.change(new={'word/media/a.png': b'\0' * (30 << 20)}), 'too_large')
        self.assertRefused(self.change(new={f'word/media/{n}.png': b'a' for n in range(MAX_PARTS)}), 'too_large')
        self.assertRefused(b'PK' + bytes(MAX_FILE), 'too_large')
        deep = b'<w:sdt>' * 400 + b'</w:sdt>' * 400
        self.assertRefused(self.change(edit={BODY: (b'<w:body>', b'<w:body>' + deep)}), 'too_large')

    def test_a_part_that_is_larger_than_it_says_is_refused(self):
        target = io.BytesIO()
        with zipfile.ZipFile(target, 'w', zipfile.ZIP_DEFLATED) as archive:
            for name, raw in self.parts.items():
                archive.writestr(name, raw)
            archive.writestr('word/media/a.png', b'a' * 5000)
        raw = target.getvalue().replace((5000).to_bytes(4, 'little'), (10).to_bytes(4, 'little'))
        self.assertRefused(raw, 'corrupt')

    def test_entities_are_refused_in_every_part(self):
        for part in (BODY, 'word/styles.xml', '[Content_Types].xml', 'docProps/core.xml', RELATIONS):
            for declaration in (
                b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>', b'<!DOCTYPE a SYSTEM "http://example.org/a.dtd">',
            ):
                raw = self.parts[part]
                cut = raw.index(b'?>') + 2
                with self.subTest(part):
                    self.assertRefused(self.change(new={part: raw[:cut] + declaration + raw[cut:]}), 'dtd')
        text = self.parts[BODY].decode()
        declared = text[text.index('?>') + 2:]
        utf16 = ('<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE a [<!ENTITY x "y">]>' + declared).encode('utf-16')
        self.assertRefused(self.change(new={BODY: utf16}), 'dtd')

    def test_macros_are_refused_whatever_they_are_called(self):
        self.assertRefused(self.change(new={'word/vbaProject.bin': b'x'}), 'macro')
        self.assertRefused(self.change(new={'word/innocent.bin': b'x'}), 'macro')
        self.assertRefused(self.change(new={'word/activeX/activeX1.xml': b'<a/>'}), 'macro')
        self.assertRefused(self.change(edit={'[Content_Types].xml': (
            b'</Types>', b'<Default Extension="dat" ContentType="application/vnd.ms-office.vbaProject"/></Types>')}), 'macro')

    def test_links_that_load_something_are_refused_and_links_to_click_are_not(self):
        for kind, target in (
            ('attachedTemplate', 'http://example.org/a.dotm'), ('image', 'http://example.org/a.png'), ('image', 'file:///etc/passwd'),
            ('oleObject', r'\\example.org\share\a'), ('frame', 'https://example.org'), ('hyperlink', 'file:///etc/passwd'),
            ('hyperlink', 'javascript:a()'), ('hyperlink', r'\\example.org\share'),
        ):
            with self.subTest(kind, target=target):
                self.assertRefused(
                    self.change(edit={RELATIONS: (b'</Relationships>', relation(kind, target))}), 'external_link',
                    allow=('embedded_object',))
        for target in ('https://example.org/a', 'mailto:a@example.org'):
            open_package(self.change(edit={RELATIONS: (b'</Relationships>', relation('hyperlink', target))}))

    def test_embedded_objects_are_refused_in_templates_and_may_be_in_drafts(self):
        for docx in (
            self.change(new={'word/embeddings/a.xlsx': b'x'}),
            self.change(edit={BODY: (b'<w:body>', b'<w:body><w:altChunk r:id="rId9" xmlns:r="a"/>')}),
            self.change(edit={RELATIONS: (b'</Relationships>', relation('aFChunk', 'a.html', ''))}),
        ):
            self.assertRefused(docx, 'embedded_object')
            open_package(docx, allow=('embedded_object',))

    def test_fields_that_fetch_or_start_something_are_refused(self):
        for code in ('DDEAUTO c:\\\\a.exe "b"', ' INCLUDETEXT "http://example.org"', 'includepicture "a"'):
            field = (
                '<w:p><w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText>' + code[:3] + '</w:instrText></w:r>'
                '<w:r><w:instrText>' + code[3:] + '</w:instrText></w:r><w:r><w:fldChar w:fldCharType="end"/></w:r></w:p>')
            simple = f'<w:p><w:fldSimple w:instr="{code.replace(chr(34), "")}"/></w:p>'
            for xml in (field, simple):
                with self.subTest(code):
                    self.assertRefused(self.change(edit={BODY: (b'<w:body>', b'<w:body>' + xml.encode())}), 'active_field')
        page = b'<w:body><w:p><w:fldSimple w:instr=" PAGE "/></w:p>'
        open_package(self.change(edit={BODY: (b'<w:body>', page)}))

    def test_names_that_leave_the_package_are_refused(self):
        for name in ('../evil.xml', '/etc/passwd', 'word\\a.xml'):
            target = io.BytesIO()
            with zipfile.ZipFile(target, 'w') as archive:
                for part, raw in self.parts.items():
                    archive.writestr(part, raw)
                info = zipfile.ZipInfo('x')
                info.filename = name
                archive.writestr(info, b'a')
            self.assertRefused(target.getvalue(), 'corrupt')

    @settings(max_examples=100, deadline=None, derandomize=True, database=None)
    @given(st.lists(st.tuples(st.integers(0, 1 << 20), st.integers(0, 255)), min_size=1, max_size=12), st.booleans())
    def test_no_damage_does_more_than_refuse(self, changes, is_in_part):
        """Bytes of the file, or of its body, are changed at random: it opens, or it is refused by a code."""
        raw = bytearray(self.parts[BODY] if is_in_part else self.docx)
        for place, value in changes:
            raw[place % len(raw)] = value
        docx = self.change(new={BODY: bytes(raw)}) if is_in_part else bytes(raw)
        try:
            package = open_package(docx, allow=('embedded_object',))
            text = read_text(docx)
        except ToolError as error:
            self.assertTrue(error.text)
        else:
            self.assertIn(BODY, package.parts)
            self.assertTrue(compare.get_blocks(text) is not None)

    def test_a_child_answers_as_this_process_does(self):
        self.assertEqual(template.get_fields(self.docx), template.get_fields.here(self.docx))
        self.assertEqual(compare.read_blocks(self.docx), compare.read_blocks.here(self.docx))
        with self.assertRaises(ToolError) as caught:
            template.get_fields(self.change(new={'word/vbaProject.bin': b'x'}))
        self.assertEqual((caught.exception.code, caught.exception.params), ('macro', {'part': 'word/vbaProject.bin'}))

    def test_values_pass_to_the_child_and_back_as_they_are(self):
        finding = Finding(rule='a', key='corrupt', page=2, params={'x': 'ệ'})
        for value in (None, True, 3, 'Nghị định', b'\x00\xff', ['a', {'b': b'c'}], {'x', 'y'}, {'$bytes': 'no'}, [finding]):
            self.assertEqual(sandbox.decode(sandbox.encode(value)), value)

    def test_letters_are_measured_by_their_base(self):
        self.assertAlmostEqual(adjust.measure('Độc lập', 13, bold=True), adjust.measure('Doc lap', 13, bold=True))
        self.assertLess(adjust.measure('CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM', 13, bold=True), 97)
        self.assertAlmostEqual(
            adjust.measure_lines('ỦY BAN NHÂN DÂN\nTHÀNH PHỐ HỒ CHÍ MINH', 13, 65), adjust.measure('THÀNH PHỐ HỒ CHÍ MINH', 13))
