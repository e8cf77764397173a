"""tools/front.py: one address, the websocket to the event server, everything else to the workers."""
import contextlib
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

import harness

FRONT = Path(__file__).resolve().parent.parent / 'tools' / 'front.py'


def _echo(name):
    """A server that answers each connection with its name and the number of bytes it was sent."""
    listener = socket.create_server(('127.0.0.1', 0))

    def serve():
        with contextlib.suppress(OSError):
            while True:
                connection, _address = listener.accept()
                with connection:
                    size = 0
                    while chunk := connection.recv(1 << 16):
                        size += len(chunk)
                    connection.sendall(f'{name} {size}'.encode())
    threading.Thread(target=serve, daemon=True).start()
    return listener


@pytest.fixture(scope='module')
def front(tmp_path_factory):
    workers, events = _echo('workers'), _echo('events')
    configuration = tmp_path_factory.mktemp('front') / 'odoo.conf'
    configuration.write_text(
        f'[options]\nhttp_port = {workers.getsockname()[1]}\ngevent_port = {events.getsockname()[1]}\n')
    port = harness.free_port()
    with subprocess.Popen([sys.executable, FRONT, str(port), configuration]) as process:
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError), socket.create_connection(('127.0.0.1', port), 1):
                break
            time.sleep(0.1)
        yield port
        process.terminate()
    workers.close()
    events.close()


def _ask(port, sent):
    with socket.create_connection(('127.0.0.1', port), 20) as connection:
        connection.sendall(sent)
        connection.shutdown(socket.SHUT_WR)
        answer = b''
        while chunk := connection.recv(1 << 16):
            answer += chunk
    return answer.decode()


@pytest.mark.parametrize('sent, answer', [
    (b'GET /odoo HTTP/1.1\r\n\r\n', 'workers 22'),
    (b'GET /websocket?version=19.0-2 HTTP/1.1\r\n\r\n', 'events 42'),
    (b'POST /websocket/peek_notifications HTTP/1.1\r\n\r\n', 'workers 47'),
])
def test_the_first_line_decides(front, sent, answer):
    assert _ask(front, sent) == answer


def test_a_large_upload_arrives_whole(front):
    sent = b'POST /civic/incoming/upload HTTP/1.1\r\n\r\n' + b'x' * 20_000_000
    assert _ask(front, sent) == f'workers {len(sent)}'


def test_a_silent_connection_does_not_stop_the_others(front):
    with socket.create_connection(('127.0.0.1', front), 5):
        assert _ask(front, b'GET / HTTP/1.1\r\n\r\n').startswith('workers')
