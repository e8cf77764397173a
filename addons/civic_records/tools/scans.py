"""Make up papers of many kinds and scan them badly, with what stands on them as the truth to measure against.

Plain Python on ReportLab, Pillow and poppler. ``samples(count, seed)`` gives the same papers for the same seed; a
measurement takes another seed than the one that was looked at while the reading was written.
"""
import io
import random
import subprocess
import tempfile
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

# TiffImagePlugin packs black and white for the PDF; Odoo does not load it
from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageFont, TiffImagePlugin  # noqa: F401  # pylint: disable=unused-import
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.lib.utils import simpleSplit
from reportlab.pdfgen.canvas import Canvas

from . import papers

DEVELOPMENT_SEED = 7
MEASURE_SEED = 20260105


@dataclass(frozen=True)
class Agency:
    """An issuing agency: its name in running text, the lines of the head, its letters, who signs for it."""

    name: str
    lines: tuple
    letters: str
    parent: tuple = ()
    signers: tuple = ()
    units: tuple = ('VP',)
    place: str = 'Thành phố Hồ Chí Minh'


_COMMITTEE = (
    (('TM. ỦY BAN NHÂN DÂN', 'CHỦ TỊCH'), 'Chủ tịch'),
    (('TM. ỦY BAN NHÂN DÂN', 'KT. CHỦ TỊCH', 'PHÓ CHỦ TỊCH'), 'Phó Chủ tịch'),
    (('TL. CHỦ TỊCH', 'CHÁNH VĂN PHÒNG'), 'Chánh Văn phòng'),
    (('TL. CHỦ TỊCH', 'KT. CHÁNH VĂN PHÒNG', 'PHÓ CHÁNH VĂN PHÒNG'), 'Phó Chánh Văn phòng'),
    (('CHỦ TỊCH',), 'Chủ tịch'),
)
_DEPARTMENT = (
    (('GIÁM ĐỐC',), 'Giám đốc'),
    (('KT. GIÁM ĐỐC', 'PHÓ GIÁM ĐỐC'), 'Phó Giám đốc'),
    (('TL. GIÁM ĐỐC', 'CHÁNH VĂN PHÒNG'), 'Chánh Văn phòng'),
    (('TUQ. GIÁM ĐỐC', 'TRƯỞNG PHÒNG'), 'Trưởng phòng'),
)
_MINISTRY = (
    (('BỘ TRƯỞNG',), 'Bộ trưởng'),
    (('KT. BỘ TRƯỞNG', 'THỨ TRƯỞNG'), 'Thứ trưởng'),
    (('TL. BỘ TRƯỞNG', 'CHÁNH VĂN PHÒNG'), 'Chánh Văn phòng'),
)
_BUREAU = (
    (('CỤC TRƯỞNG',), 'Cục trưởng'),
    (('KT. CỤC TRƯỞNG', 'PHÓ CỤC TRƯỞNG'), 'Phó Cục trưởng'),
)
_OFFICE = (
    (('TRƯỞNG PHÒNG',), 'Trưởng phòng'),
    (('KT. TRƯỞNG PHÒNG', 'PHÓ TRƯỞNG PHÒNG'), 'Phó Trưởng phòng'),
)
_CITY = ('ỦY BAN NHÂN DÂN', 'THÀNH PHỐ HỒ CHÍ MINH')

AGENCIES = (
    Agency('Ủy ban nhân dân Thành phố Hồ Chí Minh', _CITY, 'UBND', (), _COMMITTEE, ('VX', 'KT', 'ĐT', 'NCPC')),
    Agency('Ủy ban nhân dân Phường Bến Thành', ('ỦY BAN NHÂN DÂN', 'PHƯỜNG BẾN THÀNH'), 'UBND', (), _COMMITTEE,
           ('VHXH', 'KTHT', 'VP'), 'Bến Thành'),
    Agency('Ủy ban nhân dân Xã Bình Mỹ', ('ỦY BAN NHÂN DÂN', 'XÃ BÌNH MỸ'), 'UBND', (), _COMMITTEE, ('ĐC', 'VP'), 'Bình Mỹ'),
    Agency('Ủy ban nhân dân Phường Sài Gòn', ('ỦY BAN NHÂN DÂN', 'PHƯỜNG SÀI GÒN'), 'UBND', _CITY, _COMMITTEE, ('VP', 'KT'),
           'Sài Gòn'),
    Agency('Sở Nội vụ Thành phố Hồ Chí Minh', ('SỞ NỘI VỤ',), 'SNV', _CITY, _DEPARTMENT, ('VTLT', 'CCVC', 'VP')),
    Agency('Sở Y tế Thành phố Hồ Chí Minh', ('SỞ Y TẾ',), 'SYT', _CITY, _DEPARTMENT, ('NVY', 'VP')),
    Agency('Sở Tài chính Thành phố Hồ Chí Minh', ('SỞ TÀI CHÍNH',), 'STC', _CITY, _DEPARTMENT, ('NS', 'ĐT')),
    Agency('Sở Nông nghiệp và Môi trường Thành phố Hồ Chí Minh', ('SỞ NÔNG NGHIỆP', 'VÀ MÔI TRƯỜNG'), 'SNNMT', _CITY,
           _DEPARTMENT, ('QLĐĐ', 'VP')),
    Agency('Sở Khoa học và Công nghệ Thành phố Hồ Chí Minh', ('SỞ KHOA HỌC VÀ CÔNG NGHỆ',), 'SKHCN', _CITY, _DEPARTMENT,
           ('CĐS', 'VP')),
    Agency('Sở Giáo dục và Đào tạo Thành phố Hồ Chí Minh', ('SỞ GIÁO DỤC VÀ ĐÀO TẠO',), 'SGDĐT', _CITY, _DEPARTMENT,
           ('TCCB', 'GDTH')),
    Agency('Sở Xây dựng Thành phố Hồ Chí Minh', ('SỞ XÂY DỰNG',), 'SXD', _CITY, _DEPARTMENT, ('QLN', 'HTKT')),
    Agency('Sở Tư pháp Tỉnh Đồng Nai', ('SỞ TƯ PHÁP',), 'STP', ('ỦY BAN NHÂN DÂN', 'TỈNH ĐỒNG NAI'), _DEPARTMENT, ('VP',),
           'Đồng Nai'),
    Agency('Bộ Nội vụ', ('BỘ NỘI VỤ',), 'BNV', (), _MINISTRY, ('VP', 'TCCB', 'VTLTNN'), 'Hà Nội'),
    Agency('Bộ Y tế', ('BỘ Y TẾ',), 'BYT', (), _MINISTRY, ('KCB', 'VPB'), 'Hà Nội'),
    Agency('Bộ Khoa học và Công nghệ', ('BỘ KHOA HỌC VÀ CÔNG NGHỆ',), 'BKHCN', (), _MINISTRY, ('CĐSQG', 'VP'), 'Hà Nội'),
    Agency('Cục Văn thư và Lưu trữ nhà nước', ('CỤC VĂN THƯ VÀ', 'LƯU TRỮ NHÀ NƯỚC'), 'VTLTNN', ('BỘ NỘI VỤ',), _BUREAU,
           ('NVVTLT', 'VP'), 'Hà Nội'),
    Agency('Cục Chuyển đổi số quốc gia', ('CỤC CHUYỂN ĐỔI SỐ QUỐC GIA',), 'CĐSQG', ('BỘ KHOA HỌC VÀ CÔNG NGHỆ',), _BUREAU,
           ('CSS',), 'Hà Nội'),
    Agency('Văn phòng Chính phủ', ('VĂN PHÒNG CHÍNH PHỦ',), 'VPCP', (), (
        (('BỘ TRƯỞNG, CHỦ NHIỆM',), 'Bộ trưởng, Chủ nhiệm'),
        (('KT. BỘ TRƯỞNG, CHỦ NHIỆM', 'PHÓ CHỦ NHIỆM'), 'Phó Chủ nhiệm')), ('KSTT', 'KGVX'), 'Hà Nội'),
    Agency('Phòng Văn hóa - Xã hội Phường Bến Thành', ('PHÒNG VĂN HÓA - XÃ HỘI',), 'VHXH',
           ('ỦY BAN NHÂN DÂN', 'PHƯỜNG BẾN THÀNH'), _OFFICE, ('VP',), 'Bến Thành'),
    Agency('Trung tâm Lưu trữ lịch sử', ('TRUNG TÂM LƯU TRỮ LỊCH SỬ',), 'TTLTLS', ('SỞ NỘI VỤ',), (
        (('GIÁM ĐỐC',), 'Giám đốc'), (('KT. GIÁM ĐỐC', 'PHÓ GIÁM ĐỐC'), 'Phó Giám đốc')), ('NV',)),
    Agency('Bảo hiểm xã hội Thành phố Hồ Chí Minh', ('BẢO HIỂM XÃ HỘI', 'THÀNH PHỐ HỒ CHÍ MINH'), 'BHXH',
           ('BẢO HIỂM XÃ HỘI VIỆT NAM',), _DEPARTMENT, ('TST', 'VP')),
    Agency('Công ty Cổ phần Cấp nước Bến Thành', ('CÔNG TY CỔ PHẦN', 'CẤP NƯỚC BẾN THÀNH'), 'CNBT', (), (
        (('TỔNG GIÁM ĐỐC',), 'Tổng Giám đốc'), (('KT. TỔNG GIÁM ĐỐC', 'PHÓ TỔNG GIÁM ĐỐC'), 'Phó Tổng Giám đốc')), ('KT', 'HC')),
)

SURNAMES = ('Nguyễn', 'Trần', 'Lê', 'Phạm', 'Huỳnh', 'Hoàng', 'Phan', 'Vũ', 'Võ', 'Đặng', 'Bùi', 'Đỗ', 'Hồ', 'Ngô', 'Dương', 'Lý')
MIDDLES = ('Văn', 'Thị', 'Minh', 'Ngọc', 'Thanh', 'Quốc', 'Hữu', 'Đức', 'Thị Mỹ', 'Hoàng', 'Xuân', 'Bích')
GIVEN = ('An', 'Bình', 'Cường', 'Dũng', 'Hạnh', 'Hương', 'Khánh', 'Lan', 'Minh', 'Nga', 'Phúc', 'Quyên', 'Sơn', 'Thủy', 'Tuấn',
         'Yến', 'Hòa', 'Đạt', 'Thắng', 'Trâm')

_WHAT = (
    'triển khai thực hiện', 'tăng cường', 'phối hợp', 'báo cáo kết quả', 'kiểm tra', 'tổng kết', 'góp ý dự thảo', 'đẩy mạnh',
    'hướng dẫn', 'điều chỉnh, bổ sung', 'rà soát', 'tổ chức hội nghị về', 'cung cấp thông tin về', 'chấn chỉnh')
_OF = (
    'công tác văn thư, lưu trữ', 'công tác chuyển đổi số', 'công tác cải cách hành chính', 'công tác phòng cháy, chữa cháy',
    'việc số hóa hồ sơ, tài liệu', 'nhiệm vụ phát triển kinh tế - xã hội', 'công tác phòng, chống dịch bệnh',
    'Đề án 06 của Chính phủ', 'Luật Lưu trữ', 'Kế hoạch số 4292/KH-UBND', 'việc sử dụng chữ ký số', 'công tác tiếp công dân',
    'Quy chế làm việc của cơ quan', 'công tác thi đua, khen thưởng')
_WHERE = (
    '', ' trên địa bàn Thành phố', ' năm 2025', ' 6 tháng đầu năm 2026', ' giai đoạn 2026 - 2030',
    ' tại các cơ quan, đơn vị trực thuộc', ' trong lĩnh vực nội vụ, lao động và người có công',
    ' trong các cơ quan nhà nước trên địa bàn Thành phố Hồ Chí Minh giai đoạn 2026 - 2030')
NAMED_TYPES = (
    'Quyết định', 'Kế hoạch', 'Tờ trình', 'Thông báo', 'Báo cáo', 'Giấy mời', 'Hướng dẫn', 'Chỉ thị', 'Công điện', 'Chương trình',
    'Phương án', 'Phiếu chuyển')
_SENTENCES = (
    'Căn cứ Luật Tổ chức chính quyền địa phương và các văn bản hướng dẫn thi hành, cơ quan đề nghị các đơn vị phối hợp thực hiện.',
    'Thủ trưởng các đơn vị chịu trách nhiệm tổ chức thực hiện và báo cáo kết quả trước ngày 25 hằng tháng để tổng hợp.',
    'Trong quá trình thực hiện, nếu có khó khăn, vướng mắc, đề nghị phản ánh kịp thời để được hướng dẫn, giải quyết.',
    'Nội dung cụ thể được nêu tại phụ lục kèm theo Công văn số 512/BNV-VTLTNN ngày 12 tháng 3 năm 2025 của Bộ Nội vụ.',
    'Kinh phí thực hiện được bố trí trong dự toán ngân sách hằng năm của cơ quan theo phân cấp hiện hành.',
    'Giao Văn phòng theo dõi, đôn đốc, kiểm tra việc thực hiện và tham mưu sơ kết, tổng kết theo quy định.',
)


@dataclass
class Sample:
    """A paper, how it is set and scanned, and what stands on it."""

    paper: papers.Paper
    truth: dict
    agency: Agency
    layout: dict = field(default_factory=dict)
    scan: dict | None = None
    seed: int = 0

    @property
    def pdf(self):
        """The paper as a PDF with a text layer."""
        return papers.paper(self.paper) if self.layout['engine'] == 'papers' else office_paper(self.paper, self.layout)

    @property
    def raw(self):
        """The file as it arrives: with its text layer, or scanned."""
        return scan(self.pdf, random.Random(self.seed), **self.scan) if self.scan else self.pdf


def samples(count, seed, *, scanned=0.5):
    """Return ``count`` papers of varied kinds; every second one is a scan."""
    rng = random.Random(seed)
    result = []
    for index in range(count):
        is_scan = int((index + 1) * scanned) > int(index * scanned)
        result.append(make_sample(random.Random(rng.random()), is_scan=is_scan, index=index))
    return result


def make_sample(rng, *, is_scan, index=0):
    agency = AGENCIES[index % len(AGENCIES)] if rng.random() < 0.5 else rng.choice(AGENCIES)
    type_name = papers.LETTER if rng.random() < 0.35 else rng.choice(NAMED_TYPES)
    symbol = papers.notation(type_name, agency.letters, rng.choice(agency.units))
    number = rng.choice((rng.randint(1, 9), rng.randint(10, 99), rng.randint(100, 999), rng.randint(1000, 9999)))
    day = date(2021, 1, 1) + timedelta(days=rng.randrange(365 * 5))
    what = f'{rng.choice(_WHAT)} {rng.choice(_OF)}{rng.choice(_WHERE)}'
    is_about = type_name in ('Quyết định', 'Chỉ thị', 'Thông báo') and rng.random() < 0.7
    subject = f'Về việc {what}' if is_about else what[:1].upper() + what[1:]
    titles, position = rng.choice(agency.signers)
    name = f'{rng.choice(SURNAMES)} {rng.choice(MIDDLES)} {rng.choice(GIVEN)}'
    urgency = rng.choice(('urgent', 'very_urgent', 'express')) if rng.random() < 0.2 else 'normal'
    sentences = tuple(rng.choice(_SENTENCES) for _ in range(rng.choice((2, 3, 4, 5))))
    is_letter = type_name == papers.LETTER
    addressees = ()
    if is_letter or rng.random() < 0.2:
        addressees = tuple(rng.sample(
            ('Các cơ quan thuộc Ủy ban nhân dân Thành phố', 'Ủy ban nhân dân các phường, xã', 'Bộ Nội vụ', 'Sở Tài chính'),
            rng.choice((1, 1, 2, 3))))
    paper = papers.Paper(
        agency='\n'.join(agency.lines), parent_agency='\n'.join(agency.parent), type_name=type_name, subject=subject,
        number=number, symbol=symbol, date=day, place=agency.place, addressees=addressees, body=sentences,
        bases=() if is_letter or rng.random() < 0.6 else ('Căn cứ Nghị định số 30/2020/NĐ-CP ngày 05 tháng 3 năm 2020 của Chính phủ',),
        recipients=tuple(rng.sample(('Thường trực Thành ủy (để báo cáo)', 'Các phòng, ban', 'Cổng thông tin điện tử'), 2)),
        archive_line='Lưu: VT, VP', signature=papers.Signature(lines=titles, name=name, signed=rng.random() < 0.8),
        urgency=urgency, foot=papers.SPECIMEN if rng.random() < 0.5 else '')
    layout = {
        'engine': rng.choice(('papers', 'office', 'office')),
        'left': rng.uniform(30, 35), 'right': rng.uniform(15, 20), 'top': rng.uniform(18, 25),
        'agency': rng.uniform(58, 76), 'head': rng.choice((12, 12, 13)), 'size': rng.choice((13, 14, 14)),
        'leading': rng.uniform(1.12, 1.45), 'gap': rng.uniform(1, 8), 'spaced': rng.random() < 0.08,
        'sign_gap': rng.uniform(16, 30),
    }
    scan_values = None
    if is_scan:
        scan_values = {
            'dpi': rng.choice((150, 200, 200, 300, 300)), 'mode': rng.choice(('L', 'L', 'RGB', '1')),
            'skew': rng.choice((0, rng.uniform(-0.6, 0.6), rng.uniform(-1.6, 1.6))), 'blur': rng.choice((0, 0.4, 0.8)),
            'noise': rng.choice((0, 8, 18)), 'specks': rng.choice((0, 60, 300)), 'fade': rng.choice((0, 0.15, 0.35)),
            'stamp': paper.signature.signed or rng.random() < 0.5, 'quality': rng.choice((40, 60, 80)),
        }
    truth = {
        'reference': paper.reference, 'issue_date': day, 'issuer': agency.name, 'type': type_name, 'subject': subject,
        'signer_name': name, 'signer_position': position, 'urgency': urgency,
    }
    return Sample(paper, truth, agency, layout, scan_values, rng.randrange(1 << 30))


# === another hand: as offices set papers with a table at the top === #

def office_paper(spec, layout):
    """Return the PDF of a :class:`papers.Paper` in a freer layout than that of :func:`papers.paper`."""
    papers._register_fonts()
    stream = io.BytesIO()
    office = _Office(Canvas(stream, pagesize=A4, invariant=1), spec, layout)
    office.draw_head()
    office.draw_title()
    office.draw_body()
    office.draw_end()
    office.canvas.save()
    return stream.getvalue()


class _Office:
    """A pen that goes down the page: ``y`` is where it is."""

    def __init__(self, canvas, spec, layout):
        self.canvas, self.spec, self.layout = canvas, spec, layout
        self.left, right = layout['left'] * mm, A4[0] - layout['right'] * mm
        self.width = right - self.left
        self.middle = self.left + self.width / 2
        self.y = A4[1] - layout['top'] * mm

    def centred(self, text, font, size, x, y):
        self.canvas.setFont(font, size)
        self.canvas.drawCentredString(x, y, text)

    def wrapped(self, text, font, size, x, room):
        for line in simpleSplit(text, font, size, room):
            self.y -= size * 1.2
            self.centred(line, font, size, x, self.y)

    def new_page(self, number=None):
        self.canvas.showPage()
        if number:
            self.centred(str(number), 'Paper', 13, self.middle, A4[1] - 13 * mm)
        self.y = A4[1] - 30 * mm

    def draw_head(self):
        canvas, spec, layout = self.canvas, self.spec, self.layout
        head, top, room = layout['head'], self.y, layout['agency'] * mm
        x_left = self.left + room / 2
        x_right = self.left + room + (self.width - room) / 2
        for text, font in ((spec.parent_agency, 'Paper'), (spec.agency, 'Paper-B')):
            for line in filter(None, text.split('\n')):
                self.wrapped(line, font, head, x_left, room)
        canvas.line(x_left - 30, self.y - 4, x_left + 30, self.y - 4)
        nation = min(head, 13 if layout['agency'] < 68 else 12)
        self.centred(papers.NATION, 'Paper-B', nation, x_right, top - head * 1.2)
        motto = top - head * 2.6
        self.centred(papers.MOTTO, 'Paper-B', nation + 1, x_right, motto)
        canvas.line(x_right - 80, motto - 4, x_right + 80, motto - 4)
        self.y = min(self.y, motto) - layout['gap'] - 16
        self.centred(f'Số: {spec.reference}', 'Paper', 13, x_left, self.y)
        self.centred(f'{spec.place}, {papers.date_text(spec.date)}', 'Paper-I',
                     head + 1 if layout['agency'] < 66 else head, x_right, self.y)
        if spec.is_letter:
            self.y -= 4
            self.wrapped(f'V/v {spec.subject[:1].lower()}{spec.subject[1:]}', 'Paper', 12, x_left, room - 6)
        if spec.urgency in papers.URGENCY_STAMPS:
            text, box = papers.URGENCY_STAMPS[spec.urgency]
            self.y -= 30
            canvas.saveState()
            canvas.setStrokeColor(papers.RED)
            canvas.setFillColor(papers.RED)
            canvas.rect(x_left - box / 2, self.y, box, 8 * mm)
            self.centred(text, 'Paper-B', 13, x_left, self.y + 7)
            canvas.restoreState()
        self.y -= 22

    def draw_title(self):
        spec = self.spec
        if spec.is_letter:
            return
        title = spec.type_name.upper()
        if self.layout['spaced']:
            title = ' '.join(title.replace(' ', '  '))
        self.centred(title, 'Paper-B', 14, self.middle, self.y)
        self.y -= 3
        self.wrapped(spec.subject, 'Paper-B', 14, self.middle, self.width - 40 * mm)
        self.canvas.line(self.middle - 50, self.y - 7, self.middle + 50, self.y - 7)
        self.y -= 14

    def draw_body(self):
        canvas, size = self.canvas, self.layout['size']
        leading = size * self.layout['leading']
        for index, addressee in enumerate(self.spec.addressees):
            self.y -= leading
            canvas.setFont('Paper', size)
            canvas.drawString(
                self.left + (55 if index else 35) * mm, self.y, f"{'- ' if index else 'Kính gửi: '}{addressee};")
        self.y -= 6
        for basis in self.spec.bases:
            for line in simpleSplit(basis + ';', 'Paper-I', size, self.width - 13 * mm):
                self.y -= leading
                canvas.setFont('Paper-I', size)
                canvas.drawString(self.left + 13 * mm, self.y, line)
        for paragraph in self.spec.body:
            self.y -= 4
            for index, line in enumerate(simpleSplit(' ' * 8 + paragraph, 'Paper', size, self.width)):
                self.y -= leading
                if self.y < 60:
                    self.new_page()
                canvas.setFont('Paper', size)
                canvas.drawString(self.left + (0 if index else 12.7 * mm), self.y, line.strip())

    def draw_end(self):
        canvas, spec, gap = self.canvas, self.spec, self.layout['sign_gap'] * mm
        if self.y < 100 + gap:
            self.new_page(2)
        self.y -= 24
        x, base = self.left + self.width * 0.74, self.y
        for line in spec.signature.lines:
            self.centred(line, 'Paper-B', 13 if len(line) > 22 else 14, x, self.y)
            self.y -= 17
        self.y -= gap
        if spec.signature.signed:
            self.sign(x)
        self.centred(spec.signature.name, 'Paper-B', 14, x, self.y)
        canvas.setFont('Paper-BI', 12)
        canvas.drawString(self.left, base, 'Nơi nhận:')
        canvas.setFont('Paper', 11)
        first = ['- Như trên;'] if spec.is_letter else []
        for index, line in enumerate([*first, *(f'- {name};' for name in spec.recipients), f'- {spec.archive_line}.']):
            canvas.drawString(self.left, base - 14 * (index + 1), line)
        if spec.foot:
            self.centred(spec.foot, 'Paper', 9, self.middle, 34)

    def sign(self, x):
        pen = random.Random(self.spec.signature.name)
        self.canvas.saveState()
        self.canvas.setStrokeColor(papers.BLUE)
        path = self.canvas.beginPath()
        path.moveTo(x - 40, self.y + 25)
        for _stroke in range(4):
            path.curveTo(*(
                self.y + pen.uniform(16, 60) if index % 2 else x + pen.uniform(-45, 45) for index in range(6)))
        self.canvas.drawPath(path)
        self.canvas.restoreState()


PARTY_DATE = date(2025, 4, 8)


def party_paper():
    """Return a letter in the layout of the Party, which is not that of Decree 30/2020."""
    papers._register_fonts()
    stream = io.BytesIO()
    canvas = Canvas(stream, pagesize=A4, invariant=1)
    for x, y, font, size, text in (
        (60, 50, 'Paper', 13, "ĐẢNG BỘ THÀNH PHỐ HỒ CHÍ MINH"), (60, 66, 'Paper-B', 13, "ĐẢNG ỦY PHƯỜNG BẾN THÀNH"),
        (120, 82, 'Paper', 13, "*"),
        (95, 98, 'Paper', 13, "Số 45-CV/ĐU"), (330, 50, 'Paper-B', 14, "ĐẢNG CỘNG SẢN VIỆT NAM"),
        (300, 90, 'Paper-I', 13, "Bến Thành, ngày 08 tháng 4 năm 2025"), (70, 116, 'Paper-I', 12, "“V/v chuẩn bị hội nghị”"),
        (200, 160, 'Paper', 14, "Kính gửi: Các chi bộ trực thuộc"),
        (110, 200, 'Paper', 14, "Đảng ủy đề nghị các chi bộ chuẩn bị nội dung hội nghị theo kế hoạch đã gửi."),
        (90, 260, 'Paper-BI', 12, "Nơi nhận:"), (90, 276, 'Paper', 11, "- Như trên;"), (90, 290, 'Paper', 11, "- Lưu Văn phòng."),
        (370, 260, 'Paper-B', 14, "T/M ĐẢNG ỦY"), (370, 278, 'Paper-B', 14, "PHÓ BÍ THƯ"), (365, 360, 'Paper-B', 14, "Nguyễn Văn Bình"),
    ):
        canvas.setFont(font, size)
        canvas.drawString(x, A4[1] - y, text)
    canvas.save()
    return stream.getvalue()


# === the scanner === #

def rasterise(pdf, dpi):
    """Return the pages of a PDF as pictures."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, 'paper.pdf')
        source.write_bytes(pdf)
        subprocess.run(
            ['pdftoppm', '-r', str(dpi), str(source), str(Path(folder, 'page'))], check=True, capture_output=True)
        return [Image.open(file).convert('RGB') for file in sorted(Path(folder).glob('page*.ppm'))]


def scan(pdf, rng, *, dpi=200, mode='L', skew=0, blur=0, noise=0, specks=0, fade=0, stamp=False, quality=60, turn=0):
    """Return a PDF of pictures: the paper printed, stamped and put on a scanner that was not quite clean.

    :param turn: degrees by which the paper lies wrong on the scanner: 90, 180, 270
    """
    pages = rasterise(pdf, dpi)
    if stamp:
        pages[-1] = _stamped(pages[-1], rng, dpi)
    return pictures_to_pdf(
        [_degraded(page, rng, mode, skew, blur * dpi / 200, noise, specks, fade, turn) for page in pages], dpi, quality)


def pictures_to_pdf(pictures, dpi, quality=60):
    stream = io.BytesIO()
    options = {} if pictures[0].mode == '1' else {'quality': quality}      # black and white is packed as fax machines do
    pictures[0].save(
        stream, 'PDF', save_all=True, append_images=pictures[1:], resolution=dpi, creationDate=None, modDate=None, **options)
    return stream.getvalue()


def scribble(rng, dpi=150):
    """Return a PDF of a page written by hand, so badly that nobody can read it."""
    page = Image.new('L', (round(A4[0] / 72 * dpi), round(A4[1] / 72 * dpi)), 250)
    draw = ImageDraw.Draw(page)
    for line in range(12):
        x, y = page.width * 0.1, page.height * (0.08 + 0.06 * line)
        while x < page.width * 0.85:
            stroke = [(x + rng.uniform(0, 34), y + rng.uniform(-17, 17)) for _point in range(rng.randint(3, 7))]
            draw.line(sorted(stroke), fill=40, width=2, joint='curve')
            x += rng.uniform(26, 60)
    return pictures_to_pdf([page], dpi)


def _degraded(page, rng, mode, skew, blur, noise, specks, fade, turn):
    if fade:
        page = Image.blend(page, Image.new('RGB', page.size, (235, 232, 225)), fade)
    if skew:
        page = page.rotate(skew, resample=Image.Resampling.BICUBIC, fillcolor=(250, 250, 248))
    if blur:
        page = page.filter(ImageFilter.GaussianBlur(blur))
    if mode != 'RGB':
        page = page.convert('L')
    if noise:
        grain = _grain(rng, page.size, noise)
        page = ImageChops.add(page, grain if page.mode == 'L' else Image.merge('RGB', (grain,) * 3), offset=-128)
    draw = ImageDraw.Draw(page)
    for _speck in range(specks):
        x, y, r = rng.randrange(page.width), rng.randrange(page.height), rng.choice((0, 0, 1, 2))
        draw.ellipse((x - r, y - r, x + r, y + r), fill=rng.randrange(90) if page.mode == 'L' else (rng.randrange(90),) * 3)
    if turn:
        page = page.rotate(-turn, expand=True)
    if mode == '1':
        threshold = rng.randint(130, 165)       # office scanners part black from white; they do not scatter dots
        return page.point(lambda level: 255 if level > threshold else 0).convert('1', dither=Image.Dither.NONE)
    return page


def _grain(rng, size, noise):
    """Grain of the scanner's sensor, the same for the same seed: a tile, repeated."""
    tile = Image.new('L', (256, 256))
    tile.putdata([max(0, min(255, int(rng.gauss(128, noise)))) for _ in range(256 * 256)])
    grain = Image.new('L', size)
    for x in range(0, size[0], 256):
        for y in range(0, size[1], 256):
            grain.paste(tile, (x, y))
    return grain


def _stamped(page, rng, dpi):
    """Put a round red seal on the left third of the signature's place."""
    radius = int(18 / 25.4 * dpi)
    x = int(page.width * rng.uniform(0.5, 0.62))
    ink = page.convert('L').point(lambda level: 255 if level < 128 else 0)
    box = ink.crop((page.width // 2, 0, page.width, int(page.height * 0.94))).getbbox()
    y = (box[3] if box else int(page.height * 0.8)) - int(rng.uniform(14, 20) / 25.4 * dpi)
    layer = Image.new('RGB', page.size, 'white')
    draw = ImageDraw.Draw(layer)
    colour, wide = (205, 40, 50), max(2, dpi // 70)
    for r in (radius, int(radius * 0.68)):
        draw.ellipse((x - r, y - r, x + r, y + r), outline=colour, width=wide)
    star = radius // 4
    draw.regular_polygon((x, y, star), 5, fill=colour)
    font = ImageFont.truetype(str(Path(papers._register_fonts()).with_name(
        Path(papers._register_fonts()).name.replace('Regular', 'Bold'))), max(8, dpi // 12))
    draw.text((x - radius * 0.6, y - radius * 0.62), "SPECIMEN", fill=colour, font=font)
    return ImageChops.multiply(page, layer.rotate(rng.uniform(-12, 12), center=(x, y), fillcolor='white'))
