from dataclasses import replace

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from odoo.addons.civic_report.tools.layout import Closing, Column, Group, Row

READERS = (
    'civic_base.group_archivist', 'civic_base.group_records_admin', 'civic_base.group_leader', 'civic_base.group_manager')


class CivicFormDisposition(models.AbstractModel):
    """What the papers of a case of destruction have in common."""

    _name = 'civic.form.disposition'
    _inherit = ['civic.official.form']
    _description = "Paper of a Destruction"

    _form_landscape = False
    _form_has_period = False

    @api.model
    def _prepare_options(self, values):
        options = super()._prepare_options(values)
        disposition = self.env['civic.disposition'].browse(self._get_id(values.get('disposition_id'))).exists()
        if not disposition:
            raise UserError(self.env._("The form was asked for something that it does not know."))
        disposition.check_access('read')
        return {**options, 'disposition': disposition, 'company': disposition.company_id}

    @api.model
    def _get_objects(self, options):
        return options['disposition']

    @api.model
    def _get_heading(self, options):
        return replace(super()._get_heading(options), lines=tuple(self._get_lines(options)))

    @api.model
    def _get_lines(self, options):
        """The paragraphs above the table."""
        return [options['disposition'].name]

    @api.model
    def _iter_lines(self, options, *states):
        """Yield the lines of the case in batches, of these states only."""
        domain = [('disposition_id', '=', options['disposition'].id)]
        if states:
            domain.append(('state', 'in', states))
        for batch in self._iter_batches(self.env['civic.disposition.line'], domain, 'sequence, id'):
            yield from batch

    @api.model
    def _get_label(self, record, name):
        return dict(record._fields[name]._description_selection(self.env)).get(record[name], '')

    @api.model
    def _day(self, day):
        return format_date(self.env, day) if day else '…/…/……'

    @api.model
    def _get_members(self, disposition, role):
        return ', '.join(member.user_id.name for member in disposition.member_ids if member.role == role)


class CivicFormDispositionList(models.AbstractModel):
    """Danh mục tài liệu hết thời hạn lưu trữ, trùng lặp (Circular 06/2025/TT-BNV, Annex II; as in the regime of 2011)."""

    _name = 'civic.form.disposition_list'
    _inherit = ['civic.form.disposition']
    _description = "List of Records to Destroy"

    @api.model
    def _get_title(self, options):
        return self.env._("List of records whose retention has expired and of duplicates")

    @api.model
    def _get_legal_basis(self):
        return self.env._("Circular 06/2025/TT-BNV, Annex II")

    @api.model
    def _get_columns(self, options):
        return [
            Column(self.env._("Bundle No."), 0.7, 'text', 'center'),
            Column(self.env._("Volume No."), 0.7, 'text', 'center'),
            Column(self.env._("Title of the file or volume"), 4),
            Column(self.env._("Reason of the destruction"), 2.2),
            Column(self.env._("Remarks"), 1.6),
        ]

    @api.model
    def _iter_rows(self, options):
        group = None
        for line in self._iter_lines(options):
            if line.proposal != 'destroy' or line.state == 'kept':
                continue
            if (line.group or '') != (group or ''):
                group = line.group
                yield Group(group or self.env._("Other records"))
            yield Row((line.bundle or '', line.volume or '', line.workfile_id.display_name,
                       self._get_label(line, 'reason'), line.note or ''))

    @api.model
    def _get_closing(self, options):
        disposition = options['disposition']
        return Closing(
            lines=(self.env._("%s files to destroy.", disposition.destroy_count),),
            signers=((self.env._("Made by"), self._get_members(disposition, 'secretary')), (self.env._("Head of the agency"), '')))


class CivicFormDispositionStatement(models.AbstractModel):
    """Bản thuyết minh: how the records came about, and what they are by group (Circular 06/2025/TT-BNV, Annex III)."""

    _name = 'civic.form.disposition_statement'
    _inherit = ['civic.form.disposition']
    _description = "Statement on Records to Destroy"

    @api.model
    def _get_title(self, options):
        return self.env._("Statement on records whose retention has expired and on duplicates")

    @api.model
    def _get_legal_basis(self):
        return self.env._("Circular 06/2025/TT-BNV, Annex III")

    @api.model
    def _get_lines(self, options):
        disposition = options['disposition']
        files = disposition.line_ids.workfile_id
        years = sorted(set(files.mapped('year')))
        return [
            disposition.name,
            self.env._("I. How the records came about: %s", disposition.history or '…'),
            self.env._("Number: %(files)s files, %(documents)s documents; time: %(first)s to %(last)s.",
                       files=len(files), documents=sum(files.mapped('doc_count')),
                       first=years[0] if years else '…', last=years[-1] if years else '…'),
            self.env._("II. Summary by group"),
        ]

    @api.model
    def _get_columns(self, options):
        return [
            Column(self.env._("Reason"), 2),
            Column(self.env._("Group of Records"), 3),
            Column(self.env._("Files"), 1, 'integer', 'center'),
            Column(self.env._("Documents"), 1, 'integer', 'center'),
        ]

    @api.model
    def _iter_rows(self, options):
        groups = {}
        for line in self._iter_lines(options):
            if line.proposal == 'destroy' and line.state != 'kept':
                row = groups.setdefault((self._get_label(line, 'reason'), line.group or ''), [0, 0])
                row[0] += 1
                row[1] += line.workfile_id.doc_count
        for (reason, group), (files, documents) in sorted(groups.items()):
            yield Row((reason, group, files, documents))

    @api.model
    def _get_closing(self, options):
        return Closing(signers=((self.env._("Made by"), self._get_members(options['disposition'], 'secretary')),))


class CivicFormDispositionMinutes(models.AbstractModel):
    """Biên bản họp hội đồng: who was there, what was said of each file, and who saw it otherwise."""

    _name = 'civic.form.disposition_minutes'
    _inherit = ['civic.form.disposition']
    _description = "Minutes of the Council"

    @api.model
    def _get_title(self, options):
        if options.get('disposition') and options['disposition'].profile_id.code == 'VN-2019':
            return self.env._("Minutes of the council for the appraisal of records")
        return self.env._("Minutes of the council for the destruction of archival records")

    @api.model
    def _get_legal_basis(self):
        return self.env._("Circular 06/2025/TT-BNV; in the regime of 2011, guidance 879/VTLTNN-NVĐP")

    @api.model
    def _get_lines(self, options):
        disposition = options['disposition']
        lines = [disposition.name, self.env._("Day of the meeting: %s", self._day(disposition.meeting_date))]
        if disposition.council_document_id:
            # sudo: number and date of the decision stand in the minutes
            lines.append(self.env._("Decision on the council: %s", disposition.council_document_id.sudo().reference or ''))
        for member in disposition.member_ids:
            text = f"{self._get_label(member, 'role')}: {member.user_id.name}"
            lines.append(self.env._("%s (absent, excused)", text) if member.is_absent else text)
        return lines

    @api.model
    def _get_columns(self, options):
        return [
            Column(self.env._("File"), 4),
            Column(self.env._("For destruction"), 1, 'integer', 'center'),
            Column(self.env._("For keeping"), 1, 'integer', 'center'),
            Column(self.env._("Abstained"), 1, 'integer', 'center'),
            Column(self.env._("Result"), 1.6),
            Column(self.env._("Dissent"), 3),
        ]

    @api.model
    def _iter_rows(self, options):
        for line in self._iter_lines(options):
            votes = line.vote_ids.filtered(lambda vote: not vote.member_id.is_absent)
            tally = {choice: len(votes.filtered(lambda vote, choice=choice: vote.choice == choice)) for choice in (
                'destroy', 'keep', 'abstain')}
            yield Row((line.workfile_id.display_name, tally['destroy'], tally['keep'], tally['abstain'],
                       self._get_result(line), self._get_dissent(line, votes)))

    @api.model
    def _get_result(self, line):
        if line.state == 'listed':
            return self.env._("Not decided yet")
        return self.env._("Keep") if line.state == 'kept' else self.env._("Destroy")

    @api.model
    def _get_dissent(self, line, votes):
        """Whoever voted otherwise than the result, and every reason that was given."""
        result = {'listed': None, 'kept': 'keep'}.get(line.state, 'destroy')
        return "; ".join(
            f"{vote.user_id.name}: {self._get_label(vote, 'choice')}" + (f" ({vote.note})" if vote.note else '')
            for vote in votes if vote.note or result and vote.choice not in (result, 'abstain'))

    @api.model
    def _get_closing(self, options):
        disposition = options['disposition']
        return Closing(
            lines=(self.env._("Result: %(destroy)s files to destroy, %(keep)s to keep.",
                              destroy=disposition.destroy_count, keep=disposition.keep_count),),
            signers=((self.env._("Secretary"), self._get_members(disposition, 'secretary')),
                     (self.env._("Chair"), self._get_members(disposition, 'chair'))))


class CivicFormDispositionHandover(models.AbstractModel):
    """Biên bản bàn giao tài liệu hủy."""

    _name = 'civic.form.disposition_handover'
    _inherit = ['civic.form.disposition_list']
    _description = "Minutes of the Hand-over for Destruction"

    @api.model
    def _get_title(self, options):
        return self.env._("Minutes of the hand-over of records to be destroyed")

    @api.model
    def _get_lines(self, options):
        disposition = options['disposition']
        return [
            self.env._("By decision %(number)s of %(day)s.", number=disposition.decision_number or '…',
                       day=self._day(disposition.decision_date)),
            self.env._("Giver: %s", self._get_members(disposition, 'secretary') or '…'),
            self.env._("Receiver: %s", disposition.destroyer_name or '…'),
            self.env._("Place: %s", disposition.destruction_place or '…'),
        ]

    @api.model
    def _get_closing(self, options):
        disposition = options['disposition']
        return Closing(
            lines=(self.env._("%s files handed over.", disposition.destroy_count),),
            signers=((self.env._("Giver"), ''), (self.env._("Receiver"), disposition.destroyer_name or '')))


class CivicFormDispositionDestruction(models.AbstractModel):
    """Biên bản hủy tài liệu: what was destroyed, how, and what became of each file's bytes."""

    _name = 'civic.form.disposition_destruction'
    _inherit = ['civic.form.disposition']
    _description = "Minutes of the Destruction"

    @api.model
    def _get_title(self, options):
        return self.env._("Minutes of the destruction of records")

    @api.model
    def _get_lines(self, options):
        disposition = options['disposition']
        lines = [
            self.env._("By decision %(number)s of %(day)s.", number=disposition.decision_number or '…',
                       day=self._day(disposition.decision_date)),
            self.env._("Day of the minutes: %s", self._day(disposition.minutes_date)),
            self.env._("Place: %(place)s; destroyed by: %(person)s", place=disposition.destruction_place or '…',
                       person=disposition.destroyer_name or '…'),
            self.env._("Method: rows, versions, renditions and words removed from the database; bytes overwritten and unlinked."),
        ]
        if disposition.is_overdue:
            lines.append(self.env._("Late: the law allows until %s.", self._day(disposition.destruction_due)))
        return lines

    @api.model
    def _get_columns(self, options):
        return [
            Column(self.env._("File"), 4),
            Column(self.env._("Documents"), 1, 'integer', 'center'),
            Column(self.env._("Electronic files erased"), 1.2, 'integer', 'center'),
            Column(self.env._("Result"), 2),
        ]

    @api.model
    def _iter_rows(self, options):
        for line in self._iter_lines(options, 'approved', 'erasing', 'destroyed'):
            erased = line.destroyed_content_ids.filtered(lambda content: content.state == 'erased')
            yield Row((line.workfile_id.display_name, line.workfile_id.doc_count, len(erased),
                       line.problem or self._get_label(line, 'state')))

    @api.model
    def _get_closing(self, options):
        disposition = options['disposition']
        return Closing(
            lines=(self.env._("%s files destroyed.", disposition.gone_count),),
            signers=((self.env._("Giver"), ''), (self.env._("Destroyed by"), disposition.destroyer_name or '')))


class CivicFormDispositionSheet(models.AbstractModel):
    """The candidates as a spreadsheet that comes back: key and revision in the first columns find each line again."""

    _name = 'civic.form.disposition_sheet'
    _inherit = ['civic.form.disposition']
    _description = "Candidates as a Spreadsheet"

    _form_formats = ('xlsx',)
    _form_landscape = True
    _form_numbers_columns = False
    _form_groups = READERS

    @api.model
    def _get_title(self, options):
        return self.env._("Candidates for destruction")

    @api.model
    def _get_closing(self, options):
        return None

    @api.model
    def _get_columns(self, options):
        return [
            Column(self.env._("Key (do not change)"), 2),
            Column(self.env._("Revision (do not change)"), 0.7, 'integer'),
            Column(self.env._("File Code"), 2),
            Column(self.env._("Title"), 4),
            Column(self.env._("Retention Ends"), 1, 'date'),
            Column(self.env._("Why So Long"), 4),
            Column(self.env._("Reason"), 1.6),
            Column(self.env._("Proposed"), 1),
            Column(self.env._("Group of Records"), 2),
            Column(self.env._("Bundle No."), 0.8),
            Column(self.env._("Volume No."), 0.8),
            Column(self.env._("Remarks"), 2),
        ]

    @api.model
    def _iter_rows(self, options):
        for line in self._iter_lines(options):
            yield Row((
                line.key, line.revision, line.file_code or '', line.file_title or '', line.retention_until or None,
                line.retention_explanation or '', self._get_label(line, 'reason'), self._get_label(line, 'proposal'),
                line.group or '', line.bundle or '', line.volume or '', line.note or ''))
