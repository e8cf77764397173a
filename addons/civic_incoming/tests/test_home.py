from datetime import date

from freezegun import freeze_time

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged, warmup
from odoo.tools import SQL

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

    # === IN THE PLACE OF WHO IS ABSENT === #

    def _substitute(self, absent, substitute, **values):
        return self.env['civic.substitute'].create({
            'user_id': absent.id, 'substitute_id': substitute.id, 'company_id': self.agency.id,
            'date_from': date(2026, 3, 9), 'date_to': date(2026, 3, 9), **values})

    def _press(self, user, card, key):
        """Press the button of the card; return what it opens."""
        button = next(button for button in card['buttons'] if button['key'] == key)
        target = self.env[button['model']].with_user(user).browse(button['id'])
        return getattr(target, button['method'])()

    def _get_details(self, document, event_type):
        return self.env['civic.journal.entry'].search([
            ('res_model', '=', 'civic.document'), ('res_id', '=', document.id), ('event_type', '=', event_type),
        ]).mapped('detail')

    def test_substitute_finishes_from_the_card_what_waits_for_the_absent(self):
        """Of another unit, and only named people read the document: the substitution alone opens it."""
        self.started.access_level = 'restricted'
        substitute = self.other_specialist
        self._substitute(self.specialist, substitute)
        block = self._home(substitute)[1]['specialist', 'do_now']
        self.assertEqual(self._titles(block), ["Việc của phòng khác", "Đang làm"])
        card = block['items'][1]
        self.assertEqual(card['holder'], f"{self.unit_culture.name} · {self.specialist.name}")
        with freeze_time(NOW):
            found = self.env['civic.document'].with_user(substitute).search([('is_mine', '=', True)])
            self.assertEqual(set(found.mapped('subject')), {"Việc của phòng khác", "Đang làm"}, "the list says the same")
            action = self._press(substitute, card, 'finish')
            self.env['civic.finish.wizard'].with_user(substitute).with_context(**action['context']).create(
                {'result': "Đã trả lời"}).action_finish()
            # what one did oneself may be read to the end of the substitution
            self.assertTrue(self.started.with_user(substitute).has_access('read'))
        task = self._get_task(self.started, self.unit_culture)
        self.assertRecordValues(task, [{
            'state': 'done', 'user_id': self.specialist.id, 'done_by_id': substitute.id,
            'done_for_id': self.specialist.id}])
        self.assertIn(f'"on_behalf_of":"{self.specialist.login}"', self._get_details(
            self.started, 'completion')[0].replace(' ', ''))
        self.assertEqual(self._titles(self._home(substitute)[1]['specialist', 'do_now']), ["Việc của phòng khác"])

    def test_each_button_of_the_card_works_for_the_substitute(self):
        substitute = self.other_specialist
        with freeze_time(NOW):
            document = self._create_registered(
                arrival_date=date(2026, 3, 9), code_number='41', subject="Vắng", access_level='restricted',
                user_ids=self.leader.ids)
            self._assign(document, {**self.lead_task, 'user': self.specialist, 'deadline': date(2026, 3, 10)})
        task = self._get_task(document, self.unit_culture)
        self.assertNotIn("Vắng", str(self._home(substitute)[0]))
        self._substitute(self.specialist, substitute)
        card = next(card for card in self._home(substitute)[1]['specialist', 'do_now']['items'] if card['title'] == "Vắng")
        self.assertEqual([button['key'] for button in card['buttons']], ['start', 'finish', 'return'])
        with freeze_time(NOW):
            self._press(substitute, card, 'start')
            self.assertEqual((task.state, task.read_by_id), ('handling', substitute))
            self.assertTrue(task.user_read_at, "nobody takes it back behind the back of who handles it")
            self.assertIn('on_behalf_of', self._get_details(document, 'start')[0])
            task.with_user(substitute).sudo(False)._ask_extension(date(2026, 3, 20), "Chờ ý kiến")
            action = self._press(substitute, card, 'return')
            self.env['civic.reason.wizard'].with_user(substitute).with_context(**action['context']).create(
                {'reason': "Không thuộc thẩm quyền"}).action_confirm()
            self.assertEqual(task.state, 'returned')
            self.assertIn('on_behalf_of', self._get_details(document, 'return')[0])

    def test_the_day_after_the_card_is_gone_and_its_buttons_are_refused(self):
        self.started.access_level = 'restricted'
        substitute = self.other_specialist
        self._substitute(self.specialist, substitute)
        card = self._home(substitute)[1]['specialist', 'do_now']['items'][1]
        self.env.invalidate_all()
        with freeze_time('2026-03-10 03:00:00'):
            home = self.env['civic.home'].with_user(substitute).get_home()
            self.assertNotIn("Đang làm", str(home))
            for button in card['buttons']:
                with self.subTest(button=button['key']), self.assertRaises(AccessError):
                    self._press(substitute, card, button['key'])
            with self.assertRaises(AccessError):
                self._get_task(self.started, self.unit_culture).with_user(substitute).sudo(False)._finish("Xong")
            self.assertFalse(self.started.with_user(substitute).has_access('read'))

    def test_substitute_sees_nothing_of_another_agency(self):
        substitute = self.other_specialist
        for user in (self.specialist, substitute):
            user.company_ids += self.other_agency
        with freeze_time(NOW):
            document = self._create_registered(
                self.foreign_clerk, arrival_date=date(2026, 3, 9), code_number='42', subject="Của Sở",
                access_level='restricted', user_ids=self.foreign_leader.ids)
        task = self.env['civic.assignment'].create({
            'document_id': document.id, 'kind': 'lead', 'unit_id': self.foreign_unit.id, 'user_id': self.specialist.id,
            'deadline': date(2026, 3, 9), 'assigned_by_id': self.foreign_leader.id, 'assigned_at': NOW})
        self._substitute(self.specialist, substitute)
        with freeze_time(NOW):
            home = self.env['civic.home'].with_user(substitute).get_home()
            self.assertIn("Đang làm", str(home))
            self.assertNotIn("Của Sở", str(home))
            document.access_level = 'agency'
            with self.assertRaises(AccessError):
                task.with_user(substitute).sudo(False)._start()

    def test_what_the_absent_are_informed_of_waits_for_their_return(self):
        substitute = self.other_specialist
        self._substitute(self.specialist, substitute)
        self.assertFalse(self._home(substitute)[1]['specialist', 'information']['items'])
        with freeze_time(NOW):
            self.informed.with_user(substitute).action_mark_read()
        self.assertEqual(self._get_task(self.informed, self.unit_culture).state, 'pending')

    def test_a_substitution_for_a_route_gives_no_assignments(self):
        self._substitute(self.specialist, self.other_specialist, scope='limited',
                         group_ids=self.env.ref('civic_base.group_specialist').ids)
        self.assertEqual(
            self._titles(self._home(self.other_specialist)[1]['specialist', 'do_now']), ["Việc của phòng khác"])

    # === WHAT WAITS FOR A DECISION === #

    def _get_result(self, **values):
        """A document whose result of the specialist waits for the leader."""
        with freeze_time(NOW):
            document = self._create_registered(
                arrival_date=date(2026, 3, 9), code_number='51', subject="Chờ duyệt", **values)
            self._assign(document, {
                **self.lead_task, 'user': self.specialist, 'deadline': date(2026, 3, 12), 'needs_approval': True})
            self._get_task(document, self.unit_culture).with_user(self.specialist).sudo(False)._finish("Dự thảo trả lời")
        return document

    def test_a_result_waits_for_the_leader_who_assigned_it(self):
        document = self._get_result()
        block = self._home(self.leader)[1]['leader', 'results']
        self.assertEqual((self._titles(block), block['count']), (["Chờ duyệt"], 1))
        card = block['items'][0]
        self.assertEqual(card['note'], "Dự thảo trả lời")
        self.assertEqual([button['key'] for button in card['buttons']], ['approve', 'refuse'])
        second = self._create_person('second_leader', 'leader', self.unit_culture)
        self.assertNotIn(('leader', 'results'), self._home(second)[1])
        with freeze_time(NOW):
            self._press(self.leader, card, 'approve')
        self.assertEqual(document.state, 'done')
        self.assertNotIn(('leader', 'results'), self._home(self.leader)[1])

    def test_a_result_under_review_waits_for_others(self):
        self._get_result()
        block = self._home(self.specialist)[1]['specialist', 'waiting']
        self.assertEqual(self._titles(block), ["Chờ duyệt"])
        self.assertFalse(block['items'][0]['buttons'])
        self.assertNotIn("Chờ duyệt", self._titles(self._home(self.specialist)[1]['specialist', 'do_now']))

    def test_more_time_is_asked_of_the_leader_who_assigned_it(self):
        second = self._create_person('second_leader', 'leader', self.unit_culture)
        with freeze_time(NOW):
            self._get_task(self.started, self.unit_culture).with_user(self.specialist)._ask_extension(
                date(2026, 3, 20), "Chờ ý kiến của Sở")
        self.assertIn(('leader', 'extensions'), self._home(self.leader)[1])
        self.assertNotIn(('leader', 'extensions'), self._home(second)[1])
        # nobody is left whom it was asked of: every leader sees it
        self.leader.active = False
        self.assertEqual(self._titles(self._home(second)[1]['leader', 'extensions']), ["Đang làm"])

    def test_to_assign_opens_what_it_counts(self):
        second = self._create_person('second_leader', 'leader', self.unit_culture)
        self.waiting.leader_id = second
        self._get_result()
        for user, subjects in ((self.leader, {"Chờ giao gấp"}), (second, {"Chờ giao"})):
            block = self._home(user)[1]['leader', 'to_assign']
            found = self.env['civic.document'].with_user(user).search(block['action']['domain'])
            self.assertEqual((set(found.mapped('subject')), len(found)), (subjects, block['count']))

    def test_a_step_of_a_route_waits_on_every_home(self):
        """Of a head, a specialist, a clerk and a leader: what a route asks of the person is on the screen."""
        people = {
            self.unit_head: 'specialist', self.specialist: 'specialist', self.clerk: 'specialist', self.leader: 'leader'}
        for number, (user, section) in enumerate(people.items(), 60):
            with self.subTest(user=user.login):
                self.env['civic.route'].search([('company_id', '=', self.agency.id)]).active = False
                route = self.env['civic.route'].with_user(self.records_admin).create({
                    'name': "Xin ý kiến", 'company_id': self.agency.id, 'direction': 'internal',
                    'version_ids': [Command.create({'step_ids': [Command.create({
                        'name': "Góp ý", 'sequence': 10, 'kind': 'approve', 'actor': 'person', 'user_id': user.id})]})]})
                with freeze_time(NOW):
                    route.version_ids._publish(date(2026, 3, 9))
                    document = self._create_document(
                        direction='internal', subject=f"Góp ý {number}", access_level='unit')
                    document._start_route()
                block = self._home(user)[1][section, 'route_tasks']
                self.assertEqual((self._titles(block), block['items'][0]['note']), ([f"Góp ý {number}"], "Góp ý"))
                with freeze_time(NOW):
                    found = self.env['civic.route.task'].with_user(user).search(block['action']['domain'])
                self.assertEqual(len(found), block['count'])
                self.assertEqual(found.document_id.ids, document.ids)
                for other in set(people) - {user}:
                    self.assertNotIn(f"Góp ý {number}", str(self._home(other)[0]))

    def test_what_waits_is_not_sought_in_the_archive(self):
        """20 000 assignments that are over: of a leader, of a deputy and of a specialist nothing reads all of them."""
        self._get_result()
        self._substitute(self.leader, self.other_specialist)
        self.env.flush_all()
        self.env.cr.execute("""
            INSERT INTO civic_assignment (document_id, company_id, kind, unit_id, user_id, assigned_by_id, state, assigned_at)
            SELECT %s, %s, 'coordinate', %s, %s, %s, 'done', now() FROM generate_series(1, 20000)
        """, [self.late.id, self.agency.id, self.unit_culture.id, self.specialist.id, self.leader.id])
        for table in ('civic_assignment', 'civic_deadline_extension'):
            self.env.cr.execute(f"ANALYZE {table}")
        for user in (self.leader, self.other_specialist):
            with freeze_time(NOW):
                results, extensions = self.env['civic.home'].with_user(user)._get_decision_domains()
                queries = [
                    self.env['civic.assignment'].with_user(user).sudo()._search(results, limit=500, order='id'),
                    self.env['civic.deadline.extension'].with_user(user).sudo()._search(extensions, limit=500, order='id'),
                ]
            plans = [
                '\n'.join(row[0] for row in self.env.execute_query(SQL("EXPLAIN %s", query.select()))) for query in queries]
            # nor row by row in the order of the ids: the few that are open have indexes of their own
            self.assertNotIn('civic_assignment_pkey', plans[0])
            for plan in plans:
                self.assertNotIn('Seq Scan on civic_assignment', plan)

    # === IN THE PLACE OF A LEADER === #

    def test_who_acts_for_a_leader_has_the_section_of_leaders(self):
        """A specialist of another unit; what is submitted to the leader is not for the whole agency to read."""
        deputy = self.other_specialist
        self.waiting.access_level = 'unit'
        with freeze_time(NOW):
            second = self._create_person('second_leader', 'leader', self.unit_culture)
            self._create_registered(
                arrival_date=date(2026, 3, 9), code_number='52', subject="Của người khác", leader_id=second.id)
        result = self._get_result(access_level='unit')
        self.assertEqual([section['key'] for section in self._home(deputy)[0]['sections']], ['specialist'])
        self._substitute(self.leader, deputy)
        home, blocks = self._home(deputy)
        self.assertEqual([section['key'] for section in home['sections']], ['leader', 'specialist'])
        block = blocks['leader', 'to_assign']
        self.assertEqual(self._titles(block), ["Chờ giao gấp", "Chờ giao"])
        with freeze_time(NOW):
            action = self._press(deputy, block['items'][1], 'assign')
            self.env['civic.assign.wizard'].with_user(deputy).with_context(**action['context']).create({
                'lead_unit_id': self.unit_culture.id, 'deadline': date(2026, 3, 12)}).action_assign()
        self.assertRecordValues(self.waiting.sudo().assignment_ids, [{
            'assigned_by_id': deputy.id, 'substituted_id': self.leader.id}])
        self.assertIn(f'"on_behalf_of":"{self.leader.login}"', self._get_details(
            self.waiting, 'assignment')[0].replace(' ', ''))
        with freeze_time(NOW):
            # taken back by the one who assigned it, while nobody has read it
            self.assertTrue(self.waiting.with_user(deputy).can_take_back)
            self.waiting.with_user(deputy).action_take_back()
            self._press(deputy, self._home(deputy)[1]['leader', 'results']['items'][0], 'approve')
        self.assertEqual((self.waiting.state, result.state), ('registered', 'done'))
        self.assertIn('on_behalf_of', self._get_details(result, 'approval')[0])
        with freeze_time('2026-03-10 03:00:00'):
            home = self.env['civic.home'].with_user(deputy).get_home()
        self.assertEqual([section['key'] for section in home['sections']], ['specialist'])

    def test_what_a_deputy_assigned_is_decided_by_the_leader(self):
        deputy = self.other_specialist
        self._substitute(self.leader, deputy)
        with freeze_time(NOW):
            self.waiting.with_user(deputy)._assign([{
                **self.lead_task, 'user': self.specialist, 'deadline': date(2026, 3, 12), 'needs_approval': True}])
            self._get_task(self.waiting, self.unit_culture).with_user(self.specialist).sudo(False)._finish("Dự thảo")
        for user in (self.leader, deputy):
            self.assertEqual(self._titles(self._home(user)[1]['leader', 'results']), ["Chờ giao"])

    def test_deputies_are_told_of_what_is_urgent(self):
        deputy = self.other_specialist
        (self.leader | deputy).notification_type = 'inbox'
        self._substitute(self.leader, deputy)
        with freeze_time(NOW):
            document = self._create_registered(
                arrival_date=date(2026, 3, 9), code_number='53', urgency='urgent', access_level='unit')
        self.assertEqual(self._get_activities(document).user_id, self.leader | deputy)
        self.assertEqual(self.env['mail.message'].sudo().search([
            ('model', '=', 'civic.document'), ('res_id', '=', document.id),
        ]).notified_partner_ids, (self.leader | deputy).partner_id)
        with freeze_time(NOW):
            document.with_user(deputy)._assign([{**self.lead_task, 'deadline': date(2026, 3, 12)}])
        self.assertFalse(self._get_activities(document, deputy) | self._get_activities(document, self.leader))

    def test_the_menu_is_there_for_leaders_and_those_who_act_for_one(self):
        menu = self.env.ref('civic_incoming.civic_incoming_menu_to_assign')
        parent = menu.parent_id

        def is_shown(user, day=NOW):
            with freeze_time(day):
                menus = self.env['ir.ui.menu'].with_user(user).load_menus(False)
            self.assertEqual(menu.id in menus, menu.id in menus[parent.id]['children'])
            return menu.id in menus

        deputy = self.other_specialist
        self.assertTrue(is_shown(self.leader))
        for user in (deputy, self.clerk, self.unit_head):
            self.assertFalse(is_shown(user), user.login)
        self._substitute(self.leader, deputy)
        self.assertTrue(is_shown(deputy))
        self.assertFalse(is_shown(deputy, '2026-03-10 03:00:00'), "the cache of menus does not outlive the day")
        self.assertFalse(is_shown(self.unit_head))

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
