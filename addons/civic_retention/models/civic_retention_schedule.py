from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import file_open, format_date

from ..const import CONFIDENCES, SCHEDULE_STATES, TRIGGERS
from ..tools import schedule_csv

SHIPPED = 'civic_retention/data/retention-schedule.csv'
# Which rows of the shipped file belong together, and when they held. The dates are those that the sources give;
# Circular 09/2011 has no first day here because none was seen.
SHIPPED_SCHEDULES = (
    # start of the source, code, name, state, valid_from, valid_to
    ('Thông tư 09/2011', 'TT09-2011', "Thông tư 09/2011/TT-BNV", 'superseded', False, '2023-02-14'),
    ('Thông tư 10/2022', 'TT10-2022', "Thông tư 10/2022/TT-BNV", 'in_force', '2023-02-15', False),
    ('Nghị định 174/2016', 'ND174-2016', "Nghị định 174/2016/NĐ-CP", 'in_force', '2017-01-01', False),
    ('Luật Lưu trữ 2011', 'LLT-2011', "Luật Lưu trữ 2011", 'superseded', '2012-07-01', '2025-06-30'),
)


class CivicRetentionSchedule(models.Model):
    """One version of a table of retention periods: its legal basis, from when to when it holds, and its rules.

    draft ──► in force ──► superseded, by the adoption of the next version. What is adopted is never edited: another
    version is loaded, looked at with *what if*, and adopted.
    """

    _name = 'civic.retention.schedule'
    _description = "Retention Schedule"
    _inherit = ['civic.journal.mixin', 'civic.shared.mixin']
    _order = 'valid_from desc nulls last, id desc'
    _rec_names_search = ['code', 'name']

    code = fields.Char("Version", required=True)
    name = fields.Char(required=True)
    legal_basis = fields.Char(required=True)
    state = fields.Selection(SCHEDULE_STATES, required=True, default='draft', readonly=True, copy=False)
    valid_from = fields.Date(help="First day on which the work of a file must have ended for it to hold.")
    valid_to = fields.Date(readonly=True, copy=False)
    supersedes_id = fields.Many2one(
        'civic.retention.schedule', "Takes the Place of", ondelete='restrict', index='btree_not_null',
        domain="[('state', '=', 'in_force'), ('id', '!=', id)]")
    company_id = fields.Many2one(
        'res.company', "Agency", ondelete='restrict', index='btree_not_null', default=lambda self: self.env.company,
        help="Empty: it holds for every agency.")
    rule_ids = fields.One2many('civic.retention.rule', 'schedule_id', "Rules")
    rule_count = fields.Integer("Number of Rules", compute='_compute_rule_count')
    note = fields.Text()

    _code_uniq = models.UniqueIndex('(code)', "There is already a schedule with this version.")
    _validity_order = models.Constraint(
        'CHECK (valid_from IS NULL OR valid_to IS NULL OR valid_from <= valid_to)',
        "The validity of a schedule cannot end before it begins.")

    @api.depends('code', 'name')
    def _compute_display_name(self):
        for schedule in self:
            schedule.display_name = f"{schedule.name} ({schedule.code})"

    @api.depends('rule_ids')
    def _compute_rule_count(self):
        counts = dict(self.env['civic.retention.rule']._read_group(
            [('schedule_id', 'in', self.ids)], ['schedule_id'], ['__count']))
        for schedule in self:
            schedule.rule_count = counts.get(schedule, 0)

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su and any(values.get('state', 'draft') != 'draft' or values.get('valid_to') for values in vals_list):
            raise AccessError(self.env._("A schedule begins as a draft and is adopted afterwards."))
        schedules = super().create(vals_list)
        self.env['civic.journal.entry']._append('creation', schedules)
        return schedules

    def write(self, vals):
        if not self.env.su:
            if {'state', 'valid_to'} & set(vals):
                raise AccessError(self.env._("State and last day of a schedule follow from its adoption."))
            self._check_is_draft()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_adopted(self):
        self._check_is_draft()

    def _check_is_draft(self):
        for schedule in self:
            if schedule.state != 'draft':
                raise UserError(self.env._(
                    "“%s” was adopted and stays as it is. Load the changes as another version.", schedule.display_name))

    def _check_first_day(self):
        for schedule in self:
            if not schedule.valid_from:
                raise UserError(self.env._("Say from which day on “%s” holds.", schedule.display_name))

    # === ACTIONS === #

    def action_adopt(self):
        """Put the drafts into force: what they replace is closed, and every file computed anew."""
        self.check_access('write')
        for schedule in self:
            schedule._check_is_draft()
            schedule._check_first_day()
            if not schedule.rule_ids:
                raise UserError(self.env._("“%s” has no rules: load them first.", schedule.display_name))
            old_sudo = schedule.supersedes_id.sudo()        # sudo: an adopted schedule is closed by the next one alone
            if old_sudo:
                if old_sudo.state != 'in_force':
                    raise UserError(self.env._(
                        "“%(old)s” is not in force: “%(new)s” cannot take its place.",
                        old=old_sudo.display_name, new=schedule.display_name))
                if old_sudo.company_id != schedule.company_id:
                    raise UserError(self.env._(
                        "“%(old)s” and “%(new)s” do not hold for the same agencies: one cannot take the place of the other.",
                        old=old_sudo.display_name, new=schedule.display_name))
                if old_sudo.valid_from and old_sudo.valid_from >= schedule.valid_from:
                    raise UserError(self.env._(
                        "“%(new)s” must begin after the first day of what it replaces (%(day)s).",
                        new=schedule.display_name, day=format_date(self.env, old_sudo.valid_from)))
                old_sudo.write({
                    'state': 'superseded', 'valid_to': fields.Date.subtract(schedule.valid_from, days=1)})
            schedule.sudo().write({'state': 'in_force'})    # sudo: as above; the right was checked
            # sudo: which files there are is not read for the user, all of them follow the law
            changed = self.env['civic.workfile'].sudo()._recompute_retention()
            self.env['civic.journal.entry']._append('policy_assignment', schedule, detail={
                'act': 'adoption', 'supersedes': old_sudo.code or False,
                'valid_from': fields.Date.to_string(schedule.valid_from), 'files_changed': changed})
        return True

    def action_what_if(self):
        """Show which files would change if this version were adopted."""
        self.ensure_one()
        self.check_access('read')
        return {
            'type': 'ir.actions.act_window',
            'name': self.env._("What Would Change"),
            'res_model': 'civic.retention.what.if',
            'res_id': self.env['civic.retention.what.if'].create({'schedule_id': self.id}).id,
            'view_mode': 'form',
            'target': 'new',
        }

    def action_load(self):
        """Open the form that loads rules from a file."""
        self.ensure_one()
        self._check_is_draft()
        return {
            'type': 'ir.actions.act_window',
            'name': self.env._("Load Rules from a File"),
            'res_model': 'civic.retention.load',
            'view_mode': 'form',
            'target': 'new',
            'context': {'default_schedule_id': self.id},
        }

    # === BUSINESS === #

    @api.model
    def _read_file(self, raw):
        """Return ([Line], [problem as text]) of a CSV file."""
        try:
            lines, problems = schedule_csv.read(raw, dict(TRIGGERS), dict(CONFIDENCES))
        except schedule_csv.Unreadable as error:
            messages = {
                'too_large': self.env._("The file is too large: at most 5 MB are read."),
                'encoding': self.env._("The file is not a text in UTF-8. Save it as CSV (UTF-8)."),
                'columns': self.env._("The file lacks columns: %s.", error.args[1] if len(error.args) > 1 else ''),
                'too_many': self.env._("The file has more than 20 000 rows."),
            }
            raise UserError(messages[error.args[0]]) from None
        return lines, [self._format_problem(problem) for problem in problems]

    @api.model
    def _format_problem(self, problem):
        reasons = {
            'no_code': self.env._("there is no code"),
            'duplicate': self.env._("the code occurs twice"),
            'no_title': self.env._("there is no title"),
            'term': self.env._("“%s” is no retention period: years, permanent, until_superseded, asset_life or person_leaves",
                               problem.value),
            'trigger': self.env._(
                "the trigger “%(value)s” is unknown: write one of %(known)s", value=problem.value, known=", ".join(dict(TRIGGERS))),
            'confidence': self.env._(
                "the confidence “%(value)s” is unknown: write one of %(known)s, or nothing", value=problem.value,
                known=", ".join(dict(CONFIDENCES))),
            'known': self.env._("the schedule has this code already"),
        }
        return self.env._("Row %(number)s (%(code)s): %(reason)s.",
                          number=problem.number, code=problem.code or '–', reason=reasons[problem.reason])

    def _load_lines(self, lines):
        """Create rules from the lines that :mod:`tools.schedule_csv` read; return the problems of the rest."""
        self.ensure_one()
        rules = self.env['civic.retention.rule']
        known = set(self.rule_ids.mapped('code'))
        families = {
            code: family for code, family in rules.sudo().search_fetch(
                [('code', 'in', [line.replaces for line in lines if line.replaces])], ['code', 'family'],
                order='id').mapped(lambda rule: (rule.code, rule.family))}
        terms = self.env['civic.retention.term'].sudo()._get_by_kind({(line.kind, line.years, line.trigger) for line in lines})
        rules.create([
            {
                'schedule_id': self.id, 'code': line.code, 'group': line.group, 'title': line.title, 'kind': line.kind,
                'years': line.years, 'trigger': line.trigger, 'source': line.source or self.legal_basis,
                'confidence': line.confidence, 'family': families.get(line.replaces, line.replaces or line.code),
                'term_id': terms[line.kind, line.years, line.trigger].id,
            } for line in lines if line.code not in known])
        return [
            self._format_problem(schedule_csv.Problem(line.number, line.code, 'known'))
            for line in lines if line.code in known]

    @api.model
    def _load_shipped(self):
        """Load the circulars that come with the suite, those no longer in force as such; once."""
        with file_open(SHIPPED, 'rb') as stream:
            lines, problems = self._read_file(stream.read())
        if problems:
            raise ValidationError("\n".join(problems))
        for start, code, name, state, valid_from, valid_to in SHIPPED_SCHEDULES:
            if self.search_count([('code', '=', code)]):
                continue
            own = [line for line in lines if line.source.startswith(start)]
            schedule = self.create({
                'code': code, 'name': name, 'legal_basis': own[0].source, 'state': state, 'valid_from': valid_from,
                'valid_to': valid_to, 'company_id': False,
                'note': "Bảng chưa đầy đủ: chỉ các dòng đã đối chiếu." if len(own) < 100 else False})
            schedule._load_lines(own)


class CivicRetentionTerm(models.Model):
    _inherit = 'civic.retention.term'

    @api.model
    def _get_by_kind(self, keys):
        """Return {(kind, years, trigger): term}, and make the terms that are missing."""
        named = {
            'superseded': 'civic_workfile.retention_term_superseded', 'asset_end': 'civic_workfile.retention_term_asset',
            'person_leaves': 'civic_workfile.retention_term_person'}
        found = {}
        for kind, years, trigger in keys:
            term = self.browse()
            if kind == 'until_event' and not years and trigger in named:
                term = self.env.ref(named[trigger], raise_if_not_found=False) or term
            elif kind != 'until_event':
                term = self.search([('kind', '=', kind), ('years', '=', years)], limit=1)
            code = f'{kind}-{years}-{trigger}'
            term = term or self.search([('code', '=', code)], limit=1)
            if not term:
                term = self.create({
                    'code': code, 'kind': kind, 'years': years,
                    'name': self.env._("%s years", years) if kind == 'fixed' else self.env._("Until an event"),
                    'sequence': 100})
            found[kind, years, trigger] = term
        return found
