import uuid

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, LockError, UserError
from odoo.fields import Domain
from odoo.tools import format_date

from ..const import GIVERS, LEVELS, STATES


class CivicTransfer(models.Model):
    """Files that are handed over to an archive, from the list to the proof (Archives Law 2024; Circular 05/2025/TT-BNV).

    draft ─► council ─► registered ─► answered ─► packing ─► packed ─► sent ─► decided ─► done
      └──────────────────► refused by the archive · cancelled by the giver

    The unit hands over to the archive of its agency, the agency to the historical archive: in the same database or by a
    channel to another server. The archive's half is `civic.accession`; both talk by signed statements alone. What was given
    is locked when the archive has signed the digests that were sent, and both sides the minutes.
    """

    _name = 'civic.transfer'
    _description = "Transfer to the Archive"
    _inherit = [
        'mail.thread', 'civic.journal.mixin', 'civic.reason.mixin', 'civic.secrecy.mixin', 'civic.minutes.mixin']
    _order = 'id desc'
    _check_company_auto = True
    _civic_minutes_side = 'giver'
    _mail_post_access = 'read'
    _civic_secrecy_texts = ('title', 'note', 'early_reason')
    _civic_secrecy_model = None
    _civic_reason_methods = ('_cancel', '_purge')

    name = fields.Char("Number", readonly=True, copy=False)
    title = fields.Char("What Is Handed Over", required=True, help="As the minutes name the block of records.")
    company_id = fields.Many2one(
        'res.company', "Agency", required=True, readonly=True, ondelete='restrict', default=lambda self: self.env.company)
    level = fields.Selection(LEVELS, required=True, readonly=True, default='historical')
    unit_id = fields.Many2one(
        'hr.department', "Unit", check_company=True, ondelete='restrict', index='btree_not_null', readonly=True)
    state = fields.Selection(STATES, required=True, readonly=True, default='draft', copy=False, tracking=True)
    key = fields.Char(
        required=True, readonly=True, copy=False, default=lambda self: str(uuid.uuid4()), export_string_translation=False)

    # whereto
    keeper_id = fields.Many2one(
        'res.partner', "Archive", required=True, ondelete='restrict', index=True, domain="[('is_agency', '=', True)]")
    keeper_company_id = fields.Many2one(
        'res.company', compute='_compute_keeper_company', store=True, index='btree_not_null', compute_sudo=True,
        export_string_translation=False)
    channel_id = fields.Many2one(
        'civic.channel', "By Channel", compute='_compute_channel', store=True, readonly=False, check_company=True,
        ondelete='restrict', index='btree_not_null', domain="[('company_id', '=', company_id)]",
        help="The way to the archive's server. Empty for an archive of this system.")
    previous_id = fields.Many2one(
        'civic.transfer', "Mends", readonly=True, copy=False, index='btree_not_null', ondelete='restrict',
        help="The transfer whose returned files come again.")
    accession_code = fields.Char("Code of the Archive", readonly=True, copy=False)
    variant_id = fields.Many2one(
        'civic.package.variant', "Variant of the Archive", compute='_compute_variant', compute_sudo=True,
        help="What the archive wants in its packages beyond the circular, on the day of packing.")
    planned_on = fields.Date("Planned for", copy=False)
    early_reason = fields.Char(
        "Why Earlier", copy=False, help="Needed when the archive is told later than the law wants; the archive reads it.")
    note = fields.Text()

    # clocks
    registered_on = fields.Date(readonly=True, copy=False)
    answer_due = fields.Date("Answer due", readonly=True, copy=False)
    answered_on = fields.Date(readonly=True, copy=False)
    sent_on = fields.Date(readonly=True, copy=False)
    decided_on = fields.Date(readonly=True, copy=False)
    done_on = fields.Date("Completed on", readonly=True, copy=False)
    is_overdue = fields.Boolean("Answer overdue", compute='_compute_is_overdue', search='_search_is_overdue')

    line_ids = fields.One2many('civic.transfer.line', 'transfer_id', "Files")
    line_count = fields.Integer("Number of Files", compute='_compute_counts')
    finding_count = fields.Integer("To Mend", compute='_compute_counts')
    built_count = fields.Integer("Packed", compute='_compute_counts')
    sent_count = fields.Integer("Sent", compute='_compute_counts')
    received_count = fields.Integer("Received", compute='_compute_counts')
    stored_count = fields.Integer("Stored", compute='_compute_counts')
    returned_count = fields.Integer("Returned", compute='_compute_counts')
    locked_count = fields.Integer("Locked", compute='_compute_counts')
    progress = fields.Float(compute='_compute_counts', aggregator=None)
    is_paused = fields.Boolean("Paused", readonly=True, copy=False)
    problem = fields.Char("What Stands in the Way", readonly=True, copy=False)
    refusal = fields.Text("Reason of Refusal", readonly=True, copy=False)

    _name_uniq = models.UniqueIndex('(company_id, name)', "This number is taken.")
    _key_uniq = models.UniqueIndex('(key)', "This transfer exists already.")
    _list_idx = models.Index('(company_id, state, id DESC)')

    # === COMPUTE METHODS === #

    @api.depends('name', 'title')
    def _compute_display_name(self):
        for transfer in self:
            transfer.display_name = ' – '.join(filter(None, [transfer.name, transfer.title]))

    @api.depends('keeper_id.agency_company_ids')
    def _compute_keeper_company(self):
        for transfer in self:
            transfer.keeper_company_id = transfer.keeper_id.agency_company_ids[:1]

    @api.depends('keeper_id')
    def _compute_channel(self):
        for transfer in self:
            if transfer.keeper_id and not transfer.sudo().keeper_id.agency_company_ids:
                # sudo: which ways there are is asked for whoever hands over
                transfer.channel_id = self.env['civic.channel'].sudo().search([
                    ('company_id', '=', transfer.company_id.id), ('partner_id', '=', transfer.keeper_id.id)], limit=1).id
            else:
                transfer.channel_id = transfer.channel_id

    @api.depends('state', 'answer_due')
    def _compute_is_overdue(self):
        today = fields.Date.context_today(self)
        for transfer in self:
            transfer.is_overdue = bool(
                transfer.state == 'registered' and transfer.answer_due and transfer.answer_due < today)

    def _search_is_overdue(self, operator, value):
        if operator != 'in':                # the ORM negates by itself
            return NotImplemented
        return Domain('state', '=', 'registered') & Domain('answer_due', '<', fields.Date.context_today(self))

    @api.depends('line_ids.state', 'line_ids.blocking_count', 'line_ids.locked_on')
    def _compute_counts(self):
        rows = self.env['civic.transfer.line']._read_group(
            [('transfer_id', 'in', self.ids)], ['transfer_id', 'state'],
            ['__count', 'blocking_count:sum', 'locked_on:count'])
        found = {transfer.id: {} for transfer in self}
        for transfer, state, number, blocking, locked in rows:
            found[transfer.id][state] = (number, blocking, locked)
        for transfer in self:
            mine = found.get(transfer._origin.id, {})

            def count(*states, mine=mine):
                return sum(mine[state][0] for state in states if state in mine)

            transfer.line_count = count(*mine)
            transfer.finding_count = sum(blocking for _number, blocking, _locked in mine.values())
            transfer.locked_count = sum(locked for _number, _blocking, locked in mine.values())
            transfer.sent_count = count('sent', 'received', 'accepted', 'returned')
            transfer.built_count = count('built') + transfer.sent_count
            transfer.received_count = count('received', 'accepted', 'returned')
            transfer.stored_count, transfer.returned_count = count('accepted'), count('returned')
            total = transfer.line_count - count('dropped')
            transfer.progress = 50.0 * (transfer.built_count + transfer.sent_count) / total if total else 0.0

    # === CONSTRAINTS === #

    @api.constrains('keeper_id', 'channel_id')
    def _check_destination(self):
        """An archive that ended takes nothing: its successor is named (two-tier government)."""
        for transfer in self:
            transfer._check_keeper(fields.Date.context_today(transfer))

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        for values in vals_list:
            given = {name for name, value in values.items() if value} - {'company_id', 'level', 'unit_id'}
            if not self.env.su and self._get_system_fields() & given:
                raise AccessError(self.env._("A transfer moves by its buttons."))
        transfers = super().create(vals_list)
        for transfer in transfers:
            transfer._check_giver()
            transfer.company_id._give_next_code(transfer, 'GN', fields.Date.context_today(transfer).year)
        self.env['civic.journal.entry']._append('creation', transfers)
        return transfers

    def write(self, vals):
        names = {name for name in vals if not name.startswith(('message_', 'activity_'))}
        if not self.env.su and names:
            if self._get_system_fields() & names:
                raise AccessError(self.env._("A transfer moves by its buttons."))
            self._check_giver()
            closed = {'keeper_id', 'channel_id', 'planned_on', 'early_reason', 'title', 'line_ids'} & names
            if closed and any(transfer.state not in ('draft', 'council') for transfer in self):
                raise UserError(self.env._("What was registered with the archive stays as it is."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_begun(self):
        self._check_giver()
        if any(transfer.state != 'draft' for transfer in self):
            raise UserError(self.env._("A transfer that was begun is cancelled with a reason, not deleted."))

    @api.model
    def _get_system_fields(self):
        return {
            'state', 'name', 'key', 'company_id', 'level', 'unit_id', 'previous_id', 'accession_code', 'registered_on', 'answer_due',
            'answered_on', 'sent_on', 'decided_on', 'done_on', 'is_paused', 'problem', 'refusal', 'minutes_state', 'minutes_sha256',
            'minutes_signers', 'minutes_attachment_id', 'minutes_given_by_id'}

    # === RIGHTS AND STATES === #

    def _check_giver(self):
        """Refuse who does not hand over at this level, or for this agency."""
        self.check_access('read')
        if self.env.su:
            return
        for transfer in self:
            if not any(map(self.env.user.has_group, GIVERS[transfer.level])) or transfer.company_id not in self.env.companies:
                raise AccessError(self.env._("Your role does not hand files over: “%s”.", transfer.display_name))

    def _check_keeper(self, day):
        """Refuse an archive that does not take the files of this agency."""
        self.ensure_one()
        # sudo: which archives there are, and which one comes after, is no secret
        keeper_sudo, company_sudo = self.sudo().keeper_id, self.sudo().keeper_company_id
        if self.level == 'unit' and company_sudo != self.company_id:
            raise UserError(self.env._("Units hand over to the archive of their own agency."))
        if self.level == 'historical' and company_sudo == self.company_id:
            raise UserError(self.env._("Choose the historical archive to which the agency hands over."))
        if company_sudo and not self.channel_id:
            company_sudo._check_archive_destination(day)
            if self.level == 'historical':
                if company_sudo.agency_level != 'archives':
                    raise UserError(self.env._("“%s” is no historical archive.", keeper_sudo.name))
                self.env['civic.fonds.source']._check_agency(company_sudo, self.company_id.partner_id, day)
        elif keeper_sudo.agency_valid_to and keeper_sudo.agency_valid_to < day:
            raise UserError(self.env._(
                "%(archive)s takes nothing since it closed on %(date)s. Choose its successor: %(successor)s.",
                archive=keeper_sudo.name, date=format_date(self.env, keeper_sudo.agency_valid_to),
                successor=keeper_sudo.successor_id.name or self.env._("none is entered")))

    @api.model
    def _get_transitions(self):
        """Return {state: {next state: whether only the system makes the move}}."""
        return {
            'draft': {'council': False, 'registered': False, 'cancelled': False},
            'council': {'registered': False, 'cancelled': False, 'draft': False},
            'registered': {'answered': True, 'refused': True, 'cancelled': False},
            'answered': {'packing': False, 'refused': True, 'cancelled': False},
            'packing': {'packed': True, 'cancelled': False},
            'packed': {'packing': False, 'sent': True, 'decided': True},
            'sent': {'decided': True},
            'decided': {'done': True},
        }

    def _check_move(self, state):
        """Refuse a move that the table does not have, or not for this user."""
        labels = dict(self._fields['state']._description_selection(self.env))
        for transfer in self:
            is_system = self._get_transitions().get(transfer.state, {}).get(state)
            if is_system is None:
                raise UserError(self.env._(
                    "“%(transfer)s” is “%(state)s” and cannot become “%(next)s”.",
                    transfer=transfer.display_name, state=labels[transfer.state], next=labels[state]))
            if is_system and not self.env.su:
                raise AccessError(self.env._("“%s” goes on when the archive has answered.", transfer.display_name))
        self._check_giver()

    def _move_to(self, state, **values):
        """Move to ``state`` and write ``values`` with it: the only door to a state. Others who act wait or are told."""
        self._check_move(state)
        try:
            # sudo: who may move it may lock it
            self.sudo().lock_for_update(allow_referencing=True)
        except LockError:
            raise UserError(self.env._("Someone else is working on this transfer at this moment. Open it again.")) from None
        self.sudo().write({'state': state, **values})

    # === ACTIONS === #

    def action_register(self):
        """Register the submission with the archive: all checks first, all their findings at once."""
        for transfer in self:
            transfer._check_move('registered')
            today = fields.Date.context_today(transfer)
            transfer._check_keeper(today)
            transfer._check_council_done()
            transfer._check_in_time(today)
            if not transfer.line_ids:
                raise UserError(self.env._("There is no file on the list: choose them among the candidates."))
            if not transfer.sudo().keeper_company_id and not transfer.channel_id:
                raise UserError(self.env._("“%s” is not in this system: choose the channel that leads to it.", transfer.keeper_id.name))
            transfer._preflight()
            transfer._check_no_findings()
            company_sudo = transfer.sudo().keeper_company_id
            days = self.env['civic.rule.value']._get('archive.answer_days', today, transfer.company_id)
            transfer._move_to(
                'registered', registered_on=today, problem=False,
                answer_due=(company_sudo or transfer.company_id)._add_working_days(today, days))
            self.env['civic.journal.entry']._append('registration', transfer, detail={
                'archive': transfer.keeper_id.name, 'files': transfer.line_count, 'key': transfer.key})
            transfer._offer()
        return True

    def action_cancel(self):
        """Ask why it is cancelled."""
        self._check_move('cancelled')
        return self._open_reason_wizard('_cancel', self.env._("Cancel the Transfer"))

    def _cancel(self, reason):
        for transfer in self:
            transfer._move_to('cancelled', refusal=reason)
            if transfer.registered_on:
                transfer._withdraw(reason)
        self._drop_lines()
        self.env['civic.journal.entry']._append('cancellation', self, detail={'reason': reason})

    def action_open_lines(self):
        """Open the files as a list of their own."""
        return self._open_lines('civic_transfer.civic_transfer_line_action')

    def action_open_reconciliation(self):
        """Open what was sent, received and stored, side by side."""
        return self._open_lines('civic_transfer.civic_transfer_line_action_reconcile')

    def _open_lines(self, name):
        self.ensure_one()
        self.check_access('read')
        action = self.env['ir.actions.act_window']._for_xml_id(name)
        return {**action, 'display_name': self.display_name, 'domain': [('transfer_id', '=', self.id)], 'context': {'in_transfer': True}}

    def action_resubmit(self):
        """Prepare the transfer in which the returned files come again; called twice it opens the same one."""
        self.ensure_one()
        self._check_giver()
        if self.state != 'done' or not self.returned_count:
            raise UserError(self.env._("Only a completed transfer with returned files is mended."))
        # sudo: whoever prepared it
        mending = self.sudo().search([('previous_id', '=', self.id), ('state', 'not in', ('refused', 'cancelled'))], limit=1)
        if not mending:
            mending = self.create({
                'title': self.title, 'company_id': self.company_id.id, 'level': self.level, 'unit_id': self.unit_id.id,
                'keeper_id': self.keeper_id.id, 'channel_id': self.channel_id.id, 'planned_on': self.planned_on})
            # sudo: what it mends is closed to writing
            mending.sudo().write({'previous_id': self.id})
            returned = self.line_ids.filtered(lambda line: line.state == 'returned')
            mending._add_files(returned.workfile_id)
        return {'type': 'ir.actions.act_window', 'res_model': self._name, 'res_id': mending.id, 'views': [(False, 'form')]}

    def action_print_list(self):
        """Print the transfer list of permanent files (Decree 30/2020, Annex V, form III)."""
        return self._print_form('transfer_list', 'pdf', terms='permanent')

    def action_print_list_fixed(self):
        """Print the list of files with a fixed term: a list of its own, as the form wants."""
        return self._print_form('transfer_list', 'pdf', terms='fixed')

    def action_print_list_xlsx(self):
        """All files as a spreadsheet."""
        return self._print_form('transfer_list', 'xlsx')

    def action_print_minutes_xlsx(self):
        """The minutes as a spreadsheet; what is signed is the PDF."""
        return self._print_form('transfer_minutes', 'xlsx')

    def _print_form(self, name, extension, **values):
        self.ensure_one()
        self.check_access('read')
        return self.env[f'civic.form.{name}']._get_print_action(extension, {'transfer_id': self.id, **values})

    # === BUSINESS === #

    def _check_in_time(self, today):
        """Digital submissions are registered months ahead (Circular 05/2025); earlier needs the archive's knowledge of why."""
        self.ensure_one()
        if self.level != 'historical' or self.previous_id:
            return
        months = self.env['civic.rule.value']._get('transfer.registration_months', today, self.company_id)
        if not months:
            return
        if not self.planned_on:
            raise UserError(self.env._("Say for which day the submission is planned."))
        first = today + relativedelta(months=months)
        if self.planned_on < first and not (self.early_reason or '').strip():
            raise UserError(self.env._(
                "A submission is registered %(months)s months ahead (Circular 05/2025/TT-BNV): not before %(first)s, or with a reason.",
                months=months, first=format_date(self.env, first)))

    def _check_no_findings(self):
        self.ensure_one()
        if self.finding_count:
            raise UserError(self.env._(
                "%(count)s findings stand in the way of “%(transfer)s”. The list says for each what to mend, and opens it.",
                count=self.finding_count, transfer=self.display_name))

    def _add_files(self, workfiles):
        """Put candidates on the list, with the dates by which they are due.

        :raises UserError: for what is no candidate, with the reason
        """
        self.ensure_one()
        self._check_giver()
        if self.state not in ('draft', 'council'):
            raise UserError(self.env._("“%s” is registered: its list stays as it is.", self.display_name))
        workfiles.check_access('read')
        self.env.flush_all()
        # sudo: the list says what may be handed over, whoever asks
        candidates = self.env['civic.transfer.candidate'].sudo().search([
            ('workfile_id', 'in', workfiles.ids), ('level', '=', self.level), ('company_id', '=', self.company_id.id)])
        refused = workfiles - candidates.workfile_id
        if refused:
            raise UserError('\n'.join(refused[:20]._explain_no_candidate(self.level)))
        last = max(self.line_ids.mapped('sequence'), default=0)
        # sudo: lines are made by this method alone
        self.env['civic.transfer.line'].sudo().create([
            {
                'transfer_id': self.id, 'workfile_id': candidate.workfile_id.id, 'sequence': last + number,
                'due_date': candidate.due_date, 'target_date': candidate.target_date,
            } for number, candidate in enumerate(candidates.sorted(lambda row: (row.due_date or row.target_date, row.id)), start=1)])

    def _drop_lines(self):
        """The files of these transfers are candidates again; packages that were made go."""
        lines = self.sudo().line_ids.filtered(lambda line: line.state not in ('returned', 'accepted'))     # sudo: closed to writing
        lines._forget_packages()
        lines.write({'state': 'dropped'})
