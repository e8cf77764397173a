"""Words for PostgreSQL's full-text search, and excerpts of the text they were found in; plain Python.

Everything is compared without marks, case and punctuation, so old and new orthography (hòa/hoà) are one.
"""
import re
import unicodedata
from functools import lru_cache

MAX_WORD = 60
MIN_PREFIX = 2              # a single letter as a prefix would match nearly every text
EXCERPT_BEFORE = 24
EXCERPT_LENGTH = 240
EXCERPT_NEAR = 60           # what a narrow list shows of it

_WORDS = re.compile(r'[^\W_]+')
_QUOTED = re.compile(r'["“”„«»]([^"“”„«»]*)["“”„«»]')


def _fold_letter(char):
    """Return one folded character for one character, so that positions in a text stay what they are."""
    folded = ''.join(
        part for part in unicodedata.normalize('NFKD', char) if not unicodedata.combining(part)).lower()
    folded = {'đ': 'd', 'ð': 'd'}.get(folded, folded)
    return folded if len(folded) == 1 else char.lower()[:1]


class _FoldTable(dict):
    def __missing__(self, code):
        folded = self[code] = _fold_letter(chr(code))
        return folded


_TABLE = _FoldTable()


def fold_keeping_length(text):
    """Fold a composed (NFC) text letter by letter; the answer has the same length."""
    return text.translate(_TABLE)


def fold_words(text):
    """Return the folded words of a text, blank-separated: what is indexed."""
    return ' '.join(_split(text or ''))


def _split(text):
    return [
        word[:MAX_WORD] for word in _WORDS.findall(fold_keeping_length(unicodedata.normalize('NFC', text)))]


@lru_cache(maxsize=256)
def get_query_terms(query):
    """Return what was searched as [(words, is_prefix)]: quoted phrases, then single words; the last may be a prefix."""
    query = unicodedata.normalize('NFC', query or '')
    terms = [(tuple(words), False) for words in map(_split, _QUOTED.findall(query)) if words]
    rest = _QUOTED.sub(' " ', query)
    words = _split(rest)
    is_open = bool(words) and rest[-1:].isalnum()
    if is_open and len(words[-1]) < MIN_PREFIX and (terms or len(words) > 1):
        words.pop()                 # still being typed
        is_open = False
    for index, word in enumerate(words):
        terms.append(((word,), is_open and index == len(words) - 1 and len(word) >= MIN_PREFIX))
    return tuple(terms)


def make_tsquery(query):
    """Return the text form of the tsquery that wants all terms of the query, or '' if it has none."""
    parts = []
    for words, is_prefix in get_query_terms(query):
        phrase = ' <-> '.join(f"'{word}'" for word in words)
        parts.append(phrase + (':*' if is_prefix else '') if len(words) == 1 else f'({phrase})')
    return ' & '.join(parts)


def get_excerpt(body, terms):
    """Return the piece of text where most of the terms stand together as [(text, is_match)], or None without a match.

    Matches are found in the folded text and cut out of the original one, letters, marks and all.
    """
    if not terms or not body:
        return None
    pattern = _compile(terms)
    folded = fold_keeping_length(body)
    first = _find_best(pattern, folded, len(terms))
    if first is None:
        return None
    start = _word_start(body, max(0, first - EXCERPT_BEFORE))
    end = min(len(body), start + EXCERPT_LENGTH)
    while end < len(body) and not body[end].isspace():
        end += 1
    pieces = [('…', False)] if start else []
    position = start
    for match in pattern.finditer(folded, start, end):
        if match.start() > position:
            pieces.append((_flatten(body[position:match.start()]), False))
        pieces.append((_flatten(body[match.start():match.end()]), True))
        position = match.end()
    pieces.append((_flatten(body[position:end]) + ('…' if end < len(body) else ''), False))
    return [piece for piece in pieces if piece[0]]


@lru_cache(maxsize=256)
def _compile(terms):
    parts = []
    for words, is_prefix in sorted(terms, key=lambda term: -len(term[0])):
        parts.append(r'[\W_]+'.join(map(re.escape, words)) + (r'[^\W_]*' if is_prefix else ''))
    return re.compile(r'(?<![^\W_])(?:' + '|'.join(parts) + r')(?![^\W_])')


def _find_best(pattern, folded, wanted):
    """Return where the piece begins that has most different matches; the first one wins a tie."""
    best, best_score, window = None, 0, []
    for count, match in enumerate(pattern.finditer(folded)):
        window.append((match.start(), match.group()))
        window = [item for item in window if item[0] > match.start() - EXCERPT_LENGTH + EXCERPT_BEFORE]
        score = len({word for _start, word in window})
        if score > best_score:
            while match.start() - window[0][0] > EXCERPT_NEAR and any(word == window[0][1] for _start, word in window[1:]):
                window.pop(0)                       # it stands again nearer to the others, where a narrow list shows it
            best, best_score = window[0][0], score
        if best_score >= wanted or count > 2000:
            break
    return best


def _word_start(body, position):
    while position and not body[position - 1].isspace():
        position -= 1
    return position


def _flatten(text):
    return re.sub(r'\s+', ' ', text)
