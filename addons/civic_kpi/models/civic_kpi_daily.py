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

    _day_idx = models.Index('(source, day, company_id)')
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
            self._count_days_anew(days)
            changed = {day for pairs in days.values() for _company_id, day in pairs}
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
            self._insert(key, Source._sql_facts(key, Source._get_facts(key), SQL("TRUE")))
        self.invalidate_model()

    @api.model
    def _get_changed_days(self, since):
        """Return {source: {(agency id, day)}} of what happened since the moment.

        The journal names the documents. The days they count for now are asked of the documents, those they counted
        for before a deadline moved were noted by `civic.kpi.dirty`.
        """
        Source = self.env['civic.kpi.source']
        self.env.cr.execute("""
            CREATE TEMPORARY TABLE IF NOT EXISTS civic_kpi_changed (id integer PRIMARY KEY) ON COMMIT DELETE ROWS;
            TRUNCATE civic_kpi_changed
        """)
        self.env.cr.execute(SQL(
            "INSERT INTO civic_kpi_changed SELECT DISTINCT res_id FROM civic_journal_entry "
            "WHERE event_at > %s AND res_model = 'civic.document' AND res_id IS NOT NULL", since))
        result = {}
        for key in Source._get_daily_sources():
            facts = Source._get_facts(key)
            column = 'document_id' if key == 'steps' else 'id'
            result[key] = set(self.env.execute_query(SQL(
                "SELECT DISTINCT d.company_id, %s FROM %s JOIN civic_kpi_changed c ON c.id = d.%s WHERE %s IS NOT NULL",
                facts.day, facts.tables, SQL.identifier(column), facts.day)))
        for key, company_id, day in self.env.execute_query(SQL("SELECT source, company_id, day FROM civic_kpi_dirty")):
            result.setdefault(key, set()).add((company_id, day))
        return result

    @api.model
    def _count_days_anew(self, days):
        """Replace the sums of the days: {source: {(agency id, day)}}."""
        Source = self.env['civic.kpi.source']
        self.env.flush_all()
        for key, pairs in days.items():
            if not pairs:
                continue
            values = SQL(", ").join(SQL("(%s, %s::date)", company_id, day) for company_id, day in sorted(pairs))
            self.env.cr.execute(SQL(
                "DELETE FROM civic_kpi_daily t USING (VALUES %s) v(company_id, day) "
                "WHERE t.source = %s AND t.day = v.day AND t.company_id = v.company_id", values, key))
            facts = Source._get_facts(key)
            if facts.anchor is None:
                at = SQL("%s = v.day", facts.day)
            else:
                at = SQL(
                    "%(at)s >= (v.day::timestamp AT TIME ZONE %(tz)s AT TIME ZONE 'UTC') "
                    "AND %(at)s < ((v.day + 1)::timestamp AT TIME ZONE %(tz)s AT TIME ZONE 'UTC')",
                    at=facts.anchor, tz=DEFAULT_TZ)
            facts = facts._replace(tables=SQL(
                "(VALUES %s) v(company_id, day) JOIN %s ON d.company_id = v.company_id AND %s", values, facts.tables, at))
            self._insert(key, Source._sql_facts(key, facts, SQL("TRUE")))
        self.invalidate_model()

    @api.model
    def _insert(self, key, rows):
        self.env.cr.execute(SQL(
            "INSERT INTO civic_kpi_daily (source, day, company_id, unit_id, user_id, measure, value) "
            "SELECT %s, day, company_id, unit_id, user_id, measure, value FROM (%s) f", key, rows))


class CivicKpiDirty(models.Model):
    """A day whose sums are no longer right because a document left it; the next run of the job counts it anew."""

    _name = 'civic.kpi.dirty'
    _description = "Day to Count Anew"
    _log_access = False
    _rec_name = 'source'

    source = fields.Char(required=True)
    company_id = fields.Many2one('res.company', "Agency", required=True, index=True, ondelete='cascade')
    day = fields.Date(required=True)


class CivicDocument(models.Model):
    _inherit = 'civic.document'

    _kpi_deadline_idx = models.Index("(company_id, deadline) WHERE direction = 'incoming' AND deadline IS NOT NULL")
    _kpi_issue_idx = models.Index("(company_id, issue_due_at) WHERE issue_due_at IS NOT NULL")

    def write(self, vals):
        if {'deadline', 'date_sort', 'arrival_date', 'issue_date', 'issue_due_at', 'company_id'} & vals.keys() and any(
                document.state != 'draft' for document in self):
            self._note_days_left(vals)
        return super().write(vals)

    def _note_days_left(self, vals):
        """Note the days that documents count for before they leave them: rare, for most dates never change."""
        rows = set()
        for document in self.sudo():        # sudo: whoever moves a date, the sum of the old day changes
            company_id = document.company_id.id
            if 'deadline' in vals and document.deadline:
                rows.add(('handling', company_id, document.deadline))
            if {'arrival_date', 'issue_date', 'date_sort', 'company_id'} & vals.keys() and document.date_sort:
                rows.add(('incoming' if document.direction == 'incoming' else 'outgoing', company_id, document.date_sort))
            if 'issue_due_at' in vals and document.issue_due_at:
                day = fields.Datetime.context_timestamp(document.with_context(tz=DEFAULT_TZ), document.issue_due_at).date()
                rows.add(('issue', company_id, day))
        if rows:
            # sudo: nobody has rights on these lines
            self.env['civic.kpi.dirty'].sudo().create([
                {'source': source, 'company_id': company_id, 'day': day} for source, company_id, day in rows])


class CivicHolding(models.Model):
    _inherit = 'civic.holding'

    _kpi_until_idx = models.Index("(company_id, until) WHERE until IS NOT NULL")
