import logging
import os
import time
from configparser import ConfigParser
from functools import cache

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import config

from odoo.addons.civic_document.exceptions import SecretRefused
from odoo.addons.civic_document.tools.content import measure

from ..const import ARRIVAL_CHANNELS
from ..tools import intake
from ..tools.scan_place import DONE, REFUSED, PlaceError, ScanPlace, split_path

_logger = logging.getLogger(__name__)

# Wrong things that lie in a folder are told once, not every minute.
REFUSED_KINDS = ('link', 'other')


@cache
def _read_scan_root(path):
    """Read `scan_root` of the section [civic]: Odoo itself warns of options that it does not know."""
    parser = ConfigParser(interpolation=None)
    parser.read(path or ())
    return parser.get('civic', 'scan_root', fallback='').strip()


class CivicScanFolder(models.Model):
    """A folder into which scanners of an agency put their files; each becomes one draft, or several.

    The folders lie below one root, which only the configuration file of the server names (`scan_root` in the section `[civic]`). A file
    is taken when it has not changed for a while, is moved away before anybody works on it, and ends in `done` or
    `refused` beside it only after the transaction that made the drafts is committed: whatever happens in between,
    the next run finds it, and knows by digest and name whether the drafts are there.
    """

    _name = 'civic.scan.folder'
    _description = "Scan Folder"
    _order = 'company_id, name, id'
    _check_company_auto = True

    name = fields.Char(required=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        'res.company', "Agency", required=True, index=True, default=lambda self: self.env.company)
    path = fields.Char(
        required=True, copy=False,
        help="The folder below the root of the server, such as ubnd/scanner-1. The administrator of the server makes it.")
    arrival_channel = fields.Selection(
        ARRIVAL_CHANNELS, "Arrived by", required=True, default='post',
        help="How the papers scanned into this folder came, unless a separator sheet says otherwise.")
    last_run_at = fields.Datetime("Last Run", readonly=True, copy=False)
    last_message = fields.Char("Last Result", readonly=True, copy=False)
    seen = fields.Json(readonly=True, copy=False, export_string_translation=False)
    waiting_count = fields.Integer("Waiting", readonly=True, copy=False, help="Files that are still being written.")
    arrival_ids = fields.One2many('civic.arrival', 'folder_id', "Results")
    arrival_count = fields.Integer("Scans", compute='_compute_arrival_count')
    trouble_count = fields.Integer("Refused or Failed", compute='_compute_arrival_count')

    _path_uniq = models.UniqueIndex('(lower(path))', "Another scan folder has this path.")

    # === COMPUTE === #

    @api.depends('arrival_ids.state')
    def _compute_arrival_count(self):
        counts = {}
        for folder, state, count in self.env['civic.arrival']._read_group(
            [('folder_id', 'in', self.ids)], ['folder_id', 'state'], ['__count']
        ):
            counts.setdefault(folder.id, {})[state] = count
        for folder in self:
            found = counts.get(folder.id, {})
            folder.arrival_count = sum(found.values())
            folder.trouble_count = found.get('refused', 0) + found.get('failed', 0)

    # === CONSTRAINTS === #

    @api.constrains('path')
    def _check_path(self):
        # sudo: the folders of the other agencies count, too
        others = {folder.id: folder.path.lower().split('/') for folder in self.sudo().with_context(
            active_test=False).search([])}
        for folder in self:
            try:
                own = [part.lower() for part in split_path(folder.path)]
            except ValueError:
                shown = (folder.path or '')[:80]
                raise ValidationError(self.env._(
                    "“%s” is no folder below the root: write it like ubnd/scanner-1, without a leading slash and "
                    "without “..”.", shown)) from None
            for folder_id, parts in others.items():
                shorter = min(len(own), len(parts))
                if folder_id != folder.id and own[:shorter] == parts[:shorter]:
                    raise ValidationError(self.env._(
                        "“%s” lies in another scan folder, or another one in it. Choose a path of its own.", folder.path))

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        for values in vals_list:
            if {'seen', 'last_run_at', 'last_message', 'waiting_count'}.intersection(values) and not self.env.su:
                raise AccessError(self.env._("What the runs note is written by the system."))
        folders = super().create(vals_list)
        self.env['civic.journal.entry']._append('configuration', folders, details={
            folder.id: {'path': folder.path} for folder in folders})
        return folders

    def write(self, vals):
        if {'seen', 'last_run_at', 'last_message', 'waiting_count'}.intersection(vals) and not self.env.su:
            raise AccessError(self.env._("What the runs note is written by the system."))
        if 'company_id' in vals and any(folder.company_id.id != vals['company_id'] for folder in self):
            raise UserError(self.env._("A scan folder stays with its agency. Archive it and make another one."))
        result = super().write(vals)
        if {'path', 'active', 'arrival_channel'}.intersection(vals):
            self.env['civic.journal.entry']._append('configuration', self, detail={
                name: vals[name] for name in ('path', 'active', 'arrival_channel') if name in vals})
        return result

    # === ACTIONS === #

    def action_take_now(self):
        """Let the job look into the folders at once."""
        self.env['civic.document']._check_may_receive()
        self.check_access('read')
        # sudo: to wake a job takes no right of its own
        self.env.ref('civic_incoming.ir_cron_take_scans').sudo()._trigger()
        return {
            'type': 'ir.actions.client',
            'tag': 'display_notification',
            'params': {
                'type': 'info',
                'message': self.env._("The folder is being read. Files that are still being written are waited for."),
            },
        }

    def action_open_arrivals(self):
        """Open what came through the folder."""
        self.check_access('read')
        return {
            **self.env['ir.actions.act_window']._for_xml_id('civic_incoming.civic_arrival_action'),
            'domain': list(Domain('folder_id', 'in', self.ids)),
        }

    # === RUN === #

    @api.model
    def _get_root(self):
        """The only place below which scan folders lie; users cannot name it."""
        return _read_scan_root(config['config']) or os.path.join(config['data_dir'], 'civic-scan')

    @api.model
    def _cron_take_scans(self):
        """Take the files of every folder, one transaction each."""
        commit = self.env['ir.cron']._commit_progress
        folders = self.search([('active', '=', True)], order='last_run_at nulls first, id')
        commit(remaining=len(folders))
        for folder in folders:
            folder._take_files(commit)
            if not commit(1):
                return
        self.env['civic.arrival']._retry_failed()

    def _take_files(self, commit):
        """Take what lies in the folder and is complete.

        :param commit: called after each file; what it returns is the time that is left
        """
        self.ensure_one()
        folder = self.try_lock_for_update()
        if not folder or not folder.active:
            return                                      # another worker is at it
        folder = folder.with_company(folder.company_id).with_context(
            lang=folder.company_id.partner_id.lang or self.env.lang, tracking_disable=True)
        try:
            with ScanPlace(folder._get_root(), folder.path) as place:
                folder._take_from(place, commit)
        except PlaceError as error:
            folder._note_run(folder._get_place_problem(error.args[0]))
        except OSError as error:
            folder._note_run(folder.env._("The folder cannot be read: %s.", error.strerror))

    def _take_from(self, place, commit):
        taken = 0
        for name in place.leftovers():
            self._take_file(place, name)
            taken += 1
            if not self._go_on(commit):
                return
        entries = place.entries()
        complete, seen, partial = self._find_complete(entries)
        for entry in entries:
            if entry.kind in REFUSED_KINDS:
                self._note_failure(entry.name, self.env._(
                    "“%s” is a link or a device, no file: it is not taken. Remove it.", self._plain(entry.name)))
        self.seen = seen
        for name in complete:
            try:
                place.claim(name)
            except FileNotFoundError:
                continue                                # somebody removed it, or was quicker
            except BlockingIOError:
                partial += 1
                continue
            except PermissionError:
                self._note_failure(name, self.env._(
                    "“%s” cannot be read: the server lacks the permission. It stays in the folder and is taken as soon "
                    "as it can be read.", self._plain(name)))
                continue
            except OSError as error:
                self._note_failure(name, self.env._(
                    "“%(name)s” cannot be read: %(error)s.", name=self._plain(name), error=error.strerror))
                continue
            self._take_file(place, name)
            taken += 1
            if not self._go_on(commit):
                return
        message = self.env._("Taken: %s.", taken)
        if any(entry.kind == 'folder' for entry in entries):
            message += " " + self.env._("Folders inside are not read.")
        self._note_run(message, partial)

    def _go_on(self, commit):
        """Commit, and go on if there is time and the folder is still ours."""
        left = commit()
        return bool(left and self.try_lock_for_update())

    @api.model
    def _find_complete(self, entries):
        """Return the files that did not change for the quiet time, what was seen of the others, and their number.

        By the clock of this server alone: those of scanners are wrong too often.
        """
        quiet = self.env['civic.rule.value']._get('incoming.scan_quiet_seconds')
        now = time.time()
        before = self.seen or {}
        complete, seen, partial = [], {}, 0
        for entry in entries:
            if entry.kind == 'partial':
                partial += 1
            if entry.kind != 'file':
                continue
            mark = list(entry.mark)
            key = self._plain(entry.name)
            known = before.get(key)
            if known and known['mark'] == mark:
                if now - known['since'] >= quiet:
                    complete.append(entry.name)
                    continue
                seen[key] = known
            elif quiet:
                seen[key] = {'mark': mark, 'since': now}
            else:
                complete.append(entry.name)
                continue
            partial += 1
        return complete, seen, partial

    def _take_file(self, place, name):
        """Make drafts of a claimed file, and move it where it belongs once that is committed."""
        maximum = self.env['civic.rule.value']._get('content.max_bytes', company=self.company_id)
        plain = self._plain(name)
        try:
            size = place.measure(name)
            if size > maximum:
                where = place.put(name, REFUSED)
                self._note_failure(plain, self.env._(
                    "“%(name)s” has %(size)s MB; at most %(maximum)s MB are accepted. It lies in the folder “refused” "
                    "as %(where)s.",
                    name=plain, size=round(size / 1048576, 1), maximum=round(maximum / 1048576, 1),
                    where=self._plain(where)), state='refused')
                return
            with intake.workplace() as workplace:
                path = str(workplace / 'scan')
                place.copy(name, path)
                arrival = self._receive(plain, workplace, path)
        except SecretRefused:
            # The paper is at hand; a networked machine must not keep its picture (Decree 30/2020, Art. 22.4).
            place.remove(name)
            return
        except FileNotFoundError:
            return                                      # a leftover that another worker has just moved
        except OSError as error:
            place.put(name, '')
            self._note_failure(plain, self.env._(
                "“%(name)s” cannot be read: %(error)s.", name=plain, error=error.strerror))
            return
        target = REFUSED if arrival.state in ('refused', 'failed') else DONE
        root, path = self._get_root(), self.path
        self.env.cr.postcommit.add(lambda: self._put_away(root, path, name, target))

    @staticmethod
    def _put_away(root, path, name, target):
        """After the commit: the drafts are there, whatever becomes of this process now."""
        try:
            place = ScanPlace(root, path)
            place.handle = place._open_folder()
            try:
                place.put(name, target)
            finally:
                place.__exit__()
        except (PlaceError, OSError) as error:
            _logger.info("A scan stays among the claimed ones of folder %s; the next run knows that it is done: %s", path, error)

    def _forget_done(self, name, sha256):
        """After the commit, remove a scan from among those that were put away."""
        root, path = self._get_root(), self.path

        def forget():
            try:
                with ScanPlace(root, path) as place:
                    for folder in (DONE, REFUSED):
                        place.remove_same(folder, os.path.splitext(name)[0], sha256)
            except (PlaceError, OSError):
                _logger.error("A scan that bears a mark of state secrecy could not be removed from folder %s.", path)

        self.env.cr.postcommit.add(forget)

    def _receive(self, name, workplace, path):
        """Make drafts of one file, once: who comes again with the same name and bytes has been here."""
        arrivals = self.env['civic.arrival'].sudo()
        size, sha256 = measure(path)
        known = arrivals.search([('folder_id', '=', self.id), ('sha256', '=', sha256), ('name', '=', name)], limit=1)
        if known and (known.document_ids or known.state == 'ignored'):
            known.message = self.env._("The same file came again: nothing was made of it the second time.")
            return known
        checked = arrivals._check_scan(name, path)
        with self.env.cr.savepoint():                   # no line stays of a state secret that only a part of it shows
            arrival = known or arrivals._keep(
                None, kind='scan', name=name, size=size, sha256=sha256, folder_id=self.id, company_id=self.company_id.id)
            arrival._process_scan(workplace, path, checked)
        return arrival

    def _note_failure(self, name, message, state='failed'):
        """Tell about a file that could not even be read; once, however often it is tried."""
        arrivals = self.env['civic.arrival'].sudo()
        plain = self._plain(name)
        known = arrivals.search([
            ('folder_id', '=', self.id), ('name', '=', plain), ('sha256', '=', False)], limit=1)
        if not known:
            arrivals.create({
                'kind': 'scan', 'name': plain, 'folder_id': self.id, 'company_id': self.company_id.id, 'state': state,
                'message': message})
        elif known.message != message:
            known.write({'message': message, 'state': state, 'received_at': fields.Datetime.now()})

    def _note_run(self, message, waiting=0):
        self.write({'last_run_at': fields.Datetime.now(), 'last_message': message, 'waiting_count': waiting})

    @api.model
    def _plain(self, name):
        """A name as the database and people can take it: bytes that are no letters become question marks."""
        return name.encode('utf-8', 'replace').decode()

    @api.model
    def _get_place_problem(self, code):
        if code == 'missing':
            return self.env._("The folder is not there. The administrator of the server makes it.")
        if code == 'denied':
            return self.env._("The server lacks the permission to read the folder.")
        if code == 'busy':
            return self.env._("Another run is reading the folder.")
        return self.env._("The path leads over a link, or to a file: it is not followed.")
