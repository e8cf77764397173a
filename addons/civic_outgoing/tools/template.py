"""Word templates with merge fields; plain Python.

A template is a .docx with Jinja tags, as docxtpl reads them: ``{{ subject }}``, ``{%p for line in body %}`` on a
paragraph of its own. Only plain data can be reached: fields, their items, ``if`` and ``for``, a few filters. No call, no
arithmetic, no include, no attribute of a Python object.

Fields are listed in :data:`FIELDS`; texts of the caller may contain any characters, they are escaped.
"""
import io
import re
import unicodedata
from datetime import date
from typing import NamedTuple

from jinja2 import StrictUndefined, TemplateError, TemplateSyntaxError, meta, nodes
from jinja2.runtime import LoopContext
from jinja2.sandbox import ImmutableSandboxedEnvironment, SecurityError

from . import adjust
from .finding import ERROR, Finding, ToolError
from .package import open_package, parse_xml, tag, write_package
from .sandbox import in_child

TEXT, LINES, LIST, BODY = 'text', 'lines', 'list', 'body'
GAP = '\u00a0'                  # blanks that neither break nor shrink: room for what is stamped later
NUMBER_GAP = GAP * 8
DAY_GAP = GAP * 4              # as wide as two digits
YEAR_GAP = GAP * 8 + '\u2060'   # it ends a line: blanks at the end of a centred line would not count without the joiner
MAX_TEXT = 200_000              # characters of one value
MAX_ITEMS = 5_000
FIRST_RECIPIENTS = 8            # as many as stand beside the signature; the rest may go on the next page
MAX_LOOPS = 3


class Field(NamedTuple):
    """A merge field; ``kind``: 'text', 'lines' (line breaks kept), 'list' (of texts), 'body'."""

    name: str
    kind: str
    meaning: str
    example: object
    is_derived: bool = False


FIELDS = {field.name: field for field in (
    Field('agency_parent', LINES, "Name of the direct superior agency; empty if it has none", "ỦY BAN NHÂN DÂN\nTHÀNH PHỐ HỒ CHÍ MINH"),
    Field('agency', LINES, "Name of the issuing agency", "SỞ NỘI VỤ"),
    Field('place', TEXT, "Place of issue", "Thành phố Hồ Chí Minh"),
    Field('date', TEXT, "Date of issue, YYYY-MM-DD; empty until it is given", "2026-03-05"),
    Field('year', TEXT, "Year that a draft without a date shows", "2026"),
    Field('number', TEXT, "Number in the register; empty until it is given", "15"),
    Field('notation', TEXT, "Notation after the stroke", "SNV-VP"),
    Field('code', TEXT, "Identifier of the document in the suite", "000.00.19.H29-2026-0015"),
    Field('type_name', TEXT, "Name of the document type", "Kế hoạch"),
    Field('subject', LINES, "Summary of the content", "Tuyên truyền cải cách hành chính năm 2026"),
    Field('issuing_authority', LINES, "Who decides, as the heading of a decision names it", "GIÁM ĐỐC SỞ NỘI VỤ"),
    Field('addressees', LIST, "To whom the document speaks (Kính gửi)", ["Ủy ban nhân dân các phường, xã, đặc khu"]),
    Field('bases', LIST, "Legal bases, without the mark at their end",
          ["Căn cứ Nghị định số 30/2020/NĐ-CP"]),
    Field('body', BODY, "Content: paragraphs with their level, see parse_body()", [{'level': 'normal', 'label': '', 'text': "Nội dung."}]),
    Field('attached_type_name', TEXT, "Name of the type of what a decision puts into force", "Quy chế"),
    Field('attached_subject', LINES, "Summary of what a decision puts into force", "Công tác văn thư của Sở Nội vụ"),
    Field('attached_body', BODY, "Content of what a decision puts into force",
          [{'level': 'article', 'label': 'Điều 1.', 'text': "Phạm vi"}]),
    Field('signing_lines', LIST, "Lines above the title: TM., KT., TL., TUQ., Q.", ["KT. GIÁM ĐỐC"]),
    Field('signer_title', LINES, "Title of the signer", "PHÓ GIÁM ĐỐC"),
    Field('signer_name', TEXT, "Full name of the signer", "Nguyễn Thị Minh An"),
    Field('recipients', LIST, "To whom copies go (Nơi nhận), without dash and mark; without the copy kept",
          ["Như trên", "Giám đốc Sở (để b/c)"]),
    Field('drafting_unit', TEXT, "Short form of the drafting unit, in the last line of the recipients", "VP"),
    Field('drafter_sign', TEXT, "Mark of the person who drafted it", "PL"),
    Field('copies', TEXT, "Number of copies issued", "30"),
    Field('urgency', TEXT, "Mark of urgency: KHẨN, THƯỢNG KHẨN, HỎA TỐC; or empty", ""),
    Field('circulation', TEXT, "Note on circulation: LƯU HÀNH NỘI BỘ, XEM XONG TRẢ LẠI; or empty", ""),
    Field('address_line', LINES, "Address, e-mail, web page, telephone at the foot of page 1; or empty", ""),
    # invitation (form 1.7)
    Field('invited', TEXT, "Who is invited", "Đại diện lãnh đạo Sở"),
    Field('event', TEXT, "What the invited come to", "dự Hội nghị sơ kết công tác văn thư"),
    Field('chair', TEXT, "Who presides", "Ông Trần Văn B, Phó Giám đốc"),
    Field('event_time', TEXT, "When it takes place or begins", "08 giờ 00, ngày 12 tháng 3 năm 2026"),
    Field('event_place', TEXT, "Where it takes place", "Phòng họp số 1"),
    # minutes (form 1.9)
    Field('attendees', LIST, "Who took part", ["Ông Trần Văn B, Phó Giám đốc"]),
    Field('secretary', TEXT, "Name of the secretary of the meeting", "Lê Văn C"),
    Field('end_time', TEXT, "When the meeting ended", "10 giờ 30, ngày 12 tháng 3 năm 2026"),
    # introduction (form 1.8)
    Field('person_name', TEXT, "Who is introduced or empowered", "Ông Lê Văn C"),
    Field('person_position', TEXT, "That person's position", "Chuyên viên"),
    Field('sent_to', TEXT, "To which agency the person is sent", "Chi cục Văn thư - Lưu trữ"),
    Field('purpose', TEXT, "On what business", "làm việc về công tác lưu trữ"),
    Field('valid_until', TEXT, "Last day on which the paper holds, as it is written", "31 tháng 3 năm 2026"),
    # made of others
    Field('date_line', TEXT, "The date as it is written", "ngày 05 tháng 3 năm 2026", True),
    Field('number_text', TEXT, "The number, or room for it", "15", True),
    Field('archive_line', TEXT, "Last line of the recipients", "Lưu: VT, VP. PL.(30)", True),
    Field('recipients_first', LIST, "The recipients that stand beside the signature", [], True),
    Field('recipients_more', LIST, "The other recipients", [], True),
    Field('letter_subject', LINES, "The summary without “V/v” or “Về việc”, which the form of a letter puts before it", "", True),
    Field('addressee_only', TEXT, "The addressee, if there is but one: it stands on the line of Kính gửi", "", True),
    Field('body_unended', BODY, "The content without the mark that ends it, for templates in which text follows", [], True),
)}
LEVELS = ('chapter', 'section', 'article', 'heading', 'clause', 'point', 'dash', 'normal')
ITEM_FIELDS = frozenset(('level', 'label', 'text', 'title'))
FILTERS = ('upper', 'lower', 'default', 'trim', 'length', 'first', 'last', 'join')
LOOP = frozenset(('first', 'last', 'index', 'index0', 'length'))

# === the language of templates === #

_ALLOWED = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.For, nodes.If, nodes.CondExpr, nodes.Name, nodes.Getattr,
    nodes.Getitem, nodes.Const, nodes.Compare, nodes.Operand, nodes.And, nodes.Or, nodes.Not, nodes.Filter, nodes.Test,
    nodes.Concat, nodes.List, nodes.Tuple,
)


class TagForbidden(TemplateSyntaxError):
    """Well-formed Jinja that templates may not use."""


class PlainEnvironment(ImmutableSandboxedEnvironment):
    """Jinja without anything but data: what is not listed is refused when the template is read."""

    def __init__(self):
        super().__init__(autoescape=True, undefined=StrictUndefined, cache_size=0)
        self.globals.clear()
        self.filters = {name: self.filters[name] for name in FILTERS}
        self.tests = {name: self.tests[name] for name in ('defined', 'undefined', 'none', 'eq', 'ne', 'in')}

    def _parse(self, source, name, filename):
        tree = super()._parse(source, name, filename)
        _check_nodes(tree, 0)
        return tree

    def getattr(self, obj, attribute):
        if isinstance(obj, dict) and attribute in ITEM_FIELDS:
            return obj.get(attribute, '')
        if isinstance(obj, LoopContext) and attribute in LOOP:
            return getattr(obj, attribute)
        raise SecurityError(attribute)

    def getitem(self, obj, argument):
        if isinstance(obj, (list, tuple)) and isinstance(argument, int) and -len(obj) <= argument < len(obj):
            return obj[argument]
        if isinstance(argument, str):
            return self.getattr(obj, argument)
        raise SecurityError(str(argument)[:40])

    def is_safe_callable(self, obj):
        return False


def _check_nodes(node, loops):
    if not isinstance(node, _ALLOWED):
        raise TagForbidden(type(node).__name__.lower(), getattr(node, 'lineno', 1) or 1)
    if isinstance(node, nodes.For):
        loops += 1
        if node.recursive or loops > MAX_LOOPS:
            raise TagForbidden('for', node.lineno)
    if isinstance(node, nodes.Getattr):
        allowed = LOOP if isinstance(node.node, nodes.Name) and node.node.name == 'loop' else ITEM_FIELDS
        if node.attr not in allowed:
            raise TagForbidden('.' + node.attr, node.lineno)
    if isinstance(node, nodes.Getitem) and not (isinstance(node.arg, nodes.Const) and isinstance(node.arg.value, int)):
        raise TagForbidden('[…]', node.lineno)
    if isinstance(node, nodes.Filter) and (node.name not in FILTERS or node.node is None):
        raise TagForbidden('|' + node.name, node.lineno)
    if isinstance(node, nodes.Const) and isinstance(node.value, str) and len(node.value) > 2000:
        raise TagForbidden('"…"', node.lineno)
    for child in node.iter_child_nodes():
        _check_nodes(child, loops)


# === reading a template === #

def _open(docx):
    from docxtpl import DocxTemplate

    package = open_package(docx)
    template = DocxTemplate(io.BytesIO(docx))
    try:
        template.init_docx()
    except Exception as error:          # python-docx raises what it meets in a package that lacks parts
        raise ToolError('corrupt') from error
    return package, template


def _iter_sources(template):
    """Yield (name of the part, its XML with one line per paragraph), as docxtpl will hand them to Jinja."""
    sources = [('document', template.patch_xml(template.get_xml()))]
    for uri, name in ((template.HEADER_URI, 'header'), (template.FOOTER_URI, 'footer')):
        for _key, part in template.get_headers_footers(uri):
            sources.append((name, template.patch_xml(template.get_part_xml(part))))
    for part in template.docx.part.package.parts:
        if str(part.content_type).endswith('.footnotes+xml'):
            raw = part.blob
            sources.append(('footnotes', template.patch_xml(raw.decode('utf-8') if isinstance(raw, bytes) else raw)))
    for name, source in sources:
        yield name, re.sub(r'<w:p([ >])', r'\n<w:p\1', source)


_MARK = re.compile(r'\{\{|\{%|\{#|\}\}|%\}|#\}')
_CLOSING = {'{{': '}}', '{%': '%}', '{#': '#}'}


def _find_torn_tags(template):
    """Yield (part, where) of tags that do not end in the paragraph in which they begin.

    docxtpl would let them swallow what follows, so Jinja never sees that they are broken.
    """
    roots = [('document', template.docx.element.body)]
    for uri, name in ((template.HEADER_URI, 'header'), (template.FOOTER_URI, 'footer')):
        roots += [(name, parse_xml(part.blob)) for _key, part in template.get_headers_footers(uri)]
    for name, root in roots:
        for number, paragraph in enumerate(root.iter(tag('w:p')), start=1):
            text = adjust.get_text(paragraph)
            if '{' in text or '}' in text:
                is_torn, wanted = False, None
                for mark in _MARK.findall(text):
                    is_torn = is_torn or (mark in _CLOSING) == bool(wanted) or bool(wanted) and mark != wanted
                    wanted = _CLOSING.get(mark)
                if is_torn or wanted:
                    yield name, f"{name}, ¶ {number}: {' '.join(text.split())[:80]}"


def _get_where(name, source, line):
    """Return where a tag stands, for a person: the part, the paragraph and what it says."""
    lines = source.split('\n')
    text = re.sub(r'<[^>]+>', '', lines[line - 1]) if 0 < line <= len(lines) else ''
    text = ' '.join(text.split())
    place = f'{name}, ¶ {max(1, line - 1)}'
    return f'{place}: {text[:80]}' if text else place


def _find_line(source, field_name):
    pattern = re.compile(r'\{[{%][^}]*\b' + re.escape(field_name) + r'\b')
    for number, line in enumerate(source.split('\n'), start=1):
        if pattern.search(line):
            return number
    return 0


@in_child()
def get_fields(docx: bytes) -> set:
    """Return the names of the merge fields that a template asks for, those made of others included.

    :raises ToolError: if it is refused or a tag is broken
    """
    _package, template = _open(docx)
    _refuse_torn_tags(template)
    environment, found = PlainEnvironment(), set()
    for name, source in _iter_sources(template):
        try:
            found |= meta.find_undeclared_variables(environment.parse(source))
        except TagForbidden as error:
            raise ToolError('forbidden_tag', detail=error.message, where=_get_where(name, source, error.lineno)) from error
        except TemplateSyntaxError as error:
            raise ToolError('broken_tag', detail=error.message, where=_get_where(name, source, error.lineno)) from error
    return found


def check_template(docx: bytes, known_fields) -> list:
    """Return what is wrong with a template, as findings of severity 'error' (empty: it can be used).

    :param known_fields: names of fields that the caller gives, usually ``FIELDS``
    """
    try:
        return find_template_faults(docx, list(known_fields))
    except ToolError as error:          # it took too much time or memory
        return [error.to_finding('template')]


@in_child()
def find_template_faults(docx: bytes, known_fields) -> list:
    """What :func:`check_template` does in the child process."""
    try:
        _package, template = _open(docx)
    except ToolError as error:
        return [error.to_finding('template')]
    environment, found = PlainEnvironment(), set()
    torn = list(_find_torn_tags(template))
    findings = [_find('broken_tag', detail='{{ … }}, {% … %}', where=where) for _name, where in torn]
    known = set(known_fields)
    for name, source in _iter_sources(template):
        if name in dict(torn):
            continue                    # what Jinja says of the rest would mislead
        try:
            names = meta.find_undeclared_variables(environment.parse(source))
        except TemplateSyntaxError as error:
            key = 'forbidden_tag' if isinstance(error, TagForbidden) else 'broken_tag'
            findings.append(_find(key, detail=error.message, where=_get_where(name, source, error.lineno)))
            continue
        except RecursionError:
            findings.append(_find('forbidden_tag', detail='…', where=name))
            continue
        found |= names
        for field_name in sorted(names - known):
            findings.append(_find(
                'unknown_field', field=field_name, where=_get_where(name, source, _find_line(source, field_name))))
    if not found and not findings:
        findings.append(_find('no_field'))
    return findings


def _refuse_torn_tags(template):
    for _name, where in _find_torn_tags(template):
        raise ToolError('broken_tag', detail='{{ … }}, {% … %}', where=where)


def _find(key, **params):
    return Finding(rule=f'template-{key}', key=key, params=params, severity=ERROR, box='template')


# === filling it in === #

@in_child()
def render(docx: bytes, values: dict) -> bytes:
    """Return the document: the template with the values in place. The same input gives the same bytes.

    Lines under names and frames of marks get the length that the text in place asks for.

    :param values: {field name: value}; fields that are not given are empty, names that are no field are ignored
    :raises ToolError: if the template is refused, asks for an unknown field, or a value has the wrong form
    """
    _package, template = _open(docx)
    _refuse_torn_tags(template)
    context = prepare_values(values)
    environment = PlainEnvironment()
    try:
        template.render(context, jinja_env=environment)
    except TagForbidden as error:
        raise ToolError('forbidden_tag', detail=error.message, where='') from error
    except TemplateSyntaxError as error:
        raise ToolError('broken_tag', detail=error.message, where='') from error
    except SecurityError as error:
        raise ToolError('forbidden_tag', detail=str(error), where='') from error
    except TemplateError as error:      # StrictUndefined
        name = re.search(r"'([^']*)'", str(error))
        raise ToolError('unknown_field', field=name[1] if name else '?', where='') from error
    except (TypeError, ValueError, RecursionError) as error:    # a tag treats a text as a list, or the like
        raise ToolError('broken_tag', detail=str(error)[:120], where='') from error
    target = io.BytesIO()
    template.save(target)
    parts = open_package(target.getvalue()).parts
    adjust.fit_lines(parts)
    adjust.set_properties(parts, title=_get_title(context), author=' '.join(context['agency'].split()))
    return write_package(parts)


def _get_title(context):
    reference = f"{context['number']}/{context['notation']}" if context['number'] else ''
    return ' '.join(filter(None, [context['type_name'], reference, ' '.join(context['subject'].split())]))[:250]


# Controls, and what hides or turns the text beside it. Line breaks are kept where a field has lines.
_UNSEEN = re.compile(
    '[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\uffff\ud800-\udfff]')


_SUBJECT_MARK = re.compile(r'^(?:V/v|Về việc)\s*:?\s*', re.IGNORECASE)


def clean(text, *, lines=False):
    """Return the text composed (NFC) and without what no document shows."""
    text = unicodedata.normalize('NFC', str(text)[:MAX_TEXT]).replace('\r\n', '\n').replace('\r', '\n').replace('\t', ' ')
    text = _UNSEEN.sub('', text)
    if lines:
        return '\n'.join(line.strip(' ') for line in text.split('\n')).strip()
    return text.replace('\n', ' ').strip(' ')


def prepare_values(values):
    """Return the values of all fields, those made of others included.

    :raises ToolError: bad_value
    """
    context = {}
    for field in FIELDS.values():
        if not field.is_derived:
            context[field.name] = _prepare(field, values.get(field.name))
    context['date_line'] = format_date(context['date'], context['year'])
    context['number_text'] = format_number(context['number']) if context['number'] else NUMBER_GAP
    context['archive_line'] = format_archive_line(context['drafting_unit'], context['drafter_sign'], context['copies'])
    context['letter_subject'] = _SUBJECT_MARK.sub('', context['subject'])
    context['addressee_only'] = context['addressees'][0] if len(context['addressees']) == 1 else ''
    context['body_unended'] = context['body']
    for name in ('body', 'attached_body'):
        context[name] = context[name][:-1] + [_end(item) for item in context[name][-1:]]
    for name in ('addressees', 'bases', 'recipients', 'attendees'):
        context[name] = _punctuate(context[name], ';' if name == 'recipients' else '.')
    context['recipients_first'] = context['recipients'][:FIRST_RECIPIENTS]
    context['recipients_more'] = context['recipients'][FIRST_RECIPIENTS:]
    return context


def _prepare(field, value):
    if field.kind in (TEXT, LINES):
        if value is None or value is False:
            return ''
        if isinstance(value, date):
            value = value.strftime('%Y-%m-%d')
        if not isinstance(value, (str, int)):
            raise ToolError('bad_value', field=field.name)
        return clean(value, lines=field.kind == LINES)
    value = value or []
    if isinstance(value, str) or not isinstance(value, (list, tuple)) or len(value) > MAX_ITEMS:
        raise ToolError('bad_value', field=field.name)
    if field.kind == LIST:
        if not all(isinstance(item, str) for item in value):
            raise ToolError('bad_value', field=field.name)
        marks = '' if field.name == 'signing_lines' else ' ;.,'
        return [text for text in (clean(item).rstrip(marks) if marks else clean(item) for item in value) if text]
    return [_prepare_item(field, item) for item in value]


def _prepare_item(field, item):
    if not isinstance(item, dict) or item.get('level', 'normal') not in LEVELS:
        raise ToolError('bad_value', field=field.name)
    prepared = {'level': item.get('level', 'normal')}
    for name in ('label', 'text', 'title'):
        value = item.get(name) or ''
        if not isinstance(value, str):
            raise ToolError('bad_value', field=field.name)
        prepared[name] = clean(value, lines=True)
    return prepared


def _end(item):
    """Return the last paragraph with the mark that ends the content: './.'."""
    name = 'text' if item['text'] or not item['title'] else 'title'
    return {**item, name: item[name].rstrip(' ./;,') + './.'}


def _punctuate(texts, last):
    """Return the lines of a list with the marks at their ends."""
    return [text + (last if index == len(texts) else ';') for index, text in enumerate(texts, start=1)]


def format_date(value, year=''):
    """Return 'ngày 05 tháng 01 năm 2026' (Annex I, II.4.b: a 0 before days under 10 and months 1 and 2), or the gaps for it.

    :raises ToolError: bad_value
    """
    if not value:
        return f'ngày {DAY_GAP} tháng {DAY_GAP} năm {year or YEAR_GAP}'
    try:
        day = date.fromisoformat(value)
    except ValueError as error:
        raise ToolError('bad_value', field='date') from error
    month = f'{day.month:02d}' if day.month < 3 else str(day.month)
    return f'ngày {day.day:02d} tháng {month} năm {day.year}'


def format_number(number):
    """Return the number with a 0 before it if it is under 10 (Annex I, II.3.a)."""
    return f'0{number}' if re.fullmatch(r'[1-9]', number) else number


def format_archive_line(drafting_unit='', drafter_sign='', copies=''):
    """Return the last line of the recipients: 'Lưu: VT, VP. PL.(30)' (Annex I, II.9.b, III.3; form 1.5)."""
    line = f'Lưu: VT, {drafting_unit}.' if drafting_unit else 'Lưu: VT.'
    if drafter_sign or copies:
        line += ' ' + (f'{drafter_sign}.' if drafter_sign else '') + (f'({copies})' if copies else '')
    return line


# === the content === #

_LINES = (
    ('chapter', re.compile(r'(?P<label>(?:Phần|Chương|PHẦN|CHƯƠNG)\s+[IVXLC\d]+)[.:]?\s*(?P<text>.*)')),
    ('section', re.compile(r'(?P<label>(?:Mục|Tiểu mục|MỤC|TIỂU MỤC)\s+\d+)[.:]?\s*(?P<text>.*)')),
    ('article', re.compile(r'(?P<label>Điều\s+\d+[a-zđ]?\.)\s*(?P<text>.*)')),
    ('heading', re.compile(r'(?P<label>[IVXLC]+\.)\s+(?P<text>.+)')),
    ('clause', re.compile(r'(?P<label>\d+(?:\.\d+)*\.)\s+(?P<text>.+)')),
    ('point', re.compile(r'(?P<label>[a-zđ]{1,2}\))\s*(?P<text>.+)')),
    ('dash', re.compile(r'(?P<label>[-–+•*])\s+(?P<text>.+)')),
)
_TITLE_END = re.compile(r'[.;:,!?]$')


def parse_body(text):
    """Return the paragraphs of a plain text, one per line, with the level that their beginning shows.

    :return: list of {'level', 'label', 'title', 'text'}: 'chapter' (Phần, Chương) and 'section' (Mục) with their title
        on the next line, 'article' (Điều), 'heading' (I.), 'clause' (1.), 'point' (a)), 'dash', 'normal'. An article of a
        few words without a mark at its end is a title and stands bold.
    """
    items = []
    for line in clean(text, lines=True).split('\n'):
        if not line:
            continue
        for level, pattern in _LINES:
            match = pattern.fullmatch(line)
            if match:
                items.append(_make_item(level, match['label'], match['text']))
                break
        else:
            last = items[-1] if items else None
            if last and last['level'] in ('chapter', 'section') and not last['title']:
                last['title'] = line.upper()
            else:
                items.append({'level': 'normal', 'label': '', 'title': '', 'text': line})
    return items


def _make_item(level, label, text):
    if level in ('chapter', 'section'):
        return {'level': level, 'label': label, 'title': text.upper(), 'text': ''}
    if level == 'dash':
        return {'level': level, 'label': '+' if label == '+' else '-', 'title': '', 'text': text}
    if level == 'heading':
        return {'level': level, 'label': label, 'title': text, 'text': ''}
    if level in ('article', 'clause') and text and len(text) <= 120 and not _TITLE_END.search(text):
        return {'level': level, 'label': label, 'title': text, 'text': ''}
    return {'level': level, 'label': label, 'title': '', 'text': text}
