import os
import shutil
import tempfile
from datetime import date, datetime, timedelta
from pathlib import Path
from unittest.mock import patch

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.sql_db import db_connect
from odoo.tests import tagged

from ..models.civic_archive_store import CivicArchiveStore
from ..tools.store import FileStore
from .common import CivicArchiveCommon


class KeepingCommon(CivicArchiveCommon):
    """The centre with two media on two devices (the disk, and memory), and a third one for backups."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.disk = cls._make_folder(tempfile.gettempdir())
        cls.memory = cls._make_folder('/dev/shm')
        for name in ('m1', 'bk'):
            (cls.disk / name).mkdir()
        os.symlink(cls.memory, cls.disk / 'm2')
        patcher = patch.object(CivicArchiveStore, '_get_root', lambda self: cls.disk)
        patcher.start()
        cls.addClassCleanup(patcher.stop)
        spool = cls._make_folder(tempfile.gettempdir())
        patcher = patch.object(CivicArchiveStore, '_get_spool', lambda self: spool)
        patcher.start()
        cls.addClassCleanup(patcher.stop)
        cls.spool = spool
        cls.stores = cls.env['civic.archive.store'].with_user(cls.centre_admin).create([
            {'name': "Vật mang tin số 01", 'code': 'm1', 'company_id': cls.centre.id},
            {'name': "Vật mang tin số 02", 'code': 'm2', 'company_id': cls.centre.id},
            {'name': "Bản sao lưu", 'code': 'bk', 'purpose': 'backup', 'company_id': cls.centre.id, 'with_database': False},
        ])
        cls.stores.action_check()
        cls.first, cls.second, cls.backup = cls.stores

    @classmethod
    def _make_folder(cls, parent):
        folder = Path(tempfile.mkdtemp(dir=parent, prefix='civic-archive-test-'))
        cls.addClassCleanup(shutil.rmtree, folder, True)
        return folder

    def keep(self, raw=b'package', name=None):
        """Take bytes over as a package, without writing copies: the queue does that."""
        with tempfile.NamedTemporaryFile(dir=self.spool, delete=False) as file:
            file.write(raw)
        return self.env['civic.aip'].with_user(self.keeper)._keep(file.name, self.fonds, name=name)

    def write_copies(self, aip):
        """Do what the queue would do."""
        for copy in aip.copy_ids.sudo():
            copy._job_write()

    def stored(self, raw=b'package'):
        aip = self.keep(raw)
        self.write_copies(aip)
        self.assertEqual(aip.state, 'stored')
        return aip

    def path(self, aip, code='m1'):
        return self.disk / code / aip.key

    def events(self, record):
        return self.env['civic.journal.entry'].sudo().search(
            [('res_model', '=', record._name), ('res_id', '=', record.id)], order='id').mapped('event_type')


@tagged('post_install', '-at_install')
class TestKeeping(KeepingCommon):

    def test_a_package_is_stored_when_every_copy_was_read_back(self):
        aip = self.keep()
        self.assertEqual((aip.state, aip.good_count), ('writing', 0))
        aip.copy_ids[0].sudo()._job_write()
        self.assertEqual((aip.state, aip.good_count), ('writing', 1))
        self.write_copies(aip)
        self.assertEqual((aip.state, aip.good_count), ('stored', 2))
        for code in ('m1', 'm2'):
            self.assertEqual(self.path(aip, code).read_bytes(), b'package')
        self.assertEqual(self.events(aip), ['accession', 'replication', 'replication'])
        self.assertTrue(aip._get_spooled(), "the spool is emptied when the transaction is safe")
        self.env.cr.postcommit.run()
        self.assertFalse(aip._get_spooled())

    def test_a_job_killed_after_writing_goes_on_without_harm(self):
        aip = self.keep()
        copy = aip.copy_ids[0].sudo()
        copy.store_id._open().write(aip.key, aip._get_spooled(), sha256=aip.sha256)     # and then it was killed
        before = os.stat(self.path(aip, copy.store_id.code)).st_ino
        copy._job_write()
        self.assertEqual(copy.state, 'good')
        self.assertEqual(os.stat(self.path(aip, copy.store_id.code)).st_ino, before)

    def test_a_medium_that_is_not_there_waits_and_goes_on(self):
        os.rename(self.disk / 'm1', self.disk / 'away')
        aip = self.keep()
        self.write_copies(aip)
        self.assertEqual(aip.copy_ids.mapped('state'), ['failed', 'good'])
        self.assertIn("not there", aip.copy_ids[0].message)
        self.assertEqual(aip.state, 'writing')
        self.env.cr.postcommit.run()
        self.assertTrue(aip._get_spooled())
        os.rename(self.disk / 'away', self.disk / 'm1')
        aip.action_write_copies()
        self.write_copies(aip)
        self.assertEqual(aip.state, 'stored')

    def test_rule_30_a_changed_byte_is_found_with_number_medium_and_path_and_repaired(self):
        aip, other = self.stored(b'a' * 1000), self.stored(b'b')
        self.env.cr.postcommit.run()                    # the spool is empty: only the other copy is left
        path = self.path(aip)
        raw = bytearray(path.read_bytes())
        raw[500] ^= 1
        path.write_bytes(raw)
        run = self.env['civic.fixity.run'].browse((aip + other).action_check()['res_id'])
        self.assertEqual((run.checked_count, run.bad_count), (4, 1))
        [fault] = run.check_ids.filtered(lambda check: check.outcome != 'good')
        self.assertEqual((fault.copy_id.aip_id, fault.store_id, fault.key, fault.outcome), (aip, self.first, aip.key, 'damaged'))
        form = self.env['civic.form.fixity_minutes'].with_user(self.keeper)
        options = form._prepare_options({'record_id': run.id})
        [row] = form._iter_rows(options)
        self.assertEqual(row[:3], (1, "Vật mang tin số 01", aip.key))
        self.assertEqual(fault.message, f"The digest differs at the same size: {fault.found_sha256[:16]} instead of {aip.sha256[:16]}.")
        self.assertEqual(aip.state, 'degraded')
        self.assertEqual(other.state, 'stored')
        self.assertEqual(self.events(aip)[-1], 'fixity_check')
        fault.action_repair()
        self.assertEqual((fault.outcome, fault.copy_state), ('damaged', 'good'))    # the minutes stay, the copy does not
        self.assertEqual((aip.state, path.read_bytes()), ('stored', b'a' * 1000))
        line = self.env['civic.journal.entry'].sudo().search(
            [('res_model', '=', aip._name), ('res_id', '=', aip.id)], limit=1)
        self.assertEqual(line.event_type, 'replication')
        self.assertIn('"repaired":"damaged"', line.detail.replace(' ', ''))
        self.assertIn("Vật mang tin số 02", line.detail)

    def test_without_a_good_copy_nothing_is_repaired(self):
        aip = self.stored()
        self.env.cr.postcommit.run()
        self.path(aip).unlink()
        self.path(aip, 'm2').write_bytes(b'other')
        aip.action_check()
        self.assertEqual(aip.copy_ids.mapped('state'), ['missing', 'damaged'])
        self.assertIn("5 bytes instead of 7", aip.copy_ids[1].message)
        self.assertEqual(aip.state, 'lost')
        with self.assertRaisesRegex(UserError, "No good copy"):
            aip.copy_ids[0].action_repair()
        self.assertEqual(aip.copy_ids.mapped('state'), ['missing', 'damaged'])

    def test_an_unreachable_medium_says_nothing_of_its_copies(self):
        aip = self.stored()
        os.rename(self.disk / 'm1', self.disk / 'away')
        run = self.env['civic.fixity.run'].browse(aip.action_check()['res_id'])
        os.rename(self.disk / 'away', self.disk / 'm1')
        self.assertEqual(run.check_ids.mapped('outcome'), ['unreachable', 'good'])
        # the page on the archive's health says so at once
        self.assertEqual((self.first.state, self.second.state), ('failed', 'ready'))
        self.assertEqual(aip.copy_ids.mapped('state'), ['good', 'good'])

    def test_rule_29_overdue_after_three_years_and_a_day(self):
        with freeze_time('2023-01-10 03:00:00'):
            aip = self.stored()
        with freeze_time('2026-01-10 02:00:00'):
            aip.copy_ids.invalidate_recordset(['is_overdue'])
            self.assertEqual(aip.copy_ids.mapped('is_overdue'), [False, False])
        with freeze_time('2026-01-11 03:00:00'):
            aip.copy_ids.invalidate_recordset(['is_overdue'])
            self.assertEqual(aip.copy_ids.mapped('is_overdue'), [True, True])
            found = self.env['civic.aip.copy'].search([('is_overdue', '=', True), ('aip_id', '=', aip.id)])
            self.assertEqual(found, aip.copy_ids)
            with self.enter_registry_test_mode():
                self.env.ref('civic_archive.ir_cron_check_copies').method_direct_trigger()
            self.assertTrue(min(aip.copy_ids.sudo().mapped('checked_at')).year in (2023, 2026))

    def health(self):
        return self.env['civic.archive.health'].with_user(self.keeper).with_company(self.centre).create({})

    def test_rule_28_one_medium_is_not_compliant(self):
        self.stored()
        self.env['civic.backup.set']._begin(self.backup)._make()
        self.assertTrue(self.health().is_compliant, self.health().problems)
        self.second.with_user(self.centre_admin).active = False
        health = self.health()
        self.assertFalse(health.is_compliant)
        self.assertEqual(health.verdict, "Not compliant: 1 medium")
        (self.disk / 'm3').mkdir(exist_ok=True)
        self.env['civic.archive.store'].with_user(self.centre_admin).create(
            {'name': "Cùng ổ đĩa", 'code': 'm3', 'company_id': self.centre.id}).action_check()
        self.assertEqual(self.health().verdict, "Not compliant: 1 medium", "the same device is no second medium")

    def test_an_office_without_packages_is_not_asked_for_media(self):
        manager = self._create_person('office_manager', 'manager', self.unit_culture)
        health = self.env['civic.archive.health'].with_user(manager).create({})
        self.assertEqual((health.is_asked, health.is_compliant, health.problems), (False, False, False))
        self.assertIn("Not applicable", health.verdict)
        self.env['civic.archive.store'].create({'name': "Vật mang tin số 01", 'code': 'office', 'company_id': self.agency.id})
        health.invalidate_recordset()
        self.assertEqual((health.is_asked, health.verdict), (True, "Not compliant: 0 media"))

    def test_the_journal_is_titled_by_what_it_is_of(self):
        self.assertEqual(self.stored().action_open_journal()['display_name'], "Journal: Archival Package (AIP)")
        self.assertEqual(self.first.with_user(self.centre_admin).action_open_journal()['display_name'], "Journal: Storage Medium")

    def test_rule_27_full_on_the_first_incremental_on_other_days(self):
        sets = self.env['civic.backup.set']
        first = self.stored(b'one')
        kinds = []
        for day, new in ((date(2026, 3, 30), None), (date(2026, 3, 31), b'two'), (date(2026, 4, 1), None), (date(2026, 4, 2), b'three')):
            if new:
                self.stored(new)
            backup = sets._begin(self.backup, day)
            self.assertTrue(backup._make())
            kinds.append((backup.kind, backup.aip_count))
        # the system began on 30 March: its first set is a full one
        self.assertEqual(kinds, [('full', 1), ('incremental', 1), ('full', 2), ('incremental', 1)])
        folder = self.disk / 'bk' / str(self.centre.id) / '20260401-full'
        self.assertEqual((folder / 'packages' / first.key.rsplit('/', 1)[-1]).read_bytes(), b'one')
        checked = os.system(f'cd {folder} && sha256sum --quiet -c manifest-sha256.txt')
        self.assertEqual(checked, 0)
        self.assertIn("Phông UBND", (folder / 'metadata.jsonl').read_text())

    def test_a_backup_that_was_interrupted_goes_on(self):
        aips = self.stored(b'one') + self.stored(b'two')
        backup = self.env['civic.backup.set']._begin(self.backup, date(2026, 4, 1))
        self.assertFalse(backup._make(commit=lambda _count: False))
        self.assertEqual((backup.state, len(backup.aip_ids)), ('running', 1))
        self.assertFalse((self.disk / 'bk' / str(self.centre.id) / backup.name / 'manifest-sha256.txt').exists())
        self.assertEqual(self.env['civic.backup.set']._begin(self.backup, date(2026, 4, 1)), backup)
        backup.with_user(self.keeper).action_continue()
        self.assertEqual((backup.state, backup.aip_ids), ('done', aips))
        with self.assertRaises(UserError):
            backup.with_user(self.keeper).action_continue()

    def test_a_backup_medium_that_is_away_is_told_and_tried_again(self):
        self.stored()
        os.rename(self.disk / 'bk', self.disk / 'away')
        backup = self.env['civic.backup.set']._begin(self.backup)
        self.assertFalse(backup._make())
        os.rename(self.disk / 'away', self.disk / 'bk')
        self.assertEqual(backup.state, 'failed')
        self.assertIn("not there", backup.message)
        self.assertTrue(self.env['civic.backup.set']._begin(self.backup)._make())

    def test_a_full_set_has_the_database_and_a_drill_restores_it(self):
        self.backup.with_user(self.centre_admin).with_database = True
        aip = self.stored(b'one')
        backup = self.env['civic.backup.set']._begin(self.backup, date(2026, 4, 1))
        self.assertTrue(backup._make(), backup.message)
        self.assertEqual((backup.kind, set(backup.dump_counts)), ('full', {
            'civic_fonds', 'civic_fonds_source', 'civic_archive_location', 'civic_archive_description', 'civic_aip'}))
        folder = self.disk / 'bk' / str(self.centre.id) / backup.name
        self.assertEqual((folder / 'database.dump').read_bytes()[:5], b'PGDMP')
        self.assertEqual(os.system(f'cd {folder} && sha256sum --quiet -c manifest-sha256.txt'), 0)
        self.assertEqual(os.path.getsize(folder / 'database.dump'), backup.dump_size)
        self.assertEqual(self.env['civic.backup.set']._begin(self.backup, date(2026, 4, 2)).kind, 'incremental')
        drill = self.env['civic.restore.drill'].with_user(self.keeper).create({
            'company_id': self.centre.id, 'sample_size': 1, 'with_database': True})
        drill.action_run()
        self.assertEqual((drill.state, len(drill.line_ids)), ('running', 3))
        drill._job_restore_database(backup)
        line = drill.line_ids - drill.line_ids.filtered('aip_id')
        self.assertEqual((line.outcome, line.message, line.backup_id), ('good', False, backup))
        self.assertEqual((drill.state, drill.line_ids.aip_id), ('passed', aip))
        with db_connect('postgres').cursor() as cr:       # this transaction sees what was there when it began
            cr.execute("SELECT count(*) FROM pg_database WHERE datname = %s", [f'{self.env.cr.dbname}_drill'])
            self.assertEqual(cr.fetchone(), (0,), "the scratch database is dropped")
        # what does not agree, or is no dump any more, is found
        backup.sudo().dump_counts = {**backup.dump_counts, 'civic_aip': 77}
        for expected in ("civic_aip: ", "The digest differs"):
            again = drill.copy()
            again.action_run()
            again._job_restore_database(backup)
            self.assertEqual(again.state, 'failed')
            self.assertIn(expected, again.line_ids.filtered('backup_id').message)
            (folder / 'database.dump').write_bytes(b'PGDMP')

    def test_what_was_interrupted_is_swept_and_what_waits_stays(self):
        waiting, done = self.keep(b'waiting'), self.stored(b'done')
        left = [self.spool / '.writing-1', self.spool / f'{self.centre.id}-{"0" * 64}', self.disk / 'm1' / '.writing-2']
        for path in left:
            path.write_bytes(b'half')
        (self.spool / '.aip-1').mkdir()
        young = self.spool / '.writing-3'
        for path in [*left, self.spool / '.aip-1', waiting._get_spooled(), done._get_spooled()]:
            os.utime(path, (1, 1))
        young.write_bytes(b'going on')
        self.env['civic.archive.store']._sweep()
        self.assertEqual([path.exists() for path in left], [False] * 3)
        self.assertFalse((self.spool / '.aip-1').exists() or done._get_spooled())
        self.assertTrue(young.exists() and waiting._get_spooled())

    def test_two_archives_keep_the_same_bytes_and_each_empties_its_own_spool(self):
        aip = self.keep(b'same')
        other = self.env['res.company'].create({'name': "Lưu trữ khác", 'abbreviation': "LTK", 'agency_level': 'archives'})
        fonds = self.env['civic.fonds'].create({
            'code': 'H98', 'name': "Phông khác", 'creator_id': self.agency.partner_id.id, 'company_id': other.id})
        with tempfile.NamedTemporaryFile(dir=self.spool, delete=False) as file:
            file.write(b'same')
        twin = self.env['civic.aip']._keep(file.name, fonds)
        self.write_copies(aip)
        self.env.cr.postcommit.run()
        self.assertEqual((aip.state, aip._get_spooled()), ('stored', None))
        self.assertEqual(twin._get_spooled().read_bytes(), b'same')

    def test_a_restore_drill_reads_from_every_place(self):
        aip = self.stored()
        self.env['civic.backup.set']._begin(self.backup)._make()
        drill = self.env['civic.restore.drill'].with_user(self.keeper).create({'company_id': self.centre.id, 'sample_size': 3})
        drill.action_run()
        self.assertEqual((drill.state, len(drill.line_ids)), ('passed', 3))
        with self.assertRaises(UserError):
            drill.action_run()
        self.path(aip).write_bytes(b'x')
        second = drill.copy()
        second.action_run()
        self.assertEqual(second.state, 'failed')
        self.assertEqual(second.line_ids.mapped('outcome'), ['damaged', 'good', 'good'])
        with self.assertRaises(AccessError):
            second.write({'state': 'passed'})
        with self.assertRaises(UserError):
            second.unlink()

    def test_minutes_and_logs_are_printed(self):
        import io
        aip = self.stored()
        run_id = aip.action_check()['res_id']
        backup = self.env['civic.backup.set']._begin(self.backup)
        backup._make()
        drill = self.env['civic.restore.drill'].with_user(self.keeper).create(
            {'company_id': self.centre.id, 'kind': 'incident', 'cause': "Ổ đĩa hỏng", 'sample_size': 1})
        drill.action_run()
        for name, values in (
            ('fixity_minutes', {'record_id': run_id}), ('backup_minutes', {'record_id': backup.id}), ('backup_log', {}),
            ('restore_minutes', {'record_id': drill.id}),
        ):
            with self.subTest(name):
                output = io.BytesIO()
                form = self.env[f'civic.form.{name}'].with_user(self.keeper).with_company(self.centre)
                form._print(output, 'pdf', values)
                self.assertTrue(output.getvalue().startswith(b'%PDF'))
                with self.assertRaises(AccessError):
                    form.with_user(self.archivist)._print(io.BytesIO(), 'pdf', values or {'company_id': self.centre.id})

    def test_checks_and_restores_are_named_by_the_clock_of_who_reads(self):
        run = self.env['civic.fixity.run'].sudo().create({
            'company_id': self.centre.id, 'user_id': self.keeper.id, 'started_at': datetime(2026, 11, 28, 18, 24)})
        self.assertEqual(run.with_context(tz='Asia/Ho_Chi_Minh').display_name, "01:24 29/11/2026")
        drill = self.env['civic.restore.drill'].with_user(self.keeper).create({'company_id': self.centre.id, 'kind': 'incident'})
        drill.sudo().started_at = datetime(2026, 11, 28, 18, 24)
        self.assertEqual(drill.with_context(tz='Asia/Ho_Chi_Minh').name, "Incident 29/11/2026")
        self.assertEqual(drill.with_context(tz='UTC').name, "Incident 28/11/2026")

    def test_nobody_changes_packages_by_hand(self):
        aip = self.stored()
        for user in (self.keeper, self.centre_admin, self.centre_manager):
            for record in (aip, aip.copy_ids[0]):
                with self.subTest(user.login, record=record._name), self.assertRaises(UserError):
                    record.with_user(user).write({'state': 'stored' if record == aip else 'good'})
                with self.assertRaises(UserError):
                    record.with_user(user).unlink()
        for act in ('action_check', 'action_write_copies'):
            with self.assertRaises(AccessError):
                getattr(aip.with_user(self.centre_manager), act)()
            with self.assertRaises(AccessError):
                getattr(aip.with_user(self.archivist), act)()
        with self.assertRaises(AccessError):
            self.env['civic.aip'].with_user(self.keeper).create({
                'name': 'x', 'company_id': self.centre.id, 'fonds_id': self.fonds.id, 'key': 'x', 'sha256': 'x', 'size': 1})
        with self.assertRaises(AccessError):
            self.first.with_user(self.keeper).write({'name': "Khác"})
        with self.assertRaises(UserError):
            self.first.write({'code': 'other'})

    def test_the_spool_and_stores_are_read_without_memory_growing(self):
        """Half a gigabyte passes through a buffer, not through memory."""
        import resource
        source = self.spool / 'big'
        with open(source, 'wb') as stream:
            stream.truncate(256 * 1024 * 1024)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        sha256 = FileStore(self.spool).digest('big')[0]
        FileStore(self.disk / 'm1').write('big.zip', source, sha256=sha256)
        self.assertLess(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before, 30_000)

    def test_everything_is_checked_well_within_the_time(self):
        """The nightly job reads at twice the pace that the rule wants."""
        aips = [self.stored(b'%d' % n) for n in range(3)]
        for aip in aips:
            aip.copy_ids.sudo().write({'checked_at': fields.Datetime.now() - timedelta(days=400)})
        with self.enter_registry_test_mode():
            self.env.ref('civic_archive.ir_cron_check_copies').method_direct_trigger()
        run = self.env['civic.fixity.run'].sudo().search([('company_id', '=', self.centre.id)], limit=1)
        self.assertTrue(run.is_scheduled)
        self.assertEqual(run.checked_count, 1)
