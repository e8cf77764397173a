from odoo import models


class CivicSharedMixin(models.AbstractModel):
    """Data of one agency, or of all where ``company_id`` is empty: nobody gives it to agencies whose data he may not write."""

    _name = 'civic.shared.mixin'
    _description = "Data of One Agency or of All"

    def write(self, vals):
        result = super().write(vals)
        if 'company_id' in vals:
            self.check_access('write')          # the rules hold for the new agency as well
        return result
