from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command, Domain

from ..const import ACTIVE_ASSIGNMENT_STATES, ASSIGNMENT_KINDS, ASSIGNMENT_STATES, OPEN_ASSIGNMENT_STATES


class CivicAssignment(models.Model):
    """What a leader asked one unit to do with one document (Decree 30/2020, Art. 23 and 24).

    Nobody creates or writes rows directly: there is no such access right. The leader's acts go
    through `civic.document._assign`, the unit's acts through the methods here; each checks the
    person and the state, journals the act and then writes as superuser.

    pending ──► handling ──► [review ──►] done      (review: the leader wants to approve the result)
       │  └───────┴──► returned (by the unit, with a reason)
       └──► withdrawn (by the leader, while unread)

    In the unit it goes down from person to person (`civic.assignment.delegation`): `user_id` is who holds it now.
    """

    _name = 'civic.assignment'
    _description = "Assignment"
    _inherit = ['civic.reason.mixin']
    _order = 'document_id desc, id'
    _rec_name = 'unit_id'

    _civic_reason_methods = ('_return_to_leader',)

    document_id = fields.Many2one('civic.document', required=True, index=True, ondelete='cascade')
    company_id = fields.Many2one(
        related='document_id.company_id', string="Agency", store=True, precompute=True, index=True)
    kind = fields.Selection(ASSIGNMENT_KINDS, string="Role", required=True)
    unit_id = fields.Many2one('hr.department', string="Unit", required=True, index=True, ondelete='restrict')
    user_id = fields.Many2one(
        'res.users', string="Person", index='btree_not_null', ondelete='restrict',
        help="Empty: the unit itself decides who handles it.")
    instruction = fields.Text(help="What the leader wants done.")
    unit_instruction = fields.Text(string="Instruction of the Unit", help="What the head of the unit wants done.")
    delegation_ids = fields.One2many('civic.assignment.delegation', 'assignment_id', string="Sub-assignments")
    may_pass_on = fields.Boolean(
        string="May Pass It On", help="The person may give the document to somebody else of the unit.")
    result = fields.Text(help="What came out of the handling.")
    return_reason = fields.Text(string="Reason for Return")

    assigned_by_id = fields.Many2one('res.users', string="Assigned by", required=True, ondelete='restrict')
    substituted_id = fields.Many2one(
        'res.users', string="On Behalf of", index='btree_not_null', ondelete='restrict',
        help="The leader for whom the document was assigned, if the one who did it only acted for the leader.")
    read_by_id = fields.Many2one('res.users', string="Read by", ondelete='restrict')
    done_by_id = fields.Many2one('res.users', string="Done by", ondelete='restrict')
    done_for_id = fields.Many2one(
        'res.users', string="Done on Behalf of", ondelete='restrict',
        help="The absent person who should have answered, if the one who did it only acted for that person.")

    deadline = fields.Date()
    assigned_at = fields.Datetime(required=True)
    read_at = fields.Datetime()
    user_read_at = fields.Datetime(string="Read by the Person at")
    started_at = fields.Datetime()
    done_at = fields.Datetime()
    closed_at = fields.Datetime(help="When the assignment was returned or taken back.")

    state = fields.Selection(ASSIGNMENT_STATES, required=True, default='pending')
    # what this row added to the people who may read the document, and takes away when it is taken back
    grants_unit = fields.Boolean(export_string_translation=False)
    grants_user = fields.Boolean(export_string_translation=False)

    is_own = fields.Boolean(string="Mine to Handle", compute='_compute_is_own')
    is_overdue = fields.Boolean(string="Overdue", compute='_compute_is_overdue', search='_search_is_overdue')

    # Decree 30/2020, Art. 23.2: of several units exactly one leads.
    _one_lead = models.UniqueIndex(
        "(document_id) WHERE kind = 'lead' AND state IN ('pending', 'handling', 'review', 'done')",
        "This document already has a lead unit.")
    _one_task_per_unit = models.UniqueIndex(
        "(document_id, unit_id, COALESCE(user_id, 0)) WHERE state IN ('pending', 'handling', 'review')",
        "This unit already has an open assignment on the document.")
    _lead_has_deadline = models.Constraint(
        "CHECK (kind <> 'lead' OR deadline IS NOT NULL)",
        "The lead unit needs a deadline.")
    _open_unit_idx = models.Index("(unit_id, document_id) WHERE state IN ('pending', 'handling')")
    _open_user_idx = models.Index("(user_id, document_id) WHERE state IN ('pending', 'handling')")
    _review_idx = models.Index("(company_id) WHERE state = 'review'")

    @api.depends('user_id', 'unit_id')
    @api.depends_context('uid')
    def _compute_is_own(self):
        own = self._filtered_own()
        for assignment in self:
            assignment.is_own = assignment in own

    @api.depends('state', 'deadline')
    def _compute_is_overdue(self):
        today = self.env['civic.document']._today()
        for assignment in self:
            assignment.is_overdue = bool(
                assignment.state in OPEN_ASSIGNMENT_STATES and assignment.deadline and assignment.deadline < today)

    def _search_is_overdue(self, operator, value):
        if operator != 'in':
            return NotImplemented
        return (
            Domain('state', 'in', OPEN_ASSIGNMENT_STATES)
            & Domain('deadline', '<', self.env['civic.document']._today())
        )

    @api.depends('unit_id', 'user_id')
    def _compute_display_name(self):
        for assignment in self:
            assignment.display_name = assignment._get_holder_name()

    # === ACTIONS === #

    def action_start(self):
        """Begin to handle."""
        self._start()
        return True

    def action_finish(self):
        """Ask for the result, then finish."""
        self._check_own()
        return self.env['ir.actions.act_window']._for_xml_id('civic_incoming.civic_finish_wizard_action') | {
            'context': {'default_assignment_id': self.ensure_one().id},
        }

    def action_return(self):
        """Ask for the reason, then give the document back to the leader."""
        self._check_own()
        return self._open_reason_wizard('_return_to_leader', self.env._("Return to the leader"))

    def action_delegate(self):
        """Ask who in the unit shall handle it."""
        self._check_may_delegate()
        return self.env['ir.actions.act_window']._for_xml_id('civic_incoming.civic_delegate_wizard_action') | {
            'context': {'default_assignment_id': self.ensure_one().id},
        }

    def action_take_back(self):
        """Take unread assignments back."""
        self._take_back()
        return True

    def action_undo(self):
        """Take back those that nobody has read yet, and say how many.

        Called by the message that follows assigning.
        """
        self.document_id._check_may_assign()
        unread = self.filtered(lambda assignment: (
            assignment.state in OPEN_ASSIGNMENT_STATES and not assignment.read_at))
        unread._take_back()
        if self == unread:
            return self.env._("Taken back.")
        return self.env._(
            "%(taken)s taken back; %(kept)s had been read already: the units can return them.",
            taken=len(unread), kept=len(self - unread))

    def action_take_back_delegation(self):
        """Take the assignment back from the person of the unit who has not read it yet."""
        self._take_back_delegation()
        return True

    # === RIGHTS === #

    @api.model
    def _get_own_domain(self):
        """The assignments that the user is the one to handle, in the own name or that of an absent person."""
        return self._get_personal_domain() | self._get_substituted_domain()

    @api.model
    def _get_personal_domain(self):
        """Those in the person's own name; those of a unit of the person's that name nobody; the head
        of the unit answers for all of the unit's.
        """
        user = self.env.user
        of_unit = Domain('unit_id', 'in', user.civic_unit_ids.ids)
        if not user.has_group('civic_base.group_unit_head'):
            of_unit &= Domain('user_id', '=', False)
        return Domain('user_id', '=', user.id) | of_unit

    @api.model
    def _get_substituted_domain(self):
        """Those of absent people in whose place the user acts in everything, in the agency of the substitution, and all
        of the units for which an absent head answers.

        What the absent are only informed of waits for their return: there is nothing to do in their place.
        """
        return self._get_absent_domain() | (
            Domain('kind', '!=', 'inform') & Domain('unit_id', 'in', list(self.env.user._get_replaced_heads())))

    @api.model
    def _get_absent_domain(self):
        """Those that name one of the absent people, as `_get_substituted_domain` says, and not just their unit."""
        return Domain('kind', '!=', 'inform') & Domain.OR(
            Domain('company_id', '=', company_id) & Domain('user_id', 'in', user_ids)
            for company_id, user_ids in self.env.user._get_substituted_by_company().items())

    @api.model
    def _get_mine_domain(self):
        """Those that wait for the person: in the own name, in that of who is absent, or of an own unit that name nobody."""
        user = self.env.user
        unnamed = Domain('user_id', '=', False) & Domain('unit_id', 'in', user._get_headed_units().ids)
        if not user.has_group('civic_base.group_unit_head'):
            unnamed &= Domain('kind', '!=', 'inform')           # see _get_substituted_domain
        return Domain('user_id', '=', user.id) | self._get_absent_domain() | unnamed

    def _get_principals(self):
        """Return {assignment id: the absent person in whose place alone the user handles it}."""
        people = self.env.user._get_substituted_by_company()
        heads = self.env.user._get_replaced_heads()
        if not people and not heads:
            return {}
        # sudo: who shall handle it decides, not what the user may read of it
        replaced = self.sudo().filtered_domain(self._get_substituted_domain())
        return {
            assignment.id: assignment.user_id if assignment.user_id.id in people.get(assignment.company_id.id, ()) else (
                heads.get(assignment.unit_id.id, assignment.user_id))
            for assignment in replaced - replaced.filtered_domain(self._get_personal_domain())}

    def _get_substituted_leaders(self):
        """Return {assignment id: the leader in whose place the user decides on it}."""
        leaders = self.document_id._get_substituted_leaders()
        return {
            assignment.id: leaders[assignment.document_id.id]
            for assignment in self if assignment.document_id.id in leaders} if leaders else {}

    def _filtered_own(self):
        # sudo: the rights of the person decide, not what the person may read of the assignment
        return self.sudo().filtered_domain(self._get_own_domain()).sudo(False)

    def _check_own(self):
        """Only the person, or the unit, that was asked may answer."""
        self.check_access('read')
        if self - self._filtered_own():
            raise AccessError(self.env._("This document is not assigned to you or to your unit."))

    def _heads_unit(self):
        """The assignments of units that the user heads, or whose absent head the user replaces."""
        units = self.env.user._get_headed_units()
        return self.filtered(lambda assignment: assignment.sudo().unit_id in units)

    def _check_heads_unit(self):
        if self - self._heads_unit():
            raise AccessError(self.env._("Only the head of the unit can say who in it handles the document."))

    def _check_may_delegate(self):
        """The head of the unit says who in it handles the document, and who has it from the head and may pass it on."""
        self.check_access('read')
        # sudo: who holds it decides, not what the person may read of the assignment
        held = self.filtered(lambda assignment: (
            assignment.sudo().may_pass_on and assignment.sudo().user_id == self.env.user))
        (self - held)._check_heads_unit()

    def _check_open(self):
        for assignment in self.sudo():
            if assignment.state not in OPEN_ASSIGNMENT_STATES:
                raise UserError(self.env._(
                    "%(unit)s no longer has this document to handle: the assignment is “%(state)s”.",
                    unit=assignment.unit_id.name,
                    state=dict(self._fields['state']._description_selection(self.env))[assignment.state],
                ))

    def _get_holder_name(self):
        """Who holds it: the unit, and the person if one is named."""
        self.ensure_one()
        if self.user_id:
            return f"{self.unit_id.name} · {self.user_id.name}"
        return self.unit_id.name or ""

    # === ACTS OF THE UNIT === #

    def _mark_read(self):
        """Note that the unit, and the person in it, have seen the document: it cannot be taken back any more."""
        # who gave the instruction knows the document: a leader of the same unit does not read it on its behalf
        opened = self._filtered_own().sudo().filtered(lambda assignment: (
            assignment.state in OPEN_ASSIGNMENT_STATES and assignment.assigned_by_id != self.env.user))
        now = fields.Datetime.now()
        # who acts in the place of the person has it now: it cannot be taken back behind that back either
        principals = opened._get_principals()
        given = opened.filtered(lambda assignment: (
            (assignment.user_id == self.env.user or assignment.id in principals) and not assignment.user_read_at))
        given.write({'user_read_at': now})
        given.delegation_ids.filtered(lambda delegation: (
            delegation.user_id == delegation.assignment_id.user_id
            and not delegation.read_at and not delegation.taken_back_at
        )).write({'read_at': now})
        unread = opened.filtered(lambda assignment: not assignment.read_at)
        unread.write({'read_at': now, 'read_by_id': self.env.uid})
        informed = unread.filtered(lambda assignment: assignment.kind == 'inform')
        # who is informed has nothing else to do
        informed.write({'state': 'done', 'done_at': now, 'done_by_id': self.env.uid})
        if given | unread:
            (given | unread)._journal('access', principals)

    def _start(self):
        self._check_own()
        self._check_open()
        if any(assignment.kind == 'inform' for assignment in self.sudo()):
            raise UserError(self.env._("A document for information is only read: there is nothing to start."))
        starting = self.sudo().filtered(lambda assignment: assignment.state == 'pending')
        self._mark_read()
        starting.write({'state': 'handling', 'started_at': fields.Datetime.now()})
        starting._journal('start', starting._get_principals())
        # sudo: the unit may not write the document, only answer for its own assignment
        starting.filtered(lambda assignment: assignment.kind == 'lead').document_id._move_to('handling')

    def _return_to_leader(self, reason):
        """Give the document back to the leader with the reason; the lead's return makes it unassigned."""
        self._check_own()
        self._check_open()
        returning = self.sudo()
        if any(assignment.kind == 'inform' for assignment in returning):
            raise UserError(self.env._("A document for information cannot be returned."))
        returning.document_id._check_secret_text(
            reason, where='reason', model=self._name, res_id=self[:1].id)
        self._mark_read()
        returning.write({
            'state': 'returned',
            'closed_at': fields.Datetime.now(),
            'return_reason': reason,
        })
        returning._journal('return', returning._get_principals(), reason=reason)
        returning._close_activities()
        returning.extension_ids._void()
        documents = returning.filtered(lambda assignment: assignment.kind == 'lead').document_id
        documents._move_to('registered', unit_id=False, handler_id=False)
        documents._schedule_assigning(self.env._("Returned by %(unit)s: %(reason)s",
                                                 unit=returning[:1].unit_id.name, reason=reason))
        returning.document_id._on_assignment_returned(returning)

    def _delegate(self, user, unit_instruction='', may_pass_on=False):
        """Name the person of the unit who handles it."""
        self._check_may_delegate()
        self._pass_to(user, unit_instruction, may_pass_on)

    def _pass_to(self, user, unit_instruction='', may_pass_on=False):
        """Add a link to the chain of who gave it to whom; the caller has checked who may."""
        self._check_open()
        delegated = self.sudo()
        for unit in delegated.unit_id:
            delegated.document_id._check_person(user, unit)
        if any(assignment.user_id == user for assignment in delegated):
            raise UserError(self.env._("%s already has this document to handle.", user.name))
        if unit_instruction:
            delegated.document_id._check_secret_text(
                unit_instruction, where='instruction', model=self._name, res_id=self[:1].id)
        heads = self.env.user._get_replaced_heads()
        principals = {
            assignment.id: heads[assignment.unit_id.id] for assignment in delegated
            if assignment.unit_id.id in heads and assignment.user_id != self.env.user}
        self._mark_read()
        delegated._close_activities()
        now = fields.Datetime.now()
        # sudo: the chain is written by the acts alone
        self.env['civic.assignment.delegation'].sudo().create([
            {
                'assignment_id': assignment.id,
                'given_by_id': self.env.uid,
                'user_id': user.id,
                'previous_user_id': assignment.user_id.id,
                'previous_may_pass_on': assignment.may_pass_on,
                'instruction': unit_instruction,
                'given_at': now,
            }
            for assignment in delegated
        ])
        delegated._hand_to(user, unit_instruction=unit_instruction, may_pass_on=may_pass_on)
        delegated._journal('assignment', principals)
        delegated._schedule_handling()

    def _hand_to(self, user, **values):
        """Make the person, or nobody in particular, the one who handles it, and a reader of the document."""
        for assignment in self:
            assignment._revoke_user()
            assignment.write({
                'user_id': user.id,
                'user_read_at': False,
                'grants_user': bool(user) and user not in assignment.document_id.user_ids,
                **values,
            })
        if user:
            self.document_id._grant_readers(users=user)
        self.filtered(lambda assignment: assignment.kind == 'lead').document_id._write_by_system(
            {'handler_id': user.id})

    def _take_back_delegation(self):
        """Give the assignment back to whom the person had it from, while the person has not read it."""
        self.check_access('read')
        self._check_open()
        for assignment in self.sudo():
            last = assignment._get_last_delegation()
            if not last:
                raise UserError(self.env._("%s was not given to anybody in the unit.", assignment.unit_id.name))
            if last.given_by_id != self.env.user:
                self.browse(assignment.id)._check_heads_unit()
            if last.read_at:
                raise UserError(self.env._(
                    "%s has already read the document: it can no longer be taken back.", last.user_id.name))
            assignment._close_activities()
            last.taken_back_at = fields.Datetime.now()
            previous = assignment._get_last_delegation()
            assignment._hand_to(
                last.previous_user_id, may_pass_on=last.previous_may_pass_on,
                unit_instruction=previous.instruction)
            assignment.user_read_at = previous.read_at
        taken = self.sudo()
        taken._journal('withdrawal')
        taken._schedule_handling()

    def _get_last_delegation(self):
        """The link of the chain that holds now."""
        self.ensure_one()
        return self.delegation_ids.filtered(lambda delegation: not delegation.taken_back_at).sorted('id')[-1:]

    # === ACTS OF THE LEADER === #

    def _take_back(self):
        """Withdraw what nobody has read yet."""
        self.document_id._check_may_assign()
        self._check_open()
        withdrawn = self.sudo()
        for assignment in withdrawn:
            if assignment.read_at:
                raise UserError(self.env._(
                    "%(person)s of %(unit)s has already read the document: it can no longer be taken back. "
                    "The unit can return it.",
                    person=assignment.read_by_id.name, unit=assignment.unit_id.name))
        withdrawn._withdraw()
        withdrawn._journal('withdrawal', withdrawn._get_substituted_leaders())
        withdrawn._close_activities()
        for assignment in withdrawn:
            assignment._revoke_unit()
            assignment._revoke_user()
        documents = withdrawn.filtered(lambda assignment: assignment.kind == 'lead').document_id
        documents._move_to('registered', unit_id=False, handler_id=False)
        documents._schedule_assigning()

    def _withdraw(self):
        self.write({'state': 'withdrawn', 'closed_at': fields.Datetime.now()})
        self.extension_ids._void()

    # === READERS === #

    def _get_other_active(self):
        return self.document_id.assignment_ids.filtered(
            lambda other: other.state in (*ACTIVE_ASSIGNMENT_STATES, 'returned')) - self

    def _revoke_unit(self):
        self._revoke_reader('unit_id', 'unit_ids', 'grants_unit')

    def _revoke_user(self):
        self._revoke_reader('user_id', 'user_ids', 'grants_user')

    def _revoke_reader(self, reader, readers, grants):
        """Take the unit or person off the readers unless another assignment, or somebody else, put it there."""
        self.ensure_one()
        if not self[grants]:
            return
        others = self._get_other_active().filtered(lambda other: other[reader] == self[reader])
        if others:
            others[0][grants] = True
        else:
            self.document_id._write_by_system({readers: [Command.unlink(self[reader].id)]})
        self[grants] = False

    # === JOURNAL AND REMINDERS === #

    def _journal(self, event_type, principals=None, **facts):
        """One line per document of an act on these assignments.

        :param principals: {assignment id: who is absent and was acted for}
        :param facts: what else there is to tell, such as ``again``: returned to the unit, which keeps it
        """
        principals = principals or {}
        details = {}
        for assignment in self:
            detail = details.setdefault(assignment.document_id.id, {'assignments': [], **facts})
            detail['assignments'].append({
                'assignment': assignment.id,
                'kind': assignment.kind,
                'unit': assignment.unit_id.name,
                'unit_id': assignment.unit_id.id,
                'person': assignment.user_id.login or None,
                'deadline': fields.Date.to_string(assignment.deadline) or None,
                **({'on_behalf_of': principals[assignment.id].login} if assignment.id in principals else {}),
            })
        self.env['civic.journal.entry']._append(event_type, self.document_id, details=details)

    def _get_leaders_to_tell(self):
        """Who hears what the unit answers: who assigned it, for whom that was done, and who acts for these today."""
        self.ensure_one()
        people = self.assigned_by_id | self.substituted_id
        for leader in people:
            people |= self.document_id._with_deputies(leader, self.company_id)
        return people

    def _get_next_person(self):
        """Whose turn it is: the named person, else the head of the unit."""
        self.ensure_one()
        return self.user_id or self.unit_id.manager_id.user_id

    def _schedule_handling(self):
        """Put the documents on the list of the one whose turn it is, without a mail for each."""
        self.document_id._schedule_activities('civic_incoming.mail_activity_type_handle', [
            {
                'res_id': assignment.document_id.id,
                'user_id': person.id,
                'date_deadline': assignment.deadline,
                'note': assignment.review_note or assignment.unit_instruction or assignment.instruction,
            }
            for assignment in self
            if assignment.kind != 'inform' and (person := assignment._get_next_person())
        ])

    def _close_activities(self):
        for person, assignments in self.grouped(lambda assignment: assignment._get_next_person()).items():
            if person:
                assignments.document_id._close_activities('civic_incoming.mail_activity_type_handle', person)
