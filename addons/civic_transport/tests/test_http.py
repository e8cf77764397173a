import base64
import hashlib
import json
import random
import time
from unittest.mock import patch

from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from ..controllers import transport as controller
from ..tools import receipt
from ..tools.protocol import PATH, TransportError
from ..tools.rate import RateLimiter
from ..tools.store import PartialStore
from .common import TransportTown

BODY = bytes(range(256)) * 400
MODEL = 'odoo.addons.civic_transport.models.civic_delivery_inbox'


@tagged('post_install', '-at_install')
class TestHttp(TransportTown, HttpCase):
    """The door, as a partner and as a stranger knock at it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.build_town()
        cls.token = cls.channel._make_token()
        cls.other_token = cls.other_channel._make_token()
        cls.startClassPatcher(patch.object(controller, '_limiter', RateLimiter()))

    def ask(self, method, path, data=None, token=None, headers=None):
        headers = {'Authorization': f'Bearer {token or self.token}', **(headers or {})}
        if data is None and method == 'POST':
            data = b''
        return self.url_open(PATH + path, data=data, headers=headers, method=method)

    def begin(self, declaration, token=None):
        return self.ask('POST', '/deliveries', json.dumps(declaration.to_dict()), token, {'Content-Type': 'application/json'})

    def put(self, uuid, body, offset=0, number=0, token=None):
        return self.ask('PUT', f'/deliveries/{uuid}/parts/{number}', body, token, {
            'Upload-Offset': str(offset), 'Content-Type': 'application/octet-stream'})

    def deliver(self, *bodies, **values):
        declaration = self.declare(*bodies, **values)
        uuid = self.begin(declaration).json()['id']
        for number, body in enumerate(bodies):
            if body:
                self.assertEqual(self.put(uuid, body, number=number).status_code, 200)
        return uuid, self.ask('POST', f'/deliveries/{uuid}/complete')

    def find(self, uuid):
        return self.deliveries.search([('uuid', '=', uuid)])

    def assertRefused(self, response, status, code):
        self.assertEqual(response.status_code, status, response.text)
        self.assertEqual(response.json()["error"], code)

    def test_a_delivery_comes_in_pieces_and_gets_its_receipt(self):
        declaration = self.declare(BODY, b'', subject="Hồ sơ 12", meta={'số': 1})
        uuid = self.begin(declaration).json()['id']
        first = self.put(uuid, BODY[:1000])
        self.assertEqual(first.headers['Upload-Offset'], '1000')
        asked = self.ask('HEAD', f'/deliveries/{uuid}/parts/0')
        self.assertEqual(asked.headers['Upload-Offset'], '1000')
        self.assertRefused(self.ask('POST', f'/deliveries/{uuid}/complete'), 409, 'incomplete')
        wrong = self.put(uuid, BODY[500:], 500)
        self.assertRefused(wrong, 409, 'wrong_offset')
        self.assertEqual(wrong.headers['Upload-Offset'], '1000')
        self.put(uuid, BODY[1000:], 1000)
        answer = self.ask('POST', f'/deliveries/{uuid}/complete').json()
        public = self.env['civic.transport.key']._get_for(self.office)
        content = receipt.read(answer['receipt'], self._get_verifiers(public))
        receipt.check(content, declaration)
        delivery = self.find(uuid)
        self.assertRecordValues(delivery, [{'state': 'received', 'subject': "Hồ sơ 12", 'meta': {'số': 1}}])
        attachment = delivery.part_ids[0].attachment_id
        self.assertEqual(attachment.raw, BODY)
        self.assertEqual(attachment.checksum, hashlib.sha1(BODY).hexdigest())
        self.assertEqual(attachment.file_size, len(BODY))
        with delivery.part_ids[1]._open() as empty:
            self.assertEqual(empty.read(), b'')
        delivery._job_dispatch()
        self.assertEqual(delivery.state, 'processed')

    def _get_verifiers(self, key):
        return {'Ed25519': receipt.Ed25519Verifier(base64.b64decode(key.public_key))}

    def test_a_second_delivery_of_the_same_key_is_the_first(self):
        uuid, answer = self.deliver(BODY)
        again = self.begin(self.declare(BODY)).json()
        self.assertEqual((again['id'], again['receipt']), (uuid, answer.json()['receipt']))
        self.assertEqual(self.ask('POST', f'/deliveries/{uuid}/complete').json()['receipt'], again['receipt'])
        self.assertEqual(self.ask('GET', f'/deliveries/{uuid}/receipt').json()['receipt'], again['receipt'])
        self.assertEqual(self.deliveries.search_count([('channel_id', '=', self.channel.id)]), 1)
        self.assertRefused(self.begin(self.declare(b'other')), 409, 'key_conflict')
        self.assertRefused(self.put(uuid, b'more', len(BODY)), 409, 'wrong_offset')
        self.assertRefused(self.ask('DELETE', f'/deliveries/{uuid}'), 409, 'already_received')

    def test_wrong_bytes_are_not_kept_and_may_come_again(self):
        declaration = self.declare(BODY, b'good')
        uuid = self.begin(declaration).json()['id']
        self.put(uuid, b'x' * len(BODY))
        self.put(uuid, b'good', number=1)
        answer = self.ask('POST', f'/deliveries/{uuid}/complete')
        self.assertRefused(answer, 422, 'hash_mismatch')
        self.assertEqual(self.ask('HEAD', f'/deliveries/{uuid}/parts/0').headers['Upload-Offset'], '0')
        self.assertEqual(self.ask('HEAD', f'/deliveries/{uuid}/parts/1').headers['Upload-Offset'], '4')
        self.put(uuid, BODY)
        self.assertIn('receipt', self.ask('POST', f'/deliveries/{uuid}/complete').json())

    def test_no_token_and_wrong_tokens_open_nothing(self):
        declaration = json.dumps(self.declare(BODY).to_dict())
        before = self.deliveries.search_count([])
        token_id = self.token.split('.')[0]
        for header in ('', 'Bearer', 'Bearer x', f'Bearer {token_id}', f'Bearer {token_id}.x', f'Basic {self.token}',
                       f'Bearer {token_id}.None', 'Bearer none.none', "Bearer ' OR 1=1.x"):
            response = self.url_open(PATH + '/deliveries', data=declaration, headers={'Authorization': header})
            self.assertRefused(response, 401, 'bad_token')
            self.assertEqual(self.url_open(PATH, headers={'Authorization': header}).status_code, 401)
        self.assertEqual(self.deliveries.search_count([]), before)
        with patch.object(controller, '_limiter', RateLimiter()):
            codes = [self.url_open(PATH, headers={'Authorization': 'Bearer a.b'}).status_code for _turn in range(22)]
        self.assertEqual((codes[0], codes[-1]), (401, 429))

    def test_a_token_that_was_taken_back_opens_nothing(self):
        self.assertEqual(self.ask('GET', '').status_code, 200)
        self.channel.action_revoke_token()
        self.assertRefused(self.ask('GET', ''), 401, 'bad_token')

    def test_another_agency_sees_nothing_of_it(self):
        uuid = self.begin(self.declare(BODY)).json()['id']
        for method, path in (('HEAD', '/parts/0'), ('PUT', '/parts/0'), ('POST', '/complete'), ('GET', '/receipt'),
                             ('GET', ''), ('DELETE', '')):
            response = self.ask(method, f'/deliveries/{uuid}{path}', b'x' if method == 'PUT' else None, self.other_token, {
                'Upload-Offset': '0'})
            self.assertEqual(response.status_code, 404, method)
        mine = self.begin(self.declare(BODY), self.other_token).json()
        self.assertNotEqual(mine['id'], uuid)

    def test_a_delivery_for_another_agency_is_refused(self):
        self.office.partner_id.organ_code_ids = [(0, 0, {
            'code': 'H29.18', 'generation': 'qd20_2020', 'valid_from': '2020-01-01'})]
        self.assertRefused(self.begin(self.declare(BODY, recipient='H29.99')), 403, 'wrong_recipient')
        self.assertEqual(self.begin(self.declare(BODY, recipient='H29.18')).status_code, 200)

    def test_what_is_too_large_is_refused_before_it_comes(self):
        value = self.env.ref('civic_transport.rule_value_transport_max_mb')
        value.value = '0'
        self.assertRefused(self.begin(self.declare(BODY)), 413, 'too_large')
        value.value = '1'
        uuid = self.begin(self.declare(BODY)).json()['id']
        self.assertRefused(self.put(uuid, BODY + b'1'), 413, 'too_large')
        self.assertEqual(self.ask('HEAD', f'/deliveries/{uuid}/parts/0').headers['Upload-Offset'], '0')

    def test_limits_and_kinds(self):
        self.env.ref('civic_transport.rule_value_transport_max_open').value = '1'
        self.assertEqual(self.begin(self.declare(BODY)).status_code, 200)
        refused = self.begin(self.declare(BODY, key='k-2'))
        self.assertRefused(refused, 429, 'too_many_open')
        self.assertEqual(refused.headers['Retry-After'], '300')
        unknown = {**self.declare(BODY, key='k-3').to_dict(), 'kind': 'sip'}
        self.assertRefused(self.ask('POST', '/deliveries', json.dumps(unknown)), 422, 'unknown_kind')
        self.env.ref('civic_transport.rule_value_transport_requests_per_minute').value = '3'
        with patch.object(controller, '_limiter', RateLimiter()):
            codes = [self.ask('GET', '').status_code for _turn in range(5)]
        self.assertEqual(codes, [200, 200, 200, 429, 429])

    def test_a_full_disk_is_a_clear_answer_and_nothing_is_half_there(self):
        body = BODY + b'of its own: the store knows the other one'
        self.env['civic.transport.key']._get_for(self.office)
        with patch('shutil.disk_usage', lambda path: type('Usage', (), {'free': 10})):
            self.assertRefused(self.begin(self.declare(body)), 507, 'disk_full')
        self.assertFalse(self.deliveries.search([('channel_id', '=', self.channel.id)]))
        uuid = self.begin(self.declare(body)).json()['id']
        with patch('odoo.addons.civic_transport.tools.store._write_all', side_effect=OSError(28, 'No space left')):
            self.assertRefused(self.put(uuid, body), 507, 'disk_full')
        self.put(uuid, body)
        with patch('odoo.addons.civic_transport.tools.store.os.link', side_effect=OSError(28, 'No space left')):
            self.assertRefused(self.ask('POST', f'/deliveries/{uuid}/complete'), 507, 'disk_full')
        delivery = self.find(uuid)
        self.assertRecordValues(delivery, [{'state': 'receiving', 'receipt': False}])
        self.assertFalse(delivery.part_ids.attachment_id)
        self.assertIn('receipt', self.ask('POST', f'/deliveries/{uuid}/complete').json())

    def test_the_sender_takes_back_what_is_not_complete(self):
        uuid = self.begin(self.declare(BODY)).json()['id']
        self.put(uuid, BODY[:10])
        self.assertEqual(self.ask('DELETE', f'/deliveries/{uuid}').json()['state'], 'cancelled')
        self.assertRefused(self.put(uuid, BODY[10:], 10), 410, 'refused')
        self.assertRefused(self.begin(self.declare(BODY)), 410, 'refused')

    def test_large_ones_are_verified_in_the_background(self):
        self.env.ref('civic_transport.rule_value_transport_verify_inline_mb').value = '0'
        uuid, answer = self.deliver(BODY)
        self.assertEqual(answer.json()['state'], 'verifying')
        self.find(uuid)._job_verify()
        self.assertIn('receipt', self.begin(self.declare(BODY)).json())
        uuid, answer = self.deliver(b'x' * 9, key='k-9')
        delivery = self.find(uuid)
        with open(delivery._get_store().open(uuid).path(0), 'wb') as part:
            part.write(b'y' * 9)
        with mute_logger(MODEL):
            delivery._job_verify()
        self.assertRecordValues(delivery, [{'state': 'receiving', 'problem_code': 'hash_mismatch'}])

    def test_a_room_that_fails_gets_it_again(self):
        uuid, _answer = self.deliver(BODY)
        delivery = self.find(uuid)
        with patch.object(self.registry['civic.delivery'], '_on_received', side_effect=ValueError('hỏng')), mute_logger(MODEL):
            delivery._job_dispatch()
        self.assertRecordValues(delivery, [{'state': 'stuck', 'problem_code': 'not_processed', 'detail': 'hỏng'}])
        delivery.action_retry()
        delivery._job_dispatch()
        self.assertEqual(delivery.state, 'processed')

    def test_hello_tells_who_and_when(self):
        answer = self.ask('GET', '').json()
        self.assertEqual(answer['agency'], self.office.name)
        self.assertLess(abs(answer['time'] - time.time()), 30)
        good, text = self.channel._take_answer({**answer, 'skew': 500.0})
        self.assertTrue(good)
        self.assertIn('500', text)
        self.assertEqual(self.channel.partner_fingerprint, self.channel.own_fingerprint)
        other = self.ask('GET', '', token=self.other_token).json()
        good, text = self.channel._take_answer(other)
        self.assertFalse(good)
        with self.assertRaises(TransportError):
            self.channel._take_answer({'public_key': 'xx'})

    def test_what_nobody_goes_on_sending_is_given_up(self):
        uuid = self.begin(self.declare(BODY)).json()['id']
        self.put(uuid, BODY[:5])
        delivery = self.find(uuid)
        self.env.cr.execute(
            "UPDATE civic_delivery SET write_date = write_date - interval '15 days' WHERE id = %s", [delivery.id])
        delivery.invalidate_recordset()
        self.deliveries._gc_partials()
        self.assertRecordValues(delivery, [{'state': 'cancelled', 'detail': 'expired'}])
        self.assertIsInstance(delivery._get_store(), PartialStore)

    def test_whatever_is_thrown_at_the_door_is_refused_in_order(self):
        """Four hundred broken requests of a partner: never an error of the server, and the delivery is as it was."""
        dice = random.Random(20250327)
        uuid = self.begin(self.declare(BODY)).json()['id']
        self.put(uuid, BODY[:100])
        good = json.dumps(self.declare(BODY, key='k-fuzz', meta={'a': ['b']}).to_dict()).encode()
        numbers = ('0', '1', '-1', '99999999999999999999', 'x', '٣')
        offsets = ('', '-1', '0', '99', '1e3', '٣', '9' * 17, '0x64', '101')
        uuids = (uuid, uuid.upper(), uuid[:-1], '..', '%2e%2e', "' OR 1=1", 'a' * 500, '%F0%9F', '%00')
        codes = set()
        for _turn in range(400):
            what = dice.randrange(3)
            if what == 0:           # a declaration with some bytes changed, cut or doubled
                body = bytearray(good)
                for _change in range(dice.randrange(1, 6)):
                    place = dice.randrange(len(body))
                    body[place:place + dice.randrange(4)] = dice.randbytes(dice.randrange(4))
                response = self.ask('POST', '/deliveries', bytes(body), headers={'Content-Type': dice.choice(
                    ('application/json', 'multipart/form-data; boundary=x', 'text/plain', 'x'))})
            elif what == 1:         # a piece that does not belong there
                name, number = dice.choice(uuids), dice.choice(numbers)
                if name == '%00':       # on a path that is nobody's, Odoo itself fails with it
                    number = '0'
                response = self.ask(
                    'PUT', f'/deliveries/{name}/parts/{number}', dice.randbytes(dice.randrange(50)),
                    headers={'Upload-Offset': dice.choice(offsets).encode(), 'Content-Type': 'application/octet-stream'})
            else:                   # a way that there is none
                response = self.ask(
                    dice.choice(('GET', 'HEAD', 'PUT', 'POST', 'PATCH', 'OPTIONS')),
                    f'/deliveries/{dice.choice(uuids[1:-1])}{dice.choice(("", "/complete", "/receipt", "/parts/0", "/parts", "//"))}',
                    b'' if dice.random() < 0.5 else b'x')
            codes.add(response.status_code)
            self.assertLess(response.status_code, 500, (response.request.method, response.request.url, response.request.body))
        self.assertLessEqual({400, 404}, codes)
        delivery = self.find(uuid)
        self.assertRecordValues(delivery, [{'state': 'receiving', 'receipt': False}])
        self.assertEqual(self.ask('HEAD', f'/deliveries/{uuid}/parts/0').headers['Upload-Offset'], '100')
