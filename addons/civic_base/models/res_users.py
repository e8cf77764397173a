from collections import defaultdict

from odoo import api, fields, models


class ResUsers(models.Model):
    _inherit = 'res.users'

    civic_unit_id = fields.Many2one(
        'hr.department', string="Unit", compute='_compute_civic_unit_id', compute_sudo=True,
        help="The unit of the person in the current agency.")
    civic_unit_ids = fields.Many2many(
        'hr.department', string="Own and Subordinate Units", compute='_compute_civic_unit_ids', compute_sudo=True,
        help="The person's units in every agency, and all units below those that the person heads.")

    @api.depends_context('company')
    @api.depends('employee_ids.department_id')
    def _compute_civic_unit_id(self):
        employees = self.env['hr.employee'].search(
            [('user_id', 'in', self.ids), ('company_id', '=', self.env.company.id)])
        units = {employee.user_id.id: employee.department_id for employee in employees}
        for user in self:
            user.civic_unit_id = units.get(user.id, False)

    @api.depends('employee_ids.department_id')
    def _compute_civic_unit_ids(self):
        # Of all agencies, not the current one: record rules see the user without the chosen
        # companies, and the company rules cut down to these anyway.
        employees = self.env['hr.employee'].search([('user_id', 'in', self.ids)])
        unit_ids = defaultdict(set)
        for employee in employees:
            unit_ids[employee.user_id.id].update(employee.department_id.ids)
        headed = self.env['hr.department'].search([('manager_id', 'in', employees.ids)])
        below = self.env['hr.department'].search([('id', 'child_of', headed.ids)])
        for unit in headed:
            unit_ids[unit.manager_id.user_id.id].update(
                below.filtered(lambda child, path=unit.parent_path: child.parent_path.startswith(path)).ids)
        for user in self:
            user.civic_unit_ids = sorted(unit_ids[user.id])

    @api.model
    def _civic_units_changed(self):
        """Forget what was computed from units: record rules keep the ids that they were given."""
        self.env.registry.clear_cache()
        self.invalidate_model(['civic_unit_id', 'civic_unit_ids'])
