import hashlib
from uuid import uuid4

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import format_date

from odoo.addons.civic_base.const import ACCESS_LEVELS, CIRCULATION_MARKS, DEFAULT_TZ, SECRECY, URGENCY
from odoo.addons.civic_base.tools.text import fold, parse_reference, reference_key

from ..const import DIRECTIONS, LANGUAGES, MAX_SAME_REFERENCE

# Only code that holds this object may write what the system fills in. A context key that comes over RPC can
# carry the name, but never the object.
_BY_SYSTEM = object()


class CivicDocument(models.Model):
    """The record, whatever its direction: metadata of Decree 30/2020, Annex VI, its files and its number.

    Who may do what: clerks enter, register, correct and cancel; everybody else reads what the access level
    allows. States move through `_move_to` only. A registered document keeps its number, dates, signer and
    original for good.
    """

    _name = 'civic.document'
    _description = "Document"
    _inherit = ['mail.thread', 'mail.activity.mixin', 'civic.journal.mixin', 'civic.reason.mixin']
    _order = 'date_sort desc, id desc'
    _rec_names_search = ['search_text']
    _check_company_auto = True
    _mail_post_access = 'read'

    # identity
    identifier = fields.Char(
        required=True, readonly=True, copy=False, default=lambda self: str(uuid4()), export_string_translation=False,
        help="Names this document in every system, whatever its number.")
    company_id = fields.Many2one(
        'res.company', "Agency", required=True, default=lambda self: self.env.company)
    direction = fields.Selection(DIRECTIONS, required=True, default='none')
    state = fields.Selection(
        [
            ('draft', "Draft"),
            ('registered', "Registered"),
            ('cancelled', "Cancelled"),
        ],
        required=True, default='draft', copy=False, readonly=True)
    profile_id = fields.Many2one(
        'civic.rule.profile', "Rules in Force", readonly=True, copy=False, ondelete='restrict',
        help="The legal regime on the day of registration. It never changes afterwards.")

    # content of the metadata tables
    type_id = fields.Many2one('civic.document.type', "Document Type", ondelete='restrict')
    code_number = fields.Char("Number", help="Number of the document as its issuer gave it.", copy=False)
    code_notation = fields.Char("Notation", help="What follows the number, such as QĐ-UBND.")
    reference = fields.Char(
        "Number and Notation", compute='_compute_reference', inverse='_inverse_reference', store=True,
        precompute=True, help="Such as 123/QĐ-UBND.")
    reference_key = fields.Char(
        compute='_compute_reference_key', store=True, precompute=True, export_string_translation=False)
    issue_date = fields.Date()
    issuer_id = fields.Many2one(
        'res.partner', "Issuing Agency", domain="[('is_agency', '=', True)]", index='btree_not_null',
        ondelete='restrict')
    issuer_code = fields.Char(
        "Issuer's Organ Code", compute='_compute_issuer_code', inverse='_inverse_issuer_code', readonly=False)
    issuer_name = fields.Char(
        "Issuer (as Written)", help="The issuer as the document names it, when it is not one of the known agencies.")
    subject = fields.Char()
    language = fields.Selection(LANGUAGES, default='vi')
    page_count = fields.Integer("Pages", aggregator='sum')
    description = fields.Text("Note")
    secrecy = fields.Selection(
        SECRECY, compute='_compute_secrecy', inverse='_inverse_secrecy', readonly=False,
        help="State secrets are never kept here: any level is refused.")

    # people
    signer_name = fields.Char()
    signer_position = fields.Char()
    unit_id = fields.Many2one(
        'hr.department', "Responsible Unit", check_company=True, index='btree_not_null', tracking=True,
        ondelete='restrict')
    unit_ids = fields.Many2many('hr.department', string="Units Concerned", check_company=True)
    user_ids = fields.Many2many('res.users', string="Named People", copy=False)

    # how to treat it
    urgency = fields.Selection(URGENCY, required=True, default='normal', tracking=True)
    access_level = fields.Selection(ACCESS_LEVELS, "Access", required=True, default='agency', tracking=True)
    circulation_mark = fields.Selection(CIRCULATION_MARKS, default='none')
    paper_original = fields.Boolean(help="The original is paper and kept outside this system.")
    deadline = fields.Date(tracking=True)

    # registration
    arrival_date = fields.Date(copy=False)
    register_id = fields.Many2one(
        'civic.register', readonly=True, copy=False, index='btree_not_null', ondelete='restrict')
    register_number = fields.Integer(readonly=True, copy=False, aggregator=None)
    register_label = fields.Char("Register Number (Label)", readonly=True, copy=False)
    registered_at = fields.Datetime(readonly=True, copy=False)
    registered_by_id = fields.Many2one('res.users', "Registered By", readonly=True, copy=False, ondelete='restrict')
    cancel_reason = fields.Text("Reason of Cancellation", readonly=True, copy=False)
    cancelled_at = fields.Datetime(readonly=True, copy=False)
    cancelled_by_id = fields.Many2one('res.users', "Cancelled By", readonly=True, copy=False, ondelete='restrict')

    # content files
    content_ids = fields.One2many('civic.content', 'document_id', "Files")
    main_content_id = fields.Many2one(
        'civic.content', "Main File", copy=False, index='btree_not_null', ondelete='set null')

    # computed
    date_sort = fields.Date(
        "Date", compute='_compute_date_sort', store=True, precompute=True, required=True,
        help="Date of arrival or issue, whichever applies; lists are sorted by it.")
    duplicate_ids = fields.Many2many(
        'civic.document', string="Possible Duplicates", compute='_compute_duplicate_ids')

    _identifier_uniq = models.UniqueIndex('(identifier)', "There is already a document with this identifier.")
    _page_count_positive = models.Constraint('CHECK (page_count >= 0)', "A document cannot have fewer than no pages.")
    # One index per question that a list asks; all end with the order of the list, so that its first page
    # costs the same whatever the size of the table.
    _list_idx = models.Index('(company_id, direction, date_sort DESC, id DESC)')
    _all_idx = models.Index('(company_id, date_sort DESC, id DESC)')
    _state_idx = models.Index('(company_id, direction, state, date_sort DESC, id DESC)')
    _deadline_idx = models.Index(
        "(company_id, deadline) WHERE deadline IS NOT NULL AND state NOT IN ('done', 'cancelled', 'returned')")
    # text_pattern_ops: the search asks for a prefix, whatever the collation of the database
    _reference_idx = models.Index('(reference_key text_pattern_ops) WHERE reference_key IS NOT NULL')
    _register_number_idx = models.Index(
        '(company_id, register_number) WHERE register_number IS NOT NULL')

    # === COMPUTE === #

    @api.depends('code_number', 'code_notation')
    def _compute_reference(self):
        for document in self:
            number = document._format_number(document.code_number)
            document.reference = '/'.join(filter(None, (number, document.code_notation))) or False

    @api.depends('code_number', 'code_notation')
    def _compute_reference_key(self):
        for document in self:
            document.reference_key = (
                document.code_number and reference_key(document.code_number, document.code_notation) or False
            )

    def _inverse_reference(self):
        for document in self:
            document.update(document._split_reference(document.reference))

    @api.depends('issuer_id')
    def _compute_issuer_code(self):
        codes = {}
        for issuer in self.issuer_id:
            codes[issuer] = issuer._get_organ_code()
        for document in self:
            document.issuer_code = codes.get(document.issuer_id)

    def _inverse_issuer_code(self):
        for document in self:
            if document.issuer_code:
                document.issuer_id = document._get_issuer_by_code(document.issuer_code)

    def _compute_secrecy(self):
        self.secrecy = 'none'

    def _inverse_secrecy(self):
        """Nothing to store: `_check_secrecy` let nothing but 'none' through."""

    @api.depends('arrival_date', 'issue_date')
    def _compute_date_sort(self):
        for document in self:
            document.date_sort = (
                document.arrival_date or document.issue_date or document.date_sort or document._today()
            )

    @api.depends('reference_key', 'issuer_id', 'issuer_name', 'content_ids.sha256')
    def _compute_duplicate_ids(self):
        for document in self:
            document.duplicate_ids = document._find_duplicates()

    @api.depends('reference', 'register_label', 'subject', 'access_level')
    @api.depends_context('uid')
    def _compute_display_name(self):
        hidden = self._get_hidden_ids()
        for document in self:
            if document.id in hidden:
                document.display_name = self.env._("A document that you may not read")
                continue
            name = document.reference
            if not name and document.register_label:
                name = self.env._("No. %s", document.register_label)
            # The name goes far: into mails, other lists and the journal, which auditors read.
            subject = document.subject or ''
            if document.access_level == 'restricted':
                subject = self.env._("for named people only")
            if len(subject) > 90:
                subject = subject[:89].rstrip() + '…'
            document.display_name = ' – '.join(filter(None, (name, subject))) or self.env._("New document")

    def _get_hidden_ids(self):
        """Return the ids that the user may not read in any of the user's agencies.

        Only names asked for as superuser can be among them: the ORM shows the name of whatever a many2one points
        to, and anybody can point the field of a form at any id.
        """
        if not self.env.su or self.env.uid == SUPERUSER_ID:
            return set()
        documents = self.browse(self.ids).sudo(False).with_context(
            allowed_company_ids=list(self.env.user._get_company_ids()))
        return set(documents.ids) - set(documents._filtered_access('read').ids)

    # === CONSTRAINTS === #

    @api.constrains('main_content_id')
    def _check_main_content(self):
        for document in self:
            # sudo: a file of another document need not be readable to be refused
            content_sudo = document.sudo().main_content_id
            if content_sudo and content_sudo.document_id != document:
                raise ValidationError(self.env._("The main file is one of the document's own files."))

    @api.constrains('subject')
    def _check_subject_length(self):
        maximum = self.env['civic.rule.value']._get('subject.hard_max_length')
        for document in self:
            if len(document.subject or '') > maximum:
                raise ValidationError(self.env._(
                    "The subject has %(length)s characters; at most %(maximum)s are allowed. Shorten it.",
                    length=len(document.subject), maximum=maximum))

    @api.constrains('deadline', 'arrival_date', 'issue_date')
    def _check_dates(self):
        today = self._today()
        for document in self:
            start = document.arrival_date or document.issue_date
            if document.deadline and start and document.deadline < start:
                raise ValidationError(self.env._(
                    "The deadline (%(deadline)s) cannot be before the document arrived or was issued (%(start)s).",
                    deadline=format_date(self.env, document.deadline), start=format_date(self.env, start)))
            if document.arrival_date and document.arrival_date > today:
                raise ValidationError(self.env._(
                    "The document cannot arrive in the future (%s).", format_date(self.env, document.arrival_date)))
            if document.arrival_date and document.issue_date and document.issue_date > document.arrival_date:
                raise ValidationError(self.env._(
                    "The document cannot be issued (%(issued)s) after it arrived (%(arrived)s).",
                    issued=format_date(self.env, document.issue_date),
                    arrived=format_date(self.env, document.arrival_date)))

    @api.constrains('issuer_id')
    def _check_issuer(self):
        issuers = self.issuer_id
        # what is asked here and when the words are indexed, and nothing else of the many fields of a partner
        issuers.fetch(['is_agency', 'name', 'abbreviation'])
        for issuer in issuers:
            if not issuer.is_agency:
                raise ValidationError(self.env._(
                    "“%s” is not an agency. Choose an agency, or type the name of the issuer as the document has it.",
                    issuer.display_name))

    @api.constrains('code_number')
    def _check_code_number(self):
        for document in self:
            if document.code_number and not any(char.isdigit() for char in document.code_number):
                raise ValidationError(self.env._(
                    "“%s” is not a number of a document.", document.code_number[:40]))

    @api.constrains('access_level', 'user_ids')
    def _check_named_people(self):
        for document in self:
            if document.access_level == 'restricted' and document.state != 'draft' and not document.user_ids:
                raise ValidationError(self.env._(
                    "A document for named people needs at least one name."))

    @api.onchange('subject')
    def _onchange_subject(self):
        limit = self.env['civic.rule.value']._get('subject.max_length')
        if self.subject and len(self.subject) > limit:
            return {'warning': {
                'title': self.env._("Long subject"),
                'message': self.env._(
                    "The subject has %(length)s characters. Decree 30/2020, Annex VI, gives it %(limit)s: "
                    "other systems may refuse it.", length=len(self.subject), limit=limit),
            }}

    @api.onchange('reference')
    def _onchange_reference(self):
        text = self.reference
        issued = parse_reference(text).date
        self.update(self._split_reference(text))
        if issued and not self.issue_date:
            self.issue_date = issued

    @api.onchange('issuer_code')
    def _onchange_issuer_code(self):
        if self.issuer_code:
            self.issuer_id = self._get_issuer_by_code(self.issuer_code)

    # === CRUD === #

    @api.model
    def default_get(self, fields):
        values = super().default_get(fields)
        if 'arrival_date' in fields and values.get('direction') == 'incoming':
            values.setdefault('arrival_date', self._today())
        return values

    @api.model_create_multi
    def create(self, vals_list):
        vals_list = [self._prepare_draft_values(values) for values in vals_list]
        documents = super(
            CivicDocument, self.with_context(self._get_creation_context())
        ).create(vals_list).with_context(self.env.context)
        self.env['civic.journal.entry']._append('creation', documents)
        return documents

    def write(self, vals):
        self._check_secrecy(vals)
        if self.env.context.get('civic_document_token') is _BY_SYSTEM:
            return super().write(vals)
        self._check_frozen(vals)
        names = self._get_journalled_fields().intersection(vals)
        if not names:
            return super().write(vals)
        before = self._read_for_journal(names)
        result = super().write(vals)
        self._journal_changes(names, before)
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_registered(self):
        if any(document.state != 'draft' or document.register_number for document in self):
            raise UserError(self.env._("Only drafts can be deleted. Cancel a registered document instead."))

    def unlink(self):
        if self:
            self.check_access('unlink')
            self._unlink_except_registered()
            self.env['civic.journal.entry']._append('deletion', self)
        return super().unlink()

    def copy_data(self, default=None):
        # Files are not copied: the copy is another document.
        return [
            {**values, 'subject': self.env._("%s (copy)", document.subject or '')}
            for document, values in zip(self, super().copy_data(default), strict=True)
        ]

    @api.model
    def _prepare_draft_values(self, values):
        """Check what is refused at once and fill in what the context of the arrival says."""
        defaults = {key[8:]: value for key, value in self.env.context.items() if key.startswith('default_')}
        self._check_secrecy({**defaults, **values})
        values = dict(values)
        if self.env.context.get('civic_document_token') is not _BY_SYSTEM:
            given = self._get_system_fields().intersection(name for name, value in values.items() if value)
            if given - {'state'} or values.get('state', 'draft') != 'draft':
                raise AccessError(self.env._(
                    "A document begins as a draft; its number, register and state are given by the system."))
        direction = values.get('direction', defaults.get('direction'))
        if direction == 'incoming' and not values.get('arrival_date'):
            values['arrival_date'] = self._today()
        if values.get('reference') and not values.get('code_number'):
            values.update(self._split_reference(values.pop('reference')))
        return values

    @api.model
    def _get_creation_context(self):
        """The journal tells who created a document, so the chatter need not, and clerks do not follow every paper
        that they enter. A default of the context gives no number and no state."""
        context = dict(self.env.context, mail_create_nolog=True, mail_create_nosubscribe=True)
        for name in self._get_system_fields():
            context.pop(f'default_{name}', None)
        return context

    @api.model
    def _today(self):
        """The day of the agency, whatever time zone a browser or a server says."""
        return fields.Date.context_today(self.with_context(tz=DEFAULT_TZ))

    # === FROZEN FIELDS === #

    @api.model
    def _get_system_fields(self):
        """Fields that no user writes: the acts of registering and cancelling fill them."""
        return {
            'identifier', 'state', 'profile_id', 'register_id', 'register_number', 'register_label',
            'registered_at', 'registered_by_id', 'cancel_reason', 'cancelled_at', 'cancelled_by_id',
            'reference_key', 'date_sort',       # computed, but stored: the ORM would let anybody overwrite them
        }

    @api.model
    def _get_frozen_fields(self):
        """Fields that stand once the document is registered; `_correct` changes the typed ones, with a reason."""
        return {
            'company_id', 'direction', 'arrival_date', 'reference', 'code_number', 'code_notation', 'issue_date',
            'signer_name', 'signer_position', 'paper_original',
        }

    @api.model
    def _get_journalled_fields(self):
        """Fields whose change leaves a line with the old and the new value in the journal."""
        return {
            'company_id', 'direction', 'type_id', 'code_number', 'code_notation', 'reference', 'issue_date',
            'issuer_id', 'issuer_code', 'issuer_name', 'subject', 'language', 'page_count', 'description',
            'signer_name', 'signer_position', 'unit_id', 'unit_ids', 'user_ids', 'urgency', 'access_level',
            'circulation_mark', 'paper_original', 'deadline', 'arrival_date', 'main_content_id',
        }

    def _check_frozen(self, vals):
        """Refuse a plain write of what the system fills in, and of what stands since registration."""
        system = self._get_system_fields().intersection(vals)
        if system:
            raise AccessError(self.env._(
                "The fields %(fields)s are filled in by the system. Use the buttons of the document.",
                fields=self._get_field_labels(system)))
        frozen = self._get_frozen_fields().intersection(vals)
        cancelled = self._get_journalled_fields().intersection(vals)
        for document in self:
            if 'company_id' in vals and vals['company_id'] != document.company_id.id:
                raise UserError(self.env._("“%s” stays with the agency that entered it.", document.display_name))
            if document.state == 'draft':
                continue
            refused = cancelled if document.state == 'cancelled' else {
                name for name in frozen if not document._is_same_value(name, vals[name])}
            if refused:
                raise UserError(self.env._(
                    "“%(document)s” is no longer a draft: %(fields)s cannot be changed.",
                    document=document.display_name, fields=self._get_field_labels(refused)))

    def _is_same_value(self, name, value):
        field = self._fields[name]
        return field.convert_to_cache(value, self, validate=False) == field.convert_to_cache(self[name], self)

    def _get_field_labels(self, names):
        labels = self.fields_get(sorted(names), ['string'])
        return ', '.join(labels[name]['string'] for name in sorted(names) if name in labels)

    def _read_for_journal(self, names):
        """Return {id: {field: value}} in the plain form that the journal keeps."""
        return {
            document.id: {name: document._get_journal_value(name) for name in names}
            for document in self
        }

    def _get_journal_value(self, name):
        value = self[name]
        if isinstance(value, models.BaseModel):
            return value.ids
        if value and self.access_level == 'restricted' and name in ('subject', 'description'):
            # auditors read the journal, but not what only named people may read: the digest still proves the text
            return f'sha256:{hashlib.sha256(value.encode()).hexdigest()}'
        return fields.Date.to_string(value) if self._fields[name].type == 'date' else (value or False)

    def _journal_changes(self, names, before, **detail):
        """Append one line per document that really changed, with [old, new] per field."""
        after = self._read_for_journal(names)
        details = {}
        for document in self:
            old, new = before[document.id], after[document.id]
            changes = {name: [old[name], new[name]] for name in sorted(names) if old[name] != new[name]}
            if changes:
                details[document.id] = {'changes': changes, **detail}
        if details:
            self.env['civic.journal.entry']._append('modification', self.browse(details), details=details)

    def _write_by_system(self, vals):
        """Write what users may not; the calling act has checked the rights and leaves its own journal line."""
        return self.with_context(civic_document_token=_BY_SYSTEM).write(vals)

    # === REFERENCE AND ISSUER === #

    @api.model
    def _format_number(self, number):
        """Numbers below ten get a leading zero (Decree 30/2020, Annex I)."""
        number = (number or '').strip()
        return number.zfill(2) if number.isdigit() else number

    @api.model
    def _split_reference(self, text):
        """Return number and notation of what people type; what cannot be read stays whole in the notation."""
        parsed = parse_reference(text)
        if parsed.number:
            return {'code_number': parsed.number, 'code_notation': parsed.notation or False}
        return {'code_number': False, 'code_notation': (text or '').strip() or False}

    def _get_issuer_by_code(self, code):
        issuer = self.env['civic.organ.code']._find_partner(code, self.issue_date or None)
        if not issuer:
            raise UserError(self.env._("No agency is known by the organ code “%s”.", code.strip()[:40]))
        return issuer

    # === DUPLICATES === #

    def _find_duplicates(self):
        """Return documents that look like this one: number, notation and issuer all equal (Annex VI, III.1.h),
        or the same original file. A warning, never a block."""
        self.ensure_one()
        same = Domain.FALSE
        if self.reference_key and self.code_notation:
            twins = self.search(
                self._get_duplicate_domain() & Domain('reference_key', '=', self.reference_key), limit=MAX_SAME_REFERENCE)
            same |= Domain('id', 'in', twins._filtered_issuer(self.issuer_id, self.issuer_name).ids)
        digests = [content.sha256 for content in self.content_ids if content.role == 'original' and content.sha256]
        if digests:
            same |= Domain('content_ids', 'any', [('sha256', 'in', digests), ('role', '=', 'original')])
        if same.is_false():
            return self.browse()
        return self.search(same & self._get_duplicate_domain(), limit=5)

    def _get_duplicate_domain(self):
        return (
            Domain('id', '!=', self._origin.id or 0)
            & Domain('company_id', '=', self.company_id.id)
            & Domain('direction', '=', self.direction)
            & Domain('state', '!=', 'cancelled'))

    def _filtered_issuer(self, issuer, name):
        """The documents of the same issuer, whether it was chosen or its name typed; marks and case do not count."""
        if not self:
            return self
        key = fold(issuer.name or name or '')
        return self.filtered(lambda document: (
            (issuer and document.issuer_id == issuer)
            or (key and not (issuer and document.issuer_id)
                and fold(document.issuer_id.name or document.issuer_name or '') == key)))
