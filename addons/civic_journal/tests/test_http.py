import json

from odoo.tests import HttpCase, JsonRpcException, tagged
from odoo.tools import mute_logger

from odoo.addons.civic_journal.tools.verify_journal import read_anchors, verify

from .common import AUDITORS, ROLES, JournalTown


@tagged('post_install', '-at_install')
class TestJournalHttp(JournalTown, HttpCase):
    """What people can do from outside, with an own log-in."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.build_town()
        while cls.seals._seal_batch():
            pass
        cls.lines = cls.journal._append('access', cls.papers)
        cls.seal = cls.seals._seal_batch()

    def call(self, model, method, *args, **kwargs):
        return self.make_jsonrpc_request(f'/web/dataset/call_kw/{model}/{method}', {
            'model': model, 'method': method, 'args': args, 'kwargs': kwargs})

    def snapshot(self):
        self.env.invalidate_all()
        return self.lines.read(), self.seal.read(), self.seal.line_ids.read()

    def test_nobody_changes_a_line_over_rpc(self):
        before = self.snapshot()
        targets = {
            'civic.journal.entry': self.lines[:2].ids,
            'civic.journal.seal': self.seal.ids,
            'civic.journal.seal.line': self.seal.line_ids[:2].ids,
        }
        for role in ROLES:
            self.authenticate(f'journal_{role}', f'journal_{role}')
            for model, ids in targets.items():
                for method, args in {
                    'create': [{'company_id': self.office.id}],
                    'write': [ids, {'company_id': self.office.id}],
                    'unlink': [ids],
                    'copy': [ids],
                    'web_save': [ids, {'company_id': self.office.id}, {}],
                    'load': [['id'], [['1']]],
                    '_append': ['access', ids],
                    '_insert_lines': [],
                    '_seal_batch': [],
                    '_insert_seal': [],
                    '_cron_seal': [],
                    '_export': [],
                    'init': [],
                }.items():
                    with self.subTest(role=role, model=model, method=method):
                        if method == 'load':
                            result = self.call(model, method, *args)
                            self.assertFalse(result['ids'])
                            continue
                        with self.assertRaises(JsonRpcException), mute_logger('odoo.http'):
                            self.call(model, method, *args)
        self.assertEqual(self.snapshot(), before)

    def test_auditors_read_over_rpc_and_others_do_not(self):
        for role in ROLES:
            self.authenticate(f'journal_{role}', f'journal_{role}')
            found = self.call(
                'civic.journal.entry', 'search_read', [('id', 'in', self.lines.ids)], ['agent'])
            with self.subTest(role=role):
                self.assertEqual(len(found), 50 if role in AUDITORS else 0)
        self.authenticate('journal_stranger', 'journal_stranger')
        self.assertFalse(self.call(
            'civic.journal.entry', 'search_read', [('id', 'in', self.lines.ids)], ['agent']))

    def test_the_export_is_downloaded_and_verifies(self):
        for role in ('records_admin', 'manager'):
            self.authenticate(f'journal_{role}', f'journal_{role}')
            response = self.url_open(f'/civic/journal/export?company_id={self.office.id}')
            self.assertEqual(response.status_code, 200)
            self.assertIn('attachment', response.headers['Content-Disposition'])
            report = verify(response.content.splitlines())
            self.assertEqual(report.findings, [])
            self.assertGreaterEqual(report.lines, 50)
            line = self.journal.search([], limit=1)
            self.assertEqual((line.event_type, line.agent), ('export', f'journal_{role}'))
            self.assertEqual(line.source, 'web')
            self.assertTrue(line.remote_ip)

    def test_the_seals_are_downloaded_as_an_anchor(self):
        self.authenticate('journal_records_admin', 'journal_records_admin')
        response = self.url_open('/civic/journal/export?kind=seals')
        anchors = read_anchors(response.content.splitlines())
        self.assertEqual(anchors[self.seal.number], self.seal.digest)
        self.assertNotIn('Công văn', response.text)

    def test_the_verifier_is_downloaded(self):
        self.authenticate('journal_manager', 'journal_manager')
        response = self.url_open('/civic/journal/verifier')
        self.assertIn('def verify(', response.text)
        compile(response.text, 'verify_journal.py', 'exec')

    @mute_logger('odoo.http')
    def test_the_export_is_refused_to_others(self):
        exports = [('event_type', '=', 'export')]
        count = self.journal.search_count(exports)
        for role in set(ROLES) - {'records_admin', 'manager'}:
            self.authenticate(f'journal_{role}', f'journal_{role}')
            for path in (f'/civic/journal/export?company_id={self.office.id}',
                         '/civic/journal/export?kind=seals', '/civic/journal/verifier'):
                with self.subTest(role=role, path=path):
                    self.assertEqual(self.url_open(path).status_code, 403)
        self.assertEqual(self.journal.search_count(exports), count)
        self.authenticate(None, None)
        response = self.url_open('/civic/journal/export?kind=seals', allow_redirects=False)
        self.assertEqual(response.status_code, 303)
        self.assertIn('/web/login', response.headers['Location'])

    @mute_logger('odoo.http')
    def test_wrong_wishes_are_refused(self):
        self.authenticate('journal_records_admin', 'journal_records_admin')
        for query, status in {
            f'company_id={self.ward.id}': 403,      # another agency
            'company_id=1 OR 1=1': 403,
            'kind=journal': 403,                    # all agencies, but not a member of all
            f'company_id={self.office.id}&since=31/12/2025': 422,
            f'company_id={self.office.id}&kind=passwords': 422,
        }.items():
            with self.subTest(query=query):
                response = self.url_open(f'/civic/journal/export?{query}')
                self.assertEqual(response.status_code, status)
                self.assertNotIn('Công văn', response.text)

    def test_a_member_of_all_agencies_exports_all(self):
        companies = self.env['res.company'].with_context(active_test=False).search([])
        self.users['records_admin'].company_ids = [(6, 0, companies.ids)]
        self.authenticate('journal_records_admin', 'journal_records_admin')
        report = verify(self.url_open('/civic/journal/export').content.splitlines())
        self.assertEqual(report.findings, [])
        self.assertEqual(report.withheld, 0)

    def test_the_wizard_leads_to_the_download(self):
        self.authenticate('journal_records_admin', 'journal_records_admin')
        wizard = self.env['civic.journal.export.wizard'].with_user(
            self.users['records_admin']).create({'since': '2020-11-06'})
        self.assertEqual(wizard.company_id, self.office)
        action = wizard.action_download()
        response = self.url_open(action['url'])
        values = [json.loads(text) for text in response.content.splitlines()]
        self.assertEqual(values[0]['company'], self.office.id)
        self.assertTrue(values[0]['since'].startswith('2020-11-06'))
        wizard.kind = 'seals'
        self.assertEqual(wizard.action_download()['url'], '/civic/journal/export?kind=seals')
