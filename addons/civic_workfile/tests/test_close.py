from datetime import date

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, HttpCase, JsonRpcException, tagged
from odoo.tools import mute_logger

from odoo.addons.queue_job.tests.common import trap_jobs

from ..models import civic_workfile_batch
from .common import CivicWorkfileCommon


@tagged('post_install', '-at_install')
class TestClose(CivicWorkfileCommon):

    def _create_full(self, **values):
        workfile = self._create_workfile(**values)
        self._add(workfile, self._create_registered())
        return workfile

    def test_reopening_offers_the_phrases_of_reopening(self):
        workfile = self._create_full()
        workfile._close()
        action = workfile.with_user(self.archivist).action_reopen()
        kind = Form(self.env['civic.reason.wizard'].with_user(self.archivist).with_context(**action['context'])).phrase_kind
        self.assertEqual(kind, 'reopening')
        self.assertTrue(self.env['civic.phrase'].with_user(self.archivist).get_phrases(kind))

    def test_documents_get_their_codes(self):
        """Circular 05/2025: seven digits; 02/2019: the number as it is."""
        for year, start, code in ((2026, '2026-02-01', '.0000001'), (2021, '2021-02-01', '.1')):
            workfile = self._create_full(year=year, date_start=start)
            workfile._close()
            self.assertEqual(workfile.entry_ids.doc_code, workfile.code + code)

    def test_a_code_of_a_document_stands_and_none_is_given_twice(self):
        workfile = self._create_workfile()
        entries = self._add(workfile, self._create_registered() | self._create_registered(code_number='4'))
        workfile._close()
        workfile.with_user(self.archivist)._reopen("Bổ sung")
        entries[0].unlink()
        self._add(workfile, self._create_registered(code_number='5'))
        workfile._close()
        self.assertEqual(
            [code.rsplit('.', 1)[1] for code in workfile.entry_ids.mapped('doc_code')], ['0000002', '0000003'])
        self.assertEqual(workfile.entry_ids.mapped('ordinal'), [1, 2])
        issued = self.env['civic.workfile.code'].search([('workfile_id', '=', workfile.id), ('kind', '=', 'document')])
        self.assertEqual(len(issued), 3)

    def test_a_file_of_2019_holds_9999_documents(self):
        """Circular 02/2019: DocOrdinal has four digits."""
        workfile = self._create_workfile(year=2021, date_start='2021-02-01')
        self._create_many(workfile, 9999)
        with self.assertRaisesRegex(UserError, "at most 9999"):
            self._add(workfile, self._create_registered())

    def test_the_day_of_delivery_follows_the_rules_of_the_day_on_which_the_work_ended(self):
        """Archives rules 11 to 13."""
        general = self._create_workfile(year=2022, date_start='2022-01-03', date_end='2022-03-10')
        self.assertEqual((general.delivery_due, general.delivery_warn), (date(2023, 3, 10), date(2023, 3, 10)))
        building = self._create_workfile(
            year=2022, date_start='2022-01-03', date_end='2022-01-15', delivery_class='construction')
        self.assertEqual(building.delivery_due, date(2022, 4, 15))
        recent = self._create_workfile(year=2025, date_start='2025-07-02', date_end='2025-09-01')
        self.assertEqual((recent.delivery_due, recent.delivery_warn), (date(2026, 12, 31), date(2025, 10, 31)))

    def test_keeping_longer_needs_the_head_and_a_paper_and_two_years_at_most(self):
        """Article 31.3.d; archives rule 14."""
        workfile = self._create_workfile(year=2025, date_start='2025-07-02', date_end='2025-09-01')
        consent = self._create_consent()
        with self.assertRaises(AccessError):
            workfile._extend(date(2027, 6, 30), consent)
        as_head = workfile.with_user(self.leader)
        for other in (self._create_registered(), self._create_consent(state='signed'), self._create_consent(state='recalled'),
                      self._create_consent(direction='internal', state='cancelled'), self.env['civic.document']):
            with self.subTest(direction=other.direction, state=other.state), self.assertRaisesRegex(UserError, "agrees in writing"):
                as_head._extend(date(2027, 6, 30), other)
        with self.assertRaisesRegex(UserError, "document of the agency"):
            workfile.sudo()._extend(date(2027, 6, 30), self._create_foreign_consent().sudo())
        with self.assertRaisesRegex(UserError, "at the latest"):
            as_head._extend(date(2029, 1, 1), consent)
        as_head._extend(date(2028, 12, 31), consent)
        self.assertEqual(workfile.delivery_due, date(2028, 12, 31))

    @freeze_time('2026-12-10 02:00:00')
    def test_maker_and_head_are_told_once(self):
        """Annex VI, III.5.b: thirty days before."""
        workfile = self._create_workfile(year=2025, date_start='2025-07-02', date_end='2025-09-01')
        self.unit_culture.manager_id = self.env['hr.employee'].search([('user_id', '=', self.unit_head.id)])
        Line = self.env['civic.notification.line']
        before = Line.search_count([])
        self.env['civic.workfile']._cron_remind_delivery()
        told = Line.search_count([])
        self.assertEqual(told - before, 2)
        self.env['civic.workfile']._cron_remind_delivery()
        self.assertEqual(Line.search_count([]), told)
        self.assertTrue(workfile.reminded_on)
        workfile.with_user(self.leader)._extend(date(2028, 12, 31), self._create_consent())
        self.env['civic.workfile']._cron_remind_delivery()
        self.assertEqual(Line.search_count([]), told, "the new day is far away")
        with freeze_time('2028-12-10 02:00:00'):
            self.env['civic.workfile']._cron_remind_delivery()
        self.assertEqual(Line.search_count([]), told + 2, "and they are told of it, too")

    def test_many_files_are_closed_in_the_background_with_a_result_for_each(self):
        closed = self._create_full()
        closed.action_close()
        files = self._create_full() | self._create_workfile() | self._create_full() | closed
        with trap_jobs() as trap:
            action = files.action_close()
            trap.perform_enqueued_jobs()
        batch = self.env['civic.workfile.batch'].browse(action['res_id'])
        self.assertEqual(files.mapped('state'), ['closed', 'open', 'closed', 'closed'])
        self.assertEqual((batch.state, batch.done_count, batch.failed_count, batch.progress), ('done', 2, 2, 100))
        empty, already = batch.line_ids.filtered(lambda line: line.state == 'failed')
        self.assertIn("nothing in the file", empty.message)
        self.assertIn("cannot become", already.message)
        self.assertEqual(files[0].closed_by_id, self.specialist)

    def test_what_is_stopped_closes_no_more_and_undoes_nothing(self):
        files = self._create_full() | self._create_full()
        with trap_jobs() as trap:
            batch = self.env['civic.workfile.batch'].browse(files.action_close()['res_id'])
            batch.with_user(self.specialist).action_cancel()
            trap.perform_enqueued_jobs()
        self.assertEqual(files.mapped('state'), ['open', 'open'])
        self.assertEqual(batch.state, 'cancelled')

    def test_stopped_in_the_middle_it_tells_exactly_what_is_closed(self):
        self.patch(civic_workfile_batch, 'STEP', 2)
        files = self.env['civic.workfile'].with_user(self.specialist).union(*(
            self._create_full() if number != 1 else self._create_workfile() for number in range(7)))
        with trap_jobs() as trap:
            batch = self.env['civic.workfile.batch'].browse(files.action_close()['res_id'])
            shown = []
            for _step in range(2):
                trap.perform_enqueued_jobs()
                shown.append((batch.state, batch.done_count, batch.failed_count, round(batch.progress)))
            batch.with_user(self.specialist).action_cancel()
            trap.perform_enqueued_jobs()
            self.assertFalse(trap.enqueued_jobs)
        self.assertEqual(shown, [('running', 1, 1, 29), ('running', 3, 1, 57)])
        self.assertEqual((batch.state, batch.done_count), ('cancelled', 3))
        self.assertEqual(files.mapped('state'), ['closed', 'open', 'closed', 'closed', 'open', 'open', 'open'])
        self.assertEqual(
            batch.line_ids.mapped(lambda line: (line.workfile_id.id, line.state)),
            list(zip(files.ids, ['done', 'failed', 'done', 'done', 'stopped', 'stopped', 'stopped'], strict=True)))
        self.assertEqual(batch.action_open_failed()['domain'], [('id', 'in', (files[1] | files[4:]).ids)])

    def test_a_batch_of_another_person_is_not_stopped(self):
        files = self._create_full() | self._create_full()
        with trap_jobs():
            batch = self.env['civic.workfile.batch'].browse(files.action_close()['res_id'])
        with self.assertRaises(AccessError):
            batch.with_user(self.other_specialist).action_cancel()

    def test_closing_takes_as_many_statements_for_fifteen_as_for_five(self):
        files = self.env['civic.workfile'].with_user(self.specialist)
        for number in range(21):
            workfile = self._create_workfile()
            self._add(workfile, self._create_registered(code_number=str(number)))
            files |= workfile
        self.env.flush_all()

        def count(some):
            self.env.invalidate_all()
            start = self.cr.sql_log_count
            self.assertFalse(some._close_each())
            self.env.flush_all()
            return self.cr.sql_log_count - start

        count(files[:1])
        few = count(files[1:6])
        self.assertEqual(count(files[6:]), few)

    def test_the_archive_takes_over(self):
        workfile = self._create_full()
        workfile._close()
        with self.assertRaises(AccessError):
            workfile.action_deliver()
        workfile.with_user(self.archivist).action_deliver()
        self.assertEqual((workfile.state, bool(workfile.delivered_on)), ('delivered', True))
        with self.assertRaises(UserError):
            workfile.with_user(self.archivist).action_reopen()


@tagged('post_install', '-at_install')
class TestExtensionRpc(CivicWorkfileCommon, HttpCase):

    def _call(self, method, *args):
        return self.make_jsonrpc_request(f'/web/dataset/call_kw/civic.workfile.extension/{method}', {
            'model': 'civic.workfile.extension', 'method': method, 'args': args, 'kwargs': {}})

    def test_only_a_numbered_document_of_the_agency_is_the_consent(self):
        """Article 31.3.d; what the form does not offer is refused over RPC too."""
        workfile = self._create_workfile(year=2025, date_start='2025-07-02', date_end='2025-09-01')
        letter, draft, consent = (
            self._create_registered(), self._create_consent(state='draft'), self._create_consent())
        foreign = self._create_foreign_consent()
        self.leader.company_ids |= self.other_agency
        self.env.flush_all()
        self.authenticate(self.leader.login, self.leader.login)

        def extend(document):
            [wizard_id] = self._call('create', [
                {'workfile_ids': [(6, 0, workfile.ids)], 'date': '2027-06-30', 'document_id': document.id}])
            self._call('action_confirm', [wizard_id])

        for document in (letter, draft, foreign):
            with (
                self.subTest(direction=document.direction, state=document.state), mute_logger('odoo.http'),
                self.assertRaisesRegex(JsonRpcException, "UserError"),
            ):
                extend(document)
        self.assertFalse(workfile.extended_to)
        extend(consent)
        workfile.invalidate_recordset()
        self.assertEqual((workfile.extended_to, workfile.extension_document_id), (date(2027, 6, 30), consent))
