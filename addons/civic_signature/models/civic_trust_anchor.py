import base64
from datetime import timezone

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..tools.keys import KeyFailed, load_certificates, read_certificate

MAX_LISTS = 500                     # the newest ones: more would slow down every check


class CivicTrustAnchor(models.Model):
    """A certification authority whose certificates count: the root of the Government Cipher Committee and others."""

    _name = 'civic.trust.anchor'
    _description = "Trusted Authority"
    _order = 'name, id'

    name = fields.Char(compute='_compute_certificate', store=True, readonly=False)
    active = fields.Boolean(default=True)
    is_root = fields.Boolean(
        "Trusted by Itself", default=True,
        help="Certificates below it are trusted. Otherwise it only helps to build the chain to another authority.")
    certificate = fields.Binary(
        "Certificate File", attachment=False, required=True, help="In DER or PEM, as its authority publishes it.")
    subject = fields.Char(compute='_compute_certificate', store=True)
    fingerprint = fields.Char("SHA-256 Fingerprint", compute='_compute_certificate', store=True)
    not_before = fields.Datetime("Certificate Valid from", compute='_compute_certificate', store=True)
    not_after = fields.Datetime("Certificate Valid to", compute='_compute_certificate', store=True)
    valid_from = fields.Date("Trusted from", help="Signatures before that day are not trusted through it.")
    valid_to = fields.Date("Trusted to", help="Signatures after that day are not trusted through it.")
    legal_basis = fields.Char()

    _fingerprint_uniq = models.UniqueIndex('(fingerprint)', "This authority is already listed.")
    _trust_order = models.Constraint(
        'CHECK (valid_from IS NULL OR valid_to IS NULL OR valid_from <= valid_to)',
        "Trust cannot end before it begins.")

    @api.depends('certificate')
    def _compute_certificate(self):
        for anchor in self:
            info = anchor._read_file()
            anchor.name = anchor.name or (info.holder if info else False)
            anchor.subject = info and info.holder
            anchor.fingerprint = info and info.fingerprint
            anchor.not_before = info and info.valid_from.replace(tzinfo=None)
            anchor.not_after = info and info.valid_to.replace(tzinfo=None)

    def _read_file(self):
        self.ensure_one()
        raw = self.with_context(bin_size=False).certificate
        if not raw:
            return None
        try:
            return read_certificate(load_certificates(base64.b64decode(raw))[0])
        except KeyFailed:
            raise UserError(self.env._("The file holds no certificate.")) from None

    @api.model_create_multi
    def create(self, vals_list):
        anchors = super().create(vals_list)
        anchors._journal('creation')
        return anchors

    def write(self, vals):
        if 'certificate' in vals:
            raise UserError(self.env._("Another certificate is another authority: add it beside this one."))
        result = super().write(vals)
        self._journal('change', fields=sorted(vals))
        return result

    def unlink(self):
        self.check_access('unlink')
        self._journal('deletion')
        return super().unlink()

    def _journal(self, act, **detail):
        """Whom an agency trusts decides what counts as valid: every change leaves a line."""
        if not self:
            return
        self.env['civic.journal.entry']._append('configuration', self, details={
            anchor.id: {'act': act, 'fingerprint': anchor.fingerprint, **detail} for anchor in self})

    @api.model
    def _get_validation_material(self):
        """Return what the check of signatures knows: `anchors`, `certificates`, `crls`, as `tools.checking` wants them."""
        # sudo: whom the system trusts does not depend on who looks at the result
        anchors = self.sudo().with_context(bin_size=False).search([('certificate', '!=', False)])
        roots, others = [], []
        for anchor in anchors:
            der = load_certificates(base64.b64decode(anchor.certificate))[0]
            if anchor.is_root:
                roots.append((der, _start_of(anchor.valid_from), _end_of(anchor.valid_to)))
            else:
                others.append(der)
        lists = self.env['civic.revocation.list'].sudo().with_context(bin_size=False).search(
            [('issuer_key', '!=', False)], limit=MAX_LISTS)
        return {
            'anchors': roots, 'certificates': others,
            'crls': [base64.b64decode(item.content) for item in lists],
        }


def _start_of(day):
    return day and fields.Datetime.to_datetime(day).replace(tzinfo=timezone.utc)


def _end_of(day):
    return day and fields.Datetime.to_datetime(day).replace(hour=23, minute=59, second=59, tzinfo=timezone.utc)

