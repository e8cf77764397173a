"""Benchmarks of reading: how much of a page is found, field by field, and what the form costs on top of tesseract."""
from __future__ import annotations

import contextlib
import json
import os
import pathlib
import statistics
import subprocess
import tempfile
import time

from benchmarks import PASSWORD, Bench, Result, benchmark

from harness import Client

PAPERS = {30: 64, 100: 200}             # by the size of the run
ROUNDS = {30: 7, 100: 15}
# What Decree 30/2020 fixes the place of. Floors: share of the papers on which the field is right, marks included. The
# seal lies over name and post of the signer; a misread mark makes a whole subject wrong.
FLOORS = {
    'text': dict.fromkeys(
        ('reference', 'issue_date', 'issuer', 'type', 'subject', 'signer_name', 'signer_position', 'urgency'), 0.95),
    'scan': {
        'reference': 0.85, 'issue_date': 0.9, 'issuer': 0.8, 'type': 0.9, 'subject': 0.75, 'signer_name': 0.75,
        'signer_position': 0.75, 'urgency': 0.95,
    },
}

# Papers of a seed that nobody looked at while the reading was written; types as the database knows them.
ACCURACY = """
import json
from odoo.addons.civic_records.tools import scans
from odoo.addons.civic_records.tools.accuracy import measure
print(json.dumps(measure(scans.samples(COUNT, SEED or scans.MEASURE_SEED), env['civic.document']._get_readable_types())))
"""


@benchmark
def reading(bench: Bench):
    """Share of right fields on generated papers, half with a text layer, half scanned badly."""
    odoo = bench.odoo()
    database = bench.fresh(odoo, 'bench_reading')
    code = ACCURACY.replace('COUNT', str(PAPERS[bench.size['repeat']])).replace('SEED or', f"{os.environ.get('CIVIC_BENCH_SEED', 0)} or")
    table = json.loads(odoo.shell(database, code))
    results = []
    print(f"  {'field':18} {'kind':5} {'right':>6} {'empty':>6} {'wrong':>6} {'of':>5}")
    for kind, fields in table.items():
        for name, (right, empty, wrong) in fields.items():
            total = right + empty + wrong
            print(f'  {name:18} {kind:5} {right:>6} {empty:>6} {wrong:>6} {total:>5}')
            results.append(Result(
                f'reading_{kind}_{name}', f"{name} right on papers, {kind} ({wrong} wrong, {empty} left empty)",
                right, total, 'papers', f'>= {FLOORS[kind][name]}'))
    return results


ONE_SCAN = """
import base64, json, random
from odoo.addons.civic_records.tools import scans
def one(seed):
    rng = random.Random(seed)
    sample = scans.make_sample(rng, is_scan=True, index=seed)
    while sample.layout['engine'] != 'papers':
        sample = scans.make_sample(rng, is_scan=True, index=seed)
    import dataclasses
    sample.paper = dataclasses.replace(sample.paper, body=scans._SENTENCES[:4])
    sample.scan = {'dpi': 300, 'mode': 'L', 'skew': 0.4, 'noise': 8, 'stamp': True, 'quality': 75}
    return sample.raw
print(json.dumps([base64.b64encode(one(seed)).decode() for seed in range(COUNT)]))
"""


@benchmark
def reading_scan(bench: Bench):
    """From the drop of a one-page scan to the filled draft, over HTTP and the job runner, against tesseract alone."""
    import base64
    odoo = bench.odoo()
    database = bench.fresh(odoo, 'bench_reading_scan')
    rounds = ROUNDS[bench.size['repeat']]
    scans = [base64.b64decode(raw) for raw in json.loads(odoo.shell(database, ONE_SCAN.replace('COUNT', str(rounds + 2))))]
    odoo.start(database)
    client = Client(odoo.url, database, 'vanthu', PASSWORD)
    token = client.csrf_token()

    def ours(raw):
        started = time.perf_counter()
        answer = client.session.post(
            f'{odoo.url}/civic/incoming/upload', data={'csrf_token': token}, files=[('files', ('scan.pdf', raw, 'application/pdf'))],
            timeout=120).json()
        [row] = answer['results']
        if not row['ok']:
            raise RuntimeError(row)
        uploaded = time.perf_counter() - started
        while True:
            cursor.execute("SELECT reading_state, suggestions IS NOT NULL FROM civic_document WHERE id = %s", [row['document_id']])
            state, is_filled = cursor.fetchone()
            if state in ('done', 'failed') or time.perf_counter() - started > 120:
                break
            time.sleep(0.01)
        if state != 'done' or not is_filled:
            raise RuntimeError(f"the scan was not read: {state}")
        return (time.perf_counter() - started) * 1000, uploaded * 1000

    def floor(raw):
        """The command alone, on the picture as it lies in the PDF, with the settings that the suite gives it."""
        with tempfile.TemporaryDirectory() as folder:
            pdf = pathlib.Path(folder, 'scan.pdf')
            pdf.write_bytes(raw)
            subprocess.run(['pdfimages', '-j', str(pdf), str(pdf.with_name('page'))], check=True)
            [picture] = pdf.parent.glob('page-*')
            started = time.perf_counter()
            subprocess.run(
                ['tesseract', str(picture), 'stdout', '-l', 'vie', '--dpi', '300', 'tsv'], check=True, capture_output=True,
                env={**os.environ, 'OMP_THREAD_LIMIT': '1'})
            return (time.perf_counter() - started) * 1000

    with contextlib.closing(odoo.cluster.connect(database)) as connection, connection.cursor() as cursor:
        times = [(*ours(raw), floor(raw)) for raw in scans][2:]
    odoo.stop()
    whole, uploaded, alone = (statistics.median(column) for column in zip(*times))
    print(f"  upload answered after {uploaded:.0f} ms")
    return [Result('reading_scan', "from the drop of a one-page scan to the filled draft, against tesseract alone on its picture",
                   whole, alone, 'ms', '<= 1.2')]
