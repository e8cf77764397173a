from odoo import api, fields, models, tools


class CivicCalendarDay(models.Model):
    _name = 'civic.calendar.day'
    _inherit = ['civic.cached.mixin', 'civic.shared.mixin']
    _description = "Holiday or Moved Working Day"
    _order = 'date desc, id desc'

    date = fields.Date(required=True, index=True)
    kind = fields.Selection(
        selection=[('holiday', "Day off"), ('working', "Working day moved here")],
        required=True,
        default='holiday',
    )
    name = fields.Char(string="Occasion", required=True, translate=True)
    legal_basis = fields.Text(translate=True, help="The text that fixes the day, and how sure it is.")
    company_id = fields.Many2one(
        'res.company',
        string="Agency",
        index='btree_not_null',
        ondelete='cascade',
        help="Leave empty for a day that holds for every agency. A day of the agency itself goes before it.",
    )

    _day_uniq = models.UniqueIndex(
        '(date, COALESCE(company_id, 0))', "This day is already in the calendar of the agency.")

    @api.depends('name', 'date')
    def _compute_display_name(self):
        for day in self:
            day.display_name = f'{day.name} ({tools.format_date(self.env, day.date)})' if day.date else day.name

    @api.model
    @tools.ormcache('company_id')
    def _get_special_days(self, company_id):
        """Return {date: is_working} of the days that differ from Monday-to-Friday for the agency."""
        # sudo: the calendar is the same for whoever asks, and is kept for the whole registry
        days = self.sudo().search_fetch([('company_id', 'in', (False, company_id))], ['date', 'kind', 'company_id'])
        # the agency's own days come last, so that they win
        return {day.date: day.kind == 'working' for day in days.sorted(lambda day: bool(day.company_id))}
