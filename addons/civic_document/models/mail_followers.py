from odoo import api, models
from odoo.exceptions import AccessError
from odoo.fields import Domain

from odoo.addons.base.models.ir_attachment import condition_values


class MailFollowers(models.Model):
    _inherit = 'mail.followers'

    def _check_access(self, operation):
        """Who follows a record of ours is known to those who may read the record."""
        result = super()._check_access(operation)
        if not self or self.env.su:
            return result
        forbidden, error = result or (self.browse(), None)
        # sudo: which record is followed decides whether the row may be read
        followed = {follower.id: (follower.res_model, follower.res_id) for follower in self.sudo()}
        ids_by_model = {}
        for model_name, res_id in followed.values():
            if model_name and model_name.startswith('civic.'):
                ids_by_model.setdefault(model_name, set()).add(res_id)
        readable = {model_name: self._get_readable_ids(model_name, ids) for model_name, ids in ids_by_model.items()}
        hidden = (self - forbidden).filtered(
            lambda follower: followed[follower.id][0] in readable
            and followed[follower.id][1] not in readable[followed[follower.id][0]])
        if not hidden:
            return result

        def make_error():
            return AccessError(self.env._("You may see who follows a document only if you may read it."))

        return forbidden + hidden, error or make_error

    @api.model
    def _search(self, domain, offset=0, limit=None, order=None, *, active_test=True, bypass_access=False):
        if not bypass_access and not self.env.su:
            domain = Domain(domain).optimize(self)
            ids = condition_values(self, 'id', domain)
            if ids and not condition_values(self, 'res_model', domain):
                # Rows that were found before are fetched by id alone: the rows themselves say who may see them.
                followers = self.browse(ids).exists()
                forbidden, _error = followers._check_access('read') or (self.browse(), None)
                domain &= Domain('id', 'in', (followers - forbidden).ids)
            else:
                domain &= self._get_readable_domain(domain)
        return super()._search(
            domain, offset, limit, order, active_test=active_test, bypass_access=bypass_access)

    @api.model
    def _get_readable_domain(self, domain):
        """Leave out the followers of our records, but of those that are asked for one by one and may be read."""
        allowed = ~Domain('res_model', '=like', 'civic.%')
        for model_name in condition_values(self, 'res_model', domain) or ():
            if model_name and model_name.startswith('civic.'):
                ids = self._get_readable_ids(model_name, condition_values(self, 'res_id', domain) or ())
                allowed |= Domain('res_model', '=', model_name) & Domain('res_id', 'in', list(ids))
        return allowed

    @api.model
    def _get_readable_ids(self, model_name, ids):
        """Return which of the records, that are asked for one by one, the user may read."""
        model = self.env.get(model_name)
        if model is None or not ids or not model.has_access('read'):
            return set()
        return set(model.with_context(active_test=False).search([('id', 'in', list(ids))]).ids)
