# pylint: disable=invalid-commit  # ScratchJournal: real transactions in a schema of its own
import io
import json
from contextlib import contextmanager
from unittest.mock import patch
from uuid import uuid4

from odoo import SUPERUSER_ID, api
from odoo.tests import TransactionCase, new_test_user
from odoo.tools import SQL, mute_logger

from odoo.addons.civic_journal.tools.verify_journal import verify

ROLES = ('specialist', 'clerk', 'unit_head', 'leader', 'archivist', 'manager', 'records_admin')
AUDITORS = ('archivist', 'manager', 'records_admin')
MODELS = ('civic.journal.entry', 'civic.journal.seal', 'civic.journal.seal.line')
TABLES = ('civic_journal_entry', 'civic_journal_seal', 'civic_journal_seal_line')


class JournalTown:
    """Two agencies, one person per role in the first, and papers to act upon."""

    @classmethod
    def build_town(cls):
        cls.journal = cls.env['civic.journal.entry']
        cls.seals = cls.env['civic.journal.seal']
        cls.office, cls.ward = cls.env['res.company'].create([
            {'name': "Ủy ban nhân dân Thành phố"}, {'name': "Ủy ban nhân dân Phường Bến Thành"}])
        cls.users = {
            role: new_test_user(
                cls.env, login=f'journal_{role}', password=f'journal_{role}',
                groups=f'civic_base.group_{role}', company_id=cls.office.id,
                company_ids=[(6, 0, cls.office.ids)])
            for role in ROLES
        }
        cls.stranger = new_test_user(
            cls.env, login='journal_stranger', password='journal_stranger',
            groups='civic_base.group_records_admin', company_id=cls.ward.id,
            company_ids=[(6, 0, cls.ward.ids)])
        cls.papers = cls.env['res.partner'].create([
            {'name': f"Công văn số {index}", 'company_id': cls.office.id} for index in range(50)])
        cls.paper = cls.papers[0]

    def seal_all(self, limit=2000):
        sealed = self.seals
        while seal := self.seals._seal_batch(limit):
            sealed |= seal
        return sealed

    def export(self, **options):
        """Return the export as a list of values."""
        output = io.BytesIO()
        self.seals._export(output, **options)
        return [json.loads(text) for text in output.getvalue().splitlines()]

    def check(self, values, **options):
        return verify([json.dumps(value) for value in values], **options)

    @contextmanager
    def without_protection(self):
        """Do what the owner of the tables can do: switch the triggers off."""
        for table in TABLES:
            self.env.cr.execute(SQL("ALTER TABLE %s DISABLE TRIGGER USER", SQL.identifier(table)))
        yield
        with mute_logger('odoo.addons.civic_journal.models.civic_journal_frozen'):
            for model in MODELS:
                self.env[model].init()
        self.env.invalidate_all()

    @contextmanager
    def journal_open_for_papers(self):
        """Treat partners as objects that show their journal; this add-on has none itself."""
        with patch.object(
            self.registry['civic.journal.entry'], '_shows_journal',
            lambda self, model: model._name == 'res.partner',
        ):
            yield


class JournalCase(JournalTown, TransactionCase):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.build_town()


class ScratchJournal:
    """The journal's tables once more, in a schema of their own, for real transactions.

    Committed lines cannot be removed, so a test that commits must not write to the
    journal of the database it runs in. Dropping the schema removes all of it.
    """

    def __init__(self, registry):
        self._open = registry.cursor         # a test may replace the registry's
        self.schema = f'civic_journal_scratch_{uuid4().hex[:12]}'
        self.cursors = []

    def __enter__(self):
        cr = self._open()
        self.cursors.append(cr)
        cr.execute(SQL("CREATE SCHEMA %s", SQL.identifier(self.schema)))
        for table in TABLES:
            sequence = SQL.identifier(self.schema, f'{table}_id_seq')
            cr.execute(SQL(
                "CREATE TABLE %s (LIKE %s INCLUDING ALL)",
                SQL.identifier(self.schema, table), SQL.identifier('public', table)))
            cr.execute(SQL("CREATE SEQUENCE %s", sequence))
            cr.execute(SQL(
                "ALTER TABLE %s ALTER id SET DEFAULT nextval(%s)",
                SQL.identifier(self.schema, table), f'{self.schema}.{table}_id_seq'))
        self._enter_schema(cr)
        env = api.Environment(cr, SUPERUSER_ID, {})
        for model in MODELS:
            env[model].init()
        cr.commit()
        return self

    def __exit__(self, *exception):
        for cr in self.cursors[1:]:
            if not cr.closed:
                cr.close()          # rolls back
        cr = self.cursors[0]
        cr.rollback()
        cr.execute(SQL("DROP SCHEMA %s CASCADE", SQL.identifier(self.schema)))
        cr.commit()
        cr.close()

    def _enter_schema(self, cr):
        # the connection pool resets it when somebody else takes the connection
        cr.execute(SQL("SET search_path TO %s, public", SQL.identifier(self.schema)))

    def cursor(self):
        """Open a real cursor that sees the scratch journal."""
        cr = self._open()
        self.cursors.append(cr)
        self._enter_schema(cr)
        cr.commit()
        return cr

    def env(self):
        return api.Environment(self.cursor(), SUPERUSER_ID, {})
