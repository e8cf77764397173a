"""Every way to change anything, found by introspection, tried on a held file and on its free twin.

For each model that a held file consists of: create, write of each stored field, unlink, copy, and every public method that begins
with ``action_`` — and every transient form that points at one of them, with its own actions. After each try the
rows of the file are compared, byte by byte, with what they were. The twin shows that the tries are no blanks.
"""
import inspect
from datetime import date

import psycopg2

from odoo import fields
from odoo.models import MAGIC_COLUMNS, BaseModel
from odoo.tests import tagged
from odoo.tools import SQL, mute_logger

from ..models.civic_hold_guard import FREE_RELATIONS, GUARDED_MODELS, MAY_CHANGE
from .common import CivicRetentionCommon

FINGERPRINT = """
SELECT md5(string_agg(row, '|' ORDER BY row)) FROM (
    SELECT (to_jsonb(f) - %(workfile)s::text[])::text AS row FROM civic_workfile f WHERE id = %(file)s
     UNION ALL
    SELECT (to_jsonb(e) - ARRAY['write_uid', 'write_date'])::text FROM civic_workfile_entry e WHERE workfile_id = %(file)s
     UNION ALL
    SELECT (to_jsonb(d) - %(document)s::text[])::text FROM civic_document d WHERE id = %(paper)s
     UNION ALL
    SELECT (to_jsonb(c) - %(content)s::text[])::text FROM civic_content c WHERE document_id = %(paper)s
     UNION ALL
    SELECT (to_jsonb(a) - ARRAY['write_uid', 'write_date'])::text FROM ir_attachment a
     WHERE res_model = 'civic.content' AND res_id IN (SELECT id FROM civic_content WHERE document_id = %(paper)s)
) rows
"""


class RolledBack(Exception):
    pass


@tagged('post_install', '-at_install')
class TestHoldMatrix(CivicRetentionCommon):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.held, cls.twin, cls.third = (cls._create_filled(date(2016, 6, 5), closed=False) for _ in range(3))
        cls._create_hold(cls.held)

    def _get_fingerprint(self, file, paper):
        self.env.cr.execute(FINGERPRINT, {
            'file': file.id, 'paper': paper.id, 'workfile': list(MAY_CHANGE['civic_workfile']),
            'document': list(MAY_CHANGE['civic_document']), 'content': list(MAY_CHANGE['civic_content'])})
        return self.env.cr.fetchone()[0]

    def _try(self, file, act):
        """Do the act in a savepoint that is rolled back; return whether the rows of the file were changed by it."""
        paper = self.papers[file]
        before = self._get_fingerprint(file, paper)
        after = []
        with mute_logger('odoo.sql_db', 'odoo.models.unlink', 'odoo.addons.civic_document'):
            try:
                with self.env.cr.savepoint():
                    act()
                    self.env.flush_all()
                    after.append(self._get_fingerprint(file, paper))
                    raise RolledBack
            except Exception as error:      # pylint: disable=broad-except  # any refusal will do
                self.refusals.append(error)
        self.env.invalidate_all()
        return bool(after) and after[0] != before

    def _get_targets(self, file):
        paper = self.papers[file]
        return {
            'civic.workfile': file, 'civic.workfile.entry': file.entry_ids, 'civic.document': paper,
            'civic.content': paper.content_ids}

    def _get_acts(self, file):
        """Yield (label, function): everything that could change the file."""
        for name, records in self._get_targets(file).items():
            for user in (self.env.user, self.archivist, self.records_admin, self.specialist, self.clerk):
                own = records.with_user(user).with_company(self.agency).with_context(active_ids=records.ids, active_id=records.id)
                who = user.login if user != self.env.user else 'superuser'
                yield f'{name}.unlink {who}', own.unlink
                yield f'{name}.copy {who}', own.copy
                for field_name, value in self._get_values(own):
                    vals = {field_name: value}
                    yield f'{name}.write {field_name} {who}', lambda own=own, vals=vals: own.write(vals)
                for method in self._get_actions(own):
                    yield f'{name}.{method} {who}', lambda own=own, method=method: self._call(own, method)
            yield f'{name}.create', lambda name=name: self._create_into(name, file)
        yield from self._get_wizard_acts(file)

    def _get_values(self, records):
        """A changed value for each field that is stored in a column or a relation of its own."""
        for field_name, field in sorted(records._fields.items()):
            if not field.store or field_name in ('id', 'create_uid', 'create_date', 'write_uid', 'write_date', 'parent_path'):
                continue
            if field.type in ('char', 'text', 'html'):
                yield field_name, 'khac'
            elif field.type == 'integer':
                yield field_name, 7
            elif field.type == 'boolean':
                yield field_name, not records.sudo()[field_name]
            elif field.type == 'date':
                yield field_name, '2001-01-01'
            elif field.type == 'datetime':
                yield field_name, '2001-01-01 00:00:00'
            elif field.type == 'selection':
                keys = [key for key in field.get_values(self.env) if key != records.sudo()[field_name]]
                if keys:
                    yield field_name, keys[-1]
            elif field.type == 'many2one':
                other = self.env[field.comodel_name].sudo().search([('id', '!=', records.sudo()[field_name].id)], limit=1)
                yield field_name, other.id
            elif field.type in ('one2many', 'many2many'):
                yield field_name, [fields.Command.clear()]

    def _get_actions(self, records):
        return sorted(
            name for name, method in inspect.getmembers(type(records), inspect.isfunction)
            if name.startswith('action_') and not getattr(method, '_api_private', False)
            and not hasattr(BaseModel, name))

    def _call(self, records, method):
        required = [
            parameter for parameter in list(inspect.signature(getattr(type(records), method)).parameters.values())[1:]
            if parameter.default is parameter.empty and parameter.kind in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD)]
        result = getattr(records, method)(*['x'] * len(required))
        if isinstance(result, dict) and result.get('res_model') == 'civic.reason.wizard':       # and the act behind the form
            self.env['civic.reason.wizard'].with_user(records.env.user).with_context(**result['context']).create({
                'reason': "Lý do"}).action_confirm()

    def _create_into(self, name, file):
        paper = self.papers[file]
        if name == 'civic.workfile.entry':
            self._put(file, self._create_paper("thêm"))
        elif name == 'civic.content':
            paper.sudo()._attach_content('them.txt', b'Them mot trang', 'appendix')
        elif name == 'civic.workfile':
            self.env['civic.workfile'].create({
                'company_id': self.agency.id, 'notation': 'X.VX', 'title': "x", 'year': 2026,
                'entry_ids': [fields.Command.link(file.entry_ids.id)]})
        else:
            self.env['civic.document'].create(
                {**self._prepare_document(), 'content_ids': [fields.Command.link(paper.content_ids.id)]})

    def _get_wizard_acts(self, file):
        """Transient forms that point at what the file consists of, with the actions that they offer."""
        targets = self._get_targets(file)
        for name, model in sorted(self.env.registry.items()):
            if not model._transient or model._abstract:
                continue
            links = {
                field_name: field for field_name, field in model._fields.items()
                if field.store and field.type in ('many2one', 'many2many') and field.comodel_name in targets}
            if not links:
                continue
            for action in self._get_actions(self.env[name]):
                for into in (file, self.third):
                    yield f'{name}.{action}', lambda name=name, links=links, action=action, into=into: self._run_wizard(
                        name, links, action, targets, into)

    def _run_wizard(self, name, links, action, targets, into):
        """Fill in the form as far as can be guessed, and press its button; a form that asks for one file gets ``into``."""
        Wizard = self.env[name].with_user(self.archivist).with_company(self.agency).with_context(
            active_model='civic.workfile', active_ids=targets['civic.workfile'].ids, active_id=targets['civic.workfile'].id)
        values = {}
        for field_name, field in Wizard._fields.items():
            if field_name in links:
                ids = targets[field.comodel_name].ids
                if field.type == 'many2one':
                    values[field_name] = into.id if field.comodel_name == 'civic.workfile' else ids[0]
                else:
                    values[field_name] = [fields.Command.set(ids)]
            elif not field.store or field.compute or field_name in MAGIC_COLUMNS:
                continue
            elif field.type in ('char', 'text'):
                values[field_name] = "Khac"
            elif field.type == 'date':
                values[field_name] = '2020-12-31'
            elif field.type == 'many2one':
                values[field_name] = self.env[field.comodel_name].sudo().search([], limit=1).id
        wizard = Wizard.sudo().create(values)
        self._call(wizard, action)

    def test_matrix(self):
        self.papers = {file: file.entry_ids.document_id for file in (self.held, self.twin)}
        self.refusals = []
        changed = {}
        tried = {}
        for file in (self.held, self.twin):
            for label, act in self._get_acts(file):
                tried[file] = tried.get(file, 0) + 1
                if self._try(file, act):
                    changed.setdefault(file, []).append(label)
        self.assertEqual(changed.get(self.held, []), [], "these changed a held file")
        # no blanks: the same tries change the twin in many ways, by each door
        free = changed[self.twin]
        self.assertGreater(tried[self.held], 300, "the matrix found too little to try")
        self.assertGreater(len(free), 60, free)
        for door in ('civic.workfile.write title', 'civic.workfile.entry.unlink', 'civic.workfile.entry.create', 'civic.content.create',
                     'civic.document.write subject', 'civic.workfile.action_close', 'civic.workfile.split.action_confirm',
                     'civic.workfile.merge.action_confirm', 'civic.workfile.reclassify.action_confirm',
                     'civic.retention.override.action_apply'):
            self.assertTrue([label for label in free if label.startswith(door)], (door, free))

    def test_matrix_of_raw_sql(self):
        """Each column of each guarded table, but for what is only noted about a record."""
        self.papers = {file: file.entry_ids.document_id for file in (self.held, self.twin)}
        self.refusals = []
        paper = self.papers[self.held]
        content = paper.content_ids
        tried = 0
        for table, key, id_ in (
                ('civic_workfile', 'id', self.held.id), ('civic_workfile_entry', 'workfile_id', self.held.id),
                ('civic_document', 'id', paper.id), ('civic_content', 'id', content.id),
                ('ir_attachment', 'id', content.sudo().attachment_id.id)):
            self.env.cr.execute("""
                SELECT attname, format_type(atttypid, NULL) FROM pg_attribute
                 WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped""", [table])
            for column, kind in self.env.cr.fetchall():
                if column in MAY_CHANGE.get(table, ('write_uid', 'write_date')):
                    continue
                value = {
                    'integer': "COALESCE(%s, 0) + 1", 'boolean': "NOT COALESCE(%s, false)", 'jsonb': """'{"x": 1}'::jsonb || '{}'""",
                    'date': "COALESCE(%s, '2000-01-01') + 1", 'bigint': "COALESCE(%s, 0) + 1", 'numeric': "COALESCE(%s, 0) + 1",
                    'timestamp without time zone': "COALESCE(%s, '2000-01-01') + interval '1 day'",
                    'double precision': "COALESCE(%s, 0) + 1", 'bytea': "'x'::bytea",
                }.get(kind, "right(COALESCE(%s, '') || 'x', 40)").replace('%s', f'"{column}"')
                query = SQL(f'UPDATE {table} SET "{column}" = {value} WHERE {key} = %s', id_)     # pylint: disable=sql-injection
                tried += 1
                with self.subTest(f'{table}.{column}'):
                    self.refusals.clear()
                    self.assertFalse(self._try(self.held, lambda query=query: self.env.cr.execute(query)))
                    self.assertEqual(getattr(getattr(self.refusals[-1], 'diag', None), 'constraint_name', None), 'civic_hold_guard')
        self.assertGreater(tried, 100)

    def test_matrix_of_relations(self):
        """People, units, own rules, checklist, recipients, versions …: whatever program writes them, cascades too.

        The tables are those that the database would empty with a file, a document or what is in them; a new one is among
        them by itself.
        """
        expected = self._get_hanging_tables()
        relations = self.env['civic.hold.line']._get_relations()
        self.assertEqual(set(relations), expected)
        self.assertGreater(len(expected), 12)
        for table, (kind, column, events) in relations.items():
            for act in ('INSERT', 'UPDATE', 'DELETE'):
                with self.subTest(f'{table} {act}'):
                    free = self._change_relation(table, column, act, self._get_owner(kind, self.twin))
                    self.assertNotEqual(free, 'civic_hold_guard')
                    refused = self._change_relation(table, column, act, self._get_owner(kind, self.held))
                    self.assertEqual(refused == 'civic_hold_guard', act in events, refused)

    def test_a_new_table_of_a_held_file_is_guarded_by_itself(self):
        """Those of rooms that are installed later are found when everything is loaded."""
        self.env.cr.execute("DROP TRIGGER civic_hold_guard ON civic_document_recipient")
        self.env['civic.hold.line']._register_hook()
        self.assertEqual(self._change_relation(
            'civic_document_recipient', 'document_id', 'DELETE', self.held.entry_ids.document_id), 'civic_hold_guard')

    def _get_owner(self, kind, file):
        return {'file': file, 'entry': file.entry_ids, 'document': file.entry_ids.document_id,
                'content': file.entry_ids.document_id.content_ids}[kind]

    def _get_hanging_tables(self):
        passing = {model._table for model in self.env.registry.values() if model._transient and not model._abstract}
        free, _kept = self.env['civic.hold.line']._get_hold_exceptions()
        tables = {table for table, targets in self.env.execute_query(SQL(
            """SELECT conrelid::regclass::text, ARRAY_AGG(confrelid::regclass::text) FROM pg_constraint
                WHERE contype = 'f' AND confdeltype = 'c' GROUP BY conrelid"""))
            if set(targets) & {name.replace('.', '_') for name in GUARDED_MODELS.values()} and not set(targets) & passing}
        # the relations of other records point at documents, and are no part of these
        others = {
            field.relation for model in self.env.registry.values() for field in model._fields.values()
            if field.type == 'many2many' and field.store and model._name not in GUARDED_MODELS.values()}
        own = {
            field.relation for name in GUARDED_MODELS.values() for field in self.env[name]._fields.values()
            if field.type == 'many2many' and field.store and field.name not in FREE_RELATIONS}
        return tables - passing - {self.env[name]._table for name in free} - (others - own)

    def _change_relation(self, table, column, act, record):
        """Change one row of the record by SQL; return the constraint that refused it, None if nothing did."""
        target, cell, guard = SQL.identifier(table), SQL.identifier(column), SQL.identifier('civic_hold_guard')
        keys = [name for [name] in self.env.execute_query(SQL(
            """SELECT attname FROM pg_attribute JOIN pg_index ON indrelid = attrelid AND indisprimary AND attnum = ANY(indkey)
                WHERE attrelid = %s::regclass""", table))]
        others = [name for name in keys if name not in (column, 'id')]
        needed = [name for [name] in self.env.execute_query(SQL(
            "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND attnotnull", table))
            if name not in (*keys, column)]
        # what a relation points at is of no interest here, but it must exist
        values = [SQL("(SELECT MIN(id) FROM %s)", SQL.identifier(comodel)) for other in others for [comodel] in self.env.execute_query(SQL(
            """SELECT confrelid::regclass::text FROM pg_constraint WHERE conrelid = %s::regclass AND contype = 'f' AND conkey = ARRAY[(
                      SELECT attnum FROM pg_attribute WHERE attrelid = %s::regclass AND attname = %s)]""", table, table, other))]
        insert = SQL(
            "INSERT INTO %s (%s) VALUES (%s) ON CONFLICT DO NOTHING", target, SQL(", ").join([cell, *map(SQL.identifier, others)]),
            SQL(", ").join([SQL("%s", record.id), *values]))
        execute = self.env.cr.execute
        try:
            with mute_logger('odoo.sql_db'), self.env.cr.savepoint():
                for name in needed:
                    execute(SQL("ALTER TABLE %s ALTER COLUMN %s DROP NOT NULL", target, SQL.identifier(name)))
                if act != 'INSERT':     # a row is smuggled in
                    execute(SQL("ALTER TABLE %s DISABLE TRIGGER %s", target, guard))
                    execute(insert)
                    execute(SQL("ALTER TABLE %s ENABLE ALWAYS TRIGGER %s", target, guard))
                execute({
                    'INSERT': insert,
                    'UPDATE': SQL("UPDATE %s SET %s = %s WHERE %s = %s", target, cell, cell, cell, record.id),
                    'DELETE': SQL("DELETE FROM %s WHERE %s = %s", target, cell, record.id),
                }[act])
                raise RolledBack
        except RolledBack:
            return None
        except psycopg2.IntegrityError as error:
            return error.diag.constraint_name
