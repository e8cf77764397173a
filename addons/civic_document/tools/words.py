"""Words of a page with their places, and how the text layer of a PDF gives them; plain Python.

Coordinates are fractions of the page's width and height, origin top left, of the page as it is read: upright.
"""
import html
import re
import unicodedata
from dataclasses import dataclass
from statistics import median
from typing import NamedTuple

from .limited import run
from .secrecy import find_secrecy_mark

MAX_WORDS = 6000                # more is no page that a person reads
MAX_WORD = 200
FEW_WORDS = 8                   # fewer may be the stamp of a signature on a scan
MIN_CONFIDENCE = 0.3            # what is recognised worse is noise: neither indexed nor searched for marks
TEXT_TIMEOUT = 20

_PAGE = re.compile(r'<page width="([\d.]+)" height="([\d.]+)">')
_WORD = re.compile(
    r'<word xMin="(-?[\d.]+)" yMin="(-?[\d.]+)" xMax="(-?[\d.]+)" yMax="(-?[\d.]+)">(.*?)</word>', re.DOTALL)
_CONTROL = re.compile('[\x00-\x1f\x7f\u00ad\u200b-\u200f\u2028-\u202e\u2060\ufeff]')


class Word(NamedTuple):
    """One word and its box."""

    text: str
    x0: float
    y0: float
    x1: float
    y1: float
    confidence: float = 1.0


@dataclass
class Page:
    """One page and what is written on it."""

    number: int
    width_pt: float
    height_pt: float
    words: list
    source: str = 'text'        # 'text': the text layer; 'ocr': recognised
    rotation: int = 0           # degrees clockwise by which the page was turned to be upright

    @property
    def text(self):
        """The page as lines; wide gaps part columns."""
        return '\n'.join(get_lines(self))

    def to_rows(self):
        return [
            [word.text, *(round(value, 4) for value in word[1:5]), round(word.confidence, 2)] for word in self.words]


def page_from_rows(number, width, height, rows, source='text', rotation=0):
    return Page(number, width, height, [Word(*row) for row in rows or ()], source, rotation)


def clean_word(text):
    """Return the word composed and without invisible characters."""
    return _CONTROL.sub('', unicodedata.normalize('NFC', text))[:MAX_WORD].strip()


def read_text_pages(path, first, last):
    """Return {number: Page} of the pages' text layer, pages without any text included.

    :raises ProgramFailed:
    """
    raw = run(
        ['pdftotext', '-q', '-enc', 'UTF-8', '-bbox', '-f', str(first), '-l', str(last), path, '-'],
        timeout=TEXT_TIMEOUT)
    return parse_text_pages(raw.decode('utf-8', 'replace'), first)


def parse_text_pages(text, first):
    """Return {number: Page} of what ``pdftotext -bbox`` says of the pages from the first one on."""
    pages = {}
    for number, chunk in enumerate(text.split('<page ')[1:], start=first):
        head = _PAGE.match('<page ' + chunk)
        if not head:
            continue
        width, height = max(1.0, float(head[1])), max(1.0, float(head[2]))
        words = []
        for match in _WORD.finditer(chunk):
            text = clean_word(html.unescape(match[5]))
            if text:
                x0, y0, x1, y1 = (float(match[group]) for group in (1, 2, 3, 4))
                words.append(Word(
                    text, _clip(x0 / width), _clip(y0 / height), _clip(x1 / width), _clip(y1 / height)))
            if len(words) >= MAX_WORDS:
                break
        pages[number] = Page(number, width, height, words)
    return pages


def _clip(value):
    return min(1.0, max(0.0, value))


def group_lines(words):
    """Return the words line by line, each line left to right.

    Words belong together where their heights overlap: the middle of a word moves with its accents and tails. What is
    much taller than the page's words (a stroke, part of a seal) stands alone.
    """
    if not words:
        return []
    tall = 2.2 * median(word.y1 - word.y0 for word in words)
    lines, bands = [], []
    for word in sorted(words, key=lambda word: word.y0 + word.y1):
        size = word.y1 - word.y0
        for index in range(len(lines) - 1, max(-1, len(lines) - 7), -1):
            top, bottom = bands[index]
            overlap = min(bottom, word.y1) - max(top, word.y0)
            if size <= tall and bottom - top <= tall and overlap > 0.55 * min(size, bottom - top):
                lines[index].append(word)
                bands[index] = (min(top, word.y0), max(bottom, word.y1))
                break
        else:
            lines.append([word])
            bands.append((word.y0, word.y1))
    # by their middles: recognised boxes may overlap
    return [sorted(line, key=lambda word: word.x0 + word.x1) for line in lines]


def get_lines(page, min_confidence=MIN_CONFIDENCE):
    """Return the texts that stand on one line each; a gap wider than blanks are parts two of them."""
    scale = page.height_pt / page.width_pt
    texts = []
    for line in group_lines([word for word in page.words if word.confidence >= min_confidence]):
        gap = 1.6 * median(word.y1 - word.y0 for word in line) * scale
        parts = [[line[0]]]
        for word in line[1:]:
            if word.x0 - parts[-1][-1].x1 > gap:
                parts.append([])
            parts[-1].append(word)
        texts += [' '.join(word.text for word in part) for part in parts]
    return texts


# How recognition misreads the lowest mark: another accent, or none on the letter, but still a word of its own.
_MISREAD = frozenset(('MẬT', 'MẶT', 'MẤT', 'MÂT', 'MẠT', 'MẦT', 'MẨT'))
_MISREAD_FOLDED = {'TOIMAT': 'tối mật', 'TUYETMAT': 'tuyệt mật'}


def find_secrecy_mark_on_page(page):
    """Like :func:`secrecy.find_secrecy_mark`, for a recognised page: the stamp may have been misread."""
    lines = get_lines(page)
    mark = find_secrecy_mark('\n'.join(lines))
    if mark or page.source != 'ocr':
        return mark
    for line in lines:
        stamp = ''.join(char for char in line if char.isalnum())
        if not stamp.isupper() or len(line) > 24:
            continue
        if stamp in _MISREAD and _is_at_top(page, stamp):
            return 'mật'
        folded = ''.join(char for char in unicodedata.normalize('NFD', stamp) if not unicodedata.combining(char))
        if folded in _MISREAD_FOLDED:
            return _MISREAD_FOLDED[folded]
    return None


def _is_at_top(page, stamp):
    """Whether the word stands where the mark does (box 10a): in the upper part of the page."""
    return any(
        word.y0 < 0.4 and ''.join(char for char in word.text if char.isalnum()) == stamp
        for word in page.words)
