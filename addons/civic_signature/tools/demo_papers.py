"""Signed papers for demonstrations and tests; plain Python."""
import io

from pyhanko.pdf_utils.generic import ArrayObject, StreamObject, pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from . import appearance, demo_pictures
from . import pdf as pdf_tools
from .keys import Pkcs12Key
from .signing import Placement, sign
from .timestamp import make_demo_stamper

_PASSWORD = 'demo'
FIELDS = ('person', 'agency')
SIGNATURE_SIZE = (119, 57)          # points: 42 × 20 mm
SEAL_SIZE = (102, 102)              # 36 mm


def make_key(holder):
    """Return a holder of the demo authority as a key to sign with."""
    return Pkcs12Key(holder.to_pkcs12(_PASSWORD), _PASSWORD)


class Issuer:
    """Another agency that sends signed papers: the keys and pictures of its leader and its own."""

    def __init__(self, authority, person, agency):
        self.authority, self.person = authority, person
        self._keys = [make_key(authority.issue(name, agency)) for name in (person, agency)]
        self._appearances = [
            appearance.draw_picture(demo_pictures.draw_signature(person), SIGNATURE_SIZE),
            appearance.draw_picture(demo_pictures.draw_seal(agency), SEAL_SIZE)]

    def sign(self, pdf, moment, title):
        """Return the paper as the agency would send it: signed by its leader between title and name, then sealed.

        :param datetime moment: what the time stamps tell, aware
        """
        placements = [None, None]
        place = pdf_tools.find_signature_place(pdf, title, self.person, SIGNATURE_SIZE)
        if place:
            page, box = place
            boxes = [box, pdf_tools.beside(box, SEAL_SIZE)]
            pdf = pdf_tools.reserve(pdf, (), [
                pdf_tools.SignatureField(name, box, page) for name, box in zip(FIELDS, boxes, strict=True)])
            placements = [
                Placement(box=box, page=page, field=name, appearance=picture)
                for name, box, picture in zip(FIELDS, boxes, self._appearances, strict=True)]
        stamper = make_demo_stamper(self.authority.tsa, moment)
        for key, placement in zip(self._keys, placements, strict=True):
            pdf = sign(pdf, key, placement, stamper=stamper).pdf
        return pdf


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
