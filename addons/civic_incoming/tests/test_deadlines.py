from datetime import date

from freezegun import freeze_time

from odoo.tests import tagged

from .common import CivicIncomingCommon


@tagged('post_install', '-at_install')
class TestDeadlines(CivicIncomingCommon):
    """Time limits of Decree 30/2020, Art. 23.1 and 24.2, on the calendar of Vietnam."""

    def test_submitting_is_due_on_the_next_working_day(self):
        cases = [
            (date(2025, 3, 5), date(2025, 3, 6)),
            (date(2025, 3, 7), date(2025, 3, 10)),   # Friday: Monday
            (date(2025, 8, 29), date(2025, 9, 3)),   # before the National Day, 1 and 2 September
        ]
        for arrived, due in cases:
            with self.subTest(arrived=arrived):
                document = self._create_document(arrival_date=arrived, issue_date=date(2025, 3, 3))
                self.assertEqual(document.submit_deadline, due)

    def test_urgent_documents_are_submitted_at_once(self):
        for urgency in ('urgent', 'very_urgent', 'express'):
            with self.subTest(urgency=urgency):
                document = self._create_document(urgency=urgency)
                self.assertEqual(document.submit_deadline, document.arrival_date)

    def test_handling_counts_working_days_over_holidays(self):
        document = self._create_document(arrival_date=date(2025, 3, 5))
        with freeze_time('2025-04-21 02:00:00'):
            # 15 working days from Monday 21 April 2025: 30 April and 1 and 2 May are days off,
            # Saturday 26 April is worked instead of Friday 2 May
            calendar = self.agency
            self.assertFalse(calendar._is_working_day(date(2025, 4, 30)))
            self.assertFalse(calendar._is_working_day(date(2025, 5, 1)))
            deadline = document._get_default_deadline()
            self.assertEqual(calendar._working_days_between(date(2025, 4, 21), deadline), 15)
            self.assertEqual(deadline, date(2025, 5, 14))

    def test_agency_sets_its_own_time_limit(self):
        self.env['civic.rule.value'].create({
            'key': 'incoming.handle_working_days', 'value': '3', 'company_id': self.agency.id})
        document = self._create_document()
        with freeze_time('2025-03-05 02:00:00'):
            self.assertEqual(document._get_default_deadline(), date(2025, 3, 10))

    def test_urgent_documents_are_handled_within_hours(self):
        document = self._create_document(urgency='express')
        with freeze_time('2025-03-05 02:00:00'):    # 09:00 in Ho Chi Minh City
            self.assertEqual(document._get_default_deadline(), date(2025, 3, 5))
        with freeze_time('2025-03-05 16:30:00'):    # 23:30 there: two hours later it is tomorrow
            self.assertEqual(document._get_default_deadline(), date(2025, 3, 6))

    def test_deadline_of_the_sender_goes_before_the_rule(self):
        document = self._create_document(deadline=date(2025, 3, 20))
        with freeze_time('2025-03-05 02:00:00'):
            self.assertEqual(document._get_default_deadline(), date(2025, 3, 20))
        with freeze_time('2025-03-25 02:00:00'):
            # already over: the rule again
            # 7 April 2025 is the day of the Hung Kings
            self.assertEqual(document._get_default_deadline(), date(2025, 4, 16))

    def test_waiting_documents_are_overdue_after_the_submit_deadline(self):
        document = self._create_document()  # arrived on 5 March, to hand over until 6 March
        for now, overdue in (('2025-03-06 16:30:00', False), ('2025-03-06 17:30:00', True)):
            # 17:30 UTC on the 6th is 00:30 on the 7th in Ho Chi Minh City
            with self.subTest(now=now), freeze_time(now):
                document.invalidate_recordset(['is_overdue'])
                self.assertEqual(document.is_overdue, overdue)
                found = document.search([('is_overdue', '=', True), ('id', '=', document.id)])
                self.assertEqual(bool(found), overdue)
                missed = document.search([('is_overdue', '=', False), ('id', '=', document.id)])
                self.assertEqual(bool(missed), not overdue)

    def test_assigned_documents_are_overdue_after_their_deadline(self):
        with freeze_time('2025-03-05 02:00:00'):
            document = self._create_assigned({**self.lead_task, 'deadline': date(2025, 3, 12)})
        for now, overdue in (('2025-03-12 10:00:00', False), ('2025-03-13 10:00:00', True)):
            with self.subTest(now=now), freeze_time(now):
                document.invalidate_recordset(['is_overdue'])
                document.assignment_ids.invalidate_recordset(['is_overdue'])
                self.assertEqual(document.is_overdue, overdue)
                self.assertEqual(document.assignment_ids.is_overdue, overdue)
                self.assertEqual(bool(document.search([('is_overdue', '=', True), ('id', '=', document.id)])), overdue)
                self.assertEqual(bool(self.env['civic.assignment'].search(
                    [('is_overdue', '=', True), ('document_id', '=', document.id)])), overdue)
        document.with_user(self.specialist)._get_own_assignment()._finish("Xong")
        with freeze_time('2025-03-13 10:00:00'):
            document.invalidate_recordset(['is_overdue'])
            self.assertFalse(document.is_overdue)

    def test_days_are_those_of_the_agency_whatever_the_zone_of_the_browser(self):
        document = self._create_document()
        with freeze_time('2025-03-06 17:30:00'):
            for zone in ('UTC', 'America/New_York', 'Asia/Ho_Chi_Minh'):
                with self.subTest(zone=zone):
                    self.assertTrue(document.with_context(tz=zone).is_overdue)

    def test_urgent_documents_come_first_in_the_pile(self):
        """Rule of Art. 24.2: urgent documents rank before the others, by their level."""
        ranks = [
            self._create_document(urgency=urgency).urgency_rank
            for urgency in ('normal', 'urgent', 'very_urgent', 'express')
        ]
        self.assertEqual(ranks, sorted(set(ranks)))
