from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import ormcache

from ..const import AGENCY_LEVELS


class ResCompany(models.Model):
    """An agency is a company: isolation between agencies is Odoo's multi-company."""

    _inherit = 'res.company'

    partner_id = fields.Many2one(index=True)        # the inverse of agency_company_ids
    agency_level = fields.Selection(AGENCY_LEVELS, default='other')
    abbreviation = fields.Char(related='partner_id.abbreviation', readonly=False)
    organ_code = fields.Char(compute='_compute_organ_code', help="The organ code in force today.")
    organ_code_ids = fields.One2many(related='partner_id.organ_code_ids', readonly=False)
    agency_valid_from = fields.Date(related='partner_id.agency_valid_from', readonly=False)
    agency_valid_to = fields.Date(related='partner_id.agency_valid_to', readonly=False)
    agency_successor_id = fields.Many2one(
        'res.company', string="Successor Agency", index='btree_not_null', ondelete='restrict',
        help="The agency that took over the work and the records.")

    @api.depends_context('tz')
    @api.depends('partner_id.organ_code_ids.code', 'partner_id.organ_code_ids.valid_from', 'partner_id.organ_code_ids.valid_to')
    def _compute_organ_code(self):
        for company in self:
            # sudo: the code stands on every document of the agency
            company.organ_code = company.sudo().partner_id._get_organ_code()

    @api.constrains('agency_successor_id')
    def _check_successor(self):
        if self._has_cycle('agency_successor_id'):
            raise ValidationError(self.env._("An agency cannot succeed itself."))

    @api.model_create_multi
    def create(self, vals_list):
        companies = super().create(vals_list)
        companies.partner_id.is_agency = True
        return companies

    def write(self, vals):
        if 'partner_id' in vals:
            self.env.registry.clear_cache()             # see _get_agency_period
        return super().write(vals)

    def _is_agency_valid(self, date=None):
        """Tell whether the agency exists on the date (today by default)."""
        self.ensure_one()
        date = fields.Date.to_date(date) or fields.Date.context_today(self)
        valid_from, valid_to = self._get_agency_period()
        return (not valid_from or valid_from <= date) and (not valid_to or date <= valid_to)

    @ormcache('self.id')
    def _get_agency_period(self):
        """From when until when the agency exists: asked with every document, changed once in years."""
        # sudo: that an agency has ended is no secret
        partner_sudo = self.sudo().partner_id
        return partner_sudo.agency_valid_from, partner_sudo.agency_valid_to

    def _is_working_day(self, date):
        """Tell whether the agency works on the date: Monday to Friday but for holidays and moved days."""
        self.ensure_one()
        date = fields.Date.to_date(date)
        special = self.env['civic.calendar.day']._get_special_days(self.id)
        return special.get(date, date.weekday() < 5)

    def _add_working_days(self, date, days):
        """Return the day that is so many working days after the date, which itself never counts.

        Zero gives the date itself ("the same day"), whatever day it is; a negative number goes back.
        """
        self.ensure_one()
        date = fields.Date.to_date(date)
        special = self.env['civic.calendar.day']._get_special_days(self.id)
        step = timedelta(days=1 if days >= 0 else -1)
        remaining = abs(days)
        while remaining:
            date += step
            remaining -= special.get(date, date.weekday() < 5)
        return date

    def _working_days_between(self, start, end):
        """Count the working days after start up to and with end; negative if end comes before start."""
        self.ensure_one()
        start, end = fields.Date.to_date(start), fields.Date.to_date(end)
        if end < start:
            return -self._working_days_between(end, start)
        special = self.env['civic.calendar.day']._get_special_days(self.id)
        days = (start + timedelta(days=offset) for offset in range(1, (end - start).days + 1))
        return sum(special.get(day, day.weekday() < 5) for day in days)

    def _get_working_day_numbers(self, start, end):
        """Return [(day, how many working days there are after start up to and with it)] from start to end.

        The difference between two numbers is what `_working_days_between` says: one list serves any number of rows.
        """
        self.ensure_one()
        start, end = fields.Date.to_date(start), fields.Date.to_date(end)
        special = self.env['civic.calendar.day']._get_special_days(self.id)
        numbers, count = [(start, 0)], 0
        for offset in range(1, (end - start).days + 1):
            day = start + timedelta(days=offset)
            count += special.get(day, day.weekday() < 5)
            numbers.append((day, count))
        return numbers

    @api.model
    def _civic_set_vietnamese_default(self, lang, tz):
        """Load the language and make it, with the time zone, what new people and contacts get."""
        if not self.env['res.lang']._get_data(code=lang):
            language = self.env['res.lang'].with_context(active_test=False).search([('code', '=', lang)])
            self.env['base.language.install'].create({'lang_ids': language.ids}).lang_install()
            # this add-on is not yet counted among the installed ones, whose words were just loaded
            self.env.ref('base.module_civic_base')._update_translations([lang])
        defaults = self.env['ir.default']
        defaults.set('res.partner', 'lang', lang)
        defaults.set('res.partner', 'tz', tz)
        people = self.env['res.users'].with_context(active_test=False).search([('share', '=', False)])
        people.partner_id.write({'lang': lang, 'tz': tz})
        agencies = self.search(['|', ('partner_id.lang', '!=', lang), ('partner_id.is_agency', '=', False)])
        agencies.partner_id.write({'lang': lang, 'is_agency': True})
