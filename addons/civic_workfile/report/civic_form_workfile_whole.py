import contextlib
import io
import os
import zipfile
from datetime import date
from xml.sax.saxutils import XMLGenerator

import pikepdf

from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import split_every

from odoo.addons.civic_document.tools.content import clean_name
from odoo.addons.civic_report.models.civic_form import BATCH

NAMESPACE = 'urn:civic-records:workfile:1'
FILE_VALUES = (
    'code', 'year', 'notation', 'title', 'state', 'medium', 'language', 'keywords', 'description', 'date_start', 'date_end',
    'doc_count', 'page_count', 'sheet_count')
DOCUMENT_VALUES = (
    'identifier', 'direction', 'state', 'reference', 'issue_date', 'issuer_name', 'signer_name', 'signer_position', 'subject',
    'language', 'page_count')


class CivicFormWorkfileWhole(models.AbstractModel):
    """A work file as a whole, to hand on (Decree 30/2020, Annex VI, III.4.g): what the person may read of it."""

    _name = 'civic.form.workfile_whole'
    _inherit = ['civic.form.workfile_contents']
    _description = "Whole Work File"

    _form_formats = ('pdf', 'zip')

    @api.model
    def _get_title(self, options):
        return self.env._("Work file")

    @api.model
    def _get_legal_basis(self):
        return self.env._("Decree 30/2020/NĐ-CP, Annex VI, III.4.g")

    @api.model
    def _get_file_name(self, options, extension):
        workfile = options['workfile']
        return clean_name(f'{workfile.code or workfile.notation}.{extension}')

    @api.model
    def _render(self, output, extension, options):
        if extension == 'zip':
            return self._render_package(output, options)
        front = io.BytesIO()
        count = super()._render(front, extension, options)
        self._append_documents(output, front, options)
        return count

    @api.model
    def _iter_batches(self, model, domain, order=None):
        """In the order of time, whatever that of the file is; what has no date comes last."""
        # sudo: the order is that of the dates, whatever the person may read of the documents
        entries_sudo = model.search(domain, order=order).sudo()
        entries_sudo = entries_sudo.sorted(
            lambda entry: (entry.document_id.issue_date or entry.date or date.max, entry.ordinal))
        for ids in split_every(BATCH, entries_sudo.ids):
            yield model.browse(ids)
            self.env.invalidate_all()

    @api.model
    def _iter_parts(self, options):
        """Yield (entry, readable document or none, its files but for renditions), in the order of time."""
        Entry = self.env['civic.workfile.entry']
        for batch in self._iter_batches(Entry, Domain('workfile_id', '=', options['workfile'].id), 'ordinal'):
            readable = batch.document_id._filtered_access('read')
            for entry in batch:
                document = entry.document_id if entry.document_id in readable else entry.document_id.browse()
                yield entry, document, document.content_ids.filtered(lambda content: content.role in ('original', 'appendix'))

    # === PDF === #

    @api.model
    def _append_documents(self, output, front, options):
        """Put the pages of all PDF files behind the list of documents; other files are enclosed in the PDF."""
        maximum = self.env['civic.rule.value']._get('report.max_rows')
        with contextlib.ExitStack() as opened:
            whole = opened.enter_context(pikepdf.open(front))
            with whole.open_outline() as outline:
                for entry, document, contents in self._iter_parts(options):
                    first = len(whole.pages)
                    for number, content in enumerate(contents, start=1):
                        source = content._get_source()
                        if content.mimetype == 'application/pdf':
                            part = opened.enter_context(pikepdf.open(source if isinstance(source, str) else io.BytesIO(source)))
                            whole.pages.extend(part.pages)
                        else:
                            name = clean_name(f'{entry.ordinal}.{number} {content.name}')
                            whole.attachments[name] = pikepdf.AttachedFileSpec(whole, self._read(source), filename=name)
                    if len(whole.pages) > first:
                        outline.root.append(pikepdf.OutlineItem(f'{entry.ordinal}. {entry.title or ""}'[:200], first))
                    if len(whole.pages) > maximum:
                        raise UserError(self.env._("The file has more than %s pages: export it as XML.", maximum))
                    self._journal_handed_on(document, contents)
            whole.save(output, deterministic_id=True)
        output.seek(0, os.SEEK_END)

    # === XML === #

    @api.model
    def _render_package(self, output, options):
        """A ZIP file: ``workfile.xml`` describes the file and its documents, the files lie beside it with their digests."""
        workfile = options['workfile']
        description = io.BytesIO()
        count = 0
        xml = XMLGenerator(description, 'utf-8', short_empty_elements=True)
        xml.startDocument()
        xml.startElement('workfile', {'xmlns': NAMESPACE})
        self._write_values(xml, workfile, FILE_VALUES)
        for name, value in (
            ('agency', workfile.company_id.name), ('unit', workfile.unit_id.name), ('maker', workfile.user_id.sudo().name),
            ('retention', workfile.retention_term_id.name),
        ):
            self._write_element(xml, name, value)
        with zipfile.ZipFile(output, 'w', zipfile.ZIP_DEFLATED, allowZip64=True) as package:
            for entry, document, contents in self._iter_parts(options):
                count += 1
                xml.startElement('document', {'ordinal': str(entry.ordinal), 'kind': entry.kind, 'code': entry.doc_code or ''})
                self._write_element(xml, 'title', entry.title)
                self._write_element(xml, 'pages', entry.pages)
                self._write_element(xml, 'sheets', entry.sheets)
                self._write_element(xml, 'type', document.type_id.name)
                self._write_values(xml, document, DOCUMENT_VALUES)
                for number, content in enumerate(contents, start=1):
                    path = f'files/{entry.ordinal:05d}/{number:02d} {clean_name(content.name)}'
                    source = content._get_source()
                    if isinstance(source, str):
                        package.write(source, path)
                    else:
                        package.writestr(path, source)
                    xml.startElement('file', {
                        'href': path, 'sha256': content.sha256, 'size': str(content.size), 'mimetype': content.mimetype,
                        'puid': content.puid or '', 'role': content.role})
                    xml.endElement('file')
                xml.endElement('document')
                self._journal_handed_on(document, contents)
            xml.endElement('workfile')
            xml.endDocument()
            package.writestr('workfile.xml', description.getvalue())
        output.seek(0, os.SEEK_END)
        return count

    @api.model
    def _write_values(self, xml, record, names):
        for name in names:
            self._write_element(xml, name, record[name] if record else '')

    @api.model
    def _write_element(self, xml, name, value):
        if value not in (False, None, ''):
            xml.startElement(name, {})
            # characters that XML does not know are left out
            xml.characters(''.join(char for char in str(value) if char in '\t\n' or ord(char) >= 32 and ord(char) not in (0xfffe, 0xffff)))
            xml.endElement(name)

    @api.model
    def _read(self, source):
        if not isinstance(source, str):
            return source
        with open(source, 'rb') as stream:
            return stream.read()

    @api.model
    def _journal_handed_on(self, document, contents):
        if contents:
            self.env['civic.journal.entry']._append('download', document, detail={'contents': contents.ids, 'with': 'workfile'})


class CivicWorkfile(models.Model):
    _inherit = 'civic.workfile'

    def action_export_bundle(self):
        """Download the whole file as one PDF: the list of documents, then the documents."""
        self.ensure_one()
        return self.env['civic.form.workfile_whole']._get_print_action('pdf', {'workfile_id': self.id})

    def action_export_package(self):
        """Download the whole file as XML with its files."""
        self.ensure_one()
        return self.env['civic.form.workfile_whole']._get_print_action('zip', {'workfile_id': self.id})
