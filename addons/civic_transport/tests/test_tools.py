import hashlib
import json
import os
import tempfile
from dataclasses import replace

from odoo.tests import BaseCase, tagged

from ..tools import receipt
from ..tools.protocol import Declaration, Limits, Part, TransportError, wait_before
from ..tools.rate import RateLimiter
from ..tools.store import PartialStore, place

UUID = 'ab' * 16


def declare(**values):
    return Declaration(**{'key': 'k', 'kind': 'test', 'parts': (Part('a.zip', 3, '0' * 64),), **values})


@tagged('post_install', '-at_install')
class TestProtocol(BaseCase):

    def parse(self, value, **limits):
        raw = value if isinstance(value, bytes) else json.dumps(value).encode()
        return Declaration.parse(raw, Limits(**limits))

    def test_a_declaration_survives_the_way(self):
        declaration = declare(subject="Hồ sơ số 1", meta={'n': [1, {'á': None}]})
        self.assertEqual(self.parse(declaration.to_dict()), declaration)
        self.assertEqual(self.parse(declaration.to_dict()).digest(), declaration.digest())
        self.assertNotEqual(replace(declaration, meta={}).digest(), declaration.digest())

    def test_what_is_no_declaration_is_refused(self):
        good = declare().to_dict()
        part = good['parts'][0]
        bad_parts = [
            [], {}, None, [1], [{}], [part, part], [part, {**part, 'name': 'A.ZIP'}],
            [{**part, 'name': 'é'}, {**part, 'name': 'e\u0301'}],
            *([{**part, 'name': name}] for name in (
                '', '../x', 'a/b', 'a\\b', '.', '..', 'a\0', 'a\n', 'x' * 301, None, 5, '\ud800')),
            *([{**part, 'size': size}] for size in (-1, 1.5, True, '3', None, 2 ** 60)),
            *([{**part, 'sha256': digest}] for digest in ('', 'A' * 64, '0' * 63, None, '0' * 65, '０' * 64)),
            [{**part, 'mimetype': 'text/html\r\nX: y'}],
        ]
        values = [
            *({**good, 'parts': parts} for parts in bad_parts),
            *({**good, 'key': key} for key in ('', None, 5, 'a b', 'x' * 201, '-a', 'a\n')),
            *({**good, 'kind': kind} for kind in ('', 'A', None, 'a b', ['a'])),
            *({**good, 'meta': meta} for meta in ([], 'x', {'a': 'x' * 70_000}, {'a': '\0'})),
            {**good, 'subject': 5}, {**good, 'subject': 'x' * 501}, {**good, 'format': 'civic-delivery-9'},
            [], None, 5, 'x', b'', b'{', b'\xff\xfe', b'[' * 100_000, b'{"format": NaN}',
        ]
        for value in values:
            with self.subTest(repr(value)[:80]), self.assertRaises(TransportError) as refusal:
                self.parse(value)
            self.assertEqual(refusal.exception.code, 'bad_declaration')

    def test_limits(self):
        for limits, code in (({'max_bytes': 2}, 'too_large'), ({'max_parts': 0}, 'too_many_parts'),
                             ({'kinds': frozenset({'sip'})}, 'unknown_kind')):
            with self.assertRaises(TransportError) as refusal:
                self.parse(declare().to_dict(), **limits)
            self.assertEqual(refusal.exception.code, code)

    def test_waiting_grows_and_ends(self):
        self.assertEqual([wait_before(n, 60, 2, 3600) for n in (1, 2, 3, 7, 8, 9999)], [60, 120, 240, 3600, 3600, 3600])

    def test_knocking_is_limited(self):
        limiter = RateLimiter(names=2)
        self.assertEqual([limiter.take('a', 2, now=0) > 0 for _turn in range(3)], [False, False, True])
        self.assertTrue(limiter.level('a', 2, now=31))
        self.assertEqual(limiter.take('a', 2, now=31), 0)
        for name in 'bcd':
            limiter.take(name, 2, now=31)
        self.assertEqual(len(limiter._buckets), 2)


@tagged('post_install', '-at_install')
class TestReceipt(BaseCase):

    def setUp(self):
        super().setUp()
        self.signer = receipt.Ed25519Signer(receipt.Ed25519Signer.make_secret())
        self.verifiers = {'Ed25519': receipt.Ed25519Verifier(self.signer.public)}
        self.content = {'key': 'k', 'kind': 'test', 'parts': [{'name': 'a.zip', 'size': 3, 'sha256': '0' * 64}]}

    def test_signed_read_and_checked(self):
        signed = json.loads(json.dumps(receipt.sign(self.content, self.signer)))
        content = receipt.read(json.dumps(signed).encode(), self.verifiers)
        receipt.check(content, declare())
        self.assertEqual(signed['key_id'], receipt.fingerprint(self.signer.public))

    def test_a_shared_secret_does_it_too(self):
        key = receipt.HmacKey(b's' * 32)
        self.assertEqual(receipt.read(receipt.sign(self.content, key), {key.algorithm: key}), self.content)
        with self.assertRaises(receipt.ReceiptError):
            receipt.read(receipt.sign(self.content, key), {key.algorithm: receipt.HmacKey(b't' * 32)})

    def test_what_was_changed_is_no_receipt(self):
        signed = receipt.sign(self.content, self.signer)
        for change, code in (
            ({'content': signed['content'].replace('3', '4')}, 'signature'), ({'signature': 'AAAA'}, 'signature'),
            ({'signature': 'ä'}, 'format'), ({'signature': None}, 'format'), ({'algorithm': 'none'}, 'algorithm'),
            ({'algorithm': []}, 'algorithm'), ({'format': 'x'}, 'format'), ({'content': 5}, 'format'),
        ):
            with self.subTest(change), self.assertRaises(receipt.ReceiptError) as refusal:
                receipt.read({**signed, **change}, self.verifiers)
            self.assertEqual(refusal.exception.code, code)
        for junk in (b'', b'[]', b'[' * 99_999, None, 5):
            with self.assertRaises(receipt.ReceiptError):
                receipt.read(junk, self.verifiers)

    def test_it_must_say_what_was_sent(self):
        for change in ({'key': 'other'}, {'kind': 'sip'}, {'parts': []}, {'parts': 5}, {'parts': [{}]}, {
                'parts': [{'name': 'a.zip', 'size': 3, 'sha256': '1' * 64}]}):
            with self.subTest(change), self.assertRaises(receipt.ReceiptError):
                receipt.check({**self.content, **change}, declare())


@tagged('post_install', '-at_install')
class TestStore(BaseCase):

    def setUp(self):
        super().setUp()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = folder.name
        self.store = PartialStore(os.path.join(self.root, 'partial'), reserve=0)

    def test_pieces_grow_and_are_measured(self):
        partial = self.store.open(UUID)
        self.assertEqual(partial.append(0, 0, 6, [b'ab', b'c']), 3)
        self.assertEqual(partial.append(0, 3, 6, [b'def']), 6)
        self.assertEqual(partial.measure(0), (
            6, hashlib.sha256(b'abcdef').hexdigest(), hashlib.sha1(b'abcdef').hexdigest()))
        self.assertEqual(self.store.list(), [UUID])
        self.store.drop(UUID)
        self.assertEqual(self.store.list(), [])

    def test_what_came_before_a_cut_is_kept(self):
        def cut():
            yield b'abc'
            raise ConnectionResetError
        partial = self.store.open(UUID)
        with self.assertRaises(TransportError):
            partial.append(0, 0, 6, cut())
        self.assertEqual(partial.offset(0), 3)

    def test_nothing_goes_beyond_what_was_declared(self):
        partial = self.store.open(UUID)
        with self.assertRaises(TransportError) as refusal:
            partial.append(0, 0, 3, [b'ab', b'cd'])
        self.assertEqual(refusal.exception.code, 'too_large')
        self.assertEqual(partial.offset(0), 2)

    def test_two_do_not_write_at_once(self):
        partial = self.store.open(UUID)
        with partial.lock(), self.assertRaises(TransportError) as refusal:
            partial.append(0, 0, 3, [b'abc'])
        self.assertEqual((refusal.exception.code, refusal.exception.retry), ('busy', True))
        partial.append(0, 0, 3, [b'abc'])

    def test_names_that_are_no_folder_are_refused(self):
        for name in ('..', '', None, 'AB' * 16, 'ab' * 16 + '/..', UUID + '\n'):
            with self.assertRaises(TransportError):
                self.store.open(name)

    def test_a_store_that_is_not_there_is_told(self):
        blocked = os.path.join(self.root, 'file')
        open(blocked, 'w').close()
        store = PartialStore(os.path.join(blocked, 'x'))
        for act in (lambda: store.open(UUID), lambda: store.check_space(1)):
            with self.assertRaises(TransportError) as refusal:
                act()
            self.assertEqual((refusal.exception.code, refusal.exception.retry), ('store_unreachable', True))

    def test_a_file_gets_its_place_once(self):
        source, target = os.path.join(self.root, 's'), os.path.join(self.root, 'aa', 't')
        with open(source, 'wb') as output:
            output.write(b'abc')
        self.assertTrue(place(source, target))
        self.assertFalse(place(source, target))
        with open(target, 'rb') as stored:
            self.assertEqual(stored.read(), b'abc')
        with open(source + '2', 'wb') as output:
            output.write(b'abd')
        with self.assertRaises(TransportError):
            place(source + '2', target)
        self.assertEqual(os.listdir(os.path.dirname(target)), ['t'])
