from odoo import fields, models
from odoo.fields import Domain

from odoo.addons.civic_base.const import DEFAULT_TZ

from ..const import ACTIVE_ASSIGNMENT_STATES


class CivicRegisterEntry(models.Model):
    """The columns of the register of incoming documents that handing over fills (Annex IV, form VI)."""

    _inherit = 'civic.register.entry'

    def _prepare_book_values(self):
        values = super()._prepare_book_values()
        documents = self._get_readable_documents().filtered(lambda document: document.direction == 'incoming')
        tasks = documents._get_tasks_by_document()
        for entry in self:
            # sudo: the id alone, to look up what was read as the user
            assignments = tasks.get(entry.sudo().document_id.id)
            if assignments:
                values[entry.id].update(assignments._prepare_book_columns())
        return values


class CivicDocument(models.Model):
    _inherit = 'civic.document'

    def _get_tasks_by_document(self):
        """Return {id: assignments that count} of documents that the user may read, the lead first.

        As superuser: who has a document, since when and until when, stands in its books for whoever reads it there.
        """
        # sudo: see above
        assignments = self.env['civic.assignment'].sudo().search(
            Domain('document_id', 'in', self.ids) & Domain('state', 'in', ACTIVE_ASSIGNMENT_STATES), order='id')
        rank = {'lead': 0, 'coordinate': 1, 'inform': 2}
        return assignments.sorted(lambda assignment: (rank[assignment.kind], assignment.id)).grouped(
            lambda assignment: assignment.document_id.id)

    def _get_local_date(self, moment):
        """Return the day of a moment on the clock of the agency."""
        if not moment:
            return None
        return fields.Datetime.context_timestamp(self.with_context(tz=DEFAULT_TZ), moment).date()


class CivicAssignment(models.Model):
    _inherit = 'civic.assignment'

    def _prepare_book_columns(self):
        """Return receiver, day of handing over and receipt of the assignments of one document."""
        to_handle = self.filtered(lambda assignment: assignment.kind != 'inform') or self
        first = self[0]
        return {
            'recipient': '; '.join(dict.fromkeys(to_handle.mapped(lambda assignment: assignment._get_holder_name()))),
            'forwarded_date': first.document_id._get_local_date(min(self.mapped('assigned_at'))),
            'receipt': first._get_receipt(),
        }

    def _get_receipt(self):
        """Who took it over in the system, and when: what stands for the signature on paper."""
        self.ensure_one()
        if not self.read_at:
            return ''
        day = self.document_id._get_local_date(self.read_at)
        return f"{self.read_by_id.name}\n{day:%d/%m/%Y}"
