"""The script ./civic and what it shares with Docker and production."""
import configparser
import os
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
COMMANDS = ('run', 'test', 'stop', 'reset', 'shell', 'lint', 'logs', 'bench')


def civic(*arguments, **environment):
    return subprocess.run([ROOT / 'civic', *arguments], capture_output=True, text=True, timeout=60,
                          env={**os.environ, **environment}, check=False)


def test_help_names_every_command_and_option():
    result = civic('--help')
    assert result.returncode == 0
    for word in (*COMMANDS, '--port', '--database', '--data', '--fast', 'CIVIC_ODOO_HOME', 'CIVIC_PGHOST'):
        assert word in result.stdout, word


@pytest.mark.parametrize('arguments, reason', [
    (['dance'], "no command 'dance'"),
    (['run', '--dance'], "no option '--dance'"),
    (['run', '--port'], '--port needs a value'),
    (['run', '--database', 'a; drop'], 'a database name'),
])
def test_a_wrong_command_line_is_refused_with_the_reason(arguments, reason):
    result = civic(*arguments)
    assert result.returncode == 2
    assert reason in result.stderr


def test_an_unknown_add_on_is_refused(tmp_path):
    result = civic('test', 'no_such_room', '--data', str(tmp_path))
    assert result.returncode == 1
    assert "'no_such_room'" in result.stderr


def test_nothing_started_means_nothing_to_stop(tmp_path):
    result = civic('stop', '--data', str(tmp_path))
    assert result.returncode == 0


def test_stop_leaves_a_foreign_process_alone(tmp_path):
    with subprocess.Popen(['sleep', '60']) as foreign:
        try:
            (tmp_path / 'state').mkdir()
            (tmp_path / 'state' / 'odoo.pid').write_text(str(foreign.pid))
            assert civic('stop', '--data', str(tmp_path)).returncode == 0
            assert foreign.poll() is None
        finally:
            foreign.kill()


def test_configurations_agree_where_they_must():
    configurations = {}
    for name in ('demo', 'production'):
        parser = configparser.ConfigParser(interpolation=None)
        parser.read(ROOT / 'config' / f'odoo.{name}.conf', encoding='utf-8')
        configurations[name] = parser['options']
    for option in ('server_wide_modules', 'unaccent', 'list_db', 'with_demo'):
        assert configurations['demo'][option] == configurations['production'][option], option
    production = configurations['production']
    assert int(production['workers']) > 1
    assert production['proxy_mode'] == 'True'
    assert production['dbfilter'].startswith('^') and production['dbfilter'].endswith('$')


def test_every_requirement_is_pinned_with_its_hash():
    for file in (ROOT / 'config' / 'requirements').glob('*.txt'):
        for requirement in re.split(r'\n(?=\S)', file.read_text(encoding='utf-8').strip()):
            if not requirement.startswith('#'):
                assert re.match(r'[\w.\[\]-]+==\S+', requirement) and '--hash=sha256:' in requirement, requirement


def test_every_declared_package_says_when_and_why():
    kinds = set()
    for line in (ROOT / 'config' / 'packages.txt').read_text(encoding='utf-8').splitlines():
        if line and not line.startswith('#'):
            kind, package, comment = line.split(None, 2)
            kinds.add(kind)
            assert re.fullmatch(r'[a-z0-9.+-]+(>=[\w:.~]+)?(\|[a-z0-9.+-]+(>=[\w:.~]+)?)*', package), package
            assert comment.startswith('# ') and len(comment) > 10, line
    assert kinds == {'run', 'server', 'test', 'browser', 'pdfa'}
