from odoo import api, fields, models
from odoo.exceptions import UserError

from ..const import HELD_ASSIGNMENT_STATES


class CivicAssignment(models.Model):
    """The end of an assignment: the result, its approval, and what ends with the lead (Decree 30/2020, Art. 24)."""

    _inherit = 'civic.assignment'

    _civic_reason_methods = ('_return_to_leader', '_refuse_result')

    needs_approval = fields.Boolean(
        string="Result to Approve", help="The assignment ends only when a leader has approved the result.")
    reply_document_id = fields.Many2one(
        'civic.document', string="Reply", index='btree_not_null', ondelete='restrict',
        help="The document that answers this one.")
    reply_reference = fields.Char(
        string="Reply: Number and Notation", help="The number and notation of the document that answers this one.")
    review_note = fields.Text(string="Note on the Result", help="What the leader said of the result.")
    approved_by_id = fields.Many2one('res.users', string="Approved by", ondelete='restrict')
    submitted_at = fields.Datetime(string="Submitted for Approval at")
    approved_at = fields.Datetime()
    closed_with_lead = fields.Boolean(
        string="Ended with the Lead Unit", help="The lead unit finished; this one had nothing left to do.")

    @api.model
    def _get_phrase_kind(self, method):
        kinds = dict.fromkeys(('_return_to_leader', '_refuse_result'), 'return')
        return kinds.get(method) or super()._get_phrase_kind(method)

    # === ACTIONS === #

    def action_approve_result(self):
        """Accept the result: the assignment is done."""
        self._approve_result()
        return True

    def action_refuse_result(self):
        """Ask for the reason, then give the result back to be mended."""
        self._check_may_decide()
        return self._open_reason_wizard('_refuse_result', self.env._("Give the result back"))

    # === BUSINESS === #

    def _finish(self, result, reply_document=None, reply_reference=''):
        """Answer with what came out of it; the lead's answer closes the document.

        If the leader wants to approve the result, the assignment waits for that first.
        """
        self._check_own()
        self._check_open()
        result = (result or '').strip()
        reply_reference = (reply_reference or '').strip()
        if not result and not reply_document and not reply_reference:
            raise UserError(self.env._("Say what came out of the handling."))
        for text in (result, reply_reference):
            self.document_id._check_secret_text(text, where='result', model=self._name, res_id=self[:1].id)
        if reply_document:
            reply_document.check_access('read')
            if reply_document in self.document_id:
                raise UserError(self.env._("A document cannot be its own reply."))
        self._mark_read()
        now = fields.Datetime.now()
        # a document for information was only read by that
        finishing = self.sudo().filtered(lambda assignment: assignment.state in HELD_ASSIGNMENT_STATES)
        principals = finishing._get_principals()
        for principal, assignments in finishing.grouped(
                lambda assignment: principals.get(assignment.id, self.env['res.users'])).items():
            assignments.write({'done_for_id': principal.id})
        finishing.write({
            'done_by_id': self.env.uid,
            'result': result,
            'reply_document_id': reply_document and reply_document.id,
            'reply_reference': reply_reference or (reply_document and reply_document.reference),
        })
        finishing.filtered(lambda assignment: not assignment.started_at).write({'started_at': now})
        finishing._close_activities()
        submitted = finishing.filtered('needs_approval')
        submitted.write({'state': 'review', 'submitted_at': now, 'review_note': False})
        submitted._journal('completion', principals, approval='asked')
        submitted._notify('approval_asked', lambda row: row._get_leaders_to_tell(), 'result')
        # sudo: the unit may not write the document, only answer for its own assignment
        submitted.filtered(
            lambda assignment: assignment.kind == 'lead' and assignment.document_id.state == 'assigned'
        ).document_id._move_to('handling')
        (finishing - submitted)._close('completion', principals)

    def _close(self, event_type, principals=None):
        """Mark the assignments (as superuser) as done; with the lead ends the document, and what others had to do.

        :param principals: {assignment id: who is absent and was acted for}
        """
        if not self:
            return
        now = fields.Datetime.now()
        self.write({'state': 'done', 'done_at': now})
        self.extension_ids._void()
        self._journal(event_type, principals)
        documents = self.filtered(lambda assignment: assignment.kind == 'lead').document_id
        documents._move_to('done', done_at=now)
        followers = (documents.filtered('company_id.incoming_close_with_lead').assignment_ids - self).filtered(
            lambda assignment: assignment.state in HELD_ASSIGNMENT_STATES)
        followers._close_activities()
        followers.write({'state': 'done', 'done_at': now, 'closed_with_lead': True})
        followers.extension_ids._void()
        if followers:
            followers._journal('closing')
        (self.document_id | documents)._on_assignment_finished(self | followers)

    # === APPROVAL === #

    def _check_may_decide(self):
        """Only a leader of the agency, or who acts for one, approves a result."""
        self.check_access('read')
        self.document_id._check_may_assign()

    def _check_submitted(self):
        for assignment in self.sudo():
            if assignment.state != 'review':
                raise UserError(self.env._(
                    "No result of %(unit)s waits for approval: the assignment is “%(state)s”.",
                    unit=assignment.unit_id.name,
                    state=dict(self._fields['state']._description_selection(self.env))[assignment.state]))

    def _approve_result(self, note=''):
        self._check_may_decide()
        self._check_submitted()
        if note:
            self.document_id._check_secret_text(note, where='note', model=self._name, res_id=self[:1].id)
        approved = self.sudo()
        approved.write({
            'approved_by_id': self.env.uid, 'approved_at': fields.Datetime.now(), 'review_note': note or False})
        approved._close('approval', approved._get_substituted_leaders())
        approved._notify('approval_decided', lambda row: row.done_by_id, 'review_note')

    def _refuse_result(self, reason):
        """The result is not good enough: back to who handles it, with the reason."""
        self._check_may_decide()
        self._check_submitted()
        self.document_id._check_secret_text(reason, where='reason', model=self._name, res_id=self[:1].id)
        refused = self.sudo()
        refused.write({'state': 'handling', 'review_note': reason})
        refused._journal('return', refused._get_substituted_leaders(), reason=reason, again=True)
        refused._schedule_handling()
        refused._notify('approval_decided', lambda row: row.done_by_id, 'review_note')

    def _notify(self, event, get_people, text):
        """Tell the people of each assignment what the text field says.

        :param get_people: function that returns the people of one assignment
        """
        told = {}
        for assignment in self:
            for user in get_people(assignment):
                told[user] = told.get(user, self.browse()) | assignment
        for user, assignments in told.items():
            self.env['civic.notification']._notify(event, user, assignments.document_id, {
                assignment.document_id.id: assignment[text] or "" for assignment in assignments})
