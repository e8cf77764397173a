from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import CivicKpiCommon


@tagged('post_install', '-at_install')
class TestKpiAccess(CivicKpiCommon):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._handled('2026-03-03', done='2026-03-03')
        cls._handled('2026-03-03', company=cls.other_agency)
        cls._refresh()

    def test_figures_are_of_the_own_agency_and_of_the_city(self):
        own = self._figure('ONTIME', company=self.agency)
        other = self._figure('ONTIME', company=self.other_agency)
        city = self._figure('ONTIME')
        for user in (self.manager, self.leader, self.records_admin):
            with self.subTest(user.login):
                self.assertTrue(own.with_user(user).shown)
                self.assertTrue(city.with_user(user).shown)
                with self.assertRaises(AccessError):
                    other.with_user(user).read(['numerator'])
        self.assertEqual(other.with_user(self.city_manager).numerator, 0)
        for user in (self.clerk, self.specialist, self.unit_head, self.archivist):
            with self.subTest(user.login), self.assertRaises(AccessError):
                own.with_user(user).read(['numerator'])

    def test_nobody_writes_sums_and_figures(self):
        row = self.env['civic.kpi.daily'].search([], limit=1)
        for user in (self.manager, self.records_admin, self.city_manager):
            with self.subTest(user.login):
                with self.assertRaises(AccessError):
                    row.with_user(user).value = 7
                with self.assertRaises(AccessError):
                    self.env['civic.kpi.value'].with_user(user).create({})
                with self.assertRaises(AccessError):
                    self.env['civic.kpi.period'].with_user(user).create({
                        'kind': 'year', 'date_from': '1999-01-01', 'date_to': '1999-12-31'})

    def test_targets_and_indicators_of_all_are_the_citys(self):
        target = self.env['civic.kpi.target'].search([('indicator_id.code', '=', 'ONTIME')])
        for user in (self.manager, self.records_admin):
            with self.subTest(user.login):
                with self.assertRaises(AccessError):
                    target.with_user(user).value = 1
                with self.assertRaises(AccessError):
                    self._indicator('ONTIME').with_user(user).name = "x"
        self.env['civic.kpi.target'].with_user(self.records_admin).create({
            'indicator_id': target.indicator_id.id, 'company_id': self.agency.id, 'value': 97, 'date_from': '2026-01-01'})
        with self.assertRaises(AccessError):
            self.env['civic.kpi.target'].with_user(self.records_admin).create({
                'indicator_id': target.indicator_id.id, 'company_id': self.other_agency.id, 'value': 9, 'date_from': '2026-01-01'})
        target.with_user(self.city_manager).value = 96

    def test_fields_of_work_are_the_citys(self):
        field = self.env['civic.work.field'].search([], limit=1)
        self.assertTrue(field.with_user(self.clerk).name)
        for user in (self.clerk, self.manager, self.records_admin):
            with self.subTest(user.login), self.assertRaises(AccessError):
                field.with_user(user).name = "x"
        self.unit_culture.with_user(self.records_admin).work_field_ids = field
        field.with_user(self.city_manager).name = "Other"

    def test_a_board_is_ones_own(self):
        board = self.env['civic.kpi.board'].with_user(self.manager).create({'name': "Của tôi", 'tiles': ['lights', 'heat']})
        self.assertFalse(self.env['civic.kpi.board'].with_user(self.leader).search([]))
        with self.assertRaises(AccessError):
            board.with_user(self.leader).name = "x"
        with self.assertRaises(AccessError):
            self.env['civic.kpi.board'].with_user(self.leader).create({'name': "x", 'user_id': self.manager.id})

    def test_drilling_shows_no_document_of_another_agency(self):
        """The city manager sees the figure of the other agency, and of its documents none."""
        figure = self._figure('ONTIME', company=self.other_agency).with_user(self.city_manager)
        action = figure.action_drill()
        [(_field, _operator, ids)] = action['domain']
        self.assertEqual(len(ids), 1)
        self.assertFalse(self.env['civic.document'].with_user(self.city_manager).search(action['domain']))
        self.assertIn("0 of 1,", action['name'])
        self.assertNotIn("the others", self._figure('ONTIME', company=self.agency).with_user(self.manager).action_drill()['name'])
        with self.assertRaises(AccessError):
            figure.with_user(self.manager).action_drill()
