"""An archive reports to a national database on another server: what it says arrives, is answered, and agrees at the end."""
import json
import pathlib
import time

import pytest
from test_transport import Pair

TIMEOUT = 120
DESCRIBE = """
company = env['civic.channel'].browse(%(channel)s).company_id
company.write({'agency_level': 'archives', 'national_channel_id': %(channel)s})
fonds = env['civic.fonds'].create({'code': 'P01', 'name': "Phông Sở Nội vụ", 'company_id': company.id, 'national_feed': 'metadata'})
units = env['civic.archive.description'].create([{
    'fonds_id': fonds.id, 'reference_code': f'01.{number:03d}', 'title': f"Hồ sơ số {number}", 'parent_id': fonds.root_id.id,
} for number in range(%(count)s)])
(units | fonds.root_id).action_publish()
fonds.action_feed()
print(fonds.id)
"""
CHANGE = """
fonds = env['civic.fonds'].browse(%(fonds)s)
unit = env['civic.archive.description'].search([('fonds_id', '=', fonds.id), ('reference_code', '=', '01.007')])
unit.title = "Hồ sơ số 7, sửa"
env.flush_all()
fonds.action_feed()
"""
COMPARE = """
import json
fonds = env['civic.fonds'].browse(%(fonds)s)
print(json.dumps(fonds.read(
    ['national_here', 'national_sent', 'national_received', 'national_accepted', 'national_reported_count', 'national_verdict'])[0]))
"""


class Feed(Pair):
    """The archive ("agency" of the pair), and a national database on another server."""

    name = 'national_'
    centre_addons = (pathlib.Path(__file__).parent / 'addons',)

    def start(self):
        super().start()
        self.centre.stop()
        self.centre.install(self.centre.database, 'civic_national_desk')
        self.centre.start(self.centre.database)

    def compare(self, fonds):
        return json.loads(self.agency.shell(self.agency.database, COMPARE % {'fonds': fonds}))

    def rows(self):
        return dict(self.centre.cluster.execute('SELECT key, title FROM civic_national_desk', database=self.centre.database))

    def wait_until(self, done):
        deadline = time.monotonic() + TIMEOUT
        while not done():
            assert time.monotonic() < deadline, (self.rows(), self.agency.log.read_text()[-3000:])
            time.sleep(0.5)

    def answered(self, count):
        [[number]] = self.agency.cluster.execute(
            "SELECT count(*) FROM civic_delivery WHERE direction = 'in' AND kind = 'national.answer' AND state = 'processed'",
            database=self.agency.database)
        return number >= count


@pytest.fixture(scope='module')
def feed():
    feed = Feed()
    try:
        feed.start()
        yield feed
    finally:
        feed.close()


def test_the_national_database_hears_what_is_new_and_agrees(feed):
    fonds = int(feed.agency.shell(feed.agency.database, DESCRIBE % {'channel': feed.agency.channel, 'count': 30}))
    feed.wait_until(lambda: feed.answered(1))
    assert len(feed.rows()) == 31
    assert feed.compare(fonds) == {
        'id': fonds, 'national_here': 31, 'national_sent': 31, 'national_received': 31, 'national_accepted': 31,
        'national_reported_count': 31, 'national_verdict': 'agrees'}
    # a line that is cut while the change goes out: tried again, and told once
    feed.proxy.budget = 100
    feed.agency.shell(feed.agency.database, CHANGE % {'fonds': fonds})
    feed.wait_until(lambda: feed.agency.cluster.execute(
        "SELECT 1 FROM civic_delivery WHERE kind = 'national.metadata' AND state = 'waiting'", database=feed.agency.database))
    assert feed.compare(fonds)['national_verdict'] == 'behind'
    feed.proxy.budget = None
    [[key]] = feed.agency.cluster.execute(
        "SELECT key FROM civic_delivery WHERE state = 'waiting'", database=feed.agency.database)
    feed.due(key)
    feed.wait_until(lambda: feed.answered(2))
    assert feed.rows()['01.007'] == "Hồ sơ số 7, sửa"
    assert feed.compare(fonds)['national_verdict'] == 'agrees'
