"""Information packages against the plain tools on the same files: sha256sum and cp, and bagit (Python).

Everything runs in processes of its own, started anew; both sides read files that were just written, and each measure is
the best of some tries, alternating, so that a busy machine touches both alike.
"""
from __future__ import annotations

import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import time

import benchmarks
from benchmarks import Bench, Result, benchmark

HERE = pathlib.Path(__file__).resolve().parent
ADDONS = HERE.parents[1] / 'addons'
SIZES = {'small': (200 << 20, 500, (4_000, 8_000), 2), 'full': (2 << 30, 5_000, (70_000, 200_000), 3)}
LARGE = 4_300 << 20     # more than 32 bits can count

WORK = """
import datetime, pathlib, resource, sys, time
from civic_package.tools import cli
from civic_package.tools.convert import sip_to_aip
from civic_package.tools.writer import ZONE, Document, File, Package, build
task, source, target = sys.argv[1:4]
when = datetime.datetime(2026, 6, 12, tzinfo=ZONE)
started = time.perf_counter()
if task in ('build', 'submit'):
    values = {'typeName': '22', 'issuedDate': '03/02/2026', 'organName': 'UBND', 'subject': 'Về việc đo', 'language': '01',
              'numberOfPage': '1', 'mode': '01', 'confidenceLevel': '01', 'process': '0'}
    codes = {'arcFileCode': 'TTLT.H29.1.2026.05'}
    if task == 'submit':
        values.update(riskRecovery='0', maintenance='01')
        codes = {'fileCode': 'H29.1.2026.05', 'confidenceLevel': '01'}
    paths = sorted(pathlib.Path(source).iterdir())
    package = Package('SIP_hoso' if task == 'submit' else 'AIP_hoso', {
        **codes, 'title': 'Đo', 'maintenance': '01', 'mode': '01', 'language': '01', 'startDate': '01/01/2026',
        'endDate': '31/12/2026', 'totalDoc': str(len(paths)), 'numberOfPaper': '0', 'numberOfPage': str(len(paths)),
        'riskRecovery': '0'}, (Document(values, [File(path)]) for path in paths), created=when, fonds='G09')
    build(package, target)
elif task == 'ingest':
    sip_to_aip(source, target, when=when, archive_code='TTLT')       # it validates first
else:
    code = cli.main(['validate', target])
    assert code == 0, code
print(time.perf_counter() - started, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""

EXTRACT = """
import pathlib, sys
from civic_package.tools.sources import extract, open_source
size, source, target = sys.argv[1:4]
with open_source(target) as package:
    folder = extract(package, pathlib.Path(target).parent / 'unpacked')
found = next(folder.glob('representations/rep1/data/*'))
assert found.stat().st_size == int(size), found.stat().st_size
print(0, 0)
"""

BAGIT = """
import bagit, sys, time, logging
logging.disable(logging.CRITICAL)
task, source, target = sys.argv[1:4]
if task == 'build':
    import shutil
    started = time.perf_counter()
    shutil.copytree(source, target)
    bagit.make_bag(target, checksums=['sha256'])
else:
    started = time.perf_counter()
    bagit.Bag(target).validate()
print(time.perf_counter() - started, 0)
"""


def run(code, *arguments):
    """Seconds and megabytes of a task in a process of its own."""
    import importlib.util
    places = [str(ADDONS), str(pathlib.Path(importlib.util.find_spec('eark_validator').origin).parents[1])]
    environment = {'PATH': os.environ['PATH'], 'PYTHONPATH': os.pathsep.join(places), 'PYTHONDONTWRITEBYTECODE': '1'}
    output = subprocess.run(
        [sys.executable, '-c', code, *map(str, arguments)], check=True, capture_output=True, text=True, env=environment).stdout
    seconds, megabytes = map(float, output.split()[-2:])
    return seconds, megabytes


def plain(source, target):
    """sha256sum of all files, and a copy of them."""
    started = time.perf_counter()
    with open(target.with_suffix('.sha256'), 'wb') as sums:
        subprocess.run(['find', '.', '-type', 'f', '-exec', 'sha256sum', '{}', '+'], cwd=source, stdout=sums, check=True)
    subprocess.run(['cp', '-r', str(source), str(target)], check=True)
    return time.perf_counter() - started


def make_files(folder, count, size):
    """Files of different lengths that do not compress."""
    folder.mkdir()
    chance = random.Random(1)
    block = chance.randbytes(1 << 20)
    for number in range(count):
        length = max(1, int(size / count * chance.uniform(0.2, 1.8)))
        with open(folder / f'{number:06d}.pdf', 'wb') as stream:
            stream.write(number.to_bytes(8, 'big'))
            while length > 0:
                start = chance.randrange(1 << 16)
                stream.write(block[start:start + min(length, len(block) - start)])
                length -= len(block) - start
    os.sync()
    return folder


def fresh(target):
    if target.is_dir():
        shutil.rmtree(target)
    else:
        target.unlink(missing_ok=True)
    return target


@benchmark
def packages(bench: Bench):
    size, count, many, tries = SIZES['full' if bench.size is benchmarks.SIZES['full'] else 'small']
    with tempfile.TemporaryDirectory(prefix='civic-bench-', dir=os.environ.get('CIVIC_DATA')) as folder:
        place = pathlib.Path(folder)
        source = make_files(place / 'files', count, size)
        zip_file, bag, copy, sip, kept = (place / name for name in ('aip.zip', 'bag', 'copy', 'sip.zip', 'kept.zip'))
        run(WORK, 'submit', source, sip)
        times, memory = {}, []
        for _try in range(tries):
            for name, work in (
                ('floor', lambda: (plain(source, fresh(copy)), 0)), ('build', lambda: run(WORK, 'build', source, fresh(zip_file))),
                ('validate', lambda: run(WORK, 'validate', source, zip_file)), ('bag', lambda: run(BAGIT, 'build', source, fresh(bag))),
                ('check', lambda: run(BAGIT, 'validate', source, bag)), ('ingest', lambda: run(WORK, 'ingest', sip, fresh(kept))),
            ):
                seconds, megabytes = work()
                times[name] = min(seconds, times.get(name, seconds))
                memory.append(megabytes)
        for path in (source, zip_file, bag, copy, sip, kept):
            fresh(path)
        what = f'{size >> 20} MB in {count} files'
        results = [
            Result('package_build', f"build an AIP of {what}, against sha256sum and cp", times['build'], times['floor'], 's', '<= 1.3'),
            Result('package_validate', "validate it, against sha256sum and cp", times['validate'], times['floor'], 's', '<= 1.5'),
            Result('package_ingest', "validate a SIP of it, make the AIP, against sha256sum and cp", times['ingest'], times['floor'], 's',
                   '<= 1.5'),
            Result('package_build_bagit', "build it, against bagit copying and making a bag", times['build'], times['bag'], 's', '<= 1'),
            Result('package_validate_bagit', "validate it, against bagit's validation", times['validate'], times['check'], 's', '<= 1'),
            Result('package_bagit', "build and validate, against bagit doing both", times['build'] + times['validate'],
                   times['bag'] + times['check'], 's', '<= 1'),
            Result('package_memory', "most memory of all that, against 200 MB", max(memory), 200, 'MB', '<= 1'),
        ]
        return results + many_small_files(place, *many)


def many_small_files(place, few, many):
    """Per file, 200 000 cost what 70 000 cost; and the memory of it."""
    times, memory = {}, 0
    for count in (few, many):
        source = make_files(place / f'files{count}', count, count * 2_000)
        target = place / f'{count}.zip'
        for task in ('build', 'validate'):
            times[task, count], megabytes = run(WORK, task, source, target)
            memory = max(memory, megabytes)
        for path in (source, target):
            fresh(path)
    return [
        *(Result(f'package_{task}_many', f"{task}: per file among {many}, against one among {few}",
                 times[task, many] / many * 1000, times[task, few] / few * 1000, 'ms', '<= 1.3') for task in ('build', 'validate')),
        Result('package_memory_many', f"most memory with {many} small files, against 200 MB", memory, 200, 'MB', '<= 1'),
    ]


@benchmark
def package_zip64(bench: Bench):
    """A file that 32 bits cannot count, of zeros: built, validated and unpacked, against reading, hashing and copying it."""
    with tempfile.TemporaryDirectory(prefix='civic-bench-', dir=os.environ.get('CIVIC_DATA')) as folder:
        place = pathlib.Path(folder)
        source, target = place / 'files', place / 'aip.zip'
        source.mkdir()
        with open(source / 'film.mp4', 'wb') as stream:
            stream.truncate(LARGE)
        floor = plain(source, place / 'copy')
        times = {task: run(WORK, task, source, target) for task in ('build', 'validate')}
        fresh(place / 'copy')
        started = time.perf_counter()
        run(EXTRACT, str(LARGE), source, target)
        times['extract'] = time.perf_counter() - started, 0
    what = f'an AIP with one file of {LARGE >> 20} MB'
    return [
        *(Result(f'package_zip64_{task}', f"{task} {what}, against sha256sum and cp", times[task][0], floor, 's', '<= 1.5')
          for task in ('build', 'validate', 'extract')),
        Result('package_zip64_memory', "most memory of it, against 200 MB", max(memory for _seconds, memory in times.values()), 200, 'MB',
               '<= 1'),
    ]
