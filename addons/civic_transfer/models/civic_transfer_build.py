import contextlib
import io
import json
import tempfile
from datetime import timezone
from pathlib import Path

from odoo import api, fields, models
from odoo.exceptions import LockError, UserError

from odoo.addons.civic_archive.tools import wire
from odoo.addons.civic_package.tools.findings import PackageError
from odoo.addons.civic_package.tools.validate import validate
from odoo.addons.civic_package.tools.writer import Document, File, Package, build
from odoo.addons.civic_transport.tools.protocol import TransportError, measure


class CivicTransfer(models.Model):
    """Packing in the background, one file after the other, and sending: here or over a channel.

    Each file is a job of its own: a kill costs one package and never half of it. Pausing takes effect after the package
    that is under way. The same file gives the same bytes again, for nothing in a package comes from the clock but the
    moment when packing began.
    """

    _inherit = 'civic.transfer'

    packing_began_at = fields.Datetime(readonly=True, copy=False, export_string_translation=False)
    sending_began_at = fields.Datetime(readonly=True, copy=False, export_string_translation=False)
    is_under_way = fields.Boolean(compute='_compute_is_under_way', export_string_translation=False)

    @api.model
    def _get_system_fields(self):
        return super()._get_system_fields() | {'packing_began_at', 'sending_began_at'}

    @api.depends('keeper_id', 'keeper_company_id', 'company_id', 'packing_began_at')
    def _compute_variant(self):
        for transfer in self:
            day = fields.Datetime.context_timestamp(transfer, transfer.packing_began_at or fields.Datetime.now()).date()
            transfer.variant_id = self.env['civic.package.variant']._get_for(
                transfer.keeper_id, transfer.keeper_company_id | transfer.company_id, day)

    @api.depends('state', 'is_paused', 'sending_began_at', 'line_ids.state')
    def _compute_is_under_way(self):
        """The system works at it, here or on the way to the archive's server: nobody is waited for."""
        for transfer in self:
            transfer.is_under_way = not transfer.is_paused and (
                transfer.state == 'packing' or transfer.state == 'packed' and bool(transfer.sending_began_at)
                or transfer.state == 'sent' and transfer.received_count < transfer.sent_count)

    # === ACTIONS === #

    def action_pack(self):
        """Make the packages in the background; all checks once more, for much time may have passed."""
        for transfer in self:
            transfer._check_move('packing')
            transfer._preflight()
            transfer._check_no_findings()
            transfer._move_to(
                'packing', packing_began_at=transfer.packing_began_at or fields.Datetime.now(), is_paused=False, problem=False)
            transfer._ask_to_pack()
        return True

    def action_pause(self):
        """Stop after the package that is under way."""
        self._check_giver()
        self._set_paused(True)

    def action_resume(self):
        """Go on where it was paused, or where something stood in the way."""
        self._check_giver()
        self._set_paused(False)
        self._go_on()

    def action_send(self):
        """Send the packages to the archive."""
        for transfer in self:
            transfer._check_giver()
            if transfer.state != 'packed':
                labels = dict(self._fields['state']._description_selection(self.env))
                raise UserError(self.env._(
                    "“%(transfer)s” is “%(state)s”: packages are sent once, when all are made.",
                    transfer=transfer.display_name, state=labels[transfer.state]))
            transfer._set_paused(False)
            # sudo: the right was checked
            transfer.sudo().sending_began_at = transfer.sending_began_at or fields.Datetime.now()
            transfer._ask_to_send()
        return True

    def _set_paused(self, is_paused):
        for transfer in self:
            if transfer.state not in ('packing', 'packed'):
                raise UserError(self.env._("“%s” is neither being packed nor sent.", transfer.display_name))
        # sudo: the right was checked
        self.sudo().write({'is_paused': is_paused})
        self.env['civic.journal.entry']._append('modification', self, detail={'act': 'pause' if is_paused else 'resume'})

    # === REGISTRATION === #

    def _offer(self):
        """Tell the archive what is going to be handed over; said again, it is the same registration."""
        self.ensure_one()
        output, form = io.BytesIO(), self.env['civic.form.transfer_list'].sudo()        # sudo: the right was checked
        form._render(output, 'pdf', form._prepare_options({'transfer_id': self.id}))
        accession = self._tell_keeper('registration', self._prepare_offer(), output.getvalue())
        if not accession:
            return
        self.sudo().accession_code = accession.name
        if self.level == 'unit' and accession.state == 'registered':
            # inside one agency nobody is asked for an answer: files are taken over when they come
            accession.action_answer()

    def _withdraw(self, reason):
        """Tell the archive that nothing comes."""
        self.ensure_one()
        self._tell_keeper('withdrawal', {'key': self.key, 'withdrawn': reason})

    def _tell_keeper(self, what, content, paper=b''):
        """Send a registration or its withdrawal: over the channel, or at once to an archive of this system.

        :return: the accession in this system, or nothing
        """
        if self.channel_id:
            channel = self.sudo().channel_id        # sudo: the way is the administrator's
            parts = channel._store_parts(
                (f'{what}.json', json.dumps(content).encode(), 'application/json'), ('list.pdf', paper, 'application/pdf'))
            self.env['civic.delivery']._send(
                channel, wire.REGISTRATION, parts, key=f'{self.key}-{what}', subject=self.display_name,
                meta={'key': self.key}, origin=self)
            return self.env['civic.accession']
        # sudo: the giver does not write in the archive; this is the seam between both
        return self.env['civic.accession'].sudo()._register_submission(
            self.sudo().keeper_company_id, self.company_id.partner_id, content, paper)

    def _prepare_offer(self):
        """Return the registration: what the archive needs to answer."""
        return {
            'key': self.key, 'title': self.title, 'planned_on': fields.Date.to_string(self.planned_on) or '',
            'early_reason': self.early_reason or '', 'note': self.note or '', 'previous': self.sudo().previous_id.accession_code or '',
            'files': [
                {
                    'code': workfile.code or '', 'title': workfile.title, 'documents': workfile.doc_count, 'pages': workfile.page_count,
                    'from': fields.Date.to_string(workfile.date_start) or '', 'to': fields.Date.to_string(workfile.date_end) or '',
                    'term': workfile.retention_term_id.maintenance_code or '',
                } for workfile in self.sudo().line_ids.sorted('sequence').workfile_id],      # sudo: the list is complete, whoever offers it
        }

    # === JOBS === #

    def _ask_to_pack(self):
        for line in self.sudo().line_ids.filtered(lambda line: line.state == 'pending'):
            line.with_delay(
                description=self.env._("Pack %s", line.workfile_id.notation), identity_key=f'civic.transfer.pack:{line.id}')._job_pack()

    def _ask_to_send(self):
        for line in self.sudo().line_ids.filtered(lambda line: line.state == 'built'):
            line.with_delay(
                description=self.env._("Send %s", line.workfile_id.notation), identity_key=f'civic.transfer.send:{line.id}')._job_send()

    def _go_on(self):
        """Ask for what is left to do; twice does no harm."""
        for transfer in self:
            if transfer.state == 'packing':
                transfer._ask_to_pack()
            elif transfer.state == 'packed' and transfer.sending_began_at:
                transfer._ask_to_send()
        self._ask_for_step()

    @api.model
    def _cron_go_on(self):
        """Go on with what a stop of the server interrupted, and lock what could not be locked before."""
        # sudo: the job acts for the system
        for transfer in self.sudo().search([('state', 'in', ('packing', 'packed')), ('is_paused', '=', False)]):
            transfer._go_on()
        waiting = self.env['civic.transfer.line'].sudo().search([
            ('state', '=', 'accepted'), ('locked_on', '=', False), ('transfer_id.state', '=', 'done')])
        waiting._lock_given()

    def _ask_for_step(self):
        """Have it looked at whether all lines are done: by a job of its own, which sees what others committed."""
        for transfer in self.sudo():
            transfer.with_delay(
                description=transfer.display_name, identity_key=f'civic.transfer.step:{transfer.id}')._job_step()

    def _job_step(self):
        """Background job: move on when no line is left behind."""
        for transfer in self.sudo().exists():
            states = set(transfer.line_ids.mapped('state'))
            if transfer.state == 'packing' and states and 'pending' not in states:
                transfer._move_to('packed')
                if transfer.sending_began_at:
                    transfer._ask_to_send()
            elif transfer.state == 'packed' and states and not states & {'pending', 'built'}:
                transfer._move_to('sent', sent_on=fields.Date.context_today(transfer))


class CivicTransferLine(models.Model):
    _inherit = 'civic.transfer.line'

    def _job_pack(self):
        """Background job: make the package of one file. What stands in its way is said on the line, and the others go on."""
        self.ensure_one()
        line = self.sudo().exists()         # sudo: who may pack was asked when it began
        if not line or line.state != 'pending' or line.transfer_id.state != 'packing' or line.transfer_id.is_paused:
            return
        try:
            line.lock_for_update(allow_referencing=True)
        except LockError:
            return                          # another process makes it at this moment
        try:
            with self.env.cr.savepoint():
                line._pack()
        except (UserError, PackageError, TransportError, OSError) as error:
            line.write({'problem': str(error)[:1000]})
            self.env['civic.journal.entry']._append('packaging', line, outcome='failure', detail={'reason': str(error)[:500]})
            return
        line.transfer_id._ask_for_step()

    def _pack(self):
        """Write the package into the store, known by its digest; its contents are compared with theirs on the way."""
        workfile = self.workfile_id
        workfile._check_not_held()
        if any(not entry.doc_code for entry in workfile.entry_ids):
            workfile._issue_document_codes()
        package, manifest = self._prepare_package()
        with tempfile.TemporaryDirectory(prefix='civic-transfer-') as folder:
            built = build(package, Path(folder))
            report = validate(str(built.path), profile=package.profile, variant=package.variant)
            if not report.valid:
                lang = 'vi' if (self.env.lang or '').startswith('vi') else 'en'
                raise UserError('\n'.join(
                    f'{finding.rule}: {finding.text(lang)}' for finding in report.findings[:20] if finding.severity == 'error'))
            size, sha256, sha1 = measure(built.path)
            name = f'{workfile.code}.zip'
            attachment = self.env['ir.attachment']._civic_store_file(str(built.path), size, sha1, {
                'name': name, 'mimetype': 'application/zip', 'res_model': 'civic.delivery.part', 'company_id': self.company_id.id})
        self.write({
            'state': 'built', 'package_name': name, 'package_attachment_id': attachment.id, 'objid': built.objid, 'sha256': sha256,
            'size': size, 'document_count': built.documents, 'content_count': len(manifest), 'manifest': manifest,
            'contents_sha256': wire.fingerprint_contents(row['sha256'] for row in manifest), 'built_at': fields.Datetime.now(),
            'problem': False})
        self.env['civic.journal.entry']._append('packaging', self, detail={
            'package': built.objid, 'sha256': sha256, 'documents': built.documents, 'file': workfile.code})

    def _prepare_package(self):
        """Return the package, and the list of its content files with their digests."""
        transfer, workfile, kind = self.transfer_id, self.workfile_id, self._get_package_kind()
        packed = workfile._get_packed_entries()
        values_by_entry = workfile._prepare_document_values(kind, packed)
        documents, manifest = [], []
        for entry in packed:
            files = []
            for content in entry._get_packed_contents():
                files.append(File(
                    content._get_source(), original_name=content.name, mime=content.mimetype, sha256=content.sha256,
                    created=content.create_date.replace(tzinfo=timezone.utc),
                    format=(content.format_name, '', content.puid) if content.puid and content.format_name else None))
                manifest.append({
                    'document': entry.document_id.id, 'content': content.id, 'name': content.name, 'sha256': content.sha256,
                    'size': content.size})
            documents.append(Document(values_by_entry[entry], files))
        company = transfer.company_id
        return Package(
            kind.name, workfile._prepare_package_values(kind, packed), documents,
            created=transfer.packing_began_at.replace(tzinfo=timezone.utc), fonds=company.organ_code or company.abbreviation or '',
            organisation=company.name, submission=transfer.accession_code or transfer.name, packer=transfer.create_uid.login,
            profile=kind.profile, variant=kind.variant, seed=f'{transfer.key}|{workfile.code}'), manifest

    def _job_send(self):
        """Background job: hand the package of one file to the archive, or to the outbox."""
        self.ensure_one()
        line = self.sudo().exists()         # sudo: who may send was asked when it began
        if not line or line.state != 'built' or line.transfer_id.state != 'packed' or line.transfer_id.is_paused:
            return
        try:
            line.lock_for_update(allow_referencing=True)
        except LockError:
            return
        try:
            with self.env.cr.savepoint():
                line._send_package()
        except (UserError, OSError) as error:
            line.write({'problem': str(error)[:1000]})
            self.env['civic.journal.entry']._append('transfer', line, outcome='failure', detail={'reason': str(error)[:500]})
            return
        line.transfer_id._ask_for_step()

    def _send_package(self):
        transfer, attachment, now = self.transfer_id, self.package_attachment_id, fields.Datetime.now()
        if not attachment:
            raise UserError(self.env._("The package of “%s” is not in the store: pack it again.", self.workfile_id.display_name))
        if transfer.channel_id:
            delivery = self.env['civic.delivery']._send(
                transfer.channel_id, wire.PACKAGE, attachment, key=f'{transfer.key}-{self.sha256}', subject=self.package_name,
                meta={'key': transfer.key, 'name': self.package_name, 'sha256': self.sha256}, origin=self,
                digests={attachment.id: self.sha256})
            self.write({'state': 'sent', 'sent_at': now, 'delivery_id': delivery.id, 'problem': False})
        else:
            accession = self.env['civic.accession'].search([
                ('company_id', '=', transfer.keeper_company_id.id), ('submission_key', '=', transfer.key)])
            with contextlib.closing(attachment._civic_open()) as stream:
                kept = accession._take_package(stream, self.package_name, self.sha256)
            self.write({
                'state': 'received', 'sent_at': now, 'received_at': now, 'receipt_sha256': kept.sha256, 'problem': False})
        self.env['civic.journal.entry']._append('transfer', self, detail={
            'package': self.objid, 'sha256': self.sha256, 'archive': transfer.keeper_id.name})

    def action_pack_again(self):
        """Make packages anew that stand still: what was in their way has been mended."""
        for line in self:
            line.transfer_id._check_giver()
            if line.state not in ('pending', 'built') or line.transfer_id.state not in ('packing', 'packed'):
                raise UserError(self.env._("“%s” is sent already, or not to be packed now.", line.workfile_id.display_name))
            line_sudo = line.sudo()         # sudo: closed to writing; the right was checked
            line_sudo._forget_packages()
            line_sudo.write({'state': 'pending', 'problem': False, 'sha256': False})
            if line.transfer_id.state == 'packed':
                line.transfer_id._move_to('packing')
        self.transfer_id._ask_to_pack()
        return True

    def _forget_packages(self):
        """Remove package files that nobody needs any more (as superuser); their digests stay. What is on its way stays, too."""
        for line in self:
            attachment = line.package_attachment_id
            if attachment and not line.delivery_id:
                line.package_attachment_id = False
                attachment.unlink()
