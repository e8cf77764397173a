from odoo.tests import tagged, warmup
from odoo.tools import mute_logger

from .common import CivicDocumentCommon

LIST = {
    'register_label': {}, 'date_sort': {}, 'direction': {}, 'reference': {}, 'subject': {}, 'urgency': {},
    'deadline': {}, 'state': {}, 'display_name': {},
    'type_id': {'fields': {'display_name': {}}}, 'issuer_id': {'fields': {'display_name': {}}},
    'unit_id': {'fields': {'display_name': {}}}, 'registered_by_id': {'fields': {'display_name': {}}},
}


@tagged('post_install', '-at_install')
class TestDocumentPerformance(CivicDocumentCommon):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        documents = cls.env['civic.document'].with_user(cls.clerk).create([
            cls._prepare_document(subject=f"Văn bản {number}", code_number=str(number), unit_id=cls.unit_culture.id)
            for number in range(1, 52)
        ])
        documents._register_documents()
        cls.documents = documents

    def _count_list_queries(self, limit):
        documents = self.env['civic.document'].with_user(self.clerk)
        documents.web_search_read([('direction', '=', 'incoming')], LIST, limit=limit)      # fill the ORM's caches
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        result = documents.web_search_read([('direction', '=', 'incoming')], LIST, limit=limit)
        self.assertEqual(len(result['records']), limit)
        return self.env.cr.sql_log_count - before

    def test_a_list_asks_as_often_for_50_documents_as_for_one(self):
        self.assertEqual(self._count_list_queries(50), self._count_list_queries(1))

    @warmup
    @mute_logger('odoo.models.unlink')
    def test_a_list_asks_little(self):
        documents = self.env['civic.document'].with_user(self.clerk)
        with self.assertQueryCount(8):
            documents.web_search_read([('direction', '=', 'incoming')], LIST, limit=50)

    def test_names_ask_as_often_for_50_documents_as_for_one(self):
        counts = []
        for documents in (self.documents[:1], self.documents[:50]):
            documents.mapped('display_name')
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            documents.mapped('display_name')
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(counts[0], counts[1])

    @warmup
    def test_creating_and_registering_ask_little(self):
        documents = self.env['civic.document'].with_user(self.clerk)
        values = self._prepare_document(code_number='900')
        # as in a transaction of its own, which has changed no set-up
        self.env.registry.cache_invalidated.clear()
        with self.assertQueryCount(10):        # the lease, the holding and the route of higher rooms among them
            document = documents.create(values)
            document._register_documents()
            document.flush_recordset()
