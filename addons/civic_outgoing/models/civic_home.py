from odoo import api, models
from odoo.fields import Domain

TO_SIGN = 'civic_outgoing.civic_document_action_to_sign'
TO_ISSUE = 'civic_outgoing.civic_document_action_to_issue'
DRAFTS = 'civic_outgoing.civic_document_action_drafts'
DISPATCHES = 'civic_outgoing.civic_dispatch_action'
OUTGOING = 'civic_outgoing.civic_document_action_outgoing'


class CivicHome(models.AbstractModel):
    """What waits for the person among the outgoing documents."""

    _inherit = 'civic.home'

    @api.model
    def _get_blocks(self, sections):
        blocks = super()._get_blocks(sections)
        for section, prepare in (
            ('clerk', self._prepare_issue_block),
            ('leader', self._prepare_sign_block),
            ('specialist', self._prepare_draft_block),
        ):
            if section in sections:
                blocks.append(prepare())
        return blocks

    @api.model
    def _prepare_issue_block(self):
        own = Domain('direction', '=', 'outgoing') & Domain('drafter_id', '!=', False)
        late = own & Domain('is_issue_late', '=', True)
        signed = own & Domain('state', '=', 'signed')
        registered = own & Domain('state', '=', 'registered')
        failed = Domain('state', '=', 'failed')
        return {
            'key': 'to_issue', 'section': 'clerk', 'kind': 'figures', 'title': self.env._("Outgoing documents"),
            'items': [
                self._prepare_counted('to_number', self.env._("To number"), 'civic.document', signed, TO_ISSUE),
                self._prepare_counted('to_issue', self.env._("To issue"), 'civic.document', registered, TO_ISSUE),
                self._prepare_counted('issue_late', self.env._("Late to issue"), 'civic.document', late, TO_ISSUE, tone='danger'),
                self._prepare_counted(
                    'not_delivered', self.env._("Not delivered"), 'civic.dispatch', failed, DISPATCHES, tone='warning'),
            ],
        }

    @api.model
    def _prepare_sign_block(self):
        waiting = Domain('waits_for_signature', '=', True)
        urgent = waiting & Domain('urgency', '!=', 'normal')
        return {
            'key': 'to_sign', 'section': 'leader', 'kind': 'figures', 'title': self.env._("Outgoing documents"),
            'items': [
                self._prepare_figure('to_sign', self.env._("To sign"), self._count('civic.document', waiting), TO_SIGN),
                self._prepare_counted(
                    'to_sign_urgent', self.env._("Urgent to sign"), 'civic.document', urgent, TO_SIGN, tone='warning'),
            ],
        }

    @api.model
    def _prepare_draft_block(self):
        own = Domain('direction', '=', 'outgoing') & Domain('drafter_id', '=', self.env.uid)
        drafts = own & Domain('state', '=', 'draft')
        review = own & Domain('state', 'in', ('review', 'to_sign'))
        return {
            'key': 'own_drafts', 'section': 'specialist', 'kind': 'figures', 'title': self.env._("My drafts"),
            'items': [
                self._prepare_counted('drafts', self.env._("Being drafted"), 'civic.document', drafts, DRAFTS),
                self._prepare_counted('in_review', self.env._("Under review"), 'civic.document', review, DRAFTS),
            ],
        }
