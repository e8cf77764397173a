from odoo import api, fields, models
from odoo.fields import Domain

CANDIDATES = 'civic_transfer.civic_transfer_candidate_action'
TRANSFERS = 'civic_transfer.civic_transfer_action'


class CivicHome(models.AbstractModel):
    """What waits to be handed over."""

    _inherit = 'civic.home'

    @api.model
    def _get_blocks(self, sections):
        blocks = super()._get_blocks(sections)
        if 'archivist' in sections:
            blocks.append(self._prepare_transfer_block())
        return blocks

    @api.model
    def _prepare_transfer_block(self):
        here = Domain('company_id', 'in', self.env.companies.ids)
        today = fields.Date.context_today(self)

        def figure(name, label, model, rows, action, tone):
            return self._prepare_counted(name, label, model, here & rows, action, tone=tone)

        return {
            'key': 'transfers', 'section': 'archivist', 'kind': 'figures', 'title': self.env._("Transfer"),
            'items': [
                figure('past_target', self.env._("Past the three-year target"), 'civic.transfer.candidate',
                       Domain('level', '=', 'historical') & Domain('target_date', '<', today), CANDIDATES, 'warning'),
                figure('to_sign', self.env._("Minutes to sign"), 'civic.transfer', Domain('minutes_state', '=', 'made'),
                       TRANSFERS, 'warning'),
                figure('unanswered', self.env._("Answer overdue"), 'civic.transfer', Domain('is_overdue', '=', True), TRANSFERS, 'danger'),
            ],
        }
