"""A package on its way into the archive, in real transactions: processes are killed at every step, the disk is full,
a medium goes away, two people act at once. Nothing is lost, nothing half stored, nothing there twice.
"""
import base64
import json
import os
import pathlib
import tempfile
import threading
from functools import partial

import pytest

from odoo.addons.civic_archive.tests.clamd import clamd

import harness

HEAD = """
import sys
sys.path.insert(0, {folder!r})
import ingest
town = ingest.Town(env, {root!r}, {inbox!r})
"""


class Centre:
    """An archives centre in a database of its own; ``run`` is a shell with ``town`` in it."""

    def __init__(self, odoo, folder):
        self.odoo, self.database = odoo, f"{os.environ['CIVIC_TEMPLATE']}_ingest"
        self.root, self.inbox = folder / 'media', folder / 'inbox'
        self.root.mkdir()
        self.inbox.mkdir()

    def run(self, code):
        head = HEAD.format(folder=str(pathlib.Path(__file__).parent), root=str(self.root), inbox=str(self.inbox))
        return self.odoo.shell(self.database, head + code)


@pytest.fixture(scope='module')
def centre():
    odoo = harness.Odoo(harness.Server())
    drop = f'DROP DATABASE IF EXISTS "{os.environ["CIVIC_TEMPLATE"]}_ingest" WITH (FORCE)'
    with tempfile.TemporaryDirectory(prefix='civic-ingest-') as folder, clamd() as address:
        made = Centre(odoo, pathlib.Path(folder))
        # without the runner of jobs: the walk does what they do, one at a time
        settings = odoo.config.read_text().replace(',queue_job', '')
        odoo.config.write_text(f'{settings}\n[civic]\narchive_root = {made.root}\nclamd = {address}\n')
        try:
            odoo.cluster.execute(drop)
            odoo.copy(os.environ['CIVIC_TEMPLATE'], made.database, filestore=pathlib.Path(os.environ['CIVIC_FILESTORE']))
            made.run('ingest.found(town)')
            odoo.start(made.database)
            yield made
        finally:
            odoo.close()
            odoo.cluster.execute(drop)


@pytest.mark.slow
def test_killed_at_every_point_it_goes_on_and_is_whole(centre):
    said = json.loads(centre.run("""
import json
points = []
count = ingest.kill_at_every_point(town, points.append)
print(json.dumps({'count': count, 'points': points, 'left': town.leftovers()}))
"""))
    points = [point.split(' ', 1)[1] for point in said['points']]
    # the walk went through all of it: the quarantine, the making of the package, the spool, both media, every commit
    for part in ('open', 'fsync', 'os.rename', 'os.link', 'os.remove', 'before commit', 'after commit', 'quarantine', '.aip-',
                 '/m1/', '/m2/'):
        assert any(part in point for point in points), (part, points)
    assert said['count'] > 40, points
    assert said['left'] == []


def test_no_room_on_the_disk_is_said_and_nothing_is_lost(centre):
    said = json.loads(centre.run('import json; print(json.dumps(ingest.fill_the_disk(town)))'))
    assert said['said']['_receive'].startswith('refused: “F001.zip” cannot be taken in now. The medium is full.'), said
    assert said['said']['_keep'].startswith('It could not be stored: The medium is full.'), said
    assert said['said']['_copy'].count('The medium is full.') == 2, said
    assert (said['state'], said['left']) == ('stored', [])


def test_a_medium_that_goes_away_while_it_is_written(centre):
    said = json.loads(centre.run('import json; print(json.dumps(ingest.lose_a_medium(town)))'))
    assert said['message'].startswith('The medium is not there'), said
    assert (said['wrong'], said['state']) == ([], 'stored')


# === two people at once === #

ROUNDS = 4


def at_once(*acts):
    """Do all at the same moment; return the refusal of each, or None."""
    gate, outcomes = threading.Barrier(len(acts)), [None] * len(acts)

    def run(index, act):
        gate.wait()
        try:
            act()
        except harness.RpcError as error:
            outcomes[index] = error

    threads = [threading.Thread(target=run, args=item) for item in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for refusal in filter(None, outcomes):
        assert refusal.name in ('odoo.exceptions.UserError', 'odoo.exceptions.ValidationError'), refusal.name
        assert len(str(refusal)) > 20, refusal                   # in words
    return outcomes


@pytest.fixture
def keepers(centre):
    return [harness.Client(centre.odoo.url, centre.database, login, login) for login in ('ingest_keeper', 'ingest_keeper2')]


def prepare(centre, letter, until):
    """Bring packages so far; return [(id of the accession, id of its line)]."""
    return json.loads(centre.run(f"""
import json
made = []
for number in range({ROUNDS}):
    name = f'{letter}{{number:03d}}'
    town.make_sip(name)
    town.go_on(name, until={until!r})
    made.append(town.act(None, lambda env: (town.accession(env, name).id, town.line(env, name).id)))
print(json.dumps(made))
"""))


def test_two_archivists_decide_about_one_package(centre, keepers):
    first, second = keepers
    for number, (_accession, line) in enumerate(prepare(centre, 'D', '_check')):
        if number % 2:
            [wizard] = second.call('civic.reason.wizard', 'create', [{
                'res_model': 'civic.accession.line', 'res_ids': [line], 'method': '_return', 'reason': "Thiếu trang cuối của tờ số 2"}])
            other = lambda wizard=wizard: second.call('civic.reason.wizard', 'action_confirm', [wizard])
        else:
            other = lambda line=line: second.call('civic.accession.line', 'action_accept', [line])
        outcomes = at_once(lambda line=line: first.call('civic.accession.line', 'action_accept', [line]), other)
        assert outcomes.count(None) == 1, outcomes
        [row] = first.call('civic.accession.line', 'read', [line], ['state', 'decided_by_id'])
        winner = outcomes.index(None)
        assert row['decided_by_id'][1] == ('Ingest keeper', 'Ingest keeper2')[winner], (row, outcomes)
        assert row['state'] == ('returned' if number % 2 and winner else 'accepted'), (row, outcomes)


def test_what_is_submitted_is_decided(centre, keepers):
    """One archivist takes an acceptance back while the other submits."""
    first, second = keepers
    for accession, line in prepare(centre, 'S', '_accept'):
        outcomes = at_once(
            lambda accession=accession: first.call('civic.accession', 'action_submit', [accession]),
            lambda line=line: second.call('civic.accession.line', 'action_undo', [line]))
        [state] = [row['state'] for row in first.call('civic.accession', 'read', [accession], ['state'])]
        [decision] = [row['state'] for row in first.call('civic.accession.line', 'read', [line], ['state'])]
        assert (state, decision) in (('decided', 'accepted'), ('received', 'passed'), ('received', 'accepted')), (state, decision)
        assert (state == 'decided') == (outcomes[0] is None), outcomes


def test_the_same_package_is_brought_twice_at_once(centre, keepers):
    for number, (accession, _line) in enumerate(prepare(centre, 'T', '_answer')):
        raw = base64.b64encode((centre.inbox / f'T{number:03d}.zip').read_bytes()).decode()
        acts = []
        for client in keepers:
            [attachment] = client.call('ir.attachment', 'create', [{'name': f'T{number:03d}.zip', 'datas': raw}])
            [wizard] = client.call('civic.accession.upload', 'create', [{
                'accession_id': accession, 'attachment_ids': [[6, 0, [attachment]]]}])
            acts.append(lambda client=client, wizard=wizard: client.call('civic.accession.upload', 'action_confirm', [wizard]))
        outcomes = at_once(*acts)
        assert outcomes.count(None) == 1, outcomes
        rows = keepers[0].call('civic.accession.line', 'search_read', [('accession_id', '=', accession)], ['state', 'sha256'])
        assert [row['state'] for row in rows] == ['quarantined'], rows
        assert json.loads(centre.run(f"""
import json
line = env['civic.accession.line'].search([('accession_id', '=', {accession})])
print(json.dumps(ingest._digest(line._get_path()) == line.sha256))
""")), "the file of the one is not harmed by the other"


def test_archivists_register_at_the_same_moment(centre, keepers):
    """Nobody is told that a code is taken: each gets one, and none is left out."""
    values = json.loads(centre.run("""
import json
source = env['civic.fonds.source'].search([], limit=1)
print(json.dumps({'company_id': source.company_id.id, 'agency_id': source.agency_id.id, 'fonds_id': source.fonds_id.id}))
"""))

    def numbers():
        return {int(row['name'].rpartition('.')[2]) for row in keepers[0].call('civic.accession', 'search_read', [], ['name'])}

    last = max(numbers(), default=0)
    for number in range(ROUNDS):
        lot = [{**values, 'title': f"Cùng lúc {number}"}]
        acts = [partial(client.call, 'civic.accession', 'create', lot) for client in keepers]
        assert at_once(*acts) == [None, None]
    assert numbers() >= set(range(last + 1, last + 1 + 2 * ROUNDS))
