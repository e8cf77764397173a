from odoo import api, models


class HrEmployee(models.Model):
    _inherit = 'hr.employee'

    @api.model_create_multi
    def create(self, vals_list):
        employees = super().create(vals_list)
        self.env['res.users']._civic_units_changed()
        return employees

    def write(self, vals):
        result = super().write(vals)
        if not {'user_id', 'department_id', 'company_id', 'active', 'version_id'}.isdisjoint(vals):
            self.env['res.users']._civic_units_changed()
        return result

    def unlink(self):
        result = super().unlink()
        self.env['res.users']._civic_units_changed()
        return result

    def _cron_update_current_version_id(self):
        # a new version of the contract may move the employee to another unit overnight
        result = super()._cron_update_current_version_id()
        self.env['res.users']._civic_units_changed()
        return result
