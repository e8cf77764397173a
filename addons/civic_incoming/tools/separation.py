"""Where one scan holds several documents: separator sheets and page lists; plain Python."""
import re
from typing import NamedTuple

CODE = re.compile(r'CIVIC-SEP/1/([0-9a-f-]{1,40})(?:/([a-z_]{1,20}))?(?:/([a-z_]{1,20}))?')


class Sheet(NamedTuple):
    """What the bar code of a separator sheet says; no value means "nothing said"."""

    agency: str
    urgency: str = ''
    channel: str = ''


class Segment(NamedTuple):
    """The pages of one document of a scan, counted from 1, and the sheet that stood before it."""

    first: int
    last: int
    sheet: Sheet | None = None


def make_code(agency, urgency='', channel=''):
    """Return the text of the bar code; what nothing is said about is a dash-free empty part."""
    return '/'.join(('CIVIC-SEP', '1', agency, urgency or 'none', channel or 'none'))


def parse_code(text):
    match = CODE.fullmatch(text or '')
    if not match:
        return None
    return Sheet(match[1], *('' if value in (None, 'none') else value for value in match.groups()[1:]))


def find_segments(pages):
    """Return the documents of a scan, or nothing if it holds no separator sheet.

    A sheet belongs to what follows it. Its own page goes, and its blank back; two sheets in a row are one, and the
    second one counts. A blank page anywhere else belongs to its document.

    :param pages: `[{"codes": [text], "blank": bool}]`
    """
    segments = []
    sheet, first, is_found = None, 1, False
    for number, page in enumerate(pages, start=1):
        found = next(filter(None, map(parse_code, page['codes'])), None)
        is_back = page['blank'] and is_found and first == number
        if not found and not is_back:
            continue
        if found:
            if first < number:
                segments.append(Segment(first, number - 1, sheet))
            sheet, is_found = found, True
        first = number + 1
    if not is_found:
        return []
    if first <= len(pages):
        segments.append(Segment(first, len(pages), sheet))
    return segments


def parse_starts(text, page_count):
    """Return the page ranges that begin at the named pages: "4, 9" of twelve pages is 1–3, 4–8, 9–12.

    :raises ValueError: for what is no list of pages of this file
    """
    numbers = sorted({int(part) for part in re.split(r'[\s,;]+', (text or '').strip()) if part})
    numbers = [number for number in numbers if number != 1]
    if not numbers or numbers[0] < 1 or numbers[-1] > page_count:
        raise ValueError
    firsts = [1, *numbers]
    return list(zip(firsts, [*(number - 1 for number in numbers), page_count], strict=True))


def parse_pages(text, page_count):
    """Return the page ranges of "2-3, 7".

    :raises ValueError: for what is no list of pages of this file
    """
    ranges = []
    for part in filter(None, re.split(r'[\s,;]+', re.sub(r'\s*[-–]\s*', '-', (text or '').strip()))):
        first, _, last = part.partition('-')
        first, last = int(first), int(last or first)
        if not 1 <= first <= last <= page_count:
            raise ValueError
        ranges.append((first, last))
    if not ranges:
        raise ValueError
    return ranges


def invert(ranges, page_count):
    """Return the ranges of the pages that the given ranges leave."""
    taken = {number for first, last in ranges for number in range(first, last + 1)}
    left = [number for number in range(1, page_count + 1) if number not in taken]
    result = []
    for number in left:
        if result and result[-1][1] == number - 1:
            result[-1] = (result[-1][0], number)
        else:
            result.append((number, number))
    return result
