from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..const import PLAN_NUMBERINGS, PLAN_STATES

KEEPERS = ('civic_base.group_clerk', 'civic_base.group_archivist', 'civic_base.group_records_admin')
# Lines change while the plan is drafted, and, with trace, while it is in use.
CHANGING_STATES = ('draft', 'published')

_BY_SYSTEM = object()
# Only code that holds this object may write lines of which the plan's own act has a line in the journal.
QUIETLY = object()


class CivicFilePlan(models.Model):
    """Danh mục hồ sơ: the files that an agency expects to make in a year (Decree 30/2020, Article 28).

    of a unit:    draft ──► submitted ──► merged (into that of the agency)
    of the agency: draft ──► submitted ──► approved (by the head) ──► published
                     ▲           │            returned with a reason
                     └───────────┘
    """

    _name = 'civic.file.plan'
    _description = "Plan of Files"
    _inherit = ['mail.thread', 'civic.journal.mixin', 'civic.reason.mixin']
    _order = 'year desc, unit_id, id'
    _check_company_auto = True
    _civic_reason_methods = ('_return', '_number_lines')
    _mail_post_access = 'read'

    company_id = fields.Many2one('res.company', "Agency", required=True, default=lambda self: self.env.company)
    unit_id = fields.Many2one(
        'hr.department', "Unit", check_company=True, index='btree_not_null', ondelete='restrict',
        default=lambda self: self._get_default_unit(), help="Empty for the plan of the whole agency.")
    year = fields.Integer(required=True, aggregator=None, default=lambda self: fields.Date.context_today(self).year)
    state = fields.Selection(PLAN_STATES, required=True, default='draft', copy=False, readonly=True, tracking=True)
    numbering = fields.Selection(
        PLAN_NUMBERINGS, required=True, default='continuous',
        help="Numbers run through the whole list, or begin anew below each big heading (Annex V).")
    decision_id = fields.Many2one(
        'civic.document', "Decision", check_company=True, copy=False, ondelete='restrict', index='btree_not_null',
        domain="[('direction', '=', 'outgoing'), ('company_id', '=', company_id)]",
        help="The decision with which the head issued the plan.")
    approved_by_id = fields.Many2one('res.users', "Approved By", readonly=True, copy=False, ondelete='restrict')
    approved_on = fields.Date(readonly=True, copy=False)
    published_on = fields.Date(readonly=True, copy=False)
    line_ids = fields.One2many('civic.file.plan.line', 'plan_id', "Lines")
    line_count = fields.Integer("Files in the Plan", compute='_compute_counts')
    workfile_count = fields.Integer("Files Opened", compute='_compute_counts')
    change_ids = fields.One2many('civic.file.plan.change', 'plan_id', "Changes during the Year", readonly=True)
    change_count = fields.Integer("Changes", compute='_compute_counts')

    _plan_uniq = models.UniqueIndex(
        '(company_id, year, COALESCE(unit_id, 0))', "There is already a plan of this agency or unit for the year.")
    _year_fits = models.Constraint('CHECK (year BETWEEN 1900 AND 2999)', "A year has four digits.")

    # === COMPUTE === #

    @api.model
    def _get_default_unit(self):
        """Those who merge the plans begin that of the agency, everybody else the one of the own unit."""
        user = self.env.user
        if self.env.su or user.has_groups(','.join(KEEPERS)):
            return False
        return user.civic_unit_id if user.civic_unit_id.company_id == self.env.company else False

    @api.depends('year', 'unit_id', 'company_id')
    def _compute_display_name(self):
        for plan in self:
            plan.display_name = f"{plan.year} – {(plan.unit_id or plan.company_id).name or ''}"

    def _compute_counts(self):
        lines = dict(self.env['civic.file.plan.line']._read_group(
            [('plan_id', 'in', self.ids), ('is_heading', '=', False)], ['plan_id'], ['__count']))
        changes = dict(self.env['civic.file.plan.change']._read_group(
            [('plan_id', 'in', self.ids)], ['plan_id'], ['__count']))
        files = {}
        for line, count in self.env['civic.workfile']._read_group(
                [('plan_line_id.plan_id', 'in', self.ids)], ['plan_line_id'], ['__count']):
            files[line.plan_id] = files.get(line.plan_id, 0) + count
        for plan in self:
            plan.line_count = lines.get(plan, 0)
            plan.change_count = changes.get(plan, 0)
            plan.workfile_count = files.get(plan, 0)

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        plans = super().create(vals_list)
        self.env['civic.journal.entry']._append('creation', plans)
        return plans

    def write(self, vals):
        if self.env.context.get('civic_plan_token') is not _BY_SYSTEM:
            if {'state', 'approved_by_id', 'approved_on', 'published_on'} & set(vals):
                raise AccessError(self.env._("The state of a plan changes by its buttons alone."))
            if {'year', 'company_id', 'unit_id'} & set(vals) and any(plan.state != 'draft' for plan in self):
                raise UserError(self.env._("Year and unit stand once the plan is submitted."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        for plan in self:
            if plan.state != 'draft':
                raise UserError(self.env._("“%s” was submitted and is not deleted any more.", plan.display_name))

    # === STATES === #

    def _get_transitions(self):
        """Return {state: {next: groups}} of this plan."""
        self.ensure_one()
        if self.unit_id:
            return {
                'draft': {'submitted': ('civic_base.group_unit_head', *KEEPERS)},
                'submitted': {'draft': ('civic_base.group_unit_head', *KEEPERS), 'merged': KEEPERS},
            }
        return {
            'draft': {'submitted': KEEPERS},
            'submitted': {'draft': ('civic_base.group_leader', *KEEPERS), 'approved': ('civic_base.group_leader',)},
            'approved': {'published': KEEPERS},
        }

    def _move_to(self, state, event='modification', detail=None, **values):
        """Move the plans and journal it: the only door to a state."""
        self.check_access('read')
        labels = dict(self._fields['state']._description_selection(self.env))
        for plan in self:
            groups = plan._get_transitions().get(plan.state, {}).get(state)
            if groups is None:
                raise UserError(self.env._(
                    "“%(plan)s” is %(state)s and cannot become %(next)s.",
                    plan=plan.display_name, state=labels[plan.state], next=labels[state]))
            if not self.env.su and not any(self.env.user.has_group(group) for group in groups):
                raise AccessError(self.env._(
                    "Your role does not allow you to move “%(plan)s” to %(next)s.",
                    plan=plan.display_name, next=labels[state]))
        # sudo: the table has just said that this user may
        self.sudo().with_context(civic_plan_token=_BY_SYSTEM).write({'state': state, **values})
        self.env['civic.journal.entry']._append(event, self, detail={'state': state, **(detail or {})})

    # === ACTIONS === #

    def action_submit(self):
        """Hand the plan to those who merge the plans, or to the head."""
        for plan in self:
            plan._check_complete()
        self._move_to('submitted')
        self._tell_submitted()
        return True

    def action_return(self):
        """Ask why the plan goes back."""
        return self._open_reason_wizard('_return', self.env._("Return the Plan"))

    def action_merge(self):
        """Take the lines of all submitted plans of units over into this one."""
        self.ensure_one()
        if self.unit_id or self.state != 'draft':
            raise UserError(self.env._("Plans of units are merged into the plan of the agency while it is drafted."))
        parts = self.search([
            ('company_id', '=', self.company_id.id), ('year', '=', self.year), ('unit_id', '!=', False),
            ('state', '=', 'submitted')])
        if not parts:
            raise UserError(self.env._("No unit has submitted its plan of %s yet.", self.year))
        for part in parts:
            self._merge_part(part)
        return True

    def action_approve(self):
        """The head approves the plan."""
        self._move_to(
            'approved', 'approval', approved_by_id=self.env.uid, approved_on=fields.Date.context_today(self))
        return True

    def action_publish(self):
        """The plan holds from now on: files are opened from it, and everybody named in it is told."""
        self._move_to('published', 'issue', published_on=fields.Date.context_today(self))
        for plan in self:
            # sudo: people are told by the act, whoever does it
            makers = plan.sudo().line_ids.user_id
            self.env['civic.notification']._notify('file_plan_published', makers, plan)
        return True

    def action_copy_last_year(self):
        """Take the lines of the last year's plan over, with the same numbers and people."""
        self.ensure_one()
        source = self.search([
            ('company_id', '=', self.company_id.id), ('unit_id', '=', self.unit_id.id), ('year', '<', self.year)],
            order='year desc', limit=1)
        if not source:
            raise UserError(self.env._("There is no earlier plan to copy."))
        if self.line_ids:
            raise UserError(self.env._("“%s” has lines already: an earlier plan is copied into an empty one.", self.display_name))
        self._take_over(source.line_ids)
        self.env['civic.journal.entry']._append('modification', self, detail={'act': 'copy', 'plan': source.id})
        return True

    def action_number(self):
        """Number the files that have no notation yet: 01.TCCB, by the big heading above each."""
        if any(plan.state == 'published' for plan in self):
            return self._open_reason_wizard('_number_lines', self.env._("Number the Files"))
        self._number_lines()
        return True

    def action_open_lines(self):
        """Open the lines in a list of their own, where thousands can be worked on."""
        self.ensure_one()
        action = self.env['ir.actions.act_window']._for_xml_id('civic_workfile.civic_file_plan_line_action')
        return {**action, 'display_name': self.display_name, 'domain': [('plan_id', '=', self.id)],
                'context': {'default_plan_id': self.id, 'civic_plan_state': self.state}}

    def action_open_changes(self):
        """Open what was changed since the plan was published."""
        self.ensure_one()
        action = self.env['ir.actions.act_window']._for_xml_id('civic_workfile.civic_file_plan_change_action')
        return {**action, 'domain': [('plan_id', '=', self.id)]}

    def action_open_workfiles(self):
        """Open the files that were opened from the plan."""
        self.ensure_one()
        action = self.env['ir.actions.act_window']._for_xml_id('civic_workfile.civic_workfile_action')
        return {**action, 'domain': [('plan_line_id.plan_id', '=', self.id)]}

    def action_import(self):
        """Open the form that reads lines from a spreadsheet."""
        self.ensure_one()
        return {
            'type': 'ir.actions.act_window', 'name': self.env._("Import Lines"), 'res_model': 'civic.file.plan.import',
            'view_mode': 'form', 'target': 'new', 'context': {'default_plan_id': self.id},
        }

    def action_export(self):
        """Download the plan as a spreadsheet that can be imported again."""
        self.ensure_one()
        return self.env['civic.form.file_plan']._get_print_action('xlsx', {'plan_id': self.id})

    def action_print(self):
        """Print the plan (Annex V, form II)."""
        self.ensure_one()
        return self.env['civic.form.file_plan']._get_print_action('pdf', {'plan_id': self.id})

    # === BUSINESS === #

    def _return(self, reason):
        self.env['civic.document']._check_secret_text(reason, where='reason', model=self._name)
        self._move_to('draft', 'return', detail={'reason': reason})
        self.message_post(body=self.env._("Returned: %s", reason))

    def _check_complete(self):
        """Refuse a plan whose files lack what the decree asks for (Annex V, form II)."""
        self.ensure_one()
        files = self.line_ids.filtered(lambda line: not line.is_heading)
        if not files:
            raise UserError(self.env._("“%s” has no file yet.", self.display_name))
        lacking = files.filtered(lambda line: not (line.notation and line.retention_term_id and line.user_id))
        if lacking:
            raise UserError(self.env._(
                "These lines lack number, retention period or file maker:\n%s",
                "\n".join(f'• {line.display_name}' for line in lacking[:20])))

    def _tell_submitted(self):
        for plan in self:
            group = 'civic_base.group_clerk' if plan.unit_id else 'civic_base.group_leader'
            # sudo: who has which role is no secret
            people = self.env.ref(group).sudo().all_user_ids.filtered(
                lambda user, plan=plan: plan.company_id in user.company_ids)
            self.env['civic.notification']._notify('file_plan_submitted', people, plan)

    def _merge_part(self, part):
        """Take the lines of a unit's plan over, below a heading for the unit."""
        Line = self.env['civic.file.plan.line']
        heading = Line.create({
            'plan_id': self.id, 'is_heading': True, 'title': part.unit_id.name, 'unit_id': part.unit_id.id,
            'abbreviation': part.unit_id.abbreviation or False,
            'notation': to_roman(len(self.line_ids.filtered(lambda line: line.is_heading and not line.parent_id)) + 1),
            'sequence': max(self.line_ids.mapped('sequence'), default=0) + 10})
        self._take_over(part.line_ids, heading, {'unit_id': part.unit_id.id})
        part._move_to('merged')
        self.env['civic.journal.entry']._append('modification', self, detail={'act': 'merge', 'plan': part.id})

    def _take_over(self, lines, parent=None, defaults=None):
        """Copy lines of another plan into this one, level by level; what is not in use any more stays behind."""
        Line = self.env['civic.file.plan.line'].with_context(civic_plan_quiet=QUIETLY)
        taken = set(self.line_ids.filtered(lambda line: not line.is_heading).mapped('notation'))
        copies = {}
        # the list stands in the order of the tree, behind what is there
        start = max(self.line_ids.mapped('sequence'), default=0)
        places = {line: start + number for number, line in enumerate(lines.sorted(lambda line: line._get_sort_key()), start=1)}
        level = lines.filtered(lambda line: line.parent_id not in lines)
        while level:
            values = []
            for line in level:
                above = copies.get(line.parent_id) or parent
                notation = line.notation
                if not line.is_heading and notation in taken:
                    notation = False                # another unit has the number: it is numbered anew
                values.append({
                    'plan_id': self.id, 'parent_id': above.id if above else False, 'is_heading': line.is_heading,
                    'sequence': places[line], 'notation': notation, 'title': line.title, 'note': line.note,
                    'abbreviation': line.abbreviation, 'unit_id': line.unit_id.id or (defaults or {}).get('unit_id'),
                    'user_id': line.user_id.id if line.user_id.active else False,
                    'retention_term_id': line.retention_term_id.id})
                if not line.is_heading:
                    taken.add(notation)
            copies.update(zip(level, Line.create(values), strict=True))
            level = lines.filtered(lambda line, above=level: line.parent_id in above)

    def _number_lines(self, reason=''):
        """Give files without a notation the next free one (Annex V: order number and abbreviation of the heading)."""
        for plan in self:
            used = set(plan.line_ids.filtered(lambda line: not line.is_heading).mapped('notation'))
            counters = {}
            for line in plan.line_ids.sorted(lambda line: line._get_sort_key()):
                if line.is_heading or line.notation:
                    continue
                top = line._get_top_heading()
                key = top if plan.numbering == 'heading' else None
                suffix = top.abbreviation or top.unit_id.abbreviation or (line.unit_id.abbreviation) or 'HS'
                while True:
                    counters[key] = counters.get(key, 0) + 1
                    notation = f'{counters[key]:02d}.{suffix}'
                    if notation not in used:
                        break
                used.add(notation)
                line.write({'notation': notation, 'change_reason': reason})


def to_roman(number):
    """Return a number as big headings bear it.

    >>> [to_roman(n) for n in (1, 4, 9, 14)]
    ['I', 'IV', 'IX', 'XIV']
    """
    text = ''
    for value, letters in (
            (1000, 'M'), (900, 'CM'), (500, 'D'), (400, 'CD'), (100, 'C'), (90, 'XC'), (50, 'L'), (40, 'XL'),
            (10, 'X'), (9, 'IX'), (5, 'V'), (4, 'IV'), (1, 'I')):
        count, number = divmod(number, value)
        text += letters * count
    return text
