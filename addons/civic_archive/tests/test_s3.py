import hashlib
import os
import subprocess
import tempfile
import textwrap
from pathlib import Path
from unittest.mock import patch

from odoo.tests import BaseCase, tagged

from ..models import civic_archive_store
from ..tools import store
from ..tools.store import S3Store, StoreFailed
from .s3 import BUCKET, PYTHON, S3Server
from .test_keeping import KeepingCommon

PART = 5 * 1024 * 1024              # the smallest part that the protocol allows

# Sends a package in parts and is killed when it is about to send the second.
KILLED = '''
    import importlib.util, os, signal
    spec = importlib.util.spec_from_file_location('store', {tool!r})
    store = importlib.util.module_from_spec(spec); spec.loader.exec_module(store)
    store.PART = {part}
    place = store.S3Store(endpoint={endpoint!r}, bucket={bucket!r}, prefix={prefix!r}, access_key='key', secret_key='secret')
    sent = []
    def second(**kwargs):
        sent.append(1)
        if len(sent) == 2:
            os.kill(os.getpid(), signal.SIGKILL)
    place.client.meta.events.register('before-call.s3.UploadPart', second)
    place.write('1/big.zip', {source!r}, sha256={sha256!r})
'''


@tagged('post_install', '-at_install')
class TestS3Store(BaseCase):
    """The plain store before a server that speaks S3."""

    def setUp(self):
        super().setUp()
        self.server = S3Server()
        self.server.start()
        self.addCleanup(self.server.stop)
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.source = Path(holder.name, 'source')
        self.source.write_bytes(os.urandom(PART * 2 + 1000))
        self.sha256 = hashlib.sha256(self.source.read_bytes()).hexdigest()
        self.target = Path(holder.name, 'target')
        patcher = patch.object(store, 'PART', PART)
        patcher.start()
        self.addCleanup(patcher.stop)
        self.place = self.open()

    def open(self, prefix='m3', bucket=BUCKET):
        return S3Store(endpoint=self.server.endpoint, bucket=bucket, prefix=prefix, access_key='key', secret_key='secret')

    def assertFails(self, code, act, *args, **kwargs):
        with self.assertRaises(StoreFailed) as caught:
            act(*args, **kwargs)
        self.assertEqual(caught.exception.code, code, caught.exception)

    def test_what_is_sent_in_parts_is_read_back(self):
        self.place.check()
        self.assertEqual(self.place.write('1/2/urn_uuid.zip', self.source, sha256=self.sha256), self.source.stat().st_size)
        self.assertEqual(self.server.client().head_object(Bucket=BUCKET, Key='m3/1/2/urn_uuid.zip')['ETag'].strip('"')[-2:], '-3')
        self.assertEqual(self.place.digest('1/2/urn_uuid.zip'), (self.sha256, self.source.stat().st_size))
        self.assertEqual(self.place.fetch('1/2/urn_uuid.zip', self.target)[0], self.sha256)
        self.assertEqual(self.target.read_bytes(), self.source.read_bytes())
        self.assertEqual((list(self.place.iter_keys()), list(self.open('other').iter_keys())), (['1/2/urn_uuid.zip'], []))
        self.place.delete('1/2/urn_uuid.zip')
        self.assertFails('missing', self.place.digest, '1/2/urn_uuid.zip')

    def test_what_is_not_right_is_not_sent(self):
        self.assertFails('changed', self.place.write, '1/a.zip', self.source, sha256='0' * 64)
        self.assertFails('refused', self.place.write, '../a.zip', self.source, sha256=self.sha256)
        self.assertEqual(list(self.place.iter_keys()), [])

    def test_a_bucket_that_is_not_there_and_keys_that_are_refused(self):
        self.assertFails('missing', self.open(bucket='khong-co').check)
        self.server.stop()
        self.server.start(INITIAL_NO_AUTH_ACTION_COUNT='1')         # after the bucket was made, keys are checked
        self.assertFails('refused', self.place.check)
        self.assertFails('refused', self.place.write, '1/a.zip', self.source, sha256=self.sha256)

    def test_a_server_that_is_away_is_told(self):
        self.place.write('1/a.zip', self.source, sha256=self.sha256)
        self.server.stop()
        for act in (
            self.place.check, lambda: self.place.digest('1/a.zip'), lambda: self.place.fetch('1/a.zip', self.target),
            lambda: self.place.write('1/b.zip', self.source, sha256=self.sha256), lambda: list(self.place.iter_keys()),
            self.place.sweep,
        ):
            self.assertFails('unreachable', act)

    def test_kill_9_between_two_parts_leaves_no_name_and_is_swept(self):
        for prefix in ('m3', 'm33'):            # another store of the same bucket
            done = subprocess.run([PYTHON, '-c', textwrap.dedent(KILLED).format(
                tool=store.__file__, part=PART, endpoint=self.server.endpoint, bucket=BUCKET, prefix=prefix,
                source=str(self.source), sha256=self.sha256)], capture_output=True, text=True, timeout=60, check=False)
            self.assertEqual(done.returncode, -9, done.stderr)
        self.assertEqual(list(self.place.iter_keys()), [])
        self.assertFails('missing', self.place.digest, '1/big.zip')
        self.assertEqual(self.place.sweep(before=1), 0, "an upload of this moment may still be going on")
        self.assertEqual(self.place.sweep(), 1)
        [other] = self.server.client().list_multipart_uploads(Bucket=BUCKET)['Uploads']
        self.assertEqual(other['Key'], 'm33/1/big.zip')
        self.place.write('1/big.zip', self.source, sha256=self.sha256)
        self.assertEqual(self.place.digest('1/big.zip')[0], self.sha256)

    def test_a_server_that_goes_away_between_two_parts(self):
        sent = []

        def stop(**kwargs):
            sent.append(1)
            if len(sent) == 2:
                self.server.stop()
        self.place.client.meta.events.register('before-call.s3.UploadPart', stop)
        self.assertFails('unreachable', self.place.write, '1/a.zip', self.source, sha256=self.sha256)


@tagged('post_install', '-at_install')
class TestKeepingOnS3(KeepingCommon):
    """Packages with one copy on a disk and one on object storage."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server = S3Server()
        cls.server.start()
        cls.addClassCleanup(cls.server.stop)
        cls.second.with_user(cls.centre_admin).active = False
        patcher = patch.object(civic_archive_store, 'get_setting', lambda name, fallback='': {
            'archive_s3_m3': 'key:secret'}.get(name, fallback))
        patcher.start()
        cls.addClassCleanup(patcher.stop)
        cls.cloud = cls.env['civic.archive.store'].with_user(cls.centre_admin).create({
            'name': "Kho đối tượng", 'code': 'm3', 'kind': 's3', 'company_id': cls.centre.id, 'endpoint': cls.server.endpoint,
            'bucket': BUCKET})
        cls.cloud.action_check()

    def setUp(self):
        super().setUp()
        if not self.server.process:             # the test before took it away
            self.server.start()

    def bytes_of(self, aip):
        return self.server.client().get_object(Bucket=BUCKET, Key=f'm3/{aip.key}')['Body'].read()

    def test_the_medium_is_ready_and_a_second_one(self):
        self.assertEqual((self.cloud.state, self.cloud.message), ('ready', False))
        self.assertEqual(len(self.env['civic.archive.store']._get_media(self.centre)), 2)

    def test_a_changed_byte_is_found_and_repaired_from_the_disk_and_the_other_way_round(self):
        aip = self.stored(b'a' * 1000)
        self.env.cr.postcommit.run()
        self.assertEqual(self.bytes_of(aip), b'a' * 1000)
        self.server.client().put_object(Bucket=BUCKET, Key=f'm3/{aip.key}', Body=b'b' * 1000)
        aip.action_check()
        self.assertEqual((aip.copy_ids.mapped('state'), aip.state), (['good', 'damaged'], 'degraded'))
        aip.copy_ids[1].action_repair()
        self.assertEqual((aip.state, self.bytes_of(aip)), ('stored', b'a' * 1000))
        self.path(aip).write_bytes(b'c')
        aip.action_check()
        aip.copy_ids[0].action_repair()
        self.assertEqual((aip.state, self.path(aip).read_bytes()), ('stored', b'a' * 1000))

    def test_a_storage_that_is_away_waits_and_one_that_lost_its_objects_is_filled_again(self):
        before = self.stored(b'before')
        self.env.cr.postcommit.run()
        self.server.stop()
        aip = self.keep(b'meanwhile')
        self.write_copies(aip)
        self.assertEqual((aip.copy_ids.mapped('state'), aip.state), (['good', 'failed'], 'writing'))
        self.assertIn("not there", aip.copy_ids[1].message)
        run = self.env['civic.fixity.run'].browse(before.action_check()['res_id'])
        self.assertEqual(run.check_ids.mapped('outcome'), ['good', 'unreachable'])
        self.assertEqual(before.state, 'stored', "who is not reached has not lost anything yet")
        self.server.start()                     # empty
        aip.action_write_copies()
        self.write_copies(aip)
        self.assertEqual((aip.state, self.bytes_of(aip)), ('stored', b'meanwhile'))
        before.action_check()
        self.assertEqual((before.copy_ids.mapped('state'), before.state), (['good', 'missing'], 'degraded'))
        before.copy_ids[1].action_repair()
        self.assertEqual((before.state, self.bytes_of(before)), ('stored', b'before'))

    def test_a_backup_set_lies_on_object_storage_too(self):
        aip = self.stored(b'one')
        self.env['civic.archive.store'].with_user(self.centre_admin).create({
            'name': "Sao lưu", 'code': 'm3b', 'kind': 's3', 'purpose': 'backup', 'company_id': self.centre.id,
            'endpoint': self.server.endpoint, 'bucket': BUCKET})
        with patch.object(civic_archive_store, 'get_setting', lambda name, fallback='': 'key:secret'):
            backup = self.env['civic.backup.set']._begin(self.env['civic.archive.store'].search([('code', '=', 'm3b')]))
            self.assertTrue(backup._make(), backup.message)
            folder = f'm3b/{self.centre.id}/{backup.name}'
            keys = [item['Key'] for item in self.server.client().list_objects_v2(Bucket=BUCKET, Prefix=folder)['Contents']]
        self.assertIn(f'{folder}/manifest-sha256.txt', keys)
        self.assertIn(f"{folder}/packages/{aip.key.rsplit('/', 1)[-1]}", keys)
