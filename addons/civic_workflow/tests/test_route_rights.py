from odoo.tests import HttpCase, JsonRpcException, tagged
from odoo.tools import mute_logger

from .common import CivicRouteCommon


@tagged('post_install', '-at_install')
class TestRouteRights(CivicRouteCommon, HttpCase):
    """Routes are written by the records administrator of the agency, steps acted on by those who are asked."""

    def _call(self, user, model, method, *args, **kwargs):
        self.authenticate(user.login, user.login)
        return self.make_jsonrpc_request(f'/web/dataset/call_kw/{model}/{method}', {
            'model': model, 'method': method, 'args': list(args), 'kwargs': kwargs})

    def _assert_refused(self, user, model, method, *args, **kwargs):
        with mute_logger('odoo.http'), self.assertRaises(JsonRpcException, msg=f"{user.login} {model}.{method}"):
            self._call(user, model, method, *args, **kwargs)

    def test_only_the_administrator_of_the_agency_writes_routes(self):
        foreign_admin = self._create_person('foreign_admin', 'records_admin', self.foreign_unit)
        route = self._create_route(self._role('leader'), publish=False)
        version, step = route.version_ids, route.version_ids.step_ids
        for user in (self.specialist, self.clerk, self.unit_head, self.leader, self.manager, self.archivist, foreign_admin):
            with self.subTest(user=user.login):
                self._assert_refused(user, 'civic.route', 'create', [{'name': "x", 'company_id': self.agency.id}])
                self._assert_refused(user, 'civic.route', 'write', route.ids, {'name': "x"})
                self._assert_refused(user, 'civic.route', 'unlink', route.ids)
                self._assert_refused(user, 'civic.route.version', 'write', version.ids, {'domain': "[]"})
                self._assert_refused(user, 'civic.route.step', 'write', step.ids, {'name': "x"})
                self._assert_refused(user, 'civic.route.step', 'create', [{'version_id': version.id, 'name': "x"}])
                self._assert_refused(user, 'civic.route.version', 'action_publish', version.ids)
                self._assert_refused(user, 'civic.route.version', 'action_simulate', version.ids)
                self._assert_refused(user, 'civic.route', 'action_edit', route.ids)
        self.assertTrue(self._call(self.records_admin, 'civic.route', 'write', route.ids, {'name': "Tên mới"}))
        self._assert_refused(foreign_admin, 'civic.route', 'read', route.ids, ['name'])
        self._assert_refused(foreign_admin, 'civic.route.publish.wizard', 'create', [{'version_id': version.id}])

    def test_templates_are_read_by_all_and_written_by_nobody(self):
        template = self.env['civic.route'].create({'name': "Mẫu", 'company_id': False, 'direction': 'internal'})
        self.assertEqual(
            self._call(self.records_admin, 'civic.route', 'read', template.ids, ['name'])[0]['name'], "Mẫu")
        self._assert_refused(self.records_admin, 'civic.route', 'write', template.ids, {'name': "x"})
        self._assert_refused(
            self.records_admin, 'civic.route', 'create', [{'name': "x", 'company_id': False, 'direction': 'internal'}])

    def test_a_published_version_cannot_be_touched_from_outside(self):
        route = self._create_route(self._role('leader'))
        version, step = route.version_ids, route.version_ids.step_ids
        for model, method, arguments in (
            ('civic.route.version', 'write', [version.ids, {'state': 'draft'}]),
            ('civic.route.version', 'write', [version.ids, {'domain': "[]"}]),
            ('civic.route.version', 'unlink', [version.ids]),
            ('civic.route.version', 'create', [[{'route_id': route.id, 'state': 'published', 'valid_from': '2020-01-01'}]]),
            ('civic.route.version', '_write_by_system', [version.ids, {'state': 'draft'}]),
            ('civic.route.step', 'write', [step.ids, {'name': "x"}]),
            ('civic.route.step', 'unlink', [step.ids]),
        ):
            with self.subTest(method=method, arguments=arguments):
                for context in ({}, {'civic_route_token': True}):
                    try:
                        with mute_logger('odoo.http'):
                            self._call(self.records_admin, model, method, *arguments, context=context)
                    except JsonRpcException:
                        continue
                    # a draft may be created, but never a published version
                    self.assertEqual(method, 'create')
                    draft = route.version_ids.filtered(lambda item: item != version)
                    self.assertEqual(draft.state, 'draft')
                    draft.unlink()
        version.invalidate_recordset()
        self.assertEqual((version.state, len(version.step_ids)), ('published', 1))

    def test_only_who_is_asked_acts(self):
        self._create_route(self._person(self.unit_head), self._role('leader'))
        document = self._create_on_route()
        task = self._get_open(document)
        for user in (self.specialist, self.clerk, self.leader, self.manager, self.records_admin, self.foreign_leader):
            with self.subTest(user=user.login):
                self._assert_refused(user, 'civic.route.task', 'action_approve', task.ids)
                self._assert_refused(user, 'civic.route.task', 'action_return', task.ids)
                self._assert_refused(user, 'civic.document', 'action_route_approve', document.ids)
                self._assert_refused(user, 'civic.route.task', 'write', task.ids, {'state': 'done'})
                self._assert_refused(user, 'civic.route.task', 'create', [{
                    'case_id': task.case_id.id, 'document_id': document.id, 'user_ids': [(6, 0, user.ids)]}])
                self._assert_refused(user, 'civic.route.case', 'write', task.case_id.ids, {'state': 'done'})
                self._assert_refused(user, 'civic.route.act.wizard', '_act', task.ids)
                wizard = {'task_ids': [(6, 0, task.ids)], 'outcome': 'act'}
                with mute_logger('odoo.http'):
                    try:
                        created = self._call(user, 'civic.route.act.wizard', 'create', [wizard])
                    except JsonRpcException:
                        continue
                self._assert_refused(user, 'civic.route.act.wizard', 'action_confirm', created)
        self._call(self.unit_head, 'civic.route.task', 'action_approve', task.ids)
        task.invalidate_recordset()
        self.assertEqual(task.acted_by_id, self.unit_head)
        self._assert_refused(self.unit_head, 'civic.route.task', 'action_approve', task.ids)

    def test_a_document_for_named_people_is_read_by_who_is_asked(self):
        self._create_route(self._person(self.other_specialist), self._person(self.manager))
        document = self._create_on_route(access_level='restricted', user_ids=[(6, 0, self.specialist.ids)])
        self.assertTrue(self._call(self.other_specialist, 'civic.document', 'read', document.ids, ['subject']))
        self._assert_refused(self.manager, 'civic.document', 'read', document.ids, ['subject'])
        self.assertFalse(self._call(self.manager, 'civic.route.task', 'search', [('document_id', '=', document.id)]))
        self.assertFalse(self._call(self.unit_head, 'civic.route.case', 'search', [('document_id', '=', document.id)]))
        self._act(document, self.other_specialist)
        self.assertTrue(self._call(self.manager, 'civic.document', 'read', document.ids, ['subject']))

    def test_who_was_asked_in_vain_reads_no_longer(self):
        self._create_route(
            {**self._person(self.other_specialist), 'join': 'any'},
            {**self._person(self.second_clerk), 'join': 'any', 'is_parallel': True})
        document = self._create_on_route(access_level='restricted', user_ids=[(6, 0, self.specialist.ids)])
        self._act(document, self.second_clerk)
        document.invalidate_recordset()
        self.assertEqual(document.user_ids, self.specialist | self.second_clerk)
        self._assert_refused(self.other_specialist, 'civic.document', 'read', document.ids, ['subject'])

    def test_the_lists_of_other_agencies_stay_closed(self):
        self._create_route(self._role('leader'))
        document = self._create_on_route()
        for model in ('civic.route', 'civic.route.version', 'civic.route.step', 'civic.route.case', 'civic.route.task'):
            with self.subTest(model=model):
                found = self._call(self.foreign_leader, model, 'search', [('company_id', '=', self.agency.id)])
                self.assertFalse(found)
        self.assertTrue(document.route_case_ids)
