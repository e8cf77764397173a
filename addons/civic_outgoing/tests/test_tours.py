from odoo.tests import HttpCase, tagged

from .common import CivicDigitalCommon


@tagged('post_install', '-at_install')
class TestTours(CivicDigitalCommon, HttpCase):

    def test_from_the_draft_to_the_recipient(self):
        """Specialist drafts, head and clerk check, leader signs on a telephone, clerk numbers and issues."""
        self.start_tour('/odoo/civic-outgoing-drafts', 'civic_outgoing_draft', login=self.specialist.login)
        document = self.env['civic.document'].search([('subject', '=', "Kế hoạch soạn trong trình duyệt")])
        self.assertRecordValues(document, [{
            'state': 'draft', 'drafter_id': self.specialist.id, 'signing_authority_id': self.authority.id,
            'code_notation': 'KH-UBND'}])
        document.current_version_id.sudo()._make_pdf()
        self.start_tour('/odoo/civic-outgoing-drafts', 'civic_outgoing_submit', login=self.specialist.login)
        self.start_tour('/odoo/my-steps', 'civic_outgoing_check_content', login=self.unit_head.login)
        self.assertEqual(document.content_checked_by_id, self.unit_head)
        self.start_tour('/odoo/my-steps', 'civic_outgoing_check_form', login=self.clerk.login)
        self.assertEqual(document.format_checked_by_id, self.clerk)
        self.browser_size = '390x844'
        self.touch_enabled = True
        self.start_tour('/odoo/civic-outgoing-to-sign', 'civic_outgoing_sign', login=self.leader.login)
        self.assertRecordValues(document, [{'state': 'signed', 'signed_by_id': self.leader.id}])
        self.browser_size = '1366x768'
        self.touch_enabled = False
        self.start_tour('/odoo/civic-outgoing-to-issue', 'civic_outgoing_issue', login=self.clerk.login)
        self.assertEqual((document.state, document.reference), ('issued', '01/KH-UBND'))
        self.assertEqual(document.main_content_id._check_signatures(), {document.main_content_id.id: 'valid'})
