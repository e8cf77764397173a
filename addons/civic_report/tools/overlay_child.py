"""The sandboxed half of :mod:`overlay`: one request on standard input, one answer, end. Imports nothing of Odoo."""
import json
import math
import os
import resource
import subprocess
import sys
from typing import NamedTuple

MIB = 1024 * 1024
ADDRESS_SPACE = 3072 * MIB
CPU_SECONDS = 45
MM = 72 / 25.4
CELL = 1.0                  # millimetres of one field of the grid
PIXELS_PER_CELL = 4         # of the picture that is looked at
LARGEST_MM = 1200           # a page larger than A0 is not looked at
MARGIN = 5                  # millimetres at the edge where printers do not print
CLEARANCES = (3, 1.5)       # millimetres kept free around the stamp: as many as there is room for
DARKER = 45                 # so much darker than the paper is ink
INK_SHARE = 0.1             # of a field; less is a speck of the scanner
HEAD_SHARE = 0.45           # of the page's height: the place for stamps


def limit(max_output):
    for kind, value in (
        (resource.RLIMIT_AS, ADDRESS_SPACE), (resource.RLIMIT_CPU, CPU_SECONDS), (resource.RLIMIT_FSIZE, max_output),
        (resource.RLIMIT_CORE, 0), (resource.RLIMIT_NOFILE, 64),
    ):
        hard = resource.getrlimit(kind)[1]
        if hard != resource.RLIM_INFINITY:
            value = min(value, hard)
        resource.setrlimit(kind, (value, hard))


class Place(NamedTuple):
    """Where the upper left corner of something comes to stand, in millimetres, and how good that is."""

    x: float
    y: float
    is_free: bool
    is_head: bool               # in the upper part of the page, where stamps belong


def find_place(ink, width, height, corner):
    """Return the best place for something of this size (millimetres).

    The stamp belongs below the notation (left) or below place and date (right), in the upper part of the page: the
    free place nearest to that is taken. If the head has none, any on the page, at the left rather than below the
    signature; if the page has none, the one with the least ink.

    :param ink: rows of 0 and 1, one per field
    """
    total = sum_up(ink)
    best = None
    for clearance in CLEARANCES:
        place = _find_place(total, width, height, corner, clearance)
        if best is None or (place.is_free, place.is_head) > (best.is_free, best.is_head):
            best = place
        if best.is_free and best.is_head:
            break
    return best


def sum_up(ink):
    """Return for each field how much ink lies above and left of it: the ink of any box is then four look-ups."""
    columns = len(ink[0])
    total = [[0] * (columns + 1)]
    for line in ink:
        above, here, running = total[-1], [0], 0
        for column in range(columns):
            running += line[column]
            here.append(above[column + 1] + running)
        total.append(here)
    return total


def _find_place(total, width, height, corner, clearance):
    rows, columns = len(total) - 1, len(total[0]) - 1
    edge = round(MARGIN / CELL)
    wide, high = (math.ceil((side + 2 * clearance) / CELL) for side in (width, height))
    last_column, last_row = columns - edge - wide, rows - edge - high
    if last_column < edge or last_row < edge:       # a page smaller than the stamp with its margins
        return Place(max(0, (columns * CELL - width) / 2), 0, False, True)
    # where a clerk puts it: the middle of the half, below the two lines of the agency and the notation
    left, right = columns * 0.30 - wide / 2, columns * 0.70 - wide / 2
    best = None
    for row in range(edge, last_row + 1):
        top, low = total[row], total[row + high]
        is_head = row + high <= rows * HEAD_SHARE
        ideal = left if corner == 'left' or not is_head else right
        down = abs(row - rows * 0.16)
        for column in range(edge, last_column + 1):
            covered = low[column + wide] - low[column] - top[column + wide] + top[column]
            key = (covered > 0, covered, not is_head, down + 1.2 * abs(column - ideal))
            if best is None or key < best[0]:
                best = (key, column, row)
    key, column, row = best
    return Place(column * CELL + clearance, row * CELL + clearance, not key[0], not key[2])


def get_ink(path, width, height):
    """Return the fields of the page that bear ink, as rows of 0 and 1.

    :param path: a grey picture (PGM) of the page
    """
    from PIL import Image

    columns, rows = max(1, round(width / CELL)), max(1, round(height / CELL))
    with Image.open(path) as opened:
        picture = opened.convert('L').resize((columns * PIXELS_PER_CELL, rows * PIXELS_PER_CELL), Image.Resampling.BOX)
    histogram = picture.histogram()
    # the paper is the most frequent of the lighter shades, be it white, yellow or grey
    paper = max(range(96, 256), key=lambda shade: histogram[shade]) if any(histogram[96:]) else 255
    dark = picture.point([255 if shade < paper - DARKER else 0 for shade in range(256)])
    shares = dark.resize((columns, rows), Image.Resampling.BOX).tobytes()
    least = 255 * INK_SHARE
    return [[int(shares[row * columns + column] >= least) for column in range(columns)] for row in range(rows)]


def cover(ink, place, width, height):
    """Note that something stands there now."""
    columns, rows = len(ink[0]), len(ink)
    for row in range(max(0, int(place.y / CELL)), min(rows, math.ceil((place.y + height) / CELL))):
        for column in range(max(0, int(place.x / CELL)), min(columns, math.ceil((place.x + width) / CELL))):
            ink[row][column] = 1


def get_matrix(rotation, box, x, y):
    """Return the matrix that puts what is drawn at (0, 0) at (x, y) of the page as it is shown.

    (x, y) counts in points from the lower left corner of the page as a reader sees it.
    """
    x0, y0, x1, y1 = box
    if rotation == 90:
        return (0, 1, -1, 0, x1 - y, y0 + x)
    if rotation == 180:
        return (-1, 0, 0, -1, x1 - x, y1 - y)
    if rotation == 270:
        return (0, -1, 1, 0, x0 + y, y1 - x)
    return (1, 0, 0, 1, x0 + x, y0 + y)


def get_geometry(page):
    """Return rotation, visible box and unit of a page; boxes may be given the wrong way round, or lie outside."""
    import pikepdf

    rotation = page.obj.get('/Rotate')
    parent, depth = page.obj.get('/Parent'), 0
    while rotation is None and parent is not None and depth < 50:       # inherited
        rotation = parent.get('/Rotate')
        parent, depth = parent.get('/Parent'), depth + 1
    try:
        rotation = int(rotation or 0) % 360
    except (TypeError, ValueError):
        rotation = 0
    if rotation % 90:
        rotation = 0

    def read(box):
        try:
            a, b, c, d = (float(value) for value in box)
        except (TypeError, ValueError):
            return None
        return (min(a, c), min(b, d), max(a, c), max(b, d))

    media = read(page.mediabox) or (0, 0, 595, 842)
    crop = read(page.cropbox) or media
    box = (max(media[0], crop[0]), max(media[1], crop[1]), min(media[2], crop[2]), min(media[3], crop[3]))
    if box[2] - box[0] < 1 or box[3] - box[1] < 1:
        box = media
    unit = page.obj.get('/UserUnit', 1)
    try:
        unit = float(unit)
    except (TypeError, ValueError, pikepdf.PdfError):
        unit = 1
    return rotation, box, unit if 0.1 <= unit <= 1000 else 1


def render(path, folder, number=1):
    """Return the path of a grey picture of a page, counted from 1, as a reader sees it."""
    prefix = os.path.join(folder, 'page')
    subprocess.run(
        ['pdftoppm', '-f', str(number), '-l', str(number), '-singlefile', '-cropbox', '-gray',
         '-r', str(25.4 / CELL * PIXELS_PER_CELL), path, prefix],
        check=True, timeout=40, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return prefix + '.pgm'


def picture_to_pdf(path, target):
    """Put a picture on a sheet of its size, or of A4 width if it does not say."""
    import io

    import pikepdf
    from PIL import Image, ImageOps

    Image.MAX_IMAGE_PIXELS = 120_000_000
    with Image.open(path) as opened:
        dpi = opened.info.get('dpi', (0, 0))[0]
        picture = ImageOps.exif_transpose(opened).convert('RGB')
    data = io.BytesIO()
    picture.save(data, 'JPEG', quality=90)
    scale = 72 / float(dpi) if 60 <= float(dpi or 0) <= 1300 else 595.276 / picture.width
    width, height = picture.width * scale, picture.height * scale
    pdf = pikepdf.new()
    page = pdf.add_blank_page(page_size=(width, height))
    image = pdf.make_stream(data.getvalue())
    image.update({
        '/Type': pikepdf.Name.XObject, '/Subtype': pikepdf.Name.Image, '/Width': picture.width,
        '/Height': picture.height, '/ColorSpace': pikepdf.Name.DeviceRGB, '/BitsPerComponent': 8,
        '/Filter': pikepdf.Name.DCTDecode})
    page.obj.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Scan=image))
    page.obj.Contents = pdf.make_stream(f'q {width:.3f} 0 0 {height:.3f} 0 0 cm /Scan Do Q'.encode())
    pdf.save(target, deterministic_id=True)


def own_resources(pdf, page):
    """Give the page a list of resources of its own: others may share the one it has, or hand it down."""
    import pikepdf

    def copy(value):
        return pikepdf.Dictionary(dict(value.items())) if isinstance(value, pikepdf.Dictionary) else pikepdf.Dictionary()

    resources = copy(page.resources)
    resources.XObject = copy(resources.get('/XObject'))
    page.obj.Resources = resources
    return resources.XObject


def draw(pdf, page, xobjects, path, matrix):
    import pikepdf

    with pikepdf.open(path) as other:
        form = pdf.copy_foreign(other.pages[0].as_form_xobject())
    number = 1
    while f'/CivicStamp{number}' in xobjects:
        number += 1
    xobjects[f'/CivicStamp{number}'] = form
    numbers = ' '.join(f'{value:.4f}' for value in matrix)
    page.contents_add(f'q {numbers} cm /CivicStamp{number} Do Q\n'.encode())


def get_size(page):
    """Return width and height in millimetres as a reader sees the page, and its geometry."""
    rotation, box, unit = geometry = get_geometry(page)
    sides = (box[2] - box[0]) * unit / MM, (box[3] - box[1]) * unit / MM
    return *(sides[::-1] if rotation in (90, 270) else sides), geometry


def isolate(pdf, page):
    """Let what follows be drawn in a clean state, whatever the page left behind; return its own list of forms."""
    page.contents_add(b'q\n', prepend=True)
    page.contents_add(b'\nQ\n')
    return own_resources(pdf, page)


def put(pdf, page, xobjects, path, geometry, x, y):
    """Draw a form with its lower left corner at (x, y) millimetres from the lower left corner of the page."""
    rotation, box, unit = geometry
    matrix = get_matrix(rotation, box, x * MM / unit, y * MM / unit)
    draw(pdf, page, xobjects, path, (*(value / unit for value in matrix[:4]), *matrix[4:]))


def append(request):
    """Draw the block below what the last page bears; on a sheet of its own if there is no room."""
    import pikepdf

    paths, folder, (width, height) = request['paths'], request['folder'], request['block']
    source = paths['source']
    if request['is_picture']:
        source = os.path.join(folder, 'picture.pdf')
        picture_to_pdf(paths['source'], source)
    with pikepdf.open(source) as pdf:
        if not len(pdf.pages):
            return {'error': 'corrupt'}
        page = pdf.pages[-1]
        page_width, page_height, geometry = get_size(page)
        if max(page_width, page_height) > LARGEST_MM:
            return {'error': 'too_large'}
        ink = get_ink(render(source, folder, len(pdf.pages)), page_width, page_height)
        inked = [row for row, line in enumerate(ink) if any(line)]
        end = (inked[-1] + 1) * CELL if inked else request['margin']
        top = end + request['gap']
        is_new = page_width < width or top + height > page_height - request['margin']
        if is_new:
            page_width, page_height, top = width, request['page_height'], request['margin']
            page = pdf.add_blank_page(page_size=(page_width * MM, page_height * MM))
            geometry = get_geometry(page)
        put(pdf, page, isolate(pdf, page), paths['block'], geometry, (page_width - width) / 2, page_height - top - height)
        pages = len(pdf.pages)
        pdf.save(paths['result'], deterministic_id=True)
    return {'page': pages, 'y': top, 'is_new_page': is_new}


def work(request):
    import pikepdf

    if 'block' in request:
        return append(request)
    paths, folder = request['paths'], request['folder']
    source = paths['source']
    if request['is_picture']:
        source = os.path.join(folder, 'picture.pdf')
        picture_to_pdf(paths['source'], source)
    with pikepdf.open(source) as pdf:
        if not len(pdf.pages):
            return {'error': 'corrupt'}
        page = pdf.pages[0]
        width, height, geometry = get_size(page)
        if max(width, height) > LARGEST_MM:
            return {'error': 'too_large'}
        ink = get_ink(render(source, folder), width, height)
        first = 'both' if request['qr'] else 'alone'
        place = find_place(ink, *request[first], request['corner'])
        drawn = [(first, place)]
        if request['qr'] and not (place.is_free and place.is_head):
            # no room in the head for both side by side: perhaps for the stamp alone, and the QR goes elsewhere
            alone = find_place(ink, *request['alone'], request['corner'])
            if alone[2:] > place[2:] or not place.is_free:
                drawn = [('alone', alone)]
                cover(ink, alone, *request['alone'])
                qr = find_place(ink, *request['qr'], 'right' if request['corner'] == 'left' else 'left')
                if qr.is_free:
                    drawn.append(('qr', qr))
        xobjects = isolate(pdf, page)
        for name, (x, y, _is_free, _is_head) in drawn:
            put(pdf, page, xobjects, paths[name], geometry, x, height - y - request[name][1])
        pdf.save(paths['result'], deterministic_id=True)
    name, place = drawn[0]
    return {
        'x': place.x, 'y': place.y, 'width': request[name][0], 'height': request[name][1], 'is_free': place.is_free,
        'page_width': width, 'page_height': height, 'has_qr': name == 'both' or len(drawn) > 1}


def main():
    request = json.load(sys.stdin)
    limit(request['max_output'])
    try:
        answer = work(request)
    except MemoryError:
        answer = {'error': 'limit'}
    except subprocess.TimeoutExpired:
        answer = {'error': 'timeout'}
    except Exception as error:          # whatever a hostile file makes the libraries raise
        name = type(error).__name__
        answer = {'error': 'encrypted' if name == 'PasswordError' else 'corrupt'}
    json.dump(answer, sys.stdout)


if __name__ == '__main__':
    main()
