import contextlib
import logging
import os

from psycopg2.errors import LockNotAvailable

from odoo import api, fields, models, modules
from odoo.exceptions import LockError, UserError
from odoo.tools import SQL

from ..const import ERASE_STATES
from .civic_hold_guard import FILE_MODELS

_logger = logging.getLogger(__name__)

# Only code that holds this object takes the files out of a registered document; a context over RPC cannot carry it.
_DESTROY = object()
BLOCK = 1024 * 1024


class CivicDestroyedContent(models.Model):
    """What was removed: name, digest and size of each file, and whether its bytes are gone. The proof that stays."""

    _name = 'civic.destroyed.content'
    _description = "Destroyed File"
    _order = 'id'

    line_id = fields.Many2one('civic.disposition.line', "Line", required=True, readonly=True, index=True, ondelete='restrict')
    disposition_id = fields.Many2one(related='line_id.disposition_id', store=True, index=True, precompute=True)
    company_id = fields.Many2one(related='line_id.company_id', store=True, precompute=True)
    document_id = fields.Many2one(
        'civic.document', "Document", readonly=True, index='btree_not_null', ondelete='restrict')
    name = fields.Char(readonly=True)
    role = fields.Char(readonly=True)
    sha256 = fields.Char("SHA-256", readonly=True)
    size = fields.Integer("Size (bytes)", readonly=True, aggregator='sum')
    store_fname = fields.Char(readonly=True, groups=fields.NO_ACCESS)
    state = fields.Selection(ERASE_STATES, required=True, readonly=True, default='pending')
    erased_at = fields.Datetime(readonly=True)

    _pending_idx = models.Index("(line_id) WHERE state = 'pending'")

    @api.ondelete(at_uninstall=False)
    def _unlink_except_never(self):
        raise UserError(self.env._("What was destroyed stays on record."))


class CivicContent(models.Model):
    _inherit = 'civic.content'

    def _is_frozen(self):
        if self.env.context.get('civic_destroy_token') is _DESTROY:
            return False
        return super()._is_frozen()


class CivicDisposition(models.Model):
    _inherit = 'civic.disposition'

    destroyed_content_ids = fields.One2many('civic.destroyed.content', 'disposition_id', "Destroyed Files", readonly=True)

    # === ACTIONS === #

    def action_destroy(self):
        """Begin the destruction: in the background, file by file; what was begun goes on after an interruption."""
        for disposition in self:
            disposition._check_move('destroying')
            disposition._get_decision()
            if not disposition.destroyer_name or not disposition.destruction_place:
                raise UserError(self.env._("Say who destroys the records, and where, as the minutes of the hand-over do."))
            approved = disposition.line_ids.filtered(lambda line: line.state == 'approved')
            if not approved:
                raise UserError(self.env._("The council approved nothing for destruction."))
            approved._check_qualified()
            disposition._move_to('destroying')
            disposition._enqueue_destruction()
        return True

    def action_continue(self):
        """Go on with a destruction that was interrupted."""
        for disposition in self:
            disposition._check_lister(states=('destroying',))
            disposition._enqueue_destruction()
        return True

    def action_open_destroyed(self):
        """Show exactly what is gone."""
        self.ensure_one()
        self.check_access('read')
        return {
            'type': 'ir.actions.act_window',
            'name': self.env._("Destroyed Files"),
            'res_model': 'civic.destroyed.content',
            'view_mode': 'list,kanban',
            'domain': [('disposition_id', '=', self.id)],
        }

    # === BUSINESS === #

    def _enqueue_destruction(self):
        self.with_delay(
            description=self.env._("Destroy the records of %s", self.name),
            identity_key=f'civic_destruction_{self.id}')._job_destroy()

    def _job_destroy(self):
        """Background job: remove the files one by one, each in steps that are committed.

        What is committed is the truth: a line that is *being erased* has lost its rows, its bytes are listed, and the
        next run erases them first. A line that was not reached is untouched.
        """
        self.ensure_one()
        if self.state != 'destroying':
            return
        # sudo: the role was checked when the destruction began
        lines_sudo = self.sudo().line_ids
        for line_sudo in lines_sudo.filtered(lambda line: line.state == 'erasing'):
            line_sudo._erase_bytes()
        for line_sudo in lines_sudo.filtered(lambda line: line.state == 'approved'):
            if line_sudo._remove_records():
                self._commit_step()
                line_sudo._erase_bytes()
            self._commit_step()
        self._finish_destruction()

    @api.model
    def _commit_step(self):
        """Keep what was done, whatever happens next. Jobs and the cron alone come here; tests have one transaction."""
        self.env.flush_all()
        if not modules.module.current_test:
            self.env.cr.commit()            # pylint: disable=invalid-commit

    def _finish_destruction(self):
        """Close the case when nothing is left to erase."""
        self.ensure_one()
        if self.sudo().line_ids.filtered(lambda line: line.state in ('approved', 'erasing')):
            return
        today = fields.Date.context_today(self)
        years = self._get_rule('retention.destruction_file_years', today)
        # sudo: the end of an act that was allowed
        self.sudo()._move_to(
            'done', destroyed_on=today, keep_until=f'{today.year + years}-12-31',
            minutes_date=self.minutes_date or today, is_overdue=self._is_late(self.minutes_date or today))
        self.env['civic.journal.entry']._append('deletion', self, detail={
            'act': 'destruction', 'number': self.decision_number, 'files': self.gone_count,
            'contents': len(self.sudo().destroyed_content_ids), 'late': self.is_overdue})

    def _is_late(self, day):
        """Whether minutes of this day are later than the law allows."""
        return bool(self.destruction_due and day and day > self.destruction_due)

    def write(self, vals):
        result = super().write(vals)
        if 'minutes_date' in vals:
            for disposition in self.filtered(lambda disposition: disposition.state == 'done'):
                late = disposition._is_late(disposition.minutes_date)
                if late != disposition.is_overdue:
                    disposition._write_by_system({'is_overdue': late})
        return result

    @api.model
    def _cron_continue_destruction(self):
        """Go on with what a stop of the server interrupted."""
        dispositions = self.search([('state', '=', 'destroying')])
        self.env['ir.cron']._commit_progress(remaining=len(dispositions))
        for disposition in dispositions:
            disposition._job_destroy()
            if not self.env['ir.cron']._commit_progress(1):
                break


class CivicDispositionLine(models.Model):
    _inherit = 'civic.disposition.line'

    problem = fields.Char("Why Not", readonly=True, copy=False)
    destroyed_content_ids = fields.One2many('civic.destroyed.content', 'line_id', "Destroyed Files", readonly=True)

    def _remove_records(self):
        """Take the content out of the database and note what it was; return whether it was done.

        The stub stays: number, dates, subject, register, and the number of the decision. A document that also lies in
        a file that lives is kept whole.
        """
        self.ensure_one()
        file = self.workfile_id
        try:
            with self.env.cr.savepoint():
                file.lock_for_update(allow_referencing=True)
                self._check_qualified()
                documents = self._get_documents_to_destroy()
                count = self._remove_contents(documents)
                self._remove_attachments('civic.workfile.entry', file.entry_ids.ids)
                self._remove_attachments('civic.workfile', file.ids)
                number = self.disposition_id.decision_number
                file._move_to('destroyed', destroyed_on=fields.Date.context_today(self), destruction_number=number)
                self.write({'state': 'erasing', 'problem': False})
                journal = self.env['civic.journal.entry']
                journal._append('deletion', documents, detail={'decision': number, 'file': file.id})
                journal._append('deletion', file, detail={
                    'decision': number, 'documents': len(documents), 'contents': count,
                    'kept': (file.entry_ids.document_id - documents).ids})
                self.env.flush_all()
        except (UserError, LockError) as error:
            self.write({'problem': str(error)[:500]})
            return False
        return True

    def _get_documents_to_destroy(self):
        """The documents of the file that lie in no other file which lives: of several files the longest wins."""
        rows = self.env.execute_query(SQL(
            """
            SELECT entry.document_id FROM civic_workfile_entry entry
             WHERE entry.workfile_id = %s AND entry.document_id IS NOT NULL
               AND NOT EXISTS (
                   SELECT FROM civic_workfile_entry other JOIN civic_workfile file ON file.id = other.workfile_id
                    WHERE other.document_id = entry.document_id AND other.workfile_id <> entry.workfile_id
                      AND file.state <> 'destroyed')
            """, self.workfile_id.id))
        return self.env['civic.document'].browse(id_ for [id_] in rows).filtered(lambda document: document.state != 'destroyed')

    def _remove_contents(self, documents):
        """Remove files, versions, renditions, recognised pages and searchable words of the documents."""
        contents = documents.content_ids
        self.env['civic.destroyed.content'].create([
            {
                'line_id': self.id, 'document_id': content.document_id.id, 'name': content.name, 'role': content.role,
                'sha256': content.sha256, 'size': content.size, 'store_fname': content.attachment_id.store_fname,
            } for content in contents])
        count = len(contents)
        contents.with_context(civic_destroy_token=_DESTROY).unlink()
        self._remove_attachments('civic.document', documents.ids)
        documents._become_stub(self)
        return count

    def _remove_attachments(self, model, ids):
        """Remove files that people hung onto a record of the file."""
        if model not in FILE_MODELS or not ids:
            return
        attachments = self.env['ir.attachment'].search(
            [('res_model', '=', model), ('res_id', 'in', ids), ('res_field', 'in', [False, *self._get_binary_fields(model)])])
        self.env['civic.destroyed.content'].create([
            {
                'line_id': self.id, 'document_id': attachment.res_id if model == 'civic.document' else False,
                'name': attachment.name, 'role': 'attachment', 'size': attachment.file_size,
                'store_fname': attachment.store_fname,
            } for attachment in attachments])
        attachments.unlink()

    def _get_binary_fields(self, model):
        return [name for name, field in self.env[model]._fields.items() if field.type in ('binary', 'image')]

    def _erase_bytes(self):
        """Overwrite and unlink the bytes on the disk that nothing else uses, and note it.

        Odoo's own garbage collection would unlink them some day, and never overwrites. Like that one, this takes a
        lock first: nobody may begin to use the same bytes while they go.
        """
        self.ensure_one()
        attachments = self.env['ir.attachment']
        traces = self.env['civic.destroyed.content'].search([('line_id', '=', self.id), ('state', '=', 'pending')])
        if not modules.module.current_test:
            self.env.flush_all()
            self.env.cr.commit()            # pylint: disable=invalid-commit  # the lock begins a transaction
        self.env.cr.execute("SET LOCAL lock_timeout TO '30s'")
        try:
            with self.env.cr.savepoint():
                self.env.cr.execute("LOCK ir_attachment IN SHARE MODE")
        except LockNotAvailable:
            _logger.info("Attachments are busy: the bytes of line %s are erased by the next run.", self.id)
            return
        names = [name for name in traces.mapped('store_fname') if name]
        used = {name for [name] in self.env.execute_query(SQL(
            "SELECT DISTINCT store_fname FROM ir_attachment WHERE store_fname = ANY(%s)", names))}
        now = fields.Datetime.now()
        for trace in traces:
            if trace.store_fname in used:
                trace.write({'state': 'shared'})
                continue
            if trace.store_fname:
                erase(attachments._full_path(trace.store_fname))
            trace.write({'state': 'erased', 'erased_at': now})
        self.write({'state': 'destroyed', 'destroyed_at': now})
        self.disposition_id._commit_step()


class CivicDocument(models.Model):
    _inherit = 'civic.document'

    @api.model
    def _get_transitions(self):
        transitions = super()._get_transitions()
        for state in self._fields['state'].get_values(self.env):
            if state != 'destroyed':
                transitions[state] = {**transitions.get(state, {}), 'destroyed': ('civic_base.group_archivist',)}
        return transitions

    @api.model
    def _get_content_fields(self):
        """Fields that hold content and not metadata: they are emptied."""
        return [name for name in ('bases', 'body', 'description', 'reading_message') if name in self._fields]

    def _become_stub(self, line):
        """Empty what is content; what the law wants kept of a destroyed record stays."""
        self._move_to(
            'destroyed', destroyed_at=fields.Datetime.now(), destruction_number=line.disposition_id.decision_number,
            destruction_line_id=line.id, **dict.fromkeys(self._get_content_fields(), False))
        self.env.flush_all()
        # the words of the text leave the index; those of the metadata stay, so that the stub is found
        self.env.cr.execute(SQL("DELETE FROM civic_document_text WHERE document_id = ANY(%s)", list(self.ids)))
        self.env['civic.document.text']._update_head(self)


def erase(path):
    """Overwrite a file, see that it is on the disk, and unlink it. A file that is gone already is gone."""
    with contextlib.suppress(FileNotFoundError):
        size = os.path.getsize(path)
        os.chmod(path, 0o600)
        with open(path, 'r+b', buffering=0) as stream:
            while size > 0:
                stream.write(b'\0' * min(BLOCK, size))
                size -= BLOCK
            os.fsync(stream.fileno())
        os.unlink(path)
