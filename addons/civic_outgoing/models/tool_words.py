"""What the tools say, in the words that people read. The tools know no translation: they give a key and parameters."""
from odoo.tools.translate import LazyTranslate

_lt = LazyTranslate(__name__)

WORDS = {
    'not_docx': _lt("The file is no Word document (.docx)."),
    'corrupt': _lt("The Word document is damaged and cannot be read."),
    'encrypted': _lt("The Word document is protected by a password."),
    'too_large': _lt("The Word document is too large, or it unpacks to more than is allowed."),
    'dtd': _lt("The Word document declares XML entities (in %(part)s); such files are refused."),
    'macro': _lt("The Word document contains macros (%(part)s). Save it as .docx without macros."),
    'embedded_object': _lt(
        "The Word document contains an embedded object (%(part)s). Insert it as text or as a picture."),
    'external_link': _lt(
        "The Word document loads something from outside: %(target)s. Remove the link or paste its content."),
    'active_field': _lt("The Word document contains a field that fetches data or starts a program: %(field)s."),
    'limit': _lt("Reading the document took too much time or memory."),
    'crash': _lt("The document could not be processed."),
    'unknown_field': _lt("The template asks for a field that does not exist: %(field)s (%(where)s)."),
    'broken_tag': _lt("The template has a broken tag: %(detail)s (%(where)s)."),
    'forbidden_tag': _lt("The template uses something that is not allowed in templates: %(detail)s (%(where)s)."),
    'no_field': _lt("The template has no merge field at all."),
    'bad_value': _lt("The value of the field %(field)s has the wrong form."),
    'missing': _lt("LibreOffice is not installed on the server."),
    'timeout': _lt("The conversion to PDF took too long and was stopped."),
    'no_output': _lt("LibreOffice did not produce a PDF from the document."),
    'no_font': _lt("No font with all Vietnamese letters is installed on the server."),
}


def get_words(env, key, params, fallback=''):
    """Return the message of a tool in the language of the user."""
    words = WORDS.get(key)
    text = env._(words) if words is not None else fallback  # pylint: disable=translation-not-lazy,gettext-variable
    try:
        return text % params if params else text
    except (KeyError, TypeError, ValueError):
        return text
