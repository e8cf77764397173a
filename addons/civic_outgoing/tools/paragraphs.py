"""The paragraphs of a Word document as they look: fonts, sizes and spacing with all styles applied; plain Python.

What is deleted by tracked changes is left out, what is inserted is in. Text boxes are not read.
"""
import re
from dataclasses import dataclass, field
from functools import cached_property

from .finding import ToolError
from .package import R, W, open_package, tag

TWIPS_MM = 1440 / 25.4
MAX_PARAGRAPHS = 20_000
DEFAULT_SIZE = 10.0             # what Word takes where nothing is said
_INNER = {tag(f'w:{name}') for name in ('hyperlink', 'ins', 'smartTag', 'sdt', 'sdtContent', 'fldSimple', 'customXml', 'moveTo')}
_OFF = ('0', 'false', 'off')
_FALLBACK = '{http://schemas.openxmlformats.org/markup-compatibility/2006}'
_DRAWING_EXTENT = '{http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing}extent'


@dataclass
class Run:
    """A stretch of text of one look; ``size`` in points."""

    text: str
    font: str = ''
    size: float = DEFAULT_SIZE
    bold: bool = False
    italic: bool = False


@dataclass
class Paragraph:
    """One paragraph; lengths in mm, spacing in points. ``cell``: (number of the table, row, column, columns)."""

    runs: list
    style: str = ''
    align: str = 'left'
    first: float = 0.0
    left: float = 0.0
    right: float = 0.0
    before: float = 0.0
    after: float = 0.0
    line: float = 1.0           # lines, or points
    line_rule: str = 'auto'
    borders: tuple = ()
    shape_width: float | None = None    # of a line drawn in the paragraph
    cell: tuple | None = None
    room: float = 0.0           # width of what it stands in
    has_page_field: bool = False
    section: int = 0

    @cached_property
    def text(self):
        return ''.join(run.text for run in self.runs)

    @property
    def is_empty(self):
        return not self.text.strip()


@dataclass
class Section:
    """Page set-up; lengths in mm."""

    width: float = 0.0
    height: float = 0.0
    top: float = 0.0
    bottom: float = 0.0
    left: float = 0.0
    right: float = 0.0
    is_landscape: bool = False
    has_first_page: bool = False
    headers: dict = field(default_factory=dict)     # {'default' | 'first' | 'even': [Paragraph]}
    footers: dict = field(default_factory=dict)

    @property
    def text_width(self):
        return max(20.0, self.width - self.left - self.right)


@dataclass
class Text:
    """The document: body paragraphs in reading order (tables row by row), and sections."""

    paragraphs: list
    sections: list


def read_text(docx, *, allow=('embedded_object',)):
    """Return the :class:`Text` of a .docx.

    :raises ToolError: if the file is refused or damaged
    """
    return _Reader(open_package(docx, allow=allow)).read_all()


class _Reader:

    def __init__(self, package):
        self.package = package
        self.fonts = self._read_theme()
        self.styles, self.defaults, self.default_style = self._read_styles()
        self._chains = {}
        self.table_count = 0
        self.count = 0

    def _related(self, kind):
        for name in self.package.get_related(kind).values():
            root = self.package.read_xml(name)
            if root is not None:
                return root
        return None

    def _read_theme(self):
        root = self._related('theme')
        fonts = {}
        if root is not None:
            for kind in ('major', 'minor'):
                for element in root.iter(f'{{http://schemas.openxmlformats.org/drawingml/2006/main}}{kind}Font'):
                    latin = element.find('{http://schemas.openxmlformats.org/drawingml/2006/main}latin')
                    if latin is not None:
                        fonts[kind] = latin.get('typeface', '')
        return fonts

    def _read_styles(self):
        root = self._related('styles')
        styles, defaults, default_style = {}, (None, None), ''
        if root is None:
            return styles, defaults, default_style
        base = root.find(tag('w:docDefaults'))
        if base is not None:
            defaults = (
                base.find(f"{tag('w:rPrDefault')}/{tag('w:rPr')}"), base.find(f"{tag('w:pPrDefault')}/{tag('w:pPr')}"))
        for element in root.iter(tag('w:style')):
            name = element.get(tag('w:styleId'), '')
            styles[name] = element
            if element.get(tag('w:type')) == 'paragraph' and element.get(tag('w:default'), '0') not in _OFF:
                default_style = name
        return styles, defaults, default_style

    def _get_chain(self, name):
        """Return the (rPr, pPr) of the style and of those it is based on, the farthest first."""
        if name not in self._chains:
            chain, seen, current = [], set(), name
            while current in self.styles and current not in seen:
                seen.add(current)
                element = self.styles[current]
                chain.insert(0, (element.find(tag('w:rPr')), element.find(tag('w:pPr'))))
                based = element.find(tag('w:basedOn'))
                current = based.get(tag('w:val'), '') if based is not None else ''
            self._chains[name] = chain
        return self._chains[name]

    # --- the whole --- #

    def read_all(self):
        body = self.package.read_xml(self.package.main).find(tag('w:body'))
        headers, footers = self.package.get_related('header'), self.package.get_related('footer')
        sections = [self._read_section(element, headers, footers) for element in body.iter(tag('w:sectPr'))]
        if not sections:
            raise ToolError('corrupt')
        previous = Section()
        for section in sections:        # a header that a section does not name is that of the section before
            section.headers = {**previous.headers, **section.headers}
            section.footers = {**previous.footers, **section.footers}
            previous = section
        self.sections, self.section = sections, 0
        paragraphs = []
        self._read_blocks(body, None, sections[0].text_width, paragraphs)
        return Text(paragraphs, sections)

    def _read_section(self, element, headers, footers):
        size, margins = element.find(tag('w:pgSz')), element.find(tag('w:pgMar'))
        section = Section()
        if size is not None:
            section.width, section.height = _mm(size, 'w'), _mm(size, 'h')
            section.is_landscape = section.width > section.height
        if margins is not None:
            for side in ('top', 'bottom', 'left', 'right'):
                setattr(section, side, abs(_mm(margins, side)))
            section.left += _mm(margins, 'gutter')
        section.has_first_page = _is_on(element.find(tag('w:titlePg')))
        for kind, names, target in (('headerReference', headers, section.headers), ('footerReference', footers, section.footers)):
            for reference in element.iter(tag(f'w:{kind}')):
                name = names.get(reference.get(f'{{{R}}}id', ''))
                root = self.package.read_xml(name) if name else None
                if root is not None:
                    self.section, found = 0, []
                    self._read_blocks(root, None, section.text_width, found)
                    target[reference.get(tag('w:type'), 'default')] = found
        return section

    def _read_blocks(self, parent, cell, room, found):
        for element in parent:
            if element.tag == tag('w:p'):
                self.count += 1
                if self.count > MAX_PARAGRAPHS:
                    raise ToolError('too_large')
                found.append(self._read_paragraph(element, cell, room))
                if element.find(f"{tag('w:pPr')}/{tag('w:sectPr')}") is not None:
                    self.section += 1
                    room = self.sections[min(self.section, len(self.sections) - 1)].text_width
            elif element.tag == tag('w:tbl'):
                self._read_table(element, room, found)
            elif element.tag in (tag('w:sdt'), tag('w:sdtContent'), tag('w:customXml'), tag('w:ins')):
                self._read_blocks(element, cell, room, found)

    def _read_table(self, table, room, found):
        self.table_count += 1
        number = self.table_count
        for row_number, row in enumerate(table.iter(tag('w:tr'))):
            if row.getparent() is not table and row.getparent().tag != tag('w:sdtContent'):
                continue                # of a table in a cell: read with the cell
            cells = [cell for cell in row.iter(tag('w:tc')) if _get_row(cell) is row]
            for column, cell in enumerate(cells):
                width = cell.find(f"{tag('w:tcPr')}/{tag('w:tcW')}")
                inner = _mm(width, 'w') if width is not None and width.get(tag('w:type'), 'dxa') == 'dxa' else room / len(cells)
                self._read_blocks(cell, (number, row_number, column, len(cells)), inner or room / len(cells), found)

    # --- one paragraph --- #

    def _read_paragraph(self, element, cell, room):
        own = element.find(tag('w:pPr'))
        style = own.find(tag('w:pStyle')) if own is not None else None
        name = style.get(tag('w:val'), '') if style is not None else self.default_style
        if name not in self.styles:
            name = self.default_style
        chain = self._get_chain(name)
        layout = [self.defaults[1], *(item[1] for item in chain), own]
        paragraph = Paragraph([], style=name, cell=cell, room=room, section=getattr(self, 'section', 0))
        _apply_layout(paragraph, layout)
        self._read_runs(element, [self.defaults[0], *(item[0] for item in chain)], paragraph)
        return paragraph

    def _read_runs(self, parent, looks, paragraph):
        for element in parent:
            if element.tag == tag('w:r'):
                self._read_run(element, looks, paragraph)
            elif element.tag in _INNER:
                if 'PAGE' in element.get(tag('w:instr'), '').upper().split():
                    paragraph.has_page_field = True
                self._read_runs(element, looks, paragraph)

    def _read_run(self, element, looks, paragraph):
        own = element.find(tag('w:rPr'))
        style = own.find(tag('w:rStyle')) if own is not None else None
        looks = [*looks, *(item[0] for item in self._get_chain(style.get(tag('w:val'), '')))] if style is not None else looks
        run = Run('')
        is_caps = False
        for look in (*looks, own):
            if look is not None:
                is_caps = self._apply_look(run, look, is_caps)
        parts = []
        for child in element:
            if child.tag == tag('w:t'):
                parts.append(child.text or '')
            elif child.tag in (tag('w:br'), tag('w:cr')):
                parts.append('\n')
            elif child.tag == tag('w:tab'):
                parts.append('\t')
            elif child.tag == tag('w:noBreakHyphen'):
                parts.append('-')
            elif child.tag == tag('w:instrText'):
                if 'PAGE' in (child.text or '').upper().split():
                    paragraph.has_page_field = True
            elif child.tag in (tag('w:drawing'), tag('w:pict')) or child.tag.startswith(_FALLBACK):
                paragraph.shape_width = _get_shape_width(child)
        run.text = ''.join(parts)
        if is_caps:
            run.text = run.text.upper()
        if run.text:
            paragraph.runs.append(run)

    def _apply_look(self, run, look, is_caps):
        for child in look:
            name = child.tag.rpartition('}')[2] if isinstance(child.tag, str) else ''
            value = child.get(tag('w:val'), '')
            if name == 'rFonts':
                theme = child.get(tag('w:asciiTheme'), '') or child.get(tag('w:hAnsiTheme'), '')
                if theme:
                    run.font = self.fonts.get('major' if theme.startswith('major') else 'minor', '') or run.font
                else:
                    run.font = child.get(tag('w:ascii')) or child.get(tag('w:hAnsi')) or run.font
            elif name == 'sz':
                run.size = _number(value, run.size * 2) / 2
            elif name == 'b':
                run.bold = _is_on(child)
            elif name == 'i':
                run.italic = _is_on(child)
            elif name in ('caps', 'smallCaps'):
                is_caps = _is_on(child)
        return is_caps


def _get_row(cell):
    parent = cell.getparent()
    while parent is not None and parent.tag != tag('w:tr'):
        parent = parent.getparent()
    return parent


def _get_shape_width(element):
    for extent in element.iter(_DRAWING_EXTENT):
        return _number(extent.get('cx', ''), 0) / 36000
    for shape in element.iter():
        style = shape.get('style', '') if isinstance(shape.tag, str) else ''
        match = re.search(r'width:([\d.]+)pt', style)
        if match:
            return float(match[1]) / 72 * 25.4
    return 0.0


def _apply_layout(paragraph, layouts):
    borders, context = {}, {'first': 0.0, 'hanging': 0.0}
    for layout in layouts:
        if layout is None:
            continue
        for child in layout:
            name = child.tag.rpartition('}')[2] if isinstance(child.tag, str) else ''
            if name == 'jc':
                value = child.get(tag('w:val'), 'left')
                paragraph.align = {'start': 'left', 'end': 'right', 'both': 'justify', 'distribute': 'justify'}.get(value, value)
            elif name == 'ind':
                _apply_indents(paragraph, child, context)
            elif name == 'spacing':
                _apply_spacing(paragraph, child)
            elif name == 'pBdr':
                for side in child:
                    borders[side.tag.rpartition('}')[2]] = side.get(tag('w:val'), 'none') not in ('none', 'nil')
    paragraph.first = context['first'] - context['hanging']
    paragraph.borders = tuple(side for side, is_drawn in borders.items() if is_drawn)


def _apply_indents(paragraph, element, context):
    for names, target in ((('left', 'start'), 'left'), (('right', 'end'), 'right')):
        for name in names:
            if element.get(f'{{{W}}}{name}') is not None:
                setattr(paragraph, target, _mm(element, name))
    if element.get(tag('w:firstLine')) is not None:
        context.update(first=_mm(element, 'firstLine'), hanging=0.0)
    if element.get(tag('w:hanging')) is not None:
        context.update(hanging=_mm(element, 'hanging'), first=0.0)


def _apply_spacing(paragraph, element):
    for name in ('before', 'after'):
        value = element.get(f'{{{W}}}{name}')
        if value is not None:
            setattr(paragraph, name, _number(value, 0) / 20)
        if element.get(f'{{{W}}}{name}Autospacing', '0') not in _OFF:
            setattr(paragraph, name, 14.0)
    if element.get(tag('w:line')) is not None:
        paragraph.line_rule = element.get(tag('w:lineRule'), 'auto')
        value = _number(element.get(tag('w:line')), 240)
        paragraph.line = value / 240 if paragraph.line_rule == 'auto' else value / 20


def _mm(element, name):
    return _number(element.get(f'{{{W}}}{name}', '0'), 0) / TWIPS_MM


def _number(text, default):
    match = re.fullmatch(r'\s*(-?\d{1,9}(?:\.\d{1,6})?)(pt|mm|cm|in)?\s*', text or '')
    if not match:
        return default
    factor = {'pt': 20, 'mm': TWIPS_MM, 'cm': 10 * TWIPS_MM, 'in': 1440}.get(match[2], 1)
    return float(match[1]) * factor


def _is_on(element):
    return element is not None and element.get(tag('w:val'), '1') not in _OFF
