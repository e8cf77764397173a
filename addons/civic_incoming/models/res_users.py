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
