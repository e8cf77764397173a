"""The metadata tables of Circular 02/2019/TT-BNV (fonds, files, documents, pictures, media), to and from CSV and XML.

The circular names fields, types and lengths and no file format: CSV has the field names in its first line, XML is
``<vn2019 table="files"><row><FileCode>…``. Rows stream both ways.
"""
from __future__ import annotations

import csv
import io
import re

from lxml import etree

from . import xmlio
from .findings import WARNING, PackageError, Report
from .profiles import check_fields, compose_doc_code, compose_file_code, load_fields

TABLES = load_fields('fields-vn-2019.csv')
KEYS = {'fonds': 'OrganId', 'files': 'FileCode', 'documents': 'DocCode', 'pictures': 'ArchivesNumber', 'media': 'ArchivesNumber'}
ORDINAL_DIGITS = 4
LEGAL_BASIS = "Thông tư 02/2019/TT-BNV"
MESSAGES = {
    'missing': ('VN19-1', "%(field)s is missing"),
    'length': ('VN19-2', "%(field)s has %(length)s characters, at most %(limit)s are allowed"),
    'format': ('VN19-3', "%(field)s: %(value)s is not %(format)s"),
    'unknown': ('VN19-4', "%(field)s is no field of this table"),
}
MAX_CELL = 100_000


def table(name):
    if name not in TABLES:
        raise PackageError(f"there is no table {name!r}; there are: {', '.join(TABLES)}")
    return TABLES[name]


def file_code(organ, year, notation):
    """``FileCode`` = agency, year, number and notation (H29.1.2021.01.TH); the year must have four digits."""
    if not (str(year).isascii() and str(year).isdigit() and len(str(year)) == 4):
        raise PackageError(f"FileCatalog {year!r} is not a year of four digits")
    return compose_file_code(organ, year, notation)


def doc_code(code, ordinal):
    """``DocCode``; Circular 02/2019 has four digits, so a file cannot take a ten-thousandth document."""
    return compose_doc_code(code, ordinal, ORDINAL_DIGITS)


def check(name, values, report, location=''):
    """Add what is wrong with one row to a report."""
    for kind, words in check_fields(table(name), values, {}):
        rule, message = MESSAGES[kind]
        report.error(rule, message, location, article=LEGAL_BASIS, **words)
    if name == 'files' and all(values.get(field) for field in ('FileCode', 'OrganId', 'FileCatalog', 'FileNotation')):
        composed = compose_file_code(values['OrganId'], values['FileCatalog'], values['FileNotation'])
        if values['FileCode'] != composed:
            report.add('VN19-6', WARNING, "FileCode is %(code)s, its parts give %(composed)s", location, article=LEGAL_BASIS,
                       code=values['FileCode'], composed=composed)


def write(name, rows, stream, form='csv'):
    """Write rows (dicts) to a binary stream. :return: Report of what the receiver would refuse; all rows are written."""
    fields, report = table(name), Report(name, profile='VN-2019')
    writer = {'csv': _write_csv, 'xml': _write_xml}.get(form)
    if not writer:
        raise PackageError(f"there is no form {form!r}; there are: csv, xml")
    writer(name, fields, iter_checked(name, rows, report), stream)
    return report


def iter_checked(name, rows, report):
    """Yield rows with their values as texts; what the receiver would refuse comes into the report."""
    for number, row in enumerate(rows, 1):
        values = {field: '' if value is None else str(value) for field, value in row.items()}
        check(name, values, report, f'row {number}')
        yield values


def _write_csv(_name, fields, rows, stream):
    text = io.TextIOWrapper(stream, encoding='utf-8-sig', newline='', write_through=True)     # spreadsheets need the mark
    output = csv.DictWriter(text, list(fields), extrasaction='ignore', lineterminator='\r\n')
    output.writeheader()
    output.writerows(rows)
    text.detach()


def _write_xml(name, fields, rows, stream):
    stream.write(f'<?xml version="1.0" encoding="UTF-8"?>\n<vn2019 table="{name}">\n'.encode())
    for row in rows:
        cells = ''.join(xmlio.tag(field, text=row[field]) for field in fields if row.get(field))
        stream.write(f'<row>{cells}</row>\n'.encode())
    stream.write(b'</vn2019>\n')


def read(name, stream, form='csv', report=None):
    """Rows of a table from a binary stream, with what is wrong added to ``report`` by row. :yield: (number, values).

    A row with errors is yielded, too: whoever imports decides. :raises PackageError: the file is not such a table at all.
    """
    report = report if report is not None else Report(name, profile='VN-2019')
    reader = {'csv': _read_csv, 'xml': _read_xml}.get(form)
    if not reader:
        raise PackageError(f"there is no form {form!r}; there are: csv, xml")
    table(name)
    seen = {}
    for number, values in reader(name, stream):
        check(name, values, report, f'row {number}')
        key = values.get(KEYS[name])
        if key and key in seen:
            report.error('VN19-5', "%(field)s %(value)s stands in row %(row)s, too", f'row {number}', field=KEYS[name], value=key,
                row=seen[key])
        seen.setdefault(key, number)
        yield number, values


def _read_csv(name, stream):
    text = io.TextIOWrapper(stream, encoding='utf-8-sig', newline='')
    try:
        rows = csv.reader(_lines(text))
        header = [cell.strip() for cell in next(rows, [])]
        if not set(header) & set(table(name)):
            raise PackageError(f"the first line names no field of the table {name}")
        if len(set(header)) != len(header):
            raise PackageError("a field stands twice in the first line")
        for number, cells in enumerate(rows, 1):
            if len(cells) > len(header) and any(cells[len(header):]):
                raise PackageError(f"row {number} has more cells than the first line")
            if any(cells):
                yield number, {field: cell.strip() for field, cell in zip(header, cells) if field and cell.strip()}
    except UnicodeDecodeError as error:
        raise PackageError("the file is not in UTF-8") from error
    except csv.Error as error:
        raise PackageError(f"not a CSV file: {error}") from error
    finally:
        text.detach()


def _lines(text):
    """Lines of a length that a table can have; csv's own limit is one for the whole process, and Odoo lifts it."""
    while line := text.readline(MAX_CELL):
        if len(line) == MAX_CELL and not line.endswith('\n'):
            raise PackageError(f"a line has more than {MAX_CELL} characters")
        yield line


def _read_xml(name, stream):
    try:
        number = 0
        for event, node in xmlio.iterparse(stream):
            if event == 'start' and node.tag == 'vn2019' and node.get('table') != name:
                raise PackageError(f"the file holds the table {node.get('table')!r} and not {name}")
            if event == 'start' and node.getparent() is None and node.tag != 'vn2019':
                raise PackageError("the root is not vn2019")
            if event == 'end' and node.tag == 'row':
                number += 1
                yield number, {
                    child.tag: (child.text or '').strip()[:MAX_CELL] for child in node if isinstance(child.tag,
                    str) and (child.text or '').strip()}
                node.clear()
                while node.getprevious() is not None:
                    node.getparent().remove(node.getprevious())
    except xmlio.XmlRefused as error:
        raise PackageError(f"the XML is refused: {error}") from error
    except etree.XMLSyntaxError as error:
        raise PackageError(f"not well-formed XML: {error.msg}") from error


# === from the fields of Circular 05/2025 ==============================================================================

_SAME = {
    'files': {
        'FileCode': 'fileCode', 'Title': 'title', 'Maintenance': 'maintenance', 'Rights': 'mode', 'Language': 'language',
        'StartDate': 'startDate', 'EndDate': 'endDate', 'TotalDoc': 'totalDoc', 'Description': 'description', 'InforSign': 'inforSign',
        'Keyword': 'keyword', 'SheetNumber': 'numberOfPaper', 'PageNumber': 'numberOfPage', 'Format': 'format'},
    'documents': {
        'FileCode': 'fileCode', 'DocOrdinal': 'docOrdinal', 'TypeName': 'typeName', 'CodeNumber': 'codeNumber',
        'CodeNotation': 'codeNotation', 'IssuedDate': 'issuedDate', 'OrganName': 'organName', 'Subject': 'subject', 'Language': 'language',
        'PageAmount': 'numberOfPage', 'Description': 'description', 'InforSign': 'inforSign', 'Keyword': 'keyword', 'Mode': 'mode',
        'ConfidenceLevel': 'confidenceLevel', 'Autograph': 'autograph', 'Format': 'format'},
}
_FILE_CODE = re.compile(r'(?P<OrganId>.+?)\.(?P<FileCatalog>[0-9]{4})\.(?P<FileNotation>.+)')


def make_row(name, values, kind):
    """A row of ``files`` or ``documents`` from values of Circular 05/2025 (``kind``: their kind of package): words instead of codes.

    ``values`` of a document hold the ``fileCode`` of its file, too.
    """
    fields = kind.fields if name == 'files' else kind.document_fields['doc']
    row = {}
    for ours, theirs in _SAME[name].items():
        value, codes = values.get(theirs), fields[theirs].codes if theirs in fields else ''
        if value and codes:
            known = kind.profile.codes[codes]
            value = ', '.join(known.get(code.strip(), code.strip()) for code in value.split(','))
        if value:
            row[ours] = value
    match = _FILE_CODE.fullmatch(row.get('FileCode', ''))
    if match:
        row.update(match.groupdict())
    if name == 'documents' and row.get('DocOrdinal', '').isdigit() and row.get('FileCode'):
        row['DocCode'] = f'{row["FileCode"]}.{int(row["DocOrdinal"]):0{ORDINAL_DIGITS}d}'
    return row
