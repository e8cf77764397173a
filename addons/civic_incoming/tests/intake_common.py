import io
import os
import shutil
import tempfile
from email.message import EmailMessage
from unittest.mock import patch

import pikepdf
from PIL import Image, TiffImagePlugin

from odoo.addons.civic_document.tests.pdf import make_pdf

from ..tools.separation import make_code
from ..tools.separator_sheet import make_sheets
from .common import CivicIncomingCommon


def join_pdfs(*files):
    """Return one PDF with the pages of all."""
    target = pikepdf.new()
    sources = [pikepdf.open(io.BytesIO(raw)) for raw in files]
    for source in sources:
        target.pages.extend(source.pages)
    stream = io.BytesIO()
    target.save(stream, deterministic_id=True)
    return stream.getvalue()


def make_blank(count=1):
    target = pikepdf.new()
    for _index in range(count):
        target.add_blank_page(page_size=(595, 842))
    stream = io.BytesIO()
    target.save(stream, deterministic_id=True)
    return stream.getvalue()


def make_tiff(*sizes, mode='1'):
    """Return a TIFF with a white frame of each size."""
    frames = [Image.new(mode, size, 1 if mode == '1' else 'white') for size in sizes]
    stream = io.BytesIO()
    frames[0].save(
        stream, TiffImagePlugin.TiffImageFile.format, save_all=True, append_images=frames[1:], dpi=(200, 200),
        compression='group4' if mode == '1' else 'tiff_deflate')
    return stream.getvalue()


def make_mail(*attachments, subject="Gửi quyết định", sender="Văn thư <vanthu@bonoivu.gov.vn>",
              to="vanban@hoaphuong.gov.vn", body="Kính gửi quý cơ quan.", **headers):
    """Return a message with [(name, bytes, MIME type)]."""
    message = EmailMessage()
    message['From'], message['To'], message['Subject'] = sender, to, subject
    message['Message-Id'] = headers.pop('message_id', f'<{os.urandom(8).hex()}@bonoivu.gov.vn>')
    for name, value in headers.items():
        message[name.replace('_', '-')] = value
    message.set_content(body)
    for name, raw, mimetype in attachments:
        maintype, subtype = mimetype.split('/')
        message.add_attachment(raw, maintype=maintype, subtype=subtype, filename=name)
    return message


def page_texts(raw):
    """Return what stands on each page of a PDF made by `make_pdf`."""
    import pypdf

    return [page.extract_text().strip() for page in pypdf.PdfReader(io.BytesIO(raw)).pages]


class CivicIntakeCommon(CivicIncomingCommon):
    """The town, with an address for documents and a folder for scans."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.alias_domain = cls.env['mail.alias.domain'].create({'name': 'hoaphuong.gov.vn'})
        (cls.agency | cls.other_agency).alias_domain_id = cls.alias_domain
        # what a job says to nobody in particular, it says in the language of the agency
        (cls.agency | cls.other_agency).partner_id.lang = 'en_US'
        cls.agency.incoming_alias_name = 'vanban'
        cls.ministry.email = 'vanthu@bonoivu.gov.vn'
        cls.root = tempfile.mkdtemp(prefix='civic-test-')
        cls.addClassCleanup(shutil.rmtree, cls.root, ignore_errors=True)
        patcher = patch.object(cls.registry['civic.scan.folder'], '_get_root', lambda self: cls.root)
        patcher.start()
        cls.addClassCleanup(patcher.stop)
        cls.folder = cls.env['civic.scan.folder'].create({
            'name': "Máy quét", 'path': 'ubnd/may-1', 'company_id': cls.agency.id})
        cls.place = os.path.join(cls.root, 'ubnd', 'may-1')
        cls._set_rule('incoming.scan_quiet_seconds', 0)

    def setUp(self):
        super().setUp()
        shutil.rmtree(self.root)
        os.makedirs(self.place)

    @classmethod
    def _set_rule(cls, key, value):
        cls.env['civic.rule.value'].search([('key', '=', key)]).write({'value': str(value)})

    @classmethod
    def _sheet(cls, urgency='', channel='', agency=None):
        return make_sheets([{
            'code': make_code(str((agency or cls.agency).id), urgency, channel), 'agency': "UBND",
            'title': "TỜ PHÂN CÁCH", 'note': "", 'lines': []}])

    def _put(self, name, raw):
        path = os.path.join(self.place, name)
        with open(path, 'wb') as target:
            target.write(raw)
        return path

    def _commit(self, *_progress):
        """What a commit does, as far as a test can see it."""
        self.env.flush_all()
        self.env.cr.postcommit.run()
        return 100.0

    def _take(self):
        """Let the job look into the folder; return what it noted newly."""
        last = self.env['civic.arrival'].search([], limit=1).id or 0
        self.folder._take_files(self._commit)
        self._commit()
        return self.env['civic.arrival'].search([('id', '>', last)], order='id')

    def _listing(self, name=''):
        path = os.path.join(self.place, name)
        return sorted(os.listdir(path)) if os.path.isdir(path) else []

    def _deliver(self, message):
        """Hand a message to the mail gateway as the mail server does; return its draft."""
        raw = message if isinstance(message, bytes) else message.as_bytes()
        document_id = self.env['mail.thread'].message_process(False, raw)
        return self.env['civic.document'].browse(document_id or ())

    def _last_arrival(self):
        return self.env['civic.arrival'].search([], limit=1)

    @staticmethod
    def _pdf(*texts):
        return make_pdf(*texts)
