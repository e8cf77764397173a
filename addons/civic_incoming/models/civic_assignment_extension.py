from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from ..const import HELD_ASSIGNMENT_STATES


class CivicAssignment(models.Model):
    """Asking for more time, and what the answer changes."""

    _inherit = 'civic.assignment'

    extension_ids = fields.One2many('civic.deadline.extension', 'assignment_id', string="Extensions")

    def action_ask_extension(self):
        """Ask until when, and why."""
        self._check_own()
        return self.env['ir.actions.act_window']._for_xml_id('civic_incoming.civic_extension_wizard_action') | {
            'context': {'default_assignment_id': self.ensure_one().id},
        }

    def _ask_extension(self, proposed_date, reason):
        """Ask the leader for more time.

        :return: the request, as superuser
        """
        self.ensure_one()
        self._check_own()
        self._check_open()
        reason = (reason or '').strip()
        if not reason:
            raise UserError(self.env._("Say why more time is needed."))
        self.document_id._check_secret_text(reason, where='reason', model='civic.deadline.extension')
        # sudo: the unit may not write, only ask
        assignment = self.sudo()
        if any(extension.state == 'asked' for extension in assignment.extension_ids):
            raise UserError(self.env._("More time has already been asked for: wait for the answer."))
        assignment._check_extendable(proposed_date)
        if assignment.is_overdue and not assignment.company_id.incoming_extend_overdue:
            raise UserError(self.env._(
                "The deadline (%s) has already passed: more time is asked for before, not after.",
                format_date(self.env, assignment.deadline)))
        self._mark_read()
        # a request that was just refused must be out of the way of the new one, in the database too
        assignment.env['civic.deadline.extension'].flush_model(['state'])
        extension = assignment.env['civic.deadline.extension'].create({
            'assignment_id': assignment.id,
            'reason': reason,
            'asked_by_id': self.env.uid,
            'asked_at': fields.Datetime.now(),
            'current_deadline': assignment.deadline,
            'proposed_date': proposed_date,
        })
        extension._journal('modification')
        self.env['civic.notification']._notify(
            'approval_asked', assignment._get_leaders_to_tell(), assignment.document_id, reason)
        return extension

    def _check_extendable(self, proposed_date):
        """Refuse a date that brings no time, or that the lead's deadline does not allow."""
        self.ensure_one()
        if self.kind == 'inform' or not self.deadline:
            raise UserError(self.env._("This assignment has no deadline to extend."))
        if self.state not in HELD_ASSIGNMENT_STATES:
            self._check_open()
        if not proposed_date or proposed_date <= self.deadline or proposed_date < self.document_id._today():
            raise UserError(self.env._(
                "Ask for a date after the present deadline (%s).", format_date(self.env, self.deadline)))
        lead = self.document_id.assignment_ids.filtered(lambda other: (
            other.kind == 'lead' and other.state in HELD_ASSIGNMENT_STATES))
        if self.kind == 'coordinate' and lead and proposed_date > lead.deadline:
            raise UserError(self.env._(
                "%(unit)s co-ordinates: its deadline (%(deadline)s) cannot be after that of the lead unit (%(lead)s).",
                unit=self.unit_id.name, deadline=format_date(self.env, proposed_date),
                lead=format_date(self.env, lead.deadline)))

    def _extend(self, deadline):
        """Move the deadline; with the lead's go the document's, and those of co-ordinators who had the same day."""
        self.ensure_one()
        moved = self
        if self.kind == 'lead':
            moved |= self.document_id.assignment_ids.filtered(lambda other: (
                other.kind == 'coordinate' and other.state in HELD_ASSIGNMENT_STATES
                and other.deadline == self.deadline))
            self.document_id._write_by_system({'deadline': deadline})
        moved._close_activities()
        moved.write({'deadline': deadline})
        moved._schedule_handling()
