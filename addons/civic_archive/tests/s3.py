"""Object storage for tests: moto's server, a process of its own that speaks S3 over HTTP, in the environment that CIVIC_S3_PYTHON names."""
import contextlib
import os
import socket
import subprocess
import sys
import sysconfig
import time
import unittest
from pathlib import Path

PYTHON = os.environ.get('CIVIC_S3_PYTHON')
BUCKET = 'kho-luu-tru'


def need_client():
    """Have boto3 importable: from this environment, or from that of the server."""
    if not PYTHON:
        raise unittest.SkipTest("CIVIC_S3_PYTHON names no environment with moto and boto3; ./civic test makes it")
    place = Path(PYTHON).parent.parent / Path(sysconfig.get_path('purelib')).relative_to(sys.prefix)
    if str(place) not in sys.path:
        sys.path.append(str(place))


def free_port():
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        return probe.getsockname()[1]


class S3Server:
    """``port`` stays from start to start; what was in the buckets does not: the server keeps it in memory."""

    def __init__(self):
        need_client()
        self.port, self.process = free_port(), None
        self.endpoint = f'http://127.0.0.1:{self.port}'

    def start(self, **environment):
        self.process = subprocess.Popen(
            [PYTHON, '-m', 'moto.server', '-H', '127.0.0.1', '-p', str(self.port)], env={**os.environ, **environment},
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError), socket.create_connection(('127.0.0.1', self.port), 1):
                self.client().create_bucket(Bucket=BUCKET)
                return
            time.sleep(0.1)
        raise RuntimeError("the S3 server did not start")

    def client(self):
        import boto3
        return boto3.client(
            's3', endpoint_url=self.endpoint, aws_access_key_id='key', aws_secret_access_key='secret', region_name='us-east-1')

    def stop(self):
        """Kill it, as a power cut would."""
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process = None
