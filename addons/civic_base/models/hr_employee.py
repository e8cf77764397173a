from odoo import api, models


class HrEmployee(models.Model):
    _inherit = 'hr.employee'

    @api.model_create_multi
    def create(self, vals_list):
        self._watch_people(vals_list)
        employees = super().create(vals_list)
        self.env['res.users']._civic_units_changed()
        return employees

    def write(self, vals):
        if {'user_id', 'department_id', 'company_id', 'active', 'version_id'}.isdisjoint(vals):
            return super().write(vals)
        self._watch_people([vals])
        result = super().write(vals)
        self.env['res.users']._civic_units_changed()
        return result

    def unlink(self):
        self._watch_people([])
        result = super().unlink()
        self.env['res.users']._civic_units_changed()
        return result

    def _cron_update_current_version_id(self):
        # a new version of the contract may move the employee to another unit overnight
        result = super()._cron_update_current_version_id()
        self.env['res.users']._civic_units_changed()
        return result

    def _watch_people(self, vals_list):
        """The rights of these people, and of those whom the values name, hang on the change that follows."""
        # sudo: rights are compared whoever changes the employee
        users_sudo = self.sudo().user_id | self.env['res.users'].sudo().browse(
            vals['user_id'] for vals in vals_list if vals.get('user_id'))
        users_sudo._watch_civic_rights()
