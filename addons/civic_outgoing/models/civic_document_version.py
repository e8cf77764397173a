from odoo import api, fields, models
from odoo.exceptions import UserError

from ..const import PDF_PASSING, PDF_RETRIES, PDF_STATES, VERSION_SOURCES


class CivicDocumentVersion(models.Model):
    """One version of a draft: its file, who brought it, when and why, and the PDF that was made of it.

    Every version stays (Decree 30/2020, Art. 10; Annex VI, III.5.a). Rows are written by the acts of the document
    alone.
    """

    _name = 'civic.document.version'
    _description = "Version of a Draft"
    _inherit = ['civic.document.part']
    _order = 'document_id, number desc'
    _rec_name = 'number'

    document_id = fields.Many2one('civic.document', required=True, readonly=True, ondelete='cascade')
    company_id = fields.Many2one('res.company', "Agency", required=True, readonly=True, index=True, ondelete='cascade')
    number = fields.Integer("Version", required=True, readonly=True, aggregator=None)
    content_id = fields.Many2one('civic.content', "File", required=True, readonly=True, index=True, ondelete='cascade')
    pdf_content_id = fields.Many2one(
        'civic.content', "PDF", readonly=True, index='btree_not_null', ondelete='set null')
    pdf_state = fields.Selection(PDF_STATES, "PDF State", required=True, readonly=True, default='pending')
    pdf_error = fields.Char("Why There Is No PDF", readonly=True)
    pdf_attempts = fields.Integer(readonly=True, aggregator=None, export_string_translation=False)
    source = fields.Selection(VERSION_SOURCES, required=True, readonly=True)
    reason = fields.Char("What Changed", readonly=True)
    user_id = fields.Many2one('res.users', "By", required=True, readonly=True, ondelete='restrict')
    made_at = fields.Datetime("On", required=True, readonly=True, default=fields.Datetime.now)
    finding_count = fields.Integer("Deviations", readonly=True, aggregator=None)
    download_url = fields.Char(related='content_id.download_url')
    pdf_url = fields.Char(related='pdf_content_id.preview_url')

    _number_uniq = models.UniqueIndex('(document_id, number)', "There is already a version with this number.")

    @api.depends('number')
    def _compute_display_name(self):
        for version in self:
            version.display_name = self.env._("Version %s", version.number)

    # === ACTIONS === #

    def action_download(self):
        """Download the file of the version, to go on working in Word or LibreOffice."""
        self.ensure_one()
        self.check_access('read')
        return self.content_id.action_download()

    def action_show_pdf(self):
        """Show the PDF of the version."""
        self.ensure_one()
        self.check_access('read')
        if not self.pdf_content_id:
            raise UserError(self.pdf_error or self.env._("The PDF of version %s is being made. Look again in a moment.", self.number))
        return self.pdf_content_id.action_preview()

    def action_compare(self):
        """Show what changed since the version before."""
        self.ensure_one()
        self.check_access('read')
        return self.env['civic.version.compare']._open(self)

    def action_make_pdf(self):
        """Make the PDF once more, after it failed."""
        self.check_access('read')
        for version in self:
            if version.pdf_state != 'failed':
                raise UserError(self.env._("The PDF of version %s did not fail.", version.number))
        # sudo: nobody writes versions by hand
        self.sudo().write({'pdf_state': 'pending', 'pdf_error': False, 'pdf_attempts': 0})
        self._schedule_pdf()
        return True

    # === PDF === #

    def _schedule_pdf(self, seconds=0):
        """Make the PDF in the background: LibreOffice takes seconds, and may hang."""
        for version in self:
            # sudo: the job acts for the system
            version.sudo().with_delay(
                description=self.env._("Make the PDF of version %s", version.number),
                identity_key=f'civic_outgoing_pdf_{version.id}', eta=seconds or None,
            )._job_make_pdf()

    def _job_make_pdf(self):
        """Background job: make the PDF; a failure is told on the version, and nothing is lost."""
        for version in self.exists():
            version._make_pdf()

    def _make_pdf(self):
        """Make the PDF of the version now, check its layout, and show it beside the form."""
        self.ensure_one()
        version = self.sudo()
        if version.pdf_content_id:
            return
        document = version.document_id
        if version.content_id.mimetype == 'application/pdf':
            version.write({'pdf_content_id': version.content_id.id, 'pdf_state': 'done'})
            document._note_version_pdf(version)
            return
        raw, error, code = document._convert_to_pdf(version.content_id)
        if error:
            version._note_pdf_failure(error, code)
            return
        stem = version.content_id.name.rsplit('.', 1)[0]
        content = document._store_content(
            document._inspect_content(f'{stem}.pdf', raw), raw, 'rendition', version.content_id)
        # the right to change the document was checked when the version came
        version.write({'pdf_content_id': content.id, 'pdf_state': 'done', 'pdf_error': False})
        document._note_version_pdf(version)

    def _note_pdf_failure(self, error, code):
        """Say why there is no PDF; what may pass (LibreOffice broke or hung) is tried again some times, later and later."""
        attempts = self.pdf_attempts + 1
        again = code in PDF_PASSING and attempts <= len(PDF_RETRIES)
        self.write({'pdf_state': 'pending' if again else 'failed', 'pdf_error': error, 'pdf_attempts': attempts})
        if again:
            self._schedule_pdf(PDF_RETRIES[attempts - 1])
