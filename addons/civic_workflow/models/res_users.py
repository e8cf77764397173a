from odoo import fields, models


class ResUsers(models.Model):
    _inherit = 'res.users'

    def _get_substituted_users(self, date=None, company=None):
        """The people for whom the user acts on the day (today) in everything, in the agency (in any).

        Substitutions for given routes, roles or single steps do not count: they hold for steps of routes only.
        Whoever asks about a document names its agency: a substitution holds in one agency only.
        """
        by_company = self._get_substituted_by_company(date)
        found = by_company.get(company.id, ()) if company else (
            user_id for user_ids in by_company.values() for user_id in user_ids)
        return self.browse(dict.fromkeys(found))

    def _get_substituted_by_company(self, date=None):
        """Return {agency id: ids of the people for whom the user acts there on the day (today) in everything}."""
        self.ensure_one()
        day = fields.Date.to_date(date) or self.env['civic.document']._today()
        found = {}
        for item in self.env['civic.substitute']._get_active(self.id, day):
            if item.covers_all():
                found.setdefault(item.company_id, []).append(item.user_id)
        return found

    def write(self, vals):
        leaving = self.browse()
        if 'active' in vals and not vals['active']:
            leaving = self.filtered('active')
        result = super().write(vals)
        if {'active', 'company_ids'} & vals.keys():
            # who left, or left an agency, is replaced by nobody any more
            self.env['civic.substitute']._changed()
        if leaving:
            self.env['civic.route.task']._reroute_after_leaving(leaving)
        return result
