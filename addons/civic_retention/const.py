"""Codes shared by the models, wizards and tests of this room."""

SCHEDULE_STATES = [
    ('draft', "Draft"),
    ('in_force', "In force"),
    ('superseded', "Superseded"),
]
# What the years are counted from.
TRIGGERS = [
    ('end_of_work', "End of the work"),
    ('superseded', "The document is no longer in force"),
    ('asset_end', "End of the building or equipment"),
    ('person_leaves', "The person leaves"),
    ('destruction', "Destruction of the records"),
    ('other', "Another event"),
]
EVENT_TRIGGERS = [pair for pair in TRIGGERS if pair[0] != 'end_of_work']
# How well a row of a schedule is attested; the domain files say what was seen.
CONFIDENCES = [
    ('S', "Seen in a source"),
    ('S_TRANSLATED', "Seen, title translated back"),
    ('K', "General knowledge, not checked"),
]
RETENTION_STATES = [
    ('none', "No rule"),
    ('open', "Work not ended"),
    ('event', "Event missing"),
    ('dated', "Expires"),
    ('permanent', "Permanent"),
]
HOLD_KINDS = [
    ('inspection', "Inspection"),
    ('litigation', "Litigation"),
    ('dispute', "Dispute"),
]
HOLD_STATES = [
    ('draft', "Being prepared"),
    ('active', "In force"),
    ('released', "Released"),
]
DISPOSITION_STATES = [
    ('draft', "Candidates"),
    ('council', "Council"),
    ('review', "Outside opinion"),
    ('opinion', "To be decided"),
    ('decided', "Decided"),
    ('destroying', "Being destroyed"),
    ('done', "Destroyed"),
    ('cancelled', "Cancelled"),
]
# A file of a case in one of these is locked: no change, no loan, no move.
PENDING_STATES = ('council', 'review', 'opinion', 'decided', 'destroying')
LINE_STATES = [
    ('listed', "Listed"),
    ('approved', "To be destroyed"),
    ('kept', "Kept"),
    ('erasing', "Being erased"),
    ('destroyed', "Destroyed"),
]
REASONS = [
    ('expired', "Retention period has expired"),
    ('duplicate', "Duplicate"),
    ('covered', "Contained in other records"),
    ('reference', "Reference material"),
    ('draft', "Drafts"),
]
PROPOSALS = [
    ('destroy', "Destroy"),
    ('keep', "Keep"),
]
VOTES = [*PROPOSALS, ('abstain', "Abstain")]
MEMBER_ROLES = [
    ('chair', "Chair"),
    ('secretary', "Secretary (archivist)"),
    ('owner', "Unit that owns the records"),
    ('expert', "Expert"),
    ('member', "Member"),
]
ERASE_STATES = [
    ('pending', "To be erased"),
    ('erased', "Erased"),
    ('shared', "Kept: another record has the same file"),
]
