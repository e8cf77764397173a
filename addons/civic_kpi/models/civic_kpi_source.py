from datetime import date, timedelta
from typing import NamedTuple

from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.civic_base.const import DEFAULT_TZ

# What a list opens at most: more than anybody reads, and the figure itself says how many there are.
DRILL_LIMIT = 10_000


class Source(NamedTuple):
    """Where figures come from.

    ``measures`` maps each measure to its label. ``open_measures`` are things not done yet: a successor inherits them.
    ``room`` names the add-on that will count it, for a source that nobody counts yet.
    """

    label: str
    measures: dict
    open_measures: tuple = ()
    room: str = ''
    has_documents: bool = False         # counts documents ``d``, so that exclusions can name types and documents
    is_stock: bool = False              # how it stands on a day, whatever the period


DOCUMENT_UNIT, DOCUMENT_USER, DOCUMENT_ID = SQL("d.unit_id"), SQL("d.handler_id"), SQL("d.id")


class Facts(NamedTuple):
    """How a source that counts rows of the database does it: pieces of SQL with the row that is counted as ``d``."""

    tables: SQL
    day: SQL
    where: SQL
    aggregates: dict                    # measure: SQL of an aggregate
    unit: SQL = DOCUMENT_UNIT
    user: SQL = DOCUMENT_USER
    anchor: SQL = None                  # the moment whose day counts, as an index has it
    model: str = 'civic.document'       # what a drill opens, and of what the journal tells the changes
    record: SQL = DOCUMENT_ID           # the id of it
    is_strict: bool = False             # of a stock: what falls on the very day is not in it yet


def local_day(column):
    """SQL: the day in Viet Nam of a moment, which the database keeps in UTC."""
    return SQL("(%s AT TIME ZONE 'UTC' AT TIME ZONE %s)::date", column, DEFAULT_TZ)


class CivicKpiSource(models.AbstractModel):
    """Sources of figures: each counts for all agencies in one query.

    A room adds a source by extending :meth:`_get_sources` and either :meth:`_get_facts` (rows of the database, kept as
    daily sums) or a method ``_rows_<source>(start, as_of, exact)`` that returns ``[(agency id, unit id, measure,
    number)]``. A source with neither is one whose room is still to come: its indicators say so instead of showing 0.
    """

    _name = 'civic.kpi.source'
    _description = "Source of Figures"

    # === WHICH THERE ARE === #

    @api.model
    def _get_sources(self):
        return {
            'incoming': Source(self.env._("Incoming documents, by day of arrival"), {
                'registered': self.env._("registered"), 'assigned': self.env._("given to a unit"),
                'started': self.env._("being handled or done"),
                'finished': self.env._("done"), 'filed': self.env._("in a work file"),
                'archived': self.env._("in a file that the archive of the agency took over"),
                'cancelled': self.env._("number cancelled"), 'working_days': self.env._("working days"),
            }, has_documents=True),
            'handling': Source(self.env._("Incoming documents, by deadline"), {
                'due_in_time': self.env._("done by the deadline"), 'due_late': self.env._("done after the deadline"),
                'due_open': self.env._("not done yet"),
            }, open_measures=('due_open',), has_documents=True),
            'overdue': Source(self.env._("Incoming documents that are overdue"), {
                'late_1_5': self.env._("1 to 5 days late"), 'late_6_15': self.env._("6 to 15 days late"),
                'late_16_30': self.env._("16 to 30 days late"), 'late_31': self.env._("more than 30 days late"),
            }, open_measures=('late_1_5', 'late_6_15', 'late_16_30', 'late_31'), has_documents=True, is_stock=True),
            'outgoing': Source(self.env._("Outgoing documents, by day of issue"), {
                'numbered': self.env._("numbered"), 'electronic': self.env._("electronic"), 'recalled': self.env._("recalled"),
            }, has_documents=True),
            'issue': Source(self.env._("Signed documents, by the day until which they are issued"), {
                'issued_in_time': self.env._("issued in time"), 'issued_late': self.env._("issued late"),
                'not_issued': self.env._("not issued yet"),
            }, open_measures=('not_issued',), has_documents=True),
            'steps': Source(self.env._("Steps of handling that ended"), {
                'leader_count': self.env._("times with a leader"), 'leader_days': self.env._("working days with a leader"),
                'unit_count': self.env._("times with a unit"), 'unit_days': self.env._("working days with a unit"),
            }),
            'checklist': Source(self.env._("Upgrade of the systems (the plan, III.4)"), {
                'accepted': self.env._("agencies with all items accepted"), 'lacking': self.env._("agencies that lack an item"),
                'agencies': self.env._("agencies"),
                'centre_items': self.env._("items of the Centre that were accepted"),
                'centre_open': self.env._("items of the Centre that are open"), 'centre_all': self.env._("items of the Centre"),
            }, is_stock=True),
            'staff': Source(self.env._("Clerical and archival staff"), {
                'people': self.env._("people"), 'full_time': self.env._("full time"),
                'degree': self.env._("with a degree in the field"), 'trained': self.env._("with a training"),
                'clerical': self.env._("clerical work"), 'clerical_full_time': self.env._("clerical work, full time"),
                'clerical_degree': self.env._("clerical work, with a degree in the field"),
                'clerical_trained': self.env._("clerical work, with a training"),
                'archival': self.env._("archival work"), 'archival_full_time': self.env._("archival work, full time"),
                'archival_degree': self.env._("archival work, with a degree in the field"),
                'archival_trained': self.env._("archival work, with a training"),
            }, is_stock=True),
            'budget': Source(self.env._("Budget of the plan, millions, by year"), {
                'planned': self.env._("planned"), 'allocated': self.env._("allocated"), 'spent': self.env._("spent"),
            }),
            'online': Source(self.env._("Archives with online access"), {
                'online': self.env._("archives with online access"), 'archives': self.env._("archives"),
            }, room='civic_access'),
            'paper': Source(self.env._("Paper holdings of the Centre"), {
                'digitised': self.env._("pages digitised and online"), 'pages': self.env._("pages"),
            }, room='civic_digitization'),
            'national': Source(self.env._("National archives database"), {
                'received': self.env._("packages with receipt"), 'open': self.env._("packages not taken yet"),
            }, is_stock=True),
            'exchange': Source(self.env._("Document exchange"), {
                'hours': self.env._("hours until the receipt"), 'messages': self.env._("messages"),
            }, room='civic_exchange'),
        }

    @api.model
    def _get_missing_room(self, key):
        """Return the add-on that is missing to count the source, or None."""
        if self._get_facts(key) or hasattr(self, f'_rows_{key}'):
            return None
        return self._get_sources()[key].room

    @api.model
    def _get_room_names(self):
        """Return {add-on: name} of the rooms that count sources."""
        return {
            'civic_exchange': self.env._("Document exchange"), 'civic_digitization': self.env._("Digitisation"),
            'civic_access': self.env._("Access to archived records"),
        }

    @api.model
    def _get_facts(self, key, as_of=None):
        """Return how to count a source whose rows are in this database, as at the end of a day, or None."""
        day = as_of or 'infinity'
        done = self._sql_done(day)
        there = SQL(
            "d.state NOT IN ('draft', 'returned') AND (d.state <> 'cancelled' OR %s > %s::date) "
            "AND (d.registered_at IS NULL OR %s <= %s::date)",
            local_day(SQL("d.cancelled_at")), day, local_day(SQL("d.registered_at")), day)
        documents, unit, state = self._get_holders(as_of)
        if key == 'incoming':
            filed = SQL(
                "EXISTS (SELECT FROM civic_workfile_entry e WHERE e.document_id = d.id AND %s <= %s::date)",
                local_day(SQL("e.create_date")), day)
            archived = SQL(
                "EXISTS (SELECT FROM civic_workfile_entry e JOIN civic_workfile w ON w.id = e.workfile_id "
                "WHERE e.document_id = d.id AND w.delivered_on <= %s::date)", day)
            return Facts(
                documents, SQL("d.date_sort"),
                SQL("d.direction = 'incoming' AND d.state NOT IN ('draft', 'returned')"), {
                    'registered': SQL("COUNT(*) FILTER (WHERE %s)", there),
                    'assigned': SQL(
                        "COUNT(*) FILTER (WHERE %s AND (%s OR %s IN ('assigned', 'handling', 'done', 'destroyed')))", there, done, state),
                    'started': SQL("COUNT(*) FILTER (WHERE %s AND (%s OR %s IN ('handling', 'done', 'destroyed')))", there, done, state),
                    'finished': SQL("COUNT(*) FILTER (WHERE %s AND %s)", there, done),
                    'filed': SQL("COUNT(*) FILTER (WHERE %s AND %s)", there, filed),
                    'archived': SQL("COUNT(*) FILTER (WHERE %s AND %s)", there, archived),
                    'cancelled': SQL(
                        "COUNT(*) FILTER (WHERE d.state = 'cancelled' AND %s <= %s::date)",
                        local_day(SQL("d.cancelled_at")), day),
                }, unit)
        if key == 'handling':
            in_time = SQL("%s <= d.deadline", local_day(SQL("d.done_at")))
            return Facts(
                documents, SQL("d.deadline"), SQL("d.direction = 'incoming' AND d.deadline IS NOT NULL AND %s", there), {
                    'due_in_time': SQL("COUNT(*) FILTER (WHERE %s AND %s)", done, in_time),
                    'due_late': SQL("COUNT(*) FILTER (WHERE %s AND NOT %s)", done, in_time),
                    'due_open': SQL("COUNT(*) FILTER (WHERE NOT %s)", done),
                }, unit)
        if key == 'outgoing':
            return Facts(
                SQL("civic_document d"), SQL("d.date_sort"),
                SQL("d.direction = 'outgoing' AND d.state IN ('registered', 'issued', 'recalled', 'destroyed') "
                    "AND d.register_number > 0"), {
                    'numbered': SQL("COUNT(*)"),
                    'electronic': SQL("COUNT(*) FILTER (WHERE NOT COALESCE(d.paper_original, FALSE))"),
                    'recalled': SQL(
                        "COUNT(*) FILTER (WHERE d.state = 'recalled' AND %s <= %s::date)",
                        local_day(SQL("d.recalled_at")), day),
                }, user=SQL("d.drafter_id"))
        if key == 'issue':
            issued = SQL("(d.issued_at IS NOT NULL AND %s <= %s::date)", local_day(SQL("d.issued_at")), day)
            return Facts(
                SQL("civic_document d"), local_day(SQL("d.issue_due_at")),
                SQL("d.direction = 'outgoing' AND d.issue_due_at IS NOT NULL "
                    "AND d.state IN ('signed', 'registered', 'issued', 'recalled', 'destroyed')"), {
                    'issued_in_time': SQL("COUNT(*) FILTER (WHERE %s AND d.issued_at <= d.issue_due_at)", issued),
                    'issued_late': SQL("COUNT(*) FILTER (WHERE %s AND d.issued_at > d.issue_due_at)", issued),
                    'not_issued': SQL("COUNT(*) FILTER (WHERE NOT %s)", issued),
                }, user=SQL("d.drafter_id"), anchor=SQL("d.issue_due_at"))
        if key == 'steps':
            return Facts(
                SQL("civic_holding d"), local_day(SQL("d.until")), SQL("d.until IS NOT NULL AND d.role IN ('leader', 'lead')"), {
                    'leader_count': SQL("COUNT(*) FILTER (WHERE d.role = 'leader')"),
                    'leader_days': SQL("COALESCE(SUM(d.working_days) FILTER (WHERE d.role = 'leader'), 0)"),
                    'unit_count': SQL("COUNT(*) FILTER (WHERE d.role = 'lead')"),
                    'unit_days': SQL("COALESCE(SUM(d.working_days) FILTER (WHERE d.role = 'lead'), 0)"),
                }, user=SQL("d.user_id"), anchor=SQL("d.until"), record=SQL("d.document_id"))
        return None

    @api.model
    def _get_holders(self, as_of):
        """Return SQL of the documents, of the unit that had each at the end of a day, and of its state then; without a day, now.

        Who registered it with a unit and gave it to another later is told by the journal alone.
        """
        if not as_of:
            return SQL("civic_document d"), DOCUMENT_UNIT, SQL("d.state")
        return (
            SQL("civic_document d LEFT JOIN LATERAL (SELECT o.role, o.state, o.unit_id FROM civic_holding o WHERE o.document_id = d.id "
                "AND o.role IN ('leader', 'lead') AND %s <= %s::date ORDER BY o.since DESC, o.id DESC LIMIT 1) h ON TRUE",
                local_day(SQL("o.since")), as_of),
            SQL("CASE WHEN h.role = 'lead' THEN h.unit_id WHEN h.role = 'leader' AND d.state <> 'registered' THEN NULL ELSE d.unit_id END"),
            SQL("COALESCE(h.state, d.state)"))

    @api.model
    def _get_daily_sources(self):
        """The sources of which daily sums are kept."""
        return [key for key in self._get_sources() if self._get_facts(key)]

    # === COUNT === #

    @api.model
    def _get_rows(self, key, start, as_of, *, exact=False, where=None):
        """Return ``[(agency id, unit id, measure, number)]`` of all agencies, from start to as_of: one query.

        :param start: first day; a stock knows none
        :param as_of: last day; what happened later is not known yet
        :param exact: count the documents themselves as they stood at the end of ``as_of``, and not the daily sums
        :param where: SQL condition on the documents ``d``, for exclusions; means exact
        """
        count = getattr(self, f'_rows_{key}', None)
        if count:
            return count(start, as_of, exact=exact, where=where)
        return self._sum_up(
            self._sql_days(key, start, as_of, exact=exact, where=where), self._get_sources()[key].open_measures, as_of)

    @api.model
    def _sql_days(self, key, start, as_of, *, exact=False, where=None, facts=None):
        """SQL: (day, company_id, unit_id, measure, value) of a source in the period; of a stock from the first day on."""
        facts = facts or self._get_facts(key, as_of if exact or where is not None else None)
        if self._get_sources()[key].is_stock:
            start = date.min
        end = as_of - timedelta(days=1) if facts.is_strict else as_of
        if where is not None or exact:
            return self._sql_facts(key, facts, self._sql_between(facts, start, end), where)
        return SQL(
            "SELECT day, company_id, unit_id, measure, value FROM civic_kpi_daily WHERE source = %s AND day BETWEEN %s AND %s",
            key, start, end)

    @api.model
    def _rows_overdue(self, start, as_of, *, exact=False, where=None):
        """How many are late on the day, by how many days: what is open of all deadlines before it."""
        age = SQL("(%s::date - f.day)", as_of)
        classes = SQL(
            "CASE WHEN %s <= 5 THEN 'late_1_5' WHEN %s <= 15 THEN 'late_6_15' WHEN %s <= 30 THEN 'late_16_30' ELSE 'late_31' END",
            age, age, age)
        if where is not None or exact:
            days = self._sql_facts('handling', self._get_open_facts(as_of), SQL("d.deadline < %s", as_of), where)
        else:
            days = SQL(
                "SELECT day, company_id, unit_id, measure, value FROM civic_kpi_daily "
                "WHERE source = 'handling' AND measure = 'due_open' AND day < %s", as_of)
        inner = SQL("SELECT f.day, f.company_id, f.unit_id, %s AS measure, f.value FROM (%s) f", classes, days)
        return self._sum_up(inner, self._get_sources()['overdue'].open_measures, as_of)

    @api.model
    def _get_open_facts(self, as_of):
        """Return how to count what was not done at the end of a day: the few that are open, and not all with a deadline."""
        facts = self._get_facts('handling', as_of)
        return facts._replace(
            where=SQL("%s AND NOT %s", facts.where, self._sql_done(as_of or 'infinity')), aggregates={'due_open': SQL("COUNT(*)")})

    @api.model
    def _sql_done(self, day):
        """SQL: done by the end of a day. What was destroyed in due course was done before, and stays in the figures."""
        return SQL("(d.state IN ('done', 'destroyed') AND %s <= %s::date)", local_day(SQL("d.done_at")), day)

    @api.model
    def _rows_checklist(self, start, as_of, *, exact=False, where=None):
        return self.env['civic.plan.acceptance']._get_figures(as_of)

    @api.model
    def _rows_staff(self, start, as_of, *, exact=False, where=None):
        return self.env['civic.staff.duty']._get_figures(as_of)

    @api.model
    def _rows_budget(self, start, as_of, *, exact=False, where=None):
        return self.env['civic.plan.budget.line']._get_figures(start, as_of)

    @api.model
    def _sql_facts(self, key, facts, period, where=None):
        """SQL: (day, company_id, unit_id, user_id, measure, value) of a source, without zeroes."""
        names = list(facts.aggregates)
        columns = SQL(", ").join(
            SQL("%s AS %s", aggregate, SQL.identifier(f'm{position}'))
            for position, aggregate in enumerate(facts.aggregates.values()))
        pairs = SQL(", ").join(
            SQL("(%s, f.%s)", name, SQL.identifier(f'm{position}')) for position, name in enumerate(names))
        return SQL(
            """
            SELECT f.day, f.company_id, f.unit_id, f.user_id, m.measure, m.value
              FROM (SELECT %s AS day, d.company_id, %s AS unit_id, %s AS user_id, %s
                      FROM %s WHERE %s AND %s AND %s GROUP BY 1, 2, 3, 4) f
             CROSS JOIN LATERAL (VALUES %s) m(measure, value)
             WHERE m.value <> 0
            """,
            facts.day, facts.unit, facts.user, columns, facts.tables, facts.where, period,
            where if where is not None else SQL("TRUE"), pairs)

    @api.model
    def _sql_between(self, facts, start, end):
        """SQL: the row falls on a day from start to end; asked of the moment, so that its index serves."""
        if facts.anchor is None or start == date.min:
            return SQL("%s BETWEEN %s AND %s", facts.day, start, end)
        return SQL(
            "%(at)s >= (%(start)s::date::timestamp AT TIME ZONE %(tz)s AT TIME ZONE 'UTC') "
            "AND %(at)s < (%(end)s::date::timestamp AT TIME ZONE %(tz)s AT TIME ZONE 'UTC')",
            at=facts.anchor, start=start, end=end + timedelta(days=1), tz=DEFAULT_TZ)

    @api.model
    def _sum_up(self, inner, open_measures, as_of, moved_by=None):
        """Sum the days by agency and unit; after a merger the successor has what was open and what came later.

        :param moved_by: SQL of what tells whether it is open, if that is not the measure
        """
        merged = self._get_successors(as_of)
        if not merged:
            return self.env.execute_query(SQL(
                "SELECT company_id, unit_id, measure, SUM(value)::bigint FROM (%s) f GROUP BY 1, 2, 3", inner))
        moved = SQL("(m.successor IS NOT NULL AND (f.day > m.valid_to OR %s = ANY(%s)))", moved_by or SQL("f.measure"), list(open_measures))
        return self.env.execute_query(SQL(
            """
            SELECT CASE WHEN %(moved)s THEN m.successor ELSE f.company_id END,
                   CASE WHEN %(moved)s THEN NULL ELSE f.unit_id END, f.measure, SUM(f.value)::bigint
              FROM (%(inner)s) f
              LEFT JOIN (VALUES %(merged)s) m(company_id, valid_to, successor) ON m.company_id = f.company_id
             GROUP BY 1, 2, 3
            """,
            moved=moved, inner=inner, merged=SQL(", ").join(
                SQL("(%s, %s::date, %s)", company_id, valid_to, successor)
                for company_id, (valid_to, successor) in merged.items())))

    @api.model
    def _get_successors(self, as_of):
        """Return {agency id: (last day, id of the last successor)} of the agencies that had ended before the day."""
        self.env['res.company'].flush_model(['partner_id', 'agency_successor_id'])
        self.env['res.partner'].flush_model(['agency_valid_to'])
        # asked for each source: which agency took over which, no secret
        ended = {company_id: (valid_to, successor_id) for company_id, valid_to, successor_id in self.env.execute_query(SQL(
            "SELECT c.id, p.agency_valid_to, c.agency_successor_id FROM res_company c JOIN res_partner p ON p.id = c.partner_id "
            "WHERE c.agency_successor_id IS NOT NULL AND p.agency_valid_to < %s", as_of))}
        result = {}
        for company_id, (valid_to, successor_id) in ended.items():
            while successor_id in ended:
                successor_id = ended[successor_id][1]
            result[company_id] = (valid_to, successor_id)
        return result

    # === WHAT CHANGED === #

    @api.model
    def _add_changed(self, since):
        """Put into the table `civic_kpi_changed` (model, id) of what the journal tells something new since the moment."""
        self.env.cr.execute(SQL(
            "INSERT INTO civic_kpi_changed SELECT DISTINCT 'civic.document', res_id FROM civic_journal_entry "
            "WHERE event_at > %s AND res_model = 'civic.document' AND res_id IS NOT NULL", since))

    # === DRILL DOWN === #

    @api.model
    def _can_drill(self, key):
        """Whether rows stand behind the figures of a source."""
        return hasattr(self, f'_drill_{key}') or bool(self._get_facts(key))

    @api.model
    def _get_drill(self, key, measures, start, as_of, company_ids, unit_ids, exact=True):
        """Return (model, ids) of the rows behind measures of a source; None for one that counts no rows.

        :param exact: as they stood at the end of ``as_of``, and not as they are
        """
        if not self._can_drill(key):
            return None
        drill = getattr(self, f'_drill_{key}', None)
        if drill:
            return drill(measures, start, as_of, company_ids, unit_ids, exact)
        facts = self._get_facts(key, as_of if exact else None)
        if self._get_sources()[key].is_stock:
            start = date.min
        period = self._sql_between(facts, start, as_of - timedelta(days=1) if facts.is_strict else as_of)
        return self._find_rows(facts, period, [facts.aggregates[name] for name in measures if name in facts.aggregates],
                               company_ids, unit_ids)

    @api.model
    def _find_rows(self, facts, period, conditions, company_ids, unit_ids):
        """Return (model, ids) of the rows of a period of which one of the aggregates is not zero."""
        if not conditions:
            return None
        rows = self.env.execute_query(SQL(
            "SELECT %(id)s FROM %(tables)s WHERE %(where)s AND %(period)s AND d.company_id = ANY(%(companies)s) AND %(unit)s "
            "GROUP BY 1 HAVING %(having)s ORDER BY 1 LIMIT %(limit)s",
            id=facts.record, tables=facts.tables, where=facts.where, period=period, companies=list(company_ids),
            unit=SQL("%s = ANY(%s)", facts.unit, list(unit_ids)) if unit_ids else SQL("TRUE"),
            having=SQL(" OR ").join(SQL("%s > 0", aggregate) for aggregate in conditions), limit=DRILL_LIMIT))
        return facts.model, [id_ for [id_] in rows]

    @api.model
    def _drill_overdue(self, measures, start, as_of, company_ids, unit_ids, exact):
        low = {'late_1_5': (1, 5), 'late_6_15': (6, 15), 'late_16_30': (16, 30), 'late_31': (31, 100_000)}
        facts = self._get_open_facts(as_of if exact else None)
        ranges = SQL(" OR ").join(
            SQL("(%s::date - d.deadline) BETWEEN %s AND %s", as_of, *low[name]) for name in measures if name in low)
        return self._find_rows(
            facts, SQL("d.deadline < %s AND (%s)", as_of, ranges), list(facts.aggregates.values()), company_ids, unit_ids)

    @api.model
    def _drill_checklist(self, measures, start, as_of, company_ids, unit_ids, exact):
        scope = 'centre' if any(name.startswith('centre') for name in measures) else 'agency'
        domain = Domain('company_id', 'in', list(company_ids)) & Domain('check_id.scope', '=', scope) & Domain('check_id.active', '=', True)
        accepted = Domain('state', '=', 'accepted') & Domain('accepted_on', '<=', as_of)
        if set(measures) <= {'accepted', 'centre_items'}:
            domain &= accepted
        elif set(measures) <= {'lacking', 'centre_open'}:
            domain &= ~accepted
        return 'civic.plan.acceptance', self.env['civic.plan.acceptance'].search(domain).ids

    @api.model
    def _drill_budget(self, measures, start, as_of, company_ids, unit_ids, exact):
        rows = self.env['civic.plan.budget.line'].search(
            Domain('company_id', 'in', list(company_ids)) & Domain('year', '>=', start.year) & Domain('year', '<=', as_of.year))
        return 'civic.plan.budget.line', rows.ids

    @api.model
    def _drill_staff(self, measures, start, as_of, company_ids, unit_ids, exact):
        rows = self.env['civic.staff.duty'].search(
            Domain('company_id', 'in', list(company_ids)) & Domain('date_from', '<=', as_of)
            & (Domain('date_to', '=', False) | Domain('date_to', '>=', as_of)))
        return 'civic.staff.duty', rows.ids
