from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, JsonRpcException, new_test_user, tagged
from odoo.tools import mute_logger

from .common import CivicCommon


class SharedFiltersCommon(CivicCommon):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env['hr.employee'].search([('user_id', 'in', [user.id for user in cls.users.values()])]).unlink()
        cls.employ('specialist', cls.team_docs)
        cls.employ('archivist', cls.team_docs)
        cls.employ('manager', cls.team_it)
        cls.employ('records_admin', cls.team_it)
        cls.outsider = new_test_user(
            cls.env, login='outsider_px', groups='civic_base.group_specialist',
            company_id=cls.other_agency.id, company_ids=[Command.set(cls.other_agency.ids)])

    def _save(self, role='specialist', **values):
        return self.env['ir.filters'].with_user(self.users[role]).with_company(self.agency).create_filter({
            'name': "Việc của tổ", 'model_id': 'res.partner', 'domain': "[('is_agency', '=', True)]",
            'user_ids': [Command.set(self.users[role].ids)], **values})

    def _names(self, user):
        user = self.users.get(user, user)
        filters = self.env['ir.filters'].with_user(user).with_context(allowed_company_ids=user.company_ids.ids)
        return [values['name'] for values in filters.get_filters('res.partner')]


class TestSharedFilters(SharedFiltersCommon):
    """Decree 30/2020, Annex VI, III.6.e: searches are saved and used again, by the team as well."""

    def test_a_search_is_saved_and_used_again(self):
        self._save()
        self.assertIn("Việc của tổ", self._names('specialist'))
        self.assertNotIn("Việc của tổ", self._names('archivist'))

    def test_a_search_shared_with_the_unit_is_for_the_unit_alone(self):
        filter_ = self._save(civic_share='unit')
        self.assertRecordValues(filter_.sudo(), [{
            'civic_unit_ids': self.team_docs.ids, 'civic_company_id': self.agency.id,
            'user_ids': self.users['specialist'].ids}])
        for user, finds in (
            ('specialist', True), ('archivist', True), ('manager', False), ('clerk', False), (self.outsider, False),
        ):
            with self.subTest(user=user):
                self.assertEqual("Việc của tổ" in self._names(user), finds)

    def test_the_search_of_a_colleague_stands_among_the_shared_ones_and_is_no_default(self):
        self._save(civic_share='unit', is_default=True)
        filters = self.env['ir.filters'].with_user(self.users['archivist']).with_company(self.agency)
        [values] = [values for values in filters.get_filters('res.partner') if values['name'] == "Việc của tổ"]
        self.assertEqual((values['user_ids'], values['is_default']), ([], False))

    def test_a_search_shared_with_a_role_stays_in_the_agency(self):
        role = self.env.ref('civic_base.group_archivist')
        self._save('archivist', civic_role_ids=[Command.link(role.id)])
        other = new_test_user(
            self.env, login='other_archivist', groups='civic_base.group_archivist',
            company_id=self.agency.id, company_ids=[Command.set(self.agency.ids)])
        foreign = new_test_user(
            self.env, login='foreign_archivist', groups='civic_base.group_archivist',
            company_id=self.other_agency.id, company_ids=[Command.set(self.other_agency.ids)])
        self.assertIn("Việc của tổ", self._names(other))
        self.assertNotIn("Việc của tổ", self._names(foreign))
        self.assertNotIn("Việc của tổ", self._names('specialist'))

    def test_only_the_owner_and_the_records_administrator_change_it(self):
        filter_ = self._save(civic_share='unit')
        for user in ('archivist', 'manager', 'clerk', self.outsider):
            user = self.users.get(user, user)
            theirs = filter_.with_user(user).with_context(allowed_company_ids=user.company_ids.ids)
            for act in (lambda theirs=theirs: theirs.write({'name': "Của tôi"}), theirs.unlink):
                with self.subTest(user=user.login), mute_logger('odoo.addons.base.models.ir_rule'), \
                        self.assertRaises(AccessError):
                    act()
        filter_.with_user(self.users['specialist']).name = "Việc tuần này"
        filter_.with_user(self.users['records_admin']).with_company(self.agency).unlink()
        self.assertFalse(filter_.exists())

    def test_nobody_shares_with_a_unit_or_role_that_is_not_the_own(self):
        clerk_role = self.env.ref('civic_base.group_clerk')
        for values in (
            {'civic_unit_ids': [Command.link(self.team_it.id)]},
            {'civic_role_ids': [Command.link(clerk_role.id)]},
        ):
            with self.subTest(values=values), self.assertRaisesRegex(UserError, "your own"):
                self._save(**values)
            filter_ = self._save(civic_share='unit')
            with self.subTest(write=values), self.assertRaisesRegex(UserError, "your own"):
                filter_.write(values)
        self._save('records_admin', civic_unit_ids=[Command.link(self.team_docs.id)])
        self.assertIn("Việc của tổ", self._names('archivist'))

    def test_a_group_outside_the_roles_is_refused(self):
        with self.assertRaisesRegex(UserError, "your own roles"):
            self._save('records_admin', civic_role_ids=[Command.link(self.env.ref('base.group_user').id)])

    def test_a_shared_search_keeps_its_owner(self):
        filter_ = self._save(civic_share='unit')
        with self.assertRaisesRegex(UserError, "belongs to nobody"):
            filter_.sudo().write({'user_ids': [Command.clear()]})

    def test_who_has_no_unit_is_told_so(self):
        with self.assertRaisesRegex(UserError, "belong to no unit"):
            self._save('clerk', civic_share='unit')

    def test_taking_the_sharing_back(self):
        filter_ = self._save(civic_share='unit')
        filter_.write({'civic_unit_ids': [Command.clear()]})
        self.assertFalse(filter_.civic_company_id)
        self.assertNotIn("Việc của tổ", self._names('archivist'))


@tagged('post_install', '-at_install')
class TestSharedFiltersHttp(SharedFiltersCommon, HttpCase):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for role in ('specialist', 'archivist', 'manager'):
            cls.users[role].password = cls.users[role].login
            cls.users[role].lang = 'en_US'

    def _call(self, role, method, *args, **kwargs):
        self.authenticate(self.users[role].login, self.users[role].login)
        return self.make_jsonrpc_request(f'/web/dataset/call_kw/ir.filters/{method}', {
            'model': 'ir.filters', 'method': method, 'args': list(args), 'kwargs': kwargs})

    def test_wrong_people_get_nowhere_over_rpc(self):
        filter_ = self._save(civic_share='unit')
        for role in ('archivist', 'manager'):
            for method, arguments in (
                ('write', [{'name': "x"}]), ('write', [{'user_ids': [[6, 0, [self.users[role].id]]]}]), ('unlink', []),
                ('write', [{'civic_unit_ids': [[4, self.team_it.id]]}]),
            ):
                with self.subTest(role=role, method=method), mute_logger('odoo.http'), \
                        self.assertRaises(JsonRpcException) as caught:
                    self._call(role, method, filter_.ids, *arguments)
                self.assertIn('AccessError', str(caught.exception))
        with mute_logger('odoo.http'), self.assertRaises(JsonRpcException):
            self._call('manager', 'read', filter_.ids, ['domain'])
        with mute_logger('odoo.http'), self.assertRaises(JsonRpcException) as caught:
            self._call('manager', '_check_sharing', filter_.ids)
        self.assertIn('AccessError', str(caught.exception))
        filter_.invalidate_recordset()
        self.assertEqual(filter_.name, "Việc của tổ")

    def test_a_search_is_shared_in_the_browser(self):
        self.start_tour('/odoo/partner-agencies', 'civic_base_share_search', login=self.users['specialist'].login)
        filter_ = self.env['ir.filters'].search([('name', '=', "Việc của tổ")])
        self.assertEqual(filter_.civic_unit_ids, self.team_docs)
        self.start_tour('/odoo/partner-agencies', 'civic_base_use_shared_search', login=self.users['archivist'].login)
