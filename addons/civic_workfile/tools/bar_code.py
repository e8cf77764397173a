"""What a bar code says of a code with Vietnamese letters; plain Python.

Code 128 holds ASCII alone: other letters are written as in an address, so that the reader's text leads back to the code.

>>> encode('H29.1.2026.01.ĐT')
'H29.1.2026.01.%C4%90T'
>>> decode('H29.1.2026.01.%C4%90T')
'H29.1.2026.01.ĐT'
"""
from urllib.parse import quote, unquote

PRINTABLE = ''.join(chr(number) for number in range(32, 127) if chr(number) != '%')


def encode(text):
    """Return the text in ASCII; :func:`decode` gives it back."""
    return quote(text or '', safe=PRINTABLE)


def decode(text):
    """Return the code that a reader's text stands for; a code that was typed by hand stays as it is."""
    return unquote(text or '')
