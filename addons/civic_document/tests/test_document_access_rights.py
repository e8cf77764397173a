from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import CivicDocumentCommon

# Who reads what. The specialist, unit head, archivist, manager and administrator work in the culture unit,
# the other specialist in the finance unit; the clerk registered all but `entered`, which the second clerk typed in.
PEOPLE = (
    'specialist', 'other_specialist', 'unit_head', 'clerk', 'second_clerk', 'leader', 'archivist', 'manager',
    'records_admin', 'foreign_clerk', 'foreign_leader',
)
READERS = {
    'agency': {
        'specialist', 'other_specialist', 'unit_head', 'clerk', 'second_clerk', 'leader', 'archivist', 'manager',
        'records_admin',
    },
    'of_culture': {
        'specialist', 'unit_head', 'clerk', 'second_clerk', 'leader', 'archivist', 'manager', 'records_admin'},
    'of_finance': {'other_specialist', 'clerk', 'second_clerk', 'leader', 'manager', 'records_admin'},
    'for_one': {'other_specialist', 'clerk', 'leader', 'records_admin'},
    'entered': {'second_clerk', 'leader', 'records_admin'},
    'foreign': {'foreign_clerk', 'foreign_leader'},
}
WRITERS = {'clerk', 'second_clerk', 'foreign_clerk'}


@tagged('post_install', '-at_install')
class TestDocumentAccessRights(CivicDocumentCommon):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        named = {'access_level': 'restricted', 'user_ids': [Command.link(cls.other_specialist.id)]}
        cls.documents = {
            'agency': cls._create_registered(),
            'of_culture': cls._create_registered(access_level='unit', unit_id=cls.unit_culture.id),
            'of_finance': cls._create_registered(access_level='unit', unit_ids=[Command.link(cls.unit_finance.id)]),
            'for_one': cls._create_registered(**named),
            'entered': cls._create_document(cls.second_clerk, access_level='restricted'),
            'foreign': cls._create_registered(cls.foreign_clerk),
        }

    def _for_each(self, check):
        """Call the check with each person, document and whether the person may read it."""
        for name, readers in READERS.items():
            for login in PEOPLE:
                user = getattr(self, login)
                document = self.documents[name].with_user(user).with_context(allowed_company_ids=user.company_ids.ids)
                with self.subTest(document=name, login=login):
                    check(login, document, login in readers)

    def test_reading_and_finding(self):
        def check(_login, document, may_read):
            found = document.search([('id', '=', document.id)])
            self.assertEqual(bool(found), may_read)
            self.assertEqual(document.search_count([('id', '=', document.id)]), int(may_read))
            self.assertEqual(bool(document.name_search("Về việc phê duyệt", [('id', '=', document.id)])), may_read)
            groups = document._read_group([('id', '=', document.id)], ['direction'], ['__count'])
            self.assertEqual(bool(groups), may_read)
            document.invalidate_recordset()
            if may_read:
                self.assertEqual(document.read(['subject'])[0]['subject'], document.subject)
            else:
                for act in (
                    lambda: document.read(['subject']),
                    lambda: document.web_read({'subject': {}}),
                    lambda: document.display_name,
                ):
                    with self.assertRaises(AccessError):
                        act()

        self._for_each(check)

    def test_writing_is_for_clerks_who_may_read(self):
        def check(login, document, may_read):
            if may_read and login in WRITERS:
                document.write({'description': f"Ghi chú của {login}"})
            else:
                with self.assertRaises(AccessError):
                    document.write({'description': "Không được"})

        self._for_each(check)

    def test_creating_is_for_clerks(self):
        for login in PEOPLE:
            user = getattr(self, login)
            documents = self.env['civic.document'].with_user(user)
            values = self._prepare_document(company_id=user.company_id.id)
            with self.subTest(login=login):
                if login in WRITERS:
                    self.assertTrue(documents.create(values))
                else:
                    with self.assertRaises(AccessError):
                        documents.create(values)

    def test_nobody_creates_for_another_agency(self):
        with self.assertRaises(AccessError):
            self.env['civic.document'].with_user(self.clerk).create(
                self._prepare_document(company_id=self.other_agency.id))
        with self.assertRaises(UserError):
            self._create_document().company_id = self.other_agency

    def test_portal_and_public_have_nothing(self):
        portal = self.env['res.users'].create({
            'name': "Citizen", 'login': 'town_citizen', 'group_ids': [Command.set(self.env.ref('base.group_portal').ids)]})
        for user in (portal, self.env.ref('base.public_user')):
            for operation in ('read', 'write', 'create', 'unlink'):
                with self.subTest(user=user.login, operation=operation):
                    self.assertFalse(self.env['civic.document'].with_user(user).has_access(operation))

    def test_messages_followers_and_attachments_follow_the_document(self):
        for document in self.documents.values():
            document.message_post(body="Ý kiến nội bộ", message_type='comment')
            document._message_subscribe(self.leader.partner_id.ids)
        attachments = {
            name: self.env['ir.attachment'].create({
                'name': 'ghi-chu.txt', 'raw': b'x', 'res_model': 'civic.document', 'res_id': document.id})
            for name, document in self.documents.items()
        }
        of_document = {document.id: attachments[name] for name, document in self.documents.items()}

        def check(_login, document, may_read):
            env = document.env
            messages = self.env['mail.message'].sudo().search([
                ('model', '=', 'civic.document'), ('res_id', '=', document.id)])
            followers = self.env['mail.followers'].sudo().search([
                ('res_model', '=', 'civic.document'), ('res_id', '=', document.id)])
            for records in (messages, followers, of_document[document.id]):
                records = records.with_env(env)
                records.invalidate_recordset()
                self.assertEqual(records.has_access('read'), may_read, records._name)
                found = records.search([
                    ('id', 'in', records.ids),
                    ('model' if records._name == 'mail.message' else 'res_model', '=', 'civic.document'),
                    ('res_id', '=', document.id),
                ])
                self.assertEqual(bool(found), may_read, records._name)

        self._for_each(check)
        stray = self.env['mail.followers'].with_user(self.specialist).search([]).sudo()
        self.assertNotIn('civic.document', stray.mapped('res_model'))

    def test_who_reads_may_comment(self):
        def check(_login, document, may_read):
            if may_read:
                self.assertTrue(document.message_post(body="Đã đọc", message_type='comment'))
            else:
                with self.assertRaises(AccessError):
                    document.message_post(body="Không được", message_type='comment')

        self._for_each(check)

    def test_nobody_is_told_what_they_may_not_read(self):
        document = self.documents['for_one']
        people = self.leader | self.specialist | self.other_specialist
        document._message_subscribe((people.partner_id | self.citizen).ids)
        message = document.message_post(
            body="Ý kiến", message_type='comment', subtype_xmlid='mail.mt_comment',
            partner_ids=(self.manager.partner_id | self.other_specialist.partner_id).ids)
        self.assertEqual(
            message.notified_partner_ids, self.leader.partner_id | self.other_specialist.partner_id)

    def test_followers_must_be_able_to_read(self):
        document = self.documents['for_one'].with_user(self.clerk)
        for partner in (self.specialist.partner_id, self.citizen):
            with self.subTest(partner=partner.name), self.assertRaisesRegex(UserError, "cannot follow"):
                document.message_subscribe(partner.ids)
        document.message_subscribe(self.leader.partner_id.ids)
        self.assertIn(self.leader.partner_id, document.message_partner_ids)

    def test_a_new_post_changes_rights_at_once(self):
        """Annex VI, IV.1.đ (rule 93)."""
        document = self.documents['of_culture'].with_user(self.specialist)
        self.assertTrue(document.has_access('read'))
        employee = self.env['hr.employee'].search([('user_id', '=', self.specialist.id)])
        employee.department_id = self.unit_finance
        document.invalidate_recordset()
        self.assertFalse(document.has_access('read'))
        self.assertTrue(self.documents['of_finance'].with_user(self.specialist).has_access('read'))

    def test_the_journal_follows_the_document(self):
        def check(login, document, may_read):
            if login in ('archivist', 'manager', 'records_admin'):
                return                          # auditors: the journal has rights of its own
            lines = document.env['civic.journal.entry'].search([
                ('res_model', '=', 'civic.document'), ('res_id', '=', document.id)])
            self.assertEqual(bool(lines), may_read)

        self._for_each(check)
