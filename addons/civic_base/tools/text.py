"""Vietnamese text and document references, as plain Python (no Odoo import)."""
import re
import unicodedata
import zlib
from datetime import date
from typing import NamedTuple

_BARRED_D = str.maketrans({'đ': 'd', 'Đ': 'D', 'ð': 'd', 'Ð': 'D'})


class Reference(NamedTuple):
    """What a typed reference says; a part that is not there is None."""

    number: str | None
    notation: str | None
    date: date | None


def fold(text) -> str:
    """Return the text without marks, case or double spaces: the form that is compared.

    Old and new orthography (hòa/hoà) and both barred letters fall together.
    """
    text = unicodedata.normalize('NFKD', text or '')
    text = ''.join(char for char in text if not unicodedata.combining(char))
    # lower() may bring combining marks back (İ), hence the second pass of the same steps
    text = unicodedata.normalize('NFKD', text.translate(_BARRED_D).casefold())
    text = ''.join(char for char in text if not unicodedata.combining(char))
    return ' '.join(text.translate(_BARRED_D).split())


# "Số:", "So", "số ký hiệu:" in front of a reference
_PREFIX = re.compile(r'^\s*s[oố]\s*(?:,?\s*k[ýíyi]\s*hi[ệe]u)?\s*[:.]?\s*(?=\d)', re.IGNORECASE)
_NUMBERED_DATE = re.compile(
    r'(?:,\s*|\s+|^)(?:ng[àa]y\s*[:.]?\s*)?(\d{1,2})\s*[/.-]\s*(\d{1,2})\s*[/.-]\s*(\d{4})\s*\.?\s*$', re.IGNORECASE)
_SPELT_DATE = re.compile(
    r'(?:,\s*|\s+|^)ng[àa]y\s+(\d{1,2})\s+th[áa]ng\s+(\d{1,2})\s+n[ăa]m\s+(\d{4})\s*\.?\s*$', re.IGNORECASE)
_ISO_DATE = re.compile(r'(?:,\s*|\s+|^)(?:ng[àa]y\s*[:.]?\s*)?(\d{4})-(\d{2})-(\d{2})\s*\.?\s*$', re.IGNORECASE)
# number, an optional letter ("12a"), then the notation: it may begin with a year (QPPL) but holds a letter
_REFERENCE = re.compile(r'(?P<number>\d{1,10}[a-zđ]?)\s*(?:/\s*(?P<notation>\S.*?))?\s*', re.IGNORECASE)
_NOTATION = re.compile(r'(?=.*[^\W\d_])[\w&][\w&.]*(?:[-–/][\w&][\w&.]*)*')


def parse_reference(text) -> Reference:
    """Read number, notation and date from what people type or paste.

    Understands "Số: 123/QĐ-UBND ngày 5/3/2025", "123/QD-UBND", "05/2024/NĐ-CP", "123" and a
    date alone. Text that is no reference gives three times None; nothing is repaired.
    """
    rest = ' '.join(unicodedata.normalize('NFC', text or '').split())
    rest, issued = _split_date(rest)
    rest = _PREFIX.sub('', rest).strip(' ,;.').rstrip('/ ')
    match = _REFERENCE.fullmatch(rest)
    if not match:
        return Reference(None, None, issued)
    notation = match['notation']
    if notation is not None:
        notation = re.sub(r'\s*([-–/])\s*', lambda sep: sep[1].replace('–', '-'), notation)
        if not _NOTATION.fullmatch(notation):
            return Reference(None, None, issued)
    return Reference(match['number'], notation, issued)


def _split_date(text):
    for pattern, order in ((_SPELT_DATE, (3, 2, 1)), (_ISO_DATE, (1, 2, 3)), (_NUMBERED_DATE, (3, 2, 1))):
        match = pattern.search(text)
        if match:
            try:
                issued = date(*(int(match[group]) for group in order))
            except ValueError:
                continue            # "31/2/2025" is no date: leave it in the text
            return text[:match.start()], issued
    return text, None


def reference_key(number, notation=None) -> str:
    """Return the form by which references are compared and indexed: "05/QĐ-UBND" → "5/qd-ubnd"."""
    number = fold(str(number) if number else '').replace(' ', '')
    number = re.sub(r'^0+(?=\d)', '', number)
    notation = fold(notation).replace(' ', '').replace('–', '-').strip('/')
    return f'{number}/{notation}' if notation else number


class Pasted(NamedTuple):
    """What a pasted line says of a document; a part that is not there is None."""

    number: str | None
    notation: str | None
    date: date | None
    issuer: str | None
    type: str | None
    subject: str | None


_ANY_REFERENCE = re.compile(
    r'(?<![\w/-])(?P<number>\d{1,10}[a-zđ]?)\s*/\s*(?P<notation>(?=[\w&.\s–/-]{0,60}?[^\W\d_])[\w&][\w&.]*(?:\s?[-–/]\s?[\w&][\w&.]*)*)',
    re.IGNORECASE)
_ANY_DATE = re.compile(
    r'(?<!\d)(\d{1,2})\s*(?:[/.-]|th[áa]ng)\s*(\d{1,2})\s*(?:[/.-]|n[ăa]m)\s*(\d{4})(?!\d)', re.IGNORECASE)
_NUMBER_ALONE = re.compile(r'\bs[ốo]\s*[:.]?\s*(\d{1,10}[a-zđ]?)\b(?!\s*/)', re.IGNORECASE)
_SUBJECT = re.compile(r'(?:\bv[ềe]\s+vi[ệe]c\b|\bv\s*/\s*v\b)\s*:?\s*|\bv[ềe]\s+', re.IGNORECASE)
_ISSUER = re.compile(r'\b(?:c[ủu]a|do)\s+(?=\S)', re.IGNORECASE)
_ISSUER_END = re.compile(r'\s*[;,(“"]|\s+ban\s+h[àa]nh\b', re.IGNORECASE)
_TYPE = re.compile(r'^\W*(?P<type>[^\W\d_]+(?:\s+[^\W\d_]+){0,3}?)\s+s[ốo]\b', re.IGNORECASE)


def parse_pasted(text) -> Pasted:
    """Read what people paste from mails and lists: “Quyết định số 123/QĐ-UBND ngày 5/3/2025 của UBND … về việc …”.

    Each part is looked for by itself, so that a line may hold any of them; nothing is repaired.
    """
    text = ' '.join(unicodedata.normalize('NFC', text or '').split())[:4000]
    head, subject = _split_once(_SUBJECT, text)
    number = notation = None
    match = _ANY_REFERENCE.search(head)
    if match:
        number = match['number']
        notation = re.sub(r'\s*([-–/])\s*', lambda sep: sep[1].replace('–', '-'), match['notation']).rstrip('.')
        rest = head[match.end():]
    else:
        rest = head
        match = _NUMBER_ALONE.search(head)
        number = match and match[1]
    issued = None
    for found in _ANY_DATE.finditer(rest):
        try:
            issued = date(int(found[3]), int(found[2]), int(found[1]))
        except ValueError:
            continue                    # “31/2/2025” is no date
        rest = rest[:found.start()] + ' ; ' + rest[found.end():]
        break
    _before, issuer = _split_once(_ISSUER, rest)
    issuer = issuer and _ISSUER_END.split(issuer)[0].strip(' .:')
    kind = _TYPE.match(head)
    return Pasted(
        number, notation, issued, issuer or None, kind and kind['type'],
        subject and subject.strip(' .;“”"') or None)


def _split_once(pattern, text):
    match = pattern.search(text)
    return (text[:match.start()], text[match.end():]) if match else (text, None)


def subject_key(text) -> str:
    """Return the form by which subjects are compared: folded, without “V/v” in front and without punctuation."""
    text = re.sub(r'^\W*(?:(?:v\s*/\s*v|ve viec)\b\W*)+', '', fold(text))
    return ' '.join(re.sub(r'[\W_]+', ' ', text).split())


def word_bits(key) -> int:
    """Return 30 bits that say which words a folded text may have: alike texts differ in few of them."""
    bits = 0
    for word in key.split():
        bits |= 1 << zlib.crc32(word.encode()) % 30
    return bits
