"""Code lists of the room; vi.po holds the official Vietnamese."""

UNITS = [
    ('percent', "Per cent"),
    ('count', "Number"),
    ('average', "Average"),
]
DIRECTIONS = [
    ('higher', "Higher is better"),
    ('lower', "Lower is better"),
]
CATEGORIES = [
    ('plan', "Targets of the plan"),
    ('operation', "Daily work"),
    ('flow', "Life of a document"),
    ('ageing', "How late"),
]
PERIOD_KINDS = [
    ('week', "Week"),
    ('month', "Month"),
    ('quarter', "Quarter"),
    ('year', "Year"),
]
PERIOD_STATES = [
    ('open', "Open"),
    ('closed', "Closed"),
]
VERDICTS = [
    ('pass', "On target"),
    ('near', "Close to the target"),
    ('fail', "Off target"),
    ('none', "No target"),
    ('na', "Not measured"),
]
NA_REASONS = [
    ('zero', "Nothing to measure"),
    ('room', "Its part of the system does not count it yet"),
]
FORM_COLUMNS = [
    ('number', "Serial"),
    ('name', "Indicator"),
    ('uom', "Unit of measure"),
    ('count', "Total"),
    ('formula', "Computed from other columns"),
    ('remark', "Remark"),
]
FORM_PERIODS = [
    ('this', "Period of the form"),
    ('previous', "Period before"),
    ('last_year', "Same period of last year"),
    ('to_date', "Since 1 January"),
]
BUDGET_KINDS = [
    ('digitisation', "Digitisation"),
    ('system', "Systems and equipment"),
    ('training', "Training"),
    ('other', "Other"),
]
JOURNAL_STATES = [
    ('agrees', "Agrees with the journal"),
    ('differs', "Differs from the journal"),
    ('none', "Not told by the journal"),
]
# Who sees figures; each those of the own agencies.
FIGURE_GROUPS = ('civic_base.group_manager', 'civic_base.group_leader', 'civic_base.group_records_admin')
