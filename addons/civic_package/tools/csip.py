"""The requirements of E-ARK CSIP 2.0.4, SIP 2.0.4 and DIP 2.0.4, one function per identifier.

A function judges one element of one METS file (``node``) with what is known of the file so far (``mets``) and says True,
False, or None where the requirement does not speak of this element. MUST fails as an error, SHOULD as a warning, MAY as
information. The sentence of a finding names the place in METS' own words, which need no translation.

``where`` is the element a rule is about; ``scope`` is ``root`` for what only the package's own METS must have.
Where E-ARK contradicts itself, both readings are taken: see ``data/e-ark-contradictions.md``.
"""
from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from . import schemas
from .xmlio import CSIP, METS, SIP, XLINK

MUST, SHOULD, MAY = 'MUST', 'SHOULD', 'MAY'
RULES = {}
_DATE_TIME = re.compile(r'\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?)?')
_DIGEST_LENGTH = {'SHA-256': 64, 'SHA-384': 96, 'SHA-512': 128, 'SHA-1': 40, 'MD5': 32}
_CHECKSUM_TYPES = {
    'Adler-32', 'CRC32', 'HAVAL', 'MD5', 'MNP', 'SHA-1', 'SHA-256', 'SHA-384', 'SHA-512', 'TIGER', 'WHIRLPOOL'}
_STATUS = {'CURRENT', 'SUPERSEDED'}
_CONTENT_TYPES = {
    'ERMS', 'SIARD1', 'SIARD2', 'SIARDDK', 'GeoData', 'citcarchival_v1_0', 'citsarchival_v1_0', 'csarchival_v1_0', 'citspremis_v1_0',
    'cspremis_v1_0', 'citserms_v2_1', 'citserms_v3_0', 'citsehpj_v1_0', 'citsehpj_v2_0', 'citsehcr_v1_0', 'citssiard_v1_0',
    'citsgeospatial_v3_0', 'cits3dpm_v1_0', 'MIXED', 'OTHER'}
_PACKAGE_TYPES = {'SIP', 'AIP', 'DIP', 'AIU', 'AIC'}
_MIME = re.compile(r'[a-zA-Z0-9][a-zA-Z0-9!#$&^_.+-]*/[a-zA-Z0-9][a-zA-Z0-9!#$&^_.+-]*')
_XLINK, _CSIP = f'{{{XLINK}}}', f'{{{CSIP}}}'
_HEX = re.compile('[0-9A-Fa-f]+')
_REPRESENTATION = re.compile('Representations(/.*)?')


@dataclass(frozen=True)
class Rule:
    id: str
    level: str
    where: str
    what: str
    scope: str
    check: Any


def rule(identifier, level, where, what, scope=''):
    def register(function):
        RULES[identifier] = Rule(identifier, level, where, what, scope, function)
        return function
    return register


def has(node, name):
    return bool((node.get(name) or '').strip())


def is_moment(text):
    return bool(text and _DATE_TIME.fullmatch(text))


def is_size(text):
    return bool(text and text.isascii() and text.isdigit() and len(text) < 20)


def is_digest(node):
    digest, length = (node.get('CHECKSUM') or ''), _DIGEST_LENGTH.get(node.get('CHECKSUMTYPE'))
    return bool(_HEX.fullmatch(digest)) and (length is None or len(digest) == length)


def child(node, name):
    return next(node.iterchildren(f'{{{METS}}}{name}'), None)


def children(node, name):
    return list(node.iterchildren(f'{{{METS}}}{name}'))


def xlink(node, name):
    return node.get(_XLINK + name)


def csip(node, name):
    return node.get(_CSIP + name)


def software_agents(node):
    """E-ARK means one agent, the software; ``eark-validator`` asks the same of each creator, which SIP 2.0.4 forbids."""
    agents = [agent for agent in children(node, 'agent') if agent.get('ROLE') == 'CREATOR']
    return [agent for agent in agents if agent.get('OTHERTYPE') == 'SOFTWARE' or agent.get('TYPE') == 'OTHER'] or agents


def archival_agents(node):
    return [agent for agent in children(node, 'agent') if agent.get('ROLE') == 'CREATOR' and agent.get('OTHERTYPE') != 'SOFTWARE']


def submitting_agents(node):
    """Its role is not in METS' list: OTHER with SUBMITTER, as E-ARK's examples have it."""
    return [agent for agent in children(node, 'agent') if agent.get('OTHERROLE') == 'SUBMITTER' or agent.get('ROLE') == 'SUBMITTER']


def contact_agents(node):
    return [agent for agent in children(node, 'agent') if agent.get('TYPE') == 'INDIVIDUAL' and agent.get('ROLE') == 'CREATOR']


def preservation_agents(node):
    return [agent for agent in children(node, 'agent') if agent.get('ROLE') == 'PRESERVATION']


def notes_are(agents, kind):
    """E-ARK writes csip:NOTETYPE, and its own rule for SIP14 asks for it without a prefix: either will do."""
    notes = [note for agent in agents for note in children(agent, 'note')]
    return all(kind in (csip(note, 'NOTETYPE'), note.get('NOTETYPE')) for note in notes) if notes else None


def uses(node, use):
    return [group for group in children(node, 'fileGrp') if _named(group.get('USE'), use)]


def divisions(node, label):
    return [div for div in children(node, 'div') if _named(div.get('LABEL'), label)]


def _named(value, name):
    return bool(_REPRESENTATION.fullmatch(value or '')) if name == 'Representations' else value == name


def pointers(node):
    """Pointers to representations: in the division itself, or in divisions below it."""
    return [pointer for div in [node, *children(node, 'div')] for pointer in children(div, 'mptr')]


def refers(node, mets, names):
    """Whether all file groups of these names are pointed at from a division."""
    return {pointer.get('FILEID') for pointer in children(node, 'fptr')} >= {
        identifier for use, identifier in mets.groups if _named(use, names)}


@rule('CSIP1', MUST, 'mets', 'mets/@OBJID')
def csip1(node, mets):
    return has(node, 'OBJID')


@rule('CSIP2', MUST, 'mets', 'mets/@TYPE')
def csip2(node, mets):
    return node.get('TYPE') in schemas.vocabulary('ContentCategory')


@rule('CSIP3', SHOULD, 'mets', 'mets/@csip:OTHERTYPE')
def csip3(node, mets):
    return bool(csip(node, 'OTHERTYPE')) if node.get('TYPE') == 'Other' else None


@rule('CSIP4', SHOULD, 'mets', 'mets/@csip:CONTENTINFORMATIONTYPE')
def csip4(node, mets):
    return csip(node, 'CONTENTINFORMATIONTYPE') in _CONTENT_TYPES


@rule('CSIP5', MAY, 'mets', 'mets/@csip:OTHERCONTENTINFORMATIONTYPE')
def csip5(node, mets):
    return bool(csip(node, 'OTHERCONTENTINFORMATIONTYPE')) if csip(node, 'CONTENTINFORMATIONTYPE') == 'OTHER' else None


@rule('CSIP6', MUST, 'mets', 'mets/@PROFILE')
def csip6(node, mets):
    return has(node, 'PROFILE')


@rule('CSIP117', MUST, 'mets', 'mets/metsHdr')
def csip117(node, mets):
    return 'metsHdr' in mets.seen


@rule('CSIP7', MUST, 'metsHdr', 'metsHdr/@CREATEDATE')
def csip7(node, mets):
    return is_moment(node.get('CREATEDATE'))


@rule('CSIP8', SHOULD, 'metsHdr', 'metsHdr/@LASTMODDATE')
def csip8(node, mets):
    return is_moment(node.get('LASTMODDATE'))


@rule('CSIP9', MUST, 'metsHdr', 'metsHdr/@csip:OAISPACKAGETYPE')
def csip9(node, mets):
    return csip(node, 'OAISPACKAGETYPE') in _PACKAGE_TYPES


@rule('CSIP10', MUST, 'metsHdr', 'metsHdr/agent')
def csip10(node, mets):
    return child(node, 'agent') is not None


@rule('CSIP11', MUST, 'metsHdr', 'metsHdr/agent[@ROLE="CREATOR"]')
def csip11(node, mets):
    return bool(software_agents(node))


@rule('CSIP12', MUST, 'metsHdr', 'metsHdr/agent[@TYPE="OTHER"]', 'root')
def csip12(node, mets):
    return any(agent.get('TYPE') == 'OTHER' for agent in software_agents(node))


@rule('CSIP13', MUST, 'metsHdr', 'metsHdr/agent[@OTHERTYPE="SOFTWARE"]', 'root')
def csip13(node, mets):
    return any(agent.get('OTHERTYPE') == 'SOFTWARE' for agent in software_agents(node))


@rule('CSIP14', MUST, 'metsHdr', 'metsHdr/agent/name')
def csip14(node, mets):
    return any((agent.findtext(f'{{{METS}}}name') or '').strip() for agent in software_agents(node))


@rule('CSIP15', MUST, 'metsHdr', 'metsHdr/agent/note')
def csip15(node, mets):
    return any((agent.findtext(f'{{{METS}}}note') or '').strip() for agent in software_agents(node))


@rule('CSIP16', MUST, 'metsHdr', 'metsHdr/agent/note/@csip:NOTETYPE', 'root')
def csip16(node, mets):
    return any(csip(note, 'NOTETYPE') == 'SOFTWARE VERSION' for agent in software_agents(node) for note in children(agent, 'note'))


@rule('CSIP17', SHOULD, 'mets', 'mets/dmdSec')
def csip17(node, mets):
    return 'dmdSec' in mets.seen


@rule('CSIP18', MUST, 'dmdSec', 'dmdSec/@ID')
def csip18(node, mets):
    return mets.unique(node)


@rule('CSIP19', MUST, 'dmdSec', 'dmdSec/@CREATED')
def csip19(node, mets):
    return is_moment(node.get('CREATED'))


@rule('CSIP20', SHOULD, 'dmdSec', 'dmdSec/@STATUS')
def csip20(node, mets):
    return node.get('STATUS') in _STATUS


@rule('CSIP21', SHOULD, 'dmdSec', 'dmdSec/mdRef')
def csip21(node, mets):
    return child(node, 'mdRef') is not None


@rule('CSIP22', MUST, 'dmdSec/mdRef', 'dmdSec/mdRef/@LOCTYPE')
def csip22(node, mets):
    return node.get('LOCTYPE') == 'URL'


@rule('CSIP23', MUST, 'dmdSec/mdRef', 'dmdSec/mdRef/@xlink:type')
def csip23(node, mets):
    return xlink(node, 'type') == 'simple'


@rule('CSIP24', MUST, 'dmdSec/mdRef', 'dmdSec/mdRef/@xlink:href')
def csip24(node, mets):
    return bool(xlink(node, 'href'))


@rule('CSIP25', MUST, 'dmdSec/mdRef', 'dmdSec/mdRef/@MDTYPE')
def csip25(node, mets):
    return has(node, 'MDTYPE')


@rule('CSIP26', MUST, 'dmdSec/mdRef', 'dmdSec/mdRef/@MIMETYPE')
def csip26(node, mets):
    return node.get('MIMETYPE') in schemas.mime_types()


@rule('CSIP27', MUST, 'dmdSec/mdRef', 'dmdSec/mdRef/@SIZE')
def csip27(node, mets):
    return is_size(node.get('SIZE'))


@rule('CSIP28', MUST, 'dmdSec/mdRef', 'dmdSec/mdRef/@CREATED')
def csip28(node, mets):
    return is_moment(node.get('CREATED'))


@rule('CSIP29', MUST, 'dmdSec/mdRef', 'dmdSec/mdRef/@CHECKSUM')
def csip29(node, mets):
    return is_digest(node)


@rule('CSIP30', MUST, 'dmdSec/mdRef', 'dmdSec/mdRef/@CHECKSUMTYPE')
def csip30(node, mets):
    return node.get('CHECKSUMTYPE') in _CHECKSUM_TYPES


@rule('CSIP31', SHOULD, 'mets', 'mets/amdSec')
def csip31(node, mets):
    return 'amdSec' in mets.seen


@rule('CSIP32', SHOULD, 'amdSec', 'amdSec/digiprovMD')
def csip32(node, mets):
    return child(node, 'digiprovMD') is not None


@rule('CSIP33', MUST, 'digiprovMD', 'digiprovMD/@ID')
def csip33(node, mets):
    return mets.unique(node)


@rule('CSIP34', SHOULD, 'digiprovMD', 'digiprovMD/@STATUS')
def csip34(node, mets):
    return node.get('STATUS') in _STATUS


@rule('CSIP35', SHOULD, 'digiprovMD', 'digiprovMD/mdRef')
def csip35(node, mets):
    return child(node, 'mdRef') is not None


@rule('CSIP36', MUST, 'digiprovMD/mdRef', 'digiprovMD/mdRef/@LOCTYPE')
def csip36(node, mets):
    return node.get('LOCTYPE') == 'URL'


@rule('CSIP37', MUST, 'digiprovMD/mdRef', 'digiprovMD/mdRef/@xlink:type')
def csip37(node, mets):
    return xlink(node, 'type') == 'simple'


@rule('CSIP38', MUST, 'digiprovMD/mdRef', 'digiprovMD/mdRef/@xlink:href')
def csip38(node, mets):
    return bool(xlink(node, 'href'))


@rule('CSIP39', MUST, 'digiprovMD/mdRef', 'digiprovMD/mdRef/@MDTYPE')
def csip39(node, mets):
    return has(node, 'MDTYPE')


@rule('CSIP40', MUST, 'digiprovMD/mdRef', 'digiprovMD/mdRef/@MIMETYPE')
def csip40(node, mets):
    return node.get('MIMETYPE') in schemas.mime_types()


@rule('CSIP41', MUST, 'digiprovMD/mdRef', 'digiprovMD/mdRef/@SIZE')
def csip41(node, mets):
    return is_size(node.get('SIZE'))


@rule('CSIP42', MUST, 'digiprovMD/mdRef', 'digiprovMD/mdRef/@CREATED')
def csip42(node, mets):
    return is_moment(node.get('CREATED'))


@rule('CSIP43', MUST, 'digiprovMD/mdRef', 'digiprovMD/mdRef/@CHECKSUM')
def csip43(node, mets):
    return is_digest(node)


@rule('CSIP44', MUST, 'digiprovMD/mdRef', 'digiprovMD/mdRef/@CHECKSUMTYPE')
def csip44(node, mets):
    return node.get('CHECKSUMTYPE') in _CHECKSUM_TYPES


@rule('CSIP45', MAY, 'amdSec', 'amdSec/rightsMD')
def csip45(node, mets):
    return True if child(node, 'rightsMD') is not None else None


@rule('CSIP46', MUST, 'rightsMD', 'rightsMD/@ID')
def csip46(node, mets):
    return mets.unique(node)


@rule('CSIP47', SHOULD, 'rightsMD', 'rightsMD/@STATUS')
def csip47(node, mets):
    return node.get('STATUS') in _STATUS


@rule('CSIP48', SHOULD, 'rightsMD', 'rightsMD/mdRef')
def csip48(node, mets):
    return child(node, 'mdRef') is not None


@rule('CSIP49', MUST, 'rightsMD/mdRef', 'rightsMD/mdRef/@LOCTYPE')
def csip49(node, mets):
    return node.get('LOCTYPE') == 'URL'


@rule('CSIP50', MUST, 'rightsMD/mdRef', 'rightsMD/mdRef/@xlink:type')
def csip50(node, mets):
    return xlink(node, 'type') == 'simple'


@rule('CSIP51', MUST, 'rightsMD/mdRef', 'rightsMD/mdRef/@xlink:href')
def csip51(node, mets):
    return bool(xlink(node, 'href'))


@rule('CSIP52', MUST, 'rightsMD/mdRef', 'rightsMD/mdRef/@MDTYPE')
def csip52(node, mets):
    return has(node, 'MDTYPE')


@rule('CSIP53', MUST, 'rightsMD/mdRef', 'rightsMD/mdRef/@MIMETYPE')
def csip53(node, mets):
    return node.get('MIMETYPE') in schemas.mime_types()


@rule('CSIP54', MUST, 'rightsMD/mdRef', 'rightsMD/mdRef/@SIZE')
def csip54(node, mets):
    return is_size(node.get('SIZE'))


@rule('CSIP55', MUST, 'rightsMD/mdRef', 'rightsMD/mdRef/@CREATED')
def csip55(node, mets):
    return is_moment(node.get('CREATED'))


@rule('CSIP56', MUST, 'rightsMD/mdRef', 'rightsMD/mdRef/@CHECKSUM')
def csip56(node, mets):
    return is_digest(node)


@rule('CSIP57', MUST, 'rightsMD/mdRef', 'rightsMD/mdRef/@CHECKSUMTYPE')
def csip57(node, mets):
    return node.get('CHECKSUMTYPE') in _CHECKSUM_TYPES


@rule('CSIP58', SHOULD, 'mets', 'mets/fileSec')
def csip58(node, mets):
    return 'fileSec' in mets.seen


@rule('CSIP59', MUST, 'fileSec', 'fileSec/@ID')
def csip59(node, mets):
    return mets.unique(node)


@rule('CSIP60', MUST, 'fileSec', 'fileGrp[@USE="Documentation"]', 'root')
def csip60(node, mets):
    return bool(uses(node, 'Documentation'))


@rule('CSIP113', MUST, 'fileSec', 'fileGrp[@USE="Schemas"]', 'root')
def csip113(node, mets):
    return bool(uses(node, 'Schemas'))


@rule('CSIP114', MUST, 'fileSec', 'fileGrp[@USE="Representations"]', 'root')
def csip114(node, mets):
    return bool(uses(node, 'Representations'))


@rule('CSIP61', MAY, 'fileGrp', 'fileGrp/@ADMID')
def csip61(node, mets):
    return mets.refers_to(node.get('ADMID'))


@rule('CSIP62', SHOULD, 'fileGrp', 'fileGrp/@csip:CONTENTINFORMATIONTYPE')
def csip62(node, mets):
    return csip(node, 'CONTENTINFORMATIONTYPE') in _CONTENT_TYPES if _named(node.get('USE'), 'Representations') else None


@rule('CSIP63', MAY, 'fileGrp', 'fileGrp/@csip:OTHERCONTENTINFORMATIONTYPE')
def csip63(node, mets):
    return bool(csip(node, 'OTHERCONTENTINFORMATIONTYPE')) if csip(node, 'CONTENTINFORMATIONTYPE') == 'OTHER' else None


@rule('CSIP64', MUST, 'fileGrp', 'fileGrp/@USE')
def csip64(node, mets):
    return has(node, 'USE')


@rule('CSIP65', MUST, 'fileGrp', 'fileGrp/@ID')
def csip65(node, mets):
    return mets.unique(node)


@rule('CSIP66', MUST, 'fileGrp', 'fileGrp/file')
def csip66(node, mets):
    return mets.files_in_group > 0 or child(node, 'fileGrp') is not None


@rule('CSIP67', MUST, 'file', 'file/@ID')
def csip67(node, mets):
    return mets.unique(node)


@rule('CSIP68', MUST, 'file', 'file/@MIMETYPE')
def csip68(node, mets):
    return bool(_MIME.fullmatch(node.get('MIMETYPE') or ''))


@rule('CSIP69', MUST, 'file', 'file/@SIZE')
def csip69(node, mets):
    return is_size(node.get('SIZE'))


@rule('CSIP70', MUST, 'file', 'file/@CREATED')
def csip70(node, mets):
    return is_moment(node.get('CREATED'))


@rule('CSIP71', MUST, 'file', 'file/@CHECKSUM')
def csip71(node, mets):
    return is_digest(node)


@rule('CSIP72', MUST, 'file', 'file/@CHECKSUMTYPE')
def csip72(node, mets):
    return node.get('CHECKSUMTYPE') in _CHECKSUM_TYPES


@rule('CSIP73', MAY, 'file', 'file/@OWNERID')
def csip73(node, mets):
    return True if node.get('OWNERID') else None


@rule('CSIP74', MAY, 'file', 'file/@ADMID')
def csip74(node, mets):
    return mets.refers_to(node.get('ADMID'))


@rule('CSIP75', MAY, 'file', 'file/@DMDID')
def csip75(node, mets):
    return mets.refers_to(node.get('DMDID'))


@rule('CSIP76', MUST, 'file', 'file/FLocat')
def csip76(node, mets):
    return child(node, 'FLocat') is not None


@rule('CSIP77', MUST, 'FLocat', 'FLocat/@LOCTYPE')
def csip77(node, mets):
    return node.get('LOCTYPE') == 'URL'


@rule('CSIP78', MUST, 'FLocat', 'FLocat/@xlink:type')
def csip78(node, mets):
    return xlink(node, 'type') == 'simple'


@rule('CSIP79', MUST, 'FLocat', 'FLocat/@xlink:href')
def csip79(node, mets):
    return bool(xlink(node, 'href'))


@rule('CSIP80', MUST, 'mets', 'mets/structMap[@LABEL="CSIP"]')
def csip80(node, mets):
    return mets.maps == 1


@rule('CSIP81', MUST, 'structMap', 'structMap/@TYPE')
def csip81(node, mets):
    return node.get('TYPE') == 'PHYSICAL'


@rule('CSIP82', MUST, 'structMap', 'structMap/@LABEL')
def csip82(node, mets):
    return node.get('LABEL') == 'CSIP'


@rule('CSIP83', MUST, 'structMap', 'structMap/@ID')
def csip83(node, mets):
    return mets.unique(node)


@rule('CSIP84', MUST, 'structMap', 'structMap/div')
def csip84(node, mets):
    return len(children(node, 'div')) == 1


@rule('CSIP85', MUST, 'top', 'structMap/div/@ID')
def csip85(node, mets):
    return mets.unique(node)


@rule('CSIP86', MUST, 'top', 'structMap/div/@LABEL', 'root')
def csip86(node, mets):
    return node.get('LABEL') == mets.attributes.get('OBJID')


@rule('CSIP88', MUST, 'top', 'div[@LABEL="Metadata"]', 'root')
def csip88(node, mets):
    return len(divisions(node, 'Metadata')) == 1


@rule('CSIP89', MUST, 'div Metadata', 'div[@LABEL="Metadata"]/@ID')
def csip89(node, mets):
    return mets.unique(node)


@rule('CSIP90', MUST, 'top', 'div/@LABEL="Metadata"', 'root')
def csip90(node, mets):
    return bool(divisions(node, 'Metadata'))


@rule('CSIP91', SHOULD, 'div Metadata', 'div[@LABEL="Metadata"]/@ADMID', 'root')
def csip91(node, mets):
    return set((node.get('ADMID') or '').split()) >= mets.current_adm if mets.current_adm or 'amdSec' in mets.seen else False


@rule('CSIP92', SHOULD, 'div Metadata', 'div[@LABEL="Metadata"]/@DMDID', 'root')
def csip92(node, mets):
    return set((node.get('DMDID') or '').split()) >= mets.current_dmd


@rule('CSIP93', SHOULD, 'top', 'div[@LABEL="Documentation"]', 'root')
def csip93(node, mets):
    return bool(divisions(node, 'Documentation'))


@rule('CSIP94', MUST, 'div Documentation', 'div[@LABEL="Documentation"]/@ID', 'root')
def csip94(node, mets):
    return mets.unique(node)


@rule('CSIP95', MUST, 'top', 'div/@LABEL="Documentation"', 'root')
def csip95(node, mets):
    return bool(divisions(node, 'Documentation'))


@rule('CSIP96', MUST, 'div Documentation', 'div[@LABEL="Documentation"]/fptr', 'root')
def csip96(node, mets):
    return child(node, 'fptr') is not None and refers(node, mets, 'Documentation')


@rule('CSIP116', MUST, 'div Documentation', 'div[@LABEL="Documentation"]/fptr/@FILEID', 'root')
def csip116(node, mets):
    return all(pointer.get('FILEID') in mets.group_ids for pointer in children(node, 'fptr'))


@rule('CSIP97', SHOULD, 'top', 'div[@LABEL="Schemas"]', 'root')
def csip97(node, mets):
    return bool(divisions(node, 'Schemas'))


@rule('CSIP98', MUST, 'div Schemas', 'div[@LABEL="Schemas"]/@ID', 'root')
def csip98(node, mets):
    return mets.unique(node)


@rule('CSIP99', MUST, 'top', 'div/@LABEL="Schemas"', 'root')
def csip99(node, mets):
    return bool(divisions(node, 'Schemas'))


@rule('CSIP100', MUST, 'div Schemas', 'div[@LABEL="Schemas"]/fptr', 'root')
def csip100(node, mets):
    return child(node, 'fptr') is not None and refers(node, mets, 'Schemas')


@rule('CSIP118', MUST, 'div Schemas', 'div[@LABEL="Schemas"]/fptr/@FILEID', 'root')
def csip118(node, mets):
    return all(pointer.get('FILEID') in mets.group_ids for pointer in children(node, 'fptr'))


@rule('CSIP101', SHOULD, 'top', 'div[@LABEL="Representations"]', 'root')
def csip101(node, mets):
    return bool(divisions(node, 'Representations'))


@rule('CSIP102', MUST, 'div Representations', 'div[@LABEL="Representations"]/@ID', 'root')
def csip102(node, mets):
    return mets.unique(node)


@rule('CSIP103', MUST, 'top', 'div/@LABEL="Representations"', 'root')
def csip103(node, mets):
    return bool(divisions(node, 'Representations'))


@rule('CSIP104', MUST, 'div Representations', 'div[@LABEL="Representations"]/fptr', 'root')
def csip104(node, mets):
    return child(node, 'fptr') is not None if not pointers(node) else None


@rule('CSIP119', MUST, 'div Representations', 'div[@LABEL="Representations"]/fptr/@FILEID', 'root')
def csip119(node, mets):
    return all(pointer.get('FILEID') in mets.group_ids for pointer in children(node, 'fptr')) if child(node, 'fptr') is not None else None


@rule('CSIP105', SHOULD, 'div Representations', 'div[@LABEL="Representations/…"]', 'root')
def csip105(node, mets):
    return bool(pointers(node))


@rule('CSIP106', MUST, 'div Representations', 'div[@LABEL="Representations/…"]/@ID', 'root')
def csip106(node, mets):
    return all(has(pointer.getparent(), 'ID') for pointer in pointers(node)) if pointers(node) else None


@rule('CSIP107', MUST, 'div Representations', 'div[@LABEL="Representations/…"]/@LABEL', 'root')
def csip107(node, mets):
    return (
        all(f'{pointer.getparent().get("LABEL")}/METS.xml'.lower() == (xlink(pointer, 'href') or '').lower() for pointer in pointers(node))
        if pointers(node) else None)


@rule('CSIP108', MUST, 'mptr', 'mptr/@xlink:title', 'root')
def csip108(node, mets):
    return xlink(node, 'title') in mets.group_ids


@rule('CSIP109', MUST, 'div Representations', 'div[@LABEL="Representations/…"]/mptr', 'root')
def csip109(node, mets):
    return all(len(children(div, 'mptr')) == 1 for div in children(node, 'div')) if children(node, 'div') else bool(pointers(node))


@rule('CSIP110', MUST, 'mptr', 'mptr/@xlink:href', 'root')
def csip110(node, mets):
    return mets.points_at_file(node)


@rule('CSIP111', MUST, 'mptr', 'mptr/@xlink:type', 'root')
def csip111(node, mets):
    return xlink(node, 'type') == 'simple'


@rule('CSIP112', MUST, 'mptr', 'mptr/@LOCTYPE', 'root')
def csip112(node, mets):
    return node.get('LOCTYPE') == 'URL'


@rule('SIP1', MAY, 'mets', 'mets/@LABEL', 'SIP')
def sip1(node, mets):
    return True if has(node, 'LABEL') else None


@rule('SIP2', MUST, 'mets', 'mets/@PROFILE', 'SIP')
def sip2(node, mets):
    return node.get('PROFILE') == 'https://earksip.dilcis.eu/profile/E-ARK-SIP.xml'


@rule('SIP3', MAY, 'metsHdr', 'metsHdr/@RECORDSTATUS', 'SIP')
def sip3(node, mets):
    return (
        node.get('RECORDSTATUS') in ('NEW', 'SUPPLEMENT', 'REPLACEMENT', 'TEST', 'VERSION', 'DELETE', 'OTHER')
        if has(node, 'RECORDSTATUS') else None)


@rule('SIP4', MUST, 'metsHdr', 'metsHdr/@csip:OAISPACKAGETYPE', 'SIP')
def sip4(node, mets):
    return csip(node, 'OAISPACKAGETYPE') == 'SIP'


@rule('SIP5', MAY, 'metsHdr', 'metsHdr/altRecordID[@TYPE="SUBMISSIONAGREEMENT"]', 'SIP')
def sip5(node, mets):
    return True if any(other.get('TYPE') == 'SUBMISSIONAGREEMENT' for other in children(node, 'altRecordID')) else None


@rule('SIP6', MAY, 'metsHdr', 'metsHdr/altRecordID[@TYPE="PREVIOUSSUBMISSIONAGREEMENT"]', 'SIP')
def sip6(node, mets):
    return True if any(other.get('TYPE') == 'PREVIOUSSUBMISSIONAGREEMENT' for other in children(node, 'altRecordID')) else None


@rule('SIP7', MAY, 'metsHdr', 'metsHdr/altRecordID[@TYPE="REFERENCECODE"]', 'SIP')
def sip7(node, mets):
    return True if any(other.get('TYPE') == 'REFERENCECODE' for other in children(node, 'altRecordID')) else None


@rule('SIP8', MAY, 'metsHdr', 'metsHdr/altRecordID[@TYPE="PREVIOUSREFERENCECODE"]', 'SIP')
def sip8(node, mets):
    return True if any(other.get('TYPE') == 'PREVIOUSREFERENCECODE' for other in children(node, 'altRecordID')) else None


@rule('SIP9', MAY, 'metsHdr', 'metsHdr/agent', 'SIP')
def sip9(node, mets):
    return True if archival_agents(node) else None


@rule('SIP10', MUST, 'metsHdr', 'metsHdr/agent/@ROLE', 'SIP')
def sip10(node, mets):
    return all(has(agent, 'ROLE') for agent in children(node, 'agent'))


@rule('SIP11', MUST, 'metsHdr', 'metsHdr/agent/@TYPE', 'SIP')
def sip11(node, mets):
    return any(agent.get('TYPE') in ('ORGANIZATION', 'INDIVIDUAL') for agent in archival_agents(node))


@rule('SIP12', MAY, 'metsHdr', 'metsHdr/agent/name', 'SIP')
def sip12(node, mets):
    return True if any(child(agent, 'name') is not None for agent in archival_agents(node)) else None


@rule('SIP13', MAY, 'metsHdr', 'metsHdr/agent/note', 'SIP')
def sip13(node, mets):
    return True if any(child(agent, 'note') is not None for agent in archival_agents(node)) else None


@rule('SIP14', MUST, 'metsHdr', 'metsHdr/agent/note/@csip:NOTETYPE', 'SIP')
def sip14(node, mets):
    return notes_are(archival_agents(node), 'IDENTIFICATIONCODE')


@rule('SIP15', MUST, 'metsHdr', 'metsHdr/agent[@OTHERROLE="SUBMITTER"]', 'SIP')
def sip15(node, mets):
    return len(submitting_agents(node)) == 1


@rule('SIP16', MUST, 'metsHdr', 'metsHdr/agent[@OTHERROLE="SUBMITTER"]/@ROLE', 'SIP')
def sip16(node, mets):
    return all(has(agent, 'ROLE') for agent in submitting_agents(node)) if submitting_agents(node) else None


@rule('SIP17', MUST, 'metsHdr', 'metsHdr/agent[@OTHERROLE="SUBMITTER"]/@TYPE', 'SIP')
def sip17(node, mets):
    return (
        all(agent.get('TYPE') in ('ORGANIZATION', 'INDIVIDUAL') for agent in submitting_agents(node))
        if submitting_agents(node) else None)


@rule('SIP18', MAY, 'metsHdr', 'metsHdr/agent[@OTHERROLE="SUBMITTER"]/name', 'SIP')
def sip18(node, mets):
    return True if any(child(agent, 'name') is not None for agent in submitting_agents(node)) else None


@rule('SIP19', MAY, 'metsHdr', 'metsHdr/agent[@OTHERROLE="SUBMITTER"]/note', 'SIP')
def sip19(node, mets):
    return True if any(child(agent, 'note') is not None for agent in submitting_agents(node)) else None


@rule('SIP20', MUST, 'metsHdr', 'metsHdr/agent[@OTHERROLE="SUBMITTER"]/note/@csip:NOTETYPE', 'SIP')
def sip20(node, mets):
    return notes_are(submitting_agents(node), 'IDENTIFICATIONCODE')


@rule('SIP21', MAY, 'metsHdr', 'metsHdr/agent[@TYPE="INDIVIDUAL"]', 'SIP')
def sip21(node, mets):
    return True if contact_agents(node) else None


@rule('SIP22', MUST, 'metsHdr', 'metsHdr/agent[@TYPE="INDIVIDUAL"]/@ROLE', 'SIP')
def sip22(node, mets):
    return all(agent.get('ROLE') == 'CREATOR' for agent in contact_agents(node)) if contact_agents(node) else None


@rule('SIP23', MUST, 'metsHdr', 'metsHdr/agent[@ROLE="CREATOR"]/@TYPE', 'SIP')
def sip23(node, mets):
    return all(agent.get('TYPE') == 'INDIVIDUAL' for agent in contact_agents(node)) if contact_agents(node) else None


@rule('SIP24', MUST, 'metsHdr', 'metsHdr/agent[@TYPE="INDIVIDUAL"]/name', 'SIP')
def sip24(node, mets):
    return all((agent.findtext(f'{{{METS}}}name') or '').strip() for agent in contact_agents(node)) if contact_agents(node) else None


@rule('SIP25', MAY, 'metsHdr', 'metsHdr/agent[@TYPE="INDIVIDUAL"]/note', 'SIP')
def sip25(node, mets):
    return True if any(child(agent, 'note') is not None for agent in contact_agents(node)) else None


@rule('SIP26', MAY, 'metsHdr', 'metsHdr/agent[@ROLE="PRESERVATION"]', 'SIP')
def sip26(node, mets):
    return len(preservation_agents(node)) == 1 if preservation_agents(node) else None


@rule('SIP27', MUST, 'metsHdr', 'metsHdr/agent[@ROLE="PRESERVATION"]/@ROLE', 'SIP')
def sip27(node, mets):
    return all(agent.get('ROLE') == 'PRESERVATION' for agent in preservation_agents(node)) if preservation_agents(node) else None


@rule('SIP28', MUST, 'metsHdr', 'metsHdr/agent[@ROLE="PRESERVATION"]/@TYPE', 'SIP')
def sip28(node, mets):
    return all(agent.get('TYPE') == 'ORGANIZATION' for agent in preservation_agents(node)) if preservation_agents(node) else None


@rule('SIP29', MAY, 'metsHdr', 'metsHdr/agent[@ROLE="PRESERVATION"]/name', 'SIP')
def sip29(node, mets):
    return True if any(child(agent, 'name') is not None for agent in preservation_agents(node)) else None


@rule('SIP30', MAY, 'metsHdr', 'metsHdr/agent[@ROLE="PRESERVATION"]/note', 'SIP')
def sip30(node, mets):
    return True if any(child(agent, 'note') is not None for agent in preservation_agents(node)) else None


@rule('SIP31', MUST, 'metsHdr', 'metsHdr/agent[@ROLE="PRESERVATION"]/note/@csip:NOTETYPE', 'SIP')
def sip31(node, mets):
    return notes_are(preservation_agents(node), 'IDENTIFICATIONCODE')


@rule('SIP32', MAY, 'file', 'file/@sip:FILEFORMATNAME', 'SIP')
def sip32(node, mets):
    return True if node.get(f'{{{SIP}}}FILEFORMATNAME') else None


@rule('SIP33', MAY, 'file', 'file/@sip:FILEFORMATVERSION', 'SIP')
def sip33(node, mets):
    return True if node.get(f'{{{SIP}}}FILEFORMATVERSION') else None


@rule('SIP34', MAY, 'file', 'file/@sip:FILEFORMATREGISTRY', 'SIP')
def sip34(node, mets):
    return True if node.get(f'{{{SIP}}}FILEFORMATREGISTRY') else None


@rule('SIP35', MAY, 'file', 'file/@sip:FILEFORMATKEY', 'SIP')
def sip35(node, mets):
    return True if node.get(f'{{{SIP}}}FILEFORMATKEY') else None


@rule('DIP1', MUST, 'mets', 'mets/@OBJID', 'DIP')
def dip1(node, mets):
    return has(node, 'OBJID')


@rule('DIP2', MUST, 'mets', 'mets/@PROFILE', 'DIP')
def dip2(node, mets):
    return (node.get('PROFILE') or '').startswith('https://earkdip.dilcis.eu/profile/E-ARK-DIP')


@rule('DIP3', MUST, 'metsHdr', 'metsHdr/@csip:OAISPACKAGETYPE', 'DIP')
def dip3(node, mets):
    return csip(node, 'OAISPACKAGETYPE') == 'DIP'


@rule('DIP4', SHOULD, 'dmdSec', 'dmdSec/@STATUS', 'DIP')
def dip4(node, mets):
    return node.get('STATUS') == 'CURRENT'


# === structure: what folders there are; ``node`` is the package as a whole ===========================================


@rule('CSIPSTR1', MUST, 'package', 'one folder')
def csipstr1(package, _mets):
    return package.root != '' and not any(rule == 'CSIPSTR1' for rule, *_rest in package.defects)


@rule('CSIPSTR2', SHOULD, 'package', 'the folder bears the name of mets/@OBJID')
def csipstr2(package, _mets):
    return package.objid.replace(':', '_') == package.root if package.objid and package.root else None


@rule('CSIPSTR3', MAY, 'package', 'ZIP')
def csipstr3(package, _mets):
    return True if package.is_archive else None


@rule('CSIPSTR4', MUST, 'package', 'METS.xml')
def csipstr4(package, _mets):
    return 'METS.xml' in package.files


@rule('CSIPSTR5', SHOULD, 'package', 'metadata/')
def csipstr5(package, _mets):
    return 'metadata' in package.folders


@rule('CSIPSTR6', SHOULD, 'package', 'metadata/preservation/')
def csipstr6(package, _mets):
    return 'metadata/preservation' in package.folders


@rule('CSIPSTR7', SHOULD, 'package', 'metadata/descriptive/')
def csipstr7(package, _mets):
    return 'metadata/descriptive' in package.folders


@rule('CSIPSTR8', MAY, 'package', 'metadata/other/')
def csipstr8(package, _mets):
    known = ('metadata/preservation', 'metadata/descriptive')
    return True if any(re.fullmatch('metadata/[^/]+', folder) and folder not in known for folder in package.folders) else None


@rule('CSIPSTR9', SHOULD, 'package', 'representations/')
def csipstr9(package, _mets):
    return 'representations' in package.folders


@rule('CSIPSTR10', SHOULD, 'package', 'representations/…/')
def csipstr10(package, _mets):
    return bool(package.representations)


@rule('CSIPSTR11', SHOULD, 'package', 'representations/…/data/')
def csipstr11(package, _mets):
    return all(f'representations/{rep}/data' in package.folders for rep in package.representations) if package.representations else None


@rule('CSIPSTR12', SHOULD, 'package', 'representations/…/METS.xml')
def csipstr12(package, _mets):
    return all(f'representations/{rep}/METS.xml' in package.files for rep in package.representations) if package.representations else None


@rule('CSIPSTR13', SHOULD, 'package', 'representations/…/metadata/')
def csipstr13(package, _mets):
    return (
        all(f'representations/{rep}/metadata' in package.folders for rep in package.representations)
        if package.representations else None)


@rule('CSIPSTR14', MAY, 'package', 'more folders')
def csipstr14(package, _mets):
    return True if package.extra_folders else None


@rule('CSIPSTR15', SHOULD, 'package', 'schemas/')
def csipstr15(package, _mets):
    return any(folder == 'schemas' or folder.endswith('/schemas') for folder in package.folders)


@rule('CSIPSTR16', SHOULD, 'package', 'documentation/')
def csipstr16(package, _mets):
    return any(folder == 'documentation' or folder.endswith('/documentation') for folder in package.folders)
