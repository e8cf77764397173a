"""A few outgoing documents of the city, one in each state, and who may sign in its agencies."""
from datetime import timedelta

from odoo.fields import Command

from odoo.addons.civic_signature.demo import PIN

from . import city
from .clock import at

# Abbreviations for the notation of official letters, where the key of the unit does not say it.
ABBREVIATIONS = {'dt': 'ĐT', 'ttr': 'TT', 'tcd': 'TCD', 'nc': 'NC'}
# Who signs in which capacity, by the post of the leader.
COLLECTIVE = ('ubnd', 'benthanh')

BASES = "Căn cứ Luật Tổ chức chính quyền địa phương;\nCăn cứ Nghị định số 30/2020/NĐ-CP ngày 05 tháng 3 năm 2020 của Chính phủ"
# key, type, subject, text, how far it went
PAPERS = (
    ('van_thu', 'cv', "hướng dẫn quản lý văn bản và hồ sơ điện tử",
     "Để thống nhất việc quản lý văn bản và hồ sơ điện tử, Ủy ban nhân dân Thành phố đề nghị các cơ quan thực hiện như sau:\n"
     "1. Rà soát danh mục hồ sơ năm 2026.\n2. Báo cáo kết quả trước ngày 30 hằng tháng.", 'draft'),
    ('chuyen_doi_so', 'kh', "Chuyển đổi số công tác văn thư năm 2026",
     "Ủy ban nhân dân Thành phố ban hành Kế hoạch như sau:\n1. Mục đích\nBảo đảm toàn bộ văn bản đi được ký số.\n"
     "2. Tổ chức thực hiện\nSở Nội vụ chủ trì, theo dõi, đôn đốc.", 'review'),
    ('tap_huan', 'tb', "Tập huấn nghiệp vụ văn thư, lưu trữ",
     "Ủy ban nhân dân Thành phố thông báo tổ chức lớp tập huấn nghiệp vụ văn thư, lưu trữ.\n"
     "1. Thời gian: 02 ngày.\n2. Thành phần: công chức văn thư các cơ quan.", 'to_sign'),
    ('kiem_tra', 'kh', "Kiểm tra công tác văn thư, lưu trữ năm 2026",
     "Ủy ban nhân dân Thành phố ban hành Kế hoạch kiểm tra như sau:\n1. Nội dung\nViệc lập hồ sơ và nộp lưu hồ sơ.\n"
     "2. Thời gian\nTrong quý III.", 'signed'),
    ('phoi_hop', 'cv', "phối hợp cung cấp số liệu lưu trữ lịch sử",
     "Ủy ban nhân dân Thành phố đề nghị Sở Nội vụ phối hợp cung cấp số liệu tài liệu lưu trữ lịch sử.\n"
     "Số liệu gửi về Văn phòng Ủy ban nhân dân Thành phố trước ngày 15.", 'issued'),
)
STEPS = ('draft', 'review', 'to_sign', 'signed', 'issued')


class OutgoingPapers:
    """Makes them with the methods that people use, each step as the person who would do it.

    :param loader: the loader of the demo city, which knows its people
    """

    def __init__(self, loader):
        self.loader = loader

    def set_up(self):
        """Abbreviations of units, and who may sign; a second call adds nothing."""
        for agency_key, units in city.UNITS.items():
            for unit in units:
                record = self.loader._ref(f'unit_{agency_key}_{unit.key}')
                if not record.abbreviation:
                    record.abbreviation = ABBREVIATIONS.get(unit.key, unit.key.upper())
        self.loader._create_missing('civic.signing.authority', {
            f'authority_{person.login}': self._prepare_authority(person)
            for person in city.PEOPLE if person.role == 'leader'})

    def _prepare_authority(self, person):
        position = person.job.upper()
        values = {
            'company_id': self.loader._ref(f'agency_{person.agency}').id,
            'user_id': self.loader._ref(f'user_{person.login}').id,
            'signer_name': person.name,
            'position': position,
            'date_from': '2020-01-01',
            'basis': "Quy chế làm việc của cơ quan",
        }
        if person.agency in COLLECTIVE:
            values['collective_name'] = 'ỦY BAN NHÂN DÂN'
        if position.startswith('PHÓ '):
            values.update(capacity='kt', principal_title=position.removeprefix('PHÓ '), covers_all=True)
        else:
            values['capacity'] = 'tm' if person.agency in COLLECTIVE else 'head'
        return values

    def load(self, moment):
        """Make the papers after everything else that happens in the city, some minutes apart.

        :param datetime moment: of the last act, naive UTC
        """
        for number, (key, type_code, subject, body, end) in enumerate(PAPERS):
            if not self.loader._ref(f'outgoing_{key}'):
                with at(self.loader.env.cr, moment + timedelta(minutes=number)):
                    self._make(key, type_code, subject, body, end)
                    self.loader.env.flush_all()

    def _make(self, key, type_code, subject, body, end):
        env = self.loader._env_of('chuyenvien', 'ubnd')
        document = env['civic.document'].create({
            'direction': 'outgoing',
            'drafter_id': env.uid,
            'type_id': env.ref(f'civic_document.civic_document_type_{type_code}').id,
            'subject': subject,
            'bases': BASES if type_code == 'kh' else False,
            'body': body,
            'access_level': 'agency',
            'signer_id': self.loader._ref('user_lanhdao').id,
            'recipient_ids': [Command.create(values) for values in self._prepare_recipients(type_code)],
        })
        self.loader._name({f'outgoing_{key}': document})
        document._generate().sudo()._make_pdf()
        way = STEPS[1:STEPS.index(end) + 1]
        if 'review' in way:
            document._submit()
        if 'to_sign' in way:
            self._as('truongphong', document).action_route_approve()
            self._as('vanthu', document).action_route_approve()
        if 'signed' in way:
            leader = self._as('lanhdao', document)
            leader._sign(leader._open_signing(
                leader.env['civic.certificate']._get_for_user(leader.company_id), PIN))
        if 'issued' in way:
            clerk = self._as('vanthu', document)
            certificate = clerk.env['civic.certificate']._get_for_agency(clerk.company_id)
            clerk = clerk._with_agency_signing(certificate, certificate._open_key(PIN))
            clerk._register_documents()
            clerk._issue()
            # no job of the queue waits for a demo: what arrived is checked at once
            document.sudo().dispatch_ids.incoming_id._check_signatures()
        document.sudo().content_ids._check_signatures()

    def _as(self, login, document):
        document.invalidate_recordset()
        return self.loader._env_of(login, 'ubnd')['civic.document'].browse(document.id)

    def _prepare_recipients(self, type_code):
        office = self.loader._ref('agency_snv').partner_id.id
        first = {'kind': 'addressee'} if type_code == 'cv' else {'kind': 'receiver'}
        return [
            {**first, 'partner_id': office},
            {'kind': 'receiver', 'unit_id': self.loader._ref('unit_ubnd_vp').id},
            {'kind': 'archive', 'name': 'VT', 'sequence': 99},
        ]
