"""Work files: a large file against a small one, a wide place of the tree against a narrow one, many files closed."""
from __future__ import annotations

import json

from benchmarks import Bench, Result, benchmark

SETUP = """
import itertools, json, statistics, time
from odoo.tools import SQL
user = env['res.users'].search([('login', '=', 'chuyenvien')])
company = user.company_id
Workfile = env['civic.workfile'].with_user(user).with_company(company)
term = env.ref('civic_workfile.retention_term_20')
def make_file(notation, count, **values):
    workfile = Workfile.create({
        'company_id': company.id, 'title': f'Hồ sơ {notation}', 'notation': notation, 'year': 2026, 'date_start': '2026-01-05',
        'retention_term_id': term.id, **values})
    fill(workfile, count)
    return workfile
def fill(workfile, count):
    env.flush_all()
    env.cr.execute(SQL(
        "INSERT INTO civic_workfile_entry (workfile_id, company_id, ordinal, kind, document_id, pages) "
        "SELECT %s, %s, ROW_NUMBER() OVER (ORDER BY id), 'document', id, 1 FROM "
        "(SELECT id FROM civic_document WHERE company_id = %s AND state NOT IN ('draft', 'cancelled') ORDER BY id LIMIT %s) d",
        workfile.id, company.id, company.id, count))
    workfile._refresh_totals()
def more_documents(count):
    env.cr.execute(SQL(
        "INSERT INTO civic_document (identifier, company_id, direction, state, subject, issue_date, date_sort, access_level, "
        "urgency, type_id, paper_original, language, circulation_mark) "
        "SELECT 'bench-' || n, %s, 'none', 'registered', 'Văn bản ' || n, DATE '2026-01-05', DATE '2026-01-05', 'agency', "
        "'normal', %s, true, 'vi', 'none' FROM generate_series(1, %s) n",
        company.id, env.ref('civic_document.civic_document_type_qd').id, count))
def alternate(repeat, **works):
    # in turn, so that what else the machine does hits both; the tables have the statistics that autovacuum keeps
    env.cr.execute("ANALYZE civic_workfile, civic_workfile_entry, civic_file_plan_line, civic_document")
    times = {name: [] for name in works}
    for n in range(repeat + 3):
        for name, work in works.items():
            env.invalidate_all()
            started = time.perf_counter()
            work()
            if n > 2:
                times[name].append((time.perf_counter() - started) * 1000)
    print(json.dumps({name: statistics.median(of) for name, of in times.items()}))
"""

OPEN_FILE = SETUP + """
more_documents(5000)
big, small = make_file('B5000', 5000), make_file('B50', 50)
assert (big.doc_count, small.doc_count) == (5000, 50), (big.doc_count, small.doc_count)
form = env['civic.workfile'].with_user(user).get_view(env.ref('civic_workfile.civic_workfile_view_form').id, 'form')
names = [name for name in form['models']['civic.workfile'] if name not in ('message_ids', 'activity_ids', 'message_follower_ids')]
fields = Workfile._fields
spec = {name: {} for name in names if not fields[name].relational or Workfile.env[fields[name].comodel_name].has_access('read')}
spec['first_entry_ids'] = {'fields': {name: {} for name in ('ordinal', 'kind', 'title', 'entry_date', 'pages', 'doc_code')}}
rows = {name: {} for name in ('ordinal', 'kind', 'title', 'entry_date', 'pages', 'sheets', 'doc_code')}
def open_file(workfile):
    workfile.web_read(spec)
    Workfile.env['civic.workfile.entry'].web_search_read(
        [('workfile_id', '=', workfile.id)], rows, limit=80, order='ordinal', count_limit=10001)
alternate(REPEAT, ours=lambda: open_file(big), floor=lambda: open_file(small))
"""

TREE = SETUP + """
plan = env['civic.file.plan'].create({'company_id': company.id, 'year': 2031})
Line = env['civic.file.plan.line']
wide, narrow = Line.create([{'plan_id': plan.id, 'is_heading': True, 'title': title} for title in ('Rộng', 'Hẹp')])
for heading, count in ((wide, 1000), (narrow, 10)):
    Line.create([{'plan_id': plan.id, 'parent_id': heading.id, 'notation': f'{n}.{heading.id}', 'title': f'Hồ sơ {n}',
                  'user_id': user.id, 'retention_term_id': term.id} for n in range(count)])
env.flush_all()
# the narrow one is asked for as many rows as it has; a page of the wide one holds forty
alternate(REPEAT, ours=lambda: Workfile.get_tree([2031, wide.id], 'plan'), floor=lambda: Workfile.get_tree([2031, narrow.id], 'plan'))
"""

CLOSE = SETUP + """
more_documents(3000)
def make(prefix, count):
    files = Workfile.create([{
        'company_id': company.id, 'title': f'Hồ sơ {n}', 'notation': f'{prefix}{n}', 'year': 2026, 'date_start': '2026-01-05',
        'retention_term_id': term.id} for n in range(count)])
    env.flush_all()
    env.cr.execute(SQL(
        "INSERT INTO civic_workfile_entry (workfile_id, company_id, ordinal, kind, document_id, pages) "
        "SELECT f.id, f.company_id, g, 'document', d.id, 1 FROM (SELECT id, company_id, ROW_NUMBER() OVER (ORDER BY id) - 1 AS n "
        "FROM civic_workfile WHERE id = ANY(%s)) f, generate_series(1, 3) g, LATERAL (SELECT id FROM civic_document "
        "WHERE identifier = 'bench-' || (f.n * 3 + g)) d", files.ids))
    files._refresh_totals()
    return files
serial = itertools.count()
def prepare(count):
    # the server begins each request and each job with an empty cache, and with the statistics that autovacuum keeps
    files = make(f'K{next(serial)}-', count)
    env.cr.execute("ANALYZE civic_workfile, civic_workfile_entry, civic_workfile_code, civic_document, civic_journal_entry")
    env.cr.commit()
    env.invalidate_all()
    return files
def run(count):
    files = prepare(count)
    started = time.perf_counter()
    batch = env['civic.workfile.batch'].browse(files._start_batch()['res_id'])
    env.cr.commit()
    env.invalidate_all()
    while batch.state in ('waiting', 'running'):
        # what the worker does: a transaction for each step, which puts the next one in line
        batch._job_close()
        env.cr.commit()
        env.invalidate_all()
    elapsed = (time.perf_counter() - started) * 1000
    assert (batch.state, batch.done_count) == ('done', count), (batch.state, batch.done_count, batch.line_ids[:1].message)
    return elapsed / count
def run_singly(count):
    files = prepare(count)
    started = time.perf_counter()
    for file in files:
        file.action_close()
        env.cr.commit()
        env.invalidate_all()
    return (time.perf_counter() - started) * 1000 / count
run(50)
few, many = [], []
for _ in range(3):
    # by turns, so that what else the machine does, and how much the tables hold, touches each alike
    few += [run(50), run(50)]
    many.append(run(1000))
few += [run(50), run(50)]
print(json.dumps({'few': statistics.median(few), 'many': statistics.median(many), 'singly': run_singly(200)}))
"""


def _measure(bench: Bench, name: str, code: str) -> dict:
    odoo = bench.odoo()
    return json.loads(odoo.shell(bench.fresh(odoo, name), code.replace('REPEAT', str(max(bench.size['repeat'], 15)))))


@benchmark
def workfile_open(bench: Bench):
    times = _measure(bench, 'bench_workfile_open', OPEN_FILE)
    return [Result('workfile_open', "open a file of 5 000 documents, form and list, against one of 50",
                   times['ours'], times['floor'], 'ms', '<= 1.5')]


@benchmark
def workfile_tree(bench: Bench):
    times = _measure(bench, 'bench_workfile_tree', TREE)
    return [Result('workfile_tree', "a place of the tree with 1 000 children, against one with 10",
                   times['ours'], times['floor'], 'ms', '<= 1.5')]


@benchmark
def workfile_close(bench: Bench):
    times = _measure(bench, 'bench_workfile_close', CLOSE)
    return [
        Result('workfile_close', "one of 1 000 files closed in one act, against one of 50",
               times['many'], times['few'], 'ms', '<= 1.2'),
        Result('workfile_close_many', "one of 1 000 files closed in one act, against one closed singly",
               times['many'], times['singly'], 'ms', '<= 1')]
