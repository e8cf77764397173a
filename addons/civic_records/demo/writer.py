"""Write the demo city's papers and decide what becomes of each. Plain Python; a seed gives the same city.

``write_city(anchor)`` returns the letters of the four months before ``anchor`` in the order in which
they arrive or are issued; the loader only carries them out. Plan 4292 is not among them: it is left
for the visitor to drop on the clerk's list.
"""
import random
from dataclasses import dataclass
from datetime import date, timedelta

from ..tools import papers
from . import subjects
from .city import ISSUERS, UNITS

DAYS_BACK = 118
FRESH = 0.13  # share that came in on the last two working days

# How many incoming documents each agency has at full size
INCOMING = {'ubnd': 112, 'snv': 22, 'skhcn': 14, 'stc': 14, 'benthanh': 14, 'ttltls': 8}
OUTGOING = {'ubnd': 26, 'snv': 6, 'skhcn': 3, 'stc': 4, 'benthanh': 4, 'ttltls': 2}
INTERNAL = {'ubnd': 9, 'snv': 2, 'ttltls': 1}
URGENCIES = ('normal',) * 17 + ('urgent',) * 3 + ('very_urgent', 'express')
INTERNAL_SUBJECTS = (
    ('Thông báo', 'Lịch trực lãnh đạo và trực cơ quan {thang_nay}'),
    ('Quy chế', 'Làm việc của cơ quan năm {nam}'),
    ('Kế hoạch', 'Công tác văn thư, lưu trữ của cơ quan năm {nam}'),
    ('Báo cáo', 'Sơ kết công tác {quy} của cơ quan'),
    ('Biên bản', 'Họp giao ban tuần của cơ quan {thang_nay}'),
    ('Phiếu báo', 'Thay đổi lịch tiếp công dân {thang_nay}'),
    ('Giấy mời', 'Họp rà soát danh mục hồ sơ của cơ quan năm {nam_sau}'),
    ('Thông báo', 'Phân công nhiệm vụ trong Ban lãnh đạo cơ quan'),
)


@dataclass(frozen=True)
class Letter:
    """A paper and its fate. ``state``: draft, registered, assigned, handling, done, returned, cancelled."""
    key: str
    agency: str
    direction: str
    issuer: str
    paper: papers.Paper
    field: str
    need: str
    day: date  # arrival, or issue when outgoing
    state: str = 'registered'
    unit: str = ''
    coordinating: tuple = ()
    informed: tuple = ()
    instruction: str = ''
    deadline: date | None = None
    result: str = ''
    reason: str = ''
    passed_to: str = ''  # the unit gave the work back, and this one got it
    access: str = 'agency'
    on_paper: bool = False

    @property
    def filename(self):
        return f"{self.paper.reference.replace('/', '_')}.pdf"


def write_city(anchor, scale=1.0, seed=4292, is_working_day=lambda day: day.weekday() < 5):
    """Return the letters in the order of their days.

    :param anchor: the city's today; what is open and overdue follows from it
    :param scale: share of the full size; at least one letter of each agency and direction
    :param is_working_day: the calendar
    """
    rng = random.Random(seed)
    numbers = {}
    letters = []
    for direction, amounts in (('incoming', INCOMING), ('outgoing', OUTGOING), ('internal', INTERNAL)):
        for agency, amount in amounts.items():
            amount = max(1, round(amount * scale))
            days = _days(rng, anchor, amount, is_working_day)
            plots = _plots(rng, agency, direction, amount)
            fates = _fates(rng, amount)
            for ordinal, (day, plot) in enumerate(zip(days, plots, strict=True)):
                fate = fates[ordinal] if direction == 'incoming' else ('registered', False)
                letters.append((day, direction, agency, ordinal, plot, fate))
    letters.sort(key=lambda item: (item[0], item[1], item[2], item[3]))
    return [
        _letter(
            rng, numbers, anchor, is_working_day, f'{direction}_{agency}_{ordinal:03d}', agency, direction, day, plot, *fate)
        for day, direction, agency, ordinal, plot, fate in letters
    ]


# === What happens when === #

def _next_working_day(day, is_working_day):
    while not is_working_day(day):
        day += timedelta(days=1)
    return day


def _days(rng, anchor, amount, is_working_day):
    """Working days up to the anchor, busier towards the end so that the queues of today are filled."""
    days = [anchor - timedelta(days=back) for back in range(DAYS_BACK, -1, -1)]
    days = [day for day in days if is_working_day(day)]
    recent = (days[-2], *days[-1:] * 4)
    fresh = max(1, round(amount * FRESH))
    chosen = [rng.choice(days[:-2]) for _index in range(amount - fresh)]
    chosen += [rng.choice(recent) for _index in range(fresh)]
    return sorted(chosen)


def _plots(rng, agency, direction, amount):
    """Cases for an agency: none repeats before all were used; an agency does not write to itself."""
    if direction == 'internal':
        cases = [('staffing', type_name, subject, agency, 'know') for type_name, subject in INTERNAL_SUBJECTS]
    else:
        wanted = {name for unit in UNITS[agency] for name in unit.fields}
        cases = []
        for topic in subjects.FIELDS:
            if topic.key not in wanted:
                continue
            for type_name, subject, issuers, need in topic.cases:
                if direction == 'outgoing':
                    if _may_issue(agency, type_name, issuers, need):
                        cases.append((topic.key, type_name, subject, agency, need))
                    continue
                cases += [(topic.key, type_name, subject, issuer, need) for issuer in issuers if issuer != agency]
    # Every round in the same order: a case comes back late, then from another issuer if it has one
    order = sorted({case[:3] for case in cases})
    rng.shuffle(order)
    chosen = []
    while len(chosen) < amount:
        chosen += _one_issuer_each(rng, cases, order)
    return chosen[:amount]


def _may_issue(agency, type_name, issuers, need):
    """The People's Committee directs; the others write about what is theirs."""
    if agency == 'ubnd':
        return need in ('act', 'know') and type_name in ('Quyết định', 'Kế hoạch', 'Chỉ thị', 'Chương trình') or (
            need == 'act' and type_name == papers.LETTER)
    return agency in issuers


def _one_issuer_each(rng, cases, order):
    by_subject = {}
    for case in cases:
        by_subject.setdefault(case[:3], []).append(case)
    return [rng.choice(by_subject[subject]) for subject in order]


def _fates(rng, amount):
    """(state, is late) oldest first: mostly done, the open ones near the end, the last arrivals still drafts."""
    fresh = max(1, round(amount * FRESH))
    drafts = max(1, round(fresh * 0.55))
    registered = max(1, fresh - drafts)
    assigned = max(1, round(amount * 0.09))
    handling = max(1, round(amount * 0.16))
    done = max(0, amount - drafts - registered - assigned - handling)
    fates = [('done', False)] * done
    # A few old ones are still open and late; a few went back or were cancelled
    for fate, share in ((('handling', True), 0.06), (('assigned', True), 0.02), (('returned', False), 0.03), (('cancelled', False), 0.03)):
        for index in rng.sample(range(done), min(done, round(amount * share))):
            fates[index] = fate
    recent = [('handling', index < handling * 0.15) for index in range(handling)] + [('assigned', False)] * assigned
    rng.shuffle(recent)
    fates += recent + [('registered', False)] * registered + [('draft', False)] * drafts
    return fates[:amount]


def _letter(rng, numbers, anchor, is_working_day, key, agency_key, direction, day, plot, state, is_late):
    topic_key, type_name, subject, issuer_key, need = plot
    topic = next(item for item in subjects.FIELDS if item.key == topic_key)
    issuer = ISSUERS[issuer_key]
    issued = day if direction != 'incoming' else _issue_day(rng, issuer, day, is_working_day)
    slots = _slots(rng, issuer, ISSUERS[agency_key], issued)
    urgency = rng.choice(URGENCIES)
    if type_name in ('Công điện',):
        urgency = rng.choice(('express', 'very_urgent'))
    elif direction != 'incoming' or need == 'know':
        urgency = 'normal'
    deadline = _deadline(rng, anchor, is_working_day, day, state, urgency, is_late)
    if direction == 'incoming':
        number = _number(rng, numbers, issuer, type_name, issued)
    else:
        number = _own_number(numbers, agency_key, issued)
    paper = _compose(
        rng, topic, issuer, agency_key, direction, type_name, subject, slots, issued, urgency, need,
        number, deadline,
    )
    leading = [unit.key for unit in UNITS[agency_key] if topic_key in unit.fields] or [UNITS[agency_key][0].key]
    unit = leading[0]
    others = [item.key for item in UNITS[agency_key] if item.fields and item.key != unit]
    assigned = state in ('assigned', 'handling', 'done')
    coordinating = tuple(rng.sample(others, min(len(others), rng.choice((0, 0, 1, 1, 2))))) if assigned else ()
    passed_to = ''
    if state == 'handling' and others and rng.random() < 0.12:
        passed_to, coordinating = rng.choice(others), ()
    informed = [name for name in others if name not in (*coordinating, passed_to)]
    return Letter(
        key=key, agency=agency_key, direction=direction, issuer=issuer_key, paper=paper, field=topic_key, need=need,
        day=day, state=state, unit=unit, deadline=deadline if assigned else None,
        coordinating=coordinating,
        informed=tuple(rng.sample(informed, min(len(informed), rng.choice((0, 0, 1))))) if assigned else (),
        instruction=rng.choice(subjects.INSTRUCTIONS[need]) if assigned else '',
        result=rng.choice(subjects.RESULTS[need]) if state == 'done' else '',
        reason=_reason(rng, state), passed_to=passed_to,
        access='unit' if assigned and topic_key in ('justice', 'staffing') and rng.random() < 0.4 else 'agency',
        on_paper=rng.random() < 0.2,
    )


def _reason(rng, state):
    if state == 'returned':
        return rng.choice(subjects.SENDER_REASONS)
    if state == 'cancelled':
        return rng.choice(subjects.CANCEL_REASONS)
    return rng.choice(subjects.RETURN_REASONS)


def _issue_day(rng, issuer, day, is_working_day):
    """A letter is one to five days on its way, and no agency writes before it exists or after it ends."""
    issued = day - timedelta(days=rng.choice((0, 1, 1, 2, 2, 3, 5)))
    while not is_working_day(issued):
        issued -= timedelta(days=1)
    if issuer.valid_to and issued > issuer.valid_to:
        issued = issuer.valid_to
    return issued


def _deadline(rng, anchor, is_working_day, day, state, urgency, is_late):
    """A working day after arrival; past for what is late, still to come for other open work."""
    span = {'normal': rng.choice((7, 10, 15, 21)), 'urgent': 4, 'very_urgent': 3, 'express': 2}[urgency]
    due = day + timedelta(days=span)
    if is_late:
        due = min(due, anchor - timedelta(days=rng.randrange(3, 9)))
    elif state in ('assigned', 'handling'):
        due = anchor + timedelta(days=rng.choice((0, 1, 2, 4, 7, 9, 12)))
    # The leader writes the deadline on the working day after arrival, at the latest
    return _next_working_day(max(due, _next_working_day(day + timedelta(days=1), is_working_day)), is_working_day)


def _number(rng, numbers, issuer, type_name, issued):
    """Numbers of an issuer rise with the days of the year, as its own register would give them."""
    series = (issuer.key, type_name == papers.LETTER, issued.year)
    # Numbers a day: letters come in one series, all other types in another
    pace = random.Random(issuer.key).uniform(4, 15 if issuer.level == 'department' else 7)
    floor = issued.timetuple().tm_yday * (pace if type_name == papers.LETTER else pace / 6)
    number = max(numbers.get(series, 0) + 1, 1 + int(floor) + rng.randrange(4))
    numbers[series] = number
    return number


def _own_number(numbers, agency_key, issued):
    """What the agency's own register will give: one series of the year for all that it issues."""
    series = (agency_key, issued.year)
    numbers[series] = numbers.get(series, 0) + 1
    return numbers[series]


# === What is written === #

def _slots(rng, issuer, receiver, issued):
    last_month = issued.replace(day=1) - timedelta(days=1)
    quarter = (issued.month - 1) // 3 or 4
    quarter_year = issued.year if issued.month > 3 else issued.year - 1
    ward = issuer.place if issuer.level == 'ward' else rng.choice(subjects.WARDS)
    return {
        'thang': f'tháng {last_month.month} năm {last_month.year}',
        'thang_nay': f'tháng {issued.month} năm {issued.year}',
        'quy': f"quý {('I', 'II', 'III', 'IV')[quarter - 1]} năm {quarter_year}",
        'nam': issued.year, 'nam_sau': issued.year + 1,
        'phuong': ward, 'duong': rng.choice(subjects.STREETS), 'so': rng.randrange(2, 40),
        'don_vi': issuer.name, 'noi_nhan': receiver.name,
    }


def _compose(rng, topic, issuer, agency_key, direction, type_name, subject, slots, issued, urgency, need, number, deadline):
    unit = rng.choice(issuer.drafting_units)
    subject = subject.format(**slots)
    if direction == 'incoming':
        addressee = ISSUERS[agency_key].name
    else:
        addressee = rng.choice([
            item.name for item in ISSUERS.values()
            if item.key != issuer.key and not item.valid_to and item.level in ('department', 'ward')
        ])
    slots = {**slots, 'noi_nhan': addressee, 'chu_de': subject[:1].lower() + subject[1:], 'han': papers.date_text(deadline)}
    write = _WRITERS.get(type_name, _write_notice)
    bases, addressees, body = write(rng, topic, slots, need, issuer)
    if direction == 'internal':
        addressees = ()
    name, lines = issuer.signer
    # What stays in the house is numbered apart, so its notation names the office
    symbol = 'VP' if direction == 'internal' else issuer.symbol
    return papers.Paper(
        agency=issuer.head, parent_agency=issuer.parent, place=issuer.place, type_name=type_name, subject=subject,
        number=number,
        symbol=papers.notation(type_name, symbol, unit) if type_name != 'Thư công' else symbol,
        date=issued, addressees=addressees, bases=bases, body=tuple(body),
        recipients=_recipients(rng, issuer, direction, addressees, addressee),
        archive_line=f'Lưu: VT, {unit}.', signature=papers.Signature(lines, name), urgency=urgency,
        drafter_mark=rng.choice(('', '', 'TN.(15)', 'HL.(08)', 'PA.(25)')),
    )


def _recipients(rng, issuer, direction, addressees, addressee):
    if direction == 'internal':
        return ('Lãnh đạo cơ quan', 'Các phòng, đơn vị trực thuộc')
    pool = ['Thường trực Hội đồng nhân dân Thành phố', 'Các sở, ban, ngành Thành phố', 'Ủy ban nhân dân các phường, xã, đặc khu']
    chosen = rng.sample(pool, rng.choice((1, 1, 2)))
    return tuple(chosen) if addressees else (addressee, *chosen)


def _some(rng, sentences, amount):
    return rng.sample(sentences, min(amount, len(sentences)))


def _figures(rng, topic, slots):
    heading, names = topic.measure
    rows = [('STT', 'Nội dung', heading, 'So với cùng kỳ')]
    for ordinal, name in enumerate(names, 1):
        amount = rng.randrange(40, 9600)
        rows.append((ordinal, name, f'{amount:,}'.replace(',', '.'), f'{rng.uniform(82, 131):.1f}%'.replace('.', ',')))
    return ('table', tuple(rows))


ASKS = {
    'answer': '{don_vi} kính đề nghị {noi_nhan} xem xét, có ý kiến bằng văn bản trước {han} để tổng hợp, thực hiện.',
    'act': 'Đề nghị {noi_nhan} quan tâm chỉ đạo, triển khai thực hiện và gửi kết quả về {don_vi} trước {han}.',
    'decide': '{don_vi} kính trình {noi_nhan} xem xét, quyết định.',
    'know': '{don_vi} trân trọng thông tin đến {noi_nhan} để biết, phối hợp thực hiện.',
}

PURPOSES = (
    'Cụ thể hóa các nhiệm vụ, giải pháp thành nội dung công việc, gắn với tiến độ và trách nhiệm của từng cơ quan, đơn vị.',
    'Tạo chuyển biến rõ nét về chất lượng phục vụ người dân, doanh nghiệp; lấy kết quả thực hiện làm thước đo đánh giá.',
    'Bảo đảm sự phối hợp chặt chẽ, kịp thời giữa các cơ quan; xác định rõ người, rõ việc, rõ thời gian, rõ kết quả.',
    'Thực hiện tiết kiệm, hiệu quả, công khai, minh bạch; kế thừa kết quả đã đạt được, khắc phục hạn chế của năm trước.',
)


def _points(sentences):
    return [f"{ordinal}. {sentence}" for ordinal, sentence in enumerate(sentences, 1)]


def _ask(need, slots):
    return ASKS[need].format(**slots)


def _write_letter(rng, topic, slots, need, _issuer):
    opening = rng.choice((
        'Căn cứ {luat} và chương trình công tác năm {nam}, {don_vi} có ý kiến về việc {chu_de} như sau:',
        'Thực hiện {luat}, qua theo dõi tình hình thực tế, {don_vi} báo cáo, đề nghị về việc {chu_de} như sau:',
        'Để có cơ sở triển khai nhiệm vụ {chu_de}, {don_vi} đề nghị như sau:',
    )).format(luat=topic.bases[0], **slots)
    body = [opening, *_points([*_some(rng, topic.findings, rng.choice((1, 2))), *_some(rng, topic.tasks, rng.choice((2, 3)))])]
    if rng.random() < 0.3:
        body += ['Số liệu chủ yếu được tổng hợp tại bảng sau:', _figures(rng, topic, slots)]
    return (), (slots['noi_nhan'],), [*body, _ask(need, slots), 'Trân trọng./.']


def _write_decision(rng, topic, slots, need, issuer):
    bases = [f'Căn cứ {basis}' for basis in topic.bases]
    bases.append(f"Theo đề nghị của {rng.choice(('Chánh Văn phòng', 'Trưởng phòng chuyên môn', 'Thủ trưởng đơn vị tham mưu'))}")
    tasks = _some(rng, topic.tasks, 3)
    council = issuer.key == 'hdnd'
    kind = 'Nghị quyết' if council else 'Quyết định'
    if council:
        bases[-1] = 'Xét tờ trình của Ủy ban nhân dân Thành phố và báo cáo thẩm tra của các Ban Hội đồng nhân dân'
    body = [
        ('centre', 'QUYẾT NGHỊ:' if council else 'QUYẾT ĐỊNH:'),
        ('article', f"Điều 1. {slots['chu_de'][:1].upper()}{slots['chu_de'][1:]}, với các nội dung chủ yếu sau đây:"),
        *[f'{letter}) {task}' for letter, task in zip('abc', tasks, strict=False)],
        ('article', f'Điều 2. {kind} này có hiệu lực kể từ ngày ký. Kinh phí thực hiện từ nguồn ngân sách và các nguồn hợp pháp khác.'),
        ('article', f"Điều 3. Thủ trưởng các cơ quan, đơn vị và {slots['noi_nhan']} chịu trách nhiệm thi hành {kind} này./."),
    ]
    return tuple(bases), (), body


def _write_plan(rng, topic, slots, need, _issuer):
    tasks = _some(rng, topic.tasks, 4)
    body = [
        f"Thực hiện {topic.bases[0]}, {slots['don_vi']} ban hành Kế hoạch {slots['chu_de']} với những nội dung sau:",
        ('part', 'I. MỤC ĐÍCH, YÊU CẦU'), *_points(_some(rng, PURPOSES, 2)),
        ('part', 'II. NỘI DUNG THỰC HIỆN'), *_points(tasks),
        ('part', 'III. KINH PHÍ VÀ THỜI GIAN'),
        f"Kinh phí bố trí trong dự toán được giao; hoàn thành trước {slots['han']}.",
        ('part', 'IV. TỔ CHỨC THỰC HIỆN'), _ask(need, slots),
        'Trong quá trình thực hiện, nếu có khó khăn, vướng mắc, các đơn vị kịp thời phản ánh để được hướng dẫn, giải quyết./.',
    ]
    return (), (), body


def _write_report(rng, topic, slots, need, _issuer):
    body = [
        f"{slots['don_vi']} báo cáo về {slots['chu_de']} như sau:",
        ('part', 'I. TÌNH HÌNH CHUNG'), *_some(rng, topic.findings, 2),
        ('part', 'II. KẾT QUẢ THỰC HIỆN'), 'Kết quả chủ yếu trong kỳ báo cáo:', _figures(rng, topic, slots),
        ('part', 'III. NHIỆM VỤ THỜI GIAN TỚI'), *_points(_some(rng, topic.tasks, 3)),
        ('part', 'IV. KIẾN NGHỊ'), _ask(need, slots),
        f"Trên đây là báo cáo của {slots['don_vi']}./.",
    ]
    return (), (slots['noi_nhan'],), body


def _write_submission(rng, topic, slots, need, _issuer):
    amount = f'{rng.randrange(180, 9800):,}'.replace(',', '.')
    body = [
        f"{slots['don_vi']} kính trình {slots['noi_nhan']} về việc {slots['chu_de']}, cụ thể như sau:",
        ('part', 'I. SỰ CẦN THIẾT'), *_some(rng, topic.findings, 2),
        ('part', 'II. CĂN CỨ PHÁP LÝ'), *[f'- {basis};' for basis in topic.bases],
        ('part', 'III. NỘI DUNG TRÌNH'), *_points(_some(rng, topic.tasks, 3)),
        f'Tổng kinh phí dự kiến: {amount} triệu đồng, từ nguồn ngân sách Thành phố.',
        'Kính trình xem xét, quyết định./.',
    ]
    return (), (slots['noi_nhan'],), body


def _write_invitation(rng, topic, slots, need, _issuer):
    body = [
        f"{slots['don_vi']} trân trọng kính mời đại diện lãnh đạo {slots['noi_nhan']} tham dự: {slots['chu_de']}.",
        f"1. Thời gian: {rng.choice(('08 giờ 00', '08 giờ 30', '14 giờ 00'))}, {slots['han']}.",
        f"2. Địa điểm: Phòng họp số {rng.randrange(1, 6)}, trụ sở {slots['don_vi']}.",
        '3. Thành phần: lãnh đạo và chuyên viên phụ trách; cơ quan, đơn vị liên quan.',
        f'4. Nội dung chuẩn bị: {_some(rng, topic.tasks, 1)[0]}',
        'Đề nghị tham dự đúng thành phần, thời gian./.',
    ]
    return (), (slots['noi_nhan'],), body


def _write_telegram(rng, topic, slots, need, _issuer):
    body = [
        f"{slots['don_vi']} điện:",
        *_some(rng, topic.findings, 2),
        f"Để {slots['chu_de']}, yêu cầu các cơ quan, đơn vị thực hiện ngay các nhiệm vụ sau:",
        *_points(_some(rng, topic.tasks, 4)),
        'Yêu cầu tổ chức thực hiện nghiêm túc và báo cáo kết quả trong ngày./.',
    ]
    return (), (slots['noi_nhan'],), body


def _write_minutes(rng, topic, slots, need, _issuer):
    body = [
        f"Hôm nay, tại trụ sở {slots['don_vi']}, các bên tiến hành: {slots['chu_de']}.",
        ('section', '1. Thành phần'), 'Đại diện cơ quan chủ trì; đại diện đơn vị liên quan; người ghi biên bản.',
        ('section', '2. Nội dung'), *_some(rng, topic.findings, 2),
        ('section', '3. Kết luận'), *[f'- {task}' for task in _some(rng, topic.tasks, 2)],
        'Biên bản được đọc lại cho các bên cùng nghe, thống nhất và lập thành 02 bản./.',
    ]
    return (), (), body


def _write_transfer(rng, topic, slots, need, _issuer):
    body = [
        f"{slots['don_vi']} nhận được {slots['chu_de']}.",
        f"Căn cứ {topic.bases[0]}, xét thấy nội dung thuộc thẩm quyền của {slots['noi_nhan']}, "
        f"{slots['don_vi']} chuyển đơn để xem xét, giải quyết và thông báo kết quả trước {slots['han']}./.",
    ]
    return (), (slots['noi_nhan'],), body


def _write_courtesy(rng, topic, slots, need, _issuer):
    body = [
        f"Kính gửi quý thầy giáo, cô giáo và cán bộ ngành Giáo dục. {slots['don_vi']} gửi lời chúc mừng tốt đẹp nhất.",
        'Chúc quý thầy cô mạnh khỏe, hạnh phúc và tiếp tục đóng góp cho sự nghiệp trồng người./.',
    ]
    return (), (), body


def _write_notice(rng, topic, slots, need, _issuer):
    """Notices, guidelines, directives, programmes, options, rules and other named types."""
    body = [
        f"Căn cứ {topic.bases[0]}; {slots['don_vi']} thông tin về {slots['chu_de']} như sau:",
        *_points([*_some(rng, topic.findings, 1), *_some(rng, topic.tasks, 4)]),
        _ask(need, slots).removesuffix('.') + './.',
    ]
    return (), (), body


_WRITERS = {
    'Công văn': _write_letter, 'Quyết định': _write_decision, 'Nghị quyết': _write_decision, 'Kế hoạch': _write_plan,
    'Báo cáo': _write_report, 'Tờ trình': _write_submission, 'Giấy mời': _write_invitation,
    'Công điện': _write_telegram, 'Biên bản': _write_minutes, 'Phiếu chuyển': _write_transfer, 'Thư công': _write_courtesy,
}
