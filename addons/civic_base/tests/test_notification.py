from datetime import date
from unittest.mock import patch

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.tests import users
from odoo.tools import mute_logger

from .common import CivicCommon

MONDAY = '2026-03-02 00:30:00'          # half past seven in the morning, local time
HOLIDAY = '2026-04-30 00:30:00'         # Reunification Day


class TestNotification(CivicCommon):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.event = cls.env['civic.notification.event'].create({
            'code': 'test_event', 'name': "Something happened", 'sequence': 5})
        cls.urgent = cls.env['civic.notification.event'].create({
            'code': 'test_urgent', 'name': "Something urgent happened", 'default_choice': 'now'})
        cls.notification = cls.env['civic.notification']
        cls.reader, cls.other = cls.users['specialist'], cls.users['leader']
        (cls.reader + cls.other).write({'notification_type': 'email', 'email': 'a@example.com', 'lang': 'en_US'})
        cls.records = cls.env['res.partner'].create([{'name': f"Cơ quan {n}", 'is_agency': True} for n in range(3)])
        # only the people of this test have their morning
        cls.everybody = cls.env['res.users'].search([])
        cls.everybody.civic_digest_date = date(2100, 1, 1)
        (cls.reader + cls.other).civic_digest_date = False

    def _choose(self, user, event, choice):
        user.with_user(user).civic_notification_choices = [{'code': event.code, 'choice': choice}]

    def _lines(self, user=None):
        lines = self.env['civic.notification.line'].search([])
        return lines.filtered(lambda line: line.user_id == user) if user else lines

    def _mails(self, user=None):
        mails = self.env['mail.mail'].search([('subject', '!=', False)])
        return mails.filtered(lambda mail: mail.id > self.last_mail)

    def setUp(self):
        super().setUp()
        self.last_mail = self.env['mail.mail'].search([], limit=1, order='id desc').id

    def _run_digest(self, now=MONDAY):
        with freeze_time(now), self.enter_registry_test_mode():
            self.env.ref('civic_base.ir_cron_send_digest').method_direct_trigger()
        self.env.invalidate_all()
        return self._mails()

    # === TELLING === #

    def test_the_default_is_the_digest(self):
        self.notification._notify('test_event', self.reader, self.records, "mới")
        self.assertRecordValues(self._lines(), [
            {'user_id': self.reader.id, 'event_id': self.event.id, 'res_model': 'res.partner', 'res_id': record.id,
             'body': "mới"}
            for record in self.records
        ])
        self.assertFalse(self._mails())

    def test_each_person_chooses(self):
        self._choose(self.reader, self.event, 'none')
        self._choose(self.other, self.event, 'now')
        self.notification._notify('test_event', self.reader + self.other, self.records)
        self.assertFalse(self._lines())
        mail = self._mails()
        self.assertEqual(len(mail), 1, "one mail for three records")
        self.assertEqual(mail.email_to, self.other.email_formatted)
        for record in self.records:
            self.assertIn(record.name, mail.body_html)

    def test_at_once_goes_to_the_inbox_of_those_who_read_there(self):
        self.reader.notification_type = 'inbox'
        self.notification._notify('test_urgent', self.reader + self.other, self.records[:2])
        notifications = self.env['mail.notification'].search([('res_partner_id', '=', self.reader.partner_id.id)])
        self.assertEqual(set(notifications.mail_message_id.mapped('res_id')), set(self.records[:2].ids))
        self.assertEqual(self._mails().mapped('email_to'), [self.other.email_formatted])

    def test_who_acts_is_not_told(self):
        self.notification.with_user(self.reader)._notify('test_event', self.reader + self.other, self.records)
        self.assertEqual(self._lines().user_id, self.other)

    def test_an_unknown_event_is_an_error(self):
        with self.assertRaisesRegex(UserError, 'no_such_event'):
            self.notification._notify('no_such_event', self.reader, self.records)

    def test_at_once_says_nothing_of_what_one_may_not_read(self):
        rule = self.env['ir.rule'].create({
            'name': "hidden", 'model_id': self.env.ref('base.model_res_partner').id,
            'domain_force': [('id', '!=', self.records[0].id)]})
        self.notification._notify('test_urgent', self.reader, self.records)
        mail = self._mails()
        self.assertNotIn(self.records[0].name, mail.body_html)
        self.assertIn(self.records[1].name, mail.body_html)
        rule.unlink()

    def test_collecting_costs_the_same_for_many(self):
        many = self.env['res.partner'].create([{'name': f"P{n}"} for n in range(50)])
        people = self.reader + self.other

        def cost(users, records):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self.notification._notify('test_event', users, records)
            self.env.flush_all()
            return self.cr.sql_log_count - before

        cost(people, many[:1])
        self.assertEqual(cost(people, many), cost(people, many[:1]))

    # === SETTINGS === #

    def test_everybody_writes_the_own_settings_and_no_others(self):
        self._choose(self.reader, self.event, 'now')
        self.assertEqual(self.notification._get_choices(self.event, self.reader + self.other), {
            self.reader.id: 'now', self.other.id: 'digest'})
        self._choose(self.reader, self.event, 'none')
        self.assertEqual(self.reader.civic_notification_ids.filtered(
            lambda row: row.event_id == self.event).choice, 'none')
        with self.assertRaises(AccessError):
            self.other.with_user(self.reader).civic_notification_choices = [{'code': 'test_event', 'choice': 'now'}]
        row = self.env['civic.notification.choice'].create({
            'user_id': self.other.id, 'event_id': self.urgent.id, 'choice': 'none'})
        own = row.with_user(self.reader)
        with self.assertRaises(AccessError):
            own.choice = 'now'
        with self.assertRaises(AccessError):
            own.unlink()
        self.assertNotIn(row, own.search([]))
        with self.assertRaises(AccessError):
            own.create({'user_id': self.other.id, 'event_id': self.event.id, 'choice': 'none'})
        mine = own.search([('event_id', '=', self.event.id)])
        with self.assertRaises(AccessError):
            mine.user_id = self.other

    def test_what_comes_over_rpc_is_checked(self):
        reader = self.reader.with_user(self.reader)
        for value in (
            {'test_event': 'now'}, [['test_event', 'now']], [{'code': 'test_event', 'choice': 'often'}],
            [{'code': 'no_such_event', 'choice': 'now'}], [{'code': ['test_event'], 'choice': 'now'}], "x",
            [{'code': 'digest', 'choice': 'now'}],
        ):
            with self.subTest(value=value), self.assertRaises(UserError):
                reader.write({'civic_notification_choices': value})

    def test_settings_show_the_events_of_the_role(self):
        self.event.group_ids = self.env.ref('civic_base.group_leader')

        def codes(user):
            return {row['code'] for row in user.with_user(user).civic_notification_choices}

        self.assertNotIn('test_event', codes(self.reader))
        self.assertIn('test_event', codes(self.other))
        self.assertIn('digest', codes(self.reader))

    @users('specialist_px', 'leader_px', 'records_admin_px')
    def test_nobody_reads_lines_or_changes_events(self):
        with self.assertRaises(AccessError):
            self.env['civic.notification.line'].search([])
        with self.assertRaises(AccessError):
            self.env['civic.notification.event'].browse(self.event.id).default_choice = 'now'

    # === DIGEST === #

    def test_one_mail_with_what_came(self):
        self.notification._notify('test_event', self.reader + self.other, self.records, "mới đến")
        self.notification._notify('test_event', self.reader, self.records[0], "lần nữa")
        mails = self._run_digest()
        self.assertEqual(len(mails), 2)
        self.assertFalse(self._lines())
        mail = mails.filtered(lambda mail: mail.email_to == self.reader.email_formatted)
        for record in self.records:
            self.assertEqual(mail.body_html.count(record.name), 1, "each record once")
        self.assertIn("lần nữa", mail.body_html)
        self.assertIn("Something happened", mail.body_html)
        self.assertIn("02/03/2026", mail.subject)
        self.assertTrue(mail.auto_delete)

    def test_once_a_day(self):
        self.notification._notify('test_event', self.reader, self.records)
        self.assertEqual(len(self._run_digest()), 1)
        self.notification._notify('test_event', self.reader, self.records)
        self.assertEqual(len(self._run_digest('2026-03-02 09:00:00')), 1)
        self.assertEqual(len(self._run_digest('2026-03-03 00:30:00')), 2)

    def test_nothing_to_say_no_mail(self):
        self.assertFalse(self._run_digest())
        self.assertEqual(self.reader.civic_digest_date, date(2026, 3, 2))

    def test_no_mail_before_the_hour_nor_on_days_off(self):
        self.notification._notify('test_event', self.reader, self.records)
        for moment in ('2026-03-01 23:30:00', '2026-03-01 05:00:00', HOLIDAY, '2026-02-28 05:00:00'):
            self.assertFalse(self._run_digest(moment), moment)
        self.assertEqual(len(self._lines()), 3)
        self.env['civic.rule.value'].create({
            'key': 'notification.digest_hour', 'value': '6', 'company_id': self.agency.id})
        self.assertEqual(len(self._run_digest('2026-03-01 23:30:00')), 1)       # 6:30 on Monday

    def test_who_left_the_digest_gets_none(self):
        self._choose(self.reader, self.env.ref('civic_base.notification_event_digest'), 'none')
        self.notification._notify('test_event', self.reader + self.other, self.records)
        self.assertEqual(self._lines().user_id, self.other)
        self.assertEqual(self._run_digest().mapped('email_to'), [self.other.email_formatted])

    def test_rights_are_asked_when_the_digest_goes_out(self):
        self.notification._notify('test_event', self.reader, self.records)
        self.env['ir.rule'].create({
            'name': "hidden", 'model_id': self.env.ref('base.model_res_partner').id,
            'domain_force': [('id', '!=', self.records[0].id)]})
        mail = self._run_digest()
        self.assertNotIn(self.records[0].name, mail.body_html)
        self.assertIn(self.records[1].name, mail.body_html)

    def test_records_that_are_gone_are_left_out(self):
        self.notification._notify('test_event', self.reader, self.records)
        self.records.unlink()
        self.assertFalse(self._run_digest())
        self.assertFalse(self._lines())

    def test_numbers_alone_are_worth_a_mail(self):
        model = type(self.notification)
        numbers = {self.reader.id: {'urgent': 2, 'overdue': 0, 'waiting': 5}, self.other.id: {'urgent': 0}}
        with patch.object(model, '_get_digest_numbers', lambda self, users, today: numbers):
            mail = self._run_digest()
        self.assertEqual(mail.email_to, self.reader.email_formatted)
        self.assertIn("2 urgent, 0 overdue, 5 waiting", mail.subject)

    def test_one_broken_digest_costs_nobody_else_theirs(self):
        self.notification._notify('test_event', self.reader + self.other, self.records)
        model = type(self.notification)
        prepare = model._prepare_digest_mail

        def fail_for_reader(notification, user, *args):
            if user == self.reader:
                raise ValueError("broken on purpose")
            return prepare(notification, user, *args)

        with patch.object(model, '_prepare_digest_mail', fail_for_reader), \
                mute_logger('odoo.addons.civic_base.models.civic_notification'):
            mails = self._run_digest()
        self.assertEqual(mails.mapped('email_to'), [self.other.email_formatted])
