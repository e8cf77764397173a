from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.civic_base.const import DEFAULT_TZ

CURSOR = 'civic_kpi.journal_read_until'
# Key of the advisory lock that lets one count at a time.
LOCK = 7305813
# A transaction that wrote its line before the last run and committed after it is found again.
OVERLAP = timedelta(hours=1)


class CivicKpiDaily(models.Model):
    """Daily sums by agency, unit and person, from which figures are made.

    A job reads in the journal which documents changed, and counts the days of these documents anew: it costs what
    happened since, whatever the size of the archive. Nobody writes rows by hand.
    """

    _name = 'civic.kpi.daily'
    _description = "Daily Sum"
    _order = 'day desc, id'
    _rec_name = 'measure'
    _log_access = False

    source = fields.Char(required=True)
    day = fields.Date(required=True)
    company_id = fields.Many2one('res.company', "Agency", required=True, index=True, ondelete='cascade')
    unit_id = fields.Many2one('hr.department', "Unit", index='btree_not_null', ondelete='cascade')
    user_id = fields.Many2one('res.users', "Person", index='btree_not_null', ondelete='cascade')
    measure = fields.Char(required=True)
    value = fields.Integer(required=True)

    # figures are summed from the index alone
    _day_idx = models.Index('(source, day, company_id) INCLUDE (unit_id, measure, value)')
    _open_idx = models.Index("(company_id, day) WHERE measure = 'due_open'")

    # === KEPT UP TO DATE === #

    @api.model
    def _cron_refresh(self):
        """Bring daily sums, and the figures of periods that are not closed, up to now."""
        self._refresh()
        self.env['civic.kpi.alert']._check()

    @api.model
    def _refresh(self):
        """Count the days anew that changed since the last time, then the open periods they belong to."""
        parameters = self.env['ir.config_parameter'].sudo()
        self.env.flush_all()
        [(is_alone,)] = self.env.execute_query(SQL("SELECT pg_try_advisory_xact_lock(%s)", LOCK))
        if not is_alone:
            return          # somebody counts just now, and will be done in a moment
        [(now,)] = self.env.execute_query(SQL("SELECT (transaction_timestamp() AT TIME ZONE 'UTC')"))
        cursor = parameters.get_param(CURSOR)
        if cursor:
            days = self._get_changed_days(fields.Datetime.to_datetime(cursor) - OVERLAP)
            changed = self._count_days_anew(days)
        else:
            self._rebuild()
            changed = None
        parameters.set_param(CURSOR, fields.Datetime.to_string(now))
        self.env.execute_query(SQL("DELETE FROM civic_kpi_dirty RETURNING id"))
        self.env['civic.kpi.period']._refresh_open(changed)

    @api.model
    def _rebuild(self):
        """Count all days of all sources anew: one query per source."""
        Source = self.env['civic.kpi.source']
        self.env.cr.execute("DELETE FROM civic_kpi_daily")
        for key in Source._get_daily_sources():
            self.env.cr.execute(SQL(
                "INSERT INTO civic_kpi_daily (source, day, company_id, unit_id, user_id, measure, value) "
                "SELECT %s, day, company_id, unit_id, user_id, measure, value FROM (%s) f",
                key, Source._sql_facts(key, Source._get_facts(key), SQL("TRUE"))))
        self.invalidate_model()

    @api.model
    def _get_changed_days(self, since):
        """Return {source: {(agency id, day)}} of what happened since the moment.

        The journal names documents and files. The days they count for now are asked of them, those they counted for
        before a date moved were noted by `civic.kpi.dirty`.
        """
        Source = self.env['civic.kpi.source']
        self.env.cr.execute("""
            CREATE TEMPORARY TABLE IF NOT EXISTS civic_kpi_changed (model text, id integer, PRIMARY KEY (model, id))
                ON COMMIT DELETE ROWS;
            TRUNCATE civic_kpi_changed
        """)
        Source._add_changed(since)
        self.env.cr.execute("ANALYZE civic_kpi_changed")
        result = {}
        for key in Source._get_daily_sources():
            facts = Source._get_facts(key)
            result[key] = set(self.env.execute_query(SQL(
                "SELECT DISTINCT d.company_id, %(day)s FROM civic_kpi_changed c, %(tables)s "
                "WHERE c.model = %(model)s AND c.id = %(record)s AND %(day)s IS NOT NULL",
                day=facts.day, tables=facts.tables, model=facts.model, record=facts.record)))
        for key, company_id, day in self.env.execute_query(SQL("SELECT source, company_id, day FROM civic_kpi_dirty")):
            result.setdefault(key, set()).add((company_id, day))
        return result

    @api.model
    def _count_days_anew(self, days):
        """Replace the sums of the days: {source: {(agency id, day)}}; return {source: days whose sums are others now}."""
        Source = self.env['civic.kpi.source']
        self.env.flush_all()
        changed = {}
        for key, pairs in days.items():
            if not pairs:
                continue
            values = SQL(", ").join(SQL("(%s, %s::date)", company_id, day) for company_id, day in sorted(pairs))
            before = self.env.execute_query(SQL(
                "DELETE FROM civic_kpi_daily t USING (VALUES %s) v(company_id, day) "
                "WHERE t.source = %s AND t.day = v.day AND t.company_id = v.company_id "
                "RETURNING t.day, t.company_id, t.unit_id, t.user_id, t.measure, t.value", values, key))
            facts = Source._get_facts(key)
            if facts.anchor is None:
                at = SQL("%s = v.day", facts.day)
            else:
                at = SQL(
                    "%(at)s >= (v.day::timestamp AT TIME ZONE %(tz)s AT TIME ZONE 'UTC') "
                    "AND %(at)s < ((v.day + 1)::timestamp AT TIME ZONE %(tz)s AT TIME ZONE 'UTC')",
                    at=facts.anchor, tz=DEFAULT_TZ)
            facts = facts._replace(tables=SQL("(VALUES %s) v(company_id, day), %s", values, facts.tables))
            after = self._insert(key, Source._sql_facts(key, facts, SQL("d.company_id = v.company_id AND %s", at)))
            other = {row[0] for row in set(before) ^ set(after)}
            if other:
                changed[key] = other
        self.invalidate_model()
        return changed

    @api.model
    def _insert(self, key, rows):
        return self.env.execute_query(SQL(
            "INSERT INTO civic_kpi_daily (source, day, company_id, unit_id, user_id, measure, value) "
            "SELECT %s, day, company_id, unit_id, user_id, measure, value FROM (%s) f "
            "RETURNING day, company_id, unit_id, user_id, measure, value", key, rows))
