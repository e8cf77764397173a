"""LibreOffice without a screen, on files from outside; plain Python.

Every call has a profile of its own that is thrown away, so calls do not wait for one another and nothing of one document
reaches the next. Macros are off, links are not updated, there is no network where the kernel lets us take it away, and time,
memory and file size are limited; whatever LibreOffice started ends with the call.
"""
import contextlib
import os
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

from .limited import ProgramFailed, run

PROGRAM = 'soffice'
TIMEOUT = 60
MEMORY = 4096 * 1024 * 1024     # address space: LibreOffice maps much more than it uses

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


def convert(folder, names, form, *, timeout=TIMEOUT, program=PROGRAM):
    """Convert files that lie in ``folder``, by one start; what comes out lies beside them.

    :param str form: what ``--convert-to`` wants: extension, filter, options
    :raises ProgramFailed: code 'missing', 'timeout', 'too_large' or 'crash'
    """
    if not shutil.which(program):
        raise ProgramFailed('missing', program)
    make_profile(folder)
    run([
        *get_isolation(), program, f'-env:UserInstallation=file://{folder}/profile', '--headless', '--invisible',
        '--nologo', '--norestore', '--nolockcheck', '--nodefault', '--nofirststartwizard', '--convert-to', form,
        '--outdir', folder, *(os.path.join(folder, name) for name in names)],
        timeout=timeout, memory=MEMORY, cwd=folder, environment={
            'HOME': folder, 'TMPDIR': folder, 'XDG_CONFIG_HOME': folder, 'XDG_CACHE_HOME': _get_cache(),
            'SAL_USE_VCLPLUGIN': 'svp', 'SAL_DISABLE_OPENCL': '1', 'LC_ALL': 'C.UTF-8', 'LANG': 'C.UTF-8',
        })


def make_profile(folder):
    user = Path(folder, 'profile', 'user')
    user.mkdir(parents=True, exist_ok=True)
    items = ''.join(
        f'<item oor:path="/{path}"><prop oor:name="{name}" oor:op="fuse" oor:type="xs:{kind}"><value>{value}</value></prop></item>'
        for path, name, kind, value in _SETTINGS)
    (user / 'registrymodifications.xcu').write_text(
        '<?xml version="1.0" encoding="UTF-8"?>\n<oor:items xmlns:oor="http://openoffice.org/2001/registry" '
        'xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        f'{items}</oor:items>', encoding='utf-8')


@cache
def get_isolation():
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
