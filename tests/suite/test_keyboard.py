"""A clerk registers twenty prepared letters without touching the mouse; prints the machine's time per letter.

What is measured is waiting: the clerk of this test reads and types at once, so every second is the machine's. The
figure is printed and not asserted; asserted are the letters, their fields and their numbers.
"""
import re
import sys
import time
from datetime import date, timedelta

import pytest
from playwright.sync_api import expect

from harness import ROOT

sys.path.insert(0, str(ROOT / 'addons' / 'civic_records' / 'tools'))
import papers  # noqa: E402

LETTERS = 20
FIELDS = ('issuer_id', 'reference', 'issue_date', 'type_id', 'subject')
SENDERS = (
    ('Quyết định', 'QĐ', 'SỞ NỘI VỤ', 'SNV'),
    ('Kế hoạch', 'KH', 'SỞ TÀI CHÍNH', 'STC'),
    ('Báo cáo', 'BC', 'SỞ KHOA HỌC VÀ CÔNG NGHỆ', 'SKHCN'),
    ('Công văn', '', 'SỞ NỘI VỤ', 'SNV'),
)
SUBJECTS = (
    'Triển khai số hóa tài liệu lưu trữ giai đoạn {number}',
    'Kiểm tra công tác văn thư tại cơ quan số {number}',
    'Phân bổ kinh phí cải cách hành chính đợt {number}',
    'Tổ chức tập huấn phần mềm quản lý văn bản lớp {number}',
    'Rà soát danh mục hồ sơ của đơn vị thứ {number}',
)
# The clerk's own words for what no page says.
TYPED_SIGNER = 'Lê Thị Hồng Gấm'


def prepare_letters():
    letters = []
    for index in range(LETTERS):
        type_name, abbreviation, agency, code = SENDERS[index % len(SENDERS)]
        number = 7100 + index
        letters.append(papers.Paper(
            agency=agency, parent_agency='ỦY BAN NHÂN DÂN THÀNH PHỐ HỒ CHÍ MINH', type_name=type_name,
            subject=SUBJECTS[index % len(SUBJECTS)].format(number=number), number=number,
            symbol=f'{abbreviation}-{code}' if abbreviation else f'{code}-VP',
            date=date.today() - timedelta(days=3 + index % 5),
            addressees=('Ủy ban nhân dân Thành phố Hồ Chí Minh',),
            body=('Thực hiện chương trình công tác năm, cơ quan báo cáo và đề nghị như sau.',
                  'Kính đề nghị Ủy ban nhân dân Thành phố xem xét, chỉ đạo.'),
            signature=papers.Signature(lines=('GIÁM ĐỐC',), name='Nguyễn Văn Minh')))
    return letters


def get_value(page, name):
    return page.locator(f'.o_form_view .o_field_widget[name={name}] :is(input, textarea)').first.input_value()


def tab_to(page, name):
    for _step in range(20):
        if page.evaluate("document.activeElement.closest('.o_field_widget')?.getAttribute('name')") == name:
            return
        page.keyboard.press('Tab')
    raise AssertionError(f"the tab key does not lead to {name}")


def test_a_clerk_registers_twenty_letters_by_keyboard_only(city, client, person, artifacts):  # noqa: F811
    clerk = client('vanthu')
    letters = {letter.reference: letter for letter in prepare_letters()}
    # what else is urgent would come first, as it should
    urgent = clerk.call('civic.document', 'search', [
        ('direction', '=', 'incoming'), ('state', '=', 'draft'), ('urgency', '!=', 'normal')])
    clerk.call('civic.document', 'write', urgent, {'urgency': 'normal'})
    answer = clerk.upload('/civic/incoming/upload', [
        (f"{letter.reference.replace('/', '_')}.pdf", papers.paper(letter)) for letter in letters.values()])
    assert all(result['ok'] for result in answer['results']), answer
    drafts = [result['document_id'] for result in answer['results']]

    page = person('vanthu', width=1366, height=768).open('civic-incoming-to-register')
    calls = []
    page.on('request', lambda request: calls.append(request.url) if '/web/dataset/call_kw/' in request.url else None)
    expect(page.locator('.o_data_row').first).to_be_visible()
    page.keyboard.press('ArrowDown')            # from the search to the head of the list, and to its first row
    page.keyboard.press('ArrowDown')
    page.keyboard.press('Enter')
    expect(page.locator('.o_form_view .o_civic_word').first).to_be_attached()
    # the help, by its key
    page.keyboard.press('Alt+/')
    expect(page.locator('.o_civic_key_help')).to_contain_text('Ctrl+Enter')
    page.screenshot(path=artifacts / 'keyboard-help.png')
    page.keyboard.press('Escape')
    expect(page.locator('.modal')).to_have_count(0)

    numbers, waits, typed, typed_subjects, seen = [], [], {}, 0, []
    calls.clear()
    started = time.monotonic()
    for index in range(LETTERS):
        # the picture and the words of this very letter are there, and the cursor is in a field
        field = page.locator('.o_form_view .o_field_widget[name=reference] input')
        expect(field).not_to_have_value(seen[-1] if seen else '')
        reference = field.input_value()
        seen.append(reference)
        assert reference in letters, f"{reference} came after {seen}: the pile lost its order"
        letter = letters[reference]
        page.wait_for_function(
            "() => { const img = document.querySelector('.o_civic_page_surface img'); return img && img.complete && img.naturalWidth"
            " && document.activeElement.closest('.o_field_widget') }")
        if not get_value(page, 'subject'):
            tab_to(page, 'subject')             # what could not be read is typed
            page.keyboard.type(letter.subject)
            typed_subjects += 1
        if index % 5 == 2:
            tab_to(page, 'signer_name')         # and what was read is corrected: the deputy has signed
            page.keyboard.press('Control+a')
            page.keyboard.type(TYPED_SIGNER)
            typed[reference] = TYPED_SIGNER
        else:
            for _field in FIELDS[1:]:
                page.keyboard.press('Tab')      # leaving a field says yes to what was read
        before = page.locator('.o_civic_stamped b').inner_text() if numbers else ''
        pressed = time.monotonic()
        page.keyboard.press('Control+Enter')
        page.wait_for_function(
            "(before) => { const shown = document.querySelector('.o_civic_stamped b');"
            " return (shown && shown.innerText !== before) || document.querySelector('.o_civic_desk_message [role=alert], .modal') }",
            arg=before)
        refused = page.locator('.o_civic_desk_message [role=alert], .modal').all_inner_texts()
        assert not refused, (index, reference, refused)
        waits.append(time.monotonic() - pressed)
        numbers.append(int(re.search(r'\d+', page.locator('.o_civic_stamped b').inner_text())[0]))
        assert letter.reference == reference
    seconds = time.monotonic() - started
    page.screenshot(path=artifacts / 'keyboard-after-twenty.png')
    print(f"\n{LETTERS} letters by keyboard only: {seconds / LETTERS:.2f} s of machine time per letter; "
          f"from Ctrl+Enter to the number {sorted(waits)[LETTERS // 2]:.2f} s (median), {max(waits):.2f} s (longest); "
          f"{len(calls) / LETTERS:.1f} calls to the server per letter; {typed_subjects} subjects were not read and typed")

    assert numbers == list(range(numbers[0], numbers[0] + LETTERS)), numbers
    registered = clerk.call('civic.document', 'read', drafts, [
        'state', 'reference', 'issue_date', 'subject', 'type_id', 'issuer_id', 'signer_name', 'register_number'],
        context={'lang': 'vi_VN'})
    assert len(registered) == LETTERS
    assert sorted(row['register_number'] for row in registered) == numbers
    for row in registered:
        letter = letters[row['reference']]
        assert row['state'] == 'registered', row
        assert row['issue_date'] == letter.date.isoformat(), row
        assert row['subject'].casefold() == letter.subject.casefold(), row
        assert letter.agency.casefold() in row['issuer_id'][1].casefold(), row
        assert letter.type_name.casefold() in row['type_id'][1].casefold(), row
        assert row['signer_name'] == typed.get(row['reference'], 'Nguyễn Văn Minh'), row
    assert typed, "no field was typed"
    clerk.call('civic.document', 'write', urgent, {'urgency': 'urgent'})


@pytest.mark.parametrize('login, path', [('luutru', 'civic-file-tree'), ('luutru.lt', 'civic-archive-tree')])
def test_arrows_walk_through_a_tree(person, login, path):
    page = person(login).open(path)
    rows = page.locator('button.o_civic_tree_row')
    expect(rows.first).to_be_visible()
    count = rows.count()
    rows.first.focus()
    page.keyboard.press('ArrowRight')
    expect(rows.first).to_have_attribute('aria-expanded', 'true')
    expect(rows).not_to_have_count(count)
    page.keyboard.press('ArrowDown')
    expect(rows.nth(1)).to_be_focused()
    page.keyboard.press('ArrowUp')
    page.keyboard.press('ArrowLeft')
    expect(rows).to_have_count(count)
    expect(rows.first).to_be_focused()
