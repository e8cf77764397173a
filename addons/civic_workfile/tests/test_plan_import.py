import base64
import io

from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import CivicWorkfileCommon
from .test_tools import HEAD, make_book


@tagged('post_install', '-at_install')
class TestPlanImport(CivicWorkfileCommon):

    def _import(self, rows, plan=None, **values):
        plan = plan or self.env['civic.file.plan'].create({'company_id': self.agency.id, 'year': 2028})
        return self.env['civic.file.plan.import'].with_user(self.clerk).create({
            'plan_id': plan.id, 'file': base64.b64encode(make_book(rows)), 'file_name': 'danh-muc.xlsx', **values})

    def test_headings_and_files_come_in(self):
        wizard = self._import([
            HEAD, ["I", "Văn xã"], ["01.VX", "Lễ hội", "Vĩnh viễn", "town_specialist"], ["02.VX", "Bảo tàng", 20, "Town clerk"]])
        self.assertEqual((wizard.row_count, wizard.problem_count), (3, 0))
        lines = wizard.plan_id.line_ids
        self.assertEqual(lines.mapped('notation'), ['I', '01.VX', '02.VX'])
        self.assertEqual(lines[1].parent_id, lines[0])
        self.assertTrue(lines[1].retention_term_id.is_permanent)
        self.assertEqual(lines[2].user_id, self.clerk)

    def test_every_problem_is_told_with_its_row_and_nothing_comes_in(self):
        wizard = self._import([
            HEAD,
            ["01.VX", "Lễ hội", "20 năm", "town_specialist"],
            ["01.VX", "Bảo tàng", "20 năm", "town_specialist"],
            ["02.VX", "", "20 năm", "town_specialist"],
            ["03.VX", "Thể thao", "hai mươi", "town_specialist"],
            ["04.VX", "Thể thao", "20 năm", "Không Ai Cả"],
            ["05 VX", "Thể thao", "20 năm", "town_specialist"],
            ["06.VX", "TỐI MẬT: kế hoạch", "20 năm", "town_specialist"],
        ])
        self.assertEqual(wizard.problem_count, 6)
        for row, words in (
            (3, "stands in row 2 already"), (4, "title is missing"), (5, "hai mươi"), (6, "Không Ai Cả"), (7, "holds a blank"),
            (8, "State secrets"),
        ):
            self.assertRegex(wizard.problems, f'>{row}</td>.*{words}')
        self.assertNotIn("kế hoạch", wizard.problems)
        self.assertFalse(wizard.plan_id.line_ids)

    def test_wrong_columns_are_named(self):
        with self.assertRaisesRegex(UserError, "lacks these columns: .*Retention period"):
            self._import([["Số và ký hiệu", "Tiêu đề hồ sơ", "Tên"], ["01.VX", "Lễ hội", "x"]])

    def test_a_file_that_is_no_spreadsheet_is_refused(self):
        with self.assertRaisesRegex(UserError, "cannot be read as a spreadsheet"):
            self.env['civic.file.plan.import'].with_user(self.clerk).create({
                'plan_id': self.env['civic.file.plan'].create({'company_id': self.agency.id, 'year': 2028}).id,
                'file': base64.b64encode(b'MZ not a spreadsheet')})

    def test_ten_thousand_rows_come_in(self):
        rows = [HEAD, ["I", "Văn xã"]]
        rows += [[f'{number}.VX', f"Hồ sơ số {number}", "20 năm", "town_specialist"] for number in range(1, 10_001)]
        wizard = self._import(rows)
        self.assertEqual((wizard.row_count, wizard.problem_count), (10_001, 0))
        self.assertEqual(self.env['civic.file.plan.line'].search_count([('plan_id', '=', wizard.plan_id.id)]), 10_001)

    def test_what_was_exported_is_imported_again(self):
        """In the words of either language."""
        for year, lang in ((2028, 'en_US'), (2029, 'vi_VN')):
            with self.subTest(lang=lang):
                output = io.BytesIO()
                self.env['civic.form.file_plan'].with_user(self.clerk).with_context(lang=lang)._print(
                    output, 'xlsx', {'plan_id': self.plan.id})
                plan = self.env['civic.file.plan'].create({'company_id': self.agency.id, 'year': year})
                wizard = self.env['civic.file.plan.import'].with_user(self.clerk).create({
                    'plan_id': plan.id, 'file': base64.b64encode(output.getvalue())})
                self.assertFalse(wizard.problems, wizard.problems)
                self.assertEqual(plan.line_ids.mapped('title'), ["Văn xã", "Hồ sơ chuyển đổi số"])

    def test_only_a_draft_takes_lines(self):
        self._publish_plan()
        with self.assertRaisesRegex(UserError, "while the plan is drafted"):
            self._import([HEAD, ["09.VX", "Lễ hội", "20 năm", "town_specialist"]], self.plan)
