"""Run one program as a sandboxed child; started by :mod:`inspector`, never imported by Odoo.

It reads one JSON request per line from standard input and answers one JSON object per line, under limits of memory,
processor time and file size and without the server's environment, so that a hostile file can at worst end this
process. Neither it nor the program may import anything of Odoo or of an add-on.

The program is a file that says ``ADDRESS_SPACE``, ``DATA_SEGMENT``, ``FILE_SIZE`` and ``IDLE_SECONDS``, and has two
functions: ``answer(request)`` and ``fail(error)``, which puts into an answer what a library throws at a hostile file.
"""
import importlib.util
import json
import os
import resource
import select
import signal
import sys


def load(path):
    """Return the module in the file; its folder stays out of the import path: its names must shadow no library."""
    spec = importlib.util.spec_from_file_location('civic_child_program', path)
    program = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = program
    spec.loader.exec_module(program)
    return program


def set_limit(kind, value):
    hard = resource.getrlimit(kind)[1]
    resource.setrlimit(kind, (value if hard == resource.RLIM_INFINITY else min(value, hard), hard))


def limit(program):
    for kind, value in (
        (resource.RLIMIT_AS, program.ADDRESS_SPACE), (resource.RLIMIT_DATA, program.DATA_SEGMENT),
        (resource.RLIMIT_FSIZE, program.FILE_SIZE), (resource.RLIMIT_CORE, 0), (resource.RLIMIT_NOFILE, 128),
    ):
        set_limit(kind, value)


def limit_time(cpu_seconds):
    """Allow so many more seconds of processor time."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    set_limit(resource.RLIMIT_CPU, int(used.ru_utime + used.ru_stime) + cpu_seconds + 1)


def main(path):
    program = load(path)
    limit(program)
    parent = os.getppid()
    signal.signal(signal.SIGINT, signal.SIG_IGN)      # Ctrl-C ends the server, and with it our input
    while True:
        ready, _, _ = select.select([sys.stdin.buffer], [], [], program.IDLE_SECONDS)
        line = sys.stdin.buffer.readline() if ready else b''
        if not line or os.getppid() != parent:
            return
        try:
            request = json.loads(line)
            limit_time(request['cpu_seconds'])
            result = program.answer(request)
        except Exception as error:      # MemoryError and RecursionError among them
            result = program.fail(error)
        sys.stdout.write(json.dumps(result) + '\n')
        sys.stdout.flush()


if __name__ == '__main__':
    sys.path.pop(0)                     # the folder of this file
    main(sys.argv[1])
