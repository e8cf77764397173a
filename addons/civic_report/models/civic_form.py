import json
from datetime import date
from urllib.parse import urlencode

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_datetime, split_every

from odoo.addons.civic_base.const import DEFAULT_TZ

from ..tools import pdf
from ..tools.docx import DocxReport
from ..tools.layout import Heading, Mark
from ..tools.xlsx import XlsxReport

BATCH = 500                 # rows read at a time
MIMETYPES = {
    'pdf': 'application/pdf',
    'xlsx': 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
    'docx': 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
    'zip': 'application/zip',
}


class CivicForm(models.AbstractModel):
    """A form that the law prescribes, or a list: what stands on it. How it looks is :mod:`tools`.

    A form is a small class ``civic.form.<name>``: title, columns, rows, and for a book the cover. It runs as the
    person who prints it, so that record rules decide what is on it; the print leaves a line in the journal, and
    bears on each page who printed it and when (Decree 30/2020, Annex VI, III.6.k).

    ``options`` is what :meth:`_prepare_options` made of what came from outside: checked values only.
    """

    _name = 'civic.form'
    _description = "Form"

    _form_formats = ('pdf', 'xlsx', 'docx')
    _form_landscape = True
    _form_numbers_columns = True        # (1) (2) (3) below the headings
    _form_groups = ()                   # who may print it, besides the rights on its rows; nobody asked: all
    _form_has_period = False            # offered in the dialog that asks for agency and period
    _form_sequence = 10

    # === WHAT STANDS ON IT === #

    @api.model
    def _get_title(self, options):
        raise NotImplementedError

    @api.model
    def _get_legal_basis(self):
        """Where the form is prescribed; shown where it is chosen."""
        return ''

    @api.model
    def _get_columns(self, options):
        """Return the :class:`tools.layout.Column` of the form, in order."""
        raise NotImplementedError

    @api.model
    def _iter_rows(self, options):
        """Yield rows, and read what they need in batches (:meth:`_iter_batches`)."""
        raise NotImplementedError

    @api.model
    def _get_cover(self, options):
        return None

    @api.model
    def _get_heading(self, options):
        company = options['company']
        return Heading(
            title=self._get_title(options), superior=self._get_superior_name(company), agency=company.name,
            lines=tuple(filter(None, [self._get_period_label(options)])))

    @api.model
    def _get_closing(self, options):
        """What stands below the table; asked when all rows are drawn."""
        return None

    @api.model
    def _get_objects(self, options):
        """Return what the line in the journal is about: the records printed, or the agency."""
        return options['company']

    # === OPTIONS AND RIGHTS === #

    @api.model
    def _check_form_access(self):
        """Refuse who may not print the form at all."""
        if self._form_groups and not self.env.su and not any(map(self.env.user.has_group, self._form_groups)):
            raise AccessError(self.env._(
                "Your role does not print “%s”.", self._get_title({'company': self.env.company})))

    @api.model
    def _prepare_options(self, values):
        """Return checked options. Extend it for those of a form; unknown ones are left out.

        :param dict values: came from outside, hostile
        """
        options = {'company': self._get_company(values.get('company_id'))}
        for name in ('date_from', 'date_to'):
            options[name] = self._get_date(values.get(name))
        if options['date_from'] and options['date_to'] and options['date_to'] < options['date_from']:
            raise UserError(self.env._("The period ends before it begins."))
        return options

    @api.model
    def _get_company(self, company_id):
        """Return an agency in which the user works: the one asked for, else the current one."""
        if not company_id:
            return self.env.company
        company = self.env['res.company'].browse(self._get_id(company_id))
        if company not in self.env.user.company_ids:
            raise AccessError(self.env._("You do not work in this agency."))
        return company

    @api.model
    def _get_date(self, value):
        if not value:
            return None
        try:
            return date.fromisoformat(value)
        except (TypeError, ValueError):
            raise UserError(self.env._("The period must be given as dates.")) from None

    @api.model
    def _get_id(self, value):
        if type(value) is not int or not 0 < value < 2**31:
            raise UserError(self.env._("The form was asked for something that it does not know."))
        return value

    @api.model
    def _get_records(self, model_name, ids):
        """Return existing records that the user may read; refuse the rest, and too many."""
        if not isinstance(ids, list) or not ids:
            raise UserError(self.env._("Choose what shall be printed."))
        maximum = self.env['civic.rule.value']._get('report.max_documents')
        if len(ids) > maximum:
            raise UserError(self.env._(
                "%(count)s are too many for one print; at most %(maximum)s go into one file.",
                count=len(ids), maximum=maximum))
        records = self.env[model_name].browse(dict.fromkeys(map(self._get_id, ids)))
        records.check_access('read')
        return records

    # === PRINT === #

    @api.model
    def _print(self, output, extension, values):
        """Write the form and note that it was printed.

        :param output: a binary file
        :param str extension: one of ``_form_formats``
        :param dict values: what the person asked for, unchecked
        :return: the name of the file
        """
        if extension not in self._form_formats:
            raise UserError(self.env._("The form does not come as .%s.", str(extension)[:10]))
        self._check_form_access()
        options = self._prepare_options(values)
        count = self._render(output, extension, options)
        self._journal_print(extension, options, count)
        return self._get_file_name(options, extension)

    @api.model
    def _render(self, output, extension, options):
        """Write the form as it comes; return the number of rows."""
        report = self._open_report(output, extension, options)
        report.write(self._iter_counted(options))
        report.closing = self._get_closing(options)
        report.close()
        return report.row_count

    @api.model
    def _open_report(self, output, extension, options):
        common = {
            'columns': self._get_columns(options),
            'mark': self._get_mark(),
            'cover': self._get_cover(options),
            'title': self._get_title(options),
            'author': options['company'].name,
            'numbers_columns': self._form_numbers_columns,
            **self._get_layout(options),
        }
        if not common['cover']:
            common['heading'] = self._get_heading(options)
        is_landscape = self._is_landscape(options)
        if extension == 'pdf':
            return pdf.TableReport(output, frame=pdf.LANDSCAPE if is_landscape else pdf.PORTRAIT, **common)
        if extension == 'xlsx':
            common.pop('size', None)
            return XlsxReport(output, is_landscape=is_landscape, **common)
        return DocxReport(output, is_landscape=is_landscape, **common)

    @api.model
    def _get_layout(self, options):
        """Return more arguments of the writers: ``size`` of the letters in the cells."""
        return {}

    @api.model
    def _is_landscape(self, options):
        return self._form_landscape

    @api.model
    def _iter_counted(self, options):
        """Stop a print that would never end."""
        maximum = self.env['civic.rule.value']._get('report.max_rows')
        for count, row in enumerate(self._iter_rows(options), start=1):
            if count > maximum:
                raise UserError(self.env._(
                    "There are more than %s lines: choose a shorter period or a narrower search.", maximum))
            yield row

    @api.model
    def _iter_batches(self, model, domain, order=None):
        """Yield the records in batches, and forget each batch when the next is asked for."""
        for ids in split_every(BATCH, model.search(domain, order=order).ids):
            yield model.browse(ids)
            self.env.invalidate_all()

    @api.model
    def _journal_print(self, extension, options, count):
        self.env['civic.journal.entry']._append(
            'print' if extension == 'pdf' else 'export', self._get_objects(options), detail={
                'form': self._name.removeprefix('civic.form.'),
                'format': extension,
                'rows': count,
                'from': fields.Date.to_string(options.get('date_from')) or None,
                'to': fields.Date.to_string(options.get('date_to')) or None,
            })

    @api.model
    def _get_mark(self):
        """Who printed it, and when, in the time of the agency (Annex VI, III.6.k)."""
        return Mark(self.env._(
            "Printed from the Civic Records system by %(person)s at %(time)s",
            person=self.env.user.name,
            time=format_datetime(self.env, fields.Datetime.now(), tz=DEFAULT_TZ, dt_format='HH:mm:ss, dd/MM/yyyy')))

    @api.model
    def _get_file_name(self, options, extension):
        name = ' '.join(self._get_title(options).split()).replace('/', '-')[:100]
        return f'{name}.{extension}'

    @api.model
    def _get_superior_name(self, company):
        # sudo: the name of the superior agency stands on every paper
        return company.sudo().parent_id.name or ''

    @api.model
    def _get_period_label(self, options):
        """From when to when, as it stands below a title."""
        start, end = options.get('date_from'), options.get('date_to')
        if start and end:
            return self.env._(
                "From %(start)s to %(end)s", start=start.strftime('%d/%m/%Y'), end=end.strftime('%d/%m/%Y'))
        if start:
            return self.env._("From %s", start.strftime('%d/%m/%Y'))
        if end:
            return self.env._("Until %s", end.strftime('%d/%m/%Y'))
        return ''

    # === WHICH FORMS THERE ARE === #

    @api.model
    def _find_form(self, name):
        """Return the form of that name, or None."""
        form = self.env.get(f'civic.form.{name}')
        if form is None or not isinstance(form, self.env.registry['civic.form']):
            return None
        return form

    @api.model
    def _get_period_forms(self):
        """Return the forms that are printed for an agency and a period, in order."""
        base = self.env.registry['civic.form']
        forms = [
            self.env[name] for name, model in self.env.registry.items()
            if name.startswith('civic.form.') and issubclass(model, base) and model._form_has_period]
        return sorted(forms, key=lambda form: (form._form_sequence, form._name))

    @api.model
    def _get_url(self, extension, values):
        """Return the address that prints this form."""
        name = self._name.removeprefix('civic.form.')
        return f'/civic/form/{name}.{extension}?' + urlencode({'options': json.dumps(values, separators=(',', ':'))})

    @api.model
    def _get_print_action(self, extension, values):
        """Return the action that opens or downloads the form."""
        return {
            'type': 'ir.actions.act_url',
            'url': self._get_url(extension, values),
            'target': 'new' if extension == 'pdf' else 'download',
        }
