import hashlib
import json
import logging
from contextlib import suppress
from datetime import timedelta
from functools import partial
from pathlib import Path
from urllib.parse import quote

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command, Domain
from odoo.tools import email_normalize, plaintext2html

from odoo.addons.civic_base.const import URGENCY
from odoo.addons.civic_document.exceptions import ContentRefused, SecretRefused
from odoo.addons.civic_document.tools.content import INLINE_PAGES, ContentReport, get_extension, inspect, measure

from ..const import ARRIVAL_CHANNELS, ARRIVAL_KINDS, ARRIVAL_STATES
from ..tools import intake
from ..tools.intake import IntakeFailed
from ..tools.separation import find_segments, parse_code

_logger = logging.getLogger(__name__)

MAX_ATTEMPTS = 5
# The file that is most likely the document itself comes first; the others are its appendices.
MAIN_ORDER = ('pdf', 'docx', 'doc', 'odt', 'rtf', 'tif', 'tiff', 'jpg', 'jpeg', 'png', 'heic', 'heif')
# Parts that say something about the message, not files that somebody sent: they stay in the message as received.
TRANSPORT_TYPES = (
    'application/pkcs7-signature', 'application/x-pkcs7-signature', 'application/pgp-signature', 'text/calendar',
    'text/vcard', 'text/x-vcard', 'message/delivery-status', 'message/disposition-notification', 'text/rfc822-headers',
)


class CivicArrival(models.Model):
    """A scan or a message as it was received, and what became of it.

    What is divided on the way (a scan between separator sheets, a message into its files) is kept here whole, so that
    nothing is lost; what became a document as it was is kept there, and only named here. Files that were refused
    are in quarantine. Of state secrets nothing is kept: there is not even a line, only the journal knows of them.
    """

    _name = 'civic.arrival'
    _description = "Arrival"
    _inherit = ['civic.journal.mixin']
    _order = 'id desc'

    name = fields.Char(required=True, readonly=True, help="The name of the file, or the subject of the message.")
    company_id = fields.Many2one('res.company', "Agency", required=True, readonly=True, index=True)
    kind = fields.Selection(ARRIVAL_KINDS, required=True, readonly=True)
    state = fields.Selection(ARRIVAL_STATES, required=True, readonly=True, default='received')
    folder_id = fields.Many2one(
        'civic.scan.folder', "Scan Folder", readonly=True, index='btree_not_null', ondelete='restrict')
    received_at = fields.Datetime(required=True, readonly=True, default=fields.Datetime.now)
    sender_email = fields.Char("Sender", readonly=True)
    message_ref = fields.Char(readonly=True, export_string_translation=False, help="The Message-Id of the message.")
    attachment_id = fields.Many2one(
        'ir.attachment', readonly=True, index='btree_not_null', ondelete='restrict', groups=fields.NO_ACCESS)
    has_file = fields.Boolean(compute='_compute_has_file', compute_sudo=True)
    sha256 = fields.Char("SHA-256", readonly=True, index='btree_not_null')
    size = fields.Integer("Size (bytes)", readonly=True, aggregator='sum')
    message = fields.Text("Result", readonly=True)
    attempts = fields.Integer(readonly=True, aggregator=None)
    document_ids = fields.Many2many('civic.document', string="Documents", readonly=True)
    document_count = fields.Integer(compute='_compute_document_count')
    quarantine_refs = fields.Json(readonly=True, export_string_translation=False)
    quarantine_ids = fields.Many2many('civic.quarantine', string="Refused Files", compute='_compute_quarantine_ids')

    _list_idx = models.Index('(company_id, id DESC)')
    _failed_idx = models.Index("(company_id, id) WHERE state = 'failed'")
    _message_uniq = models.UniqueIndex(
        '(company_id, message_ref) WHERE message_ref IS NOT NULL', "This message was received before.")
    _scan_uniq = models.UniqueIndex(
        '(folder_id, sha256, name) WHERE folder_id IS NOT NULL', "This scan was received before.")
    _sender_idx = models.Index('(company_id, sender_email, received_at) WHERE sender_email IS NOT NULL')

    # === COMPUTE === #

    @api.depends('attachment_id')
    def _compute_has_file(self):
        for arrival in self:
            arrival.has_file = bool(arrival.attachment_id)

    @api.depends('document_ids')
    def _compute_document_count(self):
        for arrival in self:
            arrival.document_count = len(arrival.document_ids)

    @api.depends('quarantine_refs')
    def _compute_quarantine_ids(self):
        # Numbers, no relation: a refused file is kept by a transaction of its own, whose rows this one cannot point at.
        wanted = {number for arrival in self for number in arrival.quarantine_refs or ()}
        found = self.env['civic.quarantine'].search([('id', 'in', list(wanted))])
        for arrival in self:
            numbers = set(arrival.quarantine_refs or ())
            arrival.quarantine_ids = found.filtered(lambda quarantine, numbers=numbers: quarantine.id in numbers)

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            raise AccessError(self.env._("What was received is noted by the system alone."))
        return super().create(vals_list)

    def write(self, vals):
        if not self.env.su:
            raise AccessError(self.env._("What was received never changes."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_always(self):
        raise UserError(self.env._("What was received stays on record."))

    # === ACTIONS === #

    def action_download(self):
        """Download the scan or message as it was received; the controller journals it."""
        self.ensure_one()
        return {'type': 'ir.actions.act_url', 'url': f'/civic/arrival/{self.id}/{quote(self.name)}', 'target': 'download'}

    def action_open_documents(self):
        """Open what was made of it."""
        self.check_access('read')
        action = self.env['ir.actions.act_window']._for_xml_id('civic_incoming.civic_document_action_incoming')
        return {**action, 'domain': [('id', 'in', self.document_ids.ids)], 'context': {}}

    def action_retry(self):
        """Read once more what failed or was set aside."""
        self.env['civic.document']._check_may_receive()
        self.check_access('read')
        for arrival in self:
            if not arrival.has_file or arrival.document_ids or arrival.state not in ('failed', 'ignored'):
                raise UserError(self.env._(
                    "“%s” cannot be read again: only what failed or was set aside can.", arrival.name))
        # sudo: the bytes and the lines are closed to everyone; the right to receive was checked
        for arrival_sudo in self.sudo():
            arrival_sudo._process(is_forced=True)
        return True

    # === KEEP === #

    @api.model
    def _keep(self, raw, **values):
        """Note an arrival, with its bytes (or the path of a file that holds them) unless they are None."""
        size, sha256 = measure(raw) if raw is not None else (values.pop('size', 0), values.pop('sha256', False))
        # sudo: nobody writes these lines by hand; callers have checked who may receive
        arrival_sudo = self.sudo().create({'size': min(size, 2**31 - 1), 'sha256': sha256, **values})
        if raw is not None:
            arrival_sudo._store(raw)
        self.env['civic.journal.entry']._append(
            'receipt', arrival_sudo, detail={'kind': arrival_sudo.kind, 'sha256': sha256, 'size': size})
        return arrival_sudo

    def _store(self, raw):
        self.ensure_one()
        if not isinstance(raw, bytes):
            raw = self.env['civic.document']._read_whole(raw)
        # sudo: the bytes are closed to everyone; nothing of them is opened, indexed or resized
        self.attachment_id = self.env['ir.attachment'].sudo().with_context(image_no_postprocess=True).create({
            'name': self.name,
            'raw': raw,
            'mimetype': 'application/octet-stream',
            'res_model': self._name,
            'res_id': self.id,
            'company_id': self.company_id.id,
        })

    @api.model
    def _keep_content(self, content):
        """Keep the bytes of a draft's file that is about to be divided or joined; one line per file and agency."""
        # sudo: as in _keep
        arrival_sudo = self.sudo().search([
            ('company_id', '=', content.document_id.company_id.id), ('sha256', '=', content.sha256),
            ('attachment_id', '!=', False)], limit=1)
        return arrival_sudo or self._keep(
            content._get_source(), name=content.name, kind='upload', company_id=content.document_id.company_id.id,
            message=self.env._("Kept as it was received before its pages were divided or joined."))

    def _in_agency(self, company):
        """These arrivals as the system, in the agency and the language of its people."""
        return self.with_user(SUPERUSER_ID).with_company(company).with_context(
            lang=company.partner_id.lang or self.env.lang, tracking_disable=True)

    def _process(self, is_forced=False):
        """Read the stored bytes again."""
        self.ensure_one()
        arrival = self._in_agency(self.company_id)
        raw = arrival.attachment_id.raw
        arrival.attempts += 1
        if arrival.kind == 'email':
            arrival._process_mail(raw, is_forced=is_forced)
        else:
            try:
                with self.env.cr.savepoint(), intake.workplace() as folder:
                    arrival._process_scan(folder, intake.put(folder, raw, 'scan'))
            except SecretRefused:
                arrival._expunge_secret()       # what could not be read the first time bears a mark of state secrecy

    @api.model
    def _retry_failed(self):
        """Read again, a few times, what failed for reasons that may pass."""
        commit = self.env['ir.cron']._commit_progress
        domain = Domain('state', '=', 'failed') & Domain('attachment_id', '!=', False) & Domain(
            'attempts', '<', MAX_ATTEMPTS)
        for arrival in self.search(domain, order='id', limit=50):
            arrival = arrival.try_lock_for_update().filtered_domain(domain)
            if arrival:
                arrival._process()
            if not commit():
                break

    def _set_result(self, state, message, documents=None, quarantine_ids=()):
        self.ensure_one()
        self.write({
            'state': state,
            'message': message,
            'quarantine_refs': sorted({*(self.quarantine_refs or ()), *filter(None, quarantine_ids)}),
            **({'document_ids': [Command.link(document.id) for document in documents]} if documents else {}),
        })

    def _expunge_secret(self):
        """Forget what bore a mark of state secrecy that came to light only on a document made of it.

        Nothing of it stays, not even its name; in the scan folder, where it lies among those that are done, neither.
        """
        for arrival in self:
            attachment, folder, name = arrival.attachment_id, arrival.folder_id, arrival.name
            if folder:
                folder._forget_done(name, arrival.sha256)
            path = attachment.store_fname and attachment._full_path(attachment.store_fname)
            is_shared = path and self.env['ir.attachment'].search_count([
                ('id', '!=', attachment.id), ('store_fname', '=', attachment.store_fname)], limit=1)
            arrival.write({
                'name': self.env._("Taken out"), 'attachment_id': False, 'state': 'refused', 'sender_email': False,
                'message': self.env._("It bore a mark of state secrecy: nothing of it is kept."),
            })
            attachment.unlink()
            if path and not is_shared:
                self.env.cr.postcommit.add(partial(Path(path).unlink, missing_ok=True))

    # === SCANS === #

    @api.model
    def _check_scan(self, name, path):
        """Return the report on a scan, or the refusal of it.

        :raises SecretRefused: for a state secret
        """
        try:
            return self.env['civic.document']._inspect_content(name, path)
        except ContentRefused as refusal:
            return refusal

    def _process_scan(self, folder, path, checked=None):
        """Make drafts of a scan; whatever goes wrong is told on the line.

        :param folder: the workplace of the task
        :param path: where the bytes are
        :param checked: what `_check_scan` said
        """
        self.ensure_one()
        report = checked or self._check_scan(self.name, path)
        if isinstance(report, ContentRefused):
            self._set_result('refused', str(report), quarantine_ids=[report.quarantine_id])
            return
        try:
            with self.env.cr.savepoint():
                state, message, documents = self._make_scan_drafts(folder, report, path)
                self._set_result(state, message, documents)
                self.env.flush_all()
        except ContentRefused as refusal:
            self._set_result('refused', str(refusal), quarantine_ids=[refusal.quarantine_id])
        except SecretRefused:
            raise
        except (UserError, IntakeFailed) as error:
            self._fail(path, str(error))
        except Exception:
            _logger.exception("A scan could not be received.")
            self._fail(path, self.env._("An error in the system; it is noted in the server log."))

    def _fail(self, raw, message):
        self._set_result('failed', message)
        if not self.attachment_id:
            self._store(raw)

    def _make_scan_drafts(self, folder, report, path):
        documents = self.env['civic.document'].browse()
        pages, note = [], ""
        pdf = documents._get_pages_as_pdf(folder, report, path)
        if pdf:
            try:
                pages = intake.read_pages(
                    folder, pdf, max_pages=self.env['civic.rule.value']._get('content.max_pages', company=self.company_id))
            except IntakeFailed:
                note = self.env._("The pages could not be searched for separator sheets: divide the scan by hand.")
        if not any(map(parse_code, (code for page in pages for code in page['codes']))):
            document = documents.create([self._prepare_scan_values()])
            document._store_content(report, path, 'original')
            document._note_arrival(self, "\n".join(filter(None, (self.env._("Scan “%s”.", self.name), note))))
            return 'received', note or self.env._("One document."), document
        if not self.attachment_id:
            self._store(path)
        segments = find_segments(pages)
        if not segments:
            return 'ignored', self.env._("There are only separator sheets in this scan."), documents
        paths = intake.assemble(
            folder, [pdf], [[(0, segment.first, segment.last)] for segment in segments], limits=intake.JOB_LIMITS)
        stem = Path(report.name).stem
        documents = documents._capture_many([
            (f'{stem}-{index}.pdf', part, self._prepare_scan_values(segment.sheet))
            for index, (part, segment) in enumerate(zip(paths, segments, strict=True), start=1)
        ])
        for document, segment in zip(documents, segments, strict=True):
            lines = [self.env._(
                "Scan “%(name)s”, pages %(first)s to %(last)s of %(total)s.",
                name=self.name, first=segment.first, last=segment.last, total=len(pages))]
            if segment.sheet and segment.sheet.agency != str(self.company_id.id):
                lines.append(self.env._("The separator sheet before it belongs to another agency."))
            document._note_arrival(self, "\n".join(lines))
        return 'received', self.env._("%s documents, parted by separator sheets.", len(documents)), documents

    def _prepare_scan_values(self, sheet=None):
        urgency = sheet and sheet.urgency
        channel = sheet and sheet.channel
        return {
            'company_id': self.company_id.id,
            'direction': 'incoming',
            'arrival_date': self.env['civic.document']._today(),
            'arrival_channel': channel if channel in dict(ARRIVAL_CHANNELS) else self.folder_id.arrival_channel,
            'urgency': urgency if urgency in dict(URGENCY) else 'normal',
        }

    # === MESSAGES === #

    @api.model
    def _receive_mail(self, company, raw):
        """Make a draft of a message to the agency, and answer it; nothing is raised for a bad message.

        :param bytes raw: the message as it came
        :rtype: civic.document
        """
        arrivals = self.browse()._in_agency(company)
        nothing = self.env['civic.document'].browse()
        rules = self.env['civic.rule.value']
        maximum = rules._get('incoming.mail_max_bytes', company=company)
        with intake.workplace() as folder:
            if len(raw) > maximum:
                arrivals._hold_mail(raw, 'too_large', arrivals.env._(
                    "The message has %(size)s MB; at most %(maximum)s MB are accepted.",
                    size=round(len(raw) / 1048576, 1), maximum=round(maximum / 1048576, 1)))
                return nothing
            try:
                mail = arrivals._unpack_mail(folder, raw)
            except IntakeFailed as error:
                arrivals._hold_mail(raw, 'unreadable', arrivals._get_unpack_problem(error.code))
                return nothing
            reference = mail['headers']['Message-Id'] or f'sha256:{hashlib.sha256(raw).hexdigest()}'
            known = arrivals._find_mail(reference)
            is_other = known and not known._is_same_mail(mail, raw)
            if is_other:
                # the sender chooses the identifier: another message must not vanish because it was used before
                reference = f'content:{arrivals._get_mail_digest(mail)}'
                known = arrivals._find_mail(reference)
            if known:
                _logger.info("A message that was received before is left out (arrival %s).", known.id)
                return known.document_ids[:1]
            try:
                reports = arrivals._inspect_mail(mail)
            except SecretRefused:
                return nothing              # the fact is journalled; nothing of the message is kept
            arrival = arrivals._keep(
                raw, kind='email', company_id=company.id, message_ref=reference,
                name=mail['headers']['Subject'] or arrivals.env._("Message without a subject"),
                sender_email=email_normalize(mail['headers']['From']) or mail['headers']['From'] or False)
            arrival._process_mail(raw, mail=mail, reports=reports)
            if is_other:
                arrival.message = "\n".join(filter(None, (arrival.message, arrivals.env._(
                    "Another message came before with the same identifier: check that both are genuine."))))
            return arrival.document_ids[:1]

    @api.model
    def _find_mail(self, reference):
        return self.search([('company_id', '=', self.env.company.id), ('message_ref', '=', reference)], limit=1)

    def _is_same_mail(self, mail, raw):
        """Whether the kept message says the same: it may have come over another way, with other headers."""
        self.ensure_one()
        kept = self.attachment_id.raw
        if not kept:
            return self.sha256 == hashlib.sha256(raw).hexdigest()
        if kept == raw:
            return True
        try:
            with intake.workplace() as folder:
                return self._get_mail_digest(self._unpack_mail(folder, kept)) == self._get_mail_digest(mail)
        except IntakeFailed:
            return False

    @api.model
    def _get_mail_digest(self, mail):
        """The digest of what a message says, whatever way it came: subject, texts, files."""
        said = [mail['headers']['Subject'], *mail['texts'], *sorted(measure(part['path'])[1] for part in mail['parts'])]
        return hashlib.sha256(json.dumps(said).encode()).hexdigest()

    def _hold_mail(self, raw, code, message):
        """Put a message that is not opened into quarantine, with a line that says so."""
        name = self.env._("message.eml")
        size, sha256 = measure(raw)
        known = self.search([
            ('company_id', '=', self.env.company.id), ('message_ref', '=', f'sha256:{sha256}')], limit=1)
        if known:
            return
        report = ContentReport(
            name=name, size=size, sha256=sha256, mimetype='message/rfc822', format_name="RFC 822", problems=(code,))
        quarantine_id = self.env['civic.quarantine']._hold(report, raw, code, message)
        arrival = self._keep(
            None, size=size, sha256=sha256, kind='email', company_id=self.env.company.id, name=name,
            message_ref=f'sha256:{sha256}')
        arrival._set_result('refused', message, quarantine_ids=[quarantine_id])

    def _get_unpack_problem(self, code):
        if code == 'too_deep':
            return self.env._("The message holds messages in messages, deeper than is accepted.")
        if code == 'too_many_parts':
            return self.env._("The message has more parts than are accepted.")
        if code == 'too_large':
            return self.env._("Unpacked, the message is larger than is accepted.")
        return self.env._("The message could not be read within the limits of time and memory.")

    def _unpack_mail(self, folder, raw):
        rules = self.env['civic.rule.value']
        return intake.read_mail(
            folder, intake.put(folder, raw, 'message.eml'),
            max_parts=rules._get('incoming.mail_max_parts'), max_depth=rules._get('incoming.mail_max_depth'),
            max_total=2 * rules._get('incoming.mail_max_bytes'))

    def _inspect_mail(self, mail):
        """Report on the files of a message, [(part, report)], and refuse it as a whole if it carries a state secret."""
        documents = self.env['civic.document']
        rules = self.env['civic.rule.value']
        documents._check_secrecy({'subject': mail['headers']['Subject']})
        for text in mail['texts']:
            documents._check_secret_text(text, where='mail', model='civic.document')
        limit = rules._get('incoming.mail_inline_picture_bytes')
        found = []
        for part in mail['parts']:
            if self._is_decoration(part, limit) or part['mimetype'] in TRANSPORT_TYPES:
                continue
            report = inspect(part['path'], part['name'], text_pages=INLINE_PAGES, **documents._get_content_limits())
            if 'secret_mark' in report.problems:
                documents._refuse_secret('mail', 'civic.document', sha256=report.sha256)
            found.append((part, report))
        return found

    @api.model
    def _is_decoration(self, part, limit):
        """The logo of a signature, which the text shows in place; a page pasted into the text is larger."""
        return part['shown_inline'] and part['mimetype'].startswith('image/') and part['size'] <= limit

    def _process_mail(self, raw, mail=None, reports=None, is_forced=False):
        """Make a draft of a kept message; whatever goes wrong is told on the line."""
        self.ensure_one()
        try:
            with self.env.cr.savepoint(), intake.workplace() as folder:
                if mail is None:
                    mail = self._unpack_mail(folder, raw)
                    reports = self._inspect_mail(mail)
                reason = not is_forced and self._get_mail_obstacle(mail)
                if reason:
                    self._set_result('ignored', reason)
                else:
                    self._make_mail_draft(mail, reports)
                self.env.flush_all()
        except IntakeFailed as error:
            self._set_result('failed', self._get_unpack_problem(error.code))
        except SecretRefused:
            self._expunge_secret()          # what is known as a mark today was none when the message came
        except UserError as error:
            self._set_result('failed', str(error))
        except Exception:
            # The mail server forgets what it has handed over: the message is kept, and read again by the job.
            _logger.exception("A message could not be received.")
            self._set_result('failed', self.env._("An error in the system; it is noted in the server log."))

    def _get_mail_obstacle(self, mail):
        """Say why a message makes no draft: nobody wrote it, or it runs in a circle."""
        headers = mail['headers']
        sender = self.sender_email or ''
        if (
            mail['content_type'] == 'multipart/report' or sender.partition('@')[0] in ('mailer-daemon', 'postmaster')
            or (mail['has_return_path'] and headers['Return-Path'].strip() == '<>')
        ):
            return self.env._("A notice about a message that could not be delivered: no document.")
        automatic = headers['Auto-Submitted'].lower().partition(';')[0].strip()
        if (
            automatic == 'auto-replied' or headers['X-Autoreply'] or headers['X-Autorespond']
            or headers['Precedence'].lower() == 'auto_reply'
            # systems of other agencies send documents by themselves, too: those have files
            or (automatic not in ('', 'no') and not mail['parts'])
        ):
            return self.env._("An automatic reply: no document.")
        # sudo: the addresses of all agencies here
        if sender and sender in self.env['res.company'].sudo()._get_incoming_addresses():
            return self.env._("The message comes from the address to which it goes: no document.")
        limit = self.env['civic.rule.value']._get('incoming.mail_per_sender_hour')
        recent = self.search_count([
            ('company_id', '=', self.company_id.id), ('sender_email', '=', sender),
            ('received_at', '>', fields.Datetime.now() - timedelta(hours=1)), ('id', '<', self.id)], limit=limit)
        if sender and recent >= limit:
            return self.env._(
                "More than %s messages from this address within an hour: set aside. Read again what is a document.", limit)
        return None

    def _make_mail_draft(self, mail, reports):
        documents = self.env['civic.document']
        accepted, refused, quarantine_ids = [], [], []
        for part, report in reports:
            problem = next(iter(report.problems), None) or documents._get_picture_problem(report, part['path'])
            if not problem:
                accepted.append((part, report))
                continue
            message = documents._get_content_problem(problem, report)
            quarantine_ids.append(self.env['civic.quarantine']._hold(report, part['path'], problem, message))
            refused.append(message)
        document = documents.create([self._prepare_mail_values(mail, accepted)])
        main = self._choose_main(accepted)
        # the others in the order of the message
        for part, report in sorted(accepted, key=lambda item: item[1] is not main):
            document._store_content(report, part['path'], 'original' if report is main else 'appendix')
        sender = self._find_sender(self.sender_email)
        lines = [self.env._("E-mail from %(sender)s: %(subject)s", sender=mail['headers']['From'], subject=self.name)]
        if not accepted:
            lines.append(self.env._("No file in it became part of the draft: the message as received is kept."))
        if refused:
            lines.append(self.env._("Refused, kept in quarantine:"))
            lines.extend(refused)
        document._note_arrival(self, "\n".join(lines), sender_email=self.sender_email, sender_id=sender.id)
        self._post_mail(document, mail)
        self._set_result(
            'partly' if refused else 'received', "\n".join(lines[1:]) or self.env._("One document."), document,
            quarantine_ids)

    def _prepare_mail_values(self, mail, accepted):
        values = {
            'company_id': self.company_id.id,
            'direction': 'incoming',
            'arrival_date': self.env['civic.document']._today(),
            'arrival_channel': 'email',
        }
        if not accepted:
            # no page will be read that says it better
            maximum = self.env['civic.rule.value']._get('subject.hard_max_length')
            values['subject'] = mail['headers']['Subject'][:maximum] or False
        return values

    @api.model
    def _choose_main(self, accepted):
        def rank(item):
            index, (part, report) = item
            extension = get_extension(report.name)
            position = MAIN_ORDER.index(extension) if extension in MAIN_ORDER else len(MAIN_ORDER)
            return position, part['depth'], index

        return min(enumerate(accepted), key=rank)[1][1] if accepted else None

    @api.model
    def _find_sender(self, address):
        """Return the agency that has the address, or else the only one that has its domain."""
        partners = self.env['res.partner']
        if not address or '@' not in address:
            return partners
        # sudo: the address book of all agencies
        agencies = partners.sudo().search([('is_agency', '=', True), ('email_normalized', '=', address)], limit=2)
        if not agencies:
            domain = address.rpartition('@')[2]
            if domain in self.env['civic.rule.value']._get('incoming.mail_public_domains'):
                return partners
            agencies = partners.sudo().search(
                [('is_agency', '=', True), ('email_normalized', '=like', f'%@{domain}')], limit=2)
        return agencies if len(agencies) == 1 else partners

    def _post_mail(self, document, mail):
        """Show what the sender wrote; the files are in the document, none in the chatter."""
        with suppress(UserError):
            document.with_context(mail_create_nosubscribe=True, mail_post_autofollow_author_skip=True).message_post(
                body=plaintext2html(mail['body'][:50_000]), subject=self.name, message_type='email',
                email_from=mail['headers']['From'] or False, subtype_xmlid='mail.mt_note', author_id=False)
