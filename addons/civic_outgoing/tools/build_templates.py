"""Build the templates that the add-on ships, by the layout of Decree 30/2020/NĐ-CP, Annexes I and III.

Run it to write ``data/templates``:  python -m tools.build_templates  (in the folder of the add-on). The same code gives
the same bytes; a test compares them with the files. Numbers in brackets are those of the boxes in Annex I.
"""
import io
import sys
from functools import partial
from pathlib import Path

import docx
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Mm, Pt, RGBColor
from lxml import etree

from .adjust import measure
from .package import open_package, write_package

FONT = 'Times New Roman'
TOP, BOTTOM, LEFT, RIGHT = 20, 20, 30, 15       # mm
TEXT_WIDTH = 210 - LEFT - RIGHT
HEAD = (65, TEXT_WIDTH - 65)                    # mm: agency | state
FOOT = (80, TEXT_WIDTH - 80)                    # mm: recipients | signature
SIGNATURE_SPACE = 80                            # points between title and name
INDENT = 12.7                                   # mm of a first line
RED = RGBColor(0xFF, 0, 0)

CENTER, LEFT_ALIGN, JUSTIFY = WD_ALIGN_PARAGRAPH.CENTER, WD_ALIGN_PARAGRAPH.LEFT, WD_ALIGN_PARAGRAPH.JUSTIFY

# style: (size, bold, italic, alignment, points before, points after, first line in mm, left in mm)
STYLES = {
    'Civic Nation': (12, True, False, CENTER, 0, 0, 0, 0),                     # [1]
    'Civic Motto': (13, True, False, CENTER, 0, 0, 0, 0),                      # [1]
    'Civic Agency Parent': (13, False, False, CENTER, 0, 0, 0, 0),             # [2]
    'Civic Agency': (13, True, False, CENTER, 0, 0, 0, 0),                     # [2]
    'Civic Reference': (13, False, False, CENTER, 2, 0, 0, 0),                 # [3]
    'Civic Place Date': (13, False, True, CENTER, 2, 0, 0, 0),                 # [4]
    'Civic Type Name': (14, True, False, CENTER, 18, 0, 0, 0),                 # [5a]
    'Civic Subject': (14, True, False, CENTER, 0, 0, 0, 0),                    # [5a]
    'Civic Letter Subject': (12, False, False, CENTER, 6, 0, 0, 0),            # [5b]
    'Civic Addressee': (14, False, False, CENTER, 12, 6, 0, 0),                # [9a]
    'Civic Addressee Head': (14, False, False, LEFT_ALIGN, 12, 3, 0, 30),      # [9a]
    'Civic Addressee Item': (14, False, False, LEFT_ALIGN, 0, 3, -3, 53),      # [9a]
    'Civic Authority': (14, True, False, CENTER, 6, 6, 0, 0),
    'Civic Basis': (14, False, True, JUSTIFY, 0, 6, INDENT, 0),                # [6]
    'Civic Body': (14, False, False, JUSTIFY, 0, 6, INDENT, 0),                # [6]
    'Civic Body Heading': (14, True, False, JUSTIFY, 0, 6, INDENT, 0),         # [6]
    'Civic Body Centre': (14, True, False, CENTER, 0, 6, 0, 0),                # [6]
    'Civic Attached Note': (14, False, True, CENTER, 0, 0, 0, 0),
    'Civic Signer': (14, True, False, CENTER, 0, 0, 0, 0),                     # [7a]
    'Civic Signature Space': (14, False, False, CENTER, 0, 0, 0, 0),           # [7c, 8]
    'Civic Signer Name': (14, True, False, CENTER, 0, 0, 0, 0),                # [7b]
    'Civic Recipients Label': (12, True, True, LEFT_ALIGN, 6, 0, 0, 0),        # [9b]
    'Civic Recipients': (11, False, False, LEFT_ALIGN, 0, 0, -2.5, 2.5),       # [9b]
    'Civic Mark': (13, True, False, CENTER, 8, 0, 0, 0),                       # [10b]
    'Civic Circulation': (13, True, False, CENTER, 8, 0, 0, 0),                # [11]
    'Civic Address': (11, False, False, CENTER, 0, 0, 0, 0),                   # [13]
    'Civic Page Number': (14, False, False, CENTER, 0, 0, 0, 0),
    'Civic Rule Agency': (2, False, False, CENTER, 3, 0, 0, 0),
    'Civic Rule Motto': (2, False, False, CENTER, 2, 0, 0, 0),
    'Civic Rule Subject': (2, False, False, CENTER, 3, 10, 0, 0),
    'Civic Gap': (6, False, False, CENTER, 0, 0, 0, 0),
}
KEPT_STYLES = {'Normal', 'Header', 'Footer', 'DefaultParagraphFont', 'TableNormal', 'NoList'}
KEEP_NEXT = {
    'Civic Type Name', 'Civic Subject', 'Civic Rule Subject', 'Civic Body Heading', 'Civic Body Centre', 'Civic Authority',
    'Civic Signer', 'Civic Signature Space',
}
SPACED = {'Civic Body', 'Civic Basis', 'Civic Body Heading'}
LINE_SPACING = 1.1


class Builder:
    """One template, from top to bottom."""

    def __init__(self):
        self.document = docx.Document()
        self.body = self.document.element.body
        self.container = self.document
        self._set_up()

    def _set_up(self):
        styles = self.document.styles
        for element in list(styles.element):
            style_id = element.get(qn('w:styleId'))
            if element.tag == qn('w:style') and style_id not in KEPT_STYLES:
                styles.element.remove(element)
        normal = styles['Normal']
        _set_font(normal.element, normal.font)
        normal.font.size = Pt(14)
        normal.paragraph_format.space_after = normal.paragraph_format.space_before = Pt(0)
        defaults = styles.element.find(f"{qn('w:docDefaults')}/{qn('w:rPrDefault')}/{qn('w:rPr')}")
        for child in list(defaults):
            defaults.remove(child)
        defaults.append(parse_xml(
            f'<w:rFonts {nsdecls("w")} w:ascii="{FONT}" w:hAnsi="{FONT}" w:eastAsia="{FONT}" w:cs="{FONT}"/>'))
        defaults.append(parse_xml(f'<w:sz {nsdecls("w")} w:val="28"/>'))
        defaults.append(parse_xml(f'<w:lang {nsdecls("w")} w:val="vi-VN" w:eastAsia="vi-VN" w:bidi="ar-SA"/>'))
        paragraphs = styles.element.find(f"{qn('w:docDefaults')}/{qn('w:pPrDefault')}/{qn('w:pPr')}")
        for child in list(paragraphs if paragraphs is not None else ()):
            paragraphs.remove(child)
        for name, row in STYLES.items():
            self._add_style(name, *row)
        _set_page(self.document.sections[0])
        self._add_page_number(self.document.sections[0])

    def _add_style(self, name, size, bold, italic, alignment, before, after, first, left):
        style = self.document.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
        style.base_style = self.document.styles['Normal']
        style.quick_style = True
        _set_font(style.element, style.font)
        style.font.size, style.font.bold, style.font.italic = Pt(size), bold, italic
        layout = style.paragraph_format
        layout.alignment = alignment
        layout.space_before, layout.space_after = Pt(before), Pt(after)
        layout.first_line_indent, layout.left_indent = Mm(first), Mm(left)
        layout.line_spacing = LINE_SPACING if name in SPACED else 1.0
        layout.widow_control = True
        if name in KEEP_NEXT:
            layout.keep_with_next = True
        if name == 'Civic Mark':
            style.font.color.rgb = RED
        if name in ('Civic Mark', 'Civic Circulation'):
            colour = 'FF0000' if name == 'Civic Mark' else '000000'
            _set_border(style.element, ('top', 'left', 'bottom', 'right'), size=8, space=2, color=colour)
        if name.startswith('Civic Rule'):
            _set_border(style.element, ('top',), size=6, space=0)
            layout.line_spacing_rule, layout.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(3)
        if name == 'Civic Signature Space':
            layout.line_spacing_rule, layout.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(SIGNATURE_SPACE)

    def _add_page_number(self, section):
        section.different_first_page_header_footer = True
        section.header.is_linked_to_previous = False
        section.first_page_header.is_linked_to_previous = False
        section.first_page_footer.is_linked_to_previous = False
        section.footer.is_linked_to_previous = False
        paragraph = section.header.paragraphs[0]
        paragraph.style = self.document.styles['Civic Page Number']
        for kind, text in (('begin', None), (None, 'PAGE'), ('separate', None), (None, '2'), ('end', None)):
            run = paragraph.add_run()
            if kind:
                element = OxmlElement('w:fldChar')
                element.set(qn('w:fldCharType'), kind)
            elif text == 'PAGE':
                element = OxmlElement('w:instrText')
                element.text = ' PAGE '
            else:
                run.text = text
                continue
            run._element.append(element)

    # --- paragraphs and tables --- #

    def add(self, style, *runs, where=None):
        """Add a paragraph; a run is a text, or (text, bold)."""
        container = where if where is not None else self.container
        if getattr(container, 'is_fresh', False):
            container.is_fresh = False
            paragraph = container.paragraphs[0]
        else:
            paragraph = container.add_paragraph()
        paragraph.style = self.document.styles[style]
        for run in runs:
            text, bold = run if isinstance(run, tuple) else (run, None)
            paragraph.add_run(text).bold = bold
        return paragraph

    def tag(self, text, where=None, style='Civic Body'):
        """Add a paragraph that is nothing but a tag."""
        return self.add(style, f'{{%p {text} %}}', where=where)

    def add_table(self, widths, rows):
        table = self.document.add_table(rows=rows, cols=len(widths))
        properties = table._tbl.tblPr
        for child in list(properties):
            properties.remove(child)
        total = round(sum(widths) / 25.4 * 1440)
        for xml in (
            f'<w:tblW {nsdecls("w")} w:w="{total}" w:type="dxa"/>',
            f'<w:tblInd {nsdecls("w")} w:w="0" w:type="dxa"/>',
            f'<w:tblLayout {nsdecls("w")} w:type="fixed"/>',
            f'<w:tblCellMar {nsdecls("w")}><w:left w:w="0" w:type="dxa"/><w:right w:w="0" w:type="dxa"/></w:tblCellMar>',
        ):
            properties.append(parse_xml(xml))
        for column, width in zip(table.columns, widths, strict=True):
            column.width = Mm(width)
            for cell in column.cells:
                cell.width = Mm(width)
        return table

    def cell(self, table, row, column):
        return _Cell(table.cell(row, column))

    # --- components --- #

    def add_head(self, *, letter=False, has_date=True):
        """Boxes 1 to 4, 5b, 10b, 11."""
        table = self.add_table(HEAD, 2)
        left, right = self.cell(table, 0, 0), self.cell(table, 0, 1)
        self.tag('if agency_parent', left, 'Civic Agency Parent')
        self.add('Civic Agency Parent', '{{ agency_parent|upper }}', where=left)
        self.tag('endif', left, 'Civic Agency Parent')
        self.add('Civic Agency', '{{ agency|upper }}', where=left)
        self.add('Civic Rule Agency', where=left)
        self.add('Civic Nation', 'CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM', where=right)
        self.add('Civic Motto', 'Độc lập - Tự do - Hạnh phúc', where=right)
        rule = self.add('Civic Rule Motto', where=right)
        gap = (HEAD[1] - measure('Độc lập - Tự do - Hạnh phúc', 13, bold=True)) / 2
        rule.paragraph_format.left_indent = rule.paragraph_format.right_indent = Mm(round(gap, 1))
        left, right = self.cell(table, 1, 0), self.cell(table, 1, 1)
        self.add('Civic Reference', 'Số: {{ number_text }}/{{ notation }}', where=left)
        if letter:
            self.add('Civic Letter Subject', 'V/v {{ letter_subject }}', where=left)
        for field, style in (('urgency', 'Civic Mark'), ('circulation', 'Civic Circulation')):
            self.tag(f'if {field}', left, style)
            self.add(style, f'{{{{ {field}|upper }}}}', where=left)
            self.tag('endif', left, style)
        if has_date:
            self.add('Civic Place Date', '{{ place }}, {{ date_line }}', where=right)

    def add_title(self, name='{{ type_name|upper }}', subject='{{ subject }}'):
        """Box 5a."""
        self.add('Civic Type Name', name)
        if subject:
            self.add('Civic Subject', subject)
        self.add('Civic Rule Subject')

    def add_addressees(self):
        """Box 9a."""
        self.tag('if addressee_only')
        self.add('Civic Addressee', 'Kính gửi: {{ addressee_only }}')
        self.tag('elif addressees')
        self.add('Civic Addressee Head', 'Kính gửi:')
        self.tag('for line in addressees')
        self.add('Civic Addressee Item', '- {{ line }}')
        self.tag('endfor')
        self.add('Civic Gap')
        self.tag('endif')

    def add_bases(self):
        self.tag('for line in bases')
        self.add('Civic Basis', '{{ line }}')
        self.tag('endfor')

    def add_body(self, field='body'):
        """Box 6: a paragraph for each level of the content."""
        self.tag(f'for p in {field}')
        self.tag("if p.level in ['chapter', 'section']")
        self.add('Civic Body Centre', '{{ p.label }}')
        self.tag('if p.title')
        self.add('Civic Body Centre', '{{ p.title }}')
        self.tag('endif')
        self.tag('elif p.title')
        self.add('Civic Body Heading', '{{ p.label }} {{ p.title }}')
        self.tag("elif p.level == 'article'")
        self.add('Civic Body', ('{{ p.label }}', True), ' {{ p.text }}')
        self.tag('else')
        self.add('Civic Body', '{% if p.label %}{{ p.label }} {% endif %}{{ p.text }}')
        self.tag('endif')
        self.tag('endfor')

    def add_text(self, *runs):
        self.add('Civic Body', *runs)

    def add_foot(self):
        """Boxes 7, 8, 9b, 12. What does not fit beside the signature goes into rows of its own, which may break."""
        table = self.add_table(FOOT, 4)
        left, right = self.cell(table, 0, 0), self.cell(table, 0, 1)
        self.add('Civic Recipients Label', 'Nơi nhận:', where=left)
        self.tag('for line in recipients_first', left, 'Civic Recipients')
        self.add('Civic Recipients', '- {{ line }}', where=left)
        self.tag('endfor', left, 'Civic Recipients')
        self.tag('if not recipients_more', left, 'Civic Recipients')
        self.add('Civic Recipients', '- {{ archive_line }}', where=left)
        self.tag('endif', left, 'Civic Recipients')
        self._add_signature(right)
        _keep_whole(table.rows[0])
        self.add('Civic Recipients', '{%tr if recipients_more %}', where=self.cell(table, 1, 0))
        left = self.cell(table, 2, 0)
        self.tag('for line in recipients_more', left, 'Civic Recipients')
        self.add('Civic Recipients', '- {{ line }}', where=left)
        self.tag('endfor', left, 'Civic Recipients')
        self.add('Civic Recipients', '- {{ archive_line }}', where=left)
        self.add('Civic Recipients', '{%tr endif %}', where=self.cell(table, 3, 0))
        self.end_table()

    def _add_signature(self, cell):
        self.add('Civic Gap', where=cell)
        self.tag('for line in signing_lines', cell, 'Civic Signer')
        self.add('Civic Signer', '{{ line|upper }}', where=cell)
        self.tag('endfor', cell, 'Civic Signer')
        self.add('Civic Signer', '{{ signer_title|upper }}', where=cell)
        self.add('Civic Signature Space', where=cell)
        self.add('Civic Signer Name', '{{ signer_name }}', where=cell)

    def end_table(self):
        """Word wants a paragraph after a table: as small as can be."""
        paragraph = self.add('Civic Gap')
        paragraph.paragraph_format.line_spacing_rule = WD_LINE_SPACING.EXACTLY
        paragraph.paragraph_format.line_spacing = Pt(1)

    def add_address(self):
        """Box 13: at the foot of the first page, under a line from margin to margin."""
        footer = self.document.sections[0].first_page_footer
        footer.paragraphs[0].style = self.document.styles['Civic Address']
        footer.paragraphs[0].add_run('{%p if address_line %}')
        paragraph = self.add('Civic Address', '{{ address_line }}', where=footer)
        _set_border(paragraph._p, ('top',), size=6, space=3)
        self.tag('endif', footer, 'Civic Address')
        self.add('Civic Gap', where=footer)

    def save(self):
        self.add_address()
        properties = self.document.core_properties
        properties.title, properties.author, properties.comments, properties.language = '', 'Civic Records', '', 'vi-VN'
        target = io.BytesIO()
        self.document.save(target)
        parts = open_package(target.getvalue()).parts
        for name in [name for name in parts if name == 'docProps/thumbnail.jpeg' or name.startswith('customXml/')]:
            del parts[name]
        _drop_relations(parts)
        return write_package(parts)


class _Cell:
    """A cell whose first paragraph is still free."""

    def __init__(self, cell):
        self._cell = cell
        self.is_fresh = True

    def __getattr__(self, name):
        return getattr(self._cell, name)


def _drop_relations(parts):
    """Take out relations and types of the parts of python-docx's sample that are left out."""
    for name in ('_rels/.rels', 'word/_rels/document.xml.rels', '[Content_Types].xml'):
        root = parse_xml(parts[name])
        for element in list(root):
            target = element.get('Target', element.get('PartName', ''))
            if 'thumbnail' in target or 'customXml' in target or element.get('Extension') == 'jpeg':
                root.remove(element)
        parts[name] = etree.tostring(root, xml_declaration=True, encoding='UTF-8', standalone=True)


def _set_font(element, font):
    font.name = FONT
    fonts = element.get_or_add_rPr().find(qn('w:rFonts'))
    for name in list(fonts.attrib):
        del fonts.attrib[name]
    for name in ('ascii', 'hAnsi', 'eastAsia', 'cs'):
        fonts.set(qn(f'w:{name}'), FONT)


def _set_border(element, sides, *, size, space, color='000000'):
    properties = element.get_or_add_pPr()
    borders = OxmlElement('w:pBdr')
    for side in sides:
        border = OxmlElement(f'w:{side}')
        for name, value in (('val', 'single'), ('sz', size), ('space', space), ('color', color)):
            border.set(qn(f'w:{name}'), str(value))
        borders.append(border)
    later = [
        child for child in properties
        if child.tag in {qn(f'w:{name}') for name in (
            'shd', 'tabs', 'suppressAutoHyphens', 'spacing', 'ind', 'contextualSpacing', 'jc', 'outlineLvl', 'rPr', 'sectPr')}]
    if later:
        later[0].addprevious(borders)
    else:
        properties.append(borders)


def _set_page(section):
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin = Mm(TOP), Mm(BOTTOM)
    section.left_margin, section.right_margin = Mm(LEFT), Mm(RIGHT)
    section.header_distance, section.footer_distance = Mm(10), Mm(10)


def _keep_whole(row):
    element = OxmlElement('w:cantSplit')
    row._tr.get_or_add_trPr().append(element)


# === the papers === #

def build_letter():
    """Form 1.5: công văn."""
    paper = Builder()
    paper.add_head(letter=True)
    paper.add_addressees()
    paper.add_bases()
    paper.add_body()
    paper.add_foot()
    return paper.save()


def build_general(name='{{ type_name|upper }}', *, addressees=False, bases=True):
    """Form 1.4: a document with the name of its type."""
    paper = Builder()
    paper.add_head()
    paper.add_title(name)
    if addressees:
        paper.add_addressees()
    if bases:
        paper.add_bases()
    paper.add_body()
    paper.add_foot()
    return paper.save()


def build_decision():
    """Form 1.2: a decision that rules by itself."""
    paper = Builder()
    _begin_decision(paper)
    paper.add_body()
    paper.add_foot()
    return paper.save()


def _begin_decision(paper):
    paper.add_head()
    paper.add_title('QUYẾT ĐỊNH')
    paper.add('Civic Authority', '{{ issuing_authority|upper }}')
    paper.add_bases()
    paper.add('Civic Body Centre', 'QUYẾT ĐỊNH:')


def build_issuing_decision():
    """Form 1.3: a decision that puts a regulation, plan … into force, which follows on a page of its own."""
    paper = Builder()
    _begin_decision(paper)
    paper.add_body()
    paper.add_foot()
    section = paper.document.add_section()
    _set_page(section)
    section.different_first_page_header_footer = True
    section.first_page_header.is_linked_to_previous = True
    section.header.is_linked_to_previous = True
    section.first_page_footer.is_linked_to_previous = False
    section.footer.is_linked_to_previous = False
    number = OxmlElement('w:pgNumType')
    number.set(qn('w:start'), '1')
    section._sectPr.find(qn('w:pgMar')).addnext(number)
    table = paper.add_table(HEAD, 1)
    left, right = paper.cell(table, 0, 0), paper.cell(table, 0, 1)
    paper.tag('if agency_parent', left, 'Civic Agency Parent')
    paper.add('Civic Agency Parent', '{{ agency_parent|upper }}', where=left)
    paper.tag('endif', left, 'Civic Agency Parent')
    paper.add('Civic Agency', '{{ agency|upper }}', where=left)
    paper.add('Civic Rule Agency', where=left)
    paper.add('Civic Nation', 'CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM', where=right)
    paper.add('Civic Motto', 'Độc lập - Tự do - Hạnh phúc', where=right)
    rule = paper.add('Civic Rule Motto', where=right)
    gap = (HEAD[1] - measure('Độc lập - Tự do - Hạnh phúc', 13, bold=True)) / 2
    rule.paragraph_format.left_indent = rule.paragraph_format.right_indent = Mm(round(gap, 1))
    paper.add('Civic Type Name', '{{ attached_type_name|upper }}')
    paper.add('Civic Subject', '{{ attached_subject }}')
    paper.add(
        'Civic Attached Note',
        '(Kèm theo Quyết định số ……/{{ notation }} ngày …… tháng …… năm …… của {{ issuing_authority }})')
    paper.add('Civic Rule Subject')
    paper.add_body('attached_body')
    return paper.save()


def build_telegram():
    """Form 1.6: công điện."""
    paper = Builder()
    paper.add_head()
    paper.add_title('CÔNG ĐIỆN')
    paper.tag('if addressee_only')
    paper.add('Civic Addressee', '{{ issuing_authority }} điện: {{ addressee_only }}')
    paper.tag('elif addressees')
    paper.add('Civic Addressee Head', '{{ issuing_authority }} điện:')
    paper.tag('for line in addressees')
    paper.add('Civic Addressee Item', '- {{ line }}')
    paper.tag('endfor')
    paper.add('Civic Gap')
    paper.tag('endif')
    paper.add_bases()
    paper.add_body()
    paper.add_foot()
    return paper.save()


def build_invitation():
    """Form 1.7: giấy mời."""
    paper = Builder()
    paper.add_head()
    paper.add_title('GIẤY MỜI')
    paper.add_addressees()
    paper.add_text('{{ agency }} trân trọng kính mời {{ invited }} {{ event }}.')
    for label, field in (('Chủ trì', 'chair'), ('Thời gian', 'event_time'), ('Địa điểm', 'event_place')):
        paper.tag(f'if {field}')
        paper.add_text(f'{label}: {{{{ {field} }}}}.')
        paper.tag('endif')
    paper.add_body()
    paper.add_foot()
    return paper.save()


def build_introduction():
    """Form 1.8: giấy giới thiệu."""
    paper = Builder()
    paper.add_head()
    paper.add_title('GIẤY GIỚI THIỆU', subject='')
    paper.add_text('{{ agency }} trân trọng giới thiệu:')
    for label, field in (
        ('Ông (bà)', 'person_name'), ('Chức vụ', 'person_position'), ('Được cử đến', 'sent_to'), ('Về việc', 'purpose'),
    ):
        paper.add_text(f'{label}: {{{{ {field} }}}}.')
    paper.add_body('body_unended')
    paper.add_text('Đề nghị Quý cơ quan tạo điều kiện để ông (bà) có tên ở trên hoàn thành nhiệm vụ.')
    paper.add_text('Giấy này có giá trị đến hết ngày {{ valid_until }}./.')
    paper.add_foot()
    return paper.save()


def build_minutes():
    """Form 1.9: biên bản. It has no line of place and date; secretary and chair sign side by side."""
    paper = Builder()
    paper.add_head(has_date=False)
    paper.add_title('BIÊN BẢN')
    paper.add_text('Thời gian bắt đầu: {{ event_time }}.')
    paper.add_text('Địa điểm: {{ event_place }}.')
    paper.add_text('Thành phần tham dự:')
    paper.tag('for line in attendees')
    paper.add_text('- {{ line }}')
    paper.tag('endfor')
    for label, field in (('Chủ trì (chủ tọa)', 'chair'), ('Thư ký (người ghi biên bản)', 'secretary')):
        paper.add_text(f'{label}: {{{{ {field} }}}}.')
    paper.add_text('Nội dung (theo diễn biến cuộc họp/hội nghị/hội thảo):')
    paper.add_body('body_unended')
    keep = paper.add('Civic Body', 'Cuộc họp (hội nghị, hội thảo) kết thúc vào {{ end_time }}./.')
    keep.paragraph_format.keep_with_next = True
    table = paper.add_table((TEXT_WIDTH / 2, TEXT_WIDTH / 2), 1)
    left, right = paper.cell(table, 0, 0), paper.cell(table, 0, 1)
    paper.add('Civic Gap', where=left)
    paper.add('Civic Signer', 'THƯ KÝ', where=left)
    paper.add('Civic Signature Space', where=left)
    paper.add('Civic Signer Name', '{{ secretary }}', where=left)
    paper._add_signature(right)
    _keep_whole(table.rows[0])
    paper.end_table()
    paper.add('Civic Recipients Label', 'Nơi nhận:')
    paper.tag('for line in recipients', style='Civic Recipients')
    paper.add('Civic Recipients', '- {{ line }}')
    paper.tag('endfor', style='Civic Recipients')
    paper.add('Civic Recipients', '- {{ archive_line }}')
    return paper.save()


def build_power_of_attorney():
    """Giấy ủy quyền, by form 1.4."""
    paper = Builder()
    paper.add_head()
    paper.add_title('GIẤY ỦY QUYỀN')
    paper.add_bases()
    paper.tag('if person_name')
    paper.add_text('{{ issuing_authority }} ủy quyền cho {{ person_name }}, {{ person_position }}.')
    paper.add_text('Nội dung ủy quyền: {{ purpose }}.')
    paper.add_text('Thời hạn ủy quyền: đến hết ngày {{ valid_until }}. Người được ủy quyền không được ủy quyền lại.')
    paper.tag('endif')
    paper.add_body()
    paper.add_foot()
    return paper.save()


PAPERS = {
    'cong_van': build_letter,
    'quyet_dinh': build_decision,
    'quyet_dinh_ban_hanh': build_issuing_decision,
    'ke_hoach': partial(build_general, 'KẾ HOẠCH'),
    'bao_cao': partial(build_general, 'BÁO CÁO', addressees=True, bases=False),
    'to_trinh': partial(build_general, 'TỜ TRÌNH', addressees=True),
    'thong_bao': partial(build_general, 'THÔNG BÁO', bases=False),
    'giay_moi': build_invitation,
    'bien_ban': build_minutes,
    'giay_uy_quyen': build_power_of_attorney,
    'cong_dien': build_telegram,
    'giay_gioi_thieu': build_introduction,
    'phieu_gui': partial(build_general, addressees=True, bases=False),
    'chung': partial(build_general, addressees=True),
}
FOLDER = Path(__file__).parents[1] / 'data' / 'templates'


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, build in PAPERS.items():
        (FOLDER / f'{name}.docx').write_bytes(build())
        sys.stdout.write(f'{name}.docx\n')


if __name__ == '__main__':
    main()
