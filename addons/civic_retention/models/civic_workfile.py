from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL, format_date

from odoo.addons.civic_workfile.models.civic_workfile import Defect

from ..const import RETENTION_STATES

# What the computation of a file depends on.
DEPENDS = {'plan_line_id', 'retention_rule_ids', 'retention_term_id', 'date_end', 'state'}
RESULT = ('retention_rule_id', 'retention_state', 'retention_anchor', 'retention_until', 'retention_rule_count')
KEEPERS = 'civic_base.group_archivist,civic_base.group_records_admin'


class CivicWorkfile(models.Model):
    """How long a file is kept: by the rules of its class or its own, computed for all files in one statement.

    The computed columns are written by :meth:`_recompute_retention` alone; :mod:`tools.expiry` says the same in plain
    Python, for one file.
    """

    _inherit = 'civic.workfile'

    retention_rule_ids = fields.Many2many(
        'civic.retention.rule', 'civic_workfile_retention_rule_rel', 'workfile_id', 'rule_id', "Own Retention Rules",
        copy=False, tracking=True,
        domain="[('state', '!=', 'draft'), '|', ('company_id', '=', False), ('company_id', '=', company_id)]",
        help="In place of those of the class. Give the reason.")
    retention_rule_id = fields.Many2one(
        'civic.retention.rule', "Rule Applied", readonly=True, copy=False, ondelete='restrict', index='btree_not_null')
    retention_state = fields.Selection(RETENTION_STATES, "Retention", readonly=True, copy=False, default='none')
    retention_anchor = fields.Date("Counted from the Day", readonly=True, copy=False)
    retention_until = fields.Date("Retention Ends", readonly=True, copy=False)
    retention_rule_count = fields.Integer("Rules Compared", readonly=True, copy=False, aggregator=None)
    retention_explanation = fields.Char("Why So Long", compute='_compute_retention_explanation')
    retention_event_ids = fields.One2many('civic.retention.event', 'workfile_id', "Events")
    is_expired = fields.Boolean("Expired", compute='_compute_is_expired', search='_search_is_expired')

    _retention_idx = models.Index("(company_id, retention_until) WHERE retention_until IS NOT NULL")
    _event_idx = models.Index("(company_id, id) WHERE retention_state = 'event'")

    # === COMPUTE === #

    @api.depends(*RESULT, 'retention_term_id', 'date_end', 'retention_rule_ids', 'retention_reason')
    @api.depends_context('lang')
    def _compute_retention_explanation(self):
        triggers = dict(self.env['civic.retention.rule']._fields['trigger']._description_selection(self.env))
        for workfile in self:
            workfile.retention_explanation = workfile._explain_retention(triggers)

    @api.depends('retention_until', 'state')
    def _compute_is_expired(self):
        today = fields.Date.context_today(self)
        for workfile in self:
            workfile.is_expired = bool(
                workfile.state != 'destroyed' and workfile.retention_until and workfile.retention_until < today)

    def _search_is_expired(self, operator, value):
        if operator != 'in':                # the ORM sends booleans as in/not in [True]
            return NotImplemented
        return Domain('state', '!=', 'destroyed') & Domain('retention_until', '<', fields.Date.context_today(self))

    # === CONSTRAINTS === #

    @api.constrains('retention_rule_ids', 'retention_reason')
    def _check_own_rules(self):
        """An own rule needs a reason, and, unless the agency says otherwise, is not shorter than the class."""
        rules = self.env['civic.rule.value']
        for workfile in self:
            own, planned = workfile.retention_rule_ids, workfile.plan_line_id.retention_rule_ids
            if not own or not planned or own == planned:
                continue
            if not (workfile.retention_reason or '').strip():
                raise ValidationError(self.env._(
                    "“%s” departs from the rules of its class: give the reason.", workfile.display_name))
            if not rules._get('retention.may_shorten', company=workfile.company_id):
                mine, theirs = own._get_longest_term(), planned._get_longest_term()
                if mine != theirs and not mine._keeps_as_long_as(theirs):
                    raise ValidationError(self.env._(
                        "The rules of the class keep “%(file)s” longer (%(term)s). A file is kept longer than its class "
                        "says, never shorter.", file=workfile.display_name, term=theirs.name))

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        workfiles = super().create(vals_list)
        workfiles._recompute_retention()
        return workfiles

    def write(self, vals):
        result = super().write(vals)
        if vals.get('retention_rule_ids'):
            for workfile in self:
                term = workfile.retention_rule_ids._get_longest_term()
                if term and term != workfile.retention_term_id:
                    workfile.retention_term_id = term
        if DEPENDS.intersection(vals):
            self._recompute_retention()
        return result

    @api.model
    def _get_system_fields(self):
        return super()._get_system_fields() | set(RESULT)

    # === COMPUTE IN ONE STATEMENT === #

    def _recompute_retention(self):
        """Compute the files anew, on an empty recordset all of them; return how many changed."""
        self.env.flush_all()
        changed = self.env.execute_query(SQL(
            """
            WITH result AS (%s), changed AS (
                UPDATE civic_workfile file
                   SET retention_rule_id = result.rule_id, retention_state = result.state,
                       retention_anchor = result.anchor, retention_until = result.until,
                       retention_rule_count = result.rules,
                       checked_at = CASE WHEN (file.retention_state = 'none') = (result.state = 'none') THEN file.checked_at END
                  FROM result
                 WHERE file.id = result.file_id
                   AND (file.retention_rule_id, file.retention_state, file.retention_anchor, file.retention_until,
                        file.retention_rule_count)
                       IS DISTINCT FROM (result.rule_id, result.state, result.anchor, result.until, result.rules)
             RETURNING 1)
            SELECT COUNT(*) FROM changed
            """, self._get_retention_query(self.ids or None)))[0][0]
        self.invalidate_model([*RESULT, 'checked_at', 'retention_explanation', 'is_expired'])
        return changed

    @api.model
    def _get_retention_query(self, file_ids=None, proposed=None):
        """Return the SQL that gives (file_id, rule_id, state, anchor, until, rules) of each file.

        :param file_ids: ids of files, or None for all
        :param proposed: a draft `civic.retention.schedule` to be looked at as if it were adopted
        """
        rules = self.env['civic.rule.value']
        follows_new = rules._get('retention.older_files_follow_new')
        to_year_end = rules._get('retention.count_to_year_end')
        scope = SQL("file.state <> 'destroyed'")
        if file_ids is not None:
            scope = SQL("%s AND file.id = ANY(%s)", scope, list(file_ids))
        usable = SQL("schedule.state <> 'draft'")
        last_day = SQL("COALESCE(schedule.valid_to, 'infinity')")
        if proposed:
            usable = SQL("(%s OR schedule.id = %s)", usable, proposed.id)
            if proposed.supersedes_id:
                last_day = SQL(
                    "CASE WHEN schedule.id = %s THEN %s::date - 1 ELSE %s END",
                    proposed.supersedes_id.id, proposed.valid_from, last_day)
        day = SQL("CURRENT_DATE") if follows_new else SQL("COALESCE(file.date_end, CURRENT_DATE)")
        until = SQL("make_date(EXTRACT(YEAR FROM anchor)::int + years, 12, 31)") if to_year_end else SQL(
            "(anchor + make_interval(years => years))::date")
        return SQL(
            """
            WITH versions AS MATERIALIZED (
                SELECT base.id AS base_id, rule.id AS rule_id, COALESCE(schedule.valid_from, '-infinity') AS first_day,
                       %(last_day)s AS last_day
                  FROM civic_retention_rule base
                  JOIN civic_retention_rule rule ON rule.family = base.family
                  JOIN civic_retention_schedule schedule ON schedule.id = rule.schedule_id AND %(usable)s
                 WHERE rule.company_id IS NULL OR rule.company_id IS NOT DISTINCT FROM base.company_id
            ), given AS (
                SELECT file.id AS file_id, own.rule_id, file.date_end, %(day)s AS day
                  FROM civic_workfile file
                  JOIN civic_workfile_retention_rule_rel own ON own.workfile_id = file.id
                 WHERE %(scope)s
                 UNION ALL
                SELECT file.id, planned.rule_id, file.date_end, %(day)s
                  FROM civic_workfile file
                  JOIN civic_file_plan_line_retention_rule_rel planned ON planned.line_id = file.plan_line_id
                 WHERE %(scope)s
                   AND NOT EXISTS (SELECT FROM civic_workfile_retention_rule_rel own WHERE own.workfile_id = file.id)
            ), candidates AS (
                SELECT given.file_id, given.date_end, rule.id AS rule_id, rule.kind, rule.years, rule.trigger
                  FROM given
                  LEFT JOIN versions ON versions.base_id = given.rule_id
                        AND given.day BETWEEN versions.first_day AND versions.last_day
                  JOIN civic_retention_rule rule ON rule.id = COALESCE(versions.rule_id, given.rule_id)
                 UNION ALL
                SELECT file.id, file.date_end, NULL, term.kind, term.years,
                       CASE WHEN term.kind = 'until_event' THEN 'other' ELSE 'end_of_work' END
                  FROM civic_workfile file
                  JOIN civic_retention_term term ON term.id = file.retention_term_id
                 WHERE %(scope)s AND NOT EXISTS (SELECT FROM given WHERE given.file_id = file.id)
            ), anchored AS (
                SELECT candidates.*,
                       CASE WHEN candidates.trigger = 'end_of_work' THEN candidates.date_end ELSE event.date END AS anchor
                  FROM candidates
                  LEFT JOIN civic_retention_event event
                         ON event.workfile_id = candidates.file_id AND event.trigger = candidates.trigger
            ), dated AS (
                SELECT anchored.*, CASE WHEN kind = 'permanent' THEN NULL ELSE %(until)s END AS until,
                       CASE WHEN kind = 'permanent' THEN 3 WHEN anchor IS NULL THEN 2 ELSE 1 END AS rank
                  FROM anchored
            ), longest AS (
                SELECT DISTINCT ON (file_id) dated.*, COUNT(*) OVER (PARTITION BY file_id) AS rules
                  FROM dated
                 ORDER BY file_id, rank DESC, until DESC NULLS LAST, years DESC, rule_id
            )
            SELECT file.id AS file_id, longest.rule_id,
                   CASE WHEN longest.file_id IS NULL THEN 'none'
                        WHEN longest.rank = 3 THEN 'permanent'
                        WHEN longest.rank = 1 THEN 'dated'
                        WHEN longest.trigger = 'end_of_work' THEN 'open'
                        ELSE 'event' END AS state,
                   CASE WHEN longest.rank = 1 THEN longest.anchor END AS anchor, longest.until,
                   COALESCE(longest.rules, 0)::int AS rules
              FROM civic_workfile file LEFT JOIN longest ON longest.file_id = file.id
             WHERE %(scope)s
            """, last_day=last_day, usable=usable, day=day, scope=scope, until=until)

    # === EXPLAIN === #

    def _explain_retention(self, triggers):
        """Say in one sentence how long the file is kept, counted from what, and where that stands."""
        self.ensure_one()
        rule, term = self.retention_rule_id, self.retention_rule_id.term_id or self.retention_term_id
        where = f"{rule.code}, {rule.source}" if rule else self.env._("period of the plan, without a rule")
        if self.retention_state == 'none':
            return self.env._("No retention rule: give its class or the file one.")
        if self.retention_state == 'permanent':
            sentence = self.env._("Kept permanently (%s)", where)
        elif self.retention_state == 'open':
            sentence = self.env._("%(term)s, counted from the end of the work, which is not recorded yet (%(where)s)",
                                  term=term.name, where=where)
        elif self.retention_state == 'event':
            sentence = self.env._("Waits for the event “%(event)s”, which is not recorded (%(where)s)",
                                  event=triggers.get(rule.trigger) or triggers['other'], where=where)
        else:
            day, until = format_date(self.env, self.retention_anchor), format_date(self.env, self.retention_until)
            years = rule.years if rule else term.years
            if not rule or rule.trigger == 'end_of_work':
                sentence = self.env._("Work ended %(day)s + %(years)s years → %(until)s (%(where)s)",
                                      day=day, years=years, until=until, where=where)
            else:
                sentence = self.env._("%(event)s on %(day)s + %(years)s years → %(until)s (%(where)s)",
                                      event=triggers[rule.trigger], day=day, years=years, until=until, where=where)
        if self.retention_rule_count > 1:
            sentence += self.env._("; the longest of %s rules", self.retention_rule_count)
        if self.retention_rule_ids and self.retention_reason:
            sentence += self.env._("; own rule because: %s", self.retention_reason)
        return sentence

    # === ACTIONS === #

    def action_override_retention(self):
        """Open the form that gives files rules of their own."""
        self._check_keeper()
        return {
            'type': 'ir.actions.act_window',
            'name': self.env._("Other Retention Rules"),
            'res_model': 'civic.retention.override',
            'view_mode': 'form',
            'target': 'new',
            'context': {'default_workfile_ids': self.ids},
        }

    def action_record_event(self):
        """Open the form that records the missing event of the files."""
        self._check_keeper()
        return {
            'type': 'ir.actions.act_window',
            'name': self.env._("Record the Event"),
            'res_model': 'civic.retention.event.wizard',
            'view_mode': 'form',
            'target': 'new',
            'context': {'default_workfile_ids': self.ids},
        }

    # === BUSINESS === #

    def _check_keeper(self):
        if not self.env.su and not self.env.user.has_groups(KEEPERS):
            raise AccessError(self.env._("Archivists decide how long files are kept."))

    def _override_retention(self, rules, reason):
        """Give the files rules of their own, closed ones too; the journal keeps the reason."""
        self._check_keeper()
        self.check_access('read')
        reason = (reason or '').strip()
        if not reason:
            raise UserError(self.env._("Give a reason."))
        self.env['civic.document']._check_secret_text(reason, where='reason', model=self._name)
        before = self._read_for_journal({'retention_rule_ids', 'retention_until'})
        values = {'retention_rule_ids': [(6, 0, rules.ids)], 'retention_reason': reason}
        # sudo: the role was checked above; closed files change in this alone
        self.sudo()._write_by_system(values, 'retention')
        after = self._read_for_journal({'retention_rule_ids', 'retention_until'})
        self.env['civic.journal.entry']._append('policy_assignment', self, details={
            workfile.id: {'reason': reason, 'rules': [before[workfile.id], after[workfile.id]]} for workfile in self})

    @api.model
    def _get_acts_by_state(self):
        acts = super()._get_acts_by_state()
        for state in ('open', 'closed', 'delivered'):
            acts[state] = set(acts.get(state, ())) | {'retention'}
        for state in ('closed', 'delivered'):
            acts[state] |= {'destroy'}
        return acts

    def _get_closing_defects(self):
        defects = super()._get_closing_defects()
        for workfile in self:
            if workfile.plan_line_id.retention_rule_ids and workfile.retention_state == 'none':
                defects.setdefault(workfile, []).append(Defect(
                    'retention.rule', self.env._("Decree 30/2020, Article 29.2.c"), workfile, 'retention_rule_ids',
                    self.env._("No retention rule applies to the file.")))
        return defects


class CivicWorkfileDefect(models.Model):
    _inherit = 'civic.workfile.defect'

    rule = fields.Selection(
        selection_add=[('retention.rule', "No retention rule applies")], ondelete={'retention.rule': 'cascade'})


class CivicRetentionTerm(models.Model):
    _inherit = 'civic.retention.term'

    def _keeps_as_long_as(self, other):
        """Whether this period is never shorter than the other one; an event counts as longer than any years."""
        order = {'permanent': 2, 'until_event': 1, 'fixed': 0}
        return (order[self.kind], self.years) >= (order[other.kind], other.years)
