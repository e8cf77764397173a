"""Check the signatures of a PDF in the sandbox; plain Python. What the answers mean stands in :mod:`checks`."""
import tempfile
from datetime import datetime, timezone

from . import pdf as pdf_tools

# From the weightiest on: the file is as good as its worst signature.
STATES = ('invalid', 'failed', 'warning', 'valid')


def validate(source, *, anchors=(), certificates=(), crls=(), ocsps=(), moment=None, now=None):
    """Return what the signatures of a PDF prove.

    :param source: the path of the file, or its bytes
    :param anchors: trusted certificates: [(DER, valid from, valid to)], moments aware or None
    :param certificates: other certificates that help to build chains, in DER
    :param crls: revocation lists, in DER
    :param ocsps: answers of OCSP servers, in DER
    :param datetime moment: when the file came, for signatures without a time stamp; now by default
    :param datetime now: the present, for tests
    :return: {'state': 'none', 'valid', 'warning', 'invalid' or 'failed', 'signatures': [...], 'version', 'error'}
    """
    now = now or datetime.now(timezone.utc)
    with tempfile.TemporaryDirectory(prefix='civic-sign-') as folder:
        path = source if isinstance(source, str) else pdf_tools.put(folder, source)
        try:
            answer = pdf_tools.ask('check', {
                'source': path,
                'anchors': [{
                    'der': der.hex(), 'valid_from': starts and starts.isoformat(), 'valid_to': ends and ends.isoformat(),
                } for der, starts, ends in anchors],
                'certificates': [der.hex() for der in certificates], 'crls': [der.hex() for der in crls],
                'ocsps': [der.hex() for der in ocsps],
                'moment': (moment or now).isoformat(), 'now': now.isoformat(),
            })
        except pdf_tools.PdfRefused as error:
            return {'state': 'failed', 'signatures': [], 'error': error.code, 'detail': str(error)[:300]}
    answer['state'] = summarise(answer['signatures'])
    return answer


def summarise(signatures):
    """Return the state of the whole file; a time stamp alone is no signature."""
    states = {item['state'] for item in signatures if item['kind'] == 'signature'}
    if not states:
        return 'none'
    states |= {item['state'] for item in signatures if item['state'] == 'invalid'}
    return next(state for state in STATES if state in states)
