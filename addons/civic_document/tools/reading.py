"""Find the components of an administrative document by where they stand on its pages; plain Python.

Decree 30/2020/NĐ-CP, Annex I and the layout of its Part I.IV fix the places (numbers of the boxes in brackets):
issuing agency top left [2], national title top right [1], number under the agency [3], place and date under the national
title [4], type and subject centred below [5a] or "V/v" under the number [5b], signer at the right of the last page's end
[7], recipients at its left [9b], mark of urgency under the number [10b]. Patterns only tell which of the texts at a
place is meant. A page that keeps to other rules, such as those of the Party, gives fewer suggestions.
"""
import re
import unicodedata
from dataclasses import dataclass, field, replace
from datetime import date
from difflib import SequenceMatcher
from functools import cached_property, lru_cache
from statistics import median
from typing import NamedTuple

from .fulltext import fold_keeping_length
from .words import group_lines

MIN_CONFIDENCE = 0.6            # what is less sure is not suggested
MIN_WORD = 0.25                 # words recognised worse are specks and strokes
FIRST_YEAR = 1945

NATION = 'conghoaxahoichunghiavietnam'
MOTTO = 'doclaptudohanhphuc'

URGENCIES = (('thuongkhan', 'very_urgent'), ('hoatoc', 'express'), ('khan', 'urgent'))

LETTER = 'cv'                   # code of the type that has no name on the page: công văn


class TypeName(NamedTuple):
    """A document type as papers bear it; ``key`` is what the caller calls it."""

    key: int | str
    name: str
    abbreviation: str
    code: str = ''


class Suggestion(NamedTuple):
    """What was read, how sure that is, and where it stands (fractions of the page)."""

    value: object
    confidence: float
    page: int
    box: tuple
    text: str


@dataclass(frozen=True)
class Issuer:
    """The issuing agency as the head of the page names it."""

    name: str
    parent: str = ''
    place: str = ''

    @property
    def full_name(self):
        """The name with the place, which stands in the line of the superior agency."""
        if self.place and not _PLACE.search(fold(self.name)):
            return f'{self.name} {self.place}'
        return self.name

    @property
    def names(self):
        """How lists of agencies may call it, the fullest name first."""
        names = [self.full_name]
        if self.parent and not self.place:
            names += [f'{self.name} {self.parent}', f'{self.name} - {self.parent}']
        short = [name.replace('Ủy ban nhân dân', 'UBND') for name in names if name.startswith('Ủy ban nhân dân')]
        return tuple(dict.fromkeys([*names, *short, self.name]))


def fold(text):
    """Return the text without marks, case or double blanks."""
    return ' '.join(fold_keeping_length(unicodedata.normalize('NFC', text)).split())


# === words, lines, columns === #

class _Word(NamedTuple):
    text: str
    x0: float
    y0: float
    x1: float
    y1: float
    confidence: float

    @property
    def cx(self):
        return (self.x0 + self.x1) / 2

    @property
    def cy(self):
        return (self.y0 + self.y1) / 2


@dataclass
class _Line:
    """Words that stand on one line, left to right."""

    words: list = field(default_factory=list)
    is_torn: bool = False       # words of it could not be read

    @cached_property
    def text(self):
        return ' '.join(word.text for word in self.words)

    @cached_property
    def folded(self):
        return fold_keeping_length(self.text)

    @cached_property
    def letters(self):
        """The folded text without anything but letters and digits."""
        return ''.join(char for char in self.folded if char.isalnum())

    @cached_property
    def x0(self):
        return min(word.x0 for word in self.words)

    @cached_property
    def x1(self):
        return max(word.x1 for word in self.words)

    @cached_property
    def y0(self):
        return min(word.y0 for word in self.words)

    @cached_property
    def y1(self):
        return max(word.y1 for word in self.words)

    @cached_property
    def cx(self):
        return (self.x0 + self.x1) / 2

    @cached_property
    def cy(self):
        return median(word.cy for word in self.words)

    @cached_property
    def height(self):
        return median(word.y1 - word.y0 for word in self.words)

    @cached_property
    def is_upper(self):
        letters = [char for char in self.text if char.isalpha()]
        return len(letters) > 1 and sum(char.isupper() for char in letters) >= 0.8 * len(letters)

    def get_words(self, start, end):
        """Return the words that the characters from start to end of the text touch."""
        words, position = [], 0
        for word in self.words:
            if position < end and position + len(word.text) > start:
                words.append(word)
            position += len(word.text) + 1
        return words


# No dictionary has a notation: it is recognised well with hardly any confidence.
_REFERENCE_WORD = re.compile(r'\d\s*/\s*[^\W\d]')


class _Sheet:
    """A page with levelled words, in points."""

    def __init__(self, page):
        self.page = page
        self.width, self.height = page.width_pt, page.height_pt
        words = [
            _Word(unicodedata.normalize('NFC', word.text), word.x0 * self.width, word.y0 * self.height,
                  word.x1 * self.width, word.y1 * self.height, word.confidence)
            for word in page.words
            if (word.confidence >= MIN_WORD or _REFERENCE_WORD.search(word.text)) and word.x1 > word.x0 and word.y1 > word.y0
        ]
        self.words = _level(words, self.width, self.height)
        self.lines = _make_lines(self.words)
        self.segments = [segment for line in self.lines for segment in _split(line)]

    def get_box(self, words):
        """Return the box of the words as fractions of the page. It is that of the levelled page: skew is small."""
        return (
            max(0.0, min(word.x0 for word in words) / self.width),
            max(0.0, min(word.y0 for word in words) / self.height),
            min(1.0, max(word.x1 for word in words) / self.width),
            min(1.0, max(word.y1 for word in words) / self.height),
        )

    def suggest(self, value, words, sureness, text=None, is_name=False):
        """Return the suggestion: as sure as the place is certain and the words are readable."""
        letters = sum(len(word.text) for word in words)
        readable = sum(len(word.text) * min(1, word.confidence) for word in words) / letters
        if is_name:
            readable = (readable + min(word.confidence for word in words)) / 2      # one word wrong, and it is another
        return Suggestion(
            value, round(sureness * (0.4 + 0.6 * readable), 3), self.page.number, self.get_box(words),
            text if text is not None else ' '.join(word.text for word in words))


def _level(words, width, height):
    """Turn the words of a skewed page level: the median slope from each word to the one that follows it."""
    slopes = []
    for left, right in zip(words, words[1:], strict=False):
        gap = right.x0 - left.x1
        size = left.y1 - left.y0
        if 0 <= gap < 2 * size and abs(right.cy - left.cy) < 0.6 * size:
            # letters above and below the line move the middle of a word: long steps tell more
            slopes.append((right.cy - left.cy) / (right.cx - left.cx))
    if len(slopes) < 12:
        return words
    slope = median(slopes)
    if abs(slope) < 0.002 or abs(slope) > 0.2:
        return words
    x, y = width / 2, height / 2
    levelled = []
    for word in words:
        down, across = -slope * (word.cx - x), slope * (word.cy - y)
        levelled.append(word._replace(
            x0=word.x0 + across, x1=word.x1 + across, y0=word.y0 + down, y1=word.y1 + down))
    return levelled


def _make_lines(words):
    return [_Line(line) for line in group_lines(words)]


def _split(line, gap=1.5):
    """Part a line where a gap is wider than blanks between words are."""
    parts = [[line.words[0]]]
    for word in line.words[1:]:
        if word.x0 - max(item.x1 for item in parts[-1]) > gap * line.height:
            parts.append([])
        parts[-1].append(word)
    return [_Line(part) for part in parts]


def _resembles(text, wanted):
    if abs(len(text) - len(wanted)) > 0.4 * len(wanted):
        return 0.0
    return SequenceMatcher(None, text, wanted, autojunk=False).ratio()


def _find_anchor(sheet, wanted, *, top=0.0, bottom=0.4, least=0.75):
    """Return the words that spell a fixed text, wherever they stand in a line, or None."""
    best, best_ratio = None, least
    first = wanted[:2]
    for line in sheet.lines:
        if not top * sheet.height <= line.cy <= bottom * sheet.height:
            continue
        folded = [''.join(char for char in fold_keeping_length(word.text) if char.isalnum()) for word in line.words]
        for start in range(len(folded)):
            joined = ''
            for end in range(start, len(folded)):
                joined += folded[end]
                if len(joined) > 1.3 * len(wanted):
                    break
                if len(joined) < 0.7 * len(wanted):
                    continue
                ratio = _resembles(joined, wanted) + (0.02 if joined.startswith(first) else 0)
                if ratio > best_ratio:
                    best, best_ratio = line.words[start:end + 1], ratio
    return best


# === the head of the first page === #

class _Head:
    """The two columns at the top of the first page: agency and number, national title and date."""

    def __init__(self, sheet, types):
        self.sheet = sheet
        self.nation = _find_anchor(sheet, NATION)
        self.motto = _find_anchor(sheet, MOTTO)
        self.is_national = bool(self.nation or self.motto)
        self.title, self.title_type = _find_title(sheet, types, below=self._get_anchor_bottom())
        self.addressee = _find_first(sheet, _ADDRESSEE, below=self._get_anchor_bottom(), bottom=0.6)
        self.gutter = self._get_gutter()
        self.bottom = self._get_bottom()
        self.left, self.right = self._get_columns()

    def _get_anchor_bottom(self):
        words = [*(self.nation or ()), *(self.motto or ())]
        return max((word.y1 for word in words), default=0.03 * self.sheet.height)

    def _get_gutter(self):
        """Where the left column ends: a little left of the national title."""
        if self.nation:
            return min(word.x0 for word in self.nation) - 2
        if self.motto:
            return min(word.x0 for word in self.motto) - 0.06 * self.sheet.width
        return 0.44 * self.sheet.width

    def _get_bottom(self):
        ends = [line.y0 for line in (self.title, self.addressee) if line]
        anchor = self._get_anchor_bottom() + 0.2 * self.sheet.height
        return min([*ends, anchor])

    def _get_columns(self):
        words = [word for word in self.sheet.words if word.cy < self.bottom]
        left = _make_lines([word for word in words if word.cx < self.gutter])
        right = _make_lines([word for word in words if word.cx >= self.gutter])
        for line in right:
            # the line of place and date may be wider than the national title
            for other in left if 'ng' in line.folded and line.cy > self._get_anchor_bottom() else ():
                while (
                    other.words and abs(other.words[-1].cy - line.words[0].cy) < 0.5 * line.words[0].y1 - 0.5 * line.words[0].y0
                    and line.words[0].x0 - other.words[-1].x1 < 0.7 * (line.words[0].y1 - line.words[0].y0)
                ):
                    line.words.insert(0, other.words.pop())
        return (
            sorted((_Line(line.words) for line in left if line.words), key=lambda line: line.cy),
            sorted((_Line(line.words) for line in right), key=lambda line: line.cy),
        )


_ADDRESSEE = re.compile(r'^\W*k[i1l]nh\s*g[uoa][il1]\b')


def _find_first(sheet, pattern, *, below=0.0, bottom=1.0):
    for segment in sheet.segments:
        if below <= segment.cy <= bottom * sheet.height and pattern.search(segment.folded):
            return segment
    return None


@lru_cache(maxsize=512)
def _type_letters(name):
    return ''.join(char for char in fold(name.split('(')[0]) if char.isalnum())


def _find_title(sheet, types, below):
    """Return the line that bears the name of a type, centred below the head, and that type (box 5a)."""
    best, best_type, best_ratio = None, None, 0.86
    for segment in sheet.segments:
        if not below < segment.cy < 0.62 * sheet.height:
            continue
        if abs(segment.cx - 0.53 * sheet.width) > 0.13 * sheet.width or not segment.is_upper:
            continue
        for item in types:
            wanted = _type_letters(item.name)
            ratio = _resembles(segment.letters, wanted)
            if ratio > best_ratio:
                best, best_type, best_ratio = segment, item, ratio
        if best is segment:
            break                   # the first one: further down, "QUYẾT ĐỊNH:" stands once more
    return best, best_type


# --- number and notation [3] --- #

_NUMBER = re.compile(
    r'^\W*(?:s\s?[o06a]|5[o06]|so\s*va\s*ky\s*hieu)\s*[:.;,*\'’]*\s*(?P<number>[\doil|]{1,6}[a-z]?)\s*[/⁄∕]\s*'
    r'(?P<notation>[\w&.]+(?:\s?[-–—_~/]+\s?[\w&.]+)*)')
_DIGITS = str.maketrans('oil|', '0111')
_LETTERS_FOR_DIGITS = str.maketrans('0185', 'OIBS')


def _find_number(head, types, abbreviations, initials):
    for line in head.left:
        match = _NUMBER.search(line.folded)
        if not match:
            continue
        number = match['number'].translate(_DIGITS)
        if not any(char.isdigit() for char in match['number']):
            continue
        start, end = match.span('notation')
        notation, sureness = _clean_notation(line.text[start:end]), 0.98
        if notation and head.sheet.page.source == 'ocr':
            notation, sureness = _repair_notation(
                notation, types, abbreviations, initials, head.title_type and head.title_type.abbreviation)
        if not notation:
            continue
        words = line.get_words(match.start('number'), end)
        suggestion = head.sheet.suggest(
            (number, notation), words, sureness if head.is_national else 0.7 * sureness, line.text[match.start('number'):end])
        # Known letters at their places say more about it than the recogniser's confidence in a word of no dictionary.
        suggestion = suggestion._replace(confidence=max(
            suggestion.confidence, round((sureness - 0.1) * (1 if head.is_national else 0.7), 3) if sureness >= 0.85 else 0))
        return suggestion, line
    return None, None


def _clean_notation(text):
    text = re.sub(r'\s*[-–—_~]+\s*', '-', text.replace('Ð', 'Đ').replace('ð', 'đ'))
    text = re.sub(r'\s*/\s*', '/', text).strip('-/. ')
    return text if re.search(r'[^\W\d_]', text) and len(text) > 1 else None


def _repair_notation(text, types, abbreviations, initials, title=None):
    """Return the notation with what is often misread put right, and how sure it is.

    :param title: abbreviation of the type that stands on the page
    """
    known_types = {}
    for item in types:
        if item.abbreviation:
            known_types.setdefault(fold(item.abbreviation), set()).add(item.abbreviation)
    known = {}
    for abbreviation in {*abbreviations, *initials}:
        known.setdefault(fold(abbreviation), set()).add(abbreviation)
    sure = {*abbreviations, *(item.abbreviation for item in types)}
    sureness = 0.98
    groups = re.split(r'([-/])', text)
    for index, group in enumerate(groups):
        if group in '-/' or group.isdigit():
            continue
        is_first = index == 0 or groups[index - 2].isdigit()
        if is_first and title and len(groups) > index + 1 and group != title and _resembles(fold(group), fold(title)) >= 0.5:
            groups[index] = title
            sureness *= 0.95
            continue
        group, share = _repair_group(group, (known_types, known) if is_first else (known, known_types), sure)
        groups[index] = group
        sureness *= share
    return ''.join(groups), sureness


def _repair_group(group, tables, sure):
    """Put one group of letters right; only abbreviations that are in use (``sure``) stand for more than a missing mark."""
    for table in tables:
        candidates = table.get(fold(group), ())
        if group in candidates:
            return group, 1.0
        if len(candidates) == 1:
            return next(iter(candidates)), 0.98
    lettered = group.upper().translate(_LETTERS_FOR_DIGITS)
    for table in tables:
        candidates = table.get(fold(lettered), ())
        if len(candidates) == 1:
            return next(iter(candidates)), 0.9
    if len(group) > 2:
        for table in tables:
            near = {
                item for key, items in table.items()
                if items & sure and len(key) == len(group) and _is_one_letter_apart(key, fold(group)) for item in items}
            if len(near) == 1:
                return near.pop(), 0.8
    if len(group) > 4:
        near = {
            item for key, items in tables[0].items() if items & sure and _lacks_one_letter(key, fold(group)) for item in items}
        if len(near) == 1:
            return near.pop(), 0.8
    if any(char.islower() for char in group) or not group.isascii() and not set(group) <= _NOTATION_LETTERS:
        return group, 0.8
    return group, 0.93


_NOTATION_LETTERS = frozenset('ABCDEFGHIKLMNOPQRSTUVXYÂĂÊÔƠƯĐ0123456789&.')


def _is_one_letter_apart(one, other):
    return len(one) == len(other) and sum(a != b for a, b in zip(one, other, strict=True)) == 1


def _lacks_one_letter(one, other):
    short, long = sorted((one, other), key=len)
    return len(long) == len(short) + 1 and any(long[:i] + long[i + 1:] == short for i in range(len(long)))


# --- place and date [4] --- #

_DATE = re.compile(
    r'ng[a-z4]{1,2}y?\s*(?P<day>[\doil|]\s?[\doil|]?)\s*th?[a-z4]{1,3}g?\s*(?P<month>[\doil|]\s?[\doil|]?)\s*'
    r'n[a-z4]{1,2}m?\s*(?P<year>[12l|i]\s?[\do]\s?[\doil|]\s?[\doil|])(?!\d)')


def _find_date(head, today):
    best = None
    anchor = head._get_anchor_bottom()
    for sureness, lines in ((0.98, head.right), (0.8, head.sheet.lines)):
        for line in lines:
            if not anchor - 2 < line.cy < min(0.5 * head.sheet.height, anchor + 0.16 * head.sheet.height, head.bottom):
                continue
            match = _DATE.search(line.folded)
            if match and len(line.folded) - match.end() > 3:
                continue                # a date in a sentence
            issued = match and _make_date(match, today)
            if not issued:
                continue
            words = line.get_words(match.start(), match.end())
            best = head.sheet.suggest(
                issued, words, sureness if head.is_national else 0.75 * sureness, line.text[match.start():match.end()])
            return best, line
    return None, None


def _make_date(match, today):
    day, month, year = (
        int(''.join(match[name].split()).translate(_DIGITS)) for name in ('day', 'month', 'year'))
    if not FIRST_YEAR <= year <= today.year + 1:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None


# --- issuing agency [2] --- #

# A line that begins with one of these begins the name of another organisation.
_ORGANISATIONS = (
    'uy ban', 'ubnd', 'hoi dong', 'hdnd', 'bo', 'so', 'phong', 'ban', 'cuc', 'tong cuc', 'chi cuc', 'vu', 'van phong',
    'trung tam', 'truong', 'dai hoc', 'hoc vien', 'vien', 'cong ty', 'tong cong ty', 'tap doan', 'cong an', 'toa an',
    'vien kiem sat', 'thanh tra', 'kho bac', 'ngan hang', 'bao hiem', 'benh vien', 'lien doan', 'hoi', 'doan', 'dang',
    'dang uy', 'chinh phu', 'thu tuong', 'chu tich', 'mat tran', 'to', 'bao', 'dai', 'khoa', 'cong doan', 'lien minh',
    'bo chi huy', 'bo tu lenh', 'tram', 'quy', 'kiem toan', 'thi doan', 'doi', 'thanh pho doan', 'tong lien doan',
)
# Alone on a line these are unfinished: the name goes on below.
_UNFINISHED = {
    'van phong', 'ban', 'hoi dong', 'truong', 'uy ban', 'uy ban nhan dan', 'ubnd', 'hoi dong nhan dan', 'hdnd', 'trung tam', 'bo',
    'so', 'phong', 'hoi', 'cong ty', 'vien', 'cuc', 'chi cuc', 'tong cuc', 'benh vien', 'cong an',
}
_LONG_PLACES = ('thanh pho', 'thi tran', 'thi xa', 'dac khu')
# Folded, they are also the beginnings of other words: quản lý, xã hội, tỉnh ủy.
_PLACE = re.compile(
    r'\b(?:thanh pho|tinh(?! (?:uy|doan))|quan(?! (?:ly|su|doi|he|trac|khu|y))|huyen(?! (?:uy|doan))'
    r'|phuong(?! (?:phap|tien))|(?:thi )?xa(?! (?:hoi|doan))|thi tran|dac khu|tp\.?(?= ))\b.*$')


def _find_issuer(head, number_line, date_line):
    limit = min(
        [line.cy - 0.4 * line.height for line in (number_line, date_line) if line]
        or [head._get_anchor_bottom() + 0.03 * head.sheet.height])
    lines = []
    for line in head.left:
        if line.cy >= limit or line.cy > 0.3 * head.sheet.height:
            break
        text = _strip_noise(line)
        if not text.words or not text.is_upper or len(text.letters) < 2:
            continue
        if lines and line.y0 - lines[-1].y1 > 1.6 * line.height:
            lines = []              # a stamp or a note above the head
        lines.append(text)
    return _group_agencies(lines), lines


def _mend_committee(text):
    """Put the commonest name of a superior agency right; what follows it is the place."""
    match = re.match(r'\W*u.?\s?b.n\W*nh.n\s?d.n\b', fold(text))
    return 'ỦY BAN NHÂN DÂN' + text[match.end():] if match and len(fold(text)) == len(text) else text


def _strip_noise(line):
    """Leave out what no name holds: strokes of the rule below, specks."""
    words = [
        word for word in line.words
        if word.confidence >= 0.3 and (any(char.isalpha() for char in word.text) or word.text.isdigit() or word.text in '-–')]
    while words and words[0].text in '-–':
        words.pop(0)
    while words and words[-1].text in '-–':
        words.pop()
    dropped = [word for word in line.words if word not in words and any(char.isalpha() for char in word.text)]
    return _Line(words, is_torn=bool(dropped))


def _group_agencies(lines):
    """Return the lines by organisation: the superior ones first, the issuing agency last."""
    groups = []
    for line in lines:
        folded = re.sub(r'^\W+', '', ' '.join(line.folded.split()).replace('_', ' '))
        begins = any(folded == name or folded.startswith(name + ' ') for name in _ORGANISATIONS)
        unfinished = groups and ' '.join(fold(item.text) for item in groups[-1]) in _UNFINISHED
        goes_on = groups and fold(groups[-1][-1].text).endswith((' va', ' cua', ',', ' -', ' va,'))
        if groups and (not begins or unfinished or goes_on):
            groups[-1].append(line)
        else:
            groups.append([line])
    return groups


def _suggest_issuer(head, groups, notation):
    if not groups:
        return None
    lines = groups[-1]
    is_recognised = head.sheet.page.source == 'ocr'
    name = proper_name(_mend_committee(' '.join(line.text for line in lines)), mend=is_recognised)
    parent = proper_name(_mend_committee(' '.join(line.text for line in groups[-2])), mend=is_recognised) if len(groups) > 1 else ''
    place = ''
    if fold(parent) in _UNFINISHED:
        parent = ''
    if parent:
        match = _PLACE.search(fold(parent))
        if match and fold(parent).startswith(('uy ban nhan dan', 'ubnd', 'hoi dong nhan dan')):
            place = parent[len(parent) - len(match[0]):]
    words = [word for line in lines for word in line.words]
    sureness = 0.93
    if any(line.is_torn for line in lines):
        sureness = 0.6
    elif notation and any(fold(initials) in fold(notation) for initials in get_initials(name)):
        sureness = 0.98
    elif notation:
        # letters that no line read could stand for: the agency's own line was lost
        sureness = 0.85 if not is_recognised or _may_abbreviate(notation, name) else 0.5
    if not head.is_national:
        sureness *= 0.75
    if sum(map(len, name.split())) < 4 or fold(name) in _UNFINISHED:
        return None                     # a line was not read
    everything = ' / '.join(line.text for group in groups for line in group)
    return head.sheet.suggest(Issuer(name, parent, place), words, sureness, everything, is_name=True)


def _may_abbreviate(notation, name):
    groups = [fold(group) for group in re.split('[-/]', notation) if not group.isdigit()]
    return any(_share(group, fold(initials)) >= 0.6 for group in groups for initials in get_initials(name))


def _share(one, other):
    return SequenceMatcher(None, one, other, autojunk=False).ratio()


def get_initials(name):
    """Return how the agency may be abbreviated in its notation: first letters, with and without the place."""
    bare = _PLACE.sub('', fold(name))
    words = [word for word in re.split(r'[^\w]+', name[:len(bare)]) if word]
    result = set()
    for chosen in (words, [word for word in words if fold(word) not in ('va', 'cua', 'cac')]):
        initials = ''.join(word[0] for word in chosen).upper()
        if len(initials) > 1:
            result.add(initials)
    if fold(name).startswith(('uy ban nhan dan', 'ubnd')):
        result.add('UBND')
    return result


_KEYWORDS = tuple(sorted({
    'uy ban nhan dan', 'hoi dong nhan dan', 'uy ban', 'hoi dong', 'bo', 'so', 'phong', 'ban', 'cuc', 'tong cuc',
    'chi cuc', 'vu', 'van phong', 'trung tam', 'truong', 'truong dai hoc', 'hoc vien', 'vien', 'cong ty', 'cong an',
    'toa an', 'thanh tra', 'kho bac', 'bao hiem', 'benh vien', 'hoi', 'dai', 'bao', 'khoa', 'chinh phu', 'quy',
}, key=len, reverse=True))


# Words of agencies' names and the names of provinces and cities: a misread mark is put right by them.
_NAME_WORDS = (
    'ủy ban nhân dân', 'hội đồng nhân dân', 'thành phố', 'tỉnh', 'phường', 'đặc khu', 'sở', 'bộ', 'cục', 'phòng', 'văn phòng',
    'trung tâm', 'bảo hiểm xã hội', 'công nghệ', 'khoa học', 'giáo dục', 'đào tạo', 'nội vụ', 'y tế', 'tài chính', 'xây dựng',
    'môi trường', 'nông nghiệp', 'công thương', 'tư pháp', 'văn hóa', 'thể thao', 'du lịch', 'ngoại vụ', 'dân tộc', 'tôn giáo',
    'thanh tra', 'quản lý', 'kiểm sát', 'viện', 'bệnh viện', 'công ty', 'cổ phần', 'lưu trữ', 'nhà nước', 'chính phủ',
    'hồ chí minh', 'hà nội', 'huế', 'đà nẵng', 'hải phòng', 'cần thơ', 'tuyên quang', 'lào cai', 'thái nguyên', 'phú thọ',
    'bắc ninh', 'hưng yên', 'ninh bình', 'cao bằng', 'lai châu', 'điện biên', 'sơn la', 'lạng sơn', 'quảng ninh', 'thanh hóa',
    'nghệ an', 'hà tĩnh', 'quảng trị', 'quảng ngãi', 'gia lai', 'khánh hòa', 'lâm đồng', 'đắk lắk', 'đồng nai', 'tây ninh',
    'vĩnh long', 'đồng tháp', 'cà mau', 'an giang', 'việt nam',
)
_NAME_PATTERN = re.compile(r'\b(?:' + '|'.join(
    re.escape(name) for name in sorted({fold_keeping_length(name) for name in _NAME_WORDS}, key=len, reverse=True)) + r')\b')
_NAME_MARKS = {fold_keeping_length(name): name for name in _NAME_WORDS}


def _mend_marks(text):
    """Give the words of a lower-case name the marks that they have in every agency's name."""
    return ''.join(_mend_pieces(text, fold_keeping_length(text)))


def _mend_pieces(text, folded):
    position = 0
    for match in _NAME_PATTERN.finditer(folded):
        yield text[position:match.start()]
        # one-syllable words may be others: phòng and phong, sở and so
        yield _NAME_MARKS[match[0]] if ' ' in match[0] or match.start() == 0 else text[match.start():match.end()]
        position = match.end()
    yield text[position:]


def proper_name(text, mend=False):
    """Return an agency's name as it is written in running text: "SỞ NỘI VỤ" → "Sở Nội vụ" (Annex II).

    :param mend: the text was recognised: put marks right that all names have
    """
    text = ' '.join(text.replace('_', ' ').split()).lower()
    if mend:
        text = re.sub(r'\bnhân dân phố ', 'nhân dân thành phố ', _mend_marks(unicodedata.normalize('NFC', text)))
    words = text.split(' ')
    folded = [fold(word) for word in words]
    capitals, index = {0}, 0
    while index < len(words):
        rest = ' '.join(folded[index:]) + ' '
        if index and _PLACE.match(rest):
            size = 2 if rest.startswith(_LONG_PLACES) else 1
            capitals.update({index, *range(index + size, len(words))})
            break
        keyword = next((name for name in _KEYWORDS if rest.startswith(name + ' ')), None)
        if keyword and (index == 0 or folded[index - 1] not in ('va', 'quan')):
            size = len(keyword.split())
            if index == 0 or keyword in ('uy ban nhan dan', 'hoi dong nhan dan', 'van phong', 'chinh phu'):
                capitals.update({index, index + size})
                index += size
                continue
        if folded[index] in ('va', '-', '–') and index + 1 < len(words):
            capitals.add(index + 1)
        for name in ('viet nam', 'ha noi', 'ho chi minh'):
            if rest.startswith(name + ' '):
                capitals.update(range(index, index + len(name.split())))
        index += 1
    return ' '.join(
        word.upper() if folded[i] in ('ubnd', 'hdnd', 'tp.') else word[:1].upper() + word[1:] if i in capitals else word
        for i, word in enumerate(words))


# --- type and subject [5a, 5b] --- #

_ABOUT = re.compile(r'^\W*v\s*[/⁄∕il|1]\s*v\b\W*|^\W*v[/⁄∕il|1]\s?v\W*|^\W*ve\s+viec\s*:?\s*')
_STOP = re.compile(
    r'^\W*(?:k[i1l]nh\s*g[uoa][il1]|can cu|theo de nghi|xet de nghi|thuc hien|dieu \d|ap dung|kem theo|i\.|1\.|phan )')


def _find_about(head, number_line):
    """Return the subject of an official letter, under its number (box 5b)."""
    lines = [_overhang(line, head) for line in head.left if not number_line or line.cy > number_line.cy + 1]
    for index, line in enumerate(lines):
        match = _ABOUT.match(line.folded)
        if not match or line.x1 > head.gutter + 0.15 * head.sheet.width:
            continue                    # or a line that goes across the page
        taken = [line]
        for other in lines[index + 1:]:
            previous = taken[-1]
            if other.y0 - previous.y1 > 0.9 * previous.height or _is_urgency(other) or _STOP.match(other.folded):
                break
            if not any(char.isalnum() for char in other.text):
                break
            taken.append(other)
        words = [word for item in taken for word in item.words]
        first = line.get_words(match.end(), len(line.text))
        words = [*first, *(word for item in taken[1:] for word in item.words if _is_texty(word))]
        text = _clean_subject(' '.join([
            line.text[match.end():], *(' '.join(word.text for word in item.words if _is_texty(word)) for item in taken[1:])]))
        if len(text) < 4 or not words:
            return None
        return head.sheet.suggest(text, words, 0.96, ' '.join(item.text for item in taken))
    return None


def _overhang(line, head):
    """Add the words with which a line of the left column goes on beyond it."""
    words = list(line.words)
    for other in head.right:
        if abs(other.cy - line.cy) < 0.5 * line.height:
            for word in other.words:
                if 0 < word.x0 - words[-1].x1 + line.height and word.x0 - words[-1].x1 < 0.8 * line.height:
                    words.append(word)
    return _Line(words)


def _is_texty(word):
    return any(char.isalnum() for char in word.text) or word.confidence > 0.7


def _clean_subject(text):
    text = re.sub(r'\s+([,.;:)])', r'\1', ' '.join(text.split()))
    text = re.sub(r'^[^\w“"(]+|[^\w”")%]+$', '', text.replace('_', ' '))
    return text[:1].upper() + text[1:]


def _find_subject(head):
    """Return the subject below the name of the type (box 5a)."""
    title = head.title
    if not title:
        return None
    taken, previous = [], title
    for line in head.sheet.lines:
        if line.cy <= title.cy + 0.5 * title.height:
            continue
        if not any(char.isalnum() for char in line.text):
            continue                    # the rule below, read as a dash
        if line.y0 - previous.y1 > (1.3 if taken else 2.0) * title.height:
            break
        if abs(line.cx - title.cx) > 11 or line.is_upper or _STOP.match(line.folded):
            break
        if len(_split(line, 2.5)) > 1:
            break
        taken.append(line)
        previous = line
        if len(taken) == 8:
            break
    if not taken:
        return None
    words = [word for line in taken for word in line.words if _is_texty(word)]
    text = _clean_subject(' '.join(word.text for word in words))
    if len(text) < 4:
        return None
    return head.sheet.suggest(text, words, 0.95)


def _find_type(head, types, notation, about):
    """Return the type: by its name on the page, by the notation, or because a letter has none of both."""
    by_notation = None
    if notation:
        groups = [group for group in re.split(r'[-/]', notation.value[1]) if not group.isdigit()]
        exact = [item for item in types if item.abbreviation and item.abbreviation == groups[0]]
        by_notation = exact[0] if len(exact) == 1 and len(groups) > 1 else None
    letter = next((item for item in types if item.code == LETTER), None)
    sheet = head.sheet
    if head.title:
        sureness = 0.97 if by_notation == head.title_type else 0.9 if not by_notation else 0.75
        return sheet.suggest(head.title_type.key, head.title.words, sureness, head.title.text)
    if by_notation and not about:
        return notation._replace(value=by_notation.key, confidence=round(notation.confidence * 0.85, 3))
    if letter and (about or head.addressee) and not by_notation and (notation or head.is_national):
        if about:
            return about._replace(value=letter.key, confidence=round(max(about.confidence, 0.9), 3))
        return sheet.suggest(letter.key, head.addressee.words, 0.8)
    return None


# --- urgency [10b] --- #

def _is_urgency(line):
    if not line.is_upper or len(line.words) > 3:
        return None
    letters = ''.join(char for char in line.letters if char.isalpha())
    for wanted, level in URGENCIES:
        if letters == wanted or len(wanted) > 4 and _resembles(letters, wanted) > 0.84:
            return level
    return None


def _find_urgency(head):
    for segment in head.sheet.segments:
        if segment.cy > 0.42 * head.sheet.height or segment.cx > 0.55 * head.sheet.width:
            continue
        level = _is_urgency(segment)
        if level:
            return head.sheet.suggest(level, segment.words, 0.97 if segment.cx < head.gutter + 20 else 0.8)
    return None


# === the end of the last page [7, 9b] === #

_RECIPIENTS = re.compile(r'^\W*n[oa][il1]\s*nh[aao]n\b')
_CAPACITY = re.compile(r'^\W*(?P<capacity>tm|[kx]t|[ti1l]l|tuq|q)\s*[.,:]\s*')
_POSITIONS = (
    'chu tich', 'giam doc', 'truong', 'chanh', 'bi thu', 'chu nhiem', 'thu tuong', 'tong', 'pho ', 'thu ky', 'uy vien',
    'chi huy', 'cuc truong', 'vu truong', 'hieu truong', 'tham phan', 'ke toan', 'tu lenh', 'chanh an', 'dai su',
)
_SURNAMES = frozenset(
    'nguyen tran le pham hoang huynh phan vu vo dang bui do ho ngo duong ly dao doan vuong trinh truong dinh lam mai '
    'to ha cao luu luong thai chau ta phung ton nghiem bach quach kieu dam giang au mac thach kim khuat chu trieu ha '
    'la lai nong ninh tang tu van vi ong quan lo luc han cu hua be ma sung thao giap dieu tong khong si cung'.split())
_DEGREE = re.compile(r'^(?:(?:pgs|gs|ts|ths|cn|bs|ks|ls|ckii|cki|dr)\s*\.?\s*)+', re.IGNORECASE)
_NAME_WORD = re.compile(r"[^\W\d_]+(?:[-'’][^\W\d_]+)?")


def _find_signer(sheet):
    """Return {field: suggestion} of who signed: name, position and capacity."""
    right = [word for word in sheet.words if word.cx > 0.42 * sheet.width]
    recipients = [segment for segment in sheet.segments if _RECIPIENTS.search(segment.folded) and segment.cx < 0.5 * sheet.width]
    top = recipients[-1].cy - 4.5 * recipients[-1].height if recipients else 0.25 * sheet.height
    lines = [segment for line in _make_lines([word for word in right if word.cy > top]) for segment in _split(line, 2.5)]
    lines = [line for line in (_strip_noise(line) for line in lines) if line.words]
    start = _find_signature_start(lines, bool(recipients))
    if start is None:
        return {}
    block = [lines[start]]
    for line in lines[start + 1:]:
        if abs(line.cx - block[0].cx) > 0.16 * sheet.width:
            continue                    # the end of a long line of the recipients
        if not line.is_upper or line.y0 - block[-1].y1 > 1.6 * block[-1].height:
            break
        block.append(line)
    centre = median(line.cx for line in block)
    last = block[-1]
    below = [
        line for line in lines
        if line.cy > last.cy + 0.5 * last.height and abs(line.cx - centre) < 0.14 * sheet.width
        and line.y0 - last.y1 < 0.3 * sheet.height]
    result = {}
    sureness = 0.95 if recipients else 0.85
    position = _get_position(block)
    if position:
        value, line = position
        result['signer_position'] = sheet.suggest(value, line.words, sureness, line.text)
    capacities = [match['capacity'].upper() + '.' for match in (_CAPACITY.match(line.folded) for line in block) if match]
    if capacities:
        result['signer_capacity'] = sheet.suggest(capacities[-1], block[0].words, sureness)
    for line in below:
        name = _get_person_name(line, far=line.y0 - last.y1 > 1.2 * last.height)
        if name:
            name, share = _check_person_name(name, line)
            result['signer_name'] = sheet.suggest(name, line.words, sureness * share, line.text, is_name=True)
            break
    return result


def _find_signature_start(lines, has_recipients):
    """Return the index of the first line of authority and title."""
    for index, line in enumerate(lines):
        if line.is_upper and _CAPACITY.match(line.folded):
            return index
    candidates = [
        index for index, line in enumerate(lines)
        if line.is_upper and any(title in line.folded + ' ' for title in _POSITIONS) and len(line.text) < 60]
    if not candidates:
        return None
    return candidates[0] if has_recipients else candidates[-1]


def _get_position(block):
    """Return the signer's own post: the last line of the block, if it does not speak for somebody else."""
    is_deputy = any(match and match['capacity'] in ('kt', 'xt') for match in (_CAPACITY.match(line.folded) for line in block))
    for line in reversed(block):
        capacity = _CAPACITY.match(line.folded)
        if capacity and capacity['capacity'] != 'q':
            return None                 # the post of the one who is signed for; the signer's own line was not read
        bare = _CAPACITY.sub('', line.folded)
        if not any(title in bare + ' ' for title in _POSITIONS):
            continue
        known = _match_position(bare)
        if known and is_deputy and not known.startswith(('Phó', 'Thứ')):
            return None                 # who signs for the head is a deputy: a word was not read
        if known and not line.is_torn:
            return known, line
        if min(word.confidence for word in line.words) < 1:
            return None                 # recognised, and no post that is known
        return proper_position(line.text[len(line.folded) - len(bare):]), line
    return None


# Posts that sign in state agencies. What was recognised must be one of them; a text layer may say more.
_HEADS = (
    'Chủ tịch', 'Giám đốc', 'Tổng Giám đốc', 'Bộ trưởng', 'Cục trưởng', 'Tổng Cục trưởng', 'Vụ trưởng', 'Chi cục trưởng',
    'Chánh Văn phòng', 'Chánh Thanh tra', 'Trưởng phòng', 'Trưởng ban', 'Hiệu trưởng', 'Viện trưởng', 'Chủ nhiệm', 'Bí thư',
    'Chánh án', 'Tổng Thư ký', 'Trưởng Công an', 'Chỉ huy trưởng', 'Tổng Biên tập', 'Trưởng đoàn', 'Giám đốc Sở',
    'Trưởng Ban Quản lý', 'Tổng Kiểm toán nhà nước', 'Thống đốc', 'Tư lệnh', 'Trạm trưởng', 'Đội trưởng', 'Trưởng khoa',
)
_KNOWN_POSITIONS = {
    ''.join(char for char in fold_keeping_length(name) if char.isalnum()): name
    for name in (
        *_HEADS, *(f'Phó {name}' for name in _HEADS), 'Thứ trưởng', 'Thủ tướng', 'Phó Thủ tướng', 'Thứ trưởng Thường trực',
        'Bộ trưởng, Chủ nhiệm', 'Phó Chủ tịch Thường trực', 'Phó Bí thư Thường trực', 'Quyền Giám đốc', 'Quyền Chủ tịch',
    )
}


def _match_position(folded):
    """Return the known post that the text is, one letter misread at most; none if two are as near."""
    letters = ''.join(char for char in folded if char.isalnum())
    if letters in _KNOWN_POSITIONS:
        return _KNOWN_POSITIONS[letters]
    near = [
        name for known, name in _KNOWN_POSITIONS.items()
        if len(known) > 7 and (_is_one_letter_apart(known, letters) or _lacks_one_letter(known, letters) and len(letters) < len(known))]
    return near[0] if len(near) == 1 else None


def proper_position(text):
    """Return a title as it is written in running text: "PHÓ CHÁNH VĂN PHÒNG" → "Phó Chánh Văn phòng"."""
    words = ' '.join(text.split()).strip(' .,').lower().split(' ')
    folded = [fold(word) for word in words]
    capitals = {0}
    for index, word in enumerate(folded[:-1]):
        if (
            word in ('pho', 'chanh', 'quyen') or word.endswith(',')
            or word == 'tong' and folded[index + 1] in ('giam', 'bien')
        ):
            capitals.add(index + 1)
    name = ' '.join(words)
    for index in range(1, len(words)):
        rest = ' '.join(folded[index:])
        if rest.startswith(('uy ban', 'van phong', 'so ', 'phong ', 'ban ', 'hoi dong')) and folded[index - 1] not in (
            'truong', 'pho',
        ):
            return ' '.join(_capitalise(words[:index], capitals)) + ' ' + proper_name(name.split(' ', index)[index])
    return ' '.join(_capitalise(words, capitals))


def _capitalise(words, indexes):
    return [word[:1].upper() + word[1:] if index in indexes else word for index, word in enumerate(words)]


# The marks of these surnames are certain: no other surname has the letters.
_SURNAME_MARKS = {fold_keeping_length(name): name for name in (
    'nguyễn', 'trần', 'lê', 'phạm', 'hoàng', 'huỳnh', 'phan', 'võ', 'đặng', 'bùi', 'đỗ', 'hồ', 'ngô', 'dương', 'lý', 'đào', 'đoàn',
    'vương', 'trịnh', 'trương', 'đinh', 'lâm', 'phùng', 'quách', 'nghiêm', 'lương', 'thái', 'châu')}


def _check_person_name(name, line):
    """Return the name, its surname's marks put right, and how likely it is one."""
    words = name.split()
    surname = fold(words[0])
    if surname not in _SURNAMES:
        return name, 0.6
    if min(word.confidence for word in line.words) < 1 and surname in _SURNAME_MARKS:
        marked = _SURNAME_MARKS[surname]
        words[0] = marked[:1].upper() + marked[1:]
    return ' '.join(words), 0.8 if min(word.confidence for word in line.words) < 0.5 else 1.0


def _get_person_name(line, far):
    """Return the person's name that the line is, or None. A name in capitals stands apart from the title."""
    text = _DEGREE.sub('', re.sub('[\'"‘’“”`|~*_]', '', line.text)).strip(' .,;-')
    if ':' in text or '(' in text or any(char.isdigit() for char in text):
        return None
    words = text.split()
    if not 2 <= len(words) <= 6 or not all(_NAME_WORD.fullmatch(word) for word in words):
        return None
    if line.is_upper:
        if not far or any(title in fold(text) + ' ' for title in _POSITIONS):
            return None
        return ' '.join(word[:1] + word[1:].lower() for word in words)
    if not all(word[0].isupper() and word[1:] == word[1:].lower() for word in words):
        return None
    return ' '.join(words)


# === the document === #

def read_document(pages, types, *, last_page=None, abbreviations=(), today=None):
    """Return {field: Suggestion} of what the pages say.

    :param pages: the pages at hand; the first and the last one are looked at
    :param types: the :class:`TypeName` of all types
    :param last_page: number of the document's last page; without it, that of the last page given
    :param abbreviations: how known agencies are called in notations
    """
    by_number = {page.number: page for page in pages}
    found = {}
    today = today or date.today()
    first = by_number.get(1)
    if first is not None and first.words:
        found.update(_read_head(_Sheet(first), types, frozenset(abbreviations), today))
        language = guess_language(first)
        if language:
            found['language'] = language
    last = by_number.get(last_page or max(by_number, default=0))
    if last is not None and last.words:
        found.update(_find_signer(_Sheet(last)))
        if 'signer_name' not in found and last.number - 1 in by_number and last.number > 1:
            # an annex or the list of recipients may follow the signature
            found.update({
                name: suggestion for name, suggestion in _find_signer(_Sheet(by_number[last.number - 1])).items()
                if name not in found})
    return {name: suggestion for name, suggestion in found.items() if suggestion.confidence >= MIN_CONFIDENCE}


def _read_head(sheet, types, abbreviations, today):
    head = _Head(sheet, types)
    issued, date_line = _find_date(head, today)
    number, number_line = _find_number(head, types, abbreviations, ())
    groups, _lines = _find_issuer(head, number_line, date_line)
    if groups and number_line:
        # the agency's name tells what a misread letter of the notation is
        name = proper_name(' '.join(line.text for line in groups[-1]))
        number, number_line = _find_number(head, types, abbreviations, get_initials(name))
    about = None if head.title else _find_about(head, number_line)
    found = {
        'reference': number,
        'issue_date': issued,
        'issuer': _suggest_issuer(head, groups, number and number.value[1]),
        'type': _find_type(head, types, number, about),
        'subject': about or _find_subject(head),
        'urgency': _find_urgency(head),
    }
    if not head.is_national and not (number and issued):
        # not the layout of the decree: what looks like its parts may be anything
        found = {name: found[name] for name in ('issue_date', 'urgency')}
    return {name: suggestion for name, suggestion in found.items() if suggestion}


def guess_language(page):
    """Return 'vi' if the text bears Vietnamese marks, 'en' if it bears none but is English, else None."""
    words = [word.text for word in page.words if len(word.text) > 1 and word.text.isalpha() and word.confidence > 0.6]
    if len(words) < 20:
        return None
    marked = sum(1 for word in words if fold_keeping_length(word) != word.lower())
    box = (0.0, 0.0, 1.0, 1.0)
    if marked > 0.25 * len(words):
        return Suggestion('vi', 0.95, page.number, box, '')
    common = sum(1 for word in words if word.lower() in ('the', 'of', 'and', 'to', 'in', 'for', 'is', 'on'))
    if marked < 0.03 * len(words) and common > 0.08 * len(words):
        return Suggestion('en', 0.9, page.number, box, '')
    return None


def get_seal_box(page, found):
    """Return the part of the last page where the seal hides who signed, as fractions; None if there is nothing to find.

    :param found: what :func:`read_document` gave
    """
    if page.source != 'ocr' or {'signer_name', 'signer_position'} <= found.keys():
        return None
    sheet = _Sheet(page)
    recipients = [
        segment for segment in sheet.segments if _RECIPIENTS.search(segment.folded) and segment.cx < 0.5 * sheet.width]
    if not recipients:
        return None
    top = max(0.0, (recipients[-1].cy - 2 * recipients[-1].height) / sheet.height)
    return (0.42, round(top, 4), 1.0, round(min(1.0, top + 0.3), 4))


def with_part(page, words, box):
    """Return the page with these words in place of those that it had in a part of it."""
    x0, y0, x1, y1 = box
    kept = [word for word in page.words if not (x0 < word.x0 <= x1 and y0 <= word.y0 <= y1)]
    return replace(page, words=kept + words)


def find_document_starts(pages):
    """Return the numbers of later pages on which another document begins.

    Such a page has the national title, a number and a date of its own; forms in an annex leave these open.
    """
    starts = []
    for page in pages:
        if page.number == 1 or not page.words:
            continue
        sheet = _Sheet(page)
        head = _Head(sheet, ())
        if not head.nation or max(word.y1 for word in head.nation) > 0.25 * sheet.height:
            continue
        issued, _line = _find_date(head, date.today())
        number, _line = _find_number(head, (), (), ())
        if issued and number:
            starts.append(page.number)
    return sorted(starts)
