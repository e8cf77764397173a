"""Small packages of every kind, and a way to break them."""
import datetime
import io
import zipfile

from ..tools.validate import validate
from ..tools.writer import ZONE, Document, File, Package, build

WHEN = datetime.datetime(2026, 6, 12, 11, 45, 37, 690000, tzinfo=ZONE)
FILE = {
    'fileCode': 'H29.1.2026.05', 'title': 'Hồ sơ <thử> & "mẫu"', 'maintenance': '01', 'mode': '01', 'language': '01,02',
    'startDate': '01/02/2026', 'endDate': '05/03/2026', 'numberOfPaper': '0', 'numberOfPage': '6', 'confidenceLevel': '01',
    'riskRecovery': '0'}
DOCUMENT = {
    'typeName': '02', 'codeNumber': '15', 'codeNotation': 'QĐ-UBND', 'issuedDate': '03/02/2026', 'organName': "Ủy ban nhân dân",
    'subject': "Về việc số hóa", 'language': '01', 'numberOfPage': '2', 'mode': '01', 'confidenceLevel': '01', 'process': '0'}
BATCH = {'fileCode': 'H29.1.2026.01.0000001', 'title': "Văn bản đi tháng 2", 'source': '0'}
REQUEST = {'requestID': 'YC.2026.01', 'requestDate': '01/06/2026', 'purpose': '02', 'feeObjectType': '10'}
KINDS = ('SIP_hoso', 'SIP_tailieu', 'AIP_hoso', 'AIP_tailieu', 'DIP')
VARIANTS = ('text', 'sample', 'e-ark')


def make_values(kind, count):
    if kind == 'DIP':
        return dict(REQUEST)
    values = {**(FILE if kind.endswith('hoso') else BATCH)}
    if kind.startswith('AIP'):
        values = {'arcFileCode': f'TTLT.{values.pop("fileCode")}', **values}
    if kind != 'AIP_tailieu':
        values['totalDoc'] = str(count)
    return values


def make_document(kind, number, **changes):
    values = {**DOCUMENT, **changes}
    if not kind.startswith('AIP'):
        values = {'riskRecovery': '0', 'maintenance': '01', **values}
    if kind == 'DIP':
        del values['organName']
        values.update(docId=f'H29.1.2026.05.{number}', arcDocCode=f'TTLT.H29.1.2026.05.{number:07d}')
    return Document(values, [File(f'%PDF-1.7 tờ {number}'.encode(), original_name=f'Công văn {number}.pdf')])


def make_package(kind='SIP_hoso', count=3, **changes):
    documents = changes.pop('documents', None) or [make_document(kind, number) for number in range(1, count + 1)]
    if isinstance(documents, list):
        count = len(documents)
    return Package(**{
        'kind': kind, 'values': make_values(kind, count), 'documents': documents, 'created': WHEN, 'fonds': 'G09',
        'organisation': "Sở Nội vụ", **changes})


def build_zip(folder, kind='SIP_hoso', **changes):
    return build(make_package(kind, **changes), folder).path


def read_entries(path):
    """[(ZipInfo, content)] of a ZIP file."""
    with zipfile.ZipFile(path) as archive:
        return [(entry, archive.read(entry)) for entry in archive.infolist()]


def rewrite(path, change, name='broken.zip'):
    """Write a ZIP file again with ``change(name, content)``: new content, None to leave the entry out. :return: its path."""
    target = path.with_name(name)
    with zipfile.ZipFile(target, 'w') as archive:
        for entry, content in read_entries(path):
            content = change(entry.filename, content)
            if content is not None:
                archive.writestr(entry, content)
    return target


def replaced(path, suffix, old, new, **options):
    """The package with some text in one file replaced, and nothing else mended. ``/METS.xml`` is the one at the top."""
    def change(name, content):
        if name.partition('/')[2] == suffix[1:] if suffix.startswith('/') else name.endswith(suffix):
            assert old.encode() in content, (suffix, old)
            return content.replace(old.encode(), new.encode(), 1)
        return content
    return rewrite(path, change, **options)


def make_zip(path, *entries):
    """A ZIP file of (name or ZipInfo, content)."""
    with zipfile.ZipFile(path, 'w') as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return path


def errors(path, **options):
    return validate(path, **options).rules()


def patch_bytes(path, *places):
    content = bytearray(path.read_bytes())
    for position, value in places:
        content[position:position + len(value)] = value
    path.write_bytes(content)
    return path


def zip_bytes(*entries):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, 'w', zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return buffer.getvalue()
