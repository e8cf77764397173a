"""Put right what a template cannot know before its text is in place; plain Python.

The line under a name is as long as the annex wants for that name, the frame of a mark is as wide as the mark: both are
paragraphs with a border, whose indents are set here. Lengths are measured in the widths of Times New Roman.
"""
import unicodedata
from functools import cache

from lxml import etree

from .package import W, parse_xml, tag

TWIPS_MM = 1440 / 25.4
# style of the paragraph that carries the line → (share of the text above it, size, bold)
LINES = {'CivicRuleAgency': (0.4, 13, True), 'CivicRuleSubject': (0.4, 14, True), 'CivicRuleMotto': (1.0, 13, True)}
FRAMES = {'CivicMark': (13, True), 'CivicCirculation': (13, True)}
# width of the frame in mm (Annex I, III.2.b); others get what their text needs
MARKS = {'KHẨN': 20, 'THƯỢNG KHẨN': 40, 'HỎA TỐC': 30}
FRAME_PADDING = 3               # mm at each side

CORE = 'docProps/core.xml'
_DC = 'http://purl.org/dc/elements/1.1/'


@cache
def _get_width(char, face):
    from reportlab.pdfbase.pdfmetrics import stringWidth

    base = unicodedata.normalize('NFD', char)[0]
    return stringWidth({'đ': 'd', 'Đ': 'D'}.get(base, base if ord(base) < 256 else 'n'), face, 1000) / 1000


def measure(text, size, *, bold=False):
    """Return the width of a text in mm, in Times New Roman; a letter is as wide with marks as without."""
    face = 'Times-Bold' if bold else 'Times-Roman'
    return sum(_get_width(char, face) for char in unicodedata.normalize('NFC', text)) * size / 72 * 25.4


def measure_lines(text, size, width, *, bold=False):
    """Return the width in mm of the longest line of a text that is broken to fit ``width``."""
    longest = 0.0
    for line in text.split('\n'):
        current = ''
        for word in line.split(' '):
            longer = f'{current} {word}'.strip()
            if current and measure(longer, size, bold=bold) > width:
                longest = max(longest, measure(current, size, bold=bold))
                current = word
            else:
                current = longer
        longest = max(longest, measure(current, size, bold=bold))
    return min(longest, width)


def fit_lines(parts, name='word/document.xml'):
    """Set the indents of lines and frames in the part, in place."""
    root = parse_xml(parts[name])
    page_width = get_text_width(root)
    for paragraph in root.iter(tag('w:p')):
        style = get_style(paragraph)
        if style not in LINES and style not in FRAMES:
            continue
        width = _get_room(paragraph, page_width)
        if style in LINES:
            share, size, bold = LINES[style]
            text = get_text_above(paragraph)
            if not text:
                continue
            length = share * measure_lines(text, size, width, bold=bold)
        else:
            size, bold = FRAMES[style]
            text = get_text(paragraph).strip()
            length = MARKS.get(text) or measure(text, size, bold=bold) + 2 * FRAME_PADDING
        _set_indents(paragraph, max(0.0, (width - length) / 2))
    keep_signature_with_text(root)
    parts[name] = etree.tostring(root, xml_declaration=True, encoding='UTF-8', standalone=True)


def keep_signature_with_text(root):
    """Keep the last lines of the content on the page of the signature."""
    for table in root.iter(tag('w:tbl')):
        before = table.getprevious()
        is_end = any('Nơi nhận' in (element.text or '') for element in table.iter(tag('w:t')))
        if is_end and before is not None and before.tag == tag('w:p'):
            properties = before.find(tag('w:pPr'))
            if properties is None:
                properties = etree.Element(tag('w:pPr'))
                before.insert(0, properties)
            if properties.find(tag('w:keepNext')) is None:
                properties.insert(1 if properties.find(tag('w:pStyle')) is not None else 0, etree.Element(tag('w:keepNext')))


def get_style(paragraph):
    element = paragraph.find(f"{tag('w:pPr')}/{tag('w:pStyle')}")
    return element.get(tag('w:val'), '') if element is not None else ''


def get_text(paragraph):
    """Return the text of a paragraph, line breaks included."""
    parts = []
    for element in paragraph.iter(tag('w:t'), tag('w:br'), tag('w:tab'), tag('w:noBreakHyphen')):
        parts.append(
            element.text or '' if element.tag == tag('w:t') else '\n' if element.tag == tag('w:br')
            else '-' if element.tag == tag('w:noBreakHyphen') else '\t')
    return ''.join(parts)


def get_text_above(paragraph):
    """Return the text of the nearest paragraphs above that are not empty and have one style."""
    texts, style = [], None
    for other in paragraph.itersiblings(tag('w:p'), preceding=True):
        text = get_text(other).strip()
        if not text or (style is not None and get_style(other) != style):
            if texts:
                break
            continue
        style = get_style(other)
        texts.insert(0, text)
    return '\n'.join(texts)


def get_text_width(root):
    """Return the width between the margins in mm."""
    size, margins = root.find(f".//{tag('w:pgSz')}"), root.find(f".//{tag('w:pgMar')}")
    if size is None or margins is None:
        return 165.0
    try:
        twips = int(size.get(tag('w:w'))) - int(margins.get(tag('w:left'))) - int(margins.get(tag('w:right')))
    except (TypeError, ValueError):
        return 165.0
    return max(20.0, twips / TWIPS_MM)


def _get_room(paragraph, page_width):
    parent = paragraph.getparent()
    width = parent.find(f"{tag('w:tcPr')}/{tag('w:tcW')}") if parent.tag == tag('w:tc') else None
    if width is None:
        return page_width
    try:
        return max(5.0, int(width.get(tag('w:w'))) / TWIPS_MM)
    except (TypeError, ValueError):
        return page_width


def _set_indents(paragraph, millimetres):
    properties = paragraph.find(tag('w:pPr'))
    indent = properties.find(tag('w:ind'))
    if indent is None:
        indent = etree.SubElement(properties, tag('w:ind'))
        later = [
            child for child in properties
            if etree.QName(child).localname in ('jc', 'contextualSpacing', 'outlineLvl', 'rPr', 'sectPr', 'textAlignment')]
        if later:
            later[0].addprevious(indent)
    twips = str(round(millimetres * TWIPS_MM))
    for side in ('left', 'right'):
        indent.set(f'{{{W}}}{side}', twips)


def set_properties(parts, *, title, author):
    """Set title and author; times and names that Word left in the template are dropped."""
    core = (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<cp:coreProperties '
        'xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" '
        f'xmlns:dc="{_DC}"><dc:title>%s</dc:title><dc:creator>%s</dc:creator><dc:language>vi-VN</dc:language>'
        '</cp:coreProperties>')
    if CORE in parts:
        parts[CORE] = (core % (_escape(title), _escape(author))).encode()


def _escape(text):
    return text.replace('&', '&amp;').replace('<', '&lt;').replace('>', '&gt;')
