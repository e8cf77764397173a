"""A warning in the log of an install or an upgrade is a failure; config/log-ignore.txt holds the argued exceptions."""
import os
import re
import subprocess
from pathlib import Path

import pytest

import harness

ROOT = Path(__file__).resolve().parent.parent
SEVERE = re.compile(r'^\d{4}-\d\d-\d\d \S+ \d+ (WARNING|ERROR|CRITICAL) ')


def _ignored():
    lines = (ROOT / 'config' / 'log-ignore.txt').read_text(encoding='utf-8').splitlines()
    return [re.compile(line) for line in lines if line.strip() and not line.startswith('#')]


def findings(log, stderr=''):
    """Lines of an Odoo log that are warnings or worse, and all that was written past it to standard error."""
    lines = [line for line in log.splitlines() if SEVERE.match(line)]
    lines += [line for line in stderr.splitlines() if line.strip()]
    ignored = _ignored()
    return [line for line in lines if not any(pattern.search(line) for pattern in ignored)]


def test_findings_are_found():
    quiet = "2026-01-01 00:00:00,000 7 INFO db odoo.modules.loading: a WARNING in a text\n"
    loud = "2026-01-01 00:00:00,000 7 WARNING db odoo.fields: unknown parameter\n"
    assert findings(quiet) == []
    assert findings(quiet + loud) == [loud.strip()]
    assert findings(quiet, "Traceback\n\n") == ["Traceback"]
    assert findings(quiet, "<string>:38: (ERROR/3) Unexpected indentation.\n") == []


def test_installing_every_add_on_logs_no_warning():
    log = Path(os.environ['CIVIC_LOG'])
    text = (log / 'install.log').read_text(encoding='utf-8')
    assert 'Modules loaded.' in text
    assert findings(text, (log / 'install.stderr').read_text(encoding='utf-8')) == []


@pytest.mark.slow
def test_upgrading_every_add_on_logs_no_warning():
    names = sorted(manifest.parent.name for manifest in (ROOT / 'addons').glob('*/__manifest__.py'))
    template = os.environ['CIVIC_TEMPLATE']
    odoo = harness.Odoo(harness.Server())
    database = f'{template}_upgrade'
    drop = f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)'
    odoo.cluster.execute(drop)
    try:
        odoo.copy(template, database, filestore=Path(os.environ['CIVIC_FILESTORE']))
        result = subprocess.run(
            [odoo.python, odoo.script, '-c', odoo.config, '-d', database, '-u', ','.join(names), '--stop-after-init',
             '--no-http', '--logfile', odoo.log],
            env=odoo.env, cwd=odoo.directory, capture_output=True, text=True, timeout=900, check=False)
        log = odoo.log.read_text(encoding='utf-8')
        assert result.returncode == 0, log[-3000:]
        assert 'Modules loaded.' in log
        assert findings(log, result.stderr) == []
    finally:
        odoo.close()
        odoo.cluster.execute(drop)
