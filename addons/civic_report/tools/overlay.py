"""Draw the stamp on the first page of a PDF or a picture, where nothing stands; plain Python.

The file comes from outside: it is opened in a child process (``overlay_child.py``) under limits of time and memory.
"""
import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from .stamp import write_qr, write_stamp

CHILD = Path(__file__).with_name('overlay_child.py')
TIMEOUT = 60
CORNERS = ('left', 'right')
MAX_OUTPUT = 512 * 1024 * 1024


class OverlayFailed(Exception):
    """The page could not be stamped: it is damaged, protected, too large, or ran into a limit."""

    def __init__(self, code):
        super().__init__(code)
        self.code = code


def stamp_file(source, stamp, *, corner='left', is_picture=False, timeout=TIMEOUT):
    """Return the stamped PDF and where the stamp stands.

    The bytes depend on nothing but the source and the stamp: the same again gives the same file.

    :param source: the path of the file, or its bytes
    :param stamp: :class:`stamp.Stamp`
    :param str corner: where to look first, 'left' or 'right', below what stands in the head of the page
    :return: bytes, {'x', 'y', 'width', 'height' in mm from the upper left, 'is_free', 'page_width', 'page_height'}
    :raises OverlayFailed: when it cannot be done
    """
    with tempfile.TemporaryDirectory(prefix='civic-stamp-') as folder:
        paths = {name: os.path.join(folder, name) for name in ('source', 'both', 'alone', 'qr', 'result')}
        if isinstance(source, (bytes, bytearray, memoryview)):
            Path(paths['source']).write_bytes(source)
        else:
            paths['source'] = os.fspath(source)
        with open(paths['both'], 'wb') as output:
            both = write_stamp(output, stamp)
        with open(paths['alone'], 'wb') as output:
            alone = write_stamp(output, stamp, with_qr=False)
        with open(paths['qr'], 'wb') as output:
            qr = write_qr(output, stamp.url) if stamp.url else None
        answer = _run({
            'paths': paths, 'folder': folder, 'corner': corner, 'is_picture': is_picture,
            'both': both, 'alone': alone, 'qr': qr,
        }, timeout)
        if 'error' in answer:
            raise OverlayFailed(answer['error'])
        return Path(paths['result']).read_bytes(), answer


def append_block(source, draw, *, size, margin=20, gap=6, page_height=297, is_picture=False, timeout=TIMEOUT):
    """Return the PDF with a block below what its last page bears, and where it stands.

    Where the page ends is seen in its picture, so that scans are treated like printed texts.

    :param source: the path of the file, or its bytes
    :param draw: ``draw(output)``: writes a PDF of one page of the size of the block
    :param size: (width, height) of the block in millimetres
    :param margin: kept free at the foot, and at the head of a new page; millimetres
    :param gap: between the end of the page and the block; millimetres
    :return: bytes, {'page' (from 1), 'y' (mm from the upper edge), 'is_new_page'}
    :raises OverlayFailed: when it cannot be done
    """
    with tempfile.TemporaryDirectory(prefix='civic-block-') as folder:
        paths = {name: os.path.join(folder, name) for name in ('source', 'block', 'result')}
        if isinstance(source, (bytes, bytearray, memoryview)):
            Path(paths['source']).write_bytes(source)
        else:
            paths['source'] = os.fspath(source)
        with open(paths['block'], 'wb') as output:
            draw(output)
        answer = _run({
            'paths': paths, 'folder': folder, 'block': size, 'margin': margin, 'gap': gap, 'page_height': page_height,
            'is_picture': is_picture}, timeout)
        if 'error' in answer:
            raise OverlayFailed(answer['error'])
        return Path(paths['result']).read_bytes(), answer


def _run(request, timeout):
    process = subprocess.Popen(
        [sys.executable, '-s', str(CHILD)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        cwd='/', start_new_session=True,
        # nothing of the server's environment: no password, no address
        env={
            'PATH': os.environ.get('PATH', os.defpath), 'PYTHONPATH': os.pathsep.join(filter(None, sys.path)),
            'LC_ALL': 'C.UTF-8', 'PYTHONDONTWRITEBYTECODE': '1', 'TMPDIR': request['folder'],
        })
    try:
        answer, _ = process.communicate(json.dumps({**request, 'max_output': MAX_OUTPUT}).encode(), timeout=timeout)
        return json.loads(answer)
    except subprocess.TimeoutExpired:
        raise OverlayFailed('timeout') from None
    except ValueError:
        raise OverlayFailed('limit') from None
    finally:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)      # its own session: the page reader it started goes too
        process.wait()
