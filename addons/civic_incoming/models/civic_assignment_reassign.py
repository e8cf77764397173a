import psycopg2

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import format_date

from ..const import OPEN_ASSIGNMENT_STATES


class CivicAssignment(models.Model):
    """What people and units left behind, and who takes it over."""

    _inherit = 'civic.assignment'

    is_orphaned = fields.Boolean(
        string="Left Behind", compute='_compute_is_orphaned', search='_search_is_orphaned',
        help="The person who shall handle it no longer works here, or the unit was closed.")

    @api.depends('state', 'user_id.active', 'unit_id.active')
    def _compute_is_orphaned(self):
        # sudo: who works here is known in the house
        for assignment in self.sudo():
            assignment.is_orphaned = assignment.state in OPEN_ASSIGNMENT_STATES and (
                not assignment.unit_id.active or bool(assignment.user_id and not assignment.user_id.active))

    def _search_is_orphaned(self, operator, value):
        if operator != 'in':
            return NotImplemented
        # sudo: who works here is known in the house
        users = self.env['res.users'].sudo().with_context(active_test=False)._search([('active', '=', False)])
        units = self.env['hr.department'].sudo().with_context(active_test=False)._search([('active', '=', False)])
        return Domain('state', 'in', OPEN_ASSIGNMENT_STATES) & (
            Domain('user_id', 'in', users) | Domain('unit_id', 'in', units))

    # === ACTIONS === #

    def action_reassign(self):
        """Ask who takes the assignments over."""
        self._check_may_reassign()
        return self.env['ir.actions.act_window']._for_xml_id('civic_incoming.civic_reassign_wizard_action') | {
            'context': {'default_assignment_ids': self.ids},
        }

    # === BUSINESS === #

    def _check_may_reassign(self):
        """The head of the unit, inside the unit; a leader, anywhere in the agency."""
        self.check_access('read')
        others = self - self._heads_unit()
        if others:
            others.document_id._check_may_assign()

    def _reassign_each(self, unit, user, deadline=None, instruction=''):
        """Give each assignment to somebody else; say for each why it could not be done.

        :return: list of dicts with `assignment_id`, `document_id`, `ok` and `message`
        """
        results = []
        for assignment in self:
            message = ""
            try:
                with self.env.cr.savepoint():
                    assignment._reassign(unit, user, deadline, instruction)
            except (UserError, AccessError) as error:
                message = str(error)
            except psycopg2.IntegrityError:
                message = self.env._("Somebody else changed this assignment just now: look at it again.")
            results.append({
                'assignment_id': assignment.id, 'document_id': assignment.document_id.id,
                'ok': not message, 'message': message,
            })
        return results

    def _reassign(self, unit, user, deadline=None, instruction=''):
        """Give the assignment to another person of the unit, or to another unit with the same task."""
        self.ensure_one()
        self._check_may_reassign()
        self._check_open()
        # sudo: who reassigns may know what was assigned
        old = self.sudo()
        if not unit or unit == old.unit_id:
            if not old.unit_id.active:
                raise UserError(self.env._(
                    "%s was closed: choose the unit that took over its work.", old.unit_id.name))
            if user:
                self._pass_to(user, instruction)
                return
            if old.document_id.access_level == 'restricted':
                raise UserError(self.env._(
                    "Only named people may read “%(document)s”: name a person of %(unit)s.",
                    document=old.document_id.display_name, unit=old.unit_id.name))
            old._close_activities()
            old._hand_to(self.env['res.users'], may_pass_on=False)
            old._journal('assignment')
            old._schedule_handling()
            return
        self.document_id._check_may_assign()
        due = old.deadline
        if due and due < old.document_id._today():
            if not deadline:
                raise UserError(self.env._(
                    "The deadline (%s) has already passed: give a new one.", format_date(self.env, due)))
            due = deadline
        task = {
            'kind': old.kind, 'unit': unit, 'user': user, 'deadline': due, 'needs_approval': old.needs_approval}
        # what the person did not read cannot be taken back from the person any more: it is withdrawn for the others
        old._withdraw()
        old._journal('withdrawal', old._get_substituted_leaders())
        old._close_activities()
        old._revoke_unit()
        old._revoke_user()
        if old.kind == 'lead':
            old.document_id._move_to('registered', unit_id=False, handler_id=False)
        self.document_id._assign([task], instruction or old.instruction)
