"""Recognise the words of pages that are pictures, with tesseract; plain Python.

The picture that the scanner made is handed over as it lies in the PDF wherever possible: drawing the page anew costs
time and sharpness. Every program runs within limits (see :mod:`limited`).
"""
import mmap
import os
import re
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

from .limited import ProgramFailed, run
from .words import MAX_WORDS, Page, Word, clean_word

LANGUAGES = 'vie'
DPI = 300                       # of pages that are drawn anew
MAX_DPI = 400                   # finer pictures take longer and are read no better
MIN_DPI = 140                   # coarser ones are read better when drawn larger
MAX_SIDE = 5000                 # pixels of a picture drawn for recognition
MAX_PIXELS = 64_000_000         # A4 at 600 dpi has 35 million
STEP_TIMEOUT = 30
PAGE_TIMEOUT = 60
# One thread per page: two are hardly faster, and take the processor from the server.
ENVIRONMENT = {'OMP_THREAD_LIMIT': '1'}
if os.environ.get('TESSDATA_PREFIX'):
    ENVIRONMENT['TESSDATA_PREFIX'] = os.environ['TESSDATA_PREFIX']

PICTURE_CHILD = Path(__file__).with_name('picture_child.py')
PICTURE_MIMETYPES = ('image/png', 'image/jpeg', 'image/tiff')

READABLE_WORDS = 0.45           # share of words recognised well, below which a page may lie wrong
_FEW_WORDS = 12


def read_picture(path, *, dpi=0, number=1, size=None, timeout=PAGE_TIMEOUT):
    """Return the pages of a picture file as [Page]; a TIFF may hold several.

    :param dpi: resolution, if the file does not tell it
    :param size: width and height in points, if they are known
    :raises ProgramFailed:
    """
    try:
        pages = recognise(path, dpi=dpi, number=number, size=size, timeout=timeout)
    except ProgramFailed as error:
        if error.code != 'crash':
            raise
        # too large, or of a kind that tesseract does not know: another program tells, and may convert it
        with tempfile.TemporaryDirectory(prefix='civic-ocr-') as folder:
            target = os.path.join(folder, 'picture.png')
            make_picture(path, target, max_side=MAX_SIDE)
            pages = recognise(target, dpi=dpi, number=number, size=size, timeout=timeout)
    if len(pages) != 1 or is_readable(pages[0]):
        return pages
    return [_try_upright(path, pages[0], dpi=dpi, size=size, timeout=timeout)]


def read_scanned_page(path, number, *, size=None, timeout=PAGE_TIMEOUT):
    """Return the Page of a PDF, read from its picture.

    :param size: width and height in points, if they are known
    :raises ProgramFailed:
    """
    rotation = 0
    if not size or _may_be_rotated(path):
        size, rotation = get_page_size(path, number)
    with tempfile.TemporaryDirectory(prefix='civic-ocr-') as folder:
        picture, dpi = extract_picture(path, number, folder, size, rotation) or draw_page(path, number, folder, size)
        try:
            page = recognise(picture, dpi=dpi, number=number, size=size, timeout=timeout)[0]
        except ProgramFailed as error:
            if error.code != 'crash' or 'drawn' in picture:
                raise
            # a picture that tesseract cannot open may still be one that the PDF's program can draw
            picture, dpi = draw_page(path, number, folder, size)
            page = recognise(picture, dpi=dpi, number=number, size=size, timeout=timeout)[0]
        if is_readable(page):
            return page
        if 'drawn' not in picture:
            picture, dpi = draw_page(path, number, folder, size)     # the words shall fit the page that people see
        return _try_upright(picture, page, dpi=dpi, size=size, timeout=timeout)


def recognise(path, *, dpi=0, number=1, size=None, timeout=PAGE_TIMEOUT):
    """Run tesseract once and return its pages."""
    command = ['tesseract', path, 'stdout', '-l', LANGUAGES]
    if dpi:
        command += ['--dpi', str(round(dpi))]
    raw = run([*command, 'tsv'], timeout=timeout, environment=ENVIRONMENT)
    return parse_tsv(raw.decode('utf-8', 'replace'), dpi=dpi, number=number, size=size)


def read_under_seal(path, mimetype, page, box, *, timeout=PAGE_TIMEOUT):
    """Return the words in a part of a page, read without the seal that lies over them.

    :param page: the :class:`words.Page` as it was read before
    :param box: the part, as fractions of the page
    :raises ProgramFailed:
    """
    with tempfile.TemporaryDirectory(prefix='civic-ocr-') as folder:
        picture, dpi, frame = path, 0, page.number - 1
        if mimetype == 'application/pdf':
            size, rotation = get_page_size(path, page.number)
            frame = 0
            # the picture itself has the colours; drawn pages are grey
            picture, dpi = not page.rotation and extract_picture(path, page.number, folder, size, rotation) or draw_page(
                path, page.number, folder, size)
        target = os.path.join(folder, 'part.png')
        make_picture(picture, target, turn=page.rotation, frame=frame, crop=box, ink=True)
        command = ['tesseract', target, 'stdout', '-l', LANGUAGES, '--psm', '6', '--dpi', str(round(dpi or DPI)), 'tsv']
        raw = run(command, timeout=timeout, environment=ENVIRONMENT)
    x0, y0, x1, y1 = box
    return [
        word._replace(
            x0=x0 + word.x0 * (x1 - x0), x1=x0 + word.x1 * (x1 - x0),
            y0=y0 + word.y0 * (y1 - y0), y1=y0 + word.y1 * (y1 - y0))
        for word in parse_tsv(raw.decode('utf-8', 'replace'))[0].words]


def parse_tsv(text, *, dpi=0, number=1, size=None):
    """Return the pages of tesseract's table."""
    pages, width, height = [], 1, 1
    for row in text.splitlines()[1:]:
        cells = row.split('\t')
        if len(cells) != 12:
            continue
        level, left, top, across, down = cells[0], *map(int, cells[6:10])
        if level == '1':
            width, height = max(1, across), max(1, down)
            points = size or (width * 72 / (dpi or DPI), height * 72 / (dpi or DPI))
            pages.append(Page(number + len(pages), *points, words=[], source='ocr'))
        elif level == '5' and pages and len(pages[-1].words) < MAX_WORDS:
            word = clean_word(cells[11])
            if word:
                pages[-1].words.append(Word(
                    word, left / width, top / height, min(1, (left + across) / width), min(1, (top + down) / height),
                    max(0.0, float(cells[10]) / 100)))
    if not pages:
        raise ProgramFailed('crash', 'no page')
    return pages


def is_readable(page):
    """Whether most of what was recognised is text: a page upside down gives rubbish of low confidence.

    An empty page has nothing to turn.
    """
    words = [word for word in page.words if sum(char.isalpha() for char in word.text) > 1]
    if not page.words:
        return True
    if len(words) < _FEW_WORDS and len(words) < len(page.words) / 2:
        return False
    good = sum(1 for word in words if word.confidence > 0.7)
    return good >= READABLE_WORDS * len(words)


def get_score(page):
    """How much was recognised: letters weighted with their confidence."""
    return sum(len(word.text) * word.confidence ** 2 for word in page.words if word.confidence > 0.5)


def _try_upright(path, page, *, dpi, size, timeout):
    """Turn the picture as tesseract's orientation detection says, and read it again if that gives more text."""
    turn = detect_rotation(path, dpi=dpi)
    if not turn:
        return page
    with tempfile.TemporaryDirectory(prefix='civic-ocr-') as folder:
        target = os.path.join(folder, 'upright.png')
        make_picture(path, target, turn=turn)
        if size and turn in (90, 270):
            size = size[::-1]
        upright = recognise(target, dpi=dpi, number=page.number, size=size, timeout=timeout)[0]
    if get_score(upright) <= get_score(page):
        return page
    upright.rotation = turn
    return upright


def detect_rotation(path, *, dpi=0):
    """Return by how many degrees clockwise the picture must be turned; 0 if that cannot be told."""
    command = ['tesseract', path, 'stdout', '--psm', '0', '-l', 'osd']
    if dpi:
        command += ['--dpi', str(round(dpi))]
    try:
        answer = run(command, timeout=STEP_TIMEOUT, environment=ENVIRONMENT).decode('utf-8', 'replace')
    except ProgramFailed:
        return 0                # too few letters to tell
    match = re.search(r'^Rotate: (0|90|180|270)$', answer, re.MULTILINE)
    return int(match[1]) if match else 0


# === pictures === #

def get_page_size(path, number):
    """Return (width, height) in points as displayed, and the page's rotation."""
    answer = run(['pdfinfo', '-f', str(number), '-l', str(number), path], timeout=STEP_TIMEOUT).decode('utf-8', 'replace')
    size = re.search(r'^Page\s+\d+ size:\s+([\d.]+) x ([\d.]+)', answer, re.MULTILINE)
    turn = re.search(r'^Page\s+\d+ rot:\s+(\d+)', answer, re.MULTILINE)
    width, height = (max(1.0, float(size[1])), max(1.0, float(size[2]))) if size else (595.0, 842.0)
    turn = int(turn[1]) % 360 if turn else 0
    return ((height, width) if turn in (90, 270) else (width, height)), turn


def _may_be_rotated(path):
    """Whether the file may turn a page: it says so in plain words, or could say it in a packed object."""
    return _says(path, b'/Rotate') or _says(path, b'/ObjStm')


def may_hold_scans(path):
    """Whether a page of the file may be a picture: the head of a picture is never packed. (Those within a page's text,
    of 4 kB by the standard, are no scans.)"""
    return _says(path, b'/Image')


def _says(path, mark):
    with open(path, 'rb') as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as raw:
        return raw.find(mark) >= 0


def list_pictures(path, first, last=None):
    """Return {page: [{type, width, height, enc, x-ppi, y-ppi}]} of the pictures on the pages."""
    answer = run(
        ['pdfimages', '-list', '-f', str(first), '-l', str(last or first), path], timeout=STEP_TIMEOUT,
    ).decode('utf-8', 'replace').splitlines()
    pictures = {}
    for row in answer[2:]:
        cells = row.split()
        if len(cells) < 14 or not cells[0].isdigit():
            continue
        pictures.setdefault(int(cells[0]), []).append({
            'type': cells[2], 'width': int(cells[3]), 'height': int(cells[4]), 'enc': cells[8],
            'x-ppi': int(cells[12]), 'y-ppi': int(cells[13]),
        })
    return pictures


def extract_picture(path, number, folder, size, rotation):
    """Take the one picture that fills the page out of the PDF; return its path and resolution, or None."""
    pictures = list_pictures(path, number).get(number, [])
    if rotation or len(pictures) != 1:
        return None
    [picture] = pictures
    across, down = picture['x-ppi'], picture['y-ppi']
    if (
        picture['type'] != 'image' or picture['enc'] == 'jpx' or not across or not down
        or not MIN_DPI <= across <= MAX_DPI or abs(across - down) > 0.03 * across
        or picture['width'] * picture['height'] > MAX_PIXELS
        or abs(picture['width'] * 72 / across - size[0]) > 0.02 * size[0]
        or abs(picture['height'] * 72 / down - size[1]) > 0.02 * size[1]
    ):
        return None
    command = ['pdfimages', '-f', str(number), '-l', str(number), *(['-j'] if picture['enc'] == 'jpeg' else []), path]
    try:
        run([*command, os.path.join(folder, 'page')], timeout=STEP_TIMEOUT)
    except ProgramFailed:
        return None
    files = sorted(os.listdir(folder))
    return (os.path.join(folder, files[0]), across) if len(files) == 1 else None


def draw_page(path, number, folder, size, dpi=DPI):
    """Draw the page in shades of grey; return the picture's path and resolution."""
    dpi = max(10, min(dpi, int(MAX_SIDE * 72 / max(size))))
    target = os.path.join(folder, 'drawn')
    run(
        ['pdftoppm', '-q', '-gray', '-r', str(dpi), '-f', str(number), '-l', str(number), '-singlefile', path, target],
        timeout=STEP_TIMEOUT)
    if not os.path.exists(target + '.pgm'):
        raise ProgramFailed('crash', 'pdftoppm')
    return target + '.pgm', dpi


def make_picture(path, target, *, turn=0, frame=0, max_side=0, crop=None, ink=False):
    """Turn, shrink, cut and save a picture as PNG, in a process of its own.

    :param crop: the part to keep, as fractions (x0, y0, x1, y1)
    :param ink: keep what is as dark as print

    :raises ProgramFailed: also for a picture of more than ``MAX_PIXELS``
    """
    answer = run(
        [
            sys.executable, '-s', '-I', str(PICTURE_CHILD), path, target, str(turn), str(frame), str(max_side),
            str(MAX_PIXELS), ','.join(map(str, crop or ())), str(int(ink)), os.pathsep.join(filter(None, sys.path)),
        ],
        timeout=STEP_TIMEOUT).decode('utf-8', 'replace').strip()
    if answer != 'ok':
        raise ProgramFailed(answer if answer in ('too_large', 'no_page') else 'crash', 'picture')


@contextmanager
def draw_png(path, mimetype, number, *, dpi, turn=0):
    """Yield the path of a PNG of the page, for people to look at.

    :raises ProgramFailed: 'no_page' if there is no such page
    """
    with tempfile.TemporaryDirectory(prefix='civic-page-') as folder:
        target = os.path.join(folder, 'page.png')
        if mimetype != 'application/pdf':
            make_picture(path, target, turn=turn, frame=number - 1, max_side=int(dpi * 12))
        else:
            size, _rotation = get_page_size(path, number)
            dpi = max(10, min(dpi, int(MAX_SIDE * 72 / max(size))))
            run(
                ['pdftoppm', '-q', '-png', '-r', str(dpi), '-f', str(number), '-l', str(number), '-singlefile', path,
                 target[:-4]],
                timeout=STEP_TIMEOUT)
            if turn:
                make_picture(target, target, turn=turn)
        if not os.path.exists(target):
            raise ProgramFailed('no_page')
        yield target
