"""Tables and pages as PDF, in the frame of Decree 30/2020, Annex I; plain Python."""
from typing import NamedTuple

from . import fonts
from .canvas import BLACK, GREY, MM, PdfCanvas
from .layout import STATE_MOTTO, STATE_NAME, Group, format_value, iter_cells, wrap

LEADING = 1.2
CLOSING_GAP = 4             # above each line below a table
SIGNERS_LINES = 8           # heights of a letter that those who sign take: their titles and room for the signature
# What a cell of the kind looks like at its widest, on one line.
SAMPLES = {'date': '00/00/0000'}


class Frame(NamedTuple):
    """A sheet of paper and its margins, in millimetres."""

    width: float
    height: float
    top: float
    bottom: float
    left: float
    right: float

    def turn(self):
        """The same sheet lying: the binding edge stays at the left."""
        return self._replace(width=self.height, height=self.width)


# Annex I, I.1: A4; top and bottom 20 to 25 mm, left 30 to 35 mm, right 15 to 20 mm.
PORTRAIT = Frame(210, 297, 20, 20, 30, 15)
LANDSCAPE = PORTRAIT.turn()


class PageReport:
    """Pages with a number from page 2 on, centred in the top margin, and the mark of the print on each."""

    def __init__(self, output, *, mark, frame=PORTRAIT, title='', author='', language='vi-VN', size=13):
        self.canvas = PdfCanvas(output, title=title, author=author, language=language)
        self.mark = mark
        self.frame = frame
        self.size = size
        self.left, self.right = frame.left * MM, (frame.width - frame.right) * MM
        self.top, self.bottom = (frame.height - frame.top) * MM, frame.bottom * MM
        self.y = self.top
        self._number = 0
        self._is_open = False

    @property
    def width(self):
        return self.right - self.left

    def begin_page(self, *, restarts=False):
        """Begin a page; ``restarts`` begins a document of its own, whose first page bears no number."""
        self._number = 1 if restarts else self._number + 1
        self.canvas.begin_page(self.frame.width * MM, self.frame.height * MM)
        self._is_open = True
        if self._number > 1:
            # Annex I, I.7: Arabic digits, centred in the top margin, not on the first page
            self.canvas.text(
                self.frame.width * MM / 2, self.top + 8 * MM - self.size / 2, str(self._number), size=self.size,
                align='center')
        self._draw_mark()
        self.y = self.top

    def close(self):
        if not self._is_open:
            self.begin_page()
        self.canvas.close()

    def need(self, height):
        """Go to a new page unless so much is left on this one."""
        if self.y - height < self.bottom - 0.01:
            self.begin_page()

    def paragraph(self, text, *, size=None, style='regular', align='left', x=None, width=None, gap=0, color=BLACK):
        """Write a text below what is there, over as many lines and pages as it takes."""
        size = size or self.size
        x = self.left if x is None else x
        width = width or self.right - x
        self.y -= gap
        for line in wrap(text, fonts.get_font(style), size, width):
            self.need(size * LEADING)
            self.y -= size * LEADING
            at = {'left': x, 'center': x + width / 2, 'right': x + width}[align]
            self.canvas.text(at, self.y + size * 0.22, line, size=size, style=style, align=align, color=color)

    def labelled(self, label, value='', *, dots=True, size=None, gap=2, x=None, width=None):
        """Write a label and what was filled in; what is empty gets dots to write on."""
        size = size or self.size
        x = self.left if x is None else x
        width = width or self.right - x
        font = fonts.get_font('regular')
        text = f'{label} {value}'.strip() if value else label
        lines = wrap(text, font, size, width)
        self.y -= gap
        for line in lines:
            self.need(size * LEADING)
            self.y -= size * LEADING
            self.canvas.text(x, self.y + size * 0.22, line, size=size)
        if not value and dots:
            start = x + font.measure(font.clean(lines[-1]), size) + 3
            self.dots(start, x + width, self.y + size * 0.22)

    def dots(self, start, end, y):
        if end > start:
            self.canvas.line(start, y, end, y, width=0.6, dash=(0.6, 2))

    def dotted_lines(self, count, *, size=None):
        """Leave lines to write on by hand."""
        size = size or self.size
        for _ in range(count):
            self.need(size * LEADING)
            self.y -= size * LEADING
            self.dots(self.left, self.right, self.y + size * 0.22)

    def draw_heading(self, heading):
        """The agency at the left, the State at the right, and the title below both."""
        size = self.size
        if heading.is_official:
            split = self.left + self.width * 0.42
            start = self.y
            self._draw_agency(heading, self.left, split - self.left - 6)
            left_end, self.y = self.y, start
            at = split + (self.right - split) / 2
            room = self.right - split
            state_size = min(size, 13)
            while fonts.get_font('bold').measure(STATE_NAME, state_size) > room:
                state_size -= 0.5
            self.y -= state_size * LEADING
            self.canvas.text(at, self.y + 3, STATE_NAME, size=state_size, style='bold', align='center')
            self.y -= size * LEADING
            motto = self.canvas.text(at, self.y + 3, STATE_MOTTO, size=size, style='bold', align='center')
            self.canvas.line(at - motto / 2, self.y - 2, at + motto / 2, self.y - 2, width=0.7)
            self.y -= 5
            if heading.place_date:
                self.y -= size * LEADING + 4
                self.canvas.text(at, self.y + 3, heading.place_date, size=size, style='italic', align='center')
            self.y = min(self.y, left_end) - 4
        elif heading.agency:
            self._draw_agency(heading, self.left, self.width * 0.5)
        if heading.title:
            self.paragraph(heading.title.upper(), style='bold', align='center', size=size + 1, gap=10)
        for line in heading.lines:
            self.paragraph(line, align='center', gap=2)
        self.y -= 8

    def _draw_agency(self, heading, x, width):
        if heading.superior:
            self.paragraph(heading.superior.upper(), size=min(self.size, 12.5), align='center', x=x, width=width)
        self.paragraph(heading.agency.upper(), size=min(self.size, 12.5), style='bold', align='center', x=x, width=width)
        # Annex I: a line of a third to a half of the name's length below it
        last = wrap(heading.agency.upper(), fonts.get_font('bold'), min(self.size, 12.5), width)[-1]
        half = fonts.get_font('bold').measure(last, min(self.size, 12.5)) * 0.2
        self.canvas.line(x + width / 2 - half, self.y - 2.5, x + width / 2 + half, self.y - 2.5, width=0.7)
        self.y -= 6

    def draw_cover(self, cover):
        """A page of its own: whose book it is, which, and from when to when."""
        self.begin_page()
        center = (self.left + self.right) / 2
        frame = 6 * MM
        for inset, line in ((0, 1.6), (3, 0.5)):
            self.canvas.rect(
                self.left - frame + inset, self.bottom - frame / 2 + inset, self.width + frame + frame / 2 - 2 * inset,
                self.top - self.bottom + frame - 2 * inset, line=line)
        self.y = self.top - 6 * MM
        if cover.superior:
            self.paragraph(cover.superior.upper(), size=14, align='center')
        self.paragraph(cover.agency.upper(), size=14, style='bold', align='center')
        font = fonts.get_font('bold')
        half = min(font.measure(font.clean(cover.agency.upper()), 14) * 0.2, self.width * 0.2)
        self.canvas.line(center - half, self.y - 4, center + half, self.y - 4, width=0.8)
        self.y = self.bottom + (self.top - self.bottom) * 0.62
        self.paragraph(cover.title.upper(), size=24, style='bold', align='center')
        self.y -= 10 * MM
        for label, value in cover.lines:
            self.paragraph(f'{label} {value}'.strip(), size=15, align='center', gap=5)

    def draw_closing(self, closing):
        for line in closing.lines:
            self.paragraph(line, gap=CLOSING_GAP)
        if not closing.signers:
            return
        size = self.size
        self.need(size * SIGNERS_LINES)
        self.y -= size * 1.5
        width = self.width / len(closing.signers)
        start = self.y
        for position, (title, remark) in enumerate(closing.signers):
            self.y = start
            x = self.left + position * width
            self.paragraph(title.upper(), style='bold', align='center', x=x, width=width)
            if remark:
                self.paragraph(remark, style='italic', align='center', x=x, width=width, size=size - 1)
        self.y -= size * 5

    def _draw_mark(self):
        font = fonts.get_font('italic')
        for position, line in enumerate(wrap(self.mark.text, font, 8, self.width)[:2]):
            self.canvas.text(
                self.left, self.bottom - 7 * MM - position * 9, line, size=8, style='italic', color=GREY)


class TableReport(PageReport):
    """A table over as many pages as it takes: its headings on each, no row across two pages unless it is taller
    than a page. Rows are drawn as they come and never kept, but for the last one: who signs stands below it, never
    alone overleaf."""

    def __init__(self, output, *, columns, mark, frame=LANDSCAPE, heading=None, cover=None, closing=None,
                 numbers_columns=False, size=11, title='', author='', language='vi-VN'):
        super().__init__(output, mark=mark, frame=frame, title=title, author=author, language=language, size=13)
        self.columns = list(columns)
        self.closing = closing
        self.cell_size = size
        self.row_count = 0
        self._waiting = None
        self._padding = 2.5
        self._edges = self._place_columns()
        self._aligns = [column.get_align() for column in self.columns]
        self._kinds = [column.kind for column in self.columns]
        self._inner = [
            end - start - 2 * self._padding for start, end in zip(self._edges, self._edges[1:], strict=False)]
        self._numbers_columns = numbers_columns
        bold = fonts.get_font('bold')
        self._titles = [
            wrap(column.title, bold, size, inner) for column, inner in zip(self.columns, self._inner, strict=True)]
        if cover:
            self.draw_cover(cover)
        self.begin_page()
        if heading:
            self.draw_heading(heading)
        self._draw_titles()

    def write(self, rows):  # pylint: disable=method-required-super  # no model
        """Draw the rows of an iterator; may be called again."""
        for row in rows:
            self._draw_waiting()
            self._waiting = row
            self.row_count += not isinstance(row, Group)
        return self.row_count

    def need(self, height):
        self._draw_waiting()        # what somebody draws comes below the last row
        super().need(height)

    def close(self):
        self._draw_waiting(self._get_closing_height())
        if self.closing:
            self.y -= 6
            self.draw_closing(self.closing)
        super().close()

    def _draw_waiting(self, below=0):
        """Draw the last row that came, on the page that has room for ``below`` points more."""
        row, self._waiting = self._waiting, None
        if isinstance(row, Group):
            self._draw_group(row)
        elif row is not None:
            values, is_void = iter_cells(row)
            self._draw_row(values, is_void, below)

    def _get_closing_height(self):
        if not self.closing:
            return 0
        font = fonts.get_font('regular')
        lines = [len(wrap(line, font, self.size, self.width)) for line in self.closing.lines]
        signers = self.size * SIGNERS_LINES if self.closing.signers else 0
        return 6 + sum(count * self.size * LEADING + CLOSING_GAP for count in lines) + signers

    def _place_columns(self):
        """Divide the width by the shares, but give each date, and each word of a heading, the room that it needs."""
        regular, bold = fonts.get_font('regular'), fonts.get_font('bold')
        least = [
            max(regular.measure(SAMPLES.get(column.kind, ''), self.cell_size),
                *(bold.measure(word, self.cell_size) for word in bold.clean(column.title).split() or ['']),
                ) + 2 * self._padding + 0.5
            for column in self.columns]
        total = sum(column.width for column in self.columns)
        widths = [max(self.width * column.width / total, floor)
                  for column, floor in zip(self.columns, least, strict=True)]
        spare = sum(width - floor for width, floor in zip(widths, least, strict=True))
        excess = sum(widths) - self.width
        if 0 < excess < spare:
            widths = [width - (width - floor) * excess / spare for width, floor in zip(widths, least, strict=True)]
        elif excess > 0:            # more dates than the page is wide: all give way alike
            widths = [width * self.width / sum(widths) for width in widths]
        edges = [self.left]
        for width in widths:
            edges.append(edges[-1] + width)
        return edges

    def _next_page(self):
        self.begin_page()
        self._draw_titles()

    def _draw_titles(self):
        leading = self.cell_size * LEADING
        height = max(map(len, self._titles)) * leading + 2 * self._padding
        cells = []
        for titles in self._titles:
            # headings stand in the middle of their row
            blank = (height - 2 * self._padding - len(titles) * leading) / 2
            cells.append((titles, blank))
        self._draw_cells(cells, height, style='bold', aligns=['center'] * len(cells))
        if self._numbers_columns:
            numbers = [([f'({number})'], 0) for number in range(1, len(self.columns) + 1)]
            self._draw_cells(
                numbers, leading + 2 * self._padding, style='italic', aligns=['center'] * len(numbers))

    def _draw_group(self, group):
        leading = self.cell_size * LEADING
        indent = 8 * group.level
        lines = wrap(group.label, fonts.get_font('bold'), self.cell_size, self.width - 2 * self._padding - indent)[:3]
        height = len(lines) * leading + 2 * self._padding
        # a group never stands alone at the foot of a page
        if self.y - height - leading * 2 < self.bottom:
            self._next_page()
        bottom = self.y - height
        self.canvas.rect(self.left, bottom, self.width, height, fill=(0.94, 0.94, 0.94))
        for position, line in enumerate(lines, start=1):
            self.canvas.text(
                self.left + self._padding + indent, self.y - self._padding - position * leading + self.cell_size * 0.25,
                line, size=self.cell_size, style='bold')
        self.y = bottom

    def _draw_row(self, values, is_void, below=0):
        font = fonts.get_font('regular')
        size = self.cell_size
        leading = size * LEADING
        cells = [
            wrap(format_value(value, kind), font, size, inner)
            for value, kind, inner in zip(values, self._kinds, self._inner, strict=True)]
        count = max(map(len, cells))
        height = count * leading + 2 * self._padding
        if below and height + below > self._get_room_of_a_page():
            below = 0
        if self.y - height - below < self.bottom and height <= self._get_room_of_a_page():
            self._next_page()
        while self.y - height < self.bottom:        # taller than a page: it goes on overleaf
            fits = int((self.y - self.bottom - 2 * self._padding) // leading)
            if fits < 1:
                self._next_page()
                continue
            self._draw_cells([(lines[:fits], 0) for lines in cells], fits * leading + 2 * self._padding, is_void=is_void)
            cells = [lines[fits:] for lines in cells]
            height = max(map(len, cells)) * leading + 2 * self._padding
            self._next_page()
        self._draw_cells([(lines, 0) for lines in cells], height, is_void=is_void)

    def _get_room_of_a_page(self):
        leading = self.cell_size * LEADING
        titles = max(map(len, self._titles)) * leading + 2 * self._padding
        if self._numbers_columns:
            titles += leading + 2 * self._padding
        return self.top - self.bottom - titles

    def _draw_cells(self, cells, height, *, style='regular', aligns=None, is_void=False):
        size, canvas = self.cell_size, self.canvas
        leading = size * LEADING
        top, bottom = self.y, self.y - height
        segments = [
            (self.left, top, self.right, top), (self.left, bottom, self.right, bottom),
            *((edge, top, edge, bottom) for edge in self._edges)]
        canvas.lines(segments)
        for position, (lines, blank) in enumerate(cells):
            align = (aligns or self._aligns)[position]
            start, end = self._edges[position] + self._padding, self._edges[position + 1] - self._padding
            x = {'left': start, 'center': (start + end) / 2, 'right': end}[align]
            y = top - self._padding - blank + size * 0.25
            for line in lines:
                y -= leading
                if not line:
                    continue
                width = canvas.text(x, y, line, size=size, style=style, align=align)
                if is_void and position < len(cells) - 1:       # the remark that says why stays readable
                    left = {'left': x, 'center': x - width / 2, 'right': x - width}[align]
                    canvas.line(left, y + size * 0.28, left + width, y + size * 0.28, width=0.6)
        self.y = bottom
