"""The main job in real Chromium, in Vietnamese, as each role: Plan 4292/KH-UBND comes in and is dealt with.

The clerk drags the PDF in and registers it, the leader assigns it, the head gives it to a specialist, who asks
for more time and finishes with a reply; the leader approves, and the journal proves it to somebody who has nothing
but the export and the verifier.  Screenshots go to the artifacts; two of them are those of the README.
"""
import base64
import datetime
import json
import re
import subprocess
import sys

import pytest
from playwright.sync_api import expect

from harness import ROOT, RpcError
from people import expect_no_sideways_scrolling, shoot, type_field

sys.path.insert(0, str(ROOT / 'addons' / 'civic_records' / 'tools'))
import papers  # noqa: E402

pytestmark = pytest.mark.browser        # one story: its later chapters need the first ones

VERIFIER = ROOT / 'addons' / 'civic_journal' / 'tools' / 'verify_journal.py'
RESULT = 'Đã tham mưu Kế hoạch của đơn vị, trình ký ban hành.'
REPLY = '45/KH-VP'
DROP = """
({selector, name, data}) => {
    const bytes = Uint8Array.from(atob(data), (char) => char.charCodeAt(0));
    const transfer = new DataTransfer();
    transfer.items.add(new File([bytes], name, {type: 'application/pdf'}));
    const box = document.querySelector(selector).getBoundingClientRect();
    const at = {clientX: box.x + box.width / 2, clientY: box.y + box.height / 2, bubbles: true, dataTransfer: transfer};
    document.querySelector(selector).dispatchEvent(new DragEvent('dragenter', at));
    return new Promise((resolve) => setTimeout(() => {
        document.querySelector('.o_civic_incoming_dropzone').dispatchEvent(new DragEvent('drop', at));
        resolve();
    }, 300));
}
"""


@pytest.fixture(scope='module')
def story(city):
    """What one chapter leaves for the next."""
    return {}


def get_day(value):
    return datetime.date.fromisoformat(value).strftime('%d/%m/%Y')


def slow_down(page, latency=700):
    session = page.context.new_cdp_session(page)
    session.send('Network.enable')
    session.send('Network.emulateNetworkConditions', {
        'offline': False, 'latency': latency, 'downloadThroughput': -1, 'uploadThroughput': -1})


def test_1_clerk_drags_the_plan_in_and_registers_it(person, artifacts, story):
    clerk = person('vanthu', width=1366, height=768)
    page = clerk.open('civic-incoming-to-register')
    expect(page.locator('.o_control_panel')).to_contain_text('Chờ đăng ký')
    shoot(page, artifacts / '1-to-register.png')
    page.evaluate(DROP, {
        'selector': '.o_content', 'name': 'Kế hoạch 4292-KH-UBND.pdf',
        'data': base64.b64encode(papers.plan_4292()).decode()})
    expect(page.locator('.o_form_view .o_civic_word[title*="4292"]').first).to_be_attached()
    # what the page says stands in the form as suggestions; the words of the page may be picked
    expect(page.locator('.o_field_widget[data-civic-suggested]')).not_to_have_count(0)
    page.locator('.o_field_widget[name=subject] textarea').focus()
    expect(page.locator('.o_civic_suggestion_box')).to_be_visible()
    page.keyboard.press('Alt+w')
    page.keyboard.press('Space')
    expect(page.locator('.o_civic_word_chosen')).to_have_count(2)
    shoot(page, artifacts / '2-suggestions.png')
    page.keyboard.press('Escape')
    page.keyboard.press('Alt+o')         # from the page and its words to the whole file
    expect(page.locator('.o_form_view .o_civic_preview iframe')).to_be_visible()
    viewer = page.frame_locator('.o_civic_preview iframe')
    expect(viewer.locator('.textLayer').first).to_contain_text('4292')
    page.locator('.o_civic_toggle_viewer').click()
    slow_down(page)                      # a clerk types on while the server thinks: nothing typed may be lost
    type_field(page, 'issuer_id', 'Ủy ban nhân dân Thành phố Hồ Chí Minh', choose=True)
    type_field(page, 'reference', '4292/KH-UBND')
    type_field(page, 'issue_date', '06/11/2020')
    type_field(page, 'type_id', 'Kế hoạch', choose=True)
    type_field(page, 'subject', 'Triển khai thực hiện Quyết định số 458/QĐ-TTg ngày 03 tháng 4 năm 2020 của Thủ tướng Chính phủ')
    slow_down(page, 0)
    expect(page.locator('.o_form_view .o_field_widget[name=reference] input')).to_have_value('4292/KH-UBND')
    expect(page.locator('.o_form_view .o_field_widget[name=issue_date]')).to_contain_text('2020')
    shoot(page, artifacts / '3-draft-beside-the-plan.png')
    waiting = int(page.locator('.o_civic_queue_count b').inner_text())
    page.locator('button[name=action_register]').click()
    label = page.locator('.o_field_widget[name=register_label]').first
    expect(label).to_have_text(re.compile(r'\d+'))
    story['number'] = label.inner_text()
    story['id'] = int(page.url.split('?')[0].rstrip('/').split('/')[-1])
    expect(page.locator('.o_civic_holder:visible')).to_contain_text('tiếp theo')
    expect(page.locator('.o_civic_queue_count b')).to_have_text(str(waiting - 1))
    expect(viewer.locator('.textLayer').first).to_contain_text('4292')
    shoot(page, artifacts / '4-registered.png')


def test_2_it_is_found_without_accents(person, artifacts, story):
    clerk = person('vanthu')
    page = clerk.open('civic-incoming')
    page.fill('.o_searchview_input', 'luu tru dien tu')
    page.keyboard.press('Enter')
    expect(page.locator('.o_data_row', has_text='4292/KH-UBND')).to_have_count(1)
    shoot(page, artifacts / '5-search.png')


def test_3_leader_assigns_it_on_a_telephone(person, artifacts, story):
    leader = person('lanhdao', width=360, height=740)
    page = leader.open('civic-incoming-to-assign')
    shoot(page, artifacts / '6-leader-360-list.png')
    expect_no_sideways_scrolling(page)
    card = page.locator('.o_kanban_record', has_text='4292/KH-UBND')
    card.locator('.text-break').first.click()            # read, note, and assign by a tap on a proposed unit …
    page.locator('.o_civic_leader_text').fill('Phòng Nội chính tham mưu, báo cáo tôi trước ngày 15.')
    page.locator('.o_civic_note_button').click()
    expect(page.locator('.o_civic_note_text')).to_contain_text('tham mưu')
    page.locator('.o_civic_unit_chip').first.click()
    expect(page.locator('.o_civic_unit_chip.btn-primary')).to_have_count(1)
    page.evaluate("""() => {
        const note = document.querySelector('.o_civic_note');
        note.style.scrollMarginTop = '120px';           // below the head of the page
        note.scrollIntoView({block: 'start'});
    }""")
    shoot(page, artifacts / '7-leader-360-document.png')
    expect_no_sideways_scrolling(page)
    page.go_back()                                       # … or with deadlines, and the result to be approved
    card.locator('button[name=action_assign]').click()
    pick_on_telephone(page, 'lead_unit_id', 'Nội chính')
    page.locator('.modal .o_field_widget[name=instruction] textarea').fill('Tham mưu kế hoạch của đơn vị, báo cáo trước thời hạn.')
    page.locator('.modal .o_field_widget[name=needs_approval] input').check()
    shoot(page, artifacts / '8-leader-360-assign.png')
    expect_no_sideways_scrolling(page)
    page.locator('.modal footer button[name=action_assign]').click()
    expect(page.locator('.modal')).to_have_count(0)
    expect(page.locator('.o_kanban_record', has_text='4292/KH-UBND')).to_have_count(0)


def pick_on_telephone(page, name, text):
    """On a small screen the choices of a field open as cards of their own."""
    page.locator(f'.modal .o_field_widget[name={name}] input').click()
    page.locator('.modal .o_kanban_record', has_text=text).first.click()
    expect(page.locator('.modal')).to_have_count(1)


def test_4_head_of_the_unit_gives_it_to_a_specialist(person, artifacts, story):
    head = person('truongphong')
    page = head.open('civic-incoming-my-unit')
    page.locator('.o_data_row', has_text='4292/KH-UBND').locator('td[name=reference], td[name=subject]').first.click()
    expect(page.frame_locator('.o_civic_preview iframe').locator('.textLayer').first).to_contain_text('4292')
    page.locator('button[name=action_delegate]:visible').first.click()
    page.locator('.modal .o_field_widget[name=user_id] input').fill('Mai Anh')
    page.locator('.o-autocomplete--dropdown-item', has_text='Mai Anh').first.click()
    page.locator('.modal .o_field_widget[name=unit_instruction] textarea').fill('Dự thảo Kế hoạch, trình tôi xem trước.')
    shoot(page, artifacts / '9-head-gives-it.png')
    page.locator('.modal footer button[name=action_delegate]').click()
    expect(page.locator('.modal')).to_have_count(0)
    expect(page.locator('.o_civic_holder:visible')).to_contain_text('Mai Anh')
    shoot(page, artifacts / '10-unit-handles.png')


def test_5_specialist_starts_and_asks_for_more_time(person, client, artifacts, story):
    specialist = person('chuyenvien', width=1366, height=768)
    page = specialist.open('civic-home')
    card = page.locator('[data-block=do_now] [data-card]', has_text='4292/KH-UBND')
    expect(card).to_contain_text('Dự thảo Kế hoạch')
    shoot(page, artifacts / '11-specialist-do-now.png')
    card.focus()
    page.keyboard.press('g')                             # the letter of the button: start
    expect(card.locator('button[name=start]')).to_have_count(0)
    expect(card.locator('button[name=finish].btn-primary')).to_be_visible()
    card.locator('.o_civic_home_subject').click()
    expect(page.locator('.o_statusbar_status button[aria-checked=true]')).to_contain_text('Đang xử lý')
    [document] = client('lanhdao').call('civic.document', 'read', [story['id']], ['deadline'])
    story['asked'] = str(datetime.date.fromisoformat(document['deadline']) + datetime.timedelta(days=7))
    page.locator('button[name=action_ask_extension]:visible').first.click()
    day = page.locator('.modal .o_field_widget[name=proposed_date]')
    day.locator(':is(input, button)').first.click()
    expect(page.locator('.modal .o_field_widget[name=current_deadline]')).not_to_be_empty()
    day.locator('input').fill(get_day(story['asked']))
    page.keyboard.press('Tab')
    page.locator('.modal .o_field_widget[name=reason] textarea').fill('Chờ ý kiến của Sở Nội vụ về kho lưu trữ điện tử.')
    shoot(page, artifacts / '12-specialist-asks-for-time.png')
    page.locator('.modal footer button[name=action_ask]').click()
    expect(page.locator('.modal')).to_have_count(0)


def decide(page, story):
    """The leader's three taps on what waits for a decision."""
    card = page.locator('.o_kanban_record', has_text='4292/KH-UBND')
    expect(card.locator('.o_civic_decision')).to_be_visible()
    card.locator('.text-break').first.click()
    expect(page.locator('.o_civic_leader_panel .o_civic_decision')).to_have_count(1)


def test_6_leader_gives_more_time_on_the_telephone(person, client, artifacts, story):
    leader = person('lanhdao', width=360, height=740)
    page = leader.open('civic-incoming-to-assign')
    decide(page, story)
    expect(page.locator('.o_civic_decision')).to_contain_text(get_day(story['asked']))
    shoot(page, artifacts / '13-leader-360-more-time.png')
    expect_no_sideways_scrolling(page)
    page.locator('.o_civic_approve_first').click()
    expect(page.locator('.o_civic_leader_panel .o_civic_decision')).to_have_count(0)
    [document] = client('lanhdao').call('civic.document', 'read', [story['id']], ['deadline'])
    assert document['deadline'] == story['asked'], document


def test_7_specialist_finishes_with_a_reply(person, artifacts, story):
    specialist = person('chuyenvien', width=1366, height=768)
    page = specialist.open('civic-home')
    card = page.locator('[data-block=do_now] [data-card]', has_text='4292/KH-UBND')
    card.locator('button[name=finish]').click()
    page.locator('.modal .o_field_widget[name=result] textarea').fill(RESULT)
    page.locator('.modal .o_field_widget[name=reply_reference] input').fill(REPLY)
    expect(page.locator('.modal .modal-title')).to_have_text('Kết thúc xử lý')
    expect(page.locator('.modal .alert:visible')).to_contain_text('duyệt')
    shoot(page, artifacts / '14-specialist-finishes.png')
    page.locator('.modal footer button[name=action_finish]').click()
    expect(page.locator('.modal')).to_have_count(0)
    expect(card).to_have_count(0)
    shoot(page, artifacts / '15-specialist-has-done-it.png')


def test_8_leader_approves_the_result_and_it_is_done(person, client, artifacts, story):
    leader = person('lanhdao', width=360, height=740)
    page = leader.open('civic-incoming-to-assign')
    decide(page, story)
    expect(page.locator('.o_civic_decision')).to_contain_text(RESULT)
    shoot(page, artifacts / '16-leader-360-result.png')
    expect_no_sideways_scrolling(page)
    page.locator('.o_civic_approve_first').click()
    expect(page.locator('.o_civic_leader_panel .o_civic_decision')).to_have_count(0)
    specialist = person('chuyenvien')
    page = specialist.open(f'civic-incoming/{story["id"]}')
    expect(page.locator('.o_statusbar_status button[aria-checked=true]')).to_contain_text('Hoàn thành')
    expect(page.frame_locator('.o_civic_preview iframe').locator('.textLayer').first).to_contain_text('4292')
    shoot(page, artifacts / '17-done.png')
    page.locator('.o_field_widget[name=assignment_ids] .o_data_row').first.click()
    expect(page.locator('.modal')).to_contain_text(RESULT)
    expect(page.locator('.modal')).to_contain_text(REPLY)
    shoot(page, artifacts / '18-result-and-reply.png')


def test_9_the_journal_proves_it(city, client, artifacts, story, tmp_path):
    city.shell(city.database, "env['civic.journal.seal']._seal_batch()")
    manager = client('quanly')
    [own] = manager.call('res.users', 'read', [manager.uid], ['company_id'])
    export = manager.session.get(f"{city.url}/civic/journal/export?company_id={own['company_id'][0]}", timeout=60)
    export.raise_for_status()
    journal = tmp_path / 'journal.jsonl'
    journal.write_bytes(export.content)
    verdict = subprocess.run([sys.executable, VERIFIER, journal], capture_output=True, text=True, check=False)
    assert verdict.returncode == 0, verdict.stdout + verdict.stderr

    lines = [json.loads(line) for line in journal.read_text(encoding='utf-8').splitlines()]
    acts = [line['entry'] for line in lines if line.get('entry') and line['entry']['res_id'] == story['id']
            and line['entry']['res_model'] == 'civic.document']
    told = [(act['event_type'], act['agent']) for act in acts]
    for expected in (('creation', 'vanthu'), ('capture', 'vanthu'), ('access', 'vanthu'), ('registration', 'vanthu'),
                     ('assignment', 'lanhdao'), ('start', 'chuyenvien')):
        assert expected in told, (expected, told)
    assert [agent for event, agent in told if event == 'completion'] == ['chuyenvien'], told
    assert [agent for event, agent in told if event == 'approval'] == ['lanhdao', 'lanhdao'], told      # time, result
    assert told.index(('creation', 'vanthu')) < told.index(('registration', 'vanthu')) < told.index(('assignment', 'lanhdao'))

    sealed = next(index for index, line in enumerate(lines) if line['kind'] == 'line' and line['entry'])
    lines[sealed]['entry']['agent'] = 'nobody'
    journal.write_text('\n'.join(json.dumps(line, ensure_ascii=False) for line in lines) + '\n', encoding='utf-8')
    verdict = subprocess.run([sys.executable, VERIFIER, journal], capture_output=True, text=True, check=False)
    assert verdict.returncode == 1
    assert str(lines[sealed]['entry_number']) in verdict.stdout


def test_10_nobody_changes_what_happened(city, client, story):
    session = client('vanthu')
    for method, arguments in (('write', [[story['id']], {'state': 'draft'}]), ('write', [[story['id']], {'register_number': 1}]),
                              ('unlink', [[story['id']]])):
        with pytest.raises(RpcError):
            session.call('civic.document', method, *arguments)
