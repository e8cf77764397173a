"""What a print is made of, whatever the file it goes into; plain Python."""
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple

from . import fonts

# Decree 30/2020, Annex I: the head of every official paper, in these words.
STATE_NAME = 'CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM'
STATE_MOTTO = 'Độc lập - Tự do - Hạnh phúc'
MAX_CELL = 4000             # characters of one cell; what is longer belongs into a file of its own


class Column(NamedTuple):
    """One column: its heading, its share of the width, and what it holds."""

    title: str
    width: float = 1
    kind: str = 'text'          # text, date, datetime, integer, float, boolean
    align: str = ''             # left, center, right; by the kind if empty

    def get_align(self):
        if self.align:
            return self.align
        return {'text': 'left', 'integer': 'right', 'float': 'right'}.get(self.kind, 'center')


class Row(NamedTuple):
    values: tuple
    is_void: bool = False       # struck out, but for the last column: the remark


class Group(NamedTuple):
    """A line over the whole width: the rows below belong to it."""

    label: str
    level: int = 0


class Mark(NamedTuple):
    """What says on every page that it was printed from the system, by whom and when (Annex VI, III.6.k)."""

    text: str


@dataclass(frozen=True)
class Cover:
    """The cover of a book (Decree 30/2020, Annex IV)."""

    superior: str
    agency: str
    title: str
    lines: tuple = ()           # (label, value)


@dataclass(frozen=True)
class Heading:
    """What stands above the table on the first page."""

    title: str = ''
    superior: str = ''
    agency: str = ''
    is_official: bool = False   # with the name and the motto of the State at the right
    place_date: str = ''
    lines: tuple = ()           # lines below the title


@dataclass(frozen=True)
class Closing:
    """What stands below the table: remarks, and who signs."""

    lines: tuple = ()
    signers: tuple = field(default=())      # (title, remark), from left to right


def format_value(value, kind='text'):
    """Write a value as it stands on paper."""
    if value is None or value is False and kind != 'boolean':
        return ''
    if kind == 'boolean':
        return 'x' if value else ''
    if isinstance(value, datetime):
        return f'{value:%d/%m/%Y %H:%M}'
    if isinstance(value, date):
        return f'{value:%d/%m/%Y}'
    if isinstance(value, float):
        return f'{value:.10g}'.replace('.', ',')
    text = fonts.clean_text(value).strip()
    return text if len(text) <= MAX_CELL else text[:MAX_CELL - 1] + '…'


def iter_cells(row):
    """Return the values of a row and whether it is struck out; plain sequences are rows too."""
    if isinstance(row, Row):
        return row.values, row.is_void
    return row, False


def wrap(text, font, size, width):
    """Break text into lines that are not wider than ``width``; a word that is too long breaks where it must."""
    lines = []
    factor = size / 1000
    widths, default = font.widths, font.default_width
    blank = widths.get(32, default) * factor
    for paragraph in font.clean(text).split('\n'):
        current, used = [], 0.0
        for word in paragraph.split():
            length = sum([widths.get(ord(char), default) for char in word]) * factor
            if current and used + blank + length <= width:
                current.append(word)
                used += blank + length
                continue
            if current:
                lines.append(' '.join(current))
                current, used = [], 0.0
            while length > width:
                head = _fit(word, widths, default, factor, width)
                lines.append(word[:head])
                word = word[head:]
                length = font.measure(word, size)
            current, used = [word], length
        lines.append(' '.join(current))
    while len(lines) > 1 and not lines[-1]:
        lines.pop()
    return lines


def _fit(word, widths, default, factor, width):
    """Return how many letters of the word fit; at least one. A mark like / or - is a good place to break."""
    used, count = 0.0, 0
    for char in word:
        used += widths.get(ord(char), default) * factor
        if used > width and count:
            break
        count += 1
    for position in range(count, max(count // 2, 1), -1):
        if word[position - 1] in '/-_.,;:@':
            return position
    return count
