import os
import tempfile

from werkzeug.wsgi import wrap_file

from odoo import http
from odoo.exceptions import AccessError
from odoo.http import content_disposition, request


class ArchiveController(http.Controller):

    @http.route('/civic/oai', type='http', auth='public', methods=['GET', 'POST'], csrf=False, readonly=True, save_session=False)
    def harvest(self, **kwargs):
        """Answer a harvester (OAI-PMH 2.0)."""
        pairs = [(name, value) for name, value in request.httprequest.values.items(multi=True) if name != 'debug']
        answer = request.env['civic.oai']._answer(pairs, request.httprequest.base_url)
        return request.make_response(answer, headers=[('Content-Type', 'text/xml; charset=utf-8')])

    @http.route('/civic/archive/ead/<int:unit_id>.xml', type='http', auth='user', methods=['GET'], readonly=False)
    def finding_aid(self, unit_id):
        """Send the finding aid of a unit and all below it; the export leaves a line."""
        unit = request.env['civic.archive.description'].browse(unit_id).exists()
        if not unit or not unit.has_access('read'):
            raise AccessError(request.env._("You may not read this description."))
        # The answer is sent after the cursor is closed, and a fonds is big: it waits on disk.
        output = tempfile.TemporaryFile()
        count = unit._write_ead(output)
        request.env['civic.journal.entry']._append('export', unit, detail={'format': 'ead3', 'units': count})
        return self._send(output, f'{unit.reference_code}.xml', 'application/xml; charset=utf-8')

    @http.route(
        '/civic/archive/migration/<int:line_id>/<any(original,converted):which>', type='http', auth='user', methods=['GET'],
        readonly=False)
    def migrated_file(self, line_id, which):
        """Send a file of a migration, before or after it, to the archivist who decides about it."""
        line = request.env['civic.migration.line'].browse(line_id).exists()
        if not line:
            raise request.not_found()
        try:
            stream, name = line._open_file(which)
        except OSError:
            raise request.not_found() from None
        is_pdf = name.lower().endswith('.pdf')
        return self._send(stream, name, 'application/pdf' if is_pdf else 'application/octet-stream', is_inline=is_pdf)

    def _send(self, stream, name, mimetype, *, is_inline=False):
        size = stream.seek(0, os.SEEK_END)
        stream.seek(0)
        return request.make_response(wrap_file(request.httprequest.environ, stream), headers=[
            ('Content-Type', mimetype),
            ('Content-Length', size),
            ('Content-Disposition', content_disposition(name, 'inline' if is_inline else 'attachment')),
            ('Content-Security-Policy', "default-src 'none'; frame-ancestors 'self'"),
            ('X-Content-Type-Options', 'nosniff'),
            ('Cache-Control', 'private, no-store'),
        ])
