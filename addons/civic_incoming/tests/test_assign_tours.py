from odoo.tests import HttpCase, tagged

from .common import CivicIncomingCommon


@tagged('post_install', '-at_install')
class TestLeaderTours(CivicIncomingCommon, HttpCase):
    """The leader's screen on a telephone of 360 × 780 pixels."""

    browser_size = '360x780'
    touch_enabled = True

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        earlier = cls._create_registered(code_number='1')
        earlier.with_user(cls.leader)._assign([cls.lead_task])
        cls.document = cls._create_registered()

    def _start(self, tour):
        self.start_tour('/odoo/civic-incoming-to-assign', tour, login=self.leader.login)
        self.document.invalidate_recordset()

    def test_open_chip_assign_are_three_taps(self):
        self._start('civic_incoming_leader_three_taps')
        self.assertRecordValues(self.document, [{'state': 'assigned', 'unit_id': self.unit_culture.id}])
        self.assertEqual(self.document.sudo().assignment_ids.assigned_by_id, self.leader)

    def test_note_then_assign_then_take_back(self):
        self._start('civic_incoming_leader_take_back')
        self.assertEqual(self.document.state, 'registered')
        self.assertEqual(self.document.leader_note_ids.text, "Chuyển Phòng Văn xã nghiên cứu, đề xuất.")
        self.assertEqual(self.document.sudo().assignment_ids.state, 'withdrawn')

    def test_approve_in_two_taps(self):
        self.document.with_user(self.leader)._assign([{**self.lead_task, 'needs_approval': True}])
        self.document.with_user(self.specialist)._get_own_assignment()._finish("Dự thảo trả lời")
        self._start('civic_incoming_leader_approve')
        self.assertEqual(self.document.state, 'done')


@tagged('post_install', '-at_install')
class TestBulkTour(CivicIncomingCommon, HttpCase):

    def test_bulk_lists_what_failed_and_tries_it_again(self):
        earlier = self._create_registered(code_number='1')
        earlier.with_user(self.leader)._assign([self.lead_task])
        documents = self._create_registered(code_number='2')
        documents |= self._create_registered(
            code_number='3', access_level='restricted', user_ids=self.leader.ids)
        self.start_tour(
            '/odoo/civic-incoming-to-assign?view_type=list', 'civic_incoming_bulk_retry', login=self.leader.login)
        documents.invalidate_recordset()
        self.assertEqual(documents.mapped('state'), ['assigned', 'assigned'])
        self.assertEqual(documents[1].handler_id, self.specialist)


@tagged('post_install', '-at_install')
class TestDeputyTour(CivicIncomingCommon, HttpCase):

    def test_deputy_works_from_the_home_screen_and_the_menu(self):
        """A specialist of another unit who acts for the leader today; the whole agency may not read the documents."""
        earlier = self._create_registered(code_number='1')
        earlier.with_user(self.leader)._assign([self.lead_task])
        first, second = (
            self._create_registered(code_number=number, access_level='unit') for number in ('2', '3'))
        today = self.env['civic.document']._today()
        self.env['civic.substitute'].create({
            'user_id': self.leader.id, 'substitute_id': self.other_specialist.id, 'company_id': self.agency.id,
            'date_from': today, 'date_to': today})
        self.start_tour('/odoo/civic-home', 'civic_incoming_deputy', login=self.other_specialist.login)
        documents = first | second
        documents.invalidate_recordset()
        self.assertEqual(documents.mapped('state'), ['assigned', 'registered'])
        lines = documents.sudo().assignment_ids.sorted('id')
        self.assertEqual(lines.mapped('state'), ['pending', 'withdrawn'])
        self.assertEqual(lines.assigned_by_id, self.other_specialist)
        self.assertEqual(lines.substituted_id, self.leader)
