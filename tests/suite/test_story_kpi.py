"""A manager and the figures in real Chromium: a red light, its documents, an exclusion, the closed year and its report.

Last year's documents are added first: the demo city lives in the last months.  Screenshots and the report's files go
to the artifacts.
"""
import base64
import datetime
import io
import json
import re
import subprocess
import tempfile
import zipfile

import openpyxl
import pytest
from playwright.sync_api import expect

from people import expect_no_sideways_scrolling, shoot, type_field

pytestmark = pytest.mark.browser        # one story: its later chapters need the first ones
expect.set_options(timeout=20_000)      # counting takes a moment on a busy machine

# Of last year: nine documents done in time, three late; 9 of 12 = 75 %. Three of the late ones are of one type.
LAST_YEAR = """
import datetime, json
from odoo import fields
home = env['res.users'].search([('login', '=', 'quanly')]).company_id
year = env['civic.kpi.period']._today().year - 1
kinds = env['civic.document.type'].search([('kind', '=', 'administrative')], limit=2)
unit = env['hr.department'].search([('company_id', '=', home.id)], limit=1)
issuer = env['res.partner'].search([('is_agency', '=', True)], limit=1)
for number in range(12):
    deadline = datetime.date(year, 3, 10 + number)
    late = number % 4 == 0
    document = env['civic.document'].create({
        'company_id': home.id, 'direction': 'incoming', 'type_id': kinds[late].id, 'code_number': str(9000 + number),
        'code_notation': 'CV-KPI', 'issue_date': f'{year}-02-02', 'arrival_date': f'{year}-02-03', 'issuer_id': issuer.id,
        'subject': f"Số liệu năm trước {number}", 'paper_original': True})
    document._write_by_system({
        'state': 'done', 'registered_at': f'{year}-02-03 02:00:00', 'deadline': deadline, 'unit_id': unit.id,
        'done_at': datetime.datetime.combine(deadline, datetime.time(2)) + datetime.timedelta(days=4 if late else -1)})
unit.work_field_ids = env.ref('civic_kpi.work_field_inspection')
env['ir.config_parameter'].set_param('civic_kpi.journal_read_until', False)
env['civic.kpi.period']._ensure('year', datetime.date(year, 1, 1))
env['civic.kpi.daily']._refresh()
env.cr.commit()
print(json.dumps({'year': year, 'type': kinds[1].with_context(lang='vi_VN').name, 'company': home.name}))
"""


@pytest.fixture(scope='module')
def facts(city):
    return json.loads(city.shell(city.database, LAST_YEAR))


def choose_year(page, facts):
    page.locator('select[name=kind]').select_option('year')
    page.locator('select[name=period]').select_option(label=f"Năm {facts['year']}")
    expect(page.locator('.o_civic_kpi_state')).to_contain_text(f"Năm {facts['year']}")


def light(page, code='ONTIME'):
    return page.locator(f'.o_civic_kpi_lights [data-code={code}]')


def test_1_manager_drills_from_a_red_light(person, artifacts, facts):  # noqa: F811
    page = person('quanly').open('civic-dashboard')
    expect(page.locator('[data-tile=trends] canvas').first).to_be_visible()
    shoot(page, artifacts / 'kpi-1-dashboard.png')
    choose_year(page, facts)
    expect(light(page)).to_have_attribute('data-verdict', 'fail')
    expect(light(page)).to_contain_text('75,0 %')
    expect(light(page)).to_contain_text('Không đạt')            # said in words, not by colour alone
    light(page).click()
    expect(page.locator('.o_data_row')).to_have_count(3)        # the three that were late
    shoot(page, artifacts / 'kpi-2-documents.png')


def test_1b_a_field_of_work_is_its_units(person, artifacts, facts):  # noqa: F811
    """All twelve documents are of the unit that has the field; no unit has the other one."""
    page = person('quanly').open('civic-dashboard')
    choose_year(page, facts)
    page.locator('select[name=field]').select_option(label='Thanh tra, tiếp công dân, khiếu nại, tố cáo')
    expect(light(page, 'K1')).to_have_count(0)                  # not measured by unit
    expect(light(page)).to_contain_text('75,0 %')
    shoot(page, artifacts / 'kpi-1b-field.png')
    page.locator('select[name=field]').select_option(label='Công Thương')
    expect(light(page)).to_have_attribute('data-verdict', 'na')
    expect(light(page)).to_contain_text('Không có gì để đo')


def test_2_it_is_read_on_a_telephone_and_kept_as_own_board(person, artifacts, facts):  # noqa: F811
    page = person('quanly', width=360, height=740).open('civic-dashboard')
    expect(light(page)).to_be_visible()
    expect_no_sideways_scrolling(page)
    assert page.evaluate("document.querySelector('.o_civic_kpi').scrollWidth <= 360")
    shoot(page, artifacts / 'kpi-3-360.png')
    page.locator('button[name=tiles]').click()
    page.locator('input[name=trends]').uncheck()
    page.locator('input[name=board_name]').fill('Bảng giao ban')
    page.locator('button[name=save_board]').click()
    expect(page.locator('select[name=board]')).to_contain_text('Bảng giao ban')
    page.reload()
    expect(light(page)).to_be_visible()
    expect(page.locator('[data-tile=trends]')).to_have_count(0)


def test_3_an_exclusion_with_its_basis_moves_the_figure(person, artifacts, facts):  # noqa: F811
    """Without the type of the three late ones 9 of 9 = 100 %."""
    admin = person('admin')
    page = admin.open('civic-exclusions/new')
    type_field(page, 'name', "Văn bản có thời hạn do luật riêng quy định")
    type_field(page, 'indicator_id', 'ONTIME', choose=True)
    type_field(page, 'date_from', f"01/01/{facts['year']}")
    type_field(page, 'type_ids', facts['type'], choose=True)
    page.locator('button[name=action_approve]').click()
    expect(page.locator('.modal')).to_contain_text('căn cứ pháp lý')       # refused, and says why
    shoot(page, artifacts / 'kpi-4-refused.png')
    page.locator('.modal button.btn-primary').first.click()
    type_field(page, 'legal_basis', "Nghị định 30/2020/NĐ-CP, Điều 24")
    page.locator('button[name=action_approve]').click()
    expect(page.locator('.o_field_widget[name=approved_by_id]')).to_be_visible()
    shoot(page, artifacts / 'kpi-5-exclusion.png')
    page = admin.open('civic-dashboard')
    choose_year(page, facts)
    expect(light(page)).to_contain_text('100,0 %')
    expect(light(page)).to_contain_text('3 loại trừ')


def test_4_the_year_is_closed_once(person, artifacts, facts):  # noqa: F811
    page = person('quanly').open('civic-periods')
    page.locator('.o_data_row', has_text=f"Năm {facts['year']}").locator('td').nth(1).click()
    page.locator('button[name=action_close]').click()
    page.locator('.modal button.btn-primary').click()
    expect(page.locator('button[name=action_verify]')).to_be_visible()
    page.locator('button[name=action_verify]').click()
    # the documents of last year were put into the table by this test, behind the acts: the journal says so, by number
    expect(page.locator('.o_breadcrumb').first).to_contain_text('Số liệu')
    page.locator('.o_data_row', has_text='Văn bản đến giải quyết đúng hạn').first.locator('td').nth(1).click()
    expect(page.locator('.o_field_widget[name=journal_state]')).to_contain_text('Lệch')
    expect(page.locator('.o_field_widget[name=difference_note]')).to_contain_text('CV-KPI')
    shoot(page, artifacts / 'kpi-6-closed.png')


def test_4b_the_timeline_of_the_plan(person, artifacts, facts):  # noqa: F811
    """By the keyboard alone: down to the next duty, Enter opens it; readable on a telephone."""
    page = person('quanly', width=360, height=740).open('civic-timeline')
    expect(page.locator('.o_civic_timeline_row')).to_have_count(11)
    expect_no_sideways_scrolling(page)
    shoot(page, artifacts / 'kpi-9-timeline-360.png')
    page.locator('.o_civic_timeline_row').first.focus()
    page.keyboard.press('ArrowDown')
    page.keyboard.press('Enter')
    expect(page.locator('.o_field_widget[name=code] input, .o_field_widget[name=code]').first).to_be_visible()


def test_5_the_report_is_drafted_and_read(person, city, client, artifacts, facts):  # noqa: F811
    manager = person('quanly')
    page = manager.open('civic-progress-reports/new')
    type_field(page, 'period_id', f"Năm {facts['year']}", choose=True)
    page.locator('button[name=action_gather]').first.click()
    expect(page.locator('.o_arrow_button_current')).to_contain_text('Đang tổng hợp')
    report = int(page.url.split('?')[0].rstrip('/').split('/')[-1])
    city.shell(city.database, f"""
env['civic.kpi.report'].with_user(env['res.users'].search([('login', '=', 'quanly')])).browse({report})._job_gather()
env.cr.commit()
""")
    page.reload()
    expect(page.locator('.o_data_row').first).to_be_visible()
    shoot(page, artifacts / 'kpi-7-report.png')
    page.locator('button[name=action_draft]').click()
    expect(page.locator('.o_form_view.o_civic_outgoing, .o_form_view').first).to_contain_text('Tiến độ thực hiện Kế hoạch', timeout=60_000)
    shoot(page, artifacts / 'kpi-8-draft.png')
    [row] = client('quanly').call('civic.kpi.report', 'read', [report], ['state', 'xlsx_file', 'pdf_file'])
    assert row['state'] == 'drafted'
    xlsx, pdf = base64.b64decode(row['xlsx_file']), base64.b64decode(row['pdf_file'])
    (artifacts / 'kpi-report.xlsx').write_bytes(xlsx)
    (artifacts / 'kpi-report.pdf').write_bytes(pdf)
    book = openpyxl.load_workbook(io.BytesIO(xlsx))
    assert len(book.sheetnames) >= 4
    figures = {line[0]: line for line in book.worksheets[0].iter_rows(values_only=True) if line[0]}
    assert figures['Văn bản đến giải quyết đúng hạn'][1] == 100
    with zipfile.ZipFile(io.BytesIO(xlsx)) as package:
        assert [name for name in package.namelist() if name.startswith('xl/charts/chart')]
    with tempfile.NamedTemporaryFile(suffix='.pdf') as file:
        file.write(pdf)
        file.flush()
        text = subprocess.run(['pdftotext', '-layout', file.name, '-'], check=True, capture_output=True, timeout=60).stdout.decode()
    assert facts['company'] in text and '100,0 %' in text
    assert re.search(r'Năm\s+' + str(facts['year']), text)
    assert datetime.date.today().year > facts['year']
