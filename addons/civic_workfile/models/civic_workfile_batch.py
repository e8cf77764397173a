from odoo import api, fields, models
from odoo.exceptions import UserError

from ..const import BATCH_STATES, RESULT_STATES

STEP = 50                       # files closed in one transaction


class CivicWorkfileBatch(models.Model):
    """Many files closed in the background: one result per file, progress, and a way to stop.

    Each job closes some files and puts the next one in line, so that what is done stays done, whatever happens then.
    """

    _name = 'civic.workfile.batch'
    _description = "Closing of Many Files"
    _order = 'id desc'

    company_id = fields.Many2one('res.company', "Agency", required=True, readonly=True)
    user_id = fields.Many2one('res.users', "Started By", required=True, readonly=True, ondelete='restrict')
    state = fields.Selection(BATCH_STATES, required=True, default='waiting', readonly=True)
    line_ids = fields.One2many('civic.workfile.batch.line', 'batch_id', "Files", readonly=True)
    total = fields.Integer("Number of Files", readonly=True)
    done_count = fields.Integer("Closed", readonly=True)
    failed_count = fields.Integer("Not Closed", readonly=True)
    progress = fields.Float(compute='_compute_progress')

    @api.depends('create_date', 'total')
    def _compute_display_name(self):
        for batch in self:
            batch.display_name = self.env._("Closing of %s files", batch.total)

    @api.depends('total', 'done_count', 'failed_count')
    def _compute_progress(self):
        for batch in self:
            batch.progress = 100 * (batch.done_count + batch.failed_count) / batch.total if batch.total else 0

    def action_cancel(self):
        """Stop after the files that are being closed at this moment; those that were closed stay closed."""
        self.check_access('read')
        running = self.filtered(lambda batch: batch.state in ('waiting', 'running'))
        # sudo: nobody writes these by hand; one's own are readable
        running_sudo = running.sudo()
        running_sudo.write({'state': 'cancelled'})
        # a step that ends at this moment writes the same rows: one of the two is tried again, and counts only once
        running_sudo.line_ids.filtered(lambda line: line.state == 'waiting').state = 'stopped'
        return True

    def action_open_failed(self):
        """Open the files that were not closed, or not reached."""
        self.ensure_one()
        action = self.env['ir.actions.act_window']._for_xml_id('civic_workfile.civic_workfile_action')
        left = self.line_ids.filtered(lambda line: line.state in ('failed', 'stopped')).workfile_id
        return {**action, 'domain': [('id', 'in', left.ids)]}

    def _schedule(self):
        self.ensure_one()
        self.with_delay(
            identity_key=f'civic_workfile_batch_{self.id}_{self.done_count + self.failed_count}',
            description=self.env._("Close %s files", self.total))._job_close()

    def _job_close(self):
        """Close the next files, each in a savepoint of its own, as the person who asked for it."""
        batch = self.exists()
        if not batch or batch.state not in ('waiting', 'running'):
            return
        waiting = self.env['civic.workfile.batch.line'].search(
            [('batch_id', '=', batch.id), ('state', '=', 'waiting')], order='id', limit=STEP)
        user = batch.user_id
        results = waiting.workfile_id.with_user(user).with_context(
            lang=user.lang, tz=user.tz, allowed_company_ids=batch.company_id.ids)._close_each()
        for line in waiting:
            message = results.get(line.workfile_id.id)
            line.write({'state': 'failed' if message else 'done', 'message': message or False})
        failed = len(waiting.filtered(lambda line: line.state == 'failed'))
        left = self.env['civic.workfile.batch.line'].search_count(
            [('batch_id', '=', batch.id), ('state', '=', 'waiting')], limit=1)
        batch.write({
            'done_count': batch.done_count + len(waiting) - failed, 'failed_count': batch.failed_count + failed,
            'state': 'running' if left else 'done'})
        if left:
            batch._schedule()


class CivicWorkfileBatchLine(models.Model):
    _name = 'civic.workfile.batch.line'
    _description = "One File to Be Closed"
    _order = 'batch_id, id'
    _rec_name = 'workfile_id'

    batch_id = fields.Many2one('civic.workfile.batch', required=True, index=True, ondelete='cascade', readonly=True)
    company_id = fields.Many2one(related='batch_id.company_id', store=True, precompute=True)
    workfile_id = fields.Many2one(
        'civic.workfile', "File", required=True, index=True, ondelete='cascade', readonly=True)
    state = fields.Selection(RESULT_STATES, required=True, default='waiting', readonly=True)
    message = fields.Text("Why Not", readonly=True)


class CivicWorkfile(models.Model):
    _inherit = 'civic.workfile'

    def _start_batch(self):
        """Put the closing of the files in line and open its progress."""
        self.check_access('write')
        if len(self.company_id) > 1:
            raise UserError(self.env._("Close the files of one agency at a time."))
        # sudo: nobody writes these by hand
        batch = self.env['civic.workfile.batch'].sudo().create({
            'company_id': self.company_id.id, 'user_id': self.env.uid, 'total': len(self),
            'line_ids': [fields.Command.create({'workfile_id': workfile.id}) for workfile in self]})
        batch._schedule()
        return {
            'type': 'ir.actions.act_window', 'res_model': batch._name, 'res_id': batch.id, 'views': [(False, 'form')],
            'name': self.env._("Closing of files")}

    def _close_each(self):
        """Close the files one independent of the other; return {id: why not} of those that stay open.

        All are examined and closed together; only what has a defect, or meets somebody else, is left out.
        """
        failed = {}
        good = self._filter_movable('closed', failed)
        for workfile, defects in good._refresh_quality().items():
            blocking = [defect for defect in defects if defect.blocks]
            if blocking:
                failed[workfile.id] = self._format_defects(blocking)
        good -= self.browse(failed)
        locked = good.try_lock_for_update(allow_referencing=True)
        for workfile in good - locked:
            failed[workfile.id] = self.env._("Someone else is changing this file at this moment. Try again in a moment.")
        if locked:
            locked._close_examined()
        return failed

    def _filter_movable(self, state, failed):
        """Return the files that may become ``state``; why the others may not is noted in ``failed`` {id: message}."""
        try:
            self._check_move(state)
        except UserError as error:
            if len(self) == 1:
                failed[self.id] = str(error)
                return self.browse()
            # a refusal names one file only: each half tells for itself
            middle = len(self) // 2
            return self[:middle]._filter_movable(state, failed) | self[middle:]._filter_movable(state, failed)
        return self
