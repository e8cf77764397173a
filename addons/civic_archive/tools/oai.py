"""Answers of OAI-PMH 2.0 (https://www.openarchives.org/OAI/openarchivesprotocol.html); plain Python."""
import re
from datetime import datetime, timedelta, timezone

from lxml import etree

OAI = 'http://www.openarchives.org/OAI/2.0/'
OAI_DC = 'http://www.openarchives.org/OAI/2.0/oai_dc/'
DC = 'http://purl.org/dc/elements/1.1/'
XSI = 'http://www.w3.org/2001/XMLSchema-instance'
ARGUMENTS = {
    'Identify': (set(), set()),
    'ListMetadataFormats': (set(), {'identifier'}),
    'ListSets': (set(), {'resumptionToken'}),
    'ListIdentifiers': ({'metadataPrefix'}, {'from', 'until', 'set', 'resumptionToken'}),
    'ListRecords': ({'metadataPrefix'}, {'from', 'until', 'set', 'resumptionToken'}),
    'GetRecord': ({'identifier', 'metadataPrefix'}, set()),
}
DAY = re.compile(r'\d{4}-\d{2}-\d{2}')
SECOND = re.compile(r'\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z')


class OaiError(Exception):
    """What the protocol answers to a wrong request; ``code`` is one of its own."""

    def __init__(self, code, message):
        super().__init__(message)
        self.code = code


def check_arguments(pairs):
    """Return verb and arguments of a request, or refuse it.

    :param list pairs: (name, value) as they came, so that a repeated one is seen
    """
    names = [name for name, _value in pairs]
    if len(set(names)) != len(names):
        raise OaiError('badArgument' if names.count('verb') < 2 else 'badVerb', 'An argument is repeated.')
    arguments = dict(pairs)
    verb = arguments.pop('verb', None)
    if verb not in ARGUMENTS:
        raise OaiError('badVerb', 'The verb is missing or unknown.')
    required, optional = ARGUMENTS[verb]
    if 'resumptionToken' in arguments and 'resumptionToken' in optional:
        if len(arguments) > 1:
            raise OaiError('badArgument', 'resumptionToken stands alone.')
        return verb, arguments
    unknown = set(arguments) - required - optional
    if unknown:
        raise OaiError('badArgument', f'Unknown argument: {", ".join(sorted(unknown))[:100]}')
    missing = required - set(arguments)
    if missing:
        raise OaiError('badArgument', f'Missing argument: {", ".join(sorted(missing))}')
    return verb, arguments


def parse_stamp(text, is_end=False):
    """Return a time of the protocol as a naive UTC datetime; the end of a day is its last second."""
    pattern = '%Y-%m-%d' if DAY.fullmatch(text) else '%Y-%m-%dT%H:%M:%SZ' if SECOND.fullmatch(text) else ''
    try:
        moment = datetime.strptime(text, pattern)
    except ValueError:
        raise OaiError('badArgument', 'A date is not written as the protocol wants it.') from None
    return moment + timedelta(days=1, seconds=-1) if is_end and DAY.fullmatch(text) else moment


def parse_span(arguments):
    """Return (from, until), each None if not given."""
    start, end = arguments.get('from'), arguments.get('until')
    if start and end and bool(DAY.fullmatch(start)) != bool(DAY.fullmatch(end)):
        raise OaiError('badArgument', 'from and until have different granularities.')
    start, end = start and parse_stamp(start), end and parse_stamp(end, is_end=True)
    if start and end and start > end:
        raise OaiError('badArgument', 'from is later than until.')
    return start, end


def format_stamp(moment):
    return moment.strftime('%Y-%m-%dT%H:%M:%SZ')


class Answer:
    """An answer under construction."""

    def __init__(self, base_url, verb=None, arguments=None):
        self.root = etree.Element(f'{{{OAI}}}OAI-PMH', nsmap={None: OAI, 'xsi': XSI})
        self.root.set(f'{{{XSI}}}schemaLocation', f'{OAI} http://www.openarchives.org/OAI/2.0/OAI-PMH.xsd')
        add(self.root, 'responseDate', format_stamp(datetime.now(timezone.utc)))
        request = add(self.root, 'request', base_url)
        if verb:
            request.set('verb', verb)
            for name, value in (arguments or {}).items():
                request.set(name, value)
        self.body = None

    def open(self, verb):
        self.body = add(self.root, verb)
        return self.body

    def error(self, error):
        add(self.root, 'error', str(error)).set('code', error.code)

    def header(self, parent, *, identifier, stamp, set_spec, is_deleted):
        header = add(parent, 'header')
        if is_deleted:
            header.set('status', 'deleted')
        add(header, 'identifier', identifier)
        add(header, 'datestamp', format_stamp(stamp))
        add(header, 'setSpec', set_spec)
        return header

    def token(self, token, *, size, cursor):
        """Say how to go on; an empty token says that this was the last part."""
        element = add(self.body, 'resumptionToken', token or None)
        element.set('completeListSize', str(size))
        element.set('cursor', str(cursor))

    def to_bytes(self):
        return etree.tostring(self.root, xml_declaration=True, encoding='UTF-8')


def add(parent, name, text=None):
    element = etree.SubElement(parent, f'{{{OAI}}}{name}')
    if text is not None:
        element.text = text
    return element


def make_dublin_core(pairs):
    root = etree.Element(f'{{{OAI_DC}}}dc', nsmap={'oai_dc': OAI_DC, 'dc': DC, 'xsi': XSI})
    root.set(f'{{{XSI}}}schemaLocation', f'{OAI_DC} http://www.openarchives.org/OAI/2.0/oai_dc.xsd')
    for name, value in pairs:
        etree.SubElement(root, f'{{{DC}}}{name}').text = value
    return root
