from odoo import api, fields, models
from odoo.exceptions import AccessError, LockError, UserError
from odoo.tools import format_date

from odoo.addons.civic_base.const import DEFAULT_TZ


class CivicDocument(models.Model):
    """The moves of a document: registering and cancelling. Higher rooms add their states to the same table."""

    _inherit = 'civic.document'
    _civic_reason_methods = ('_cancel',)

    # === STATES === #

    @api.model
    def _get_transitions(self):
        """Return {state: {next state: groups that may make the move}}.

        A room that adds states extends the answer of super(). No groups: whoever may read the document; the
        calling act then has a rule of its own.
        """
        return {
            'draft': {
                'registered': ('civic_base.group_clerk',),
                'cancelled': ('civic_base.group_clerk',),
            },
            'registered': {
                'cancelled': ('civic_base.group_clerk',),
            },
        }

    def _get_moves(self, transitions):
        """Return {next state: groups that may make the move} from where this document is."""
        self.ensure_one()
        return transitions.get(self.state, {})

    def _check_move(self, state):
        """Refuse a move that the table does not have, or not for this user."""
        self.check_access('read')
        transitions = self._get_transitions()
        labels = dict(self._fields['state']._description_selection(self.env))
        for document in self:
            groups = document._get_moves(transitions).get(state)
            if groups is None:
                raise UserError(self.env._(
                    "“%(document)s” is %(state)s and cannot become %(next)s.",
                    document=document.display_name,
                    state=labels.get(document.state, document.state), next=labels.get(state, state)))
            if groups and not self.env.su and not any(self.env.user.has_group(group) for group in groups):
                raise AccessError(self.env._(
                    "Your role does not allow you to move “%(document)s” to %(next)s.",
                    document=document.display_name, next=labels.get(state, state)))

    def _move_to(self, state, **values):
        """Move the documents to ``state`` and write ``values`` with it: the only door to a state.

        The calling act journals what it means.
        """
        self._check_move(state)
        # sudo: the table has just said that this user may make this move
        self.sudo()._write_by_system({'state': state, **values})

    # === ACTIONS === #

    def action_register(self):
        """Give each draft the next number of its register."""
        self._register_documents()

    def action_cancel(self):
        """Ask for the reason, then cancel."""
        self._check_move('cancelled')
        return self._open_reason_wizard('_cancel', self.env._("Cancel the Document"))

    def action_correct(self):
        """Open the form that corrects what stands since registration."""
        self.ensure_one()
        self.check_access('write')
        return {
            'type': 'ir.actions.act_window',
            'name': self.env._("Correct the Metadata"),
            'res_model': 'civic.document.correction',
            'view_mode': 'form',
            'target': 'new',
            'context': {'default_document_id': self.id},
        }

    # === REGISTER === #

    def _register_documents(self, date=None):
        """Register the drafts, on ``date`` or else the day that each one carries.

        (The short name `_register` is taken by the ORM: every model class sets it to a boolean.)

        Every check comes first, the number last: from the moment it is drawn, other clerks of the same register
        wait for this transaction.
        """
        for document in self:
            if not document._awaits_registration():
                raise document._already_registered()
        self._check_move('registered')
        try:
            self.lock_for_update(allow_referencing=True)
        except LockError as error:
            raise UserError(self.env._(
                "Someone else is registering this document at this moment. Open it again to see its number.",
            )) from error
        for document in self:
            document._check_before_registration(document._get_registration_date(date))
        self._draw_numbers(date)

    def _draw_numbers(self, date=None):
        """Take the numbers and write them, in one UPDATE and one journal line each."""
        days = {document: document._get_registration_date(date) for document in self}
        profiles = {day: self.env['civic.rule.profile']._for_date(day).id for day in set(days.values())}
        # The day of the agency decides, not that of a browser far away.
        documents = self.with_context(tracking_disable=True, tz=DEFAULT_TZ)
        numbered = documents.env['civic.register']._number_documents(documents, date)
        now = fields.Datetime.now()
        details = {}
        for document in documents:
            register, number, day = numbered[document]
            document._move_to(
                'registered',
                register_id=register.id,
                register_number=number,
                registered_at=now,
                registered_by_id=self.env.uid,
                profile_id=profiles[day],
                **document._prepare_registration_values(register, number, day),
            )
            details[document.id] = {
                'register': register.id,
                'number': number,
                'date': fields.Date.to_string(day),
                'direction': document.direction,
                **({'unit_id': document.unit_id.id} if document.unit_id else {}),
            }
        self.env['civic.journal.entry']._append('registration', self, details=details)

    def _prepare_registration_values(self, register, number, day):
        """Return what the number brings with it, beside the number itself. Higher rooms extend it."""
        self.ensure_one()
        label = register._format_number(number)
        values = {'register_label': label}
        if self.direction != 'incoming':
            # An own document bears the number of the register; an incoming one keeps that of its issuer.
            values.update(code_number=label, issue_date=day)
        return values

    def _get_registration_date(self, date=None):
        """The day under which the document stands in the register."""
        self.ensure_one()
        own = self.arrival_date if self.direction == 'incoming' else self.issue_date
        return fields.Date.to_date(date) or own or self._today()

    def _awaits_registration(self):
        """Whether the document has come to where it gets its number. Higher rooms have states of their own for that."""
        self.ensure_one()
        return self.state == 'draft'

    def _check_before_registration(self, day):
        """Refuse a draft that lacks what the register needs. Higher rooms extend it."""
        self.ensure_one()
        if self.direction == 'none':
            raise UserError(self.env._(
                "Say whether “%s” is incoming, outgoing or internal: others are not registered.", self.display_name))
        missing = [name for name in self._get_required_fields() if not self[name]]
        if missing:
            raise UserError(self.env._(
                "Fill in before registering “%(document)s”: %(fields)s.",
                document=self.display_name, fields=self._get_field_labels(missing)))
        if self.direction == 'incoming' and not self.issuer_id and not self.issuer_name:
            raise UserError(self.env._(
                "Say who issued “%s”: choose an agency, or type the name as the document has it.", self.display_name))
        if not (self.paper_original or self.main_content_id or self.content_ids):
            raise UserError(self.env._(
                "“%s” has no file. Attach the original, or say that the original is paper.", self.display_name))
        if day > self._today():
            raise UserError(self.env._(
                "A document cannot be registered under a day to come (%s).", format_date(self.env, day)))
        if not self.company_id._is_agency_valid(day):
            raise UserError(self.env._(
                "%(agency)s did not exist on %(date)s: nothing can be registered for it under that day.",
                agency=self.company_id.display_name, date=format_date(self.env, day)))
        if self.type_id and not self.type_id._is_valid_on(self.issue_date or day):
            raise UserError(self.env._(
                "The document type “%(type)s” was not in use on %(date)s.",
                type=self.type_id.display_name, date=format_date(self.env, self.issue_date or day)))
        if self.access_level == 'restricted' and not self.user_ids:
            raise UserError(self.env._("A document for named people needs at least one name."))
        self._check_secrecy()

    def _get_required_fields(self):
        """Fields that must be filled in before the document is registered."""
        self.ensure_one()
        if self.direction == 'incoming':
            return ['subject', 'arrival_date']
        return ['subject', 'type_id', 'code_notation']

    def _already_registered(self):
        """Return the error for a document that is no draft any more, telling who was first."""
        self.ensure_one()
        if self.state == 'cancelled':
            return UserError(self.env._("“%s” is cancelled and cannot be registered.", self.display_name))
        return UserError(self.env._(
            "“%(document)s” is already registered under number %(number)s by %(person)s.",
            document=self.display_name, number=self.register_label, person=self.sudo().registered_by_id.name))

    # === CANCEL === #

    def _cancel(self, reason):
        """Cancel the documents for a reason. A number that was given stays given, and the register says why."""
        reason = (reason or '').strip()
        if not reason:
            raise UserError(self.env._("Give a reason."))
        self._check_secret_text(reason, where='cancel_reason', model=self._name)
        numbered = self.filtered('register_number')
        details = {document.id: {'reason': reason, 'number': document.register_number or False} for document in self}
        self._move_to(
            'cancelled', cancel_reason=reason, cancelled_at=fields.Datetime.now(), cancelled_by_id=self.env.uid)
        if numbered:
            self.env['civic.register.entry']._void_numbers(numbered, reason)
        self.env['civic.journal.entry']._append('cancellation', self, details=details)

    # === CORRECT === #

    @api.model
    def _get_correctable_fields(self):
        """What a clerk may have typed wrongly from the paper. Own documents are corrected by another document."""
        return {'code_number', 'code_notation', 'issue_date', 'signer_name', 'signer_position', 'paper_original'}

    def _correct(self, values, reason):
        """Correct typed metadata of registered incoming documents; the journal keeps old, new and why."""
        reason = (reason or '').strip()
        if not reason:
            raise UserError(self.env._("Give a reason."))
        if not self.env.su and not self.env.user.has_group('civic_base.group_clerk'):
            raise AccessError(self.env._("Only clerks correct the metadata of registered documents."))
        self.check_access('write')
        if set(values) - self._get_correctable_fields():
            raise UserError(self.env._("The number, date and place in the register are never corrected."))
        for document in self:
            if document.state in ('draft', 'cancelled'):
                raise UserError(self.env._("“%s” is not registered: there is nothing to correct.", document.display_name))
            if document.direction != 'incoming':
                raise UserError(self.env._(
                    "“%s” was issued by this agency: it is corrected or replaced by another document "
                    "(Decree 30/2020, Article 18.3).", document.display_name))
        self._check_secret_text(reason, where='reason', model=self._name)
        before = self._read_for_journal(values)
        self._write_by_system(values)
        self._journal_changes(values, before, reason=reason)
