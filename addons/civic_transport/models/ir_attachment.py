import io

from odoo import api, models
from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tools import SQL

from ..tools.store import place

PAYLOAD_MODEL = 'civic.delivery.part'
LARGEST = 2 ** 31 - 1               # what Odoo's column for the size can hold


class IrAttachment(models.Model):
    _inherit = 'ir.attachment'

    def _check_access(self, operation):
        """Close what was delivered: only the room that it is for opens it, under the rights of that room."""
        result = super()._check_access(operation)
        if self.env.su or not self:
            return result
        forbidden, make_error = result or (self.browse(), None)
        # sudo: which model an attachment belongs to decides whether it may be read
        payload = (self - forbidden).filtered(lambda attachment: attachment.sudo().res_model == PAYLOAD_MODEL)
        if not payload:
            return result

        def make_payload_error():
            return AccessError(self.env._("What was delivered is opened where it was delivered to, not here."))

        return forbidden | payload, make_error or make_payload_error

    @api.model
    def _search(self, domain, offset=0, limit=None, order=None, *, active_test=True, bypass_access=False):
        if not self.env.su and not bypass_access:
            domain = Domain(domain) & Domain('res_model', '!=', PAYLOAD_MODEL)
        return super()._search(
            domain, offset, limit, order, active_test=active_test, bypass_access=bypass_access)

    @api.model
    def _civic_store_file(self, source, size, sha1, values):
        """Make an attachment of a file without reading it into memory; the file itself stays where it is.

        :param str source: path of the file
        :param str sha1: its SHA-1, by which Odoo's store names it
        :raises TransportError: when the store has no room or cannot be reached
        """
        # sudo: only the system stores what comes from outside
        attachment = self.sudo().create(values)
        if self._storage() == 'db':
            with open(source, 'rb') as reader:
                attachment.raw = reader.read()
            return attachment
        name = f'{sha1[:2]}/{sha1}'
        attachment.flush_recordset()
        # as Odoo does: the row first, so that its collector waits for this transaction
        self.env.cr.execute(SQL(
            "UPDATE ir_attachment SET store_fname = %s, checksum = %s, file_size = %s WHERE id = %s",
            name, sha1, min(size, LARGEST), attachment.id))
        attachment.invalidate_recordset()
        self._mark_for_gc(name)         # collected if this transaction fails
        place(source, self._full_path(name))
        return attachment

    def _civic_open(self):
        """Return the bytes as an open binary file.

        :raises OSError: if they are not there
        """
        self.ensure_one()
        if self.store_fname:
            return open(self._full_path(self.store_fname), 'rb')
        return io.BytesIO(self.db_datas or b'')
