from odoo import api, models
from odoo.exceptions import UserError

from odoo.addons.civic_report.tools import pdf
from odoo.addons.civic_report.tools.layout import Column, Group, Heading


class CivicFormIncomingSlip(models.AbstractModel):
    """Phiếu giải quyết văn bản đến, of one document or of many (Decree 30/2020, Annex IV, form VII).

    Three parts: the leader's opinion, that of the head of the unit, the proposal of who handles it; each with its
    date. What is not in the system yet gets dots to write on.
    """

    _name = 'civic.form.incoming_slip'
    _inherit = ['civic.form']
    _description = "Handling Slip"

    _form_landscape = False
    _form_numbers_columns = False

    @api.model
    def _get_title(self, options):
        return self.env._("Handling slip of an incoming document")

    @api.model
    def _get_legal_basis(self):
        return self.env._("Decree 30/2020/NĐ-CP, Annex IV, form VII")

    @api.model
    def _prepare_options(self, values):
        documents = self._get_records('civic.document', values.get('document_ids'))
        for document in documents:
            if document.direction != 'incoming' or not document.register_number:
                raise UserError(self.env._(
                    "“%s” is not a registered incoming document: it has no slip.", document.display_name))
        return {**super()._prepare_options({}), 'documents': documents, 'company': documents[0].company_id}

    @api.model
    def _get_objects(self, options):
        return options['documents']

    @api.model
    def _get_heading(self, options):
        return Heading(title=self._get_title(options), agency=options['company'].name)

    @api.model
    def _get_columns(self, options):
        return [Column(self.env._("Part of the slip"), 2), Column(self.env._("Content"), 4)]

    @api.model
    def _iter_rows(self, options):
        """The slips as a table, for spreadsheets and texts."""
        for document in options['documents']:
            slip = self._prepare_slip(document)
            yield Group(self.env._("Arrival number %s", document.register_label))
            for label, value in slip['document']:
                yield (label, value)
            for title, lines in slip['parts']:
                yield Group(title, 1)
                for label, value in lines:
                    yield (label, value)

    @api.model
    def _render(self, output, extension, options):
        if extension != 'pdf':
            return super()._render(output, extension, options)
        report = pdf.PageReport(
            output, mark=self._get_mark(), title=self._get_title(options), author=options['company'].name)
        for document in options['documents']:
            self._draw_slip(report, document)
        report.close()
        return len(options['documents'])

    @api.model
    def _draw_slip(self, report, document):
        slip = self._prepare_slip(document)
        report.begin_page(restarts=True)
        report.draw_heading(Heading(
            title=self._get_title({}), superior=self._get_superior_name(document.company_id),
            agency=document.company_id.name, is_official=True,
            place_date=document.company_id._get_place_date(document._today())))
        for label, value in slip['document']:
            report.labelled(label, value)
        for title, lines in slip['parts']:
            report.paragraph(title, style='bold', gap=8)
            for label, value in lines:
                report.labelled(f'- {label}', value)
                if not value and label.endswith(':') and self._is_opinion(label):
                    report.dotted_lines(2)

    @api.model
    def _is_opinion(self, label):
        return label in (self.env._("Instruction:"), self.env._("Opinion:"), self.env._("Proposal:"))

    @api.model
    def _prepare_slip(self, document):
        """Return what stands on the slip of a document, as the user may read it."""
        assignments = document.assignment_ids._filtered_access('read').filtered(
            lambda assignment: assignment.state not in ('returned', 'withdrawn'))
        # sudo: what follows reads names of people and units of rows that the user may read
        assignments = assignments.sudo().sorted('id')
        lead = assignments.filtered(lambda assignment: assignment.kind == 'lead')[:1]
        others = assignments.filtered(lambda assignment: assignment.kind == 'coordinate')
        return {
            'document': self._prepare_document_lines(document.sudo()),      # sudo: names, as above
            'parts': [
                (self.env._("1. Opinion of the leader of the agency:"), self._prepare_leader_lines(document, lead, others)),
                (self.env._("2. Opinion of the head of the unit:"), self._prepare_unit_lines(lead, others)),
                (self.env._("3. Proposal of who handles it:"), self._prepare_handler_lines(lead)),
            ],
        }

    @api.model
    def _prepare_document_lines(self, document):
        return [
            (self.env._("Document:"), ' '.join(filter(None, (document.type_id.name, document.reference)))),
            (self.env._("Dated:"), self._format_date(document.issue_date)),
            (self.env._("Issued by:"), document.issuer_name or document.issuer_id.display_name or ''),
            (self.env._("Subject:"), document.subject or ''),
            (self.env._("Arrival number:"), f"{document.register_label} ({self._format_date(document.arrival_date)})"),
        ]

    @api.model
    def _prepare_leader_lines(self, document, lead, others):
        notes = document.leader_note_ids._filtered_access('read').sudo().sorted('id')   # sudo: names, as above
        tasks = (lead | others).sorted('id')
        said = dict.fromkeys(filter(None, [*notes.mapped('text'), *tasks.mapped('instruction')]))
        given = [*notes.mapped('written_at'), *tasks.mapped('assigned_at')]
        limits = [
            f"{assignment._get_holder_name()}: {self._format_date(assignment.deadline)}"
            for assignment in lead | others if assignment.deadline]
        return [
            (self.env._("Instruction:"), ' / '.join(said)),
            (self.env._("Lead unit or person:"), lead and lead._get_holder_name() or ''),
            (self.env._("Co-ordinating units and persons (if any):"),
             '; '.join(assignment._get_holder_name() for assignment in others)),
            (self.env._("Time limit of each (if any):"), '; '.join(limits)),
            (self.env._("Leader:"), ', '.join((notes.user_id | tasks.assigned_by_id).mapped('name'))),
            (self.env._("Date of the opinion:"), self._format_moment(max(given, default=None))),
        ]

    @api.model
    def _prepare_unit_lines(self, lead, others):
        delegations = (lead.delegation_ids or others.delegation_ids).filtered(
            lambda delegation: not delegation.taken_back_at).sorted('id')
        last = delegations[-1:]
        return [
            (self.env._("Given to:"), last.user_id.name or ''),
            (self.env._("Time limit (if any):"), self._format_date(last.assignment_id.deadline)),
            (self.env._("Opinion:"), ' / '.join(dict.fromkeys(filter(None, delegations.mapped('instruction'))))),
            (self.env._("Head of the unit:"), last.given_by_id.name or ''),
            (self.env._("Date of the opinion:"), self._format_moment(last.given_at)),
        ]

    @api.model
    def _prepare_handler_lines(self, lead):
        return [
            (self.env._("Proposal:"), lead.result or ''),
            (self.env._("Handled by:"), (lead.done_by_id or lead.user_id).name or ''),
            (self.env._("Date of the proposal:"), self._format_moment(lead.submitted_at or lead.done_at)),
        ]

    @api.model
    def _format_date(self, day):
        return f'{day:%d/%m/%Y}' if day else ''

    @api.model
    def _format_moment(self, moment):
        return self._format_date(self.env['civic.document']._get_local_date(moment))
