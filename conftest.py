"""What every test run of this repository shares: which tests need a browser, and that none is left out silently."""
import inspect
import os

import pytest

BROWSER_CALLS = ('start_tour(', 'browser_js(')
BROWSER_FIXTURES = {'browser', 'page'}


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
