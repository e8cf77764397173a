from odoo import api, models


class CivicDocument(models.Model):
    _inherit = 'civic.document'

    @api.model
    def _get_desk_action(self):
        """Return the action that the suite opens with: the home screen, with what waits for the user in each role."""
        return self.env['ir.actions.actions']._for_xml_id('civic_document.civic_home_action')
