"""Codes shared by the models, wizards and tests of this room."""

RECIPIENT_KINDS = [
    ('addressee', "Addressed to"),
    ('receiver', "Receives it"),
    ('archive', "Keeps the file copy"),
]
CAPACITIES = [
    ('head', "Head"),
    ('tm', "For the collective (TM.)"),
    ('kt', "In place of the head (KT.)"),
    ('tl', "By order of the head (TL.)"),
    ('tuq', "By authority given in writing (TUQ.)"),
    ('q', "Acting head (Q.)"),
]
VERSION_SOURCES = [
    ('template', "Made from the template"),
    ('upload', "Uploaded"),
    ('copy', "Taken over"),
]
PDF_STATES = [
    ('pending', "Being made"),
    ('done', "Ready"),
    ('failed', "Failed"),
]
# A conversion that broke or hung may go well the next time: after so many seconds.
PDF_RETRIES = (60, 300, 1800)
PDF_PASSING = ('timeout', 'crash', 'no_output')
CHANNELS = [
    ('inside', "Inside the system"),
    ('email', "E-mail"),
    ('post', "Post"),
    ('exchange', "Document exchange"),
    ('unit', "Own unit or person"),
]
DISPATCH_STATES = [
    ('waiting', "Waiting"),
    ('sent', "Sent"),
    ('received', "Received"),
    ('read', "Read"),
    ('failed', "Failed"),
    ('recalled', "Recalled"),
]
RELATIONS = [
    ('replaces', "Replaces"),
    ('amends', "Amends"),
    ('corrects', "Corrects (đính chính)"),
]

# The drafter still writes.
DRAFTING_STATES = ('draft',)
# People check, approve and sign it: the file changes only as a new version, which clears what was approved.
REVIEW_STATES = ('review', 'to_sign')
# Those of outgoing documents alone, of all that a document can be in.
OUTGOING_STATES = (*REVIEW_STATES, 'signed', 'issued', 'recalled')
# Signed: neither file nor metadata change any more (Decree 30/2020, Art. 18; Annex VI, III.5.d).
LOCKED_STATES = ('signed', 'registered', 'issued', 'recalled', 'cancelled')

CHECK_KINDS = ('content_check', 'format_check', 'initial')
