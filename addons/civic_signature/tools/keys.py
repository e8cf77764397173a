"""Where the private key is: in a PKCS#12 file, in a token or HSM, or with a remote signing service; plain Python.

Every source answers the same two questions: which certificate, and what is the signature of these bytes. The caller
hands over the secret that opens the key (PIN, password) for one act; no source keeps it.
"""
import base64
import contextlib
import hashlib
import json
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import requests
from asn1crypto import algos, x509
from pyhanko.sign.signers.pdf_cms import ExternalSigner, SimpleSigner
from pyhanko_certvalidator.registry import SimpleCertificateStore

TIMEOUT = 30                        # seconds to connect, and between two pieces of the answer
MAX_ANSWER = 1024 * 1024
OID_SHA256 = '2.16.840.1.101.3.4.2.1'
OID_SHA256_RSA = '1.2.840.113549.1.1.11'
OID_SHA256_ECDSA = '1.2.840.10045.4.3.2'


class KeyFailed(Exception):
    """The key cannot be used; ``code`` is one of 'wrong_pin', 'missing', 'unreachable', 'refused', 'unusable'."""

    def __init__(self, code, detail=''):
        super().__init__(detail or code)
        self.code = code


@dataclass(frozen=True)
class CertificateInfo:
    """What stands in a certificate, for people and for lists. Moments are aware, in UTC."""

    holder: str
    organisation: str
    unit: str
    email: str
    issuer: str
    serial: str
    valid_from: object
    valid_to: object
    fingerprint: str
    der: bytes = field(repr=False, default=b'')
    chain: tuple = field(repr=False, default=())


def read_certificate(der, chain=()):
    """Return what stands in a certificate.

    :param bytes der: the certificate in DER
    :param chain: certificates above it, in DER
    :raises KeyFailed: 'unusable' when the bytes are no certificate
    """
    try:
        certificate = x509.Certificate.load(der)
        subject, issuer = certificate.subject.native, certificate.issuer.native
        validity = certificate['tbs_certificate']['validity'].native
        emails = [str(name.native) for name in certificate.subject_alt_name_value or () if name.name == 'rfc822_name']
    except (ValueError, TypeError, KeyError) as error:
        raise KeyFailed('unusable', str(error)[:200]) from None
    return CertificateInfo(
        holder=_first(subject, 'common_name', 'organization_name'),
        organisation=_first(subject, 'organization_name'),
        unit=_first(subject, 'organizational_unit_name'),
        email=emails[0] if emails else _first(subject, 'email_address'),
        issuer=_first(issuer, 'common_name', 'organization_name'),
        serial=format(certificate.serial_number, 'X'),
        valid_from=validity['not_before'],
        valid_to=validity['not_after'],
        fingerprint=hashlib.sha256(certificate.dump()).hexdigest(),
        der=certificate.dump(),
        chain=tuple(chain),
    )


def load_certificates(raw):
    """Return the certificates of a PEM or DER file, in DER.

    :raises KeyFailed: 'unusable'
    """
    from asn1crypto import pem

    try:
        if pem.detect(raw):
            found = [der for kind, _headers, der in pem.unarmor(raw, multiple=True) if kind == 'CERTIFICATE']
        else:
            found = [raw]
        for der in found:
            read_certificate(der)
    except (ValueError, TypeError) as error:
        raise KeyFailed('unusable', str(error)[:200]) from None
    if not found:
        raise KeyFailed('unusable', "no certificate")
    return found


def _first(names, *keys):
    for key in keys:
        value = names.get(key)
        if value:
            return value[0] if isinstance(value, list) else str(value)
    return ''


def _store(ders):
    store = SimpleCertificateStore()
    store.register_multiple([x509.Certificate.load(der) for der in ders])
    return store


class Pkcs12Key:
    """A key in a PKCS#12 file, opened by its password."""

    def __init__(self, raw, password):
        self._signer = self._load(raw, password)

    @staticmethod
    def _load(raw, password):
        from cryptography.hazmat.primitives import serialization
        from cryptography.hazmat.primitives.serialization import pkcs12

        try:
            key, certificate, others = pkcs12.load_key_and_certificates(raw, (password or '').encode())
        except ValueError as error:
            # the library says "Invalid password or PKCS12 data" for both
            code = 'wrong_pin' if 'password' in str(error).lower() else 'unusable'
            raise KeyFailed(code, str(error)[:200]) from None
        if key is None or certificate is None:
            raise KeyFailed('unusable', "no key or no certificate")
        from asn1crypto import keys

        encode = serialization.Encoding.DER
        private = keys.PrivateKeyInfo.load(key.private_bytes(
            encode, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
        return SimpleSigner(
            signing_cert=x509.Certificate.load(certificate.public_bytes(encode)), signing_key=private,
            cert_registry=_store(other.public_bytes(encode) for other in others))

    @property
    def certificate(self):
        return self._signer.signing_cert.dump()

    @property
    def chain(self):
        return [certificate.dump() for certificate in self._signer.cert_registry]

    @contextlib.contextmanager
    def open(self):
        """Give the signer of pyHanko for as long as it is needed."""
        yield self._signer


class Pkcs11Key:
    """A key in a token or HSM, reached through the library of its maker.

    :param str module: path of the PKCS#11 library
    :param str token: label of the token
    :param str key_label: label of key and certificate in it
    :param str pin: the user's PIN
    :param chain: certificates above, in DER; tokens often lack them
    """

    def __init__(self, module, token, key_label, pin, chain=()):
        self._module, self._token, self._key_label, self._pin = module, token, key_label, pin
        self._chain = list(chain)
        self._certificate = None

    @property
    def certificate(self):
        if self._certificate is None:
            with self.open() as signer:
                self._certificate = signer.signing_cert.dump()
        return self._certificate

    @property
    def chain(self):
        return list(self._chain)

    @contextlib.contextmanager
    def open(self):
        import pkcs11
        from pyhanko.sign.pkcs11 import PKCS11Signer, TokenCriteria, open_pkcs11_session

        try:
            session = open_pkcs11_session(
                self._module, token_criteria=TokenCriteria(label=self._token), user_pin=self._pin)
        except pkcs11.exceptions.PinIncorrect:
            raise KeyFailed('wrong_pin') from None
        except pkcs11.exceptions.PinLocked:
            raise KeyFailed('refused', "the token is locked") from None
        except (pkcs11.exceptions.PKCS11Error, RuntimeError, OSError) as error:
            raise KeyFailed('missing', f'{type(error).__name__}: {error}'[:200]) from None
        with session:
            signer = PKCS11Signer(
                session, cert_label=self._key_label, key_label=self._key_label, ca_chain=None,
                other_certs_to_pull=())
            try:
                signer.signing_cert.dump()
            except Exception as error:
                raise KeyFailed('missing', f'{type(error).__name__}: {error}'[:200]) from None
            for der in self._chain:
                signer.cert_registry.register(x509.Certificate.load(der))
            yield signer


class RemoteKey:
    """A key with a signing service that speaks the CSC protocol (Cloud Signature Consortium, version 2) over HTTP.

    :param str url: up to and without ``/csc/v2``
    :param str credential_id: which credential of the account
    :param str token: bearer token of the service's account
    :param str pin: opens the credential for this act; goes to the service and nowhere else
    """

    def __init__(self, url, credential_id, token='', pin=''):
        if urlsplit(url).scheme not in ('https', 'http') or not urlsplit(url).hostname:
            raise KeyFailed('unusable', "no address of a web service")
        self._url = url.rstrip('/') + '/csc/v2/'
        self._credential_id, self._token, self._pin = credential_id, token, pin
        self._info = None

    def _ask(self, method, values):
        headers = {'Authorization': f'Bearer {self._token}'} if self._token else {}
        try:
            with requests.post(
                self._url + method, json=values, headers=headers, timeout=TIMEOUT, allow_redirects=False, stream=True,
            ) as response:
                raw = response.raw.read(MAX_ANSWER + 1, decode_content=True)
                status = response.status_code
        except (requests.RequestException, OSError) as error:
            raise KeyFailed('unreachable', type(error).__name__) from None
        try:
            answer = json.loads(raw) if len(raw) <= MAX_ANSWER else None
        except ValueError:
            answer = None
        if not isinstance(answer, dict):
            raise KeyFailed('unreachable', f'HTTP {status}')
        if status != 200:
            code = 'wrong_pin' if answer.get('error') == 'invalid_pin' else 'refused'
            raise KeyFailed(code, str(answer.get('error_description') or answer.get('error') or status)[:200])
        return answer

    def _read_info(self):
        if self._info is None:
            answer = self._ask('credentials/info', {'credentialID': self._credential_id, 'certificates': 'chain'})
            try:
                chain = [base64.b64decode(item) for item in answer['cert']['certificates']]
                read_certificate(chain[0])
            except (KeyError, IndexError, TypeError, ValueError):
                raise KeyFailed('unusable', "no certificate in the answer") from None
            self._info = chain
        return self._info

    @property
    def certificate(self):
        return self._read_info()[0]

    @property
    def chain(self):
        return self._read_info()[1:]

    @contextlib.contextmanager
    def open(self):
        yield _RemoteSigner(self)

    def sign_hash(self, digest):
        """Return the signature of a SHA-256 digest."""
        encoded = base64.b64encode(digest).decode()
        algorithm = x509.Certificate.load(self.certificate).public_key.algorithm
        values = {'credentialID': self._credential_id, 'hashes': [encoded], 'hashAlgorithmOID': OID_SHA256}
        authorization = self._ask('credentials/authorize', {**values, 'numSignatures': 1, 'PIN': self._pin})
        answer = self._ask('signatures/signHash', {
            **values, 'SAD': authorization.get('SAD'),
            'signAlgo': OID_SHA256_RSA if algorithm == 'rsa' else OID_SHA256_ECDSA,
        })
        try:
            return base64.b64decode(answer['signatures'][0])
        except (KeyError, IndexError, TypeError, ValueError):
            raise KeyFailed('refused', "no signature in the answer") from None


class _RemoteSigner(ExternalSigner):
    """pyHanko's signer whose raw signature comes from the service."""

    def __init__(self, key):
        certificate = x509.Certificate.load(key.certificate)
        algorithm = 'sha256_rsa' if certificate.public_key.algorithm == 'rsa' else 'sha256_ecdsa'
        super().__init__(
            signing_cert=certificate, cert_registry=_store(key.chain), signature_value=512,
            signature_mechanism=algos.SignedDigestAlgorithm({'algorithm': algorithm}))
        self._key = key

    async def async_sign_raw(self, data, digest_algorithm, dry_run=False):
        if dry_run:
            return bytes(512)
        return self._key.sign_hash(hashlib.sha256(data).digest())
