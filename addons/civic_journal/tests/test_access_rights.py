from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tests import tagged

from .common import AUDITORS, MODELS, ROLES, JournalCase


@tagged('post_install', '-at_install')
class TestAccessRights(JournalCase):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.theirs = cls.paper.copy({'company_id': cls.ward.id})
        cls.our_line = cls.journal._append('creation', cls.paper)
        cls.their_line = cls.journal._append('creation', cls.theirs)
        cls.seal = cls.seals._seal_batch()

    def domain_of(self, paper):
        return [('res_model', '=', 'res.partner'), ('res_id', '=', paper.id)]

    def test_auditors_read_the_lines_of_their_own_agency_alone(self):
        for role in ROLES:
            journal = self.journal.with_user(self.users[role])
            with self.subTest(role=role):
                found = journal.search([('id', 'in', (self.our_line + self.their_line).ids)])
                self.assertEqual(found.ids, self.our_line.ids if role in AUDITORS else [])
                self.assertFalse(journal.search(self.domain_of(self.theirs)))
                with self.assertRaises(AccessError):
                    self.their_line.with_user(self.users[role]).read(['agent'])
                if role in AUDITORS:
                    self.our_line.with_user(self.users[role]).read(['agent', 'remote_ip'])
                else:
                    with self.assertRaises(AccessError):
                        self.our_line.with_user(self.users[role]).read(['agent'])
        self.assertEqual(
            self.journal.with_user(self.stranger).search(Domain('id', '>=', self.our_line.id)),
            self.their_line)

    def test_who_is_no_auditor_counts_and_groups_nothing(self):
        journal = self.journal.with_user(self.users['clerk'])
        self.assertFalse(journal.search_count([]))
        self.assertFalse(journal._read_group([], ['event_type'], ['__count']))
        self.assertFalse(journal.search([('res_id', '=', self.paper.id)]))

    def test_who_may_read_a_paper_may_read_its_journal(self):
        specialist = self.users['specialist']
        journal = self.journal.with_user(specialist)
        with self.journal_open_for_papers():
            self.assertEqual(journal.search(self.domain_of(self.paper)).ids, self.our_line.ids)
            self.assertEqual(journal.search([('id', 'in', self.our_line.ids)]).ids, self.our_line.ids)
            self.our_line.with_user(specialist).read(['agent', 'event_type'])
            self.assertFalse(journal.search(self.domain_of(self.theirs)))
            self.assertFalse(journal.search([]))
            with self.assertRaises(AccessError):
                self.our_line.with_user(specialist).read(['remote_ip'])
            # the right to the paper goes, the right to its lines goes with it
            self.env['ir.rule'].create({
                'name': "Nobody", 'model_id': self.env['ir.model']._get_id('res.partner'),
                'domain_force': f"[('id', '!=', {self.paper.id})]"})
            self.env.invalidate_all()
            self.assertFalse(journal.search(self.domain_of(self.paper)))
            with self.assertRaises(AccessError):
                self.our_line.with_user(specialist).read(['agent'])

    def test_the_button_opens_the_lines_of_the_paper(self):
        open_journal = self.registry['civic.journal.mixin'].action_open_journal
        action = open_journal(self.paper.with_user(self.users['specialist']))
        self.assertEqual(action['res_model'], 'civic.journal.entry')
        with self.journal_open_for_papers():
            lines = self.journal.with_user(self.users['specialist']).search(action['domain'])
        self.assertEqual(lines.ids, self.our_line.ids)
        with self.assertRaises(AccessError):
            open_journal(self.theirs.with_user(self.users['specialist']))

    def test_the_screen_offers_the_network_address_to_auditors_alone(self):
        views = [(False, 'list'), (False, 'form'), (False, 'search')]
        for role in ROLES:
            with self.subTest(role=role):
                archs = self.journal.with_user(self.users[role]).get_views(views)['views']
                self.assertEqual(
                    {'remote_ip' in view['arch'] for view in archs.values()}, {role in AUDITORS})

    def test_seals_are_for_auditors(self):
        for role in ROLES:
            seal = self.seal.with_user(self.users[role])
            with self.subTest(role=role):
                if role in AUDITORS:
                    seal.read(['number', 'digest'])
                    self.assertEqual(
                        seal.line_ids.filtered(
                            lambda line: line.entry_number >= self.our_line.id
                        ).mapped('entry_number'),
                        self.our_line.ids)
                    self.assertEqual(seal.action_verify()['params']['type'], 'success')
                else:
                    with self.assertRaises(AccessError):
                        seal.read(['number'])
                    with self.assertRaises(AccessError):
                        seal.action_verify()

    def test_the_object_of_a_line_opens_for_who_may_read_it(self):
        line = self.our_line.with_user(self.users['records_admin'])
        self.assertEqual(line.action_open_object()['res_id'], self.paper.id)
        with self.assertRaises(AccessError):
            self.their_line.with_user(self.users['records_admin']).action_open_object()

    def test_nobody_changes_anything(self):
        for role in ROLES:
            user = self.users[role]
            for model in MODELS:
                for operation in ('create', 'write', 'unlink'):
                    with self.subTest(role=role, model=model, operation=operation):
                        self.assertFalse(self.env[model].with_user(user).has_access(operation))
