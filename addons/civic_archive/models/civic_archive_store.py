import logging
import os
import shutil
import time
from configparser import ConfigParser
from pathlib import Path

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import config

from ..tools.store import FileStore, S3Store, StoreFailed, as_failure

_logger = logging.getLogger(__name__)


def get_setting(name, fallback=''):
    """Return a setting of section ``[civic]`` of the server's configuration: paths and secrets stay out of the database."""
    parser = ConfigParser(interpolation=None)
    parser.read([config['config']] if config['config'] else [], encoding='utf-8')
    return parser.get('civic', name, fallback=fallback).strip()


class CivicArchiveStore(models.Model):
    """A medium on which packages lie: a folder on a mounted volume, or object storage that speaks S3.

    Where folders may be is said by the server's configuration (``archive_root``), and so are the keys of object
    storage (``archive_s3_<code> = access key:secret key``): who administers records needs no power over the server.
    """

    _name = 'civic.archive.store'
    _description = "Storage Medium"
    _inherit = ['civic.journal.mixin']
    _order = 'company_id, purpose desc, sequence, id'
    _check_company_auto = True

    name = fields.Char("Label of the Medium", required=True, help="As it stands in the minutes: “Vật mang tin số 01”.")
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        'res.company', "Archive", required=True, index=True, ondelete='restrict', default=lambda self: self.env.company)
    purpose = fields.Selection([('copy', "Copies of packages"), ('backup', "Backup sets")], required=True, default='copy')
    kind = fields.Selection([('folder', "Folder on a volume"), ('s3', "Object storage (S3)")], required=True, default='folder')
    code = fields.Char(required=True, help="Letters and digits; names the folder below the root, or the keys in the configuration.")
    endpoint = fields.Char(help="Address of the object storage, such as https://s3.example.vn")
    bucket = fields.Char()
    with_database = fields.Boolean(
        "The Database Too", default=True,
        help="Full sets on this medium hold a dump of the whole database, of all agencies that share it.")
    bought_on = fields.Date("In Use since")
    ends_on = fields.Date("End of Life", help="A medium is replaced at least a year before.")
    state = fields.Selection(
        [('unknown', "Not looked at"), ('ready', "Ready"), ('failed', "Not usable")], readonly=True, required=True,
        default='unknown', copy=False)
    message = fields.Char(readonly=True, copy=False)
    medium = fields.Char("Device", readonly=True, copy=False)
    checked_at = fields.Datetime("Looked at", readonly=True, copy=False)
    free_bytes = fields.Float("Free (bytes)", readonly=True, copy=False, digits=(20, 0), aggregator=False)
    copy_count = fields.Integer("Copies", compute='_compute_copy_count')

    _code_uniq = models.UniqueIndex('(code)', "Another medium has this code.")

    def _compute_copy_count(self):
        counts = dict(self.env['civic.aip.copy']._read_group([('store_id', 'in', self.ids)], ['store_id'], ['__count']))
        for store in self:
            store.copy_count = counts.get(store, 0)

    @api.constrains('code')
    def _check_code(self):
        for store in self:
            if not store.code.isascii() or not store.code.replace('-', '').isalnum() or len(store.code) > 40:
                raise ValidationError(self.env._("The code of a medium has letters, digits and hyphens only."))

    @api.constrains('kind', 'endpoint', 'bucket')
    def _check_address(self):
        for store in self:
            if store.kind == 's3' and (not store.bucket or not (store.endpoint or '').startswith(('http://', 'https://'))):
                raise ValidationError(self.env._("Object storage needs an address (https://…) and a bucket."))

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        stores = super().create(vals_list)
        self.env['civic.journal.entry']._append('configuration', stores, detail={'act': 'creation'})
        return stores

    def write(self, vals):
        fixed = {'kind', 'code', 'endpoint', 'bucket', 'company_id', 'purpose'} & set(vals)
        if fixed and any(store.copy_count for store in self):
            raise UserError(self.env._("Packages lie on this medium: enter another one beside it and move them."))
        if not self.env.su and {'state', 'medium', 'message', 'checked_at', 'free_bytes'} & set(vals):
            raise AccessError(self.env._("What a medium is like is found by looking at it."))
        result = super().write(vals)
        if set(vals) - {'state', 'medium', 'message', 'checked_at', 'free_bytes'}:
            self.env['civic.journal.entry']._append('configuration', self, detail={'fields': sorted(vals)})
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        if any(store.copy_count for store in self):
            raise UserError(self.env._("Packages lie on this medium: archive it instead."))

    # === ACTIONS === #

    def action_check(self):
        """Look whether the media are there and can be written."""
        self.check_access('write')
        self._look()

    # === BUSINESS === #

    def _open(self):
        """Return the plain store behind the record."""
        self.ensure_one()
        if self.kind == 's3':
            access_key, _colon, secret_key = get_setting(f'archive_s3_{self.code}').partition(':')
            if not secret_key:
                raise StoreFailed('refused', f'archive_s3_{self.code}')
            try:
                return S3Store(
                    endpoint=self.endpoint, bucket=self.bucket, prefix=self.code, access_key=access_key, secret_key=secret_key)
            except ImportError:
                raise StoreFailed('refused', 'boto3') from None
        return FileStore(self._get_root() / self.code)

    @api.model
    def _get_root(self):
        """The folder below which the media are mounted."""
        return Path(get_setting('archive_root') or os.path.join(config['data_dir'], 'civic-archive', self.env.cr.dbname))

    @api.model
    def _get_spool(self):
        """Return the folder where a package waits until its copies are verified."""
        spool = Path(config['data_dir'], 'civic-archive-spool', self.env.cr.dbname)
        spool.mkdir(parents=True, exist_ok=True)
        return spool

    def _look(self):
        for store in self:
            values = {'state': 'ready', 'message': False, 'checked_at': fields.Datetime.now()}
            try:
                place = store._open()
                place.check()
                values.update(medium=place.get_medium(), free_bytes=place.get_free() or 0)
            except StoreFailed as error:
                values.update(state='failed', message=self._get_problem(error))
            # sudo: what a medium is like is closed to writing
            store.sudo().write(values)

    @api.model
    def _sweep(self):
        """Remove what interrupted work left in the spool and on the media, once it is a day old.

        A package of the spool stays until all its copies are verified.
        """
        limit = time.time() - 86400
        for path in self._get_spool().iterdir():
            if path.name in ('quarantine', 'migration') or path.stat().st_mtime >= limit:
                continue
            company, _hyphen, sha256 = path.name.partition('-')
            # sudo: what waits, waits for whomever
            if company.isdecimal() and self.env['civic.aip'].sudo().search_count([
                ('company_id', '=', int(company)), ('sha256', '=', sha256), ('state', '!=', 'stored')], limit=1,
            ):
                continue
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)
        self.env['civic.migration']._sweep(limit)
        for store in self.sudo().search([('active', '=', True)]):
            try:
                store._open().sweep(limit)
            except StoreFailed as error:
                _logger.info("%s is not swept: %s", store.name, error)

    @api.model
    def _get_problem(self, error):
        """Say in words why a store, or the system's own disk, did not do it."""
        if isinstance(error, OSError):
            error = as_failure(error)
        text = {
            'unreachable': self.env._("The medium is not there, or does not answer."),
            'full': self.env._("The medium is full."),
            'missing': self.env._("The file is not on the medium."),
            'changed': self.env._("The bytes are not those that were to be written."),
            'refused': self.env._("The medium does not let the system in. Check mounting, rights and keys."),
            'broken': self.env._("The medium fails."),
        }[error.code]
        return f'{text} ({str(error)[:200]})'

    @api.model
    def _get_media(self, company):
        """Return the usable media for copies of an archive, by device: two folders of one volume are one medium."""
        media = {}
        for store in self.sudo().search([('company_id', '=', company.id), ('purpose', '=', 'copy')]):
            if store.state == 'ready':
                media.setdefault(store.medium, self.browse())
                media[store.medium] |= store
        return media
