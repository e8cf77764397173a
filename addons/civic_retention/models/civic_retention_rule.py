from odoo import api, fields, models
from odoo.fields import Domain

from odoo.addons.civic_workfile.const import TERM_KINDS

from ..const import CONFIDENCES, TRIGGERS


class CivicRetentionRule(models.Model):
    """A row of a schedule: how long records of one kind are kept, counted from what, and where it says so.

    Rules of the same ``family`` are versions of one another: a file follows the one in force on the day its work ended.
    """

    _name = 'civic.retention.rule'
    _description = "Retention Rule"
    _order = 'schedule_id, code, id'
    _rec_name = 'title'
    _rec_names_search = ['code', 'title']

    schedule_id = fields.Many2one('civic.retention.schedule', "Schedule", required=True, index=True, ondelete='cascade')
    company_id = fields.Many2one(related='schedule_id.company_id', store=True, precompute=True)
    code = fields.Char(required=True)
    family = fields.Char(
        required=True, index=True, help="The code under which earlier and later versions of this row are known.")
    group = fields.Char()
    title = fields.Char(required=True)
    kind = fields.Selection(TERM_KINDS, required=True, default='fixed')
    years = fields.Integer(aggregator=None)
    trigger = fields.Selection(TRIGGERS, "Counted from", required=True, default='end_of_work')
    term_id = fields.Many2one('civic.retention.term', "Retention Period", required=True, ondelete='restrict')
    source = fields.Char(required=True)
    confidence = fields.Selection(CONFIDENCES, required=True, default='K')
    state = fields.Selection(related='schedule_id.state')

    _code_uniq = models.UniqueIndex('(schedule_id, code)', "The schedule has a rule with this code already.")
    _years_fit = models.Constraint(
        "CHECK (years >= 0 AND (kind <> 'fixed' OR years > 0) AND (kind <> 'permanent' OR years = 0))",
        "A fixed period has a number of years, a permanent one has none.")
    _trigger_fits = models.Constraint(
        "CHECK (kind <> 'until_event' OR trigger <> 'end_of_work')", "Say which event ends the use of the records.")

    @api.depends('code', 'title')
    def _compute_display_name(self):
        for rule in self:
            rule.display_name = f"{rule.code} – {rule.title}"

    @api.onchange('kind', 'years', 'trigger')
    def _onchange_kind(self):
        if self.kind and (self.kind != 'fixed' or self.years):
            # sudo: the list of periods grows with the rules
            self.term_id = self.env['civic.retention.term'].sudo()._get_by_kind(
                {(self.kind, self.years, self.trigger)})[self.kind, self.years, self.trigger]

    @api.model_create_multi
    def create(self, vals_list):
        vals_list = [dict(values) for values in vals_list]
        for values in vals_list:
            values.setdefault('family', values.get('code'))
            if not values.get('term_id'):
                key = (values.get('kind', 'fixed'), values.get('years', 0), values.get('trigger', 'end_of_work'))
                # sudo: the list of periods grows with the rules
                values['term_id'] = self.env['civic.retention.term'].sudo()._get_by_kind({key})[key].id
        rules = super().create(vals_list)
        rules._check_schedule()
        return rules

    def write(self, vals):
        self._check_schedule()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_adopted(self):
        self._check_schedule()

    def _check_schedule(self):
        if not self.env.su:
            self.schedule_id._check_is_draft()

    @api.model
    def _get_usable_domain(self):
        """Rules that classes and files may be given."""
        return Domain('schedule_id.state', '!=', 'draft')
