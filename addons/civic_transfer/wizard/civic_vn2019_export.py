import io
from base64 import b64encode

from odoo import fields, models
from odoo.exceptions import UserError

from odoo.addons.civic_package.tools import vn2019, vn2019_book
from odoo.addons.civic_package.tools.profiles import get_profile

from ..const import PROFILE, VARIANT

TABLES = {'files': "Files", 'documents': "Documents"}
SHOWN = 100     # a table of a thousand rows may have a thousand defects


class CivicVn2019Export(models.TransientModel):
    """Metadata of files as a table of Circular 02/2019/TT-BNV, for systems that still go by it."""

    _name = 'civic.vn2019.export'
    _description = "Export by Circular 02/2019/TT-BNV"

    res_model = fields.Char(default=lambda self: self.env.context.get('active_model'), export_string_translation=False)
    res_ids = fields.Json(default=lambda self: self.env.context.get('active_ids'), export_string_translation=False)
    table = fields.Selection(list(TABLES.items()), required=True, default='files')
    form = fields.Selection(
        [('xlsx', "XLSX, a sheet for each table"), ('csv', "CSV, one table"), ('xml', "XML, one table")], required=True, default='xlsx')
    file = fields.Binary("Exported File", readonly=True, attachment=False)
    file_name = fields.Char(readonly=True)
    row_count = fields.Integer("Rows", readonly=True)
    findings = fields.Text("What a Receiver Would Refuse", readonly=True)

    def action_export(self):
        """Write the table; what a receiver would refuse is listed, and is in the file all the same."""
        self.ensure_one()
        if self.res_model not in ('civic.workfile', 'civic.accession'):
            raise UserError(self.env._("Choose files or submissions to export."))
        records = self.env[self.res_model].browse(self.res_ids).exists()
        records.check_access('read')
        names = list(TABLES) if self.form == 'xlsx' else [self.table]
        make_rows = self._make_workfile_rows if self.res_model == 'civic.workfile' else self._make_accession_rows
        tables = {name: list(make_rows(records, name)) for name in names}
        output = io.BytesIO()
        if self.form == 'xlsx':
            reports = vn2019_book.write(tables, output)
        else:
            reports = {self.table: vn2019.write(self.table, tables[self.table], output, self.form)}
        lines = self._list_findings(reports)
        if len(lines) > SHOWN:
            lines[SHOWN:] = [self.env._("… and %s more", len(lines) - SHOWN)]
        if 'documents' in names and self.res_model == 'civic.accession':
            lines += [
                self.env._("“%s” was returned: its documents are not here any more.", line.file_code or line.name)
                for line in records.line_ids if line.state == 'returned']
        self.write({
            'file': b64encode(output.getvalue()), 'file_name': f"TT02-2019-{'-'.join(names)}.{self.form}",
            'row_count': sum(map(len, tables.values())), 'findings': '\n'.join(lines)})
        self.env['civic.journal.entry']._append('export', records, detail={'table': ', '.join(names), 'by': vn2019.LEGAL_BASIS})
        return {
            'type': 'ir.actions.act_window', 'res_model': self._name, 'res_id': self.id, 'views': [(False, 'form')], 'target': 'new',
            'name': self.env._("Export by Circular 02/2019/TT-BNV")}

    def _list_findings(self, reports):
        """Return a text for each thing that a receiver would refuse."""
        labels = dict(self._fields['table']._description_selection(self.env))
        lang = 'vi' if (self.env.lang or '').startswith('vi') else 'en'
        return [
            self.env._(
                "%(table)s, row %(row)s: %(message)s", table=labels[name], row=finding.location.removeprefix('row '),
                message=finding.text(lang))
            for name, report in reports.items() for finding in report.findings]

    def _make_workfile_rows(self, workfiles, table):
        """Yield rows of files, or of the documents in them that the person may read."""
        kind = get_profile(PROFILE).kind('SIP_hoso', VARIANT)
        # sudo: the right to the file was checked; documents are filtered by theirs
        for workfile in workfiles.sudo():
            packed = workfile._get_packed_entries()
            if table == 'files':
                yield vn2019.make_row('files', workfile._prepare_package_values(kind, packed), kind)
                continue
            readable = packed.document_id.with_env(self.env)._filtered_access('read')
            for ordinal, (entry, values) in enumerate(workfile._prepare_document_values(kind, packed).items(), start=1):
                if entry.document_id.id in readable.ids:
                    yield vn2019.make_row('documents', {**values, 'fileCode': workfile.code, 'docOrdinal': str(ordinal)}, kind)

    def _make_accession_rows(self, accessions, table):
        """Yield rows of the files that came, or of the documents in them, as their packages describe them."""
        # sudo: who reads the submission reads what its packages say of themselves, wherever they lie by now
        for line in accessions.line_ids.filtered('values').sudo():
            kind = get_profile(PROFILE).kind(line.package_kind, VARIANT)
            if table == 'files':
                yield vn2019.make_row('files', line.values, kind)
                continue
            for ordinal, document in enumerate(line._iter_described(), start=1):
                if document.type == 'doc':          # pictures and media have tables of their own
                    yield vn2019.make_row(
                        'documents', {**document.values, 'fileCode': line.file_code, 'docOrdinal': str(ordinal)}, kind)
