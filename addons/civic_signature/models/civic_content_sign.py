import base64

import psycopg2
import pytz

from odoo import api, fields, models
from odoo.exceptions import AccessError, LockError, UserError

from odoo.addons.civic_base.const import DEFAULT_TZ
from odoo.addons.civic_document.tools.content import ContentReport, measure
from odoo.addons.queue_job.exception import RetryableJobError

from ..const import PURPOSES, REFUSAL_OTHER, REFUSALS, say
from ..exceptions import SigningRefused
from ..tools import appearance, pdf, signing
from ..tools.keys import KeyFailed
from ..tools.timestamp import StampFailed

MM = 72 / 25.4
TEXT_WIDTH = 230                    # points: number, notation and time on one line of 10 points
TEXT_MARGIN = 20
SIGNED = '.signed.pdf'
# What a person's signature may lack and still lets the agency sign: its own system had it made a moment ago.
TOLERATED = frozenset(('revocation_unknown',))


class CivicContent(models.Model):
    """Signing: a signed file is a new file of the document; what it was made from stays."""

    _inherit = 'civic.content'

    def _sign(self, certificate, *, pin=None, purpose='main', box=None, page=1, field='', is_final=False, lines=None,
              reason='', fill=None, content_role='rendition', key=None):
        """Sign this PDF as the user and keep the result as a new file of the document.

        :param certificate: `civic.certificate`, the user's own or that of the agency
        :param str pin: opens the key; never kept
        :param str purpose: 'main' shows the picture of the certificate in the box or the reserved field; 'attachment'
            and 'copy' show `lines` at the top right of page 1 unless a box says otherwise
        :param tuple box: (x, y, width, height) in points from the lower left of the page; none and no field: invisible
        :param int page: number of the page, -1 is the last
        :param str field: a reserved signature field, or the name of the new one
        :param bool is_final: nothing may follow the signature but proofs; a reserved field knows it for itself
        :param lines: texts of an attachment or a copy, see :mod:`tools.appearance`
        :param str reason: stands in the signature
        :param dict fill: {text field: text}, filled in before this signature: number and date
        :param str content_role: 'rendition', or 'original' to make the signed file the original of a draft
        :param key: an open key of this certificate, for many files at once
        :return: the new `civic.content`
        :raises AccessError: the certificate is not the user's to use, or the document not to be read or changed
        :raises SigningRefused: nothing was signed, with the reason
        """
        self.ensure_one()
        if purpose not in PURPOSES:
            raise ValueError(f"Unknown purpose of a signature: {purpose!r}")
        certificate.ensure_one()
        certificate._check_usable_by_user()
        certificate._check_in_force()
        self._check_signable(certificate)
        self._lock_for_signing()
        raw = self._read_bytes()
        if certificate.kind == 'agency':
            self._check_signed_by_person(purpose)
        if fill:
            raw = self._refuse_pdf(pdf.fill, raw, fill)
        key = key or certificate._open_key(pin)
        placement = self._prepare_placement(
            raw, certificate, purpose=purpose, box=box, page=page, field=field, is_final=is_final, lines=lines)
        signed = self._make_signature(raw, certificate, key, placement, reason)
        certificate._clear_wrong_pins()
        content = self._store_signed(signed.pdf, content_role)
        self.env['civic.journal.entry']._append('signature', self.document_id, detail={
            **content._prepare_journal_detail(), 'from': self.id, 'kind': certificate.kind,
            'certificate': certificate.fingerprint, 'field': signed.field, 'level': signed.level})
        content._check_signatures()
        # sudo: rows of signatures are written by nobody else
        content.sudo().signature_ids.filtered(
            lambda row: row.field_name == signed.field).signed_by_id = self.env.user
        if signed.lacks_timestamp:
            content._delay_timestamp(certificate)
        return content

    @api.model
    def _sign_many(self, items, pin=None):
        """Sign many files in one act, each for itself.

        :param items: list of dicts: `content`, `certificate` and the arguments of :meth:`_sign`
        :param str pin: of the certificates; each key is opened once
        :return: list in the same order: {'content', 'signed' (an empty set if it failed), 'code', 'message'}
        """
        keys, results = {}, []
        for item in items:
            values = dict(item)
            content, certificate = values.pop('content'), values.pop('certificate')
            result = {'content': content, 'signed': self.browse(), 'code': '', 'message': ''}
            results.append(result)
            try:
                key = keys.get(certificate)
                if isinstance(key, UserError):
                    raise key                   # a wrong PIN is asked for once, not counted for every file
                if key is None:
                    try:
                        key = keys[certificate] = certificate._open_key(pin)
                    except UserError as error:
                        keys[certificate] = error
                        raise
                with self.env.cr.savepoint():
                    result['signed'] = content._sign(certificate, key=key, **values)
            except UserError as error:          # AccessError, LockError and SigningRefused are UserErrors
                result['code'] = getattr(error, 'code', '') or (
                    'denied' if isinstance(error, AccessError) else 'locked' if isinstance(error, LockError) else 'other')
                result['message'] = str(error)
            except psycopg2.errors.UniqueViolation:
                result['code'] = 'superseded'
                result['message'] = self.env._(
                    "“%s” was signed by somebody else at the same moment.", content.name)
        return results

    def _fill_reserved(self, values, content_role='rendition'):
        """Fill in text fields that were reserved before the first signature, and keep the result as a new file.

        :param dict values: {text field: text}
        :raises SigningRefused: 'no_field', 'text_too_long', …
        """
        self.ensure_one()
        self.document_id.check_access('write')
        self._lock_for_signing()
        raw = self._refuse_pdf(pdf.fill, self._read_bytes(), values)
        content = self._store_signed(raw, content_role)
        self.env['civic.journal.entry']._append('modification', self.document_id, detail={
            **content._prepare_journal_detail(), 'from': self.id, 'filled': sorted(values)})
        content._check_signatures()
        return content

    # === BEFORE === #

    def _check_signable(self, certificate):
        document = self.document_id
        document.check_access('read')
        if self.mimetype != 'application/pdf':
            raise SigningRefused(self.env._("“%s” is no PDF and cannot be signed.", self.name), 'not_pdf')
        if document.state == 'cancelled':
            raise SigningRefused(self.env._("“%s” is cancelled.", document.display_name), 'cancelled')
        if certificate.company_id != document.company_id:
            raise AccessError(self.env._("“%s” belongs to another agency than the document.", certificate.name))
        if certificate.kind == 'agency':
            document.check_access('write')

    def _lock_for_signing(self):
        """One signature after the other, each on the file that holds those before it.

        Two people who sign at the same moment conflict in the database; the second one starts anew and sees the first.
        """
        # sudo: those who sign need not be allowed to change the document
        document_sudo = self.sudo().document_id
        try:
            document_sudo.lock_for_update()
        except LockError:
            raise SigningRefused(self.env._(
                "“%s” is just being signed or changed by somebody else. Try again in a moment.",
                document_sudo.display_name), 'locked') from None
        newer = self.sudo().signed_ids[:1]
        if newer:
            raise SigningRefused(self.env._(
                "“%(file)s” was signed or filled in meanwhile: sign “%(newer)s”.", file=self.name, newer=newer.name),
                'superseded')

    def _check_signed_by_person(self, purpose):
        """The agency signs what the competent person has signed (Decree 30/2020/NĐ-CP, Art. 32.2.d), and copies that
        the agency itself made. Attachments in files of their own follow the document."""
        if purpose == 'copy':
            return
        contents = self if purpose == 'main' else self.document_id._get_signature_contents()
        if not any(content._has_person_signature() for content in contents):
            raise SigningRefused(self.env._(
                "“%s” does not bear a valid signature of the competent person: the agency does not sign it "
                "(Decree 30/2020/NĐ-CP, Art. 32.2.d).", self.name), 'not_signed_by_person')

    def _has_person_signature(self):
        """Whether the file, as it is now, bears the valid signature of a person of the agency."""
        self.ensure_one()
        if self.mimetype != 'application/pdf' or self.signature_state == 'none':
            return False
        found = self._validate_signatures()
        roles = self._get_signer_roles(found['signatures'])
        return found['state'] in ('valid', 'warning') and any(
            item['kind'] == 'signature' and not set(item['problems']) - TOLERATED
            and item.get('fingerprint') in roles and roles[item['fingerprint']][1] == 'person'
            and roles[item['fingerprint']][0].company_id == self.document_id.company_id
            for item in found['signatures'])

    def _read_bytes(self):
        # sudo: the bytes are closed to everyone; the right to the document was checked
        return self.sudo().attachment_id.raw

    # === THE SIGNATURE === #

    def _prepare_placement(self, raw, certificate, *, purpose, box, page, field, is_final, lines):
        reserved = {}
        if field:
            reserved = {
                item['name']: item for item in self._refuse_pdf(pdf.list_fields, raw) if item['kind'] == 'signature'}
        place = tuple(reserved[field]['box']) if field in reserved else box and tuple(box)
        if purpose != 'main':
            if not lines:
                raise ValueError("An attachment and a copy show lines of text")
            place = place or self._get_text_box(raw, lines)
            return signing.Placement(
                box=place, page=page, field=field, is_final=is_final,
                appearance=appearance.draw_lines(lines, place[2:]))
        if not place or not all(side > 0 for side in place[2:]):
            return signing.Placement(field=field, is_final=is_final)
        # sudo: the picture is closed; who may use the certificate was asked
        picture = certificate.sudo().with_context(bin_size=False).picture
        if not picture:
            raise SigningRefused(self.env._(
                "“%s” has no picture to show (Decree 30/2020/NĐ-CP, Annex I, II.7.d and II.8).", certificate.name),
                'no_picture')
        return signing.Placement(
            box=place, page=page, field=field, is_final=is_final,
            appearance=appearance.draw_picture(base64.b64decode(picture), place[2:]))

    def _get_text_box(self, raw, lines):
        """The top right of page 1, within the margins."""
        width, height = self._refuse_pdf(pdf.get_page_size, raw)
        tall = appearance.measure_lines(lines, TEXT_WIDTH)
        return (width - TEXT_MARGIN - TEXT_WIDTH, height - TEXT_MARGIN - tall, TEXT_WIDTH, tall)

    def _make_signature(self, raw, certificate, key, placement, reason):
        rules = self.env['civic.rule.value']
        company = certificate.company_id
        stamper = company.sudo().timestamp_authority_id._get_stamper()
        evidence = self._prepare_evidence(certificate) if stamper is not None else None
        try:
            return signing.sign(
                raw, key, placement, stamper=stamper, evidence=evidence, reason=reason or '',
                location=company.city or '', name=certificate.holder or certificate.name,
                needs_timestamp=rules._get('signature.timestamp_required', company=company))
        except pdf.PdfRefused as refusal:
            raise self._make_refusal(refusal) from None
        except KeyFailed as failure:
            if failure.code == 'wrong_pin':
                certificate._count_wrong_pin()
            raise SigningRefused(certificate._get_key_problem(failure), failure.code) from None
        except StampFailed:
            raise SigningRefused(self.env._(
                "The time stamp authority does not answer. “%s” was not signed; try again later.", self.name),
                'timestamp') from None

    def _prepare_evidence(self, certificate):
        """Return what proves later that the certificates were good: only if lists of their authorities are here."""
        chain = certificate._get_chain()
        lists = self.env['civic.revocation.list']._get_current(chain)
        return signing.Evidence(tuple(chain[1:]), tuple(lists)) if lists else None

    def _prepare_late_evidence(self):
        """The same for a file that was signed before, with all own certificates that signed it."""
        chain = [der for certificate in self.signature_ids.certificate_id for der in certificate._get_chain()]
        roots = [der for certificate in self.signature_ids.certificate_id for der in certificate._get_chain()[1:]]
        return signing.Evidence(tuple(dict.fromkeys(roots)), tuple(self.env['civic.revocation.list']._get_current(chain)))

    def _refuse_pdf(self, function, *arguments):
        try:
            return function(*arguments)
        except pdf.PdfRefused as refusal:
            raise self._make_refusal(refusal) from None

    def _make_refusal(self, refusal):
        message = say(self.env, REFUSALS.get(refusal.code, REFUSAL_OTHER)) % self.name
        return SigningRefused(message, refusal.code)

    # === AFTER === #

    def _store_signed(self, raw, content_role):
        """Keep what was made from this file: beside it, and shown in its place."""
        document = self.document_id
        if content_role == 'original' and document.state != 'draft':
            raise UserError(self.env._("“%s” is registered: its original never changes.", document.display_name))
        size, sha256 = measure(raw)
        report = ContentReport(
            name=self._get_signed_name(), size=size, sha256=sha256, mimetype=self.mimetype, puid=self.puid or '',
            format_name=self.format_name or '', page_count=self.page_count, text_pages=self.page_count)
        source = self if content_role == 'rendition' else None
        # sudo: leaders sign documents that they may not change; the right to sign was checked
        stored_sudo = document.sudo().with_context(**self._mark_checked_by_caller())._store_content(
            report, raw, content_role, source).sudo()
        stored_sudo.signed_from_id = self
        stored_sudo.flush_recordset(['signed_from_id'])
        if document.sudo().main_content_id == self:
            document.sudo()._write_by_system({'main_content_id': stored_sudo.id})
        return self.browse(stored_sudo.id)

    def _get_signed_name(self):
        stem = self.name.removesuffix(SIGNED)
        return stem + SIGNED if stem != self.name else stem.rpartition('.')[0] + SIGNED

    def _delay_timestamp(self, certificate):
        """The authority did not answer: the signature is kept, and its time stamp follows."""
        # sudo: the job acts for the system
        self.sudo().with_delay(
            description=self.env._("Time stamp for %s", self.name), identity_key=f'civic_timestamp_{self.id}', eta=60,
        )._job_add_timestamp(certificate.company_id.id)

    def _job_add_timestamp(self, company_id):
        """Background job: put a time stamp and the proofs over the signed file, as soon as the authority answers."""
        content = self.exists()
        if not content:
            return None
        content = content._get_latest_signed()  # it was signed again in the meantime: the time stamp goes on top
        if content.signature_state == 'unknown':
            content._check_signatures()         # the proofs are those of the certificates that are found in it
        company = self.env['res.company'].browse(company_id)
        stamper = company.timestamp_authority_id._get_stamper()
        if stamper is None:
            return None
        content._lock_for_signing()
        try:
            raw = content._refuse_pdf(
                signing.archive, content._read_bytes(), stamper, content._prepare_late_evidence())
        except StampFailed as failure:
            raise RetryableJobError(f"no time stamp: {failure.code}", seconds=300, ignore_retry=True) from None
        stamped = content._store_signed(raw, 'rendition')
        self.env['civic.journal.entry']._append('signature', content.document_id, detail={
            **stamped._prepare_journal_detail(), 'from': content.id, 'kind': 'timestamp'})
        stamped._check_signatures()
        return stamped

    def _get_latest_signed(self):
        """Return the file that was made last from this one, by signing, filling in or a time stamp."""
        content = self
        while content.signed_ids:
            content = content.signed_ids[:1]
        return content

    # === WHAT IS SEEN === #

    @api.model
    def _get_attachment_lines(self, reference, moment=None):
        """The agency's signature on an attachment: number, notation and time (Annex I, II.8.b)."""
        return appearance.attachment_lines(reference, moment or self._get_local_now())

    @api.model
    def _get_copy_lines(self, form, company, moment=None):
        """The agency's signature on an electronic copy: form of copy, agency and time (Annex I, Part II)."""
        return appearance.copy_lines(form, company.name, moment or self._get_local_now())

    @api.model
    def _get_local_now(self):
        return fields.Datetime.now().replace(tzinfo=pytz.utc).astimezone(pytz.timezone(DEFAULT_TZ))

    def _find_signature_box(self, title, name, certificate, page=None):
        """Return (page, box) between the title and the name of the signer, for the picture of the certificate.

        Decree 30/2020/NĐ-CP, Annex I, II.7.d. The last place on which both stand is taken.

        :return: None if they do not stand there
        """
        self.ensure_one()
        raw = self._read_bytes()
        size = (certificate.picture_width * MM, certificate.picture_height * MM)
        return self._refuse_pdf(pdf.find_signature_place, raw, title, name, size, page)

    def _get_seal_box(self, signature_box, certificate):
        """Return the box of the seal over the left third of the person's signature (Annex I, II.8.a)."""
        return pdf.beside(signature_box, (certificate.picture_width * MM, certificate.picture_height * MM))

