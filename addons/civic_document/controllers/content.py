import json
import time

from odoo import SUPERUSER_ID, http
from odoo.exceptions import AccessError, MissingError, UserError
from odoo.http import request

from ..tools.content import EMAIL, INLINE_MIMETYPES, read_text

READ_WINDOW = 600       # seconds in which the further pieces of one file are one reading
KEPT_READS = 50         # the session remembers no more files than that


class ContentController(http.Controller):
    """The only door to the bytes of a document's files."""

    @http.route('/civic/content/<int:content_id>/<path:filename>', type='http', auth='user', methods=['GET'])
    def content(self, content_id, filename, download=None):
        """Send one file, whole or a range of it, and journal the reading."""
        is_download = download not in (None, '', '0', 'false')
        content = self._get_content(content_id, is_download)
        if not content:
            return self._not_found()
        document = content.document_id
        try:
            # sudo: the attachment is closed to everyone but this door, and the rights were checked
            stream = content.sudo().attachment_id._to_http_stream()
        except FileNotFoundError:
            self._journal(content, document, is_download, outcome='failure')
            return self._not_found()
        if self._is_new_reading(content, is_download):
            self._journal(content, document, is_download)
        if content.mimetype == EMAIL and not is_download:
            return self._respond_mail(content)
        return self._respond(content, stream, is_download)

    @http.route('/civic/content/upload/<int:document_id>', type='http', auth='user', methods=['POST'])
    def upload(self, document_id, role='appendix', **post):
        """Add files (multipart, field ``ufile``) to a document; answer one JSON object per file."""
        document = request.env['civic.document'].browse(document_id)
        results = []
        for upload in request.httprequest.files.getlist('ufile'):
            result = {'name': upload.filename, 'ok': True, 'content_id': False, 'message': ''}
            try:
                with request.env.cr.savepoint():
                    result['content_id'] = document._attach_content(upload.filename, upload.read(), role).id
            except (UserError, MissingError) as error:
                result.update(ok=False, message=str(error.args[0]))
            results.append(result)
        return request.make_response(json.dumps(results), [('Content-Type', 'application/json')])

    def _get_content(self, content_id, is_download=False):
        """Return the file, or nothing: what does not exist and what may not be read look the same from outside."""
        content = request.env['civic.content'].browse(content_id)
        try:
            content.check_access('read')
            content.document_id.check_access('read')
        except MissingError:
            return content.browse()
        except AccessError:
            self._journal_refusal(content, is_download)
            return content.browse()
        return content

    def _not_found(self):
        # A response and no exception: that would roll the journal's line back.
        return request.make_response(
            request.env._("There is no such file, or you may not read it."), status=404,
            headers=[('Content-Type', 'text/plain; charset=utf-8'), ('Cache-Control', 'no-store')])

    def _respond_mail(self, content):
        """Show head and words of an e-mail as plain text: its markup, pictures and links are never rendered."""
        # sudo: as for the stream
        return request.make_response(read_text(content.sudo()._get_source(), 'eml'), headers=[
            ('Content-Type', 'text/plain; charset=utf-8'), ('X-Content-Type-Options', 'nosniff'),
            ('Content-Security-Policy', "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'; sandbox"),
            ('X-Frame-Options', 'SAMEORIGIN'), ('Referrer-Policy', 'no-referrer'), ('Cache-Control', 'private, no-cache')])

    def _respond(self, content, stream, is_download):
        stream.mimetype = content.mimetype
        is_inline = content.mimetype in INLINE_MIMETYPES and not is_download
        stream.download_name = content.name
        stream.etag = content.sha256
        stream.public = False
        # Only the PDF viewer needs more than a dead picture: anything else is put into a sandbox.
        policy = "default-src 'none'; frame-ancestors 'self'"
        if content.mimetype != 'application/pdf':
            policy += "; style-src 'unsafe-inline'; media-src 'self'; sandbox"
        response = stream.get_response(as_attachment=not is_inline, content_security_policy=policy)
        response.headers['X-Content-Type-Options'] = 'nosniff'
        response.headers['X-Frame-Options'] = 'SAMEORIGIN'
        response.headers['Cross-Origin-Resource-Policy'] = 'same-origin'
        response.headers['Referrer-Policy'] = 'no-referrer'
        # The browser asks each time: who has lost the right, or reads it once more, is noticed.
        response.headers['Cache-Control'] = 'private, no-cache'
        return response

    def _is_new_reading(self, content, is_download):
        """Whether this request starts a reading: viewers fetch one file in many ranges."""
        key = f'{content.id}{"d" if is_download else ""}'
        now = int(time.time())
        reads = {
            name: at for name, at in (request.session.get('civic_reads') or {}).items() if at > now - READ_WINDOW}
        is_new = 'Range' not in request.httprequest.headers or key not in reads
        if is_new:
            reads[key] = now
            request.session['civic_reads'] = dict(sorted(reads.items(), key=lambda item: item[1])[-KEPT_READS:])
        return is_new

    def _journal(self, content, document, is_download, outcome='success'):
        request.env['civic.journal.entry']._append(
            'download' if is_download else 'access', document, outcome=outcome,
            detail=content._prepare_journal_detail())

    def _journal_refusal(self, content, is_download):
        # sudo: the journal tells which document was tried, the answer does not
        document_sudo = content.sudo().exists().document_id
        if document_sudo:
            request.env['civic.journal.entry']._append_outside(
                'download' if is_download else 'access', model='civic.document', res_id=document_sudo.id,
                object_ref=document_sudo.with_user(SUPERUSER_ID).display_name, detail={'content': content.id}, outcome='failure',
                company=document_sudo.company_id)
