from markupsafe import Markup

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import BaseCase, tagged
from odoo.tools import SQL

from ..models import civic_document_text
from ..tools.fulltext import fold_keeping_length, get_excerpt, get_query_terms, make_tsquery
from .common import CivicDocumentCommon
from .pdf import make_pdf


@tagged('post_install', '-at_install')
class TestFulltext(BaseCase):

    def test_folding_keeps_the_length_of_composed_text(self):
        for text, folded in (
            ("Thủy lợi ĐƯỜNG hoà hòa", "thuy loi duong hoa hoa"), ("ﬁ İ ß Å", "ﬁ i ß a"), ("Ơ ơ Ư ư", "o o u u"),
        ):
            self.assertEqual(fold_keeping_length(text), folded)
            self.assertEqual(len(folded), len(text))

    def test_queries(self):
        for query, tsquery in (
            ("Chuyển đổi", "'chuyen' & 'doi':*"), ("Chuyển đổi ", "'chuyen' & 'doi'"),
            ('"chuyển đổi số" kế', "('chuyen' <-> 'doi' <-> 'so') & 'ke':*"), ("chuyen doi s", "'chuyen' & 'doi'"),
            ("a", "'a'"), ("'; drop table --", "'drop' & 'table'"), ("!&|:*()", ""), ('""', ""), ("", ""),
            ("123/QĐ-UBND", "'123' & 'qd' & 'ubnd':*"),
        ):
            with self.subTest(query):
                self.assertEqual(make_tsquery(query), tsquery)

    def test_excerpt_shows_the_original_letters_around_the_match(self):
        body = "mở đầu " * 100 + "Ủy ban nhân dân phường Hoà Bình <họp> bàn." + " kết thúc" * 100
        excerpt = get_excerpt(body, get_query_terms("hòa bin"))
        self.assertEqual([text for text, is_match in excerpt if is_match], ["Hoà", "Bình"])
        self.assertTrue(excerpt[0][0].startswith('…') and excerpt[-1][0].endswith('…'))
        self.assertIsNone(get_excerpt(body, get_query_terms("xyz")))
        self.assertEqual(
            [text for text, is_match in get_excerpt(body, get_query_terms('"nhan dan"')) if is_match], ["nhân dân"])

    def test_excerpt_begins_where_the_words_stand_together(self):
        body = "Kế hoạch năm. " + "chữ khác " * 15 + "Kế toán trưởng ký" + " kết thúc" * 100
        excerpt = get_excerpt(body, get_query_terms("kế toán trưởng"))
        self.assertEqual([text for text, is_match in excerpt if is_match], ["Kế", "toán", "trưởng"])


@tagged('post_install', '-at_install')
class TestSearch(CivicDocumentCommon):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Document = cls.env['civic.document'].with_user(cls.clerk)
        cls.plan = cls.Document._capture(
            "kh.pdf", make_pdf("Điều 1. Xây dựng nền tảng số dùng chung tại phường Hoà Thuận."),
            **cls._prepare_document(subject="Kế hoạch chuyển đổi số", code_number='4292', code_notation='KH-UBND'))
        cls.letter = cls.Document.create(cls._prepare_document(
            subject="Góp ý dự thảo nghị quyết", code_number='05', code_notation='QĐ-UBND', signer_name="Lê Thị Thủy",
            issue_date='2025-03-04'))

    def _find(self, text, user=None, operator='ilike'):
        return self.env['civic.document'].with_user(user or self.clerk).search([
            ('search_text', operator, text), ('id', 'in', (self.plan | self.letter).ids)])

    def test_words_are_found_whatever_marks_case_and_orthography(self):
        for text in (
            "chuyển đổi số", "CHUYEN DOI SO", "so doi chuyen", "nền tảng", "hòa thuận", "hoà thuận", "hoa thuan",
            '"nền tảng số"', "chuyển đổi nền tảng", "ke hoa", "Bộ Nội vụ nền", "BNV nen tang",
        ):
            with self.subTest(text):
                self.assertEqual(self._find(text), self.plan)
        for text in ("chuyển đổi không có", '"số nền tảng"', "chuy doi", "nền tảng góp ý"):
            with self.subTest(text):
                self.assertFalse(self._find(text))
        self.assertEqual(self._find("Thuỷ"), self.letter)
        self.assertEqual(self._find("kế hoạch", operator='='), self.plan)
        self.assertEqual(self._find(["kế hoạch", "góp ý"], operator='in'), self.plan | self.letter)
        self.assertEqual(self._find("kế hoạch", operator='not ilike'), self.letter)

    def test_references_numbers_and_dates(self):
        for text, found in (
            ("4292/KH-UBND", self.plan), ("4292/kh-ub", self.plan), ("Số: 4292/KH-UBND ngày 03/03/2025", self.plan),
            ("4292", self.plan), ("5/QD-UBND", self.letter), ("05/QĐ-UBND", self.letter), ("5", self.letter),
            ("4/3/2025", self.letter), ("4292/KH-UBND ngày 04/03/2025", self.Document),
        ):
            with self.subTest(text):
                self.assertEqual(self._find(text), found)
        self.plan.action_register()
        self.assertIn(self.plan, self.Document.search([('search_text', 'ilike', str(self.plan.register_number))]))

    def test_a_reference_that_no_document_bears_finds_those_that_cite_it(self):
        citing = self.Document._capture(
            "a.pdf", make_pdf("Căn cứ Nghị định số 4711/NĐ-XYZ của Chính phủ"), **self._prepare_document())
        self.assertEqual(self.Document.search([('search_text', 'ilike', "4711/nd-xyz")]), citing)

    def test_the_words_follow_the_metadata(self):
        self.plan.subject = "Báo cáo tổng kết"
        self.assertFalse(self._find("chuyển đổi"))
        self.assertEqual(self._find("báo cáo nền tảng"), self.plan, "the text layer stays")
        self.plan.issuer_id = False
        self.plan.issuer_name = "Hội Chữ thập đỏ"
        self.assertEqual(self._find("chữ thập"), self.plan)
        self.plan.with_user(self.clerk).unlink()
        self.env.cr.execute("SELECT 1 FROM civic_document_text WHERE document_id = %s", [self.plan.id])
        self.assertFalse(self.env.cr.fetchall())

    def test_search_respects_agency_and_access(self):
        self.plan.write({'access_level': 'restricted', 'user_ids': [Command.link(self.leader.id)]})
        self.assertEqual(self._find("nền tảng", self.leader), self.plan)
        for user in (self.specialist, self.manager, self.foreign_clerk, self.foreign_leader):
            with self.subTest(user.login):
                self.assertFalse(self._find("nền tảng", user))
                with self.assertRaises(AccessError):
                    self.plan.with_user(user).with_context(civic_search="nền tảng").read(['snippet'])

    def test_snippet_shows_the_original_letters_and_escapes(self):
        document = self.Document._capture(
            "a.txt", "Kính gửi <b>Ủy ban</b>: thuỷ điện & thuỷ lợi".encode(), **self._prepare_document())
        snippet = document.with_context(civic_search=["thủy lợi"]).snippet
        self.assertEqual(
            snippet,
            Markup("Kính gửi &lt;b&gt;Ủy ban&lt;/b&gt;: <mark>thuỷ</mark> điện &amp; <mark>thuỷ</mark> <mark>lợi</mark>"))
        self.assertFalse(document.snippet)
        self.assertFalse(self.letter.with_context(civic_search="góp ý").snippet, "no text layer, no excerpt")

    def test_snippet_finds_a_match_far_down(self):
        document = self.Document._capture(
            "a.txt", ("mở đầu văn bản\n" * 5000 + "đoạn cuối cùng").encode(), **self._prepare_document())
        self.assertIn("<mark>cuối</mark>", document.with_context(civic_search="cuối").snippet)

    def test_a_list_of_results_takes_as_many_queries_for_two_as_for_forty(self):
        self.Document.create([self._prepare_document(subject=f"Kế hoạch thứ {number}") for number in range(40)])
        specification = {'subject': {}, 'reference': {}, 'snippet': {}, 'state': {}}
        counts = {}
        for limit in (2, 40):
            self.env.invalidate_all()
            Documents = self.Document.with_context(civic_search="kế hoạch")
            Documents.web_search_read([('search_text', 'ilike', "kế hoạch")], specification, limit=1)
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            result = Documents.web_search_read([('search_text', 'ilike', "kế hoạch")], specification, limit=limit)
            counts[limit] = self.env.cr.sql_log_count - before
            self.assertEqual(len(result['records']), limit)
        self.assertLessEqual(counts[40], counts[2])

    def test_many_drafts_are_indexed_by_one_statement(self):
        values = [self._prepare_document(subject=f"Kế hoạch thứ {number}") for number in range(10)]
        documents = self.Document.create(values)
        documents.flush_recordset()
        self.env.invalidate_all()
        documents.mapped('issuer_id.abbreviation')
        documents.mapped('subject')
        with self.assertQueryCount(1):
            self.env['civic.document.text'].sudo()._update_head(documents)

    def test_search_uses_the_index(self):
        """The plan over a filled table: words are looked up, not scanned for."""
        self.env.cr.execute("""
            INSERT INTO civic_document (identifier, company_id, direction, state, date_sort, urgency, access_level, subject)
            SELECT 'search-test-' || n, %s, 'incoming', 'draft', date '2020-01-01' + n %% 1000, 'normal', 'agency', 'x'
              FROM generate_series(1, 20000) AS n
        """, [self.agency.id])
        self.env.cr.execute("""
            INSERT INTO civic_document_text (document_id, company_id, tsv)
            SELECT id, company_id, to_tsvector('simple', 'van ban so ' || id || ' tu' || id % 500)
              FROM civic_document WHERE identifier LIKE 'search-test-%'
        """)
        # what was written by this transaction still waits to be sorted in
        self.env.cr.execute("SELECT gin_clean_pending_list('civic_document_text__tsv_idx')")
        self.env.cr.execute("ANALYZE civic_document_text")
        self.env.cr.execute("ANALYZE civic_document")

        def explain(query):
            return '\n'.join(row[0] for row in self.env.execute_query(SQL("EXPLAIN %s", query)))
        self.assertIn('civic_document_text__tsv_idx', explain(self.Document._get_text_query('tu123 ')))
        found = self.Document._search([('search_text', 'ilike', 'tu123 ')], limit=80)
        self.assertIn('civic_document_pkey', explain(found.select()))
        rare = self.Document.search([('search_text', 'ilike', 'tu123 ')])
        self.assertEqual(len(rare), 40)
        # what is found in more documents than go by their ids is the same
        self.patch(civic_document_text, 'FEW_MATCHES', 10)
        self.assertIn('civic_document_text', explain(self.Document._search([('search_text', 'ilike', 'tu123 ')]).select()))
        self.assertEqual(self.Document.search([('search_text', 'ilike', 'tu123 ')]), rare)

    def test_a_text_of_nothing_but_new_words_is_indexed_as_far_as_the_database_can(self):
        words = ' '.join(f'w{number:x}' for number in range(180_000))
        document = self.Document._capture("a.txt", words.encode(), **self._prepare_document())
        self.assertEqual(self.Document.search([('search_text', '=', 'w1f w20 w21 ')]), document)
