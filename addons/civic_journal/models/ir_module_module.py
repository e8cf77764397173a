from odoo import models
from odoo.exceptions import UserError


class IrModuleModule(models.Model):
    _inherit = 'ir.module.module'

    def button_uninstall(self):
        """Keep the journal: removing its add-on would drop the tables of the proof."""
        removed = (self + self.downstream_dependencies()).mapped('name')
        # sudo: the lines of all agencies count
        if 'civic_journal' in removed and self.env['civic.journal.entry'].sudo().search([], limit=1):
            raise UserError(self.env._(
                "The journal holds lines and cannot be uninstalled: it proves what was done "
                "with the records."))
        return super().button_uninstall()
