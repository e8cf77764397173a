"""Sending over HTTP in chunks that can be resumed; plain Python.

begin → ask for the offset → chunks → complete → receipt. Each step may be repeated: the key of the delivery makes
the other side know it again.
"""
import time
from urllib.parse import urlsplit

import requests

from .protocol import PATH, TransportError

TIMEOUT = (15, 300)                 # seconds to connect, and between two signs of life
ANSWER_BYTES = 8 * 1024 * 1024
DEFAULT_CHUNK = 8 * 1024 * 1024
LARGEST_CHUNK = 32 * 1024 * 1024
SMALLEST_CHUNK = 64 * 1024
LATER = {408, 423, 425, 429, 500, 502, 503, 504, 507}


class HttpTransport:
    """The way to one partner.

    :param str url: base address of the partner's server
    :param str token: what the partner gave us
    :param session: a :class:`requests.Session`, or what stands in for one
    """

    has_receipts = True

    def __init__(self, url, token, session=None):
        parts = urlsplit(url or '')
        if parts.scheme not in ('http', 'https') or not parts.hostname or parts.username:
            raise TransportError('bad_address', url)
        self._base = url.rstrip('/') + PATH
        self._token = token or ''
        self._session = session or requests.Session()

    def hello(self):
        """Return what the partner says about itself; ``skew`` is how far its clock is from ours, in seconds."""
        before = time.time()
        answer = self._ask('GET', '')
        after = time.time()
        try:
            skew = float(answer['time']) - (before + after) / 2
        except (KeyError, TypeError, ValueError):
            raise TransportError('no_civic_server') from None
        return {**answer, 'skew': skew if abs(skew) > after - before else 0.0}

    def send(self, declaration, open_part, *, on_progress, deadline):
        """Send as much as there is time for.

        :param open_part: called with a number, returns the part as an open binary file
        :param on_progress: called with the bytes that arrived so far; what it returns as true stops the sending
        :param float deadline: by the monotonic clock
        :return: ('receipt', receipt), ('accepted', None) when the receipt comes later, ('more', None) when the time
            is over, or ('stopped', None)
        :raises TransportError:
        """
        begun = self._ask('POST', '/deliveries', json=declaration.to_dict())
        if begun.get('receipt'):
            return 'receipt', begun['receipt']
        path, chunk = self._get_path(begun), self._get_chunk_size(begun)
        done = 0
        for number, part in enumerate(declaration.parts):
            offset = self._get_offset(path, number, part.size)
            with open_part(number) as source:
                while offset < part.size:
                    if on_progress(done + offset):
                        return 'stopped', None
                    if time.monotonic() > deadline:
                        return 'more', None
                    source.seek(offset)
                    block = source.read(min(chunk, part.size - offset))
                    if not block:
                        raise TransportError('payload_changed', part.name)
                    offset = self._put(path, number, offset, block, part.size)
            done += part.size
        on_progress(done)
        return self._finish(self._ask('POST', f'{path}/complete'))

    def fetch_receipt(self, declaration):
        """Ask for the receipt of what was accepted: like :meth:`send` when all has arrived."""
        begun = self._ask('POST', '/deliveries', json=declaration.to_dict())
        if begun.get('receipt'):
            return 'receipt', begun['receipt']
        if begun.get('state') == 'receiving':       # it was not right: its parts are wanted again
            return 'more', None
        return 'accepted', None

    def cancel(self, declaration):
        """Tell the partner to forget what has come so far."""
        begun = self._ask('POST', '/deliveries', json=declaration.to_dict())
        if begun.get('receipt'):
            raise TransportError('already_received')
        self._ask('DELETE', self._get_path(begun))

    # === PARTS OF IT === #

    def _get_path(self, begun):
        uuid = begun.get('id')
        if not isinstance(uuid, str) or not uuid.isalnum():
            raise TransportError('no_civic_server')
        return f'/deliveries/{uuid}'

    def _get_chunk_size(self, begun):
        size = begun.get('chunk_size')
        if not isinstance(size, int):
            size = DEFAULT_CHUNK
        return min(max(size, SMALLEST_CHUNK), LARGEST_CHUNK)

    def _get_offset(self, path, number, size):
        response = self._request('HEAD', f'{path}/parts/{number}')
        return self._read_offset(response, size)

    def _put(self, path, number, offset, block, size):
        """Send one chunk and return the new offset, which the other side says."""
        response = self._request(
            'PUT', f'{path}/parts/{number}', data=block, allow=(409,),
            headers={'Upload-Offset': str(offset), 'Content-Type': 'application/octet-stream'})
        found = self._read_offset(response, size)
        if response.status_code < 400 and found <= offset:
            raise TransportError('no_civic_server', f'offset {found}')
        return found

    def _read_offset(self, response, size):
        offset = response.headers.get('Upload-Offset', '')
        if not offset.isdigit() or int(offset) > size:
            raise TransportError('no_civic_server', 'no offset')
        return int(offset)

    def _finish(self, answer):
        if answer.get('receipt'):
            return 'receipt', answer['receipt']
        if answer.get('state') == 'verifying':
            return 'accepted', None
        raise TransportError('no_civic_server', 'no receipt')

    def _ask(self, method, path, **options):
        response = self._request(method, path, **options)
        try:
            value = response.json() if len(response.content) <= ANSWER_BYTES else None
        except (ValueError, RecursionError):
            value = None
        if not isinstance(value, dict):
            raise TransportError('no_civic_server', f'HTTP {response.status_code}')
        return value

    def _request(self, method, path, *, headers=None, allow=(), **options):
        try:
            response = self._session.request(
                method, self._base + path, timeout=TIMEOUT, allow_redirects=False,
                headers={'Authorization': f'Bearer {self._token}', **(headers or {})}, **options)
        except requests.exceptions.SSLError as error:
            raise TransportError('bad_certificate', error, retry=True) from None
        except requests.exceptions.Timeout as error:
            raise TransportError('timeout', error, retry=True) from None
        except requests.exceptions.RequestException as error:
            raise TransportError('unreachable', error, retry=True) from None
        status = response.status_code
        if status < 300 or status in allow:
            return response
        raise self._to_error(response)

    def _to_error(self, response):
        status, code, detail = response.status_code, None, ''
        if 'json' in response.headers.get('Content-Type', '') and len(response.content) <= ANSWER_BYTES:
            try:
                value = response.json()
                code, detail = value.get('error'), str(value.get('message') or '')
            except (ValueError, AttributeError, RecursionError):
                code = None
        if not isinstance(code, str) or not code.isidentifier() or len(code) > 40:
            code = 'server_error' if status >= 500 else 'no_civic_server'
        after = response.headers.get('Retry-After', '')
        # A part that arrived wrong is sent again by itself; a server that is being set up may answer anything.
        retry = status in LATER or code in ('hash_mismatch', 'incomplete', 'busy')
        return TransportError(
            code, detail or f'HTTP {status}', retry=retry, after=min(int(after), 86400) if after.isdigit() else 0)
