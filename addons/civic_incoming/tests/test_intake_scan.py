import contextlib
import os
import threading
from unittest.mock import patch

import psycopg2

from odoo.exceptions import ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.civic_document.exceptions import SecretRefused
from odoo.addons.civic_document.tests.pdf import make_pdf

from ..tools import intake
from ..tools.scan_place import ScanPlace
from .intake_common import CivicIntakeCommon, join_pdfs, make_blank, make_tiff, page_texts


@tagged('post_install', '-at_install')
class TestIntakeScan(CivicIntakeCommon):

    def test_a_file_becomes_a_draft_and_moves_to_done(self):
        raw = make_pdf("QUYET DINH")
        self._put('scan0001.pdf', raw)
        arrival = self._take()
        self.assertRecordValues(arrival, [{'state': 'received', 'name': 'scan0001.pdf', 'kind': 'scan'}])
        self.assertRecordValues(arrival.document_ids, [{
            'state': 'draft', 'direction': 'incoming', 'company_id': self.agency.id, 'arrival_channel': 'post',
            'page_count': 1}])
        self.assertEqual(arrival.document_ids.content_ids.attachment_id.raw, raw)
        self.assertIn('scan0001.pdf', arrival.document_ids.intake_note)
        self.assertEqual(self._listing(), ['.civic-work', 'done'])
        self.assertEqual(self._listing('done'), ['scan0001.pdf'])
        self.assertTrue(self.folder.last_run_at)

    def test_the_cron_takes_the_files_of_every_folder(self):
        self._put('a.pdf', make_pdf("MOT"))
        with self.enter_registry_test_mode():
            self.env.ref('civic_incoming.ir_cron_take_scans').method_direct_trigger()
        self.assertEqual(self._last_arrival().name, 'a.pdf')

    def test_a_bad_file_does_not_stop_the_others(self):
        self._put('1.pdf', make_pdf("MOT"))
        self._put('2.pdf', b'%PDF-1.7 hong')
        self._put('3.exe', b'MZ' + bytes(100))
        self._put('4.pdf', make_pdf("BON"))
        arrivals = self._take()
        self.assertEqual(arrivals.mapped('state'), ['received', 'refused', 'refused', 'received'])
        self.assertEqual(self._listing('done'), ['1.pdf', '4.pdf'])
        self.assertEqual(self._listing('refused'), ['2.pdf', '3.exe'])
        self.assertEqual(
            arrivals.quarantine_ids.sorted('id').mapped('reason_code'), ['corrupt', 'forbidden_format'])
        self.assertIn('2.pdf', arrivals[1].message)
        self.assertEqual(self.folder.trouble_count, 2)

    def test_half_written_file_is_waited_for(self):
        self._set_rule('incoming.scan_quiet_seconds', 10)
        raw = make_pdf("QUYET DINH")
        self._put('a.pdf', raw[:300])
        self._put('b.pdf.part', raw)
        self.assertFalse(self._take())
        self.assertEqual(self.folder.waiting_count, 2)
        self._age_seen()
        self._put('a.pdf', raw)                         # the scanner went on writing
        self.assertFalse(self._take())
        self._age_seen()
        arrival = self._take()
        self.assertEqual(arrival.mapped('name'), ['a.pdf'])
        self.assertEqual(arrival.document_ids.content_ids.attachment_id.raw, raw)
        self.assertIn('b.pdf.part', self._listing())

    def _age_seen(self):
        self.folder.seen = {
            name: {**known, 'since': known['since'] - 11} for name, known in self.folder.seen.items()}

    def test_file_that_vanishes_between_listing_and_taking_is_nobodys_fault(self):
        path = self._put('a.pdf', make_pdf("MOT"))
        self._put('b.pdf', make_pdf("HAI"))
        model = self.registry['civic.scan.folder']
        find = model._find_complete

        def find_and_remove(folder, entries):
            found = find(folder, entries)
            os.unlink(path)
            return found

        with patch.object(model, '_find_complete', find_and_remove):
            self.assertEqual(self._take().mapped('name'), ['b.pdf'])

    def test_file_without_permission_stays_and_is_told_once(self):
        self._put('a.pdf', make_pdf("MOT"))
        real_open = os.open

        def refuse(path, *args, **kwargs):
            if path == 'a.pdf':
                raise PermissionError(13, "Permission denied")
            return real_open(path, *args, **kwargs)

        with patch('os.open', refuse):
            arrival = self._take()
            self.assertFalse(self._take())
        self.assertEqual(arrival.state, 'failed')
        self.assertIn("permission", arrival.message)
        self.assertIn('a.pdf', self._listing())
        self.assertTrue(self._take().document_ids)       # the permission was given

    def test_process_that_dies_after_claiming_loses_nothing_and_doubles_nothing(self):
        raw = make_pdf("MOT")
        self._put('a.pdf', raw)
        with patch.object(self.registry['civic.scan.folder'], '_take_file', side_effect=KeyboardInterrupt), \
                self.assertRaises(KeyboardInterrupt):
            self._take()
        self.assertEqual(self._listing('.civic-work'), ['a.pdf'])
        self.assertEqual(len(self._take().document_ids), 1)
        self.assertEqual(self._listing('done'), ['a.pdf'])
        # it died after the commit and before the file was moved away
        self._put('b.pdf', make_pdf("HAI"))
        with patch.object(self.registry['civic.scan.folder'], '_put_away'):
            arrival = self._take()
        self.assertEqual(self._listing('.civic-work'), ['b.pdf'])
        self.assertFalse(self._take())
        self.assertEqual(len(arrival.document_ids), 1)
        self.assertEqual(self._listing('done'), ['a.pdf', 'b.pdf'])

    def test_a_second_worker_leaves_the_folder_to_the_first(self):
        self._put('a.pdf', make_pdf("MOT"))
        with ScanPlace(self.root, self.folder.path):
            self.assertFalse(self._take())
            self.assertIn("Another run", self.folder.last_message)
        self.assertTrue(self._take().document_ids)

    def test_links_devices_and_folders_are_not_followed(self):
        secret = os.path.join(self.root, 'secret.pdf')
        with open(secret, 'wb') as target:
            target.write(make_pdf("BI MAT"))
        os.symlink(secret, os.path.join(self.place, 'a.pdf'))
        os.mkdir(os.path.join(self.place, 'sub'))
        with open(os.path.join(self.place, 'sub', 'b.pdf'), 'wb') as target:
            target.write(make_pdf("HAI"))
        os.mkfifo(os.path.join(self.place, 'c.pdf'))
        arrivals = self._take()
        self.assertEqual(arrivals.mapped('state'), ['failed', 'failed'])
        self.assertFalse(arrivals.document_ids)
        self.assertIn("not read", self.folder.last_message)

    def test_folder_that_is_a_link_is_not_entered(self):
        os.mkdir(os.path.join(self.root, 'elsewhere'))
        os.symlink(os.path.join(self.root, 'elsewhere'), os.path.join(self.root, 'svh'))
        folder = self.env['civic.scan.folder'].create({
            'name': "x", 'path': 'svh', 'company_id': self.other_agency.id})
        folder._take_files(self._commit)
        self.assertIn("link", folder.last_message)
        folder = self.env['civic.scan.folder'].create({
            'name': "y", 'path': 'chua-co', 'company_id': self.other_agency.id})
        folder._take_files(self._commit)
        self.assertIn("not there", folder.last_message)

    def test_no_path_leads_out_of_the_root_or_into_another_folder(self):
        for path in ('/etc', '../etc', 'a/../../etc', 'a//b', 'a/', ' a', 'a\\b', 'a\nb', '.an', 'a/done', 'a\u202eb',
                     'ubnd', 'ubnd/may-1/con', 'UBND/May-1/Con', 'x' * 300):
            with self.subTest(path=path), self.assertRaises(ValidationError):
                self.env['civic.scan.folder'].create({'name': "x", 'path': path, 'company_id': self.agency.id})
        with self.assertRaises(psycopg2.IntegrityError), mute_logger('odoo.sql_db'):
            self.env['civic.scan.folder'].create({
                'name': "x", 'path': 'UBND/May-1', 'company_id': self.other_agency.id})

    def test_tricks_in_file_names_are_refused_with_a_message(self):
        self._put('cong\u202efdp.pdf', make_pdf("MOT"))
        self._put('a\\..\\etc.pdf', make_pdf("HAI"))
        arrivals = self._take()
        self.assertEqual(arrivals.mapped('state'), ['refused', 'refused'])
        self.assertEqual(arrivals.quarantine_ids.mapped('reason_code'), ['bad_name', 'bad_name'])
        self.assertEqual(len(self._listing('refused')), 2)

    def test_name_that_is_no_text_is_taken_all_the_same(self):
        path = os.fsencode(self.place) + b'/scan\xff.pdf'
        with open(path, 'wb') as target:
            target.write(make_pdf("MOT"))
        arrival = self._take()
        self.assertEqual(arrival.name, 'scan?.pdf')
        self.assertTrue(arrival.document_ids)

    def test_state_secret_is_not_kept(self):
        before = self.env['civic.arrival'].search_count([])
        self._put('a.pdf', make_pdf("TUYỆT MẬT\nVề việc"))
        self.assertFalse(self._take())
        self.assertEqual(self.env['civic.arrival'].search_count([]), before)
        self.assertFalse(self._listing('done') + self._listing('refused') + self._listing('.civic-work'))
        line = self.env['civic.journal.entry'].search([('event_type', '=', 'refusal')], limit=1)
        self.assertIn('state_secret', line.detail)

    def test_the_same_file_again_makes_no_second_draft(self):
        self._put('a.pdf', make_pdf("MOT"))
        arrival = self._take()
        self._put('a.pdf', make_pdf("MOT"))
        self.assertFalse(self._take())
        self.assertEqual(len(arrival.document_ids), 1)
        self.assertIn("second time", arrival.message)
        self.assertEqual(len(self._listing('done')), 2)
        self._put('a.pdf', make_pdf("KHAC"))             # the scanner counts from one again
        self.assertTrue(self._take().document_ids)

    def test_too_large_file_is_not_even_read(self):
        self._set_rule('content.max_bytes', 1000)
        self._put('a.pdf', make_pdf("MOT") + bytes(2000))
        with patch.object(intake, 'read_pages', side_effect=AssertionError):
            arrival = self._take()
        self.assertEqual(arrival.state, 'refused')
        self.assertIn("MB", arrival.message)
        self.assertEqual(self._listing('refused'), ['a.pdf'])

    # --- TIFF ---

    def test_tiff_of_many_pages_gets_a_pdf_beside_it(self):
        raw = make_tiff((1654, 2339), (1654, 2339), (2339, 1654))
        self._put('fax.tif', raw)
        document = self._take().document_ids
        original = document.content_ids.filtered(lambda content: content.role == 'original')
        rendition = document.content_ids - original
        self.assertEqual(original.attachment_id.raw, raw)
        self.assertRecordValues(rendition, [{
            'name': 'fax.pdf', 'role': 'rendition', 'page_count': 3, 'derived_from_id': original.id,
            'mimetype': 'application/pdf'}])
        self.assertEqual(document.main_content_id, rendition)
        self.assertEqual(document.page_count, 3)

    def test_tiff_bomb_is_refused_and_kept_in_quarantine(self):
        self._put('bom.tif', make_tiff((30000, 30000)))
        arrival = self._take()
        self.assertEqual(arrival.state, 'refused')
        self.assertEqual(arrival.quarantine_ids.reason_code, 'unreadable')
        self.assertEqual(self._listing('refused'), ['bom.tif'])

    # --- separator sheets ---

    def test_separator_sheets_part_the_scan(self):
        self._put('lo.pdf', join_pdfs(
            self._sheet(), make_pdf("TRANG A1", "TRANG A2"), self._sheet('urgent', 'hand'), make_pdf("TRANG B1"), self._sheet(),
            make_pdf("TRANG C1", "TRANG C2", "TRANG C3")))
        arrival = self._take()
        documents = arrival.document_ids.sorted('id')
        self.assertEqual(
            [page_texts(document.content_ids.attachment_id.raw) for document in documents],
            [["TRANG A1", "TRANG A2"], ["TRANG B1"], ["TRANG C1", "TRANG C2", "TRANG C3"]])
        self.assertEqual(documents.mapped('urgency'), ['normal', 'urgent', 'normal'])
        self.assertEqual(documents.mapped('arrival_channel'), ['post', 'hand', 'post'])
        # nothing is lost: the scan as it was received is kept
        self.assertEqual(len(page_texts(arrival.attachment_id.raw)), 9)

    def test_sheets_first_last_and_in_a_row_make_no_empty_documents(self):
        self._put('lo.pdf', join_pdfs(
            make_pdf("TRANG A1"), self._sheet('urgent'), self._sheet('express'), make_pdf("TRANG B1"), self._sheet()))
        documents = self._take().document_ids.sorted('id')
        self.assertEqual(
            [page_texts(document.content_ids.attachment_id.raw) for document in documents], [["TRANG A1"], ["TRANG B1"]])
        self.assertEqual(documents.mapped('urgency'), ['normal', 'express'])

    def test_blank_back_of_a_sheet_goes_other_blank_pages_stay(self):
        self._put('lo.pdf', join_pdfs(
            self._sheet(), make_blank(), make_pdf("TRANG A1"), make_blank(), self._sheet(), make_blank(), make_pdf("TRANG B1")))
        documents = self._take().document_ids.sorted('id')
        self.assertEqual(documents.mapped('page_count'), [2, 1])

    def test_blank_sheet_is_a_page_like_any_other(self):
        self._put('lo.pdf', join_pdfs(make_pdf("TRANG A1"), make_blank(), make_pdf("TRANG B1")))
        self.assertEqual(self._take().document_ids.page_count, 3)

    def test_only_sheets_are_no_document_and_are_kept(self):
        self._put('lo.pdf', join_pdfs(self._sheet(), self._sheet()))
        arrival = self._take()
        self.assertEqual((arrival.state, arrival.document_count), ('ignored', 0))
        self.assertTrue(arrival.has_file)

    def test_sheet_of_another_agency_parts_and_is_noted(self):
        self._put('lo.pdf', join_pdfs(make_pdf("TRANG A1"), self._sheet(agency=self.other_agency), make_pdf("TRANG B1")))
        documents = self._take().document_ids.sorted('id')
        self.assertEqual(documents.company_id, self.agency)
        self.assertIn("another agency", documents[1].intake_note)

    def test_scan_of_three_hundred_pages(self):
        self._put('lo.pdf', join_pdfs(self._sheet(), make_pdf(*["TRANG"] * 299)))
        document = self._take().document_ids
        self.assertEqual(document.page_count, 299)

    @mute_logger('odoo.addons.civic_incoming.models.civic_arrival')
    def test_error_in_the_system_keeps_the_scan_and_is_tried_again(self):
        self._put('a.pdf', make_pdf("MOT"))
        with patch.object(self.registry['civic.arrival'], '_make_scan_drafts', side_effect=ZeroDivisionError):
            arrival = self._take()
        self.assertEqual(arrival.state, 'failed')
        self.assertTrue(arrival.has_file)
        arrival.with_user(self.clerk).action_retry()
        self.assertEqual((arrival.state, len(arrival.document_ids)), ('received', 1))

    def test_state_secret_found_when_a_failed_scan_is_read_again_is_taken_out(self):
        """Nothing of it stays, and the job goes on with the next one."""
        self._put('a.pdf', make_pdf("MOT"))
        self._put('b.pdf', make_pdf("HAI"))
        with patch.object(type(self.env['civic.arrival']), '_make_scan_drafts', side_effect=RuntimeError), \
                mute_logger('odoo.addons.civic_incoming.models.civic_arrival'):
            secret, other = self._take()
        self.assertEqual(set((secret | other).mapped('state')), {'failed'})
        attachment = secret.attachment_id
        make_drafts = type(self.env['civic.arrival'])._make_scan_drafts

        def find_mark(arrival, folder, report, path):
            if arrival == secret:
                raise SecretRefused("TUYỆT MẬT")
            return make_drafts(arrival, folder, report, path)

        with patch.object(type(self.env['civic.arrival']), '_make_scan_drafts', find_mark), \
                patch.object(type(self.env['ir.cron']), '_commit_progress', self._commit):
            self.env['civic.arrival']._retry_failed()
        self.assertRecordValues(secret, [{'state': 'refused', 'attachment_id': False, 'name': "Taken out"}])
        self.assertFalse(attachment.exists())
        self.assertEqual((other.state, len(other.document_ids)), ('received', 1))

    def test_pages_that_cannot_be_searched_stay_one_document(self):
        self._put('a.pdf', make_pdf("MOT", "HAI"))
        with patch.object(intake, 'read_pages', side_effect=intake.IntakeFailed('unreadable')):
            document = self._take().document_ids
        self.assertEqual(document.page_count, 2)
        self.assertIn("by hand", document.intake_note)

    def test_state_secret_that_comes_to_light_later_takes_the_scan_along(self):
        raw = join_pdfs(self._sheet(), make_pdf("TRANG A1"), self._sheet(), make_pdf("TRANG B1"))
        self._put('lo.pdf', raw)
        arrival = self._take()
        first, second = arrival.document_ids.sorted('id')
        first.content_ids._expunge_secret()
        first._on_secret_expunged()
        self._commit()
        self.assertFalse(first.content_ids)
        self.assertFalse(first.intake_note)
        self.assertFalse(arrival.attachment_id)
        self.assertNotIn('lo.pdf', arrival.name)
        self.assertFalse(self._listing('done'))
        self.assertTrue(second.content_ids)

    def test_pages_of_a_tiff_are_read_from_its_pdf(self):
        self._put('fax.tif', make_tiff((400, 600), (400, 600)))
        document = self._take().document_ids
        original = document.content_ids.filtered(lambda content: content.role == 'original')
        self.assertFalse(original._get_pages())
        self.assertTrue(document.main_content_id._get_pages())
        self.assertEqual(document.reading_state, 'waiting')

    def test_two_processes_never_take_the_same_file(self):
        names = [f'{number}.pdf' for number in range(40)]
        for name in names:
            self._put(name, b'x')

        path = self.folder.path

        def claim_all(taken):
            place = ScanPlace(self.root, path)
            place.handle = place._open_folder()         # without the lock that keeps the others out
            for name in names:
                with contextlib.suppress(FileNotFoundError, BlockingIOError):
                    place.claim(name)
                    taken.append(name)
            place.__exit__()

        results = [[], [], []]
        threads = [threading.Thread(target=claim_all, args=(taken,)) for taken in results]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(sorted(name for taken in results for name in taken), sorted(names))
