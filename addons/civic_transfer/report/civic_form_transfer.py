from odoo import api, models

from odoo.addons.civic_report.tools.layout import Closing, Column, Group, Heading, Row

READERS = (
    'civic_base.group_archivist', 'civic_base.group_records_admin', 'civic_base.group_leader', 'civic_base.group_manager',
    'civic_base.group_unit_head')


class CivicFormTransferList(models.AbstractModel):
    """Mục lục hồ sơ, tài liệu nộp lưu (Decree 30/2020/NĐ-CP, Annex V, form III).

    Permanent and fixed-term files stand in two lists; that of permanent files has no column for the period.
    """

    _name = 'civic.form.transfer_list'
    _inherit = ['civic.form']
    _description = "Transfer List"

    _form_groups = READERS

    @api.model
    def _get_title(self, options):
        return self.env._("List of files and documents handed over")

    @api.model
    def _get_legal_basis(self):
        return self.env._("Decree 30/2020/NĐ-CP, Annex V, form III")

    @api.model
    def _prepare_options(self, values):
        [transfer] = self._get_records('civic.transfer', [values.get('transfer_id')])
        terms = values.get('terms')
        return {
            **super()._prepare_options({}), 'transfer': transfer, 'company': transfer.company_id,
            'terms': terms if terms in ('permanent', 'fixed') else None}

    @api.model
    def _get_objects(self, options):
        return options['transfer']

    @api.model
    def _get_lines(self, options):
        """Return the lines of the list, permanent files first."""
        # sudo: the list names every file of the transfer, whoever may read it prints all of it
        lines = options['transfer'].sudo().line_ids.filtered(lambda line: line.state != 'dropped').sorted('sequence')
        permanent = lines.filtered(lambda line: line.workfile_id.retention_term_id.is_permanent)
        return [(terms, some) for terms, some in (('permanent', permanent), ('fixed', lines - permanent))
                if some and options['terms'] in (None, terms)]

    @api.model
    def _get_term_label(self, terms):
        return self.env._("Kept permanently") if terms == 'permanent' else self.env._("Kept for a term")

    @api.model
    def _has_term(self, options):
        return any(terms == 'fixed' for terms, _lines in self._get_lines(options))

    @api.model
    def _get_heading(self, options):
        transfer = options['transfer']
        lists = self._get_lines(options)
        years = sorted({line.workfile_id.year for _terms, lines in lists for line in lines})
        labels = [self._get_term_label(lists[0][0])] if len(lists) == 1 else []
        period = [self.env._("Year %s", '–'.join(dict.fromkeys((str(years[0]), str(years[-1])))))] if years else []
        return Heading(
            title=self._get_title(options), superior=self._get_superior_name(transfer.company_id),
            agency=transfer.unit_id.name or transfer.company_id.name, lines=(*period, *labels))

    @api.model
    def _get_columns(self, options):
        term = [Column(self.env._("Retention period"), 1.2)] if self._has_term(options) else []
        return [
            Column(self.env._("No."), 0.5, 'integer', 'center'), Column(self.env._("Number and notation of the file"), 1.5),
            Column(self.env._("Title of the file"), 4), Column(self.env._("Time of the documents"), 1.5, 'text', 'center'), *term,
            Column(self.env._("Sheets or pages"), 0.9, 'integer'), Column(self.env._("Remarks"), 1.6)]

    @api.model
    def _iter_rows(self, options):
        lists, has_term = self._get_lines(options), self._has_term(options)
        number = 0
        for terms, lines in lists:
            if len(lists) > 1:
                yield Group(self._get_term_label(terms))
            for line in lines:
                workfile = line.workfile_id
                number += 1
                period = ' – '.join(f'{day:%d/%m/%Y}' for day in (workfile.date_start, workfile.date_end) if day)
                yield Row((
                    number, workfile.notation, workfile.title, period, *([workfile.retention_term_id.name or ''] if has_term else []),
                    (workfile.sheet_count if workfile.medium == 'paper' else workfile.page_count) or 0, self._get_remark(line)))

    @api.model
    def _get_remark(self, line):
        return line.workfile_id.code or ''

    @api.model
    def _get_closing(self, options):
        lists = dict(self._get_lines(options))
        permanent, fixed = len(lists.get('permanent', ())), len(lists.get('fixed', ()))
        return Closing(
            lines=(self.env._(
                "The list holds %(count)s files: %(permanent)s kept permanently, %(fixed)s for a term.",
                count=permanent + fixed, permanent=permanent, fixed=fixed),),
            signers=((self.env._("Drawn up by"), self.env._("(Signature, full name, position)")),))


class CivicFormTransferMinutes(models.AbstractModel):
    """Biên bản giao nhận, as the giver has it: what was sent, what the archive accepted and returned (Annex V, form V).

    What both sides sign is the form that the archive made; this one is for reading and for the spreadsheet.
    """

    _name = 'civic.form.transfer_minutes'
    _inherit = ['civic.form.transfer_list']
    _description = "Minutes of Delivery (Giver)"

    @api.model
    def _get_title(self, options):
        return self.env._("Minutes of delivery of files and documents")

    @api.model
    def _get_legal_basis(self):
        return self.env._("Decree 30/2020/NĐ-CP, Annex V, form V")

    @api.model
    def _get_heading(self, options):
        transfer = options['transfer'].sudo()       # sudo: as for the lines
        accepted = transfer.line_ids.filtered(lambda line: line.state == 'accepted')
        days = sorted(day for line in accepted for day in (line.workfile_id.date_start, line.workfile_id.date_end) if day)
        lines = [
            self.env._("Registration code: %s", transfer.accession_code or transfer.name),
            self.env._("Giver: %s", transfer.unit_id.name or transfer.company_id.name),
            self.env._("Receiver: %s", transfer.keeper_id.name),
            self.env._("1. Block of records: %s", transfer.title),
            self.env._("2. Time of the records: %s", ' – '.join(f'{day:%d/%m/%Y}' for day in (days[0], days[-1])) if days else '…'),
            self.env._("3. Quantity (electronic): %(files)s files, %(documents)s documents, %(contents)s content files in them",
                       files=len(accepted), documents=sum(accepted.mapped('document_count')),
                       contents=sum(accepted.mapped('content_count'))),
            self.env._("4. Condition: every package accepted passed the checks of the archive; its digest stands in the table"),
            self.env._("5. The list of files and documents handed over goes with it"),
        ]
        return Heading(
            title=self._get_title(options), superior=self._get_superior_name(transfer.company_id), agency=transfer.company_id.name,
            is_official=True, lines=tuple(lines))

    @api.model
    def _get_columns(self, options):
        return [
            Column(self.env._("No."), 0.4, 'integer', 'center'), Column(self.env._("File code"), 1.5),
            Column(self.env._("Title of the file"), 2.6),
            Column(self.env._("Documents"), 0.7, 'integer'), Column(self.env._("SHA-256 of the package"), 2.4),
            Column(self.env._("Result"), 0.9), Column(self.env._("Reason"), 1.6)]

    @api.model
    def _iter_rows(self, options):
        # sudo: as for the list
        lines = options['transfer'].sudo().line_ids.filtered(lambda line: line.state != 'dropped').sorted('sequence')
        labels = dict(lines._fields['state']._description_selection(self.env))
        for number, line in enumerate(lines, start=1):
            yield Row((
                number, line.workfile_id.code or '', line.workfile_id.title, line.document_count, line.sha256 or '', labels[line.state],
                line.reason or ''))

    @api.model
    def _get_closing(self, options):
        signers = options['transfer'].sudo().minutes_signers or ''
        return Closing(
            lines=(self.env._("Made in two copies; each side keeps one."), *signers.splitlines()),
            signers=((self.env._("Giver"), self.env._("(Signature, full name)")),
                     (self.env._("Receiver"), self.env._("(Signature, full name)"))))
