from odoo import api, models


class HrDepartment(models.Model):
    _inherit = 'hr.department'

    @api.model_create_multi
    def create(self, vals_list):
        departments = super().create(vals_list)
        self.env['res.users']._civic_units_changed()
        return departments

    def write(self, vals):
        if {'manager_id', 'parent_id', 'active', 'company_id'}.isdisjoint(vals):
            return super().write(vals)
        self._watch_heads(vals)
        result = super().write(vals)
        self.env['res.users']._civic_units_changed()
        return result

    def unlink(self):
        result = super().unlink()
        self.env['res.users']._civic_units_changed()
        return result

    def _watch_heads(self, vals):
        """A head reads for all units below: watch those who head, or shall head, the units or any above them."""
        # sudo: rights are compared whoever changes the unit
        units_sudo = self.sudo().search([('id', 'parent_of', [*self.ids, *filter(None, [vals.get('parent_id')])])])
        heads_sudo = units_sudo.manager_id | self.env['hr.employee'].sudo().browse(vals.get('manager_id') or ())
        heads_sudo.user_id._watch_civic_rights()
