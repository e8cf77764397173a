from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from odoo.addons.civic_base.const import AGENCY_LEVELS

from ..const import FIGURE_GROUPS, PERIOD_KINDS
from ..tools.figures import assess

TILES = ('lights', 'agencies', 'trends', 'funnel', 'ageing', 'heat', 'people', 'plan')
TREND_LENGTH = 13
HEAT_WEEKS = 12
HEAT_INDICATOR = 'ONTIME'
PEOPLE = 12


class CivicKpiBoard(models.Model):
    """A person's own board: which tiles and which filters; nobody else sees it."""

    _name = 'civic.kpi.board'
    _description = "Own Board"
    _order = 'sequence, id'

    name = fields.Char(required=True)
    sequence = fields.Integer(default=10)
    user_id = fields.Many2one('res.users', required=True, index=True, default=lambda self: self.env.uid, readonly=True, ondelete='cascade')
    tiles = fields.Json(default=lambda self: list(TILES))
    indicator_ids = fields.Many2many('civic.kpi.indicator', string="Indicators", help="Empty: all.")

    @api.model_create_multi
    def create(self, vals_list):
        boards = super().create(vals_list)
        if not self.env.su and any(board.user_id != self.env.user for board in boards):
            raise AccessError(self.env._("A board is one's own."))
        boards._check_tiles()
        return boards

    def write(self, vals):
        result = super().write(vals)
        if not self.env.su and any(board.user_id != self.env.user for board in self):
            raise AccessError(self.env._("A board is one's own."))
        self._check_tiles()
        return result

    def _check_tiles(self):
        for board in self:
            if not isinstance(board.tiles, list) or any(tile not in TILES for tile in board.tiles):
                raise UserError(self.env._("The board has a tile that there is not."))

    # === WHAT THE DASHBOARD SHOWS === #

    @api.model
    def _check_may_see(self):
        if not self.env.su and not any(map(self.env.user.has_group, FIGURE_GROUPS)):
            raise AccessError(self.env._("Your role does not see the figures."))

    @api.model
    @api.readonly
    def get_dashboard(self, options=None):
        """Return what the dashboard shows: read from the figures of periods, whatever the number of documents.

        :param dict options: ``period_id``, ``kind``, ``company_id``, ``level``, ``field_id``; all may be missing. Without an
            agency, ``level`` and ``field_id`` narrow whatever is shown. ``part`` asks for the ``head`` (filters, lights, steps),
            which is shown at once, or the ``tiles`` below it
        """
        self._check_may_see()
        options = options if isinstance(options, dict) else {}
        period = self._get_period(options)
        companies = self._get_companies()
        company = companies.filtered(lambda one: one.id == options.get('company_id'))
        if not company and not self.env.user.has_group('civic_kpi.group_city_figures') and len(companies) == 1:
            company = companies
        level = options.get('level') if options.get('level') in dict(AGENCY_LEVELS) else False
        shown = companies.filtered(lambda one: one.agency_level == level) if level and not company else companies
        fields_of_work = self.env['civic.work.field'].search([('active', '=', True)])
        field = fields_of_work.filtered(lambda one: one.id == options.get('field_id'))
        indicators = self.env['civic.kpi.indicator'].search([('active', '=', True)])
        Source = self.env['civic.kpi.source']
        opens = {key: Source._can_drill(key) for key in set(indicators.mapped('source'))}
        result = {
            'period': period and {'id': period.id, 'name': period.display_name, 'kind': period.kind, 'state': period.state},
            'counted_at': fields.Datetime.to_string(period.counted_at) if period and period.counted_at else False,
            'periods': [
                {'id': one.id, 'name': one.display_name, 'kind': one.kind}
                for one in self.env['civic.kpi.period'].search([('kind', '!=', 'week')], limit=80)],
            'kinds': [
                [key, label] for key, label in self.env['civic.kpi.period']._fields['kind']._description_selection(self.env)
                if key != 'week'],
            'companies': [{'id': one.id, 'name': one.name} for one in companies],
            'levels': [[key, label] for key, label in companies._fields['agency_level']._description_selection(self.env)
                       if key in set(companies.mapped('agency_level'))],
            'fields': [{'id': one.id, 'name': one.name} for one in fields_of_work],
            'company_id': company.id, 'level': level, 'field_id': field.id,
            'can_see_city': self.env.user.has_group('civic_kpi.group_city_figures'),
            'boards': [
                {'id': board.id, 'name': board.name, 'tiles': board.tiles, 'indicator_ids': board.indicator_ids.ids}
                for board in self.search([('user_id', '=', self.env.uid)])],
            'indicators': [
                {'id': one.id, 'code': one.code, 'name': one.name, 'category': one.category, 'unit': one.unit,
                 'direction': one.direction, 'has_documents': opens[one.source]} for one in indicators],
        }
        if not period:
            return {**result, 'lights': [], 'agencies': [], 'trends': {'labels': [], 'series': []}, 'funnel': [], 'ageing': [],
                    'heat': {'weeks': [], 'rows': []}, 'people': [], 'plan': []}
        part = options.get('part')
        empty = {'agencies': [], 'trends': {'labels': [], 'series': []}, 'heat': {'weeks': [], 'rows': []}, 'people': [], 'plan': []}
        figures = self.env['civic.kpi.value'].search_fetch(
            Domain('period_id', '=', period.id) & Domain('unit_id', '=', False)
            & Domain('company_id', 'in', [company.id] if part == 'head' else [False, *shown.ids]),
            ['indicator_id', 'company_id', 'numerator', 'denominator', 'excluded', 'value', 'na_reason', 'target', 'verdict'])
        narrowed_to = shown if shown != companies else None
        figures = self._narrow(figures, field, narrowed_to)
        chosen = {figure.indicator_id: figure for figure in figures if figure.company_id == company}
        cards = {indicator.id: self._prepare_figure(chosen[indicator]) for indicator in indicators if indicator in chosen}
        result['lights'] = [
            {**cards[one.id], 'indicator_id': one.id}
            # what has a target comes first, then what is only counted, then what is not measured
            for one in indicators.sorted(
                lambda one: ('pass', 'near', 'fail', 'none', 'na').index(cards[one.id]['verdict']) // 3 if one.id in cards else 9)
            if one.id in cards and one.category in ('plan', 'operation')]
        result['funnel'] = self._get_steps(indicators, cards, 'flow')
        result['ageing'] = self._get_steps(indicators, cards, 'ageing')
        if part == 'head':
            return {**result, **empty}
        tiles = {
            'agencies': self._get_agencies(figures, company or shown),
            'trends': self._get_trends(period, indicators, company, field, narrowed_to),
            'heat': self._get_heat(company, shown, field), 'people': self._get_people(company, field) if company else [],
            'plan': self._get_plan(company or narrowed_to)}
        return tiles if part == 'tiles' else {**result, **tiles}

    @api.model
    def _get_period(self, options):
        Period = self.env['civic.kpi.period']
        period = Period.browse()
        if type(options.get('period_id')) is int:
            period = Period.search([('id', '=', options['period_id'])])
        kind = options.get('kind') if options.get('kind') in dict(PERIOD_KINDS) else 'month'
        return period or Period.search([('kind', '=', kind)], limit=1)

    @api.model
    def _get_companies(self):
        """The agencies whose figures the person sees."""
        if self.env.user.has_group('civic_kpi.group_city_figures'):
            return self.env['res.company'].sudo().search([('active', '=', True)])    # sudo: names of agencies are no secret
        return self.env['res.company'].sudo().browse(self.env.companies.ids)

    @api.model
    def _narrow(self, figures, field, companies=None):
        """Return the figures of agencies and city as those of their units of the field, and the city's as those of some agencies.

        Of a field, what is not measured by unit is left out. The originals of what is returned are the figures as a whole.

        :param companies: agencies that make up the city; None: all
        """
        if field:
            figures = figures.filtered('indicator_id.in_units')
        elif companies is None:
            return figures
        whole = figures.filtered(lambda figure: figure.na_reason == 'room' or not field and figure.company_id)
        parts = figures - whole
        by_agency = bool(parts.company_id)
        sums = {}
        # sudo: sums of the agencies whose figures these are, and which units have a field, are no secret
        for period, indicator, *owner, numerator, denominator, excluded, most in self.env['civic.kpi.value'].sudo()._read_group(
                Domain('period_id', 'in', parts.period_id.ids) & Domain('indicator_id', 'in', parts.indicator_id.ids)
                & (Domain('unit_id', 'in', field.sudo().unit_ids.ids) if field else Domain('unit_id', '=', False))
                & (Domain('company_id', '!=', False) if companies is None else Domain('company_id', 'in', companies.ids)),
                ['period_id', 'indicator_id', *(['company_id'] if by_agency else [])],
                ['numerator:sum', 'denominator:sum', 'excluded:sum', 'denominator:max']):
            for company in {*owner, self.env['res.company']}:
                known = sums.get((period, indicator, company), (0, 0, 0))
                # units and agencies work the same days, not their sum
                below = max(known[1], most) if 'working_days' in indicator._get_measures() else known[1] + denominator
                sums[period, indicator, company] = (known[0] + numerator, below, known[2] + excluded)
        narrowed = []
        for figure in parts:
            indicator = figure.indicator_id
            numerator, denominator, excluded = sums.get((figure.period_id, indicator, figure.company_id), (0, 0, 0))
            value, reason, verdict = assess(
                numerator, denominator, indicator.unit, indicator.direction,
                figure.target if figure.verdict in ('pass', 'near', 'fail') else None)
            narrowed.append(figure.new({
                'period_id': figure.period_id.id, 'indicator_id': indicator.id, 'company_id': figure.company_id.id,
                'numerator': numerator, 'denominator': denominator, 'excluded': excluded, 'value': value,
                'na_reason': reason, 'target': figure.target, 'verdict': verdict}, origin=figure).id)
        return whole | figures.browse(narrowed)

    @api.model
    def _prepare_figure(self, figure):
        return {
            'id': figure._origin.id, 'shown': figure._show(), 'value': figure.value, 'na': bool(figure.na_reason),
            'verdict': figure.verdict, 'numerator': figure.numerator, 'denominator': figure.denominator,
            'excluded': figure.excluded,
            'target': figure.target if figure.verdict in ('pass', 'near', 'fail') else figure.target or False,
            'reason': self._get_reason(figure),
        }

    @api.model
    def _get_reason(self, figure):
        if figure.na_reason == 'room':
            return self.env._("Not counted yet: the part “%s” of the system brings it.", figure.indicator_id.missing_room or '')
        return self.env._("Nothing to measure in this period.") if figure.na_reason else ''

    @api.model
    def _get_steps(self, indicators, cards, category):
        return [
            {**cards[one.id], 'indicator_id': one.id, 'name': one.name}
            for one in indicators if one.category == category and one.id in cards]

    @api.model
    def _get_agencies(self, figures, companies):
        by_agency = figures.grouped('company_id')
        off = {one: sum(figure.verdict == 'fail' for figure in by_agency.get(one, ())) for one in companies}
        # who needs attention comes first
        companies = companies.sorted(lambda one: (-off[one], one.name or ''))
        return [
            {'id': one.id, 'name': one.name, 'abbreviation': one.abbreviation or '', 'figures': {
                figure.indicator_id.id: self._prepare_figure(figure) for figure in by_agency[one]
                if figure.indicator_id.category in ('plan', 'operation')}}
            for one in companies if one in by_agency]

    @api.model
    def _get_trends(self, period, indicators, company, field, companies):
        """The figures of the periods before, with their targets."""
        periods = (period | period._get_previous(TREND_LENGTH - 1)).sorted('date_from')
        wanted = indicators.filtered(lambda one: one.category in ('plan', 'operation'))
        figures = self.env['civic.kpi.value'].search_fetch(
            Domain('period_id', 'in', periods.ids) & Domain('indicator_id', 'in', wanted.ids)
            & Domain('company_id', '=', company.id) & Domain('unit_id', '=', False),
            ['indicator_id', 'period_id', 'value', 'na_reason', 'verdict', 'target'])
        figures = self._narrow(figures, field, companies)
        by_key = {(figure.indicator_id, figure.period_id): figure for figure in figures}
        series = []
        for indicator in wanted:
            found = [by_key.get((indicator, one)) for one in periods]
            values = [None if figure is None or figure.na_reason else round(figure.value, 2) for figure in found]
            if any(values) or any(figure and figure.verdict in ('near', 'fail') for figure in found):
                targets = [figure.target if figure and figure.verdict in ('pass', 'near', 'fail') else None for figure in found]
                series.append({'indicator_id': indicator.id, 'name': indicator.name, 'unit': indicator.unit,
                               'values': values, 'targets': targets, 'ids': [figure._origin.id if figure else False for figure in found]})
        labels = [one.date_from.strftime('%m/%Y') if one.kind == 'month' else one.display_name for one in periods]
        return {'labels': labels, 'series': series}

    @api.model
    def _get_heat(self, company, companies, field):
        """On-time handling by unit and week; for the city by agency and week."""
        weeks = self.env['civic.kpi.period'].search([('kind', '=', 'week')], limit=HEAT_WEEKS).sorted('date_from')
        domain = Domain('period_id', 'in', weeks.ids) & Domain('indicator_id.code', '=', HEAT_INDICATOR)
        if company:
            domain &= Domain('company_id', '=', company.id) & (
                Domain('unit_id', 'in', field.sudo().unit_ids.ids) if field else Domain('unit_id', '!=', False))
        else:
            domain &= Domain('company_id', 'in', companies.ids) & Domain('unit_id', '=', False)
        figures = self.env['civic.kpi.value'].search_fetch(
            domain, ['indicator_id', 'period_id', 'company_id', 'unit_id', 'numerator', 'denominator', 'na_reason', 'value',
                     'verdict', 'target', 'excluded'])
        if not company:
            figures = self._narrow(figures, field)
        rows = {}
        for figure in figures:
            # sudo: names of units are no secret
            owner = figure.sudo().unit_id if company else figure.company_id
            rows.setdefault((owner.name, owner.id), {})[figure.period_id.id] = self._prepare_figure(figure)
        return {
            'weeks': [{'id': week.id, 'name': week.date_from.strftime('%d/%m')} for week in weeks],
            'rows': [{'id': owner_id, 'name': name, 'cells': [cells.get(week.id) or False for week in weeks]}
                     for (name, owner_id), cells in sorted(rows.items(), key=lambda row: row[0][0] or '')
                     if any(cell['numerator'] or cell['denominator'] for cell in cells.values())]}

    @api.model
    def _get_people(self, company, field):
        """Who has how many overdue today, of one agency: from the daily sums."""
        # sudo: sums of the agency, which the person may see
        rows = self.env['civic.kpi.daily'].sudo()._read_group(
            Domain('company_id', '=', company.id) & Domain('measure', '=', 'due_open')
            & Domain('day', '<', self.env['civic.kpi.period']._today())
            & (Domain('unit_id', 'in', field.sudo().unit_ids.ids) if field else Domain.TRUE),
            ['user_id', 'unit_id'], ['value:sum', 'day:min'], order='value:sum desc', limit=PEOPLE)
        return [
            {'user_id': user.id, 'unit_id': unit.id, 'name': user.name or self.env._("Nobody named yet"), 'unit': unit.name or '',
             'count': count, 'oldest': first.strftime('%d/%m/%Y')} for user, unit, count, first in rows]

    @api.model
    def _get_plan(self, companies):
        """The duties of the plan by how far they are: all, or those of some agencies and of no one in particular."""
        Task = self.env['civic.plan.task']
        domain = Domain('plan_id.active', '=', True) & Domain('state', '!=', 'cancelled')
        if companies is not None:
            domain &= Domain('company_id', 'in', (False, *companies.ids))
        tasks = Task.search(domain)
        return [
            {'key': key, 'name': name, 'count': len(found), 'ids': found.ids} for key, name, found in (
                ('done', self.env._("Done"), tasks.filtered(lambda task: task.state == 'done')),
                ('doing', self.env._("Under way"), tasks.filtered(lambda task: task.state == 'doing' and not task.is_late)),
                ('todo', self.env._("Not started"), tasks.filtered(lambda task: task.state == 'todo' and not task.is_late)),
                ('late', self.env._("Overdue"), tasks.filtered('is_late')))]

    @api.model
    def get_drill(self, figure_id, part='missed', field_id=False, level=False):
        """Return the action that opens the documents behind a figure.

        :param str part: ``missed``, ``numerator`` or ``all``
        :param field_id: only those of the units that have this field of work
        :param level: of a figure of the city, only those of agencies of this level
        """
        self._check_may_see()
        figure = self.env['civic.kpi.value'].search([('id', '=', figure_id if type(figure_id) is int else 0)])
        if not figure:
            raise UserError(self.env._("This figure is not there any more. Load the dashboard again."))
        part = part if part in ('missed', 'numerator') else 'all'
        level = level if level in dict(AGENCY_LEVELS) and not figure.company_id else False
        if level and not self.env['civic.kpi.source']._can_drill(figure.indicator_id.source):
            return figure._open_agencies(level)
        units = None
        if not figure.unit_id and type(field_id) is int:
            # sudo: which units have a field is no secret
            units = self.env['civic.work.field'].sudo().search([('id', '=', field_id)]).unit_ids
        return figure._drill(part, units, level)

    @api.model
    def get_drill_person(self, company_id, user_id, unit_id):
        """Return the action that opens what one person has overdue."""
        self._check_may_see()
        today = self.env['civic.kpi.period']._today()
        return {
            'type': 'ir.actions.act_window', 'name': self.env._("Overdue"), 'res_model': 'civic.document',
            'views': [(False, 'list'), (False, 'form')], 'context': {'create': False},
            'domain': list(
                Domain('company_id', '=', int(company_id)) & Domain('direction', '=', 'incoming')
                & Domain('deadline', '<', today) & Domain('handler_id', '=', user_id or False)
                & Domain('unit_id', '=', unit_id or False)
                & Domain('state', 'not in', ('draft', 'returned', 'cancelled', 'done'))),
        }
