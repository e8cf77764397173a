"""Find the marks of state secrecy in a text.

A general system on networked machines must not keep papers marked Mật, Tối mật or Tuyệt mật.
What counts is a *mark*: a stamp standing alone, a mark in brackets, or a filled-in "Độ mật" field.
Ordinary words such as "bảo mật", "bí mật nhà nước" or "mật độ" are no marks, nor is a legal text that lists the levels.
"""
import re
import unicodedata

CONFIDENTIAL, SECRET, TOP_SECRET = 'mật', 'tối mật', 'tuyệt mật'

# The stamp as letters only, so that "[ MẬT ]", "M Ậ T" and "TUYỆT  MẬT" are one. The unaccented form of the
# lowest level is left out: "MAT" is a word of other languages.
_STAMPS = {
    'MẬT': CONFIDENTIAL,
    'TỐIMẬT': SECRET,
    'TUYỆTMẬT': TOP_SECRET,
    'TOIMAT': SECRET,
    'TUYETMAT': TOP_SECRET,
}
_STAMP_LENGTH = 40      # a longer line is a sentence, whatever its letters

_BROKEN_WORD = re.compile(r'\b(?:BÍ|BẢO|CƠ|GIẢI|ĐỘ)$', re.IGNORECASE)

_LEVEL = r'(?P<level>tuyệt\s+mật|tối\s+mật|mật)'
# "Độ mật: Mật", "Mức độ mật - Tối mật"; not "Độ mật: Mật, Tối mật, Tuyệt mật", which explains the levels,
# and not "độ mật: mật độ …", where another word begins.
_FIELD = re.compile(
    r'\bđộ\s+(?:bảo\s+)?mật\s*(?:[:=–—-]|là)\s*[\[(\'"“]?\s*' + _LEVEL + r'\b'
    r'(?!\s*(?:[,;/|]|và\b|hoặc\b|hay\b)\s*(?:(?:và|hoặc|hay)\s+)?(?:mật|tối|tuyệt)\b)'
    r'(?!\s+(?:mã|ong|khẩu|thư|vụ|thiết|độ(?!\s+khẩn))\b)',
    re.IGNORECASE,
)
_BRACKETS = re.compile(r'[\[(【]\s*(?P<level>TUYỆT\s+MẬT|TỐI\s+MẬT|MẬT)\s*[\])】]')
_LEADING = re.compile(r'^\W*(?P<level>TUYỆT\s+MẬT|TỐI\s+MẬT|MẬT)\s*[:–—_-]', re.MULTILINE)


def find_secrecy_mark(text):
    """Return the level of the first secrecy mark in ``text`` ('mật', 'tối mật', 'tuyệt mật'), or None."""
    if not text or len(text) < 3:
        return None
    text = unicodedata.normalize('NFC', text)
    text = re.sub('[\u00ad\u200b-\u200d\u2060\ufeff]', '', text)      # invisible characters hide no stamp
    previous = ''
    for line in text.splitlines():
        line = line.strip()
        if 3 <= len(line) <= _STAMP_LENGTH:
            stamp = ''.join(char for char in line if char.isalnum())
            # A heading broken in the middle of "BÍ MẬT" or "BẢO MẬT" is no stamp.
            if stamp in _STAMPS and not _BROKEN_WORD.search(previous):
                return _STAMPS[stamp]
        previous = line or previous
    for pattern in (_BRACKETS, _LEADING, _FIELD):
        match = pattern.search(text)
        if match:
            return ' '.join(match['level'].lower().split())
    return None


def find_secrecy_mark_in_name(name):
    """Like :func:`find_secrecy_mark` for a short text such as a file name, where the case of letters says nothing."""
    if not name:
        return None
    stem = re.sub(r'\.[A-Za-z0-9]{1,5}$', '', name.replace('_', ' '))
    return find_secrecy_mark(stem) or find_secrecy_mark(stem.upper())
