"""Ask a sandboxed process about a file (see ``inspector_child.py``); plain Python.

One child is kept per server process: starting it loads the format signatures, which takes longer than most files.
It is ended and started anew whenever it does not answer in time, so a file can cost seconds, but never a worker.
"""
import contextlib
import json
import logging
import os
import selectors
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

_logger = logging.getLogger(__name__)

RUNNER = Path(__file__).with_name('child.py')
PROGRAM = Path(__file__).with_name('inspector_child.py')
MAX_ANSWER = 64 * 1024 * 1024


class InspectionFailed(Exception):
    """The sandbox gave no answer: the file ran into a limit."""


class Inspector:
    """A child process and the lock that gives it to one thread at a time.

    :param program: path of what answers (see ``child.py``)
    """

    def __init__(self, program=PROGRAM):
        self._program = program
        self._lock = threading.Lock()
        self._process = None
        self._owner = None
        self._buffer = b''

    def ask(self, request, *, timeout):
        """Return the child's answer to the request.

        :raises InspectionFailed: when it dies or does not answer within ``timeout`` seconds
        """
        line = json.dumps(request).encode() + b'\n'
        with self._lock:
            for attempt in (1, 2):
                process = self._start()
                try:
                    process.stdin.write(line)
                    process.stdin.flush()
                    break
                except BrokenPipeError:                # it had gone to rest between two requests
                    self._stop()
                    if attempt == 2:
                        raise InspectionFailed("the sandbox does not start") from None
            try:
                answer = self._read_line(time.monotonic() + timeout)
            except InspectionFailed:
                self._stop()
                raise
        return json.loads(answer)

    def close(self):
        with self._lock:
            self._stop()

    def _start(self):
        if self._owner != os.getpid():                  # a forked worker must not share its parent's pipes
            self._process = None
            self._owner = os.getpid()
        if self._process is not None and self._process.poll() is not None:
            self._stop()
        if self._process is None:
            self._buffer = b''
            self._process = subprocess.Popen(
                [sys.executable, '-s', str(RUNNER), str(self._program)],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                cwd='/', start_new_session=True,
                # Nothing of the server's environment: no password, no address. One Go thread is enough.
                env={
                    'PATH': os.environ.get('PATH', os.defpath), 'PYTHONPATH': os.pathsep.join(filter(None, sys.path)),
                    'LC_ALL': 'C.UTF-8', 'GOMAXPROCS': '1', 'PYTHONDONTWRITEBYTECODE': '1',
                },
            )
        return self._process

    def _stop(self):
        process, self._process, self._buffer = self._process, None, b''
        if process is None:
            return
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)      # its own session: a text extractor it started goes too
        process.wait()
        process.stdin.close()
        process.stdout.close()

    def _read_line(self, deadline):
        stdout = self._process.stdout
        with selectors.DefaultSelector() as selector:
            selector.register(stdout, selectors.EVENT_READ)
            chunks, size = [self._buffer], len(self._buffer)
            while b'\n' not in chunks[-1]:
                left = deadline - time.monotonic()
                if left <= 0 or not selector.select(left):
                    raise InspectionFailed("no answer in time")
                chunk = os.read(stdout.fileno(), 1 << 20)
                size += len(chunk)
                if not chunk or size > MAX_ANSWER:
                    raise InspectionFailed("the sandbox ended")
                chunks.append(chunk)
        line, _, self._buffer = b''.join(chunks).partition(b'\n')
        return line


inspector = Inspector()
