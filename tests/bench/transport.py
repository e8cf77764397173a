"""Sending to another server against a bare upload of the same bytes, and the memory that takes."""
from __future__ import annotations

import http.server
import json
import os
import pathlib
import socketserver
import subprocess
import tempfile
import threading
import time

import requests
from benchmarks import Bench, Result, benchmark

from harness import Odoo, Server

MB = 1024 * 1024
SETUP = """
import json
company = env['res.company'].create({'name': "Trung tâm Lưu trữ lịch sử"})
channel = env['civic.channel'].create({'name': "Sở Nội vụ", 'company_id': company.id})
print(json.dumps([channel.id, channel._make_token()]))
"""
# What a sending server does with one delivery, in a process of its own.
SENDER = """
import base64, json, os, resource, sys, time
sys.path.insert(0, %(addons)r)
from civic_transport_tools import http, protocol, receipt
size, sha256, _sha1 = protocol.measure(%(path)r)
transport = http.HttpTransport(%(url)r, %(token)r)
hello = transport.hello()
verifier = {'Ed25519': receipt.Ed25519Verifier(base64.b64decode(hello['public_key']))}
declaration = protocol.Declaration(key=%(key)r, kind='test', parts=(protocol.Part('a.zip', size, sha256),))
started = time.perf_counter()
outcome, signed = transport.send(
    declaration, lambda number: open(%(path)r, 'rb'), on_progress=lambda done: False, deadline=time.monotonic() + 3600)
assert outcome == 'receipt', outcome
receipt.check(receipt.read(signed, verifier), declaration)
print(json.dumps([time.perf_counter() - started, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss]))
"""


class _Bare(http.server.BaseHTTPRequestHandler):
    """Takes a PUT and writes it to a file, made durable: no less can be done."""

    def do_PUT(self):  # noqa: N802
        left = int(self.headers['Content-Length'])
        with open(self.server.target, 'wb') as output:
            while left and (block := self.rfile.read(min(left, 1024 * 1024))):
                output.write(block)
                left -= len(block)
            output.flush()
            os.fsync(output.fileno())
        self.send_response(201)
        self.end_headers()

    def log_message(self, *args):
        pass


def _peak(pid: int) -> int:
    """The largest memory (kB) that the process ever had."""
    for line in pathlib.Path(f'/proc/{pid}/status').read_text().splitlines():
        if line.startswith('VmHWM'):
            return int(line.split()[1])
    return 0


@benchmark
def transport(bench: Bench):
    """Goals: not more than three times a bare upload, which verifies nothing; memory that does not grow with the size."""
    size = {'small': 256, 'full': 2048}['full' if bench.size['many'] > 100_000 else 'small']
    template, database = os.environ['CIVIC_TEMPLATE'], 'bench_transport'
    odoo = Odoo(Server())           # no demo city: nothing of it is used
    odoo.cluster.execute(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')
    odoo.copy(template, database, filestore=pathlib.Path(os.environ['CIVIC_FILESTORE']))
    with tempfile.TemporaryDirectory() as folder:
        package = pathlib.Path(folder, 'civic_transport_tools')
        package.symlink_to(pathlib.Path(__file__).resolve().parents[2] / 'addons' / 'civic_transport' / 'tools')
        try:
            _channel, token = json.loads(odoo.shell(database, SETUP))
            odoo.start(database)
            # the peak is reset by writing 5; what the server needs to start is no part of the figure
            _send(odoo, folder, token, 8, 'warm')
            pathlib.Path(f'/proc/{odoo.process.pid}/clear_refs').write_text('5')
            _send(odoo, folder, token, 16, 'few')
            few = _peak(odoo.process.pid)
            pathlib.Path(f'/proc/{odoo.process.pid}/clear_refs').write_text('5')
            took, sender = _send(odoo, folder, token, size, 'many')
            many = _peak(odoo.process.pid)
        finally:
            odoo.close()
            odoo.cluster.execute(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')
        bare = _send_bare(folder, size)
    return [
        Result('transport', f"send {size} MB in pieces, verify, store and sign the receipt, against a bare PUT",
               took, bare, 's', '<= 3'),
        Result('transport_memory', f"peak memory of the receiving server, {size} MB against 16 MB",
               many / 1024, few / 1024, 'MB', '<= 1.1'),
        Result('transport_sender_memory', "peak memory of the sending process, against 200 MB", sender / 1024, 200, 'MB', '<= 1'),
    ]


def _make_file(folder: str, size: int) -> str:
    path = os.path.join(folder, f'{size}.bin')
    if not os.path.exists(path):
        with open(path, 'wb') as output:
            for _number in range(size):
                output.write(os.urandom(MB))
    return path


def _send(odoo, folder: str, token: str, size: int, key: str) -> tuple[float, int]:
    done = subprocess.run(
        [odoo.python, '-c', SENDER % {
            'addons': folder, 'path': _make_file(folder, size), 'url': odoo.url, 'token': token, 'key': key}],
        capture_output=True, text=True, check=False, env=odoo.env)
    if done.returncode:
        raise RuntimeError(done.stderr[-3000:])
    took, memory = json.loads(done.stdout)
    return took, memory


def _send_bare(folder: str, size: int) -> float:
    path = _make_file(folder, size)
    with socketserver.TCPServer(('127.0.0.1', 0), _Bare) as server:
        server.target = os.path.join(folder, 'bare')
        threading.Thread(target=server.serve_forever, daemon=True).start()
        started = time.perf_counter()
        with open(path, 'rb') as source:
            requests.put(f'http://127.0.0.1:{server.server_address[1]}/x', data=source, timeout=600).raise_for_status()
        took = time.perf_counter() - started
        server.shutdown()
    return took
