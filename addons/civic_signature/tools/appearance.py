"""What a signature shows, drawn as a page of its own; plain Python.

Decree 30/2020/NĐ-CP, Annex I, II.7.d and II.8: the person's handwritten signature in blue and the agency's seal in red
are pictures without any text; on attachments and on electronic copies the agency's signature is text without picture.
"""
import io
import re
from datetime import datetime

from PIL import Image
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from odoo.addons.civic_report.tools import fonts

TEXT_SIZE = 10                      # Annex I, III: Times New Roman, 10, upright, black
LEADING = 12
MAX_PIXELS = 4000 * 4000
MAX_PICTURE = 2 * 1024 * 1024


class PictureRefused(Exception):
    """The picture cannot serve as a signature; ``code`` is 'not_png', 'too_large', 'not_transparent', 'not_blue',
    'not_red' or 'empty'."""

    def __init__(self, code):
        super().__init__(code)
        self.code = code


def check_picture(raw, colour=None):
    """Refuse what is no PNG with transparency in the colour of the decree.

    :param bytes raw: the picture
    :param str colour: 'blue' for a handwritten signature, 'red' for a seal, None for any
    :raises PictureRefused:
    """
    if len(raw) > MAX_PICTURE:
        raise PictureRefused('too_large')
    try:
        picture = Image.open(io.BytesIO(raw), formats=('PNG',))
        if picture.width * picture.height > MAX_PIXELS:
            raise PictureRefused('too_large')
        picture = picture.convert('RGBA')
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        raise PictureRefused('not_png') from None
    picture.thumbnail((200, 200))
    pixels = list(zip(*[iter(picture.tobytes())] * 4))
    inked = [pixel for pixel in pixels if pixel[3] > 96]
    if not inked:
        raise PictureRefused('empty')
    if len(inked) > 0.9 * len(pixels):
        raise PictureRefused('not_transparent')
    red, _green, blue = (sum(pixel[index] for pixel in inked) / len(inked) for index in range(3))
    if colour == 'blue' and blue <= red + 10:
        raise PictureRefused('not_blue')
    if colour == 'red' and red <= blue + 10:
        raise PictureRefused('not_red')


def draw_picture(raw, size):
    """Return a page of that size (points) with the picture centred in it, proportions kept."""
    width, height = size
    output = io.BytesIO()
    canvas = Canvas(output, pagesize=(width, height), invariant=True)
    reader = ImageReader(io.BytesIO(raw))
    image_width, image_height = reader.getSize()
    scale = min(width / image_width, height / image_height)
    canvas.drawImage(
        reader, (width - image_width * scale) / 2, (height - image_height * scale) / 2,
        image_width * scale, image_height * scale, mask='auto')
    canvas.save()
    return drop_unused_fonts(output.getvalue())


def draw_lines(lines, size):
    """Return a page of that size (points) with lines of text, from the top, cut into more lines where too long."""
    width, height = size
    name = fonts.register()['regular']
    font = fonts.get_font('regular')
    output = io.BytesIO()
    canvas = Canvas(output, pagesize=(width, height), initialFontName=name, invariant=True)
    canvas.setFont(name, TEXT_SIZE)
    y = height - font.ascent * TEXT_SIZE
    for line in lines:
        for piece in _wrap(font, font.clean(line), width):
            if y < 0:
                break
            canvas.drawString(0, y, piece)
            y -= LEADING
    canvas.save()
    return drop_unused_fonts(output.getvalue())


def measure_lines(lines, width):
    """Return the height that these lines need at that width."""
    font = fonts.get_font('regular')
    return LEADING * sum(len(_wrap(font, font.clean(line), width)) for line in lines) + 2


def _wrap(font, text, width):
    pieces, line = [], ''
    for word in text.split():
        longer = f'{line} {word}'.strip()
        if line and font.measure(longer, TEXT_SIZE) > width:
            pieces.append(line)
            line = word
        else:
            line = longer
    return [*pieces, line] if line else pieces


def drop_unused_fonts(raw):
    """ReportLab names an unembedded Helvetica on every page, which PDF/A forbids even unused."""
    import pikepdf

    with pikepdf.open(io.BytesIO(raw)) as pdf:
        for page in pdf.pages:
            used = set(re.findall(rb'/([^\s/]+)\s+[\d.]+\s+Tf', page.Contents.read_bytes()))
            listed = page.Resources.get('/Font', {})
            for key in list(listed.keys()):
                is_embedded = '/FontDescriptor' in listed[key]
                if not is_embedded and (key[1:].encode() not in used or not _shows_text(page)):
                    del listed[key]
        output = io.BytesIO()
        pdf.save(output, deterministic_id=True)
    return output.getvalue()


def _shows_text(page):
    return bool(re.search(rb'\bT[jJ]\b', page.Contents.read_bytes()))


# === WHAT THE LAW SAYS === #

def format_moment(moment):
    """Return the time of signing: day, month, year; hour, minute, second; time zone after ISO 8601.

    :param datetime moment: aware, in the zone of the agency
    """
    zone = moment.strftime('%z')
    return f"{moment:%d/%m/%Y}; {moment:%H:%M:%S} {zone[:3]}:{zone[3:]}"


def attachment_lines(reference, moment: datetime):
    """The agency's signature on an attachment in a file of its own (Annex I, II.8.b): number, notation and time."""
    return [f"Số: {reference}; {format_moment(moment)}"]


def copy_lines(form, agency, moment: datetime):
    """The agency's signature on an electronic copy (Annex I, Part II): form of copy, agency, time."""
    return [form, agency, format_moment(moment)]
