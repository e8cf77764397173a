"""What a file from outside is, before anything of it is kept; plain Python.

The bytes are hostile until proven otherwise: they are measured here, but opened only in the sandbox of
:mod:`inspector`.
"""
import base64
import hashlib
import os
import re
import tempfile
import unicodedata
from dataclasses import dataclass, field
from typing import NamedTuple

from .inspector import InspectionFailed, inspector
from .secrecy import find_secrecy_mark, find_secrecy_mark_in_name

INLINE_PAGES = 30               # pages whose text is read while the person waits
WORD_PAGES = 5                  # and those whose words get their places
MAX_TEXT = 5_000_000            # characters of text layer kept per request
MAX_NAME = 150
CHUNK = 1024 * 1024
# Seconds of processor time and of wall time that the sandbox has for one file: while a person waits, and in a job.
INLINE_LIMITS = (8, 60)
JOB_LIMITS = (240, 600)

# Problems in the order in which they are told.
PROBLEMS = (
    'empty', 'too_large', 'secret_mark', 'bad_name', 'forbidden_format', 'extension_mismatch', 'encrypted', 'corrupt',
    'too_many_pages', 'unreadable',
)


class Format(NamedTuple):
    """One format that is known: how its bytes are called, how its text is read, whether a browser may show it in place."""

    mimetype: str
    aliases: tuple = ()
    reader: str | None = None
    is_inline: bool = False


_OFFICE = 'application/vnd.openxmlformats-officedocument.'
_OPEN = 'application/vnd.oasis.opendocument.'

# What can be told by its bytes and is safe to keep; which of them are accepted is a rule (``content.formats``). What is
# not listed is always refused: programs, scripts, web pages, packed files, documents with macros.
FORMATS = {
    'pdf': Format('application/pdf', reader='pdf', is_inline=True),
    'docx': Format(_OFFICE + 'wordprocessingml.document', reader='office'),
    'xlsx': Format(_OFFICE + 'spreadsheetml.sheet', reader='office'),
    'pptx': Format(_OFFICE + 'presentationml.presentation', reader='office'),
    'odt': Format(_OPEN + 'text', reader='office'),
    'ods': Format(_OPEN + 'spreadsheet', reader='office'),
    'doc': Format('application/msword', ('application/x-ole-storage', 'application/CDFV2')),
    'xls': Format('application/vnd.ms-excel', ('application/x-ole-storage', 'application/CDFV2')),
    'rtf': Format('application/rtf', ('text/rtf',)),
    'txt': Format('text/plain', reader='plain', is_inline=True),
    'csv': Format('text/csv', ('text/plain', 'application/csv'), reader='plain'),
    'xml': Format('text/xml', ('application/xml', 'text/plain'), reader='xml'),
    'png': Format('image/png', is_inline=True),
    'jpg': Format('image/jpeg', is_inline=True),
    'jpeg': Format('image/jpeg', is_inline=True),
    'tif': Format('image/tiff'),
    'tiff': Format('image/tiff'),
    'heic': Format('image/heic', ('image/heif',)),
    'heif': Format('image/heif', ('image/heic',)),
    'mp3': Format('audio/mpeg', is_inline=True),
    'wav': Format('audio/x-wav', ('audio/wav', 'audio/vnd.wave'), is_inline=True),
    'ogg': Format('audio/ogg', ('application/ogg', 'video/ogg'), is_inline=True),
    'm4a': Format('audio/mp4', ('audio/x-m4a', 'video/mp4', 'application/mp4'), is_inline=True),
    'mp4': Format('video/mp4', ('application/mp4', 'audio/mp4'), is_inline=True),
    'mov': Format('video/quicktime'),
    'webm': Format('video/webm', is_inline=True),
    # shown as its head and words alone, see the controller
    'eml': Format('message/rfc822', ('text/plain', 'text/html'), reader='email', is_inline=True),
}
EMAIL = 'message/rfc822'
EMAIL_PUID = ('fmt/278', 'Internet Message Format')     # also of one whose body PRONOM takes for a web page
INLINE_MIMETYPES = frozenset(fmt.mimetype for fmt in FORMATS.values() if fmt.is_inline)
# Bytes that are a program whatever the file is called.
_PROGRAM = re.compile(
    r'application/(?:x-(?:dosexec|executable|pie-executable|sharedlib|mach-binary|object|msdownload|sh|shellscript'
    r'|python-code|java-applet|ms-dos-executable)|vnd\.microsoft\.portable-executable|javascript|java-archive)'
    r'|text/(?:x-(?:shellscript|script\.python|python|perl|ruby|php|msdos-batch)|javascript|html)')
_OOXML = ('docx', 'xlsx', 'pptx')
_OLE = ('application/CDFV2', 'application/x-ole-storage', 'application/encrypted', 'application/vnd.ms-office')
_READERS = {fmt.mimetype: fmt.reader for fmt in FORMATS.values() if fmt.reader and fmt.reader != 'email'}


@dataclass(frozen=True)
class ContentReport:
    """What :func:`inspect` found. ``problems`` is empty when the file may be kept."""

    name: str
    size: int
    sha256: str
    mimetype: str = 'application/octet-stream'
    puid: str = ''
    format_name: str = ''
    page_count: int = 0
    text: str = field(default='', repr=False)
    text_pages: int = 0                 # pages the text comes from; fewer than page_count = read on later
    problems: tuple = ()
    detail: str = ''
    places: str = field(default='', repr=False)     # what ``pdftotext -bbox`` says of the first pages, if it was asked
    mail: dict | None = None            # head of an e-mail: from, to, cc, date, subject, and ``day``
    parts: tuple = field(default=(), repr=False)    # its attachments: (name, bytes); b'' of those that are too large

    @property
    def is_text_complete(self):
        return self.text_pages >= self.page_count


def inspect(raw_or_path, filename, *, max_bytes, max_pages, formats=None, text_pages=INLINE_PAGES, word_pages=0):
    """Report on a file given as bytes or as the path of a file; nothing is raised for a bad one.

    :param int max_bytes: a larger file is reported ``too_large`` and not opened
    :param int max_pages: a PDF with more pages is reported ``too_many_pages``
    :param formats: extensions that are accepted; None = all that are known
    :param int text_pages: pages whose text layer is read; 0 = all
    :param int word_pages: pages whose words are read with their places, beside the rest of the work
    """
    name = clean_name(filename)
    size, sha256 = measure(raw_or_path)
    problems = []
    if has_bad_name(filename):
        problems.append('bad_name')
    if find_secrecy_mark_in_name(name):
        problems.append('secret_mark')
    extension = get_extension(name)
    fmt = FORMATS.get(extension)
    if fmt is None or formats is not None and extension not in formats:
        problems.append('forbidden_format')
    if not size:
        return _report(name, size, sha256, ['empty'] + problems)
    if size > max_bytes:
        return _report(name, size, sha256, ['too_large'] + problems)

    answer = _ask(
        raw_or_path, extension, max_pages=max_pages, first_page=1, last_page=text_pages, word_pages=word_pages,
        reader='email' if extension == 'eml' else None)
    mimetype = detect_mimetype(answer, fmt)
    if extension in _OOXML and answer.get('magic') in _OLE:
        answer['problems'] = ['encrypted']          # a protected OOXML file is packed into an OLE one
        mimetype = fmt.mimetype
    problems += answer.get('problems', [])
    is_mail = bool(answer.get('mail'))              # whatever libmagic takes its body for
    if not is_mail and (_PROGRAM.fullmatch(mimetype) or _PROGRAM.fullmatch(answer.get('magic') or '')):
        problems.append('forbidden_format')
    elif any(_is_program(part['magic']) for part in answer.get('attached', ())):
        problems.append('forbidden_format')
    elif fmt and not is_format(fmt, mimetype):
        unknown = mimetype in ('application/octet-stream', 'text/plain') and extension not in ('txt', 'csv', 'xml')
        problems.append('corrupt' if unknown else 'extension_mismatch')
    text = clean_text(answer.get('text', ''))
    if find_secrecy_mark(text):
        problems.append('secret_mark')
    return _report(
        name, size, sha256, problems,
        mimetype=mimetype,
        puid=EMAIL_PUID[0] if is_mail else answer.get('puid') or '',
        format_name=EMAIL_PUID[1] if is_mail else answer.get('format') or '',
        page_count=answer.get('page_count') or 0,
        text='' if problems else text,
        text_pages=answer.get('last_page') or 0,
        detail=answer.get('detail') or '',
        places='' if problems else answer.get('places') or '',
        mail=answer.get('mail'),
        parts=() if problems else tuple(
            (part['name'] or 'attachment', base64.b64decode(part['data'])) for part in answer.get('attached', ())),
    )


def read_text(raw_or_path, extension, *, first_page=1, last_page=0, max_pages=1_000_000):
    """Return the text of the given pages (0 = to the end) of a file that was accepted before."""
    answer = _ask(
        raw_or_path, extension, max_pages=max_pages, first_page=first_page, last_page=last_page, identify=False,
        reader=FORMATS[extension].reader, limits=JOB_LIMITS)
    return clean_text(answer.get('text', ''))


def _report(name, size, sha256, problems, **values):
    ordered = tuple(code for code in PROBLEMS if code in problems)
    return ContentReport(name=name, size=size, sha256=sha256, problems=ordered, **values)


def _ask(
    raw_or_path, extension, *, max_pages, first_page, last_page, word_pages=0, identify=True, reader=None,
    limits=INLINE_LIMITS,
):
    cpu_seconds, timeout = limits
    request = {
        'identify': identify, 'reader': reader, 'readers': _READERS, 'max_pages': max_pages, 'max_chars': MAX_TEXT,
        'first_page': first_page, 'last_page': last_page, 'word_pages': word_pages, 'cpu_seconds': cpu_seconds,
    }
    # The child sees a name of our own making; the extension helps to tell plain-text formats apart.
    suffix = '.' + (extension if extension in FORMATS else 'bin')
    with tempfile.NamedTemporaryFile(prefix='civic-', suffix=suffix) as copy:
        if isinstance(raw_or_path, (bytes, bytearray, memoryview)):
            copy.write(raw_or_path)
        else:
            with open(raw_or_path, 'rb') as source:
                while chunk := source.read(CHUNK):
                    copy.write(chunk)
        copy.flush()
        try:
            return inspector.ask({**request, 'path': copy.name}, timeout=timeout)
        except InspectionFailed as error:
            return {'problems': ['unreadable'], 'detail': str(error)}


def _is_program(mimetype):
    """Whether an attachment is a program; web pages and scripts in it are only text, for nothing runs them here."""
    return bool(_PROGRAM.fullmatch(mimetype)) and not mimetype.startswith('text/')


def measure(raw_or_path):
    """Return size and SHA-256 of the bytes, read in pieces."""
    if isinstance(raw_or_path, (bytes, bytearray, memoryview)):
        return len(raw_or_path), hashlib.sha256(raw_or_path).hexdigest()
    digest = hashlib.sha256()
    size = 0
    with open(raw_or_path, 'rb') as source:
        while chunk := source.read(CHUNK):
            digest.update(chunk)
            size += len(chunk)
    return size, digest.hexdigest()


def detect_mimetype(answer, fmt=None):
    """Return the MIME type the bytes have; what PRONOM only guessed from the name does not count."""
    candidates = []
    if answer.get('mime') and not answer.get('by_name'):
        candidates.append(answer['mime'])
    if answer.get('magic'):
        candidates.append(answer['magic'])
    if fmt:
        for candidate in candidates:
            if candidate == fmt.mimetype or candidate in fmt.aliases:
                return fmt.mimetype
    return next(iter(candidates), 'application/octet-stream')


def is_format(fmt, mimetype):
    if mimetype == fmt.mimetype or mimetype in fmt.aliases:
        return True
    # libmagic takes many a plain text for the source code of something; programs were refused before.
    return fmt.mimetype in ('text/plain', 'text/csv') and mimetype.startswith('text/')


def get_extension(name):
    return os.path.splitext(name)[1][1:].lower()


def has_bad_name(filename):
    """Whether a name holds path parts, or characters no file name of ours may hold."""
    filename = filename or ''
    return (
        not filename.strip(' .')
        or '/' in filename or '\\' in filename
        or any(unicodedata.category(char) in ('Cc', 'Cf', 'Cs', 'Zl', 'Zp') for char in filename)
    )


def clean_name(filename):
    """Return a plain, displayable file name: no folder, no control or direction mark, not too long."""
    name = unicodedata.normalize('NFC', filename or '').replace('\\', '/').rpartition('/')[2]
    name = ''.join(char for char in name if unicodedata.category(char) not in ('Cc', 'Cf', 'Cs', 'Co', 'Cn', 'Zl', 'Zp'))
    name = re.sub(r'[<>:"|?*]', '_', ' '.join(name.split())).strip(' .') or 'file'
    stem, extension = os.path.splitext(name)
    return stem[:MAX_NAME - len(extension)] + extension if len(extension) <= 10 else name[:MAX_NAME]


def clean_text(text):
    """Return text as it is kept: composed letters, no control character, single blanks, pages kept apart."""
    text = unicodedata.normalize('NFC', text)
    text = re.sub('[^\\S\\n\\f]{3,}', '\n', text)       # a wide gap parts two columns, and hides no stamp
    text = re.sub('[\x00-\x08\x0e-\x1f\x7f\u00ad\u200b-\u200f\u2028-\u202e\u2060\ufeff]', '', text)
    text = re.sub(r'[^\S\n\f]+', ' ', text)
    return re.sub(r' ?\n\s*', '\n', text.replace('\f', '\n')).strip()
