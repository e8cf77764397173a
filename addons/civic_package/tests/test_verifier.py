"""The script inside each package: run as an archivist would, from the folder itself, with nothing of ours on the path."""
import ast
import subprocess
import sys

import pytest

from ..tools.sources import extract, open_source
from ..tools.writer import VERIFIER, build
from .common import KINDS, build_zip, make_package, replaced


def run(*arguments):
    result = subprocess.run([sys.executable, '-E', '-s', *map(str, arguments)], capture_output=True, text=True, timeout=60, check=False,
        cwd='/')
    return result.returncode, result.stdout + result.stderr


def script_of(path, folder):
    with open_source(path) as source:
        return extract(source, folder) / 'documentation' / VERIFIER


@pytest.mark.parametrize('kind', KINDS)
def test_a_good_package(tmp_path, kind):
    built = build(make_package(kind), tmp_path)
    script = script_of(built.path, tmp_path / 'out')
    for arguments in ([script], [script, built.path], [script, script.parent.parent]):
        code, said = run(*arguments)
        assert (code, f'SHA-256 of METS.xml {built.mets_sha256}' in said) == (0, True), said


@pytest.mark.parametrize('name, old, new', [
    ('.002.pdf', 'tờ', 'to'), ('EAD_doc_TTLT.H29.1.2026.05.001.xml', 'số hóa', 'so hoa'), ('rep1/METS.xml', 'Data', 'Dota'),
    ('PREMIS_rep1.xml', 'premis', 'promis'), ('verify_package.py', 'changed', 'chenged')])
def test_a_changed_file(tmp_path, name, old, new):
    good = build_zip(tmp_path, 'AIP_hoso')
    script = script_of(good, tmp_path / 'out')
    broken = replaced(good, name, old, new)
    code, said = run(script, broken)
    assert code == 1 and 'changed: ' in said and name in said


def test_a_file_added_and_one_removed(tmp_path):
    script = script_of(build_zip(tmp_path, 'AIP_hoso'), tmp_path / 'out')
    data = script.parent.parent / 'representations' / 'rep1' / 'data'
    (data / 'TTLT.H29.1.2026.05.001.pdf').rename(data / 'other.pdf')
    code, said = run(script)
    assert code == 1
    assert 'missing: representations/rep1/data/TTLT.H29.1.2026.05.001.pdf' in said
    assert 'not named by any METS: representations/rep1/data/other.pdf' in said


def test_what_cannot_be_judged(tmp_path):
    script = script_of(build_zip(tmp_path), tmp_path / 'out')
    (tmp_path / 'x').write_bytes(b'no package')
    assert run(script, tmp_path / 'x')[0] == 2
    assert run(script, tmp_path / 'missing')[0] == 2
    for change in (('xlink:href="', 'xlink:href="../../../../etc/'), ('<mets', '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><mets')):
        (tmp_path / 'y').mkdir(exist_ok=True)
        broken = replaced(tmp_path / next(tmp_path.glob('uuid*.zip')).name, '/METS.xml', *change, name='broken.zip')
        code, said = run(script, broken)
        assert code in (1, 2) and 'root:' not in said, said


def test_it_needs_python_and_lxml_alone(tmp_path):
    source = script_of(build_zip(tmp_path), tmp_path / 'out').read_text(encoding='utf-8')
    modules = set()
    for node in ast.walk(ast.parse(source, feature_version=(3, 8))):
        if isinstance(node, ast.Import):
            modules |= {name.name.split('.')[0] for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            modules.add(node.module.split('.')[0])
    assert modules - set(sys.stdlib_module_names) == {'lxml'}
