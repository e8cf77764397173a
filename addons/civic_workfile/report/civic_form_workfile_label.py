from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from odoo.addons.civic_report.tools.barcode import decode_code128
from odoo.addons.civic_report.tools.stamp import Label, write_sheet


class CivicFormWorkfileLabel(models.AbstractModel):
    """Labels for the covers of paper files, and for boxes, with bar codes."""

    _name = 'civic.form.workfile_label'
    _inherit = ['civic.form']
    _description = "Labels of Files and Boxes"

    _form_formats = ('pdf',)

    @api.model
    def _get_title(self, options):
        return self.env._("Labels of files and boxes")

    @api.model
    def _prepare_options(self, values):
        model = 'civic.workfile.place' if values.get('place_ids') else 'civic.workfile'
        records = self._get_records(model, values.get('place_ids') or values.get('workfile_ids'))
        size = self.env['civic.label.format'].search([], limit=1)
        if values.get('format_id'):
            [size] = self._get_records('civic.label.format', [values['format_id']])
        if not size:
            raise UserError(self.env._("No size of labels is set up."))
        return {**super()._prepare_options({}), 'records': records, 'sheet': size._get_sheet()}

    @api.model
    def _get_objects(self, options):
        return options['records'].company_id[:1]

    @api.model
    def _render(self, output, extension, options):
        return write_sheet(
            output, options['sheet'], (record._get_label() for record in options['records']), title=self._get_title(options))


class CivicWorkfile(models.Model):
    _inherit = 'civic.workfile'

    scanned = fields.Char("Bar Code", store=False, search='_search_scanned')

    @api.model
    def _search_scanned(self, operator, value):
        """The file whose label was read."""
        if operator not in ('in', 'ilike', 'like', '='):
            return NotImplemented
        texts = [value] if isinstance(value, str) else list(value or ())
        return Domain('code', 'in', [decode_code128(text.strip()) for text in texts])

    def action_print_contents(self):
        """Print the list of documents (Annex V, form IV)."""
        self.ensure_one()
        return self.env['civic.form.workfile_contents']._get_print_action('pdf', {'workfile_id': self.id})

    def action_export_contents(self):
        """Download the list of documents as a spreadsheet."""
        self.ensure_one()
        return self.env['civic.form.workfile_contents']._get_print_action('xlsx', {'workfile_id': self.id})

    def action_print_closing(self):
        """Print the closing sheet (Article 29.4.c)."""
        self.ensure_one()
        return self.env['civic.form.workfile_closing']._get_print_action('pdf', {'workfile_id': self.id})

    def action_print_labels(self):
        """Print the labels for the covers."""
        return self.env['civic.form.workfile_label']._get_print_action('pdf', {'workfile_ids': self.ids})

    def _get_label(self):
        self.ensure_one()
        # a label is read by everyone who passes: what only named people may read is not on it
        title = '' if self.access_level == 'restricted' else self.title
        code = self.code or f'{self.year}.{self.notation}'
        return Label(
            agency=self.company_id.name, number=self.notation,
            date=", ".join(filter(None, (self.env._("Year %s", self.year), self.retention_term_id.name))),
            subject=title, code=code, url=f'{self.get_base_url()}/odoo/civic-workfiles/{self.id}')


class CivicWorkfilePlace(models.Model):
    _inherit = 'civic.workfile.place'

    def action_print_labels(self):
        """Print the labels of the boxes."""
        return self.env['civic.form.workfile_label']._get_print_action('pdf', {'place_ids': self.ids})

    def _get_label(self):
        self.ensure_one()
        return Label(
            agency=self.company_id.name, number=self.name, date=self.code, subject=self.parent_id.complete_name or '',
            code=self.code, url=f'{self.get_base_url()}/odoo/civic-places')
