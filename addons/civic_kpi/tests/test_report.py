import base64
import io
import zipfile

import docx
import openpyxl
from pypdf import PdfReader

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged

from odoo.addons.civic_report.tests.files import read_pdf, read_xlsx

from .common import CivicKpiCommon


@tagged('post_install', '-at_install')
class TestKpiReport(CivicKpiCommon):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.agency.partner_id.city = "Hoa Phượng"
        # the year 2025: 3 of 4 in time = 75 %; the other agency 1 of 1; the city 4 of 5 = 80 %; 2024: 1 of 2 = 50 %
        for day in ('2025-03-03', '2025-05-05', '2025-07-07'):
            cls._handled(day, done=day, arrival='2025-02-03')
        cls._handled('2025-09-09', done='2025-09-12', arrival='2025-02-03')
        cls._handled('2025-09-09', done='2025-09-09', company=cls.other_agency, arrival='2025-02-03')
        cls._handled('2024-09-09', done='2024-09-09', arrival='2024-02-05')
        cls._handled('2024-09-10', done='2024-09-12', arrival='2024-02-05')
        cls._refresh()

    def _report(self, day='2025-06-01', close=True, **values):
        period = self._period('year', day)
        if close:
            period.with_user(self.city_manager).action_close()
        return self.env['civic.kpi.report'].with_user(self.city_manager).create({'period_id': period.id, **values})

    def _gather(self, report):
        report.action_gather()
        self.assertEqual(report.state, 'waiting')
        report._job_gather()
        self.assertFalse(report.error)
        return report

    def test_a_yearly_report_takes_frozen_figures(self):
        report = self._report(close=False)
        with self.assertRaisesRegex(UserError, "is not closed"):
            report.action_gather()
        wrong = self._report('2024-06-01', kind='quarter')
        with self.assertRaisesRegex(UserError, "is no period of this kind"):
            wrong.action_gather()
        adhoc = self.env['civic.kpi.report'].with_user(self.city_manager).create({
            'period_id': self._period().id, 'kind': 'adhoc'})
        self._gather(adhoc)
        with self.assertRaises(AccessError):
            adhoc.state = 'drafted'
        with self.assertRaises(AccessError):
            report.with_user(self.manager).action_gather()

    def test_it_compares_with_last_year_and_links_to_the_snapshot(self):
        """2025: 4 of 5 = 80 %, 2024: 1 of 2 = 50 %."""
        report = self._gather(self._report())
        line = report.line_ids.filtered(lambda one: one.indicator_id.code == 'ONTIME')
        self.assertEqual((line.shown, line.previous_shown, line.verdict), ('80,0 %', '50,0 %', 'fail'))
        self.assertEqual(line.value_id.period_id.state, 'closed')
        with self.assertRaises(AccessError):
            line.value_id = line.previous_value_id
        self.assertEqual((report.state, report.progress, report.progress_total), ('ready', 2, 2))

    def test_a_quarter_and_an_open_period(self):
        """The third quarter of 2025: 1 of 2 (7 July in time, 9 September late); the whole city 2 of 3 = 66.7 %."""
        quarter = self._period('quarter', '2025-07-01')
        quarter.with_user(self.city_manager).action_close()
        report = self.env['civic.kpi.report'].with_user(self.city_manager).create({'period_id': quarter.id, 'kind': 'quarter'})
        self._gather(report)
        line = report.line_ids.filtered(lambda one: one.indicator_id.code == 'ONTIME')
        self.assertEqual(line.shown, '66,7 %')
        self.assertEqual(report.previous_id.display_name, "Quarter 3/2024")
        adhoc = self.env['civic.kpi.report'].with_user(self.city_manager).create({'period_id': self._period('year').id, 'kind': 'adhoc'})
        self._gather(adhoc)
        self.assertIn("open", adhoc.with_context(lang='en_US')._get_mark_text())

    def test_with_and_without_what_is_left_out(self):
        """2025 without the late one of 9 September: 4 of 4 = 100 %; with it 4 of 5 = 80 %: both stand in the report."""
        late = self.env['civic.document'].search([('deadline', '=', '2025-09-09'), ('company_id', '=', self.agency.id)])
        self.env['civic.kpi.exclusion'].create({
            'name': "Ngoại lệ", 'indicator_id': self._indicator('ONTIME').id, 'company_id': self.agency.id, 'document_ids': late.ids,
            'date_from': '2025-01-01', 'legal_basis': "Điều 1"}).with_user(self.city_manager).action_approve()
        report = self._gather(self._report())
        line = report.line_ids.filtered(lambda one: one.indicator_id.code == 'ONTIME')
        self.assertEqual((line.shown, line.value_id.shown_all, line.value_id.excluded), ('100,0 %', '80,0 %', 1))
        self.assertIn("with the 1 that are left out 80,0 %", line.with_context(lang='en_US')._describe())
        book = openpyxl.load_workbook(io.BytesIO(base64.b64decode(report.xlsx_file)))
        indicator = self._indicator('ONTIME').with_context(lang='vi_VN').name
        row = next(row for row in book.worksheets[0].iter_rows(values_only=True) if row[0] == indicator)
        self.assertEqual((row[1], row[7], row[8]), (100, 1, 80))

    def test_the_budget_stands_in_the_report(self):
        """Planned 300, allocated 250, spent 100 millions in 2025."""
        self.env['civic.plan.budget.line'].create({
            'name': "Số hóa", 'company_id': self.agency.id, 'year': 2025, 'planned': 300e6, 'allocated': 250e6, 'spent': 100e6})
        report = self._gather(self._report())
        book = openpyxl.load_workbook(io.BytesIO(base64.b64decode(report.xlsx_file)))
        rows = [row for row in book.worksheets[-1].iter_rows(values_only=True) if row[0] == self.agency.name]
        self.assertEqual(rows[0][1:4], (300e6, 250e6, 100e6))
        self.assertIn("allocated 250,0, spent 100,0", report.with_context(lang='en_US')._get_body())

    def test_the_annexes_hold_every_agency(self):
        report = self._gather(self._report())
        raw = base64.b64decode(report.xlsx_file)
        book = openpyxl.load_workbook(io.BytesIO(raw))
        self.assertEqual(len(book.sheetnames), 2 + 2, "the city, all agencies, and one for each")
        rows = [row for row in book.worksheets[2].iter_rows(values_only=True) if row[0]]
        names = [row[0] for row in rows]
        self.assertEqual(names[:2], ["1. SVH", self.other_agency.name])
        found = {row[0]: row for row in [
            row for row in book.worksheets[3].iter_rows(values_only=True) if row[0]]}
        indicator = self._indicator('ONTIME').with_context(lang='vi_VN').name
        # 3 of 4; the year before 1 of 2; target 95
        self.assertEqual(found[indicator][1:4], (75, 50, 95))
        with zipfile.ZipFile(io.BytesIO(raw)) as package:
            self.assertTrue(any(name.startswith('xl/charts/') for name in package.namelist()), "native charts")
        text = '\n'.join(read_pdf(base64.b64decode(report.pdf_file)))
        self.assertIn(self.other_agency.name, text)
        self.assertIn('80,0 %', text)

    def test_the_draft_is_an_outgoing_document_with_charts(self):
        report = self._gather(self._report())
        line = report.line_ids.filtered(lambda one: one.indicator_id.code == 'ONTIME')
        line.reason = "Thiếu biên chế văn thư"
        report.proposals = "Bổ sung một biên chế."
        report.action_draft()
        document = report.document_id
        self.assertEqual((document.direction, document.type_id.code, document.state), ('outgoing', 'bc', 'draft'))
        self.assertEqual(document.drafter_id, self.city_manager)
        self.assertEqual([version.source for version in document.version_ids.sorted('number')], ['template', 'upload'])
        raw = document.current_version_id.content_id.sudo().attachment_id.raw
        word = docx.Document(io.BytesIO(raw))
        text = '\n'.join(paragraph.text for paragraph in word.paragraphs)
        for expected in ("80,0 % (4/5)", "50,0 %", "Thiếu biên chế văn thư", "Bổ sung một biên chế.", "4292/KH-UBND"):
            self.assertIn(expected, text)
        self.assertGreaterEqual(len(word.inline_shapes), 2)
        places = [place for place, one in enumerate(word.paragraphs) if one._p.xpath('.//pic:pic')]
        said = next(place for place, one in enumerate(word.paragraphs) if one.text.startswith("Số liệu và biểu đồ"))
        self.assertEqual(places[0], said + 1, "charts stand below the sentence that names them")
        self.assertEqual(
            sorted(document.content_ids.filtered(lambda one: one.role == 'appendix').mapped('mimetype')),
            ['application/pdf', 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'])
        with self.assertRaisesRegex(UserError, "no gathered figures"):
            report.action_draft()


@tagged('post_install', '-at_install')
class TestKpiForms(CivicKpiCommon):

    def _print(self, form, user, extension, **values):
        output = io.BytesIO()
        self.env[f'civic.form.{form}'].with_user(user)._print(output, extension, values)
        return output.getvalue()

    def test_the_dashboard_on_paper_and_as_workbook(self):
        """1 of 2 in time = 50 %."""
        self._handled('2026-03-03', done='2026-03-03')
        self._handled('2026-03-03')
        self._refresh()
        text = '\n'.join(read_pdf(self._print('kpi_figures', self.manager, 'pdf', period_id=self._period().id)))
        self.assertIn('50,0 %', text)
        self.assertNotIn(self.other_agency.name, text)
        raw = self._print('kpi_figures', self.city_manager, 'xlsx', period_id=self._period().id)
        book = openpyxl.load_workbook(io.BytesIO(raw))
        row = next(row for row in book.worksheets[0].iter_rows(values_only=True) if row[0] == self._indicator('ONTIME').name)
        self.assertEqual((row[1], row[2], row[4], row[5]), (50, 95, 1, 2))
        self.assertIn(self.other_agency.name, [row[0] for row in book.worksheets[1].iter_rows(values_only=True)])
        with self.assertRaises(AccessError):
            self._print('kpi_figures', self.specialist, 'pdf')

    def test_a_statutory_form_counts_and_takes_entries(self):
        """Two incoming documents of March, one done; three scanners entered by hand; one clerk with a degree, and
        an archivist who is of the other form."""
        self._handled('2026-03-09', done='2026-03-09', arrival='2026-03-02')
        self._handled('2026-03-09', arrival='2026-03-02')
        self._handled('2026-03-09', arrival='2026-03-02', company=self.other_agency)
        self._refresh()
        self.env['civic.staff.duty'].create([{
            'employee_id': self._get_employee(person).id, 'company_id': self.agency.id, 'qualification': 'bachelor', 'kind': kind,
            'date_from': '2026-01-01'} for person, kind in ((self.clerk, 'clerical'), (self.archivist, 'archival'))])
        form = self.env.ref('civic_kpi.form_clerical')
        self.env['civic.kpi.form.entry'].with_user(self.manager).create({
            'line_id': self.env.ref('civic_kpi.form_clerical_5_2').id, 'period_id': self._period().id, 'value': 3})
        values = {'form_id': form.id, 'period_id': self._period().id}
        rows = {row[0]: row for row in read_xlsx(self._print('kpi_statistics', self.manager, 'xlsx', **values)) if row[0]}
        self.assertEqual([rows[number][3] for number in ('1.1', '1.3', '2.1', '2.2', '5.2')], [1, 1, 2, 1, 3])
        # the two are not filed: one of them is done; what nobody counts or entered says why
        self.assertEqual([rows[number][3] for number in ('3.1', '3.6')], [0, 1])
        self.assertIn("Document exchange", rows['4.1'][4])
        self.assertEqual((rows['5.1'][3], rows['5.1'][4]), ('', "n/a: not entered"))
        city = {row[0]: row for row in read_xlsx(
            self._print('kpi_statistics', self.city_manager, 'xlsx', is_city=True, **values)) if row[0]}
        self.assertEqual(city['2.1'][3], 3)
        self.assertIn('TK-VT', read_pdf(self._print('kpi_statistics', self.manager, 'pdf', **values))[0])
        with self.assertRaises(AccessError):
            self._print('kpi_statistics', self.manager, 'xlsx', is_city=True, **values)
        with self.assertRaises(UserError):
            self._print('kpi_statistics', self.manager, 'pdf', form_id=2**30, period_id=1)
        with self.assertRaisesRegex(ValidationError, "refers to nothing"):
            form.line_ids[1].formula = 'nobody'

    def _form(self, *columns):
        """A form of two lines: what arrived, and cabinets, which are entered by hand.

        In February 2025 arrived 4 documents of the agency and 1 of the other, in 2024 there were 2.
        """
        for _number in range(4):
            self._handled('2025-03-03', arrival='2025-02-03')
        self._handled('2025-03-03', arrival='2025-02-03', company=self.other_agency)
        for _number in range(2):
            self._handled('2024-03-04', arrival='2024-02-05')
        return self.env['civic.kpi.form'].with_user(self.city_manager).create({
            'code': 'B1', 'name': "Biểu thử", 'date_from': '2024-01-01',
            'line_ids': [
                Command.create({'name': "Văn bản đến", 'source': 'incoming', 'formula': 'registered'}),
                Command.create({'name': "Tủ hồ sơ"})],
            'column_ids': [Command.create({'kind': 'name', 'sequence': 1}), *(
                Command.create({'sequence': number, **column}) for number, column in enumerate(columns, start=2))]})

    def test_the_columns_of_a_form_are_data(self):
        """Arrived in 2025: 4 and 1 of the ward = 5; in 2024: 2. 100 * 4 / 2 = 200, of the city 100 * 5 / 2 = 250.

        Of the ward 1 of the city and 0 of the agency; the field of work is that of the unit, which had all 4.
        Cabinets: 6 in 2025 and none entered for 2024, so no share.
        """
        self.other_agency.agency_level, self.agency.agency_level = 'ward', 'department'
        field = self.env['civic.work.field'].create({'name': "Field", 'unit_ids': self.unit_culture.ids})
        form = self._form(
            {'code': 'A'}, {'code': 'B', 'period': 'last_year'}, {'kind': 'formula', 'formula': '100 * A / B', 'name': "Tỷ lệ (%)"},
            {'agency_level': 'ward', 'name': "Cấp xã"}, {'field_id': field.id, 'name': "Văn hóa"},
            {'formula': 'cancelled', 'name': "Hủy"}, {'kind': 'remark'})
        self.env['civic.kpi.form.entry'].create({
            'line_id': form.line_ids[1].id, 'period_id': self._period('year', '2025-06-01').id, 'value': 6,
            'company_id': self.agency.id})
        values = {'form_id': form.id, 'period_id': self._period('year', '2025-06-01').id}
        rows = list(read_xlsx(self._print('kpi_statistics', self.city_manager, 'xlsx', **values)))
        self.assertIn(["Indicator", "Total", "Same period of last year", "Tỷ lệ (%)", "Cấp xã", "Văn hóa", "Hủy", "Remark"],
                      [list(row) for row in rows])
        rows = {row[0]: list(row[1:]) for row in rows if row[0]}
        self.assertEqual(rows["Văn bản đến"], [4, 2, 200, 0, 4, 0, ''])
        self.assertEqual(rows["Tủ hồ sơ"], [6, '', '', '', '', '', ''])
        city = {row[0]: list(row[1:]) for row in read_xlsx(
            self._print('kpi_statistics', self.city_manager, 'xlsx', is_city=True, **values)) if row[0]}
        self.assertEqual(city["Văn bản đến"], [5, 2, 250, 1, 4, 0, ''])
        [page] = PdfReader(io.BytesIO(self._print('kpi_statistics', self.city_manager, 'pdf', **values))).pages
        self.assertGreater(page.mediabox.width, page.mediabox.height, "eight columns lie across")
        self.assertIn("Cấp xã", page.extract_text())

    def test_columns_of_earlier_periods(self):
        """All 4 arrived in February 2025: none in the second quarter, 4 in the one before, 4 since January."""
        form = self._form({}, {'period': 'previous'}, {'period': 'to_date'})
        rows = {row[0]: list(row[1:]) for row in read_xlsx(self._print(
            'kpi_statistics', self.manager, 'xlsx', form_id=form.id, period_id=self._period('quarter', '2025-06-01').id)) if row[0]}
        self.assertEqual(rows["Văn bản đến"], [0, 4, 4])

    def test_columns_that_mean_nothing_are_refused(self):
        for columns, message in (
            ([{'code': 'A'}, {'kind': 'formula', 'formula': 'A / Z'}], "“A / Z” is not"),
            ([{'code': 'A'}, {'kind': 'formula', 'formula': '__import__("os")'}], "is computed from the letters"),
            ([{'code': 'A'}, {'kind': 'formula', 'formula': 'A ** 9'}], "is computed from the letters"),
            ([{'code': 'A'}, {'kind': 'formula'}], "is computed from the letters"),
            ([{'code': 'A 1'}], "is no letter"),
            ([{'formula': 'nobody'}], "no source counts “nobody”"),
            ([{'kind': 'remark'}], "needs a column that names the lines and one that counts"),
        ):
            with self.subTest(message), self.assertRaisesRegex(ValidationError, message), self.env.cr.savepoint():
                self._form(*columns)
        form = self._form({'code': 'A'}, {'code': 'B'}, {'kind': 'formula', 'formula': 'A - B'})
        with self.assertRaisesRegex(ValidationError, "“A - B” is not"), self.env.cr.savepoint():
            form.column_ids = [Command.unlink(form.column_ids[2].id)]
        with self.assertRaises(AccessError):
            form.column_ids[1].with_user(self.manager).name = "x"
