from odoo import api, models


class HrDepartment(models.Model):
    _inherit = 'hr.department'

    @api.model_create_multi
    def create(self, vals_list):
        departments = super().create(vals_list)
        self.env['res.users']._civic_units_changed()
        return departments

    def write(self, vals):
        result = super().write(vals)
        if not {'manager_id', 'parent_id', 'active', 'company_id'}.isdisjoint(vals):
            self.env['res.users']._civic_units_changed()
        return result

    def unlink(self):
        result = super().unlink()
        self.env['res.users']._civic_units_changed()
        return result
