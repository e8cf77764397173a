import os
import shutil

from odoo.exceptions import ValidationError
from odoo.tests import TransactionCase, tagged
from odoo.tools import mute_logger

from ..tools.folder import IDENTITY, RECEIPT, REFUSAL, write_json
from .common import TransportTown

LOGGER = 'odoo.addons.civic_transport.models.civic_channel_folder'


@tagged('post_install', '-at_install')
class TestFolder(TransportTown, TransactionCase):
    """Two agencies that share a drive: what one puts there, the other takes."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.build_town()
        cls.root = os.path.join(cls.folder.name, 'hot')
        cls.channel.write({'transport': 'folder', 'folder_out': 'a/b', 'folder_in': 'b/a'})
        cls.other_channel.write({'transport': 'folder', 'folder_out': 'b/a', 'folder_in': 'a/b'})

    def setUp(self):
        super().setUp()
        self.addCleanup(shutil.rmtree, self.root, ignore_errors=True)

    def connect(self):
        self.channel.action_test()
        self.assertFalse(self.channel.is_test_good)          # the partner has not been there yet
        self.other_channel.action_test()
        self.channel.action_test()
        self.assertTrue(self.channel.is_test_good)
        self.assertEqual(self.channel.partner_fingerprint, self.other_channel.own_fingerprint)

    def send(self):
        self.connect()
        delivery = self.deliveries._send(self.channel, 'test', self.make_attachments(b'x' * 3_000_000, b''), subject="Hồ sơ")
        delivery._job_send()
        self.assertEqual(delivery.state, 'sent')
        [name] = [name for name in os.listdir(f'{self.root}/a/b') if name != IDENTITY]
        return delivery, f'{self.root}/a/b/{name}'

    def scan(self, channel):
        channel._job_scan_folder()
        self.env.cr.postcommit.run()

    def poll(self, delivery):
        delivery.next_try_at = False
        delivery._job_send()

    def find_received(self):
        return self.deliveries.search([('channel_id', '=', self.other_channel.id)])

    def test_there_and_the_receipt_back(self):
        delivery, folder = self.send()
        self.poll(delivery)
        self.assertEqual(delivery.state, 'sent')
        self.scan(self.other_channel)
        self.assertTrue(os.path.exists(f'{folder}/{RECEIPT}'))
        received = self.find_received()
        self.assertEqual(received.part_ids.mapped('attachment_id.raw'), [b'x' * 3_000_000, b''])
        os.unlink(f'{folder}/{RECEIPT}')                     # as after a kill between commit and answer
        self.scan(self.other_channel)
        self.assertEqual(self.find_received(), received)
        self.poll(delivery)
        self.assertRecordValues(delivery, [{'state': 'delivered', 'receipt_key': self.other_channel.own_fingerprint}])
        self.scan(self.channel)
        self.assertFalse(os.path.exists(folder))

    def test_what_was_changed_on_the_way_is_refused(self):
        delivery, folder = self.send()
        with open(f'{folder}/0.part', 'r+b') as part:
            part.write(b'y')
        with mute_logger(LOGGER):
            self.scan(self.other_channel)
        self.assertTrue(os.path.exists(f'{folder}/{REFUSAL}'))
        self.assertFalse(self.find_received().filtered('receipt'))
        self.poll(delivery)
        self.assertRecordValues(delivery, [{'state': 'failed', 'problem_code': 'hash_mismatch'}])

    def test_links_lead_nowhere(self):
        delivery, folder = self.send()
        os.unlink(f'{folder}/0.part')
        os.symlink('/etc/passwd', f'{folder}/0.part')
        with mute_logger(LOGGER):
            self.scan(self.other_channel)
        self.assertFalse(self.find_received().filtered('receipt'))
        for name in ('/etc', '../x', 'a/../../x', 'a//b', ''):
            if name:
                with self.assertRaises(ValidationError):
                    self.channel.folder_out = name
        os.makedirs(f'{self.root}/out', exist_ok=True)
        os.symlink('/tmp', f'{self.root}/out/link')
        self.channel.folder_out = 'out/link'
        self.channel.action_test()
        self.assertIn('bad_folder', self.channel.test_result)
        self.assertEqual(delivery.state, 'sent')

    def test_junk_in_the_folder_is_refused_and_told(self):
        self.connect()
        folder = f'{self.root}/a/b/{"0" * 32}'
        os.makedirs(folder)
        os.makedirs(f'{self.root}/a/b/.{"1" * 32}')
        with open(f'{folder}/declaration.json', 'wb') as output:
            output.write(b'[[[')
        with mute_logger(LOGGER):
            self.scan(self.other_channel)
        self.assertTrue(os.path.exists(f'{folder}/{REFUSAL}'))
        self.assertFalse(self.find_received())
        write_json(self.channel._get_transport()._in / IDENTITY, {'public_key': 'x'})
        self.channel.action_test()
        self.assertFalse(self.channel.is_test_good)

    def test_cancelled_is_taken_away(self):
        delivery, folder = self.send()
        delivery.action_cancel()
        delivery._job_tell_cancelled()
        self.assertFalse(os.path.exists(folder))
