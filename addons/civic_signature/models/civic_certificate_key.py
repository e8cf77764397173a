import base64
from contextlib import contextmanager
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.modules import module
from odoo.tools import config

from odoo.addons.civic_base.tools.vault import Vault, VaultError

from ..const import KEY_FAILURES, say
from ..exceptions import SigningRefused
from ..tools import keys
from ..tools.settings import read_settings


class CivicCertificate(models.Model):
    """The way to the key: into the vault, out of it for one act, and the count of wrong PINs."""

    _inherit = 'civic.certificate'

    @api.model
    def _get_settings(self):
        return read_settings(config['config'], config['data_dir'])

    @api.model
    def _get_vault(self):
        settings = self._get_settings()
        return Vault(settings.signature_keys, settings.signature_master_key)

    # === INTO THE VAULT === #

    def _inverse_key_file(self):
        for certificate in self:
            if certificate.key_file:
                certificate._set_key_file(base64.b64decode(certificate.key_file), certificate.key_pin or '')

    def _set_key_file(self, raw, pin):
        """Keep a PKCS#12 file outside the database and read its certificate."""
        self.ensure_one()
        self._check_may_set_up()
        if self.source != 'pkcs12':
            raise UserError(self.env._("Only a key in a file is put in here."))
        try:
            key = keys.Pkcs12Key(raw, pin)
        except keys.KeyFailed as failure:
            raise SigningRefused(self._get_key_problem(failure), failure.code) from None
        values = self._prepare_certificate_values(key.certificate, key.chain)
        vault = self._get_vault()
        try:
            name = vault.put(raw)
        except VaultError:
            raise UserError(self.env._(
                "The key store of the server cannot be written. Tell its operator.")) from None
        old = self.sudo().key_ref
        self.env.cr.postrollback.add(lambda: vault.drop(name))
        if old:
            self.env.cr.postcommit.add(lambda: vault.drop(old))
        self._write_by_system({**values, 'key_ref': name, 'pin_failures': 0, 'blocked_until': False})
        self.env['civic.journal.entry']._append(
            'configuration', self, detail={'act': 'key', 'fingerprint': values['fingerprint']})

    def action_read_certificate(self):
        """Read the certificate from the signing service; that of a token is read when it first signs."""
        for certificate in self:
            certificate._check_may_set_up()
            if certificate.source != 'remote':
                raise UserError(self.env._("Only a signing service shows its certificate without a PIN."))
            certificate._read_certificate('')
        return True

    def _read_certificate(self, pin):
        """Take over what the token or the service says of the certificate."""
        self.ensure_one()
        with self._guard_key():
            key = self._make_key(pin)
            values = self._prepare_certificate_values(key.certificate, key.chain or self._get_chain()[1:])
        self._write_by_system(values)
        self.env['civic.journal.entry']._append(
            'configuration', self, detail={'act': 'certificate', 'fingerprint': values['fingerprint']})

    # === OUT OF IT === #

    def _open_key(self, pin):
        """Return the key for one act of the user.

        :param str pin: never kept, never logged
        :rtype: tools.keys.Pkcs12Key, Pkcs11Key or RemoteKey
        :raises AccessError: it is not for this user
        :raises SigningRefused: it cannot be used
        """
        self.ensure_one()
        self._check_usable_by_user()
        self._check_in_force()
        with self._guard_key():
            key = self._make_key(pin)
            fingerprint = keys.read_certificate(key.certificate).fingerprint
        if not self.fingerprint:
            self._write_by_system(self._prepare_certificate_values(key.certificate, key.chain))
            self._check_in_force()
        if fingerprint != self.fingerprint:
            raise SigningRefused(self.env._(
                "The token or the service holds another certificate than “%s”.", self.name), 'unusable')
        return key

    def _check_in_force(self):
        self.ensure_one()
        now = fields.Datetime.now()
        # The certificate of a service is read beforehand; that of a token with its PIN, when it first signs. Not both
        # at once: a wrong PIN is counted by another transaction, which must not wait for this one.
        if not self.active or not self.has_key or (self.source == 'remote' and not self.fingerprint):
            raise SigningRefused(self.env._("“%s” has no key to sign with.", self.name), 'no_key')
        if self.blocked_until and self.blocked_until > now:
            raise SigningRefused(self.env._(
                "“%s” is blocked after too many wrong PINs. Try again later or ask the records administrator.", self.name),
                'blocked')
        if self.valid_to and not self.valid_from <= now <= self.valid_to:
            raise SigningRefused(self.env._("“%s” is not valid today.", self.name), 'expired')

    def _make_key(self, pin):
        self.ensure_one()
        settings = self._get_settings()
        if self.source == 'pkcs11':
            if not settings.pkcs11_module:
                raise keys.KeyFailed('missing', "no pkcs11_module")
            return keys.Pkcs11Key(
                settings.pkcs11_module, self.token_label, self.key_label, pin or '', self._get_chain()[1:])
        if self.source == 'remote':
            if not settings.csc_url:
                raise keys.KeyFailed('missing', "no csc_url")
            return keys.RemoteKey(settings.csc_url, self.key_label, settings.csc_token, pin or '')
        try:
            # sudo: the name of the secret is closed to everyone; who may use it was asked before
            raw = self._get_vault().get(self.sudo().key_ref)
        except VaultError as error:
            raise keys.KeyFailed('missing' if error.code == 'missing' else 'unusable', error.code) from None
        return keys.Pkcs12Key(raw, pin or '')

    @contextmanager
    def _guard_key(self):
        """Turn failures of the key into refusals, and count wrong PINs; a right one clears the count."""
        try:
            yield
        except keys.KeyFailed as failure:
            if failure.code == 'wrong_pin':
                self._count_wrong_pin()
            raise SigningRefused(self._get_key_problem(failure), failure.code) from None

    def _clear_wrong_pins(self):
        if self.pin_failures:
            self._write_by_system({'pin_failures': 0, 'blocked_until': False})

    def _count_wrong_pin(self):
        """Count in a transaction of its own: that of the act is about to be rolled back."""
        rules = self.env['civic.rule.value']
        maximum = rules._get('signature.pin_attempts', company=self.company_id)
        minutes = rules._get('signature.pin_block_minutes', company=self.company_id)
        self.env['civic.journal.entry']._append_outside(
            'signature', model=self._name, res_id=self.id, object_ref=self.name, company=self.company_id,
            detail={'reason': 'wrong_pin'})
        if module.current_test:
            self._add_wrong_pin(maximum, minutes)
            return
        with self.env.registry.cursor() as cr:
            self.with_env(self.env(cr=cr))._add_wrong_pin(maximum, minutes)

    def _add_wrong_pin(self, maximum, minutes):
        failures = self.pin_failures + 1
        blocked_until = failures >= maximum and fields.Datetime.now() + timedelta(minutes=minutes)
        self._write_by_system({'pin_failures': failures, 'blocked_until': blocked_until})

    def _get_key_problem(self, failure):
        return self.env._("%(name)s: %(problem)s", name=self.name, problem=say(self.env, KEY_FAILURES[failure.code]))
