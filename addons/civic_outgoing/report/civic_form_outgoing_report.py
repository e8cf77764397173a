from odoo import api, models
from odoo.tools import SQL

from odoo.addons.civic_incoming.report.civic_form_follow_up_book import BOOK_GROUPS
from odoo.addons.civic_report.tools.layout import Column, Row


class CivicFormOutgoingReport(models.AbstractModel):
    """Thống kê văn bản đi (Decree 30/2020, Annex VI, Part I, V): by type, how many were numbered in the period, issued in
    time or late, recalled and replaced."""

    _name = 'civic.form.outgoing_report'
    _inherit = ['civic.official.form']
    _description = "Statistics of Outgoing Documents"

    _form_groups = BOOK_GROUPS
    _form_sequence = 70

    @api.model
    def _get_title(self, options):
        return self.env._("Statistics of outgoing documents")

    @api.model
    def _get_legal_basis(self):
        return self.env._("Decree 30/2020/NĐ-CP, Annex VI, Part I, V; Article 18.1")

    @api.model
    def _get_columns(self, options):
        return [
            Column(self.env._("Serial"), 0.6, 'integer', 'center'),
            Column(self.env._("Document type"), 3.4),
            Column(self.env._("Numbered"), 1.1, 'integer'),
            Column(self.env._("Electronic"), 1.1, 'integer'),
            Column(self.env._("Issued in time"), 1.1, 'integer'),
            Column(self.env._("Issued late"), 1.1, 'integer'),
            Column(self.env._("Not issued yet"), 1.1, 'integer'),
            Column(self.env._("Recalled"), 1.1, 'integer'),
            Column(self.env._("Number cancelled"), 1.1, 'integer'),
        ]

    @api.model
    def _iter_rows(self, options):
        figures = self._get_figures(options)
        types = self.env['civic.document.type'].with_context(active_test=False).browse(
            [type_id for type_id in figures if type_id]).sorted()
        totals = [0] * 7
        rows = [(document_type.name, figures[document_type.id]) for document_type in types]
        if None in figures:
            rows.append((self.env._("No type"), figures[None]))
        for number, (name, counts) in enumerate(rows, start=1):
            totals = [total + count for total, count in zip(totals, counts, strict=True)]
            yield Row((number, name, *counts))
        yield Row((None, self.env._("Total"), *totals))

    @api.model
    def _get_figures(self, options):
        """Return {type id or None: [numbered, electronic, in time, late, not issued, recalled, cancelled]}: one query.

        All documents of the agency count: a figure tells nothing of those that the person may not read.
        """
        self._check_form_access()
        self.env['civic.document'].flush_model()
        rows = self.env.execute_query(SQL(
            """
            SELECT type_id, COUNT(*),
                   COUNT(*) FILTER (WHERE NOT COALESCE(paper_original, FALSE)),
                   COUNT(*) FILTER (WHERE issued_at IS NOT NULL AND (issue_due_at IS NULL OR issued_at <= issue_due_at)),
                   COUNT(*) FILTER (WHERE issued_at > issue_due_at),
                   COUNT(*) FILTER (WHERE issued_at IS NULL AND state = 'registered'),
                   COUNT(*) FILTER (WHERE state = 'recalled'),
                   COUNT(*) FILTER (WHERE state = 'cancelled')
              FROM civic_document
             WHERE company_id = %(company)s AND direction = 'outgoing' AND register_number IS NOT NULL
               AND register_number > 0
               AND (%(start)s::date IS NULL OR issue_date >= %(start)s)
               AND (%(end)s::date IS NULL OR issue_date <= %(end)s)
             GROUP BY type_id
            """,
            company=options['company'].id, start=options['date_from'], end=options['date_to']))
        return {type_id: list(counts) for type_id, *counts in rows}
