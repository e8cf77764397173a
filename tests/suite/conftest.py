"""One small demo city on a real server of many threads, shared by all tests of this folder."""
import os
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

import harness  # noqa: E402
import people  # noqa: E402

ARTIFACTS = pathlib.Path(os.environ.get('CIVIC_ARTIFACTS') or harness.ROOT / 'tests' / 'artifacts')
LOGINS = ('vanthu', 'lanhdao', 'truongphong', 'chuyenvien', 'luutru', 'quanly', 'admin')


@pytest.fixture(scope='session')
def city():
    """The suite with a tenth of the demo city, on a real server."""
    odoo = harness.Odoo(harness.Server())
    odoo.database = f"{os.environ['CIVIC_TEMPLATE']}_city"
    try:
        odoo.cluster.execute(f'DROP DATABASE IF EXISTS "{odoo.database}" WITH (FORCE)')
        odoo.copy(os.environ['CIVIC_TEMPLATE'], odoo.database, filestore=pathlib.Path(os.environ['CIVIC_FILESTORE']))
        odoo.shell(odoo.database, 'from odoo.addons.civic_records.demo import load; load(env, scale=0.1)')
        odoo.start(odoo.database)
        yield odoo
    finally:
        odoo.close()
        odoo.cluster.execute(f'DROP DATABASE IF EXISTS "{odoo.database}" WITH (FORCE)')


@pytest.fixture(scope='session')
def client(city):
    """``client(login)``: a logged-in JSON-RPC session, one per login."""
    sessions = {}

    def log_in(login, password=people.PASSWORD):
        if login not in sessions:
            sessions[login] = harness.Client(city.url, city.database, login, password)
        return sessions[login]
    return log_in


@pytest.fixture(scope='session')
def artifacts():
    ARTIFACTS.mkdir(parents=True, exist_ok=True)
    return ARTIFACTS


@pytest.fixture(scope='module')
def browser():
    yield from people.launch()


@pytest.fixture
def person(browser, city):
    """``person(login, width=…, height=…)``: somebody at a browser; an error in the console fails the test."""
    seated = []

    def sit_down(login, **size):
        seated.append(people.Person(browser, city, login, **size))
        return seated[-1]
    yield sit_down
    for someone in seated:
        someone.close()
