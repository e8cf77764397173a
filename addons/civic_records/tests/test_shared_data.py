from odoo.exceptions import AccessError
from odoo.tests import tagged

from odoo.addons.civic_document.tests.common import CivicDocumentCommon

ROLES = ('records_admin', 'clerk', 'archivist', 'leader', 'manager', 'unit_head', 'specialist')


@tagged('post_install', '-at_install')
class TestSharedData(CivicDocumentCommon):
    """What holds for one agency is not given to all of them by whoever administers that one."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.everything = cls._create_person('everything', ROLES[0], cls.unit_culture)
        cls.everything.group_ids += cls.env['res.groups'].union(*(cls.env.ref(f'civic_base.group_{role}') for role in ROLES))

    def _iter_shared_models(self):
        """Yield the models of the suite whose rows are of one agency or of all, and which people of an agency write."""
        for name in self.env.registry:
            model = self.env[name].with_user(self.everything)
            company = model._fields.get('company_id')
            if (name.startswith('civic.') and model._auto and not model._abstract and not model._transient and company and company.store
                    and not company.required and not company.related and not company.compute and not company.readonly
                    and model.has_access('write')):
                yield model

    def test_every_such_model_asks_the_rules_again(self):
        models = list(self._iter_shared_models())
        self.assertGreater(len(models), 10)
        for model in models:
            with self.subTest(model=model._name):
                self.assertTrue(isinstance(model, self.env.registry['civic.shared.mixin']))

    def test_it_is_refused(self):
        kind = self.env['civic.workfile.kind'].create({'name': "Việc riêng", 'company_id': self.agency.id})
        reason = self.env['civic.return.reason'].create({'name': "Lý do riêng", 'company_id': self.agency.id})
        for row in (kind, reason):
            with self.subTest(model=row._name):
                row.with_user(self.everything).name = "Tên khác"
                for agency in (False, self.other_agency.id):
                    with self.assertRaises(AccessError):
                        row.with_user(self.everything).company_id = agency
                self.assertEqual(row.company_id, self.agency)
