"""What a check found, and the report that gathers it."""
from __future__ import annotations

import csv
import functools
import pathlib
from collections import Counter
from dataclasses import asdict, dataclass, field

ERROR, WARNING, INFO = 'error', 'warning', 'info'
PASSED, FAILED, SKIPPED, ACCEPTED = 'passed', 'failed', 'skipped', 'accepted'
MAX_PER_RULE = 1000     # a broken package of 70 000 files must not fill memory with one sentence

DATA = pathlib.Path(__file__).parent.parent / 'data'


@functools.cache
def load_messages(language):
    """Sentences in another language, by their English source: gettext's idea without its tools, since Odoo is not here."""
    path = DATA / f'messages-{language}.csv'
    if not path.exists():
        return {}
    with path.open(encoding='utf-8', newline='') as stream:
        return {row['source']: row['translation'] for row in csv.DictReader(stream)}


@dataclass(frozen=True)
class Finding:
    """One sentence about one place. ``message`` is the English source, filled in by ``values`` in any language."""
    rule: str
    severity: str
    message: str
    location: str = ''
    values: tuple = ()
    article: str = ''

    def text(self, language='en'):
        messages = load_messages(language) if language != 'en' else {}
        source = messages.get(self.message, self.message)
        return source % {name: messages.get(value, value) for name, value in self.values} if self.values else source

    def as_dict(self, language='en'):
        return {
            'rule': self.rule, 'outcome': FAILED, 'severity': self.severity, 'message': self.text(language), 'location': self.location,
            **({'article': self.article} if self.article else {})}


@dataclass
class Outcome:
    """How a rule fared as a whole: ``checked`` counts the places it looked at."""
    rule: str
    level: str
    outcome: str
    checked: int = 0
    reason: str = ''


@dataclass
class Report:
    path: str
    kind: str = ''
    objid: str = ''
    profile: str = ''
    variant: str = ''
    files: int = 0
    size: int = 0
    findings: list = field(default_factory=list)
    outcomes: dict = field(default_factory=dict)
    counts: Counter = field(default_factory=Counter)

    def add(self, rule, severity, message, location='', article='', **values):
        self.counts[rule, severity] += 1
        if self.counts[rule, severity] <= MAX_PER_RULE:
            self.findings.append(Finding(rule, severity, message, printable(location), tuple(
                (name, printable(value) if isinstance(value, str) else value) for name, value in values.items()), article))

    def error(self, rule, message, location='', article='', **values):
        self.add(rule, ERROR, message, location, article, **values)

    def warning(self, rule, message, location='', **values):
        self.add(rule, WARNING, message, location, **values)

    @property
    def errors(self):
        return sum(count for (_rule, severity), count in self.counts.items() if severity == ERROR)

    @property
    def warnings(self):
        return sum(count for (_rule, severity), count in self.counts.items() if severity == WARNING)

    @property
    def valid(self):
        return not self.errors

    @property
    def left_out(self):
        """Rules that found more than is listed, and how many more."""
        return {rule: count - MAX_PER_RULE for (rule, _severity), count in self.counts.items() if count > MAX_PER_RULE}

    def rules(self, severity=ERROR):
        return {rule for (rule, kind), _count in self.counts.items() if kind == severity}

    def as_dict(self, language='en'):
        return {
            'path': self.path, 'valid': self.valid, 'kind': self.kind, 'objid': self.objid, 'profile': self.profile,
            'variant': self.variant, 'files': self.files, 'size': self.size, 'errors': self.errors, 'warnings': self.warnings,
            'findings': [finding.as_dict(language) for finding in self.findings], 'left_out': self.left_out,
            'rules': [asdict(outcome) for outcome in self.outcomes.values()],
        }


def printable(text, limit=400):
    """A name or value from outside, fit for a terminal, a log and JSON: no control characters, no lone surrogates, not endless."""
    text = ''.join(
        char if char.isprintable() and not 0xd800 <= ord(char) <= 0xdfff else f'\\x{ord(char):02x}' for char in str(text)[:limit + 1])
    return text if len(text) <= limit else text[:limit] + '…'


class PackageError(Exception):
    """The work asked for cannot be done; says why in words for a person."""


class InvalidPackage(PackageError):
    """A package was refused: ``report`` holds the findings."""

    def __init__(self, report):
        self.report = report
        first = next((finding for finding in report.findings if finding.severity == ERROR), None)
        super().__init__(f"{report.errors} errors, the first: {first.rule} {first.text()} {first.location}" if first else "invalid")
