"""What is done to signed PDFs, each in a sandboxed child (see ``pdf_child.py``); plain Python.

Boxes are ``(x, y, width, height)`` in points from the lower left corner of the page; pages begin at 1, -1 is the last.
"""
import os
import re
import tempfile
from dataclasses import dataclass
from html import unescape
from pathlib import Path

from odoo.addons.civic_document.tools import limited
from odoo.addons.civic_document.tools.inspector import InspectionFailed, Inspector
from odoo.addons.civic_report.tools import fonts

CHILD = Path(__file__).with_name('pdf_child.py')
CPU_SECONDS = 30
TIMEOUT = 60
FIELD_NAME = re.compile(r'[A-Za-z][A-Za-z0-9_]{0,59}')

hand = Inspector(CHILD)


class PdfRefused(Exception):
    """The file, or what was asked of it, is refused.

    ``code`` is 'encrypted', 'hybrid', 'unreadable', 'memory', 'timeout', 'no_page', 'bad_box', 'field_exists',
    'field_taken', 'no_field', 'text_too_long', 'too_many' or 'bad_name'.
    """

    def __init__(self, code, detail=''):
        super().__init__(f'{code}: {detail}' if detail else code)
        self.code = code


@dataclass(frozen=True)
class TextField:
    """A place kept for text that comes after the first signature: the number, the date.

    :param str name: letters, digits and underscores
    :param tuple box: place on the page
    :param int page: number of the page
    :param str style: 'regular', 'bold', 'italic' or 'bold_italic' of the font that replaces Times New Roman
    :param str align: 'left', 'center' or 'right'
    """

    name: str
    box: tuple
    page: int = 1
    size: float = 13
    style: str = 'regular'
    align: str = 'left'
    label: str = ''


@dataclass(frozen=True)
class SignatureField:
    """A place kept for a signature.

    :param bool is_final: nothing but proofs for long-term validation may follow the signature that comes here
    """

    name: str
    box: tuple
    page: int = 1
    is_final: bool = False


def reserve(pdf, text_fields=(), signature_fields=()):
    """Return the PDF with empty fields, to be filled in after it was signed without breaking the signature.

    :param bytes pdf: not signed yet
    :raises PdfRefused:
    """
    for field in [*text_fields, *signature_fields]:
        if not FIELD_NAME.fullmatch(field.name):
            raise PdfRefused('bad_name', field.name[:60])
    return _transform('reserve', pdf, {
        'text_fields': [{
            'name': field.name, 'box': list(field.box), 'page': field.page, 'size': field.size, 'style': field.style,
            'align': field.align, 'label': field.label} for field in text_fields],
        'signature_fields': [{
            'name': field.name, 'box': list(field.box), 'page': field.page, 'is_final': field.is_final}
            for field in signature_fields],
    })


def fill(pdf, values):
    """Return the PDF with reserved text fields filled in; signatures that are there stay valid.

    A text slightly too long for its field is drawn smaller.

    :param bytes pdf:
    :param dict values: {name of the field: text}
    :raises PdfRefused: 'no_field', 'text_too_long', …
    """
    font = fonts.get_font('regular')
    return _transform('fill', pdf, {
        'values': {name: font.clean(text).replace('\n', ' ') for name, text in values.items()}})


def list_fields(pdf):
    """Return the fields of the PDF's form: [{name, kind ('text', 'signature', 'other'), page, box, value, is_filled}]."""
    with tempfile.TemporaryDirectory(prefix='civic-sign-') as folder:
        return ask('fields', {'source': put(folder, pdf)})['fields']


def find_text(pdf, text, *, page=None):
    """Return where the words stand: [(page, (x, y, width, height))], from the first page on.

    Words are compared without regard to blanks; the text must stand on one line.

    :param bytes pdf:
    :param str text: such as "Số:" or the name of the person who signs
    :param int page: look at this page alone
    """
    return [(number, box) for number, words in _read_words(pdf, page) for box in _find_runs(words, text)]


def find_blank(pdf, before, after, *, page=1):
    """Return the box of the gap between two words on one line, such as the room between “Số:” and “/QĐ-UBND”.

    Dots may stand in it, other words not: what is printed is not written over.

    :return: (x, y, width, height), or None
    """
    for _page, words in _read_words(pdf, page):
        for left in _find_runs(words, before):
            for right in _find_runs(words, after):
                gap = right[0] - (left[0] + left[2])
                box = (left[0] + left[2], left[1], gap, max(left[3], right[3]))
                if gap > 2 and _is_beside(left, right) and not _get_words_in(words, box):
                    return box
    return None


def find_end(pdf, before, line, width, *, page=1):
    """Return the box of that width after a word, such as “năm”, on the line of another box; None if words stand there."""
    for _page, words in _read_words(pdf, page):
        for left in _find_runs(words, before):
            box = (left[0] + left[2], left[1], width, left[3])
            if left[0] > line[0] and _is_beside(left, line) and not _get_words_in(words, box):
                return box
    return None


def between(above, below, size):
    """Return the box of that size centred between two boxes, one above the other: title and name of the signer."""
    width, height = size
    middle = (above[0] + above[2] / 2 + below[0] + below[2] / 2) / 2
    top, bottom = above[1], below[1] + below[3]
    return (middle - width / 2, (top + bottom) / 2 - height / 2, width, height)


def beside(signature_box, size):
    """Return the box of a seal of that size over the left third of a signature's box.

    Decree 30/2020/NĐ-CP, Annex I, II.8.a: the seal covers about a third of the signature, on its left.
    """
    x, y, width, height = signature_box
    return (x + width / 3 - size[0], y + height / 2 - size[1] / 2, *size)


def find_signature_place(pdf, title, name, size, page=None):
    """Return (page, box) of that size between the title and the name of the one who signs; None if there is no room.

    The last page on which the name stands below the title counts, and there the pair that is nearest to each other.
    """
    names = find_text(pdf, name, page=page)
    titles = find_text(pdf, title, page=page)
    for number, below in reversed(names):
        above = [box for place, box in titles if place == number and box[1] > below[1] + below[3]]
        near = [box for box in above if abs(box[0] + box[2] / 2 - below[0] - below[2] / 2) < 150]
        if near:
            return number, between(min(near, key=lambda box: box[1]), below, size)
    return None


def get_page_size(pdf, page=1):
    """Return (width, height) of a page in points."""
    answer = [size for number, size in _read_sizes(pdf, page) if number == page]
    if not answer:
        raise PdfRefused('no_page')
    return answer[0]


# === IN THE CHILD === #

def put(folder, pdf, name='source.pdf'):
    path = os.path.join(folder, name)
    Path(path).write_bytes(pdf)
    return path


def ask(act, request):
    """Return the child's answer.

    :raises PdfRefused: when there is none, or a refusal
    """
    try:
        answer = hand.ask({'act': act, 'cpu_seconds': CPU_SECONDS, **request}, timeout=TIMEOUT)
    except InspectionFailed as error:
        raise PdfRefused('timeout', str(error)) from None
    if answer.get('error'):
        raise PdfRefused(answer['error'], answer.get('detail', ''))
    return answer


def get_font_paths():
    return {style: fonts.get_font(style).path for style in fonts.STYLES}


def _transform(act, pdf, request):
    with tempfile.TemporaryDirectory(prefix='civic-sign-') as folder:
        output = os.path.join(folder, 'output.pdf')
        ask(act, {
            'source': put(folder, pdf), 'output': output, 'folder': folder, 'fonts': get_font_paths(), **request})
        return Path(output).read_bytes()


# === WORDS ON A PAGE === #

_PAGE = re.compile(r'<page width="([\d.]+)" height="([\d.]+)">')
_WORD = re.compile(r'<word xMin="([\d.-]+)" yMin="([\d.-]+)" xMax="([\d.-]+)" yMax="([\d.-]+)">(.*?)</word>')


def _read_boxes(pdf, page):
    """Return the lines of poppler's list of pages and words."""
    with tempfile.TemporaryDirectory(prefix='civic-sign-') as folder:
        limits = ['-f', str(page), '-l', str(page)] if page else []
        try:
            raw = limited.run(
                ['pdftotext', '-q', '-enc', 'UTF-8', '-bbox', *limits, put(folder, pdf), '-'], timeout=30)
        except limited.ProgramFailed as error:
            raise PdfRefused('timeout' if error.code == 'timeout' else 'unreadable', error.code) from None
    return raw.decode('utf-8', 'replace').splitlines()


def _read_sizes(pdf, page):
    """Yield (page number, (width, height))."""
    number = (page or 1) - 1
    for line in _read_boxes(pdf, page):
        head = _PAGE.search(line)
        if head:
            number += 1
            yield number, (float(head[1]), float(head[2]))


def _read_words(pdf, page):
    """Yield (page number, [(word, x1, y1, x2, y2)]) with y counted from below."""
    number, height, words = (page or 1) - 1, 0.0, None
    for line in _read_boxes(pdf, page):
        head = _PAGE.search(line)
        if head:
            if words is not None:
                yield number, words
            number, height, words = number + 1, float(head[2]), []
            continue
        match = _WORD.search(line)
        if match and words is not None:
            x1, y1, x2, y2 = map(float, match.groups()[:4])
            words.append((fonts.clean_text(unescape(match[5])), x1, height - y2, x2, height - y1))
    if words is not None:
        yield number, words


def _find_runs(words, text):
    """Return the boxes of the text among the words of a page."""
    wanted = fonts.clean_text(text).split()
    found = []
    for start in range(len(words) - len(wanted) + 1 if wanted else 0):
        run = words[start:start + len(wanted)]
        if all(word[0] == want for word, want in zip(run, wanted, strict=True)) and _on_one_line(run):
            found.append(_enclose(run))
    return found


def _is_beside(left, right):
    return abs(left[1] - right[1]) < max(left[3], right[3]) / 2


def _get_words_in(words, box):
    """Return the words whose middle lies in the box, but for dots that mark the room."""
    x, y, width, height = box
    return [
        word[0] for word in words
        if x < (word[1] + word[3]) / 2 < x + width and y < (word[2] + word[4]) / 2 < y + height and word[0].strip('.…_')]


def _on_one_line(run):
    return all(abs(word[2] - run[0][2]) < max(2, (run[0][4] - run[0][2]) / 2) for word in run)


def _enclose(run):
    x1, y1 = min(word[1] for word in run), min(word[2] for word in run)
    x2, y2 = max(word[3] for word in run), max(word[4] for word in run)
    return (x1, y1, x2 - x1, y2 - y1)
