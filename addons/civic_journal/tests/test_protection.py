from psycopg2.errors import InsufficientPrivilege

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import SQL, mute_logger

from .common import MODELS, TABLES, JournalCase


@tagged('post_install', '-at_install')
class TestProtection(JournalCase):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.journal._append('creation', cls.papers)
        cls.seals._seal_batch()

    def test_the_orm_refuses_also_the_superuser(self):
        self.assertTrue(self.env.su)
        for model in MODELS:
            rows = self.env[model].search([], limit=2)
            self.assertTrue(rows)
            name = next(iter(rows._fields))
            for what, act in {
                'create': lambda rows=rows: rows.create({}),
                'create many': lambda rows=rows: rows.create([{}, {}]),
                'write': lambda rows=rows, name=name: rows.write({name: False}),
                'assign': lambda rows=rows: rows[0].update({'company_id': self.ward.id}),
                'unlink': lambda rows=rows: rows.unlink(),
                'copy': lambda rows=rows: rows[0].copy(),
            }.items():
                if what == 'assign' and 'company_id' not in rows._fields:
                    continue
                with self.subTest(model=model, what=what), self.assertRaises(AccessError):
                    act()

    def test_the_database_refuses_raw_sql(self):
        for table in TABLES:
            for statement in ("UPDATE %s SET id = id", "DELETE FROM %s", "TRUNCATE %s",
                              "TRUNCATE %s CASCADE"):
                with (
                    self.subTest(table=table, statement=statement),
                    mute_logger('odoo.sql_db'),
                    self.assertRaisesRegex(InsufficientPrivilege, "append-only"),
                    self.env.cr.savepoint(),
                ):
                    self.env.cr.execute(SQL(statement, SQL.identifier(table)))

    def test_the_triggers_fire_in_replica_mode_too(self):
        rows = self.env.execute_query(SQL(
            """
            SELECT tgrelid::regclass::text, count(*) FROM pg_trigger
            WHERE tgname LIKE 'civic_journal_%%' AND tgenabled = 'A'
                AND tgrelid::regclass::text = ANY(%s)
            GROUP BY 1 ORDER BY 1
            """, list(TABLES)))
        self.assertEqual(rows, [
            ('civic_journal_entry', 3), ('civic_journal_seal', 2), ('civic_journal_seal_line', 2)])

    def test_a_dropped_trigger_comes_back_with_a_warning(self):
        self.env.cr.execute("DROP TRIGGER civic_journal_refuse_change ON civic_journal_entry")
        self.env.cr.execute(
            "ALTER TABLE civic_journal_seal DISABLE TRIGGER civic_journal_refuse_change")
        with self.assertLogs('odoo.addons.civic_journal', 'WARNING') as logs:
            self.journal.init()
            self.seals.init()
        self.assertIn('civic_journal_refuse_change', logs.output[0])
        self.assertEqual(len(logs.output), 2)
        self.test_the_triggers_fire_in_replica_mode_too()
        self.test_the_database_refuses_raw_sql()

    def test_no_other_row_can_reach_into_a_line(self):
        """A foreign key with cascade or set null would change lines; none is there."""
        rows = self.env.execute_query(SQL(
            "SELECT conname FROM pg_constraint WHERE contype = 'f' AND conrelid::regclass::text = ANY(%s)",
            list(TABLES)))
        self.assertFalse(rows)

    def test_deleting_the_object_leaves_its_lines(self):
        lines = self.journal.search([('res_model', '=', 'res.partner'), ('res_id', '=', self.paper.id)])
        self.paper.unlink()
        self.env.invalidate_all()
        self.assertEqual(lines[-1].object_ref, "Công văn số 0")
        with self.assertRaises(UserError):
            lines[-1].action_open_object()

    def test_people_and_agencies_in_the_journal_cannot_be_deleted(self):
        clerk = self.users['clerk']
        self.journal.with_user(clerk)._append('access', self.paper)
        with self.assertRaises(UserError):
            clerk.unlink()
        with self.assertRaises(UserError):
            self.office.unlink()
        self.users['leader'].unlink()

    def test_a_word_that_goes_with_its_addon_stays_in_the_lines(self):
        """Uninstalling an add-on that brought an event type changes no line."""
        field = self.journal._fields['event_type']
        value = self.env['ir.model.fields.selection'].search([
            ('field_id.model', '=', 'civic.journal.entry'), ('field_id.name', '=', 'event_type'),
            ('value', '=', 'creation')])
        self.assertTrue(value)
        self.patch(field, 'ondelete', {'creation': 'set null'})
        value._process_ondelete()
        self.assertTrue(self.journal.search([('event_type', '=', 'creation')], limit=1))

    def test_the_journal_cannot_be_uninstalled(self):
        for name in ('civic_journal', 'civic_base'):
            with self.assertRaisesRegex(UserError, "cannot be uninstalled"):
                self.env['ir.module.module']._get(name).button_uninstall()
        self.assertEqual(self.env['ir.module.module']._get('civic_journal').state, 'installed')
