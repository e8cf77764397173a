import base64

from asn1crypto import crl, pem, x509

from odoo import api, fields, models
from odoo.exceptions import UserError

MAX_BYTES = 20 * 1024 * 1024
MAX_EMBEDDED = 1024 * 1024


class CivicRevocationList(models.Model):
    """A revocation list of an authority. The system fetches nothing by itself: lists are put here, by hand or by a
    program of the operator over the programming interface."""

    _name = 'civic.revocation.list'
    _description = "Revocation List"
    _order = 'this_update desc, id desc'
    _rec_name = 'issuer'

    content = fields.Binary("List File", attachment=False, required=True, help="In DER or PEM.")
    issuer = fields.Char(readonly=True)
    issuer_key = fields.Char(readonly=True, export_string_translation=False)
    this_update = fields.Datetime("Issued at", readonly=True)
    next_update = fields.Datetime("Next List by", readonly=True)
    revoked_count = fields.Integer("Revoked Certificates", readonly=True)
    is_outdated = fields.Boolean(compute='_compute_is_outdated')

    _issued_uniq = models.UniqueIndex('(issuer_key, this_update)', "This list is already here.")

    @api.depends('next_update')
    def _compute_is_outdated(self):
        now = fields.Datetime.now()
        for item in self:
            item.is_outdated = bool(item.next_update and item.next_update < now)

    @api.model_create_multi
    def create(self, vals_list):
        lists = super().create([{**values, **self._read_values(values.get('content'))} for values in vals_list])
        self.env['civic.journal.entry']._append('configuration', lists, details={
            item.id: {'act': 'creation', 'issuer': item.issuer, 'revoked': item.revoked_count} for item in lists})
        return lists

    def write(self, vals):
        if vals:
            raise UserError(self.env._("A revocation list does not change: add the new one."))
        return super().write(vals)

    @api.model
    def _get_current(self, certificates):
        """Return the newest lists of those who issued these certificates, in DER; what is too large to go into every
        signed file is left out.

        :param certificates: in DER
        """
        issuers = {x509.Certificate.load(der).issuer.sha256.hex() for der in certificates}
        # sudo: lists are public, and signing asks for them whoever signs
        lists = self.sudo().with_context(bin_size=False).search([('issuer_key', 'in', list(issuers))])
        newest = {}
        for item in lists:              # the newest come first
            newest.setdefault(item.issuer_key, item)
        contents = [base64.b64decode(item.content) for item in newest.values() if not item.is_outdated]
        return [content for content in contents if len(content) <= MAX_EMBEDDED]

    @api.model
    def _read_values(self, content):
        """Return what stands in a list; what is no list is refused."""
        try:
            raw = base64.b64decode(content or b'')
            if len(raw) > MAX_BYTES:
                raise ValueError
            if pem.detect(raw):
                raw = pem.unarmor(raw)[2]
            parsed = crl.CertificateList.load(raw, strict=True)
            body = parsed['tbs_cert_list']
            issuer = body['issuer'].native
            entries = body['revoked_certificates']
            return {
                'content': base64.b64encode(raw),
                'issuer': str(issuer.get('common_name') or parsed.issuer.human_friendly)[:200],
                'issuer_key': parsed.issuer.sha256.hex(),
                'this_update': body['this_update'].native.replace(tzinfo=None),
                'next_update': body['next_update'].native and body['next_update'].native.replace(tzinfo=None),
                'revoked_count': len(entries) if entries.native else 0,
            }
        except (ValueError, TypeError, KeyError):
            raise UserError(self.env._("The file holds no revocation list.")) from None
