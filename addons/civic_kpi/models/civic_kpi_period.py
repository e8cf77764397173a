import json
import re
from datetime import date, timedelta

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import SQL, format_date

from odoo.addons.civic_base.const import DEFAULT_TZ

from ..const import FIGURE_GROUPS, PERIOD_KINDS, PERIOD_STATES
from ..tools.figures import add_up, assess, parse_formula

STEPS = {
    'week': relativedelta(weeks=1), 'month': relativedelta(months=1), 'quarter': relativedelta(months=3),
    'year': relativedelta(years=1)}
# How far back figures are made when there are none yet.
BACK = {'week': 16, 'month': 25, 'quarter': 9, 'year': 3}
VALUE_COLUMNS = (
    ('indicator_id', 'int'), ('company_id', 'int'), ('unit_id', 'int'), ('numerator', 'bigint'), ('denominator', 'bigint'),
    ('excluded', 'bigint'), ('excluded_numerator', 'bigint'),
    ('value', 'numeric'), ('na_reason', 'varchar'), ('target', 'float8'), ('verdict', 'varchar'))


def get_bounds(kind, day):
    """Return first and last day of the week, month, quarter or year of a day."""
    if kind == 'week':
        start = day - timedelta(days=day.weekday())
    elif kind == 'month':
        start = day.replace(day=1)
    elif kind == 'quarter':
        start = date(day.year, (day.month - 1) // 3 * 3 + 1, 1)
    else:
        start = date(day.year, 1, 1)
    return start, start + STEPS[kind] - timedelta(days=1)


class CivicKpiPeriod(models.Model):
    """A week, month, quarter or year of figures; days are those of Viet Nam (UTC+7).

    Figures of an open period follow the documents. Closing counts the documents once more as they stood at the end of
    the last day, and freezes the figures with their targets and exclusions: nothing changes them afterwards, and
    counting again must give the same.
    """

    _name = 'civic.kpi.period'
    _description = "Period"
    _inherit = ['civic.journal.mixin']
    _order = 'date_from desc, kind, id'

    kind = fields.Selection(PERIOD_KINDS, required=True, readonly=True)
    date_from = fields.Date("From", required=True, readonly=True)
    date_to = fields.Date("Until", required=True, readonly=True)
    state = fields.Selection(PERIOD_STATES, required=True, readonly=True, default='open')
    counted_at = fields.Datetime("Counted on", readonly=True)
    is_stale = fields.Boolean(readonly=True, export_string_translation=False)
    closed_at = fields.Datetime("Closed on", readonly=True)
    closed_by_id = fields.Many2one('res.users', "Closed by", readonly=True, ondelete='restrict')
    exclusion_ids = fields.Many2many('civic.kpi.exclusion', string="Exclusions at Closing", readonly=True)
    checked_at = fields.Datetime("Counted Again on", readonly=True)
    difference_count = fields.Integer("Figures that Disagree", readonly=True, aggregator=None)
    journal_difference_count = fields.Integer("Figures that Disagree with the Journal", readonly=True, aggregator=None)

    _kind_uniq = models.UniqueIndex('(kind, date_from)', "This period is there already.")

    @api.depends('kind', 'date_from')
    @api.depends_context('lang')
    def _compute_display_name(self):
        for period in self:
            start = period.date_from
            if not start:
                period.display_name = False
            elif period.kind == 'week':
                period.display_name = self.env._("Week of %s", start.strftime('%d/%m/%Y'))
            elif period.kind == 'month':
                period.display_name = self.env._("Month %s", start.strftime('%m/%Y'))
            elif period.kind == 'quarter':
                period.display_name = self.env._("Quarter %(number)s/%(year)s", number=(start.month + 2) // 3, year=start.year)
            else:
                period.display_name = self.env._("Year %s", start.year)

    def _search_display_name(self, operator, value):
        """Find what people type: “2025”, “03/2025”, “Quarter 2/2025”."""
        if operator not in ('ilike', 'like', '=ilike', '=') or not isinstance(value, str) or not value.strip():
            return super()._search_display_name(operator, value)
        domain = Domain.TRUE
        kind = next((key for key, label in self._fields['kind']._description_selection(self.env)
                     if label.lower() in value.lower()), None)
        if kind:
            domain &= Domain('kind', '=', kind)
        year = re.search(r'(?<!\d)(\d{4})(?!\d)', value)
        number = re.search(r'(?<!\d)(\d{1,2})/', value)
        if year:
            first = date(max(int(year[1]), 1), 1, 1)
            domain &= Domain('date_from', '>=', first) & Domain('date_from', '<', first + relativedelta(years=1))
            if number:
                month = int(number[1]) * 3 - 2 if kind == 'quarter' else int(number[1])
                domain &= Domain('date_from', '=', first.replace(month=month)) if 0 < month < 13 else Domain.FALSE
        return domain if kind or year else Domain.FALSE

    # === WHICH THERE ARE === #

    @api.model
    def _today(self):
        """Today in Viet Nam: at 17:00 UTC on 31 December the new year has begun."""
        return self.env['civic.document']._today()

    @api.model
    def _ensure(self, kind, day):
        """Return the period of the kind that holds the day."""
        start, end = get_bounds(kind, day)
        # sudo: periods begin by themselves
        found = self.sudo().search([('kind', '=', kind), ('date_from', '=', start)], limit=1)
        return found or self.sudo().create({'kind': kind, 'date_from': start, 'date_to': end})

    def _get_previous(self, count=1):
        """Return up to so many periods of the same kind before this one, the latest first."""
        self.ensure_one()
        return self.search([('kind', '=', self.kind), ('date_from', '<', self.date_from)], order='date_from desc', limit=count)

    @api.model
    def _refresh_open(self, changed=None):
        """Count the open periods anew in what changed, {source: days}; or in all, back to the first document, at the first time.

        Once a day, and when indicators or targets changed, a period that runs is counted as a whole: what is due and
        overdue moves with the day.
        """
        today = self._today()
        periods = self.browse()
        for kind in STEPS:
            periods |= self._ensure(kind, today)
        if changed is None:
            [(first,)] = self.env.execute_query(SQL(
                "SELECT MIN(day) FROM civic_kpi_daily WHERE source IN ('incoming', 'outgoing', 'opened', 'storage')"))
            for kind, back in BACK.items():
                day, limit = get_bounds(kind, today)[0], first or today
                for _step in range(back):
                    day -= STEPS[kind]
                    if day + STEPS[kind] <= limit:
                        break
                    periods |= self._ensure(kind, day)
            periods.filtered(lambda period: period.state == 'open')._recount(is_first=True)
            return
        Source = self.env['civic.kpi.source']
        kept = set(Source._get_daily_sources())
        stocks = {key for key, source in Source._get_sources().items() if source.is_stock}
        indicators = self.env['civic.kpi.indicator'].search([('active', '=', True)])
        for period in self.sudo().search([('state', '=', 'open'), ('date_from', '<=', today)]):
            runs = period.date_to >= today
            touched = {key for key, days in changed.items() if any(
                period.date_from <= day <= period.date_to or key in stocks and runs for day in days)}
            if runs:
                # what nobody keeps by day is asked each time; what is overdue follows the deadlines
                touched |= {key for key in indicators.mapped('source') if key not in kept and key != 'overdue'}
                touched |= {'overdue'} if 'handling' in changed else set()
            if period.is_stale or runs and not period._is_of_today():
                period._recount()
            elif touched:
                period._recount(indicators.filtered(lambda indicator, touched=touched: indicator.source in touched))

    def _is_of_today(self):
        """Whether it was counted on this very day in Viet Nam."""
        self.ensure_one()
        if not self.counted_at:
            return False
        return fields.Datetime.context_timestamp(self.with_context(tz=DEFAULT_TZ), self.counted_at).date() == self._today()

    @api.model
    def _mark_stale(self):
        """Indicators or targets changed: the next run of the job counts the open periods as a whole."""
        # sudo: periods are the system's
        self.sudo().search([('state', '=', 'open'), ('is_stale', '=', False)]).write({'is_stale': True})

    # === COUNT === #

    def _recount(self, indicators=None, is_first=False):
        """Count the figures of open periods anew, for all agencies together."""
        today = self._today()
        sources = self.env['civic.kpi.source']._get_sources()
        for period in self.sudo():              # sudo: figures are the system's
            chosen = period._get_indicators(indicators)
            past = period.date_to < today
            if past and not is_first:           # how it stood on a day that is over is not known from the sums of today
                chosen = chosen.filtered(lambda indicator: not sources[indicator.source].is_stock)
            as_of = min(period.date_to, today)
            period._store(chosen, period._count(chosen, as_of, exact=past and is_first))
            period.write({'counted_at': fields.Datetime.now(), **({} if indicators is not None else {'is_stale': False})})

    def _get_indicators(self, indicators=None):
        self.ensure_one()
        indicators = indicators if indicators is not None else self.env['civic.kpi.indicator'].search([('active', '=', True)])
        indicators = indicators.filtered('active')
        return indicators.filtered('has_weeks') if self.kind == 'week' else indicators

    def _count(self, indicators, as_of, *, exact=False, exclusions=None, from_journal=False):
        """Return rows for `_store`: one query per source and one per set of exclusions, whatever the number of agencies.

        :param exclusions: those to apply; by default what is approved and in force on the day
        :param from_journal: count the lines of the journal and not the documents
        """
        self.ensure_one()
        self.env.flush_all()
        Source = self.env['civic.kpi.source']

        def read(key, where=None):
            if from_journal:
                return Source._get_journal_rows(key, self.date_from, as_of, where)
            return Source._get_rows(key, self.date_from, as_of, exact=exact or where is not None, where=where)

        scope = self._get_scope(as_of)
        targets = {key: target.value for key, target in indicators._get_targets(as_of).items()}
        excluded_by = indicators._get_exclusions(as_of) if exclusions is None else exclusions.grouped('indicator_id')
        counted, left_out, rows = {}, {}, []
        for indicator in indicators:
            source = indicator.source
            if Source._get_missing_room(source):
                rows += self._judge_rows(indicator, dict.fromkeys((company_id, None) for company_id in (None, *scope)), targets)
                continue
            if source not in counted:
                counted[source] = self._group(read(source))
                if source == 'incoming':
                    self._add_working_days(counted[source], scope, as_of)
            excluded = excluded_by.get(indicator) or self.env['civic.kpi.exclusion']
            gone = {exclusion.company_id.id for exclusion in excluded if not (
                exclusion.unit_id or exclusion.type_ids or exclusion.document_ids)}
            partial = excluded.filtered(lambda exclusion: exclusion.unit_id or exclusion.type_ids or exclusion.document_ids)
            minus = {}
            if partial:
                key = (source, tuple(partial.ids))
                if key not in left_out:
                    left_out[key] = self._group(read(source, partial._sql_where()))
                minus = left_out[key]
            rows += self._prepare_rows(indicator, counted[source], minus, gone, scope, targets)
        return rows

    def _get_scope(self, as_of):
        """Return ids of the agencies of the period: those there on the day, and those that ended within it."""
        # sudo: which agencies there are is no secret
        companies = self.env['res.company'].sudo().search([('active', '=', True)])
        merged = self.env['civic.kpi.source']._get_successors(as_of)
        return [
            company.id for company in companies
            if (not company.agency_valid_from or company.agency_valid_from <= as_of)
            and (not company.agency_valid_to or company.agency_valid_to >= self.date_from)
            and (company.id not in merged or merged[company.id][0] >= self.date_from)]

    @api.model
    def _group(self, rows):
        """Return {(agency id, unit id or None): {measure: number}}, with the sum of each agency under (agency id, 0)."""
        result = {}
        for company_id, unit_id, measure, number in rows:
            for key in ((company_id, unit_id), (company_id, 0)):
                measures = result.setdefault(key, {})
                measures[measure] = measures.get(measure, 0) + number
        return result

    def _add_working_days(self, counted, scope, as_of):
        """The days of the period that were worked, for figures per day."""
        # sudo: calendars are no secret
        for company in self.env['res.company'].sudo().browse(scope):
            days = company._working_days_between(self.date_from - timedelta(days=1), as_of)
            counted.setdefault((company.id, 0), {})['working_days'] = days
        for (company_id, unit_id), measures in counted.items():
            if unit_id != 0:
                measures['working_days'] = counted[company_id, 0].get('working_days', 0)

    def _prepare_rows(self, indicator, counted, minus, gone, scope, targets):
        """Return the rows of one indicator: its agencies, their units, the city."""
        above, below = parse_formula(indicator.numerator), parse_formula(indicator.denominator)
        keys = [(company_id, 0) for company_id in scope]
        if indicator.in_units:
            wanted = set(scope)
            keys += [key for key in counted if key[1] and key[0] in wanted]
        figures, city, seen = {}, [0, 0, 0, 0], 0
        for key in keys:
            company_id, unit_id = key
            measures, less = counted.get(key, {}), minus.get(key, {})
            numerator, denominator = add_up(above, measures), add_up(below, measures)
            out, out_above = add_up(below or above, less), add_up(above, less)
            if company_id in gone:
                out, out_above = denominator if below else numerator, numerator
                numerator = denominator = 0
            else:
                numerator -= out_above
                denominator -= add_up(below, less)
            figures[company_id, unit_id or None] = numbers = (numerator, denominator, out, out_above)
            if unit_id == 0:
                seen = max(seen, denominator)
                city = [total + part for total, part in zip(city, numbers, strict=True)]
        if indicator.in_city:
            if 'working_days' in below:
                city[1] = seen              # the city works as many days as its agencies, not their sum
            figures[None, None] = tuple(city)
        return self._judge_rows(indicator, figures, targets)

    def _judge_rows(self, indicator, figures, targets):
        """Return rows for `_store` of {(agency id, unit id): numbers}; no numbers, no room that counts them."""
        indicator_id, unit, direction = indicator.id, indicator.unit, indicator.direction
        general = targets.get((indicator_id, False))
        rows = []
        for (company_id, unit_id), numbers in figures.items():
            aim = targets.get((indicator_id, company_id), general)
            if numbers is None:
                rows.append((indicator_id, company_id, unit_id, 0, 0, 0, 0, None, 'room', aim, 'na'))
                continue
            value, reason, verdict = assess(numbers[0], numbers[1], unit, direction, aim)
            rows.append((indicator_id, company_id, unit_id, *numbers, value, reason, aim, verdict))
        return rows

    def _store(self, indicators, rows):
        """Write the figures that are new or others now, in one statement; what the agencies reported themselves stays."""
        self.ensure_one()
        Value = self.env['civic.kpi.value']
        Value.flush_model()
        names = SQL(", ").join(SQL.identifier(name) for name, _kind in VALUE_COLUMNS)
        known = {row[2:5]: row for row in self.env.execute_query(SQL(
            "SELECT id, reported_at IS NOT NULL, %s FROM civic_kpi_value WHERE period_id = %s AND indicator_id = ANY(%s)",
            names, self.id, indicators.ids))}
        changed = [row for row in rows if known.get(row[:3], ())[2:] != row]
        gone = [id_ for id_, is_reported, *_row in (known[key] for key in known.keys() - {row[:3] for row in rows}) if not is_reported]
        if gone:
            self.env.cr.execute(SQL("DELETE FROM civic_kpi_value WHERE id = ANY(%s)", gone))
        if changed:
            # one literal that the database takes apart: as many thousand of them would cost more than the rows
            columns = [name for name, _kind in VALUE_COLUMNS]
            self.env.cr.execute(SQL(
                """
                INSERT INTO civic_kpi_value (period_id, %(names)s)
                SELECT %(period)s, %(names)s FROM json_to_recordset(%(rows)s) AS f(%(columns)s)
                    ON CONFLICT (period_id, indicator_id, COALESCE(company_id, 0), COALESCE(unit_id, 0)) DO UPDATE SET %(update)s
                """,
                names=names, period=self.id, rows=json.dumps([dict(zip(columns, row, strict=True)) for row in changed]),
                columns=SQL(", ").join(
                    SQL("%s %s", SQL.identifier(name), SQL(kind)) for name, kind in VALUE_COLUMNS),    # pylint: disable=sql-injection
                update=SQL(", ").join(
                    SQL("%(name)s = EXCLUDED.%(name)s", name=SQL.identifier(name)) for name in columns[3:])))
        Value.invalidate_model()

    # === ACTS === #

    @api.model
    def _check_may_close(self):
        if not self.env.su and not self.env.user.has_group('civic_kpi.group_city_figures'):
            raise AccessError(self.env._("Only who keeps the figures of the city closes periods and counts them again."))

    def action_refresh(self):
        """Count now what the job counts every quarter of an hour."""
        if not self.env.su and not any(map(self.env.user.has_group, FIGURE_GROUPS)):
            raise AccessError(self.env._("Your role does not see the figures."))
        self.env['civic.kpi.daily'].sudo()._refresh()       # sudo: sums are the system's
        return True

    def action_close(self):
        """Count once more as it stood at the end of the last day, and freeze."""
        self._check_may_close()
        today = self._today()
        self.lock_for_update()
        for period in self.sudo():      # sudo: figures are the system's
            if period.state == 'closed':
                raise UserError(self.env._(
                    "“%(period)s” was closed on %(day)s already: closed figures do not change.",
                    period=period.display_name, day=format_date(self.env, period.closed_at)))
            if period.date_to >= today:
                raise UserError(self.env._(
                    "“%(period)s” is not over: it ends with %(day)s in Viet Nam (UTC+7).",
                    period=period.display_name, day=format_date(self.env, period.date_to)))
            indicators = period._get_indicators()
            excluded = self.env['civic.kpi.exclusion'].sudo().union(
                *indicators._get_exclusions(period.date_to).values())
            period._store(indicators, period._count(indicators, period.date_to, exact=True, exclusions=excluded))
            period.write({
                'state': 'closed', 'closed_at': fields.Datetime.now(), 'closed_by_id': self.env.uid,
                'counted_at': fields.Datetime.now(), 'exclusion_ids': [fields.Command.set(excluded.ids)]})
        self.env['civic.journal.entry']._append('closing', self, details={
            period.id: {'from': str(period.date_from), 'to': str(period.date_to)} for period in self})
        return True

    def action_verify(self):
        """Count a closed period again, from the documents as they stood on its last day and from the journal alone; show
        and explain what disagrees.
        """
        self._check_may_close()
        self.ensure_one()
        if self.state != 'closed':
            raise UserError(self.env._("Only closed periods are counted again: open ones follow the documents."))
        differences, by_journal = self.sudo()._verify(), self.sudo()._verify_by_journal()
        self.env['civic.journal.entry']._append(
            'fixity_check', self, detail={'differences': differences, 'journal_differences': by_journal},
            outcome='failure' if differences or by_journal else 'success')
        if not differences and not by_journal:
            return {
                'type': 'ir.actions.client', 'tag': 'display_notification', 'params': {
                    'type': 'success', 'message': self.env._(
                        "Counted again from the documents and from the journal: all figures of “%s” agree.", self.display_name),
                    'next': {'type': 'ir.actions.client', 'tag': 'soft_reload'}},
            }
        action = self.env['ir.actions.act_window']._for_xml_id('civic_kpi.civic_kpi_value_action')
        domain = Domain('period_id', '=', self.id) & (Domain('agrees', '=', False) | Domain('journal_state', '=', 'differs'))
        return {**action, 'domain': list(domain), 'context': {'civic_differences': True},
                'display_name': self.env._("Figures that disagree")}

    def _verify(self):
        """Note on each frozen figure what counting again gives; return how many disagree."""
        self.ensure_one()
        Source = self.env['civic.kpi.source']
        values = self.env['civic.kpi.value'].search([('period_id', '=', self.id)])
        indicators = values.indicator_id
        recounted = {
            row[:3]: row[3:5] for row in self._count(indicators, self.date_to, exact=True, exclusions=self.exclusion_ids)}
        differences = 0
        for value in values:
            if value.na_reason == 'room' or Source._get_missing_room(value.indicator_id.source):
                continue
            again = recounted.pop((value.indicator_id.id, value.company_id.id or None, value.unit_id.id or None), (0, 0))
            agrees = again == (value.numerator, value.denominator)
            differences += not agrees
            if (value.agrees, value.recount_numerator, value.recount_denominator) != (agrees, *again):
                value.write({'agrees': agrees, 'recount_numerator': again[0], 'recount_denominator': again[1]})
        self.write({'checked_at': fields.Datetime.now(), 'difference_count': differences})
        return differences

    def _verify_by_journal(self):
        """Note on each frozen figure what the journal alone gives, and why it differs; return how many do."""
        self.ensure_one()
        Source = self.env['civic.kpi.source']
        values = self.env['civic.kpi.value'].search([('period_id', '=', self.id)])
        told = values.indicator_id.filtered(Source._is_told_by_journal)
        (values - values.filtered(lambda value: value.indicator_id in told)).write({'journal_state': 'none', 'difference_note': False})
        Source._read_journal(self.date_to)
        counted = {
            row[:3]: row[3:5] for row in self._count(told, self.date_to, exclusions=self.exclusion_ids, from_journal=True)}
        differences, kept = 0, {}
        for value in values.filtered(lambda value: value.indicator_id in told):
            key = (value.indicator_id.id, value.company_id.id or None, value.unit_id.id or None)
            kept[key] = value
            # of a unit of which the journal tells nothing
            none = (0, value.denominator if 'working_days' in value.indicator_id._get_measures() else 0)
            again = counted.pop(key, none)
            agrees = again == (value.numerator, value.denominator)
            differences += not agrees
            value.write({
                'journal_state': 'agrees' if agrees else 'differs', 'journal_numerator': again[0], 'journal_denominator': again[1],
                'difference_note': False if agrees else value._explain_difference()})
        for (indicator_id, company_id, unit_id), again in counted.items():
            agency = kept.get((indicator_id, company_id, None))
            if agency and (again[0] or again[1] and 'working_days' not in agency.indicator_id._get_measures()):
                differences += 1
                note = self.env._(
                    "By the journal “%(unit)s” has %(numerator)s of %(denominator)s, but no figure is kept of it.",
                    unit=self.env['hr.department'].browse(unit_id).name, numerator=again[0], denominator=again[1])
                agency.write({'journal_state': 'differs', 'difference_note': '\n'.join(filter(None, (agency.difference_note, note)))})
        self.journal_difference_count = differences
        return differences

    @api.ondelete(at_uninstall=False)
    def _unlink_except_closed(self):
        if any(period.state == 'closed' for period in self):
            raise UserError(self.env._("A closed period stays."))

    def action_open_values(self):
        self.ensure_one()
        action = self.env['ir.actions.act_window']._for_xml_id('civic_kpi.civic_kpi_value_action')
        return {**action, 'domain': [('period_id', '=', self.id)], 'context': {'search_default_agency_level': 1}}
