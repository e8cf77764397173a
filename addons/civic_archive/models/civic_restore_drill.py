import random
import tempfile
import time

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..tools.store import StoreFailed


class CivicRestoreDrill(models.Model):
    """A restore: tried on purpose (drill) or needed (incident); the record is what the minutes are printed from."""

    _name = 'civic.restore.drill'
    _description = "Restore Drill or Incident"
    _inherit = ['civic.journal.mixin', 'civic.secrecy.mixin']
    _order = 'id desc'
    _civic_secrecy_texts = ('cause', 'remedy')
    _civic_secrecy_model = None

    name = fields.Char(compute='_compute_name')
    company_id = fields.Many2one(
        'res.company', "Archive", required=True, index=True, ondelete='restrict', default=lambda self: self.env.company)
    kind = fields.Selection([('drill', "Drill"), ('incident', "Incident")], required=True, default='drill')
    user_id = fields.Many2one('res.users', "Done by", readonly=True, required=True, default=lambda self: self.env.user)
    sample_size = fields.Integer("Packages to Restore", required=True, default=5)
    with_database = fields.Boolean(
        "The Database Too", help="Restore the database of the newest full set into a scratch database, which is dropped again.")
    cause = fields.Text(help="What happened, and when it was noticed.")
    remedy = fields.Text("What Was Done")
    state = fields.Selection(
        [('draft', "To do"), ('running', "Restoring the database"), ('passed', "Passed"), ('failed', "Failed")],
        readonly=True, default='draft')
    started_at = fields.Datetime("Started", readonly=True)
    finished_at = fields.Datetime("Finished", readonly=True)
    line_ids = fields.One2many('civic.restore.line', 'drill_id', "Packages", readonly=True)

    @api.depends('kind', 'started_at', 'create_date')
    @api.depends_context('lang', 'tz')
    def _compute_name(self):
        labels = dict(self._fields['kind']._description_selection(self.env))
        for drill in self:
            moment = drill.started_at or drill.create_date
            day = fields.Datetime.context_timestamp(drill, moment) if moment else None
            drill.name = f"{labels.get(drill.kind, '')} {day:%d/%m/%Y}" if day else labels.get(drill.kind)

    def write(self, vals):
        if not self.env.su:
            if {'state', 'started_at', 'finished_at', 'line_ids'} & set(vals):
                raise AccessError(self.env._("The result of a restore is found by trying it."))
            if any(drill.state != 'draft' for drill in self) and set(vals) - {'cause', 'remedy'}:
                raise UserError(self.env._("What was done stays as it was; cause and remedy can still be written."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_done(self):
        if any(drill.state != 'draft' for drill in self):
            raise UserError(self.env._("The record of a restore is kept."))

    def action_run(self):
        """Restore a random sample from every medium and from the newest backup set, and compare the digests."""
        self.ensure_one()
        self.check_access('write')
        if self.state != 'draft':
            raise UserError(self.env._("This restore was done. Make another one."))
        if not 0 < self.sample_size <= 1000:
            raise UserError(self.env._("Between 1 and 1000 packages are restored."))
        ids = self.env['civic.aip'].sudo().search([('company_id', '=', self.company_id.id), ('stored_at', '!=', False)]).ids
        if not ids:
            raise UserError(self.env._("The archive keeps no package yet."))
        chosen = random.Random(self.id).sample(ids, min(len(ids), self.sample_size))
        backup = self._get_dumped() if self.with_database else None
        if self.with_database and not backup:
            raise UserError(self.env._("No full set has a database yet."))
        started = fields.Datetime.now()
        lines = [line for aip in self.env['civic.aip'].sudo().browse(sorted(chosen)) for line in self._restore(aip)]
        # sudo: results are closed to writing
        self.env['civic.restore.line'].sudo().create([{'drill_id': self.id, **line} for line in lines])
        self.sudo().write({'started_at': started})
        if backup:
            self.sudo().write({'state': 'running'})
            self.with_delay(
                description=f"Restore: {backup.name}", identity_key=f'civic.restore.drill:{self.id}')._job_restore_database(backup)
        else:
            self._conclude()

    @api.model
    def _get_dumped_domain(self, company):
        return [('company_id', '=', company.id), ('state', '=', 'done'), ('dump_sha256', '!=', False)]

    def _get_dumped(self):
        """Return the newest full set that has the database."""
        return self.env['civic.backup.set'].sudo().search(self._get_dumped_domain(self.company_id), limit=1)

    def _job_restore_database(self, backup):
        """Restore the database of the set into a scratch one and count; then the drill is done."""
        self.ensure_one()
        if self.state != 'running':
            return
        began, backup = time.monotonic(), backup.sudo()
        try:
            problem = backup._restore_dump()
            outcome = 'damaged' if problem else 'good'
        except (StoreFailed, OSError) as error:
            outcome, problem = 'unreachable', backup.store_id._get_problem(error)
        # sudo: results are closed to writing
        self.env['civic.restore.line'].sudo().create({
            'drill_id': self.id, 'backup_id': backup.id, 'source': f'{backup.store_id.name}: {backup.name}', 'outcome': outcome,
            'message': problem, 'seconds': time.monotonic() - began})
        self._conclude()

    def _conclude(self):
        passed = all(line.outcome == 'good' for line in self.line_ids)
        self.sudo().write({'state': 'passed' if passed else 'failed', 'finished_at': fields.Datetime.now()})
        self.env['civic.journal.entry']._append(
            'validation', self, outcome='success' if passed else 'failure', detail={
                'packages': len(self.line_ids.aip_id), 'restores': len(self.line_ids), 'kind': self.kind,
                **({'database': self.line_ids.backup_id.name} if self.line_ids.backup_id else {})})

    def _restore(self, aip):
        """Yield the values of a line per place from which the package was read back as a whole."""
        places = [(copy.store_id, copy.key, copy.store_id.name) for copy in aip.copy_ids if copy.state != 'planned']
        backup = aip.backup_set_ids.filtered(lambda backup: backup.state == 'done').sorted('id')[-1:]
        if backup:
            key = f'{backup.company_id.id}/{backup.name}/{backup._get_file_name(aip)}'
            places.append((backup.store_id, key, f'{backup.store_id.name}: {backup.name}'))
        for store, key, label in places:
            began = time.monotonic()
            try:
                with tempfile.NamedTemporaryFile() as target:
                    found, _size = store._open().fetch(key, target.name)
                    outcome = 'good' if found == aip.sha256 else 'damaged'
                    message = False if outcome == 'good' else self._get_difference(found)
                    if outcome == 'good':
                        problem = self._try_package(target.name)
                        outcome, message = ('damaged', problem) if problem else (outcome, message)
            except StoreFailed as error:
                outcome, message = 'unreachable', store._get_problem(error)
            yield {
                'aip_id': aip.id, 'source': label, 'outcome': outcome, 'message': message,
                'seconds': time.monotonic() - began}

    def _get_difference(self, found):
        return self.env._("The digest differs: %s.", found[:16])

    def _try_package(self, path):
        """Say what is wrong with a restored package, or nothing: that it opens is what a restore is for."""
        return False

    def action_print_minutes(self):
        """Print the minutes of the restore."""
        self.ensure_one()
        self.check_access('read')
        return self.env['civic.form.restore_minutes']._get_print_action('pdf', {'record_id': self.id})


class CivicRestoreLine(models.Model):
    """One package read back from one place, or the database of a backup set."""

    _name = 'civic.restore.line'
    _description = "Package Restored"
    _order = 'drill_id desc, id'
    _rec_name = 'source'

    drill_id = fields.Many2one('civic.restore.drill', required=True, readonly=True, index=True, ondelete='cascade')
    company_id = fields.Many2one(related='drill_id.company_id', store=True, precompute=True, index=True, string="Archive")
    aip_id = fields.Many2one('civic.aip', readonly=True, ondelete='restrict')
    backup_id = fields.Many2one('civic.backup.set', "Database of the Set", readonly=True, ondelete='restrict')
    source = fields.Char("Read from", readonly=True)
    outcome = fields.Selection(
        [('good', "Good"), ('damaged', "Damaged"), ('unreachable', "Not reached")], required=True, readonly=True)
    seconds = fields.Float(readonly=True, digits=(10, 2))
    message = fields.Char(readonly=True)
