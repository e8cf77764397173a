from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import CivicKpiCommon


@tagged('post_install', '-at_install')
class TestKpiDashboard(CivicKpiCommon):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.in_time = cls._handled('2026-03-03', done='2026-03-03', arrival='2026-03-02')
        cls.late = cls._handled('2026-03-04', done='2026-03-09', arrival='2026-03-02')
        cls.open_one = cls._handled('2026-03-11', arrival='2026-03-02')
        cls._handled('2026-03-11', company=cls.other_agency, arrival='2026-03-02')
        cls._refresh()

    def _get(self, user, **options):
        return self.env['civic.kpi.board'].with_user(user).get_dashboard(options)

    def test_what_a_manager_sees(self):
        board = self._get(self.manager)
        self.assertEqual(board['company_id'], self.agency.id)
        self.assertEqual([row['id'] for row in board['agencies']], [self.agency.id])
        light = next(row for row in board['lights'] if row['indicator_id'] == self._indicator('ONTIME').id)
        # 1 of 3 = 33.3 %
        self.assertEqual((light['shown'], light['verdict'], light['target']), ('33,3 %', 'fail', 95.0))
        self.assertEqual([step['numerator'] for step in board['funnel']], [3, 3, 3, 2, 0, 0])
        # the open one is nine days late on the 20th
        self.assertEqual([step['numerator'] for step in board['ageing']], [0, 1, 0, 0])
        self.assertEqual([(row['count'], row['oldest']) for row in board['people']], [(1, '11/03/2026')])
        [row] = board['heat']['rows']
        self.assertEqual(row['name'], self.unit_culture.name)
        # the week of 2 March: 1 of 2; that of 9 March: 0 of 1
        self.assertEqual([cell and cell['shown'] for cell in row['cells'][-3:]], ['50,0 %', '0,0 %', False])
        series = next(one for one in board['trends']['series'] if one['indicator_id'] == self._indicator('ONTIME').id)
        self.assertEqual((series['values'][-1], series['targets'][-1]), (33.33, 95.0))

    def test_the_city_sees_all_agencies(self):
        board = self._get(self.city_manager)
        self.assertFalse(board['company_id'])
        self.assertEqual({row['id'] for row in board['agencies']}, {self.agency.id, self.other_agency.id})
        only = self._get(self.city_manager, level='department')
        self.assertEqual([row['id'] for row in only['agencies']], [self.other_agency.id])
        self.assertEqual([row['name'] for row in board['heat']['rows']], sorted([self.agency.name, self.other_agency.name]))

    def test_a_level_is_its_agencies(self):
        """Of the departments, which is the other agency alone: 0 of 1 in time; of the city 1 of 4 = 25 %."""
        plan = self.env.ref('civic_kpi.plan_4292')
        task = plan.task_ids[0]
        (plan.task_ids - task).state = 'cancelled'
        task.write({'company_id': self.agency.id, 'state': 'doing', 'date_due': '2026-12-31'})
        city = self._get(self.city_manager)
        board = self._get(self.city_manager, level='department')
        figures = [{one['indicator_id']: one for one in shown['lights']} for shown in (city, board)]
        code, per_day = self._indicator('ONTIME').id, self._indicator('PERDAY').id
        self.assertEqual([lights[code]['shown'] for lights in figures], ['25,0 %', '0,0 %'])
        self.assertEqual((figures[1][code]['numerator'], figures[1][code]['denominator']), (0, 1))
        self.assertEqual((figures[1][code]['verdict'], figures[1][code]['target']), ('fail', 95.0))
        # 1 of 4 documents on the 15 working days until the 20th
        self.assertEqual([lights[per_day]['numerator'] for lights in figures], [4, 1])
        self.assertEqual([lights[per_day]['denominator'] for lights in figures], [15, 15])
        # what no part of the system counts says so for a level as well
        self.assertEqual(figures[0][self._indicator('K2').id]['reason'], figures[1][self._indicator('K2').id]['reason'])
        self.assertEqual([shown['funnel'][0]['numerator'] for shown in (city, board)], [4, 1])
        self.assertEqual([[step['numerator'] for step in shown['ageing']] for shown in (city, board)], [[0, 2, 0, 0], [0, 1, 0, 0]])
        series = [
            next(one for one in shown['trends']['series'] if one['indicator_id'] == code)['values'][-1] for shown in (city, board)]
        self.assertEqual(series, [25.0, 0.0])
        self.assertEqual([row['name'] for row in board['heat']['rows']], [self.other_agency.name])
        self.assertEqual([row['id'] for row in board['agencies']], [self.other_agency.id])
        self.assertEqual([sum(step['count'] for step in shown['plan']) for shown in (city, board)], [1, 0])
        # of an agency that was chosen the level says nothing
        self.assertEqual(self._get(self.city_manager, level='department', company_id=self.agency.id)['agencies'][0]['id'], self.agency.id)

    def test_what_stands_behind_a_figure_of_a_level(self):
        Board = self.env['civic.kpi.board'].with_user(self.city_manager)
        board = self._get(self.city_manager, level='department')
        lights = {one['indicator_id']: one for one in board['lights']}
        light = lights[self._indicator('ONTIME').id]
        self.assertEqual(len(Board.get_drill(light['id'], 'all')['domain'][0][2]), 4)
        [found] = Board.get_drill(light['id'], 'all', False, 'department')['domain'][0][2]
        self.assertEqual(self.env['civic.document'].browse(found).company_id, self.other_agency)
        # behind others stand no rows of the system: the figures of these agencies open
        other = next(one['id'] for one in board['indicators'] if not one['has_documents'] and one['id'] in lights)
        action = Board.get_drill(lights[other]['id'], 'all', False, 'department')
        self.assertEqual(action['res_model'], 'civic.kpi.value')
        self.assertEqual(self.env['civic.kpi.value'].search(action['domain']).company_id, self.other_agency)
        form = self.env['civic.form.kpi_figures'].with_user(self.city_manager)
        options = form._prepare_options({'level': 'department'})
        self.assertIn("City department", form._get_title(options))

    def test_a_level_and_a_field(self):
        """The field is a unit of each agency: of the city 1 of 4, of the departments 0 of 1."""
        field = self.env['civic.work.field'].create({'name': "Culture here and there"})
        (self.unit_culture | self.foreign_unit).work_field_ids = field
        shown = []
        for level in (False, 'department'):
            lights = self._get(self.city_manager, level=level, field_id=field.id)['lights']
            light = next(one for one in lights if one['indicator_id'] == self._indicator('ONTIME').id)
            shown.append((light['numerator'], light['denominator']))
        self.assertEqual(shown, [(1, 4), (0, 1)])

    def test_a_field_of_work_is_its_units(self):
        """The field is one unit of the agency and one of the other: 1 of 3 there, 0 of 1 here, 1 of 4 = 25 % of the city.

        A unit without the field has a document in time, which the agency's 2 of 4 counts and the field does not.
        """
        self._handled('2026-03-05', done='2026-03-05', unit=self.unit_finance, arrival='2026-03-02')
        self._refresh()
        field = self.env['civic.work.field'].create({'name': "Culture here and there"})
        (self.unit_culture | self.foreign_unit).work_field_ids = field
        code = self._indicator('ONTIME').id
        board = self._get(self.city_manager, field_id=field.id)
        light = next(row for row in board['lights'] if row['indicator_id'] == code)
        self.assertEqual((light['shown'], light['verdict'], light['target']), ('25,0 %', 'fail', 95.0))
        self.assertEqual({row['id']: row['figures'][code]['shown'] for row in board['agencies']}, {
            self.agency.id: '33,3 %', self.other_agency.id: '0,0 %'})
        self.assertNotIn(self._indicator('K1').id, [row['indicator_id'] for row in board['lights']], "not measured by unit")
        # 5 documents arrived on 15 working days until the 20th, 4 of them in the field: days are not added up
        light = next(row for row in board['lights'] if row['indicator_id'] == self._indicator('PERDAY').id)
        self.assertEqual((light['numerator'], light['denominator']), (4, 15))
        series = next(one for one in board['trends']['series'] if one['indicator_id'] == code)
        self.assertEqual(series['values'][-1], 25.0)
        own = self._get(self.manager, field_id=field.id)
        light = next(row for row in own['lights'] if row['indicator_id'] == code)
        self.assertEqual((light['shown'], [row['name'] for row in own['heat']['rows']]), ('33,3 %', [self.unit_culture.name]))
        Board = self.env['civic.kpi.board'].with_user(self.manager)
        documents = self.env['civic.document'].with_user(self.manager)
        self.assertEqual(
            documents.search(Board.get_drill(light['id'], 'all', field.id)['domain']), self.in_time | self.late | self.open_one)
        self.assertEqual(documents.search_count(Board.get_drill(light['id'], 'all')['domain']), 4)
        # a field that no unit has measures nothing, and opens nothing
        field.unit_ids = False
        light = next(row for row in self._get(self.manager, field_id=field.id)['lights'] if row['indicator_id'] == code)
        self.assertEqual(light['verdict'], 'na')
        self.assertFalse(documents.search(Board.get_drill(light['id'], 'all', field.id)['domain']))

    def test_every_number_opens_its_documents(self):
        Board = self.env['civic.kpi.board'].with_user(self.manager)
        board = self._get(self.manager)
        light = next(row for row in board['lights'] if row['indicator_id'] == self._indicator('ONTIME').id)

        def behind(action):
            return self.env['civic.document'].with_user(self.manager).search(action['domain'])

        self.assertEqual(behind(Board.get_drill(light['id'])), self.late | self.open_one)
        self.assertEqual(behind(Board.get_drill(light['id'], 'numerator')), self.in_time)
        self.assertEqual(behind(Board.get_drill(light['id'], 'all')), self.in_time | self.late | self.open_one)
        for step in board['funnel'] + board['ageing'] + [cell for cell in board['heat']['rows'][0]['cells'] if cell]:
            with self.subTest(step=step.get('name', step['shown'])):
                part = 'all' if step['denominator'] else 'numerator'
                self.assertEqual(len(behind(Board.get_drill(step['id'], part))), step['denominator'] or step['numerator'])
        person = board['people'][0]
        self.assertEqual(
            behind(Board.get_drill_person(self.agency.id, person['user_id'], person['unit_id'])), self.open_one)

    def test_every_light_opens_what_it_counts(self):
        """Whatever is counted opens as so many rows; what no part of the system counts says so."""
        Board = self.env['civic.kpi.board'].with_user(self.city_manager)
        self.env['civic.plan.acceptance'].with_user(self.city_manager).action_prepare()
        self.env['civic.plan.budget.line'].create({
            'name': "Số hóa", 'company_id': self.agency.id, 'year': 2026, 'allocated': 2e6, 'spent': 1e6})
        self.env['civic.kpi.period']._refresh_open(None)
        board = self._get(self.city_manager)
        indicators = {one['id']: one for one in board['indicators']}
        opened = set()
        for light in board['lights']:
            indicator = indicators[light['indicator_id']]
            with self.subTest(indicator['code']):
                if not indicator['has_documents']:
                    with self.assertRaisesRegex(UserError, "no rows of this system"):
                        Board.get_drill(light['id'], 'all')
                    continue
                action = Board.get_drill(light['id'], 'all')
                count = len(action['domain'][0][2])
                self.assertIn(action['res_model'], self.env)
                if indicator['unit'] != 'average' and indicator['code'] not in ('K1', 'K2', 'BUDGET'):
                    self.assertEqual(count, light['denominator'] or light['numerator'])
                opened.add(indicator['code'])
        self.assertGreaterEqual(opened, {
            'K1', 'K2', 'K3', 'K5', 'K8', 'ONTIME', 'OVERDUE', 'PERDAY', 'UNFILED', 'FILESDUE', 'DAYSUNIT', 'STORAGE', 'BUDGET', 'READS'})

    def test_it_reads_figures_and_no_documents(self):
        """The same number of queries, and none of them on documents, however many there are."""
        def count():
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self._get(self.city_manager)
            return self.cr.sql_log_count - before

        count()
        few = count()
        for number in range(1, 11):
            self._handled('2026-03-12', company=self.other_agency, done='2026-03-12', arrival=f'2026-03-{number:02}')
        self._refresh()
        count()
        self.assertLessEqual(count(), few)

    def test_lists_are_cards_on_a_telephone(self):
        """But those of two or three short columns."""
        ids = self.env['ir.model.data'].search([
            ('module', '=', 'civic_kpi'), ('model', '=', 'ir.actions.act_window')]).mapped('res_id')
        actions = self.env['ir.actions.act_window'].browse(ids).filtered(lambda action: action.view_mode.startswith('list'))
        without = actions.filtered(lambda action: action.mobile_view_mode != 'kanban' or 'kanban' not in action.view_mode.split(','))
        self.assertEqual(set(without.mapped('res_model')), {
            'civic.kpi.board', 'civic.plan', 'civic.plan.check', 'civic.work.field'})

    def test_alerts_tell_once(self):
        event = self.env.ref('civic_kpi.notification_event_kpi_alert')
        lines = self.env['civic.notification.line']

        def told():
            return lines.search([('user_id', '=', self.manager.id), ('event_id', '=', event.id)])

        self.env['civic.kpi.alert']._check()
        self.assertIn(self._figure('ONTIME', company=self.agency).id, told().mapped('res_id'))
        self.assertIn("33,3 %", " ".join(told().mapped('body')))
        count = len(told())
        self.env['civic.kpi.alert']._check()
        self.assertEqual(len(told()), count, "once, not at every count")
        self.assertNotIn(self._figure('ONTIME', company=self.other_agency).id, told().mapped('res_id'))

    def test_each_alert_tells_its_own_people(self):
        """An alert that was added later tells of a figure of which another one has told, and by what it was set off."""
        self.env['civic.kpi.alert']._check()
        self.env['civic.kpi.alert'].create({
            'indicator_id': self._indicator('OVERDUE').id, 'company_id': self.agency.id, 'kind': 'limit', 'limit': 0,
            'user_ids': self.city_manager.ids})
        self.env['civic.kpi.alert'].create({
            'indicator_id': self._indicator('ONTIME').id, 'company_id': self.agency.id, 'user_ids': self.city_manager.ids})
        self.env['civic.kpi.alert']._check()
        lines = self.env['civic.notification.line'].search([
            ('user_id', '=', self.city_manager.id), ('event_id.code', '=', 'kpi_alert')])
        self.assertEqual({self.env['civic.kpi.value'].browse(line.res_id).indicator_id.code: line.body for line in lines}, {
            'OVERDUE': "1, limit 0", 'ONTIME': "33,3 %, target 95 %"})

    def test_an_alert_tells_again_after_the_figure_was_well(self):
        lines = self.env['civic.notification.line'].search([])
        figure = self._figure('ONTIME', company=self.agency)
        told = [('user_id', '=', self.manager.id), ('event_id.code', '=', 'kpi_alert'), ('res_id', '=', figure.id)]
        self.env['civic.kpi.alert']._check()
        figure.verdict = 'pass'
        self.env['civic.kpi.alert']._check()
        self.assertEqual(lines.search_count(told), 1)
        figure.verdict = 'fail'
        self.env['civic.kpi.alert']._check()
        self.assertEqual(lines.search_count(told), 2)

    def test_each_is_told_in_the_own_language(self):
        """The job runs in English; who reads Vietnamese gets nothing else."""
        self.env['res.lang']._activate_lang('vi_VN')
        self.manager.lang = 'vi_VN'
        Alert = self.env['civic.kpi.alert'].with_context(lang='en_US')
        Alert._check()
        Alert._cron_digest()
        lines = self.env['civic.notification.line'].search([
            ('user_id', '=', self.manager.id), ('event_id.code', 'in', ('kpi_alert', 'kpi_digest')),
            ('res_id', '=', self._figure('ONTIME', company=self.agency).id)])
        self.assertEqual(lines.mapped('body'), ["33,3 %, chỉ tiêu 95 %"] * 2)

    def test_the_weekly_digest_names_what_is_off_target(self):
        self.env['civic.kpi.alert']._cron_digest()
        lines = self.env['civic.notification.line'].search([
            ('user_id', '=', self.manager.id), ('event_id.code', '=', 'kpi_digest')])
        figures = self.env['civic.kpi.value'].browse(lines.mapped('res_id'))
        self.assertIn('ONTIME', figures.mapped('indicator_id.code'))
        self.assertEqual(figures.company_id, self.agency)
