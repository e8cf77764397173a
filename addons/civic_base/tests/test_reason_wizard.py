from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import Form

from ..models.civic_reason_mixin import CivicReasonMixin
from .common import CivicCommon


class TestReasonWizard(CivicCommon):

    def setUp(self):
        super().setUp()
        self.calls = calls = []

        def _end_with_reason(codes, reason):
            calls.append((codes, reason))

        # organ codes stand in for the models of higher rooms, which inherit the mixin
        for name, value in {
            '_apply_reason': CivicReasonMixin._apply_reason,
            '_open_reason_wizard': CivicReasonMixin._open_reason_wizard,
            '_civic_reason_methods': ('_end_with_reason',),
            '_end_with_reason': _end_with_reason,
        }.items():
            patcher = patch.object(self.env.registry['civic.organ.code'], name, value, create=True)
            patcher.start()
            self.addCleanup(patcher.stop)
        self.codes = self.env['civic.organ.code'].create([
            {'partner_id': self.create_agency("Sở Y tế").id, 'code': code} for code in ('H77.1', 'H77.2')])

    def open_wizard(self, method='_end_with_reason', model='civic.organ.code', ids=None, user='specialist'):
        return self.env['civic.reason.wizard'].with_user(self.users[user]).create({
            'res_model': model, 'res_ids': self.codes.ids if ids is None else ids,
            'method': method, 'title': "Kết thúc", 'reason': "  Hết hiệu lực  "})

    def test_the_reason_reaches_the_records(self):
        self.open_wizard().action_confirm()
        self.assertEqual(self.calls, [(self.codes, "Hết hiệu lực")])
        self.assertEqual(self.calls[0][0].env.user, self.users['specialist'], "as the user, with the user's rights")

    def test_the_form_takes_everything_from_the_action(self):
        action = self.codes._open_reason_wizard('_end_with_reason', "Kết thúc")
        form = Form(self.env['civic.reason.wizard'].with_context(**action['context']))
        self.assertEqual(form.title, "Kết thúc")
        form.reason = "Sáp nhập"
        form.save().action_confirm()
        self.assertEqual(self.calls, [(self.codes, "Sáp nhập")])

    def test_only_listed_methods_are_called(self):
        for method in ('unlink', '_apply_reason', 'write', '__class__', ''):
            with self.subTest(method=method), self.assertRaises(UserError):
                self.open_wizard(method or 'x').action_confirm()
        self.assertFalse(self.calls)
        self.assertTrue(self.codes.exists())

    def test_models_without_such_actions_are_refused(self):
        for model in ('res.partner', 'res.users', 'no.such.model'):
            with self.subTest(model=model), self.assertRaises(UserError):
                self.open_wizard(model=model).action_confirm()

    def test_a_blank_reason_is_none(self):
        wizard = self.open_wizard()
        wizard.reason = '   '
        with self.assertRaises(UserError):
            wizard.action_confirm()

    def test_records_that_are_gone(self):
        wizard = self.open_wizard()
        self.codes.unlink()
        with self.assertRaises(UserError):
            wizard.action_confirm()
