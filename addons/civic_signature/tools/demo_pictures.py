"""Pictures of signatures and seals for demonstrations; plain Python. They say that they are a specimen."""
import io
import math
import random

from PIL import Image, ImageDraw, ImageFont

from odoo.addons.civic_report.tools import fonts

BLUE = (24, 60, 160, 255)
RED = (214, 20, 30, 255)
SCALE = 4                           # drawn larger and reduced, for smooth edges
MARK = "MẪU"


def draw_signature(name, size=(480, 200)):
    """Return a made-up handwritten signature as PNG: blue on transparent, always the same for the same name."""
    dice = random.Random(name)
    width, height = size[0] * SCALE, size[1] * SCALE
    picture = Image.new('RGBA', (width, height), (0, 0, 0, 0))
    pen = ImageDraw.Draw(picture)
    waves = [(dice.uniform(2, 7), dice.uniform(0, math.tau), dice.uniform(0.08, 0.3)) for _ in range(4)]
    points = []
    for step in range(400):
        part = step / 399
        lift = sum(amplitude * math.sin(frequency * part * math.tau + phase) for frequency, phase, amplitude in waves)
        x = width * (0.08 + 0.84 * part) + width * 0.06 * math.sin(part * 9 * math.tau + waves[0][1])
        points.append((x, height * (0.5 - 0.36 * lift * (1 - 0.5 * part))))
    pen.line(points, fill=BLUE, width=3 * SCALE, joint='curve')
    start = height * dice.uniform(0.72, 0.85)
    pen.line([(width * 0.1, start), (width * 0.9, start - height * 0.12)], fill=BLUE, width=2 * SCALE)
    return _to_png(picture, size)


def draw_seal(name, size=480):
    """Return a made-up round seal as PNG: red on transparent, with a star, the agency's name and the specimen's mark."""
    side = size * SCALE
    picture = Image.new('RGBA', (side, side), (0, 0, 0, 0))
    pen = ImageDraw.Draw(picture)
    middle = side / 2
    for radius, width in ((0.485, 6), (0.45, 2), (0.29, 2)):
        edge = radius * side
        pen.ellipse(
            (middle - edge, middle - edge, middle + edge, middle + edge), outline=RED, width=width * SCALE)
    _draw_star(pen, middle, side * 0.2)
    _draw_round_text(picture, fonts.clean_text(name).upper()[:60], side * 0.335)
    font = _font(side * 0.07)
    pen.text((middle, middle + side * 0.245), MARK, fill=RED, font=font, anchor='mm')
    return _to_png(picture, (size, size))


def _draw_star(pen, middle, radius):
    points = []
    for corner in range(10):
        reach = radius if corner % 2 == 0 else radius * 0.382
        angle = math.pi * corner / 5 - math.pi / 2
        points.append((middle + reach * math.cos(angle), middle + reach * math.sin(angle)))
    pen.polygon(points, fill=RED)


def _draw_round_text(picture, text, radius):
    side = picture.width
    text = f"{text} • {MARK} •"
    size = min(side * 0.075, radius * math.tau / max(len(text), 1) * 1.25)
    font = _font(size)
    angle = -math.pi * 0.86
    step = 2 * math.pi * 0.97 / len(text)
    for letter in text:
        tile = Image.new('RGBA', (int(size * 2), int(size * 2)), (0, 0, 0, 0))
        ImageDraw.Draw(tile).text((size, size), letter, fill=RED, font=font, anchor='mm')
        tile = tile.rotate(-math.degrees(angle) - 0, resample=Image.Resampling.BICUBIC)
        x = side / 2 + (radius + size * 0.35) * math.sin(angle)
        y = side / 2 - (radius + size * 0.35) * math.cos(angle)
        picture.alpha_composite(tile, (int(x - size), int(y - size)))
        angle += step


def _font(size):
    return ImageFont.truetype(fonts.get_font('bold').path, max(8, int(size)))


def _to_png(picture, size):
    output = io.BytesIO()
    picture.resize(size, Image.Resampling.LANCZOS).save(output, 'PNG', optimize=True)
    return output.getvalue()
