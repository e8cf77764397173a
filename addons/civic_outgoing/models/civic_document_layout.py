from markupsafe import Markup

from odoo import api, fields, models

from ..tools import layout
from ..tools.finding import Finding, ToolError
from .tool_words import get_words


class CivicDocument(models.Model):
    """What the file of a draft does otherwise than Annex I of Decree 30/2020 says: a list, and no block."""

    _inherit = 'civic.document'

    layout_findings = fields.Json("Deviations from the Layout", readonly=True, copy=False)
    layout_html = fields.Html("Layout", compute='_compute_layout_html', sanitize=False)
    layout_count = fields.Integer("Deviations", compute='_compute_layout_html')

    @api.depends('layout_findings', 'current_version_id')
    @api.depends_context('lang')
    def _compute_layout_html(self):
        for document in self:
            findings = document.layout_findings or []
            document.layout_count = len(findings)
            document.layout_html = document._render_findings(findings)

    def _render_findings(self, findings):
        if not findings:
            text = self.env._("No deviation from Annex I of Decree 30/2020 was found.")
            if self.pdf_state == 'pending':
                text = self.env._("The file has not been checked yet.")
            return Markup('<p class="text-muted">%s</p>') % text
        rows = Markup()
        for values in findings:
            finding = Finding.from_dict(values)
            article = ' · '.join(filter(None, (
                finding.article, self.env._("page %s", finding.page) if finding.page else '')))
            rows += Markup('<li class="mb-1">%s <span class="text-muted small">%s</span></li>') % (
                get_words(self.env, finding.key, finding.params, finding.text), article)
        return Markup('<ul class="o_civic_findings mb-0">%s</ul>') % rows

    def _check_layout(self, version):
        """Check the file of the version and its PDF, and keep what was found (as superuser)."""
        self.ensure_one()
        findings = self._find_deviations(version)
        self.sudo()._write_by_system({'layout_findings': [finding.to_dict() for finding in findings] or False})
        version.sudo().write({'finding_count': len(findings)})

    @api.model
    def _find_deviations(self, version):
        """Return the :class:`Finding` of a version; a file that cannot be checked is a finding of its own."""
        source, pdf = version.sudo().content_id, version.sudo().pdf_content_id
        profile, expected = layout.load_profile(), version.document_id._prepare_layout_expectations()
        findings = []
        try:
            if source.name.lower().endswith('.docx'):
                findings += layout.check_docx(source.attachment_id.raw, profile, expected)
            if pdf:
                # what the Word document says already is not said twice
                known = {finding.rule for finding in findings}
                findings += [
                    finding for finding in layout.check_pdf(pdf.attachment_id.raw, profile, expected)
                    if finding.rule not in known]
        except ToolError as error:
            findings.append(error.to_finding('layout'))
        return findings

    def _prepare_layout_expectations(self):
        """Return what is known of the document, for the checks of its file."""
        self.ensure_one()
        values = self._prepare_template_values()
        return {
            'type_code': (self.type_id.code or '').lower(),
            'type_abbreviation': self.type_id.abbreviation or '',
            **{name: values[name] for name in (
                'type_name', 'agency', 'agency_parent', 'notation', 'place', 'subject', 'signing_lines', 'signer_title',
                'signer_name')},
        }
