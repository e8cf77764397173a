import json
import logging

import psycopg2

from odoo.exceptions import AccessError, UserError
from odoo.http import Controller, request, route

from ..const import ARRIVAL_CHANNELS

_logger = logging.getLogger(__name__)


class IncomingUpload(Controller):

    @route('/civic/incoming/upload', type='http', auth='user', methods=['POST'])
    def upload(self, company_ids='[]', channel='', **_values):
        """Make a draft of each file; one refused file does not spoil the others.

        :param company_ids: JSON list of the agencies chosen in the browser, the current one first
        :param channel: how the papers arrived, or nothing
        :return: JSON, `{"results": [{"name", "ok", "document_id", "message"}]}` in the order of the files
        """
        allowed = self._parse_company_ids(company_ids)
        if allowed:
            request.update_context(allowed_company_ids=allowed)
        documents = request.env['civic.document']
        documents._check_may_receive()
        if channel and channel not in dict(ARRIVAL_CHANNELS):
            raise UserError(request.env._("Documents do not arrive that way: %s.", channel[:40]))
        files = request.httprequest.files.getlist('files')
        return request.make_json_response({'results': [self._receive(documents, file, channel) for file in files]})

    def _parse_company_ids(self, text):
        try:
            company_ids = json.loads(text)
        except ValueError:
            company_ids = None
        if not isinstance(company_ids, list) or not all(type(company_id) is int for company_id in company_ids):
            raise UserError(request.env._("The list of agencies cannot be read."))
        if set(company_ids) - set(request.env.user._get_company_ids()):
            raise AccessError(request.env._("You do not work in one of these agencies."))
        return company_ids

    def _receive(self, documents, file, channel):
        name = file.filename or request.env._("file without a name")
        result = {'name': name, 'ok': False, 'document_id': False, 'message': ""}
        try:
            with request.env.cr.savepoint():
                document = documents._capture(
                    file.filename or "", file.read(), direction='incoming', company_id=request.env.company.id,
                    arrival_date=documents._today(), arrival_channel=channel or False)
                # before the savepoint closes: what the database refuses is refused for this file only
                document.env.flush_all()
        except psycopg2.OperationalError:
            # a conflict with another transaction: the request is tried again as a whole
            raise
        except UserError as error:
            return {**result, 'message': str(error)}
        except Exception:
            _logger.exception("An incoming file could not be received.")
            return {**result, 'message': request.env._(
                "The file could not be received because of an error in the system. It is noted in the server log.")}
        return {**result, 'ok': True, 'document_id': document.id, 'message': self._get_hint(document)}

    def _get_hint(self, document):
        """Name the document that holds the very same file, as far as the clerk may read it."""
        twins = document.duplicate_ids
        if not twins:
            return ""
        return request.env._("The same file is already in: %s", ", ".join(twins.mapped('display_name')))
