import json
import tempfile
from datetime import date, datetime

import pytz

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from odoo.addons.civic_base.const import DEFAULT_TZ

from ..tools import dump
from ..tools.store import StoreFailed, digest_of

METADATA_MODELS = ('civic.fonds', 'civic.fonds.source', 'civic.archive.location', 'civic.archive.description', 'civic.aip')
BATCH = 1000
DUMP = 'database.dump'


class CivicBackupSet(models.Model):
    """A set of the archive on a backup medium: every package on the first day of the month, what is new on the others.

    (Circular 02/2019/TT-BNV: daily incremental, monthly full; Circular 05/2025/TT-BNV, Article 27: packages together
    with their database.) A set has the packages, the metadata as lines of JSON, and a list of digests that
    ``sha256sum -c`` reads; that list is written last: a set without it is not finished. A full set begins with a dump of
    the database: what its rows speak of is in the packages that follow.
    """

    _name = 'civic.backup.set'
    _description = "Backup Set"
    _inherit = ['civic.journal.mixin']
    _order = 'day desc, id desc'

    name = fields.Char("Code", compute='_compute_name', store=True)
    company_id = fields.Many2one('res.company', "Archive", required=True, readonly=True, index=True, ondelete='restrict')
    store_id = fields.Many2one('civic.archive.store', "Medium", required=True, readonly=True, index=True, ondelete='restrict')
    day = fields.Date(required=True, readonly=True)
    kind = fields.Selection([('full', "Full"), ('incremental', "Incremental")], required=True, readonly=True)
    base_id = fields.Many2one('civic.backup.set', "Based on", readonly=True, ondelete='restrict')
    user_id = fields.Many2one('res.users', "Made by", required=True, readonly=True, ondelete='restrict')
    state = fields.Selection(
        [('running', "Being made"), ('done', "Complete"), ('failed', "Failed")], required=True, readonly=True, default='running')
    started_at = fields.Datetime("Started", required=True, readonly=True, default=fields.Datetime.now)
    finished_at = fields.Datetime("Finished", readonly=True)
    aip_ids = fields.Many2many('civic.aip', string="Packages", readonly=True)
    aip_count = fields.Integer("Number of Packages", readonly=True)
    size = fields.Float("Size (bytes)", readonly=True, digits=(20, 0))
    dump_sha256 = fields.Char("Digest of the Database", readonly=True)
    dump_size = fields.Float("Size of the Database (bytes)", readonly=True, digits=(20, 0))
    dump_counts = fields.Json("Rows of the Database", readonly=True, export_string_translation=False)
    manifest_sha256 = fields.Char("Digest of the List", readonly=True)
    message = fields.Char(readonly=True)

    _day_uniq = models.UniqueIndex('(company_id, store_id, day, kind)', "There is a set of that day on the medium.")

    @api.depends('day', 'kind')
    def _compute_name(self):
        for backup in self:
            backup.name = f"{backup.day:%Y%m%d}-{backup.kind}" if backup.day else False

    def write(self, vals):
        if not self.env.su:
            raise AccessError(self.env._("What a backup set holds is written by making it."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_always(self):
        raise UserError(self.env._("The log of backups is kept."))

    # === ACTIONS === #

    def action_continue(self):
        """Go on with a set that was interrupted or failed."""
        self._check_maker()
        for backup in self:
            if backup.state == 'done':
                raise UserError(self.env._("The set “%s” is complete.", backup.name))
            backup._make()

    def action_print_minutes(self):
        """Print the minutes of the backup."""
        self.ensure_one()
        self.check_access('read')
        return self.env['civic.form.backup_minutes']._get_print_action('pdf', {'record_id': self.id})

    # === BUSINESS === #

    def _check_maker(self):
        self.check_access('read')
        if not self.env.su and not any(map(self.env.user.has_group, (
            'civic_base.group_archivist', 'civic_base.group_records_admin',
        ))):
            raise AccessError(self.env._("Only archivists and the records administrator make backups."))

    @api.model
    def _get_kind(self, company, store, day):
        """Full on the first day of the month, or as soon after as the system runs; incremental on the others."""
        month = day.replace(day=1)
        has_full = self.sudo().search_count([
            ('company_id', '=', company.id), ('store_id', '=', store.id), ('kind', '=', 'full'), ('state', '=', 'done'),
            ('day', '>=', month), ('day', '<=', day)], limit=1)
        return 'incremental' if has_full and day != month else 'full'

    @api.model
    def _begin(self, store, day=None):
        """Return the set of the day on that medium, begun if it is not there yet."""
        day = day or datetime.now(pytz.timezone(DEFAULT_TZ)).date()
        company = store.company_id
        domain = Domain('company_id', '=', company.id) & Domain('store_id', '=', store.id)
        # sudo: sets are closed to creation; the callers check who may
        sets = self.sudo()
        unfinished = sets.search(domain & Domain('state', '!=', 'done') & Domain('day', '=', day), limit=1)
        if unfinished:
            return unfinished
        kind = self._get_kind(company, store, day)
        same = sets.search(domain & Domain('day', '=', day) & Domain('kind', '=', kind), limit=1)
        if same:
            return same
        base = sets.search(domain & Domain('kind', '=', 'full') & Domain('state', '=', 'done'), limit=1)
        return sets.create({
            'company_id': company.id, 'store_id': store.id, 'day': day, 'kind': kind, 'user_id': self.env.uid,
            'base_id': base.id if kind == 'incremental' else False})

    def _get_wanted(self):
        """Return the packages that belong into the set: all, or those that no set since the last full one has."""
        self.ensure_one()
        domain = Domain('company_id', '=', self.company_id.id) & Domain('stored_at', '!=', False)
        if self.kind == 'incremental':
            since = self.search([
                ('company_id', '=', self.company_id.id), ('store_id', '=', self.store_id.id), ('id', '!=', self.id),
                '|', ('id', '=', self.base_id.id), ('base_id', '=', self.base_id.id)])
            domain &= Domain('backup_set_ids', 'not in', since.ids)
        return self.env['civic.aip'].sudo().search(domain, order='id')

    def _make(self, commit=None):
        """Write the set; what is there already stays. Whatever interrupts it, calling it again goes on.

        :param commit: called after each package; a false answer means to stop here for now
        """
        self.ensure_one()
        backup = self.sudo()
        folder = f'{backup.company_id.id}/{backup.name}'
        try:
            place = backup.store_id._open()
            place.check()
            if backup.kind == 'full' and backup.store_id.with_database and not backup.dump_sha256:
                backup._write_dump(place, folder)
                if commit and not commit():
                    return False
            for aip in backup._get_wanted() - backup.aip_ids:
                with tempfile.NamedTemporaryFile(dir=backup.store_id._get_spool(), prefix='.writing-') as copy:
                    aip._fetch(copy.name)
                    place.write(f'{folder}/{self._get_file_name(aip)}', copy.name, sha256=aip.sha256)
                backup.write({'aip_ids': [fields.Command.link(aip.id)], 'size': backup.size + aip.size})
                if commit and not commit(1):
                    return False
            digest = backup._write_lists(place, folder)
        except (StoreFailed, UserError, OSError) as error:
            message = str(error) if isinstance(error, UserError) else backup.store_id._get_problem(error)
            backup.write({'state': 'failed', 'message': message})
            self.env['civic.journal.entry']._append('replication', self, outcome='failure', detail={'reason': message})
            return False
        backup.write({
            'state': 'done', 'finished_at': fields.Datetime.now(), 'aip_count': len(backup.aip_ids), 'message': False,
            'manifest_sha256': digest})
        self.env['civic.journal.entry']._append('replication', self, detail={
            'kind': self.kind, 'packages': self.aip_count, 'manifest': digest})
        return True

    @api.model
    def _get_file_name(self, aip):
        return f"packages/{aip.key.rsplit('/', 1)[-1]}"

    def _write_dump(self, place, folder):
        """Write the database as it stands at this moment, and say how many rows of each table of the archive it has."""
        with tempfile.NamedTemporaryFile(dir=self.store_id._get_spool(), prefix='.writing-') as copy:
            try:
                counts = dump.dump(self.env.cr.dbname, copy.name, [self.env[name]._table for name in METADATA_MODELS])
            except dump.DumpFailed as error:
                raise UserError(self.env._("The database could not be dumped: %s", error)) from None
            sha256, size = digest_of(copy.name)
            place.write(f'{folder}/{DUMP}', copy.name, sha256=sha256)
        self.write({'dump_sha256': sha256, 'dump_size': size, 'dump_counts': counts})

    def _restore_dump(self):
        """Restore the database of the set into a scratch database, which is dropped again; return what is wrong, or nothing.

        :raises StoreFailed: the medium does not give it
        """
        with tempfile.NamedTemporaryFile(dir=self.store_id._get_spool(), prefix='.writing-') as copy:
            found, _size = self.store_id._open().fetch(f'{self.company_id.id}/{self.name}/{DUMP}', copy.name)
            if found != self.dump_sha256:
                return self.env._("The digest differs: %s.", found[:16])
            try:
                counts = dump.restore(f'{self.env.cr.dbname[:50]}_drill', copy.name, sorted(self.dump_counts))
            except dump.DumpFailed as error:
                return self.env._("The database could not be restored: %s", error)
        wrong = [f'{table}: {counts[table]} ≠ {expected}' for table, expected in self.dump_counts.items() if counts[table] != expected]
        return self.env._("Other numbers of rows: %s", ', '.join(wrong)) if wrong else False

    def _write_lists(self, place, folder):
        """Write the metadata, then the list of digests; return the digest of the list."""
        with tempfile.NamedTemporaryFile() as metadata:
            for line in self._iter_metadata():
                metadata.write(line)
            metadata.flush()
            sha256, _size = digest_of(metadata.name)
            place.write(f'{folder}/metadata.jsonl', metadata.name, sha256=sha256)
        lines = [f'{sha256}  metadata.jsonl\n', *([f'{self.dump_sha256}  {DUMP}\n'] if self.dump_sha256 else [])]
        lines += [f'{aip.sha256}  {self._get_file_name(aip)}\n' for aip in self.aip_ids.sorted('id')]
        with tempfile.NamedTemporaryFile() as manifest:
            manifest.write(''.join(lines).encode())
            manifest.flush()
            digest, _size = digest_of(manifest.name)
            place.write(f'{folder}/manifest-sha256.txt', manifest.name, sha256=digest)
        return digest

    def _iter_metadata(self):
        """Yield the rows of the archive's tables as lines of JSON; those changed since the last set in an incremental one."""
        since = False
        if self.kind == 'incremental':
            since = self.search([
                ('company_id', '=', self.company_id.id), ('store_id', '=', self.store_id.id), ('state', '=', 'done'),
                ('id', '!=', self.id)], limit=1).started_at
        for name in METADATA_MODELS:
            model = self.env[name].sudo().with_context(active_test=False)
            fields_ = [key for key, field in model._fields.items() if field.store and field.type not in ('binary', 'many2many', 'one2many')]
            last = 0
            while True:
                domain = Domain('company_id', '=', self.company_id.id) & Domain('id', '>', last)
                if since:
                    domain &= Domain('write_date', '>=', since)
                rows = model.search(domain, order='id', limit=BATCH)
                if not rows:
                    break
                for values in rows.read(fields_, load=None):
                    yield json.dumps({'model': name, **values}, default=_to_text, ensure_ascii=False).encode() + b'\n'
                last = rows[-1].id

    @api.model
    def _cron_backup(self):
        """Make the set of the day on every backup medium."""
        commit = self.env['ir.cron']._commit_progress
        stores = self.env['civic.archive.store'].sudo().search([('purpose', '=', 'backup')])
        commit(remaining=len(stores))
        for store in stores:
            backup = self._begin(store)
            # the set itself stays, whatever becomes of its packages
            commit()
            if backup.state != 'done' and not backup._make(commit=lambda _count=0: commit()) and backup.state == 'running':
                return
            if not commit(1):
                return


def _to_text(value):
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    return str(value)
