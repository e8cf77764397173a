from odoo import api, models
from odoo.exceptions import UserError


class ResCompany(models.Model):
    _inherit = 'res.company'

    @api.ondelete(at_uninstall=False)
    def _unlink_except_journalled(self):
        # sudo: lines that the user may not read count as well
        if self.env['civic.journal.entry'].sudo().search([('company_id', 'in', self.ids)], limit=1):
            raise UserError(self.env._(
                "An agency that the journal names cannot be deleted. Archive it instead."))
