from datetime import date

from freezegun import freeze_time

from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import CivicIncomingCommon


@tagged('post_install', '-at_install')
class TestHolding(CivicIncomingCommon):

    def _spans(self, document):
        return [
            (row.state, row.unit_id, row.user_id, str(row.since), str(row.until or ''), row.working_days)
            for row in document.sudo().holding_ids
        ]

    def test_the_whole_story_in_working_days(self):
        """Registered, assigned, delegated, returned, assigned again, started, done; with Reunification Day between."""
        nobody, nowhere = self.env['res.users'], self.env['hr.department']
        with freeze_time('2026-04-20 01:00:00'):                                # Monday, 8:00
            document = self._create_document(arrival_date=date(2026, 4, 20))
            # the database's own clock stamps the creation
            self.env.flush_all()
            self.cr.execute("UPDATE civic_document SET create_date = '2026-04-20 01:00:00' WHERE id = %s", [document.id])
            document.invalidate_recordset()
        with freeze_time('2026-04-21 02:00:00'):                                # Tuesday
            document._register_documents()
        with freeze_time('2026-04-23 03:00:00'):                                # Thursday
            document.with_user(self.leader)._assign([{**self.lead_task, 'deadline': date(2026, 5, 20)}], "Xử lý")
        assignment = document.sudo().assignment_ids
        with freeze_time('2026-04-24 03:00:00'):                                # Friday
            assignment.with_user(self.unit_head)._delegate(self.specialist)
        with freeze_time('2026-04-29 03:00:00'):                                # Wednesday before the holidays
            assignment.with_user(self.specialist)._return_to_leader("Không thuộc thẩm quyền")
        with freeze_time('2026-05-04 03:00:00'):                                # Monday after 30 April and 1 May
            document.with_user(self.leader)._assign([{
                **self.lead_task, 'unit': self.unit_finance, 'user': self.other_specialist,
                'deadline': date(2026, 5, 20)}], "Xử lý")
        second = document.sudo().assignment_ids - assignment
        with freeze_time('2026-05-05 03:00:00'):                                # Tuesday
            second.with_user(self.other_specialist)._start()
        with freeze_time('2026-05-08 03:00:00'):                                # Friday
            second.with_user(self.other_specialist)._finish("Đã trả lời")
        self.assertEqual(self._spans(document), [
            ('draft', nowhere, nobody, '2026-04-20 01:00:00', '2026-04-21 02:00:00', 1),
            ('registered', nowhere, self.leader, '2026-04-21 02:00:00', '2026-04-23 03:00:00', 2),
            ('assigned', self.unit_culture, nobody, '2026-04-23 03:00:00', '2026-04-24 03:00:00', 1),
            # Monday the 27th is off: the Hùng Kings' day fell on the Sunday; so the 28th and 29th
            ('assigned', self.unit_culture, self.specialist, '2026-04-24 03:00:00', '2026-04-29 03:00:00', 2),
            # 30 April and 1 May are holidays, then a weekend: one working day
            ('registered', nowhere, self.leader, '2026-04-29 03:00:00', '2026-05-04 03:00:00', 1),
            ('assigned', self.unit_finance, self.other_specialist, '2026-05-04 03:00:00', '2026-05-05 03:00:00', 1),
            ('handling', self.unit_finance, self.other_specialist, '2026-05-05 03:00:00', '2026-05-08 03:00:00', 3),
        ])
        self.assertRecordValues(assignment, [{'days_held': 3, 'days_late': 0}])
        self.assertRecordValues(second, [{'days_held': 4, 'days_late': 0}])
        # 21, 22, 23, 24, 28, 29 April, 4 to 8 May
        self.assertRecordValues(document, [{'days_handled': 11, 'days_late': 0}])

    def test_a_draft_has_no_row_and_one_returned_to_the_sender_is_closed(self):
        document = self._create_document()
        self.assertFalse(document.sudo().holding_ids)
        document._return_to_sender("Gửi nhầm")
        self.assertRecordValues(document.sudo().holding_ids, [{'role': 'office', 'state': 'draft'}])
        self.assertTrue(document.sudo().holding_ids.until)

    def test_another_leader_is_another_holder(self):
        document = self._create_registered()
        second_leader = self._create_person('second_leader', 'leader', self.unit_culture)
        document.leader_id = second_leader
        rows = document.sudo().holding_ids
        self.assertEqual(rows.user_id, self.leader | second_leader)
        self.assertEqual(rows.filtered(lambda row: not row.until).user_id, second_leader)

    def test_starting_late_counts_the_days_late(self):
        with freeze_time('2026-03-02 03:00:00'):
            document = self._create_registered(arrival_date=date(2026, 3, 2))
            document.with_user(self.leader)._assign([{**self.lead_task, 'deadline': date(2026, 3, 4)}])
        with freeze_time('2026-03-09 03:00:00'):
            document.sudo().assignment_ids.with_user(self.unit_head)._finish("Xong")
        # Thursday 5, Friday 6, Monday 9
        self.assertRecordValues(document, [{'days_handled': 5, 'days_late': 3}])
        self.assertRecordValues(document.sudo().assignment_ids, [{'days_held': 5, 'days_late': 3}])

    def test_open_rows_grow_overnight(self):
        with freeze_time('2026-03-02 03:00:00'):
            document = self._create_registered(arrival_date=date(2026, 3, 2))
            document.with_user(self.leader)._assign([{**self.lead_task, 'deadline': date(2026, 3, 4)}])
        row = document.sudo().holding_ids.filtered(lambda holding: not holding.until)
        self.assertEqual(row.working_days, 0)
        with freeze_time('2026-03-09 03:00:00'):
            self.env['civic.holding']._refresh_open()
            self.env['civic.assignment']._refresh_days()
            self.env['civic.document']._refresh_days()
            self.assertEqual(row.days_now, 5)
        self.assertEqual(row.working_days, 5)
        self.assertRecordValues(document.sudo().assignment_ids, [{'days_held': 5, 'days_late': 3}])
        self.assertRecordValues(document, [{'days_handled': 5, 'days_late': 3}])

    def test_backfill_writes_what_is_known(self):
        with freeze_time('2026-03-02 03:00:00'):
            done = self._create_registered(arrival_date=date(2026, 3, 2))
            waiting = self._create_registered(arrival_date=date(2026, 3, 2), code_number='124')
            handled = self._create_registered(arrival_date=date(2026, 3, 2), code_number='125')
        documents = done | waiting | handled
        with freeze_time('2026-03-04 03:00:00'):
            (done | handled).with_user(self.leader)._assign([{**self.lead_task, 'deadline': date(2026, 3, 20)}])
        with freeze_time('2026-03-05 03:00:00'):
            (done | handled).sudo().assignment_ids.with_user(self.unit_head)._start()
        with freeze_time('2026-03-10 03:00:00'):
            done.sudo().assignment_ids.with_user(self.unit_head)._finish("Xong")
        before = {document: self._spans(document) for document in documents}
        documents.sudo().holding_ids.unlink()
        with freeze_time('2026-03-11 03:00:00'):
            self.env['civic.holding']._backfill()
            self.env['civic.holding']._backfill()
        documents.invalidate_recordset()
        for document in documents:
            self.assertEqual([span[:5] for span in self._spans(document)], [span[:5] for span in before[document]])
        self.assertEqual(self._spans(done), before[done])
        self.assertEqual([span[5] for span in self._spans(waiting)][1:], [7])
        self.assertEqual([span[5] for span in self._spans(handled)][1:], [2, 1, 4])

    def test_passing_on_costs_no_query_per_document(self):
        documents = self.env['civic.document'].with_user(self.clerk).create([
            self._prepare_document(code_number=str(number)) for number in range(1, 34)])
        documents._register_documents()
        self.env.flush_all()

        def cost(batch):
            self.env.invalidate_all()
            keys = batch._get_holder_keys()
            after = {key: ('assigned', 'lead', self.unit_culture.id, False) for key in keys}
            self.env.flush_all()
            before = self.cr.sql_log_count
            batch._note_holding(keys, after)
            self.env.flush_all()
            return self.cr.sql_log_count - before

        cost(documents[:1])
        self.assertEqual(cost(documents[2:]), cost(documents[1]))

    def test_nobody_writes_rows(self):
        document = self._create_registered()
        row = document.sudo().holding_ids[:1]
        for role, user in self.users.items():
            with self.subTest(role=role):
                own = row.with_user(user).sudo(False)
                with self.assertRaises(AccessError):
                    own.write({'working_days': 99})
                with self.assertRaises(AccessError):
                    own.unlink()
                with self.assertRaises(AccessError):
                    own.create({
                        'document_id': document.id, 'company_id': self.agency.id, 'role': 'leader',
                        'state': 'registered', 'since': '2026-01-01'})
        with self.assertRaises(AccessError):
            document.with_user(self.clerk).write({'holding_ids': [(0, 0, {'role': 'leader'})]})

    def test_who_reads_a_row_and_its_figures(self):
        """Whoever may read the document, and nobody else: by list, by reading groups."""
        people = {**self.users, 'other_specialist': self.other_specialist, 'foreign_leader': self.foreign_leader}
        for level in ('agency', 'unit', 'restricted'):
            task = {**self.lead_task, 'user': self.specialist}
            document = self._create_assigned(task, access_level=level, user_ids=self.leader.ids)
            for name, user in people.items():
                with self.subTest(level=level, user=name):
                    readable = document.with_user(user).has_access('read')
                    Holding = self.env['civic.holding'].with_user(user)
                    domain = [('document_id', '=', document.id)]
                    self.assertEqual(bool(Holding.search(domain)), readable)
                    [[count]] = Holding._read_group(domain, [], ['__count'])
                    self.assertEqual(bool(count), readable)
                    groups = Holding.formatted_read_group(domain, ['issuer_id'], ['working_days:sum'])
                    self.assertEqual(bool(groups), readable)

    def test_figures_by_type_issuer_and_month(self):
        document = self._create_assigned()
        for model in ('civic.holding', 'civic.assignment'):
            groups = self.env[model].with_user(self.manager).formatted_read_group(
                [('document_id', '=', document.id)], ['issuer_id', 'type_id'], ['__count'])
            self.assertEqual(groups[0]['issuer_id'][0], self.ministry.id, model)
            self.assertEqual(groups[0]['type_id'][0], self.type_decision.id, model)
