"""What changed between two versions of a draft, paragraph by paragraph and word by word; plain Python."""
import re
from difflib import SequenceMatcher
from typing import NamedTuple

from markupsafe import Markup, escape

from .components import normalise
from .paragraphs import read_text
from .sandbox import in_child

EQUAL, INSERT, DELETE, REPLACE = 'equal', 'insert', 'delete', 'replace'
MAX_BLOCKS = 4_000              # more are compared as a whole
MAX_WORDS = 3_000               # of a paragraph; a longer one is shown as replaced
MAX_PAIRS = 1_500               # of paragraphs looked at for which one became which
ALIKE = 0.4                     # share of common words from which a paragraph is a changed one and not another
_WORDS = re.compile(r'\s+|\w+|[^\w\s]')


class Difference(NamedTuple):
    """A paragraph: ``op`` 'equal', 'insert', 'delete' or 'replace', its text before and after.

    ``words``: for 'replace', [(op, old, new)] of stretches of words, blanks included.
    """

    op: str
    old: str
    new: str
    words: tuple = ()


@in_child()
def read_blocks(docx: bytes) -> list:
    """Return the texts of a Word document that are not empty: one per paragraph, and one per row of a table.

    :raises ToolError: if the file is refused or damaged
    """
    return get_blocks(read_text(docx))


def get_blocks(text):
    blocks, row, cells = [], None, {}

    def end_row():
        if any(cells.values()):
            blocks.append(' | '.join(' '.join(cells[column]) for column in sorted(cells)))
        cells.clear()

    for paragraph in text.paragraphs:
        content = normalise(paragraph.text)
        place = paragraph.cell[:2] if paragraph.cell else None
        if place != row:
            end_row()
            row = place
        if place is None:
            if content:
                blocks.append(content)
        elif content:
            cells.setdefault(paragraph.cell[2], []).append(content)
    end_row()
    return blocks


def compare(old, new) -> list:
    """Return the :class:`Difference` list of two versions, in reading order, unchanged paragraphs included.

    :param old: the bytes of a Word document, or a list of texts (the lines of a PDF's text layer); so is ``new``
    :raises ToolError: if a document is refused or damaged
    """
    old, new = (_get_texts(version) for version in (old, new))
    if old == new:
        return [Difference(EQUAL, text, text) for text in old]
    if len(old) > MAX_BLOCKS or len(new) > MAX_BLOCKS:
        old, new = ['\n'.join(old)], ['\n'.join(new)]
    differences = []
    for op, a0, a1, b0, b1 in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if op == EQUAL:
            differences += [Difference(EQUAL, text, text) for text in old[a0:a1]]
        else:
            differences += _compare_stretch(old[a0:a1], new[b0:b1])
    return differences


def _get_texts(version):
    if isinstance(version, (bytes, bytearray, memoryview)):
        return read_blocks(bytes(version))
    return [text for text in map(normalise, version) if text]


def _compare_stretch(old, new):
    """Find which paragraph became which, in order; the others went or came."""
    differences, position = [], 0
    for text in old:
        match = None
        if len(old) * len(new) <= MAX_PAIRS:
            scores = [(_get_likeness(text, other), -index) for index, other in enumerate(new[position:], start=position)]
            best, index = max(scores, default=(0, 0))
            match = -index if best >= ALIKE else None
        elif position < len(new):
            match = position
        if match is None:
            differences.append(Difference(DELETE, text, ''))
            continue
        differences += [Difference(INSERT, '', other) for other in new[position:match]]
        differences.append(Difference(REPLACE, text, new[match], tuple(compare_words(text, new[match]))))
        position = match + 1
    return differences + [Difference(INSERT, '', other) for other in new[position:]]


def _get_likeness(old, new):
    if len(old) > 20_000 or len(new) > 20_000:
        return 0.0
    matcher = SequenceMatcher(None, old.lower().split(), new.lower().split(), autojunk=False)
    return matcher.ratio() if matcher.real_quick_ratio() >= ALIKE and matcher.quick_ratio() >= ALIKE else 0.0


def compare_words(old, new):
    """Return [(op, old, new)] of the stretches of words of two texts."""
    before, after = _WORDS.findall(old), _WORDS.findall(new)
    if len(before) > MAX_WORDS or len(after) > MAX_WORDS:
        return [(REPLACE, old, new)]
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    return [(op, ''.join(before[a0:a1]), ''.join(after[b0:b1])) for op, a0, a1, b0, b1 in matcher.get_opcodes()]


def to_html(differences, *, context=2):
    """Return the differences as markup: ``<ins>`` and ``<del>`` in paragraphs, every text escaped.

    :param context: unchanged paragraphs that are shown around a change; None shows all
    """
    shown = _get_shown(differences, context)
    parts, is_gap = [], False
    for index, difference in enumerate(differences):
        if index not in shown:
            if not is_gap:
                parts.append(Markup('<p class="o_civic_diff_gap">…</p>'))
            is_gap = True
            continue
        is_gap = False
        parts.append(Markup('<p class="o_civic_diff_%s">%s</p>') % (difference.op, _mark(difference)))
    return Markup('<div class="o_civic_diff">%s</div>') % Markup('').join(parts)


def _get_shown(differences, context):
    if context is None:
        return set(range(len(differences)))
    shown = set()
    for index, difference in enumerate(differences):
        if difference.op != EQUAL:
            shown.update(range(index - context, index + context + 1))
    return shown


def _mark(difference):
    if difference.op == EQUAL:
        return escape(difference.new)
    words = difference.words or ((difference.op, difference.old, difference.new),)
    parts = []
    for op, old, new in words:
        if op == EQUAL:
            parts.append(escape(new))
            continue
        if old:
            parts.append(Markup('<del>%s</del>') % old)
        if new:
            parts.append(Markup('<ins>%s</ins>') % new)
    return Markup('').join(parts)


def count_changes(differences):
    """Return {'insert': n, 'delete': n, 'replace': n} of paragraphs."""
    return {op: sum(1 for difference in differences if difference.op == op) for op in (INSERT, DELETE, REPLACE)}
