from odoo import models

from ..tools.intake import CONVERTED_PICTURES


class CivicContent(models.Model):
    _inherit = 'civic.content'

    def _is_page_source(self):
        """The pages of a TIFF or HEIC are read from the PDF made of it, which people see, too."""
        self.ensure_one()
        if self.mimetype in CONVERTED_PICTURES:
            return False
        if self.derived_from_id.mimetype in CONVERTED_PICTURES:
            return self._has_pages()
        return super()._is_page_source()

    def _expunge_secret(self):
        """With a file goes what it was made from, and the scan or message that brought it."""
        originals = (self - self.filtered('derived_from_id')) | self.derived_from_id
        arrivals = originals.document_id.arrival_ids
        result = super(CivicContent, originals)._expunge_secret()
        arrivals._expunge_secret()
        return result
