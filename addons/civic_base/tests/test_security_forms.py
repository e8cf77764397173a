from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import CivicCommon


@tagged('post_install', '-at_install')
class TestSecurityForms(CivicCommon):
    """What a person is filling in can neither be read nor changed by others before it is confirmed."""

    def test_a_reason_belongs_to_who_gives_it(self):
        form = self.env['civic.reason.wizard'].with_user(self.users['clerk']).create({
            'res_model': 'res.partner', 'res_ids': [1], 'method': '_cancel', 'reason': "Ban hành nhầm"})
        self.env.invalidate_all()
        other = form.with_user(self.users['specialist'])
        with self.assertRaises(AccessError):
            other.read(['reason'])
        with self.assertRaises(AccessError):
            other.write({'res_ids': [2]})
        self.assertFalse(other.search([('id', '=', form.id)]))
        self.assertEqual(form.reason, "Ban hành nhầm")

    def _is_guarded(self, model):
        rules = self.env['ir.rule'].search([('model_id.model', '=', model._name), ('groups', '=', False)])
        return any('create_uid' in (rule.domain_force or '') for rule in rules)

    def test_every_form_of_the_suite_is_guarded(self):
        forms = [
            model for name, model in self.env.items()
            if name.startswith('civic.') and model.is_transient() and not model._abstract]
        self.assertTrue(forms)
        self.assertFalse([form._name for form in forms if not self._is_guarded(form)])
