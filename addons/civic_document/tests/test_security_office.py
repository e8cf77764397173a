import io
import zipfile

from odoo.tests import TransactionCase, tagged

from ..tools.content import inspect
from .test_content_tools import make_docx

ORDINARY = "Kế hoạch năm"
PART = (
    '<?xml version="1.0" encoding="UTF-8"?><part xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'
    '<w:p><w:r><w:t>%s</w:t></w:r></w:p></part>')


@tagged('post_install', '-at_install')
class TestSecurityOffice(TransactionCase):
    """A stamp is found wherever an office file keeps text for its readers."""

    def _inspect(self, part, text):
        target = io.BytesIO(make_docx(ORDINARY))
        with zipfile.ZipFile(target, 'a', zipfile.ZIP_DEFLATED) as package:
            package.writestr(part, PART % text)
        return inspect(target.getvalue(), 'a.docx', max_bytes=10 ** 8, max_pages=100)

    def test_marks_are_found_in_every_part(self):
        for part in ('word/document2.xml', 'word/comments.xml', 'Word/Header1.xml', 'word/footnotes.xml', 'styles.xml',
                     'ppt/notesSlides/notesSlide1.xml', 'xl/comments1.xml'):
            with self.subTest(part=part):
                self.assertIn('secret_mark', self._inspect(part, "TUYỆT MẬT").problems)
                self.assertEqual(self._inspect(part, "Ghi chú").problems, ())
