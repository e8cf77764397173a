"""QR and Code 128 as boxes to draw; plain Python."""
from functools import lru_cache
from urllib.parse import quote, unquote

from reportlab.graphics.barcode import code128, qrencoder

QUIET_QR = 4                # modules left empty around a QR code (ISO/IEC 18004)
QUIET_CODE128 = 10          # modules left empty beside a Code 128 (ISO/IEC 15417)
PRINTABLE = ''.join(chr(number) for number in range(32, 127) if chr(number) != '%')


@lru_cache(maxsize=256)
def get_qr(text):
    """Return the rows of a QR code with middle error correction, as tuples of truth values."""
    code = qrencoder.QRCode(None, qrencoder.QRErrorCorrectLevel.M)
    code.addData(qrencoder.QR8bitByte(text.encode('utf-8')))
    code.make()
    size = code.getModuleCount()
    return tuple(tuple(bool(code.isDark(row, column)) for column in range(size)) for row in range(size))


def draw_qr(canvas, text, x, y, size):
    """Draw a QR code with its lower left corner at (x, y); ``size`` is its width without the quiet zone."""
    rows = get_qr(text)
    module = size / len(rows)
    boxes = []
    for number, row in enumerate(rows):
        bottom = y + size - (number + 1) * module
        start = None
        for column, dark in enumerate((*row, False)):
            if dark and start is None:
                start = column
            elif not dark and start is not None:
                boxes.append((x + start * module, bottom, (column - start) * module, module))
                start = None
    canvas.cells(boxes)


def encode_code128(text):
    """Return the text in ASCII, which is all that Code 128 holds: other letters are written as in an address.

    :func:`decode_code128` gives it back.

    >>> encode_code128('H29.1.2026.01.ĐT')
    'H29.1.2026.01.%C4%90T'
    """
    return quote(text, safe=PRINTABLE)


def decode_code128(text):
    """Return the text that a reader's answer stands for; one that was typed by hand stays as it is.

    >>> decode_code128('H29.1.2026.01.%C4%90T')
    'H29.1.2026.01.ĐT'
    """
    return unquote(text)


@lru_cache(maxsize=256)
def get_code128(text):
    """Return the widths of bars and gaps in modules, a bar first.

    :raises ValueError: for a text that the code cannot hold
    """
    if not text or any(not 32 <= ord(char) < 127 for char in text):
        raise ValueError(f"Code 128 cannot hold {text!r}")
    code = code128.Code128(text, quiet=0)
    code.validate()
    code.encode()
    code.decompose()
    return tuple(
        (ord(mark) - ord('A') + 1, True) if mark.isupper() else (ord(mark) - ord('a') + 1, False)
        for mark in code.decomposed)


def draw_code128(canvas, text, x, y, width, height):
    """Draw a Code 128 into the box, quiet zones included; readers' answers pass :func:`decode_code128`."""
    widths = get_code128(encode_code128(text))
    module = width / (sum(count for count, _dark in widths) + 2 * QUIET_CODE128)
    boxes = []
    at = x + QUIET_CODE128 * module
    for count, dark in widths:
        if dark:
            boxes.append((at, y, count * module, height))
        at += count * module
    canvas.cells(boxes)
