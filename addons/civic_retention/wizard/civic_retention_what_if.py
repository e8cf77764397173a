from odoo import api, fields, models
from odoo.tools import SQL, format_date

from ..const import RETENTION_STATES

SHOWN = 40                      # of the files, what the form shows; the list behind it has all of them
CHANGES = [('longer', "Kept longer"), ('shorter', "Kept shorter"), ('rule', "Same time, another rule")]


class CivicRetentionWhatIf(models.TransientModel):
    """Which files would change if a version were adopted; nothing is changed."""

    _name = 'civic.retention.what.if'
    _description = "What Would Change"

    schedule_id = fields.Many2one('civic.retention.schedule', "Version", required=True, readonly=True, ondelete='cascade')
    line_ids = fields.One2many('civic.retention.what.if.line', 'what_if_id', "Files", readonly=True)
    line_count = fields.Integer("Number of Files", readonly=True)
    first_line_ids = fields.One2many('civic.retention.what.if.line', string="First of the Files", compute='_compute_first_line_ids')
    summary = fields.Text(readonly=True)

    @api.model_create_multi
    def create(self, vals_list):
        looks = super().create(vals_list)
        for look in looks:
            look._look()
        return looks

    def _compute_first_line_ids(self):
        for look in self:
            look.first_line_ids = look.line_ids.search([('what_if_id', '=', look.id)], limit=SHOWN)

    def _look(self):
        """Note every file that would change, of those that the user reads, in one statement."""
        self.ensure_one()
        self.schedule_id.check_access('read')
        self.schedule_id._check_first_day()
        self.env.flush_all()
        Workfile = self.env['civic.workfile']
        self.env.cr.execute(SQL(
            """
            WITH result AS (%(query)s)
            INSERT INTO civic_retention_what_if_line (
                   what_if_id, workfile_id, old_rule_id, new_rule_id, old_until, new_until, old_state, new_state, change,
                   create_uid, create_date, write_uid, write_date)
            SELECT %(look)s, result.file_id, file.retention_rule_id, result.rule_id, file.retention_until, result.until,
                   file.retention_state, result.state,
                   CASE WHEN (rank.old, file.retention_until) IS NOT DISTINCT FROM (rank.new, result.until) THEN 'rule'
                        WHEN rank.new > rank.old OR rank.new = rank.old AND result.until > file.retention_until THEN 'longer'
                        ELSE 'shorter' END,
                   %(user)s, NOW() AT TIME ZONE 'UTC', %(user)s, NOW() AT TIME ZONE 'UTC'
              FROM result
              JOIN civic_workfile file ON file.id = result.file_id,
           LATERAL (SELECT CASE file.retention_state WHEN 'permanent' THEN 3 WHEN 'event' THEN 2 ELSE 1 END AS old,
                           CASE result.state WHEN 'permanent' THEN 3 WHEN 'event' THEN 2 ELSE 1 END AS new) rank
             WHERE (file.retention_rule_id, file.retention_state, file.retention_until)
                   IS DISTINCT FROM (result.rule_id, result.state, result.until)
               AND file.id IN %(readable)s
             ORDER BY file.id
            """, query=Workfile._get_retention_query(proposed=self.schedule_id), look=self.id, user=self.env.uid,
            readable=Workfile._search([]).subselect()))
        self.line_ids.invalidate_model()
        counts = dict(self.line_ids._read_group([('what_if_id', '=', self.id)], ['change'], ['__count']))
        self.write({'line_count': sum(counts.values()), 'summary': self._summarise(counts)})

    def _summarise(self, counts):
        if not counts:
            return self.env._(
                "Nothing would change: from %(day)s on, when “%(schedule)s” holds, no file follows a rule that it replaces.",
                day=format_date(self.env, self.schedule_id.valid_from), schedule=self.schedule_id.display_name)
        labels = dict(self.line_ids._fields['change']._description_selection(self.env))
        return "\n".join(f"{labels[change]}: {counts[change]}" for change, _label in CHANGES if change in counts)

    def action_adopt(self):
        """Adopt the version."""
        self.ensure_one()
        self.schedule_id.action_adopt()
        return {'type': 'ir.actions.act_window_close'}

    def action_open_lines(self):
        """Open all files that would change, page by page, by the kind of change."""
        self.ensure_one()
        return {
            'type': 'ir.actions.act_window', 'name': self.env._("What Would Change"), 'view_mode': 'list',
            'res_model': 'civic.retention.what.if.line', 'views': [(False, 'list')], 'domain': [('what_if_id', '=', self.id)],
            'context': {'group_by': 'change'}}

    def action_export(self):
        """Download all of them as a spreadsheet."""
        self.ensure_one()
        return self.env['civic.form.retention_what_if']._get_print_action('xlsx', {'what_if_id': self.id})


class CivicRetentionWhatIfLine(models.TransientModel):
    _name = 'civic.retention.what.if.line'
    _description = "File That Would Change"
    _order = 'id'

    what_if_id = fields.Many2one('civic.retention.what.if', required=True, ondelete='cascade')
    workfile_id = fields.Many2one('civic.workfile', "File", required=True, ondelete='cascade')
    change = fields.Selection(CHANGES, required=True)
    old_rule_id = fields.Many2one('civic.retention.rule', "Rule Now", ondelete='cascade')
    new_rule_id = fields.Many2one('civic.retention.rule', "Rule Then", ondelete='cascade')
    old_until = fields.Date("Kept Until Now")
    new_until = fields.Date("Kept Until Then")
    old_state = fields.Selection(RETENTION_STATES, "Retention Now")
    new_state = fields.Selection(RETENTION_STATES, "Retention Then")

    _look_idx = models.Index('(what_if_id, id)')
