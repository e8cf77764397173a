from contextlib import contextmanager
from datetime import date
from unittest.mock import patch

from freezegun import freeze_time
from psycopg2.errors import InsufficientPrivilege, UniqueViolation

from odoo.exceptions import AccessError, ConcurrencyError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import CivicDocumentCommon


@tagged('post_install', '-at_install')
class TestRegister(CivicDocumentCommon):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Register = cls.env['civic.register']
        cls.Series = cls.env['civic.register.series']
        cls.Entry = cls.env['civic.register.entry']

    @contextmanager
    def _refused(self, exception, pattern):
        """The act is refused with such a message, and rolled back."""
        with self.assertRaises(exception) as caught:
            yield
        self.assertRegex(str(caught.exception), pattern)

    def _create_drafts(self, count, **values):
        return self.env['civic.document'].with_user(self.clerk).create(
            [self._prepare_document(**values) for _index in range(count)])

    def _open(self, direction='incoming', document_type=None, day='2025-03-05', body=None):
        return self.Register._find_or_open(self.agency, direction, document_type or self.type_decision, day, body)

    # === NUMBERS === #

    def test_numbers_run_from_one_in_the_order_given(self):
        """Decree 30/2020, Article 22.2: one series by reception."""
        drafts = self._create_drafts(3)
        register = self._open()
        self.assertEqual(register._allocate(drafts[0], date(2025, 3, 5)), [1])
        self.assertEqual(register._allocate(drafts[2] | drafts[1], date(2025, 3, 5)), [2, 3])
        entries = self.Entry.search([('register_id', '=', register.id)], order='number')
        self.assertRecordValues(entries, [
            {'number': 1, 'document_id': drafts[0].id, 'number_label': '01', 'state': 'used'},
            {'number': 2, 'document_id': drafts[2].id, 'number_label': '02', 'state': 'used'},
            {'number': 3, 'document_id': drafts[1].id, 'number_label': '03', 'state': 'used'},
        ])
        self.assertEqual(entries.company_id, self.agency)
        self.assertEqual(set(entries.mapped('number_date')), {date(2025, 3, 5)})

    def test_many_documents_of_several_days_come_in_date_order(self):
        drafts = self._create_drafts(4)
        days = [date(2025, 3, 6), date(2025, 3, 5), date(2025, 3, 6), date(2025, 3, 5)]
        self.assertEqual(self._open()._allocate(drafts, days), [3, 1, 4, 2])

    def test_many_numbers_take_as_many_queries_as_one(self):
        register = self._open()
        one, *many = self._create_drafts(21)
        register._allocate(one, date(2025, 3, 5))
        many = self.env['civic.document'].union(*many)
        self.env.flush_all()
        with self.assertQueryCount(1):
            self.assertEqual(register._allocate(many, date(2025, 3, 5)), list(range(2, 22)))

    def test_number_of_an_earlier_date_is_refused(self):
        """Article 15.1: number and date follow the order of issue."""
        register = self._open()
        first, second = self._create_drafts(2)
        register._allocate(first, date(2025, 3, 5))
        with self._refused(UserError, "no number can be given"):
            register._allocate(second, date(2025, 3, 4))
        self.assertEqual(register._allocate(second, date(2025, 3, 5)), [2])

    def test_number_of_a_day_to_come_is_refused(self):
        draft = self._create_drafts(1)
        with freeze_time('2025-03-04 10:00:00'), self._refused(UserError, "future"):
            self._open()._allocate(draft, date(2025, 3, 5))

    def test_today_is_the_day_in_vietnam(self):
        draft = self._create_drafts(1)
        with freeze_time('2025-03-04 17:30:00'):     # 00:30 of 5 March in Ho Chi Minh City
            self.assertEqual(self._open()._allocate(draft, date(2025, 3, 5)), [1])

    def test_number_of_another_year_is_refused(self):
        draft = self._create_drafts(1)
        with self._refused(UserError, "does not belong"):
            self._open()._allocate(draft, date(2024, 3, 5))

    def test_document_gets_one_number_only(self):
        register = self._open()
        draft = self._create_drafts(1)
        register._allocate(draft, date(2025, 3, 5))
        with self._refused(UserError, "already has a number"):
            register._allocate(draft, date(2025, 3, 5))
        with self._refused(UserError, "already has a number"):
            register._allocate(self._create_drafts(1) | draft, date(2025, 3, 5))
        self.assertEqual(register.last_number, 1)
        self.assertTrue(register._prove()[register.id]['total'] == 1)

    def test_rolled_back_number_is_given_again(self):
        register = self._open()
        first, second = self._create_drafts(2)
        savepoint = self.env.cr.savepoint()
        self.assertEqual(register._allocate(first, date(2025, 3, 5)), [1])
        savepoint.close(rollback=True)
        self.env.invalidate_all()
        self.assertEqual(register._allocate(second, date(2025, 3, 5)), [1])

    # === YEARS === #

    def test_new_year_starts_from_one(self):
        """Article 15.1: from 01 on 1 January to 31 December."""
        old = self._create_registered(arrival_date=date(2024, 12, 31), issue_date=date(2024, 12, 30))
        new = self._create_registered(arrival_date=date(2025, 1, 2), issue_date=date(2024, 12, 30))
        self.assertEqual((old.register_number, new.register_number), (1, 1))
        self.assertEqual((old.register_id.year, new.register_id.year), (2024, 2025))
        self.assertEqual(old.register_id.series_id, new.register_id.series_id)

    def test_year_is_that_of_the_date_of_issue(self):
        """Signed on 31/12, issued on 02/01: the number belongs to the new year."""
        register = self.Register._find_or_open(self.agency, 'outgoing', self.type_decision, date(2025, 1, 2))
        self.assertEqual(register.year, 2025)

    def test_register_is_opened_once_a_year(self):
        self.assertEqual(self._open(day='2025-01-01'), self._open(day='2025-12-31'))
        self.assertNotEqual(self._open(day='2024-12-31'), self._open(day='2025-01-01'))

    def test_job_opens_the_registers_of_the_year_and_in_december_of_the_next(self):
        with freeze_time('2025-12-01 02:00:00'):
            self.Register._cron_open_registers()
        registers = self.Register.search([('company_id', '=', self.agency.id)])
        self.assertEqual(
            sorted(registers.mapped(lambda register: (register.direction, register.year))),
            [('incoming', 2025), ('incoming', 2026), ('outgoing', 2025), ('outgoing', 2026)])
        with freeze_time('2026-01-05 02:00:00'):
            self.Register._cron_open_registers()
        self.assertEqual(self.Register.search([('company_id', '=', self.agency.id)]), registers)

    def test_who_loses_the_race_for_opening_a_register_starts_over(self):
        """The winner's register is not in the snapshot: Odoo runs the request again with a new one."""
        series = self._open().series_id
        Register = self.env.registry['civic.register']
        with (
            patch.object(Register, 'search', lambda register, *args, **kwargs: register.browse()),
            mute_logger('odoo.sql_db'), self.assertRaises(ConcurrencyError),
        ):
            self.Register._open(series, 2025)

    # === SERIES === #

    def test_who_loses_the_race_for_a_standard_series_starts_over(self):
        self._open()
        with mute_logger('odoo.sql_db'), self.assertRaises(ConcurrencyError):
            self.Series._create_standard(self.agency, 'incoming', 'incoming', self.type_decision.browse())

    def test_shared_series_by_default_and_own_series_if_set(self):
        """Article 15.1.c: the head of the agency decides."""
        shared = self._open('outgoing', self.type_plan)
        self.assertEqual(self._open('outgoing', self.type_decision), shared)
        own = self.Series.create({
            'name': "Quyết định", 'company_id': self.agency.id, 'direction': 'outgoing',
            'type_ids': self.type_decision.ids})
        self.assertEqual(self._open('outgoing', self.type_decision).series_id, own)
        self.assertEqual(self._open('outgoing', self.type_plan), shared)

    def test_agencies_number_apart(self):
        other = self.Register._find_or_open(self.other_agency, 'incoming', self.type_decision, '2025-03-05')
        self.assertNotEqual(other.series_id, self._open().series_id)

    def test_internal_documents_are_numbered_with_the_outgoing(self):
        self.assertEqual(self._open('internal'), self._open('outgoing'))

    def test_all_copies_share_one_series(self):
        """Annex I, Part II: SY, SL and TrS of one year run in one series from 01."""
        copies = self.env['civic.document.type'].search([('kind', '=', 'copy')])
        self.assertEqual(len(copies), 3)
        registers = {self._open('outgoing', copy) for copy in copies}
        self.assertEqual(len(registers), 1)
        self.assertNotEqual(registers.pop(), self._open('outgoing'))

    def test_each_legislative_type_has_its_own_series(self):
        types = self.env['civic.document.type'].create([
            {'code': 'TEST_L1', 'name': "Quyết định quy phạm", 'abbreviation': 'QĐ', 'kind': 'legislative'},
            {'code': 'TEST_L2', 'name': "Nghị quyết quy phạm", 'abbreviation': 'NQ', 'kind': 'legislative'},
        ])
        first, second = (self._open('outgoing', document_type) for document_type in types)
        self.assertEqual(len(first | second | self._open('outgoing')), 3)
        self.assertEqual(self._open('incoming', types[0]), self._open('incoming'))

    def test_advisory_body_has_its_own_series(self):
        """Annex I, II.3.a: it issues under the seal of the agency with numbers of its own."""
        council = self.env['res.partner'].create({'name': "Hội đồng Thi đua"})
        series = self.Series.create({
            'name': "Hội đồng Thi đua", 'company_id': self.agency.id, 'direction': 'outgoing',
            'separate_body_id': council.id})
        self.assertEqual(self._open('outgoing', body=council).series_id, series)
        self.assertNotEqual(self._open('outgoing').series_id, series)

    def test_type_is_taken_by_one_active_series_only(self):
        values = {
            'name': "Quyết định", 'company_id': self.agency.id, 'direction': 'outgoing',
            'type_ids': self.type_decision.ids}
        series = self.Series.create(values)
        with self._refused(ValidationError, "already numbered"):
            self.Series.create(values)
        with self._refused(ValidationError, "already numbered"):
            self.Series.create([
                {**values, 'direction': 'internal'},
                {**values, 'direction': 'internal', 'name': "Quyết định khác"},
            ])
        series.action_archive()
        self.assertTrue(self.Series.create(values))
        with self._refused(ValidationError, "already numbered"):
            series.action_unarchive()

    @mute_logger('odoo.sql_db')
    def test_agency_has_one_series_for_all_other_types(self):
        self.Series._ensure_standard(self.agency)
        with self._refused(UniqueViolation, "covers_all_uniq"):
            self.Series.create({'name': "Again", 'company_id': self.agency.id, 'direction': 'incoming'})
            self.env.flush_all()

    def test_series_in_use_keeps_its_agency_and_direction(self):
        series = self._open().series_id
        series.write({'name': "Văn bản đến", 'direction': 'incoming', 'company_id': self.agency.id})
        with self._refused(UserError, "make a new series"):
            series.direction = 'outgoing'
        with self._refused(UserError, "make a new series"):
            series.company_id = self.other_agency

    def test_document_without_a_series_is_refused(self):
        self._open('outgoing').series_id.action_archive()
        with self._refused(UserError, "exactly one"):
            self._open('outgoing')
        with self._refused(UserError, "incoming, outgoing and internal"):
            self._open('none')

    def test_reference_is_used_once_a_year_by_the_agency(self):
        """Article 15.1: number and notation are unique in the year, whatever the series."""
        shared = self._open('outgoing')
        values = {'direction': 'outgoing', 'code_number': False, 'code_notation': 'QĐ-UBND', 'arrival_date': False}
        first, second, third = self._create_drafts(3, **values)
        self.assertEqual(shared._allocate(first, date(2025, 3, 5)), [1])
        self.Series.create({
            'name': "Quyết định", 'company_id': self.agency.id, 'direction': 'outgoing',
            'type_ids': self.type_decision.ids})
        own = self._open('outgoing')
        self.assertNotEqual(own, shared)
        with self._refused(UserError, "1/QĐ-UBND was already used"):
            own._allocate(second, date(2025, 3, 5))
        third.code_notation = 'QĐ-VP'
        with self._refused(UserError, "1/QĐ-UBND was already used"):
            own._allocate(second | third, date(2025, 3, 5))
        self.assertEqual(own._allocate(third | second, date(2025, 3, 5)), [1, 2])
        self.assertEqual(own.last_number, 2)

    def test_notation_is_compared_in_one_spelling(self):
        self.assertEqual(self.Entry._clean_notation(' QĐ - UBND '), 'QĐ-UBND')
        self.assertEqual(self.Entry._clean_notation('Qyế'), 'Qyế')
        self.assertIsNone(self.Entry._clean_notation('  '))

    # === FACTS === #

    def test_no_orm_call_touches_a_number(self):
        entry = self._register_one()
        for call in (
            lambda: entry.sudo().write({'number': 7}),
            lambda: entry.sudo().unlink(),
            lambda: self.Entry.sudo().create({'number': 7}),
            lambda: self.env['civic.register.void'].sudo().create({'entry_id': entry.id, 'reason': "x"}),
        ):
            with self._refused(UserError, "neither be written by hand"):
                call()

    @mute_logger('odoo.sql_db')
    def test_no_sql_touches_a_number(self):
        entry = self._register_one()
        entry._void_numbers(entry.document_id, "Ghi nhầm")
        for statement in (
            "UPDATE civic_register_entry SET number = 9",
            "DELETE FROM civic_register_void",
            "DELETE FROM civic_register_entry",
            "UPDATE civic_register_void SET reason = 'other'",
            "TRUNCATE civic_register_void",
            "TRUNCATE civic_register_entry CASCADE",
            """INSERT INTO civic_register_entry
                      (register_id, company_id, year, number, number_date, document_id, user_id, numbered_at)
               SELECT register_id, company_id, year, 9, number_date, document_id, user_id, numbered_at
                 FROM civic_register_entry LIMIT 1""",
        ):
            with self.subTest(statement), self._refused(InsufficientPrivilege, "insert-only|civic_register_allocate"):
                self.env.cr.execute(statement)

    def _register_one(self):
        draft = self._create_drafts(1)
        register = self._open()
        register._allocate(draft, date(2025, 3, 5))
        return self.Entry.search([('document_id', '=', draft.id)])

    # === VOID === #

    def test_cancelled_number_stays_with_its_reason_and_is_not_given_again(self):
        first, second = (self._create_registered() for _index in range(2))
        first._apply_reason('_cancel', "Đăng ký trùng")
        entry = self.Entry.search([('document_id', '=', first.id)])
        self.assertRecordValues(entry, [{'number': 1, 'state': 'void', 'void_reason': "Đăng ký trùng"}])
        self.assertEqual(first.register_number, 1)
        self.assertEqual(self._create_registered().register_number, 3)
        register = second.register_id
        self.assertRecordValues(register, [{'last_number': 3, 'used_count': 2, 'void_count': 1}])
        of_register = [('register_id', '=', register.id)]
        self.assertEqual(self.Entry.search([('state', '=', 'void')] + of_register), entry)
        self.assertEqual(self.Entry.search_count([('state', '!=', 'void')] + of_register), 2)
        self.assertEqual(self.Entry.search_count([('state', 'in', ['used', 'void'])] + of_register), 3)

    def test_number_is_cancelled_once_and_with_a_reason(self):
        document = self._create_registered()
        with self._refused(UserError, "reason"):
            self.Entry._void_numbers(document, "  ")
        self.Entry._void_numbers(document, "Ghi nhầm")
        with self._refused(UserError, "already cancelled"):
            self.Entry._void_numbers(document, "Ghi nhầm")
        with self._refused(UserError, "no number"):
            self.Entry._void_numbers(self._create_drafts(1), "Ghi nhầm")

    # === CLOSING === #

    def test_closed_register_gives_no_number_until_it_is_reopened(self):
        document = self._create_registered()
        register = document.register_id
        register.with_user(self.clerk).action_close()
        self.assertEqual((register.state, register.closed_by_id), ('closed', self.clerk))
        with self._refused(UserError, "is closed"):
            self._create_registered()
        with self._refused(AccessError, "records administrator"):
            register.with_user(self.clerk)._apply_reason('_reopen', "Bổ sung")
        register.with_user(self.records_admin)._apply_reason('_reopen', "Bổ sung văn bản cuối năm")
        self.assertEqual(self._create_registered().register_number, 2)

    def test_register_of_the_running_year_is_closed_by_the_administrator_only(self):
        register = self._create_registered().register_id
        with freeze_time('2025-06-01'):
            with self._refused(UserError, "not over"):
                register.with_user(self.clerk).action_close()
            register.with_user(self.records_admin).action_close()
        self.assertEqual(register.state, 'closed')

    def test_who_does_not_keep_registers_cannot_close_them(self):
        register = self._create_registered().register_id
        for user in (self.specialist, self.leader, self.foreign_clerk):
            with self.subTest(user.login), self.assertRaises(AccessError):
                register.with_user(user).action_close()

    def test_state_is_not_for_writing_by_hand(self):
        register = self._create_registered().register_id.with_user(self.records_admin)
        register.volume = 2
        for values in ({'state': 'closed'}, {'year': 2020}):
            with self.assertRaises(UserError):
                register.write(values)

    def test_cover_is_journalled_and_stays_when_the_book_is_closed(self):
        register = self._create_registered().register_id.with_user(self.clerk)
        register.name = "Sổ văn bản đến, quyển 2"
        [line] = self.env['civic.journal.entry'].search(
            [('res_model', '=', 'civic.register'), ('res_id', '=', register.id), ('event_type', '=', 'modification')], limit=1)
        self.assertIn("quyển 2", line.detail)
        register.action_close()
        with self._refused(UserError, "is closed"):
            register.name = "Sổ khác"

    def test_register_with_numbers_cannot_be_deleted(self):
        with self._refused(UserError, "cannot be deleted"):
            self._create_registered().register_id.sudo().unlink()

    # === RIGHTS AND LISTS === #

    def test_name_of_a_document_is_told_to_those_who_may_read_it(self):
        document = self._create_registered(
            self.second_clerk, access_level='restricted', user_ids=self.specialist.ids)
        entry = self.Entry.search([('document_id', '=', document.id)])
        self.assertEqual(entry.with_user(self.leader).document_name, document.display_name)
        self.assertEqual(entry.with_user(self.clerk).document_name, "(restricted)")
        with self.assertRaises(AccessError):
            entry.with_user(self.clerk).read(['document_id'])
        with self.assertRaises(AccessError):
            entry.with_user(self.clerk).action_open_document()
        with self.assertRaises(AccessError):
            entry.with_user(self.specialist).read(['number'])
        self.assertFalse(self.Entry.with_user(self.foreign_clerk).search([('id', '=', entry.id)]))

    def test_list_of_registers_takes_the_same_queries_whatever_their_number(self):
        for year in range(2015, 2025):
            self._open(day=f'{year}-01-01')
        registers = self.Register.with_user(self.clerk).search([('company_id', '=', self.agency.id)])
        fields_shown = ['name', 'year', 'last_number', 'last_date', 'used_count', 'void_count', 'state']
        registers.read(fields_shown)
        counts = []
        for some in (registers[:1], registers):
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            some.read(fields_shown)
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(len(registers), 10)
        self.assertEqual(counts[0], counts[1])
