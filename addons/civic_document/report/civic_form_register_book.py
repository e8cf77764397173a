from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from odoo.addons.civic_report.tools.layout import Column, Cover, Row


class CivicFormRegisterBook(models.AbstractModel):
    """The printed register book: ten columns and a cover (Decree 30/2020, Annex IV, forms I and VI)."""

    _name = 'civic.form.register_book'
    _inherit = ['civic.form']
    _description = "Register Book"

    @api.model
    def _get_legal_basis(self):
        return self.env._("Decree 30/2020/NĐ-CP, Annex IV, forms I and VI")

    @api.model
    def _get_title(self, options):
        register = options.get('register')
        if not register:
            return self.env._("Register book")
        if register.direction == 'incoming':
            return self.env._("Register of incoming documents")
        if register.direction == 'outgoing':
            return self.env._("Register of outgoing documents")
        return self.env._("Register of internal documents")

    @api.model
    def _prepare_options(self, values):
        [register] = self._get_records('civic.register', [values.get('register_id')])
        self.env['civic.register.entry'].check_access('read')
        options = super()._prepare_options({**values, 'company_id': None})
        options.update({
            'register': register,
            'company': register.company_id,
            'number_from': self._get_number(values.get('number_from')),
            'number_to': self._get_number(values.get('number_to')),
        })
        if options['number_to'] and options['number_to'] < options['number_from']:
            raise UserError(self.env._("The last number comes before the first."))
        return options

    @api.model
    def _get_number(self, value):
        return self._get_id(value) if value else 0

    @api.model
    def _get_domain(self, options):
        domain = Domain('register_id', '=', options['register'].id)
        for name, condition in (
            ('date_from', ('number_date', '>=')), ('date_to', ('number_date', '<=')),
            ('number_from', ('number', '>=')), ('number_to', ('number', '<=')),
        ):
            if options[name]:
                domain &= Domain(*condition, options[name])
        return domain

    @api.model
    def _get_columns(self, options):
        if options['register'].direction == 'incoming':
            return [
                Column(self.env._("Arrival date"), 1, 'date'),
                Column(self.env._("Arrival number"), 0.8, align='center'),
                Column(self.env._("Author"), 2),
                Column(self.env._("Number and notation"), 1.5),
                Column(self.env._("Document date"), 1, 'date'),
                Column(self.env._("Type and subject"), 4),
                Column(self.env._("Receiving unit or person"), 1.8),
                Column(self.env._("Date handed over"), 1, 'date'),
                Column(self.env._("Signed for"), 1.4),
                Column(self.env._("Remarks"), 1.3),
            ]
        return [
            Column(self.env._("Number and notation"), 1.5),
            Column(self.env._("Document date"), 1, 'date'),
            Column(self.env._("Type and subject"), 4),
            Column(self.env._("Signatory"), 1.5),
            Column(self.env._("Recipients"), 2),
            Column(self.env._("Unit or person keeping the file copy"), 1.6),
            Column(self.env._("Number of copies"), 0.8, 'integer', 'center'),
            Column(self.env._("Date sent"), 1, 'date'),
            Column(self.env._("Signed for"), 1.4),
            Column(self.env._("Remarks"), 1.3),
        ]

    @api.model
    def _iter_rows(self, options):
        names = self._get_row_names(options)
        for entries in self._iter_batches(self.env['civic.register.entry'], self._get_domain(options), 'number'):
            values = entries._prepare_book_values()
            for entry in entries:
                row = values[entry.id]
                yield Row(tuple(row[name] for name in names), row['is_void'])

    @api.model
    def _get_row_names(self, options):
        """Return what `_prepare_book_values` calls each column, in order."""
        if options['register'].direction == 'incoming':
            return ('number_date', 'number', 'author', 'reference', 'issue_date', 'subject', 'recipient',
                    'forwarded_date', 'receipt', 'note')
        return ('reference_or_number', 'number_date', 'subject', 'signer', 'recipient', 'copy_holder', 'copies',
                'forwarded_date', 'receipt', 'note')

    @api.model
    def _get_cover(self, options):
        register = options['register']
        entries = self.env['civic.register.entry']
        domain = self._get_domain(options)
        first = entries.search(domain, order='number', limit=1)
        last = entries.search(domain, order='number desc', limit=1)
        start = options['date_from'] or first.number_date
        end = options['date_to'] or last.number_date
        return Cover(
            superior=register.superior_name or '', agency=register.company_id.name, title=self._get_title(options),
            lines=(
                (self.env._("Year:"), str(register.year)),
                (self.env._("From date"), self.env._(
                    "%(start)s to date %(end)s", start=start and f'{start:%d/%m/%Y}' or '…',
                    end=end and f'{end:%d/%m/%Y}' or '…')),
                (self.env._("From number"), self.env._(
                    "%(first)s to number %(last)s", first=first.number_label or '…', last=last.number_label or '…')),
                (self.env._("Book No.:"), f'{register.volume:02d}'),
            ))

    @api.model
    def _get_objects(self, options):
        return options['register']

    @api.model
    def _get_file_name(self, options, extension):
        return super()._get_file_name(options, extension).removesuffix(f'.{extension}') + (
            f" {options['register'].year}.{extension}")
