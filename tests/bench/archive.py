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

IMPORT = """
import base64, io, json, time
from odoo.addons.civic_archive.models import civic_archive_import
keeper = env['res.users'].search([('login', '=', 'luutru.lt')])
env = env(user=keeper.id, context={'allowed_company_ids': keeper.company_id.ids, 'lang': 'vi_VN'})
fonds = env['civic.fonds'].search([('company_id', '=', keeper.company_id.id)], limit=1)
def brought(count, prefix):
    lines = ['Mã hồ sơ;Tiêu đề hồ sơ;Thời gian bắt đầu;Thời gian kết thúc;Số tờ']
    lines += [f'{prefix}.{n};Hồ sơ về quy hoạch và xây dựng số {n};01/02/1990;31/12/1991;{n % 300}' for n in range(count)]
    return env['civic.archive.import'].create({
        'name': 'bench.csv', 'file': base64.b64encode('\\n'.join(lines).encode()), 'fonds_id': fonds.id})
def take(one):
    started = time.perf_counter()
    one._write_state(state='running')
    one._read_file()
    while one._import_batch():
        env.cr.commit()
        env.invalidate_all()
    env.cr.commit()
    assert one.created_count == one.row_count and not one.problem_count, (one.created_count, one.problem_count)
    return (time.perf_counter() - started) * 1000 / one.row_count
take(brought(200, 'W'))
print(json.dumps({'few': take(brought(FEW, 'F')), 'many': take(brought(MANY, 'M'))}))
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
        bench.fresh(odoo, 'bench_archive'), IMPORT.replace('FEW', str(few)).replace('MANY', str(many))))
    return [Result('archive_import', f"one row of holdings of {many}, against one of {few}", times['many'], times['few'], 'ms', '<= 1.2')]
