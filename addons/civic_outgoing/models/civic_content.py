from odoo import fields, models

# Only code that holds this object removes what its sender recalled; a context that comes over RPC cannot carry it.
_RECALL = object()


class CivicContent(models.Model):
    """The versions of a draft are files of the document as well: checked, measured and journalled like any other."""

    _inherit = 'civic.content'

    role = fields.Selection(
        selection_add=[('draft', "Version of the draft")], ondelete={'draft': 'set default'})
    version_ids = fields.One2many('civic.document.version', 'content_id', "Versions")

    def _is_frozen(self):
        """A draft loses no version once somebody else has worked with it: comments refer to what was read."""
        self.ensure_one()
        if self.env.context.get('civic_recall_token') is _RECALL:
            return False
        if self.role == 'draft' or self.derived_from_id.role == 'draft':
            document = self.document_id
            return bool(document.state != 'draft' or document.sudo().route_case_ids)
        return super()._is_frozen()

    def _remove_recalled(self):
        """Remove the files of a document that its sender recalled; the journal keeps what they were (Annex VI, III.8)."""
        self.with_context(civic_recall_token=_RECALL).unlink()


class CivicDocumentText(models.Model):
    _inherit = 'civic.document.text'

    def _read_content(self, content):
        # the signed file says what the draft said; versions before it shall not be found
        if content.role == 'draft' or content.derived_from_id.role == 'draft':
            return ''
        return super()._read_content(content)
