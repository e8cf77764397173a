from odoo import api, models


class HrVersion(models.Model):
    _inherit = 'hr.version'

    @api.model_create_multi
    def create(self, vals_list):
        versions = super().create(vals_list)
        self.env['res.users']._civic_units_changed()
        return versions

    def write(self, vals):
        result = super().write(vals)
        if not {'department_id', 'date_version', 'employee_id', 'active'}.isdisjoint(vals):
            self.env['res.users']._civic_units_changed()
        return result

    def unlink(self):
        result = super().unlink()
        self.env['res.users']._civic_units_changed()
        return result
