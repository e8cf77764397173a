"""Lists of outgoing documents: what waits for a signature, and documents on long routes."""
from __future__ import annotations

import json

from benchmarks import Bench, Result, benchmark

# Documents on a route of several steps, each as far as its last one, without the minutes that PDFs and people would take.
PREPARE = """
import ast, json, statistics, time
from odoo.fields import Command, Datetime
leader = env['res.users'].search([('login', '=', 'lanhdao')])
specialist = env['res.users'].search([('login', '=', 'chuyenvien')])
company = leader.company_id
leaders = env['civic.document'].with_user(leader).with_context(
    allowed_company_ids=company.ids, lang='vi_VN', tz='Asia/Ho_Chi_Minh')
route = env['civic.route'].create({
    'name': "Sáu bước", 'company_id': company.id, 'direction': 'outgoing', 'version_ids': [Command.create({'step_ids': [
        Command.create({'name': f"Bước {number + 1}", 'kind': kind, 'sequence': 10 * (number + 1), 'actor': 'field',
                        'actor_field': 'signer_id'})
        for number, kind in enumerate(
            ('content_check', 'opinion', 'format_check', 'opinion', 'approve', 'sign'))]})]})
steps = route.version_ids.step_ids.sorted('sequence')
def make(count, marker, signer=leader):
    documents = env['civic.document'].with_user(specialist).with_company(company).with_context(
        tracking_disable=True, mail_create_nolog=True).create([{
            'direction': 'outgoing', 'drafter_id': specialist.id,
            'type_id': env.ref('civic_document.civic_document_type_kh').id, 'subject': f'{marker} {number}',
            'body': 'Nội dung', 'access_level': 'agency', 'signer_id': signer.id,
        } for number in range(count)]).sudo()
    now = Datetime.now()
    cases = env['civic.route.case'].create([{
        'document_id': document.id, 'company_id': company.id, 'version_id': steps[0].version_id.id, 'route_id': route.id,
        'state': 'running', 'round': 1, 'started_by_id': specialist.id, 'started_at': now,
    } for document in documents])
    env['civic.route.task'].create([{
        'case_id': case.id, 'document_id': case.document_id.id, 'company_id': company.id, 'step_id': step.id, 'kind': step.kind,
        'round': 1,
        'state': 'open' if step == steps[-1] else 'done', 'opened_at': now, 'user_ids': [Command.set(signer.ids)],
        **({} if step == steps[-1] else {'acted_by_id': signer.id, 'done_at': now}),
    } for case in cases for step in steps])
    documents._write_by_system({'state': 'to_sign'})
    env.flush_all()
    return documents
# The web client's question: the rows with the fields of the view, and how many there are.
def get_specification(view, kind):
    names = leaders.get_view(env.ref(view).id, kind)['models']['civic.document']
    return {name: {'fields': {'display_name': {}}} if leaders._fields[name].relational else {} for name in names}
def measure(people, domain, specification):
    # by turns, so that what else the machine does touches each alike
    times, lengths = {person: [] for person in people}, {}
    for _ in range(REPEAT + 3):
        for person in people:
            env.invalidate_all()
            started = time.perf_counter()
            answer = leaders.with_user(person).web_search_read(domain, specification, limit=40, count_limit=10001)  # a page of cards
            times[person].append((time.perf_counter() - started) * 1000)
            assert len(answer['records']) == 40, len(answer['records'])
            lengths[person] = answer['length']
    return [(statistics.median(times[person][3:]), lengths[person]) for person in people]
def count_statements(work):
    env.invalidate_all()
    before = env.cr.sql_log_count
    work()
    return env.cr.sql_log_count - before
"""

TO_SIGN = PREPARE + """
domain = ast.literal_eval(env.ref('civic_outgoing.civic_document_action_to_sign').domain)
specification = get_specification('civic_outgoing.civic_document_view_kanban_to_sign', 'kanban')
deputy = leader.copy({'login': 'pholanhdao', 'name': "Phó lãnh đạo"})
for person, wanted in ((deputy, FEW), (leader, MANY)):
    missing = wanted - leaders.with_user(person).search_count(domain)
    for start in range(0, missing, 500):
        make(min(500, missing - start), 'Chờ ký', person)
env.cr.execute('ANALYZE')
(few, few_length), (many, many_length) = measure([deputy, leader], domain, specification)
env.cr.rollback()
assert (few_length, many_length) == (FEW, MANY), (few_length, many_length)
print(json.dumps({'few': few, 'many': many}))
"""

ROUTE_LIST = PREPARE + """
specification = get_specification('civic_outgoing.civic_document_view_list_outgoing', 'list')
specification.update(holder_summary={})
documents = make(80, 'Sáu bước')
def show(some):
    leaders.browse(some.ids).web_read(specification)
show(documents)
found = {'few': count_statements(lambda: show(documents[:8])), 'many': count_statements(lambda: show(documents))}
env.cr.rollback()
print(json.dumps(found))
"""


@benchmark
def to_sign(bench: Bench):
    odoo = bench.odoo()
    code = TO_SIGN.replace('MANY', '5000').replace('FEW', '50').replace('REPEAT', str(bench.size['repeat']))
    times = json.loads(odoo.shell(bench.fresh(odoo, 'bench_to_sign'), code))
    return [Result('to_sign', "the leader opens the first page of 5 000 papers to sign, against 50",
                   times['many'], times['few'], 'ms', '<= 1.5')]


@benchmark
def route_list(bench: Bench):
    odoo = bench.odoo()
    found = json.loads(odoo.shell(bench.fresh(odoo, 'bench_route_list'), ROUTE_LIST))
    return [Result('route_list', "statements for a list of 80 documents on a route of 6 steps, against 8",
                   found['many'], found['few'], 'statements', '= 1')]
