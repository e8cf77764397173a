import os
import shutil
import tempfile
from datetime import timezone
from pathlib import Path

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_date

from odoo.addons.civic_document.tools.content import inspect
from odoo.addons.civic_document.tools.limited import ProgramFailed
from odoo.addons.civic_package.tools import pdfa
from odoo.addons.civic_package.tools.findings import PackageError
from odoo.addons.civic_package.tools.migrate import Migrated, add_migrated
from odoo.addons.civic_package.tools.sources import open_source
from odoo.addons.civic_signature.tools.checking import validate as check_signatures

from ..tools import migration
from ..tools.store import digest_of

WAITING = ('judged', 'ready')       # states of a package whose converted files are kept for a decision, and for the new version


class CivicMigration(models.Model):
    """A plan to migrate packages whose files are in formats that do not last: converted and judged by jobs, decided by people.

    A package is a job; what a kill leaves undone is asked for again. Nothing of a package changes: what was accepted becomes
    its next version, with the original and the new file in it.
    """

    _name = 'civic.migration'
    _description = "Migration of Formats"
    _inherit = ['civic.journal.mixin']
    _order = 'id desc'

    name = fields.Char(required=True)
    company_id = fields.Many2one(
        'res.company', "Archive", required=True, readonly=True, index=True, ondelete='restrict', default=lambda self: self.env.company)
    user_id = fields.Many2one(
        'res.users', "Planned by", required=True, readonly=True, ondelete='restrict', default=lambda self: self.env.user)
    fonds_id = fields.Many2one('civic.fonds', index='btree_not_null', ondelete='restrict', help="Empty: the packages that were chosen.")
    with_accepted = fields.Boolean(
        "Accepted Formats, Too", help="Also formats that are accepted but not preferred, if the policy names a target.")
    state = fields.Selection([
        ('draft', "Planned"), ('running', "Being converted"), ('deciding', "To be decided"), ('applying', "Versions being made"),
        ('done', "Done")], required=True, readonly=True, default='draft')
    package_ids = fields.One2many('civic.migration.package', 'migration_id', "Packages", readonly=True)
    line_ids = fields.One2many('civic.migration.line', 'migration_id', "Files", readonly=True)
    package_count = fields.Integer("Number of Packages", compute='_compute_counts')
    progress = fields.Float("Converted (%)", compute='_compute_counts')
    failed_count = fields.Integer("Failed", compute='_compute_counts')
    undecided_count = fields.Integer("Files to Decide", compute='_compute_counts')

    _list_idx = models.Index('(company_id, id DESC)')

    @api.depends('package_ids.state', 'line_ids.decision')
    def _compute_counts(self):
        counts = {}
        for plan, state, count in self.env['civic.migration.package']._read_group(
                [('migration_id', 'in', self.ids)], ['migration_id', 'state'], ['__count']):
            counts.setdefault(plan.id, {})[state] = count
        open_lines = dict((plan.id, count) for plan, count in self.env['civic.migration.line']._read_group(
            [('migration_id', 'in', self.ids), ('decision', '=', 'open')], ['migration_id'], ['__count']))
        for plan in self:
            states = counts.get(plan.id, {})
            plan.package_count = sum(states.values())
            plan.progress = 100 * (1 - states.get('waiting', 0) / plan.package_count) if plan.package_count else 0
            plan.failed_count = states.get('failed', 0)
            plan.undecided_count = open_lines.get(plan.id, 0)

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            vals_list = [{**values, 'state': 'draft', 'user_id': self.env.uid} for values in vals_list]
        return super().create(vals_list)

    def write(self, vals):
        if not self.env.su and (
                {'state', 'user_id', 'company_id'} & vals.keys() or any(plan.state != 'draft' for plan in self)):
            raise AccessError(self.env._("A migration that has begun does not change."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_begun(self):
        if any(plan.state != 'draft' for plan in self):
            raise UserError(self.env._("A migration that has begun is kept."))

    # === ACTIONS === #

    def _check_keeper(self):
        self.check_access('read')
        if not self.env.su and not self.env.user.has_group('civic_base.group_archivist'):
            raise AccessError(self.env._("Only archivists migrate packages."))
        if not self.env.su and self.company_id - self.env.companies:
            raise AccessError(self.env._("These packages are kept by another archive."))

    def action_start(self):
        """Have the packages converted and judged: those that were chosen, or all of the fonds."""
        self.ensure_one()
        self._check_keeper()
        if self.state != 'draft':
            raise UserError(self.env._("The migration has begun already."))
        if reason := pdfa.unavailable():
            raise UserError(self.env._("Nothing can be judged here, so nothing is migrated: %s", reason))
        if self.fonds_id:
            aips = self.env['civic.aip'].search([
                ('company_id', '=', self.company_id.id), ('fonds_id', '=', self.fonds_id.id), ('next_ids', '=', False),
                ('id', 'not in', self.package_ids.aip_id.ids)])
            self._add_packages(aips)
        if not self.package_ids:
            raise UserError(self.env._("Choose a fonds, or packages from their list."))
        # sudo: plans that have begun are closed to writing
        self.sudo().state = 'running'
        self.env['civic.journal.entry']._append(
            'migration', self, detail={'act': 'start', 'packages': len(self.package_ids)})
        self.action_continue()

    def action_continue(self):
        """Ask again for the jobs that are not done: a server that was stopped loses none."""
        self._check_keeper()
        for plan in self:
            packages = plan.package_ids.sudo()
            for package in packages.filtered(lambda package: package.state == 'waiting'):
                package.with_delay(
                    description=f"Migration: {package.aip_id.name}",
                    identity_key=f'civic.migration.convert:{package.id}')._job_convert()
            for package in packages.filtered(lambda package: package.state == 'ready'):
                package.with_delay(
                    description=f"New version: {package.aip_id.name}",
                    identity_key=f'civic.migration.apply:{package.id}')._job_apply()

    def action_accept_good(self):
        """Accept all files whose verdict is without reserve."""
        self._check_keeper()
        self.line_ids.filtered(lambda line: line.decision == 'open' and line.verdict == 'good').action_accept()

    def action_apply(self):
        """Have the next version made of each package of which a file was accepted."""
        self.ensure_one()
        self._check_keeper()
        if self.state != 'deciding':
            raise UserError(self.env._("Versions are made when all packages are converted and not twice."))
        if self.undecided_count:
            raise UserError(self.env._("%s files are not decided.", self.undecided_count))
        for package in self.package_ids.sudo().filtered(lambda package: package.state == 'judged'):
            accepted = package.line_ids.filtered(lambda line: line.decision == 'accepted')
            package.state = 'ready' if accepted else 'refused'
        self.sudo().state = 'applying'
        self._look()
        self.action_continue()

    def action_open_lines(self):
        """Open the files with their verdicts."""
        self.ensure_one()
        self.check_access('read')
        action = self.env['ir.actions.act_window']._for_xml_id('civic_archive.civic_migration_line_action')
        return {**action, 'display_name': self.display_name, 'domain': [('migration_id', '=', self.id)]}

    # === BUSINESS === #

    def _add_packages(self, aips):
        # sudo: rows of a plan are closed to creation; the callers check who may
        self.env['civic.migration.package'].sudo().create([
            {'migration_id': self.id, 'aip_id': aip.id} for aip in aips])

    def _look(self):
        """Go on to the next state when no package is left in this one."""
        for plan_sudo in self.sudo():
            states = set(plan_sudo.package_ids.mapped('state'))
            if plan_sudo.state == 'running' and 'waiting' not in states:
                plan_sudo.state = 'deciding' if 'judged' in states else 'done'
            elif plan_sudo.state == 'applying' and 'ready' not in states:
                plan_sudo.state = 'done'

    @api.model
    def _get_folder(self):
        """Where converted files wait for a decision."""
        folder = self.env['civic.archive.store']._get_spool() / 'migration'
        folder.mkdir(exist_ok=True)
        return folder

    @api.model
    def _sweep(self, limit):
        """Remove converted files for which no decision, and no new version, is waited any more.

        :param float limit: what was written before that time (seconds since 1970)
        """
        for path in self.env['civic.archive.store']._get_spool().glob('migration/*'):
            # sudo: what waits, waits for whomever
            if path.stat().st_mtime < limit and not self.env['civic.migration.line'].sudo().search_count([
                    ('sha256', '=', path.stem), ('package_id.state', 'in', WAITING)], limit=1):
                path.unlink(missing_ok=True)


class CivicMigrationPackage(models.Model):
    """A package of a migration: waiting, judged, made into a version, or why not."""

    _name = 'civic.migration.package'
    _description = "Package of a Migration"
    _order = 'migration_id desc, id'
    _rec_name = 'aip_id'

    migration_id = fields.Many2one('civic.migration', required=True, readonly=True, index=True, ondelete='cascade')
    company_id = fields.Many2one(related='migration_id.company_id', store=True, precompute=True, index=True, string="Archive")
    aip_id = fields.Many2one('civic.aip', "Package", required=True, readonly=True, index=True, ondelete='restrict')
    state = fields.Selection([
        ('waiting', "Waiting"), ('nothing', "Nothing to migrate"), ('judged', "Judged"), ('failed', "Failed"), ('refused', "All refused"),
        ('ready', "Accepted"), ('kept', "New version")], required=True, readonly=True, default='waiting')
    message = fields.Char(readonly=True)
    result_id = fields.Many2one('civic.aip', "New Version", readonly=True, index='btree_not_null', ondelete='restrict')
    line_ids = fields.One2many('civic.migration.line', 'package_id', "Files", readonly=True)

    _once = models.UniqueIndex('(migration_id, aip_id)', "A migration has a package once.")

    def _job_convert(self):
        """Convert and judge the files of the package. All its lines are there, or none: a kill before the end costs one package."""
        self.ensure_one()
        self.lock_for_update(allow_referencing=True)
        if self.state != 'waiting':
            return
        lines, values = [], {}
        try:
            self.aip_id._check_newest()
            with tempfile.TemporaryDirectory(dir=self.env['civic.archive.store']._get_spool(), prefix='.migration-') as folder:
                package = Path(folder, 'aip.zip')
                self.aip_id._fetch(package)
                with open_source(str(package)) as source:
                    lines = self._convert_files(source, Path(folder))
            converted = [line for line in lines if line['verdict'] != 'failed']
            if not lines:
                values = {'state': 'nothing'}
            elif not converted:
                values = {'state': 'failed', 'message': self.env._("No file could be converted.")}
            else:
                values = {'state': 'judged'}
        except (UserError, PackageError, OSError) as error:
            values = {'state': 'failed', 'message': str(error)[:500]}
        # sudo: rows of a plan are closed to writing
        self.env['civic.migration.line'].sudo().create([
            {'package_id': self.id, 'migration_id': self.migration_id.id, **line} for line in lines])
        self.sudo().write(values)
        self.migration_id._look()

    def _get_added(self):
        """Return the paths of files that an earlier migration gave a successor."""
        return set(self.env['civic.migration.line'].sudo().search([
            ('company_id', '=', self.company_id.id), ('package_id.aip_id.name', '=', self.aip_id.name),
            ('package_id.state', '=', 'kept'), ('decision', '=', 'accepted')]).mapped('path'))

    def _convert_files(self, source, folder):
        policies, added, lines = self.env['civic.format.policy'], self._get_added(), []
        statuses = {'at_risk', 'refused', *(['accepted'] if self.migration_id.with_accepted else [])}
        for path in source.files:
            if '/data/' not in path or path.endswith('.fetch.txt') or path in added:
                continue
            work = Path(tempfile.mkdtemp(dir=folder))
            copy = work / ('content' + Path(path).suffix.lower()[:10])
            with source.open(path) as stream, open(copy, 'wb') as output:
                shutil.copyfileobj(stream, output, 1 << 20)
            report = inspect(str(copy), Path(path).name, max_bytes=1 << 50, max_pages=1 << 30, text_pages=0)
            policy = policies._get_for(report.puid, self.company_id)
            is_broken = not policy and {'encrypted', 'corrupt', 'unreadable'} & set(report.problems)
            if is_broken or (policy.status in statuses and (policy.target_puid or policy.status != 'accepted')):
                lines.append({
                    'path': path, 'puid': report.puid, 'target_puid': policy.target_puid,
                    **self._convert(copy, policy.target_puid, report)})
            shutil.rmtree(work)
        return lines

    def _convert(self, copy, target, report):
        """Return verdict, reason and digest of one file's conversion. Nothing is raised for a bad file."""
        failed = {'verdict': 'failed', 'decision': 'none'}
        if {'encrypted', 'corrupt', 'unreadable'} & set(report.problems):
            return {**failed, 'message': self.env._("The file is damaged or protected.")}
        if not target:
            return {**failed, 'message': self.env._("The format policy names no format into which it is migrated.")}
        try:
            result = migration.convert(str(copy), target)
        except ProgramFailed as error:
            return {**failed, 'message': {
                'unsupported': self.env._("No tool here converts this format into %s.", target),
                'missing': self.env._("%s is not installed on the server.", error),
                'timeout': self.env._("The conversion took too long and was stopped."),
            }.get(error.code, self.env._("The file could not be converted: it may be damaged or protected."))}
        verdict, doubts = result.verdict, []
        if not result.comparison.same:
            doubts.append(self.env._(
                "The text differs: “%(before)s” became “%(after)s”", before=result.comparison.before, after=result.comparison.after))
        # LibreOffice opens what is half broken and leaves out the rest: the words of the original are looked for, too
        elif lost := pdfa.compare_text(report.text, pdfa.text_of(result.path)).lost if report.text else None:
            doubts.append(self.env._("%s letters of the original are missing.", sum(lost.values())))
        elif result.page is None and not pdfa.text_of(result.path).strip():
            doubts.append(self.env._("The new file has no text: look whether the original has."))
        if result.page:
            doubts.append(self.env._("Page %s looks different.", result.page))
        findings = [f"{finding.clause}: {finding.message}" for finding in verdict.findings[:5]] + doubts
        if self._is_signed(copy):
            findings.append(self.env._("The original is signed: its signatures hold for the original alone."))
        message = '; '.join(findings)
        sha256, size = digest_of(result.path)
        place = self.env['civic.migration']._get_folder() / f'{sha256}.pdf'
        temporary = place.with_name(f'.writing-{sha256}-{os.getpid()}')
        shutil.move(result.path, temporary)
        os.replace(temporary, place)
        return {
            'verdict': 'bad' if not verdict.conforms else 'doubtful' if doubts else 'good',
            'decision': 'open', 'message': message[:2000], 'sha256': sha256, 'size': size, 'checker': verdict.checker}

    def _is_signed(self, copy):
        if copy.suffix != '.pdf':
            return False
        material = self.env['civic.trust.anchor']._get_validation_material()
        return bool(check_signatures(str(copy), moment=fields.Datetime.now().replace(tzinfo=timezone.utc), **material)['signatures'])

    def _job_apply(self):
        """Make the next version of the package. Nothing of it is there, or all is."""
        self.ensure_one()
        self.lock_for_update(allow_referencing=True)
        if self.state != 'ready':
            return
        lines = self.line_ids.filtered(lambda line: line.decision == 'accepted')
        folder = self.env['civic.migration']._get_folder()
        try:
            self.aip_id._check_newest()
            result = self._make_version(lines, folder)
            values = {'state': 'kept', 'result_id': result.id, 'message': False}
        except (UserError, PackageError, OSError) as error:
            values = {'state': 'failed', 'message': str(error)[:500]}
        # sudo: rows of a plan are closed to writing
        self.sudo().write(values)
        self.env['civic.journal.entry']._append(
            'migration', self.aip_id, outcome='success' if values['state'] == 'kept' else 'failure',
            detail={'migration': self.migration_id.name, 'files': len(lines), 'reason': values['message'] or ''})
        self.migration_id._look()

    def _make_version(self, lines, folder):
        aip, names = self.aip_id, {}
        for puid in {*lines.mapped('puid'), *lines.mapped('target_puid')}:
            names[puid] = self.env['civic.format.policy']._get_for(puid, self.company_id).name or puid
        entries = aip._get_waiting_entries()
        migrated = [
            Migrated(
                line.path, str(folder / f'{line.sha256}.pdf'), line.sha256, (names[line.target_puid], '', line.target_puid),
                detail=f"{names[line.puid]} ({line.puid}) > {names[line.target_puid]} ({line.target_puid})",
                note='; '.join(filter(None, [f"{line.checker}: {line.verdict}", line.message, self.migration_id.name])),
                agents=(('person', line.decided_by_id.login, 'authorizer'),))
            for line in lines]
        when = max(lines.mapped('decided_at') + entries.mapped('event_at')).replace(tzinfo=timezone.utc)
        with tempfile.TemporaryDirectory(dir=self.env['civic.archive.store']._get_spool(), prefix='.migration-') as work:
            source = Path(work, 'before.zip')
            aip._fetch(source)
            place, revision = add_migrated(
                str(source), str(Path(work, 'after.zip')), migrated, when=when, events=aip._get_later_events(entries))
            return aip._keep_version(
                place, entries, {'migration': self.migration_id.name, 'files': len(lines), 'mets_before': revision.replaces})


class CivicAip(models.Model):
    _inherit = 'civic.aip'

    def action_plan_migration(self):
        """Plan a migration of the chosen packages, those with a newer version left out."""
        self._check_keeper()
        newest = self.filtered(lambda aip: not aip.next_ids)
        if not newest:
            raise UserError(self.env._("These packages have newer versions already."))
        plan = self.env['civic.migration'].create({
            'name': self.env._("Migration of %s", format_date(self.env, fields.Date.context_today(self))),
            'company_id': newest[:1].company_id.id})
        plan._add_packages(newest.filtered(lambda aip: aip.company_id == plan.company_id))
        return {'type': 'ir.actions.act_window', 'res_model': 'civic.migration', 'res_id': plan.id, 'views': [(False, 'form')]}
