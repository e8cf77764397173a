from odoo import api, models
from odoo.tools import SQL

from odoo.addons.civic_base.const import DEFAULT_TZ
from odoo.addons.civic_report.tools.layout import Column, Row

from .civic_form_follow_up_book import BOOK_GROUPS


class CivicFormHandlingReport(models.AbstractModel):
    """Báo cáo tình hình giải quyết văn bản đến (Decree 30/2020, Annex VI, Part I, V.2): by lead unit, how many
    documents of the period are done or open, in time or late."""

    _name = 'civic.form.handling_report'
    _inherit = ['civic.official.form']
    _description = "Report on Handling"

    _form_groups = BOOK_GROUPS
    _form_sequence = 40

    @api.model
    def _get_title(self, options):
        return self.env._("Report on the handling of incoming documents")

    @api.model
    def _get_legal_basis(self):
        return self.env._("Decree 30/2020/NĐ-CP, Annex VI, Part I, V.2")

    @api.model
    def _get_columns(self, options):
        return [
            Column(self.env._("Serial"), 0.6, 'integer', 'center'),
            Column(self.env._("Unit"), 4),
            Column(self.env._("Documents received"), 1.2, 'integer'),
            Column(self.env._("Done in time"), 1.2, 'integer'),
            Column(self.env._("Done late"), 1.2, 'integer'),
            Column(self.env._("Open, in time"), 1.2, 'integer'),
            Column(self.env._("Open, overdue"), 1.2, 'integer'),
            Column(self.env._("Done in time, per cent"), 1.2, 'float'),
        ]

    @api.model
    def _iter_rows(self, options):
        totals = [0] * 5
        figures = self._get_figures(options)
        names = {unit.id: unit.name for unit in self.env['hr.department'].sudo().browse(  # sudo: names of units
            [unit_id for unit_id in figures if unit_id])}
        rows = sorted((names.get(unit_id) or self.env._("Not assigned yet"), not unit_id, counts)
                      for unit_id, counts in figures.items())
        rows.sort(key=lambda row: row[1])
        for number, (name, _is_open, counts) in enumerate(rows, start=1):
            totals = [total + count for total, count in zip(totals, counts, strict=True)]
            yield Row((number, name, *counts, self._get_share(counts)))
        yield Row((None, self.env._("Total"), *totals, self._get_share(totals)))

    @api.model
    def _get_share(self, counts):
        """Per cent done in time, of what was done or should have been."""
        _total, done, late, _open, overdue = counts
        judged = done + late + overdue
        return round(100 * done / judged, 1) if judged else None

    @api.model
    def _get_figures(self, options):
        """Return {unit id or None: [all, done in time, done late, open in time, open overdue]}: one query.

        All documents of the agency count, also those that the person may not read: a figure tells nothing of them,
        and a report that is another one for each reader is none.
        """
        self._check_form_access()
        self.env['civic.document'].flush_model()
        rows = self.env.execute_query(SQL(
            """
            SELECT unit_id, COUNT(*),
                   COUNT(*) FILTER (WHERE state = 'done' AND (deadline IS NULL OR done_day IS NULL OR done_day <= deadline)),
                   COUNT(*) FILTER (WHERE state = 'done' AND done_day > deadline),
                   COUNT(*) FILTER (WHERE state <> 'done' AND (due IS NULL OR due >= %(today)s)),
                   COUNT(*) FILTER (WHERE state <> 'done' AND due < %(today)s)
              FROM (SELECT unit_id, state, deadline,
                           (done_at AT TIME ZONE 'UTC' AT TIME ZONE %(tz)s)::date AS done_day,
                           CASE WHEN state = 'registered' THEN submit_deadline ELSE deadline END AS due
                      FROM civic_document
                     WHERE company_id = %(company)s AND direction = 'incoming'
                       AND state NOT IN ('draft', 'returned', 'cancelled')
                       AND (%(start)s::date IS NULL OR arrival_date >= %(start)s)
                       AND (%(end)s::date IS NULL OR arrival_date <= %(end)s)) AS documents
             GROUP BY unit_id
            """,
            today=self.env['civic.document']._today(), tz=DEFAULT_TZ, company=options['company'].id,
            start=options['date_from'], end=options['date_to']))
        return {unit_id: list(counts) for unit_id, *counts in rows}
