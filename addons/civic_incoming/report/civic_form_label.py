from odoo import api, models
from odoo.exceptions import UserError

from odoo.addons.civic_report.tools.stamp import write_overprint, write_sheet

KINDS = ('label', 'stamp', 'overprint')


class CivicFormLabel(models.AbstractModel):
    """Labels and stamps for paper originals, one or many, from any place of the sheet on (Decree 30/2020, Annex IV,
    form V).

    They are glued or printed onto the paper, so they bear no mark of the print; the journal has a line for each.
    """

    _name = 'civic.form.label'
    _inherit = ['civic.form']
    _description = "Labels and Stamps"

    _form_formats = ('pdf',)
    _form_groups = ('civic_base.group_clerk',)

    @api.model
    def _get_title(self, options):
        return self.env._("Labels and stamps")

    @api.model
    def _prepare_options(self, values):
        documents = self._get_records('civic.document', values.get('document_ids'))
        documents._check_stampable()
        kind = values.get('kind')
        if kind not in KINDS:
            raise UserError(self.env._("The form was asked for something that it does not know."))
        options = {**super()._prepare_options({}), 'documents': documents, 'kind': kind, 'sheet': None, 'start': 0}
        if kind != 'overprint':
            [size] = self._get_records('civic.label.format', [values.get('format_id')])
            options['sheet'] = sheet = size._get_sheet()
            options['start'] = self._get_id(values.get('start') or 1) - 1
            if options['start'] >= sheet.count:
                raise UserError(self.env._("A sheet of this size has only %s places.", sheet.count))
            if kind == 'stamp' and (sheet.width < 50 or sheet.height < 35):
                raise UserError(self.env._(
                    "The stamp is 50 mm wide and 35 mm high: it does not fit on a label of this size."))
        return options

    @api.model
    def _get_objects(self, options):
        return options['documents']

    @api.model
    def _render(self, output, extension, options):
        documents = options['documents']
        if options['kind'] == 'overprint':
            return write_overprint(
                output, [document._get_stamp() for document in documents],
                corners=[document.company_id.stamp_corner for document in documents], title=self._get_title(options))
        things = (
            document._get_stamp() if options['kind'] == 'stamp' else document._get_label() for document in documents)
        return write_sheet(
            output, options['sheet'], things, start=options['start'], title=self._get_title(options))
