from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from odoo.addons.civic_report.tools.overlay import OverlayFailed

from ..tools.copy_block import CopyBlock, make_paper_copy

COPY_TARGETS = [('paper', "Paper"), ('electronic', "Electronic file")]
COPY_FORMS = {'sy': "SAO Y", 'sl': "SAO LỤC", 'trs': "TRÍCH SAO"}


class CivicDocument(models.Model):
    """Copies of documents: sao y, sao lục, trích sao (Decree 30/2020, Articles 25 to 27; Annex I, Part II).

    Which form may be made from what into what is a rule value. A copy is an outgoing document of its own, numbered in
    the common series of copies; an electronic one bears the agency's signature with form, agency and time.
    """

    _inherit = 'civic.document'

    copy_of_id = fields.Many2one(
        'civic.document', "Copied from", readonly=True, copy=False, index='btree_not_null', ondelete='restrict',
        check_company=True)
    copy_ids = fields.One2many('civic.document', 'copy_of_id', "Copies Made")
    copy_target = fields.Selection(COPY_TARGETS, "Copied onto", readonly=True, copy=False)

    @api.model
    def _get_system_fields(self):
        return super()._get_system_fields() | {'copy_of_id', 'copy_target', 'copy_ids'}

    # === ACTIONS === #

    def action_make_copy(self):
        """Open the form that makes a copy."""
        self.ensure_one()
        self._check_may_copy()
        return {
            'type': 'ir.actions.act_window',
            'name': self.env._("Make a Copy"),
            'res_model': 'civic.copy.wizard',
            'view_mode': 'form',
            'target': 'new',
            'context': {'default_document_id': self.id},
        }

    # === BUSINESS === #

    def _check_may_copy(self):
        self.check_access('read')
        if not self.env.su and not self.env.user.has_group('civic_base.group_clerk'):
            raise AccessError(self.env._("Only the records office makes copies of documents."))
        for document in self:
            if not document.register_number or document.state in ('cancelled', 'recalled'):
                raise UserError(self.env._(
                    "Only a registered document that still holds is copied: “%s” is none.", document.display_name))

    def _check_copy_direction(self, document_type, target):
        """Refuse what Article 25 does not know: the direction, or the source of the form of copy."""
        self.ensure_one()
        source = 'paper' if self.paper_original else 'electronic'
        allowed = self.env['civic.rule.value']._get('outgoing.copy_directions', company=self.company_id)
        is_true_copy = self.type_id.code == 'sy'
        if document_type.code == 'sl' and not is_true_copy:
            raise UserError(self.env._(
                "A sao lục is made from a sao y, and “%s” is none (Decree 30/2020, Article 25.2).", self.display_name))
        if document_type.code != 'sl' and self.type_id.kind == 'copy':
            raise UserError(self.env._(
                "Of a copy only a sao lục is made: “%s” is no original (Decree 30/2020, Article 25).", self.display_name))
        if f'{source}>{target}' not in allowed.get(document_type.code, ()):
            labels = dict(self._fields['copy_target']._description_selection(self.env))
            raise UserError(self.env._(
                "There is no %(form)s from %(origin)s to %(target)s (Decree 30/2020, Article 25).",
                form=COPY_FORMS.get(document_type.code, document_type.name), origin=labels[source], target=labels[target]))

    def _make_copy(self, document_type, target, authority, extract=None, signing=None, recipients=()):
        """Make, number and, if it is electronic, sign a copy.

        :param document_type: sao y, sao lục or trích sao
        :param str target: 'paper' or 'electronic'
        :param authority: `civic.signing.authority` of who signs copies (Art. 27.1)
        :param extract: (file name, bytes) of the part that is copied; asked for by a trích sao
        :param signing: (certificate of the agency, open key); asked for by an electronic copy
        :param recipients: lines of “Nơi nhận” of a copy on paper
        :rtype: civic.document
        """
        self.ensure_one()
        self._check_may_copy()
        self._check_copy_direction(document_type, target)
        if not authority.may_sign_copies or authority._is_out_of_force(self._today()):
            raise UserError(self.env._(
                "%s is not among those whom the head lets sign copies (Decree 30/2020, Article 27.1).",
                authority.signer_name or self.env._("Nobody")))
        if document_type.code == 'trs' and not extract:
            raise UserError(self.env._("An extract needs a file of its own with the part that is copied."))
        # sudo: the source may be read; its bytes are closed to everyone
        source = self.sudo()
        original = source.main_content_id or source.content_ids.filtered(lambda content: content.role == 'original')[:1]
        if target == 'electronic' and not extract and original.mimetype != 'application/pdf':
            raise UserError(self.env._("“%s” has no PDF: digitise the paper first.", self.display_name))
        copied = self.create({
            'direction': 'outgoing',
            'company_id': self.company_id.id,
            'type_id': document_type.id,
            'subject': self.subject,
            'code_notation': f'{document_type.abbreviation}-{self.company_id.partner_id.abbreviation or ""}',
            'issuer_id': self.company_id.partner_id.id,
            'signer_name': authority.signer_name,
            'signer_position': authority._get_block()[-1],
            'access_level': self.access_level,
            'unit_id': self.unit_id.id,
            'user_ids': [fields.Command.set(self.user_ids.ids)],
            'paper_original': target == 'paper',
        })
        copied.sudo()._write_by_system({'copy_of_id': self.id, 'copy_target': target})
        name, raw = extract or (original.name, original.attachment_id.raw if original else None)
        if target == 'electronic':
            copied._sign_copy(name, raw, COPY_FORMS[document_type.code], signing)
        copied._register_documents()
        if target == 'paper':
            is_picture = bool(not extract and (original.mimetype or '').startswith('image/'))
            copied._print_copy(raw, authority, COPY_FORMS[document_type.code], recipients, is_picture)
        self.env['civic.journal.entry']._append('replication', self, detail={
            'form': document_type.code, 'target': target, 'copy': copied.id, 'reference': copied.reference})
        return copied

    def _sign_copy(self, name, raw, form, signing):
        """The agency signs an electronic copy: form, agency and time at the top right of page 1, no picture."""
        self.ensure_one()
        if not signing:
            raise UserError(self.env._(
                "An electronic copy bears the signature of the agency (Decree 30/2020, Annex I, Part II)."))
        certificate, key = signing
        copied = self.sudo()
        source = copied._store_content(copied._inspect_content(name, raw), raw, 'draft').with_env(self.env)
        source._sign(
            certificate, key=key, purpose='copy', lines=source._get_copy_lines(form, self.company_id), is_final=True,
            content_role='original')

    def _print_copy(self, raw, authority, form, recipients, is_picture):
        """Keep the sheets to print: what is copied, and the block of the copy after its end.

        What has no file, or none that can be printed, gets the block alone: it goes onto the photocopy.
        """
        self.ensure_one()
        company = self.company_id
        # sudo: the address of the agency stands on its papers
        partner = company.sudo().partner_id
        day = self.issue_date or self._today()
        month = f'{day:%m}' if day.month < 3 else str(day.month)
        block = CopyBlock(
            form=form, agency=partner.name or '', reference=self.reference or '',
            place_date=f"{partner.city or partner.state_id.name or '…'}, ngày {day:%d} tháng {month} năm {day.year}",
            titles=tuple(authority._get_block()), signer=authority.signer_name or '', recipients=tuple(recipients))
        if raw and not is_picture and not bytes(raw[:1024]).lstrip().startswith(b'%PDF'):
            raw = None
        try:
            printed, _place = make_paper_copy(raw, block, is_picture=is_picture)
        except OverlayFailed as failure:
            raise UserError(self.env._(
                "The copied file cannot be read, so no copy can be printed from it (%s). Digitise the paper again.",
                failure.code)) from failure
        # sudo: the clerk's act; the sheets are kept on behalf of the agency
        copied = self.sudo()
        name = f"{form} {(self.reference or '').replace('/', '-')}.pdf"
        content = copied._store_content(copied._inspect_content(name, printed), printed, 'original')
        copied._write_by_system({'main_content_id': content.id, 'page_count': content.page_count})


class CivicSigningAuthority(models.Model):
    _inherit = 'civic.signing.authority'

    may_sign_copies = fields.Boolean(
        "Signs Copies", help="The head lets this person sign copies (Decree 30/2020, Article 27.1).")

    def _is_out_of_force(self, date):
        self.ensure_one()
        return bool(date < self.date_from or (self.date_to and date > self.date_to))

    @api.model
    def _get_copy_domain(self, company):
        today = self.env['civic.document']._today()
        return (
            Domain('company_id', '=', company.id) & Domain('may_sign_copies', '=', True)
            & Domain('date_from', '<=', today) & (Domain('date_to', '=', False) | Domain('date_to', '>=', today)))
