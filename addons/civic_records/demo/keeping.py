"""What an archive does with what it keeps: formats migrated, paper on its shelf, a copy repaired."""
import base64
import io
import tempfile
from datetime import date
from pathlib import Path

import docx
import xlsxwriter
from PIL import Image, ImageDraw

from odoo.addons.civic_package.tools import pdfa

# number, title; the first is migrated, of the second the plan is still open
FILES = (
    ("04.TH", "Hồ sơ xây dựng Đề án số hóa tài liệu lưu trữ"),
    ("05.TH", "Hồ sơ theo dõi kinh phí số hóa tài liệu lưu trữ"),
)
DRAFT = (
    "DỰ THẢO ĐỀ ÁN SỐ HÓA TÀI LIỆU LƯU TRỮ",
    "Phần thứ nhất: sự cần thiết và căn cứ pháp lý của Đề án.",
    "Phần thứ hai: khối lượng tài liệu, lộ trình thực hiện đến năm 2030.",
    "Bản mẫu của kho lưu trữ, không phải văn bản của cơ quan nhà nước.",
)
BUDGET = (("Năm", "Số trang", "Kinh phí (triệu đồng)"), (2023, 120_000, 240), (2024, 180_000, 342), (2025, 260_000, 481))
# Headings as the lists of paper files have them; the last row has a day that is none, which the report of the import says.
PAPER = (
    ('Mã hồ sơ', 'Tiêu đề hồ sơ', 'Thời gian bắt đầu', 'Thời gian kết thúc', 'Số tờ', 'Vị trí', 'Ghi chú'),
    *(
        (f'{year}.{number:02d}.VP', f"{title} năm {year}", f'10/01/{year}', f'20/12/{year}', 60 + 9 * number, f'A2-05-00{number + 2}',
         "Tài liệu giấy, Biên bản giao nhận số 05/BB-TTLTLS")
        for year in (1986, 1987, 1988)
        for number, title in enumerate(("Hồ sơ hội nghị tổng kết", "Tập lưu quyết định", "Hồ sơ cấp đất xây dựng"), start=1)),
    ('1989.01.VP', "Hồ sơ hội nghị tổng kết năm 1989", '31/02/1989', '20/12/1989', 70, 'A2-05-003', ''),
)


class Keeping:
    """Does it with the methods that people use.

    :param centre: the archives centre of the demo city
    """

    def __init__(self, centre):
        self.centre = centre
        self.loader = centre.loader

    def load(self, fonds):
        """A second call adds nothing."""
        if self.loader._ref('archive_import'):
            return
        packages = self._take_in(fonds)
        self._migrate(*packages)
        self._repair(packages[1])
        holdings = self._import_paper(fonds)
        self.loader._name({'archive_import': holdings})

    # === Formats === #

    def _take_in(self, fonds):
        """Return the packages of an accession whose files are in formats of several kinds."""
        papers, day = self.centre.make_papers, date(2025, 6, 10)
        documents = (
            papers(FILES[0][1], 1) + [self.centre.make_document(
                2, "Dự thảo Đề án số hóa tài liệu lưu trữ", day, ('du-thao.docx', _make_text()), ('kho.jpg', _make_picture()))],
            papers(FILES[1][1], 1) + [self.centre.make_document(2, "Bảng kinh phí số hóa", day, ('kinh-phi.xlsx', _make_sheet(BUDGET)))],
        )
        accession = self.centre.register("Hồ sơ điện tử nhiều định dạng năm 2025", fonds)
        with tempfile.TemporaryDirectory() as folder:
            for (number, title), content in zip(FILES, documents, strict=True):
                path = self.centre.build(folder, fonds, number, title, content)
                accession._receive(str(path), f'{number}.zip').action_accept()
        self.centre.approve(accession)
        return [line.aip_id for line in accession.line_ids.sorted('id')]

    def _migrate(self, package, later):
        """The draft becomes PDF/A beside the original, where something can judge it; the table waits in a plan."""
        plan = self._plan(package, "Chuyển DOCX sang PDF/A")
        if not pdfa.unavailable():
            plan.action_start()
            plan.line_ids.filtered(lambda line: line.verdict == 'doubtful').action_accept()
            plan.action_accept_good()
            if plan.state == 'deciding':
                plan.action_apply()
        self.loader._name({'archive_migration': plan, 'archive_migration_plan': self._plan(later, "Chuyển XLSX sang PDF/A")})

    def _plan(self, package, name):
        package = package.with_env(self.centre.as_('luutru.lt'))
        plan = package.env['civic.migration'].browse(package.action_plan_migration()['res_id'])
        plan.name = name
        return plan

    def _repair(self, package):
        """A byte of a copy changes on its medium; the next check finds it, and it is written anew from the other copy."""
        package = package.with_env(self.centre.as_('luutru.lt'))
        self.loader.env.flush_all()
        copy = package.copy_ids[-1:]
        store = copy.sudo().store_id
        place = Path(store._get_root(), store.code, copy.key)
        raw = bytearray(place.read_bytes())
        raw[len(raw) // 2] ^= 1
        place.unlink()
        place.write_bytes(raw)
        package.action_check()
        copy.action_repair()
        package.action_check()

    # === Paper === #

    def _import_paper(self, fonds):
        """The list of paper files that came with their minutes, each in its box on the shelf."""
        holdings = self.centre.as_('luutru.lt')['civic.archive.import'].create({
            'name': "Mục lục hồ sơ giấy 1986-1989.xlsx", 'fonds_id': fonds.id, 'file': base64.b64encode(_make_sheet(PAPER))})
        holdings.action_start()
        return holdings


def _make_text():
    document, output = docx.Document(), io.BytesIO()
    document.core_properties.title = DRAFT[0]
    for paragraph in DRAFT:
        document.add_paragraph(paragraph)
    document.save(output)
    return output.getvalue()


def _make_sheet(rows):
    output = io.BytesIO()
    with xlsxwriter.Workbook(output, {'in_memory': True}) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    return output.getvalue()


def _make_picture():
    """Return the picture of a store room: shelves with boxes."""
    picture, output = Image.new('RGB', (640, 420), '#e9e4da'), io.BytesIO()
    pen = ImageDraw.Draw(picture)
    for shelf in range(4):
        top = 30 + shelf * 95
        pen.rectangle((30, top + 70, 610, top + 78), fill='#7a6a58')
        for box in range(9):
            left = 40 + box * 63
            pen.rectangle((left, top + 8, left + 52, top + 70), fill='#b98f5e', outline='#6d5334')
            pen.rectangle((left + 10, top + 26, left + 42, top + 46), fill='#f6f1e7')
    picture.save(output, 'JPEG', quality=85)
    return output.getvalue()
