"""Codes shared by the models, views and tests of this room."""

DIRECTIONS = [
    ('incoming', "Incoming"),
    ('outgoing', "Outgoing"),
    ('internal', "Internal"),
    ('none', "Not handled"),
]
LANGUAGES = [
    ('vi', "Vietnamese"),
    ('en', "English"),
    ('fr', "French"),
    ('zh', "Chinese"),
    ('ja', "Japanese"),
    ('ko', "Korean"),
    ('lo', "Lao"),
    ('km', "Khmer"),
    ('other', "Other"),
]
# Of documents with one number and notation, how many are compared by their issuer: each agency has a 01/QĐ a year.
MAX_SAME_REFERENCE = 80
