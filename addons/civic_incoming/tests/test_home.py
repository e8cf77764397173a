from datetime import date

from freezegun import freeze_time

from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged, warmup

from .common import CivicIncomingCommon

NOW = '2026-03-09 03:00:00'         # Monday, 10:00


@tagged('post_install', '-at_install')
class TestHome(CivicIncomingCommon):
    """A small pile: two drafts, two registered, one late with the unit, one with the specialist, one to read."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        with freeze_time('2026-03-02 03:00:00'):
            cls.late, cls.started, cls.informed, cls.delegated = (
                cls._create_registered(arrival_date=date(2026, 3, 2), code_number=str(number), subject=subject)
                for number, subject in enumerate(("Trễ hạn", "Đang làm", "Để biết", "Việc của phòng khác"), 1))
            cls._assign(cls.late, {**cls.lead_task, 'deadline': date(2026, 3, 5)})
            cls._assign(cls.started, {**cls.lead_task, 'user': cls.specialist, 'deadline': date(2026, 3, 9)},
                        {**cls.coordinate_task, 'deadline': date(2026, 3, 9)})
            cls._assign(cls.informed, {**cls.lead_task, 'unit': cls.unit_finance, 'deadline': date(2026, 3, 20)},
                        {**cls.inform_task, 'unit': cls.unit_culture, 'user': cls.specialist})
            cls._assign(cls.delegated, {**cls.lead_task, 'unit': cls.unit_finance, 'user': cls.other_specialist,
                                        'deadline': date(2026, 2 + 1, 6)})
        with freeze_time('2026-03-03 03:00:00'):
            cls._get_task(cls.started, cls.unit_culture).with_user(cls.specialist)._start()
        with freeze_time(NOW):
            cls.draft = cls._create_document(arrival_date=date(2026, 3, 9), code_number='11', subject="Mới đến")
            cls.urgent_draft = cls._create_document(
                arrival_date=date(2026, 3, 6), code_number='12', subject="Khẩn", urgency='urgent')
            cls.waiting = cls._create_registered(arrival_date=date(2026, 3, 9), code_number='13', subject="Chờ giao")
            cls.urgent_waiting = cls._create_registered(
                arrival_date=date(2026, 3, 9), code_number='14', subject="Chờ giao gấp", urgency='express')
        cls.env.flush_all()

    @classmethod
    def _assign(cls, document, *tasks):
        document.with_user(cls.leader)._assign(list(tasks), "Tham mưu, báo cáo")

    @classmethod
    def _get_task(cls, document, unit):
        return document.sudo().assignment_ids.filtered(lambda row: row.unit_id == unit)

    def _home(self, user):
        with freeze_time(NOW):
            home = self.env['civic.home'].with_user(user).with_company(user.company_id).get_home()
        return home, {(block['section'], block['key']): block for block in home['blocks']}

    def _figures(self, block):
        return {item['key']: item['value'] for item in block['items']}

    def _titles(self, block):
        return [item['title'] for item in block['items']]

    def test_clerk(self):
        home, blocks = self._home(self.clerk)
        self.assertEqual(home['role'], 'clerk')
        self.assertEqual([section['key'] for section in home['sections']], ['clerk', 'specialist'])
        queue = self._figures(blocks['clerk', 'queue'])
        self.assertEqual({key: queue[key] for key in ('to_register', 'urgent', 'late', 'with_leader')},
                         {'to_register': 2, 'urgent': 1, 'late': 1, 'with_leader': 2})
        self.assertEqual(self._figures(blocks['clerk', 'today']), {'received': 3, 'registered': 2, 'assigned': 0})
        self.assertEqual(self._titles(blocks['clerk', 'to_register']), ["Khẩn", "Mới đến"])
        self.assertEqual(blocks['clerk', 'to_register']['count'], 2)
        self.assertEqual(self._figures(blocks['clerk', 'quarantine']), {'quarantine': 0})

    def test_leader(self):
        home, blocks = self._home(self.leader)
        self.assertEqual(home['role'], 'leader')
        block = blocks['leader', 'to_assign']
        self.assertEqual(self._titles(block), ["Chờ giao gấp", "Chờ giao"])
        self.assertEqual((block['count'], block['overdue']), (2, 0))
        self.assertEqual([button['key'] for button in block['items'][0]['buttons']], ['assign'])
        self.assertEqual(self._figures(blocks['leader', 'branch']), {'urgent': 1, 'overdue': 2, 'due_today': 1})
        self.assertNotIn(('clerk', 'queue'), blocks)

    def test_what_waits_for_another_leader_is_not_mine(self):
        second = self._create_person('second_leader', 'leader', self.unit_culture)
        self.waiting.leader_id = second
        self.assertEqual(self._titles(self._home(self.leader)[1]['leader', 'to_assign']), ["Chờ giao gấp"])
        self.assertEqual(self._titles(self._home(second)[1]['leader', 'to_assign']), ["Chờ giao"])

    def test_more_time_that_was_asked_for_waits_for_the_leader(self):
        with freeze_time(NOW):
            self._get_task(self.started, self.unit_culture).with_user(self.specialist)._ask_extension(
                date(2026, 3, 20), "Chờ ý kiến của Sở")
        block = self._home(self.leader)[1]['leader', 'extensions']
        self.assertEqual(self._titles(block), ["Đang làm"])
        self.assertEqual(block['items'][0]['note'], "Chờ ý kiến của Sở")
        self.assertEqual([button['key'] for button in block['items'][0]['buttons']], ['approve', 'refuse'])

    def test_specialist(self):
        home, blocks = self._home(self.specialist)
        self.assertEqual([section['key'] for section in home['sections']], ['specialist'])
        now = blocks['specialist', 'do_now']
        self.assertEqual(self._titles(now), ["Đang làm"])
        card = now['items'][0]
        self.assertEqual((card['due'], card['note'], card['unread']), ('today', "Tham mưu, báo cáo", False))
        self.assertEqual([(button['key'], button['hotkey']) for button in card['buttons']], [('finish', 'd'), ('return', 'e')])
        self.assertEqual(self._titles(blocks['specialist', 'information']), ["Để biết"])
        self.assertEqual(
            [button['key'] for button in blocks['specialist', 'information']['items'][0]['buttons']], ['read'])
        self.assertEqual(self._titles(blocks['specialist', 'waiting']), [])

    def test_what_one_has_done_ones_part_of_waits_for_others(self):
        with freeze_time(NOW):
            self._get_task(self.started, self.unit_finance).with_user(self.finance_head)._finish("Đã có ý kiến")
        _home, blocks = self._home(self.finance_head)
        self.assertEqual(self._titles(blocks['specialist', 'waiting']), ["Việc của phòng khác", "Đang làm"])
        self.assertEqual(self._titles(blocks['specialist', 'do_now']), ["Để biết"])
        self.assertTrue(all(not card['buttons'] for card in blocks['specialist', 'waiting']['items']))

    def test_unit_head(self):
        home, blocks = self._home(self.unit_head)
        self.assertEqual([section['key'] for section in home['sections']], ['unit_head', 'specialist'])
        self.assertEqual(self._figures(blocks['unit_head', 'unit']), {'open': 2, 'overdue': 1, 'soon': 1})
        rows = {row['label']: (row['value'], row['overdue']) for row in blocks['unit_head', 'by_person']['items']}
        self.assertEqual(rows, {"Nobody named yet": (1, 1), self.specialist.name: (1, 0)})
        unnamed = blocks['unit_head', 'unnamed']
        self.assertEqual(self._titles(unnamed), ["Trễ hạn"])
        self.assertEqual([button['key'] for button in unnamed['items'][0]['buttons']],
                         ['start', 'delegate', 'finish', 'return'])
        self.assertEqual(unnamed['items'][0]['due'], 'overdue')

    def test_manager(self):
        home, blocks = self._home(self.manager)
        self.assertEqual(home['role'], 'manager')
        self.assertEqual(self._figures(blocks['manager', 'agency']),
                         {'open': 4, 'overdue': 2, 'due_today': 1, 'not_submitted': 1})
        rows = {row['label']: row['value'] for row in blocks['manager', 'overdue_by_unit']['items']}
        self.assertEqual(rows, {self.unit_culture.name: 1, self.unit_finance.name: 1})
        rows = {row['label']: row['value'] for row in blocks['manager', 'overdue_by_person']['items']}
        self.assertEqual(rows, {"Nobody named yet": 1, self.other_specialist.name: 1})
        rows = [(row['key'], row['value']) for row in blocks['manager', 'ageing']['items']]
        self.assertEqual(rows, [('up_to_5', 2)])

    def test_each_number_opens_what_it_counts(self):
        """Of the manager, the leader, the clerk and the head: as many rows behind the number as it says."""
        for user in (self.manager, self.leader, self.clerk, self.unit_head):
            _home, blocks = self._home(user)
            with freeze_time(NOW):
                for block in blocks.values():
                    for item in block['items'] if block['kind'] != 'cards' else ():
                        action = self.env['ir.actions.act_window']._for_xml_id(item['action']['xmlid'])
                        if 'domain' in item['action'] and action['res_model'] == 'civic.document':
                            with self.subTest(user=user.login, block=block['key'], item=item['key']):
                                self.assertEqual(self.env['civic.document'].with_user(user).search_count(
                                    item['action']['domain']), item['value'])

    def test_ageing_has_a_row_for_every_age(self):
        for number, deadline in enumerate((date(2026, 2, 27), date(2026, 2, 3), date(2025, 12, 25)), 21):
            with freeze_time('2025-12-22 03:00:00'):
                document = self._create_registered(arrival_date=date(2025, 12, 22), code_number=str(number))
                self._assign(document, {**self.lead_task, 'deadline': deadline})
        rows = {row['key']: row['value'] for row in self._home(self.manager)[1]['manager', 'ageing']['items']}
        # 27 February is six working days late, 3 February more than ten: Tết of 2026 lies between
        self.assertEqual(rows, {'up_to_5': 2, 'up_to_10': 1, 'up_to_30': 1, 'more': 1})

    def test_nobody_sees_the_counts_of_others(self):
        _home, blocks = self._home(self.other_specialist)
        # rooms above have blocks of their own in the section
        self.assertLessEqual({('specialist', key) for key in ('do_now', 'waiting', 'information')}, set(blocks))
        self.assertEqual({section for section, _key in blocks}, {'specialist'})
        self.assertEqual(self._titles(blocks['specialist', 'do_now']), ["Việc của phòng khác"])
        self.assertFalse(blocks['specialist', 'information']['items'])
        _home, blocks = self._home(self.foreign_clerk)
        self.assertEqual(self._figures(blocks['clerk', 'today']), {'received': 0, 'registered': 0, 'assigned': 0})
        self.assertFalse(blocks['clerk', 'to_register']['items'])
        _home, blocks = self._home(self.foreign_leader)
        self.assertFalse(blocks['leader', 'to_assign']['items'])
        self.assertEqual(set(self._figures(blocks['leader', 'branch']).values()), {0})

    def test_a_document_for_named_people_shows_to_them_alone(self):
        with freeze_time(NOW):
            secret = self._create_registered(
                arrival_date=date(2026, 3, 9), code_number='31', subject="Chuyện riêng", access_level='restricted',
                user_ids=self.leader.ids)
            self._assign(secret, {**self.lead_task, 'user': self.specialist, 'deadline': date(2026, 3, 9)})
        self.assertIn("Chuyện riêng", self._titles(self._home(self.specialist)[1]['specialist', 'do_now']))
        for user in (self.unit_head, self.manager, self.other_specialist):
            home, _blocks = self._home(user)
            self.assertNotIn("Chuyện riêng", str(home), user.login)

    def test_people_without_a_role_have_no_home(self):
        user = new_test_user(self.env, 'home_nobody', groups='base.group_user')
        with self.assertRaises(AccessError):
            self.env['civic.home'].with_user(user).get_home()

    def test_several_roles_are_several_sections(self):
        self.unit_head.group_ids += self.env.ref('civic_base.group_leader') + self.env.ref('civic_base.group_manager')
        home, _blocks = self._home(self.unit_head)
        self.assertEqual(
            [section['key'] for section in home['sections']], ['leader', 'unit_head', 'manager', 'specialist'])

    def test_acting_from_the_card_is_acting(self):
        """The button of a card calls what it says, for the assignment of the card."""
        card = self._home(self.specialist)[1]['specialist', 'information']['items'][0]
        button = card['buttons'][0]
        target = self.env[button['model']].with_user(self.specialist).browse(button['id'])
        with freeze_time(NOW):
            getattr(target, button['method'])()
        self.assertEqual(self._get_task(self.informed, self.unit_culture).state, 'done')
        self.assertFalse(self._home(self.specialist)[1]['specialist', 'information']['items'])

    @warmup
    def test_the_screen_costs_the_same_for_many_cards(self):
        """As many queries with thirty more documents as with few."""
        def cost(user):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self._home(user)
            return self.cr.sql_log_count - before

        people = (self.clerk, self.leader, self.unit_head, self.specialist, self.manager)
        few = {}
        for user in people:
            cost(user)
            few[user] = cost(user)
        with freeze_time(NOW):
            documents = self.env['civic.document'].with_user(self.clerk).create([
                self._prepare_document(code_number=str(number), arrival_date=date(2026, 3, 9))
                for number in range(100, 130)])
            documents._register_documents()
            documents[:20].with_user(self.leader)._assign(
                [{**self.lead_task, 'user': self.specialist, 'deadline': date(2026, 3, 9)}, self.inform_task])
        for user in people:
            with self.subTest(user=user.login):
                self.assertEqual(cost(user), few[user])
                self.assertLess(few[user], 45)
