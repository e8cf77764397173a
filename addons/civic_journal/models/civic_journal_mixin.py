from odoo import models
from odoo.fields import Domain


class CivicJournalMixin(models.AbstractModel):
    """Objects whose journal people may open: who may read one may read its lines."""

    _name = 'civic.journal.mixin'
    _description = "Object with a journal"

    def action_open_journal(self):
        """Open the journal lines of these objects."""
        self.check_access('read')
        action = self.env['ir.actions.act_window']._for_xml_id(
            'civic_journal.civic_journal_entry_action_object')
        action['display_name'] = self.env._("Journal: %s", self.env['ir.model']._get(self._name).name)
        action['domain'] = list(Domain('res_model', '=', self._name) & Domain('res_id', 'in', self.ids))
        return action
