"""Code lists of the archive. Labels are English; vi.po holds the official Vietnamese."""

# ISAD(G) 3.1.4, from the whole to the part; the rank says what may stand below what.
LEVELS = [
    ('fonds', "Fonds"),
    ('subfonds', "Sub-fonds"),
    ('series', "Series"),
    ('subseries', "Sub-series"),
    ('file', "File"),
    ('item', "Document"),
]
LEVEL_RANK = {key: rank for rank, (key, _label) in enumerate(LEVELS)}

# Circular 05/2025/TT-BNV, code list "mode". The third, secret, is refused: state secrets stay outside.
ACCESS_MODES = [
    ('01', "Public"),
    ('02', "Conditional access"),
]
# Circular 05/2025/TT-BNV, code list "maintenance".
MAINTENANCE = [
    ('01', "Permanent"),
    ('02', "70 years"),
    ('03', "50 years"),
    ('04', "30 years"),
    ('05', "20 years"),
    ('06', "10 years"),
    ('07', "Other"),
]
# Circular 05/2025/TT-BNV, code list "confidenceLevel".
CONFIDENCE_LEVELS = [
    ('01', "Born digital"),
    ('02', "Digitised"),
    ('03', "Mixed"),
]
# Circular 05/2025/TT-BNV, code list "format": the physical condition.
CONDITIONS = [
    ('01', "Good"),
    ('02', "Fair"),
    ('03', "Damaged"),
]
# Circular 05/2025/TT-BNV, code list "language", with ISO 639-2 codes for finding aids.
LANGUAGES = [
    ('01', "Vietnamese"),
    ('02', "English"),
    ('03', "French"),
    ('04', "Russian"),
    ('05', "Chinese"),
    ('06', "Vietnamese and English"),
    ('07', "Vietnamese and Russian"),
    ('08', "Vietnamese and French"),
    ('09', "Sino-Nom"),
    ('10', "Vietnamese and Chinese"),
    ('11', "Other language"),
]
LANGUAGE_CODES = {
    '01': ('vie',), '02': ('eng',), '03': ('fre',), '04': ('rus',), '05': ('chi',), '06': ('vie', 'eng'),
    '07': ('vie', 'rus'), '08': ('vie', 'fre'), '09': ('vie', 'chi'), '10': ('vie', 'chi'), '11': ('und',),
}
LOCATION_KINDS = [
    ('building', "Building"),
    ('room', "Room"),
    ('shelf', "Shelf"),
    ('box', "Box"),
]
