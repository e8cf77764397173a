"""Every Vietnamese letter must print: ReportLab leaves silent gaps where a font has none."""
import unicodedata
from pathlib import Path

import pytest
from reportlab.pdfbase.ttfonts import TTFontFile

FONT_FOLDER = Path('/usr/share/fonts/truetype')
FONTS = ('LiberationSerif-Regular', 'LiberationSerif-Bold', 'LiberationSerif-Italic', 'LiberationSerif-BoldItalic',
         'LiberationSans-Regular')
VOWELS = 'aăâeêioôơuưy'
TONES = ('', '\u0300', '\u0309', '\u0303', '\u0301', '\u0323')      # ngang, huyền, hỏi, ngã, sắc, nặng


def _alphabet():
    vowels = {unicodedata.normalize('NFC', vowel + tone) for vowel in VOWELS for tone in TONES}
    small = vowels | set('bcdđghklmnpqrstvx')
    return small | {letter.upper() for letter in small} | set('0123456789/–—“”…₫')


def test_the_alphabet_is_whole():
    letters = _alphabet()
    assert all(len(letter) == 1 for letter in letters)
    assert {'ạ', 'ắ', 'ố', 'ợ', 'Đ', 'Ữ', 'ỹ'} <= letters
    assert len([letter for letter in letters if letter.isalpha()]) == 2 * (12 * 6 + 17)


@pytest.mark.parametrize('name', FONTS)
def test_font_has_every_vietnamese_letter(name):
    files = sorted(FONT_FOLDER.glob(f'liberation*/{name}.ttf'))
    assert files, f"{name}.ttf is not installed"
    # Two generations may lie beside each other; one of them has to be complete.
    glyphs = [TTFontFile(str(file)).charToGlyph for file in files]
    missing = [{letter for letter in _alphabet() if ord(letter) not in glyph} for glyph in glyphs]
    assert set() in missing, f"{name} lacks {''.join(sorted(min(missing, key=len)))}"
