from odoo.tests import tagged, warmup

from .common import CivicIncomingCommon

LIST_FIELDS = {
    name: {} for name in (
        'register_label', 'arrival_date', 'reference', 'subject', 'urgency', 'holder_summary', 'next_deadline',
        'is_overdue', 'is_unread', 'state')
} | {'issuer_id': {'fields': {'display_name': {}}}}


@tagged('post_install', '-at_install')
class TestPerformance(CivicIncomingCommon):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        documents = cls.env['civic.document'].with_user(cls.clerk).create([
            cls._prepare_document(code_number=str(number)) for number in range(1, 51)])
        documents._register_documents()
        documents.with_user(cls.leader)._assign([cls.lead_task, cls.coordinate_task])
        cls.documents = documents
        cls.env.flush_all()

    def _count_list_queries(self, user, count):
        """Read the first rows of the list as the browser does; return the number of queries."""
        documents = self.env['civic.document'].with_user(user)
        self.env.invalidate_all()
        before = self.cr.sql_log_count
        rows = documents.web_search_read(
            [('id', 'in', self.documents.ids[:count])], LIST_FIELDS, limit=80)['records']
        self.assertEqual(len(rows), count)
        self.assertTrue(all(row['holder_summary'] for row in rows))
        return self.cr.sql_log_count - before

    @warmup
    def test_list_takes_as_many_queries_for_fifty_rows_as_for_one(self):
        for user in (self.clerk, self.leader, self.specialist):
            with self.subTest(user=user.login):
                self._count_list_queries(user, 1)
                self.assertEqual(self._count_list_queries(user, 50), self._count_list_queries(user, 1))

    @warmup
    def test_holder_summary_of_fifty_documents(self):
        documents = self.documents.with_user(self.specialist)
        self.env.invalidate_all()
        with self.assertQueryCount(6):
            self.assertEqual(len(documents.mapped('holder_summary')), 50)

    def test_assigning_costs_no_query_per_document(self):
        """A hundred documents in five seconds: what grows with them is the rows, not the round trips."""
        fresh = self.env['civic.document'].with_user(self.clerk).create([
            self._prepare_document(code_number=str(number)) for number in range(101, 133)])
        fresh._register_documents()
        self.env.flush_all()

        def assign(documents):
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            documents.with_user(self.leader)._assign([self.lead_task, self.coordinate_task], "Xử lý")
            self.env.flush_all()
            return self.cr.sql_log_count - before

        assign(fresh[:1])
        one = assign(fresh[1])
        thirty = assign(fresh[2:])
        self.assertLess(thirty - one, 30)
