"""Word documents to PDF by LibreOffice, run as ``civic_document.tools.soffice`` runs it; plain Python.

What fetches something from outside is refused before LibreOffice sees it.
"""
import contextlib
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

from odoo.addons.civic_document.tools import soffice  # a plain module, too

from .finding import ToolError
from .package import open_package

PROGRAM = 'soffice'
TIMEOUT = 60
MAX_PDF = 256 * 1024 * 1024
# What a draft may hold: LibreOffice shows the picture that stands for the object and starts nothing.
ALLOWED = ('embedded_object',)
FILTER = 'pdf:writer_pdf_Export:{"SelectPdfVersion":{"type":"long","value":"17"},"UseTaggedPDF":{"type":"boolean","value":"true"}}'


class OfficeError(ToolError):
    """No PDF: ``code`` is 'missing', 'no_font', 'timeout', 'limit', 'crash', 'no_output', or why the file is refused."""


def to_pdf(docx: bytes, *, timeout=TIMEOUT) -> bytes:
    """Return the PDF of a Word document.

    :param timeout: seconds for all of it
    :raises OfficeError: 'timeout', 'crash' and 'no_output' may pass when tried again; the others will not
    """
    return to_pdf_many([docx], timeout=timeout)[0]


def to_pdf_many(documents, *, timeout=TIMEOUT) -> list:
    """Return the PDFs of several Word documents, by one start of LibreOffice.

    :raises OfficeError: if one of them cannot be had; then none is returned
    """
    documents = [bytes(docx) for docx in documents]
    for docx in documents:
        _refuse(docx)
    if not has_font():
        raise OfficeError('no_font')
    with tempfile.TemporaryDirectory(prefix='civic-office-', ignore_cleanup_errors=True) as folder:
        names = [f'{index}.docx' for index in range(len(documents))]
        for name, docx in zip(names, documents, strict=True):
            Path(folder, name).write_bytes(docx)
        try:
            soffice.convert(folder, names, FILTER, timeout=timeout, program=PROGRAM)
        except soffice.ProgramFailed as error:
            raise OfficeError({'too_large': 'limit'}.get(error.code, error.code)) from error
        return [_read_output(Path(folder, f'{index}.pdf')) for index in range(len(documents))]


def _refuse(docx):
    try:
        open_package(docx, allow=ALLOWED)
    except ToolError as error:
        raise OfficeError(error.code, **error.params) from error


def _read_output(path):
    try:
        if path.stat().st_size > MAX_PDF:
            raise OfficeError('limit')
        raw = path.read_bytes()
    except FileNotFoundError as error:
        raise OfficeError('no_output') from error
    if not raw.startswith(b'%PDF-') or b'%%EOF' not in raw[-1024:]:
        raise OfficeError('no_output')
    return raw


@cache
def has_font():
    """Whether the font that stands for Times New Roman has every Vietnamese letter (U+1EA0–U+1EF9)."""
    program = shutil.which('fc-match')
    if not program:
        return True                     # nothing to ask; the PDF's fonts are checked by the layout rules
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        answer = subprocess.run(
            [program, '-f', '%{family}|%{charset}', 'Times New Roman'], check=True, timeout=20, capture_output=True, text=True)
        family, _bar, charset = answer.stdout.partition('|')
        ranges = [part.split('-') for part in charset.split()]
        needed = set(range(0x1EA0, 0x1EFA)) | {0x1A0, 0x1A1, 0x1AF, 0x1B0, 0x110, 0x111}
        covered = {code for code in needed if any(int(part[0], 16) <= code <= int(part[-1], 16) for part in ranges)}
        return bool(family) and covered == needed
    return True
