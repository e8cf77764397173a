from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import AccessError, LockError, UserError
from odoo.fields import Domain

from ..const import CAPACITIES, REVIEW_STATES


class CivicDocument(models.Model):
    """The signature of the competent person (Decree 30/2020, Article 13).

    Signing needs the draft approved (11.1), content and form checked (12), an authority that holds today (13), and the
    PDF of the current version. With the signature the document is locked: what was signed is known by its digest.
    """

    _inherit = 'civic.document'

    signed_by_id = fields.Many2one('res.users', "Signed by", readonly=True, copy=False, ondelete='restrict')
    signed_at = fields.Datetime("Signed on", readonly=True, copy=False)
    signed_capacity = fields.Selection(CAPACITIES, "Signing Capacity", readonly=True, copy=False)
    signed_content_id = fields.Many2one(
        'civic.content', "Signed File", readonly=True, copy=False, index='btree_not_null', ondelete='restrict')
    signed_sha256 = fields.Char("Digest of What Was Signed", readonly=True, copy=False)
    can_sign = fields.Boolean(compute='_compute_can_sign', search='_search_can_sign')
    waits_for_signature = fields.Boolean(
        "Waits for My Signature", compute='_compute_can_sign', search='_search_can_sign')
    # whether the signer is asked today to approve or sign: stored, for what waits is asked for at every look at the list
    signature_asked = fields.Boolean(
        compute='_compute_signature_asked', store=True, precompute=True, export_string_translation=False)

    _to_sign_idx = models.Index("(signer_id, company_id, urgency_rank DESC, date_sort, id) WHERE signature_asked IS TRUE")

    @api.depends(
        'state', 'signer_id', 'route_case_ids.state', 'route_task_ids.state', 'route_task_ids.kind', 'route_task_ids.user_ids')
    def _compute_signature_asked(self):
        for document in self:
            if not document.signer_id or document.state not in REVIEW_STATES:
                document.signature_asked = False
                continue
            asked = document.route_task_ids.filtered(
                lambda task: task.state == 'open' and task.kind in ('sign', 'approve'))
            document.signature_asked = document.signer_id in asked.user_ids or (
                document.state == 'to_sign' and 'running' not in document.route_case_ids.mapped('state'))

    @api.depends('signature_asked', 'signer_id')
    @api.depends_context('uid')
    def _compute_can_sign(self):
        for document in self:
            document.can_sign = document.waits_for_signature = (
                document.signature_asked and document.signer_id == self.env.user)

    def _search_can_sign(self, operator, value):
        """Documents whose signature, or approval by the signer, waits for the user."""
        if operator != 'in':
            return NotImplemented
        return Domain('signer_id', '=', self.env.uid) & Domain('signature_asked', '=', True)

    # === ACTIONS === #

    def action_sign(self):
        """Sign one document; of several, sign those that can be signed and tell the others.

        Where the agency signs digitally, the PIN of the person's certificate is asked for first, once for all.
        """
        self.check_access('read')
        if any(company._signs_digitally() for company in self.company_id):
            if len(self) == 1:
                self._check_may_sign()          # what stands against it is said before the PIN is asked for
            return {
                'type': 'ir.actions.act_window',
                'name': self.env._("Sign"),
                'res_model': 'civic.sign.wizard',
                'view_mode': 'form',
                'target': 'new',
                'context': {'default_document_ids': self.ids},
            }
        if len(self) == 1:
            self._sign()
            return True
        return self._sign_many()._get_action()

    def action_give_up_signature(self):
        """Ask for the reason, then give the signed document back to its drafter."""
        self._check_may_give_up()
        return self._open_reason_wizard('_give_up_signature', self.env._("Give the Signed Document Back"))

    # === BUSINESS === #

    def _sign(self, signing=None):
        """Approve, if that has still to be done, and sign in the capacity that the user has today.

        :param signing: (certificate, open key) of the person, see `_open_signing`
        """
        self.ensure_one()
        self.check_access('read')
        self._lock_for_signing()
        authority = self._check_may_sign()
        self._approve_before_signing()
        self._check_ready_to_sign()
        day = self._today()
        # sudo: the PDF is read and kept on behalf of the signer
        pdf = self.sudo().current_version_id.pdf_content_id
        block = authority._get_block()
        values = {
            'signed_by_id': self.env.uid,
            'signed_at': fields.Datetime.now(),
            'signed_capacity': authority.capacity,
            'signing_authority_id': authority.id,
            'signer_name': authority.signer_name,
            'signer_position': block[-1],
            'signed_sha256': pdf.sha256,
            'signed_content_id': pdf.id,
        }
        signed = self._sign_as_person(pdf, authority, signing)
        if signed:
            values['signed_content_id'] = signed.id
        self._move_to('signed', **values)
        if signed:
            self.sudo()._write_by_system({'main_content_id': signed.id})
        self.env['civic.journal.entry']._append('approval', self, detail={
            'act': 'sign', 'capacity': authority.capacity, 'authority': authority.id, 'day': fields.Date.to_string(day),
            'version': self.current_version_id.number, 'sha256': pdf.sha256})
        self._complete_route('sign', 'approval')
        self._on_signed()

    def _sign_as_person(self, content, authority, signing=None):
        """Hook: put the person's digital signature into the PDF; return the signed file, or nothing if none is made.

        :param content: the PDF of the current version (`civic.content`, as superuser)
        :param authority: the `civic.signing.authority` under which the person signs
        :param signing: (certificate, open key) of the person
        """
        return self.env['civic.content']

    def _on_signed(self):
        """The records office hears of what it has to number and issue."""
        clerks = self.env['res.users'].sudo().search([
            ('all_group_ids', 'in', self.env.ref('civic_base.group_clerk').ids),
            ('company_ids', 'in', self.company_id.ids), ('share', '=', False)])
        self.env['civic.notification']._notify('outgoing_signed', clerks, self.sudo(False))

    def _lock_for_signing(self):
        try:
            self.lock_for_update(allow_referencing=True)
        except LockError as error:
            raise UserError(self.env._(
                "Somebody else is acting on this document at this moment. Open it again to see what was done.",
            )) from error
        self.invalidate_recordset(['state', 'signed_by_id', 'current_version_id'])

    def _check_may_sign(self):
        """Return the authority of the user for this document, or refuse: state, person and authority, in this order."""
        self.ensure_one()
        if self.state not in REVIEW_STATES:
            if self.sudo().signed_by_id:
                raise UserError(self.env._(
                    "“%(document)s” was already signed by %(person)s.",
                    document=self.display_name, person=self.sudo().signed_by_id.name))
            raise UserError(self.env._("“%s” is not submitted for signature.", self.display_name))
        asked = self._get_sign_tasks()
        running = self._get_running_cases()
        if not asked and (running or self.signer_id != self.env.user):
            raise AccessError(self.env._("“%s” does not wait for your signature.", self.display_name))
        authorities, reasons = self.env['civic.signing.authority']._examine(self.env.user, self)
        if not authorities:
            raise UserError("\n".join(reasons))
        # sudo: compared with what was found as superuser
        chosen = self.sudo().signing_authority_id
        return chosen if chosen in authorities else authorities[:1]

    def _approve_before_signing(self):
        """One tap: who signs approves the draft by it, if the route asks for the approval one step before."""
        approving = self._get_sign_tasks().filtered(lambda task: task.kind == 'approve')
        if approving and self.signer_id == self.env.user:
            approving.with_env(self.env)._act()
            self.invalidate_recordset(['approved_at', 'approved_by_id', 'state'])

    def _check_ready_to_sign(self):
        """Art. 11.1 and 12: refuse what was not approved or not checked; and what cannot be read."""
        document = self.sudo()              # sudo: states of the document, that the signer reads anyway
        uses = self.env['civic.rule.value']._get('outgoing.checks_before_signing', company=self.company_id)
        if uses and not (document.content_checked_at and document.format_checked_at):
            missing = [
                name for name in ('content_checked_at', 'format_checked_at') if not document[name]]
            raise UserError(self.env._(
                "“%(document)s” cannot be signed yet (Decree 30/2020, Article 12): %(fields)s is missing.",
                document=self.display_name, fields=self._get_field_labels(missing)))
        running = document.route_case_ids.filtered(lambda case: case.state == 'running')
        blocking = running.task_ids.filtered(
            lambda task: task.state == 'open' and task.kind not in ('sign', 'inform', 'issue'))
        if blocking:
            raise UserError(self.env._(
                "“%(document)s” cannot be signed yet: %(step)s.",
                document=self.display_name, step=blocking._get_holder_summary()))
        approves = any(
            step.kind == 'approve' for step in document.route_case_id.version_id.step_ids)
        if approves and not document.approved_at:
            raise UserError(self.env._(
                "The draft of “%s” is not approved by the person competent to sign (Decree 30/2020, Article 11.1).",
                self.display_name))
        version = document.current_version_id
        if version.pdf_state == 'pending':
            raise UserError(self.env._("The PDF of “%s” is still being made. Try again in a moment.", self.display_name))
        if version.pdf_state != 'done' or not version.pdf_content_id:
            raise UserError(self.env._(
                "There is no PDF of “%(document)s” to sign: %(problem)s",
                document=self.display_name, problem=version.pdf_error or "…"))

    def _sign_many(self, signing=None):
        """Sign each document by itself: what cannot be signed is told, and stops nothing.

        :rtype: civic.batch.result
        """
        lines, done = [], 0
        for document in self:
            try:
                with self.env.cr.savepoint():
                    document._sign(signing)
            except (UserError, AccessError) as error:
                document.invalidate_recordset()
                lines.append((document.sudo().display_name, str(error.args[0])))
            else:
                done += 1
        return self.env['civic.batch.result']._make(
            self.env._("Signed: %(done)s of %(all)s", done=done, all=len(self)), lines)

    # === GIVING UP A SIGNATURE === #

    @api.model
    def _get_phrase_kind(self, method):
        return 'return' if method == '_give_up_signature' else super()._get_phrase_kind(method)

    def _check_may_give_up(self):
        self.check_access('read')
        is_clerk = self.env.user.has_group('civic_base.group_clerk')
        for document in self:
            if document.state != 'signed':
                raise UserError(self.env._(
                    "Only a document that is signed and has no number yet can be given back: “%s” is not.",
                    document.display_name))
            if not is_clerk and document.sudo().signed_by_id != self.env.user:
                raise AccessError(self.env._("Only the records office, or who signed, gives a signed document back."))

    def _give_up_signature(self, reason):
        """A mistake was found after the signature and before the number: the drafter mends it, and all decide anew."""
        self._check_may_give_up()
        self._check_secret_text(reason, where='reason', model=self._name, res_id=self[:1].id)
        for document in self:
            details = {'act': 'signature_given_up', 'reason': reason, 'signed_by': document.sudo().signed_by_id.login,
                       'sha256': document.signed_sha256}
            document._move_to(
                'draft', signed_by_id=False, signed_at=False, signed_capacity=False, signed_content_id=False,
                signed_sha256=False, signer_name=False, signer_position=False, issue_due_at=False,
                content_checked_by_id=False, content_checked_at=False, format_checked_by_id=False,
                format_checked_at=False, approved_by_id=False, approved_at=False)
            document.sudo()._write_by_system({
                'main_content_id': document.sudo().current_version_id.pdf_content_id.id})
            self.env['civic.journal.entry']._append('withdrawal', document, detail=details)
            document.message_post(body=Markup("%s: %s") % (self.env._("The signature was given up"), reason))
            self.env['civic.notification']._notify(
                'outgoing_returned', document.sudo().drafter_id, document, reason)
