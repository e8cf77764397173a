"""Reading a plan of files from a spreadsheet; plain Python.

The columns are those of Annex V, form II, in any order, with Vietnamese or English titles; a heading is a row whose
number is Roman (big) or Arabic (small), everything below it belongs to it.
"""
import json
import os
import re
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from odoo.addons.civic_base.tools.text import fold
from odoo.addons.civic_document.tools.limited import ProgramFailed, run

CHILD = Path(__file__).with_name('plan_child.py')
TIMEOUT = 60
MEMORY = 1024 * 1024 * 1024
MAX_HEAD = 25                   # rows in which the titles of the columns are looked for

TITLES = {
    'notation': ('so va ky hieu ho so', 'so va ky hieu', 'so, ky hieu ho so', 'number and notation', 'notation'),
    'title': ('ten de muc va tieu de ho so', 'tieu de ho so', 'headings and titles of files', 'title'),
    'term': ('thoi han bao quan', 'thoi han luu tru', 'retention period', 'retention'),
    'maker': ('nguoi lap ho so', 'file maker', 'maker'),
    'note': ('ghi chu', 'remarks', 'note'),
    'unit': ('don vi', 'unit'),
}
REQUIRED = ('notation', 'title', 'term', 'maker')
ROMAN = re.compile(r'(?=[IVXLC])M{0,3}(CM|CD|D?C{0,3})(XC|XL|L?X{0,3})(IX|IV|V?I{0,3})')
ARABIC = re.compile(r'[0-9]{1,3}')


class SheetError(Exception):
    """The file cannot be read as a plan; ``code`` is 'unreadable', 'too_many', 'columns' or 'empty'."""

    def __init__(self, code, detail=()):
        super().__init__(code)
        self.code = code
        self.detail = detail


class PlanRow(NamedTuple):
    """A row of the sheet: ``level`` 1 and 2 are headings, 0 a file."""

    number: int                 # in the spreadsheet, as people see it
    level: int
    notation: str
    title: str
    term: str
    maker: str
    note: str
    unit: str


def read_cells(raw):
    """Return the cells of the first sheet, read in a process of its own."""
    with tempfile.TemporaryDirectory(prefix='civic-plan-') as folder:
        path = os.path.join(folder, 'plan.xlsx')
        with open(path, 'wb') as file:
            file.write(raw)
        try:
            answer = json.loads(run(
                [sys.executable, '-s', str(CHILD), path], timeout=TIMEOUT, memory=MEMORY,
                environment={'PYTHONPATH': os.pathsep.join(filter(None, sys.path)), 'PYTHONDONTWRITEBYTECODE': '1'}))
        except (ProgramFailed, ValueError) as error:
            raise SheetError('unreadable') from error
    if 'error' in answer:
        raise SheetError(answer['error'])
    return answer['rows']


def parse(cells):
    """Return the rows of the plan.

    :param cells: [[text]] as :func:`read_cells` gives them
    :raises SheetError: if no row has the titles of the columns, or nothing stands below them
    """
    columns, start = _find_columns(cells)
    rows = []
    for number, line in enumerate(cells[start:], start=start + 1):
        values = {name: line[place].strip() if place < len(line) else '' for name, place in columns.items()}
        if not any(values.values()) or re.fullmatch(r'\(\d+\)', values['notation']):
            continue
        if ' ' in values['notation'] and not values['title'] and not values['term']:
            continue                # what stands below the table: totals and signatures
        level = 0
        if not values['term'] and not values['maker']:
            level = 1 if ROMAN.fullmatch(values['notation']) else 2 if ARABIC.fullmatch(values['notation']) else 0
        rows.append(PlanRow(number, level, **{name: values.get(name, '') for name in TITLES}))
    if not rows:
        raise SheetError('empty')
    return rows


def _find_columns(cells):
    best = {}
    for number, line in enumerate(cells[:MAX_HEAD]):
        columns = {}
        for place, text in enumerate(line):
            key = fold(text).strip()
            for name, titles in TITLES.items():
                if key in titles and name not in columns:
                    columns[name] = place
        if all(name in columns for name in REQUIRED):
            return columns, number + 1
        if len(columns) > len(best):
            best = columns
    raise SheetError('columns', [name for name in REQUIRED if name not in best])
