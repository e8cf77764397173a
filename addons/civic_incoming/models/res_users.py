from odoo import models
from odoo.tools import ormcache


class ResUsers(models.Model):
    _inherit = 'res.users'

    @ormcache('self.id')
    def _get_working_company_ids(self):
        """The ids of the agencies in which the person works now: none for one who has left. Asked with every draft."""
        # sudo: who works where is known in the house
        user_sudo = self.sudo()
        return frozenset(user_sudo.company_ids.ids if user_sudo.active else ())

    def _get_replaced_heads(self):
        """Return {unit id: the head in whose place the user answers for it today}, in the agency of the substitution.

        Who stands in for given routes or one step only heads no unit; who stands in for the role does.
        """
        self.ensure_one()
        role_id = self.env['ir.model.data']._xmlid_to_res_id('civic_base.group_unit_head')
        heads = {}
        # without a query for those who replace nobody: record rules ask it
        for item in self.env['civic.substitute']._get_active(self.id, self.env['civic.document']._today()):
            # sudo: who heads which unit is known in the house
            head_sudo = self.browse(item.user_id).sudo()
            if item.covers_role(role_id) and head_sudo.has_group('civic_base.group_unit_head'):
                for unit in head_sudo.civic_unit_ids - self._get_own_headed_units():
                    if unit.company_id.id == item.company_id:
                        heads.setdefault(unit.id, head_sudo.sudo(False))
        return heads

    def _get_own_headed_units(self):
        return self.civic_unit_ids if self.has_group('civic_base.group_unit_head') else self.env['hr.department']

    def _get_headed_units(self):
        """The units for which the user answers today: as their head, or in the place of an absent head."""
        self.ensure_one()
        units = self._get_own_headed_units()
        return units | units.browse(self._get_replaced_heads())
