"""Tables of Circular 02/2019 (rules 1, 2, 3 and 5)."""
import io

import openpyxl
import pytest

from ..tools import vn2019, vn2019_book
from ..tools.findings import PackageError, Report
from ..tools.profiles import get_profile
from .common import make_document, make_values

FILE = {
    'FileCode': 'H29.1.2021.01.TH', 'OrganId': 'H29.1', 'FileCatalog': '2021', 'FileNotation': '01.TH', 'Title': "Hồ sơ; \"mẫu\"\nhai dòng",
    'Maintenance': "Vĩnh viễn", 'StartDate': '01/02/2021', 'EndDate': '31/12/2021', 'TotalDoc': '12'}
DOCUMENT = {'DocCode': 'H29.1.2021.01.TH.0001', 'TypeName': "Quyết định", 'OrganName': "UBND", 'Mode': "Công khai", 'DocOrdinal': '1'}


def test_tables_have_as_many_fields_as_the_circular():
    assert {name: len(fields) for name, fields in vn2019.TABLES.items()} == {
        'fonds': 13, 'files': 18, 'documents': 22, 'pictures': 14, 'media': 15}


def test_codes():
    assert vn2019.file_code('H29.1', 2021, '01.TH') == 'H29.1.2021.01.TH'
    for year in (21, '202', 'MMXX', '20211'):
        with pytest.raises(PackageError):
            vn2019.file_code('H29.1', year, '01')
    assert vn2019.doc_code('H29.1.2021.01.TH', 9999) == 'H29.1.2021.01.TH.9999'
    with pytest.raises(PackageError, match='4 digits'):
        vn2019.doc_code('H29.1.2021.01.TH', 10_000)


@pytest.mark.parametrize('form', ['csv', 'xml'])
@pytest.mark.parametrize('table, row', [('files', FILE), ('documents', DOCUMENT)])
def test_there_and_back(form, table, row):
    stream = io.BytesIO()
    report = vn2019.write(table, [row], stream, form)
    assert report.valid, report.findings
    stream.seek(0)
    report = Report('back')
    assert list(vn2019.read(table, stream, form, report)) == [(1, row)]
    assert report.valid and not report.findings
    assert not stream.closed


def test_a_workbook_has_a_sheet_for_each_table_and_texts_alone():
    stream = io.BytesIO()
    reports = vn2019_book.write({'files': [FILE, {**FILE, 'Title': '=1+1', 'TotalDoc': 'x'}], 'documents': [DOCUMENT]}, stream)
    assert [(name, [finding.location for finding in report.findings]) for name, report in reports.items()] == [
        ('files', ['row 2']), ('documents', [])]
    book = openpyxl.load_workbook(stream)
    assert book.sheetnames == ['files', 'documents']
    head, first, second = book['files'].iter_rows(values_only=True)
    assert list(head) == list(vn2019.TABLES['files'])
    assert {field: value for field, value in zip(head, first, strict=True) if value} == FILE
    assert (second[head.index('Title')], book['files'].cell(3, head.index('Title') + 1).data_type) == ('=1+1', 's')


@pytest.mark.parametrize('change, rule, words', [
    ({'FileCatalog': '21'}, 'VN19-3', 'FileCatalog'), ({'Title': 'x' * 1001}, 'VN19-2', 'Title has 1001 characters, at most 1000'),
    ({'Title': ''}, 'VN19-1', 'Title'), ({'StartDate': '2021-02-01'}, 'VN19-3', 'DD/MM/YYYY'), ({'Colour': 'red'}, 'VN19-4', 'Colour'),
    ({'TotalDoc': '1' * 11}, 'VN19-2', 'TotalDoc')])
def test_what_a_receiver_would_refuse_is_named_with_field_and_limit(change, rule, words):
    report = vn2019.write('files', [{**FILE, **change}], io.BytesIO())
    assert (rule in report.rules()) and words in ' '.join(finding.text() for finding in report.findings)
    assert report.findings[0].location == 'row 1' and report.findings[0].article == "Thông tư 02/2019/TT-BNV"


def test_a_code_that_is_not_made_of_its_parts_is_a_warning():
    report = vn2019.write('files', [{**FILE, 'FileCode': 'X'}], io.BytesIO())
    assert report.valid and report.rules('warning') == {'VN19-6'}


def test_rows_with_the_same_code():
    stream = io.BytesIO()
    vn2019.write('files', [FILE, FILE], stream)
    stream.seek(0)
    report = Report('x')
    assert len(list(vn2019.read('files', stream, report=report))) == 2
    assert report.rules() == {'VN19-5'} and report.findings[0].location == 'row 2'


@pytest.mark.parametrize('form, content', [
    ('csv', b''), ('csv', b'a,b\n1,2\n'), ('csv', b'FileCode,FileCode\n1,2\n'), ('csv', b'FileCode\n1,2,3\n'), ('csv',
    b'FileCode\n\xff\xfe\n'),
    ('csv', b'FileCode\n"' + b'x' * 200_000), ('xml', b''), ('xml', b'<vn2019 table="documents"/>'), ('xml', b'<x/>'),
    ('xml', b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><vn2019 table="files"><row><Title>&e;</Title></row></vn2019>'),
    ('xml', b'<vn2019 table="files"><row>'), ('ods', b'')], ids=range(12))
def test_what_is_no_such_table_is_refused_in_words(form, content):
    with pytest.raises(PackageError):
        list(vn2019.read('files', io.BytesIO(content), form))


def test_unknown_table():
    with pytest.raises(PackageError, match='files'):
        vn2019.table('boxes')


def test_many_rows_stream():
    import tracemalloc
    stream = io.BytesIO()
    vn2019.write('documents', ({**DOCUMENT, 'DocCode': f'H29.{number}'} for number in range(4_000)), stream, 'xml')
    stream.seek(0)
    tracemalloc.start()
    try:
        count = sum(1 for _row in vn2019.read('documents', stream, 'xml'))
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert count == 4_000 and peak < 3 << 20


def test_a_row_from_the_fields_of_the_later_circular():
    kind = get_profile().kind('SIP_hoso')
    row = vn2019.make_row('files', {**make_values('SIP_hoso', 3), 'language': '01,02'}, kind)
    assert row == {
        'FileCode': 'H29.1.2026.05', 'OrganId': 'H29.1', 'FileCatalog': '2026', 'FileNotation': '05', 'Title': 'Hồ sơ <thử> & "mẫu"',
        'Maintenance': "Vĩnh viễn", 'Rights': "Công khai", 'Language': "Tiếng Việt, Tiếng Anh", 'StartDate': '01/02/2026',
        'EndDate': '05/03/2026', 'TotalDoc': '3', 'SheetNumber': '0', 'PageNumber': '6'}
    document = vn2019.make_row('documents', {**make_document('SIP_hoso', 1).values, 'fileCode': 'H29.1.2026.05', 'docOrdinal': '1'}, kind)
    assert (document['DocCode'], document['TypeName'], document['ConfidenceLevel']) == (
        'H29.1.2026.05.0001', "Quyết định", "Gốc điện tử")
    assert vn2019.write('files', [row], io.BytesIO()).valid and vn2019.write('documents', [document], io.BytesIO()).valid


def test_what_has_no_code_of_that_form_is_named():
    row = vn2019.make_row('files', {'fileCode': 'X', 'title': "Đo"}, get_profile().kind('SIP_hoso'))
    assert 'VN19-1' in vn2019.write('files', [row], io.BytesIO()).rules()
