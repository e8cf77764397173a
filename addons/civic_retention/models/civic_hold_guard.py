"""The last line of defence: triggers that refuse to change what is held, whatever program asks.

They fire for the superuser of Odoo, for raw SQL and in replica mode (``ENABLE ALWAYS``). What follows from a record
without being part of it (results of checks, computed dates, when somebody last looked) may change: `MAY_CHANGE`.
"""
from odoo import api, models
from odoo.tools import SQL
from odoo.tools.sql import table_exists

FUNCTIONS = (
    'civic_hold_guard_workfile', 'civic_hold_guard_entry', 'civic_hold_guard_document', 'civic_hold_guard_content',
    'civic_hold_guard_attachment', 'civic_hold_guard_relation', 'civic_hold_guard_line', 'civic_hold_guard_hold',
    'civic_hold_guard_truncate',
    'civic_hold_refuse', 'civic_hold_of_document')

LOG = ('write_uid', 'write_date')
MAY_CHANGE = {
    'civic_workfile': (
        *LOG, 'message_main_attachment_id', 'retention_rule_id', 'retention_state', 'retention_anchor', 'retention_until',
        'retention_rule_count', 'delivery_due', 'delivery_warn', 'quality_score', 'defect_count', 'checked_at', 'reminded_on'),
    'civic_document': (
        *LOG, 'message_main_attachment_id', 'signature_state', 'urgency_rank', 'held_since', 'submit_deadline',
        'days_handled', 'days_late', 'reminded_on', 'signature_asked'),
    'civic_content': (*LOG, 'text_state', 'signature_state', 'signature_checked_at', 'signature_next_check'),
}
# What hangs on a record without being part of it: from where a document came may be learnt later.
FREE_RELATIONS = ('arrival_ids',)
# The models whose rows say more of a held record, in the order in which one of them is chosen for a table.
GUARDED_MODELS = {
    'file': 'civic.workfile', 'entry': 'civic.workfile.entry', 'document': 'civic.document', 'content': 'civic.content'}
FILE_MODELS = ('civic.document', 'civic.workfile', 'civic.workfile.entry')

DEFINITIONS = """
CREATE OR REPLACE FUNCTION civic_hold_refuse(held integer, target text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'File % is held: % refused', held, target
        USING ERRCODE = 'check_violation', CONSTRAINT = 'civic_hold_guard', TABLE = target, DETAIL = 'file ' || held;
END $$;

CREATE OR REPLACE FUNCTION civic_hold_of_document(document integer) RETURNS integer LANGUAGE sql STABLE AS $$
    SELECT line.workfile_id
      FROM civic_hold_line line JOIN civic_workfile_entry entry ON entry.workfile_id = line.workfile_id
     WHERE line.is_active AND entry.document_id = document
     LIMIT 1
$$;

CREATE OR REPLACE FUNCTION civic_hold_guard_workfile() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM civic_hold_line WHERE workfile_id = OLD.id AND is_active) THEN
        RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
    END IF;
    IF TG_OP = 'UPDATE' AND to_jsonb(NEW) - TG_ARGV::text[] = to_jsonb(OLD) - TG_ARGV::text[] THEN
        RETURN NEW;
    END IF;
    PERFORM civic_hold_refuse(OLD.id, TG_TABLE_NAME::text);
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION civic_hold_guard_entry() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE held integer;
BEGIN
    IF TG_OP <> 'INSERT' THEN
        SELECT workfile_id INTO held FROM civic_hold_line WHERE workfile_id = OLD.workfile_id AND is_active LIMIT 1;
    END IF;
    IF held IS NULL AND TG_OP <> 'DELETE' THEN
        SELECT workfile_id INTO held FROM civic_hold_line WHERE workfile_id = NEW.workfile_id AND is_active LIMIT 1;
    END IF;
    IF held IS NOT NULL AND (TG_OP <> 'UPDATE' OR
            to_jsonb(NEW) - ARRAY['write_uid', 'write_date'] <> to_jsonb(OLD) - ARRAY['write_uid', 'write_date']) THEN
        PERFORM civic_hold_refuse(held, TG_TABLE_NAME::text);
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;

CREATE OR REPLACE FUNCTION civic_hold_guard_document() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE held integer;
BEGIN
    IF EXISTS (SELECT FROM civic_hold_line WHERE is_active) THEN
        held := civic_hold_of_document(OLD.id);
        IF held IS NOT NULL AND (TG_OP = 'DELETE' OR to_jsonb(NEW) - TG_ARGV::text[] <> to_jsonb(OLD) - TG_ARGV::text[]) THEN
            PERFORM civic_hold_refuse(held, TG_TABLE_NAME::text);
        END IF;
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;

CREATE OR REPLACE FUNCTION civic_hold_guard_content() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE held integer;
BEGIN
    IF EXISTS (SELECT FROM civic_hold_line WHERE is_active) THEN
        IF TG_OP <> 'INSERT' THEN
            held := civic_hold_of_document(OLD.document_id);
        END IF;
        IF held IS NULL AND TG_OP <> 'DELETE' THEN
            held := civic_hold_of_document(NEW.document_id);
        END IF;
        IF held IS NOT NULL AND (TG_OP <> 'UPDATE' OR to_jsonb(NEW) - TG_ARGV::text[] <> to_jsonb(OLD) - TG_ARGV::text[]) THEN
            PERFORM civic_hold_refuse(held, TG_TABLE_NAME::text);
        END IF;
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;

CREATE OR REPLACE FUNCTION civic_hold_guard_attachment() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE held integer;
BEGIN
    IF EXISTS (SELECT FROM civic_hold_line WHERE is_active) THEN
        IF OLD.res_model = 'civic.content' THEN
            SELECT civic_hold_of_document(document_id) INTO held FROM civic_content WHERE id = OLD.res_id;
        ELSIF OLD.res_model = 'civic.document' THEN
            held := civic_hold_of_document(OLD.res_id);
        ELSIF OLD.res_model = 'civic.workfile' THEN
            SELECT workfile_id INTO held FROM civic_hold_line WHERE workfile_id = OLD.res_id AND is_active LIMIT 1;
        ELSIF OLD.res_model = 'civic.workfile.entry' THEN
            SELECT line.workfile_id INTO held
              FROM civic_workfile_entry entry JOIN civic_hold_line line USING (workfile_id)
             WHERE entry.id = OLD.res_id AND line.is_active LIMIT 1;
        END IF;
        IF held IS NOT NULL AND (TG_OP = 'DELETE' OR
                to_jsonb(NEW) - ARRAY['write_uid', 'write_date'] <> to_jsonb(OLD) - ARRAY['write_uid', 'write_date']) THEN
            PERFORM civic_hold_refuse(held, TG_TABLE_NAME::text);
        END IF;
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;

-- rows that say more of a record: people and units, own rules, checklist; TG_ARGV: key of GUARDED_MODELS, column
CREATE OR REPLACE FUNCTION civic_hold_guard_relation() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE held integer; ids integer[];
BEGIN
    IF EXISTS (SELECT FROM civic_hold_line WHERE is_active) THEN
        IF TG_OP <> 'INSERT' THEN
            ids := ids || (to_jsonb(OLD) ->> TG_ARGV[1])::integer;
        END IF;
        IF TG_OP <> 'DELETE' THEN
            ids := ids || (to_jsonb(NEW) ->> TG_ARGV[1])::integer;
        END IF;
        IF TG_ARGV[0] = 'content' THEN
            ids := ARRAY(SELECT document_id FROM civic_content WHERE id = ANY(ids));
        ELSIF TG_ARGV[0] = 'entry' THEN
            ids := ARRAY(SELECT workfile_id FROM civic_workfile_entry WHERE id = ANY(ids));
        END IF;
        IF TG_ARGV[0] IN ('file', 'entry') THEN
            SELECT workfile_id INTO held FROM civic_hold_line WHERE workfile_id = ANY(ids) AND is_active LIMIT 1;
        ELSE
            SELECT civic_hold_of_document(id) INTO held FROM UNNEST(ids) id WHERE civic_hold_of_document(id) IS NOT NULL LIMIT 1;
        END IF;
        IF held IS NOT NULL THEN
            PERFORM civic_hold_refuse(held, TG_TABLE_NAME::text);
        END IF;
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;

CREATE OR REPLACE FUNCTION civic_hold_guard_line() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.is_active AND (TG_OP = 'DELETE' OR NEW.workfile_id <> OLD.workfile_id OR NEW.hold_id <> OLD.hold_id
            OR (NOT COALESCE(NEW.is_active, false) AND NOT EXISTS (
                SELECT FROM civic_hold WHERE id = OLD.hold_id AND state = 'released' AND release_reason <> ''))) THEN
        PERFORM civic_hold_refuse(OLD.workfile_id, TG_TABLE_NAME::text);
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;

CREATE OR REPLACE FUNCTION civic_hold_guard_hold() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state <> 'draft' AND (TG_OP = 'DELETE' OR NEW.state = 'draft'
            OR (OLD.state = 'active' AND NEW.state <> 'active' AND COALESCE(NEW.release_reason, '') = '')) THEN
        PERFORM civic_hold_refuse(0, TG_TABLE_NAME::text);
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;

CREATE OR REPLACE FUNCTION civic_hold_guard_truncate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM civic_hold_line WHERE is_active) THEN
        PERFORM civic_hold_refuse(0, TG_TABLE_NAME::text);
    END IF;
    RETURN NULL;
END $$;
"""
# table, what it refuses, function; the condition keeps the hot table of attachments out of the function.
TRIGGERS = (
    ('civic_workfile', 'UPDATE OR DELETE', 'civic_hold_guard_workfile', ''),
    ('civic_workfile_entry', 'INSERT OR UPDATE OR DELETE', 'civic_hold_guard_entry', ''),
    ('civic_document', 'UPDATE OR DELETE', 'civic_hold_guard_document', ''),
    ('civic_content', 'INSERT OR UPDATE OR DELETE', 'civic_hold_guard_content', ''),
    ('ir_attachment', 'UPDATE OR DELETE', 'civic_hold_guard_attachment',
     "WHEN (OLD.res_model IN ('civic.content', 'civic.document', 'civic.workfile', 'civic.workfile.entry'))"),
    ('civic_hold_line', 'UPDATE OR DELETE', 'civic_hold_guard_line', ''),
    ('civic_hold', 'UPDATE OR DELETE', 'civic_hold_guard_hold', ''),
)


class CivicHoldLine(models.Model):
    _inherit = 'civic.hold.line'

    def init(self):
        super().init()
        self._install_guards()

    def _register_hook(self):
        """Guard the tables of the rooms that were installed after this one, too."""
        super()._register_hook()
        guarded = {table for [table] in self.env.execute_query(SQL(
            "SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'civic_hold_guard'"))}
        if self._get_relations().keys() - guarded:
            self._install_guards()

    def _install_guards(self):
        """Make functions and triggers anew; nothing is open in between, for the transaction is one."""
        cr = self.env.cr
        cr.execute(DEFINITIONS)
        triggers = [
            (table, events, function, condition, MAY_CHANGE.get(table, ())) for table, events, function, condition in TRIGGERS]
        triggers += [
            (table, events, 'civic_hold_guard_relation', '', (kind, column))
            for table, (kind, column, events) in self._get_relations().items()]
        for table, events, function, condition, names in triggers:
            columns = self._get_columns(table) if table in MAY_CHANGE else names
            arguments = SQL(", ").join(SQL("%s", name) for name in names if name in columns)
            name, refuses = SQL.identifier('civic_hold_guard'), SQL.identifier('civic_hold_guard_truncate')
            target = SQL.identifier(table)
            cr.execute(SQL("DROP TRIGGER IF EXISTS %s ON %s", name, target))
            cr.execute(SQL(
                "CREATE TRIGGER %s BEFORE %s ON %s FOR EACH ROW %s EXECUTE FUNCTION %s(%s)",
                name, SQL(events), target, SQL(condition), SQL.identifier(function), arguments))
            cr.execute(SQL("ALTER TABLE %s ENABLE ALWAYS TRIGGER %s", target, name))
            if table != 'ir_attachment':
                cr.execute(SQL("DROP TRIGGER IF EXISTS %s ON %s", refuses, target))
                cr.execute(SQL(
                    "CREATE TRIGGER %s BEFORE TRUNCATE ON %s FOR EACH STATEMENT EXECUTE FUNCTION civic_hold_guard_truncate()",
                    refuses, target))
                cr.execute(SQL("ALTER TABLE %s ENABLE ALWAYS TRIGGER %s", target, refuses))

    @api.model
    def _get_hold_exceptions(self):
        """Return ({model}, {model}): rows of the first hang on a record but are no part of it, for they come and go with the
        work or are found anew; rows of the second are added and change while the work on a held document goes on, but none
        is taken away. Everything else that hangs on a record stays as it is. Rooms above add theirs.
        """
        return {
            'civic.content.page', 'civic.document.lease', 'civic.document.text', 'civic.leader.note', 'civic.workfile.batch.line',
            'civic.workfile.defect',
        }, {
            'civic.access.change', 'civic.assignment', 'civic.dispatch', 'civic.holding', 'civic.route.case', 'civic.route.task',
            'civic.signature',
        }

    def _get_relations(self):
        """Return {table: (key of GUARDED_MODELS, column, events)} of the tables that say more of files, entries, documents and
        contents: their many2many relations, and all that would go with them.
        """
        free, kept = self._get_hold_exceptions()
        relations = {}
        for kind, guarded in GUARDED_MODELS.items():
            for field in self.env[guarded]._fields.values():
                if field.type == 'many2many' and field.store and field.name not in FREE_RELATIONS:
                    relations.setdefault(field.relation, (kind, field.column1, 'INSERT OR UPDATE OR DELETE'))
            for name, model in self.env.registry.items():
                if model._abstract or model._transient or not model._auto or name in free:
                    continue
                for field in model._fields.values():
                    if field.type == 'many2one' and field.store and field.comodel_name == guarded and field.ondelete == 'cascade':
                        relations.setdefault(
                            model._table, (kind, field.name, 'DELETE' if name in kept else 'INSERT OR UPDATE OR DELETE'))
        return {table: found for table, found in relations.items() if table_exists(self.env.cr, table)}

    def _get_columns(self, table):
        return {name for [name] in self.env.execute_query(SQL(
            "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped", table))}
