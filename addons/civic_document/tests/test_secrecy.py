import unicodedata
from unittest.mock import patch

from markupsafe import Markup

from odoo.exceptions import UserError
from odoo.tests import Form, TransactionCase, tagged

from ..tools.secrecy import find_secrecy_mark, find_secrecy_mark_in_name
from .common import CivicDocumentCommon

MARKED = {
    "MẬT": 'mật',
    "  [ MẬT ]  ": 'mật',
    "M Ậ T": 'mật',
    "T U Y Ệ T   M Ậ T": 'tuyệt mật',
    "TOI MAT": 'tối mật',
    "ỦY BAN NHÂN DÂN\nTỐI MẬT\nSố: 12/KH": 'tối mật',
    "Độ mật: Mật": 'mật',
    "Mức độ mật: Tối mật. Độ khẩn: Hỏa tốc": 'tối mật',
    "Độ mật – Tuyệt mật": 'tuyệt mật',
    "Độ mật: Mật Độ khẩn: Khẩn": 'mật',
    "Báo cáo (TỐI MẬT) về an ninh": 'tối mật',
    "MẬT: Kế hoạch phòng thủ": 'mật',
    unicodedata.normalize('NFD', "TUYỆT MẬT"): 'tuyệt mật',
    "TUYỆT\u200b MẬT": 'tuyệt mật',
}
UNMARKED = (
    "Quy chế bảo mật thông tin",
    "CÔNG TÁC BẢO VỆ BÍ MẬT NHÀ NƯỚC",
    "Luật Bảo vệ bí mật nhà nước",
    "Mật độ dân cư",
    "độ mật: mật độ xây dựng",
    "Độ mật: Không",
    "Độ mật: Mật, Tối mật, Tuyệt mật",
    "Độ mật: Mật hoặc Tối mật",
    "KẾ HOẠCH BẢO VỆ BÍ\nMẬT\nNHÀ NƯỚC",
    "MẬT ONG RỪNG",
    "Cơ mật viện triều Nguyễn",
    "Tài liệu mật mã học",
    "LƯU HÀNH NỘI BỘ",
    "XEM XONG TRẢ LẠI",
    "HỎA TỐC",
    "",
)


@tagged('post_install', '-at_install')
class TestSecrecyMark(TransactionCase):

    def test_marks_are_found(self):
        for text, level in MARKED.items():
            with self.subTest(text=text):
                self.assertEqual(find_secrecy_mark(text), level)

    def test_ordinary_words_are_no_marks(self):
        for text in UNMARKED:
            with self.subTest(text=text):
                self.assertIsNone(find_secrecy_mark(text))

    def test_in_a_short_text_case_says_nothing(self):
        self.assertEqual(find_secrecy_mark_in_name("tuyệt_mật.pdf"), 'tuyệt mật')
        self.assertEqual(find_secrecy_mark_in_name("(mật) kế hoạch.docx"), 'mật')
        self.assertIsNone(find_secrecy_mark_in_name("Quy chế bảo mật.pdf"))
        self.assertIsNone(find_secrecy_mark_in_name("Mật độ xây dựng.pdf"))


@tagged('post_install', '-at_install')
class TestSecrecy(CivicDocumentCommon):
    """Decree 30/2020, Articles 15.2, 16.3 and 22.4 (rule 57): no content of a secret stays anywhere."""

    def _assert_refused(self, act):
        """Run the act: it is refused with the legal reason, and the journal gets the fact without the content."""
        entries = self.env.registry['civic.journal.entry']
        with (
            patch.object(entries, '_append_outside', autospec=True) as append,
            self.assertRaisesRegex(UserError, r"(?s)state secrets.*Articles 15\.2, 16\.3 and 22\.4"),
            self.env.cr.savepoint(),
        ):
            act()
        append.assert_called_once()
        self.assertEqual(append.call_args.args[1], 'refusal')
        self.assertEqual(append.call_args.kwargs['outcome'], 'failure')
        self.assertNotIn('phòng thủ', str(append.call_args))
        return append.call_args.kwargs['detail']

    def test_a_document_with_a_level_is_refused_on_every_path(self):
        for level in ('confidential', 'secret', 'top_secret'):
            with self.subTest(level=level):
                self.assertEqual(
                    self._assert_refused(lambda level=level: self._create_document(secrecy=level)),
                    {'reason': 'state_secret', 'where': 'secrecy'})
        document = self._create_document()
        self._assert_refused(lambda: document.write({'secrecy': 'secret'}))
        self.assertEqual(document.secrecy, 'none')
        document.write({'secrecy': 'none'})

    def test_a_marked_text_is_refused_in_every_field(self):
        document = self._create_document()
        for name in ('subject', 'issuer_name', 'signer_name', 'signer_position', 'code_notation', 'reference'):
            with self.subTest(name=name):
                self._assert_refused(lambda name=name: document.write({name: "(Tối mật) phòng thủ"}))
                self._assert_refused(lambda name=name: self._create_document(**{name: "TUYỆT MẬT: phòng thủ"}))
        self._assert_refused(lambda: document.write({'description': "phòng thủ\nMẬT\n"}))
        self.assertEqual(document.subject, "Về việc phê duyệt kế hoạch chuyển đổi số")

    def test_the_form_says_so_on_saving(self):
        def save():
            with Form(self.env['civic.document'].with_user(self.clerk)) as form:
                form.subject = "MẬT - phòng thủ"
        self._assert_refused(save)

    def test_messages_and_activities_are_refused(self):
        document = self._create_document()
        self._assert_refused(lambda: document.message_post(body=Markup("<p>phòng thủ</p><p>TUYỆT&nbsp;MẬT</p>")))
        self._assert_refused(lambda: document.message_post(body="x", subject="[MẬT] phòng thủ"))
        self._assert_refused(lambda: document._message_log(body="Độ mật: Mật phòng thủ"))
        self._assert_refused(lambda: self.env['mail.message'].create({
            'model': 'civic.document', 'res_id': document.id, 'body': "<div>TỐI MẬT</div>phòng thủ"}))
        self._assert_refused(
            lambda: document.activity_schedule('mail.mail_activity_data_todo', summary="MẬT", note="phòng thủ"))
        self._assert_refused(lambda: self.env['mail.scheduled.message'].create({
            'model': 'civic.document', 'res_id': document.id, 'body': "MẬT<br/>phòng thủ",
            'scheduled_date': '2999-01-01 00:00:00', 'author_id': self.clerk.partner_id.id}))
        self._assert_refused(lambda: self.env['mail.compose.message'].create({
            'model': 'civic.document', 'res_ids': str(document.ids), 'subject': "TỐI MẬT: phòng thủ"}))
        self._assert_refused(lambda: self.env['mail.message'].with_context(default_model='civic.document').create({
            'res_id': document.id, 'body': "TUYỆT MẬT"}))
        message = document.message_post(body="Chuyển Phòng Văn xã", message_type='comment')
        self._assert_refused(lambda: document._message_update_content(message, body="MẬT"))
        self.assertIn("Văn xã", message.body)

    def test_reasons_are_refused(self):
        document = self._create_document()
        self._assert_refused(lambda: document._apply_reason('_cancel', "MẬT\nphòng thủ"))
        self.assertEqual(document.state, 'draft')

    def test_ordinary_words_pass(self):
        document = self._create_document(
            subject="Tuyên truyền Luật Bảo vệ bí mật nhà nước", description="Quy chế bảo mật; mật độ xây dựng")
        document.message_post(body="Đã chuyển phòng phụ trách bảo mật")
        self.assertTrue(document.id)
