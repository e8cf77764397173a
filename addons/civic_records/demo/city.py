"""The demo city: agencies, their units and people, and the partners that write to them.

Institutions are real public bodies; every person is invented. Organ codes marked ``DEMO`` are
made up in the shape of the rule, the others stand in published sources.
"""
from dataclasses import dataclass
from datetime import date

OLD, NEW = 'qcvn_2016', 'qd20_2020'
OLD_BASIS = 'QCVN 102:2016/BTTTT'
NEW_BASIS = 'Quyết định số 20/2020/QĐ-TTg'
DEMO = ' (mã minh họa)'
NEW_SINCE = date(2020, 9, 15)
TWO_LEVELS = date(2025, 7, 1)  # local government in two levels; districts end
MERGED_DEPARTMENTS = date(2025, 3, 1)

CITY = 'Thành phố Hồ Chí Minh'
CITY_HEAD = 'ỦY BAN NHÂN DÂN\nTHÀNH PHỐ HỒ CHÍ MINH'


@dataclass(frozen=True)
class Agency:
    """An issuer of documents; ``head``/``parent`` are its lines on paper, ``symbol`` its part of the notation."""
    key: str
    name: str
    abbreviation: str
    symbol: str
    head: str
    parent: str = ''
    level: str = 'other'
    codes: tuple = ()  # (code, generation, legal basis)
    signer: tuple = ()  # (name, title lines)
    drafting_units: tuple = ('VP',)
    valid_from: date | None = None
    valid_to: date | None = None
    successor: str = ''
    place: str = CITY


def _city_codes(old, new, demo=True):
    suffix = DEMO if demo else ''
    return ((old, OLD, OLD_BASIS + suffix), (new, NEW, NEW_BASIS + suffix))


def _department(key, name, abbreviation, ordinal, signer, title=('GIÁM ĐỐC',), units=('VP', 'KHTC'), **values):
    return Agency(
        key=key, name=name, abbreviation=abbreviation, symbol=abbreviation, head=name, parent=CITY_HEAD,
        level='department', codes=_city_codes(f'000.00.{ordinal}.H29', f'H29.{ordinal}'), signer=(signer, title),
        drafting_units=units, **values,
    )


def _ward(key, name, ordinal, signer, title=('TM. ỦY BAN NHÂN DÂN', 'CHỦ TỊCH'), units=('VP', 'KTHTĐT', 'VHXH'), **values):
    return Agency(
        key=key, name=f'Ủy ban nhân dân {name}', abbreviation=f'UBND {name}', symbol='UBND',
        head=f'ỦY BAN NHÂN DÂN\n{name}', parent='', level='ward',
        codes=((f'H29.{ordinal}', NEW, NEW_BASIS + DEMO),), signer=(signer, title), drafting_units=units,
        **{'valid_from': TWO_LEVELS, 'place': name, **values},
    )


def _ministry(key, name, abbreviation, signer, code='', title=('KT. BỘ TRƯỞNG', 'THỨ TRƯỞNG'), units=('VP',), **values):
    codes = ((f'000.00.00.{code}', OLD, OLD_BASIS), (code, NEW, NEW_BASIS)) if code else ()
    return Agency(
        key=key, name=name, abbreviation=abbreviation, symbol=abbreviation, head=name, codes=codes,
        signer=(signer, title), drafting_units=units, place='Hà Nội', **values,
    )


# Agencies that work in the system: each is a company with units, people and registers
AGENCIES = (
    Agency(
        key='ubnd', name='Ủy ban nhân dân Thành phố Hồ Chí Minh', abbreviation='UBND', symbol='UBND',
        head=CITY_HEAD, level='city', codes=_city_codes('000.00.00.H29', 'H29', demo=False),
        signer=('Lê Hoàng Minh Triết', ('TM. ỦY BAN NHÂN DÂN', 'KT. CHỦ TỊCH', 'PHÓ CHỦ TỊCH')),
        drafting_units=('NC', 'VX', 'ĐT', 'KT', 'TH'),
    ),
    _department('snv', 'Sở Nội vụ', 'SNV', 61, 'Huỳnh Thị Thanh Trúc', units=('VTLT', 'TCBC', 'CCVC', 'VP')),
    _department(
        'skhcn', 'Sở Khoa học và Công nghệ', 'SKHCN', 62, 'Đoàn Nhật Quang',
        units=('CĐS', 'HTS', 'VP'), valid_from=MERGED_DEPARTMENTS,
    ),
    _department('stc', 'Sở Tài chính', 'STC', 63, 'Trương Ngọc Bảo Châu', units=('NS', 'HCSN', 'ĐT', 'VP')),
    _ward('benthanh', 'Phường Bến Thành', 81, 'Phan Đình Gia Huy'),
    _department(
        'ttltls', 'Trung tâm Lưu trữ lịch sử Thành phố', 'TTLTLS', 64, 'Vũ Thị Diễm Quỳnh',
        units=('NV', 'HC'),
    ),
)

# Partner agencies: known, not working in the system
PARTNERS = (
    _ministry('vpcp', 'Văn phòng Chính phủ', 'VPCP', 'Nguyễn Hữu Thiện Tâm', 'G22',
              ('KT. BỘ TRƯỞNG, CHỦ NHIỆM', 'PHÓ CHỦ NHIỆM'), ('KSTT', 'KTTH', 'CN')),
    _ministry('bnv', 'Bộ Nội vụ', 'BNV', 'Trần Quốc Việt Anh', 'G09', units=('TCBC', 'CCVC', 'VTLTNN')),
    _ministry('btc', 'Bộ Tài chính', 'BTC', 'Đỗ Thị Hồng Vân', 'G12', units=('NSNN', 'HCSN', 'ĐT')),
    _ministry('bkhcn', 'Bộ Khoa học và Công nghệ', 'BKHCN', 'Phạm Tuấn Khải', 'G06', units=('CĐSQG', 'KHCN')),
    _ministry('byt', 'Bộ Y tế', 'BYT', 'Lý Thị Ngọc Ánh', units=('PB', 'KCB')),
    _ministry('bgddt', 'Bộ Giáo dục và Đào tạo', 'BGDĐT', 'Mai Xuân Trường An', units=('GDPT', 'NGCBQL')),
    _ministry('bxd', 'Bộ Xây dựng', 'BXD', 'Hồ Sỹ Đăng Khoa', units=('QHKT', 'KCHT')),
    _ministry('bnnmt', 'Bộ Nông nghiệp và Môi trường', 'BNNMT', 'Cao Thị Thúy Hằng', units=('QLĐĐ', 'MT', 'ĐĐ')),
    _ministry('cvtlt', 'Cục Văn thư và Lưu trữ nhà nước', 'CVTLTNN', 'Ngô Bá Tùng Lâm', title=('KT. CỤC TRƯỞNG', 'PHÓ CỤC TRƯỞNG'),
              units=('NVVT', 'NVLT'), parent='BỘ NỘI VỤ'),
    Agency(
        key='hdnd', name='Hội đồng nhân dân Thành phố Hồ Chí Minh', abbreviation='HĐND', symbol='HĐND',
        head='HỘI ĐỒNG NHÂN DÂN\nTHÀNH PHỐ HỒ CHÍ MINH', codes=(('K29', NEW, NEW_BASIS + DEMO),),
        signer=('Tô Thị Kim Ngân', ('TM. THƯỜNG TRỰC HỘI ĐỒNG NHÂN DÂN', 'KT. CHỦ TỊCH', 'PHÓ CHỦ TỊCH')),
        drafting_units=('VP', 'KTNS', 'PC'), level='city',
    ),
    _department('syt', 'Sở Y tế', 'SYT', 65, 'Châu Thị Mỹ Duyên', units=('NVY', 'TCCB', 'VP')),
    _department('sgddt', 'Sở Giáo dục và Đào tạo', 'SGDĐT', 66, 'Bùi Hải Đường', units=('GDPT', 'GDMN', 'KHTC')),
    _department('sxd', 'Sở Xây dựng', 'SXD', 67, 'Đinh Công Thành Đạt', units=('QLĐT', 'HTGT', 'QLN')),
    _department('snnmt', 'Sở Nông nghiệp và Môi trường', 'SNNMT', 68, 'Lâm Thị Phương Thảo',
                units=('QLĐ', 'CTR', 'TL'), valid_from=MERGED_DEPARTMENTS),
    _department('stp', 'Sở Tư pháp', 'STP', 69, 'Hà Minh Nguyệt Cát', units=('VBPL', 'BTTP', 'HTQT')),
    _department('sct', 'Sở Công Thương', 'SCT', 70, 'Trịnh Văn Phúc Lộc', units=('QLTM', 'XNK')),
    _department('svhtt', 'Sở Văn hóa và Thể thao', 'SVHTT', 71, 'Dương Thị Cẩm Tú', units=('DSVH', 'QLVH', 'TDTT')),
    _department('sdl', 'Sở Du lịch', 'SDL', 72, 'Nguyễn Khánh Toàn Mỹ', units=('LH', 'PTDL')),
    _department('ttra', 'Thanh tra Thành phố', 'TTTP', 73, 'Võ Trung Trực Ngôn', ('CHÁNH THANH TRA',), ('P1', 'P2', 'TH')),
    _department('hcc', 'Trung tâm Phục vụ hành chính công Thành phố', 'TTPVHCC', 74, 'Kiều Thị Lan Hương', units=('KSTT',)),
    _department('tnvn', 'Ban Quản lý Dự án đầu tư xây dựng hạ tầng đô thị', 'BHTĐT', 75, 'Lưu Quang Đại Hải',
                units=('DA1', 'DA2', 'GPMB')),
    Agency(
        key='kbnn', name='Kho bạc Nhà nước Khu vực II', abbreviation='KBNN KV II', symbol='KBII', parent='KHO BẠC NHÀ NƯỚC',
        head='KHO BẠC NHÀ NƯỚC KHU VỰC II', signer=('Tạ Thị Minh Châu', ('KT. GIÁM ĐỐC', 'PHÓ GIÁM ĐỐC')),
        drafting_units=('KSC', 'KTNN'),
    ),
    Agency(
        key='kttv', name='Đài Khí tượng Thủy văn khu vực Nam Bộ', abbreviation='Đài KTTV Nam Bộ', symbol='ĐKVNB',
        parent='CỤC KHÍ TƯỢNG THỦY VĂN', head='ĐÀI KHÍ TƯỢNG THỦY VĂN\nKHU VỰC NAM BỘ',
        signer=('Quách Đình Phong Vũ', ('GIÁM ĐỐC',)), drafting_units=('DB',),
    ),
    Agency(
        key='nuoc', name='Công ty TNHH MTV Thoát nước Đô thị Thành phố', abbreviation='Công ty Thoát nước', symbol='TNĐT',
        head='CÔNG TY TNHH MTV\nTHOÁT NƯỚC ĐÔ THỊ', parent='ỦY BAN NHÂN DÂN THÀNH PHỐ',
        signer=('Thái Bình Dương Long', ('TỔNG GIÁM ĐỐC',)), drafting_units=('KT', 'QLHT'),
    ),
    _ward('saigon', 'Phường Sài Gòn', 82, 'Đặng Hữu Nghĩa Hiệp'),
    _ward('tandinh', 'Phường Tân Định', 83, 'Mạc Thị Tường Vi'),
    _ward('thuduc', 'Phường Thủ Đức', 84, 'La Chí Kiên Cường'),
    _ward('cangio', 'Xã Cần Giờ', 85, 'Nghiêm Xuân Bách Tùng'),
    _ward('condao', 'Đặc khu Côn Đảo', 86, 'Viên Thị Hải Yến'),
    # Closed agencies: old documents keep naming them
    _department('stttt', 'Sở Thông tin và Truyền thông', 'STTTT', 76, 'Ông Thế Bảo Long', units=('CNTT',),
                valid_to=date(2025, 2, 28), successor='skhcn'),
    Agency(
        key='quan1', name='Ủy ban nhân dân Quận 1', abbreviation='UBND Quận 1', symbol='UBND', level='district',
        head='ỦY BAN NHÂN DÂN\nQUẬN 1', codes=(('000.00.96.H29', OLD, OLD_BASIS + DEMO),), place='Quận 1',
        signer=('Cung Thị Hạ Lan', ('TM. ỦY BAN NHÂN DÂN', 'CHỦ TỊCH')),
        valid_to=date(2025, 6, 30), successor='benthanh',
    ),
)
ISSUERS = {agency.key: agency for agency in (*AGENCIES, *PARTNERS)}


@dataclass(frozen=True)
class Unit:
    key: str
    name: str
    parent: str = ''
    fields: tuple = ()  # fields of work that are assigned here


UNITS = {
    'ubnd': (
        Unit('ttr', 'Thường trực Ủy ban nhân dân'),
        Unit('vp', 'Văn phòng'),
        Unit('hc', 'Phòng Hành chính - Tổ chức', 'vp'),
        Unit('vtlt', 'Tổ Văn thư - Lưu trữ', 'hc'),
        Unit('nc', 'Phòng Nội chính - Cải cách hành chính', 'vp', ('archives', 'staffing', 'justice', 'digital')),
        Unit('th', 'Phòng Tổng hợp', 'vp'),
        Unit('kt', 'Phòng Kinh tế', 'vp', ('budget', 'environment')),
        Unit('dt', 'Phòng Đô thị', 'vp', ('land', 'urban', 'flood')),
        Unit('vx', 'Phòng Văn xã', 'vp', ('health', 'education', 'culture')),
        Unit('tcd', 'Ban Tiếp công dân', 'vp'),
    ),
    'snv': (
        Unit('bgd', 'Ban Giám đốc'),
        Unit('vp', 'Văn phòng Sở', '', ('budget', 'digital')),
        Unit('tcbc', 'Phòng Tổ chức bộ máy - Biên chế', '', ('justice',)),
        Unit('ccvc', 'Phòng Công chức, viên chức', '', ('staffing', 'education', 'health')),
        Unit('vtlt', 'Phòng Quản lý Văn thư - Lưu trữ', '', ('archives', 'culture')),
    ),
    'skhcn': (
        Unit('bgd', 'Ban Giám đốc'),
        Unit('vp', 'Văn phòng Sở', '', ('staffing', 'archives')),
        Unit('cds', 'Phòng Chuyển đổi số', '', ('digital', 'justice')),
        Unit('hts', 'Phòng Hạ tầng số và An toàn thông tin', '', ('budget', 'urban')),
    ),
    'stc': (
        Unit('bgd', 'Ban Giám đốc'),
        Unit('vp', 'Văn phòng Sở', '', ('staffing', 'archives', 'digital')),
        Unit('ns', 'Phòng Quản lý ngân sách', '', ('budget', 'land')),
        Unit('hcsn', 'Phòng Tài chính hành chính sự nghiệp', '', ('health', 'education', 'culture')),
        Unit('dt', 'Phòng Tài chính đầu tư', '', ('urban', 'flood', 'environment')),
    ),
    'benthanh': (
        Unit('ttr', 'Thường trực Ủy ban nhân dân Phường'),
        Unit('vp', 'Văn phòng Hội đồng nhân dân và Ủy ban nhân dân', '', ('archives', 'staffing', 'justice', 'digital')),
        Unit('kt', 'Phòng Kinh tế, Hạ tầng và Đô thị', '', ('land', 'urban', 'budget', 'flood', 'environment')),
        Unit('vhxh', 'Phòng Văn hóa - Xã hội', '', ('health', 'education', 'culture')),
        Unit('hcc', 'Trung tâm Phục vụ hành chính công Phường'),
    ),
    'ttltls': (
        Unit('bgd', 'Ban Giám đốc'),
        Unit('hc', 'Phòng Hành chính - Tổng hợp', '', ('staffing', 'budget', 'digital')),
        Unit('tt', 'Phòng Thu thập và Chỉnh lý tài liệu', '', ('archives',)),
        Unit('bq', 'Phòng Bảo quản và Khai thác sử dụng tài liệu', '', ('culture', 'flood')),
    ),
}


@dataclass(frozen=True)
class Person:
    """``role`` is the group's name without its prefix; ``heads`` marks the head of the unit."""
    login: str
    name: str
    agency: str
    unit: str
    role: str
    job: str
    gender: str = 'f'
    heads: bool = False


PEOPLE = (
    # People's Committee office: the log-ins of the tour
    Person('vanthu', 'Nguyễn Thị Thu Hà', 'ubnd', 'vtlt', 'clerk', 'Văn thư'),
    Person('lanhdao', 'Lê Hoàng Minh Triết', 'ubnd', 'ttr', 'leader', 'Phó Chủ tịch', 'm', heads=True),
    Person('truongphong', 'Trần Quốc Bảo', 'ubnd', 'nc', 'unit_head', 'Trưởng phòng', 'm', heads=True),
    Person('chuyenvien', 'Phạm Ngọc Mai Anh', 'ubnd', 'nc', 'specialist', 'Chuyên viên'),
    Person('luutru', 'Đặng Thị Kim Oanh', 'ubnd', 'vtlt', 'archivist', 'Lưu trữ viên'),
    Person('quanly', 'Võ Thành Nhân', 'ubnd', 'vp', 'manager', 'Chánh Văn phòng', 'm', heads=True),
    Person('vanthu2', 'Hồ Thị Bích Trâm', 'ubnd', 'vtlt', 'clerk', 'Văn thư'),
    Person('hc.truong', 'Mai Thị Xuân Lan', 'ubnd', 'hc', 'unit_head', 'Trưởng phòng', heads=True),
    Person('nc.chuyenvien2', 'Lý Gia Bình', 'ubnd', 'nc', 'specialist', 'Chuyên viên', 'm'),
    Person('nc.chuyenvien3', 'Đỗ Thị Yến Nhi', 'ubnd', 'nc', 'specialist', 'Chuyên viên'),
    Person('th.truong', 'Bùi Thanh Liêm', 'ubnd', 'th', 'unit_head', 'Trưởng phòng', 'm', heads=True),
    Person('th.chuyenvien', 'Ngô Thùy Dương', 'ubnd', 'th', 'specialist', 'Chuyên viên'),
    Person('kt.truong', 'Hoàng Đức Trọng', 'ubnd', 'kt', 'unit_head', 'Trưởng phòng', 'm', heads=True),
    Person('kt.chuyenvien', 'Trịnh Thị Hoài Thương', 'ubnd', 'kt', 'specialist', 'Chuyên viên'),
    Person('dt.truong', 'Phan Thị Ngọc Diệp', 'ubnd', 'dt', 'unit_head', 'Trưởng phòng', heads=True),
    Person('dt.chuyenvien', 'Cao Minh Nhật', 'ubnd', 'dt', 'specialist', 'Chuyên viên', 'm'),
    Person('dt.chuyenvien2', 'Tăng Bảo Ngọc', 'ubnd', 'dt', 'specialist', 'Chuyên viên'),
    Person('vx.truong', 'Đinh Thị Hồng Nhung', 'ubnd', 'vx', 'unit_head', 'Trưởng phòng', heads=True),
    Person('vx.chuyenvien', 'Lâm Chấn Phong', 'ubnd', 'vx', 'specialist', 'Chuyên viên', 'm'),
    Person('tcd.truong', 'Hà Văn Chí Thiện', 'ubnd', 'tcd', 'unit_head', 'Trưởng ban', 'm', heads=True),
    # Departments, the ward and the archives centre
    Person('vanthu.snv', 'Quách Thị Mộng Tuyền', 'snv', 'vp', 'clerk', 'Văn thư'),
    Person('lanhdao.snv', 'Huỳnh Thị Thanh Trúc', 'snv', 'bgd', 'leader', 'Giám đốc', heads=True),
    Person('vp.snv', 'Tô Hiến Thành Công', 'snv', 'vp', 'unit_head', 'Chánh Văn phòng', 'm', heads=True),
    Person('tcbc.snv', 'Dương Quang Huy', 'snv', 'tcbc', 'unit_head', 'Trưởng phòng', 'm', heads=True),
    Person('ccvc.snv', 'Lưu Thị Ánh Tuyết', 'snv', 'ccvc', 'unit_head', 'Trưởng phòng', heads=True),
    Person('vtlt.snv', 'Nguyễn Phú Khang', 'snv', 'vtlt', 'unit_head', 'Trưởng phòng', 'm', heads=True),
    Person('chuyenvien.snv', 'Trần Lê Khánh Vy', 'snv', 'vtlt', 'specialist', 'Chuyên viên'),
    Person('vanthu.skhcn', 'Võ Thị Cẩm Giang', 'skhcn', 'vp', 'clerk', 'Văn thư', heads=True),
    Person('lanhdao.skhcn', 'Đoàn Nhật Quang', 'skhcn', 'bgd', 'leader', 'Giám đốc', 'm', heads=True),
    Person('cds.skhcn', 'Phùng Anh Kiệt', 'skhcn', 'cds', 'unit_head', 'Trưởng phòng', 'm', heads=True),
    Person('hts.skhcn', 'Thạch Thị Sóc Kha', 'skhcn', 'hts', 'unit_head', 'Trưởng phòng', heads=True),
    Person('vanthu.stc', 'Kim Thị Ngọc Hân', 'stc', 'vp', 'clerk', 'Văn thư', heads=True),
    Person('lanhdao.stc', 'Trương Ngọc Bảo Châu', 'stc', 'bgd', 'leader', 'Giám đốc', heads=True),
    Person('ns.stc', 'Lương Thế Vinh Hiển', 'stc', 'ns', 'unit_head', 'Trưởng phòng', 'm', heads=True),
    Person('hcsn.stc', 'Chu Thị Thanh Thủy', 'stc', 'hcsn', 'unit_head', 'Trưởng phòng', heads=True),
    Person('dt.stc', 'Nguyễn Trọng Tấn Tài', 'stc', 'dt', 'unit_head', 'Trưởng phòng', 'm', heads=True),
    Person('vanthu.bt', 'Lê Thị Hạnh Nguyên', 'benthanh', 'vp', 'clerk', 'Văn thư', heads=True),
    Person('lanhdao.bt', 'Phan Đình Gia Huy', 'benthanh', 'ttr', 'leader', 'Chủ tịch', 'm', heads=True),
    Person('kt.bt', 'Âu Dương Minh Khang', 'benthanh', 'kt', 'unit_head', 'Trưởng phòng', 'm', heads=True),
    Person('vhxh.bt', 'Trương Mỹ Linh', 'benthanh', 'vhxh', 'unit_head', 'Trưởng phòng', heads=True),
    Person('vanthu.lt', 'Đào Thị Quế Chi', 'ttltls', 'hc', 'clerk', 'Văn thư', heads=True),
    Person('lanhdao.lt', 'Vũ Thị Diễm Quỳnh', 'ttltls', 'bgd', 'leader', 'Giám đốc', heads=True),
    Person('luutru.lt', 'Trần Đình Lưu Vĩnh', 'ttltls', 'tt', 'archivist', 'Lưu trữ viên', 'm', heads=True),
    Person('bq.lt', 'Nguyễn Ái Thư', 'ttltls', 'bq', 'unit_head', 'Trưởng phòng', heads=True),
)

PASSWORD = 'civic'
