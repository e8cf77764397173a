import logging
import os

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..tools.folder import RECEIPT, REFUSAL, FolderTransport, write_json
from ..tools.protocol import TransportError

_logger = logging.getLogger(__name__)


class CivicChannel(models.Model):
    """Channels through a folder: below a root that the operator of the server names, never elsewhere."""

    _inherit = 'civic.channel'

    transport = fields.Selection(selection_add=[('folder', "Shared folder")], ondelete={'folder': 'cascade'})
    folder_out = fields.Char("Folder for sending", help="Below the root of the server's transport folders.")
    folder_in = fields.Char("Folder for receiving", help="Where the partner puts its deliveries.")

    @api.constrains('folder_out', 'folder_in', 'transport')
    def _check_folders(self):
        for channel in self.filtered(lambda channel: channel.transport == 'folder'):
            names = [name for name in (channel.folder_out, channel.folder_in) if name]
            if any(not channel._is_below_root(name) for name in names):
                raise ValidationError(self.env._("A folder lies below the root: no “..” and no “/” at the beginning."))
            if len({os.path.normpath(name) for name in names}) < len(names):
                raise ValidationError(self.env._("Sending and receiving need two folders."))

    @api.model
    def _is_below_root(self, name):
        return not os.path.isabs(name) and '\0' not in name and not {'..', ''} & set(name.replace('\\', '/').split('/'))

    def _get_transport(self):
        if self.transport != 'folder':
            return super()._get_transport()
        root = os.path.realpath(self.env['civic.transport.key']._get_settings().transport_root)
        folders = [os.path.join(root, name) for name in (self.folder_out, self.folder_in) if name]
        # a link on the drive must not lead out either
        if len(folders) < 2 or any(not os.path.realpath(folder).startswith(root + os.sep) for folder in folders):
            raise TransportError('bad_folder')
        key = self.env['civic.transport.key']._get_for(self.company_id)
        return FolderTransport(*folders, identity={
            'agency': self.company_id.name, 'organ_code': self.company_id.organ_code or '', 'public_key': key.public_key})

    # === RECEIVING === #

    @api.model
    def _scan_folders(self):
        """Put the folders in line: each is looked through by one job at a time."""
        for channel in self.search([('transport', '=', 'folder'), ('folder_in', '!=', False), ('folder_out', '!=', False)]):
            channel.with_delay(
                identity_key=f'civic_folder_{channel.id}', description=self.env._("Look into the folder of %s", channel.name),
            )._job_scan_folder()

    def _job_scan_folder(self):
        """Background job: take in what the partner put into the folder, and tidy up what it has received."""
        for channel in self.sudo().exists():        # sudo: the job acts for the system
            try:
                transport = channel._get_transport()
                folders = transport.list_incoming()
            except (TransportError, UserError) as error:
                _logger.warning("The folder of channel %s cannot be read: %s", channel.name, error)
                continue
            for folder in folders:
                channel._take_folder(transport, folder)
            channel._tidy_folder(transport)

    def _take_folder(self, transport, folder):
        """Take one delivery in; the receipt is put beside it once it is safely ours."""
        deliveries = self.env['civic.delivery'].with_company(self.company_id)
        try:
            with self.env.cr.savepoint():
                delivery = deliveries._begin(self, transport.read_declaration(folder))
                if not delivery.receipt:
                    partial = delivery._get_store().open(delivery.uuid)
                    for part in delivery.part_ids:
                        offset = partial.offset(part.number)
                        partial.append(
                            part.number, offset, int(part.size), transport.read_part(folder, part.number, offset))
                    delivery._check_whole(partial)
                    delivery._verify()
        except TransportError as error:
            _logger.warning("Folder %s of channel %s is not taken in: %s", folder.name, self.name, error)
            if not error.retry or error.code in ('hash_mismatch', 'incomplete'):
                self.env['civic.journal.entry']._append('refusal', self, outcome='failure', detail={
                    'folder': folder.name, 'problem': error.code, 'detail': error.detail})
                self._answer_in_folder(folder / REFUSAL, {'error': error.code, 'message': error.detail})
            return
        self._answer_in_folder(folder / RECEIPT, delivery._get_answer()['receipt'])

    def _answer_in_folder(self, path, value):
        """Write the answer when the transaction has committed; the next look finds out if that did not come to pass."""
        def write():
            try:
                write_json(path, value)
            except OSError as error:
                _logger.warning("The answer %s cannot be written: %s", path.name, error)

        self.env.cr.postcommit.add(write)

    def _tidy_folder(self, transport):
        recent = self.env['civic.delivery'].search([
            ('channel_id', '=', self.id), ('direction', '=', 'out'), ('state', '=', 'delivered')], limit=200)
        for delivery in recent:
            transport.forget(delivery._get_declaration())
