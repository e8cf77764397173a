"""The sandboxed hand on signed PDFs; run by ``civic_document/tools/child.py``, never imported by Odoo.

Private keys never come here: it prepares the bytes to be signed and says their digest, and the caller puts the
signature into the gap that was left. :mod:`checks` beside it is read from its folder.
"""
import asyncio
import importlib.util
import io
import logging
import sys
from pathlib import Path

MIB = 1024 * 1024
IDLE_SECONDS = 300
ADDRESS_SPACE = 3072 * MIB
DATA_SEGMENT = 1024 * MIB
FILE_SIZE = 512 * MIB
FONTS = {'regular': 'CivicSerif', 'bold': 'CivicSerif-Bold', 'italic': 'CivicSerif-Italic',
         'bold_italic': 'CivicSerif-BoldItalic'}
STANDARD_FONTS = {'regular': 'Times-Roman', 'bold': 'Times-Bold', 'italic': 'Times-Italic',
                  'bold_italic': 'Times-BoldItalic'}
ALIGNMENTS = {'left': 0, 'center': 1, 'right': 2}
READ_ONLY = 1
PRINTED_LOCKED = 4 | 128                # annotation flags: Print, Locked


class Refused(Exception):
    """What was asked cannot be done to this file; the message is a code."""


def open_writer(path):
    """Return an incremental writer on the file's bytes."""
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

    writer = IncrementalPdfFileWriter(io.BytesIO(Path(path).read_bytes()), strict=False)
    if writer.prev.encrypted:
        raise Refused('encrypted')
    if writer.prev.xrefs.hybrid_xrefs_present:
        raise Refused('hybrid')         # viewers disagree on what such a file shows
    return writer


def save(writer, path):
    with open(path, 'wb') as output:
        writer.write(output)


def find_page(writer, number):
    """Return the reference of the page; numbers start at 1, -1 is the last one."""
    count = int(writer.root['/Pages']['/Count'])
    index = number - 1 if number > 0 else count + number
    if not 0 <= index < count:
        raise Refused('no_page')
    return index, writer.find_page_for_modification(index)[0]


def to_rectangle(box):
    x, y, width, height = box
    if width <= 0 or height <= 0:
        raise Refused('bad_box')
    return [round(value, 2) for value in (x, y, x + width, y + height)]


# === FIELDS === #

def reserve(request):
    """Put empty text fields and signature fields on the pages."""
    from pyhanko.pdf_utils import generic
    from pyhanko.sign.fields import SigFieldSpec, append_signature_field

    writer = open_writer(request['source'])
    name_of = generic.NameObject
    known = {item['name'] for item in list_fields(writer.prev)}
    for spec in request['text_fields']:
        if spec['name'] in known:
            raise Refused('field_exists')
        known.add(spec['name'])
        _index, page = find_page(writer, spec['page'])
        form = get_form(writer)
        appearance = writer.add_object(draw_text(writer, '', spec, request['fonts']))
        field = generic.DictionaryObject({
            name_of('/Type'): name_of('/Annot'),
            name_of('/Subtype'): name_of('/Widget'),
            name_of('/FT'): name_of('/Tx'),
            name_of('/T'): generic.pdf_string(spec['name']),
            name_of('/TU'): generic.pdf_string(spec.get('label') or spec['name']),
            name_of('/Rect'): generic.ArrayObject(map(generic.FloatObject, to_rectangle(spec['box']))),
            name_of('/DA'): generic.pdf_string(f"/{FONTS[spec['style']]} {spec['size']:g} Tf 0 g"),
            name_of('/Q'): generic.NumberObject(ALIGNMENTS[spec['align']]),
            name_of('/Ff'): generic.NumberObject(READ_ONLY),     # nobody types into it, the system fills it in
            name_of('/F'): generic.NumberObject(PRINTED_LOCKED),
            name_of('/P'): page,
            name_of('/V'): generic.pdf_string(''),
            name_of('/AP'): generic.DictionaryObject({name_of('/N'): appearance}),
        })
        reference = writer.add_object(field)
        writer.register_annotation(page, reference)
        add_font(writer, form, spec['style'])
        form['/Fields'].append(reference)
        writer.update_container(form['/Fields'])
        writer.update_container(form)
    for spec in request['signature_fields']:
        if spec['name'] in known:
            raise Refused('field_exists')
        known.add(spec['name'])
        index, _page = find_page(writer, spec['page'])
        append_signature_field(writer, SigFieldSpec(
            sig_field_name=spec['name'], on_page=index, box=to_rectangle(spec['box']),
            empty_field_appearance=True, **get_lock(spec['is_final'])))
    save(writer, request['output'])
    return {}


def get_lock(is_final):
    """Say in the field that the signature which goes into it is the last word: only proofs may follow it then.

    Not by a list of locked fields: pyHanko's own rules take an untouched picture of a locked field for a change.
    """
    from pyhanko.sign.fields import FieldMDPAction, FieldMDPSpec, MDPPerm

    if not is_final:
        return {}
    return {
        'field_mdp_spec': FieldMDPSpec(FieldMDPAction.INCLUDE, []), 'doc_mdp_update_value': MDPPerm.NO_CHANGES}


def get_form(writer):
    from pyhanko.pdf_utils import generic

    root = writer.root
    try:
        form = root['/AcroForm']
    except KeyError:
        form = generic.DictionaryObject({generic.NameObject('/Fields'): generic.ArrayObject()})
        root[generic.NameObject('/AcroForm')] = writer.add_object(form)
        writer.update_root()
        form = root['/AcroForm']
    if '/Fields' not in form:
        form[generic.NameObject('/Fields')] = generic.ArrayObject()
    return form


def add_font(writer, form, style):
    """Name the font of the field; what is seen is drawn with an embedded one, this is for programs that ask."""
    from pyhanko.pdf_utils import generic

    name_of = generic.NameObject
    resources = form.setdefault(name_of('/DR'), generic.DictionaryObject())
    fonts = resources.get_object().setdefault(name_of('/Font'), generic.DictionaryObject()).get_object()
    key = name_of('/' + FONTS[style])
    if key not in fonts:
        fonts[key] = writer.add_object(generic.DictionaryObject({
            name_of('/Type'): name_of('/Font'),
            name_of('/Subtype'): name_of('/Type1'),
            name_of('/BaseFont'): name_of('/' + STANDARD_FONTS[style]),
            name_of('/Encoding'): name_of('/WinAnsiEncoding'),
        }))


def draw_text(writer, text, spec, fonts):
    """Return the text as a form object of the size of the field, its font embedded."""
    from pyhanko.pdf_utils import generic
    from pyhanko.pdf_utils.content import ImportedPdfPage
    from pyhanko.pdf_utils.generic import StreamObject, pdf_name
    from pyhanko.pdf_utils.layout import BoxConstraints

    width, height = spec['box'][2:]
    if not text:
        return StreamObject({
            pdf_name('/Type'): pdf_name('/XObject'), pdf_name('/Subtype'): pdf_name('/Form'),
            pdf_name('/BBox'): generic.ArrayObject(map(generic.FloatObject, (0, 0, width, height))),
            pdf_name('/Resources'): generic.DictionaryObject(),
        }, stream_data=b'/Tx BMC EMC')
    page = Path(spec['folder'], 'text.pdf')
    draw_page(page, text, spec, fonts)
    content = ImportedPdfPage(str(page))
    content.set_writer(writer)
    content.box = BoxConstraints(width=width, height=height)
    command = content.render()
    resources = content.resources.as_pdf_object()
    return StreamObject({
        pdf_name('/Type'): pdf_name('/XObject'), pdf_name('/Subtype'): pdf_name('/Form'),
        pdf_name('/BBox'): generic.ArrayObject(map(generic.FloatObject, (0, 0, width, height))),
        pdf_name('/Resources'): resources,
    }, stream_data=b'/Tx BMC q ' + command + b' Q EMC')


def draw_page(path, text, spec, fonts):
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont
    from reportlab.pdfgen.canvas import Canvas

    width, height = spec['box'][2:]
    name = FONTS[spec['style']]
    if name not in pdfmetrics.getRegisteredFontNames():
        pdfmetrics.registerFont(TTFont(name, fonts[spec['style']]))
    size, font = spec['size'], pdfmetrics.getFont(name)
    length = pdfmetrics.stringWidth(text, name, size)
    if length > width:
        if spec['shrink'] and length <= width * 1.6:
            size *= width / length
            length = width
        else:
            raise Refused('text_too_long')
    canvas = Canvas(str(path), pagesize=(width, height), initialFontName=name, invariant=True)
    canvas.setFont(name, size)
    x = {'left': 0, 'center': (width - length) / 2, 'right': width - length}[spec['align']]
    # as the words beside it stand in their box: see `find_text`
    baseline = max(0, (height - 0.909 * size) / 2 - font.face.descent * size / 1000)
    canvas.drawString(x, baseline, text)
    canvas.save()


def list_fields(handler):
    """Return the fields of the form: name, kind, value, box, page."""
    from pyhanko.pdf_utils import generic

    try:
        form = handler.root['/AcroForm']
        fields = form['/Fields']
    except KeyError:
        return []
    found = []
    pages = {}
    for index in range(min(int(handler.root['/Pages']['/Count']), 5000)):
        reference = handler.find_page_for_modification(index)[0]
        pages[(reference.idnum, reference.generation)] = index + 1
    for position, field in enumerate(fields):
        field = field.get_object()
        if position > 500:
            break
        if not isinstance(field, generic.DictionaryObject) or '/T' not in field:
            continue
        page = field.raw_get('/P') if '/P' in field else None
        number = pages.get((page.idnum, page.generation)) if isinstance(page, generic.IndirectObject) else None
        kind = {'/Tx': 'text', '/Sig': 'signature'}.get(str(field.get('/FT', '')), 'other')
        x1, y1, x2, y2 = (float(value) for value in field.get('/Rect', (0, 0, 0, 0)))
        value = field.get('/V')
        found.append({
            'name': str(field['/T']), 'kind': kind, 'page': number, 'box': [x1, y1, x2 - x1, y2 - y1],
            'value': str(value) if kind == 'text' and value is not None else '',
            'is_filled': bool(value) if kind == 'text' else value is not None,
            'default_appearance': str(field.get('/DA', '')), 'alignment': int(field.get('/Q', 0)),
        })
    return found


def fields(request):
    from pyhanko.pdf_utils.reader import PdfFileReader

    with open(request['source'], 'rb') as source:
        return {'fields': list_fields(PdfFileReader(source, strict=False))}


def fill(request):
    """Give text fields that were reserved their value and its picture, as an update that keeps signatures valid."""
    from pyhanko.pdf_utils import generic

    writer = open_writer(request['source'])
    specs = {item['name']: item for item in list_fields(writer.prev) if item['kind'] == 'text'}
    form = writer.root['/AcroForm'] if specs else {'/Fields': ()}
    objects = {}
    for reference in form['/Fields']:
        field = reference.get_object()
        if isinstance(field, generic.DictionaryObject) and '/T' in field:
            objects[str(field['/T'])] = field
    for name, text in request['values'].items():
        if name not in specs:
            raise Refused('no_field')
        spec = {**specs[name], 'folder': request['folder'], 'shrink': True}
        spec.update(parse_appearance(spec))
        field = objects[name]
        appearance = writer.add_object(draw_text(writer, text, spec, request['fonts']))
        field[generic.NameObject('/V')] = generic.TextStringObject(text)
        field[generic.NameObject('/AP')] = generic.DictionaryObject({generic.NameObject('/N'): appearance})
        writer.update_container(field)
    save(writer, request['output'])
    return {}


def parse_appearance(spec):
    font, size = 'CivicSerif', 13.0
    parts = spec['default_appearance'].split()
    if len(parts) >= 3 and parts[2] == 'Tf':
        font, size = parts[0].lstrip('/'), float(parts[1]) or 13.0
    style = next((style for style, name in FONTS.items() if name == font), 'regular')
    align = next((name for name, code in ALIGNMENTS.items() if code == spec['alignment']), 'left')
    return {'style': style, 'size': size, 'align': align}


# === SIGNING === #

def prepare(request):
    """Write the file with an empty signature in it and say the digest that is to be signed."""
    from asn1crypto import x509
    from pyhanko.sign.fields import MDPPerm, SigFieldSpec, SigSeedSubFilter, enumerate_sig_fields
    from pyhanko.sign.signers import ExternalSigner, PdfSignatureMetadata, PdfSigner
    from pyhanko_certvalidator.registry import SimpleCertificateStore

    writer = open_writer(request['source'])
    has_signature = any(True for _ in enumerate_sig_fields(writer.prev, filled_status=True))
    free = {name for name, _value, _field in enumerate_sig_fields(writer.prev, filled_status=False)}
    taken = {name for name, _value, _field in enumerate_sig_fields(writer.prev, filled_status=True)}
    name = request['field'] or unused_name(free | taken)
    if name in taken:
        raise Refused('field_taken')
    new_field = None
    if name not in free:
        index, box = 0, None
        if request['box']:
            index, box = find_page(writer, request['page'])[0], to_rectangle(request['box'])
        new_field = SigFieldSpec(
            sig_field_name=name, on_page=index, box=box, **get_lock(request['is_final']))
    signer = ExternalSigner(
        signing_cert=x509.Certificate.load(bytes.fromhex(request['certificate'])),
        cert_registry=SimpleCertificateStore(), signature_value=512)
    certify = request['certify'] and not has_signature
    signature = PdfSigner(
        PdfSignatureMetadata(
            field_name=name, md_algorithm='sha256', subfilter=SigSeedSubFilter.PADES, certify=certify,
            docmdp_permissions=MDPPerm.FILL_FORMS, reason=request['reason'] or None,
            location=request['location'] or None, name=request['name'] or None),
        signer, stamp_style=make_style(request['appearance']), new_field_spec=new_field)
    with open(request['output'], 'w+b') as output:
        digest, _tbs, _output = asyncio.run(signature.async_digest_doc_for_signing(
            writer, existing_fields_only=new_field is None, bytes_reserved=2 * request['reserved'], output=output))
    return describe_gap(digest, name, certify)


def unused_name(taken):
    number = 1
    while f'Signature{number}' in taken:
        number += 1
    return f'Signature{number}'


def describe_gap(digest, name, certify=False):
    return {
        'digest': digest.document_digest.hex(), 'gap_start': digest.reserved_region_start,
        'gap_end': digest.reserved_region_end, 'field': name, 'is_certifying': certify}


def make_style(path):
    """A ready page as the picture of the signature: text stamps of the library spoil widths and PDF/A."""
    from pyhanko.stamp import StaticStampStyle

    if not path:
        return StaticStampStyle(border_width=0, background=None, background_opacity=1)
    return StaticStampStyle.from_pdf_file(path, border_width=0, background_opacity=1)


def archive(request):
    """Add the certificates and revocation lists, and leave the gap for a time stamp over all of it."""
    from asn1crypto import crl, ocsp, x509
    from pyhanko.sign.fields import enumerate_sig_fields
    from pyhanko.sign.signers import cms_embedder
    from pyhanko.sign.signers.pdf_byterange import DocumentTimestamp
    from pyhanko.sign.validation.dss import DocumentSecurityStore

    writer = open_writer(request['source'])
    if request['certificates'] or request['crls'] or request['ocsps']:
        DocumentSecurityStore.supply_dss_in_writer(
            writer, None,
            certs=[x509.Certificate.load(bytes.fromhex(item)) for item in request['certificates']],
            crls=[crl.CertificateList.load(bytes.fromhex(item)) for item in request['crls']],
            ocsps=[ocsp.OCSPResponse.load(bytes.fromhex(item)) for item in request['ocsps']])
    known = {name for name, _value, _field in enumerate_sig_fields(writer.prev)}
    number = 1
    while f'Timestamp{number}' in known:
        number += 1
    name = f'Timestamp{number}'
    embedder = cms_embedder.PdfCMSEmbedder().write_cms(field_name=name, writer=writer)
    next(embedder)
    embedder.send(cms_embedder.SigObjSetup(
        sig_placeholder=DocumentTimestamp(bytes_reserved=2 * request['reserved'])))
    with open(request['output'], 'w+b') as output:
        digest, _output = embedder.send(cms_embedder.SigIOSetup(md_algorithm='sha256', output=output))
    return describe_gap(digest, name)


# === CHECKING === #

def check(request):
    return load_checks().check_file(request)


def load_checks():
    """The module beside this one, by its path: the folder itself stays out of the import path."""
    module = sys.modules.get('civic_signature_checks')
    if module is None:
        spec = importlib.util.spec_from_file_location(
            'civic_signature_checks', Path(__file__).with_name('checks.py'))
        module = importlib.util.module_from_spec(spec)
        sys.modules['civic_signature_checks'] = module
        spec.loader.exec_module(module)
    return module


ACTS = {
    'reserve': reserve, 'fields': fields, 'fill': fill, 'prepare': prepare, 'archive': archive, 'check': check,
}


def answer(request):
    logging.disable(logging.CRITICAL)           # the library logs tracebacks of bad files; the answer tells them
    try:
        return ACTS[request['act']](request)
    except Refused as refusal:
        return {'error': str(refusal)}


def fail(error):
    """Whatever a library throws at a hostile file is one answer."""
    if isinstance(error, MemoryError):
        return {'error': 'memory'}
    detail = 'recursion' if isinstance(error, RecursionError) else f'{type(error).__name__}: {error}'[:300]
    return {'error': 'unreadable', 'detail': detail}
