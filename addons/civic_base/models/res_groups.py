from odoo import api, models
from odoo.fields import Command


class ResGroups(models.Model):
    _inherit = 'res.groups'

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._watch_members(vals)
        return super().create(vals_list)

    def write(self, vals):
        if not {'user_ids', 'implied_ids', 'implied_by_ids'}.isdisjoint(vals):
            # sudo: whoever may change a group changes the rights of people whom they need not see
            self.sudo().all_user_ids._watch_civic_rights()
            self._watch_members(vals)
        return super().write(vals)

    @api.model
    def _watch_members(self, vals):
        """Watch the rights of the users whom the values put into the group, by name or by another group."""
        # sudo: as above
        users = self.env['res.users'].sudo().browse(self._get_named_ids(vals.get('user_ids')))
        groups = self.sudo().browse(self._get_named_ids(vals.get('implied_by_ids')))
        (users | groups.all_user_ids).exists()._watch_civic_rights()

    @api.model
    def _get_named_ids(self, commands):
        """Return the ids that the commands of a many2many add."""
        ids = set()
        for command in commands or ():
            if not isinstance(command, (list, tuple)):
                ids.add(command)
            elif command[0] == Command.LINK:
                ids.add(command[1])
            elif command[0] == Command.SET:
                ids.update(command[2])
        return ids
