from psycopg2.errors import UniqueViolation

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from odoo.addons.civic_journal.fields import FrozenMany2one

from ..const import CODE_KINDS


class CivicWorkfileCode(models.Model):
    """Every FileCode and DocCode that was ever given: the table only grows, so none is given twice."""

    _name = 'civic.workfile.code'
    _inherit = ['civic.journal.frozen']
    _description = "Issued Code"
    _order = 'id desc'
    _rec_name = 'code'
    _log_access = False

    code = fields.Char(required=True, readonly=True)
    kind = fields.Selection(CODE_KINDS, required=True, readonly=True)
    company_id = FrozenMany2one('res.company', "Agency", required=True, readonly=True)
    workfile_id = FrozenMany2one('civic.workfile', "File", required=True, readonly=True)
    issued_at = fields.Datetime("Issued On", required=True, readonly=True)

    _code_uniq = models.UniqueIndex('(code)', "This code was already given.")
    _workfile_idx = models.Index('(workfile_id)')

    @api.model
    def _issue(self, kind, codes):
        """Note that the codes were given: [(workfile, code)], in one INSERT.

        A file may take up a code of its own again, never that of another file.
        """
        if not codes:
            return
        rows = SQL(", ").join(
            SQL("(%s, %s, %s, %s, NOW() AT TIME ZONE 'UTC')", code, kind, workfile.company_id.id, workfile.id)
            for workfile, code in codes)
        try:
            with self.env.cr.savepoint():
                self.env.cr.execute(SQL(
                    "INSERT INTO civic_workfile_code (code, kind, company_id, workfile_id, issued_at) VALUES %s", rows))
        except UniqueViolation:
            self._check_own(dict((code, workfile) for workfile, code in codes))
            self.env.cr.execute(SQL(
                "INSERT INTO civic_workfile_code (code, kind, company_id, workfile_id, issued_at) VALUES %s "
                "ON CONFLICT (code) DO NOTHING", rows))

    @api.model
    def _check_own(self, workfile_by_code):
        """Refuse the codes that belong to another file, whether or not it still exists."""
        rows = self.env.execute_query(SQL(
            "SELECT code, workfile_id FROM civic_workfile_code WHERE code = ANY(%s)", list(workfile_by_code)))
        taken = [code for code, workfile_id in rows if workfile_by_code[code].id != workfile_id]
        if taken:
            raise UserError(self.env._(
                "The code “%s” was already given to another file, and a code is never given twice. Choose another "
                "number or notation.", taken[0]))
