import hashlib
from datetime import timezone

from odoo import fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_datetime

from odoo.addons.civic_base.const import DEFAULT_TZ
from odoo.addons.civic_signature.tools import appearance, pdf, signing
from odoo.addons.civic_signature.tools.checking import validate as check_signatures

MINUTES_STATES = [
    ('none', "Not made yet"),
    ('made', "To be signed by the giver"),
    ('given', "To be signed by the receiver"),
    ('signed', "Signed by both sides"),
]
SIDES = ('giver', 'receiver')
BOX = (150, 58)                     # points: room for a signature on paper
MAX_MINUTES = 32 * 1024 * 1024
SIGNERS = ('civic_base.group_leader', 'civic_base.group_archivist', 'civic_base.group_unit_head')
# A list that is not at hand is looked for later; what else is doubtful is not taken.
TOLERATED = {'revocation_unknown', 'no_timestamp', 'fields_filled', 'signed_again'}


class CivicMinutesMixin(models.AbstractModel):
    """Minutes of delivery that both sides sign, one after the other (Decree 30/2020/NĐ-CP, Annex V, form V; PAdES).

    Each signature is an update of the file before it: what one side signed stands unchanged at the beginning of what the
    other side returns, and is compared byte by byte. The form is made by the keeper; it may travel in between.
    """

    _name = 'civic.minutes.mixin'
    _description = "Minutes Signed by Both Sides"
    _civic_minutes_side = None          # whose signature a record of the model brings: 'giver' or 'receiver'

    minutes_state = fields.Selection(MINUTES_STATES, "Minutes", required=True, readonly=True, default='none', copy=False)
    minutes_attachment_id = fields.Many2one(
        'ir.attachment', "File of the Minutes", readonly=True, copy=False, ondelete='restrict', groups=fields.NO_ACCESS)
    minutes_sha256 = fields.Char("SHA-256 of the Minutes", readonly=True, copy=False)
    minutes_signers = fields.Text("Signed by", readonly=True, copy=False)
    minutes_given_by_id = fields.Many2one('res.users', "Signed for the Giver by", readonly=True, copy=False, ondelete='restrict')

    # === ACTIONS === #

    def action_sign_minutes(self):
        """Open the form in which the person whose turn it is signs."""
        self.ensure_one()
        self._check_minutes_signer()
        return {
            'type': 'ir.actions.act_window', 'name': self.env._("Sign the Minutes"), 'res_model': 'civic.minutes.sign',
            'view_mode': 'form', 'target': 'new', 'context': {'default_res_model': self._name, 'default_res_id': self.id}}

    def action_open_minutes(self):
        """Show the minutes with the signatures that they bear."""
        self.ensure_one()
        self.check_access('read')
        # sudo: whoever reads this reads its minutes
        attachment = self.sudo().minutes_attachment_id
        if not attachment:
            raise UserError(self.env._("The minutes are made when everything is decided."))
        return {'type': 'ir.actions.act_url', 'url': f'/web/content/{attachment.id}', 'target': 'new'}

    # === BUSINESS === #

    def _get_minutes_company(self):
        """Return the agency for which the person signs."""
        return self.company_id

    def _check_minutes_signer(self):
        """Refuse who may not sign, and a signature out of turn."""
        self.ensure_one()
        self.check_access('read')
        side = self._civic_minutes_side
        expected = 'made' if side == 'giver' else 'given'
        if self.minutes_state != expected:
            labels = dict(self._fields['minutes_state']._description_selection(self.env))
            raise UserError(self.env._(
                "The minutes are “%(state)s”: the giver signs first, then the receiver.", state=labels[self.minutes_state]))
        if not any(map(self.env.user.has_group, SIGNERS)) or self._get_minutes_company() not in self.env.companies:
            raise AccessError(self.env._("The minutes are signed by those who give and receive the files."))
        if side == 'receiver' and self.sudo().minutes_given_by_id == self.env.user:
            raise AccessError(self.env._("Who signed for the giver does not sign for the receiver as well."))

    def _get_minutes(self):
        """Return the bytes of the minutes, if they are still those that were kept."""
        self.ensure_one()
        # sudo: the file is closed; who asks has been checked
        raw = self.sudo().minutes_attachment_id.raw or b''
        if not raw or hashlib.sha256(raw).hexdigest() != self.minutes_sha256:
            raise UserError(self.env._("The minutes of “%s” are not in the store as they were kept.", self.display_name))
        return raw

    def _keep_minutes(self, raw, state, **values):
        """Keep the file in its new state; the one before it goes, for it is contained in the new one."""
        self.ensure_one()
        record_sudo = self.sudo()           # sudo: the fields are closed; the act has been checked
        old = record_sudo.minutes_attachment_id
        attachment = self.env['ir.attachment'].sudo().create({
            'name': self._get_minutes_name(), 'raw': raw, 'mimetype': 'application/pdf', 'res_model': self._name, 'res_id': self.id})
        record_sudo.write({
            'minutes_attachment_id': attachment.id, 'minutes_sha256': hashlib.sha256(raw).hexdigest(), 'minutes_state': state,
            'minutes_signers': self._list_minutes_signers(raw), **values})
        old.unlink()

    def _get_minutes_name(self):
        code = (self.sudo().name or '').replace('/', '-')
        return self.env._("Minutes of delivery %s.pdf", code)

    def _reserve_minutes(self, raw):
        """Return the form with a field for each signature below the words “Giver” and “Receiver”, if they stand on it."""
        places = []
        for name, title in zip(SIDES, (self.env._("Giver"), self.env._("Receiver")), strict=True):
            found = pdf.find_text(raw, title.upper())           # as the form prints it
            if found:
                page, (x, y, width, _height) = found[-1]
                left = max(x + width / 2 - BOX[0] / 2, 20)
                places.append(pdf.SignatureField(name, (left, max(y - BOX[1] - 18, 20), *BOX), page, is_final=name == 'receiver'))
        return pdf.reserve(raw, [], places) if places else raw

    def _sign_minutes(self, certificate, pin):
        """Sign as the person whose turn it is, and keep the result."""
        self._check_minutes_signer()
        certificate.ensure_one()
        certificate._check_usable_by_user()
        certificate._check_in_force()
        if certificate.kind != 'person' or certificate.company_id != self._get_minutes_company():
            raise AccessError(self.env._("The minutes are signed with the certificate of a person of the agency."))
        raw, side = self._get_minutes(), self._civic_minutes_side
        box = next((tuple(field['box']) for field in pdf.list_fields(raw) if field['name'] == side), None)
        paper = self.env['civic.content'].new({'name': self._get_minutes_name()})
        lines = [
            certificate.holder or certificate.name, self._get_minutes_company().name,
            format_datetime(self.env, fields.Datetime.now(), tz=DEFAULT_TZ, dt_format='HH:mm:ss dd/MM/yyyy')]
        placement = signing.Placement(
            field=side, box=box, is_final=side == 'receiver', appearance=appearance.draw_lines(lines, box[2:]) if box else None)
        signed = paper._make_signature(raw, certificate, certificate._open_key(pin), placement, self.env._("Minutes of delivery"))
        certificate._clear_wrong_pins()
        self._keep_minutes(signed.pdf, 'given' if side == 'giver' else 'signed', **(
            {'minutes_given_by_id': self.env.uid} if side == 'giver' else {}))
        self.env['civic.journal.entry']._append('signature', self, detail={
            'form': 'minutes', 'side': side, 'certificate': certificate.fingerprint, 'level': signed.level,
            'sha256': self.minutes_sha256})
        self._after_minutes_signed()

    def _after_minutes_signed(self):
        """Send the minutes on to the other side, or conclude."""

    def _check_minutes_signed(self, raw, count):
        """Refuse what does not begin with the minutes as they are here, or does not bear so many good signatures.

        :param bytes raw: came from outside, hostile
        """
        if len(raw) > MAX_MINUTES or not raw.startswith(self._get_minutes()):
            raise UserError(self.env._("These are not the minutes of “%s”: they were changed on the way.", self.display_name))
        signatures = [item for item in self._read_minutes_signatures(raw)['signatures'] if item['kind'] == 'signature']
        good = [item for item in signatures if not set(item['problems']) - TOLERATED]
        if len(good) != count or len(signatures) != count:
            raise UserError(self.env._(
                "The minutes bear %(good)s good signatures instead of %(count)s.", good=len(good), count=count))

    def _read_minutes_signatures(self, raw):
        material = self.env['civic.trust.anchor']._get_validation_material()
        return check_signatures(raw, moment=fields.Datetime.now().replace(tzinfo=timezone.utc), **material)

    def _list_minutes_signers(self, raw):
        """Return a line for each signature: who, when, and whether it holds."""
        words = {'valid': self.env._("valid"), 'warning': self.env._("valid with reservations"), 'invalid': self.env._("not valid")}
        sides = {'giver': self.env._("Giver"), 'receiver': self.env._("Receiver")}
        return '\n'.join(
            f"{sides.get(item['field'], item['field'])}: {item.get('holder') or '?'}"
            f" – {words.get(item['state'], self.env._('cannot be read'))}"
            for item in self._read_minutes_signatures(raw)['signatures'] if item['kind'] == 'signature') or False
