from odoo import api, models


class HrVersion(models.Model):
    _inherit = 'hr.version'

    @api.model_create_multi
    def create(self, vals_list):
        # sudo: rights are compared whoever changes the post
        self.env['hr.employee'].sudo().browse(
            vals['employee_id'] for vals in vals_list if vals.get('employee_id'))._watch_people([])
        versions = super().create(vals_list)
        self.env['res.users']._civic_units_changed()
        return versions

    def write(self, vals):
        if {'department_id', 'date_version', 'employee_id', 'active'}.isdisjoint(vals):
            return super().write(vals)
        self.employee_id._watch_people([])
        result = super().write(vals)
        self.env['res.users']._civic_units_changed()
        return result

    def unlink(self):
        self.employee_id._watch_people([])
        result = super().unlink()
        self.env['res.users']._civic_units_changed()
        return result
