"""Read a spreadsheet that somebody brought, in a process of its own and within limits; plain Python."""
import os
import sys
import zipfile
from pathlib import Path

from odoo.addons.civic_document.tools import limited

CHILD = Path(__file__).with_name('sheet_child.py')
MIB = 1024 * 1024
MAX_UNPACKED = 2048 * MIB
TIMEOUT = 600


class SheetFailed(Exception):
    """The file gives no rows; ``code`` is 'kind', 'damaged', 'too_large' or 'too_many'."""

    def __init__(self, code):
        super().__init__(code)
        self.code = code


def get_kind(path):
    """Tell a workbook from a text file by its content."""
    with open(path, 'rb') as stream:
        start = stream.read(4)
    if start == b'PK\x03\x04':
        try:
            with zipfile.ZipFile(path) as archive:
                if 'xl/workbook.xml' not in archive.namelist():
                    raise SheetFailed('kind')
                if sum(info.file_size for info in archive.infolist()) > MAX_UNPACKED:
                    raise SheetFailed('too_large')
        except (zipfile.BadZipFile, UnicodeDecodeError, NotImplementedError):      # the last: an unknown compression
            raise SheetFailed('damaged') from None
        return 'xlsx'
    if start[:2] in (b'\xd0\xcf', b'%P') or b'\x00' in start.replace(b'\xff\xfe', b'', 1)[:1]:
        raise SheetFailed('kind')
    return 'csv'


def read_rows(path, max_rows, target):
    """Write the rows into the file ``target`` as JSON, each a list of texts on a line.

    :return: how many lines there are, that of the headings among them
    :raises SheetFailed:
    """
    kind = get_kind(path)
    try:
        output = limited.run(
            [sys.executable, '-s', str(CHILD), path, kind, str(max_rows), target], timeout=TIMEOUT,
            environment={'PYTHONPATH': os.pathsep.join(filter(None, sys.path)), 'PYTHONIOENCODING': 'utf-8'})
    except limited.ProgramFailed as error:
        raise SheetFailed('damaged' if error.code == 'crash' else 'too_large') from None
    answer = output.decode().strip()
    if not answer.isdecimal():
        raise SheetFailed(answer)
    return int(answer)
