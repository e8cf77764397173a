import io
import tempfile
import unicodedata
import zipfile
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from unittest.mock import patch

from freezegun import freeze_time
from lxml import etree

from odoo.exceptions import AccessError, LockError, UserError
from odoo.tests import tagged

from odoo.addons.civic_document.tests.pdf import make_pdf
from odoo.addons.civic_package.tests.common import make_package, read_entries, rewrite
from odoo.addons.civic_package.tools.validate import validate
from odoo.addons.civic_package.tools.writer import ZONE, build

from ..models import civic_accession_line
from .clamd import EICAR, clamd
from .test_keeping import KeepingCommon


class AccessionCommon(KeepingCommon):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.centre_leader = cls._create_person('centre_leader', 'leader', cls.vault)
        cls.env['civic.fonds.source'].create({
            'company_id': cls.centre.id, 'agency_id': cls.agency.partner_id.id, 'fonds_id': cls.fonds.id})
        cls.folder = cls._make_folder(tempfile.gettempdir())

    @contextmanager
    def scanner(self, address):
        """Have the server's configuration name that scanner."""
        with patch.object(civic_accession_line, 'get_setting', lambda name: address):
            yield

    def register(self, **values):
        accession = self.env['civic.accession'].with_user(self.keeper).create({
            'company_id': self.centre.id, 'agency_id': self.agency.partner_id.id, 'fonds_id': self.fonds.id,
            'title': "Hồ sơ vĩnh viễn năm 2026", **values})
        return accession

    def agreed(self, **values):
        accession = self.register(**values)
        accession.action_answer()
        return accession

    def sip(self, code='H29.1.2026.05', name='goi.zip', count=2, **changes):
        """Build a package of a file with so many documents."""
        package = self.package(count=count, **changes)
        package.values['fileCode'] = code
        package.seed = f'{code}{name}'
        return self.build(package, name)

    def package(self, **changes):
        """What a package is made of, with real PDFs in it."""
        package = make_package('SIP_hoso', **changes)
        for number, document in enumerate(package.documents, start=1):
            document.files[0].source = make_pdf(f"To so {number}")
        return package

    def build(self, package, name='goi.zip'):
        return build(package, Path(tempfile.mkdtemp(dir=self.folder)) / name).path

    def receive(self, accession, *paths):
        lines = self.env['civic.accession.line'].with_user(self.keeper)
        for path in paths:
            with tempfile.NamedTemporaryFile(dir=self.spool, delete=False) as copy:
                copy.write(Path(path).read_bytes())
            lines |= accession._receive(copy.name, Path(path).name)
        return lines

    def check(self, lines):
        """Do what the queue would do: one step after the other."""
        for line in lines.sudo():
            for _step in range(6):
                line._job_check()

    def received(self, *paths, **values):
        accession = self.agreed(**values)
        lines = self.receive(accession, *(paths or (self.sip(),)))
        with clamd() as address, self.scanner(address):
            self.check(lines)
        return accession, lines

    def approve(self, accession):
        accession.action_submit()
        accession.with_user(self.centre_leader).action_approve()
        for line in accession.sudo().line_ids:
            line._job_keep()

    def rules(self, line):
        return set(line.finding_ids.filtered(lambda finding: finding.severity == 'error').mapped('rule'))


@tagged('post_install', '-at_install')
class TestAccession(AccessionCommon):

    def test_the_whole_way_from_registration_to_the_stored_package(self):
        accession, line = self.received()
        self.assertRegex(accession.name, r'^NL\.TTLT\.\d{4}\.01$')
        self.assertEqual((line.state, line.error_count), ('passed', 0), line.finding_ids.mapped('message'))
        self.assertEqual((line.file_code, line.document_count, line.package_kind), ('H29.1.2026.05', 2, 'SIP_hoso'))
        line.action_accept()
        self.approve(accession)
        self.assertEqual((line.state, accession.state), ('kept', 'done'))
        aip = line.aip_id
        self.write_copies(aip)
        self.assertEqual(aip.state, 'stored')
        # the description came with it
        unit = aip.description_id
        self.assertEqual((unit.reference_code, unit.level, unit.child_count), ('H29.1.2026.05', 'file', 2))
        self.assertEqual(unit.date_from, date(2026, 2, 1))
        items = self.units.search([('parent_id', '=', unit.id)])
        self.assertEqual(items.mapped('title'), ["Về việc số hóa"] * 2)
        # rule 22, 23: what is kept is a valid AIP, and PREMIS says what happened
        report = validate(str(self.path(aip)))
        self.assertTrue(report.valid, [finding.text() for finding in report.findings])
        self.assertEqual(report.objid, aip.name)
        entries = {entry.filename.split('/', 1)[1]: raw for entry, raw in read_entries(self.path(aip))}
        root = etree.fromstring(entries['metadata/preservation/PREMIS.xml'])
        types = root.xpath('//*[local-name()="eventType"]/text()')
        for word in ('quarantine', 'virus check', 'validation', 'digital signature validation', 'format identification',
                     'metadata extraction', 'appraisal', 'information package creation'):
            self.assertIn(word, types)
        links = root.xpath('//*[local-name()="linkingObjectRole"]/text()')
        self.assertIn('source', links)
        # and the quarantine is empty when all is safe
        self.env.cr.postcommit.run()
        self.assertFalse(line._get_place(self.centre, line.sha256).exists())

    def test_rule_26_an_answer_is_due_in_seven_working_days(self):
        with freeze_time('2026-03-02 03:00:00'):        # a Monday
            accession = self.register(registered_on='2026-03-02')
        self.assertEqual(accession.answer_due, date(2026, 3, 11))
        for today, overdue in (('2026-03-11 03:00:00', False), ('2026-03-12 03:00:00', True)):
            with freeze_time(today):
                accession.invalidate_recordset(['is_overdue'])
                self.assertEqual(accession.is_overdue, overdue)
                found = self.env['civic.accession'].search([('is_overdue', '=', True), ('id', '=', accession.id)])
                self.assertEqual(bool(found), overdue)

    def test_the_clock_of_approval_is_sixty_days(self):
        with freeze_time('2026-03-02 03:00:00'):
            accession = self.agreed()
            self.receive(accession, self.sip())
        self.assertEqual((accession.state, accession.approval_due), ('received', date(2026, 5, 1)))

    def test_who_may_not_submit(self):
        with self.assertRaisesRegex(UserError, "not on the list"):
            self.register(agency_id=self.other_agency.partner_id.id)
        closed = self.env['civic.fonds'].with_user(self.keeper).create({
            'code': 'H99.9', 'name': "Phông đã kết thúc", 'company_id': self.centre.id, 'successor_id': self.fonds.id})
        closed.action_close()
        with self.assertRaisesRegex(UserError, "Choose its successor"):
            self.register(fonds_id=closed.id, registered_on=date.today() + timedelta(days=2))
        self.centre.partner_id.agency_valid_to = date(2025, 6, 30)
        self.env.registry.clear_cache()
        with self.assertRaisesRegex(UserError, "takes nothing since"):
            self.register()

    def test_rule_25_nothing_leaves_the_quarantine_unscanned(self):
        accession = self.agreed()
        line = self.receive(accession, self.sip())
        with self.scanner(''):
            self.check(line)
        self.assertEqual((line.state, line.step), ('quarantined', 'virus'))
        self.assertIn("No virus scanner", line.message)
        with self.scanner('127.0.0.1:1'):
            self.check(line)
        self.assertIn("does not answer", line.message)
        with self.assertRaises(UserError):
            line.action_accept()
        with clamd() as address, self.scanner(address):
            self.check(line)
        self.assertEqual(line.state, 'passed')

    def test_a_virus_inside_a_package_is_found_and_stops_it(self):
        package = self.package(count=1)
        package.documents[0].files[0].source = b'%PDF-1.7\n' + EICAR
        line = self.received(self.build(package))[1]
        self.assertEqual((line.state, self.rules(line)), ('failed', {'AV1'}))
        self.assertIn("Eicar", line.finding_ids.message)
        self.assertEqual(self.events(line)[-1], 'virus_check')
        with self.assertRaises(UserError):
            line.action_accept()

    def test_a_scanner_that_takes_no_such_size_holds_the_package_up(self):
        line = self.receive(self.agreed(), self.sip())
        with clamd(limit=100) as address, self.scanner(address):
            self.check(line)
        self.assertEqual(line.state, 'quarantined')
        self.assertIn("StreamMaxLength", line.message)

    def test_rule_21_a_changed_file_is_named(self):
        path = self.sip()
        target = next(entry.filename for entry, _raw in read_entries(path) if '/data/' in entry.filename)
        broken = rewrite(path, lambda name, raw: raw[:-1] + b'?' if name == target else raw)
        line = self.received(broken)[1]
        self.assertEqual(line.state, 'failed')
        self.assertTrue(line.finding_ids.filtered(
            lambda finding: finding.severity == 'error' and finding.location.endswith(target.rpartition('/')[2])))

    def test_hostile_files_are_named_and_cost_nothing_else(self):
        for number, raw in enumerate((b'', b'PK\x03\x04 nothing', b'no zip at all', self._zip({'../../etc/passwd': b'x'}))):
            path = self.folder / f'hostile-{number}.zip'
            path.write_bytes(raw)
            with self.subTest(number):
                line = self.received(path)[1]
                self.assertEqual(line.state, 'failed')
                self.assertTrue(line.error_count)

    def _zip(self, files):
        output = io.BytesIO()
        with zipfile.ZipFile(output, 'w') as archive:
            for name, raw in files.items():
                archive.writestr(name, raw)
        return output.getvalue()

    def test_rule_18_historical_archives_take_permanent_records_only(self):
        package = self.package()
        package.values['maintenance'] = '05'
        for document in package.documents:
            document.values['maintenance'] = '05'
        line = self.received(self.build(package))[1]
        self.assertIn(line.state, ('failed',))
        self.assertTrue(self.rules(line))

    def test_state_secrets_are_refused(self):
        package = self.package()
        package.values['title'] = "TUYỆT MẬT"
        line = self.received(self.build(package))[1]
        self.assertIn('META2', self.rules(line))

    def test_the_same_package_comes_once(self):
        path = self.sip()
        accession, line = self.received(path)
        with self.assertRaisesRegex(UserError, "there already"):
            self.receive(accession, path)
        other = self.agreed()
        with self.assertRaisesRegex(UserError, accession.name):
            self.receive(other, path)
        again = self.sip(name='khac.zip', count=3)          # other bytes, same file
        second = self.receive(accession, again)
        with clamd() as address, self.scanner(address):
            self.check(second)
        self.assertIn('META4', self.rules(second))
        line.action_accept()
        second._apply_reason('_return', "Trùng mã")
        self.approve(accession)
        third = self.received(self.sip(name='nua.zip', count=4))[1]
        self.assertIn('META3', self.rules(third))

    def test_names_that_only_case_or_unicode_form_tells_apart_and_long_ones(self):
        accession, names = self.agreed(), ("Gói tin.zip", unicodedata.normalize('NFD', "Gói tin.zip"), "GÓI TIN.ZIP", 'x' * 300 + '.zip')
        for number, name in enumerate(names):
            package = self.package(count=2, seed=name)
            package.values['fileCode'] = f'H29.1.2026.{number}'
            for document, original in zip(package.documents, (f'{name}.pdf', f'{name.swapcase()}.pdf'), strict=True):
                document.files[0].original_name = original
            with tempfile.NamedTemporaryFile(dir=self.spool, delete=False) as copy:
                copy.write(self.build(package).read_bytes())
            accession._receive(copy.name, name)
        with clamd() as address, self.scanner(address):
            self.check(accession.line_ids)
        self.assertEqual(set(accession.line_ids.mapped('state')), {'passed'}, accession.line_ids.finding_ids.mapped('message'))
        accession.line_ids.action_accept()
        self.approve(accession)
        self.assertEqual(accession.line_ids.sorted('id').mapped('name'), list(names))
        self.assertEqual(len(set(accession.sudo().line_ids.aip_id.mapped('key'))), len(names))

    def test_a_giver_whose_clock_is_ahead(self):
        """What says that it was made next year is taken in all the same: its events stay in their order."""
        path = self.build(self.package(created=datetime.now(ZONE) + timedelta(days=400)))
        accession, line = self.received(path)
        self.assertEqual(line.state, 'passed', line.finding_ids.mapped('message'))
        line.action_accept()
        self.approve(accession)
        self.assertEqual((line.state, line.message), ('kept', False))
        aip = line.sudo().aip_id
        self.write_copies(aip)
        report = validate(str(self.path(aip)))
        self.assertTrue(report.valid, [finding.text() for finding in report.findings])

    def test_two_archivists_at_once(self):
        line = self.received()[1]
        line.action_accept()
        with self.assertRaisesRegex(UserError, "was decided by"):
            line.with_user(self.second_keeper)._apply_reason('_return', "Sai")
        self.assertEqual(line.state, 'accepted')
        line.action_undo()

        def locked(self, *args, **kwargs):
            raise LockError("locked")

        with patch.object(type(line), 'lock_for_update', locked), self.assertRaisesRegex(UserError, "Someone else"):
            line.with_user(self.second_keeper).action_accept()
        self.assertEqual(line.state, 'passed')

    def test_rule_17_partial_return_and_only_what_was_mended_comes_again(self):
        good, bad = self.sip('H29.1.2026.05', 'a.zip'), self.sip('H29.1.2026.06', 'b.zip')
        accession, lines = self.received(good, bad)
        with self.assertRaisesRegex(UserError, "2 packages"):
            accession.action_submit()
        lines[0].action_accept()
        with self.assertRaisesRegex(UserError, "Give a reason"):
            lines[1]._apply_reason('_return', "")
        lines[1]._apply_reason('_return', "Thiếu trang 2")
        self.approve(accession)
        self.assertEqual((accession.state, lines.mapped('state')), ('done', ['kept', 'returned']))
        mending = self.env['civic.accession'].with_user(self.keeper).browse(accession.action_mend()['res_id'])
        self.assertEqual(accession.action_mend()['res_id'], mending.id)
        mending.action_answer()
        with self.assertRaisesRegex(UserError, "unchanged"):
            self.receive(mending, bad)
        with self.assertRaisesRegex(UserError, "there already"):
            self.receive(mending, good)
        fresh = self.receive(mending, self.sip('H29.1.2026.06', 'b.zip', count=3), self.sip('H29.1.2026.07', 'c.zip'))
        with clamd() as address, self.scanner(address):
            self.check(fresh)
        self.assertEqual(fresh.mapped('state'), ['passed', 'failed'])
        self.assertEqual(self.rules(fresh[1]), {'META5'})
        # figures count a file once, however often it comes
        self.assertEqual((fresh[0].mends_id, fresh[0].root_id), (lines[1], lines[1]))

    def test_who_decides_does_not_approve(self):
        accession, line = self.received()
        line.action_accept()
        accession.action_submit()
        for user in (self.keeper, self.centre_manager, self.centre_admin, self.leader, self.archivist):
            with self.subTest(user.login), self.assertRaises(UserError):
                accession.with_user(user).action_approve()
        accession.with_user(self.centre_leader)._apply_reason('_send_back', "Xem lại hồ sơ 5")
        self.assertEqual(accession.state, 'received')
        self.keeper.group_ids += self.env.ref('civic_base.group_leader')
        accession.action_submit()
        with self.assertRaisesRegex(AccessError, "does not approve as well"):
            accession.action_approve()

    def test_every_move_that_the_table_does_not_have_is_refused(self):
        accession = self.register()
        states = [state for state, _label in accession._fields['state'].selection]
        for state in states:
            accession.sudo().write({'state': state})
            for target in states:
                if target not in accession._get_transitions().get(state, {}):
                    with self.subTest(state=state, target=target), self.assertRaises(UserError):
                        accession._move_to(target)
        with self.assertRaises(AccessError):
            accession.write({'state': 'done'})
        with self.assertRaises(UserError):
            accession.unlink()

    def test_who_sees_and_who_acts(self):
        accession, line = self.received()
        self.assertEqual(accession.with_user(self.archivist).title, accession.title)       # the giver reads
        self.assertEqual(line.with_user(self.leader).file_code, line.file_code)
        for user in (self.archivist, self.centre_manager, self.centre_admin, self.leader):
            with self.subTest(user.login):
                with self.assertRaises(UserError):
                    line.with_user(user).action_accept()
                with self.assertRaises(UserError):
                    line.with_user(user)._apply_reason('_return', "x")
                with self.assertRaises(UserError):
                    line.with_user(user).write({'state': 'accepted'})
        for user in (self.specialist, self.foreign_clerk):
            with self.subTest(user.login), self.assertRaises(AccessError):
                accession.with_user(user).read(['title'])

    def test_kill_9_at_every_step_of_ingest(self):
        """Each step is one transaction: whatever was done in it is gone, and doing it again gives the same."""
        accession = self.agreed()
        line = self.receive(accession, self.sip()).sudo()
        seen = []
        with clamd() as address, self.scanner(address):
            while line.state == 'quarantined':
                step = line.step
                with self.assertRaises(ZeroDivisionError), self.env.cr.savepoint():
                    line._job_check()
                    raise ZeroDivisionError             # the process is gone before its transaction ends
                self.env.invalidate_all()
                self.assertEqual((line.step, line.state), (step, 'quarantined'))
                self.assertFalse(line.finding_ids.filtered(lambda finding, step=step: finding.step == step))
                line._job_check()
                seen.append(step)
        self.assertEqual(seen, ['virus', 'structure', 'signature', 'format', 'metadata'])
        line.with_user(self.keeper).action_accept()
        accession.action_submit()
        accession.with_user(self.centre_leader).action_approve()
        with self.assertRaises(ZeroDivisionError), self.env.cr.savepoint():
            line._job_keep()
            raise ZeroDivisionError
        self.env.cr.postcommit.clear()
        self.env.invalidate_all()
        self.assertEqual((line.state, bool(line.aip_id)), ('accepted', False))
        self.assertFalse(self.units.search([('reference_code', '=', line.file_code)]))
        line._job_keep()
        self.assertEqual(line.state, 'kept')
        self.write_copies(line.aip_id)
        self.assertTrue(validate(str(self.path(line.aip_id))).valid)
        line._job_keep()                                # the job comes twice
        self.assertEqual(self.env['civic.aip'].search_count([('description_id.reference_code', '=', line.file_code)]), 1)

    def test_minutes_are_printed_with_decisions(self):
        accession, line = self.received()
        line._apply_reason('_return', "Chữ ký số hỏng")
        accession.action_submit()
        form = self.env['civic.form.accession_minutes'].with_user(self.keeper)
        options = form._prepare_options({'record_id': accession.id})
        [row] = form._iter_rows(options)
        self.assertEqual(row[1], 'H29.1.2026.05')
        self.assertEqual(row[-1], "Chữ ký số hỏng")
        output = io.BytesIO()
        form._print(output, 'pdf', {'record_id': accession.id})
        self.assertTrue(output.getvalue().startswith(b'%PDF'))

    def test_people_bring_packages_with_the_form(self):
        accession = self.agreed()
        path = self.sip()
        attachments = self.env['ir.attachment'].with_user(self.keeper).create([
            {'name': name, 'raw': path.read_bytes()} for name in ('a.zip', 'b.zip')])
        wizard = self.env['civic.accession.upload'].with_user(self.keeper).create({
            'accession_id': accession.id, 'attachment_ids': attachments.ids})
        result = wizard.action_confirm()
        self.assertEqual(accession.line_count, 1)
        self.assertIn("there already", result['params']['message'])
        self.assertFalse(attachments.exists())

    def test_formats_and_their_policy(self):
        policy = self.env['civic.format.policy']
        self.assertEqual(policy._get_for('fmt/412').status, 'at_risk')
        self.assertFalse(policy._get_for('fmt/999999'))
        own = policy.with_user(self.keeper).create({
            'puid': 'fmt/412', 'name': "DOCX", 'status': 'refused', 'company_id': self.centre.id, 'valid_from': '2026-01-01'})
        self.assertEqual(policy._get_for('fmt/412', self.centre, '2026-02-01'), own)
        self.assertEqual(policy._get_for('fmt/412', self.centre, '2025-02-01').status, 'at_risk')
        with self.assertRaises(AccessError):
            policy._get_for('fmt/477').with_user(self.keeper).write({'status': 'refused'})

    def test_what_waits_stands_on_the_home_screen(self):
        self.register()
        accession, line = self.received()

        def figures(user, key):
            home = self.env['civic.home'].with_user(user).with_company(self.centre).get_home()
            [block] = [block for block in home['blocks'] if block['key'] == key]
            return {item['key']: item['value'] for item in block['items']}

        self.assertEqual(figures(self.keeper, 'keeping'), {'to_answer': 1, 'to_decide': 1, 'late': 0, 'faulty': 0})
        line.action_accept()
        accession.action_submit()
        self.assertEqual(figures(self.centre_leader, 'accessions'), {'to_approve': 1})
