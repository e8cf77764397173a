"""The sandboxed worker that opens what arrives: scans, pictures, messages; started by :mod:`intake`.

One process per task. It reads one JSON request from standard input, works in its current directory, which is its own,
and answers one JSON object. It runs under limits of memory, processor time and file size, without the server's
environment: a hostile file can at worst end this process. It imports nothing of Odoo.
"""
import contextlib
import json
import os
import re
import resource
import subprocess
import sys
import warnings
from html.parser import HTMLParser

MIB = 1024 * 1024
ADDRESS_SPACE = 4096 * MIB
DATA_SEGMENT = 1536 * MIB
RENDERER_SPACE = 1024 * MIB
# Longest side of the picture in which bar codes are looked for: about 120 dpi of an A4 page, whatever its real size.
PAGE_PIXELS = 1400
RENDERED_AT_ONCE = 10
# A page is blank if less of it is dark than three letters of small print would cover; the rim, where scanners leave
# shadows, does not count.
BLANK_SHARE = 0.00005
DARK = 120
RIM = 0.04
MAX_TEXT = 200_000
MAX_HEADER = 2_000
MAX_NAME = 400
DEFAULT_DPI = 200
JOINED_AT_ONCE = 100


class Refused(Exception):
    """The file is answered with this code instead of a result."""


def limit(request):
    for kind, value in (
        (resource.RLIMIT_AS, ADDRESS_SPACE), (resource.RLIMIT_DATA, DATA_SEGMENT), (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 1024), (resource.RLIMIT_FSIZE, request['max_file']),
        (resource.RLIMIT_CPU, request['cpu_seconds']),
    ):
        hard = resource.getrlimit(kind)[1]
        if hard != resource.RLIM_INFINITY:
            value = min(value, hard)
        resource.setrlimit(kind, (value, hard))


# === PAGES === #

def open_pdf(path):
    import pikepdf

    try:
        return pikepdf.open(path)
    except pikepdf.PasswordError as error:
        raise Refused('encrypted') from error
    except (pikepdf.PdfError, ValueError, RuntimeError) as error:
        raise Refused('corrupt') from error


def read_pages(request):
    """Return for each page the bar codes on it and whether it is blank."""
    with open_pdf(request['path']) as pdf:
        count = len(pdf.pages)
    if count > request['max_pages']:
        raise Refused('too_many_pages')
    pages = []
    for first in range(1, count + 1, RENDERED_AT_ONCE):
        last = min(first + RENDERED_AT_ONCE - 1, count)
        subprocess.run(
            ['pdftoppm', '-q', '-gray', '-scale-to', str(PAGE_PIXELS), '-f', str(first), '-l', str(last),
             request['path'], 'page'],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (RENDERER_SPACE, RENDERER_SPACE)))
        pictures = {}
        for name in os.listdir('.'):
            match = re.fullmatch(r'page-(\d+)\.pgm', name)
            if match:
                pictures[int(match[1])] = name
        for number in range(first, last + 1):
            pages.append(read_page(pictures.get(number)))
        for name in pictures.values():
            os.unlink(name)
    return {'pages': pages}


def read_page(name):
    import zxingcpp
    from PIL import Image

    if not name:
        return {'codes': [], 'blank': False}            # it cannot be drawn: it stays where it is
    formats = zxingcpp.BarcodeFormat.QRCode | zxingcpp.BarcodeFormat.Code128
    with Image.open(name) as picture:
        picture.load()
        codes = [code.text[:MAX_NAME] for code in zxingcpp.read_barcodes(picture, formats=formats) if code.valid]
        left, top = int(picture.width * RIM), int(picture.height * RIM)
        inner = picture.crop((left, top, picture.width - left, picture.height - top))
        dark = sum(inner.histogram()[:DARK])
        return {'codes': codes, 'blank': dark < inner.width * inner.height * BLANK_SHARE}


def assemble(request):
    """Write PDFs made of pages of the sources: each output is a list of [source, first page, last page]."""
    import pikepdf

    with contextlib.ExitStack() as stack:
        sources = [stack.enter_context(open_pdf(path)) for path in request['sources']]
        answer = []
        for index, parts in enumerate(request['outputs']):
            target = stack.enter_context(pikepdf.new())
            for source, first, last in parts:
                target.pages.extend(sources[source].pages[first - 1:last])
            path = os.path.abspath(f'out-{index}.pdf')
            target.remove_unreferenced_resources()
            target.save(path, object_stream_mode=pikepdf.ObjectStreamMode.generate, deterministic_id=True)
            answer.append({'path': path, 'pages': len(target.pages)})
    return {'outputs': answer}


def picture_to_pdf(request):
    """Write a PDF with one page per frame of a picture, in the size that its resolution says."""
    from PIL import Image, ImageOps, UnidentifiedImageError
    from pillow_heif import register_heif_opener

    register_heif_opener(thumbnails=False)
    Image.MAX_IMAGE_PIXELS = request['max_pixels']
    warnings.simplefilter('error', Image.DecompressionBombWarning)
    names = []
    try:
        with Image.open(request['path'], formats=['TIFF', 'PNG', 'JPEG', 'HEIF']) as picture:
            count = getattr(picture, 'n_frames', 1)
            if count > request['max_pages']:
                raise Refused('too_many_pages')
            for index in range(count):
                picture.seek(index)
                if picture.width * picture.height > request['max_pixels']:
                    raise Refused('too_large')
                dpi = picture.info.get('dpi') or (DEFAULT_DPI, DEFAULT_DPI)
                dpi = float(dpi[0] or DEFAULT_DPI)
                frame = ImageOps.exif_transpose(picture)
                if frame.mode not in ('1', 'L', 'RGB', 'CMYK'):
                    frame = frame.convert('RGB')
                if index and index % JOINED_AT_ONCE == 0:
                    names = [join(names, f'joined-{index}.pdf')]
                names.append(f'frame-{index}.pdf')
                options = {} if frame.mode == '1' else {'quality': 85}      # black and white is kept as fax, lossless
                frame.save(names[-1], 'PDF', resolution=dpi if 50 <= dpi <= 1200 else DEFAULT_DPI, **options)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise Refused('too_large') from error
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError, KeyError, TypeError, RuntimeError) as error:
        raise Refused('corrupt') from error
    return {'path': os.path.abspath(join(names, 'picture.pdf')), 'pages': count}


def join(names, target_name):
    """Put the pages of the files into one, and remove them."""
    import pikepdf

    with contextlib.ExitStack() as stack:
        target = stack.enter_context(pikepdf.new())
        for name in names:
            target.pages.extend(stack.enter_context(pikepdf.open(name)).pages)
        target.save(target_name, deterministic_id=True)
    for name in names:
        os.unlink(name)
    return target_name


# === MESSAGES === #

class _Text(HTMLParser):
    """The words of an HTML body, line by line, and the pictures that it shows in place."""

    breaks = frozenset(('p', 'br', 'div', 'tr', 'li', 'h1', 'h2', 'h3', 'h4', 'table'))

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.chunks, self.hidden, self.cids = [], 0, set()

    def handle_starttag(self, tag, attrs):
        if tag in ('script', 'style', 'title'):
            self.hidden += 1
        elif tag in self.breaks:
            self.chunks.append('\n')
        for name, value in attrs:
            if name in ('src', 'background') and (value or '').lower().startswith('cid:'):
                self.cids.add(value[4:].strip())

    def handle_endtag(self, tag):
        if tag in ('script', 'style', 'title'):
            self.hidden = max(0, self.hidden - 1)
        elif tag in self.breaks:
            self.chunks.append('\n')

    def handle_data(self, data):
        if not self.hidden:
            self.chunks.append(data)

    @property
    def text(self):
        return re.sub(r'\n\s*\n+', '\n\n', re.sub(r'[^\S\n]+', ' ', ''.join(self.chunks))).strip()


class Unpacking:
    """The parts of one message, those of the messages in it and of winmail.dat included, within limits."""

    def __init__(self, request):
        self.max_parts = request['max_parts']
        self.max_depth = request['max_depth']
        self.max_total = request['max_total']
        self.total = 0
        self.parts = []
        self.texts = []             # of every body, for the check of secrecy
        self.body = self.html_body = ''
        self.cids = set()
        self.seen = 0

    def add_message(self, message, depth):
        self.check_depth(depth)
        stack = [(message, 0)]
        while stack:
            part, level = stack.pop()
            self.seen += 1
            if self.seen > self.max_parts * 5:
                raise Refused('too_many_parts')
            if level > self.max_depth * 5:
                raise Refused('too_deep')
            kind = part.get_content_type()
            if kind == 'message/rfc822' and isinstance(part.get_payload(), list):
                for inner in part.get_payload():
                    self.add_text(decode(inner.get('Subject')))
                    self.add_message(inner, depth + 1)
            elif part.is_multipart():
                stack.extend((inner, level + 1) for inner in reversed(part.get_payload()))
            else:
                self.add_part(part, kind, depth)

    def check_depth(self, depth):
        if depth > self.max_depth:
            raise Refused('too_deep')

    def add_part(self, part, kind, depth):
        raw = part.get_payload(decode=True) or b''
        name = clean(decode(part.get_filename()))
        disposition = (part.get_content_disposition() or '').lower()
        if kind in ('text/plain', 'text/html') and not name and disposition != 'attachment':
            text = to_text(raw, part.get_content_charset())
            if kind == 'text/html':
                self.add_html(text, depth)
            else:
                self.add_text(text)
                if depth == 0 and not self.body:
                    self.body = text.strip()[:MAX_TEXT]
            return
        if kind in ('application/ms-tnef', 'application/vnd.ms-tnef') or name.lower() == 'winmail.dat':
            self.add_tnef(raw, depth)
            return
        self.add_file(name, raw, kind, disposition, clean(part.get('Content-Id') or '').strip('<> '), depth)

    def add_html(self, html, depth):
        parser = _Text()
        parser.feed(html[:MAX_TEXT * 5])
        self.add_text(parser.text)
        self.cids |= parser.cids
        if depth == 0 and not self.html_body:
            self.html_body = parser.text[:MAX_TEXT]

    def add_text(self, text):
        if text and sum(map(len, self.texts)) < MAX_TEXT * 5:
            self.texts.append(text[:MAX_TEXT])

    def add_tnef(self, raw, depth):
        from tnefparse import TNEF

        self.check_depth(depth + 1)
        before = len(self.parts), len(self.texts)
        try:
            self.add_tnef_content(TNEF(raw, do_checksum=False), depth + 1)
        except Refused:
            raise
        except Exception:       # whatever the library throws at hostile bytes
            before = len(self.parts), len(self.texts)
        if before == (len(self.parts), len(self.texts)):
            # damaged: it stays a file, and is refused later
            self.add_file('winmail.dat', raw, 'application/ms-tnef', 'attachment', '', depth)

    def add_tnef_content(self, tnef, depth):
        self.check_depth(depth)
        body = tnef.body
        if body:
            body = to_text(body, None) if isinstance(body, bytes) else str(body)
            self.add_text(body)
            if not self.body:
                self.body = body.strip()[:MAX_TEXT]
        html = tnef.htmlbody
        if html:
            self.add_html(to_text(html, None) if isinstance(html, bytes) else str(html), depth)
        for attachment in tnef.attachments:
            inner = getattr(attachment, 'embed', None)
            if inner is not None:
                self.add_tnef_content(inner, depth + 1)
                continue
            name = attachment.long_filename()
            if isinstance(name, bytes):
                name = to_text(name, None)
            self.add_file(
                clean(str(name).strip('\0')), bytes(attachment.data or b''), 'application/octet-stream', 'attachment',
                '', depth)

    def add_file(self, name, raw, kind, disposition, cid, depth):
        if len(self.parts) >= self.max_parts:
            raise Refused('too_many_parts')
        self.total += len(raw)
        if self.total > self.max_total:
            raise Refused('too_large')
        number = len(self.parts) + 1
        path = os.path.abspath(f'part-{number}')
        with open(path, 'wb') as target:
            target.write(raw)
        self.parts.append({
            'name': complete_name(name, kind, raw, number), 'path': path, 'size': len(raw), 'mimetype': kind,
            'disposition': disposition, 'cid': cid, 'depth': depth,
        })


def complete_name(name, kind, raw, number):
    """Give a part without a name, or without an extension, what its type says."""
    import mimetypes

    if name and re.search(r'\.[A-Za-z0-9]{1,8}$', name):
        return name[:MAX_NAME]
    extension = '.pdf' if raw[:5] == b'%PDF-' else mimetypes.guess_extension(kind) or '.bin'
    return (name[:MAX_NAME] or f'part-{number}') + extension


def decode(value):
    """A header as people read it."""
    from email.header import decode_header, make_header

    if not value:
        return ''
    text = str(value)
    with contextlib.suppress(Exception):        # what cannot be decoded is shown as it stands
        text = str(make_header(decode_header(text)))
    return text.encode('utf-8', 'replace').decode()[:MAX_HEADER]


def clean(text):
    """Header folding puts line breaks into names: they are no trick of the sender."""
    return re.sub(r'[\r\n\t]+ ?', ' ', text).strip()


def to_text(raw, charset):
    for candidate in (charset, 'utf-8'):
        with contextlib.suppress(LookupError, UnicodeDecodeError, TypeError):
            return raw.decode(candidate)
    return raw.decode('cp1258', 'replace')


def read_mail(request):
    """Return headers, body and the files of a message, which are written into the current directory."""
    import email
    from email import policy

    sys.setrecursionlimit(500)
    with open(request['path'], 'rb') as source:
        raw = source.read()
    try:
        message = email.message_from_bytes(raw, policy=policy.compat32)
        unpacking = Unpacking(request)
        unpacking.add_message(message, 0)
    except RecursionError as error:
        raise Refused('too_deep') from error
    for part in unpacking.parts:
        part['shown_inline'] = bool(part['cid']) and part['cid'] in unpacking.cids
    headers = {
        name: clean(decode(message.get(name))) for name in (
            'From', 'Sender', 'Reply-To', 'To', 'Cc', 'Delivered-To', 'X-Original-To', 'Subject', 'Date', 'Message-Id',
            'In-Reply-To', 'References', 'Return-Path', 'Auto-Submitted', 'Precedence', 'X-Autoreply', 'X-Autorespond',
            'X-Loop', 'List-Id')
    }
    return {
        'headers': headers,
        'has_return_path': message.get('Return-Path') is not None,
        'content_type': message.get_content_type(),
        'report_type': str(message.get_param('report-type') or ''),
        'body': unpacking.body or unpacking.html_body,
        'texts': unpacking.texts,
        'parts': unpacking.parts,
    }


ACTIONS = {'pages': read_pages, 'assemble': assemble, 'picture': picture_to_pdf, 'mail': read_mail}


def main():
    request = json.loads(sys.stdin.buffer.read())
    answers = os.fdopen(os.dup(1), 'wb')
    os.dup2(2, 1)                       # what a library prints is no answer
    limit(request)
    try:
        answer = ACTIONS[request['action']](request)
    except Refused as refusal:
        answer = {'problem': refusal.args[0]}
    except MemoryError:
        answer = {'problem': 'unreadable', 'detail': 'memory'}
    except Exception as error:          # whatever a library throws at a hostile file is one answer: unreadable
        answer = {'problem': 'unreadable', 'detail': f'{type(error).__name__}: {error}'[:200]}
    answers.write(json.dumps(answer).encode())
    answers.flush()


if __name__ == '__main__':
    sys.path.pop(0)                     # the folder of this file: its names must shadow no library
    main()
