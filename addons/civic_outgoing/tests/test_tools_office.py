"""Word to PDF by LibreOffice: it works, and when it does not the reason is clear and nothing is left behind."""
import os
import stat
import subprocess
import tempfile
import threading
import time
from pathlib import Path
from unittest.mock import patch

import pikepdf

from odoo.tests import BaseCase, tagged

from odoo.addons.civic_document.tools import soffice

from ..tools import office, shipped, template
from ..tools.components import read_pdf_sheet
from ..tools.package import open_package, write_package


@tagged('post_install', '-at_install')
class TestOffice(BaseCase):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        raw = shipped.get_template_path('cong_van').read_bytes()
        cls.docx = template.render.here(raw, shipped.get_sample('cong_van'))

    def stand_in(self, script):
        """Put a program of ours in LibreOffice's place."""
        folder = tempfile.mkdtemp(prefix='civic-test-')
        self.addCleanup(lambda: subprocess.run(['rm', '-r', folder], check=True))
        path = Path(folder, 'soffice')
        path.write_text('#!/bin/bash\n' + script.replace('FOLDER', folder))
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        return folder, patch.object(office, 'PROGRAM', str(path))

    def assertFails(self, code, docx=None, **options):
        with self.assertRaises(office.OfficeError) as caught:
            office.to_pdf(docx or self.docx, **options)
        self.assertEqual(caught.exception.code, code)
        self.assertTrue(str(caught.exception))

    def test_the_pdf_has_the_text_and_its_fonts_are_embedded(self):
        pdf = office.to_pdf(self.docx)
        texts = [item.text for item in read_pdf_sheet(pdf).items]
        self.assertIn("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", texts)
        self.assertIn("Nguyễn Thị Minh An", texts)
        with tempfile.NamedTemporaryFile(suffix='.pdf') as file:
            file.write(pdf)
            file.flush()
            rows = subprocess.run(['pdffonts', file.name], check=True, capture_output=True, text=True).stdout.splitlines()[2:]
            with pikepdf.open(file.name) as opened:
                self.assertEqual(len(opened.pages), 1)
                self.assertEqual(str(opened.docinfo['/Author']), "Sở Nội vụ")
        self.assertGreaterEqual(len(rows), 3)
        for row in rows:
            self.assertIn('LiberationSerif', row)
            self.assertEqual(row.split()[-5], 'yes', row)

    def test_several_documents_at_once_come_back_in_order(self):
        raw = shipped.get_template_path('cong_van').read_bytes()
        values = shipped.get_sample('cong_van')
        documents = [template.render.here(raw, {**values, 'number': str(number)}) for number in (21, 22, 23)]
        texts = [' '.join(item.text for item in read_pdf_sheet(pdf).items) for pdf in office.to_pdf_many(documents)]
        for number, text in zip((21, 22, 23), texts, strict=True):
            self.assertIn(f'Số: {number}/SNV-VP', text)

    def test_calls_side_by_side_do_not_disturb_one_another(self):
        results = []
        threads = [threading.Thread(target=lambda: results.append(office.to_pdf(self.docx))) for _count in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual([pdf[:5] for pdf in results], [b'%PDF-'] * 3)

    def test_what_hangs_is_ended_with_all_it_started(self):
        folder, replaced = self.stand_in('sleep 300 & echo $! > FOLDER/pid\nsleep 300\n')
        started = time.monotonic()
        with replaced:
            self.assertFails('timeout', timeout=1)
        self.assertLess(time.monotonic() - started, 10)
        child = int(Path(folder, 'pid').read_text())
        for _attempt in range(50):
            if not self.is_running(child):
                break
            time.sleep(0.1)
        self.assertFalse(self.is_running(child))

    @staticmethod
    def is_running(pid):
        try:
            return 'Z' not in Path(f'/proc/{pid}/stat').read_text().rpartition(')')[2].split()[0]
        except FileNotFoundError:
            return False

    def test_a_crash_a_missing_program_and_a_silent_failure_are_told_apart(self):
        for script, code in (('exit 77', 'crash'), ('kill -SEGV $$', 'crash'), ('exit 0', 'no_output')):
            _folder, replaced = self.stand_in(script)
            with self.subTest(script), replaced:
                self.assertFails(code)
        with patch.object(office, 'PROGRAM', '/nonexistent/soffice'):
            self.assertFails('missing')
        _folder, replaced = self.stand_in('for a; do last=$a; done; echo "no pdf" > "${last%.docx}.pdf"')
        with replaced:
            self.assertFails('no_output')

    def test_the_program_sees_neither_the_servers_environment_nor_a_network(self):
        folder, replaced = self.stand_in('env > FOLDER/env; cat /proc/net/dev > FOLDER/net; pwd > FOLDER/pwd\n')
        with replaced, patch.dict(os.environ, {'CIVIC_TEST_SECRET': 'x', 'PGPASSWORD': 'x'}):
            self.assertFails('no_output')
        environment = Path(folder, 'env').read_text()
        self.assertNotIn('SECRET', environment)
        self.assertNotIn('PGPASSWORD', environment)
        if soffice.get_isolation():
            devices = [line.split(':')[0].strip() for line in Path(folder, 'net').read_text().splitlines()[2:]]
            self.assertEqual(devices, ['lo'])
        self.assertFalse(Path(Path(folder, 'pwd').read_text().strip()).exists())

    def test_macros_and_updates_are_off_in_the_profile(self):
        with tempfile.TemporaryDirectory() as folder:
            soffice.make_profile(folder)
            settings = Path(folder, 'profile', 'user', 'registrymodifications.xcu').read_text()
        for wanted in (
            'oor:name="DisableMacrosExecution" oor:op="fuse" oor:type="xs:boolean"><value>true<',
            'oor:name="MacroSecurityLevel" oor:op="fuse" oor:type="xs:int"><value>3<',
            'Writer/Content/Update"><prop oor:name="Link" oor:op="fuse" oor:type="xs:int"><value>0<',
        ):
            self.assertIn(wanted, settings)

    def test_hostile_files_do_not_reach_the_program(self):
        folder, replaced = self.stand_in('touch FOLDER/started')
        parts = dict(open_package(self.docx).parts)
        macro = write_package({**parts, 'word/vbaProject.bin': b'x'})
        name = 'word/_rels/document.xml.rels'
        link = write_package({**parts, name: parts[name].replace(
            b'</Relationships>', b'<Relationship Id="rId99" Type="http://schemas.openxmlformats.org/officeDocument/2006/'
            b'relationships/image" Target="http://example.org/a.png" TargetMode="External"/></Relationships>')})
        with replaced:
            self.assertFails('macro', macro)
            self.assertFails('external_link', link)
            self.assertFails('not_docx', b'hello')
        self.assertFalse(Path(folder, 'started').exists())

    def test_a_font_with_all_vietnamese_letters_stands_for_times_new_roman(self):
        self.assertTrue(office.has_font())
        with patch.object(office, 'has_font', lambda: False):
            self.assertFails('no_font')
