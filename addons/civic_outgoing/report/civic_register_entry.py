from odoo import fields, models
from odoo.fields import Domain

from odoo.addons.civic_base.const import DEFAULT_TZ


class CivicRegisterEntry(models.Model):
    """The columns of the register of outgoing documents that issuing fills (Annex IV, form I)."""

    _inherit = 'civic.register.entry'

    def _prepare_book_values(self):
        values = super()._prepare_book_values()
        documents = self._get_readable_documents().filtered(lambda document: document.direction == 'outgoing')
        columns = documents._prepare_outgoing_columns()
        for entry in self:
            # sudo: the id alone, to look up what was read as the user
            values[entry.id].update(columns.get(entry.sudo().document_id.id, {}))
        return values


class CivicDocument(models.Model):
    _inherit = 'civic.document'

    def _prepare_outgoing_columns(self):
        """Return {id: columns of the register}: to whom it went, who keeps the copy, how many, when, who signed for it."""
        if not self:
            return {}
        # sudo: what follows reads names of recipients of documents that the user may read
        documents = self.sudo()
        recipients = documents.env['civic.document.recipient'].search(
            Domain('document_id', 'in', self.ids)).grouped('document_id')
        dispatches = documents.env['civic.dispatch'].search(
            Domain('document_id', 'in', self.ids), order='id').grouped('document_id')
        columns = {}
        for document in documents:
            lines = recipients.get(document, documents.env['civic.document.recipient'])
            sent = dispatches.get(document, documents.env['civic.dispatch'])
            if not lines and not sent:
                continue
            columns[document.id] = {
                'recipient': '; '.join(lines.filtered(lambda line: line.kind != 'archive').mapped('label')),
                'copy_holder': '; '.join(
                    lines.filtered(lambda line: line.kind == 'archive').mapped('label')) or document.unit_id.name or '',
                'copies': sum(lines.mapped('copies')) or '',
                'forwarded_date': document._get_local_day(document.issued_at),
                'receipt': '; '.join(
                    f"{line.label} {document._get_local_day(line.received_at):%d/%m/%Y}"
                    for line in sent if line.received_at and line.channel in ('inside', 'post')),
            }
            note = document._get_book_note()
            if note:
                columns[document.id]['note'] = note
        return columns

    def _get_local_day(self, moment):
        """Return the day of a moment on the clock of the agency."""
        return moment and fields.Datetime.context_timestamp(self.with_context(tz=DEFAULT_TZ), moment).date() or None

    def _get_book_note(self):
        """What the remarks of the register say: recalled, replaced, or the note of the document."""
        self.ensure_one()
        if self.state == 'recalled':
            return self.env._("Recalled: %s", self.recall_reason)
        return '; '.join(filter(None, (self.effect_summary, self.description)))
