"""Draw a flat portrait for an invented person; the name decides the looks."""
import random
from io import BytesIO

from PIL import Image, ImageDraw

SIZE = 192
SKINS = ('#f1c9a5', '#e8b98d', '#dba77a', '#f5d5b8')
HAIRS = ('#1d1a19', '#2b211c', '#3a2a20', '#5a5350')
CLOTHES = ('#1f4e79', '#7a1f2b', '#2f5d50', '#54428e', '#37474f', '#8a5a16', '#0b7285')
GROUNDS = ('#dbe7f3', '#f3e4db', '#e0f0e3', '#efe3f3', '#f7efd2', '#d9eef0')


def portrait(name, gender):
    """Return a PNG as bytes."""
    dice = random.Random(name)
    skin, hair, cloth, ground = (dice.choice(palette) for palette in (SKINS, HAIRS, CLOTHES, GROUNDS))
    image = Image.new('RGB', (SIZE * 2, SIZE * 2), ground)
    draw = ImageDraw.Draw(image)
    middle, width = SIZE, dice.randrange(84, 96)
    if gender == 'f':
        length = dice.choice((250, 285, 320))
        draw.rounded_rectangle((middle - width - 20, 78, middle + width + 20, length), 100, fill=hair)
    draw.ellipse((middle - 150, 268, middle + 150, 560), fill=cloth)
    draw.rectangle((middle - 30, 220, middle + 30, 292), fill=skin)
    draw.polygon(((middle - 44, 278), (middle + 44, 278), (middle, 340)), fill='#ffffff')
    if gender == 'm':
        draw.polygon(((middle - 10, 296), (middle + 10, 296), (middle + 16, 384), (middle - 16, 384)), fill='#a11d2d')
    draw.ellipse((middle - width, 82, middle + width, 268), fill=skin)
    draw.pieslice((middle - width - 8, 58, middle + width + 8, 250), 180 + dice.randrange(-6, 6), 360, fill=hair)
    draw.ellipse((middle - width + 10, 118, middle + width - 10, 230), fill=skin)
    glasses = dice.random() < 0.35
    for side in (-1, 1):
        eye = middle + side * 36
        draw.ellipse((eye - 7, 160, eye + 7, 174), fill='#222222')
        draw.line((eye - 14, 148, eye + 14, 146), fill=hair, width=5)
        if glasses:
            draw.ellipse((eye - 24, 144, eye + 24, 190), outline='#333333', width=4)
    draw.arc((middle - 28, 186, middle + 28, 226), 20, 160, fill='#a8433f', width=6)
    stream = BytesIO()
    image.resize((SIZE, SIZE), Image.LANCZOS).save(stream, 'PNG', optimize=True)
    return stream.getvalue()
