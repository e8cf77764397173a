from odoo import fields
from odoo.tests import HttpCase, tagged

from odoo.addons.civic_document.tests.pdf import make_pdf

from .common import CivicIncomingCommon


@tagged('post_install', '-at_install')
class TestTours(CivicIncomingCommon, HttpCase):

    def test_from_the_file_to_done(self):
        """Clerk uploads and registers, leader assigns, unit finishes: in the browser."""
        today = fields.Date.context_today(self.env.user)
        document = self.env['civic.document'].with_user(self.clerk)._capture(
            'quyet-dinh.pdf', make_pdf("QUYET DINH"), **{
                **self._prepare_document(paper_original=False, subject=False, arrival_date=today),
            })
        self.start_tour('/odoo/civic-incoming-to-register', 'civic_incoming_upload', login=self.clerk.login)
        uploaded = self.env['civic.document'].search([('subject', '=', "Văn bản tải lên")])
        self.assertEqual(len(uploaded), 1)
        self.assertEqual(uploaded.content_ids.mimetype, 'application/pdf')

        self.start_tour('/odoo/civic-incoming-to-register', 'civic_incoming_register', login=self.clerk.login)
        self.assertEqual(document.state, 'registered')
        self.assertTrue(document.register_label)

        self.start_tour('/odoo/civic-incoming-to-assign', 'civic_incoming_assign', login=self.leader.login)
        self.assertRecordValues(document, [{'state': 'assigned', 'unit_id': self.unit_culture.id}])
        self.assertFalse(document.sudo().assignment_ids.read_at)

        self.start_tour('/odoo/civic-incoming-my-unit', 'civic_incoming_handle', login=self.specialist.login)
        self.assertEqual(document.state, 'done')
        self.assertEqual(document.assignment_ids.result, "Đã trả lời")
        self.assertEqual(document.assignment_ids.read_by_id, self.specialist)
        events = self._get_events(document)
        for event in ('capture', 'registration', 'assignment', 'access', 'start', 'completion'):
            self.assertIn(event, events)
