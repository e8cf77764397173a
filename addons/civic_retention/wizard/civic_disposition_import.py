import base64

from odoo import fields, models
from odoo.exceptions import UserError


class CivicDispositionImport(models.TransientModel):
    """Read the spreadsheet of candidates back in: first what would change, then, if wanted, the change."""

    _name = 'civic.disposition.import'
    _description = "Read the Spreadsheet Back In"

    disposition_id = fields.Many2one('civic.disposition', "Case", required=True, ondelete='cascade')
    file = fields.Binary("Spreadsheet", attachment=False)
    file_name = fields.Char()
    overwrites = fields.Boolean(
        "Overwrite Conflicts", help="Lines that were changed here since the export take the values of the spreadsheet.")
    is_checked = fields.Boolean()
    result = fields.Text(readonly=True)

    def action_check(self):
        """Show what would change, and the conflicts."""
        self.ensure_one()
        changes, conflicts, problems = self._read()
        parts = [self.env._("%(changes)s lines would change, %(conflicts)s were changed here since the export.",
                            changes=len(changes), conflicts=len(conflicts))]
        for line, values in conflicts.items():
            parts.append(self.env._("Conflict, “%(file)s”: %(values)s", file=line.workfile_id.display_name, values="; ".join(
                self.env._("%(field)s here “%(here)s”, there “%(there)s”", here=line[name] or '', there=value or '',
                           field=line._fields[name]._description_string(self.env)) for name, value in values.items())))
        self.write({'result': "\n".join([*parts, *problems]), 'is_checked': True})
        return self._reopen()

    def action_apply(self):
        """Write what changed; conflicts only if they shall be overwritten."""
        self.ensure_one()
        changes, conflicts, problems = self._read()
        if self.overwrites:
            changes.update(conflicts)
            conflicts = {}
        if not changes:
            raise UserError("\n".join([self.env._("Nothing in the spreadsheet can be taken over."), *problems]))
        done = self.disposition_id._apply_sheet(changes, self.file_name or 'xlsx')
        left = len(conflicts) + len(problems)
        self.write({'file': False, 'is_checked': False, 'result': "\n".join([
            self.env._("%(count)s lines changed, %(left)s rows left as they are. It can be undone on the case.",
                       count=done.change_count, left=left), *problems])})
        return self._reopen()

    def _read(self):
        self.disposition_id._check_lister()
        if not self.file:
            raise UserError(self.env._("Choose the spreadsheet."))
        return self.disposition_id._read_sheet(base64.b64decode(self.file))

    def _reopen(self):
        return {'type': 'ir.actions.act_window', 'res_model': self._name, 'res_id': self.id, 'views': [(False, 'form')],
                'target': 'new', 'name': self.env._("Read the Spreadsheet Back In")}
