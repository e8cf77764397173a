import io
import itertools
import json
import zipfile
from datetime import date
from unittest.mock import patch

import pikepdf

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.civic_package.tools.validate import validate
from odoo.addons.civic_signature.tools import pdf

from .common import TransferCommon


@tagged('post_install', '-at_install')
class TestTransfer(TransferCommon):

    def test_rule_20_statutory_date_and_target_stand_side_by_side(self):
        """Permanent, work ended 30/09/2025, delivered 2026: by law until 31/12/2031, by the plan three years after."""
        file = self._create_delivered()
        old = self._create_delivered(end=date(2019, 5, 6))
        new, before = self._find_candidates(file), self._find_candidates(old)
        self.assertEqual((new.due_date, new.target_date), (date(2031, 12, 31), date(2028, 9, 30)))
        self.assertEqual((before.due_date, before.target_date), (date(2029, 12, 31), date(2022, 5, 6)))
        self.assertIn("33/2024/QH15", new.due_basis)
        self.assertIn("01/2011/QH13", before.due_basis)
        self.assertIn("458", new.target_basis)
        # the rule is data: a value of the agency goes before the general one
        self.env['civic.rule.value'].create({
            'key': 'transfer.target', 'value': '{"from": "end", "years": 2}', 'value_type': 'json', 'company_id': self.agency.id})
        new.invalidate_recordset()
        self.assertEqual(new.target_date, date(2027, 9, 30))

    def test_what_is_no_candidate(self):
        permanent, fixed = self._create_delivered(), self._create_delivered()
        held, closed = self._create_delivered(), self._create_filled(date(2026, 1, 31), line=self.line_permanent)
        fixed_term = self._create_filled(date(2025, 9, 30))
        fixed_term._write_by_system({'state': 'delivered', 'delivered_on': date(2026, 2, 2)}, 'deliver')
        opened = self._create_filled(date(2026, 1, 31), line=self.line_permanent, closed=False)
        self._create_hold(held)
        listed = self._create_filled(date(2014, 1, 31))
        self._create_case(listed).action_open_council()
        files = listed | permanent | fixed | held | closed | fixed_term | opened
        found = self._find_candidates(files)
        self.assertEqual({row.workfile_id: row.level for row in found}, {
            permanent: 'historical', fixed: 'historical', closed: 'unit'})
        transfer = self._create_transfer(permanent)
        self.assertFalse(self._find_candidates(permanent))
        for file, words in (
            (held, "held"), (permanent, "is on the list"), (fixed_term, "permanently"), (opened, "“Open”"),
            (listed, "considered for destruction"),
        ):
            with self.subTest(words), self.assertRaisesRegex(UserError, words):
                transfer._add_files(file)

    def test_two_archivists_take_the_same_file(self):
        """The index decides, whatever both saw."""
        file = self._create_delivered()
        transfer = self._create_transfer(file)
        other = transfer.copy({'title': "Đợt khác"})
        with self.assertRaisesRegex(Exception, "_open_uniq"), mute_logger('odoo.sql_db'), self.env.cr.savepoint():
            self.env['civic.transfer.line'].sudo().create({'transfer_id': other.id, 'workfile_id': file.id})

    def test_a_closed_archive_is_refused_and_its_successor_named(self):
        """Rule 58: the district archive takes nothing since 30/06/2025."""
        district = self.env['res.company'].create({
            'name': "Lưu trữ Quận 1", 'agency_level': 'archives', 'agency_valid_to': date(2025, 6, 30),
            'agency_successor_id': self.centre.id})
        self.env['civic.fonds.source'].create({'company_id': district.id, 'agency_id': self.agency.partner_id.id})
        transfer = self._create_transfer(self._create_delivered())
        self.assertEqual(transfer.keeper_id, self.centre.partner_id)
        with self.assertRaisesRegex(UserError, "successor: Trung tâm Lưu trữ"):
            transfer.keeper_id = district.partner_id
        elsewhere = self.env['res.partner'].create({
            'name': "Lưu trữ huyện cũ", 'is_agency': True, 'agency_valid_to': date(2025, 6, 30), 'successor_id': self.ministry.id})
        with self.assertRaisesRegex(UserError, "successor: Bộ Nội vụ"):
            transfer.keeper_id = elsewhere

    def test_rule_19_an_agency_that_is_not_on_the_list_is_refused(self):
        transfer = self._create_transfer(self._create_delivered())
        self._let_council_agree(transfer)
        self.env['civic.fonds.source'].search([('company_id', '=', self.centre.id)]).write({'valid_to': date(2026, 1, 1)})
        with self.assertRaisesRegex(UserError, "not on the list of source agencies"):
            transfer.action_register()

    def test_a_submission_is_registered_twelve_months_ahead_or_with_a_reason(self):
        transfer = self._create_transfer(self._create_delivered(), planned_on=date(2026, 9, 1))
        self._let_council_agree(transfer)
        with self.assertRaisesRegex(UserError, "12 months ahead"):
            transfer.action_register()
        transfer.early_reason = "Theo kế hoạch thu thập của Trung tâm"
        transfer.action_register()
        accession = self._get_accession(transfer)
        self.assertEqual((accession.state, accession.planned_on), ('registered', date(2026, 9, 1)))
        self.assertEqual((accession.early_reason, accession.note), ("Theo kế hoạch thu thập của Trung tâm", False))
        with self.assertRaises(AccessError):
            accession.with_user(self.keeper).early_reason = "Khác"
        # rule 26: seven working days, then it is overdue
        self.assertEqual(transfer.answer_due, date(2026, 3, 25))
        transfer.sudo().answer_due = date(2026, 3, 13)
        self.assertTrue(transfer.is_overdue)
        self.assertIn(transfer, self.env['civic.transfer'].search([('is_overdue', '=', True)]))

    def test_the_council_agrees_first(self):
        transfer = self._create_transfer(self._create_delivered())
        with self.assertRaisesRegex(UserError, "council"):
            transfer.action_register()
        opinions = self.env['civic.transfer.opinion'].with_user(self.archivist).create([
            {'transfer_id': transfer.id, 'user_id': user.id} for user in (self.leader, self.unit_head)])
        transfer.council_on = date(2026, 3, 16)
        transfer.action_open_council()
        with self.assertRaisesRegex(AccessError, "own opinion"):
            opinions[0].with_user(self.archivist).action_agree()
        opinions[0].with_user(self.leader).action_agree()
        opinions[1].with_user(self.unit_head)._apply_reason('_object', "Thiếu hồ sơ")
        transfer.action_close_council()
        self.assertEqual(transfer.council_result, 'objected')
        with self.assertRaisesRegex(UserError, "council"):
            transfer.action_register()

    def test_refused_once_mended_accepted_signed_and_locked(self):
        """The whole way in one database: two files, one is returned, mended and comes again."""
        good, faulty = self._create_delivered(), self._create_delivered()
        transfer, accession = self._bring_to_keeper(good | faulty)
        self.assertEqual((transfer.state, transfer.sent_count, transfer.received_count), ('sent', 2, 2))
        self.assertEqual(set(accession.line_ids.mapped('state')), {'passed'}, accession.line_ids.finding_ids.mapped('message'))
        self.assertEqual(accession.line_ids.mapped('package_kind'), ['SIP_hoso'] * 2)
        self._decide(accession, returned=faulty.mapped('code'))
        self.assertEqual((transfer.state, transfer.stored_count, transfer.returned_count), ('decided', 1, 1))
        line = transfer.line_ids.filtered(lambda line: line.workfile_id == good)
        back = transfer.line_ids - line
        self.assertEqual((line.match, back.reason.splitlines()[0]), ('equal', "Thiếu phụ lục"))
        self.assertEqual(line.stored_contents_sha256, line.contents_sha256)
        self.assertEqual(line.aip_sha256, accession.sudo().line_ids.aip_id.sha256)
        # nothing is locked before both have signed
        self.assertEqual((good.state, transfer.minutes_state), ('delivered', 'made'))
        with self.assertRaisesRegex(UserError, "the giver signs first"):
            accession.action_sign_minutes()
        self._sign(transfer, self.leader, self.leader_certificate)
        self.assertEqual((transfer.minutes_state, accession.minutes_state, good.state), ('given', 'given', 'delivered'))
        self._sign(accession, self.keeper, self.keeper_certificate)
        transfer.invalidate_recordset()
        good.invalidate_recordset()
        self.assertEqual((transfer.state, transfer.minutes_state, transfer.locked_count), ('done', 'signed', 1))
        self.assertEqual(transfer.minutes_sha256, accession.minutes_sha256)
        self.assertEqual(len(transfer.minutes_signers.splitlines()), 2)
        self.assertIn("Lê Thị Kho", transfer.minutes_signers)
        # on paper, too: who signed and when, below the words for each side
        fields_ = {field['name']: field for field in pdf.list_fields(transfer._get_minutes()) if field['kind'] == 'signature'}
        self.assertEqual(set(fields_), {'giver', 'receiver'})
        self.assertLess(fields_['giver']['box'][0] + fields_['giver']['box'][2], fields_['receiver']['box'][0])
        with pikepdf.open(io.BytesIO(transfer._get_minutes())) as minutes:
            shown = [note.AP.N for page in minutes.pages for note in page.get('/Annots', ()) if note.get('/FT') == '/Sig']
            self.assertEqual([bool(appearance.Resources.get('/XObject')) for appearance in shown], [True, True])
        # the list of what was given lies in what both signed
        with pikepdf.open(io.BytesIO(transfer._get_minutes())) as minutes:
            [enclosed] = minutes.attachments.values()
            self.assertEqual(enclosed.get_file().read_bytes(), accession.sudo().list_attachment_id.raw)
        self.assertEqual((good.state, good.archived_as), ('transferred', line.aip_name))
        with self.assertRaisesRegex(UserError, "cannot be done to it"):
            good.title = "Khác"
        document = good.entry_ids.document_id[0]
        with self.assertRaisesRegex(UserError, "handed over to the historical archive"):
            document.subject = "Khác"
        # the returned one is mended where it lies, and comes again alone
        self.assertEqual(faulty.state, 'delivered')
        self._add_appendix(faulty)
        action = transfer.action_resubmit()
        self.assertEqual(transfer.action_resubmit()['res_id'], action['res_id'])
        second = transfer.browse(action['res_id'])
        self.assertEqual(second.line_ids.workfile_id, faulty)
        second.action_preflight()
        told = second.line_ids.finding_ids.filtered(lambda finding: finding.rule == 'transfer.returned')
        self.assertIn("Thiếu phụ lục", told.message)        # what is to be mended stands where it is mended
        self.assertEqual((told.is_blocking, told.res_id), (False, faulty.id))
        second.action_register()
        mending = self._agree(second)
        self.assertEqual(mending.previous_id, accession)
        self._pack(second)
        self._send(second)
        self._check_all(mending)
        self.assertEqual(mending.line_ids.mapped('state'), ['passed'], mending.line_ids.finding_ids.mapped('message'))
        self.assertEqual(mending.line_ids.mends_id, accession.sudo().line_ids.filtered(lambda row: row.state == 'returned'))
        self._decide(mending)
        self._conclude(second, mending)
        faulty.invalidate_recordset()
        self.assertEqual((second.state, faulty.state), ('done', 'transferred'))
        acts = self.env['civic.journal.entry'].search([('res_model', '=', 'civic.transfer'), ('res_id', '=', transfer.id)], order='id')
        for event in ('creation', 'appraisal', 'validation', 'registration', 'approval', 'receipt', 'signature'):
            self.assertIn(event, acts.mapped('event_type'))

    def test_from_the_unit_to_the_archive_of_the_agency(self):
        """Inside one system the hand-over makes an AIP directly; custody passes when both have signed."""
        self.env['civic.fonds'].create({
            'code': 'H29.1', 'name': "Phông UBND", 'company_id': self.agency.id, 'creator_id': self.agency.partner_id.id})
        file = self._create_filled(date(2026, 1, 31), 2, line=self.line_5)
        transfer = self._create_transfer(file, user=self.unit_head)
        self.assertEqual((transfer.level, transfer.unit_id), ('unit', self.unit_culture))
        transfer.action_register()
        self.assertEqual(transfer.state, 'answered')
        self._pack(transfer)
        self._send(transfer)
        self.assertFalse(transfer.line_ids.problem)
        accession = self.env['civic.accession'].with_user(self.archivist).search([('submission_key', '=', transfer.key)])
        self._check_all(accession)
        self.assertEqual((accession.line_ids.package_kind, accession.line_ids.state), ('AIP_hoso', 'passed'),
                         accession.line_ids.finding_ids.mapped('message'))
        accession.line_ids.action_accept()
        accession.action_submit()
        accession.with_user(self.leader).action_approve()
        accession.sudo().line_ids._job_keep()
        aip = accession.sudo().line_ids.aip_id
        report = validate(str(aip._get_spooled()))
        self.assertTrue(report.valid, [finding.text() for finding in report.findings])
        self.assertEqual((aip.name, aip.sha256), (transfer.line_ids.objid, transfer.line_ids.sha256))
        head = self._create_certificate('person', "Phạm Trưởng", self.agency, user=self.unit_head)
        self._sign(transfer, self.unit_head, head)
        self._sign(accession, self.archivist, self.archivist_certificate)
        file.invalidate_recordset()
        self.assertEqual((file.state, file.archived_as), ('delivered', aip.name))

    def test_nobody_signs_for_both_sides(self):
        file = self._create_delivered()
        transfer, accession = self._bring_to_keeper(file)
        self._decide(accession)
        self._sign(transfer, self.leader, self.leader_certificate)
        accession.sudo().minutes_given_by_id = self.keeper
        with self.assertRaisesRegex(AccessError, "as well"):
            accession.action_sign_minutes()

    def test_minutes_that_were_changed_are_refused(self):
        transfer, accession = self._bring_to_keeper(self._create_delivered())
        self._decide(accession)
        foreign = self._make_pdf("Bien ban khac")
        with self.assertRaisesRegex(UserError, "changed on the way"):
            accession.sudo()._take_given_minutes(foreign)
        with self.assertRaisesRegex(UserError, "0 good signatures"):
            accession.sudo()._take_given_minutes(accession.sudo()._get_minutes() + b'\n%more')
        self.assertEqual(accession.minutes_state, 'made')
        self.assertEqual(transfer.minutes_state, 'made')

    def test_nothing_is_locked_on_a_statement_that_says_something_else(self):
        file = self._create_delivered()
        transfer, accession = self._bring_to_keeper(file)
        self._decide(accession)
        self._sign(transfer, self.leader, self.leader_certificate)
        original = type(accession.line_ids)._prepare_statement

        def other(line):
            return {**original(line), 'contents_sha256': 'f' * 64}

        with patch.object(self.registry['civic.accession.line'], '_prepare_statement', other):
            self._sign(accession, self.keeper, self.keeper_certificate)
        transfer.invalidate_recordset()
        file.invalidate_recordset()
        line = transfer.line_ids
        self.assertEqual((transfer.state, file.state, line.match), ('done', 'delivered', 'differs'))
        self.assertIn("not what was packed", line.difference)
        self.assertIn("not what was sent", line.problem)

    def test_a_forged_statement_proves_nothing(self):
        transfer, accession = self._bring_to_keeper(self._create_delivered())
        statement = accession.sudo()._sign_statement(self.centre, accession.sudo()._prepare_statement('transfer.answer'))
        forged = {**statement, 'content': statement['content'].replace('"what":"answer"', '"what":"result"')}
        with self.assertRaisesRegex(UserError, "proves nothing: signature"):
            transfer.sudo()._take_statement(forged)
        foreign = accession.sudo()._sign_statement(self.agency, json.loads(statement['content']))
        with self.assertRaisesRegex(UserError, "proves nothing: signature"):
            transfer.sudo()._take_statement(foreign)

    def test_a_hold_that_comes_in_between_stops_the_lock_until_it_ends(self):
        file = self._create_delivered()
        transfer, accession = self._bring_to_keeper(file)
        self._decide(accession)
        hold = self._create_hold(file)
        self._conclude(transfer, accession)
        file.invalidate_recordset()
        self.assertEqual((transfer.state, file.state, transfer.locked_count), ('done', 'delivered', 0))
        self.assertIn("held", transfer.line_ids.problem)
        hold._apply_reason('_release', "Thanh tra kết thúc")
        self.env['civic.transfer']._cron_go_on()
        file.invalidate_recordset()
        self.assertEqual(file.state, 'transferred')

    def test_purging_is_an_act_of_its_own(self):
        file = self._create_delivered(count=2)
        shared = file.entry_ids.document_id[0]
        living = self._create_workfile(line=self.line_5)
        self._put(living, shared)
        transfer, accession = self._bring_to_keeper(file)
        with self.assertRaisesRegex(UserError, "purged when"):
            transfer.with_user(self.records_admin)._apply_reason('_purge', "Giảm dung lượng")
        self._decide(accession)
        self._conclude(transfer, accession)
        with self.assertRaisesRegex(AccessError, "records administrators"):
            transfer._apply_reason('_purge', "Giảm dung lượng")
        gone = file.entry_ids.document_id - shared
        transfer.with_user(self.records_admin)._apply_reason('_purge', "Giảm dung lượng")
        self.assertFalse(gone.content_ids)
        self.assertTrue(shared.content_ids)
        self.assertEqual(len(transfer.line_ids.manifest), 2)
        self.assertTrue(transfer.line_ids.purged_on)
        self.assertTrue(gone.subject)

    def test_the_archive_refuses_the_registration(self):
        file = self._create_delivered()
        transfer = self._register(file)
        self._get_accession(transfer)._apply_reason('_refuse', "Kho đang sửa chữa")
        transfer.invalidate_recordset()
        self.assertEqual((transfer.state, transfer.refusal), ('refused', "Kho đang sửa chữa"))
        self.assertEqual(self._find_candidates(file).workfile_id, file)

    def test_what_is_cancelled_is_withdrawn_from_the_archive(self):
        file = self._create_delivered()
        transfer = self._register(file)
        accession = self._agree(transfer)
        transfer._apply_reason('_cancel', "Lập lại danh sách")
        accession.invalidate_recordset()
        self.assertEqual((transfer.state, accession.state), ('cancelled', 'refused'))
        self.assertIn("Lập lại danh sách", accession.refusal)
        self.assertEqual(self._find_candidates(file).workfile_id, file)

    def test_registered_and_sent_twice_is_once(self):
        transfer = self._register(self._create_delivered())
        transfer._offer()
        accession = self._get_accession(transfer)
        self.assertEqual(len(accession), 1)
        self._agree(transfer)
        self._pack(transfer)
        self._send(transfer)
        line = transfer.line_ids.sudo()
        line.state = 'built'                # as after a kill between the archive and here
        line._send_package()
        self.assertEqual(len(accession.sudo().line_ids), 1)
        with self.assertRaisesRegex(UserError, "is “Sent”"):
            transfer.action_send()

    def test_forms_are_printed(self):
        transfer, accession = self._bring_to_keeper(self._create_delivered())
        self._decide(accession)
        for name, extension in itertools.product(('transfer_list', 'transfer_minutes'), ('pdf', 'xlsx')):
            output = io.BytesIO()
            self.env[f'civic.form.{name}'].with_user(self.archivist)._print(output, extension, {'transfer_id': transfer.id})
            raw = output.getvalue()
            if extension == 'xlsx':
                with zipfile.ZipFile(io.BytesIO(raw)) as book:
                    text = book.read('xl/sharedStrings.xml').decode() if 'xl/sharedStrings.xml' in book.namelist() else book.read(
                        'xl/worksheets/sheet1.xml').decode()
                self.assertIn(transfer.line_ids.workfile_id.title, text)
            else:
                self.assertTrue(raw.startswith(b'%PDF-'))
        with self.assertRaises(AccessError):
            self.env['civic.form.transfer_list'].with_user(self.specialist)._print(io.BytesIO(), 'pdf', {'transfer_id': transfer.id})
