from odoo import api, fields, models
from odoo.exceptions import AccessError, LockError, UserError
from odoo.fields import Domain
from odoo.tools import SQL

KEEPERS = ('civic_base.group_archivist',)
LEADERS = ('civic_base.group_leader',)


class CivicAccession(models.Model):
    """A submission of packages to the archive, from its registration to the packages kept (Circular 05/2025, 2.2).

    The agency registers; the archive answers within the working days of the rule; packages arrive in quarantine and
    are checked one by one; archivists accept or return each line with a reason; a leader of the archive who decided
    no line approves within the days of the rule; accepted packages become AIPs. What is returned comes back as another
    accession that holds only what was mended.
    """

    _name = 'civic.accession'
    _description = "Accession"
    _inherit = ['civic.journal.mixin', 'civic.reason.mixin', 'civic.secrecy.mixin']
    _order = 'id desc'
    _civic_secrecy_texts = ('title', 'note')
    _civic_secrecy_model = None
    _civic_reason_methods = ('_refuse', '_send_back')

    name = fields.Char("Registration Code", readonly=True, copy=False)
    company_id = fields.Many2one(
        'res.company', "Archive", required=True, index=True, ondelete='restrict', default=lambda self: self.env.company)
    agency_id = fields.Many2one(
        'res.partner', "Submitting Agency", required=True, index=True, ondelete='restrict', domain="[('is_agency', '=', True)]")
    giver_company_id = fields.Many2one(
        'res.company', compute='_compute_giver_company', store=True, index='btree_not_null', compute_sudo=True,
        export_string_translation=False)
    fonds_id = fields.Many2one(
        'civic.fonds', required=True, index=True, ondelete='restrict', domain="[('company_id', '=', company_id)]")
    title = fields.Char("What Is Submitted", required=True, help="As the minutes name the block of records.")
    state = fields.Selection([
        ('registered', "Registered"), ('answered', "Agreed"), ('received', "Being processed"), ('decided', "For approval"),
        ('approved', "Approved"), ('done', "Completed"), ('refused', "Refused")],
        required=True, readonly=True, default='registered', copy=False)
    registered_on = fields.Date(required=True, default=fields.Date.context_today)
    answer_due = fields.Date("Answer due", compute='_compute_answer_due', store=True)
    answered_on = fields.Date(readonly=True, copy=False)
    planned_on = fields.Date("Submission Planned for")
    received_on = fields.Date(readonly=True, copy=False)
    approval_due = fields.Date("Approval due", readonly=True, copy=False)
    approved_on = fields.Date(readonly=True, copy=False)
    approver_id = fields.Many2one('res.users', "Approved by", readonly=True, copy=False, ondelete='restrict')
    is_overdue = fields.Boolean("Overdue", compute='_compute_is_overdue', search='_search_is_overdue')
    previous_id = fields.Many2one(
        'civic.accession', "Mends", readonly=True, index='btree_not_null', ondelete='restrict', copy=False,
        help="The accession whose returned packages this one brings again.")
    line_ids = fields.One2many('civic.accession.line', 'accession_id', "Packages", readonly=True)
    line_count = fields.Integer("Lines", compute='_compute_counts')
    open_count = fields.Integer("To Be Decided", compute='_compute_counts')
    accepted_count = fields.Integer("Accepted", compute='_compute_counts')
    returned_count = fields.Integer("Returned", compute='_compute_counts')
    refusal = fields.Text("Reason of Refusal", readonly=True, copy=False)
    note = fields.Text()

    _name_uniq = models.UniqueIndex('(company_id, name)', "This registration code is taken.")
    _list_idx = models.Index('(company_id, state, id DESC)')

    # === COMPUTE METHODS === #

    @api.depends('name', 'title')
    def _compute_display_name(self):
        for accession in self:
            accession.display_name = ' – '.join(filter(None, [accession.name, accession.title]))

    @api.depends('agency_id.agency_company_ids')
    def _compute_giver_company(self):
        for accession in self:
            accession.giver_company_id = accession.agency_id.agency_company_ids[:1]

    @api.depends('registered_on', 'company_id')
    def _compute_answer_due(self):
        rules = self.env['civic.rule.value']
        for accession in self:
            if accession.registered_on and accession.company_id:
                days = rules._get('archive.answer_days', accession.registered_on, accession.company_id)
                accession.answer_due = accession.company_id._add_working_days(accession.registered_on, days)
            else:
                accession.answer_due = False

    @api.depends('state', 'answer_due', 'approval_due')
    def _compute_is_overdue(self):
        today = fields.Date.context_today(self)
        for accession in self:
            due = accession.answer_due if accession.state == 'registered' else accession.approval_due
            accession.is_overdue = bool(
                accession.state in ('registered', 'received', 'decided') and due and due < today)

    def _search_is_overdue(self, operator, value):
        if operator != 'in':                # the ORM negates by itself
            return NotImplemented
        today = fields.Date.context_today(self)
        return (Domain('state', '=', 'registered') & Domain('answer_due', '<', today)) | (
            Domain('state', 'in', ('received', 'decided')) & Domain('approval_due', '<', today))

    @api.depends('line_ids.state')
    def _compute_counts(self):
        rows = self.env['civic.accession.line']._read_group(
            [('accession_id', 'in', self.ids)], ['accession_id', 'state'], ['__count'])
        counts = {accession.id: {} for accession in self}
        for accession, state, count in rows:
            counts[accession.id][state] = count
        for accession in self:
            mine = counts.get(accession.id, {})
            accession.line_count = sum(mine.values())
            accession.accepted_count = mine.get('accepted', 0) + mine.get('kept', 0)
            accession.returned_count = mine.get('returned', 0)
            accession.open_count = accession.line_count - accession.accepted_count - accession.returned_count

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        for values in vals_list:
            if not self.env.su and values.get('state', 'registered') != 'registered':
                raise AccessError(self.env._("An accession moves by its buttons."))
        accessions = super().create(vals_list)
        for accession in accessions:
            accession._check_submission()
            accession.company_id._give_next_code(accession, 'NL', accession.registered_on.year)
        self.env['civic.journal.entry']._append('registration', accessions, details={
            accession.id: {'agency': accession.agency_id.name, 'fonds': accession.fonds_id.code} for accession in accessions})
        return accessions

    def write(self, vals):
        closed = {
            'state', 'name', 'answered_on', 'received_on', 'approval_due', 'approved_on', 'approver_id', 'previous_id', 'refusal'}
        if not self.env.su and closed & set(vals):
            raise AccessError(self.env._("An accession moves by its buttons."))
        if {'agency_id', 'fonds_id', 'company_id'} & set(vals) and any(accession.state != 'registered' for accession in self):
            raise UserError(self.env._("Agency and fonds stay as they were agreed."))
        result = super().write(vals)
        if {'agency_id', 'fonds_id', 'company_id'} & set(vals):
            for accession in self:
                accession._check_submission()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_always(self):
        raise UserError(self.env._("An accession is refused with a reason, not deleted."))

    def _check_submission(self):
        """Refuse an agency that is not on the list, an archive that ended, a fonds that is closed."""
        self.ensure_one()
        self.company_id._check_archive_destination(self.registered_on)
        if self.fonds_id.company_id != self.company_id:
            raise UserError(self.env._("“%s” is a fonds of another archive.", self.fonds_id.display_name))
        self.fonds_id._check_destination(self.registered_on)
        if self.company_id.agency_level == 'archives':
            self.env['civic.fonds.source']._check_agency(self.company_id, self.agency_id, self.registered_on)

    # === STATES === #

    @api.model
    def _get_transitions(self):
        """Return {state: {next state: groups that may make the move}}."""
        return {
            'registered': {'answered': KEEPERS, 'refused': KEEPERS},
            'answered': {'received': KEEPERS, 'refused': KEEPERS},
            'received': {'decided': KEEPERS},
            'decided': {'approved': LEADERS, 'received': LEADERS},
            'approved': {'done': ()},
        }

    def _check_move(self, state):
        """Refuse a move that the table does not have, or not for this user."""
        self.check_access('read')
        labels = dict(self._fields['state']._description_selection(self.env))
        for accession in self:
            groups = self._get_transitions().get(accession.state, {}).get(state)
            if groups is None:
                raise UserError(self.env._(
                    "“%(accession)s” is “%(state)s” and cannot become “%(next)s”.",
                    accession=accession.display_name, state=labels[accession.state], next=labels[state]))
            if not self.env.su:
                if groups and not any(map(self.env.user.has_group, groups)):
                    raise AccessError(self.env._(
                        "Your role does not move “%(accession)s” to “%(next)s”.",
                        accession=accession.display_name, next=labels[state]))
                if accession.company_id not in self.env.companies:
                    raise AccessError(self.env._("“%s” is decided by the archive that receives it.", accession.display_name))

    def _move_to(self, state, **values):
        """Move to ``state`` and write ``values`` with it: the only door to a state. Others who act wait or are told."""
        self._check_move(state)
        try:
            # sudo: who may move it may lock it
            self.sudo().lock_for_update(allow_referencing=True)
            if state in ('decided', 'approved'):
                self.sudo().line_ids.lock_for_update(allow_referencing=True)
        except LockError:
            raise UserError(self.env._("Someone else is working on this accession at this moment. Open it again.")) from None
        self.sudo().write({'state': state, **values})

    def _hold(self):
        """Let nobody move the accessions while something comes in or is decided; several may hold one at once."""
        held = self.env.execute_query(SQL(
            "SELECT id FROM civic_accession WHERE id IN %s FOR SHARE SKIP LOCKED", tuple(self.ids or [0])))
        if len(held) != len(self):
            raise UserError(self.env._("Someone else is working on this accession at this moment. Open it again."))

    # === ACTIONS === #

    def action_answer(self):
        """Tell the agency that it may submit."""
        for accession in self:
            accession._move_to('answered', answered_on=fields.Date.context_today(accession))
        self.env['civic.journal.entry']._append('approval', self, detail={'act': 'answer'})

    def action_refuse(self):
        """Ask why the submission is refused."""
        self._check_move('refused')
        return self._open_reason_wizard('_refuse', self.env._("Refuse the Submission"))

    def _refuse(self, reason):
        self._move_to('refused', refusal=reason)
        self.env['civic.journal.entry']._append('refusal', self, detail={'reason': reason})

    def action_add_packages(self):
        """Open the form that takes packages in."""
        self.ensure_one()
        self._check_receiving()
        return {
            'type': 'ir.actions.act_window', 'name': self.env._("Take Packages in"), 'res_model': 'civic.accession.upload',
            'view_mode': 'form', 'target': 'new', 'context': {'default_accession_id': self.id}}

    def action_submit(self):
        """Put the decisions before the leader, when each line has one."""
        for accession in self:
            if not accession.line_ids:
                raise UserError(self.env._("“%s” has no package yet.", accession.display_name))
            accession._check_decided()
            accession._move_to('decided')
        self.env['civic.journal.entry']._append('appraisal', self, details={
            accession.id: {'accepted': accession.accepted_count, 'returned': accession.returned_count} for accession in self})

    def action_approve(self):
        """Approve the decisions: what was accepted becomes packages of the archive."""
        for accession in self:
            accession._check_decided()
            if self.env.user in accession.line_ids.decided_by_id and not self.env.su:
                raise AccessError(self.env._("Who decided about the packages does not approve as well."))
            accession._move_to(
                'approved', approved_on=fields.Date.context_today(accession), approver_id=self.env.uid)
            self.env['civic.journal.entry']._append('approval', accession)
            # sudo: the leader decides, the system does it
            for line in accession.sudo().line_ids.filtered(lambda line: line.state == 'accepted'):
                line.with_delay(
                    description=f"AIP: {line.name}", identity_key=f'civic.accession.line.keep:{line.id}')._job_keep()
            accession._finish()

    def action_send_back(self):
        """Ask what the archivists shall look at again."""
        self._check_move('received')
        return self._open_reason_wizard('_send_back', self.env._("Back to the Archivists"))

    def _send_back(self, reason):
        self._move_to('received')
        self.env['civic.journal.entry']._append('return', self, detail={'reason': reason})

    def action_mend(self):
        """Register the accession in which the returned packages come again; called twice it opens the same one."""
        self.ensure_one()
        self.check_access('read')
        if self.state != 'done' or not self.returned_count:
            raise UserError(self.env._("Only a completed accession with returned packages is mended."))
        mending = self.sudo().search([('previous_id', '=', self.id), ('state', '!=', 'refused')], limit=1)
        if not mending:
            mending = self.copy({'registered_on': fields.Date.context_today(self)})
            # sudo: what it mends is closed to writing
            mending.sudo().write({'previous_id': self.id})
        return {'type': 'ir.actions.act_window', 'res_model': self._name, 'res_id': mending.id, 'views': [(False, 'form')]}

    def action_print_minutes(self):
        """Print the minutes of delivery."""
        self.ensure_one()
        self.check_access('read')
        return self.env['civic.form.accession_minutes']._get_print_action('pdf', {'record_id': self.id})

    def action_open_lines(self):
        """Open the packages as a list."""
        self.ensure_one()
        action = self.env['ir.actions.act_window']._for_xml_id('civic_archive.civic_accession_line_action')
        return {**action, 'display_name': self.display_name, 'domain': [('accession_id', '=', self.id)], 'context': {}}

    # === BUSINESS === #

    def _check_decided(self):
        self.ensure_one()
        if self.open_count:
            raise UserError(self.env._(
                "%(count)s packages of “%(accession)s” are not decided yet.", count=self.open_count,
                accession=self.display_name))

    def _check_receiving(self):
        self.ensure_one()
        if self.state not in ('answered', 'received'):
            labels = dict(self._fields['state']._description_selection(self.env))
            raise UserError(self.env._(
                "“%(accession)s” is “%(state)s”: packages come in between the answer and the decision.",
                accession=self.display_name, state=labels[self.state]))
        if not self.env.su and not any(map(self.env.user.has_group, KEEPERS)):
            raise AccessError(self.env._("Only archivists take packages in."))
        if not self.env.su and self.company_id not in self.env.companies:
            raise AccessError(self.env._("“%s” is decided by the archive that receives it.", self.display_name))

    def _receive(self, path, name):
        """Take a package file into quarantine and have it checked. Also the door of transports.

        The file at ``path`` goes when the transaction is safe; whatever fails before leaves it where it is.

        :return: the line
        """
        self._check_receiving()
        if self.state == 'answered':
            today = fields.Date.context_today(self)
            days = self.env['civic.rule.value']._get('archive.approval_days', today, self.company_id)
            self._move_to('received', received_on=today, approval_due=fields.Date.add(today, days=days))
        else:
            self._hold()
        return self.env['civic.accession.line']._quarantine(self, path, name)

    def _finish(self):
        """Complete what has nothing left to be kept."""
        for accession in self.sudo():
            if accession.state == 'approved' and not accession.line_ids.filtered(lambda line: line.state == 'accepted'):
                accession._move_to('done')
                self.env['civic.journal.entry']._append('accession', accession, detail={
                    'kept': accession.accepted_count, 'returned': accession.returned_count})
