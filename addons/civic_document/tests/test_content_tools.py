import io
import os
import tempfile
import zipfile
import zlib
from unittest.mock import patch

import pikepdf

from odoo.tests import BaseCase, tagged

from ..tools import inspector_child
from ..tools.content import clean_name, clean_text, has_bad_name, inspect
from ..tools.inspector import InspectionFailed, Inspector, inspector
from ..tools.words import parse_text_pages, read_text_pages
from .pdf import make_pdf

PLAN = "KẾ HOẠCH\nChuyển đổi số của Ủy ban nhân dân phường Hòa Bình"


def make_docx(text, **more):
    target = io.BytesIO()
    with zipfile.ZipFile(target, 'w', zipfile.ZIP_DEFLATED) as package:
        package.writestr('[Content_Types].xml', (
            '<?xml version="1.0" encoding="UTF-8"?>'
            '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
            '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            '<Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.'
            'wordprocessingml.document.main+xml"/></Types>'))
        package.writestr('_rels/.rels', (
            '<?xml version="1.0" encoding="UTF-8"?>'
            '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
            '<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/'
            'officeDocument" Target="word/document.xml"/></Relationships>'))
        paragraphs = ''.join(f'<w:p><w:r><w:t>{line}</w:t></w:r></w:p>' for line in text.split('\n'))
        package.writestr('word/document.xml', (
            '<?xml version="1.0" encoding="UTF-8"?>'
            '<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>'
            f'{paragraphs}</w:body></w:document>'))
        for name, raw in more.items():
            package.writestr(name, raw)
    return target.getvalue()


@tagged('post_install', '-at_install')
class TestContentTools(BaseCase):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.raw = make_pdf(PLAN)

    def _inspect(self, raw, name, max_bytes=10_000_000, max_pages=100, **options):
        return inspect(raw, name, max_bytes=max_bytes, max_pages=max_pages, **options)

    def test_good_pdf_is_measured_identified_and_read(self):
        report = self._inspect(self.raw, "Kế hoạch.pdf")
        self.assertEqual(report.problems, ())
        self.assertEqual((report.name, report.size, report.page_count), ("Kế hoạch.pdf", len(self.raw), 1))
        self.assertEqual(report.mimetype, 'application/pdf')
        self.assertTrue(report.puid.startswith('fmt/'), report.puid)
        self.assertIn("Chuyển đổi số của Ủy ban nhân dân phường Hòa Bình", report.text)

    def test_path_and_bytes_give_the_same_report(self):
        with tempfile.NamedTemporaryFile(suffix='.bin') as file:
            file.write(self.raw)
            file.flush()
            self.assertEqual(self._inspect(file.name, 'a.pdf'), self._inspect(self.raw, 'a.pdf'))

    def test_empty_file(self):
        self.assertEqual(self._inspect(b'', 'a.pdf').problems, ('empty',))

    def test_huge_file_is_not_opened(self):
        report = self._inspect(self.raw, 'a.pdf', max_bytes=len(self.raw) - 1)
        self.assertEqual(report.problems, ('too_large',))
        self.assertFalse(report.puid)

    def test_too_many_pages(self):
        report = self._inspect(make_pdf('a', 'b', 'c'), 'a.pdf', max_pages=2)
        self.assertEqual((report.problems, report.page_count), (('too_many_pages',), 3))

    def test_encrypted_pdf(self):
        self.assertEqual(self._inspect(make_pdf(PLAN, password='x'), 'a.pdf').problems, ('encrypted',))

    def test_corrupt_pdf(self):
        noise = os.urandom(3000)
        for title, raw in (
            ("cut off in the middle", self.raw[:len(self.raw) // 2]),
            ("header only", b'%PDF-1.7\n%%EOF'),
            ("page tree destroyed", self.raw.replace(b'/Pages', b'/Pigxs')),
            ("noise", noise),
            ("plain words", "Đây không phải là PDF".encode()),
        ):
            with self.subTest(title):
                self.assertEqual(self._inspect(raw, 'a.pdf').problems, ('corrupt',))

    def test_wrong_extension(self):
        docx = make_docx(PLAN)
        for name, raw in (('a.docx', self.raw), ('a.pdf', docx), ('a.png', self.raw), ('a.jpg', docx)):
            with self.subTest(name):
                self.assertIn('extension_mismatch', self._inspect(raw, name).problems)

    def test_programs_scripts_and_unknown_kinds_are_refused_whatever_their_name(self):
        elf = open('/bin/true', 'rb').read()
        for name, raw in (
            ('a.exe', elf), ('a.pdf', elf), ('a.txt', b'#!/bin/sh\necho x\n'), ('a.html', b'<html></html>'),
            ('a.txt', b'<!DOCTYPE html><html><script>alert(1)</script></html>'), ('a.zip', make_docx('x')), ('noname', b'x'),
            ('a.svg', b'<svg xmlns="http://www.w3.org/2000/svg"/>'),
        ):
            with self.subTest(name):
                self.assertIn('forbidden_format', self._inspect(raw, name).problems)

    def test_accepted_beside_pdf(self):
        png = (
            b'\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x08\0\0\0\0:~\x9bU\0\0\0\nIDATx\x9cc`\0\0\0\2\0\1H\xaf\xa4q'
            b'\0\0\0\0IEND\xaeB`\x82')
        for name, raw, text in (
            ('a.docx', make_docx(PLAN), "Chuyển đổi số"), ('a.txt', PLAN.encode(), "Chuyển đổi số"), ('a.png', png, ''),
            ('a.xml', '<?xml version="1.0"?><m><s>Hòa Bình</s></m>'.encode(), "Hòa Bình"), ('a.csv', b'a,b\n1,2\n', 'a,b'),
        ):
            with self.subTest(name):
                report = self._inspect(raw, name)
                self.assertEqual(report.problems, ())
                self.assertIn(text, report.text)

    def test_names_lose_their_folders_and_tell_it(self):
        for given, kept in (
            ('../../etc/passwd.pdf', 'passwd.pdf'), ('C:\\Users\\vt\\Kế hoạch.pdf', 'Kế hoạch.pdf'), ('/a.pdf', 'a.pdf'),
            ('a\x00b.pdf', 'ab.pdf'), ('fdp.\u202efdp', 'fdp.fdp'), ('a\nb.pdf', 'ab.pdf'), ('..', 'file'), ('', 'file'),
        ):
            with self.subTest(given):
                self.assertTrue(has_bad_name(given))
                self.assertEqual(clean_name(given), kept)
        self.assertEqual(self._inspect(self.raw, '../a.pdf').problems, ('bad_name',))
        self.assertFalse(has_bad_name("Số 12 - QĐ-UBND (bản chính).pdf"))
        self.assertEqual(len(clean_name('ă' * 1000 + '.pdf')), 150)

    def test_secret_mark_in_text_or_name(self):
        for name, raw in (
            ('a.pdf', make_pdf("TỐI MẬT\n" + PLAN)), ('a.txt', "MẬT\nQuyết định".encode()),
            ('a.docx', make_docx("TUYỆT MẬT\nQuyết định")), ('Tối mật.pdf', self.raw), ('a.html', "TỐI MẬT\n".encode()),
        ):
            with self.subTest(name):
                report = self._inspect(raw, name)
                self.assertIn('secret_mark', report.problems)
                self.assertFalse(report.text)
        self.assertEqual(self._inspect(make_pdf("Luật Bảo vệ bí mật nhà nước"), 'a.pdf').problems, ())

    def test_only_the_asked_pages_are_read(self):
        report = self._inspect(make_pdf('mot', 'hai', 'ba'), 'a.pdf', text_pages=2)
        self.assertEqual((report.text_pages, report.page_count), (2, 3))
        self.assertFalse(report.is_text_complete)
        self.assertIn('hai', report.text)
        self.assertNotIn('ba', report.text)

    def test_words_come_with_their_places_if_asked(self):
        raw = make_pdf("Số: 12/QĐ-UBND\nVề việc chuyển đổi số", "Trang hai", "Trang ba")
        self.assertFalse(self._inspect(raw, 'a.pdf').places)
        places = self._inspect(raw, 'a.pdf', word_pages=2).places
        with tempfile.NamedTemporaryFile(suffix='.pdf') as file:
            file.write(raw)
            file.flush()
            self.assertEqual(parse_text_pages(places, 1), read_text_pages(file.name, 1, 2))
        with patch.object(inspector_child, 'MAX_PLACES', 10):
            request = {'placing': inspector_child.subprocess.Popen(
                ['seq', '9999'], stdout=inspector_child.subprocess.PIPE), 'cpu_seconds': 1}
            self.assertEqual(inspector_child.collect_places(request), '', "half of a page's words is none")

    def test_bombs_cost_little(self):
        entities = '<!ENTITY a "aaaaaaaaaa">' + ''.join(
            f'<!ENTITY {chr(98 + i)} "{"&" + chr(97 + i) + ";"}{"&" + chr(97 + i) + ";"}">' for i in range(20))
        xml = f'<?xml version="1.0"?><!DOCTYPE x [{entities}]><x>&u;</x>'.encode()
        self.assertEqual(self._inspect(xml, 'a.xml').problems, ('corrupt',))
        report = self._inspect(make_docx('a' * 60_000_000), 'a.docx')
        self.assertLessEqual(len(report.text), 5_000_000)
        bomb = self._make_bomb(b'BT /F1 12 Tf ' + b'<01> Tj ' * 25_000_000 + b'ET')
        self.assertLess(len(bomb), 1_000_000)
        report = self._inspect(bomb, 'a.pdf')
        self.assertLessEqual(len(report.text), 5_000_000)
        self.assertEqual(self._inspect(self.raw, 'a.pdf').problems, (), "the next file is read as ever")

    def _make_bomb(self, content):
        """Return a small PDF whose only page unpacks to this."""
        pdf = pikepdf.open(io.BytesIO(make_pdf('a')))
        pdf.pages[0].obj.Contents = pikepdf.Stream(
            pdf, zlib.compress(content, 9), Filter=pikepdf.Name.FlateDecode)
        target = io.BytesIO()
        pdf.save(target)
        return target.getvalue()

    def test_a_sandbox_that_does_not_answer_is_ended_and_started_anew(self):
        own = Inspector()
        self.addCleanup(own.close)
        request = {
            'identify': True, 'reader': None, 'readers': {}, 'path': '/nowhere', 'cpu_seconds': 5, 'max_pages': 1,
            'max_chars': 10, 'first_page': 1, 'last_page': 1,
        }
        with self.assertRaises(InspectionFailed):
            own.ask(request, timeout=0.000001)
        answer = own.ask(request, timeout=30)
        self.assertEqual(answer['problems'], ['unreadable'])
        first = own._process.pid
        own._process.kill()
        own._process.wait()
        self.assertEqual(own.ask(request, timeout=30)['problems'], ['unreadable'])
        self.assertNotEqual(own._process.pid, first)

    def test_the_sandbox_has_limits_and_no_secrets(self):
        inspector.ask({
            'identify': False, 'reader': None, 'readers': {}, 'path': '', 'cpu_seconds': 5, 'max_pages': 1,
            'max_chars': 10, 'first_page': 1, 'last_page': 1,
        }, timeout=30)
        pid = inspector._process.pid
        limits = open(f'/proc/{pid}/limits').read()
        for line in ('Max address space', 'Max data size', 'Max file size', 'Max cpu time'):
            soft = next(row for row in limits.splitlines() if row.startswith(line)).split()[3]
            self.assertTrue(soft.isdigit(), line)
        environment = open(f'/proc/{pid}/environ').read()
        self.assertNotIn('PGPASSWORD', environment)
        self.assertNotIn('HOME=', environment)

    def test_the_text_layer_is_read_without_poppler_too(self):
        with tempfile.NamedTemporaryFile(suffix='.pdf') as file:
            file.write(make_pdf(PLAN, "Trang hai", "Trang ba"))
            file.flush()
            text = inspector_child.pdf_text_in_python(file.name, 1, 2, {'max_chars': 1000})
        self.assertIn("Ủy ban nhân dân", text)
        self.assertIn("Trang hai", text)
        self.assertNotIn("Trang ba", text)

    def test_text_is_composed_and_clean(self):
        self.assertEqual(clean_text('Ho\u0300a   bi\u0300nh\u200b\x00\n\n\n  a\tb\fc'), 'Hòa\nbình\na b\nc')
