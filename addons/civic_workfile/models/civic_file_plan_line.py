from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from .civic_file_plan import CHANGING_STATES, QUIETLY


class CivicFilePlanLine(models.Model):
    """A heading of the plan, or a file that stands below one."""

    _name = 'civic.file.plan.line'
    _description = "Line of a Plan of Files"
    _inherit = ['civic.secrecy.mixin', 'civic.reason.mixin']
    _civic_reason_methods = ('_withdraw', '_restore')
    _parent_store = True
    _order = 'plan_id, sequence, id'
    _rec_name = 'title'
    _rec_names_search = ['notation', 'title']
    _check_company_auto = True
    _civic_secrecy_texts = ('title', 'note')
    _civic_secrecy_model = None

    plan_id = fields.Many2one('civic.file.plan', "Plan", required=True, index=True, ondelete='cascade')
    company_id = fields.Many2one(related='plan_id.company_id', store=True, index=True, precompute=True)
    year = fields.Integer(related='plan_id.year', store=True, precompute=True, aggregator=None)
    plan_state = fields.Selection(related='plan_id.state', string="State of the Plan")
    parent_id = fields.Many2one(
        'civic.file.plan.line', "Heading Above", index='btree_not_null', ondelete='restrict',
        domain="[('plan_id', '=', plan_id), ('is_heading', '=', True)]")
    parent_path = fields.Char(index=True, export_string_translation=False)
    child_ids = fields.One2many('civic.file.plan.line', 'parent_id', "Lines below")
    is_heading = fields.Boolean("Heading", help="A heading holds files; no file is opened from it.")
    sequence = fields.Integer(default=10)
    notation = fields.Char("Number and Notation", help="Such as 01.TCCB; of headings I, II … and 1, 2 …")
    abbreviation = fields.Char(help="Of a big heading: stands in the notation of the files below it.")
    title = fields.Char(required=True)
    unit_id = fields.Many2one(
        'hr.department', "Unit", check_company=True, index='btree_not_null', ondelete='restrict')
    user_id = fields.Many2one(
        'res.users', "File Maker", index='btree_not_null', ondelete='restrict',
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]")
    retention_term_id = fields.Many2one(
        'civic.retention.term', "Retention Period", index='btree_not_null', ondelete='restrict')
    kind_id = fields.Many2one(
        'civic.workfile.kind', "Kind of Work", index='btree_not_null', ondelete='restrict', check_company=True)
    note = fields.Char()
    active = fields.Boolean(default=True)
    change_reason = fields.Char(
        "Reason for the Change", store=False, help="Needed once the plan is published; it stands in the list of its changes.")
    workfile_ids = fields.One2many('civic.workfile', 'plan_line_id', "Files")
    workfile_count = fields.Integer("Files Opened", compute='_compute_workfile_count')

    _notation_uniq = models.UniqueIndex(
        '(plan_id, notation) WHERE notation IS NOT NULL AND active AND NOT is_heading',
        "There is already a file with this number and notation in the plan.")

    # === COMPUTE === #

    @api.depends('notation', 'title')
    def _compute_display_name(self):
        for line in self:
            line.display_name = ' – '.join(filter(None, (line.notation, line.title)))

    def _compute_workfile_count(self):
        counts = dict(self.env['civic.workfile']._read_group(
            [('plan_line_id', 'in', self.ids)], ['plan_line_id'], ['__count']))
        for line in self:
            line.workfile_count = counts.get(line, 0)

    # === CONSTRAINTS === #

    @api.constrains('parent_id', 'plan_id', 'is_heading')
    def _check_parent(self):
        if self._has_cycle():
            raise ValidationError(self.env._("A heading cannot stand below itself."))
        for line in self:
            if line.parent_id and line.parent_id.plan_id != line.plan_id:
                raise ValidationError(self.env._("A line stands below a heading of the same plan."))
            if line.parent_id and not line.parent_id.is_heading:
                raise ValidationError(self.env._(
                    "“%s” is a file of the plan, not a heading: nothing stands below it.", line.parent_id.display_name))

    @api.constrains('notation', 'is_heading')
    def _check_notation(self):
        for line in self:
            if not line.is_heading and line.notation and set(line.notation) & set(' /\t\n'):
                raise ValidationError(self.env._(
                    "“%s” is no number and notation of a file: write it without blanks and slashes, such as 01.TCCB.",
                    line.notation))

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        reasons = [values.get('change_reason') for values in vals_list]
        lines = super().create([
            {name: value for name, value in values.items() if name != 'change_reason'} for values in vals_list])
        lines._check_changing()
        if self.env.context.get('civic_plan_quiet') is not QUIETLY:
            for line, reason in zip(lines, reasons, strict=True):
                line._check_reason(reason)
            lines._journal('add', {
                line: {'notation': line.notation or False, 'title': line.title, **({'reason': reason} if reason else {})}
                for line, reason in zip(lines, reasons, strict=True)})
            for line, reason in zip(lines, reasons, strict=True):
                line._trace('add', reason, {line: ''})
        return lines

    def write(self, vals):
        self._check_changing()
        vals = dict(vals)
        reason = vals.pop('change_reason', None)
        if 'plan_id' in vals:
            raise UserError(self.env._("A line stays in its plan: copy it into another."))
        names = sorted(set(vals) - {'sequence'})
        if names:
            self._check_reason(reason)
        before = {line: {name: (line._get_plain(name), line._get_shown(name)) for name in names} for line in self}
        result = super().write(vals)
        changes, shown = {}, {}
        for line in self:
            changed = {
                name: [old, new] for name, (old, _text) in before[line].items() if old != (new := line._get_plain(name))}
            if changed:
                changes[line] = {
                    'notation': line.notation or False, 'changes': changed, **({'reason': reason} if reason else {})}
                shown[line] = "\n".join(
                    f"{line._fields[name]._description_string(self.env)}: {before[line][name][1]} → {line._get_shown(name)}"
                    for name in changed)
        self._journal('change', changes)
        act = 'change' if 'active' not in vals else 'restore' if vals['active'] else 'withdraw'
        self._trace(act, reason, shown)
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        self._check_changing()
        for line in self:
            if line.plan_state == 'published':
                raise UserError(self.env._(
                    "“%s” stands in a published plan: withdraw it instead, so that its trace stays.", line.display_name))
        self._journal('remove', {line: {'notation': line.notation or False, 'title': line.title} for line in self})

    def _get_plain(self, name):
        value = self[name]
        return value.ids if isinstance(value, models.BaseModel) else value or False

    def _get_shown(self, name):
        """A value as people read it."""
        field, value = self._fields[name], self[name]
        if field.relational:
            return ", ".join(value.mapped('display_name')) or '–'
        return field.convert_to_export(value, self) or '–'

    def _check_reason(self, reason):
        """A plan that is in use changes for a reason alone (Decree 30/2020, Article 28)."""
        if any(plan.state == 'published' for plan in self.plan_id):
            if not (reason or '').strip():
                raise UserError(self.env._(
                    "“%s” is published: give the reason for the change.", self.plan_id[:1].display_name))
            self.env['civic.document']._check_secret_text(reason, where='reason', model=self._name)

    def _trace(self, act, reason, shown):
        """Keep what changed in published plans, in one statement: ``shown`` is {line: before and after}."""
        # sudo: nobody writes these by hand
        self.env['civic.file.plan.change'].sudo().create([
            {'plan_id': line.plan_id.id, 'line_id': line.id, 'user_id': self.env.uid, 'act': act,
             'title': line.display_name, 'changes': text, 'reason': reason}
            for line, text in shown.items() if line.plan_id.state == 'published'])

    def _withdraw(self, reason):
        """Take lines out of a published plan, and all below them; files that were opened from them stay."""
        self.search([('id', 'child_of', self.ids)]).write({'active': False, 'change_reason': reason})

    def _restore(self, reason):
        """Take withdrawn lines in again."""
        self.write({'active': True, 'change_reason': reason})

    def _check_changing(self):
        """Refuse changes while somebody examines or approves the plan."""
        labels = None
        for plan in self.plan_id:
            if plan.state not in CHANGING_STATES:
                labels = labels or dict(plan._fields['state']._description_selection(self.env))
                raise UserError(self.env._(
                    "“%(plan)s” is in the state “%(state)s”: its lines change while it is drafted, or once it is published.",
                    plan=plan.display_name, state=labels[plan.state]))

    def _journal(self, act, facts):
        """One line in the journal of each plan, with what changed in it."""
        details = {}
        for line, fact in facts.items():
            details.setdefault(line.plan_id.id, []).append({'line': line.id, **fact})
        if details:
            self.env['civic.journal.entry']._append(
                'modification', self.env['civic.file.plan'].browse(details),
                details={plan_id: {'act': act, 'lines': lines} for plan_id, lines in details.items()})

    # === ACTIONS === #

    def action_withdraw(self):
        """Ask why the lines are taken out of the plan."""
        return self._open_reason_wizard('_withdraw', self.env._("Withdraw from the Plan"))

    def action_restore(self):
        """Ask why the lines are taken in again."""
        return self._open_reason_wizard('_restore', self.env._("Take In Again"))

    def action_open_workfile(self):
        """Open a file from this line: title, notation, period and maker are taken over (Article 29.2.b).

        If it was opened before, that one is shown: the number and notation of the line is given once.
        """
        self.ensure_one()
        if self.is_heading:
            raise UserError(self.env._("“%s” is a heading: files are opened from the lines below it.", self.display_name))
        Workfile = self.env['civic.workfile']
        workfile = Workfile.search([('plan_line_id', '=', self.id), ('notation', '=', self.notation)], limit=1)
        workfile = workfile or Workfile.create({'plan_line_id': self.id})
        return workfile._get_form_action()

    # === ORDER === #

    def _get_top_heading(self):
        """The big heading above the line; the line itself if none is."""
        self.ensure_one()
        top = self
        while top.parent_id:
            top = top.parent_id
        return top

    def _get_sort_key(self):
        """Where the line stands when the tree is written from top to bottom."""
        self.ensure_one()
        above = self.parent_id._get_sort_key() if self.parent_id else ()
        return (*above, (self.sequence, self.id))
