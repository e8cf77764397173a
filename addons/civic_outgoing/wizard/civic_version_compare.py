from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.tool_words import get_words
from ..tools import compare
from ..tools.finding import ToolError


class CivicVersionCompare(models.TransientModel):
    """What changed between two versions of a draft."""

    _name = 'civic.version.compare'
    _description = "Differences between Versions"

    document_id = fields.Many2one('civic.document', required=True, readonly=True, ondelete='cascade')
    version_id = fields.Many2one(
        'civic.document.version', "Version", required=True, domain="[('document_id', '=', document_id)]",
        ondelete='cascade')
    base_version_id = fields.Many2one(
        'civic.document.version', "Compared with",
        domain="[('document_id', '=', document_id), ('id', '!=', version_id)]", ondelete='cascade')
    difference = fields.Html("Differences", compute='_compute_difference', sanitize=False)

    @api.model
    def _open(self, version):
        """Return the action that shows what the version changed."""
        previous = version.document_id.version_ids.filtered(lambda other: other.number < version.number).sorted('number')[-1:]
        wizard = self.create({
            'document_id': version.document_id.id, 'version_id': version.id, 'base_version_id': previous.id})
        return {
            'type': 'ir.actions.act_window',
            'name': self.env._("Differences between Versions"),
            'res_model': self._name,
            'res_id': wizard.id,
            'view_mode': 'form',
            'target': 'new',
        }

    @api.depends('version_id', 'base_version_id')
    def _compute_difference(self):
        for wizard in self:
            wizard.difference = wizard._get_difference() if wizard.base_version_id else False

    def _get_difference(self):
        self.ensure_one()
        versions = self.version_id | self.base_version_id
        versions.check_access('read')
        if versions.document_id != self.document_id:
            raise UserError(self.env._("Only versions of one document are compared."))
        # sudo: the bytes are closed to everyone; the right to read the versions was checked
        old, new = (version.sudo().content_id for version in (self.base_version_id, self.version_id))
        if not all(content.name.lower().endswith('.docx') for content in (old, new)):
            return self.env._("Only Word documents can be compared: one of the versions is a PDF.")
        try:
            return compare.to_html(compare.compare(old.attachment_id.raw, new.attachment_id.raw))
        except ToolError as error:
            return get_words(self.env, error.code, error.params, error.text)
