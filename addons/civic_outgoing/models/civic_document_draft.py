from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from odoo.addons.civic_base.const import DEFAULT_LANG
from odoo.addons.civic_document.exceptions import ContentRefused

from ..const import DRAFTING_STATES, REVIEW_STATES
from ..tools import office
from ..tools import template as docx_template
from ..tools.finding import ToolError
from .tool_words import get_words

URGENCY_MARKS = {'urgent': "KHẨN", 'very_urgent': "THƯỢNG KHẨN", 'express': "HỎA TỐC"}
CIRCULATION_MARKS = {'return': "XEM XONG TRẢ LẠI", 'internal': "LƯU HÀNH NỘI BỘ"}
# What makes a Word file no draft; tags of templates mean nothing in it.
REFUSED = (
    'not_docx', 'corrupt', 'encrypted', 'too_large', 'dtd', 'macro', 'external_link', 'active_field', 'limit', 'crash')


class CivicDocument(models.Model):
    """The draft: made from a template, edited in Word or LibreOffice, and brought back as the next version.

    Every version stays, with who and why; the PDF of each is made in the background. When somebody changes what was
    approved already, the approval is void and the signer decides again (Decree 30/2020, Article 11.2).
    """

    _inherit = 'civic.document'

    version_ids = fields.One2many('civic.document.version', 'document_id', "Versions", readonly=True)
    current_version_id = fields.Many2one(
        'civic.document.version', "Current Version", readonly=True, copy=False, index='btree_not_null',
        ondelete='set null')
    pdf_state = fields.Selection(related='current_version_id.pdf_state', string="PDF")
    pdf_error = fields.Char(related='current_version_id.pdf_error')
    version_count = fields.Integer(compute='_compute_version_count')

    @api.depends('version_ids')
    def _compute_version_count(self):
        counts = dict(self.env['civic.document.version']._read_group(
            [('document_id', 'in', self.ids)], ['document_id'], ['__count']))
        for document in self:
            document.version_count = counts.get(document._origin, 0)

    @api.depends('content_ids.name', 'main_content_id')
    def _compute_preview_contents(self):
        super()._compute_preview_contents()
        for document in self.filtered(lambda document: document._is_drafted()):
            # the versions have a page of their own: beside the form stand the file as it is now and its attachments
            contents = document.main_content_id | document.content_ids.filtered(
                lambda content: content.role == 'appendix')
            document.preview_contents = [document._prepare_preview(content) for content in contents]

    # === ACTIONS === #

    def action_generate(self):
        """Make the next version from the template and the fields of the form."""
        for document in self:
            document._generate()
        return True

    def action_upload_version(self):
        """Open the form that takes the next version."""
        self.ensure_one()
        self._check_may_change_file()
        return {
            'type': 'ir.actions.act_window',
            'name': self.env._("Next Version"),
            'res_model': 'civic.version.upload',
            'view_mode': 'form',
            'target': 'new',
            'context': {'default_document_id': self.id},
        }

    def action_download_version(self):
        """Download the current version, to go on working in Word or LibreOffice."""
        self.ensure_one()
        self.check_access('read')
        if not self.current_version_id:
            raise UserError(self.env._("“%s” has no version yet.", self.display_name))
        return self.current_version_id.action_download()

    def action_compare(self):
        """Show what the current version changed."""
        self.ensure_one()
        self.check_access('read')
        if not self.current_version_id:
            raise UserError(self.env._("“%s” has no version yet.", self.display_name))
        return self.current_version_id.action_compare()

    def action_read_pdf(self):
        """Show the PDF of the current version, or of what was signed."""
        self.ensure_one()
        self.check_access('read')
        if self.main_content_id.mimetype == 'application/pdf':
            return self.main_content_id.action_preview()
        if not self.current_version_id:
            raise UserError(self.env._("“%s” has no version yet.", self.display_name))
        return self.current_version_id.action_show_pdf()

    def action_make_pdf(self):
        """Make the PDF of the current version once more, after it failed."""
        self.check_access('read')
        return self.current_version_id.action_make_pdf()

    # === BUSINESS === #

    def _check_may_change_file(self):
        self.check_access('write')
        for document in self:
            if not document._is_drafted():
                raise UserError(self.env._("“%s” was not drafted here.", document.display_name))
            if document.state not in (*DRAFTING_STATES, *REVIEW_STATES):
                raise UserError(self.env._(
                    "“%s” is signed: its file never changes (Decree 30/2020, Article 18).", document.display_name))

    def _generate(self, reason=''):
        """Make the next version from the template and the fields.

        :rtype: civic.document.version
        """
        self.ensure_one()
        self._check_may_change_file()
        template = self.template_id
        if not self.type_id:
            raise UserError(self.env._("Choose the document type first."))
        if not template:
            raise UserError(self.env._(
                "There is no template for “%s”. Choose one, or upload a file of your own.", self.type_id.name))
        # sudo: everybody uses the templates of the agency; their bytes are an attachment
        template = template.sudo()
        if template.state != 'ready' or (template.company_id and template.company_id != self.company_id):
            raise UserError(self.env._("The template “%s” cannot be used.", template.name))
        try:
            raw = docx_template.render(template._get_raw(), self._prepare_template_values())
        except ToolError as error:
            raise UserError(self.env._(
                "No document could be made from the template “%(template)s”: %(problem)s",
                template=template.name, problem=get_words(self.env, error.code, error.params, error.text))) from error
        return self._add_version(self._get_draft_name('docx'), raw, 'template', reason or self.env._("Made from “%s”", template.name))

    def _get_draft_name(self, extension):
        document_type = self.type_id.with_context(lang=DEFAULT_LANG)
        name = ' '.join(filter(None, (document_type.name, self.subject))) or self.env._("Document")
        name = ''.join(char if char.isalnum() or char in ' -_.,()' else ' ' for char in name)
        return f"{' '.join(name.split())[:80].rstrip(' .')}.{extension}"

    def _prepare_template_values(self, number='', date=None):
        """Return the values of the fields of a template: what stands on the paper."""
        self.ensure_one()
        # sudo: names of units, people and agencies stand on the document
        document = self.sudo().with_context(lang=DEFAULT_LANG)
        company = document.company_id
        authority = document.signing_authority_id
        issuer = document.issuer_id or company.partner_id
        recipients = document.recipient_ids
        addressees = recipients.filtered(lambda line: line.kind == 'addressee').mapped('label')
        receivers = recipients.filtered(lambda line: line.kind == 'receiver').mapped('label')
        if addressees:
            receivers = ["Như trên", *receivers]
        lines = [line for line in (document.body or '').splitlines() if line.strip()]
        superior = company.parent_id.name if issuer == company.partner_id else company.name
        block = authority._get_block() if authority else []
        return {
            'agency_parent': (superior or '').upper(),
            'agency': (issuer.name or '').upper(),
            'place': company.city or company.state_id.name or "",
            'date': date and fields.Date.to_string(date) or '',
            'year': '',                 # the year is that of the day on which the number is given, too
            'number': number or '',
            'notation': document.code_notation or '',
            'code': document.identifier,
            'type_name': document.type_id.name or '',
            'subject': document.subject or '',
            'issuing_authority': self._get_issuing_authority(authority, issuer),
            'addressees': addressees,
            'bases': [line.strip().rstrip(';.') for line in (document.bases or '').splitlines() if line.strip()],
            'body': docx_template.parse_body('\n'.join(lines)),
            'signing_lines': block[:-1],
            'signer_title': block[-1] if block else '',
            'signer_name': authority.signer_name or '',
            'recipients': receivers,
            'drafting_unit': document.unit_id.abbreviation or '',
            'copies': str(document.paper_count) if document.paper_count else '',
            'urgency': URGENCY_MARKS.get(document.urgency, ''),
            'circulation': CIRCULATION_MARKS.get(document.circulation_mark, ''),
        }

    @api.model
    def _get_issuing_authority(self, authority, issuer):
        """Who decides, as the heading of a decision names it: the post and the agency, or the collective."""
        if authority.capacity == 'tm' or (authority.collective_name and authority.capacity == 'kt'):
            return authority.collective_name.upper()
        title = authority.principal_title or authority.position or ''
        return ' '.join(filter(None, (title, issuer.name))).upper()

    def _add_version(self, filename, raw, source, reason=''):
        """Keep the next version: the file is checked first, the PDF follows in the background.

        :raises ContentRefused: after the file went into quarantine
        :raises UserError: for a state secret, of which nothing is kept, and for a Word file that is refused
        :rtype: civic.document.version
        """
        self.ensure_one()
        self._check_may_change_file()
        reason = (reason or '').strip()
        self._check_secret_text(reason, where='reason', model=self._name, res_id=self.id)
        self._check_draft_file(filename, raw)
        report = self._inspect_content(filename, raw)
        last = self.current_version_id
        if last and last.content_id.sha256 == report.sha256:
            raise UserError(self.env._(
                "This file is the same as version %(number)s: nothing was changed.", number=last.number))
        content = self._store_content(report, raw, 'draft')
        # sudo: nobody writes versions by hand; the right to change the file was checked
        version = self.env['civic.document.version'].sudo().create({
            'document_id': self.id,
            'company_id': self.company_id.id,
            'number': max(self.sudo().version_ids.mapped('number'), default=0) + 1,
            'content_id': content.id,
            'source': source,
            'reason': reason,
            'user_id': self.env.uid,
        })
        # sudo: as above
        self.sudo()._write_by_system({'current_version_id': version.id})
        self.env['civic.journal.entry']._append('modification', self, detail={
            'act': 'version', 'version': version.number, 'sha256': report.sha256, 'source': source,
            'reason': reason or None})
        version._schedule_pdf()
        self._void_approval(version)
        return version.sudo(self.env.su)

    def _check_draft_file(self, filename, raw):
        """A draft is a Word document without macros and links to the outside, or a PDF made elsewhere."""
        extension = (filename or '').rpartition('.')[2].lower()
        if extension not in ('docx', 'pdf'):
            raise UserError(self.env._(
                "A draft is a Word document (.docx) or a PDF; “%s” is neither. Save it as .docx.", filename or ''))
        if extension == 'docx':
            try:
                found = [finding for finding in docx_template.check_template(raw, []) if finding.key in REFUSED]
            except ToolError as error:
                raise UserError(get_words(self.env, error.code, error.params, error.text)) from error
            if found:
                raise UserError("\n".join(
                    get_words(self.env, finding.key, finding.params, finding.text) for finding in found))

    def _convert_to_pdf(self, content):
        """Return (bytes of the PDF, None, ''), or (None, why there is none, the code of it)."""
        # sudo: the bytes are closed to everyone; the job acts for the system
        raw = content.sudo().attachment_id.raw
        try:
            return office.to_pdf(raw), None, ''
        except ToolError as error:
            return None, get_words(self.env, error.code, error.params, error.text), error.code
        except ContentRefused as error:
            return None, str(error), 'refused'

    def _note_version_pdf(self, version):
        """The PDF of a version is there: show it, if it is that of the current one."""
        self.ensure_one()
        if self.current_version_id == version:
            # sudo: the job acts for the system
            self.sudo()._write_by_system({'main_content_id': version.pdf_content_id.id})
            self._check_layout(version)

    def _void_approval(self, version):
        """Art. 11.2: an approved draft that changes goes back to whoever approved it."""
        if self.state not in REVIEW_STATES or not self.approved_at:
            return
        # sudo: what was approved is no longer what there is, whoever changed it
        self.sudo()._write_by_system({'approved_by_id': False, 'approved_at': False, 'checked_version': 0})
        self.env['civic.journal.entry']._append('withdrawal', self, detail={
            'act': 'approval_void', 'version': version.number})
        self._send_back_on_route('sign', 'approve')

    def _check_submitter(self):
        """Whoever may write the draft may submit it."""
        self.check_access('write')
        for document in self:
            if document.state != 'draft':
                raise AccessError(self.env._("“%s” was submitted already.", document.display_name))
