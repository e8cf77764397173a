"""Bad input over the real server: a clear message in Vietnamese, nothing half-registered, the file in quarantine."""
import datetime
import importlib.util
import io
import threading

import pytest
from PIL import Image

from harness import ROOT, Client, RpcError

_spec = importlib.util.spec_from_file_location('civic_test_pdf', ROOT / 'addons' / 'civic_document' / 'tests' / 'pdf.py')
pdf = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(pdf)

GOOD = pdf.make_pdf("Kế hoạch kiểm tra công tác văn thư")
_png = io.BytesIO()
Image.new('RGB', (20, 20), 'white').save(_png, 'PNG')
REFUSED = {
    'hong.pdf': (GOOD[:len(GOOD) // 2], 'hỏng'),
    'mat-khau.pdf': (pdf.make_pdf("Kế hoạch", password='123'), 'mật khẩu'),
    'rong.pdf': (b'', '0 byte'),
    'anh.pdf': (_png.getvalue(), 'phần mở rộng'),
    '../../etc/van-ban.pdf': (pdf.make_pdf("Đường dẫn trong tên"), 'tên'),
    'chuong-trinh.exe': (b'MZ' + b'\x00' * 200, 'không được nhận'),
}


def counts(client):
    return (client.call('civic.document', 'search_count', []), client.call('civic.quarantine', 'search_count', []))


@pytest.mark.parametrize('name', REFUSED)
def test_refused_file_is_kept_in_quarantine(client, name):
    raw, hint = REFUSED[name]
    clerk = client('vanthu')
    documents, held = counts(clerk)
    [result] = clerk.upload('/civic/incoming/upload', [(name, raw)])['results']
    assert not result['ok'] and not result['document_id']
    assert hint in result['message'], result['message']
    assert counts(clerk) == (documents, held + 1)
    [kept] = clerk.call('civic.quarantine', 'search_read', [], ['name', 'size', 'reason', 'state'], limit=1, order='id desc')
    assert kept['size'] == len(raw) and kept['state'] == 'held' and '/' not in kept['name']


def test_one_refused_file_does_not_stop_the_others(client):
    clerk = client('vanthu')
    documents, held = counts(clerk)
    results = clerk.upload('/civic/incoming/upload', [
        ('a.pdf', pdf.make_pdf("Thứ nhất")), ('b.pdf', b'%PDF-1.7 nothing'), ('c.pdf', pdf.make_pdf("Thứ ba"))])['results']
    assert [result['ok'] for result in results] == [True, False, True]
    assert counts(clerk) == (documents + 2, held + 1)


def test_nothing_of_a_state_secret_is_kept(city, client):
    clerk = client('vanthu')
    before = counts(clerk)
    [result] = clerk.upload('/civic/incoming/upload', [('van-ban.pdf', pdf.make_pdf("TUYỆT MẬT\nBí danh Hoa Ban Trắng"))])['results']
    assert not result['ok'] and 'bí mật nhà nước' in result['message'].lower()
    assert counts(clerk) == before
    for table in ('civic_journal_entry', 'ir_attachment', 'civic_document_text', 'civic_quarantine', 'mail_message'):
        found = city.cluster.execute(f"SELECT count(*) FROM {table} AS row WHERE row::text ILIKE '%%Hoa Ban Tr%%'", database=city.database)
        assert found == [(0,)], table
    [(facts,)] = city.cluster.execute(
        "SELECT count(*) FROM civic_journal_entry WHERE event_type = 'refusal' AND detail LIKE '%%state_secret%%'", database=city.database)
    assert facts


def draft(client, number):
    """A draft that lacks nothing but its number."""
    issuer = client.call('res.partner', 'search', [('is_agency', '=', True)], limit=1)[0]
    kind = client.call('civic.document.type', 'search', [('kind', '=', 'administrative')], limit=1)[0]
    [document_id] = client.call('civic.document', 'create', [{
        'direction': 'incoming', 'type_id': kind, 'reference': f'{number}/KH-THU', 'issuer_id': issuer,
        'issue_date': str(datetime.date.today() - datetime.timedelta(days=3)), 'subject': f'Kế hoạch thử {number}',
        'paper_original': True, 'arrival_date': str(datetime.date.today())}])
    return document_id


@pytest.mark.parametrize('values, hint', [
    ({'subject': 'x' * 10_000}, '10000'),
    ({'deadline': '2020-01-01'}, 'hạn'),
    ({'issuer_code': '999.99.99.X99'}, '999.99.99.X99'),
])
def test_bad_metadata_is_refused_in_vietnamese(client, values, hint):
    clerk = client('vanthu')
    document_id = draft(clerk, 700)
    [before] = clerk.call('civic.document', 'read', [document_id], list(values))
    with pytest.raises(RpcError) as refusal:
        clerk.call('civic.document', 'web_save', [document_id], values, specification={'id': {}},
                   context={'lang': 'vi_VN', 'tz': 'Asia/Ho_Chi_Minh'})
    assert hint.replace('.', '') in str(refusal.value).replace('.', ''), refusal.value
    assert clerk.call('civic.document', 'read', [document_id], list(values)) == [before]


def test_two_clerks_register_the_same_draft(city, client):
    """Really at once: one gets the number, the other a message, and no number is lost."""
    clerks = [Client(city.url, city.database, login, 'civic') for login in ('vanthu', 'vanthu2')]
    for number in range(8):
        document_id = draft(clerks[0], 800 + number)
        gate, outcomes = threading.Barrier(2), []

        def register(clerk, document_id=document_id, gate=gate, outcomes=outcomes):
            gate.wait()
            try:
                clerk.call('civic.document', 'action_register', [document_id])
                outcomes.append('registered')
            except RpcError as error:
                outcomes.append(error.name)
        threads = [threading.Thread(target=register, args=(clerk,)) for clerk in clerks]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(outcomes) == ['odoo.exceptions.UserError', 'registered'], outcomes
    numbers = [row[0] for row in city.cluster.execute(
        "SELECT number FROM civic_register_entry WHERE register_id = (SELECT register_id FROM civic_document WHERE id = %s) ORDER BY 1",
        (document_id,), database=city.database)]
    assert numbers == list(range(1, len(numbers) + 1))
