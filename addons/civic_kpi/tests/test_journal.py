from datetime import date, timedelta

from odoo.tests import tagged
from odoo.tools import SQL

from .common import CivicKpiCommon


@tagged('post_install', '-at_install')
class TestKpiJournal(CivicKpiCommon):
    """Figures counted again from the lines of the journal alone.

    The database gives its own time to a line, whatever the clock of the test: the lines are copied to the moments that
    the story tells.
    """

    names_units = True

    def _tell(self, document, *moments):
        """Copy the lines of the document that the count reads, one after the other, to the moments (Viet Nam, 09:00).

        With `names_units` off they are as they were before the journal named units.
        """
        detail = SQL("detail") if self.names_units else SQL("(detail::jsonb - 'unit_id' #- '{assignments,0,unit_id}')::text")
        lines = self.env['civic.journal.entry'].search([
            ('res_model', '=', 'civic.document'), ('res_id', '=', document.id),
            ('event_type', 'in', ('registration', 'assignment', 'completion', 'cancellation', 'approval'))], order='id')
        self.assertEqual(len(lines), len(moments), lines.mapped('event_type'))
        for line, moment in zip(lines, moments, strict=True):
            self.env.cr.execute(SQL(
                "INSERT INTO civic_journal_entry (event_type, event_at, outcome, company_id, user_id, agent, res_model, res_id, "
                "object_ref, detail, source) SELECT event_type, %s, outcome, company_id, user_id, agent, res_model, res_id, "
                "object_ref, %s, source FROM civic_journal_entry WHERE id = %s", f'{moment} 02:00:00', detail, line.id))

    def _handle(self, arrival, deadline, done=None):
        """Register, assign and finish a document by the acts of their room; the table gets the same moments."""
        document = self._create_registered(arrival_date=arrival, issue_date=arrival)
        document.with_user(self.leader)._assign([{**self.lead_task, 'user': self.specialist, 'deadline': date(2100, 1, 4)}], "Xử lý")
        if done:
            document.assignment_ids.with_user(self.specialist)._finish("Đã xử lý")
        # the acts refuse a deadline of the past: lines and table get that of the story
        self.env.flush_all()
        values = {'registered_at': f'{arrival} 02:00:00', 'deadline': deadline}
        if done:
            values['done_at'] = f'{done} 02:00:00'
        document._write_by_system(values)
        self._tell(document, arrival, arrival, *([done] if done else []))
        self.env.cr.execute(SQL(
            "INSERT INTO civic_journal_entry (event_type, event_at, outcome, company_id, user_id, agent, res_model, res_id, object_ref, "
            "detail, source) SELECT 'modification', %s, 'success', %s, %s, 'x', 'civic.document', %s, 'x', %s, 'system'",
            f'{arrival} 03:00:00', document.company_id.id, self.env.uid, document.id,
            f'{{"changes":{{"deadline":["2100-01-04","{deadline}"]}}}}'))
        return document

    def _close(self):
        """February 2026: due on the 10th and done that day, due on the 11th and done on the 13th, due on the 12th and open."""
        self.documents = [
            self._handle('2026-02-02', '2026-02-10', '2026-02-10'), self._handle('2026-02-02', '2026-02-11', '2026-02-13'),
            self._handle('2026-02-03', '2026-02-12')]
        self._refresh()
        period = self._period(day='2026-02-01')
        period.with_user(self.city_manager).action_close()
        return period

    def test_the_journal_alone_gives_the_frozen_figures(self):
        """1 in time, 1 late, 1 open = 1 of 3 = 33.3 %; 3 registered on 20 working days; 1 overdue; the same by the journal."""
        period = self._close()
        figure = self._figure('ONTIME', period, self.agency)
        self.assertEqual((figure.numerator, figure.denominator, figure.shown), (1, 3, '33,3 %'))
        self.env['civic.kpi.daily'].search([]).unlink()             # the count does not lean on the sums
        period.with_user(self.city_manager).action_verify()
        self.assertEqual(figure.journal_state, 'agrees', figure.difference_note)
        for code in ('ONTIME', 'OVERDUE', 'PERDAY', 'FLOW1', 'FLOW4', 'AGE3'):
            for company in (self.agency, None):
                with self.subTest(code, company=company):
                    one = self._figure(code, period, company)
                    self.assertEqual(
                        (one.journal_state, one.journal_numerator, one.journal_denominator), ('agrees', one.numerator, one.denominator),
                        one.difference_note)
        # by unit as well: 1 of 3 of the unit, which had all three
        own = self._figure('ONTIME', period, self.agency, self.unit_culture)
        self.assertRecordValues(own, [{
            'numerator': 1, 'denominator': 3, 'journal_state': 'agrees', 'journal_numerator': 1, 'journal_denominator': 3}])
        self.assertEqual(self._figure('PERDAY', period, self.agency, self.unit_culture).journal_state, 'agrees')
        self.assertEqual(self._figure('UNFILED', period, self.agency).journal_state, 'none')
        self.assertEqual((period.difference_count, period.journal_difference_count), (0, 0))

    def test_a_document_changed_behind_the_acts_is_named(self):
        """Somebody makes the late one timely in the table before the month is closed: 2 of 3 frozen, the journal says 1 of 3."""
        late = self._handle('2026-02-02', '2026-02-11', '2026-02-13')
        self._handle('2026-02-02', '2026-02-10', '2026-02-10')
        self._handle('2026-02-03', '2026-02-12')
        late._write_by_system({'done_at': '2026-02-10 02:00:00'})
        forged = self._handled('2026-02-20', done='2026-02-20')         # no line of its registration
        forged._write_by_system({'reference': '99/GM'})
        self._refresh()
        period = self._period(day='2026-02-01')
        period.with_user(self.city_manager).action_close()
        action = period.with_user(self.city_manager).action_verify()
        figure = self._figure('ONTIME', period, self.agency)
        self.assertEqual((figure.numerator, figure.denominator), (3, 4))
        self.assertRecordValues(figure, [{
            'agrees': True, 'journal_state': 'differs', 'journal_numerator': 1, 'journal_denominator': 3}])
        self.assertIn("Counted, but the journal does not tell it until the last day (1):", figure.difference_note)
        self.assertIn(figure, self.env['civic.kpi.value'].search(action['domain']))
        entry = self.env['civic.journal.entry'].search([
            ('res_model', '=', 'civic.kpi.period'), ('res_id', '=', period.id), ('event_type', '=', 'fixity_check')])
        self.assertEqual(entry.outcome, 'failure')

    def test_a_document_moved_to_another_unit_behind_the_acts_is_named(self):
        """The late one is put under another unit in the table: the agency agrees, 1 of 2 and 0 of 1 of the units do not.

        By the journal the first unit has all three and the other none.
        """
        documents = [self._handle('2026-02-02', '2026-02-10', '2026-02-10'), self._handle('2026-02-02', '2026-02-11', '2026-02-13'),
                     self._handle('2026-02-03', '2026-02-12')]
        documents[1]._write_by_system({'unit_id': self.unit_finance.id, 'reference': '7/GM'})
        self._refresh()
        period = self._period(day='2026-02-01')
        period.with_user(self.city_manager).action_close()
        period.with_user(self.city_manager).action_verify()
        self.assertEqual(self._figure('ONTIME', period, self.agency).journal_state, 'agrees')
        own, other = (self._figure('ONTIME', period, self.agency, unit) for unit in (self.unit_culture, self.unit_finance))
        self.assertRecordValues(own | other, [
            {'numerator': 1, 'denominator': 2, 'journal_state': 'differs', 'journal_numerator': 1, 'journal_denominator': 3},
            {'numerator': 0, 'denominator': 1, 'journal_state': 'differs', 'journal_numerator': 0, 'journal_denominator': 0}])
        self.assertIn("Told by the journal, but not counted (1): 7/GM", own.difference_note)

    def test_lines_that_do_not_name_the_unit_are_told_apart(self):
        """One line of then and one of now: 2 of 2 of the agency agree; of the unit the journal has 1 of 1, and says why."""
        self.names_units = False
        self._handle('2026-02-02', '2026-02-10', '2026-02-10')._write_by_system({'reference': '1/GM'})
        self.names_units = True
        self._handle('2026-02-02', '2026-02-11', '2026-02-11')
        self._refresh()
        period = self._period(day='2026-02-01')
        period.with_user(self.city_manager).action_close()
        period.with_user(self.city_manager).action_verify()
        self.assertEqual(self._figure('ONTIME', period, self.agency).journal_state, 'agrees')
        own = self._figure('ONTIME', period, self.agency, self.unit_culture)
        self.assertRecordValues(own, [{
            'numerator': 2, 'denominator': 2, 'journal_state': 'differs', 'journal_numerator': 1, 'journal_denominator': 1}])
        self.assertEqual(
            own.difference_note, "Told by the journal of the agency, whose lines did not name the unit yet (1): 1/GM.")

    def test_a_unit_of_which_no_figure_is_kept(self):
        """The only document loses its unit in the table: 1 of 1 of the agency agrees in number, the unit's 1 of 1 is missing."""
        self._handle('2026-02-02', '2026-02-10', '2026-02-10')._write_by_system({'unit_id': False})
        self._refresh()
        period = self._period(day='2026-02-01')
        period.with_user(self.city_manager).action_close()
        self.assertFalse(self._figure('ONTIME', period, self.agency, self.unit_culture))
        period.with_user(self.city_manager).action_verify()
        figure = self._figure('ONTIME', period, self.agency)
        self.assertEqual((figure.numerator, figure.journal_numerator, figure.journal_state), (1, 1, 'differs'))
        self.assertIn(f"By the journal “{self.unit_culture.name}” has 1 of 1", figure.difference_note)

    def test_a_returned_document_has_no_unit(self):
        """Returned by the unit on the same day: overdue of the agency, of no unit; the journal says the same."""
        document = self._handle('2026-02-03', '2026-02-12')
        document.assignment_ids.with_user(self.specialist)._return_to_leader("Không thuộc chức năng")
        self.env.flush_all()
        self.env.cr.execute(SQL(
            "INSERT INTO civic_journal_entry (event_type, event_at, outcome, company_id, user_id, agent, res_model, res_id, object_ref, "
            "detail, source) SELECT event_type, '2026-02-04 02:00:00', outcome, company_id, user_id, agent, res_model, res_id, "
            "object_ref, replace(detail, '2100-01-04', '2026-02-12'), source FROM civic_journal_entry "
            "WHERE res_model = 'civic.document' AND res_id = %s AND event_type = 'return'", document.id))
        self._refresh()
        period = self._period(day='2026-02-01')
        period.with_user(self.city_manager).action_close()
        period.with_user(self.city_manager).action_verify()
        figure = self._figure('OVERDUE', period, self.agency)
        self.assertEqual((figure.numerator, figure.journal_state), (1, 'agrees'), figure.difference_note)
        self.assertFalse(self._figure('OVERDUE', period, self.agency, self.unit_culture))
        self.assertEqual(period.journal_difference_count, 0)

    def test_cancelled_and_later_lines(self):
        """Cancelled within the month: out of both; what happened in March is not known at the end of February."""
        period = self._close()
        document = self.documents[2]
        document.assignment_ids.with_user(self.specialist)._finish("Đã xử lý")
        document._write_by_system({'done_at': '2026-03-02 02:00:00'})
        period.with_user(self.city_manager).action_verify()
        self.assertEqual(self._figure('ONTIME', period, self.agency).journal_state, 'agrees')

    def test_an_agency_that_was_merged_in_mid_period(self):
        """The agency ended on 10 February: what fell due that day stays, 1 of 1; the late and the open one go to the successor, 0 of 2."""
        for story in (('2026-02-02', '2026-02-10', '2026-02-10'), ('2026-02-02', '2026-02-11', '2026-02-13'), ('2026-02-03', '2026-02-12')):
            self._handle(*story)
        self.agency.write({'agency_successor_id': self.other_agency.id, 'agency_valid_to': '2026-02-10'})
        self._refresh()
        period = self._period(day='2026-02-01')
        period.with_user(self.city_manager).action_close()
        period.with_user(self.city_manager).action_verify()
        self.assertRecordValues(self._figure('ONTIME', period, self.agency) | self._figure('ONTIME', period, self.other_agency), [
            {'numerator': 1, 'denominator': 1, 'journal_state': 'agrees'}, {'numerator': 0, 'denominator': 2, 'journal_state': 'agrees'}])
        self.assertEqual(period.journal_difference_count, 0)

    def test_exclusions_hold_for_the_journal_as_well(self):
        """Without the open document 1 of 2 = 50 %, frozen and by the journal."""
        documents = [self._handle('2026-02-02', '2026-02-10', '2026-02-10'), self._handle('2026-02-02', '2026-02-11', '2026-02-13'),
                     self._handle('2026-02-03', '2026-02-12')]
        exclusion = self.env['civic.kpi.exclusion'].create({
            'name': "Ngoại lệ", 'indicator_id': self._indicator('ONTIME').id, 'company_id': self.agency.id,
            'document_ids': documents[2].ids, 'date_from': '2026-01-01', 'legal_basis': "Điều 1"})
        exclusion.with_user(self.city_manager).action_approve()
        self._refresh()
        period = self._period(day='2026-02-01')
        period.with_user(self.city_manager).action_close()
        period.with_user(self.city_manager).action_verify()
        figure = self._figure('ONTIME', period, self.agency)
        self.assertRecordValues(figure, [{
            'numerator': 1, 'denominator': 2, 'journal_state': 'agrees', 'excluded': 1, 'shown': '50,0 %', 'shown_all': '33,3 %'}])
        self.assertEqual(period.date_to - timedelta(days=27), period.date_from)
