"""Our METS layer before eark-validator 1.1.3, and packages that show where it does not look.

It runs in its own environment (CIVIC_EARK_PYTHON, made by ./civic test), since it wants other versions than Odoo. Importing
it fetches vocabularies from the network: a launcher serves those that lie in its own package.
"""
import json
import os
import pathlib
import subprocess
import sys

import pytest

from ..tools.validate import validate
from ..tools.writer import build
from .common import build_zip, make_package, replaced, rewrite

LAUNCHER = pathlib.Path(__file__).with_name('eark_launcher.py')
PYTHON = os.environ.get('CIVIC_EARK_PYTHON') or sys.executable

# Rules of eark-validator that our packages break, each with the contradiction in data/e-ark-contradictions.md.
CONTRADICTIONS = {'CSIP12', 'CSIP13', 'CSIP16', 'SIP14'}
PATH_AS_LABEL = {'CSIP103', 'CSIP114'}


def judge(*paths, version='V2.0.4'):
    """{path: None where it crashed, else {'structure': …, 'schema': …, 'errors': {rule…}}}"""
    result = subprocess.run(
        [PYTHON, str(LAUNCHER), version, *map(str, paths)], capture_output=True, text=True, timeout=120, check=False,
        env={**{key: value for key, value in os.environ.items() if key != 'PYTHONPATH'}, 'PYTHONDONTWRITEBYTECODE': '1'})
    assert result.returncode == 0, result.stderr
    return list(json.loads(result.stdout).values())


@pytest.fixture(scope='module')
def judged(tmp_path_factory):
    """All packages of this file in one process: importing the validator takes longer than judging."""
    folder = tmp_path_factory.mktemp('eark')
    names = {
        'AIP_hoso': ('AIP_hoso', 'e-ark'), 'AIP_tailieu': ('AIP_tailieu', 'e-ark'), 'DIP': ('DIP', 'e-ark'), 'SIP': ('SIP_hoso', 'e-ark'),
        'AIP_text': ('AIP_hoso', 'text')}
    paths = {name: build(make_package(kind, variant=variant), folder / name).path for name, (kind, variant) in names.items()}
    good = paths['AIP_hoso']
    paths['changed documentation'] = replaced(good, 'verify_package.py', 'changed', 'chenged', name='a.zip')
    paths['changed content'] = replaced(good, '.001.pdf', 'tờ', 'to', name='b.zip')
    paths['missing content'] = rewrite(good, lambda name, content: None if name.endswith('.001.pdf') else content, 'c.zip')
    paths['no size'] = replaced(good, '/METS.xml', ' SIZE="', ' XIZE="', name='d.zip')
    paths['no label'] = replaced(good, '/METS.xml', ' LABEL="Schemas"', '', name='e.zip')
    paths['broken METS'] = replaced(good, '/METS.xml', '</mets>', '', name='f.zip')
    paths['wrong root'] = rewrite(good, lambda name, content: b'<x/>' if name.count('/') == 1 and name.endswith('METS.xml') else content,
    'g.zip')
    return paths, dict(zip(paths, judge(*paths.values())))


@pytest.mark.parametrize('name', ['AIP_hoso', 'AIP_tailieu', 'DIP'])
def test_our_mets_layer_passes(judged, name):
    verdict = judged[1][name]
    assert verdict == {'structure': 'WellFormed', 'schema': 'VALID', 'errors': []}


def test_a_sip_breaks_only_rules_that_contradict_themselves(judged):
    verdict = judged[1]['SIP']
    assert (verdict['structure'], verdict['schema']) == ('WellFormed', 'VALID')
    assert set(verdict['errors']) == CONTRADICTIONS


def test_the_text_of_the_circular_has_the_path_as_label(judged):
    verdict = judged[1]['AIP_text']
    assert (verdict['structure'], verdict['schema']) == ('WellFormed', 'VALID')
    assert set(verdict['errors']) == PATH_AS_LABEL


@pytest.mark.parametrize('name, rules', [
    ('changed documentation', {'PKG14'}), ('changed content', {'PKG13', 'PKG14'}), ('missing content', {'PKG11'})])
def test_it_misses_changed_and_missing_files_that_we_name(judged, name, rules):
    paths, verdicts = judged
    assert verdicts[name] == {'structure': 'WellFormed', 'schema': 'VALID', 'errors': []}
    assert validate(paths[name]).rules() == rules


@pytest.mark.parametrize('name, rules', [('no size', {'CSIP27'}), ('no label', {'CSIP99'}), ('wrong root', {'PKG16'})])
def test_it_crashes_on_broken_packages_that_we_judge(judged, name, rules):
    paths, verdicts = judged
    assert verdicts[name] is None
    report = validate(paths[name])
    assert report.rules() >= rules and 'PKG0' not in report.rules()


def test_we_find_what_it_finds(judged):
    paths, verdicts = judged
    assert verdicts['broken METS'] is None or verdicts['broken METS']['schema'] == 'INVALID'
    assert validate(paths['broken METS']).rules() == {'PKG16'}


CHANGES = [
    ('TYPE="Mixed"', 'TYPE="Papers"'), ('OAISPACKAGETYPE="AIP"', 'OAISPACKAGETYPE="XIP"'), ('OTHERTYPE="SOFTWARE"', 'OTHERTYPE="X"'),
    ('csip:NOTETYPE="SOFTWARE VERSION"', 'csip:NOTETYPE="X"'), ('USE="Schemas"', 'USE="X"'), ('USE="Documentation"', 'USE="X"'),
    ('USE="Representations"', 'USE="X"'), ('LABEL="CSIP"', 'LABEL="X"'), ('TYPE="PHYSICAL"', 'TYPE="X"'), ('MIMETYPE="text/xml"',
    'MIMETYPE="x"'),
    ('<name>Civic Records</name>', '<name></name>'), (' LASTMODDATE=', ' XASTMODDATE='), ('LABEL="Metadata"', 'LABEL="X"'),
    ('LABEL="Documentation"', 'LABEL="X"'), ('STATUS="CURRENT"', 'STATUS="X"')]


def test_each_error_that_it_finds_we_find_under_the_same_identifier(tmp_path):
    good = build_zip(tmp_path, 'AIP_hoso', variant='e-ark')
    paths = [replaced(good, '/METS.xml', old, new, name=f'{number}.zip') for number, (old, new) in enumerate(CHANGES)]
    compared = 0
    for path, verdict, change in zip(paths, judge(*paths), CHANGES):
        report = validate(path, variant='e-ark')
        ours = report.rules() | report.rules('warning')
        assert set(verdict['errors']) <= ours, change
        compared += len(verdict['errors'])
    assert compared > 10
