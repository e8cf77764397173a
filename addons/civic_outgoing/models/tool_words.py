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
    'layout_page_size': _lt("The page measures %(found)s mm; A4, %(wanted)s mm, is wanted."),
    'layout_orientation': _lt("The page is landscape; portrait is wanted unless it holds a wide table."),
    'layout_margin_top': _lt("The top margin is %(found)s mm; %(wanted)s mm is wanted."),
    'layout_margin_bottom': _lt("The bottom margin is %(found)s mm; %(wanted)s mm is wanted."),
    'layout_margin_left': _lt("The left margin is %(found)s mm; %(wanted)s mm is wanted."),
    'layout_margin_right': _lt("The right margin is %(found)s mm; %(wanted)s mm is wanted."),
    'layout_page_number_missing': _lt("The pages after the first carry no page number in the top margin."),
    'layout_page_number_first': _lt("The first page shows a page number; it must be hidden there."),
    'layout_page_number_place': _lt("The page number must stand in the middle of the top margin."),
    'layout_page_number_size': _lt("The page number has size %(found)s; %(wanted)s is wanted."),
    'layout_font': _lt("%(component)s: the font is %(found)s; %(wanted)s is wanted."),
    'layout_size': _lt("%(component)s: the size is %(found)s; %(wanted)s is wanted."),
    'layout_bold': _lt("%(component)s must be bold."),
    'layout_not_bold': _lt("%(component)s must not be bold."),
    'layout_italic': _lt("%(component)s must be in italics."),
    'layout_not_italic': _lt("%(component)s must be upright, not in italics."),
    'layout_upper': _lt("%(component)s must be in capitals."),
    'layout_missing': _lt("%(component)s is missing."),
    'layout_place': _lt("%(component)s stands at the wrong place; wanted: %(wanted)s."),
    'layout_text': _lt("%(component)s reads “%(found)s”; “%(wanted)s” is wanted."),
    'layout_line': _lt("The line below this component is missing: %(component)s."),
    'layout_line_length': _lt("The line below %(component)s is %(found)s of its length; %(wanted)s is wanted."),
    'layout_sizes_together': _lt(
        "Title of the state, motto and date have sizes %(found)s; they go together as %(wanted)s."),
    'layout_reference_form': _lt("Number and notation read “%(found)s”; wanted is “%(wanted)s”."),
    'layout_reference_type': _lt(
        "The notation “%(found)s” does not begin with the abbreviation of the type, %(wanted)s."),
    'layout_reference_letter': _lt(
        "The notation “%(found)s” of an official letter must not hold the abbreviation of a type."),
    'layout_reference_notation': _lt("The notation is “%(found)s”; the document has %(wanted)s."),
    'layout_reference_zero': _lt("A number below 10 is written with a 0 before it: %(wanted)s, not %(found)s."),
    'layout_date_form': _lt("Place and date read “%(found)s”; wanted is “%(wanted)s”."),
    'layout_date_zero': _lt(
        "Days below 10 and the months 1 and 2 are written with a 0 before them, other months without: found %(found)s."),
    'layout_date_line': _lt("Place and date must stand on the line of number and notation."),
    'layout_subject_mark': _lt("The subject of an official letter begins with “V/v”."),
    'layout_type_unwanted': _lt("An official letter bears no name of a type: “%(found)s”."),
    'layout_signer_prefix': _lt("The signature block lacks %(wanted)s."),
    'layout_archive_line': _lt("The last line of the recipients must be “- Lưu: VT, …”; found “%(found)s”."),
    'layout_recipient_mark': _lt("Each line of the recipients ends with “;”, the last one with “.”: “%(found)s”."),
    'layout_basis_mark': _lt("Each legal basis ends with “;”, the last one with “.”: “%(found)s”."),
    'layout_end_mark': _lt("The content must end with “./.”; found “%(found)s”."),
    'layout_align': _lt("The text must be justified: “%(found)s”."),
    'layout_indent': _lt("The first line is indented by %(found)s mm; %(wanted)s mm is wanted."),
    'layout_line_spacing': _lt("The line spacing is %(found)s; %(wanted)s lines are wanted."),
    'layout_gap': _lt("The gap between paragraphs is %(found)s pt; at least %(wanted)s pt is wanted."),
    'layout_unreadable': _lt("The document holds no text that can be checked."),
}
# The components of a document (Decree 30/2020, Annex I).
COMPONENTS = {
    'nation': _lt("The title of the state"),
    'motto': _lt("The motto"),
    'agency_parent': _lt("The name of the superior agency"),
    'agency': _lt("The name of the issuing agency"),
    'reference': _lt("Number and notation"),
    'place_date': _lt("Place and date"),
    'type_name': _lt("The name of the type"),
    'subject': _lt("The subject"),
    'letter_subject': _lt("The subject of the letter"),
    'addressee': _lt("The addressee"),
    'basis': _lt("The legal basis"),
    'body': _lt("The content"),
    'signer_title': _lt("Authority and title of the signer"),
    'signer_name': _lt("The name of the signer"),
    'recipients_label': _lt("“Nơi nhận:”"),
    'recipients': _lt("The list of recipients"),
    'urgency': _lt("The mark of urgency"),
    'circulation': _lt("The note on circulation"),
    'page': _lt("The page"),
    'template': _lt("The template"),
}


def get_words(env, key, params, fallback=''):
    """Return the message of a tool in the language of the user."""
    text = _translate(env, WORDS.get(key)) or fallback
    params = dict(params or {})
    if params.get('component') in COMPONENTS:
        params['component'] = _translate(env, COMPONENTS[params['component']])
    try:
        return text % params if params else text
    except (KeyError, TypeError, ValueError):
        return text


def _translate(env, words):
    return words and words._translate(env.lang or 'en_US')
