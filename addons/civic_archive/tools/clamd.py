"""Ask a ClamAV daemon about a file (INSTREAM of clamd's protocol); plain Python."""
import contextlib
import socket
import struct

CHUNK = 256 * 1024
MAX_ANSWER = 4096


class ScanFailed(Exception):
    """The scanner gave no verdict; ``code`` is 'unreachable', 'too_large' or 'error'."""

    def __init__(self, code, detail=''):
        super().__init__(detail or code)
        self.code = code


def _connect(address, timeout):
    if address.startswith('/'):
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.settimeout(timeout)
        connection.connect(address)
        return connection
    host, _colon, port = address.rpartition(':')
    return socket.create_connection((host or '127.0.0.1', int(port)), timeout)


def _ask(address, command, stream=None, timeout=600):
    try:
        with _connect(address, timeout) as connection:
            connection.sendall(b'z' + command + b'\0')
            if stream is not None:
                # a daemon that has had enough answers and closes: its answer says why
                with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                    while chunk := stream.read(CHUNK):
                        connection.sendall(struct.pack('!L', len(chunk)) + chunk)
                    connection.sendall(struct.pack('!L', 0))
            answer = b''
            while not answer.endswith(b'\0') and len(answer) < MAX_ANSWER:
                part = connection.recv(MAX_ANSWER)
                if not part:
                    break
                answer += part
    except (OSError, ValueError) as error:
        raise ScanFailed('unreachable', str(error)) from None
    return answer.rstrip(b'\0').decode('utf-8', 'replace').strip()


def version(address, timeout=10):
    """Return the version of engine and signatures, as the daemon says it."""
    answer = _ask(address, b'VERSION', timeout=timeout)
    if not answer:
        raise ScanFailed('error', 'no answer')
    return answer


def scan(address, stream, timeout=600):
    """Return the name of what was found in the stream, or ''.

    :param str address: ``host:port``, or the path of a socket
    :raises ScanFailed: without a verdict nothing counts as clean
    """
    answer = _ask(address, b'INSTREAM', stream, timeout)
    if answer.endswith(' FOUND'):
        return answer.removesuffix(' FOUND').partition(': ')[2] or answer
    if answer.endswith(': OK'):
        return ''
    raise ScanFailed('too_large' if 'size limit' in answer.lower() else 'error', answer[:200] or 'no answer')
