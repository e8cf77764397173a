"""What every test run of this repository shares: which tests need a browser, and that none is left out silently."""
import inspect
import os
import pathlib
import shutil
from unittest import mock

import pytest
from xdist.scheduler import LoadScopeScheduling

import odoo

BROWSER_CALLS = ('start_tour(', 'browser_js(', '_run_suite(')
BROWSER_FIXTURES = {'browser', 'page'}


class ByFile(LoadScopeScheduling):
    """A file's tests stay together; those of the folder tests/ do, too, for they share a city and its story."""

    def _split_scope(self, nodeid):
        return 'tests' if nodeid.startswith('tests/') else nodeid.split('::', 1)[0]


def pytest_xdist_make_scheduler(config, log):
    return ByFile(config, log)


@pytest.fixture(scope='session', autouse=True)
def own_files(load_registry):
    """Give each of two processes its own files: pytest-odoo copies the database only, and erasing is what some tests do."""
    if not os.getenv('PYTEST_XDIST_WORKER'):
        yield
        return
    shared, config = odoo.tools.config.filestore(''), odoo.tools.config
    with mock.patch.object(config, 'filestore', type(config).filestore.__get__(config)):
        own = pathlib.Path(config.filestore(odoo.tests.common.get_db_name()))
        shutil.rmtree(own, ignore_errors=True)
        shutil.copytree(shared, own)
        yield
    shutil.rmtree(own)


def _needs_browser(item):
    tags = getattr(getattr(item, 'cls', None), 'test_tags', ())
    if 'browser' in tags or BROWSER_FIXTURES & set(getattr(item, 'fixturenames', ())):
        return True
    try:
        source = inspect.getsource(inspect.unwrap(item.obj))
    except (OSError, TypeError):
        return False
    return any(call in source for call in BROWSER_CALLS)


def pytest_collection_modifyitems(items):
    for item in items:
        if isinstance(item, pytest.Function) and _needs_browser(item):
            item.add_marker(pytest.mark.browser)
        if 'slow' in getattr(getattr(item, 'cls', None), 'test_tags', ()):
            item.add_marker(pytest.mark.slow)


def _skipped(config):
    reporter = config.pluginmanager.get_plugin('terminalreporter')
    return reporter.stats.get('skipped', []) if reporter else []


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session, exitstatus):
    """In the whole run (./civic test) a skipped test is a failure: a missing browser must not look like success."""
    if os.environ.get('CIVIC_NO_SKIP') and exitstatus == 0 and _skipped(session.config):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter):
    if os.environ.get('CIVIC_NO_SKIP') and (skipped := _skipped(terminalreporter.config)):
        terminalreporter.section('tests were skipped', red=True, bold=True)
        terminalreporter.line(f'{len(skipped)} skipped in a run that must be complete: the run has failed.', red=True)
