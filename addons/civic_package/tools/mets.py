"""Reading a METS file piece by piece: the rules judge each element as it ends, and then it is forgotten."""
from __future__ import annotations

import urllib.parse
from collections import Counter
from dataclasses import dataclass

from lxml import etree

from . import csip, schemas, xmlio
from .findings import ACCEPTED, ERROR, FAILED, INFO, PASSED, SKIPPED, WARNING, Outcome, PackageError
from .sources import path_defect, reading
from .spill import Spill
from .xmlio import METS, XLINK

SEVERITY = {csip.MUST: ERROR, csip.SHOULD: WARNING, csip.MAY: INFO}
SENTENCE = "%(what)s is missing or not as E-ARK asks (%(level)s)"
LABELS = ('Metadata', 'Documentation', 'Schemas', 'Representations')
_SECTIONS = {'dmdSec', 'digiprovMD', 'rightsMD', 'techMD', 'sourceMD'}
_ENDS = {*_SECTIONS, 'metsHdr', 'amdSec', 'file', 'fileGrp', 'fileSec', 'div', 'structMap'}
_NAMES = {f'{{{METS}}}{name}': name for name in (*_ENDS, 'mets', 'mdRef', 'FLocat', 'fptr', 'mptr', 'agent', 'name', 'note')}
_REPEATED = tuple(f'{{{METS}}}{name}' for name in ('file', 'dmdSec', 'div'))


@dataclass(slots=True)
class Reference:
    """A file that a METS file names."""
    path: str               # below the package's folder; empty when the address is refused
    href: str
    identifier: str
    kind: str               # dmdSec, digiprovMD, rightsMD, file …
    use: str                # of the file group, or the type of metadata
    size: str
    algorithm: str
    digest: str
    mime: str
    created: str


class Judge:
    """Runs the E-ARK rules and keeps how each fared."""

    def __init__(self, report, accepted=None):
        self.report, self.accepted = report, accepted or {}
        self.oais = ''
        self.by_place = {}
        for rule in csip.RULES.values():
            self.by_place.setdefault(rule.where, []).append(rule)
        self._chosen = {}

    def _rules(self, where, is_root):
        """The rules of a place with their outcomes, chosen once for all elements like this one."""
        key = where, is_root, self.oais
        if key not in self._chosen:
            self._chosen[key] = [
                (rule, rule.check, self.report.outcomes.setdefault(rule.id, Outcome(rule.id, rule.level, PASSED)))
                for rule in self.by_place.get(where, ())
                if not (rule.scope and not is_root or rule.scope in ('SIP', 'DIP') and rule.scope != self.oais)]
        return self._chosen[key]

    def judge(self, where, node, mets):
        for rule, check, outcome in self._rules(where, mets.is_root):
            verdict = check(node, mets)
            if verdict is not None:
                outcome.checked += 1
                if not verdict:
                    identifier = node.get('ID')
                    self._fail(rule, outcome, f'{mets.path}#{identifier}' if identifier else mets.path)

    def judge_package(self, package):
        """The rules of structure, which are about the package as a whole."""
        for rule, check, outcome in self._rules('package', True):
            verdict = check(package, None)
            if verdict is not None:
                outcome.checked += 1
                if not verdict:
                    self._fail(rule, outcome, rule.what)

    def _fail(self, rule, outcome, location):
        if rule.id in self.accepted:
            if outcome.outcome == PASSED:
                outcome.outcome, outcome.reason = ACCEPTED, self.accepted[rule.id]
            return
        outcome.outcome = FAILED
        self.report.add(rule.id, SEVERITY[rule.level], SENTENCE, location, what=rule.what, level=rule.level)

    def finish(self, reason=''):
        """Rules that had nothing to judge are skipped, and say why."""
        for rule in csip.RULES.values():
            if rule.id in self.report.outcomes and self.report.outcomes[rule.id].checked:
                continue
            if rule.scope in ('SIP', 'DIP') and rule.scope != self.oais:
                why = f"the package says it is {self.oais or 'of no known type'}, not {rule.scope}"
            elif reason and rule.where != 'package':
                why = reason
            else:
                why = f"nothing in the package to judge: {rule.what}"
            self.report.outcomes[rule.id] = Outcome(rule.id, rule.level, SKIPPED, 0, why)


class Mets:
    """One METS file while it is read, and what is left of it afterwards."""

    def __init__(self, source, path, judge, on_reference, report, on_link=None):
        self.source, self.path, self.judge, self.on_reference, self.report = source, path, judge, on_reference, report
        self.on_link, self.links = on_link or (lambda _descriptions, _files: None), 0
        self.base = path.rpartition('/')[0]
        self.is_root = not self.base
        self.attributes, self.header, self.seen = {}, {}, Counter()
        self.agents = []
        self.groups, self.group_ids, self.files_in_group, self.maps = [], set(), 0, 0
        self.current_dmd, self.current_adm, self.representations = set(), set(), []
        self.ids, self._use = Spill(), ''

    # === what the rules ask ===========================================================================================

    def unique(self, node):
        identifier = node.get('ID')
        return bool(identifier) and identifier not in self._ids_twice

    def refers_to(self, identifiers):
        if not identifiers:
            return None
        return all(identifier in self.ids for identifier in identifiers.split())

    def points_at_file(self, node):
        return self.resolve(node.get(f'{{{XLINK}}}href') or '') in self.source.files

    # === reading ======================================================================================================

    def resolve(self, href):
        """An address as a path below the package's folder; '' when it leads elsewhere."""
        if '%' not in href and ':' not in href and (place := f'{self.base}/{href}' if self.base else href) in self.source.files:
            return place        # as nearly always: what is in the list was found to be harmless
        if href.startswith('file:'):
            href = href.removeprefix('file:').removeprefix('//').removeprefix('./')
        path = ''
        for candidate in ((_unquote(href), href) if '%' in href else (href,)):
            if path_defect(candidate):
                return ''
            place = f'{self.base}/{candidate}' if self.base else candidate
            if place in self.source.files:
                return place
            path = path or place
        return path

    def read(self):  # pylint: disable=method-required-super  # no model
        """Read all of it. :return: whether it could be."""
        self._ids_twice = Spill()
        try:
            with reading(self.source, self.path) as stream:
                self._walk(xmlio.iterparse(stream))
        except (xmlio.XmlRefused, PackageError) as error:
            self.report.error('PKG16', "The XML is refused: %(reason)s", self.path, reason=str(error))
            return False
        except etree.XMLSyntaxError as error:
            self.report.error('PKG16', "The XML is refused: %(reason)s", self.path, reason=error.msg or "not well-formed")
            return False
        return True

    def _walk(self, events):
        stack = []
        root = None
        for event, node in events:
            tag = node.tag
            name = _NAMES.get(tag)
            if name is None:
                if not isinstance(tag, str):
                    continue
                name = tag.removeprefix(f'{{{METS}}}') if tag.startswith(f'{{{METS}}}') else f'?{tag}'
            if event == 'start':
                if root is None:
                    root = node
                    if name != 'mets':
                        raise xmlio.XmlRefused("the root is not mets")
                    self.attributes = dict(node.attrib)
                stack.append(name)
                self._start(name, node)
            else:
                stack.pop()
                if name in _ENDS:
                    self._end(name, node, stack)
        self.judge.judge('mets', root, self)

    def _start(self, name, node):
        self.seen[name] += 1
        identifier = node.get('ID')
        if identifier and not self.ids.add(identifier):
            self._ids_twice.add(identifier)
            self.report.error('PKG21', "The identifier %(id)s comes more than once", self.path, id=identifier)
        if name == 'metsHdr':
            self.header = dict(node.attrib)
            if self.is_root:
                self.judge.oais = csip.csip(node, 'OAISPACKAGETYPE') or ''
        elif name == 'fileGrp':
            self._use, self.files_in_group = node.get('USE') or '', 0
            self.groups.append((self._use, node.get('ID')))
            self.group_ids.add(node.get('ID'))

    def _judge(self, where, node):
        self.judge.judge(where, node, self)

    def _end(self, name, node, stack):
        parent = stack[-1] if stack else ''
        if name == 'metsHdr':
            self.agents = [(dict(agent.attrib), agent.findtext(f'{{{METS}}}name'), [
                (csip.csip(note, 'NOTETYPE') or note.get('NOTETYPE'), note.text) for note in csip.children(agent, 'note')])
                for agent in csip.children(node, 'agent')]
            self._judge('metsHdr', node)
        elif name in _SECTIONS:
            self._end_section(name, node)
        elif name == 'amdSec':
            self._judge('amdSec', node)
            _forget(node)
        elif name == 'file' and parent == 'fileGrp':
            self._end_file(node)
        elif name == 'fileGrp':
            self._judge('fileGrp', node)
        elif name == 'fileSec':
            self._judge('fileSec', node)
            _forget(node)
        elif name == 'div':
            self._end_div(node, stack)
        elif name == 'structMap':
            self._end_map(node)

    def _end_section(self, name, node):
        self._judge(name, node)
        if self.is_root and name in ('dmdSec', 'digiprovMD') and node.get('ID') and node.get('STATUS', 'CURRENT') == 'CURRENT':
            (self.current_dmd if name == 'dmdSec' else self.current_adm).add(node.get('ID'))
        for reference in csip.children(node, 'mdRef'):
            self._judge(f'{name}/mdRef', reference)
            self._refer(reference, reference, name, reference.get('OTHERMDTYPE') or reference.get('MDTYPE') or '', node.get('ID'))
        if name == 'dmdSec':
            _forget(node)
        else:
            node.clear(keep_tail=False)

    def _end_file(self, node):
        self.files_in_group += 1
        self._judge('file', node)
        place = csip.child(node, 'FLocat')
        if place is not None:
            self._judge('FLocat', place)
            self._refer(node, place, 'file', self._use, node.get('ID'))
        _forget(node)

    def _refer(self, node, place, kind, use, identifier):
        href = place.get(f'{{{XLINK}}}href') or ''
        self.on_reference(self, Reference(
            self.resolve(href), href, identifier or '', kind, use, node.get('SIZE') or '', node.get('CHECKSUMTYPE') or '',
            (node.get('CHECKSUM') or '').lower(), node.get('MIMETYPE') or '', node.get('CREATED') or ''))

    def _end_div(self, node, stack):
        """Links between a description and its file are handed on and forgotten: there is one per document."""
        if (node.get('LABEL') or '').startswith('MetadataLink/') and len(stack) > 2:
            self.links += 1
            self.on_link((node.get('DMDID') or '').split(), [pointer.get('FILEID') for pointer in node.iter(f'{{{METS}}}fptr')])
            _forget(node)

    def _end_map(self, node):
        if node.get('LABEL') == 'CSIP':
            self.maps += 1
        self._judge('structMap', node)
        if node.get('LABEL') != 'CSIP':
            return
        for top in csip.children(node, 'div'):
            self._judge('top', top)
            for label in LABELS:
                for div in csip.divisions(top, label):
                    self._judge(f'div {label}', div)
                    for pointer in csip.pointers(div) if label == 'Representations' else ():
                        self._judge('mptr', pointer)
        for pointer in node.iter(f'{{{METS}}}mptr'):
            if path := self.resolve(pointer.get(f'{{{XLINK}}}href') or ''):
                self.representations.append(path)

    # === schema =======================================================================================================

    def check_schema(self, defects):
        """Say what ``find_schema_defects`` found, of a file that could be read."""
        for line, reason in defects:
            self.report.error('PKG17', "Not valid against its schema: %(reason)s", f'{self.path}:{line}', reason=reason)

    def find_schema_defects(self, entry=None):
        """What the schema has against the file, as (line, reason).

        :param entry: of the source, for a small file: then a thread may look for it while another one reads
        """
        parser = None
        try:
            schema = schemas.schema('METS')
            if entry is None:
                with reading(self.source, self.path) as stream:
                    parser = xmlio.iterparse(stream, events=('end',), tag=_REPEATED, schema=schema)
                    for _event, node in parser:
                        _forget(node)
            else:
                content = self.source.read_entry(self.path, entry, xmlio.MAX_SMALL)
                xmlio.check_declarations(content)
                parser = etree.XMLParser(schema=schema, **xmlio.SAFE)
                etree.fromstring(content, parser)       # one call, which leaves Python to the other thread
        except etree.XMLSyntaxError as error:
            return [(defect.line, defect.message) for defect in parser.error_log[:100]] or [(0, str(error))]
        except (xmlio.XmlRefused, PackageError, etree.XMLSchemaParseError) as error:
            if parser is None:      # the schema was not asked; that the file cannot be read says who reads it
                self.report.outcomes['PKG17'] = Outcome('PKG17', csip.MUST, SKIPPED, 0, str(error))
        return []


def _forget(node):
    """Free an element that was judged, and the empty shells before it."""
    node.clear(keep_tail=False)
    if node.tag in _REPEATED and (parent := node.getparent()) is not None:
        while (before := node.getprevious()) is not None and before.tag == node.tag:
            parent.remove(before)


def _unquote(href):
    return urllib.parse.unquote(href) if '%' in href else href
