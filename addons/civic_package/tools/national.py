"""The rules of Circular 05/2025/TT-BNV that go beyond E-ARK, by identifiers of our own, each with its place in the law."""
from __future__ import annotations

import re
from collections import Counter

from lxml import etree

from . import metadata, premis, xmlio
from .csip import MUST, SHOULD
from .findings import ERROR, FAILED, PASSED, SKIPPED, WARNING, Outcome, PackageError
from .profiles import check_fields
from .sources import reading
from .spill import Spill

EAD = 'metadata/descriptive/EAD.xml'
IN_METS, IN_PREMIS = 1, 2
_UUID = '[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}'
_IDENTIFIERS = {prefix: re.compile(f'{prefix}-{_UUID.replace("a-f", "")}') for prefix in ('ID', 'uuid')}
_MOMENT = re.compile(r'\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?\+07:00')
DESCRIPTION = re.compile(r'EAD_(doc|pic|media)_.+\.xml', re.IGNORECASE)

# id: (level, place in the circular or law; {annex} is the annex of the package's kind)
RULES = {
    'VN05-1': (MUST, "{annex}, METS"),                          # type of package
    'VN05-2': (MUST, "{annex}, METS"),                          # mets/@TYPE
    'VN05-3': (MUST, "{annex}, METS"),                          # OBJID
    'VN05-4': (MUST, "{annex}, cấu trúc gói tin"),              # folder's name
    'VN05-5': (SHOULD, "{annex}, METS"),                        # identifiers in METS
    'VN05-6': (SHOULD, "{annex}, METS"),                        # time zone
    'VN05-7': (MUST, "{annex}, METS"),                          # SHA-256
    'VN05-8': (MUST, "{annex}, cấu trúc gói tin"),              # EAD.xml
    'VN05-9': (MUST, "{annex}, cấu trúc gói tin"),              # preservation metadata
    'VN05-10': (MUST, "{annex}, cấu trúc gói tin"),             # one representation
    'VN05-11': (MUST, "{annex}, siêu dữ liệu tài liệu"),        # a description for each document
    'VN05-12': (MUST, "{annex}, cấu trúc gói tin"),             # content
    'VN05-13': (MUST, "{annex}, cấu trúc gói tin"),             # schemas
    'VN05-14': (MUST, "{annex}, siêu dữ liệu"),                 # required field
    'VN05-15': (MUST, "{annex}, siêu dữ liệu"),                 # length
    'VN05-16': (MUST, "{annex}, bảng mã"),                      # code list
    'VN05-17': (MUST, "{annex}, siêu dữ liệu"),                 # type of value
    'VN05-18': (MUST, "{annex}, siêu dữ liệu"),                 # conditional field
    'VN05-19': (SHOULD, "{annex}, siêu dữ liệu"),               # unknown field
    'VN05-20': (MUST, "{annex}, siêu dữ liệu"),                 # totalDoc
    'VN05-21': (MUST, "{annex}, mã tài liệu"),                  # code of a document
    'VN05-22': (SHOULD, "Điều 8 khoản 1 điểm d"),               # name of a file
    'VN05-23': (MUST, "{annex}, tài liệu liên kết"),            # holey files
    'VN05-24': (SHOULD, "{annex}, siêu dữ liệu"),               # permanent only
    'VN05-25': (MUST, "{annex}, PREMIS"),                       # PREMIS agrees
    'VN05-26': (MUST, "Điều 25 khoản 3 điểm a"),                # creation event
    'VN05-27': (MUST, "{annex}, METS structMap"),               # links
    'VN05-28': (MUST, "Luật Lưu trữ 2024; Luật Bảo vệ bí mật nhà nước 2018"),   # secrets
    'VN05-29': (MUST, "{annex}, siêu dữ liệu"),                 # code comes twice
}
FIELD_RULES = {
    'missing': ('VN05-14', "%(field)s is missing"),
    'length': ('VN05-15', "%(field)s has %(length)s characters, at most %(limit)s are allowed"),
    'code': ('VN05-16', "%(field)s: %(value)s is not one of %(codes)s"),
    'format': ('VN05-17', "%(field)s: %(value)s is not %(format)s"),
    'condition': ('VN05-18', "%(field)s is missing, which %(other)s=%(value)s requires"),
    'unknown': ('VN05-19', "%(field)s is no field of this table"),
}


class National:
    """What is gathered while METS files are read, and judged at the end."""

    def __init__(self, source, report, kind):
        self.source, self.report, self.kind = source, report, kind
        self.values, self.documents, self.codes = {}, 0, Spill()
        self.linked = Spill()           # by identifier what METS names; '' when a link has named it, too
        self.digests = Spill()          # of the files in data/: IN_METS, IN_PREMIS or both

    def _say(self, rule, message, location='', **values):
        level, article = RULES[rule]
        outcome = self._outcome(rule)
        outcome.outcome = FAILED
        self.report.add(
            rule, ERROR if level == MUST else WARNING, message, location,
            article=f'{self.kind.profile.data["legal_basis"]}, {article.format(annex=self.kind.annex)}', **values)

    def _outcome(self, rule):
        outcome = self.report.outcomes.get(rule)
        if outcome is None:
            outcome = self.report.outcomes[rule] = Outcome(rule, RULES[rule][0], PASSED)
        return outcome

    def judge(self, rule, right, message, location='', **values):
        self._outcome(rule).checked += 1
        if not right:
            self._say(rule, message, location, **values)

    # === while METS is read ===========================================================================================

    def refer(self, mets, reference, content):
        self.judge('VN05-7', reference.algorithm == 'SHA-256', "The checksum is %(algorithm)s and not SHA-256", reference.path,
                   algorithm=reference.algorithm or '-')
        self._check_form(mets, reference)
        if mets.is_root:
            return
        if reference.kind == 'dmdSec':
            self.linked[reference.identifier] = 'description'
            self.documents += 1
            if content is not None:
                self.describe(reference.path, content)
        elif reference.kind == 'file' and reference.use in ('Data', 'Holeyfile', 'data'):
            # What METS says: whether the file has this checksum is another question, which has its own answer.
            self.digests[to_bytes(reference.digest)] = IN_METS
            self.linked[reference.identifier] = 'file'
            self._check_name(reference)

    def _check_form(self, mets, reference):
        prefix = 'ID' if reference.kind == 'file' else 'uuid'
        if reference.identifier and reference.kind != 'digiprovMD':
            self.judge('VN05-5', _IDENTIFIERS[prefix].fullmatch(reference.identifier),
                       "The identifier is not %(prefix)s-{UUID} in capitals", f'{mets.path}#{reference.identifier}', prefix=prefix)
        self.judge('VN05-6', bool(_MOMENT.fullmatch(reference.created)), "%(moment)s is not in Vietnam's time zone (+07:00)",
                   f'{mets.path}#{reference.identifier}', moment=reference.created or '-')

    def _check_name(self, reference):
        name = reference.path.rpartition('/')[2]
        if name.endswith('.fetch.txt'):
            self.judge('VN05-23', self.kind.holey, "References to documents submitted earlier are not allowed in %(kind)s", reference.path,
                       kind=self.kind.name)
        code = self.values.get(self.kind.code or '', '')
        if code and self.kind.oais != 'DIP':
            codes = [code]
            if self.kind.oais == 'AIP':
                # the archive's own code stands before that of the file, and may have points itself
                parts = code.split('.')
                codes += ['.'.join(parts[start:]) for start in range(1, max(2, len(parts) - 2))]
            self.judge('VN05-22', name.startswith(tuple(f'{one}.' for one in codes)),
                       "The name does not start with the file's code %(code)s", reference.path, code=code)

    def describe(self, path, content):
        """The description of one document: its fields and codes."""
        name = path.rpartition('/')[2]
        match = DESCRIPTION.fullmatch(name)
        self.judge('VN05-11', match, "The name is not EAD_doc_…, EAD_pic_… or EAD_media_…", path)
        values = self._read_fields(path, content, self.kind.document_fields[match.group(1).lower() if match else 'doc'])
        if values is None:
            return
        code = values.get(self.kind.doc_code, '')
        if code:
            self.judge('VN05-29', self.codes.add(code), "%(code)s is the code of another document, too", path, code=code)
            self._check_code(path, code, values)

    def _check_code(self, path, code, values):
        digits = self.kind.profile.data['ordinal_digits']
        package_code = self.values.get(self.kind.code or '', '')
        stem, _, ordinal = code.rpartition('.')
        right = len(ordinal) == digits and ordinal.isascii() and ordinal.isdigit()
        if package_code and right:
            right = stem == package_code or (self.kind.oais == 'AIP' and package_code.endswith('.' + stem))
        self.judge('VN05-21', right, "%(code)s is not the file's code, a point and %(digits)s digits", path, code=code, digits=digits)

    def _read_fields(self, path, content, fields):
        try:
            element = xmlio.parse(content)
        except xmlio.XmlRefused as error:
            self.report.error('PKG16', "The XML is refused: %(reason)s", path, reason=str(error))
            return None
        except etree.XMLSyntaxError as error:
            self.report.error('PKG16', "The XML is refused: %(reason)s", path, reason=error.msg or "not well-formed")
            return None
        name = etree.QName(element)
        if name.localname != 'simpledc':
            self.judge('VN05-8', False, "The root is not simpledc", path)
        namespace = self.kind.layout['namespace']
        if namespace and name.namespace != namespace:
            self.judge('VN05-8', False, "The namespace is not %(namespace)s", path, namespace=namespace)
        values, twice = metadata.read(element)
        for name in twice:
            self.judge('VN05-17', False, "%(field)s comes more than once", path, field=name)
        self._check_values(path, values, fields)
        return values

    def _check_values(self, path, values, fields):
        for rule in ('VN05-14', 'VN05-15', 'VN05-16', 'VN05-17', 'VN05-18', 'VN05-19'):
            self._outcome(rule).checked += 1
        for check, words in check_fields(fields, values, self.kind.profile.codes):
            rule, message = FIELD_RULES[check]
            self._say(rule, message, path, **words)
        self.judge('VN05-28', values.get('mode') != '03', "State secrets are not kept on networked systems", path)

    def read_package_fields(self):
        if EAD not in self.source.files:
            self.judge('VN05-8', False, "%(file)s is missing", EAD, file=EAD)
            return
        self._outcome('VN05-8').checked += 1
        try:
            content = self.source.read(EAD)
        except PackageError:
            return          # said by the checksum
        self.values = self._read_fields(EAD, content, self.kind.fields) or {}

    # === afterwards ===================================================================================================

    def finish(self, root, representations, folder):
        self._check_root(root, folder)
        self._check_structure(representations)
        self._check_totals()
        self._check_links(representations)
        self._check_preservation(root, representations)
        for rule, (level, _article) in RULES.items():
            self.report.outcomes.setdefault(rule, Outcome(rule, level, SKIPPED, 0, "nothing in the package to judge"))
            if not self.report.outcomes[rule].checked and self.report.outcomes[rule].outcome == PASSED:
                self.report.outcomes[rule] = Outcome(rule, level, SKIPPED, 0, "nothing in the package to judge")

    def _check_root(self, root, folder):
        kind = self.kind
        self.judge('VN05-1', root.header.get(f'{{{xmlio.CSIP}}}OAISPACKAGETYPE') == kind.oais, "OAISPACKAGETYPE must be %(type)s",
                   root.path, type=kind.oais)
        known = {kind.layout['type'], kind.profile.data['kinds'][kind.name]['layout']['type']}
        mets_type = root.attributes.get('TYPE') or '-'
        self.judge('VN05-2', mets_type.lower() in {word.lower() for word in known}, "mets/@TYPE is %(value)s and not %(type)s", root.path,
                   value=mets_type, type=kind.layout['type'])
        objid = root.attributes.get('OBJID') or ''
        forms = kind.profile.data['objid_forms'][kind.oais]
        patterns = [re.escape(form).replace(r'\{uuid\}', _UUID).replace(r'\{fonds\}', '[^:/]+') for form in forms]
        self.judge('VN05-3', any(re.fullmatch(pattern, objid) for pattern in patterns), "OBJID %(objid)s is not of the form %(forms)s",
                   root.path, objid=objid or '-', forms=', '.join(forms))
        if objid:
            self.judge('VN05-4', folder == objid.replace(':', '_'), "The folder's name %(folder)s is not OBJID with _ for :", folder,
                folder=folder)

    def _check_structure(self, representations):
        names, data, described, known = set(), False, False, set()
        for path in self.source.files:
            top, _slash, rest = path.partition('/')
            if top == 'schemas':
                known.add(path.lower())
            elif top == 'representations' and '/' in rest:
                names.add(rest.partition('/')[0])
                data = data or '/data/' in rest
                described = described or '/metadata/descriptive/' in rest
        self.judge('VN05-10', len(names) == 1 and len(representations) == 1, "There must be one representation, with its METS.xml",
                   'representations', )
        self.judge('VN05-12', data, "There is no content in data/", 'representations')
        mets = any('mets' in name and name.endswith('.xsd') and 'dilcis' not in name for name in known)
        self.judge('VN05-13', mets and any('ead' in name for name in known), "The schemas of METS and EAD must be in schemas/", 'schemas')
        self.judge('VN05-11', described, "No document is described", 'representations')

    def _check_totals(self):
        total = self.values.get('totalDoc', '')
        if 'totalDoc' in self.kind.fields and total.isdigit():
            self.judge('VN05-20', int(total[:12]) == self.documents, "totalDoc is %(total)s, but %(count)s documents are described", EAD,
                       total=total, count=self.documents)
        if self.kind.oais == 'SIP' and self.values.get('maintenance'):
            self.judge('VN05-24', self.values['maintenance'] == '01',
                       "An archive takes only permanent records (01) from its sources, this is %(value)s", EAD,
                       value=self.values['maintenance'])

    def link(self, descriptions, files):
        """One link between a description and its files, which METS names before."""
        for identifier in (*descriptions, *files):
            what = self.linked.get(identifier)
            if what:
                self.linked[identifier] = ''
            elif what is None:
                self.judge('VN05-27', False, "The link leads to nothing", f'#{identifier}')
        self._outcome('VN05-27').checked += 1

    def _check_links(self, representations):
        for mets in representations:
            self.judge('VN05-27', mets.links, "No link from a description to its document (MetadataLink)", mets.path)
            if mets.links:
                for identifier, what in self.linked.items():
                    if what:
                        self.judge('VN05-27', False, "The %(what)s is linked with nothing", f'{mets.path}#{identifier}', what=what)

    # === preservation metadata ========================================================================================

    def _check_preservation(self, root, representations):
        if self.kind.premis == 'absent':
            found = next((path for path in self.source.files if '/preservation/' in f'/{path}' and '/data/' not in path), '')
            self.judge('VN05-9', not found, "A SIP has no preservation metadata", found)
            return
        wanted = ['metadata/preservation/PREMIS.xml', *(
            f'{mets.base}/metadata/preservation/PREMIS_{mets.base.rpartition("/")[2]}.xml' for mets in representations)]
        for path in wanted:
            there = path in self.source.files
            if self.kind.premis == 'required' or there:
                self.judge('VN05-9', there, "%(file)s is missing", path, file=path)
            if there:
                self._check_premis(path, root, path == wanted[0])

    def _check_premis(self, path, root, is_root):
        reader = _Premis(Spill() if is_root else self.digests)
        try:
            with reading(self.source, path) as stream:
                reader.read(xmlio.iterparse(stream, events=('end',), tag=('{*}object', '{*}event', '{*}agent')))
        except (xmlio.XmlRefused, etree.XMLSyntaxError, PackageError) as error:
            self.report.error('PKG16', "The XML is refused: %(reason)s", path, reason=getattr(error, 'msg', None) or str(error))
            return
        self.judge('VN05-25', reader.objects, "It describes no object", path)
        if is_root:
            self._check_creation(path, root, reader)
            return
        places = Counter(place for _digest, place in self.digests.items())
        missing, strange = places[IN_METS], places[IN_PREMIS]
        self.judge('VN05-25', not missing, "%(count)s files of data/ are not described with their checksum", path, count=missing)
        self.judge('VN05-25', not strange, "%(count)s checksums belong to no file of data/", path, count=strange)

    def _check_creation(self, path, root, reader):
        objid = root.attributes.get('OBJID') or ''
        events = [links for type_, links in reader.events if type_ == premis.CREATION]
        self.judge('VN05-26', any(value == objid and role == 'outcome' for links in events for value, role in links),
                   "There is no event \"information package creation\" with this package as its outcome", path)


def to_bytes(digest):
    """A digest in half the memory; what is none stays what it is."""
    try:
        return bytes.fromhex(digest)
    except ValueError:
        return digest.encode('utf-8', 'replace')


class _Premis:
    """What a PREMIS file says, object by object; ``digests`` are marked as found in it."""

    def __init__(self, digests):
        self.objects, self.digests, self.events = 0, digests, []

    def read(self, events):  # pylint: disable=method-required-super  # no model
        for _event, node in events:
            name = node.tag.rpartition('}')[2]
            if name == 'object':
                self.objects += 1
                for fixity in node.iter('{*}fixity'):
                    if (fixity.findtext('{*}messageDigestAlgorithm') or '').replace('-', '').upper() == 'SHA256':
                        digest = to_bytes((fixity.findtext('{*}messageDigest') or '').strip())
                        self.digests[digest] = self.digests.get(digest, 0) | IN_PREMIS
            elif name == 'event':
                self.events.append(((node.findtext('{*}eventType') or '').strip(), [
                    ((link.findtext('{*}linkingObjectIdentifierValue') or '').strip(),
                    (link.findtext('{*}linkingObjectRole') or '').strip())
                    for link in node.iter('{*}linkingObjectIdentifier')]))
            node.clear(keep_tail=False)
            parent = node.getparent()
            while parent is not None and node.getprevious() is not None:
                parent.remove(node.getprevious())
