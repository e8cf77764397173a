from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command, Domain


class IrFilters(models.Model):
    """Saved searches shared with a team (Decree 30/2020, Annex VI, III.6.e).

    A search belongs to whoever saved it (`user_ids`). Its owner may share it with units of the own, or with a role
    that the owner has in the agency; a records administrator with any. Others use it and cannot change it.
    """

    _inherit = 'ir.filters'

    civic_unit_ids = fields.Many2many(
        'hr.department', 'civic_filter_unit_rel', 'filter_id', 'unit_id', string="Shared with Units",
        help="The people of these units find the search among their own.")
    civic_role_ids = fields.Many2many(
        'res.groups', 'civic_filter_role_rel', 'filter_id', 'role_id', string="Shared with Roles",
        domain=lambda self: [('privilege_id.category_id', '=', self.env.ref('civic_base.module_category_civic').id)],
        help="Everyone in one of these roles at the agency finds the search among the own.")
    civic_company_id = fields.Many2one(
        'res.company', "Shared at", index='btree_not_null', readonly=True, copy=False, ondelete='cascade',
        help="The agency in which the search is shared.")

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        filters = super().create([self._prepare_sharing(values) for values in vals_list])
        filters.filtered('civic_company_id')._check_sharing()
        return filters

    def write(self, vals):
        if {'civic_unit_ids', 'civic_role_ids', 'civic_company_id', 'user_ids'}.isdisjoint(vals):
            return super().write(vals)
        vals = {name: value for name, value in vals.items() if name != 'civic_company_id'}
        result = super().write(vals)
        for filter_ in self:
            shared = filter_.civic_unit_ids or filter_.civic_role_ids
            company = (filter_.civic_company_id or self.env.company) if shared else self.env['res.company']
            if filter_.civic_company_id != company:
                super(IrFilters, filter_).write({'civic_company_id': company.id})
        self.filtered('civic_company_id')._check_sharing()
        return result

    @api.model
    def _prepare_sharing(self, values):
        """A shared search belongs to its maker, and to the agency in which it was made."""
        values = {name: value for name, value in values.items() if name != 'civic_company_id'}
        if values.get('civic_unit_ids') or values.get('civic_role_ids'):
            values['civic_company_id'] = self.env.company.id
            # without an owner it would be everybody's
            values['user_ids'] = values.get('user_ids') or [Command.set(self.env.user.ids)]
        return values

    def _check_sharing(self):
        """People share with their own units and roles; records administrators with all of their agency."""
        user = self.env.user
        category = self.env.ref('civic_base.module_category_civic')
        is_admin = self.env.su or user.has_group('civic_base.group_records_admin')
        for filter_ in self:
            # sudo: units that the user does not see are refused by name all the same
            filter_sudo = filter_.sudo()
            if not filter_sudo.user_ids:
                raise UserError(self.env._(
                    "“%s” belongs to nobody and is everybody's already. Name its owner before sharing it with a team.",
                    filter_sudo.name))
            strangers = filter_sudo.civic_unit_ids.filtered(
                lambda unit, agency=filter_sudo.civic_company_id: unit.company_id and unit.company_id != agency)
            if not is_admin:
                strangers |= filter_sudo.civic_unit_ids - user.civic_unit_ids
            if strangers:
                raise UserError(self.env._(
                    "You can share a search with your own units only, not with %s.", strangers[0].name))
            roles = filter_sudo.civic_role_ids
            foreign = roles.filtered(lambda role: role.privilege_id.sudo().category_id != category)
            if not is_admin:
                foreign |= roles - user.all_group_ids
            if foreign:
                raise UserError(self.env._(
                    "You can share a search with your own roles only, not with %s.", foreign[0].name))

    # === BUSINESS === #

    @api.model
    def create_filter(self, vals):
        """The search bar saves a search: `civic_share` says with whom ('unit': the own unit)."""
        vals = dict(vals)
        if vals.pop('civic_share', None) == 'unit':
            unit = self.env.user.civic_unit_id
            if not unit:
                raise UserError(self.env._(
                    "You belong to no unit of %s: save the search for yourself, or ask for your employee record to "
                    "name your unit.", self.env.company.name))
            vals['civic_unit_ids'] = [Command.link(unit.id)]
        return super().create_filter(vals)

    @api.model
    def _domain_shared_with_me(self):
        user = self.env.user
        return Domain('civic_company_id', 'in', self.env.companies.ids) & (
            Domain('civic_unit_ids', 'in', user.civic_unit_ids.ids)
            | Domain('civic_role_ids', 'in', user.all_group_ids.ids)
        ) & Domain('user_ids', 'not in', user.ids)

    @api.model
    def get_filters(self, model, action_id=None, embedded_action_id=None, embedded_parent_res_id=None):
        """Add the searches of the team. They stand among the shared ones, and are nobody else's default."""
        filters = super().get_filters(model, action_id, embedded_action_id, embedded_parent_res_id)
        shared = self.search_read(
            Domain(self._get_action_domain(action_id, embedded_action_id, embedded_parent_res_id))
            & Domain('model_id', '=', model) & self._domain_shared_with_me(),
            ['name', 'domain', 'context', 'sort', 'embedded_action_id', 'embedded_parent_res_id'])
        known = {values['id'] for values in filters}
        return filters + [
            {**values, 'user_ids': [], 'is_default': False} for values in shared if values['id'] not in known]
