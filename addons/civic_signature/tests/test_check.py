import base64
import json
from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import tagged

from odoo.addons.queue_job.tests.common import trap_jobs

from ..hooks import post_init_hook
from ..tools import keys, signing
from ..tools.demo_ca import DemoAuthority
from ..tools.demo_papers import tamper
from .common import CivicSignatureCommon
from .papers import NAME, PIN, make_paper


@tagged('post_install', '-at_install')
class TestCheck(CivicSignatureCommon):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.minister = cls.authority.issue("Phạm Văn Cẩn", "Bộ Nội vụ")
        cls.minister_agency = cls.authority.issue("Bộ Nội vụ", "Bộ Nội vụ")
        person = signing.sign(make_paper(), cls._key(cls.minister)).pdf
        cls.signed = signing.sign(person, cls._key(cls.minister_agency)).pdf

    @classmethod
    def _key(cls, holder):
        return keys.Pkcs12Key(holder.to_pkcs12(PIN), PIN)

    # === WHAT ENTERS === #

    def test_every_pdf_that_enters_is_checked(self):
        with trap_jobs() as trap:
            document = self.env['civic.document'].with_user(self.clerk)._capture(
                "Công văn.pdf", self.signed, direction='incoming', subject="Công văn")
            trap.assert_jobs_count(1, only=document.content_ids._job_check_signatures)
            self.assertEqual(document.signature_state, 'unknown')
            trap.perform_enqueued_jobs()
        self.assertEqual(document.signature_state, 'valid')
        self.assertRecordValues(document.signature_ids, [
            {'holder': "Phạm Văn Cẩn (mẫu)", 'role': 'person', 'state': 'valid', 'level': 'B-B'},
            {'holder': "Bộ Nội vụ (mẫu)", 'role': 'agency', 'state': 'valid', 'level': 'B-B'},
        ])
        self.assertIn("Bộ Nội vụ", document.signature_message)
        self.assertEqual(self._lines(document, 'signature_validation').outcome, 'success')

    def test_an_unsigned_pdf_says_so_at_once_and_needs_no_check(self):
        with trap_jobs() as trap:
            document = self.env['civic.document'].with_user(self.clerk)._capture(
                "Công văn.pdf", make_paper(), direction='incoming', subject="Công văn")
            trap.assert_jobs_count(0)
        self.assertEqual((document.signature_state, document.content_ids.signature_state), ('none', 'none'))
        self.assertEqual(document._check_signatures(), {document.id: 'none'})

    def test_what_a_file_is_cannot_be_said_over_the_programming_interface(self):
        forged = self.env['civic.document'].with_user(self.clerk).with_context(
            default_signature_state='valid', civic_signature_seen=('x', False), civic_signature_later=True)
        with trap_jobs() as trap:
            document = forged._capture("Công văn.pdf", self.signed, direction='incoming', subject="Công văn")
            trap.assert_jobs_count(1)
        self.assertEqual((document.signature_state, document.content_ids.signature_state), ('unknown', 'unknown'))
        for record in (document, document.content_ids):
            with self.assertRaises(AccessError):
                record.with_user(self.clerk).write({'signature_state': 'valid'})

    def test_a_document_changed_after_signing_is_caught(self):
        document = self._capture_paper(tamper(self.signed), direction='incoming')
        self.assertEqual(document._check_signatures(), {document.id: 'invalid'})
        self.assertIn("changed after it was signed", document.signature_message)
        self.env['res.lang']._activate_lang('vi_VN')
        self.assertIn("đã bị sửa sau khi ký", document.with_context(lang='vi_VN').signature_message)
        self.assertEqual(self._lines(document, 'signature_validation').outcome, 'failure')
        evidence = json.loads(document.signature_ids[1].evidence)
        self.assertEqual(evidence['problems'], ['modified'])

    def test_a_signature_of_a_stranger_is_shown_with_reservations(self):
        other = DemoAuthority(name="other").issue("Người lạ", "Công ty lạ")
        document = self._capture_paper(signing.sign(make_paper(), self._key(other)).pdf, direction='incoming')
        document._check_signatures()
        self.assertEqual(document.signature_state, 'warning')
        self.assertIn("trusted authority", document.signature_message)

    def test_a_document_is_as_good_as_its_worst_file(self):
        document = self._capture_paper(self.signed, direction='incoming')
        document._check_signatures()
        with trap_jobs():
            document._attach_content("Phụ lục.pdf", make_paper("Phụ lục"), role='appendix')
        document._check_signatures()
        self.assertEqual(document.signature_state, 'valid', "an appendix need not be signed by itself")
        with trap_jobs():
            document._attach_content("Phụ lục 2.pdf", tamper(self.signed), role='appendix')
        document._check_signatures()
        self.assertEqual(document.signature_state, 'invalid')

    def test_a_file_that_cannot_be_checked_says_so(self):
        broken = self.signed.replace(b'/ByteRange [0', b'/ByteRange [x')
        document = self._capture_paper(broken, direction='incoming')
        document._check_signatures()
        self.assertIn(document.signature_state, ('failed', 'invalid'))
        self.assertTrue(document.signature_message)

    # === AGAIN AND AGAIN === #

    def test_what_was_checked_longest_ago_is_checked_first_and_a_change_is_told(self):
        authority = DemoAuthority()
        self.env['civic.trust.anchor'].create({'certificate': base64.b64encode(authority.root.der)})
        self.env['civic.revocation.list'].create([
            {'content': base64.b64encode(raw)} for raw in authority.make_crls(authority.now - timedelta(days=2))])
        holder = authority.issue("Lê Thị Đào", "Sở Tài chính")
        document = self._capture_paper(signing.sign(make_paper(), self._key(holder)).pdf, direction='incoming')
        self.assertEqual(document._check_signatures(), {document.id: 'valid'})
        content = document.content_ids.sudo()
        authority.revoke(holder, authority.now - timedelta(days=1))
        self.env['civic.revocation.list'].create([
            {'content': base64.b64encode(raw)} for raw in authority.make_crls()])
        cron = self.env.ref('civic_signature.ir_cron_check_signatures')
        with self.enter_registry_test_mode():
            cron.method_direct_trigger()
        self.assertEqual(document.signature_state, 'valid', "not due yet")
        long_ago = fields.Datetime.now() - timedelta(days=40)
        content.signature_checked_at = long_ago
        posts = document.message_ids
        with self.enter_registry_test_mode():
            cron.method_direct_trigger()
        self.assertEqual(document.signature_state, 'invalid')
        self.assertGreater(content.signature_checked_at, long_ago)
        self.assertEqual(len(document.message_ids - posts), 1)
        self.assertIn("revoked", (document.message_ids - posts).body)
        self.assertEqual(len(self._lines(document, 'signature_validation')), 2)

    def test_files_that_were_here_before_the_add_on_are_checked_too(self):
        document = self._capture_paper(self.signed)
        content = document.content_ids.sudo()
        self.env.flush_all()
        self.env.cr.execute("UPDATE civic_content SET signature_state = NULL WHERE id = %s", [content.id])
        post_init_hook(self.env)
        cron = self.env.ref('civic_signature.ir_cron_check_signatures')
        with self.enter_registry_test_mode():
            cron.method_direct_trigger()
        self.assertEqual((content.signature_state, document.signature_state), ('valid', 'valid'))

    def test_the_run_takes_so_many_and_leaves_the_rest(self):
        documents = self.env['civic.document']
        for number in range(3):
            document = self._capture_paper(
                signing.sign(make_paper(f"Số {number}"), self._key(self.minister)).pdf, subject=f"Số {number}")
            documents |= document
        self.env['civic.rule.value'].search([('key', '=', 'signature.recheck_batch')]).value = '2'
        cron = self.env.ref('civic_signature.ir_cron_check_signatures')
        with self.enter_registry_test_mode():
            cron.method_direct_trigger()
        self.assertEqual(
            sorted(documents.mapped('signature_state')), ['unknown', 'valid', 'valid'])

    # === WHO SEES IT === #

    def test_signatures_are_seen_with_their_document(self):
        document = self._capture_paper(self.signed, access_level='restricted')
        document._check_signatures()
        rows = document.signature_ids
        self.assertTrue(rows.with_user(self.clerk).read(['holder', 'evidence']))
        for user in (self.other_specialist, self.foreign_leader):
            self.assertFalse(self.env['civic.signature'].with_user(user).search([('id', 'in', rows.ids)]))
            with self.assertRaises(AccessError):
                rows.with_user(user).read(['holder'])
            with self.assertRaises(AccessError):
                document.content_ids.with_user(user)._check_signatures()
        for values, act in (({}, 'unlink'), ({'state': 'valid'}, 'write')):
            with self.assertRaises(AccessError):
                getattr(rows.with_user(self.records_admin), act)(*([values] if values else []))
        with self.assertRaises(AccessError):
            self.env['civic.signature'].with_user(self.clerk).create({
                'content_id': document.content_ids.id, 'document_id': document.id, 'company_id': self.agency.id,
                'role': 'person', 'state': 'valid'})

    def test_the_list_of_documents_asks_nothing_per_row(self):
        documents = self.env['civic.document']
        for number in range(12):
            documents |= self._capture_paper(make_paper(f"Số {number}"), subject=f"Số {number}")
        self.env.flush_all()
        few, many = documents[:2].ids, documents.ids
        specification = {'subject': {}, 'signature_state': {}}
        counts = []
        for ids in (few, many):
            self.env.invalidate_all()
            model = self.env['civic.document'].with_user(self.clerk)
            model.web_search_read([('id', 'in', ids)], specification)
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            model.web_search_read([('id', 'in', ids)], specification)
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(counts[0], counts[1])

    # === TRUST === #

    def test_lists_and_authorities_are_read_from_their_files(self):
        anchor = self.env['civic.trust.anchor'].search([('fingerprint', '!=', False)], limit=1)
        self.assertEqual(anchor.name, "Root CA (mẫu)")
        lists = self.env['civic.revocation.list'].search([])
        self.assertEqual(set(lists.mapped('issuer')), {"Root CA (mẫu)", "Sub CA (mẫu)"})
        for model in ('civic.trust.anchor', 'civic.revocation.list'):
            name = 'certificate' if model == 'civic.trust.anchor' else 'content'
            with self.assertRaises(Exception) as error:
                self.env[model].create({name: base64.b64encode(b'nothing of the kind')})
            self.assertEqual(type(error.exception).__name__, 'UserError')
        for user in (self.clerk, self.leader, self.records_admin):     # whom one agency trusts, all of them do
            for model in ('civic.trust.anchor', 'civic.revocation.list', 'civic.timestamp.authority'):
                with self.subTest(user=user.login, model=model):
                    self.assertTrue(self.env[model].with_user(user).has_access('read'))
                    self.assertFalse(self.env[model].with_user(user).has_access('create'))
            with self.assertRaises(AccessError):
                self.env['civic.trust.anchor'].with_user(user).create({
                    'certificate': base64.b64encode(DemoAuthority().root.der)})

    def test_the_names_of_signers_decide_their_role(self):
        content = self._capture_paper(self.signed).content_ids
        content._check_signatures()
        self.assertEqual(content.signature_ids.mapped('role'), ['person', 'agency'])
        own = self._capture_paper()
        signed = self._sign_as_leader(own.content_ids)
        self.assertEqual(signed.signature_ids.certificate_id, self.leader_certificate)
        self.assertEqual(signed.signature_ids.holder, NAME + " (mẫu)")
