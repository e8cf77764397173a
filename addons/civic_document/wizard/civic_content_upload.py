import base64

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..models.civic_content import ROLES


class CivicContentUpload(models.TransientModel):
    """Add a file to a document by hand.

    The file is no stored field: it is checked and attached in the very transaction that brings it, so that a
    refused one, a state secret above all, never lies in the table of this form.
    """

    _name = 'civic.content.upload'
    _description = "Add a file"

    document_id = fields.Many2one('civic.document', required=True, readonly=True, ondelete='cascade')
    role = fields.Selection(
        [role for role in ROLES if role[0] != 'rendition'], required=True,
        default=lambda self: self._default_role())
    file_name = fields.Char()
    file = fields.Binary(compute='_compute_file', inverse='_inverse_file', store=False)
    content_id = fields.Many2one('civic.content', readonly=True, ondelete='cascade')

    @api.constrains('document_id', 'content_id')
    def _check_content(self):
        # sudo: the file of another document need not be readable to be refused
        for wizard in self.sudo():
            if wizard.content_id and wizard.content_id.document_id != wizard.document_id:
                raise AccessError(self.env._("This file does not belong to the document."))

    def _default_role(self):
        document = self.env['civic.document'].browse(self.env.context.get('default_document_id'))
        return 'appendix' if document.main_content_id else 'original'

    def _compute_file(self):
        self.file = False

    def _inverse_file(self):
        for wizard in self:
            if wizard.file:
                wizard.content_id = wizard.document_id._attach_content(
                    wizard.file_name, base64.b64decode(wizard.file), wizard.role)

    def action_confirm(self):
        """Close the form: the file was attached when the form was saved."""
        self.ensure_one()
        if not self.content_id:
            raise UserError(self.env._("Choose a file."))
        return {'type': 'ir.actions.act_window_close'}
