"""One office file into PDF/A, judged; plain Python."""
import os
from pathlib import Path
from typing import NamedTuple

from odoo.addons.civic_document.tools import soffice
from odoo.addons.civic_document.tools.limited import ProgramFailed
from odoo.addons.civic_package.tools import pdfa

# PRONOM identifier of the target: what LibreOffice calls it, what veraPDF calls it.
TARGETS = {'fmt/354': ('1', '1b'), 'fmt/477': ('2', '2b'), 'fmt/480': ('3', '3b')}
FILTERS = {
    '.doc': 'writer', '.docx': 'writer', '.odt': 'writer', '.rtf': 'writer',
    '.xls': 'calc', '.xlsx': 'calc', '.ods': 'calc', '.ppt': 'impress', '.pptx': 'impress', '.odp': 'impress',
}
TIMEOUT = 120


class Result(NamedTuple):
    path: str
    verdict: pdfa.Verdict
    comparison: pdfa.Comparison


def convert(path, target, *, timeout=TIMEOUT):
    """Convert the file to PDF/A beside it, and once to plain PDF, whose text layer says what the words are.

    :param target: PRONOM identifier
    :raises ProgramFailed: code 'unsupported' beside those of ``soffice.convert``; :raises pdfa.PdfaUnavailable: nothing can be judged
    """
    source = Path(path)
    module, wanted = FILTERS.get(source.suffix.lower()), TARGETS.get(target)
    if not module or not wanted:
        raise ProgramFailed('unsupported', source.suffix)
    version, flavour = wanted
    form = f'pdf:{module}_pdf_Export'
    places = []
    for name, options in (('plain', ''), ('pdfa', f':{{"SelectPdfVersion":{{"type":"long","value":"{version}"}}}}')):
        soffice.convert(str(source.parent), [source.name], form + options, timeout=timeout)
        made, place = source.with_suffix('.pdf'), source.with_name(f'{name}.pdf')
        if not made.exists():
            raise ProgramFailed('crash', source.name)
        os.replace(made, place)
        places.append(str(place))
    plain, new = places
    return Result(new, pdfa.judge(new, flavour), pdfa.compare_pdfs(plain, new))
