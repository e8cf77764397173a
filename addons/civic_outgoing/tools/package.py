"""Open a .docx from outside without being harmed by it, and write one whose bytes depend on its content alone.

Nothing is unpacked before its size is known, no XML is parsed that declares entities, and what fetches, starts or hides
something is refused with a code. Plain Python.
"""
import io
import posixpath
import re
import zipfile
import zlib
from xml.parsers import expat

from lxml import etree

from .finding import ToolError

MIB = 1024 * 1024
MAX_FILE = 64 * MIB
MAX_UNPACKED = 192 * MIB
MAX_XML = 48 * MIB              # of one XML part
MAX_PARTS = 4000
MAX_RATIO = 400                 # unpacked to packed, of a part that is not small
SMALL = MIB
MAX_DEPTH = 256                 # of XML elements in one another

MAIN_TYPE = 'application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml'
W = 'http://schemas.openxmlformats.org/wordprocessingml/2006/main'
R = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships'
RELATIONSHIPS = 'http://schemas.openxmlformats.org/package/2006/relationships'
TYPES = 'http://schemas.openxmlformats.org/package/2006/content-types'

# What Word itself puts in and nothing runs: a link that a reader may click.
_CLICKED = re.compile(r'(?:https?|mailto):', re.IGNORECASE)
_MACRO_PART = re.compile(r'vba(?:Project|Data)|\.(?:bin|vba)$|customUI|activeX', re.IGNORECASE)
_EMBEDDED_PART = re.compile(r'(?:^|/)embeddings/', re.IGNORECASE)
_EMBEDDED_KIND = re.compile(r'/(?:oleObject|package|aFChunk|control|subDocument)$', re.IGNORECASE)
_MACRO_TYPE = re.compile(r'macroEnabled|vbaProject|activeX', re.IGNORECASE)
_ACTIVE_FIELD = re.compile(
    r'^\s*(?:DDE|DDEAUTO|INCLUDETEXT|INCLUDEPICTURE|INCLUDE|IMPORT|LINK|MACROBUTTON|DATABASE|RD|HTMLACTIVEX)\b', re.IGNORECASE)
_XML_NAME = re.compile(r'\.(?:xml|rels|vml)$', re.IGNORECASE)
_MAIN_PART = re.compile(r'word/document\d*\.xml', re.IGNORECASE)
_DATE = (1980, 1, 1, 0, 0, 0)


def tag(name):
    """Return the qualified name of a WordprocessingML element or attribute: tag('w:p')."""
    return f'{{{W}}}{name[2:]}'


class Package:
    """The parts of a .docx that was looked through: names, bytes, and the parsed main part."""

    def __init__(self, parts):
        self.parts = parts
        self.main = _find_main(parts)

    def read_xml(self, name):
        """Return the root element of a part, or None if there is none of that name."""
        raw = self.parts.get(name)
        return None if raw is None else parse_xml(raw)

    def get_related(self, kind):
        """Return {relationship id: name of part} of the main part's relations of a kind ('header', 'styles' …)."""
        folder, name = posixpath.split(self.main)
        root = self.read_xml(f'{folder}/_rels/{name}.rels')
        if root is None:
            return {}
        return {
            relation.get('Id'): _resolve(folder, relation.get('Target', ''))
            for relation in root.iter(f'{{{RELATIONSHIPS}}}Relationship')
            if relation.get('Type', '').endswith('/' + kind) and relation.get('TargetMode') != 'External'
        }


def _resolve(folder, target):
    path = target if target.startswith('/') else posixpath.join('/' + folder, target)
    return posixpath.normpath(path).lstrip('/')


def parse_xml(raw):
    """Return the root element; nothing outside of the bytes is looked at."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        return etree.fromstring(raw, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise ToolError('corrupt') from error


def open_package(docx, *, allow=()):
    """Return the :class:`Package`.

    :param bytes docx: a file from anywhere
    :param allow: codes that are not refused: what a draft may hold and a template may not ('embedded_object')
    :raises ToolError: not_docx, corrupt, encrypted, too_large, dtd, macro, embedded_object, external_link, active_field
    """
    docx = bytes(docx)
    if len(docx) > MAX_FILE:
        raise ToolError('too_large')
    if docx[:8] == b'\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1':      # OLE: an old .doc, or a .docx under a password
        raise ToolError('encrypted' if 'EncryptedPackage'.encode('utf-16-le') in docx else 'not_docx')
    try:
        with zipfile.ZipFile(io.BytesIO(docx)) as archive:
            parts = _read_parts(archive)
    except (
        zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, OSError, ValueError, RuntimeError, OverflowError,
    ) as error:
        raise ToolError('corrupt' if docx[:2] == b'PK' else 'not_docx') from error
    if '[Content_Types].xml' not in parts:
        raise ToolError('not_docx')
    for name, raw in parts.items():
        if _XML_NAME.search(name):
            _look_through(name, raw, allow)
    _check_names(parts, allow)
    _check_types(parts)
    for name, raw in parts.items():
        if name.lower().endswith('.rels'):
            _check_relations(raw, allow)
    return Package(parts)


def _read_parts(archive):
    infos = archive.infolist()
    if len(infos) > MAX_PARTS or sum(info.file_size for info in infos) > MAX_UNPACKED:
        raise ToolError('too_large')
    parts, room = {}, MAX_UNPACKED
    for info in infos:
        if info.is_dir():
            continue
        if info.flag_bits & 0x1:
            raise ToolError('encrypted')
        name = info.filename
        if name.startswith('/') or '..' in name.split('/') or '\\' in name or name in parts:
            raise ToolError('corrupt')
        limit = min(room, MAX_XML if _XML_NAME.search(name) else MAX_UNPACKED)
        if info.file_size > limit or (info.file_size > SMALL and info.file_size > MAX_RATIO * max(1, info.compress_size)):
            raise ToolError('too_large')
        with archive.open(info) as stream:
            raw = stream.read(limit + 1)        # the directory may lie about the size
        if len(raw) > limit:
            raise ToolError('too_large')
        room -= len(raw)
        parts[name] = raw
    return parts


def _look_through(name, raw, allow):
    """Walk the XML once, before any tree is built of it: entities, depth, fields that act."""
    parser = expat.ParserCreate(namespace_separator=' ')
    instruction, depth = [], 0

    def refuse(*args):
        raise ToolError('dtd', part=name)

    def start(element, attributes):
        nonlocal depth
        depth += 1
        if depth > MAX_DEPTH:
            raise ToolError('too_large')
        local = element.rpartition(' ')[2]
        if local == 'fldChar' and any(value == 'begin' for value in attributes.values()):
            instruction.clear()
        elif local == 'fldSimple':
            check(next((value for key, value in attributes.items() if key.endswith('instr')), ''))
        elif local == 'instrText':
            parser.CharacterDataHandler = instruction.append
        elif local in ('object', 'altChunk', 'control') and 'embedded_object' not in allow and name.startswith('word/'):
            raise ToolError('embedded_object', part=name)

    def end(element):
        nonlocal depth
        depth -= 1
        if element.rpartition(' ')[2] == 'instrText':
            parser.CharacterDataHandler = None
            check(''.join(instruction))

    def check(text):
        if _ACTIVE_FIELD.match(text):
            raise ToolError('active_field', field=' '.join(text.split())[:80])

    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    try:
        parser.Parse(raw, True)
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise ToolError('corrupt') from error


def _check_names(parts, allow):
    for name in parts:
        if _MACRO_PART.search(name) and not _EMBEDDED_PART.search(name) and not name.lower().startswith('word/printersettings'):
            raise ToolError('macro', part=name)
        if _EMBEDDED_PART.search(name) and 'embedded_object' not in allow:
            raise ToolError('embedded_object', part=name)


def _check_types(parts):
    root = parse_xml(parts['[Content_Types].xml'])
    for element in root:
        if isinstance(element.tag, str) and _MACRO_TYPE.search(element.get('ContentType', '')):
            raise ToolError('macro', part=element.get('PartName', element.get('Extension', '')))


def _check_relations(raw, allow):
    for relation in parse_xml(raw).iter(f'{{{RELATIONSHIPS}}}Relationship'):
        kind, target = relation.get('Type', ''), relation.get('Target', '')
        if relation.get('TargetMode') == 'External':
            if not (kind.endswith('/hyperlink') and _CLICKED.match(target)):
                raise ToolError('external_link', target=target[:120])
        elif _EMBEDDED_KIND.search(kind) and 'embedded_object' not in allow:
            raise ToolError('embedded_object', part=target[:120])


def _find_main(parts):
    root = parse_xml(parts['[Content_Types].xml'])
    for element in root.iter(f'{{{TYPES}}}Override'):
        if element.get('ContentType') == MAIN_TYPE:
            name = element.get('PartName', '').lstrip('/')
            # other tools take the body for this name, so no other will do
            if name in parts and _MAIN_PART.fullmatch(name):
                body = parse_xml(parts[name])
                if body.tag == tag('w:document') and body.find(tag('w:body')) is not None:
                    return name
    raise ToolError('not_docx')


def write_package(parts):
    """Return the bytes of a .docx of these parts {name: bytes}: the same parts, the same bytes."""
    target = io.BytesIO()
    order = sorted(parts, key=lambda name: (name != '[Content_Types].xml', not name.startswith('_rels/'), name))
    with zipfile.ZipFile(target, 'w', zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name in order:
            info = zipfile.ZipInfo(name, _DATE)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o600 << 16
            info.create_system = 3
            archive.writestr(info, parts[name])
    return target.getvalue()
