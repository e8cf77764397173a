"""Read a small XLSX that comes from outside; plain Python with openpyxl."""
import io
import zipfile

import openpyxl

MAX_BYTES = 20 * 1024 * 1024
MAX_UNPACKED = 200 * 1024 * 1024
MAX_PARTS = 200
MAX_ROWS = 50_000
MAX_COLUMNS = 60


class Unreadable(Exception):
    """``args[0]`` is 'too_large', 'not_xlsx' or 'too_many'."""


def read_rows(raw):
    """Yield (row number, [text]) of the first sheet; numbers come as they would be written."""
    if len(raw) > MAX_BYTES:
        raise Unreadable('too_large')
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as package:
            parts = package.infolist()
            if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED:
                raise Unreadable('too_large')
            for part in parts:
                if part.filename.endswith(('.xml', '.rels')):
                    with package.open(part) as stream:
                        # no spreadsheet program writes a document type; entities are how such a file attacks
                        if b'<!DOCTYPE' in stream.read(4096).upper():
                            raise Unreadable('not_xlsx')
        book = openpyxl.load_workbook(io.BytesIO(raw), read_only=True, data_only=True)
        sheet = book.worksheets[0]
        for number, row in enumerate(sheet.iter_rows(max_col=MAX_COLUMNS, values_only=True), start=1):
            if number > MAX_ROWS:
                raise Unreadable('too_many')
            yield number, [_as_text(value) for value in row]
    except Unreadable:
        raise
    except Exception as error:              # whatever openpyxl makes of a broken file
        raise Unreadable('not_xlsx') from error


def _as_text(value):
    if value is None:
        return ''
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).strip()
