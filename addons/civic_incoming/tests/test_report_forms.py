import io
import json
from datetime import date
from urllib.parse import urlencode

from odoo.exceptions import AccessError, UserError
from odoo.http import Request
from odoo.tests import Form, HttpCase, tagged
from odoo.tools import mute_logger

from odoo.addons.civic_report.tests.files import get_table, read_docx, read_pdf, read_xlsx

from .common import CivicIncomingCommon

PERIOD = {'date_from': '2025-03-01', 'date_to': '2025-03-31'}


@tagged('post_install', '-at_install')
class TestForms(CivicIncomingCommon):
    """Forms of Annex IV for incoming documents (Decree 30/2020; testable rules 54, 56, 91, 96)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.documents = cls.env['civic.document'].union(*(
            cls._create_registered(subject=f"Về việc số {number}", code_number=str(100 + number)) for number in range(1, 5)))

    def _print(self, name, extension='xlsx', user=None, lang='en_US', **values):
        output = io.BytesIO()
        form = self.env[f'civic.form.{name}'].with_user(user or self.clerk).with_context(lang=lang)
        form._print(output, extension, values)
        return output.getvalue()

    def _assign(self, document, *tasks):
        document.with_user(self.leader)._assign(list(tasks) or [self.lead_task], "Xử lý đúng hạn")
        document.invalidate_recordset()

    def _get_lines(self, event, record):
        return self.env['civic.journal.entry'].search([
            ('event_type', '=', event), ('res_model', '=', record._name), ('res_id', '=', record.id)])

    # === BOOKS === #

    def test_register_book_says_who_was_handed_the_document(self):
        """Annex IV, form VI: columns 7 to 9."""
        self._assign(self.documents[0], self.lead_task, self.coordinate_task)
        self.documents[0].with_user(self.unit_head).action_mark_read()
        rows = get_table(self._print('register_book', register_id=self.documents.register_id.id), "Arrival date")[2:]
        today = self.documents._today()
        self.assertEqual(rows[0][6], "Phòng Văn xã; Phòng Tài chính")
        self.assertEqual(rows[0][7].date(), today)
        self.assertEqual(rows[0][8], f"Town unit_head\n{today:%d/%m/%Y}")
        self.assertEqual([rows[1][7], rows[1][8]], ['', ''])

    def test_follow_up_book_has_the_seven_columns(self):
        """Annex IV, form VIII (rule 54)."""
        self._assign(self.documents[0])
        self.documents[1]._apply_reason('_cancel', "Ghi nhầm")
        header, positions, *rows = get_table(self._print('follow_up_book', **PERIOD), "Arrival number")
        self.assertEqual(header, [
            "Arrival number", "Type, number, notation, date and issuing agency of the document",
            "Receiving unit or person", "Time limit", "Progress", "Number and notation of the reply", "Remarks"])
        self.assertEqual(positions, [f'({number})' for number in range(1, 8)])
        self.assertEqual([row[0] for row in rows], ['01', '02', '03', '04'])
        self.assertEqual(rows[0][1], f"{self.type_decision.name} 101/QĐ-BNV; 03/03/2025; Bộ Nội vụ")
        self.assertEqual((rows[0][2], rows[0][3].date(), rows[0][4]), ("Phòng Văn xã", date(2100, 1, 4), "Assigned"))
        self.assertEqual(rows[1][6], "Ghi nhầm")
        self.assertEqual(rows[2][4], "Registered, overdue")
        pages = read_pdf(self._print('follow_up_book', 'pdf', **PERIOD))
        cover = ' '.join(pages[0].split())
        self.assertIn("Year: 2025", cover)
        self.assertIn("From date 01/03/2025 to date 31/03/2025", cover)
        self.assertNotIn("number", cover)

    def test_follow_up_book_tells_what_was_done_late(self):
        self._assign(self.documents[0])
        assignment = self.documents[0].assignment_ids
        assignment.with_user(self.unit_head)._start()
        assignment.with_user(self.unit_head)._finish("Đã có văn bản trả lời")
        self.documents[0]._write_by_system({'deadline': date(2025, 3, 10)})
        [row, *_rows] = get_table(self._print('follow_up_book', **PERIOD), "Arrival number")[2:]
        self.assertEqual(row[4], f"Done {self.documents._today():%d/%m/%Y} (late)")

    def test_books_keep_the_period_and_the_agency(self):
        self.assertFalse(get_table(self._print('follow_up_book', date_from='2025-04-01'), "Arrival number")[2:])
        with self.assertRaises(AccessError):
            self._print('follow_up_book', company_id=self.other_agency.id)
        foreign = self._print('follow_up_book', user=self.foreign_clerk, **PERIOD)
        self.assertFalse(get_table(foreign, "Arrival number")[2:])

    def test_books_hide_what_the_clerk_may_not_read(self):
        self._create_registered(
            self.second_clerk, subject="Kiểm điểm", code_number='777', access_level='restricted', user_ids=self.leader.ids)
        rows = get_table(self._print('follow_up_book', **PERIOD), "Arrival number")[2:]
        self.assertEqual([row[1] for row in rows][4], "(restricted)")
        self.assertNotIn('777', str(rows))
        self.assertIn('777', str(get_table(self._print('follow_up_book', user=self.leader, **PERIOD), "Arrival number")))

    def test_books_are_not_for_everyone(self):
        for name in ('follow_up_book', 'handover_book', 'handling_report'):
            for extension in ('pdf', 'xlsx', 'docx'):
                with self.subTest(name=name, extension=extension), self.assertRaises(AccessError):
                    self._print(name, extension, self.specialist, **PERIOD)

    def test_handover_book(self):
        self._assign(self.documents[0], self.lead_task, self.inform_task)
        header, _positions, *rows = get_table(self._print('handover_book'), "Date handed over")
        self.assertEqual(header, ["Date handed over", "Arrival number", "Receiving unit or person", "Signed for", "Remarks"])
        self.assertEqual([(row[1], row[2], row[4]) for row in rows], [
            ('01', "Phòng Văn xã", "Lead"), ('01', "Phòng Tài chính", "For information")])
        self.assertFalse(get_table(self._print('handover_book', date_to='2025-01-01'), "Date handed over")[2:])

    def test_report_counts_by_unit(self):
        """Annex VI, V.2."""
        self._assign(self.documents[0])
        self._assign(self.documents[1])
        self._assign(self.documents[2])
        for document in self.documents[:2]:
            document.assignment_ids.with_user(self.unit_head)._start()
            document.assignment_ids.with_user(self.unit_head)._finish("Xong")
        self.documents[1]._write_by_system({'deadline': date(2025, 3, 10)})
        self.documents[2]._write_by_system({'deadline': date(2025, 3, 10)})
        data = self._print('handling_report', **PERIOD)
        rows = get_table(data, "Serial")[2:]
        self.assertEqual(rows[0][:7], [1, "Phòng Văn xã", 3, 1, 1, 0, 1])
        self.assertAlmostEqual(rows[0][7], 33.3)
        self.assertEqual(rows[1][1:7], ["Not assigned yet", 1, 0, 0, 0, 1])
        self.assertEqual(rows[2][1:7], ["Total", 4, 1, 1, 0, 2])
        text = ' '.join(read_pdf(self._print('handling_report', 'pdf', **PERIOD))[0].split())
        self.assertIn("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", text)
        self.assertIn("HEAD OF THE AGENCY", text)

    def test_forms_bear_their_official_names_in_vietnamese(self):
        data = self._print('follow_up_book', lang='vi_VN', **PERIOD)
        self.assertIn("SỔ THEO DÕI GIẢI QUYẾT VĂN BẢN ĐẾN", [row[0] for row in read_xlsx(data)])
        self.assertEqual(get_table(data, "Số đến")[0], [
            "Số đến", "Tên loại, số, ký hiệu, ngày, tháng và tên cơ quan, tổ chức ban hành văn bản",
            "Đơn vị hoặc người nhận", "Thời hạn giải quyết", "Tiến độ giải quyết", "Số, ký hiệu văn bản trả lời", "Ghi chú"])
        text = ' '.join(read_pdf(self._print(
            'incoming_slip', 'pdf', lang='vi_VN', document_ids=self.documents[0].ids))[0].split())
        for part in (
            "PHIẾU GIẢI QUYẾT VĂN BẢN ĐẾN", "1. Ý kiến của lãnh đạo cơ quan, tổ chức:", "2. Ý kiến của lãnh đạo đơn vị:",
            "3. Ý kiến đề xuất của người giải quyết:", "In từ hệ thống Civic Records bởi",
        ):
            self.assertIn(part, text)

    def test_queries_do_not_grow_with_the_rows(self):
        for document in self.documents:
            self._assign(document)
        self._print('follow_up_book', **PERIOD)
        counts = []
        for number in (1, 4):
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            entries = self.env['civic.register.entry'].with_user(self.clerk).search(
                [('register_id', '=', self.documents.register_id.id)], limit=number)
            documents = entries._get_readable_documents()
            documents._get_tasks_by_document()
            form = self.env['civic.form.follow_up_book'].with_user(self.clerk)
            tasks = documents._get_tasks_by_document()
            for document in documents:
                form._prepare_row(document, tasks[document.id])
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(counts[1], counts[0])

    # === SLIP === #

    def test_slip_has_the_three_opinions_with_their_dates(self):
        """Annex IV, form VII (rule 56)."""
        document = self.documents[0]
        self._assign(document, self.lead_task, self.coordinate_task)
        lead = document.assignment_ids.filtered(lambda assignment: assignment.kind == 'lead')
        lead.with_user(self.unit_head)._delegate(self.specialist, "Soạn văn bản trả lời")
        lead.with_user(self.specialist)._start()
        lead.with_user(self.specialist)._finish("Đề xuất chấp thuận")
        document.invalidate_recordset()
        [page] = read_pdf(self._print('incoming_slip', 'pdf', document_ids=document.ids))
        text = ' '.join(page.split())
        today = f"{self.documents._today():%d/%m/%Y}"
        for part in (
            "HANDLING SLIP OF AN INCOMING DOCUMENT", "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", self.agency.name.upper(),
            f"Document: {self.type_decision.name} 101/QĐ-BNV", "Dated: 03/03/2025", "Issued by: Bộ Nội vụ", "Subject: Về việc số 1",
            "Arrival number: 01 (05/03/2025)",
            "1. Opinion of the leader of the agency:", "Instruction: Xử lý đúng hạn", "Lead unit or person: Phòng Văn xã",
            "Co-ordinating units and persons (if any): Phòng Tài chính", "04/01/2100", "Leader: Town leader",
            f"Date of the opinion: {today}",
            "2. Opinion of the head of the unit:", "Given to: Town specialist", "Opinion: Soạn văn bản trả lời",
            "3. Proposal of who handles it:", "Proposal: Đề xuất chấp thuận", "Handled by: Town specialist",
            f"Date of the proposal: {today}",
        ):
            self.assertIn(part, text)
        self.assertEqual(text.count(f"Date of the opinion: {today}"), 2)

    def test_empty_slip_is_to_be_written_on(self):
        [page] = read_pdf(self._print('incoming_slip', 'pdf', document_ids=self.documents[:1].ids))
        text = ' '.join(page.split())
        for part in ("1. Opinion", "2. Opinion", "3. Proposal", "Date of the opinion:", "Date of the proposal:"):
            self.assertIn(part, text)

    def test_many_slips_go_into_one_file(self):
        data = self._print('incoming_slip', 'pdf', document_ids=self.documents.ids)
        pages = read_pdf(data)
        self.assertEqual(len(pages), 4)
        for number, page in enumerate(pages, start=1):
            text = ' '.join(page.split())
            self.assertIn(f"Subject: Về việc số {number}", text)
            self.assertIn("Printed from the Civic Records system by Town clerk", text)
            # each slip is a paper of its own: no page number on its first page
            self.assertNotEqual(page.split()[0], str(number))
        self.assertEqual([len(self._get_lines('print', document)) for document in self.documents], [1] * 4)
        rows = read_xlsx(self._print('incoming_slip', 'xlsx', document_ids=self.documents.ids))
        self.assertEqual([row[0] for row in rows if str(row[0]).startswith("Arrival number 0")], [
            f"Arrival number 0{number}" for number in range(1, 5)])
        _paragraphs, tables = read_docx(self._print('incoming_slip', 'docx', document_ids=self.documents.ids))
        self.assertIn("Về việc số 4", str(tables))

    def test_slip_of_what_one_may_not_read(self):
        secret = self._create_registered(
            self.second_clerk, subject="Kiểm điểm", code_number='777', access_level='restricted', user_ids=self.leader.ids)
        for user in (self.specialist, self.clerk, self.foreign_clerk):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self._print('incoming_slip', 'pdf', user, document_ids=(secret | self.documents).ids)
        draft = self._create_document()
        for ids in (draft.ids, [], None, 'x', [True], [2**40], list(range(1, 502))):
            with self.subTest(ids=str(ids)[:30]), self.assertRaises(UserError):
                self._print('incoming_slip', 'pdf', document_ids=ids)

    def test_dialog_offers_the_forms_of_a_period(self):
        """Rule 96: the outputs of Annex VI, V."""
        with Form(self.env['civic.form.wizard'].with_user(self.clerk)) as form:
            form.form = 'handling_report'
            form.extension = 'xlsx'
            self.assertIn("Annex VI", form.legal_basis)
        wizard = form.record
        wizard.write({'date_from': date(2025, 3, 1), 'date_to': date(2025, 3, 31)})
        self.assertLessEqual(
            {'follow_up_book', 'handover_book', 'handling_report'}, {name for name, _label in wizard._selection_form()})
        action = wizard.action_print()
        self.assertRegex(action['url'], r'^/civic/form/handling_report\.xlsx\?options=')
        wizard.date_to = date(2025, 1, 1)
        with self.assertRaises(UserError):
            wizard.action_print()
        with self.assertRaises(AccessError):
            self.env['civic.form.wizard'].with_user(self.specialist).create({'form': 'handling_report'}).action_print()


@tagged('post_install', '-at_install')
class TestExport(CivicIncomingCommon):
    """Annex VI, III.6.h: results of a search go out with the chosen columns (rule 90)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.documents = cls.env['civic.document'].union(*(
            cls._create_registered(
                subject=f"Về việc số {number}", code_number=str(100 + number), urgency='urgent' if number > 2 else 'normal')
            for number in range(1, 5)))
        cls.secret = cls._create_registered(
            cls.second_clerk, subject="Kiểm điểm", code_number='777', access_level='restricted', user_ids=cls.leader.ids)
        cls.columns = [
            {'name': 'register_label', 'label': "Arrival Number"}, {'name': 'subject'}, {'name': 'issuer_id'},
            {'name': 'urgency'}, {'name': 'arrival_date'}, {'name': 'registered_at'}, {'name': 'paper_original'}]

    def _export(self, extension='xlsx', user=None, **values):
        output = io.BytesIO()
        export = self.env['civic.list.export'].with_user(user or self.clerk)
        export._print(output, extension, {
            'model': 'civic.document', 'fields': self.columns, 'title': "Văn bản đến",
            'domain': [('company_id', '=', self.agency.id)], 'order': 'register_number asc', **values})
        return output.getvalue()

    def test_columns_and_rows_are_those_of_the_list(self):
        header, *rows = get_table(self._export(), "Serial")
        self.assertEqual(header, [
            "Serial", "Arrival Number", "Subject", "Issuing Agency", "Urgency", "Arrival Date", "Registered At",
            "Paper Original"])
        self.assertEqual([row[:4] for row in rows], [
            [number, f"0{number}", f"Về việc số {number}", "Bộ Nội vụ"] for number in range(1, 5)])
        self.assertEqual((rows[0][5].date(), rows[0][7]), (date(2025, 3, 5), 'x'))
        self.assertEqual(rows[2][4], "Urgent")

    def test_three_formats_with_the_mark(self):
        """Rules 90 and 91."""
        text = ' '.join(' '.join(read_pdf(self._export('pdf'))).split())
        self.assertIn("VĂN BẢN ĐẾN", text)
        self.assertIn("Về việc số 4", text)
        self.assertIn("Printed from the Civic Records system by Town clerk", text)
        _paragraphs, [table] = read_docx(self._export('docx'))
        self.assertEqual(table[1][2], "Về việc số 1")
        for extension in ('doc', 'csv', '', 'PDF', None):
            with self.subTest(extension=extension), self.assertRaises(UserError):
                self._export(extension)

    def test_only_what_the_person_may_read(self):
        """Rule 85."""
        self.assertNotIn('Kiểm điểm', str(get_table(self._export(), "Serial")))
        self.assertIn('Kiểm điểm', str(get_table(self._export(user=self.leader), "Serial")))
        self.assertEqual(len(get_table(self._export(user=self.foreign_clerk, domain=[]), "Serial")), 1)
        chosen = get_table(self._export(ids=[self.secret.id, self.documents[0].id]), "Serial")
        self.assertEqual([row[2] for row in chosen[1:]], ["Về việc số 1"])

    def test_groups_and_order(self):
        rows = [row for row in get_table(self._export(groupby=['urgency', 'arrival_date:month']), "Serial")]
        labels = [row[0] for row in rows if isinstance(row[0], str)]
        self.assertEqual(labels[1:], [
            "Urgency: Normal", "Arrival Date: 03/2025", "Urgency: Urgent", "Arrival Date: 03/2025"])
        rows = get_table(self._export(order='register_number desc'), "Serial")
        self.assertEqual([row[1] for row in rows[1:]], ['04', '03', '02', '01'])

    def test_hostile_requests_are_refused(self):
        for values in (
            {'fields': []}, {'fields': None}, {'fields': [{'name': 'password'}]}, {'fields': ['subject; DROP']},
            {'fields': ['subject'] * 41}, {'fields': [{'name': 'preview_contents'}]}, {'fields': [['subject']]},
            {'order': 'subject; DELETE FROM res_users'}, {'order': 'no_such'}, {'order': 'snippet'},
            {'domain': [('no_such', '=', 1)]}, {'domain': 'x'}, {'domain': [1, 2]}, {'domain': [('subject', 'drop', 1)]},
            {'groupby': ['no_such']}, {'groupby': [1]}, {'groupby': 'state'}, {'groupby': ['arrival_date:century']},
            {'ids': ['x']}, {'ids': 'x'}, {'context': {'allowed_company_ids': [self.other_agency.id]}},
            {'context': {'allowed_company_ids': ['x']}},
        ):
            with self.subTest(values=values), self.assertRaises(UserError):
                self._export(**values)

    def test_context_from_outside_changes_nothing_but_the_rows(self):
        context = self.env['civic.list.export']._get_safe_context({
            'civic_document_token': 1, 'default_state': 'done', 'active_test': False, 'lang': 'xx'})
        self.assertEqual(set(context), {'lang', 'tz', 'active_test'})
        self.assertFalse(context['active_test'])
        self.assertNotEqual(context['lang'], 'xx')

    def test_assignments_are_exported_too(self):
        self.documents[0].with_user(self.leader)._assign([self.lead_task], "Làm ngay")
        rows = get_table(self._export(
            model='civic.assignment', fields=['document_id', 'unit_id', 'kind', 'instruction', 'deadline'], domain=[],
            order='deadline asc', groupby=['unit_id']), "Serial")
        self.assertEqual(rows[1][0], "Unit: Phòng Văn xã")
        self.assertEqual(rows[2][2:5], ["Phòng Văn xã", "Lead", "Làm ngay"])

    def test_export_leaves_a_line(self):
        self._export('docx')
        [line] = self.env['civic.journal.entry'].search([('event_type', '=', 'export')], limit=1)
        detail = json.loads(line.detail)
        self.assertEqual((line.user_id, detail['list'], detail['rows'], detail['format']), (
            self.clerk, 'civic.document', 4, 'docx'))
        self.assertEqual(detail['columns'][0], 'register_label')

    def test_a_result_too_long_is_refused(self):
        self.env['civic.rule.value'].search([('key', '=', 'report.max_rows')]).value = '3'
        with self.assertRaises(UserError):
            self._export()

    def test_rows_are_read_in_batches(self):
        self._export()
        counts = []
        for limit in (2, 4):
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self._export(ids=self.documents[:limit].ids)
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(counts[0], counts[1])


@tagged('post_install', '-at_install')
class TestFormsHttp(CivicIncomingCommon, HttpCase):
    """The door to prints (rules 85 and 91)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.document = cls._create_registered(subject="Về việc cấp phép")
        cls.secret = cls._create_registered(
            cls.second_clerk, subject="Kiểm điểm", access_level='restricted', user_ids=cls.leader.ids)

    def _get(self, user, address, **options):
        self.authenticate(user and user.login, user and user.login)
        return self.url_open(f'/civic/form/{address}?' + urlencode({'options': json.dumps(options)}), allow_redirects=False)

    def test_form_comes_in_its_format(self):
        for extension, head, kind in (
            ('pdf', b'%PDF', 'application/pdf'), ('xlsx', b'PK', 'spreadsheetml'), ('docx', b'PK', 'wordprocessingml'),
        ):
            answer = self._get(self.clerk, f'incoming_slip.{extension}', document_ids=self.document.ids)
            self.assertEqual(answer.status_code, 200)
            self.assertTrue(answer.content.startswith(head))
            self.assertIn(kind, answer.headers['Content-Type'])
            self.assertEqual(answer.headers['Cache-Control'], 'no-store')
            self.assertEqual(int(answer.headers['Content-Length']), len(answer.content))
            self.assertRegex(answer.headers['Content-Disposition'], 'inline' if extension == 'pdf' else 'attachment')

    @mute_logger('odoo.http')
    def test_others_get_nothing_of_it(self):
        for user, address, options in (
            (self.clerk, 'incoming_slip.pdf', {'document_ids': self.secret.ids}),
            (self.specialist, 'incoming_slip.xlsx', {'document_ids': (self.document | self.secret).ids}),
            (self.foreign_clerk, 'incoming_slip.pdf', {'document_ids': self.document.ids}),
            (self.specialist, 'label.pdf', {'document_ids': self.document.ids, 'kind': 'overprint'}),
            (self.specialist, 'follow_up_book.pdf', {}),
            (self.foreign_clerk, 'register_book.docx', {'register_id': self.document.register_id.id}),
        ):
            with self.subTest(user=user.login, address=address):
                answer = self._get(user, address, **options)
                self.assertNotEqual(answer.status_code, 200)
                for word in ("Kiểm điểm", "cấp phép"):
                    self.assertNotIn(word, answer.text)
        answer = self._get(None, 'incoming_slip.pdf', document_ids=self.document.ids)
        self.assertIn('/web/login', answer.headers.get('Location', ''))

    @mute_logger('odoo.http')
    def test_unknown_forms_and_options(self):
        for address, status in (('no_such.pdf', 404), ('incoming_slip.exe', 422), ('wizard.pdf', 404)):
            self.assertEqual(self._get(self.clerk, address, document_ids=self.document.ids).status_code, status, address)
        for options in ('', '[]', '{', '1', '{"document_ids":"x"}', '[' * 10000):
            with self.subTest(options=options[:20]):
                answer = self.url_open('/civic/form/incoming_slip.pdf?' + urlencode({'options': options}))
                self.assertGreaterEqual(answer.status_code, 400)
                self.assertLess(answer.status_code, 500)

    def _post(self, user, **options):
        self.authenticate(user.login, user.login)
        return self.url_open('/civic/list/export', data={
            'csrf_token': Request.csrf_token(self), 'extension': 'xlsx',
            'options': json.dumps({'model': 'civic.document', 'fields': ['subject'], 'domain': [], **options})})

    @mute_logger('odoo.http')
    def test_list_of_the_person(self):
        answer = self._post(self.clerk, ids=(self.document | self.secret).ids)
        self.assertEqual(answer.status_code, 200)
        # the numbered rows, whatever language the browser has
        rows = [row for row in read_xlsx(answer.content) if isinstance(row[0], int)]
        self.assertEqual([row[1] for row in rows], ["Về việc cấp phép"])
        self.assertNotEqual(self._post(self.clerk, model='res.users', fields=['login']).status_code, 200)
        self.authenticate(self.clerk.login, self.clerk.login)
        answer = self.url_open('/civic/list/export', data={'extension': 'xlsx', 'options': '{}'})
        self.assertNotEqual(answer.status_code, 200)        # without the token of the session
