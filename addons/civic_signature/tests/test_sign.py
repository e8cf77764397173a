import json
from datetime import timedelta

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.queue_job.exception import RetryableJobError
from odoo.addons.queue_job.tests.common import trap_jobs

from ..exceptions import SigningRefused
from ..tools import demo_server, pdf, timestamp
from ..tools.demo_ca import dump_holder
from .common import CivicSignatureCommon
from .papers import NAME, PIN, TITLE, make_paper


@tagged('post_install', '-at_install')
class TestSign(CivicSignatureCommon):

    def assertRefused(self, code, function, *arguments, **values):
        # not by `assertRaises`, which would roll back the count of wrong PINs, kept outside of the act in real life
        try:
            function(*arguments, **values)
        except SigningRefused as refusal:
            self.assertEqual(refusal.code, code)
        else:
            self.fail("not refused")

    # === THE PATH OF THE LAW === #

    def test_person_number_agency_in_this_order_stay_valid(self):
        """Decree 30/2020/NĐ-CP, Art. 14, 15, 32: the leader signs, the clerk numbers and signs for the agency."""
        document = self._capture_prepared()
        draft = document.content_ids
        signed = self._sign_as_leader(draft, field='person')
        self.assertEqual(document.signature_state, 'valid', document.signature_message)
        sealed = self._seal_as_clerk(signed, field='agency', fill={'number': "05"})
        self.assertRecordValues(sealed.signature_ids, [
            {'field_name': 'person', 'role': 'person', 'state': 'valid', 'certificate_id': self.leader_certificate.id,
             'signed_by_id': False},
            {'field_name': 'agency', 'role': 'agency', 'state': 'valid', 'certificate_id': self.agency_certificate.id,
             'signed_by_id': self.clerk.id},
        ])
        self.assertEqual(signed.signature_ids.signed_by_id, self.leader)
        fields_ = {item['name']: item['value'] for item in pdf.list_fields(sealed._read_bytes())}
        self.assertEqual(fields_['number'], "05")
        self.assertEqual(document.main_content_id, sealed)
        self.assertEqual(document.signature_state, 'valid')
        self.assertEqual(sealed.signed_from_id, signed)
        self.assertEqual(signed.signed_from_id, draft)
        self.assertTrue(draft.exists(), "what was signed from stays")
        self.assertEqual(len(self._lines(document, 'signature')), 2)
        detail = json.loads(self._lines(document, 'signature')[0].detail)
        self.assertEqual((detail['kind'], detail['certificate']), ('agency', self.agency_certificate.fingerprint))

    def test_number_and_date_can_be_filled_in_as_an_act_of_its_own(self):
        document = self._capture_prepared()
        signed = self._sign_as_leader(document.content_ids, field='person')
        numbered = signed.with_user(self.clerk)._fill_reserved({'number': "05"})
        self.assertEqual((numbered.signature_state, document.signature_state), ('valid', 'valid'))
        self.assertEqual(self._seal_as_clerk(numbered, field='agency').signature_state, 'valid')
        with self.assertRaises(AccessError):
            signed.with_user(self.leader)._fill_reserved({'number': "06"})
        self.assertRefused('no_field', self._sign_as_leader(self._capture_paper().content_ids)
                           .with_user(self.clerk)._fill_reserved, {'number': "05"})

    def test_the_agency_signs_only_what_the_competent_person_has_signed(self):
        """Decree 30/2020/NĐ-CP, Art. 32.2.d; copies that the agency itself made are another matter."""
        document = self._capture_paper()
        self.assertRefused('not_signed_by_person', self._seal_as_clerk, document.content_ids, box=self.seal_box)
        copy = self._seal_as_clerk(
            document.content_ids, purpose='copy',
            lines=document.content_ids._get_copy_lines("SAO Y", self.agency))
        self.assertEqual(copy.signature_state, 'valid')

    def test_a_signature_of_somebody_of_another_agency_is_not_the_competent_persons(self):
        foreign = self._create_certificate('person', "Người khác", self.other_agency, user=self.foreign_leader)
        document = self._capture_paper()
        signed = self._sign_as_leader(document.content_ids)
        foreign_document = self._capture_paper(signed._read_bytes(), user=self.foreign_clerk)
        foreign_document.content_ids._check_signatures()
        with self.assertRaises(SigningRefused):
            foreign_document.content_ids._sign(self.foreign_certificate.with_user(self.foreign_clerk), pin=PIN)
        self.assertTrue(foreign_document.content_ids.with_user(self.foreign_leader)._sign(
            foreign.with_user(self.foreign_leader), pin=PIN))

    def test_an_attachment_in_a_file_of_its_own_shows_number_and_time_without_picture(self):
        """Annex I, II.8.b: top right of page 1, no picture."""
        document = self._capture_prepared()
        appendix = document._attach_content("Phụ lục.pdf", make_paper("Phụ lục"), role='appendix')
        lines = appendix._get_attachment_lines("05/QĐ-UBND")
        self.assertRefused('not_signed_by_person', self._seal_as_clerk, appendix, purpose='attachment', lines=lines)
        self._sign_as_leader(document.main_content_id, field='person')
        sealed = self._seal_as_clerk(appendix, purpose='attachment', lines=lines)
        page, box = pdf.find_text(sealed._read_bytes(), lines[0])[0]
        self.assertEqual(page, 1)
        self.assertTrue(box[0] > 300 and box[1] > 780, box)
        self.assertNotIn(b'/Subtype /Image', sealed._read_bytes()[appendix.size:])
        self.assertEqual(document.signature_state, 'valid')

    def test_pictures_stand_where_the_decree_puts_them(self):
        content = self._capture_paper().content_ids
        page, box = content._find_signature_box(TITLE, NAME, self.leader_certificate)
        signed = self._sign_as_leader(content, page=page, box=box)
        seal = content._get_seal_box(box, self.agency_certificate)
        sealed = self._seal_as_clerk(signed, page=page, box=seal)
        person, agency = (json.loads(row.evidence) for row in sealed.signature_ids)
        self.assertAlmostEqual(agency['box'][0] + agency['box'][2], person['box'][0] + person['box'][2] / 3, delta=0.1)
        self.assertEqual((person['page'], agency['page']), (1, 1))

    # === WHO MAY === #

    def test_only_the_holder_signs_with_a_personal_certificate(self):
        content = self._capture_paper().content_ids
        for user in (self.clerk, self.records_admin, self.manager, self.unit_head, self.env.ref('base.user_root')):
            with self.subTest(user.login), self.assertRaises(AccessError):
                content.with_user(user).sudo()._sign(self.leader_certificate.with_user(user).sudo(), pin=PIN)
        self.assertFalse(content.signed_ids)

    def test_only_clerks_of_the_agency_sign_for_it(self):
        """Decree 30/2020/NĐ-CP, Art. 32.2.c."""
        signed = self._sign_as_leader(self._capture_paper().content_ids)
        for user in (self.leader, self.records_admin, self.specialist, self.foreign_clerk):
            with self.subTest(user.login), self.assertRaises(AccessError):
                signed.with_user(user).sudo()._sign(self.agency_certificate.with_user(user).sudo(), pin=PIN)
        self.assertTrue(self._seal_as_clerk(signed))

    def test_nobody_signs_a_document_that_he_may_not_read(self):
        document = self._capture_paper(access_level='restricted')
        own = self._create_certificate('person', "Chuyên viên", self.agency, user=self.other_specialist)
        with self.assertRaises(AccessError):
            document.content_ids.with_user(self.other_specialist)._sign(own.with_user(self.other_specialist), pin=PIN)

    def test_a_certificate_of_another_agency_is_refused(self):
        signed = self._sign_as_leader(self._capture_paper().content_ids)
        self.clerk.company_ids += self.other_agency
        with self.assertRaises(AccessError):
            signed.with_user(self.clerk)._sign(self.foreign_certificate.with_user(self.clerk), pin=PIN)

    # === WHAT GOES WRONG === #

    def test_a_wrong_pin_is_counted_and_blocks(self):
        content = self._capture_paper().content_ids
        attempts = self.env['civic.rule.value']._get('signature.pin_attempts')
        for _attempt in range(attempts):
            self.assertRefused('wrong_pin', self._sign_as_leader, content, pin="0000")
        self.assertEqual(self.leader_certificate.state, 'blocked')
        self.assertRefused('blocked', self._sign_as_leader, content)
        with self.assertRaises(AccessError):
            self.leader_certificate.with_user(self.leader).action_unblock()
        self.leader_certificate.with_user(self.records_admin).action_unblock()
        self.assertTrue(self._sign_as_leader(content))
        self.assertEqual(
            len(self._lines(self.leader_certificate, 'signature').filtered(lambda line: line.outcome == 'failure')), attempts)

    def test_a_right_pin_clears_the_count(self):
        content = self._capture_paper().content_ids
        self.assertRefused('wrong_pin', self._sign_as_leader, content, pin="0000")
        self.assertEqual(self.leader_certificate.pin_failures, 1)
        self._sign_as_leader(content)
        self.assertEqual(self.leader_certificate.pin_failures, 0)

    def test_an_expired_certificate_signs_nothing(self):
        past = self.authority.now - timedelta(days=10)
        holder = self.authority.issue(NAME, "UBND", starts=past - timedelta(days=100), ends=past)
        expired = self._create_certificate('person', NAME, self.agency, user=self.leader, holder=holder)
        self.assertEqual(expired.state, 'expired')
        content = self._capture_paper().content_ids
        self.assertRefused('expired', content.with_user(self.leader)._sign, expired.with_user(self.leader), pin=PIN)

    def test_what_is_no_pdf_or_damaged_is_refused(self):
        document = self._capture_paper()
        text = document._attach_content("ghi chú.txt", "Ghi chú".encode(), role='appendix')
        self.assertRefused('not_pdf', self._sign_as_leader, text)
        self.assertRefused('no_page', self._sign_as_leader, document.main_content_id, box=self.person_box, page=9)

    def test_a_file_is_signed_once_and_then_its_newer_version(self):
        content = self._capture_paper().content_ids
        self._sign_as_leader(content)
        self.assertRefused('superseded', self._sign_as_leader, content)

    def test_the_database_lets_one_of_two_signatures_on_the_same_file_through(self):
        """Two leaders at the same moment do not see each other; the second one is refused by the database."""
        content = self._capture_paper().content_ids
        self._sign_as_leader(content)
        self.patch(type(content), '_lock_for_signing', lambda self: None)
        with mute_logger('odoo.sql_db'):
            results = self.env['civic.content'].with_user(self.leader)._sign_many([{
                'content': content.with_user(self.leader), 'certificate': self.leader_certificate.with_user(self.leader)}],
                pin=PIN)
        self.assertEqual(results[0]['code'], 'superseded')
        self.assertEqual(len(content.signed_ids), 1)

    def test_a_certificate_without_picture_shows_none(self):
        bare = self._create_certificate('person', "Không ảnh", self.agency, user=self.unit_head)
        content = self._capture_paper().content_ids
        self.assertRefused(
            'no_picture', content.with_user(self.unit_head)._sign, bare.with_user(self.unit_head), pin=PIN,
            box=self.person_box)
        self.assertTrue(content.with_user(self.unit_head)._sign(bare.with_user(self.unit_head), pin=PIN))

    def test_a_cancelled_document_is_not_signed(self):
        document = self._capture_paper()
        document._cancel("Nhầm")
        self.assertRefused('cancelled', self._sign_as_leader, document.content_ids)

    # === MANY AT ONCE === #

    def test_many_files_are_signed_in_one_act_each_for_itself(self):
        contents = self.env['civic.content']
        for number in range(4):
            contents |= self._capture_paper(make_paper(f"Về việc {number}"), subject=f"Về việc {number}").content_ids
        text = contents[:1].document_id._attach_content("ghi chú.txt", b"Ghi", role='appendix')
        certificate = self.leader_certificate.with_user(self.leader)
        items = [{'content': content, 'certificate': certificate, 'box': self.person_box}
                 for content in (contents | text).with_user(self.leader)]
        results = self.env['civic.content'].with_user(self.leader)._sign_many(items, pin=PIN)
        self.assertEqual([result['code'] for result in results], ['', '', '', '', 'not_pdf'])
        self.assertEqual([bool(result['signed']) for result in results], [True] * 4 + [False])
        self.assertTrue(results[4]['message'])
        again = self.env['civic.content'].with_user(self.leader)._sign_many(items[:2], pin="0000")
        self.assertEqual([result['code'] for result in again], ['wrong_pin'] * 2)
        self.assertEqual(self.leader_certificate.pin_failures, 1, "the PIN was typed once")

    # === KEPT AS THE LAW SAYS === #

    def test_a_signed_file_of_a_registered_document_stays(self):
        document = self._capture_prepared(direction='internal', type_id=self.type_decision.id, code_notation='QĐ-UBND')
        signed = self._sign_as_leader(document.content_ids, field='person')
        document._register_documents()
        sealed = self._seal_as_clerk(signed, field='agency')
        with self.assertRaises(UserError):
            sealed.with_user(self.clerk).unlink()
        with self.assertRaises(UserError):
            signed.with_user(self.clerk).unlink()

    def test_a_draft_can_take_the_signed_file_as_its_original(self):
        document = self._capture_paper()
        signed = self._sign_as_leader(document.content_ids, content_role='original')
        self.assertEqual((signed.role, signed.signed_from_id), ('original', document.content_ids - signed))
        self.assertEqual((document.main_content_id, document.signature_state), (signed, 'valid'))

    # === TIME === #

    def _use_demo_stamper(self):
        vault = self.env['civic.timestamp.authority']._get_vault()
        authority = self.env['civic.timestamp.authority'].create({'name': "TSA (mẫu)", 'kind': 'demo'})
        authority.key_ref = vault.put(json.dumps(dump_holder(self.authority.tsa)).encode())
        self.agency.timestamp_authority_id = authority

    def test_with_an_authority_signatures_are_made_for_the_archive(self):
        self._use_demo_stamper()
        signed = self._sign_as_leader(self._capture_paper().content_ids)
        row = signed.signature_ids.filtered(lambda row: row.role == 'person')
        self.assertEqual((row.level, row.has_timestamp, row.state), ('B-LTA', True, 'valid'))
        self.assertEqual(signed.signature_ids.mapped('role'), ['person', 'timestamp'])

    def test_the_time_stamp_follows_when_the_authority_does_not_answer(self):
        with demo_server.serve(demo_server.TimestampHandler, None) as url:
            pass
        self.agency.timestamp_authority_id = self.env['civic.timestamp.authority'].create({'name': "TSA", 'url': url})
        content = self._capture_paper().content_ids
        with trap_jobs() as trap:
            signed = self._sign_as_leader(content)
            trap.assert_jobs_count(1, only=signed._job_add_timestamp)
        self.assertEqual(signed.signature_ids.level, 'B-B')
        with self.assertRaises(RetryableJobError):
            signed.sudo()._job_add_timestamp(self.agency.id)
        stamper = timestamp.make_demo_stamper(self.authority.tsa)
        with demo_server.serve(demo_server.TimestampHandler, stamper) as url:
            self.agency.timestamp_authority_id.url = url
            stamped = signed.sudo()._job_add_timestamp(self.agency.id)
        row = stamped.signature_ids.filtered(lambda row: row.role == 'person')
        self.assertEqual((row.level, row.state), ('B-LTA', 'valid'))
        self.assertEqual(content.document_id.main_content_id, stamped)

    def test_an_agency_may_insist_on_time_stamps(self):
        with demo_server.serve(demo_server.TimestampHandler, None) as url:
            pass
        self.agency.timestamp_authority_id = self.env['civic.timestamp.authority'].create({'name': "TSA", 'url': url})
        self.env['civic.rule.value'].create({
            'key': 'signature.timestamp_required', 'value': 'true', 'value_type': 'boolean', 'company_id': self.agency.id})
        content = self._capture_paper().content_ids
        self.assertRefused('timestamp', self._sign_as_leader, content)
        self.assertFalse(content.signed_ids)

    # === REMOTE KEYS === #

    def test_signing_with_a_remote_service(self):
        holder = self.authority.issue("Người ký xa", self.agency.name)
        service = demo_server.RemoteSigner({'cred-1': (holder, PIN)}, 'token')
        remote = self.env['civic.certificate'].create({
            'name': "Người ký xa", 'kind': 'person', 'company_id': self.agency.id, 'user_id': self.unit_head.id,
            'source': 'remote', 'key_label': 'cred-1'})
        with demo_server.serve(demo_server.RemoteSigningHandler, service) as url:
            settings = remote._get_settings()._replace(csc_url=url, csc_token='token')
            self.patch(type(remote), '_get_settings', lambda self: settings)
            early = self._capture_paper().content_ids.with_user(self.unit_head)
            self.assertRefused('no_key', early._sign, remote.with_user(self.unit_head), pin=PIN)
            remote.with_user(self.unit_head).action_read_certificate()
            self.assertEqual((remote.holder, remote.state), ("Người ký xa (mẫu)", 'valid'))
            content = self._capture_paper().content_ids.with_user(self.unit_head)
            self.assertRefused('wrong_pin', content._sign, remote.with_user(self.unit_head), pin="0")
            self.assertEqual(remote.pin_failures, 1)
            signed = content._sign(remote.with_user(self.unit_head), pin=PIN)
        self.assertEqual(signed.signature_state, 'valid')
        other = self._capture_paper().content_ids.with_user(self.unit_head)
        self.assertRefused('unreachable', other._sign, remote.with_user(self.unit_head), pin=PIN)

    def test_without_services_in_the_configuration_nothing_is_tried(self):
        token = self.env['civic.certificate'].create({
            'name': "Token", 'kind': 'person', 'company_id': self.agency.id, 'user_id': self.unit_head.id,
            'source': 'pkcs11', 'token_label': 'civic', 'key_label': 'leader'})
        self.assertTrue(token.has_key)
        content = self._capture_paper().content_ids.with_user(self.unit_head)
        self.assertRefused('missing', content._sign, token.with_user(self.unit_head), pin=PIN)

    def test_signing_takes_no_more_queries_for_the_hundredth_file(self):
        document = self._capture_paper(make_paper("Một"))
        self._sign_as_leader(document.content_ids)
        counts = []
        for number in range(3):
            content = self._capture_paper(make_paper(f"Số {number}"), subject=f"Số {number}").content_ids
            self.env.flush_all()
            before = self.env.cr.sql_log_count
            self._sign_as_leader(content)
            self.env.flush_all()
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(max(counts), 110, counts)
