"""The dashboard and the monthly figures on few and on many documents of many agencies."""
from __future__ import annotations

import json

import loader
from benchmarks import PASSWORD, Bench, Result, alternate, benchmark

from harness import Client

AGENCIES = 200

# As many agencies as the city has, each with three units and a manager of the whole city.
SET_UP = """
import json
main = env['res.users'].search([('login', '=', 'quanly')]).company_id
companies = env['res.company'].create([{'name': f"Xã số {number}"} for number in range(AGENCIES)])
env['hr.department'].create([
    {'name': f"Phòng {unit}", 'company_id': company.id} for company in companies for unit in range(3)])
env['civic.kpi.period'].search([('state', '=', 'closed')])
env.cr.commit()
print(json.dumps({'main': main.id, 'companies': companies.ids, 'user': env.ref('base.user_root').id}))
"""
# One in four of the documents that the loader wrote is late; all go round the agencies.
SPREAD = """
UPDATE civic_document d
   SET company_id = c.ids[1 + d.id %% cardinality(c.ids)], unit_id = u.id,
       done_at = CASE WHEN d.state = 'done' THEN d.deadline + (CASE WHEN d.id %% 4 = 0 THEN 3 ELSE -2 END) * interval '1 day' END
  FROM (SELECT %(companies)s::int[] AS ids) c, LATERAL (
       SELECT id FROM hr_department h WHERE h.company_id = c.ids[1 + d.id %% cardinality(c.ids)] ORDER BY id LIMIT 1 OFFSET 0) u
 WHERE d.company_id = %(main)s AND d.code_notation = 'KH-UBND'
"""
FIRST_COUNT = """
import json, time
env['ir.config_parameter'].set_param('civic_kpi.journal_read_until', False)
env['civic.kpi.period'].search([('state', '=', 'open')]).unlink()
started = time.perf_counter()
env['civic.kpi.daily']._refresh()
env.cr.commit()
first = time.perf_counter() - started
started = time.perf_counter()
env['civic.kpi.daily']._refresh()
env.cr.commit()
print(json.dumps({'first': first, 'again': (time.perf_counter() - started) * 1000}))
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
    for key in Source._get_daily_sources():
        facts = Source._get_facts(key, period.date_to)
        env.execute_query(SQL(
            "SELECT company_id, unit_id, measure, SUM(value) FROM (%s) f GROUP BY 1, 2, 3",
            Source._sql_facts(key, facts, Source._sql_between(facts, period.date_from, period.date_to))))
    facts = Source._get_facts('handling', period.date_to)
    facts = facts._replace(aggregates={'due_open': facts.aggregates['due_open']})
    env.execute_query(SQL(
        "SELECT company_id, unit_id, period, SUM(value) FROM (SELECT company_id, unit_id, width_bucket(%s::date - day, "
        "ARRAY[6, 16, 31]) AS period, value FROM (%s) f) g GROUP BY 1, 2, 3",
        period.date_to, Source._sql_facts('handling', facts, SQL("d.deadline < %s", period.date_to))))
times = {'ours': [], 'floor': []}
for n in range(REPEAT + 2):
    for name, work in (('ours', ours), ('floor', floor)):
        env.flush_all()
        started = time.perf_counter()
        work()
        if n > 1:
            times[name].append((time.perf_counter() - started) * 1000)
env.cr.rollback()
print(json.dumps({name: statistics.median(values) for name, values in times.items()}))
"""
REPORT = """
import json, time
manager = env['res.users'].search([('login', '=', 'quanly')])
period = env['civic.kpi.period']._ensure('month', env['civic.kpi.period']._today())
report = env['civic.kpi.report'].with_user(manager).create({'period_id': period.id, 'kind': 'adhoc'})
started = time.perf_counter()
report._job_gather()
env.cr.commit()
assert report.state == 'ready' and report.progress > 200, (report.state, report.error)
print(json.dumps({'seconds': time.perf_counter() - started, 'agencies': report.progress, 'xlsx': len(report.xlsx_file)}))
"""


def prepare(bench: Bench, odoo, name: str, size: int) -> str:
    """A city of many agencies with so many documents, its figures counted."""
    database = bench.fresh(odoo, name)
    ids = json.loads(odoo.shell(database, SET_UP.replace('AGENCIES', str(AGENCIES))))
    with odoo.cluster.connect(database) as connection:
        connection.autocommit = True
        loader.load(connection, size, company=ids['main'], user=ids['user'], today=json.loads(
            odoo.shell(database, "import json; print(json.dumps(str(env['civic.kpi.period']._today())))")))
        with connection.cursor() as cursor:
            cursor.execute("SET session_replication_role = replica")
            cursor.execute(SPREAD, {'companies': ids['companies'], 'main': ids['main']})
            cursor.execute("VACUUM (ANALYZE) civic_document")
    times = json.loads(odoo.shell(database, FIRST_COUNT))
    print(f"    {size} documents: first count {times['first']:.1f} s, count of what changed {times['again']:.0f} ms")
    with odoo.cluster.connect(database) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute("VACUUM (ANALYZE) civic_kpi_value")
            cursor.execute("VACUUM (ANALYZE) civic_kpi_daily")
    return database


@benchmark
def kpi(bench: Bench):
    odoo = bench.odoo()
    names = {'few': prepare(bench, odoo, 'bench_kpi_few', bench.size['few']),
             'many': prepare(bench, odoo, 'bench_kpi_many', bench.size['many'])}
    times = json.loads(odoo.shell(names['many'], SNAPSHOT.replace('REPEAT', '5')))
    report = json.loads(odoo.shell(names['many'], REPORT))
    print(f"    report with {report['agencies']} agencies: {report['seconds']:.1f} s")
    servers, clients = {}, {}
    for label, database in names.items():
        servers[label] = bench.odoo(workers=1)
        servers[label].start(database)
        clients[label] = Client(servers[label].url, database, 'quanly', PASSWORD)
    def ask(label):
        return clients[label].call('civic.kpi.board', 'get_dashboard', {})
    many, few = alternate(bench.size['rpc'], lambda: ask('many'), lambda: ask('few'))
    for server in servers.values():
        server.stop()
    return [
        Result('kpi_dashboard', f"dashboard of {AGENCIES} agencies, {bench.size['many']} documents against {bench.size['few']}",
               many, few, 'ms', '<= 1.5'),
        Result('kpi_snapshot', f"a month of all indicators from {bench.size['many']} documents, against the sums by bare SQL",
               times['ours'], times['floor'], 'ms', '<= 2'),
    ]
