from markupsafe import Markup

from odoo import models
from odoo.exceptions import UserError
from odoo.fields import Domain

from odoo.addons.civic_signature.tools import pdf as pdf_tools

from ..tools import layout

MM = 72 / 25.4
NUMBER, DAY, MONTH, YEAR = 'civic_number', 'civic_day', 'civic_month', 'civic_year'
PERSON, AGENCY = 'civic_person', 'civic_agency'
TEXT_SIZE = 13                  # points: number, and place and date (Annex I, II.3 and II.4)
YEAR_WIDTH = 32.5               # points: a blank, four digits, a blank


class CivicDocument(models.Model):
    """The digital signatures of an outgoing document (Decree 30/2020, Articles 13.7 and 32; Annex I, II.7 and II.8).

    Before the person signs, room is kept in the PDF for number and date, for the person's signature between title and
    name, and for the seal over its left third. The clerk fills in number and date and signs for the agency: the person's
    signature stays valid. An agency without a certificate signs on paper: the act is recorded here, and number and date
    are printed into the PDF all the same.
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
            text_fields, missing = self._find_text_fields(raw)
            place = pdf_tools.find_signature_place(raw, block[-1], authority.signer_name, self._get_picture_size())
        except pdf_tools.PdfRefused as error:
            raise UserError(self.env._("The PDF of “%(document)s” cannot be signed: %(problem)s",
                                       document=self.display_name, problem=error.code)) from error
        if missing:
            raise UserError(self.env._(
                "The PDF of “%(document)s” leaves no room for %(missing)s: number and date are filled in after the "
                "signature. Make the document again, or leave the room as the template has it.",
                document=self.display_name, missing=', '.join(missing)))
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
        """Return the fields for number and date where the PDF leaves room for them (Annex I, II.3 and II.4), and the
        words between which there is none. The year may be printed already."""
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
            if box and name == MONTH:
                box = pdf_tools.find_end(raw, after, box, YEAR_WIDTH)
                if box:
                    fields_.append(pdf_tools.TextField(YEAR, box, align='center', size=TEXT_SIZE, style=style))
        return fields_, missing

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
            return self._print_number(content.attachment_id.raw), self._get_final_name()
        certificate, key = self._get_agency_signing()
        values = self._get_number_values(content.attachment_id.raw)
        signed = content.with_env(self.env(su=False))._sign(certificate, key=key, field=AGENCY, fill=values)
        self._sign_appendices(certificate, key)
        return signed.sudo().attachment_id.raw, self._get_final_name()

    def _print_number(self, raw):
        """Return the PDF that bears no signature with number and date; as it is if there is no room for them."""
        try:
            text_fields, missing = self._find_text_fields(raw)
            if text_fields:
                raw = pdf_tools.reserve(raw, text_fields)
                raw = pdf_tools.fill(raw, self._get_number_values(raw))
        except pdf_tools.PdfRefused as error:
            missing = [error.code]
        if missing:
            self.message_post(body=Markup("<p>%s</p>") % self.env._(
                "The PDF leaves no room for %s: write number and date on the paper by hand.", ', '.join(missing)))
        return raw

    def _get_number_values(self, raw):
        """Return the texts for the fields that the PDF has: {field: text}.

        :raises UserError: another year is printed in the date already
        """
        day = self.issue_date
        month = f'{day:%m}' if day.month < 3 else str(day.month)
        values = {NUMBER: self.register_label, DAY: f'{day:%d}', MONTH: month, YEAR: str(day.year)}
        kept = {item['name']: item for item in pdf_tools.list_fields(raw)}
        if MONTH in kept and YEAR not in kept and not any(
                abs(box[1] - kept[MONTH]['box'][1]) < TEXT_SIZE
                for _page, box in pdf_tools.find_text(raw, f"năm {day.year}", page=1)):
            raise UserError(self.env._(
                "The date of “%(document)s” has another year in print than %(year)s, the year of its number. Give it a date "
                "of the printed year while that register is open, or give the signed document back: its next version "
                "leaves room for the year.", document=self.display_name, year=day.year))
        return {name: value for name, value in values.items() if name in kept}

    def _get_agency_signing(self):
        signing = self.env.context.get('civic_agency_signing')
        if isinstance(signing, _Signing):
            return signing.certificate, signing.key
        certificate = self.env['civic.certificate']._get_for_agency(self.company_id)
        if not certificate:
            raise UserError(self.env._(
                "%s has no certificate that is valid today: the document cannot be signed for the agency, and gets no "
                "number. Nothing is lost: have the records administrator enter the new certificate (Configuration › "
                "Digital Signatures), then number the document.",
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
