"""Codes shared by the models, views and tests of this room."""

PLAN_STATES = [
    ('draft', "Being drafted"),
    ('submitted', "Submitted"),
    ('merged', "Merged"),
    ('approved', "Approved"),
    ('published', "Published"),
]
PLAN_NUMBERINGS = [
    ('continuous', "Through the whole list"),
    ('heading', "Anew below each big heading"),
]
PLAN_ACTS = [
    ('add', "Added"),
    ('change', "Changed"),
    ('withdraw', "Withdrawn"),
    ('restore', "Taken in again"),
]
FILE_STATES = [
    ('open', "Open"),
    ('closed', "Closed"),
    ('delivered', "Delivered to the archive"),
    ('destroyed', "Destroyed"),
]
TERM_KINDS = [
    ('fixed', "A number of years"),
    ('permanent', "Permanent"),
    ('until_event', "Until an event"),
]
MEDIA = [
    ('electronic', "Electronic"),
    ('paper', "Paper"),
    ('hybrid', "Paper and electronic"),
]
# Rooms above add theirs by `selection_add`.
DEFECT_RULES = [
    ('workfile.empty', "Empty file"),
    ('workfile.metadata', "Description of the file incomplete"),
    ('workfile.code', "File without a code"),
    ('workfile.place', "Place of the paper unknown"),
    ('workfile.checklist', "Checklist not met"),
    ('entry.assignment', "Work still going on"),
    ('entry.unsigned', "Not signed"),
    ('entry.unnumbered', "Not numbered"),
    ('entry.unregistered', "Not registered"),
    ('entry.draft', "Draft left in the file"),
    ('entry.metadata', "Description of the document incomplete"),
    ('entry.undated', "Without a date"),
    ('entry.content', "Without a file"),
    ('entry.duplicate', "Same document twice"),
    ('entry.sheets', "Sheets not counted"),
    ('entry.cancelled', "Cancelled document"),
]
# By what the time for delivery is counted (Decree 30/2020, Article 30.2).
DELIVERY_CLASSES = [
    ('general', "General"),
    ('construction', "Capital construction"),
]
# What may be the consent of the head in writing (Decree 30/2020, Article 31.3.d).
CONSENT_DOMAIN = [('direction', 'in', ('outgoing', 'internal')), ('state', 'in', ('registered', 'issued'))]
ENTRY_KINDS = [
    ('document', "Document"),
    ('draft', "Draft"),
    ('email', "E-mail"),
    ('photo', "Photo"),
    ('audio', "Audio or video"),
    ('minutes', "Minutes"),
    ('paper', "Paper only"),
    ('other', "Other"),
]
PLACE_KINDS = [
    ('building', "Building"),
    ('room', "Room"),
    ('shelf', "Shelf"),
    ('box', "Box"),
]
CODE_KINDS = [
    ('file', "File"),
    ('document', "Document"),
]
BATCH_STATES = [
    ('waiting', "Waiting"),
    ('running', "Under way"),
    ('done', "Done"),
    ('cancelled', "Cancelled"),
]
RESULT_STATES = [
    ('waiting', "Waiting"),
    ('done', "Closed"),
    ('failed', "Not closed"),
    ('stopped', "Not reached"),
]
