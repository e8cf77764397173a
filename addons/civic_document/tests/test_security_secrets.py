from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import CivicDocumentCommon

SECRET = "TUYỆT MẬT\nKế hoạch"


@tagged('post_install', '-at_install')
class TestSecuritySecrets(CivicDocumentCommon):
    """By-ways on which a state secret could come to lie in the database."""

    def setUp(self):
        super().setUp()
        self.document = self._create_registered()

    def _assert_refused(self, function, *args, **kwargs):
        with self.assertRaisesRegex(UserError, "Protection of State Secrets"), self.cr.savepoint():
            function(*args, **kwargs)

    def test_no_form_keeps_what_the_act_would_refuse(self):
        for model, values in (
            ('civic.reason.wizard', {
                'res_model': 'civic.document', 'res_ids': self.document.ids, 'method': '_cancel', 'reason': SECRET}),
            ('civic.reason.wizard', {
                'res_model': 'civic.quarantine', 'res_ids': [1], 'method': '_release', 'reason': SECRET}),
            ('civic.document.correction', {'document_id': self.document.id, 'reason': SECRET}),
            ('civic.document.correction', {
                'document_id': self.document.id, 'reason': "x", 'signer_position': "TỐI MẬT"}),
        ):
            with self.subTest(model=model, values=values):
                self._assert_refused(self.env[model].with_user(self.clerk).create, values)
        form = self.env['civic.document.correction'].with_user(self.clerk).create(
            {'document_id': self.document.id, 'reason': "Gõ nhầm"})
        self._assert_refused(form.write, {'reason': SECRET})

    def test_no_file_hides_behind_a_field_or_waits_at_the_composer(self):
        attachments = self.env['ir.attachment'].with_user(self.clerk)
        values = {'name': 'ghi-chu.txt', 'raw': SECRET.encode()}
        self._assert_refused(attachments.create, {
            **values, 'res_model': 'civic.document', 'res_id': self.document.id, 'res_field': 'subject'})
        # what the upload of the chatter makes of a file whose message is still being written
        self._assert_refused(attachments.sudo().create, {**values, 'res_model': 'mail.compose.message', 'res_id': 0})

    def test_no_message_shows_a_file_that_hangs_elsewhere(self):
        attachment = self.env['ir.attachment'].with_user(self.clerk).create(
            {'name': 'ghi-chu.txt', 'raw': SECRET.encode()})
        document = self.document.with_user(self.clerk)
        self._assert_refused(document.message_post, body="Xem", attachment_ids=attachment.ids)
        message = document.message_post(body="Xem")
        self._assert_refused(message.write, {'attachment_ids': [(4, attachment.id)]})
        harmless = self.env['ir.attachment'].with_user(self.clerk).create({'name': 'ghi-chu.txt', 'raw': b'Xin chao'})
        self.assertTrue(document.message_post(body="Xem", attachment_ids=harmless.ids).attachment_ids)
