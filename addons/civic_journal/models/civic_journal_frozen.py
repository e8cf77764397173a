import logging

from odoo import api, models
from odoo.exceptions import AccessError
from odoo.tools import SQL

_logger = logging.getLogger(__name__)

REFUSE_FUNCTION = """
CREATE OR REPLACE FUNCTION civic_journal_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'The journal is append-only: % on % is refused', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END $$
"""


class CivicJournalFrozen(models.AbstractModel):
    """A table that only grows: no row is ever changed or removed.

    The ORM refuses, and so does the database, whoever asks: triggers refuse UPDATE,
    DELETE and TRUNCATE, also in replica mode (``ENABLE ALWAYS``). Rows are inserted by
    the SQL of the models themselves. The owner of the table can still drop the
    triggers; the readme says how production takes that right from Odoo's role.

    Because the ORM cannot update either, a new column must come without a default, and
    a selection value that goes with its add-on stays in the rows.
    """

    _name = 'civic.journal.frozen'
    _description = "Append-only table"

    def init(self):
        super().init()
        if not self._abstract:
            self._protect_table()

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):    # pylint: disable=method-required-super  # there is no way
        raise AccessError(self.env._("Lines of the journal are written by the acts alone."))

    def write(self, vals):          # pylint: disable=method-required-super  # there is no way
        raise AccessError(self.env._("The journal is append-only: a line never changes."))

    @api.ondelete(at_uninstall=True)
    def _unlink_except_never(self):
        raise AccessError(self.env._("The journal is append-only: a line is never removed."))

    # === BUSINESS === #

    def _protect_table(self):
        """Install the triggers that are missing or switched off."""
        self.env.cr.execute(REFUSE_FUNCTION)
        self._install_trigger('civic_journal_refuse_change', SQL(
            "BEFORE UPDATE OR DELETE ON %s FOR EACH ROW EXECUTE FUNCTION civic_journal_refuse()",
            SQL.identifier(self._table)))
        self._install_trigger('civic_journal_refuse_truncate', SQL(
            "BEFORE TRUNCATE ON %s FOR EACH STATEMENT EXECUTE FUNCTION civic_journal_refuse()",
            SQL.identifier(self._table)))

    def _install_trigger(self, name, definition):
        """Make sure that a trigger is there and always fires."""
        table = SQL.identifier(self._table)
        state = self.env.execute_query(SQL(
            "SELECT tgenabled FROM pg_trigger WHERE tgrelid = %s::regclass AND tgname = %s",
            self._table, name))
        if state == [('A',)]:
            return
        if self.env.execute_query(SQL("SELECT 1 FROM %s LIMIT 1", table)):
            _logger.warning(
                "Table %s held lines without its trigger %s: it was put back. "
                "Verify the journal against a seal kept outside.", self._table, name)
        if not state:
            self.env.cr.execute(SQL(
                "CREATE TRIGGER %s %s", SQL.identifier(name), definition))
        self.env.cr.execute(SQL(
            "ALTER TABLE %s ENABLE ALWAYS TRIGGER %s", table, SQL.identifier(name)))
