"""The command line, in a process of its own: exit codes, JSON, and that it runs without Odoo."""
import functools
import importlib.metadata
import json
import os
import pathlib
import resource
import subprocess
import sys

import pytest

from ..tools import cli, schemas, vn2019
from . import test_vn2019
from .common import DOCUMENT, FILE, build_zip, replaced, rewrite

ADDONS = pathlib.Path(cli.__file__).parents[2]
INSTALLED = set(importlib.metadata.packages_distributions())
MAY_IMPORT = {'lxml', 'isal', '_distutils_hack'}        # config/requirements/package.in, and what Python itself begins with
DESCRIPTION = {
    'kind': 'SIP_hoso', 'created': '2026-06-12T11:45:37+07:00', 'fonds': 'G09', 'organisation': "Sở Nội vụ", 'values': {**FILE,
    'totalDoc': '1'},
    'documents': [{'values': {**DOCUMENT, 'riskRecovery': '0'}, 'files': ['tờ trình.pdf']}]}


def run(*arguments, cwd=None, limit=None, **environment):
    """:param limit: bytes that a file may grow to"""
    places = os.pathsep.join([str(ADDONS), str(schemas.eark_folder().parents[2])])
    result = subprocess.run(
        [sys.executable, '-X', 'importtime', '-m', 'civic_package.tools.cli', *map(str, arguments)], capture_output=True, text=True,
        timeout=60,
        check=False, cwd=cwd, preexec_fn=limit and functools.partial(resource.setrlimit, resource.RLIMIT_FSIZE, (limit, limit)),
        env={'PATH': os.environ['PATH'], 'PYTHONPATH': places, 'LANG': 'C.UTF-8', **environment})
    imported = {line.rpartition('|')[2].strip().partition('.')[0] for line in result.stderr.splitlines() if line.startswith('import time:')}
    strangers = imported & INSTALLED - MAY_IMPORT
    assert 'lxml' in imported and not strangers, strangers
    return result.returncode, result.stdout, result.stderr


def test_validate(tmp_path):
    path = build_zip(tmp_path)
    code, said, _noise = run('validate', path)
    assert code == 0 and 'valid, 0 errors' in said
    broken = replaced(path, '.001.pdf', 'tờ', 'to')
    code, said, _noise = run('validate', broken)
    assert code == 1 and 'PKG14' in said and 'INVALID' in said
    code, said, _noise = run('validate', broken, '--language', 'vi')
    assert 'Nội dung không đúng' in said
    assert run('validate', tmp_path / 'missing')[0] == 2
    assert run('validate', path, '--profile', 'VN-1999')[0] == 2
    assert run('validate', path, '--profile', 'VN-2025:text', '--kind', 'SIP_hoso')[0] == 0


def test_validate_as_json_gives_every_rule(tmp_path):
    code, said, _noise = run('validate', replaced(build_zip(tmp_path), '/METS.xml', 'USE="Schemas"', 'USE="Other"'), '--json')
    report = json.loads(said)
    assert code == 1 and report['valid'] is False and report['kind'] == 'SIP_hoso'
    assert {'rule': 'CSIP113', 'outcome': 'failed', 'severity': 'error'}.items() <= next(
        finding for finding in report['findings'] if finding['rule'] == 'CSIP113').items()
    outcomes = {rule['rule']: rule for rule in report['rules']}
    assert outcomes['CSIP113']['outcome'] == 'failed' and outcomes['CSIP1']['outcome'] == 'passed'
    assert outcomes['CSIP46']['outcome'] == 'skipped' and outcomes['CSIP46']['reason']


def test_build_and_extract(tmp_path):
    (tmp_path / 'tờ trình.pdf').write_bytes(b'%PDF-1.7')
    (tmp_path / 'x.json').write_text(json.dumps(DESCRIPTION), encoding='utf-8')
    code, said, noise = run('build', 'x.json', '--output', 'packages', '--json', cwd=tmp_path)
    assert code == 0, noise
    path = tmp_path / json.loads(said)['path']
    assert run('validate', path)[0] == 0
    code, said, _noise = run('extract', path, '--output', tmp_path / 'out')
    assert code == 0 and (pathlib.Path(said.strip()) / 'METS.xml').exists()
    assert run('extract', path, '--output', tmp_path / 'out')[0] == 2
    broken = rewrite(path, lambda name, content: content + b'x' if name.endswith('.pdf') else content)
    assert run('extract', broken, '--output', tmp_path / 'other')[0] == 1
    assert not (tmp_path / 'other').exists()
    assert run('extract', broken, '--output', tmp_path / 'other', '--unchecked')[0] == 0


@pytest.mark.parametrize(('change', 'words'), [
    ({'kind': 'XIP'}, 'XIP'), ({'created': 'yesterday'}, "'yesterday'"), ({'created': '2026-06-12'}, 'time zone'),
    ({'documents': []}, 'document'), ({'documents': [{}]}, '“values” is missing'), ({'colour': 1}, "'colour'"),
    ({'documents': [{'values': {}, 'files': ['missing.pdf']}]}, 'missing.pdf'), ({'documents': 5}, "'int'")])
def test_a_description_that_describes_no_package(tmp_path, capsys, change, words):
    (tmp_path / 'x.json').write_text(json.dumps({**DESCRIPTION, **change}), encoding='utf-8')
    (tmp_path / 'tờ trình.pdf').write_bytes(b'%PDF-1.7')
    assert cli.main(['build', str(tmp_path / 'x.json'), '--output', str(tmp_path / 'out')]) == 2
    assert words in capsys.readouterr().err
    assert not list(tmp_path.glob('out/*'))


def test_a_description_that_cannot_be_read(tmp_path, capsys):
    (tmp_path / 'x.json').write_bytes(b'{"kind": "SIP_hoso",\n oops}')
    assert cli.main(['build', str(tmp_path / 'x.json')]) == 2
    assert 'in line 2, column 2' in capsys.readouterr().err
    assert cli.main(['build', str(tmp_path / 'none.json')]) == 2
    assert 'none.json: No such file' in capsys.readouterr().err
    with pytest.raises(SystemExit):
        cli.main(['build', '--help'])
    shown = capsys.readouterr().out
    assert cli.DESCRIPTION in shown and json.loads(shown[shown.index('{"kind"'):])['kind'] == 'SIP_hoso'


def test_a_table_of_the_older_circular_is_checked_and_changes_its_form(tmp_path):
    table, other, back = tmp_path / 'files.csv', tmp_path / 'files.xml', tmp_path / 'back.csv'
    with table.open('wb') as stream:
        vn2019.write('files', [test_vn2019.FILE], stream)
    assert run('table', table, '--table', 'files', '--output', other)[0] == 0
    assert run('table', other, '--table', 'files', '--output', back)[0] == 0
    assert back.read_bytes() == table.read_bytes()
    assert run('table', other, '--table', 'files', '--output', back)[0] == 2 and back.read_bytes() == table.read_bytes()
    back.write_bytes(table.read_bytes().replace(b'H29.1,2021', b'H29.1,21'))
    code, said, _noise = run('table', back, '--table', 'files')
    assert code == 1 and 'VN19-3' in said and '[row 1]' in said
    code, _said, noise = run('table', table, '--table', 'fonds', '--output', tmp_path / 'fonds.odt')
    assert code == 2 and 'odt' in noise and not (tmp_path / 'fonds.odt').exists()


def test_names_cannot_play_with_the_terminal(tmp_path, capsys):
    path = build_zip(tmp_path)
    from .common import make_zip, read_entries
    broken = make_zip(tmp_path / 'x.zip', *[(entry, content) for entry, content in read_entries(path)], ('\x1b[2J\x07.txt', b''))
    assert cli.main(['validate', str(broken)]) == 1
    assert '\x1b' not in capsys.readouterr().out


def test_a_disk_that_is_full_while_writing_is_told_and_leaves_nothing(tmp_path):
    """A limit of the process stands for the disk: the write fails in the middle of the package all the same."""
    (tmp_path / 'tờ trình.pdf').write_bytes(os.urandom(600_000))
    (tmp_path / 'x.json').write_text(json.dumps(DESCRIPTION), encoding='utf-8')
    (tmp_path / 'packages').mkdir()
    code, _said, noise = run('build', 'x.json', '--output', 'packages', cwd=tmp_path, limit=300_000)
    assert code == 2 and 'File too large' in noise and 'Traceback' not in noise and 'None' not in noise.splitlines()[-1], noise
    assert list((tmp_path / 'packages').iterdir()) == []
    path = tmp_path / json.loads(run('build', 'x.json', '--output', 'packages', '--json', cwd=tmp_path)[1])['path']
    (tmp_path / 'out').mkdir()
    code, _said, noise = run('extract', path, '--output', tmp_path / 'out', limit=300_000)
    assert code == 2 and 'File too large' in noise and list((tmp_path / 'out').iterdir()) == [], noise
