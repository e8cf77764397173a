"""Run one program on a file from outside, within limits; plain Python.

The program gets a session of its own, so that whatever it started ends with it, and nothing of the server's
environment. Limits are set by ``prlimit`` (util-linux) and not between fork and exec: the server has threads.
"""
import contextlib
import os
import selectors
import shutil
import signal
import subprocess
import time

MIB = 1024 * 1024
MEMORY = 1536 * MIB
FILE_SIZE = 512 * MIB
ENVIRONMENT = {'PATH': os.environ.get('PATH', os.defpath), 'LC_ALL': 'C.UTF-8'}


class ProgramFailed(Exception):
    """The program gave no usable answer; ``code`` is 'missing', 'timeout', 'too_large' or 'crash'."""

    def __init__(self, code, detail=''):
        super().__init__(detail or code)
        self.code = code


def run(command, *, timeout, memory=MEMORY, max_output=64 * MIB, environment=None, cwd='/'):
    """Return what the command writes to standard output.

    :param list command: program and arguments
    :param timeout: seconds of wall time, and of processor time
    :raises ProgramFailed: if it is missing, breaks, or runs into a limit; all its processes are gone then
    """
    program, limiter = shutil.which(command[0]), shutil.which('prlimit')
    if not program or not limiter:
        raise ProgramFailed('missing', command[0] if limiter else 'prlimit')
    seconds = max(1, int(timeout) + 1)
    process = subprocess.Popen(
        [
            limiter, f'--as={memory}', f'--cpu={seconds}', f'--fsize={FILE_SIZE}', '--core=0', '--nofile=256', '--',
            program, *command[1:],
        ],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=cwd, start_new_session=True,
        env={**ENVIRONMENT, **(environment or {})},
    )
    try:
        output = _read_all(process, time.monotonic() + timeout, max_output)
        process.wait()
    finally:
        # the group outlives its leader: a program may have left children behind
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.stdout.close()
        process.wait()
    if process.returncode == -signal.SIGXCPU:
        raise ProgramFailed('timeout')
    if process.returncode:
        raise ProgramFailed('crash', f'{command[0]}: {process.returncode}')
    return output


def _read_all(process, deadline, max_output):
    chunks, size = [], 0
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        while True:
            left = deadline - time.monotonic()
            if left <= 0 or not selector.select(left):
                raise ProgramFailed('timeout')
            chunk = os.read(process.stdout.fileno(), MIB)
            if not chunk:
                return b''.join(chunks)
            size += len(chunk)
            if size > max_output:
                raise ProgramFailed('too_large')
            chunks.append(chunk)
