import hashlib
import os
import tempfile
from contextlib import contextmanager
from unittest.mock import patch

from odoo.tests import new_test_user

from ..tools import receipt
from ..tools.protocol import Declaration, Part, TransportError
from ..tools.settings import Settings

ROLES = ('specialist', 'clerk', 'archivist', 'records_admin')


class FakeTransport:
    """A partner whose mood the test decides: it takes bytes, breaks off, forges or signs."""

    has_receipts = True

    def __init__(self, signer):
        self.signer, self.received, self.sent, self.moods, self.cancelled = signer, {}, [], [], []

    def send(self, declaration, open_part, *, on_progress, deadline):
        self.sent.append(declaration.key)
        done = 0
        for number in range(len(declaration.parts)):
            with open_part(number) as source:
                done += len(source.read())
            if on_progress(done):
                return 'stopped', None
        return self._answer(declaration)

    def fetch_receipt(self, declaration):
        return self._answer(declaration)

    def cancel(self, declaration):
        self.cancelled.append(declaration.key)

    def _answer(self, declaration):
        mood = self.moods.pop(0) if self.moods else 'receipt'
        if isinstance(mood, Exception):
            raise mood
        if mood != 'receipt' and isinstance(mood, str):
            return mood, None
        content = {
            'key': declaration.key, 'kind': declaration.kind, 'id': 'a' * 32, 'received_at': '2026-03-02T01:30:00Z',
            'parts': [{'name': part.name, 'size': part.size, 'sha256': part.sha256} for part in declaration.parts]}
        if callable(mood):
            mood(content)
        return 'receipt', receipt.sign(content, self.signer)


class TransportTown:
    """Two agencies; the first has a channel to a partner, keys and partial files in a folder of the test."""

    @classmethod
    def build_town(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        root = cls.folder.name
        settings = Settings(os.path.join(root, 'keys'), '', os.path.join(root, 'hot'), os.path.join(root, 'partial'))
        patcher = patch.object(cls.registry['civic.transport.key'], '_get_settings', lambda self: settings)
        cls.startClassPatcher(patcher)
        cls.office, cls.ward = cls.env['res.company'].create([
            {'name': "Sở Nội vụ"}, {'name': "Ủy ban nhân dân Phường Bến Thành"}])
        cls.users = {
            role: new_test_user(
                cls.env, login=f'transport_{role}', groups=f'civic_base.group_{role}', company_id=cls.office.id,
                company_ids=[(6, 0, cls.office.ids)])
            for role in ROLES
        }
        cls.stranger = new_test_user(
            cls.env, login='transport_stranger', groups='civic_base.group_records_admin', company_id=cls.ward.id,
            company_ids=[(6, 0, cls.ward.ids)])
        cls.channel, cls.other_channel = cls.env['civic.channel'].create([
            {'name': "Trung tâm Lưu trữ lịch sử", 'company_id': cls.office.id, 'url': 'http://127.0.0.1:9'},
            {'name': "Sở Nội vụ", 'company_id': cls.ward.id}])
        cls.deliveries = cls.env['civic.delivery']

    def make_attachments(self, *bodies):
        return self.env['ir.attachment'].create([
            {'name': f'tệp-{number}.bin', 'raw': body} for number, body in enumerate(bodies)])

    def declare(self, *bodies, key='k-1', **values):
        return Declaration(key=key, kind='test', parts=tuple(
            Part(f'tệp-{number}.bin', len(body), hashlib.sha256(body).hexdigest())
            for number, body in enumerate(bodies)), **values)

    @contextmanager
    def partner(self, *moods):
        """Let the channel lead to a :class:`FakeTransport` whose key is known."""
        signer = receipt.Ed25519Signer(receipt.Ed25519Signer.make_secret())
        fake = FakeTransport(signer)
        fake.moods = list(moods)
        verifiers = {'Ed25519': receipt.Ed25519Verifier(signer.public)}
        with (
            patch.object(self.registry['civic.channel'], '_get_transport', lambda self: fake),
            patch.object(self.registry['civic.channel'], '_get_verifiers', lambda self: verifiers),
        ):
            yield fake


def later(code):
    return TransportError(code, 'thử', retry=True)
