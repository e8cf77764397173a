from datetime import date

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import TransferCommon


@tagged('post_install', '-at_install')
class TestAccessRights(TransferCommon):

    def test_who_prepares_and_who_only_looks(self):
        file = self._create_delivered()
        for user in (self.leader, self.manager):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self._find_candidates(file, user).action_make_transfer()
        for user in (self.specialist, self.clerk):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self._find_candidates(file, user)
        self.assertFalse(self._find_candidates(file, self.unit_head))
        transfer = self._create_transfer(file)
        self.assertTrue(transfer.with_user(self.leader).title)
        for act in ('action_register', 'action_pack', 'action_open_council'):
            with self.subTest(act), self.assertRaises(UserError):
                getattr(transfer.with_user(self.leader), act)()
        with self.assertRaises(AccessError):
            transfer.with_user(self.specialist).read(['title'])

    def test_another_agency_sees_nothing(self):
        transfer = self._create_transfer(self._create_delivered())
        foreign = self._create_person('foreign_archivist', 'archivist', self.foreign_unit)
        for records in (transfer, transfer.line_ids, self._find_candidates(self._create_delivered())):
            with self.subTest(records._name), self.assertRaises(AccessError):
                records.with_user(foreign).read(['company_id'])
        # the archive sees its accession, not the transfer
        with self.assertRaises(AccessError):
            transfer.with_user(self.keeper).read(['title'])

    def test_states_digests_and_opinions_are_closed_to_writing(self):
        transfer = self._create_transfer(self._create_delivered())
        for values in ({'state': 'done'}, {'receipt': '{}'}, {'minutes_state': 'signed'}, {'company_id': self.other_agency.id},
                       {'council_result': 'agreed'}, {'key': 'x'}, {'packing_began_at': '2026-01-01'}):
            with self.subTest(values), self.assertRaises(AccessError):
                transfer.write(values)
        line = transfer.line_ids
        with self.assertRaises(AccessError):
            line.with_user(self.archivist).write({'state': 'accepted'})
        with self.assertRaises(AccessError):
            self.env['civic.transfer.line'].with_user(self.archivist).create({
                'transfer_id': transfer.id, 'workfile_id': line.workfile_id.id})
        with self.assertRaises(AccessError):
            self.env['civic.transfer.opinion'].with_user(self.archivist).create({
                'transfer_id': transfer.id, 'user_id': self.leader.id, 'opinion': 'agreed'})
        with self.assertRaises(AccessError):
            self.env['civic.transfer'].with_user(self.archivist).create({
                'title': "X", 'keeper_id': self.centre.partner_id.id, 'state': 'answered'})

    def test_a_unit_head_hands_over_the_files_of_the_unit_alone(self):
        mine = self._create_filled(date(2026, 1, 31))
        other = self._create_filled(date(2026, 1, 31), unit_id=self.unit_finance.id)
        self.assertEqual(self._find_candidates(mine | other, self.unit_head).workfile_id, mine)
        transfer = self._create_transfer(mine, user=self.unit_head)
        self.assertEqual(transfer.level, 'unit')
        stranger = self._create_transfer(other)
        with self.assertRaises(AccessError):
            stranger.with_user(self.unit_head).read(['title'])

    def test_the_wizard_signs_only_what_has_minutes(self):
        wizard = self.env['civic.minutes.sign'].with_user(self.leader)
        with self.assertRaises(UserError):
            wizard.create({'res_model': 'res.users', 'res_id': self.leader.id})
