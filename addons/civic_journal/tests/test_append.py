import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from unittest.mock import patch

from odoo.tests import tagged, users, warmup

from odoo.addons.civic_journal.models import civic_journal_entry
from odoo.addons.civic_journal.tools.canonical import canonical_json, plain_text

from .common import JournalCase


@tagged('post_install', '-at_install')
class TestAppend(JournalCase):

    def test_a_line_says_who_did_what_to_which_object_when(self):
        clerk = self.users['clerk']
        before = datetime.now(UTC).replace(tzinfo=None)
        line = self.journal.with_user(clerk)._append(
            'registration', self.paper, detail={'number': 12})
        self.assertRecordValues(line.sudo(), [{
            'event_type': 'registration', 'outcome': 'success', 'company_id': self.office.id,
            'user_id': clerk.id, 'agent': 'journal_clerk', 'res_model': 'res.partner',
            'res_id': self.paper.id, 'object_ref': "Công văn số 0", 'detail': '{"number":12}',
            'source': 'system', 'remote_ip': False,
        }])
        self.assertLess(abs(line.sudo().event_at - before), timedelta(minutes=1))

    def test_time_comes_from_the_database_to_the_microsecond(self):
        lines = self.journal._append('access', self.papers)
        times = lines.mapped('event_at')
        self.assertEqual(times, sorted(times))
        self.assertTrue(any(time.microsecond for time in times))
        self.assertRegex(lines[0].event_time, r'^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}$')

    def test_lines_keep_the_order_of_the_objects(self):
        order = self.papers.sorted('id', reverse=True)
        lines = self.journal._append('access', order)
        self.assertEqual(lines.ids, sorted(lines.ids))
        self.assertEqual(lines.mapped('res_id'), order.ids)

    def test_names_are_frozen(self):
        clerk = self.users['clerk']
        line = self.journal.with_user(clerk)._append('creation', self.paper).sudo()
        self.paper.name = "Tên khác"
        clerk.login = 'someone_else'
        self.env.flush_all()
        line.invalidate_recordset()
        self.assertEqual((line.object_ref, line.agent), ("Công văn số 0", 'journal_clerk'))
        later = self.journal.with_user(clerk)._append('creation', self.paper).sudo()
        self.assertEqual((later.object_ref, later.agent), ("Tên khác", 'someone_else'))

    def test_sudo_does_not_hide_who_acts(self):
        line = self.journal.with_user(self.users['specialist']).sudo()._append('access', self.paper)
        self.assertEqual(line.agent, 'journal_specialist')

    def test_facts_of_one_object_go_before_the_shared_ones(self):
        lines = self.journal._append(
            'assignment', self.papers[:2], detail={'b': 1, 'a': "hòa"},
            details={self.papers[1].id: {'b': 2}})
        self.assertEqual(lines.mapped('detail'), ['{"a":"hòa","b":1}', '{"a":"hòa","b":2}'])

    def test_detail_is_canonical(self):
        text = canonical_json({
            'z': {3, 1, 2}, 'a': [date(2025, 7, 1), Decimal('1.50'), None, True], 1: "Số\0",
            'who': self.papers[:2],
        })
        self.assertEqual(
            text, '{"1":"Số\N{REPLACEMENT CHARACTER}","a":["2025-07-01","1.50",null,true],'
            f'"who":[{self.papers[0].id},{self.papers[1].id}],"z":[1,2,3]}}')
        self.assertEqual(json.loads(text)['z'], [1, 2, 3])

    def test_content_is_refused_in_detail(self):
        with self.assertRaises(TypeError):
            self.journal._append('capture', self.paper, detail={'raw': b'%PDF'})

    def test_long_and_broken_names_are_stored_all_the_same(self):
        self.paper.name = "Trích yếu " * 1000
        line = self.journal._append('creation', self.paper)
        self.assertEqual(len(line.object_ref), 512)
        self.assertEqual(plain_text('a\0b\ud800'), 'a\N{REPLACEMENT CHARACTER}b?')
        self.journal._append_outside('refusal', object_ref='a\0b\ud800.pdf')
        self.assertEqual(
            self.journal.search([], limit=1).object_ref, 'a\N{REPLACEMENT CHARACTER}b?.pdf')

    def test_no_object_no_line(self):
        self.assertFalse(self.journal._append('access', self.papers.browse()))

    def test_unknown_words_are_refused(self):
        with self.assertRaises(ValueError):
            self.journal._append('teleportation', self.paper)
        with self.assertRaises(ValueError):
            self.journal._append('access', self.paper, outcome='maybe')

    def test_objects_that_are_not_stored_are_refused(self):
        with self.assertRaises(ValueError):
            self.journal._append('access', self.env['res.partner'].new({'name': "Nháp"}))

    def test_the_agency_is_that_of_the_object(self):
        theirs = self.paper.copy({'company_id': self.ward.id})
        nobodys = self.paper.copy({'company_id': False})
        lines = self.journal.with_company(self.office)._append(
            'access', self.paper + theirs + nobodys)
        self.assertEqual(
            lines.mapped('company_id.id'), [self.office.id, self.ward.id]
        )
        self.assertEqual(lines[2].company_id, self.office)
        self.assertEqual(
            self.journal._append('configuration', self.ward).company_id, self.ward)

    def test_the_way_of_the_act_is_kept(self):
        def origin(path, **context):
            class Request:
                class httprequest:
                    environ = {'REMOTE_ADDR': '203.0.113.7', 'PATH_INFO': path}
            with patch.object(civic_journal_entry, 'request', path and Request()):
                return self.journal.with_context(**context)._get_origin()

        self.assertEqual(origin('/web/dataset/call_kw'), ('web', '203.0.113.7'))
        self.assertEqual(origin('/civic/content/1/a.pdf'), ('web', '203.0.113.7'))
        for path in ('/xmlrpc/2/object', '/jsonrpc', '/json/2/civic.document/read'):
            self.assertEqual(origin(path), ('rpc', '203.0.113.7'))
        self.assertEqual(origin('/queue_job/runjob'), ('job', None))
        self.assertEqual(origin(None), ('system', None))
        self.assertEqual(origin(None, cron_id=1), ('cron', None))

    def test_a_login_leaves_a_line(self):
        clerk = self.users['clerk']
        clerk.with_user(clerk).sudo()._update_last_login()
        line = self.journal.search([], limit=1)
        self.assertEqual((line.event_type, line.agent), ('login', 'journal_clerk'))
        self.assertEqual((line.res_model, line.res_id), ('res.users', clerk.id))

    def test_a_refusal_names_what_was_refused(self):
        self.journal.with_user(self.users['clerk'])._append_outside(
            'refusal', model='res.partner', object_ref="tuyệt mật.pdf",
            detail={'reason': 'secret'}, company=self.ward)
        self.assertRecordValues(self.journal.search([], limit=1), [{
            'event_type': 'refusal', 'outcome': 'failure', 'agent': 'journal_clerk',
            'res_model': 'res.partner', 'res_id': 0, 'object_ref': "tuyệt mật.pdf",
            'detail': '{"reason":"secret"}', 'company_id': self.ward.id,
        }])

    @users('journal_clerk')
    @warmup
    def test_one_insert_whatever_the_number_of_objects(self):
        journal = self.env['civic.journal.entry']
        for papers in (self.papers[:1], self.papers):
            papers = papers.with_env(self.env)
            self.env.flush_all()
            self.env.invalidate_all()
            journal._get_agent()
            # the names of the objects, the lines
            with self.assertQueryCount(journal_clerk=2):
                journal._append('access', papers, detail={'page': 1})

    @users('journal_records_admin')
    @warmup
    def test_the_list_takes_the_same_queries_whatever_the_number_of_lines(self):
        self.env['civic.journal.entry']._append('access', self.papers.with_env(self.env))
        specification = {
            'event_at': {}, 'event_type': {}, 'object_ref': {}, 'agent': {}, 'outcome': {}}
        journal = self.env['civic.journal.entry']
        for limit in (1, 50):
            self.env.invalidate_all()
            with self.assertQueryCount(journal_records_admin=2):
                journal.web_search_read([], specification, limit=limit, count_limit=limit)
