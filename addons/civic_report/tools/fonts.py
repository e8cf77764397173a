"""The letters of a printed page; plain Python.

Decree 30/2020, Annex I, asks for Times New Roman. Liberation Serif has the same widths, is free, and its second
generation has every Vietnamese letter; an older one leaves silent gaps, so a font is taken only if it is whole.
"""
import os
import re
import subprocess
import unicodedata
from functools import cache
from pathlib import Path

from reportlab.pdfbase.ttfonts import TTFError, TTFontFile

FAMILY = 'LiberationSerif'
STYLES = {'regular': 'Regular', 'bold': 'Bold', 'italic': 'Italic', 'bold_italic': 'BoldItalic'}
FONT_FOLDERS = (
    '/usr/share/fonts/truetype/liberation2',
    '/usr/share/fonts/truetype/liberation',
    '/usr/share/fonts/liberation-serif',
    '/usr/share/fonts/liberation',
)
# Stands for a letter that the font does not have: seen on paper, where a gap would not be.
REPLACEMENT = '□'
_VOWELS = 'aăâeêioôơuưy'
_TONES = ('', '\u0300', '\u0309', '\u0303', '\u0301', '\u0323')     # ngang, huyền, hỏi, ngã, sắc, nặng
# Controls, direction marks, joiners and lone surrogates: they print nothing, and some hide what stands beside them.
_INVISIBLE = re.compile(
    '[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\ufff9-\uffff'
    '\ud800-\udfff]')


class FontMissing(RuntimeError):
    """No font with all Vietnamese letters is installed."""


def get_alphabet():
    """Return every Vietnamese letter, small and capital, with digits and the marks of official papers."""
    vowels = {unicodedata.normalize('NFC', vowel + tone) for vowel in _VOWELS for tone in _TONES}
    small = vowels | set('bcdđghklmnpqrstvx')
    return small | {letter.upper() for letter in small} | set('0123456789/–—“”…₫.,;:-()')


class Font:
    """One style of the family: widths of letters in thousandths of the size."""

    def __init__(self, path):
        self.path = path
        self.face = TTFontFile(path)
        self.widths = self.face.charWidths
        self.default_width = self.face.defaultWidth
        self.ascent = self.face.ascent / 1000
        self.descent = self.face.descent / 1000

    def get_missing(self, letters):
        return {letter for letter in letters if ord(letter) not in self.face.charToGlyph}

    def measure(self, text, size):
        """Return the width of a cleaned text in points."""
        widths, default = self.widths, self.default_width
        return sum(widths.get(ord(char), default) for char in text) * size / 1000

    def clean(self, text):
        """Return text that this font can show: composed letters, nothing invisible, □ for what it lacks."""
        text = clean_text(text)
        glyphs = self.face.charToGlyph
        if all(ord(char) in glyphs or char == '\n' for char in text):
            return text
        replacement = REPLACEMENT if ord(REPLACEMENT) in glyphs else '?'
        kept = []
        for char in text:
            if ord(char) in glyphs or char == '\n':
                kept.append(char)
            elif unicodedata.combining(char):
                continue                # a mark alone: the letter before it stays readable without it
            else:
                kept.append(replacement)
        return ''.join(kept)


def clean_text(text):
    """Return text as paper shows it: composed letters, no control or direction mark, tabs and blanks as one blank."""
    text = unicodedata.normalize('NFC', str(text)).replace('\r\n', '\n').replace('\r', '\n')
    return _INVISIBLE.sub('', text).replace('\t', ' ').replace('\u00a0', ' ')


@cache
def get_font(style='regular'):
    """Return the font of a style; the file is read once per process.

    :raises FontMissing: if no installed file has every Vietnamese letter
    """
    name = f'{FAMILY}-{STYLES[style]}.ttf'
    alphabet = get_alphabet()
    for path in _find_files(name, STYLES[style]):
        try:
            font = Font(path)
        except (OSError, TTFError):
            continue
        if not font.get_missing(alphabet):
            return font
    raise FontMissing(
        f"No {name} with every Vietnamese letter is installed. Install the package fonts-liberation2 "
        "(or fonts-liberation of version 2).")


def register():
    """Make the family known to ReportLab, for those who draw with it; return the names by style."""
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont

    names = {}
    for style, suffix in STYLES.items():
        names[style] = f'{FAMILY}-{suffix}'
        if names[style] not in pdfmetrics.getRegisteredFontNames():
            pdfmetrics.registerFont(TTFont(names[style], get_font(style).path))
    return names


def _find_files(name, style):
    paths = [os.path.join(folder, name) for folder in FONT_FOLDERS]
    paths += sorted(map(str, Path('/usr/share/fonts').glob(f'**/{name}')))
    paths = [path for path in dict.fromkeys(paths) if os.path.exists(path)]
    if not paths:
        found = _ask_fontconfig(style)
        paths = [found] if found else []
    return paths


def _ask_fontconfig(style):
    try:
        answer = subprocess.run(
            ['fc-match', '-f', '%{family}|%{file}', f'Liberation Serif:style={style}'],
            capture_output=True, text=True, timeout=10, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    family, _, path = answer.partition('|')
    return path if family.startswith('Liberation Serif') else None
