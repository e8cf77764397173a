"""The benchmarks, each with its goal beside it.

A result compares *ours* with a *floor* that was measured in the same run: the same work on a bare model,
the same list on a small table, or the number that must come out.
"""
from __future__ import annotations

import contextlib
import dataclasses
import datetime
import json
import os
import pathlib
import random
import signal
import statistics
import threading
import time

import loader
import requests

from harness import Client, Cluster, Odoo, RpcError, as_datas

HERE = pathlib.Path(__file__).resolve().parent
REGISTRY = {}
PASSWORD = 'civic'  # noqa: S105  the demo city's
SIZES = {
    'small': {'repeat': 30, 'rpc': 15, 'clients': 20, 'each': 10, 'few': 1_000, 'many': 50_000, 'lines': 2_000,
              'facts': 200_000},
    'full': {'repeat': 100, 'rpc': 60, 'clients': 50, 'each': 40, 'few': 10_000, 'many': 1_000_000, 'lines': 20_000,
             'facts': 10_000_000},
}


@dataclasses.dataclass
class Result:
    """One line of the report; ``holds`` tells whether ``ratio`` meets the goal."""
    name: str
    what: str
    ours: float
    floor: float
    unit: str
    goal: str
    ratio: float = 0.0
    holds: bool = False

    def __post_init__(self):
        self.ratio = self.ours / self.floor if self.floor else float('inf')
        operator, limit = self.goal.split()
        limit = float(limit)
        self.holds = {'<=': self.ratio <= limit, '>=': self.ratio >= limit, '=': self.ratio == limit}[operator]


def benchmark(function):
    REGISTRY[function.__name__] = function
    return function


class Bench:
    """What the benchmarks share: a cluster and a database with the suite, made when first asked for."""

    def __init__(self, size: str):
        self.size = SIZES[size]
        self._exit = contextlib.ExitStack()

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self._exit.close()

    def odoo(self, *, workers: int = 0, durable: bool = False) -> Odoo:
        """An Odoo on the shared cluster; the first call installs the suite and a tenth of the demo city."""
        key = '_durable' if durable else '_fast'
        if not hasattr(self, key):
            cluster = Cluster(durable=durable)
            self._exit.callback(cluster.close)
            first = Odoo(cluster, extra_addons=(HERE / 'addons',))
            self._exit.callback(first.close)
            first.install('bench', 'civic_records', 'civic_bench')
            first.shell('bench', 'from odoo.addons.civic_records.demo import load; load(env, scale=0.1)')
            setattr(self, key, first)
        first = getattr(self, key)
        if not workers:
            return first
        server = Odoo(first.cluster, workers=workers, extra_addons=(HERE / 'addons',))
        server.directory.joinpath('data').mkdir(exist_ok=True)
        server.directory.joinpath('data', 'filestore').symlink_to(first.directory / 'data' / 'filestore')
        self._exit.callback(server.close)
        return server

    def fresh(self, odoo: Odoo, name: str) -> str:
        odoo.cluster.execute(f'DROP DATABASE IF EXISTS "{name}"')
        self.odoo(durable=odoo.cluster.durable).copy('bench', name)
        return name


def pdf_of(size: int, seed: int) -> bytes:
    """A one-page PDF with a text layer and ``size`` bytes, different for each seed."""
    text = f"BT /F1 12 Tf 60 760 Td (Document {seed}) Tj ET".encode()
    noise = random.Random(seed).randbytes(size)
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(text), text),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Times-Roman >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(noise), noise),
    ]
    body, offsets = bytearray(b"%PDF-1.5\n"), []
    for number, content in enumerate(objects, 1):
        offsets.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    start = len(body)
    body += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    body += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    body += b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    return bytes(body)


def alternate(repeat: int, ours, floor) -> tuple[float, float]:
    """Median milliseconds of both, measured in turn (A B A B …) after a warm-up."""
    def measure(work):
        started = time.perf_counter()
        work()
        return (time.perf_counter() - started) * 1000
    for _ in range(3):
        ours(), floor()
    times = [(measure(ours), measure(floor)) for _ in range(repeat)]
    return statistics.median(a for a, _ in times), statistics.median(b for _, b in times)


# === registering === #

REGISTER_ORM = """
import json, statistics, time
from odoo.fields import Date
clerk = env['res.users'].search([('login', '=', 'vanthu')])
env_clerk = env(user=clerk.id, context={'lang': 'vi_VN', 'tz': 'Asia/Ho_Chi_Minh',
                                       'allowed_company_ids': clerk.company_id.ids})
issuer = env_clerk['res.partner'].search([('is_agency', '=', True)], limit=1)
kind = env_clerk['civic.document.type'].search([('kind', '=', 'administrative')], limit=1)
country = env['res.country'].search([], limit=1)
today = Date.context_today(env_clerk['civic.document'])
def ours(n):
    document = env_clerk['civic.document'].create({
        'direction': 'incoming', 'type_id': kind.id, 'code_number': str(n), 'code_notation': 'KH-BENCH',
        'issue_date': today, 'issuer_id': issuer.id, 'subject': f"Kế hoạch triển khai công tác văn thư số {n}",
        'signer_name': "Nguyễn Văn An", 'signer_position': "Chủ tịch", 'page_count': 4, 'paper_original': True,
        'arrival_date': today})
    document._register_documents()
def floor(n):
    env_clerk['civic.bench.bare'].create({
        'direction': 'incoming', 'type_id': country.id, 'code_number': str(n), 'code_notation': 'KH-BENCH',
        'reference': f'{n}/KH-BENCH', 'reference_key': f'{n}/kh-bench', 'issue_date': today, 'issuer_id': issuer.id,
        'subject': f"Kế hoạch triển khai công tác văn thư số {n}", 'signer_name': "Nguyễn Văn An",
        'signer_position': "Chủ tịch", 'page_count': 4, 'paper_original': True, 'arrival_date': today,
        'date_sort': today, 'registered_by_id': clerk.id, 'register_number': n, 'register_label': str(n),
        'deadline': today, 'summary': 'x', 'issuer_name': 'x', 'channel': 'paper'})
times = {'ours': [], 'floor': []}
for n in range(1, REPEAT + 6):
    for name, work in (('ours', ours), ('floor', floor)):
        env.invalidate_all()
        started = time.perf_counter()
        work(n)
        env.cr.commit()
        if n > 5:
            times[name].append((time.perf_counter() - started) * 1000)
print(json.dumps({name: statistics.median(values) for name, values in times.items()}))
"""


@benchmark
def register_orm(bench: Bench):
    odoo = bench.odoo()
    database = bench.fresh(odoo, 'bench_orm')
    times = json.loads(odoo.shell(database, REGISTER_ORM.replace('REPEAT', str(bench.size['repeat']))))
    return [Result('register_orm', "create and register one document through the ORM, against create of a bare model",
                   times['ours'], times['floor'], 'ms', '<= 1.5')]


@benchmark
def register_rpc(bench: Bench):
    odoo = bench.odoo(workers=2)
    database = bench.fresh(odoo, 'bench_rpc')
    odoo.start(database)
    client = Client(odoo.url, database, 'vanthu', PASSWORD)
    issuer = client.call('res.partner', 'search', [('is_agency', '=', True)], limit=1)[0]
    kind = client.call('civic.document.type', 'search', [('kind', '=', 'administrative')], limit=1)[0]
    token = client.csrf_token()
    counter = iter(range(1, 1_000_000))
    files = {}                                        # made before the clock runs

    def next_pdf():
        return files.pop(max(files))

    for seed in range(2 * (bench.size['rpc'] + 3)):
        files[seed] = pdf_of(1_000_000, seed)

    def ours():
        number = next(counter)
        answer = client.session.post(
            f'{odoo.url}/civic/incoming/upload', data={'csrf_token': token},
            files=[('files', (f'van-ban-{number}.pdf', next_pdf(), 'application/pdf'))], timeout=60).json()
        [row] = answer['results']
        if not row['ok']:
            raise RuntimeError(row)
        client.call('civic.document', 'web_save', [row['document_id']], {
            'type_id': kind, 'code_number': str(number), 'code_notation': 'KH-BENCH', 'issue_date': str(datetime.date.today()),
            'issuer_id': issuer, 'subject': f"Kế hoạch số {number}"}, specification={'id': {}})
        client.call('civic.document', 'action_register', [row['document_id']])

    def floor():
        number = next(counter)
        raw = next_pdf()
        [record_id] = client.call('civic.bench.bare', 'create', [{
            'direction': 'incoming', 'code_number': str(number), 'code_notation': 'KH-BENCH', 'issuer_id': issuer,
            'subject': f"Kế hoạch số {number}", 'issue_date': str(datetime.date.today())}])
        client.call('ir.attachment', 'create', [{
            'name': f'van-ban-{number}.pdf', 'datas': as_datas(raw), 'res_model': 'civic.bench.bare', 'res_id': record_id}])

    ours_ms, floor_ms = alternate(bench.size['rpc'], ours, floor)
    odoo.stop()
    return [Result('register_rpc', "upload a 1 MB PDF, fill in and register it, against bare create + ir.attachment",
                   ours_ms, floor_ms, 'ms', '<= 1.5')]


# === assigning many at once === #

ASSIGN = """
import collections, json, statistics, time
from odoo.fields import Date
from odoo.sql_db import Cursor
clerk = env['res.users'].search([('login', '=', 'vanthu')])
leader = env['res.users'].search([('login', '=', 'lanhdao')])
def acting(user):
    return env(user=user.id, context={'lang': 'vi_VN', 'tz': 'Asia/Ho_Chi_Minh',
                                          'allowed_company_ids': user.company_id.ids})
env_clerk, env_leader = acting(clerk), acting(leader)
issuer = env_clerk['res.partner'].search([('is_agency', '=', True)], limit=1)
kind = env_clerk['civic.document.type'].search([('kind', '=', 'administrative')], limit=1)
lead, aside = env_leader['hr.department'].search([('company_id', '=', leader.company_id.id), ('manager_id', '!=', False)], limit=2)
today = Date.context_today(env_clerk['civic.document'])
counter = iter(range(1, 1_000_000))
kinds = None
execute = Cursor.execute
def counting(self, query, *args, **kwargs):
    if kinds is not None:
        kinds[str(getattr(query, 'code', query)).split(None, 1)[0].upper()] += 1
    return execute(self, query, *args, **kwargs)
Cursor.execute = counting

def register(count):
    documents = env_clerk['civic.document'].create([{
        'direction': 'incoming', 'type_id': kind.id, 'code_number': str(number), 'code_notation': 'KH-BENCH',
        'issue_date': today, 'issuer_id': issuer.id, 'subject': f"Kế hoạch triển khai công tác văn thư số {number}",
        'signer_name': "Nguyễn Văn An", 'signer_position': "Chủ tịch", 'paper_original': True, 'arrival_date': today,
        } for number in (next(counter) for _ in range(count))])
    documents._register_documents()
    env.cr.commit()
    env.invalidate_all()
    return documents.ids

def assign(count):
    # what the leader does: choose the documents of the list, fill in the instruction, press Assign
    global kinds
    ids = register(count)
    wizard = env_leader['civic.assign.wizard'].create({
        'document_ids': [(6, 0, ids)], 'lead_unit_id': lead.id, 'instruction': "Tham mưu, báo cáo trước thời hạn."})
    wizard.line_ids = [(0, 0, {'kind': 'coordinate', 'unit_id': aside.id, 'deadline': wizard.deadline})]
    env.cr.commit()
    env.invalidate_all()
    kinds = collections.Counter()
    started = time.perf_counter()
    wizard.action_assign()
    env.cr.commit()
    seconds = time.perf_counter() - started
    found, kinds = kinds, None
    made = env['civic.assignment'].search_count([('document_id', 'in', ids), ('state', '=', 'pending')])
    assert made == 2 * count, (made, count)
    return seconds * 1000 / count, found

times = {10: [], 100: []}
for count in (10, 100):
    assign(count)                                  # caches warm
for _ in range(ROUNDS):
    for count in times:
        milliseconds, found = assign(count)
        times[count].append((milliseconds, found))
print(json.dumps({count: {'ms': statistics.median(row[0] for row in rows), 'kinds': rows[-1][1]} for count, rows in times.items()}))
"""


@benchmark
def assign_many(bench: Bench):
    """A hundred assignments in one action against ten: reading must cost the same number of statements."""
    odoo = bench.odoo()
    database = bench.fresh(odoo, 'bench_assign')
    answer = json.loads(odoo.shell(database, ASSIGN.replace('ROUNDS', '5')))
    many, few = answer['100'], answer['10']
    for count, side in (('10', few), ('100', many)):
        print(f"   {count} documents, 2 units each:", ', '.join(f"{number} {kind}" for kind, number in sorted(side['kinds'].items())))
    return [
        Result('assign_many_selects', "SELECT statements of one action, 100 documents against 10",
               many['kinds']['SELECT'], few['kinds']['SELECT'], 'statements', '= 1'),
        Result('assign_many_statements', "all statements of one action, 100 documents against 10",
               sum(many['kinds'].values()), sum(few['kinds'].values()), 'statements', '<= 2'),
        Result('assign_many_time', "time per document, 100 in one action against 10", many['ms'], few['ms'], 'ms/document', '<= 1'),
    ]


# === many clerks === #

DRAFTS = """
import json
from odoo.fields import Date
clerk = env['res.users'].search([('login', '=', 'vanthu')])
Document = env['civic.document'].with_user(clerk).with_company(clerk.company_id)
issuer = Document.env['res.partner'].search([('is_agency', '=', True)], limit=1)
kind = Document.env['civic.document.type'].search([('kind', '=', 'administrative')], limit=1)
today = Date.context_today(Document)
drafts = Document.create([{
    'direction': 'incoming', 'type_id': kind.id, 'code_number': str(n), 'code_notation': 'KH-BENCH', 'issue_date': today,
    'issuer_id': issuer.id, 'subject': f"Kế hoạch số {n}", 'paper_original': True, 'arrival_date': today,
} for n in range(COUNT)])
last = env['civic.document'].search([('company_id', '=', clerk.company_id.id), ('direction', '=', 'incoming'),
    ('register_number', '!=', False), ('arrival_date', '>=', f'{today.year}-01-01')], order='register_number desc', limit=1)
print(json.dumps({'drafts': drafts.ids, 'last': last.register_number or 0}))
"""


def register_all(odoo: Odoo, database: str, drafts: list[int], clients: int, *, disturb=None) -> tuple[float, list[str]]:
    """Let ``clients`` register the drafts at once, each its share; a broken connection is tried again."""
    shares = [drafts[index::clients] for index in range(clients)]
    sessions = [Client(odoo.url, database, 'vanthu', PASSWORD) for _ in range(clients)]
    gate, finished, refusals = threading.Barrier(clients + 1), [], []

    def clerk(session, share):
        gate.wait()
        for document_id in share:
            deadline, tried_before = time.monotonic() + 240, False
            while True:
                try:
                    session.call('civic.document', 'action_register', [document_id])
                except RpcError as error:
                    if error.name == 'odoo.exceptions.UserError' and tried_before:
                        break                          # registered, but the answer was lost with the worker
                    if disturb is None or time.monotonic() > deadline:
                        refusals.append(f'{error.name}: {error}')
                        break
                except (requests.RequestException, ValueError):
                    if disturb is None or time.monotonic() > deadline:
                        refusals.append('no answer')
                        break
                else:
                    break
                tried_before = True
                time.sleep(0.3)
            finished.append(document_id)

    threads = [threading.Thread(target=clerk, args=pair, daemon=True) for pair in zip(sessions, shares)]
    for thread in threads:
        thread.start()
    gate.wait()
    started = time.perf_counter()
    if disturb:
        disturb(finished, len(drafts))
    for thread in threads:
        thread.join()
    return time.perf_counter() - started, refusals


def numbers_of(odoo: Odoo, database: str, drafts: list[int]) -> list[int]:
    return [row[0] for row in odoo.cluster.execute(
        "SELECT register_number FROM civic_document WHERE id = ANY(%s) AND register_number IS NOT NULL ORDER BY 1",
        (drafts,), database=database)]


def without_gap(numbers: list[int], last: int, count: int) -> int:
    """How many of the ``count`` numbers after ``last`` were given."""
    return len(set(numbers) & set(range(last + 1, last + 1 + count)))


@benchmark
def concurrent(bench: Bench):
    odoo = bench.odoo(workers=4, durable=True)
    database = bench.fresh(odoo, 'bench_many')
    size = bench.size
    count = size['clients'] * size['each']
    prepared = json.loads(bench.odoo(durable=True).shell(database, DRAFTS.replace('COUNT', str(count + size['each']))))
    alone, drafts = prepared['drafts'][:size['each']], prepared['drafts'][size['each']:]
    odoo.start(database)
    single, refused_alone = register_all(odoo, database, alone, 1)
    seconds, refusals = register_all(odoo, database, drafts, size['clients'])
    numbers = numbers_of(odoo, database, prepared['drafts'])
    odoo.stop()
    for refusal in sorted(set(refusals + refused_alone)):
        print("   refused:", refusal)
    return [
        Result('concurrent_numbers', f"{size['clients']} clerks × {size['each']}: numbers without gap or double, against documents",
               without_gap(numbers, prepared['last'], len(prepared['drafts'])), len(prepared['drafts']), 'numbers', '= 1'),
        Result('concurrent_throughput', f"time per registration, {size['clients']} clerks against one",
               seconds / count * 1000, single / len(alone) * 1000, 'ms', '<= 1'),
    ]


@benchmark
def concurrent_killed(bench: Bench):
    odoo = bench.odoo(workers=4, durable=True)
    database = bench.fresh(odoo, 'bench_killed')
    size = bench.size
    count = size['clients'] * size['each']
    prepared = json.loads(bench.odoo(durable=True).shell(database, DRAFTS.replace('COUNT', str(count))))
    odoo.start(database)
    events = []

    def disturb(finished, total):
        def wait_for(share):
            deadline = time.monotonic() + 300
            while len(finished) < total * share and time.monotonic() < deadline:
                time.sleep(0.02)
        wait_for(0.2)
        with contextlib.suppress(ProcessLookupError):
            os.kill(odoo.worker_pids()[0], signal.SIGKILL)
            events.append('worker')
        wait_for(0.5)
        odoo.cluster.kill()
        events.append('postgresql')
        time.sleep(1)
        odoo.cluster.start()
        if odoo.process.poll() is not None:
            odoo.start(database)

    _seconds, refusals = register_all(odoo, database, prepared['drafts'], size['clients'], disturb=disturb)
    numbers = numbers_of(odoo, database, prepared['drafts'])
    odoo.stop()
    for refusal in sorted(set(refusals)):
        print("   refused:", refusal)
    return [Result('concurrent_killed', f"the same with kill -9 of {' and '.join(events)} in the middle",
                   without_gap(numbers, prepared['last'], count), count, 'numbers', '= 1')]


# === the journal === #

JOURNAL_WORKER = """
INSERT INTO civic_journal_entry (event_type, event_at, outcome, company_id, user_id, agent, res_model, res_id, object_ref,
                                 detail, source)
VALUES ('registration', clock_timestamp() AT TIME ZONE 'UTC', 'success', 1, 2, 'bench', 'civic.document', %s,
        'Kế hoạch', '{"number":1}', 'web')
"""
BARE_WORKER = JOURNAL_WORKER.replace('civic_journal_entry', 'bench_bare_line')


@benchmark
def journal_concurrent(bench: Bench):
    odoo = bench.odoo(durable=True)
    database = bench.fresh(odoo, 'bench_journal')
    odoo.cluster.execute("""
        CREATE TABLE bench_bare_line (id serial PRIMARY KEY, event_type varchar, event_at timestamp, outcome varchar,
            company_id int, user_id int, agent varchar, res_model varchar, res_id int, object_ref varchar, detail text,
            source varchar);
        CREATE INDEX ON bench_bare_line (res_model, res_id, id); CREATE INDEX ON bench_bare_line (company_id, id);
        CREATE INDEX ON bench_bare_line (user_id, id)""", database=database)

    def run(statement, threads=8):
        each = bench.size['lines'] // threads

        def work():
            with contextlib.closing(odoo.cluster.connect(database)) as connection, connection.cursor() as cursor:
                for number in range(each):
                    cursor.execute(statement, (number,))
        workers = [threading.Thread(target=work) for _ in range(threads)]
        started = time.perf_counter()
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        return (time.perf_counter() - started) / (each * threads) * 1000

    rounds = [(run(JOURNAL_WORKER), run(BARE_WORKER)) for _ in range(5)]
    return [Result('journal_concurrent', "8 connections append and commit journal lines, against a table without protection",
                   statistics.median(a for a, _ in rounds), statistics.median(b for _, b in rounds), 'ms/line', '<= 1.5')]


# === lists and search === #

@benchmark
def lists(bench: Bench):
    """First pages and searches of the lists as clerk and as specialist, many documents against few."""
    plain, servers = bench.odoo(), {}
    for label in ('few', 'many'):
        database = bench.fresh(plain, f'bench_{label}')
        ids = json.loads(plain.shell(database, (
            "import json; u = env['res.users'].search([('login', '=', 'vanthu')]);"
            "print(json.dumps([u.company_id.id, u.id]))")))
        started = time.perf_counter()
        with contextlib.closing(plain.cluster.connect(database)) as connection:
            loader.load(connection, bench.size[label], company=ids[0], user=ids[1], today=str(datetime.date.today()))
        print(f"  loaded {bench.size[label]} documents in {time.perf_counter() - started:.0f} s", flush=True)
        servers[label] = bench.odoo(workers=1)
        servers[label].start(database)

    results = []
    for login in ('vanthu', 'chuyenvien'):
        clients = {label: Client(server.url, f'bench_{label}', login, PASSWORD) for label, server in servers.items()}
        specification = list_specification(clients['few'])
        questions = {
            'first page': [('direction', '=', 'incoming')],
            'to assign': [('direction', '=', 'incoming'), ('state', '=', 'registered')],
            'search words': [('direction', '=', 'incoming'), ('search_text', 'ilike', loader.RARE[0])],
            'search number': [('direction', '=', 'incoming'), ('search_text', 'ilike', '777/KH-UBND')],
        }
        for title, domain in questions.items():
            def ask(label, domain=domain):
                return clients[label].call('civic.document', 'web_search_read', domain, specification, limit=80, count_limit=81)  # noqa: B023
            found = ask('many')['length']
            many, few = alternate(bench.size['repeat'], lambda: ask('many'), lambda: ask('few'))  # noqa: B023
            results.append(Result(
                f'list_{login}_{title.replace(" ", "_")}',
                f"{title} as {login}, {bench.size['many']} documents against {bench.size['few']} ({found} rows)",
                many, few, 'ms', '<= 1.5'))
    for login in ('vanthu', 'lanhdao', 'truongphong', 'chuyenvien', 'quanly'):
        clients = {label: Client(server.url, f'bench_{label}', login, PASSWORD) for label, server in servers.items()}

        def ask(label, clients=clients):
            return clients[label].call('civic.home', 'get_home')
        many, few = alternate(bench.size['repeat'], lambda: ask('many'), lambda: ask('few'))  # noqa: B023
        results.append(Result(
            f'home_{login}', f"home screen as {login}, {bench.size['many']} documents against {bench.size['few']}",
            many, few, 'ms', '<= 1.5'))
    for server in servers.values():
        server.stop()
    return results


def list_specification(client: Client) -> dict:
    """The fields that the client's own list of incoming documents asks for."""
    views = client.call('civic.document', 'get_views', [(False, 'list')])
    fields = views['models']['civic.document']['fields']
    names = [part.split('"')[0] for part in views['views']['list']['arch'].split('<field name="')[1:]]
    return {name: {'fields': {'display_name': {}}} if fields[name]['type'] in ('many2one', 'many2many') else {}
            for name in names if name in fields}
