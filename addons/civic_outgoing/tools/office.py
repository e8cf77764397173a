"""Word documents to PDF by LibreOffice without a screen; plain Python.

Every call has a profile of its own that is thrown away, so calls do not wait for one another and nothing of one document
reaches the next. Macros are off, links are not updated, there is no network where the kernel lets us take it away, and time,
memory and file size are limited; whatever LibreOffice started ends with the call. What fetches something from outside is
refused before LibreOffice sees it.
"""
import contextlib
import os
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

from .finding import ToolError
from .package import open_package

PROGRAM = 'soffice'
TIMEOUT = 60
MEMORY = 4096 * 1024 * 1024     # address space: LibreOffice maps much more than it uses
MAX_PDF = 256 * 1024 * 1024
# What a draft may hold: LibreOffice shows the picture that stands for the object and starts nothing.
ALLOWED = ('embedded_object',)
FILTER = 'pdf:writer_pdf_Export:{"SelectPdfVersion":{"type":"long","value":"17"},"UseTaggedPDF":{"type":"boolean","value":"true"}}'

_SETTINGS = (
    ('org.openoffice.Office.Common/Security/Scripting', 'MacroSecurityLevel', 'int', '3'),
    ('org.openoffice.Office.Common/Security/Scripting', 'DisableMacrosExecution', 'boolean', 'true'),
    ('org.openoffice.Office.Common/Security/Scripting', 'DisableActiveContent', 'boolean', 'true'),
    ('org.openoffice.Office.Common/Security/Scripting', 'BlockUntrustedRefererLinks', 'boolean', 'true'),
    ('org.openoffice.Office.Writer/Content/Update', 'Link', 'int', '0'),
    ('org.openoffice.Office.Writer/Content/Update', 'Field', 'boolean', 'false'),
    ('org.openoffice.Office.Common/Save/Document', 'AutoSave', 'boolean', 'false'),
    ('org.openoffice.Office.Recovery/RecoveryInfo', 'SessionData', 'boolean', 'false'),
    ('org.openoffice.Office.Recovery/AutoSave', 'Enabled', 'boolean', 'false'),
    ('org.openoffice.Office.Common/Misc', 'FirstRun', 'boolean', 'false'),
    ('org.openoffice.Office.Common/Misc', 'CrashReport', 'boolean', 'false'),
    ('org.openoffice.Setup/Product', 'ooSetupLastVersion', 'string', '99'),
    # whatever still asks for the network finds a proxy that does not exist
    ('org.openoffice.Inet/Settings', 'ooInetProxyType', 'int', '2'),
    ('org.openoffice.Inet/Settings', 'ooInetHTTPProxyName', 'string', '127.0.0.1'),
    ('org.openoffice.Inet/Settings', 'ooInetHTTPProxyPort', 'int', '9'),
    ('org.openoffice.Inet/Settings', 'ooInetHTTPSProxyName', 'string', '127.0.0.1'),
    ('org.openoffice.Inet/Settings', 'ooInetHTTPSProxyPort', 'int', '9'),
)


class OfficeError(ToolError):
    """No PDF: ``code`` is 'missing', 'no_font', 'timeout', 'limit', 'crash', 'no_output', or why the file is refused."""


def to_pdf(docx: bytes, *, timeout=TIMEOUT) -> bytes:
    """Return the PDF of a Word document.

    :param timeout: seconds for all of it
    :raises OfficeError: 'timeout', 'crash' and 'no_output' may pass when tried again; the others will not
    """
    return to_pdf_many([docx], timeout=timeout)[0]


def to_pdf_many(documents, *, timeout=TIMEOUT) -> list:
    """Return the PDFs of several Word documents, by one start of LibreOffice.

    :raises OfficeError: if one of them cannot be had; then none is returned
    """
    from odoo.addons.civic_document.tools.limited import ProgramFailed, run  # a plain module, too

    documents = [bytes(docx) for docx in documents]
    for docx in documents:
        _refuse(docx)
    if not has_font():
        raise OfficeError('no_font')
    with tempfile.TemporaryDirectory(prefix='civic-office-', ignore_cleanup_errors=True) as folder:
        names = [f'{index}.docx' for index in range(len(documents))]
        for name, docx in zip(names, documents, strict=True):
            Path(folder, name).write_bytes(docx)
        _make_profile(folder)
        command = [
            *_get_isolation(), PROGRAM, f'-env:UserInstallation=file://{folder}/profile', '--headless', '--invisible',
            '--nologo', '--norestore', '--nolockcheck', '--nodefault', '--nofirststartwizard', '--convert-to', FILTER,
            '--outdir', folder, *(os.path.join(folder, name) for name in names)]
        if not shutil.which(PROGRAM):
            raise OfficeError('missing')
        try:
            run(command, timeout=timeout, memory=MEMORY, cwd=folder, environment={
                'HOME': folder, 'TMPDIR': folder, 'XDG_CONFIG_HOME': folder, 'XDG_CACHE_HOME': _get_cache(),
                'SAL_USE_VCLPLUGIN': 'svp', 'SAL_DISABLE_OPENCL': '1', 'LC_ALL': 'C.UTF-8', 'LANG': 'C.UTF-8',
            })
        except ProgramFailed as error:
            raise OfficeError({'too_large': 'limit'}.get(error.code, error.code)) from error
        return [_read_output(Path(folder, f'{index}.pdf')) for index in range(len(documents))]


def _refuse(docx):
    try:
        open_package(docx, allow=ALLOWED)
    except ToolError as error:
        raise OfficeError(error.code, **error.params) from error


def _read_output(path):
    try:
        if path.stat().st_size > MAX_PDF:
            raise OfficeError('limit')
        raw = path.read_bytes()
    except FileNotFoundError as error:
        raise OfficeError('no_output') from error
    if not raw.startswith(b'%PDF-') or b'%%EOF' not in raw[-1024:]:
        raise OfficeError('no_output')
    return raw


def _make_profile(folder):
    user = Path(folder, 'profile', 'user')
    user.mkdir(parents=True)
    items = ''.join(
        f'<item oor:path="/{path}"><prop oor:name="{name}" oor:op="fuse" oor:type="xs:{kind}"><value>{value}</value></prop></item>'
        for path, name, kind, value in _SETTINGS)
    (user / 'registrymodifications.xcu').write_text(
        '<?xml version="1.0" encoding="UTF-8"?>\n<oor:items xmlns:oor="http://openoffice.org/2001/registry" '
        'xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        f'{items}</oor:items>', encoding='utf-8')


@cache
def _get_isolation():
    """Return the words before a command that give it no network; nothing where the kernel does not let us."""
    command = ['unshare', '--user', '--map-root-user', '--net', '--']
    if not shutil.which('unshare'):
        return ()
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        subprocess.run(
            [*command, 'true'], check=True, timeout=5, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        return tuple(command)
    return ()


@cache
def _get_cache():
    """Return the folder for fontconfig's cache: kept, because to build it takes longer than a conversion."""
    folder = os.path.join(tempfile.gettempdir(), f'civic-office-cache-{os.getuid()}')
    with contextlib.suppress(OSError):
        os.makedirs(folder, mode=0o700, exist_ok=True)
        if os.stat(folder).st_uid == os.getuid():
            return folder
    return tempfile.gettempdir()


@cache
def has_font():
    """Whether the font that stands for Times New Roman has every Vietnamese letter (U+1EA0–U+1EF9)."""
    program = shutil.which('fc-match')
    if not program:
        return True                     # nothing to ask; the PDF's fonts are checked by the layout rules
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        answer = subprocess.run(
            [program, '-f', '%{family}|%{charset}', 'Times New Roman'], check=True, timeout=20, capture_output=True, text=True)
        family, _bar, charset = answer.stdout.partition('|')
        ranges = [part.split('-') for part in charset.split()]
        needed = set(range(0x1EA0, 0x1EFA)) | {0x1A0, 0x1A1, 0x1AF, 0x1B0, 0x110, 0x111}
        covered = {code for code in needed if any(int(part[0], 16) <= code <= int(part[-1], 16) for part in ranges)}
        return bool(family) and covered == needed
    return True
