from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, tagged

from odoo.addons.civic_document.tests.pdf import make_pdf

from .intake_common import CivicIntakeCommon, make_mail


@tagged('post_install', '-at_install')
class TestIntakeAccess(CivicIntakeCommon, HttpCase):

    def _receive(self):
        return self._deliver(make_mail(("a.pdf", make_pdf("MOT"), 'application/pdf')))

    def test_who_sees_arrivals_and_folders(self):
        arrival = self._receive().arrival_ids
        for role, user in self.users.items():
            with self.subTest(role=role):
                is_allowed = role in ('clerk', 'records_admin')
                self.assertEqual(arrival.with_user(user).has_access('read'), is_allowed)
                self.assertEqual(self.folder.with_user(user).has_access('read'), is_allowed)
                for operation in ('write', 'create', 'unlink'):
                    self.assertFalse(arrival.with_user(user).has_access(operation))
                for operation in ('write', 'create'):
                    self.assertEqual(self.folder.with_user(user).has_access(operation), role == 'records_admin')
        self.assertFalse(arrival.with_user(self.foreign_clerk).has_access('read'))
        self.assertFalse(self.folder.with_user(self.foreign_clerk).has_access('read'))

    def test_arrival_of_a_document_for_named_people_is_closed_to_clerks(self):
        document = self._receive()
        arrival = document.arrival_ids
        document.with_user(self.clerk).write({'user_ids': [(6, 0, self.leader.ids)], 'access_level': 'restricted'})
        self.assertFalse(arrival.with_user(self.second_clerk).has_access('read'))
        self.assertTrue(arrival.with_user(self.records_admin).has_access('read'))

    def test_nobody_makes_changes_or_removes_arrivals(self):
        arrival = self._receive().arrival_ids
        admin = self.env.ref('base.user_admin')
        for user in (self.records_admin, admin):
            with self.subTest(user=user.login):
                with self.assertRaises(AccessError):
                    arrival.with_user(user).write({'state': 'refused'})
                with self.assertRaises(AccessError):
                    arrival.with_user(user).create({'name': "x", 'kind': 'scan', 'company_id': self.agency.id})
        with self.assertRaises(UserError):
            arrival.unlink()

    def test_records_administrator_makes_folders_of_the_own_agency_only(self):
        folders = self.env['civic.scan.folder'].with_user(self.records_admin)
        folder = folders.create({'name': "x", 'path': 'ubnd/may-2', 'company_id': self.agency.id})
        with self.assertRaises(AccessError):
            folders.create({'name': "y", 'path': 'svh/may-1', 'company_id': self.other_agency.id})
        with self.assertRaises(UserError):
            folder.write({'company_id': self.other_agency.id})
        with self.assertRaises(AccessError):
            folder.write({'seen': {}})
        with self.assertRaises(AccessError):
            self.folder.with_user(self.clerk).write({'path': 'elsewhere'})

    def test_only_clerks_wake_the_job_and_read_again(self):
        arrival = self._receive().arrival_ids
        self.folder.with_user(self.clerk).action_take_now()
        for user in (self.specialist, self.leader, self.foreign_clerk):
            with self.subTest(user=user.login):
                with self.assertRaises(AccessError):
                    self.folder.with_user(user).action_take_now()
                with self.assertRaises(AccessError):
                    arrival.with_user(user).action_retry()
        with self.assertRaisesRegex(UserError, "cannot be read again"):
            arrival.with_user(self.clerk).action_retry()

    def test_address_is_set_by_who_may_change_the_agency(self):
        self.agency.incoming_alias_name = 'vanbanden'
        self.assertEqual(self.agency.incoming_alias_email, 'vanbanden@hoaphuong.gov.vn')
        for user in (self.clerk, self.foreign_clerk):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self.agency.with_user(user).incoming_alias_name = 'khac'
        self.agency.incoming_alias_name = False
        self.assertFalse(self.env['mail.alias'].search([('alias_name', '=', 'vanbanden')]))

    def test_bytes_of_an_arrival_have_one_door(self):
        arrival = self._receive().arrival_ids
        attachment = arrival.attachment_id
        url = arrival.action_download()['url']
        for user in (self.clerk, self.records_admin):
            with self.assertRaises(AccessError):
                attachment.with_user(user).read(['raw'])
            self.assertFalse(self.env['ir.attachment'].with_user(user).search([('id', '=', attachment.id)]))
        self.authenticate(self.clerk.login, self.clerk.login)
        answer = self.url_open(url)
        self.assertEqual(answer.content, attachment.raw)
        self.assertIn('attachment', answer.headers['Content-Disposition'])
        self.assertEqual(self.url_open(f'/web/content/{attachment.id}').status_code, 404)
        line = self.env['civic.journal.entry'].search([
            ('res_model', '=', 'civic.arrival'), ('res_id', '=', arrival.id), ('event_type', '=', 'download')])
        self.assertEqual(line.user_id.id, self.clerk.id)
        for user in (self.specialist, self.leader, self.foreign_clerk):
            with self.subTest(user=user.login):
                self.authenticate(user.login, user.login)
                self.assertEqual(self.url_open(url).status_code, 404)

    def test_separator_sheets_are_printed_by_who_asked_for_them(self):
        wizard = self.env['civic.separator.wizard'].with_user(self.clerk).create({
            'urgency': 'urgent', 'arrival_channel': 'hand', 'copies': 2})
        url = wizard.action_print()['url']
        self.authenticate(self.clerk.login, self.clerk.login)
        answer = self.url_open(url)
        self.assertEqual(answer.headers['Content-Type'], 'application/pdf')
        self.assertTrue(answer.content.startswith(b'%PDF'))
        self.authenticate(self.second_clerk.login, self.second_clerk.login)
        self.assertEqual(self.url_open(url).status_code, 404)
        with self.assertRaises(UserError):
            wizard.write({'copies': 100000})
            wizard.action_print()
