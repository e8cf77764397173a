from odoo import api, fields, models


class ResUsers(models.Model):
    _inherit = 'res.users'

    civic_access_alarm = fields.Text(
        compute='_compute_civic_access_alarm',
        groups='base.group_erp_manager,civic_base.group_records_admin,civic_base.group_manager')

    @api.depends_context('lang')
    def _compute_civic_access_alarm(self):
        # sudo: whoever administers people is warned; the lines themselves are for those who decide
        changes = self.env['civic.access.change'].sudo().search(
            [('user_id', 'in', self.ids), ('state', '=', 'open')]).grouped('user_id')
        for user in self:
            user.civic_access_alarm = "\n".join(
                self.env._("%(person)s: %(change)s", person=change.changed_by_id.name, change=line)
                for change in changes.get(user._origin.sudo(), ())
                for line in (change.description or '').splitlines()) or False

    @api.model
    def _civic_rights_changed(self, changes):
        """Raise an alarm for everybody who may do something else now (Annex VI, III.3.c)."""
        super()._civic_rights_changed(changes)
        alarms = []
        for user, (old, new) in changes.items():
            # a new account: before, it could do nothing
            old = old or {**new, 'active': False, 'roles': []}
            if self._get_effective_rights(old) == self._get_effective_rights(new):
                continue
            # sudo: names of roles, agencies and units, for those who decide
            user_sudo = user.sudo()
            added = [id_ for id_ in new['agencies'] if id_ not in old['agencies']]
            alarms.append({
                # whom a new agency concerns is to be asked there
                'company_id': added[0] if added else user_sudo.company_id.id,
                'kind': 'user',
                'user_id': user.id,
                'changes': {
                    name: [self._get_rights_names(name, old[name]), self._get_rights_names(name, new[name])]
                    for name in new if old[name] != new[name]
                },
            })
        if alarms:
            raised = self.env['civic.access.change']._raise_alarms(alarms)
            self.env['civic.journal.entry']._append('configuration', raised.user_id.sudo(False), details={
                change.user_id.id: {'access_change': change.id, 'changes': change.changes} for change in raised})

    @api.model
    def _get_effective_rights(self, rights):
        """What counts: an account that is out of use or has no role reads nothing."""
        if not rights['active'] or not rights['roles']:
            return None
        return rights['roles'], rights['agencies'], rights['units']

    @api.model
    def _get_rights_names(self, name, value):
        """Give ids the names of the day, as the alarm shows them."""
        models_ = {'roles': 'res.groups', 'agencies': 'res.company', 'units': 'hr.department'}
        if name not in models_:
            return value
        # sudo: as above
        return {str(target.id): target.name for target in self.env[models_[name]].sudo().browse(value)}
