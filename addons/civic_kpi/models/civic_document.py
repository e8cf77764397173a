from odoo import fields, models

from odoo.addons.civic_base.const import DEFAULT_TZ


class CivicDocument(models.Model):
    _inherit = 'civic.document'

    _kpi_deadline_idx = models.Index("(company_id, deadline) WHERE direction = 'incoming' AND deadline IS NOT NULL")
    _kpi_issue_idx = models.Index("(company_id, issue_due_at) WHERE issue_due_at IS NOT NULL")

    _kpi_destroyed_idx = models.Index("(company_id, destroyed_at) WHERE destroyed_at IS NOT NULL")

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
                own = 'incoming' if document.direction == 'incoming' else 'outgoing'
                rows |= {(source, company_id, document.date_sort) for source in (own, 'filing', 'matured')}
            if 'issue_due_at' in vals and document.issue_due_at:
                day = fields.Datetime.context_timestamp(document.with_context(tz=DEFAULT_TZ), document.issue_due_at).date()
                rows.add(('issue', company_id, day))
        self.env['civic.kpi.dirty']._note(rows)
