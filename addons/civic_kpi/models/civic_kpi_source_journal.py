from datetime import timedelta

from odoo import api, models
from odoo.tools import SQL

from odoo.addons.civic_base.const import DEFAULT_TZ

from .civic_kpi_source import local_day

# What the lines of the journal tell, by source; the rest is known from the documents alone.
TOLD = {
    'incoming': {'registered', 'finished', 'cancelled', 'working_days'},
    'handling': {'due_in_time', 'due_late', 'due_open'},
    'overdue': {'late_1_5', 'late_6_15', 'late_16_30', 'late_31'},
    'outgoing': {'numbered', 'recalled'},
}
DAYS = {'incoming': SQL("j.day"), 'handling': SQL("j.deadline"), 'overdue': SQL("j.deadline"), 'outgoing': SQL("j.day")}


class CivicKpiSource(models.AbstractModel):
    """The same figures counted from the journal alone: what was registered, due, done, cancelled and recalled.

    Neither the documents nor the daily sums are asked, so that a figure that was changed behind the acts shows.
    """

    _inherit = 'civic.kpi.source'

    @api.model
    def _is_told_by_journal(self, indicator):
        """Whether the journal tells all that the indicator counts."""
        told = TOLD.get(indicator.source, set())
        return bool(told) and all(
            name in told for name in indicator._get_measures())

    @api.model
    def _read_journal(self, as_of):
        """Put into the table `civic_kpi_journal` what the lines until the end of the day say of each registered document.

        A deadline is that of the lead unit: of its assignment, of a granted extension, or as it was changed by hand. The unit
        is that of the registration or the last lead unit; none after it returned the document or was taken off. Lines of
        assignment that were written before they named the unit leave it open.
        """
        self.env.cr.execute("DROP TABLE IF EXISTS civic_kpi_journal")
        self.env.cr.execute(SQL(
            """
            CREATE TEMPORARY TABLE civic_kpi_journal ON COMMIT DROP AS
            WITH line AS (
                SELECT j.id, j.res_id, j.company_id, j.event_type, %(day)s AS day, COALESCE(j.detail::jsonb, '{}') AS fact
                  FROM civic_journal_entry j
                 WHERE j.res_model = 'civic.document' AND j.outcome = 'success'
                   AND j.event_at < (%(end)s::date::timestamp AT TIME ZONE %(tz)s AT TIME ZONE 'UTC')
                   AND j.event_type IN ('registration', 'cancellation', 'assignment', 'start', 'completion', 'approval', 'return',
                                        'withdrawal', 'instruction', 'modification')
            ), told AS (
                SELECT l.id, l.res_id, l.company_id, l.event_type, l.day, l.fact, lead.id AS lead_id, lead.due,
                       CASE WHEN l.event_type = 'registration' THEN (l.fact ->> 'unit_id')::integer
                            WHEN l.event_type = 'assignment' THEN lead.unit
                            ELSE (l.fact -> 'changes' -> 'unit_id' -> 1 ->> 0)::integer END AS unit_id,
                       l.event_type = 'assignment' AND NOT lead.names_unit AS lacks_unit,
                       l.event_type = 'registration' OR l.fact -> 'changes' ? 'unit_id' OR lead.id IS NOT NULL
                       AND l.event_type IN ('assignment', 'withdrawal', 'return') AND l.fact ->> 'again' IS NULL AS is_placed,
                       CASE WHEN lead.id IS NOT NULL AND l.event_type IN ('completion', 'approval') AND l.fact ->> 'approval' IS NULL
                              OR l.event_type = 'instruction' AND l.fact ->> 'for_information' = 'true' THEN 'done'
                            WHEN lead.id IS NOT NULL AND l.event_type IN ('return', 'withdrawal', 'assignment') THEN 'open' END AS step
                  FROM line l
                  LEFT JOIN LATERAL (
                        SELECT (a ->> 'assignment')::integer AS id, (a ->> 'deadline')::date AS due,
                               (a ->> 'unit_id')::integer AS unit, a ? 'unit_id' AS names_unit
                          FROM jsonb_array_elements(CASE jsonb_typeof(l.fact -> 'assignments') WHEN 'array'
                               THEN l.fact -> 'assignments' ELSE '[]' END) a WHERE a ->> 'kind' = 'lead' LIMIT 1) lead ON TRUE
            ), dated AS (
                SELECT t.*,
                       CASE WHEN t.lead_id IS NOT NULL THEN t.due
                            WHEN t.fact ? 'extension' THEN (t.fact ->> 'to')::date
                            ELSE NULLIF(t.fact -> 'changes' -> 'deadline' ->> 1, 'false')::date END AS deadline,
                       t.lead_id IS NOT NULL OR t.fact -> 'changes' ? 'deadline'
                       OR t.event_type = 'approval' AND t.fact ? 'extension' AND EXISTS (
                          SELECT FROM told o WHERE o.res_id = t.res_id AND o.lead_id = (t.fact ->> 'assignment')::integer) AS is_dated
                  FROM told t
            )
            SELECT res_id AS id, (array_agg(company_id ORDER BY id DESC))[1] AS company_id,
                   (array_agg(fact ->> 'direction' ORDER BY id DESC) FILTER (WHERE event_type = 'registration'))[1] AS direction,
                   (array_agg((fact ->> 'date')::date ORDER BY id DESC) FILTER (WHERE event_type = 'registration'))[1] AS day,
                   bool_or(event_type = 'cancellation') AS is_cancelled,
                   bool_or(event_type = 'withdrawal' AND fact ->> 'act' = 'recall') AS is_recalled,
                   (array_agg(CASE step WHEN 'done' THEN day END ORDER BY id DESC) FILTER (WHERE step IS NOT NULL))[1] AS done,
                   (array_agg(deadline ORDER BY id DESC) FILTER (WHERE is_dated))[1] AS deadline,
                   (array_agg(unit_id ORDER BY id DESC) FILTER (WHERE is_placed))[1] AS unit_id,
                   COALESCE((array_agg(lacks_unit ORDER BY id DESC) FILTER (WHERE is_placed))[1], FALSE) AS lacks_unit
              FROM dated GROUP BY res_id HAVING bool_or(event_type = 'registration')
            """, day=local_day(SQL("j.event_at")), end=as_of + timedelta(days=1), tz=DEFAULT_TZ))
        self.env.cr.execute("ANALYZE civic_kpi_journal")

    @api.model
    def _get_journal_conditions(self, key, as_of):
        """Return {measure: SQL condition on the row ``j`` of `civic_kpi_journal`}."""
        late = SQL("(%s::date - j.deadline)", as_of)
        open_ = SQL("j.direction = 'incoming' AND NOT j.is_cancelled AND j.done IS NULL")
        due = SQL("j.direction = 'incoming' AND NOT j.is_cancelled")
        return {
            'incoming': {
                'registered': SQL("j.direction = 'incoming' AND NOT j.is_cancelled"),
                'finished': SQL("j.direction = 'incoming' AND NOT j.is_cancelled AND j.done IS NOT NULL"),
                'cancelled': SQL("j.direction = 'incoming' AND j.is_cancelled"),
            },
            'handling': {
                'due_in_time': SQL("%s AND j.done <= j.deadline", due), 'due_late': SQL("%s AND j.done > j.deadline", due),
                'due_open': open_,
            },
            'overdue': {
                'late_1_5': SQL("%s AND %s BETWEEN 1 AND 5", open_, late), 'late_6_15': SQL("%s AND %s BETWEEN 6 AND 15", open_, late),
                'late_16_30': SQL("%s AND %s BETWEEN 16 AND 30", open_, late), 'late_31': SQL("%s AND %s > 30", open_, late),
            },
            'outgoing': {
                'numbered': SQL("j.direction = 'outgoing' AND NOT j.is_cancelled"),
                'recalled': SQL("j.direction = 'outgoing' AND j.is_recalled"),
            },
        }[key]

    @api.model
    def _sql_journal_period(self, key, start, as_of):
        if key == 'overdue':
            return SQL("j.deadline < %s", as_of)
        return SQL("%s BETWEEN %s AND %s", DAYS[key], start, as_of)

    @api.model
    def _get_journal_rows(self, key, start, as_of, where=None):
        """Return ``[(agency id, unit id, measure, number)]`` as the journal tells it; `_read_journal` comes first."""
        pairs = SQL(", ").join(
            SQL("(%s, %s)", name, condition) for name, condition in self._get_journal_conditions(key, as_of).items())
        left_out = SQL("TRUE") if where is None else SQL("EXISTS (SELECT FROM civic_document d WHERE d.id = j.id AND %s)", where)
        inner = SQL(
            "SELECT %s AS day, j.company_id, j.unit_id, m.measure, 1 AS value FROM civic_kpi_journal j "
            "CROSS JOIN LATERAL (VALUES %s) m(measure, is_so) WHERE m.is_so AND %s AND %s",
            DAYS[key], pairs, self._sql_journal_period(key, start, as_of), left_out)
        return self._sum_up(inner, self._get_sources()[key].open_measures, as_of)

    @api.model
    def _find_in_journal(self, key, measures, start, as_of, company_ids, unit_ids, *, lacks_unit=False):
        """Return ids of the documents that the journal counts, of a unit or of all; or those whose unit it does not tell."""
        conditions = self._get_journal_conditions(key, as_of)
        wanted = [conditions[name] for name in measures if name in conditions]
        if not wanted:
            return set()
        return {id_ for [id_] in self.env.execute_query(SQL(
            "SELECT j.id FROM civic_kpi_journal j WHERE (%s) AND %s AND j.company_id = ANY(%s) AND %s AND %s",
            SQL(" OR ").join(SQL("(%s)", condition) for condition in wanted), self._sql_journal_period(key, start, as_of),
            list(company_ids), SQL("j.unit_id = ANY(%s)", list(unit_ids)) if unit_ids else SQL("TRUE"),
            SQL("j.lacks_unit") if lacks_unit else SQL("TRUE")))}
