from datetime import timedelta

import psycopg2

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import HttpCase, JsonRpcException, freeze_time, tagged
from odoo.tools import mute_logger

from .common import CivicRouteCommon


@tagged('post_install', '-at_install')
class TestSubstitute(CivicRouteCommon):
    """Who is absent is replaced for the days of the absence, and not an hour longer."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.today = cls.env['civic.document']._today()

    def _substitute(self, absent, substitute, start=0, end=0, user=None, **values):
        return self.env['civic.substitute'].with_user(user or absent).create({
            'user_id': absent.id, 'substitute_id': substitute.id, 'company_id': self.agency.id,
            'date_from': self.today + timedelta(days=start), 'date_to': self.today + timedelta(days=end), **values})

    def test_the_substitute_acts_on_behalf_of_the_absent(self):
        self._create_route(self._role('leader'), self._person(self.manager))
        document = self._create_on_route()
        task = self._get_open(document)
        with self.assertRaises(AccessError):
            task.with_user(self.unit_head)._act()
        self._substitute(self.leader, self.unit_head, reason="Công tác")
        self.assertEqual(self.unit_head._get_substituted_users(), self.leader)
        self.assertEqual(self.unit_head._get_substituted_users(self.today + timedelta(days=1)), self.env['res.users'])
        self.assertEqual(task.with_user(self.unit_head).on_behalf_of_id, self.leader)
        self._act(document, self.unit_head)
        self.assertRecordValues(task, [{
            'state': 'done', 'acted_by_id': self.unit_head.id, 'principal_id': self.leader.id}])
        line = self.env['civic.journal.entry'].search(
            [('res_model', '=', 'civic.document'), ('res_id', '=', document.id)], order='id desc', limit=1)
        self.assertEqual(line.user_id, self.unit_head)
        self.assertIn('"on_behalf_of":"town_leader"', line.detail.replace(' ', ''))

    def test_both_are_told_when_a_step_begins(self):
        self._substitute(self.leader, self.unit_head)
        self._create_route(self._role('leader'))
        document = self._create_on_route()
        self.assertEqual(document.activity_ids.user_id, self.leader | self.unit_head)

    def test_the_substitute_reads_what_waits_and_only_on_these_days(self):
        self._create_route(self._role('leader'))
        document = self._create_on_route(access_level='restricted', user_ids=[(6, 0, self.manager.ids)])
        other = self._create_document(access_level='restricted', user_ids=[(6, 0, self.manager.ids)])
        substitute = self.other_specialist
        self.assertFalse(document.with_user(substitute).has_access('read'))
        row = self._substitute(self.leader, substitute, start=1, end=2)
        for days, allowed in ((0, False), (1, True), (2, True), (3, False)):
            with self.subTest(days=days), freeze_time(fields.Datetime.now() + timedelta(days=days)):
                self.env.invalidate_all()
                self.assertEqual(document.with_user(substitute).has_access('read'), allowed)
                found = self.env['civic.document'].with_user(substitute).search(
                    [('id', 'in', (document | other).ids)])
                self.assertEqual(found, document if allowed else self.env['civic.document'])
                tasks = self.env['civic.route.task'].with_user(substitute).search([('document_id', '=', document.id)])
                self.assertEqual(bool(tasks), allowed)
                self.assertFalse(document.with_user(substitute).has_access('write'))
                self.assertFalse(other.with_user(substitute).has_access('read'))
        with self.assertRaises(AccessError):
            row.with_user(substitute).write({'date_to': self.today + timedelta(days=9)})

    def test_what_is_done_is_no_longer_read(self):
        self._create_route(self._role('leader'))
        document = self._create_on_route(access_level='restricted', user_ids=[(6, 0, self.manager.ids)])
        self._substitute(self.leader, self.other_specialist)
        self.assertTrue(document.with_user(self.other_specialist).has_access('read'))
        self._act(document, self.leader)
        document.invalidate_recordset()
        self.assertFalse(document.with_user(self.other_specialist).has_access('read'))

    def test_limited_to_a_route_or_a_role(self):
        route = self._create_route(self._role('leader'), direction='internal')
        other = self._create_route(self._person(self.leader), direction='outgoing')
        internal, outgoing = self._create_on_route(), self._create_on_route(direction='outgoing')
        for values, expected in (
            ({'route_ids': [(6, 0, route.ids)]}, internal),
            ({'route_ids': [(6, 0, other.ids)]}, outgoing),
            ({'group_ids': [(6, 0, self.env.ref('civic_base.group_leader').ids)]}, internal),
        ):
            with self.subTest(values=values):
                row = self._substitute(self.leader, self.unit_head, scope='limited', **values)
                tasks = self.env['civic.route.task'].with_user(self.unit_head).search([('is_for_me', '=', True)])
                self.assertEqual(tasks.document_id, expected)
                self.assertEqual(tasks.mapped('is_for_me'), [True])
                row.unlink()
        with self.assertRaisesRegex(ValidationError, "for which routes or roles"):
            self._substitute(self.leader, self.unit_head, scope='limited')

    def test_one_step_can_be_delegated_for_some_days(self):
        self._create_route(self._role('leader'))
        mine, other = self._create_on_route(), self._create_on_route()
        task = self._get_open(mine).with_user(self.leader)
        with self.assertRaises(AccessError):
            task.with_user(self.unit_head)._delegate(self.manager, self.today, self.today, "x")
        wizard = self.env['civic.route.delegate.wizard'].with_user(self.leader).with_context(
            **task.action_delegate()['context']).create({
                'user_id': self.unit_head.id, 'date_from': self.today, 'date_to': self.today, 'reason': "Họp"})
        self.assertEqual(wizard.mode, 'delegate')
        wizard.action_confirm()
        self.assertIn('delegation', self._get_events(mine))
        self.assertTrue(task.with_user(self.unit_head).is_for_me)
        self.assertFalse(self._get_open(other).with_user(self.unit_head).is_for_me)
        self.assertFalse(self.unit_head._get_substituted_users())
        with freeze_time(fields.Datetime.now() + timedelta(days=1)), self.assertRaises(AccessError):
            task.with_user(self.unit_head)._act()
        self._act(mine, self.unit_head)
        self.assertEqual(task.principal_id, self.leader)

    def test_bad_substitutes_are_refused(self):
        left = self._create_person('left', 'specialist', self.unit_culture)
        left.active = False
        with mute_logger('odoo.sql_db'), self.assertRaises(psycopg2.IntegrityError), self.env.cr.savepoint():
            self._substitute(self.leader, self.leader)
        for substitute, message in ((left, "no longer works here"), (self.foreign_leader, "does not work for")):
            with self.subTest(substitute=substitute.login), self.assertRaisesRegex(ValidationError, message):
                self._substitute(self.leader, substitute)
        with mute_logger('odoo.sql_db'), self.assertRaises(psycopg2.IntegrityError), self.env.cr.savepoint():
            self._substitute(self.leader, self.unit_head, start=2, end=1)

    def test_circles_are_refused_however_long(self):
        self._substitute(self.leader, self.unit_head, end=10)
        with self.assertRaisesRegex(ValidationError, "in a circle"):
            self._substitute(self.unit_head, self.leader, start=10, end=12)
        self._substitute(self.unit_head, self.leader, start=11, end=12)
        self._substitute(self.unit_head, self.manager, start=3, end=4)
        with self.assertRaisesRegex(ValidationError, "Town manager → Town leader → Town unit_head → Town manager"):
            self._substitute(self.manager, self.leader, start=4, end=4, user=self.records_admin)
        self._substitute(self.manager, self.leader, start=5, end=6)

    def test_people_enter_their_own_absence_only(self):
        with self.assertRaises(AccessError):
            self._substitute(self.leader, self.unit_head, user=self.specialist)
        row = self._substitute(self.leader, self.unit_head, user=self.records_admin)
        with self.assertRaises(AccessError):
            row.with_user(self.unit_head).write({'reason': "x"})
        with self.assertRaises(AccessError):
            row.with_user(self.unit_head).unlink()
        with self.assertRaises(AccessError):
            row.with_user(self.leader).write({'user_id': self.manager.id})
        self.assertEqual(self.env['civic.journal.entry'].search(
            [('res_model', '=', 'civic.substitute'), ('res_id', '=', row.id)]).event_type, 'delegation')
        self.assertFalse(row.with_user(self.other_specialist).has_access('read'))
        self.assertFalse(row.with_user(self.foreign_clerk).has_access('read'))

    def test_what_has_begun_is_only_ended(self):
        row = self._substitute(self.leader, self.unit_head, start=-3, end=5)
        with self.assertRaisesRegex(UserError, "has begun"):
            row.write({'substitute_id': self.manager.id})
        with self.assertRaisesRegex(UserError, "has begun"):
            row.unlink()
        with self.assertRaisesRegex(UserError, "at the earliest"):
            row.write({'date_to': self.today - timedelta(days=2)})
        row.write({'date_to': self.today - timedelta(days=1)})
        self.assertFalse(self.unit_head._get_substituted_users())

    # === AGENCIES === #

    def _work_in_both(self, *users):
        for user in users:
            user.company_ids += self.other_agency

    def test_a_substitution_holds_in_its_agency_only(self):
        """Both work in two agencies; what was entered for one opens nothing in the other."""
        substitute = self.other_specialist
        self._work_in_both(self.leader, substitute, self.records_admin)
        self._create_route(self._person(self.leader))
        self._create_route(self._person(self.leader), company_id=self.other_agency.id)
        here = self._create_on_route(access_level='restricted', user_ids=[(6, 0, self.manager.ids)])
        there = self._create_on_route(
            self.foreign_clerk, access_level='restricted', user_ids=[(6, 0, self.foreign_leader.ids)])
        self.assertEqual(self._get_open(there).company_id, self.other_agency)
        self._substitute(self.leader, substitute)
        Document, Task = self.env['civic.document'].with_user(substitute), self.env['civic.route.task'].with_user(substitute)
        self.assertEqual(Document.search([('id', 'in', (here | there).ids)]).ids, here.ids)
        self.assertEqual(Task.search([('is_for_me', '=', True)]).document_id.ids, here.ids)
        self.assertTrue(here.with_user(substitute).has_access('read'))
        self.assertFalse(there.with_user(substitute).has_access('read'))
        self.assertFalse(self._get_open(there).with_user(substitute).sudo().is_for_me)
        with self.assertRaises(AccessError):
            self._get_open(there).with_user(substitute)._act()
        # open to everybody of the agency: may be read, not acted on
        there.access_level = 'agency'
        with self.assertRaisesRegex(AccessError, "does not wait for you"):
            self._get_open(there).with_user(substitute)._act()
        self.assertEqual(substitute._get_substituted_users(company=self.agency), self.leader)
        self.assertFalse(substitute._get_substituted_users(company=self.other_agency))
        self._act(here, substitute)

    def test_the_other_agency_is_not_told(self):
        self._work_in_both(self.leader, self.unit_head, self.records_admin)
        self._substitute(self.leader, self.unit_head)
        self._create_route(self._person(self.leader), company_id=self.other_agency.id)
        document = self._create_on_route(self.foreign_clerk)
        self.assertEqual(document.activity_ids.user_id, self.leader)

    def test_who_leaves_the_agency_is_replaced_there_no_longer(self):
        for user in (self.leader, self.unit_head):
            with self.subTest(user=user.login):
                self._work_in_both(user)
                row = self._substitute(self.leader, self.unit_head, end=5)
                self.assertEqual(self.unit_head._get_substituted_users(), self.leader)
                user.write({'company_id': self.other_agency.id, 'company_ids': [(6, 0, self.other_agency.ids)]})
                self.assertFalse(self.unit_head._get_substituted_users())
                user.write({'company_id': self.agency.id, 'company_ids': [(6, 0, self.agency.ids)]})
                row.unlink()

    # === PEOPLE WHO LEFT === #

    def test_the_power_ends_when_the_absent_person_leaves(self):
        """To the last day of the substitution there are five more; the absent person left today."""
        substitute = self.other_specialist
        # somebody else is asked too: the step stays open after one of them left
        self._create_route({'actor': 'role', 'group_id': self.env.ref('civic_base.group_leader').id})
        second = self._create_person('second_leader', 'leader', self.unit_culture)
        document = self._create_on_route(access_level='restricted', user_ids=[(6, 0, self.manager.ids)])
        task = self._get_open(document)
        self.assertEqual(task.user_ids, self.leader | second)
        self._substitute(self.leader, substitute, end=5)
        self.assertTrue(document.with_user(substitute).has_access('read'))
        self.assertTrue(task.with_user(substitute).is_for_me)
        self.leader.active = False
        self.assertFalse(substitute._get_substituted_users())
        self.assertFalse(document.with_user(substitute).has_access('read'))
        self.assertFalse(self.env['civic.route.task'].with_user(substitute).search([('is_for_me', '=', True)]))
        with self.assertRaises(AccessError):
            task.with_user(substitute)._act()
        self.assertFalse(self.env['civic.substitute']._get_substitutes(task).get(task.id))

    def test_a_substitute_who_left_is_told_of_nothing(self):
        self._create_route(self._role('leader'))
        self._substitute(self.leader, self.unit_head, end=5)
        self.unit_head.active = False
        self.assertEqual(self._create_on_route().activity_ids.user_id, self.leader)

    def test_who_substitutes_is_asked_once_a_day(self):
        """However many people and steps: the substitutions of a day are read once."""
        self._create_route(self._role('leader'))
        task = self._get_open(self._create_on_route())
        Substitute = self.env['civic.substitute']
        Substitute._get_substitutes(task)
        role = self.env.ref('civic_base.group_leader')
        people = [user.id for user in self.users.values()]
        self.env.flush_all()
        with self.assertQueryCount(0):
            for user_id in people:
                self.assertFalse(Substitute._get_active(user_id, self.today))
                self.assertFalse(Substitute._get_deputies(user_id, self.agency.id, role.id))
            self.assertFalse(Substitute._get_substitutes(task))

    def test_a_secret_reason_is_refused(self):
        with self.assertRaisesRegex(UserError, "state secrets"):
            self._substitute(self.leader, self.unit_head, reason="TỐI MẬT")

    def test_nobody_pays_for_the_substitutes_of_others(self):
        document = self._create_document()
        self.env.flush_all()
        user = self.other_specialist
        document.with_user(user).has_access('read')
        self.env.invalidate_all()
        document.with_user(user).check_access('read')
        query = self.env['civic.document'].with_user(user)._search([('company_id', '=', self.agency.id)])
        self.assertNotIn('civic_route_task', str(query.select().code))


@tagged('post_install', '-at_install')
class TestSubstituteRpc(CivicRouteCommon, HttpCase):
    """What a substitute can try from outside, before and after the last day."""

    def _call(self, user, model, method, *args, **kwargs):
        self.authenticate(user.login, user.login)
        return self.make_jsonrpc_request(f'/web/dataset/call_kw/{model}/{method}', {
            'model': model, 'method': method, 'args': list(args), 'kwargs': kwargs})

    def _assert_refused(self, user, model, method, *args, **kwargs):
        with mute_logger('odoo.http'), self.assertRaises(JsonRpcException):
            self._call(user, model, method, *args, **kwargs)

    def test_the_day_after_nothing_can_be_read_or_done(self):
        self._create_route(self._role('leader'), self._person(self.manager))
        document = self._create_on_route(access_level='restricted', user_ids=[(6, 0, self.manager.ids)])
        task = self._get_open(document)
        today = self.env['civic.document']._today()
        substitute = self.other_specialist
        row = self.env['civic.substitute'].create({
            'user_id': self.leader.id, 'substitute_id': substitute.id, 'company_id': self.agency.id,
            'date_from': today, 'date_to': today})
        self.assertEqual(
            self._call(substitute, 'civic.document', 'read', document.ids, ['subject'])[0]['subject'], document.subject)
        self.assertEqual(self._call(
            substitute, 'civic.route.task', 'web_search_read', [('is_for_me', '=', True)],
            specification={'on_behalf_of_id': {'fields': {'display_name': {}}}})['records'][0]['on_behalf_of_id']['id'],
            self.leader.id)
        self._assert_refused(substitute, 'civic.document', 'write', document.ids, {'subject': "x"})
        self._assert_refused(substitute, 'civic.route.task', 'write', task.ids, {'state': 'done'})
        self._assert_refused(substitute, 'civic.route.task', '_act', task.ids)
        # yesterday was the last day
        self.env.cr.execute(
            "UPDATE civic_substitute SET date_from = %s, date_to = %s WHERE id = %s",
            [today - timedelta(days=2), today - timedelta(days=1), row.id])
        row.invalidate_recordset()
        self.env.registry.clear_cache()
        self._assert_refused(substitute, 'civic.document', 'read', document.ids, ['subject'])
        self.assertFalse(self._call(substitute, 'civic.document', 'search', [('id', '=', document.id)]))
        self.assertFalse(self._call(substitute, 'civic.route.task', 'search', [('document_id', '=', document.id)]))
        self._assert_refused(substitute, 'civic.route.task', 'action_approve', task.ids)
        self._assert_refused(substitute, 'civic.document', 'action_route_approve', document.ids)
        task.invalidate_recordset()
        self.assertEqual(task.state, 'open')
