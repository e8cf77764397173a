import base64
import binascii
import hashlib
import secrets

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL, consteq

from ..const import OPEN_STATES, PROBLEMS, TEST_KIND, TRANSPORTS
from ..tools.http import HttpTransport
from ..tools.protocol import Limits, TransportError
from ..tools.receipt import Ed25519Verifier, fingerprint
from .ir_attachment import PAYLOAD_MODEL

MB = 1024 * 1024
# What a changed channel would change for the partner: the journal tells it.
WATCHED = ('transport', 'url', 'partner_code', 'kinds', 'active', 'partner_key')


class CivicChannel(models.Model):
    """The way between one agency here and one partner elsewhere, in both directions.

    Outgoing: an address, and the token that the partner gave. Incoming: a token that we gave; of it, only a digest is
    kept. The partner's key, by which receipts are checked, is taken over when a person has tested the channel.
    """

    _name = 'civic.channel'
    _description = "Channel"
    _inherit = ['civic.journal.mixin']
    _order = 'name, id'
    _check_company_auto = True

    name = fields.Char(required=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        'res.company', "Agency", required=True, index=True, default=lambda self: self.env.company, ondelete='restrict')
    partner_id = fields.Many2one('res.partner', "Partner agency", index='btree_not_null', ondelete='restrict')
    transport = fields.Selection(TRANSPORTS, "Way", required=True, default='http')
    partner_code = fields.Char(
        "Partner's organ code", help="Stands on each delivery as its recipient; the partner refuses what is not for it.")
    kinds = fields.Char(
        "Kinds accepted", help="Kinds of deliveries that the partner may send, separated by commas. Empty: all that this "
        "system knows.")

    url = fields.Char("Address", help="Base address of the partner's server, such as https://luutru.example.vn")
    token_ref = fields.Char(readonly=True, copy=False, groups=fields.NO_ACCESS)
    token_out = fields.Char(
        "Token from the partner", compute='_compute_token_out', inverse='_inverse_token_out',
        help="Typed in once and kept outside the database; nobody can read it again.")
    has_token_out = fields.Boolean("Can send", compute='_compute_token_out')
    partner_key = fields.Char("Partner's key", readonly=True, copy=False)
    partner_fingerprint = fields.Char("Fingerprint of the partner's key", compute='_compute_partner_fingerprint')
    own_fingerprint = fields.Char("Fingerprint of our key", compute='_compute_own_fingerprint')

    token_id = fields.Char(readonly=True, copy=False)
    token_hash = fields.Char(readonly=True, copy=False, groups=fields.NO_ACCESS)
    has_token_in = fields.Boolean("Can receive", compute='_compute_has_token_in')
    last_seen_at = fields.Datetime("Partner last seen", readonly=True, copy=False)

    tested_at = fields.Datetime("Tested", readonly=True, copy=False)
    test_result = fields.Text("Result of the test", readonly=True, copy=False)
    is_test_good = fields.Boolean("Test passed", readonly=True, copy=False)
    delivery_count = fields.Integer("Deliveries", compute='_compute_delivery_counts')
    problem_count = fields.Integer("Failed deliveries", compute='_compute_delivery_counts')

    _name_uniq = models.UniqueIndex('(company_id, name)', "The agency has a channel of this name.")
    _token_uniq = models.UniqueIndex('(token_id) WHERE token_id IS NOT NULL', "This token belongs to another channel.")

    # === COMPUTE METHODS === #

    @api.depends('token_ref')
    def _compute_token_out(self):
        for channel in self:
            channel.token_out = False
            channel.has_token_out = bool(channel.sudo().token_ref)      # sudo: only whether there is one

    def _inverse_token_out(self):
        for channel in self:
            if channel.token_out:
                channel._set_token_out(channel.token_out.strip())

    @api.depends('token_id')
    def _compute_has_token_in(self):
        for channel in self:
            channel.has_token_in = bool(channel.token_id)

    @api.depends('partner_key')
    def _compute_partner_fingerprint(self):
        for channel in self:
            key = channel.partner_key
            channel.partner_fingerprint = fingerprint(base64.b64decode(key)) if key else False

    @api.depends('company_id')
    def _compute_own_fingerprint(self):
        # sudo: the public half is public
        keys = self.env['civic.transport.key'].sudo().search([('company_id', 'in', self.company_id.ids)])
        by_company = {key.company_id: key.fingerprint for key in keys}
        for channel in self:
            channel.own_fingerprint = by_company.get(channel.company_id)

    def _compute_delivery_counts(self):
        counts = self.env['civic.delivery']._read_group(
            [('channel_id', 'in', self.ids)], ['channel_id', 'state'], ['__count'])
        for channel in self:
            own = [(state, count) for owner, state, count in counts if owner == channel]
            channel.delivery_count = sum(count for _state, count in own)
            channel.problem_count = sum(count for state, count in own if state in ('failed', 'stuck'))

    # === CONSTRAINTS === #

    @api.constrains('url', 'transport')
    def _check_url(self):
        for channel in self:
            if channel.transport == 'http' and channel.url:
                try:
                    HttpTransport(channel.url, '')
                except TransportError as error:
                    raise UserError(self._get_problem(error.code)) from None

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        channels = super().create(vals_list)
        self.env['civic.journal.entry']._append('configuration', channels, detail={'act': 'create'})
        return channels

    def write(self, vals):
        closed = {'token_id', 'token_hash', 'token_ref', 'partner_key', 'last_seen_at', 'tested_at', 'test_result',
                  'is_test_good'}
        if not self.env.su and closed & set(vals):
            raise UserError(self.env._("Tokens and keys are changed by their buttons."))
        if 'company_id' in vals and any(channel.company_id.id != vals['company_id'] for channel in self):
            raise UserError(self.env._("A channel stays with its agency. Archive it and make a new one."))
        if 'url' in vals:
            # Another server has another key: it has to be looked at again.
            moved = self.filtered(lambda channel: channel.url != vals['url'] and channel.partner_key)
            super(CivicChannel, moved.sudo()).write({'partner_key': False, 'is_test_good': False})  # sudo: closed fields
        result = super().write(vals)
        if changed := [name for name in WATCHED if name in vals]:
            self.env['civic.journal.entry']._append(
                'configuration', self, detail={'act': 'change', **{name: vals[name] for name in changed}})
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        if self.env['civic.delivery'].sudo().search_count([('channel_id', 'in', self.ids)], limit=1):  # sudo: all of them
            raise UserError(self.env._("A channel with deliveries is archived, not deleted."))

    # === ACTIONS === #

    def action_test(self):
        """Ask the partner who it is, compare clocks, and take its key over if none is known."""
        self.ensure_one()
        self.check_access('write')
        try:
            answer = self._get_transport().hello()
            good, text = self._take_answer(answer)
        except TransportError as error:
            good, text = False, f"{self._get_problem(error.code)} ({error.detail or error.code})"
        # sudo: the fields are closed to writing; the right was checked
        self.sudo().write({'tested_at': fields.Datetime.now(), 'test_result': text, 'is_test_good': good})
        return {
            'type': 'ir.actions.client',
            'tag': 'display_notification',
            'params': {
                'title': self.env._("The channel works") if good else self.env._("The channel does not work"),
                'message': text,
                'type': 'success' if good else 'danger',
                'sticky': not good,
                'next': {'type': 'ir.actions.client', 'tag': 'soft_reload'},
            },
        }

    def action_forget_key(self):
        """Forget the partner's key, so that the next test takes over the new one."""
        self.check_access('write')
        self.sudo().write({'partner_key': False, 'is_test_good': False})     # sudo: closed field, right checked
        return True

    def action_new_token(self):
        """Make the token that the partner shows us; it is seen once, and the one before is worth nothing."""
        self.ensure_one()
        self.check_access('write')
        token = self._make_token()
        wizard = self.env['civic.channel.token'].create({'channel_id': self.id, 'token': token})
        return {
            'type': 'ir.actions.act_window',
            'name': self.env._("Token for the partner"),
            'res_model': 'civic.channel.token',
            'res_id': wizard.id,
            'views': [(False, 'form')],
            'target': 'new',
        }

    def action_revoke_token(self):
        """Shut the door: the partner's token is worth nothing any more."""
        self.check_access('write')
        self.sudo().write({'token_id': False, 'token_hash': False})         # sudo: closed fields, right checked
        self.env['civic.journal.entry']._append('configuration', self, detail={'act': 'token_revoked'})
        return True

    def action_send_test(self):
        """Put a small test delivery into the outbox: it goes the whole way to the receipt."""
        self.ensure_one()
        self.check_access('write')
        delivery = self.env['civic.delivery']._send(
            self, TEST_KIND, self._store_parts(('test.txt', secrets.token_hex(512).encode(), 'text/plain')),
            subject=self.env._("Test of the channel %s", self.name))
        return delivery._get_form_action()

    def _store_parts(self, *parts):
        """Return attachments that only deliveries open, in order; a part without bytes is left out.

        :param parts: (name, bytes, MIME type) of each
        """
        # sudo: what a delivery carries is closed to everyone
        return self.env['ir.attachment'].sudo().create([
            {'name': name, 'raw': raw, 'mimetype': mimetype, 'res_model': PAYLOAD_MODEL, 'company_id': self.company_id.id}
            for name, raw, mimetype in parts if raw])

    def action_open_deliveries(self):
        """Show what went this way."""
        self.ensure_one()
        action = self.env['ir.actions.act_window']._for_xml_id('civic_transport.civic_delivery_action')
        return {**action, 'domain': list(Domain('channel_id', '=', self.id)), 'context': {}}

    # === BUSINESS === #

    @api.model
    def _get_problem(self, code):
        """Return what a person should know of a problem."""
        return str(PROBLEMS[code]) if code in PROBLEMS else self.env._("The partner answered: %s", code)

    def _get_transport(self):
        """Return what sends on this channel. Higher rooms and tests add theirs."""
        self.ensure_one()
        if not self.url:
            raise TransportError('bad_address')
        token_ref = self.sudo().token_ref          # sudo: closed to everyone
        token = self.env['civic.transport.key']._get_secret(token_ref).decode() if token_ref else ''
        return HttpTransport(self.url, token)

    def _take_answer(self, answer):
        """Look at what the partner says about itself; return whether the channel works, and in words why."""
        try:
            public = base64.b64decode(answer.get('public_key') or '', validate=True)
            Ed25519Verifier(public)
        except (TypeError, ValueError, binascii.Error):
            raise TransportError('no_civic_server', 'public_key') from None
        key = base64.b64encode(public).decode()
        found = fingerprint(public)
        if self.partner_key and self.partner_key != key:
            return False, self.env._(
                "The partner's key has changed to %s. Ask the partner by another way; if it is right, forget the old key "
                "and test again.", found)
        if self.partner_code and answer.get('organ_code') and answer['organ_code'] != self.partner_code:
            return False, self.env._(
                "The server belongs to %(found)s, the channel to %(code)s.",
                found=str(answer['organ_code'])[:50], code=self.partner_code)
        if not self.partner_key:
            self.sudo().write({'partner_key': key})        # sudo: closed field, right checked by the caller
        lines = [self.env._(
            "%(agency)s answered. Compare the fingerprint of its key with the partner by another way: %(fingerprint)s",
            agency=str(answer.get('agency') or '')[:200], fingerprint=found)]
        skew = answer.get('skew') or 0
        if abs(skew) > self.env['civic.rule.value']._get('transport.clock_skew_seconds', company=self.company_id):
            lines.append(self.env._(
                "The clocks of the two servers differ by %s seconds: one of them is wrong.", round(skew)))
        return True, "\n".join(lines)

    def _get_verifiers(self):
        """Return by algorithm what checks the receipts of the partner. Higher rooms add certificates."""
        self.ensure_one()
        return {'Ed25519': Ed25519Verifier(base64.b64decode(self.partner_key))} if self.partner_key else {}

    def _get_signer(self):
        """Return what signs our receipts. Higher rooms may take the certificate of the agency."""
        self.ensure_one()
        return self.env['civic.transport.key']._get_for(self.company_id)._make_signer()

    def _set_token_out(self, token):
        self.ensure_one()
        if not token.isascii() or any(char.isspace() for char in token):
            raise UserError(self.env._("The token holds a character that cannot be in it. Copy it once more."))
        vault = self.env['civic.transport.key']._get_vault()
        old = self.sudo().token_ref                 # sudo: closed to everyone
        name = self.env['civic.transport.key']._put_secret(token.encode())
        if old:
            self.env.cr.postcommit.add(lambda: vault.drop(old))
        self.sudo().write({'token_ref': name})      # sudo: as above; the right to write the channel was checked
        self.env['civic.journal.entry']._append('configuration', self, detail={'act': 'token_out'})

    def _make_token(self):
        """Return a new token for the partner; only its digest stays."""
        self.ensure_one()
        token_id, secret = secrets.token_hex(8), secrets.token_urlsafe(32)
        # sudo: closed fields; the caller checked the right
        self.sudo().write({'token_id': token_id, 'token_hash': hashlib.sha256(secret.encode()).hexdigest()})
        self.env['civic.journal.entry']._append('configuration', self, detail={'act': 'token_in', 'token': token_id})
        return f'{token_id}.{secret}'

    @api.model
    def _find_by_token(self, token):
        """Return the channel whose partner shows this token, as superuser of its agency, or nothing."""
        token_id, _dot, secret = (token or '').partition('.')
        token_id = token_id if token_id.isalnum() else ''
        # sudo: who shows the token has no user here
        channel = self.sudo().search([('token_id', '=', token_id)], limit=1) if token_id and secret else self.sudo().browse()
        digest = hashlib.sha256(secret.encode('utf-8', 'replace')).hexdigest()
        # compared in any case, so that the time does not tell which ids exist
        if not consteq(digest, channel.token_hash or 'none'):
            return self.sudo().browse()
        return channel.with_company(channel.company_id)

    def _get_limits(self):
        self.ensure_one()
        get = self._get_rule
        known = set(self.env['civic.delivery']._get_kinds())
        wanted = {kind.strip() for kind in (self.kinds or '').split(',') if kind.strip()}
        return Limits(
            max_bytes=get('transport.max_mb') * MB, max_parts=get('transport.max_parts'),
            kinds=frozenset(known & (wanted | {TEST_KIND}) if wanted else known))

    def _get_rule(self, key):
        return self.env['civic.rule.value']._get(key, company=self.company_id)

    def _touch(self):
        """Remember that the partner was here, without waiting for anybody and at most once a minute."""
        self.env.cr.execute(SQL(
            """
            UPDATE civic_channel SET last_seen_at = now() AT TIME ZONE 'UTC'
            WHERE id IN (SELECT id FROM civic_channel WHERE id = %s AND (
                last_seen_at IS NULL OR last_seen_at < now() AT TIME ZONE 'UTC' - interval '1 minute')
            FOR UPDATE SKIP LOCKED)
            """, self.id))

    def _count_open_in(self):
        return self.env['civic.delivery'].search_count(
            [('channel_id', '=', self.id), ('direction', '=', 'in'), ('state', 'in', ('receiving', 'verifying'))])

    def action_archive(self):
        """Archive channels on which nothing is under way."""
        if self.env['civic.delivery'].sudo().search_count([        # sudo: all deliveries count
            ('channel_id', 'in', self.ids), ('state', 'in', OPEN_STATES)], limit=1,
        ):
            raise UserError(self.env._("Deliveries are still in the outbox of this channel: wait, or cancel them."))
        return super().action_archive()
