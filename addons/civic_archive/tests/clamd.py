"""A ClamAV daemon for tests: the protocol of clamd's INSTREAM, with one signature: the test string of EICAR."""
import socketserver
import struct
import threading
from contextlib import contextmanager

EICAR = b'X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-' + b'STANDARD-ANTIVIRUS-TEST-FILE!$H+H*'


class _Handler(socketserver.StreamRequestHandler):

    def handle(self):
        command = b''
        while not command.endswith(b'\0'):
            command += self.rfile.read(1)
        if command == b'zVERSION\0':
            self.wfile.write(b'ClamAV 1.4.3/27500/Fri Nov 27 08:00:00 2026\0')
            return
        if command != b'zINSTREAM\0':
            self.wfile.write(b'UNKNOWN COMMAND\0')
            return
        data = b''
        while True:
            [length] = struct.unpack('!L', self.rfile.read(4))
            if not length:
                break
            data += self.rfile.read(length)
            if len(data) > self.server.limit:
                self.wfile.write(b'INSTREAM size limit exceeded. ERROR\0')
                return
        self.wfile.write(b'stream: Eicar-Test-Signature FOUND\0' if EICAR in data else b'stream: OK\0')


@contextmanager
def clamd(limit=100_000_000):
    """Serve on a free port of the loopback; yield its address."""
    server = socketserver.ThreadingTCPServer(('127.0.0.1', 0), _Handler)
    server.daemon_threads = True
    server.limit = limit
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield '127.0.0.1:%s' % server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
