from datetime import date

from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import CivicRetentionCommon


@tagged('post_install', '-at_install')
class TestAccessRights(CivicRetentionCommon):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.file = cls._create_workfile(date(2014, 6, 5), closed=True)
        cls.case = cls._create_case(cls.file)
        cls.hold = cls._create_hold(cls._create_workfile(date(2014, 6, 5), closed=True))

    def _as(self, records, user):
        """The same rows for the user, without the agencies that the maker's context allows."""
        return self.env[records._name].with_user(user).browse(records.ids)

    def test_who_reads_a_case(self):
        for user, reads in ((self.archivist, True), (self.records_admin, True), (self.leader, True), (self.manager, True),
                            (self.unit_head, True), (self.specialist, False), (self.clerk, False), (self.foreign_clerk, False),
                            (self.foreign_leader, False)):
            for records in (self.case, self.case.line_ids, self.case.member_ids):
                with self.subTest(user=user.login, model=records._name):
                    self.assertEqual(self._as(records, user).has_access('read'), reads)

    def test_who_holds(self):
        for user, writes in ((self.archivist, True), (self.records_admin, True), (self.leader, True), (self.manager, False),
                             (self.unit_head, False), (self.specialist, False), (self.foreign_leader, False)):
            with self.subTest(user=user.login):
                self.assertEqual(self._as(self.hold, user).has_access('write'), writes)
        with self.assertRaises(AccessError):
            self.hold.with_user(self.manager)._release("x")

    def test_proofs_are_written_by_nobody(self):
        for model in ('civic.hold.line', 'civic.disposition.vote', 'civic.disposition.sheet', 'civic.destroyed.content'):
            for user in (self.archivist, self.records_admin, self.leader):
                for operation in ('create', 'write', 'unlink'):
                    with self.subTest(model=model, user=user.login, operation=operation):
                        self.assertFalse(self.env[model].with_user(user).has_access(operation))

    def test_the_council_is_made_by_archivists(self):
        for user in (self.leader, self.unit_head, self.specialist):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self.env['civic.disposition.member'].with_user(user).create({
                    'disposition_id': self.case.id, 'user_id': user.id, 'role': 'member'})

    def test_schedules_are_everybodys_to_read_and_the_administrators_to_make(self):
        schedule = self.rule_5.schedule_id
        self.assertTrue(schedule.with_user(self.specialist).has_access('read'))
        for user in (self.archivist, self.leader, self.specialist):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self.env['civic.retention.schedule'].with_user(user).create({'code': 'x', 'name': 'x', 'legal_basis': 'x'})

    def test_public_acts_check_by_themselves(self):
        """RPC calls any public method: each is refused to a specialist who read the record by accident."""
        own = self.env['civic.disposition'].with_user(self.specialist)
        for act in ('action_find_candidates', 'action_open_council', 'action_close_meeting', 'action_record_opinion', 'action_decide',
                    'action_destroy', 'action_continue', 'action_draft_decision', 'action_import_candidates', 'action_cancel',
                    'action_vote_all', 'action_export_candidates'):
            with self.subTest(act), self.assertRaises(AccessError):
                getattr(own.browse(self.case.id), act)()
