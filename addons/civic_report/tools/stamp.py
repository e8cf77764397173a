"""The stamp ĐẾN and the label of an incoming document; plain Python."""
from typing import NamedTuple

from . import fonts
from .barcode import draw_code128, draw_qr
from .canvas import MM, RED, PdfCanvas
from .layout import wrap

# Decree 30/2020, Annex IV, form V: 35 mm high, 50 mm wide.
STAMP_WIDTH, STAMP_HEIGHT = 50, 35
QR_SIZE = 13
QR_GAP = 2


class Stamp(NamedTuple):
    """What stands in the stamp; an empty value gets dots to write on. The labels come from the form."""

    agency: str
    number: str = ''
    date: str = ''
    forward: str = ''
    file: str = ''
    url: str = ''           # of the record, for the QR beside the stamp


class Label(NamedTuple):
    agency: str
    number: str
    date: str
    subject: str = ''
    code: str = ''          # what the Code 128 says, and people read below it
    url: str = ''


class Address(NamedTuple):
    """What a label for the post says."""

    sender: str
    reference: str          # number and notation of what is sent
    receiver: str
    lines: tuple = ()       # of the postal address


class Sheet(NamedTuple):
    """Labels on a sheet or on a roll (one label = one page), in millimetres."""

    page_width: float
    page_height: float
    width: float
    height: float
    columns: int = 1
    rows: int = 1
    left: float = 0
    top: float = 0
    pitch_x: float = 0
    pitch_y: float = 0

    @property
    def count(self):
        return self.columns * self.rows

    def get_place(self, position):
        """Return the lower left corner of a place, counted from 0 over the rows, in points."""
        row, column = divmod(position, self.columns)
        x = self.left + column * (self.pitch_x or self.width)
        y = self.page_height - self.top - row * (self.pitch_y or self.height) - self.height
        return x * MM, y * MM


def draw_stamp(canvas, stamp, x, y, color=RED):
    """Draw the stamp with its lower left corner at (x, y)."""
    width, height = STAMP_WIDTH * MM, STAMP_HEIGHT * MM
    line = 1.2
    # the frame with its line is 50 x 35 mm, not larger
    canvas.rect(x + line / 2, y + line / 2, width - line, height - line, line=line, color=color)
    name_height, row_height = 9.5 * MM, 6.4 * MM
    top = y + height - name_height
    canvas.line(x, top, x + width, top, width=0.8, color=color)
    _draw_name(canvas, stamp.agency, x + 1.5 * MM, top, width - 3 * MM, name_height, color)
    cell = 14 * MM
    low = top - 2 * row_height
    canvas.line(x + cell, low, x + cell, top, width=0.8, color=color)
    canvas.line(x, low, x + width, low, width=0.8, color=color)
    canvas.text(x + cell / 2, low + row_height - 4.5, 'ĐẾN', size=14, style='bold', color=color, align='center')
    right = x + width - 1.5 * MM
    _draw_field(canvas, 'Số:', stamp.number, x + cell + 1.5 * MM, right, top - row_height, row_height, color, 'bold')
    _draw_field(canvas, 'Ngày:', stamp.date, x + cell + 1.5 * MM, right, low, row_height, color)
    left = x + 1.5 * MM
    _draw_field(canvas, 'Chuyển:', stamp.forward, left, right, low - row_height, row_height, color)
    _draw_field(canvas, 'Số và ký hiệu HS:', stamp.file, left, right, low - 2 * row_height, row_height, color)


def draw_stamp_qr(canvas, stamp, x, y):
    """Draw the QR that leads to the record, with its lower left corner at (x, y)."""
    draw_qr(canvas, stamp.url, x, y, QR_SIZE * MM)


def write_stamp(output, stamp, with_qr=True):
    """Write a page that holds only the stamp, with its QR at the right; return its size in millimetres."""
    qr = bool(stamp.url and with_qr)
    width = STAMP_WIDTH + (QR_GAP + QR_SIZE if qr else 0)
    canvas = PdfCanvas(output)
    canvas.begin_page(width * MM, STAMP_HEIGHT * MM)
    draw_stamp(canvas, stamp, 0, 0)
    if qr:
        draw_stamp_qr(canvas, stamp, (STAMP_WIDTH + QR_GAP) * MM, (STAMP_HEIGHT - QR_SIZE) * MM)
    canvas.close()
    return width, STAMP_HEIGHT


def write_qr(output, url):
    """Write a page that holds only the QR; return its size in millimetres."""
    canvas = PdfCanvas(output)
    canvas.begin_page(QR_SIZE * MM, QR_SIZE * MM)
    draw_qr(canvas, url, 0, 0, QR_SIZE * MM)
    canvas.close()
    return QR_SIZE, QR_SIZE


def write_sheet(output, sheet, things, *, start=0, title=''):
    """Put stamps and labels on sheets, from the place ``start`` of the first sheet on; return how many were drawn."""
    canvas = PdfCanvas(output, title=title)
    position, count = start, 0
    for thing in things:
        if position >= sheet.count or not canvas.page_count:
            if position >= sheet.count:
                position = 0
            canvas.begin_page(sheet.page_width * MM, sheet.page_height * MM)
        x, y = sheet.get_place(position)
        if isinstance(thing, Stamp):
            draw_stamp(
                canvas, thing, x + (sheet.width - STAMP_WIDTH) / 2 * MM, y + (sheet.height - STAMP_HEIGHT) / 2 * MM)
        elif isinstance(thing, Address):
            draw_address(canvas, thing, x, y, sheet.width, sheet.height)
        else:
            draw_label(canvas, thing, x, y, sheet.width, sheet.height)
        position += 1
        count += 1
    if not canvas.page_count:
        canvas.begin_page(sheet.page_width * MM, sheet.page_height * MM)
    canvas.close()
    return count


def write_overprint(output, stamps, *, corners=(), title=''):
    """Write one A4 page for each stamp, empty but for it: the paper original goes through the printer.

    It stands below number and notation at the left, or below place and date at the right (Annex I, boxes 3 and 4).
    """
    canvas = PdfCanvas(output, title=title)
    count = 0
    for stamp, corner in zip(stamps, corners or ['left'] * len(stamps), strict=True):
        canvas.begin_page(210 * MM, 297 * MM)
        x = 30 if corner == 'left' else 210 - 15 - STAMP_WIDTH
        draw_stamp(canvas, stamp, x * MM, (297 - 52 - STAMP_HEIGHT) * MM)
        count += 1
    canvas.close()
    return count


def draw_label(canvas, label, x, y, width, height):
    """Draw a label into a box (size in millimetres): number and date, subject, QR and bar code."""
    inset = max(1.5, min(width, height) * 0.06) * MM
    left, right = x + inset, x + width * MM - inset
    bottom, top = y + inset, y + height * MM - inset
    scale = max(0.6, min(1.0, height / 37))
    qr = 0
    if label.url:
        qr = min(18 * scale * MM, (right - left) * 0.32, (top - bottom) * 0.6)
        draw_qr(canvas, label.url, right - qr, top - qr, qr)
    text_right = right - (qr + 2 * MM if qr else 0)
    at = top
    for text, size, style in (
        (label.agency.upper(), 7 * scale, 'bold'), (label.number, 13 * scale, 'bold'), (label.date, 9 * scale, 'regular'),
    ):
        at -= size * 1.15
        fitting = _fit(text, size, style, text_right - left)
        canvas.text(left, at + size * 0.2, _shorten(text, fitting, style, text_right - left), size=fitting, style=style)
    code_height = min(9 * scale * MM, (top - bottom) * 0.28) if label.code else 0
    size = 8 * scale
    for line in wrap(label.subject, fonts.get_font('regular'), size, text_right - left):
        if at - size * 1.15 < bottom + code_height + 1:
            break
        at -= size * 1.15
        canvas.text(left, at + size * 0.2, line, size=size)
    if code_height:
        width = min(right - left, 46 * MM)
        under = 6 * scale
        draw_code128(canvas, label.code, left, bottom + under, width, code_height - under)
        canvas.text(left, bottom + 0.2 * under, _shorten(label.code, under, 'regular', right - left), size=under)


def draw_address(canvas, address, x, y, width, height):
    """Draw a label for the post into a box (size in millimetres), as large as all of it has room."""
    inset = max(1.5, min(width, height) * 0.06) * MM
    room, high = width * MM - 2 * inset, height * MM - 2 * inset
    for scale in (1.2, 1.1, 1.0, 0.9, 0.8, 0.7, 0.6, 0.5):
        lines = []
        for text, size, style in (
            (f'{address.sender} – {address.reference}', 7, 'regular'), (address.receiver, 11, 'bold'),
            *((line, 10, 'regular') for line in address.lines),
        ):
            size *= scale
            lines += [(line, size, style) for line in wrap(text, fonts.get_font(style), size, room)]
        if sum(size for _line, size, _style in lines) * 1.2 <= high:
            break
    at = y + height * MM - inset
    for line, size, style in lines:
        at -= size * 1.2
        if at < y + inset - 1:
            break
        canvas.text(x + inset, at + size * 0.25, line, size=size, style=style)


def _draw_name(canvas, name, x, y, width, height, color):
    """Fit the name of the agency into its box, in as few and as large lines as can be."""
    font = fonts.get_font('bold')
    name = font.clean(name.upper())
    for tenths in range(105, 45, -5):
        size = tenths / 10
        lines = wrap(name, font, size, width)
        if len(lines) * size * 1.15 <= height - 2:
            break
    else:
        lines = lines[:3]
    at = y + (height + len(lines) * size * 1.15) / 2
    for line in lines:
        at -= size * 1.15
        canvas.text(x + width / 2, at + size * 0.25, line, size=size, style='bold', color=color, align='center')


def _draw_field(canvas, label, value, left, right, y, height, color, style='regular'):
    size = 10
    base = y + (height - size) / 2 + 2
    used = canvas.text(left, base, label, size=size, color=color)
    start = left + used + 2
    if value:
        canvas.text(start, base, _shorten(value, size, style, right - start), size=size, style=style, color=color)
    else:
        canvas.line(start, base - 1, right, base - 1, width=0.6, color=color, dash=(0.6, 1.8))


def _fit(text, size, style, width, least=0.65):
    """Return the size in which the text has room on one line, not much smaller than it should be."""
    needed = fonts.get_font(style).measure(fonts.get_font(style).clean(text).replace('\n', ' '), size)
    return size if needed <= width else max(size * width / needed * 0.999, size * least)


def _shorten(text, size, style, width):
    font = fonts.get_font(style)
    text = font.clean(text).replace('\n', ' ')
    if font.measure(text, size) <= width:
        return text
    while text and font.measure(text + '…', size) > width:
        text = text[:-1]
    return text.rstrip() + '…'


