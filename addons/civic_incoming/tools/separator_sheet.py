"""Separator sheets to lay between the documents of one scan; plain Python."""
import io
from functools import cache
from pathlib import Path

from reportlab.graphics import renderPDF
from reportlab.graphics.barcode.code128 import Code128
from reportlab.graphics.barcode.qr import QrCodeWidget
from reportlab.graphics.shapes import Drawing
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

FONT_FOLDERS = ('/usr/share/fonts/truetype/liberation2', '/usr/share/fonts/truetype/liberation')
QR_SIZE = 70 * mm


@cache
def _get_fonts():
    """Return the names of a plain and a bold font that hold every Vietnamese letter."""
    for folder in map(Path, FONT_FOLDERS):
        plain, bold = folder / 'LiberationSerif-Regular.ttf', folder / 'LiberationSerif-Bold.ttf'
        if plain.exists() and bold.exists():
            pdfmetrics.registerFont(TTFont('CivicSheet', str(plain)))
            pdfmetrics.registerFont(TTFont('CivicSheet-Bold', str(bold)))
            return 'CivicSheet', 'CivicSheet-Bold'
    return 'Times-Roman', 'Times-Bold'


def make_sheets(sheets):
    """Return a PDF with one page per sheet.

    :param sheets: `[{"code", "agency", "title", "note", "lines"}]`
    """
    plain, bold = _get_fonts()
    target = io.BytesIO()
    canvas = Canvas(target, pagesize=A4, invariant=True)
    width, height = A4
    for sheet in sheets:
        canvas.setFont(plain, 14)
        canvas.drawCentredString(width / 2, height - 30 * mm, sheet['agency'])
        canvas.setFont(bold, 44)
        canvas.drawCentredString(width / 2, height - 60 * mm, sheet['title'])
        canvas.setFont(bold, 24)
        for index, line in enumerate(sheet['lines']):
            canvas.drawCentredString(width / 2, height - (80 + 12 * index) * mm, line)
        _draw_qr(canvas, sheet['code'], (width - QR_SIZE) / 2, 95 * mm)
        barcode = Code128(sheet['code'], barHeight=18 * mm, barWidth=0.36 * mm)
        if barcode.width > width - 20 * mm:
            barcode = Code128(sheet['code'], barHeight=18 * mm, barWidth=0.36 * mm * (width - 20 * mm) / barcode.width)
        barcode.drawOn(canvas, (width - barcode.width) / 2, 60 * mm)
        canvas.setFont(plain, 12)
        canvas.drawCentredString(width / 2, 45 * mm, sheet['note'])
        canvas.showPage()
    canvas.save()
    return target.getvalue()


def _draw_qr(canvas, text, x, y):
    widget = QrCodeWidget(text, barLevel='H')
    left, bottom, right, top = widget.getBounds()
    drawing = Drawing(QR_SIZE, QR_SIZE, transform=[QR_SIZE / (right - left), 0, 0, QR_SIZE / (top - bottom), 0, 0])
    drawing.add(widget)
    renderPDF.draw(drawing, canvas, x, y)
