"""The archives centre: fonds with their description and places, an accession that was kept in part, one that waits."""
import mimetypes
import tempfile
from datetime import date, datetime, time
from pathlib import Path

import pytz

from odoo import SUPERUSER_ID

from odoo.addons.civic_package.tools.writer import Document, File, Package, build

from ..tools import papers
from .keeping import Keeping

CENTRE = 'ttltls'
TIMEZONE = pytz.timezone('Asia/Ho_Chi_Minh')
# key, code, name, creator, years, history
FONDS = (
    ('ubnd', 'H29', "Phông Ủy ban nhân dân Thành phố", 'ubnd', (1976, 2025),
     "Ủy ban nhân dân Thành phố được thành lập sau ngày 02 tháng 7 năm 1976; từ ngày 01 tháng 7 năm 2025 tổ chức theo mô hình "
     "chính quyền địa phương hai cấp."),
    ('snv', 'H29.61', "Phông Sở Nội vụ", 'snv', (1987, 2025), "Sở Nội vụ là cơ quan chuyên môn thuộc Ủy ban nhân dân Thành phố."),
    ('benthanh', 'H29.81', "Phông Ủy ban nhân dân Phường Bến Thành", 'benthanh', (2025, 2026),
     "Thành lập từ ngày 01 tháng 7 năm 2025 trên cơ sở sắp xếp các đơn vị hành chính cấp xã."),
)
SERIES = (
    ('TH', "Tổng hợp", (
        "Báo cáo tổng kết công tác năm {year}", "Chương trình công tác năm {year}", "Biên bản các phiên họp thường kỳ năm {year}")),
    ('QH', "Quy hoạch, đô thị", ("Hồ sơ điều chỉnh quy hoạch chung năm {year}", "Hồ sơ chỉnh trang kênh rạch năm {year}")),
    ('VX', "Văn hóa - xã hội", ("Hồ sơ xếp hạng di tích năm {year}", "Hồ sơ phổ cập giáo dục năm {year}")),
)
YEARS = range(1990, 2000)
FILES = (
    ("01.TH", "Hồ sơ triển khai Kế hoạch lưu trữ tài liệu điện tử", 3, ''),
    ("02.TH", "Hồ sơ chuyển đổi số công tác văn thư, lưu trữ", 2, ''),
    ("03.TH", "Hồ sơ kiểm tra công tác văn thư, lưu trữ", 2, "Thiếu phụ lục của báo cáo kiểm tra: bổ sung rồi nộp lại."),
)
STORES = (('01', "Vật mang tin số 01", 'copy'), ('02', "Vật mang tin số 02", 'copy'), ('sl', "Bản sao lưu", 'backup'))


class ArchivesCentre:
    """Fills the centre with the methods that people use, each step as the person who would do it.

    :param loader: the loader of the demo city, which knows its people
    """

    def __init__(self, loader):
        self.loader = loader
        self.centre = loader._ref(f'agency_{CENTRE}')

    def as_(self, login):
        """Return the environment of a person of the centre; jobs are done at once."""
        env = self.loader._env_of(login, CENTRE)
        return env(context={**env.context, 'queue_job__no_delay': True})

    def load(self):
        """A second call adds nothing."""
        if self.loader._ref('archive_fonds_ubnd'):
            return
        self.centre.archive_is_harvested = True
        # the demo has no virus scanner, and says so in each accession
        self.loader.env['civic.rule.value'].create({
            'key': 'archive.virus_check_required', 'value': 'false', 'value_type': 'boolean', 'company_id': self.centre.id,
            'description': "Kho mẫu không có trình quét mã độc"})
        self._load_media()
        fonds = self._load_fonds()
        self._describe(fonds['ubnd'])
        self._load_closed_fonds(fonds['benthanh'])
        accession = self._load_accession(fonds['ubnd'])
        self.as_('luutru.lt')['civic.accession'].create({
            'company_id': self.centre.id, 'agency_id': self.loader._ref('agency_snv').partner_id.id, 'fonds_id': fonds['snv'].id,
            'title': "Hồ sơ vĩnh viễn của Sở Nội vụ năm 2026", 'planned_on': date(2027, 6, 1)})
        self.loader._name({'archive_fonds_ubnd': fonds['ubnd'], 'archive_accession': accession})
        self._mend(accession)
        Keeping(self).load(fonds['ubnd'])
        self._keep_house(accession)

    def _load_media(self):
        env = self.loader.env
        for code, name, purpose in STORES:
            store = env['civic.archive.store'].create({
                'name': name, 'code': f'ttltls-{code}', 'purpose': purpose, 'company_id': self.centre.id,
                # the demo city is not committed yet: a dump would not have it
                'with_database': False})
            # a script of the machine may do what the system never does: make the folder of a medium
            Path(store._get_root(), store.code).mkdir(parents=True, exist_ok=True)
            store._look()

    def _load_fonds(self):
        env = self.as_('luutru.lt')
        fonds = {}
        for key, code, name, creator, years, history in FONDS:
            partner = self.loader._ref(f'agency_{creator}').partner_id
            fonds[key] = env['civic.fonds'].create({
                'code': code, 'name': name, 'creator_id': partner.id, 'company_id': self.centre.id, 'history': history,
                'year_from': years[0], 'year_to': years[1], 'key_groups': "Tổng hợp; quy hoạch, đô thị; văn hóa - xã hội"})
            env['civic.fonds.source'].create({
                'company_id': self.centre.id, 'agency_id': partner.id, 'fonds_id': fonds[key].id, 'valid_from': date(2015, 12, 30),
                'legal_basis': "Quyết định 7109/QĐ-UBND ngày 30/12/2015"})
        return fonds

    def _load_closed_fonds(self, successor):
        fonds = self.as_('luutru.lt')['civic.fonds'].create({
            'code': 'H29.Q1', 'name': "Phông Ủy ban nhân dân Quận 1 (đã kết thúc)", 'company_id': self.centre.id,
            'successor_id': successor.id, 'year_from': 1976, 'year_to': 2025,
            'history': "Quận 1 kết thúc hoạt động từ ngày 01 tháng 7 năm 2025 khi bỏ cấp huyện."})
        fonds.action_close()

    def _describe(self, fonds):
        env = self.as_('luutru.lt')
        places = env['civic.archive.location']
        house = places.create({'name': "Nhà kho A", 'kind': 'building', 'company_id': self.centre.id})
        room = places.create({'name': "Phòng 2", 'kind': 'room', 'parent_id': house.id, 'company_id': self.centre.id})
        shelf = places.create({'name': "Giá 05", 'kind': 'shelf', 'parent_id': room.id, 'company_id': self.centre.id})
        boxes = places.create([
            {
                'name': f"Hộp {number:03d}", 'kind': 'box', 'parent_id': shelf.id, 'company_id': self.centre.id,
                'barcode': f'A2-05-{number:03d}'}
            for number in range(1, 8)])
        units = env['civic.archive.description']
        published = units
        for code, title, names in SERIES:
            series = units.create({
                'fonds_id': fonds.id, 'level': 'series', 'reference_code': code, 'title': title, 'access_mode': '01'})
            published |= series | units.create([
                {
                    'fonds_id': fonds.id, 'parent_id': series.id, 'level': 'file', 'title': name.format(year=year),
                    'reference_code': f'{year}.{number + 1:02d}.{code}', 'date_from': date(year, 1, 5), 'date_to': date(year, 12, 25),
                    'sheet_count': 80 + 7 * number + year % 10, 'access_mode': '01' if year % 5 else '02',
                    'location_id': boxes[(year + number) % len(boxes)].id, 'condition': '01' if year % 4 else '02',
                    'keywords': title,
                }
                for year in YEARS for number, name in enumerate(names)])
        fonds.root_id.write({'access_mode': '01', 'scope_content': fonds.key_groups})
        (fonds.root_id | published).action_publish()

    # === An accession === #

    def make_papers(self, title, count):
        """Return so many papers as documents of a package."""
        documents = []
        for ordinal in range(1, count + 1):
            day = date(2025, 2 + ordinal, 10)
            subject = f"{title} (tài liệu {ordinal})"
            pdf = papers.paper({
                'agency': 'ỦY BAN NHÂN DÂN\nTHÀNH PHỐ HỒ CHÍ MINH', 'type_name': 'Báo cáo', 'number': 100 + ordinal,
                'symbol': papers.notation('Báo cáo', 'UBND'), 'date': day, 'subject': subject,
                'body': ("Văn bản mẫu của kho lưu trữ.",), 'signature': papers.Signature(lines=('TM. ỦY BAN NHÂN DÂN',), signed=False)})
            documents.append(self.make_document(ordinal, subject, day, (f'{ordinal}.pdf', pdf)))
        return documents

    def make_document(self, ordinal, subject, day, *files):
        """Return a report of the office as a document of a package.

        :param files: (name, content); the first is the document, the others are attached to it
        """
        return Document({
            'typeName': '14', 'codeNumber': str(100 + ordinal), 'codeNotation': 'BC-UBND', 'issuedDate': f'{day:%d/%m/%Y}',
            'organName': "Ủy ban nhân dân Thành phố", 'subject': subject, 'language': '01', 'numberOfPage': '1', 'mode': '01',
            'confidenceLevel': '01', 'process': '0', 'riskRecovery': '0', 'maintenance': '01',
        }, [File(raw, original_name=name, mime=mimetypes.guess_type(name)[0]) for name, raw in files])

    def build(self, folder, fonds, number, title, documents):
        """Return the path of a SIP."""
        code = f'{fonds.code}.2025.{number}'
        moment = TIMEZONE.localize(datetime.combine(date(2026, 1, 15), time(9)))
        return build(Package(
            'SIP_hoso', {
                'fileCode': code, 'title': title, 'maintenance': '01', 'mode': '01', 'language': '01', 'startDate': '10/03/2025',
                'endDate': '20/12/2025', 'numberOfPaper': '0', 'numberOfPage': str(len(documents)), 'confidenceLevel': '01',
                'riskRecovery': '0', 'totalDoc': str(len(documents))},
            documents, created=moment, fonds=fonds.code, organisation="Ủy ban nhân dân Thành phố", seed=code,
        ), str(Path(folder, f'{number}.zip'))).path

    def register(self, title, fonds, **values):
        """Return an accession of the office to which the archive has answered."""
        accession = self.as_('luutru.lt')['civic.accession'].create({
            'company_id': self.centre.id, 'agency_id': self.loader._ref('agency_ubnd').partner_id.id, 'fonds_id': fonds.id,
            'title': title, **values})
        accession.action_answer()
        return accession

    def approve(self, accession):
        """What was decided goes to the leader, who agrees."""
        accession.action_submit()
        accession.with_env(self.as_('lanhdao.lt')).action_approve()

    def _load_accession(self, fonds):
        accession = self.register("Hồ sơ, tài liệu điện tử vĩnh viễn năm 2025", fonds)
        with tempfile.TemporaryDirectory() as folder:
            for number, title, count, reason in FILES:
                path = self.build(folder, fonds, number, title, self.make_papers(title, count))
                line = accession._receive(str(path), f'{number}.zip')
                if line.state not in ('passed', 'failed'):
                    continue
                if reason or line.state == 'failed':
                    line._apply_reason('_return', reason or "Không đạt kiểm tra tự động.")
                else:
                    line.action_accept()
        self.approve(accession)
        return accession

    def _mend(self, accession):
        """What was returned comes again with the annex that was missing; it waits for the leader of the archive."""
        mending = accession.browse(accession.action_mend()['res_id'])
        mending.action_answer()
        [(number, title, count)] = [(number, title, count) for number, title, count, reason in FILES if reason]
        with tempfile.TemporaryDirectory() as folder:
            path = self.build(folder, accession.fonds_id, number, title, self.make_papers(title, count + 1))
            mending._receive(str(path), f'{number}.zip').action_accept()
        mending.action_submit()
        self.loader._name({'archive_mending': mending})

    def _keep_house(self, accession):
        """What a night and an archivist do: a backup set, a check, a restore drill."""
        env = self.as_('luutru.lt')
        env.flush_all()
        root = env(user=SUPERUSER_ID, su=True)
        for store in root['civic.archive.store'].search([('purpose', '=', 'backup'), ('company_id', '=', self.centre.id)]):
            root['civic.backup.set']._begin(store)._make()
        accession.line_ids.aip_id.with_env(env).action_check()
        env['civic.restore.drill'].create({'company_id': self.centre.id, 'sample_size': 2}).action_run()
