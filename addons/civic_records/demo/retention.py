"""Old files of the city: some that have expired, one of them before the council, and one that an inspection holds."""
from datetime import date, timedelta

from odoo.fields import Command

from ..tools import papers
from .clock import at

RULE = 'TT09-001b'          # letters that are only for information: five years
# key, notation, title, of which year
FILES = (
    ('moved', '01.VP', "Thông báo đổi trụ sở, đổi dấu của các cơ quan", 2018),
    ('notices', '02.VP', "Văn bản gửi để biết", 2019),
    ('held', '03.VP', "Thông báo chữ ký, con dấu các doanh nghiệp nhà nước", 2019),
)
COUNCIL = (('lanhdao', 'chair'), ('luutru', 'secretary'), ('truongphong', 'owner'))


class RetentionFiles:
    """Makes them with the methods that people use.

    :param loader: the loader of the demo city, which knows its people
    """

    def __init__(self, loader):
        self.loader = loader

    def load(self, moment):
        """Make the files, the hold and the case; a second call adds nothing.

        :param datetime moment: of the last act, naive UTC
        """
        if self.loader._ref('disposition'):
            return
        rule = self.loader.env['civic.retention.rule'].search([('code', '=', RULE)], limit=1)
        with at(self.loader.env.cr, moment + timedelta(hours=1)):
            files = {key: self._make_file(key, notation, title, year, rule) for key, notation, title, year in FILES}
            self._hold(files['held'])
            self._lay_before_the_council(files['moved'])
            self.loader.env.flush_all()

    def _make_file(self, key, notation, title, year, rule):
        specialist = self.loader._env_of('chuyenvien', 'ubnd')
        file = specialist['civic.workfile'].create({
            'company_id': self.loader._ref('agency_ubnd').id, 'notation': notation, 'title': title, 'year': year,
            'date_start': date(year, 1, 8), 'date_end': date(year, 12, 20), 'access_level': 'agency',
            'unit_id': self.loader._ref('unit_ubnd_vp').id, 'retention_term_id': rule.term_id.id,
            'retention_rule_ids': [Command.set(rule.ids)]})
        self.loader._name({f'old_file_{key}': file})
        file.env['civic.workfile.entry'].create({'workfile_id': file.id, 'document_id': self._make_letter(key, title, year).id})
        file._close()
        return file

    def _make_letter(self, key, title, year):
        """An incoming letter of that year, registered under its day."""
        clerk = self.loader._env_of('vanthu', 'ubnd')
        issuer = self.loader._ref('agency_snv').partner_id
        day = date(year, 5, 14)
        number = 300 + len(key)
        pdf = papers.paper(papers.Paper(
            agency=issuer.name.upper(), type_name='Thông báo', subject=title, number=number, symbol='TB-SNV', date=day,
            body=("Sở Nội vụ trân trọng thông báo để các cơ quan biết.",), recipients=("Như trên;", "Lưu: VT.")))
        document = clerk['civic.document']._capture(
            f'{number}-TB-SNV.pdf', pdf, direction='incoming', code_number=str(number), code_notation='TB-SNV',
            type_id=clerk.ref('civic_document.civic_document_type_tb').id, issue_date=day,
            arrival_date=day + timedelta(days=2), issuer_id=issuer.id, subject=title, signer_name="Nguyễn Văn Mẫu",
            signer_position="Giám đốc", access_level='agency')
        self.loader._name({f'old_letter_{key}': document})
        document._register_documents()
        document.sudo().content_ids._check_signatures()
        return document

    def _hold(self, file):
        hold = self.loader._env_of('luutru', 'ubnd')['civic.hold'].create({
            'name': "Thanh tra việc quản lý, sử dụng con dấu", 'kind': 'inspection', 'company_id': file.company_id.id,
            'basis': "Quyết định số 15/QĐ-TTr của Thanh tra Thành phố", 'file_list': file.notation})
        self.loader._name({'hold': hold})
        hold.action_place()

    def _lay_before_the_council(self, file):
        case = self.loader._env_of('luutru', 'ubnd')['civic.disposition'].create({
            'name': "Hồ sơ năm 2018 hết thời hạn lưu trữ", 'company_id': file.company_id.id,
            'history': "Văn bản gửi để biết do Văn phòng tiếp nhận năm 2018.",
            'line_ids': [Command.create({'workfile_id': file.id, 'group': "Văn bản gửi để biết"})],
            'member_ids': [
                Command.create({'user_id': self.loader._ref(f'user_{login}').id, 'role': role}) for login, role in COUNCIL]})
        self.loader._name({'disposition': case})
        case.action_open_council()
        self.loader._env_of('truongphong', 'ubnd')['civic.disposition'].browse(case.id).action_vote_all()
