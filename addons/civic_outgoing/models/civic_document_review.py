from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from ..const import REVIEW_STATES


class CivicDocument(models.Model):
    """Review and approval of an outgoing document on its route (Decree 30/2020, Articles 10 to 12).

    Submitting puts the draft on the first route that fits. The checks of content (12.1) and of form (12.2) and the
    approval of the draft by the signer (11.1) are stored apart, each with person and time. What was returned to an
    earlier step loses what was decided from there on.
    """

    _inherit = 'civic.document'
    _civic_reason_methods = ('_cancel', '_return_to_sender', '_give_up_signature', '_recall')

    submitted_at = fields.Datetime("Submitted on", readonly=True, copy=False)
    content_checked_by_id = fields.Many2one(
        'res.users', "Content Checked by", readonly=True, copy=False, ondelete='restrict',
        help="The head of the drafting unit, responsible for the content (Decree 30/2020, Article 12.1).")
    content_checked_at = fields.Datetime("Content Checked on", readonly=True, copy=False)
    format_checked_by_id = fields.Many2one(
        'res.users', "Format Checked by", readonly=True, copy=False, ondelete='restrict',
        help="Responsible for form and technique (Decree 30/2020, Article 12.2).")
    format_checked_at = fields.Datetime("Format Checked on", readonly=True, copy=False)
    approved_by_id = fields.Many2one(
        'res.users', "Draft Approved by", readonly=True, copy=False, ondelete='restrict',
        help="The person competent to sign (Decree 30/2020, Article 11.1).")
    approved_at = fields.Datetime("Draft Approved on", readonly=True, copy=False)
    checked_version = fields.Integer("Version Checked", readonly=True, copy=False, aggregator=None)
    review_task_ids = fields.One2many(
        'civic.route.task', 'document_id', "Checks, Initials and Opinions", readonly=True,
        domain=[('kind', '!=', 'inform'), ('state', 'in', ('open', 'done', 'returned'))])
    return_note = fields.Text("Why It Came Back", compute='_compute_return_note')

    @api.depends('route_task_ids.state', 'state')
    def _compute_return_note(self):
        """Why the document came back: told to the drafter, and to the head of the unit, where it now is."""
        # sudo: who may read the document may read why it came back
        tasks = self.env['civic.route.task'].sudo().search(
            Domain('document_id', 'in', self.ids) & Domain('state', '=', 'returned'), order='id').grouped('document_id')
        notes = {document.id: members[-1:] for document, members in tasks.items()}
        for document in self:
            task = notes.get(document._origin.id)
            shown = task and document.direction == 'outgoing' and document.state in ('draft', *REVIEW_STATES)
            if shown and document.state != 'draft':
                shown = not any(
                    other.id > task.id and other.state == 'done' for other in document.sudo().route_task_ids)
            document.return_note = shown and f"{task.acted_by_id.name}: {task.comment}"

    # === ACTIONS === #

    def action_submit(self):
        """Put the drafts on their routes."""
        self._submit()
        return True

    def action_withdraw_draft(self):
        """Take the document back to draft while nobody has acted on it."""
        self.check_access('read')
        return self.route_case_id.action_withdraw()

    # === SUBMIT === #

    def _submit(self):
        """Put the drafts on the first route that fits each of them."""
        self._check_submitter()
        for document in self:
            document._check_before_submission()
        self._move_to(
            'review', submitted_at=fields.Datetime.now(), content_checked_by_id=False, content_checked_at=False,
            format_checked_by_id=False, format_checked_at=False, approved_by_id=False, approved_at=False)
        for company in self.company_id:
            self.env['civic.route']._ensure_outgoing(company)
        cases = self._start_route()
        for document in self:
            if document not in cases.document_id:
                raise UserError(self.env._(
                    "No route takes “%s”. Ask the records administrator to publish one for such documents.",
                    document.display_name))

    def _check_before_submission(self):
        """Refuse a draft that lacks what those need who check and sign it."""
        self.ensure_one()
        missing = [
            name for name in ('type_id', 'subject', 'unit_id', 'signer_id') if not self[name]]
        if missing:
            raise UserError(self.env._(
                "Fill in before submitting “%(document)s”: %(fields)s.",
                document=self.display_name, fields=self._get_field_labels(missing)))
        if not self.code_notation:
            raise UserError(self._get_notation_problem())
        if not self.current_version_id:
            raise UserError(self.env._(
                "“%s” has no file yet: make it from the template or upload it (Decree 30/2020, Article 10.2).",
                self.display_name))
        if not self.recipient_ids:
            raise UserError(self.env._("Say who receives “%s”.", self.display_name))
        if not self.type_id._is_valid_on(self._today()):
            raise UserError(self.env._("The document type “%s” is not in use any more.", self.type_id.display_name))
        self._get_authority()
        if self.company_id.outgoing_block_on_layout and self.layout_findings:
            raise UserError(self.env._(
                "The file of “%s” deviates from the layout that the agency asks for: see the list of deviations.",
                self.display_name))

    def _get_authority(self):
        """Return the authority under which the signer signs, or refuse (Art. 13)."""
        self.ensure_one()
        authorities, reasons = self.env['civic.signing.authority']._examine(self.signer_id, self)
        # sudo: the authorities are found as superuser, so they are compared so
        chosen = self.sudo().signing_authority_id
        if chosen and chosen in authorities:
            return chosen
        if not authorities or chosen:
            raise UserError("\n".join(reasons or [self.env._("The chosen authority does not cover this document.")]))
        return authorities[:1]

    # === HOOKS OF ROUTES === #

    def _on_route_opened(self, tasks):
        super()._on_route_opened(tasks)
        opened = tasks.filtered(lambda task: task.state == 'open' and task.document_id._is_drafted())
        for document, members in opened.grouped('document_id').items():
            document._note_opened(set(members.mapped('kind')))

    def _note_opened(self, kinds):
        """What is asked anew is not decided any more; the state says whether the signer's turn has come."""
        self.ensure_one()
        values = {}
        if 'content_check' in kinds:
            values.update(content_checked_by_id=False, content_checked_at=False)
        if kinds & {'content_check', 'format_check'}:
            values.update(format_checked_by_id=False, format_checked_at=False)
        if kinds & {'content_check', 'format_check', 'approve'}:
            values.update(approved_by_id=False, approved_at=False)
        if values:
            self.sudo()._write_by_system(values)
        if self.state in REVIEW_STATES and kinds - {'inform'}:
            state = 'to_sign' if 'sign' in kinds else 'review'
            if state != self.state:
                self.sudo()._move_to(state)

    def _on_route_closed(self, tasks):
        super()._on_route_closed(tasks)
        acted = tasks.filtered(lambda task: task.acted_by_id and task.document_id._is_drafted())
        for number, members in acted.grouped(lambda task: task.document_id.current_version_id.number).items():
            members.version_number = number
        for task in tasks.filtered(lambda task: task.state == 'done' and task.document_id._is_drafted()):
            document = task.document_id
            person = task.acted_by_id.id
            values = {}
            if task.kind == 'content_check':
                values = {'content_checked_by_id': person, 'content_checked_at': task.done_at}
            elif task.kind == 'format_check':
                values = {'format_checked_by_id': person, 'format_checked_at': task.done_at}
            elif task.kind == 'approve' and document.signer_id in (task.acted_by_id, task.principal_id):
                values = {'approved_by_id': person, 'approved_at': task.done_at}
            if values:
                document._write_by_system({**values, 'checked_version': document.current_version_id.number})

    def _on_route_done(self, cases):
        super()._on_route_done(cases)
        waiting = cases.document_id.filtered(lambda document: document._is_drafted() and document.state == 'review')
        if waiting:
            waiting._move_to('to_sign')

    def _on_route_stopped(self, cases):
        super()._on_route_stopped(cases)
        cases.document_id._go_back_to_draft()

    def _on_route_sent_home(self, cases):
        super()._on_route_sent_home(cases)
        documents = cases.document_id._go_back_to_draft()
        for drafter, members in documents.grouped('drafter_id').items():
            self.env['civic.notification']._notify('outgoing_returned', drafter, members.sudo(False), {
                document.id: document.return_note or "" for document in members})

    def _go_back_to_draft(self):
        """The drafter has the documents again; what was decided about them is void."""
        returned = self.filtered(lambda document: document._is_drafted() and document.state in REVIEW_STATES)
        if returned:
            returned._move_to(
                'draft', content_checked_by_id=False, content_checked_at=False, format_checked_by_id=False,
                format_checked_at=False, approved_by_id=False, approved_at=False)
        return returned

    def _cancel(self, reason):
        drafted = self.filtered(lambda document: document._is_drafted() and document.state in REVIEW_STATES)
        if drafted:
            raise UserError(self.env._("“%s” is under review: withdraw it first.", drafted[0].display_name))
        return super()._cancel(reason)

    def _prepare_registration_facts(self):
        facts = super()._prepare_registration_facts()
        if self._is_drafted():
            # a route begins when the draft is submitted
            facts.update(state='review')
        return facts


class CivicRouteCase(models.Model):
    _inherit = 'civic.route.case'

    def _check_may_withdraw(self):
        """The drafter may withdraw an outgoing document that a colleague submitted on the own behalf."""
        drafted = self.filtered(
            lambda case: case.sudo().document_id._is_drafted() and case.sudo().document_id.drafter_id == self.env.user)
        if self - drafted:
            super(CivicRouteCase, self - drafted)._check_may_withdraw()
        drafted.check_access('read')
        for case in drafted:
            if case.state != 'running':
                raise UserError(self.env._("“%s” is not on a route any more.", case.document_id.display_name))
            acted = case.sudo().task_ids.filtered('acted_by_id')
            if acted:
                raise AccessError(self.env._(
                    "%(person)s has already acted on “%(document)s”: ask for its return instead.",
                    person=acted[0].acted_by_id.name, document=case.document_id.display_name))
