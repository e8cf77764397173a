import unicodedata

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

# Gives the next numbers of a register to documents: gapless, unique, in date order, under REPEATABLE READ.
#
# - Clerks of one register wait in line on an advisory lock and not on the index: each is woken once,
#   in the order of arrival, and nobody's row has to be thrown away.
# - The snapshot of the one whose turn has come is older than the rows of those before, so it cannot see
#   the last number. It starts from the last one it sees and tries: ON CONFLICT looks in the index of
#   (register, number, date) and finds rows beyond the snapshot as well; under REPEATABLE READ it says so
#   by serialization_failure, which costs neither a row nor a transaction id. All numbers up to the first
#   free one are committed, because the lock is held until the transaction ends: a rollback leaves no gap.
# - That index holds the date: being stopped by it proves that the invisible row has our date. An
#   invisible row with another date hits the index of (register, number) instead; which of the dates is
#   the earlier cannot be known in this snapshot, so the transaction is done again with a new one.
# - Rows that the foreign keys need are locked beforehand, so that no serialization_failure of theirs is
#   taken for a used number. The lock on the register keeps it from being closed meanwhile.
# - The lock alone would do for uniqueness only if everybody took it; the unique indexes hold in any case.
ALLOCATOR = """
CREATE OR REPLACE FUNCTION civic_register_allocate(
    p_register integer, p_documents integer[], p_dates date[], p_notations varchar[], p_user integer,
    OUT first_number integer, OUT problem text, OUT detail text)
LANGUAGE plpgsql AS $$
DECLARE
    v_register record;
    v_last record;
    v_id integer;
    v_placed boolean := FALSE;
    v_constraint text;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('civic_register'), p_register);
    SELECT state, company_id, year INTO v_register FROM civic_register WHERE id = p_register FOR SHARE;
    IF NOT FOUND THEN
        problem := 'unknown';
        RETURN;
    END IF;
    SELECT day INTO detail FROM unnest(p_dates) AS day WHERE EXTRACT(year FROM day) <> v_register.year LIMIT 1;
    IF FOUND THEN
        problem := 'year';
        RETURN;
    ELSIF v_register.state <> 'open' THEN
        problem := 'closed';
        RETURN;
    END IF;
    PERFORM 1 FROM civic_document WHERE id = ANY(p_documents) ORDER BY id FOR KEY SHARE;
    PERFORM 1 FROM res_users WHERE id = p_user FOR KEY SHARE;
    PERFORM 1 FROM res_company WHERE id = v_register.company_id FOR KEY SHARE;

    SELECT number, number_date INTO v_last
      FROM civic_register_entry WHERE register_id = p_register ORDER BY number DESC LIMIT 1;
    IF v_last.number_date > p_dates[1] THEN
        problem := 'date';
        detail := v_last.number_date;
        RETURN;
    END IF;
    first_number := COALESCE(v_last.number, 0) + 1;
    v_id := nextval('civic_register_entry_id_seq');
    PERFORM set_config('civic.allocating', p_register::text, TRUE);
    WHILE NOT v_placed LOOP
        BEGIN
            INSERT INTO civic_register_entry
                   (id, register_id, company_id, year, number, number_date, document_id, notation, user_id, numbered_at)
            VALUES (v_id, p_register, v_register.company_id, v_register.year, first_number, p_dates[1],
                    p_documents[1], p_notations[1], p_user, clock_timestamp() AT TIME ZONE 'UTC')
                ON CONFLICT (register_id, number, number_date) DO NOTHING;
            IF FOUND THEN
                v_placed := TRUE;
                -- nobody else gets past our first number, so the rest needs no trying
                INSERT INTO civic_register_entry
                       (register_id, company_id, year, number, number_date, document_id, notation, user_id, numbered_at)
                SELECT p_register, v_register.company_id, v_register.year, first_number + rest.position - 1, rest.day,
                       rest.document, rest.notation, p_user, clock_timestamp() AT TIME ZONE 'UTC'
                  FROM unnest(p_documents, p_dates, p_notations)
                       WITH ORDINALITY AS rest(document, day, notation, position)
                 WHERE rest.position > 1
                 ORDER BY rest.position;
            ELSE
                first_number := first_number + 1;
            END IF;
        EXCEPTION
            WHEN serialization_failure THEN
                IF v_placed THEN
                    RAISE;
                END IF;
                first_number := first_number + 1;
            WHEN unique_violation THEN
                GET STACKED DIAGNOSTICS v_constraint = CONSTRAINT_NAME;
                IF v_constraint = 'civic_register_entry_document_uniq' THEN
                    problem := 'document';
                ELSIF v_constraint = 'civic_register_entry_reference_uniq' THEN
                    SELECT entry.number || '/' || entry.notation INTO detail
                      FROM unnest(p_notations) WITH ORDINALITY AS wanted(notation, position)
                      JOIN civic_register_entry entry
                        ON entry.company_id = v_register.company_id AND entry.year = v_register.year
                       AND entry.notation = wanted.notation AND entry.number = first_number + wanted.position - 1
                     LIMIT 1;
                    problem := 'reference';
                END IF;
                IF problem IS NULL OR (problem = 'reference' AND detail IS NULL) THEN
                    -- someone else's row that this snapshot does not show: look again with a new one
                    RAISE EXCEPTION 'register %: number % was given meanwhile', p_register, first_number
                          USING ERRCODE = 'serialization_failure';
                END IF;
                EXIT;
        END;
    END LOOP;
    PERFORM set_config('civic.allocating', '', TRUE);
END
$$
"""

GUARD = """
CREATE OR REPLACE FUNCTION civic_register_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF current_setting('civic.allocating', TRUE) IS DISTINCT FROM NEW.register_id::text THEN
            RAISE EXCEPTION 'numbers of a register are given by civic_register_allocate() alone'
                  USING ERRCODE = 'insufficient_privilege';
        END IF;
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '% is insert-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'insufficient_privilege';
END
$$
"""


class CivicRegisterFact(models.AbstractModel):
    """A table that only grows. The ORM refuses to change it, and so does the database, whoever asks."""

    _name = 'civic.register.fact'
    _description = "Fact of a Register"
    _log_access = False

    def init(self):
        super().init()
        if not self._abstract:
            self.env.cr.execute(GUARD)
            self._protect_table('guard_change', "BEFORE UPDATE OR DELETE", "ROW")
            self._protect_table('guard_truncate', "BEFORE TRUNCATE", "STATEMENT")

    # Facts come from SQL alone: there is no create or write to hand on to.
    @api.model_create_multi
    def create(self, vals_list):  # pylint: disable=method-required-super
        raise self._get_refusal()

    def write(self, vals):  # pylint: disable=method-required-super
        raise self._get_refusal()

    @api.ondelete(at_uninstall=False)
    def _unlink_except_never(self):
        raise self._get_refusal()

    def _get_refusal(self):
        return UserError(self.env._(
            "The numbers of a register are facts: they can neither be written by hand, changed nor deleted."))

    def _protect_table(self, name, event, level):
        """Install a trigger that fires in replica mode as well."""
        name = f'{self._table}_{name}'
        self.env.cr.execute(SQL(
            "DROP TRIGGER IF EXISTS %(name)s ON %(table)s;"
            "CREATE TRIGGER %(name)s %(event)s ON %(table)s FOR EACH %(level)s EXECUTE FUNCTION civic_register_guard();"
            "ALTER TABLE %(table)s ENABLE ALWAYS TRIGGER %(name)s",
            name=SQL.identifier(name), table=SQL.identifier(self._table), event=SQL(event), level=SQL(level)))


class CivicRegisterEntry(models.Model):
    """One number given: to which document, on which date, by whom. Rows are only ever added."""

    _name = 'civic.register.entry'
    _description = "Register Number"
    _inherit = ['civic.register.fact']
    _order = 'register_id desc, number desc'
    _rec_name = 'number'
    _log_access = False

    register_id = fields.Many2one('civic.register', required=True, readonly=True, ondelete='restrict')
    company_id = fields.Many2one('res.company', string="Agency", required=True, readonly=True, ondelete='restrict')
    year = fields.Integer(required=True, readonly=True, aggregator=None)
    number = fields.Integer(required=True, readonly=True, aggregator=None)
    number_date = fields.Date(string="Date", required=True, readonly=True)
    # A many2one tells the name of its target to whoever reads the entry: only to those who see every document.
    document_id = fields.Many2one(
        'civic.document', required=True, readonly=True, ondelete='restrict',
        groups='civic_base.group_leader,civic_base.group_records_admin')
    document_name = fields.Char(string="Registered Document", compute='_compute_document_name')
    notation = fields.Char(readonly=True)
    user_id = fields.Many2one('res.users', string="Given By", required=True, readonly=True, ondelete='restrict')
    numbered_at = fields.Datetime(string="Given At", required=True, readonly=True)
    void_ids = fields.One2many('civic.register.void', 'entry_id', string="Cancellation")
    state = fields.Selection(
        [('used', "Used"), ('void', "Void")], compute='_compute_state', search='_search_state')
    void_reason = fields.Text(compute='_compute_state')
    number_label = fields.Char(string="No.", compute='_compute_number_label')

    # Must be made before _number_uniq: the allocator asks this one first.
    _number_date_uniq = models.UniqueIndex('(register_id, number, number_date)')
    _number_uniq = models.UniqueIndex('(register_id, number)', "This number was already given in the register.")
    _document_uniq = models.UniqueIndex('(document_id)', "The document already has a number.")
    _reference_uniq = models.UniqueIndex(
        '(company_id, year, notation, number) WHERE notation IS NOT NULL',
        "This number and notation were already used by the agency in the year.")
    _number_positive = models.Constraint('CHECK (number > 0)', "Numbers start from 1.")

    def init(self):
        super().init()
        self.env.cr.execute(ALLOCATOR)
        self._protect_table('guard_number', "BEFORE INSERT", "ROW")

    @api.depends('void_ids')
    def _compute_state(self):
        for entry in self:
            entry.state = 'void' if entry.void_ids else 'used'
            entry.void_reason = entry.void_ids.reason

    def _search_state(self, operator, value):
        if operator != 'in':
            return NotImplemented
        wanted = set(value)
        if {'used', 'void'} <= wanted:
            return [(1, '=', 1)]
        if 'void' in wanted:
            return [('void_ids', '!=', False)]
        if 'used' in wanted:
            return [('void_ids', '=', False)]
        return [(0, '=', 1)]

    @api.depends_context('uid', 'allowed_company_ids')
    def _compute_document_name(self):
        names = {document.id: document.display_name for document in self._get_readable_documents()}
        for entry in self:
            # sudo: the id alone, to look up the name
            entry.document_name = names.get(entry.sudo().document_id.id, self.env._("(restricted)"))

    @api.depends('number')
    def _compute_number_label(self):
        for entry in self:
            entry.number_label = entry.register_id._format_number(entry.number)

    @api.depends('number')
    def _compute_display_name(self):
        for entry in self:
            entry.display_name = entry.number_label

    # === BUSINESS === #

    @api.model
    def _clean_notation(self, notation):
        """The notation in the one spelling that is compared: composed letters, no spaces, case kept."""
        return ''.join(unicodedata.normalize('NFC', notation or '').split()) or None

    @api.model
    def _void_numbers(self, documents, reason):
        """Cancel the numbers of the documents: they stay in the register with the reason, never to be given again."""
        reason = (reason or '').strip()
        if not reason:
            raise UserError(self.env._("Give the reason why the number is cancelled."))
        # sudo: the rights on the document were checked by whoever cancels it
        entries = self.sudo().search([('document_id', 'in', documents.ids)])
        if missing := documents - entries.document_id:
            raise UserError(self.env._("The document “%s” has no number to cancel.", missing[0].display_name))
        if voided := entries.filtered('void_ids'):
            raise UserError(self.env._("The number %s is already cancelled.", voided[0].display_name))
        self.env['civic.register.void']._insert(entries, reason)
        return entries.sudo(self.env.su)

    def _get_readable_documents(self):
        # sudo: which of the documents may be read is asked next
        return self.sudo().document_id.sudo(self.env.su)._filtered_access('read')

    def action_open_document(self):
        self.ensure_one()
        # sudo: whether the document may be read is asked next
        document = self.sudo().document_id.sudo(self.env.su)
        document.check_access('read')
        return document.get_formview_action()

    def _prepare_book_values(self):
        """Return ``{entry_id: {column: text}}`` of the printed register, for all of self at once.

        Modules that know of recipients, hand-over and acknowledgement fill in their columns:
        ``recipient``, ``copy_holder``, ``copies``, ``forwarded_date``, ``receipt``, ``note``.
        What the user may not read is left out, but for the number and its date.
        """
        readable_ids = set(self._get_readable_documents().ids)
        values = {}
        for entry in self:
            # sudo: the names of issuer, type and unit belong to the line; who may read the document is known
            document = entry.sudo().document_id
            row = dict.fromkeys((
                'author', 'reference', 'issue_date', 'subject', 'signer', 'recipient', 'copy_holder',
                'copies', 'forwarded_date', 'receipt', 'note'), '')
            row.update({
                'number': entry.number_label,
                'number_date': entry.number_date,
                'is_void': entry.state == 'void',
            })
            if document.id in readable_ids:
                row.update({
                    'author': document.issuer_name or document.issuer_id.display_name or '',
                    'reference': document.reference or '',
                    'issue_date': document.issue_date,
                    'subject': ' '.join(filter(None, (document.type_id.name, document.subject))),
                    'signer': document.signer_name or '',
                    'recipient': document.unit_id.name or '',
                    'copy_holder': document.unit_id.name or '',
                    'note': document.description or '',
                })
            else:
                row['subject'] = self.env._("(restricted)")
            row['reference_or_number'] = row['reference'] or row['number']
            if entry.state == 'void':
                row['note'] = self.env._("Void: %s", entry.void_reason)
            values[entry.id] = row
        return values


class CivicRegisterVoid(models.Model):
    """The cancellation of a number: a fact of its own, so that the entry is never touched."""

    _name = 'civic.register.void'
    _description = "Cancelled Number"
    _inherit = ['civic.register.fact']
    _order = 'id desc'
    _log_access = False

    entry_id = fields.Many2one('civic.register.entry', required=True, readonly=True, ondelete='restrict')
    register_id = fields.Many2one('civic.register', required=True, readonly=True, index=True, ondelete='restrict')
    reason = fields.Text(required=True, readonly=True)
    user_id = fields.Many2one('res.users', string="Cancelled By", required=True, readonly=True, ondelete='restrict')
    voided_at = fields.Datetime(string="Cancelled At", required=True, readonly=True)

    _entry_uniq = models.UniqueIndex('(entry_id)', "The number is already cancelled.")
    _reason_check = models.Constraint(r"CHECK (reason ~ '\S')", "A number is cancelled with a reason.")

    @api.model
    def _insert(self, entries, reason):
        self.env.execute_query(SQL(
            """
            INSERT INTO civic_register_void (entry_id, register_id, reason, user_id, voided_at)
            SELECT id, register_id, %s, %s, clock_timestamp() AT TIME ZONE 'UTC'
              FROM civic_register_entry WHERE id IN %s ORDER BY id
            """, reason, self.env.uid, entries._ids))
        self.invalidate_model()
        entries.invalidate_recordset(['void_ids', 'state', 'void_reason'])
        entries.register_id.invalidate_recordset(['used_count', 'void_count'])
