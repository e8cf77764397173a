"""Reading prints back; plain Python."""
import io
import os
import subprocess
import tempfile

import docx
import openpyxl
from PIL import Image


def read_pdf(data, *options):
    """Return the text of each page, as people who copy it get it."""
    with tempfile.NamedTemporaryFile(suffix='.pdf') as file:
        file.write(data)
        file.flush()
        text = subprocess.run(
            ['pdftotext', *options, file.name, '-'], check=True, capture_output=True, timeout=120).stdout.decode()
    return text.split('\f')[:-1]


def read_xlsx(data):
    """Return the rows of the sheet as lists of values."""
    [sheet] = openpyxl.load_workbook(io.BytesIO(data)).worksheets
    return [list(row) for row in sheet.iter_rows(values_only=True)]


def get_table(data, first):
    """Return the rows of a sheet from the one that begins with ``first`` on, up to the first empty one."""
    rows = read_xlsx(data)
    start = next(position for position, row in enumerate(rows) if row[0] == first)
    end = next((position for position in range(start, len(rows)) if not any(rows[position])), len(rows))
    return rows[start:end]


def read_docx(data):
    """Return paragraphs and tables of a document, as texts."""
    document = docx.Document(io.BytesIO(data))
    tables = [[[cell.text for cell in row.cells] for row in table.rows] for table in document.tables]
    return [paragraph.text for paragraph in document.paragraphs], tables


def render_pdf(data, page, dpi, mode='L'):
    """Return a picture of a page as a printer makes it."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, 'file.pdf')
        with open(path, 'wb') as file:
            file.write(data)
        subprocess.run(
            ['pdftoppm', '-cropbox', '-r', str(dpi), '-f', str(page), '-l', str(page), '-singlefile', path, path],
            check=True, timeout=120)
        with Image.open(path + '.ppm') as picture:
            return picture.convert(mode)
