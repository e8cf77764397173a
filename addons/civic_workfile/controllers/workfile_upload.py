import logging

import psycopg2

from odoo.exceptions import UserError
from odoo.http import Controller, request, route

_logger = logging.getLogger(__name__)


class WorkfileUpload(Controller):

    @route('/civic/workfile/<int:workfile_id>/upload', type='http', auth='user', methods=['POST'])
    def upload(self, workfile_id, **_values):
        """Put each uploaded file into the work file; one that is refused does not spoil the others.

        :return: JSON, `{"results": [{"name", "ok", "document_id", "message"}]}` in the order of the files
        """
        request.update_context(allowed_company_ids=request.env.user._get_company_ids())
        workfile = request.env['civic.workfile'].browse(workfile_id)
        workfile.check_access('write')
        files = request.httprequest.files.getlist('files')
        return request.make_json_response({'results': [self._receive(workfile, file) for file in files]})

    def _receive(self, workfile, file):
        name = file.filename or request.env._("file without a name")
        result = {'name': name, 'ok': False, 'document_id': False, 'message': ""}
        try:
            with request.env.cr.savepoint():
                entry, message = workfile._add_upload(file.filename or "", file.read())
                # before the savepoint closes: what the database refuses is refused for this file only
                entry.env.flush_all()
        except psycopg2.OperationalError:
            # a conflict with another transaction: the request is tried again as a whole
            raise
        except UserError as error:
            return {**result, 'message': str(error)}
        except Exception:
            _logger.exception("A file could not be put into a work file.")
            return {**result, 'message': request.env._(
                "The file could not be received because of an error in the system. It is noted in the server log.")}
        return {**result, 'ok': True, 'document_id': entry.document_id.id, 'message': message}
