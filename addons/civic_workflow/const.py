"""Codes shared by the models, wizards and tests of this room."""

STEP_KINDS = [
    ('approve', "Approve or return"),
    ('opinion', "Give an opinion"),
    ('inform', "For information"),
]
ACTORS = [
    ('role', "Role in the agency"),
    ('unit_head', "Head of a unit"),
    ('responsible_head', "Head of the responsible unit"),
    ('drafter_head', "Head of the unit of who entered it"),
    ('person', "Person"),
    ('field', "Field of the document"),
]
LATE_ACTIONS = [
    ('remind', "Remind"),
    ('escalate', "Bring in others as well"),
    ('skip', "Pass over the step"),
]
JOINS = [
    ('all', "All of them"),
    ('any', "Any one"),
    ('count', "A number of them"),
]
RETURN_TARGETS = [
    ('previous', "The step before"),
    ('start', "The first step"),
    ('any', "Any earlier step"),
]
VERSION_STATES = [
    ('draft', "Draft"),
    ('published', "Published"),
    ('retired', "Retired"),
]
CASE_STATES = [
    ('running', "Under way"),
    ('done', "Done"),
    ('stopped', "Stopped"),
]
TASK_STATES = [
    ('open', "To do"),
    ('done', "Done"),
    ('returned', "Returned"),
    ('skipped', "Passed over"),
    ('cancelled', "No longer needed"),
]
# Why a step did not go where the route says, or was asked of nobody; the first ones come from the engine.
TASK_NOTES = [
    ('nobody', "Nobody is found for this step at present: it went to the records administrators, who can hand it over."),
    ('broken', "The condition of this step can no longer be read, so the step was kept. Tell the records administrator."),
    ('already', "Approved by the same person one step before."),
    ('same', "The same people have another step beside it."),
    ('together', "Answered by the same act as another step of the same person."),
    ('not_needed', "The others who were asked were enough."),
    ('sent_back', "The document was returned to an earlier step."),
    ('late', "Passed over because it was late."),
    ('overtaken', "A later step was done first."),
    ('escalated', "Late: others were brought in."),
    ('left', "The person no longer works here: it went to the records administrators, who can hand it over."),
    ('stopped', "The route was stopped."),
]
SUBSTITUTE_SCOPES = [
    ('all', "Everything"),
    ('limited', "Given routes or roles"),
    ('task', "One step of one document"),
]

# A step of these kinds is finished by its own button; other rooms add kinds that are finished by another act.
BUTTON_KINDS = ('approve', 'opinion', 'inform')
# Only a step that gives nothing but advice or news may be passed over.
SKIPPABLE_KINDS = ('opinion', 'inform')

# Documents of a simulation that are read and written in one go.
SIMULATION_BATCH = 1000
# Tasks of the lateness job that are taken in one transaction.
LATENESS_BATCH = 200
