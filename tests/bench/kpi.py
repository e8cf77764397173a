"""The dashboard, the figures of a month and the yearly report of a city of 200 agencies."""
from __future__ import annotations

import base64
import contextlib
import io
import json
import shutil
import statistics
import threading
import time

import loader
import openpyxl
from benchmarks import PASSWORD, Bench, Result, alternate, benchmark
from playwright.sync_api import sync_playwright

from harness import Client

AGENCIES = 200

# As many agencies as the city has, each with three units.
SET_UP = """
import json
main = env['res.users'].search([('login', '=', 'quanly')]).company_id
companies = env['res.company'].create([{'name': f"Xã số {number}", 'agency_level': 'ward'} for number in range(AGENCIES)])
env['hr.department'].create([
    {'name': f"Phòng {unit}", 'company_id': company.id} for company in companies for unit in range(3)])
print(json.dumps({'companies': [main.id, *companies.ids], 'user': env.ref('base.user_root').id,
                  'today': str(env['civic.kpi.period']._today())}))
"""
# All daily sums, and from them the figures of as many periods as the job makes of a full archive.
COUNT = """
import json, time
from odoo.addons.civic_kpi.models.civic_kpi_daily import CURSOR
from odoo.addons.civic_kpi.models.civic_kpi_period import BACK, STEPS
Period = env['civic.kpi.period']
Period.search([('state', '=', 'open')]).unlink()
started = time.perf_counter()
env['civic.kpi.daily']._rebuild()
rebuilt, today = time.perf_counter(), Period._today()
for kind, back in BACK.items():
    for number in range(back + 1):
        period = Period._ensure(kind, today - STEPS[kind] * number)
        if period.state == 'open':
            chosen, day = period._get_indicators(), min(period.date_to, today)
            period._store(chosen, period._count(chosen, day))
            period.counted_at = env.cr.now()
env['ir.config_parameter'].set_param(CURSOR, str(env.cr.now().replace(microsecond=0)))
print(json.dumps([rebuilt - started, time.perf_counter() - rebuilt]))
"""
# A hundred documents change: what the job of every quarter of an hour costs then.
CHANGE = """
import json, time
documents = env['civic.document'].search([('code_notation', '=', 'KH-UBND'), ('state', '=', 'done')], limit=100)
env['civic.kpi.daily']._refresh()
times = []
for n in range(3):
    # each is done a week later: in time becomes late
    env.cr.execute("UPDATE civic_document SET done_at = done_at + interval '7 days' WHERE id IN %s", [documents._ids])
    env['civic.journal.entry']._append('modification', documents)
    env.flush_all()
    started = time.perf_counter()
    env['civic.kpi.daily']._refresh()
    times.append((time.perf_counter() - started) * 1000)
env.cr.rollback()
print(json.dumps(sorted(times)[1]))
"""
# What a month of all indicators costs, against the same sums asked of the documents by bare SQL, and nothing kept.
SNAPSHOT = """
import json, statistics, time
from odoo.tools import SQL
Source, Period = env['civic.kpi.source'], env['civic.kpi.period']
today = Period._today()
period = Period._ensure('month', today.replace(day=1) - __import__('datetime').timedelta(days=1))
indicators = period._get_indicators()
def ours():
    period._store(indicators, period._count(indicators, period.date_to, exact=True))
def floor():
    for key in set(Source._get_daily_sources()) & set(indicators.mapped('source')):
        env.execute_query(SQL(
            "SELECT company_id, unit_id, measure, SUM(value) FROM (%s) f GROUP BY 1, 2, 3",
            Source._sql_days(key, period.date_from, period.date_to, exact=True)))
    env.execute_query(SQL(
        "SELECT company_id, unit_id, period, SUM(value) FROM (SELECT company_id, unit_id, width_bucket(%s::date - day, "
        "ARRAY[6, 16, 31]) AS period, value FROM (%s) f) g GROUP BY 1, 2, 3",
        period.date_to, Source._sql_facts('handling', Source._get_open_facts(period.date_to), SQL("d.deadline < %s", period.date_to))))
times, statements = {'ours': [], 'floor': [], 'first': []}, {}
def measure(name, work):
    env.flush_all()
    before, started = env.cr.sql_log_count, time.perf_counter()
    work()
    times[name].append((time.perf_counter() - started) * 1000)
    statements[name] = env.cr.sql_log_count - before
ours(), floor()
for n in range(REPEAT):
    measure('ours', ours)
    measure('floor', floor)
for n in range(REPEAT):
    env.cr.execute("DELETE FROM civic_kpi_value WHERE period_id = %s", [period.id])      # no figure of the month is there yet
    measure('first', ours)
env.cr.rollback()
print(json.dumps({**{name: statistics.median(values) for name, values in times.items()}, 'statements': statements}))
"""
REPORT = """
import json, time
manager = env['res.users'].search([('login', '=', 'quanly')])
period = env['civic.kpi.period']._ensure('year', env['civic.kpi.period']._today())
report = env['civic.kpi.report'].with_user(manager).create({'period_id': period.id, 'kind': 'adhoc'})
env.cr.commit()
started = time.perf_counter()
report._job_gather()
env.cr.commit()
seconds = time.perf_counter() - started
assert report.state == 'ready', (report.state, report.error)
print(json.dumps({'seconds': seconds, 'agencies': report.progress, 'xlsx': report.xlsx_file.decode()}))
"""
LIST, BOARD = '/odoo/action-base.action_country', '/odoo/civic-dashboard'


def prepare(bench: Bench, odoo, name: str, size: int) -> str:
    """A city of many agencies with so many documents, its figures counted."""
    database = bench.fresh(odoo, name)
    facts = json.loads(odoo.shell(database, SET_UP.replace('AGENCIES', str(AGENCIES))))
    started = time.perf_counter()
    with contextlib.closing(odoo.cluster.connect(database)) as connection:
        loader.load_rows(connection, size, **facts)
    loaded = time.perf_counter() - started
    summed, counted = json.loads(odoo.shell(database, COUNT))
    for table in ('civic_kpi_value', 'civic_kpi_daily'):
        odoo.cluster.execute(f"VACUUM (ANALYZE) {table}", database=database)
    print(f"    {size} documents loaded in {loaded:.0f} s, days summed in {summed:.1f} s, periods counted in {counted:.1f} s", flush=True)
    return database


def measure_paint(url: str, repeat: int) -> tuple[float, float]:
    """Median milliseconds until the dashboard, and until an Odoo list, show what they are there for."""
    def show(page, path, selector):
        started = time.perf_counter()
        page.goto(url + path)
        page.locator(selector).first.wait_for()
        return (time.perf_counter() - started) * 1000

    chromium = shutil.which('chromium') or shutil.which('google-chrome')
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=['--no-sandbox'])
        page = browser.new_context(locale='vi-VN').new_page()
        page.goto(f'{url}/web/login')
        page.locator('input[name=login]').fill('quanly')
        page.locator('input[name=password]').fill(PASSWORD)
        page.locator('button[type=submit]').first.click()
        page.wait_for_url('**/odoo**')
        pairs = [(show(page, BOARD, '.o_civic_kpi_light'), show(page, LIST, '.o_data_row')) for _ in range(repeat + 1)][1:]
        browser.close()
    return statistics.median(board for board, _ in pairs), statistics.median(list_ for _, list_ in pairs)


@benchmark
def kpi_dashboard(bench: Bench):
    """Ten million documents in the table against ten thousand (``--size small``: 200 000)."""
    odoo = bench.odoo()
    size = bench.size['facts']
    names = {'few': prepare(bench, odoo, 'bench_kpi_few', 10_000), 'many': prepare(bench, odoo, 'bench_kpi_many', size)}
    changed = {label: json.loads(odoo.shell(database, CHANGE)) for label, database in names.items()}
    servers, clients = {}, {}
    for label, database in names.items():
        servers[label] = bench.odoo(workers=1)
        servers[label].start(database)
        clients[label] = Client(servers[label].url, database, 'quanly', PASSWORD)

    def ask(label):
        board = clients[label].call('civic.kpi.board', 'get_dashboard', {})
        assert len(board['agencies']) >= AGENCIES, len(board['agencies'])

    many, few = alternate(bench.size['rpc'], lambda: ask('many'), lambda: ask('few'))
    drill, page = alternate(bench.size['rpc'], *measure_drill(clients['many']))
    board, list_ = measure_paint(servers['many'].url, 7)
    for server in servers.values():
        server.stop()
    month = measure_snapshot(odoo, names['many'], repeat=2)
    for database in names.values():
        odoo.cluster.execute(f'DROP DATABASE "{database}"')
    sizes = f"{size:,} documents".replace(',', ' ')
    return [
        Result('kpi_dashboard', f"dashboard of {AGENCIES} agencies, {sizes} against 10 000", many, few, 'ms', '<= 1.5'),
        Result('kpi_drill', f"the documents behind a light, first page and count, {sizes}, against those of the agency", drill, page, 'ms',
               '<= 2'),
        Result('kpi_paint', "the dashboard shows its figures in Chromium, against the first page of a list", board, list_, 'ms', '<= 1.5'),
        Result('kpi_refresh', f"a hundred changed documents are counted, {sizes} against 10 000", changed['many'], changed['few'], 'ms',
               '<= 1.5'),
        *report_snapshot(month, sizes),
    ]


def measure_drill(client: Client):
    """Two things to do: open what is behind the light of a month that is over, and open all documents of the agency."""
    agency = client.call('res.users', 'read', [client.uid], ['company_id'])[0]['company_id'][0]
    board = client.call('civic.kpi.board', 'get_dashboard', {})
    month = [period['id'] for period in board['periods'] if period['kind'] == 'month'][1]
    board = client.call('civic.kpi.board', 'get_dashboard', {'period_id': month, 'company_id': agency})
    indicator = next(one['id'] for one in board['indicators'] if one['code'] == 'ONTIME')
    light = next(one for one in board['lights'] if one['indicator_id'] == indicator)

    def show(domain):
        return client.call('civic.document', 'web_search_read', domain, {
            'reference': {}, 'subject': {}, 'deadline': {}, 'state': {}, 'unit_id': {'fields': {'display_name': {}}}}, limit=80)

    def drill():
        found = show(client.call('civic.kpi.board', 'get_drill', light['id'])['domain'])
        assert found['length'] == light['denominator'] - light['numerator'] > 0, (found['length'], light)

    return drill, lambda: show([('company_id', '=', agency), ('direction', '=', 'incoming')])


def measure_snapshot(odoo, database: str, *, repeat: int) -> dict:
    result = json.loads(odoo.shell(database, SNAPSHOT.replace('REPEAT', str(repeat))))
    print(f"    statements: {result.pop('statements')}", flush=True)
    return result


def report_snapshot(times: dict, sizes: str) -> list[Result]:
    what = f"a month of all indicators from {sizes}, against the same sums by bare SQL that keeps nothing"
    return [
        Result('kpi_snapshot', what, times['ours'], times['floor'], 'ms', '<= 2'),
        Result('kpi_snapshot_first', f"{what}; no figure of the month was there", times['first'], times['floor'], 'ms', '<= 2'),
    ]


@benchmark
def kpi_snapshot(bench: Bench):
    odoo = bench.odoo()
    database = prepare(bench, odoo, 'bench_kpi_snapshot', bench.size['many'])
    return report_snapshot(measure_snapshot(odoo, database, repeat=5), f"{bench.size['many']} documents")


@benchmark
def kpi_report(bench: Bench):
    """The yearly report with an annex for each agency; how far the job is can be seen from outside while it runs."""
    odoo = bench.odoo()
    database = prepare(bench, odoo, 'bench_kpi_report', bench.size['few'])
    result, seen = {}, set()
    thread = threading.Thread(target=lambda: result.update(json.loads(odoo.shell(database, REPORT))))
    thread.start()
    with contextlib.closing(odoo.cluster.connect(database)) as connection, connection.cursor() as cursor:
        while thread.is_alive():
            cursor.execute("SELECT progress FROM civic_kpi_report WHERE state IN ('draft', 'waiting') AND progress > 0")
            seen.update(progress for [progress] in cursor.fetchall())
            time.sleep(0.1)
    thread.join()
    book = openpyxl.load_workbook(io.BytesIO(base64.b64decode(result['xlsx'])), read_only=True)
    print(f"    {result['agencies']} agencies in {result['seconds']:.1f} s; progress seen: {sorted(seen)}", flush=True)
    assert len(seen) >= 5, seen
    annexes = sum(name[0].isdigit() for name in book.sheetnames)        # beside the city, all agencies, and the budget
    return [Result('kpi_report', "annexes in the workbook of the yearly report, against agencies", annexes, result['agencies'], 'sheets',
                   '= 1')]
