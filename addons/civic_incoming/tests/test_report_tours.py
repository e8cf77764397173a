import json

from odoo.tests import HttpCase, tagged

from odoo.addons.civic_report.tests.test_overlay import make_letter

from .common import CivicIncomingCommon


@tagged('post_install', '-at_install')
class TestReportTours(CivicIncomingCommon, HttpCase):

    def test_a_list_is_exported_as_it_is_shown(self):
        """Annex VI, III.6.h: in the browser, all of it and chosen rows."""
        self._create_registered(subject="Về việc số 1")
        self._create_registered(subject="Về việc số 2", code_number='124')
        self.start_tour('/odoo/civic-incoming', 'civic_incoming_export', login=self.clerk.login)
        lines = self.env['civic.journal.entry'].search([
            ('event_type', '=', 'export'), ('user_id', '=', self.clerk.id)], order='id')
        details = [json.loads(line.detail) for line in lines]
        self.assertEqual([(detail['format'], detail['rows']) for detail in details], [('pdf', 2), ('docx', 1)])
        self.assertEqual(details[0]['columns'][:3], ['register_label', 'arrival_date', 'reference'])
        # what the list hides, or shows as colours only, is not in the file
        self.assertFalse({'is_overdue', 'is_unread', 'issue_date', 'handler_id'} & set(details[0]['columns']))

    def test_clerk_stamps_a_document(self):
        document = self._create_document(paper_original=False)
        document._attach_content('cong-van.pdf', make_letter())
        document._register_documents()
        self.start_tour(f'/odoo/civic-incoming/{document.id}', 'civic_incoming_stamp', login=self.clerk.login)
        self.assertEqual(document.stamp_content_id.derived_from_id, document.main_content_id)
