"""The plan of files of the city and some of its files: open, with defects, closed, late and delivered."""
from datetime import timedelta

from odoo.fields import Command, Date, Domain

from .clock import at

# unit: its headings, and below each the files: title, retention period, kind of work
PLANS = {
    'nc': (
        ("Cải cách hành chính", (
            ("Hồ sơ xây dựng, thực hiện kế hoạch cải cách hành chính năm", '20', None),
            ("Hồ sơ chuyển đổi số công tác văn thư, lưu trữ (Kế hoạch 4292)", 'permanent', 'plan'),
            ("Hồ sơ kiểm tra công tác văn thư, lưu trữ", '20', 'inspection'),
        )),
        ("Nội chính", (
            ("Hồ sơ giải quyết kiến nghị của các cơ quan", '10', None),
            ("Công văn trao đổi về công tác nội chính", '5', None),
        )),
    ),
    'kt': (
        ("Kinh tế", (
            ("Hồ sơ giao chỉ tiêu kế hoạch đầu tư công", 'permanent', None),
            ("Hồ sơ theo dõi giải ngân vốn đầu tư công", '20', None),
            ("Hồ sơ xây dựng trụ sở tiếp công dân", 'permanent', 'construction'),
        )),
    ),
    'vx': (
        ("Văn xã", (
            ("Hồ sơ tổ chức lễ hội, sự kiện văn hóa", '10', None),
            ("Hồ sơ phòng, chống dịch bệnh", '20', None),
        )),
    ),
}
MAKERS = {'nc': 'chuyenvien', 'kt': 'kt.chuyenvien', 'vx': 'vx.chuyenvien'}
HEADS = {'nc': 'truongphong', 'kt': 'kt.truong', 'vx': 'vx.truong'}
KINDS = {
    'plan': ("Xây dựng và thực hiện kế hoạch", 'general', (("Kế hoạch được ban hành", 'kh', True), ("Báo cáo kết quả", 'bc', False))),
    'inspection': ("Kiểm tra, thanh tra", 'general', (("Quyết định kiểm tra", 'qd', True), ("Biên bản làm việc", None, True))),
    'construction': ("Xây dựng cơ bản", 'construction', (("Quyết định phê duyệt dự án", 'qd', True), ("Quyết toán", None, True))),
}
PLACES = (
    ('building', None, "Trụ sở Ủy ban nhân dân Thành phố", 'TS', 'building'),
    ('room', 'building', "Kho lưu trữ tầng hầm", 'TS.K1', 'room'),
    ('shelf', 'room', "Giá 1", 'TS.K1.G1', 'shelf'),
    ('box_1', 'shelf', "Hộp 01", 'TS.K1.G1.H01', 'box'),
    ('box_2', 'shelf', "Hộp 02", 'TS.K1.G1.H02', 'box'),
)
FILED = 12                      # documents put into each open file, if the unit has so many
OLD_YEARS = 2                   # for how many years before there are files that were closed


class WorkFiles:
    """Makes them with the methods that people use, each step as the person who would do it.

    :param loader: the loader of the demo city, which knows its people
    """

    def __init__(self, loader):
        self.loader = loader

    def load(self, moment):
        """Make plan and files after everything else that happens in the city.

        :param datetime moment: of the last act, naive UTC
        """
        if self.loader._ref('file_plan_ubnd'):
            return
        self.moment = moment
        with at(self.loader.env.cr, moment):
            self._make_lists()
            plan = self._make_plan(moment.year)
            self._make_old_files(moment.year)
            self._open_files(plan)
            self.loader.env['civic.workfile'].search([('state', '=', 'open')])._refresh_quality()
            self.loader.env.flush_all()

    def _as(self, login, record):
        return record.with_env(self.loader._env_of(login, 'ubnd'))

    def _make_lists(self):
        company = self.loader._ref('agency_ubnd')
        for key, (name, delivery_class, items) in KINDS.items():
            self.loader._create_missing('civic.workfile.kind', {f'workfile_kind_{key}': {
                'name': name, 'delivery_class': delivery_class, 'item_ids': [Command.create({
                    'name': item, 'is_required': required, 'type_id': self._get_type(code)})
                    for item, code, required in items]}})
        for key, parent, name, code, kind in PLACES:
            self.loader._create_missing('civic.workfile.place', {f'place_{key}': {
                'company_id': company.id, 'name': name, 'code': code, 'kind': kind,
                'parent_id': self.loader._ref(f'place_{parent}').id if parent else False}})

    def _get_type(self, code):
        return self.loader.env.ref(f'civic_document.civic_document_type_{code}').id if code else False

    def _get_term(self, key):
        return self.loader.env.ref(f'civic_workfile.retention_term_{key}').id

    def _make_plan(self, year):
        """Units draft, the clerk merges, the leader approves, the clerk publishes."""
        company = self.loader._ref('agency_ubnd')
        for unit_key, headings in PLANS.items():
            unit = self.loader._ref(f'unit_ubnd_{unit_key}')
            env = self.loader._env_of(HEADS[unit_key], 'ubnd')
            part = env['civic.file.plan'].create({'company_id': company.id, 'year': year, 'unit_id': unit.id})
            number = 0
            for heading, files in headings:
                above = env['civic.file.plan.line'].create({
                    'plan_id': part.id, 'is_heading': True, 'title': heading, 'sequence': number * 10, 'notation': '1'})
                for title, term, kind in files:
                    number += 1
                    env['civic.file.plan.line'].create({
                        'plan_id': part.id, 'parent_id': above.id, 'title': title, 'sequence': number * 10,
                        'notation': f'{number:02d}.{unit.abbreviation}', 'unit_id': unit.id,
                        'user_id': self.loader._ref(f'user_{MAKERS[unit_key]}').id, 'retention_term_id': self._get_term(term),
                        'kind_id': self.loader._ref(f'workfile_kind_{kind}').id if kind else False})
            part.action_submit()
        plan = self.loader._env_of('vanthu', 'ubnd')['civic.file.plan'].create({'company_id': company.id, 'year': year})
        self.loader._name({'file_plan_ubnd': plan})
        plan.action_merge()
        plan.action_submit()
        self._as('lanhdao', plan).action_approve()
        self._as('vanthu', plan).action_publish()
        return plan

    def _make_old_files(self, year):
        """Files of earlier years, ended, closed, and one of them with the archive."""
        company = self.loader._ref('agency_ubnd')
        env = self.loader._env_of('chuyenvien', 'ubnd')
        for back in range(OLD_YEARS, 0, -1):
            workfile = env['civic.workfile'].create({
                'company_id': company.id, 'year': year - back, 'notation': '01.NC', 'title': f"Hồ sơ nội chính năm {year - back}",
                'retention_term_id': self._get_term('20'), 'medium': 'hybrid', 'place_id': self.loader._ref(f'place_box_{back}').id,
                'date_start': Date.to_date(f'{year - back}-01-08'), 'date_end': Date.to_date(f'{year - back}-12-20')})
            env['civic.workfile.entry'].create([
                {'workfile_id': workfile.id, 'kind': 'paper', 'name': f"{title} năm {year - back}", 'sheets': 4 + number,
                 'date': Date.to_date(f'{year - back}-0{number + 1}-15'), 'place_id': workfile.place_id.id}
                for number, title in enumerate(("Kế hoạch công tác", "Biên bản họp giao ban", "Báo cáo kết quả"))])
            workfile._close()
            if back == OLD_YEARS:
                self._as('luutru', workfile)._deliver()

    def _open_files(self, plan):
        """Each file of the plan is opened, and gets letters of its unit."""
        taken = self.loader.env['civic.document']
        for number, line in enumerate(plan.line_ids.filtered(lambda line: not line.is_heading)):
            login = line.user_id.login
            own = self._as(login, line)
            workfile = own.env['civic.workfile'].browse(own.action_open_workfile()['res_id'])
            documents = own.env['civic.document'].search(
                Domain('company_id', '=', line.company_id.id) & Domain('state', 'not in', ('draft', 'cancelled'))
                & Domain('id', 'not in', taken.ids) & (
                    Domain('unit_id', '=', line.unit_id.id) | Domain('unit_ids', 'in', line.unit_id.ids)),
                limit=FILED - number % 4, order='date_sort, id')
            taken |= documents
            if documents:
                documents._file_into(workfile)
            own.env['civic.workfile.entry'].create({
                'workfile_id': workfile.id, 'kind': 'minutes', 'name': "Biên bản họp triển khai",
                'date': self.moment.date() - timedelta(days=30), 'pages': 2})
