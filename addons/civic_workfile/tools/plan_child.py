"""The process that reads the cells of a spreadsheet from outside; started under limits, never imported by Odoo.

Prints ``{"rows": [[cell, …], …]}`` of the first sheet, or ``{"error": code}``.
"""
import json
import sys

MAX_ROWS = 20_000
MAX_COLUMNS = 30
MAX_CELL = 4000


def read(path):
    import openpyxl

    book = openpyxl.load_workbook(path, read_only=True, data_only=True, keep_links=False)
    rows = []
    for number, row in enumerate(book.worksheets[0].iter_rows(max_col=MAX_COLUMNS, values_only=True), start=1):
        if number > MAX_ROWS:
            return {'error': 'too_many'}
        rows.append([to_text(cell) for cell in row])
    return {'rows': rows}


def to_text(cell):
    if cell is None:
        return ''
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return ' '.join(str(cell).split())[:MAX_CELL]


def main():
    try:
        answer = read(sys.argv[1])
    except Exception:                   # whatever a library throws at a hostile file is one answer
        answer = {'error': 'unreadable'}
    json.dump(answer, sys.stdout)


if __name__ == '__main__':
    sys.path.pop(0)                     # the folder of this file: its names must shadow no library
    main()
