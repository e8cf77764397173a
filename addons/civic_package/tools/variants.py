"""A receiver's own variant of a profile: a file that its administrator hands out (see ``data/profiles/README.md``)."""
from __future__ import annotations

import datetime
import functools
import json
import re

from .findings import InvalidPackage, Report
from .national import DESCRIPTION
from .profiles import DATE_FORMATS, get_profile
from .sources import length_defect, path_defect

KEYS = ('code', 'label', 'source', 'base', 'valid_from', 'valid_to', 'layout', 'codes', 'fields')
FIELD_KEYS = ('label', 'type', 'length', 'required', 'codes', 'value')
TYPES = ('string', 'text', 'number', 'boolean', 'codes', *DATE_FORMATS)
FIXED = ('objid', 'representation_objid', 'representations_use')        # rules of E-ARK and of the circular depend on them
MAX_SIZE = 1 << 20
_CODE, _NAME = re.compile('[a-z][a-z0-9-]{1,39}'), re.compile('[A-Za-z_][A-Za-z0-9_.-]{0,99}')


@functools.lru_cache(maxsize=32)
def read_variant(content, profile='VN-2025'):
    """The variant in a JSON file (bytes). :return: (Profile that has it, what the file says as a dict).

    :raises InvalidPackage: its report names everything that is wrong with the file
    """
    reader = _Reader(get_profile(profile))
    data = reader.parse(content)
    if not reader.report.valid:
        raise InvalidPackage(reader.report)
    return reader.profile.extend(data), data


class _Reader:

    def __init__(self, profile):
        self.profile, self.report = profile, Report('', profile=profile.code)

    def refuse(self, message, place='', **values):
        self.report.error('VARIANT', message, place, **values)

    def parse(self, content):
        try:
            data = json.loads(content if len(content) <= MAX_SIZE else b'')
        except json.JSONDecodeError as error:
            self.refuse("Not JSON: line %(line)s, column %(column)s", line=error.lineno, column=error.colno)
            return {}
        except (UnicodeDecodeError, RecursionError):
            self.refuse("Not JSON in UTF-8")
            return {}
        if not isinstance(data, dict):
            self.refuse("The file holds no object {…}")
            return {}
        self.check_names(data, KEYS)
        for name in ('code', 'label', 'source', 'valid_from'):
            if not isinstance(data.get(name), str) or not data[name].strip():
                self.refuse("%(name)s is missing, or is no text", name=name)
        data.setdefault('base', 'text')
        if data['base'] not in self.profile.variants:
            self.refuse("%(value)s is not one of %(names)s", 'base', value=str(data['base']), names=', '.join(self.profile.variants))
        code = data.get('code')
        if isinstance(code, str) and (not _CODE.fullmatch(code) or code in self.profile.variants):
            self.refuse("The code %(code)s is taken, or is not made of small letters, digits and hyphens", 'code', code=code)
        self.check_days(data)
        for name in ('layout', 'codes', 'fields'):
            if self.is_object(data.setdefault(name, {}), name):
                getattr(self, f'check_{name}')(data[name])
        if isinstance(data['codes'], dict) and isinstance(data['fields'], dict):
            self.check_lists(data)
        return data

    def is_object(self, value, place):
        if isinstance(value, dict):
            return True
        self.refuse("No object {…}", place)
        return False

    def check_names(self, data, known, place=''):
        for name in data:
            if name not in known:
                self.refuse("%(name)s is not known here; there are: %(names)s", place, name=name, names=', '.join(known))

    def check_days(self, data):
        days = {}
        for name in ('valid_from', 'valid_to'):
            if data.get(name):
                try:
                    days[name] = datetime.date.fromisoformat(data[name])
                except (TypeError, ValueError):
                    self.refuse("%(value)s is no day (YYYY-MM-DD)", name, value=str(data[name]))
        if len(days) == 2 and days['valid_to'] < days['valid_from']:
            self.refuse("It ends before it begins", 'valid_to')

    # === layout =======================================================================================================

    def check_layout(self, layout):
        known = self.profile.data['layout']
        names = [name for name in known if name not in FIXED]
        self.check_names(layout, names, 'layout')
        for name, value in layout.items():
            place = f'layout/{name}'
            if name not in names:
                continue
            if type(value) is not type(known[name]):
                self.refuse("It must be like %(value)s", place, value=json.dumps(known[name], ensure_ascii=False))
            elif name == 'schema_names':
                self.check_names(value, tuple(known[name]), place)
                for file in value.values():
                    self.check_file(file, place)
            elif name == 'representation':
                self.check_file(value, place)
            elif name == 'prefix' and value and not _NAME.fullmatch(value):
                self.refuse("%(value)s is no prefix of XML", place, value=value)
            elif name == 'description_name':
                self.check_description(value, place)
        if layout.get('prefix') and not layout.get('namespace'):
            self.refuse("A prefix needs a namespace", 'layout/prefix')

    def check_file(self, name, place):
        if not isinstance(name, str) or path_defect(name) or '/' in name or length_defect(name):
            self.refuse("%(value)s is no name of a file or folder", place, value=str(name))

    def check_description(self, form, place):
        try:
            name = form.format(type='doc', TYPE='DOC', name='a.1')
        except (KeyError, ValueError, IndexError, AttributeError):
            name = ''
        if '{name}' not in form or not DESCRIPTION.fullmatch(name):
            self.refuse("It must be like %(value)s", place, value=self.profile.data['layout']['description_name'])
        else:
            self.check_file(name, place)

    # === codes and fields =============================================================================================

    def check_codes(self, codes):
        for name, entries in codes.items():
            place = f'codes/{name}'
            if not _NAME.fullmatch(name):
                self.refuse("%(value)s is no name", place, value=name)
            if not self.is_object(entries, place):
                continue
            if not entries or not all(code.strip() and isinstance(label, str) and label.strip() for code, label in entries.items()):
                self.refuse("A list of codes needs codes, each with its label", place)

    def check_fields(self, tables):
        self.check_names(tables, tuple(self.profile.tables), 'fields')
        for table, fields in tables.items():
            if table in self.profile.tables and self.is_object(fields, f'fields/{table}'):
                for name, changes in fields.items():
                    place = f'fields/{table}/{name}'
                    if not _NAME.fullmatch(name):
                        self.refuse("%(value)s is no name", place, value=name)
                    if self.is_object(changes, place):
                        self.check_field(self.profile.tables[table].get(name), changes, place)

    def check_field(self, field, changes, place):
        self.check_names(changes, FIELD_KEYS, place)
        length = changes.get('length')
        if field is None and not changes.get('label'):
            self.refuse("%(name)s is missing, or is no text", place, name='label')
        for name in ('label', 'codes', 'value'):
            if name in changes and not isinstance(changes[name], str):
                self.refuse("%(name)s is missing, or is no text", place, name=name)
        if 'type' in changes and changes['type'] not in TYPES:
            self.refuse("%(value)s is not one of %(names)s", place, value=str(changes['type']), names=', '.join(TYPES))
        if length is not None and (type(length) is not int or not 0 < length <= 100_000):
            self.refuse("The length %(value)s is no whole number above 0", place, value=str(length))
        elif field and field.length and length and length > field.length:
            self.refuse("The circular allows %(limit)s characters, not %(value)s", place, limit=field.length, value=length)
        if not isinstance(changes.get('required', False), bool):
            self.refuse("“required” is true or false", place)
        elif field and field.required and changes.get('required') is False:
            self.refuse("The circular requires this field", place)

    def check_lists(self, data):
        for table, fields in data['fields'].items():
            for name, changes in fields.items() if isinstance(fields, dict) else ():
                codes = changes.get('codes') if isinstance(changes, dict) else None
                if codes and isinstance(codes, str) and codes not in data['codes'] and codes not in self.profile.codes:
                    self.refuse("There is no list of codes %(value)s", f'fields/{table}/{name}', value=codes)
