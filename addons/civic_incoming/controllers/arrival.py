from odoo import http
from odoo.exceptions import AccessError, MissingError
from odoo.http import request


class ArrivalController(http.Controller):
    """What was received, as it was received, and the sheets for the scanner."""

    @http.route('/civic/arrival/<int:arrival_id>/<path:name>', type='http', auth='user', methods=['GET'])
    def arrival(self, arrival_id, name):
        """Send the scan or message to those who may read all documents that were made of it, and journal it."""
        arrival = request.env['civic.arrival'].browse(arrival_id)
        try:
            arrival.check_access('read')
            # sudo: which documents were made of it is asked to check the rights on them
            arrival.sudo().document_ids.sudo(False).check_access('read')
        except (AccessError, MissingError):
            return self._not_found()
        attachment_sudo = arrival.sudo().attachment_id      # sudo: the bytes are closed to all but this door
        if not attachment_sudo:
            return self._not_found()
        stream = attachment_sudo._to_http_stream()
        stream.public = False
        stream.download_name = f'{arrival.name}.eml' if arrival.kind == 'email' else arrival.name
        request.env['civic.journal.entry']._append('download', arrival, detail={'sha256': arrival.sha256})
        response = stream.get_response(as_attachment=True, content_security_policy="default-src 'none'; sandbox")
        response.headers['X-Content-Type-Options'] = 'nosniff'
        response.headers['Cache-Control'] = 'private, no-store'
        return response

    @http.route('/civic/separator/<int:wizard_id>', type='http', auth='user', methods=['GET'])
    def separator(self, wizard_id):
        wizard = request.env['civic.separator.wizard'].browse(wizard_id)
        try:
            wizard.check_access('read')
            pdf = wizard._make_pdf()
        except (AccessError, MissingError):
            return self._not_found()
        return request.make_response(pdf, headers=[
            ('Content-Type', 'application/pdf'), ('Cache-Control', 'no-store'),
            ('Content-Disposition', http.content_disposition(request.env._("separator-sheets.pdf")))])

    def _not_found(self):
        # a response and no exception: what does not exist and what may not be read look the same from outside
        return request.make_response(
            request.env._("There is no such file, or you may not read it."), status=404,
            headers=[('Content-Type', 'text/plain; charset=utf-8'), ('Cache-Control', 'no-store')])
