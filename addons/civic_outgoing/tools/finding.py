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
        return self.text % self.params if self.params else self.text

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
