from collections import defaultdict
from datetime import date
from typing import NamedTuple

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import format_date, ormcache

from ..const import SUBSTITUTE_SCOPES
from ..tools.substitution import find_circle


class ActiveSubstitution(NamedTuple):
    """Who acts for whom on a day, in which agency, and in what."""

    substitute_id: int
    user_id: int
    company_id: int
    route_ids: tuple | None
    group_ids: tuple | None
    task_id: int | None

    def covers(self, company_id, task_id, route_id, group_id):
        """Whether the substitute may act on the step of a route."""
        if self.company_id != company_id:
            return False
        if self.task_id:
            return self.task_id == task_id
        return self.route_ids is None or route_id in self.route_ids or group_id in self.group_ids

    def covers_all(self):
        """Whether the substitute acts in everything, not for given routes, roles or a single step only."""
        return self.route_ids is None and not self.task_id

    def covers_role(self, group_id):
        """Whether the substitute acts in the role of the absent person, in everything or in this role at least."""
        return not self.task_id and (self.group_ids is None or group_id in self.group_ids)


class CivicSubstitute(models.Model):
    """Who acts for an absent person, from which day to which.

    The substitute sees what waits for the absent person on routes, and acts on that person's behalf, on these days
    only; the absent person may still act. Substitution does not pass on: who replaces the substitute does not
    replace the first person. People enter their own absence, the records administrator anybody's.

    It holds in its agency only, even if both people work in others too, and ends for good when one of them leaves.
    """

    _name = 'civic.substitute'
    _description = "Substitute"
    _inherit = ['civic.journal.mixin', 'civic.secrecy.mixin']
    _order = 'date_from desc, id desc'
    _rec_name = 'user_id'

    _civic_secrecy_texts = ('reason',)
    _civic_secrecy_model = None

    user_id = fields.Many2one(
        'res.users', "Absent Person", required=True, index=True, default=lambda self: self.env.user,
        ondelete='restrict', domain="[('share', '=', False), ('company_ids', 'in', company_id)]")
    substitute_id = fields.Many2one(
        'res.users', "Substitute", required=True, index=True, ondelete='restrict',
        domain="[('share', '=', False), ('company_ids', 'in', company_id), ('id', '!=', user_id)]")
    company_id = fields.Many2one(
        'res.company', "Agency", required=True, default=lambda self: self.env.company, ondelete='restrict')
    date_from = fields.Date("From", required=True, default=fields.Date.context_today)
    date_to = fields.Date("Until", required=True, help="The last day of the absence.")
    reason = fields.Char()
    scope = fields.Selection(SUBSTITUTE_SCOPES, string="For", required=True, default='all')
    route_ids = fields.Many2many('civic.route', string="Routes", domain="[('company_id', '=', company_id)]")
    group_ids = fields.Many2many(
        'res.groups', string="Roles", domain=lambda self: self.env['civic.route.step']._get_role_domain())
    task_id = fields.Many2one('civic.route.task', "Step", readonly=True, index='btree_not_null', ondelete='cascade')
    is_active = fields.Boolean("In Force", compute='_compute_is_active', search='_search_is_active')

    _dates_order = models.Constraint(
        'CHECK (date_from <= date_to)', "A substitution cannot end before it begins.")
    _not_oneself = models.Constraint('CHECK (user_id <> substitute_id)', "Nobody can substitute for oneself.")
    _active_idx = models.Index('(substitute_id, date_to, date_from)')

    # === COMPUTE === #

    @api.depends('user_id', 'substitute_id')
    def _compute_display_name(self):
        for row in self:
            row.display_name = self.env._(
                "%(substitute)s for %(absent)s",
                substitute=row.substitute_id.name or "", absent=row.user_id.name or "")

    @api.depends('date_from', 'date_to')
    def _compute_is_active(self):
        today = self.env['civic.document']._today()
        for row in self:
            row.is_active = bool(row.date_from and row.date_to and row.date_from <= today <= row.date_to)

    def _search_is_active(self, operator, value):
        if operator != 'in':
            return NotImplemented
        today = self.env['civic.document']._today()
        return Domain('date_from', '<=', today) & Domain('date_to', '>=', today)

    # === CONSTRAINTS === #

    @api.constrains('user_id', 'substitute_id', 'company_id')
    def _check_people(self):
        for row in self.sudo():
            for user in row.user_id | row.substitute_id:
                if row.company_id not in user.company_ids:
                    raise ValidationError(self.env._(
                        "%(person)s does not work for %(agency)s: choose somebody of the agency.",
                        person=user.name, agency=row.company_id.name))
            if not row.substitute_id.active:
                raise ValidationError(self.env._(
                    "%s no longer works here: choose another substitute.", row.substitute_id.name))
            if not row.substitute_id.has_group('civic_base.group_specialist'):
                raise ValidationError(self.env._(
                    "%s has no role in the agency's records and cannot substitute for anybody.",
                    row.substitute_id.name))

    @api.constrains('scope', 'route_ids', 'group_ids', 'task_id')
    def _check_scope(self):
        for row in self:
            if row.scope == 'limited' and not row.route_ids and not row.group_ids:
                raise ValidationError(self.env._("Say for which routes or roles the substitution holds."))
            if (row.scope == 'task') != bool(row.task_id):
                raise ValidationError(self.env._("A single step is handed on from the step itself."))

    @api.constrains('user_id', 'substitute_id', 'date_from', 'date_to', 'task_id')
    def _check_circle(self):
        """Nobody may end up as the substitute of the own substitute, however long the chain."""
        for row in self.sudo():
            others = self.sudo().search(
                Domain('id', '!=', row.id) & Domain('company_id', '=', row.company_id.id)
                & Domain('date_from', '<=', row.date_to) & Domain('date_to', '>=', row.date_from)
                & Domain('task_id', 'in', (False, row.task_id.id)))
            circle = find_circle(
                [(other.user_id.id, other.substitute_id.id, other.date_from, other.date_to) for other in others],
                (row.user_id.id, row.substitute_id.id, row.date_from, row.date_to))
            if circle:
                names = self.env['res.users'].sudo().browse(circle).mapped('name')
                raise ValidationError(self.env._(
                    "These people would substitute for each other in a circle: %s. Choose another substitute, or "
                    "other days.", " → ".join([*names, names[0]] if names[0] != names[-1] else names)))

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        rows = super().create(vals_list)
        rows._check_own()
        rows._journal('create')
        rows._changed()
        return rows

    def write(self, vals):
        self._check_own()
        if set(vals) - {'date_to', 'reason'}:
            self._check_not_begun()
        elif 'date_to' in vals and vals['date_to']:
            today = self.env['civic.document']._today()
            end = fields.Date.to_date(vals['date_to'])
            if any(row.date_from < today and (end - today).days < -1 for row in self):
                raise UserError(self.env._(
                    "The substitution has begun: it can end yesterday at the earliest, what was done stays."))
        result = super().write(vals)
        self._check_own()
        self._journal('write')
        self._changed()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_begun(self):
        self._check_own()
        self._check_not_begun()

    def unlink(self):
        self.check_access('unlink')
        self._unlink_except_begun()
        self._journal('delete')
        result = super().unlink()
        self._changed()
        return result

    def _check_own(self):
        """People enter their own absence; the records administrator anybody's."""
        if self.env.su or self.env.user.has_group('civic_base.group_records_admin'):
            return
        if any(row.user_id != self.env.user for row in self):
            raise AccessError(self.env._(
                "You can enter only your own absence. Ask the records administrator to enter somebody else's."))

    def _check_not_begun(self):
        today = self.env['civic.document']._today()
        begun = self.filtered(lambda row: row.date_from < today)
        if begun:
            raise UserError(self.env._(
                "“%(substitution)s” has begun on %(date)s: only its last day can still be changed.",
                substitution=begun[0].display_name, date=format_date(self.env, begun[0].date_from)))

    def _journal(self, act):
        details = {
            row.id: {
                'act': act,
                'absent': row.user_id.login,
                'substitute': row.substitute_id.login,
                'from': fields.Date.to_string(row.date_from),
                'to': fields.Date.to_string(row.date_to),
                'scope': row.scope,
                'routes': row.route_ids.ids or None,
                'roles': row.group_ids.ids or None,
                'task': row.task_id.id or None,
                'reason': row.reason or None,
            }
            for row in self.sudo()}
        self.env['civic.journal.entry']._append('delegation', self, details=details)

    def _changed(self):
        """Forget who substitutes for whom, and put the open steps on the right lists."""
        self.env.registry.clear_cache()
        self.env['civic.document'].invalidate_model(['is_substituted'])
        self.env['civic.route.task'].invalidate_model(['is_for_me', 'on_behalf_of_id'])

    # === BUSINESS === #

    def _is_valid(self):
        """Whether both people still work for the agency: what somebody who left could do, nobody does for him or her."""
        self.ensure_one()
        return all(
            user.active and self.company_id in user.company_ids for user in (self.user_id, self.substitute_id))

    @api.model
    @ormcache('day')
    def _get_all_active(self, day: date):
        """Return all that people may do for others on the day, as a tuple of ActiveSubstitution."""
        # sudo: record rules ask this for everybody; each caller takes what concerns one person
        rows = self.sudo().search(Domain('date_from', '<=', day) & Domain('date_to', '>=', day))
        return tuple(
            ActiveSubstitution(
                row.substitute_id.id,
                row.user_id.id,
                row.company_id.id,
                tuple(row.route_ids.ids) if row.scope == 'limited' else None,
                tuple(row.group_ids.ids) if row.scope == 'limited' else None,
                row.task_id.id or None)
            for row in rows if row._is_valid())

    @api.model
    @ormcache('user_id', 'day')
    def _get_active(self, user_id, day: date):
        """Return what the user may do for others on the day, as a tuple of ActiveSubstitution."""
        return tuple(item for item in self._get_all_active(day) if item.substitute_id == user_id)

    @api.model
    def _get_deputies(self, user_id, company_id, group_id):
        """Return the ids of those who act today in the role of the person, in the agency."""
        today = self.env['civic.document']._today()
        return [
            item.substitute_id for item in self._get_all_active(today)
            if item.user_id == user_id and item.company_id == company_id and item.covers_role(group_id)]

    @api.model
    def _get_substitutes(self, tasks):
        """Return {task id: ids of those who act today for the people of the task}."""
        active = self._get_all_active(self.env['civic.document']._today())
        found = defaultdict(list)
        # sudo: the next person is told, whatever the one who passes the document on may read
        for task in tasks.sudo() if active else ():
            for item in active:
                if item.user_id in task.user_ids.ids and item.covers(
                        task.company_id.id, task.id, task.case_id.route_id.id, task.step_id.group_id.id):
                    found[task.id].append(item.substitute_id)
        return found
