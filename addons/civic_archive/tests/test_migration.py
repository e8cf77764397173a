import hashlib
import io
import re
import subprocess
import tempfile
import zipfile
from datetime import datetime, timedelta
from pathlib import Path
from unittest.mock import patch

from freezegun import freeze_time
from lxml import etree
from PIL import Image, ImageDraw

from odoo import SUPERUSER_ID
from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, tagged
from odoo.tests.common import JsonRpcException
from odoo.tools import mute_logger

from odoo.addons.civic_document.tests import pdf
from odoo.addons.civic_package.tests.common import make_package, read_entries
from odoo.addons.civic_package.tools.validate import validate
from odoo.addons.civic_package.tools.writer import build
from odoo.addons.civic_signature.tests.papers import PIN, get_authority
from odoo.addons.civic_signature.tools import signing
from odoo.addons.civic_signature.tools.keys import Pkcs12Key
from odoo.addons.queue_job.tests.common import trap_jobs

from ..tools.migration import find_different_page
from .test_keeping import KeepingCommon

TEXT = "Quyết định về việc ủy quyền ký thừa lệnh; số tiền 1.250.000 đồng"


def make_office(suffix, text=TEXT):
    """Return a real office document that LibreOffice wrote."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, 'text.txt' if suffix != 'xlsx' else 'text.csv')
        source.write_text(text, encoding='utf-8')
        infilter = 'Text (encoded):UTF8' if suffix != 'xlsx' else 'CSV:44,34,76,1'
        subprocess.run(
            ['soffice', f'-env:UserInstallation=file://{folder}/profile', '--headless', f'--infilter={infilter}', '--convert-to', suffix,
             '--outdir', folder, str(source)], check=True, capture_output=True, timeout=120)
        return Path(folder, f'text.{suffix}').read_bytes()


def make_pdf(text, **options):
    """Return a PDF of a version that is accepted as it is."""
    return pdf.make_pdf(text, **options).replace(b'%PDF-1.3', b'%PDF-1.7')


def make_scan():
    """Return the picture of a page: paper with its grain, and a few lines."""
    page = Image.effect_noise((1240, 1754), 20).point(lambda grey: min(255, grey + 90))
    for top in range(200, 1000, 60):
        ImageDraw.Draw(page).rectangle((150, top, 1050, top + 12), fill=30)
    return page


class MigrationCommon(KeepingCommon):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.docx, cls.xlsx = make_office('docx'), make_office('xlsx')
        cls.folder = cls._make_folder(tempfile.gettempdir())

    def aip(self, *files, seed='1'):
        """Keep a valid AIP of these (suffix, content), with its copies written."""
        package = make_package('AIP_hoso', count=len(files), seed=seed)
        for document, (suffix, raw) in zip(package.documents, files, strict=True):
            document.files[0].source, document.files[0].original_name = raw, f'van ban.{suffix}'
        path = build(package, Path(tempfile.mkdtemp(dir=self.folder)) / 'a.zip')
        aip = self.env['civic.aip'].with_user(self.keeper)._keep(str(path.path), self.fonds, name=path.objid)
        self.write_copies(aip)
        self.env.cr.postcommit.run()
        return aip

    def plan(self, *aips):
        action = self.env['civic.aip'].with_user(self.keeper).concat(*aips).action_plan_migration()
        return self.env['civic.migration'].with_user(self.keeper).browse(action['res_id'])

    def judged(self, *aips):
        plan = self.plan(*aips)
        plan.action_start()
        for package in plan.package_ids.sudo():
            package._job_convert()
        return plan

    def contents(self, aip, code='m1'):
        return {entry.filename.partition('/')[2]: raw for entry, raw in read_entries(self.path(aip, code))}

    def premis(self, aip):
        return etree.fromstring(self.contents(aip)['metadata/preservation/PREMIS.xml'])

    def types(self, aip):
        return self.premis(aip).xpath('//*[local-name()="eventType"]/text()')


@tagged('post_install', '-at_install')
class TestLaterEvents(MigrationCommon):

    def test_checks_and_repairs_join_premis_bundled_as_a_new_version(self):
        aip = self.aip(('pdf', make_pdf("To so 1")))
        self.path(aip).write_bytes(b'x')
        aip.action_check()
        aip.copy_ids.filtered(lambda copy: copy.state == 'damaged').action_repair()
        aip.with_user(SUPERUSER_ID).action_check()
        self.assertEqual(aip.waiting_count, 6)          # taken in, two copies, a fault, a repair, a check by the clock
        before = self.contents(aip)
        new = self.env['civic.aip'].browse(aip.action_add_events()['domain'][0][2])
        self.write_copies(new)
        self.assertEqual((new.name, new.version, new.replaces_id, new.state), (aip.name, 2, aip, 'stored'))
        self.assertEqual(aip.waiting_count, 0)
        self.assertEqual(
            self.types(new)[1:], ['ingestion', 'replication', 'replication', 'fixity check', 'replication', 'fixity check',
                                  'metadata modification'])
        outcomes = self.premis(new).xpath('//*[local-name()="eventOutcome"]/text()')
        self.assertEqual(outcomes[1:7], ['success', 'success', 'success', 'failure', 'success', 'success'])
        agents = self.premis(new).xpath('//*[local-name()="event"]//*[local-name()="linkingAgentIdentifierType"]/text()')
        self.assertEqual(agents[-3:], ['person', 'software', 'software'], "what the clock did was done by the program")
        report = validate(str(self.path(new)))
        self.assertTrue(report.valid, [finding.text() for finding in report.findings])
        after = self.contents(new)
        self.assertEqual({name for name in before if before[name] != after[name]}, {'METS.xml', 'metadata/preservation/PREMIS.xml'})
        # the version before stays with its copies, and takes no second successor
        self.assertEqual((self.contents(aip), aip.state), (before, 'stored'))
        with self.assertRaisesRegex(UserError, "newer version"):
            aip.action_add_events()

    def asked(self, **later):
        """Return the packages for which the weekly job asks for a version, when so much time has passed."""
        with (
            patch.object(self.env.registry['ir.cron'], '_commit_progress', lambda *_values, **_words: 1),
            freeze_time(datetime.now() + timedelta(**later)), trap_jobs() as trap,
        ):
            self.env['civic.aip'].sudo()._cron_add_events()
        self.jobs = trap.enqueued_jobs
        return self.env['civic.aip'].union(*(job.recordset for job in self.jobs)).sudo(False)

    def test_the_job_waits_for_the_term_and_runs_once(self):
        aip, faulty = self.aip(('pdf', make_pdf("To so 1"))), self.aip(('pdf', make_pdf("To so 2")), seed='2')
        both = aip | faulty
        self.assertFalse(self.asked(days=4000) & both, "copies alone are no reason")
        self.path(faulty).write_bytes(b'x')
        both.action_check()
        faulty.copy_ids.filtered(lambda copy: copy.state == 'damaged').action_repair()
        faulty.action_check()
        self.assertFalse(self.asked(days=300) & both, "they wait for more to come")
        self.assertEqual(self.asked(days=400) & both, faulty, "a fault is told within a year")
        [job] = [job for job in self.jobs if job.recordset == faulty]
        self.assertEqual(self.asked(days=1900) & both, both, "a check that found nothing within five")
        job.perform()
        job.perform()
        self.assertEqual((len(faulty.next_ids), faulty.premis_due_at), (1, False))
        faulty.action_check()
        self.assertFalse(self.asked(days=1900) & faulty, "the version before takes no more events")

    def test_the_job_looks_only_at_what_is_due(self):
        """Its work grows with the change, not with the archive: the same statements, whatever else is kept and has events."""
        due, counts = self.stored(b'due'), []
        due.sudo().premis_due_at = datetime(2020, 1, 1)
        self.asked(days=1)
        for count in (1, 30):
            for number in range(count):
                self.stored(b'%d-%d' % (count, number)).action_check()
            counts.append(self._count_statements(lambda: self.assertEqual(self.asked(days=1) & due, due)))
        self.assertEqual(counts[0], counts[1])

    def test_a_check_takes_the_same_statements_whatever_the_number_of_copies(self):
        counts = []
        for size in (2, 20):
            aips = self.env['civic.aip'].concat(*(self.stored(b'%d/%d' % (size, number)) for number in range(size)))
            counts.append(self._count_statements(aips.action_check))
        self.assertLessEqual(counts[1], counts[0])


@tagged('post_install', '-at_install')
class TestMigration(MigrationCommon):

    def test_from_the_plan_to_the_next_version(self):
        aip = self.aip(('docx', self.docx), ('xlsx', self.xlsx), ('pdf', make_pdf("To so 3")))
        before = self.contents(aip)
        plan = self.judged(aip)
        self.assertEqual(
            (plan.state, plan.progress, plan.undecided_count), ('deciding', 100, 2),
            plan.line_ids.mapped(lambda line: (line.path, line.puid, line.verdict, line.message)))
        self.assertEqual(plan.line_ids.mapped('verdict'), ['good', 'good'], plan.line_ids.mapped('message'))
        self.assertTrue(all('veraPDF' in line.checker for line in plan.line_ids))
        with self.assertRaisesRegex(UserError, "not decided"):
            plan.action_apply()
        word, sheet = plan.line_ids.sorted('path')
        word.action_accept()
        sheet.action_refuse()
        plan.action_apply()
        self.assertEqual(plan.state, 'applying')
        package = plan.package_ids.sudo()
        package._job_apply()
        package._job_apply()                            # asked for twice, done once
        new = package.result_id
        self.write_copies(new)
        self.assertEqual((plan.state, package.state, new.version, new.state, new.replaces_id), ('done', 'kept', 2, 'stored', aip))
        for code in ('m1', 'm2'):
            report = validate(str(self.path(new, code)))
            self.assertTrue(report.valid, [finding.text() for finding in report.findings])
        after = self.contents(new)
        [added] = set(after) - set(before)
        self.assertFalse(set(before) - set(after))
        self.assertEqual({name for name in before if '/data/' in name and before[name] != after[name]}, set())
        place = Path(self.folder, 'new.pdf')
        place.write_bytes(after[added])
        text = subprocess.run(['pdftotext', str(place), '-'], check=True, capture_output=True, text=True).stdout
        self.assertEqual(re.sub(r'\s', '', text), re.sub(r'\s', '', TEXT))
        record = self.premis(new)
        [event] = record.xpath('//*[local-name()="event"][*[local-name()="eventType"]="migration"]')
        self.assertEqual(event.xpath('.//*[local-name()="linkingObjectRole"]/text()'), ['source', 'outcome'])
        self.assertIn('veraPDF', event.xpath('string(.//*[local-name()="eventOutcomeDetailNote"])'))
        self.assertEqual(event.xpath('.//*[local-name()="linkingAgentIdentifierValue"]/text()'), [self.keeper.login])
        self.assertIn('migration', self.events(aip))
        self.assertEqual(self.contents(aip), before)
        # what was migrated is not migrated again; what was refused may be
        again = self.judged(new)
        self.assertEqual(again.line_ids.mapped('path'), [sheet.path])

    def test_pdf_becomes_pdf_a(self):
        """A PDF with letters, a scan without any, and one that lacks its letter shapes: no tool can make them up."""
        scan = io.BytesIO()
        make_scan().convert('RGB').save(scan, 'PDF', resolution=150)
        key = Pkcs12Key(get_authority().issue("Trần Thị Bính", "UBND").to_pkcs12(PIN), PIN)
        signed = signing.sign(make_office('pdf'), key).pdf
        aip = self.aip(('pdf', signed), ('pdf', scan.getvalue()), ('pdf', make_pdf(TEXT, codes=range(1, 256))), seed='11')
        plan = self.plan(aip)
        plan.with_accepted = True
        plan.action_start()
        plan.package_ids.sudo()._job_convert()
        words, picture, hollow = plan.line_ids.sorted('id')
        self.assertEqual([words.verdict, picture.verdict, hollow.verdict], ['good', 'good', 'bad'], plan.line_ids.mapped('message'))
        self.assertEqual(words.target_puid, 'fmt/477')
        self.assertEqual(words.message, "The original is signed: its signatures hold for the original alone.")
        self.assertFalse(picture.message)
        self.assertIn("6.2.11", hollow.message)
        plan.action_accept_good()
        hollow.action_refuse()
        plan.action_apply()
        plan.package_ids.sudo()._job_apply()
        new = plan.package_ids.result_id
        self.write_copies(new)
        report = validate(str(self.path(new)))
        self.assertTrue(report.valid, [finding.text() for finding in report.findings])
        self.assertEqual(self.types(new).count('migration'), 2)

    def test_a_page_that_looks_different_is_found(self):
        page, stamped = make_scan(), make_scan()
        ImageDraw.Draw(stamped).ellipse((800, 1200, 1020, 1420), outline=80, width=8)
        places = {}
        for name, pages in (('one', [page, page]), ('stamped', [page, stamped]), ('short', [page])):
            places[name] = Path(self.folder, name)
            pages[0].save(places[name], 'PDF', resolution=150, save_all=True, append_images=pages[1:])
        self.assertEqual(
            [find_different_page(places['one'], places[other]) for other in ('one', 'stamped', 'short')], [0, 2, 2])

    def test_what_fails_is_listed_and_the_rest_goes_on(self):
        bad = self.aip(('docx', self.docx[:len(self.docx) // 2]), ('docx', self.docx), seed='2')
        nothing = self.aip(('pdf', make_pdf("To so 1")), seed='3')
        lost = self.aip(('docx', self.docx), seed='4')
        for code in ('m1', 'm2'):
            self.path(lost, code).write_bytes(b'x')
        plan = self.judged(bad, nothing, lost)
        self.assertEqual(plan.package_ids.sorted('id').mapped('state'), ['judged', 'nothing', 'failed'])
        self.assertIn("No good copy", plan.package_ids[2].message)
        failed, good = plan.line_ids.sorted('id')
        self.assertEqual((failed.verdict, failed.decision, good.verdict), ('failed', 'none', 'good'))
        self.assertTrue(failed.message)
        with self.assertRaises(UserError):
            failed.action_accept()
        plan.action_accept_good()
        plan.action_apply()
        # the converted file changed while it waited: nothing is made of it, nothing is lost
        place = self.env['civic.migration']._get_folder() / f'{good.sha256}.pdf'
        place.write_bytes(b'%PDF-1.7 other')
        package = plan.package_ids.sudo()[0]
        package._job_apply()
        self.assertEqual((package.state, bool(package.result_id), plan.state), ('failed', False, 'done'))
        self.assertIn("not the file it should be", package.message)
        self.assertFalse(bad.next_ids)

    def test_a_half_broken_document_is_not_taken_for_good(self):
        """LibreOffice makes an empty PDF of it, which conforms perfectly."""
        raw = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(self.docx)) as old, zipfile.ZipFile(raw, 'w') as broken:
            for entry in old.infolist():
                broken.writestr(entry, old.read(entry) if entry.filename != 'word/document.xml' else b'<broken')
        plan = self.judged(self.aip(('docx', raw.getvalue()), seed='9'))
        self.assertIn(plan.line_ids.verdict, ('failed', 'doubtful'))
        self.assertTrue(plan.line_ids.message)
        plan.action_accept_good()
        self.assertNotEqual(plan.line_ids.decision, 'accepted')

    def test_jobs_are_asked_for_again_and_only_what_is_left(self):
        aips = [self.aip(('docx', self.docx), seed=seed) for seed in ('5', '6')]
        plan = self.plan(*aips)
        with trap_jobs() as trap:
            plan.action_start()
            self.assertEqual(len(trap.enqueued_jobs), 2)
        first, second = plan.package_ids.sudo().sorted('id')
        first._job_convert()                            # and then the server was killed
        self.assertEqual((plan.state, plan.progress), ('running', 50))
        with trap_jobs() as trap:
            plan.action_continue()
            [job] = trap.enqueued_jobs
        self.assertEqual(job.recordset, second)
        job.perform()
        first._job_convert()
        self.assertEqual((plan.state, len(plan.line_ids)), ('deciding', 2))

    def test_nobody_decides_for_the_archive(self):
        aip = self.aip(('docx', self.docx), seed='7')
        plan = self.judged(aip)
        for user in (self.centre_manager, self.centre_admin, self.archivist):
            for record, act in ((plan, 'action_apply'), (plan, 'action_continue'), (plan.line_ids, 'action_accept'),
                                (aip, 'action_add_events'), (aip, 'action_plan_migration')):
                with self.subTest(user.login, act=act), self.assertRaises(AccessError):
                    getattr(record.with_user(user), act)()
        for record in (plan, plan.package_ids, plan.line_ids):
            with self.subTest(record._name), self.assertRaises(AccessError):
                record.write({'company_id': self.agency.id})
        with self.assertRaises(UserError):
            plan.unlink()
        forged = self.env['civic.migration'].with_user(self.keeper).create({
            'name': "x", 'state': 'deciding', 'user_id': self.second_keeper.id, 'company_id': self.centre.id})
        self.assertRecordValues(forged, [{'state': 'draft', 'user_id': self.keeper.id}])
        with self.assertRaises(AccessError):
            forged.write({'state': 'applying'})


@tagged('post_install', '-at_install')
class TestMigrationRpc(MigrationCommon, HttpCase):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for user in (cls.archivist, cls.centre_manager, cls.keeper):
            user.sudo().password = user.login

    def test_who_decides_reads_both_files(self):
        plan = self.judged(self.aip(('docx', self.docx), seed='10'))
        line = plan.line_ids
        urls = {which: f'/civic/archive/migration/{line.id}/{which}' for which in ('original', 'converted')}
        self.assertEqual([line.action_open_original()['url'], line.action_open_converted()['url']], list(urls.values()))
        self.authenticate(self.keeper.login, self.keeper.login)
        answer = self.url_open(urls['original'])
        self.assertEqual((answer.content, answer.headers['Content-Type']), (self.docx, 'application/octet-stream'))
        answer = self.url_open(urls['converted'])
        self.assertEqual(hashlib.sha256(answer.content).hexdigest(), line.sha256)
        self.assertEqual(answer.headers['Content-Type'], 'application/pdf')
        self.assertEqual(self.events(self.env['civic.aip'].browse(plan.package_ids.aip_id.id)).count('access'), 2)
        for user in (self.archivist, self.centre_manager):
            self.authenticate(user.login, user.login)
            for url in urls.values():
                with self.subTest(user.login, url=url), mute_logger('odoo.http'):
                    self.assertEqual(self.url_open(url).status_code, 403)
        (self.env['civic.migration']._get_folder() / f'{line.sha256}.pdf').unlink()
        self.authenticate(self.keeper.login, self.keeper.login)
        self.assertEqual(self.url_open(urls['converted']).status_code, 404)

    def test_the_wrong_user_gets_nothing_by_rpc(self):
        plan = self.judged(self.aip(('docx', self.docx), seed='8'))
        line = plan.line_ids

        def call(login, model, method, *arguments):
            self.authenticate(login, login)
            return self.make_jsonrpc_request(f'/web/dataset/call_kw/{model}/{method}', {
                'model': model, 'method': method, 'args': list(arguments), 'kwargs': {}})

        for user in (self.archivist, self.centre_manager):
            for model, method, arguments in (
                ('civic.migration.line', 'action_accept', [line.ids]), ('civic.migration', 'action_apply', [plan.ids]),
                ('civic.migration.line', 'write', [line.ids, {'decision': 'accepted'}]),
                ('civic.migration.package', 'write', [plan.package_ids.ids, {'state': 'ready'}]),
                ('civic.migration', 'create', [{'name': "Khác", 'company_id': self.centre.id}]),
            ):
                with self.subTest(user.login, method=method, model=model), self.assertRaisesRegex(
                        JsonRpcException, "AccessError"):
                    call(user.login, model, method, *arguments)
        self.assertEqual((line.decision, plan.state), ('open', 'deciding'))
