"""Lay out Vietnamese administrative documents as PDF.

Plain Python on ReportLab: no Odoo here, so that tests, benchmarks and scripts
can make papers without a server.  The layout follows Nghị định 30/2020/NĐ-CP,
Annex I; box numbers in the comments are the decree's (*ô số*).

Every paper that this module makes up says in its foot that it is a specimen:
the agencies named are real institutions, the people and the contents are not.
"""
import math
import random
import re
import unicodedata
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache
from io import BytesIO
from pathlib import Path
from xml.sax.saxutils import escape

from reportlab.lib.colors import Color, black
from reportlab.lib.enums import TA_CENTER, TA_JUSTIFY, TA_LEFT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.lib.utils import simpleSplit
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFError, TTFont
from reportlab.platypus import (
    BaseDocTemplate,
    Flowable,
    Frame,
    KeepTogether,
    NextPageTemplate,
    PageTemplate,
    Paragraph,
    Spacer,
    Table,
    TableStyle,
)

# Annex III: the 29 administrative types, in the decree's order. Case is part of the abbreviation.
ADMINISTRATIVE_TYPES = (
    ('Nghị quyết', 'NQ'), ('Quyết định', 'QĐ'), ('Chỉ thị', 'CT'), ('Quy chế', 'QC'),
    ('Quy định', 'QyĐ'), ('Thông cáo', 'TC'), ('Thông báo', 'TB'), ('Hướng dẫn', 'HD'),
    ('Chương trình', 'CTr'), ('Kế hoạch', 'KH'), ('Phương án', 'PA'), ('Đề án', 'ĐA'),
    ('Dự án', 'DA'), ('Báo cáo', 'BC'), ('Biên bản', 'BB'), ('Tờ trình', 'TTr'),
    ('Hợp đồng', 'HĐ'), ('Công văn', ''), ('Công điện', 'CĐ'), ('Bản ghi nhớ', 'BGN'),
    ('Bản thỏa thuận', 'BTT'), ('Giấy ủy quyền', 'GUQ'), ('Giấy mời', 'GM'),
    ('Giấy giới thiệu', 'GGT'), ('Giấy nghỉ phép', 'GNP'), ('Phiếu gửi', 'PG'),
    ('Phiếu chuyển', 'PC'), ('Phiếu báo', 'PB'), ('Thư công', ''),
)
ABBREVIATIONS = dict(ADMINISTRATIVE_TYPES)
LETTER = 'Công văn'

# Annex I, III.2.b: text and width of the stamp; all are 8 mm high
URGENCY_STAMPS = {
    'urgent': ('KHẨN', 20 * mm),
    'very_urgent': ('THƯỢNG KHẨN', 40 * mm),
    'express': ('HỎA TỐC', 30 * mm),
}

SPECIMEN = 'Văn bản minh họa của hệ thống, không có giá trị pháp lý.'
REPRINT = 'Bản trình bày lại từ nội dung đã công bố công khai, không thay thế bản gốc.'

NATION = 'CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM'
MOTTO = 'Độc lập - Tự do - Hạnh phúc'

LEFT, RIGHT, TOP, BOTTOM = 30 * mm, 15 * mm, 20 * mm, 20 * mm
WIDTH = A4[0] - LEFT - RIGHT
AGENCY_WIDTH = 66 * mm
NATION_WIDTH = WIDTH - AGENCY_WIDTH
INDENT = 12.7 * mm

RED = Color(0.84, 0.04, 0.08)
BLUE = Color(0.07, 0.15, 0.55)

FONT_FAMILIES = (
    ('LiberationSerif', ('Regular', 'Bold', 'Italic', 'BoldItalic')),
    ('Tinos', ('Regular', 'Bold', 'Italic', 'BoldItalic')),
)
FONT_FOLDERS = (
    '/usr/share/fonts/truetype/liberation2',
    '/usr/share/fonts/truetype/liberation',
    '/usr/share/fonts/truetype/croscore',
    '/usr/share/fonts/liberation-serif',
    '/usr/share/fonts/liberation-serif-fonts',
)
# Old builds of Liberation lack these; text would silently lose letters
VIETNAMESE_LETTERS = (
    'ĂÂĐÊÔƠƯăâđêôơư'
    'ÀÁẢÃẠẰẮẲẴẶẦẤẨẪẬÈÉẺẼẸỀẾỂỄỆÌÍỈĨỊÒÓỎÕỌỒỐỔỖỘỜỚỞỠỢÙÚỦŨỤỪỨỬỮỰỲÝỶỸỴ'
    'àáảãạằắẳẵặầấẩẫậèéẻẽẹềếểễệìíỉĩịòóỏõọồốổỗộờớởỡợùúủũụừứửữựỳýỷỹỵ'
)


class FontMissingError(RuntimeError):
    """No font that is metric-compatible with Times New Roman and has every Vietnamese letter."""


class PaperError(ValueError):
    """The specification of a paper breaks a rule of Decree 30/2020."""


# === Rules of the decree as functions === #

def notation(type_name, agency, unit=None):
    """Symbol of a document (Annex I, II.3.b): ``QĐ-UBND``, and ``UBND-VX`` for an official letter."""
    if type_name not in ABBREVIATIONS:
        raise PaperError(f"{type_name!r} is not one of the 29 types of Decree 30/2020.")
    if not agency:
        raise PaperError("The notation needs the abbreviation of the issuing agency.")
    abbreviation = ABBREVIATIONS[type_name]
    if abbreviation:
        return f'{abbreviation}-{agency}'
    if not unit:
        raise PaperError(f"The notation of a {type_name} needs the drafting unit or the field handled.")
    return f'{agency}-{unit}'


def reference(number, symbol):
    """``05/QĐ-UBND``: numbers below ten take a leading zero (Annex I, II.3.c)."""
    if int(number) < 1:
        raise PaperError("Document numbers start at 01.")
    return f'{int(number):02d}/{symbol}'


def date_text(day):
    """``ngày 05 tháng 01 năm 2020``: days below 10, and months 1 and 2 only, take a zero (Annex I, II.4.b)."""
    month = f'{day.month:02d}' if day.month <= 2 else str(day.month)
    return f'ngày {day.day:02d} tháng {month} năm {day.year}'


# === What is on a paper === #

@dataclass(frozen=True)
class Signature:
    """Boxes 7a–7c. ``lines`` are the authority and title lines, e.g. ('TM. ỦY BAN NHÂN DÂN', 'KT. CHỦ TỊCH')."""
    lines: tuple = ()
    name: str = ''
    signed: bool = True
    note: str = ''


@dataclass(frozen=True)
class Paper:
    """One document. ``body`` holds strings, or pairs (style, value) with the styles of ``_body_flowables``."""
    agency: str
    type_name: str
    subject: str
    number: int
    symbol: str
    date: date
    place: str = 'Thành phố Hồ Chí Minh'
    parent_agency: str = ''
    addressees: tuple = ()
    bases: tuple = ()
    body: tuple = ()
    recipients: tuple = ()
    archive_line: str = ''
    signature: Signature = field(default_factory=Signature)
    urgency: str = 'normal'
    circulation: str = ''
    drafter_mark: str = ''
    foot: str = SPECIMEN

    @property
    def reference(self):
        return reference(self.number, self.symbol)

    @property
    def is_letter(self):
        return self.type_name == LETTER


def paper(spec):
    """Return the PDF of ``spec`` (a :class:`Paper` or a dict of its fields) as bytes.

    The same specification gives the same bytes: contents are addressed by digest.
    """
    if isinstance(spec, dict):
        spec = Paper(**spec)
    if spec.type_name not in ABBREVIATIONS:
        raise PaperError(f"{spec.type_name!r} is not one of the 29 types of Decree 30/2020.")
    if spec.urgency != 'normal' and spec.urgency not in URGENCY_STAMPS:
        raise PaperError(f"Unknown urgency {spec.urgency!r}.")
    _register_fonts()
    spec = _composed(spec)
    stream = BytesIO()
    document = _Document(stream, spec)
    document.build(_story(spec))
    return stream.getvalue()


def plan_4292(text=None):
    """Return the PDF of Plan 4292/KH-UBND of 6 November 2020, set from its published text.

    :param text: the published page's text; by default the reference set ``data/plan-4292-kh-ubnd.txt``.
    """
    return paper(plan_4292_spec(text))


def plan_4292_spec(text=None):
    """The plan as a :class:`Paper`. The page that published it names neither signatory nor
    recipients, so none are printed."""
    if text is None:
        text = _plan_file().read_text(encoding='utf-8')
    lines = [' '.join(line.split()) for line in text.splitlines()]
    start = next(i for i, line in enumerate(lines) if line.startswith('Thực hiện Quyết định số 458'))
    end = next(i for i, line in enumerate(lines) if line.endswith('./.'))
    return Paper(
        agency='ỦY BAN NHÂN DÂN\nTHÀNH PHỐ HỒ CHÍ MINH',
        type_name='Kế hoạch',
        number=4292,
        symbol=notation('Kế hoạch', 'UBND'),
        date=date(2020, 11, 6),
        subject='Triển khai thực hiện Quyết định số 458/QĐ-TTg ngày 03 tháng 4 năm 2020 của Thủ tướng Chính phủ',
        body=tuple(_structured(line) for line in lines[start:end + 1] if line),
        archive_line='Lưu: VT.',
        signature=Signature(lines=('TM. ỦY BAN NHÂN DÂN',), signed=False, note='(Đã ký)'),
        foot=REPRINT,
    )


def _plan_file():
    name = 'plan-4292-kh-ubnd.txt'
    for parent in Path(__file__).resolve().parents:
        candidate = parent / 'data' / name
        if candidate.is_file():
            return candidate
    raise FileNotFoundError(f"data/{name} was not found above {Path(__file__).parent}; pass the text instead.")


def _structured(line):
    """Give a line of running text its style by its number: parts, sections, points."""
    if re.match(r'[IVX]+\. ', line):
        return ('part', line)
    if re.match(r'\d+\. ', line) and not line.endswith(('.', ';')):
        return ('section', line)
    return line


# === Fonts === #

@cache
def _register_fonts():
    """Register the serif family once per process; say clearly what is missing."""
    lacking = ''
    for family, faces in FONT_FAMILIES:
        for folder in FONT_FOLDERS:
            files = [Path(folder) / f'{family}-{face}.ttf' for face in faces]
            if not all(file.is_file() for file in files):
                continue
            try:
                fonts = [
                    TTFont(name, str(file))
                    for name, file in zip(('Paper', 'Paper-B', 'Paper-I', 'Paper-BI'), files, strict=True)
                ]
            except TTFError as error:
                lacking = f" {files[0]} cannot be read: {error}."
                continue
            missing = [c for c in VIETNAMESE_LETTERS if any(ord(c) not in f.face.charToGlyph for f in fonts)]
            if missing:
                lacking = f" {folder} lacks {len(missing)} Vietnamese letters ({''.join(missing[:8])}…)."
                continue
            for font in fonts:
                pdfmetrics.registerFont(font)
            pdfmetrics.registerFontFamily('Paper', 'Paper', 'Paper-B', 'Paper-I', 'Paper-BI')
            return str(files[0])
    raise FontMissingError(
        "No serif font with every Vietnamese letter was found: install Liberation Serif 2 "
        f"(Debian: fonts-liberation2) or Tinos (fonts-croscore).{lacking}",
    )


def _composed(value):
    """Everything in NFC: the text layer must be searchable whatever the source typed."""
    if isinstance(value, str):
        return unicodedata.normalize('NFC', value)
    if isinstance(value, (tuple, list)):
        return tuple(_composed(item) for item in value)
    if isinstance(value, (Paper, Signature)):
        return replace(value, **{name: _composed(getattr(value, name)) for name in value.__dataclass_fields__})
    return value


# === Layout === #

def _style(name, **values):
    values = {'fontName': 'Paper', 'fontSize': 14, 'leading': 18, 'textColor': black, **values}
    return ParagraphStyle(name, **values)


STYLES = {
    'text': _style('text', alignment=TA_JUSTIFY, firstLineIndent=INDENT, spaceBefore=6),
    'basis': _style('basis', alignment=TA_JUSTIFY, firstLineIndent=INDENT, spaceBefore=6, fontName='Paper-I'),
    'part': _style('part', firstLineIndent=INDENT, spaceBefore=8, fontName='Paper-B', keepWithNext=1),
    'section': _style('section', firstLineIndent=INDENT, spaceBefore=6, fontName='Paper-B', keepWithNext=1),
    'centre': _style('centre', alignment=TA_CENTER, spaceBefore=6, fontName='Paper-B', keepWithNext=1),
    'title': _style('title', alignment=TA_CENTER, fontName='Paper-B'),
    'address': _style('address', alignment=TA_LEFT, leftIndent=28 * mm, spaceBefore=2),
    'address_one': _style('address_one', alignment=TA_CENTER, spaceBefore=6),
    'cell': _style('cell', fontSize=12, leading=15),
    'cell_head': _style('cell_head', fontSize=12, leading=15, fontName='Paper-B', alignment=TA_CENTER),
    'cell_number': _style('cell_number', fontSize=12, leading=15, alignment=2),
    'to_label': _style('to_label', fontSize=12, leading=15, fontName='Paper-BI'),
    'to': _style('to', fontSize=11, leading=13.5, leftIndent=6, firstLineIndent=-6),
    'sign': _style('sign', alignment=TA_CENTER, fontName='Paper-B', leading=17),
    'note': _style('note', alignment=TA_CENTER, fontName='Paper-I'),
}


class _Document(BaseDocTemplate):
    def __init__(self, stream, spec):
        self._spec = spec
        super().__init__(
            stream,
            pagesize=A4,
            leftMargin=LEFT, rightMargin=RIGHT, topMargin=TOP, bottomMargin=BOTTOM,
            title=f'{spec.reference} - {spec.subject}',
            author=' '.join(spec.agency.split()),
            subject=spec.type_name,
            creator='Civic Records',
            lang='vi-VN',
            invariant=1,
        )
        frame = {'leftPadding': 0, 'rightPadding': 0, 'topPadding': 0, 'bottomPadding': 0}
        height = A4[1] - TOP - BOTTOM
        self.addPageTemplates([
            PageTemplate('first', [Frame(LEFT, BOTTOM, WIDTH, height, **frame)], onPageEnd=self._draw_foot),
            PageTemplate('next', [Frame(LEFT, BOTTOM, WIDTH, height, **frame)], onPageEnd=self._draw_page_number),
        ])

    def _draw_foot(self, canvas, _document):
        """Box 13: a full line and the note under it, first page only."""
        if not self._spec.foot:
            return
        canvas.saveState()
        canvas.setLineWidth(0.4)
        canvas.line(LEFT, BOTTOM - 4 * mm, A4[0] - RIGHT, BOTTOM - 4 * mm)
        canvas.setFont('Paper', 9)
        canvas.drawCentredString(LEFT + WIDTH / 2, BOTTOM - 8 * mm, self._spec.foot)
        canvas.restoreState()

    def _draw_page_number(self, canvas, _document):
        """Centred in the top margin, from the second page on (Annex I, I.7)."""
        canvas.saveState()
        canvas.setFont('Paper', 13)
        canvas.drawCentredString(LEFT + WIDTH / 2, A4[1] - 13 * mm, str(canvas.getPageNumber()))
        canvas.restoreState()


class _Head(Flowable):
    """Boxes 1–4, 5b, 10b and 11: the two columns at the top of the first page."""

    def __init__(self, spec):
        super().__init__()
        self._spec = spec
        self._parent = self._split(spec.parent_agency, 'Paper', 12)
        self._agency = self._split(spec.agency, 'Paper-B', 12)
        about = f'V/v {spec.subject[:1].lower()}{spec.subject[1:]}' if spec.is_letter else ''
        self._about = simpleSplit(about, 'Paper', 12, AGENCY_WIDTH - 2 * mm) if about else []
        left = 15 * (len(self._parent) + len(self._agency)) + 5
        self._number_drop = max(left, 15 + 17 + 6) + 17
        bottom = self._number_drop + 6 + 14 * len(self._about)
        self._stamp_drop = bottom + 4
        if spec.urgency in URGENCY_STAMPS:
            bottom = self._stamp_drop + 8 * mm
        if spec.circulation:
            bottom = max(bottom, self._number_drop + 6 + 8 * mm)
        self.width, self.height = WIDTH, bottom + 4

    @staticmethod
    def _split(text, font, size):
        lines = []
        for line in text.split('\n'):
            lines += simpleSplit(line.upper(), font, size, AGENCY_WIDTH) if line else []
        return lines

    def wrap(self, _width, _height):
        return self.width, self.height

    def draw(self):
        canvas, spec, top = self.canv, self._spec, self.height
        canvas.setFillColor(black)
        canvas.setStrokeColor(black)
        canvas.setLineWidth(0.6)
        left, right = AGENCY_WIDTH / 2, AGENCY_WIDTH + NATION_WIDTH / 2
        y = top
        for font, lines in (('Paper', self._parent), ('Paper-B', self._agency)):
            canvas.setFont(font, 12)
            for line in lines:
                y -= 15
                canvas.drawCentredString(left, y + 3, line)
        last = pdfmetrics.stringWidth(self._agency[-1], 'Paper-B', 12)
        canvas.line(left - last / 5, y - 1, left + last / 5, y - 1)
        canvas.setFont('Paper-B', 12)
        canvas.drawCentredString(right, top - 12, NATION)
        canvas.setFont('Paper-B', 13)
        canvas.drawCentredString(right, top - 28, MOTTO)
        length = pdfmetrics.stringWidth(MOTTO, 'Paper-B', 13)
        canvas.line(right - length / 2, top - 32, right + length / 2, top - 32)
        y = top - self._number_drop
        canvas.setFont('Paper', 13)
        canvas.drawCentredString(left, y, f'Số: {spec.reference}')
        canvas.setFont('Paper-I', 13)
        canvas.drawCentredString(right, y, f'{spec.place}, {date_text(spec.date)}')
        canvas.setFont('Paper', 12)
        for index, line in enumerate(self._about):
            canvas.drawCentredString(left, y - 18 - 14 * index, line)
        if spec.urgency in URGENCY_STAMPS:
            text, width = URGENCY_STAMPS[spec.urgency]
            self._box(left - width / 2, top - self._stamp_drop - 8 * mm, width, text, RED)
        if spec.circulation:
            width = pdfmetrics.stringWidth(spec.circulation, 'Paper-B', 13) + 6 * mm
            self._box(right - width / 2, top - self._number_drop - 6 - 8 * mm, width, spec.circulation, black)

    def _box(self, x, y, width, text, colour):
        canvas = self.canv
        canvas.saveState()
        canvas.setStrokeColor(colour)
        canvas.setFillColor(colour)
        canvas.setLineWidth(1.1)
        canvas.rect(x, y, width, 8 * mm)
        canvas.setFont('Paper-B', 13)
        canvas.drawCentredString(x + width / 2, y + 2.6 * mm, text)
        canvas.restoreState()


class _Rule(Flowable):
    """The line under the subject, a third of the text's width (box 5a)."""

    def __init__(self, width):
        super().__init__()
        self._line = width
        self.width, self.height = WIDTH, 8

    def wrap(self, _width, _height):
        return self.width, self.height

    def draw(self):
        self.canv.setLineWidth(0.6)
        self.canv.line((WIDTH - self._line) / 2, 4, (WIDTH + self._line) / 2, 4)


class _Signed(Flowable):
    """Boxes 7c and 8: a pen stroke in blue and a blank red seal over its left third, both drawn from the name."""

    HEIGHT = 27 * mm

    def __init__(self, name, width):
        super().__init__()
        self._name = name
        self.width, self.height = width, self.HEIGHT

    def wrap(self, _width, _height):
        return self.width, self.height

    def draw(self):
        canvas = self.canv
        pen = random.Random(self._name)
        centre, base = self.width / 2, self.height / 2
        canvas.saveState()
        canvas.setStrokeColor(RED)
        canvas.setLineWidth(1.4)
        x, y = centre - 17 * mm, base
        canvas.circle(x, y, 12 * mm)
        canvas.setLineWidth(0.6)
        canvas.circle(x, y, 10.6 * mm)
        star = canvas.beginPath()
        for corner in range(5):
            angle = math.pi / 2 + corner * 4 * math.pi / 5
            point = (x + 4.4 * mm * math.cos(angle), y + 4.4 * mm * math.sin(angle))
            (star.lineTo if corner else star.moveTo)(*point)
        star.close()
        canvas.drawPath(star)
        canvas.setStrokeColor(BLUE)
        canvas.setLineWidth(1.2)
        canvas.setLineCap(1)
        stroke = canvas.beginPath()
        loops = pen.randrange(3, 8)
        lift, slant, step = pen.uniform(4, 13), pen.uniform(-6, 8), 32 / loops
        stroke.moveTo(centre - 16 * mm, base - pen.uniform(0, 5) * mm)
        for index in range(loops):
            start = index * step - 16
            height = lift * pen.uniform(0.4, 1) * (1.3 if index == 0 else 1)
            stroke.curveTo(
                centre + (start + slant * pen.uniform(0.2, 0.9)) * mm, base + height * mm,
                centre + (start + step * pen.uniform(0.1, 1.2)) * mm, base - height * pen.uniform(0.3, 1) * mm,
                centre + (start + step) * mm, base + pen.uniform(-3, 3) * mm,
            )
        if pen.random() < 0.7:
            stroke.curveTo(
                centre + pen.uniform(16, 26) * mm, base + pen.uniform(-4, 5) * mm, centre, base - pen.uniform(5, 11) * mm,
                centre - pen.uniform(4, 18) * mm, base - pen.uniform(4, 10) * mm,
            )
        canvas.drawPath(stroke)
        canvas.restoreState()


def _story(spec):
    story = [NextPageTemplate('next'), _Head(spec)]
    if spec.is_letter:
        story.append(Spacer(1, 4))
    else:
        story += [
            Spacer(1, 8),
            Paragraph(escape(spec.type_name.upper()), STYLES['title']),
            Paragraph(escape(spec.subject), STYLES['title']),
            _Rule(min(WIDTH / 3, pdfmetrics.stringWidth(spec.subject, 'Paper-B', 14) / 2)),
        ]
    story += _addressee_flowables(spec)
    for index, basis in enumerate(spec.bases):
        story.append(Paragraph(escape(basis + (';' if index + 1 < len(spec.bases) else '.')), STYLES['basis']))
    body = _body_flowables(spec.body)
    # The signature never stands alone on a page: it takes the last paragraph along
    return [*story, *body[:-1], KeepTogether([*body[-1:], Spacer(1, 10), _closing(spec)])]


def _addressee_flowables(spec):
    """Box 9a: one addressee on the line of "Kính gửi", several as a list."""
    if not spec.addressees:
        return [Spacer(1, 4)]
    if len(spec.addressees) == 1:
        return [Spacer(1, 4), Paragraph(f'Kính gửi: {escape(spec.addressees[0])}.', STYLES['address_one']), Spacer(1, 4)]
    lines = [Spacer(1, 4), Paragraph('Kính gửi:', STYLES['address'])]
    for index, addressee in enumerate(spec.addressees):
        end = ';' if index + 1 < len(spec.addressees) else '.'
        lines.append(Paragraph(f'- {escape(addressee)}{end}', STYLES['address']))
    return [*lines, Spacer(1, 4)]


def _body_flowables(body):
    """Styles: text, basis, part, section, centre, article (bold lead up to the first full stop), table (rows)."""
    flowables = []
    for item in body:
        style, value = ('text', item) if isinstance(item, str) else item
        if style == 'table':
            flowables += [Spacer(1, 6), _table(value), Spacer(1, 4)]
        elif style == 'article':
            lead, _dot, rest = value.partition('.')
            flowables.append(Paragraph(f'<b>{escape(lead)}.</b>{escape(rest)}', STYLES['text']))
        else:
            flowables.append(Paragraph(escape(value), STYLES[style]))
    return flowables


def _table(rows):
    header, *lines = rows
    cells = [[Paragraph(escape(cell), STYLES['cell_head']) for cell in header]]
    for line in lines:
        cells.append([
            Paragraph(escape(str(cell)), STYLES['cell_number' if _is_figure(cell) else 'cell']) for cell in line
        ])
    share = [max(6, *(len(str(row[column])) for row in rows)) for column in range(len(header))]
    share = [min(weight, 34) for weight in share]
    table = Table(cells, colWidths=[WIDTH * weight / sum(share) for weight in share], repeatRows=1)
    table.setStyle(TableStyle([('GRID', (0, 0), (-1, -1), 0.5, black), ('VALIGN', (0, 0), (-1, -1), 'MIDDLE')]))
    return table


def _is_figure(cell):
    return bool(re.fullmatch(r'[\d.,%]+', str(cell)))


def _closing(spec):
    """Boxes 9b and 7: recipients on the left, signature on the right."""
    width = NATION_WIDTH
    left = [Paragraph('Nơi nhận:', STYLES['to_label'])]
    if spec.is_letter or spec.addressees:
        left.append(Paragraph('- Như trên;', STYLES['to']))
    left += [Paragraph(f'- {escape(name)};', STYLES['to']) for name in spec.recipients]
    archive = (spec.archive_line or 'Lưu: VT.').rstrip('.')
    mark = f' {spec.drafter_mark}' if spec.drafter_mark else ''
    left.append(Paragraph(f'- {escape(archive)}.{escape(mark)}', STYLES['to']))
    right = [Paragraph(escape(line), STYLES['sign']) for line in spec.signature.lines]
    if spec.signature.note:
        right += [Spacer(1, 6), Paragraph(escape(spec.signature.note), STYLES['note'])]
    if spec.signature.signed:
        right.append(_Signed(spec.signature.name or spec.agency, width))
    elif spec.signature.name:
        right.append(Spacer(1, _Signed.HEIGHT))         # room for digital signatures
    if spec.signature.name:
        right.append(Paragraph(escape(spec.signature.name), STYLES['sign']))
    table = Table([[left, right]], colWidths=[AGENCY_WIDTH, width])
    table.setStyle(TableStyle([
        ('VALIGN', (0, 0), (-1, -1), 'TOP'),
        ('LEFTPADDING', (0, 0), (-1, -1), 0), ('RIGHTPADDING', (0, 0), (-1, -1), 0),
        ('TOPPADDING', (0, 0), (-1, -1), 0), ('BOTTOMPADDING', (0, 0), (-1, -1), 0),
    ]))
    return table
