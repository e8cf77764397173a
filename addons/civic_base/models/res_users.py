from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..const import NOTIFICATION_CHOICES


class ResUsers(models.Model):
    _inherit = 'res.users'

    civic_unit_id = fields.Many2one(
        'hr.department', string="Unit", compute='_compute_civic_unit_id', compute_sudo=True,
        help="The unit of the person in the current agency.")
    civic_unit_ids = fields.Many2many(
        'hr.department', string="Own and Subordinate Units", compute='_compute_civic_unit_ids', compute_sudo=True,
        help="The person's units in every agency, and all units below those that the person heads.")

    civic_notification_ids = fields.One2many(
        'civic.notification.choice', 'user_id', string="Notification Choices", readonly=True)
    civic_notification_choices = fields.Json(
        string="Notifications", compute='_compute_civic_notification_choices',
        inverse='_inverse_civic_notification_choices', compute_sudo=True,
        help="How the person hears of each kind of event.")
    civic_digest_date = fields.Date(string="Last Digest", readonly=True, copy=False)

    @property
    def SELF_READABLE_FIELDS(self):
        return super().SELF_READABLE_FIELDS + ['civic_notification_choices']

    @property
    def SELF_WRITEABLE_FIELDS(self):
        return super().SELF_WRITEABLE_FIELDS + ['civic_notification_choices']

    @api.depends('civic_notification_ids.choice', 'group_ids')
    @api.depends_context('lang')
    def _compute_civic_notification_choices(self):
        events = self.env['civic.notification.event'].search([])
        for user in self:
            chosen = {row.event_id: row.choice for row in user.civic_notification_ids}
            user.civic_notification_choices = [
                {
                    'code': event.code,
                    'name': event.name,
                    'description': event.description or "",
                    'has_now': event.has_now,
                    'choice': chosen.get(event, event.default_choice),
                }
                for event in events
                if event._is_for(user)
            ]

    def _inverse_civic_notification_choices(self):
        """Keep what was chosen; what comes over RPC is checked value by value, as people write their own record."""
        events = {event.code: event for event in self.env['civic.notification.event'].search([])}
        known = dict(NOTIFICATION_CHOICES)
        # sudo: the right to write the person has just been checked, and the rows are the person's own
        choices = self.env['civic.notification.choice'].sudo()
        for user in self:
            given = user.civic_notification_choices
            if not isinstance(given, list) or not all(isinstance(row, dict) for row in given):
                raise UserError(self.env._("These are no notification settings."))
            current = {row.event_id: row for row in choices.search([('user_id', '=', user.id)])}
            created = []
            for row in given:
                code, choice = row.get('code'), row.get('choice')
                event = events.get(code) if isinstance(code, str) else None
                if event is None or not isinstance(choice, str) or choice not in known:
                    raise UserError(self.env._("These are no notification settings."))
                if choice == 'now' and not event.has_now:
                    raise UserError(self.env._("“%s” never goes out at once.", event.name))
                if event in current:
                    if current[event].choice != choice:
                        current[event].choice = choice
                elif choice != event.default_choice and event not in {values['event_id'] for values in created}:
                    created.append({'user_id': user.id, 'event_id': event, 'choice': choice})
            choices.create([{**values, 'event_id': values['event_id'].id} for values in created])
        self.invalidate_recordset(['civic_notification_choices'])

    @api.depends_context('company')
    @api.depends('employee_ids.department_id')
    def _compute_civic_unit_id(self):
        employees = self.env['hr.employee'].search(
            [('user_id', 'in', self.ids), ('company_id', '=', self.env.company.id)])
        units = {employee.user_id.id: employee.department_id for employee in employees}
        for user in self:
            user.civic_unit_id = units.get(user.id, False)

    @api.depends('employee_ids.department_id')
    def _compute_civic_unit_ids(self):
        # Of all agencies, not the current one: record rules see the user without the chosen
        # companies, and the company rules cut down to these anyway.
        employees = self.env['hr.employee'].search([('user_id', 'in', self.ids)])
        unit_ids = defaultdict(set)
        for employee in employees:
            unit_ids[employee.user_id.id].update(employee.department_id.ids)
        headed = self.env['hr.department'].search([('manager_id', 'in', employees.ids)])
        below = self.env['hr.department'].search([('id', 'child_of', headed.ids)])
        for unit in headed:
            unit_ids[unit.manager_id.user_id.id].update(
                below.filtered(lambda child, path=unit.parent_path: child.parent_path.startswith(path)).ids)
        for user in self:
            user.civic_unit_ids = sorted(unit_ids[user.id])

    @api.model
    def _civic_units_changed(self):
        """Forget what was computed from units: record rules keep the ids that they were given."""
        self.env.registry.clear_cache()
        self.invalidate_model(['civic_unit_id', 'civic_unit_ids'])
