"""Code lists that every room shares. Labels are English; vi.po holds the official Vietnamese."""

# Decree 30/2020/NĐ-CP, Annex I: three levels of urgency; "normal" is their absence.
URGENCY = [
    ('normal', "Normal"),
    ('urgent', "Urgent"),
    ('very_urgent', "Very urgent"),
    ('express', "Express"),
]
URGENCY_RANK = {key: rank for rank, (key, _label) in enumerate(URGENCY)}

ACCESS_LEVELS = [
    ('agency', "Whole agency"),
    ('unit', "Units concerned"),
    ('restricted', "Named people only"),
]

# Annex I, box 11. Circulation marks are not levels of secrecy.
CIRCULATION_MARKS = [
    ('none', "None"),
    ('return', "Return after reading"),
    ('internal', "Internal circulation only"),
]

# Known only so that they can be refused: state secrets stay outside networked machines.
SECRECY = [
    ('none', "None"),
    ('confidential', "Confidential (state secret)"),
    ('secret', "Secret (state secret)"),
    ('top_secret', "Top secret (state secret)"),
]

AGENCY_LEVELS = [
    ('city', "City"),
    ('department', "City department"),
    ('district', "District"),
    ('ward', "Ward or commune"),
    ('archives', "Historical archives"),
    ('other', "Other"),
]

ORGAN_CODE_GENERATIONS = [
    ('qcvn_2016', "QCVN 102:2016/BTTTT"),
    ('qd20_2020', "Decision 20/2020/QĐ-TTg"),
]
ORGAN_CODE_MAX_LENGTH = 35

RULE_VALUE_TYPES = [
    ('integer', "Integer"),
    ('float', "Decimal number"),
    ('boolean', "Yes or no"),
    ('char', "Text"),
    ('json', "JSON"),
]

DEFAULT_LANG = 'vi_VN'
DEFAULT_TZ = 'Asia/Ho_Chi_Minh'

# How a person hears of a kind of event.
NOTIFICATION_CHOICES = [
    ('none', "Not at all"),
    ('digest', "In the morning digest"),
    ('now', "At once"),
]
# The event that the morning digest itself is: "not at all" is how people leave it.
DIGEST_EVENT = 'digest'

# Decree 30/2020/NĐ-CP, Annex VI, Part I: the headings under which the requirements stand. The keys sort as printed.
REQUIREMENT_SECTIONS = [
    ('I', "I. Principles"),
    ('II', "II. General needs"),
    ('III.1', "III.1. Creating and tracking documents"),
    ('III.2', "III.2. Connecting and interconnecting"),
    ('III.3', "III.3. Information security"),
    ('III.4', "III.4. Making and managing files"),
    ('III.5', "III.5. Preserving and keeping documents and files"),
    ('III.6', "III.6. Statistics, search and use"),
    ('III.7', "III.7. Managing metadata"),
    ('III.8', "III.8. Recalling documents"),
    ('IV', "IV. Administration"),
    ('V', "V. Outputs"),
]
REQUIREMENT_STATES = [
    ('met', "Met"),
    ('partly', "Partly met"),
    ('planned', "Planned"),
]
# Rooms of the suite that bring what no installed one brings yet.
PLANNED_ROOMS = [
    ('civic_incoming', "Incoming documents"),
    ('civic_signature', "Digital signatures"),
    ('civic_outgoing', "Outgoing documents"),
    ('civic_exchange', "Document exchange"),
    ('civic_workfile', "Work files"),
    ('civic_retention', "Retention and disposal"),
    ('civic_transfer', "Transfer to the archive"),
    ('civic_archive', "Electronic archive"),
    ('civic_access', "Access to archived records"),
]
