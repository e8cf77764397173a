import json
from datetime import timedelta

import psycopg2

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, freeze_time, tagged
from odoo.tools import mute_logger

from .common import CivicRouteCommon


@tagged('post_install', '-at_install')
class TestRoute(CivicRouteCommon):
    """Documents go along a route that an administrator built."""

    def test_documents_go_from_person_to_person(self):
        self._create_route(self._person(self.unit_head), self._role('leader'))
        document = self._create_on_route()
        self.assertEqual(self._get_people(document), [self.unit_head])
        self._act(document, self.unit_head)
        self.assertEqual(self._get_people(document), [self.leader])
        self._act(document, self.leader, "Đồng ý")
        case = document.route_case_ids
        self.assertEqual(case.state, 'done')
        self.assertRecordValues(case.task_ids.sorted('id'), [
            {'state': 'done', 'acted_by_id': self.unit_head.id, 'comment': False},
            {'state': 'done', 'acted_by_id': self.leader.id, 'comment': "Đồng ý"},
        ])
        self.assertEqual(self._get_events(document)[-3:], ['routing', 'approval', 'approval'])

    def test_fields_of_the_route_are_empty_where_there_is_none(self):
        document = self._create_document()
        step = ('route_state', 'route_strip', 'own_route_kind', 'own_route_label')
        self.assertEqual([document[name] for name in step], [False] * 4)
        self._create_route(self._person(self.unit_head))
        document = self._create_on_route().with_user(self.unit_head)
        self.assertTrue(all(document[name] for name in step))
        self.assertEqual(document.own_route_label, document.own_route_task_id.step_id.name)

    def test_only_the_next_person_is_told(self):
        self._create_route(self._person(self.unit_head), self._role('leader'))
        document = self._create_on_route()
        self.assertEqual(document.activity_ids.user_id, self.unit_head)
        self._act(document, self.unit_head)
        document.invalidate_recordset()
        self.assertEqual(document.activity_ids.user_id, self.leader)
        self._act(document, self.leader)
        document.invalidate_recordset()
        self.assertFalse(document.activity_ids)

    def test_one_acts_for_the_group_and_the_others_are_asked_no_more(self):
        second = self._create_person('second_leader', 'leader', self.unit_culture)
        self._create_route(self._role('leader'))
        document = self._create_on_route()
        self.assertEqual(self._get_people(document), [self.leader | second])
        self.assertEqual(document.activity_ids.user_id, self.leader | second)
        task = self._get_open(document)
        task.with_user(self.leader).action_approve()
        document.invalidate_recordset()
        self.assertFalse(document.activity_ids)
        with self.assertRaisesRegex(UserError, "has already acted"):
            task.with_user(second).action_approve()

    def test_who_acts(self):
        """Every choice of who acts finds its people."""
        document = self._create_document(direction='internal', unit_id=self.unit_finance.id)
        for values, expected in (
            (self._role('leader'), self.leader),
            ({'actor': 'unit_head', 'unit_id': self.unit_finance.id}, self.finance_head),
            ({'actor': 'responsible_head'}, self.finance_head),
            ({'actor': 'drafter_head'}, self.unit_head),
            (self._person(self.manager), self.manager),
            ({'actor': 'field', 'actor_field': 'unit_id'}, self.finance_head),
            ({'actor': 'field', 'actor_field': 'create_uid'}, self.clerk),
        ):
            with self.subTest(values=values):
                route = self._create_route(values, publish=False)
                step = route.version_ids.step_ids
                people = step._get_people(document.sudo())
                self.assertEqual(people[document.id], tuple(expected.ids))
                self.assertTrue(step.who)
                route.unlink()

    def test_conditions_leave_steps_out(self):
        self._create_route(
            {**self._person(self.unit_head), 'condition': "[('urgency', '!=', 'normal')]"},
            self._role('leader'))
        self.assertEqual(self._get_people(self._create_on_route()), [self.leader])
        self.assertEqual(self._get_people(self._create_on_route(urgency='urgent')), [self.unit_head])

    def test_the_first_route_that_fits_takes_the_document(self):
        plans = self._create_route(
            self._person(self.manager), type_ids=[Command.set(self.type_plan.ids)], sequence=5)
        urgent = self._create_route(self._role('leader'), domain="[('urgency', '=', 'express')]", sequence=6)
        rest = self._create_route(self._person(self.unit_head), sequence=7)
        for values, route in (
            ({'type_id': self.type_plan.id, 'urgency': 'express'}, plans), ({'urgency': 'express'}, urgent), ({}, rest),
        ):
            with self.subTest(values=values):
                self.assertEqual(self._create_on_route(**values).route_case_ids.route_id, route)
        self.assertFalse(self._create_on_route(direction='outgoing').route_case_ids)

    def test_steps_side_by_side(self):
        self._create_route(
            self._person(self.unit_head), {**self._person(self.finance_head), 'is_parallel': True},
            self._role('leader'))
        document = self._create_on_route()
        self.assertEqual(self._get_people(document), [self.unit_head, self.finance_head])
        self._act(document, self.finance_head)
        self.assertEqual(self._get_people(document), [self.unit_head])
        self._act(document, self.unit_head)
        self.assertEqual(self._get_people(document), [self.leader])

    def test_any_one_of_them_is_enough(self):
        self._create_route(
            {**self._person(self.unit_head), 'join': 'any'},
            {**self._person(self.finance_head), 'is_parallel': True, 'join': 'any'}, self._role('leader'))
        document = self._create_on_route()
        self._act(document, self.finance_head)
        self.assertEqual(self._get_people(document), [self.leader])
        self.assertEqual(document.route_task_ids.filtered(lambda task: task.state == 'cancelled').user_ids, self.unit_head)

    def test_who_has_just_approved_is_not_asked_again(self):
        steps = self._person(self.leader), self._role('leader'), self._person(self.manager)
        route = self._create_route(*steps)
        document = self._create_on_route()
        self._act(document, self.leader)
        self.assertEqual(self._get_people(document), [self.manager])
        self.assertEqual(document.route_task_ids.sorted('id')[1].note, 'already')
        route.active = False
        self._create_route(*steps, ask_once=False)
        document = self._create_on_route()
        self._act(document, self.leader)
        self.assertEqual(self._get_people(document), [self.leader])

    def test_returning_and_doing_it_again(self):
        self._create_route(
            self._person(self.unit_head), self._person(self.manager),
            {**self._role('leader'), 'return_target': 'any'})
        document = self._create_on_route()
        self._act(document, self.unit_head)
        self._act(document, self.manager)
        task = self._get_open(document).with_user(self.leader)
        self.assertEqual(task._get_return_steps().mapped('name'), ["Bước 1", "Bước 2"])
        with self.assertRaisesRegex(UserError, "Say why"):
            task._return("  ")
        form = Form(self.env['civic.route.act.wizard'].with_user(self.leader).with_context(
            **task.action_return()['context']))
        form.comment = "Thiếu dự toán"
        form.step_id = task._get_return_steps()[0]
        form.save().action_confirm()
        self.assertEqual(self._get_people(document), [self.unit_head])
        self.assertEqual(document.route_case_ids.round, 2)
        self.assertIn('return', self._get_events(document))
        for user in (self.unit_head, self.manager, self.leader):
            self._act(document, user)
        self.assertEqual(document.route_case_ids.state, 'done')

    def test_a_return_from_the_first_step_ends_the_route(self):
        self._create_route(self._person(self.unit_head))
        document = self._create_on_route()
        self._get_open(document).with_user(self.unit_head)._return("Sai thẩm quyền")
        self.assertEqual(document.route_case_ids.state, 'stopped')
        self.assertFalse(self._get_open(document))

    def test_a_loop_of_returns_is_broken(self):
        self.env['civic.rule.value'].create({
            'key': 'route.max_returns', 'value': '2', 'company_id': self.agency.id, 'value_type': 'integer'})
        self._create_route(self._person(self.unit_head), self._role('leader'))
        document = self._create_on_route()
        for _number in range(2):
            self._act(document, self.unit_head)
            self._get_open(document).with_user(self.leader)._return("Làm lại")
        self._act(document, self.unit_head)
        with self.assertRaisesRegex(UserError, "returned 2 times already"):
            self._get_open(document).with_user(self.leader)._return("Làm lại")
        self._act(document, self.leader)
        self.assertEqual(document.route_case_ids.state, 'done')

    def test_an_opinion_needs_words(self):
        self._create_route({**self._person(self.unit_head), 'kind': 'opinion'}, self._role('leader'))
        document = self._create_on_route()
        with self.assertRaisesRegex(UserError, "Write your opinion"):
            self._act(document, self.unit_head)
        self._act(document, self.unit_head, "Nên giao Phòng Tài chính")
        self.assertEqual(self._get_people(document), [self.leader])
        self.assertEqual(self._get_events(document)[-1], 'opinion')

    def test_a_secret_in_a_comment_is_refused(self):
        self._create_route(self._person(self.unit_head))
        document = self._create_on_route()
        with self.assertRaisesRegex(UserError, "state secrets"):
            self._act(document, self.unit_head, "TUYỆT MẬT")

    def test_information_holds_nothing_up(self):
        self._create_route({**self._person(self.manager), 'kind': 'inform'}, self._role('leader'))
        document = self._create_on_route()
        self.assertEqual(self._get_people(document), [self.manager, self.leader])
        self._act(document, self.leader)
        self.assertEqual(document.route_case_ids.state, 'done')
        self._act(document, self.manager)
        self.assertFalse(self._get_open(document))

    # === END === #

    def test_withdrawing_while_nobody_has_acted(self):
        self._create_route(self._person(self.unit_head), self._role('leader'))
        document = self._create_on_route()
        case = document.route_case_ids
        self.assertTrue(case.with_user(self.clerk).can_withdraw)
        with self.assertRaises(AccessError):
            case.with_user(self.leader)._apply_reason('_withdraw', "Nhầm")
        case.with_user(self.clerk)._apply_reason('_withdraw', "Nhầm tuyến")
        self.assertRecordValues(case, [{'state': 'stopped', 'stop_reason': "Nhầm tuyến"}])
        document.invalidate_recordset()
        self.assertFalse(document.activity_ids)
        other = self._create_on_route()
        self._act(other, self.unit_head)
        with self.assertRaisesRegex(UserError, "has already acted"):
            other.route_case_ids.with_user(self.clerk)._apply_reason('_withdraw', "Nhầm")

    def test_the_administrator_stops_a_route(self):
        self._create_route(self._person(self.unit_head))
        document = self._create_on_route()
        case = document.route_case_ids
        for user in (self.clerk, self.unit_head, self.leader):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                case.with_user(user)._apply_reason('_stop_by_administrator', "Thừa")
        case.with_user(self.records_admin)._apply_reason('_stop_by_administrator', "Văn bản trùng")
        self.assertEqual(case.state, 'stopped')
        with self.assertRaisesRegex(UserError, "not on a route any more"):
            case.with_user(self.records_admin)._apply_reason('_stop_by_administrator', "Lần nữa")

    def test_cancelling_the_document_ends_its_route(self):
        self._create_route(self._person(self.unit_head))
        document = self._create_on_route()
        document._cancel("Nhập nhầm")
        self.assertRecordValues(document.route_case_ids, [{'state': 'stopped', 'stop_reason': "Nhập nhầm"}])

    # === BAD INPUT === #

    def test_a_route_that_leads_to_nobody_is_not_published(self):
        gone = self._create_person('gone', 'specialist', self.unit_culture)
        headless = self.env['hr.department'].create({'name': "Phòng Trống", 'company_id': self.agency.id})
        closed = self.env['hr.department'].create({'name': "Phòng Giải thể", 'company_id': self.agency.id})
        closed.manager_id = self.unit_culture.manager_id
        for values, message in (
            (None, "has no step"),
            ({'actor': 'unit_head', 'unit_id': headless.id}, "has no head"),
            ({'actor': 'unit_head', 'unit_id': closed.id}, "was closed"),
            ({'actor': 'unit_head'}, "which unit"),
            (self._person(gone), "no longer works here"),
            ({'actor': 'person'}, "which person"),
            ({'actor': 'role'}, "which role"),
            ({'actor': 'field'}, "which field"),
            ({**self._role('leader'), 'late_action': 'escalate', 'deadline_days': 1}, "does not say who acts"),
            ({**self._role('leader'), 'join': 'count', 'join_count': 3}, "there are only 1"),
        ):
            with self.subTest(values=values):
                route = self._create_route(*([values] if values else []), publish=False)
                if values and values.get('user_id'):
                    gone.active = False
                if values and values.get('unit_id') == closed.id:
                    closed.active = False
                with self.assertRaisesRegex(UserError, message):
                    route.version_ids._publish(self.env['civic.document']._today())
                self.assertRegex(route.version_ids.problems, message)

    def test_a_role_that_nobody_holds_is_not_published(self):
        self.archivist.active = False
        route = self._create_route(self._role('archivist'), publish=False)
        with self.assertRaisesRegex(UserError, "nobody in"):
            route.version_ids._publish(self.env['civic.document']._today())

    def test_a_unit_of_another_agency_is_refused(self):
        with self.assertRaisesRegex(ValidationError, "is no unit of"):
            self._create_route({'actor': 'unit_head', 'unit_id': self.foreign_unit.id}, publish=False)
        with self.assertRaisesRegex(ValidationError, "does not work for"):
            self._create_route(self._person(self.foreign_clerk), publish=False)

    def test_a_unit_that_became_unknown_does_not_lose_the_document(self):
        self._create_route({'actor': 'unit_head', 'unit_id': self.unit_finance.id}, self._role('leader'))
        self.unit_finance.active = False
        document = self._create_on_route()
        task = self._get_open(document)
        self.assertEqual(task.note, 'nobody')
        self.assertIn(self.records_admin, task.user_ids)
        self._act(document, self.records_admin)
        self.assertEqual(self._get_people(document), [self.leader])

    def test_a_person_who_leaves_does_not_take_the_document_along(self):
        self._create_route(self._person(self.finance_head), self._role('leader'))
        document = self._create_on_route()
        self.finance_head.active = False
        task = self._get_open(document)
        self.assertEqual(task.note, 'left')
        self.assertIn(self.records_admin, task.user_ids)
        document.invalidate_recordset()
        self.assertIn(self.records_admin, document.activity_ids.user_id)
        task.with_user(self.records_admin)._hand_over(self.unit_head, "Người cũ chuyển công tác")
        self.assertEqual(self._get_people(document), [self.unit_head])
        self._act(document, self.unit_head)
        self.assertEqual(self._get_people(document), [self.leader])

    def test_a_condition_whose_field_is_gone_keeps_the_step(self):
        route = self._create_route({**self._person(self.unit_head), 'condition': "[('urgency', '=', 'urgent')]"})
        self.env.cr.execute(
            "UPDATE civic_route_step SET condition = %s WHERE id = %s",
            ["[('field_of_a_removed_room', '=', 1)]", route.version_ids.step_ids.id])
        route.version_ids.step_ids.invalidate_recordset()
        document = self._create_on_route()
        self.assertEqual((self._get_people(document), self._get_open(document).note), ([self.unit_head], 'broken'))
        self.assertIn("cannot be read", route.version_ids.problems)

    def test_a_route_whose_condition_is_gone_takes_nothing(self):
        route = self._create_route(self._person(self.unit_head))
        self.env.cr.execute(
            "UPDATE civic_route_version SET domain = %s WHERE id = %s",
            ["[('field_of_a_removed_room', '=', 1)]", route.version_ids.id])
        route.version_ids.invalidate_recordset()
        self.assertFalse(self._create_on_route().route_case_ids)

    def test_conditions_are_data_and_never_code(self):
        for text in (
            "[('urgency', '=', __import__('os').getcwd())]", "exec('x')", "[('no_such_field', '=', 1)]",
            "[('create_uid.password', '=like', 'a%')]",
            "[('unit_id.manager_id.private_email', '=like', 'a%')]", "[('issuer_id.no_such', '=', 1)]", "[('message_ids', '!=', False)]",
            "[('urgency'", "{'a': 1}", "[(" * 200, "[('content_ids', 'any!', [('name', '=', 'x')])]",
        ):
            with self.subTest(text=text[:40]), self.assertRaises(UserError):
                self._create_route({**self._role('leader'), 'condition': text}, publish=False)
            with self.subTest(text=text[:40]), self.assertRaises(UserError):
                self._create_route(self._role('leader'), publish=False, domain=text)

    def test_two_people_cannot_both_act(self):
        """The second one waits for nothing and is told that somebody else is acting."""
        second = self._create_person('second_leader', 'leader', self.unit_culture)
        self._create_route(self._role('leader'), self._person(self.manager))
        document = self._create_on_route()
        task = self._get_open(document)
        task.with_user(self.leader)._act()
        with self.assertRaisesRegex(UserError, "Town leader has already acted"):
            task.with_user(second)._act()
        with self.assertRaisesRegex(UserError, "Town leader has already acted"):
            task.with_user(second)._return("Muộn")
        self.assertEqual(len(self._get_open(document)), 1)

    # === VERSIONS === #

    def test_running_documents_finish_on_their_version(self):
        route = self._create_route(self._person(self.unit_head), self._role('leader'))
        old = route.version_ids
        document = self._create_on_route()
        draft = route.version_ids[:1]._copy_to_draft()
        draft.step_ids.filtered(lambda step: step.stage == 2).write(self._person(self.manager))
        draft._publish(self.env['civic.document']._today())
        self.assertEqual((old.state, draft.state, draft.number), ('retired', 'published', 2))
        self._act(document, self.unit_head)
        self.assertEqual(self._get_people(document), [self.leader])
        fresh = self._create_on_route()
        self.assertEqual(fresh.route_case_ids.version_id, draft)
        self._act(fresh, self.unit_head)
        self.assertEqual(self._get_people(fresh), [self.manager])

    def test_a_published_version_never_changes(self):
        version = self._create_route(self._person(self.unit_head)).version_ids
        step = version.step_ids
        for act in (
            lambda: version.write({'domain': "[('urgency', '=', 'urgent')]"}),
            lambda: version.write({'step_ids': [Command.clear()]}),
            lambda: version.write({'note': "x"}),
            lambda: step.write({'user_id': self.leader.id}),
            lambda: step.unlink(),
            lambda: version.unlink(),
            lambda: version.route_id.unlink(),
            lambda: version.route_id.write({'direction': 'incoming'}),
            lambda: self.env['civic.route.step'].with_user(self.records_admin).create(
                {'version_id': version.id, 'name': "Thêm", **self._role('leader')}),
        ):
            with self.assertRaises(UserError):
                act()
        for values in ({'state': 'draft'}, {'published_by_id': self.leader.id}, {'number': 7}):
            with self.subTest(values=values), self.assertRaises(AccessError):
                version.write(values)

    def test_a_version_is_published_once_and_from_a_day_to_come(self):
        route = self._create_route(self._person(self.unit_head))
        version = route.version_ids
        today = self.env['civic.document']._today()
        with self.assertRaisesRegex(UserError, "already published"):
            version._publish(today)
        draft = version._copy_to_draft()
        with self.assertRaisesRegex(UserError, "in the past"):
            draft._publish(today - timedelta(days=1))
        with self.assertRaisesRegex(UserError, "already has a draft"):
            version._copy_to_draft()
        draft._publish(today + timedelta(days=10))
        self.assertEqual(route.current_version_id, version)
        third = draft._copy_to_draft()
        for day in (5, 10):
            with self.subTest(day=day), self.assertRaisesRegex(UserError, "comes into force"):
                third._publish(today + timedelta(days=day))
        third._publish(today + timedelta(days=11))
        with freeze_time(fields.Datetime.now() + timedelta(days=12)):
            self.env['civic.route.version']._cron_retire()
        self.assertEqual(
            (version | draft | third).sorted('number').mapped('state'), ['retired', 'retired', 'published'])

    def test_two_versions_of_one_day_are_refused_by_the_database(self):
        version = self._create_route(self._person(self.unit_head)).version_ids
        self.env.flush_all()
        with mute_logger('odoo.sql_db'), self.assertRaises(psycopg2.IntegrityError), self.env.cr.savepoint():
            self.env.cr.execute("""
                INSERT INTO civic_route_version (route_id, number, state, valid_from)
                SELECT route_id, 9, state, valid_from FROM civic_route_version WHERE id = %s""", [version.id])

    def test_publishing_warns_that_nothing_was_tried(self):
        version = self._create_route(self._person(self.unit_head), publish=False).version_ids
        wizard = self.env['civic.route.publish.wizard'].with_user(self.records_admin).create({'version_id': version.id})
        with self.assertRaisesRegex(UserError, "was not tried"):
            wizard.action_publish()
        wizard.is_understood = True
        wizard.action_publish()
        self.assertEqual(version.state, 'published')
        line = self.env['civic.journal.entry'].search(
            [('res_model', '=', 'civic.route.version'), ('res_id', '=', version.id)], limit=1)
        self.assertEqual(
            (line.event_type, json.loads(line.detail)['act'], json.loads(line.detail)['simulated']),
            ('configuration', 'publish', False))

    def test_a_template_is_copied_to_the_agency(self):
        template = self.env['civic.route'].create({
            'name': "Mẫu", 'company_id': False, 'direction': 'internal',
            'version_ids': [Command.create({'step_ids': [Command.create({'name': "Duyệt", **self._role('leader')})]})]})
        with self.assertRaisesRegex(UserError, "is a template"):
            template.version_ids._publish(self.env['civic.document']._today())
        action = template.with_user(self.records_admin).action_use_template()
        version = self.env['civic.route.version'].browse(action['res_id'])
        self.assertEqual((version.company_id, version.state, version.step_ids.who), (
            self.agency, 'draft', self.env.ref('civic_base.group_leader').name))

    # === LATENESS === #

    def _be_late(self, document, **values):
        tasks = self._get_open(document)
        past = fields.Datetime.now() - timedelta(days=2)
        tasks.write({'deadline': past, 'late_from': past, **values})
        return tasks

    def test_deadlines_are_set_from_the_start_of_the_step(self):
        with freeze_time('2026-03-06 03:00:00'):        # a Friday, 10:00 in Việt Nam
            self._create_route({**self._role('leader'), 'deadline_days': 1, 'grace_days': 1})
            document = self._create_on_route(arrival_date='2026-03-06')
        task = self._get_open(document)
        self.assertEqual(fields.Datetime.to_string(task.deadline), '2026-03-09 10:00:00')
        self.assertEqual(fields.Datetime.to_string(task.late_from), '2026-03-10 10:00:00')

    def test_a_late_step_is_passed_over(self):
        self._create_route(
            {**self._person(self.unit_head), 'kind': 'opinion', 'late_action': 'skip', 'deadline_days': 1},
            self._role('leader'))
        document = self._create_on_route()
        self._be_late(document)
        self._run_cron()
        self.assertEqual(self._get_people(document), [self.leader])
        self.assertEqual(document.route_task_ids.sorted('id')[0].note, 'late')

    def test_late_steps_bring_others_in_once(self):
        self._create_route({
            **self._person(self.unit_head), 'deadline_days': 1, 'late_action': 'escalate',
            'escalate_actor': 'role', 'escalate_group_id': self.env.ref('civic_base.group_leader').id})
        document = self._create_on_route()
        task = self._be_late(document)
        self._run_cron()
        self.assertEqual(task.user_ids, self.unit_head | self.leader)
        document.invalidate_recordset()
        self.assertEqual(document.activity_ids.user_id, self.unit_head | self.leader)
        lines = len(self._get_events(document))
        self._run_cron()
        self.assertEqual(len(self._get_events(document)), lines)        # once a day
        task.late_on = fields.Date.today() - timedelta(days=3)
        self._run_cron()
        self.assertEqual(len(self._get_events(document)), lines + 1)
        self._act(document, self.leader)
        self.assertEqual(document.route_case_ids.state, 'done')

    def test_late_steps_are_reminded_of_without_a_query_per_step(self):
        self._create_route({**self._role('leader'), 'deadline_days': 1})
        documents = self.env['civic.document']
        for _number in range(12):
            documents |= self._create_on_route()
        tasks = self._be_late(documents)
        self.env.flush_all()
        tasks[:2]._follow_lateness()
        self.env.flush_all()
        self.env.invalidate_all()
        few = self._count_queries(tasks[2:4])
        many = self._count_queries(tasks[4:])
        self.assertEqual(few, many)

    def _count_queries(self, tasks):
        self.env.invalidate_all()
        count = self.env.cr.sql_log_count
        tasks._follow_lateness()
        self.env.flush_all()
        return self.env.cr.sql_log_count - count

    def _run_cron(self):
        self.env.flush_all()
        with self.enter_registry_test_mode():
            self.env.ref('civic_workflow.ir_cron_follow_lateness').method_direct_trigger()
        self.env.invalidate_all()

    def test_an_approval_cannot_be_passed_over(self):
        with self.assertRaisesRegex(ValidationError, "cannot be passed over"):
            self._create_route({**self._role('leader'), 'late_action': 'skip'}, publish=False)

    # === MANY === #

    def test_a_hundred_documents_start_with_the_queries_of_two(self):
        self._create_route(
            {**self._role('leader'), 'deadline_days': 2, 'condition': "[('urgency', '=', 'normal')]"},
            self._person(self.manager))
        counts = []
        for size in (2, 2, 40):
            documents = self.env['civic.document'].with_user(self.clerk).create(
                [self._prepare_document(direction='internal', code_number=str(number)) for number in range(size)])
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            documents._start_route()
            self.env.flush_all()
            counts.append(self.env.cr.sql_log_count - before)
            self.assertEqual(len(documents.route_case_ids), size)
        # the turn of a second between two writes may split one statement
        self.assertLessEqual(counts[2], counts[1] + 2)

    def test_forty_approvals_cost_the_queries_of_two(self):
        self._create_route(self._role('leader'), {**self._person(self.manager), 'deadline_days': 3})
        counts = []
        for size in (2, 2, 40):
            documents = self.env['civic.document'].with_user(self.clerk).create(
                [self._prepare_document(direction='internal', code_number=str(number)) for number in range(size)])
            documents._start_route()
            tasks = self._get_open(documents).with_user(self.leader)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            tasks.action_approve()
            self.env.flush_all()
            counts.append(self.env.cr.sql_log_count - before)
        # the turn of a second between two writes may split one statement
        self.assertLessEqual(counts[2], counts[1] + 2)

    def test_the_strips_show_the_way(self):
        self._create_route(
            {**self._person(self.unit_head), 'name': "Thẩm định <b>"}, {**self._role('leader'), 'deadline_days': 3})
        document = self._create_on_route()
        self.assertIn("Thẩm định &lt;b&gt;", document.route_case_id.version_id.strip)
        self.assertIn(self.unit_head.name, document.route_strip)
        self._act(document, self.unit_head, "Đã <i>xem</i>")
        document.invalidate_recordset()
        self.assertIn("Đã &lt;i&gt;xem&lt;/i&gt;", document.route_strip)
        self.assertIn(self.leader.name, document.route_strip)
        self.assertIn(self.leader.name, document.route_summary)
