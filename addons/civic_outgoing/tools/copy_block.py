"""The block that makes a copy of a document on paper (Decree 30/2020, Annex I, Part II; template 3.1); plain Python.

It stands on the same sheet right after the end of the copied text, below a line over the full width.
"""
import io
from dataclasses import dataclass

from odoo.addons.civic_report.tools import fonts
from odoo.addons.civic_report.tools.canvas import MM, PdfCanvas
from odoo.addons.civic_report.tools.layout import wrap
from odoo.addons.civic_report.tools.overlay import append_block

WIDTH, LEFT, RIGHT = 210, 30, 15        # A4 with the margins of Annex I; millimetres
LEADING = 1.2
SIGNATURE = 26 * MM                     # room to sign and seal by hand


@dataclass(frozen=True)
class CopyBlock:
    """What stands in the block, in the words of the paper.

    :param str form: SAO Y, SAO LỤC or TRÍCH SAO
    :param str agency: who makes the copy
    :param str reference: number and notation, such as 05/SY-UBND
    :param str place_date: such as "Thành phố Hồ Chí Minh, ngày 05 tháng 3 năm 2026"
    :param tuple titles: lines of authority and position above the signature, such as ("TL. CHỦ TỊCH", "CHÁNH VĂN PHÒNG")
    :param str signer: full name
    :param tuple recipients: lines of "Nơi nhận", without the closing "Lưu: VT."
    """

    form: str
    agency: str
    reference: str
    place_date: str
    titles: tuple
    signer: str
    recipients: tuple = ()


class _Column:
    """Lines below each other, between two edges; counts from the top of the block downwards, in points."""

    def __init__(self, left, right):
        self.left, self.right = left, right
        self.lines, self.depth = [], 0.0

    def add(self, text, *, size, style='regular', align='center', gap=0.0):
        self.depth += gap
        at = {'left': self.left, 'center': (self.left + self.right) / 2}[align]
        for line in wrap(text, fonts.get_font(style), size, self.right - self.left):
            self.depth += size * LEADING
            self.lines.append((at, self.depth - size * 0.22, line, size, style, align))


def lay_out(block):
    """Return the lines of the block as (x, depth, text, size, style, align), and its height in points."""
    left, right = LEFT * MM, (WIDTH - RIGHT) * MM
    middle = left + (right - left) * 0.39      # the longest place and date of the city has room on one line
    agency, form = _Column(left, middle - 6), _Column(middle, right)
    agency.add(block.agency.upper(), size=13, style='bold', gap=8)
    agency.add(f'Số: {block.reference}', size=13, gap=3)
    form.add(block.form.upper(), size=14, style='bold', gap=8)
    form.add(block.place_date, size=13, style='italic', gap=3)
    agency.depth = form.depth = max(agency.depth, form.depth) + 10
    for title in block.titles:
        form.add(title.upper(), size=13, style='bold')
    form.add(block.signer, size=13, style='bold', gap=SIGNATURE)
    agency.add('Nơi nhận:', size=12, style='bold_italic', align='left')
    for recipient in (*(f'- {name};' for name in block.recipients), '- Lưu: VT.'):
        agency.add(recipient, size=11, align='left')
    return agency.lines + form.lines, max(agency.depth, form.depth) + 6


def draw(output, block):
    """Write the block as a PDF of one page of its size."""
    lines, height = lay_out(block)
    canvas = PdfCanvas(output, title=f'{block.form} {block.reference}', author=block.agency)
    canvas.begin_page(WIDTH * MM, height)
    canvas.line(LEFT * MM, height - 1, (WIDTH - RIGHT) * MM, height - 1, width=0.8)
    for x, depth, text, size, style, align in lines:
        canvas.text(x, height - depth, text, size=size, style=style, align=align)
    canvas.close()


def make_paper_copy(source, block, *, is_picture=False):
    """Return the PDF to print: the copied document with the block after its end, and where the block stands.

    :param source: bytes of the copied PDF or picture; empty: the block alone, to be printed onto a photocopy
    :raises OverlayFailed: when the copied file cannot be read
    """
    if not source:
        output = io.BytesIO()
        draw(output, block)
        return output.getvalue(), {'page': 1, 'y': 0, 'is_new_page': True}
    height = lay_out(block)[1] / MM
    return append_block(source, lambda output: draw(output, block), size=(WIDTH, height), is_picture=is_picture)
