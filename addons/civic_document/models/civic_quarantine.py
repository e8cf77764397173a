import logging
from contextlib import contextmanager

import psycopg2

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.modules import module

from ..tools.content import PROBLEMS

_logger = logging.getLogger(__name__)

REASONS = [
    ('empty', "Empty"),
    ('too_large', "Too large"),
    ('bad_name', "Bad file name"),
    ('forbidden_format', "Format not accepted"),
    ('extension_mismatch', "Wrong extension"),
    ('encrypted', "Protected by a password"),
    ('corrupt', "Damaged"),
    ('too_many_pages', "Too many pages"),
    ('unreadable', "Not readable within the limits"),
]
# What stays refused whoever asks: there is nothing to release, or it could harm a reader.
FINAL_REASONS = ('empty', 'forbidden_format')


class CivicQuarantine(models.Model):
    """A file that was refused, with its bytes and the reason, until a clerk decides about it.

    State secrets never come here: of them nothing is kept.
    """

    _name = 'civic.quarantine'
    _description = "Refused file"
    _inherit = ['civic.journal.mixin', 'civic.reason.mixin']
    _order = 'id desc'
    _civic_reason_methods = ('_release', '_discard')

    name = fields.Char("File name", required=True, readonly=True)
    company_id = fields.Many2one('res.company', "Agency", required=True, readonly=True, index=True)
    attachment_id = fields.Many2one(
        'ir.attachment', readonly=True, index='btree_not_null', ondelete='restrict', groups=fields.NO_ACCESS)
    sha256 = fields.Char("SHA-256", required=True, readonly=True, index=True)
    size = fields.Integer("Size (bytes)", readonly=True, aggregator='sum')
    mimetype = fields.Char("MIME type", readonly=True)
    format_name = fields.Char("Format", readonly=True)
    reason_code = fields.Selection(REASONS, "Kind of problem", required=True, readonly=True)
    reason = fields.Text("Message", required=True, readonly=True)
    user_id = fields.Many2one('res.users', "Brought by", required=True, readonly=True, ondelete='restrict')
    received_at = fields.Datetime(required=True, readonly=True, default=fields.Datetime.now)
    state = fields.Selection(
        [
            ('held', "Held"),
            ('released', "Released"),
            ('discarded', "Discarded"),
        ],
        required=True, readonly=True, default='held')
    decided_by_id = fields.Many2one('res.users', readonly=True, ondelete='restrict')
    decided_at = fields.Datetime(readonly=True)
    decision_reason = fields.Text(readonly=True)
    document_id = fields.Many2one('civic.document', readonly=True, index='btree_not_null', ondelete='set null')
    can_release = fields.Boolean(compute='_compute_can_release')

    _list_idx = models.Index("(company_id, id DESC) WHERE state = 'held'")

    @api.depends('state', 'reason_code')
    def _compute_can_release(self):
        for quarantine in self:
            quarantine.can_release = quarantine.state == 'held' and quarantine.reason_code not in FINAL_REASONS

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            raise AccessError(self.env._("Only a refused upload puts a file into quarantine."))
        return super().create(vals_list)

    def write(self, vals):
        if not self.env.su:
            raise AccessError(self.env._("A refused file is released or discarded by its buttons."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_always(self):
        raise UserError(self.env._("A refused file is discarded with a reason; its line stays."))

    # === ACTIONS === #

    def action_release(self):
        """Ask why the file is accepted all the same, then make a draft of it."""
        return self._open_reason_wizard('_release', self.env._("Release from quarantine"))

    def action_discard(self):
        """Ask why the file is thrown away."""
        return self._open_reason_wizard('_discard', self.env._("Discard the file"))

    def action_open_document(self):
        """Open the draft that came of the release."""
        self.ensure_one()
        return {
            'type': 'ir.actions.act_window',
            'res_model': 'civic.document',
            'res_id': self.document_id.id,
            'views': [(False, 'form')],
        }

    # === BUSINESS === #

    @api.model
    def _hold(self, report, raw, code, message):
        """Keep a refused file and return the id of its line, or None if even that failed.

        It is kept in a transaction of its own: the caller's one is about to be rolled back with everything in it.
        """
        if not isinstance(raw, bytes):
            raw = self.env['civic.document']._read_whole(raw)
        try:
            return self._hold_outside(report, raw, code, message)
        except (UserError, psycopg2.Error):
            # Whoever brought the file must still be told what is wrong with it.
            _logger.exception("A refused file could not be put into quarantine")
            return None

    @api.model
    def _hold_outside(self, report, raw, code, message):
        with self._own_transaction() as quarantines:
            # sudo: people who bring files need no right to the quarantine
            quarantines = quarantines.sudo()
            known = quarantines.search([
                ('state', '=', 'held'), ('sha256', '=', report.sha256), ('reason_code', '=', code),
                ('name', '=', report.name), ('user_id', '=', self.env.uid), ('company_id', '=', self.env.company.id),
            ], limit=1)
            if known:
                return known.id             # the same person tried the same file again
            quarantine = quarantines.create({
                'name': report.name,
                'company_id': self.env.company.id,
                'sha256': report.sha256,
                'size': report.size,
                'mimetype': report.mimetype,
                'format_name': report.format_name,
                'reason_code': code,
                'reason': message,
                'user_id': self.env.uid,
            })
            if raw:
                # sudo: the bytes are closed to everyone; nothing of them is opened, indexed or resized
                quarantine.attachment_id = self.env['ir.attachment'].sudo().with_env(quarantine.env).with_context(
                    image_no_postprocess=True,
                ).create({
                    'name': report.name,
                    'raw': raw,
                    'mimetype': 'application/octet-stream',
                    'res_model': self._name,
                    'res_id': quarantine.id,
                    'company_id': self.env.company.id,
                })
            quarantine.env['civic.journal.entry']._append(
                'quarantine', quarantine,
                detail={'reason': code, 'sha256': report.sha256, 'size': report.size})
            return quarantine.id

    @contextmanager
    def _own_transaction(self):
        """Yield this model in a transaction that is committed whatever becomes of the caller's."""
        if self._is_in_test():
            with self.env.cr.savepoint():
                yield self
            return
        with self.env.registry.cursor() as cr:
            yield self.with_env(self.env(cr=cr))

    @api.model
    def _is_in_test(self):
        """Tests run in one transaction whose people and agencies no other one can see."""
        return bool(module.current_test)

    def _check_decision(self):
        self.check_access('write')
        for quarantine in self:
            if quarantine.state != 'held':
                raise UserError(self.env._("“%s” was decided about before.", quarantine.name))

    def _release(self, reason):
        """Make a draft of each file although it was refused; the journal says who took that on himself, and why."""
        self._check_decision()
        for quarantine in self:
            if not quarantine.can_release:
                raise UserError(self.env._(
                    "“%(file)s” cannot be released (%(reason)s). Discard it.",
                    file=quarantine.name, reason=quarantine._get_reason_label()))
            # sudo: the bytes are closed to everyone; the right to decide was checked
            raw = quarantine.sudo().attachment_id.raw
            accept = [code for code in PROBLEMS if code not in FINAL_REASONS]
            document = self.env['civic.document'].with_company(quarantine.company_id)._capture_many(
                [(quarantine.name, raw, self._prepare_document_values(quarantine))], accept=accept)
            quarantine._decide('released', reason, document)

    def _discard(self, reason):
        """Throw the bytes away; the line keeps digest, reason and decision."""
        self._check_decision()
        for quarantine in self:
            attachment_sudo = quarantine.sudo().attachment_id
            quarantine._decide('discarded', reason)
            attachment_sudo.unlink()

    @api.model
    def _prepare_document_values(self, quarantine):
        """Return the values of the draft made of a released file. The rooms above say whose direction it has."""
        return {'company_id': quarantine.company_id.id, 'direction': 'incoming'}

    def _decide(self, state, reason, document=None):
        self.ensure_one()
        values = {
            'state': state,
            'decision_reason': reason,
            'decided_by_id': self.env.uid,
            'decided_at': fields.Datetime.now(),
            'document_id': document.id if document else False,
        }
        if state == 'discarded':
            values['attachment_id'] = False
        # sudo: the fields are closed to writing; the right to decide was checked
        self.sudo().write(values)
        self.env['civic.journal.entry']._append('unquarantine' if document else 'deletion', self, detail={
            'state': state, 'reason': reason, 'sha256': self.sha256, 'document': document.id if document else False})

    def _get_reason_label(self):
        return dict(self._fields['reason_code']._description_selection(self.env))[self.reason_code]
