"""Write the rows of a spreadsheet to a file as JSON, one list of texts per line; run within limits, by ``sheet``."""
import csv
import datetime
import errno
import json
import sys

MAX_CELL = 20_000


def text_of(value):
    if value is None:
        return ''
    if isinstance(value, datetime.datetime):
        return value.date().isoformat()
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)[:MAX_CELL]


def read_xlsx(path):
    from openpyxl import load_workbook
    with open(path, 'rb') as stream:                # by its content: the name says nothing
        book = load_workbook(stream, read_only=True, data_only=True, keep_links=False)
        yield from book.worksheets[0].iter_rows(values_only=True)


def read_csv(path):
    with open(path, 'rb') as stream:
        raw = stream.read(4096)
    encoding = 'utf-16' if raw[:2] in (b'\xff\xfe', b'\xfe\xff') else 'utf-8-sig'
    with open(path, encoding=encoding, newline='') as stream:
        head = stream.readline()
        delimiter = max(';,\t', key=head.count)
        stream.seek(0)
        yield from csv.reader(stream, delimiter=delimiter)


def main(path, kind, max_rows, target):
    """Print how many lines were written, or why none are of use."""
    csv.field_size_limit(1_000_000)
    written = empty = 0
    try:
        with open(target, 'w', encoding='utf-8') as output:
            for row in {'xlsx': read_xlsx, 'csv': read_csv}[kind](path):
                if written > max_rows:
                    return 'too_many'
                cells = [text_of(value).strip() for value in row[:100]]
                # sheets are often formatted far below their last row
                empty = 0 if any(cells) else empty + 1
                if empty > 1000:
                    break
                output.write(json.dumps(cells) + '\n')
                written += 1
    except OSError as error:
        if error.errno != errno.EFBIG:
            raise
        return 'too_large'
    return written


if __name__ == '__main__':
    print(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]))
