from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_datetime

BATCH = 200


class CivicFixityRun(models.Model):
    """A check of the packages on their media, as the six steps of Circular 02/2019 (1.8) and its minutes want it."""

    _name = 'civic.fixity.run'
    _description = "Check of Stored Packages"
    _inherit = ['civic.journal.mixin']
    _order = 'id desc'
    _rec_name = 'started_at'

    company_id = fields.Many2one('res.company', "Archive", required=True, readonly=True, index=True, ondelete='restrict')
    user_id = fields.Many2one('res.users', "Checked by", required=True, readonly=True, ondelete='restrict')
    started_at = fields.Datetime("Started", required=True, readonly=True, default=fields.Datetime.now)
    finished_at = fields.Datetime("Finished", readonly=True)
    is_scheduled = fields.Boolean("By Schedule", readonly=True)
    check_ids = fields.One2many('civic.fixity.check', 'run_id', "Results", readonly=True)
    checked_count = fields.Integer("Copies Checked", readonly=True)
    bad_count = fields.Integer("Faulty", readonly=True)
    size = fields.Float("Bytes Read", readonly=True, digits=(20, 0))

    @api.depends('started_at')
    @api.depends_context('lang', 'tz')
    def _compute_display_name(self):
        for run in self:
            run.display_name = format_datetime(self.env, run.started_at, dt_format='HH:mm dd/MM/yyyy')

    def write(self, vals):
        if not self.env.su:
            raise AccessError(self.env._("The results of a check do not change."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_always(self):
        raise UserError(self.env._("The results of a check are kept."))

    def action_open_faults(self):
        """Open the copies that this check found faulty."""
        self.ensure_one()
        self.check_access('read')
        return {
            'type': 'ir.actions.act_window', 'name': self.env._("Faulty Copies"), 'res_model': 'civic.fixity.check',
            'view_mode': 'list', 'views': [(False, 'list')], 'domain': [('run_id', '=', self.id), ('outcome', '!=', 'good')]}

    def action_print_minutes(self):
        """Print the minutes of the check."""
        self.ensure_one()
        self.check_access('read')
        return self.env['civic.form.fixity_minutes']._get_print_action('pdf', {'record_id': self.id})

    def _get_open_action(self):
        return {'type': 'ir.actions.act_window', 'res_model': self._name, 'res_id': self.id, 'views': [(False, 'form')]}

    # === BUSINESS === #

    @api.model
    def _begin(self, company, is_scheduled=False):
        # sudo: runs are closed to creation; the callers check who may
        return self.sudo().create({
            'company_id': company.id, 'user_id': self.env.uid, 'is_scheduled': is_scheduled}).sudo(self.env.su)

    def _check(self, copies):
        """Read the copies and write down what each says; tell the archivists of those that are faulty."""
        self.ensure_one()
        now = fields.Datetime.now()
        faulty, read, lines, groups = copies.browse(), 0, [], defaultdict(copies.browse)
        away = copies.store_id.browse()
        for copy in copies.filtered(lambda copy: copy.state != 'planned'):
            outcome, found, message = copy._check_copy()
            lines.append({
                'run_id': self.id, 'copy_id': copy.id, 'store_id': copy.store_id.id, 'outcome': outcome, 'found_sha256': found,
                'message': message})
            if outcome == 'unreachable':
                faulty |= copy                  # nobody knows how it is: its state stays
                away |= copy.store_id
                continue
            read += copy.aip_id.size
            groups[outcome, message] |= copy
            if outcome != 'good':
                faulty |= copy
        away.sudo()._look()                     # sudo: who checks is told that a medium is away
        for (outcome, message), some in groups.items():
            # sudo: copies are closed to writing
            some.sudo().write({'checked_at': now, 'state': outcome, 'message': message})
        self.env['civic.fixity.check'].sudo().create(lines)
        self.env['civic.journal.entry']._append('fixity_check', copies.aip_id - faulty.aip_id, detail={'run': self.id})
        self.env['civic.journal.entry']._append(
            'fixity_check', faulty.aip_id, outcome='failure', details={
                copy.aip_id.id: {'medium': copy.store_id.sudo().name, 'path': copy.key, 'state': copy.state} for copy in faulty},
            detail={'run': self.id})
        (copies.aip_id - faulty.aip_id)._let_events_wait('archive.premis_check_months')
        faulty.aip_id._let_events_wait('archive.premis_months')
        self.sudo().write({
            'checked_count': self.checked_count + len(lines), 'bad_count': self.bad_count + len(faulty),
            'size': self.size + read, 'finished_at': fields.Datetime.now()})
        copies.aip_id._refresh_state()
        if faulty:
            keepers = self.env['res.users'].sudo().search([
                ('all_group_ids', 'in', self.env.ref('civic_base.group_archivist').id), ('company_ids', 'in', self.company_id.id)])
            self.env['civic.notification']._notify('archive_fixity', keepers, faulty.aip_id.sudo(False))

    @api.model
    def _cron_check(self):
        """Check what was checked longest ago, so that everything is read well within the time that the rule gives."""
        copies = self.env['civic.aip.copy'].sudo()
        commit = self.env['ir.cron']._commit_progress
        for company, count in copies._read_group([('state', '!=', 'planned')], ['company_id'], ['__count']):
            months = self.env['civic.rule.value'].with_company(company)._get('archive.check_months', company=company)
            # twice as fast as the rule wants: a stopped server must not make anything overdue
            daily = max(1, -(-count * 2 // max(1, months * 30)))
            run = self._begin(company, is_scheduled=True)
            while daily > 0:
                batch = copies.search(
                    [('company_id', '=', company.id), ('state', '!=', 'planned'),
                     '|', ('checked_at', '=', False), ('checked_at', '<', run.started_at)],
                    order='checked_at NULLS FIRST, id', limit=min(daily, BATCH))
                if not batch:
                    break
                run._check(batch)
                daily -= len(batch)
                if not commit(len(batch)):
                    return


class CivicFixityCheck(models.Model):
    """What one copy said in one check: number, medium, path (Circular 02/2019, step 5)."""

    _name = 'civic.fixity.check'
    _description = "Result for a Copy"
    _order = 'run_id desc, id'
    _rec_name = 'copy_id'

    run_id = fields.Many2one('civic.fixity.run', required=True, readonly=True, index=True, ondelete='cascade')
    company_id = fields.Many2one(related='run_id.company_id', store=True, precompute=True, index=True, string="Archive")
    copy_id = fields.Many2one('civic.aip.copy', required=True, readonly=True, index=True, ondelete='restrict')
    store_id = fields.Many2one('civic.archive.store', "Medium", required=True, readonly=True, ondelete='restrict')
    key = fields.Char("Path", related='copy_id.key')
    outcome = fields.Selection([
        ('good', "Good"), ('damaged', "Damaged"), ('missing', "Missing"), ('unreachable', "Medium not reached")],
        required=True, readonly=True)
    found_sha256 = fields.Char("SHA-256 Found", readonly=True)
    message = fields.Char(readonly=True)
    copy_state = fields.Selection(related='copy_id.state', string="State Now")

    def action_repair(self):
        """Write the copy anew from a good one."""
        self.copy_id.action_repair()
