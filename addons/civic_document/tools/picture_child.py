"""Turn, shrink, cut and save one picture from outside; started by :mod:`ocr` within limits, never imported by Odoo.

    picture_child.py SOURCE TARGET TURN FRAME MAX_SIDE MAX_PIXELS CROP INK PYTHONPATH
"""
import os
import sys

DARKEST = 0.004             # share of the pixels that are ink for certain
# How much lighter than the darkest other ink may be. In red light a red seal is as white as the paper.
MARGIN, RED_MARGIN = 45, 75


def keep_ink(picture):
    """Return black print alone: a seal over it is lighter, and in colour it vanishes."""
    is_colour = picture.mode == 'RGB'
    grey = picture.getchannel(0) if is_colour else picture.convert('L')
    histogram, wanted, level = grey.histogram(), DARKEST * grey.width * grey.height, 0
    while level < 255 and sum(histogram[:level + 1]) < wanted:
        level += 1
    threshold = level + (RED_MARGIN if is_colour else MARGIN)
    return grey.point(lambda value: 255 if value > threshold else 0)


def main(source, target, turn, frame, max_side, max_pixels, crop, ink):
    from PIL import Image, ImageOps

    Image.MAX_IMAGE_PIXELS = None               # our own limit is told apart from a broken file
    with Image.open(source, formats=('PNG', 'JPEG', 'TIFF', 'PPM')) as picture:
        if frame:
            try:
                picture.seek(frame)
            except EOFError:
                return 'no_page'
        if picture.width * picture.height > max_pixels:
            return 'too_large'
        # reduced while it is decoded, where the format can
        if max_side and max(picture.size) > max_side:
            picture.draft(None, (max_side, max_side))
        upright = ImageOps.exif_transpose(picture)
        if max_side and max(upright.size) > max_side:
            upright.thumbnail((max_side, max_side))
        if turn:
            upright = upright.rotate(-turn, expand=True)
        if crop:
            sides = [float(side) for side in crop.split(',')]
            upright = upright.crop(tuple(
                round(side * (upright.height if index % 2 else upright.width)) for index, side in enumerate(sides)))
        if ink and upright.mode != '1':
            upright = keep_ink(upright)
        if upright.mode not in ('1', 'L', 'RGB'):
            upright = upright.convert('RGB')
        upright.save(target, format='PNG', compress_level=3)
    return 'ok'


if __name__ == '__main__':
    sys.path[:] = sys.argv.pop().split(os.pathsep)
    try:
        print(main(*sys.argv[1:3], *map(int, sys.argv[3:7]), sys.argv[7], int(sys.argv[8])))
    except MemoryError:
        print('too_large')
    except Exception:                           # whatever a library throws at a hostile file
        print('crash')
