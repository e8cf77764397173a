from odoo import models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import format_date

from odoo.addons.civic_signature.tools import pdf as pdf_tools

from ..tools import layout

MM = 72 / 25.4
NUMBER, DAY, MONTH, PERSON, AGENCY = 'civic_number', 'civic_day', 'civic_month', 'civic_person', 'civic_agency'
TEXT_SIZE = 13                  # points: number, and place and date (Annex I, II.3 and II.4)


class CivicDocument(models.Model):
    """The digital signatures of an outgoing document (Decree 30/2020, Articles 13.7 and 32; Annex I, II.7 and II.8).

    Before the person signs, room is kept in the PDF for number and date, for the person's signature between title and
    name, and for the seal over its left third. The clerk fills in number and date and signs for the agency: the person's
    signature stays valid. An agency without a certificate signs on paper, and only the act is recorded here.
    """

    _inherit = 'civic.document'

    # === THE PERSON === #

    def _open_signing(self, certificate, pin):
        """Return what opens the key once for all documents of one act: the certificate and the key."""
        if not certificate:
            raise UserError(self.env._(
                "You have no certificate that is valid today: set one up under your signatures, or ask the records "
                "administrator."))
        certificate._check_usable_by_user()
        return certificate, certificate._open_key(pin)

    def _sign_as_person(self, content, authority, signing=None):
        if not self.company_id._signs_digitally():
            return self.env['civic.content']
        certificate, key = signing or self._open_signing(
            self.env['civic.certificate']._get_for_user(self.company_id), None)
        prepared = self._reserve_fields(content, authority)
        return prepared.with_env(self.env)._sign(certificate, key=key, field=PERSON)

    def _reserve_fields(self, content, authority):
        """Keep room in the PDF for what comes after the first signature; return the file to sign (as superuser)."""
        raw = content.attachment_id.raw
        block = authority._get_block()
        try:
            text_fields = self._find_text_fields(raw)
            place = pdf_tools.find_signature_place(raw, block[-1], authority.signer_name, self._get_picture_size())
        except pdf_tools.PdfRefused as error:
            raise UserError(self.env._("The PDF of “%(document)s” cannot be signed: %(problem)s",
                                       document=self.display_name, problem=error.code)) from error
        if not place:
            raise UserError(self.env._(
                "The PDF of “%(document)s” has no room for the signature between “%(title)s” and “%(name)s”. Make the "
                "document again, or mend the block of the signature.",
                document=self.display_name, title=block[-1], name=authority.signer_name))
        page, box = place
        reserved = pdf_tools.reserve(raw, text_fields, [
            pdf_tools.SignatureField(PERSON, box, page),
            pdf_tools.SignatureField(AGENCY, pdf_tools.beside(box, self._get_seal_size()), page, is_final=True)])
        document = self.sudo()
        source = content if content.role == 'draft' else content.derived_from_id
        return document._store_content(
            document._inspect_content(content.name, reserved), reserved, 'rendition', source)

    def _find_text_fields(self, raw):
        """Return the fields for number, day and month, where the PDF leaves room for them (Annex I, II.3 and II.4)."""
        without = layout.load_profile()['types'].get((self.type_id.code or '').lower(), {}).get('without', ())
        wanted = []
        if 'reference' not in without:
            wanted.append((NUMBER, "Số:", f"/{self.code_notation}", 'regular'))
        if 'place_date' not in without:
            wanted += [(DAY, "ngày", "tháng", 'italic'), (MONTH, "tháng", "năm", 'italic')]
        fields_, missing = [], []
        for name, before, after, style in wanted:
            box = pdf_tools.find_blank(raw, before, after)
            if box:
                fields_.append(pdf_tools.TextField(name, box, align='center', size=TEXT_SIZE, style=style))
            else:
                missing.append(f"{before} … {after}")
        if missing:
            raise UserError(self.env._(
                "The PDF of “%(document)s” leaves no room for %(missing)s: number and date are filled in after the "
                "signature. Make the document again, or leave the room as the template has it.",
                document=self.display_name, missing=', '.join(missing)))
        return fields_

    def _get_picture_size(self):
        """Width and height in points of the picture of the signature."""
        certificate = self.env['civic.certificate']._get_for_user(self.company_id)
        return (certificate.picture_width or 42) * MM, (certificate.picture_height or 20) * MM

    def _get_seal_size(self):
        # sudo: the size of the seal is no secret; the clerk uses the certificate later
        certificate = self.env['civic.certificate'].sudo()._get_for_agency(self.company_id)
        return (certificate.picture_width or 36) * MM, (certificate.picture_height or 36) * MM

    # === THE AGENCY === #

    def _sign_as_agency(self, content):
        """Fill in number and date and sign for the agency: the clerk's act, with the agency's certificate (Art. 32)."""
        self.ensure_one()
        if not self.sudo().signature_ids.filtered(lambda row: row.content_id == content):
            raw, name = super()._sign_as_agency(content)
            return self._print_number(raw), name
        certificate, key = self._get_agency_signing()
        values = self._prepare_number_fields()
        kept = {item['name'] for item in pdf_tools.list_fields(content.attachment_id.raw)}
        if MONTH in kept:
            self._check_printed_year(content.attachment_id.raw)
        signed = content.with_env(self.env(su=False))._sign(
            certificate, key=key, field=AGENCY,
            fill={name: value for name, value in values.items() if name in kept})
        self._sign_appendices(certificate, key)
        return signed.sudo().attachment_id.raw, self._get_final_name()

    def _prepare_number_fields(self):
        day = self.issue_date
        return {
            NUMBER: self.register_label, DAY: f'{day:%d}',
            MONTH: f'{day:%m}' if day.month < 3 else str(day.month),        # Annex I, II.4.b
        }

    def _check_printed_year(self, raw):
        """The year stands in the text that was signed: a number of another year would contradict it."""
        if not pdf_tools.find_text(raw, f"năm {self.issue_date.year}", page=1):
            raise UserError(self.env._(
                "The text of “%(document)s” that was signed shows another year than %(date)s. Give it a number of the year "
                "that it shows, or give it back to the drafter to be made and signed anew.",
                document=self.display_name, date=format_date(self.env, self.issue_date)))

    def _print_number(self, raw):
        """Put number and date into a file that nobody signed digitally; one that has no room for them, or shows another
        year, stays as it is: they are written on the paper."""
        try:
            found = self._find_text_fields(raw)
            if not found:
                return raw
            names = {field.name for field in found}
            if MONTH in names:
                self._check_printed_year(raw)
            return pdf_tools.fill(pdf_tools.reserve(raw, found, []), {
                name: value for name, value in self._prepare_number_fields().items() if name in names})
        except (UserError, pdf_tools.PdfRefused):
            return raw

    def _get_agency_signing(self):
        signing = self.env.context.get('civic_agency_signing')
        if isinstance(signing, _Signing):
            return signing.certificate, signing.key
        certificate = self.env['civic.certificate']._get_for_agency(self.company_id)
        if not certificate:
            raise UserError(self.env._(
                "%s has no certificate that is valid today: the document cannot be signed for the agency.",
                self.company_id.name))
        return certificate, certificate._open_key(None)

    def _sign_appendices(self, certificate, key):
        """Attachments in files of their own bear the agency's signature with number and time (Annex I, II.8.b)."""
        for appendix in self.sudo().content_ids.filtered(lambda content: (
                content.role == 'appendix' and content.mimetype == 'application/pdf' and not content.signed_ids)):
            appendix.with_env(self.env(su=False))._sign(
                certificate, key=key, purpose='attachment', lines=appendix._get_attachment_lines(self.reference))

    def _with_agency_signing(self, certificate, key):
        """Return the documents with the open key of the agency, for one act on many of them."""
        return self.with_context(civic_agency_signing=_Signing(certificate, key))


class _Signing:
    """An open key on its way through one act; what comes over RPC cannot be one."""

    def __init__(self, certificate, key):
        self.certificate = certificate
        self.key = key


class ResCompany(models.Model):
    _inherit = 'res.company'

    def _signs_digitally(self):
        """Whether the agency has a certificate of its own that is valid: then its documents are signed digitally."""
        self.ensure_one()
        # sudo: whether there is one is no secret
        certificates = self.env['civic.certificate'].sudo()
        return bool(certificates.search_count(
            Domain('kind', '=', 'agency') & Domain('company_id', '=', self.id) & certificates._domain_in_force(), limit=1))
