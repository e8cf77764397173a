from datetime import date, timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import HttpCase, JsonRpcException, tagged
from odoo.tools import mute_logger

from .common import CivicIncomingCommon


@tagged('post_install', '-at_install')
class TestLeader(CivicIncomingCommon):

    # === WHO LEADS === #

    def test_documents_are_submitted_to_leaders_of_the_agency_only(self):
        document = self._create_registered()
        for person in (self.specialist, self.clerk, self.foreign_leader):
            with self.subTest(person=person.login), self.assertRaisesRegex(ValidationError, "is no leader of"):
                document.with_user(self.clerk).leader_id = person
        other = self._create_person('deputy', 'leader', self.unit_culture)
        document.with_user(self.clerk).leader_id = other
        self.assertEqual(document.leader_id, other)
        with self.assertRaises(ValidationError):
            self._create_document(leader_id=self.specialist.id)

    def test_settings_take_leaders_of_the_agency_only(self):
        with self.assertRaisesRegex(ValidationError, "is no leader of"):
            self.agency.incoming_leader_id = self.foreign_leader

    def test_leader_who_left_blocks_no_arrival(self):
        document = self._create_registered()
        self.leader.active = False
        draft = self._create_document(code_number='124')
        self.assertFalse(draft.leader_id, "the clerk names another leader")
        document.subject = "Về việc khác"           # what was submitted before stays as it is
        self.assertEqual(document.leader_id, self.leader)

    def test_settings_hold_from_the_next_arrival_on(self):
        self.assertEqual(self._create_document(code_number='124').leader_id, self.leader)
        other = self._create_person('deputy', 'leader', self.unit_culture)
        self.agency.incoming_leader_id = other
        self.assertEqual(self._create_document(code_number='125').leader_id, other)
        self.env['res.company'].browse(self.agency.id).user_ids -= other
        self.assertFalse(self._create_document(code_number='126').leader_id, "who does not work here leads nothing")

    def test_substitute_acts_for_the_leader(self):
        document = self._create_registered()
        deputy = self.unit_head
        with self.assertRaises(AccessError):
            document.with_user(deputy)._assign([self.lead_task])
        today = self.env['civic.document']._today()
        self.env['civic.substitute'].create({
            'user_id': self.leader.id, 'substitute_id': deputy.id, 'date_from': today, 'date_to': today,
            'reason': "Đi công tác", 'company_id': self.agency.id})
        document.invalidate_recordset()
        self.assertTrue(document.with_user(deputy).can_assign)
        self.assertFalse(document.with_user(self.specialist).can_assign)
        wizard = self.env['civic.assign.wizard'].with_user(deputy).create({
            'document_ids': document.ids, 'lead_unit_id': self.unit_finance.id, 'deadline': date(2100, 1, 4)})
        wizard.action_assign()
        self.assertRecordValues(document.sudo().assignment_ids, [{
            'assigned_by_id': deputy.id, 'substituted_id': self.leader.id}])

    def test_substitute_gains_no_more_than_was_given(self):
        document = self._create_registered()
        today = self.env['civic.document']._today()
        common = {'date_from': today, 'date_to': today, 'company_id': self.agency.id}
        # of somebody who is no leader; for another role of the leader only
        self.env['civic.substitute'].create([
            {**common, 'user_id': self.clerk.id, 'substitute_id': self.specialist.id},
            {**common, 'user_id': self.leader.id, 'substitute_id': self.unit_head.id, 'scope': 'limited',
             'group_ids': self.env.ref('civic_base.group_specialist').ids},
        ])
        for user in (self.specialist, self.unit_head):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                document.with_user(user)._assign([self.lead_task])

    def _substitute(self, absent, substitute, days=0, **values):
        today = self.env['civic.document']._today()
        return self.env['civic.substitute'].create({
            'user_id': absent.id, 'substitute_id': substitute.id, 'company_id': self.agency.id, 'date_from': today,
            'date_to': today + timedelta(days=days), **values})

    def test_substitute_leads_in_the_agency_of_the_substitution_only(self):
        """Leader and deputy both work in two agencies; the substitution was entered for one of them."""
        deputy = self.other_specialist
        for user in (self.leader, deputy):
            user.company_ids += self.other_agency
        here = self._create_registered()
        there = self._create_registered(
            self.foreign_clerk, leader_id=self.leader.id, access_level='restricted', user_ids=self.foreign_leader.ids)
        self._substitute(self.leader, deputy)
        self.assertTrue(here.with_user(deputy).can_assign)
        self.assertFalse(there.with_user(deputy).has_access('read'))
        there.access_level = 'agency'
        there.invalidate_recordset()
        self.assertFalse(there.with_user(deputy).can_assign)
        task = {**self.lead_task, 'unit': self.foreign_unit}
        with self.assertRaisesRegex(AccessError, "Only a leader of the agency"):
            there.with_user(deputy)._assign([task])
        self.assertEqual(here.with_user(deputy)._assign([self.lead_task]).substituted_id, self.leader)
        # the leader leads in both
        self.assertTrue(there.with_user(self.leader).can_assign)

    def test_each_document_names_the_leader_in_whose_place_it_was_assigned(self):
        second = self._create_person('second_leader', 'leader', self.unit_culture)
        documents = self._create_registered() | self._create_registered(code_number='124', leader_id=second.id)
        for leader in (self.leader, second):
            self._substitute(leader, self.unit_head)
        lines = documents.with_user(self.unit_head)._assign([self.lead_task])
        self.assertEqual(lines.sorted('document_id').mapped('substituted_id'), self.leader | second)
        self.assertEqual({line.document_id: line.substituted_id for line in lines}, {
            document: document.leader_id for document in documents.sudo()})

    def test_power_of_the_substitute_ends_when_the_leader_leaves(self):
        document = self._create_registered()
        self._substitute(self.leader, self.unit_head, days=5)
        self.assertTrue(document.with_user(self.unit_head).can_assign)
        self.leader.active = False
        document.invalidate_recordset()
        self.assertFalse(document.with_user(self.unit_head).can_assign)
        with self.assertRaises(AccessError):
            document.with_user(self.unit_head)._assign([self.lead_task])

    def test_reminder_leaves_the_list_of_the_deputy_with_the_substitution(self):
        today = self.env['civic.document']._today()
        row = self._substitute(self.leader, self.unit_head, days=5)
        document = self._create_registered(urgency='urgent')
        self.assertEqual(self._get_activities(document).user_id, self.leader | self.unit_head)
        row.date_to = today
        self.assertEqual(self._get_activities(document).user_id, self.leader | self.unit_head, "it ends tonight")
        with freeze_time(today + timedelta(days=1)), self.enter_registry_test_mode():
            self.env.ref('civic_incoming.ir_cron_follow_up').method_direct_trigger()
        self.assertEqual(self._get_activities(document).user_id, self.leader)

    def test_reminder_leaves_the_list_when_the_substitution_is_deleted(self):
        row = self._substitute(self.leader, self.unit_head)
        document = self._create_registered(urgency='urgent')
        row.unlink()
        self.assertEqual(self._get_activities(document).user_id, self.leader)

    # === SUBSTITUTES OF HEADS === #

    def test_substitute_of_the_head_answers_for_the_unit(self):
        """The deputy works in another unit: what was given to the unit waits for the deputy, too."""
        deputy = self.other_specialist
        document = self._create_assigned(access_level='unit')
        self.assertFalse(document.with_user(deputy).has_access('read'))
        self._substitute(self.unit_head, deputy)
        document = document.with_user(deputy)
        document.invalidate_recordset()
        self.assertTrue(document.is_mine)
        self.assertTrue(document.is_of_my_unit)
        self.assertTrue(document.can_delegate)
        home = self.env['civic.home'].with_user(deputy).get_home()
        self.assertIn('unit_head', [section['key'] for section in home['sections']])
        document._get_own_assignment()._delegate(self.specialist, "Chủ trì")
        self.assertEqual(document.sudo().handler_id, self.specialist)
        line = self.env['civic.journal.entry'].search([
            ('res_model', '=', 'civic.document'), ('res_id', '=', document.id)], order='id desc', limit=1)
        self.assertEqual(line.user_id, deputy)
        self.assertIn(f'"on_behalf_of":"{self.unit_head.login}"', line.detail)
        # the person of the unit left it undone: the head answers for it, and so does the deputy
        document._get_own_assignment()._start()
        self.assertEqual(document.state, 'handling')

    def test_substitute_of_the_head_gains_no_more_than_was_given(self):
        deputy = self.other_specialist
        named = self._create_assigned(
            {**self.lead_task, 'user': self.specialist}, access_level='restricted', user_ids=self.leader.ids)
        other = self._create_assigned(self.coordinate_task | {'kind': 'lead'}, code_number='124', access_level='unit')
        today = self.env['civic.document']._today()
        # for a route only; for another role only; of somebody who heads nothing; for the time to come
        for absent, values in (
            (self.unit_head, {'scope': 'limited', 'group_ids': self.env.ref('civic_base.group_specialist').ids}),
            (self.specialist, {}),
            (self.unit_head, {'date_from': today + timedelta(days=1), 'days': 2}),
        ):
            with self.subTest(absent=absent.login, values=values):
                row = self._substitute(absent, deputy, **values)
                document = self._create_assigned(code_number='125', access_level='unit')
                self.assertFalse(document.with_user(deputy).has_access('read'))
                self.assertFalse(deputy._get_headed_units())
                row.unlink()
        self._substitute(self.unit_head, deputy)
        self.assertEqual(deputy._get_headed_units(), self.unit_culture)
        self.assertFalse(named.with_user(deputy).has_access('read'), "what is for named people stays theirs")
        self.assertTrue(other.with_user(deputy).has_access('read'))
        self.assertFalse(other.with_user(deputy).can_delegate, "the own unit has a head of its own")

    def test_morning_digest_counts_what_a_deputy_finds(self):
        deputy = self.other_specialist
        self._create_assigned(access_level='unit')
        self._create_registered(code_number='124', urgency='urgent')
        today = self.env['civic.document']._today()
        digest = self.env['civic.notification'].with_company(self.agency)
        self.assertEqual(digest._get_digest_numbers(deputy, today)[deputy.id]['waiting'], 0)
        self._substitute(self.unit_head, deputy)
        self._substitute(self.leader, deputy)
        self.assertEqual(
            digest._get_digest_numbers(deputy, today)[deputy.id], {'urgent': 1, 'overdue': 0, 'waiting': 2})

    # === PROPOSAL === #

    def test_office_proposes_and_the_leader_confirms(self):
        document = self._create_registered()
        wizard = self.env['civic.proposal.wizard'].with_user(self.clerk).create({
            'document_ids': document.ids, 'lead_unit_id': self.unit_culture.id, 'user_id': self.specialist.id,
            'coordinate_unit_ids': self.unit_finance.ids, 'instruction': "Giao {unit} tham mưu"})
        wizard.action_propose()
        panel = document.with_user(self.leader).get_leader_panel()
        self.assertEqual(panel['proposal']['unit'], "Phòng Văn xã")
        self.assertEqual(panel['proposal']['units'], ["Phòng Tài chính"])
        document.with_user(self.leader).action_confirm_proposal()
        self.assertRecordValues(document.sudo().assignment_ids.sorted('id'), [
            {'kind': 'lead', 'unit_id': self.unit_culture.id, 'user_id': self.specialist.id,
             'instruction': "Giao Phòng Văn xã tham mưu", 'assigned_by_id': self.leader.id},
            {'kind': 'coordinate', 'unit_id': self.unit_finance.id, 'user_id': False,
             'instruction': "Giao Phòng Văn xã tham mưu", 'assigned_by_id': self.leader.id},
        ])
        self.assertIn('instruction', self._get_events(document))

    def test_form_of_the_leader_starts_with_the_proposal(self):
        document = self._create_registered()
        document.with_user(self.clerk)._propose(
            self.unit_culture, units=self.unit_finance, deadline=date(2100, 1, 9), instruction="Tham mưu")
        wizard = self.env['civic.assign.wizard'].with_user(self.leader).create({'document_ids': document.ids})
        self.assertRecordValues(wizard, [{
            'lead_unit_id': self.unit_culture.id, 'coordinate_unit_ids': self.unit_finance.ids,
            'deadline': date(2100, 1, 9), 'instruction': "Tham mưu"}])
        self.assertEqual(wizard.line_ids.unit_id, self.unit_finance)

    def test_proposals_that_lead_nowhere_are_refused(self):
        document = self._create_registered()
        as_clerk = document.with_user(self.clerk)
        cases = [
            ("is no unit of", {'unit': self.foreign_unit}),
            ("does not work in", {'unit': self.unit_culture, 'user': self.other_specialist}),
            ("state secrets", {'unit': self.unit_culture, 'instruction': "Độ mật: TỐI MẬT"}),
            ("Name the unit", {'unit': self.env['hr.department']}),
        ]
        for message, values in cases:
            with self.subTest(message=message), self.assertRaisesRegex(UserError, message):
                as_clerk._propose(**values)
        with self.assertRaises(AccessError):
            document.with_user(self.specialist)._propose(self.unit_culture)
        with self.assertRaises(AccessError):
            as_clerk.write({'proposed_unit_id': self.unit_culture.id})
        with self.assertRaisesRegex(UserError, "Nobody proposed"):
            document.with_user(self.leader).action_confirm_proposal()
        assigned = self._create_assigned(code_number='124')
        with self.assertRaisesRegex(UserError, "no longer waits"):
            assigned.with_user(self.clerk)._propose(self.unit_culture)

    # === SUGGESTIONS === #

    def test_units_of_earlier_documents_are_suggested(self):
        third = self.env['hr.department'].create({'name': "Phòng Nội vụ", 'company_id': self.agency.id})
        fourth = self.env['hr.department'].create({'name': "Phòng Kinh tế", 'company_id': self.agency.id})
        for number, unit, values in (
            ('1', self.unit_finance, {}), ('2', self.unit_finance, {}),
            ('3', self.unit_culture, {'type_id': self.type_plan.id}),
            ('4', third, {'issuer_id': False, 'issuer_name': "Nguyễn Văn Ất"}),
        ):
            self._create_assigned({**self.lead_task, 'unit': unit}, code_number=number, **values)
        document = self._create_registered(code_number='5')
        suggested = [unit['name'] for unit in document.with_user(self.leader)._get_suggested_units()]
        self.assertEqual(suggested, ["Phòng Tài chính", "Phòng Văn xã", "Phòng Nội vụ"])
        plan = self._create_registered(code_number='6', type_id=self.type_plan.id)
        self.assertEqual(plan._get_suggested_units()[0]['name'], "Phòng Văn xã")
        fourth.active = self.unit_finance.active = False
        self.assertNotIn(
            "Phòng Tài chính", [unit['name'] for unit in document.with_user(self.leader)._get_suggested_units()])

    def test_suggestions_cost_the_same_however_much_there_is(self):
        document = self._create_registered(code_number='5')
        self._create_assigned(code_number='1')
        self.env.flush_all()

        def count():
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            document.with_user(self.leader)._get_suggested_units()
            return self.cr.sql_log_count - before

        count()
        few = count()
        for number in range(20, 40):
            self._create_assigned(code_number=str(number))
        self.env.flush_all()
        self.assertEqual(count(), few)

    # === THE SCREEN === #

    def test_panel_shows_what_the_leader_needs(self):
        earlier = self._create_assigned(code_number='77', code_notation='QĐ-BNV')
        document = self._create_registered(
            code_number='88', subject="Về việc triển khai Quyết định số 77/QĐ-BNV ngày 03/3/2025")
        panel = document.with_user(self.leader).get_leader_panel()
        self.assertTrue(panel['can_assign'])
        self.assertEqual([item['id'] for item in panel['thread']], earlier.ids)
        self.assertTrue(panel['phrases'])
        self.assertTrue(panel['deadline_label'])
        panel = document.with_user(self.specialist).get_leader_panel()
        self.assertFalse(panel['can_assign'] or panel['units'] or panel['phrases'] or panel['proposal'])

    def test_thread_shows_nothing_that_the_user_may_not_read(self):
        self._create_registered(code_number='77', access_level='restricted', user_ids=self.leader.ids)
        document = self._create_registered(code_number='88', subject="Về việc triển khai Quyết định số 77/QĐ-BNV")
        self.assertTrue(document.with_user(self.leader).get_leader_panel()['thread'])
        self.assertFalse(document.with_user(self.specialist).get_leader_panel()['thread'])

    def test_assign_with_chips(self):
        document = self._create_registered()
        action = document.with_user(self.leader).assign_quickly(
            self.unit_culture.id, [self.unit_finance.id], [], "Giao {unit} chủ trì")
        self.assertEqual(action['tag'], 'civic_incoming_assigned')
        self.assertEqual(document.state, 'assigned')
        self.assertEqual(document.sudo().assignment_ids.sorted('id').mapped('kind'), ['lead', 'coordinate'])
        self.assertTrue(document.deadline >= fields.Date.today())

    def test_note_without_assigning(self):
        document = self._create_registered()
        document.with_user(self.leader).add_leader_note("Trao đổi với tôi trước khi giải quyết")
        self.assertEqual(document.state, 'registered')
        self.assertRecordValues(document.leader_note_ids, [{
            'text': "Trao đổi với tôi trước khi giải quyết", 'user_id': self.leader.id, 'substituted_id': False}])
        self.assertEqual(
            document.with_user(self.leader).get_leader_panel()['notes'][0]['text'],
            "Trao đổi với tôi trước khi giải quyết")
        for text, message in (("  ", "Write the note"), ("Độ mật: TỐI MẬT", "state secrets")):
            with self.assertRaisesRegex(UserError, message):
                document.with_user(self.leader).add_leader_note(text)
        with self.assertRaises(AccessError):
            document.leader_note_ids.with_user(self.leader).write({'text': "Khác"})

    def test_for_information_only(self):
        document = self._create_registered(access_level='unit')
        document.with_user(self.leader).note_for_information(self.unit_finance.ids, "Để biết")
        self.assertEqual(document.state, 'done')
        self.assertRecordValues(document.sudo().assignment_ids, [{
            'kind': 'inform', 'unit_id': self.unit_finance.id, 'instruction': "Để biết"}])
        self.assertTrue(document.with_user(self.other_specialist).is_unread)
        self.assertEqual(document.leader_note_ids.text, "Để biết")
        assigned = self._create_assigned(code_number='124')
        with self.assertRaisesRegex(UserError, "handles this document already"):
            assigned.with_user(self.leader).note_for_information()
        restricted = self._create_registered(
            code_number='125', access_level='restricted', user_ids=self.leader.ids)
        with self.assertRaisesRegex(UserError, "Only named people"):
            restricted.with_user(self.leader).note_for_information(self.unit_finance.ids)
        with self.assertRaisesRegex(UserError, "is no unit of"):
            self._create_registered(code_number='126').with_user(self.leader).note_for_information(
                self.foreign_unit.ids)

    def test_a_unit_named_twice_is_informed_once(self):
        document = self._create_registered()
        document.with_user(self.leader).note_for_information(self.unit_finance.ids * 2)
        self.assertEqual(len(document.sudo().assignment_ids), 1)

    def test_in_a_batch_of_two_agencies_a_unit_gets_the_documents_of_its_own_alone(self):
        """Whoever leads in two agencies gives no document of the one to a unit of the other."""
        leader = self._create_person('both_leader', 'leader', self.unit_culture)
        leader.company_ids |= self.other_agency
        own = self._create_registered(code_number='131')
        foreign = self._create_registered(self.foreign_clerk, code_number='132')
        both = (own | foreign).with_user(leader).with_context(allowed_company_ids=(self.agency | self.other_agency).ids)
        with self.assertRaisesRegex(UserError, "is no unit of"):
            both.note_for_information(self.unit_finance.ids)
        self.assertEqual(set((own | foreign).mapped('state')), {'registered'})
        self.assertFalse(foreign.unit_ids)


@tagged('post_install', '-at_install')
class TestChain(CivicIncomingCommon):
    """Down the unit: head, deputy, specialist; who gave it to whom is kept."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.deputy = cls._create_person('deputy_head', 'specialist', cls.unit_culture)

    def _get_line(self, document, user):
        return document.with_user(user)._get_own_assignment()

    def test_chain_is_kept(self):
        document = self._create_assigned()
        self._get_line(document, self.unit_head)._delegate(self.deputy, "Chủ trì", may_pass_on=True)
        self.assertTrue(document.with_user(self.deputy).is_unread)
        self.assertTrue(document.with_user(self.deputy).can_delegate)
        self._get_line(document, self.deputy)._delegate(self.specialist, "Dự thảo")
        line = document.sudo().assignment_ids
        self.assertEqual(
            line.delegation_ids.mapped(lambda link: (link.given_by_id, link.user_id, link.instruction)),
            [(self.unit_head, self.deputy, "Chủ trì"), (self.deputy, self.specialist, "Dự thảo")])
        self.assertTrue(line.delegation_ids[0].read_at, "who passes it on has read it")
        self.assertFalse(line.delegation_ids[1].read_at)
        self.assertEqual(document.handler_id, self.specialist)
        self.assertEqual(line.user_id, self.specialist)
        self.assertFalse(document.with_user(self.specialist).can_delegate)
        document.with_user(self.specialist).action_mark_read()
        self.assertTrue(line.delegation_ids[1].read_at)
        document.invalidate_recordset()
        self.assertFalse(document.with_user(self.specialist).is_unread)

    def test_only_who_may_pass_it_on_does(self):
        document = self._create_assigned()
        self._get_line(document, self.unit_head)._delegate(self.deputy)
        with self.assertRaises(AccessError):
            self._get_line(document, self.deputy)._delegate(self.specialist)
        with self.assertRaises(AccessError):
            self.env['civic.delegate.wizard'].with_user(self.deputy).create({
                'assignment_id': document.sudo().assignment_ids.id, 'user_id': self.specialist.id})
        with self.assertRaisesRegex(UserError, "already has"):
            self._get_line(document, self.unit_head)._delegate(self.deputy)

    def test_person_who_left_gets_nothing(self):
        document = self._create_assigned()
        self.deputy.active = False
        with self.assertRaisesRegex(UserError, "no longer works here"):
            self._get_line(document, self.unit_head)._delegate(self.deputy)

    def test_taken_back_from_the_person_while_unread(self):
        document = self._create_assigned(access_level='unit')
        self._get_line(document, self.unit_head)._delegate(self.deputy, "Chủ trì", may_pass_on=True)
        self._get_line(document, self.deputy)._delegate(self.specialist, "Dự thảo")
        line = document.sudo().assignment_ids
        self.assertTrue(document.with_user(self.deputy).can_take_back_delegation)
        document.with_user(self.deputy).action_take_back_delegation()
        self.assertEqual((line.user_id, line.unit_instruction), (self.deputy, "Chủ trì"))
        self.assertTrue(line.may_pass_on)
        self.assertTrue(line.delegation_ids[1].taken_back_at)
        self.assertEqual(document.handler_id, self.deputy)
        self.assertEqual(self._get_activities(document).user_id, self.deputy)
        with self.assertRaisesRegex(UserError, "already read"):
            document.with_user(self.unit_head).action_take_back_delegation()

    def test_wrong_people_take_nothing_back(self):
        document = self._create_assigned()
        self._get_line(document, self.unit_head)._delegate(self.specialist)
        line = document.sudo().assignment_ids
        for user in (self.specialist, self.deputy, self.finance_head, self.clerk):
            with self.subTest(user=user.login), self.assertRaises(UserError):
                line.with_user(user).sudo(False)._take_back_delegation()
        self.assertEqual(line.user_id, self.specialist)


@tagged('post_install', '-at_install')
class TestReassign(CivicIncomingCommon):

    def _find(self, user):
        return self.env['civic.assignment'].with_user(user).search(
            [('is_orphaned', '=', True), ('company_id', '=', self.agency.id)])

    def test_who_left_and_what_was_closed_is_refused_with_what_to_do(self):
        document = self._create_registered().with_user(self.leader)
        self.specialist.active = False
        with self.assertRaisesRegex(UserError, "no longer works here: choose another person of Phòng Văn xã"):
            document._assign([{**self.lead_task, 'user': self.specialist}])
        self.unit_finance.active = False
        with self.assertRaisesRegex(UserError, "was closed: choose the unit"):
            document._assign([self.lead_task, self.coordinate_task])
        self.assertEqual(document.state, 'registered')

    def test_open_work_of_who_left_is_listed_and_given_on_by_the_head(self):
        documents = self._create_assigned({**self.lead_task, 'user': self.specialist})
        documents |= self._create_assigned({**self.lead_task, 'user': self.specialist}, code_number='124')
        self.assertFalse(self._find(self.unit_head))
        self.specialist.active = False
        left = self._find(self.unit_head)
        self.assertEqual(left, documents.sudo().assignment_ids.sudo(False))
        self.assertTrue(all(left.mapped('is_orphaned')))
        successor = self._create_person('successor', 'specialist', self.unit_culture)
        action = left.action_reassign()
        wizard = self.env['civic.reassign.wizard'].with_user(self.unit_head).with_context(**action['context']).create(
            {'user_id': successor.id})
        self.assertEqual(wizard.action_reassign()['type'], 'ir.actions.act_window_close')
        self.assertEqual(documents.handler_id, successor)
        self.assertFalse(self._find(self.unit_head))

    def test_leader_gives_the_work_of_a_closed_unit_to_another(self):
        document = self._create_assigned(self.lead_task, {**self.coordinate_task, 'deadline': date(2100, 1, 2)})
        document.with_user(self.specialist).action_start()
        self.unit_culture.active = False
        left = self._find(self.leader)
        self.assertEqual(left.unit_id, self.unit_culture)
        third = self.env['hr.department'].create({'name': "Phòng Nội vụ", 'company_id': self.agency.id})
        results = left._reassign_each(third, self.env['res.users'])
        self.assertTrue(results[0]['ok'], results)
        self.assertEqual((document.unit_id, document.state), (third, 'assigned'))
        self.assertEqual(left.sudo().state, 'withdrawn')
        self.assertEqual(document.deadline, date(2100, 1, 4))

    def test_what_cannot_be_given_on_is_listed(self):
        fine = self._create_assigned({**self.lead_task, 'user': self.specialist})
        late = self._create_assigned({**self.lead_task, 'user': self.specialist}, code_number='124')
        late.sudo().assignment_ids.deadline = date(2025, 3, 10)
        self.specialist.active = False
        wizard = self.env['civic.reassign.wizard'].with_user(self.leader).create({
            'assignment_ids': self._find(self.leader).ids, 'unit_id': self.unit_finance.id})
        wizard.action_reassign()
        self.assertEqual(wizard.failed_ids.document_id, late)
        self.assertIn("already passed", wizard.failed_reasons)
        self.assertEqual(fine.unit_id, self.unit_finance)
        wizard.deadline = date(2100, 1, 4)
        wizard.action_reassign()
        self.assertEqual(late.unit_id, self.unit_finance)

    def test_document_for_named_people_is_left_to_no_unit(self):
        document = self._create_registered(access_level='restricted', user_ids=self.leader.ids)
        document.with_user(self.leader)._assign([{**self.lead_task, 'user': self.specialist}])
        self.specialist.active = False
        left = self._find(self.leader)
        result = left._reassign_each(self.env['hr.department'], self.env['res.users'])
        self.assertIn("name a person", result[0]['message'])
        successor = self._create_person('successor', 'specialist', self.unit_culture)
        self.assertTrue(left._reassign_each(self.env['hr.department'], successor)[0]['ok'])
        self.assertTrue(document.with_user(successor).has_access('read'))

    def test_wrong_people_reassign_nothing(self):
        document = self._create_assigned({**self.lead_task, 'user': self.specialist})
        line = document.sudo().assignment_ids
        self.specialist.active = False
        for user in (self.other_specialist, self.finance_head, self.clerk):
            with self.subTest(user=user.login):
                with self.assertRaises(AccessError):
                    line.with_user(user).sudo(False).action_reassign()
                result = line.with_user(user).sudo(False)._reassign_each(
                    self.unit_culture, self.unit_head)
                self.assertFalse(result[0]['ok'])
        # the head gives on inside the unit alone
        result = line.with_user(self.unit_head).sudo(False)._reassign_each(self.unit_finance, self.env['res.users'])
        self.assertIn("Only a leader", result[0]['message'])
        self.assertEqual(line.user_id, self.specialist)


@tagged('post_install', '-at_install')
class TestLeaderRpc(CivicIncomingCommon, HttpCase):

    def test_wrong_person_is_refused_over_rpc(self):
        document = self._create_registered()
        document.with_user(self.clerk)._propose(self.unit_culture)
        document.with_user(self.leader).add_leader_note("Xử lý sớm")
        refused = [
            (self.specialist, 'civic.document', 'assign_quickly', [document.ids, self.unit_culture.id]),
            (self.clerk, 'civic.document', 'assign_quickly', [document.ids, self.unit_culture.id]),
            (self.clerk, 'civic.document', 'action_confirm_proposal', [document.ids]),
            (self.unit_head, 'civic.document', 'note_for_information', [document.ids]),
            (self.manager, 'civic.document', 'add_leader_note', [document.ids, "Thử"]),
            (self.specialist, 'civic.document', 'action_propose', [document.ids]),
            (self.foreign_leader, 'civic.document', 'get_leader_panel', [document.ids]),
            (self.foreign_leader, 'civic.document', 'assign_quickly', [document.ids, self.unit_culture.id]),
            (self.leader, 'civic.document', 'write', [document.ids, {'waits_for_decision': True}]),
            (self.leader, 'civic.leader.note', 'create', [{'document_id': document.id, 'text': "Giả"}]),
            (self.foreign_leader, 'civic.leader.note', 'read', [document.leader_note_ids.ids, ['text']]),
            (self.leader, 'civic.document', '_assign_each', [document.ids]),
        ]
        for user, model, method, args in refused:
            self.authenticate(user.login, user.login)
            with (
                self.subTest(user=user.login, method=method), mute_logger('odoo.http'),
                self.assertRaisesRegex(JsonRpcException, "AccessError"),
            ):
                self.make_jsonrpc_request(f'/web/dataset/call_kw/{model}/{method}', {
                    'model': model, 'method': method, 'args': args, 'kwargs': {}})
        self.assertEqual(document.state, 'registered')
