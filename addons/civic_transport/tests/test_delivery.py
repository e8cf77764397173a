from datetime import timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import TransactionCase, tagged
from odoo.tools import mute_logger

from ..const import MOVES, STATES
from ..tools.protocol import TransportError
from .common import TransportTown, later

BODY = b'Bi\xc3\xaan b\xe1\xba\xa3n giao nh\xe1\xba\xadn' * 100


@tagged('post_install', '-at_install')
class TestOutbox(TransportTown, TransactionCase):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.build_town()

    def send(self, **values):
        return self.deliveries._send(self.channel, 'test', self.make_attachments(BODY, b'2'), subject="Hồ sơ 12", **values)

    def test_a_delivery_ends_with_the_receipt_of_the_partner(self):
        delivery = self.send()
        self.assertRecordValues(delivery, [{'state': 'queued', 'size': len(BODY) + 1, 'part_count': 2}])
        with self.partner():
            delivery._job_send()
        self.assertRecordValues(delivery, [{
            'state': 'delivered', 'progress': 100, 'failures': 0, 'problem_code': False,
            'received_at': fields.Datetime.to_datetime('2026-03-02 01:30:00')}])
        self.assertEqual(delivery.attempt_ids.outcome, 'receipt')
        self.assertEqual(delivery._get_receipt_content()['parts'][1]['size'], 1)

    def test_the_same_key_is_the_same_delivery(self):
        first = self.send(key='sip-7')
        self.assertEqual(self.send(key='sip-7'), first)

    def test_a_cut_is_tried_again_later_and_later_and_then_fails(self):
        delivery = self.send()
        attempts = self.env['civic.rule.value']._get('transport.max_attempts')
        now, waits = fields.Datetime.now(), []
        with self.partner(*[later('unreachable')] * attempts):
            for _attempt in range(attempts):
                with freeze_time(now):
                    delivery._job_send()
                if delivery.state == 'waiting':
                    waits.append((delivery.next_try_at - now).total_seconds())
                    with freeze_time(now):
                        delivery._job_send()            # not yet: nothing is tried
                    now = delivery.next_try_at
        self.assertEqual(waits[:4], [120, 240, 480, 960] if waits[0] == 120 else [60, 120, 240, 480])
        self.assertEqual(max(waits), 3600)
        self.assertRecordValues(delivery, [{'state': 'failed', 'problem_code': 'unreachable'}])
        self.assertEqual(len(delivery.attempt_ids), attempts)
        with self.partner():
            delivery.action_retry()
            delivery._job_send()
        self.assertEqual(delivery.state, 'delivered')

    def test_what_cannot_succeed_is_not_tried_again(self):
        delivery = self.send()
        with self.partner(TransportError('too_large', '9')):
            delivery._job_send()
        self.assertRecordValues(delivery, [{'state': 'failed', 'failures': 1}])
        self.assertIn("larger", delivery.with_context(lang='en_US').problem)

    def test_a_receipt_that_does_not_fit_is_no_proof(self):
        def lie(content):
            content['parts'][0]['sha256'] = '0' * 64
        delivery = self.send()
        with self.partner(lie):
            delivery._job_send()
        self.assertRecordValues(delivery, [{'state': 'failed', 'problem_code': 'bad_receipt', 'receipt': False}])

    def test_a_receipt_of_somebody_else_is_no_proof(self):
        delivery = self.send()
        with self.partner() as fake:
            with self.partner() as forger:
                pass
            fake.signer = forger.signer
            delivery._job_send()
        self.assertEqual(delivery.problem_code, 'bad_receipt')

    def test_a_partner_whose_key_nobody_looked_at_gets_nothing(self):
        delivery = self.send()
        delivery._job_send()
        self.assertRecordValues(delivery, [{'state': 'failed', 'problem_code': 'key_unknown'}])

    def test_a_receipt_may_come_later(self):
        delivery = self.send()
        with self.partner('accepted', 'accepted') as fake:
            delivery._job_send()
            self.assertEqual(delivery.state, 'sent')
            for _turn in range(2):
                with freeze_time(delivery.next_try_at + timedelta(seconds=1)):
                    delivery._job_send()
            self.assertEqual(len(fake.sent), 1)         # asked for, not sent again
        self.assertEqual(delivery.state, 'delivered')

    def test_a_process_that_was_killed_is_followed_by_another(self):
        delivery = self.send()
        delivery._start_attempt()                       # and nothing after it
        self.deliveries._cron_transport()
        with self.partner():
            delivery._job_send()
        self.assertEqual(delivery.state, 'delivered')
        self.assertEqual(delivery.attempt_ids.sorted('id').mapped('outcome'), ['interrupted', 'receipt'])

    def test_pause_holds_until_it_goes_on(self):
        delivery = self.send()
        delivery.action_pause()
        with self.partner() as fake:
            delivery._job_send()
            self.assertFalse(fake.sent)
            delivery.action_resume()
            delivery._job_send()
        self.assertEqual(delivery.state, 'delivered')
        with self.assertRaises(UserError):
            delivery.action_pause()

    def test_pause_while_it_is_being_sent_stops_it(self):
        delivery = self.send()
        with self.partner() as fake:
            plain = fake.send

            def send(declaration, open_part, *, on_progress, deadline):
                delivery.action_pause()
                return plain(declaration, open_part, on_progress=lambda done: on_progress(delivery.size), deadline=deadline)
            fake.send = send
            delivery._job_send()
        self.assertEqual(delivery.state, 'paused')
        self.assertEqual(delivery.attempt_ids.outcome, 'stopped')

    def test_cancelled_is_told_to_the_partner_once_it_began(self):
        delivery = self.send()
        with self.partner(later('timeout')) as fake:
            delivery._job_send()
            delivery.action_cancel()
            delivery._job_tell_cancelled()
            self.assertEqual(fake.cancelled, [delivery.key])
            delivery._job_send()
        self.assertEqual(delivery.state, 'cancelled')

    def test_many_are_tried_again_and_each_is_told(self):
        failed, done = self.send(), self.send()
        with self.partner(TransportError('bad_token'), 'receipt'):
            failed._job_send()
            done._job_send()
        message = (failed | done).action_retry()['params']['message']
        self.assertIn('1', message)
        self.assertIn("Hồ sơ 12", message)
        self.assertEqual(failed.state, 'queued')

    def test_the_room_above_hears_of_the_receipt_and_may_fail(self):
        delivery, heard = self.send(), []

        def fail(model, told):
            raise ValueError
        with self.partner():
            delivery._job_send()
        self.patch(self.registry['civic.delivery'], '_on_receipt', fail)
        with mute_logger('odoo.addons.civic_transport.models.civic_delivery_inbox'):
            delivery._job_dispatch()
        self.assertRecordValues(delivery, [{'state': 'delivered', 'problem_code': 'not_processed'}])
        self.patch(self.registry['civic.delivery'], '_on_receipt', lambda model, told: heard.append(told))
        delivery.action_retry()
        delivery._job_dispatch()
        self.assertEqual(heard, [delivery])
        self.assertFalse(delivery.problem_code)

    def test_a_file_that_vanished_is_told(self):
        delivery = self.send()
        self.patch(self.registry['civic.delivery.part'], '_open', lambda part: open('/nonexistent', 'rb'))
        with self.partner():
            delivery._job_send()
        self.assertEqual(delivery.problem_code, 'payload_missing')

    def test_nobody_moves_a_delivery_by_writing(self):
        delivery = self.send()
        with self.assertRaises(UserError):
            delivery.sudo().write({'state': 'delivered'})
        with self.assertRaises(UserError):
            delivery.sudo().with_context(civic_delivery_token=True).write({'state': 'delivered'})
        with self.assertRaises(UserError):
            delivery.sudo().unlink()

    def test_every_state_has_its_moves(self):
        names = {name for name, _label in STATES}
        self.assertEqual(set(MOVES), names)
        self.assertLessEqual({state for states in MOVES.values() for state in states}, names)
        delivery = self.send()
        with self.assertRaises(UserError):
            delivery._move('delivered')
