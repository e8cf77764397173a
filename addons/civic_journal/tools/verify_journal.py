#!/usr/bin/env python3
"""Check an export of the journal, away from the system that made it.

    python3 verify_journal.py journal.jsonl [--anchor seals.jsonl]

Needs Python 3.8 or newer and nothing else. The export is read line by line, so that
its size does not matter. Exit code: 0 nothing wrong was found, 1 something was
changed, removed, moved, inserted or sealed again, 2 the file cannot be judged.

The export is a file of JSON lines in UTF-8, in this order:

``{"kind": "header", "format": "civic-journal-export", "version": 1, …}``
    once; ``company`` is null, or the number of the one agency whose lines are shown.
``{"kind": "seal", "number", "rule", "sealed_at", "previous", "count", "digest"}``
    one per batch, followed by its lines.
``{"kind": "line", "position", "entry_number", "company_id", "digest", "entry"}``
    ``entry`` holds the fields of ENTRY_FIELDS; it is null where the line belongs to
    another agency than the one exported.
``{"kind": "unsealed", "entry"}``
    the lines that no batch holds yet: nothing protects them outside the database.
``{"kind": "end", "seals", "lines", "unsealed"}``
    once; a file that lacks it was cut.

The rule "civic-journal/1":

* digest of a line = SHA-256 of ``civic-journal/1 line``, the digest before it (of the
  line before in the batch; for the first one, of the batch before) and the line as
  canonical JSON (keys sorted, no spaces, UTF-8), joined by line feeds;
* digest of a batch = SHA-256 of ``civic-journal/1 seal``, its number, time, the digest
  of the batch before, the number of lines, and then for each line in order its number,
  agency and digest, one text line each. The first batch follows 64 zeros.

Whoever owns the database can make all batches again. Seals kept elsewhere (the anchor)
show that: keep one outside each day.
"""
import argparse
import hashlib
import json
import re
import sys
from collections import namedtuple

RULE = 'civic-journal/1'
GENESIS = '0' * 64
EXPORT_FORMAT = 'civic-journal-export'
SEALS_FORMAT = 'civic-journal-seals'
FORMAT_VERSION = 1

ENTRY_FIELDS = (
    'id', 'event_type', 'event_at', 'outcome', 'company_id', 'user_id', 'agent',
    'res_model', 'res_id', 'object_ref', 'detail', 'source', 'remote_ip',
)
HEADER_FIELDS = {'kind', 'format', 'version', 'company', 'since', 'exported_at', 'database'}
SEAL_FIELDS = {
    'kind', 'number', 'rule', 'sealed_at', 'previous', 'count', 'digest',
}
LINE_FIELDS = {'kind', 'position', 'entry_number', 'company_id', 'digest', 'entry'}
DIGEST = re.compile('[0-9a-f]{64}')

# What a finding says. The key is stable, so that a program can act on it.
CHANGED = 'changed'        # the line is not what was sealed
BROKEN = 'broken'          # the line does not continue the line before it
MISSING = 'missing'        # a line or batch is not there
MOVED = 'moved'            # out of order, or there twice
INSERTED = 'inserted'      # something stands where nothing was
RESEALED = 'resealed'      # a batch was made again
UNREADABLE = 'unreadable'  # not a file of this format

Finding = namedtuple('Finding', 'code seal position entry_number text')


def canonical(value):
    """Write a JSON value in its one canonical form."""
    return json.dumps(
        value, sort_keys=True, separators=(',', ':'), ensure_ascii=False, allow_nan=False,
    )


def line_digest(previous, entry):
    """Digest of one line that follows the digest ``previous``."""
    text = '\n'.join((RULE + ' line', previous, canonical(entry)))
    return hashlib.sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()


class SealDigest:
    """Digest of one batch, fed line by line."""

    def __init__(self, number, sealed_at, previous, count):
        head = '\n'.join((RULE + ' seal', str(number), sealed_at, previous, str(count)))
        self._hash = hashlib.sha256((head + '\n').encode('utf-8', 'surrogatepass'))

    def add(self, entry_number, company_id, digest):
        self._hash.update(f'{entry_number} {company_id} {digest}\n'.encode())

    def hexdigest(self):
        return self._hash.hexdigest()


class Report:
    """What the check found; ``findings`` keeps the first ones, ``count`` counts all."""

    def __init__(self, max_findings=1000):
        self.findings = []
        self.notes = []
        self.count = 0
        self.readable = False       # whether it is an export at all
        self.seals = self.lines = self.withheld = self.unsealed = 0
        self.last_seal = 0
        self.last_digest = GENESIS
        self._max_findings = max_findings

    @property
    def ok(self):
        return not self.count

    def add(self, code, text, seal=None, position=None, entry_number=None):
        self.count += 1
        if len(self.findings) < self._max_findings:
            self.findings.append(Finding(code, seal, position, entry_number, text))


class _Unreadable(ValueError):
    """The text line is not one of this format."""


def _no_duplicates(pairs):
    value = dict(pairs)
    if len(value) != len(pairs):
        raise _Unreadable("a key stands there twice")
    return value


def _no_constant(name):
    raise _Unreadable(f"{name} is not a value of this format")


def parse(raw):
    """Read one text line of an export."""
    if isinstance(raw, bytes):
        raw = raw.decode('utf-8')
    value = json.loads(raw, object_pairs_hook=_no_duplicates, parse_constant=_no_constant)
    if not isinstance(value, dict):
        raise _Unreadable("not an object")
    return value


def _is_number(value):
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def _expect(value, fields, numbers=(), digests=(), texts=()):
    if set(value) != set(fields):
        odd = ', '.join(sorted(map(str, set(value) ^ set(fields))))
        raise _Unreadable(f"fields that are missing or too many: {odd}")
    for name in numbers:
        if not _is_number(value[name]):
            raise _Unreadable(f"{name} is not a number")
    for name in digests:
        if not isinstance(value[name], str) or not DIGEST.fullmatch(value[name]):
            raise _Unreadable(f"{name} is not a digest")
    for name in texts:
        if not isinstance(value[name], str):
            raise _Unreadable(f"{name} is not a text")


class _Batch:
    """The batch that is being read."""

    def __init__(self, seal):
        self.number = seal['number']
        self.count = seal['count']
        self.digest = seal['digest']
        self.position = 0           # of the line read last
        self.link = seal['previous']
        self.found = 0
        self.first = self.last = None
        self.suspects = []          # (line before, line) that do not follow each other
        self.troubled = False       # a finding of this batch was already reported
        self.hash = SealDigest(
            seal['number'], seal['sealed_at'], seal['previous'], seal['count'])


class Verifier:
    """Feed it the text lines of an export, then call :meth:`finish`."""

    def __init__(self, anchors=None, max_findings=1000):
        self.report = Report(max_findings)
        self._anchors = dict(anchors or {})
        self._compared = 0
        self._header = None
        self._end = None
        self._batch = None
        self._last_number = None
        self._last_unsealed = 0
        self._text_line = 0
        self._handlers = {
            'header': self._on_header,
            'seal': self._on_seal,
            'line': self._on_line,
            'unsealed': self._on_unsealed,
            'end': self._on_end,
        }

    def feed(self, raw):
        self._text_line += 1
        try:
            value = parse(raw)
            kind = value.get('kind')
            if not isinstance(kind, str) or kind not in self._handlers:
                raise _Unreadable("unknown kind of line")
            if self._header is None and kind != 'header':
                raise _Unreadable("the header is missing")
            if self._end:
                self.report.add(
                    INSERTED, f"Text line {self._text_line} stands after the end of the export.")
            self._handlers[kind](value)
        except (ValueError, RecursionError) as error:
            if self._batch:
                self._batch.troubled = True
            self.report.add(UNREADABLE, f"Text line {self._text_line} cannot be read: {error}.")

    def finish(self):
        report = self.report
        self._close_batch()
        if self._header is None and not self._text_line:
            report.add(UNREADABLE, "The file is empty.")
        if self._header and not self._end:
            report.add(MISSING, "The export has no end: the file was cut.")
        if self._end:
            for name in ('seals', 'lines', 'unsealed'):
                if self._end[name] != getattr(report, name):
                    report.add(MISSING, (
                        f"The end of the export counts {self._end[name]} {name}, "
                        f"the file holds {getattr(report, name)}."))
        beyond = [number for number in self._anchors if number > (self._last_number or 0)]
        if self._header and beyond:
            report.add(
                MISSING,
                f"The anchor knows {len(beyond)} batches after the last one of this export, "
                f"up to batch {max(beyond)}: they were removed, or the export is older than "
                "the anchor.", seal=min(beyond))
        if self._anchors:
            report.notes.append(f"{self._compared} batches were compared with the anchor.")
        if report.withheld:
            report.notes.append(
                f"{report.withheld} lines of other agencies are withheld; "
                "their digests are part of the check.")
        return report

    # --- one method per kind of text line

    def _on_header(self, value):
        if self._header is not None:
            raise _Unreadable("a second header")
        _expect(value, HEADER_FIELDS)
        if value['format'] != EXPORT_FORMAT or value['version'] != FORMAT_VERSION:
            raise _Unreadable("the file is no journal export of a version known here")
        if value['company'] is not None and not _is_number(value['company']):
            raise _Unreadable("company is not a number")
        self._header = value
        self.report.readable = True

    def _on_seal(self, value):
        _expect(value, SEAL_FIELDS, numbers=('number', 'count'),
                digests=('previous', 'digest'), texts=('sealed_at', 'rule'))
        self._close_batch()
        report, number = self.report, value['number']
        if value['rule'] != RULE:
            raise _Unreadable(f"batch {number} follows a rule that is unknown here")
        batch = self._batch = _Batch(value)
        expected = (self._last_number or 0) + 1
        if self._last_number is None:
            self._check_first(value)
        elif number > expected:
            report.add(MISSING, f"Batches {expected} to {number - 1} are missing.", seal=expected)
        elif number < expected:
            report.add(MOVED, f"Batch {number} is out of order or there twice.", seal=number)
        elif value['previous'] != report.last_digest:
            report.add(
                RESEALED,
                f"Batch {number} does not continue batch {number - 1}: "
                "one of them was sealed again.", seal=number - 1)
        if number in self._anchors:
            self._compared += 1
            if self._anchors[number] != value['digest']:
                batch.troubled = True
                report.add(
                    RESEALED, f"Batch {number} differs from the anchor: it was sealed again.",
                    seal=number)
        report.seals += 1
        self._last_number = report.last_seal = number
        report.last_digest = value['digest']

    def _check_first(self, value):
        number, before = value['number'], self._anchors.get(value['number'] - 1)
        if number == 1:
            before = GENESIS
        if before is None:
            self.report.notes.append(
                f"The export starts at batch {number}; what was before is not part of it.")
        elif value['previous'] != before:
            self.report.add(
                RESEALED,
                f"Batch {number} does not continue what was before it: it was sealed again.",
                seal=number)
        if number > 1 and self._header['since'] is None:
            self.report.add(MISSING, f"Batches 1 to {number - 1} are missing.", seal=1)

    def _on_line(self, value):
        batch = self._batch
        _expect(value, LINE_FIELDS, numbers=('position', 'entry_number', 'company_id'),
                digests=('digest',))
        if batch is None:
            self.report.lines += 1
            self.report.add(
                INSERTED, f"Line {value['entry_number']} stands outside of any batch.",
                entry_number=value['entry_number'])
            return
        self.report.lines += 1
        batch.found += 1
        before, number = batch.last, value['entry_number']
        in_place = self._check_place(value)
        batch.last = number
        batch.first = batch.first or number
        batch.hash.add(number, value['company_id'], value['digest'])
        entry, link, batch.link = value['entry'], batch.link, value['digest']
        if entry is None:
            self._check_withheld(value)
        elif not isinstance(entry, dict) or set(entry) != set(ENTRY_FIELDS):
            self._line_finding(CHANGED, value, "was changed: its fields are not those of a line")
        elif entry['id'] != number or entry['company_id'] != value['company_id']:
            self._line_finding(CHANGED, value, "was changed: another number or agency")
        elif in_place and line_digest(link, entry) != value['digest']:
            batch.suspects.append((before, value['position'], number, _describe(entry)))

    def _check_place(self, value):
        """Whether the line stands where it should; report it otherwise."""
        batch, position, number = self._batch, value['position'], value['entry_number']
        expected, batch.position = batch.position + 1, max(batch.position, value['position'])
        if position > expected:
            batch.troubled = True
            where = (f"position {expected}" if position == expected + 1
                     else f"positions {expected} to {position - 1}")
            self.report.add(
                MISSING, f"Batch {batch.number}: the line at {where} is missing, "
                f"between {f'line {batch.last}' if batch.last else 'the seal'} and line {number}.",
                seal=batch.number, position=expected, entry_number=number)
        elif position < expected:
            self._line_finding(MOVED, value, "is out of order or there twice")
        elif batch.last and number <= batch.last:
            self._line_finding(MOVED, value, f"is out of order after line {batch.last}")
        else:
            return True
        return False

    def _check_withheld(self, value):
        scope = self._header['company']
        if scope is None or scope == value['company_id']:
            self._line_finding(MISSING, value, "is missing: only its digest is there")
        else:
            self.report.withheld += 1

    def _line_finding(self, code, value, what):
        batch = self._batch
        batch.troubled = True
        self.report.add(
            code, f"Batch {batch.number}, position {value['position']}: "
            f"line {value['entry_number']} {what}.",
            seal=batch.number, position=value['position'], entry_number=value['entry_number'])

    def _on_unsealed(self, value):
        self._close_batch()
        _expect(value, ('kind', 'entry'))
        entry = value['entry']
        if not isinstance(entry, dict) or set(entry) != set(ENTRY_FIELDS):
            raise _Unreadable("the fields are not those of a line")
        if not _is_number(entry['id']):
            raise _Unreadable("id is not a number")
        if entry['id'] <= self._last_unsealed:
            self.report.add(
                MOVED, f"Line {entry['id']}, not sealed, is out of order or there twice.",
                entry_number=entry['id'])
        self._last_unsealed = max(self._last_unsealed, entry['id'])
        self.report.unsealed += 1

    def _on_end(self, value):
        self._close_batch()
        _expect(value, ('kind', 'seals', 'lines', 'unsealed'))
        self._end = value

    def _close_batch(self):
        """Compare the batch with its seal, now that all its lines were read."""
        batch, self._batch = self._batch, None
        if batch is None:
            return
        report = self.report
        sound = batch.hash.hexdigest() == batch.digest
        if batch.found != batch.count:
            batch.troubled = True
            report.add(
                MISSING if batch.found < batch.count else INSERTED,
                f"Batch {batch.number} was sealed with {batch.count} lines, {batch.found} are there.",
                seal=batch.number)
        for before, position, number, description in batch.suspects:
            place = f"Batch {batch.number}, position {position}: line {number} ({description})"
            if sound:
                text = f"{place} was changed."
            else:
                follows = f"line {before}" if before else "the batch before"
                text = (f"{place} does not continue {follows}: one of them was changed, or a "
                        "line between them was removed, inserted or moved.")
            report.add(CHANGED if sound else BROKEN, text,
                       seal=batch.number, position=position, entry_number=number)
        if not sound and not batch.suspects and not batch.troubled:
            report.add(
                RESEALED,
                f"Batch {batch.number} (lines {batch.first} to {batch.last}) does not match its "
                f"seal: the seal or line {batch.last} was changed.",
                seal=batch.number, entry_number=batch.last)


def _describe(entry):
    return ' '.join(
        str(entry[name]) for name in ('event_type', 'res_model', 'res_id', 'object_ref')
        if entry[name] is not None)


def verify(text_lines, anchors=None, max_findings=1000):
    """Check an export given as an iterable of text lines; return a :class:`Report`."""
    verifier = Verifier(anchors, max_findings)
    for raw in text_lines:
        verifier.feed(raw)
    return verifier.finish()


def read_anchors(text_lines):
    """Read seals kept outside: ``{number: digest}``. Takes a full export as well."""
    anchors = {}
    for index, raw in enumerate(text_lines):
        value = parse(raw)
        if not index and (
            value.get('kind') != 'header'
            or value.get('format') not in (EXPORT_FORMAT, SEALS_FORMAT)
        ):
            raise _Unreadable("the file holds no seals")
        if value.get('kind') == 'seal':
            _expect(value, SEAL_FIELDS, numbers=('number', 'count'),
                    digests=('previous', 'digest'), texts=('sealed_at', 'rule'))
            anchors[value['number']] = value['digest']
    if not anchors:
        raise _Unreadable("the file holds no seals")
    return anchors


def main(arguments=None):
    parser = argparse.ArgumentParser(description="Check an export of the journal.")
    parser.add_argument('export', help="the export (JSON lines); - reads standard input")
    parser.add_argument('--anchor', help="seals kept outside, to compare with")
    parser.add_argument('--max-findings', type=int, default=1000,
                        help="how many findings to print (default: %(default)s)")
    options = parser.parse_args(arguments)
    try:
        anchors = None
        if options.anchor:
            with open(options.anchor, 'rb') as anchor:
                anchors = read_anchors(anchor)
        if options.export == '-':
            report = verify(sys.stdin.buffer, anchors, options.max_findings)
        else:
            with open(options.export, 'rb') as export:
                report = verify(export, anchors, options.max_findings)
    except (OSError, ValueError, RecursionError) as error:
        print(f"Cannot be judged: {error}", file=sys.stderr)
        return 2
    for finding in report.findings:
        print(f"[{finding.code}] {finding.text}")
    if report.count > len(report.findings):
        print(f"… and {report.count - len(report.findings)} more findings.")
    for note in report.notes:
        print(f"Note: {note}")
    print(f"{report.seals} batches, {report.lines} sealed lines, "
          f"{report.unsealed} lines not sealed yet.")
    if report.seals:
        print(f"Last batch: {report.last_seal}, digest {report.last_digest}")
    if report.ok:
        print("OK: nothing was changed, removed, moved or inserted.")
        return 0
    print(f"FAILED: {report.count} findings.")
    return 1 if report.readable else 2


if __name__ == '__main__':
    sys.exit(main())
