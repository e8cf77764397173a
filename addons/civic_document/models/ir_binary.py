from odoo import models
from odoo.exceptions import AccessError


class IrBinary(models.AbstractModel):
    _inherit = 'ir.binary'

    def _record_to_stream(self, record, field_name):
        """Keep the general doors (/web/content, /web/image, signed tokens) shut for files of documents."""
        if record._name == 'ir.attachment' and record._get_private():
            raise AccessError(self.env._(
                "This file belongs to a document. Open it from the document, so that the reading is journalled."))
        return super()._record_to_stream(record, field_name)
