from datetime import date

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from odoo.addons.civic_document.tests.pdf import make_pdf

from .intake_common import CivicIntakeCommon, make_mail


@tagged('post_install', '-at_install')
class TestIntakeAcknowledgement(CivicIntakeCommon):
    """Decree 30/2020, Article 21.2.c: the receipt of an electronic document is acknowledged the same day."""

    def _receive(self, **values):
        document = self._deliver(make_mail((f"{len(values)}.pdf", make_pdf("MOT"), 'application/pdf')))
        return document.with_user(self.clerk)

    def _outgoing(self, document):
        return self.env['mail.mail'].search([
            ('model', '=', 'civic.document'), ('res_id', '=', document.id)], order='id')

    @freeze_time('2026-03-04 03:00:00')
    def test_due_the_same_day_and_overdue_when_it_ends(self):
        document = self._receive()
        self.assertEqual(document.acknowledge_deadline, date(2026, 3, 4))
        self.assertTrue(document.is_unacknowledged)
        self.assertFalse(document.is_acknowledgement_overdue)
        with freeze_time('2026-03-04 16:59:00'):            # 23:59 in Vietnam
            document.invalidate_recordset()
            self.assertFalse(document.is_acknowledgement_overdue)
        with freeze_time('2026-03-04 17:01:00'):
            document.invalidate_recordset()
            self.assertTrue(document.is_acknowledgement_overdue)
            self.assertIn(document, document.search([('is_acknowledgement_overdue', '=', True)]))

    def test_acknowledging_sends_a_message_once(self):
        document = self._receive()
        document.action_acknowledge()
        self.assertEqual(document.acknowledged_by_id, self.clerk)
        self.assertFalse(document.is_unacknowledged)
        mail = self._outgoing(document)
        self.assertEqual(mail.email_to, 'vanthu@bonoivu.gov.vn')
        self.assertIn('auto-replied', mail.headers)
        self.assertIn(self.agency.name, mail.body_html)
        with self.assertRaises(UserError):
            document.action_acknowledge()
        self.assertEqual(len(self._outgoing(document)), 1)
        self.assertIn('receipt', self._get_events(document))

    def test_many_at_once_and_paper_is_left_out(self):
        documents = self._receive() | self._receive() | self._create_document(arrival_channel='post')
        documents.action_acknowledge()
        self.assertEqual([bool(document.acknowledged_at) for document in documents], [True, True, False])

    def test_queries_of_many_are_those_of_few_and_the_inserts(self):
        batches = [
            self.env['civic.document'].browse([self._receive().id for _index in range(count)]).with_user(self.clerk)
            for count in (1, 3, 12)]
        counts = []
        for documents in batches:
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            documents.action_acknowledge()
            self.env.flush_all()
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual([len(self._outgoing(batches[2][index])) for index in range(12)], [1] * 12)
        self.assertLessEqual(counts[2] - counts[1], 9, counts)

    def test_registration_acknowledges_if_the_agency_wants_it(self):
        for is_wanted in (False, True):
            with self.subTest(wanted=is_wanted):
                self.agency.incoming_acknowledge_on_registration = is_wanted
                document = self._receive()
                document.write(self._prepare_document(paper_original=False, arrival_date=document.arrival_date))
                document._register_documents()
                self.assertEqual(bool(document.acknowledged_at), is_wanted)
                self.assertEqual(len(self._outgoing(document)), int(is_wanted))
                if is_wanted:
                    self.assertIn(document.register_label, self._outgoing(document).body_html)

    def test_registration_claims_no_answer_that_nobody_sent(self):
        document = self._create_registered(arrival_channel='exchange')
        self.assertTrue(document.is_unacknowledged)
        action = document.action_acknowledge()
        self.assertIn("only noted", action['params']['message'])
        self.assertFalse(document.is_unacknowledged)
        self.assertFalse(self._outgoing(document))
        line = self.env['civic.journal.entry'].search([
            ('res_model', '=', 'civic.document'), ('res_id', '=', document.id), ('event_type', '=', 'receipt')])
        self.assertIn('"sent":false', line.detail.replace(' ', ''))

    def test_returned_document_tells_its_sender_why(self):
        document = self._receive()
        document._return_to_sender("Gửi nhầm địa chỉ")
        self.assertIn("Gửi nhầm địa chỉ", self._outgoing(document).body_html)
        self.assertFalse(document.is_unacknowledged)

    def test_list_of_unanswered_ones_is_that_of_the_own_agency(self):
        document = self._receive()
        domain = self.env['civic.document']._get_unacknowledged_domain()
        self.assertIn(document, self.env['civic.document'].with_user(self.clerk).search(domain))
        self.assertNotIn(document, self.env['civic.document'].with_user(self.foreign_clerk).search(domain))

    def test_only_clerks_acknowledge_and_nobody_writes_the_fields(self):
        document = self._receive()
        for user in (self.specialist, self.leader, self.foreign_clerk):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                document.with_user(user).action_acknowledge()
        for name, value in (('acknowledged_at', '2026-01-01'), ('acknowledge_deadline', '2099-01-01'),
                            ('sender_email', 'x@y.vn'), ('intake_note', "x"), ('arrival_ids', [])):
            with self.subTest(field=name), self.assertRaises(AccessError):
                document.write({name: value})
