from odoo import api, models
from odoo.exceptions import UserError

from odoo.addons.civic_report.tools.stamp import Address, write_sheet


class CivicFormAddressLabel(models.AbstractModel):
    """Labels with the addresses of the recipients by post, on sheets or a roll of the first size that is set up."""

    _name = 'civic.form.address_label'
    _inherit = ['civic.form.envelope']
    _description = "Address Labels"

    @api.model
    def _get_title(self, options):
        return self.env._("Address labels")

    @api.model
    def _get_legal_basis(self):
        return ''

    @api.model
    def _prepare_options(self, values):
        size = self.env['civic.label.format'].search([], limit=1)
        if not size:
            raise UserError(self.env._("No size of labels is set up."))
        return {**super()._prepare_options(values), 'sheet': size._get_sheet()}

    @api.model
    def _render(self, output, extension, options):
        return write_sheet(
            output, options['sheet'], (line._get_address_label() for line in options['lines']),
            title=self._get_title(options))


class CivicDocumentRecipient(models.Model):
    _inherit = 'civic.document.recipient'

    def _get_address_label(self):
        self.ensure_one()
        # sudo: what stands on the envelope of the recipient
        document = self.sudo().document_id
        return Address(
            document.company_id.name or '', document.reference or '', self.label, tuple(self._get_address_lines()))
