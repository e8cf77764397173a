from datetime import date

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged

from .common import CivicOutgoingCommon


@tagged('post_install', '-at_install')
class TestSigningAuthority(CivicOutgoingCommon):
    """Who may sign what, in which capacity (Decree 30/2020, Article 13)."""

    def _tuq(self, **values):
        return {
            'capacity': 'tuq', 'position': "CHÁNH VĂN PHÒNG", 'principal_title': "CHỦ TỊCH", 'basis': "Giấy ủy quyền số 05",
            'date_to': '2999-12-31', 'type_ids': [Command.set(self.type_plan.ids)], **values}

    def test_authority_in_writing_needs_basis_end_and_scope(self):
        """Art. 13.3."""
        self.assertTrue(self._create_authority(self.unit_head, **self._tuq()))
        for lacking in ({'basis': False}, {'date_to': False}, {'type_ids': False}):
            with self.subTest(lacking=lacking), self.assertRaisesRegex(ValidationError, "13.3"):
                self._create_authority(self.unit_head, **self._tuq(**lacking))

    def test_authority_in_writing_is_refused_out_of_date_and_scope(self):
        document = self._create_draft()
        authority = self._create_authority(
            self.unit_head, **self._tuq(date_from='2020-01-01', date_to='2020-12-31'))
        self.assertIn("does not hold", authority._get_refusal(document, date(2026, 3, 2)))
        self.assertFalse(authority._get_refusal(document, date(2020, 12, 31)))
        authority.type_ids = self.type_decision
        self.assertIn("does not cover documents of the type", authority._get_refusal(document, date(2020, 5, 1)))

    def test_authority_in_writing_is_never_given_on(self):
        """Art. 13.3: no re-delegation."""
        given = self._create_authority(self.unit_head, **self._tuq())
        with self.assertRaisesRegex(ValidationError, "cannot give it on"):
            self._create_authority(self.finance_head, **self._tuq(delegated_by_id=given.id))

    def test_by_order_only_listed_types_and_the_deputy_if_passed_on(self):
        """Art. 13.4."""
        order = {'capacity': 'tl', 'position': "CHÁNH VĂN PHÒNG", 'principal_title': "CHỦ TỊCH"}
        with self.assertRaisesRegex(ValidationError, "13.4"):
            self._create_authority(self.unit_head, **order)
        order.update(basis="Quy chế làm việc", type_ids=[Command.set(self.type_letter.ids)])
        head = self._create_authority(self.unit_head, **order)
        plan = self._create_draft()
        self.assertIn("does not cover documents of the type", head._get_refusal(plan, date(2026, 3, 2)))
        letter = self._create_draft(type_id=self.type_letter.id)
        self.assertFalse(head._get_refusal(letter, date(2026, 3, 2)))
        deputy = {**order, 'position': "PHÓ CHÁNH VĂN PHÒNG", 'delegated_by_id': head.id}
        with self.assertRaisesRegex(ValidationError, "may not let anybody else"):
            self._create_authority(self.specialist, **deputy)
        head.may_pass_on = True
        passed = self._create_authority(self.specialist, **deputy)
        self.assertEqual(passed.block.splitlines(), ["TL. CHỦ TỊCH", "KT. CHÁNH VĂN PHÒNG", "PHÓ CHÁNH VĂN PHÒNG"])
        head.date_to = '2025-12-31'
        self.assertTrue(passed._get_refusal(letter, date(2026, 3, 2)), "what is passed on ends with its source")

    def test_a_deputy_signs_only_the_fields_assigned_or_what_the_head_gave(self):
        """Art. 13.1, 13.2."""
        document = self._create_draft(unit_id=self.unit_culture.id)
        self.assertEqual(self.env['civic.signing.authority']._find(self.deputy, document), self.deputy_authority)
        document.unit_id = self.unit_finance
        authorities, reasons = self.env['civic.signing.authority']._examine(self.deputy, document)
        self.assertFalse(authorities)
        self.assertIn("only in the fields assigned", reasons[0])
        self.deputy_authority.document_ids = document
        self.assertEqual(self.env['civic.signing.authority']._find(self.deputy, document), self.deputy_authority)
        self.deputy_authority.document_ids = False
        self.deputy_authority.covers_all = True
        self.assertTrue(self.env['civic.signing.authority']._find(self.deputy, document))

    def test_the_prefix_of_the_capacity_stands_first(self):
        """Annex I, II.7.b."""
        block = self.authority._get_block
        self.assertEqual(block(), ["TM. ỦY BAN NHÂN DÂN", "CHỦ TỊCH"])
        self.assertEqual(self.deputy_authority._get_block(), ["TM. ỦY BAN NHÂN DÂN", "KT. CHỦ TỊCH", "PHÓ CHỦ TỊCH"])
        self.authority.write({'capacity': 'head', 'collective_name': False})
        self.assertEqual(block(), ["CHỦ TỊCH"])
        self.authority.write({'capacity': 'q'})
        self.assertEqual(block(), ["Q. CHỦ TỊCH"])
        self.authority.write(self._tuq(position="GIÁM ĐỐC"))
        self.assertEqual(block(), ["TUQ. CHỦ TỊCH", "GIÁM ĐỐC"])

    def test_an_authority_that_was_used_is_kept_and_every_change_is_journalled(self):
        document = self._create_draft()
        self.assertEqual(document.signing_authority_id, self.authority)
        with self.assertRaisesRegex(UserError, "refer to this authority"):
            self.authority.unlink()
        lines = self.env['civic.journal.entry'].search(
            [('res_model', '=', 'civic.signing.authority'), ('res_id', '=', self.authority.id)])
        self.assertEqual(lines.mapped('event_type'), ['configuration'])

    def test_only_records_administrators_of_the_agency_enter_authorities(self):
        for user in (self.specialist, self.clerk, self.leader):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self.authority.with_user(user).write({'position': "GIÁM ĐỐC"})
        self.authority.with_user(self.records_admin).write({'position': "QUYỀN CHỦ TỊCH"})
        with self.assertRaises(AccessError):
            self.authority.with_user(self.foreign_leader).with_context(
                allowed_company_ids=self.other_agency.ids).read(['position'])
        with self.assertRaisesRegex(ValidationError, "does not work for"):
            self._create_authority(self.foreign_leader, company_id=self.agency.id)
