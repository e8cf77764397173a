"""Small servers that stand in for a time stamp authority and a remote signing service; plain Python.

They speak the protocols of the real ones (RFC 3161; Cloud Signature Consortium API, version 2), so that tests and
demonstrations run the same client. Start one from a shell::

    with demo_server.serve(demo_server.TimestampHandler, stamper) as url: …
"""
import base64
import contextlib
import hmac
import json
import secrets
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from asn1crypto import tsp
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, utils

from .keys import OID_SHA256, OID_SHA256_RSA

MAX_BODY = 64 * 1024


class _Handler(BaseHTTPRequestHandler):

    timeout = 10

    def log_message(self, *args):
        """Say nothing: the log is the server's that started us."""

    def _read_body(self):
        length = int(self.headers.get('Content-Length') or 0)
        return self.rfile.read(length) if 0 < length <= MAX_BODY else b''

    def _send(self, status, kind, body):
        self.send_response(status)
        self.send_header('Content-Type', kind)
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class TimestampHandler(_Handler):
    """A time stamp authority over HTTP; the server's subject is the stamper."""

    def do_POST(self):
        try:
            request = tsp.TimeStampReq.load(self._read_body())
            answer = self.server.subject.request_tsa_response(request).dump()
        except (ValueError, TypeError):
            return self._send(400, 'text/plain', b'no time stamp request')
        return self._send(200, 'application/timestamp-reply', answer)


class RemoteSigner:
    """The accounts of the signing service: credentials with their PIN, and the tokens of those who may ask.

    :param dict credentials: {credential id: (:class:`demo_ca.Holder`, PIN)}
    :param str token: bearer token of the service's customer
    """

    def __init__(self, credentials, token):
        self.credentials = credentials
        self.token = token
        self.authorised = {}                    # one-time authorisations: SAD -> (credential, hashes)

    def answer(self, method, values):
        """Return (HTTP status, answer)."""
        credential = self.credentials.get(values.get('credentialID'))
        if credential is None:
            return 400, {'error': 'invalid_request', 'error_description': "Invalid parameter credentialID"}
        methods = {
            'credentials/info': self._info, 'credentials/authorize': self._authorize, 'signatures/signHash': self._sign,
        }
        if method not in methods:
            return 404, {'error': 'invalid_request', 'error_description': "Unknown method"}
        return methods[method](values, *credential)

    def _info(self, _values, holder, _pin):
        ders = [holder.der, *holder.chain_der]
        return 200, {
            'key': {'status': 'enabled', 'algo': ['1.2.840.113549.1.1.1', OID_SHA256_RSA], 'len': holder.key.key_size},
            'cert': {'status': 'valid', 'certificates': [base64.b64encode(der).decode() for der in ders]},
            'auth': {'mode': 'explicit'}, 'multisign': 1,
        }

    def _authorize(self, values, _holder, pin):
        if not hmac.compare_digest(str(values.get('PIN') or ''), pin):
            return 400, {'error': 'invalid_pin', 'error_description': "The PIN is wrong"}
        sad = secrets.token_urlsafe(24)
        self.authorised[sad] = (values['credentialID'], tuple(values.get('hashes') or ()))
        return 200, {'SAD': sad, 'expiresIn': 300}

    def _sign(self, values, holder, _pin):
        hashes_given = tuple(values.get('hashes') or ())
        granted = self.authorised.pop(values.get('SAD'), None)
        if granted != (values['credentialID'], hashes_given) or not hashes_given:
            return 400, {'error': 'invalid_request', 'error_description': "Invalid parameter SAD"}
        if values.get('hashAlgorithmOID') != OID_SHA256 or values.get('signAlgo') != OID_SHA256_RSA:
            return 400, {'error': 'invalid_request', 'error_description': "Unsupported algorithm"}
        signatures = [
            holder.key.sign(base64.b64decode(item), padding.PKCS1v15(), utils.Prehashed(hashes.SHA256()))
            for item in hashes_given]
        return 200, {'signatures': [base64.b64encode(item).decode() for item in signatures]}


class RemoteSigningHandler(_Handler):
    """The signing service over HTTP; the server's subject is a :class:`RemoteSigner`."""

    def do_POST(self):
        service = self.server.subject
        if not hmac.compare_digest(self.headers.get('Authorization', ''), f'Bearer {service.token}'):
            return self._answer(401, {'error': 'invalid_token'})
        try:
            values = json.loads(self._read_body())
            status, answer = service.answer(self.path.removeprefix('/csc/v2/'), values)
        except (ValueError, TypeError, KeyError, AttributeError):
            status, answer = 400, {'error': 'invalid_request'}
        return self._answer(status, answer)

    def _answer(self, status, answer):
        self._send(status, 'application/json', json.dumps(answer).encode())


@contextlib.contextmanager
def serve(handler, subject):
    """Serve on a free port of this machine and yield the address."""
    server = ThreadingHTTPServer(('127.0.0.1', 0), handler)
    server.subject = subject
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f'http://127.0.0.1:{server.server_port}'
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
