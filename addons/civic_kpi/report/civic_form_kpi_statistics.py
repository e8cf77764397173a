import dataclasses

from odoo import api, models
from odoo.exceptions import AccessError, UserError

from odoo.addons.civic_report.tools.layout import Column, Group

from ..const import FIGURE_GROUPS

# Share of the width, what it holds and how it is aligned, by kind of column.
LAYOUT = {
    'number': (0.7, 'text', 'center'), 'name': (5,), 'uom': (1.2, 'text', 'center'), 'count': (1.2, 'integer'),
    'formula': (1.2, 'float'), 'remark': (2,)}
MAX_PORTRAIT = 7            # columns on an upright page


class CivicFormKpiStatistics(models.AbstractModel):
    """A statutory statistics form of an agency, or of all, for a period; its lines and columns are data."""

    _name = 'civic.form.kpi_statistics'
    _inherit = ['civic.official.form']
    _description = "Statistics of Clerical and Archival Work"

    _form_formats = ('pdf', 'xlsx', 'docx')
    _form_groups = FIGURE_GROUPS
    _form_landscape = False
    _form_has_period = False            # has a dialog of its own, for its periods

    @api.model
    def _get_title(self, options):
        form = options.get('form')
        return form.name if form else self.env._("Statistics of clerical and archival work")

    @api.model
    def _prepare_options(self, values):
        options = super()._prepare_options({'company_id': values.get('company_id') or None})
        options['form'] = self._find('civic.kpi.form', values.get('form_id'))
        options['period'] = self._find('civic.kpi.period', values.get('period_id'))
        options['is_city'] = values.get('is_city') is True
        if options['is_city'] and not self.env.user.has_group('civic_kpi.group_city_figures'):
            raise AccessError(self.env._("The form of all agencies is printed by who keeps the figures of the city."))
        return options

    @api.model
    def _find(self, model, record_id):
        record = self.env[model].search([('id', '=', self._get_id(record_id))])
        if not record:
            raise UserError(self.env._("The form was asked for something that there is not."))
        return record

    @api.model
    def _get_heading(self, options):
        form = options['form']
        return dataclasses.replace(super()._get_heading(options), lines=tuple(filter(None, [
            self.env._("Form %s", form.code), form.legal_basis, options['period'].display_name,
            self.env._("All agencies") if options['is_city'] else ''])))

    @api.model
    def _is_landscape(self, options):
        return len(options['form'].column_ids) > MAX_PORTRAIT

    @api.model
    def _get_columns(self, options):
        return [Column(column.display_name, *LAYOUT[column.kind]) for column in options['form'].column_ids]

    @api.model
    def _iter_rows(self, options):
        form = options['form']
        counted = form._count(None if options['is_city'] else options['company'], options['period'])
        for line in form.line_ids:
            if line.is_heading:
                yield Group(' '.join(filter(None, (line.number, line.name))))
                continue
            numbers = counted[line]
            words = {
                'number': line.number or '', 'name': line.name, 'uom': line.uom or '',
                'remark': self._get_gap(line) if all(number is None for number in numbers.values()) else ''}
            yield tuple(numbers[column] if column in numbers else words[column.kind] for column in form.column_ids)

    @api.model
    def _get_gap(self, line):
        """Why there is no number."""
        if not line.source:
            return self.env._("n/a: not entered")
        Source = self.env['civic.kpi.source']
        room = Source._get_room_names().get(Source._get_missing_room(line.source))
        return self.env._("n/a: comes with the part “%s”", room) if room else ''
