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
