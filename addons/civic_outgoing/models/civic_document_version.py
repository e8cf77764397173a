from odoo import api, fields, models
from odoo.exceptions import UserError

from ..const import PDF_STATES, VERSION_SOURCES

PDF_TRIES = 3
PDF_WAIT = 60                   # seconds before the next try, longer each time


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

    def _schedule_pdf(self, eta=None):
        """Make the PDF in the background: LibreOffice takes seconds, and may hang.

        :param int eta: seconds to wait before
        """
        for version in self:
            # sudo: the job acts for the system
            version.sudo().with_delay(
                eta=eta, description=self.env._("Make the PDF of version %s", version.number),
                identity_key=f'civic_outgoing_pdf_{version.id}_{version.pdf_attempts}',
            )._job_make_pdf()

    def _job_make_pdf(self):
        """Background job: make the PDF; a failure is told on the version, and nothing is lost.

        What may pass, such as a crash or a program that hung, is tried again after a while before it is called a failure.
        """
        for version in self.exists():
            if not version._make_pdf(is_last_try=version.pdf_attempts + 1 >= PDF_TRIES):
                # its own key: this job is still at work
                version._schedule_pdf(eta=PDF_WAIT * version.pdf_attempts)

    def _make_pdf(self, is_last_try=True):
        """Make the PDF of the version now, check its layout, and show it beside the form.

        :return: whether there is an end to it: the PDF, or a failure that stays
        """
        self.ensure_one()
        version = self.sudo()
        if version.pdf_content_id:
            return True
        document = version.document_id
        if version.content_id.mimetype == 'application/pdf':
            version.write({'pdf_content_id': version.content_id.id, 'pdf_state': 'done'})
            document._note_version_pdf(version)
            return True
        raw, error, may_pass = document._convert_to_pdf(version.content_id)
        if error:
            ended = is_last_try or not may_pass
            version.write({
                'pdf_attempts': version.pdf_attempts + 1, 'pdf_error': error, 'pdf_state': 'failed' if ended else 'pending'})
            return ended
        stem = version.content_id.name.rsplit('.', 1)[0]
        content = document._store_content(
            document._inspect_content(f'{stem}.pdf', raw), raw, 'rendition', version.content_id)
        # the right to change the document was checked when the version came
        version.write({'pdf_content_id': content.id, 'pdf_state': 'done', 'pdf_error': False})
        document._note_version_pdf(version)
        return True
