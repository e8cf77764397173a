import base64
import json

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from odoo.addons.civic_archive.models.civic_minutes_mixin import MINUTES_STATES
from odoo.addons.civic_archive.tools import wire
from odoo.addons.civic_transport.tools import receipt


class CivicDelivery(models.Model):
    _inherit = 'civic.delivery'

    @api.model
    def _get_kinds(self):
        return {**super()._get_kinds(), **dict.fromkeys(wire.TO_GIVER, 'civic.transfer')}

    def _get_handler(self):
        """Receipts of what the giver sends are the giver's, whatever the room that takes such deliveries in."""
        if self.direction == 'out' and self.kind in wire.TO_KEEPER:
            # sudo: nobody is at work when something arrives
            return self.env['civic.transfer'].sudo().with_company(self.company_id)
        return super()._get_handler()


class CivicAccession(models.Model):
    _inherit = 'civic.accession'

    def _tell_giver(self, kind, paper=None):
        """An agency of the same database hears it at once."""
        statement = super()._tell_giver(kind, paper)
        if not self.channel_id:
            # sudo: the archive does not write in the giver's transfer; this is the seam between both
            transfer = self.env['civic.transfer'].sudo().search([('key', '=', self.submission_key), ('channel_id', '=', False)])
            if transfer:
                transfer._take_statement(statement, paper)
        return statement


class CivicTransfer(models.Model):
    """What the archive says, and what follows: results per file, minutes, the lock, the purge."""

    _inherit = 'civic.transfer'

    # named here again: labels are translated with the module that names them
    minutes_state = fields.Selection(MINUTES_STATES)
    receipt = fields.Text("Signed Statement of the Archive", readonly=True, copy=False)
    receipt_key = fields.Char("Key of the Statement", readonly=True, copy=False)

    @api.model
    def _get_system_fields(self):
        return super()._get_system_fields() | {'receipt', 'receipt_key'}

    # === BY A CHANNEL === #

    @api.model
    def _on_received(self, delivery):
        """A statement of the archive has arrived.

        :raises UserError: it is for none of our transfers, or proves nothing; the delivery waits for a person
        """
        meta = delivery.meta if isinstance(delivery.meta, dict) else {}
        transfer = self.search([('key', '=', wire.get_text(meta, 'key', 64) or '-'), ('channel_id', '=', delivery.channel_id.id)])
        if not transfer:
            raise UserError(self.env._("No transfer of this agency has the key of the statement."))
        papers = []
        for part in delivery.part_ids[:2]:
            with part._open() as stream:
                papers.append(stream.read(wire.MAX_JSON + 1))
        transfer._take_statement(wire.read_json(papers[0]), papers[1] if len(papers) > 1 else None)

    @api.model
    def _on_receipt(self, delivery):
        """The archive's server has a package; its receipt says which bytes."""
        if delivery.kind != wire.PACKAGE or delivery.res_model != 'civic.transfer.line':
            return
        line = self.env['civic.transfer.line'].browse(delivery.res_id).exists()
        if line.state == 'sent':
            [part] = delivery._get_receipt_content()['parts']
            line.write({'state': 'received', 'received_at': delivery.received_at, 'receipt_sha256': part['sha256']})
            self.env['civic.journal.entry']._append('receipt', line, detail={
                'sha256': part['sha256'], 'receipt_key': delivery.receipt_key})

    # === STATEMENTS === #

    def _get_statement_verifiers(self):
        """Return what checks the statements of the archive: the key of the channel's partner, or of the agency here."""
        self.ensure_one()
        if self.channel_id:
            return self.channel_id._get_verifiers()
        key = self.env['civic.transport.key']._get_for(self.keeper_company_id)
        return {'Ed25519': receipt.Ed25519Verifier(base64.b64decode(key.public_key))}

    def _take_statement(self, statement, paper=None):
        """Take over what the archive says (as superuser), if it is signed with its key; said twice it changes nothing.

        :param dict statement: hostile
        :param bytes paper: the minutes, hostile
        """
        self.ensure_one()
        try:
            content = receipt.read(statement, self._get_statement_verifiers())
        except receipt.ReceiptError as error:
            raise UserError(self.env._("The statement of the archive proves nothing: %s", error.code)) from None
        if wire.get_text(content, 'key', 64) != self.key:
            raise UserError(self.env._("The statement of the archive is about another transfer."))
        take = {'answer': self._take_answer, 'result': self._take_result, 'conclusion': self._take_conclusion}.get(content.get('what'))
        if take is None:
            raise UserError(self.env._("The archive says something that this system does not know."))
        take(content, statement, paper)

    def _take_answer(self, content, statement, _paper):
        today = fields.Date.context_today(self)
        state, reason = content.get('state'), wire.get_text(content, 'reason', 4000)
        code = wire.get_text(content, 'accession', 100)
        if state == 'answered' and self.state == 'registered':
            self._move_to('answered', answered_on=today, accession_code=code or self.accession_code)
            self._journal_statement('approval', content, statement)
        elif state == 'refused' and self.state in ('registered', 'answered'):
            self._move_to('refused', answered_on=today, accession_code=code or self.accession_code, refusal=reason)
            self._drop_lines()
            self._journal_statement('refusal', content, statement)
        elif state == 'problem':
            line = self.line_ids.filtered(lambda line: line.sha256 and line.sha256 == content.get('sha256'))
            (line or self).write({'problem': reason})
            self._journal_statement('refusal', content, statement)

    def _take_result(self, content, statement, paper):
        """The archive has decided: each package by its digest, with the minutes that the giver signs first."""
        if self.state not in ('packed', 'sent'):
            return
        self._take_packages(content)
        self._move_to(
            'decided', decided_on=fields.Date.context_today(self), accession_code=wire.get_text(content, 'accession', 100),
            receipt=json.dumps(statement), receipt_key=statement['key_id'])
        self._take_minutes(content, paper)
        self._journal_statement('receipt', content, statement)

    def _take_minutes(self, content, paper):
        if not paper or not paper.startswith(b'%PDF-') or receipt.fingerprint(paper) != content.get('minutes'):
            raise UserError(self.env._("The minutes are not those of which the archive speaks."))
        self._keep_minutes(paper, 'made')

    def _take_conclusion(self, content, statement, paper):
        """Both sides have signed: what was given is locked."""
        if self.state != 'decided' or self.minutes_state != 'given':
            return
        if receipt.fingerprint(paper or b'') != content.get('minutes'):
            raise UserError(self.env._("The minutes are not those of which the archive speaks."))
        self._check_minutes_signed(paper, 2)
        self._take_packages(content)
        self._keep_minutes(paper, 'signed')
        self._move_to(
            'done', done_on=fields.Date.context_today(self), receipt=json.dumps(statement), receipt_key=statement['key_id'])
        self._journal_statement('receipt', content, statement)
        self.line_ids._lock_given()
        self.line_ids.filtered(lambda line: line.state in ('accepted', 'returned'))._forget_packages()

    def _take_packages(self, content):
        """Write down what the archive says of each package. What it does not name was not received."""
        rows = {wire.get_text(row, 'sha256', 64): row for row in wire.get_rows(content, 'packages')}
        by_name = {wire.get_text(row, 'name', 200): row for row in rows.values()}
        for line in self.line_ids.filtered(lambda line: line.state not in ('returned', 'dropped')):
            row = rows.get(line.sha256) or by_name.get(line.package_name)
            if row is None:
                line.write({'state': 'returned', 'reason': self.env._("The archive did not receive it.")})
                continue
            is_kept = row.get('state') == 'kept' and wire.get_text(row, 'sha256', 64) == line.sha256
            findings = '\n'.join(
                '• ' + ' '.join(filter(None, (
                    wire.get_text(finding, 'rule', 60), wire.get_text(finding, 'message', 500), wire.get_text(finding, 'location', 400))))
                for finding in wire.get_rows(row, 'findings')[:100])
            copies = row.get('copies')
            line.write({
                'receipt_sha256': wire.get_text(row, 'sha256', 64), 'received_at': line.received_at or fields.Datetime.now(),
                'state': 'accepted' if is_kept else 'returned' if row.get('state') == 'returned' else line.state,
                'reason': '\n'.join(filter(None, (wire.get_text(row, 'reason', 4000), findings))) or False,
                'aip_name': wire.get_text(row, 'aip', 200) or False, 'aip_sha256': wire.get_text(row, 'aip_sha256', 64) or False,
                'stored_contents_sha256': wire.get_text(row, 'contents_sha256', 64) or False,
                'copy_count': copies if type(copies) is int and 0 <= copies < 1000 else 0, 'problem': False})

    def _journal_statement(self, event, content, statement):
        self.env['civic.journal.entry']._append(event, self, detail={
            'statement': content['what'], 'accession': content.get('accession'), 'reason': content.get('reason') or None,
            'key_id': statement['key_id'], 'packages': [
                {'sha256': line.receipt_sha256, 'state': line.state, 'aip': line.aip_name} for line in self.line_ids[:200]]})

    # === MINUTES === #

    def _after_minutes_signed(self):
        """Send what the giver signed back to the archive."""
        raw = self._get_minutes()
        channel = self.sudo().channel_id            # sudo: the way is the administrator's
        if channel:
            self.env['civic.delivery']._send(
                channel, wire.MINUTES, channel._store_parts(('minutes.pdf', raw, 'application/pdf')),
                key=f'{self.key}-minutes', subject=self.display_name, meta={'key': self.key}, origin=self)
            return
        # sudo: the giver does not write in the archive; this is the seam between both
        accession = self.env['civic.accession'].sudo().search([
            ('company_id', '=', self.sudo().keeper_company_id.id), ('submission_key', '=', self.key)])
        accession._take_given_minutes(raw)
        accession.write({'minutes_given_by_id': self.env.uid})

    # === PURGE === #

    def action_purge(self):
        """Ask why the content of what was handed over goes here."""
        self._check_may_purge()
        return self._open_reason_wizard('_purge', self.env._("Purge What Was Handed Over"))

    def _check_may_purge(self):
        self.check_access('read')
        if not self.env.su and not self.env.user.has_group('civic_base.group_records_admin'):
            raise AccessError(self.env._("Only records administrators purge what was handed over."))
        if not self.env.su and self.company_id - self.env.companies:
            raise AccessError(self.env._("“%s” belongs to another agency.", self[:1].display_name))
        for transfer in self:
            if transfer.state != 'done' or transfer.level != 'historical' or not transfer.locked_count:
                raise UserError(self.env._(
                    "Content is purged when the historical archive has signed the digests of what it keeps, and both sides the minutes."))

    def _purge(self, reason):
        """Remove the content of locked files; description, digests and proof stay."""
        self._check_may_purge()
        for transfer in self:
            # sudo: the role was checked
            lines = transfer.sudo().line_ids.filtered(lambda line: line.locked_on and not line.purged_on)
            if not lines:
                raise UserError(self.env._("Nothing of “%s” is left to be purged.", transfer.display_name))
            for line in lines:
                line._check_proven()
                line._purge_contents(reason)
        return True


# Only code that holds this object takes the files out of a document that was handed over.
_PURGE = object()


class CivicTransferLine(models.Model):
    _inherit = 'civic.transfer.line'

    def _check_proven(self):
        """Refuse to lock or purge what the archive has not proven to keep as it was sent.

        :raises UserError:
        """
        for line in self:
            transfer = line.transfer_id
            try:
                content = receipt.read(transfer.receipt or '', transfer._get_statement_verifiers())
            except receipt.ReceiptError:
                raise UserError(self.env._("“%s”: the signed statement of the archive is missing.", transfer.display_name)) from None
            kept = {
                wire.get_text(row, 'sha256', 64): row for row in wire.get_rows(content, 'packages') if row.get('state') == 'kept'}
            row = kept.get(line.sha256)
            if not row or wire.get_text(row, 'contents_sha256', 64) != line.contents_sha256 or not wire.get_text(row, 'aip_sha256', 64):
                raise UserError(self.env._(
                    "“%s”: what the archive signed is not what was sent. Nothing is locked or purged.", line.workfile_id.display_name))
            if transfer.minutes_state != 'signed':
                raise UserError(self.env._("“%s”: the minutes are not signed by both sides.", transfer.display_name))

    def _lock_given(self):
        """Lock the files that the archive keeps (as superuser). One that cannot be locked now, such as a held one, says why."""
        for line in self.filtered(lambda line: line.state == 'accepted' and not line.locked_on):
            try:
                with self.env.cr.savepoint():
                    line._check_proven()
                    line.workfile_id._hand_over(line)
                    line.write({'locked_on': fields.Date.context_today(line), 'problem': False})
            except UserError as error:
                line.problem = str(error)[:1000]

    def _purge_contents(self, reason):
        """Remove the files of documents that lie in no file which stays here; their list stays on this line."""
        self.workfile_id._check_not_held()
        staying = self.env['civic.workfile.entry'].search([
            ('document_id', 'in', self.workfile_id.entry_ids.document_id.ids), ('workfile_id', '!=', self.workfile_id.id),
            ('workfile_id.state', 'not in', ('transferred', 'destroyed'))]).document_id
        documents = self.workfile_id.entry_ids.document_id - staying
        contents = documents.content_ids
        detail = {'act': 'purge', 'reason': reason, 'file': self.workfile_id.code, 'archive': self.aip_name,
                  'contents': len(contents), 'kept': staying.ids}
        documents._write_by_system({'main_content_id': False})
        contents.with_context(civic_transfer_token=_PURGE).unlink()
        self.write({'purged_on': fields.Date.context_today(self)})
        self.env['civic.journal.entry']._append('deletion', self, detail=detail)
        self.env['civic.journal.entry']._append('deletion', self.workfile_id, detail=detail)


class CivicContent(models.Model):
    _inherit = 'civic.content'

    def _is_frozen(self):
        if self.env.context.get('civic_transfer_token') is _PURGE:
            return False
        return super()._is_frozen()
