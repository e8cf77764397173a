"""Tables as DOCX; plain Python.

python-docx makes the page: fonts, margins, head, foot and the heading of the table. It keeps the whole document in
memory and walks a table for each cell, so the rows are written into its text as they come.
"""
import tempfile
import zipfile
from xml.sax.saxutils import escape

import docx
from docx.enum.section import WD_ORIENT
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

from . import fonts
from .layout import STATE_MOTTO, STATE_NAME, Group, format_value, iter_cells
from .pdf import LANDSCAPE, PORTRAIT

FONT = 'Times New Roman'
PLACE = 'civic-rows-go-here'
PART = 'word/document.xml'
SPOOL = 4 * 1024 * 1024     # rows kept in memory before they go to disk
ALIGNS = {'left': 'left', 'center': 'center', 'right': 'right'}


class DocxReport:
    """The same columns, head and mark as on paper, as a document that can be written on."""

    def __init__(self, output, *, columns, mark, heading=None, cover=None, closing=None, numbers_columns=False,
                 title='', author='', is_landscape=True, size=11):
        self.columns = list(columns)
        self.row_count = 0
        self._output = output
        self._size = size
        self.closing = closing
        self._rows = tempfile.SpooledTemporaryFile(max_size=SPOOL)
        self._document = document = docx.Document()
        document.core_properties.title = fonts.clean_text(title)[:250]
        document.core_properties.author = fonts.clean_text(author)[:250]
        document.core_properties.language = 'vi-VN'
        _set_font(document.styles['Normal'], 13)
        self._set_page(LANDSCAPE if is_landscape else PORTRAIT, mark)
        if cover:
            self._write_cover(cover)
        if heading:
            self._write_heading(heading)
        self._write_table(numbers_columns)

    def write(self, rows):  # pylint: disable=method-required-super  # no model
        """Write the rows of an iterator; may be called again."""
        for row in rows:
            if isinstance(row, Group):
                self._rows.write(self._make_group(row).encode())
                continue
            values, is_void = iter_cells(row)
            cells = ''.join(
                self._make_cell(column, value, width, is_void and position < len(self.columns) - 1)
                for position, (column, value, width)
                in enumerate(zip(self.columns, values, self._widths, strict=True)))
            self._rows.write(f'<w:tr><w:trPr><w:cantSplit/></w:trPr>{cells}</w:tr>'.encode())
            self.row_count += 1
        return self.row_count

    def close(self):
        self._write_closing()
        with tempfile.TemporaryFile() as skeleton:
            self._document.save(skeleton)
            with zipfile.ZipFile(skeleton) as source, zipfile.ZipFile(
                self._output, 'w', zipfile.ZIP_DEFLATED
            ) as target:
                for name in source.namelist():
                    if name != PART:
                        target.writestr(name, source.read(name))
                        continue
                    before, after = self._split(source.read(name).decode())
                    with target.open(PART, 'w', force_zip64=True) as part:
                        part.write(before.encode())
                        self._rows.seek(0)
                        while chunk := self._rows.read(1 << 20):
                            part.write(chunk)
                        part.write(after.encode())
        self._rows.close()

    def _split(self, xml):
        """Cut out the row that only holds the place."""
        position = xml.index(PLACE)
        start = xml.rindex('<w:tr>', 0, position)
        end = xml.index('</w:tr>', position) + len('</w:tr>')
        return xml[:start], xml[end:]

    def _set_page(self, frame, mark):
        section = self._document.sections[0]
        section.orientation = WD_ORIENT.LANDSCAPE if frame.width > frame.height else WD_ORIENT.PORTRAIT
        section.page_width, section.page_height = Mm(frame.width), Mm(frame.height)
        section.top_margin, section.bottom_margin = Mm(frame.top), Mm(frame.bottom)
        section.left_margin, section.right_margin = Mm(frame.left), Mm(frame.right)
        section.header_distance = section.footer_distance = Mm(9)
        # Decree 30/2020, Annex I, I.7: no number on the first page
        section.different_first_page_header_footer = True
        paragraph = section.header.paragraphs[0]
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        _add_page_number(paragraph)
        for footer in (section.footer, section.first_page_footer):
            run = footer.paragraphs[0].add_run(fonts.clean_text(mark.text))
            run.italic = True
            run.font.size = Pt(8)
            run.font.color.rgb = RGBColor(0x59, 0x59, 0x59)
        self._room = int((frame.width - frame.left - frame.right) * 1440 / 25.4)
        total = sum(column.width for column in self.columns)
        self._widths = [int(self._room * column.width / total) for column in self.columns]

    def _write_cover(self, cover):
        self._add(cover.superior.upper())
        self._add(cover.agency.upper(), bold=True)
        for _ in range(5):
            self._add('')
        self._add(cover.title.upper(), bold=True, size=24)
        for label, value in cover.lines:
            self._add(f'{label} {value}'.strip(), size=15)
        self._document.add_page_break()

    def _write_heading(self, heading):
        if heading.is_official:
            table = self._document.add_table(rows=1, cols=2)
            table.alignment = WD_TABLE_ALIGNMENT.CENTER
            left, right = table.rows[0].cells
            _fill(left, [(heading.superior.upper(), {}), (heading.agency.upper(), {'bold': True})])
            _fill(right, [(STATE_NAME, {'bold': True}), (STATE_MOTTO, {'bold': True, 'underline': True}),
                          (heading.place_date, {'italic': True})])
            self._add('')                   # two tables beside each other would become one
        else:
            if heading.superior:
                self._add(heading.superior.upper(), align=WD_ALIGN_PARAGRAPH.LEFT)
            if heading.agency:
                self._add(heading.agency.upper(), bold=True, align=WD_ALIGN_PARAGRAPH.LEFT)
        if heading.title:
            self._add(heading.title.upper(), bold=True, size=14)
        for line in heading.lines:
            self._add(line)

    def _write_table(self, numbers_columns):
        rows = 2 + bool(numbers_columns)
        table = self._document.add_table(rows=rows, cols=len(self.columns))
        table.style = 'Table Grid'
        table.autofit = False
        for column, width in zip(table._tbl.tblGrid.gridCol_lst, self._widths, strict=True):
            column.set(qn('w:w'), str(width))
        for cell, column, width in zip(table.rows[0].cells, self.columns, self._widths, strict=True):
            cell.width = width * 635
            _fill(cell, [(column.title, {'bold': True, 'size': self._size})])
        if numbers_columns:
            for number, cell in enumerate(table.rows[1].cells, start=1):
                _fill(cell, [(f'({number})', {'italic': True, 'size': self._size})])
        for row in table.rows[:rows - 1]:
            properties = row._tr.get_or_add_trPr()
            properties.append(OxmlElement('w:cantSplit'))
            properties.append(OxmlElement('w:tblHeader'))
        table.rows[rows - 1].cells[0].text = PLACE

    def _write_closing(self):
        if not self.closing:
            return
        for line in self.closing.lines or ('',):        # never two tables beside each other
            self._add(line, align=WD_ALIGN_PARAGRAPH.LEFT)
        if self.closing.signers:
            table = self._document.add_table(rows=1, cols=len(self.closing.signers))
            for cell, (title, remark) in zip(table.rows[0].cells, self.closing.signers, strict=True):
                _fill(cell, [(title.upper(), {'bold': True}), (remark, {'italic': True})])
            self._add('')

    def _add(self, text, *, align=WD_ALIGN_PARAGRAPH.CENTER, **options):
        paragraph = self._document.add_paragraph()
        paragraph.alignment = align
        paragraph.paragraph_format.space_after = Pt(2)
        _add_run(paragraph, text, **options)

    def _make_cell(self, column, value, width, is_void):
        lines = format_value(value, column.kind).split('\n')
        strike = '<w:strike/>' if is_void else ''
        text = '<w:br/>'.join(f'<w:t xml:space="preserve">{escape(line)}</w:t>' for line in lines)
        return (
            f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/></w:tcPr><w:p><w:pPr><w:spacing w:after="0"/>'
            f'<w:jc w:val="{ALIGNS[column.get_align()]}"/></w:pPr>'
            f'<w:r><w:rPr>{strike}<w:sz w:val="{2 * self._size}"/></w:rPr>{text}</w:r></w:p></w:tc>')

    def _make_group(self, group):
        return (
            '<w:tr><w:trPr><w:cantSplit/></w:trPr><w:tc><w:tcPr>'
            f'<w:tcW w:w="{self._room}" w:type="dxa"/><w:gridSpan w:val="{len(self.columns)}"/>'
            '<w:shd w:val="clear" w:color="auto" w:fill="EFEFEF"/></w:tcPr>'
            f'<w:p><w:pPr><w:keepNext/><w:spacing w:after="0"/><w:ind w:left="{160 * group.level}"/></w:pPr>'
            f'<w:r><w:rPr><w:b/><w:sz w:val="{2 * self._size}"/></w:rPr>'
            f'<w:t xml:space="preserve">{escape(format_value(group.label))}</w:t></w:r></w:p></w:tc></w:tr>')


def _set_font(style, size):
    style.font.name = FONT
    style.font.size = Pt(size)
    fonts_of_style = style.element.get_or_add_rPr().get_or_add_rFonts()
    for kind in ('w:ascii', 'w:hAnsi', 'w:cs', 'w:eastAsia'):
        fonts_of_style.set(qn(kind), FONT)


def _fill(cell, lines):
    paragraph = cell.paragraphs[0]
    for position, (text, options) in enumerate(lines):
        if position:
            paragraph = cell.add_paragraph()
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        paragraph.paragraph_format.space_after = Pt(0)
        _add_run(paragraph, text, **options)


def _add_run(paragraph, text, *, size=None, bold=False, italic=False, underline=False):
    run = paragraph.add_run(fonts.clean_text(text or ''))
    run.bold, run.italic, run.underline = bold, italic, underline
    if size:
        run.font.size = Pt(size)


def _add_page_number(paragraph):
    run = paragraph.add_run()
    for kind, text in (('begin', None), (None, 'PAGE'), ('end', None)):
        if kind:
            element = OxmlElement('w:fldChar')
            element.set(qn('w:fldCharType'), kind)
        else:
            element = OxmlElement('w:instrText')
            element.set(qn('xml:space'), 'preserve')
            element.text = text
        run._r.append(element)
