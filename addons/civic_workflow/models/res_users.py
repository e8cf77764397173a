from odoo import fields, models


class ResUsers(models.Model):
    _inherit = 'res.users'

    def _get_substituted_users(self, date=None):
        """The people for whom the user acts on the day (today) in everything.

        Substitutions for given routes, roles or single steps do not count: they hold for steps of routes only.
        """
        self.ensure_one()
        day = fields.Date.to_date(date) or self.env['civic.document']._today()
        active = self.env['civic.substitute']._get_active(self.id, day)
        return self.browse(dict.fromkeys(item.user_id for item in active if item.route_ids is None and not item.task_id))

    def write(self, vals):
        leaving = self.browse()
        if 'active' in vals and not vals['active']:
            leaving = self.filtered('active')
        result = super().write(vals)
        if leaving:
            self.env['civic.route.task']._reroute_after_leaving(leaving)
        return result
