from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from ..const import EXTENSION_STATES


class CivicDeadlineExtension(models.Model):
    """More time asked for an assignment, and what the leader said (Decree 30/2020, Art. 24: the head follows up).

    asked ──► approved | refused (by the leader)
      └────► void: the assignment ended before anybody decided

    Nobody writes rows directly: `civic.assignment._ask_extension` asks, the methods here decide.
    """

    _name = 'civic.deadline.extension'
    _description = "Extension of a Deadline"
    _inherit = ['civic.reason.mixin']
    _order = 'id desc'
    _rec_name = 'assignment_id'

    _civic_reason_methods = ('_refuse',)

    assignment_id = fields.Many2one('civic.assignment', required=True, index=True, ondelete='cascade')
    document_id = fields.Many2one(
        related='assignment_id.document_id', store=True, precompute=True, index=True)
    company_id = fields.Many2one(
        related='assignment_id.company_id', string="Agency", store=True, precompute=True, index=True)
    unit_id = fields.Many2one(related='assignment_id.unit_id', string="Unit")
    reason = fields.Text(required=True)
    note = fields.Text(help="What the leader said.")
    asked_by_id = fields.Many2one('res.users', string="Asked by", required=True, ondelete='restrict')
    decided_by_id = fields.Many2one('res.users', string="Decided by", ondelete='restrict')
    asked_at = fields.Datetime(required=True)
    decided_at = fields.Datetime()
    current_deadline = fields.Date(string="Deadline Then", required=True)
    proposed_date = fields.Date(string="Asked for", required=True)
    state = fields.Selection(EXTENSION_STATES, required=True, default='asked')

    _one_open = models.UniqueIndex(
        "(assignment_id) WHERE state = 'asked'", "More time has already been asked for: wait for the answer.")
    _later = models.Constraint(
        'CHECK (proposed_date > current_deadline)', "The new deadline must be later than the present one.")

    # === ACTIONS === #

    def action_approve(self):
        """Give the time that was asked for."""
        self._approve()
        return True

    def action_refuse(self):
        """Ask for the reason, then refuse."""
        self._check_may_decide()
        return self._open_reason_wizard('_refuse', self.env._("Refuse more time"))

    # === BUSINESS === #

    def _check_may_decide(self):
        """Only a leader of the agency, or who acts for one, gives more time."""
        self.check_access('read')
        self.document_id._check_may_assign()

    def _check_asked(self):
        for extension in self.sudo():
            if extension.state != 'asked':
                raise UserError(self.env._(
                    "This request for more time is “%(state)s” already.",
                    state=dict(self._fields['state']._description_selection(self.env))[extension.state]))

    def _approve(self):
        self._check_may_decide()
        self._check_asked()
        for extension in self.sudo():
            assignment = extension.assignment_id
            assignment._check_extendable(extension.proposed_date)
        deciding = self.sudo()
        deciding._decide('approved')
        for extension in deciding:
            extension.assignment_id._extend(extension.proposed_date)
        deciding._journal('approval', leaders=deciding.document_id._get_substituted_leaders())
        deciding._notify_decided()

    def _refuse(self, reason):
        self._check_may_decide()
        self._check_asked()
        self.document_id._check_secret_text(reason, where='reason', model=self._name, res_id=self[:1].id)
        refused = self.sudo()
        refused._decide('refused', note=reason)
        refused._journal('refusal', reason=reason, leaders=refused.document_id._get_substituted_leaders())
        refused._notify_decided()

    def _decide(self, state, **values):
        self.write({
            'state': state, 'decided_by_id': self.env.uid, 'decided_at': fields.Datetime.now(), **values})

    def _notify_decided(self):
        for user, extensions in self.grouped('asked_by_id').items():
            self.env['civic.notification']._notify('approval_decided', user, extensions.document_id, {
                extension.document_id.id: extension.note or self.env._(
                    "Deadline: %s", format_date(self.env, extension.assignment_id.deadline))
                for extension in extensions})

    def _void(self):
        """The assignment ended: there is nothing left to decide."""
        asked = self.filtered(lambda extension: extension.state == 'asked')
        asked.write({'state': 'void', 'decided_at': fields.Datetime.now()})

    def _journal(self, event_type, reason=None, leaders=None):
        """One line per document.

        :param leaders: {document id: the absent leader in whose place it was decided}
        """
        leaders = leaders or {}
        details = {}
        for extension in self:
            details[extension.document_id.id] = {
                'extension': extension.id,
                'assignment': extension.assignment_id.id,
                'unit': extension.unit_id.name,
                'from': fields.Date.to_string(extension.current_deadline),
                'to': fields.Date.to_string(extension.proposed_date),
                'reason': reason or extension.reason,
                **({'on_behalf_of': leaders[extension.document_id.id].login}
                   if extension.document_id.id in leaders else {}),
            }
        self.env['civic.journal.entry']._append(event_type, self.document_id, details=details)
