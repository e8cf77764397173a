"""Two people act on one outgoing document at the same moment, in two real transactions: one wins, the other is told."""
import json
import threading

import pytest

from harness import Client, RpcError

PIN = '246810'
LANG = {'lang': 'vi_VN', 'tz': 'Asia/Ho_Chi_Minh'}
ROUNDS = 3

SET_UP = """
import json
from odoo.fields import Command
people = {user.login: user for user in env['res.users'].search([('login', 'in', ('lanhdao', 'truongphong', 'chuyenvien', 'vanthu'))])}
company = people['chuyenvien'].company_id
def act(login, documents):
    return documents.with_user(people[login]).with_company(company)
made = []
for number in range(%(count)d):
    document = act('chuyenvien', env['civic.document']).create({
        'direction': 'outgoing', 'drafter_id': people['chuyenvien'].id, 'access_level': 'agency',
        'type_id': env.ref('civic_document.civic_document_type_tb').id, 'subject': f"Thử ký cùng lúc {number}",
        'body': "Ủy ban nhân dân Thành phố thông báo.", 'signer_id': people['lanhdao'].id,
        'recipient_ids': [Command.create({'kind': 'receiver', 'name': "Các sở"})]})
    document._generate().sudo()._make_pdf()
    document._submit()
    for login in ('truongphong', 'vanthu'):
        act(login, document).action_route_approve()
        document.invalidate_recordset()
    made.append(document.id)
print(json.dumps(made))
"""


@pytest.fixture(scope='module')
def waiting(city):
    """Documents that wait for the leader's signature."""
    return json.loads(city.shell(city.database, SET_UP % {'count': ROUNDS}).splitlines()[-1])


def at_once(*acts):
    """Do all at the same moment; return what came of each: nothing, or the refusal."""
    gate, outcomes = threading.Barrier(len(acts)), [None] * len(acts)

    def run(index, act):
        gate.wait()
        try:
            act()
        except RpcError as error:
            outcomes[index] = error
    threads = [threading.Thread(target=run, args=item) for item in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


def prepare(client, model, document_id, **values):
    """Open the form as the client does; return what enters the PIN."""
    values = {'document_ids': [[6, 0, [document_id]]], **values}
    [wizard] = client.call(model, 'create', [values], context=LANG)
    return lambda: client.call(model, 'web_save', [wizard], {'pin': PIN}, specification={}, context=LANG)


def assert_one_won(outcomes, *hints):
    lost = [error for error in outcomes if error]
    assert len(lost) == 1, outcomes
    assert lost[0].name == 'odoo.exceptions.UserError', lost
    assert any(hint in str(lost[0]) for hint in hints), lost


def test_one_document_is_signed_and_numbered_once(city, waiting):
    """The leader's telephone and desk, then both clerks."""
    leaders = [Client(city.url, city.database, 'lanhdao', 'civic') for _number in range(2)]
    clerks = [Client(city.url, city.database, login, 'civic') for login in ('vanthu', 'vanthu2')]
    for document_id in waiting:
        assert_one_won(
            at_once(*(prepare(client, 'civic.sign.wizard', document_id) for client in leaders)),
            "Người khác đang", "đã được")
        [row] = leaders[0].call('civic.document', 'read', [document_id], ['state', 'signed_by_id', 'signature_state'])
        assert (row['state'], row['signature_state']) == ('signed', 'valid'), row
        assert_one_won(
            at_once(*(prepare(client, 'civic.number.wizard', document_id) for client in clerks)),
            "Người khác đang", "đã được", "đang được")
    rows = city.cluster.execute(
        "SELECT state, register_number FROM civic_document WHERE id = ANY(%s) ORDER BY id", (waiting,), database=city.database)
    assert [state for state, _number in rows] == ['registered'] * ROUNDS
    first = rows[0][1]
    assert [number for _state, number in rows] == list(range(first, first + ROUNDS)), "no number is lost or given twice"
    [(signatures,)] = city.cluster.execute(
        """SELECT max(count) FROM (SELECT count(*) FROM civic_journal_entry
            WHERE res_model = 'civic.document' AND res_id = ANY(%s) AND detail ~ '"act": ?"sign"' GROUP BY res_id) AS acts""",
        (waiting,), database=city.database)
    assert signatures == 1, "one line of the journal for each signature"
