from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import CivicKpiCommon


@tagged('post_install', '-at_install')
class TestKpiPeriods(CivicKpiCommon):

    def _close_february(self):
        """February 2026: 2 in time, 1 open on the 28th = 2 of 3."""
        self._handled('2026-02-10', done='2026-02-10')
        self._handled('2026-02-11', done='2026-02-11')
        self.open_one = self._handled('2026-02-12')
        self._refresh()
        period = self._period(day='2026-02-01')
        period.with_user(self.city_manager).action_close()
        return period

    def test_a_closed_period_is_frozen(self):
        period = self._close_february()
        figure = self._figure('ONTIME', period, self.agency)
        self.assertEqual((figure.shown, self._figure('OVERDUE', period, self.agency).numerator), ('66,7 %', 1))
        self.open_one._write_by_system({'state': 'done', 'done_at': '2026-03-02 02:00:00'})
        self._handled('2026-02-20', done='2026-02-20')          # registered late under an old date
        self.env['civic.kpi.target'].search([('indicator_id.code', '=', 'ONTIME')]).value = 50
        self._refresh()
        self.assertEqual((figure.shown, figure.target, figure.verdict), ('66,7 %', 95.0, 'fail'))
        self.assertEqual(period.closed_by_id, self.city_manager)
        self.assertIn('closing', self.env['civic.journal.entry'].search(
            [('res_model', '=', 'civic.kpi.period'), ('res_id', '=', period.id)]).mapped('event_type'))

    def test_counted_again_it_agrees(self):
        """Done after the period, the document was still open on its last day: counting again gives the same."""
        period = self._close_february()
        self.open_one._write_by_system({'state': 'done', 'done_at': '2026-03-02 02:00:00'})
        period.with_user(self.city_manager).action_verify()
        self.assertEqual(period.difference_count, 0)

    def test_what_came_later_is_not_known_on_the_last_day(self):
        """On 2 March one document was given to another unit and one to a unit for the first time; in February 1 of 2 had one."""
        kept, new = self._handled('2026-02-12'), self._handled('2026-02-12')
        self._hold(kept, '2026-02-02', 'handling', self.unit_culture)
        self._hold(new, '2026-02-02', 'registered')
        for document in kept | new:
            self._hold(document, '2026-03-02', 'assigned', self.unit_finance)
            document._write_by_system({'unit_id': self.unit_finance.id})
        self._refresh()
        period = self._period(day='2026-02-01')
        period.with_user(self.city_manager).action_close()
        self.assertEqual(
            [self._figure(code, period, self.agency).numerator for code in ('FLOW1', 'FLOW2', 'FLOW3')], [2, 1, 1])
        # both are due, open, and of the agency; one of the unit that had it, none of the one that got them in March
        self.assertEqual(self._figure('ONTIME', period, self.agency).denominator, 2)
        self.assertEqual(self._figure('ONTIME', period, self.agency, self.unit_culture).denominator, 1)
        self.assertFalse(self._figure('ONTIME', period, self.agency, self.unit_finance))
        found = self._figure('ONTIME', period, self.agency, self.unit_culture).with_user(self.city_manager).action_drill()
        self.assertEqual(self.env['civic.document'].search(found['domain']), kept)
        # in the open month that runs they are where they are
        self.assertEqual(self._figure('OVERDUE', company=self.agency, unit=self.unit_finance).numerator, 2)
        kept._write_by_system({'unit_id': self.unit_culture.id, 'state': 'done', 'done_at': '2026-03-19 02:00:00'})
        period.with_user(self.city_manager).action_verify()
        self.assertEqual(period.difference_count, 0)

    def _hold(self, document, since, state, unit=None):
        """Put who held the document into the past: the acts of a test happen today."""
        Holding = self.env['civic.holding']
        Holding.search([('document_id', '=', document.id), ('until', '=', False)]).write({'until': f'{since} 02:00:00'})
        Holding.flush_model()
        Holding.create({
            'document_id': document.id, 'company_id': document.company_id.id, 'state': state, 'role': 'lead' if unit else 'leader',
            'unit_id': unit and unit.id, 'since': f'{since} 02:00:00'})

    def test_counted_again_it_shows_what_disagrees(self):
        """A document of February that came into the system afterwards: 3 of 4 now, 2 of 3 frozen."""
        period = self._close_february()
        self._handled('2026-02-20', done='2026-02-20')
        action = period.with_user(self.city_manager).action_verify()
        self.assertEqual(action['display_name'], "Figures that disagree")
        figures = self.env['civic.kpi.value'].search(action['domain']).filtered(lambda one: not one.agrees)
        figure = figures.filtered(lambda one: one.indicator_id.code == 'ONTIME' and one.company_id == self.agency and not one.unit_id)
        self.assertRecordValues(figure, [{
            'numerator': 2, 'denominator': 3, 'recount_numerator': 3, 'recount_denominator': 4, 'agrees': False}])
        self.assertEqual(period.difference_count, len(figures))

    def test_an_exclusion_of_later_changes_nothing(self):
        period = self._close_february()
        exclusion = self.env['civic.kpi.exclusion'].create({
            'name': "Ngoại lệ", 'indicator_id': self._indicator('ONTIME').id, 'company_id': self.agency.id,
            'type_ids': self.type_decision.ids, 'date_from': '2026-01-01', 'legal_basis': "Điều 1"})
        exclusion.with_user(self.city_manager).action_approve()
        self.assertEqual(self._figure('ONTIME', period, self.agency).shown, '66,7 %')
        period.with_user(self.city_manager).action_verify()
        self.assertEqual(period.difference_count, 0)

    def test_periods_are_found_by_what_people_type(self):
        Period = self.env['civic.kpi.period']
        year, quarter, month = self._period('year'), self._period('quarter'), self._period()
        for text, expected in (
            ("Year 2026", year), ("Quarter 1/2026", quarter), ("Month 03/2026", month), ("Month 13/2026", Period),
            ("nothing", Period),
        ):
            with self.subTest(text):
                self.assertEqual(Period.browse([id_ for id_, _name in Period.name_search(text)]), expected)

    def test_closed_twice_is_refused(self):
        period = self._close_february()
        with self.assertRaisesRegex(UserError, "was closed on .*2026 already"):
            period.with_user(self.city_manager).action_close()

    def test_a_year_is_over_when_it_is_over_in_viet_nam(self):
        """At 16:59 UTC on 31 December it is 23:59 in Viet Nam, at 17:00 the new year has begun."""
        year = self._period('year', '2026-03-20')
        with freeze_time('2026-12-31 16:59:00'), self.assertRaisesRegex(UserError, "is not over"):
            year.with_user(self.city_manager).action_close()
        with freeze_time('2026-12-31 17:00:00'):
            self.assertEqual(self.env['civic.kpi.period']._today(), fields.Date.to_date('2027-01-01'))
            year.with_user(self.city_manager).action_close()
        self.assertEqual(year.state, 'closed')

    def test_only_who_keeps_the_figures_closes(self):
        period = self._period(day='2026-02-01')
        for user in (self.manager, self.leader, self.records_admin):
            with self.subTest(user.login), self.assertRaises(AccessError):
                period.with_user(user).action_close()

    def test_what_the_agency_reports_stands_beside_the_figure(self):
        """Counted 1 of 1 = 100 %, reported 90: the difference needs its reason; 100.0 needs none."""
        self._handled('2026-03-03', done='2026-03-03')
        self._refresh()
        figure = self._figure('ONTIME', company=self.agency).with_user(self.manager)
        with self.assertRaisesRegex(UserError, "say why the two differ"), self.env.cr.savepoint():
            figure.reported_value = 90
        figure.write({'reported_value': 90, 'difference_reason': "Một văn bản giấy chưa nhập"})
        self.assertEqual(figure.reported_by_id, self.manager)
        self._refresh()
        self.assertEqual((figure.reported_value, figure.numerator), (90, 1))
        figure.write({'reported_value': 100, 'difference_reason': False})
        with self.assertRaisesRegex(AccessError, "counted, not written"):
            figure.numerator = 5
        with self.assertRaisesRegex(UserError, "their own figures"):
            self._figure('ONTIME').with_user(self.manager).reported_value = 3
