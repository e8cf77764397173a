"""Codes, fields and regimes (../shared/domain/archives.md, rules 1 to 10 and 56)."""
import datetime

import pytest

from ..tools.findings import PackageError
from ..tools.profiles import check_fields, compose_doc_code, compose_file_code, get_profile, profile_on, retention_code
from .common import DOCUMENT, FILE, KINDS, VARIANTS, make_values


def defects(kind, values, documents=False):
    rules = get_profile().kind(kind)
    fields = rules.document_fields['doc'] if documents else rules.fields
    return [(check, words['field']) for check, words in check_fields(fields, values, rules.profile.codes)]


def test_the_tables_have_as_many_fields_as_the_circular():
    profile = get_profile()
    assert {name: len(profile.kind(name).fields) for name in KINDS} == {
        'SIP_hoso': 18, 'AIP_hoso': 18, 'SIP_tailieu': 5, 'AIP_tailieu': 4, 'DIP': 7}
    assert {name: len(profile.kind(name).document_fields['doc']) for name in ('SIP_hoso', 'AIP_hoso', 'DIP')} == {
        'SIP_hoso': 21, 'AIP_hoso': 19, 'DIP': 20}
    for fields in profile.tables.values():
        for field in fields.values():
            assert field.source and field.confidence, field
            assert not field.codes or field.codes in profile.codes, field


@pytest.mark.parametrize('kind', KINDS)
@pytest.mark.parametrize('variant', VARIANTS)
def test_every_kind_has_a_layout_in_every_variant(kind, variant):
    rules = get_profile().kind(kind, variant)
    assert rules.layout['objid'].endswith('{uuid}') and rules.annex.startswith('Phụ lục')
    assert set(rules.document_fields) == {'doc', 'pic', 'media'} and all(rules.document_fields.values())


def test_code_of_a_document_has_seven_digits():
    assert compose_doc_code('H29.1.2026.05', 1) == 'H29.1.2026.05.0000001'
    with pytest.raises(PackageError):
        compose_doc_code('H29.1.2026.05', 10_000_000)


def test_code_of_a_file():
    assert compose_file_code('H29.1', 2021, '01.TH') == 'H29.1.2021.01.TH'


def test_scanned_file_needs_the_code_of_its_paper():
    values = {**FILE, 'totalDoc': '1'}
    assert defects('SIP_hoso', values) == []
    assert defects('SIP_hoso', {**values, 'confidenceLevel': '02'}) == [('condition', 'paperFileCode')]
    assert defects('SIP_hoso', {**values, 'confidenceLevel': '02', 'paperFileCode': 'TTLT.01.15'}) == []


def test_risk_recovery_needs_its_status():
    values = {**FILE, 'totalDoc': '1'}
    assert defects('SIP_hoso', {**values, 'riskRecovery': '1'}) == [('condition', 'riskRecoveryStatus')]
    assert defects('SIP_hoso', {**values, 'riskRecovery': '1', 'riskRecoveryStatus': '01'}) == []


@pytest.mark.parametrize('level, missing', [('01', True), ('02', False), ('03', True)])
def test_electronic_document_says_whether_its_process_is_there(level, missing):
    values = {**DOCUMENT, 'arcFileCode': 'T.1', 'docCode': 'T.1.0000001', 'docOrdinal': '1', 'confidenceLevel': level}
    del values['process']
    assert defects('AIP_hoso', values, True) == ([('condition', 'process')] if missing else [])


@pytest.mark.parametrize('years, code', [(None, '01'), (70, '02'), (50, '03'), (30, '04'), (20, '05'), (10, '06'), (15, '07'), (5, '07')])
def test_retention_has_a_code(years, code):
    assert retention_code(years) == code


@pytest.mark.parametrize('field, value, check', [
    ('title', 'x' * 1001, 'length'), ('maintenance', '08', 'code'), ('language', '01,12', 'code'), ('startDate', '2026-02-01', 'format'),
    ('startDate', '31/02/2026', 'format'), ('startDate', '1/2/2026', 'format'), ('totalDoc', '1.5', 'format'), ('totalDoc', '٣', 'format'),
    ('riskRecovery', 'true', 'format'), ('title', '', 'missing'), ('colour', '01', 'unknown')])
def test_a_wrong_value_is_named(field, value, check):
    assert (check, field) in defects('SIP_hoso', {**FILE, 'totalDoc': '1', field: value})


def test_an_archive_may_date_by_month_or_year():
    for date in ('2026', '02/2026', '01/02/2026'):
        assert defects('AIP_hoso', {**make_values('AIP_hoso', 1), 'startDate': date}) == []
    assert defects('SIP_hoso', {**make_values('SIP_hoso', 1), 'startDate': '2026'}) == [('format', 'startDate')]


def test_the_regime_goes_by_the_day_of_building():
    assert profile_on(datetime.date(2025, 6, 30)) == 'VN-2019'
    assert profile_on(datetime.date(2025, 7, 1)) == 'VN-2025'


def test_unknown_names_are_refused_with_what_there_is():
    with pytest.raises(PackageError, match='SIP_hoso'):
        get_profile().kind('SIP')
    with pytest.raises(PackageError, match='VN-2025'):
        get_profile('../../etc/passwd')
