"""XML from outside without its traps, and XML to outside without a tree in memory."""
from __future__ import annotations

import re

from lxml import etree

METS = 'http://www.loc.gov/METS/'
XLINK = 'http://www.w3.org/1999/xlink'
XSI = 'http://www.w3.org/2001/XMLSchema-instance'
CSIP = 'https://DILCIS.eu/XML/METS/CSIPExtensionMETS'
SIP = 'https://DILCIS.eu/XML/METS/SIPExtensionMETS'
PREMIS = 'http://www.loc.gov/premis/v3'

SAFE = {'resolve_entities': False, 'no_network': True, 'load_dtd': False, 'huge_tree': False}
MAX_SMALL = 8 << 20
_PARSER = etree.XMLParser(**SAFE)
_ENCODING = re.compile(rb'^\s*<\?xml[^>]*?encoding\s*=\s*["\']([^"\']*)["\']')
_FORBIDDEN = re.compile('[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]')
_OVERLAP = len(b'<!DOCTYPE') - 1


class XmlRefused(ValueError):
    """Not read on purpose: document type declarations, entities, encodings that hide them, too large."""


def check_head(head):
    if head[:2] in (b'\xff\xfe', b'\xfe\xff') or b'\0' in head[:4]:
        raise XmlRefused("not in UTF-8")
    declared = _ENCODING.match(head[:300].removeprefix(b'\xef\xbb\xbf'))
    if declared and declared.group(1).lower() not in (b'utf-8', b'utf8', b'us-ascii', b'ascii'):
        raise XmlRefused("not in UTF-8")


def check_declarations(content):
    if b'<!DOCTYPE' in content or b'<!ENTITY' in content:
        raise XmlRefused("a document type declaration")


class Guard:
    """A stream for the parser that never lets a document type declaration through, in whatever chunk it hides."""

    def __init__(self, stream, limit=512 << 20):
        self.stream, self.left, self.tail, self.first = stream, limit, b'', True

    def read(self, size=-1):  # pylint: disable=method-required-super  # no model
        chunk = self.stream.read(1 << 16 if size is None or size < 0 else size)
        if self.first:
            check_head(chunk)
            self.first = False
        self.left -= len(chunk)
        if self.left < 0:
            raise XmlRefused("larger than XML of this kind may be")
        seen = self.tail + chunk
        check_declarations(seen)
        self.tail = seen[-_OVERLAP:]
        return chunk


def parse(content):
    """A small document as an element; :raises XmlRefused, etree.XMLSyntaxError:"""
    if len(content) > MAX_SMALL:
        raise XmlRefused("larger than XML of this kind may be")
    check_head(content)
    check_declarations(content)
    return etree.fromstring(content, _PARSER)


def iterparse(stream, events=('start', 'end'), **options):
    return etree.iterparse(Guard(stream), events=events, **SAFE, **options)


def clean(text):
    """Text that XML can carry: what it cannot, a form feed of an old scan for instance, becomes a replacement character."""
    return _FORBIDDEN.sub('\ufffd', text)


def escape(text):
    text = clean(text)
    if '&' in text or '<' in text or '>' in text:
        text = text.replace('&', '&amp;').replace('<', '&lt;').replace('>', '&gt;')
    return text.replace('\r', '&#13;') if '\r' in text else text


def quote(text):
    text = escape(text)
    if '"' in text:
        text = text.replace('"', '&quot;')
    if '\n' in text or '\t' in text:
        text = text.replace('\n', '&#10;').replace('\t', '&#9;')
    return f'"{text}"'


def attributes(pairs):
    return ''.join(f' {name}={quote(value)}' for name, value in pairs.items() if value is not None)


def tag(name, pairs=None, text=None):
    """One element as text; ``text`` is escaped."""
    head = f'<{name}{attributes(pairs or {})}'
    return f'{head}/>' if text is None else f'{head}>{escape(text)}</{name}>'
