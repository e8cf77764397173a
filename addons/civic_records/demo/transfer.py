"""Permanent files of the office that go to the historical archive: the list lies before the council."""
from datetime import date, timedelta

from odoo.fields import Command

from .clock import at
from .retention import RetentionFiles

# key, notation, title, of which year
FILES = (
    ('transfer_plan', '04.VP', "Hồ sơ triển khai Đề án Lưu trữ tài liệu điện tử", 2021),
    ('transfer_summary', '05.VP', "Hồ sơ tổng kết công tác văn thư, lưu trữ", 2022),
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
            candidates = archivist['civic.transfer.candidate'].search([('workfile_id', 'in', files.ids)])
            transfer = archivist['civic.transfer'].browse(candidates.action_make_transfer()['res_id'])
            transfer.write({'planned_on': date(moment.year + 1, 12, 1), 'council_on': moment.date()})
            archivist['civic.transfer.opinion'].create([
                {'transfer_id': transfer.id, 'user_id': self.loader._ref(f'user_{login}').id, 'position': position}
                for login, position in COUNCIL])
            transfer._preflight()
            transfer.action_open_council()
            transfer.opinion_ids.filtered(lambda opinion: opinion.user_id.login == 'truongphong').with_user(
                self.loader._ref('user_truongphong')).action_agree()
            self.loader._name({'transfer': transfer})
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
