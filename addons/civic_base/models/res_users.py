from collections import defaultdict

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import UserError

from ..const import NOTIFICATION_CHOICES

# What a person may do hangs on these, on the employee's unit, and on who heads which unit.
RIGHTS_FIELDS = frozenset(('group_ids', 'company_id', 'company_ids', 'active'))


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

    @api.depends_context('lang')
    def _compute_display_name(self):
        """What runs by the clock is done by the system, not by a person of a strange name."""
        super()._compute_display_name()
        for user in self.filtered(lambda user: user._origin.id == SUPERUSER_ID):
            user.display_name = self.env._("System")

    @api.depends('civic_notification_ids.choice', 'group_ids')
    @api.depends_context('lang')
    def _compute_civic_notification_choices(self):
        events = self.env['civic.notification.event'].search([('code', '!=', False)])
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

    @api.model_create_multi
    def create(self, vals_list):
        users = super().create(vals_list)
        users._watch_civic_rights(known=False)
        return users

    def write(self, vals):
        if not RIGHTS_FIELDS.isdisjoint(vals):
            self._watch_civic_rights()
        return super().write(vals)

    def _watch_civic_rights(self, known=True):
        """Remember what the users may do before the first change of this transaction.

        At its end the rights are compared once, and what differs goes to `_civic_rights_changed`.

        :param bool known: False for users who did not exist before
        """
        if self.env.uid == SUPERUSER_ID:
            return                      # the installation itself and its scheduled jobs: no person changed anything
        precommit = self.env.cr.precommit
        if 'civic_rights' not in precommit.data:
            precommit.data['civic_rights'] = {}
            precommit.add(self.browse()._compare_civic_rights)
        before = precommit.data['civic_rights']
        if not known:
            before.update({user_id: {} for user_id in self.ids})
            return
        new = self.filtered(lambda user: user.id not in before)
        rights = new._get_civic_rights()
        before.update({user_id: rights.get(user_id, {}) for user_id in new.ids})

    def _compare_civic_rights(self):
        before = self.env.cr.precommit.data.pop('civic_rights', {})
        users = self.with_context(active_test=False).browse(before).exists()
        after = users._get_civic_rights()
        changed = {
            user: (before[user.id], after[user.id])
            for user in users if user.id in after and before[user.id] != after[user.id]
        }
        if changed:
            self._civic_rights_changed(changed)

    def _get_civic_rights(self):
        """Return {id: rights} of the internal users: roles, agencies, units, and whether they may log in at all."""
        # sudo: rights are compared whoever changes them
        users_sudo = self.sudo().with_context(active_test=False).filtered(lambda user: not user.share)
        users_sudo.invalidate_recordset(['civic_unit_ids'])
        roles = self._get_civic_roles()
        employees_by_user = self.env['hr.employee'].sudo().search(
            [('user_id', 'in', users_sudo.ids)]).grouped('user_id')
        return {
            user.id: {
                'active': user.active,
                'roles': sorted((user.all_group_ids & roles).ids),
                'agencies': sorted(user.company_ids.ids),
                'units': sorted(user.civic_unit_ids.ids),
                'posts': {
                    str(employee.id): employee.department_id.id
                    for employee in employees_by_user.get(user, ())
                },
            }
            for user in users_sudo
        }

    @api.model
    def _get_civic_roles(self):
        """The groups that count as rights here: the roles of the suite and those that administer the system."""
        # sudo: which roles there are is no secret
        return self.env['res.groups'].sudo().search([
            ('privilege_id.category_id', '=', self.env.ref('civic_base.module_category_civic').id)
        ]) | self.env.ref('base.group_erp_manager').sudo() | self.env.ref('base.group_system').sudo()

    @api.model
    def _civic_rights_changed(self, changes):
        """Called at the end of a transaction in which people changed rights: {user: (before, after)}. For rooms above."""

    @api.model
    def _civic_units_changed(self):
        """Forget what was computed from units: record rules keep the ids that they were given."""
        self.env.registry.clear_cache()
        self.invalidate_model(['civic_unit_id', 'civic_unit_ids'])

    def _get_substituted_users(self, date=None, company=None):
        """Hook: the absent people for whom the user acts on the date (today), in the agency (in any)."""
        return self.browse()
