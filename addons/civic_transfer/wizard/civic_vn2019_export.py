import io
from base64 import b64encode

from odoo import fields, models
from odoo.exceptions import UserError

from odoo.addons.civic_package.tools import vn2019
from odoo.addons.civic_package.tools.profiles import get_profile

from ..const import PROFILE, VARIANT

SHOWN = 100     # a table of a thousand rows may have a thousand defects


class CivicVn2019Export(models.TransientModel):
    """Metadata of files as a table of Circular 02/2019/TT-BNV, for systems that still go by it."""

    _name = 'civic.vn2019.export'
    _description = "Export by Circular 02/2019/TT-BNV"

    res_model = fields.Char(default=lambda self: self.env.context.get('active_model'), export_string_translation=False)
    res_ids = fields.Json(default=lambda self: self.env.context.get('active_ids'), export_string_translation=False)
    table = fields.Selection([('files', "Files"), ('documents', "Documents")], required=True, default='files')
    form = fields.Selection([('csv', "CSV, for spreadsheets"), ('xml', "XML")], required=True, default='csv')
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
        rows = list(self._make_workfile_rows(records) if self.res_model == 'civic.workfile' else self._make_accession_rows(records))
        output = io.BytesIO()
        report = vn2019.write(self.table, rows, output, self.form)
        lang = 'vi' if (self.env.lang or '').startswith('vi') else 'en'
        lines = [self._describe(finding, lang) for finding in report.findings[:SHOWN]]
        if len(report.findings) > SHOWN:
            lines.append(self.env._("… and %s more", len(report.findings) - SHOWN))
        self.write({
            'file': b64encode(output.getvalue()), 'file_name': f'TT02-2019-{self.table}.{self.form}', 'row_count': len(rows),
            'findings': '\n'.join(lines)})
        self.env['civic.journal.entry']._append('export', records, detail={'table': self.table, 'by': vn2019.LEGAL_BASIS})
        return {
            'type': 'ir.actions.act_window', 'res_model': self._name, 'res_id': self.id, 'views': [(False, 'form')], 'target': 'new',
            'name': self.env._("Export by Circular 02/2019/TT-BNV")}

    def _describe(self, finding, lang):
        return self.env._("Row %(row)s: %(message)s", row=finding.location.removeprefix('row '), message=finding.text(lang))

    def _make_workfile_rows(self, workfiles):
        """Yield rows of files, or of the documents in them that the person may read."""
        kind = get_profile(PROFILE).kind('SIP_hoso', VARIANT)
        # sudo: the right to the file was checked; documents are filtered by theirs
        for workfile in workfiles.sudo():
            packed = workfile._get_packed_entries()
            if self.table == 'files':
                yield vn2019.make_row('files', workfile._prepare_package_values(kind, packed), kind)
                continue
            readable = packed.document_id.with_env(self.env)._filtered_access('read')
            for ordinal, (entry, values) in enumerate(workfile._prepare_document_values(kind, packed).items(), start=1):
                if entry.document_id.id in readable.ids:
                    yield vn2019.make_row('documents', {**values, 'fileCode': workfile.code, 'docOrdinal': str(ordinal)}, kind)

    def _make_accession_rows(self, accessions):
        """Yield rows of the files that came, as their packages describe them."""
        if self.table != 'files':
            raise UserError(self.env._("Of a submission the table of files can be written."))
        for line in accessions.line_ids.filtered('values'):
            kind = get_profile(PROFILE).kind(line.package_kind, VARIANT)
            yield vn2019.make_row('files', line.values, kind)
