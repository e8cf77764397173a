"""Workbooks with several sheets and native charts; plain Python."""
import math
from typing import NamedTuple

import xlsxwriter

from odoo.addons.civic_report.tools import fonts
from odoo.addons.civic_report.tools.xlsx import FONT, get_sheet_name

MAX_TEXT = 32_000
# What a landscape A4 page holds at full size, in pixels; a wider sheet shrinks to a size that can still be read.
PAGE = (985, 620)
MIN_SCALE = 40
LINE = 21                   # pixels of a line of text
CHAR = 10                    # pixels of a character of the width of a column, where the usual font is not there
CHART_LINES = 18            # rows that a chart covers


class Chart(NamedTuple):
    """A chart over columns of its sheet: the first column names the categories."""

    kind: str                   # column, line
    title: str
    columns: tuple              # positions of the columns that are drawn; the last is the target if has_target
    has_target: bool = False
    count: int = 0              # rows that are drawn, from the first; 0: all


class Sheet(NamedTuple):
    title: str
    lines: tuple                # above the table
    columns: tuple              # (heading, width)
    rows: list                  # values; a float is shown with one decimal, a (text, tone) is coloured
    charts: tuple = ()


TONES = {'pass': '#00684A', 'near': '#B26A00', 'fail': '#B3261E', 'na': '#6C757D', 'none': '#000000'}


def write_workbook(output, sheets, *, title, author, mark, on_sheet=None):
    """Write the sheets, which may be a generator: each is forgotten when the next is asked for."""
    book = xlsxwriter.Workbook(output, {
        'strings_to_formulas': False, 'strings_to_urls': False, 'strings_to_numbers': False, 'remove_timezone': True})
    book.set_properties({'title': fonts.clean_text(title)[:250], 'author': fonts.clean_text(author)[:250]})
    base = {'font_name': FONT, 'font_size': 12}
    formats = {
        'text': book.add_format({**base, 'border': 1, 'text_wrap': True, 'valign': 'top'}),
        'number': book.add_format({**base, 'border': 1, 'valign': 'top', 'num_format': '#,##0'}),
        'float': book.add_format({**base, 'border': 1, 'valign': 'top', 'num_format': '#,##0.0'}),
        'head': book.add_format({**base, 'border': 1, 'bold': True, 'align': 'center', 'valign': 'vcenter', 'text_wrap': True}),
        'title': book.add_format({**base, 'bold': True, 'font_size': 14}),
        'line': book.add_format(base),
        **{tone: book.add_format({**base, 'border': 1, 'valign': 'top', 'bold': True, 'font_color': colour})
           for tone, colour in TONES.items()},
    }
    names = set()
    for count, sheet in enumerate(sheets, start=1):
        _write_sheet(book, sheet, formats, _unique(get_sheet_name(sheet.title), names), mark)
        if on_sheet:
            on_sheet(count)
    book.close()


def _unique(name, names):
    candidate, number = name, 1
    while candidate.lower() in names:
        number += 1
        candidate = f'{name[:27]} ({number})'
    names.add(candidate.lower())
    return candidate


def _write_sheet(book, sheet, formats, name, mark):
    page = book.add_worksheet(name)
    page.set_paper(9)
    page.set_landscape()
    page.set_footer(f'&L&"{FONT},Italic"&8 {fonts.clean_text(mark)}'.replace('\n', ' ')[:250])
    page.write_string(0, 0, fonts.clean_text(sheet.title), formats['title'])
    for position, line in enumerate(sheet.lines, start=1):
        page.write_string(position, 0, fonts.clean_text(line), formats['line'])
    first = len(sheet.lines) + 2
    for position, (heading, width) in enumerate(sheet.columns):
        page.set_column(position, position, width)
        page.write_string(first, position, fonts.clean_text(heading), formats['head'])
    page.set_row_pixels(first, LINE * _count_lines([heading for heading, _width in sheet.columns], sheet.columns, bold=True))
    for number, row in enumerate(sheet.rows, start=first + 1):
        page.set_row_pixels(number, LINE * _count_lines(row, sheet.columns))
        for position, value in enumerate(row):
            _write_cell(page, number, position, value, formats)
    page.freeze_panes(first + 1, 1)
    last = first + len(sheet.rows)
    scale = max(MIN_SCALE, min(100, 100 * PAGE[0] // sum(CHAR * width for _heading, width in sheet.columns)))
    page.set_print_scale(scale)
    if last * LINE * scale > 100 * PAGE[1]:
        page.repeat_rows(first)
    page.repeat_columns(0)
    charts = sheet.charts if sheet.rows else ()
    for number, chart in enumerate(charts):
        page.insert_chart(last + 2 + number * CHART_LINES, 0, _make_chart(book, name, chart, sheet, first, last))
    if charts:                  # no chart lies across two pages
        on_page = max(1, PAGE[1] * 100 // scale // (LINE * CHART_LINES))
        page.set_h_pagebreaks([last + 1 + number * CHART_LINES for number in range(0, len(charts), on_page)])


def _count_lines(row, columns, bold=False):
    """Lines that the longest text of a row takes in its column: programs do not agree on finding that out themselves."""
    return max([1, *(
        math.ceil(len(value[0] if isinstance(value, tuple) else value) * (1.15 if bold else 1) / width)
        for value, (_heading, width) in zip(row, columns, strict=False) if isinstance(value, (str, tuple)) and value)])


def _write_cell(page, number, position, value, formats):
    if isinstance(value, tuple):
        text, tone = value
        page.write_string(number, position, fonts.clean_text(text)[:MAX_TEXT], formats[tone])
    elif isinstance(value, bool) or value is None:
        page.write_blank(number, position, None, formats['text'])
    elif isinstance(value, int):
        page.write_number(number, position, value, formats['number'])
    elif isinstance(value, float):
        page.write_number(number, position, value, formats['float'])
    else:
        page.write_string(number, position, fonts.clean_text(value)[:MAX_TEXT], formats['text'])


def _make_chart(book, name, chart, sheet, first, last):
    last = min(last, first + chart.count) if chart.count else last
    drawn = book.add_chart({'type': chart.kind})
    for order, column in enumerate(chart.columns):
        is_target = chart.has_target and order == len(chart.columns) - 1
        series = {
            'name': fonts.clean_text(sheet.columns[column][0]),
            'categories': [name, first + 1, 0, last, 0],
            'values': [name, first + 1, column, last, column],
        }
        if is_target and chart.kind == 'line':
            series['line'] = {'color': '#D55E00', 'dash_type': 'dash', 'width': 2}
        elif is_target:                 # each column has a target of its own: marks, and no line from one to the next
            tone = {'color': '#D55E00'}
            series |= {'line': {'none': True}, 'marker': {'type': 'long_dash', 'size': 12, 'fill': tone, 'border': tone}}
        elif chart.kind == 'line':
            series |= {'line': {'color': '#0072B2', 'width': 2.25}, 'marker': {'type': 'circle', 'fill': {'color': '#0072B2'}}}
        else:
            series['fill'] = {'color': '#0072B2'}
        if is_target and chart.kind != 'line':
            line = book.add_chart({'type': 'line'})
            line.add_series(series)
            drawn.combine(line)
        else:
            drawn.add_series(series)
    drawn.set_title({'name': fonts.clean_text(chart.title), 'name_font': {'name': FONT, 'size': 12}})
    drawn.set_legend({'position': 'bottom'})
    drawn.set_size({'width': 860, 'height': 330})
    return drawn
