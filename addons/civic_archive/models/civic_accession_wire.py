import contextlib
import io
import json
import os
import shutil
import tempfile

import pikepdf

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from odoo.addons.civic_base.const import DEFAULT_LANG
from odoo.addons.civic_package.tools.convert import Reader
from odoo.addons.civic_package.tools.sources import open_source
from odoo.addons.civic_transport.tools import receipt

from ..tools import wire


class CivicDelivery(models.Model):
    _inherit = 'civic.delivery'

    @api.model
    def _get_kinds(self):
        return {**super()._get_kinds(), **dict.fromkeys(wire.TO_KEEPER, 'civic.accession')}

    def _get_handler(self):
        """Receipts of what the keeper sends are the keeper's, whatever the room that takes such deliveries in."""
        if self.direction == 'out' and self.kind in wire.TO_GIVER:
            # sudo: nobody is at work when something arrives
            return self.env['civic.accession'].sudo().with_company(self.company_id)
        return super()._get_handler()


class CivicAccession(models.Model):
    """The keeper's half of a hand-over: registrations and packages that come by a channel, or from an agency of the same
    database, and what the giver is told: answer, result with digests, minutes signed by both sides.

    A registration has a key of the giver's; sent twice it is one accession. What the keeper says is signed.
    """

    _name = 'civic.accession'
    _inherit = ['civic.accession', 'civic.minutes.mixin']
    _civic_minutes_side = 'receiver'
    _civic_secrecy_texts = ('title', 'note', 'early_reason')

    submission_key = fields.Char(
        "Key of the Giver", readonly=True, copy=False, help="The giver knows the submission by it: registered twice, it is one.")
    channel_id = fields.Many2one('civic.channel', "Came by", readonly=True, copy=False, index='btree_not_null', ondelete='restrict')
    early_reason = fields.Char(
        "Why It Comes Early", readonly=True, copy=False,
        help="Given by the agency that registered later than the law wants.")
    offered_count = fields.Integer("Files Offered", readonly=True, copy=False)
    offer = fields.Json(readonly=True, copy=False, export_string_translation=False)
    list_attachment_id = fields.Many2one(
        'ir.attachment', "Transfer List", readonly=True, copy=False, ondelete='restrict', groups=fields.NO_ACCESS)
    has_list = fields.Boolean(compute='_compute_has_list', compute_sudo=True, export_string_translation=False)

    _submission_uniq = models.UniqueIndex(
        '(company_id, submission_key) WHERE submission_key IS NOT NULL', "This submission is registered already.")

    @api.depends('list_attachment_id')
    def _compute_has_list(self):
        for accession in self:
            accession.has_list = bool(accession.list_attachment_id)

    def write(self, vals):
        if not self.env.su and {'submission_key', 'channel_id', 'early_reason', 'offer', 'offered_count'} & set(vals):
            raise AccessError(self.env._("What the giver registered does not change here."))
        return super().write(vals)

    def action_open_list(self):
        """Show the transfer list of the giver."""
        self.ensure_one()
        self.check_access('read')
        # sudo: whoever reads the accession reads its list
        attachment = self.sudo().list_attachment_id
        if not attachment:
            raise UserError(self.env._("The giver sent no list."))
        return {'type': 'ir.actions.act_url', 'url': f'/web/content/{attachment.id}', 'target': 'new'}

    # === WHAT COMES IN === #

    @api.model
    def _register_submission(self, company, agency, offer, paper=b'', channel=None):
        """Register what an agency offers; the same key gives the accession of the first time.

        :param dict offer: hostile; 'key', 'title', 'planned_on', 'early_reason', 'note', 'previous' (code of the accession that it mends),
            'files', 'withdrawn' (why the giver takes it back)
        :param bytes paper: the transfer list as PDF
        :raises UserError: the archive cannot take it: closed, not its source, no fonds
        """
        key = wire.get_text(offer, 'key', 64)
        if not key:
            raise UserError(self.env._("The registration has no key."))
        # sudo: nobody of the archive is at work when it comes
        accessions = self.sudo().with_company(company)
        known = accessions.search([('company_id', '=', company.id), ('submission_key', '=', key)])
        if known:
            if known.agency_id != agency or known.channel_id != (channel or known.channel_id.browse()):
                raise UserError(self.env._("This key belongs to the registration of another agency."))
            withdrawn = wire.get_text(offer, 'withdrawn', 4000)
            if withdrawn and known.state in ('registered', 'answered'):
                known._refuse(self.env._("Withdrawn by the giver: %s", withdrawn))
            return known
        files = wire.get_rows(offer, 'files')
        try:
            planned = fields.Date.to_date(wire.get_text(offer, 'planned_on', 10) or False)
        except ValueError:
            planned = False
        accession = accessions.create({
            'company_id': company.id, 'agency_id': agency.id, 'fonds_id': self._find_fonds(company, agency).id,
            'title': wire.get_text(offer, 'title') or agency.name, 'planned_on': planned,
            'note': wire.get_text(offer, 'note', 2000) or False})
        accession.write({
            'submission_key': key, 'channel_id': channel and channel.id, 'offered_count': len(files),
            'offer': {'files': files[:wire.MAX_FILES]}, 'early_reason': wire.get_text(offer, 'early_reason', 2000) or False,
            'previous_id': self._find_previous(company, agency, wire.get_text(offer, 'previous', 100)).id})
        if paper.startswith(b'%PDF-'):
            accession.list_attachment_id = self.env['ir.attachment'].sudo().create({
                'name': self.env._("Transfer list %s.pdf", accession.name), 'raw': paper, 'mimetype': 'application/pdf',
                'res_model': self._name, 'res_id': accession.id})
        return accession

    @api.model
    def _find_fonds(self, company, agency):
        """Return the open fonds for the records of the agency.

        :raises UserError: there is none
        """
        company._check_archive_destination()
        fonds = self.env['civic.fonds'].sudo()
        if company.agency_level == 'archives':
            fonds = self.env['civic.fonds.source']._check_agency(company, agency).sudo().fonds_id
        if not fonds:
            fonds = fonds.search([('company_id', '=', company.id), ('creator_id', '=', agency.id)], order='state desc, id', limit=1)
        while fonds.state == 'closed' and fonds.successor_id:
            fonds = fonds.successor_id
        if not fonds:
            raise UserError(self.env._(
                "%(archive)s has no fonds for the records of %(agency)s: its archivist enters it first.",
                archive=company.display_name, agency=agency.display_name))
        fonds._check_destination()
        return fonds

    @api.model
    def _find_previous(self, company, agency, code):
        """Return the completed accession of that code whose returned packages come again."""
        return self.sudo().search([
            ('company_id', '=', company.id), ('agency_id', '=', agency.id), ('name', '=', code), ('state', '=', 'done')],
            limit=1) if code else self.browse()

    def _take_package(self, source, name, sha256):
        """Take a copy of a package of the giver into quarantine; the same one again changes nothing.

        :param source: an open binary stream
        :return: the line
        """
        self.ensure_one()
        # sudo: the giver does not see the lines of the archive; this is the seam between both
        accession = self.sudo()
        known = accession.line_ids.filtered(lambda line: line.sha256 == sha256)[:1]
        if known:
            return known
        spool = self.env['civic.archive.store']._get_spool()
        with tempfile.NamedTemporaryFile(dir=spool, prefix='.upload-', delete=False) as copy:
            shutil.copyfileobj(source, copy, 1 << 20)
        try:
            return accession._receive(copy.name, name)
        finally:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(copy.name)

    def _take_given_minutes(self, raw):
        """Keep the minutes that the giver signed; they are ours with one good signature on them."""
        self.ensure_one()
        if self.minutes_state in ('given', 'signed'):
            return
        if self.minutes_state != 'made':
            raise UserError(self.env._("There are no minutes of “%s” to be signed yet.", self.display_name))
        self._check_minutes_signed(raw, 1)
        self._keep_minutes(raw, 'given')
        self.env['civic.journal.entry']._append('receipt', self, detail={'form': 'minutes', 'sha256': self.minutes_sha256})

    # === BY A CHANNEL === #

    @api.model
    def _on_received(self, delivery):
        """A delivery of the giver has arrived; what cannot be taken is answered, so that the giver knows why."""
        channel = delivery.channel_id
        self = self._in_words_of(channel.company_id)
        if not channel.partner_id:
            raise UserError(self.env._("The channel “%s” names no agency: enter it, then process the delivery again.", channel.name))
        take = {
            wire.REGISTRATION: self._on_registration, wire.PACKAGE: self._on_package, wire.MINUTES: self._on_minutes,
        }[delivery.kind]
        meta = delivery.meta if isinstance(delivery.meta, dict) else {}
        try:
            with self.env.cr.savepoint():
                take(delivery, meta)
        except (UserError, wire.WireError) as error:
            self._send_statement(channel, wire.ANSWER, {
                'what': 'answer', 'state': 'refused' if delivery.kind == wire.REGISTRATION else 'problem',
                'about': delivery.kind, 'key': wire.get_text(meta, 'key', 64), 'sha256': wire.get_text(meta, 'sha256', 64),
                'reason': str(error), 'archive': channel.company_id.name}, key=f'{delivery.key}-answer')

    @api.model
    def _on_receipt(self, delivery):
        """The partner has what was sent: nothing is to be done with it here."""

    def _on_registration(self, delivery, meta):
        with delivery.part_ids[0]._open() as stream:
            offer = wire.read_json(stream.read(wire.MAX_JSON + 1))
        paper = b''
        if len(delivery.part_ids) > 1 and delivery.part_ids[1].size <= wire.MAX_JSON:
            with delivery.part_ids[1]._open() as stream:
                paper = stream.read()
        if wire.get_text(offer, 'key', 64) != wire.get_text(meta, 'key', 64):
            raise wire.WireError("the key is not that of the message")
        channel = delivery.channel_id
        self._register_submission(channel.company_id, channel.partner_id, offer, paper, channel)

    def _on_package(self, delivery, meta):
        part = delivery.part_ids[:1]
        with part._open() as stream:
            self._find_submission(delivery, meta)._take_package(stream, wire.get_text(meta, 'name', 200) or part.name, part.sha256)

    def _on_minutes(self, delivery, meta):
        with delivery.part_ids[:1]._open() as stream:
            self._find_submission(delivery, meta)._take_given_minutes(stream.read())

    def _find_submission(self, delivery, meta):
        accession = self.sudo().search([
            ('channel_id', '=', delivery.channel_id.id), ('submission_key', '=', wire.get_text(meta, 'key', 64) or '-')])
        if not accession:
            raise UserError(self.env._("No submission is registered under this key."))
        return accession

    # === WHAT THE GIVER IS TOLD === #

    def _move_to(self, state, **values):
        super()._move_to(state, **values)
        if state in ('answered', 'refused', 'done'):
            for accession in self.sudo().filtered('submission_key'):       # sudo: the statement is the archive's, whoever acted
                accession._report_state()

    def _report_state(self):
        """Tell the giver the answer, or the result with the minutes that it signs first."""
        self = self._in_words_of(self.company_id)
        if self.state == 'done':
            self._make_minutes()
            self._tell_giver(wire.RESULT, self._get_minutes())
        else:
            self._tell_giver(wire.ANSWER)

    @api.model
    def _in_words_of(self, company):
        """What goes out is written in the language of the archive, whoever or whatever is at work."""
        return self.with_context(lang=company.sudo().partner_id.lang or DEFAULT_LANG)

    def _make_minutes(self):
        """Make the form that both sides sign; once."""
        if self.minutes_state != 'none':
            return
        output, form = io.BytesIO(), self.env['civic.form.accession_minutes']
        form._render(output, 'pdf', form._prepare_options({'record_id': self.id}))
        raw, list_sudo = output.getvalue(), self.sudo().list_attachment_id      # sudo: the file is closed
        if list_sudo:
            # whoever signs the minutes signs the list of what was given, too
            with pikepdf.open(io.BytesIO(raw)) as paper:
                paper.attachments[list_sudo.name] = pikepdf.AttachedFileSpec(paper, list_sudo.raw, filename=list_sudo.name)
                output = io.BytesIO()
                paper.save(output, deterministic_id=True)
            raw = output.getvalue()
        self._keep_minutes(self._reserve_minutes(raw), 'made')

    def _tell_giver(self, kind, paper=None):
        """Send a signed statement to the giver. A room above hears of it for agencies of the same database.

        :return: the statement
        """
        self.ensure_one()
        content = self._prepare_statement(kind)
        if paper:
            content['minutes'] = self.minutes_sha256
        if self.channel_id:
            return self._send_statement(self.channel_id, kind, content, paper, key=f'{self.submission_key}-{content["what"]}')
        return self._sign_statement(self.company_id, content)

    def _prepare_statement(self, kind):
        """Return what the archive says of the submission: its state, and each package by its digest."""
        return {
            'what': kind.partition('.')[2], 'key': self.submission_key, 'accession': self.name, 'archive': self.company_id.name,
            'state': self.state, 'reason': self.refusal or '', 'said_at': fields.Datetime.to_string(fields.Datetime.now()),
            'packages': [line._prepare_statement() for line in self.line_ids] if kind != wire.ANSWER else [],
        }

    @api.model
    def _sign_statement(self, company, content):
        return receipt.sign(content, self.env['civic.transport.key']._get_for(company)._make_signer())

    @api.model
    def _send_statement(self, channel, kind, content, paper=None, key=None):
        statement = self._sign_statement(channel.company_id, content)
        parts = channel._store_parts(
            ('statement.json', json.dumps(statement).encode(), 'application/json'), ('minutes.pdf', paper, 'application/pdf'))
        self.env['civic.delivery']._send(
            channel, kind, parts, key=key, subject=content.get('accession') or self.env._("Hand-over"),
            meta={'key': content['key'], 'what': content['what']}, origin=self or None)
        return statement

    # === MINUTES === #

    def _after_minutes_signed(self):
        """Both have signed: the giver gets the minutes, and the digests once more with the copies that are kept by now."""
        if self.sudo().submission_key:
            # sudo: as in _move_to
            self.sudo()._tell_giver(wire.CONCLUSION, self._get_minutes())


class CivicAccessionLine(models.Model):
    _inherit = 'civic.accession.line'

    contents_sha256 = fields.Char(
        "Digest of the Contents", readonly=True, help="Over the digests of all content files in the package that is kept.")

    def _make_aip(self, source, folder):
        objid, path = super()._make_aip(source, folder)
        kind = self.package_kind.replace('SIP', 'AIP')
        with open_source(str(path)) as package:
            documents = Reader(package).content(kind).documents
        self.write({'contents_sha256': wire.fingerprint_contents(
            file.digest for _description, files in documents for file in files)})
        return objid, path

    def _prepare_statement(self):
        """Return what the giver is told of one package."""
        self.ensure_one()
        aip = self.aip_id
        return {
            'name': self.name, 'sha256': self.sha256, 'size': int(self.size), 'state': self.state, 'reason': self.reason or '',
            'findings': [
                {'rule': finding.rule or '', 'message': finding.message or '', 'location': finding.location or ''}
                for finding in self.finding_ids[:100] if finding.severity == 'error'] if self.state == 'returned' else [],
            'aip': aip.name or '', 'aip_sha256': aip.sha256 or '', 'contents_sha256': self.contents_sha256 or '',
            'copies': aip.good_count,
        }
