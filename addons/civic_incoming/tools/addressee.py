"""To whom a letter is addressed, read from the text of its first page; plain Python."""
import re
import unicodedata

from odoo.addons.civic_base.tools.text import fold

# what agencies are shortened to, in their folded form
_SHORT = {
    'ubnd': 'uy ban nhan dan', 'hdnd': 'hoi dong nhan dan', 'tp': 'thanh pho', 'tphcm': 'thanh pho ho chi minh',
    'hcm': 'ho chi minh', 'vp': 'van phong', 'tt': 'thi tran', 'q': 'quan', 'h': 'huyen', 'p': 'phuong',
}
# addressees that mean many agencies: nobody can say that ours is not among them
_GENERAL = re.compile(r'\b(?:cac|nhu tren|toan the|tat ca|nhung|co quan, don vi|quy co quan|quy don vi)\b')
_HEAD = re.compile(r'k[íi]nh\s+g[ửưu][ỉi]?i?\s*[:;]', re.IGNORECASE)
MAX_LINES = 8
MAX_LENGTH = 200
SHORT_LINE = 60         # the rest of an addressee that did not fit into the line above


def find_addressees(text) -> list[str]:
    """Return the addressees after “Kính gửi:”, one per line or dash; empty if the letter has no such line."""
    text = unicodedata.normalize('NFC', text or '')
    match = _HEAD.search(text)
    if not match:
        return []
    found = []
    is_finished = False
    for line in text[match.end():].split('\n')[:MAX_LINES + 1]:
        line = line.strip()
        is_item = line.startswith(('-', '–', '+', '•'))
        words = line.strip('-–+•;,. \t')
        if not words:
            if found:
                break
            continue
        if not found or is_item:
            found.append(words[:MAX_LENGTH])
        elif is_finished or (words[0].isupper() and len(words) > SHORT_LINE):
            break                                       # the body of the letter begins
        else:
            found[-1] = f'{found[-1]} {words}'[:MAX_LENGTH]
        is_finished = line.endswith(('.', ';', ':'))
    return found


def names_agency(addressees, names) -> bool:
    """Whether one of the addressees is the agency, or so general that it may be meant."""
    written = [_spell_out(line) for line in addressees]
    if any(_GENERAL.search(line) for line in written):
        return True
    full = [_spell_out(name) for name in names if name]
    for line in written:
        words = f' {line} '
        for name in full:
            # an abbreviation alone is no name where every agency of the kind has it
            if name and name not in _SHORT.values() and f' {name} ' in words:
                return True
    return False


def _spell_out(text):
    words = re.sub(r'[^\w,]+', ' ', fold(text).replace('.', ' ')).split()
    return ' '.join(' '.join(_SHORT.get(word.strip(','), word) for word in words).split())
