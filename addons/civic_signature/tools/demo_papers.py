"""Signed papers for demonstrations and tests; plain Python."""
import io

from pyhanko.pdf_utils.generic import ArrayObject, StreamObject, pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from .keys import Pkcs12Key
from .signing import sign
from .timestamp import make_demo_stamper

_PASSWORD = 'demo'


def make_key(holder):
    """Return a holder of the demo authority as a key to sign with."""
    return Pkcs12Key(holder.to_pkcs12(_PASSWORD), _PASSWORD)


def sign_as_issuer(pdf, person_key, agency_key, authority, moment):
    """Return the paper as another agency would send it: signed by its leader, then by itself.

    :param datetime moment: what the time stamps tell, aware
    """
    stamper = make_demo_stamper(authority.tsa, moment)
    return sign(sign(pdf, person_key, stamper=stamper).pdf, agency_key, stamper=stamper).pdf


def tamper(pdf):
    """Return the paper with something drawn on page 1 by an update, as a forger would who cannot touch what is signed."""
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf), strict=False)
    page = writer.find_page_for_modification(0)[0].get_object()
    extra = writer.add_object(StreamObject(stream_data=b'q 1 1 0.6 rg 60 40 160 14 re f Q'))
    contents = page.raw_get('/Contents')
    old = list(contents.get_object()) if isinstance(contents.get_object(), ArrayObject) else [contents]
    page[pdf_name('/Contents')] = ArrayObject([*old, extra])
    writer.update_container(page)
    output = io.BytesIO()
    writer.write(output)
    return output.getvalue()
