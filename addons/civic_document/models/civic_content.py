import os
from functools import partial
from pathlib import Path
from urllib.parse import quote, urlencode

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_date, human_size

from ..tools.content import INLINE_MIMETYPES, get_extension, has_bad_name, measure

ROLES = [
    ('original', "Original"),
    ('rendition', "Rendition"),
    ('appendix', "Appendix"),
]

# Only code that holds this object may take a frozen file out; a context that comes over RPC cannot carry it.
_EXPUNGE = object()


class CivicContent(models.Model):
    """One file of a document, measured and identified when it came in.

    The bytes never change: neither the attachment nor what was measured of it can be written, by anyone. A file may
    leave while its document is a draft; after that only renditions may, for they can be made again. Who may see or
    change the document may see or change its files; the bytes are read through the controller alone, which
    journals every reading.
    """

    _name = 'civic.content'
    _description = "Content file"
    _inherit = ['civic.document.part', 'civic.journal.mixin']
    _part_write = True
    _order = 'document_id, sequence, id'

    document_id = fields.Many2one('civic.document', required=True, readonly=True, index=True, ondelete='restrict')
    name = fields.Char("File name", required=True)
    role = fields.Selection(ROLES, required=True, default='original')
    sequence = fields.Integer(default=10)
    attachment_id = fields.Many2one(
        'ir.attachment', required=True, readonly=True, index=True, ondelete='restrict', groups=fields.NO_ACCESS)
    derived_from_id = fields.Many2one(
        'civic.content', "Made from", readonly=True, index='btree_not_null', ondelete='restrict')
    derived_ids = fields.One2many('civic.content', 'derived_from_id', "Renditions")

    sha256 = fields.Char("SHA-256", required=True, readonly=True, index=True)
    size = fields.Integer("Size (bytes)", required=True, readonly=True, aggregator='sum')
    size_display = fields.Char("Size", compute='_compute_size_display')
    mimetype = fields.Char("MIME type", required=True, readonly=True)
    puid = fields.Char("PRONOM identifier", readonly=True)
    format_name = fields.Char("Format", readonly=True)
    page_count = fields.Integer("Pages", readonly=True, aggregator='sum')
    text_state = fields.Selection(
        [
            ('none', "No text"),
            ('pending', "Being read"),
            ('done', "Read"),
        ],
        "Text layer", required=True, default='none', readonly=True)

    is_inline = fields.Boolean(compute='_compute_urls')
    preview_url = fields.Char(compute='_compute_urls')
    download_url = fields.Char(compute='_compute_urls')

    _once_per_document = models.UniqueIndex(
        '(document_id, sha256, role)', "This document already has this file.")
    _rendition_has_source = models.Constraint(
        "CHECK (role = 'rendition' OR derived_from_id IS NULL)", "Only a rendition is made from another file.")

    @api.depends('size')
    def _compute_size_display(self):
        for content in self:
            content.size_display = human_size(content.size)

    @api.depends('name', 'mimetype')
    def _compute_urls(self):
        for content in self:
            url = content._get_url()
            content.is_inline = content.mimetype in INLINE_MIMETYPES
            content.download_url = url + '?download=1'
            if content.mimetype == 'application/pdf':
                content.preview_url = '/web/static/lib/pdfjs/web/viewer.html?' + urlencode({'file': url})
            else:
                content.preview_url = url if content.is_inline else False

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            raise AccessError(self.env._("A file is added by uploading it, so that it can be checked."))
        return super().create(vals_list)

    def write(self, vals):
        if set(vals) - self._get_writable_fields():
            raise AccessError(self.env._("A file and what was measured of it never change."))
        if {'role', 'name'}.intersection(vals):
            for content in self:
                if content.document_id.state != 'draft':
                    raise UserError(self.env._(
                        "“%s” is registered: its files keep their name and role.", content.document_id.display_name))
        if vals.get('role') == 'rendition':
            raise UserError(self.env._("A rendition is made by the system from another file."))
        if vals.get('name'):
            self.env['civic.document']._check_secrecy({'subject': vals['name']})
            extensions = {get_extension(content.name) for content in self}
            if extensions != {get_extension(vals['name'])} or has_bad_name(vals['name']):
                raise UserError(self.env._("A new name keeps the extension and holds no folder."))
        return super().write(vals)

    @api.model
    def _get_writable_fields(self):
        """Fields that may be written after the file came in; the superuser also writes what the system finds out."""
        return {'sequence', 'role', 'name'} | ({'text_state'} if self.env.su else set())

    @api.ondelete(at_uninstall=False)
    def _unlink_except_frozen(self):
        if self.env.context.get('civic_content_token') is _EXPUNGE:
            return
        for content in self:
            if content._is_frozen():
                raise UserError(self.env._(
                    "“%(file)s” belongs to a registered document and cannot be removed.", file=content.name))

    def unlink(self):
        if self.derived_ids:
            self.derived_ids.unlink()           # what was made from a file goes with it, and first
            self = self.exists()
        details = {}
        for content in self:
            removed = details.setdefault(content.document_id.id, {'removed': []})
            removed['removed'].append(content._prepare_journal_detail())
        documents = self.env['civic.document'].browse(details)
        result = super().unlink()               # the attachment goes with its record
        if documents:
            self.env['civic.journal.entry']._append('modification', documents, details=details)
            # sudo: the search index belongs to nobody
            self.env['civic.document.text'].sudo()._rebuild(documents.exists())
        return result

    def _is_frozen(self):
        """Whether the file stays whatever happens: only drafts lose files, and renditions can be made again."""
        self.ensure_one()
        return self.role != 'rendition' and self.document_id.state != 'draft'

    # === ACTIONS === #

    def action_preview(self):
        """Show the file, or download what a browser cannot show."""
        self.ensure_one()
        return {'type': 'ir.actions.act_url', 'url': self.preview_url or self.download_url, 'target': 'new'}

    def action_download(self):
        """Download the file under its own name."""
        self.ensure_one()
        return {'type': 'ir.actions.act_url', 'url': self.download_url, 'target': 'download'}

    def action_verify(self):
        """Compute the digest of the stored bytes anew and tell the result."""
        broken = self._verify_digest()
        if broken:
            raise UserError(self.env._(
                "These files are no longer what was received: %s. Tell the records administrator.",
                ', '.join(broken.mapped('name'))))
        return {
            'type': 'ir.actions.client',
            'tag': 'display_notification',
            'params': {
                'type': 'success',
                'message': self.env._("Unchanged since %s.", format_date(self.env, min(self.mapped('create_date')))),
            },
        }

    # === BUSINESS === #

    def _get_url(self, download=False):
        self.ensure_one()
        url = f'/civic/content/{self.id}/{quote(self.name or "file", safe="")}'
        return url + '?download=1' if download else url

    def _get_path(self):
        """Return the path of the stored bytes, or None when they are not a file of their own."""
        self.ensure_one()
        attachment = self.sudo().attachment_id      # sudo: the bytes are closed to everyone; callers check access
        return attachment._full_path(attachment.store_fname) if attachment.store_fname else None

    def _get_source(self):
        """Return what :mod:`tools.content` reads the bytes from: the path, or the bytes if they are in the database."""
        return self._get_path() or self.sudo().attachment_id.raw        # sudo: see _get_path

    def _verify_digest(self):
        """Compare the stored bytes with the digest of their arrival, journal the outcome, return the broken ones."""
        self.check_access('read')
        broken = self.browse()
        journal = self.env['civic.journal.entry']
        for content in self:
            source = content._get_source()
            is_there = not isinstance(source, str) or os.path.exists(source)
            measured = measure(source) if is_there else (0, None)
            if measured == (content.size, content.sha256):
                outcome = 'success'
            else:
                outcome = 'failure'
                broken |= content
            journal._append(
                'fixity_check', content.document_id, outcome=outcome,
                detail={**content._prepare_journal_detail(), 'found': measured[1]})
        return broken

    def _prepare_journal_detail(self):
        self.ensure_one()
        return {'content': self.id, 'name': self.name, 'role': self.role, 'sha256': self.sha256, 'size': self.size}

    def _expunge_secret(self):
        """Take out files in which a mark of state secrecy came to light only after they were accepted.

        Nothing of them stays, frozen or not: the law on state secrets goes before that on records. The journal keeps
        the fact and the digest.
        """
        for content in self:
            document, path = content.document_id, content._get_path()
            self.env['civic.journal.entry']._append('refusal', document, outcome='failure', detail={
                'reason': 'state_secret', 'where': 'content', 'content': content.id, 'sha256': content.sha256})
            attachment = content.attachment_id
            is_shared = attachment.store_fname and self.env['ir.attachment'].search_count([
                ('id', '!=', attachment.id), ('store_fname', '=', attachment.store_fname)], limit=1)
            content.with_context(civic_content_token=_EXPUNGE).unlink()
            if path and not is_shared:
                self.env.cr.postcommit.add(partial(Path(path).unlink, missing_ok=True))

    def _job_read_text(self):
        """Background job: read the pages that were left out when the file came in."""
        for content in self.exists():
            # sudo: the job acts for the system
            self.env['civic.document.text'].sudo()._rebuild(content.document_id)
