"""Turn, shrink and save one picture from outside; started by :mod:`ocr` within limits, never imported by Odoo.

    picture_child.py SOURCE TARGET TURN FRAME MAX_SIDE MAX_PIXELS PYTHONPATH
"""
import os
import sys


def main(source, target, turn, frame, max_side, max_pixels):
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
        if upright.mode not in ('1', 'L', 'RGB'):
            upright = upright.convert('RGB')
        upright.save(target, format='PNG', compress_level=3)
    return 'ok'


if __name__ == '__main__':
    sys.path[:] = sys.argv.pop().split(os.pathsep)
    try:
        print(main(*sys.argv[1:3], *map(int, sys.argv[3:])))
    except MemoryError:
        print('too_large')
    except Exception:                           # whatever a library throws at a hostile file
        print('crash')
