from odoo.tests import tagged
from odoo.tools import SQL

from .common import CivicKpiCommon


@tagged('post_install', '-at_install')
class TestKpiFigures(CivicKpiCommon):

    def test_on_time_is_of_what_fell_due(self):
        """March 2026 until the 20th: 3 done by the deadline, 1 late, 1 open whose deadline passed = 3 of 5 = 60 %.

        The open one that is due on the 27th is in neither; of the other agency 1 of 2 = 50 %; the city 4 of 7.
        """
        for day in ('2026-03-03', '2026-03-10', '2026-03-20'):
            self._handled(day, done=day)
        self._handled('2026-03-04', done='2026-03-05')
        self._handled('2026-03-11')
        self._handled('2026-03-27')
        self._handled('2026-03-12', done='2026-03-12', company=self.other_agency)
        self._handled('2026-03-12', done='2026-03-13', company=self.other_agency)
        self._refresh()
        own = self._figure('ONTIME', company=self.agency)
        self.assertRecordValues(own, [{
            'numerator': 3, 'denominator': 5, 'shown': '60,0 %', 'verdict': 'fail', 'target': 95.0, 'na_reason': False}])
        self.assertEqual(self._figure('ONTIME', company=self.agency, unit=self.unit_culture).denominator, 5)
        self.assertEqual(self._figure('ONTIME', company=self.other_agency).shown, '50,0 %')
        # 4 / 7 = 57.142857 %
        self.assertEqual(self._figure('ONTIME').shown, '57,1 %')
        # overdue on the 20th: the one of the 11th, nine days late
        self.assertEqual(self._figure('OVERDUE', company=self.agency).numerator, 1)
        self.assertEqual(self._figure('AGE2', company=self.agency).numerator, 1)
        self.assertEqual(self._figure('AGE1', company=self.agency).numerator, 0)

    def test_registered_per_working_day(self):
        """6 documents arrived from 2 to 20 March 2026, 15 working days (Monday to Friday of three weeks): 6 / 15 = 0.4."""
        for _number in range(6):
            self._handled('2026-04-20', arrival='2026-03-05')
        self._refresh()
        figure = self._figure('PERDAY', company=self.agency)
        self.assertEqual((figure.numerator, figure.denominator, figure.shown), (6, 15, '0,4'))
        # the city works as many days as its agencies, not their sum
        self.assertEqual(self._figure('PERDAY').denominator, 15)

    def test_the_day_is_that_of_viet_nam(self):
        """16:59:59 UTC is still the 31st in Viet Nam, 17:00 is the new year: one in time, one late."""
        self._handled('2025-12-31', done='2025-12-31 16:59:59', arrival='2025-12-01')
        self._handled('2025-12-31', done='2025-12-31 17:00:00', arrival='2025-12-01')
        self._refresh()
        figure = self._figure('ONTIME', self._period('year', '2025-06-01'), self.agency)
        self.assertEqual((figure.numerator, figure.denominator), (1, 2))

    def test_changes_are_counted_without_a_full_count(self):
        """What is done, moved to another deadline or cancelled changes the sums of its days, and only these."""
        moved = self._handled('2026-03-03')
        kept = self._handled('2026-03-04', done='2026-03-04')
        self._refresh()
        self.assertEqual(self._figure('ONTIME', company=self.agency).denominator, 2)
        self.env.cr.execute("UPDATE civic_kpi_daily SET value = 50 WHERE source = 'handling' AND day = '2026-03-04'")
        moved._write_by_system({'deadline': '2026-03-30'})
        self.env['civic.journal.entry']._append('modification', moved)
        days = self.env['civic.kpi.daily']._get_changed_days(self._moment('2100-01-01'))
        self.assertEqual(days['handling'], {(self.agency.id, moved.deadline.replace(day=3))}, "the day that it left")
        self.env['civic.kpi.daily']._count_days_anew({'handling': {
            (self.agency.id, moved.deadline.replace(day=3)), (self.agency.id, moved.deadline)}})
        sums = {(row.day.day, row.measure): row.value for row in self.env['civic.kpi.daily'].search(
            [('source', '=', 'handling'), ('company_id', '=', self.agency.id)])}
        # the day of the document that did not change keeps what was written over it: nothing else was counted
        self.assertEqual(sums, {(4, 'due_in_time'): 50, (30, 'due_open'): 1})
        self.assertTrue(kept)
        self._refresh()
        self.assertEqual(self._figure('ONTIME', company=self.agency).denominator, 1)

    def test_what_no_room_counts_yet_says_so(self):
        self._refresh()
        figure = self._figure('K4', company=self.agency)
        self.assertEqual((figure.na_reason, figure.verdict, figure.shown), ('room', 'na', 'n/a'))
        self.assertIn("Access", self._indicator('K4').missing_room)
        self.assertFalse(self._indicator('ONTIME').missing_room)

    def test_a_room_to_come_fills_its_source_by_one_method(self):
        """88 of 100 archives with online access = 88 %, two points below 90: close; an agency without archives: n/a."""
        source = self.env.registry['civic.kpi.source']
        company = self.agency.id

        def rows(self, start, as_of, *, exact=False, where=None):
            return [(company, None, 'online', 88), (company, None, 'archives', 100)]

        source._rows_online = rows
        self.addCleanup(lambda: delattr(source, '_rows_online'))
        self._refresh()
        figure = self._figure('K4', company=self.agency)
        self.assertEqual((figure.shown, figure.verdict), ('88,0 %', 'near'))
        self.assertEqual(self._figure('K4', company=self.other_agency).na_reason, 'zero')

    def test_an_agency_without_data_is_not_measured(self):
        self._handled('2026-03-03', done='2026-03-03')
        self._refresh()
        figure = self._figure('ONTIME', company=self.other_agency)
        self.assertEqual((figure.na_reason, figure.denominator, figure.shown, figure.verdict), ('zero', 0, 'n/a', 'na'))

    def test_exclusions_leave_out_with_their_basis(self):
        """5 due, 3 in time = 60 %; without the two decisions (1 in time, 1 late) 2 of 3 = 66.7 %."""
        for day in ('2026-03-03', '2026-03-10'):
            self._handled(day, done=day, type_id=self.type_plan.id)
        self._handled('2026-03-04', done='2026-03-04')
        self._handled('2026-03-05', done='2026-03-09')
        self._handled('2026-03-11', type_id=self.type_plan.id)
        self._refresh()
        self.assertEqual(self._figure('ONTIME', company=self.agency).shown, '60,0 %')
        exclusion = self.env['civic.kpi.exclusion'].with_user(self.records_admin).create({
            'name': "Quyết định theo luật riêng", 'indicator_id': self._indicator('ONTIME').id,
            'company_id': self.agency.id, 'type_ids': self.type_decision.ids, 'date_from': '2026-01-01',
            'legal_basis': "Luật Ban hành VBQPPL, Điều 5"})
        self._refresh()
        self.assertEqual(self._figure('ONTIME', company=self.agency).shown, '60,0 %', "not approved yet")
        exclusion.action_approve()
        figure = self._figure('ONTIME', company=self.agency)
        self.assertEqual((figure.shown, figure.excluded), ('66,7 %', 2))
        self.assertEqual(self._figure('ONTIME', company=self.agency, unit=self.unit_culture).excluded, 2)
        self.assertEqual(exclusion.approved_by_id, self.records_admin)
        exclusion.action_revoke()
        self.assertEqual(self._figure('ONTIME', company=self.agency).shown, '60,0 %')

    def test_an_agency_left_out_as_a_whole(self):
        """City: 1 of 2; without the other agency (0 of 1) 1 of 1."""
        self._handled('2026-03-03', done='2026-03-03')
        self._handled('2026-03-03', done='2026-03-05', company=self.other_agency)
        exclusion = self.env['civic.kpi.exclusion'].create({
            'name': "Cơ quan đặc thù", 'indicator_id': self._indicator('ONTIME').id, 'company_id': self.other_agency.id,
            'date_from': '2026-01-01', 'legal_basis': "Luật Lưu trữ 2024, Điều 2"})
        exclusion.with_user(self.city_manager).action_approve()
        self.assertEqual(self._figure('ONTIME').shown, '100,0 %')
        self.assertEqual(self._figure('ONTIME', company=self.other_agency).na_reason, 'zero')

    def test_merged_in_mid_period(self):
        """The other agency ended on 10 March: done before stays with it, what was open or came later goes to the successor.

        Its own: 1 done in time. The successor: its own 1 in time, 1 open inherited (due the 9th), 1 that fell due on
        the 12th and was done that day = 2 of 3.
        """
        self._handled('2026-03-03', done='2026-03-03')
        self._handled('2026-03-05', done='2026-03-05', company=self.other_agency)
        self._handled('2026-03-09', company=self.other_agency)
        self._handled('2026-03-12', done='2026-03-12', company=self.other_agency)
        self.other_agency.write({'agency_successor_id': self.agency.id, 'agency_valid_to': '2026-03-10'})
        self._refresh()
        figure = self._figure('ONTIME', company=self.agency)
        self.assertEqual((figure.numerator, figure.denominator), (2, 3))
        old = self._figure('ONTIME', company=self.other_agency)
        self.assertEqual((old.numerator, old.denominator), (1, 1))
        self.assertEqual(self._figure('ONTIME').denominator, 4)
        self.assertEqual(self._figure('OVERDUE', company=self.agency).numerator, 1)
        # the year before it was merged it has figures of its own, the month after none
        with self.subTest("the next month"):
            self.assertNotIn(self.other_agency.id, self._period(day='2026-04-02')._get_scope(self._moment('2026-04-02').date()))

    def test_what_did_not_change_is_not_written_again(self):
        """1 of 3 = 33.333… %: counted again the rows stay where they are; one more done, that of the agency and others move."""
        for done in ('2026-03-03', None, None):
            self._handled('2026-03-03', done=done)
        self._refresh()
        period = self._period()

        def read():
            self.env.flush_all()
            return dict(self.env.execute_query(SQL("SELECT id, ctid::text FROM civic_kpi_value WHERE period_id = %s", period.id)))

        before = read()
        period._recount()
        self.assertEqual(read(), before)
        self._handled('2026-03-04', done='2026-03-04')
        self._refresh()
        own = self._figure('ONTIME', company=self.agency)
        moved = {id_ for id_, place in read().items() if before.get(id_) != place}
        self.assertIn(own.id, moved)
        self.assertNotIn(self._figure('ONTIME', company=self.other_agency).id, moved)
        self.assertEqual((own.numerator, own.denominator), (2, 4))

    def test_number_of_queries_does_not_grow_with_agencies(self):
        period = self._period()
        indicators = period._get_indicators()

        def count():
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            period._store(indicators, period._count(indicators, self._moment('2026-03-20').date()))
            return self.cr.sql_log_count - before

        count()
        few = count()
        self.env['res.company'].create([{'name': f"Xã số {number}"} for number in range(20)])
        for company in self.env['res.company'].search([('name', 'like', "Xã số")]):
            company._is_working_day(self._moment('2026-03-20').date())      # calendars are kept by the lower room
        count()
        self.assertLessEqual(count(), few)
