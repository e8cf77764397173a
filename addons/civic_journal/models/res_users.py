from odoo import api, models
from odoo.exceptions import UserError


class ResUsers(models.Model):
    _inherit = 'res.users'

    @api.ondelete(at_uninstall=False)
    def _unlink_except_journalled(self):
        # sudo: lines that the user may not read count as well
        if self.env['civic.journal.entry'].sudo().search([('user_id', 'in', self.ids)], limit=1):
            raise UserError(self.env._(
                "A user whom the journal names cannot be deleted. Archive the user instead."))

    def _update_last_login(self):
        super()._update_last_login()
        self.env['civic.journal.entry']._append('login', self.env.user)
