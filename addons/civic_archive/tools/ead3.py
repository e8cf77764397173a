"""Finding aids as EAD3 (https://www.loc.gov/ead/), written as they come; plain Python.

A unit is a plain dict, so that the writer knows no database: ``level``, ``code``, ``title`` and what else is known.
"""
from lxml import etree

NAMESPACE = 'http://ead3.archivists.org/schema/'
# EAD3 has no level of its own for a document as a part of a file: it is an item.
TEXT_ELEMENTS = (
    ('bioghist', 'history'), ('custodhist', 'custodial_history'), ('scopecontent', 'scope_content'),
    ('arrangement', 'arrangement'), ('accessrestrict', 'access_conditions'), ('userestrict', 'reproduction'),
    ('otherfindaid', 'finding_aids'), ('originalsloc', 'originals'), ('altformavail', 'copies'),
    ('relatedmaterial', 'related'),
)


def _tag(name):
    return f'{{{NAMESPACE}}}{name}'


def write_finding_aid(output, units, *, record_id, title, agency, created):
    """Write a whole finding aid.

    :param output: a binary file
    :param units: (unit, depth), each before its parts; the first one is what the finding aid is about
    :param datetime created: when it was made
    """
    with etree.xmlfile(output, encoding='utf-8') as xml:
        xml.write_declaration()
        with xml.element(_tag('ead'), nsmap={None: NAMESPACE}):
            xml.write(make_control(record_id, title, agency, created))
            _write_tree(xml, iter(units))


def make_control(record_id, title, agency, created):
    control = etree.Element(_tag('control'), nsmap={None: NAMESPACE})
    _add(control, 'recordid', record_id)
    filedesc = _add(control, 'filedesc')
    _add(_add(filedesc, 'titlestmt'), 'titleproper', title)
    _add(control, 'maintenancestatus', value='derived')
    _add(_add(control, 'maintenanceagency'), 'agencyname', agency)
    event = _add(_add(control, 'maintenancehistory'), 'maintenanceevent')
    _add(event, 'eventtype', value='derived')
    _add(event, 'eventdatetime', created.isoformat(timespec='seconds'), standarddatetime=created.isoformat(timespec='seconds'))
    _add(event, 'agenttype', value='machine')
    _add(event, 'agent', 'Civic Records')
    return control


def _write_tree(xml, units):
    """Nest the components: an element per depth stays open until a unit of the same depth or above comes."""
    open_elements = []

    def close_to(depth):
        while open_elements and open_elements[-1][0] >= depth:
            _depth, element, dsc = open_elements.pop()
            if dsc:
                dsc.__exit__(None, None, None)
            element.__exit__(None, None, None)

    for unit, depth in units:
        close_to(depth)
        if depth == 1 and open_elements and open_elements[-1][2] is None:
            dsc = xml.element(_tag('dsc'))
            dsc.__enter__()
            open_elements[-1] = (0, open_elements[-1][1], dsc)
        element = xml.element(_tag('archdesc' if depth == 0 else 'c'), level=unit['level'])
        element.__enter__()
        for child in make_body(unit):
            xml.write(child)
        open_elements.append((depth, element, None))
    close_to(0)


def make_body(unit):
    """Return what stands in a component: identification first, then the texts."""
    holder = etree.Element(_tag('c'), nsmap={None: NAMESPACE})
    did = _add(holder, 'did')
    _add(did, 'unitid', unit['code'])
    _add(did, 'unittitle', unit['title'])
    _add_dates(did, unit)
    if unit.get('extent'):
        _add(_add(did, 'physdescset'), 'physdescstructured', None, physdescstructuredtype='otherphysdescstructuredtype',
             coverage='whole', otherphysdescstructuredtype='extent')
        structured = did[-1][0]
        quantity, kind = unit['extent']
        _add(structured, 'quantity', quantity)
        _add(structured, 'unittype', kind)
    if unit.get('physical'):
        _add(did, 'physdesc', unit['physical'])
    if unit.get('creator'):
        _add(_add(_add(did, 'origination'), 'corpname'), 'part', unit['creator'])
    if unit.get('languages'):
        langmaterial = _add(did, 'langmaterial')
        for code in unit['languages']:
            _add(langmaterial, 'language', langcode=code)
    for element, key in TEXT_ELEMENTS:
        if unit.get(key):
            block = _add(holder, element)
            for paragraph in filter(None, map(str.strip, clean(unit[key]).split('\n'))):
                _add(block, 'p', paragraph)
    if unit.get('keywords'):
        access = _add(holder, 'controlaccess')
        for keyword in unit['keywords']:
            _add(_add(access, 'subject'), 'part', keyword)
    return list(holder)


def _add_dates(did, unit):
    start, end, text = unit.get('date_from'), unit.get('date_to'), unit.get('date_text')
    if start and end and start != end:
        span = _add(_add(did, 'unitdatestructured'), 'daterange')
        _add(span, 'fromdate', text_of(start), standarddate=start.isoformat())
        _add(span, 'todate', text_of(end), standarddate=end.isoformat())
    elif start or end:
        day = start or end
        _add(_add(did, 'unitdatestructured'), 'datesingle', text_of(day), standarddate=day.isoformat())
    if text:
        _add(did, 'unitdate', text)


def text_of(day):
    return f'{day:%d/%m/%Y}'


def clean(text):
    """Leave out what XML cannot hold."""
    return ''.join(char for char in str(text) if char in '\t\n\r' or ' ' <= char <= '\ud7ff' or '\ue000' <= char <= '\ufffd'
                   or char > '\uffff')


def _add(parent, name, text=None, **attributes):
    element = etree.SubElement(parent, _tag(name), attributes)
    if text:
        element.text = clean(text)
    return element
