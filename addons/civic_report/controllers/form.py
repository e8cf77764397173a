import json
import tempfile

from werkzeug.wsgi import wrap_file

from odoo import http
from odoo.exceptions import UserError
from odoo.http import content_disposition, request

from ..models.civic_form import MIMETYPES

SPOOL = 8 * 1024 * 1024         # bytes kept in memory; what is larger waits on disk
MAX_OPTIONS = 200_000           # characters


class FormController(http.Controller):
    """The door to prints: forms by their name, and lists as they are shown."""

    @http.route('/civic/form/<string:name>.<string:extension>', type='http', auth='user', methods=['GET'], readonly=False)
    def form(self, name, extension, options='{}', **_kwargs):
        """Print a form; the rights of the person decide what is on it."""
        form = request.env['civic.form']._find_form(name)
        if form is None:
            raise request.not_found()
        return self._send(form, extension, options)

    @http.route('/civic/list/export', type='http', auth='user', methods=['POST'])
    def list_export(self, extension='', options='{}', **_kwargs):
        """Export what a list shows."""
        return self._send(request.env['civic.list.export'], extension, options)

    def _send(self, form, extension, options):
        values = self._parse(options)
        # The answer is sent after the cursor is closed, and a book is big: it waits on disk.
        output = tempfile.SpooledTemporaryFile(max_size=SPOOL)
        try:
            filename = form._print(output, extension, values)
        except BaseException:
            output.close()
            raise
        size = output.tell()
        output.seek(0)
        disposition = content_disposition(filename, disposition_type='inline' if extension == 'pdf' else 'attachment')
        return request.make_response(
            wrap_file(request.httprequest.environ, output),
            headers=[
                ('Content-Type', MIMETYPES[extension]),
                ('Content-Length', size),
                ('Content-Disposition', disposition),
                ('X-Content-Type-Options', 'nosniff'),
                ('Cache-Control', 'no-store'),
            ])

    def _parse(self, options):
        try:
            values = json.loads(options) if len(options) <= MAX_OPTIONS else None
        except (TypeError, ValueError, RecursionError):
            values = None
        if not isinstance(values, dict):
            raise UserError(request.env._("The form was asked for something that it does not know."))
        return values
