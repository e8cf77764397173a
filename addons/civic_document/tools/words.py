"""Words of a page with their places, and how the text layer of a PDF gives them; plain Python.

Coordinates are fractions of the page's width and height, origin top left, of the page as it is read: upright.
"""
import html
import re
import unicodedata
from dataclasses import dataclass
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
    pages = {}
    for number, chunk in enumerate(raw.decode('utf-8', 'replace').split('<page ')[1:], start=first):
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


def get_lines(page, min_confidence=MIN_CONFIDENCE):
    """Return the texts that stand on one line each; a gap of more than two letters' height parts two of them."""
    scale = page.height_pt / page.width_pt
    lines = []
    for word in sorted(page.words, key=lambda word: (word.y0 + word.y1, word.x0)):
        if word.confidence < min_confidence:
            continue
        middle, height = (word.y0 + word.y1) / 2, word.y1 - word.y0
        for line in reversed(lines[-6:]):
            if abs(line['middle'] - middle) < 0.4 * max(height, line['height']):
                line['words'].append(word)
                break
        else:
            lines.append({'middle': middle, 'height': height, 'words': [word]})
    texts = []
    for line in lines:
        line['words'].sort(key=lambda word: word.x0)
        gap = 1.6 * line['height'] * scale
        part = []
        for word in line['words']:
            if part and word.x0 - part[-1].x1 > gap:
                texts.append(' '.join(item.text for item in part))
                part = []
            part.append(word)
        texts.append(' '.join(item.text for item in part))
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
