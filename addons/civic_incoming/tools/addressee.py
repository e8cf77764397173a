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


def find_addressees(text) -> list[str]:
    """Return the addressees after “Kính gửi:”, one per line or dash; empty if the letter has no such line."""
    text = unicodedata.normalize('NFC', text or '')
    match = _HEAD.search(text)
    if not match:
        return []
    lines = text[match.end():].split('\n')
    found = []
    for index, line in enumerate(lines[:MAX_LINES + 1]):
        line = line.strip()
        is_item = line.startswith(('-', '–', '+', '•'))
        line = line.strip('-–+•;,. \t')
        if not line:
            if found:
                break
            continue
        if found and not is_item:
            # an addressee that runs on to the next line begins small, or belongs to one that is not finished
            if index > 1 and (line[0].isupper() or len(line) > MAX_LENGTH):
                break
            found[-1] = f'{found[-1]} {line}'[:MAX_LENGTH]
            continue
        found.append(line[:MAX_LENGTH])
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
