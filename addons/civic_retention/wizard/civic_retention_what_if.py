from odoo import api, fields, models
from odoo.tools import SQL

from ..const import RETENTION_STATES

SHOWN = 500
CHANGES = [('longer', "Kept longer"), ('shorter', "Kept shorter"), ('rule', "Same time, another rule")]


class CivicRetentionWhatIf(models.TransientModel):
    """Which files would change if a version were adopted; nothing is changed."""

    _name = 'civic.retention.what.if'
    _description = "What Would Change"

    schedule_id = fields.Many2one('civic.retention.schedule', "Version", required=True, ondelete='cascade')
    line_ids = fields.One2many('civic.retention.what.if.line', 'what_if_id', "Files", readonly=True)
    summary = fields.Text(readonly=True)

    @api.model_create_multi
    def create(self, vals_list):
        looks = super().create(vals_list)
        looks._look()
        return looks

    @api.model
    def default_get(self, fields):
        """The form opens with the answer in it."""
        values = super().default_get(fields)
        schedule = self.env['civic.retention.schedule'].browse(
            values.get('schedule_id') or self.env.context.get('default_schedule_id'))
        if schedule and 'summary' in fields:
            rows, counts = self._compare(schedule)
            values['summary'] = self._summarise(schedule, counts)
            values['line_ids'] = [fields_command(row) for row in rows]
        return values

    def _look(self):
        for look in self.filtered(lambda look: not look.summary):
            rows, counts = self._compare(look.schedule_id)
            look.summary = self._summarise(look.schedule_id, counts)
            look.line_ids = [fields_command(row) for row in rows]

    @api.model
    def _compare(self, schedule):
        """Return the first rows that would change, and how many there are of each kind, of files that the user reads."""
        schedule.check_access('read')
        schedule._check_first_day()
        self.env.flush_all()
        readable = self.env['civic.workfile']._search([]).subselect()
        found = self.env.execute_query_dict(SQL(
            """
            WITH result AS (%s), changed AS (
                SELECT result.file_id, file.retention_rule_id AS old_rule, result.rule_id AS new_rule,
                       file.retention_until AS old_until, result.until AS new_until,
                       file.retention_state AS old_state, result.state AS new_state,
                       CASE WHEN (rank.old, file.retention_until) IS NOT DISTINCT FROM (rank.new, result.until) THEN 'rule'
                            WHEN rank.new > rank.old OR rank.new = rank.old AND result.until > file.retention_until THEN 'longer'
                            ELSE 'shorter' END AS change
                  FROM result
                  JOIN civic_workfile file ON file.id = result.file_id,
               LATERAL (SELECT CASE file.retention_state WHEN 'permanent' THEN 3 WHEN 'event' THEN 2 ELSE 1 END AS old,
                               CASE result.state WHEN 'permanent' THEN 3 WHEN 'event' THEN 2 ELSE 1 END AS new) rank
                 WHERE (file.retention_rule_id, file.retention_state, file.retention_until)
                       IS DISTINCT FROM (result.rule_id, result.state, result.until)
                   AND file.id IN %s)
            SELECT *, COUNT(*) OVER (PARTITION BY change) AS total, ROW_NUMBER() OVER (PARTITION BY change ORDER BY file_id) AS row
              FROM changed
             ORDER BY row, change
             LIMIT %s
            """, self.env['civic.workfile']._get_retention_query(proposed=schedule), readable, SHOWN))
        return found, {row['change']: row['total'] for row in found}

    @api.model
    def _summarise(self, schedule, counts):
        if not counts:
            return self.env._("Nothing would change: no file follows a rule that “%s” replaces.", schedule.display_name)
        labels = dict(self.env['civic.retention.what.if.line']._fields['change']._description_selection(self.env))
        lines = [f"{labels[change]}: {counts[change]}" for change, _label in CHANGES if change in counts]
        if sum(counts.values()) > SHOWN:
            lines.append(self.env._("The first %s are shown.", SHOWN))
        return "\n".join(lines)

    def action_adopt(self):
        """Adopt the version."""
        self.ensure_one()
        self.schedule_id.action_adopt()
        return {'type': 'ir.actions.act_window_close'}


def fields_command(row):
    return fields.Command.create({
        'workfile_id': row['file_id'], 'change': row['change'], 'old_rule_id': row['old_rule'], 'new_rule_id': row['new_rule'],
        'old_until': row['old_until'], 'new_until': row['new_until'], 'old_state': row['old_state'],
        'new_state': row['new_state']})


class CivicRetentionWhatIfLine(models.TransientModel):
    _name = 'civic.retention.what.if.line'
    _description = "File That Would Change"

    what_if_id = fields.Many2one('civic.retention.what.if', required=True, index=True, ondelete='cascade')
    workfile_id = fields.Many2one('civic.workfile', "File", required=True, ondelete='cascade')
    change = fields.Selection(CHANGES, required=True)
    old_rule_id = fields.Many2one('civic.retention.rule', "Rule Now", ondelete='cascade')
    new_rule_id = fields.Many2one('civic.retention.rule', "Rule Then", ondelete='cascade')
    old_until = fields.Date("Kept Until Now")
    new_until = fields.Date("Kept Until Then")
    old_state = fields.Selection(RETENTION_STATES, "Retention Now")
    new_state = fields.Selection(RETENTION_STATES, "Retention Then")
