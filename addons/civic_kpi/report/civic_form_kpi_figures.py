from odoo import api, models

from odoo.addons.civic_report.tools.layout import Column, Group

from ..const import FIGURE_GROUPS
from ..tools import charts
from ..tools.workbook import Chart, Sheet, write_workbook

CHART_HEIGHT = 150


class CivicFormKpiFigures(models.AbstractModel):
    """What the dashboard shows, on paper and as a workbook with native charts."""

    _name = 'civic.form.kpi_figures'
    _inherit = ['civic.form']
    _description = "Figures"

    _form_formats = ('pdf', 'xlsx')
    _form_groups = FIGURE_GROUPS
    _form_numbers_columns = False

    @api.model
    def _get_title(self, options):
        board = options.get('board')
        field = board and next((one['name'] for one in board['fields'] if one['id'] == board['field_id']), None)
        return ' – '.join(filter(None, (
            self.env._("Figures of records and archives"), board and board['period'] and board['period']['name'],
            board and self._get_level(board), field)))

    @api.model
    def _get_level(self, board):
        """Return the name of the level of agencies that make up the figures; none of an agency or the whole city."""
        return None if board['company_id'] else dict(board['levels']).get(board['level'])

    @api.model
    def _prepare_options(self, values):
        options = super()._prepare_options({})
        options['board'] = self.env['civic.kpi.board'].get_dashboard(values)
        options['verdicts'] = dict(self.env['civic.kpi.value']._fields['verdict']._description_selection(self.env))
        return options

    @api.model
    def _get_columns(self, options):
        return [
            Column(self.env._("Indicator"), 5),
            Column(self.env._("Figure"), 1.1, 'text', 'right'),
            Column(self.env._("Target"), 1, 'text', 'right'),
            Column(self.env._("State"), 1.8),
            Column(self.env._("Numerator"), 1.1, 'integer'),
            Column(self.env._("Denominator"), 1.1, 'integer'),
            Column(self.env._("Left out"), 1, 'integer'),
        ]

    @api.model
    def _iter_rows(self, options):
        board = options['board']
        names = {one['id']: one for one in board['indicators']}
        company = next((one['name'] for one in board['companies'] if one['id'] == board['company_id']), None)
        yield Group(company or self._get_level(board) or self.env._("The whole city"))
        for light in board['lights']:
            yield self._prepare_line(names[light['indicator_id']], light, options)
        if not board['company_id']:
            for row in board['agencies']:
                yield Group(row['name'])
                for indicator in board['indicators']:
                    figure = row['figures'].get(indicator['id'])
                    if figure and not figure['na']:
                        yield self._prepare_line(indicator, figure, options)

    @api.model
    def _prepare_line(self, indicator, figure, options):
        return (
            f"{indicator['code']} – {indicator['name']}", figure['shown'], self._write_target(figure),
            figure['reason'] or options['verdicts'][figure['verdict']], None if figure['na'] else figure['numerator'],
            figure['denominator'] or None, figure['excluded'] or None)

    @api.model
    def _write_target(self, figure):
        return '' if figure['target'] is False else f"{figure['target']:g}".replace('.', ',')

    @api.model
    def _render(self, output, extension, options):
        if extension == 'xlsx':
            sheets = self._prepare_sheets(options)
            write_workbook(output, sheets, title=self._get_title(options), author=options['company'].name,
                           mark=self._get_mark().text)
            return len(sheets)
        report = self._open_report(output, extension, options)
        report.write(self._iter_counted(options))
        self._draw_trends(report, options['board']['trends'])
        report.close()
        return report.row_count

    @api.model
    def _draw_trends(self, report, trends):
        """Draw each trend below the table, with its target."""
        for series in trends['series']:
            report.need(CHART_HEIGHT + 14)
            report.y -= CHART_HEIGHT + 14
            target = next((value for value in reversed(series['targets']) if value is not None), None)
            charts.draw_pdf(
                report.canvas, report.left, report.y, report.width, CHART_HEIGHT, series['name'], trends['labels'],
                series['values'], target)

    @api.model
    def _prepare_sheets(self, options):
        board = options['board']
        names = {one['id']: one for one in board['indicators']}
        lines = tuple(filter(None, (board['period'] and board['period']['name'], self._get_level(board))))
        verdicts = options['verdicts']

        def is_share(light):
            return names[light['indicator_id']]['unit'] == 'percent' and not light['na']

        # shares stand first and are drawn: numbers of documents would dwarf them
        lights = sorted(board['lights'], key=lambda light: not is_share(light))
        shares = sum(map(is_share, lights))
        sheets = [Sheet(
            self.env._("Figures"), lines,
            ((self.env._("Indicator"), 52), (self.env._("Figure"), 12), (self.env._("Target"), 12), (self.env._("State"), 22),
             (self.env._("Numerator"), 12), (self.env._("Denominator"), 12), (self.env._("Left out"), 10)),
            [[names[light['indicator_id']]['name'], None if light['na'] else float(light['value']),
              None if light['target'] is False else float(light['target']), (verdicts[light['verdict']], light['verdict']),
              None if light['na'] else light['numerator'], light['denominator'] or None, light['excluded'] or None] for light in lights],
            (Chart('column', self.env._("Figures and targets"), (1, 2), True, shares),) if shares else ())]
        columns = [one for one in board['indicators'] if any(
            one['id'] in row['figures'] and not row['figures'][one['id']]['na'] for row in board['agencies'])]
        sheets.append(Sheet(
            self.env._("Agencies"), lines,
            ((self.env._("Agency"), 44), *((one['name'], 18) for one in columns)),
            [[row['name'], *(self._write_cell(row['figures'].get(one['id'])) for one in columns)] for row in board['agencies']],
            tuple(Chart('column', one['name'], (position,)) for position, one in enumerate(columns, start=1))))
        trends = board['trends']
        for series in trends['series']:
            sheets.append(Sheet(
                series['name'], (), ((self.env._("Period"), 20), (series['name'], 18), (self.env._("Target"), 14)),
                [[label, value if value is None else float(value), target if target is None else float(target)]
                 for label, value, target in zip(trends['labels'], series['values'], series['targets'], strict=True)],
                (Chart('line', series['name'], (1, 2), True),)))
        return sheets

    @api.model
    def _write_cell(self, figure):
        return None if not figure or figure['na'] else float(figure['value'])
