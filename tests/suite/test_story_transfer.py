"""The hand-over in real Chromium where a person acts, between two real servers and then between two agencies of one database: a
permanent file of the agency is offered, checked, sent, refused once for what it lacks, mended, accepted, signed by both sides, and
locked where it came from; then a byte of a stored copy is flipped and repaired. Jobs are those of the servers.
"""
import json

import pytest
from playwright.sync_api import expect

from harness import Client
from people import PASSWORD, Person, expect_no_sideways_scrolling, launch, shoot, type_field
from servers import OneServer, TwoServers

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
def trust(root, crls):
    env['civic.trust.anchor'].create({'certificate': root})
    for crl in crls:
        env['civic.revocation.list'].create({'content': crl})
def certify(user, key):
    env['civic.certificate'].create({
        'name': user.name, 'kind': 'person', 'company_id': user.company_id.id, 'user_id': user.id, 'key_file': key, 'key_pin': %(pin)r})
def partner(name, code):
    found = env['res.partner'].search([('name', '=', name), ('is_agency', '=', True)])
    if not found:
        found = env['res.partner'].create({'name': name, 'is_agency': True})
        env['civic.organ.code'].create({'partner_id': found.id, 'code': code, 'generation': 'qd20_2020'})
    return found
""" % {'password': PASSWORD, 'pin': PIN}
AGENCY = """
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
trust(root, crls)
certify(leader, keys[leader.name])
env['civic.rule.value'].create({'key': 'transfer.council_required', 'value': 'false', 'value_type': 'boolean', 'company_id': company.id})
ministry = env['res.partner'].create({'name': "Bộ Nội vụ (mẫu)", 'is_agency': True})
unit = env['hr.department'].create({'name': "Văn phòng", 'company_id': company.id})
def paper(number, subject):
    document = env['civic.document'].with_user(clerk).create({
        'company_id': company.id, 'direction': 'incoming', 'type_id': env.ref('civic_document.civic_document_type_bc').id,
        'code_number': str(number), 'code_notation': 'BC-BNV', 'issue_date': '2025-09-03', 'arrival_date': '2025-09-04',
        'issuer_id': ministry.id, 'signer_name': "Trần Thị Bính", 'signer_position': "Thứ trưởng",
        'subject': subject, 'access_level': 'agency'})
    document._attach_content('bao-cao.pdf', make_pdf("Noi dung bao cao %%s" %% number))
    document._register_documents()
    return document
for number, title in enumerate(("Hồ sơ cải cách hành chính", "Hồ sơ kiểm tra công tác lưu trữ"), start=1):
    document = paper(number, "Báo cáo số %%s" %% number)
    file = env['civic.workfile'].with_user(archivist).create({
        'company_id': company.id, 'title': title, 'notation': '0%%s.VP' %% number, 'year': 2025, 'unit_id': unit.id,
        'user_id': archivist.id, 'date_start': '2025-08-01', 'date_end': '2025-09-30', 'access_level': 'agency',
        'retention_term_id': env.ref('civic_workfile.retention_term_permanent').id})
    env['civic.workfile.entry'].with_user(archivist).create({'workfile_id': file.id, 'document_id': document.id})
    file._close()
    file._deliver()
paper(9, "Phụ lục")
""" % {'pin': PIN}
CENTRE = """
company = agency("Trung tâm Lưu trữ lịch sử", "TTLT", 'archives', 'H29.99')
env = env(context={**env.context, 'allowed_company_ids': company.ids, 'lang': 'vi_VN', 'tz': 'Asia/Ho_Chi_Minh'})
archivist = person('luutru.nhan', 'archivist', company, "Phạm Thị Kho")
leader = person('lanhdao.nhan', 'leader', company, "Võ Văn Nhận")
certify(archivist, keys[archivist.name])
env['civic.rule.value'].create({'key': 'archive.virus_check_required', 'value': 'false', 'value_type': 'boolean', 'company_id': company.id})
giver = partner("Sở Nội vụ", 'H29.61')
fonds = env['civic.fonds'].create({'code': 'H29.61', 'name': "Phông Sở Nội vụ", 'company_id': company.id, 'creator_id': giver.id})
env['civic.fonds.source'].create({'company_id': company.id, 'agency_id': giver.id, 'fonds_id': fonds.id})
for code in ('m1', 'm2'):
    store = env['civic.archive.store'].create({'name': "Vật mang tin " + code, 'code': code, 'purpose': 'copy', 'company_id': company.id})
    pathlib.Path(store._get_root(), code).mkdir(parents=True, exist_ok=True)
    store._look()
"""
TRUST = """
root, crls, keys = %(root)r, %(crls)r, %(keys)r
trust(root, crls)
"""
CHANNEL = """
other = partner(%r, %r)
channel = env['civic.channel'].create({'name': other.name, 'company_id': company.id, 'partner_id': other.id})
print(json.dumps({'channel': channel.id, 'token': channel._make_token(), 'root': root, 'crls': crls, 'keys': keys}))
"""


class AcrossServers(TwoServers):
    """The agency and the Centre, each on a server of its own, and their people."""

    name = 'story_'
    picture = 'transfer'
    channel = "Trung tâm Lưu trữ lịch sử"

    def start(self):
        self.copy_template()
        mine = json.loads(self.agency.shell(
            self.agency.database, PEOPLE + AGENCY + CHANNEL % ("Trung tâm Lưu trữ lịch sử", 'H29.99')))
        theirs = json.loads(self.centre.shell(
            self.centre.database, PEOPLE + TRUST % mine + CENTRE + CHANNEL % ("Sở Nội vụ", 'H29.61')))
        for odoo in self.servers:
            odoo.start(odoo.database)
        self.connect(self.agency, mine['channel'], self.centre.url, theirs['token'])
        self.connect(self.centre, theirs['channel'], self.agency.url, mine['token'])


class InOneDatabase(OneServer):
    """The same two as agencies of one database: what is said goes without a channel."""

    name = 'story_'
    picture = 'transfer-one-database'
    channel = ""

    def start(self):
        self.copy_template()
        self.agency.shell(self.agency.database, PEOPLE + AGENCY + CENTRE)
        self.agency.start(self.agency.database)


@pytest.fixture(scope='module', params=[AcrossServers, InOneDatabase])
def two(request):
    two = request.param()
    try:
        two.start()
        yield two
    finally:
        two.close()


@pytest.fixture(scope='module')
def browser():
    yield from launch()


@pytest.fixture(scope='module')
def sit(browser, two):
    """``sit(odoo, login)``: somebody whose browser stays open for the whole story."""
    seated = {}

    def sit_down(odoo, login, **size):
        key = (login, *size.values())
        if key not in seated:
            seated[key] = Person(browser, odoo, login, **size)
        return seated[key]
    yield sit_down
    for someone in seated.values():
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
    shoot(page, artifacts / f'{two.picture}-candidates.png')
    page.locator('button[name=action_make_transfer]:visible').first.click()
    expect(page.locator('.o_form_view')).to_be_visible()
    expect(page.locator('[name=keeper_id] input')).to_have_value("Trung tâm Lưu trữ lịch sử")
    expect(page.locator('[name=channel_id] input')).to_have_value(two.channel)
    type_field(page, 'early_reason', "Theo kế hoạch thu thập của Trung tâm")
    type_field(page, 'planned_on', '01/06/2027')
    press(page, 'action_register')
    is_in(page, 'registered')
    expect(page.locator('[name=channel_id]')).to_have_count(1 if two.channel else 0)
    shoot(page, artifacts / f'{two.picture}-registered.png')
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
    keeper = sit(two.centre, 'luutru.nhan')
    sign(keeper.open(f"civic-accessions/{latest(two.centre, 'civic_accession')}"))
    two.wait(two.agency, "SELECT state, minutes_state FROM civic_transfer", [('done', 'signed')])
    two.wait(two.agency, "SELECT state FROM civic_workfile ORDER BY id", [('transferred',), ('delivered',)])
    expect(keeper.open('civic-workfiles').locator('.o_view_nocontent')).to_be_visible()     # the Centre sees packages, no files
    archivist = sit(two.agency, 'luutru.giao')
    page = archivist.open(f"civic-transfers/{latest(two.agency, 'civic_transfer')}")
    press(page, 'action_open_reconciliation')
    expect(page.locator('.o_data_row').first).to_contain_text("Khớp")
    shoot(page, artifacts / f'{two.picture}-reconciliation.png')
    [[given]] = two.agency.cluster.execute(
        "SELECT id FROM civic_workfile WHERE state = 'transferred'", database=two.agency.database)
    archivist.open(f'civic-workfiles/{given}')
    is_in(page, 'transferred')
    expect(page.locator('[name=title]').locator('input, textarea')).to_have_count(0)
    shoot(page, artifacts / f'{two.picture}-locked.png')
    telephone = sit(two.agency, 'luutru.giao', width=390, height=844).open(
        f"civic-transfers/{latest(two.agency, 'civic_transfer')}")
    expect_no_sideways_scrolling(telephone)
    shoot(telephone, artifacts / f'{two.picture}-telephone.png')


def test_what_was_returned_is_mended_and_comes_again(two, sit):
    archivist = Client(two.agency.url, two.agency.database, 'luutru.giao', PASSWORD)
    [file] = archivist.call('civic.workfile', 'search', [['state', '=', 'delivered']])
    [appendix] = archivist.call('civic.document', 'search', [['subject', '=', "Phụ lục"]])
    archivist.call('civic.workfile.entry', 'create', {'workfile_id': file, 'document_id': appendix})
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


def test_a_byte_of_a_copy_is_flipped_found_and_repaired(two, sit, artifacts):
    two.wait(two.centre, "SELECT COUNT(*) FROM civic_aip_copy WHERE state = 'good'", [(4,)])
    [[aip, key, code]] = two.centre.cluster.execute("""
        SELECT aip.id, aip.key, store.code FROM civic_aip_copy copy
          JOIN civic_aip aip ON aip.id = copy.aip_id JOIN civic_archive_store store ON store.id = copy.store_id
         ORDER BY copy.id LIMIT 1""", database=two.centre.database)
    [file] = two.centre.directory.rglob(f'{code}/{key}')
    raw = bytearray(file.read_bytes())
    raw[len(raw) // 2] ^= 1
    file.chmod(0o600)
    file.write_bytes(raw)
    keeper = sit(two.centre, 'luutru.nhan')
    page = keeper.open(f'civic-packages/{aip}')
    press(page, 'action_check')
    repair = page.locator('.o_form_view .o_data_row button[name=action_repair]:visible')
    expect(page.locator('[name=check_ids] .o_data_row')).to_have_count(2)
    expect(repair).to_have_count(1)
    shoot(page, artifacts / f'{two.picture}-damaged.png')
    repair.click()
    expect(repair).to_have_count(0)
    shoot(page, artifacts / f'{two.picture}-repaired.png')
    keeper.open(f'civic-packages/{aip}')
    is_in(page, 'stored')
    press(page, 'action_check')
    expect(page.locator('[name=check_ids] .o_data_row')).to_have_count(2)
    expect(repair).to_have_count(0)
    raw[len(raw) // 2] ^= 1
    assert file.read_bytes() == raw, "what was repaired is not what had been written"
