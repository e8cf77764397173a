"""The metadata tables of Circular 02/2019/TT-BNV as sheets of one XLSX workbook.

Beside :mod:`vn2019`, because the command line does without xlsxwriter.
"""
import xlsxwriter

from . import vn2019
from .findings import Report

MAX_CELL = 32_767           # characters, as XLSX has it


def write(tables, stream):
    """Write tables as sheets of one XLSX workbook; every cell is a text, so that codes keep their zeros and dates their form.

    :param dict tables: {name: rows (dicts)}
    :return: {name: Report of what the receiver would refuse}; all rows are written
    """
    reports = {}
    with xlsxwriter.Workbook(stream, {'constant_memory': True}) as book:
        head = book.add_format({'bold': True})
        for name, rows in tables.items():
            fields, report = list(vn2019.table(name)), Report(name, profile='VN-2019')
            sheet = book.add_worksheet(name)
            sheet.freeze_panes(1, 0)
            sheet.set_column(0, len(fields) - 1, 18)
            for column, field in enumerate(fields):
                sheet.write_string(0, column, field, head)
            for number, row in enumerate(vn2019.iter_checked(name, rows, report), 1):
                for column, field in enumerate(fields):
                    sheet.write_string(number, column, row.get(field, '')[:MAX_CELL])
            reports[name] = report
    return reports
