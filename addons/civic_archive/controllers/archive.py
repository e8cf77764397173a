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
        size = output.tell()
        output.seek(0)
        return request.make_response(wrap_file(request.httprequest.environ, output), headers=[
            ('Content-Type', 'application/xml; charset=utf-8'),
            ('Content-Length', size),
            ('Content-Disposition', content_disposition(f'{unit.reference_code}.xml')),
            ('X-Content-Type-Options', 'nosniff'),
        ])
