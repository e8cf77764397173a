from datetime import UTC, timedelta
from zoneinfo import ZoneInfo

from odoo import api, models
from odoo.tools import SQL

from odoo.addons.civic_base.const import DEFAULT_TZ
from odoo.addons.civic_transport.const import TEST_KIND

from .civic_kpi_source import DRILL_LIMIT, Facts, Source, local_day

PLAN = 'civic_kpi.plan_4292'
NOBODY = SQL("NULL::integer")
# Handed over in time or late, not yet: offered in a package, held by an inspection or dispute, or neither.
MATURED = ('in_time', 'late', 'submitted', 'held', 'waiting')


class CivicKpiSource(models.AbstractModel):
    """Sources of what is filed, kept and handed over: work files, their documents, and the copies of the archive."""

    _inherit = 'civic.kpi.source'

    @api.model
    def _get_sources(self):
        return {
            **super()._get_sources(),
            'filing': Source(self.env._("Documents that were dealt with, by their day"), {
                'unfiled': self.env._("in no work file"),
            }, open_measures=('unfiled',), has_documents=True, is_stock=True),
            'opened': Source(self.env._("Work files, by the day they were begun"), {
                'made': self.env._("files"), 'made_electronic': self.env._("electronic files"),
                'made_permanent': self.env._("files kept for ever"),
            }),
            'files': Source(self.env._("Work files whose day of delivery is over"), {
                'past_due': self.env._("still open"), 'undelivered': self.env._("closed, not delivered"),
            }, open_measures=('past_due', 'undelivered'), is_stock=True),
            'delivered': Source(self.env._("Work files, by the day the archive of the agency took them over"), {
                'files': self.env._("files"), 'files_electronic': self.env._("electronic files"),
                'files_permanent': self.env._("files kept for ever"),
            }),
            'filed': Source(self.env._("Documents in files that the archive of the agency took over"), {
                'electronic': self.env._("created electronically"), 'documents': self.env._("documents"),
                'inside': self.env._("documents without those that came on paper from outside the administration"),
                'outside_paper': self.env._("came on paper from outside the administration"),
                'backlog': self.env._("in files begun before the plan"),
            }, has_documents=True),
            'matured': Source(self.env._("Permanent electronic records of submitting bodies, after 3 years"), {
                'in_time': self.env._("handed over in time"), 'matured': self.env._("three years old"),
                'late': self.env._("handed over late"), 'missing': self.env._("not handed over"),
                'held': self.env._("held by an inspection or dispute"), 'horizon': self.env._("due soon and in no package"),
            }, open_measures=('submitted', 'held', 'waiting'), has_documents=True, is_stock=True),
            'holdings': Source(self.env._("Holdings of the archives"), {
                'fonds': self.env._("fonds"), 'files': self.env._("described files"), 'items': self.env._("described documents"),
                'packages': self.env._("packages kept"), 'paper': self.env._("paper documents"),
                'paper_digital': self.env._("paper documents digitised"),
            }, is_stock=True),
            'accessions': Source(self.env._("Packages that the archives kept, by the day of approval"), {
                'kept': self.env._("packages"), 'documents': self.env._("documents in them"),
            }),
            'destroyed': Source(self.env._("Documents destroyed by a decision, by their day"), {
                'documents': self.env._("documents"),
            }, has_documents=True),
            'access': Source(self.env._("What the journal tells of accesses"), {
                'reads': self.env._("documents opened"), 'downloads': self.env._("files downloaded"), 'logins': self.env._("log-ins"),
            }),
            'deliveries': Source(self.env._("What was sent to other systems, by the day of the receipt"), {
                'minutes': self.env._("minutes until the receipt"), 'receipts': self.env._("receipts"),
            }),
            'undelivered': Source(self.env._("What was sent to other systems and has no receipt"), {
                'failed': self.env._("given up or refused"), 'waiting': self.env._("waiting for more than a day"),
            }, is_stock=True),
            'storage': Source(self.env._("Copies and media of the archives"), {
                'sound': self.env._("copies found sound"), 'copies': self.env._("copies"),
                'faulty': self.env._("copies damaged, missing or not written"),
                'unchecked': self.env._("copies whose check is overdue"),
                'media': self.env._("media"), 'media_bad': self.env._("media not ready or near their end"),
            }, is_stock=True),
        }

    # === HOW THEY COUNT === #

    @api.model
    def _get_facts(self, key, as_of=None):
        build = getattr(self, f'_facts_{key}', None)
        return build(as_of) if build else super()._get_facts(key, as_of)

    @api.model
    def _facts_filing(self, as_of):
        """Done or issued, and in no work file (Decree 30/2020, Article 29)."""
        day = as_of or 'infinity'
        ended = SQL(
            "((d.direction = 'incoming' AND d.state IN ('done', 'destroyed') AND %s <= %s::date) "
            "OR (d.direction = 'outgoing' AND d.state IN ('issued', 'recalled', 'destroyed') AND %s <= %s::date))",
            local_day(SQL("d.done_at")), day, local_day(SQL("d.issued_at")), day)
        return Facts(
            SQL("civic_document d"), SQL("d.date_sort"),
            SQL("%s AND NOT EXISTS (SELECT FROM civic_workfile_entry e WHERE e.document_id = d.id AND %s <= %s::date)",
                ended, local_day(SQL("e.create_date")), day),
            {'unfiled': SQL("COUNT(*)")}, user=SQL("COALESCE(d.handler_id, d.drafter_id)"))

    @api.model
    def _facts_opened(self, as_of):
        return Facts(
            SQL("civic_workfile d"), SQL("d.date_start"), SQL("TRUE"), {
                'made': SQL("COUNT(*)"),
                'made_electronic': SQL("COUNT(*) FILTER (WHERE d.medium = 'electronic')"),
                'made_permanent': SQL("COUNT(*) FILTER (WHERE %s)", self._sql_permanent(SQL("d"))),
            }, user=SQL("d.user_id"), model='civic.workfile')

    @api.model
    def _facts_files(self, as_of):
        """Files that should have been delivered before the day (Decree 30/2020, Article 30)."""
        day = as_of or 'infinity'
        closed = SQL("(d.state <> 'open' AND d.closed_on <= %s::date)", day)
        return Facts(
            SQL("civic_workfile d"), SQL("d.delivery_due"),
            SQL("d.delivery_due IS NOT NULL AND d.state <> 'destroyed' AND (d.delivered_on IS NULL OR d.delivered_on > %s::date)", day), {
                'past_due': SQL("COUNT(*) FILTER (WHERE NOT COALESCE(%s, FALSE))", closed),
                'undelivered': SQL("COUNT(*) FILTER (WHERE %s)", closed),
            }, user=SQL("d.user_id"), model='civic.workfile', is_strict=True)

    @api.model
    def _facts_delivered(self, as_of):
        return Facts(
            SQL("civic_workfile d"), SQL("d.delivered_on"), SQL("d.delivered_on IS NOT NULL"), {
                'files': SQL("COUNT(*)"),
                'files_electronic': SQL("COUNT(*) FILTER (WHERE d.medium = 'electronic')"),
                'files_permanent': SQL("COUNT(*) FILTER (WHERE %s)", self._sql_permanent(SQL("d"))),
            }, user=SQL("d.user_id"), model='civic.workfile')

    @api.model
    def _facts_filed(self, as_of):
        """A document counts on the day its first file was taken over; a paper that was scanned was not made electronically.

        Own electronic documents need their valid signature (Decree 30/2020, Article 5); of others an invalid one is enough
        to count them out.
        """
        electronic = SQL(
            "(NOT COALESCE(d.paper_original, FALSE) AND CASE WHEN d.direction = 'outgoing' "
            "THEN d.signature_state IN ('valid', 'warning') ELSE COALESCE(d.signature_state, 'unknown') <> 'invalid' END)")
        outside = SQL(
            "(COALESCE(d.paper_original, FALSE) AND d.direction = 'incoming' "
            "AND NOT EXISTS (SELECT FROM res_partner p WHERE p.id = d.issuer_id AND p.is_agency))")
        plan = self.env.ref(PLAN, raise_if_not_found=False)
        begun = plan and plan.sudo().issue_date or None       # sudo: the day of the plan is no secret
        return Facts(
            SQL("civic_workfile w JOIN civic_workfile_entry e ON e.workfile_id = w.id JOIN civic_document d ON d.id = e.document_id"),
            SQL("w.delivered_on"),
            SQL("w.delivered_on IS NOT NULL AND NOT EXISTS (SELECT FROM civic_workfile_entry o "
                "JOIN civic_workfile f ON f.id = o.workfile_id WHERE o.document_id = d.id "
                "AND (f.delivered_on, o.id) < (w.delivered_on, e.id))"), {
                'electronic': SQL("COUNT(*) FILTER (WHERE %s)", electronic),
                'documents': SQL("COUNT(*)"),
                'inside': SQL("COUNT(*) FILTER (WHERE NOT %s)", outside),
                'outside_paper': SQL("COUNT(*) FILTER (WHERE %s)", outside),
                'backlog': SQL("COUNT(*) FILTER (WHERE w.date_start < %s::date)", begun),
            }, user=NOBODY)

    @api.model
    def _facts_matured(self, as_of):
        """By the day the record was created: that of issue, of incoming documents that of arrival."""
        day = as_of or 'infinity'
        handed = SQL("COALESCE(x.accepted_on, 'infinity'::date)")
        ripe = self._sql_ripe(SQL("d.date_sort"))
        held = SQL(
            "EXISTS (SELECT FROM civic_workfile_entry e JOIN civic_hold_line l ON l.workfile_id = e.workfile_id "
            "JOIN civic_hold h ON h.id = l.hold_id WHERE e.document_id = d.id AND %s <= %s::date "
            "AND (h.released_at IS NULL OR %s > %s::date))",
            local_day(SQL("h.placed_at")), day, local_day(SQL("h.released_at")), day)
        open_ = SQL("%s > %s::date", handed, day) if as_of else SQL("x.accepted_on IS NULL")
        submitted = SQL("COALESCE(x.submitted_on, 'infinity'::date) <= %s::date", day) if as_of else SQL("x.submitted_on IS NOT NULL")
        return Facts(
            SQL("civic_document d CROSS JOIN LATERAL (SELECT MIN(t.accepted_on) AS accepted_on, MIN(t.submitted_on) AS submitted_on "
                "FROM civic_workfile_entry e JOIN civic_workfile w ON w.id = e.workfile_id LEFT JOIN LATERAL (%s) t ON TRUE "
                "WHERE e.document_id = d.id) x", self._sql_handed_over()),
            SQL("d.date_sort"),
            SQL("d.state NOT IN ('draft', 'returned', 'cancelled') AND NOT COALESCE(d.paper_original, FALSE) "
                "AND EXISTS (SELECT FROM civic_workfile_entry e JOIN civic_workfile w ON w.id = e.workfile_id "
                "WHERE e.document_id = d.id AND %s)", self._sql_permanent(SQL("w"))), {
                'in_time': SQL("COUNT(*) FILTER (WHERE NOT (%s) AND %s <= %s)", open_, handed, ripe),
                'late': SQL("COUNT(*) FILTER (WHERE NOT (%s) AND %s > %s)", open_, handed, ripe),
                'held': SQL("COUNT(*) FILTER (WHERE %s AND %s)", open_, held),
                'submitted': SQL("COUNT(*) FILTER (WHERE %s AND NOT %s AND %s)", open_, held, submitted),
                'waiting': SQL("COUNT(*) FILTER (WHERE %s AND NOT %s AND NOT %s)", open_, held, submitted),
            }, user=NOBODY)

    @api.model
    def _facts_storage(self, as_of):
        """By the day of the last check; how a copy was on a day of the past is what the last check before said."""
        moment = SQL("COALESCE(d.checked_at, d.written_at, d.create_date)")
        tables, state, day = SQL("civic_aip_copy d"), SQL("d.state"), local_day(moment)
        if as_of:
            tables = SQL(
                "civic_aip_copy d LEFT JOIN LATERAL (SELECT c.outcome, c.create_date FROM civic_fixity_check c WHERE c.copy_id = d.id "
                "AND c.outcome <> 'unreachable' AND %s <= %s ORDER BY c.id DESC LIMIT 1) l ON TRUE",
                local_day(SQL("c.create_date")), as_of)
            state = SQL("COALESCE(l.outcome, CASE WHEN d.state = 'failed' THEN d.state ELSE 'good' END)")
            moment = SQL("COALESCE(l.create_date, d.written_at, d.create_date)")
            day = local_day(moment)
        return Facts(
            tables, day, SQL("d.state <> 'planned'"), {
                'copies': SQL("COUNT(*)"),
                'sound': SQL("COUNT(*) FILTER (WHERE %s = 'good')", state),
                'faulty': SQL("COUNT(*) FILTER (WHERE %s <> 'good')", state),
            }, unit=NOBODY, user=NOBODY, anchor=moment, model='civic.aip.copy')

    @api.model
    def _facts_destroyed(self, as_of):
        return Facts(
            SQL("civic_document d"), local_day(SQL("d.destroyed_at")), SQL("d.destroyed_at IS NOT NULL"), {'documents': SQL("COUNT(*)")},
            user=NOBODY, anchor=SQL("d.destroyed_at"))

    @api.model
    def _facts_access(self, as_of):
        return Facts(
            SQL("civic_journal_entry d"), local_day(SQL("d.event_at")),
            SQL("d.event_type IN ('access', 'download', 'login') AND d.outcome = 'success'"), {
                'reads': SQL("COUNT(*) FILTER (WHERE d.event_type = 'access')"),
                'downloads': SQL("COUNT(*) FILTER (WHERE d.event_type = 'download')"),
                'logins': SQL("COUNT(*) FILTER (WHERE d.event_type = 'login')"),
            }, unit=NOBODY, user=NOBODY, anchor=SQL("d.event_at"), model='civic.journal.entry')

    # === PIECES === #

    @api.model
    def _sql_permanent(self, workfile):
        return SQL("EXISTS (SELECT FROM civic_retention_term t WHERE t.id = %s.retention_term_id AND t.is_permanent)", workfile)

    @api.model
    def _sql_ripe(self, created):
        """SQL: the day by which a permanent record is handed over; 29 February and three years is 28 February."""
        months = self.env['civic.rule.value']._get('kpi.transfer_months')
        return SQL("(%s + make_interval(months => %s))::date", created, months)

    @api.model
    def _sql_handed_over(self):
        """SQL: (accepted_on, submitted_on) of the work file ``w``: when an archive of this database accepted it.

        A room that hands over to other systems adds what their receipts say.
        """
        return SQL(
            "SELECT CASE WHEN l.state = 'kept' THEN a.approved_on END AS accepted_on, a.received_on AS submitted_on "
            "FROM civic_accession_line l JOIN civic_accession a ON a.id = l.accession_id "
            "WHERE l.file_code = w.code AND l.giver_company_id = w.company_id AND l.state IN ('quarantined', 'passed', 'accepted', 'kept')")

    @api.model
    def _get_submitting_bodies(self, as_of):
        """Return ids of the agencies that are on an archive's list of sources on the day."""
        return [id_ for [id_] in self.env.execute_query(SQL(
            "SELECT DISTINCT c.id FROM civic_fonds_source s JOIN res_company c ON c.partner_id = s.agency_id "
            "WHERE (s.valid_from IS NULL OR s.valid_from <= %(day)s) AND (s.valid_to IS NULL OR s.valid_to >= %(day)s)", day=as_of))]

    # === ROWS === #

    @api.model
    def _rows_matured(self, start, as_of, *, exact=False, where=None):
        """Three years old on the day, and what becomes so soon; of bodies that do not submit, nothing."""
        horizon = as_of + timedelta(days=self.env['civic.rule.value']._get('kpi.transfer_horizon_days'))
        facts = self._get_facts('matured', as_of if exact or where is not None else None)
        days = (
            self._sql_facts('matured', facts, SQL("d.date_sort <= %s", as_of), where) if exact or where is not None else
            SQL("SELECT day, company_id, unit_id, measure, value FROM civic_kpi_daily WHERE source = 'matured' AND day <= %s", as_of))
        inner = SQL(
            """
            SELECT f.day, f.company_id, f.unit_id, m.measure, f.value, f.measure AS stage FROM (%(days)s) f
             CROSS JOIN LATERAL (SELECT %(ripe)s AS ripe) r
             CROSS JOIN LATERAL (VALUES
                   (CASE WHEN r.ripe <= %(as_of)s THEN f.measure END),
                   (CASE WHEN r.ripe <= %(as_of)s AND f.measure <> 'held' THEN 'matured' END),
                   (CASE WHEN r.ripe <= %(as_of)s AND f.measure IN ('waiting', 'submitted') THEN 'missing' END),
                   (CASE WHEN r.ripe > %(as_of)s AND r.ripe <= %(horizon)s AND f.measure = 'waiting' THEN 'horizon' END)) m(measure)
             WHERE m.measure IS NOT NULL
            """, days=days, ripe=self._sql_ripe(SQL("f.day")), as_of=as_of, horizon=horizon)
        bodies = set(self._get_submitting_bodies(as_of))
        return [row for row in self._sum_up(inner, self._get_sources()['matured'].open_measures, as_of, moved_by=SQL("f.stage"))
                if row[0] in bodies]

    @api.model
    def _rows_storage(self, start, as_of, *, exact=False, where=None):
        months = self.env['civic.rule.value']._get('archive.check_months')
        days = self._sql_days('storage', start, as_of, exact=exact, where=where)
        rows = self.env.execute_query(SQL(
            "SELECT company_id, NULL, measure, SUM(value)::bigint FROM (%(days)s) f GROUP BY 1, 3 UNION ALL "
            "SELECT company_id, NULL, 'unchecked', SUM(value)::bigint FROM (%(days)s) f WHERE measure = 'copies' "
            "AND day < (%(as_of)s::date - make_interval(months => %(months)s)) GROUP BY 1", days=days, as_of=as_of, months=months))
        media = self.env.execute_query(SQL(
            "SELECT company_id, COUNT(*), COUNT(*) FILTER (WHERE %s) FROM civic_archive_store s WHERE active GROUP BY 1",
            self._sql_bad_medium(as_of)))
        return rows + [(company_id, None, name, number) for company_id, *numbers in media
                       for name, number in zip(('media', 'media_bad'), numbers, strict=True)]

    @api.model
    def _rows_holdings(self, start, as_of, *, exact=False, where=None):
        """As they are: what an archive holds is described once and stays."""
        return self.env.execute_query(SQL(
            """
            SELECT company_id, NULL, 'fonds', COUNT(*)::bigint FROM civic_fonds GROUP BY 1
             UNION ALL SELECT company_id, NULL, 'paper', SUM(paper_total)::bigint FROM civic_fonds WHERE paper_total > 0 GROUP BY 1
             UNION ALL SELECT company_id, NULL, 'paper_digital', SUM(paper_digital)::bigint
                         FROM civic_fonds WHERE paper_digital > 0 GROUP BY 1
             UNION ALL SELECT company_id, NULL, CASE level WHEN 'file' THEN 'files' ELSE 'items' END, COUNT(*)::bigint
                         FROM civic_archive_description WHERE level IN ('file', 'item') GROUP BY 1, 3
             UNION ALL SELECT company_id, NULL, 'packages', COUNT(*)::bigint FROM civic_aip GROUP BY 1
            """))

    @api.model
    def _rows_accessions(self, start, as_of, *, exact=False, where=None):
        return self.env.execute_query(SQL(
            "SELECT a.company_id, NULL, m.measure, SUM(m.value)::bigint FROM civic_accession a "
            "JOIN civic_accession_line l ON l.accession_id = a.id AND l.state = 'kept' "
            "CROSS JOIN LATERAL (VALUES ('kept', 1), ('documents', l.document_count)) m(measure, value) "
            "WHERE a.approved_on BETWEEN %s AND %s GROUP BY 1, 3", start, as_of))

    @api.model
    def _rows_national(self, start, as_of, *, exact=False, where=None):
        """K7: packages that were reported, and those of them that the national database took (its answer, by the day)."""
        return self.env.execute_query(SQL(
            "SELECT e.company_id, NULL, %s AS measure, COUNT(*)::bigint FROM civic_national_entry e WHERE %s GROUP BY 1, 3",
            self._sql_taken(as_of), self._sql_reported(as_of)))

    @api.model
    def _rows_deliveries(self, start, as_of, *, exact=False, where=None):
        return self.env.execute_query(SQL(
            "SELECT d.company_id, NULL, m.measure, ROUND(SUM(m.value))::bigint FROM civic_delivery d CROSS JOIN LATERAL (VALUES "
            "('receipts', 1), ('minutes', EXTRACT(EPOCH FROM d.received_at - d.create_date) / 60)) m(measure, value) "
            "WHERE %s GROUP BY 1, 3", self._sql_delivered(start, as_of)))

    @api.model
    def _rows_undelivered(self, start, as_of, *, exact=False, where=None):
        """What was queued before the day and had no receipt at its end, by how it stands now."""
        return self.env.execute_query(SQL(
            "SELECT d.company_id, NULL, %s AS measure, COUNT(*)::bigint FROM civic_delivery d WHERE %s GROUP BY 1, 3",
            self._sql_delivery_gap(), self._sql_undelivered(as_of)))

    @api.model
    def _sql_delivered(self, start, as_of):
        """SQL: a delivery ``d`` whose receipt is of the days; channels' own tests are no exchange."""
        return SQL("d.direction = 'out' AND d.kind <> %s AND d.state = 'delivered' AND %s BETWEEN %s AND %s",
                   TEST_KIND, local_day(SQL("d.received_at")), start, as_of)

    @api.model
    def _sql_undelivered(self, as_of):
        return SQL("d.direction = 'out' AND d.kind <> %s AND %s < %s AND (d.received_at IS NULL OR %s > %s) "
                   "AND (d.state <> 'cancelled' OR %s > %s)",
                   TEST_KIND, local_day(SQL("d.create_date")), as_of, local_day(SQL("d.received_at")), as_of,
                   local_day(SQL("d.finished_at")), as_of)

    @api.model
    def _sql_delivery_gap(self):
        return SQL("CASE WHEN d.state = 'failed' THEN 'failed' ELSE 'waiting' END")

    @api.model
    def _sql_reported(self, as_of):
        """SQL: an entry ``e`` of a package that was to be reported by the end of the day."""
        return SQL("e.kind = 'package' AND e.state <> 'withdrawn' AND %s <= %s", local_day(SQL("e.create_date")), as_of)

    @api.model
    def _sql_taken(self, as_of):
        return SQL("CASE WHEN e.state = 'accepted' AND %s <= %s THEN 'received' ELSE 'open' END", local_day(SQL("e.answered_at")), as_of)

    @api.model
    def _sql_bad_medium(self, as_of):
        """SQL: a medium ``s`` that does not answer, or that ends within a year and has to be replaced before."""
        return SQL("(s.state <> 'ready' OR s.ends_on <= (%s::date + interval '1 year'))", as_of)

    # === DRILL DOWN === #

    @api.model
    def _drill_matured(self, measures, start, as_of, company_ids, unit_ids, exact):
        stages = {
            'in_time': ('in_time',), 'late': ('late',), 'held': ('held',), 'missing': ('waiting', 'submitted'),
            'matured': ('in_time', 'late', 'waiting', 'submitted'), 'horizon': ('waiting',)}
        facts = self._get_facts('matured', as_of if exact else None)
        ripe = self._sql_ripe(SQL("d.date_sort"))
        period = SQL("%s <= %s", ripe, as_of)
        if 'horizon' in measures:
            horizon = as_of + timedelta(days=self.env['civic.rule.value']._get('kpi.transfer_horizon_days'))
            period = SQL("%(ripe)s > %(as_of)s AND %(ripe)s <= %(end)s", ripe=ripe, as_of=as_of, end=horizon)
        wanted = {stage for name in measures for stage in stages.get(name, ())}
        bodies = set(self._get_submitting_bodies(as_of))
        return self._find_rows(facts, period, [facts.aggregates[name] for name in MATURED if name in wanted],
                               [id_ for id_ in company_ids if id_ in bodies], unit_ids)

    @api.model
    def _drill_storage(self, measures, start, as_of, company_ids, unit_ids, exact):
        if {'media', 'media_bad'} & set(measures):
            rows = self.env.execute_query(SQL(
                "SELECT id FROM civic_archive_store s WHERE active AND company_id = ANY(%s) AND %s ORDER BY 1", list(company_ids),
                SQL("TRUE") if 'media' in measures else self._sql_bad_medium(as_of)))
            return 'civic.archive.store', [id_ for [id_] in rows]
        facts = self._get_facts('storage', as_of if exact else None)
        period, names = SQL("%s <= %s", facts.day, as_of), [name for name in measures if name in facts.aggregates]
        if 'unchecked' in measures:
            months = self.env['civic.rule.value']._get('archive.check_months')
            period = SQL("%s < (%s::date - make_interval(months => %s))", facts.day, as_of, months)
            names = ['copies']
        return self._find_rows(facts, period, [facts.aggregates[name] for name in names], company_ids, None)

    @api.model
    def _drill_deliveries(self, measures, start, as_of, company_ids, unit_ids, exact):
        return self._find_deliveries(self._sql_delivered(start, as_of), company_ids)

    @api.model
    def _drill_undelivered(self, measures, start, as_of, company_ids, unit_ids, exact):
        return self._find_deliveries(
            SQL("%s AND %s = ANY(%s)", self._sql_undelivered(as_of), self._sql_delivery_gap(), list(measures)), company_ids)

    @api.model
    def _find_deliveries(self, condition, company_ids):
        rows = self.env.execute_query(SQL(
            "SELECT d.id FROM civic_delivery d WHERE d.company_id = ANY(%s) AND %s ORDER BY 1 LIMIT %s",
            list(company_ids), condition, DRILL_LIMIT))
        return 'civic.delivery', [id_ for [id_] in rows]

    @api.model
    def _drill_national(self, measures, start, as_of, company_ids, unit_ids, exact):
        rows = self.env.execute_query(SQL(
            "SELECT e.id FROM civic_national_entry e WHERE e.company_id = ANY(%s) AND %s AND %s = ANY(%s) ORDER BY 1",
            list(company_ids), self._sql_reported(as_of), self._sql_taken(as_of), list(measures)))
        return 'civic.national.entry', [id_ for [id_] in rows]

    # === WHAT CHANGED === #

    @api.model
    def _add_changed(self, since):
        """Files, and documents in files, of which the journal tells something new."""
        super()._add_changed(since)
        self.env.cr.execute(SQL(
            """
            INSERT INTO civic_kpi_changed
            SELECT DISTINCT 'civic.workfile', res_id FROM civic_journal_entry
             WHERE event_at > %(since)s AND res_model = 'civic.workfile' AND res_id IS NOT NULL
             UNION
            SELECT 'civic.journal.entry', id FROM civic_journal_entry
             WHERE event_at > %(since)s AND event_type IN ('access', 'download', 'login')
             UNION
            SELECT 'civic.workfile', w.id FROM civic_journal_entry j
              JOIN civic_accession_line l ON j.res_model = 'civic.accession.line' AND l.id = j.res_id
              JOIN civic_workfile w ON w.code = l.file_code
             WHERE j.event_at > %(since)s
             UNION
            SELECT 'civic.workfile', w.id FROM civic_journal_entry j
              JOIN civic_accession_line l ON j.res_model = 'civic.accession' AND l.accession_id = j.res_id
              JOIN civic_workfile w ON w.code = l.file_code
             WHERE j.event_at > %(since)s
                ON CONFLICT DO NOTHING;
            INSERT INTO civic_kpi_changed
            SELECT DISTINCT 'civic.document', e.document_id FROM civic_kpi_changed c
              JOIN civic_workfile_entry e ON e.workfile_id = c.id
             WHERE c.model = 'civic.workfile' AND e.document_id IS NOT NULL
             UNION
            SELECT 'civic.document', gone.id::integer FROM civic_journal_entry j
             CROSS JOIN LATERAL jsonb_array_elements_text(j.detail::jsonb -> 'documents') gone(id)
             WHERE j.event_at > %(since)s AND j.res_model = 'civic.workfile' AND j.detail LIKE %(removed)s
                ON CONFLICT DO NOTHING
            """, since=since, removed='%"act":"remove"%'))


class CivicWorkfile(models.Model):
    _inherit = 'civic.workfile'

    _kpi_start_idx = models.Index('(company_id, date_start)')
    _kpi_delivered_idx = models.Index('(company_id, delivered_on) WHERE delivered_on IS NOT NULL')

    def write(self, vals):
        if {'date_end', 'delivery_class', 'extended_to', 'date_start', 'delivered_on', 'company_id'} & vals.keys():
            days = {
                (source, file.company_id.id, day) for file in self.sudo()       # sudo: whoever moves a date, the old day changes
                for source, day in (('files', file.delivery_due), ('opened', file.date_start), ('delivered', file.delivered_on),
                                    ('filed', file.delivered_on)) if day}
            self.env['civic.kpi.dirty']._note(days)
        return super().write(vals)


class CivicAccessionLine(models.Model):
    _inherit = 'civic.accession.line'

    _kpi_file_code_idx = models.Index('(file_code, giver_company_id) WHERE file_code IS NOT NULL')


class CivicAipCopy(models.Model):
    _inherit = 'civic.aip.copy'

    _kpi_day_idx = models.Index("(company_id, COALESCE(checked_at, written_at, create_date)) WHERE state <> 'planned'")

    @api.model_create_multi
    def create(self, vals_list):
        copies = super().create(vals_list)
        copies._note_kpi_days()
        return copies

    def write(self, vals):
        if not {'state', 'checked_at', 'written_at'} & vals.keys():
            return super().write(vals)
        self._note_kpi_days()
        result = super().write(vals)
        self._note_kpi_days()
        return result

    def _note_kpi_days(self):
        """Note the days for which the copies count, before they leave them and after."""
        self.env['civic.kpi.dirty']._note({
            ('storage', copy.company_id.id, (copy.checked_at or copy.written_at or copy.create_date).replace(
                tzinfo=UTC).astimezone(ZoneInfo(DEFAULT_TZ)).date())
            for copy in self.sudo()})       # sudo: copies are the system's
