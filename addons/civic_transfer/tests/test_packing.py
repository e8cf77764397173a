from unittest.mock import patch

from odoo.exceptions import AccessError
from odoo.tests import tagged

from odoo.addons.civic_package.tools.validate import validate
from odoo.addons.queue_job.tests.common import trap_jobs

from ..models import civic_transfer_build
from .common import TransferCommon


class Killed(BaseException):
    """The process ends here."""


@tagged('post_install', '-at_install')
class TestPacking(TransferCommon):

    def answered(self, count=3):
        files = self.env['civic.workfile'].union(*(self._create_delivered(count=1) for _one in range(count)))
        transfer = self._register(files)
        self._agree(transfer)
        transfer.invalidate_recordset()
        return transfer

    def test_packages_are_valid_known_by_their_digest_and_the_same_again(self):
        transfer = self.answered(1)
        self._pack(transfer)
        line = transfer.line_ids.sudo()
        self.assertEqual((transfer.state, line.state, transfer.progress), ('packed', 'built', 50.0))
        attachment = line.package_attachment_id
        path = attachment._full_path(attachment.store_fname)
        report = validate(path)
        self.assertTrue(report.valid, [finding.text() for finding in report.findings])
        self.assertEqual((report.kind, report.objid), ('SIP_hoso', line.objid))
        first = line.sha256
        transfer.line_ids.action_pack_again()
        self.assertEqual((transfer.state, line.state), ('packing', 'pending'))
        self._do_jobs(transfer, '_job_pack')
        self.assertEqual((transfer.state, line.sha256), ('packed', first))

    def test_nobody_opens_a_package_by_its_attachment(self):
        transfer = self.answered(1)
        self._pack(transfer)
        attachment = transfer.line_ids.sudo().package_attachment_id
        with self.assertRaises(AccessError):
            attachment.with_user(self.archivist).read(['raw'])

    def test_pause_and_resume(self):
        transfer = self.answered(2)
        transfer.action_pack()
        first, second = transfer.line_ids
        first._job_pack()
        transfer.action_pause()
        second._job_pack()
        self.assertEqual(transfer.line_ids.mapped('state'), ['built', 'pending'])
        with trap_jobs() as trap:
            transfer.action_resume()
            trap.assert_enqueued_job(second.sudo()._job_pack)
        second._job_pack()
        transfer._job_step()
        self.assertEqual(transfer.state, 'packed')

    def test_the_form_follows_what_the_system_does_and_sending_goes_on_after_a_pause(self):
        transfer = self.answered(1)
        self.assertFalse(transfer.is_under_way)
        transfer.action_pack()
        self.assertTrue(transfer.is_under_way)
        self._do_jobs(transfer, '_job_pack')
        self.assertEqual((transfer.state, transfer.is_under_way), ('packed', False), "it waits for a person")
        transfer.action_send()
        self.assertTrue(transfer.is_under_way)
        transfer.action_pause()
        self.assertFalse(transfer.is_under_way)
        with trap_jobs() as trap:
            transfer.action_resume()
            trap.assert_enqueued_job(transfer.line_ids.sudo()._job_send)
        self.assertTrue(transfer.is_under_way)
        self._do_jobs(transfer, '_job_send')
        self.assertEqual((transfer.state, transfer.is_under_way), ('sent', False), "it waits for the archive to decide")
        transfer.line_ids.sudo().state = 'sent'         # over a channel: the receipt is still to come
        self.assertTrue(transfer.is_under_way)

    def test_a_kill_in_the_middle_costs_one_package_and_the_cron_goes_on(self):
        transfer = self.answered(2)
        transfer.action_pack()
        first, second = transfer.line_ids
        first._job_pack()
        digest = first.sha256
        before = self.env['ir.attachment'].sudo().search_count([('res_model', '=', 'civic.delivery.part'), ('name', 'like', '.zip')])
        with self.assertRaises(Killed), self.env.cr.savepoint(), patch.object(
                civic_transfer_build, 'validate', side_effect=Killed):
            second._job_pack()
        second.invalidate_recordset()
        self.assertEqual((second.state, second.sha256), ('pending', False))
        self.assertEqual(before, self.env['ir.attachment'].sudo().search_count([
            ('res_model', '=', 'civic.delivery.part'), ('name', 'like', '.zip')]))
        with trap_jobs() as trap:
            self.env['civic.transfer']._cron_go_on()
            trap.assert_enqueued_job(second.sudo()._job_pack)
        second._job_pack()
        transfer._job_step()
        self.assertEqual((transfer.state, first.sha256), ('packed', digest))

    def test_what_stands_in_the_way_of_one_file_does_not_stop_the_others(self):
        transfer = self.answered(2)
        transfer.action_pack()
        first, second = transfer.line_ids
        content = first.workfile_id.entry_ids.document_id.content_ids
        self.env.cr.execute("UPDATE civic_content SET sha256 = %s WHERE id = %s", ['0' * 64, content.id])
        content.invalidate_recordset()
        first._job_pack()
        second._job_pack()
        transfer._job_step()
        transfer.invalidate_recordset()
        self.assertEqual((first.state, second.state, transfer.state), ('pending', 'built', 'packing'))
        self.assertIn("SHA-256", first.problem)
