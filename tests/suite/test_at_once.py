"""Two people act on one outgoing document at the same moment, in two transactions of a real server: one act counts."""
import concurrent.futures
import threading

import pytest

from harness import Client, RpcError
from people import PASSWORD

PIN = '246810'
VIETNAMESE = {'lang': 'vi_VN'}


def at_once(*acts):
    """Start all acts at the same moment; return what each gave back, and the refusals in words."""
    start = threading.Barrier(len(acts))

    def run(act):
        start.wait(30)
        try:
            return act(), None
        except RpcError as refusal:
            return None, str(refusal)

    with concurrent.futures.ThreadPoolExecutor(len(acts)) as pool:
        answers = list(pool.map(run, acts))
    return [answer for answer, refusal in answers if refusal is None], [refusal for _answer, refusal in answers if refusal]


@pytest.fixture(scope='module')
def log_in(city):
    return lambda login: Client(city.url, city.database, login, PASSWORD)


@pytest.fixture(scope='module')
def document(log_in):
    [found] = log_in('lanhdao').call('civic.document', 'search', [
        ('waits_for_signature', '=', True), ('subject', 'ilike', 'Tập huấn nghiệp vụ văn thư, lưu trữ')])
    return found


def test_a_document_that_is_signed_twice_at_once_bears_one_signature(log_in, document):
    """The leader's telephone and his desk: both tap “Sign”."""
    def sign(client):
        return lambda: client.call('civic.sign.wizard', 'create', [{'document_ids': [(6, 0, [document])], 'pin': PIN}],
            context=VIETNAMESE)

    done, refusals = at_once(sign(log_in('lanhdao')), sign(log_in('lanhdao')))
    assert len(done) == 1 and len(refusals) == 1, (done, refusals)
    assert 'Người khác đang xử lý' in refusals[0] or 'đã được' in refusals[0], refusals
    client = log_in('lanhdao')
    [found] = client.call('civic.document', 'read', [document], ['state', 'signature_ids'])
    assert found['state'] == 'signed'
    rows = client.call('civic.signature', 'search_read', [('document_id', '=', document)], ['role', 'content_id'])
    assert len({row['content_id'][0] for row in rows}) == 1 and [row['role'] for row in rows] == ['person'], rows


def test_a_document_that_is_numbered_twice_at_once_has_one_number(log_in, document):
    def number(client):
        return lambda: client.call('civic.number.wizard', 'create', [{'document_ids': [(6, 0, [document])], 'pin': PIN}],
            context=VIETNAMESE)

    client = log_in('vanthu')
    [found] = client.call('civic.document', 'read', [document], ['type_id'])
    done, refusals = at_once(number(log_in('vanthu')), number(log_in('vanthu2')))
    assert len(done) == 1 and len(refusals) == 1, (done, refusals)
    [found] = client.call('civic.document', 'read', [document], ['state', 'register_id', 'register_number', 'reference'])
    assert found['state'] == 'registered' and found['register_number'], found
    numbers = client.call('civic.register.entry', 'search_read', [('register_id', '=', found['register_id'][0])], ['number'])
    given = sorted(entry['number'] for entry in numbers)
    assert given == list(range(given[0], given[0] + len(given))), "no number was lost or given twice"
    assert given[-1] == found['register_number']
