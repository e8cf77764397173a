"""Two real servers: what one sends arrives at the other once and whole, whatever is cut or killed on the way."""
import contextlib
import json
import os
import signal
import socket
import threading
import time

import pytest

from servers import TwoServers

MB = 1024 * 1024
TIMEOUT = 120
SETUP = """
import json
company = env['res.company'].create({'name': %(agency)r})
channel = env['civic.channel'].create({'name': %(partner)r, 'company_id': company.id})
print(json.dumps({'company': company.id, 'channel': channel.id, 'token': channel._make_token()}))
"""
SEND = """
import os
channel = env['civic.channel'].browse(%(channel)s)
body = os.urandom(1024) * (%(size)s // 1024)
attachments = env['ir.attachment'].create([
    {'name': 'gói tin.zip', 'raw': body}, {'name': 'mục lục.xml', 'raw': b'<a/>'}])
print(env['civic.delivery']._send(channel, 'test', attachments, key=%(key)r, subject='Hồ sơ').id)
"""
LOOK = """
import json
deliveries = env['civic.delivery'].search([('key', '=', %(key)r)])
rows = deliveries.read(['direction', 'state', 'bytes_done', 'problem_code', 'detail', 'failures', 'receipt_key'])
for row, delivery in zip(rows, deliveries):
    row['sha256'] = delivery.part_ids.mapped('sha256')
    row['attempts'] = delivery.attempt_ids.sorted('id', reverse=True).mapped('outcome')
    row['stored'] = []
    for part in delivery.part_ids:
        if part.attachment_id:
            from odoo.addons.civic_transport.tools.protocol import measure
            row['stored'].append(measure(part.attachment_id._full_path(part.attachment_id.store_fname))[1])
print(json.dumps(rows))
"""


class Proxy:
    """A way between the two servers that can be cut after so many bytes, or slowed down."""

    def __init__(self, port):
        self.target, self.budget, self.delay, self.passed = port, None, 0, 0
        self._listener = socket.create_server(('127.0.0.1', 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                client, _address = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._carry, args=(client,), daemon=True).start()

    def _carry(self, client):
        with contextlib.suppress(OSError), client, socket.create_connection(('127.0.0.1', self.target)) as server:
            back = threading.Thread(target=self._pump, args=(server, client, False), daemon=True)
            back.start()
            self._pump(client, server, True)
            back.join(TIMEOUT)

    def _pump(self, source, target, counts):
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                if counts:
                    self.passed += len(data)
                    time.sleep(self.delay)
                    if self.budget is not None:
                        self.budget -= len(data)
                        if self.budget <= 0:
                            break
                target.sendall(data)
        for end in (source, target):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def close(self):
        self._listener.close()


class Pair(TwoServers):
    """The two servers, and the way between them."""

    proxy = back = None

    def start(self):
        self.copy_template()
        mine = json.loads(self.agency.shell(self.agency.database, SETUP % {'agency': "Sở Nội vụ", 'partner': "Trung tâm"}))
        theirs = json.loads(self.centre.shell(self.centre.database, SETUP % {'agency': "Trung tâm", 'partner': "Sở Nội vụ"}))
        self.agency.channel, self.centre.channel = mine['channel'], theirs['channel']
        self.centre.start(self.centre.database)
        self.agency.start(self.agency.database)
        self.proxy = Proxy(self.centre.port)
        self.back = Proxy(self.agency.port)
        self.connect(self.agency, mine['channel'], f'http://127.0.0.1:{self.proxy.port}', theirs['token'])
        self.connect(self.centre, theirs['channel'], f'http://127.0.0.1:{self.back.port}', mine['token'])
        self.proxy.passed = 0

    def send(self, key, size, *, odoo=None):
        odoo = odoo or self.agency
        odoo.shell(odoo.database, SEND % {'channel': odoo.channel, 'key': key, 'size': size})

    def look(self, key, *, odoo=None):
        odoo = odoo or self.agency
        rows = json.loads(odoo.shell(odoo.database, LOOK % {'key': key}))
        assert len(rows) <= 1, "one key, one delivery"
        return rows[0] if rows else None

    def wait_for(self, key, states, *, odoo=None):
        """Wait until the delivery is in one of the states; the server's own jobs do the work."""
        odoo = odoo or self.agency
        deadline = time.monotonic() + TIMEOUT
        while time.monotonic() < deadline:
            [[state]] = odoo.cluster.execute(
                'SELECT state FROM civic_delivery WHERE key = %s', (key,), database=odoo.database)
            if state in states:
                return state
            time.sleep(0.2)
        raise AssertionError(f"{key} stayed {state}: {self.look(key, odoo=odoo)}")

    def due(self, key, *, odoo=None):
        """Make the next try due now, as time does, and let the scheduled action see it."""
        odoo = odoo or self.agency
        odoo.cluster.execute("UPDATE civic_delivery SET next_try_at = now() AT TIME ZONE 'UTC' - interval '1 second' "
                             "WHERE key = %s", (key,), database=odoo.database)
        odoo.shell(odoo.database, "env['civic.delivery']._cron_transport()")

    def stored(self, key):
        """What the Centre holds; it must be what the agency sent, once, and with the same receipt."""
        mine, theirs = self.look(key), self.look(key, odoo=self.centre)
        assert mine['state'] == 'delivered', mine
        assert theirs['state'] in ('received', 'processed'), theirs
        assert mine['sha256'] == theirs['sha256'] == theirs['stored']
        assert mine['receipt_key'] == theirs['receipt_key']
        return mine

    def close(self):
        for proxy in filter(None, (self.proxy, self.back)):
            proxy.close()
        super().close()


@pytest.fixture(scope='module')
def pair():
    pair = Pair()
    try:
        pair.start()
        yield pair
    finally:
        pair.close()


def test_both_ways_with_receipts(pair):
    pair.send('plain', 20 * MB)
    pair.wait_for('plain', ('delivered',))
    assert pair.stored('plain')['attempts'] == ['receipt']
    pair.wait_for('plain', ('processed',), odoo=pair.centre)
    pair.send('back', 3 * MB, odoo=pair.centre)
    pair.wait_for('back', ('delivered',), odoo=pair.centre)
    assert pair.look('back')['state'] in ('received', 'processed')


def test_a_cut_connection_is_resumed_where_it_was(pair):
    pair.proxy.budget, pair.proxy.passed = 30 * MB, 0
    pair.send('cut', 64 * MB)
    pair.wait_for('cut', ('waiting',))
    assert 16 * MB <= pair.look('cut', odoo=pair.centre)['bytes_done'] < 32 * MB
    pair.proxy.budget = None
    pair.due('cut')
    pair.wait_for('cut', ('delivered',))
    assert pair.stored('cut')['attempts'] == ['receipt', 'failed']
    assert pair.proxy.passed < 64 * MB + 10 * MB, "only the piece that was cut went twice"


def test_the_receiver_is_killed(pair):
    pair.proxy.delay = 0.004
    pair.send('receiver', 64 * MB)
    deadline = time.monotonic() + TIMEOUT
    pair.proxy.passed = 0
    while pair.proxy.passed < 24 * MB and time.monotonic() < deadline:
        time.sleep(0.02)
    os.killpg(pair.centre.process.pid, signal.SIGKILL)
    pair.centre.process.wait()
    pair.wait_for('receiver', ('waiting',))
    pair.proxy.delay = 0
    pair.centre.start(pair.centre.database)
    pair.due('receiver')
    pair.wait_for('receiver', ('delivered',))
    pair.stored('receiver')


def test_the_sender_is_killed(pair):
    pair.proxy.delay, pair.proxy.passed = 0.004, 0
    pair.send('sender', 64 * MB)
    deadline = time.monotonic() + TIMEOUT
    while pair.proxy.passed < 24 * MB and time.monotonic() < deadline:
        time.sleep(0.02)
    os.killpg(pair.agency.process.pid, signal.SIGKILL)
    pair.agency.process.wait()
    pair.proxy.delay = 0
    assert pair.look('sender')['state'] == 'sending'
    pair.agency.start(pair.agency.database)
    pair.due('sender')
    pair.wait_for('sender', ('delivered',))
    assert pair.stored('sender')['attempts'] == ['receipt', 'interrupted']


def test_the_answer_is_lost_after_everything_arrived(pair):
    """The receipt does not come through: asked again, the same one comes, and nothing is there twice."""
    pair.send('lost', 1 * MB)
    pair.wait_for('lost', ('delivered',))
    first = pair.look('lost')
    pair.agency.cluster.execute(
        "UPDATE civic_delivery SET state = 'sending', receipt = NULL, receipt_key = NULL WHERE key = 'lost'",
        database=pair.agency.database)
    pair.due('lost')
    pair.wait_for('lost', ('delivered',))
    assert pair.stored('lost')['receipt_key'] == first['receipt_key']
