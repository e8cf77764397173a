"""The XML schemas that go into packages and that XML is validated against.

METS, xlink and the E-ARK extensions come from the package ``eark-validator``, whose data files alone are used: importing
it would fetch vocabularies from the network. The schemas of the descriptive layer are written from the field tables, and
``PREMIS.xsd`` is our own description of the part of PREMIS 3 that packages use.
"""
from __future__ import annotations

import functools
import importlib.util
import pathlib

from lxml import etree

from . import metadata, xmlio
from .findings import DATA, PackageError

XLINK_IMPORT = b'http://www.loc.gov/standards/xlink/xlink.xsd'
SHIPPED = {'METS': 'mets.xsd', 'xlink': 'xlink.xsd', 'DILCIS': 'DILCISExtensionMETS.xsd', 'DILCISSIP': 'DILCISExtensionSIPMETS.xsd'}


@functools.cache
def eark_folder():
    """Where the resources of ``eark-validator`` lie; the package itself is not imported."""
    spec = importlib.util.find_spec('eark_validator')
    if not spec or not spec.submodule_search_locations:
        raise PackageError("the Python package eark-validator, which carries the METS schema, is not installed")
    return pathlib.Path(next(iter(spec.submodule_search_locations))) / 'ipxml' / 'resources'


@functools.cache
def shipped(name):
    """One of the schemas of others, fit to lie beside the others in a folder."""
    return (eark_folder() / 'schema' / SHIPPED[name]).read_bytes().replace(XLINK_IMPORT, b'xlink.xsd')


@functools.cache
def premis():
    return (DATA / 'schemas' / 'PREMIS.xsd').read_bytes()


@functools.cache
def mime_types():
    """The register of media types that E-ARK goes by."""
    return frozenset((eark_folder() / 'vocabs' / 'IANA.txt').read_text(encoding='utf-8').split())


@functools.cache
def vocabulary(name):
    """Terms of an E-ARK vocabulary, for instance ``ContentCategory``."""
    content = (eark_folder() / 'vocabs' / f'CSIPVocabulary{name}.xml').read_bytes()
    return frozenset(
        term.text for term in etree.fromstring(content, etree.XMLParser(**xmlio.SAFE)).iter('{*}Term') if term.text)


def for_package(kind):
    """{file name: content} of the folder ``schemas`` of a package of this kind."""
    names = kind.layout['schema_names']
    result = {names['METS']: shipped('METS'), 'xlink.xsd': shipped('xlink'), 'DILCISExtensionMETS.xsd': shipped('DILCIS')}
    if kind.oais == 'SIP':
        result['DILCISExtensionSIPMETS.xsd'] = shipped('DILCISSIP')
    if kind.premis == 'required':
        result['PREMIS.xsd'] = premis()
    result[names['EAD']] = metadata.write_schema(kind.fields, kind.profile.codes, kind.layout['namespace'])
    for type_, fields in kind.document_fields.items():
        result[names[type_]] = metadata.write_schema(fields, kind.profile.codes, kind.layout['namespace'])
    return dict(sorted(result.items()))


class _Beside(etree.Resolver):
    def resolve(self, url, _id, context):
        if url.rpartition('/')[2] == 'xlink.xsd':
            return self.resolve_string(shipped('xlink'), context)
        return self.resolve_string(b'<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"/>', context)


@functools.cache
def schema(name):
    """A compiled schema: METS or PREMIS."""
    parser = etree.XMLParser(no_network=True, resolve_entities=False)
    parser.resolvers.add(_Beside())
    content = premis() if name == 'PREMIS' else shipped(name)
    return etree.XMLSchema(etree.fromstring(content, parser))


@functools.lru_cache(maxsize=64)
def _compiled(content):
    return etree.XMLSchema(etree.fromstring(content, etree.XMLParser(**xmlio.SAFE)))


def for_fields(fields, code_lists):
    return _compiled(metadata.write_schema(fields, code_lists))
