from datetime import date

from freezegun import freeze_time

from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import CivicIncomingCommon


@tagged('post_install', '-at_install')
class TestFollowUp(CivicIncomingCommon):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.follower = cls._create_person('follower', 'specialist', cls.unit_culture)
        cls.agency.incoming_follow_up_user_id = cls.follower
        with freeze_time('2026-03-02 03:00:00'):
            cls.document = cls._create_registered(arrival_date=date(2026, 3, 2))
            cls.document.with_user(cls.leader)._assign(
                [{**cls.lead_task, 'user': cls.specialist, 'deadline': date(2026, 3, 6)}], "Xử lý")
        cls.assignment = cls.document.sudo().assignment_ids
        cls.env['civic.notification.line'].search([]).unlink()

    def _run(self, day):
        """Run the follow-up at one in the morning of the day; return who was told, as what."""
        self.env['civic.notification.line'].search([]).unlink()
        with freeze_time(f'{day} 18:10:00'), self.enter_registry_test_mode():
            self.env.ref('civic_incoming.ir_cron_follow_up').method_direct_trigger()
        self.env.invalidate_all()
        lines = self.env['civic.notification.line'].search([('res_id', '=', self.document.id)])
        return {(line.event_id.code, line.user_id.login) for line in lines}

    def test_handler_and_follow_up_person_once_a_day(self):
        """Rule 53 of Decree 30/2020, Art. 24.1: past its due date, reminded once per day."""
        expected = {('incoming_overdue', 'town_specialist'), ('incoming_overdue', 'town_follower')}
        self.assertEqual(self._run('2026-03-08'), expected)         # 1:10 on Monday the 9th, due on Friday the 6th
        self.assertEqual(self._run('2026-03-08'), set(), "the second run of the day tells nobody")
        self.assertEqual(self._run('2026-03-09'), expected)
        self.assertEqual(self.assignment.reminder_count, 2)

    def test_nobody_is_told_on_a_day_off(self):
        self.assertEqual(self._run('2026-03-06'), set())            # Saturday
        self.assertEqual(self._run('2026-03-07'), set())            # Sunday
        self.assertFalse(self.assignment.reminded_on)

    def test_levels_rise_with_the_days(self):
        self.assertEqual(self._run('2026-03-02'), set())            # Tuesday the 3rd: three days left
        self.assertEqual(self._run('2026-03-03'), {('incoming_due', 'town_specialist')})
        self.assertEqual(self._run('2026-03-04'), set(), "told of it yesterday")
        daily = {('incoming_overdue', 'town_specialist'), ('incoming_overdue', 'town_follower')}
        self.assertEqual(self._run('2026-03-08'), daily)                                # 1 working day late
        self.assertEqual(self._run('2026-03-10'), daily | {('incoming_escalation', 'town_unit_head')})      # 3
        self.assertEqual(self._run('2026-03-12'), daily | {('incoming_escalation', 'town_leader')})         # 5
        self.assertEqual(self._run('2026-03-19'), daily | {('incoming_escalation', 'town_manager')})        # 10

    def test_a_level_is_made_up_for_after_a_gap(self):
        """The server was down for two weeks: each level speaks once."""
        codes = self._run('2026-03-22')
        for code, login in (('incoming_escalation', 'town_unit_head'), ('incoming_escalation', 'town_leader'),
                            ('incoming_escalation', 'town_manager')):
            self.assertIn((code, login), codes)

    def test_an_agency_goes_by_its_own_levels(self):
        self.env['civic.escalation.rule'].create({
            'name': "Ngay khi quá hạn", 'days': 1, 'whom': 'leader', 'company_id': self.agency.id,
            'event_id': self.env.ref('civic_incoming.notification_event_escalation').id})
        self.assertEqual(self._run('2026-03-08'), {('incoming_escalation', 'town_leader')})

    def test_the_unit_may_have_its_own_follow_up_person(self):
        self.unit_culture.follow_up_user_id = self.second_clerk
        self.assertIn(('incoming_overdue', 'town_second_clerk'), self._run('2026-03-08'))

    def test_what_is_done_is_left_alone(self):
        with freeze_time('2026-03-06 03:00:00'):
            self.assignment.with_user(self.specialist)._finish("Xong")
        self.assertEqual(self._run('2026-03-08'), set())

    def test_a_document_that_waits_for_its_leader(self):
        with freeze_time('2026-03-02 03:00:00'):
            waiting = self._create_registered(arrival_date=date(2026, 3, 2), code_number='77')
        self._run('2026-03-04')
        lines = self.env['civic.notification.line'].search([('res_id', '=', waiting.id)])
        self.assertEqual(lines.user_id, self.leader | self.follower)
        self._run('2026-03-04')
        self.assertFalse(self.env['civic.notification.line'].search([('res_id', '=', waiting.id)]))

    def test_reminding_costs_no_query_per_row(self):
        with freeze_time('2026-03-02 03:00:00'):
            documents = self.env['civic.document'].with_user(self.clerk).create([
                self._prepare_document(code_number=str(number), arrival_date=date(2026, 3, 2))
                for number in range(200, 240)])
            documents._register_documents()
            documents.with_user(self.leader)._assign(
                [{**self.lead_task, 'user': self.specialist, 'deadline': date(2026, 3, 6)}])
        assignments = documents.sudo().assignment_ids
        self.env.flush_all()

        def cost(batch, day):
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            batch.browse(batch.ids)._remind(self.agency, day)
            self.env.flush_all()
            return self.cr.sql_log_count - before

        cost(assignments, date(2026, 3, 30))                # all levels have spoken
        one = cost(assignments[:1], date(2026, 3, 31))
        self.assertEqual(cost(assignments, date(2026, 4, 1)), one)

    def test_levels_of_others_stay_theirs(self):
        general = self.env.ref('civic_incoming.escalation_rule_handler')
        foreign = self.env['civic.escalation.rule'].create({
            'name': "Khác", 'days': 1, 'whom': 'leader', 'company_id': self.other_agency.id,
            'event_id': self.env.ref('civic_incoming.notification_event_escalation').id})
        own = foreign.with_user(self.records_admin)
        self.assertNotIn(foreign, own.search([]))
        self.assertIn(general, own.search([]))
        with self.assertRaises(AccessError):
            general.with_user(self.records_admin).days = 9
        level = own.create({
            'name': "Của ta", 'days': 4, 'whom': 'leader', 'company_id': self.agency.id, 'event_id': foreign.event_id.id})
        with self.assertRaises(AccessError):
            level.company_id = self.other_agency
        with self.assertRaises(AccessError):
            level.with_user(self.specialist).days = 1


@tagged('post_install', '-at_install')
class TestFollowTelling(CivicIncomingCommon):

    def _lines(self, document):
        lines = self.env['civic.notification.line'].search([('res_id', '=', document.id)])
        return {(line.event_id.code, line.user_id.login, line.body or '') for line in lines}

    def test_the_next_person_hears_in_the_morning(self):
        document = self._create_assigned(
            {**self.lead_task, 'user': self.specialist}, self.coordinate_task)
        self.assertEqual(self._lines(document), {
            ('incoming_assigned', 'town_specialist', ''), ('incoming_assigned', 'town_finance_head', '')})

    def test_an_urgent_one_at_once(self):
        self.specialist.write({'notification_type': 'email', 'email': 's@example.com'})
        self.leader.write({'notification_type': 'inbox'})
        last = self.env['mail.mail'].search([], order='id desc', limit=1).id
        document = self._create_assigned({**self.lead_task, 'user': self.specialist}, urgency='urgent')
        self.assertFalse(self._lines(document))
        mail = self.env['mail.mail'].search([('id', '>', last), ('email_to', '=', self.specialist.email_formatted)])
        self.assertEqual(len(mail), 1)
        self.assertIn(document.subject, mail.body_html)
        self.assertEqual(self.env['mail.notification'].search([
            ('res_partner_id', '=', self.leader.partner_id.id),
            ('mail_message_id.res_id', '=', document.id)]).notification_type, 'inbox')

    def test_the_subject_of_a_document_for_named_people_never_goes_out(self):
        self.specialist.write({'notification_type': 'email', 'email': 's@example.com'})
        last = self.env['mail.mail'].search([], order='id desc', limit=1).id
        self._create_assigned({**self.lead_task, 'user': self.specialist}, urgency='urgent',
                              access_level='restricted', user_ids=self.leader.ids, subject="Chuyện riêng")
        mail = self.env['mail.mail'].search([('id', '>', last), ('email_to', '=', self.specialist.email_formatted)])
        self.assertEqual(len(mail), 1)
        self.assertNotIn("Chuyện riêng", mail.body_html + mail.subject)

    def test_the_leader_hears_of_a_return_with_its_reason(self):
        document = self._create_assigned()
        document.sudo().assignment_ids.with_user(self.unit_head)._return_to_leader("Không thuộc thẩm quyền")
        self.assertIn(('incoming_returned', 'town_leader', "Không thuộc thẩm quyền"), self._lines(document))

    def test_a_finished_one_is_told_to_leaders_who_ask_for_it(self):
        document = self._create_assigned()
        document.sudo().assignment_ids.with_user(self.unit_head)._finish("Đã trả lời")
        self.assertNotIn('incoming_done', {code for code, _login, _body in self._lines(document)})
        self.leader.with_user(self.leader).civic_notification_choices = [{'code': 'incoming_done', 'choice': 'digest'}]
        document = self._create_assigned(code_number='9')
        document.sudo().assignment_ids.with_user(self.unit_head)._finish("Đã trả lời")
        self.assertIn(('incoming_done', 'town_leader', "Đã trả lời"), self._lines(document))

    def test_digest_of_each_role(self):
        """Three numbers: of the own work, of the branch, never of other people's documents."""
        with freeze_time('2026-03-02 03:00:00'):
            late, urgent, named, _registered = (
                self._create_registered(arrival_date=date(2026, 3, 2), code_number=str(number), **values)
                for number, values in enumerate(
                    ({}, {'urgency': 'urgent'}, {'access_level': 'restricted', 'user_ids': self.leader.ids}, {}), 1))
            for document, user, day in ((late, self.env['res.users'], 4), (urgent, self.specialist, 20),
                                        (named, self.specialist, 20)):
                document.with_user(self.leader)._assign(
                    [{**self.lead_task, 'user': user, 'deadline': date(2026, 3, day)}])
        self.env.flush_all()
        with freeze_time('2026-03-09 00:30:00'):
            numbers = self.env['civic.notification'].with_company(self.agency)._get_digest_numbers(
                self.specialist | self.unit_head | self.leader | self.finance_head | self.manager, date(2026, 3, 9))
        self.assertEqual(numbers, {
            self.specialist.id: {'urgent': 1, 'overdue': 0, 'waiting': 2},
            self.unit_head.id: {'urgent': 0, 'overdue': 1, 'waiting': 1},
            self.leader.id: {'urgent': 0, 'overdue': 1, 'waiting': 1},
            self.finance_head.id: {'urgent': 0, 'overdue': 0, 'waiting': 0},
            self.manager.id: {'urgent': 0, 'overdue': 1, 'waiting': 0},
        })

    def test_digest_shows_no_text_of_documents_for_named_people(self):
        document = self._create_assigned({**self.lead_task, 'user': self.specialist}, access_level='restricted',
                                         user_ids=self.leader.ids, subject="Chuyện riêng")
        self.env['civic.notification']._notify('incoming_overdue', self.specialist, document, "bí mật riêng")
        lines = self.env['civic.notification.line'].search([('user_id', '=', self.specialist.id)])
        groups = self.env['civic.notification']._get_digest_groups(self.specialist, lines)
        shown = str(groups)
        self.assertNotIn("Chuyện riêng", shown)
        self.assertNotIn("bí mật riêng", shown)
        self.assertIn(document.reference, shown)
        # and nothing at all once the person may not read it any more
        document.sudo()._write_by_system({'user_ids': [(3, self.specialist.id)]})
        self.assertFalse(self.env['civic.notification']._get_digest_groups(self.specialist, lines))
