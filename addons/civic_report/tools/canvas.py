"""A PDF that is written out page by page; plain Python.

A page leaves the memory when it ends: what is kept per page is one number. ReportLab keeps the whole document until
it is saved; here it gives the widths of letters and the part of the font that goes into the file.
"""
import hashlib
import zlib

from . import fonts

MM = 72 / 25.4
BLACK = (0, 0, 0)
RED = (0.86, 0, 0)
GREY = (0.35, 0.35, 0.35)
STYLE_KEYS = {style: f'F{number}' for number, style in enumerate(fonts.STYLES, start=1)}


def _number(value):
    text = f'{value:.3f}'.rstrip('0').rstrip('.')
    return text if text not in ('', '-0') else '0'


class PdfCanvas:
    """Draw on pages in points, from the lower left corner up.

    :param output: a binary file; it is written from its present place on and never read
    :param str title: shown by viewers
    :param str author: the agency
    :param str language: of the text, for screen readers
    """

    def __init__(self, output, *, title='', author='', language='vi-VN'):
        self._output = output
        self._offset = 0
        self._offsets = {}              # object number: place in the file
        self._next = 1
        self._codes = {style: {} for style in fonts.STYLES}     # style: {character: code in the file}
        self._commands = None
        self._size = None
        self._page_ids = []
        self._digest = hashlib.sha256()
        self.page_count = 0
        self._title, self._author, self._language = title, author, language
        self._write(b'%PDF-1.7\n%\xe2\xe3\xcf\xd3\n')
        self._catalog = self._reserve()
        self._pages = self._reserve()
        self._resources = self._reserve()
        self._info = self._reserve()

    # === PAGES === #

    def begin_page(self, width, height):
        if self._commands is not None:
            self.end_page()
        self._size = (width, height)
        self._commands = []
        self.page_count += 1

    def end_page(self):
        content = zlib.compress('\n'.join(self._commands).encode('ascii'), 6)
        self._commands = None
        stream = self._reserve()
        self._write_stream(stream, content, '/Filter /FlateDecode')
        page = self._reserve()
        width, height = self._size
        self._write_object(
            page,
            f'<< /Type /Page /Parent {self._pages} 0 R /MediaBox [0 0 {_number(width)} {_number(height)}] '
            f'/Resources {self._resources} 0 R /Contents {stream} 0 R >>')
        self._page_ids.append(page)

    def close(self):
        """Finish the file: fonts, the list of pages and the table of objects."""
        if self._commands is not None:
            self.end_page()
        font_ids = {style: self._write_font(style) for style, codes in self._codes.items() if codes}
        entries = ' '.join(f'/{STYLE_KEYS[style]} {number} 0 R' for style, number in font_ids.items())
        self._write_object(self._resources, f'<< /ProcSet [/PDF /Text] /Font << {entries} >> >>')
        kids = ' '.join(f'{number} 0 R' for number in self._page_ids)
        self._write_object(self._pages, f'<< /Type /Pages /Count {len(self._page_ids)} /Kids [{kids}] >>')
        self._write_object(
            self._catalog,
            f'<< /Type /Catalog /Pages {self._pages} 0 R /Lang ({self._language}) '
            '/ViewerPreferences << /DisplayDocTitle true >> >>')
        self._write_object(
            self._info,
            f'<< /Title {_text_string(self._title)} /Author {_text_string(self._author)} '
            '/Producer (Civic Records) >>')
        start = self._offset
        rows = [f'xref\n0 {self._next}\n0000000000 65535 f \n']
        rows += [f'{self._offsets[number]:010d} 00000 n \n' for number in range(1, self._next)]
        identifier = self._digest.hexdigest()[:32]
        rows.append(
            f'trailer\n<< /Size {self._next} /Root {self._catalog} 0 R /Info {self._info} 0 R '
            f'/ID [<{identifier}> <{identifier}>] >>\nstartxref\n{start}\n%%EOF\n')
        self._write(''.join(rows).encode('ascii'))

    # === DRAWING === #

    def text(self, x, y, text, *, size=12, style='regular', color=BLACK, align='left'):
        """Write one line; ``y`` is its base line. Return its width.

        :param str align: 'left', 'center' or 'right' of ``x``
        """
        font = fonts.get_font(style)
        text = font.clean(text).replace('\n', ' ')
        width = font.measure(text, size)
        if not text.strip():
            return width
        if align == 'center':
            x -= width / 2
        elif align == 'right':
            x -= width
        codes = self._codes[style]
        encoded = ''.join([f'{codes.setdefault(char, len(codes) + 1):04X}' for char in text])
        self._commands.append(
            f'BT {_color(color)} rg /{STYLE_KEYS[style]} {_number(size)} Tf '
            f'{_number(x)} {_number(y)} Td <{encoded}> Tj ET')
        return width

    def line(self, x1, y1, x2, y2, *, width=0.5, color=BLACK, dash=None):
        pattern = f'[{" ".join(map(_number, dash))}] 0 d ' if dash else ''
        self._commands.append(
            f'q {pattern}{_color(color)} RG {_number(width)} w '
            f'{_number(x1)} {_number(y1)} m {_number(x2)} {_number(y2)} l S Q')

    def lines(self, segments, *, width=0.5, color=BLACK):
        """Draw many lines (x1, y1, x2, y2) at once: the grid of a table."""
        paths = ' '.join(
            f'{_number(x1)} {_number(y1)} m {_number(x2)} {_number(y2)} l' for x1, y1, x2, y2 in segments)
        self._commands.append(f'q {_color(color)} RG {_number(width)} w {paths} S Q')

    def rect(self, x, y, width, height, *, line=0.5, color=BLACK, fill=None):
        paint = 'S' if fill is None else ('f' if not line else 'B')
        filling = f'{_color(fill)} rg ' if fill is not None else ''
        self._commands.append(
            f'q {filling}{_color(color)} RG {_number(line)} w '
            f'{_number(x)} {_number(y)} {_number(width)} {_number(height)} re {paint} Q')

    def cells(self, boxes, color=BLACK):
        """Fill many small boxes (x, y, width, height) at once: bar codes."""
        paths = ' '.join(f'{" ".join(map(_number, box))} re' for box in boxes)
        self._commands.append(f'q {_color(color)} rg {paths} f Q')

    # === FILE === #

    def _reserve(self):
        number = self._next
        self._next += 1
        return number

    def _write(self, data):
        self._output.write(data)
        self._digest.update(data)
        self._offset += len(data)

    def _write_object(self, number, body):
        self._offsets[number] = self._offset
        self._write(f'{number} 0 obj\n{body}\nendobj\n'.encode('latin-1'))

    def _write_stream(self, number, data, extra=''):
        self._offsets[number] = self._offset
        self._write(f'{number} 0 obj\n<< /Length {len(data)} {extra} >>\nstream\n'.encode('latin-1'))
        self._write(data)
        self._write(b'\nendstream\nendobj\n')

    def _write_font(self, style):
        font = fonts.get_font(style)
        face, codes = font.face, self._codes[style]
        points = [ord(char) for char in codes]
        data = face.makeSubset(points)
        # the numbers that the glyphs have in the part: the first letter with a glyph gives it its place
        places, glyphs = {0: 0}, bytearray(2)
        for point in points:
            place = places.setdefault(face.charToGlyph.get(point, 0), len(places))
            glyphs += place.to_bytes(2, 'big')
        file, mapping, unicode_map = self._reserve(), self._reserve(), self._reserve()
        self._write_stream(file, zlib.compress(data), f'/Filter /FlateDecode /Length1 {len(data)}')
        self._write_stream(mapping, zlib.compress(bytes(glyphs)), '/Filter /FlateDecode')
        self._write_stream(unicode_map, zlib.compress(_to_unicode(codes)), '/Filter /FlateDecode')
        tag = ''.join(chr(65 + int(digit, 16)) for digit in hashlib.sha256(data).hexdigest()[:6])
        name = f'{tag}+{fonts.FAMILY}-{fonts.STYLES[style]}'
        descriptor, descendant, result = self._reserve(), self._reserve(), self._reserve()
        box = ' '.join(_number(value) for value in face.bbox)
        self._write_object(
            descriptor,
            f'<< /Type /FontDescriptor /FontName /{name} /Flags 4 /FontBBox [{box}] '
            f'/ItalicAngle {_number(face.italicAngle)} /Ascent {_number(face.ascent)} '
            f'/Descent {_number(face.descent)} /CapHeight {_number(face.capHeight)} '
            f'/StemV {_number(face.stemV)} /FontFile2 {file} 0 R >>')
        widths = ' '.join(_number(font.widths.get(point, font.default_width)) for point in points)
        self._write_object(
            descendant,
            f'<< /Type /Font /Subtype /CIDFontType2 /BaseFont /{name} '
            '/CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> '
            f'/FontDescriptor {descriptor} 0 R /DW 0 /W [1 [{widths}]] /CIDToGIDMap {mapping} 0 R >>')
        self._write_object(
            result,
            f'<< /Type /Font /Subtype /Type0 /BaseFont /{name} /Encoding /Identity-H '
            f'/DescendantFonts [{descendant} 0 R] /ToUnicode {unicode_map} 0 R >>')
        return result


def _color(color):
    return ' '.join(map(_number, color))


def _text_string(text):
    return f'<FEFF{fonts.clean_text(text).encode("utf-16-be", "replace").hex().upper()}>'


def _to_unicode(codes):
    rows = [f'<{code:04X}> <{char.encode("utf-16-be").hex().upper()}>' for char, code in codes.items()]
    blocks = [rows[start:start + 100] for start in range(0, len(rows), 100)]
    body = '\n'.join(f'{len(block)} beginbfchar\n' + '\n'.join(block) + '\nendbfchar' for block in blocks)
    return (
        '/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n'
        '/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def\n'
        '/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n'
        '1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange\n'
        f'{body}\nendcmap\nCMapName currentdict /CMap defineresource pop\nend\nend'
    ).encode('ascii')
