from odoo import api, models
from odoo.fields import Domain

from odoo.addons.civic_report.tools.layout import Closing, Column, Heading, Row


class CivicFormWorkfileContents(models.AbstractModel):
    """Mục lục văn bản, tài liệu trong hồ sơ: seven columns (Decree 30/2020, Annex V, form IV)."""

    _name = 'civic.form.workfile_contents'
    _inherit = ['civic.form']
    _description = "Contents of a Work File"

    @api.model
    def _get_title(self, options):
        return self.env._("List of documents in the file")

    @api.model
    def _get_legal_basis(self):
        return self.env._("Decree 30/2020/NĐ-CP, Annex V, form IV")

    @api.model
    def _get_columns(self, options):
        return [
            Column(self.env._("No."), 0.6, 'integer', 'center'),
            Column(self.env._("Number and notation of the document"), 1.6),
            Column(self.env._("Date of the document"), 1.1, 'date'),
            Column(self.env._("Type and subject of the document"), 4.5),
            Column(self.env._("Author of the document"), 2),
            Column(self.env._("Sheet or page"), 1, 'text', 'center'),
            Column(self.env._("Remarks"), 1.2),
        ]

    @api.model
    def _prepare_options(self, values):
        [workfile] = self._get_records('civic.workfile', [values.get('workfile_id')])
        return {**super()._prepare_options({}), 'workfile': workfile, 'company': workfile.company_id}

    @api.model
    def _get_objects(self, options):
        return options['workfile']

    @api.model
    def _get_heading(self, options):
        workfile = options['workfile']
        return Heading(
            title=self._get_title(options), superior=self._get_superior_name(workfile.company_id),
            agency=workfile.company_id.name,
            lines=(
                workfile.title,
                self.env._("Number and notation of the file: %s", workfile.notation),
                self.env._("Year: %s", workfile.year)))

    @api.model
    def _iter_rows(self, options):
        Entry = self.env['civic.workfile.entry']
        workfile = options['workfile']
        page = sheet = 0
        for batch in self._iter_batches(Entry, Domain('workfile_id', '=', workfile.id), 'ordinal'):
            readable = batch.document_id._filtered_access('read')
            for entry in batch:
                document = entry.document_id if entry.document_id in readable else entry.document_id.browse()
                count, first = (entry.sheets, sheet) if entry.sheets else (entry.pages, page)
                place = f'{first + 1}-{first + count}' if count > 1 else str(first + 1) if count else ''
                page, sheet = page + (entry.pages or 0), sheet + (entry.sheets or 0)
                subject = ' '.join(filter(None, (document.type_id.name, entry.title)))
                yield Row((
                    entry.ordinal, document.reference or '', entry.entry_date or None, subject,
                    document.issuer_id.name or document.issuer_name or '', place, entry.note or ''))

    @api.model
    def _get_closing(self, options):
        workfile = options['workfile']
        return Closing(
            lines=(self.env._(
                "The file holds %(documents)s documents, %(sheets)s sheets of paper and %(pages)s pages.",
                documents=workfile.doc_count, sheets=workfile.sheet_count, pages=workfile.page_count),),
            signers=((self.env._("File maker"), self.env._("(Signature and full name)")),))


class CivicFormWorkfileClosing(models.AbstractModel):
    """Chứng từ kết thúc: the sheet that ends a file (Decree 30/2020, Article 29.4.c)."""

    _name = 'civic.form.workfile_closing'
    _inherit = ['civic.form.workfile_contents']
    _description = "Closing Sheet of a Work File"

    _form_landscape = False
    _form_numbers_columns = False

    @api.model
    def _get_title(self, options):
        return self.env._("Closing sheet of the file")

    @api.model
    def _get_legal_basis(self):
        return self.env._("Decree 30/2020/NĐ-CP, Article 29.4.c")

    @api.model
    def _get_columns(self, options):
        return [Column(self.env._("What"), 2), Column(self.env._("How many"), 1, 'text', 'right')]

    @api.model
    def _iter_rows(self, options):
        workfile = options['workfile']
        for label, value in (
            (self.env._("Documents"), workfile.doc_count),
            (self.env._("Sheets of paper"), workfile.sheet_count),
            (self.env._("Pages"), workfile.page_count),
            (self.env._("Begun"), workfile.date_start and f'{workfile.date_start:%d/%m/%Y}'),
            (self.env._("Work ended"), workfile.date_end and f'{workfile.date_end:%d/%m/%Y}'),
            (self.env._("Retention period"), workfile.retention_term_id.name or ''),
        ):
            yield Row((label, str(value or '')))
