"""A file is closed while somebody else adds to it, in two real transactions: what is closed is whole."""
import json
import threading

import pytest

from harness import Client, RpcError
from people import PASSWORD

VIETNAMESE = {'lang': 'vi_VN', 'tz': 'Asia/Ho_Chi_Minh'}
ROUNDS = 5
SET_UP = """
import json
from datetime import date
from odoo.addons.civic_records.demo.loader import _Loader
loader = _Loader(env, True)
files = loader._env_of('chuyenvien', 'ubnd')['civic.workfile']
box, term, year = loader._ref('place_box_1'), env['civic.retention.term'].search([('years', '=', 20)], limit=1), date.today().year - 1
made = files.create([{
    'company_id': loader._ref('agency_ubnd').id, 'year': year, 'notation': f'8{number}.NC', 'title': f'Hồ sơ cùng lúc {number}',
    'retention_term_id': term.id, 'medium': 'hybrid', 'place_id': box.id, 'date_start': date(year, 1, 8),
    'date_end': date(year, 12, 20)} for number in range(ROUNDS)])
files.env['civic.workfile.entry'].create([{
    'workfile_id': file.id, 'kind': 'paper', 'name': "Kế hoạch công tác", 'sheets': 4, 'date': date(year, 2, 1),
    'place_id': box.id} for file in made])
print(json.dumps({'files': made.ids, 'box': box.id, 'day': f'{year}-03-01'}))
"""


@pytest.fixture(scope='module')
def prepared(city):
    return json.loads(city.shell(city.database, SET_UP.replace('ROUNDS', str(ROUNDS))))


def at_once(*acts):
    """Do all at the same moment; return the refusal of each, or None."""
    gate, outcomes = threading.Barrier(len(acts)), [None] * len(acts)

    def run(index, act):
        gate.wait()
        try:
            act()
        except RpcError as error:
            outcomes[index] = error

    threads = [threading.Thread(target=run, args=(index, act)) for index, act in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


def test_what_comes_while_a_file_is_closed_is_in_it_or_refused(city, prepared):
    closer, adder = (Client(city.url, city.database, 'chuyenvien', PASSWORD) for _ in range(2))
    closed = 0
    for file_id in prepared['files']:
        paper = {
            'workfile_id': file_id, 'kind': 'paper', 'name': "Biên bản họp", 'sheets': 1, 'date': prepared['day'],
            'place_id': prepared['box']}
        refusals = at_once(
            lambda file_id=file_id: closer.call('civic.workfile', 'action_close', [file_id], context=VIETNAMESE),
            lambda paper=paper: adder.call('civic.workfile.entry', 'create', [paper], context=VIETNAMESE))
        for refusal in filter(None, refusals):
            assert refusal.name in ('odoo.exceptions.UserError', 'odoo.exceptions.AccessError', 'odoo.exceptions.LockError'), refusal.name
            assert len(str(refusal)) > 20, refusal               # in words
        [file] = closer.call('civic.workfile', 'read', [file_id], ['state', 'doc_count'])
        entries = closer.call(
            'civic.workfile.entry', 'search_read', [('workfile_id', '=', file_id)], ['doc_code', 'ordinal'])
        assert len(entries) == (1 if refusals[1] else 2) == file['doc_count'], (refusals, file, entries)
        if refusals[0] is None:
            closed += 1
            assert file['state'] == 'closed' and all(entry['doc_code'] for entry in entries), (file, entries)
        else:
            assert file['state'] == 'open' and not any(entry['doc_code'] for entry in entries), (file, entries)
    assert closed, "in no round the file was closed"
