import base64

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import config

from odoo.addons.civic_base.tools.vault import Vault, VaultError

from ..tools.protocol import TransportError
from ..tools.receipt import Ed25519Signer, fingerprint
from ..tools.settings import read_settings


class CivicTransportKey(models.Model):
    """The key with which an agency signs receipts; the secret half lies outside the database."""

    _name = 'civic.transport.key'
    _description = "Receipt key"
    _order = 'id desc'
    _rec_name = 'fingerprint'

    company_id = fields.Many2one('res.company', "Agency", required=True, readonly=True, ondelete='restrict')
    public_key = fields.Char(required=True, readonly=True)
    fingerprint = fields.Char(required=True, readonly=True)
    secret_ref = fields.Char(required=True, readonly=True, groups=fields.NO_ACCESS)

    _company_uniq = models.UniqueIndex('(company_id)', "An agency signs receipts with one key.")

    @api.model
    def _get_settings(self):
        return read_settings(config['config'], config['data_dir'])

    @api.model
    def _get_vault(self):
        settings = self._get_settings()
        return Vault(settings.transport_keys, settings.transport_master_key)

    @api.model
    def _put_secret(self, raw):
        """Keep a secret outside the database; it goes again when the transaction fails."""
        vault = self._get_vault()
        try:
            name = vault.put(raw)
        except VaultError:
            raise UserError(self.env._(
                "The key store of the server cannot be written. Tell its operator.")) from None
        self.env.cr.postrollback.add(lambda: vault.drop(name))
        return name

    @api.model
    def _get_secret(self, name):
        try:
            return self._get_vault().get(name)
        except VaultError as error:
            raise TransportError('key_missing', error.code, retry=True) from None

    @api.model
    def _get_for(self, company):
        """Return the key of the agency, made when it is first needed."""
        # sudo: the key serves the agency, whoever acts
        keys = self.sudo()
        key = keys.search([('company_id', '=', company.id)])
        if not key:
            secret = Ed25519Signer.make_secret()
            public = Ed25519Signer(secret).public
            key = keys.create({
                'company_id': company.id,
                'public_key': base64.b64encode(public).decode(),
                'fingerprint': fingerprint(public),
                'secret_ref': keys._put_secret(secret),
            })
            self.env['civic.journal.entry']._append(
                'configuration', company, detail={'act': 'receipt_key', 'fingerprint': key.fingerprint})
        return key

    def _make_signer(self):
        self.ensure_one()
        return Ed25519Signer(self._get_secret(self.sudo().secret_ref))      # sudo: closed to everyone
