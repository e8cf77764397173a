"""The sandboxed reader of files from outside; run by :mod:`child`, never imported by Odoo."""
import base64
import contextlib
import os
import re
import resource
import shutil
import subprocess
import zipfile
from email import policy
from email.parser import BytesParser
from html.parser import HTMLParser
from xml.parsers import expat

MIB = 1024 * 1024
IDLE_SECONDS = 120                  # nobody asks any more: give the memory back
ADDRESS_SPACE = 4096 * MIB          # the format library reserves much more than it uses
DATA_SEGMENT = 1024 * MIB           # what is really used
FILE_SIZE = 0                       # it writes nothing
POPPLER_ADDRESS_SPACE = 1024 * MIB
HEAD_BYTES = 1024                   # the head of a PDF must stand within its first bytes,
TAIL_BYTES = 4096                   # and its end mark within its last ones
MAX_PLACES = 8 * MIB
MAIL_PARTS = 200                    # parts of an e-mail that are looked at
MAIL_BYTES = 24 * MIB               # of its attachments; what exceeds them stays in the e-mail alone
MAIL_HEADERS = ('From', 'To', 'Cc', 'Date', 'Subject')
HTML_HIDDEN = frozenset(('script', 'style', 'head', 'title', 'template', 'noscript'))
HTML_BREAKS = frozenset(('p', 'br', 'div', 'tr', 'li', 'h1', 'h2', 'h3', 'h4', 'table', 'blockquote'))

# The XML parts of office files that hold text a person can read: body, headers, notes, comments. Word calls the body
# what it likes (document2.xml), OpenDocument keeps headers among the styles, and names of parts know no case.
OFFICE_PARTS = re.compile(
    r'word/[^/]+\.xml|xl/sharedStrings\.xml|xl/comments[^/]*\.xml|ppt/(?:slides|notesSlides|comments)/[^/]+\.xml'
    r'|(?:content|styles)\.xml', re.IGNORECASE)
OFFICE_BREAKS = frozenset(('p', 'br', 'tr', 'row', 'si', 'h', 'tab'))


def limit_poppler(cpu_seconds):
    resource.setrlimit(resource.RLIMIT_AS, (POPPLER_ADDRESS_SPACE, POPPLER_ADDRESS_SPACE))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds))


def identify(path):
    """Return what the file is by its bytes: MIME type of libmagic, PRONOM id, name and MIME type."""
    import magic
    import pygfried

    result = {'magic': magic.from_file(path, mime=True), 'puid': '', 'format': '', 'mime': '', 'by_name': False}
    matches = pygfried.identify(path, detailed=True)['files'][0]['matches']
    if matches and matches[0]['id'] != 'UNKNOWN':
        match = matches[0]
        version = match.get('version') or ''
        result.update(
            puid=match['id'],
            format=' '.join(filter(None, [match.get('format') or '', version])),
            mime=(match.get('mime') or '').split(',')[0].strip(),
            by_name='extension only' in (match.get('warning') or ''),
        )
    return result


def read_pdf(path, request):
    """Return page count, problems and text layer of a PDF."""
    import pikepdf

    if not has_end_mark(path):
        return {'problems': ['corrupt'], 'detail': 'no end mark'}
    try:
        with pikepdf.open(path) as pdf:
            page_count = len(pdf.pages)
    except pikepdf.PasswordError:
        return {'problems': ['encrypted']}
    except (pikepdf.PdfError, ValueError, RuntimeError) as error:
        return {'problems': ['corrupt'], 'detail': str(error)[:200]}
    if not page_count:
        return {'problems': ['corrupt'], 'detail': 'no page'}
    if page_count > request['max_pages']:
        return {'problems': ['too_many_pages'], 'page_count': page_count}
    last = min(page_count, request['last_page'] or page_count)
    return {
        'problems': [], 'page_count': page_count, 'text': collect_text(path, request), 'last_page': last,
        'places': collect_places(request)}


def has_end_mark(path):
    with open(path, 'rb') as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - TAIL_BYTES))
        return b'%%EOF' in file.read()


def start_text(path, request, *options):
    """Start the extraction of the text layer beside the rest of the work; None without the program."""
    program = shutil.which('pdftotext')
    if not program:
        return None
    return subprocess.Popen(
        [program, '-q', '-enc', 'UTF-8', *options, path, '-'],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        preexec_fn=lambda: limit_poppler(request['cpu_seconds']))


def collect_text(path, request):
    process = request.pop('extraction', None)
    if process is None:
        last = request['last_page'] or None
        return pdf_text_in_python(path, request['first_page'], last, request)
    raw = process.stdout.read(request['max_chars'] * 3)
    end_text(process)
    return raw.decode('utf-8', 'ignore')[:request['max_chars']]


def collect_places(request):
    """Return the words of the first pages with their places; nothing if there are too many or the program broke."""
    process = request.pop('placing', None)
    if process is None:
        return ''
    raw = process.stdout.read(MAX_PLACES + 1)
    is_whole = len(raw) <= MAX_PLACES and not process.wait()
    end_text(process)
    return raw.decode('utf-8', 'replace') if is_whole else ''


def end_text(process):
    process.kill()
    process.stdout.close()
    process.wait()


def pdf_text_in_python(path, first, last, request):
    import pypdf

    parts, length = [], 0
    for page in pypdf.PdfReader(path).pages[first - 1:last]:
        parts.append(page.extract_text() or '')
        length += len(parts[-1])
        if length > request['max_chars']:
            break
    return '\f'.join(parts)[:request['max_chars']]


def read_office(path, request):
    """Return the text of an OOXML or OpenDocument file, read piece by piece up to the limit."""
    parts, room = [], request['max_chars']
    try:
        with zipfile.ZipFile(path) as package:
            names = [name for name in package.namelist() if OFFICE_PARTS.fullmatch(name)]
            if any(package.getinfo(name).flag_bits & 0x1 for name in names):
                return {'problems': ['encrypted']}
            for name in names:
                with package.open(name) as part:
                    text = xml_text(part, room)
                parts.append(text)
                room -= len(text)
                if room <= 0:
                    break
    except (zipfile.BadZipFile, expat.ExpatError, NotImplementedError, OSError, EOFError) as error:
        return {'problems': ['corrupt'], 'detail': str(error)[:200]}
    return {'problems': [], 'text': '\n'.join(parts)}


def xml_text(stream, room):
    """Return the character data of an XML stream; entities are refused, they are how XML bombs are built."""
    chunks = []
    state = {'length': 0}
    parser = expat.ParserCreate(namespace_separator=' ')

    def refuse(*args):
        raise expat.ExpatError('entity declared')

    def add(data):
        state['length'] += len(data)
        chunks.append(data)

    def end(name):
        if name.rpartition(' ')[2] in OFFICE_BREAKS:
            add('\n')

    parser.EntityDeclHandler = refuse
    parser.CharacterDataHandler = add
    parser.EndElementHandler = end
    while state['length'] < room:
        data = stream.read(65536)
        if not data:
            parser.Parse(b'', True)
            break
        parser.Parse(data)
    return ''.join(chunks)[:room]


def read_xml(path, request):
    try:
        with open(path, 'rb') as stream:
            return {'problems': [], 'text': xml_text(stream, request['max_chars'])}
    except expat.ExpatError as error:
        return {'problems': ['corrupt'], 'detail': str(error)[:200]}


def read_plain(path, request):
    with open(path, 'rb') as stream:
        raw = stream.read(request['max_chars'] * 4)
    if raw[:2] in (b'\xff\xfe', b'\xfe\xff'):
        return {'problems': [], 'text': raw.decode('utf-16', 'replace')}
    return {'problems': [], 'text': raw.decode('utf-8-sig', 'replace')[:request['max_chars']]}


class HtmlText(HTMLParser):
    """The words of a web page; scripts, styles and whatever else a browser would do are left out."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.chunks = []
        self._hidden = 0

    def handle_starttag(self, tag, attrs):
        self._hidden += tag in HTML_HIDDEN
        if tag in HTML_BREAKS:
            self.chunks.append('\n')

    def handle_endtag(self, tag):
        if tag in HTML_HIDDEN and self._hidden:
            self._hidden -= 1

    def handle_data(self, data):
        if not self._hidden:
            self.chunks.append(data)


def get_html_text(markup):
    parser = HtmlText()
    parser.feed(markup)
    parser.close()
    return ''.join(parser.chunks)


def get_header(message, name):
    """Return a header of an e-mail in one line; what the library cannot read is left as it stands."""
    try:
        value = str(message[name] or '')
    except Exception:               # hostile headers raise whatever they like
        value = dict(message.raw_items()).get(name) or ''
    return ' '.join(str(value).split())[:2000]


def get_mail_date(message):
    """Return the day on which it was sent as ISO text, or ''."""
    with contextlib.suppress(Exception):
        return message['Date'].datetime.date().isoformat()
    return ''


def get_mail_text(part):
    try:
        text = part.get_content()
    except Exception:               # an unknown character set, a broken encoding
        text = (part.get_payload(decode=True) or b'').decode('utf-8', 'replace')
    return get_html_text(text) if part.get_content_subtype() == 'html' else text


def read_email(path, request):
    """Return head and words of an e-mail, and its attachments as {name, magic, data}; nothing of it is rendered."""
    import magic

    with open(path, 'rb') as stream:
        message = BytesParser(policy=policy.default).parse(stream)
    head = {name.lower(): get_header(message, name) for name in MAIL_HEADERS}
    if not head['from'] or not (head['date'] or head['subject']):
        return {'problems': ['corrupt'], 'detail': 'no head of an e-mail'}
    texts, attached, room = [], [], MAIL_BYTES
    has_plain = False
    for number, part in enumerate(message.walk()):
        if number >= MAIL_PARTS:
            return {'problems': ['unreadable'], 'detail': 'too many parts'}
        name, raw = '', b''
        with contextlib.suppress(Exception):
            name = part.get_filename() or ''
        if part.get_content_type() == 'message/rfc822':     # a message in it is attached as a whole, and its parts are too
            with contextlib.suppress(Exception):
                raw = part.get_content().as_bytes()
            name = os.path.splitext(name or get_header(part.get_payload(0), 'Subject') or 'message')[0] + '.eml'
        elif part.is_multipart():
            continue
        if part.get_content_maintype() == 'text' and not name and part.get_content_disposition() != 'attachment':
            is_html = part.get_content_subtype() == 'html'
            if not is_html or not has_plain:        # the same words once
                texts.append(get_mail_text(part))
            has_plain = has_plain or not is_html
            continue
        raw = raw or part.get_payload(decode=True) or b''
        data = ''
        if len(raw) <= room:
            room -= len(raw)
            data = base64.b64encode(raw).decode()
        if raw:
            attached.append({'name': name[:200], 'magic': magic.from_buffer(raw[:MIB], mime=True), 'data': data})
    lines = [f'{name}: {head[name.lower()]}' for name in MAIL_HEADERS if head[name.lower()]]
    if attached:
        lines.append('Attachments: ' + ', '.join(part['name'] or part['magic'] for part in attached))
    return {
        'problems': [], 'text': '\n'.join([*lines, '', *texts])[:request['max_chars']], 'attached': attached,
        'mail': {**head, 'day': get_mail_date(message)}}


READERS = {'pdf': read_pdf, 'office': read_office, 'xml': read_xml, 'plain': read_plain, 'email': read_email}


def answer(request):
    """Identify the file; read it with the reader that the caller's table names for its format."""
    path = request['path']
    with open(path, 'rb') as file:
        is_pdf = b'%PDF-' in file.read(HEAD_BYTES)
    if is_pdf:
        last = ['-l', str(request['last_page'])] if request['last_page'] else []
        request['extraction'] = start_text(path, request, '-f', str(request['first_page']), *last)
    if is_pdf and request['word_pages']:
        request['placing'] = start_text(path, request, '-bbox', '-l', str(request['word_pages']))
    try:
        result = identify(path) if request['identify'] else {}
        readers = request['readers']
        reader = request['reader'] or readers.get(result.get('mime')) or readers.get(result.get('magic'))
        if reader:
            result.update(READERS[reader](path, request))
        return result
    finally:
        for name in ('extraction', 'placing'):
            process = request.pop(name, None)
            if process is not None:
                end_text(process)           # not a PDF after all, or one that cannot be read


def fail(error):
    """Whatever a library throws at a hostile file is one answer: unreadable."""
    detail = 'memory' if isinstance(error, MemoryError) else f'{type(error).__name__}: {error}'[:200]
    return {'problems': ['unreadable'], 'detail': detail}
