from odoo.exceptions import AccessError, UserError
from odoo.tests import TransactionCase, tagged

from .common import TransportTown

ACTIONS = ('action_pause', 'action_retry', 'action_cancel')


@tagged('post_install', '-at_install')
class TestAccessRights(TransportTown, TransactionCase):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.build_town()
        attachment = cls.env['ir.attachment'].create({
            'name': 'a.zip', 'raw': b'PK', 'res_model': 'civic.delivery.part', 'company_id': cls.office.id})
        cls.delivery = cls.deliveries._send(cls.channel, 'test', attachment, subject="Hồ sơ")

    def test_clerk_and_archivist_look_and_do_nothing(self):
        for role in ('clerk', 'archivist'):
            with self.subTest(role):
                delivery = self.delivery.with_user(self.users[role])
                self.assertEqual(delivery.read(['subject'])[0]['subject'], "Hồ sơ")
                self.assertTrue(delivery.part_ids.mapped('sha256'))
                for action in ACTIONS:
                    with self.assertRaises(AccessError):
                        getattr(delivery, action)()
                for action in ('action_test', 'action_new_token', 'action_revoke_token', 'action_forget_key', 'action_send_test'):
                    with self.assertRaises(AccessError):
                        getattr(self.channel.with_user(self.users[role]), action)()

    def test_a_specialist_sees_nothing(self):
        with self.assertRaises(AccessError):
            self.delivery.with_user(self.users['specialist']).read(['subject'])
        with self.assertRaises(AccessError):
            self.channel.with_user(self.users['specialist']).read(['url'])

    def test_another_agency_sees_nothing(self):
        stranger = self.delivery.with_user(self.stranger)
        self.assertFalse(stranger.search([('id', '=', self.delivery.id)]))
        for records in (stranger, self.delivery.part_ids.with_user(self.stranger), self.channel.with_user(self.stranger)):
            with self.assertRaises(AccessError):
                records.read(['display_name'])
        with self.assertRaises(AccessError):
            stranger.action_cancel()

    def test_the_administrator_acts_by_buttons_alone(self):
        delivery = self.delivery.with_user(self.users['records_admin'])
        for values in ({'state': 'delivered'}, {'receipt': '{}'}, {'bytes_done': 1}):
            with self.assertRaises(UserError):
                delivery.write(values)
        with self.assertRaises(AccessError):
            delivery.create({'subject': 'x'})
        delivery.action_pause()
        self.assertEqual(delivery.state, 'paused')

    def test_nobody_reads_secrets(self):
        channel = self.channel.with_user(self.users['records_admin'])
        channel.token_out = 'abc.def'
        token = channel._make_token()
        self.assertTrue(channel.has_token_out and channel.has_token_in)
        self.assertFalse(channel.token_out)
        for name in ('token_ref', 'token_hash'):
            with self.assertRaises(AccessError):
                channel.read([name])
        with self.assertRaises(UserError):
            channel.write({'token_id': 'mine'})
        self.env.flush_all()
        self.env.cr.execute("SELECT civic_channel::text FROM civic_channel WHERE id = %s", [channel.id])
        row = self.env.cr.fetchone()[0]
        self.assertNotIn('abc.def', row)
        self.assertNotIn(token.split('.')[1], row)

    def test_nobody_opens_what_is_delivered(self):
        attachment = self.delivery.part_ids.sudo().attachment_id
        for role in ('clerk', 'archivist', 'records_admin'):
            mine = attachment.with_user(self.users[role]).with_company(self.office)
            self.assertFalse(mine.search([('id', '=', attachment.id)]))
            with self.assertRaises(AccessError):
                mine.read(['raw'])

    def test_a_new_address_needs_a_new_look_at_the_key(self):
        self.channel.partner_key = 'QUJD'
        self.channel.with_user(self.users['records_admin']).url = 'https://khac.example.vn'
        self.assertFalse(self.channel.partner_key)
        with self.assertRaises(UserError):
            self.channel.url = 'file:///etc/passwd'

    def test_a_used_channel_stays(self):
        with self.assertRaises(UserError):
            self.channel.unlink()
        with self.assertRaises(UserError):
            self.channel.action_archive()
