import base64

from odoo import fields, models
from odoo.exceptions import AccessError, UserError


class CivicVersionUpload(models.TransientModel):
    """Bring the next version of a draft back from Word or LibreOffice.

    The file is no stored field: it is checked and kept in the very transaction that brings it, so that a refused one,
    a state secret above all, never lies in the table of this form.
    """

    _name = 'civic.version.upload'
    _description = "Next Version"

    document_id = fields.Many2one('civic.document', required=True, readonly=True, ondelete='cascade')
    reason = fields.Char("What Changed", required=True)
    file_name = fields.Char()
    file = fields.Binary("Word Document or PDF", compute='_compute_file', inverse='_inverse_file', store=False)
    version_id = fields.Many2one('civic.document.version', readonly=True, ondelete='cascade')

    def _compute_file(self):
        self.file = False

    def _inverse_file(self):
        for wizard in self:
            if wizard.file:
                wizard.version_id = wizard.document_id._add_version(
                    wizard.file_name, base64.b64decode(wizard.file), 'upload', wizard.reason)

    def action_confirm(self):
        """Close the form: the version was kept when the form was saved."""
        self.ensure_one()
        if not self.version_id:
            raise UserError(self.env._("Choose a file."))
        if self.version_id.document_id != self.document_id:
            raise AccessError(self.env._("This version does not belong to the document."))
        return {'type': 'ir.actions.act_window_close'}
