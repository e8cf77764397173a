from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import tagged

from .common import CivicOutgoingCommon


@tagged('post_install', '-at_install')
class TestReview(CivicOutgoingCommon):
    """Review and approval on the route (Decree 30/2020, Articles 10 to 12)."""

    def test_an_agency_without_routes_gets_the_standard_one_once(self):
        self.assertFalse(self.env['civic.route'].search([
            ('company_id', '=', self.agency.id), ('direction', '=', 'outgoing')]))
        first, second = self._create_submitted(), self._create_submitted()
        self.assertEqual(first.route_case_id.route_id, second.route_case_id.route_id)
        self.assertEqual(
            first.route_case_id.version_id.step_ids.mapped('kind'), ['content_check', 'format_check', 'approve', 'sign'])

    def test_without_a_route_that_fits_the_draft_stays_with_a_clear_message(self):
        self.env['civic.route']._ensure_outgoing(self.agency)
        self.env['civic.route'].search([('company_id', '=', self.agency.id), ('direction', '=', 'outgoing')]).active = False
        document = self._create_draft()
        self._make_version(document)
        with self.assertRaisesRegex(UserError, "No route takes"), self.env.cr.savepoint():
            document._submit()
        document.invalidate_recordset()
        self.assertEqual(document.state, 'draft')

    def test_what_a_draft_lacks_is_named_before_it_is_submitted(self):
        """Art. 10.2: no draft without a file; 13: nobody without authority signs."""
        document = self._create_draft()
        with self.assertRaisesRegex(UserError, "no file yet"):
            document._submit()
        self._make_version(document)
        for values, message in (
            ({'signer_id': False}, "To Be Signed by"),
            ({'signer_id': self.finance_head.id}, "has no authority to sign"),
            ({'signer_id': self.deputy.id, 'unit_id': self.unit_finance.id}, "only in the fields assigned"),
            ({'recipient_ids': [Command.clear()]}, "Say who receives"),
            ({'type_id': self.type_letter.id, 'unit_id': self.unit_finance.id}, "bears the abbreviation"),
        ):
            with self.subTest(message), self.assertRaisesRegex(UserError, message), self.env.cr.savepoint():
                document.with_user(self.clerk).write(values)
                document.with_user(self.clerk)._submit()
            document.invalidate_recordset()
        document._submit()
        with self.assertRaisesRegex(AccessError, "change documents"):
            document._submit()

    def test_opinions_and_initials_are_recorded_beside_the_text(self):
        """An opinion circuit of which one answer is enough, then checks and initials: who, when, which version."""
        route = self.env['civic.route'].with_user(self.records_admin).create({
            'name': "Lấy ý kiến", 'company_id': self.agency.id, 'direction': 'outgoing',
            'version_ids': [Command.create({'step_ids': [
                Command.create({'name': name, 'kind': kind, 'sequence': number, **values})
                for number, (name, kind, values) in enumerate((
                    ("Ý kiến Văn xã", 'opinion', {'actor': 'unit_head', 'unit_id': self.unit_culture.id, 'join': 'any'}),
                    ("Ý kiến Tài chính", 'opinion', {
                        'actor': 'unit_head', 'unit_id': self.unit_finance.id, 'join': 'any', 'is_parallel': True}),
                    ("Nội dung", 'content_check', {'actor': 'responsible_head'}),
                    ("Ký nháy", 'initial', {'actor': 'person', 'user_id': self.manager.id}),
                    ("Thể thức", 'format_check', {'actor': 'role', 'group_id': self.env.ref('civic_base.group_clerk').id}),
                    ("Ký", 'sign', {'actor': 'field', 'actor_field': 'signer_id'})), 1)]})]})
        self.assertFalse(route.version_ids.problems)
        route.version_ids._publish(self.env['civic.document']._today())
        document = self._create_submitted()
        self.assertEqual(self._get_open(document).mapped('kind'), ['opinion', 'opinion'])
        asked = self._get_open(document).filtered(lambda task: self.finance_head in task.user_ids)
        with self.assertRaisesRegex(UserError, "Write your opinion"):
            asked.with_user(self.finance_head)._act()
        asked.with_user(self.finance_head)._act("Đồng ý, bổ sung kinh phí")
        for person in (self.unit_head, self.manager, self.clerk):
            self.assertTrue(document.with_user(person).own_route_task_id)
            self._act(document, person)
        document.with_user(self.leader)._sign()
        document.invalidate_recordset()
        found = [
            (task.kind, task.acted_by_id, task.version_number, task.comment or '')
            for task in document.with_user(self.specialist).review_task_ids.sorted('id')]
        self.assertEqual(found, [
            ('opinion', self.finance_head, 1, "Đồng ý, bổ sung kinh phí"), ('content_check', self.unit_head, 1, ''),
            ('initial', self.manager, 1, ''), ('format_check', self.clerk, 1, ''), ('sign', self.leader, 1, '')])

    def test_nobody_initials_what_is_signed_already(self):
        self.env['civic.route']._ensure_outgoing(self.agency)
        route = self.env['civic.route'].search([('company_id', '=', self.agency.id), ('direction', '=', 'outgoing')])
        draft = route.version_ids.with_user(self.records_admin)._copy_to_draft()
        draft.step_ids[-1].copy({
            'version_id': draft.id, 'name': "Ký nháy", 'kind': 'initial', 'actor': 'person', 'user_id': self.manager.id,
            'sequence': 900})
        self.assertIn("nobody initials what is signed already", draft.problems)

    def test_both_checks_are_stored_apart_with_person_and_time(self):
        """Art. 12.1 and 12.2."""
        document = self._create_submitted()
        self.assertFalse(document.content_checked_at or document.format_checked_at)
        self._act(document, self.unit_head)
        self._act(document, self.second_clerk)
        self.assertRecordValues(document, [{
            'content_checked_by_id': self.unit_head.id, 'format_checked_by_id': self.second_clerk.id,
            'checked_version': 1, 'approved_at': False}])
        self.assertTrue(document.content_checked_at and document.format_checked_at)

    def test_only_whose_turn_it_is_acts_and_is_told(self):
        document = self._create_submitted()
        for user in (self.clerk, self.leader, self.finance_head, self.specialist):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                document.with_user(user).action_route_approve()
        self.assertEqual(document.activity_ids.user_id, self.unit_head)
        self._act(document, self.unit_head)
        self.assertEqual(document.activity_ids.user_id, self.clerk | self.second_clerk)

    def test_a_returned_draft_goes_to_the_head_of_the_unit_with_the_reason(self):
        """Art. 10.3; the old version stays readable."""
        document = self._create_to_sign()
        task = self._get_open(document).with_user(self.leader)
        task._return("Bổ sung kinh phí", task._get_return_steps()[:1])
        document.invalidate_recordset()
        self.assertEqual((document.state, self._get_open(document).user_ids), ('review', self.unit_head))
        self.assertIn("Bổ sung kinh phí", document.return_note)
        self.assertFalse(document.content_checked_at or document.format_checked_at)
        self._get_open(document).with_user(self.unit_head)._return("Chuyên viên sửa lại")
        document.invalidate_recordset()
        self.assertEqual((document.state, document.route_state), ('draft', 'stopped'))
        self.assertIn("Chuyên viên sửa lại", document.return_note)
        self.assertTrue(document.with_user(self.specialist).has_access('write'))
        self.assertTrue(document.version_ids.content_id)
        document._submit()
        self.assertEqual(document.state, 'review')

    def test_the_drafter_withdraws_while_nobody_has_acted(self):
        document = self._create_submitted()
        document.route_case_id.with_user(self.specialist)._withdraw("Nhầm mẫu")
        document.invalidate_recordset()
        self.assertEqual(document.state, 'draft')
        document._submit()
        self._act(document, self.unit_head)
        with self.assertRaisesRegex(UserError, "already acted"):
            document.route_case_id.with_user(self.specialist)._withdraw("Muộn rồi")

    def test_an_approved_draft_that_changes_goes_back_to_the_signer(self):
        """Art. 11.2."""
        document = self._create_to_sign()
        document.with_user(self.leader).action_route_approve()
        document.invalidate_recordset()
        self.assertEqual((document.state, document.approved_by_id), ('to_sign', self.leader))
        document.with_user(self.clerk).write({'urgency': 'urgent'})
        self.assertTrue(document.approved_at, "who decides the urgency does not change the file")
        document = document.with_user(self.clerk)
        pdf = self._create_draft()
        self._make_version(pdf)
        raw = pdf.sudo().current_version_id.content_id.attachment_id.raw + b''
        template = self.env.ref('civic_outgoing.civic_template_chung')
        document.sudo()._write_by_system({'template_id': template.id})
        version = document._generate("Đổi mẫu")
        document.invalidate_recordset()
        self.assertNotEqual(raw, version.sudo().content_id.attachment_id.raw)
        self.assertFalse(document.approved_at)
        self.assertEqual((document.state, self._get_open(document).kind), ('review', 'approve'))
        version.sudo()._make_pdf()
        document.with_user(self.leader)._sign()
        self.assertEqual(document.state, 'signed')

    def test_nobody_edits_what_is_under_review(self):
        document = self._create_submitted()
        for user in (self.unit_head, self.clerk):
            for values in ({'subject': "Khác"}, {'type_id': self.type_decision.id}, {'signer_id': self.deputy.id},
                           {'body': "Khác"}):
                with self.subTest(user=user.login, values=values), self.assertRaisesRegex(UserError, "no longer a draft"):
                    document.with_user(user).write(values)
        with self.assertRaises(AccessError):
            document.with_user(self.specialist).write({'urgency': 'urgent'})
        document.with_user(self.unit_head).write({'urgency': 'urgent'})
        with self.assertRaises(UserError):
            document.recipient_ids[:1].with_user(self.unit_head).write({'name': "Khác"})

    def test_a_substitute_checks_on_behalf_of_the_head(self):
        document = self._create_submitted()
        today = self.env['civic.document']._today()
        self.env['civic.substitute'].with_user(self.unit_head).create({
            'user_id': self.unit_head.id, 'substitute_id': self.finance_head.id, 'company_id': self.agency.id,
            'date_from': today, 'date_to': today})
        self._act(document, self.finance_head)
        task = document.route_task_ids.filtered(lambda task: task.kind == 'content_check')
        self.assertRecordValues(task, [{'acted_by_id': self.finance_head.id, 'principal_id': self.unit_head.id}])
        self.assertEqual(document.content_checked_by_id, self.finance_head)

    def test_a_route_may_not_check_after_the_signature_nor_sign_incoming_documents(self):
        def publish(direction, *kinds):
            route = self.env['civic.route'].with_user(self.records_admin).create({
                'name': "Thử", 'company_id': self.agency.id, 'direction': direction,
                'version_ids': [Command.create({'step_ids': [
                    Command.create({
                        'name': kind, 'sequence': number, 'kind': kind, 'actor': 'person', 'user_id': self.leader.id})
                    for number, kind in enumerate(kinds)]})]})
            route.version_ids._publish(self.env['civic.document']._today())

        with self.assertRaisesRegex(UserError, "nothing is checked after the signature"):
            publish('outgoing', 'content_check', 'sign', 'format_check')
        with self.assertRaisesRegex(UserError, "Only outgoing documents"):
            publish('incoming', 'sign')
        publish('outgoing', 'content_check', 'format_check', 'sign')

    def test_the_simulation_runs_a_changed_route_on_documents_that_were_issued(self):
        document = self._create_numbered()
        route = document.route_case_id.route_id
        route.with_user(self.records_admin).action_edit()
        draft = route.draft_version_id.with_user(self.records_admin)
        draft.step_ids.filtered(lambda step: step.kind == 'format_check').write({
            'actor': 'person', 'user_id': self.second_clerk.id})
        today = self.env['civic.document']._today()
        simulation = self.env['civic.route.simulation'].with_user(self.records_admin).create({
            'version_id': draft.id, 'date_from': today, 'date_to': today})
        simulation.action_run()
        self.assertEqual((simulation.document_count, simulation.differing_count), (1, 1))
        self.assertEqual(simulation.nobody_count, 0)
        self.assertIn(self.second_clerk.name, simulation.line_ids.new_steps)
