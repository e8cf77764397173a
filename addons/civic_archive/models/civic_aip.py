import os
import shutil
import uuid

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from ..tools.store import StoreFailed, bring, digest_of

KINDS = [('file', "File (AIP_hoso)"), ('documents', "Loose documents (AIP_tailieu)")]


class CivicAip(models.Model):
    """A package that the archive keeps: what it is called, its digest, and on which media its copies lie.

    Its bytes never change: what is to change becomes another package that replaces it. They wait in the spool until
    every copy is written and has been read back; so no moment has a package in no place.
    """

    _name = 'civic.aip'
    _description = "Archival Package (AIP)"
    _inherit = ['civic.journal.mixin']
    _order = 'id desc'

    name = fields.Char("Package Identifier", required=True, readonly=True, help="OBJID of the package: urn:uuid:…")
    company_id = fields.Many2one('res.company', "Archive", required=True, readonly=True, index=True, ondelete='restrict')
    fonds_id = fields.Many2one('civic.fonds', required=True, readonly=True, index=True, ondelete='restrict')
    description_id = fields.Many2one(
        'civic.archive.description', readonly=True, index='btree_not_null', ondelete='restrict')
    kind = fields.Selection(KINDS, readonly=True, required=True, default='file')
    key = fields.Char("File on the Medium", required=True, readonly=True)
    sha256 = fields.Char("SHA-256", required=True, readonly=True)
    size = fields.Float("Size (bytes)", required=True, readonly=True, digits=(20, 0))
    state = fields.Selection([
        ('writing', "Being written"), ('stored', "Stored"), ('degraded', "Too few good copies"), ('lost', "No good copy")],
        required=True, readonly=True, default='writing')
    stored_at = fields.Datetime(readonly=True)
    version = fields.Integer(required=True, readonly=True, default=1)
    replaces_id = fields.Many2one('civic.aip', "Replaces", readonly=True, index='btree_not_null', ondelete='restrict')
    copy_ids = fields.One2many('civic.aip.copy', 'aip_id', "Copies", readonly=True)
    good_count = fields.Integer("Good Copies", compute='_compute_good_count')
    backup_set_ids = fields.Many2many('civic.backup.set', string="Backup Sets", readonly=True)

    _name_uniq = models.UniqueIndex('(company_id, name, version)', "The archive has a package of this identifier.")
    _next_uniq = models.UniqueIndex('(replaces_id) WHERE replaces_id IS NOT NULL', "The package has a newer version already.")
    _list_idx = models.Index('(company_id, id DESC)')
    _trouble_idx = models.Index("(company_id, state) WHERE state <> 'stored'")

    @api.depends('copy_ids.state')
    def _compute_good_count(self):
        counts = dict(self.env['civic.aip.copy']._read_group(
            [('aip_id', 'in', self.ids), ('state', '=', 'good')], ['aip_id'], ['__count']))
        for aip in self:
            aip.good_count = counts.get(aip, 0)

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            raise AccessError(self.env._("Packages come into the archive by accessions only."))
        return super().create(vals_list)

    def write(self, vals):
        if not self.env.su:
            raise AccessError(self.env._("A package that is kept does not change."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_always(self):
        raise UserError(self.env._("A package that is kept is destroyed by a decision only."))

    # === ACTIONS === #

    def action_check(self):
        """Read all copies of the packages and compare their digests now."""
        self._check_keeper()
        run = self.env['civic.fixity.run']._begin(self.company_id[:1])
        run._check(self.copy_ids)
        return run._get_open_action()

    def action_write_copies(self):
        """Try again to write what is not on its medium yet."""
        self._check_keeper()
        self._plan_copies()
        return True

    # === BUSINESS === #

    def _check_keeper(self):
        self.check_access('read')
        if not self.env.su and not self.env.user.has_group('civic_base.group_archivist'):
            raise AccessError(self.env._("Only archivists act on the packages of the archive."))
        if not self.env.su and self.company_id - self.env.companies:
            raise AccessError(self.env._("These packages are kept by another archive."))

    @api.model
    def _keep(self, path, fonds, *, name=None, kind='file', description=None, replaces=None):
        """Take the file at ``path`` over as a package and have its copies written. The caller has checked the right.

        :param str path: a whole package; it is moved into the spool
        :raises StoreFailed: the spool is full or fails
        """
        name = name or f'urn:uuid:{str(uuid.uuid4()).upper()}'
        sha256, size = digest_of(path)
        bring(path, self._get_spool_place(fonds.company_id, sha256))
        os.unlink(path)
        version = replaces.version + 1 if replaces else 1
        suffix = f'_v{version}' if replaces else ''
        # sudo: packages are closed to creation; see above
        aip = self.sudo().create({
            'name': name, 'company_id': fonds.company_id.id, 'fonds_id': fonds.id, 'kind': kind, 'sha256': sha256, 'size': size,
            'description_id': description.id if description else False, 'replaces_id': replaces.id if replaces else False,
            'key': f"{fonds.company_id.id}/{fonds.id}/{name.replace(':', '_')}{suffix}.zip", 'version': version,
        }).sudo(self.env.su)
        self.env['civic.journal.entry']._append('accession', aip, detail={'sha256': sha256, 'size': int(size), 'fonds': fonds.code})
        aip._plan_copies()
        return aip

    def _plan_copies(self):
        """Have a copy written on every medium that has none; what is planned already is asked for again."""
        for aip in self:
            stores = self.env['civic.archive.store'].sudo().search([
                ('company_id', '=', aip.company_id.id), ('purpose', '=', 'copy')])
            missing = stores - aip.copy_ids.sudo().store_id
            # sudo: copies are closed to creation
            self.env['civic.aip.copy'].sudo().create([{'aip_id': aip.id, 'store_id': store.id} for store in missing])
            for copy in aip.copy_ids.sudo().filtered(lambda copy: copy.state in ('planned', 'failed')):
                copy.with_delay(
                    description=f"Copy: {aip.name} > {copy.store_id.name}", identity_key=f'civic.aip.copy:{copy.id}')._job_write()
            aip._refresh_state()

    def _refresh_state(self):
        """Say how the packages stand after their copies; empty the spool when nothing waits for it."""
        minimum = self.env['civic.rule.value']._get('archive.min_media')
        for aip_sudo in self.sudo():
            good = aip_sudo.copy_ids.filtered(lambda copy: copy.state == 'good')
            waiting = aip_sudo.copy_ids.filtered(lambda copy: copy.state in ('planned', 'failed'))
            spooled = aip_sudo._get_spooled()
            if len(good) >= minimum and not waiting:
                state = 'stored'
            elif spooled and not aip_sudo.stored_at:
                state = 'writing'
            else:
                state = 'degraded' if good else 'lost'
            if state != aip_sudo.state:
                aip_sudo.state = state
            if state == 'stored' and not aip_sudo.stored_at:
                aip_sudo.stored_at = fields.Datetime.now()
            if state == 'stored' and spooled:
                self.env.cr.postcommit.add(lambda path=spooled: path.unlink(missing_ok=True))

    @api.model
    def _get_spool_place(self, company, sha256):
        """Where a package waits in the spool; two archives may keep the same bytes, and each empties its own."""
        return self.env['civic.archive.store']._get_spool() / f'{company.id}-{sha256}'

    def _get_spooled(self):
        """Return the package's file in the spool, or None."""
        path = self._get_spool_place(self.company_id, self.sha256)
        return path if path.exists() else None

    def _fetch(self, target, but=None):
        """Write the package into ``target`` from the spool or from a copy whose digest is right; return where from."""
        self.ensure_one()
        spooled = self._get_spooled()
        if spooled and digest_of(spooled)[0] == self.sha256:
            shutil.copyfile(spooled, target)
            return self.env._("spool")
        for copy_sudo in self.sudo().copy_ids.filtered(lambda copy: copy.state == 'good' and copy != but):
            try:
                sha256, _size = copy_sudo.store_id._open().fetch(self.key, target)
            except (StoreFailed, OSError):
                continue
            if sha256 == self.sha256:
                return copy_sudo.store_id.name
        raise UserError(self.env._("No good copy of “%s” can be reached.", self.name))

    @api.model
    def _cron_write_copies(self):
        """Ask again for what is not written."""
        waiting = self.sudo().search([('state', '!=', 'stored')])
        commit = self.env['ir.cron']._commit_progress
        commit(remaining=len(waiting))
        self.env['civic.archive.store'].sudo().search([('active', '=', True)])._look()
        for aip in waiting:
            aip._plan_copies()
            if not commit(1):
                break


class CivicAipCopy(models.Model):
    """One copy of a package on one medium, and what the last look at it said."""

    _name = 'civic.aip.copy'
    _description = "Copy of a Package"
    _inherit = ['civic.journal.mixin']
    _order = 'aip_id desc, store_id'
    _rec_name = 'aip_id'

    aip_id = fields.Many2one('civic.aip', required=True, readonly=True, index=True, ondelete='restrict')
    store_id = fields.Many2one('civic.archive.store', "Medium", required=True, readonly=True, index=True, ondelete='restrict')
    company_id = fields.Many2one(related='aip_id.company_id', store=True, precompute=True, index=True, string="Archive")
    key = fields.Char("Path", related='aip_id.key')
    state = fields.Selection([
        ('planned', "To be written"), ('good', "Good"), ('failed', "Could not be written"), ('damaged', "Damaged"),
        ('missing', "Missing")], required=True, readonly=True, default='planned')
    message = fields.Char(readonly=True)
    written_at = fields.Datetime(readonly=True)
    checked_at = fields.Datetime("Last Checked", readonly=True)
    is_overdue = fields.Boolean("Overdue for Checking", compute='_compute_is_overdue', search='_search_is_overdue')

    _place_uniq = models.UniqueIndex('(aip_id, store_id)', "A medium holds a package once.")
    _check_idx = models.Index('(company_id, checked_at NULLS FIRST, id)')

    @api.depends('checked_at')
    def _compute_is_overdue(self):
        limit = self._get_limit()
        for copy in self:
            copy.is_overdue = not copy.checked_at or copy.checked_at < limit

    def _search_is_overdue(self, operator, value):
        if operator != 'in':                # the ORM negates by itself
            return NotImplemented
        return Domain('checked_at', '=', False) | Domain('checked_at', '<', self._get_limit())

    @api.model
    def _get_limit(self):
        """What was checked before that moment is overdue (Circular 05/2025: everything within three years)."""
        months = self.env['civic.rule.value']._get('archive.check_months')
        return fields.Datetime.subtract(fields.Datetime.now(), months=months)

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            raise AccessError(self.env._("Copies are written by the system."))
        return super().create(vals_list)

    def write(self, vals):
        if not self.env.su:
            raise AccessError(self.env._("Copies are written by the system."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_always(self):
        raise UserError(self.env._("Copies of packages are not deleted by hand."))

    # === ACTIONS === #

    def action_check(self):
        """Read the copies and compare their digests now."""
        self.aip_id._check_keeper()
        run = self.env['civic.fixity.run']._begin(self.company_id[:1])
        run._check(self)
        return run._get_open_action()

    def action_repair(self):
        """Write damaged and missing copies anew from a good one."""
        self.aip_id._check_keeper()
        for copy in self:
            if copy.state == 'good':
                raise UserError(self.env._("This copy is good: there is nothing to repair."))
            copy._write_copy()
            if copy.state != 'good':
                raise UserError(copy.message)

    # === BUSINESS === #

    def _job_write(self):
        self.ensure_one()
        if self.state in ('planned', 'failed'):
            self._write_copy()

    def _write_copy(self):
        """Write the copy, read it back, and say how it stands. What is on the medium already and right is taken as it is:
        so a job that was killed between writing and saying so goes on without harm.
        """
        self.ensure_one()
        aip, before = self.aip_id, self.state
        store = self.store_id.sudo()
        source, detail = None, {'medium': store.name, 'path': self.key}
        try:
            place = store._open()
            try:
                found = place.digest(self.key)[0]
            except StoreFailed as error:
                if error.code != 'missing':
                    raise
                found = None
            if found != aip.sha256:
                source = store._get_spool() / f'.writing-{uuid.uuid4().hex}'
                spooled = aip._get_spooled()
                if spooled:
                    detail['from'] = 'spool'
                else:
                    detail['from'] = aip._fetch(source, but=self)
                place.write(self.key, spooled or source, sha256=aip.sha256)
                found = place.digest(self.key)[0]
                if found != aip.sha256:
                    raise StoreFailed('broken', self.key)
            now = fields.Datetime.now()
            values = {'state': 'good', 'message': False, 'written_at': now, 'checked_at': now}
        except StoreFailed as error:
            # what was good or damaged before stays so: only the attempt failed
            values = {'state': before if before in ('damaged', 'missing') else 'failed', 'message': store._get_problem(error)}
        except UserError as error:
            values = {'state': before if before in ('damaged', 'missing') else 'failed', 'message': str(error)}
        finally:
            if source:
                source.unlink(missing_ok=True)
        # sudo: copies are closed to writing
        self.sudo().write(values)
        self.env['civic.journal.entry']._append(
            'replication', aip, outcome='success' if values['state'] == 'good' else 'failure',
            detail={**detail, 'sha256': aip.sha256, **({'repaired': before} if before in ('damaged', 'missing') else {}),
                    **({'reason': values['message']} if values['message'] else {})})
        aip._refresh_state()

    def _check_copy(self):
        """Read the copy and compare; return (outcome, digest found, message). The check of a run writes it down."""
        self.ensure_one()
        store = self.store_id.sudo()
        try:
            found, size = store._open().digest(self.key)
        except StoreFailed as error:
            return ('missing' if error.code == 'missing' else 'unreachable'), None, store._get_problem(error)
        if found == self.aip_id.sha256:
            return 'good', found, False
        expected = int(self.aip_id.size)
        return 'damaged', found, self.env._(
            "The digest differs: %(found)s, %(size)s bytes instead of %(expected)s.", found=found[:16], size=size, expected=expected,
        ) if size != expected else self.env._(
            "The digest differs at the same size: %(found)s instead of %(expected)s.", found=found[:16],
            expected=self.aip_id.sha256[:16])
