import base64
import hashlib

from odoo import api, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from ..tools.content import INLINE_PAGES, inspect

# Attachments of these models are their private store: no user reaches one, whatever his rights.
PRIVATE_MODELS = ('civic.content', 'civic.quarantine')
PENDING_MODEL = 'mail.compose.message'
SCAN_BYTES = 100 * 1024 * 1024


class IrAttachment(models.Model):
    _inherit = 'ir.attachment'

    # === ACCESS === #

    def _check_access(self, operation):
        """Close the private store: content is read through its controller, where every reading is journalled."""
        result = super()._check_access(operation)
        if self.env.su or not self:
            return result
        forbidden, make_error = result or (self.browse(), None)
        private = (self - forbidden)._get_private()
        if not private:
            return result

        def make_private_error():
            return AccessError(self.env._(
                "This file belongs to a document. Open it from the document, so that the reading is journalled."))

        return forbidden | private, make_error or make_private_error

    @api.model
    def _search(self, domain, offset=0, limit=None, order=None, *, active_test=True, bypass_access=False):
        if not self.env.su and not bypass_access:
            domain = Domain(domain) & Domain('res_model', 'not in', self._get_private_models())
        return super()._search(
            domain, offset, limit, order, active_test=active_test, bypass_access=bypass_access)

    def _can_return_content(self, field_name=None, access_token=None):
        # A token or the public flag must not open what the rights close.
        if self._get_private():
            raise AccessError(self.env._(
                "This file belongs to a document. Open it from the document, so that the reading is journalled."))
        return super()._can_return_content(field_name, access_token)

    @api.model
    def _get_private_models(self):
        """Models whose attachments only the system reaches. Higher rooms add theirs."""
        return PRIVATE_MODELS

    def _get_private(self):
        # sudo: which model an attachment belongs to decides whether it may be read
        return self.filtered(lambda attachment: attachment.sudo().res_model in self._get_private_models())

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        for values in vals_list:
            if values.get('res_model') in self._get_private_models() and not self.env.su:
                raise AccessError(self.env._("A file is added by uploading it, so that it can be checked."))
            if self._is_scanned(values.get('res_model')):
                self._check_civic_secrecy(values, values['res_model'], values.get('res_id'))
        return super().create(vals_list)

    def write(self, vals):
        self._check_private_write(vals)
        if {'name', 'raw', 'datas', 'res_model', 'res_id'}.intersection(vals):
            for attachment in self:
                model = vals.get('res_model', attachment.res_model)
                if self._is_scanned(model):
                    values = {'name': attachment.name, **vals}
                    if 'raw' not in vals and 'datas' not in vals:
                        values['raw'] = attachment.raw
                    self._check_civic_secrecy(values, model, vals.get('res_id', attachment.res_id))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_content(self):
        # sudo: the guard must see every content file
        used = self.env['civic.content'].sudo().search_count([('attachment_id', 'in', self.ids)], limit=1)
        used = used or self.env['civic.quarantine'].sudo().search_count([('attachment_id', 'in', self.ids)], limit=1)
        if used:
            raise UserError(self.env._("The bytes of a document's file are never removed by themselves."))

    @api.model
    def _is_scanned(self, model):
        """Whether files that people hang on records of this model are searched for marks of state secrecy.

        A file waits at the composer until its message is sent: one that would be refused then must not lie there.
        """
        return bool(model) and (model.startswith('civic.') or model == PENDING_MODEL) and model not in self._get_private_models()

    def _check_private_write(self, vals):
        """Freeze the private store, for the superuser too.

        The same bytes may be written again: moving the storage between disk and database does that.
        """
        if vals.get('res_model') in self._get_private_models():
            raise UserError(self.env._("A file is added by uploading it, so that it can be checked."))
        for attachment in self:
            # sudo: the guard needs to know whose attachment this is
            attachment_sudo = attachment.sudo()
            if attachment_sudo.res_model not in self._get_private_models():
                continue
            if not attachment_sudo.res_id and set(vals) == {'res_id'}:
                continue                            # the line of a new file gets its attachment
            if attachment._is_same_storage(vals):
                continue
            raise UserError(self.env._("The bytes of a document's file never change."))

    def _is_same_storage(self, vals):
        if not set(vals) <= {'raw', 'datas', 'mimetype'} or not {'raw', 'datas'}.intersection(vals):
            return False
        if vals.get('mimetype', self.mimetype) != self.mimetype:
            return False
        raw = vals['raw'] if 'raw' in vals else base64.b64decode(vals['datas'] or b'')
        raw = raw.encode() if isinstance(raw, str) else raw or b''
        return hashlib.sha256(raw).digest() == hashlib.sha256(self.sudo().raw or b'').digest()

    def _check_civic_secrecy(self, values, model, res_id):
        """Refuse a file in the chatter of a document that carries a mark of state secrecy."""
        raw = values.get('raw')
        if raw is None and values.get('datas'):
            raw = base64.b64decode(values['datas'])
        if isinstance(raw, str):
            raw = raw.encode()
        report = inspect(
            raw or b'', values.get('name') or '', max_bytes=SCAN_BYTES, max_pages=100_000, text_pages=INLINE_PAGES)
        if 'secret_mark' in report.problems:
            self.env['civic.document']._refuse_secret('attachment', model, res_id, sha256=report.sha256)
