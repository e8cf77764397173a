"""Tables as XLSX, row by row; plain Python."""
import re
from datetime import date, datetime

import xlsxwriter

from . import fonts
from .layout import Group, format_value, iter_cells, wrap

FONT = 'Times New Roman'
A4 = 9                      # its number in the format
MAX_TEXT = 32_000           # characters of one cell that the format takes, with some to spare
MAX_FOOTER = 250
MAX_INTEGER = 10**15        # beyond, a spreadsheet rounds: written as text
WIDTHS = {True: 130, False: 85}     # characters over a lying A4 page, and over an upright one
CHAR = 5.25                 # points of a character of the width of a column
SIZE = 12                   # of the letters in the cells
LINE = 15.75                # points of a line of them
MAX_HEIGHT = 409            # points that the format gives a row


class XlsxReport:
    """The same columns, head and mark as on paper. Rows go to disk as they come and are never kept.

    Whatever a cell holds stays what it is: a text that begins with = is a text.
    """

    def __init__(self, output, *, columns, mark, heading=None, cover=None, closing=None, numbers_columns=False,
                 title='', author='', is_landscape=True):
        self.columns = list(columns)
        self.mark = mark
        self.closing = closing
        self.row_count = 0
        self._line = 0
        self._book = xlsxwriter.Workbook(output, {
            'constant_memory': True, 'strings_to_formulas': False, 'strings_to_urls': False,
            'strings_to_numbers': False, 'default_date_format': 'dd/mm/yyyy', 'remove_timezone': True,
        })
        self._book.set_properties({'title': _clean(title)[:250], 'author': _clean(author)[:250]})
        self._sheet = self._book.add_worksheet(get_sheet_name(title))
        self._formats = {}
        self._last = len(self.columns) - 1
        self._set_page(is_landscape)
        if cover:
            self._write_cover(cover)
        if heading:
            self._write_heading(heading)
        self._write_titles(numbers_columns)

    def write(self, rows):  # pylint: disable=method-required-super  # no model
        """Write the rows of an iterator; may be called again."""
        for row in rows:
            for heights in (self._sheet.row_info, self._sheet.row_sizes):      # of what is written nothing is kept
                heights.pop(self._line - 2, None)
            if isinstance(row, Group):
                # no line crosses a label that is wider than the first column
                style = {'bold': True, 'top': 1, 'bottom': 1, 'bg_color': '#EFEFEF', 'indent': row.level}
                self._write_text(0, row.label, self._get_format(left=1, **style))
                for position in range(1, self._last + 1):
                    self._sheet.write_blank(self._line, position, None, self._get_format(right=int(position == self._last), **style))
            else:
                values, is_void = iter_cells(row)
                self._set_height([format_value(value, column.kind) for column, value in zip(self.columns, values, strict=True)])
                for position, (column, value) in enumerate(zip(self.columns, values, strict=True)):
                    self._write_cell(position, column, value, is_void and position < self._last)
                self.row_count += 1
            self._line += 1
        return self.row_count

    def close(self):
        if self.closing:
            self._line += 1
            for line in self.closing.lines:
                self._write_text(0, line, self._get_format())
                self._line += 1
            if self.closing.signers:
                step = max(1, len(self.columns) // len(self.closing.signers))
                for position, (title, _remark) in enumerate(self.closing.signers):
                    self._write_text(position * step, title.upper(), self._get_format(bold=True))
                self._line += 1
        self._line += 1
        self._write_text(0, self.mark.text, self._get_format(italic=True, font_size=9, font_color='#595959'))
        self._book.close()

    def _set_page(self, is_landscape):
        sheet = self._sheet
        sheet.set_paper(A4)
        if is_landscape:
            sheet.set_landscape()
        sheet.set_margins(left=30 / 25.4, right=15 / 25.4, top=20 / 25.4, bottom=20 / 25.4)
        sheet.fit_to_pages(1, 0)
        sheet.set_header(f'&C&"{FONT},Regular"&13&P')
        mark = _clean(self.mark.text).replace('&', '&&')
        sheet.set_footer(f'&L&"{FONT},Italic"&8 {mark}'[:MAX_FOOTER])
        total = sum(column.width for column in self.columns)
        self._widths = []
        for position, column in enumerate(self.columns):
            least = 11 if column.kind == 'date' else 16 if column.kind == 'datetime' else 5
            self._widths.append(max(WIDTHS[is_landscape] * column.width / total, least))
            sheet.set_column(position, position, self._widths[position])

    def _write_cover(self, cover):
        lines = [(cover.superior.upper(), {}), (cover.agency.upper(), {'bold': True}), ('', {}),
                 (cover.title.upper(), {'bold': True, 'font_size': 18})]
        lines += [(f'{label} {value}'.strip(), {}) for label, value in cover.lines]
        for text, options in lines:
            self._write_middle(text, **options)
        self._line += 1

    def _write_heading(self, heading):
        if heading.superior:
            self._write_text(0, heading.superior.upper(), self._get_format())
            self._line += 1
        if heading.agency:
            self._write_text(0, heading.agency.upper(), self._get_format(bold=True))
            self._line += 1
        if heading.title:
            self._write_middle(heading.title.upper(), bold=True, font_size=14)
        for line in heading.lines:
            self._write_middle(line)
        self._line += 1

    def _write_middle(self, text, **options):
        """Write a line over the middle of all columns, without merging: merged cells hinder sorting."""
        style = self._get_format(align='center_across', **options)
        self._write_text(0, text, style)
        for position in range(1, self._last + 1):
            self._sheet.write_blank(self._line, position, None, style)
        self._line += 1

    def _write_titles(self, numbers_columns):
        first = self._line
        style = self._get_format(bold=True, align='center', valign='vcenter', border=1, text_wrap=True)
        self._set_height([column.title for column in self.columns], 'bold')
        for position, column in enumerate(self.columns):
            self._write_text(position, column.title, style)
        self._line += 1
        if numbers_columns:
            style = self._get_format(italic=True, align='center', border=1)
            for position in range(len(self.columns)):
                self._write_text(position, f'({position + 1})', style)
            self._line += 1
        self._sheet.repeat_rows(first, self._line - 1)
        self._sheet.freeze_panes(self._line, 0)

    def _set_height(self, texts, style='regular'):
        """Give the row the lines that its longest text takes: not every program finds that out itself."""
        font = fonts.get_font(style)
        count = max(len(wrap(text, font, SIZE, width * CHAR)) for text, width in zip(texts, self._widths, strict=True))
        if count > 1:
            self._sheet.set_row(self._line, min(count * LINE, MAX_HEIGHT))

    def _write_cell(self, position, column, value, is_void):
        options = {'border': 1, 'valign': 'top', 'align': column.get_align()}
        if is_void:
            options['font_strikeout'] = True
        if isinstance(value, bool) or value is None:
            value = format_value(value, column.kind)
        if isinstance(value, (date, datetime)) and value.year >= 1900:
            pattern = 'dd/mm/yyyy hh:mm' if isinstance(value, datetime) else 'dd/mm/yyyy'
            self._sheet.write_datetime(
                self._line, position, value, self._get_format(num_format=pattern, **options))
        elif isinstance(value, int) and abs(value) < MAX_INTEGER or isinstance(value, float) and _is_finite(value):
            self._sheet.write_number(self._line, position, value, self._get_format(**options))
        else:
            self._write_text(position, format_value(value, column.kind), self._get_format(text_wrap=True, **options))

    def _write_text(self, position, text, style):
        self._sheet.write_string(self._line, position, _clean(text)[:MAX_TEXT], style)

    def _get_format(self, **options):
        key = tuple(sorted(options.items()))
        if key not in self._formats:
            self._formats[key] = self._book.add_format({'font_name': FONT, 'font_size': SIZE, **options})
        return self._formats[key]


def get_sheet_name(title):
    """Return a name that a sheet may have: at most 31 characters, none of []:*?/\\ and no apostrophe at its ends."""
    name = re.sub(r'[\[\]:*?/\\]', ' ', _clean(title).replace('\n', ' '))
    name = ' '.join(name.split())[:31].strip(" '")
    return 'Sheet1' if not name or name.lower() == 'history' else name


def _clean(text):
    return fonts.clean_text(text or '')


def _is_finite(value):
    return value == value and abs(value) != float('inf')
