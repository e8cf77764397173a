"""Permanent files of the office that go to the historical archive: one list lies before the council, another was handed over."""
from datetime import date, timedelta

from odoo.fields import Command

from odoo.addons.civic_signature.demo import PIN

from .archive import CENTRE
from .clock import at
from .retention import RetentionFiles

# key, notation, title, of which year
FILES = (
    ('transfer_plan', '04.VP', "Hồ sơ triển khai Đề án Lưu trữ tài liệu điện tử", 2021),
    ('transfer_summary', '05.VP', "Hồ sơ tổng kết công tác văn thư, lưu trữ", 2022),
)
# Handed over already; what has a reason was returned and is prepared anew.
HANDED_OVER = (
    ('given_archives', '06.VP', "Hồ sơ chỉnh lý tài liệu tồn đọng", 2019, ''),
    ('given_stock', '07.VP', "Hồ sơ kiểm kê kho lưu trữ", 2020, "Thiếu biên bản kiểm kê: bổ sung vào hồ sơ rồi nộp lại."),
)
COUNCIL = (('lanhdao', "Chủ tịch Hội đồng"), ('truongphong', "Ủy viên"))


class Transfers:
    """Makes them with the methods that people use.

    :param loader: the loader of the demo city, which knows its people
    """

    def __init__(self, loader):
        self.loader = loader

    def load(self, moment):
        """Make the files and the transfer; a second call adds nothing.

        :param datetime moment: of the last act, naive UTC
        """
        if self.loader._ref('transfer'):
            return
        with at(self.loader.env.cr, moment + timedelta(hours=2)):
            files = self.loader.env['civic.workfile'].union(*(self._make_file(*row) for row in FILES))
            archivist = self.loader._env_of('luutru', 'ubnd')
            self.loader.env.flush_all()
            transfer = self._make_transfer(archivist, files, date(moment.year + 1, 12, 1), moment.date())
            transfer._preflight()
            transfer.action_open_council()
            transfer.opinion_ids.filtered(lambda opinion: opinion.user_id.login == 'truongphong').with_user(
                self.loader._ref('user_truongphong')).action_agree()
            self.loader._name({'transfer': transfer})
            given = [self._make_file(*row[:4]) for row in HANDED_OVER]
            self.loader.env.flush_all()
        self._hand_over(given, moment)

    def _make_transfer(self, archivist, files, planned_on, council_on):
        candidates = archivist['civic.transfer.candidate'].search([('workfile_id', 'in', files.ids)])
        transfer = archivist['civic.transfer'].browse(candidates.action_make_transfer()['res_id'])
        transfer.write({'planned_on': planned_on, 'council_on': council_on})
        archivist['civic.transfer.opinion'].create([
            {'transfer_id': transfer.id, 'user_id': self.loader._ref(f'user_{login}').id, 'position': position}
            for login, position in COUNCIL])
        return transfer

    def _as(self, login, record, agency='ubnd'):
        env = self.loader._env_of(login, agency)
        return record.with_env(env(context={**env.context, 'queue_job__no_delay': True}))

    def _hand_over(self, files, moment):
        """The whole way of a submission: council, registration, answer, packages, decisions, minutes signed by both sides."""
        transfer = self._as('luutru', files[0].union(*files[1:]))
        transfer = self._make_transfer(transfer.env, transfer, moment.date(), moment.date())
        transfer.action_open_council()
        for opinion in transfer.opinion_ids:
            self._as(opinion.user_id.login, opinion).action_agree()
        transfer.action_close_council()
        transfer.early_reason = "Theo kế hoạch thu thập tài liệu của Trung tâm Lưu trữ lịch sử Thành phố"
        transfer.action_register()
        accession = self._as('luutru.lt', self.loader.env['civic.accession'].search([('submission_key', '=', transfer.key)]), CENTRE)
        accession.action_answer()
        transfer.action_pack()
        transfer.action_send()
        reasons = {file.code: row[-1] for file, row in zip(files, HANDED_OVER, strict=True)}
        for line in accession.line_ids:
            if reasons[line.file_code]:
                line._apply_reason('_return', reasons[line.file_code])
            else:
                line.action_accept()
        accession.action_submit()
        self._as('lanhdao.lt', accession, CENTRE).action_approve()
        for login, record, agency in (('lanhdao', transfer, 'ubnd'), ('lanhdao.lt', accession, CENTRE)):
            record = self._as(login, record, agency)
            record._sign_minutes(record.env['civic.certificate']._get_for_user(record._get_minutes_company()), PIN)
        transfer.invalidate_recordset()
        mending = transfer.browse(transfer.action_resubmit()['res_id'])
        self.loader._name({'transfer_given': transfer, 'transfer_mending': mending})
        self.loader.env.flush_all()

    def _make_file(self, key, notation, title, year):
        """A permanent file that was closed and that the archive of the office took over."""
        letter = RetentionFiles(self.loader)._make_letter(key, title, year)
        specialist = self.loader._env_of('chuyenvien', 'ubnd')
        file = specialist['civic.workfile'].create({
            'company_id': self.loader._ref('agency_ubnd').id, 'notation': notation, 'title': title, 'year': year,
            'date_start': date(year, 1, 8), 'date_end': date(year, 12, 20), 'access_level': 'agency',
            'unit_id': self.loader._ref('unit_ubnd_vp').id,
            'retention_term_id': self.loader.env.ref('civic_workfile.retention_term_permanent').id,
            'entry_ids': [Command.create({'document_id': letter.id})]})
        file._close()
        file.with_env(self.loader._env_of('luutru', 'ubnd'))._deliver()
        return file
