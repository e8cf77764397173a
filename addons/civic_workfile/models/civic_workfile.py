from collections import namedtuple

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import format_date

from odoo.addons.civic_base.const import ACCESS_LEVELS
from odoo.addons.civic_document.const import LANGUAGES

from ..const import DELIVERY_CLASSES, FILE_STATES, MEDIA
from ..tools.deadline import get_due_date

# Only code that holds this object may write what the system fills in (see civic.document).
_BY_SYSTEM = object()
FORM_ENTRIES = 40               # contents that the form shows; the list beside it has all of them

# rule: its id · article: where it is prescribed · record: what to mend (file, entry or document)
# field: what to fill in there · message: in the user's language · blocks: whether the file cannot be closed with it
Defect = namedtuple('Defect', 'rule article record field message blocks', defaults=(True,))


class CivicWorkfile(models.Model):
    """A work file: what arose from one piece of work, in its order (Decree 30/2020, Articles 28 to 31).

    open ──► closed ──► delivered          destroyed: the room of retention
      ▲        │
      └────────┘ re-opened, with a reason and by a role

    The file maker and those named on it change an open file; nobody a closed one. Whatever changes a file passes
    `_check_may_change`: rooms above, such as that of retention with its holds, refuse there.
    """

    _name = 'civic.workfile'
    _description = "Work File"
    _inherit = [
        'mail.thread', 'mail.activity.mixin', 'civic.secrecy.mixin', 'civic.journal.mixin', 'civic.reason.mixin']
    _order = 'year desc, notation, id desc'
    _rec_names_search = ['title', 'notation', 'code']
    _check_company_auto = True
    _mail_post_access = 'read'
    _civic_secrecy_texts = ('title', 'description', 'keywords')
    _civic_secrecy_model = None

    # identity
    company_id = fields.Many2one('res.company', "Agency", required=True, default=lambda self: self.env.company)
    code = fields.Char("File Code", readonly=True, copy=False, help="Agency code, year, number and notation. Never given twice.")
    year = fields.Integer(
        "Year of Formation", required=True, aggregator=None, default=lambda self: fields.Date.context_today(self).year)
    notation = fields.Char("Number and Notation", required=True, help="Such as 01.TCCB.", copy=False)
    title = fields.Char(required=True, tracking=True)
    state = fields.Selection(
        FILE_STATES, required=True, default='open', copy=False, readonly=True, tracking=True, group_expand=True)
    profile_id = fields.Many2one(
        'civic.rule.profile', "Rules in Force", readonly=True, copy=False, ondelete='restrict',
        help="The legal regime on the day the file was opened. Codes follow it; it never changes afterwards.")

    # where it belongs
    plan_line_id = fields.Many2one(
        'civic.file.plan.line', "From the Plan", index='btree_not_null', ondelete='restrict', check_company=True,
        domain="[('is_heading', '=', False), ('company_id', '=', company_id), ('plan_id.state', '=', 'published')]")
    unit_id = fields.Many2one(
        'hr.department', "Unit", check_company=True, index='btree_not_null', ondelete='restrict', tracking=True,
        default=lambda self: self._get_default_unit())
    user_id = fields.Many2one(
        'res.users', "File Maker", required=True, index=True, ondelete='restrict', tracking=True,
        default=lambda self: self.env.user, domain="[('share', '=', False), ('company_ids', 'in', company_id)]")
    kind_id = fields.Many2one(
        'civic.workfile.kind', "Kind of Work", index='btree_not_null', ondelete='restrict', check_company=True,
        domain="[('company_id', 'in', (False, company_id))]", help="Brings the checklist of what the file must hold.")
    delivery_class = fields.Selection(DELIVERY_CLASSES, required=True, default='general')
    check_ids = fields.One2many('civic.workfile.check', 'workfile_id', "Checklist")

    # description
    medium = fields.Selection(MEDIA, required=True, default='electronic')
    language = fields.Selection(LANGUAGES, default='vi')
    description = fields.Text("Note")
    keywords = fields.Char()
    access_level = fields.Selection(ACCESS_LEVELS, "Access", required=True, default='unit', tracking=True)
    unit_ids = fields.Many2many('hr.department', string="Units Concerned", check_company=True)
    user_ids = fields.Many2many(
        'res.users', string="People Who Add to It", copy=False, help="They read and change the file besides its maker.")
    place_id = fields.Many2one(
        'civic.workfile.place', "Place of the Paper", index='btree_not_null', ondelete='restrict', check_company=True)

    # retention: the period alone; the room of retention computes from it
    retention_term_id = fields.Many2one(
        'civic.retention.term', "Retention Period", index='btree_not_null', ondelete='restrict', tracking=True)
    retention_reason = fields.Char(
        "Why Not as in the Plan", help="Needed when the period differs from that of the plan.")

    # time
    date_start = fields.Date("Begun", required=True, default=fields.Date.context_today)
    date_end = fields.Date("Work Ended", copy=False, help="For construction: the day of the settlement.")
    closed_on = fields.Date(readonly=True, copy=False)
    closed_by_id = fields.Many2one('res.users', "Closed By", readonly=True, copy=False, ondelete='restrict')
    delivered_on = fields.Date(readonly=True, copy=False)
    delivery_due = fields.Date(
        "Deliver By", compute='_compute_delivery_due', store=True,
        help="Last day for the delivery to the archive of the agency, as the rules of the day on which the work ended say.")
    delivery_warn = fields.Date(
        "Deliver If Possible By", compute='_compute_delivery_due', store=True,
        help="From this day on people are reminded; nothing is broken yet.")
    is_late = fields.Boolean(compute='_compute_is_late')
    extended_to = fields.Date("Kept Until", readonly=True, copy=False, help="The head agreed in writing that it stays longer.")

    # what is in it
    entry_ids = fields.One2many('civic.workfile.entry', 'workfile_id', "Contents")
    first_entry_ids = fields.One2many(
        'civic.workfile.entry', string="First of the Contents", compute='_compute_first_entry_ids',
        help="What the form shows: the form of a file with thousands of documents opens as fast as any other.")
    doc_serial = fields.Integer(
        "Last Serial of a Document", readonly=True, copy=False, default=0,
        help="The last number that stands in a code of a document of this file.")
    doc_count = fields.Integer("Documents", readonly=True, copy=False, default=0)
    page_count = fields.Integer("Pages", readonly=True, copy=False, default=0)
    sheet_count = fields.Integer("Sheets", readonly=True, copy=False, default=0)

    _notation_uniq = models.UniqueIndex(
        '(company_id, year, notation)', "There is already a file with this number and notation in the year.")
    _year_fits = models.Constraint('CHECK (year BETWEEN 1000 AND 9999)', "The year of formation has four digits.")
    _dates_order = models.Constraint(
        'CHECK (date_end IS NULL OR date_end >= date_start)', "The work cannot end before it begins.")
    _list_idx = models.Index('(company_id, year DESC, notation, id DESC)')
    _state_idx = models.Index('(company_id, state, year DESC, notation, id DESC)')
    _unit_idx = models.Index('(company_id, unit_id, year)')
    _due_idx = models.Index("(company_id, delivery_due) WHERE state IN ('open', 'closed')")

    # === COMPUTE === #

    @api.model
    def _get_default_unit(self):
        unit = self.env.user.civic_unit_id
        return unit if unit.company_id == self.env.company else False

    @api.depends('notation', 'title', 'access_level')
    @api.depends_context('uid')
    def _compute_display_name(self):
        for workfile in self:
            # the name goes into the journal, which auditors read
            title = workfile.title or ''
            if workfile.access_level == 'restricted':
                title = self.env._("for named people only")
            workfile.display_name = ' – '.join(filter(None, (workfile.notation, title[:120])))

    @api.depends('date_end', 'delivery_class', 'extended_to', 'company_id')
    def _compute_delivery_due(self):
        for workfile in self:
            due = warn = False
            if workfile.date_end:
                due, warn = self._compute_due_dates(workfile.date_end, workfile.delivery_class, workfile.company_id)
            workfile.delivery_due = due and (workfile.extended_to or due)
            workfile.delivery_warn = due and (workfile.extended_to or warn)

    @api.depends('delivery_due', 'state')
    def _compute_is_late(self):
        today = fields.Date.context_today(self)
        for workfile in self:
            workfile.is_late = bool(
                workfile.state in ('open', 'closed') and workfile.delivery_due and workfile.delivery_due < today)

    @api.depends('entry_ids')
    def _compute_first_entry_ids(self):
        Entry = self.env['civic.workfile.entry']
        for workfile in self:
            # one file at a time: forms show one
            workfile.first_entry_ids = Entry.search(
                [('workfile_id', '=', workfile.id)], order='ordinal', limit=FORM_ENTRIES) if workfile.id else Entry

    @api.model
    def _compute_due_dates(self, end, delivery_class, company):
        """Return the last day of delivery, and the day from which people are reminded, by the rules of the day ``end``."""
        rules = self.env['civic.rule.value']
        due = get_due_date(rules._get(f'workfile.delivery_{delivery_class}', end, company), end)
        days = rules._get('workfile.delivery_soft_days', end, company)
        return due, min(fields.Date.add(end, days=days), due) if days else due

    # === CONSTRAINTS === #

    @api.constrains('title', 'notation')
    def _check_lengths(self):
        for workfile in self:
            if len(workfile.title or '') > 1000:
                raise ValidationError(self.env._("The title of a file has at most 1000 characters."))
            if not (workfile.notation or '').strip() or '/' in workfile.notation or ' ' in workfile.notation.strip():
                raise ValidationError(self.env._(
                    "“%s” is no number and notation of a file: write it without blanks and slashes, such as 01.TCCB.",
                    workfile.notation or ''))

    @api.constrains('retention_term_id', 'retention_reason', 'plan_line_id')
    def _check_retention_reason(self):
        for workfile in self:
            planned = workfile.plan_line_id.retention_term_id
            if planned and workfile.retention_term_id != planned and not (workfile.retention_reason or '').strip():
                raise ValidationError(self.env._(
                    "The plan says “%(term)s” for “%(file)s”: give a reason for another retention period.",
                    term=planned.name, file=workfile.display_name))

    @api.constrains('plan_line_id', 'company_id')
    def _check_plan_line(self):
        for workfile in self:
            line = workfile.plan_line_id
            if line.is_heading:
                raise ValidationError(self.env._("“%s” is a heading: files are opened from the lines below it.", line.display_name))
            if line and line.plan_id.state != 'published':
                raise ValidationError(self.env._(
                    "The plan “%s” is not published: no file is opened from it yet (Decree 30/2020, Article 28).",
                    line.plan_id.display_name))

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        by_system = self.env.context.get('civic_workfile_token') is _BY_SYSTEM
        vals_list = [self._prepare_values(dict(values), by_system) for values in vals_list]
        workfiles = super(CivicWorkfile, self.with_context(
            mail_create_nolog=True, mail_create_nosubscribe=True)).create(vals_list)
        workfiles._issue_codes()
        workfiles._make_checklist()
        self.env['civic.journal.entry']._append('creation', workfiles, details={
            workfile.id: {'code': workfile.code or False, 'plan_line': workfile.plan_line_id.id or False}
            for workfile in workfiles})
        return workfiles

    def write(self, vals):
        if self.env.context.get('civic_workfile_token') is _BY_SYSTEM:
            return super().write(vals)
        names = {name for name in vals if not name.startswith(('message_', 'activity_', 'website_message_'))}
        if not names:
            return super().write(vals)
        system = self._get_system_fields() & names
        if system:
            raise AccessError(self.env._("State, code, counts and dates of closing are filled in by the system alone."))
        self._check_may_change('place' if names <= {'place_id'} else 'modify')
        if 'company_id' in names and any(vals['company_id'] != workfile.company_id.id for workfile in self):
            raise UserError(self.env._("A file stays with the agency that opened it."))
        before = self._read_for_journal(names)
        result = super().write(vals)
        if {'notation', 'year'} & names:
            self._issue_codes()
        if vals.get('kind_id'):
            self._make_checklist()
        self._journal_changes(names, before)
        self._mark_stale()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        self._check_may_change('delete')
        for workfile in self:
            if workfile.doc_count:
                raise UserError(self.env._("“%s” is not empty: take its documents out first.", workfile.display_name))
        self.env['civic.journal.entry']._append('deletion', self, details={
            workfile.id: {'code': workfile.code or False} for workfile in self})

    def copy_data(self, default=None):
        raise UserError(self.env._("A file is not copied: open another one from the plan."))

    @api.model
    def _prepare_values(self, values, by_system):
        """Refuse what the system gives, and take over from the plan what is not said otherwise (Article 29.2.b)."""
        given = {name for name in self._get_system_fields() if values.get(name)} - {'state'}
        if not by_system and (given or values.get('state', 'open') != 'open'):
            raise AccessError(self.env._("A file begins open; its code, counts and dates are given by the system."))
        line = self.env['civic.file.plan.line'].browse(values.get('plan_line_id') or ())
        if line:
            line.check_access('read')
            for name, value in self._prepare_plan_values(line).items():
                if value and not values.get(name):
                    values[name] = value
        start = fields.Date.to_date(values.get('date_start')) or fields.Date.context_today(self)
        values['date_start'] = start
        kind = self.env['civic.workfile.kind'].browse(values.get('kind_id') or ())
        if kind:
            values.setdefault('delivery_class', kind.delivery_class)
        values.setdefault('year', start.year)
        values['profile_id'] = self.env['civic.rule.profile']._for_date(start).id
        return values

    @api.model
    def _prepare_plan_values(self, line):
        return {
            'company_id': line.company_id.id, 'title': line.title, 'notation': line.notation, 'year': line.year,
            'retention_term_id': line.retention_term_id.id, 'user_id': line.user_id.id, 'unit_id': line.unit_id.id,
            'kind_id': line.kind_id.id,
        }

    def _make_checklist(self):
        """Write down what files of this kind of work must hold; what stands there already stays."""
        Check = self.env['civic.workfile.check']
        Check.create([
            {'workfile_id': workfile.id, 'sequence': item.sequence, 'name': item.name, 'type_id': item.type_id.id,
             'is_required': item.is_required}
            for workfile in self for item in workfile.kind_id.item_ids
            if item.name not in workfile.check_ids.mapped('name')])

    def _get_form_action(self):
        """Return the action that opens the file."""
        self.ensure_one()
        return {'type': 'ir.actions.act_window', 'res_model': self._name, 'res_id': self.id, 'views': [(False, 'form')]}

    @api.onchange('plan_line_id')
    def _onchange_plan_line(self):
        if self.plan_line_id:
            for name, value in self._prepare_plan_values(self.plan_line_id).items():
                if value and name != 'company_id':
                    self[name] = value

    @api.onchange('kind_id')
    def _onchange_kind(self):
        if self.kind_id:
            self.delivery_class = self.kind_id.delivery_class

    @api.model
    def _get_system_fields(self):
        """Fields that no user writes."""
        return {
            'state', 'code', 'profile_id', 'closed_on', 'closed_by_id', 'delivered_on', 'extended_to', 'doc_count',
            'page_count', 'sheet_count', 'delivery_due', 'delivery_warn', 'quality_score', 'defect_count', 'checked_at',
            'doc_serial', 'reminded_on',
            'extension_document_id',
        }

    def _write_by_system(self, vals, act):
        """Write what users may not: the act has checked the rights, asked `_check_may_change` and journals itself."""
        self._check_may_change(act)
        # no tracking: the journal has a line for each act
        return self.with_context(civic_workfile_token=_BY_SYSTEM, tracking_disable=True).write(vals)

    # === JOURNAL === #

    def _read_for_journal(self, names):
        """Return {id: {field: value}} in the plain form that the journal keeps."""
        return {workfile.id: {name: workfile._get_journal_value(name) for name in names} for workfile in self}

    def _get_journal_name(self):
        """The file as the journal of another one names it: by its code, which is never given again."""
        self.ensure_one()
        return self.code or self.notation

    def _get_journal_value(self, name):
        field, value = self._fields[name], self[name]
        if field.relational:
            return value.ids
        if field.type in ('date', 'datetime'):
            return field.to_string(value) if value else False
        return value or False

    def _journal_changes(self, names, before, event_type='modification', **detail):
        after = self._read_for_journal(names)
        details = {}
        for workfile in self:
            old, new = before[workfile.id], after[workfile.id]
            changes = {name: [old[name], new[name]] for name in sorted(names) if old[name] != new[name]}
            if changes:
                details[workfile.id] = {'changes': changes, **detail}
        if details:
            self.env['civic.journal.entry']._append(event_type, self.browse(details), details=details)

    # === WHAT MAY BE DONE === #

    @api.model
    def _get_acts_by_state(self):
        """Return {state: acts that may be done to a file in it}. Rooms above extend the answer of super()."""
        return {
            'open': {
                'modify', 'place', 'add', 'remove', 'modify_entry', 'reorder', 'split', 'merge', 'reclassify', 'close',
                'extend', 'delete', 'codes',
            },
            'closed': {'place', 'reopen', 'deliver', 'extend'},
            'delivered': {'place'},
            'destroyed': set(),
        }

    def _check_may_change(self, act):
        """Refuse an act on files whose state does not allow it: every change of a file or an entry asks here first.

        Rooms above refuse more, also to the superuser: ``super()`` first, then their own reason.

        :param str act: see `_get_acts_by_state`
        """
        acts = self._get_acts_by_state()
        labels = None
        for workfile in self:
            if act not in acts.get(workfile.state, ()):
                labels = labels or dict(self._fields['state']._description_selection(self.env))
                if workfile.state == 'closed':
                    raise UserError(self.env._(
                        "“%(file)s” was closed on %(date)s and no longer changes. Whoever may re-open it gives a reason.",
                        file=workfile.display_name, date=format_date(self.env, workfile.closed_on)))
                raise UserError(self.env._(
                    "“%(file)s” is in the state “%(state)s”: this cannot be done to it.",
                    file=workfile.display_name, state=labels[workfile.state]))

    @api.model
    def _get_transitions(self):
        """Return {state: {next state: (act, groups)}}; no groups: whoever may write the file."""
        keepers = ('civic_base.group_archivist', 'civic_base.group_records_admin')
        return {
            'open': {'closed': ('close', ())},
            'closed': {
                'open': ('reopen', ('civic_base.group_unit_head', 'civic_base.group_leader', *keepers)),
                'delivered': ('deliver', keepers),
            },
        }

    def _check_move(self, state):
        """Refuse a move that the table does not have, or not for this user."""
        self.check_access('read')
        transitions = self._get_transitions()
        labels = dict(self._fields['state']._description_selection(self.env))
        for current, workfiles in self.grouped('state').items():
            act, groups = transitions.get(current, {}).get(state, (None, None))
            workfile = workfiles[:1]
            if act is None:
                raise UserError(self.env._(
                    "“%(file)s” is in the state “%(state)s” and cannot become “%(next)s”.",
                    file=workfile.display_name, state=labels[workfile.state], next=labels[state]))
            if groups and not self.env.su and not any(self.env.user.has_group(group) for group in groups):
                raise AccessError(self.env._(
                    "Your role does not allow you to move “%(file)s” to “%(next)s”.",
                    file=workfile.display_name, next=labels[state]))
            if not groups:
                workfiles.check_access('write')
            # all at once: rooms above read what they need in one query
            workfiles._check_may_change(act)

    def _move_to(self, state, **values):
        """Move the files to ``state`` and write ``values`` with it: the only door to a state."""
        self._check_move(state)
        for current, workfiles in self.grouped('state').items():
            act = self._get_transitions()[current][state][0]
            # sudo: the table has just said that this user may make this move
            workfiles.sudo()._write_by_system({'state': state, **values}, act)

    # === CODES === #

    def _get_organ_code(self):
        """The code of the agency in the year of the file: its last day, or today while the year runs."""
        self.ensure_one()
        day = min(fields.Date.context_today(self), fields.Date.to_date(f'{self.year}-12-31'))
        # sudo: the code stands on every document of the agency
        return self.company_id.sudo().partner_id._get_organ_code(day)

    def _build_code(self):
        """FileCode: agency, year, number and notation, joined by dots (archives law, both profiles)."""
        self.ensure_one()
        organ = self._get_organ_code()
        return organ and f'{organ}.{self.year}.{self.notation}'

    def _issue_codes(self):
        """Give the files the code that follows from agency, year and notation, and note it for good."""
        codes = [(workfile, workfile._build_code()) for workfile in self]
        changed = [(workfile, code) for workfile, code in codes if code and code != workfile.code]
        self.env['civic.workfile.code']._issue('file', changed)
        for workfile, code in changed:
            # sudo: what follows from notation and year is no act of its own
            workfile.sudo()._write_by_system({'code': code}, 'codes')
