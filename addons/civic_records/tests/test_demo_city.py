import contextlib
import io
import json
import tempfile
from collections import Counter
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessDenied, UserError
from odoo.tests import TransactionCase, new_test_user, tagged

from odoo.addons.civic_journal.tools.verify_journal import verify
from odoo.addons.civic_package.tools.sources import open_source

from ..demo import city, load, loader

SCALE = 0.12
LOGINS = ('vanthu', 'lanhdao', 'truongphong', 'chuyenvien', 'luutru', 'quanly')


@tagged('post_install', '-at_install')
class TestDemoCity(TransactionCase):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.acts = load(cls.env, SCALE, commit=False)
        cls.companies = cls.env['res.company'].union(*(
            cls.env.ref(f'civic_demo.agency_{agency.key}') for agency in city.AGENCIES))
        cls.documents = cls.env['civic.document'].search([('company_id', 'in', cls.companies.ids)])

    def test_everybody_logs_in_with_the_password_of_the_demo(self):
        for person in city.PEOPLE:
            if person.login in LOGINS:
                user = self.env['res.users'].search([('login', '=', person.login)])
                self.assertTrue(user.with_user(user)._check_credentials(
                    {'type': 'password', 'login': person.login, 'password': 'civic'}, {'interactive': False}))
                self.assertTrue(user.has_group(f'civic_base.group_{person.role}'))
                self.assertEqual((user.lang, user.tz), ('vi_VN', 'Asia/Ho_Chi_Minh'))
        user = self.env.ref('civic_demo.user_vanthu')
        with self.assertRaises(AccessDenied):
            user.with_user(user)._check_credentials(
                {'type': 'password', 'login': 'vanthu', 'password': 'wrong'}, {'interactive': False})

    def test_the_log_ins_of_the_tour_work_in_the_office(self):
        office = self.env.ref('civic_demo.agency_ubnd')
        users = self.env['res.users'].search([('login', 'in', LOGINS)])
        self.assertEqual(len(users), len(LOGINS))
        self.assertEqual(users.company_id, office)
        self.assertEqual(len(self.env['res.users'].search([('company_ids', 'in', self.companies.ids)])), len(city.PEOPLE) + 1)

    def test_permanent_files_wait_for_the_council_before_they_are_handed_over(self):
        transfer = self.env.ref('civic_demo.transfer')
        self.assertEqual((transfer.state, transfer.level, transfer.line_count), ('council', 'historical', 2))
        self.assertFalse(transfer.finding_count, transfer.line_ids.finding_ids.mapped('message'))
        self.assertEqual(transfer.opinion_ids.mapped('opinion').count('agreed'), 1)

    def test_files_were_handed_over_with_minutes_signed_by_both_and_one_is_mended(self):
        transfer = self.env.ref('civic_demo.transfer_given')
        self.assertRecordValues(transfer, [{
            'state': 'done', 'minutes_state': 'signed', 'sent_count': 2, 'received_count': 2, 'stored_count': 1, 'returned_count': 1,
            'locked_count': 1}])
        self.assertFalse(transfer.line_ids.filtered('problem'))
        mending = self.env.ref('civic_demo.transfer_mending')
        self.assertEqual((mending.state, mending.previous_id), ('draft', transfer))
        self.assertEqual(mending.line_ids.workfile_id, transfer.line_ids.filtered(lambda line: line.state == 'returned').workfile_id)

    def test_what_was_returned_to_the_office_waits_for_the_leader_of_the_archive(self):
        mending = self.env.ref('civic_demo.archive_mending')
        self.assertEqual((mending.state, mending.previous_id), ('decided', self.env.ref('civic_demo.archive_accession')))
        self.assertEqual(mending.line_ids.mends_id.state, 'returned')

    def test_a_document_became_pdfa_beside_its_original_and_a_table_is_at_risk(self):
        plan = self.env.ref('civic_demo.archive_migration')
        self.assertEqual(plan.state, 'done', plan.line_ids.mapped('message'))
        self.assertEqual((plan.package_ids.state, plan.line_ids.verdict), ('kept', 'good'), plan.line_ids.message)
        after = plan.package_ids.result_id
        self.assertEqual((after.version, after.replaces_id, after.state), (2, plan.package_ids.aip_id, 'stored'))
        with tempfile.NamedTemporaryFile(suffix='.zip') as package:
            after._fetch(package.name)
            with open_source(package.name) as source:
                names = {name.rpartition('.')[2] for name in source.files if '/data/' in name}
                events = source.read('metadata/preservation/PREMIS.xml').decode()
        self.assertLessEqual({'docx', 'pdf', 'jpg'}, names)
        self.assertIn('>migration<', events)
        later = self.env.ref('civic_demo.archive_migration_plan')
        self.assertEqual((later.state, later.package_count), ('draft', 1))

    def test_a_copy_was_damaged_and_repaired(self):
        centre = self.env.ref('civic_demo.agency_ttltls')
        runs = self.env['civic.fixity.run'].search([('company_id', '=', centre.id)])
        self.assertIn(1, runs.mapped('bad_count'))
        self.assertEqual(set(self.env['civic.aip.copy'].search([('company_id', '=', centre.id)]).mapped('state')), {'good'})

    def test_paper_files_stand_in_their_boxes(self):
        holdings = self.env.ref('civic_demo.archive_import')
        self.assertEqual((holdings.state, holdings.created_count, holdings.problem_count), ('done', 9, 1))
        box = self.env['civic.archive.location'].search([('barcode', '=', 'A2-05-003')])
        self.assertIn("1987.01.VP", self.env['civic.archive.description'].search([('location_id', '=', box.id)]).mapped('reference_code'))

    def test_the_national_database_has_what_is_here(self):
        fonds = self.env.ref('civic_demo.archive_fonds_ubnd')
        self.assertEqual(fonds.national_verdict, 'agrees')
        self.assertEqual(fonds.national_accepted, fonds.national_here)
        deliveries = self.env['civic.delivery'].search([('channel_id', '=', fonds.company_id.national_channel_id.id)])
        self.assertEqual(Counter(deliveries.mapped('state')).keys(), {'delivered', 'processed'})
        self.assertTrue(all(deliveries.mapped('receipt')))

    def test_agencies_and_leaders_sign_and_letters_are_signed(self):
        certificates = self.env['civic.certificate'].search([('company_id', 'in', self.companies.ids)])
        self.assertEqual(certificates.filtered(lambda row: row.kind == 'agency').company_id, self.companies)
        self.assertEqual(set(certificates.user_id.mapped('login')), {
            person.login for person in city.PEOPLE if person.role == 'leader'})
        self.assertTrue(all("mẫu" in certificate.holder for certificate in certificates))
        incoming = self.documents.filtered(lambda document: document.direction == 'incoming')
        states = Counter(incoming.mapped('signature_state'))
        self.assertGreaterEqual(states['valid'], 2, states)
        self.assertEqual(states['invalid'], 1, states)
        self.assertFalse(states['unknown'] + states['failed'] + states['warning'], states)

    def test_people_have_units_and_faces(self):
        for person in city.PEOPLE:
            user = self.env.ref(f'civic_demo.user_{person.login}')
            company = self.env.ref(f'civic_demo.agency_{person.agency}')
            self.assertEqual(
                user.with_company(company).civic_unit_id, self.env.ref(f'civic_demo.unit_{person.agency}_{person.unit}'))
            self.assertTrue(user.image_128)
            # else the first log-in would put the browser's time zone in the place of the city's
            self.assertTrue(user.login_date)

    def test_agencies_have_codes_of_both_generations(self):
        office = self.env.ref('civic_demo.agency_ubnd')
        self.assertEqual(set(office.organ_code_ids.mapped('code')), {'000.00.00.H29', 'H29'})
        self.assertEqual(office.organ_code, 'H29')
        made_up = self.env.ref('civic_demo.agency_snv').organ_code_ids
        self.assertTrue(all('mã minh họa' in code.legal_basis for code in made_up))

    def test_a_closed_agency_names_its_successor(self):
        closed = self.env.ref('civic_demo.partner_stttt')
        self.assertEqual(closed._get_agency_in_force(), self.env.ref('civic_demo.agency_skhcn').partner_id)

    def test_documents_are_in_every_state(self):
        incoming = self.documents.filtered(lambda document: document.direction == 'incoming')
        states = Counter(incoming.mapped('state'))
        self.assertLessEqual({'draft', 'registered', 'assigned', 'handling', 'done'}, set(states))
        self.assertTrue(all(document.content_ids for document in self.documents))
        self.assertTrue(any(incoming.mapped('is_overdue')))

    def test_every_number_is_accounted_for(self):
        registers = self.env['civic.register'].search([('company_id', 'in', self.companies.ids)])
        self.assertTrue(registers)
        proofs = registers._prove()
        self.assertEqual([proofs[register.id]['is_accounted'] for register in registers], [True] * len(registers))
        numbered = self.documents.filtered('register_number')
        self.assertEqual(sum(proof['total'] for proof in proofs.values()), len(numbered))

    def test_own_papers_bear_the_number_of_the_register(self):
        own = self.documents.filtered(lambda document: (
            document.direction in ('outgoing', 'internal') and not document.drafter_id))
        self.assertTrue(own)
        for document in own:
            self.assertEqual(document.content_ids.name, f"{document.reference.replace('/', '_')}.pdf")

    def test_outgoing_documents_are_in_every_state_and_the_issued_one_has_arrived(self):
        drafted = self.documents.filtered('drafter_id')
        self.assertEqual(sorted(drafted.mapped('state')), ['draft', 'issued', 'review', 'review', 'signed'])
        self.assertFalse(drafted.filtered('layout_findings'))
        issued = drafted.filtered(lambda document: document.state == 'issued')
        self.assertEqual(issued.main_content_id._check_signatures(), {issued.main_content_id.id: 'valid'})
        inside = issued.dispatch_ids.filtered(lambda line: line.channel == 'inside')
        self.assertEqual(inside.sudo().incoming_id.company_id, self.env.ref('civic_demo.agency_snv'))
        self.assertTrue(drafted.filtered(lambda document: document.with_user(document.signer_id).can_sign))

    def test_acts_were_done_by_the_people_and_at_their_time(self):
        done = self.documents.filtered(lambda document: document.state == 'done')[0]
        clerks = self.env['res.users'].search([('group_ids', 'in', self.env.ref('civic_base.group_clerk').ids)])
        self.assertIn(done.registered_by_id, clerks)
        self.assertEqual(
            fields.Datetime.context_timestamp(done.with_context(tz='Asia/Ho_Chi_Minh'), done.registered_at).date(),
            done.arrival_date)
        self.assertLess(done.create_date, done.registered_at)
        self.assertLess(done.registered_at, done.done_at)
        lines = self.env['civic.journal.entry'].search([('res_model', '=', done._name), ('res_id', '=', done.id)])
        by_event = {line.event_type: line.user_id for line in lines}
        self.assertEqual(by_event['registration'], done.registered_by_id)
        self.assertIn(by_event['assignment'], self.env['res.users'].search([
            ('group_ids', 'in', (self.env.ref('civic_base.group_leader') | self.env.ref('civic_base.group_unit_head')).ids)]))
        self.assertNotIn(self.env.ref('base.user_root'), lines.user_id)

    def test_the_journal_verifies(self):
        seals = self.env['civic.journal.seal']
        while seals._seal_batch():
            pass
        stream = io.BytesIO()
        seals._export(stream)
        report = verify(stream.getvalue().decode().splitlines(keepends=True))
        self.assertEqual(report.findings, [])

    def test_frozen_months_agree_with_the_documents_and_the_journal(self):
        months = self.env['civic.kpi.period'].search([('kind', '=', 'month'), ('state', '=', 'closed')])
        manager = self.env.ref('civic_demo.user_quanly')
        for month in months:
            month.with_user(manager).action_verify()
        told = self.env['civic.kpi.value'].search([('period_id', 'in', months.ids), ('journal_numerator', '>', 0)])
        self.assertLessEqual({'ONTIME', 'PERDAY', 'FLOW1', 'FLOW4'}, set(told.indicator_id.mapped('code')))
        differing = self.env['civic.kpi.value'].search([
            ('period_id', 'in', months.ids), '|', ('agrees', '=', False), ('journal_state', '=', 'differs')])
        self.assertFalse(differing, differing.mapped('difference_note'))
        self.assertEqual(set(months.mapped('journal_difference_count') + months.mapped('difference_count')), {0})

    def test_figures_tell_the_days_that_have_passed(self):
        done = self.documents.filtered(lambda document: document.direction == 'incoming' and document.state == 'done')
        self.env.cr.execute(
            "SELECT count(*), count(days_handled) FROM civic_document WHERE id = ANY(%s)", [done.ids])
        count, known = self.env.cr.fetchone()
        self.assertTrue(count)
        self.assertEqual(known, count)

    def test_text_of_the_papers_is_found(self):
        document = self.documents.filtered(lambda document: document.state == 'done')[0]
        found = self.env['civic.document'].search([('search_text', 'ilike', document.reference)])
        self.assertIn(document, found)

    def test_no_mail_leaves(self):
        self.assertFalse(self.env.ref('mail.ir_cron_mail_scheduler_action').active)
        domains = {email.rpartition('@')[2] for email in self.env['res.users'].search(
            [('login', 'in', [person.login for person in city.PEOPLE])]).mapped('email')}
        self.assertEqual(domains, {'demo.example'})

    def test_nobody_answers_after_the_lead_unit_finished_whatever_the_day(self):
        """Co-ordinators have nothing left to answer then: a city loaded on such a day would stop half-way."""
        office = self.env.ref('civic_demo.agency_ubnd')
        the_loader = loader._Loader(self.env, False)
        compared = 0
        for days in range(45):
            anchor = fields.Date.today() - timedelta(days=days)
            acts = the_loader._plan_acts(loader.writer.write_city(anchor, SCALE, is_working_day=office._is_working_day))
            leads = {}
            for act in acts:
                if act.name == 'finish':
                    self.assertNotIn(act.letter.key, leads, f"{anchor}: {act.login} finishes after the lead unit")
                    if act.values['result'] == act.letter.result:
                        leads[act.letter.key] = act
                    else:
                        compared += 1
        self.assertGreater(compared, 10)

    def test_a_second_load_adds_nothing(self):
        models = ('civic.document', 'res.users', 'hr.employee', 'res.partner', 'civic.organ.code', 'ir.attachment')
        before = [self.env[model].with_context(active_test=False).search_count([]) for model in models]
        tomorrow = fields.Date.today() + timedelta(days=1)
        self.assertEqual(load(self.env, SCALE, today=tomorrow, commit=False), 0)
        self.assertEqual(before, [self.env[model].with_context(active_test=False).search_count([]) for model in models])


@tagged('post_install', '-at_install')
class TestInterruptedLoad(TransactionCase):

    def test_a_load_goes_on_where_it_stopped(self):
        """Progress is saved with the acts, so that none is done twice or left out."""
        perform, count = loader._Loader._perform, 0

        def stumble(self, act):
            nonlocal count
            count += 1
            if count == 12:
                raise KeyboardInterrupt
            perform(self, act)

        # assertRaises would roll back what was saved
        with patch.object(loader, 'ACTS_PER_COMMIT', 1), patch.object(loader._Loader, '_perform', stumble), \
                contextlib.suppress(KeyboardInterrupt):
            load(self.env, 0.01, commit=False)
        settings = json.loads(self.env['ir.config_parameter'].get_param(loader.STATE_KEY))
        self.assertEqual(settings['acts'], 11)
        self.assertNotIn('complete', settings)
        load(self.env, 0.01, commit=False)
        settings = json.loads(self.env['ir.config_parameter'].get_param(loader.STATE_KEY))
        self.assertTrue(settings['complete'])
        documents = self.env['ir.model.data'].search([('module', '=', loader.XMLID_MODULE), ('model', '=', 'civic.document')])
        letters = loader.writer.write_city(
            fields.Date.to_date(settings['today']), 0.01,
            is_working_day=self.env.ref('civic_demo.agency_ubnd')._is_working_day)
        names = {name for name in documents.mapped('name') if name.startswith('document_')}
        self.assertEqual(names, {f'document_{letter.key}' for letter in letters})


@tagged('post_install', '-at_install')
class TestTakenLogin(TransactionCase):

    def test_real_people_are_left_alone(self):
        clerk = new_test_user(self.env, 'vanthu', groups='base.group_user', password='a real secret')
        with self.assertRaisesRegex(UserError, 'vanthu'):
            load(self.env, SCALE, commit=False)
        self.assertTrue(clerk.with_user(clerk)._check_credentials(
            {'type': 'password', 'login': 'vanthu', 'password': 'a real secret'}, {'interactive': False}))
        self.assertFalse(self.env.ref('civic_demo.agency_ubnd', raise_if_not_found=False))
