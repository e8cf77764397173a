"""Vietnamese text and document references, as plain Python (no Odoo import)."""
import re
import unicodedata
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
