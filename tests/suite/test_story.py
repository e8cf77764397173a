"""The main job in real Chromium, in Vietnamese, as each role: Plan 4292/KH-UBND comes in and is dealt with.

The clerk drags the PDF in and registers it, the leader assigns it, the unit handles it, and the journal
proves it to somebody who has nothing but the export and the verifier.  Screenshots go to the artifacts.
"""
import base64
import json
import re
import shutil
import subprocess
import sys

import pytest
from playwright.sync_api import expect, sync_playwright

from conftest import PASSWORD
from harness import ROOT, RpcError

sys.path.insert(0, str(ROOT / 'addons' / 'civic_records' / 'tools'))
import papers  # noqa: E402

pytestmark = pytest.mark.browser        # one story: its later chapters need the first ones

VERIFIER = ROOT / 'addons' / 'civic_journal' / 'tools' / 'verify_journal.py'
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
def browser():
    chromium = shutil.which('chromium') or shutil.which('google-chrome')
    assert chromium, "no Chromium on this machine: ./civic test installs it, --fast leaves these tests out"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=[
            '--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update',
            '--disable-sync', '--no-first-run'])
        yield browser
        browser.close()


class Person:
    """A person at a browser of their own; console errors are collected."""

    def __init__(self, browser, city, login, *, width=1600, height=900):
        self.city, self.login = city, login
        self.context = browser.new_context(viewport={'width': width, 'height': height}, locale='vi-VN')
        self.page = self.context.new_page()
        self.page.set_default_timeout(30_000)
        self.errors = []
        self.page.on('console', lambda message: self.errors.append(message.text) if message.type == 'error' else None)
        self.page.on('pageerror', lambda error: self.errors.append(str(error)))
        self.page.goto(f'{city.url}/web/login?db={city.database}')
        self.page.fill('input[name=login]', login)
        self.page.fill('input[name=password]', PASSWORD)
        self.page.click('button[type=submit]')
        self.page.wait_for_selector('.o_main_navbar')

    def open(self, path):
        self.page.goto(f'{self.city.url}/odoo/{path}')
        self.page.wait_for_selector('.o_action_manager > *')
        return self.page

    def close(self):
        self.context.close()
        assert not self.errors, f"console errors of {self.login}: {self.errors}"


@pytest.fixture
def person(browser, city):
    people = []

    def sit_down(login, **size):
        people.append(Person(browser, city, login, **size))
        return people[-1]
    yield sit_down
    for someone in people:
        someone.close()


@pytest.fixture(scope='module')
def story(city):
    """What one chapter leaves for the next."""
    return {}


def type_field(page, name, text, *, choose=False):
    widget = page.locator(f'.o_form_view .o_field_widget[name={name}]').first
    widget.locator(':is(input, textarea, button)').first.click()        # a date that was read is a button until then
    field = widget.locator(':is(input, textarea)').first
    field.fill(text)
    if choose:
        page.locator('.o-autocomplete--dropdown-item', has_text=text).first.click()
    else:
        field.press('Tab')


def slow_down(page, latency=700):
    session = page.context.new_cdp_session(page)
    session.send('Network.enable')
    session.send('Network.emulateNetworkConditions', {
        'offline': False, 'latency': latency, 'downloadThroughput': -1, 'uploadThroughput': -1})


def test_1_clerk_drags_the_plan_in_and_registers_it(person, artifacts, story):
    clerk = person('vanthu')
    page = clerk.open('civic-incoming-to-register')
    expect(page.locator('.o_control_panel')).to_contain_text('Chờ đăng ký')
    page.screenshot(path=artifacts / '1-to-register.png')
    page.evaluate(DROP, {
        'selector': '.o_content', 'name': 'Kế hoạch 4292-KH-UBND.pdf',
        'data': base64.b64encode(papers.plan_4292()).decode()})
    expect(page.locator('.o_form_view .o_civic_word[title*="4292"]').first).to_be_attached()
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
    page.screenshot(path=artifacts / '2-draft-beside-the-plan.png')
    page.locator('button[name=action_register]').click()
    label = page.locator('.o_field_widget[name=register_label]').first
    expect(label).to_have_text(re.compile(r'\d+'))
    story['number'] = label.inner_text()
    story['id'] = int(page.url.split('?')[0].rstrip('/').split('/')[-1])
    expect(page.locator('.o_civic_holder:visible')).to_contain_text('tiếp theo')
    page.screenshot(path=artifacts / '3-registered.png')


def test_2_it_is_found_without_accents(person, artifacts, story):
    clerk = person('vanthu')
    page = clerk.open('civic-incoming')
    page.fill('.o_searchview_input', 'luu tru dien tu')
    page.keyboard.press('Enter')
    expect(page.locator('.o_data_row', has_text='4292/KH-UBND')).to_have_count(1)
    page.screenshot(path=artifacts / '4-search.png')


def test_3_leader_assigns_it_on_a_telephone(person, artifacts, story):
    leader = person('lanhdao', width=360, height=740)
    page = leader.open('civic-incoming-to-assign')
    page.screenshot(path=artifacts / '5-leader-360-list.png')
    card = page.locator('.o_kanban_record', has_text='4292/KH-UBND')
    card.locator('button[name=action_assign]').click()
    pick_on_telephone(page, 'lead_unit_id', 'Nội chính')
    page.locator('.modal .o_field_widget[name=instruction] textarea').fill('Tham mưu kế hoạch của đơn vị, báo cáo trước thời hạn.')
    page.screenshot(path=artifacts / '6-leader-360-assign.png')
    assert not page.evaluate('document.documentElement.scrollWidth > document.documentElement.clientWidth + 1'), \
        "the leader must scroll sideways at 360 px"
    page.locator('.modal footer button[name=action_assign]').click()
    expect(page.locator('.modal')).to_have_count(0)
    expect(page.locator('.o_kanban_record', has_text='4292/KH-UBND')).to_have_count(0)


def pick_on_telephone(page, name, text):
    """On a small screen the choices of a field open as cards of their own."""
    page.locator(f'.modal .o_field_widget[name={name}] input').click()
    page.locator('.modal .o_kanban_record', has_text=text).first.click()


def test_4_head_of_the_unit_starts_and_finishes_it(person, artifacts, story):
    head = person('truongphong')
    page = head.open('civic-incoming-my-unit')
    page.locator('.o_data_row', has_text='4292/KH-UBND').locator('td[name=reference], td[name=subject]').first.click()
    page.locator('button[name=action_start]').click()
    expect(page.locator('.o_statusbar_status button[aria-checked=true]')).to_contain_text('Đang')
    page.screenshot(path=artifacts / '7-unit-handles.png')
    page.locator('button[name=action_finish]:visible').first.click()
    page.locator('.modal .o_field_widget[name=result] textarea').fill('Đã ban hành Kế hoạch của đơn vị.')
    page.locator('.modal footer button[name=action_finish]').click()
    expect(page.locator('.o_statusbar_status button[aria-checked=true]')).to_contain_text('Hoàn thành')
    page.screenshot(path=artifacts / '8-done.png')


def test_5_the_journal_proves_it(city, client, artifacts, story, tmp_path):
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
                     ('assignment', 'lanhdao')):
        assert expected in told, (expected, told)
    assert [agent for event, agent in told if event == 'completion'] == ['truongphong'], told
    assert told.index(('creation', 'vanthu')) < told.index(('registration', 'vanthu')) < told.index(('assignment', 'lanhdao'))

    sealed = next(index for index, line in enumerate(lines) if line['kind'] == 'line' and line['entry'])
    lines[sealed]['entry']['agent'] = 'nobody'
    journal.write_text('\n'.join(json.dumps(line, ensure_ascii=False) for line in lines) + '\n', encoding='utf-8')
    verdict = subprocess.run([sys.executable, VERIFIER, journal], capture_output=True, text=True, check=False)
    assert verdict.returncode == 1
    assert str(lines[sealed]['entry_number']) in verdict.stdout


def test_6_nobody_changes_what_happened(city, client, story):
    session = client('vanthu')
    for method, arguments in (('write', [[story['id']], {'state': 'draft'}]), ('write', [[story['id']], {'register_number': 1}]),
                              ('unlink', [[story['id']]])):
        with pytest.raises(RpcError):
            session.call('civic.document', method, *arguments)
