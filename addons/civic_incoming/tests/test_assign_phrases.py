from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, HttpCase, JsonRpcException, tagged
from odoo.tools import mute_logger

from .common import CivicIncomingCommon


@tagged('post_install', '-at_install')
class TestPhrases(CivicIncomingCommon):

    def _texts(self, user, kind='instruction', **kwargs):
        return [phrase['text'] for phrase in self.env['civic.phrase'].with_user(user).get_phrases(kind, **kwargs)]

    def test_shipped_phrases_are_there_for_every_kind(self):
        for kind in ('instruction', 'return', 'extension', 'result', 'opinion', 'cancellation'):
            with self.subTest(kind=kind):
                self.assertGreaterEqual(len(self._texts(self.specialist, kind)), 5)

    def test_the_form_of_reasons_offers_those_of_the_act(self):
        for model, method, kind in (
            ('civic.assignment', '_return_to_leader', 'return'), ('civic.assignment', '_refuse_result', 'return'),
            ('civic.document', '_return_to_sender', 'return'), ('civic.document', '_cancel', 'cancellation'),
            ('civic.register', '_reopen', False), ('res.partner', 'write', False),
        ):
            with self.subTest(model=model, method=method):
                form = Form(self.env['civic.reason.wizard'].with_user(self.specialist).with_context(
                    default_res_model=model, default_res_ids=[1], default_method=method))
                self.assertEqual(form.phrase_kind, kind)

    def test_found_without_accents(self):
        self.assertIn("Chuyển {unit} nghiên cứu, đề xuất.", self._texts(self.leader, text="nghien cuu de xuat"))
        self.assertFalse(self._texts(self.leader, text="khong co cau nay"))

    def test_own_phrase_is_private(self):
        phrase = self.env['civic.phrase'].with_user(self.leader).create({'text': "Trao đổi với tôi trước."})
        self.assertEqual(phrase.scope, 'private')
        self.assertIn("Trao đổi với tôi trước.", self._texts(self.leader, limit=50))
        self.assertNotIn("Trao đổi với tôi trước.", self._texts(self.unit_head, limit=50))
        with self.assertRaises(AccessError):
            phrase.with_user(self.unit_head).text = "Khác"

    def test_most_used_comes_first_for_each_person(self):
        rare = self.env['civic.phrase'].search([('kind', '=', 'instruction')], order='sequence desc', limit=1)
        for _time in range(2):
            rare.with_user(self.leader).note_use()
        self.assertEqual(self._texts(self.leader)[0], rare.text)
        self.assertNotEqual(self._texts(self.unit_head)[0], rare.text)

    def test_kept_once(self):
        model = self.env['civic.phrase'].with_user(self.specialist)
        first = model.keep_phrase('result', "  Đã gửi   thư trả lời. ")
        self.assertEqual(model.keep_phrase('result', "Da gui thu tra loi.")['id'], first['id'])
        self.assertEqual(first['text'], "Đã gửi thư trả lời.")
        with self.assertRaises(UserError):
            model.keep_phrase('result', "  ")

    def test_state_secret_is_no_phrase(self):
        model = self.env['civic.phrase'].with_user(self.specialist)
        with self.assertRaisesRegex(UserError, "state secrets"):
            model.create({'text': "Độ mật: TUYỆT MẬT"})
        phrase = model.create({'text': "Đã trả lời"})
        with self.assertRaisesRegex(UserError, "state secrets"):
            phrase.text = "Độ mật: TỐI MẬT"
        with self.assertRaisesRegex(UserError, "state secrets"):
            model.keep_phrase('result', "Độ mật: TỐI MẬT")

    def test_who_shares(self):
        values = {'text': "Dùng chung", 'scope': 'unit', 'unit_id': self.unit_culture.id}
        with self.assertRaises(AccessError):
            self.env['civic.phrase'].with_user(self.specialist).create(values)
        phrase = self.env['civic.phrase'].with_user(self.unit_head).create(values)
        self.assertIn("Dùng chung", self._texts(self.specialist, limit=50))
        self.assertNotIn("Dùng chung", self._texts(self.other_specialist, limit=50))
        with self.assertRaises(AccessError):
            phrase.with_user(self.specialist).unlink()
        with self.assertRaises(AccessError):
            self.env['civic.phrase'].with_user(self.unit_head).create({'text': "Cả cơ quan", 'scope': 'agency'})
        self.env['civic.phrase'].with_user(self.leader).create(
            {'text': "Cả cơ quan", 'scope': 'agency', 'company_id': self.agency.id})
        self.assertIn("Cả cơ quan", self._texts(self.other_specialist, limit=50))
        self.assertNotIn("Cả cơ quan", self._texts(self.foreign_leader, limit=50))

    def test_shipped_phrases_belong_to_nobody(self):
        shipped = self.env.ref('civic_incoming.civic_phrase_instruction_1')
        for user in (self.specialist, self.leader, self.records_admin):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                shipped.with_user(user).text = "Khác"

    def test_places_in_a_phrase_are_filled(self):
        document = self._create_registered()
        document.with_user(self.leader)._assign(
            [self.lead_task], "Giao {unit} chủ trì, tham mưu trước ngày {deadline}.")
        self.assertRegex(
            document.sudo().assignment_ids.instruction, r"^Giao Phòng Văn xã chủ trì, tham mưu trước ngày .*2100\.$")


@tagged('post_install', '-at_install')
class TestPhrasesRpc(CivicIncomingCommon, HttpCase):

    def test_phrases_of_others_stay_theirs_over_rpc(self):
        phrase = self.env['civic.phrase'].with_user(self.leader).create({'text': "Của riêng tôi"})
        self.authenticate(self.specialist.login, self.specialist.login)
        for method, args in (
            ('read', [phrase.ids, ['text']]), ('write', [phrase.ids, {'text': "Khác"}]), ('unlink', [phrase.ids]),
            ('note_use', [phrase.ids]),
        ):
            with (
                self.subTest(method=method), mute_logger('odoo.http'),
                self.assertRaisesRegex(JsonRpcException, "AccessError"),
            ):
                self.make_jsonrpc_request(f'/web/dataset/call_kw/civic.phrase/{method}', {
                    'model': 'civic.phrase', 'method': method, 'args': args, 'kwargs': {}})
        self.assertEqual(phrase.text, "Của riêng tôi")
