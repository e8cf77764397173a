from odoo import api, models
from odoo.tools import format_datetime

from odoo.addons.civic_base.const import DEFAULT_TZ
from odoo.addons.civic_report.tools.layout import Closing, Column, Heading


class CivicFormArchive(models.AbstractModel):
    """Minutes and logs of keeping (Circular 05/2025/TT-BNV, Annex VII): one record, a table, two signatures."""

    _name = 'civic.form.archive'
    _description = "Minutes of Keeping"
    _inherit = 'civic.form'

    _form_formats = ('pdf', 'docx')
    _form_landscape = False
    _form_groups = ('civic_base.group_archivist', 'civic_base.group_manager', 'civic_base.group_records_admin')
    _form_record_model = None

    @api.model
    def _get_legal_basis(self):
        return self.env._("Circular 05/2025/TT-BNV, Annex VII")

    @api.model
    def _prepare_options(self, values):
        options = super()._prepare_options(values)
        if self._form_record_model:
            record = self._get_records(self._form_record_model, [values.get('record_id')])
            options.update(record=record, company=record.company_id)
        return options

    @api.model
    def _get_heading(self, options):
        company = options['company']
        return Heading(
            title=self._get_title(options), superior=self._get_superior_name(company), agency=company.name, is_official=True,
            lines=tuple(self._get_lines(options)))

    @api.model
    def _get_lines(self, options):
        return [label for label in [self._get_period_label(options)] if label]

    @api.model
    def _get_objects(self, options):
        return options.get('record') or options['company']

    @api.model
    def _get_closing(self, options):
        return Closing(lines=tuple(self._get_remarks(options)), signers=(
            (self.env._("Head of the Archive"), self.env._("(Signature, full name)")),
            (self.env._("Done by"), self.env._("(Signature, full name)"))))

    @api.model
    def _get_remarks(self, options):
        return []

    @api.model
    def _show_time(self, moment):
        return format_datetime(self.env, moment, tz=DEFAULT_TZ, dt_format='HH:mm dd/MM/yyyy') if moment else ''

    @api.model
    def _get_label(self, record, field):
        return dict(record._fields[field]._description_selection(self.env)).get(record[field], '')


class CivicFormFixityMinutes(models.AbstractModel):
    _name = 'civic.form.fixity_minutes'
    _description = "Minutes of a Check"
    _inherit = 'civic.form.archive'

    _form_record_model = 'civic.fixity.run'

    @api.model
    def _get_title(self, options):
        return self.env._("Minutes of checking the archival database")

    @api.model
    def _get_lines(self, options):
        run = options['record']
        return [
            self.env._("Started %(start)s, finished %(end)s", start=self._show_time(run.started_at),
                       end=self._show_time(run.finished_at)),
            self.env._("Checked by: %s", run.user_id.display_name),
            self.env._("Media: %s", ', '.join(run.sudo().check_ids.store_id.mapped('name'))),
        ]

    @api.model
    def _get_columns(self, options):
        return [
            Column(self.env._("No."), 0.4, 'integer', 'center'), Column(self.env._("Medium"), 1.4), Column(self.env._("Path"), 3),
            Column(self.env._("State"), 1.2), Column(self.env._("Remark"), 2.4)]

    @api.model
    def _iter_rows(self, options):
        """The faulty files, with number, medium and path (Circular 02/2019, step 5)."""
        faulty = options['record'].check_ids.filtered(lambda check: check.outcome != 'good')
        for number, check in enumerate(faulty, start=1):
            yield (number, check.store_id.sudo().name, check.key, self._get_label(check, 'outcome'), check.message or '')

    @api.model
    def _get_remarks(self, options):
        run = options['record']
        return [
            self.env._("Copies checked: %(count)s; faulty: %(faulty)s.", count=run.checked_count, faulty=run.bad_count),
            self.env._("Bytes read: %s.", f'{run.size:,.0f}'.replace(',', '.')),
        ]


class CivicFormBackupLog(models.AbstractModel):
    _name = 'civic.form.backup_log'
    _description = "Log of Backups"
    _inherit = 'civic.form.archive'

    _form_formats = ('pdf', 'xlsx', 'docx')
    _form_landscape = True
    _form_has_period = True
    _form_sequence = 80

    @api.model
    def _get_title(self, options):
        return self.env._("Log of backups")

    @api.model
    def _get_columns(self, options):
        return [
            Column(self.env._("No."), 0.4, 'integer', 'center'), Column(self.env._("Code of the set"), 1.5),
            Column(self.env._("Kind"), 1), Column(self.env._("Medium"), 1.5), Column(self.env._("Started"), 1.2),
            Column(self.env._("Finished"), 1.2), Column(self.env._("Packages"), 0.7, 'integer'),
            Column(self.env._("Bytes"), 1, 'integer'), Column(self.env._("Database (bytes)"), 1, 'integer'),
            Column(self.env._("Result"), 1), Column(self.env._("Made by"), 1.3)]

    @api.model
    def _iter_rows(self, options):
        domain = [('company_id', '=', options['company'].id)]
        if options['date_from']:
            domain.append(('day', '>=', options['date_from']))
        if options['date_to']:
            domain.append(('day', '<=', options['date_to']))
        number = 0
        for batch in self._iter_batches(self.env['civic.backup.set'], domain, order='day, id'):
            for backup in batch:
                number += 1
                yield (
                    number, backup.name, self._get_label(backup, 'kind'), backup.store_id.sudo().name,
                    self._show_time(backup.started_at), self._show_time(backup.finished_at), backup.aip_count,
                    int(backup.size), int(backup.dump_size), self._get_label(backup, 'state'), backup.user_id.display_name)


class CivicFormBackupMinutes(models.AbstractModel):
    _name = 'civic.form.backup_minutes'
    _description = "Minutes of a Backup"
    _inherit = 'civic.form.archive'

    _form_record_model = 'civic.backup.set'

    @api.model
    def _get_title(self, options):
        return self.env._("Minutes of backing up the archival database")

    @api.model
    def _get_lines(self, options):
        backup = options['record']
        return [
            self.env._("Set %(code)s (%(kind)s), on the medium “%(medium)s”", code=backup.name,
                       kind=self._get_label(backup, 'kind'), medium=backup.store_id.sudo().name),
            self.env._("Started %(start)s, finished %(end)s", start=self._show_time(backup.started_at),
                       end=self._show_time(backup.finished_at)),
        ]

    @api.model
    def _get_columns(self, options):
        return [
            Column(self.env._("No."), 0.4, 'integer', 'center'), Column(self.env._("Package"), 3),
            Column(self.env._("Bytes"), 1, 'integer'), Column("SHA-256", 3)]

    @api.model
    def _iter_rows(self, options):
        backup, first = options['record'], 1
        if backup.dump_sha256:
            yield first, self.env._("Database"), int(backup.dump_size), backup.dump_sha256
            first += 1
        for number, aip in enumerate(backup.aip_ids.sorted('id'), start=first):
            yield number, aip.name, int(aip.size), aip.sha256

    @api.model
    def _get_remarks(self, options):
        backup = options['record']
        return [
            self.env._("Result: %s.", self._get_label(backup, 'state')),
            self.env._("SHA-256 of the list of digests: %s", backup.manifest_sha256 or '')]


class CivicFormRestoreMinutes(models.AbstractModel):
    _name = 'civic.form.restore_minutes'
    _description = "Minutes of a Restore"
    _inherit = 'civic.form.archive'

    _form_record_model = 'civic.restore.drill'

    @api.model
    def _get_title(self, options):
        if options.get('record') and options['record'].kind == 'incident':
            return self.env._("Minutes of an incident and of restoring the archival database")
        return self.env._("Minutes of a restore drill")

    @api.model
    def _get_lines(self, options):
        drill = options['record']
        return [
            self.env._("Started %(start)s, finished %(end)s", start=self._show_time(drill.started_at),
                       end=self._show_time(drill.finished_at)),
            *([self.env._("Cause: %s", drill.cause)] if drill.cause else []),
        ]

    @api.model
    def _get_columns(self, options):
        return [
            Column(self.env._("No."), 0.4, 'integer', 'center'), Column(self.env._("Package"), 3), Column(self.env._("Read from"), 1.6),
            Column(self.env._("State"), 1), Column(self.env._("Seconds"), 0.8, 'float'), Column(self.env._("Remark"), 2)]

    @api.model
    def _iter_rows(self, options):
        for number, line in enumerate(options['record'].line_ids, start=1):
            yield (number, line.aip_id.name or self.env._("Database"), line.source, self._get_label(line, 'outcome'),
                   round(line.seconds, 2), line.message or '')

    @api.model
    def _get_remarks(self, options):
        drill = options['record']
        return [
            self.env._("Result: %s.", self._get_label(drill, 'state')),
            *([self.env._("What was done: %s", drill.remedy)] if drill.remedy else [])]


class CivicFormAccessionMinutes(models.AbstractModel):
    """Minutes of delivery (Decree 30/2020, Annex V, form V, for electronic records), with what was accepted and returned."""

    _name = 'civic.form.accession_minutes'
    _description = "Minutes of Delivery"
    _inherit = 'civic.form.archive'

    _form_record_model = 'civic.accession'
    _form_formats = ('pdf', 'xlsx', 'docx')
    _form_groups = (*CivicFormArchive._form_groups, 'civic_base.group_leader')

    @api.model
    def _get_title(self, options):
        return self.env._("Minutes of delivery of files and documents")

    @api.model
    def _get_legal_basis(self):
        return self.env._("Decree 30/2020/NĐ-CP, Annex V, form V")

    @api.model
    def _get_lines(self, options):
        accession = options['record']
        lines = accession.line_ids.filtered(lambda line: line.state in ('accepted', 'kept'))
        return [
            self.env._("Registration code: %s", accession.name),
            self.env._("Giver: %s", accession.agency_id.name),
            self.env._("Receiver: %s", accession.company_id.name),
            self.env._("1. Block of records: %s", accession.title),
            self.env._("2. Time of the records: %s", self._get_period(lines)),
            self.env._("3. Quantity (electronic): %(files)s files, %(documents)s documents in them",
                       files=len(lines), documents=sum(lines.mapped('document_count'))),
            self.env._("4. Condition: every package accepted passed the checks of structure, checksums, signatures and formats"),
            *([self.env._("5. The transfer list is enclosed in this file and signed with it")] if accession.has_list else []),
        ]

    @api.model
    def _get_period(self, lines):
        years = sorted(
            str(day)[-4:] for line in lines for day in ((line.values or {}).get('startDate'), (line.values or {}).get('endDate')) if day)
        return '–'.join(dict.fromkeys((years[0], years[-1]))) if years else '…'

    @api.model
    def _get_columns(self, options):
        return [
            Column(self.env._("No."), 0.4, 'integer', 'center'), Column(self.env._("File code"), 1.5), Column(self.env._("Title"), 3),
            Column(self.env._("Documents"), 0.7, 'integer'), Column(self.env._("Decision"), 1), Column(self.env._("Reason"), 1.8)]

    @api.model
    def _iter_rows(self, options):
        for number, line in enumerate(options['record'].line_ids.sorted('id'), start=1):
            yield (number, line.file_code or line.name, line.title or '', line.document_count, self._get_label(line, 'state'),
                   line.reason or '')

    @api.model
    def _get_closing(self, options):
        return Closing(lines=(self.env._("Made in two copies; each side keeps one."),), signers=(
            (self.env._("Giver"), self.env._("(Signature, full name)")), (self.env._("Receiver"), self.env._("(Signature, full name)"))))
