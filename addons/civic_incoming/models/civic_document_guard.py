from datetime import timedelta
from math import ceil

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL, format_date

from odoo.addons.civic_base.const import DEFAULT_LANG
from odoo.addons.civic_base.tools.text import fold, parse_pasted, reference_key, subject_key, word_bits

from ..tools.addressee import find_addressees, names_agency

ADDRESSEE_WINDOW = 6000     # characters of the first page in which the addressee stands
MAX_FOUND = 5


class CivicDocument(models.Model):
    """What the clerk is warned of while still typing. A warning never blocks: the clerk decides."""

    _inherit = 'civic.document'

    _civic_reason_methods = ('_cancel', '_return_to_sender')

    subject_key = fields.Char(
        compute='_compute_subject_key', store=True, precompute=True, export_string_translation=False)
    subject_bits = fields.Integer(
        compute='_compute_subject_key', store=True, precompute=True, aggregator=None, export_string_translation=False)
    duplicate_of_id = fields.Many2one(
        'civic.document', string="Same Document as", readonly=True, copy=False, index='btree_not_null',
        ondelete='restrict', check_company=True)
    can_undo_discard = fields.Boolean(compute='_compute_can_undo_discard')

    # Near-equal subjects: the days first, then the length, both within the index; only what is left is compared.
    _subject_idx = models.Index(
        "(company_id, issue_date, length(subject_key)) WHERE direction = 'incoming' AND subject_key IS NOT NULL")

    @api.depends('subject', 'direction')
    def _compute_subject_key(self):
        for document in self:
            document.subject_key = document.direction == 'incoming' and subject_key(document.subject) or False
            document.subject_bits = word_bits(document.subject_key or '')

    @api.depends('state', 'duplicate_of_id', 'register_number')
    def _compute_can_undo_discard(self):
        is_clerk = self.env.user.has_group('civic_base.group_clerk')
        for document in self:
            document.can_undo_discard = bool(
                is_clerk and document.state == 'cancelled' and document.duplicate_of_id and not document.register_number)

    @api.onchange('reference', 'issuer_id', 'issuer_name')
    def _onchange_warn_duplicate(self):
        # the clerk's form has a panel for it, which takes no click to close
        if self.env.context.get('civic_to_register'):
            return None
        return super()._onchange_warn_duplicate()

    @api.model
    def _get_system_fields(self):
        return super()._get_system_fields() | {'subject_key', 'subject_bits', 'duplicate_of_id'}

    @api.model
    def _get_transitions(self):
        transitions = super()._get_transitions()
        # only by `action_undo_discard`, for drafts discarded by mistake
        transitions.setdefault('cancelled', {})['draft'] = ('civic_base.group_clerk',)
        return transitions

    def _check_move(self, state):
        if state == 'draft' and self.filtered(lambda document: (
                document.state == 'cancelled' and (document.register_number or not document.duplicate_of_id))):
            raise UserError(self.env._(
                "A cancelled document cannot become a draft again, unless it was discarded as a duplicate."))
        return super()._check_move(state)

    # === WHILE TYPING === #

    @api.model
    @api.readonly
    def check_guards(self, values):
        """Tell what speaks against the draft as it is being typed; five indexed queries at the most.

        :param values: `id`, `reference`, `issuer_id`, `issuer_name`, `subject`, `issue_date`, as far as known
        :return: list of `{"code", "level", "field", "message", "document_id"}`, the weightiest first
        """
        self._check_may_receive()
        document = self.browse(values.get('id') or [])
        document.check_access('read')
        found = self._guard_duplicate(document, values)
        known = {finding['document_id'] for finding in found}
        known |= {document.id}
        found += [finding for finding in self._guard_file(document) if finding['document_id'] not in known]
        known |= {finding['document_id'] for finding in found}
        found += [finding for finding in self._guard_subject(document, values) if finding['document_id'] not in known]
        found += self._guard_addressee(document)
        found += self._guard_signature(document)
        found += self._guard_length(values)
        return found

    @api.model
    def _get_guard_domain(self, document):
        company = document.company_id or self.env.company
        return (
            Domain('company_id', '=', company.id) & Domain('direction', '=', 'incoming')
            & Domain('state', '!=', 'cancelled') & Domain('id', '!=', document.id or 0)
        )

    @api.model
    def _guard_duplicate(self, document, values):
        """Annex VI, III.1.h: number, notation and issuer all equal; two of three are not enough.

        The other case of the article, the same identifier, cannot be entered twice: a unique index refuses it.
        """
        parts = self._split_reference(values.get('reference'))
        if not parts['code_number'] or not parts['code_notation']:
            return []
        if values.get('issuer_id'):
            issuer = Domain('issuer_id', '=', int(values['issuer_id']))
        elif (values.get('issuer_name') or '').strip():
            issuer = Domain('issuer_name', '=ilike', values['issuer_name'].strip())
        else:
            return []
        key = reference_key(parts['code_number'], parts['code_notation'])
        same = self.search(
            self._get_guard_domain(document) & Domain('reference_key', '=', key) & issuer, limit=MAX_FOUND)
        return [
            twin._prepare_finding('duplicate', 'danger', 'reference', self.env._(
                "Same number, notation and issuer: %s", twin._get_guard_name()))
            for twin in same
        ]

    @api.model
    def _guard_file(self, document):
        digests = [
            content.sha256 for content in document.content_ids if content.role == 'original' and content.sha256]
        if not digests:
            return []
        same = self.search(
            self._get_guard_domain(document)
            & Domain('content_ids', 'any', [('sha256', 'in', digests), ('role', '=', 'original')]),
            limit=MAX_FOUND)
        return [
            twin._prepare_finding('same_file', 'danger', False, self.env._(
                "The very same file: %s", twin._get_guard_name()))
            for twin in same
        ]

    @api.model
    def _guard_subject(self, document, values):
        """Documents of nearly the same subject, issued within a few days: what was scanned, or sent, twice."""
        key = subject_key(values.get('subject'))
        issued = fields.Date.to_date(values.get('issue_date') or False)
        rules = self.env['civic.rule.value']
        if not issued or len(key) < rules._get('incoming.similar_subject_length'):
            return []
        days = timedelta(days=rules._get('incoming.similar_subject_days'))
        share = rules._get('incoming.similar_subject_percent') / 100
        query = self._search(
            self._get_guard_domain(document)
            & Domain('issue_date', '>=', issued - days) & Domain('issue_date', '<=', issued + days))
        column = SQL.identifier(query.table, 'subject_key')
        bits = SQL.identifier(query.table, 'subject_bits')
        similarity = SQL("similarity(%s, %s)", column, key)
        query.add_where(SQL("%s IS NOT NULL", column))
        # texts of so different a length cannot be that similar; the index tells the length
        query.add_where(SQL("length(%s) BETWEEN %s AND %s", column, int(len(key) * share), int(len(key) / share) + 1))
        # nor texts of so different words, a cheap question that leaves few to the dear one
        unlike = ceil(2 * (1 - share) / (1 + share) * len(key.split())) + 2
        query.add_where(SQL(
            "CASE WHEN length(replace((%s # %s)::bit(30)::text, '0', '')) <= %s THEN %s >= %s ELSE false END",
            bits, word_bits(key), unlike, similarity, share))
        query.order = SQL("%s DESC", similarity)
        query.limit = 4 * MAX_FOUND
        # “quý I” and “quý II”, “đợt 1” and “đợt 2”: letters of a series are alike but for their figures
        twins = self.browse(query).filtered(
            lambda twin: _get_figures(twin.subject_key) == _get_figures(key)
            and not (twin.issuer_id and values.get('issuer_id') and twin.issuer_id.id != values['issuer_id']))[:MAX_FOUND]
        return [
            twin._prepare_finding('similar', 'warning', 'subject', self.env._(
                "Nearly the same subject and date: %s", twin._get_guard_name()))
            for twin in twins
        ]

    @api.model
    def _guard_addressee(self, document):
        """Whether the lines after “Kính gửi” name the agency. General addressees are everyone's."""
        if not document:
            return []
        self.env.cr.execute(SQL(
            "SELECT left(body, %s) FROM civic_document_text WHERE document_id = %s AND body IS NOT NULL",
            ADDRESSEE_WINDOW, document.id))
        row = self.env.cr.fetchone()
        addressees = find_addressees(row[0]) if row else []
        company = document.company_id
        if not addressees or names_agency(addressees, [company.name, company.partner_id.name, company.abbreviation]):
            return []
        return [self._prepare_finding('addressee', 'warning', False, self.env._(
            "Addressed to “%(addressee)s”, not to %(agency)s.",
            addressee="; ".join(addressees)[:160], agency=company.name))]

    @api.model
    def _guard_signature(self, document):
        """Decree 30/2020, Art. 21.2: an electronic document without a valid signature is returned."""
        if document.signature_state == 'invalid':
            return [self._prepare_finding('signature', 'danger', False, self.env._(
                "The signature is not valid, or the content was changed after signing."))]
        if document.signature_state in ('warning', 'failed'):
            return [self._prepare_finding('signature', 'warning', False, document.signature_message)]
        if document.signature_state == 'none' and not document.paper_original:
            return [self._prepare_finding('signature', 'warning', False, self.env._(
                "The electronic document bears no signature."))]
        return []

    @api.model
    def _guard_length(self, values):
        limit = self.env['civic.rule.value']._get('subject.max_length')
        length = len(values.get('subject') or '')
        if length <= limit:
            return []
        return [self._prepare_finding('length', 'warning', 'subject', self.env._(
            "The subject has %(length)s characters; other systems may refuse more than %(limit)s.",
            length=length, limit=limit))]

    def _get_guard_values(self):
        """What `check_guards` wants to know of a draft that nobody types in yet."""
        return {
            'id': self.id,
            'reference': self.reference,
            'issuer_id': self.issuer_id.id,
            'issuer_name': self.issuer_name,
            'subject': self.subject,
            'issue_date': fields.Date.to_string(self.issue_date) if self.issue_date else False,
        }

    def _prepare_finding(self, code, level, field, message):
        return {'code': code, 'level': level, 'field': field, 'message': message, 'document_id': self.id}

    def _get_guard_name(self):
        if self.register_label:
            return self.env._(
                "%(name)s, arrival number %(number)s of %(date)s",
                name=self.display_name, number=self.register_label, date=format_date(self.env, self.arrival_date))
        return self.env._("%s, not registered yet", self.display_name)

    # === THE SAME DOCUMENT === #

    def desk_discard(self, document_id, reason, specification, next_id=False, res_ids=(), skip_ids=()):
        """Discard the draft: it is the same document as another one. Both keep their files and their journal."""
        self.ensure_one()
        self._check_may_use_desk()
        self._discard_as_duplicate(self.browse(document_id), reason)
        return {'ok': True, 'id': self.id, **self._leave_desk(specification, next_id, res_ids, skip_ids)}

    def _discard_as_duplicate(self, other, reason):
        other.check_access('read')
        if self.direction != 'incoming' or self.state != 'draft':
            raise UserError(self.env._("“%s” is no draft: cancel it instead.", self.display_name))
        if other == self or other.company_id != self.company_id or other.direction != 'incoming':
            raise UserError(self.env._("A draft is the same as another incoming document of the same agency."))
        if other.duplicate_of_id:
            raise UserError(self.env._("“%s” is discarded itself: choose the document that is kept.", other.display_name))
        self._cancel((reason or '').strip() or self.env._("The same document as %s", other.display_name))
        self._write_by_system({'duplicate_of_id': other.id})
        self.env['civic.journal.entry']._append('modification', other, detail={'same_as': self.id, 'kept': other.id})
        self.env['civic.document.lease']._release(self)

    def action_undo_discard(self):
        """A draft discarded as a duplicate by mistake waits to be registered again."""
        self._check_may_receive()
        for document in self:
            if not document.can_undo_discard:
                raise UserError(self.env._(
                    "“%s” was not discarded as a duplicate: it stays as it is.", document.display_name))
            other = document.duplicate_of_id
            document._move_to(
                'draft', duplicate_of_id=False, cancel_reason=False, cancelled_at=False, cancelled_by_id=False)
            self.env['civic.journal.entry']._append(
                'withdrawal', document, detail={'of': 'cancellation', 'same_as': other.id})
        return True

    # === PASTE AND PICK === #

    @api.model
    @api.readonly
    def parse_pasted_text(self, text):
        """Read what was pasted, such as “Quyết định số 123/QĐ-UBND ngày 5/3/2025 của UBND … về việc …”.

        :return: values for the form; a many2one is `{"id", "display_name"}`
        """
        self._check_may_receive()
        pasted = parse_pasted((text or '')[:4000])
        values = {}
        if pasted.number:
            values['reference'] = '/'.join(filter(None, (pasted.number, pasted.notation)))
        if pasted.date:
            values['issue_date'] = fields.Date.to_string(pasted.date)
        if pasted.issuer:
            values.update(self._find_issuer_values(pasted.issuer))
        document_type = self._find_type(pasted.type, pasted.notation)
        if document_type:
            values['type_id'] = {'id': document_type.id, 'display_name': document_type.display_name}
        if pasted.subject:
            values['subject'] = pasted.subject
        return values

    @api.model
    @api.readonly
    def parse_picked_text(self, name, text):
        """Read words picked on the page as the value of one field.

        :return: values for the form, empty if the words say nothing for this field
        """
        self._check_may_receive()
        text = ' '.join((text or '')[:4000].split())
        if not text or name not in self._fields:
            return {}
        match name:
            case 'issuer_id' | 'issuer_name':
                return self._find_issuer_values(text)
            case 'type_id':
                document_type = self._find_type(text, text)
                return {name: {'id': document_type.id, 'display_name': document_type.display_name}} if document_type else {}
            case 'reference':
                pasted = parse_pasted(text)
                values = {name: '/'.join(filter(None, (pasted.number, pasted.notation))) or text}
                return values | ({'issue_date': fields.Date.to_string(pasted.date)} if pasted.date else {})
            case 'urgency':
                folded = fold(text)
                words = {'hoa toc': 'express', 'thuong khan': 'very_urgent', 'khan': 'urgent'}
                return next(({name: code} for word, code in words.items() if word in folded), {})
        if self._fields[name].type == 'date':
            issued = parse_pasted(text).date
            return {name: fields.Date.to_string(issued)} if issued else {}
        if self._fields[name].type == 'integer':
            digits = ''.join(char for char in text if char.isdigit())
            return {name: int(digits[:6])} if digits else {}
        if self._fields[name].type in ('char', 'text'):
            return {name: text}
        return {}

    @api.model
    def _find_issuer_values(self, text):
        """The one agency that the text can mean, or the text itself as the issuer's name."""
        partners = self.env['res.partner']
        text = text.strip(' ,;.:')
        agencies = partners.search(partners._domain_agency_search(text), limit=MAX_FOUND) if fold(text) else partners
        exact = agencies.filtered(lambda agency: fold(text) in (fold(agency.name), fold(agency.abbreviation)))
        agency = exact if len(exact) == 1 else agencies if len(agencies) == 1 else partners
        if agency:
            return {'issuer_id': {'id': agency.id, 'display_name': agency.display_name}}
        return {'issuer_id': False, 'issuer_name': text[:200]}

    @api.model
    def _find_type(self, name, notation):
        """The document type of that name, or the one whose abbreviation begins the notation."""
        # papers name their type in Vietnamese, whatever language the clerk reads
        types = self.env['civic.document.type'].with_context(lang=DEFAULT_LANG).search_fetch([], ['name', 'abbreviation'])
        folded = fold(name)
        named = types.filtered(lambda kind: folded and fold(kind.name.split('(')[0]) == folded)
        if not named and notation:
            head = notation.split('/')[-1].split('-')[0].strip()
            named = types.filtered(lambda kind: kind.abbreviation and kind.abbreviation == head)
        return self.env['civic.document.type'].browse(named[:1].id)


def _get_figures(key):
    """The figures of a folded subject, Arabic and Roman."""
    return [word for word in key.split() if word.isdigit() or not set(word) - set('ivx')]
