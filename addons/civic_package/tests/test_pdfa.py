"""PDF/A before the real veraPDF, and the text layer that a conversion must keep."""
import io
import json
import os
import subprocess
import sys
import time

import pytest
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen import canvas

from ..tools import cli, pdfa
from ..tools.findings import PackageError

# Debian 12 keeps version 2 beside version 1, later Debians have version 2 alone.
FONT = next(path for path in (
    f'/usr/share/fonts/truetype/{folder}/LiberationSerif-Regular.ttf' for folder in ('liberation2', 'liberation')
) if os.path.exists(path))
TEXT = "Cộng hòa xã hội chủ nghĩa Việt Nam: Độc lập, tự do, hạnh phúc"


def make_pdf(path, *lines):
    """A PDF with a text layer that is no PDF/A."""
    pdfmetrics.registerFont(TTFont('Serif', FONT))
    buffer = io.BytesIO()
    page = canvas.Canvas(buffer, invariant=True)
    page.setFont('Serif', 12)
    for number, line in enumerate(lines):
        page.drawString(72, 700 - 20 * number, line)
    page.save()
    path.write_bytes(buffer.getvalue())
    return path


@pytest.fixture(scope='module')
def papers(tmp_path_factory):
    """A PDF/A-2b that LibreOffice wrote, a plain PDF, a cut one and one that is none."""
    folder = tmp_path_factory.mktemp('pdfa')
    (folder / 'good.txt').write_text(TEXT, encoding='utf-8')
    options = {'SelectPdfVersion': {'type': 'long', 'value': '2'}}
    subprocess.run(
        ['soffice', '--headless', f'-env:UserInstallation=file://{folder}/profile', '--convert-to',
         f'pdf:writer_pdf_Export:{json.dumps(options)}', '--outdir', folder, folder / 'good.txt'],
        check=True, capture_output=True, timeout=120)
    good, plain = folder / 'good.pdf', make_pdf(folder / 'plain.pdf', TEXT)
    (folder / 'cut.pdf').write_bytes(good.read_bytes()[:3000])
    (folder / 'none.pdf').write_bytes(b'no PDF at all')
    return {'good': good, 'plain': plain, 'cut': folder / 'cut.pdf', 'none': folder / 'none.pdf'}


@pytest.fixture(scope='module')
def verdicts(papers):
    return dict(zip(papers, pdfa.judge_all(papers.values())))


def test_a_pdfa_conforms(verdicts):
    good = verdicts['good']
    assert (good.conforms, good.flavour, good.claimed, good.findings) == (True, '2b', '2b', ())
    assert good.checker.startswith('veraPDF')


def test_a_plain_pdf_is_told_clause_by_clause(verdicts):
    plain = verdicts['plain']
    assert not plain.conforms and plain.claimed == '' and plain.flavour == '2b'
    assert '6.6.2.1' in {defect.clause for defect in plain.findings}       # no metadata that say it is PDF/A
    assert all(defect.standard == 'ISO 19005-2:2011' and defect.message for defect in plain.findings)


@pytest.mark.parametrize('name', ['cut', 'none'])
def test_what_cannot_be_read_does_not_conform_and_does_not_stop_the_others(verdicts, name):
    assert not verdicts[name].conforms and verdicts[name].findings


def test_another_flavour_may_be_asked_for(papers):
    verdict = pdfa.judge(papers['good'], '1b')
    assert not verdict.conforms and verdict.flavour == '1b' and verdict.claimed == '2b'


def test_what_cannot_be_asked_is_refused(papers, tmp_path, monkeypatch):
    with pytest.raises(PackageError, match='no PDF/A-9z'):
        pdfa.judge(papers['good'], '9z')
    with pytest.raises(PackageError, match='no file'):
        pdfa.judge(tmp_path / 'missing.pdf')
    assert pdfa.unavailable() == ''
    monkeypatch.setenv('CIVIC_PDFA_PYTHON', sys.executable)         # a Python, but without veraPDF
    with pytest.raises(pdfa.PdfaUnavailable, match='did not answer'):
        pdfa.judge(papers['good'])
    monkeypatch.setenv('CIVIC_PDFA_PYTHON', str(tmp_path / 'python'))
    with pytest.raises(pdfa.PdfaUnavailable, match='cannot be run'):
        pdfa.judge(papers['good'])
    monkeypatch.delenv('CIVIC_PDFA_PYTHON')
    with pytest.raises(pdfa.PdfaUnavailable, match='CIVIC_PDFA_PYTHON'):
        pdfa.judge(papers['good'])


def test_a_judge_that_hangs_is_ended(papers, tmp_path, monkeypatch):
    slow = tmp_path / 'python'
    slow.write_text('#!/bin/sh\nexec sleep 60\n')
    slow.chmod(0o755)
    monkeypatch.setenv('CIVIC_PDFA_PYTHON', str(slow))
    started = time.monotonic()
    with pytest.raises(pdfa.PdfaUnavailable, match='timed out'):
        pdfa.judge_all([papers['good']], timeout=0.5)
    assert time.monotonic() - started < 30


def test_on_the_command_line(papers, capsys):
    assert cli.main(['pdfa', str(papers['good'])]) == 0
    assert 'PDF/A-2b valid' in capsys.readouterr().out
    assert cli.main(['pdfa', str(papers['good']), str(papers['plain']), '--json']) == 1
    assert [verdict['conforms'] for verdict in json.loads(capsys.readouterr().out)] == [True, False]
    assert cli.main(['pdfa', str(papers['good'].parent / 'missing.pdf')]) == 2


# === the text layer ===================================================================================================


def test_the_same_words_in_another_layout_are_the_same(papers, tmp_path):
    half = len(TEXT) // 2
    broken = make_pdf(tmp_path / 'lines.pdf', TEXT[:half], TEXT[half:])
    comparison = pdfa.compare_pdfs(papers['good'], broken)
    assert comparison.same and not comparison.lost and not comparison.gained
    assert pdfa.compare_text("Ho\u0323 va\u0300 te\u0302n", "Họ và tên").same       # decomposed and composed


def test_letters_that_a_conversion_lost_are_named(papers, tmp_path):
    """What Ghostscript made of a Vietnamese page: "Cng ha x hi", and veraPDF was content."""
    damaged = make_pdf(tmp_path / 'damaged.pdf', TEXT.replace('ộ', '').replace('ò', ''))
    comparison = pdfa.compare_pdfs(papers['good'], damaged)
    assert not comparison.same and comparison.lost == {'ộ': TEXT.count('ộ'), 'ò': 1} and not comparison.gained
    assert comparison.before.startswith('Cộng') and comparison.after.startswith('Cng')


def test_words_that_changed_places_are_not_the_same(papers, tmp_path):
    one, two = TEXT.split(': ')
    comparison = pdfa.compare_text(f'{one} {two}', f'{two} {one}')
    assert not comparison.same and not comparison.lost


def test_a_text_that_cannot_be_read_is_no_empty_text(papers):
    with pytest.raises(PackageError, match='cannot be read'):
        pdfa.text_of(papers['none'])
