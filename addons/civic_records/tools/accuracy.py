"""Count how often the reading of a paper is right, field by field; plain Python but for the reading itself."""
import tempfile

from odoo.addons.civic_document.tools.limited import ProgramFailed
from odoo.addons.civic_document.tools.ocr import read_scanned_page, read_under_seal
from odoo.addons.civic_document.tools.reading import fold, get_seal_box, read_document, with_part
from odoo.addons.civic_document.tools.words import read_text_pages

from . import scans

# A third of the senders are strangers to the directory, as they are to an agency that begins to use it.
KNOWN_LETTERS = frozenset(agency.letters for index, agency in enumerate(scans.AGENCIES) if index % 3 != 2)


def read_sample(sample, types):
    """Return {field: value} as the reading gives them for the file of a sample."""
    with tempfile.NamedTemporaryFile(suffix='.pdf') as file:
        file.write(sample.raw)
        file.flush()
        pages = _read_pages(file.name, is_scan=bool(sample.scan))
        letters = KNOWN_LETTERS if sample.scan else ()
        found = read_document(pages, types, abbreviations=letters)
        box = pages and get_seal_box(pages[-1], found)
        if box:                         # as the documents do, in a second job
            words = read_under_seal(file.name, 'application/pdf', pages[-1], box)
            pages[-1] = with_part(pages[-1], words, box)
            found = {**read_document(pages, types, abbreviations=letters), **found}
    names = {item.key: item.name.split(' (')[0] for item in types}
    values = {name: suggestion.value for name, suggestion in found.items()}
    if 'reference' in values:
        number, notation = values['reference']
        values['reference'] = f'{number.zfill(2)}/{notation}'
    if 'issuer' in values:
        values['issuer'] = values['issuer'].full_name
    if 'type' in values:
        values['type'] = names[values['type']]
    return values


def _read_pages(path, is_scan):
    pages = read_text_pages(path, 1, 20)
    if not is_scan:
        return list(pages.values())
    result = []
    for number in sorted(pages):
        try:
            result.append(read_scanned_page(path, number))
        except ProgramFailed:
            continue
    return result


def is_right(name, got, truth):
    """Compare as a clerk would: letters and marks count, capitals of names do not."""
    if name == 'urgency':
        return (got or 'normal') == truth
    if name in ('issuer', 'type'):
        return fold(got or '') == fold(truth)
    if name == 'subject':
        return ' '.join((got or '').lower().split()) == ' '.join(truth.lower().split())
    return got == truth


def measure(samples, types):
    """Return {kind: {field: [right, empty, wrong]}} for samples with a text layer ('text') and scanned ones ('scan')."""
    table = {}
    for sample in samples:
        values = read_sample(sample, types)
        counts = table.setdefault('scan' if sample.scan else 'text', {})
        for name, truth in sample.truth.items():
            right, empty, wrong = counts.setdefault(name, [0, 0, 0])
            if is_right(name, values.get(name), truth):
                right += 1
            elif values.get(name) is None:
                empty += 1
            else:
                wrong += 1
            counts[name] = [right, empty, wrong]
    return table
