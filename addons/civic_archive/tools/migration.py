"""One office file or PDF into PDF/A, judged; plain Python."""
import os
import re
import shutil
from pathlib import Path
from typing import NamedTuple

from PIL import Image, ImageChops

from odoo.addons.civic_document.tools import soffice
from odoo.addons.civic_document.tools.limited import ProgramFailed, run
from odoo.addons.civic_package.tools import pdfa

# PRONOM identifier of the target: the part of ISO 19005, as LibreOffice and Ghostscript ask for it, and what veraPDF calls it.
TARGETS = {'fmt/354': ('1', '1b'), 'fmt/477': ('2', '2b'), 'fmt/480': ('3', '3b')}
FILTERS = {
    '.doc': 'writer', '.docx': 'writer', '.odt': 'writer', '.rtf': 'writer',
    '.xls': 'calc', '.xlsx': 'calc', '.ods': 'calc', '.ppt': 'impress', '.pptx': 'impress', '.odp': 'impress',
}
TIMEOUT, PDF_TIMEOUT = 120, 240      # seconds
PROFILE = Path('/usr/share/color/icc/ghostscript/srgb.icc')
# Pictures keep every point: what is not a JPEG already does not become one.
GHOSTSCRIPT = (
    'gs', '-dSAFER', '-dBATCH', '-dNOPAUSE', '-dQUIET', '-sDEVICE=pdfwrite', '-dPDFACompatibilityPolicy=1',
    '-sColorConversionStrategy=RGB', '-dAutoFilterColorImages=false', '-sColorImageFilter=FlateEncode', '-dDownsampleColorImages=false',
    '-dAutoFilterGrayImages=false', '-sGrayImageFilter=FlateEncode', '-dDownsampleGrayImages=false', '-dDownsampleMonoImages=false',
    f'--permit-file-read={PROFILE}')
INTENT = f"""%!
[/_objdef {{icc}} /type /stream /OBJ pdfmark
[{{icc}} << /N 3 >> /PUT pdfmark
[{{icc}} ({PROFILE}) (r) file /PUT pdfmark
[/_objdef {{intent}} /type /dict /OBJ pdfmark
[{{intent}} << /Type /OutputIntent /S /GTS_PDFA1 /DestOutputProfile {{icc}} /OutputConditionIdentifier (sRGB) >> /PUT pdfmark
[{{Catalog}} << /OutputIntents [ {{intent}} ] >> /PUT pdfmark
"""
# What is compared: dots per inch of the pictures of pages, pages drawn at once, difference of greys (of 255) that new letters may make.
RESOLUTION, CHUNK, TOLERANCE = 48, 10, 12


class Result(NamedTuple):
    """``page`` is the first page that looks different from the original, 0 if none does; None if there are no pages to compare."""
    path: str
    verdict: pdfa.Verdict
    comparison: pdfa.Comparison
    page: int | None


def convert(path, target):
    """Convert the file to PDF/A beside it.

    :param target: PRONOM identifier
    :raises ProgramFailed: code 'unsupported' beside those of ``limited.run``; :raises pdfa.PdfaUnavailable: nothing can be judged
    """
    source, wanted = Path(path), TARGETS.get(target)
    suffix = source.suffix.lower()
    if not wanted or suffix not in (*FILTERS, '.pdf'):
        raise ProgramFailed('unsupported', suffix)
    part, flavour = wanted
    if suffix == '.pdf':
        before, after = source, _convert_pdf(source, part)
    else:
        before, after = _convert_office(source, part)
    return Result(
        str(after), pdfa.judge(after, flavour), pdfa.compare_pdfs(before, after),
        find_different_page(before, after) if before == source else None)


def _convert_office(source, part):
    """Convert once to plain PDF, too, whose text layer says what the words are."""
    form, places = f'pdf:{FILTERS[source.suffix.lower()]}_pdf_Export', []
    for name, options in (('plain', ''), ('pdfa', f':{{"SelectPdfVersion":{{"type":"long","value":"{part}"}}}}')):
        soffice.convert(str(source.parent), [source.name], form + options, timeout=TIMEOUT)
        made, place = source.with_suffix('.pdf'), source.with_name(f'{name}.pdf')
        if not made.exists():
            raise ProgramFailed('crash', source.name)
        os.replace(made, place)
        places.append(place)
    return places


def _convert_pdf(source, part):
    if not shutil.which('gs') or not PROFILE.exists():
        raise ProgramFailed('missing', 'Ghostscript')
    target, intent = source.with_name('pdfa.pdf'), source.with_name('intent.ps')
    intent.write_text(INTENT)
    run([*soffice.get_isolation(), *GHOSTSCRIPT, f'-dPDFA={part}', f'-sOutputFile={target}', str(intent), str(source)],
        timeout=PDF_TIMEOUT, cwd=str(source.parent), environment={'TMPDIR': str(source.parent)})
    if not target.exists():
        raise ProgramFailed('crash', source.name)
    return target


def find_different_page(before, after):
    """Return the number of the first page that two PDFs do not show alike, at a glance; 0 if there is none.

    Pages are compared in squares of a centimetre, so that a picture may lie a little beside its place, and no stamp may be missing.

    :raises ProgramFailed: a page cannot be drawn
    """
    count, other = _count_pages(before), _count_pages(after)
    for first in range(1, min(count, other) + 1, CHUNK):
        for number, (one, two) in enumerate(zip(_draw(before, first), _draw(after, first)), start=first):
            if one.size != two.size or ImageChops.difference(one, two).getextrema()[1] > TOLERANCE:
                return number
    return min(count, other) + 1 if count != other else 0


def _count_pages(path):
    return int(re.search(rb'^Pages: +(\d+)', run(['pdfinfo', str(path)], timeout=TIMEOUT), re.MULTILINE)[1])


def _draw(path, first):
    """Yield the greys of some pages, a value for each square."""
    raw = run(['pdftoppm', '-q', '-gray', '-r', str(RESOLUTION), '-f', str(first), '-l', str(first + CHUNK - 1), str(path)],
              timeout=PDF_TIMEOUT)
    start = 0
    while head := re.compile(rb'P5\s(\d+)\s(\d+)\s255\s').match(raw, start):
        size = int(head[1]), int(head[2])
        start = head.end() + size[0] * size[1]
        picture = Image.frombytes('L', size, raw[head.end():start])
        yield picture.resize([max(1, length * 254 // RESOLUTION // 100) for length in size], Image.Resampling.BOX)
