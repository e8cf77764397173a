from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain


class CivicKpiValidityMixin(models.AbstractModel):
    """Something that holds from a day until a day; open ends have none."""

    _name = 'civic.kpi.validity.mixin'
    _description = "Dates of Validity"

    date_from = fields.Date("Valid from", required=True)
    date_to = fields.Date("Valid until")

    @api.constrains('date_from', 'date_to')
    def _check_dates_in_order(self):
        for row in self:
            if row.date_to and row.date_to < row.date_from:
                raise ValidationError(self.env._("The validity of “%s” ends before it begins.", row.display_name))

    @api.model
    def _get_valid_domain(self, date):
        return Domain('date_from', '<=', date) & (Domain('date_to', '=', False) | Domain('date_to', '>=', date))
