"""One small demo city on a real multi-worker server, shared by all tests of this folder."""
import os
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

import harness  # noqa: E402

ARTIFACTS = pathlib.Path(os.environ.get('CIVIC_ARTIFACTS') or harness.ROOT / 'tests' / 'artifacts')
LOGINS = ('vanthu', 'lanhdao', 'truongphong', 'chuyenvien', 'luutru', 'quanly', 'admin')
PASSWORD = 'civic'  # noqa: S105  the demo city's, printed by the run command


@pytest.fixture(scope='session')
def cluster():
    cluster = harness.Cluster()
    yield cluster
    cluster.close()


@pytest.fixture(scope='session')
def city(cluster):
    """The suite with a tenth of the demo city, served by two workers."""
    odoo = harness.Odoo(cluster, workers=2)
    try:
        odoo.install('city', 'civic_records')
        odoo.shell('city', 'from odoo.addons.civic_records.demo import load; load(env, scale=0.1)')
        odoo.start('city')
        yield odoo
    finally:
        odoo.close()


@pytest.fixture(scope='session')
def client(city):
    """``client(login)``: a logged-in JSON-RPC session, one per login."""
    sessions = {}

    def log_in(login, password=PASSWORD):
        if login not in sessions:
            sessions[login] = harness.Client(city.url, 'city', login, password)
        return sessions[login]
    return log_in


@pytest.fixture(scope='session')
def artifacts():
    ARTIFACTS.mkdir(parents=True, exist_ok=True)
    return ARTIFACTS
