from odoo import api, models
from odoo.exceptions import UserError

from odoo.addons.civic_report.tools import pdf
from odoo.addons.civic_report.tools.layout import Mark
from odoo.addons.civic_report.tools.pdf import Frame

ENVELOPE = Frame(220, 110, 10, 10, 12, 12)      # DL, as most letters go; millimetres


class CivicFormEnvelope(models.AbstractModel):
    """Bì văn bản: the sender, number and notation, and to whom (Decree 30/2020, Annex IV, form II).

    One page for each recipient by post; it is printed onto the envelope, so it bears no mark of the print.
    """

    _name = 'civic.form.envelope'
    _inherit = ['civic.form']
    _description = "Envelopes"

    _form_formats = ('pdf',)
    _form_groups = ('civic_base.group_clerk',)

    @api.model
    def _get_title(self, options):
        return self.env._("Envelopes")

    @api.model
    def _get_legal_basis(self):
        return self.env._("Decree 30/2020/NĐ-CP, Annex IV, form II")

    @api.model
    def _prepare_options(self, values):
        documents = self._get_records('civic.document', values.get('document_ids'))
        lines = documents.recipient_ids.filtered(lambda line: line.channel == 'post' and line.kind != 'archive')
        if any(not document.register_number for document in documents):
            raise UserError(self.env._("An envelope bears the number of the document: number it first."))
        if not lines:
            raise UserError(self.env._("Nobody receives these documents by post."))
        lines._check_addresses()
        return {**super()._prepare_options({}), 'documents': documents, 'lines': lines}

    @api.model
    def _get_objects(self, options):
        return options['documents']

    @api.model
    def _render(self, output, extension, options):
        report = pdf.PageReport(
            output, mark=Mark(''), frame=ENVELOPE, title=self._get_title(options), author=options['company'].name, size=12)
        for line in options['lines']:
            self._draw_envelope(report, line)
        report.close()
        return len(options['lines'])

    @api.model
    def _draw_envelope(self, report, line):
        # sudo: name and address of sender and receiver stand on the envelope
        line = line.sudo()
        document = line.document_id
        sender = document.company_id.partner_id
        report.begin_page(restarts=True)
        report.paragraph((sender.name or '').upper(), style='bold', size=13)
        for label, value in self._get_sender_lines(sender):
            if value:
                report.paragraph(f'{label} {value}', size=10)
        report.paragraph(f"{self.env._('Number/notation of the document:')} {document.reference or ''}", gap=10)
        left = report.left + report.width * 0.35
        report.paragraph(f"{self.env._('To:')} {line.label}", style='bold', size=14, gap=16, x=left)
        for text in line._get_address_lines():
            report.paragraph(text, x=left, gap=2)

    @api.model
    def _get_sender_lines(self, sender):
        return [
            (self.env._("Address:"), ', '.join(self._get_address_lines(sender))),
            (self.env._("Telephone:"), sender.phone),
            (self.env._("E-mail:"), sender.email),
            (self.env._("Website:"), sender.website),
        ]

    @api.model
    def _get_address_lines(self, partner):
        return list(filter(None, (
            partner.street, partner.street2, ' '.join(filter(None, (partner.city, partner.zip))), partner.state_id.name)))
