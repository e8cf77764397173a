"""Receipts: what was received, by whom and when, in signed JSON; plain Python.

The signed text travels as it was signed, so that no two systems need to agree on how JSON is written. How it is
signed is a small class: Ed25519 and HMAC stand here, a higher room may bring certificates of an agency.
"""
import base64
import binascii
import hashlib
import hmac
import json
from typing import Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

FORMAT = 'civic-receipt-1'
RECEIPT_BYTES = 4 * 1024 * 1024


class ReceiptError(Exception):
    """The receipt proves nothing; ``code`` says why: 'format', 'algorithm', 'signature', 'key' or 'content'."""

    def __init__(self, code, detail=''):
        super().__init__(f'{code}: {detail}' if detail else code)
        self.code, self.detail = code, detail


class Signer(Protocol):
    """Signs the text of a receipt. ``algorithm`` and ``key_id`` tell the other side how to check it."""

    algorithm: str
    key_id: str

    def sign(self, raw: bytes) -> bytes: ...


class Verifier(Protocol):
    """Checks the signature of a receipt."""

    def verify(self, raw: bytes, signature: bytes) -> bool: ...


class Ed25519Signer:
    algorithm = 'Ed25519'

    def __init__(self, secret):
        self._key = Ed25519PrivateKey.from_private_bytes(secret)
        self.public = self._key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        self.key_id = fingerprint(self.public)

    @staticmethod
    def make_secret():
        return Ed25519PrivateKey.generate().private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())

    def sign(self, raw):
        return self._key.sign(raw)


class Ed25519Verifier:

    def __init__(self, public):
        self._key = Ed25519PublicKey.from_public_bytes(public)

    def verify(self, raw, signature):
        try:
            self._key.verify(signature, raw)
        except InvalidSignature:
            return False
        return True


class HmacKey:
    """A secret that both sides share: it proves to them, and to nobody else."""

    algorithm = 'HMAC-SHA256'

    def __init__(self, secret):
        self._secret = secret
        self.key_id = hashlib.sha256(b'civic-hmac' + secret).hexdigest()

    def sign(self, raw):
        return hmac.new(self._secret, raw, hashlib.sha256).digest()

    def verify(self, raw, signature):
        return hmac.compare_digest(self.sign(raw), signature)


def fingerprint(public):
    """The name of a public key: what two people compare on the telephone."""
    return hashlib.sha256(public).hexdigest()


def sign(content, signer):
    """Return the receipt with this content as a dict that can travel."""
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(',', ':'))
    return {
        'format': FORMAT,
        'content': text,
        'algorithm': signer.algorithm,
        'key_id': signer.key_id,
        'signature': base64.b64encode(signer.sign(text.encode())).decode(),
    }


def read(receipt, verifiers):
    """Return the content of a receipt whose signature is right.

    :param receipt: dict, or the bytes of its JSON
    :param dict verifiers: by algorithm
    :raises ReceiptError:
    """
    if isinstance(receipt, bytes | str):
        if len(receipt) > RECEIPT_BYTES:
            raise ReceiptError('format')
        try:
            receipt = json.loads(receipt)
        except (ValueError, RecursionError):
            raise ReceiptError('format') from None
    if not isinstance(receipt, dict) or receipt.get('format') != FORMAT:
        raise ReceiptError('format')
    text, algorithm = receipt.get('content'), receipt.get('algorithm')
    verifier = verifiers.get(algorithm) if isinstance(algorithm, str) else None
    if verifier is None:
        raise ReceiptError('algorithm', str(algorithm)[:40])
    try:
        raw = text.encode()
        signature = base64.b64decode(receipt.get('signature'), validate=True)
        content = json.loads(text)
    except (AttributeError, TypeError, ValueError, RecursionError, binascii.Error):
        raise ReceiptError('format') from None
    if not verifier.verify(raw, signature):
        raise ReceiptError('signature')
    if not isinstance(content, dict):
        raise ReceiptError('format')
    return content


def check(content, declaration):
    """Compare what the other side says it received with what was sent.

    :raises ReceiptError:
    """
    expected = [[part.name, part.size, part.sha256] for part in declaration.parts]
    try:
        found = [[part['name'], part['size'], part['sha256']] for part in content['parts']]
    except (KeyError, TypeError):
        raise ReceiptError('content', 'parts') from None
    if content.get('key') != declaration.key or content.get('kind') != declaration.kind:
        raise ReceiptError('content', 'key')
    if found != expected:
        raise ReceiptError('content', 'parts')
