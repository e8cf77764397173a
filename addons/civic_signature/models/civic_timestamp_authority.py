import json

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import config

from odoo.addons.civic_base.tools.vault import Vault, VaultError

from ..tools import timestamp
from ..tools.demo_ca import load_holder
from ..tools.settings import read_settings


class CivicTimestampAuthority(models.Model):
    """Who tells the time of a signature so that others believe it (RFC 3161)."""

    _name = 'civic.timestamp.authority'
    _description = "Time Stamp Authority"
    _order = 'name, id'

    name = fields.Char(required=True)
    kind = fields.Selection(
        [
            ('http', "Server (RFC 3161)"),
            ('demo', "Demonstration, in this system"),
        ],
        required=True, default='http')
    url = fields.Char("Address", help="Such as http://ca.gov.vn/tsa.")
    key_ref = fields.Char(readonly=True, copy=False, groups=fields.NO_ACCESS)

    @api.constrains('kind', 'url')
    def _check_url(self):
        for authority in self:
            if authority.kind == 'http' and not (authority.url or '').startswith(('http://', 'https://')):
                raise ValidationError(self.env._("The time stamp server needs an address that begins with http."))

    @api.model
    def _get_vault(self):
        settings = read_settings(config['config'], config['data_dir'])
        return Vault(settings.signature_keys, settings.signature_master_key)

    def _get_stamper(self):
        """Return the stamper of :mod:`tools.timestamp`, or None without an authority.

        :raises UserError: when the demonstration's key is gone
        """
        if not self:
            return None
        self.ensure_one()
        # sudo: everybody who signs has the time stamped, nobody reads the key
        authority = self.sudo()
        if authority.kind == 'http':
            return timestamp.HttpStamper(authority.url)
        try:
            holder = load_holder(json.loads(self._get_vault().get(authority.key_ref)))
        except VaultError:
            raise UserError(self.env._("The key of the time stamp authority “%s” is gone.", authority.name)) from None
        return timestamp.make_demo_stamper(holder)
