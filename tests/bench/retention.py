"""Retention of many files after a change of the schedule, against one plain UPDATE of the same rows."""
from __future__ import annotations

import json

from benchmarks import Bench, Result, benchmark

RECOMPUTE = """
import json, statistics, time
company = env['res.users'].search([('login', '=', 'luutru')]).company_id
rules = env['civic.retention.rule']
old = rules.search([('code', '=', 'TT10-05')])
line = env['civic.file.plan.line'].create({
    'plan_id': env['civic.file.plan'].create({'company_id': company.id, 'year': 2999}).id, 'notation': '01.B', 'title': 'B',
    'retention_rule_ids': [(6, 0, old.ids)]})
env.flush_all()
env.cr.execute('''
    INSERT INTO civic_workfile (company_id, year, notation, title, state, plan_line_id, user_id, delivery_class, medium, access_level,
                                date_start, date_end, create_uid, create_date, write_uid, write_date)
    SELECT %s, 2999, n || '.B', 'Hồ sơ ' || n, 'closed', %s, 2, 'general', 'electronic', 'agency',
           '2023-03-01', '2023-03-01'::date + (n %% 900)::int, 2, now(), 2, now()
      FROM generate_series(1, SIZE) n''', [company.id, line.id])
env.cr.commit()
# VACUUM between the turns: neither side pays for the rows that the other left behind
def vacuum():
    env.cr.commit()
    env.cr._cnx.autocommit = True
    env.cr.execute('VACUUM (ANALYZE) civic_workfile')
    env.cr._cnx.autocommit = False
def timed(work):
    vacuum()
    started = time.perf_counter()
    changed = work()
    env.cr.commit()
    return time.perf_counter() - started, changed
env['civic.workfile']._recompute_retention()
def ours(rule):
    # another rule for the class: every file gets another date
    env.cr.execute('UPDATE civic_file_plan_line_retention_rule_rel SET rule_id = %s WHERE line_id = %s', [rule.id, line.id])
    return env['civic.workfile']._recompute_retention()
def floor():
    env.cr.execute('''UPDATE civic_workfile SET retention_until = retention_until + 1, retention_rule_id = %s,
        retention_state = 'dated', retention_anchor = date_end, retention_rule_count = 1 WHERE plan_line_id = %s''', [old.id, line.id])
    return env.cr.rowcount
times = {'ours': [], 'floor': []}
for turn in range(3):
    for name, work in (('ours', lambda: ours(rules.search([('code', '=', 'TT10-06')]))), ('floor', floor)):
        spent, changed = timed(work)
        assert changed >= SIZE, (name, changed)
        times[name].append(spent)
print(json.dumps({name: statistics.median(values) for name, values in times.items()}))
"""


@benchmark
def recompute_retention(bench: Bench):
    odoo = bench.odoo()
    size = bench.size['many']
    times = json.loads(odoo.shell(bench.fresh(odoo, 'bench_retention'), RECOMPUTE.replace('SIZE', str(size))))
    return [Result('recompute_retention', f"retention of {size} files computed anew, against one UPDATE of the same rows",
                   times['ours'], times['floor'], 's', '<= 2')]
