from odoo import api, fields, models
from odoo.fields import Domain

EXPIRY = 'civic_retention.civic_workfile_action_expiry'
EXPIRED = 'civic_retention.civic_workfile_action_expired'
EVENTS = 'civic_retention.civic_workfile_action_event_missing'
HOLDS = 'civic_retention.civic_hold_action'
CASES = 'civic_retention.civic_disposition_action'
LINES = 'civic_retention.civic_disposition_line_action'


class CivicHome(models.AbstractModel):
    """What expires, and what waits for the person in a case of destruction."""

    _inherit = 'civic.home'

    @api.model
    def _get_blocks(self, sections):
        blocks = super()._get_blocks(sections)
        if 'archivist' in sections:
            blocks.append(self._prepare_expiry_block())
        section = next((key for key in ('leader', 'unit_head', 'archivist', 'specialist') if key in sections), None)
        council = self._prepare_council_block(section) if section else None
        return [*blocks, council] if council else blocks

    @api.model
    def _prepare_expiry_block(self):
        today = fields.Date.context_today(self)
        kept = Domain('state', 'in', ('closed', 'delivered'))
        expired = kept & Domain('is_expired', '=', True)
        # by the end of the next year: what the list of next year's case will hold
        soon = kept & Domain('retention_until', '>=', today) & Domain('retention_until', '<=', f'{today.year + 1}-12-31')
        waiting = Domain('state', '!=', 'destroyed') & Domain('retention_state', '=', 'event')
        holds = Domain('state', '=', 'active')
        late = Domain('state', 'in', ('decided', 'destroying')) & Domain('destruction_due', '<', today)

        return {
            'key': 'retention', 'section': 'archivist', 'kind': 'figures', 'title': self.env._("Retention"), 'items': [
                self._prepare_counted('expired', self.env._("Expired"), 'civic.workfile', expired, EXPIRED, tone='warning'),
                self._prepare_counted('expiring', self.env._("Expire by the end of next year"), 'civic.workfile', soon, EXPIRY),
                self._prepare_counted('event_missing', self.env._("Event missing"), 'civic.workfile', waiting, EVENTS, tone='warning'),
                self._prepare_counted('holds', self.env._("Holds in force"), 'civic.hold', holds, HOLDS),
                self._prepare_counted('destruction_late', self.env._("Destruction late"), 'civic.disposition', late, CASES, tone='danger'),
            ]}

    @api.model
    def _prepare_council_block(self, section):
        """What waits for members of a council, and for whoever decides; nothing for everybody else."""
        present = Domain('user_id', '=', self.env.uid) & Domain('is_absent', '=', False)
        votes = (
            Domain('disposition_id.state', '=', 'council') & Domain('disposition_id.member_ids', 'any', present)
            & Domain('vote_ids', 'not any', Domain('user_id', '=', self.env.uid)))
        minutes = Domain('state', '=', 'review') & Domain(
            'member_ids', 'any', present & Domain('role', 'in', ('chair', 'secretary')))
        items = [
            self._prepare_counted(
                'votes', self.env._("Waiting for my vote"), 'civic.disposition.line', votes, LINES, tone='warning'),
            self._prepare_counted('minutes', self.env._("Minutes to sign"), 'civic.disposition', minutes, CASES, tone='warning'),
        ]
        if section == 'leader':
            decisions = Domain('state', '=', 'opinion')
            items.append(self._prepare_counted(
                'destruction_decisions', self.env._("To decide"), 'civic.disposition', decisions, CASES, tone='warning'))
        if not any(item['value'] for item in items):
            return None
        return {'key': 'council', 'section': section, 'kind': 'figures', 'title': self.env._("Destruction of records"), 'items': items}
