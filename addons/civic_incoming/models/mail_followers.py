from odoo import api, models
from odoo.fields import Domain

from odoo.addons.base.models.ir_attachment import condition_values


class MailFollowers(models.Model):
    _inherit = 'mail.followers'

    @api.model
    def _search(self, domain, offset=0, limit=None, order=None, *, active_test=True, bypass_access=False):
        """Reading rows that are already found asks for them by id alone: then the rows themselves say who may."""
        if not bypass_access and not self.env.su:
            domain = Domain(domain).optimize(self)
            ids = condition_values(self, 'id', domain)
            if ids and not condition_values(self, 'res_model', domain):
                followers = self.browse(ids).exists()
                forbidden, _error = followers._check_access('read') or (self.browse(), None)
                domain &= Domain('id', 'in', (followers - forbidden).ids)
                bypass_access = True
        return super()._search(
            domain, offset, limit, order, active_test=active_test, bypass_access=bypass_access)
