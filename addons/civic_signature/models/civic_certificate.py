import base64
import hashlib
from datetime import timedelta

from asn1crypto import pem

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain

from ..const import CERTIFICATE_KINDS, KEY_SOURCES
from ..tools.appearance import PictureRefused, check_picture
from ..tools.keys import load_certificates, read_certificate

DAYS_SOON = 30
# Nobody but the acts of this model writes what follows from the key.
_BY_SYSTEM = object()


class CivicCertificate(models.Model):
    """The certificate of a person or of an agency, and where its key is. The key itself is never here.

    A person's certificate is used by its holder alone; an agency's by its clerks alone (Decree 30/2020/NĐ-CP,
    Art. 32.2.c). Administrators set both up, and use neither.
    """

    _name = 'civic.certificate'
    _description = "Certificate"
    _inherit = ['civic.journal.mixin']
    _order = 'kind, name, id'
    _check_company_auto = True

    name = fields.Char(required=True, help="How the certificate is called in lists, such as the holder's name.")
    active = fields.Boolean(default=True)
    kind = fields.Selection(CERTIFICATE_KINDS, required=True, default='person')
    company_id = fields.Many2one('res.company', "Agency", required=True, default=lambda self: self.env.company)
    user_id = fields.Many2one(
        'res.users', "Person", index='btree_not_null', ondelete='restrict',
        help="The only one who signs with it.")
    source = fields.Selection(KEY_SOURCES, string="Key", required=True, default='pkcs12')
    token_label = fields.Char(help="Label of the token or HSM slot.")
    key_label = fields.Char(help="Label of key and certificate in the token, or the identifier of the credential.")

    # read from the certificate
    certificate_pem = fields.Text("Certificate and Chain", readonly=True, copy=False)
    holder = fields.Char(readonly=True, copy=False)
    organisation = fields.Char(readonly=True, copy=False)
    issuer = fields.Char(readonly=True, copy=False)
    serial = fields.Char("Serial Number", readonly=True, copy=False)
    fingerprint = fields.Char("SHA-256 Fingerprint", readonly=True, copy=False, index='btree_not_null')
    valid_from = fields.Datetime(readonly=True, copy=False)
    valid_to = fields.Datetime(readonly=True, copy=False)
    state = fields.Selection(
        [
            ('empty', "No certificate yet"),
            ('early', "Not valid yet"),
            ('valid', "Valid"),
            ('soon', "Expires soon"),
            ('expired', "Expired"),
            ('blocked', "Blocked after wrong PINs"),
        ],
        compute='_compute_state')

    # the key
    key_ref = fields.Char(readonly=True, copy=False, groups=fields.NO_ACCESS)
    has_key = fields.Boolean(compute='_compute_has_key', compute_sudo=True)
    key_file = fields.Binary(
        "Key File (PKCS#12)", compute='_compute_nothing', inverse='_inverse_key_file',
        help="Goes encrypted into the key store of the server and never comes back.")
    key_pin = fields.Char(
        "PIN of the Key", compute='_compute_nothing', inverse='_inverse_key_file',
        help="Opens the key to read its certificate. It is not kept.")
    pin_failures = fields.Integer("Wrong PINs in a Row", readonly=True, copy=False)
    blocked_until = fields.Datetime(readonly=True, copy=False)

    # what is seen on paper
    picture = fields.Binary("Stored Picture", readonly=True, copy=False, groups=fields.NO_ACCESS)
    picture_file = fields.Binary(
        "Picture", compute='_compute_picture_file', inverse='_inverse_picture_file',
        help="PNG with transparent ground: the handwritten signature in blue, or the seal in red.")
    picture_width = fields.Float("Width (mm)", default=42, help="On paper. A seal is shown in its real size.")
    picture_height = fields.Float("Height (mm)", default=20)

    can_use = fields.Boolean(compute='_compute_can_use')

    _person_has_user = models.Constraint(
        "CHECK (kind <> 'person' OR user_id IS NOT NULL)", "A person's certificate names the person.")
    _agency_has_no_user = models.Constraint(
        "CHECK (kind <> 'agency' OR user_id IS NULL)", "An agency's certificate belongs to no person.")
    _picture_size = models.Constraint(
        'CHECK (picture_width BETWEEN 5 AND 120 AND picture_height BETWEEN 5 AND 120)',
        "The picture is between 5 and 120 mm wide and high.")
    _fingerprint_uniq = models.UniqueIndex(
        '(company_id, fingerprint) WHERE fingerprint IS NOT NULL', "This certificate is already listed.")

    # === COMPUTE === #

    @api.depends('valid_from', 'valid_to', 'blocked_until')
    def _compute_state(self):
        now = fields.Datetime.now()
        for certificate in self:
            if not certificate.valid_to:
                certificate.state = 'empty'
            elif certificate.blocked_until and certificate.blocked_until > now:
                certificate.state = 'blocked'
            elif now < certificate.valid_from:
                certificate.state = 'early'
            elif now > certificate.valid_to:
                certificate.state = 'expired'
            else:
                certificate.state = 'soon' if certificate.valid_to - now < timedelta(days=DAYS_SOON) else 'valid'

    @api.depends('key_ref', 'source', 'key_label')
    def _compute_has_key(self):
        for certificate in self:
            certificate.has_key = bool(
                certificate.key_ref if certificate.source == 'pkcs12' else certificate.key_label)

    def _compute_nothing(self):
        """What was put in never comes back."""
        self.key_file = False
        self.key_pin = False

    @api.depends('kind', 'user_id', 'company_id')
    @api.depends_context('uid')
    def _compute_can_use(self):
        for certificate in self:
            certificate.can_use = certificate._is_usable_by_user()

    @api.depends('picture')
    @api.depends_context('uid')
    def _compute_picture_file(self):
        for certificate in self:
            # A picture of a signature is worth stealing: only those who may put it on paper see it.
            # sudo: the field is closed, the right was just asked for
            certificate.picture_file = certificate.can_use and certificate.sudo().picture

    def _inverse_picture_file(self):
        for certificate in self:
            raw = base64.b64decode(certificate.picture_file) if certificate.picture_file else b''
            if not raw:
                continue
            certificate._check_may_set_up()
            try:
                check_picture(raw, 'blue' if certificate.kind == 'person' else 'red')
            except PictureRefused as refusal:
                raise UserError(certificate._get_picture_problem(refusal.code)) from None
            certificate._write_by_system({'picture': base64.b64encode(raw)})
            self.env['civic.journal.entry']._append(
                'configuration', certificate, detail={'act': 'picture', 'sha256': hashlib.sha256(raw).hexdigest()})

    def _get_picture_problem(self, code):
        return {
            'not_png': self.env._("The picture is no PNG file."),
            'too_large': self.env._("The picture is too large: at most 2 MB."),
            'empty': self.env._("The picture is empty."),
            'not_transparent': self.env._(
                "The ground of the picture is not transparent (Decree 30/2020/NĐ-CP, Annex I, II.7.d and II.8)."),
            'not_blue': self.env._("The picture of a person's signature is blue (Decree 30/2020/NĐ-CP, Annex I, II.7.d)."),
            'not_red': self.env._("The picture of the seal is red (Decree 30/2020/NĐ-CP, Annex I, II.8.a)."),
        }[code]

    # === CONSTRAINTS === #

    @api.constrains('user_id', 'company_id')
    def _check_person(self):
        for certificate in self:
            if certificate.user_id and certificate.company_id not in certificate.sudo().user_id.company_ids:
                raise ValidationError(self.env._("The person does not work for the agency of the certificate."))

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        for values in vals_list:
            self._check_no_system_fields(values)
        certificates = super().create(vals_list)
        certificates._check_may_set_up()
        self.env['civic.journal.entry']._append('configuration', certificates, detail={'act': 'creation'})
        return certificates

    def write(self, vals):
        if self.env.context.get('civic_certificate_token') is _BY_SYSTEM:
            return super().write(vals)
        self._check_no_system_fields(vals)
        self._check_may_set_up()
        for name in ('kind', 'user_id', 'company_id'):
            if name in vals and any(
                certificate._fields[name].convert_to_cache(vals[name], certificate, validate=False)
                != certificate._fields[name].convert_to_cache(certificate[name], certificate, validate=False)
                for certificate in self
            ):
                raise UserError(self.env._("A certificate stays with its holder: archive it and add another one."))
        result = super().write(vals)
        self._check_may_set_up()
        changed = sorted(set(vals) - {'key_file', 'key_pin', 'picture_file'})
        if changed:
            self.env['civic.journal.entry']._append('configuration', self, detail={'act': 'change', 'fields': changed})
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        # sudo: whether anything was ever signed with it, whoever may read that
        if self.env['civic.signature'].sudo().search_count([('certificate_id', 'in', self.ids)], limit=1):
            raise UserError(self.env._("A certificate that signed something is archived, not deleted."))

    def unlink(self):
        self._check_may_set_up()
        names = [name for name in self.sudo().mapped('key_ref') if name]
        self.env['civic.journal.entry']._append('configuration', self, detail={'act': 'deletion'})
        result = super().unlink()
        vault = self._get_vault()
        for name in names:
            self.env.cr.postcommit.add(lambda name=name: vault.drop(name))
        return result

    @api.model
    def _get_system_fields(self):
        """What follows from the key and from its use; nobody writes it."""
        return {
            'certificate_pem', 'holder', 'organisation', 'issuer', 'serial', 'fingerprint', 'valid_from', 'valid_to',
            'key_ref', 'pin_failures', 'blocked_until', 'picture',
        }

    @api.model
    def _check_no_system_fields(self, values):
        if not self.env.su and self._get_system_fields().intersection(values):
            raise AccessError(self.env._("What stands in a certificate is read from its key."))

    def _write_by_system(self, vals):
        # sudo: users do not write what follows from the key
        return self.sudo().with_context(civic_certificate_token=_BY_SYSTEM).write(vals)

    # === ACCESS === #

    def _check_may_set_up(self):
        """Holders set up their own certificate, records administrators those of the agency and of its people."""
        if self.env.su:
            return
        is_admin = self.env.user.has_group('civic_base.group_records_admin')
        for certificate in self:
            if not is_admin and (certificate.kind != 'person' or certificate.user_id != self.env.user):
                raise AccessError(self.env._(
                    "You set up your own certificate; those of others are the records administrator's affair."))

    def _is_usable_by_user(self):
        """Whether the user may sign with it: asked of the person, whatever the code runs as."""
        self.ensure_one()
        user = self.env.user
        if self.kind == 'person':
            return bool(self.user_id) and self.user_id == user
        return user.has_group('civic_base.group_clerk') and self.company_id in user.company_ids

    def _check_usable_by_user(self):
        for certificate in self:
            if certificate._is_usable_by_user():
                continue
            if certificate.kind == 'person':
                raise AccessError(self.env._("Only the holder signs with “%s”.", certificate.name))
            raise AccessError(self.env._(
                "Only the records clerks of the agency sign with “%s” (Decree 30/2020/NĐ-CP, Art. 32.2.c).",
                certificate.name))

    # === FINDING === #

    @api.model
    def _get_for_user(self, company=None):
        """Return the user's own certificate in the agency that is valid now, the one that lasts longest."""
        company = company or self.env.company
        return self.search(
            Domain('kind', '=', 'person') & Domain('user_id', '=', self.env.uid)
            & Domain('company_id', '=', company.id) & self._domain_in_force(), order='valid_to desc', limit=1)

    @api.model
    def _get_for_agency(self, company=None):
        """Return the certificate of the agency that is valid now."""
        company = company or self.env.company
        return self.search(
            Domain('kind', '=', 'agency') & Domain('company_id', '=', company.id) & self._domain_in_force(),
            order='valid_to desc', limit=1)

    @api.model
    def _domain_in_force(self):
        now = fields.Datetime.now()
        return Domain('valid_from', '<=', now) & Domain('valid_to', '>', now)

    def _get_chain(self):
        """Return the certificate and those above it, in DER."""
        self.ensure_one()
        return load_certificates((self.certificate_pem or '').encode()) if self.certificate_pem else []

    def _prepare_certificate_values(self, der, chain):
        info = read_certificate(der, chain)
        text = b''.join(pem.armor('CERTIFICATE', item) for item in (der, *chain)).decode()
        return {
            'certificate_pem': text,
            'holder': info.holder,
            'organisation': info.organisation,
            'issuer': info.issuer,
            'serial': info.serial,
            'fingerprint': info.fingerprint,
            'valid_from': info.valid_from.replace(tzinfo=None),
            'valid_to': info.valid_to.replace(tzinfo=None),
        }

    # === ACTIONS === #

    @api.model
    def action_open_mine(self):
        """Show the user's own certificates, or the form of a new one."""
        mine = self.search([('kind', '=', 'person'), ('user_id', '=', self.env.uid)])
        action = self.env['ir.actions.act_window']._for_xml_id('civic_signature.civic_certificate_action_mine')
        if len(mine) == 1:
            action.update(view_mode='form', views=[(False, 'form')], res_id=mine.id)
        return action

    def action_unblock(self):
        """Let a certificate that was blocked after wrong PINs be tried again."""
        if not self.env.user.has_group('civic_base.group_records_admin'):
            raise AccessError(self.env._("Only records administrators unblock a certificate."))
        self.check_access('write')
        self._write_by_system({'pin_failures': 0, 'blocked_until': False})
        self.env['civic.journal.entry']._append('configuration', self, detail={'act': 'unblock'})
        return True
