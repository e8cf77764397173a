"""What a check found, as data: a key, an English text with parameters, and where it stands; plain Python.

Whoever shows a finding translates ``text`` and puts ``params`` into it; the same holds for the errors of these tools.
"""
from dataclasses import asdict, dataclass, field, fields

ERROR, WARNING = 'error', 'warning'

# key: English text. A text is translated by whoever shows it, so no text is built from parts.
MESSAGES = {
    # files that are refused
    'not_docx': "The file is no Word document (.docx).",
    'corrupt': "The Word document is damaged and cannot be read.",
    'encrypted': "The Word document is protected by a password.",
    'too_large': "The Word document is too large, or it unpacks to more than is allowed.",
    'dtd': "The Word document declares XML entities (in %(part)s); such files are refused.",
    'macro': "The Word document contains macros (%(part)s). Save it as .docx without macros.",
    'embedded_object': "The Word document contains an embedded object (%(part)s). Insert it as text or as a picture.",
    'external_link': "The Word document loads something from outside: %(target)s. Remove the link or paste its content.",
    'active_field': "The Word document contains a field that fetches data or starts a program: %(field)s.",
    'limit': "Reading the document took too much time or memory.",
    'crash': "The document could not be processed.",
    # templates
    'unknown_field': "The template asks for a field that does not exist: %(field)s (%(where)s).",
    'broken_tag': "The template has a broken tag: %(detail)s (%(where)s).",
    'forbidden_tag': "The template uses something that is not allowed in templates: %(detail)s (%(where)s).",
    'no_field': "The template has no merge field at all.",
    'bad_value': "The value of the field %(field)s has the wrong form.",
    # conversion
    'missing': "LibreOffice is not installed on the server.",
    'timeout': "The conversion to PDF took too long and was stopped.",
    'no_output': "LibreOffice did not produce a PDF from the document.",
    'no_font': "No font with all Vietnamese letters is installed on the server.",
    # layout; %(component)s is a key of COMPONENTS, %(found)s and %(wanted)s are values
    'layout_page_size': "The page measures %(found)s mm; A4, %(wanted)s mm, is wanted.",
    'layout_orientation': "The page is landscape; portrait is wanted unless it holds a wide table.",
    'layout_margin_top': "The top margin is %(found)s mm; %(wanted)s mm is wanted.",
    'layout_margin_bottom': "The bottom margin is %(found)s mm; %(wanted)s mm is wanted.",
    'layout_margin_left': "The left margin is %(found)s mm; %(wanted)s mm is wanted.",
    'layout_margin_right': "The right margin is %(found)s mm; %(wanted)s mm is wanted.",
    'layout_page_number_missing': "The pages after the first carry no page number in the top margin.",
    'layout_page_number_first': "The first page shows a page number; it must be hidden there.",
    'layout_page_number_place': "The page number must stand in the middle of the top margin.",
    'layout_page_number_size': "The page number has size %(found)s; %(wanted)s is wanted.",
    'layout_font': "%(component)s: the font is %(found)s; %(wanted)s is wanted.",
    'layout_size': "%(component)s: the size is %(found)s; %(wanted)s is wanted.",
    'layout_bold': "%(component)s must be bold.",
    'layout_not_bold': "%(component)s must not be bold.",
    'layout_italic': "%(component)s must be in italics.",
    'layout_not_italic': "%(component)s must be upright, not in italics.",
    'layout_upper': "%(component)s must be in capitals.",
    'layout_missing': "%(component)s is missing.",
    'layout_place': "%(component)s stands at the wrong place; wanted: %(wanted)s.",
    'layout_text': "%(component)s reads “%(found)s”; “%(wanted)s” is wanted.",
    'layout_line': "The line below this component is missing: %(component)s.",
    'layout_line_length': "The line below %(component)s is %(found)s of its length; %(wanted)s is wanted.",
    'layout_sizes_together': "Title of the state, motto and date have sizes %(found)s; they go together as %(wanted)s.",
    'layout_reference_form': "Number and notation read “%(found)s”; wanted is “%(wanted)s”.",
    'layout_reference_type': "The notation “%(found)s” does not begin with the abbreviation of the type, %(wanted)s.",
    'layout_reference_letter': "The notation “%(found)s” of an official letter must not hold the abbreviation of a type.",
    'layout_reference_notation': "The notation is “%(found)s”; the document has %(wanted)s.",
    'layout_reference_zero': "A number below 10 is written with a 0 before it: %(wanted)s, not %(found)s.",
    'layout_date_form': "Place and date read “%(found)s”; wanted is “%(wanted)s”.",
    'layout_date_zero': "Days below 10 and the months 1 and 2 are written with a 0 before them, other months without: found %(found)s.",
    'layout_date_line': "Place and date must stand on the line of number and notation.",
    'layout_subject_mark': "The subject of an official letter begins with “V/v”.",
    'layout_type_unwanted': "An official letter bears no name of a type: “%(found)s”.",
    'layout_signer_prefix': "The signature block lacks %(wanted)s.",
    'layout_archive_line': "The last line of the recipients must be “- Lưu: VT, …”; found “%(found)s”.",
    'layout_recipient_mark': "Each line of the recipients ends with “;”, the last one with “.”: “%(found)s”.",
    'layout_basis_mark': "Each legal basis ends with “;”, the last one with “.”: “%(found)s”.",
    'layout_end_mark': "The content must end with “./.”; found “%(found)s”.",
    'layout_align': "The text must be justified: “%(found)s”.",
    'layout_indent': "The first line is indented by %(found)s mm; %(wanted)s mm is wanted.",
    'layout_line_spacing': "The line spacing is %(found)s; %(wanted)s lines are wanted.",
    'layout_gap': "The gap between paragraphs is %(found)s pt; at least %(wanted)s pt is wanted.",
    'layout_unreadable': "The document holds no text that can be checked.",
}
# The components of a document, with the number of their box in Annex I.
COMPONENTS = {
    'nation': "The title of the state",
    'motto': "The motto",
    'agency_parent': "The name of the superior agency",
    'agency': "The name of the issuing agency",
    'reference': "Number and notation",
    'place_date': "Place and date",
    'type_name': "The name of the type",
    'subject': "The subject",
    'letter_subject': "The subject of the letter",
    'addressee': "The addressee",
    'basis': "The legal basis",
    'body': "The content",
    'signer_title': "Authority and title of the signer",
    'signer_name': "The name of the signer",
    'recipients_label': "“Nơi nhận:”",
    'recipients': "The list of recipients",
    'urgency': "The mark of urgency",
    'circulation': "The note on circulation",
    'page': "The page",
    'template': "The template",
}


@dataclass(frozen=True)
class Finding:
    """One deviation.

    ``rule`` names the rule ('ND30-I.I.3-margin-left', 'template-unknown_field'); ``page`` counts from 1, None if the
    place is not tied to a page; ``box`` is the component, with the number of its box in the annex where it has one.
    """

    rule: str
    key: str
    params: dict = field(default_factory=dict)
    severity: str = WARNING
    article: str = ''
    page: int | None = None
    box: str = ''
    found: str = ''
    wanted: str = ''
    text: str = ''

    def __post_init__(self):
        if not self.text:
            object.__setattr__(self, 'text', MESSAGES[self.key])

    @property
    def message(self):
        """The English message."""
        if not self.params:
            return self.text
        component = self.params.get('component')
        return self.text % {**self.params, 'component': COMPONENTS.get(component, component)}

    def to_dict(self):
        return asdict(self)

    @classmethod
    def from_dict(cls, values):
        return cls(**{item.name: values[item.name] for item in fields(cls) if item.name in values})


class ToolError(Exception):
    """A document was refused or a step failed: ``code``, ``params``, English ``text``."""

    def __init__(self, code, **params):
        self.code = code
        self.params = params
        self.text = MESSAGES[code]
        super().__init__(self.text % params if params else self.text)

    def to_finding(self, prefix):
        return Finding(rule=f'{prefix}-{self.code}', key=self.code, params=self.params, severity=ERROR)
