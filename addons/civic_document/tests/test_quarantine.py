import hashlib
from unittest.mock import patch

from odoo import SUPERUSER_ID, api
from odoo.exceptions import AccessError, UserError
from odoo.sql_db import db_connect
from odoo.tests import tagged

from ..exceptions import ContentRefused
from .common import CivicDocumentCommon
from .pdf import make_pdf


@tagged('post_install', '-at_install')
class TestQuarantine(CivicDocumentCommon):

    def _refuse(self, name="../Kế hoạch.pdf", raw=None, user=None):
        raw = make_pdf("Kế hoạch") if raw is None else raw
        try:
            self.env['civic.document'].with_user(user or self.clerk)._capture(
                name, raw, direction='incoming', subject="x")
        except ContentRefused as error:         # assertRaises would roll the quarantine back
            return self.env['civic.quarantine'].with_user(user or self.clerk).browse(error.quarantine_id)
        return self.fail("the file was accepted")

    def test_a_clerk_releases_with_a_reason(self):
        quarantine = self._refuse()
        self.assertTrue(quarantine.can_release)
        action = quarantine.action_release()
        wizard = self.env['civic.reason.wizard'].with_user(self.clerk).with_context(**action['context']).create({
            'reason': "Người gửi xác nhận tên tệp"})
        wizard.action_confirm()
        document = quarantine.document_id
        self.assertRecordValues(quarantine, [{
            'state': 'released', 'decided_by_id': self.clerk.id, 'decision_reason': "Người gửi xác nhận tên tệp"}])
        self.assertRecordValues(document.content_ids, [{'name': "Kế hoạch.pdf", 'sha256': quarantine.sha256}])
        self.assertEqual(document.state, 'draft')
        with self.assertRaisesRegex(UserError, "decided about before"):
            quarantine._apply_reason('_discard', "thôi")

    def test_a_damaged_file_may_be_released_a_program_never(self):
        raw = make_pdf("Kế hoạch")[:800]
        quarantine = self._refuse("a.pdf", raw)
        quarantine._apply_reason('_release', "Bản duy nhất còn lại")
        self.assertEqual(quarantine.document_id.content_ids.sha256, hashlib.sha256(raw).hexdigest())
        for name, raw in (("a.exe", b'MZ' + bytes(50)), ("a.pdf", b'')):
            quarantine = self._refuse(name, raw)
            self.assertFalse(quarantine.can_release)
            with self.assertRaisesRegex(UserError, "cannot be released"):
                quarantine._apply_reason('_release', "x")

    def test_the_same_file_tried_again_waits_once(self):
        self.assertEqual(self._refuse(), self._refuse())
        self.assertNotEqual(self._refuse(user=self.second_clerk).id, self._refuse().id)

    def test_discarding_throws_the_bytes_away_and_keeps_the_line(self):
        quarantine = self._refuse()
        attachment = quarantine.sudo().attachment_id
        quarantine._apply_reason('_discard', "Gửi nhầm")
        self.assertFalse(attachment.exists())
        self.assertRecordValues(quarantine, [{'state': 'discarded', 'decision_reason': "Gửi nhầm"}])
        lines = self.env['civic.journal.entry'].search([
            ('res_model', '=', 'civic.quarantine'), ('res_id', '=', quarantine.id)])
        self.assertEqual(set(lines.mapped('event_type')), {'quarantine', 'deletion'})

    def test_the_line_is_written_by_nobody(self):
        quarantine = self._refuse()
        for user in (self.clerk, self.records_admin):
            with self.assertRaises(AccessError):
                quarantine.with_user(user).write({'state': 'released'})
            with self.assertRaises(AccessError):
                quarantine.with_user(user).create({'name': 'x'})
        with self.assertRaises(UserError):
            quarantine.sudo().unlink()
        with self.assertRaises(UserError):
            quarantine.sudo().attachment_id.write({'raw': b'x'})

    def test_who_sees_the_quarantine(self):
        quarantine = self._refuse()
        for user in (self.clerk, self.second_clerk, self.records_admin):
            self.assertEqual(quarantine.with_user(user).search([('id', '=', quarantine.id)]), quarantine)
        self.assertFalse(quarantine.with_user(self.foreign_clerk).search([('id', '=', quarantine.id)]))
        for user in (self.specialist, self.leader, self.manager):
            with self.assertRaises(AccessError):
                quarantine.with_user(user).read(['name'])
        with self.assertRaises(AccessError):
            quarantine.with_user(self.foreign_clerk)._apply_reason('_discard', "x")
        with self.assertRaises(AccessError):
            self.env['ir.attachment'].with_user(self.clerk).browse(quarantine.sudo().attachment_id.id).read(['raw'])

    def test_the_bytes_stay_when_the_caller_is_rolled_back(self):
        """Outside tests the quarantine commits by itself: played here with real connections."""
        raw = make_pdf("Tệp của phép thử giao dịch")[:600]
        digest = hashlib.sha256(raw).hexdigest()
        connection = db_connect(self.env.cr.dbname)
        self.addCleanup(self._forget, connection, digest)
        Quarantine = self.registry['civic.quarantine']
        with patch.object(Quarantine, '_is_in_test', lambda self: False), \
                patch.object(self.registry, 'cursor', lambda readonly=False: connection.cursor()):
            with connection.cursor() as cr:
                env = api.Environment(cr, SUPERUSER_ID, {})
                with self.assertRaises(ContentRefused):
                    env['civic.document']._capture("a.pdf", raw, direction='incoming', subject="x")
                cr.rollback()
        with connection.cursor() as cr:
            quarantine = api.Environment(cr, SUPERUSER_ID, {})['civic.quarantine'].search([('sha256', '=', digest)])
            self.assertEqual(quarantine.reason_code, 'corrupt')
            self.assertEqual(quarantine.attachment_id.raw, raw)

    @staticmethod
    def _forget(connection, digest):
        """Take the committed line out again; its journal line is for ever, as it must be."""
        with connection.cursor() as cr:
            cr.execute("DELETE FROM civic_quarantine WHERE sha256 = %s RETURNING attachment_id", [digest])
            ids = tuple(row[0] for row in cr.fetchall())
            if ids:
                cr.execute("DELETE FROM ir_attachment WHERE id IN %s", [ids])
