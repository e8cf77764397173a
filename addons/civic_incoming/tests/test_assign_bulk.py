from collections import Counter
from datetime import date, timedelta
from unittest.mock import patch

from freezegun import freeze_time

from odoo import fields
from odoo.tests import Form, tagged

from .common import CivicIncomingCommon


@tagged('post_install', '-at_install')
class TestAssignBulk(CivicIncomingCommon):

    def _create_many(self, count, start=1000):
        documents = self.env['civic.document'].with_user(self.clerk).create([
            self._prepare_document(code_number=str(start + number)) for number in range(count)])
        documents._register_documents()
        self.env.flush_all()
        return documents

    def _open_wizard(self, documents, **values):
        return self.env['civic.assign.wizard'].with_user(self.leader).create({
            'document_ids': documents.ids, 'lead_unit_id': self.unit_culture.id, 'deadline': date(2100, 1, 4), **values})

    def _count_statements(self, documents, tasks):
        """Assign as the leader; return the number of statements by their first word, of changes by their table."""
        documents = documents.with_user(self.leader)
        counts, changed = Counter(), Counter()
        execute = type(self.env.cr).execute

        def count(cursor, query, *args, **kwargs):
            text = ' '.join(str(getattr(query, 'code', query)).split())
            word = text.split(None, 1)[0].upper()
            counts[word] += 1
            if word in ('INSERT', 'UPDATE'):
                changed[text.partition(' FROM (')[0].partition(' VALUES')[0]] += 1
            return execute(cursor, query, *args, **kwargs)

        self.env.invalidate_all()
        # a minute after registering: in the same second, since when it is held would not change
        later = fields.Datetime.now() + timedelta(minutes=1)
        with freeze_time(later), patch.object(type(self.env.cr), 'execute', count):
            results = documents._assign_each(tasks, "Giao {unit} chủ trì")
            self.env.flush_all()
        self.assertTrue(all(result['ok'] for result in results), results)
        self.changed = changed
        return counts

    def test_a_hundred_cost_what_ten_cost(self):
        """A fixed number of queries for one action, however many documents: the ORM writes a hundred rows at once."""
        self._count_statements(self._create_many(10, start=500), [self.lead_task])          # fills the caches
        ten = self._count_statements(self._create_many(10, start=1000), [self.lead_task])
        changed = self.changed
        hundred = self._count_statements(self._create_many(100, start=2000), [self.lead_task])
        self.assertEqual(self.changed, changed, f"{self.changed}\n{changed}")
        self.assertEqual(hundred, ten)
        self.assertLess(sum(hundred.values()), 40)

    def test_more_units_cost_more_inserts_alone(self):
        tasks = [self.lead_task, self.coordinate_task]
        self._count_statements(self._create_many(10, start=500), tasks)
        ten = self._count_statements(self._create_many(10, start=1000), tasks)
        hundred = self._count_statements(self._create_many(100, start=2000), tasks)
        self.assertEqual(hundred['SELECT'], ten['SELECT'])
        # 200 rows are two batches
        self.assertLessEqual(hundred['INSERT'], 2 * ten['INSERT'])
        self.assertLessEqual(hundred['UPDATE'], 2 * ten['UPDATE'])

    def test_what_fits_is_done_and_the_rest_is_listed(self):
        fit = self._create_many(3)
        restricted = self._create_registered(access_level='restricted', user_ids=self.leader.ids, code_number='11')
        draft = self._create_document(code_number='12')
        done = self._create_assigned(code_number='13')
        done.with_user(self.specialist)._get_own_assignment()._finish("Xong")
        results = (fit | restricted | draft | done).with_user(self.leader)._assign_each([self.lead_task], "Xử lý")
        self.assertEqual([result['ok'] for result in results], [True] * 3 + [False] * 3)
        self.assertEqual([result['document_id'] for result in results], (fit | restricted | draft | done).ids)
        messages = [result['message'] for result in results[3:]]
        self.assertIn("name a person", messages[0])
        self.assertIn("not registered", messages[1])
        self.assertIn("no longer be assigned", messages[2])
        self.assertEqual(set(fit.mapped('state')), {'assigned'})
        self.assertEqual(restricted.state, 'registered')

    def test_documents_of_another_agency_are_listed(self):
        own = self._create_registered(code_number='21')
        foreign = self.env['civic.document'].with_user(self.foreign_clerk).create(
            self._prepare_document(company_id=self.other_agency.id))
        foreign._register_documents()
        results = (own | foreign).with_user(self.leader)._assign_each([self.lead_task])
        self.assertEqual([result['ok'] for result in results], [True, False])
        self.assertIn("may not read", results[1]['message'])
        self.assertEqual(foreign.sudo().state, 'registered')

    def test_lead_is_left_out_where_there_is_one(self):
        assigned = self._create_assigned()
        fresh = self._create_registered(code_number='31')
        results = (assigned | fresh).with_user(self.leader)._assign_each([self.lead_task, self.coordinate_task])
        self.assertEqual([result['ok'] for result in results], [True, True])
        self.assertEqual(len(assigned.sudo().assignment_ids), 2)
        again = (assigned | fresh).with_user(self.leader)._assign_each([self.lead_task])
        self.assertIn("only one lead", again[0]['message'])

    def test_one_that_the_database_refuses_does_not_stop_the_others(self):
        """A colleague assigned one of them in the same moment: the batch is done again, each by itself."""
        documents = self._create_many(4)
        taken = documents[1]
        problems = type(documents)._get_assign_problems
        checked = []

        def miss(records, tasks):
            checked.append(records)
            answer = problems(records, tasks)
            self.env['civic.assignment'].sudo().create({
                'document_id': taken.id, 'kind': 'lead', 'unit_id': self.unit_finance.id,
                'deadline': date(2100, 1, 4), 'assigned_by_id': self.leader.id, 'assigned_at': '2025-03-05 00:00:00'})
            self.env.flush_all()
            return answer

        with patch.object(type(documents), '_get_assign_problems', miss), self.assertLogs('odoo.sql_db', 'ERROR'):
            results = documents.with_user(self.leader)._assign_each([self.lead_task])
        self.assertTrue(checked)
        self.assertEqual([result['ok'] for result in results], [True, False, True, True])
        self.assertIn("just now", results[1]['message'])
        self.assertEqual((documents - taken).mapped('state'), ['assigned'] * 3)

    def test_form_lists_what_failed_and_tries_it_again(self):
        fit = self._create_many(2)
        restricted = self._create_registered(access_level='restricted', user_ids=self.leader.ids, code_number='41')
        wizard = self._open_wizard(fit | restricted)
        action = wizard.action_assign()
        self.assertEqual(action['res_id'], wizard.id)
        self.assertTrue(wizard.show_results)
        self.assertEqual((wizard.done_count, wizard.failed_count), (2, 1))
        failed = wizard.result_ids.filtered(lambda result: not result.is_done)
        self.assertEqual(failed.document_id, restricted)
        self.assertIn("name a person", failed.message)
        self.assertEqual(failed.action_open_document()['res_id'], restricted.id)
        # nothing was mended: it fails again, and those done stay done
        wizard.action_retry()
        self.assertEqual((wizard.done_count, wizard.failed_count), (2, 1))
        # the instruction is changed for the failed one alone
        wizard.action_change()
        self.assertEqual(wizard.document_ids, restricted)
        with Form(wizard) as form:
            form.lead_user_id = self.specialist
        action = wizard.action_assign()
        self.assertEqual(action['tag'], 'civic_incoming_assigned')
        self.assertEqual(restricted.state, 'assigned')
        self.assertEqual(len(fit.sudo().assignment_ids), 2)

    def test_retry_after_mending(self):
        draft = self._create_document(code_number='51')
        wizard = self._open_wizard(self._create_registered(code_number='52') | draft)
        wizard.action_assign()
        self.assertEqual(wizard.failed_count, 1)
        draft.with_user(self.clerk)._register_documents()
        self.assertEqual(wizard.action_retry()['tag'], 'civic_incoming_assigned')
        self.assertEqual(draft.state, 'assigned')

    def test_undo_of_many(self):
        documents = self._create_many(3)
        action = self._open_wizard(documents).action_assign()
        documents[0].with_user(self.specialist).action_mark_read()
        assignments = self.env['civic.assignment'].with_user(self.leader).browse(action['params']['assignment_ids'])
        self.assertEqual(len(assignments), 3)
        self.assertRegex(assignments.action_undo(), "^2 taken back; 1 had been read")
        self.assertEqual(documents.mapped('state'), ['assigned', 'registered', 'registered'])

    def test_each_unit_has_its_own_instruction(self):
        document = self._create_registered(code_number='61')
        wizard = self._open_wizard(document, instruction="Xử lý")
        with Form(wizard) as form:
            form.coordinate_unit_ids.add(self.unit_finance)
            with form.line_ids.edit(0) as line:
                line.instruction = "Cho ý kiến về kinh phí"
        wizard.action_assign()
        self.assertEqual(
            document.sudo().assignment_ids.sorted('kind').mapped('instruction'),
            ["Xử lý\nCho ý kiến về kinh phí", "Xử lý"])
