"""Codes shared by the models, wizards and tests of this room."""

ASSIGNMENT_KINDS = [
    ('lead', "Lead"),
    ('coordinate', "Co-ordinating"),
    ('inform', "For information"),
]
ASSIGNMENT_STATES = [
    ('pending', "To start"),
    ('handling', "Being handled"),
    ('review', "Waiting for approval"),
    ('done', "Done"),
    ('returned', "Returned"),
    ('withdrawn', "Taken back"),
]
# The unit still has something to do.
OPEN_ASSIGNMENT_STATES = ('pending', 'handling')
# The assignment is not over: the unit, or the leader who approves the result, still has something to do.
HELD_ASSIGNMENT_STATES = ('pending', 'handling', 'review')
# The unit has, or had until the end, the document; a returned or withdrawn one counts for nothing.
ACTIVE_ASSIGNMENT_STATES = ('pending', 'handling', 'review', 'done')

EXTENSION_STATES = [
    ('asked', "Asked"),
    ('approved', "Approved"),
    ('refused', "Refused"),
    ('void', "No longer needed"),
]

PHRASE_KINDS = [
    ('instruction', "Instruction"),
    ('return', "Reason for return"),
    ('extension', "Reason for more time"),
    ('result', "Result"),
    ('opinion', "Opinion"),
    ('cancellation', "Reason for cancelling a document"),
]
PHRASE_SCOPES = [
    ('private', "Nobody"),
    ('unit', "My unit"),
    ('agency', "The agency"),
]

ARRIVAL_CHANNELS = [
    ('exchange', "Document exchange"),
    ('email', "E-mail"),
    ('post', "Post"),
    ('hand', "By hand"),
    ('other', "Other"),
]

# What came over a network and is acknowledged the same day (Decree 30/2020, Art. 21.2.c).
ELECTRONIC_CHANNELS = ('exchange', 'email')

ARRIVAL_KINDS = [
    ('scan', "Scan folder"),
    ('email', "E-mail"),
    ('upload', "Upload"),
]
ARRIVAL_STATES = [
    ('received', "Received"),
    ('partly', "Received in part"),
    ('refused', "Refused"),
    ('ignored', "Set aside"),
    ('failed', "Failed"),
]

# Where the time limit to submit or hand over runs (Decree 30/2020, Art. 23.1) ...
WAITING_STATES = ('draft', 'registered')
# ... and where the time limit to handle runs (Art. 24).
HANDLING_STATES = ('assigned', 'handling')
