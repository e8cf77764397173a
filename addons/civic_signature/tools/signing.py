"""Put a signature into a PDF; plain Python.

The sandbox writes the file with a gap and says the digest, here the key signs it, and the answer goes into the gap:
the key never meets the reader of PDFs, and the reader never meets key or network.
"""
import asyncio
import dataclasses
import os
import tempfile
from pathlib import Path

from pyhanko.sign.signers.pdf_cms import PdfCMSSignedAttributes

from . import pdf as pdf_tools
from .timestamp import StampFailed, stamp

STAMP_ROOM = 9216                   # bytes for a token with the certificates of the authority
BASE_ROOM = 3072


@dataclasses.dataclass(frozen=True)
class Placement:
    """Where and how a signature shows; without a box it does not.

    :param tuple box: (x, y, width, height) in points from the lower left
    :param int page: number of the page, -1 is the last
    :param str field: name of a reserved field, which has its own place; or the name of the new one
    :param bytes appearance: a PDF whose first page is shown, from :mod:`appearance`
    :param bool is_final: nothing but proofs for long-term validation may follow; a reserved field knows for itself
    """

    box: tuple = None
    page: int = 1
    field: str = ''
    appearance: bytes = dataclasses.field(default=None, repr=False)
    is_final: bool = False


@dataclasses.dataclass(frozen=True)
class Evidence:
    """What is added for long-term validation: certificates, revocation lists and OCSP answers, in DER."""

    certificates: tuple = ()
    crls: tuple = ()
    ocsps: tuple = ()


@dataclasses.dataclass(frozen=True)
class Signed:
    """The signed file, the name of its new field, its level, and whether a time stamp is still wanting."""

    pdf: bytes = dataclasses.field(repr=False)
    field: str = ''
    level: str = 'B-B'
    lacks_timestamp: bool = False


def sign(pdf, key, placement=None, *, stamper=None, evidence=None, reason='', location='', name='', certify=True,
         needs_timestamp=False):
    """Sign the PDF, as an update that leaves every byte and every signature before it as they were.

    The first signature of a file says that afterwards fields may be filled and signatures added, nothing else.

    :param bytes pdf:
    :param key: a key of :mod:`keys`
    :param Placement placement: invisible by default
    :param stamper: time stamp authority (:mod:`timestamp`): level B-T
    :param Evidence evidence: with it and a stamper, level B-LTA
    :param bool certify: whether a first signature limits what may follow
    :param bool needs_timestamp: refuse to sign while the authority does not answer; otherwise the signature is made
        without and says so
    :rtype: Signed
    :raises pdf.PdfRefused: the file cannot be signed
    :raises keys.KeyFailed: the key cannot be used
    :raises timestamp.StampFailed: only with ``needs_timestamp``
    """
    placement = placement or Placement()
    with tempfile.TemporaryDirectory(prefix='civic-sign-') as folder, key.open() as signer:
        output = os.path.join(folder, 'output.pdf')
        gap = pdf_tools.ask('prepare', {
            'source': pdf_tools.put(folder, pdf), 'output': output,
            'certificate': signer.signing_cert.dump().hex(),
            'reserved': _measure(signer, stamper),
            'appearance': pdf_tools.put(folder, placement.appearance, 'stamp.pdf') if placement.appearance else None,
            'box': list(placement.box) if placement.box else None, 'page': placement.page, 'field': placement.field,
            'is_final': placement.is_final, 'certify': certify, 'reason': reason, 'location': location, 'name': name,
        })
        is_stamped = stamper is not None
        try:
            answer = _make_cms(signer, gap, stamper)
        except StampFailed:
            if needs_timestamp:
                raise
            is_stamped = False
            answer = _make_cms(signer, gap, None)
        raw = _fill_gap(output, gap, answer)
    level = 'B-T' if is_stamped else 'B-B'
    if is_stamped and evidence:
        try:
            return Signed(archive(raw, stamper, evidence), gap['field'], 'B-LTA')
        except StampFailed:
            if needs_timestamp:
                raise
    return Signed(raw, gap['field'], level, stamper is not None and not is_stamped)


def archive(pdf, stamper, evidence=None):
    """Return the PDF with the evidence for long-term validation under a time stamp over the whole file.

    :raises timestamp.StampFailed:
    :raises pdf.PdfRefused:
    """
    evidence = evidence or Evidence()
    with tempfile.TemporaryDirectory(prefix='civic-sign-') as folder:
        output = os.path.join(folder, 'output.pdf')
        gap = pdf_tools.ask('archive', {
            'source': pdf_tools.put(folder, pdf), 'output': output, 'reserved': STAMP_ROOM,
            'certificates': [item.hex() for item in evidence.certificates],
            'crls': [item.hex() for item in evidence.crls], 'ocsps': [item.hex() for item in evidence.ocsps],
        })
        return _fill_gap(output, gap, stamp(stamper, bytes.fromhex(gap['digest'])))


def _measure(signer, stamper):
    size = len(signer.signing_cert.dump()) + sum(len(item.dump()) for item in signer.cert_registry)
    return BASE_ROOM + size + (STAMP_ROOM if stamper is not None else 0)


def _make_cms(signer, gap, stamper):
    """Return the signature over the digest, as bytes in DER."""
    return asyncio.run(signer.async_sign(
        bytes.fromhex(gap['digest']), 'sha256', use_pades=True, timestamper=stamper,
        signed_attr_settings=PdfCMSSignedAttributes())).dump()


def _fill_gap(path, gap, answer):
    """Write the signature into the gap that was left for it; the file's length stays."""
    text = answer.hex().encode()
    start, end = gap['gap_start'], gap['gap_end']
    with open(path, 'r+b') as output:
        output.seek(start)
        edge = output.read(1)
        if edge == b'<':
            start += 1
        output.seek(end - 1)
        if output.read(1) == b'>':
            end -= 1
        if len(text) > end - start:
            raise pdf_tools.PdfRefused('unreadable', "the signature is larger than the room for it")
        output.seek(start)
        output.write(text)
    return Path(path).read_bytes()
