from odoo import api, models
from odoo.fields import Domain

from odoo.addons.civic_incoming.report.civic_form_follow_up_book import BOOK_GROUPS
from odoo.addons.civic_report.tools.layout import Column, Cover, Row


class CivicFormPostalBook(models.AbstractModel):
    """Sổ gửi văn bản đi bưu điện: six columns and a cover (Decree 30/2020, Annex IV, form III)."""

    _name = 'civic.form.postal_book'
    _inherit = ['civic.form']
    _description = "Book of Post"

    _form_groups = BOOK_GROUPS
    _form_has_period = True
    _form_sequence = 60
    _form_landscape = False

    @api.model
    def _get_title(self, options):
        return self.env._("Book of documents sent by post")

    @api.model
    def _get_legal_basis(self):
        return self.env._("Decree 30/2020/NĐ-CP, Annex IV, form III")

    @api.model
    def _get_columns(self, options):
        return [
            Column(self.env._("Date sent"), 1.1, 'date'),
            Column(self.env._("Number and notation"), 1.6),
            Column(self.env._("Recipients"), 3),
            Column(self.env._("Number of envelopes"), 1, 'integer', 'center'),
            Column(self.env._("Signed for and postmark"), 2),
            Column(self.env._("Remarks"), 1.6),
        ]

    @api.model
    def _get_domain(self, options):
        form = self.env['civic.form.handover_book']
        domain = Domain('company_id', '=', options['company'].id) & Domain('channel', '=', 'post') & Domain(
            'sent_at', '!=', False)
        if options['date_from']:
            domain &= Domain('sent_at', '>=', form._get_start_of_day(options['date_from']))
        if options['date_to']:
            domain &= Domain('sent_at', '<', form._get_end_of_day(options['date_to']))
        return domain

    @api.model
    def _iter_rows(self, options):
        dispatches = self.env['civic.dispatch']
        for batch in self._iter_batches(dispatches, self._get_domain(options), 'sent_at, id'):
            for line in batch:
                document = line.document_id
                yield Row((
                    document._get_local_day(line.sent_at),
                    document.reference or '',
                    line.label,
                    1,
                    f'{document._get_local_day(line.received_at):%d/%m/%Y}' if line.received_at else '',
                    line.message or '',
                ))

    @api.model
    def _get_cover(self, options):
        company = options['company']
        start, end = options['date_from'], options['date_to']
        year = (start or end or self.env['civic.document']._today()).year
        return Cover(
            superior=self._get_superior_name(company), agency=company.name, title=self._get_title(options),
            lines=(
                (self.env._("Year:"), str(year)),
                (self.env._("From date"), self.env._(
                    "%(start)s to date %(end)s", start=start and f'{start:%d/%m/%Y}' or '…',
                    end=end and f'{end:%d/%m/%Y}' or '…')),
                (self.env._("Book No.:"), '01'),
            ))


class CivicFormHandoverBook(models.AbstractModel):
    _inherit = 'civic.form.handover_book'

    @api.model
    def _get_end_of_day(self, day):
        """Return the first moment after a day of the agency, in UTC."""
        return self._get_start_of_day(day.fromordinal(day.toordinal() + 1))
