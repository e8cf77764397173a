from odoo import api, fields, models, tools
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain


class CivicRuleProfile(models.Model):
    """A legal regime. The profile of the day of an event holds for that event, and is then frozen."""

    _name = 'civic.rule.profile'
    _inherit = ['civic.cached.mixin']
    _description = "Rule Profile"
    _order = 'valid_from desc nulls last, id desc'
    _rec_names_search = ['code', 'name']

    code = fields.Char(required=True)
    name = fields.Char(required=True, translate=True)
    valid_from = fields.Date(help="Leave empty if it covers every earlier day.")
    valid_to = fields.Date(help="Last day. Leave empty while the regime is in force.")
    legal_basis = fields.Text(translate=True)
    value_ids = fields.One2many('civic.rule.value', 'profile_id', string="Values")

    _code_uniq = models.Constraint('UNIQUE (code)', "The code of a rule profile is unique.")
    _validity_order = models.Constraint(
        'CHECK (valid_from IS NULL OR valid_to IS NULL OR valid_from <= valid_to)',
        "The validity of a rule profile cannot end before it begins.")

    @api.depends('code')
    def _compute_display_name(self):
        for profile in self:
            profile.display_name = profile.code

    @api.constrains('valid_from', 'valid_to')
    def _check_overlap(self):
        for profile in self:
            others = Domain('id', '!=', profile.id)
            if profile.valid_from:
                others &= Domain('valid_to', '=', False) | Domain('valid_to', '>=', profile.valid_from)
            if profile.valid_to:
                others &= Domain('valid_from', '=', False) | Domain('valid_from', '<=', profile.valid_to)
            other = self.search(others, limit=1)
            if other:
                raise ValidationError(self.env._(
                    "The rule profiles %(first)s and %(second)s overlap.", first=profile.code, second=other.code))

    @api.model
    def _for_date(self, date=None):
        """Return the profile in force on the date of the event (today by default)."""
        date = fields.Date.to_date(date) or fields.Date.context_today(self)
        profile_id = self._get_id_for_date(date)
        if not profile_id:
            raise UserError(self.env._(
                "No rule profile is in force on %(date)s.", date=tools.format_date(self.env, date)))
        return self.browse(profile_id)

    @api.model
    @tools.ormcache('date')
    def _get_id_for_date(self, date):
        # sudo: the law is the same for whoever asks, and is kept for the whole registry
        return self.sudo().search(
            (Domain('valid_from', '=', False) | Domain('valid_from', '<=', date))
            & (Domain('valid_to', '=', False) | Domain('valid_to', '>=', date)),
            limit=1,
        ).id
