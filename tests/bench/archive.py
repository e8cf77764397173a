"""Keeping packages against the plain tools: checking against sha256sum, writing a verified copy against cp, importing holdings."""
from __future__ import annotations

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

from benchmarks import Bench, Result, benchmark

# A child per turn, so that start and memory of this process are not measured.
WORK = """
import hashlib, importlib.util, pathlib, resource, sys, time
act, tool, medium, source = sys.argv[1:]
spec = importlib.util.spec_from_file_location('store', tool)
store = importlib.util.module_from_spec(spec)
spec.loader.exec_module(store)
place = store.FileStore(medium)
names = sorted(pathlib.Path(source).iterdir())
digests = {} if act == 'check' else {path: hashlib.file_digest(path.open('rb'), 'sha256').hexdigest() for path in names}
started = time.perf_counter()
if act == 'check':
    for key in place.iter_keys():
        place.digest(key)
else:
    for path in names:
        place.write(f'new/{path.name}', path, sha256=digests[path])
        place.digest(f'new/{path.name}')
print(time.perf_counter() - started, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""
SIZES = {'small': (200 << 20, 20, 3), 'full': (2 << 30, 40, 5)}

# A small process between, since a child begins with the memory of the one that started it in its record.
READER = """
import resource, subprocess, sys
subprocess.run([sys.executable, '-s', *sys.argv[1:]], stdout=subprocess.DEVNULL, check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024)
"""

IMPORT = """
import base64, io, json, resource, subprocess, sys, tempfile, time
import openpyxl
from odoo.addons.civic_archive.tools.sheet import CHILD
keeper = env['res.users'].search([('login', '=', 'luutru.lt')])
env = env(user=keeper.id, context={'allowed_company_ids': keeper.company_id.ids, 'lang': 'vi_VN'})
fonds = env['civic.fonds'].search([('company_id', '=', keeper.company_id.id)], limit=1)
def brought(count, prefix):
    # every hundredth row has a day that is none: it stands in the report
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.append(['Mã hồ sơ', 'Tiêu đề hồ sơ', 'Thời gian bắt đầu', 'Thời gian kết thúc', 'Số tờ'])
    for n in range(count):
        day = '31/02/1990' if n % 100 == 99 else '01/02/1990'
        sheet.append([f'{prefix}.{n}', f'Hồ sơ về quy hoạch và xây dựng số {n}', day, '31/12/1991', n % 300])
    output = io.BytesIO()
    book.save(output)
    return env['civic.archive.import'].create({
        'name': 'bench.xlsx', 'file': base64.b64encode(output.getvalue()), 'fonds_id': fonds.id})
def take(one):
    # each batch in a transaction of its own, as the queue makes them; paused and resumed half-way
    count, started = 0, time.perf_counter()
    one.action_start()
    env.cr.commit()
    while one.state == 'running':
        one._job_import()
        env.cr.commit()
        env.invalidate_all()
        if one.state == 'running' and not count and one.next_row * 2 >= one.row_count:
            count = one.created_count
            one.action_pause()
            one.action_start()
    assert one.state == 'done' and one.created_count + one.problem_count == one.row_count, (one.state, one.created_count)
    assert one.problem_count == one.row_count // 100 == len(one.line_ids), one.problem_count
    return (time.perf_counter() - started) * 1000 / one.row_count
take(brought(200, 'W'))
few = take(brought(FEW, 'F'))
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
holdings = brought(MANY, 'M')
env.cr.commit()
env.invalidate_all()
started = time.perf_counter()
many = take(holdings)
seconds, memory = time.perf_counter() - started, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024
with tempfile.NamedTemporaryFile() as copy:
    copy.write(base64.b64decode(holdings.with_context(bin_size=False).file))
    copy.flush()
    reader = int(subprocess.check_output([sys.executable, '-c', READER, CHILD, copy.name, 'xlsx', str(MANY), '/dev/null']))
print(json.dumps({'few': few, 'many': many, 'seconds': seconds, 'memory': memory, 'reader': reader}))
"""


def run(act, tool, medium, source):
    done = subprocess.run([sys.executable, '-c', WORK, act, tool, str(medium), str(source)], capture_output=True, text=True, check=True)
    seconds, megabytes = done.stdout.split()
    return float(seconds), int(megabytes)


def timed(command):
    started = time.perf_counter()
    subprocess.run(command, shell=True, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started, 0


@benchmark
def archive_storage(bench: Bench):
    size, count, tries = SIZES['full' if bench.size['repeat'] == 100 else 'small']
    root = pathlib.Path(os.environ['CIVIC_ROOT'])
    tool = str(root / 'addons/civic_archive/tools/store.py')
    with tempfile.TemporaryDirectory(prefix='civic-bench-', dir=os.environ.get('CIVIC_DATA')) as folder:
        source, medium, empty, copy = (pathlib.Path(folder, name) for name in ('source', 'medium', 'empty', 'copy'))
        for path in (source, medium, empty):
            path.mkdir()
        for number in range(count):
            with open(source / f'aip-{number}.zip', 'wb') as stream:
                for _part in range(size // count >> 20):
                    stream.write(os.urandom(1 << 20))
        subprocess.run(f'cp -r {source}/. {medium}/', shell=True, check=True)
        times, memory = {}, []
        for _try in range(tries):
            for name, work in (
                ('sha256sum', lambda: timed(f'sha256sum {medium}/*')), ('check', lambda: run('check', tool, medium, source)),
                # what a verified copy must do at the least: copy, bring to the medium, read again
                ('cp', lambda: timed(f'rm -rf {copy}; cp -r {source} {copy} && sync -f {copy} && sha256sum {source}/* {copy}/*')),
                ('write', lambda: run('write', tool, empty, source)),
            ):
                if name == 'write':
                    subprocess.run(f'rm -rf {empty}/*', shell=True, check=True)
                seconds, megabytes = work()
                times[name] = min(seconds, times.get(name, seconds))
                memory.append(megabytes)
        what = f'{size >> 20} MB in {count} packages'
        return [
            Result('archive_fixity', f"check {what}, against sha256sum", times['check'], times['sha256sum'], 's', '<= 1.1'),
            Result('archive_copy', f"write and verify {what}, against cp, sync and sha256sum of both sides", times['write'], times['cp'],
                   's', '<= 1.1'),
            Result('archive_memory', "most memory of it, against 200 MB", max(memory), 200, 'MB', '<= 1'),
        ]


@benchmark
def archive_import(bench: Bench):
    odoo = bench.odoo()
    few, many = (10_000, 100_000) if bench.size['repeat'] == 100 else (1000, 5000)
    times = json.loads(odoo.shell(
        bench.fresh(odoo, 'bench_archive'), IMPORT.replace('FEW', str(few)).replace('MANY', str(many)).replace('READER', repr(READER))))
    return [
        Result('archive_import', f"one row of holdings (XLSX) of {many}, {times['seconds']:.0f} s in all, against one of {few}",
               times['many'], times['few'], 'ms', '<= 1.2'),
        Result('archive_import_memory', "memory that it takes more than the smaller one, against 200 MB", times['memory'], 200, 'MB',
               '<= 1'),
        Result('archive_import_reader', "memory of the process that reads the spreadsheet, against 200 MB", times['reader'], 200, 'MB',
               '<= 1'),
    ]
