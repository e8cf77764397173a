"""Codes shared by the models, views and tests of this room."""

LEVELS = [
    ('unit', "Unit to the archive of the agency"),
    ('historical', "Agency to the historical archive"),
]
STATES = [
    ('draft', "Being prepared"),
    ('council', "Before the council"),
    ('registered', "Registered"),
    ('answered', "Agreed"),
    ('packing', "Being packed"),
    ('packed', "Packed"),
    ('sent', "Sent"),
    ('decided', "Decided"),
    ('done', "Completed"),
    ('refused', "Refused"),
    ('cancelled', "Cancelled"),
]
LINE_STATES = [
    ('pending', "To be packed"),
    ('built', "Packed"),
    ('sent', "Sent"),
    ('received', "Received"),
    ('accepted', "Accepted"),
    ('returned', "Returned"),
    ('dropped', "Dropped"),
]
MATCHES = [
    ('open', "Not compared yet"),
    ('equal', "Equal"),
    ('differs', "Differs"),
]
OPINIONS = [
    ('agreed', "Agrees"),
    ('objected', "Objects"),
]
KEEPERS = ('civic_base.group_archivist', 'civic_base.group_records_admin')
GIVERS = {'unit': ('civic_base.group_unit_head', *KEEPERS), 'historical': KEEPERS}

# Code list "typeName" of Circular 05/2025/TT-BNV for the document types of Decree 30/2020; what is not here is 32, other.
TYPE_NAMES = {
    'nq': '01', 'nq_qppl': '01', 'qd': '02', 'qd_qppl': '02', 'ct': '03', 'ct_qppl': '03', 'qc': '04', 'qyd': '05', 'tc': '06',
    'tb': '07', 'hd': '08', 'ctr': '09', 'kh': '10', 'pa': '11', 'da_scheme': '12', 'da_project': '13', 'bc': '14', 'ttr': '15',
    'guq': '16', 'pg': '17', 'pc': '18', 'pb': '19', 'bb': '20', 'hdong': '21', 'cv': '22', 'cd': '23', 'bgn': '24', 'btt': '25',
    'gm': '26', 'ggt': '27', 'gnp': '28', 'thu_cong': '29',
}
TYPE_OTHER = '32'
# Code list "language".
LANGUAGE_CODES = {'vi': '01', 'en': '02', 'fr': '03', 'zh': '05'}
LANGUAGE_OTHER = '11'
# Code list "confidenceLevel", by the medium of the file.
CONFIDENCE = {'electronic': '01', 'paper': '02', 'hybrid': '03'}
DOC_ID_LENGTH = 25
# Acts that mend a file that the archive returned; who delivered it keeps it delivered.
MENDING_ACTS = frozenset(('modify', 'add', 'remove', 'modify_entry', 'reorder', 'codes'))
PROFILE, VARIANT = 'VN-2025', 'text'
