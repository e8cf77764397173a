import json

from odoo import api, fields, models, tools
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain

from ..const import RULE_VALUE_TYPES

BOOLEANS = {'true': True, '1': True, 'false': False, '0': False}
PARSERS = {
    'integer': int,
    'float': float,
    'boolean': lambda text: BOOLEANS[text.strip().lower()],
    'char': str,
    'json': json.loads,
}


class CivicRuleValue(models.Model):
    """A figure that the law or the agency fixes: deadlines, limits, lengths; dated, never in code."""

    _name = 'civic.rule.value'
    _inherit = ['civic.cached.mixin', 'civic.shared.mixin']
    _description = "Rule Value"
    _order = 'key, valid_from desc nulls last, id desc'
    _rec_name = 'key'
    _check_company_auto = True

    key = fields.Char(required=True, index=True)
    value = fields.Text(required=True)
    value_type = fields.Selection(RULE_VALUE_TYPES, string="Type", required=True, default='integer')
    unit = fields.Char(translate=True)
    description = fields.Char(translate=True)
    legal_basis = fields.Text(translate=True)
    valid_from = fields.Date()
    valid_to = fields.Date()
    company_id = fields.Many2one(
        'res.company', string="Agency", index='btree_not_null', ondelete='cascade',
        help="Leave empty for every agency. A value of the agency itself goes before it.")
    profile_id = fields.Many2one(
        'civic.rule.profile', string="Rule Profile", index='btree_not_null', ondelete='cascade',
        help="Leave empty if the value holds under every profile.")

    _validity_order = models.Constraint(
        'CHECK (valid_from IS NULL OR valid_to IS NULL OR valid_from <= valid_to)',
        "The validity of a rule value cannot end before it begins.")
    _value_uniq = models.UniqueIndex(
        "(key, COALESCE(company_id, 0), COALESCE(profile_id, 0), COALESCE(valid_from, '-infinity'::date))",
        "This value already exists for the same agency, profile and first day.")

    @api.constrains('value', 'value_type')
    def _check_value(self):
        for rule_value in self:
            try:
                PARSERS[rule_value.value_type](rule_value.value)
            except (ValueError, KeyError) as error:
                raise ValidationError(self.env._(
                    "“%(value)s” is not a value of the type of the rule %(key)s.",
                    value=rule_value.value, key=rule_value.key)) from error

    @api.model
    def _get(self, key, date=None, company=None):
        """Return the typed value of the rule on the date (today) for the agency (the current one).

        A value of the agency goes before a general one, one of the profile in force before one
        without profile, a later first day before an earlier one.
        """
        date = fields.Date.to_date(date) or fields.Date.context_today(self)
        company = company or self.env.company
        found, value_type, text = self._get_raw(key, date, company.id)
        if found:
            return PARSERS[value_type](text)
        # sudo: only to tell an unknown rule from one that is not in force
        if self.sudo().search_count([('key', '=', key)], limit=1):
            raise UserError(self.env._(
                "No value of the rule “%(key)s” is in force on %(date)s.",
                key=key, date=tools.format_date(self.env, date)))
        raise UserError(self.env._("The rule “%(key)s” is unknown.", key=key))

    @api.model
    @tools.ormcache('key', 'date', 'company_id')
    def _get_raw(self, key, date, company_id):
        # sudo: rules are read on behalf of whoever acts, and kept for the whole registry
        candidates = self.sudo().search(
            Domain('key', '=', key)
            & Domain('company_id', 'in', (False, company_id))
            & (Domain('valid_from', '=', False) | Domain('valid_from', '<=', date))
            & (Domain('valid_to', '=', False) | Domain('valid_to', '>=', date))
            & (Domain('profile_id', '=', False) | (
                (Domain('profile_id.valid_from', '=', False) | Domain('profile_id.valid_from', '<=', date))
                & (Domain('profile_id.valid_to', '=', False) | Domain('profile_id.valid_to', '>=', date))
            )),
        )
        if not candidates:
            return False, None, None
        best = max(candidates, key=lambda value: (
            bool(value.company_id), bool(value.profile_id), str(value.valid_from or '')))
        return True, best.value_type, best.value
