import logging

from odoo import SUPERUSER_ID, api, fields, models
from odoo.fields import Domain
from odoo.tools import format_date, ormcache

from odoo.addons.civic_base.const import DEFAULT_LANG
from odoo.addons.civic_base.tools.text import fold
from odoo.addons.civic_document.tools.reading import TypeName, find_document_starts, get_seal_box, read_document
from odoo.addons.civic_document.tools.secrecy import find_secrecy_mark_in_name

_logger = logging.getLogger(__name__)

# Writing any of these settles the suggestion for the field on the left.
SETTLED_BY = {
    'reference': ('reference', 'code_number', 'code_notation'),
    'issue_date': ('issue_date',),
    'issuer_id': ('issuer_id', 'issuer_name', 'issuer_code'),
    'issuer_name': ('issuer_id', 'issuer_name', 'issuer_code'),
    'type_id': ('type_id',),
    'subject': ('subject',),
    'signer_name': ('signer_name',),
    'signer_position': ('signer_position',),
    'urgency': ('urgency',),
}
BUS_MESSAGE = 'civic_document_read'


class CivicDocument(models.Model):
    """What is read on the page of a new incoming document, offered to the clerk.

    Empty fields of the draft are filled at once; each carries its suggestion, with its place on the page, until the
    clerk confirms it by leaving the field, by typing something else or by registering.
    """

    _inherit = 'civic.document'

    suggestions = fields.Json(
        readonly=True, copy=False, export_string_translation=False,
        help="What was read on the page for each field, and whether the clerk has confirmed it.")
    reading_state = fields.Selection(
        [
            ('none', "Not read"),
            ('waiting', "Waiting to be read"),
            ('reading', "Being read"),
            ('done', "Read"),
            ('failed', "Could not be read"),
        ],
        string="Reading", default='none', readonly=True, copy=False)
    reading_message = fields.Text(readonly=True, copy=False)
    possible_starts = fields.Json(
        "Pages Where Another Document May Begin", readonly=True, copy=False, export_string_translation=False)

    # === CRUD === #

    def write(self, vals):
        result = super().write(vals)
        if 'suggestions' not in vals:
            settled = {name for name, written in SETTLED_BY.items() if not vals.keys().isdisjoint(written)}
            if settled:
                self._settle_suggestions(settled)
        return result

    @api.model
    def _get_system_fields(self):
        return super()._get_system_fields() | {'suggestions', 'reading_state', 'reading_message', 'possible_starts'}

    def _register_documents(self, date=None):
        # Who registers a document stands by all of its fields.
        self._settle_suggestions(SETTLED_BY.keys())
        return super()._register_documents(date)

    # === RPC === #

    def confirm_suggestions(self, names=None):
        """Note that the clerk has seen what was read for these fields (all of them if None), and leaves it."""
        self.check_access('write')
        self._settle_suggestions(SETTLED_BY.keys() if names is None else set(names) & SETTLED_BY.keys())
        return True

    def action_read_again(self):
        """Read the main file once more, for example after the scanner's picture was found wanting."""
        self._check_may_receive()
        self.check_access('write')
        for document in self.filtered(lambda document: document.state == 'draft'):
            # sudo: the words of pages are closed to everyone; the right to change the document was checked
            content_sudo = document.sudo().main_content_id
            content_sudo._get_pages().filtered(lambda page: page.state == 'failed').unlink()
            content_sudo._start_reading()
            document._note_waiting(content_sudo)
        return True

    # === READING === #

    def _on_pages_read(self, content):
        super()._on_pages_read(content)
        if self.direction == 'incoming' and self.main_content_id == content:
            self._take_reading(content)

    def _note_content(self, content, places=''):
        super()._note_content(content, places)
        # sudo: as in civic_document, what is read belongs to the system
        self._note_waiting(content.sudo())

    def _note_waiting(self, content):
        if (
            self.direction == 'incoming' and self.main_content_id.id == content.id
            and any(page.state == 'pending' for page in content._get_pages())
        ):
            # sudo: as above
            self.sudo()._write_by_system({'reading_state': 'waiting', 'reading_message': False})

    def _take_reading(self, content):
        """Make suggestions of the pages that are read by now, and tell those who look at the document."""
        self.ensure_one()
        rows = content._get_pages()
        last = content._get_last_page_number()
        first_page = rows.filtered(lambda row: row.number == 1)
        ends = rows.filtered(lambda row: row.number in (1, last))
        pages = [row._to_page() for row in rows if row.state == 'ready']
        values = {}
        if any(row.state == 'pending' for row in ends):
            values['reading_state'] = 'reading'
        elif first_page.state == 'failed':
            values.update(reading_state='failed', reading_message=first_page._get_message())
        else:
            values.update(reading_state='done', reading_message=False)
        starts = self._find_starts(pages)
        if starts:
            values['possible_starts'] = starts
            values['reading_message'] = self.env._(
                "This file may hold several documents: another one seems to begin on page %s. Split it if so.",
                ', '.join(map(str, starts)))
        elif values['reading_state'] == 'done' and pages and not any(page.words for page in pages):
            values['reading_message'] = self.env._(
                "No text was found: the page is blank, or handwritten. Fill in the fields by hand.")
        filled = []
        if self.state == 'draft' and pages and first_page.state == 'ready':
            if starts:
                last = starts[0] - 1            # who signed the next document did not sign this one
                self._forget_signer(starts[0], values)
            found = self._read_document([page for page in pages if page.number <= last], last)
            filled = self._fill_from_suggestions(self._prepare_suggestions(found), values)
            self._look_closer(content, pages, last, found)
        values = {
            name: value for name, value in values.items()
            if name not in ('reading_state', 'reading_message', 'possible_starts') or self[name] != value}
        if values:
            # sudo was taken by the caller: the reading acts for the system
            self._write_by_system(values)
        if filled:
            # Not what was read: should a mark of state secrecy come to light on a later page, nothing may stay.
            self.env['civic.journal.entry']._append(
                'modification', self, detail={'source': 'reading', 'filled': sorted(filled)})
        if any(page.source == 'ocr' for page in rows):
            self._notify_read()

    def _read_document(self, pages, last):
        is_recognised = any(page.source == 'ocr' for page in pages)
        try:
            return read_document(
                pages, self._get_readable_types(), last_page=last,
                abbreviations=self._get_agency_abbreviations() if is_recognised else ())
        except (ArithmeticError, LookupError, TypeError, ValueError):
            # suggestions are a help: a page that nobody thought of must not keep the document out
            _logger.exception("The pages of document %s could not be read for suggestions", self.id)
            return {}

    @api.model
    def _find_starts(self, pages):
        try:
            return find_document_starts(pages)
        except (ArithmeticError, LookupError, TypeError, ValueError):
            # as above
            _logger.exception("The pages of a document could not be searched for another one")
            return []

    def _look_closer(self, content, pages, last, found):
        """Where the signer could not be read, the seal may lie over the name: read that part once more without it."""
        if self.env.context.get('civic_looked_closer'):
            return
        page = next((page for page in pages if page.number == last), None)
        box = page and get_seal_box(page, found)
        if box:
            content._queue_closer_look(last, box)

    @api.model
    @ormcache()
    def _get_readable_types(self):
        """The names and abbreviations of document types, as papers bear them. Types change once in years."""
        types = self.env['civic.document.type'].sudo().with_context(lang=DEFAULT_LANG).search([('code', '!=', False)])
        return tuple(
            TypeName(document_type.id, document_type.name, document_type.abbreviation or '', document_type.code)
            for document_type in types)

    @api.model
    def _get_agency_abbreviations(self):
        """How known agencies are called in notations: a misread letter is put right by them."""
        # sudo: what agencies are called is public
        agencies = self.env['res.partner'].sudo().search_fetch(
            [('is_agency', '=', True), ('abbreviation', '!=', False)], ['abbreviation'], limit=2000)
        return frozenset(agencies.mapped('abbreviation'))

    def _prepare_suggestions(self, found):
        """Return {field: suggestion} of what was read, with values as the form would save them."""
        self.ensure_one()
        suggestions = {}
        for name, suggestion in found.items():
            prepare = getattr(self, f'_prepare_suggestion_{name}', None)
            if prepare is None:
                continue
            prepared = prepare(suggestion)
            if prepared is None:
                continue
            field, value, display = prepared
            if isinstance(value, str) and find_secrecy_mark_in_name(value):
                continue                # the clerk will be told when typing it
            suggestions[field] = {
                'value': value,
                'display': display,
                'confidence': round(suggestion.confidence, 2),
                'page': suggestion.page,
                'box': [round(side, 4) for side in suggestion.box],
                'text': suggestion.text,
                'state': 'suggested',
            }
        return suggestions

    def _prepare_suggestion_reference(self, suggestion):
        number, notation = suggestion.value
        reference = f'{self._format_number(number)}/{notation}'
        return 'reference', reference, reference

    def _prepare_suggestion_issue_date(self, suggestion):
        if suggestion.value > (self.arrival_date or self._today()):
            return None                 # misread: no paper is issued after it arrived
        return 'issue_date', fields.Date.to_string(suggestion.value), format_date(self.env, suggestion.value)

    def _prepare_suggestion_issuer(self, suggestion):
        agency = self._match_agency(suggestion.value)
        if agency:
            return 'issuer_id', agency.id, agency.name
        return 'issuer_name', suggestion.value.full_name, suggestion.value.full_name

    def _prepare_suggestion_type(self, suggestion):
        document_type = self.env['civic.document.type'].browse(suggestion.value)
        return 'type_id', document_type.id, document_type.display_name

    def _prepare_suggestion_subject(self, suggestion):
        maximum = self.env['civic.rule.value']._get('subject.hard_max_length')
        return ('subject', suggestion.value, suggestion.value) if len(suggestion.value) <= maximum else None

    def _prepare_suggestion_signer_name(self, suggestion):
        return 'signer_name', suggestion.value, suggestion.value

    def _prepare_suggestion_signer_position(self, suggestion):
        return 'signer_position', suggestion.value, suggestion.value

    def _prepare_suggestion_urgency(self, suggestion):
        labels = dict(self._fields['urgency']._description_selection(self.env))
        return 'urgency', suggestion.value, labels[suggestion.value]

    @api.model
    def _match_agency(self, issuer):
        """Return the known agency that the head of the page names, or none: a wrong one is worse than none."""
        names = [fold(name) for name in issuer.names]
        if not names:
            return self.env['res.partner']
        # sudo: what agencies are called is public
        agencies = self.env['res.partner'].sudo().search_fetch(
            Domain('is_agency', '=', True)
            & Domain.OR(Domain('agency_search_key', 'like', name) for name in names),
            ['name', 'abbreviation'], limit=50)
        by_name = {}
        for agency in agencies:
            by_name.setdefault(fold(agency.name), []).append(agency)
        for name in names:                      # the fullest name comes first
            matching = by_name.get(name, ())
            if len(matching) == 1:
                return matching[0].sudo(False)
        return self.env['res.partner']

    def _fill_from_suggestions(self, found, values):
        """Add to ``values`` what fills empty fields; note all of it as suggestions. Return the names filled."""
        self.ensure_one()
        suggestions = dict(values.get('suggestions', self.suggestions) or {})
        filled = []
        for name, suggestion in found.items():
            known = suggestions.get(name)
            if known and (known['state'] != 'suggested' or known['value'] == suggestion['value']):
                continue
            if not known and name not in values and not self._is_open_for(name):
                continue                        # the clerk, or the entry, has filled it
            if known and known['confidence'] >= suggestion['confidence']:
                continue
            suggestions[name] = suggestion
            filled.append(name)
            if name == 'reference':
                values.update(self._split_reference(suggestion['value']))
            else:
                values[name] = suggestion['value']
        if filled:
            values['suggestions'] = suggestions
        return filled

    def _forget_signer(self, start, values):
        """Take back what was read of the signer on a page that belongs to another document, unless it is confirmed."""
        suggestions = dict(self.suggestions or {})
        for name in ('signer_name', 'signer_position'):
            known = suggestions.get(name)
            if known and known['state'] == 'suggested' and known['page'] >= start and self[name] == known['value']:
                del suggestions[name]
                values.update({'suggestions': suggestions, name: False})

    def _is_open_for(self, name):
        if name == 'reference':
            return not self.code_number and not self.code_notation
        if name in ('issuer_id', 'issuer_name'):
            return not self.issuer_id and not self.issuer_name
        if name == 'urgency':
            return self.urgency == 'normal'
        return not self[name]

    def _settle_suggestions(self, names):
        """Mark suggestions as confirmed, or as rejected where the field has another value by now."""
        for document in self:
            # sudo: who may write the document need not be able to write what the system notes of it
            suggestions = document.sudo().suggestions
            if not suggestions:
                continue
            open_names = [name for name in names if suggestions.get(name, {}).get('state') == 'suggested']
            if not open_names:
                continue
            settled = {name: dict(suggestion) for name, suggestion in suggestions.items()}
            for name in open_names:
                is_same = document._get_plain_value(name) == settled[name]['value']
                settled[name]['state'] = 'confirmed' if is_same else 'rejected'
            document.sudo()._write_by_system({'suggestions': settled})

    def _get_plain_value(self, name):
        value = self[name]
        if isinstance(value, models.BaseModel):
            return value.id
        return fields.Date.to_string(value) if self._fields[name].type == 'date' else value

    # === STATE SECRETS === #

    def _forget_reading(self, content):
        """Nothing of a state secret stays: also not what was read of the file and not confirmed by anyone."""
        super()._forget_reading(content)
        if self.main_content_id != content or not self.suggestions:
            return
        values = {'suggestions': False, 'possible_starts': False}
        if self.state == 'draft':
            for name, suggestion in self.suggestions.items():
                if self._get_plain_value(name) != suggestion['value']:
                    continue
                if name == 'reference':
                    values.update(code_number=False, code_notation=False)
                else:
                    values[name] = 'normal' if name == 'urgency' else False
        self._write_by_system(values)

    def _on_secret_expunged(self):
        super()._on_secret_expunged()
        if self.direction != 'incoming':
            return
        self._write_by_system({
            'reading_state': 'failed',
            'reading_message': self.env._(
                "The file bore a mark of state secrecy and was taken out; nothing of it is kept here. Enter the "
                "document in the state-secret register outside this system."),
        })
        self._notify_read()

    # === BUS === #

    def _notify_read(self):
        """Tell the clerks of the agency that the document was read: the form that shows it fetches the fields."""
        for document in self:
            users = document._get_reading_listeners()
            users._bus_send(BUS_MESSAGE, {'document_id': document.id, 'reading_state': document.reading_state})

    def _get_reading_listeners(self):
        """The people who may have the draft open. Only its id is sent, so no rights are passed by."""
        self.ensure_one()
        # sudo: groups and people of the agency are not read for the user
        clerks = self.env.ref('civic_base.group_clerk').sudo().all_user_ids
        return clerks.filtered(
            lambda user: user.active and user.id != SUPERUSER_ID and self.company_id in user.company_ids)
