"""Time stamps of RFC 3161: from a server, or from the demo authority in the same process; plain Python."""
import asyncio

import requests
from asn1crypto import keys as asn1_keys
from asn1crypto import tsp, x509
from cryptography.hazmat.primitives import serialization
from pyhanko.sign.timestamps import TimeStamper
from pyhanko.sign.timestamps.common_utils import TimestampRequestError
from pyhanko.sign.timestamps.dummy_client import DummyTimeStamper

from .demo_ca import to_der

TIMEOUT = 15
MAX_ANSWER = 256 * 1024


class StampFailed(Exception):
    """The time stamp authority gave no usable stamp; ``code`` is 'unreachable' or 'refused'."""

    def __init__(self, code, detail=''):
        super().__init__(detail or code)
        self.code = code


class HttpStamper(TimeStamper):
    """Ask a server, with limits of time and size.

    :param str url: address of the authority
    :param tuple auth: user and password, if it asks for them
    """

    def __init__(self, url, auth=None):
        super().__init__()
        self._url, self._auth = url, auth

    async def async_request_tsa_response(self, req):
        headers = {'Content-Type': 'application/timestamp-query', 'Accept': 'application/timestamp-reply'}
        try:
            with requests.post(
                self._url, req.dump(), headers=headers, auth=self._auth, timeout=TIMEOUT, allow_redirects=False,
                stream=True,
            ) as response:
                raw = response.raw.read(MAX_ANSWER + 1, decode_content=True)
                kind, status = response.headers.get('Content-Type', ''), response.status_code
        except (requests.RequestException, OSError) as error:
            raise StampFailed('unreachable', type(error).__name__) from None
        if status != 200 or not kind.startswith('application/timestamp-reply') or len(raw) > MAX_ANSWER:
            raise StampFailed('unreachable', f'HTTP {status}')
        return tsp.TimeStampResp.load(raw)


def make_demo_stamper(holder, moment=None):
    """Return the stamper of the demo authority.

    :param holder: :class:`demo_ca.Holder` of its certificate
    :param datetime moment: the time it tells, for tests; the present by default
    """
    private = asn1_keys.PrivateKeyInfo.load(holder.key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    return DummyTimeStamper(
        x509.Certificate.load(to_der(holder.certificate)), private,
        certs_to_embed=[x509.Certificate.load(der) for der in holder.chain_der[:-1]], fixed_dt=moment)


def stamp(stamper, digest):
    """Return the token for a SHA-256 digest, as bytes in DER.

    :raises StampFailed:
    """
    try:
        token = asyncio.run(stamper.async_timestamp(digest, 'sha256'))
        return token.dump()
    except TimestampRequestError as error:
        raise StampFailed('refused', str(error)[:200]) from None
    except (ValueError, KeyError, TypeError) as error:
        raise StampFailed('refused', f'{type(error).__name__}: {error}'[:200]) from None
