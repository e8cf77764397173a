from odoo import api, models

# The first list that fits the person opens: what waits for them, or what they watch over
DESKS = (
    ('civic_base.group_clerk', 'civic_incoming.civic_document_action_to_register'),
    ('civic_base.group_leader', 'civic_incoming.civic_document_action_to_assign'),
    ('civic_base.group_unit_head', 'civic_incoming.civic_document_action_my_unit'),
    ('civic_base.group_manager', 'civic_incoming.civic_document_action_overdue'),
    ('civic_base.group_archivist', 'civic_document.civic_document_action'),
    ('civic_base.group_records_admin', 'civic_document.civic_document_action'),
)
COMMON_DESK = 'civic_incoming.civic_document_action_mine'


class CivicDocument(models.Model):
    _inherit = 'civic.document'

    @api.model
    def _get_desk_action(self):
        """Return the action that the suite opens with for the user."""
        desk = next((action for group, action in DESKS if self.env.user.has_group(group)), COMMON_DESK)
        return self.env['ir.actions.actions']._for_xml_id(desk)
