import io
import json
from datetime import date

from odoo.exceptions import AccessError, UserError
from odoo.tests import TransactionCase, new_test_user, tagged

from ..tools.layout import Group


@tagged('post_install', '-at_install')
class TestForms(TransactionCase):
    """What every form has in common: rights, options, formats."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context={**cls.env.context, 'lang': 'en_US', 'tz': 'Asia/Ho_Chi_Minh'})
        cls.clerk = new_test_user(cls.env, 'report_clerk', groups='civic_base.group_clerk', lang='en_US')
        cls.stranger = cls.env['res.company'].create({'name': "Sở khác"})

    def test_options_from_outside_are_checked(self):
        form = self.env['civic.form'].with_user(self.clerk)
        for values, error in (
            ({'company_id': self.stranger.id}, AccessError),
            ({'company_id': 'x'}, UserError),
            ({'company_id': True}, UserError),
            ({'date_from': '2025-13-01'}, UserError),
            ({'date_from': ['2025-01-01']}, UserError),
            ({'date_from': '2025-02-01', 'date_to': '2025-01-01'}, UserError),
        ):
            with self.subTest(values=values), self.assertRaises(error):
                form._prepare_options(values)
        options = form._prepare_options({'date_from': '2025-01-01', 'foreign': 1})
        self.assertEqual(options, {'company': self.env.company, 'date_from': date(2025, 1, 1), 'date_to': None})

    def test_only_forms_are_forms(self):
        form = self.env['civic.form']
        for name in ('', '.', 'wizard', '../res.users', 'x' * 300):
            self.assertIsNone(form._find_form(name))

    def test_lists_of_other_models_are_not_exported(self):
        export = self.env['civic.list.export'].with_user(self.clerk)
        for model in ('res.users', 'res.partner', 'ir.config_parameter', 'civic.export.mixin', 'no.such', None, ['x']):
            with self.subTest(model=model), self.assertRaises(AccessError):
                export._print(io.BytesIO(), 'pdf', {'model': model, 'fields': [{'name': 'name'}]})

    def test_labels_fit_on_their_sheet(self):
        sizes = self.env['civic.label.format'].search([])
        self.assertGreaterEqual(len(sizes), 4)
        for size in sizes:
            self.assertEqual(size._get_sheet().count, size.columns * size.rows)
        with self.assertRaises(UserError):
            sizes[0].columns = 5
        with self.assertRaises(AccessError):
            sizes[0].with_user(self.clerk).name = "Khác"

    def test_groups_begin_where_they_change(self):
        export = self.env['civic.list.export']
        self.assertEqual(list(export._iter_groups(['a', 'b'], None)), [Group('a', 0), Group('b', 1)])
        self.assertEqual(list(export._iter_groups(['a', 'c'], ['a', 'b'])), [Group('c', 1)])
        self.assertEqual(list(export._iter_groups(['b', 'c'], ['a', 'c'])), [Group('b', 0), Group('c', 1)])
        self.assertEqual(list(export._iter_groups(['a', 'b'], ['a', 'b'])), [])

    def test_browser_knows_whose_lists_are_exported(self):
        names = self.env['civic.list.export']._get_model_names()
        self.assertNotIn('civic.export.mixin', names)
        self.assertEqual(json.loads(json.dumps(names)), sorted(names))
