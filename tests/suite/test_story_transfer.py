"""The hand-over between two real servers, in real Chromium where a person acts: a permanent file of the agency is offered, checked,
sent, refused once for what it lacks, mended, accepted, signed by both sides, and locked where it came from; then a byte of a
stored copy is flipped and repaired. Jobs are those of the two servers.
"""
import json
import pathlib

import pytest
from playwright.sync_api import expect

from people import PASSWORD, Person, expect_no_sideways_scrolling, launch, shoot, type_field
from servers import TwoServers

pytestmark = pytest.mark.browser        # one story: its later chapters need the first ones
PIN = '246810'
PEOPLE = """
import base64, datetime, json, pathlib
from odoo.fields import Command
def person(login, role, company, name):
    return env['res.users'].create({
        'name': name, 'login': login, 'password': %(password)r, 'company_id': company.id, 'company_ids': [Command.set(company.ids)],
        'lang': 'vi_VN', 'tz': 'Asia/Ho_Chi_Minh', 'group_ids': [Command.link(env.ref('civic_base.group_' + role).id)]})
def agency(name, short, level, code):
    company = env['res.company'].create({'name': name, 'abbreviation': short, 'agency_level': level})
    env['civic.organ.code'].create({'partner_id': company.partner_id.id, 'code': code, 'generation': 'qd20_2020'})
    return company
def certify(user, root, crls, key):
    env['civic.trust.anchor'].create({'certificate': root})
    for crl in crls:
        env['civic.revocation.list'].create({'content': crl})
    env['civic.certificate'].create({
        'name': user.name, 'kind': 'person', 'company_id': user.company_id.id, 'user_id': user.id, 'key_file': key, 'key_pin': %(pin)r})
def partner(name, code):
    found = env['res.partner'].create({'name': name, 'is_agency': True})
    env['civic.organ.code'].create({'partner_id': found.id, 'code': code, 'generation': 'qd20_2020'})
    return found
""" % {'password': PASSWORD, 'pin': PIN}
AGENCY = PEOPLE + """
from odoo.addons.civic_document.tests.pdf import make_pdf
from odoo.addons.civic_signature.tools.demo_ca import DemoAuthority
company = agency("Sở Nội vụ", "SNV", 'department', 'H29.61')
env = env(context={**env.context, 'allowed_company_ids': company.ids, 'lang': 'vi_VN', 'tz': 'Asia/Ho_Chi_Minh'})
archivist = person('luutru.giao', 'archivist', company, "Trần Văn Nộp")
leader = person('lanhdao.giao', 'leader', company, "Nguyễn Thị Giao")
clerk = person('vanthu.giao', 'clerk', company, "Lê Văn Thư")
authority = DemoAuthority()
root = base64.b64encode(authority.root.der).decode()
crls = [base64.b64encode(raw).decode() for raw in authority.make_crls()]
keys = {name: base64.b64encode(authority.issue(name, "mẫu").to_pkcs12(%(pin)r)).decode() for name in (leader.name, "Phạm Thị Kho")}
certify(leader, root, crls, keys[leader.name])
env['civic.rule.value'].create({'key': 'transfer.council_required', 'value': 'false', 'value_type': 'boolean', 'company_id': company.id})
ministry = env['res.partner'].create({'name': "Bộ Nội vụ (mẫu)", 'is_agency': True})
unit = env['hr.department'].create({'name': "Văn phòng", 'company_id': company.id})
files = env['civic.workfile']
for number, title in enumerate(("Hồ sơ cải cách hành chính", "Hồ sơ kiểm tra công tác lưu trữ"), start=1):
    document = env['civic.document'].with_user(clerk).create({
        'company_id': company.id, 'direction': 'incoming', 'type_id': env.ref('civic_document.civic_document_type_bc').id,
        'code_number': str(number), 'code_notation': 'BC-BNV', 'issue_date': '2025-09-03', 'arrival_date': '2025-09-04',
        'issuer_id': ministry.id, 'signer_name': "Trần Thị Bính", 'signer_position': "Thứ trưởng",
        'subject': "Báo cáo số %%s" %% number, 'access_level': 'agency'})
    document._attach_content('bao-cao.pdf', make_pdf("Noi dung bao cao %%s" %% number))
    document._register_documents()
    file = env['civic.workfile'].with_user(archivist).create({
        'company_id': company.id, 'title': title, 'notation': '0%%s.VP' %% number, 'year': 2025, 'unit_id': unit.id,
        'user_id': archivist.id, 'date_start': '2025-08-01', 'date_end': '2025-09-30', 'access_level': 'agency',
        'retention_term_id': env.ref('civic_workfile.retention_term_permanent').id})
    env['civic.workfile.entry'].with_user(archivist).create({'workfile_id': file.id, 'document_id': document.id})
    file._close()
    file._deliver()
    files |= file
centre = partner("Trung tâm Lưu trữ lịch sử", 'H29.99')
channel = env['civic.channel'].create({'name': "Trung tâm", 'company_id': company.id, 'partner_id': centre.id})
print(json.dumps({'channel': channel.id, 'token': channel._make_token(), 'files': files.ids, 'company': company.id,
                  'root': root, 'crls': crls, 'key': keys["Phạm Thị Kho"]}))
""" % {'pin': PIN}
CENTRE = PEOPLE + """
company = agency("Trung tâm Lưu trữ lịch sử", "TTLT", 'archives', 'H29.99')
env = env(context={**env.context, 'allowed_company_ids': company.ids, 'lang': 'vi_VN', 'tz': 'Asia/Ho_Chi_Minh'})
archivist = person('luutru.nhan', 'archivist', company, "Phạm Thị Kho")
leader = person('lanhdao.nhan', 'leader', company, "Võ Văn Nhận")
certify(archivist, %(root)r, %(crls)r, %(key)r)
env['civic.rule.value'].create({'key': 'archive.virus_check_required', 'value': 'false', 'value_type': 'boolean', 'company_id': company.id})
giver = partner("Sở Nội vụ", 'H29.61')
fonds = env['civic.fonds'].create({'code': 'H29.61', 'name': "Phông Sở Nội vụ", 'company_id': company.id, 'creator_id': giver.id})
env['civic.fonds.source'].create({'company_id': company.id, 'agency_id': giver.id, 'fonds_id': fonds.id})
for code in ('m1', 'm2'):
    store = env['civic.archive.store'].create({'name': "Vật mang tin " + code, 'code': code, 'purpose': 'copy', 'company_id': company.id})
    pathlib.Path(store._get_root(), code).mkdir(parents=True, exist_ok=True)
    store._look()
channel = env['civic.channel'].create({'name': "Sở Nội vụ", 'company_id': company.id, 'partner_id': giver.id})
print(json.dumps({'channel': channel.id, 'token': channel._make_token(), 'company': company.id}))
"""

class Two(TwoServers):
    """The agency and the Centre of the story, with their people."""

    name = 'story_'

    def start(self):
        self.copy_template()
        mine = json.loads(self.agency.shell(self.agency.database, AGENCY))
        theirs = json.loads(self.centre.shell(
            self.centre.database, CENTRE % {name: mine[name] for name in ('root', 'crls', 'key')}))
        for odoo in self.both:
            odoo.start(odoo.database)
        self.connect(self.agency, mine['channel'], self.centre.url, theirs['token'])
        self.connect(self.centre, theirs['channel'], self.agency.url, mine['token'])


@pytest.fixture(scope='module')
def two():
    two = Two()
    try:
        two.start()
        yield two
    finally:
        two.close()


@pytest.fixture(scope='module')
def browser():
    yield from launch()


@pytest.fixture
def sit(browser):
    seated = []

    def sit_down(odoo, login, **size):
        seated.append(Person(browser, odoo, login, **size))
        return seated[-1]
    yield sit_down
    for someone in seated:
        someone.close()


def press(page, name):
    page.locator(f'.o_form_view button[name={name}]:visible').first.click()
    page.wait_for_timeout(300)


def is_in(page, state):
    expect(page.locator(f'.o_statusbar_status .o_arrow_button_current[data-value={state}]')).to_be_visible()


def latest(odoo, model):
    [[id_]] = odoo.cluster.execute(f'SELECT MAX(id) FROM {model}', database=odoo.database)  # noqa: S608  our own table
    return id_


def sign(page):
    press(page, 'action_sign_minutes')
    dialog = page.locator('.modal')
    dialog.locator('[name=pin] input').fill(PIN)
    dialog.locator('button[name=action_confirm]').click()
    expect(dialog).to_have_count(0)


def test_the_agency_registers_what_the_plan_wants_handed_over(two, sit, artifacts):
    page = sit(two.agency, 'luutru.giao').open('civic-transfer-candidates')
    expect(page.locator('.o_data_row')).to_have_count(2)
    page.locator('thead .o_list_record_selector input').click()
    shoot(page, artifacts / 'transfer-candidates.png')
    page.locator('button[name=action_make_transfer]:visible').first.click()
    expect(page.locator('.o_form_view')).to_be_visible()
    expect(page.locator('[name=channel_id] input')).to_have_value("Trung tâm")
    type_field(page, 'early_reason', "Theo kế hoạch thu thập của Trung tâm")
    type_field(page, 'planned_on', '01/06/2027')
    press(page, 'action_register')
    is_in(page, 'registered')
    shoot(page, artifacts / 'transfer-registered.png')
    two.wait(two.centre, "SELECT state, offered_count FROM civic_accession", [('registered', 2)])


def test_the_centre_agrees_and_the_packages_travel(two, sit, artifacts):
    page = sit(two.centre, 'luutru.nhan').open(f"civic-accessions/{latest(two.centre, 'civic_accession')}")
    press(page, 'action_answer')
    is_in(page, 'answered')
    two.wait(two.agency, "SELECT state FROM civic_transfer", [('answered',)])
    giver = sit(two.agency, 'luutru.giao').open(f"civic-transfers/{latest(two.agency, 'civic_transfer')}")
    press(giver, 'action_pack')
    two.wait(two.agency, "SELECT state FROM civic_transfer", [('packed',)])
    giver.reload()
    press(giver, 'action_send')
    two.wait(two.agency, "SELECT state, receipt_sha256 = sha256 FROM civic_transfer_line ORDER BY id", [('received', True)] * 2)
    two.wait(two.centre, "SELECT state FROM civic_accession_line ORDER BY id", [('passed',)] * 2)


def test_the_centre_returns_one_and_accepts_the_other(two, sit):
    page = sit(two.centre, 'luutru.nhan').open(f"civic-accessions/{latest(two.centre, 'civic_accession')}")
    second = page.locator('.o_field_one2many[name=line_ids] .o_data_row').nth(1)
    second.locator('button[name=action_return]').click()
    page.locator('.modal textarea').first.fill("Thiếu phụ lục của báo cáo")
    page.locator('.modal footer .btn-primary').click()
    expect(page.locator('.modal')).to_have_count(0)
    page.locator('.o_field_one2many[name=line_ids] .o_data_row').nth(0).locator('button[name=action_accept]').click()
    page.wait_for_timeout(500)
    page.reload()
    press(page, 'action_submit')
    is_in(page, 'decided')
    leader = sit(two.centre, 'lanhdao.nhan').open(f"civic-accessions/{latest(two.centre, 'civic_accession')}")
    press(leader, 'action_approve')
    two.wait(two.centre, "SELECT state, minutes_state FROM civic_accession", [('done', 'made')])
    two.wait(two.agency, "SELECT state, minutes_state FROM civic_transfer", [('decided', 'made')])


def test_both_sign_and_what_was_given_is_locked(two, sit, artifacts):
    page = sit(two.agency, 'lanhdao.giao').open(f"civic-transfers/{latest(two.agency, 'civic_transfer')}")
    sign(page)
    two.wait(two.centre, "SELECT minutes_state FROM civic_accession", [('given',)])
    keeper = sit(two.centre, 'luutru.nhan').open(f"civic-accessions/{latest(two.centre, 'civic_accession')}")
    sign(keeper)
    two.wait(two.agency, "SELECT state, minutes_state FROM civic_transfer", [('done', 'signed')])
    two.wait(two.agency, "SELECT state FROM civic_workfile ORDER BY id", [('transferred',), ('delivered',)])
    archivist = sit(two.agency, 'luutru.giao').open(f"civic-transfers/{latest(two.agency, 'civic_transfer')}")
    press(archivist, 'action_open_reconciliation')
    expect(archivist.locator('.o_data_row').first).to_contain_text("Khớp")
    shoot(archivist, artifacts / 'transfer-reconciliation.png')
    telephone = sit(two.agency, 'luutru.giao', width=390, height=844).open(
        f"civic-transfers/{latest(two.agency, 'civic_transfer')}")
    expect_no_sideways_scrolling(telephone)
    shoot(telephone, artifacts / 'transfer-telephone.png')


def test_what_was_returned_is_mended_and_comes_again(two, sit):
    two.agency.shell(two.agency.database, """
from odoo.addons.civic_document.tests.pdf import make_pdf
clerk = env['res.users'].search([('login', '=', 'vanthu.giao')])
archivist = env['res.users'].search([('login', '=', 'luutru.giao')])
file = env['civic.workfile'].search([('state', '=', 'delivered')])
document = env['civic.document'].with_user(clerk).with_company(file.company_id).create({
    'company_id': file.company_id.id, 'direction': 'incoming', 'type_id': env.ref('civic_document.civic_document_type_bc').id,
    'code_number': '9', 'code_notation': 'PL-BNV', 'issue_date': '2025-09-04', 'arrival_date': '2025-09-05', 'subject': "Phụ lục",
    'issuer_id': env['res.partner'].search([('name', '=', "Bộ Nội vụ (mẫu)")]).id, 'signer_name': "Trần Thị Bính",
    'signer_position': "Thứ trưởng",
    'access_level': 'agency'})
document._attach_content('phu-luc.pdf', make_pdf("Phu luc bao cao"))
document._register_documents()
env['civic.workfile.entry'].with_user(archivist).with_company(file.company_id).create({'workfile_id': file.id, 'document_id': document.id})
""")
    page = sit(two.agency, 'luutru.giao').open(f"civic-transfers/{latest(two.agency, 'civic_transfer')}")
    press(page, 'action_resubmit')
    is_in(page, 'draft')
    press(page, 'action_register')
    is_in(page, 'registered')
    two.wait(two.centre, "SELECT state, previous_id IS NOT NULL FROM civic_accession ORDER BY id", [('done', False), ('registered', True)])
    keeper = sit(two.centre, 'luutru.nhan').open(f"civic-accessions/{latest(two.centre, 'civic_accession')}")
    press(keeper, 'action_answer')
    two.wait(two.agency, "SELECT state FROM civic_transfer ORDER BY id", [('done',), ('answered',)])
    page.reload()
    press(page, 'action_pack')
    two.wait(two.agency, "SELECT state FROM civic_transfer ORDER BY id", [('done',), ('packed',)])
    page.reload()
    press(page, 'action_send')
    two.wait(two.centre, "SELECT state FROM civic_accession_line ORDER BY id DESC LIMIT 1", [('passed',)])
    keeper.reload()
    keeper.locator('.o_field_one2many[name=line_ids] .o_data_row').first.locator('button[name=action_accept]').click()
    keeper.wait_for_timeout(500)
    keeper.reload()
    press(keeper, 'action_submit')
    leader = sit(two.centre, 'lanhdao.nhan').open(f"civic-accessions/{latest(two.centre, 'civic_accession')}")
    press(leader, 'action_approve')
    two.wait(two.agency, "SELECT state, minutes_state FROM civic_transfer ORDER BY id DESC LIMIT 1", [('decided', 'made')])
    sign(sit(two.agency, 'lanhdao.giao').open(f"civic-transfers/{latest(two.agency, 'civic_transfer')}"))
    two.wait(two.centre, "SELECT minutes_state FROM civic_accession ORDER BY id DESC LIMIT 1", [('given',)])
    keeper.reload()
    sign(keeper)
    two.wait(two.agency, "SELECT state FROM civic_workfile ORDER BY id", [('transferred',)] * 2)


def test_a_byte_of_a_copy_is_flipped_found_and_repaired(two, sit):
    two.wait(two.centre, "SELECT COUNT(*) FROM civic_aip_copy WHERE state = 'good'", [(4,)])
    path = two.centre.shell(two.centre.database, """
copy = env['civic.aip.copy'].search([('state', '=', 'good')], limit=1)
print(copy.store_id._get_root() / copy.store_id.code / copy.key)
""")
    file = pathlib.Path(path)
    raw = bytearray(file.read_bytes())
    raw[len(raw) // 2] ^= 1
    file.chmod(0o600)
    file.write_bytes(raw)
    answer = two.centre.shell(two.centre.database, """
keeper = env['res.users'].search([('login', '=', 'luutru.nhan')])
copies = env['civic.aip.copy'].with_user(keeper).with_company(keeper.company_id).search([])
copies.action_check()
bad = copies.filtered(lambda copy: copy.state != 'good')
found = bad.mapped('state')
bad.action_repair()
print(found, set(copies.mapped('state')))
""")
    assert answer == "['damaged'] {'good'}", answer
