"""The rules that are data: which fields, which codes, which layout, valid when. See ``data/profiles/README.md``."""
from __future__ import annotations

import copy
import csv
import datetime
import functools
import json
import math
import re
import string
import types
from dataclasses import dataclass, replace

from .findings import DATA, PackageError

FOLDER = DATA / 'profiles'
DATE_FORMATS = {'date': ('DD/MM/YYYY',), 'partial_date': ('DD/MM/YYYY', 'MM/YYYY', 'YYYY'), 'year': ('YYYY',)}
_PARTS = {'DD': '(?P<day>[0-9]{2})', 'MM': '(?P<month>[0-9]{2})', 'YYYY': '(?P<year>[0-9]{4})'}
_DATES = {form: re.compile('/'.join(_PARTS[part] for part in form.split('/'))) for form in DATE_FORMATS['partial_date']}
RETENTION = {None: '01', 70: '02', 50: '03', 30: '04', 20: '05', 10: '06'}
DOCUMENT_TYPES = ('doc', 'pic', 'media')


@dataclass(frozen=True)
class Field:
    name: str
    label: str
    type: str
    length: int | None
    required: bool
    condition: tuple | None     # (other field, values that make this one required)
    codes: str
    source: str
    confidence: str
    value: str = ''             # what a receiver wants in it, with the names of other fields after a $

    @functools.cached_property
    def free(self):
        """Up to this length any value is right."""
        return 0 if self.codes or self.type not in ('string', 'text') else self.length or math.inf

    def needed(self, values):
        return self.required or bool(self.condition and values.get(self.condition[0]) in self.condition[1])

    def defects(self, value, code_lists):
        """What is wrong with a value that is there: pairs of a check's name and the sentence's values."""
        if self.length and len(value) > self.length:
            yield 'length', {'field': self.name, 'limit': self.length, 'length': len(value)}
        if self.codes:
            known = code_lists[self.codes]
            for code in (value.split(',') if self.type == 'codes' else [value]):
                if code.strip() not in known:
                    yield 'code', {'field': self.name, 'value': code.strip(), 'codes': ', '.join(known)}
        elif self.type == 'number' and not (value.isascii() and value.isdigit()):
            yield 'format', {'field': self.name, 'value': value, 'format': "a whole number"}
        elif self.type == 'boolean' and value not in ('0', '1'):
            yield 'format', {'field': self.name, 'value': value, 'format': "0 or 1"}
        elif self.type in DATE_FORMATS and not is_date(value, DATE_FORMATS[self.type]):
            yield 'format', {'field': self.name, 'value': value, 'format': ', '.join(DATE_FORMATS[self.type])}


def is_date(text, forms):
    """Whether a text is a day, or a month or year where the field allows that: with all digits, and a day that exists."""
    for form in forms:
        match = _DATES[form].fullmatch(text)
        if match:
            day, month, year = (int(match.group(name)) if name in match.re.groupindex else 1 for name in ('day', 'month', 'year'))
            try:
                return bool(datetime.date(year, month, day))
            except ValueError:
                return False
    return False


def fill(fields, values):
    """Values, with those that a receiver wants where there are none."""
    wanted = {
        name: string.Template(field.value).safe_substitute(values)
        for name, field in fields.items() if field.value and not values.get(name)}
    return {**values, **wanted} if wanted else values


def check_fields(fields, values, code_lists):
    """All that is wrong with the values of one table, as pairs of a check's name and the values of its sentence."""
    for field in fields.values():
        value = values.get(field.name)
        if value:
            if len(value) > field.free:
                yield from field.defects(value, code_lists)
        elif field.required:
            yield 'missing', {'field': field.name}
        elif field.needed(values):
            yield 'condition', {'field': field.name, 'other': field.condition[0], 'value': values[field.condition[0]]}
    for name in values:
        if name not in fields:
            yield 'unknown', {'field': name}


@functools.cache
def load_fields(name):
    tables = {}
    with (FOLDER / name).open(encoding='utf-8', newline='') as stream:
        for row in csv.DictReader(stream):
            other, _, values = row['condition'].partition('=')
            tables.setdefault(row['table'], {})[row['name']] = Field(
                row['name'], row['label'], row['type'], int(row['length']) if row['length'] else None, row['required'] == 'yes',
                (other, tuple(values.split(','))) if other else None, row['codes'], row['source'], row['confidence'])
    return types.MappingProxyType(tables)


@functools.cache
def load_codes(name):
    lists = {}
    with (FOLDER / name).open(encoding='utf-8', newline='') as stream:
        for row in csv.DictReader(stream):
            lists.setdefault(row['list'], {})[row['code']] = row['label']
    return types.MappingProxyType(lists)


@dataclass(frozen=True)
class Kind:
    """One kind of package in one variant."""
    name: str
    profile: Profile
    variant: str
    annex: str
    oais: str
    code: str | None            # the field with the package's own code
    doc_code: str
    premis: str                 # required, optional, absent
    holey: bool
    layout: types.MappingProxyType
    fields: dict
    document_fields: dict       # by type of document

    @property
    def accepted(self):
        """E-ARK rules that the annex breaks on purpose: {id: reason}."""
        rules = self.profile.data['accepted'].get(self.variant, {})
        return {rule: entry['reason'] for rule, entry in rules.items() if self.name in entry.get('kinds', [self.name])}


class Profile:
    """The packages of one legal regime."""

    def __init__(self, code):
        name = code.lower()
        path = FOLDER / f'packages-{name}.json'
        if not re.fullmatch('[a-z0-9-]+', name) or not path.exists():
            raise PackageError(f"there is no profile {code!r} of packages; there are: {', '.join(package_profiles())}")
        self.data = json.loads(path.read_text(encoding='utf-8'))
        self.code = self.data['code']
        self.tables = load_fields(f'fields-{name}.csv')
        self.codes = load_codes(f'codes-{name}.csv')

    @property
    def variants(self):
        return list(self.data['variants'])

    @property
    def kinds(self):
        return list(self.data['kinds'])

    def kind(self, name, variant='text'):
        if name not in self.data['kinds']:
            raise PackageError(f"there is no kind of package {name!r}; there are: {', '.join(self.kinds)}")
        if variant not in self.data['variants']:
            raise PackageError(f"there is no variant {variant!r}; there are: {', '.join(self.variants)}")
        data, chosen = self.data['kinds'][name], self.data['variants'][variant]
        layout = {
            **self.data['layout'], **data['layout'], **chosen.get('layout', {}), **chosen.get('oais', {}).get(data['oais'], {}),
            **chosen.get('kinds', {}).get(name, {})}
        documents = {
            type_: self.tables.get(f'{data["documents"]}.{type_}') or self.tables.get(f'{name}.{type_}') for type_ in DOCUMENT_TYPES}
        return Kind(
            name, self, variant, data['annex'], data['oais'], data['code'], data['doc_code'], data['premis'], data['holey'],
            types.MappingProxyType(layout), self.tables[data['table']], documents)

    def extend(self, variant):
        """This profile with a receiver's variant, as ``variants.read_variant`` checked it; fields and codes are the receiver's, too."""
        base, given = self.data['variants'][variant['base']], variant['layout']
        if 'schema_names' in given:
            names = base.get('layout', {}).get('schema_names', self.data['layout']['schema_names'])
            given = {**given, 'schema_names': {**names, **given['schema_names']}}
        code, accepted = variant['code'], self.data['accepted']
        chosen = {
            **base, 'label': variant['label'], 'source': variant['source'],
            'kinds': {name: {**base.get('kinds', {}).get(name, {}), **given} for name in self.kinds}}
        profile = copy.copy(self)
        profile.data = {
            **self.data, 'variants': {**self.data['variants'], code: chosen},
            'accepted': {**accepted, code: accepted.get(variant['base'], {})}}
        profile.codes = {**self.codes, **variant['codes']}
        profile.tables = dict(self.tables)
        for table, fields in variant['fields'].items():
            known = self.tables[table]
            profile.tables[table] = {**known, **{
                name: replace(known.get(name) or Field(name, '', 'string', None, False, None, '', variant['source'], 'receiver'), **changes)
                for name, changes in fields.items()}}
        return profile

    def recognise(self, oais, mets_type, fields=()):
        """The kind of a package from outside, by what it says of itself: its type and the names of its fields."""
        kinds = [name for name, data in self.data['kinds'].items() if data['oais'] == oais]
        if len(kinds) > 1 and fields:
            best = max(kinds, key=lambda name: len(set(fields) & set(self.tables[name])) - len(set(fields) ^ set(self.tables[name])))
            return best
        for name in kinds:
            if self.data['kinds'][name]['layout']['type'].lower() == (mets_type or '').lower():
                return name
        return kinds[0] if kinds else None


def package_profiles():
    return sorted(path.stem.removeprefix('packages-').upper() for path in FOLDER.glob('packages-*.json'))


def get_profile(profile='VN-2025'):
    """A profile by its code; one with a receiver's variant is itself."""
    return profile if isinstance(profile, Profile) else _load_profile(profile)


@functools.cache
def _load_profile(code):
    return Profile(code)


def profile_on(day):
    """Which regime a package belongs to, by the day on which it is built: Circular 05/2025 is in force since 01/07/2025."""
    return 'VN-2025' if day >= datetime.date.fromisoformat(get_profile().data['date_from']) else 'VN-2019'


def retention_code(years):
    """``maintenance`` for a number of years, None for ever. What has no code of its own, 5 or 15 years, is 07 (other)."""
    return RETENTION.get(years, '07')


def compose_file_code(organ, year, notation, catalog=None):
    """Code of a file: agency (or closed fonds), year in which it was formed, number and notation, catalogue if there is one."""
    return '.'.join(str(part) for part in (organ, year, notation, catalog) if part not in (None, ''))


def compose_doc_code(file_code, ordinal, digits=7):
    if not 0 < ordinal < 10 ** digits:
        raise PackageError(f"document {ordinal} of {file_code}: the ordinal must have {digits} digits")
    return f'{file_code}.{ordinal:0{digits}d}'
