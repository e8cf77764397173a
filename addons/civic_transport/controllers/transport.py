import json
import logging
import time

from werkzeug.exceptions import ClientDisconnected, RequestEntityTooLarge

from odoo import SUPERUSER_ID, http
from odoo.exceptions import UserError
from odoo.http import request

from ..tools.protocol import DECLARATION_BYTES, PATH, VERSION, TransportError
from ..tools.rate import RateLimiter
from ..tools.store import FOLDER

_logger = logging.getLogger(__name__)

CHUNK_BYTES = 64 * 1024 * 1024      # no chunk is larger, whatever the rule says
BLOCK = 256 * 1024
WRONG_PER_MINUTE = 20               # wrong tokens of one address
STATUS = {
    'bad_declaration': 400, 'bad_token': 401, 'wrong_recipient': 403, 'not_found': 404, 'busy': 423, 'wrong_offset': 409,
    'incomplete': 409, 'key_conflict': 409, 'already_received': 409, 'refused': 410, 'too_large': 413,
    'hash_mismatch': 422, 'unknown_kind': 422, 'too_many_parts': 422, 'rate_limit': 429, 'too_many_open': 429,
    'collision': 500, 'key_missing': 503, 'store_unreachable': 503, 'disk_full': 507,
}
ROUTE = {'type': 'http', 'auth': 'public', 'csrf': False, 'save_session': False}

# One per process: whoever knocks at all of them gets so many times more.
_limiter = RateLimiter()


class TransportController(http.Controller):
    """The door for other systems. Who comes in shows the token of a channel, and sees nothing but that channel.

    Every answer is JSON or a header; an error has a code that the other side knows (``const.PROBLEMS``).
    """

    @http.route(PATH, methods=['GET'], readonly=False, **ROUTE)
    def hello(self, **kwargs):
        """Say who we are, what time it is here, and by which key our receipts are checked."""
        def act(channel):
            company = channel.company_id
            key = request.env['civic.transport.key'].with_user(SUPERUSER_ID)._get_for(company)
            limits = channel._get_limits()
            return {
                'version': VERSION, 'agency': company.name, 'organ_code': company.organ_code or '', 'time': time.time(),
                'public_key': key.public_key, 'max_bytes': limits.max_bytes, 'kinds': sorted(limits.kinds)}
        return self._serve(act)

    @http.route(f'{PATH}/deliveries', methods=['POST'], max_content_length=DECLARATION_BYTES + 1, **ROUTE)
    def begin(self, **kwargs):
        """Declare a delivery, or ask what became of it: the same declaration gives the same answer."""
        return self._serve(lambda channel: self._get_deliveries()._begin(channel, self._read_body())._get_answer())

    @http.route(f'{PATH}/deliveries/<string:uuid>/parts/<int:number>', methods=['HEAD'], **ROUTE)
    def offset(self, uuid, number, **kwargs):
        """Tell in ``Upload-Offset`` how many bytes of a part are here."""
        return self._serve(lambda channel: self._find(channel, uuid)._get_offset(number))

    @http.route(f'{PATH}/deliveries/<string:uuid>/parts/<int:number>', methods=['PUT'],
                max_content_length=CHUNK_BYTES, **ROUTE)
    def chunk(self, uuid, number, **kwargs):
        """Take in a piece that begins at ``Upload-Offset``, and tell the new offset."""
        def act(channel):
            delivery = self._find(channel, uuid)
            offset = request.httprequest.headers.get('Upload-Offset', '')
            if not offset.isascii() or not offset.isdigit() or len(offset) > 16:
                raise TransportError('bad_declaration', 'Upload-Offset')
            body = memoryview(self._read_body(cache=False))        # the request would hold it until it is collected
            blocks = (body[start:start + BLOCK] for start in range(0, len(body), BLOCK))
            found = delivery._append_chunk(number, int(offset), blocks)
            delivery._note_progress()
            return found
        return self._serve(act)

    @http.route(f'{PATH}/deliveries/<string:uuid>/complete', methods=['POST'], max_content_length=BLOCK, **ROUTE)
    def complete(self, uuid, **kwargs):
        """Verify what has come, and answer with the receipt or say that it follows."""
        def act(channel):
            delivery = self._find(channel, uuid)
            delivery._complete()
            return delivery._get_answer()
        return self._serve(act)

    @http.route([f'{PATH}/deliveries/<string:uuid>', f'{PATH}/deliveries/<string:uuid>/receipt'], methods=['GET'], **ROUTE)
    def receipt(self, uuid, **kwargs):
        """Tell where a delivery is; with the receipt, when there is one."""
        return self._serve(lambda channel: self._find(channel, uuid)._get_answer())

    @http.route(f'{PATH}/deliveries/<string:uuid>', methods=['DELETE'], **ROUTE)
    def cancel(self, uuid, **kwargs):
        """Take back what is not complete."""
        def act(channel):
            delivery = self._find(channel, uuid)
            delivery._cancel_in()
            return delivery._get_answer()
        return self._serve(act)

    # === THE DOOR === #

    def _serve(self, act):
        """Let the partner in, do what it asks in one piece, and put what goes wrong into words it knows."""
        try:
            channel = self._authenticate()
            # the test of a request ends with its transaction: a refusal takes back what was begun
            with request.env.cr.savepoint():
                value = act(channel)
        except TransportError as error:
            return self._refuse(error)
        except RequestEntityTooLarge:
            return self._refuse(TransportError('too_large', 'request'))
        except UserError as error:              # the key store cannot be used, a rule has no value
            return self._refuse(TransportError('server_error', error, retry=True))
        except ClientDisconnected:
            return self._refuse(TransportError('incomplete', 'connection cut'))
        if isinstance(value, int):
            return self._answer({}, 200, [('Upload-Offset', str(value))])
        return self._answer(value, 200)

    def _authenticate(self):
        """Return the channel whose token was shown.

        :raises TransportError:
        """
        address = request.httprequest.remote_addr
        if not _limiter.level(('wrong', address), WRONG_PER_MINUTE):
            raise TransportError('rate_limit', 'wrong tokens', retry=True, after=60)
        scheme, _space, token = request.httprequest.headers.get('Authorization', '').partition(' ')
        channels = request.env['civic.channel'].with_user(SUPERUSER_ID)
        channel = channels._find_by_token(token.strip()) if scheme.lower() == 'bearer' and len(token) < 200 else channels
        if not channel:
            _limiter.take(('wrong', address), WRONG_PER_MINUTE)
            _logger.info("Transport: a wrong token from %s", address)
            raise TransportError('bad_token')
        wait = _limiter.take(('channel', request.env.cr.dbname, channel.id), channel._get_rule('transport.requests_per_minute'))
        if wait:
            raise TransportError('rate_limit', retry=True, after=wait)
        channel._touch()
        return channel

    def _get_deliveries(self):
        return request.env['civic.delivery'].with_user(SUPERUSER_ID)

    def _find(self, channel, uuid):
        """Return the delivery of this channel; that of another looks as if there were none."""
        delivery = FOLDER.fullmatch(uuid) and self._get_deliveries().search([
            ('uuid', '=', uuid), ('channel_id', '=', channel.id), ('direction', '=', 'in')], limit=1)
        if not delivery:
            raise TransportError('not_found')
        return delivery.with_company(channel.company_id)

    def _read_body(self, cache=True):
        if request.httprequest.content_length is None:
            raise TransportError('bad_declaration', 'Content-Length')
        return request.httprequest.get_data(cache=cache)

    def _refuse(self, error):
        headers = []
        if error.code == 'wrong_offset':
            headers.append(('Upload-Offset', error.detail))
        if error.after:
            headers.append(('Retry-After', str(error.after)))
        if error.code == 'bad_token':
            headers.append(('WWW-Authenticate', 'Bearer'))
        return self._answer({'error': error.code, 'message': error.detail}, STATUS.get(error.code, 500), headers)

    def _answer(self, value, status, headers=()):
        return request.make_response(json.dumps(value), status=status, headers=[
            ('Content-Type', 'application/json; charset=utf-8'), ('Cache-Control', 'no-store'),
            ('X-Content-Type-Options', 'nosniff'), *headers])
