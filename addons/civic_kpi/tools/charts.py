"""Bar charts with a target line, as a picture (PNG) and as lines in a PDF; plain Python."""
import io

from PIL import Image, ImageDraw, ImageFont

from odoo.addons.civic_report.tools import fonts

# Okabe and Ito: told apart by people who see colours differently; the target is dashed besides.
BAR = (0, 114, 178)
TARGET = (213, 94, 0)
INK = (40, 40, 40)
GRID = (215, 215, 215)
MAX_BARS = 30


def _scale(values, target):
    top = max([value for value in values if value is not None] + [target or 0, 0])
    return top * 1.15 or 1


def _write(value):
    return '–' if value is None else f'{value:.1f}'.rstrip('0').rstrip('.').replace('.', ',')


def draw_png(title, labels, values, target=None, size=(1300, 520)):
    """Return the picture of a chart as bytes; a value that was not measured leaves a gap with a dash."""
    labels, values = labels[-MAX_BARS:], values[-MAX_BARS:]
    image = Image.new('RGB', size, 'white')
    draw = ImageDraw.Draw(image)
    regular = ImageFont.truetype(fonts.get_font('regular').path, 24)
    bold = ImageFont.truetype(fonts.get_font('bold').path, 28)
    left, top, right, bottom = 80, 70, size[0] - 30, size[1] - 70
    draw.text((size[0] / 2, 30), title, font=bold, fill=INK, anchor='mm')
    scale = _scale(values, target)

    def height(value):
        return bottom - (bottom - top) * value / scale

    for step in range(5):
        value = scale * step / 4
        draw.line((left, height(value), right, height(value)), fill=GRID, width=1)
        draw.text((left - 10, height(value)), _write(round(value)), font=regular, fill=INK, anchor='rm')
    width = (right - left) / max(len(values), 1)
    for position, (label, value) in enumerate(zip(labels, values, strict=True)):
        middle = left + width * (position + 0.5)
        if value is not None:
            draw.rectangle((middle - width * 0.3, height(value), middle + width * 0.3, bottom), fill=BAR)
        draw.text((middle, height(value or 0) - 16), _write(value), font=regular, fill=INK, anchor='mm')
        draw.text((middle, bottom + 22), _fit(label, regular, width), font=regular, fill=INK, anchor='mm')
    if target is not None:
        for x in range(left, int(right), 18):
            draw.line((x, height(target), min(x + 10, right), height(target)), fill=TARGET, width=4)
    draw.line((left, bottom, right, bottom), fill=INK, width=2)
    output = io.BytesIO()
    image.save(output, 'PNG', dpi=(200, 200))
    return output.getvalue()


def _fit(text, font, width):
    while text and font.getlength(text) > width - 4:
        text = text[:-2].rstrip() + '…' if len(text) > 2 else ''
    return text


def draw_pdf(canvas, x, y, width, height, title, labels, values, target=None):
    """Draw a chart on a :class:`PdfCanvas` with its lower left corner at x, y (points)."""
    labels, values = labels[-MAX_BARS:], values[-MAX_BARS:]
    bottom, top, left = y + 16, y + height - 22, x + 28
    scale = _scale(values, target)
    right = x + width

    def level(value):
        return bottom + (top - bottom) * value / scale

    canvas.text(x + width / 2, y + height - 10, title, size=10, style='bold', align='center')
    for step in range(5):
        value = scale * step / 4
        canvas.line(left, level(value), right, level(value), width=0.3, color=_part(GRID))
        canvas.text(left - 4, level(value) - 3, _write(round(value)), size=7, align='right')
    step = (right - left) / max(len(values), 1)
    font = fonts.get_font('regular')
    for position, (label, value) in enumerate(zip(labels, values, strict=True)):
        middle = left + step * (position + 0.5)
        if value:
            canvas.rect(middle - step * 0.3, bottom, step * 0.6, level(value) - bottom, line=0, fill=_part(BAR))
        canvas.text(middle, level(value or 0) + 3, _write(value), size=7, align='center')
        text = font.clean(label)
        while text and font.measure(text, 7) > step - 1:
            text = text[:-1]
        canvas.text(middle, bottom - 10, text, size=7, align='center')
    if target is not None:
        canvas.line(left, level(target), right, level(target), width=1.4, color=_part(TARGET), dash=(5, 3))


def _part(colour):
    return tuple(part / 255 for part in colour)
