from odoo import api, models
from odoo.fields import Domain

from odoo.addons.civic_report.tools.layout import Column, Cover, Row

BOOK_GROUPS = (
    'civic_base.group_clerk', 'civic_base.group_leader', 'civic_base.group_manager', 'civic_base.group_archivist',
    'civic_base.group_records_admin')


class CivicFormFollowUpBook(models.AbstractModel):
    """Sổ theo dõi giải quyết văn bản đến: seven columns and a cover (Decree 30/2020, Annex IV, form VIII)."""

    _name = 'civic.form.follow_up_book'
    _inherit = ['civic.form']
    _description = "Follow-up Book"

    _form_groups = BOOK_GROUPS
    _form_has_period = True
    _form_sequence = 20

    @api.model
    def _get_title(self, options):
        return self.env._("Follow-up book of incoming documents")

    @api.model
    def _get_legal_basis(self):
        return self.env._("Decree 30/2020/NĐ-CP, Annex IV, form VIII")

    @api.model
    def _get_columns(self, options):
        return [
            Column(self.env._("Arrival number"), 0.8, align='center'),
            Column(self.env._("Type, number, notation, date and issuing agency of the document"), 4),
            Column(self.env._("Receiving unit or person"), 2.2),
            Column(self.env._("Time limit"), 1, 'date'),
            Column(self.env._("Progress"), 2),
            Column(self.env._("Number and notation of the reply"), 1.6),
            Column(self.env._("Remarks"), 1.6),
        ]

    @api.model
    def _get_domain(self, options):
        domain = Domain('company_id', '=', options['company'].id) & Domain('register_id.direction', '=', 'incoming')
        if options['date_from']:
            domain &= Domain('number_date', '>=', options['date_from'])
        if options['date_to']:
            domain &= Domain('number_date', '<=', options['date_to'])
        return domain

    @api.model
    def _iter_rows(self, options):
        entries = self.env['civic.register.entry']
        for batch in self._iter_batches(entries, self._get_domain(options), 'number_date, register_id, number'):
            documents = batch._get_readable_documents()
            readable = {document.id: document for document in documents}
            tasks = documents._get_tasks_by_document()
            for entry in batch:
                # sudo: the id alone; only what the user may read is looked up by it
                document = readable.get(entry.sudo().document_id.id)
                if document:
                    values = self._prepare_row(document, tasks.get(document.id))
                else:
                    values = (self.env._("(restricted)"), '', None, '', '', '')
                yield Row((entry.number_label, *values), entry.state == 'void')

    @api.model
    def _prepare_row(self, document, assignments):
        # sudo: the names of issuer, type and unit belong to the line of a document that the user may read
        document = document.sudo()
        issued = document.issue_date and f'{document.issue_date:%d/%m/%Y}'
        described = ' '.join(filter(None, (document.type_id.name, document.reference)))
        holder, reply = '', ''
        if assignments:
            holder = assignments._prepare_book_columns()['recipient']
            reply = '; '.join(dict.fromkeys(filter(None, (
                assignment._get_reply_reference() for assignment in assignments))))
        return (
            '; '.join(filter(None, (described, issued, document.issuer_name or document.issuer_id.display_name))),
            holder,
            document.deadline or None,
            self._get_progress(document),
            reply,
            document.cancel_reason or document.description or '',
        )

    @api.model
    def _get_progress(self, document):
        """How far it is, and whether in time."""
        label = dict(document._fields['state']._description_selection(self.env)).get(document.state, '')
        if document.state == 'done':
            day = document._get_local_date(document.done_at)
            late = day and document.deadline and day > document.deadline
            return ' '.join(filter(None, (label, day and f'{day:%d/%m/%Y}', late and self.env._("(late)"))))
        if document.is_overdue:
            return self.env._("%s, overdue", label)
        return label

    @api.model
    def _get_cover(self, options):
        """What Annex IV puts on the cover of this book: it has no line “from number to number”."""
        entries = self.env['civic.register.entry']
        domain = self._get_domain(options)
        start = options['date_from'] or entries.search(domain, order='number_date', limit=1).number_date
        end = options['date_to'] or entries.search(domain, order='number_date desc', limit=1).number_date
        years = sorted({day.year for day in (start, end) if day})
        return Cover(
            superior=self._get_superior_name(options['company']), agency=options['company'].name,
            title=self._get_title(options), lines=(
                (self.env._("Year:"), ' – '.join(map(str, years)) or '…'),
                (self.env._("From date"), self.env._(
                    "%(start)s to date %(end)s", start=start and f'{start:%d/%m/%Y}' or '…',
                    end=end and f'{end:%d/%m/%Y}' or '…')),
                (self.env._("Book No.:"), '……'),
            ))


class CivicAssignment(models.Model):
    _inherit = 'civic.assignment'

    def _get_reply_reference(self):
        """Return number and notation of the document that answered."""
        self.ensure_one()
        return self.reply_document_id.reference or self.reply_reference or ''
