"""A private PostgreSQL cluster and real Odoo servers for what crosses modules.

Used by the story, the security matrix, the concurrency proofs and the benchmarks: each starts what it
needs on free loopback ports and stops what it started.  What runs is told by environment variables that
the ``civic`` command sets:

``CIVIC_PYTHON_ENV``        the Python of the Odoo environment (default: the running one)
``CIVIC_ODOO_START``        Odoo's start script
``CIVIC_ODOO_PYTHONPATH``   the directory that holds the ``odoo`` package
``CIVIC_ADDONS_PATH``       the add-on directories, separated by commas
``CIVIC_TEMPLATE``          a database with every add-on on the server of ``PGHOST`` …, its files in ``CIVIC_FILESTORE``
"""
from __future__ import annotations

import base64
import contextlib
import itertools
import json
import os
import pathlib
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

import psycopg2
import requests

ROOT = pathlib.Path(__file__).resolve().parent.parent
START_TIMEOUT = 180  # seconds a server may need to answer for the first time


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        return probe.getsockname()[1]


def postgresql_bin() -> pathlib.Path:
    """The directory of ``initdb`` and ``pg_ctl``: on the path, or the newest of Debian's."""
    if found := shutil.which('pg_ctl'):
        return pathlib.Path(found).parent
    candidates = sorted(pathlib.Path('/usr/lib/postgresql').glob('*/bin/pg_ctl'), key=lambda p: int(p.parts[-3]))
    if not candidates:
        raise RuntimeError("no PostgreSQL server programs found")
    return candidates[-1].parent


class Server:
    """The PostgreSQL server that ``PGHOST``, ``PGPORT``, ``PGUSER`` and ``PGPASSWORD`` name."""

    def __init__(self):
        self.port = int(os.environ.get('PGPORT', 5432))
        self.user, self.password = os.environ['PGUSER'], os.environ.get('PGPASSWORD', '')
        self.host = os.environ.get('PGHOST', '127.0.0.1')

    def connect(self, database: str = 'postgres'):
        connection = psycopg2.connect(
            host=self.host, port=self.port, user=self.user, password=self.password, dbname=database)
        connection.autocommit = True
        return connection

    def execute(self, query: str, params=(), *, database: str = 'postgres') -> list[tuple]:
        with contextlib.closing(self.connect(database)) as connection, connection.cursor() as cursor:
            cursor.execute(query, params)
            return cursor.fetchall() if cursor.description else []


class Cluster(Server):
    """A throw-away PostgreSQL cluster; ``durable`` keeps fsync on, for the proofs that kill it."""

    def __init__(self, *, durable: bool = False, max_connections: int = 300):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix='civic-pg-'))
        self.host, self.port, self.user, self.password = '127.0.0.1', free_port(), 'odoo', 'odoo'
        self.durable = durable
        self.max_connections = max_connections
        self.bin = postgresql_bin()
        self.owner = pwd.getpwnam('postgres') if os.geteuid() == 0 else None   # the server refuses to run as root
        if self.owner:
            os.chown(self.directory, self.owner.pw_uid, self.owner.pw_gid)
        self._run('initdb', '-D', self.data, '-U', 'odoo', '-A', 'trust', '-E', 'UTF8', '--locale=C.UTF-8', '--no-sync')
        settings = {
            'listen_addresses': "'127.0.0.1'", 'port': self.port, 'unix_socket_directories': f"'{self.directory}'",
            'max_connections': max_connections, 'shared_buffers': "'1GB'", 'work_mem': "'16MB'",
            'maintenance_work_mem': "'256MB'", 'max_wal_size': "'4GB'", 'random_page_cost': 1.1,
        }
        if not durable:
            settings.update(fsync='off', synchronous_commit='off', full_page_writes='off')
        with open(self.data / 'postgresql.conf', 'a', encoding='utf-8') as conf:
            conf.writelines(f"{key} = {value}\n" for key, value in settings.items())
        self.start()

    @property
    def data(self) -> pathlib.Path:
        return self.directory / 'data'

    def _run(self, program: str, *args) -> None:
        demote = None
        if self.owner:
            def demote():
                os.setgroups([])
                os.setgid(self.owner.pw_gid)
                os.setuid(self.owner.pw_uid)
        subprocess.run(
            [self.bin / program, *map(str, args)], check=True, preexec_fn=demote, cwd=self.directory,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL)

    def start(self) -> None:
        self._run('pg_ctl', 'start', '-w', '-t', '60', '-D', self.data, '-l', self.directory / 'log')

    def kill(self) -> None:
        """Kill -9 the postmaster and every backend, as a power cut would."""
        postmaster = int((self.data / 'postmaster.pid').read_text().split()[0])
        children = [int(pid) for pid in subprocess.run(
            ['ps', '--ppid', str(postmaster), '-o', 'pid='], capture_output=True, text=True, check=False).stdout.split()]
        for pid in (postmaster, *children):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline and any(pathlib.Path(f'/proc/{pid}').exists() for pid in (postmaster, *children)):
            time.sleep(0.1)

    def close(self) -> None:
        with contextlib.suppress(subprocess.CalledProcessError):
            self._run('pg_ctl', 'stop', '-m', 'immediate', '-D', self.data)
        shutil.rmtree(self.directory, ignore_errors=True)


class Odoo:
    """One Odoo installation: its configuration, databases and, when started, its server processes."""

    def __init__(self, cluster: Server, *, workers: int = 0, extra_addons: tuple[pathlib.Path, ...] = ()):
        self.cluster = cluster
        self.workers = workers
        self.port, self.gevent_port = free_port(), free_port()
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix='civic-odoo-'))
        self.log = self.directory / 'odoo.log'
        self.process: subprocess.Popen | None = None
        self.python = os.environ.get('CIVIC_PYTHON_ENV', sys.executable)
        self.script = os.environ['CIVIC_ODOO_START']
        self.env = {
            **os.environ, 'PYTHONPATH': os.environ['CIVIC_ODOO_PYTHONPATH'], 'PYTHONUNBUFFERED': '1',
            # Odoo takes these before its configuration file.
            'PGHOST': cluster.host, 'PGPORT': str(cluster.port), 'PGUSER': cluster.user, 'PGPASSWORD': cluster.password,
        }
        addons = ','.join([os.environ['CIVIC_ADDONS_PATH'], *map(str, extra_addons)])
        self.config = self.directory / 'odoo.conf'
        options = {
            'db_host': cluster.host, 'db_port': cluster.port, 'db_user': cluster.user, 'db_password': cluster.password,
            'db_maxconn': 64,
            'addons_path': addons, 'data_dir': self.directory / 'data', 'http_interface': '127.0.0.1',
            'http_port': self.port, 'gevent_port': self.gevent_port, 'workers': workers, 'max_cron_threads': 0,
            'server_wide_modules': 'base,rpc,web,queue_job', 'unaccent': True, 'list_db': True,
            'limit_time_cpu': 600, 'limit_time_real': 1200, 'limit_memory_soft': 0, 'limit_memory_hard': 0,
        }
        self.config.write_text('[options]\n' + ''.join(f"{key} = {value}\n" for key, value in options.items()))

    # === databases === #

    def run(self, *args: str, stdin: str | None = None, timeout: int = 1800) -> str:
        """Run one Odoo command to its end; its log is returned, a failure raises with the log's tail."""
        done = subprocess.run(
            [self.python, self.script, *args], env=self.env, input=stdin, capture_output=True, text=True,
            timeout=timeout, check=False, cwd=self.directory)
        output = done.stdout + done.stderr
        if done.returncode or 'Traceback (most recent call last)' in output:
            raise RuntimeError(f"odoo {' '.join(args)} failed:\n{output[-6000:]}")
        return output

    def install(self, database: str, *modules: str) -> str:
        return self.run('-c', str(self.config), '-d', database, '-i', ','.join(modules),
                        '--load-language=vi_VN', '--stop-after-init', '--workers=0')

    def shell(self, database: str, code: str) -> str:
        """Run Python with ``env`` in a committed transaction; what it prints is returned."""
        marker = '<<<civic>>>'
        output = self.run('shell', '-c', str(self.config), '-d', database, '--no-http', '--log-level=error',
                          stdin=f"print({marker!r})\n{code}\nenv.cr.commit()\nprint({marker!r})\n")
        return output.split(marker)[1].strip()

    @property
    def filestore(self) -> pathlib.Path:
        return self.directory / 'data' / 'filestore'

    def copy(self, source: str, target: str, *, filestore: pathlib.Path | None = None) -> None:
        """Copy a database that nobody has open, with its files (from another folder of filestores if given)."""
        self.cluster.execute(f'CREATE DATABASE "{target}" TEMPLATE "{source}"')
        files = (filestore or self.filestore) / source
        if files.exists():
            shutil.copytree(files, self.filestore / target)

    # === server === #

    def start(self, database: str) -> None:
        with self.log.open('ab') as log:
            self.process = subprocess.Popen(
                [self.python, self.script, '-c', str(self.config), '-d', database, f'--db-filter=^{database}$'],
                env=self.env, stdout=log, stderr=log, cwd=self.directory, start_new_session=True)
        deadline = time.monotonic() + START_TIMEOUT
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise RuntimeError(f"Odoo stopped at start:\n{self.log.read_text()[-4000:]}")
            with contextlib.suppress(OSError), urllib.request.urlopen(f'{self.url}/web/health', timeout=5) as answer:
                if answer.status == 200:
                    return
            time.sleep(0.3)
        raise RuntimeError(f"Odoo did not answer in {START_TIMEOUT} s:\n{self.log.read_text()[-4000:]}")

    @property
    def url(self) -> str:
        return f'http://127.0.0.1:{self.port}'

    def worker_pids(self) -> list[int]:
        """The pre-forked HTTP workers' process numbers (the event server excepted)."""
        listing = subprocess.run(['ps', '--ppid', str(self.process.pid), '-o', 'pid=,args='],
                                 capture_output=True, text=True, check=True).stdout
        return [int(line.split()[0]) for line in listing.splitlines() if 'gevent' not in line]

    def stop(self) -> None:
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()
        self.process = None

    def close(self) -> None:
        self.stop()
        shutil.rmtree(self.directory, ignore_errors=True)


class RpcError(Exception):
    """The server refused; ``name`` is the server-side exception class."""

    def __init__(self, error: dict):
        data = error.get('data') or {}
        self.name = data.get('name', '')
        super().__init__(data.get('message') or error.get('message'))


class Client:
    """A logged-in JSON-RPC session, as the web client holds one."""

    def __init__(self, url: str, database: str, login: str, password: str, *, timeout: int = 300):
        self.url, self.timeout = url, timeout
        self.session = requests.Session()
        self._ids = itertools.count()
        answer = self.json('/web/session/authenticate', db=database, login=login, password=password)
        self.uid = answer['uid']
        if not self.uid:
            raise RpcError({'message': f"log-in of {login} failed"})

    def json(self, path: str, **params):
        answer = self.session.post(self.url + path, timeout=self.timeout, json={
            'jsonrpc': '2.0', 'method': 'call', 'id': next(self._ids), 'params': params})
        answer.raise_for_status()
        body = answer.json()
        if 'error' in body:
            raise RpcError(body['error'])
        return body.get('result')

    def call(self, model: str, method: str, *args, **kwargs):
        return self.json(f'/web/dataset/call_kw/{model}/{method}', model=model, method=method, args=list(args), kwargs=kwargs)

    def csrf_token(self) -> str:
        """The token that form posts carry, taken from a page as the browser does."""
        page = self.session.get(f'{self.url}/odoo', timeout=self.timeout).text
        return page.split('csrf_token: "', 1)[1].split('"', 1)[0]

    def upload(self, path: str, files: list[tuple[str, bytes]], **fields) -> dict:
        answer = self.session.post(self.url + path, timeout=self.timeout, data={'csrf_token': self.csrf_token(), **fields},
                                   files=[('files', (name, raw)) for name, raw in files])
        answer.raise_for_status()
        return json.loads(answer.text)


def as_datas(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
