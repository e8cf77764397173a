"""Give what arrives to a sandboxed process (see ``intake_child.py``) and take back what it made; plain Python.

Each task has a process and a folder of its own. Neither outlives the ``with`` block of the task.
"""
import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

CHILD = Path(__file__).with_name('intake_child.py')
MAX_ANSWER = 64 * 1024 * 1024
MAX_FILE = 1024 * 1024 * 1024
# Seconds of processor time and of wall time: while a person waits, and in the background.
INLINE_LIMITS = (60, 90)
JOB_LIMITS = (600, 900)
MAX_PIXELS = 200_000_000            # more than an A0 sheet at 300 dpi has
# Pictures that no browser shows: they are kept as they came, with a PDF beside them.
CONVERTED_PICTURES = ('image/tiff', 'image/heic', 'image/heif')


class IntakeFailed(Exception):
    """The task gave no result.

    :param str code: as :mod:`civic_document.tools.content` names problems, or 'too_deep' or 'too_many_parts'
    """

    def __init__(self, code, detail=''):
        super().__init__(f'{code} {detail}'.strip())
        self.code = code


@contextlib.contextmanager
def workplace():
    """Yield a folder for the files of a task."""
    with tempfile.TemporaryDirectory(prefix='civic-intake-') as folder:
        yield Path(folder)


def put(folder, raw_or_path, name):
    """Return the path of the bytes: the given one, or that of a copy in the folder under a name of our own."""
    if isinstance(raw_or_path, (bytes, bytearray, memoryview)):
        path = Path(folder) / name
        path.write_bytes(raw_or_path)
        return str(path)
    return str(raw_or_path)


def read_pages(folder, path, *, max_pages, limits=JOB_LIMITS):
    """Return `[{"codes": [text], "blank": bool}]`, one per page of the PDF."""
    return _run('pages', folder, limits, path=path, max_pages=max_pages)['pages']


def assemble(folder, sources, outputs, *, limits=INLINE_LIMITS):
    """Return the paths of PDFs made of pages of others: each output is a list of (source, first page, last page)."""
    answer = _run('assemble', folder, limits, sources=list(map(str, sources)), outputs=outputs)
    return [output['path'] for output in answer['outputs']]


def picture_to_pdf(folder, path, *, max_pages, limits=INLINE_LIMITS, max_pixels=MAX_PIXELS):
    """Return the path of a PDF with a page per frame of the picture."""
    return _run('picture', folder, limits, path=path, max_pages=max_pages, max_pixels=max_pixels)['path']


def read_mail(folder, path, *, max_parts, max_depth, max_total, limits=INLINE_LIMITS):
    """Return headers, body and files of a message, as the child's ``read_mail`` says."""
    return _run('mail', folder, limits, path=path, max_parts=max_parts, max_depth=max_depth, max_total=max_total)


def _run(action, folder, limits, **request):
    cpu_seconds, timeout = limits
    request.update(action=action, cpu_seconds=cpu_seconds, max_file=MAX_FILE)
    process = subprocess.Popen(
        [sys.executable, '-s', str(CHILD)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        cwd=tempfile.mkdtemp(prefix=f'{action}-', dir=folder), start_new_session=True,
        # nothing of the server's environment: no password, no address
        env={
            'PATH': os.environ.get('PATH', os.defpath), 'PYTHONPATH': os.pathsep.join(filter(None, sys.path)),
            'LC_ALL': 'C.UTF-8', 'PYTHONDONTWRITEBYTECODE': '1', 'OMP_THREAD_LIMIT': '1',
        },
    )
    try:
        output, _errors = process.communicate(json.dumps(request).encode(), timeout=timeout)
    except subprocess.TimeoutExpired:
        raise IntakeFailed('unreadable', 'no answer in time') from None
    finally:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)      # its own session: a renderer it started goes too
        process.wait()
        process.stdout.close()
    try:
        if len(output) > MAX_ANSWER:
            raise ValueError
        answer = json.loads(output)
    except ValueError:
        raise IntakeFailed('unreadable', 'the sandbox ended') from None
    if answer.get('problem'):
        raise IntakeFailed(answer['problem'], answer.get('detail', ''))
    return answer
