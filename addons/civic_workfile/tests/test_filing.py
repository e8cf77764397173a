from odoo import http
from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, tagged

from odoo.addons.civic_document.tests.media import make_email, make_heic, make_mp3, make_mp4
from odoo.addons.civic_document.tests.pdf import make_pdf
from odoo.addons.civic_signature.tests.papers import make_paper
from odoo.addons.civic_workflow.tests.common import CivicRouteCommon

from .common import CivicWorkfileCommon


@tagged('post_install', '-at_install')
class TestFiling(CivicWorkfileCommon):

    def test_three_suggestions_the_exchange_of_letters_first(self):
        letters = self._create_workfile(title="Trao đổi với Bộ")
        words = self._create_workfile(title="Phê duyệt chuyển đổi số toàn tỉnh")
        self._create_workfile(title="Bóng đá")
        incoming = self._create_registered(subject="Góp ý dự thảo")
        self._add(letters, incoming)
        reply = self.env['civic.document'].create({
            'direction': 'outgoing', 'company_id': self.agency.id, 'subject': "Trả lời về chuyển đổi số",
            'type_id': self.type_letter.id, 'reply_to_id': incoming.id, 'unit_id': self.unit_culture.id})
        found = reply._suggest_workfiles()
        self.assertEqual([workfile for workfile, _why in found], [letters, words])
        self.assertIn("same exchange of letters", found[0][1])

    def test_one_key_puts_it_into_the_suggestion(self):
        workfile = self._create_workfile(title="Kế hoạch chuyển đổi số", user_ids=[(4, self.specialist.id)])
        document = self._create_registered()
        wizard = self.env['civic.workfile.add'].with_user(self.specialist).create({'document_ids': [(6, 0, document.ids)]})
        self.assertEqual(wizard.suggestion_1_id, workfile)
        wizard.action_take_1()
        self.assertEqual(workfile.entry_ids.document_id, document)
        self.assertEqual(document.workfile_count, 1)
        with self.assertRaisesRegex(UserError, "holds these documents already"):
            wizard._file_into(workfile)

    def test_files_of_others_are_neither_suggested_nor_filled(self):
        workfile = self._create_workfile(title="Kế hoạch chuyển đổi số")
        document = self._create_registered()
        self.assertFalse(document.with_user(self.other_specialist)._suggest_workfiles())
        with self.assertRaises(AccessError):
            document.with_user(self.other_specialist)._file_into(workfile)

    def test_a_document_that_one_may_not_read_is_not_put_into_a_file_and_not_shown_in_it(self):
        secret = self._create_registered(
            access_level='restricted', user_ids=[(6, 0, self.other_specialist.ids)], subject="Việc riêng của một người")
        workfile = self._create_workfile()
        with self.assertRaises(AccessError):
            self._add(workfile, secret)
        entry = self.env['civic.workfile.entry'].create({'workfile_id': workfile.id, 'document_id': secret.id})
        self.assertNotIn("Việc riêng", entry.with_user(self.specialist).title)
        self.assertIn("Việc riêng", entry.with_user(self.leader).title)
        workfile.action_check()
        self.assertNotIn("Việc riêng", ' '.join(workfile.defect_ids.mapped('message')))

    def test_documents_of_another_agency_stay_out(self):
        workfile = self._create_workfile()
        foreign = self._create_registered(self.foreign_clerk)
        with self.assertRaises(UserError):
            self.env['civic.workfile.entry'].create({'workfile_id': workfile.id, 'document_id': foreign.id})

    def test_a_step_of_a_route_files_the_document(self):
        workfile = self._create_workfile()
        incoming = self._create_registered()
        self._add(workfile, incoming)
        reply = self.env['civic.document'].create({
            'direction': 'outgoing', 'company_id': self.agency.id, 'subject': "Trả lời", 'type_id': self.type_letter.id,
            'reply_to_id': incoming.id})
        reply._file_automatically()
        self.assertEqual(workfile.entry_ids.document_id, incoming | reply)
        reply._file_automatically()
        self.assertEqual(workfile.doc_count, 2)

    def test_an_uploaded_file_is_kept_once(self):
        first, second = self._create_workfile(), self._create_workfile()
        paper = make_paper()
        entry, message = first._add_upload('bien-ban.pdf', paper)
        self.assertFalse(message)
        self.assertEqual(entry.document_id.subject, 'bien-ban')
        again, message = second._add_upload('ten-khac.pdf', paper)
        self.assertEqual(again.document_id, entry.document_id)
        self.assertIn("already in", message)
        with self.assertRaisesRegex(UserError, "in this file already"):
            second._add_upload('bien-ban.pdf', paper)

    def test_state_secrets_are_refused_in_titles(self):
        with self.assertRaisesRegex(UserError, "state secrets"):
            self._create_workfile(title="[TỐI MẬT] kế hoạch")


@tagged('post_install', '-at_install')
class TestUpload(CivicWorkfileCommon, HttpCase):

    def test_mail_and_recordings_are_what_they_are(self):
        workfile = self._create_workfile()
        for name, raw, kind in (('thu.eml', make_email("Xin chào"), 'email'), ('hop.mp3', make_mp3(), 'audio'),
                                ('phim.mp4', make_mp4(), 'audio'), ('anh.heic', make_heic(), 'photo')):
            entry, _message = workfile._add_upload(name, raw)
            self.assertEqual(entry.kind, kind)
        self.assertEqual(workfile.entry_ids[0].title, "Góp ý dự thảo quy chế")

    def test_what_is_attached_to_an_email_becomes_contents_of_its_own(self):
        """Also what is attached to a message within the message, and that message itself."""
        workfile = self._create_workfile()
        inner = make_email("Bản gốc", attachments=[("Biểu mẫu.pdf", make_pdf("Bieu mau"))])
        entry, _message = workfile._add_upload(
            'thu.eml', make_email("Xin chào", attachments=[("Dự thảo.pdf", make_pdf("Du thao")), ('chuyen-tiep.eml', inner)]))
        entry.document_id.sudo().access_level = 'restricted'
        entry.action_take_attachments()
        taken = workfile.entry_ids.sorted('ordinal')[1:]
        # who may not read the e-mail does not read what came with it
        self.assertEqual(set(taken.document_id.mapped('access_level')), {'restricted'})
        self.assertEqual(taken.document_id.user_ids, entry.document_id.user_ids)
        self.assertEqual(
            taken.mapped(lambda item: (item.kind, item.document_id.main_content_id.name)),
            [('document', "Dự thảo.pdf"), ('email', 'chuyen-tiep.eml'), ('document', "Biểu mẫu.pdf")])
        self.assertEqual(set(taken.mapped('note')), {"Attached to the e-mail of 02/03/2026"})
        with self.assertRaisesRegex(UserError, "in the file already"):
            entry.action_take_attachments()
        with self.assertRaises(AccessError):
            entry.with_user(self.other_specialist).action_take_attachments()

    def test_documents_are_dragged_onto_a_file(self):
        workfile = self._create_workfile()
        documents = self._create_registered() | self._create_registered(code_number='8')
        own = documents.with_user(self.clerk)
        listed = {row['id'] for row in own.get_unfiled()['documents']}
        self.assertLessEqual(set(documents.ids), listed)
        with self.assertRaises(AccessError):
            documents.with_user(self.other_specialist).file_into(workfile.id)
        self.assertIn("2", own.file_into(workfile.id))
        self.assertEqual(workfile.entry_ids.document_id, documents)
        self.assertFalse({row['id'] for row in own.get_unfiled()['documents']} & set(documents.ids))
        with self.assertRaisesRegex(UserError, "already"):
            own.file_into(workfile.id)

    def test_each_dropped_file_has_its_result(self):
        workfile = self._create_workfile()
        self.authenticate('town_specialist', 'town_specialist')
        answer = self.url_open(
            f'/civic/workfile/{workfile.id}/upload', data={'csrf_token': http.Request.csrf_token(self)},
            files=[('files', ('a.pdf', make_paper())), ('files', ('b.exe', b'MZ\x90'))]).json()
        self.assertEqual([result['ok'] for result in answer['results']], [True, False])
        self.assertTrue(answer['results'][1]['message'])
        self.assertEqual(workfile.doc_count, 1)

    def test_a_closed_file_takes_no_file_and_says_so(self):
        workfile = self._create_workfile()
        self._add(workfile, self._create_registered())
        workfile._close()
        self.authenticate('town_specialist', 'town_specialist')
        [result] = self.url_open(
            f'/civic/workfile/{workfile.id}/upload', data={'csrf_token': http.Request.csrf_token(self)},
            files=[('files', ('a.pdf', make_paper()))]).json()['results']
        self.assertFalse(result['ok'])
        self.assertIn(workfile.display_name, result['message'])

    def test_nobody_else_drops_files(self):
        workfile = self._create_workfile()
        self.authenticate('town_other_specialist', 'town_other_specialist')
        response = self.url_open(
            f'/civic/workfile/{workfile.id}/upload', data={'csrf_token': http.Request.csrf_token(self)},
            files=[('files', ('a.pdf', make_paper()))])
        self.assertNotEqual(response.status_code, 200)
        self.assertEqual(workfile.doc_count, 0)


@tagged('post_install', '-at_install')
class TestFilingByRoute(CivicRouteCommon):

    def test_the_step_of_a_real_route_files_the_document_when_it_is_done(self):
        """Start to end: the document goes its way, and lies in the file of what it concerns once the step is done."""
        self.env['civic.organ.code'].create({
            'partner_id': self.agency.partner_id.id, 'code': 'H29.1', 'generation': 'qd20_2020'})
        workfile, other = self.env['civic.workfile'].with_user(self.specialist).create([
            {'company_id': self.agency.id, 'title': title, 'notation': notation, 'year': 2026, 'user_id': self.specialist.id,
             'date_start': '2026-01-05', 'retention_term_id': self.env.ref('civic_workfile.retention_term_20').id}
            for title, notation in (("Chuyển đổi số", '01.VX'), ("Khác", '02.VX'))])
        incoming = self._create_registered()
        self.env['civic.workfile.entry'].with_user(self.specialist).create({'workfile_id': workfile.id, 'document_id': incoming.id})
        self._create_route(self._person(self.unit_head), {**self._person(self.leader), 'files_document': True})
        document = self._create_on_route(related_id=incoming.id)
        self._act(document, self.unit_head)
        self.assertEqual(workfile.entry_ids.document_id, incoming, "the first step does not file")
        self._act(document, self.leader)
        self.assertEqual(workfile.entry_ids.document_id, incoming | document)
        self.assertFalse(other.entry_ids)
        filing = self.env['civic.journal.entry'].search([
            ('res_model', '=', 'civic.document'), ('res_id', '=', document.id)]).filtered(
                lambda entry: '"filing"' in (entry.detail or ''))
        self.assertEqual(len(filing), 1)

    def test_a_closed_file_takes_nothing_and_stops_no_route(self):
        self._create_route({**self._person(self.leader), 'files_document': True})
        document = self._create_on_route()
        self._act(document, self.leader)
        self.assertFalse(document.workfile_entry_ids)
        self.assertFalse(self._get_open(document))
