from odoo import models


class IrHttp(models.AbstractModel):
    _inherit = 'ir.http'

    def session_info(self):
        """Tell the browser whose lists have the export in their menu."""
        return {**super().session_info(), 'civic_export_models': self.env['civic.list.export']._get_model_names()}
