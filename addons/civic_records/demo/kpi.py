"""Figures of the city: the plan under way, systems accepted here and there, staff with gaps, and months that are closed."""
from datetime import timedelta

from odoo.fields import Command

from . import city

# Items of the checklist that an agency has accepted with minutes, by key of the agency; the rest has none yet.
ACCEPTED = {'ubnd': 4, 'snv': 4, 'stc': 3, 'benthanh': 2, 'ttltls': 3}
# Duties of the plan: item, agency that answers for it, how far it is, evidence.
DUTIES = (
    ('iii_2_a_1', 'snv', 'doing', ''),
    ('iii_2_a_2', 'snv', 'done', "Biên bản nghiệm thu 08/BB-SNV"),
    ('iii_2_c', 'snv', 'doing', ''),
    ('iii_3', 'stc', 'done', "Công văn 112/STC-HCSN"),
)
# Millions of dong of this year and the last: agency, for what, planned, allocated, spent.
BUDGET = (
    ('ttltls', 'digitisation', "Số hóa tài liệu phông UBND Thành phố", 4200, 3600, 2950),
    ('ubnd', 'system', "Nâng cấp hệ thống quản lý văn bản", 1800, 1500, 1500),
    ('snv', 'training', "Tập huấn lưu trữ tài liệu điện tử", 350, 300, 180),
    ('benthanh', 'digitisation', "Số hóa hồ sơ hộ tịch", 600, 420, 90),
)
# Subjects that units handle, by the field of work they belong to.
FIELDS = {
    'home': ('archives', 'staffing'), 'finance': ('budget',), 'construction': ('urban', 'flood'), 'environment': ('environment', 'land'),
    'education': ('education',), 'health': ('health',), 'culture': ('culture',), 'science': ('digital',), 'justice': ('justice',)}
QUALIFICATIONS = ('college', 'bachelor', 'intermediate', 'none')


class KpiFigures:
    """Prepares the plan, and has the figures counted.

    :param loader: the loader of the demo city, which knows its people
    """

    def __init__(self, loader):
        self.loader = loader
        self.env = loader.env

    def load(self):
        manager = self.loader._ref('user_quanly')
        manager.write({'group_ids': [Command.link(self.env.ref('civic_kpi.group_city_figures').id)]})
        self._accept()
        self._name_fields()
        self._move_duties()
        self._enter_staff()
        self._enter_budget()
        self.env['civic.kpi.daily']._refresh()
        self._close_months(manager)

    def _accept(self):
        Acceptance = self.env['civic.plan.acceptance']
        Acceptance.action_prepare()
        for key, count in ACCEPTED.items():
            company = self.loader._ref(f'agency_{key}')
            rows = company and Acceptance.search([('company_id', '=', company.id), ('state', '=', 'open')], limit=count)
            if rows:
                rows.paper_reference = f"Biên bản nghiệm thu số 01/BB của {company.name}"
                rows.action_accept()

    def _name_fields(self):
        for key, subjects in FIELDS.items():
            self.env.ref(f'civic_kpi.work_field_{key}').unit_ids = [Command.link(self.loader._ref(f'unit_{agency}_{unit.key}').id)
                for agency, units in city.UNITS.items() for unit in units
                if set(unit.fields) & set(subjects) and self.loader._ref(f'unit_{agency}_{unit.key}')]

    def _move_duties(self):
        for key, agency, state, evidence in DUTIES:
            task = self.env.ref(f'civic_kpi.task_{key}')
            if task.state == 'todo':
                task.write({'company_id': (self.loader._ref(f'agency_{agency}') or self.env.company).id, 'evidence_note': evidence})
                task.action_begin()
                if state == 'done':
                    task.action_finish()

    def _enter_staff(self):
        today = self.env['civic.kpi.period']._today()
        values = {}
        for number, person in enumerate(person for person in city.PEOPLE if person.role in ('clerk', 'archivist')):
            values[f'duty_{person.login}'] = {
                'employee_id': self.loader._ref(f'employee_{person.login}').id,
                'company_id': self.loader._ref(f'agency_{person.agency}').id,
                'kind': 'archival' if person.role == 'archivist' else 'clerical',
                'qualification': QUALIFICATIONS[number % 4],
                'date_from': today - timedelta(days=900),
                'training_ids': [] if number % 3 == 2 else [Command.create({
                    'name': "Bồi dưỡng nghiệp vụ văn thư, lưu trữ điện tử", 'date': today - timedelta(days=120 + number), 'days': 3})],
            }
        self.loader._create_missing('civic.staff.duty', values)

    def _enter_budget(self):
        year, plan = self.env['civic.kpi.period']._today().year, self.env.ref('civic_kpi.plan_4292')
        self.loader._create_missing('civic.plan.budget.line', {
            f'budget_{agency}_{back}': {
                'plan_id': plan.id, 'company_id': self.loader._ref(f'agency_{agency}').id, 'year': year - back, 'kind': kind, 'name': name,
                'planned': planned * 1e6, 'allocated': allocated * 1e6, 'spent': (allocated if back else spent) * 1e6}
            for agency, kind, name, planned, allocated, spent in BUDGET for back in (0, 1) if self.loader._ref(f'agency_{agency}')})

    def _close_months(self, manager):
        """Months that have been over for more than a month are frozen."""
        Period = self.env['civic.kpi.period']
        limit = Period._today().replace(day=1) - timedelta(days=1)
        months = Period.search([('kind', '=', 'month'), ('state', '=', 'open'), ('date_to', '<', limit)])
        months.with_user(manager).action_close()
