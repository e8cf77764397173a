from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import SQL

from .common import CivicKpiCommon


@tagged('post_install', '-at_install')
class TestKpiRecords(CivicKpiCommon):
    """Work files, hand-over and storage on Friday 20 March 2026."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # the town alone: files and copies of a demo database would be counted, too
        cls.env.cr.execute(SQL("UPDATE civic_workfile SET delivered_on = NULL, delivery_due = NULL, date_start = '1990-01-01'"))
        cls.env.cr.execute(SQL("UPDATE civic_aip_copy SET state = 'planned'"))
        cls.permanent = cls.env.ref('civic_workfile.retention_term_permanent')
        cls.term_20 = cls.env.ref('civic_workfile.retention_term_20')
        cls.centre = cls.env['res.company'].create({'name': "Trung tâm Lưu trữ lịch sử Hoa Phượng", 'agency_level': 'archives'})
        cls.fonds = cls.env['civic.fonds'].create({
            'code': 'H99', 'name': "Phông UBND Hoa Phượng", 'creator_id': cls.agency.partner_id.id, 'company_id': cls.centre.id,
            'year_from': 1976, 'year_to': 2026})
        cls.source = cls.env['civic.fonds.source'].create({
            'company_id': cls.centre.id, 'agency_id': cls.agency.partner_id.id, 'fonds_id': cls.fonds.id, 'valid_from': '2020-01-01'})
        cls.env['civic.organ.code'].create([
            {'partner_id': agency.partner_id.id, 'code': f'H99.{number}', 'generation': 'qd20_2020'}
            for number, agency in enumerate(cls.agency + cls.other_agency)])
        cls.serial = 0

    @classmethod
    def _file(cls, *documents, **values):
        """An open work file with the documents."""
        cls.serial += 1
        company = documents[0].company_id if documents else cls.agency
        file = cls.env['civic.workfile'].create({
            'company_id': company.id, 'title': f"Hồ sơ {cls.serial}", 'notation': f'{cls.serial}.KPI', 'year': 2026,
            'date_start': '2026-01-05', 'unit_id': (cls.unit_culture if company == cls.agency else cls.foreign_unit).id,
            'retention_term_id': cls.permanent.id, 'user_id': cls.specialist.id if company == cls.agency else cls.env.uid, **values})
        cls.env['civic.workfile.entry'].create([{'workfile_id': file.id, 'document_id': one.id} for one in documents])
        return file

    @classmethod
    def _deliver(cls, file, day):
        """The archive of the agency took the file over, as the acts of its room leave it."""
        file._write_by_system({'state': 'closed', 'closed_on': day}, 'close')
        file._write_by_system({'state': 'delivered', 'delivered_on': day}, 'deliver')
        cls.env['civic.journal.entry']._append('transfer', file, detail={'act': 'delivery'})

    @classmethod
    def _hand_over(cls, file, state, day=None):
        """A package of the file came to the archive; accepted on the day if it is kept."""
        accession = cls.env['civic.accession'].create({
            'company_id': cls.centre.id, 'agency_id': file.company_id.partner_id.id, 'fonds_id': cls.fonds.id, 'title': file.title,
            'registered_on': '2025-01-05'})
        accession.write({'state': 'approved' if day else 'received', 'received_on': day or '2026-03-02', 'approved_on': day})
        line = cls.env['civic.accession.line'].create({
            'accession_id': accession.id, 'name': f'{file.id}.zip', 'sha256': f'{file.id:064d}', 'file_code': file.code, 'state': state})
        cls.env['civic.journal.entry']._append('unquarantine', line)
        return line

    def _record(self, day, paper=False, direction='incoming', **values):
        document = self._handled('2026-04-20', done=day, arrival=day, paper_original=paper, **values)
        if direction != 'incoming':
            document._write_by_system({'direction': direction, 'state': 'issued', 'issued_at': f'{day} 02:00:00'})
        return document

    def test_documents_in_no_file(self):
        """Three done documents, one of them filed = 2; a document still handled does not count. Taken out again: 3."""
        first, _second, _third = (self._record('2026-03-03') for _number in range(3))
        self._handled('2026-04-20', arrival='2026-03-03')
        self._refresh()
        figure = self._figure('UNFILED', company=self.agency)
        self.assertEqual(figure.numerator, 3)
        file = self._file(first)
        self._refresh()
        self.assertEqual((figure.numerator, self._figure('UNFILED').numerator), (2, 2))
        action = figure.with_user(self.city_manager).action_drill_missed()
        self.assertEqual(action['res_model'], 'civic.document')
        self.assertEqual(len(action['domain'][0][2]), 2)
        file.entry_ids.unlink()
        self._refresh()
        self.assertEqual(figure.numerator, 3)

    def test_the_life_of_a_document_ends_in_the_archive(self):
        """Of three documents two are filed, and the archive took over the file of one: 3, 2, 1, also counted for the closed month."""
        documents = [self._record('2026-02-10') for _number in range(3)]
        self._deliver(self._file(documents[0]), '2026-02-20')
        self._file(documents[1])
        self.env.cr.execute(SQL("UPDATE civic_workfile_entry SET create_date = '2026-02-19' WHERE document_id = ANY(%s)", [
            document.id for document in documents]))
        self._refresh()
        period = self._period(day='2026-02-01')
        steps = [self._figure(code, period, self.agency) for code in ('FLOW4', 'FLOW5', 'FLOW6')]
        self.assertEqual([step.numerator for step in steps], [3, 2, 1])
        self.assertEqual(steps[2].with_user(self.city_manager).action_drill()['domain'][0][2], documents[0].ids)
        period.with_user(self.city_manager).action_close()
        self.assertEqual([step.numerator for step in steps], [3, 2, 1])

    def test_open_files_past_their_day(self):
        """Due on the 19th, the 20th and the 21st of March: one is past its day on the 20th; delivered, none is."""
        files = self.env['civic.workfile']
        for day in ('2026-03-19', '2026-03-20', '2026-03-21'):
            files |= self._file()
            self.env.flush_all()
            self.env.cr.execute(SQL("UPDATE civic_workfile SET delivery_due = %s WHERE id = %s", day, files[-1].id))
            files.invalidate_recordset()
        self._refresh()
        figure = self._figure('FILESDUE', company=self.agency)
        self.assertEqual((figure.numerator, figure.verdict), (1, 'fail'))
        self.assertEqual(self._figure('FILESDUE', company=self.agency, unit=self.unit_culture).numerator, 1)
        action = figure.with_user(self.city_manager).action_drill_missed()
        self.assertEqual((action['res_model'], action['domain'][0][2]), ('civic.workfile', files[:1].ids))
        self._deliver(files[0], '2026-03-20')
        self._refresh()
        self.assertEqual((figure.numerator, figure.verdict), (0, 'pass'))

    def test_created_electronically(self):
        """Taken over in March: 3 electronic, 1 paper of an agency, 1 paper of a citizen; one of them lies in two files.

        K3 = 3 of 5 = 60 %; without paper from outside the administration 3 of 4 = 75 %. A scan counts as paper (rule 54),
        what was taken over in February belongs to February.
        """
        electronic = [self._record('2026-02-10') for _number in range(3)]
        paper = self._record('2026-02-10', paper=True)
        outside = self._record('2026-02-10', paper=True)
        outside._write_by_system({'issuer_id': False, 'issuer_name': "Ông Nguyễn Văn Tư"})
        self._deliver(self._file(*electronic, paper), '2026-03-05')
        self._deliver(self._file(outside, electronic[0], date_start='2020-01-02', year=2020), '2026-03-06')
        self._deliver(self._file(self._record('2026-01-10')), '2026-02-27')
        self._refresh()
        figure = self._figure('K3', company=self.agency)
        self.assertEqual((figure.numerator, figure.denominator, figure.shown, figure.verdict), (3, 5, '60,0 %', 'fail'))
        self.assertEqual(self._figure('K3B', company=self.agency).shown, '75,0 %')
        # in the file that was begun in 2020 lies the citizen's letter; the electronic one counts with its first file
        self.assertEqual(self._figure('K3C', company=self.agency).numerator, 1)
        missed = figure.with_user(self.city_manager).action_drill()
        self.assertEqual(set(missed['domain'][0][2]), set([*[one.id for one in electronic], paper.id, outside.id]))

    def test_own_electronic_documents_need_their_signature(self):
        """Two own electronic documents, one signed validly = 1 of 2."""
        documents = [self._record('2026-02-10', direction='outgoing') for _number in range(2)]
        documents[0]._write_by_system({'signature_state': 'valid'})
        self._deliver(self._file(*documents), '2026-03-05')
        self._refresh()
        self.assertEqual(self._figure('K3', company=self.agency).shown, '50,0 %')

    def test_permanent_records_within_three_years(self):
        """On 20 March 2026 five electronic records are three years old: created on 1 March 2023 or before.

        Two were accepted in time, one late, one is in a package that is not accepted, one is nowhere: 2 of 5 = 40 %.
        Of 1 April 2023 one is due soon; one paper, one kept for 20 years and one of 20 March 2024 are out of it.
        """
        in_time = [self._record('2023-03-01') for _number in range(2)]
        self._hand_over(self._file(*in_time), 'kept', '2026-02-27')
        self._hand_over(self._file(self._record('2023-03-01')), 'kept', '2026-03-02')
        self._hand_over(self._file(self._record('2023-03-01')), 'passed')
        nowhere = self._record('2023-03-01')
        self._file(nowhere)
        soon = self._record('2023-04-01')
        self._file(soon, self._record('2023-03-01', paper=True))
        self._file(self._record('2023-03-01'), retention_term_id=self.term_20.id)
        self._file(self._record('2024-03-20'))
        self._refresh()
        figure = self._figure('K5', company=self.agency)
        self.assertEqual((figure.numerator, figure.denominator, figure.shown), (2, 5, '40,0 %'))
        horizon = self._figure('K8', company=self.agency)
        self.assertEqual(horizon.numerator, 1)
        self.assertEqual(horizon.with_user(self.city_manager).action_drill_missed()['domain'][0][2], soon.ids)
        missed = figure.with_user(self.city_manager).action_drill_missed()
        self.assertIn(nowhere.id, missed['domain'][0][2])

    def test_a_rejected_package_transfers_nothing_and_a_leap_day_is_the_28th(self):
        """Created on 29 February 2024, three years later is 28 February 2027; a returned package counts for nothing."""
        [[day]] = self.env.execute_query(SQL("SELECT %s", self.env['civic.kpi.source']._sql_ripe(SQL("DATE '2024-02-29'"))))
        self.assertEqual(str(day), '2027-02-28')
        file = self._file(self._record('2023-03-01'))
        self._hand_over(file, 'returned')
        self._refresh()
        figure = self._figure('K5', company=self.agency)
        self.assertEqual((figure.numerator, figure.denominator), (0, 1))
        # the resubmission is accepted late: it counts once, and stays a miss (rules 17 and K5)
        self._hand_over(file, 'kept', '2026-03-10')
        self._refresh()
        self.assertEqual((figure.numerator, figure.denominator), (0, 1))

    def test_bodies_that_do_not_submit_and_held_records_are_out(self):
        """Nothing matured: n/a (rule 53). The other agency is on no list; the held record is listed beside."""
        self._file(self._record('2023-03-01', company=self.other_agency))
        held = self._file(self._record('2023-03-01'))
        hold = self.env['civic.hold'].create({
            'name': "Thanh tra", 'company_id': self.agency.id, 'basis': "Quyết định 5/QĐ-TTr", 'kind': 'inspection',
            'file_list': held.notation})
        hold.action_place()
        self._refresh()
        for company in (self.agency, self.other_agency):
            self.assertEqual(self._figure('K5', company=company).na_reason, 'zero')
        self.assertEqual(self._figure('K5HELD', company=self.agency).numerator, 1)

    def test_a_change_of_the_term_is_counted_at_once(self):
        """Raised to permanent afterwards, the clock still runs from the creation: 0 of 1."""
        file = self._file(self._record('2023-03-01'), retention_term_id=self.term_20.id)
        self._refresh()
        self.assertEqual(self._figure('K5', company=self.agency).na_reason, 'zero')
        file.write({'retention_term_id': self.permanent.id, 'retention_reason': "Giá trị lịch sử"})
        self._refresh()
        self.assertEqual(self._figure('K5', company=self.agency).denominator, 1)

    def test_storage(self):
        """Four copies, one damaged = 3 of 4 sound = 75 %; one was last checked four years ago; one of two media is not ready."""
        stores = self.env['civic.archive.store'].create([
            {'name': f"Vật mang tin {code}", 'code': code, 'company_id': self.centre.id} for code in ('k1', 'k2')])
        stores[0].write({'state': 'ready'})
        packages = self.env['civic.aip'].create([
            {'name': f'urn:kpi:{number}', 'company_id': self.centre.id, 'fonds_id': self.fonds.id, 'key': f'k{number}',
             'sha256': f'{number:064d}', 'size': 1} for number in range(2)])
        copies = self.env['civic.aip.copy'].create([
            {'aip_id': package.id, 'store_id': store.id, 'state': 'good', 'written_at': '2026-03-01 02:00:00'}
            for package in packages for store in stores])
        self._refresh()
        figure = self._figure('STORAGE', company=self.centre)
        self.assertEqual((figure.numerator, figure.denominator, figure.verdict), (4, 4, 'pass'))
        copies[0].write({'state': 'damaged', 'checked_at': '2026-03-18 02:00:00'})
        copies[1].write({'checked_at': '2022-03-01 02:00:00'})
        self._refresh()
        self.assertEqual((figure.shown, self._figure('STORAGEBAD', company=self.centre).numerator), ('75,0 %', 1))
        self.assertEqual(self._figure('STORAGEDUE', company=self.centre).numerator, 1)
        self.assertEqual(self._figure('MEDIA', company=self.centre).numerator, 1)
        bad = self._figure('STORAGEBAD', company=self.centre).with_user(self.city_manager).action_drill_missed()
        self.assertEqual((bad['res_model'], bad['domain'][0][2]), ('civic.aip.copy', copies[:1].ids))
        due = self._figure('STORAGEDUE', company=self.centre).with_user(self.city_manager).action_drill_missed()
        self.assertEqual(due['domain'][0][2], copies[1:2].ids)
        media = self._figure('MEDIA', company=self.centre).with_user(self.city_manager).action_drill_missed()
        self.assertEqual((media['res_model'], media['domain'][0][2]), ('civic.archive.store', stores[1:].ids))
        with self.assertRaisesRegex(UserError, "does not open what stands behind it"):
            self._figure('STORAGE').with_user(self.leader).action_drill()

    def test_what_the_national_database_took(self):
        """K7: two packages and a description reported, one package accepted = 1 of 2 packages = 50 %."""
        packages = self.env['civic.aip'].create([
            {'name': f'urn:kpi:n{number}', 'company_id': self.centre.id, 'fonds_id': self.fonds.id, 'key': f'n{number}',
             'sha256': f'{number:064d}', 'size': 1} for number in range(2)])
        entries = self.env['civic.national.entry'].create([
            {'fonds_id': self.fonds.id, 'kind': 'package', 'key': package.name, 'aip_id': package.id, 'state': 'sent'}
            for package in packages] + [{'fonds_id': self.fonds.id, 'kind': 'metadata', 'key': '01', 'state': 'accepted'}])
        self.env.cr.execute("UPDATE civic_national_entry SET create_date = '2026-03-10' WHERE id = ANY(%s)", [entries.ids])
        entries[0].write({'state': 'accepted', 'answered_at': '2026-03-19 02:00:00'})
        self._refresh()
        figure = self._figure('K7', company=self.centre)
        self.assertEqual((figure.numerator, figure.denominator, figure.shown), (1, 2, '50,0 %'))
        missed = figure.with_user(self.city_manager).action_drill_missed()
        self.assertEqual((missed['res_model'], missed['domain'][0][2]), ('civic.national.entry', entries[1:2].ids))

    def test_how_long_it_takes_to_the_receipt(self):
        """Sent in March: receipts after 30 and 90 minutes = 60 on average; one waits since the 19th, one was given up.

        What was queued on the 20th still has its day, a test of the channel and what was taken back do not count.
        """
        channel = self.env['civic.channel'].create({
            'name': "Trung tâm Lưu trữ lịch sử", 'company_id': self.agency.id})
        deliveries = self.env['civic.delivery'].create([{
            'subject': f"Gói {number}", 'direction': 'out', 'state': state, 'channel_id': channel.id, 'company_id': self.agency.id,
            'kind': kind, 'key': f'kpi-{number}', 'digest': f'{number:064d}', 'received_at': received, 'finished_at': finished,
        } for number, (state, kind, received, finished) in enumerate([
            ('delivered', 'package', '2026-03-10 02:30:00', False), ('delivered', 'package', '2026-03-10 03:30:00', False),
            ('sent', 'package', False, False), ('failed', 'package', False, False), ('queued', 'package', False, False),
            ('delivered', 'test', '2026-03-10 09:00:00', False), ('cancelled', 'package', False, '2026-03-12 02:00:00')])])
        for delivery, moment in zip(deliveries, ['2026-03-10 02:00:00'] * 2 + ['2026-03-19 02:00:00'] * 2 + ['2026-03-20 02:00:00']
                                    + ['2026-03-10 02:00:00'] * 2, strict=True):
            self.env.cr.execute(SQL("UPDATE civic_delivery SET create_date = %s WHERE id = %s", moment, delivery.id))
        self._refresh()
        figure = self._figure('DELIVERY', company=self.agency)
        self.assertEqual((figure.numerator, figure.denominator, figure.shown), (120, 2, '60,0'))
        self.assertEqual(figure.with_user(self.manager).action_drill()['domain'][0][2], deliveries[:2].ids)
        gap = self._figure('UNDELIVERED', company=self.agency)
        self.assertEqual((gap.numerator, gap.verdict), (2, 'fail'))
        for user in (self.manager, self.leader):
            action = gap.with_user(user).action_drill_missed()
            self.assertEqual(self.env[action['res_model']].with_user(user).search(action['domain'], order='id'), deliveries[2:4])

    def test_accesses_are_counted_from_the_journal(self):
        """Three documents opened on the day of the lines, one refused: 3."""
        document = self._record('2026-03-03')
        journal = self.env['civic.journal.entry']
        for outcome in ('success', 'success', 'failure', 'success'):
            journal._append('access', document, outcome=outcome)
        self.env['civic.kpi.daily']._rebuild()
        [[day]] = self.env.execute_query(SQL("SELECT (clock_timestamp() AT TIME ZONE 'Asia/Ho_Chi_Minh')::date"))
        rows = self.env['civic.kpi.source']._get_rows('access', day, day)
        self.assertEqual([row[3] for row in rows if row[0] == self.agency.id and row[2] == 'reads'], [3])

    def test_daily_sums_agree_with_a_full_count(self):
        """What is kept up to date by the changes is what a count of everything gives."""
        documents = [self._record('2023-03-01') for _number in range(3)]
        self._refresh()
        file = self._file(*documents[:2])
        self._deliver(file, '2026-03-05')
        self._hand_over(file, 'kept', '2026-03-10')
        documents[2]._write_by_system({
            'arrival_date': fields.Date.to_date('2023-02-01'), 'issue_date': fields.Date.to_date('2023-02-01')})
        self.env['civic.journal.entry']._append('modification', documents[2])
        self._refresh()

        def read():
            return sorted(
                (row.source, str(row.day), row.company_id.id, row.unit_id.id, row.user_id.id, row.measure, row.value)
                for row in self.env['civic.kpi.daily'].search([]))

        kept = read()
        self.env['civic.kpi.daily']._rebuild()
        self.assertEqual(kept, read())
