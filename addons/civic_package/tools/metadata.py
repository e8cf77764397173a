"""The descriptive layer: ``simpledc`` files named EAD, and their schemas, written from the field tables."""
from __future__ import annotations

from . import xmlio

HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'


def write(fields, values, layout):
    """One description. Fields in the order of the table; those that are empty are left out unless they are required."""
    namespace, prefix = layout['namespace'], layout['prefix'] and layout['prefix'] + ':'
    declaration = f' xmlns{prefix and ":" + layout["prefix"]}={xmlio.quote(namespace)}' if namespace else ''
    lines = [HEAD, f'<{prefix}simpledc{declaration}>\n']
    for name in [*fields, *(name for name in values if name not in fields)]:
        value = values.get(name)
        if value not in (None, ''):
            lines.append(f'  <{prefix}{name}>{xmlio.escape(str(value))}</{prefix}{name}>\n')
    lines.append(f'</{prefix}simpledc>\n')
    return ''.join(lines).encode()


def read(element):
    """Values by field, and the names that came twice."""
    values, twice = {}, []
    for child in element:
        if not isinstance(child.tag, str):
            continue
        name = child.tag.rpartition('}')[2]
        if name in values:
            twice.append(name)
        values[name] = (child.text or '').strip()
    return values, twice


def write_schema(fields, code_lists, namespace=''):
    """An XSD for one table. ``xs:all``: the circular's own sample has the fields in any order."""
    target = f' targetNamespace={xmlio.quote(namespace)}' if namespace else ''
    lines = [HEAD, f'<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" elementFormDefault="qualified"{target}>\n',
             '  <xs:element name="simpledc">\n    <xs:complexType>\n      <xs:all>\n']
    for field in fields.values():
        occurs = '' if field.required else ' minOccurs="0"'
        lines.append(f'        <xs:element name="{field.name}"{occurs}>\n          <xs:annotation>'
                     f'<xs:documentation xml:lang="vi">{xmlio.escape(field.label)}</xs:documentation></xs:annotation>\n')
        lines.append('          <xs:simpleType><xs:restriction base="xs:string">')
        if field.codes and field.type != 'codes':
            lines += [f'<xs:enumeration value={xmlio.quote(code)}/>' for code in code_lists[field.codes]]
            if not field.required:
                lines.append('<xs:enumeration value=""/>')
        elif field.type == 'number':
            lines.append(f'<xs:pattern value="[0-9]{{{1 if field.required else 0},{field.length}}}"/>')
        elif field.type == 'boolean':
            lines.append(f'<xs:pattern value="[01]{"" if field.required else "?"}"/>')
        else:
            if field.required:
                lines.append('<xs:minLength value="1"/>')
            if field.length:
                lines.append(f'<xs:maxLength value="{field.length}"/>')
        lines.append('</xs:restriction></xs:simpleType>\n        </xs:element>\n')
    lines.append('      </xs:all>\n    </xs:complexType>\n  </xs:element>\n</xs:schema>\n')
    return ''.join(lines).encode()
