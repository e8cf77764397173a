from odoo import api, fields, models

from odoo.addons.civic_report.tools import pdf
from odoo.addons.civic_report.tools.layout import Heading, Mark


class CivicFormMailingNote(models.AbstractModel):
    """Phiếu gửi: goes with the paper; the receiver signs its lower part and sends it back.

    One page for each recipient by post. The decree knows the type of document (PG, Article 7) and its general layout
    (template 1.4), and prescribes no form of its own; the part to send back is office practice.
    """

    _name = 'civic.form.mailing_note'
    _inherit = ['civic.form.envelope']
    _description = "Mailing Notes"

    @api.model
    def _get_title(self, options):
        return self.env._("Mailing note")

    @api.model
    def _get_legal_basis(self):
        return self.env._("Decree 30/2020/NĐ-CP, Article 7 and Annex III, template 1.4")

    @api.model
    def _render(self, output, extension, options):
        report = pdf.PageReport(
            output, mark=Mark(''), frame=pdf.PORTRAIT, title=self._get_title(options), author=options['company'].name)
        for line in options['lines']:
            self._draw_note(report, line)
        report.close()
        return len(options['lines'])

    @api.model
    def _draw_note(self, report, line):
        # sudo: what goes with the paper stands on its envelope, too
        line = line.sudo()
        document, company = line.document_id, line.document_id.company_id
        today = fields.Date.to_date(document._today())
        report.begin_page(restarts=True)
        report.draw_heading(Heading(
            title=self.env._("Mailing note"), superior=self._get_superior_name(company), agency=company.name,
            is_official=True, place_date=company._get_place_date(today)))
        report.paragraph(f"{self.env._('To:')} {line.label}", style='bold', gap=6)
        for text in line._get_address_lines():
            report.paragraph(text)
        report.paragraph(self.env._("%s sends you the following document:", company.name), gap=8)
        for label, value in (
            (self.env._("Number/notation of the document:"), document.reference),
            (self.env._("Date:"), f'{document.issue_date:%d/%m/%Y}' if document.issue_date else ''),
            (self.env._("Type:"), document.type_id.name),
            (self.env._("Subject:"), document.subject),
            (self.env._("Copies:"), str(max(line.copies, 1))),
        ):
            report.labelled(label, value or '', gap=4)
        report.paragraph(self.env._("Please sign the part below and send it back to %s.", ', '.join(
            [company.name, *self._get_address_lines(company.partner_id)])), gap=10, style='italic')
        report.need(150)
        report.y -= 16
        report.canvas.line(report.left, report.y, report.right, report.y, dash=(4, 3))
        report.paragraph(self.env._("Acknowledgement of receipt").upper(), style='bold', align='center', gap=10)
        report.paragraph(self.env._(
            "%(receiver)s received the document %(reference)s of %(sender)s.",
            receiver=line.label, reference=document.reference or '', sender=company.name), gap=6)
        report.labelled(self.env._("Date and time of receipt:"), gap=6)
        report.labelled(self.env._("Arrival number:"), gap=6)
        report.labelled(self.env._("Received by (signature, full name):"), gap=6)
