"""The sandboxed reader of files from outside; run by :mod:`child`, never imported by Odoo."""
import os
import re
import resource
import shutil
import subprocess
import zipfile
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


READERS = {'pdf': read_pdf, 'office': read_office, 'xml': read_xml, 'plain': read_plain}


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
