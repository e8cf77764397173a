"""Find the components of a draft, in a Word document or a PDF, by their place and their words; plain Python.

Both sources become one list of items in reading order. What is looked for is what a drafter meant, even where it is
misplaced or misspelt: only then can a rule say what is wrong with it.
"""
import html
import re
import tempfile
import unicodedata
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from pathlib import Path

from .finding import ToolError
from .paragraphs import Run, read_text

MAX_LINES = 20_000
MAX_PAGES = 500
ZOOM = 3                        # as fine as pdftohtml gives sizes
MM = 72 / 25.4
HEAD_ITEMS = 40                 # the head is looked for among so many

NATION = 'conghoaxahoichunghiavietnam'
MOTTO = 'doclaptudohanhphuc'
REFERENCE = re.compile(r'^(?:Số|So)\s*:', re.IGNORECASE)
PLACE_DATE = re.compile(r'^[^:;()]{1,60}?[,\s]\s*ngày\b.{0,16}\btháng\b.{0,16}\bnăm\b.{0,16}$', re.IGNORECASE)
ADDRESSEE = re.compile(r'^Kính gửi\b', re.IGNORECASE)
LETTER_SUBJECT = re.compile(r'^(?:V/v|Về việc)\b', re.IGNORECASE)
BASIS = re.compile(r'^(?:Căn cứ|Theo đề nghị|Xét đề nghị|Xét)\b')
RECIPIENTS = re.compile(r'^Nơi nhận\b', re.IGNORECASE)
_PAGE_HEAD = re.compile(r'<page number="\d+"[^>]*?height="(\d+)" width="(\d+)"')
_FONT = re.compile(r'<fontspec id="(\d+)" size="(-?\d+)" family="([^"]*)"')
_TEXT = re.compile(
    r'<text top="(-?\d+)" left="(-?\d+)" width="(-?\d+)" height="(-?\d+)" font="(\d+)">(.*?)</text>', re.DOTALL)
_TAG = re.compile(r'<[^>]*>')


@dataclass
class Item:
    """A paragraph of a Word document, or a line of a PDF; ``box`` in points from the upper left of the page."""

    runs: list
    side: str = 'full'          # 'left', 'right', 'full'
    page: int | None = None
    box: tuple | None = None
    paragraph: object = None
    index: int = 0              # among the paragraphs of the document, empty ones included

    def __post_init__(self):
        self.text = normalise(''.join(run.text for run in self.runs))
        letters = [run for run in self.runs if any(char.isalnum() for char in run.text)]
        self.written = letters or self.runs
        self.sizes = sorted({round(run.size, 2) for run in self.written})
        self.size = max(self.sizes, default=0)
        self.is_bold = all(run.bold for run in self.written)
        self.is_partly_bold = any(run.bold for run in self.written)
        self.is_italic = all(run.italic for run in self.written)
        self.is_partly_italic = any(run.italic for run in self.written)
        self.is_upper = is_upper(self.text)

    @property
    def letters(self):
        return fold_letters(self.text)

    @property
    def indent(self):
        """How far its text is from the margin, in mm; for a PDF from the edge of the page."""
        return self.box[0] / MM if self.box else self.paragraph.left


@dataclass
class Sheet:
    """All items of a document, and how its pages are set up."""

    items: list
    is_pdf: bool = False
    paragraphs: list = field(default_factory=list)
    sections: list = field(default_factory=list)
    pages: list = field(default_factory=list)           # (width, height) in points
    numbers: dict = field(default_factory=dict)         # page: [Item] that look like page numbers
    address: list = field(default_factory=list)


@dataclass
class Parts:
    """{component: [Item]} and what was seen besides."""

    found: dict
    unwanted_type: Item | None = None

    def get(self, name):
        return self.found.get(name) or []

    def text(self, name):
        return ' '.join(item.text for item in self.get(name))


def normalise(text):
    """Return the text composed, with single blanks; blanks that keep room are kept as one."""
    return ' '.join(unicodedata.normalize('NFC', text).split())


def fold_letters(text):
    """Return the letters and digits alone, small and without marks."""
    text = unicodedata.normalize('NFD', text.lower().replace('đ', 'd'))
    return ''.join(char for char in text if char.isalnum())


def is_upper(text):
    letters = [char for char in text if char.isalpha()]
    return bool(letters) and not any(char.islower() for char in letters)


# === from a Word document === #

def read_docx_sheet(docx):
    """:raises ToolError:"""
    text = read_text(docx)
    items = []
    for index, paragraph in enumerate(text.paragraphs):
        if paragraph.is_empty or paragraph.section:
            continue
        if paragraph.cell:
            column, columns = paragraph.cell[2:]
            side = 'full' if columns == 1 else 'left' if column == 0 else 'right' if column == columns - 1 else 'full'
            items.append(Item(paragraph.runs, side, paragraph=paragraph, index=index))
        else:
            items += _split_at_tabs(paragraph, index)
    return Sheet(items, paragraphs=text.paragraphs, sections=text.sections)


def _split_at_tabs(paragraph, index):
    """A head set with tabs instead of a table: what stands before and after them."""
    pieces, current = [], []
    for run in paragraph.runs:
        for number, part in enumerate(run.text.split('\t')):
            if number and any(item.text.strip() for item in current):
                pieces.append(current)
                current = []
            if part:
                current.append(Run(part, run.font, run.size, run.bold, run.italic))
    if any(item.text.strip() for item in current):
        pieces.append(current)
    if len(pieces) != 2 or len(paragraph.text) > 120:
        return [Item(paragraph.runs, paragraph=paragraph, index=index)]
    return [Item(runs, side, paragraph=paragraph, index=index) for runs, side in zip(pieces, ('left', 'right'), strict=True)]


# === from a PDF === #

def read_pdf_sheet(pdf):
    """Return the :class:`Sheet` of a PDF's text layer: fonts, sizes and places by poppler's pdftohtml.

    :raises ToolError: corrupt, limit
    """
    from odoo.addons.civic_document.tools.limited import ProgramFailed, run  # a plain module, too

    with tempfile.TemporaryDirectory(prefix='civic-layout-') as folder:
        path = Path(folder, 'draft.pdf')
        path.write_bytes(pdf)
        try:
            raw = run(
                ['pdftohtml', '-xml', '-i', '-q', '-stdout', '-fontfullname', '-zoom', str(ZOOM), '-l', str(MAX_PAGES), str(path)],
                timeout=30, cwd=folder)
        except ProgramFailed as error:
            raise ToolError('limit' if error.code in ('timeout', 'too_large') else 'corrupt') from error
    return make_pdf_sheet(raw.decode('utf-8', 'replace'))


def make_pdf_sheet(xml):
    """Return the :class:`Sheet` of what pdftohtml says."""
    fonts = {}
    sheet = Sheet([], is_pdf=True)
    count = 0
    for number, chunk in enumerate(xml.split('<page ')[1:], start=1):
        head = _PAGE_HEAD.match('<page ' + chunk)
        if not head:
            continue
        height, width = int(head[1]) / ZOOM, int(head[2]) / ZOOM
        sheet.pages.append((width, height))
        for match in _FONT.finditer(chunk):
            fonts[match[1]] = _parse_font(int(match[2]), html.unescape(match[3]))
        pieces = []
        for match in _TEXT.finditer(chunk):
            count += 1
            if count > MAX_LINES:
                raise ToolError('too_large')
            piece = _make_piece(match, fonts)
            if piece:
                pieces.append(piece)
        items = [_make_line(line, number, width) for line in _join_pieces(pieces)]
        _sort_out(sheet, items, number, width, height)
    return sheet


def _parse_font(size, family):
    name = family.partition('+')[2] or family
    base = re.split(r'[-,]', name)[0]
    return size / ZOOM, base, 'bold' in name.lower(), bool(re.search('italic|oblique', name, re.IGNORECASE))


def _make_piece(match, fonts):
    top, left, width, height = (int(match[group]) / ZOOM for group in (1, 2, 3, 4))
    size, family, bold, italic = fonts.get(match[5], (height, '', False, False))
    text = html.unescape(_TAG.sub('', match[6]))
    if not text.strip() or size <= 0:
        return None
    run = Run(text, family, size, bold or '<b>' in match[6], italic or '<i>' in match[6])
    # blanks at the end of a justified line hang over the margin
    width -= (len(text) - len(text.rstrip())) * width / len(text) if text != text.rstrip() else 0
    return run, (left, top, left + max(0.0, width), top + max(0.0, height))


def _join_pieces(pieces):
    """Return the pieces that stand side by side on one line, without a gap wider than blanks, line by line."""
    lines = []
    for run, box in sorted(pieces, key=lambda piece: (round(piece[1][3] / 2), piece[1][0])):
        for line in reversed(lines[-6:]):
            last = line[-1][1]
            overlap = min(last[3], box[3]) - max(last[1], box[1])
            if overlap > 0.6 * min(last[3] - last[1], box[3] - box[1]) and -2 <= box[0] - last[2] < 0.9 * run.size:
                line.append((run, box))
                break
        else:
            lines.append([(run, box)])
    return lines


def _make_line(line, page, width):
    boxes = [box for _run, box in line]
    box = (min(b[0] for b in boxes), min(b[1] for b in boxes), max(b[2] for b in boxes), max(b[3] for b in boxes))
    centre = (box[0] + box[2]) / 2 / width
    side = 'full'
    if box[2] <= 0.53 * width and centre < 0.44:
        side = 'left'
    elif box[0] >= 0.38 * width and centre > 0.56:
        side = 'right'
    return Item([run for run, _box in line], side, page, box)


def _sort_out(sheet, items, page, width, height):
    """Put apart what is no part of the text: page numbers, and the address at the foot of the first page."""
    items.sort(key=lambda item: (item.box[1] + item.box[3]) / 2)
    numbers = [
        item for item in items
        if re.fullmatch(r'[-–\s]*\d{1,4}[-–\s]*', item.text) and (item.box[3] < 24 * MM or item.box[1] > height - 24 * MM)]
    sheet.numbers[page] = numbers
    text = [item for item in items if item not in numbers]
    if page == 1:
        while text and _is_address(text[-1], width, height):
            sheet.address.insert(0, text.pop())
    sheet.items += text


def _is_address(item, width, height):
    centre = (item.box[0] + item.box[2]) / 2
    return item.size < 12.6 and item.box[1] > height - 45 * MM and abs(centre - width / 2) < 14 * MM


def join_paragraphs(items, margin):
    """Return the lines of a PDF's content joined to paragraphs: one begins with an indent or stands in the middle."""
    joined = []
    for item in items:
        starts = item.box[0] > margin + 5 * MM or not joined or joined[-1].box[0] > margin + 25 * MM
        if starts:
            joined.append(Item(list(item.runs), item.side, item.page, item.box))
        else:
            last = joined[-1]
            joined[-1] = Item([*last.runs, Run(' ', item.runs[0].font, item.size), *item.runs], last.side, last.page, last.box)
    return joined


# === components === #

def find_parts(sheet, profile, expected):
    """Return the :class:`Parts` of a document.

    :param expected: see :func:`layout.check_docx`
    """
    kind = profile['types'].get(expected.get('type_code') or '', {})
    finder = _Finder(sheet, profile, expected, kind)
    return finder.find()


class _Finder:

    def __init__(self, sheet, profile, expected, kind):
        self.sheet, self.profile, self.expected = sheet, profile, expected
        self.is_letter = bool(kind.get('is_letter'))
        self.without = set(kind.get('without', ()))
        self.items = sheet.items
        self.found = {}
        self.parts = Parts(self.found)

    def find(self):
        head_end = self._find_head()
        rest = self.items[head_end:]
        end = self._find_end(rest)
        middle = rest[:end]
        if not self.is_letter:
            middle = self._find_title(middle)
        elif middle and middle[0].is_upper and middle[0].is_bold and middle[0].side == 'full':
            self.parts.unwanted_type, middle = middle[0], middle[1:]
        middle = self._find_addressee(middle)
        self._find_content(middle)
        return self.parts

    # --- head --- #

    def _find_head(self):
        """Find boxes 1 to 4, 5b, 10b, 11; return where the rest begins."""
        top = self.items[:HEAD_ITEMS]
        anchors = {}
        for name, wanted in (('nation', NATION), ('motto', MOTTO)):
            scored = [(SequenceMatcher(None, wanted, item.letters, autojunk=False).ratio(), -index) for index, item in enumerate(top)]
            score, index = max(scored, default=(0, 0))
            if score > 0.75:
                anchors[name] = -index
        for index, item in enumerate(top):
            if 'reference' not in anchors and REFERENCE.match(item.text):
                anchors['reference'] = index
        limit = max(anchors.values(), default=-1) + 10
        for index, item in enumerate(top[:limit + 1]):
            if 'place_date' not in self.without and PLACE_DATE.match(item.text) and not BASIS.match(item.text):
                anchors['place_date'] = index
                break
        for name, index in anchors.items():
            self.found[name] = [top[index]]
        end = max(anchors.values(), default=-1) + 1
        while end < len(self.items) and self.items[end].side != 'full' and not self._is_after_head(self.items[end]):
            end += 1
        others = [(index, item) for index, item in enumerate(self.items[:end]) if index not in anchors.values()]
        self._find_agency_and_marks(others, anchors.get('reference'))
        return end

    def _is_after_head(self, item):
        wanted = self.expected.get('type_name') or ''
        return bool(
            ADDRESSEE.match(item.text) or BASIS.match(item.text) or RECIPIENTS.match(item.text)
            or wanted and item.letters == fold_letters(wanted))

    def _find_agency_and_marks(self, others, reference):
        names, subject = [], []
        marks = {'urgency': self.profile['urgency'], 'circulation': self.profile['circulation']}
        for index, item in others:
            kind = next((name for name, texts in marks.items() if item.letters in map(fold_letters, texts)), None)
            if kind:
                self.found[kind] = [item]
            elif self._may_be_date(item, index, reference):
                self.found['place_date'] = [item]       # whatever stands there
            elif reference is not None and self._is_below(item, index, reference):
                subject.append(item)
            elif item.side != 'right' or not names or item.letters == fold_letters(self.expected.get('agency') or ''):
                names.append(item)
        if subject and (self.is_letter or LETTER_SUBJECT.match(subject[0].text)):
            self.found['letter_subject'] = subject
        parent, agency = self._split_agency(names)
        if parent:
            self.found['agency_parent'] = parent
        if agency:
            self.found['agency'] = agency

    def _may_be_date(self, item, index, reference):
        if 'place_date' in self.found or 'place_date' in self.without or item.side != 'right' or reference is None:
            return False
        if item.box:
            return abs(item.box[3] - self.items[reference].box[3]) < 6
        return index > reference and any(char.isdigit() for char in item.text)

    def _is_below(self, item, index, reference):
        if item.box:
            return item.box[1] > self.items[reference].box[1]
        return index > reference

    def _split_agency(self, names):
        """Return the lines of the superior agency and those of the issuing one."""
        wanted = fold_letters(self.expected.get('agency') or '')
        if wanted:
            for start in range(len(names)):
                if ''.join(item.letters for item in names[start:]) == wanted:
                    return names[:start], names[start:]
        parent = fold_letters(self.expected.get('agency_parent') or '')
        if parent:
            for end in range(1, len(names) + 1):
                if ''.join(item.letters for item in names[:end]) == parent:
                    return names[:end], names[end:]
        first = next((index for index, item in enumerate(names) if item.is_bold), max(0, len(names) - 1))
        return names[:first], names[first:]

    # --- end --- #

    def _find_end(self, rest):
        """Find boxes 7 and 9b; return where the content ends."""
        labels = [index for index, item in enumerate(rest) if RECIPIENTS.match(item.text)]
        label = labels[-1] if labels else None
        start = label
        if label is not None:
            self.found['recipients_label'] = [rest[label]]
            lines = self._collect_recipients(rest, label)
            if lines:
                self.found['recipients'] = lines
        block = self._find_signature(rest, label)
        if block:
            first = min(index for index, item in enumerate(rest) if self._is_beside(item, block[0][1]))
            start = first if start is None else min(start, first)
            self._read_signature([item for _index, item in block])
        return len(rest) if start is None else start

    def _collect_recipients(self, rest, label):
        """Return the lines of the list; what a long line was broken into is joined."""
        head, lines = rest[label], []
        same = re.sub(r'^Nơi nhận\s*:?\s*', '', head.text, flags=re.IGNORECASE)
        if same.startswith('-'):
            lines.append(head)
        for item in rest[label + 1:]:
            if item.side == 'right' or (item.paragraph is not None and not self._is_of_list(item, head)):
                continue
            if item.text.startswith(('-', '–')):
                lines.append(Item(list(item.runs), item.side, item.page, item.box, item.paragraph, item.index))
            elif lines and item.box and (item.size < 12.5 or abs(item.size - lines[-1].size) < 0.5):
                last = lines[-1]
                lines[-1] = Item(
                    [*last.runs, Run(' ', item.runs[0].font, item.size, item.is_bold, item.is_italic), *item.runs],
                    last.side, last.page, last.box)
            elif item.box and item.side == 'full':
                break
        return lines

    @staticmethod
    def _is_of_list(item, head):
        if head.paragraph.cell:
            return item.paragraph.cell is not None and item.paragraph.cell[0] == head.paragraph.cell[0]
        return item.paragraph.cell is None

    def _find_signature(self, rest, label):
        """Return [(index, item)] of the lines at the right of the end."""
        if self.sheet.is_pdf:
            return self._find_signature_in_pdf(rest, label)
        right = [(index, item) for index, item in enumerate(rest) if item.paragraph.cell and item.side == 'right']
        if label is not None and rest[label].paragraph.cell:
            table = rest[label].paragraph.cell[0]
        else:
            right_before = [pair for pair in right if label is None or pair[0] < label]
            table = right_before[-1][1].paragraph.cell[0] if right_before else None
        return [pair for pair in right if pair[1].paragraph.cell[0] == table]

    def _find_signature_in_pdf(self, rest, label):
        right = [(index, item) for index, item in enumerate(rest) if item.side == 'right']
        if label is not None:
            head = rest[label]
            # beside the recipients; or above them, if two sign side by side
            beside = [
                pair for pair in right
                if pair[1].page == head.page and pair[1].box[3] > head.box[1] - 8 * MM]
            if any(item.is_upper for _index, item in beside) or any(item.box[1] > head.box[1] for _index, item in beside):
                return beside
            right = [pair for pair in right if pair[1].page == head.page and pair[0] < label]
        start = None
        for position in range(len(right) - 1, -1, -1):
            if right[position][1].is_upper and right[position][1].is_bold:
                start = position
                if position == 0 or not right[position - 1][1].is_upper:
                    break
        return right[start:] if start is not None else []

    @staticmethod
    def _is_beside(item, other):
        """Whether an item stands in the table, or on the line, of the first line of the signature."""
        if item.box:
            return item.page == other.page and (
                abs(item.box[3] - other.box[3]) < 4
                or item.side == 'left' and item.text.startswith('-') and item.size < 12.5 and item.box[1] > other.box[1] - 8 * MM)
        return item.paragraph.cell is not None and item.paragraph.cell[0] == other.paragraph.cell[0]

    def _read_signature(self, block):
        title, name = [], []
        for item in block:
            if re.fullmatch(r'[(\[].*[)\]]', item.text):
                continue                # "(Đã ký)", "(Chữ ký của người có thẩm quyền)"
            if name or not item.is_upper and (title or self._is_name(item)):
                name.append(item)
            else:
                title.append(item)
        wanted = fold_letters(self.expected.get('signer_name') or '')
        if not name and len(title) > 1 and wanted and title[-1].letters == wanted:
            title, name = title[:-1], title[-1:]       # a name in capitals
        if title:
            self.found['signer_title'] = title
        if name:
            self.found['signer_name'] = name[:1]

    def _is_name(self, item):
        wanted = self.expected.get('signer_name')
        if wanted:
            return fold_letters(wanted) in item.letters
        return not any(item.text.startswith(prefix) for prefix in self.profile['signing_prefixes'])

    # --- middle --- #

    def _find_title(self, middle):
        wanted = fold_letters(self.expected.get('type_name') or '')
        position = next((index for index, item in enumerate(middle[:6]) if wanted and item.letters == wanted), None)
        if position is None and middle and not self._is_text(middle[0]) and (
            middle[0].is_upper or middle[0].is_bold and not wanted
        ):
            position = 0
        if position is not None:
            self.found['type_name'] = [middle[position]]
            middle = middle[:position] + middle[position + 1:]
        if 'subject' in self.without or position is None and not (middle and middle[0].is_bold):
            return middle
        lines = []
        for item in middle:
            if self._is_text(item) or item.is_upper and lines or ADDRESSEE.match(item.text) or not self._belongs(item, lines):
                break
            lines.append(item)
            if not self.sheet.is_pdf:
                break
        if lines:
            self.found['subject'] = lines
        return middle[len(lines):]

    def _belongs(self, item, lines):
        """Whether a line goes on with the subject: as near and of the same look."""
        if not lines:
            return True
        last = lines[-1]
        return (
            item.page == last.page and item.box[1] - last.box[3] < 0.3 * item.size and item.is_bold == last.is_bold
            and abs(item.size - last.size) < 0.5)

    def _is_text(self, item):
        if BASIS.match(item.text) or ADDRESSEE.match(item.text):
            return True
        if item.paragraph is not None:
            return item.paragraph.align == 'justify' or len(item.text) > 400
        return False

    def _find_addressee(self, middle):
        start = next((
            index for index, item in enumerate(middle[:8])
            if ADDRESSEE.match(item.text) or re.search(r'\bđiện\s*:', item.text)), None)
        if start is None:
            return middle
        end = start + 1
        margin = self._get_margin(middle)
        if middle[start].text.endswith(':'):
            while end < len(middle) and self._is_of_addressees(middle[end], margin):
                end += 1
        self.found['addressee'] = middle[start:end]
        return middle[:start] + middle[end:]

    @staticmethod
    def _is_of_addressees(item, margin):
        if item.paragraph is not None:
            return item.text.startswith(('-', '–')) or item.paragraph.left > 16
        return item.box[0] > margin + 16 * MM

    @staticmethod
    def _get_margin(items):
        return min((item.box[0] for item in items if item.box), default=0)

    def _find_content(self, middle):
        if self.sheet.is_pdf:
            middle = join_paragraphs(middle, self._get_margin(middle))
        bases, body = [], []
        is_ruling = (self.expected.get('type_code') or '') in ('qd', 'nq')
        for item in middle:
            is_basis = BASIS.match(item.text) and not any(other for other in body if len(other.text) > 80) and (
                item.is_italic or item.text.endswith(';') or is_ruling)
            (bases if is_basis else body).append(item)
        if bases:
            self.found['basis'] = bases
        if body:
            self.found['body'] = body
